//! What AWS knows of EKS: clusters, node groups, access entries, add-ons, Pod Identity, updates,
//! and the members of each control plane.
//!
//! `cluster` has the control plane's life, `check` what it asks of roles and subnets, `plane` its
//! members over three zones and their replacement, `nodegroup` groups of nodes over an Auto Scaling
//! group, `access` who a principal is in a cluster, `addon` and `pod_identity` the rest, `update`
//! changes under way, `version` the calendar.
//!
//! Invariant: the Kubernetes cluster itself is not here: the world makes it when a control plane
//! becomes ACTIVE, and reports here which instances have joined ([`report_joined`]).
//! Invariant: what EKS does in an account it does through the door, as itself.
// Source: Amazon EKS API Reference; Amazon EKS User Guide.

mod access;
mod addon;
mod check;
mod cluster;
mod cni;
mod nodegroup;
mod plane;
mod pod_identity;
mod update;
pub mod version;

pub use access::{Admission, admission, node_admission};
pub use cni::{log, take_pod_addresses};
pub use nodegroup::{end_group_update, report_joined};
pub use plane::{Member, fail_member, fail_zone, members, mend_zone, publish_patch};
pub use pod_identity::{assume_for_instance, assume_for_pod};

use crate::aws::api::{Caller, Error, Need};
use crate::aws::cloud::Due;
use crate::aws::context::{Context, Scope};
use crate::aws::service::{Operation, Service};
use crate::document::Value;
use crate::tree;
use std::rc::Rc;

/// CloudFormation's name of a cluster.
pub const CLUSTER: &str = "AWS::EKS::Cluster";
/// CloudFormation's name of a node group; its id is `CLUSTER/NODEGROUP`.
pub const NODEGROUP: &str = "AWS::EKS::Nodegroup";
/// CloudFormation's name of an access entry; its id is `CLUSTER|PRINCIPAL`.
pub const ACCESS_ENTRY: &str = "AWS::EKS::AccessEntry";
/// CloudFormation's name of an add-on; its id is `CLUSTER|ADDON`.
pub const ADDON: &str = "AWS::EKS::Addon";
/// CloudFormation's name of an association; its id is its own.
pub const POD_IDENTITY: &str = "AWS::EKS::PodIdentityAssociation";
/// A change under way; its id is `CLUSTER|UPDATE`. CloudFormation does not know it.
const UPDATE: &str = "AWS::EKS::Update";

/// The principal under which EKS acts.
const PRINCIPAL: &str = "eks.amazonaws.com";

/// An operation on the cluster that a parameter names.
macro_rules! on {
    ($name:literal, $run:path, $cluster:literal) => {
        Operation::new($name, $run).needing(|scope, params| on_cluster(scope, params.str_at(&[$cluster]), $name))
    };
    ($name:literal, $run:path, $cluster:literal, $role:literal to $service:expr) => {
        Operation::new($name, $run).needing(|scope, params| {
            let mut needs = on_cluster(scope, params.str_at(&[$cluster]), $name);
            needs.push(pass_role(params.str_at(&[$role]), $service));
            needs
        })
    };
}

// Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon EKS".
const OPERATIONS: &[Operation] = &[
    on!("CreateCluster", cluster::create, "name", "roleArn" to PRINCIPAL),
    on!("DescribeCluster", cluster::describe, "name"),
    Operation::new("ListClusters", cluster::list),
    on!("DeleteCluster", cluster::delete, "name"),
    on!("UpdateClusterConfig", update::config, "name"),
    on!("UpdateClusterVersion", update::version, "name"),
    on!("DescribeUpdate", update::describe, "name"),
    on!("ListUpdates", update::list, "name"),
    Operation::new("DescribeClusterVersions", version::describe),
    on!("CreateNodegroup", nodegroup::create, "clusterName", "nodeRole" to PRINCIPAL),
    on!("DescribeNodegroup", nodegroup::describe, "clusterName"),
    on!("ListNodegroups", nodegroup::list, "clusterName"),
    on!("DeleteNodegroup", nodegroup::delete, "clusterName"),
    on!("UpdateNodegroupConfig", nodegroup::update_config, "clusterName"),
    on!("UpdateNodegroupVersion", nodegroup::update_version, "clusterName"),
    on!("CreateAccessEntry", access::create, "clusterName"),
    on!("DescribeAccessEntry", access::describe, "clusterName"),
    on!("ListAccessEntries", access::list, "clusterName"),
    on!("DeleteAccessEntry", access::delete, "clusterName"),
    on!("UpdateAccessEntry", access::update, "clusterName"),
    on!("AssociateAccessPolicy", access::associate, "clusterName"),
    on!("DisassociateAccessPolicy", access::disassociate, "clusterName"),
    on!("ListAssociatedAccessPolicies", access::list_associated, "clusterName"),
    Operation::new("ListAccessPolicies", access::list_policies),
    on!("CreateAddon", addon::create, "clusterName"),
    on!("DescribeAddon", addon::describe, "clusterName"),
    on!("UpdateAddon", addon::update, "clusterName"),
    on!("ListAddons", addon::list, "clusterName"),
    on!("DeleteAddon", addon::delete, "clusterName"),
    on!("CreatePodIdentityAssociation", pod_identity::create, "clusterName", "roleArn" to "pods.eks.amazonaws.com"),
    on!("DescribePodIdentityAssociation", pod_identity::describe, "clusterName"),
    on!("ListPodIdentityAssociations", pod_identity::list, "clusterName"),
    on!("UpdatePodIdentityAssociation", pod_identity::update, "clusterName"),
    on!("DeletePodIdentityAssociation", pod_identity::delete, "clusterName"),
];

/// The service.
pub const SERVICE: Service = Service { on_due, ..Service::new("eks", "eks", OPERATIONS) };

fn on_due(context: &mut Context<'_, '_>, due: &Due) {
    match due.what {
        "active" => cluster::activate(context, &due.key),
        "deleted" => cluster::gone(context, &due.key),
        "updated" => update::finish(context, &due.key),
        "detect" => plane::detect(context, &due.key),
        "replaced" => plane::replace(context, &due.key),
        "patch" => plane::patch(context, &due.key),
        "nodes" => nodegroup::build(context, &due.key),
        "nodes-late" => nodegroup::give_up(context, &due.key),
        "nodes-gone" => nodegroup::gone(context, &due.key),
        "nodes-deleted" => nodegroup::deleted(context, &due.key),
        "addon" => addon::activate(context, &due.key),
        _ => {}
    }
}

fn on_cluster(scope: &Scope<'_>, name: &str, action: &str) -> Vec<Need> {
    vec![Need::new(format!("eks:{action}"), scope.arn("eks", &format!("cluster/{name}")))]
}

/// Handing a role to a service.
// Source: IAM User Guide, "Granting a user permissions to pass a role to an AWS service".
fn pass_role(role: &str, service: &str) -> Need {
    Need { context: tree!({ "iam:PassedToService": service }), ..Need::new("iam:PassRole", role) }
}

/// The EKS-optimised image of a version, as the catalogue of EC2 has it.
pub fn image_of(version: &str) -> String {
    image("", version)
}

fn image(_region: &str, version: &str) -> String {
    format!("ami-0c0dec2023{}00008", version::find(version).map_or(35, |it| it.minor))
}

/// EKS itself, under the role that AWS keeps for it in every account.
fn itself(context: &Context<'_, '_>) -> Caller {
    Caller::Service { name: PRINCIPAL.into(), account: context.caller.account.clone(), role: None }
}

fn invalid(message: impl Into<Rc<str>>) -> Error {
    Error::new("InvalidParameterException", message)
}

fn refused(message: impl Into<Rc<str>>) -> Error {
    Error::new("InvalidRequestException", message)
}

fn in_use(message: impl Into<Rc<str>>) -> Error {
    Error::new("ResourceInUseException", message)
}

fn not_found(message: impl Into<Rc<str>>) -> Error {
    Error::new("ResourceNotFoundException", message)
}

/// The cluster with this name.
fn cluster_named(context: &Context<'_, '_>, name: &str) -> Result<Value, Error> {
    context.get(CLUSTER, name).cloned().ok_or_else(|| not_found(format!("No cluster found for name: {name}.")))
}

/// A resource without what no answer shows.
fn shown(value: &Value) -> Value {
    let mut shown = value.clone();
    shown.map_mut().retain(|name, _| !name.starts_with('_'));
    shown
}

/// The names in a list parameter.
fn texts(params: &Value, path: &[&str]) -> Vec<Rc<str>> {
    params.items_at(path).iter().filter_map(Value::as_shared).collect()
}
