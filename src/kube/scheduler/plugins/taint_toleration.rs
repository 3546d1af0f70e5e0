//! Taints keep Pods away that do not tolerate them.
// Models pkg/scheduler/framework/plugins/tainttoleration

use crate::document::Value;
use crate::kube::scheduler::node_info::NodeInfo;
use crate::kube::scheduler::plugins::{Cycle, Order, Stop, normalized};

/// Stops at a node with a `NoSchedule` or `NoExecute` taint that the Pod does not tolerate.
pub fn filter(cycle: &Cycle<'_>, info: &NodeInfo) -> Option<Stop> {
    let taint = info.node.items_at(&["spec", "taints"]).iter().find(|taint| {
        matches!(taint.str_at(&["effect"]), "NoSchedule" | "NoExecute") && !tolerates(cycle.pod, taint)
    })?;
    let detail = format!("{{{}: {}}}", taint.str_at(&["key"]), taint.str_at(&["value"]));
    Some(Stop::unresolvable("node(s) had untolerated taint(s)").because(detail))
}

/// Fewer untolerated `PreferNoSchedule` taints are better.
pub fn score(cycle: &Cycle<'_>, nodes: &[&NodeInfo]) -> Option<Vec<i64>> {
    let counts = nodes.iter().map(|info| untolerated(cycle.pod, info)).collect();
    Some(normalized(counts, Order::LessIsBetter))
}

/// How many taints of a node would rather not have the Pod.
pub fn untolerated(pod: &Value, info: &NodeInfo) -> i64 {
    let taints = info.node.items_at(&["spec", "taints"]).iter();
    let untolerated =
        taints.filter(|taint| taint.str_at(&["effect"]) == "PreferNoSchedule" && !tolerates(pod, taint)).count();
    i64::try_from(untolerated).unwrap_or(i64::MAX)
}

/// Whether one of the Pod's tolerations covers the taint.
#[must_use]
pub fn tolerates(pod: &Value, taint: &Value) -> bool {
    pod.items_at(&["spec", "tolerations"]).iter().any(|toleration| covers(toleration, taint))
}

/// Whether a toleration covers a taint.
// Models k8s.io/api/core/v1 Toleration.ToleratesTaint
#[must_use]
pub fn covers(toleration: &Value, taint: &Value) -> bool {
    let effect = toleration.str_at(&["effect"]);
    let key = toleration.str_at(&["key"]);
    let value = taint.str_at(&["value"]);
    let wanted = toleration.str_at(&["value"]);
    let number = |text: &str| text.parse::<i64>().ok();
    (effect.is_empty() || effect == taint.str_at(&["effect"]))
        && (key.is_empty() || key == taint.str_at(&["key"]))
        && match toleration.str_at(&["operator"]) {
            "Exists" => true,
            "" | "Equal" => wanted == value,
            "Gt" => number(value).zip(number(wanted)).is_some_and(|(value, wanted)| value > wanted),
            "Lt" => number(value).zip(number(wanted)).is_some_and(|(value, wanted)| value < wanted),
            _ => false,
        }
}
