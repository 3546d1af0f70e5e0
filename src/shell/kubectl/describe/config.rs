//! Configuration, storage, access; and any other kind.
// Models k8s.io/kubectl/pkg/describe/describe.go

use crate::document::{Value, base64};
use crate::world::SimTime;
use crate::world::api::{Resource, meta};

use super::super::{Kubectl, rules, table};
use super::{Failure, Page, spoken};

// Models describeConfigMap
pub(super) fn config_map(page: &mut Page, map: &Value) -> bool {
    page.head(map);
    page.line(0, "\nData\n====");
    for (key, value) in map.get("data").into_iter().flat_map(Value::entries) {
        page.line(0, &format!("{key}:\n----\n{}\n", value.as_str().unwrap_or_default()));
    }
    page.line(0, "\nBinaryData\n====");
    for (key, value) in map.get("binaryData").into_iter().flat_map(Value::entries) {
        let bytes = base64::decode(value.as_str().unwrap_or_default()).map_or(0, |bytes| bytes.len());
        page.line(0, &format!("{key}: {bytes} bytes"));
    }
    page.line(0, "");
    true
}

// Models describeSecret
pub(super) fn secret(page: &mut Page, secret: &Value) -> bool {
    page.head(secret);
    page.line(0, &format!("\nType:\t{}", secret.str_at(&["type"])));
    page.line(0, "\nData\n====");
    for (key, value) in secret.get("data").into_iter().flat_map(Value::entries) {
        let bytes = base64::decode(value.as_str().unwrap_or_default()).unwrap_or_default();
        if &**key == "token" && secret.str_at(&["type"]) == "kubernetes.io/service-account-token" {
            page.field(0, key, &String::from_utf8_lossy(&bytes));
        } else {
            page.line(0, &format!("{key}:\t{} bytes", bytes.len()));
        }
    }
    false
}

// Models describeServiceAccount
pub(super) fn service_account(page: &mut Page, account: &Value) -> bool {
    page.head(account);
    let names: Vec<String> =
        account.items_at(&["imagePullSecrets"]).iter().map(|secret| secret.str_at(&["name"]).to_owned()).collect();
    page.several("", "Image pull secrets", &names);
    true
}

// Models RoleDescriber
pub(super) fn role(page: &mut Page, role: &Value) -> bool {
    page.field(0, "Name", meta::name(role));
    page.labels(role);
    page.annotations("", role);
    page.line(0, "PolicyRule:\n  Resources\tNon-Resource URLs\tResource Names\tVerbs");
    page.line(1, "---------\t-----------------\t--------------\t-----");
    for line in rules::of_role(role.items_at(&["rules"])) {
        page.line(1, line.text.trim_end_matches('\n'));
    }
    false
}

// Models RoleBindingDescriber
pub(super) fn role_binding(page: &mut Page, binding: &Value) -> bool {
    page.field(0, "Name", meta::name(binding));
    page.labels(binding);
    page.annotations("", binding);
    page.line(0, "Role:");
    page.field(1, "Kind", binding.str_at(&["roleRef", "kind"]));
    page.field(1, "Name", binding.str_at(&["roleRef", "name"]));
    page.line(0, "Subjects:\n  Kind\tName\tNamespace");
    page.line(1, "----\t----\t---------");
    for subject in binding.items_at(&["subjects"]) {
        let part = |field: &str| subject.str_at(&[field]);
        page.line(1, &format!("{}\t{}\t{}", part("kind"), part("name"), part("namespace")));
    }
    false
}

// Models describePodDisruptionBudget
pub(super) fn disruption_budget(page: &mut Page, budget: &Value) -> bool {
    page.field(0, "Name", meta::name(budget));
    page.field(0, "Namespace", meta::namespace(budget));
    if let Some(least) = budget.at(&["spec", "minAvailable"]) {
        page.field(0, "Min available", &table::number_or_text(Some(least), ""));
    } else if let Some(most) = budget.at(&["spec", "maxUnavailable"]) {
        page.field(0, "Max unavailable", &table::number_or_text(Some(most), ""));
    }
    let chosen = budget.at(&["spec", "selector"]).map_or("<unset>".to_owned(), |it| table::selector(Some(it)));
    page.field(0, "Selector", &chosen);
    page.line(0, "Status:");
    for (title, field) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        page.field(2, title, &budget.int_at(&["status", field]).unwrap_or_default().to_string());
    }
    true
}

fn finalizers(object: &Value) -> String {
    let names: Vec<&str> = object.items_at(&["metadata", "finalizers"]).iter().filter_map(Value::as_str).collect();
    format!("[{}]", names.join(" "))
}

// Models describePersistentVolume
pub(super) fn persistent_volume(page: &mut Page, volume: &Value, now: SimTime) -> bool {
    page.field(0, "Name", meta::name(volume));
    page.labels(volume);
    page.annotations("", volume);
    page.field(0, "Finalizers", &finalizers(volume));
    page.field(0, "StorageClass", volume.str_at(&["spec", "storageClassName"]));
    let phase = if meta::is_deleting(volume) {
        format!("Terminating (lasts {})", super::since(volume.str_at(&["metadata", "deletionTimestamp"]), now))
    } else {
        volume.str_at(&["status", "phase"]).to_owned()
    };
    page.field(0, "Status", &phase);
    let claim = volume
        .at(&["spec", "claimRef"])
        .map(|claim| format!("{}/{}", claim.str_at(&["namespace"]), claim.str_at(&["name"])))
        .unwrap_or_default();
    page.field(0, "Claim", &claim);
    page.field(0, "Reclaim Policy", volume.str_at(&["spec", "persistentVolumeReclaimPolicy"]));
    page.field(0, "Access Modes", &table::access_modes(volume.items_at(&["spec", "accessModes"])));
    page.field(0, "VolumeMode", volume.str_at(&["spec", "volumeMode"]));
    page.field(0, "Capacity", &table::number_or_text(volume.at(&["spec", "capacity", "storage"]), ""));
    node_affinity(page, volume);
    page.field(0, "Message", volume.str_at(&["status", "message"]));
    page.line(0, "Source:");
    if let Some(path) = volume.at(&["spec", "hostPath"]) {
        page.field(2, "Type", "HostPath (bare host directory volume)");
        page.field(2, "Path", path.str_at(&["path"]));
        page.field(2, "HostPathType", path.str_at(&["type"]));
    } else if let Some(path) = volume.at(&["spec", "local"]) {
        page.field(2, "Type", "LocalVolume (a persistent volume backed by local storage on a node)");
        page.field(2, "Path", path.str_at(&["path"]));
    } else if let Some(csi) = volume.at(&["spec", "csi"]) {
        page.field(2, "Type", "CSI (a Container Storage Interface (CSI) volume source)");
        page.field(2, "Driver", csi.str_at(&["driver"]));
        page.field(2, "FSType", csi.str_at(&["fsType"]));
        page.field(2, "VolumeHandle", csi.str_at(&["volumeHandle"]));
        page.field(2, "ReadOnly", &csi.is_true_at(&["readOnly"]).to_string());
    } else if let Some(nfs) = volume.at(&["spec", "nfs"]) {
        page.field(2, "Type", "NFS (an NFS mount that lasts the lifetime of a pod)");
        page.field(2, "Server", nfs.str_at(&["server"]));
        page.field(2, "Path", nfs.str_at(&["path"]));
        page.field(2, "ReadOnly", &nfs.is_true_at(&["readOnly"]).to_string());
    }
    true
}

// Models printVolumeNodeAffinity
fn node_affinity(page: &mut Page, volume: &Value) {
    let terms = volume.items_at(&["spec", "nodeAffinity", "required", "nodeSelectorTerms"]);
    if terms.is_empty() {
        page.line(0, "Node Affinity:\t<none>");
        return;
    }
    page.line(0, "Node Affinity:");
    page.line(1, "Required Terms:");
    for (index, term) in terms.iter().enumerate() {
        let texts: Vec<String> = term
            .items_at(&["matchExpressions"])
            .iter()
            .map(|expression| {
                let values: Vec<&str> = expression.items_at(&["values"]).iter().filter_map(Value::as_str).collect();
                let operator = expression.str_at(&["operator"]).to_lowercase();
                format!("{} {operator} [{}]", expression.str_at(&["key"]), values.join(", "))
            })
            .collect();
        page.several("    ", &format!("Term {index}"), &texts);
    }
}

// Models describePersistentVolumeClaim
pub(super) async fn claim(kubectl: &Kubectl, page: &mut Page, claim: &Value) -> Result<bool, Failure> {
    page.field(0, "Name", meta::name(claim));
    page.field(0, "Namespace", meta::namespace(claim));
    page.field(0, "StorageClass", claim.str_at(&["spec", "storageClassName"]));
    let phase = if meta::is_deleting(claim) {
        format!(
            "Terminating (lasts {})",
            super::since(claim.str_at(&["metadata", "deletionTimestamp"]), kubectl.client.now())
        )
    } else {
        claim.str_at(&["status", "phase"]).to_owned()
    };
    page.field(0, "Status", &phase);
    page.field(0, "Volume", claim.str_at(&["spec", "volumeName"]));
    page.labels(claim);
    page.annotations("", claim);
    page.field(0, "Finalizers", &finalizers(claim));
    let bound = !claim.str_at(&["spec", "volumeName"]).is_empty();
    let capacity = table::number_or_text(claim.at(&["status", "capacity", "storage"]), "");
    page.field(0, "Capacity", if bound { &capacity } else { "" });
    let modes = table::access_modes(claim.items_at(&["status", "accessModes"]));
    page.field(0, "Access Modes", if bound { &modes } else { "" });
    page.field(0, "VolumeMode", claim.str_at(&["spec", "volumeMode"]));
    let pods = kubectl.client.list(Resource::PODS, meta::namespace(claim)).await?;
    let users: Vec<String> = pods
        .iter()
        .filter(|pod| {
            pod.items_at(&["spec", "volumes"])
                .iter()
                .any(|volume| volume.str_at(&["persistentVolumeClaim", "claimName"]) == meta::name(claim))
        })
        .map(|pod| meta::name(pod).to_owned())
        .collect();
    page.several("", "Used By", &users);
    let conditions = claim.items_at(&["status", "conditions"]);
    if !conditions.is_empty() {
        page.line(0, "Conditions:\n  Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage");
        page.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
        for condition in conditions {
            let part = |field: &str| condition.str_at(&[field]);
            page.line(
                1,
                &format!(
                    "{} \t{} \t{} \t{} \t{} \t{}",
                    part("type"),
                    part("status"),
                    spoken(part("lastProbeTime")),
                    spoken(part("lastTransitionTime")),
                    part("reason"),
                    part("message")
                ),
            );
        }
    }
    Ok(true)
}

// Models describeStorageClass
pub(super) fn storage_class(page: &mut Page, class: &Value) -> bool {
    page.field(0, "Name", meta::name(class));
    let default = meta::annotation(class, "storageclass.kubernetes.io/is-default-class") == Some("true");
    page.field(0, "IsDefaultClass", if default { "Yes" } else { "No" });
    page.field(0, "Annotations", &table::labels(class.at(&["metadata", "annotations"])));
    page.field(0, "Provisioner", class.str_at(&["provisioner"]));
    page.field(0, "Parameters", &table::labels(class.get("parameters")));
    page.field(
        0,
        "AllowVolumeExpansion",
        &class.get("allowVolumeExpansion").map_or("<unset>".to_owned(), |it| {
            if it.as_bool() == Some(true) { "True".to_owned() } else { "False".to_owned() }
        }),
    );
    let options: Vec<&str> = class.items_at(&["mountOptions"]).iter().filter_map(Value::as_str).collect();
    page.field(0, "MountOptions", &table::or_none(&options.join("\n  ")));
    page.field(0, "ReclaimPolicy", class.str_at(&["reclaimPolicy"]));
    page.field(0, "VolumeBindingMode", class.str_at(&["volumeBindingMode"]));
    page.line(0, "AllowedTopologies:\t<none>");
    true
}

// Models describePriorityClass
pub(super) fn priority_class(page: &mut Page, class: &Value) -> bool {
    page.field(0, "Name", meta::name(class));
    page.field(0, "Value", &class.int_at(&["value"]).unwrap_or_default().to_string());
    page.field(0, "GlobalDefault", &class.is_true_at(&["globalDefault"]).to_string());
    page.field(0, "PreemptionPolicy", class.str_at(&["preemptionPolicy"]));
    page.field(0, "Description", class.str_at(&["description"]));
    page.field(0, "Annotations", &table::labels(class.at(&["metadata", "annotations"])));
    true
}

// Models describeNetworkPolicy
pub(super) fn network_policy(page: &mut Page, policy: &Value) -> bool {
    page.field(0, "Name", meta::name(policy));
    page.field(0, "Namespace", meta::namespace(policy));
    page.field(0, "Created on", &created(policy));
    page.labels(policy);
    page.annotations("", policy);
    page.line(0, "Spec:");
    let chosen = policy.at(&["spec", "podSelector"]);
    let chosen = match table::selector(chosen).as_str() {
        "<none>" => "<none> (Allowing the specific traffic to all pods in this namespace)".to_owned(),
        text => text.to_owned(),
    };
    page.line(1, &format!("PodSelector:     {chosen}"));
    let types: Vec<&str> = policy.items_at(&["spec", "policyTypes"]).iter().filter_map(Value::as_str).collect();
    for (kind, field, word, peers) in [("Ingress", "ingress", "ingress", "From"), ("Egress", "egress", "egress", "To")]
    {
        if types.contains(&kind) {
            page.line(1, &format!("Allowing {word} traffic:"));
            rules(page, policy.items_at(&["spec", field]), word, peers);
        } else {
            page.line(1, &format!("Not affecting {word} traffic"));
        }
    }
    page.line(1, &format!("Policy Types: {}", types.join(", ")));
    false
}

/// `2026-01-05 00:00:00 +0000 UTC`.
fn created(object: &Value) -> String {
    let moment = object.str_at(&["metadata", "creationTimestamp"]);
    format!("{} +0000 UTC", moment.trim_end_matches('Z').replace('T', " "))
}

// Models printNetworkPolicySpecIngressFrom and printNetworkPolicySpecEgressTo
fn rules(page: &mut Page, rules: &[Value], word: &str, peers: &str) {
    if rules.is_empty() {
        page.line(2, &format!("<none> (Selected pods are isolated for {word} connectivity)"));
        return;
    }
    let field = peers.to_lowercase();
    for (index, rule) in rules.iter().enumerate() {
        let ports = rule.items_at(&["ports"]);
        if ports.is_empty() {
            page.line(2, "To Port: <any> (traffic allowed to all ports)");
        }
        for port in ports {
            let number = table::number_or_text(port.get("port"), "<any>");
            page.line(2, &format!("To Port: {number}/{}", port.str_at(&["protocol"])));
        }
        let list = rule.items_at(&[&field]);
        if list.is_empty() {
            page.line(
                2,
                &format!(
                    "{peers}: <any> (traffic not restricted by {})",
                    if word == "ingress" { "source" } else { "destination" }
                ),
            );
        }
        for peer in list {
            page.line(2, &format!("{peers}:"));
            let (namespace, pod) = (peer.get("namespaceSelector"), peer.get("podSelector"));
            if let Some(block) = peer.get("ipBlock") {
                page.line(3, "IPBlock:");
                let except: Vec<&str> = block.items_at(&["except"]).iter().filter_map(Value::as_str).collect();
                page.line(4, &format!("CIDR: {}", block.str_at(&["cidr"])));
                page.line(4, &format!("Except: {}", except.join(", ")));
            }
            if let Some(selector) = namespace {
                page.line(3, &format!("NamespaceSelector: {}", table::selector(Some(selector))));
            }
            if let Some(selector) = pod {
                page.line(3, &format!("PodSelector: {}", table::selector(Some(selector))));
            }
        }
        if index + 1 < rules.len() {
            page.line(2, "----------");
        }
    }
}
