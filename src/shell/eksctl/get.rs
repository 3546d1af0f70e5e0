//! `eksctl get …`: tables of what there is.
// Models pkg/ctl/get, pkg/printers: columns parted by tabs.

use super::{Failure, Flags, call, region, stacks};
use crate::document::Value;
use crate::shell::client::Client;
use crate::shell::kubectl::align;
use crate::tree;

const FLAGS: &[&str] = &["--name", "--cluster", "--region", "--output"];

fn cluster_of<'a>(flags: &Flags<'a>) -> Result<&'a str, Failure> {
    flags.value("--cluster").or(flags.value("-c")).ok_or_else(|| "--cluster must be set".to_owned())
}

pub(super) async fn clusters(client: &Client, words: &[&str]) -> Result<(), Failure> {
    let flags = Flags::read(words, FLAGS)?;
    let region = region(client, &flags);
    let answer = call(client, &region, "eks", "ListClusters", tree!({})).await?;
    let wanted = flags.value("--name").or(flags.value("-n")).or(flags.word());
    let names: Vec<String> =
        answer.items_at(&["clusters"]).iter().filter_map(Value::as_str).map(str::to_owned).collect();
    if let Some(wanted) = wanted.filter(|wanted| !names.iter().any(|name| name == wanted)) {
        return Err(format!(
            "unable to describe control plane \"{wanted}\": operation error EKS: DescribeCluster, ResourceNotFoundException: No cluster found for name: {wanted}."
        ));
    }
    let names: Vec<String> = names.into_iter().filter(|name| wanted.is_none_or(|wanted| wanted == name)).collect();
    if names.is_empty() {
        client.println("No clusters found");
        return Ok(());
    }
    let mut text = "NAME\tREGION\tEKSCTL CREATED\n".to_owned();
    for name in names {
        let owned = if stacks(client, &region, &name).await?.is_empty() { "False" } else { "True" };
        text.push_str(&format!("{name}\t{region}\t{owned}\n"));
    }
    client.print(&align(&text));
    Ok(())
}

pub(super) async fn nodegroups(client: &Client, words: &[&str]) -> Result<(), Failure> {
    let flags = Flags::read(words, FLAGS)?;
    let (region, cluster) = (region(client, &flags), cluster_of(&flags)?);
    let answer = call(client, &region, "eks", "ListNodegroups", tree!({ "clusterName": cluster })).await?;
    let mut text = "CLUSTER\tNODEGROUP\tSTATUS\tCREATED\tMIN SIZE\tMAX SIZE\tDESIRED CAPACITY\tINSTANCE TYPE\tIMAGE ID\tASG NAME\tTYPE\n".to_owned();
    let names: Vec<String> =
        answer.items_at(&["nodegroups"]).iter().filter_map(Value::as_str).map(str::to_owned).collect();
    if names.is_empty() {
        client.println("No nodegroups found");
        return Ok(());
    }
    for name in names {
        let params = tree!({ "clusterName": cluster, "nodegroupName": (name.as_str()) });
        let answer = call(client, &region, "eks", "DescribeNodegroup", params).await?;
        let group = answer.get("nodegroup").cloned().unwrap_or_default();
        let size = |field: &str| group.int_at(&["scalingConfig", field]).unwrap_or_default();
        let created = group.str_at(&["createdAt"]).replace("+00:00", "Z");
        let instance = group.items_at(&["instanceTypes"]).first().and_then(Value::as_str).unwrap_or_default();
        let scaling = group
            .items_at(&["resources", "autoScalingGroups"])
            .first()
            .map(|it| it.str_at(&["name"]))
            .unwrap_or_default();
        text.push_str(&format!(
            "{cluster}\t{name}\t{}\t{created}\t{}\t{}\t{}\t{instance}\t{}\t{scaling}\tmanaged\n",
            group.str_at(&["status"]),
            size("minSize"),
            size("maxSize"),
            size("desiredSize"),
            group.str_at(&["amiType"]),
        ));
    }
    client.print(&align(&text));
    Ok(())
}

pub(super) async fn addons(client: &Client, words: &[&str]) -> Result<(), Failure> {
    let flags = Flags::read(words, FLAGS)?;
    let (region, cluster) = (region(client, &flags), cluster_of(&flags)?);
    let answer = call(client, &region, "eks", "ListAddons", tree!({ "clusterName": cluster })).await?;
    let mut text = "NAME\tVERSION\tSTATUS\tISSUES\tIAMROLE\n".to_owned();
    for name in answer.items_at(&["addons"]).iter().filter_map(Value::as_str) {
        let params = tree!({ "clusterName": cluster, "addonName": name });
        let answer = call(client, &region, "eks", "DescribeAddon", params).await?;
        let addon = answer.get("addon").cloned().unwrap_or_default();
        let field = |name: &str| addon.str_at(&[name]).to_owned();
        text.push_str(&format!(
            "{name}\t{}\t{}\t0\t{}\n",
            field("addonVersion"),
            field("status"),
            field("serviceAccountRoleArn")
        ));
    }
    client.print(&align(&text));
    Ok(())
}

pub(super) async fn access_entries(client: &Client, words: &[&str]) -> Result<(), Failure> {
    let flags = Flags::read(words, FLAGS)?;
    let (region, cluster) = (region(client, &flags), cluster_of(&flags)?);
    let answer = call(client, &region, "eks", "ListAccessEntries", tree!({ "clusterName": cluster })).await?;
    let mut text = "PRINCIPAL ARN\tKUBERNETES GROUPS\n".to_owned();
    for arn in answer.items_at(&["accessEntries"]).iter().filter_map(Value::as_str) {
        let params = tree!({ "clusterName": cluster, "principalArn": arn });
        let answer = call(client, &region, "eks", "DescribeAccessEntry", params).await?;
        let entry = answer.get("accessEntry").cloned().unwrap_or_default();
        let groups: Vec<&str> = entry.items_at(&["kubernetesGroups"]).iter().filter_map(Value::as_str).collect();
        text.push_str(&format!("{arn}\t{}\n", groups.join(",")));
    }
    client.print(&align(&text));
    Ok(())
}
