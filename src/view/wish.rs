//! A wish and what the world has of it: one row per Deployment, a plate per Pod, and the gap.

use super::said::Say;
use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::api::{Key, Object, Resource, meta};
use crate::kube::network::traffic::Client;
use crate::kube::{Component, Snapshot};
use crate::session::{FileState, Session};
use std::rc::Rc;

/// The state of a Pod as it is drawn: by shape first, by pen second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PodState {
    /// It takes requests.
    Ready,
    /// It is on its way.
    Starting,
    /// No node has been found for it yet.
    Pending,
    /// It cannot go on as it is.
    Failing,
    /// It has been asked to go.
    Leaving,
    /// It has ended well.
    Done,
    /// Its node is silent, so nobody knows.
    Unknown,
}

impl PodState {
    /// The key of the state's name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ready => "state-ready",
            Self::Starting => "state-starting",
            Self::Pending => "state-pending",
            Self::Failing => "state-failed",
            Self::Leaving => "state-leaving",
            Self::Done => "state-done",
            Self::Unknown => "state-unknown",
        }
    }
}

/// One Pod.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PodView {
    /// Which.
    pub key: Key,
    /// What tells it from its siblings: the generated suffix, or the whole name.
    pub short: Rc<str>,
    /// Its state.
    pub state: PodState,
    /// The word that `kubectl get pods` has for it.
    pub status: Rc<str>,
    /// Its node; empty while it has none.
    pub node: Rc<str>,
    /// What is in it.
    pub containers: Containers,
    /// The uid of what controls it; empty for a Pod of its own.
    pub owner: Rc<str>,
}

/// What is in a Pod, as it is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Containers {
    /// The containers that it is there for.
    pub main: u32,
    /// Helpers that begin before them and stay.
    pub sidecars: u32,
    /// Init containers that have not ended yet; while there are any, the others wait.
    pub first: u32,
}

/// One wish: a number that somebody wrote, and the Pods that are there for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WishRow {
    /// The object that holds the wish.
    pub key: Key,
    /// How many Pods are wished for.
    pub want: i64,
    /// The Pods, in the order of their names; those that leave come last.
    pub pods: Vec<PodView>,
}

impl WishRow {
    /// How many Pods the world has: those that stand on a node and are not leaving it.
    #[must_use]
    pub fn have(&self) -> i64 {
        self.count(|state| !matches!(state, PodState::Pending | PodState::Leaving | PodState::Done))
    }

    /// How many Pods are written down, with or without a node.
    #[must_use]
    pub fn written(&self) -> i64 {
        self.have() + self.count(|state| state == PodState::Pending)
    }

    /// How many of them take requests.
    #[must_use]
    pub fn ready(&self) -> i64 {
        self.count(|state| state == PodState::Ready)
    }

    /// Wish minus world: what is still missing, or, below zero, what is too much.
    #[must_use]
    pub fn gap(&self) -> i64 {
        self.want - self.have()
    }

    /// Whether wish and world agree.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.gap() == 0 && self.ready() == self.want
    }

    fn count(&self, counts: impl Fn(PodState) -> bool) -> i64 {
        i64::try_from(self.pods.iter().filter(|pod| counts(pod.state)).count()).unwrap_or(i64::MAX)
    }
}

/// Every wish of the cluster, in the order of names: Deployments, ReplicaSets of their own, and
/// single Pods that have no node to be drawn on or stand in one of the editor's files.
#[must_use]
pub fn rows(session: &Session) -> Vec<WishRow> {
    let world = session.world();
    let pods = pods(session);
    let mut rows = rows_of(&world.cluster().snapshot(world.now()), &pods);
    blueprint(session, &pods, &mut rows);
    rows
}

/// The blueprint shows a wish as soon as it can be read, before it is applied. A Pod that somebody
/// wrote by hand is a wish as well: for one.
fn blueprint(session: &Session, pods: &[PodView], rows: &mut Vec<WishRow>) {
    let counts = |key: &Key| matches!(key.resource, Resource::DEPLOYMENTS | Resource::REPLICA_SETS | Resource::PODS);
    for (file, wish) in session.wishes().filter(|(_, wish)| counts(&wish.key)) {
        let want = wish.value.int_at(&["spec", "replicas"]);
        match rows.iter_mut().find(|row| row.key == wish.key) {
            Some(row) if file.state != FileState::Applied => row.want = want.unwrap_or(1),
            Some(_) => {}
            None => {
                let own = pods.iter().filter(|pod| pod.key == wish.key).cloned().collect();
                rows.push(WishRow { key: wish.key.clone(), want: want.unwrap_or(1), pods: own });
            }
        }
    }
}

/// Every Pod of the cluster, in key order.
#[must_use]
pub fn pods(session: &Session) -> Vec<PodView> {
    let world = session.world();
    let cluster = world.cluster();
    let seen = cluster.snapshot(world.now());
    let is_silent = |node: &str| {
        !node.is_empty() && seen.get(&Key::new(Resource::NODES, "", node)).is_none_or(|node| is_silent(node))
    };
    seen.list(Resource::PODS, "").filter_map(|pod| pod_view(pod, &is_silent)).collect()
}

/// Whether a node's heartbeats have stopped, as far as the cluster knows.
#[must_use]
pub fn is_silent(node: &Value) -> bool {
    meta::condition(node, "Ready").is_some_and(|ready| ready.str_at(&["status"]) == "Unknown")
}

/// Whether somebody has stopped this node's kubelet, or the whole machine.
#[must_use]
pub fn is_node_stopped(session: &Session, node: &Rc<str>) -> bool {
    let parts = [Component::Kubelet(node.clone()), Component::Machine(node.clone())];
    parts.iter().any(|part| is_stopped(session, part))
}

/// Whether somebody has stopped this part.
#[must_use]
pub fn is_stopped(session: &Session, component: &Component) -> bool {
    session.world().cluster().stopped_since(component).is_some()
}

pub(super) fn rows_of(seen: &Snapshot<'_>, pods: &[PodView]) -> Vec<WishRow> {
    let owned = |uids: &[&str]| -> Vec<PodView> {
        let mut owned: Vec<_> = pods.iter().filter(|pod| uids.contains(&&*pod.owner)).cloned().collect();
        owned.order_by_key(|pod| pod.state == PodState::Leaving);
        owned
    };
    let wish = |object: &Rc<Object>| object.int_at(&["spec", "replicas"]).unwrap_or(1);
    let mut rows = Vec::new();
    for deployment in seen.list(Resource::DEPLOYMENTS, "") {
        let uids: Vec<&str> = seen
            .controlled_by(Resource::REPLICA_SETS, meta::namespace(deployment), meta::uid(deployment))
            .into_iter()
            .map(|set| meta::uid(set))
            .collect();
        let Some(key) = meta::key(deployment) else { continue };
        rows.push(WishRow { key, want: wish(deployment), pods: owned(&uids) });
    }
    for set in seen.list(Resource::REPLICA_SETS, "").filter(|set| meta::controller_of(set).is_none()) {
        let Some(key) = meta::key(set) else { continue };
        rows.push(WishRow { key, want: wish(set), pods: owned(&[meta::uid(set)]) });
    }
    for pod in pods.iter().filter(|pod| pod.owner.is_empty() && pod.node.is_empty()) {
        rows.push(WishRow { key: pod.key.clone(), want: 1, pods: vec![pod.clone()] });
    }
    rows
}

fn pod_view(pod: &Rc<Object>, is_silent: &dyn Fn(&str) -> bool) -> Option<PodView> {
    let key = meta::key(pod)?;
    let node = pod.str_at(&["spec", "nodeName"]);
    let (state, status) = pod_state(pod, is_silent(node));
    Some(PodView {
        short: short_name(pod).into(),
        state,
        status,
        node: node.into(),
        containers: containers(pod),
        owner: meta::controller_uid(pod).into(),
        key,
    })
}

/// The part of a name that tells it from its siblings.
fn short_name(pod: &Value) -> &str {
    let name = meta::name(pod);
    match meta::controller_of(pod) {
        Some(_) => name.rsplit_once('-').map_or(name, |(_, suffix)| suffix),
        None => name,
    }
}

/// Whether an init container stays beside the others once it has started.
fn is_sidecar(container: &Value) -> bool {
    container.str_at(&["restartPolicy"]) == "Always"
}

fn containers(pod: &Value) -> Containers {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let init = pod.items_at(&["spec", "initContainers"]);
    let has_ended = |container: &&Value| {
        let statuses = pod.items_at(&["status", "initContainerStatuses"]);
        let status = statuses.iter().find(|status| status.str_at(&["name"]) == container.str_at(&["name"]));
        status.is_some_and(|status| status.int_at(&["state", "terminated", "exitCode"]) == Some(0))
    };
    Containers {
        main: count(pod.items_at(&["spec", "containers"]).len()),
        sidecars: count(init.iter().filter(|container| is_sidecar(container)).count()),
        first: count(init.iter().filter(|it| !is_sidecar(it) && !has_ended(it)).count()),
    }
}

/// What the init containers are at, and whether they cannot go on; none once they are through.
// Models pkg/printers/internalversion/printers.go printPod, its part about init containers
fn initializing(pod: &Value) -> Option<(Rc<str>, bool)> {
    let specs = pod.items_at(&["spec", "initContainers"]);
    for (index, status) in pod.items_at(&["status", "initContainerStatuses"]).iter().enumerate() {
        let spec = specs.iter().find(|spec| spec.str_at(&["name"]) == status.str_at(&["name"]));
        if let Some(ended) = status.at(&["state", "terminated"]) {
            match (ended.int_at(&["exitCode"]), ended.str_at(&["reason"])) {
                (Some(0), _) => continue,
                (code, "") => return Some((format!("Init:ExitCode:{}", code.unwrap_or_default()).into(), true)),
                (_, reason) => return Some((format!("Init:{reason}").into(), true)),
            }
        }
        if spec.is_some_and(is_sidecar) && status.is_true_at(&["started"]) {
            continue;
        }
        return Some(match status.str_at(&["state", "waiting", "reason"]) {
            "" | "PodInitializing" => (format!("Init:{index}/{}", specs.len()).into(), false),
            reason => (format!("Init:{reason}").into(), true),
        });
    }
    None
}

/// How a Pod is drawn, and the word that `kubectl get pods` has for it.
// Models pkg/printers/internalversion/printers.go printPod
#[must_use]
pub fn pod_state(pod: &Value, node_is_silent: bool) -> (PodState, Rc<str>) {
    let phase = pod.str_at(&["status", "phase"]);
    let ready = meta::is_condition_true(pod, "Ready");
    let mut word = match pod.str_at(&["status", "reason"]) {
        "" => phase,
        reason => reason,
    };
    let mut stuck = phase == "Failed";
    let first = initializing(pod).filter(|_| phase == "Pending");
    stuck |= first.as_ref().is_some_and(|(_, is_stuck)| *is_stuck);
    let mains = if first.is_some() { &[][..] } else { pod.items_at(&["status", "containerStatuses"]) };
    for container in mains {
        let waiting = container.str_at(&["state", "waiting", "reason"]);
        let ended = container.str_at(&["state", "terminated", "reason"]);
        if !waiting.is_empty() {
            word = waiting;
            stuck |= !matches!(waiting, "ContainerCreating" | "PodInitializing");
        } else if !ended.is_empty() {
            word = ended;
            stuck |= ended != "Completed";
        }
    }
    let is_bound = !pod.str_at(&["spec", "nodeName"]).is_empty();
    let is_leaving = meta::is_deleting(pod);
    let state = match phase {
        _ if is_leaving => PodState::Leaving,
        _ if node_is_silent => PodState::Unknown,
        "Succeeded" => PodState::Done,
        _ if stuck => PodState::Failing,
        _ if ready => PodState::Ready,
        _ if !is_bound => PodState::Pending,
        _ => PodState::Starting,
    };
    let word = match () {
        () if is_leaving => "Terminating",
        () if word.is_empty() => "Pending",
        () => word,
    };
    let word = first.filter(|_| !is_leaving).map_or_else(|| word.into(), |(word, _)| word);
    (state, word)
}

/// What is worth saying aloud when it changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct News {
    /// Each wish: its name, how much is wanted, there and ready.
    pub rows: Vec<(Rc<str>, i64, i64, i64)>,
    /// The nodes that are silent.
    pub silent: Vec<Rc<str>>,
    /// The clients whose requests were lost in the last second.
    pub losing: Vec<Rc<str>>,
}

/// The state of what people hear of.
#[must_use]
pub fn news(session: &Session) -> News {
    let world = session.world();
    let seen = world.cluster().snapshot(world.now());
    let rows = rows(session).iter().map(|row| (row.key.name.clone(), row.want, row.have(), row.ready())).collect();
    let nodes = seen.list(Resource::NODES, "").filter(|node| is_silent(node));
    let loses = |client: &&Client| client.legs.iter().flatten().any(|leg| leg.lost > 0);
    let losing = world.cluster().clients().filter(loses).map(|client| client.plan.name.clone()).collect();
    News { rows, silent: nodes.map(|node| meta::name(node).into()).collect(), losing }
}

impl News {
    /// What to say after `before`: a new wish, a wish that has come true, a node that went or came.
    #[must_use]
    pub fn since(&self, before: &Self) -> Vec<Say> {
        let mut said = Vec::new();
        for (name, want, have, ready) in &self.rows {
            let known = before.rows.iter().find(|row| row.0 == *name);
            let was_met = known.is_some_and(|row| row.1 == row.3 && row.1 == row.2);
            let is_met = want == ready && want == have;
            if is_met && !was_met {
                said.push(Say::new("live-met").with("name", name).with("want", *want));
            } else if known.is_none_or(|row| row.1 != *want) || (was_met && !is_met) {
                let gap = Say::new("live-gap").with("name", name).with("want", *want);
                said.push(gap.with("have", *have).with("ready", *ready));
            }
        }
        let new = |here: &[Rc<str>], there: &[Rc<str>]| -> Vec<Rc<str>> {
            here.iter().filter(|name| !there.contains(name)).cloned().collect()
        };
        said.extend(new(&self.silent, &before.silent).iter().map(|node| Say::new("live-silent").with("node", node)));
        said.extend(new(&before.silent, &self.silent).iter().map(|node| Say::new("live-back").with("node", node)));
        let (began, ended) = (new(&self.losing, &before.losing), new(&before.losing, &self.losing));
        said.extend(began.iter().map(|client| Say::new("live-losing").with("client", client)));
        said.extend(ended.iter().map(|client| Say::new("live-not-losing").with("client", client)));
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn a_pod_is_drawn_by_what_stops_it() {
        let pod = |phase: &str, node: &str, waiting: &str| {
            tree!({
                "spec": { "nodeName": node },
                "status": {
                    "phase": phase,
                    "containerStatuses": [{ "state": { "waiting": { "reason": waiting } } }],
                },
            })
        };
        assert_eq!(pod_state(&pod("Pending", "", ""), false), (PodState::Pending, "Pending".into()));
        assert_eq!(
            pod_state(&pod("Pending", "node-a", "ContainerCreating"), false),
            (PodState::Starting, "ContainerCreating".into())
        );
        assert_eq!(
            pod_state(&pod("Running", "node-a", "CrashLoopBackOff"), false),
            (PodState::Failing, "CrashLoopBackOff".into())
        );
        assert_eq!(pod_state(&pod("Running", "node-a", ""), true), (PodState::Unknown, "Running".into()));
        let leaving = pod("Running", "node-a", "").with(&["metadata", "deletionTimestamp"], "2026-01-05T00:00:00Z");
        let first = pod("Pending", "node-a", "PodInitializing")
            .with(&["spec", "initContainers"], Value::list([tree!({ "name": "one" })]))
            .with(
                &["status", "initContainerStatuses"],
                Value::list([tree!({ "name": "one", "state": { "running": {} } })]),
            );
        assert_eq!(pod_state(&first, false), (PodState::Starting, "Init:0/1".into()));
        assert_eq!(containers(&first), Containers { main: 0, sidecars: 0, first: 1 });
        assert_eq!(pod_state(&leaving, false), (PodState::Leaving, "Terminating".into()));
    }
}
