//! Stands in for parts that land in their own rooms: patches.

use crate::document::Value;

pub mod patch {
    use super::Value;
    use crate::shell::kubectl::failure::Failure;
    use crate::world::api::Resource;

    pub fn three_way(_resource: Resource, original: &Value, modified: &Value, current: &Value) -> Value {
        let mut out = Value::map();
        for (key, value) in modified.entries() {
            let now = current.get(key).unwrap_or(&Value::Null);
            if value.as_map().is_some() && now.as_map().is_some() {
                let inner = three_way(_resource, original.get(key).unwrap_or(&Value::Null), value, now);
                if !inner.is_empty() {
                    out.set(&[key], inner);
                }
            } else if value != now {
                out.set(&[key], value.clone());
            }
        }
        for (key, _) in original.entries() {
            if modified.get(key).is_none() && current.get(key).is_some() {
                out.set(&[key], Value::Null);
            }
        }
        out
    }

    pub fn strategic(_resource: Resource, old: &Value, patch: &Value) -> Result<Value, Failure> {
        let Some(changes) = patch.as_map() else { return Ok(patch.clone()) };
        let mut merged = old.as_map().cloned().unwrap_or_default();
        for (key, change) in changes {
            if change.is_null() {
                merged.remove(key);
            } else {
                let next = strategic(_resource, merged.get(key).unwrap_or(&Value::Null), change)?;
                merged.insert(key.clone(), next);
            }
        }
        Ok(merged.into())
    }
}
