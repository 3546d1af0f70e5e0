//! `kubectl cordon | uncordon | drain | taint`.
// Models k8s.io/kubectl/pkg/cmd/drain/drain.go, pkg/drain and pkg/cmd/taint/taint.go

use crate::document::InOrder as _;
use crate::document::Value;
use crate::tree;
use crate::world::api::{ApiError, Key, Reason, Request, Resource, Verb, meta};
use crate::world::{SimTime, secs};

use super::builder::{self, Info, Words};
use super::failure::Failure;
use super::{Done, DryRun, Kubectl, change, usage_error};

/// A refused eviction is tried again after this long.
const RETRY: SimTime = secs(5);

/// How often it is looked whether an evicted Pod is gone.
// Models pkg/drain/drain.go waitForDelete
const POLL: SimTime = secs(1);

async fn nodes(kubectl: &Kubectl) -> Result<Vec<Info>, Failure> {
    let words = &kubectl.args.words;
    let by_selector = !kubectl.args.text("selector").is_empty();
    if words.is_empty() && !by_selector {
        return Err(Failure::Plain(format!(
            "USAGE: {} NODE [flags]\nSee 'kubectl {} -h' for help and examples",
            kubectl.verb, kubectl.verb
        )));
    }
    let mut found = Vec::new();
    if by_selector {
        for node in builder::list(kubectl, Resource::NODES).await? {
            found.push(builder::info(Resource::NODES, node, ""));
        }
    }
    let mut failures = Vec::new();
    for word in words {
        let name = word.rsplit('/').next().unwrap_or(word);
        match kubectl.client.get(&Key::new(Resource::NODES, "", name)).await {
            Ok(node) => found.push(builder::info(Resource::NODES, node, "")),
            Err(error) => failures.push(error.into()),
        }
    }
    Failure::of_all(failures)?;
    Ok(found)
}

pub(super) async fn cordon(kubectl: &Kubectl, desired: bool) -> Done {
    let dry_run = kubectl.dry_run()?;
    for info in nodes(kubectl).await? {
        set_unschedulable(kubectl, &info, desired, dry_run).await?;
    }
    Ok(())
}

// Models RunCordonOrUncordon
async fn set_unschedulable(kubectl: &Kubectl, info: &Info, desired: bool, dry_run: DryRun) -> Done {
    let word = if desired { "cordoned" } else { "uncordoned" };
    if info.object.is_true_at(&["spec", "unschedulable"]) == desired {
        return kubectl.report(&info.object, &format!("already {word}"), dry_run);
    }
    let mut node = info.object.clone();
    if desired {
        node.set(&["spec", "unschedulable"], true);
    } else {
        node.remove(&["spec", "unschedulable"]);
    }
    let node = change::carry(kubectl, info, node, "kubectl-cordon", dry_run).await?;
    kubectl.report(&node, word, dry_run)
}

// Models DrainCmdOptions.RunDrain
pub(super) async fn drain(kubectl: &Kubectl) -> Done {
    let dry_run = kubectl.dry_run()?;
    let infos = nodes(kubectl).await?;
    for info in &infos {
        set_unschedulable(kubectl, info, true, dry_run).await?;
    }
    let (mut failures, mut pending) = (Vec::new(), Vec::new());
    for info in &infos {
        match drain_node(kubectl, &info.name, dry_run).await {
            Ok(()) => kubectl.report(&info.object, "drained", dry_run)?,
            Err(failure) => {
                kubectl.client.warnln(&format!(
                    "error: unable to drain node \"{}\" due to error: {}, continuing command...",
                    info.name,
                    failure.message()
                ));
                pending.push(info.name.clone());
                failures.push(failure);
            }
        }
    }
    if pending.is_empty() {
        return Ok(());
    }
    kubectl.client.warnln("There are pending nodes to be drained:");
    pending.iter().for_each(|name| kubectl.client.warnln(&format!(" {name}")));
    for failure in failures {
        let several = match failure {
            Failure::Many(several) => several,
            one => vec![one],
        };
        several.iter().for_each(|one| kubectl.client.warnln(&one.message()));
    }
    Err(Failure::Exit(1))
}

/// What becomes of the Pods of a node.
#[derive(Default)]
struct Plan {
    evict: Vec<Value>,
    warnings: Vec<(&'static str, Vec<String>)>,
    faults: Vec<(&'static str, Vec<String>)>,
}

impl Plan {
    fn note(list: &mut Vec<(&'static str, Vec<String>)>, text: &'static str, pod: &Value) {
        let name = format!("{}/{}", meta::namespace(pod), meta::name(pod));
        match list.iter_mut().find(|(known, _)| *known == text) {
            Some((_, pods)) => pods.push(name),
            None => list.push((text, vec![name])),
        }
    }
}

// Models drain/filters.go
async fn plan(kubectl: &Kubectl, node: &str) -> Result<Plan, Failure> {
    let args = &kubectl.args;
    let mut plan = Plan::default();
    let mut pods = kubectl.client.list(Resource::PODS, "").await?;
    pods.retain(|pod| pod.str_at(&["spec", "nodeName"]) == node);
    for pod in pods {
        let is_over = matches!(pod.str_at(&["status", "phase"]), "Succeeded" | "Failed");
        if meta::annotation(&pod, "kubernetes.io/config.mirror").is_some() {
            continue;
        }
        let owner = meta::controller_of(&pod).map(|owner| owner.str_at(&["kind"]).to_owned());
        if owner.as_deref() == Some("DaemonSet") && !is_over {
            if args.is_on("ignore-daemonsets") {
                Plan::note(&mut plan.warnings, "ignoring DaemonSet-managed Pods", &pod);
            } else {
                Plan::note(
                    &mut plan.faults,
                    "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)",
                    &pod,
                );
            }
            continue;
        }
        let mut is_refused = false;
        let has_local = pod.items_at(&["spec", "volumes"]).iter().any(|volume| volume.get("emptyDir").is_some());
        if has_local && !is_over && !args.is_on("delete-emptydir-data") {
            Plan::note(
                &mut plan.faults,
                "cannot delete Pods with local storage (use --delete-emptydir-data to override)",
                &pod,
            );
            is_refused = true;
        }
        if owner.is_none() && !is_over && !is_refused {
            if args.is_on("force") {
                Plan::note(&mut plan.warnings, "deleting Pods that declare no controller", &pod);
            } else {
                Plan::note(
                    &mut plan.faults,
                    "cannot delete Pods that declare no controller (use --force to override)",
                    &pod,
                );
                is_refused = true;
            }
        }
        if !is_refused {
            plan.evict.push(pod);
        }
    }
    Ok(plan)
}

async fn drain_node(kubectl: &Kubectl, node: &str, dry_run: DryRun) -> Done {
    let mut plan = plan(kubectl, node).await?;
    if !plan.faults.is_empty() {
        plan.faults.order();
        let faults =
            plan.faults.iter().map(|(text, pods)| Failure::Plain(format!("{text}: {}", pods.join(", ")))).collect();
        return Failure::of_all(faults);
    }
    if !plan.warnings.is_empty() {
        plan.warnings.order_by_key(|(text, _)| !text.starts_with("ignoring"));
        let texts: Vec<String> =
            plan.warnings.iter().map(|(text, pods)| format!("{text}: {}", pods.join(", "))).collect();
        kubectl.client.warnln(&format!("Warning: {}", texts.join("; ")));
    }
    if dry_run != DryRun::None {
        for pod in &plan.evict {
            kubectl.client.println(&format!(
                "evicting pod {}/{}{}",
                meta::namespace(pod),
                meta::name(pod),
                dry_run.suffix()
            ));
        }
        return Ok(());
    }
    evict_all(kubectl, node, plan.evict).await
}

/// How far the eviction of one Pod is.
enum Eviction {
    /// To be asked for at this moment.
    Ask(SimTime),
    /// Granted; whether the Pod is gone is looked at again at this moment.
    Leaving(SimTime),
    Gone,
}

// Models Helper.evictPods
async fn evict_all(kubectl: &Kubectl, node: &str, pods: Vec<Value>) -> Done {
    let client = &kubectl.client;
    let limit = kubectl.args.duration("timeout").flatten().filter(|limit| *limit > SimTime::ZERO);
    let until = limit.map(|limit| client.now() + limit);
    let mut evictions: Vec<(Value, Eviction)> =
        pods.into_iter().map(|pod| (pod, Eviction::Ask(client.now()))).collect();
    loop {
        let revision = client.revision();
        for (pod, eviction) in &mut evictions {
            match eviction {
                Eviction::Ask(at) if *at <= client.now() => *eviction = ask(kubectl, pod).await?,
                Eviction::Leaving(at) if *at <= client.now() => {
                    *at = *at + POLL;
                    if is_gone(kubectl, pod).await? {
                        client.println(&format!("pod/{} evicted", meta::name(pod)));
                        *eviction = Eviction::Gone;
                    }
                }
                _ => {}
            }
        }
        if evictions.iter().all(|(_, eviction)| matches!(eviction, Eviction::Gone)) {
            return Ok(());
        }
        if until.is_some_and(|until| client.now() >= until) {
            return Err(out_of_time(kubectl, node, &evictions, limit.unwrap_or_default()));
        }
        let next = evictions.iter().filter_map(|(_, eviction)| match eviction {
            Eviction::Ask(at) | Eviction::Leaving(at) => Some(*at),
            Eviction::Gone => None,
        });
        client.changed(revision, next.chain(until).min()).await;
    }
}

async fn ask(kubectl: &Kubectl, pod: &Value) -> Result<Eviction, Failure> {
    let (namespace, name) = (meta::namespace(pod), meta::name(pod));
    kubectl.client.println(&format!("evicting pod {namespace}/{name}"));
    let mut body = tree!({
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": { "name": name, "namespace": namespace },
    });
    if let Some(seconds) = kubectl.args.integer("grace-period").filter(|seconds| *seconds >= 0) {
        body.set(&["deleteOptions", "gracePeriodSeconds"], seconds);
    }
    let key = Key::new(Resource::PODS, namespace, name);
    let request = Request::new(kubectl.client.user.clone(), Verb::Create, &key).on("eviction").with_body(body);
    let error: ApiError = match kubectl.client.request(request).await {
        Ok(_) => return Ok(Eviction::Leaving(kubectl.client.now() + POLL)),
        Err(error) => error,
    };
    match error.reason {
        Reason::NotFound => Ok(Eviction::Leaving(kubectl.client.now())),
        Reason::TooManyRequests => {
            kubectl.client.warnln(&format!(
                "error when evicting pods/\"{name}\" -n \"{namespace}\" (will retry after 5s): {}",
                error.message
            ));
            Ok(Eviction::Ask(kubectl.client.now() + RETRY))
        }
        _ => Err(Failure::Plain(format!("error when evicting pods/\"{name}\" -n \"{namespace}\": {}", error.message))),
    }
}

async fn is_gone(kubectl: &Kubectl, pod: &Value) -> Result<bool, Failure> {
    let key = Key::new(Resource::PODS, meta::namespace(pod), meta::name(pod));
    match kubectl.client.get(&key).await {
        Ok(now) => Ok(meta::uid(&now) != meta::uid(pod)),
        Err(error) if error.reason == Reason::NotFound => Ok(true),
        Err(error) => Err(error.into()),
    }
}

fn out_of_time(kubectl: &Kubectl, node: &str, evictions: &[(Value, Eviction)], limit: SimTime) -> Failure {
    let left: Vec<&Value> =
        evictions.iter().filter(|(_, eviction)| !matches!(eviction, Eviction::Gone)).map(|(pod, _)| pod).collect();
    let failures: Vec<Failure> = left
        .iter()
        .map(|pod| {
            Failure::Plain(format!(
                "error when evicting pods/\"{}\" -n \"{}\": global timeout reached: {}",
                meta::name(pod),
                meta::namespace(pod),
                go_duration(limit)
            ))
        })
        .collect();
    let all = Failure::of_all(failures).err().unwrap_or(Failure::Exit(1));
    kubectl
        .client
        .warnln(&format!("There are pending pods in node \"{node}\" when an error occurred: {}", all.message()));
    left.iter().for_each(|pod| kubectl.client.warnln(&format!("pod/{}", meta::name(pod))));
    all
}

/// `1m0s`, `7s`.
// Models time.Duration.String
fn go_duration(length: SimTime) -> String {
    let seconds = length.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds}s"),
        (hours, minutes, seconds) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// A taint to add, or to take away (all effects where none is named).
struct Taint {
    key: String,
    value: String,
    effect: String,
    removes: bool,
}

// Models taint.parseTaints
fn taints(words: &[String]) -> Result<Vec<Taint>, Failure> {
    words
        .iter()
        .map(|word| {
            let (text, removes) = word.strip_suffix('-').map_or((word.as_str(), false), |text| (text, true));
            let (pair, effect) = text.split_once(':').unwrap_or((text, ""));
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let known = ["NoSchedule", "PreferNoSchedule", "NoExecute"].contains(&effect);
            if !(known || removes && effect.is_empty()) {
                return Err(Failure::Plain(if effect.is_empty() {
                    format!("invalid taint spec: {word}, must be of form key=value:effect or key:effect")
                } else {
                    format!("invalid taint effect: {effect}, unsupported taint effect")
                }));
            }
            Ok(Taint { key: key.to_owned(), value: value.to_owned(), effect: effect.to_owned(), removes })
        })
        .collect()
}

// Models TaintOptions.Complete and Validate
pub(super) async fn taint(kubectl: &Kubectl) -> Done {
    let words = &kubectl.args.words;
    let is_spec = |word: &String| word.contains(['=', ':']) || word.ends_with('-');
    let from = words.iter().position(is_spec).unwrap_or(words.len());
    let (words, specs) = words.split_at(from);
    if let Some(late) = specs.iter().find(|word| !is_spec(word)) {
        return Err(Failure::Plain(format!("all resources must be specified before taint changes: {late}")));
    }
    let Some(kind) = words.first() else {
        return Err(Failure::plain("one or more resources must be specified as <resource> <name>"));
    };
    if specs.is_empty() {
        return Err(Failure::plain("at least one taint update is required"));
    }
    let taints = taints(specs).map_err(|failure| usage_error(kubectl, &failure.message()))?;
    if builder::resource_named(kubectl, kind.split('/').next().unwrap_or(kind))? != Resource::NODES {
        let kind = kind.to_lowercase();
        return Err(Failure::Plain(format!("invalid resource type {kind}, only node types are supported")));
    }
    check_conflicts(&taints)?;
    let (all, selects) = (kubectl.args.is_on("all"), !kubectl.args.text("selector").is_empty());
    if all && selects {
        return Err(Failure::plain("setting 'all' parameter with a non empty selector is prohibited"));
    }
    if !all && !selects && words.len() < 2 && !kind.contains('/') {
        return Err(Failure::plain("at least one resource name must be specified since 'all' parameter is not set"));
    }
    let dry_run = kubectl.dry_run()?;
    let mut infos = Vec::new();
    match builder::read_words(kubectl, "taint", words)? {
        Words::Names(names) => {
            for (resource, name) in names {
                let node = kubectl.client.get(&kubectl.key(resource, &name)).await?;
                infos.push(builder::info(resource, node, ""));
            }
        }
        Words::Types(types) => {
            for resource in types {
                let items = builder::list(kubectl, resource).await?;
                infos.extend(items.into_iter().map(|item| builder::info(resource, item, "")));
            }
        }
    }
    let mut failures = Vec::new();
    for info in infos {
        if let Err(failure) = taint_node(kubectl, &info, &taints, dry_run).await {
            failures.push(failure);
        }
    }
    Failure::of_all(failures)
}

/// What is both put on and taken off.
fn check_conflicts(taints: &[Taint]) -> Result<(), Failure> {
    let mut conflicts = Vec::new();
    for added in taints.iter().filter(|taint| !taint.removes) {
        for removed in taints.iter().filter(|taint| taint.removes && taint.key == added.key) {
            if removed.effect.is_empty() || removed.effect == added.effect {
                conflicts.push(format!("{{\"{}\":\"{}\"}}", removed.key, removed.effect));
            }
        }
    }
    if conflicts.is_empty() {
        return Ok(());
    }
    let list = conflicts.join(", ");
    Err(Failure::Plain(format!("can not both modify and remove the following taint(s) in the same command: {list}")))
}

// Models TaintOptions.RunTaint and taint.reorganizeTaints
async fn taint_node(kubectl: &Kubectl, info: &Info, taints: &[Taint], dry_run: DryRun) -> Done {
    let mut list: Vec<Value> = info.object.items_at(&["spec", "taints"]).to_vec();
    let matches = |have: &Value, taint: &Taint| {
        have.str_at(&["key"]) == taint.key && (taint.effect.is_empty() || have.str_at(&["effect"]) == taint.effect)
    };
    for taint in taints {
        let known = list.iter().any(|have| matches(have, taint));
        if taint.removes {
            if !known {
                return Err(Failure::Plain(format!("taint \"{}\" not found", spec_of(taint))));
            }
            list.retain(|have| !matches(have, taint));
            continue;
        }
        if known && !kubectl.args.is_on("overwrite") {
            return Err(Failure::Plain(format!(
                "node {} already has {} taint(s) with same effect(s) and --overwrite is false",
                info.name, taint.key
            )));
        }
        list.retain(|have| !matches(have, taint));
        let mut new = tree!({ "key": taint.key.as_str(), "effect": taint.effect.as_str() });
        if !taint.value.is_empty() {
            new.set(&["value"], taint.value.as_str());
        }
        list.insert(0, new);
    }
    // Models reorganizeTaints: what was there and is not named stays behind what is new.
    let added = list.len() != info.object.items_at(&["spec", "taints"]).len();
    let removed = taints.iter().any(|taint| taint.removes);
    let word = if removed && taints.iter().any(|taint| !taint.removes) || kubectl.args.is_on("overwrite") {
        "modified"
    } else if !removed && added {
        "tainted"
    } else {
        "untainted"
    };
    let mut node = info.object.clone();
    if list.is_empty() {
        node.remove(&["spec", "taints"]);
    } else {
        node.set(&["spec", "taints"], Value::list(list));
    }
    let node = change::carry(kubectl, info, node, "kubectl-taint", dry_run).await?;
    kubectl.report(&node, word, dry_run)
}

fn spec_of(taint: &Taint) -> String {
    if taint.effect.is_empty() { taint.key.clone() } else { format!("{}:{}", taint.key, taint.effect) }
}
