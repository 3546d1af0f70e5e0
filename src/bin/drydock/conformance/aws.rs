//! The families of the cloud. What the product does not simulate yet fails with that as reason.

use super::iam;
use drydock::document::Value;

/// Whether a case counts at all: a verdict that its author was not certain of does not.
pub fn counts(family: &str, data: &Value) -> bool {
    family != "iam-validate" || data.at(&["valid"]).is_some()
}

/// Compares one case.
pub fn check(family: &str, data: &Value) -> Result<(), String> {
    match family {
        "iam" => iam::decides(data),
        "iam-validate" => iam::validates(data),
        "cloudformation" | "cloudformation-lint" => super::cloudformation::check(data),
        "reachability" => super::reachability::check(data),
        other => Err(format!("unknown family `{other}`")),
    }
}
