//! `eksctl create …`: stacks, one after the other, until the cluster is ready.
// Models pkg/ctl/create/cluster.go, pkg/cfn/manager/waiters.go

use super::config::{self, Config, Group};
use super::{Failure, Flags, call, info, log, region, template};
use crate::document::Value;
use crate::shell::client::Client;
use crate::shell::{Credential, KUBECONFIG_PATH, KubeconfigEntry};
use crate::tree;
use crate::world::{Action, secs};
use std::rc::Rc;

/// How often eksctl says that it waits.
const WAIT_S: u64 = 30;
/// It gives up after this long. Source: --timeout, 25 minutes.
const TIMEOUT_S: u64 = 25 * 60;

pub(super) async fn cluster(client: &Client, words: &[&str]) -> Result<(), Failure> {
    let mut config = config::read(client, words)?;
    info(client, &format!("eksctl version {}", super::VERSION));
    info(client, &format!("using region {}", config.region));
    let zones = zones(client, &config).await?;
    let own_network = config.subnets.0.is_empty() && config.subnets.1.is_empty();
    if own_network {
        info(client, &format!("setting availability zones to [{}]", zones.join(" ")));
        for (index, zone) in zones.iter().enumerate() {
            let at = |index: usize| block(&config.cidr, index);
            info(client, &format!("subnets for {zone} - public:{} private:{}", at(index), at(index + zones.len())));
        }
    }
    for group in &config.groups {
        let version = &config.version;
        info(client, &format!("nodegroup \"{}\" will use \"\" [AmazonLinux2023/{version}]", group.name));
    }
    info(client, &format!("using Kubernetes version {}", config.version));
    let managed = if config.groups.iter().any(|group| group.is_managed) { " with managed nodes" } else { "" };
    info(client, &format!("creating EKS cluster \"{}\" in \"{}\" region{managed}", config.name, config.region));
    if !config.groups.is_empty() {
        info(
            client,
            &format!(
                "will create {} separate CloudFormation stacks for cluster itself and the initial managed nodegroup{}",
                config.groups.len() + 1,
                if config.groups.len() > 1 { "s" } else { "" }
            ),
        );
    }
    info(
        client,
        &format!(
            "if you encounter any issues, check CloudFormation console or try 'eksctl utils describe-stacks --region={} --cluster={}'",
            config.region, config.name
        ),
    );
    info(
        client,
        &format!(
            "Kubernetes API endpoint access will use default of {{publicAccess={}, privateAccess={}}} for cluster \"{}\" in \"{}\"",
            config.access.0, config.access.1, config.name, config.region
        ),
    );
    let stack = format!("eksctl-{}-cluster", config.name);
    info(client, &format!("building cluster stack \"{stack}\""));
    let made = deploy(client, &config.region, &stack, &template::cluster(&config, &zones)).await;
    if let Err(what) = made {
        return Err(gave_up(client, &config, &what));
    }
    if own_network {
        config.subnets = (
            outputs(client, &config, &stack, "SubnetsPublic").await?,
            outputs(client, &config, &stack, "SubnetsPrivate").await?,
        );
    }
    if config.has_oidc {
        provider(client, &config).await?;
    }
    for addon in config.addons.clone() {
        info(client, &format!("creating addon: {addon}"));
        let params = tree!({ "clusterName": (config.name.as_str()), "addonName": (addon.as_str()) });
        if let Err(what) = call(client, &config.region, "eks", "CreateAddon", params).await {
            return Err(gave_up(client, &config, &what));
        }
        info(client, "successfully created addon");
    }
    for group in config.groups.clone() {
        if let Err(what) = make_group(client, &config, &group).await {
            return Err(gave_up(client, &config, &what));
        }
    }
    info(client, "waiting for the control plane to become ready");
    kubeconfig(client, &config.region, &config.name).await?;
    log(client, "✔", &format!("saved kubeconfig as \"{KUBECONFIG_PATH}\""));
    info(client, "no tasks");
    log(client, "✔", &format!("all EKS cluster resources for \"{}\" have been created", config.name));
    if !config.groups.is_empty() {
        log(
            client,
            "✔",
            &format!("created {} managed nodegroup(s) in cluster \"{}\"", config.groups.len(), config.name),
        );
    }
    log(client, "✔", &format!("EKS cluster \"{}\" in \"{}\" region is ready", config.name, config.region));
    Ok(())
}

/// Makes the cluster's issuer known to IAM, so that Pods can take on roles (IRSA).
async fn provider(client: &Client, config: &Config) -> Result<(), Failure> {
    let params = tree!({ "name": (config.name.as_str()) });
    let answer = call(client, &config.region, "eks", "DescribeCluster", params).await?;
    let issuer = answer.str_at(&["cluster", "identity", "oidc", "issuer"]).to_owned();
    let params = tree!({ "Url": issuer, "ClientIDList": ["sts.amazonaws.com"] });
    call(client, &config.region, "iam", "CreateOpenIDConnectProvider", params).await?;
    log(
        client,
        "✔",
        &format!("created IAM Open ID Connect provider for cluster \"{}\" in \"{}\"", config.name, config.region),
    );
    Ok(())
}

fn gave_up(client: &Client, config: &Config, what: &str) -> Failure {
    log(
        client,
        "!",
        "1 error(s) occurred and cluster hasn't been created properly, you may wish to check CloudFormation console",
    );
    let hint =
        format!("to cleanup resources, run 'eksctl delete cluster --region={} --name={}'", config.region, config.name);
    info(client, &hint);
    log(client, "✖", what);
    format!("failed to create cluster \"{}\"", config.name)
}

/// Three zones of the region, or those that are wished for.
async fn zones(client: &Client, config: &Config) -> Result<Vec<String>, Failure> {
    if !config.zones.is_empty() {
        return Ok(config.zones.clone());
    }
    let answer = call(client, &config.region, "ec2", "DescribeAvailabilityZones", tree!({})).await?;
    let zones = answer.items_at(&["AvailabilityZones"]).iter().map(|zone| zone.str_at(&["ZoneName"]).to_owned());
    Ok(zones.take(3).collect())
}

/// The eighth part of a /16 with this number.
fn block(cidr: &str, index: usize) -> String {
    let mut parts = cidr.split('.');
    let (a, b) = (parts.next().unwrap_or("192"), parts.next().unwrap_or("168"));
    format!("{a}.{b}.{}.0/19", index * 32)
}

/// Makes a stack and waits for it.
async fn deploy(client: &Client, region: &str, name: &str, template: &Value) -> Result<(), Failure> {
    info(client, &format!("deploying stack \"{name}\""));
    let params = tree!({
        "StackName": name,
        "TemplateBody": (template.to_string()),
        "Capabilities": ["CAPABILITY_IAM"],
        "DisableRollback": false,
        "Tags": [{ "Key": "alpha.eksctl.io/eksctl-version", "Value": (super::VERSION) }],
    });
    call(client, region, "cloudformation", "CreateStack", params).await?;
    wait(client, region, name, "CREATE_COMPLETE").await
}

/// Waits for a stack, and says so.
pub(super) async fn wait(client: &Client, region: &str, name: &str, goal: &str) -> Result<(), Failure> {
    let end = client.now() + secs(TIMEOUT_S);
    loop {
        info(client, &format!("waiting for CloudFormation stack \"{name}\""));
        client.sleep(secs(WAIT_S)).await;
        let answer = call(client, region, "cloudformation", "DescribeStacks", tree!({ "StackName": name })).await;
        let status = match &answer {
            Ok(answer) => answer.items_at(&["Stacks"]).first().map(|it| it.str_at(&["StackStatus"]).to_owned()),
            Err(_) => Some("DELETE_COMPLETE".to_owned()),
        };
        match status.as_deref() {
            Some(status) if status == goal => return Ok(()),
            Some(status) if status.contains("ROLLBACK") || status.ends_with("FAILED") => {
                return Err(format!(
                    "waiting for CloudFormation stack \"{name}\": {}",
                    reason(client, region, name).await
                ));
            }
            _ if client.now() > end => {
                return Err(format!("exceeded max wait time for CloudFormation stack \"{name}\""));
            }
            _ => {}
        }
    }
}

/// The first thing that failed in a stack.
async fn reason(client: &Client, region: &str, name: &str) -> String {
    let answer = call(client, region, "cloudformation", "DescribeStackEvents", tree!({ "StackName": name })).await;
    let events = answer.map(|answer| answer.items_at(&["StackEvents"]).to_vec()).unwrap_or_default();
    let failed = events.iter().rev().find(|event| event.str_at(&["ResourceStatus"]).ends_with("_FAILED"));
    let said = failed.map(|event| {
        let (kind, id) = (event.str_at(&["ResourceType"]), event.str_at(&["LogicalResourceId"]));
        format!("{kind}/{id}: {} – \"{}\"", event.str_at(&["ResourceStatus"]), event.str_at(&["ResourceStatusReason"]))
    });
    said.unwrap_or_else(|| "unexpected status \"ROLLBACK_COMPLETE\"".to_owned())
}

async fn outputs(client: &Client, config: &Config, stack: &str, name: &str) -> Result<Vec<String>, Failure> {
    let answer =
        call(client, &config.region, "cloudformation", "DescribeStacks", tree!({ "StackName": stack })).await?;
    let stack = answer.items_at(&["Stacks"]).first().cloned().unwrap_or_default();
    let value = stack.items_at(&["Outputs"]).iter().find(|output| output.str_at(&["OutputKey"]) == name);
    let text = value.map(|output| output.str_at(&["OutputValue"]).to_owned()).unwrap_or_default();
    Ok(text.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect())
}

async fn make_group(client: &Client, config: &Config, group: &Group) -> Result<(), Failure> {
    let stack = format!("eksctl-{}-nodegroup-{}", config.name, group.name);
    let kind = if group.is_managed { "managed nodegroup" } else { "nodegroup" };
    info(client, &format!("building {kind} stack \"{stack}\""));
    let (public, private) = &config.subnets;
    let subnets = if (group.is_private && !private.is_empty()) || public.is_empty() { private } else { public };
    deploy(client, &config.region, &stack, &template::group(&config.name, &config.version, group, subnets)).await
}

/// `eksctl create nodegroup`.
pub(super) async fn nodegroups(client: &Client, words: &[&str]) -> Result<(), Failure> {
    let config = if words.iter().any(|word| *word == "-f" || word.starts_with("--config-file")) {
        config::read(client, words)?
    } else {
        // The group's own flags are those of `create cluster` under other names.
        let renamed: Vec<String> = words
            .iter()
            .map(|word| match *word {
                "--name" | "-n" => "--nodegroup-name".to_owned(),
                "--cluster" => "--name".to_owned(),
                word => word.replace("--cluster=", "--name=").replacen("--name=ng", "--nodegroup-name=ng", 1),
            })
            .collect();
        let renamed: Vec<&str> = renamed.iter().map(String::as_str).collect();
        config::read(client, &renamed)?
    };
    let answer =
        call(client, &config.region, "eks", "DescribeCluster", tree!({ "name": (config.name.as_str()) })).await?;
    let cluster = answer.get("cluster").cloned().unwrap_or_default();
    let ids: Vec<String> = cluster
        .items_at(&["resourcesVpcConfig", "subnetIds"])
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let params = tree!({ "SubnetIds": (ids.iter().map(|id| Value::from(id.as_str())).collect::<Vec<_>>()) });
    let subnets = call(client, &config.region, "ec2", "DescribeSubnets", params).await?;
    let of = |public: bool| -> Vec<String> {
        let chosen =
            subnets.items_at(&["Subnets"]).iter().filter(|it| it.is_true_at(&["MapPublicIpOnLaunch"]) == public);
        chosen.map(|it| it.str_at(&["SubnetId"]).to_owned()).collect()
    };
    let config = Config { subnets: (of(true), of(false)), version: cluster.str_at(&["version"]).to_owned(), ..config };
    info(client, &format!("will use version {} for new nodegroup(s) based on control plane version", config.version));
    for group in config.groups.clone() {
        let version = &config.version;
        info(client, &format!("nodegroup \"{}\" will use \"\" [AmazonLinux2023/{version}]", group.name));
        make_group(client, &config, &group).await?;
    }
    log(client, "✔", &format!("created {} managed nodegroup(s) in cluster \"{}\"", config.groups.len(), config.name));
    Ok(())
}

/// Writes a context for a cluster, as eksctl names it.
async fn kubeconfig(client: &Client, region: &str, name: &str) -> Result<(), Failure> {
    let answer = call(client, region, "eks", "DescribeCluster", tree!({ "name": name })).await?;
    let who = call(client, region, "sts", "GetCallerIdentity", tree!({})).await?;
    let user = who.str_at(&["Arn"]).rsplit([':', '/']).next().unwrap_or_default().to_owned();
    let server: Rc<str> = answer.str_at(&["cluster", "endpoint"]).into();
    let cluster = format!("{name}.{region}.eksctl.io");
    let context = format!("{user}@{cluster}");
    let entry = KubeconfigEntry {
        context: context.as_str().into(),
        cluster: cluster.as_str().into(),
        user: context.as_str().into(),
        server: server.clone(),
        credential: Credential::Aws { region: region.into(), cluster: name.into(), role: "".into() },
        namespace: "".into(),
    };
    client.change_setting(|setting| {
        setting.kubeconfig.set(entry);
        "default".clone_into(&mut setting.namespace);
    });
    // Turning to a cluster is always possible; what it says to a request is another matter.
    let _ = client.act(Action::Focus(server)).await;
    Ok(())
}

/// `eksctl utils write-kubeconfig`.
pub(super) async fn write_kubeconfig(client: &Client, words: &[&str]) -> Result<(), Failure> {
    let flags = Flags::read(words, &["--cluster", "--name", "--region"])?;
    let region = region(client, &flags);
    let Some(name) = flags.value("--cluster").or(flags.value("-c")).or(flags.value("--name")) else {
        return Err("--cluster must be set".to_owned());
    };
    kubeconfig(client, &region, name).await?;
    log(client, "✔", &format!("saved kubeconfig as \"{KUBECONFIG_PATH}\""));
    Ok(())
}
