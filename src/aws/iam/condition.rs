//! The `Condition` block: every operator must hold, and inside it every key.

use super::address;
use super::context::Context;
use super::pattern::{Case, Pattern, Unresolved};
use super::quantity;
use crate::document::{Value, base64};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::rc::Rc;

/// How an operator compares (IAM User Guide, "IAM JSON policy elements: Condition operators").
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// Letter by letter.
    Text(Case),
    /// With wildcards.
    Like,
    /// As numbers.
    Numeric(Order),
    /// As points in time.
    Date(Order),
    /// `true` or `false`.
    Bool,
    /// As bytes written in base 64.
    Binary,
    /// An address in a range.
    Address,
    /// The six parts of an ARN, with wildcards.
    Arn,
    /// Whether the key is there at all.
    Null,
}

/// Which order of two quantities is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// The same.
    Equal,
    /// The request's is less.
    Less,
    /// The request's is not more.
    LessOrEqual,
    /// The request's is more.
    More,
    /// The request's is not less.
    MoreOrEqual,
}

impl Order {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::More => ordering.is_gt(),
            Self::MoreOrEqual => ordering.is_ge(),
        }
    }
}

/// What stands before the operator's name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quantifier {
    /// Nothing: the key has one value.
    One,
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

/// An operator, taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Operator {
    /// `ForAllValues:` or `ForAnyValue:`.
    pub quantifier: Quantifier,
    /// How values are compared.
    pub comparison: Comparison,
    /// Whether it holds when nothing compares (`StringNotEquals`).
    pub negated: bool,
    /// Whether an absent key is enough (`…IfExists`).
    pub if_exists: bool,
}

/// Names, as the user guide lists them.
const OPERATORS: &[(&str, Comparison, bool)] = &[
    ("StringEquals", Comparison::Text(Case::Exact), false),
    ("StringNotEquals", Comparison::Text(Case::Exact), true),
    ("StringEqualsIgnoreCase", Comparison::Text(Case::Ignore), false),
    ("StringNotEqualsIgnoreCase", Comparison::Text(Case::Ignore), true),
    ("StringLike", Comparison::Like, false),
    ("StringNotLike", Comparison::Like, true),
    ("NumericEquals", Comparison::Numeric(Order::Equal), false),
    ("NumericNotEquals", Comparison::Numeric(Order::Equal), true),
    ("NumericLessThan", Comparison::Numeric(Order::Less), false),
    ("NumericLessThanEquals", Comparison::Numeric(Order::LessOrEqual), false),
    ("NumericGreaterThan", Comparison::Numeric(Order::More), false),
    ("NumericGreaterThanEquals", Comparison::Numeric(Order::MoreOrEqual), false),
    ("DateEquals", Comparison::Date(Order::Equal), false),
    ("DateNotEquals", Comparison::Date(Order::Equal), true),
    ("DateLessThan", Comparison::Date(Order::Less), false),
    ("DateLessThanEquals", Comparison::Date(Order::LessOrEqual), false),
    ("DateGreaterThan", Comparison::Date(Order::More), false),
    ("DateGreaterThanEquals", Comparison::Date(Order::MoreOrEqual), false),
    ("Bool", Comparison::Bool, false),
    ("BinaryEquals", Comparison::Binary, false),
    ("IpAddress", Comparison::Address, false),
    ("NotIpAddress", Comparison::Address, true),
    ("ArnEquals", Comparison::Arn, false),
    ("ArnLike", Comparison::Arn, false),
    ("ArnNotEquals", Comparison::Arn, true),
    ("ArnNotLike", Comparison::Arn, true),
    ("Null", Comparison::Null, false),
];

impl Operator {
    /// The operator with this name. `Null` has no `IfExists`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (quantifier, text) = match text.split_once(':') {
            Some(("ForAllValues", rest)) => (Quantifier::All, rest),
            Some(("ForAnyValue", rest)) => (Quantifier::Any, rest),
            Some(_) => return None,
            None => (Quantifier::One, text),
        };
        let (text, if_exists) = text.strip_suffix("IfExists").map_or((text, false), |text| (text, true));
        let (_, comparison, negated) = OPERATORS.iter().find(|(name, ..)| *name == text)?;
        if *comparison == Comparison::Null && if_exists {
            return None;
        }
        Some(Self { quantifier, comparison: *comparison, negated: *negated, if_exists })
    }

    /// All base names, for "did you mean".
    pub fn names() -> impl Iterator<Item = &'static str> {
        OPERATORS.iter().map(|(name, ..)| *name)
    }
}

/// The first condition that did not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failed {
    /// The operator as written.
    pub operator: Rc<str>,
    /// The condition key as written.
    pub key: Rc<str>,
    /// What the policy asks for.
    pub wanted: Value,
    /// What the request has; nothing when the key is absent.
    pub seen: Option<Value>,
    /// The policy variable without a value, when that is why.
    pub unresolved: Option<Rc<str>>,
}

/// Whether every condition of the block holds.
///
/// # Errors
/// [`Failed`]: the first that does not.
pub fn all_hold(block: &Value, context: &Context, variables: bool) -> Result<(), Box<Failed>> {
    for (name, keys) in block.entries() {
        let operator = Operator::parse(name);
        for (key, wanted) in keys.entries() {
            let seen = context.get(key);
            let outcome = operator.map_or(Ok(false), |operator| holds(operator, wanted, seen, context, variables));
            if outcome == Ok(true) {
                continue;
            }
            return Err(Box::new(Failed {
                operator: name.clone(),
                key: key.clone(),
                wanted: wanted.clone(),
                seen: seen.cloned(),
                unresolved: outcome.err().map(|missing| missing.key.into()),
            }));
        }
    }
    Ok(())
}

fn holds(
    operator: Operator,
    wanted: &Value,
    seen: Option<&Value>,
    context: &Context,
    variables: bool,
) -> Result<bool, Unresolved> {
    if operator.comparison == Comparison::Null {
        let is_absent = if seen.is_none() { "true" } else { "false" };
        return Ok(each(wanted).iter().any(|text| scalar(text).eq_ignore_ascii_case(is_absent)));
    }
    let Some(seen) = seen else {
        return Ok(operator.if_exists
            || match operator.quantifier {
                Quantifier::One => operator.negated,
                Quantifier::All => true,
                Quantifier::Any => false,
            });
    };
    let suits = |value: &Value| -> Result<bool, Unresolved> {
        let value = scalar(value);
        for wish in each(wanted) {
            if compares(operator.comparison, &scalar(wish), &value, context, variables)? {
                return Ok(!operator.negated);
            }
        }
        Ok(operator.negated)
    };
    let mut results = each(seen).iter().map(suits);
    // A key with many values under an operator for one is compared as a set of which any will do,
    // or of which none may, when negated.
    let want_all = match operator.quantifier {
        Quantifier::All => true,
        Quantifier::Any => false,
        Quantifier::One => operator.negated,
    };
    if want_all {
        results.try_fold(true, |all, one| Ok(all & one?))
    } else {
        results.try_fold(false, |any, one| Ok(any | one?))
    }
}

/// One value is a list of one.
fn each(value: &Value) -> &[Value] {
    match value {
        Value::List(items) => items,
        one => std::slice::from_ref(one),
    }
}

/// A value of a policy as text: `true` and `10` may be written without quotes.
fn scalar(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Text(text) | Value::Decimal(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

fn compares(
    comparison: Comparison,
    wish: &str,
    seen: &str,
    context: &Context,
    variables: bool,
) -> Result<bool, Unresolved> {
    let pattern = || if variables { Pattern::expand(wish, context) } else { Ok(Pattern::plain(wish)) };
    Ok(match comparison {
        Comparison::Text(case) => pattern()?.equals(seen, case),
        Comparison::Like => pattern()?.fits(seen, Case::Exact),
        Comparison::Arn => seen.starts_with("arn:") && pattern()?.fits_arn(seen),
        Comparison::Numeric(order) => ordered(order, quantity::decimal(seen), quantity::decimal(wish)),
        Comparison::Date(order) => ordered(order, quantity::date(seen), quantity::date(wish)),
        Comparison::Bool => seen.eq_ignore_ascii_case(wish),
        Comparison::Binary => {
            matches!((base64::decode(seen), base64::decode(wish)), (Ok(one), Ok(other)) if one == other)
        }
        Comparison::Address => address::lies_in(seen, wish),
        Comparison::Null => false,
    })
}

fn ordered<Q: Ord>(order: Order, seen: Option<Q>, wish: Option<Q>) -> bool {
    matches!((seen, wish), (Some(seen), Some(wish)) if order.holds(seen.cmp(&wish)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn check(block: &Value, context: &Value) -> bool {
        all_hold(block, &Context::of(context), true).is_ok()
    }

    #[test]
    fn an_absent_key_satisfies_what_is_negated_and_what_says_if_exists() {
        let nothing = Value::map();
        for (operator, expected) in [
            ("StringEquals", false),
            ("StringNotEquals", true),
            ("StringEqualsIfExists", true),
            ("NumericLessThan", false),
            ("NotIpAddress", true),
            ("ForAllValues:StringEquals", true),
            ("ForAnyValue:StringEquals", false),
            ("ForAnyValue:StringNotEquals", false),
            ("Bool", false),
        ] {
            let block = Value::map().with(&[operator, "aws:x"], "1");
            assert_eq!(check(&block, &nothing), expected, "{operator}");
        }
    }

    #[test]
    fn sets_are_compared_as_documented() {
        let context = tree!({ "aws:TagKeys": ["env", "team"] });
        for (operator, wanted, expected) in [
            ("ForAllValues:StringEquals", vec!["env", "team", "x"], true),
            ("ForAllValues:StringEquals", vec!["env"], false),
            ("ForAnyValue:StringEquals", vec!["env"], true),
            ("ForAllValues:StringNotEquals", vec!["env"], false),
            ("ForAnyValue:StringNotEquals", vec!["env"], true),
        ] {
            let wanted = Value::list(wanted.iter().map(|text| Value::from(*text)));
            let block = Value::map().with(&[operator, "aws:TagKeys"], wanted);
            assert_eq!(check(&block, &context), expected, "{operator}");
        }
    }

    #[test]
    fn every_kind_of_value_is_compared() {
        let context = tree!({
            "n": "10", "d": "2026-03-01T12:00:00Z", "b": "true", "ip": "10.0.0.7", "bin": "QmluYXJ5",
            "arn": "arn:aws:iam::1:role/x"
        });
        for (operator, key, wanted, expected) in [
            ("NumericLessThan", "n", "10.5", true),
            ("NumericNotEquals", "n", "10", false),
            ("DateGreaterThan", "d", "2026-03-01T20:59:59+09:00", true),
            ("Bool", "b", "True", true),
            ("IpAddress", "ip", "10.0.0.0/29", true),
            ("BinaryEquals", "bin", "QmluYXJ5", true),
            ("ArnLike", "arn", "arn:aws:iam::*:role/*", true),
            ("ArnNotEquals", "arn", "arn:aws:iam::1:role/x", false),
            ("Null", "n", "false", true),
            ("Null", "gone", "true", true),
            ("NoSuchOperator", "n", "10", false),
        ] {
            let block = Value::map().with(&[operator, key], wanted);
            assert_eq!(check(&block, &context), expected, "{operator} {key}");
        }
    }

    #[test]
    fn the_condition_that_failed_is_told() {
        let block = tree!({ "StringEquals": { "aws:PrincipalTag/team": "blue" } });
        let failed = all_hold(&block, &Context::from([("aws:principaltag/team", "red")]), true).expect_err("differs");
        assert_eq!((&*failed.key, failed.seen), ("aws:PrincipalTag/team", Some("red".into())));
    }
}
