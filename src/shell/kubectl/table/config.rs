//! Configuration, storage, network and access.
// Models k8s.io/kubernetes/pkg/printers/internalversion/printers.go

use crate::document::Value;
use crate::world::api::meta;

use super::{access_modes, count, number_or_text, or_none, selector};

type Row = (Vec<String>, Vec<String>);

// Models printConfigMap
pub(super) fn config_map(map: &Value) -> Row {
    let entries = |field: &str| map.get(field).map_or(0, |data| data.entries().count());
    (vec![(entries("data") + entries("binaryData")).to_string()], vec![])
}

// Models printSecret
pub(super) fn secret(secret: &Value) -> Row {
    let data = secret.get("data").map_or(0, |data| data.entries().count());
    (vec![secret.str_at(&["type"]).to_owned(), data.to_string()], vec![])
}

// Models printResourceQuota
pub(super) fn resource_quota(quota: &Value) -> Row {
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    if let Some(hard) = quota.at(&["status", "hard"]) {
        for (resource, most) in hard.entries() {
            let used = quota.str_at(&["status", "used", resource]);
            let used = if used.is_empty() { "0" } else { used };
            let text = format!("{resource}: {used}/{}", number_or_text(Some(most), ""));
            if resource.starts_with("limits") { limits.push(text) } else { requests.push(text) }
        }
    }
    (vec![requests.join(", "), limits.join(", ")], vec![])
}

/// The class of a volume or claim.
// Models k8s.io/component-helpers/storage/volume GetPersistentVolumeClass
fn class(object: &Value) -> String {
    let annotated = meta::annotation(object, "volume.beta.kubernetes.io/storage-class");
    annotated.unwrap_or(object.str_at(&["spec", "storageClassName"])).to_owned()
}

fn attributes_class(object: &Value) -> String {
    match object.str_at(&["spec", "volumeAttributesClassName"]) {
        "" => "<unset>".to_owned(),
        name => name.to_owned(),
    }
}

fn volume_mode(object: &Value) -> String {
    match object.str_at(&["spec", "volumeMode"]) {
        "" => "<unset>".to_owned(),
        mode => mode.to_owned(),
    }
}

// Models printPersistentVolume
pub(super) fn persistent_volume(volume: &Value) -> Row {
    let claim = match volume.at(&["spec", "claimRef"]) {
        Some(claim) => format!("{}/{}", claim.str_at(&["namespace"]), claim.str_at(&["name"])),
        None => String::new(),
    };
    let phase = if meta::is_deleting(volume) { "Terminating" } else { volume.str_at(&["status", "phase"]) };
    (
        vec![
            number_or_text(volume.at(&["spec", "capacity", "storage"]), "0"),
            access_modes(volume.items_at(&["spec", "accessModes"])),
            volume.str_at(&["spec", "persistentVolumeReclaimPolicy"]).to_owned(),
            phase.to_owned(),
            claim,
            class(volume),
            attributes_class(volume),
            volume.str_at(&["status", "reason"]).to_owned(),
        ],
        vec![volume_mode(volume)],
    )
}

// Models printPersistentVolumeClaim
pub(super) fn persistent_volume_claim(claim: &Value) -> Row {
    let phase = if meta::is_deleting(claim) { "Terminating" } else { claim.str_at(&["status", "phase"]) };
    let volume = claim.str_at(&["spec", "volumeName"]);
    let (modes, capacity) = if volume.is_empty() {
        (String::new(), String::new())
    } else {
        let capacity = number_or_text(claim.at(&["status", "capacity", "storage"]), "0");
        (access_modes(claim.items_at(&["status", "accessModes"])), capacity)
    };
    (
        vec![phase.to_owned(), volume.to_owned(), capacity, modes, class(claim), attributes_class(claim)],
        vec![volume_mode(claim)],
    )
}

// Models printStorageClass
pub(super) fn storage_class(class: &Value) -> Row {
    let or = |field: &str, default: &str| match class.str_at(&[field]) {
        "" => default.to_owned(),
        text => text.to_owned(),
    };
    (
        vec![
            class.str_at(&["provisioner"]).to_owned(),
            or("reclaimPolicy", "Delete"),
            or("volumeBindingMode", "Immediate"),
            class.is_true_at(&["allowVolumeExpansion"]).to_string(),
        ],
        vec![],
    )
}

// Models printIngress
pub(super) fn ingress(ingress: &Value) -> Row {
    let hosts: Vec<&str> = ingress
        .items_at(&["spec", "rules"])
        .iter()
        .map(|rule| rule.str_at(&["host"]))
        .filter(|host| !host.is_empty())
        .collect();
    let shown = match hosts.len() {
        0 => "*".to_owned(),
        1..=3 => hosts.join(","),
        many => format!("{} + {} more...", hosts[..3].join(","), many - 3),
    };
    let addresses: Vec<&str> = ingress
        .items_at(&["status", "loadBalancer", "ingress"])
        .iter()
        .filter_map(|it| [it.str_at(&["ip"]), it.str_at(&["hostname"])].into_iter().find(|text| !text.is_empty()))
        .collect();
    let ports = if ingress.items_at(&["spec", "tls"]).is_empty() { "80" } else { "80, 443" };
    (vec![or_none(ingress.str_at(&["spec", "ingressClassName"])), shown, addresses.join(","), ports.to_owned()], vec![])
}

// Models printIngressClass
pub(super) fn ingress_class(class: &Value) -> Row {
    let parameters = match class.at(&["spec", "parameters"]) {
        Some(parameters) => {
            let group = parameters.str_at(&["apiGroup"]);
            let kind = parameters.str_at(&["kind"]);
            let kind = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
            format!("{kind}/{}", parameters.str_at(&["name"]))
        }
        None => "<none>".to_owned(),
    };
    (vec![class.str_at(&["spec", "controller"]).to_owned(), parameters], vec![])
}

// Models printNetworkPolicy
pub(super) fn network_policy(policy: &Value) -> Row {
    (vec![selector(policy.at(&["spec", "podSelector"]))], vec![])
}

// Models printPodDisruptionBudget
pub(super) fn disruption_budget(budget: &Value) -> Row {
    (
        vec![
            number_or_text(budget.at(&["spec", "minAvailable"]), "N/A"),
            number_or_text(budget.at(&["spec", "maxUnavailable"]), "N/A"),
            count(budget, &["status", "disruptionsAllowed"]),
        ],
        vec![],
    )
}

// Models printRoleBinding
pub(super) fn role_binding(binding: &Value) -> Row {
    let role = format!("{}/{}", binding.str_at(&["roleRef", "kind"]), binding.str_at(&["roleRef", "name"]));
    let subjects = |kind: &str| {
        binding
            .items_at(&["subjects"])
            .iter()
            .filter(|subject| subject.str_at(&["kind"]) == kind)
            .map(|subject| match kind {
                "ServiceAccount" => format!("{}/{}", subject.str_at(&["namespace"]), subject.str_at(&["name"])),
                _ => subject.str_at(&["name"]).to_owned(),
            })
            .collect::<Vec<_>>()
            .join(", ")
    };
    (vec![role], vec![subjects("User"), subjects("Group"), subjects("ServiceAccount")])
}

// Models printPriorityClass
pub(super) fn priority_class(class: &Value) -> Row {
    let default = class.is_true_at(&["globalDefault"]);
    (vec![count(class, &["value"]), default.to_string()], vec![class.str_at(&["preemptionPolicy"]).to_owned()])
}
