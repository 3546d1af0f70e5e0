//! Launch templates and key pairs.
// Source: Amazon EC2 user guide, "Launch instances from a launch template"; EC2 API Reference.

use super::kinds::{KEY_PAIR, LAUNCH_TEMPLATE, done, tags_for, texts};
use crate::aws::api::{Answer, Error};
use crate::aws::{Context, required};
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;
use std::rc::Rc;

/// The launch template that a request names, by id or by name.
pub fn meant(context: &Context<'_, '_>, params: &Value) -> Result<(Rc<str>, Value), Error> {
    match (params.str_at(&["LaunchTemplateId"]), params.str_at(&["LaunchTemplateName"])) {
        ("", "") => Err(Error::new(
            "MissingParameter",
            "The request must contain either launch template ID or launch template name.",
        )),
        ("", name) => {
            let found = LAUNCH_TEMPLATE.with(context, "LaunchTemplateName", name).next();
            found.map(|(id, template)| (id, template.clone())).ok_or_else(|| {
                let message = format!("The specified launch template, with template name {name}, does not exist.");
                Error::new("InvalidLaunchTemplateName.NotFoundException", message)
            })
        }
        (id, _) => Ok((id.into(), LAUNCH_TEMPLATE.find(context, id)?)),
    }
}

fn version(context: &Context<'_, '_>, id: &str, name: &str, number: i64, params: &Value) -> Value {
    tree!({
        "LaunchTemplateId": id, "LaunchTemplateName": name, "VersionNumber": number,
        "VersionDescription": params.get("VersionDescription"), "CreateTime": context.now_text(),
        "CreatedBy": context.caller.arn.clone(), "DefaultVersion": number == 1,
        "LaunchTemplateData": params.get("LaunchTemplateData"),
    })
}

pub fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let name = required(params, "LaunchTemplateName")?;
    if LAUNCH_TEMPLATE.any(context, "LaunchTemplateName", name) {
        return Err(Error::new(
            "InvalidLaunchTemplateName.AlreadyExistsException",
            "Launch template name already in use.",
        ));
    }
    if params.get("LaunchTemplateData").is_none() {
        return Err(Error::new("MissingParameter", "The request must contain the parameter LaunchTemplateData"));
    }
    let template = tree!({
        "LaunchTemplateName": name, "CreateTime": context.now_text(), "CreatedBy": context.caller.arn.clone(),
        "DefaultVersionNumber": 1, "LatestVersionNumber": 1,
    });
    let id = LAUNCH_TEMPLATE.make(context, template, params);
    let first = version(context, &id, name, 1, params);
    let key = context.key(LAUNCH_TEMPLATE.kind, &id);
    context.update(&key, Verb::Update, |template| {
        template.remove(&["OwnerId"]);
        template.set(&["_Versions"], Value::list([first]));
    });
    Ok(tree!({ "LaunchTemplate": super::kinds::shown(&LAUNCH_TEMPLATE.find(context, &id)?) }))
}

pub fn create_version(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, mut template) = meant(context, params)?;
    let number = template.int_at(&["LatestVersionNumber"]).unwrap_or_default() + 1;
    let name = template.str_at(&["LaunchTemplateName"]).to_owned();
    let mut made = version(context, &id, &name, number, params);
    if let Some(source) = params.get("SourceVersion") {
        let base = find_version(&template, &source.as_str().map_or_else(|| source.to_string(), str::to_owned))?;
        let mut data = base.get("LaunchTemplateData").cloned().unwrap_or_default();
        for (member, value) in params.get("LaunchTemplateData").into_iter().flat_map(Value::entries) {
            data.set(&[member], value);
        }
        made.set(&["LaunchTemplateData"], data);
    }
    template.set(&["LatestVersionNumber"], number);
    template.at_mut(&["_Versions"]).items_mut().push(made.clone());
    LAUNCH_TEMPLATE.store(context, &id, template);
    Ok(tree!({ "LaunchTemplateVersion": made }))
}

/// A version by its number, `$Default` or `$Latest`.
pub fn find_version(template: &Value, wanted: &str) -> Result<Value, Error> {
    let number = match wanted {
        "" | "$Default" => template.int_at(&["DefaultVersionNumber"]),
        "$Latest" => template.int_at(&["LatestVersionNumber"]),
        number => number.parse().ok(),
    };
    let found =
        template.items_at(&["_Versions"]).iter().find(|it| number.is_some() && it.int_at(&["VersionNumber"]) == number);
    found.cloned().ok_or_else(|| {
        let message = format!(
            "Could not find the specified version {wanted} for the launch template with ID {}.",
            template.str_at(&["LaunchTemplateId"])
        );
        Error::new("InvalidLaunchTemplateId.VersionNotFound", message)
    })
}

pub fn modify(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, mut template) = meant(context, params)?;
    let wanted = params.get("DefaultVersion").or(params.get("SetDefaultVersion")).cloned().unwrap_or_default();
    let wanted = wanted.as_str().map_or_else(|| wanted.to_string(), str::to_owned);
    let number = find_version(&template, &wanted)?.int_at(&["VersionNumber"]);
    template.set(&["DefaultVersionNumber"], number);
    for version in template.at_mut(&["_Versions"]).items_mut() {
        let is_it = version.int_at(&["VersionNumber"]) == number;
        version.set(&["DefaultVersion"], is_it);
    }
    LAUNCH_TEMPLATE.store(context, &id, template.clone());
    Ok(tree!({ "LaunchTemplate": super::kinds::shown(&template) }))
}

pub fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, template) = meant(context, params)?;
    LAUNCH_TEMPLATE.delete(context, &id);
    Ok(tree!({ "LaunchTemplate": super::kinds::shown(&template) }))
}

pub fn describe(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let mut params = params.clone();
    for name in texts(&params.clone(), "LaunchTemplateNames") {
        let (id, _) = meant(context, &tree!({ "LaunchTemplateName": name }))?;
        params.at_mut(&["LaunchTemplateIds"]).items_mut().push(id.into());
    }
    LAUNCH_TEMPLATE.describe(context, &params)
}

pub fn describe_versions(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (_, template) = meant(context, params)?;
    let wanted = texts(params, "Versions");
    let mut rows = Vec::new();
    if wanted.is_empty() {
        rows.extend(template.items_at(&["_Versions"]).iter().rev().cloned());
    }
    for version in wanted {
        rows.push(find_version(&template, &version)?);
    }
    Ok(tree!({ "LaunchTemplateVersions": Value::list(rows) }))
}

/// The parameters of a launch: what a launch template says, under what the request says.
pub fn merged(context: &Context<'_, '_>, params: &Value) -> Result<Value, Error> {
    let Some(specification) = params.get("LaunchTemplate") else { return Ok(params.clone()) };
    let (id, template) = meant(context, specification)?;
    let wanted = specification
        .get("Version")
        .map_or_else(String::new, |it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
    let version = find_version(&template, &wanted)?;
    let mut merged = version.get("LaunchTemplateData").cloned().unwrap_or_else(Value::map);
    for (member, value) in params.entries() {
        if &**member == "TagSpecifications" {
            merged.at_mut(&[member]).items_mut().splice(0..0, value.items().iter().cloned());
        } else {
            merged.set(&[member], value);
        }
    }
    merged.set(&["_LaunchTemplateId"], id);
    merged.set(&["_LaunchTemplateVersion"], version.get("VersionNumber").map(ToString::to_string));
    Ok(merged)
}

// ---- key pairs

pub fn create_key(context: &mut Context<'_, '_>, params: &Value, imports: bool) -> Answer {
    let name = required(params, "KeyName")?;
    if KEY_PAIR.any(context, "KeyName", name) {
        return Err(Error::new("InvalidKeyPair.Duplicate", "The keypair already exists"));
    }
    let kind = if params.str_at(&["KeyType"]).is_empty() { "rsa" } else { params.str_at(&["KeyType"]) };
    let digits = context.dice("key").uuid().replace('-', "");
    let bytes: Vec<&str> = (0..digits.len() / 2).filter_map(|at| digits.get(2 * at..2 * at + 2)).collect();
    let print = format!("{}:{}", bytes.join(":"), bytes.get(..4).unwrap_or_default().join(":"));
    let key =
        tree!({ "KeyFingerprint": print.clone(), "KeyName": name, "KeyType": kind, "CreateTime": context.now_text() });
    let id = KEY_PAIR.make(context, key, params);
    let key = context.key(KEY_PAIR.kind, &id);
    context.update(&key, Verb::Update, |key| drop(key.remove(&["OwnerId"])));
    let mut answer =
        tree!({ "KeyFingerprint": print, "KeyName": name, "KeyPairId": id, "Tags": tags_for(params, "key-pair") });
    if !imports {
        // Not a key: nobody could log in anywhere with it but here.
        answer
            .set(&["KeyMaterial"], format!("-----BEGIN RSA PRIVATE KEY-----\n{digits}\n-----END RSA PRIVATE KEY-----"));
    }
    Ok(answer)
}

pub fn delete_key(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (path, wanted) = match params.str_at(&["KeyPairId"]) {
        "" => ("KeyName", required(params, "KeyName")?),
        id => ("KeyPairId", id),
    };
    let found = KEY_PAIR.with(context, path, wanted).map(|it| it.0).next();
    // A key pair that is not there is deleted with success.
    if let Some(id) = found {
        KEY_PAIR.delete(context, &id);
        return Ok(tree!({ "Return": true, "KeyPairId": id }));
    }
    done()
}

pub fn describe_keys(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let wanted = texts(params, "KeyNames");
    if let Some(wrong) = wanted.iter().find(|name| !KEY_PAIR.any(context, "KeyName", name)) {
        return Err(KEY_PAIR.not_found(wrong));
    }
    let mut chosen = KEY_PAIR.chosen(context, params)?;
    chosen.retain(|key| wanted.is_empty() || wanted.iter().any(|name| **name == *key.str_at(&["KeyName"])));
    Ok(tree!({ "KeyPairs": Value::list(chosen) }))
}
