//! What is wished for: from flags, or from a `ClusterConfig` file.
// Source: eksctl pkg/apis/eksctl.io/v1alpha5, userdocs "Config file schema".

use super::{Failure, Flags, region};
use crate::document::{Value, parse};
use crate::shell::client::Client;
use crate::world::stable_hash;

/// What eksctl takes when nobody says.
pub(super) const VERSION: &str = "1.34";

/// A cluster to be made.
pub(super) struct Config {
    pub name: String,
    pub region: String,
    pub version: String,
    pub zones: Vec<String>,
    pub cidr: String,
    /// Subnets that are there: public, private.
    pub subnets: (Vec<String>, Vec<String>),
    pub groups: Vec<Group>,
    pub addons: Vec<String>,
    pub mode: String,
    /// Public and private access.
    pub access: (bool, bool),
    pub has_oidc: bool,
}

/// A group of nodes to be made.
#[derive(Clone)]
pub(super) struct Group {
    pub name: String,
    pub instance: String,
    pub min: i64,
    pub max: i64,
    pub desired: i64,
    pub disk: i64,
    pub is_private: bool,
    pub is_managed: bool,
    pub labels: Value,
}

pub(super) const CLUSTER_FLAGS: &[&str] = &[
    "--name",
    "--region",
    "--version",
    "--nodes",
    "--nodes-min",
    "--nodes-max",
    "--node-type",
    "--nodegroup-name",
    "--zones",
    "--managed",
    "--without-nodegroup",
    "--vpc-cidr",
    "--vpc-public-subnets",
    "--vpc-private-subnets",
    "--node-private-networking",
    "--node-volume-size",
    "--with-oidc",
    "--config-file",
    "--fargate",
    "--spot",
    "--tags",
    "--ssh-access",
    "--ssh-public-key",
    "--full-ecr-access",
    "--asg-access",
    "--alb-ingress-access",
    "--timeout",
    "--write-kubeconfig",
    "--dry-run",
    "--node-labels",
];

/// Reads flags, or the file that they name.
pub(super) fn read(client: &Client, words: &[&str]) -> Result<Config, Failure> {
    let flags = Flags::read(words, CLUSTER_FLAGS)?;
    if let Some(file) = flags.value("-f").or(flags.value("--config-file")) {
        return from_file(client, file);
    }
    let region = region(client, &flags);
    let name = flags.value("--name").or(flags.value("-n")).or(flags.word()).map(str::to_owned);
    let name = name.unwrap_or_else(|| invented(&region));
    let number = |flag: &str, default: i64| {
        flags.value(flag).map_or(Ok(default), |text| {
            text.parse().map_err(|_| format!("invalid argument \"{text}\" for \"{flag}\" flag"))
        })
    };
    let desired = number("--nodes", 2)?;
    let group = Group {
        name: flags.value("--nodegroup-name").map_or_else(|| format!("ng-{}", suffix(&name)), str::to_owned),
        instance: flags.value("--node-type").or(flags.value("-t")).unwrap_or("m5.large").to_owned(),
        min: number("--nodes-min", desired)?,
        max: number("--nodes-max", desired)?,
        desired,
        disk: number("--node-volume-size", 80)?,
        is_private: flags.is_on("--node-private-networking"),
        is_managed: !flags.is_on("--managed=false"),
        labels: labels(flags.value("--node-labels").unwrap_or_default()),
    };
    let split =
        |flag: &str| flags.value(flag).map(|text| text.split(',').map(str::to_owned).collect()).unwrap_or_default();
    Ok(Config {
        version: flags.value("--version").unwrap_or(VERSION).to_owned(),
        zones: split("--zones"),
        cidr: flags.value("--vpc-cidr").unwrap_or("192.168.0.0/16").to_owned(),
        subnets: (split("--vpc-public-subnets"), split("--vpc-private-subnets")),
        groups: if flags.is_on("--without-nodegroup") { Vec::new() } else { vec![group] },
        addons: Vec::new(),
        mode: "API_AND_CONFIG_MAP".to_owned(),
        access: (true, false),
        has_oidc: flags.is_on("--with-oidc"),
        name,
        region,
    })
}

fn labels(text: &str) -> Value {
    text.split(',')
        .filter_map(|pair| pair.split_once('='))
        .fold(Value::map(), |labels, (key, value)| labels.with(&[key], value))
}

/// `ng-` and eight characters that stay the same for a name.
fn suffix(name: &str) -> String {
    format!("{:08x}", stable_hash(9, &[name]) >> 32)
}

/// A name for who gives none.
// Models pkg/names: an adjective, an animal and a number.
fn invented(region: &str) -> String {
    const FIRST: [&str; 6] = ["amazing", "calm", "floral", "hilarious", "ferocious", "extravagant"];
    const SECOND: [&str; 6] = ["gopher", "sparrow", "outfit", "mushroom", "sculpture", "painting"];
    let number = stable_hash(10, &[region]);
    let pick = |words: [&'static str; 6], at: u64| words[(at % 6) as usize];
    format!("{}-{}-{}", pick(FIRST, number), pick(SECOND, number >> 8), 1_600_000_000 + (number >> 40))
}

/// `kind: ClusterConfig`.
pub(super) fn from_file(client: &Client, file: &str) -> Result<Config, Failure> {
    let text = match file {
        "-" => client.stdin.to_string(),
        file => {
            let text = client.setting().files.get(file.trim_start_matches("./")).cloned();
            text.ok_or_else(|| format!("loading config file \"{file}\": open {file}: no such file or directory"))?
        }
    };
    let parsed = parse(&text);
    if let Some(problem) = parsed.first_error() {
        return Err(format!("loading config file \"{file}\": {problem}"));
    }
    let tree = parsed.documents.first().map(|document| document.root.to_value()).unwrap_or_default();
    check(&tree).map_err(|what| format!("loading config file \"{file}\": {what}"))?;
    let name = tree.str_at(&["metadata", "name"]).to_owned();
    let mut groups = Vec::new();
    for (field, is_managed) in [("managedNodeGroups", true), ("nodeGroups", false)] {
        for group in tree.items_at(&[field]) {
            groups.push(read_group(group, is_managed)?);
        }
    }
    let listed = |kind: &str| -> Vec<String> {
        let zones = tree.at(&["vpc", "subnets", kind]).into_iter().flat_map(Value::entries);
        zones.map(|(_, subnet)| subnet.str_at(&["id"]).to_owned()).filter(|id| !id.is_empty()).collect()
    };
    let flag = |path: &[&str], default: bool| tree.at(path).and_then(Value::as_bool).unwrap_or(default);
    let text = |path: &[&str], default: &str| match tree.at(path) {
        Some(Value::Text(text)) => text.to_string(),
        Some(Value::Null) | None => default.to_owned(),
        Some(other) => other.to_string(),
    };
    Ok(Config {
        region: text(&["metadata", "region"], &client.setting().profile.region.clone()),
        version: text(&["metadata", "version"], VERSION),
        zones: tree.items_at(&["availabilityZones"]).iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        cidr: text(&["vpc", "cidr"], "192.168.0.0/16"),
        subnets: (listed("public"), listed("private")),
        groups,
        addons: tree.items_at(&["addons"]).iter().map(|addon| addon.str_at(&["name"]).to_owned()).collect(),
        mode: text(&["accessConfig", "authenticationMode"], "API_AND_CONFIG_MAP"),
        access: (
            flag(&["vpc", "clusterEndpoints", "publicAccess"], true),
            flag(&["vpc", "clusterEndpoints", "privateAccess"], false),
        ),
        has_oidc: flag(&["iam", "withOIDC"], false),
        name,
    })
}

/// What the file must say, and what it may.
fn check(tree: &Value) -> Result<(), String> {
    const KNOWN: &[&str] = &[
        "apiVersion",
        "kind",
        "metadata",
        "vpc",
        "iam",
        "managedNodeGroups",
        "nodeGroups",
        "addons",
        "availabilityZones",
        "accessConfig",
        "cloudWatch",
        "fargateProfiles",
        "kubernetesNetworkConfig",
        "privateCluster",
        "secretsEncryption",
        "addonsConfig",
        "autoModeConfig",
        "upgradePolicy",
    ];
    if tree.str_at(&["apiVersion"]) != "eksctl.io/v1alpha5" {
        return Err(format!(
            "no kind \"ClusterConfig\" is registered for version \"{}\" in scheme",
            tree.str_at(&["apiVersion"])
        ));
    }
    if tree.str_at(&["kind"]) != "ClusterConfig" {
        return Err(format!(
            "no kind \"{}\" is registered for version \"eksctl.io/v1alpha5\" in scheme",
            tree.str_at(&["kind"])
        ));
    }
    if let Some((unknown, _)) = tree.entries().find(|(key, _)| !KNOWN.contains(&&***key)) {
        return Err(format!("error unmarshaling JSON: while decoding JSON: json: unknown field \"{unknown}\""));
    }
    if tree.str_at(&["metadata", "name"]).is_empty() {
        return Err("metadata.name must be set".to_owned());
    }
    if tree.str_at(&["metadata", "region"]).is_empty() {
        return Err("metadata.region must be set".to_owned());
    }
    Ok(())
}

fn read_group(group: &Value, is_managed: bool) -> Result<Group, Failure> {
    let name = group.str_at(&["name"]);
    if name.is_empty() {
        return Err("nodegroup name must be set".to_owned());
    }
    let number = |field: &str| group.int_at(&[field]);
    let desired = number("desiredCapacity").or(number("minSize")).unwrap_or(2);
    Ok(Group {
        name: name.to_owned(),
        instance: group
            .get("instanceType")
            .and_then(Value::as_str)
            .or(group.items_at(&["instanceTypes"]).first().and_then(Value::as_str))
            .unwrap_or("m5.large")
            .to_owned(),
        min: number("minSize").unwrap_or(desired),
        max: number("maxSize").unwrap_or(desired),
        desired,
        disk: number("volumeSize").unwrap_or(80),
        is_private: group.is_true_at(&["privateNetworking"]),
        is_managed,
        labels: group.get("labels").cloned().unwrap_or_else(Value::map),
    })
}
