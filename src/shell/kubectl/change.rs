//! Changing live objects: the patch from what was to what is wanted, and sending it.

use crate::document::{Map, Value};
use crate::world::api::{ApiError, PatchType, Request, Verb};

use super::builder::Info;
use super::{DryRun, Kubectl};

/// The RFC 7386 patch that makes `new` of `old`.
// Models gopkg.in/evanphx/json-patch CreateMergePatch
#[must_use]
pub(super) fn merge_patch(old: &Value, new: &Value) -> Value {
    let mut patch = Map::new();
    for (key, wanted) in new.entries() {
        let have = old.get(key).unwrap_or(&Value::Null);
        if have.as_map().is_some() && wanted.as_map().is_some() {
            let inner = merge_patch(have, wanted);
            if !inner.is_empty() {
                patch.insert(key.clone(), inner);
            }
        } else if have != wanted {
            patch.insert(key.clone(), wanted.clone());
        }
    }
    for (key, _) in old.entries() {
        if new.get(key).is_none() && old.get(key).is_some() {
            patch.insert(key.clone(), Value::Null);
        }
    }
    patch.into()
}

/// Carries a live object to `new`; with a dry run of the client, `new` comes back.
pub(super) async fn carry(
    kubectl: &Kubectl,
    info: &Info,
    new: Value,
    manager: &str,
    dry_run: DryRun,
) -> Result<Value, ApiError> {
    if dry_run == DryRun::Client {
        return Ok(new);
    }
    send(kubectl, info, PatchType::Merge, merge_patch(&info.object, &new), manager, dry_run).await
}

/// Sends a patch.
pub(super) async fn send(
    kubectl: &Kubectl,
    info: &Info,
    kind: PatchType,
    patch: Value,
    manager: &str,
    dry_run: DryRun,
) -> Result<Value, ApiError> {
    let user = kubectl.client.user.clone();
    let mut request = Request::new(user, Verb::Patch(kind), &info.key()).in_version(info.version()).with_body(patch);
    let named = kubectl.args.text("field-manager");
    request.options.field_manager = if named.is_empty() { manager } else { named }.into();
    request.options.dry_run = dry_run == DryRun::Server;
    Ok(kubectl.client.request(request).await?.into_object())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn a_patch_says_only_what_differs() {
        let old = tree!({ "a": 1, "b": { "c": 1, "d": 2 }, "e": 5 });
        let new = tree!({ "a": 1, "b": { "c": 3 }, "f": 6 });
        assert_eq!(merge_patch(&old, &new).to_string(), r#"{"b":{"c":3,"d":null},"e":null,"f":6}"#);
    }
}
