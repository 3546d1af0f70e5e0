//! `--max-items` and `--starting-token`: the CLI asks for every page and shows a part of the sum.
// Models botocore paginate.PageIterator, TokenEncoder

use super::failure::Failure;
use crate::document::{Value, base64};

/// What the CLI writes into its tokens beside the service's own.
const AMOUNT: &str = "\"boto_truncate_amount\": ";

/// Which part of an answer is shown.
#[derive(Clone, Default, Debug)]
pub(super) struct Part {
    /// How many items at most.
    pub most: Option<usize>,
    /// How many were shown before.
    pub skip: usize,
}

impl Part {
    /// Reads `--max-items N`.
    pub fn set_most(&mut self, text: &str) -> Result<(), Failure> {
        let number =
            text.parse().map_err(|_| Failure::usage(&format!("invalid literal for int() with base 10: '{text}'")))?;
        self.most = Some(number);
        Ok(())
    }

    /// Reads `--starting-token TOKEN`.
    pub fn set_start(&mut self, token: &str) -> Result<(), Failure> {
        let text = base64::decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let amount =
            text.as_deref().and_then(|text| text.split_once(AMOUNT)).map(|(_, rest)| rest.trim_end_matches('}'));
        self.skip = amount
            .and_then(|amount| amount.trim().parse().ok())
            .ok_or_else(|| Failure::parameter(&format!("Bad starting token: {token}")))?;
        Ok(())
    }

    /// The part of an answer: of its first list.
    pub fn of(&self, answer: Value, service: &str) -> Value {
        if self.most.is_none() && self.skip == 0 {
            return answer;
        }
        let Some((name, items)) = answer
            .entries()
            .find(|(_, value)| !value.items().is_empty())
            .map(|(name, list)| (name.clone(), list.items().to_vec()))
        else {
            return answer;
        };
        let most = self.most.unwrap_or(usize::MAX);
        let rest = items.len().saturating_sub(self.skip);
        let mut answer = answer;
        answer.set(&[&name], Value::list(items.into_iter().skip(self.skip).take(most)));
        if rest > most {
            let own = if service == "iam" { "Marker" } else { "NextToken" };
            let token = format!("{{\"{own}\": null, {AMOUNT}{}}}", self.skip + most);
            answer.set(&["NextToken"], base64::encode(token.as_bytes()));
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn a_token_goes_on_where_it_was_cut() {
        let all = || tree!({ "Vpcs": ["a", "b", "c"] });
        let mut part = Part::default();
        part.set_most("1").unwrap();
        let first = part.of(all(), "ec2");
        // The token that the real CLI prints.
        let token = "eyJOZXh0VG9rZW4iOiBudWxsLCAiYm90b190cnVuY2F0ZV9hbW91bnQiOiAxfQ==";
        assert_eq!(first, tree!({ "Vpcs": ["a"], "NextToken": token }));
        part.set_start(token).unwrap();
        part.set_most("5").unwrap();
        assert_eq!(part.of(all(), "ec2"), tree!({ "Vpcs": ["b", "c"] }));
        assert!(part.set_start("nonsense").is_err());
    }
}
