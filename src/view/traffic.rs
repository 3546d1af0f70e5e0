//! The Traffic lens: clients that send requests, what was answered, and what was lost and why.

use super::said::{self, Say};
use crate::kube::api::{Key, Resource, meta};
use crate::kube::network::traffic::{Client, Loss, Plan, Second};
use crate::session::{Msg, Session};
use crate::sim::SimTime;
use crate::world::Break;
use std::rc::Rc;

/// How many seconds are drawn.
pub const SECONDS_SHOWN: u64 = 60;
/// How many losses are listed.
const LOSSES_SHOWN: usize = 12;

/// One second's column: its parts, in thousandths of the highest column.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Column {
    /// Answered.
    pub answered: u64,
    /// Lost.
    pub lost: u64,
}

/// One stretch of losses.
#[derive(Clone, PartialEq, Debug)]
pub struct LossRow {
    /// From when.
    pub from: SimTime,
    /// How many.
    pub count: u64,
    /// Where, if at an object.
    pub about: Option<Key>,
    /// Why, as a sentence.
    pub why: Say,
}

/// One client.
#[derive(Clone, PartialEq, Debug)]
pub struct ClientView {
    /// Its name.
    pub name: Rc<str>,
    /// Where it sends.
    pub target: Rc<str>,
    /// How many requests in a second.
    pub per_second: u64,
    /// All that was answered.
    pub answered: u64,
    /// All that was lost.
    pub lost: u64,
    /// The last second's mean time to an answer, in microseconds.
    pub latency_micros: u64,
    /// The last minute, oldest first.
    pub columns: Vec<Column>,
    /// Where the requests went last, with how many each in a tenth of a second.
    pub shares: Vec<(Key, u64)>,
    /// The last losses, newest first.
    pub losses: Vec<LossRow>,
    /// What makes it stop.
    pub cease: Msg,
}

/// The whole lens.
#[derive(Clone, PartialEq, Debug)]
pub struct TrafficView {
    /// Every client.
    pub clients: Vec<ClientView>,
}

/// The clients of a session's world at the playhead.
#[must_use]
pub fn view(session: &Session) -> TrafficView {
    let now = session.world().now().as_secs();
    TrafficView { clients: session.world().cluster().clients().map(|client| of(client, now)).collect() }
}

fn of(client: &Client, now: u64) -> ClientView {
    let plan = &client.plan;
    let recent = |second: u64| client.seconds.iter().rev().find(|known| known.second == second).copied();
    let first = now.saturating_sub(SECONDS_SHOWN - 1);
    let seconds: Vec<Second> = (first..=now).map(|second| recent(second).unwrap_or_default()).collect();
    let highest = seconds.iter().map(|second| second.answered + second.lost).max().unwrap_or_default().max(1);
    let columns = seconds
        .iter()
        .map(|second| Column { answered: second.answered * 1000 / highest, lost: second.lost * 1000 / highest });
    let losses = client.losses.iter().rev().take(LOSSES_SHOWN).map(row);
    ClientView {
        name: plan.name.clone(),
        target: format!("http://{}:{}{}", plan.host, plan.port, plan.path).into(),
        per_second: plan.per_second,
        answered: client.answered,
        lost: client.lost,
        latency_micros: client.seconds.back().map(|last| last.latency_micros).unwrap_or_default(),
        columns: columns.collect(),
        shares: client.shares.clone(),
        losses: losses.collect(),
        cease: Msg::Break(Break::Cease(plan.name.clone())),
    }
}

fn row(loss: &Loss) -> LossRow {
    LossRow { from: loss.from, count: loss.count, about: loss.about.clone(), why: said::because(&loss.why) }
}

/// How many requests a second the inspector offers to send.
const OFFERED: u64 = 1000;

/// What the inspector offers for a Service: to send it requests, or to stop that.
#[must_use]
pub fn switch(session: &Session, key: &Key) -> Option<(Say, Break)> {
    if key.resource != Resource::SERVICES {
        return None;
    }
    let cluster = session.world().cluster();
    if cluster.clients().any(|client| client.plan.name == key.name) {
        return Some((Say::new("mend-traffic"), Break::Cease(key.name.clone())));
    }
    let service = cluster.get(key)?;
    let port = service.items_at(&["spec", "ports"]).first()?;
    let (node, kubelet) = cluster.kubelets().next()?;
    let balancer = service.items_at(&["status", "loadBalancer", "ingress"]).first().map(|it| it.str_at(&["ip"]));
    let cluster_ip = service.str_at(&["spec", "clusterIP"]);
    let inside: Rc<str> = format!("node/{node}").into();
    let (from, host, number): (Rc<str>, Rc<str>, i64) = match (balancer, port.int_at(&["nodePort"])) {
        (Some(address), _) if !address.is_empty() => ("".into(), address.into(), port.int_at(&["port"])?),
        (_, Some(number)) if number > 0 => ("".into(), kubelet.machine().address.clone(), number),
        _ if cluster_ip.is_empty() || cluster_ip == "None" => return None,
        _ => (inside, cluster_ip.into(), port.int_at(&["port"])?),
    };
    let plan =
        Plan { name: meta::name(service).into(), from, host, port: number, path: "/".into(), per_second: OFFERED };
    Some((Say::new("break-traffic").with("count", i64::try_from(OFFERED).unwrap_or_default()), Break::Send(plan)))
}
