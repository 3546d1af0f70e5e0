//! `kubectl create configmap | secret | quota | priorityclass | poddisruptionbudget`.
// Models k8s.io/kubectl/pkg/cmd/create/{create_configmap,create_secret,create_quota,create_priorityclass,create_pdb}.go

use crate::document::{Value, base64};
use crate::tree;
use crate::world::api::{Resource, quantity::Quantity};

use super::super::failure::Failure;
use super::super::{Done, Kubectl};
use super::{made, one_name, pairs, unknown};

/// Keys with their texts, in the order in which they were given; refuses what may not be a key.
struct Data<'a> {
    kind: &'static str,
    name: &'a str,
    entries: Vec<(String, String)>,
}

impl Data<'_> {
    // Models create.validateNewConfigMap and addKeyFromLiteralToSecret
    fn add(&mut self, key: &str, value: &str) -> Result<(), Failure> {
        let is_key = |key: &str| {
            !key.is_empty()
                && key.len() <= 253
                && key != "."
                && !key.starts_with("..")
                && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        let is_secret = self.kind == "Secret";
        if !is_key(key) {
            let rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  \
                        or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
            return Err(Failure::Plain(if is_secret {
                format!("{key:?} is not valid key name for a Secret {rule}")
            } else {
                format!("{key:?} is not a valid key name for a ConfigMap: {rule}")
            }));
        }
        if self.entries.iter().any(|(known, _)| known == key) {
            return Err(Failure::Plain(if is_secret {
                format!("cannot add key {key}, another key by that name already exists")
            } else {
                format!(
                    "cannot add key \"{key}\", another key by that name already exists in Data for ConfigMap \"{}\"",
                    self.name
                )
            }));
        }
        self.entries.push((key.to_owned(), value.to_owned()));
        Ok(())
    }
}

/// `--from-literal`, `--from-file`, `--from-env-file`.
fn data(kubectl: &Kubectl, kind: &'static str, name: &str) -> Result<Vec<(String, String)>, Failure> {
    let args = &kubectl.args;
    let is_given = |flag: &str| args.value(flag).is_some();
    if is_given("from-env-file") && (is_given("from-file") || is_given("from-literal")) {
        return Err(Failure::plain("from-env-file cannot be combined with from-file or from-literal"));
    }
    let mut data = Data { kind, name, entries: Vec::new() };
    if kind == "Secret" {
        from_literals(kubectl, &mut data)?;
        from_files(kubectl, &mut data)?;
    } else {
        from_files(kubectl, &mut data)?;
        from_literals(kubectl, &mut data)?;
    }
    for path in args.list("from-env-file") {
        let text = file(kubectl, path)?;
        for line in text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some((key, value)) = line.split_once('=') {
                data.add(key, value)?;
            }
        }
    }
    Ok(data.entries)
}

// Models util.ParseLiteralSource
fn from_literals(kubectl: &Kubectl, data: &mut Data<'_>) -> Done {
    for literal in kubectl.args.values("from-literal") {
        match literal.split_once('=') {
            Some((key, value)) if !key.is_empty() => data.add(key, value)?,
            _ => return Err(Failure::Plain(format!("invalid literal source {literal}, expected key=value"))),
        }
    }
    Ok(())
}

// Models util.ParseFileSource
fn from_files(kubectl: &Kubectl, data: &mut Data<'_>) -> Done {
    for source in kubectl.args.list("from-file") {
        let (key, path) = match source.split_once('=') {
            Some((_, path)) if path.contains('=') => {
                return Err(Failure::plain("key names or file paths cannot contain '='"));
            }
            Some(("", path)) => return Err(Failure::Plain(format!("key name for file path {path} missing"))),
            Some((key, "")) => return Err(Failure::Plain(format!("file path for key name {key} missing"))),
            Some((key, path)) => (key, path),
            None => (source.rsplit('/').next().unwrap_or(source), source),
        };
        data.add(key, &file(kubectl, path)?)?;
    }
    Ok(())
}

fn file(kubectl: &Kubectl, path: &str) -> Result<String, Failure> {
    let found = kubectl.client.setting().files.get(path.trim_start_matches("./")).cloned();
    found.ok_or_else(|| Failure::Plain(format!("error reading {path}: no such file or directory")))
}

pub(super) async fn config_map(kubectl: &Kubectl) -> Done {
    let name = one_name(kubectl)?;
    let mut object = tree!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name.as_str() } });
    for (key, value) in data(kubectl, "ConfigMap", &name)? {
        object.set(&["data", &key], value);
    }
    made(kubectl, Resource::CONFIG_MAPS, object, Some("configmap:")).await
}

pub(super) async fn secret(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    let kind = args.words.get(1).map(String::as_str).unwrap_or_default();
    if !["generic", "tls", "docker-registry"].contains(&kind) {
        return Err(unknown(kubectl, 1));
    }
    if kind == "tls" {
        args.require_all(&["cert", "key"])?;
    }
    let name = one_name(kubectl)?;
    let mut object = tree!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name.as_str() } });
    match kind {
        "generic" => {
            if !args.text("type").is_empty() {
                object.set(&["type"], args.text("type"));
            }
            for (key, value) in data(kubectl, "Secret", &name)? {
                object.set(&["data", &key], base64::encode(value.as_bytes()));
            }
        }
        "tls" => {
            object.set(&["type"], "kubernetes.io/tls");
            for (flag, key) in [("cert", "tls.crt"), ("key", "tls.key")] {
                let path = args.text(flag);
                let Some(text) = kubectl.client.setting().files.get(path).cloned() else {
                    return Err(Failure::Plain(format!("open {path}: no such file or directory")));
                };
                object.set(&["data", key], base64::encode(text.as_bytes()));
            }
        }
        _ => {
            object.set(&["type"], "kubernetes.io/dockerconfigjson");
            object.set(&["data", ".dockerconfigjson"], base64::encode(docker_config(kubectl)?.as_bytes()));
        }
    }
    // Its failure is the only one that has no colon behind it.
    made(kubectl, Resource::SECRETS, object, Some("secret")).await
}

/// The login to a registry, its fields in the order of upstream's type.
// Models create.handleDockerCfgJSONContent
fn docker_config(kubectl: &Kubectl) -> Result<String, Failure> {
    let args = &kubectl.args;
    let server = args.value("docker-server").unwrap_or("https://index.docker.io/v1/");
    let (user, password) = (args.text("docker-username"), args.text("docker-password"));
    if let Some(source) = args.list("from-file").next() {
        return file(kubectl, source.split_once('=').map_or(source, |(_, path)| path));
    }
    if user.is_empty() || password.is_empty() || server.is_empty() {
        return Err(Failure::plain(
            "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
        ));
    }
    let quoted = |text: &str| Value::from(text).to_string();
    let email = match args.text("docker-email") {
        "" => String::new(),
        email => format!(",\"email\":{}", quoted(email)),
    };
    let auth = base64::encode(format!("{user}:{password}").as_bytes());
    Ok(format!(
        "{{\"auths\":{{{}:{{\"username\":{},\"password\":{}{email},\"auth\":{}}}}}}}",
        quoted(server),
        quoted(user),
        quoted(password),
        quoted(&auth)
    ))
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
    // Models create.populateResourceListV1
    for statement in kubectl.args.text("hard").split(',').filter(|_| !kubectl.args.text("hard").is_empty()) {
        let Some((resource, quantity)) = statement.split_once('=').filter(|(_, quantity)| !quantity.contains('='))
        else {
            return Err(Failure::Plain(format!("Invalid argument syntax {statement}, expected <resource>=<value>")));
        };
        let quantity = Quantity::parse(quantity).map_err(|error| Failure::Plain(error.to_string()))?;
        object.set(&["spec", "hard", resource], quantity.to_string());
    }
    let scopes: Vec<Value> = kubectl.args.list("scopes").map(Value::from).collect();
    if !scopes.is_empty() {
        object.set(&["spec", "scopes"], Value::list(scopes));
    }
    made(kubectl, Resource::RESOURCE_QUOTAS, object, Some("quota:")).await
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
    made(kubectl, Resource::PRIORITY_CLASSES, object, Some("priorityclass:")).await
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
    let number = amount.strip_suffix('%').unwrap_or(amount);
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        let flag = if field == "minAvailable" { "min-available" } else { "max-unavailable" };
        return Err(Failure::Plain(format!("invalid format specified for {flag}")));
    }
    let amount = amount.parse::<i64>().map_or_else(|_| amount.into(), Value::Int);
    let mut object = tree!({
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": { "name": name },
        "spec": { "selector": { "matchLabels": pairs(args.list("selector")) } },
        "status": { "currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0 },
    });
    object.set(&["spec", field], amount);
    made(kubectl, Resource::POD_DISRUPTION_BUDGETS, object, Some("poddisruptionbudgets:")).await
}
