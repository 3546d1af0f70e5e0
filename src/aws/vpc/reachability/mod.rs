//! Can a packet get from here to there, and if not, what stops it? One engine for the tracer, for
//! the lessons' "why can nobody reach it", and for simulated traffic.
//!
//! [`trace`] follows a packet and its answer through a [`Topology`] as the Amazon VPC user guide
//! says they travel: security groups (stateful: answers are never checked), network ACLs
//! (stateless: both ways, at the edge of a subnet), the longest matching route, gateways. The
//! first thing that stops it ends the walk; [`cure`] says what one change would let it past.
//!
//! Not here: IPv6, transit and virtual private gateways, routes more specific than local ones,
//! bandwidth, endpoint policies.
//!
//! Invariant: a topology is a plain value and nothing is remembered between two walks, so the same
//! question has the same answer, whoever asks.
//! Invariant: adding a rule that allows never makes anything unreachable.

mod cure;
mod hop;
mod topology;
mod walk;

pub use cure::{Cure, cure};
pub use hop::{Direction, Hop, HopKind, Packet, Rule, Trace, reason};
pub use topology::{
    AclRule, Endpoint, EndpointKind, Flow, Goal, GroupRule, Host, Id, Match, NatGateway, NetworkAcl, Peer, Peering,
    Protocol, Route, SecurityGroup, Start, Subnet, Topology, Vpc,
};
pub use walk::trace;
