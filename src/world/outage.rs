//! Zones and members of control planes that go out: what EKS owns it replaces, what somebody made
//! by hand is theirs to lose.

use crate::aws::ec2::zone;
use crate::aws::eks;
use crate::kube::{Component, Turn};
use crate::sim::{Entry, EntryId, Journal, Reason, SimTime, Subject, Verb};
use crate::world::{Answer, ApiError, Origin, Reply, World, api, site};
use std::rc::Rc;

impl World {
    /// A zone goes out, or works again.
    pub(super) fn set_zone(&mut self, zone: &Rc<str>, works: bool) -> Reply {
        let cause =
            Some(broke(&mut self.journal, self.now, "Zone", zone, if works { "zone-back" } else { "zone-out" }));
        let mut turn = Turn { now: self.now, journal: &mut self.journal, actor: "you".into(), cause, why: None };
        self.cloud.set_zone(&mut turn, zone, !works);
        if works {
            eks::mend_zone(&mut self.cloud, &mut turn, zone);
        } else {
            eks::fail_zone(&mut self.cloud, &mut turn, zone);
        }
        let servers: Vec<Rc<str>> = self.sites.keys().cloned().collect();
        for server in servers {
            self.set_zone_of(&server, zone, works, cause);
        }
        self.follow_cloud();
        Reply::Done
    }

    /// The zones of the region that are out.
    #[must_use]
    pub fn zones_out(&self) -> Vec<Rc<str>> {
        let settings = self.cloud.settings();
        let zones = zone::names(&settings.region).into_iter();
        zones.filter(|zone| zone::is_down(&self.cloud, &settings.account, zone)).collect()
    }

    /// The machines and members of a cluster that nobody keeps, in a zone.
    fn set_zone_of(&mut self, server: &Rc<str>, zone: &Rc<str>, works: bool, cause: Option<EntryId>) {
        let Some(site) = self.sites.get_mut(server) else { return };
        if matches!(site.origin, Origin::Eks(_)) {
            return;
        }
        let mut turn = Turn { now: self.now, journal: &mut self.journal, actor: "you".into(), cause, why: None };
        let there: Vec<Rc<str>> = site
            .cluster
            .kubelets()
            .filter(|(_, kubelet)| kubelet.machine().zone == *zone)
            .map(|(node, _)| node.clone())
            .collect();
        for node in there {
            site.cluster.set_running(&mut turn, &Component::Machine(node), works);
        }
        for member in site.members.iter_mut().filter(|member| member.zone == *zone) {
            member.runs = works;
        }
        site.settle_members(&mut turn);
    }

    /// A member of a control plane that somebody keeps themselves is started again.
    pub(super) fn start_member(&mut self, cluster: &str, member: &str) -> Answer {
        let missing = |what: String| ApiError::new(api::Reason::NotFound, what);
        let found = self.sites.iter().find(|(_, site)| *site.name == *cluster).map(|(server, _)| server.clone());
        let Some(server) = found else { return Err(missing(format!("there is no cluster `{cluster}`"))) };
        let cause = Some(broke(&mut self.journal, self.now, "Member", member, "member-back"));
        let mut turn = Turn { now: self.now, journal: &mut self.journal, actor: "you".into(), cause, why: None };
        let Some(site) = self.sites.get_mut(&server) else { return Err(site::refused(&server)) };
        let Some(found) = site.members.iter_mut().find(|it| *it.name == *member) else {
            return Err(missing(format!("`{cluster}` has no member `{member}` of yours")));
        };
        found.runs = true;
        site.settle_members(&mut turn);
        Ok(Reply::Done)
    }

    /// One member of a control plane fails.
    pub(super) fn fail_member(&mut self, cluster: &str, member: &str) -> Answer {
        let found = self.sites.iter().find(|(_, site)| *site.name == *cluster);
        let missing = |what: String| ApiError::new(api::Reason::NotFound, what);
        let Some((server, origin)) = found.map(|(server, site)| (server.clone(), site.origin.clone())) else {
            return Err(missing(format!("there is no cluster `{cluster}`")));
        };
        let cause = Some(broke(&mut self.journal, self.now, "Member", member, "member-out"));
        let mut turn = Turn { now: self.now, journal: &mut self.journal, actor: "you".into(), cause, why: None };
        let known = match origin {
            Origin::Eks(key) => eks::fail_member(&mut self.cloud, &mut turn, &key, member),
            _ => {
                let Some(site) = self.sites.get_mut(&server) else { return Err(site::refused(&server)) };
                let found = site.members.iter_mut().find(|it| *it.name == *member);
                let known = found.map(|it| it.runs = false).is_some();
                site.settle_members(&mut turn);
                known
            }
        };
        self.follow_cloud();
        if known { Ok(Reply::Done) } else { Err(missing(format!("`{cluster}` has no member `{member}`"))) }
    }
}

pub(super) fn broke(journal: &mut Journal, at: SimTime, kind: &str, name: &str, code: &'static str) -> EntryId {
    let entry = Entry {
        id: EntryId(0),
        at,
        actor: "you".into(),
        verb: Verb::Break,
        subject: Subject { kind: kind.into(), namespace: "".into(), name: name.into() },
        cause: None,
        why: Some(Reason::new(code)),
        revision: None,
    };
    journal.record(entry, 0)
}
