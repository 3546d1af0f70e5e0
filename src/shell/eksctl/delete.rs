//! `eksctl delete …`: the stacks of a cluster, nodes first.
// Models pkg/actions/cluster/owned.go

use super::{Failure, Flags, call, create, info, log, region, stacks};
use crate::shell::client::Client;
use crate::tree;

const FLAGS: &[&str] = &[
    "--name",
    "--cluster",
    "--region",
    "--wait",
    "--force",
    "--disable-nodegroup-eviction",
    "--drain",
    "--config-file",
];

pub(super) async fn cluster(client: &Client, words: &[&str]) -> Result<(), Failure> {
    let flags = Flags::read(words, FLAGS)?;
    let file = flags.value("-f").or(flags.value("--config-file"));
    let (name, region) = match file {
        Some(file) => {
            let config = super::config::from_file(client, file)?;
            (config.name, config.region)
        }
        None => {
            let name = flags.value("--name").or(flags.value("-n")).or(flags.word()).unwrap_or_default().to_owned();
            (name, region(client, &flags))
        }
    };
    if name.is_empty() {
        return Err("--name must be set".to_owned());
    }
    info(client, &format!("deleting EKS cluster \"{name}\""));
    let mut all = stacks(client, &region, &name).await?;
    if all.is_empty() {
        return Err(format!(
            "unable to describe cluster control plane: operation error EKS: DescribeCluster, ResourceNotFoundException: No cluster found for name: {name}."
        ));
    }
    // Nodes go before what they stand on.
    all.sort_by_key(|stack| stack.str_at(&["StackName"]).ends_with("-cluster"));
    for stack in all {
        let stack = stack.str_at(&["StackName"]).to_owned();
        info(client, &format!("will delete stack \"{stack}\""));
        call(client, &region, "cloudformation", "DeleteStack", tree!({ "StackName": (stack.as_str()) })).await?;
        create::wait(client, &region, &stack, "DELETE_COMPLETE").await?;
    }
    let suffix = format!("@{name}.{region}.eksctl.io");
    client.change_setting(|setting| {
        let config = &mut setting.kubeconfig;
        config.entries.retain(|entry| !entry.context.ends_with(&suffix));
        if config.entry(&config.current).is_none() {
            config.current = "".into();
        }
    });
    log(client, "✔", "all cluster resources were deleted");
    Ok(())
}

pub(super) async fn nodegroup(client: &Client, words: &[&str]) -> Result<(), Failure> {
    let flags = Flags::read(words, FLAGS)?;
    let region = region(client, &flags);
    let (Some(cluster), Some(name)) =
        (flags.value("--cluster"), flags.value("--name").or(flags.value("-n")).or(flags.word()))
    else {
        return Err("--cluster must be set".to_owned());
    };
    let stack = format!("eksctl-{cluster}-nodegroup-{name}");
    info(client, &format!("1 nodegroup ({name}) was included (based on the include/exclude rules)"));
    info(client, &format!("will delete stack \"{stack}\""));
    call(client, &region, "cloudformation", "DeleteStack", tree!({ "StackName": (stack.as_str()) })).await?;
    if flags.is_on("--wait") {
        create::wait(client, &region, &stack, "DELETE_COMPLETE").await?;
    }
    log(client, "✔", &format!("deleted 1 nodegroup(s) from cluster \"{cluster}\""));
    Ok(())
}
