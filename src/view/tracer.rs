//! The packet tracer: from here to there, hop by hop; what stopped it; the one line that would let
//! it through.

use super::cloud::{self, ThingKind};
use super::said::Say;
use super::why::{self, Link};
use crate::aws::Cloud;
use crate::aws::ec2::kinds;
use crate::aws::ec2::topology::{Reach, Silent};
pub use crate::aws::vpc::reachability::HopKind;
use crate::aws::vpc::reachability::{
    Cure, Direction, Flow, GroupRule, Hop, Match, Peer, Protocol, Rule, Start, cure, reason,
};
use crate::session::{Question, Session};
use crate::world::packet::{Network, peer_text, rule_text};
use std::rc::Rc;

pub use crate::world::packet::{LAPTOP, OUTSIDE};

/// Somewhere that a packet can come from or go to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct End {
    /// What the question says.
    pub id: Rc<str>,
    /// What kind of thing it is.
    pub kind: &'static str,
    /// Its name.
    pub name: Rc<str>,
    /// Whether a packet can come from here.
    pub sends: bool,
}

/// One hop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HopView {
    /// Which kind: the key of its title is `hop-KIND`.
    pub kind: HopKind,
    /// Whose it is: ids, or an address.
    pub component: Rc<str>,
    /// Its name, where people gave it one.
    pub name: Rc<str>,
    /// What decided.
    pub detail: Option<Say>,
    /// Whether it is the answer that is on its way.
    pub is_answer: bool,
    /// Whether it got past.
    pub passed: bool,
    /// The subnet.
    pub subnet: Rc<str>,
}

/// The answer to a question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TraceView {
    /// The question.
    pub question: Rc<Question>,
    /// The hops.
    pub hops: Vec<HopView>,
    /// Why nobody answers although everything lets it through.
    pub silent: Option<Say>,
    /// Whether there is an answer.
    pub answers: bool,
    /// The command of the change that would let it past.
    pub cure: Option<Rc<str>>,
    /// What has happened to the thing that the packet goes to, or to what stopped it.
    pub past: Vec<Link>,
}

/// Where packets can come from and go to.
#[must_use]
pub fn ends(session: &Session) -> Vec<End> {
    let Some(view) = cloud::view(session) else { return Vec::new() };
    let end = |id: &Rc<str>, kind, name: &Rc<str>, sends| End { id: id.clone(), kind, name: name.clone(), sends };
    let laptop: Rc<str> = LAPTOP.into();
    let mut ends = vec![end(&laptop, "cloud-laptop", &laptop, true)];
    for thing in view.things().filter(|thing| thing.kind != ThingKind::Nat) {
        ends.push(end(&thing.id, thing.kind.word(), &thing.name, thing.kind != ThingKind::Balancer));
    }
    let outside: Rc<str> = OUTSIDE.into();
    ends.push(end(&outside, "cloud-outside", &outside, false));
    for service in ["s3", "ecr.api", "sts", "eks"] {
        ends.push(end(&service.into(), "cloud-service", &service.into(), false));
    }
    ends
}

/// The answer to the question that is asked.
#[must_use]
pub fn view(session: &Session) -> Option<TraceView> {
    let question = session.question.clone()?;
    let cloud = session.world().cloud();
    let network = Network::of(cloud);
    let question = Rc::new(network.resolved(&question));
    let topology = &network.topology;
    let reach = network.reach(&network.flow(&question));
    let hops = reach.legs.iter().flat_map(|(flow, trace)| trace.hops.iter().map(move |hop| (flow, hop)));
    let hops: Vec<HopView> = hops.map(|(flow, hop)| hop_view(cloud, &network, flow, hop)).collect();
    let about = hops.last().filter(|hop| !hop.passed).map_or(&question.to, |hop| &hop.component);
    let past = why::of_cloud(session, about);
    let last = reach.last().and_then(|(flow, trace)| cure(topology, flow, trace));
    Some(TraceView {
        question: question.clone(),
        hops,
        answers: reach.answers(),
        silent: silence(&reach),
        cure: last.and_then(|cure| command(cloud, &cure)).map(Into::into),
        past,
    })
}

fn silence(reach: &Reach) -> Option<Say> {
    let (key, id) = match reach.silent.as_ref()? {
        Silent::NotRunning(id) => ("trace-not-running", id),
        Silent::NotListening(id) => ("trace-not-listening", id),
        Silent::NoListener(id) => ("trace-no-listener", id),
        Silent::NoTarget(id) => ("trace-no-target", id),
    };
    Some(Say::new(key).with("name", id))
}

/// The name of whatever has an id.
fn name_of(cloud: &Cloud, id: &str) -> Rc<str> {
    let Some(kind) = kinds::kind_of(id) else { return "".into() };
    let found = cloud::all(cloud, kind.kind).find(|(own, _)| **own == *id);
    found
        .map(|(_, value)| match value.str_at(&["GroupName"]) {
            "" => cloud::named(value),
            name => name.into(),
        })
        .unwrap_or_default()
}

fn hop_view(cloud: &Cloud, network: &Network<'_>, flow: &Flow, hop: &Hop) -> HopView {
    HopView {
        kind: hop.kind,
        component: hop.component.clone(),
        name: name_of(cloud, &hop.component),
        detail: detail(network, flow, hop),
        is_answer: hop.direction == Direction::Return,
        passed: hop.passed,
        subnet: hop.subnet.clone(),
    }
}

/// What decided at a hop.
fn detail(network: &Network<'_>, flow: &Flow, hop: &Hop) -> Option<Say> {
    let packet = hop.packet;
    let far = match hop.kind {
        HopKind::SgEgress | HopKind::NaclEgress => packet.destination,
        _ => packet.source,
    };
    let wanted = || {
        let ports = (packet.protocol != Protocol::Icmp).then_some((packet.port, packet.port));
        rule_text(Match { protocol: packet.protocol, ports }, &far.to_string())
    };
    Some(match (hop.kind, &hop.rule) {
        (HopKind::SgEgress | HopKind::SgIngress, Rule::Group(id, place)) => {
            let group = network.topology.security_groups.get(id)?;
            let rules = if hop.kind == HopKind::SgEgress { &group.egress } else { &group.ingress };
            let rule = rules.get(usize::try_from(*place).ok()?)?;
            Say::new("hop-allows").with("rule", rule_text(rule.matches, &peer_text(&rule.peer)).as_str())
        }
        (HopKind::SgEgress | HopKind::SgIngress, _) => Say::new("hop-no-rule").with("wanted", wanted().as_str()),
        (HopKind::NaclEgress | HopKind::NaclIngress, Rule::Number(number)) => {
            let key = if hop.passed { "hop-acl-allows" } else { "hop-acl-denies" };
            Say::new(key).with("number", i64::from(*number)).with("packet", wanted().as_str())
        }
        (HopKind::NaclEgress | HopKind::NaclIngress, _) => Say::new("hop-acl-rest").with("packet", wanted().as_str()),
        (HopKind::Route | HopKind::ReturnRoute, Rule::Route(block)) => {
            let key = if hop.passed { "hop-route-to" } else { "hop-route-wrong" };
            let target = network.target(&hop.component, *block);
            Say::new(key).with("block", block.to_string().as_str()).with("target", &*target)
        }
        (HopKind::Route | HopKind::ReturnRoute, Rule::PrefixList(name)) => {
            Say::new("hop-route-list").with("service", name)
        }
        (HopKind::Route | HopKind::ReturnRoute, _) => {
            Say::new("hop-route-none").with("address", packet.destination.to_string().as_str())
        }
        (HopKind::Igw, Rule::Reason(why)) => Say::new(match &**why {
            reason::NO_PUBLIC_IP => "hop-igw-no-address",
            reason::NOT_ATTACHED => "hop-igw-not-attached",
            _ => "hop-igw-none",
        }),
        (HopKind::Igw, _) => match &flow.from {
            Start::Internet(_) => Say::new("hop-igw-in"),
            Start::Host(_) => Say::new("hop-igw-out").with("address", packet.source.to_string().as_str()),
        },
        (HopKind::Nat, Rule::Reason(_)) => Say::new("hop-nat-private"),
        (HopKind::Nat, _) if !hop.passed => Say::new("hop-nat-closed"),
        (HopKind::Nat, _) => Say::new("hop-nat-out"),
        (HopKind::Peering, Rule::Reason(why)) => Say::new(match &**why {
            reason::NOT_TRANSITIVE => "hop-peering-not-transitive",
            _ => "hop-peering-not-active",
        })
        .with("status", why),
        (HopKind::NoHost, _) => Say::new("hop-no-host-detail"),
        (HopKind::NoPublicIp, _) => Say::new("hop-no-public-ip-detail"),
        _ => return None,
    })
}

// ---- the cure, as a command

/// The command line of a change.
fn command(cloud: &Cloud, cure: &Cure) -> Option<String> {
    Some(match cure {
        Cure::AuthorizeGroup { group, egress, rule } => authorize(group, *egress, rule),
        Cure::AddAclEntry { acl, egress, rule } | Cure::ReplaceAclEntry { acl, egress, rule } => {
            let verb = if matches!(cure, Cure::AddAclEntry { .. }) { "create" } else { "replace" };
            let side = if *egress { "egress" } else { "ingress" };
            let ports = rule.matches.ports.map(|(from, to)| format!(" --port-range From={from},To={to}"));
            format!(
                "aws ec2 {verb}-network-acl-entry --network-acl-id {acl} --{side} --rule-number {} --protocol {}{} --cidr-block {} --rule-action allow",
                rule.number,
                rule.matches.protocol.as_str(),
                ports.unwrap_or_default(),
                rule.cidr
            )
        }
        Cure::AddRoute { table, route } | Cure::ReplaceRoute { table, route } => {
            let verb = if matches!(cure, Cure::AddRoute { .. }) { "create" } else { "replace" };
            let member = match route.target.split('-').next() {
                Some("nat") => "nat-gateway-id",
                Some("pcx") => "vpc-peering-connection-id",
                _ => "gateway-id",
            };
            format!(
                "aws ec2 {verb}-route --route-table-id {table} --destination-cidr-block {} --{member} {}",
                route.destination, route.target
            )
        }
        Cure::AttachGateway { gateway, vpc } => {
            format!("aws ec2 attach-internet-gateway --internet-gateway-id {gateway} --vpc-id {vpc}")
        }
        Cure::GivePublicAddress { host } => {
            let mut addresses = cloud::all(cloud, kinds::ADDRESS.kind);
            let member = if host.starts_with("i-") { "instance-id" } else { "network-interface-id" };
            match addresses.find(|(_, it)| it.get("AssociationId").is_none()) {
                Some((id, _)) => format!("aws ec2 associate-address --{member} {host} --allocation-id {id}"),
                // There is none to give yet; the next look offers it.
                None => "aws ec2 allocate-address".to_owned(),
            }
        }
        Cure::AcceptPeering { peering } => {
            format!("aws ec2 accept-vpc-peering-connection --vpc-peering-connection-id {peering}")
        }
    })
}

fn authorize(group: &str, egress: bool, rule: &GroupRule) -> String {
    let protocol = rule.matches.protocol.as_str();
    let (first, last) = rule.matches.ports.map_or((-1, -1), |(first, last)| (i32::from(first), i32::from(last)));
    if egress {
        let peer = match &rule.peer {
            Peer::Cidr(block) => format!("IpRanges=[{{CidrIp={block}}}]"),
            Peer::Group(id) => format!("UserIdGroupPairs=[{{GroupId={id}}}]"),
            Peer::PrefixList(id) => format!("PrefixListIds=[{{PrefixListId={id}}}]"),
        };
        return format!(
            "aws ec2 authorize-security-group-egress --group-id {group} --ip-permissions IpProtocol={protocol},FromPort={first},ToPort={last},{peer}"
        );
    }
    let port = if first == last { first.to_string() } else { format!("{first}-{last}") };
    let peer = match &rule.peer {
        Peer::Cidr(block) => format!("--cidr {block}"),
        Peer::Group(id) | Peer::PrefixList(id) => format!("--source-group {id}"),
    };
    format!("aws ec2 authorize-security-group-ingress --group-id {group} --protocol {protocol} --port {port} {peer}")
}
