//! The node itself: registering it, its Lease, its status.
// Models pkg/kubelet/kubelet_node_status.go, nodestatus/setters.go; component-helpers nodelease

use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::api::{Key, PatchType, Request, Resource, User, Verb, meta};
use crate::kube::kubelet::Machine;
use crate::kube::kubelet::image::{self, ImageStore};
use crate::kube::kubelet::preset::{Identity, Preset};
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::tree;

const VERSION: &str = "v1.36.2";
/// `nodeStatusMaxImages`.
const IMAGES_MAX: usize = 50;

/// The identity of a node's kubelet.
#[must_use]
pub fn user(node: &str) -> User {
    User::new(&format!("system:node:{node}"), &["system:nodes", "system:authenticated"])
}

/// The key of the Node object.
#[must_use]
pub fn key(machine: &Machine) -> Key {
    Key::new(Resource::NODES, "", machine.name.clone())
}

/// Makes the Node object, unless it is there already.
// Models kubelet_node_status.go registerWithAPIServer
pub fn register(outcome: &mut Outcome, seen: &Snapshot<'_>, machine: &Machine) {
    if seen.get(&key(machine)).is_some() {
        return;
    }
    let mut labels = tree!({
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": &machine.name,
        "kubernetes.io/os": "linux",
    });
    if !machine.zone.is_empty() {
        labels.set(&["topology.kubernetes.io/zone"], &machine.zone);
    }
    for (label, value) in &machine.labels {
        labels.set(&[label], value);
    }
    let body = tree!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": { "name": &machine.name, "labels": labels },
        // Models plugin/pkg/admission/nodetaint: a node is not ready until it says so.
        "spec": { "taints": [{ "key": "node.kubernetes.io/not-ready", "effect": "NoSchedule" }] },
    });
    let mut body = body;
    if !machine.provider_id.is_empty() {
        body.set(&["spec", "providerID"], &machine.provider_id);
    }
    let request = Request::create(user(&machine.name), Resource::NODES, "", body).managed_by("kubelet");
    outcome.request(request, Why::Heartbeat);
}

/// Renews the Lease, or makes it.
pub fn renew_lease(outcome: &mut Outcome, seen: &Snapshot<'_>, machine: &Machine) {
    let lease = Key::new(Resource::LEASES, "kube-node-lease", machine.name.clone());
    let now = seen.now.rfc3339_micro();
    let request = if seen.get(&lease).is_some() {
        let patch = tree!({ "spec": { "renewTime": now } });
        Request::new(user(&machine.name), Verb::Patch(PatchType::Merge), &lease).with_body(patch)
    } else {
        let mut body = tree!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": { "name": &machine.name, "namespace": "kube-node-lease" },
            "spec": { "holderIdentity": &machine.name, "leaseDurationSeconds": 40, "renewTime": now },
        });
        if let Some(node) = seen.get(&key(machine)) {
            let owner = tree!({ "apiVersion": "v1", "kind": "Node", "name": meta::name(node), "uid": meta::uid(node) });
            body.set(&["metadata", "ownerReferences"], Value::list([owner]));
        }
        Request::create(user(&machine.name), Resource::LEASES, "kube-node-lease", body)
    };
    outcome.request(request.managed_by("kubelet"), Why::Heartbeat);
}

/// Posts the node's status.
pub fn post_status(
    outcome: &mut Outcome,
    seen: &Snapshot<'_>,
    machine: &Machine,
    preset: &Preset,
    images: &ImageStore,
    is_short: bool,
) {
    let Some(node) = seen.get(&key(machine)) else { return };
    let capacity = tree!({
        "cpu": &machine.cpu,
        "memory": &machine.memory,
        "ephemeral-storage": "100Gi",
        "pods": machine.pods.to_string(),
    });
    let status = tree!({
        "capacity": &capacity,
        "allocatable": &capacity,
        "conditions": conditions(seen, node, machine, is_short),
        "addresses": [
            { "type": "InternalIP", "address": &machine.address },
            { "type": "Hostname", "address": &machine.name },
        ],
        "daemonEndpoints": { "kubeletEndpoint": { "Port": if preset.identity == Identity::Recorded { 0 } else { 10250 } } },
        "nodeInfo": node_info(machine, preset),
    });
    let status = match image_list(images) {
        images if images.is_empty() => status,
        images => status.with(&["images"], images),
    };
    let was_ready = meta::is_condition_true(node, "Ready");
    let request = Request::new(user(&machine.name), Verb::Patch(PatchType::Strategic), &key(machine))
        .on("status")
        .with_body(tree!({ "status": status }))
        .managed_by("kubelet");
    outcome.request(request, Why::Heartbeat);
    if !was_ready && machine.unready.is_empty() && preset.identity == Identity::Containerd {
        for (_, reason, _, _) in HEALTHY {
            let message = format!("Node {} status is now: {reason}", machine.name);
            outcome.event(node, "Normal", reason, message.replace("KubeletReady", "NodeReady"));
        }
    }
}

/// Type, the reason as an Event, the reason as a condition, the message.
const HEALTHY: [(&str, &str, &str, &str); 4] = [
    (
        "MemoryPressure",
        "NodeHasSufficientMemory",
        "KubeletHasSufficientMemory",
        "kubelet has sufficient memory available",
    ),
    ("DiskPressure", "NodeHasNoDiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "NodeHasSufficientPID", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "NodeReady", "KubeletReady", "kubelet is posting ready status"),
];

fn conditions(seen: &Snapshot<'_>, node: &Value, machine: &Machine, is_short: bool) -> Value {
    let now = seen.now.rfc3339();
    Value::list(HEALTHY.into_iter().map(|(kind, _, reason, message)| {
        let is_kept = kind == "Ready" && !machine.unready.is_empty();
        let (reason, message) = if is_kept { ("KubeletNotReady", &*machine.unready) } else { (reason, message) };
        let is_pressed = is_short && kind == "MemoryPressure";
        let status = if (kind == "Ready" && !is_kept) || is_pressed { "True" } else { "False" };
        let (reason, message) = if is_pressed {
            ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available")
        } else {
            (reason, message)
        };
        let before = meta::condition(node, kind).filter(|before| before.str_at(&["status"]) == status);
        let since = before.map_or(now.as_str(), |before| before.str_at(&["lastTransitionTime"]));
        tree!({
            "type": kind,
            "status": status,
            "lastHeartbeatTime": now.as_str(),
            "lastTransitionTime": since,
            "reason": reason,
            "message": message,
        })
    }))
}

fn node_info(machine: &Machine, preset: &Preset) -> Value {
    let runtime = match preset.identity {
        Identity::Containerd => "containerd://2.1.4",
        Identity::Recorded => "fake://1.0",
    };
    tree!({
        "machineID": &machine.name,
        "systemUUID": &machine.name,
        "bootID": &machine.name,
        "kernelVersion": "6.1.0",
        "osImage": "Drydock Linux",
        "containerRuntimeVersion": runtime,
        "kubeletVersion": if machine.version.is_empty() { VERSION } else { &*machine.version },
        "kubeProxyVersion": "",
        "operatingSystem": "linux",
        "architecture": "amd64",
    })
}

/// The largest images first.
fn image_list(images: &ImageStore) -> Value {
    let mut held: Vec<_> = images.held().collect();
    held.order_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    Value::list(held.into_iter().take(IMAGES_MAX).map(|(name, size)| {
        tree!({
            "names": [(image::digest_name(name)), (&**name)],
            "sizeBytes": i64::try_from(size).unwrap_or(i64::MAX),
        })
    }))
}
