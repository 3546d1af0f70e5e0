//! The tables of defaults, and the small engine that reads them.
//!
//! A line is a path, a sign and a value. `a[]` means every item, `a?` only where `a` is there,
//! and so does every step before the last. `=` fills what is absent; `:=` also fills what holds
//! Go's zero (`""`, `0`), for fields that are no pointers upstream. `+a` makes `a` on the way.
//! Values: a number, `true`, `false`, `{}`, `''` (the empty text), `[]x` (a list of one), or text.

use crate::document::{Value, is_same};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A line of a table.
struct Rule {
    path: String,
    /// Whether Go's zero counts as absent.
    zero_too: bool,
    value: Value,
}

/// Applies a table to `object`. What needs no change stays shared with where it came from.
pub fn apply(object: &mut Value, table: &'static str) {
    for rule in rules(table).iter() {
        if lacks(object, &rule.path, rule.zero_too) {
            fill(object, &rule.path, &rule.value, rule.zero_too);
        }
    }
}

/// Applies one line that is not known before.
pub fn apply_line(object: &mut Value, line: &str) {
    if let Some(rule) = rule(line).filter(|rule| lacks(object, &rule.path, rule.zero_too)) {
        fill(object, &rule.path, &rule.value, rule.zero_too);
    }
}

/// The lines of a table, read once.
fn rules(table: &'static str) -> Rc<[Rule]> {
    thread_local! { static READ: RefCell<BTreeMap<&'static str, Rc<[Rule]>>> = const { RefCell::new(BTreeMap::new()) }; }
    READ.with_borrow_mut(|read| read.entry(table).or_insert_with(|| table.lines().filter_map(rule).collect()).clone())
}

fn rule(line: &str) -> Option<Rule> {
    let (path, value) = line.trim().split_once(' ')?;
    let (zero_too, value) = match value.strip_prefix(":= ") {
        Some(value) => (true, value),
        None => (false, value.trim_start_matches("= ")),
    };
    Some(Rule { path: path.to_owned(), zero_too, value: read(value) })
}

/// Whether a rule has something to fill in somewhere below `object`.
fn lacks(object: &Value, path: &str, zero_too: bool) -> bool {
    let Some((step, rest)) = path.split_once('.') else {
        let is_zero = |held: &Value| held.as_str().is_some_and(str::is_empty) || held.as_int() == Some(0);
        return object.get(path).is_none_or(|held| zero_too && is_zero(held));
    };
    if let Some(name) = step.strip_prefix('+') {
        object.get(name).is_none_or(|below| lacks(below, rest, zero_too))
    } else if let Some(name) = step.strip_suffix("[]") {
        object.items_at(&[name]).iter().any(|item| lacks(item, rest, zero_too))
    } else {
        object.get(step).is_some_and(|below| lacks(below, rest, zero_too))
    }
}

fn read(text: &str) -> Value {
    match text {
        "true" | "false" => Value::Bool(text == "true"),
        "{}" => Value::map(),
        "''" => Value::text(""),
        _ => match (text.parse(), text.strip_prefix("[]")) {
            (Ok(number), _) => Value::Int(number),
            (_, Some(item)) => Value::list([read(item)]),
            _ => Value::text(text),
        },
    }
}

fn fill(object: &mut Value, path: &str, value: &Value, zero_too: bool) {
    let Some((step, rest)) = path.split_once('.') else {
        let lacks = object
            .get(path)
            .is_none_or(|held| zero_too && (held.as_str().is_some_and(str::is_empty) || held.as_int() == Some(0)));
        if lacks && !matches!(object, Value::Text(_)) {
            object.set(&[path], value);
        }
        return;
    };
    if let Some(name) = step.strip_prefix('+') {
        fill(object.at_mut(&[name]), rest, value, zero_too);
    } else if let Some(name) = step.strip_suffix("[]") {
        each(object, name, |item| fill(item, rest, value, zero_too));
    } else if object.get(step).is_some() {
        fill(object.at_mut(&[step]), rest, value, zero_too);
    }
}

/// Calls `change` for every item of the list `name`, if there is one. What it leaves as it is stays
/// shared.
pub fn each(object: &mut Value, name: &str, mut change: impl FnMut(&mut Value)) {
    let Some(Value::List(items)) = object.get(name) else { return };
    let mut changed: Vec<(usize, Value)> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let mut new = item.clone();
        change(&mut new);
        if !is_same(&new, item) {
            changed.push((index, new));
        }
    }
    if changed.is_empty() {
        return;
    }
    let items = object.at_mut(&[name]).items_mut();
    for (index, new) in changed {
        if let Some(item) = items.get_mut(index) {
            *item = new;
        }
    }
}

// Models pkg/apis/core/v1 SetDefaults_PodSpec, SetDefaults_Volume and its sources
pub const POD_SPEC: &str = "
    restartPolicy := Always
    dnsPolicy := ClusterFirst
    terminationGracePeriodSeconds = 30
    securityContext = {}
    schedulerName := default-scheduler
    volumes[].configMap.defaultMode = 420
    volumes[].secret.defaultMode = 420
    volumes[].downwardAPI.defaultMode = 420
    volumes[].downwardAPI.items[].fieldRef.apiVersion := v1
    volumes[].downwardAPI.items[].resourceFieldRef.divisor = 0
    volumes[].projected.defaultMode = 420
    volumes[].projected.sources[].serviceAccountToken.expirationSeconds = 3600
    volumes[].projected.sources[].downwardAPI.items[].fieldRef.apiVersion := v1
    volumes[].projected.sources[].downwardAPI.items[].resourceFieldRef.divisor = 0
    volumes[].hostPath.type = ''
    volumes[].ephemeral.volumeClaimTemplate.metadata = {}
    volumes[].ephemeral.volumeClaimTemplate.+spec.volumeMode = Filesystem
    volumes[].ephemeral.volumeClaimTemplate.spec.resources = {}
    volumes[].iscsi.iscsiInterface := default
    volumes[].azureDisk.cachingMode = ReadWrite
    volumes[].azureDisk.fsType = ext4
    volumes[].azureDisk.readOnly = false
    volumes[].azureDisk.kind = Shared
    volumes[].rbd.pool := rbd
    volumes[].rbd.user := admin
    volumes[].rbd.keyring := /etc/ceph/keyring
    volumes[].scaleIO.storageMode := ThinProvisioned
    volumes[].scaleIO.fsType := xfs
";

// Models pkg/apis/core/v1 SetDefaults_Container
pub const CONTAINER: &str = "
    resources = {}
    terminationMessagePath := /dev/termination-log
    terminationMessagePolicy := File
    ports[].protocol := TCP
    env[].valueFrom.fieldRef.apiVersion := v1
    env[].valueFrom.resourceFieldRef.divisor = 0
    lifecycle.postStart.httpGet.path := /
    lifecycle.postStart.httpGet.scheme := HTTP
    lifecycle.preStop.httpGet.path := /
    lifecycle.preStop.httpGet.scheme := HTTP
";

// Models pkg/apis/core/v1 SetDefaults_Probe, SetDefaults_HTTPGetAction
pub const PROBE: &str = "
    timeoutSeconds := 1
    periodSeconds := 10
    successThreshold := 1
    failureThreshold := 3
    httpGet.path := /
    httpGet.scheme := HTTP
    grpc.service = ''
";

// Models pkg/apis/apps/v1 SetDefaults_Deployment
pub const DEPLOYMENT: &str = "
    +spec.replicas = 1
    spec.strategy = {}
    spec.strategy.type := RollingUpdate
    spec.revisionHistoryLimit = 10
    spec.progressDeadlineSeconds = 600
";

// Models pkg/apis/apps/v1 SetDefaults_StatefulSet
pub const STATEFUL_SET: &str = "
    +spec.podManagementPolicy := OrderedReady
    spec.updateStrategy = {}
    spec.updateStrategy.type := RollingUpdate
    spec.persistentVolumeClaimRetentionPolicy = {}
    spec.persistentVolumeClaimRetentionPolicy.whenDeleted := Retain
    spec.persistentVolumeClaimRetentionPolicy.whenScaled := Retain
    spec.replicas = 1
    spec.revisionHistoryLimit = 10
    spec.volumeClaimTemplates[].apiVersion := v1
    spec.volumeClaimTemplates[].kind := PersistentVolumeClaim
    spec.volumeClaimTemplates[].metadata = {}
    spec.volumeClaimTemplates[].+spec.volumeMode = Filesystem
    spec.volumeClaimTemplates[].+spec.resources = {}
    spec.volumeClaimTemplates[].+status.phase := Pending
";

// Models pkg/apis/apps/v1 SetDefaults_DaemonSet
pub const DAEMON_SET: &str = "
    +spec.updateStrategy = {}
    spec.updateStrategy.type := RollingUpdate
    spec.revisionHistoryLimit = 10
";

// Models pkg/apis/batch/v1 SetDefaults_Job
pub const JOB_SPEC: &str = "
    backoffLimit = 6
    completionMode = NonIndexed
    suspend = false
    manualSelector = false
    podFailurePolicy.rules[].onPodConditions[].status := True
";

// Models pkg/apis/batch/v1 SetDefaults_CronJob
pub const CRON_JOB: &str = "
    +spec.concurrencyPolicy := Allow
    spec.suspend = false
    spec.successfulJobsHistoryLimit = 3
    spec.failedJobsHistoryLimit = 1
    spec.+jobTemplate.metadata = {}
";

// Models pkg/apis/core/v1 SetDefaults_Service
pub const SERVICE: &str = "
    +spec.sessionAffinity := None
    spec.type := ClusterIP
    spec.ports[].protocol := TCP
";

pub const ENDPOINTS: &str = "
    subsets[].ports[].protocol := TCP
";

// Models pkg/apis/discovery/v1 SetDefaults_EndpointPort
pub const ENDPOINT_SLICE: &str = "
    endpoints[].conditions = {}
    ports[].name = ''
    ports[].protocol = TCP
";

pub const INGRESS_CLASS: &str = "
    spec.parameters.scope = Cluster
";

// Models pkg/apis/networking/v1 SetDefaults_NetworkPolicyPort
pub const NETWORK_POLICY: &str = "
    +spec.podSelector = {}
    spec.ingress[].ports[].protocol = TCP
    spec.egress[].ports[].protocol = TCP
";

// Models pkg/apis/core/v1 SetDefaults_PersistentVolume
pub const PERSISTENT_VOLUME: &str = "
    +spec.persistentVolumeReclaimPolicy := Retain
    spec.volumeMode = Filesystem
    spec.hostPath.type = ''
    spec.iscsi.iscsiInterface := default
    spec.rbd.pool := rbd
    spec.rbd.user := admin
    spec.rbd.keyring := /etc/ceph/keyring
    spec.azureDisk.cachingMode = ReadWrite
    spec.azureDisk.fsType = ext4
    spec.azureDisk.readOnly = false
    spec.azureDisk.kind = Shared
    spec.scaleIO.storageMode := ThinProvisioned
    spec.scaleIO.fsType := xfs
";

pub const PERSISTENT_VOLUME_CLAIM: &str = "
    +spec.volumeMode = Filesystem
    spec.resources = {}
";

pub const STORAGE_CLASS: &str = "
    reclaimPolicy = Delete
    volumeBindingMode = Immediate
";

pub const PRIORITY_CLASS: &str = "
    preemptionPolicy = PreemptLowerPriority
";

// Models pkg/apis/autoscaling/v2 SetDefaults_HorizontalPodAutoscaler
pub const AUTOSCALER: &str = "
    +spec.minReplicas = 1
    spec.behavior.scaleUp.selectPolicy = Max
    spec.behavior.scaleUp.stabilizationWindowSeconds = 0
    spec.behavior.scaleDown.selectPolicy = Max
";

// Models apiextensions-apiserver/pkg/apis/apiextensions/v1 SetDefaults_CustomResourceDefinition
pub const CUSTOM_RESOURCE_DEFINITION: &str = "
    +spec.conversion = {}
    spec.conversion.strategy := None
";
