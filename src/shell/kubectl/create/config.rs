//! `kubectl create configmap | secret | quota | priorityclass | poddisruptionbudget`.
// Models k8s.io/kubectl/pkg/cmd/create/{create_configmap,create_secret,create_quota,create_priorityclass,create_pdb}.go

use crate::document::{Value, base64};
use crate::tree;
use crate::world::api::Resource;

use super::super::failure::Failure;
use super::super::{Done, Kubectl};
use super::{made, one_name, pairs};

/// `--from-literal`, `--from-file`, `--from-env-file`: keys with their texts, in order.
fn data(kubectl: &Kubectl) -> Result<Vec<(String, String)>, Failure> {
    let args = &kubectl.args;
    let mut data = Vec::new();
    for literal in args.values("from-literal") {
        match literal.split_once('=') {
            Some((key, value)) if !key.is_empty() => data.push((key.to_owned(), value.to_owned())),
            _ => return Err(Failure::Plain(format!("invalid literal source {literal}, expected key=value"))),
        }
    }
    let setting = kubectl.client.setting();
    for source in args.values("from-file") {
        let (key, path) = match source.split_once('=') {
            Some((key, path)) => (key, path),
            None => (source.rsplit('/').next().unwrap_or(source), source),
        };
        let Some(text) = setting.files.get(path.trim_start_matches("./")) else {
            return Err(Failure::Plain(format!("error reading {path}: no such file or directory")));
        };
        data.push((key.to_owned(), text.clone()));
    }
    for path in args.values("from-env-file") {
        let Some(text) = setting.files.get(path.trim_start_matches("./")) else {
            return Err(Failure::Plain(format!("error reading {path}: no such file or directory")));
        };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some((key, value)) = line.split_once('=') {
                data.push((key.to_owned(), value.to_owned()));
            }
        }
    }
    let mut seen: Vec<&str> = Vec::new();
    for (key, _) in &data {
        if seen.contains(&key.as_str()) {
            return Err(Failure::Plain(format!(
                "cannot add key \"{key}\", another key by that name already exists in Data"
            )));
        }
        seen.push(key);
    }
    Ok(data)
}

pub(super) async fn config_map(kubectl: &Kubectl) -> Done {
    let name = one_name(kubectl)?;
    let mut object = tree!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name } });
    for (key, value) in data(kubectl)? {
        object.set(&["data", &key], value);
    }
    made(kubectl, Resource::CONFIG_MAPS, object, Some("configmap")).await
}

pub(super) async fn secret(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    let kind = args.words.get(1).map(String::as_str).unwrap_or_default();
    if !["generic", "tls", "docker-registry"].contains(&kind) {
        return Err(Failure::Plain(format!(
            "unknown command \"{kind}\"\nSee 'kubectl create secret -h' for help and examples"
        )));
    }
    let name = one_name(kubectl)?;
    let mut object = tree!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name } });
    let encode = |text: &str| base64::encode(text.as_bytes());
    match kind {
        "generic" => {
            if !args.text("type").is_empty() {
                object.set(&["type"], args.text("type"));
            }
            for (key, value) in data(kubectl)? {
                object.set(&["data", &key], encode(&value));
            }
        }
        "tls" => {
            object.set(&["type"], "kubernetes.io/tls");
            for (flag, key) in [("cert", "tls.crt"), ("key", "tls.key")] {
                let path = args.require(flag)?;
                let text = kubectl.client.setting().files.get(path).cloned();
                let Some(text) = text else {
                    return Err(Failure::Plain(format!("open {path}: no such file or directory")));
                };
                object.set(&["data", key], encode(&text));
            }
        }
        _ => {
            object.set(&["type"], "kubernetes.io/dockerconfigjson");
            let server = match args.text("docker-server") {
                "" => "https://index.docker.io/v1/",
                server => server,
            };
            let (user, password) = (args.text("docker-username"), args.text("docker-password"));
            let mut login = tree!({ "username": user, "password": password });
            if !args.text("docker-email").is_empty() {
                login.set(&["email"], args.text("docker-email"));
            }
            login.set(&["auth"], encode(&format!("{user}:{password}")));
            let config = Value::map().with(&["auths", server], login);
            object.set(&["data", ".dockerconfigjson"], encode(&config.to_string()));
        }
    }
    made(kubectl, Resource::SECRETS, object, Some("secret")).await
}

pub(super) async fn quota(kubectl: &Kubectl) -> Done {
    let name = one_name(kubectl)?;
    let mut object = tree!({
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": { "name": name },
        "spec": {},
        "status": {},
    });
    let hard = pairs(kubectl.args.list("hard"));
    if !hard.is_empty() {
        object.set(&["spec", "hard"], hard);
    }
    let scopes: Vec<Value> = kubectl.args.list("scopes").map(Value::from).collect();
    if !scopes.is_empty() {
        object.set(&["spec", "scopes"], Value::list(scopes));
    }
    made(kubectl, Resource::RESOURCE_QUOTAS, object, Some("quota")).await
}

pub(super) async fn priority_class(kubectl: &Kubectl) -> Done {
    let name = one_name(kubectl)?;
    let args = &kubectl.args;
    let policy = match args.text("preemption-policy") {
        "" => "PreemptLowerPriority",
        policy => policy,
    };
    let mut object = tree!({
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": { "name": name },
        "preemptionPolicy": policy,
        "value": args.integer("value").unwrap_or_default(),
    });
    if args.is_on("global-default") {
        object.set(&["globalDefault"], true);
    }
    if !args.text("description").is_empty() {
        object.set(&["description"], args.text("description"));
    }
    made(kubectl, Resource::PRIORITY_CLASSES, object, Some("priorityclass")).await
}

pub(super) async fn disruption_budget(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    let name = one_name(kubectl)?;
    if args.text("selector").is_empty() {
        return Err(Failure::plain("a selector must be specified"));
    }
    let (least, most) = (args.value("min-available"), args.value("max-unavailable"));
    let (field, amount) = match (least, most) {
        (None, None) => return Err(Failure::plain("one of min-available or max-unavailable must be specified")),
        (Some(_), Some(_)) => return Err(Failure::plain("min-available and max-unavailable cannot be both specified")),
        (Some(least), None) => ("minAvailable", least),
        (None, Some(most)) => ("maxUnavailable", most),
    };
    let amount = amount.parse::<i64>().map_or_else(|_| amount.into(), Value::Int);
    let mut object = tree!({
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": { "name": name },
        "spec": { "selector": { "matchLabels": pairs(args.list("selector")) } },
        "status": { "currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0 },
    });
    object.set(&["spec", field], amount);
    made(kubectl, Resource::POD_DISRUPTION_BUDGETS, object, Some("poddisruptionbudget")).await
}
