//! The control planes of the cloud, member by member, and the instances that are not nodes though
//! they want to be.

use super::said::{self, Say};
use super::wish::PodState;
use crate::aws::eks;
use crate::session::Session;
use crate::world::Joining;
use std::rc::Rc;

/// One member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemberView {
    /// Its name.
    pub name: Rc<str>,
    /// How it is, as a shape.
    pub state: PodState,
    /// How often it was replaced.
    pub replaced: i64,
}

/// A control plane.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlaneView {
    /// The cluster's name.
    pub name: Rc<str>,
    /// EKS's word for its state, and its version.
    pub status: Rc<str>,
    /// Its members by zone, in the order of the zones' names.
    pub zones: Vec<(Rc<str>, Vec<MemberView>)>,
}

/// An instance that knocks in vain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutsideView {
    /// Its id.
    pub instance: Rc<str>,
    /// Why it is not a node.
    pub why: Say,
}

/// The control planes that EKS keeps.
#[must_use]
pub fn planes(session: &Session) -> Vec<PlaneView> {
    let cloud = session.world().cloud();
    let clusters = super::cloud::all(cloud, eks::CLUSTER);
    clusters
        .map(|(name, cluster)| {
            let is_there = !matches!(cluster.str_at(&["status"]), "CREATING" | "FAILED");
            let mut zones: Vec<(Rc<str>, Vec<MemberView>)> = Vec::new();
            for member in eks::members(cluster) {
                let state = match &*member.state {
                    "running" if is_there => PodState::Ready,
                    "failed" => PodState::Failing,
                    _ => PodState::Starting,
                };
                let view = MemberView { name: member.name, state, replaced: member.replaced };
                match zones.iter_mut().find(|(zone, _)| *zone == member.zone) {
                    Some((_, members)) => members.push(view),
                    None => zones.push((member.zone, vec![view])),
                }
            }
            let status = format!("{} · {}", cluster.str_at(&["status"]), cluster.str_at(&["version"]));
            PlaneView { name, status: status.into(), zones }
        })
        .collect()
}

/// The instances that want to be nodes and are not.
#[must_use]
pub fn outside(session: &Session) -> Vec<OutsideView> {
    let joining = session.world().bridge().joining();
    joining
        .filter_map(|(key, joining)| match joining {
            Joining::Outside(outside) => Some(OutsideView { instance: key.id.clone(), why: said::because(&outside.0) }),
            _ => None,
        })
        .collect()
}
