//! One attempt to find a node for one Pod: filters, then scores, then a throw of the Pod's dice
//! between equals.
// Models pkg/scheduler/schedule_one.go schedulePod

use crate::document::InOrder as _;
use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::meta;
use crate::kube::scheduler::node_info::{self, NodeInfo};
use crate::kube::scheduler::plugins::default_preemption::{self, Preemption};
use crate::kube::scheduler::plugins::{Cycle, FILTERS, SCORES, Stop, volume_binding};
use crate::sim::Dice;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What one filter says about one node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The node passes.
    Passes,
    /// The node does not pass.
    Stops {
        /// Upstream's reasons, joined with commas.
        message: String,
        /// What exactly, where the message does not say: a taint, an amount.
        detail: String,
    },
    /// An earlier filter had stopped the node already.
    NotAsked,
}

/// What the scheduler thinks of one node for one Pod.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeVerdict {
    /// The node.
    pub node: Rc<str>,
    /// Every filter in the order in which they are asked.
    pub filters: Vec<(&'static str, Verdict)>,
    /// Every score that had something to say, weighted; empty for a node that did not pass.
    pub scores: Vec<(&'static str, i64)>,
    /// The sum of the scores.
    pub total: i64,
}

impl NodeVerdict {
    /// Whether the node passed every filter.
    #[must_use]
    pub fn is_feasible(&self) -> bool {
        self.filters.iter().all(|(_, verdict)| *verdict == Verdict::Passes)
    }
}

/// What an attempt came to.
#[derive(Debug)]
pub(super) enum Attempt {
    Fits { node: Rc<str>, feasible: i64, nodes: i64 },
    Fails { message: String, preemption: Option<Preemption> },
}

impl<'a> Cycle<'a> {
    /// The plugins' view of `pod` in this cluster, with these nodes.
    #[must_use]
    pub fn new(seen: &Snapshot<'a>, pod: &'a Value, nodes: Rc<Vec<Rc<NodeInfo>>>) -> Self {
        // Most clusters, most of the time: nobody.
        let is_anyone_particular =
            node_info::is_particular(pod) || nodes.iter().any(|info| !info.particular.is_empty());
        Self { seen: *seen, pod, request: node_info::request_of(pod), nodes, is_anyone_particular }
    }

    /// The same where nobody wants to be near others or away from them.
    pub(super) fn of_plain(seen: &Snapshot<'a>, pod: &'a Value, nodes: Rc<Vec<Rc<NodeInfo>>>) -> Self {
        Self { seen: *seen, pod, request: node_info::request_of(pod), nodes, is_anyone_particular: false }
    }

    /// The first filter that stops `info`, if any.
    // Models pkg/scheduler/framework/runtime/framework.go RunFilterPlugins
    #[must_use]
    pub fn stopped_at(&self, info: &NodeInfo) -> Option<(usize, Stop)> {
        FILTERS.iter().enumerate().find_map(|(index, (_, filter))| Some((index, filter(self, info)?)))
    }

    /// What every filter and score says about every node.
    #[must_use]
    pub fn verdicts(&self) -> Vec<NodeVerdict> {
        let stops: Vec<_> = self.nodes.iter().map(|info| self.stopped_at(info)).collect();
        let feasible: Vec<&NodeInfo> =
            self.nodes.iter().zip(&stops).filter(|(_, stop)| stop.is_none()).map(|(info, _)| &**info).collect();
        let mut scored = self.scored(&feasible).into_iter();
        self.nodes
            .iter()
            .zip(&stops)
            .map(|(info, stop)| {
                let scores = if stop.is_none() { scored.next().unwrap_or_default() } else { Vec::new() };
                let total = scores.iter().map(|(_, score)| score).sum();
                NodeVerdict { node: info.name().into(), filters: filters_of(stop.as_ref()), scores, total }
            })
            .collect()
    }

    /// The weighted scores of every feasible node.
    // Models pkg/scheduler/framework/runtime/framework.go RunScorePlugins
    fn scored(&self, feasible: &[&NodeInfo]) -> Vec<Vec<(&'static str, i64)>> {
        let mut scores = vec![Vec::new(); feasible.len()];
        for (name, weight, score) in SCORES {
            let Some(raw) = score(self, feasible) else { continue };
            for (of_node, raw) in scores.iter_mut().zip(raw) {
                of_node.push((*name, raw * weight));
            }
        }
        scores
    }

    /// Finds a node among enough feasible ones, beginning with the one at `start`. `attempts` names
    /// the throw, so that a later attempt throws anew. Returns how many nodes were looked at, too.
    // Models pkg/scheduler/schedule_one.go findNodesThatPassFilters
    pub(super) fn attempt(&self, attempts: u64, start: usize) -> (Attempt, usize) {
        let enough = enough_feasible(self.nodes.len());
        let mut feasible: Vec<(usize, &NodeInfo)> = Vec::new();
        let mut stops = Vec::new();
        let unsuited = volume_binding::pre_filter(self);
        for offset in 0..self.nodes.len() {
            let index = (start + offset) % self.nodes.len();
            let Some(info) = self.nodes.get(index).filter(|_| unsuited.is_none()) else { break };
            match self.stopped_at(info) {
                Some((_, stop)) => stops.push((index, stop)),
                None => feasible.push((index, info)),
            }
            if feasible.len() >= enough {
                break;
            }
        }
        let looked = feasible.len() + stops.len();
        // In node order, whichever was looked at first.
        stops.order_by_key(|(index, _)| *index);
        feasible.order_by_key(|(index, _)| *index);
        let feasible: Vec<&NodeInfo> = feasible.into_iter().map(|(_, info)| info).collect();
        let stops: Vec<Stop> = stops.into_iter().map(|(_, stop)| stop).collect();
        (self.choose(attempts, &feasible, &stops), looked)
    }

    fn choose(&self, attempts: u64, feasible: &[&NodeInfo], stops: &[Stop]) -> Attempt {
        if let Some(reason) = volume_binding::pre_filter(self) {
            // No node was tried, so preemption finds nothing that it could change: `not found`.
            let message = format!("0/{} nodes are available: {reason}. not found", self.nodes.len());
            return Attempt::Fails { message, preemption: None };
        }
        if feasible.is_empty() {
            let (preemption, post_filter) = default_preemption::preempt(self, stops);
            return Attempt::Fails { message: fit_error(stops, &post_filter), preemption };
        }
        let totals: Vec<i64> =
            self.scored(feasible).iter().map(|scores| scores.iter().map(|(_, score)| score).sum()).collect();
        let chosen = throw(self.seen.settings.seed, self.pod, attempts, &totals);
        Attempt::Fits {
            node: feasible.get(chosen).map(|info| info.name()).unwrap_or_default().into(),
            feasible: i64::try_from(feasible.len()).unwrap_or(i64::MAX),
            nodes: i64::try_from(self.nodes.len()).unwrap_or(i64::MAX),
        }
    }
}

/// The place of the best node, by a throw of the Pod's dice between equals.
pub(super) fn throw(seed: u64, pod: &Value, attempts: u64, totals: &[i64]) -> usize {
    let best = totals.iter().copied().max().unwrap_or_default();
    let equals: Vec<usize> =
        totals.iter().enumerate().filter(|(_, total)| **total == best).map(|(place, _)| place).collect();
    let mut dice = Dice::new(seed, &["Pod", meta::uid(pod), "node"], attempts);
    let throw = usize::try_from(dice.below(equals.len() as u64)).unwrap_or_default();
    equals.get(throw).copied().unwrap_or_default()
}

/// How many feasible nodes are enough to choose among.
// Models numFeasibleNodesToFind, with percentageOfNodesToScore 0
pub(super) fn enough_feasible(nodes: usize) -> usize {
    const LEAST: usize = 100;
    if nodes < LEAST {
        return nodes;
    }
    let percentage = 50_usize.saturating_sub(nodes / 125).max(5);
    (nodes * percentage / 100).max(LEAST)
}

fn filters_of(stop: Option<&(usize, Stop)>) -> Vec<(&'static str, Verdict)> {
    let verdict = |index: usize| match stop {
        Some((at, _)) if index > *at => Verdict::NotAsked,
        Some((at, stop)) if index == *at => {
            Verdict::Stops { message: stop.reasons.join(", "), detail: stop.detail.clone() }
        }
        _ => Verdict::Passes,
    };
    FILTERS.iter().enumerate().map(|(index, (name, _))| (*name, verdict(index))).collect()
}

/// The message of a Pod for which there is no node.
// Models pkg/scheduler/framework/types.go FitError.Error
fn fit_error(stops: &[Stop], post_filter: &str) -> String {
    if stops.is_empty() {
        // Models pkg/scheduler/schedule_one.go ErrNoNodesAvailable
        return "no nodes available to schedule pods".to_owned();
    }
    let nodes = stops.len();
    let reasons = histogram(stops.iter().flat_map(|stop| stop.reasons.iter().map(String::as_str)));
    let mut message = format!("0/{nodes} nodes are available: {reasons}.");
    if !post_filter.is_empty() {
        // The plugin for dynamic resources speaks first; it never has anything to take back.
        message.push_str(" no new claims to deallocate, preemption: ");
        message.push_str(post_filter);
    }
    message
}

/// `1 Insufficient cpu, 2 node(s) were unschedulable`: sorted as text, as upstream sorts it.
pub(super) fn histogram<'a>(reasons: impl Iterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason).or_default() += 1;
    }
    let mut texts: Vec<String> = counts.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    texts.order();
    texts.join(", ")
}
