//! Addresses and ranges of addresses of `IpAddress` conditions.

use std::net::IpAddr;

/// Whether `address` lies in `range`, which is one address or has a prefix length (`10.0.0.0/8`).
/// Addresses of different families never match.
#[must_use]
pub fn lies_in(address: &str, range: &str) -> bool {
    let (network, length) = range.split_once('/').map_or((range, None), |(network, length)| (network, Some(length)));
    let (Ok(address), Ok(network)) = (address.parse::<IpAddr>(), network.parse::<IpAddr>()) else { return false };
    let (address, network, width) = match (address, network) {
        (IpAddr::V4(one), IpAddr::V4(other)) => (u128::from(one.to_bits()), u128::from(other.to_bits()), 32),
        (IpAddr::V6(one), IpAddr::V6(other)) => (one.to_bits(), other.to_bits(), 128),
        _ => return false,
    };
    let length = match length.map(str::parse::<u32>) {
        None => width,
        Some(Ok(length)) if length <= width => length,
        Some(_) => return false,
    };
    (address ^ network).checked_shr(width - length).unwrap_or(0) == 0
}

/// Whether `text` is an address or a range.
#[must_use]
pub fn is_range(text: &str) -> bool {
    let network = text.split_once('/').map_or(text, |(network, _)| network);
    lies_in(network, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_what_they_should() {
        for (address, range, inside) in [
            ("203.0.113.25", "203.0.113.0/24", true),
            ("203.0.114.25", "203.0.113.0/24", false),
            ("8.8.8.8", "0.0.0.0/0", true),
            ("10.0.0.1", "10.0.0.1", true),
            ("2001:db8::1", "2001:db8::/32", true),
            ("::1", "::/0", true),
            ("10.0.0.1", "::/0", false),
            ("10.0.0.1", "10.0.0.0/33", false),
        ] {
            assert_eq!(lies_in(address, range), inside, "{address} {range}");
        }
    }
}
