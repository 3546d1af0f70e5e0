//! Virtual private clouds: their address blocks, and what can reach what in them.
//!
//! [`cidr`] has the blocks; [`reachability`] has the engine that follows packets. The resources
//! themselves (subnets, route tables, gateways and the rest) are EC2's, as they are for AWS.
//!
//! Invariant: nothing here knows an API call or a store; it computes over plain values.

pub mod cidr;
pub mod reachability;
