//! The shape of `Principal` and `NotPrincipal`.

use super::elements::is_aws_principal;
use super::{Checker, Kind, Stage};
use crate::document::{Value, schema};

const SORTS: &[&str] = &["AWS", "Service", "Federated", "CanonicalUser"];

/// Identity providers that are known by name rather than by ARN.
const WEB_PROVIDERS: &[&str] =
    &["cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com"];

impl Checker {
    pub(super) fn principals(&mut self, statement: &Value) {
        if matches!(self.kind, Kind::Identity | Kind::Session | Kind::Scp) {
            return;
        }
        for element in ["Principal", "NotPrincipal"] {
            if let Some(value) = statement.as_map().and_then(|fields| fields.get(element)) {
                self.within(element, |checker| checker.principal(value));
            }
        }
    }

    fn principal(&mut self, principal: &Value) {
        if matches!(self.kind, Kind::Rcp | Kind::Endpoint) {
            return self.everybody(principal);
        }
        match principal {
            Value::Text(text) if &**text == "*" => {}
            Value::Text(text) => {
                self.fault(Stage::Kind, "principal-form", text, "Invalid principal in policy.");
            }
            Value::Map(fields) if fields.is_empty() => {
                let message = "Missing required field Principal cannot be empty!";
                self.fault(Stage::Kind, "principal-form", "{}", message);
            }
            Value::Map(_) => {
                for (sort, names) in principal.entries() {
                    if !SORTS.contains(&&**sort) {
                        let nearest = schema::nearest(sort, SORTS.iter().copied());
                        let message = format!("Invalid principal type in policy: \"{sort}\"");
                        self.key(Stage::Kind, "principal-sort", sort, nearest, &message);
                    }
                    self.within(sort, |checker| checker.names(sort, names));
                }
            }
            other => self.fault(Stage::Kind, "principal-form", other.json_type(), "Invalid principal in policy."),
        }
    }

    fn names(&mut self, sort: &str, names: &Value) {
        match names {
            Value::Text(name) => self.name(sort, name),
            Value::List(items) if !items.is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    self.within(&index.to_string(), |checker| match item.as_str() {
                        Some(name) => checker.name(sort, name),
                        None => checker.syntax("not-a-string", item.json_type()),
                    });
                }
            }
            Value::List(_) => {
                self.fault(Stage::Kind, "empty-list", sort, "Missing required field Principal cannot be empty!");
            }
            other => self.syntax("not-a-string", other.json_type()),
        }
    }

    fn name(&mut self, sort: &str, name: &str) {
        let is_fine = match sort {
            "AWS" => is_aws_principal(name),
            "Service" => name.contains('.') && !name.contains(['*', '/', ':']),
            "Federated" => name.starts_with("arn:") || WEB_PROVIDERS.contains(&name),
            _ => true,
        };
        if !is_fine {
            let shown = if sort == "AWS" { sort.to_owned() } else { sort.to_uppercase() };
            let message = format!("Invalid principal in policy: \"{shown}\":\"{name}\"");
            self.fault(Stage::Kind, "principal-name", name, &message);
        }
    }

    /// Resource control policies and endpoint policies speak of everybody.
    fn everybody(&mut self, principal: &Value) {
        let by_account = self.kind == Kind::Endpoint && principal.str_at(&["AWS"]) == "*";
        if principal.as_str() != Some("*") && !by_account {
            let message = self.general_message();
            self.fault(Stage::Kind, "only-everybody", "", message);
        }
    }
}
