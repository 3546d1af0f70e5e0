//! Launching an instance: everything that is checked before, and everything that is made.

use super::kinds::{INSTANCE, INTERFACE, SUBNET, texts};
use super::{catalog, default_vpc, group, instance, interface, network, volume, zone};
use crate::aws::api::Error;
use crate::aws::{Context, required};
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;
use std::rc::Rc;

/// What has been checked of a launch.
pub struct Plan {
    image: Value,
    kind: catalog::InstanceType,
    subnet: Rc<str>,
    zone: Rc<str>,
    vpc: Rc<str>,
    groups: Value,
    profile: Option<Value>,
    /// An interface that is there already.
    interface: Option<Rc<str>>,
    wants_public: Option<bool>,
    /// How many to launch, and how many at least.
    pub count: i64,
    /// See `count`.
    pub least: i64,
}

/// The instance type with this name.
pub fn known_type(name: &str) -> Result<catalog::InstanceType, Error> {
    catalog::instance_type(name)
        .ok_or_else(|| Error::new("InvalidParameterValue", format!("Invalid value '{name}' for InstanceType.")))
}

/// No room in a zone.
// Source: EC2 user guide, "Troubleshoot Amazon EC2 instance launch issues", insufficient instance capacity.
pub fn no_capacity(kind: &str, zone: &str) -> Error {
    let message = format!(
        "We currently do not have sufficient {kind} capacity in the Availability Zone you requested ({zone}). Our system will be working on provisioning additional capacity."
    );
    Error::new("InsufficientInstanceCapacity", message)
}

/// The instance profile that a request names, if IAM knows it.
pub fn profile(context: &Context<'_, '_>, wanted: &Value) -> Result<Value, Error> {
    let arn = wanted.str_at(&["Arn"]);
    let name = match wanted.str_at(&["Name"]) {
        "" => arn.rsplit('/').next().unwrap_or_default(),
        name => name,
    };
    let key = context.global_key("AWS::IAM::InstanceProfile", name);
    let found = context.cloud.get(&key).ok_or_else(|| {
        let (value, member) = if arn.is_empty() { (name, "name") } else { (arn, "arn") };
        let message = format!(
            "Value ({value}) for parameter iamInstanceProfile.{member} is invalid. Invalid IAM Instance Profile {}",
            if arn.is_empty() { "name" } else { "ARN" }
        );
        Error::new("InvalidParameterValue", message)
    })?;
    Ok(tree!({ "Arn": found.str_at(&["Arn"]), "Id": found.str_at(&["InstanceProfileId"]) }))
}

/// Whether an image of this architecture runs on instances of a type.
pub fn fits(kind: catalog::InstanceType, architecture: &str) -> Result<(), Error> {
    if kind.architecture() == architecture {
        return Ok(());
    }
    let message = format!(
        "The architecture '{}' of the specified instance type does not match the architecture '{architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.",
        kind.architecture(),
    );
    Err(Error::new("InvalidParameterValue", message))
}

/// The image with this id, or the one that a public parameter names.
// Source: EC2 user guide, "Reference AMIs using Systems Manager parameters".
fn image(id: &str) -> Result<Value, Error> {
    match id.strip_prefix("resolve:ssm:") {
        None => catalog::find_image(id),
        Some(parameter) => {
            let found = catalog::image_of_parameter(parameter);
            let message = || format!("The parameter {parameter} does not exist");
            catalog::find_image(&found.ok_or_else(|| Error::new("InvalidParameterValue", message()))?)
        }
    }
}

/// Checks everything that can be wrong with a launch.
pub fn plan(context: &Context<'_, '_>, params: &Value) -> Result<Plan, Error> {
    let image = image(required(params, "ImageId")?)?;
    let kind = known_type(match params.str_at(&["InstanceType"]) {
        "" => "t2.micro",
        name => name,
    })?;
    fits(kind, image.str_at(&["Architecture"]))?;
    instance::check_key(context, params.str_at(&["KeyName"]))?;
    let spec = params.items_at(&["NetworkInterfaces"]).first().cloned().unwrap_or_default();
    let own = spec.get("NetworkInterfaceId").and_then(Value::as_shared);
    let subnet_id: Rc<str> = match (&own, spec.get("SubnetId").or(params.get("SubnetId"))) {
        (Some(own), _) => {
            let found = INTERFACE.find(context, own)?;
            if found.get("Attachment").is_some() {
                let message = format!("Network interface '{own}' is currently in use.");
                return Err(Error::new("InvalidNetworkInterface.InUse", message));
            }
            found.str_at(&["SubnetId"]).into()
        }
        (None, Some(id)) => id.as_str().unwrap_or_default().into(),
        (None, None) => default_vpc::subnet(context, params.str_at(&["Placement", "AvailabilityZone"]))?,
    };
    let subnet = SUBNET.find(context, &subnet_id)?;
    let zone: Rc<str> = subnet.str_at(&["AvailabilityZone"]).into();
    let wanted_zone = params.str_at(&["Placement", "AvailabilityZone"]);
    if !wanted_zone.is_empty() && *wanted_zone != *zone {
        let message = format!(
            "The availability zone '{wanted_zone}' does not match the availability zone of the subnet '{subnet_id}' ({zone})."
        );
        return Err(Error::new("InvalidParameterValue", message));
    }
    let vpc: Rc<str> = subnet.str_at(&["VpcId"]).into();
    let mut groups = texts(&spec, "Groups");
    groups.extend(texts(params, "SecurityGroupIds"));
    let groups = group::chosen(context, &vpc, &groups)?;
    let profile = params.get("IamInstanceProfile").map(|wanted| profile(context, wanted)).transpose()?;
    if zone::is_down(context.cloud, &context.caller.account, &zone) {
        return Err(no_capacity(kind.name, &zone));
    }
    let least = params.int_at(&["MinCount"]).unwrap_or(1).max(1);
    let count = params.int_at(&["MaxCount"]).unwrap_or(least).max(least);
    let wants_public = spec.get("AssociatePublicIpAddress").and_then(Value::as_bool);
    Ok(Plan { image, kind, subnet: subnet_id, zone, vpc, groups, profile, interface: own, wants_public, count, least })
}

/// Launches one instance. Returns its id.
pub fn one(
    context: &mut Context<'_, '_>,
    params: &Value,
    plan: &Plan,
    reservation: &str,
    index: i64,
) -> Result<Rc<str>, Error> {
    let spec = params.items_at(&["NetworkInterfaces"]).first().cloned().unwrap_or_default();
    let wanted = match spec.str_at(&["PrivateIpAddress"]) {
        "" => params.str_at(&["PrivateIpAddress"]),
        address => address,
    };
    let own = match &plan.interface {
        Some(own) => own.clone(),
        None => {
            interface::make(context, &plan.subnet, wanted, &plan.groups, spec.str_at(&["Description"]), "interface")?
        }
    };
    let now = context.now_text();
    let address = context.get(INTERFACE.kind, &own).cloned().unwrap_or_default();
    let (owner, region) = (context.caller.account.clone(), context.region.clone());
    let groups = address.get("Groups").cloned().unwrap_or_default();
    let mut instance = tree!({
        "AmiLaunchIndex": index, "ImageId": plan.image.str_at(&["ImageId"]), "InstanceType": plan.kind.name,
        "LaunchTime": now.clone(), "Monitoring": { "State": "disabled" },
        "Placement": { "AvailabilityZone": plan.zone.clone(), "GroupName": "", "Tenancy": "default" },
        "PrivateDnsName": address.str_at(&["PrivateDnsName"]), "PrivateIpAddress": address.str_at(&["PrivateIpAddress"]),
        "ProductCodes": [], "PublicDnsName": "", "State": instance::state("pending"), "StateTransitionReason": "",
        "SubnetId": plan.subnet.clone(), "VpcId": plan.vpc.clone(), "Architecture": plan.kind.architecture(),
        "BlockDeviceMappings": [], "ClientToken": context.dice("token").uuid(), "EbsOptimized": false, "EnaSupport": true,
        "Hypervisor": "xen", "RootDeviceName": plan.image.str_at(&["RootDeviceName"]), "RootDeviceType": "ebs",
        "SecurityGroups": groups, "SourceDestCheck": true, "VirtualizationType": "hvm",
        "CpuOptions": { "CoreCount": (plan.kind.vcpus / 2).max(1), "ThreadsPerCore": 2 },
        "MetadataOptions": {
            "State": "applied", "HttpTokens": "required", "HttpPutResponseHopLimit": 2, "HttpEndpoint": "enabled",
            "HttpProtocolIpv6": "disabled", "InstanceMetadataTags": "disabled",
        },
        "_ReservationId": reservation, "_OwnerId": owner, "_Region": region, "_Boots": 0,
    });
    for member in ["HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint", "InstanceMetadataTags"] {
        if let Some(value) = params.at(&["MetadataOptions", member]) {
            instance.set(&["MetadataOptions", member], value);
        }
    }
    for (member, value) in [
        ("KeyName", params.get("KeyName")),
        ("IamInstanceProfile", plan.profile.as_ref()),
        ("_UserData", params.get("UserData")),
        ("_LaunchTemplateId", params.get("_LaunchTemplateId")),
        ("_LaunchTemplateVersion", params.get("_LaunchTemplateVersion")),
    ] {
        if let Some(value) = value {
            instance.set(&[member], value);
        }
    }
    if super::kinds::flag(params, "DisableApiTermination") == Some(true) {
        instance.set(&["_DisableApiTermination"], true);
    }
    let subnet_says = context.get(SUBNET.kind, &plan.subnet).is_some_and(|it| it.is_true_at(&["MapPublicIpOnLaunch"]));
    instance.set(&["_AutoPublic"], plan.wants_public.unwrap_or(subnet_says));
    let id = INSTANCE.make(context, instance, params);
    let goes_along =
        plan.interface.is_none() && spec.get("DeleteOnTermination").and_then(Value::as_bool).unwrap_or(true);
    interface::attach(context, &own, &id, 0, goes_along);
    give_public(context, &id);
    let volumes = volume::for_instance(context, &id, &plan.zone, &plan.image, params);
    INSTANCE.change(context, &id, &["BlockDeviceMappings"], volumes);
    if let Some(tags) = auto_tags(params) {
        let key = context.key(INSTANCE.kind, &id);
        context.update(&key, Verb::Update, |it| {
            tags.into_iter().for_each(|tag| it.at_mut(&["Tags"]).items_mut().push(tag))
        });
    }
    Ok(id)
}

/// The tags that a launch template leaves on what it launched.
fn auto_tags(params: &Value) -> Option<Vec<Value>> {
    let id = params.get("_LaunchTemplateId")?;
    let version = params.get("_LaunchTemplateVersion")?;
    Some(vec![
        tree!({ "Key": "aws:ec2launchtemplate:id", "Value": id }),
        tree!({ "Key": "aws:ec2launchtemplate:version", "Value": version }),
    ])
}

/// Gives an instance a public address of Amazon's, if it was to have one and has none.
// Source: EC2 user guide, "Amazon EC2 instance IP addressing".
pub fn give_public(context: &mut Context<'_, '_>, id: &str) {
    let wants = context.get(INSTANCE.kind, id).is_some_and(|it| it.is_true_at(&["_AutoPublic"]));
    let Some(first) = interface::primary(context, id) else { return };
    let has = context.get(INTERFACE.kind, &first).is_some_and(|it| it.get("Association").is_some());
    if wants && !has {
        let public = network::public_address(context).to_string();
        interface::set_public(context, &first, Some((&public, None)));
    }
}
