//! Two Pods cannot have the same port of the same node.
// Models pkg/scheduler/framework/plugins/nodeports

use crate::document::Value;
use crate::kube::scheduler::node_info::NodeInfo;
use crate::kube::scheduler::plugins::{Cycle, Stop};

/// Stops at a node where a host port of the Pod is taken.
pub fn filter(cycle: &Cycle<'_>, info: &NodeInfo) -> Option<Stop> {
    let mut wanted = host_ports(cycle.pod).peekable();
    wanted.peek()?;
    let taken: Vec<_> = info.pods.iter().flat_map(|pod| host_ports(pod)).collect();
    let conflict = wanted.any(|port| taken.iter().any(|other| clash(port, *other)));
    conflict.then(|| Stop::resolvable("node(s) didn't have free ports for the requested pod ports"))
}

/// `(host address, protocol, port)`.
type HostPort<'a> = (&'a str, &'a str, i64);

fn host_ports(pod: &Value) -> impl Iterator<Item = HostPort<'_>> {
    let sidecars = pod
        .items_at(&["spec", "initContainers"])
        .iter()
        .filter(|container| container.str_at(&["restartPolicy"]) == "Always");
    let containers = pod.items_at(&["spec", "containers"]).iter().chain(sidecars);
    containers.flat_map(|container| container.items_at(&["ports"])).filter_map(|port| {
        let number = port.int_at(&["hostPort"]).filter(|number| *number > 0)?;
        let address = match port.str_at(&["hostIP"]) {
            "" => "0.0.0.0",
            address => address,
        };
        let protocol = match port.str_at(&["protocol"]) {
            "" => "TCP",
            protocol => protocol,
        };
        Some((address, protocol, number))
    })
}

fn clash(one: HostPort<'_>, other: HostPort<'_>) -> bool {
    let same_address = one.0 == other.0 || one.0 == "0.0.0.0" || other.0 == "0.0.0.0";
    same_address && one.1 == other.1 && one.2 == other.2
}
