//! `kubectl set image | env | resources | serviceaccount | selector | subject`.
// Models k8s.io/kubectl/pkg/cmd/set

mod subject;

use crate::document::Value;
use crate::world::api::{Resource, labels::Selector, meta};

use super::builder::{self, Info, Words};
use super::failure::Failure;
use super::{Done, Kubectl, change, usage_error};

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    let Some((part, words)) = kubectl.args.words.split_first() else {
        kubectl.client.println("Configure application resources.\n\nAvailable Commands:\n  env\n  image\n  resources\n  selector\n  serviceaccount\n  subject");
        return Ok(());
    };
    match part.as_str() {
        "image" => image(kubectl, words).await,
        "env" => env(kubectl, words).await,
        "resources" => resources(kubectl, words).await,
        "serviceaccount" | "sa" => service_account(kubectl, words).await,
        "selector" => selector(kubectl, words).await,
        "subject" => subject::set(kubectl, words).await,
        _ => Err(usage_error(kubectl, &format!("unknown command \"{}\"", kubectl.args.words.join(" ")))),
    }
}

/// Where a kind keeps its Pod's spec.
pub(super) fn pod_spec_path(resource: Resource) -> Option<&'static [&'static str]> {
    match resource {
        Resource::PODS => Some(&["spec"]),
        Resource::CRON_JOBS => Some(&["spec", "jobTemplate", "spec", "template", "spec"]),
        Resource::DEPLOYMENTS
        | Resource::REPLICA_SETS
        | Resource::STATEFUL_SETS
        | Resource::DAEMON_SETS
        | Resource::JOBS
        | Resource::REPLICATION_CONTROLLERS => Some(&["spec", "template", "spec"]),
        _ => None,
    }
}

/// The objects that the words before the first pair name.
async fn objects(kubectl: &Kubectl, words: &[String]) -> Result<(Vec<Info>, Vec<Failure>), Failure> {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    if kubectl.args.value("filename").is_some() {
        let (infos, faults) = builder::from_files(kubectl);
        failures.extend(faults);
        for info in infos {
            match kubectl.client.get_in(&info.key(), info.version()).await {
                Ok(object) => found.push(Info { object, ..info }),
                Err(error) => failures.push(error.into()),
            }
        }
        return Ok((found, failures));
    }
    match builder::read_words(kubectl, &kubectl.verb, words)? {
        Words::Names(names) => {
            for (resource, name) in names {
                match kubectl.client.get(&kubectl.key(resource, &name)).await {
                    Ok(object) => found.push(builder::info(resource, object, "")),
                    Err(error) => failures.push(error.into()),
                }
            }
        }
        Words::Types(types) if types.is_empty() => {
            return Err(Failure::plain(
                "one or more resources must be specified as <resource> <name> or <resource>/<name>",
            ));
        }
        Words::Types(types) => {
            if !kubectl.args.is_on("all") && kubectl.args.text("selector").is_empty() {
                return Err(Failure::plain("resource(s) were provided, but no name was specified"));
            }
            for resource in types {
                let items = builder::list(kubectl, resource).await?;
                found.extend(items.into_iter().map(|item| builder::info(resource, item, "")));
            }
        }
    }
    Ok((found, failures))
}

/// Changes the Pod specs of `infos`, and says `done` about those that differ.
async fn change_each(
    kubectl: &Kubectl,
    found: (Vec<Info>, Vec<Failure>),
    done: &str,
    edit: &dyn Fn(&mut Value) -> Result<(), Failure>,
) -> Done {
    let dry_run = kubectl.dry_run()?;
    let (infos, mut failures) = found;
    for info in infos {
        let Some(path) = pod_spec_path(info.resource) else {
            failures.push(Failure::Plain(format!(
                "{}/{} the object is not a pod or does not have a pod template: {}",
                info.resource.info().plural,
                info.name,
                info.resource.kind()
            )));
            continue;
        };
        let mut object = info.object.clone();
        if let Err(failure) = edit(object.at_mut(path)) {
            failures.push(failure);
            continue;
        }
        if object == info.object && kubectl.args.value("output").is_none() {
            continue;
        }
        match change::carry(kubectl, &info, object, "kubectl-set", dry_run).await {
            Ok(object) => kubectl.report(&object, done, dry_run)?,
            Err(error) => failures.push(Failure::Plain(format!(
                "failed to patch {}: {}",
                done.split(' ').next().unwrap_or_default(),
                error.message
            ))),
        }
    }
    Failure::of_all(failures)
}

/// Applies `edit` to each container, those of the start included; says how many it was asked about.
fn containers(spec: &mut Value, mut edit: impl FnMut(&mut Value) -> bool) -> usize {
    let mut met = 0;
    for list in ["initContainers", "containers"] {
        if spec.at(&[list]).is_none() {
            continue;
        }
        for container in spec.at_mut(&[list]).items_mut() {
            met += usize::from(edit(container));
        }
    }
    met
}

/// Whether `pattern` (`*` for all) means the container.
fn is_meant(container: &Value, pattern: &str) -> bool {
    pattern == "*" || container.str_at(&["name"]) == pattern
}

// Models set/set_image.go
async fn image(kubectl: &Kubectl, words: &[String]) -> Done {
    let from = words.iter().position(|word| word.contains('=')).unwrap_or(words.len());
    let (words, pairs) = words.split_at(from);
    if pairs.is_empty() {
        return Err(Failure::plain("at least one image update is required"));
    }
    let pairs: Vec<(&str, &str)> = pairs.iter().filter_map(|pair| pair.split_once('=')).collect();
    let found = objects(kubectl, words).await?;
    change_each(kubectl, found, "image updated", &|spec| {
        for (name, image) in &pairs {
            let met = containers(spec, |container| {
                let meant = is_meant(container, name);
                if meant {
                    container.set(&["image"], *image);
                }
                meant
            });
            if met == 0 {
                return Err(Failure::Plain(format!("unable to find container named \"{name}\"")));
            }
        }
        Ok(())
    })
    .await
}

// Models set/set_env.go
async fn env(kubectl: &Kubectl, words: &[String]) -> Done {
    let is_pair = |word: &String| word.contains('=') || word.len() > 1 && word.ends_with('-') && !word.contains('/');
    let from = words.iter().position(is_pair).unwrap_or(words.len());
    let (words, pairs) = words.split_at(from);
    let lists = kubectl.args.is_on("list");
    let found = objects(kubectl, words).await?;
    let only = if kubectl.args.text("containers").is_empty() { "*" } else { kubectl.args.text("containers") };
    if lists {
        let (infos, failures) = found;
        for info in infos {
            kubectl.client.print(&listed_env(&info));
        }
        return Failure::of_all(failures);
    }
    if pairs.is_empty() {
        return Err(Failure::plain("at least one environment variable must be provided"));
    }
    change_each(kubectl, found, "env updated", &|spec| {
        containers(spec, |container| {
            if is_meant(container, only) {
                pairs.iter().for_each(|pair| set_variable(container, pair));
            }
            true
        });
        Ok(())
    })
    .await
}

fn set_variable(container: &mut Value, pair: &str) {
    let env = container.at_mut(&["env"]).items_mut();
    match pair.split_once('=') {
        Some((name, value)) => {
            let variable = crate::tree!({ "name": name, "value": value });
            match env.iter_mut().find(|variable| variable.str_at(&["name"]) == name) {
                Some(known) => *known = variable,
                None => env.push(variable),
            }
        }
        None => {
            let name = pair.trim_end_matches('-');
            env.retain(|variable| variable.str_at(&["name"]) != name);
        }
    }
    if container.items_at(&["env"]).is_empty() {
        container.remove(&["env"]);
    }
}

fn listed_env(info: &Info) -> String {
    let Some(path) = pod_spec_path(info.resource) else { return String::new() };
    let mut text = String::new();
    let spec = info.object.at(path).unwrap_or(&Value::Null);
    for container in spec.items_at(&["initContainers"]).iter().chain(spec.items_at(&["containers"])) {
        let (kind, name) = (info.resource.kind(), meta::name(&info.object));
        text.push_str(&format!("# {kind} {name}, container {}\n", container.str_at(&["name"])));
        for variable in container.items_at(&["env"]) {
            let name = variable.str_at(&["name"]);
            match variable.get("valueFrom") {
                None => text.push_str(&format!("{name}={}\n", variable.str_at(&["value"]))),
                Some(from) => text.push_str(&format!("# {name} from {}\n", source_of(from))),
            }
        }
    }
    text
}

// Models set/env GetEnvVarRefString
fn source_of(from: &Value) -> String {
    if let Some(key) = from.get("configMapKeyRef") {
        return format!("configmap {}, key {}", key.str_at(&["name"]), key.str_at(&["key"]));
    }
    if let Some(key) = from.get("secretKeyRef") {
        return format!("secret {}, key {}", key.str_at(&["name"]), key.str_at(&["key"]));
    }
    if let Some(field) = from.get("fieldRef") {
        return format!("field path {}", field.str_at(&["fieldPath"]));
    }
    let field = from.get("resourceFieldRef").unwrap_or(&Value::Null);
    let container = field.str_at(&["containerName"]);
    let container = if container.is_empty() { String::new() } else { format!("{container}/") };
    format!("resource field {container}{}", field.str_at(&["resource"]))
}

// Models set/set_resources.go
async fn resources(kubectl: &Kubectl, words: &[String]) -> Done {
    let args = &kubectl.args;
    if args.text("limits").is_empty() && args.text("requests").is_empty() {
        return Err(Failure::plain(
            "you must specify an update to requests or limits (in the form of --requests/--limits)",
        ));
    }
    let found = objects(kubectl, words).await?;
    let only = if args.text("containers").is_empty() { "*" } else { args.text("containers") };
    change_each(kubectl, found, "resource requirements updated", &|spec| {
        let met = containers(spec, |container| {
            let meant = is_meant(container, only);
            for kind in ["limits", "requests"] {
                for (name, quantity) in args.list(kind).filter_map(|pair| pair.split_once('=')) {
                    if !meant {
                    } else if quantity == "0" {
                        container.remove(&["resources", kind, name]);
                    } else {
                        container.set(&["resources", kind, name], quantity);
                    }
                }
            }
            meant
        });
        match met {
            0 => Err(Failure::Plain(format!("unable to find container named {only}"))),
            _ => Ok(()),
        }
    })
    .await
}

// Models set/set_serviceaccount.go
async fn service_account(kubectl: &Kubectl, words: &[String]) -> Done {
    let Some((account, words)) = words.split_last().filter(|(_, words)| !words.is_empty()) else {
        return Err(Failure::plain("serviceaccount is required"));
    };
    let found = objects(kubectl, words).await?;
    let dry_run = kubectl.dry_run()?;
    let (infos, mut failures) = found;
    for info in infos {
        let Some(path) = pod_spec_path(info.resource) else { continue };
        let mut object = info.object.clone();
        object.at_mut(path).set(&["serviceAccountName"], account.as_str());
        object.at_mut(path).set(&["serviceAccount"], account.as_str());
        match change::carry(kubectl, &info, object, "kubectl-set", dry_run).await {
            Ok(object) => kubectl.report(&object, "serviceaccount updated", dry_run)?,
            Err(error) => {
                failures.push(Failure::Plain(format!("failed to patch ServiceAccountName {}", error.message)))
            }
        }
    }
    Failure::of_all(failures)
}

// Models set/set_selector.go
async fn selector(kubectl: &Kubectl, words: &[String]) -> Done {
    let Some((expression, words)) = words.split_last() else {
        return Err(Failure::plain(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    };
    Selector::parse(expression).map_err(Failure::Plain)?;
    let dry_run = kubectl.dry_run()?;
    let (infos, mut failures) = objects(kubectl, words).await?;
    for info in infos {
        if info.resource != Resource::SERVICES {
            failures.push(Failure::plain("selector is only supported on services"));
            continue;
        }
        let mut object = info.object.clone();
        object.remove(&["spec", "selector"]);
        for (key, value) in expression.split(',').filter_map(|pair| pair.split_once('=')) {
            object.set(&["spec", "selector", key], value);
        }
        match change::carry(kubectl, &info, object, "kubectl-set", dry_run).await {
            Ok(object) => kubectl.report(&object, "selector updated", dry_run)?,
            Err(error) => failures.push(error.into()),
        }
    }
    Failure::of_all(failures)
}
