//! The service controller with a stand-in for the cloud behind it: a Service of type LoadBalancer
//! gets an address after a while, and so do Ingresses, as from an ingress controller that somebody
//! has installed. Only where the cluster's settings say that there is such a stand-in.
// Models staging/src/k8s.io/cloud-provider/controllers/service/controller.go syncLoadBalancerIfNeeded

use crate::document::Value;
use crate::kube::api::{Key, Object, Request, Resource, User, Verb, meta};
use crate::kube::controller::Controller;
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::{Change, ChangeKind, SimTime, secs};
use crate::tree;
use std::rc::Rc;

/// How long a load balancer takes to be made.
const MAKING: SimTime = secs(5);
/// The address at which the ingress controller answers.
pub const INGRESS_ADDRESS: &str = "172.18.255.100";

/// Which keys a change makes it look at.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, seen: &Snapshot<'_>) -> Vec<Key> {
    let is_ours = matches!(change.key.resource, Resource::SERVICES | Resource::INGRESSES);
    if is_ours && seen.settings.has_stand_ins && change.kind != ChangeKind::Deleted {
        vec![change.key.clone()]
    } else {
        Vec::new()
    }
}

/// Looks at one Service or Ingress.
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let mut outcome = Outcome::settled();
    let Some(object) = seen.get(key).filter(|object| !meta::is_deleting(object)) else { return outcome };
    let has_address = !object.items_at(&["status", "loadBalancer", "ingress"]).is_empty();
    if key.resource == Resource::INGRESSES {
        if !has_address {
            let user = User::new("system:serviceaccount:ingress-nginx:ingress-nginx", &["system:masters"]);
            address(&mut outcome, user, key, object, INGRESS_ADDRESS);
        }
        return outcome;
    }
    let wants =
        object.str_at(&["spec", "type"]) == "LoadBalancer" && object.str_at(&["spec", "loadBalancerClass"]).is_empty();
    if wants == has_address {
        return outcome;
    }
    if !wants {
        let body = object.value.clone().with(&["status", "loadBalancer"], Value::map());
        let request = Request::new(Controller::Service.user(), Verb::Update, key).on("status").with_body(body);
        outcome.request(request.managed_by("cloud-controller-manager"), Why::Observed);
        return outcome;
    }
    let age = seen.now.since(meta::created_at(object));
    if age < MAKING {
        outcome.event(object, "Normal", "EnsuringLoadBalancer", "Ensuring load balancer");
        outcome.requeue_in(MAKING - age);
        return outcome;
    }
    let taken: Vec<&str> = seen
        .list(Resource::SERVICES, "")
        .flat_map(|service| service.items_at(&["status", "loadBalancer", "ingress"]))
        .map(|ingress| ingress.str_at(&["ip"]))
        .collect();
    let free = (200..250).map(|last| format!("172.18.255.{last}")).find(|address| !taken.contains(&address.as_str()));
    if let Some(free) = free {
        address(&mut outcome, Controller::Service.user(), key, object, &free);
        outcome.event(object, "Normal", "EnsuredLoadBalancer", "Ensured load balancer");
    }
    outcome
}

fn address(outcome: &mut Outcome, user: User, key: &Key, object: &Object, address: &str) {
    let ingress = if key.resource == Resource::SERVICES {
        tree!({ "ip": address, "ipMode": "VIP" })
    } else {
        tree!({ "ip": address })
    };
    let body = object.value.clone().with(&["status", "loadBalancer", "ingress"], Value::list([ingress]));
    let request = Request::new(user, Verb::Update, key).on("status").with_body(body);
    outcome.request(request.managed_by("cloud-controller-manager"), Why::AddressGiven { address: address.to_owned() });
}
