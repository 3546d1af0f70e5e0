//! What IAM must allow for an operation of EC2.
// Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2".

use super::kinds::{KINDS, kind_of};
use crate::aws::api::Need;
use crate::aws::{ResourceKey, Scope};
use crate::document::Value;

/// The action on every resource that the request names and on what it makes; to tag what is made
/// and to hand a role to an instance are actions of their own.
pub fn of(scope: &Scope<'_>, params: &Value, name: &str) -> Vec<Need> {
    let action = format!("ec2:{name}");
    if name.starts_with("Describe") || name.starts_with("Get") {
        return vec![Need::new(action, "*")];
    }
    let mut needs = Vec::new();
    let mut asked = Value::map();
    for spec in params.items_at(&["TagSpecifications"]) {
        for tag in spec.items_at(&["Tags"]) {
            asked.set(&[&format!("aws:RequestTag/{}", tag.str_at(&["Key"]))], tag.get("Value"));
            asked.at_mut(&["aws:TagKeys"]).items_mut().push(tag.str_at(&["Key"]).into());
        }
    }
    if let Some(kind) = params.get("InstanceType").filter(|kind| kind.as_str().is_some()) {
        asked.set(&["ec2:InstanceType"], kind);
    }
    asked.set(&["ec2:Region"], scope.region);
    for (_, value) in params.entries() {
        let one = std::slice::from_ref(value);
        let ids = if value.items().is_empty() { one } else { value.items() };
        for id in ids.iter().filter_map(Value::as_str) {
            if let Some(kind) = kind_of(id) {
                let mut context = asked.clone();
                tags_of(scope, kind.kind, id, &mut context);
                needs.push(Need { context, ..Need::new(&*action, scope.arn("ec2", &format!("{}/{id}", kind.name))) });
            } else if id.starts_with("ami-") {
                let arn = format!("arn:aws:ec2:{}::image/{id}", scope.region);
                needs.push(Need { context: asked.clone(), ..Need::new(&*action, arn) });
            }
        }
    }
    for made in made_by(name) {
        needs.push(Need { context: asked.clone(), ..Need::new(&*action, scope.arn("ec2", &format!("{made}/*"))) });
    }
    if needs.is_empty() {
        needs.push(Need { context: asked.clone(), ..Need::new(&*action, "*") });
    }
    for spec in params.items_at(&["TagSpecifications"]) {
        let mut context = asked.clone();
        context.set(&["ec2:CreateAction"], name);
        let arn = scope.arn("ec2", &format!("{}/*", spec.str_at(&["ResourceType"])));
        needs.push(Need { context, ..Need::new("ec2:CreateTags", arn) });
    }
    needs.extend(pass_role(scope, params.get("IamInstanceProfile")));
    needs
}

/// The types of resources that an operation makes.
fn made_by(name: &str) -> Vec<&'static str> {
    match name {
        "RunInstances" => return vec!["instance", "network-interface", "volume"],
        "AllocateAddress" => return vec!["elastic-ip"],
        _ => {}
    }
    let Some(noun) = name.strip_prefix("Create") else { return Vec::new() };
    let plain = |text: &str| text.replace('-', "").to_lowercase();
    KINDS.iter().map(|kind| kind.name).filter(|kind| plain(kind) == noun.to_lowercase()).collect()
}

fn tags_of(scope: &Scope<'_>, kind: &str, id: &str, context: &mut Value) {
    let key = ResourceKey {
        account: scope.caller.account.clone(),
        region: scope.region.into(),
        kind: kind.into(),
        id: id.into(),
    };
    let Some(resource) = scope.cloud.get(&key) else { return };
    let tags = resource.get("Tags").or_else(|| resource.get("TagSet"));
    for tag in tags.map(Value::items).unwrap_or_default() {
        let name = tag.str_at(&["Key"]);
        context.set(&[&format!("aws:ResourceTag/{name}")], tag.get("Value"));
        context.set(&[&format!("ec2:ResourceTag/{name}")], tag.get("Value"));
    }
}

/// To give an instance a profile is to pass it the profile's role.
// Source: IAM user guide, "Grant a user permissions to pass a role to an AWS service".
fn pass_role(scope: &Scope<'_>, profile: Option<&Value>) -> Option<Need> {
    let wanted = profile?;
    let name = match wanted.str_at(&["Name"]) {
        "" => wanted.str_at(&["Arn"]).rsplit('/').next().unwrap_or_default(),
        name => name,
    };
    let key = ResourceKey {
        account: scope.caller.account.clone(),
        region: "".into(),
        kind: "AWS::IAM::InstanceProfile".into(),
        id: name.into(),
    };
    let found = scope.cloud.get(&key)?;
    let role = found.items_at(&["Roles"]).first()?;
    let arn = match role.str_at(&["Arn"]) {
        "" => format!(
            "arn:aws:iam::{}:role/{}",
            scope.caller.account,
            role.as_str().unwrap_or(role.str_at(&["RoleName"]))
        ),
        arn => arn.to_owned(),
    };
    let context = Value::map().with(&["iam:PassedToService"], "ec2.amazonaws.com");
    Some(Need { context, ..Need::new("iam:PassRole", arn) })
}
