//! The node lifecycle controller: silent nodes become NotReady, taints say so, and the Pods there
//! stop counting as ready. Evicting them is the taint-eviction controller's work.
// Models pkg/controller/nodelifecycle/node_lifecycle_controller.go

use crate::document::Value;
use crate::kube::api::{Key, Object, PatchType, Request, Resource, Verb, meta};
use crate::kube::conditions::{self, Condition};
use crate::kube::controller::Controller;
use crate::kube::controller::pods::has_ended;
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::{Change, ChangeKind, SimTime, millis, secs};
use crate::tree;
use std::rc::Rc;

/// `--node-startup-grace-period`: a new node may be silent for that long.
// Source: kube-controller-manager flags, v1.36.
const STARTUP_GRACE: SimTime = secs(60);
/// `--node-eviction-rate` is 0.1: one node of a zone gets its NoExecute taint every ten seconds.
const EVICTION_PERIOD: SimTime = secs(10);
/// `--unhealthy-zone-threshold`, in hundredths.
const UNHEALTHY_ZONE: usize = 55;
/// From a taint's decision to its write: the queue is looked at every 100 ms.
// Models nodelifecycle scheduler.NodeEvictionPeriod
const EVICTION_TICK: SimTime = millis(100);

const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const ZONE: &str = "topology.kubernetes.io/zone";

/// Conditions that become taints: type, status, taint.
// Models nodeConditionToTaintKeyStatusMap
const CONDITION_TAINTS: [(&str, &str, &str); 6] = [
    ("Ready", "False", NOT_READY),
    ("Ready", "Unknown", UNREACHABLE),
    ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
    ("NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"),
    ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
];

/// A changed node is looked at; while it exists it is looked at again and again.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, _seen: &Snapshot<'_>) -> Vec<Key> {
    if change.key.resource == Resource::NODES { vec![change.key.clone()] } else { Vec::new() }
}

/// Looks at one node.
// Models monitorNodeHealth, doNodeProcessingPassWorker, doNoExecuteTaintingPass
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let mut outcome = Outcome::settled();
    let Some(node) = seen.get(key) else {
        removed(&mut outcome, key, seen);
        return outcome;
    };
    registered(&mut outcome, node, seen);
    let is_silent = is_silent(node, seen);
    let ready = if is_silent { "Unknown" } else { ready_status(node) };
    if is_silent && ready_status(node) != "Unknown" {
        mark_unknown(&mut outcome, key, node, seen);
    }
    let after = if is_silent { with_unknown(node, seen.now) } else { node.value.clone() };
    let mut taints: Vec<Value> = node.items_at(&["spec", "taints"]).to_vec();
    if set_no_schedule(&mut taints, &after, seen.now) {
        write_taints(&mut outcome, key, &taints, why(ready, key));
    }
    if ready != "True" && !ready.is_empty() {
        mark_pods_not_ready(&mut outcome, key, seen);
    }
    match no_execute(&mut taints, node, ready, seen) {
        Tainted::Changed => write_taints(&mut outcome, key, &taints, why(ready, key)),
        Tainted::Later(delay) => outcome.requeue_in(delay),
        Tainted::Same => {}
    }
    // The monitor runs on its own beat, whenever the node was last looked at.
    let period = seen.settings.node_monitor_period.as_millis().max(1);
    outcome.requeue_in(millis(period - seen.now.as_millis() % period));
    outcome
}

fn why(ready: &str, key: &Key) -> Why {
    let node = key.name.to_string();
    if ready == "True" { Why::NodeBack { node } } else { Why::NodeSilent { node } }
}

fn ready_status(node: &Value) -> &str {
    meta::condition(node, "Ready").map(|condition| condition.str_at(&["status"])).unwrap_or_default()
}

/// Whether neither a Lease nor a status has come for longer than the grace period.
// Models tryUpdateNodeHealth
fn is_silent(node: &Value, seen: &Snapshot<'_>) -> bool {
    let lease = Key::new(Resource::LEASES, "kube-node-lease", meta::name(node));
    let renewed = seen.get(&lease).and_then(|lease| SimTime::parse_rfc3339(lease.str_at(&["spec", "renewTime"])));
    let posted = meta::condition(node, "Ready")
        .and_then(|condition| SimTime::parse_rfc3339(condition.str_at(&["lastHeartbeatTime"])));
    match renewed.max(posted) {
        Some(last) => seen.now.since(last) > seen.settings.node_monitor_grace,
        None => seen.now.since(meta::created_at(node)) > STARTUP_GRACE,
    }
}

/// The node with its conditions unknown.
fn with_unknown(node: &Value, now: SimTime) -> Value {
    let mut after = node.clone();
    let moment = now.rfc3339();
    for kind in ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] {
        let conditions = after.at_mut(&["status", "conditions"]).items_mut();
        let place = conditions.iter().position(|condition| condition.str_at(&["type"]) == kind);
        match place.and_then(|index| conditions.get_mut(index)) {
            Some(condition) if condition.str_at(&["status"]) == "Unknown" => {}
            Some(condition) => {
                condition.set(&["status"], "Unknown");
                condition.set(&["reason"], "NodeStatusUnknown");
                condition.set(&["message"], "Kubelet stopped posting node status.");
                condition.set(&["lastTransitionTime"], moment.as_str());
            }
            None => conditions.push(tree!({
                "type": kind,
                "status": "Unknown",
                "reason": "NodeStatusNeverUpdated",
                "message": "Kubelet never posted node status.",
                "lastHeartbeatTime": node.str_at(&["metadata", "creationTimestamp"]),
                "lastTransitionTime": moment.as_str(),
            })),
        }
    }
    after
}

fn mark_unknown(outcome: &mut Outcome, key: &Key, node: &Value, seen: &Snapshot<'_>) {
    let conditions = with_unknown(node, seen.now).at(&["status", "conditions"]).cloned();
    let patch = tree!({ "status": { "conditions": conditions } });
    let request = Request::new(Controller::NodeLifecycle.user(), Verb::Patch(PatchType::Strategic), key);
    let request = request.on("status").with_body(patch).managed_by("kube-controller-manager");
    outcome.request(request, Why::NodeSilent { node: key.name.to_string() });
    if ready_status(node) == "True" {
        let message = format!("Node {} status is now: NodeNotReady", key.name);
        outcome.event(node, "Normal", "NodeNotReady", message);
    }
}

fn write_taints(outcome: &mut Outcome, key: &Key, taints: &[Value], why: Why) {
    let taints = if taints.is_empty() { Value::Null } else { Value::list(taints.iter().cloned()) };
    let patch = tree!({ "spec": { "taints": taints } });
    let request = Request::new(Controller::NodeLifecycle.user(), Verb::Patch(PatchType::Merge), key);
    outcome.request(request.with_body(patch).managed_by("kube-controller-manager"), why);
}

fn is_taint(taint: &Value, key: &str, effect: &str) -> bool {
    taint.str_at(&["key"]) == key && taint.str_at(&["effect"]) == effect
}

/// Makes the NoSchedule taints say what the conditions and `spec.unschedulable` say. Returns
/// whether anything changed.
// Models doNoScheduleTaintingPass
fn set_no_schedule(taints: &mut Vec<Value>, node: &Value, now: SimTime) -> bool {
    let mut changed = false;
    let conditions = CONDITION_TAINTS.into_iter().map(|(kind, status, taint)| {
        let holds = meta::condition(node, kind).is_some_and(|condition| condition.str_at(&["status"]) == status);
        // A node that has not reported yet keeps the taint with which it was made.
        (taint, holds, taint == NOT_READY && ready_status(node).is_empty())
    });
    let cordon = ("node.kubernetes.io/unschedulable", node.is_true_at(&["spec", "unschedulable"]), false);
    let wanted: Vec<_> = conditions.chain([cordon]).collect();
    for (key, is_wanted, keep) in wanted {
        let has = taints.iter().any(|taint| is_taint(taint, key, "NoSchedule"));
        if is_wanted && !has {
            taints.push(tree!({ "key": key, "effect": "NoSchedule", "timeAdded": now.rfc3339() }));
            changed = true;
        } else if !is_wanted && has && !keep {
            taints.retain(|taint| !is_taint(taint, key, "NoSchedule"));
            changed = true;
        }
    }
    changed
}

/// What became of the NoExecute taints.
enum Tainted {
    Changed,
    Same,
    Later(SimTime),
}

/// Makes the NoExecute taints say what the Ready condition says, not faster than the zone's rate.
// Models processTaintBaseEviction, doNoExecuteTaintingPass
fn no_execute(taints: &mut Vec<Value>, node: &Value, ready: &str, seen: &Snapshot<'_>) -> Tainted {
    let wanted = match ready {
        "False" => Some(NOT_READY),
        "Unknown" => Some(UNREACHABLE),
        _ => None,
    };
    let before = taints.len();
    taints.retain(|taint| {
        taint.str_at(&["effect"]) != "NoExecute"
            || !matches!(taint.str_at(&["key"]), NOT_READY | UNREACHABLE)
            || wanted == Some(taint.str_at(&["key"]))
    });
    let removed = taints.len() != before;
    let missing = wanted.filter(|key| !taints.iter().any(|taint| is_taint(taint, key, "NoExecute")));
    let Some(key) = missing else { return if removed { Tainted::Changed } else { Tainted::Same } };
    match eviction_wait(node, seen) {
        None if removed => Tainted::Changed,
        None => Tainted::Same,
        Some(SimTime::ZERO) => {
            taints.push(tree!({ "key": key, "effect": "NoExecute", "timeAdded": seen.now.rfc3339() }));
            Tainted::Changed
        }
        Some(_) if removed => Tainted::Changed,
        Some(wait) => Tainted::Later(wait),
    }
}

/// How long the node's zone makes the next NoExecute taint wait; nothing if it gives none at all.
// Models handleDisruption, setLimiterInZone, ComputeZoneState
fn eviction_wait(node: &Value, seen: &Snapshot<'_>) -> Option<SimTime> {
    let zone_of = |node: &Value| meta::label(node, ZONE).unwrap_or_default().to_owned();
    let is_ready = |node: &Value| ready_status(node) == "True" && !is_silent(node, seen);
    let all: Vec<&Rc<Object>> = seen.list(Resource::NODES, "").collect();
    if !all.iter().any(|node| is_ready(node)) {
        // Every zone is down: more likely that we are cut off than that everything failed.
        return None;
    }
    let zone = zone_of(node);
    let members: Vec<_> = all.iter().filter(|other| zone_of(other) == zone).collect();
    let down = members.iter().filter(|other| !is_ready(other)).count();
    if down > 2 && down < members.len() && down * 100 >= members.len() * UNHEALTHY_ZONE {
        // A small cluster whose zone is mostly down evicts nothing there.
        return None;
    }
    let latest = members
        .iter()
        .flat_map(|other| other.items_at(&["spec", "taints"]))
        .filter(|taint| is_taint(taint, UNREACHABLE, "NoExecute") || is_taint(taint, NOT_READY, "NoExecute"))
        .filter_map(|taint| SimTime::parse_rfc3339(taint.str_at(&["timeAdded"])))
        .max();
    let wait = latest.map_or(SimTime::ZERO, |latest| (latest + EVICTION_PERIOD).since(seen.now));
    Some(if wait == SimTime::ZERO { wait } else { wait + EVICTION_TICK })
}

/// The Pods of a silent node do not count as ready any more.
// Models pkg/controller/util/node/controller_utils.go MarkPodsNotReady
fn mark_pods_not_ready(outcome: &mut Outcome, node: &Key, seen: &Snapshot<'_>) {
    for pod in seen.list(Resource::PODS, "") {
        let is_here = pod.str_at(&["spec", "nodeName"]) == &*node.name;
        if !is_here || has_ended(pod) || !meta::is_condition_true(pod, "Ready") {
            continue;
        }
        let condition = Condition::new("Ready", "False").of_generation(pod);
        let (Some(key), Some(status)) = (meta::key(pod), conditions::changed_status(pod, seen.now, &[condition]))
        else {
            continue;
        };
        let body = pod.value.clone().with(&["status"], status);
        let request = Request::new(Controller::NodeLifecycle.user(), Verb::Update, &key).on("status").with_body(body);
        let why = Why::NodeSilent { node: node.name.to_string() };
        outcome.request(request.managed_by("kube-controller-manager"), why);
        outcome.event(pod, "Warning", "NodeNotReady", "Node is not ready");
    }
}

/// A node is told of once. What was told is remembered in its Events.
// Models controller_utils.go RecordNodeEvent
fn registered(outcome: &mut Outcome, node: &Value, seen: &Snapshot<'_>) {
    let is_new = seen.now.since(meta::created_at(node)) < STARTUP_GRACE;
    if is_new && told(meta::name(node), "RegisteredNode", seen).all(|event| uid_of(event) != meta::uid(node)) {
        let name = meta::name(node);
        let message = format!("Node {name} event: Registered Node {name} in Controller");
        outcome.event(node, "Normal", "RegisteredNode", message);
    }
}

fn removed(outcome: &mut Outcome, key: &Key, seen: &Snapshot<'_>) {
    let name = &key.name;
    let Some(last) = told(name, "RegisteredNode", seen).last() else { return };
    let uid = uid_of(last);
    if told(name, "RemovingNode", seen).any(|event| uid_of(event) == uid) {
        return;
    }
    let node = tree!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": name, "uid": uid } });
    let message = format!("Node {name} event: Removing Node {name} from Controller");
    outcome.event(&node, "Normal", "RemovingNode", message);
}

/// The Events about a node with this reason. An Event's name begins with its object's.
fn told<'a>(node: &str, reason: &'a str, seen: &Snapshot<'a>) -> impl Iterator<Item = &'a Rc<Object>> + use<'a> {
    let prefix = format!("{node}.");
    let first = Key::new(Resource::EVENTS, "default", prefix.as_str());
    seen.etcd
        .iter_from(&first)
        .take_while(move |(key, _)| {
            key.resource == Resource::EVENTS && &*key.namespace == "default" && key.name.starts_with(&prefix)
        })
        .map(|(_, event)| event)
        .filter(move |event| event.str_at(&["reason"]) == reason)
}

fn uid_of(event: &Value) -> &str {
    event.str_at(&["involvedObject", "uid"])
}

/// Whether a change is a node's end.
#[must_use]
pub fn is_end_of_node(change: &Change<Key, Rc<Object>>) -> bool {
    change.key.resource == Resource::NODES && change.kind == ChangeKind::Deleted
}
