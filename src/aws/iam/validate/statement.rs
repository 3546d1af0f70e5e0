//! One statement: which elements it has, and of what type they are.

use super::{Checker, Kind, Stage};
use crate::document::Value;

const ELEMENTS: &[&str] =
    &["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

impl Checker {
    pub(super) fn statement(&mut self, statement: &Value) {
        let Some(fields) = statement.as_map() else { return self.syntax("not-a-statement", statement.json_type()) };
        self.only_keys(statement, ELEMENTS);
        for (one, other) in [("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")] {
            if fields.contains_key(one) && fields.contains_key(other) {
                self.key(Stage::Syntax, "either-or", other, None, super::SYNTAX);
            }
        }
        self.sid(fields.get("Sid"));
        self.effect(fields.get("Effect"));
        for element in ["Action", "NotAction", "Resource", "NotResource"] {
            if let Some(value) = fields.get(element) {
                self.within(element, |checker| checker.strings(element, value));
            }
        }
        self.actions(statement);
        self.resources(statement);
        if let Some(block) = fields.get("Condition") {
            self.within("Condition", |checker| checker.condition(block));
        }
        self.principals(statement);
        self.of_its_kind(statement);
    }

    fn sid(&mut self, sid: Option<&Value>) {
        let Some(sid) = sid else { return };
        let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match sid.as_str() {
            None => self.within("Sid", |checker| checker.syntax("not-a-string", sid.json_type())),
            // Other services allow more than IAM does.
            Some(text) if !is_plain(text) && !matches!(self.kind, Kind::Resource | Kind::Endpoint | Kind::Trust) => {
                const MESSAGE: &str = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the \
                                       regular expression [0-9A-Za-z]*";
                self.within("Sid", |checker| checker.fault(Stage::Sid, "sid-letters", text, MESSAGE));
            }
            Some(_) => {}
        }
    }

    fn effect(&mut self, effect: Option<&Value>) {
        let Some(effect) = effect else { return self.syntax("missing-element", "Effect") };
        self.within("Effect", |checker| match effect.as_str() {
            Some("Allow" | "Deny") => {}
            Some(other) if other.eq_ignore_ascii_case("allow") || other.eq_ignore_ascii_case("deny") => {
                checker.fault(Stage::Legacy, "unknown-effect", other, "The policy failed legacy parsing");
            }
            Some(other) => checker.syntax("unknown-effect", other),
            None => checker.syntax("not-a-string", effect.json_type()),
        });
    }

    /// A string, or a list of strings.
    fn strings(&mut self, element: &str, value: &Value) {
        match value {
            Value::Text(_) => {}
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    if item.as_str().is_none() {
                        self.within(&index.to_string(), |checker| checker.syntax("not-a-string", item.json_type()));
                    }
                }
                if items.is_empty() {
                    let (stage, message) = if element.ends_with("Action") {
                        (Stage::Actions, "Policy statement must contain actions.")
                    } else {
                        (Stage::NoResources, "Policy statement must contain resources.")
                    };
                    self.fault(stage, "empty-list", element, message);
                }
            }
            other => self.syntax("not-a-string", other.json_type()),
        }
    }

    /// What this kind of policy must have and may not have.
    fn of_its_kind(&mut self, statement: &Value) {
        let has = |element: &str| statement.as_map().is_some_and(|fields| fields.contains_key(element));
        if !has("Action") && !has("NotAction") {
            self.fault(Stage::Actions, "missing-element", "Action", "Policy statement must contain actions.");
        }
        let needs_resource = !matches!(self.kind, Kind::Trust | Kind::Resource);
        if needs_resource && !has("Resource") && !has("NotResource") {
            let message = "Policy statement must contain resources.";
            self.fault(Stage::NoResources, "missing-element", "Resource", message);
        }
        let prohibited: &[&str] = match self.kind {
            Kind::Identity | Kind::Session | Kind::Scp => &["Principal", "NotPrincipal"],
            Kind::Trust => &["Resource", "NotResource", "NotAction"],
            Kind::Rcp => &["NotPrincipal", "NotAction"],
            Kind::Endpoint => &["NotPrincipal"],
            Kind::Resource => &[],
        };
        for element in prohibited.iter().filter(|element| has(element)) {
            let message = match (self.kind, *element) {
                (Kind::Identity | Kind::Session, _) => "Policy document should not specify a principal.".to_owned(),
                (Kind::Trust, "NotAction") => super::elements::ONLY_TRUST_ACTIONS.to_owned(),
                (Kind::Trust, _) => "Has prohibited field Resource.".to_owned(),
                _ => self.general_message().to_owned(),
            };
            self.key(Stage::Kind, "prohibited-element", element, None, &message);
        }
        let needs_principal = matches!(self.kind, Kind::Trust | Kind::Resource | Kind::Rcp | Kind::Endpoint);
        if needs_principal && !has("Principal") && !has("NotPrincipal") {
            let message = match self.kind {
                Kind::Trust | Kind::Resource => "Missing required field Principal",
                _ => self.general_message(),
            };
            self.fault(Stage::Kind, "missing-element", "Principal", message);
        }
        if self.kind == Kind::Rcp && statement.str_at(&["Effect"]) == "Allow" {
            let message = self.general_message();
            self.within("Effect", |checker| checker.fault(Stage::Kind, "only-deny", "Allow", message));
        }
    }

    /// What the service says that holds this kind of policy, whatever is wrong.
    pub(super) fn general_message(&self) -> &'static str {
        match self.kind {
            Kind::Scp | Kind::Rcp => {
                "The provided policy document does not meet the requirements of the specified policy type."
            }
            Kind::Endpoint => "Policy document is invalid.",
            _ => super::SYNTAX,
        }
    }
}
