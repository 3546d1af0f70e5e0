//! Systems Manager: its parameters, and the public ones that name images.
// Source: AWS Systems Manager API Reference; EC2 user guide, "Reference AMIs using Systems Manager parameters".

use crate::aws::api::{Answer, Error};
use crate::aws::ec2::catalog;
use crate::aws::ec2::kinds::texts;
use crate::aws::service::{Operation, Service};
use crate::aws::{Context, required};
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;

/// The type of a parameter, as CloudFormation names it.
pub const PARAMETER: &str = "AWS::SSM::Parameter";

/// Systems Manager.
pub const SERVICE: Service = Service::new("ssm", "ssm", OPERATIONS);

/// What it can do.
pub const OPERATIONS: &[Operation] = &[
    Operation::new("GetParameter", get),
    Operation::new("GetParameters", get_many),
    Operation::new("GetParametersByPath", by_path),
    Operation::new("PutParameter", put),
    Operation::new("DeleteParameter", delete),
    Operation::new("DescribeParameters", describe),
];

/// A parameter: one of the account's, or a public one.
fn find(context: &Context<'_, '_>, name: &str) -> Option<Value> {
    let own = context.get(PARAMETER, name).cloned();
    own.or_else(|| {
        let image = catalog::image_of_parameter(name)?;
        Some(tree!({
            "Name": name, "Type": "String", "Value": image, "Version": 1, "LastModifiedDate": "2025-08-21T00:00:00.000000+00:00",
            "ARN": format!("arn:aws:ssm:{}::parameter{name}", context.region), "DataType": "aws:ec2:image",
        }))
    })
}

/// What a parameter holds.
pub fn value(context: &Context<'_, '_>, name: &str) -> Option<String> {
    find(context, name).map(|found| found.str_at(&["Value"]).to_owned())
}

fn get(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let name = required(params, "Name")?;
    // The CLI prints nothing after the colon here.
    let found = find(context, name).ok_or_else(|| Error::new("ParameterNotFound", ""))?;
    Ok(tree!({ "Parameter": found }))
}

fn get_many(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let names = texts(params, "Names");
    let found: Vec<Value> = names.iter().filter_map(|name| find(context, name)).collect();
    let missing = names.iter().filter(|name| find(context, name).is_none()).map(Value::from);
    Ok(tree!({ "Parameters": Value::list(found), "InvalidParameters": Value::list(missing) }))
}

fn by_path(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let path = required(params, "Path")?;
    let prefix = format!("{}/", path.trim_end_matches('/'));
    let deep = params.is_true_at(&["Recursive"]);
    let rows = context
        .list(PARAMETER)
        .into_iter()
        .filter(|(key, _)| key.id.strip_prefix(&*prefix).is_some_and(|rest| deep || !rest.contains('/')));
    Ok(tree!({ "Parameters": Value::list(rows.map(|(_, it)| it)) }))
}

fn put(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (name, value) = (required(params, "Name")?, required(params, "Value")?);
    let key = context.key(PARAMETER, name);
    let old = context.cloud.get(&key).map(|it| it.int_at(&["Version"]).unwrap_or_default());
    if old.is_some() && !params.is_true_at(&["Overwrite"]) {
        let message =
            "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
        return Err(Error::new("ParameterAlreadyExists", message));
    }
    let version = old.unwrap_or_default() + 1;
    let kind = if params.str_at(&["Type"]).is_empty() { "String" } else { params.str_at(&["Type"]) };
    let arn = context.arn("ssm", &format!("parameter/{}", name.trim_start_matches('/')));
    let made = tree!({
        "Name": name, "Type": kind, "Value": value, "Version": version, "LastModifiedDate": context.now_text(), "ARN": arn,
        "DataType": "text",
    });
    context.put(key, made, Verb::Update);
    Ok(tree!({ "Version": version, "Tier": "Standard" }))
}

fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let key = context.key(PARAMETER, required(params, "Name")?);
    context.remove(&key).map(|_| Value::map()).ok_or_else(|| Error::new("ParameterNotFound", ""))
}

fn describe(context: &mut Context<'_, '_>, _params: &Value) -> Answer {
    let rows = context.list(PARAMETER).into_iter().map(|(_, mut it)| {
        it.remove(&["Value"]);
        it
    });
    Ok(tree!({ "Parameters": Value::list(rows.collect::<Vec<_>>()) }))
}
