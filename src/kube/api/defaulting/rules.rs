//! The tables of defaults, and the small engine that reads them.
//!
//! A line is a path, a sign and a value. `a[]` means every item, `a?` only where `a` is there,
//! and so does every step before the last. `=` fills what is absent; `:=` also fills what holds
//! Go's zero (`""`, `0`), for fields that are no pointers upstream. `+a` makes `a` on the way.
//! Values: a number, `true`, `false`, `{}`, `''` (the empty text), `[]x` (a list of one), or text.

use crate::document::Value;

/// Applies a table to `object`.
pub fn apply(object: &mut Value, table: &str) {
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let Some((path, value)) = line.split_once(' ') else { continue };
        let (zero_too, value) = match value.strip_prefix(":= ") {
            Some(value) => (true, value),
            None => (false, value.trim_start_matches("= ")),
        };
        fill(object, path, &read(value), zero_too);
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

/// Calls `change` for every item of the list `name`, if there is one.
pub fn each(object: &mut Value, name: &str, mut change: impl FnMut(&mut Value)) {
    if matches!(object.get(name), Some(Value::List(_))) {
        object.at_mut(&[name]).items_mut().iter_mut().for_each(&mut change);
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
