//! What a whole Pod asks for, and what it may use at most.
// Models k8s.io/component-helpers/resource PodRequests, PodLimits

use crate::document::Value;
use crate::kube::api::Quantity;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Amounts by resource name.
pub type ResourceList = BTreeMap<Rc<str>, Quantity>;

/// The amounts in a tree such as `resources.requests`.
#[must_use]
pub fn list_of(value: Option<&Value>) -> ResourceList {
    value.into_iter().flat_map(Value::entries).map(|(name, amount)| (name.clone(), Quantity::of(amount))).collect()
}

/// Adds `more` to `sum`, name by name.
pub fn add(sum: &mut ResourceList, more: &ResourceList) {
    for (name, amount) in more {
        let known = sum.get(name).copied().unwrap_or_default();
        sum.insert(name.clone(), known.plus(*amount));
    }
}

fn raise(most: &mut ResourceList, other: &ResourceList) {
    for (name, amount) in other {
        if most.get(name).is_none_or(|known| known < amount) {
            most.insert(name.clone(), *amount);
        }
    }
}

/// The sum over the containers of `resources.KIND` (`requests` or `limits`), or the largest init
/// container where that is more; with the overhead of the Pod's runtime.
#[must_use]
pub fn of_pod(spec: &Value, kind: &str) -> ResourceList {
    let own = |container: &Value| list_of(container.at(&["resources", kind]));
    let mut sum = ResourceList::new();
    for container in spec.items_at(&["containers"]) {
        add(&mut sum, &own(container));
    }
    let (mut sidecars, mut largest) = (ResourceList::new(), ResourceList::new());
    for container in spec.items_at(&["initContainers"]) {
        let mut while_it_runs = own(container);
        if container.str_at(&["restartPolicy"]) == "Always" {
            add(&mut sum, &while_it_runs);
            add(&mut sidecars, &while_it_runs);
            while_it_runs = sidecars.clone();
        } else {
            add(&mut while_it_runs, &sidecars);
        }
        raise(&mut largest, &while_it_runs);
    }
    raise(&mut sum, &largest);
    // What is said for the Pod as a whole stands in place of what its containers say.
    sum.extend(list_of(spec.at(&["resources", kind])));
    let overhead = list_of(spec.at(&["overhead"]));
    if kind == "requests" {
        add(&mut sum, &overhead);
    } else {
        let limited: ResourceList = overhead.into_iter().filter(|(name, _)| sum.contains_key(name)).collect();
        add(&mut sum, &limited);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn an_init_container_counts_only_where_it_asks_for_more() {
        let asks = |cpu: &str| tree!({ "resources": { "requests": { "cpu": cpu } } });
        let sidecar = asks("100m").with(&["restartPolicy"], "Always");
        let spec =
            tree!({ "initContainers": [(sidecar), (asks("900m"))], "containers": [(asks("200m")), (asks("300m"))] });
        assert_eq!(of_pod(&spec, "requests").get("cpu").map(ToString::to_string).as_deref(), Some("1"));
        let spec = tree!({ "initContainers": [(asks("400m"))], "containers": [(asks("200m")), (asks("300m"))] });
        assert_eq!(of_pod(&spec, "requests").get("cpu").map(ToString::to_string).as_deref(), Some("500m"));
    }
}
