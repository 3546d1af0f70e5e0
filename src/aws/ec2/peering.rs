//! Peering connections.
// Source: Amazon VPC Peering Guide, "VPC peering lifecycle".

use super::kinds::{PEERING, VPC, done};
use super::{network, route};
use crate::aws::Context;
use crate::aws::api::{Answer, Error};
use crate::document::Value;
use crate::sim::secs;
use crate::tree;

/// Nobody accepts: after this long the request expires.
const EXPIRES_AFTER_S: u64 = 7 * 24 * 3600;
/// How long a connection stays visible after its end.
const FORGOTTEN_AFTER_S: u64 = 2 * 3600;

/// Whether it is there or may still come to be.
pub fn is_alive(peering: &Value) -> bool {
    matches!(peering.str_at(&["Status", "Code"]), "active" | "pending-acceptance" | "provisioning")
}

fn side(context: &Context<'_, '_>, id: &str, vpc: &Value) -> Value {
    tree!({
        "CidrBlock": vpc.str_at(&["CidrBlock"]),
        "CidrBlockSet": Value::list(network::cidrs(vpc).iter().map(|block| tree!({ "CidrBlock": block.to_string() }))),
        "OwnerId": context.caller.account.clone(), "VpcId": id, "Region": context.region.clone(),
        "PeeringOptions": {
            "AllowDnsResolutionFromRemoteVpc": false, "AllowEgressFromLocalClassicLinkToRemoteVpc": false,
            "AllowEgressFromLocalVpcToRemoteClassicLink": false,
        },
    })
}

pub fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (own_id, own) = VPC.named(context, params, "VpcId")?;
    let (peer_id, peer) = VPC.named(context, params, "PeerVpcId")?;
    let account = &context.caller.account;
    let overlaps =
        network::cidrs(&own).iter().any(|one| network::cidrs(&peer).iter().any(|other| one.overlaps(*other)));
    let (code, message) = if overlaps {
        ("failed", "The VPC peering connection has failed because of overlapping CIDR blocks.".to_owned())
    } else {
        ("pending-acceptance", format!("Pending Acceptance by {account}"))
    };
    let peering = tree!({
        "RequesterVpcInfo": side(context, &own_id, &own), "AccepterVpcInfo": side(context, &peer_id, &peer),
        "Status": { "Code": code, "Message": message },
    });
    let id = PEERING.make(context, peering, params);
    let key = context.key(PEERING.kind, &id);
    context.schedule_background(secs(EXPIRES_AFTER_S), "ec2", "expire", &key);
    let mut answer = PEERING.find(context, &id)?;
    if code != "failed" {
        answer.set(&["Status", "Code"], "initiating-request");
        answer.set(&["Status", "Message"], format!("Initiating Request to {}", context.caller.account));
    }
    Ok(tree!({ "VpcPeeringConnection": answer }))
}

/// Accepts, rejects.
pub fn answer(context: &mut Context<'_, '_>, params: &Value, accepts: bool) -> Answer {
    let (id, peering) = PEERING.named(context, params, "VpcPeeringConnectionId")?;
    let code = peering.str_at(&["Status", "Code"]);
    if code != "pending-acceptance" {
        let message = format!(
            "VPC peering connection {id} is not in a state from which it can be {}. Current state is {code}.",
            if accepts { "accepted" } else { "rejected" }
        );
        return Err(Error::new("InvalidStateTransition", message));
    }
    let status = if accepts {
        tree!({ "Code": "active", "Message": "Active" })
    } else {
        tree!({ "Code": "rejected", "Message": format!("Rejected by {}", context.caller.account) })
    };
    PEERING.change(context, &id, &["Status"], status);
    if accepts { Ok(tree!({ "VpcPeeringConnection": PEERING.find(context, &id)? })) } else { done() }
}

pub fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, _) = PEERING.named(context, params, "VpcPeeringConnectionId")?;
    let message = format!("Deleted by {}", context.caller.account);
    PEERING.change(context, &id, &["Status"], tree!({ "Code": "deleted", "Message": message }));
    route::blackhole(context, &id);
    let key = context.key(PEERING.kind, &id);
    context.schedule_background(secs(FORGOTTEN_AFTER_S), "ec2", "forget", &key);
    done()
}

/// The request has waited too long.
pub fn expire(context: &mut Context<'_, '_>, id: &str) {
    let waits = context.get(PEERING.kind, id).is_some_and(|it| it.str_at(&["Status", "Code"]) == "pending-acceptance");
    if waits {
        PEERING.change(context, id, &["Status"], tree!({ "Code": "expired", "Message": "Expired" }));
    }
}
