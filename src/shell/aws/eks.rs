//! `aws eks update-kubeconfig` and `aws eks get-token`: how kubectl is pointed at a cluster, and
//! how it shows who it is.
// Models awscli/customizations/eks/update_kubeconfig.py, get_token.py

use super::super::client::Client;
use super::super::{Credential, KUBECONFIG_PATH, KubeconfigEntry};
use super::failure::Failure;
use super::{Global, request};
use crate::document::{Value, base64, output};
use crate::tree;
use crate::world::{Action, secs};
use std::rc::Rc;

/// Runs one of the two; none for the service's own operations.
pub(super) async fn run(client: &Client, global: &Global, args: &[String]) -> Option<Result<(), Failure>> {
    let (verb, rest) = args.split_first()?;
    match verb.as_str() {
        "update-kubeconfig" => Some(update_kubeconfig(client, global, rest).await),
        "get-token" => Some(get_token(client, rest)),
        _ => None,
    }
}

/// The value of an option, `--name demo` or `--name=demo`.
fn option<'a>(args: &'a [String], name: &str) -> Option<&'a str> {
    let joined = format!("{name}=");
    let at = args.iter().position(|arg| arg == name);
    let next = at.and_then(|at| args.get(at + 1)).map(String::as_str);
    next.or_else(|| args.iter().find_map(|arg| arg.strip_prefix(&joined)))
}

fn unknown(args: &[String], known: &[&str]) -> Result<(), Failure> {
    let names = args.iter().filter(|arg| arg.starts_with("--")).map(|arg| arg.split('=').next().unwrap_or_default());
    for name in names {
        if !known.contains(&name) {
            return Err(Failure::usage(&format!("Unknown options: {name}")));
        }
    }
    Ok(())
}

async fn update_kubeconfig(client: &Client, global: &Global, args: &[String]) -> Result<(), Failure> {
    let known = [
        "--name",
        "--kubeconfig",
        "--role-arn",
        "--dry-run",
        "--verbose",
        "--alias",
        "--user-alias",
        "--assume-role-arn",
    ];
    unknown(args, &known)?;
    let Some(name) = option(args, "--name") else {
        return Err(Failure::usage("the following arguments are required: --name"));
    };
    let answer = request(client, global, "eks", "DescribeCluster", tree!({ "name": name })).await?;
    let cluster = answer.get("cluster").cloned().unwrap_or_default();
    let status = cluster.str_at(&["status"]);
    if !["ACTIVE", "UPDATING"].contains(&status) {
        return Err(Failure::general(&format!("Cluster status is {status}")));
    }
    let arn = cluster.str_at(&["arn"]);
    let region = global.region.clone().unwrap_or_else(|| client.setting().profile.region.clone());
    let context: Rc<str> = option(args, "--alias").unwrap_or(arn).into();
    let server: Rc<str> = cluster.str_at(&["endpoint"]).into();
    let entry = KubeconfigEntry {
        context: context.clone(),
        cluster: arn.into(),
        user: option(args, "--user-alias").unwrap_or(arn).into(),
        server: server.clone(),
        credential: Credential::Aws {
            region: region.as_str().into(),
            cluster: name.into(),
            role: option(args, "--role-arn").unwrap_or_default().into(),
        },
        namespace: "".into(),
    };
    if args.iter().any(|arg| arg == "--dry-run") {
        let mut config = client.setting().kubeconfig.clone();
        config.set(entry);
        client.print(&output::to_yaml(&config.to_value()));
        return Ok(());
    }
    let mut is_new = false;
    client.change_setting(|setting| {
        is_new = setting.kubeconfig.set(entry);
        "default".clone_into(&mut setting.namespace);
    });
    let did = if is_new { "Added new" } else { "Updated" };
    client.println(&format!("{did} context {context} {} {KUBECONFIG_PATH}", if is_new { "to" } else { "in" }));
    // Turning to a cluster is always possible; what it says to a request is another matter.
    let _ = client.act(Action::Focus(server)).await;
    Ok(())
}

fn get_token(client: &Client, args: &[String]) -> Result<(), Failure> {
    unknown(args, &["--cluster-name", "--cluster-id", "--role-arn", "--role"])?;
    let Some(name) = option(args, "--cluster-name").or(option(args, "--cluster-id")) else {
        return Err(Failure::general("Either parameter --cluster-name or --cluster-id must be specified."));
    };
    let profile = client.setting().profile.clone();
    if profile.access_key_id.is_empty() {
        let advice = "Unable to locate credentials. You can configure credentials by running \"aws configure\".";
        return Err(Failure::configuration(advice));
    }
    let url = format!(
        "https://sts.{}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Credential={}&x-k8s-aws-id={name}",
        profile.region, profile.access_key_id
    );
    let token = base64::encode(url.as_bytes()).replace('+', "-").replace('/', "_");
    let token = format!("k8s-aws-v1.{}", token.trim_end_matches('='));
    let value: Value = tree!({
        "kind": "ExecCredential",
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "spec": {},
        "status": { "expirationTimestamp": ((client.now() + secs(14 * 60)).rfc3339()), "token": token },
    });
    client.println(&value.to_string());
    Ok(())
}
