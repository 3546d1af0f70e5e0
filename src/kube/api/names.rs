//! What may be a name, a label, a key.
// Models k8s.io/apimachinery/pkg/util/validation

const DNS1123_LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const DNS1123_SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const DNS1123_SUBDOMAIN_UNDERSCORE: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const DNS1035_LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const WILDCARD_SUBDOMAIN: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const QUALIFIED_NAME: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const CONFIG_MAP_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const PERCENT: &str = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
const HTTP_HEADER: &str = "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
const ENV_VAR: &str =
    "a valid environment variable name must consist only of printable ASCII characters other than '='";
const EMPTY: &str = "must be non-empty";

/// What is wrong with a text; empty where nothing is.
pub type Problems = Vec<String>;

/// The longest RFC 1123 label.
pub const LABEL_LENGTH_MAX: usize = 63;
/// The longest RFC 1123 subdomain.
pub const SUBDOMAIN_LENGTH_MAX: usize = 253;

fn too_long(limit: usize) -> String {
    format!("must be no more than {limit} characters")
}

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Starts and ends with `edge`, and has `edge` or one of `inner` between.
fn shaped(text: &str, edge: fn(u8) -> bool, inner: &[u8]) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    edge(*first) && edge(*last) && bytes.iter().all(|byte| edge(*byte) || inner.contains(byte))
}

fn is_label(text: &str) -> bool {
    shaped(text, lower, b"-")
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

fn is_qualified(text: &str) -> bool {
    shaped(text, |byte| byte.is_ascii_alphanumeric(), b"-_.")
}

fn check(text: &str, limit: usize, fits: bool, message: &str) -> Problems {
    let mut problems = Vec::new();
    if text.len() > limit {
        problems.push(too_long(limit));
    }
    if !fits {
        problems.push(message.to_owned());
    }
    problems
}

/// `my-name`.
// Models IsDNS1123Label
#[must_use]
pub fn dns1123_label(text: &str) -> Problems {
    // Upstream says the more general thing where the text would do as a subdomain.
    let message = if is_subdomain(text) { "must not contain dots" } else { DNS1123_LABEL };
    check(text, LABEL_LENGTH_MAX, is_label(text), message)
}

/// `my.name`.
// Models IsDNS1123Subdomain
#[must_use]
pub fn dns1123_subdomain(text: &str) -> Problems {
    check(text, SUBDOMAIN_LENGTH_MAX, is_subdomain(text), DNS1123_SUBDOMAIN)
}

/// The same with `_` where upstream lets it be: at the beginning of a label, and inside.
// Models IsDNS1123SubdomainWithUnderscore
#[must_use]
pub fn dns1123_subdomain_with_underscore(text: &str) -> Problems {
    let fits = |label: &str| is_label(&label.strip_prefix('_').unwrap_or(label).replace('_', "-"));
    check(text, SUBDOMAIN_LENGTH_MAX, text.split('.').all(fits), DNS1123_SUBDOMAIN_UNDERSCORE)
}

/// `my-name`, starting with a letter.
// Models IsDNS1035Label
#[must_use]
pub fn dns1035_label(text: &str) -> Problems {
    let fits = is_label(text) && text.starts_with(|first: char| first.is_ascii_lowercase());
    check(text, LABEL_LENGTH_MAX, fits, DNS1035_LABEL)
}

/// `*.my.name`.
// Models IsWildcardDNS1123Subdomain
#[must_use]
pub fn wildcard_subdomain(text: &str) -> Problems {
    let fits = text.strip_prefix("*.").is_some_and(is_subdomain);
    check(text, SUBDOMAIN_LENGTH_MAX, fits, WILDCARD_SUBDOMAIN)
}

/// A label key: `example.com/my-name` or `my-name`.
// Models IsQualifiedName, content.IsLabelKey
#[must_use]
pub fn qualified_name(text: &str) -> Problems {
    let mut problems = Vec::new();
    let name = match text.split_once('/') {
        None => text,
        Some((_, name)) if name.contains('/') => {
            return vec![
                "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')".to_owned(),
            ];
        }
        Some((prefix, name)) => {
            if prefix.is_empty() {
                problems.push(format!("prefix part {EMPTY}"));
            } else {
                problems.extend(dns1123_subdomain(prefix).into_iter().map(|problem| format!("prefix part {problem}")));
            }
            name
        }
    };
    if name.is_empty() {
        problems.push(format!("name part {EMPTY}"));
    } else if name.len() > LABEL_LENGTH_MAX {
        problems.push(format!("name part must be no more than {LABEL_LENGTH_MAX} bytes"));
    }
    if !is_qualified(name) {
        problems.push(format!("name part {QUALIFIED_NAME}"));
    }
    problems
}

/// The value of a label.
// Models IsValidLabelValue
#[must_use]
pub fn label_value(text: &str) -> Problems {
    let mut problems = Vec::new();
    if text.len() > LABEL_LENGTH_MAX {
        problems.push(format!("must be no more than {LABEL_LENGTH_MAX} bytes"));
    }
    if !(text.is_empty() || is_qualified(text)) {
        problems.push(LABEL_VALUE.to_owned());
    }
    problems
}

/// A key of a ConfigMap or Secret.
// Models IsConfigMapKey
#[must_use]
pub fn config_map_key(text: &str) -> Problems {
    let fits =
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    let mut problems = check(text, SUBDOMAIN_LENGTH_MAX, fits, CONFIG_MAP_KEY);
    problems.extend(dotted(text));
    problems
}

fn dotted(text: &str) -> Option<String> {
    match text {
        "." => Some("must not be '.'".to_owned()),
        ".." => Some("must not be '..'".to_owned()),
        _ if text.starts_with("..") => Some("must not start with '..'".to_owned()),
        _ => None,
    }
}

/// The name of an environment variable.
// Models IsRelaxedEnvVarName
#[must_use]
pub fn env_var_name(text: &str) -> Problems {
    let fits = !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=');
    check(text, usize::MAX, fits, ENV_VAR)
}

/// `25%`.
// Models IsValidPercent
#[must_use]
pub fn percent(text: &str) -> Problems {
    check(text, usize::MAX, super::intstr::percent(text).is_some(), PERCENT)
}

/// The name of an HTTP header.
// Models IsHTTPHeaderName
#[must_use]
pub fn http_header(text: &str) -> Problems {
    let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    check(text, usize::MAX, fits, HTTP_HEADER)
}

/// The name of a port: `http`.
// Models IsValidPortName
#[must_use]
pub fn port_name(text: &str) -> Problems {
    let mut problems = Vec::new();
    if text.len() > 15 {
        problems.push(too_long(15));
    }
    if text.is_empty() || !text.bytes().all(|byte| lower(byte) || byte == b'-') {
        problems.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned());
    }
    if !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        problems.push("must contain at least one letter (a-z)".to_owned());
    }
    if text.contains("--") {
        problems.push("must not contain consecutive hyphens".to_owned());
    }
    if !text.is_empty() && (text.starts_with('-') || text.ends_with('-')) {
        problems.push("must not begin or end with a hyphen".to_owned());
    }
    problems
}

/// The number of a port.
// Models IsValidPortNum
#[must_use]
pub fn port_number(port: i64) -> Problems {
    in_range(port, 1, 65_535)
}

/// A number between two others.
// Models IsInRange
#[must_use]
pub fn in_range(number: i64, least: i64, most: i64) -> Problems {
    if (least..=most).contains(&number) {
        return Vec::new();
    }
    vec![format!("must be between {least} and {most}, inclusive")]
}

/// A name from which the API server makes one by adding characters may end in a hyphen.
// Models k8s.io/apimachinery/pkg/api/validation maskTrailingDash
#[must_use]
pub fn mask_trailing_dash(name: &str) -> String {
    match name.strip_suffix('-') {
        Some(stem) if stem.len() >= 2 && name.len() > 1 => format!("{}a", &name[..name.len() - 2]),
        _ => name.to_owned(),
    }
}

/// A name that stands in a path of the API.
// Models k8s.io/apimachinery/pkg/api/validation/path IsValidPathSegmentName
#[must_use]
pub fn path_segment(text: &str) -> Problems {
    match text {
        "." | ".." => return vec![format!("may not be '{text}'")],
        _ => {}
    }
    ["/", "%"].iter().filter(|part| text.contains(**part)).map(|part| format!("may not contain '{part}'")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_or_say_what_is_wrong() {
        assert!(dns1123_label("web-1").is_empty());
        assert_eq!(dns1123_label("a.b"), ["must not contain dots"]);
        assert_eq!(dns1123_label("Web"), [DNS1123_LABEL]);
        assert!(dns1123_subdomain("a.b-c.d").is_empty());
        assert_eq!(dns1123_subdomain("a..b").len(), 1);
        assert_eq!(dns1035_label("1a").len(), 1);
        assert!(qualified_name("example.com/my_Name").is_empty());
        assert_eq!(qualified_name("x y").len(), 1);
        assert_eq!(qualified_name("").len(), 2);
        assert_eq!(port_name("Web_Port").len(), 1);
        assert_eq!(port_name("80").len(), 1);
        assert!(mask_trailing_dash("web-").ends_with('a'));
    }
}
