//! Launch configurations: what groups launched from before there were launch templates.
// Source: Amazon EC2 Auto Scaling API Reference, "CreateLaunchConfiguration"; user guide, "Launch configurations".

use super::GROUP;
use crate::aws::api::{Answer, Error};
use crate::aws::ec2::kinds::texts;
use crate::aws::{Context, required};
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;
use std::rc::Rc;

const KIND: &str = "AWS::AutoScaling::LaunchConfiguration";

fn missing(name: &str) -> Error {
    let message = format!("Launch configuration name not found - Launch configuration {name} not found");
    Error::new("ValidationError", message)
}

/// The configuration that a request for a group names.
pub fn chosen(context: &Context<'_, '_>, params: &Value) -> Result<Option<Rc<str>>, Error> {
    let name = params.str_at(&["LaunchConfigurationName"]);
    if name.is_empty() {
        return Ok(None);
    }
    context.get(KIND, name).map(|_| Some(name.into())).ok_or_else(|| missing(name))
}

pub fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let name = required(params, "LaunchConfigurationName")?;
    required(params, "ImageId")?;
    required(params, "InstanceType")?;
    let key = context.key(KIND, name);
    if context.cloud.get(&key).is_some() {
        let message = format!(
            "Launch Configuration by this name already exists - A launch configuration already exists with the name {name}"
        );
        return Err(Error::new("AlreadyExists", message));
    }
    let code = context.dice("launch-configuration").uuid();
    let mut made = params.clone();
    let arn = context.arn("autoscaling", &format!("launchConfiguration:{code}:launchConfigurationName/{name}"));
    made.set(&["LaunchConfigurationARN"], arn);
    made.set(&["CreatedTime"], context.now_text());
    context.put(key, made, Verb::Create);
    Ok(Value::map())
}

pub fn describe(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let names = texts(params, "LaunchConfigurationNames");
    let fits =
        |it: &Value| names.is_empty() || names.iter().any(|name| **name == *it.str_at(&["LaunchConfigurationName"]));
    let rows = context.list(KIND).into_iter().map(|(_, it)| it).filter(fits);
    Ok(tree!({ "LaunchConfigurations": Value::list(rows.collect::<Vec<_>>()) }))
}

pub fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let name = required(params, "LaunchConfigurationName")?;
    let key = context.key(KIND, name);
    if context.cloud.get(&key).is_none() {
        return Err(missing(name));
    }
    if context.list(GROUP).iter().any(|(_, group)| group.str_at(&["LaunchConfigurationName"]) == name) {
        let message =
            format!("Cannot delete launch configuration {name} because it is attached to an AutoScalingGroup");
        return Err(Error::new("ResourceInUse", message));
    }
    context.remove(&key);
    Ok(Value::map())
}

/// What EC2 is asked for one instance of a group that launches from a configuration.
pub fn launch_params(context: &Context<'_, '_>, name: &str, subnet: &str) -> Value {
    let own = context.get(KIND, name).cloned().unwrap_or_default();
    let mut params = tree!({ "MinCount": 1, "MaxCount": 1 });
    for member in ["ImageId", "InstanceType", "KeyName", "UserData", "BlockDeviceMappings", "MetadataOptions"] {
        if let Some(value) = own.get(member) {
            params.set(&[member], value);
        }
    }
    let profile = own.str_at(&["IamInstanceProfile"]);
    if !profile.is_empty() {
        params.set(&["IamInstanceProfile", if profile.starts_with("arn:") { "Arn" } else { "Name" }], profile);
    }
    let groups = own.get("SecurityGroups").cloned().unwrap_or_else(|| Value::list([]));
    if let Some(is_public) = own.get("AssociatePublicIpAddress") {
        let interface = tree!({
            "DeviceIndex": 0, "SubnetId": subnet, "Groups": groups, "AssociatePublicIpAddress": is_public,
        });
        params.set(&["NetworkInterfaces"], Value::list([interface]));
    } else {
        params.set(&["SubnetId"], subnet);
        params.set(&["SecurityGroupIds"], groups);
    }
    params
}
