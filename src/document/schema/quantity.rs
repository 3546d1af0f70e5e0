//! Whether a text is a quantity at all, and what the API server says if not. What it is worth is
//! not known here.

const WRONG_FORMAT: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const WRONG_SUFFIX: &str = "unable to parse quantity's suffix";

/// The API server's words when `text` is no quantity.
// Models k8s.io/apimachinery/pkg/api/resource/quantity.go parseQuantityString, suffix.go interpret
#[must_use]
pub fn quantity_error(text: &str) -> Option<&'static str> {
    let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let whole = digits(rest);
    let mut rest = &rest[whole..];
    let mut fraction = 0;
    if let Some(behind) = rest.strip_prefix('.') {
        fraction = digits(behind);
        rest = &behind[fraction..];
    }
    let suffix = rest;
    let rest = rest.trim_start_matches(|c: char| "eEinumkKMGTP".contains(c));
    let rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    if text.is_empty() || digits(rest) < rest.len() || whole + fraction == 0 {
        return Some(WRONG_FORMAT);
    }
    (!is_suffix(suffix)).then_some(WRONG_SUFFIX)
}

fn is_suffix(suffix: &str) -> bool {
    let known = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    let exponent = |power: &str| power.parse::<i32>().is_ok();
    known.contains(&suffix) || suffix.strip_prefix(['e', 'E']).is_some_and(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_and_others() {
        for good in ["0", "1", "500m", "64Mi", "1.5Gi", ".5", "1e3", "1E3", "-1", "+1k", "1."] {
            assert_eq!(quantity_error(good), None, "{good}");
        }
        for (bad, why) in [("", WRONG_FORMAT), ("1.5.5", WRONG_FORMAT), ("1Kib", WRONG_FORMAT), ("lots", WRONG_FORMAT)]
        {
            assert_eq!(quantity_error(bad), Some(why), "{bad}");
        }
        assert_eq!(quantity_error("1MM"), Some(WRONG_SUFFIX));
    }
}
