//! `kubectl api-resources`, `api-versions`, `version` and `cluster-info`.
// Models k8s.io/kubectl/pkg/cmd/apiresources and pkg/cmd/version

use super::failure::Failure;
use super::{Done, Kubectl, tabwriter};
use crate::document::InOrder as _;
use std::borrow::Cow;

/// What discovery answers.
static DISCOVERY: &str = include_str!("discovery.txt");

/// The version of everything.
const VERSION: &str = "v1.36.2";

/// One resource of the table.
struct Row<'a> {
    name: Cow<'a, str>,
    short: Cow<'a, str>,
    version: Cow<'a, str>,
    namespaced: bool,
    kind: &'static str,
    categories: Cow<'a, str>,
    verbs: &'static str,
}

/// Of all resources, the custom ones too, in the order of their groups and names.
fn all(kubectl: &Kubectl) -> Vec<Row<'static>> {
    let custom = kubectl.custom.iter().map(|definition| {
        let info = definition.resource.info();
        Row {
            name: info.plural.into(),
            short: definition.short_names.join(",").into(),
            version: kubectl.custom.api_version(definition.resource).into(),
            namespaced: info.namespaced,
            kind: info.kind,
            categories: definition.categories.join(",").into(),
            verbs: USUAL,
        }
    });
    let mut rows: Vec<Row<'static>> = rows().chain(custom).collect();
    rows.order_by(|one, other| group(&one.version).cmp(group(&other.version)));
    rows
}

/// What can be done with most resources.
const USUAL: &str = "create,delete,deletecollection,get,list,patch,update,watch";

fn rows() -> impl Iterator<Item = Row<'static>> {
    DISCOVERY.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut words = line.split(' ').map(|word| if word == "-" { "" } else { word });
        Some(Row {
            name: words.next()?.into(),
            short: words.next()?.into(),
            version: words.next()?.into(),
            namespaced: words.next()? == "+",
            kind: words.next()?,
            categories: words.next()?.into(),
            verbs: match words.next() {
                Some("c") => "create",
                Some("r") => "get,list",
                Some("n") => "create,delete,get,list,patch,update,watch",
                _ => USUAL,
            },
        })
    })
}

/// The kinds that discovery names and that objects can be made of; some of them this cluster refuses.
pub(super) fn kinds() -> impl Iterator<Item = &'static str> {
    rows().filter(|row| row.verbs.contains("list")).map(|row| row.kind)
}

fn group(version: &str) -> &str {
    version.rsplit_once('/').map_or("", |(group, _)| group)
}

// Models APIResourceOptions.RunAPIResources
pub(super) fn api_resources(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    if let Some(word) = args.words.first() {
        return Err(Failure::Plain(format!(
            "unexpected arguments: [{word}]\nSee 'kubectl api-resources -h' for help and examples"
        )));
    }
    let format = args.text("output");
    if !["", "wide", "name"].contains(&format) {
        return Err(Failure::Plain(format!("--output {format} is not available in kubectl api-resources")));
    }
    let namespaced = args.value("namespaced").map(|_| args.is_on("namespaced"));
    let wanted_group = args.value("api-group");
    let verbs: Vec<&str> = args.list("verbs").collect();
    let categories: Vec<&str> = args.list("categories").collect();
    let mut chosen: Vec<Row<'_>> = all(kubectl)
        .into_iter()
        .filter(|row| namespaced.is_none_or(|namespaced| namespaced == row.namespaced))
        .filter(|row| wanted_group.is_none_or(|wanted| wanted == group(&row.version)))
        .filter(|row| verbs.iter().all(|verb| row.verbs.split(',').any(|known| known == *verb)))
        .filter(|row| categories.iter().all(|category| row.categories.split(',').any(|known| known == *category)))
        .collect();
    match args.text("sort-by") {
        "" => {}
        "name" => chosen.order_by(|one, other| one.name.cmp(&other.name)),
        "kind" => chosen.order_by_key(|row| row.kind),
        _ => return Err(Failure::plain("--sort-by accepts only name or kind")),
    }
    if format == "name" {
        for row in &chosen {
            let group = group(&row.version);
            kubectl.client.println(&if group.is_empty() {
                row.name.to_string()
            } else {
                format!("{}.{group}", row.name)
            });
        }
        return Ok(());
    }
    let wide = format == "wide";
    let mut text = String::new();
    if !args.is_on("no-headers") {
        text.push_str("NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND");
        text.push_str(if wide { "\tVERBS\tCATEGORIES\n" } else { "\n" });
    }
    for row in &chosen {
        text.push_str(&format!("{}\t{}\t{}\t{}\t{}", row.name, row.short, row.version, row.namespaced, row.kind));
        text.push_str(&if wide { format!("\t{}\t{}\n", row.verbs, row.categories) } else { "\n".to_owned() });
    }
    kubectl.client.print(&tabwriter::align(&text, 6, 3));
    Ok(())
}

// Models APIVersionsOptions.RunAPIVersions
pub(super) fn api_versions(kubectl: &Kubectl) -> Done {
    let custom = kubectl.custom.iter().flat_map(|definition| {
        let served = definition.versions.iter().filter(|version| version.served);
        served.map(|version| definition.api_version(&version.name))
    });
    let built_in = rows().map(|row| row.version.into_owned()).chain(["autoscaling/v1".to_owned()]);
    let mut versions: Vec<String> = built_in.chain(custom).collect();
    versions.order();
    versions.dedup();
    versions.iter().for_each(|version| kubectl.client.println(version));
    Ok(())
}

pub(super) fn version(kubectl: &Kubectl) -> Done {
    let client = format!("Client Version: {VERSION}\nKustomize Version: v5.8.1");
    kubectl.client.println(&client);
    if !kubectl.args.is_on("client") {
        kubectl.client.println(&format!("Server Version: {VERSION}"));
    }
    Ok(())
}

pub(super) fn cluster_info(kubectl: &Kubectl) -> Done {
    kubectl.client.println(
        "Kubernetes control plane is running at https://127.0.0.1:6443\n\nTo further debug and diagnose cluster \
         problems, use 'kubectl cluster-info dump'.",
    );
    Ok(())
}
