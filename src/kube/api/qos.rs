//! How well a Pod's containers are promised their resources.
// Models pkg/apis/core/v1/helper/qos ComputePodQOS

use crate::document::Value;
use crate::kube::api::quantity::Quantity;

const SUPPORTED: [&str; 2] = ["cpu", "memory"];

/// `Guaranteed`, `Burstable` or `BestEffort`, from a Pod's `spec`.
#[must_use]
pub fn class(spec: &Value) -> &'static str {
    let own = spec.at(&["resources"]).map(std::slice::from_ref).unwrap_or_default();
    let pod_level = own.iter().any(|resources| SUPPORTED.iter().any(|name| amount(resources, name).is_some()));
    let all: Vec<&Value> = if pod_level {
        own.iter().collect()
    } else {
        let containers = spec.items_at(&["containers"]).iter().chain(spec.items_at(&["initContainers"]));
        containers.map(|container| container.at(&["resources"]).unwrap_or(&Value::Null)).collect()
    };
    let named =
        |kind: &str, name: &str| all.iter().filter(|resources| positive(resources, kind, name).is_some()).count();
    let any = SUPPORTED.iter().any(|name| named("requests", name) + named("limits", name) > 0);
    if !any {
        return "BestEffort";
    }
    let guaranteed = SUPPORTED.iter().all(|name| {
        named("limits", name) == all.len() && {
            let requests = sum(&all, "requests", name);
            requests.is_zero() || requests == sum(&all, "limits", name)
        }
    });
    if guaranteed { "Guaranteed" } else { "Burstable" }
}

fn amount(resources: &Value, name: &str) -> Option<Quantity> {
    positive(resources, "requests", name).or_else(|| positive(resources, "limits", name))
}

fn positive(resources: &Value, kind: &str, name: &str) -> Option<Quantity> {
    resources.at(&[kind, name]).map(Quantity::of).filter(|quantity| *quantity > Quantity::ZERO)
}

fn sum(all: &[&Value], kind: &str, name: &str) -> Quantity {
    all.iter().filter_map(|resources| positive(resources, kind, name)).fold(Quantity::ZERO, Quantity::plus)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn of(resources: Value) -> &'static str {
        class(&tree!({ "containers": [{ "name": "a", "resources": (resources) }] }))
    }

    #[test]
    fn promises_decide_the_class() {
        assert_eq!(of(Value::map()), "BestEffort");
        assert_eq!(of(tree!({ "requests": { "cpu": "1" } })), "Burstable");
        let both = tree!({ "cpu": "1", "memory": "1Gi" });
        assert_eq!(of(tree!({ "requests": (&both), "limits": (&both) })), "Guaranteed");
        assert_eq!(of(tree!({ "requests": { "cpu": "1", "memory": "512Mi" }, "limits": (&both) })), "Burstable");
    }
}
