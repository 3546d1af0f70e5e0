//! The digest of an object: what a recording's trace keeps of it.

use drydock::document::Value;
use drydock::kube::api::meta;
use drydock::tree;

/// The digest, with absent fields where the value is zero, empty or unset.
pub fn digest(object: &Value) -> Value {
    let mut digest = Value::map();
    let owners: Vec<Value> = object
        .items_at(&["metadata", "ownerReferences"])
        .iter()
        .map(|owner| {
            let star = if owner.is_true_at(&["controller"]) { "*" } else { "" };
            format!("{}/{}{star}", owner.str_at(&["kind"]), owner.str_at(&["name"])).into()
        })
        .collect();
    put(&mut digest, "owners", Value::list(owners));
    if meta::is_deleting(object) {
        digest.set(&["deleting"], true);
    }
    put(&mut digest, "finalizers", at(object, &["metadata", "finalizers"]));
    of_kind(object, &mut digest);
    digest
}

fn at(object: &Value, path: &[&str]) -> Value {
    object.at(path).cloned().unwrap_or_default()
}

/// Puts a field unless it is zero, empty or unset.
fn put(digest: &mut Value, field: &str, value: Value) {
    if !value.is_empty() && value != Value::Int(0) {
        digest.set(&[field], value);
    }
}

fn copy(object: &Value, digest: &mut Value, part: &str, fields: &[&str]) {
    for field in fields {
        put(digest, field, at(object, &[part, field]));
    }
}

/// `Type=Status(Reason)`, sorted.
fn conditions(object: &Value) -> Value {
    let mut texts: Vec<String> = object
        .items_at(&["status", "conditions"])
        .iter()
        .map(|condition| {
            let reason = condition.str_at(&["reason"]);
            let reason = if reason.is_empty() { String::new() } else { format!("({reason})") };
            format!("{}={}{reason}", condition.str_at(&["type"]), condition.str_at(&["status"]))
        })
        .collect();
    texts.sort();
    Value::list(texts.into_iter().map(Value::from))
}

fn images(spec: Option<&Value>) -> Value {
    let containers = spec.map(|spec| spec.items_at(&["containers"])).unwrap_or_default();
    Value::list(containers.iter().map(|container| container.str_at(&["image"]).into()))
}

fn of_kind(object: &Value, digest: &mut Value) {
    match meta::kind(object) {
        "Pod" => pod(object, digest),
        "Deployment" | "ReplicaSet" | "StatefulSet" => scaled(object, digest),
        "DaemonSet" => {
            put(digest, "generation", at(object, &["metadata", "generation"]));
            let fields = [
                "observedGeneration",
                "desiredNumberScheduled",
                "currentNumberScheduled",
                "numberMisscheduled",
                "numberReady",
                "numberAvailable",
                "numberUnavailable",
                "updatedNumberScheduled",
            ];
            copy(object, digest, "status", &fields);
            digest.set(&["images"], images(object.at(&["spec", "template", "spec"])));
        }
        "Job" => job(object, digest),
        "CronJob" => {
            digest.set(&["suspend"], object.is_true_at(&["spec", "suspend"]));
            let active = object.items_at(&["status", "active"]).iter().map(|job| job.str_at(&["name"]).into());
            digest.set(&["active"], Value::list(active));
            digest.set(&["lastSchedule"], object.at(&["status", "lastScheduleTime"]).is_some());
            digest.set(&["lastSuccess"], object.at(&["status", "lastSuccessfulTime"]).is_some());
        }
        "EndpointSlice" => endpoint_slice(object, digest),
        "Service" => {
            digest.set(&["type"], object.str_at(&["spec", "type"]));
            digest.set(&["headless"], object.str_at(&["spec", "clusterIP"]) == "None");
            let ports = object.items_at(&["spec", "ports"]).iter().map(|port| {
                let (number, protocol) = (port.int_at(&["port"]).unwrap_or_default(), port.str_at(&["protocol"]));
                let target = match port.at(&["targetPort"]) {
                    Some(Value::Text(name)) => name.to_string(),
                    Some(number) => number.to_string(),
                    None => String::new(),
                };
                format!("{}:{number}->{target}/{protocol}", port.str_at(&["name"])).into()
            });
            digest.set(&["ports"], Value::list(ports));
            put(digest, "selector", at(object, &["spec", "selector"]));
        }
        "PersistentVolumeClaim" => {
            put(digest, "phase", at(object, &["status", "phase"]));
            put(digest, "volumeName", at(object, &["spec", "volumeName"]));
        }
        "PersistentVolume" => {
            put(digest, "phase", at(object, &["status", "phase"]));
            put(digest, "claimRef", at(object, &["spec", "claimRef", "name"]));
        }
        "Namespace" => {
            put(digest, "phase", at(object, &["status", "phase"]));
            digest.set(&["conditions"], conditions(object));
        }
        "Node" => {
            digest.set(&["unschedulable"], object.is_true_at(&["spec", "unschedulable"]));
            let taints = object.items_at(&["spec", "taints"]).iter().map(|taint| {
                let value = taint.str_at(&["value"]);
                let value = if value.is_empty() { String::new() } else { format!("={value}") };
                format!("{}{value}:{}", taint.str_at(&["key"]), taint.str_at(&["effect"])).into()
            });
            let mut taints: Vec<Value> = taints.collect();
            taints.sort();
            digest.set(&["taints"], Value::list(taints));
            digest.set(&["conditions"], conditions(object));
        }
        "ResourceQuota" => {
            digest.set(&["hard"], at(object, &["status", "hard"]));
            digest.set(&["used"], at(object, &["status", "used"]));
        }
        "PodDisruptionBudget" => {
            let fields = ["expectedPods", "desiredHealthy", "currentHealthy"];
            copy(object, digest, "status", &fields);
            digest.set(&["disruptionsAllowed"], object.int_at(&["status", "disruptionsAllowed"]).unwrap_or_default());
            digest.set(&["conditions"], conditions(object));
        }
        "HorizontalPodAutoscaler" => {
            copy(object, digest, "status", &["currentReplicas", "desiredReplicas"]);
            digest.set(&["conditions"], conditions(object));
        }
        "ControllerRevision" => put(digest, "revision", at(object, &["revision"])),
        "ConfigMap" => {
            let keys = object.get("data").into_iter().flat_map(Value::entries).map(|(key, _)| key.into());
            put(digest, "keys", Value::list(keys));
        }
        _ => {}
    }
}

fn pod(object: &Value, digest: &mut Value) {
    put(digest, "phase", at(object, &["status", "phase"]));
    put(digest, "reason", at(object, &["status", "reason"]));
    put(digest, "node", at(object, &["spec", "nodeName"]));
    put(digest, "nominatedNode", at(object, &["status", "nominatedNodeName"]));
    digest.set(&["conditions"], conditions(object));
    let statuses = ["initContainerStatuses", "containerStatuses"]
        .iter()
        .flat_map(|field| object.items_at(&["status", field]))
        .map(|status| {
            let state = match status.at(&["state"]) {
                Some(state) => ["running", "waiting", "terminated"]
                    .iter()
                    .find_map(|name| state.at(&[name]).map(|inner| (name, inner)))
                    .map(|(name, inner)| match inner.str_at(&["reason"]) {
                        "" => (*name).to_owned(),
                        reason if *name == "terminated" => {
                            format!("terminated:{}:{reason}", inner.int_at(&["exitCode"]).unwrap_or_default())
                        }
                        reason => format!("{name}:{reason}"),
                    })
                    .unwrap_or_default(),
                None => String::new(),
            };
            let ready = status.is_true_at(&["ready"]);
            let restarts = status.int_at(&["restartCount"]).unwrap_or_default();
            format!("{} {state} ready={ready} restarts={restarts}", status.str_at(&["name"])).into()
        });
    put(digest, "containers", Value::list(statuses));
    digest.set(&["images"], images(object.at(&["spec"])));
    put(digest, "labels", at(object, &["metadata", "labels"]));
}

fn scaled(object: &Value, digest: &mut Value) {
    if let Some(replicas) = object.at(&["spec", "replicas"]) {
        digest.set(&["spec.replicas"], replicas);
    }
    put(digest, "generation", at(object, &["metadata", "generation"]));
    let fields = [
        "observedGeneration",
        "replicas",
        "readyReplicas",
        "availableReplicas",
        "updatedReplicas",
        "unavailableReplicas",
        "fullyLabeledReplicas",
        "currentReplicas",
        "terminatingReplicas",
        "currentRevision",
        "updateRevision",
    ];
    copy(object, digest, "status", &fields);
    if object.is_true_at(&["spec", "paused"]) {
        digest.set(&["paused"], true);
    }
    digest.set(&["conditions"], conditions(object));
    digest.set(&["images"], images(object.at(&["spec", "template", "spec"])));
    for field in ["revision", "desired-replicas", "max-replicas"] {
        if let Some(value) = meta::annotation(object, &format!("deployment.kubernetes.io/{field}")) {
            put(digest, field, value.into());
        }
    }
}

fn job(object: &Value, digest: &mut Value) {
    digest.set(&["suspend"], object.is_true_at(&["spec", "suspend"]));
    let fields = ["active", "ready", "succeeded", "failed", "terminating", "completedIndexes", "failedIndexes"];
    copy(object, digest, "status", &fields);
    digest.set(&["conditions"], conditions(object));
    for (field, time) in [("started", "startTime"), ("completed", "completionTime")] {
        if object.at(&["status", time]).is_some() {
            digest.set(&[field], true);
        }
    }
    let mut uncounted = tree!({});
    for field in ["succeeded", "failed"] {
        let pods = object.items_at(&["status", "uncountedTerminatedPods", field]).len();
        put(&mut uncounted, field, i64::try_from(pods).unwrap_or_default().into());
    }
    put(digest, "uncounted", uncounted);
}

fn endpoint_slice(object: &Value, digest: &mut Value) {
    let endpoints = object.items_at(&["endpoints"]);
    let count = |field: &str, wanted: bool| {
        let addresses = endpoints
            .iter()
            .filter(|endpoint| endpoint.is_true_at(&["conditions", field]) == wanted)
            .map(|endpoint| endpoint.items_at(&["addresses"]).len())
            .sum::<usize>();
        i64::try_from(addresses).unwrap_or_default()
    };
    digest.set(&["ready"], count("ready", true));
    digest.set(&["notReady"], count("ready", false));
    digest.set(&["serving"], count("serving", true));
    digest.set(&["terminating"], count("terminating", true));
    let ports = object.items_at(&["ports"]).iter().map(|port| {
        let number = port.at(&["port"]).map(ToString::to_string).unwrap_or_default();
        format!("{}:{number}/{}", port.str_at(&["name"]), port.str_at(&["protocol"])).into()
    });
    digest.set(&["ports"], Value::list(ports));
    let targets = endpoints.iter().map(|endpoint| endpoint.str_at(&["targetRef", "name"]).into());
    digest.set(&["targets"], Value::list(targets));
}
