//! `ssh MACHINE sudo kubeadm …`: what its owner does to a control plane that they keep themselves. The
//! machine is an instance of the cloud: it is there even when the cluster's API server is not.
// Models kubernetes/cmd/kubeadm/app/cmd/upgrade/apply.go, its words

use super::client::Client;
use super::kubectl;
use crate::document::Value;
use crate::tree;
use crate::world::{Action, Break, Call, secs};

/// How long `upgrade apply` takes. Assumption; a little longer than the API server is away.
const UPGRADE_S: u64 = 185;
/// How long an answer from a machine that is off is waited for.
const TIMEOUT_S: u64 = 60;

/// The running instance with this name.
async fn machine(client: &Client, name: &str) -> Option<Value> {
    let filters = tree!({ "Filters": [
        { "Name": "tag:Name", "Values": [name] },
        { "Name": "instance-state-name", "Values": ["running"] },
    ] });
    let (region, key) = {
        let setting = client.setting();
        (setting.profile.region.clone(), setting.profile.access_key_id.clone())
    };
    let answer = client.call(Call::new(&key, &region, "ec2", "DescribeInstances", filters)).await.ok()?;
    answer.items_at(&["Reservations"]).first()?.items_at(&["Instances"]).first().cloned()
}

/// Runs kubeadm on a machine.
pub(super) async fn over_ssh(client: &Client, host: &str, words: &[&str]) -> u8 {
    let Some(machine) = machine(client, host).await else {
        client.warnln(&format!("ssh: Could not resolve hostname {host}: Name or service not known"));
        return 255;
    };
    let zone = machine.str_at(&["Placement", "AvailabilityZone"]);
    let region = zone.get(..zone.len().saturating_sub(1)).unwrap_or_default();
    let key = client.setting().profile.access_key_id.clone();
    let asked = tree!({ "Filters": [{ "Name": "zone-name", "Values": [zone] }] });
    let zones =
        client.call(Call::new(&key, region, "ec2", "DescribeAvailabilityZones", asked)).await.unwrap_or_default();
    if zones.items_at(&["AvailabilityZones"]).iter().any(|zone| zone.str_at(&["State"]) == "unavailable") {
        client.sleep(secs(TIMEOUT_S)).await;
        client.warnln(&format!("ssh: connect to host {host} port 22: Connection timed out"));
        return 255;
    }
    let mut tags = machine.items_at(&["Tags"]).iter();
    let cluster = tags.find_map(|tag| tag.str_at(&["Key"]).strip_prefix("kubernetes.io/cluster/"));
    let (["kubeadm", "upgrade", "apply", version, ..], Some(cluster)) = (words, cluster) else {
        return kubectl::usage(client, "usage: kubeadm upgrade apply VERSION");
    };
    let version = version.trim_start_matches('v');
    client.println("[upgrade/preflight] Running preflight checks");
    if let Err(refusal) = client.act(Action::Break(Break::Patch(cluster.into()))).await {
        client.warnln(&format!("error: {}", refusal.message));
        return 1;
    }
    client.println(&format!("[upgrade/version] You have chosen to upgrade the cluster version to \"v{version}\""));
    client.println(&format!(
        "[upgrade/control-plane] Upgrading your static Pod-hosted control plane to version \"v{version}\" (timeout: \
         5m0s)..."
    ));
    client.sleep(secs(UPGRADE_S)).await;
    client.println(&format!("[upgrade] SUCCESS! A control plane node of your cluster was upgraded to \"v{version}\"."));
    0
}
