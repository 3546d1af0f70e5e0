//! A Pod that names its node gets that node or none.
// Models pkg/scheduler/framework/plugins/nodename

use crate::kube::scheduler::node_info::NodeInfo;
use crate::kube::scheduler::plugins::{Cycle, Stop};

/// Stops at every node but the one that `spec.nodeName` names.
pub fn filter(cycle: &Cycle<'_>, info: &NodeInfo) -> Option<Stop> {
    let wanted = cycle.pod.str_at(&["spec", "nodeName"]);
    let fits = wanted.is_empty() || wanted == info.name();
    (!fits).then(|| Stop::unresolvable("node(s) didn't match the requested node name"))
}
