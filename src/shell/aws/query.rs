//! `--query`: JMESPath over the answer, by the crate that its authors publish.

use super::failure::Failure;
use crate::document::output::to_json;
use crate::document::{Value, parse};
use jmespath::Variable;

/// What the query finds.
///
/// # Errors
/// The expression cannot be read, in the CLI's words.
pub(super) fn search(query: &str, answer: &Value) -> Result<Value, Failure> {
    let bad = |problem: &str| Failure::parameter(&format!("Bad value for --query {query}: {problem}"));
    let expression = jmespath::compile(query).map_err(|error| bad(&error.to_string()))?;
    let data = Variable::from_json(&to_json(answer)).map_err(|error| bad(&error))?;
    let found = expression.search(data).map_err(|error| bad(&error.to_string()))?;
    Ok(parse_json(&found.to_string()).unwrap_or_default())
}

/// A JSON text as a tree; none if it is not JSON.
pub(super) fn parse_json(text: &str) -> Option<Value> {
    Variable::from_json(text).ok()?;
    to_value(text)
}

/// A JSON or YAML text as a tree; none if it is neither.
pub(super) fn to_value(text: &str) -> Option<Value> {
    let parsed = parse(text);
    if parsed.first_error().is_some() {
        return None;
    }
    Some(parsed.documents.first().map(|document| document.root.to_value()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn queries_of_the_user_guide() {
        let answer = tree!({ "Volumes": [{ "VolumeId": "vol-1", "Size": 8 }, { "VolumeId": "vol-2", "Size": 30 }] });
        assert_eq!(search("Volumes[*].VolumeId", &answer), Ok(tree!(["vol-1", "vol-2"])));
        assert_eq!(search("Volumes[?Size > `10`].VolumeId | [0]", &answer), Ok(tree!("vol-2")));
        assert_eq!(search("Nothing", &answer), Ok(Value::Null));
        assert!(search("Volumes[", &answer).is_err());
    }
}
