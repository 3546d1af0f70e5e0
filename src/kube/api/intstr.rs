//! Numbers that may also be percentages or names: `25%`, `3`, `http`.
// Models k8s.io/apimachinery/pkg/util/intstr

use crate::document::Value;

/// Which way a share of a whole is rounded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rounding {
    /// Towards more.
    Up,
    /// Towards less.
    Down,
}

/// The number that `value` stands for out of `total`; nothing where it is neither a number nor a
/// percentage.
// Models k8s.io/apimachinery/pkg/util/intstr GetScaledValueFromIntOrPercent
#[must_use]
pub fn scaled(value: &Value, total: i64, rounding: Rounding) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::Text(text) => {
            let share = percent(text)?.checked_mul(total)?;
            Some(match rounding {
                Rounding::Up => share.div_euclid(100) + i64::from(share.rem_euclid(100) != 0),
                Rounding::Down => share.div_euclid(100),
            })
        }
        _ => None,
    }
}

/// The number before the sign of `25%`.
#[must_use]
pub fn percent(text: &str) -> Option<i64> {
    let digits = text.strip_suffix('%')?;
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_shares_rounded_as_asked() {
        assert_eq!(scaled(&"25%".into(), 3, Rounding::Up), Some(1));
        assert_eq!(scaled(&"25%".into(), 3, Rounding::Down), Some(0));
        assert_eq!(scaled(&2.into(), 3, Rounding::Down), Some(2));
        assert_eq!(scaled(&"half".into(), 3, Rounding::Down), None);
    }
}
