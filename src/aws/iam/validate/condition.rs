//! The shape of a `Condition` block, and values that have a form.

use super::super::condition::{Comparison, Operator};
use super::super::quantity;
use super::{Checker, Stage};
use crate::document::{Value, schema};

impl Checker {
    pub(super) fn condition(&mut self, block: &Value) {
        if block.as_map().is_none() {
            return self.syntax("not-an-object", block.json_type());
        }
        for (name, keys) in block.entries() {
            let operator = Operator::parse(name);
            if operator.is_none() && !keys.as_map().is_some_and(|keys| keys.is_empty()) {
                let nearest = schema::nearest(name, Operator::names());
                self.key(Stage::Syntax, "unknown-operator", name, nearest, super::SYNTAX);
            }
            self.within(name, |checker| checker.condition_keys(operator, keys));
        }
    }

    fn condition_keys(&mut self, operator: Option<Operator>, keys: &Value) {
        if keys.as_map().is_none() {
            return self.syntax("not-an-object", keys.json_type());
        }
        for (key, wanted) in keys.entries() {
            if !key.contains(':') {
                const MESSAGE: &str = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
                self.key(Stage::Vendors, "key-without-vendor", key, None, MESSAGE);
            }
            self.within(key, |checker| match wanted {
                Value::List(items) => {
                    for (index, item) in items.iter().enumerate() {
                        checker.within(&index.to_string(), |checker| checker.condition_value(operator, item));
                    }
                }
                one => checker.condition_value(operator, one),
            });
        }
    }

    fn condition_value(&mut self, operator: Option<Operator>, value: &Value) {
        match value {
            Value::Text(text) => {
                let is_date = operator.is_some_and(|operator| matches!(operator.comparison, Comparison::Date(_)));
                if is_date && !text.contains("${") && quantity::date(text).is_none() {
                    self.fault(Stage::Legacy, "not-a-date", text, "The policy failed legacy parsing");
                }
            }
            Value::Bool(_) | Value::Int(_) | Value::Decimal(_) => {}
            Value::Null | Value::List(_) | Value::Map(_) => self.syntax("not-a-string", value.json_type()),
        }
    }
}
