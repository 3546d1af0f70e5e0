//! What somebody sees who has logged in on a node: the containers as the runtime has them, what
//! they have written, and the kernel's rules. None of it comes from the API server, so all of it
//! is there while the control plane is down.
//!
//! Invariant: what is seen changes nothing.

use crate::document::Value;
use crate::kube::api::{Object, Resource, meta};
use crate::kube::network::{Wires, rules};
use crate::kube::program::Id;
use crate::kube::{Cluster, Component};
use crate::sim::SimTime;
use crate::tree;
use std::rc::Rc;

/// What is looked at on a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Look {
    /// The machine: `name`, `isOn`, `kubeletRuns`, `pods` (with the containers' states as the runtime
    /// knows them), `images`.
    Machine,
    /// The log file of a container: `text`, each line behind its moment.
    Log {
        /// The Pod's uid.
        pod: Rc<str>,
        /// The container's name.
        container: Rc<str>,
    },
    /// What `iptables-save` prints: `text`. Of one table where it is named.
    Rules(Rc<str>),
}

impl Cluster {
    /// What is seen on the node with this name or address; none where there is no such node.
    pub fn on_node(&mut self, now: SimTime, host: &str, look: &Look) -> Option<Value> {
        let found = self.kubelets().find(|(name, kubelet)| ***name == *host || *kubelet.machine().address == *host);
        let node: Rc<str> = found?.0.clone();
        Some(match look {
            Look::Machine => self.machine(now, &node),
            Look::Log { pod, container } => tree!({ "text": (self.log_file(now, pod, container)) }),
            Look::Rules(table) => tree!({ "text": (rules::iptables_save(&self.snapshot(now), table)) }),
        })
    }

    fn machine(&self, now: SimTime, node: &Rc<str>) -> Value {
        let seen = self.snapshot(now);
        let here = seen.list(Resource::PODS, "").filter(|pod| pod.str_at(&["spec", "nodeName"]) == &**node);
        let pods: Vec<Value> = here.map(|pod| self.as_it_runs(now, pod)).collect();
        let stored = seen.list(Resource::NODES, "").find(|object| meta::name(object) == &**node);
        tree!({
            "name": node,
            "isOn": (self.stopped_since(&Component::Machine(node.clone())).is_none()),
            "kubeletRuns": (self.stopped_since(&Component::Kubelet(node.clone())).is_none()),
            "pods": pods,
            "images": (stored.and_then(|node| node.at(&["status", "images"]).cloned())),
        })
    }

    /// The Pod with its containers' states as the runtime has them: what a kubelet that cannot reach
    /// the API server has not been able to report is in them.
    fn as_it_runs(&self, now: SimTime, pod: &Object) -> Value {
        let mut pod: Value = pod.value.clone();
        let uid: Rc<str> = meta::uid(&pod).into();
        for list in ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"] {
            if pod.items_at(&["status", list]).is_empty() {
                continue;
            }
            for status in pod.at_mut(&["status", list]).items_mut() {
                let id = Id { pod: uid.clone(), container: status.str_at(&["name"]).into() };
                let Some(process) = self.runtime().get(&id) else { continue };
                let since = process.since.rfc3339();
                let state = match process.ended.filter(|ended| ended.at <= now) {
                    None => tree!({ "running": { "startedAt": since } }),
                    Some(ended) => tree!({ "terminated": { "startedAt": since, "exitCode": (ended.code) } }),
                };
                status.set(&["state"], state);
            }
        }
        pod
    }

    fn log_file(&mut self, now: SimTime, pod: &Rc<str>, container: &Rc<str>) -> String {
        let seed = self.settings().seed;
        self.with_runtime(now, |runtime, seen| runtime.catch_up(pod, now, &Wires { seen }, seed));
        let id = Id { pod: pod.clone(), container: container.clone() };
        let Some(log) = self.runtime().log(&id, false) else { return String::new() };
        let line = |at: SimTime, text: &str| format!("{}000Z {text}\n", at.rfc3339_micro().trim_end_matches('Z'));
        log.since(0).map(|(_, written)| line(written.at, &written.text)).collect()
    }
}
