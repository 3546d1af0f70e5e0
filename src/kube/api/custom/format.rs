//! The formats that a schema may ask of a text. Those that are not known here are not looked at, as
//! upstream does not look at those that it does not know.
// Models k8s.io/kube-openapi/pkg/validation/strfmt

use crate::document::base64;

/// Whether a text has the format.
pub(super) fn fits(format: &str, text: &str) -> bool {
    match format {
        "date-time" => text.split_once(['T', 't', ' ']).is_some_and(|(date, time)| is_date(date) && is_time(time)),
        "date" => is_date(text),
        "ipv4" => text.parse::<std::net::Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<std::net::Ipv6Addr>().is_ok(),
        "cidr" => {
            let halves = text.split_once('/');
            halves.is_some_and(|(address, bits)| {
                address.parse::<std::net::IpAddr>().is_ok_and(|address| {
                    bits.parse::<u8>().is_ok_and(|bits| bits <= if address.is_ipv4() { 32 } else { 128 })
                })
            })
        }
        "mac" => {
            let parts: Vec<&str> = text.split([':', '-']).collect();
            parts.len() == 6 && parts.iter().all(|part| part.len() == 2 && is_hex(part))
        }
        "uuid" | "uuid3" | "uuid4" | "uuid5" => {
            let plain: String = text.chars().filter(|sign| *sign != '-').collect();
            plain.len() == 32 && is_hex(&plain)
        }
        "hostname" => !text.is_empty() && text.len() <= 255 && text.split('.').all(is_label),
        "email" => text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty()),
        "uri" => text.split_once(':').is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty()),
        "byte" => base64::decode(text).is_ok(),
        _ => true,
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_label(label: &str) -> bool {
    let is_inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !label.is_empty() && label.bytes().all(is_inside) && !label.starts_with('-') && !label.ends_with('-')
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    is_number(year, 4, 0..=9999) && is_number(month, 2, 1..=12) && is_number(day, 2, 1..=31)
}

/// `15:04:05`, with a fraction or without, and an offset.
fn is_time(text: &str) -> bool {
    let clock = text.split(['.', 'Z', 'z', '+', '-']).next().unwrap_or_default();
    let parts: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else { return false };
    let has_zone = text[clock.len()..].contains(['Z', 'z', '+', '-']);
    has_zone && is_number(hour, 2, 0..=23) && is_number(minute, 2, 0..=59) && is_number(second, 2, 0..=60)
}

fn is_number(text: &str, digits: usize, within: std::ops::RangeInclusive<u32>) -> bool {
    text.len() == digits && text.parse().is_ok_and(|number| within.contains(&number))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn texts_have_formats() {
        for (format, right, wrong) in [
            ("date-time", "2020-01-02T03:04:05Z", "2020-01-02"),
            ("date-time", "2020-01-02T03:04:05.123+09:00", "2020-13-02T03:04:05Z"),
            ("date", "2020-01-02", "02.01.2020"),
            ("ipv4", "10.0.0.1", "10.0.0.256"),
            ("cidr", "10.0.0.0/8", "10.0.0.0/33"),
            ("uuid", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810"),
            ("hostname", "web-1.example.com", "-web"),
            ("byte", "aGVsbG8=", "a"),
        ] {
            assert!(fits(format, right) && !fits(format, wrong), "{format}");
        }
        assert!(fits("something-else", ""));
    }
}
