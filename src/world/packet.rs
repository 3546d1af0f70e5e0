//! A packet from here to there: what a person asks of the cloud's network, in the words that
//! people use, and what the network answers.
//!
//! The tracer on the Map and `drydock trace` in the terminal both ask here, so that they never
//! say two things.

use crate::aws::Cloud;
use crate::aws::ec2::kinds;
use crate::aws::ec2::topology::{Reach, Silent};
pub use crate::aws::vpc::reachability::{Direction, HopKind};
use crate::aws::vpc::reachability::{Flow, Goal, Hop, Match, Peer, Protocol, Rule, Start, Topology};
use crate::aws::{ec2, elb};
use crate::document::Value;
use crate::world::World;
use std::net::Ipv4Addr;
use std::rc::Rc;

/// The address from which a laptop somewhere on the internet asks (TEST-NET-2: nobody's).
pub const LAPTOP: &str = "198.51.100.7";
/// An address somewhere else on the internet.
pub const OUTSIDE: &str = "93.184.216.34";

/// Would a packet get from here to there? Asked of the cloud's network, as it is at the playhead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// From: the id or the name of a thing, an address, `laptop`.
    pub from: Rc<str>,
    /// To: the id, name or DNS name of a thing, an address, the name of a service, `internet`.
    pub to: Rc<str>,
    /// `tcp`, `udp` or `icmp`.
    pub protocol: Rc<str>,
    /// The port.
    pub port: u16,
}

/// The port that is meant where none is named.
const PORT: u16 = 80;

impl Question {
    /// Reads `FROM TO[:PORT] [PROTOCOL]`.
    #[must_use]
    pub fn parse(words: &[&str]) -> Option<Self> {
        let (&[from, to], protocol) = (words.get(..2)?, words.get(2).copied().unwrap_or("tcp")) else { return None };
        let (to, port) = match to.rsplit_once(':') {
            Some((to, port)) => (to, port.parse().ok()?),
            None => (to, PORT),
        };
        let is_known = words.len() <= 3 && ["tcp", "udp", "icmp"].contains(&protocol);
        is_known.then(|| Self { from: from.into(), to: to.into(), protocol: protocol.into(), port })
    }
}

/// What became of a packet, for a client that has no pictures.
#[derive(Clone, PartialEq, Debug)]
pub struct Traced {
    /// The question, with ids instead of names.
    pub question: Question,
    /// What it met, in order.
    pub hops: Vec<Hop>,
    /// The rule that decided at each hop, as people write it; empty where none did.
    pub rules: Vec<String>,
    /// How it ended.
    pub ending: Ending,
}

/// How a packet's way ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ending {
    /// There is an answer: of a web server's, the page.
    Answered(Rc<str>),
    /// The last hop stopped it.
    Stopped,
    /// It arrives, and nothing listens at the port.
    Refused(Rc<str>),
    /// It arrives where nothing runs.
    NotRunning(Rc<str>),
    /// A load balancer takes it and knows nobody to hand it to.
    NoTarget(Rc<str>),
}

/// The network that a question is asked of.
pub struct Network<'a> {
    cloud: &'a Cloud,
    region: Rc<str>,
    /// The network as it is.
    pub topology: Topology,
}

impl<'a> Network<'a> {
    /// The network of the learner's account and region.
    #[must_use]
    pub fn of(cloud: &'a Cloud) -> Self {
        let region = cloud.settings().region.clone();
        Self { cloud, topology: cloud.topology(&region), region }
    }

    fn all(&self, kind: &'a str) -> impl Iterator<Item = (Rc<str>, &'a Value)> + use<'a> {
        let account = &self.cloud.settings().account;
        self.cloud.of_kind(account, &self.region, kind).map(|(key, value)| (key.id.clone(), value))
    }

    /// The question with ids instead of names. An end that nobody has stays as it is.
    #[must_use]
    pub fn resolved(&self, question: &Question) -> Question {
        Question { from: self.end(&question.from), to: self.end(&question.to), ..question.clone() }
    }

    fn end(&self, name: &Rc<str>) -> Rc<str> {
        match &**name {
            "laptop" => return LAPTOP.into(),
            "internet" => return OUTSIDE.into(),
            _ => {}
        }
        let is_named = |value: &Value| kinds::tag(value, "Name").is_some_and(|own| *own == **name);
        let lives = |value: &Value| value.get("SubnetId").is_some();
        let instance = self.all(kinds::INSTANCE.kind).find(|(_, it)| is_named(it) && lives(it));
        let balancer = || {
            let found = self.all(elb::LOAD_BALANCER).find(|(_, it)| it.str_at(&["LoadBalancerName"]) == &**name)?;
            found.1.get("DNSName")?.as_shared()
        };
        instance.map(|(id, _)| id).or_else(balancer).unwrap_or_else(|| name.clone())
    }

    /// Whether an end of a resolved question is one that anybody knows.
    #[must_use]
    pub fn knows(&self, end: &str) -> bool {
        end.parse::<Ipv4Addr>().is_ok()
            || self.topology.hosts.contains_key(end)
            || self.topology.services.contains_key(end)
            || self.all(elb::LOAD_BALANCER).any(|(_, it)| it.str_at(&["DNSName"]) == end)
    }

    /// A resolved question as the network takes it.
    #[must_use]
    pub fn flow(&self, question: &Question) -> Flow {
        let from = match question.from.parse() {
            Ok(address) => match self.topology.hosts.iter().find(|(_, host)| host.private_ip == address) {
                Some((id, _)) => Start::Host(id.clone()),
                None => Start::Internet(address),
            },
            Err(_) => Start::Host(question.from.clone()),
        };
        let to = match question.to.parse() {
            Ok(address) => Goal::Address(address),
            Err(_) if self.topology.services.contains_key(&question.to) => Goal::Service(question.to.clone()),
            Err(_) => Goal::Host(question.to.clone()),
        };
        Flow::new(from, to, Protocol::parse(&question.protocol).unwrap_or(Protocol::Tcp), question.port)
    }

    /// What becomes of a packet.
    #[must_use]
    pub fn reach(&self, flow: &Flow) -> Reach {
        self.cloud.reach_in(&self.topology, &self.region, flow)
    }

    /// The rule that decided at a hop, as people write it.
    #[must_use]
    pub fn rule(&self, hop: &Hop) -> String {
        match &hop.rule {
            Rule::None | Rule::Reason(_) => String::new(),
            Rule::Number(number) => number.to_string(),
            Rule::Rest => "*".to_owned(),
            Rule::Route(block) => format!("{block} -> {}", self.target(&hop.component, *block)),
            Rule::PrefixList(name) => name.to_string(),
            Rule::Group(id, place) => {
                let is_egress = hop.kind == HopKind::SgEgress;
                let group = self.topology.security_groups.get(id);
                let rules = group.map(|group| if is_egress { &group.egress } else { &group.ingress });
                let rule = rules.zip(usize::try_from(*place).ok()).and_then(|(rules, place)| rules.get(place));
                rule.map(|rule| rule_text(rule.matches, &peer_text(&rule.peer))).unwrap_or_default()
            }
        }
    }

    /// Where a route of a table leads.
    #[must_use]
    pub fn target(&self, table: &str, block: crate::aws::vpc::cidr::Cidr) -> Rc<str> {
        let routes = self.topology.route_tables.get(table).into_iter().flatten();
        let found = routes.into_iter().find(|route| route.destination == block).map(|route| route.target.clone());
        found.unwrap_or_else(|| "local".into())
    }

    fn ending(&self, reach: &Reach) -> Ending {
        match &reach.silent {
            Some(Silent::NotRunning(id)) => return Ending::NotRunning(id.clone()),
            Some(Silent::NotListening(id)) => return Ending::Refused(id.clone()),
            Some(Silent::NoListener(id) | Silent::NoTarget(id)) => return Ending::NoTarget(id.clone()),
            None => {}
        }
        if !reach.answers() {
            return Ending::Stopped;
        }
        let last = reach.last().and_then(|(_, trace)| {
            let host = |hop: &&Hop| hop.kind == HopKind::Host;
            trace.hops.iter().rev().find(host)
        });
        let instance = last.and_then(|hop| self.all(kinds::INSTANCE.kind).find(|(id, _)| *id == hop.component));
        Ending::Answered(instance.map(|(_, it)| ec2::page(it)).unwrap_or_default().into())
    }
}

impl World {
    /// What becomes of a packet. None: one of its ends is nowhere, and this is its name.
    ///
    /// # Errors
    /// The end that nobody knows.
    pub fn trace(&self, question: &Question) -> Result<Traced, Rc<str>> {
        let network = Network::of(&self.cloud);
        let question = network.resolved(question);
        for end in [&question.from, &question.to] {
            if !network.knows(end) {
                return Err(end.clone());
            }
        }
        let reach = network.reach(&network.flow(&question));
        let hops: Vec<Hop> = reach.legs.iter().flat_map(|(_, trace)| trace.hops.iter().cloned()).collect();
        let rules = hops.iter().map(|hop| network.rule(hop)).collect();
        Ok(Traced { ending: network.ending(&reach), rules, hops, question })
    }
}

/// A rule as people write it: `tcp 80, 0.0.0.0/0`.
#[must_use]
pub fn rule_text(matches: Match, peer: &str) -> String {
    let protocol = matches.protocol.as_str();
    match (matches.protocol, matches.ports) {
        (Protocol::All, _) => format!("all, {peer}"),
        (_, None) => format!("{protocol}, {peer}"),
        (_, Some((first, last))) if first == last => format!("{protocol} {first}, {peer}"),
        (_, Some((first, last))) => format!("{protocol} {first}-{last}, {peer}"),
    }
}

/// Whom a rule means.
#[must_use]
pub fn peer_text(peer: &Peer) -> String {
    match peer {
        Peer::Cidr(block) => block.to_string(),
        Peer::Group(id) | Peer::PrefixList(id) => id.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_reads_as_it_is_typed() {
        let asked = Question::parse(&["laptop", "web:443"]).unwrap();
        assert_eq!((&*asked.from, &*asked.to, &*asked.protocol, asked.port), ("laptop", "web", "tcp", 443));
        assert_eq!(Question::parse(&["web", "internet"]).unwrap().port, 80);
        assert_eq!(&*Question::parse(&["web", "10.0.1.5:53", "udp"]).unwrap().protocol, "udp");
        for wrong in [&["web"][..], &["web", "db:http"], &["web", "db", "sctp"], &["web", "db", "tcp", "more"]] {
            assert_eq!(Question::parse(wrong), None, "{wrong:?}");
        }
    }
}
