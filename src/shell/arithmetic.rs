//! `$((expression))`: whole numbers, as the shell reckons.
// Models POSIX.1 XCU 2.6.4 Arithmetic Expansion, the part that tutorials use.

/// What an expression comes to; `variable` says what a name stands for.
///
/// # Errors
/// What is wrong with it, as a shell says.
pub(super) fn evaluate(text: &str, variable: &dyn Fn(&str) -> String) -> Result<i64, String> {
    let mut reader = Reader { rest: text, variable };
    let value = reader.level(0)?;
    match reader.sign() {
        "" => Ok(value),
        left => Err(format!("syntax error in expression (error token is \"{left}\")")),
    }
}

struct Reader<'a> {
    rest: &'a str,
    variable: &'a dyn Fn(&str) -> String,
}

/// What binds least stands first.
const LEVELS: [&[&str]; 5] = [&["&&", "||"], &["==", "!="], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];

impl Reader<'_> {
    fn sign(&mut self) -> &str {
        self.rest = self.rest.trim_start();
        self.rest
    }

    fn level(&mut self, level: usize) -> Result<i64, String> {
        let Some(signs) = LEVELS.get(level) else { return self.one() };
        let mut left = self.level(level + 1)?;
        loop {
            let rest = self.sign();
            let Some(sign) = signs.iter().find(|sign| rest.starts_with(**sign)) else { return Ok(left) };
            self.rest = self.rest.get(sign.len()..).unwrap_or_default();
            let right = self.level(level + 1)?;
            left = match *sign {
                "+" => left.wrapping_add(right),
                "-" => left.wrapping_sub(right),
                "*" => left.wrapping_mul(right),
                "/" => left.checked_div(right).ok_or("division by 0")?,
                "%" => left.checked_rem(right).ok_or("division by 0")?,
                "==" => i64::from(left == right),
                "!=" => i64::from(left != right),
                "<=" => i64::from(left <= right),
                ">=" => i64::from(left >= right),
                "<" => i64::from(left < right),
                ">" => i64::from(left > right),
                "&&" => i64::from(left != 0 && right != 0),
                _ => i64::from(left != 0 || right != 0),
            };
        }
    }

    fn one(&mut self) -> Result<i64, String> {
        self.rest = self.rest.trim_start();
        let rest = self.rest;
        let rest = rest.strip_prefix('$').unwrap_or(rest);
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let skipped = self.rest.len() - rest.len();
        let first = self.rest.get(skipped..).and_then(|rest| rest.chars().next());
        match first {
            Some('(') => {
                self.rest = self.rest.get(skipped + 1..).unwrap_or_default();
                let value = self.level(0)?;
                if !self.sign().starts_with(')') {
                    return Err("missing `)'".to_owned());
                }
                self.rest = self.rest.get(1..).unwrap_or_default();
                Ok(value)
            }
            Some('-' | '+' | '!') => {
                self.rest = self.rest.get(skipped + 1..).unwrap_or_default();
                let value = self.one()?;
                Ok(match first {
                    Some('-') => value.wrapping_neg(),
                    Some('!') => i64::from(value == 0),
                    _ => value,
                })
            }
            _ if length == 0 => Err("syntax error: operand expected".to_owned()),
            _ => {
                let word = self.rest.get(skipped..skipped + length).unwrap_or_default().to_owned();
                self.rest = self.rest.get(skipped + length..).unwrap_or_default();
                if word.starts_with(|c: char| c.is_ascii_digit()) {
                    return word.parse().map_err(|_| "value too great for base".to_owned());
                }
                Ok((self.variable)(&word).trim().parse().unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_sums_come_out() {
        let seven = |name: &str| if name == "i" { "7".to_owned() } else { String::new() };
        for (text, value) in
            [("1+2*3", 7), ("(1 + 2) * 3", 9), ("i+1", 8), ("$i % 4", 3), ("-i", -7), ("i > 3", 1), ("x", 0)]
        {
            assert_eq!(evaluate(text, &seven), Ok(value), "{text}");
        }
        assert!(evaluate("1/0", &seven).is_err());
        assert!(evaluate("1 +", &seven).is_err());
    }
}
