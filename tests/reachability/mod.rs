//! The tracer of a VPC held against traffic that really travels, on networks drawn at random.

mod random;
mod traffic;

use drydock::aws::vpc::cidr::Cidr;
use drydock::aws::vpc::reachability::{
    AclRule, GroupRule, HopKind, Match, Peer, Protocol, Topology, Trace, cure, trace,
};
use drydock::sim::Dice;
use random::{draw_flow, draw_topology};
use std::collections::BTreeMap;

const NETWORKS: u64 = 120;
const FLOWS: u64 = 60;

/// Every question on every network.
fn each(mut ask: impl FnMut(&Topology, &drydock::aws::vpc::reachability::Flow, &Trace, &mut Dice)) {
    for network in 0..NETWORKS {
        let mut dice = Dice::new(7, &["network"], network);
        let topology = draw_topology(&mut dice);
        for _ in 0..FLOWS {
            let flow = draw_flow(&topology, &mut dice);
            let told = trace(&topology, &flow);
            ask(&topology, &flow, &told, &mut dice);
        }
    }
}

#[test]
fn the_tracer_says_what_happens_to_packets() {
    let mut ends: BTreeMap<Option<HopKind>, u32> = BTreeMap::new();
    each(|topology, flow, told, _| {
        let arrives = traffic::answered(topology, flow);
        assert_eq!(arrives, told.reachable(), "{flow:?}\n{told:#?}\n{topology:#?}");
        *ends.entry(told.blocked_at().map(|hop| hop.kind)).or_default() += 1;
    });
    // The networks are varied enough to meet every obstacle, and some packets arrive.
    for kind in [
        None,
        Some(HopKind::SgEgress),
        Some(HopKind::SgIngress),
        Some(HopKind::NaclEgress),
        Some(HopKind::NaclIngress),
        Some(HopKind::Route),
        Some(HopKind::ReturnRoute),
        Some(HopKind::Igw),
        Some(HopKind::Nat),
        Some(HopKind::Peering),
        Some(HopKind::NoPublicIp),
        Some(HopKind::NoHost),
    ] {
        assert!(ends.get(&kind).is_some_and(|count| *count >= 3), "{kind:?} in {ends:?}");
    }
}

#[test]
fn a_rule_that_allows_never_blocks() {
    each(|topology, flow, told, dice| {
        if !told.reachable() {
            return;
        }
        let mut wider = topology.clone();
        let matches = Match { protocol: Protocol::All, ports: None };
        let number = u16::try_from(1 + dice.below(300)).unwrap();
        for acl in wider.network_acls.values_mut() {
            let rules = if dice.below(2) == 0 { &mut acl.ingress } else { &mut acl.egress };
            if rules.iter().all(|rule| rule.number != number) {
                rules.push(AclRule { number, allows: true, matches, cidr: random::block(dice) });
            }
        }
        for group in wider.security_groups.values_mut() {
            group.ingress.push(GroupRule { matches, peer: Peer::Cidr(Cidr::ALL) });
            group.egress.push(GroupRule { matches, peer: Peer::Cidr(random::block(dice)) });
        }
        assert!(trace(&wider, flow).reachable(), "{flow:?} {wider:#?}");
    });
}

#[test]
fn a_cure_lets_the_packet_past_what_stopped_it() {
    let (mut cured, mut arrived) = (0, 0);
    each(|topology, flow, told, _| {
        let Some(cure) = cure(topology, flow, told) else { return };
        let hop = told.blocked_at().expect("only what is stopped is cured");
        let after = trace(&cure.applied(topology), flow);
        cured += 1;
        arrived += u32::from(after.reachable());
        // A gateway has several conditions: the next one is another obstacle.
        let still = after.blocked_at().is_some_and(|at| {
            (![HopKind::Igw, HopKind::Peering].contains(&at.kind) || at.rule == hop.rule)
                && (at.kind, &at.component, at.direction, &at.subnet)
                    == (hop.kind, &hop.component, hop.direction, &hop.subnet)
        });
        assert!(!still, "{flow:?}\n{cure:?}\n{hop:?}\n{after:#?}\n{topology:#?}");
    });
    assert!(cured > 1000 && arrived > 200, "{cured} cured, {arrived} arrived");
}
