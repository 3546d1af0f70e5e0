//! Nodes as the scheduler counts them: what they have, and what the Pods on them asked for.

use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::quantity::Quantity;
use crate::kube::api::{Object, Resource, meta};
use rpds::RedBlackTreeMap;
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// What a container without a request counts as when nodes are compared, so that many such Pods
/// still spread.
// Models pkg/scheduler/util/pod_resources.go DefaultMilliCPURequest, DefaultMemoryRequest
const DEFAULT_CPU_MILLI: i64 = 100;
const DEFAULT_MEMORY_BYTES: i64 = 200 * 1024 * 1024;

/// Amounts by resource name: CPU in thousandths, everything else in whole units.
pub type Amounts = BTreeMap<Rc<str>, i64>;

/// A node with what is on it.
#[derive(Clone, Default)]
pub struct NodeInfo {
    /// The Node object.
    pub node: Rc<Object>,
    /// Its name.
    name: Rc<str>,
    /// The Pods bound to it that have not ended.
    pub pods: Vec<Rc<Object>>,
    /// Those among them that want to be near other Pods, or away from them.
    pub particular: Vec<Rc<Object>>,
    /// What it can give.
    pub allocatable: Amounts,
    /// What those Pods asked for.
    pub requested: Amounts,
    /// CPU and memory as they count when nodes are compared.
    pub counted: (i64, i64),
    /// How many of its Pods a selector was found to match, until they change.
    alike: RefCell<BTreeMap<Rc<str>, i64>>,
}

impl NodeInfo {
    /// The node's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The Node object is another now.
    pub fn renew(&mut self, node: &Rc<Object>) {
        self.allocatable = amounts(node.at(&["status", "allocatable"]));
        self.node = node.clone();
    }

    /// Puts one Pod on the node.
    pub fn add(&mut self, pod: &Rc<Object>) {
        let request = request_of(pod);
        add(&mut self.requested, &request.amounts);
        self.counted.0 += request.counted.0;
        self.counted.1 += request.counted.1;
        if is_particular(pod) {
            self.particular.push(pod.clone());
        }
        self.pods.push(pod.clone());
        self.alike.borrow_mut().clear();
    }

    /// Takes one Pod off the node.
    pub fn forget(&mut self, uid: &str) {
        let Some(index) = self.pods.iter().position(|pod| meta::uid(pod) == uid) else { return };
        let request = request_of(&self.pods.remove(index));
        self.particular.retain(|pod| meta::uid(pod) != uid);
        for (name, amount) in &request.amounts {
            *self.requested.entry(name.clone()).or_default() -= amount;
        }
        self.counted.0 -= request.counted.0;
        self.counted.1 -= request.counted.1;
        self.alike.borrow_mut().clear();
    }

    /// A Pod of the node has changed in something else than what it asks for.
    fn replace(&mut self, index: usize, pod: &Rc<Object>) {
        let uid = meta::uid(pod);
        for known in self.particular.iter_mut().filter(|known| meta::uid(known) == uid) {
            known.clone_from(pod);
        }
        if let Some(known) = self.pods.get_mut(index) {
            let counts_alike =
                meta::labels(known) == meta::labels(pod) && meta::is_deleting(known) == meta::is_deleting(pod);
            known.clone_from(pod);
            if !counts_alike {
                self.alike.borrow_mut().clear();
            }
        }
    }

    /// How many of its Pods `matches` says yes to; asked once for each `name` while they stay as
    /// they are.
    pub fn count_alike(&self, name: &Rc<str>, matches: impl Fn(&Value) -> bool) -> i64 {
        if let Some(known) = self.alike.borrow().get(name) {
            return *known;
        }
        let count = self.pods.iter().filter(|pod| matches(pod)).count();
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.alike.borrow_mut().insert(name.clone(), count);
        count
    }
}

/// How many changes of nodes are remembered, so that what was computed from them can be mended.
pub const CHANGES_MAX: usize = 64;

/// Every node with the Pods bound to it, kept up to date change by change. Bound Pods of a node
/// that is not there wait under its name.
///
/// Invariant: it holds what [`collect`] would find, so that a decision can be recomputed.
// Models pkg/scheduler/backend/cache/cache.go
#[derive(Clone, Default)]
pub struct Cache {
    /// The nodes that are there, in name order.
    nodes: Rc<Vec<Rc<NodeInfo>>>,
    /// Those that are not, and have Pods.
    absent: RedBlackTreeMap<Rc<str>, Rc<NodeInfo>>,
    /// How many Pods want to be near other Pods, or away from them.
    particular: usize,
    /// How often something has changed, and which nodes (by their place) lately.
    changes: u64,
    changed: VecDeque<usize>,
    /// How often a node has come or gone.
    generation: u64,
}

impl Cache {
    /// The nodes that are there, in name order.
    #[must_use]
    pub fn nodes(&self) -> Rc<Vec<Rc<NodeInfo>>> {
        self.nodes.clone()
    }

    /// Whether some Pod wants to be near other Pods, or away from them.
    #[must_use]
    pub fn is_anyone_particular(&self) -> bool {
        self.particular > 0
    }

    /// When something changed last: how often a node has come or gone, and how often anything
    /// changed.
    #[must_use]
    pub fn moment(&self) -> (u64, u64) {
        (self.generation, self.changes)
    }

    /// The places of the nodes that have changed since; nothing if that is not remembered.
    #[must_use]
    pub fn changed_since(&self, (generation, changes): (u64, u64)) -> Option<impl Iterator<Item = usize>> {
        let count = usize::try_from(self.changes.checked_sub(changes)?).ok()?;
        (generation == self.generation && count <= self.changed.len())
            .then(|| self.changed.iter().rev().take(count).copied())
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.nodes.binary_search_by(|info| info.name().cmp(name))
    }

    /// A node is there, or has changed.
    pub fn put_node(&mut self, node: &Rc<Object>) {
        let name = meta::name(node);
        if let Err(place) = self.place(name) {
            let info = self.absent.get(name).cloned();
            self.absent.remove_mut(name);
            let mut info = info.unwrap_or_default();
            Rc::make_mut(&mut info).name = name.into();
            Rc::make_mut(&mut self.nodes).insert(place, info);
            self.generation += 1;
        }
        self.change(name, |info| info.renew(node));
    }

    /// A node has gone. Its Pods may still be there.
    pub fn remove_node(&mut self, name: &str) {
        let Ok(place) = self.place(name) else { return };
        let mut info = Rc::make_mut(&mut self.nodes).remove(place);
        self.generation += 1;
        self.changes += 1;
        self.changed.clear();
        if !info.pods.is_empty() {
            let gone = Rc::make_mut(&mut info);
            gone.node = Rc::default();
            gone.allocatable = Amounts::new();
            self.absent.insert_mut(name.into(), info);
        }
    }

    /// A bound Pod is there, or has changed.
    pub fn put_pod(&mut self, pod: &Rc<Object>) {
        let uid = meta::uid(pod);
        self.change(pod.str_at(&["spec", "nodeName"]), |info| {
            match info.pods.iter().position(|known| meta::uid(known) == uid) {
                Some(index) if info.pods.get(index).is_some_and(|known| known.at(&["spec"]) == pod.at(&["spec"])) => {
                    info.replace(index, pod);
                }
                Some(_) => {
                    info.forget(uid);
                    info.add(pod);
                }
                None => info.add(pod),
            }
        });
    }

    /// A bound Pod has gone, or has ended.
    pub fn remove_pod(&mut self, pod: &Object) {
        let node = pod.str_at(&["spec", "nodeName"]);
        self.change(node, |info| info.forget(meta::uid(pod)));
    }

    fn change(&mut self, name: &str, change: impl FnOnce(&mut NodeInfo)) {
        let count = |info: &mut NodeInfo| {
            let before = info.particular.len();
            change(info);
            self.particular = self.particular + info.particular.len() - before;
        };
        if let Ok(place) = self.nodes.binary_search_by(|info| info.name().cmp(name)) {
            if let Some(info) = Rc::make_mut(&mut self.nodes).get_mut(place) {
                count(Rc::make_mut(info));
            }
            self.changes += 1;
            self.changed.push_back(place);
            if self.changed.len() > CHANGES_MAX {
                self.changed.pop_front();
            }
            return;
        }
        let mut info = self.absent.get(name).map(|info| (**info).clone()).unwrap_or_default();
        count(&mut info);
        if info.pods.is_empty() {
            self.absent.remove_mut(name);
        } else {
            self.absent.insert_mut(name.into(), Rc::new(info));
        }
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

/// Every node in name order, with the Pods bound to each, found anew.
#[must_use]
pub fn collect(seen: &Snapshot<'_>) -> Rc<Vec<Rc<NodeInfo>>> {
    let mut cache = Cache::default();
    seen.list(Resource::NODES, "").for_each(|node| cache.put_node(node));
    let is_bound = |pod: &&Rc<Object>| !pod.str_at(&["spec", "nodeName"]).is_empty() && !has_ended(pod);
    seen.list(Resource::PODS, "").filter(is_bound).for_each(|pod| cache.put_pod(pod));
    cache.nodes()
}

/// Puts waiting Pods on the nodes where room was made for them, as `incoming` has to see it: room
/// is kept from those that matter less.
// Models framework.go RunFilterPluginsWithNominatedPods
pub fn nominate<'a>(nodes: &mut [Rc<NodeInfo>], waiting: impl Iterator<Item = &'a Rc<Object>>, incoming: &Value) {
    for pod in waiting {
        let nominated = pod.str_at(&["status", "nominatedNodeName"]);
        let keeps = !nominated.is_empty()
            && pod.str_at(&["spec", "nodeName"]).is_empty()
            && meta::uid(pod) != meta::uid(incoming)
            && priority(pod) >= priority(incoming)
            && !meta::is_deleting(pod)
            && !has_ended(pod);
        // Invariant: nodes are in name order, because they come from an ordered map.
        if keeps
            && let Ok(index) = nodes.binary_search_by(|info| info.name().cmp(nominated))
            && let Some(info) = nodes.get_mut(index)
        {
            Rc::make_mut(info).add(pod);
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Value;
    use crate::tree;

    fn object(value: Value) -> Rc<Object> {
        Rc::new(Object { value, ..Object::default() })
    }

    #[test]
    fn pods_wait_for_their_node_and_leave_nothing_behind() {
        let pod = |name: &str| {
            object(
                tree!({ "metadata": { "name": name, "uid": name }, "spec": { "nodeName": "node-a", "containers": [] } }),
            )
        };
        let node = object(tree!({ "metadata": { "name": "node-a" } }));
        let on_node = |cache: &Cache| cache.nodes().first().map(|info| info.pods.len());
        let mut cache = Cache::default();
        cache.put_pod(&pod("one"));
        cache.put_pod(&pod("two"));
        cache.remove_pod(&pod("one"));
        assert_eq!(on_node(&cache), None, "there is no such node yet");
        cache.put_node(&node);
        assert_eq!(on_node(&cache), Some(1));
        cache.remove_node("node-a");
        cache.remove_pod(&pod("two"));
        cache.put_node(&node);
        assert_eq!(on_node(&cache), Some(0));
    }
}
