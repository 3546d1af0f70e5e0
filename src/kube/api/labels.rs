//! Label selectors, in both of their forms.
// Models k8s.io/apimachinery/pkg/labels and meta/v1 LabelSelectorAsSelector

mod parse;

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
        parse::selector(text).map(Self)
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
    fn what_is_no_selector_is_refused_in_upstreams_words() {
        let cases = [
            ("a=b=c", "found '=', expected: ',' or 'end of string'"),
            ("app notin (a", "unable to parse requirement: found '', expected: ',' or ')'"),
            ("app in a", "unable to parse requirement: found 'a' expected: '('"),
            ("app foo", "unable to parse requirement: found 'foo', expected: in, notin, =, ==, !=, gt, lt"),
            ("a=1,", "found '', expected: identifier after ','"),
            (",a", "found ',', expected: !, identifier, or 'end of string'"),
            (
                "bad/key/x=1",
                "unable to parse requirement: key: Invalid value: \"bad/key/x\": a valid label key must consist of \
                 alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character \
                 (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
                 '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. \
                 'example.com/MyName')",
            ),
            (
                "a=-b",
                "unable to parse requirement: values[0][a]: Invalid value: \"-b\": a valid label must be an empty string \
                 or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric \
                 character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is \
                 '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
            ),
        ];
        for (text, wanted) in cases {
            assert_eq!(Selector::parse(text), Err(wanted.to_owned()), "{text}");
        }
    }

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
