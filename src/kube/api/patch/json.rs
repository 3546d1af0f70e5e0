//! RFC 6902: a list of operations, each on one place.
// Models gopkg.in/evanphx/json-patch.v4 Apply

use crate::document::Value;

/// Carries out the operations of `patch` in order.
///
/// # Errors
/// The first operation that cannot be carried out, in the words of upstream's library.
pub fn json_patch(target: &Value, patch: &Value) -> Result<Value, String> {
    let mut result = target.clone();
    for operation in patch.items() {
        let verb = operation.str_at(&["op"]);
        let path = operation.str_at(&["path"]);
        let value = || operation.as_map().and_then(|map| map.get("value")).cloned().unwrap_or_default();
        let from = operation.str_at(&["from"]);
        let wrong = |problem: String| format!("{verb} operation does not apply: {problem}");
        match verb {
            "add" => add(&mut result, path, value()).map_err(wrong)?,
            "remove" => drop(remove(&mut result, path).map_err(wrong)?),
            "replace" => *find_mut(&mut result, path).ok_or_else(|| wrong(missing(path)))? = value(),
            "move" => {
                let moved = remove(&mut result, from).map_err(wrong)?;
                add(&mut result, path, moved).map_err(wrong)?;
            }
            "copy" => {
                let copied = find_mut(&mut result, from).cloned().ok_or_else(|| wrong(missing(from)))?;
                add(&mut result, path, copied).map_err(wrong)?;
            }
            "test" => {
                let held = find_mut(&mut result, path).cloned().unwrap_or_default();
                if held != value() {
                    return Err(format!("testing value {path} failed: test failed"));
                }
            }
            _ => return Err(format!("Unexpected kind: {verb}")),
        }
    }
    Ok(result)
}

fn missing(path: &str) -> String {
    format!("doc is missing path: \"{path}\": missing value")
}

/// A pointer's steps, unescaped.
fn steps(path: &str) -> Vec<String> {
    path.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
}

/// The index that `step` names in a list of `length` items; `-` counts from the end.
fn index(step: &str, length: usize) -> Option<usize> {
    match step.strip_prefix('-') {
        Some(back) => length.checked_sub(back.parse::<usize>().ok()?),
        None => step.parse().ok(),
    }
}

fn find_mut<'a>(value: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    steps(path).iter().try_fold(value, |value, step| match value {
        Value::Map(map) if map.contains_key(step.as_str()) => value.map_mut().get_mut(step.as_str()),
        Value::List(items) => {
            let index = index(step, items.len())?;
            value.items_mut().get_mut(index)
        }
        _ => None,
    })
}

fn parent<'a>(value: &'a mut Value, path: &str) -> Result<(&'a mut Value, String), String> {
    let (above, _) = path.rsplit_once('/').ok_or_else(|| missing(path))?;
    let last = steps(path).pop().unwrap_or_default();
    find_mut(value, above).map(|parent| (parent, last)).ok_or_else(|| missing(path))
}

fn add(value: &mut Value, path: &str, new: Value) -> Result<(), String> {
    if path.is_empty() {
        *value = new;
        return Ok(());
    }
    let (parent, last) = parent(value, path)?;
    match parent {
        Value::Map(_) => drop(parent.map_mut().insert(last.into(), new)),
        Value::List(items) => {
            let length = items.len();
            let place = if last == "-" { Some(length) } else { index(&last, length) };
            match place.filter(|place| *place <= length) {
                Some(place) => parent.items_mut().insert(place, new),
                None => return Err(format!("Unable to access invalid index: {last}: invalid index referenced")),
            }
        }
        _ => return Err(missing(path)),
    }
    Ok(())
}

fn remove(value: &mut Value, path: &str) -> Result<Value, String> {
    let (parent, last) = parent(value, path)?;
    let gone = match parent {
        Value::Map(_) => parent.map_mut().remove(last.as_str()),
        Value::List(items) => {
            index(&last, items.len()).filter(|place| *place < items.len()).map(|place| parent.items_mut().remove(place))
        }
        _ => None,
    };
    gone.ok_or_else(|| format!("Unable to remove nonexistent key: {last}: missing value"))
}
