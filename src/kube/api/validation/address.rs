//! The rules of IP addresses and of ranges of them.
// Models k8s.io/apimachinery/pkg/util/validation IsValidIPForLegacyField, IsValidCIDRForLegacyField
// with StrictIPCIDRValidation

use super::check::{At, Check};
use std::net::IpAddr;

impl Check {
    /// An address, and nothing odd about how it is written.
    pub fn ip(&mut self, at: &At<'_>) {
        let text = at.text();
        match (sloppy(text), text.parse::<IpAddr>()) {
            (None, _) => self.invalid(&at.path, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
            (Some(_), Err(_)) => self.invalid(&at.path, text, "must not have leading 0s"),
            (Some(ip), Ok(_)) if is_mapped(ip) => {
                self.invalid(&at.path, text, "must not be an IPv4-mapped IPv6 address");
            }
            _ => {}
        }
    }

    /// Address and length of the prefix, where they can be read.
    pub fn cidr(&mut self, at: &At<'_>) -> Option<(IpAddr, u8)> {
        let text = at.text().trim();
        let Some((ip, length)) = sloppy_range(text) else {
            let detail = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
            self.invalid(&at.path, text, detail);
            return None;
        };
        let (address, bits) = text.split_once('/').unwrap_or_default();
        if address.parse::<IpAddr>().is_err() || bits.len() > 1 && bits.starts_with('0') {
            self.invalid(&at.path, text, "must not have leading 0s in IP or prefix length");
        } else if is_mapped(ip) {
            self.invalid(&at.path, text, "must not have an IPv4-mapped IPv6 address");
        } else if host_bits(ip, length) != 0 {
            self.invalid(&at.path, text, "must not have bits set beyond the prefix length");
        }
        Some((ip, length))
    }
}

/// An address as older servers read it: numbers may have zeroes before them.
// Models k8s.io/utils/net ParseIPSloppy
fn sloppy(text: &str) -> Option<IpAddr> {
    let number = |part: &str| -> String {
        let significant = part.trim_start_matches('0');
        if significant.is_empty() && !part.is_empty() { "0".to_owned() } else { significant.to_owned() }
    };
    let (head, tail) = match text.rsplit_once(':') {
        Some((head, tail)) => (format!("{head}:"), tail),
        None => (String::new(), text),
    };
    if !tail.contains('.') {
        return text.parse().ok();
    }
    let tail: Vec<String> = tail.split('.').map(number).collect();
    format!("{head}{}", tail.join(".")).parse().ok()
}

fn sloppy_range(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = text.split_once('/')?;
    let ip = sloppy(address)?;
    let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
    let length: u8 = length.parse().ok().filter(|_| digits)?;
    (length <= if ip.is_ipv4() { 32 } else { 128 }).then_some((ip, length))
}

fn is_mapped(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some())
}

/// What of an address lies beyond the prefix.
fn host_bits(ip: IpAddr, length: u8) -> u128 {
    let (bits, width) = match ip {
        IpAddr::V4(ip) => (u128::from(u32::from(ip)), 32),
        IpAddr::V6(ip) => (u128::from(ip), 128),
    };
    let host = width - u32::from(length);
    if host == 128 { bits } else { bits & ((1 << host) - 1) }
}
