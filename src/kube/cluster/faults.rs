//! What can go wrong with a cluster beside a part that stops: a container is killed, a credential
//! runs out. Neither is told to anybody: the loops find out as they would.

use super::{Cluster, Component, Turn};
use crate::kube::Outcome;
use crate::kube::api::{ApiError, Key, Reason, Request, Resource};
use crate::kube::kubelet;
use crate::kube::why::Why;
use crate::sim::{EntryId, millis};
use std::rc::Rc;

/// The user that a node's kubelet is.
fn user_of(node: &str) -> Rc<str> {
    format!("system:node:{node}").into()
}

impl Cluster {
    /// SIGKILL to a container of a Pod, or to all of them where no name is given. Returns whether
    /// one ran.
    pub fn kill_container(&mut self, turn: &Turn<'_>, pod: &Key, container: &str) -> bool {
        let Some(object) = self.get(pod) else { return false };
        let node: Rc<str> = object.str_at(&["spec", "nodeName"]).into();
        let Some(mut kubelet) = self.kubelets.get(&node).cloned() else { return false };
        let killed =
            self.with_runtime(turn.now, |runtime, _| kubelet.kill(pod, container, turn.now, turn.cause, runtime));
        if !killed {
            return false;
        }
        self.kubelets.insert_mut(node.clone(), kubelet);
        if let Some(cause) = turn.cause {
            self.last_entry.insert_mut(pod.clone(), cause);
        }
        self.wake_kubelet(turn.now, &node, vec![(millis(0), kubelet::Work::Pod(pod.clone()))]);
        true
    }

    /// The credential of a user runs out, or a new one takes its place. A kubelet with a new one
    /// begins anew, as it does when it is started.
    pub fn set_expired(&mut self, turn: &mut Turn<'_>, user: &str, is_expired: bool) {
        let user: Rc<str> = user.into();
        let node: Option<Rc<str>> = user.strip_prefix("system:node:").map(Rc::from);
        if is_expired {
            self.expired.insert_mut(user, turn.cause);
        } else if self.expired.contains_key(&user) {
            self.expired.remove_mut(&user);
            if let Some(node) = node.clone().filter(|node| self.kubelet_runs(node)) {
                if let Some(kubelet) = self.kubelets.get_mut(&node) {
                    kubelet.stop();
                }
                self.resync(turn, &Component::Kubelet(node));
            }
        }
        if let Some(node) = node {
            self.remember_break(turn, &node);
        }
    }

    /// Whether the credential of a user has run out.
    #[must_use]
    pub fn is_expired(&self, user: &str) -> bool {
        self.expired.contains_key(&Rc::from(user))
    }

    /// The refusal of a request whose credential has run out.
    pub(super) fn unauthorized(&self, request: &Request) -> Option<ApiError> {
        let is_expired = self.expired.contains_key(&request.user.name);
        is_expired.then(|| ApiError::new(Reason::Unauthorized, "Unauthorized"))
    }

    /// Whether a node's kubelet hears from the API server.
    pub(super) fn kubelet_hears(&self, node: &Rc<str>) -> bool {
        self.kubelet_runs(node) && (self.expired.is_empty() || !self.expired.contains_key(&user_of(node)))
    }

    /// What happens to a node is part of its story.
    pub(super) fn remember_break(&mut self, turn: &Turn<'_>, node: &Rc<str>) {
        let key = Key::new(Resource::NODES, "", node.clone());
        if let Some(cause) = turn.cause.filter(|_| self.get(&key).is_some()) {
            self.last_entry.insert_mut(key, cause);
        }
    }

    /// The entry that says why a node is silent, if it was silenced on purpose.
    #[must_use]
    pub fn silenced_by(&self, node: &str) -> Option<EntryId> {
        let parts = [Component::Machine(node.into()), Component::Kubelet(node.into())];
        let stopped = parts.iter().find_map(|part| self.stopped_by.get(part).copied());
        stopped.or_else(|| self.expired.get(&user_of(node)).copied().flatten())
    }

    /// The entry that stopped a component, if somebody did.
    #[must_use]
    pub fn stopped_by(&self, component: &Component) -> Option<EntryId> {
        self.stopped_by.get(component).copied()
    }

    /// A silence has a cause, however long ago it began.
    pub(super) fn cause_of(&self, outcome: &Outcome) -> Option<EntryId> {
        outcome.changes.iter().find_map(|planned| match &planned.why {
            Why::NodeSilent { node } => self.silenced_by(node),
            _ => None,
        })
    }
}
