//! Stands in for parts that land in their own rooms: patches and jsonpath.

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

pub mod jsonpath {
    use super::Value;

    pub fn find(path: &str, tree: &Value) -> Result<Vec<Value>, String> {
        let inside = path.trim_start_matches('{').trim_end_matches('}').trim_start_matches('.');
        let mut found = vec![tree.clone()];
        for step in inside.split('.').filter(|step| !step.is_empty()) {
            let (name, index) = step.split_once('[').map_or((step, None), |(name, index)| (name, Some(index)));
            found = found
                .iter()
                .filter_map(|value| if name.is_empty() { Some(value.clone()) } else { value.get(name).cloned() })
                .collect();
            if let Some(index) = index {
                let index = index.trim_end_matches(']');
                found = found
                    .iter()
                    .flat_map(|value| match index.parse::<usize>() {
                        Ok(index) => value.items().get(index).cloned().into_iter().collect::<Vec<_>>(),
                        Err(_) => value.items().to_vec(),
                    })
                    .collect();
            }
        }
        Ok(found)
    }

    pub fn render(template: &str, tree: &Value) -> Result<String, String> {
        let texts: Vec<String> = find(template, tree)?
            .iter()
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .collect();
        Ok(texts.join(" "))
    }
}
