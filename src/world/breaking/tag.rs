//! A tag that no registry has, written into a workload and taken out again.

use crate::document::Value;
use crate::kube::api::{PatchType, Resource, User, Verb as Ask};
use crate::tree;
use crate::world::{Key, Request};
use std::rc::Rc;

/// The kinds whose Pod template has an image.
pub(super) const fn has_template(resource: Resource) -> bool {
    matches!(resource, Resource::DEPLOYMENTS | Resource::STATEFUL_SETS | Resource::DAEMON_SETS)
}

/// The first container of a workload's template, and its image.
pub(super) fn first_image(workload: Option<&Value>) -> Option<(Rc<str>, Rc<str>)> {
    let container = workload?.items_at(&["spec", "template", "spec", "containers"]).first()?;
    Some((container.str_at(&["name"]).into(), container.str_at(&["image"]).into()))
}

/// What a spoiled tag ends in; no registry has such a tag.
const SPOILED: &str = "does-not-exist";

pub(super) fn is_spoiled(image: &str) -> bool {
    image.ends_with(SPOILED)
}

/// The image with a tag that no registry has.
pub(super) fn spoiled(image: &str) -> String {
    if let Some((repository, _)) = image.split_once('@') {
        return format!("{repository}:{SPOILED}");
    }
    match image.rsplit_once(':') {
        Some((_, tag)) if !tag.contains('/') => format!("{image}-{SPOILED}"),
        _ => format!("{image}:{SPOILED}"),
    }
}

pub(super) fn set_image(key: &Key, container: &str, image: &str) -> Request {
    let containers = Value::list([tree!({ "name": container, "image": image })]);
    let patch = tree!({ "spec": { "template": { "spec": { "containers": containers } } } });
    let request = Request::new(User::admin(), Ask::Patch(PatchType::Strategic), key);
    request.with_body(patch).managed_by("drydock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spoiled_tag_keeps_its_repository() {
        assert_eq!(spoiled("nginx:1.27"), "nginx:1.27-does-not-exist");
        assert_eq!(spoiled("registry.example:5000/web"), "registry.example:5000/web:does-not-exist");
        assert_eq!(spoiled("web@sha256:00"), "web:does-not-exist");
    }
}
