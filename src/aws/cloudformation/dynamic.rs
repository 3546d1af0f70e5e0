//! Dynamic references: `{{resolve:ssm:NAME}}` in a property stands for what Systems Manager holds
//! under that name, and is looked up when the resource is made or changed.
// Source: CloudFormation user guide, "Get a plaintext value from Systems Manager Parameter Store".

use crate::aws::Context;
use crate::aws::ssm;
use crate::document::Value;

const OPEN: &str = "{{resolve:ssm:";
const CLOSE: &str = "}}";

/// The same properties with what their references stand for. A name that nothing has stays.
pub(super) fn resolved(context: &Context<'_, '_>, value: &Value) -> Value {
    if value.as_str().is_some_and(|text| text.contains(OPEN)) {
        return value.as_str().map(|text| filled(context, text)).unwrap_or_default().into();
    }
    if !value.items().is_empty() {
        return Value::list(value.items().iter().map(|item| resolved(context, item)));
    }
    let mut made = value.clone();
    for (key, inner) in value.entries() {
        made.set(&[key], resolved(context, inner));
    }
    made
}

fn filled(context: &Context<'_, '_>, text: &str) -> String {
    let (mut rest, mut made) = (text, String::new());
    while let Some((before, tail)) = rest.split_once(OPEN) {
        let Some((name, after)) = tail.split_once(CLOSE) else { break };
        made.push_str(before);
        // A version may follow the name.
        let plain = name.rsplit_once(':').filter(|(_, version)| version.parse::<u32>().is_ok());
        match ssm::value(context, plain.map_or(name, |(plain, _)| plain)) {
            Some(value) => made.push_str(&value),
            None => made.push_str(&format!("{OPEN}{name}{CLOSE}")),
        }
        rest = after;
    }
    made + rest
}
