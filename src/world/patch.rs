//! A flaw of the API server becomes known, and its patch with it. EKS patches what it owns, member
//! by member; what somebody made by hand waits for them, and after a while it is struck.
// Source: Amazon EKS User Guide, "Understand the Kubernetes version lifecycle on EKS", patches and
// platform versions: EKS applies them by itself. The times are assumptions: in life it is days.

use super::bridge;
use super::outage::broke;
use crate::aws::eks;
use crate::kube::Turn;
use crate::sim::{Reason, SimTime, Verb, secs};
use crate::world::{Answer, ApiError, Origin, Reply, World, api};
use std::rc::Rc;

/// After this long somebody uses the flaw against what has not been patched.
const STRUCK_AFTER: SimTime = secs(3600);
/// How long `kubeadm upgrade apply` leaves a machine without its API server.
const PATCHING: SimTime = secs(180);

impl World {
    /// A flaw of kube-apiserver is published.
    pub(super) fn publish_flaw(&mut self) -> Reply {
        let cause = Some(broke(&mut self.journal, self.now, "Advisory", "kube-apiserver", "flaw-published"));
        let mut turn = Turn { now: self.now, journal: &mut self.journal, actor: "eks".into(), cause, why: None };
        eks::publish_patch(&mut self.cloud, &mut turn);
        let servers: Vec<Rc<str>> = self.sites.keys().cloned().collect();
        for server in servers {
            let Some(site) = self.sites.get_mut(&server) else { continue };
            if site.members.is_empty() {
                continue;
            }
            site.is_flawed = true;
            self.bridge.agenda.schedule(self.now + STRUCK_AFTER, bridge::Due::Struck(server));
        }
        self.follow_cloud();
        Reply::Done
    }

    /// Whoever has not patched by now is struck: the API servers fall over, and over again.
    pub(super) fn strike(&mut self, server: &Rc<str>) {
        let now = self.now;
        let Some(site) = self.sites.get_mut(server).filter(|site| site.is_flawed) else { return };
        let name = site.name.clone();
        let cause = Some(broke(&mut self.journal, now, "ControlPlane", &name, "plane-struck"));
        let mut turn = Turn { now, journal: &mut self.journal, actor: "outside".into(), cause, why: None };
        site.members.iter_mut().filter(|it| &*it.part == "kube-apiserver").for_each(|it| it.runs = false);
        site.settle_members(&mut turn);
    }

    /// Somebody patches a control plane that is theirs: its API servers go down for as long as that
    /// takes.
    pub(super) fn patch_plane(&mut self, cluster: &str) -> Answer {
        let found = self.sites.iter().find(|(_, site)| *site.name == *cluster);
        let server = match found {
            Some((_, site)) if matches!(site.origin, Origin::Eks(_)) || site.members.is_empty() => {
                let message = format!("the control plane of `{cluster}` is not yours to patch");
                return Err(ApiError::new(api::Reason::Forbidden, message));
            }
            Some((server, _)) => server.clone(),
            None => return Err(ApiError::new(api::Reason::NotFound, format!("there is no cluster `{cluster}`"))),
        };
        let cause = Some(broke(&mut self.journal, self.now, "ControlPlane", cluster, "plane-patching"));
        let now = self.now;
        if let Some(site) = self.sites.get_mut(&server) {
            let mut turn = Turn { now, journal: &mut self.journal, actor: "you".into(), cause, why: None };
            site.members.iter_mut().filter(|it| &*it.part == "kube-apiserver").for_each(|it| it.runs = false);
            site.settle_members(&mut turn);
        }
        self.bridge.agenda.schedule(now + PATCHING, bridge::Due::Patched(server));
        Ok(Reply::Done)
    }

    /// The API servers are back, without the flaw.
    pub(super) fn plane_patched(&mut self, server: &Rc<str>) {
        let Some(site) = self.sites.get_mut(server) else { return };
        site.is_flawed = false;
        let mut turn = Turn {
            now: self.now,
            journal: &mut self.journal,
            actor: "you".into(),
            cause: None,
            why: Some(Reason::new("plane-patched")),
        };
        site.members.iter_mut().filter(|it| &*it.part == "kube-apiserver").for_each(|it| {
            it.runs = true;
            it.replaced += 1;
        });
        site.settle_members(&mut turn);
        let name = site.name.clone();
        self.say(Verb::UpdateStatus, "ControlPlane", &name, "plane-patched");
    }
}
