//! The rules of volumes that outlive Pods, and of the claims on them.
// Models pkg/apis/core/validation ValidatePersistentVolumeSpec, ValidatePersistentVolumeClaimSpec

use super::affinity;
use super::check::{At, Check, Path, blank};
use super::{goprint, resources, volume};
use crate::document::Value;
use crate::kube::api::{Quantity, names};

const ACCESS_MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const MODES: [&str; 2] = ["Block", "Filesystem"];

/// The sources of a PersistentVolume in upstream's order, with the fields that must not be empty.
const SOURCES: [(&str, &[&str]); 22] = [
    ("hostPath", &[]),
    ("gcePersistentDisk", &["pdName"]),
    ("awsElasticBlockStore", &["volumeID"]),
    ("nfs", &["server", "path"]),
    ("glusterfs", &["endpoints", "path"]),
    ("flocker", &[]),
    ("rbd", &["image"]),
    ("quobyte", &["registry", "volume"]),
    ("cephfs", &[]),
    ("iscsi", &["targetPortal", "iqn"]),
    ("cinder", &["volumeID"]),
    ("fc", &[]),
    ("flexVolume", &["driver"]),
    ("azureFile", &["secretName", "shareName"]),
    ("vsphereVolume", &["volumePath"]),
    ("photonPersistentDisk", &["pdID"]),
    ("portworxVolume", &["volumeID"]),
    ("azureDisk", &["diskName", "diskURI"]),
    ("scaleIO", &["gateway", "system", "volumeName"]),
    ("local", &[]),
    ("storageos", &["volumeName"]),
    ("csi", &[]),
];

fn access_modes(check: &mut Check, spec: &At<'_>, missing: &str) {
    let modes = spec.child("accessModes");
    if modes.value.items().is_empty() {
        check.required(&modes.path, missing);
    }
}

fn supported_modes(check: &mut Check, spec: &At<'_>) {
    let modes = spec.child("accessModes");
    for mode in modes.clone().items() {
        if !ACCESS_MODES.contains(&mode.text()) {
            check.unsupported(&modes.path, mode.text(), &ACCESS_MODES);
        }
    }
    let listed = |name: &str| modes.value.items().iter().any(|mode| mode.as_str() == Some(name));
    if listed("ReadWriteOncePod") && ACCESS_MODES[..3].iter().any(|name| listed(name)) {
        check.forbidden(&modes.path, "may not use ReadWriteOncePod with other access modes");
    }
}

/// A PersistentVolume, its metadata apart.
pub fn volume(check: &mut Check, object: &Value) {
    let spec = At::of(object, "spec");
    access_modes(check, &spec, "");
    supported_modes(check, &spec);
    let capacity = spec.child("capacity");
    if capacity.value.is_empty() {
        check.required(&capacity.path, "");
    }
    if capacity.value.get("storage").is_none() || capacity.value.entries().count() > 1 {
        let shown = if capacity.is_set() { goprint::plain(capacity.value) } else { "null".to_owned() };
        check.unsupported(&capacity.path, shown, &["storage"]);
    }
    for (_, one) in spec.entries("capacity") {
        let amount = Quantity::of(one.value).value();
        if amount < 0 {
            check.invalid(&one.path, amount, "must be a valid resource quantity");
        }
        positive(check, &one);
    }
    let policies = ["Delete", "Recycle", "Retain"];
    check.one_of_if_set(&spec.child("persistentVolumeReclaimPolicy"), &policies);
    let affinity = spec.child("nodeAffinity");
    if affinity.is_set() {
        let required = affinity.child("required");
        if required.is_set() {
            affinity::node_selector(check, &required);
        } else {
            check.required(&required.path, "must specify required node constraints");
        }
    }
    sources(check, &spec);
    check.named_if_set(&spec.child("storageClassName"), names::dns1123_subdomain);
    check.one_of_if_set(&spec.child("volumeMode"), &MODES);
    let class = spec.child("volumeAttributesClassName");
    if class.is_set() {
        if class.text().is_empty() {
            check.required(&class.path, "an empty string is disallowed");
        } else {
            check.named(&class, names::dns1123_subdomain);
        }
        if !spec.child("csi").is_set() {
            check.required(&spec.path.child("csi"), "has to be specified when using volumeAttributesClassName");
        }
    }
}

fn sources(check: &mut Check, spec: &At<'_>) {
    let mut found = false;
    for (name, needed) in SOURCES {
        let one = spec.child(name);
        if !one.is_set() {
            continue;
        }
        if found {
            check.forbidden(&one.path, "may not specify more than 1 volume type");
            continue;
        }
        found = true;
        for field in needed {
            check.need(&one.child(field));
        }
        match name {
            "hostPath" => volume::host_path(check, &one),
            "nfs" => volume::absolute_path(check, &one.child("path")),
            "csi" => {
                volume::csi_driver(check, &one.child("driver"));
                check.need(&one.child("volumeHandle"));
                for field in [
                    "controllerPublishSecretRef",
                    "controllerExpandSecretRef",
                    "nodePublishSecretRef",
                    "nodeExpandSecretRef",
                ] {
                    let reference = one.child(field);
                    if reference.is_set() {
                        check.need_name(&reference.child("name"), names::dns1123_subdomain);
                        check.need_name(&reference.child("namespace"), names::dns1123_label);
                    }
                }
            }
            "local" => {
                let path = one.child("path");
                if check.need(&path) {
                    volume::no_backsteps(check, &path);
                }
                if !spec.child("nodeAffinity").is_set() {
                    check.required(&spec.path.child("nodeAffinity"), "Local volume requires node affinity");
                }
            }
            _ => {}
        }
    }
    if !found {
        check.required(&spec.path, "must specify a volume type");
    }
    let root = spec.child("hostPath").str("path") == "/";
    if root && spec.str("persistentVolumeReclaimPolicy") == "Recycle" {
        let path = spec.path.child("persistentVolumeReclaimPolicy");
        check.forbidden(&path, "may not be 'recycle' for a hostPath mount of '/'");
    }
}

fn positive(check: &mut Check, at: &At<'_>) -> bool {
    let quantity = Quantity::of(at.value);
    let fits = quantity > Quantity::ZERO;
    if !fits {
        check.invalid(&at.path, quantity.to_string().as_str(), "must be greater than zero");
    }
    fits
}

// Models pkg/apis/core/validation ValidatePersistentVolumeUpdate
pub fn volume_update(check: &mut Check, new: &Value, old: &Value) {
    let source = |object: &Value| {
        let mut kept = Value::map();
        for (name, _) in SOURCES {
            if let Some(one) = object.at(&["spec", name]) {
                kept.set(&[name], one);
            }
        }
        kept
    };
    let (before, after) = (source(old), source(new));
    if before != after {
        let diff = goprint::diff(&before, &after, "PersistentVolumeSource");
        let detail = format!("spec.persistentvolumesource is immutable after creation\n{diff}");
        check.forbidden(&Path::of("spec.persistentvolumesource"), detail);
    }
    check.immutable(&Path::of("volumeMode"), new.at(&["spec", "volumeMode"]), old.at(&["spec", "volumeMode"]));
    let affinity = ["spec", "nodeAffinity"];
    if old.at(&affinity).is_some() && new.at(&affinity) != old.at(&affinity) {
        let shown = new.at(&affinity).map_or_else(|| "null".to_owned(), |new| goprint::json(new, "VolumeNodeAffinity"));
        let detail = "field is immutable, except for updating from beta label to GA";
        check.invalid(&Path::of("nodeAffinity"), shown, detail);
    }
    let class = ["spec", "volumeAttributesClassName"];
    if old.at(&class).is_some() && new.at(&class).is_none() {
        check.forbidden(&Path::of("spec.volumeAttributesClassName"), "update from non-nil value to nil is forbidden");
    }
}

/// The spec of a PersistentVolumeClaim, wherever it stands.
pub fn claim_spec(check: &mut Check, spec: &At<'_>) {
    access_modes(check, spec, "at least 1 access mode is required");
    affinity::label_selector(check, &spec.child("selector"));
    supported_modes(check, spec);
    let path = spec.path.child("resources").key("storage");
    match spec.value.at(&["resources", "requests", "storage"]) {
        None => check.required(&path, ""),
        Some(value) => {
            let at = At { value, path };
            if positive(check, &at) {
                resources::amount(check, "storage", &at);
            }
        }
    }
    check.named_if_set(&spec.child("storageClassName"), names::dns1123_subdomain);
    check.one_of_if_set(&spec.child("volumeMode"), &MODES);
    for field in ["dataSource", "dataSourceRef"] {
        let source = spec.child(field);
        if !source.is_set() {
            continue;
        }
        check.need(&source.child("name"));
        check.need(&source.child("kind"));
        if source.str("apiGroup").is_empty() && source.str("kind") != "PersistentVolumeClaim" {
            let detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
            check.invalid(&source.path, source.str("kind"), detail);
        }
        check.named_if_set(&source.child("apiGroup"), names::dns1123_subdomain);
        check.named_if_set(&source.child("namespace"), names::dns1123_label);
    }
    data_sources(check, spec);
    check.named_if_set(&spec.child("volumeAttributesClassName"), names::dns1123_subdomain);
}

/// The two ways to name a source must agree.
fn data_sources(check: &mut Check, spec: &At<'_>) {
    let (source, reference) = (spec.child("dataSource"), spec.child("dataSourceRef"));
    if !source.is_set() || !reference.is_set() {
        return;
    }
    // Upstream prints the path of the field as the value: a struct without exported fields.
    let shown = || "{}".to_owned();
    if !reference.str("namespace").is_empty() {
        check.invalid(&spec.path, shown(), "may not be specified when dataSourceRef.namespace is specified");
    } else if ["apiGroup", "kind", "name"].iter().any(|field| source.value.get(field) != reference.value.get(field)) {
        check.invalid(&spec.path, shown(), "must match dataSourceRef");
    }
}

// Models pkg/apis/core/validation ValidatePersistentVolumeClaimUpdate
pub fn claim_update(check: &mut Check, new: &Value, old: &Value) {
    let (mut before, mut after) =
        (old.get("spec").cloned().unwrap_or_else(Value::map), new.get("spec").cloned().unwrap_or_else(Value::map));
    if before.str_at(&["volumeName"]).is_empty() {
        let name = after.str_at(&["volumeName"]).to_owned();
        if !name.is_empty() {
            before.set(&["volumeName"], name);
        }
    }
    if before.get("storageClassName").is_none() {
        after.remove(&["storageClassName"]);
    }
    let storage = ["resources", "requests", "storage"];
    if new.str_at(&["status", "phase"]) == "Bound" && after.at(&["resources", "requests"]).is_some() {
        if let Some(size) = before.at(&storage) {
            after.set(&storage, size);
        }
        if after.get("volumeAttributesClassName").is_some() {
            after.remove(&["volumeAttributesClassName"]);
            if let Some(class) = before.get("volumeAttributesClassName") {
                after.set(&["volumeAttributesClassName"], class);
            }
        }
    }
    if before != after {
        let diff = goprint::diff(&before, &after, "PersistentVolumeClaimSpec");
        let detail = format!(
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n{diff}"
        );
        check.forbidden(&Path::of("spec"), detail);
    }
    let size = |object: &Value| object.at(&["spec", "resources", "requests", "storage"]).map(Quantity::of);
    let had = old.at(&["status", "capacity", "storage"]).map(Quantity::of).unwrap_or_default();
    let (wanted, wished) = (size(new).unwrap_or_default(), size(old).unwrap_or_default());
    if wanted < wished && wanted <= had {
        check.forbidden(&Path::of("spec.resources.requests.storage"), "field can not be less than status.capacity");
    }
    let mode = ["spec", "volumeMode"];
    check.immutable(&Path::of("volumeMode"), blank(new.at(&mode)), blank(old.at(&mode)));
    let class = ["spec", "volumeAttributesClassName"];
    if old.at(&class).is_some() {
        let path = Path::of("spec.volumeAttributesClassName");
        match new.at(&class).map(Value::as_str) {
            None => check.forbidden(&path, "update from non-nil value to nil is forbidden"),
            Some(Some("")) => check.forbidden(&path, "update from non-nil value to an empty string is forbidden"),
            _ => {}
        }
    }
}

/// A StorageClass, its metadata apart.
// Models pkg/apis/storage/validation ValidateStorageClass
pub fn class(check: &mut Check, object: &Value) {
    let provisioner = At::of(object, "provisioner");
    check.need_name(&provisioner, |text| names::qualified_name(&text.to_lowercase()));
    for (key, one) in (At { value: object, path: Path::root() }).entries("parameters") {
        if key.is_empty() {
            let _ = one;
            check.invalid(&Path::of("parameters"), key, "field can not be empty.");
        }
    }
    check.one_of_if_set(&At::of(object, "reclaimPolicy"), &["Delete", "Retain"]);
    let mode = At::of(object, "volumeBindingMode");
    if mode.is_set() {
        check.one_of_if_set(&mode, &["Immediate", "WaitForFirstConsumer"]);
    } else {
        check.required(&mode.path, "");
    }
    for term in At::of(object, "allowedTopologies").items() {
        for one in term.each("matchLabelExpressions") {
            let values = one.child("values");
            if values.value.items().is_empty() {
                check.required(&values.path, "");
            }
            let mut seen: Vec<&str> = Vec::new();
            for value in values.items() {
                if seen.contains(&value.text()) {
                    check.duplicate(&value.path, value.text());
                }
                seen.push(value.text());
            }
            check.named(&one.child("key"), names::qualified_name);
        }
    }
}

// Models pkg/apis/storage/validation ValidateStorageClassUpdate
pub fn class_update(check: &mut Check, new: &Value, old: &Value) {
    let same = |field: &str| blank(new.get(field)) == blank(old.get(field));
    if !same("parameters") {
        check.forbidden(&Path::of("parameters"), "updates to parameters are forbidden.");
    }
    if !same("provisioner") {
        check.forbidden(&Path::of("provisioner"), "updates to provisioner are forbidden.");
    }
    if !same("reclaimPolicy") {
        check.forbidden(&Path::of("reclaimPolicy"), "updates to reclaimPolicy are forbidden.");
    }
    check.immutable(&Path::of("volumeBindingMode"), new.get("volumeBindingMode"), old.get("volumeBindingMode"));
}
