//! Nodes as the scheduler counts them: what they have, and what the Pods on them asked for.

use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::quantity::Quantity;
use crate::kube::api::{Object, Resource, meta};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a container without a request counts as when nodes are compared, so that many such Pods
/// still spread.
// Models pkg/scheduler/util/pod_resources.go DefaultMilliCPURequest, DefaultMemoryRequest
const DEFAULT_CPU_MILLI: i64 = 100;
const DEFAULT_MEMORY_BYTES: i64 = 200 * 1024 * 1024;

/// Amounts by resource name: CPU in thousandths, everything else in whole units.
pub type Amounts = BTreeMap<Rc<str>, i64>;

/// A node with what is on it.
#[derive(Clone)]
pub struct NodeInfo<'a> {
    /// The Node object.
    pub node: &'a Value,
    /// The Pods bound to it that have not ended.
    pub pods: Vec<&'a Value>,
    /// Those among them that want to be near other Pods, or away from them.
    pub particular: Vec<&'a Value>,
    /// What it can give.
    pub allocatable: Amounts,
    /// What those Pods asked for.
    pub requested: Amounts,
    /// CPU and memory as they count when nodes are compared.
    pub counted: (i64, i64),
}

impl NodeInfo<'_> {
    /// The node's name.
    #[must_use]
    pub fn name(&self) -> &str {
        meta::name(self.node)
    }

    /// Takes one Pod off the node, for asking what would be without it.
    pub fn forget(&mut self, uid: &str) {
        let Some(index) = self.pods.iter().position(|pod| meta::uid(pod) == uid) else { return };
        let request = request_of(self.pods.remove(index));
        self.particular.retain(|pod| meta::uid(pod) != uid);
        for (name, amount) in &request.amounts {
            *self.requested.entry(name.clone()).or_default() -= amount;
        }
        self.counted.0 -= request.counted.0;
        self.counted.1 -= request.counted.1;
    }
}

impl<'a> NodeInfo<'a> {
    /// Puts one Pod on the node.
    pub fn add(&mut self, pod: &'a Value) {
        let request = request_of(pod);
        add(&mut self.requested, &request.amounts);
        self.counted.0 += request.counted.0;
        self.counted.1 += request.counted.1;
        if is_particular(pod) {
            self.particular.push(pod);
        }
        self.pods.push(pod);
    }
}

/// Whether a Pod wants to be near other Pods, or away from them.
#[must_use]
pub fn is_particular(pod: &Value) -> bool {
    let affinity = pod.at(&["spec", "affinity"]);
    affinity.is_some_and(|affinity| affinity.get("podAffinity").is_some() || affinity.get("podAntiAffinity").is_some())
}

/// What a Pod asks for.
#[derive(Clone, Default, Debug)]
pub struct PodRequest {
    /// By resource name.
    pub amounts: Amounts,
    /// CPU and memory as they count when nodes are compared.
    pub counted: (i64, i64),
}

/// `spec.priority`.
#[must_use]
pub fn priority(pod: &Value) -> i64 {
    pod.int_at(&["spec", "priority"]).unwrap_or_default()
}

/// Every node in name order, with the Pods bound to each, as `incoming` has to take them.
#[must_use]
pub fn collect<'a>(seen: &Snapshot<'a>, incoming: &Value) -> Vec<NodeInfo<'a>> {
    let mut nodes: Vec<NodeInfo<'a>> = seen
        .list(Resource::NODES, "")
        .map(|node: &'a Rc<Object>| NodeInfo {
            node: &node.value,
            pods: Vec::new(),
            particular: Vec::new(),
            allocatable: amounts(node.at(&["status", "allocatable"])),
            requested: Amounts::new(),
            counted: (0, 0),
        })
        .collect();
    for pod in seen.list(Resource::PODS, "").filter(|pod| !has_ended(pod)) {
        let bound = pod.str_at(&["spec", "nodeName"]);
        let nominated = pod.str_at(&["status", "nominatedNodeName"]);
        // Room that was made for a Pod is kept from those that matter less.
        // Models framework.go RunFilterPluginsWithNominatedPods
        let keeps = bound.is_empty()
            && meta::uid(pod) != meta::uid(incoming)
            && priority(pod) >= priority(incoming)
            && !meta::is_deleting(pod);
        let on = if keeps { nominated } else { bound };
        // Invariant: nodes are in name order, because the store is.
        if let Ok(index) = nodes.binary_search_by(|info| info.name().cmp(on))
            && let Some(info) = nodes.get_mut(index)
        {
            info.add(&pod.value);
        }
    }
    nodes
}

/// Whether every container of the Pod has ended for good.
#[must_use]
pub fn has_ended(pod: &Value) -> bool {
    matches!(pod.str_at(&["status", "phase"]), "Succeeded" | "Failed")
}

/// What a Pod asks for: its containers together, or its largest step of initialization, whichever
/// is more.
// Models k8s.io/component-helpers/resource PodRequests
#[must_use]
pub fn request_of(pod: &Value) -> PodRequest {
    let spec = pod.at(&["spec"]).unwrap_or(&Value::Null);
    let mut together = Amounts::new();
    let mut counted = (0, 0);
    for container in spec.items_at(&["containers"]) {
        add_container(&mut together, &mut counted, container);
    }
    let mut sidecars = Amounts::new();
    let mut sidecars_counted = (0, 0);
    let mut largest_step = Amounts::new();
    let mut largest_counted = (0, 0);
    for container in spec.items_at(&["initContainers"]) {
        let mut step = sidecars.clone();
        let mut step_counted = sidecars_counted;
        add_container(&mut step, &mut step_counted, container);
        if container.str_at(&["restartPolicy"]) == "Always" {
            add_container(&mut together, &mut counted, container);
            add_container(&mut sidecars, &mut sidecars_counted, container);
        }
        raise(&mut largest_step, &step);
        largest_counted = (largest_counted.0.max(step_counted.0), largest_counted.1.max(step_counted.1));
    }
    raise(&mut together, &largest_step);
    counted = (counted.0.max(largest_counted.0), counted.1.max(largest_counted.1));
    for (name, amount) in amounts(spec.at(&["resources", "requests"])) {
        match &*name {
            "cpu" => counted.0 = amount,
            "memory" => counted.1 = amount,
            _ => {}
        }
        together.insert(name, amount);
    }
    let overhead = amounts(spec.at(&["overhead"]));
    counted.0 += overhead.get("cpu").copied().unwrap_or_default();
    counted.1 += overhead.get("memory").copied().unwrap_or_default();
    add(&mut together, &overhead);
    PodRequest { amounts: together, counted }
}

fn add_container(to: &mut Amounts, counted: &mut (i64, i64), container: &Value) {
    let asked = amounts(container.at(&["resources", "requests"]));
    counted.0 += asked.get("cpu").copied().unwrap_or(DEFAULT_CPU_MILLI);
    counted.1 += asked.get("memory").copied().unwrap_or(DEFAULT_MEMORY_BYTES);
    add(to, &asked);
}

fn add(to: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        *to.entry(name.clone()).or_default() += amount;
    }
}

fn raise(to: &mut Amounts, other: &Amounts) {
    for (name, amount) in other {
        let entry = to.entry(name.clone()).or_default();
        *entry = (*entry).max(*amount);
    }
}

/// A map of quantities as amounts.
#[must_use]
pub fn amounts(quantities: Option<&Value>) -> Amounts {
    quantities
        .into_iter()
        .flat_map(Value::entries)
        .map(|(name, value)| {
            let quantity = Quantity::of(value);
            let amount =
                if &**name == "cpu" { i64::try_from(quantity.milli()).unwrap_or(i64::MAX) } else { quantity.value() };
            (name.clone(), amount)
        })
        .collect()
}
