//! Memory pressure: what a node uses, whether that is too much, and who goes first.
// Source: "Node-pressure Eviction" (Pod selection for kubelet eviction).
// Models pkg/kubelet/eviction/helpers.go rankMemoryPressure

use crate::document::InOrder as _;
use crate::kube::api::{Key, Quantity};
use crate::kube::kubelet::container::{Container, End, State};
use crate::kube::kubelet::pod::PodWorker;
use crate::kube::program::Runtime;
use crate::sim::SimTime;

/// `--eviction-hard=memory.available<100Mi`.
pub const THRESHOLD_BYTES: i64 = 100 << 20;
/// What the system and the kubelet use themselves.
const SYSTEM_BYTES: i64 = 300 << 20;

/// A Pod that goes, and what its status says.
pub(super) struct Victim {
    pub key: Key,
    pub message: String,
}

/// Memory in use by a Pod, in bytes.
fn used(worker: &PodWorker, runtime: &Runtime) -> i64 {
    let running = runtime.of_pod(&worker.uid).filter(|(_, process)| process.ended.is_none());
    running.map(|(_, process)| process.memory()).sum()
}

/// Memory that is left on the node, in bytes.
pub(super) fn available<'a>(capacity: i64, pods: impl Iterator<Item = &'a PodWorker>, runtime: &Runtime) -> i64 {
    capacity - SYSTEM_BYTES - pods.map(|worker| used(worker, runtime)).sum::<i64>()
}

/// Who goes: first those that use more than they asked for, then those of lower priority, then
/// those that use most beyond what they asked for.
pub(super) fn choose<'a>(
    available: i64,
    pods: impl Iterator<Item = &'a PodWorker>,
    runtime: &Runtime,
) -> Option<Victim> {
    let mut ranked: Vec<(bool, i64, i64, &PodWorker, i64)> = pods
        .filter(|worker| worker.evicted.is_none() && worker.ending.is_none())
        .map(|worker| {
            let asked = crate::kube::api::pod_resources::of_pod(
                worker.object.at(&["spec"]).unwrap_or(&crate::document::Value::Null),
                "requests",
            );
            let asked = asked.get("memory").map_or(0, Quantity::value);
            let used = used(worker, runtime);
            let priority = worker.object.int_at(&["spec", "priority"]).unwrap_or_default();
            (used <= asked, priority, asked - used, worker, used)
        })
        .filter(|(.., used)| *used > 0)
        .collect();
    ranked.order_by(|one, other| (one.0, one.1, one.2, &one.3.key).cmp(&(other.0, other.1, other.2, &other.3.key)));
    let (_, _, rest, worker, used) = ranked.first()?;
    let kib = |bytes: i64| format!("{}Ki", bytes / 1024);
    let container =
        worker.object.items_at(&["spec", "containers"]).first().map(|spec| spec.str_at(&["name"])).unwrap_or_default();
    let message = format!(
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: {}. Container {container} was using {}, request is {}, has larger consumption of memory. ",
        kib(available),
        kib(*used),
        if rest + used == 0 { "0".to_owned() } else { kib(rest + used) }
    );
    Some(Victim { key: worker.key.clone(), message })
}

impl PodWorker {
    /// The Pod is evicted: nothing runs any more, and nothing starts again.
    pub(super) fn evict(&mut self, message: String, now: SimTime, runtime: &mut Runtime) {
        let ids: Vec<_> = self.containers.iter().map(|container| self.id_of(container)).collect();
        for id in ids {
            runtime.kill(&id, now, 137);
        }
        for container in &mut self.containers {
            let started = if let State::Running(run) = &container.state { Some(run.since) } else { None };
            let Container { state, restarts, .. } = container;
            let end = End { code: 137, reason: "Error", message: "".into(), started, finished: now, run: *restarts };
            *state = State::Ended { end, next: None };
        }
        self.evicted = Some(message.into());
        self.why = crate::kube::why::Why::MemoryPressure;
    }
}
