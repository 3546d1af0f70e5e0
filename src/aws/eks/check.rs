//! What EKS asks of roles and subnets before it begins.

use super::invalid;
use crate::aws::api::Error;
use crate::aws::context::Context;
use crate::document::Value;
use std::rc::Rc;

/// A role by its ARN.
pub(super) fn role(context: &Context<'_, '_>, arn: &str) -> Option<Value> {
    let name = arn.rsplit('/').next().unwrap_or_default();
    let key = context.global_key("AWS::IAM::Role", name);
    context.cloud.get(&key).filter(|role| role.str_at(&["Arn"]) == arn).cloned()
}

/// Whether a role's trust policy lets a service take it on, with all of these actions.
pub(super) fn trusts(role: &Value, service: &str, actions: &[&str]) -> bool {
    let allows = |action: &str| {
        one_or_many(role.at(&["AssumeRolePolicyDocument", "Statement"])).iter().any(|statement| {
            statement.str_at(&["Effect"]) == "Allow"
                && one_or_many(statement.at(&["Principal", "Service"])).iter().any(|it| it.as_str() == Some(service))
                && one_or_many(statement.get("Action"))
                    .iter()
                    .filter_map(Value::as_str)
                    .any(|it| it.eq_ignore_ascii_case(action) || it == "sts:*" || it == "*")
        })
    };
    actions.iter().all(|action| allows(action))
}

fn one_or_many(value: Option<&Value>) -> Vec<Value> {
    match value {
        Some(Value::List(items)) => items.to_vec(),
        Some(value) => vec![value.clone()],
        None => Vec::new(),
    }
}

/// Whether a role has one of these managed policies, or a policy of its own that allows the action.
pub(super) fn has_policy(context: &Context<'_, '_>, role: &Value, names: &[&str], action: &str) -> bool {
    let attached = role.items_at(&["_AttachedPolicies"]).iter().filter_map(Value::as_str);
    let by_name = attached.clone().any(|arn| names.contains(&arn.rsplit('/').next().unwrap_or_default()));
    let own = role.get("_Policies").into_iter().flat_map(Value::entries).map(|(_, document)| document.clone());
    let managed = attached.filter_map(|arn| managed_document(context, arn));
    by_name || own.chain(managed).any(|document| allows(&document, action))
}

/// The default version of a policy of the account's own.
fn managed_document(context: &Context<'_, '_>, arn: &str) -> Option<Value> {
    let policy = context.cloud.get(&context.global_key("AWS::IAM::ManagedPolicy", arn))?;
    let default = policy.str_at(&["DefaultVersionId"]);
    let version = policy.items_at(&["_Versions"]).iter().find(|it| it.str_at(&["VersionId"]) == default)?;
    version.get("Document").cloned()
}

/// A rough look: a statement that allows the action, whatever the resource.
fn allows(document: &Value, action: &str) -> bool {
    let service = action.split(':').next().unwrap_or_default();
    one_or_many(document.get("Statement")).iter().any(|statement| {
        let actions = one_or_many(statement.get("Action"));
        let mut actions = actions.iter().filter_map(Value::as_str);
        statement.str_at(&["Effect"]) == "Allow"
            && actions.any(|it| it == "*" || it.eq_ignore_ascii_case(action) || *it == format!("{service}:*"))
    })
}

/// The role of a control plane.
// Messages: as reported in public issues of tools that call CreateCluster.
pub(super) fn cluster_role(context: &Context<'_, '_>, arn: &str) -> Result<(), Error> {
    let trusted = role(context, arn).filter(|role| trusts(role, super::PRINCIPAL, &["sts:AssumeRole"]));
    let role = trusted.ok_or_else(|| {
        invalid(format!(
            "Role with arn: {arn}, could not be assumed because it does not exist or the trusted entity is not correct"
        ))
    })?;
    if has_policy(context, &role, &["AmazonEKSClusterPolicy"], "ec2:DescribeSubnets") {
        return Ok(());
    }
    Err(missing_policies("arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"))
}

/// The role of nodes.
pub(super) fn node_role(context: &Context<'_, '_>, arn: &str) -> Result<(), Error> {
    let Some(role) = role(context, arn) else {
        return Err(invalid(format!(
            "The role with name {} cannot be found.",
            arn.rsplit('/').next().unwrap_or_default()
        )));
    };
    if !trusts(&role, "ec2.amazonaws.com", &["sts:AssumeRole"]) {
        let text = "Following required service principals [ec2.amazonaws.com] were not found in the trust \
                    relationships of nodeRole";
        return Err(invalid(format!("{text} {arn}")));
    }
    let mut missing: Vec<&str> = Vec::new();
    for (names, action) in [
        (&["AmazonEKSWorkerNodePolicy"][..], "eks:DescribeCluster"),
        (&["AmazonEC2ContainerRegistryPullOnly", "AmazonEC2ContainerRegistryReadOnly"][..], "ecr:BatchGetImage"),
    ] {
        if !has_policy(context, &role, names, action) {
            missing.extend(names.first());
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let arns: Vec<String> = missing.iter().map(|name| format!("arn:aws:iam::aws:policy/{name}")).collect();
    Err(missing_policies(&arns.join(", ")))
}

fn missing_policies(arns: &str) -> Error {
    invalid(format!(
        "The provided role doesn't have the Amazon EKS Managed Policies associated with it. Please ensure the \
         following policies [{arns}] are attached"
    ))
}

/// What the subnets of a control plane are: their VPC.
// Source: Amazon EKS User Guide, "View Amazon EKS networking requirements for VPC and subnets".
pub(super) fn subnets(context: &Context<'_, '_>, ids: &[Rc<str>]) -> Result<Rc<str>, Error> {
    let mut zones: Vec<String> = Vec::new();
    let mut vpcs: Vec<Rc<str>> = Vec::new();
    let mut full: Vec<(String, Rc<str>)> = Vec::new();
    for id in ids {
        let Some(subnet) = context.get("AWS::EC2::Subnet", id) else {
            return Err(invalid(format!("The subnet ID '{id}' does not exist")));
        };
        let zone = subnet.str_at(&["AvailabilityZone"]).to_owned();
        if subnet.int_at(&["AvailableIpAddressCount"]).is_some_and(|free| free < 6) {
            full.push((zone.clone(), id.clone()));
        }
        if !zones.contains(&zone) {
            zones.push(zone);
        }
        let vpc: Rc<str> = subnet.str_at(&["VpcId"]).into();
        if !vpcs.contains(&vpc) {
            vpcs.push(vpc);
        }
    }
    if zones.len() < 2 {
        return Err(invalid("Subnets specified must be in at least two different AZs"));
    }
    let [vpc] = vpcs.as_slice() else {
        return Err(invalid("Subnets specified must belong to the same VPC"));
    };
    if let Some((zone, id)) = full.first() {
        return Err(invalid(format!(
            "Atleast one subnet in each AZ should have 2 free IPs. Invalid AZs: {{ [{zone}] }}, provided subnets: {{ {id} }}"
        )));
    }
    Ok(vpc.clone())
}

/// Security groups exist and are of the VPC.
pub(super) fn groups(context: &Context<'_, '_>, ids: &[Rc<str>], vpc: &str) -> Result<(), Error> {
    for id in ids {
        match context.get("AWS::EC2::SecurityGroup", id) {
            None => return Err(invalid(format!("The security group '{id}' does not exist"))),
            Some(group) if group.str_at(&["VpcId"]) != vpc => {
                return Err(invalid(
                    "Security group(s) are not in the same VPC as the subnets. Please specify security groups from the same VPC.",
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}
