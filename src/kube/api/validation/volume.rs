//! The rules of volumes and of what mounts them.
// Models pkg/apis/core/validation ValidateVolumes, ValidateVolumeMounts

use super::check::{At, Check};
use super::container::{field_ref, resource_field_ref};
use super::pod::Pod;
use super::{meta, storage};
use crate::document::Value;
use crate::kube::api::{Quantity, names};

/// The sources in upstream's order: name, the name in `may not specify more than 1`, and the
/// fields that must not be empty.
const SOURCES: [(&str, &str, &[&str]); 27] = [
    ("emptyDir", "emptyDir", &[]),
    ("hostPath", "hostPath", &[]),
    ("gitRepo", "gitRepo", &["repository"]),
    ("gcePersistentDisk", "gcePersistentDisk", &["pdName"]),
    ("awsElasticBlockStore", "awsElasticBlockStore", &["volumeID"]),
    ("secret", "secret", &["secretName"]),
    ("nfs", "nfs", &["server", "path"]),
    ("iscsi", "iscsi", &["targetPortal", "iqn"]),
    ("glusterfs", "glusterfs", &["endpoints", "path"]),
    ("persistentVolumeClaim", "persistentVolumeClaim", &["claimName"]),
    ("rbd", "rbd", &["image"]),
    ("cinder", "cinder", &["volumeID"]),
    ("cephfs", "cephFS", &[]),
    ("quobyte", "quobyte", &["registry", "volume"]),
    ("downwardAPI", "downwarAPI", &[]),
    ("fc", "fc", &[]),
    ("flexVolume", "flexVolume", &["driver"]),
    ("configMap", "configMap", &["name"]),
    ("azureFile", "azureFile", &["secretName", "shareName"]),
    ("vsphereVolume", "vsphereVolume", &["volumePath"]),
    ("azureDisk", "azureDisk", &["diskName", "diskURI"]),
    ("storageos", "storageos", &["volumeName"]),
    ("projected", "projected", &[]),
    ("scaleIO", "scaleIO", &["gateway", "system", "volumeName"]),
    ("csi", "csi", &[]),
    ("ephemeral", "ephemeral", &[]),
    ("image", "image", &[]),
];

/// Checks `spec.volumes` and returns those that may be mounted.
pub fn volumes<'a>(check: &mut Check, spec: &At<'a>) -> Vec<(&'a str, &'a Value)> {
    let mut good: Vec<(&str, &Value)> = Vec::new();
    for one in spec.each("volumes") {
        let before = check.errors.len();
        source(check, &one);
        let name = one.child("name");
        check.need_name(&name, names::dns1123_label);
        if good.iter().any(|(other, _)| *other == name.text()) {
            check.duplicate(&name.path, name.text());
        }
        if check.errors.len() == before {
            good.push((name.text(), one.value));
        }
    }
    good
}

fn source(check: &mut Check, volume: &At<'_>) {
    let mut found = false;
    for (name, shown, needed) in SOURCES {
        let one = volume.child(name);
        if !one.is_set() {
            continue;
        }
        if found {
            check.forbidden(&volume.path.child(shown), "may not specify more than 1 volume type");
            continue;
        }
        found = true;
        for field in needed {
            check.need(&one.child(field));
        }
        details(check, name, &one);
    }
    if !found {
        check.required(&volume.path, "must specify a volume type");
    }
}

fn details(check: &mut Check, name: &str, one: &At<'_>) {
    match name {
        "emptyDir" => {
            let limit = one.child("sizeLimit");
            if Quantity::of(limit.value).is_negative() {
                check.forbidden(&limit.path, "SizeLimit field must be a valid resource quantity");
            }
        }
        "hostPath" => host_path(check, one),
        "gitRepo" => descending_path(check, &one.child("directory")),
        "nfs" => absolute_path(check, &one.child("path")),
        "csi" => {
            csi_driver(check, &one.child("driver"));
            let reference = one.child("nodePublishSecretRef");
            if reference.is_set() {
                check.need(&reference.child("name"));
            }
        }
        "secret" | "configMap" => {
            mode(check, &one.child("defaultMode"));
            one.each("items").for_each(|item| key_to_path(check, &item));
        }
        "downwardAPI" => {
            mode(check, &one.child("defaultMode"));
            one.each("items").for_each(|item| downward_file(check, &item));
        }
        "projected" => projected(check, one),
        "ephemeral" => {
            let template = one.child("volumeClaimTemplate");
            if template.is_set() {
                template_metadata(check, &template.child("metadata"));
                storage::claim_spec(check, &template.child("spec"));
            } else {
                check.required(&template.path, "");
            }
        }
        "image" => {
            check.need(&one.child("reference"));
            let policies = ["Always", "IfNotPresent", "Never"];
            check.one_of(&one.path.child("pullPolicy"), one.str("pullPolicy"), &policies);
        }
        _ => {}
    }
}

/// Only labels and annotations can be given to the claims that are made.
// Models pkg/apis/core/validation ValidateTemplateObjectMeta
fn template_metadata(check: &mut Check, metadata: &At<'_>) {
    meta::annotations(check, metadata.child("annotations").value, &metadata.path.child("annotations"));
    meta::labels(check, metadata.child("labels").value, &metadata.path.child("labels"));
    for (field, at) in (At { value: metadata.value, path: metadata.path.clone() }).fields() {
        if !matches!(field, "annotations" | "labels") && !at.value.is_empty() {
            check.forbidden(&at.path, "cannot be set");
        }
    }
}

// Models pkg/apis/core/validation validateNFSVolumeSource
pub fn absolute_path(check: &mut Check, at: &At<'_>) {
    if !at.text().is_empty() && !at.text().starts_with('/') {
        check.invalid(&at.path, at.text(), "must be an absolute path");
    }
}

// Models pkg/apis/core/validation ValidateCSIDriverName
pub fn csi_driver(check: &mut Check, at: &At<'_>) {
    check.need(at);
    if at.text().len() > names::LABEL_LENGTH_MAX {
        check.too_long(&at.path, names::LABEL_LENGTH_MAX);
    }
    check.problems(&at.path, at.text(), names::dns1123_subdomain(&at.text().to_lowercase()));
}

const HOST_PATH_TYPES: [&str; 8] =
    ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

// Models pkg/apis/core/validation validateHostPathVolumeSource
pub fn host_path(check: &mut Check, one: &At<'_>) {
    let path = one.child("path");
    if !check.need(&path) {
        return;
    }
    no_backsteps(check, &path);
    check.one_of_if_set(&one.child("type"), &HOST_PATH_TYPES);
}

// Models pkg/apis/core/validation validatePathNoBacksteps
pub fn no_backsteps(check: &mut Check, at: &At<'_>) {
    if at.text().split('/').any(|step| step == "..") {
        check.invalid(&at.path, at.text(), "must not contain '..'");
    }
}

// Models pkg/apis/core/validation validateLocalDescendingPath
pub fn descending_path(check: &mut Check, at: &At<'_>) {
    if at.text().starts_with('/') {
        check.invalid(&at.path, at.text(), "must be a relative path");
    }
    no_backsteps(check, at);
}

fn mode(check: &mut Check, at: &At<'_>) {
    if let Some(mode) = at.int().filter(|mode| !(0..=0o777).contains(mode)) {
        check.invalid(&at.path, mode, "must be a number between 0 and 0777 (octal), both inclusive");
    }
}

// Models pkg/apis/core/validation validateKeyToPath
fn key_to_path(check: &mut Check, item: &At<'_>) {
    check.need(&item.child("key"));
    let path = item.child("path");
    if check.need(&path) {
        non_reserved_path(check, &path);
    }
    mode(check, &item.child("mode"));
}

// Models pkg/apis/core/validation validateLocalNonReservedPath
fn non_reserved_path(check: &mut Check, at: &At<'_>) {
    descending_path(check, at);
    if at.text().starts_with("..") && !at.text().starts_with("../") {
        check.invalid(&at.path, at.text(), "must not start with '..'");
    }
}

const VOLUME_FIELD_PATHS: [&str; 5] =
    ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

// Models pkg/apis/core/validation validateDownwardAPIVolumeFile
fn downward_file(check: &mut Check, item: &At<'_>) {
    check.need(&item.child("path"));
    non_reserved_path(check, &item.child("path"));
    let (field, resource) = (item.child("fieldRef"), item.child("resourceFieldRef"));
    if field.is_set() {
        field_ref(check, &field, &VOLUME_FIELD_PATHS);
        if resource.is_set() {
            check.invalid(&item.path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
        }
    } else if resource.is_set() {
        resource_field_ref(check, &resource, true);
    } else {
        check.required(&item.path, "one of fieldRef and resourceFieldRef is required");
    }
    mode(check, &item.child("mode"));
}

// Models pkg/apis/core/validation validateProjectedVolumeSource
fn projected(check: &mut Check, one: &At<'_>) {
    mode(check, &one.child("defaultMode"));
    let mut paths: Vec<&str> = Vec::new();
    for source in one.each("sources") {
        let kinds =
            ["secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate"];
        let present: Vec<&str> = kinds.into_iter().filter(|kind| source.child(kind).is_set()).collect();
        for (index, kind) in present.iter().enumerate() {
            let at = source.child(kind);
            if index > 0 {
                check.forbidden(&at.path, "may not specify more than 1 volume type");
                continue;
            }
            match *kind {
                "secret" | "configMap" => {
                    check.need(&at.child("name"));
                    at.each("items").for_each(|item| key_to_path(check, &item));
                }
                "downwardAPI" => at.each("items").for_each(|item| downward_file(check, &item)),
                "serviceAccountToken" => token(check, &at),
                _ => {}
            }
            let direct = (*kind == "serviceAccountToken").then(|| at.str("path"));
            for path in at.list("items").iter().map(|item| item.str_at(&["path"])).chain(direct) {
                if !path.is_empty() && paths.contains(&path) {
                    check.invalid(&one.path, path, "conflicting duplicate paths");
                }
                paths.push(path);
            }
        }
        if present.is_empty() {
            check.required(&source.path, "must specify a volume type");
        }
    }
}

fn token(check: &mut Check, at: &At<'_>) {
    let seconds = at.child("expirationSeconds");
    if let Some(number) = seconds.int() {
        if number < 600 {
            check.invalid(&seconds.path, number, "may not specify a duration less than 10 minutes");
        }
        if number > 1 << 32 {
            check.invalid(&seconds.path, number, "may not specify a duration larger than 2^32 seconds");
        }
    }
    let path = at.child("path");
    if check.need(&path) {
        non_reserved_path(check, &path);
    }
}

/// `volumeMounts` of a container.
pub fn mounts(check: &mut Check, pod: &Pod<'_>, container: &At<'_>) {
    let list = container.path.child("volumeMounts");
    let devices = container.list("volumeDevices");
    let mut seen: Vec<&str> = Vec::new();
    for one in container.each("volumeMounts") {
        let (name, path) = (one.child("name"), one.child("mountPath"));
        check.need(&name);
        let volume = pod.volumes.iter().find(|(volume, _)| *volume == name.text());
        if volume.is_none() {
            check.not_found(&name.path, name.text());
        }
        check.need(&path);
        if seen.contains(&path.text()) {
            check.invalid(&path.path, path.text(), "must be unique");
        }
        seen.push(path.text());
        if devices.iter().any(|device| device.str_at(&["name"]) == name.text()) {
            check.invalid(&name.path, name.text(), "must not already exist in volumeDevices");
        }
        if devices.iter().any(|device| device.str_at(&["devicePath"]) == path.text()) {
            check.invalid(&path.path, path.text(), "must not already exist as a path in volumeDevices");
        }
        for field in ["subPath", "subPathExpr"] {
            let text = one.str(field);
            if field == "subPathExpr" && !text.is_empty() && !one.str("subPath").is_empty() {
                check.invalid(&one.path.child(field), text, "subPathExpr and subPath are mutually exclusive");
            }
            // Upstream leaves the index out of these paths.
            descending_path(check, &At { value: one.child(field).value, path: list.child(field) });
        }
        propagation(check, container, &one, &list.child("mountPropagation"));
        read_only(check, &one);
    }
}

fn propagation(check: &mut Check, container: &At<'_>, mount: &At<'_>, path: &super::check::Path) {
    let mode = mount.child("mountPropagation");
    if !mode.is_set() {
        return;
    }
    let modes = ["Bidirectional", "HostToContainer", "None"];
    if !modes.contains(&mode.text()) {
        check.unsupported(path, mode.text(), &modes);
    }
    if mode.text() == "Bidirectional" && !container.child("securityContext").is_true("privileged") {
        check.forbidden(path, "Bidirectional mount propagation is available only to privileged containers");
    }
}

// Models pkg/apis/core/validation validateMountRecursiveReadOnly
fn read_only(check: &mut Check, mount: &At<'_>) {
    let how = mount.child("recursiveReadOnly");
    match how.text() {
        "" | "Disabled" => {}
        "Enabled" | "IfPossible" => {
            if !mount.is_true("readOnly") {
                check.forbidden(&how.path, "may only be specified when readOnly is true");
            }
            if !matches!(mount.str("mountPropagation"), "" | "None") {
                let detail = "may only be specified when mountPropagation is None or not specified";
                check.forbidden(&how.path, detail);
            }
        }
        other => check.unsupported(&how.path, other, &["Disabled", "Enabled", "IfPossible"]),
    }
}

/// `volumeDevices` of a container.
// Models pkg/apis/core/validation ValidateVolumeDevices
pub fn devices(check: &mut Check, pod: &Pod<'_>, container: &At<'_>) {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for one in container.each("volumeDevices") {
        let (name, path) = (one.child("name"), one.child("devicePath"));
        check.need(&name);
        if seen.iter().any(|(other, _)| *other == name.text()) {
            check.invalid(&name.path, name.text(), "must be unique");
        }
        match pod.volumes.iter().find(|(volume, _)| *volume == name.text()) {
            None => check.not_found(&name.path, name.text()),
            Some((_, volume)) => {
                let claim = volume.get("persistentVolumeClaim").or(volume.get("ephemeral"));
                if claim.is_none() && !volume.is_null() {
                    let detail = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
                    check.invalid(&name.path, name.text(), detail);
                }
            }
        }
        check.need(&path);
        if seen.iter().any(|(_, other)| *other == path.text()) {
            check.invalid(&path.path, path.text(), "must be unique");
        }
        if path.text().split('/').any(|step| step == "..") {
            check.invalid(&path.path, path.text(), "can not contain backsteps ('..')");
        }
        let mounts = container.list("volumeMounts");
        if mounts.iter().any(|mount| mount.str_at(&["name"]) == name.text()) {
            check.invalid(&name.path, name.text(), "must not already exist in volumeMounts");
        }
        if mounts.iter().any(|mount| mount.str_at(&["mountPath"]) == path.text()) {
            check.invalid(&path.path, path.text(), "must not already exist as a path in volumeMounts");
        }
        seen.push((name.text(), path.text()));
    }
}
