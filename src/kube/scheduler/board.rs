//! What nodes are worth to Pods of one kind, remembered from one Pod to the next.
//!
//! A workload's Pods differ in nothing that a plugin looks at, and between two of them one node has
//! changed: the one that the first of them went to. So a board keeps for every node whether it
//! passes the filters and what each score makes of it, and looks anew only at nodes that have
//! changed. Pods whose plugins look at more than one node at a time (their own spread constraints,
//! affinity to other Pods) or at other objects (claims) have no board.
//!
//! Invariant: what a board says is what [`Cycle::attempt`] would say; a test holds it.
// Models pkg/scheduler/framework/runtime/batch.go OpportunisticBatch

use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::meta;
use crate::kube::scheduler::cycle::{Attempt, enough_feasible, throw};
use crate::kube::scheduler::node_info::{Cache, NodeInfo, is_particular};
use crate::kube::scheduler::plugins::pod_topology_spread::{self, Constraint, HOSTNAME};
use crate::kube::scheduler::plugins::{
    Cycle, Order, balanced_allocation, image_locality, node_affinity, node_resources_fit, normalized, taint_toleration,
};
use crate::sim::content_digest;
use std::hash::Hasher;
use std::rc::Rc;

/// So many kinds of Pods are remembered.
const BOARDS_MAX: usize = 4;

/// The boards of the kinds of Pods that were seen last, the last one at the end.
#[derive(Clone, Default)]
pub struct Boards(Vec<Rc<Board>>);

/// What nodes are worth to one kind of Pod.
#[derive(Clone)]
struct Board {
    /// What tells the kind from others.
    face: u64,
    /// The cache's moment that this is right for.
    moment: (u64, u64),
    rows: Vec<Row>,
    /// The values of the label that zones go by, in the order in which they were first seen.
    zones: Vec<Rc<str>>,
    /// How many Pods of the kind each zone has.
    in_zone: Vec<i64>,
    /// How many nodes hold each image.
    holders: Vec<i64>,
}

/// What one node is worth.
#[derive(Clone, Default, PartialEq, Eq)]
struct Row {
    fits: bool,
    taints: i64,
    preferred: i64,
    free: i64,
    balance: i64,
    /// The size of each image, where it is there.
    images: Vec<Option<i64>>,
    has_hostname: bool,
    zone: usize,
    has_zone: bool,
    /// How many Pods of the kind it has, and whether they count for its zone.
    alike: i64,
    is_included: bool,
}

/// What is the same for every node.
struct Kind<'a> {
    cycle: Cycle<'a>,
    constraints: Vec<Constraint>,
    images: Vec<String>,
}

impl Boards {
    /// What [`Cycle::attempt`] would come to, if that can be told quickly and some node fits.
    pub(super) fn attempt(
        &mut self,
        cache: &Cache,
        seen: &Snapshot<'_>,
        pod: &Value,
        attempts: u64,
        start: usize,
    ) -> Option<(Attempt, usize)> {
        if cache.is_anyone_particular() || !is_plain(pod) {
            return None;
        }
        let cycle = Cycle::of_plain(seen, pod, cache.nodes());
        let constraints = pod_topology_spread::default_constraints(&cycle).unwrap_or_default();
        let face = face(pod, &constraints);
        let kind = Kind { images: image_locality::images_of(pod), cycle, constraints };
        let known = self.0.iter().position(|board| board.face == face).map(|index| self.0.remove(index));
        let mut board = known.unwrap_or_else(|| Rc::new(Board::new(face)));
        Rc::make_mut(&mut board).refresh(cache, &kind);
        let attempt = board.attempt(&kind, attempts, start);
        if self.0.len() >= BOARDS_MAX {
            self.0.remove(0);
        }
        self.0.push(board);
        attempt
    }
}

/// Whether the plugins look at nothing but one node at a time for this Pod.
fn is_plain(pod: &Value) -> bool {
    !is_particular(pod)
        && pod.items_at(&["spec", "topologySpreadConstraints"]).is_empty()
        && !pod
            .items_at(&["spec", "volumes"])
            .iter()
            .any(|volume| ["persistentVolumeClaim", "ephemeral"].into_iter().any(|source| volume.get(source).is_some()))
}

/// A number for everything that a plugin looks at.
fn face(pod: &Value, constraints: &[Constraint]) -> u64 {
    content_digest(0, |hasher| {
        meta::labels(pod).fingerprint(hasher);
        hasher.write(meta::namespace(pod).as_bytes());
        for field in ["nodeName", "nodeSelector", "affinity", "tolerations", "resources", "overhead"] {
            pod.at(&["spec", field]).unwrap_or(&Value::Null).fingerprint(hasher);
        }
        for list in ["initContainers", "containers"] {
            for container in pod.items_at(&["spec", list]) {
                for field in ["image", "resources", "ports", "restartPolicy"] {
                    container.get(field).unwrap_or(&Value::Null).fingerprint(hasher);
                }
            }
            hasher.write_u8(0);
        }
        constraints.iter().for_each(|constraint| hasher.write(constraint.name.as_bytes()));
    })
}

impl Board {
    fn new(face: u64) -> Self {
        Self {
            face,
            moment: (u64::MAX, 0),
            rows: Vec::new(),
            zones: Vec::new(),
            in_zone: Vec::new(),
            holders: Vec::new(),
        }
    }

    /// Looks anew at the nodes that have changed.
    fn refresh(&mut self, cache: &Cache, kind: &Kind<'_>) {
        match cache.changed_since(self.moment) {
            Some(changed) => {
                let mut places: Vec<usize> = changed.collect();
                places.sort_unstable();
                places.dedup();
                for place in places {
                    self.look(place, kind);
                }
            }
            None => {
                *self = Self::new(self.face);
                self.holders = vec![0; kind.images.len()];
                self.rows = vec![Row::default(); kind.cycle.nodes.len()];
                (0..kind.cycle.nodes.len()).for_each(|place| self.look(place, kind));
            }
        }
        self.moment = cache.moment();
    }

    fn look(&mut self, place: usize, kind: &Kind<'_>) {
        let Some(info) = kind.cycle.nodes.get(place) else { return };
        let new = self.row(info, kind);
        let Some(row) = self.rows.get_mut(place) else { return };
        let old = std::mem::replace(row, new.clone());
        for (row, sign) in [(&old, -1), (&new, 1)] {
            if row.is_included
                && let Some(count) = self.in_zone.get_mut(row.zone)
            {
                *count += sign * row.alike;
            }
            for (holders, size) in self.holders.iter_mut().zip(&row.images) {
                *holders += sign * i64::from(size.is_some());
            }
        }
    }

    fn row(&mut self, info: &NodeInfo, kind: &Kind<'_>) -> Row {
        let (pod, cycle) = (kind.cycle.pod, &kind.cycle);
        let zone_key = kind.constraints.iter().find(|constraint| constraint.key != HOSTNAME);
        let label = zone_key.and_then(|constraint| pod_topology_spread::label_of(info, &constraint.key));
        let has_zone = label.is_some();
        let name = label.unwrap_or_default();
        let zone = self.zones.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.zones.push(name);
            self.in_zone.push(0);
            self.zones.len() - 1
        });
        Row {
            fits: cycle.stopped_at(info).is_none(),
            taints: taint_toleration::untolerated(pod, info),
            preferred: node_affinity::weight(pod, info),
            free: node_resources_fit::of(&cycle.request, info),
            balance: balanced_allocation::of(&cycle.request, info),
            images: kind.images.iter().map(|image| image_locality::held(&info.node, image)).collect(),
            has_hostname: pod_topology_spread::label_of(info, HOSTNAME).is_some(),
            zone,
            has_zone,
            alike: kind.constraints.first().map_or(0, |constraint| constraint.count(cycle, info)),
            is_included: zone_key.is_some_and(|constraint| constraint.includes(cycle, info)),
        }
    }

    // Models pkg/scheduler/schedule_one.go findNodesThatPassFilters, prioritizeNodes
    fn attempt(&self, kind: &Kind<'_>, attempts: u64, start: usize) -> Option<(Attempt, usize)> {
        let all = self.rows.len();
        let enough = enough_feasible(all);
        let mut feasible: Vec<usize> = Vec::with_capacity(enough);
        let mut looked = 0;
        for place in (start..all).chain(0..start.min(all)) {
            looked += 1;
            if self.rows.get(place).is_some_and(|row| row.fits) {
                feasible.push(place);
            }
            if feasible.len() >= enough {
                break;
            }
        }
        // In node order, whichever was looked at first.
        feasible.sort_unstable();
        if feasible.is_empty() {
            return None;
        }
        let rows: Vec<&Row> = feasible.iter().filter_map(|place| self.rows.get(*place)).collect();
        let totals = self.totals(kind, &rows);
        let chosen = throw(kind.cycle.seen.settings.seed, kind.cycle.pod, attempts, &totals);
        let info = feasible.get(chosen).and_then(|place| kind.cycle.nodes.get(*place))?;
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let attempt = Attempt::Fits { node: info.name().into(), feasible: count(rows.len()), nodes: count(all) };
        Some((attempt, looked))
    }

    /// The sums of the weighted scores, as the plugins give them.
    fn totals(&self, kind: &Kind<'_>, rows: &[&Row]) -> Vec<i64> {
        let mut totals = vec![0; rows.len()];
        let mut add = |weight: i64, scores: &mut dyn Iterator<Item = i64>| {
            for (total, score) in totals.iter_mut().zip(scores) {
                *total += weight * score;
            }
        };
        let of = |value: fn(&Row) -> i64| rows.iter().map(|row| value(row)).collect::<Vec<i64>>();
        add(3, &mut normalized(of(|row| row.taints), Order::LessIsBetter).into_iter());
        if node_affinity::prefers(kind.cycle.pod) {
            add(2, &mut normalized(of(|row| row.preferred), Order::MoreIsBetter).into_iter());
        }
        add(1, &mut rows.iter().map(|row| row.free));
        if !kind.constraints.is_empty() {
            add(2, &mut self.spread(kind, rows).into_iter());
        }
        if balanced_allocation::says_something(&kind.cycle.request) {
            add(1, &mut rows.iter().map(|row| row.balance));
        }
        let all = i64::try_from(self.rows.len()).unwrap_or(1).max(1);
        let bytes = |row: &&Row| -> i64 {
            let sizes = row.images.iter().zip(&self.holders);
            sizes.filter_map(|(size, holders)| Some((*size)? * holders / all)).sum()
        };
        add(1, &mut rows.iter().map(|row| image_locality::of_bytes(bytes(row), kind.images.len())));
        totals
    }

    fn spread(&self, kind: &Kind<'_>, rows: &[&Row]) -> Vec<i64> {
        let mut is_here = vec![false; self.zones.len()];
        for row in rows {
            if let Some(here) = is_here.get_mut(row.zone) {
                *here = true;
            }
        }
        let zones = is_here.iter().filter(|here| **here).count();
        let mut milli = vec![0; rows.len()];
        for constraint in &kind.constraints {
            let is_hostname = constraint.key == HOSTNAME;
            let weight = pod_topology_spread::milli_ln(if is_hostname { rows.len() } else { zones } + 2);
            for (row, milli) in rows.iter().zip(&mut milli) {
                let count = match is_hostname {
                    true if row.has_hostname => row.alike,
                    false if row.has_zone => self.in_zone.get(row.zone).copied().unwrap_or_default(),
                    _ => continue,
                };
                *milli += count * weight + (constraint.max_skew - 1) * 1000;
            }
        }
        let raw: Vec<Option<i64>> = milli.into_iter().map(|milli| Some((milli + 500) / 1000)).collect();
        pod_topology_spread::normalize(&raw)
    }
}
