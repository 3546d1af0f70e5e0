//! Zones and members of control planes that go out: what EKS owns it replaces, what somebody made
//! by hand is theirs to lose.

use super::breaking::{Break, missing, named};
use crate::aws::ec2::zone;
use crate::aws::{ec2, eks};
use crate::kube::{Component, Part, Turn};
use crate::sim::{Entry, EntryId, Journal, Reason, SimTime, Subject, Verb};
use crate::world::{ApiError, Origin, World, site};
use std::rc::Rc;

impl World {
    /// A zone goes out, or works again.
    pub(super) fn set_zone(&mut self, zone: &Rc<str>, works: bool) -> Result<EntryId, ApiError> {
        if !self.zones().contains(zone) {
            return Err(missing(format!("there is no zone {zone}")));
        }
        let why = Reason::new(if works { "zone-back" } else { "zone-out" });
        let entry = self.broke(named("Zone", zone), why, 0);
        let cause = Some(entry);
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
        Ok(entry)
    }

    /// The zones in which something can stand: the region's, and those of every cluster's nodes and
    /// members.
    #[must_use]
    pub fn zones(&self) -> Vec<Rc<str>> {
        let mut zones = ec2::zone::names(&self.cloud.settings().region);
        for site in self.sites.values() {
            zones.extend(site.cluster.kubelets().map(|(_, kubelet)| kubelet.machine().zone.clone()));
            zones.extend(site.members.iter().map(|member| member.zone.clone()));
        }
        zones.retain(|zone| !zone.is_empty());
        zones.sort();
        zones.dedup();
        zones
    }

    /// Whether a zone is out.
    #[must_use]
    pub fn is_zone_out(&self, zone: &str) -> bool {
        self.is_broken(&"".into(), &format!("zone/{zone}"))
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
        let Some(site) = self.sites.get(server).filter(|site| !matches!(site.origin, Origin::Eks(_))) else { return };
        let machines = site.cluster.kubelets().filter(|(_, kubelet)| kubelet.machine().zone == *zone);
        let mut there: Vec<Component> = machines.map(|(node, _)| Component::Machine(node.clone())).collect();
        there.extend(members_in(site, zone));
        // What was broken for itself does not come back with its zone.
        there.retain(|it| !works || !self.is_broken(server, &Break::Stop(it.clone()).name()));
        let Some(site) = self.sites.get_mut(server) else { return };
        let mut turn = Turn { now: self.now, journal: &mut self.journal, actor: "you".into(), cause, why: None };
        for component in there {
            site.cluster.set_running(&mut turn, &component, works);
        }
        for member in site.members.iter_mut().filter(|member| member.zone == *zone) {
            member.runs = works;
        }
        site.settle_members(&mut turn);
    }

    /// One member of a control plane fails, or is started again where somebody made it by hand.
    pub(super) fn set_member(&mut self, cluster: &str, member: &str, runs: bool) -> Result<EntryId, ApiError> {
        let found = self.sites.iter().find(|(_, site)| &*site.name == cluster);
        let Some((server, origin)) = found.map(|(server, site)| (server.clone(), site.origin.clone())) else {
            return Err(missing(format!("there is no cluster `{cluster}`")));
        };
        let why = Reason::new(if runs { "member-back" } else { "member-out" });
        let entry = self.broke(named("Member", member), why, 0);
        let cause = Some(entry);
        let mut turn = Turn { now: self.now, journal: &mut self.journal, actor: "you".into(), cause, why: None };
        let known = match origin {
            Origin::Eks(_) if runs => {
                return Err(missing(format!("{cluster} is EKS's: it replaces {member} by itself")));
            }
            Origin::Eks(key) => eks::fail_member(&mut self.cloud, &mut turn, &key, member),
            _ => {
                let Some(site) = self.sites.get_mut(&server) else { return Err(site::refused(&server)) };
                let found = site.members.iter_mut().find(|it| *it.name == *member);
                let known = found.map(|it| it.runs = runs).is_some();
                site.settle_members(&mut turn);
                known
            }
        };
        self.follow_cloud();
        if known { Ok(entry) } else { Err(missing(format!("`{cluster}` has no member `{member}`"))) }
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

/// The members of a control plane of several that stand in a zone. Assumption: whoever runs several
/// spreads them over the zones of the nodes, in turn; a single one stands in none that can fail.
fn members_in(site: &site::Site, zone: &str) -> Vec<Component> {
    let count = site.cluster.members();
    zones_of_members(site)
        .into_iter()
        .zip(0_u32..)
        .filter(|(there, _)| count > 1 && **there == *zone)
        .flat_map(|(_, number)| Part::ALL.map(|part| Component::Member(part, number)))
        .collect()
}

/// In which zone each member of a control plane of several stands.
pub(super) fn zones_of_members(site: &site::Site) -> Vec<Rc<str>> {
    let mut zones: Vec<Rc<str>> = site.cluster.kubelets().map(|(_, kubelet)| kubelet.machine().zone.clone()).collect();
    zones.retain(|zone| !zone.is_empty());
    zones.sort();
    zones.dedup();
    (0..site.cluster.members()).filter_map(|number| zones.get(number as usize % zones.len().max(1)).cloned()).collect()
}
