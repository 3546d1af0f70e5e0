//! Label selectors, in both of their forms.
// Models k8s.io/apimachinery/pkg/labels and meta/v1 LabelSelectorAsSelector

use crate::document::Value;
use std::fmt;
use std::rc::Rc;

/// One requirement on a label.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Requirement {
    key: Rc<str>,
    operator: Operator,
    values: Vec<Rc<str>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
    GreaterThan,
    LessThan,
}

/// All requirements must hold. An empty selector selects everything.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Selector(Vec<Requirement>);

impl Selector {
    /// A `metav1.LabelSelector`: `matchLabels` and `matchExpressions`.
    #[must_use]
    pub fn from_label_selector(selector: &Value) -> Self {
        let mut selected = Self::from_map(selector.at(&["matchLabels"]).unwrap_or(&Value::Null));
        for expression in selector.items_at(&["matchExpressions"]) {
            selected.0.extend(Requirement::from_expression(expression));
        }
        selected
    }

    /// A plain map of labels, as a Service has it.
    #[must_use]
    pub fn from_map(labels: &Value) -> Self {
        Self(
            labels
                .entries()
                .map(|(key, value)| Requirement {
                    key: key.clone(),
                    operator: Operator::In,
                    values: value.as_shared().into_iter().collect(),
                })
                .collect(),
        )
    }

    /// A list of expressions as node affinity has them, with `Gt` and `Lt`.
    #[must_use]
    pub fn from_expressions(expressions: &[Value]) -> Self {
        Self(expressions.iter().filter_map(Requirement::from_expression).collect())
    }

    /// Whether it selects everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a map of labels satisfies every requirement.
    #[must_use]
    pub fn matches(&self, labels: &Value) -> bool {
        self.0.iter().all(|requirement| requirement.matches(labels))
    }

    /// The text form: `app=web,tier in (a,b),!legacy`.
    ///
    /// # Errors
    /// What is wrong, in upstream's words.
    // Models k8s.io/apimachinery/pkg/labels Parse
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut requirements = Vec::new();
        for part in split_outside_parentheses(text) {
            let part = part.trim();
            if part.is_empty() {
                continue;
            }
            requirements.push(Requirement::parse(part)?);
        }
        Ok(Self(requirements))
    }
}

/// The text form, as upstream prints it: `app=web,tier in (a,b)`.
impl fmt::Display for Selector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, requirement) in self.0.iter().enumerate() {
            if index > 0 {
                out.write_str(",")?;
            }
            let key = &requirement.key;
            let values = requirement.values.join(",");
            match (requirement.operator, requirement.values.len()) {
                (Operator::In, 1) => write!(out, "{key}={values}")?,
                (Operator::In, _) => write!(out, "{key} in ({values})")?,
                (Operator::NotIn, 1) => write!(out, "{key}!={values}")?,
                (Operator::NotIn, _) => write!(out, "{key} notin ({values})")?,
                (Operator::Exists, _) => write!(out, "{key}")?,
                (Operator::DoesNotExist, _) => write!(out, "!{key}")?,
                (Operator::GreaterThan, _) => write!(out, "{key}>{values}")?,
                (Operator::LessThan, _) => write!(out, "{key}<{values}")?,
            }
        }
        Ok(())
    }
}

fn split_outside_parentheses(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_i32, 0);
    for (index, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

impl Requirement {
    fn from_expression(expression: &Value) -> Option<Self> {
        let operator = match expression.str_at(&["operator"]) {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            "Gt" => Operator::GreaterThan,
            "Lt" => Operator::LessThan,
            _ => return None,
        };
        Some(Self {
            key: expression.str_at(&["key"]).into(),
            operator,
            values: expression.items_at(&["values"]).iter().filter_map(Value::as_shared).collect(),
        })
    }

    fn parse(part: &str) -> Result<Self, String> {
        let of = |key: &str, operator, values: Vec<&str>| Self {
            key: key.trim().into(),
            operator,
            values: values.into_iter().map(|value| value.trim().into()).collect(),
        };
        if let Some(key) = part.strip_prefix('!') {
            return Ok(of(key, Operator::DoesNotExist, vec![]));
        }
        if let Some(open) = part.find('(') {
            let inside = part[open + 1..].strip_suffix(')').ok_or_else(|| {
                format!("unable to parse requirement: found '{}', expected: ',' or ')'", &part[open..])
            })?;
            let mut words = part[..open].split_whitespace();
            let (key, operator) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let operator = match operator {
                "in" => Operator::In,
                "notin" => Operator::NotIn,
                other => {
                    return Err(format!(
                        "unable to parse requirement: found '{other}', expected: in, notin, =, ==, !=, gt, lt"
                    ));
                }
            };
            return Ok(of(key, operator, inside.split(',').collect()));
        }
        for (sign, operator) in [
            ("!=", Operator::NotIn),
            ("==", Operator::In),
            ("=", Operator::In),
            (">", Operator::GreaterThan),
            ("<", Operator::LessThan),
        ] {
            if let Some((key, value)) = part.split_once(sign) {
                return Ok(of(key, operator, vec![value]));
            }
        }
        if let Some(other) = part.split_whitespace().nth(1) {
            return Err(format!(
                "unable to parse requirement: found '{other}', expected: in, notin, =, ==, !=, gt, lt"
            ));
        }
        Ok(of(part, Operator::Exists, vec![]))
    }

    fn matches(&self, labels: &Value) -> bool {
        let value = labels.get(&self.key).and_then(Value::as_str);
        let listed = |value: &str| self.values.iter().any(|listed| &**listed == value);
        let bound = || self.values.first()?.parse::<i64>().ok();
        let number = || value?.parse::<i64>().ok();
        match self.operator {
            Operator::In => value.is_some_and(listed),
            Operator::NotIn => !value.is_some_and(listed),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::GreaterThan => number().zip(bound()).is_some_and(|(number, bound)| number > bound),
            Operator::LessThan => number().zip(bound()).is_some_and(|(number, bound)| number < bound),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn selectors_match_as_their_operators_say() {
        let labels = tree!({ "app": "web", "tier": "front", "size": "12" });
        let cases = [
            ("", true),
            ("app=web", true),
            ("app==web,tier!=back", true),
            ("app in (api, web)", true),
            ("app notin (api,web)", false),
            ("tier", true),
            ("!tier", false),
            ("missing!=x", true),
            ("size>9", true),
            ("size<9", false),
        ];
        for (text, expected) in cases {
            assert_eq!(Selector::parse(text).unwrap().matches(&labels), expected, "{text}");
        }
    }
}
