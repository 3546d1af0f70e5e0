//! OpenID Connect providers: whose tokens the account believes, such as a cluster's.

use super::{no_such, nothing, on as need, place, shown};
use crate::aws::api::{Answer, Error, Need};
use crate::aws::cloud::ResourceKey;
use crate::aws::context::{Context, Scope};
use crate::document::Value;
use crate::sim::Verb;
use crate::tree;

const KIND: &str = "AWS::IAM::OIDCProvider";

pub fn on(_: &Scope<'_>, params: &Value) -> Vec<Need> {
    need(params.str_at(&["OpenIDConnectProviderArn"]).to_owned(), Value::map())
}

pub fn create(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let url = params.str_at(&["Url"]);
    let Some(host) = url.strip_prefix("https://").map(|host| host.trim_end_matches('/')) else {
        let message = "Invalid Open ID Connect Provider URL";
        return Err(Error::new("ValidationError", message));
    };
    let arn = format!("arn:aws:iam::{}:oidc-provider/{host}", context.caller.account);
    let key = place(context, KIND, &arn);
    if context.cloud.get(&key).is_some() {
        return Err(Error::new("EntityAlreadyExists", format!("Provider with url {url} already exists.")));
    }
    let given = |name: &str| Value::list(params.items_at(&[name]).iter().cloned());
    let mut made = tree!({
        "Url": host,
        "ClientIDList": (given("ClientIDList")),
        "ThumbprintList": (given("ThumbprintList")),
        "CreateDate": (context.now_text()),
        "_Arn": (arn.as_str()),
    });
    if let Some(tags) = params.at(&["Tags"]) {
        made.set(&["Tags"], tags);
    }
    context.put(key, made, Verb::Create);
    Ok(tree!({ "OpenIDConnectProviderArn": arn }))
}

fn named(context: &Context<'_, '_>, params: &Value) -> Result<(ResourceKey, Value), Error> {
    let arn = params.str_at(&["OpenIDConnectProviderArn"]);
    let key = place(context, KIND, arn);
    match context.cloud.get(&key) {
        Some(provider) => Ok((key, provider.clone())),
        None => Err(no_such(format!("OpenIDConnect Provider not found for arn {arn}"))),
    }
}

pub fn get(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    Ok(shown(&named(context, params)?.1))
}

pub fn list(context: &mut Context<'_, '_>, _: &Value) -> Answer {
    let all = context.cloud.of_kind(&context.caller.account, "", KIND);
    let items: Vec<Value> = all.map(|(key, _)| tree!({ "Arn": (key.id.clone()) })).collect();
    Ok(tree!({ "OpenIDConnectProviderList": items }))
}

/// Other thumbprints for a provider's certificate.
pub fn update_thumbprints(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, _) = named(context, params)?;
    let given = Value::list(params.items_at(&["ThumbprintList"]).iter().cloned());
    context.update(&key, Verb::Update, |it| it.set(&["ThumbprintList"], given));
    Ok(nothing())
}

pub fn delete(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let arn = params.str_at(&["OpenIDConnectProviderArn"]);
    context.remove(&place(context, KIND, arn));
    Ok(nothing())
}
