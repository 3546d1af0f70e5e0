//! Compares what was played with what was recorded.

use super::cases::{Body, Case, Recording};
use super::digest::digest;
use super::fits::fits;
use super::names::{Names, anonymous, pair, tokens, translate, translate_tree};
use super::play::{Answered, DIGESTED, Played, Write};
use drydock::document::Value;
use drydock::kube::api::meta;
use drydock::sim::ChangeKind;
use std::collections::{BTreeMap, BTreeSet};

type Compared = Result<(), String>;

/// The state of objects by `Kind/namespace/name`.
type State = BTreeMap<String, Value>;

struct Comparison<'a> {
    family: &'a str,
    recording: &'a Recording,
    played: &'a Played,
    /// The recording's tokens in our words.
    to_ours: BTreeMap<String, String>,
    /// Our Pods whose node was the scheduler's free choice.
    free: BTreeSet<String>,
}

/// Finds the first difference.
pub fn compare(case: &Case, played: &Played) -> Compared {
    let Body::Kubernetes(recording) = &case.body else { return Ok(()) };
    let mut comparison =
        Comparison { family: &case.family, recording, played, to_ours: BTreeMap::new(), free: free_choices(played) };
    let steps = comparison.steps().len();
    let theirs = recorded_facts(recording, steps);
    let ours = played_facts(&played.writes, &played.answers, &played.names, steps);
    comparison.to_ours = pair(&theirs, &ours, &played.meant);
    comparison.answers()?;
    if case.family != "behaviour" {
        return Ok(());
    }
    let repeat = |flag: &str| recording.case.is_true_at(&["repeat", flag]);
    if recording.case.get("repeat").is_none() {
        return comparison.set_of_last_objects();
    }
    if repeat("per_step") {
        comparison.states(true)?;
    }
    if repeat("final") {
        comparison.states(false)?;
        comparison.last_objects()?;
    }
    if repeat("events") {
        comparison.events()?;
    }
    Ok(())
}

/// Pods whose node nothing prescribed.
fn free_choices(played: &Played) -> BTreeSet<String> {
    let mut free = BTreeSet::new();
    for write in played.writes.iter().filter(|write| write.kind == ChangeKind::Added) {
        let pod = &write.object;
        let is_pinned = meta::kind(pod) != "Pod"
            || pod.at(&["spec", "nodeName"]).is_some()
            || pod.at(&["spec", "nodeSelector", "kubernetes.io/hostname"]).is_some()
            || pod
                .at(&["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"])
                .is_some();
        if !is_pinned {
            free.insert(played.names.mask(meta::name(pod)));
        }
    }
    free
}

/// What a recording tells about names in its first steps, as texts.
pub fn recorded_facts(recording: &Recording, steps: usize) -> Vec<String> {
    let mut facts = state_facts(recorded_states(recording, steps));
    for (index, step) in recording.case.items_at(&["steps"]).iter().enumerate().take(steps) {
        facts.extend(line_facts(index, &format!("{}{}", step.str_at(&["stdout"]), step.str_at(&["stderr"]))));
    }
    facts
}

/// The same of what was played.
pub fn played_facts(writes: &[Write], answers: &[Option<Answered>], names: &Names, steps: usize) -> Vec<String> {
    let mut facts = state_facts(played_states(writes, names, steps));
    for (index, answered) in answers.iter().enumerate() {
        if let Some(answered) = answered {
            facts.extend(line_facts(index, &names.mask(&format!("{}{}", answered.stdout, answered.stderr))));
        }
    }
    facts
}

fn state_facts(states: BTreeMap<usize, State>) -> Vec<String> {
    let fact = |text: String, digest: &Value| if has_one_node(digest) { text } else { blurred(&text) };
    let of_step = |(step, state): (usize, State)| {
        let facts = state.into_iter();
        facts.map(move |(key, digest)| fact(format!("{step} {key} {digest}"), &digest)).collect::<Vec<_>>()
    };
    states.into_iter().flat_map(of_step).collect()
}

/// Whether an object can be on one node only: a Pod of a DaemonSet.
fn has_one_node(digest: &Value) -> bool {
    digest.items_at(&["owners"]).iter().filter_map(Value::as_str).any(|owner| owner.starts_with("DaemonSet/"))
}

fn line_facts(step: usize, text: &str) -> Vec<String> {
    text.lines().map(|line| blurred(&format!("{step} {}", cells(line).join("  ")))).collect()
}

/// The state after each of the first steps.
fn recorded_states(recording: &Recording, steps: usize) -> BTreeMap<usize, State> {
    let mut writes = Vec::new();
    for line in &recording.trace {
        let step = usize::try_from(line.int_at(&["step"]).unwrap_or_default()).unwrap_or_default();
        let namespace = if line.str_at(&["ns"]).is_empty() { "default" } else { line.str_at(&["ns"]) };
        let key = format!("{}/{namespace}/{}", line.str_at(&["kind"]), line.str_at(&["name"]));
        let gone = line.str_at(&["t"]) == "DELETED";
        writes.push((step, key, (!gone).then(|| line.get("d").cloned().unwrap_or_default())));
    }
    accumulate(writes, steps)
}

fn played_states(written: &[Write], names: &Names, steps: usize) -> BTreeMap<usize, State> {
    let mask = |text: &str| names.mask(text);
    let mut writes = Vec::new();
    for write in written {
        let object = &write.object;
        let kind = meta::kind(object);
        if !DIGESTED.contains(&kind) || is_furniture(object) {
            continue;
        }
        let namespace = if meta::namespace(object).is_empty() { "default" } else { meta::namespace(object) };
        let key = format!("{kind}/{namespace}/{}", mask(meta::name(object)));
        let gone = write.kind == ChangeKind::Deleted;
        writes.push((write.step, key, (!gone).then(|| translate_tree(&digest(object), &mask))));
    }
    accumulate(writes, steps)
}

fn accumulate(writes: Vec<(usize, String, Option<Value>)>, steps: usize) -> BTreeMap<usize, State> {
    let mut states = BTreeMap::new();
    let mut state = State::new();
    let mut writes = writes.into_iter().peekable();
    for step in 1..=steps {
        while let Some((_, key, digest)) = writes.next_if(|(of, _, _)| *of <= step) {
            match digest {
                Some(digest) => state.insert(key, digest),
                None => state.remove(&key),
            };
        }
        states.insert(step, state.clone());
    }
    states
}

/// Compares two sets of objects. Those whose names are drawn may stand for one another as long as
/// they differ in nothing but the draw.
fn same_objects(wanted: &State, got: &State, compare: &dyn Fn(&str, &Value, &Value) -> Compared) -> Compared {
    let shapes = |state: &State| {
        let mut shapes: BTreeMap<String, Vec<(String, Value)>> = BTreeMap::new();
        for (key, object) in state {
            let object = translate_tree(object, &|text| anonymous(text));
            shapes.entry(anonymous(key)).or_default().push((key.clone(), object));
        }
        shapes
    };
    let (wanted, mut got) = (shapes(wanted), shapes(got));
    for (shape, objects) in &wanted {
        let mut left = got.remove(shape).unwrap_or_default();
        for (key, object) in objects {
            match left.iter().position(|(name, candidate)| compare(name, object, candidate).is_ok()) {
                Some(found) => drop(left.remove(found)),
                None => {
                    let nearest = left.iter().find(|(name, _)| name == key).or(left.first());
                    let Some((name, nearest)) = nearest else { return Err(format!("{key} is missing")) };
                    return compare(name, object, nearest).map_err(|difference| format!("{key}: {difference}"));
                }
            }
        }
        if let Some((key, _)) = left.first() {
            return Err(format!("{key} was not recorded"));
        }
    }
    match got.values().flatten().find(|(key, _)| !key.starts_with("Node/")) {
        Some((key, _)) => Err(format!("{key} was not recorded")),
        None => Ok(()),
    }
}

/// A text without what may differ between two runs: for telling objects apart, not for comparing.
fn blurred(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && !"<>-.:".contains(c)) {
        let end = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && !"<>-.:".contains(c)).len();
        let (core, rest) = word.split_at(end);
        let is = |mask: &str| fits(mask, core) || core == mask;
        let core = if is("<age>") {
            "<age>"
        } else if is("<pod-ip>") || core == "<cluster-ip>" {
            "<ip>"
        } else if is("<uid>") {
            "<uid>"
        } else if is("<time>") {
            "<time>"
        } else if is_node(core) {
            "<node>"
        } else if core.starts_with("ap-northeast-2") {
            "<zone>"
        } else {
            core
        };
        out.push_str(core);
        out.push_str(rest);
    }
    out
}

fn is_node(text: &str) -> bool {
    text.strip_prefix("node-").is_some_and(|rest| rest.len() == 1)
}

fn cells(line: &str) -> Vec<&str> {
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

fn has_token(line: &str) -> bool {
    ["<s", "<h", "<t1", "<t2", "<t3"].iter().any(|token| line.contains(token))
}

impl Comparison<'_> {
    fn steps(&self) -> &[Value] {
        self.recording.case.items_at(&["steps"])
    }

    /// A recorded text in our words.
    fn ours(&self, text: &str) -> String {
        translate(text, &self.to_ours)
    }

    // ---- what commands printed

    fn answers(&self) -> Compared {
        let without_repeat = self.family == "behaviour" && self.recording.case.get("repeat").is_none();
        let prints = !without_repeat
            && (self.recording.case.get("repeat").is_none() || self.recording.case.is_true_at(&["repeat", "output"]));
        for (index, (step, answered)) in self.steps().iter().zip(&self.played.answers).enumerate() {
            let Some(answered) = answered else { continue };
            let args: Vec<&str> = step.items_at(&["args"]).iter().filter_map(Value::as_str).collect();
            let at = format!("step {} `kubectl {}`", index + 1, args.join(" "));
            self.answer(step, answered, prints).map_err(|difference| format!("{at}: {difference}"))?;
        }
        Ok(())
    }

    fn answer(&self, step: &Value, answered: &Answered, prints: bool) -> Compared {
        let exit = step.int_at(&["exit"]).unwrap_or_default();
        if prints {
            let verb = step.items_at(&["args"]).first().and_then(Value::as_str).unwrap_or_default();
            for (stream, played) in [("stderr", &answered.stderr), ("stdout", &answered.stdout)] {
                let wanted = self.ours(step.str_at(&[stream]));
                let played = self.played.names.mask(played);
                let compared = match verb {
                    // How many lines of progress they print, and in which order, is a matter of timing.
                    "drain" | "wait" => self.line_sets(&wanted, &played),
                    "rollout" if wanted.contains("Waiting for") => {
                        self.line_sets(&last_line(&wanted), &last_line(&played))
                    }
                    _ => self.text(&wanted, &played),
                };
                compared.map_err(|difference| format!("{stream}: {difference}"))?;
            }
        }
        if exit == answered.exit { Ok(()) } else { Err(format!("exit {exit} was recorded, got {}", answered.exit)) }
    }

    fn text(&self, wanted: &str, got: &str) -> Compared {
        let (wanted, got): (Vec<&str>, Vec<&str>) = (wanted.lines().collect(), got.lines().collect());
        let mut at = 0;
        while at < wanted.len() || at < got.len() {
            let run = wanted[at.min(wanted.len())..].iter().take_while(|line| has_token(line)).count();
            if run > 1 {
                let mut left: Vec<&str> = got[at.min(got.len())..(at + run).min(got.len())].to_vec();
                for line in &wanted[at..at + run] {
                    match left.iter().position(|candidate| self.line(line, candidate)) {
                        Some(found) => drop(left.remove(found)),
                        None => return Err(format!("no line like `{line}` among `{}`", left.join("⏎"))),
                    }
                }
                at += run;
                continue;
            }
            match (wanted.get(at), got.get(at)) {
                (Some(wanted), Some(got)) if self.line(wanted, got) => at += 1,
                (wanted, got) => {
                    let show = |line: Option<&&str>| line.map_or("nothing more".to_owned(), |line| format!("`{line}`"));
                    return Err(format!("{} was recorded, got {}", show(wanted), show(got)));
                }
            }
        }
        Ok(())
    }

    fn line_sets(&self, wanted: &str, got: &str) -> Compared {
        let fits_some = |line: &str, others: &str| others.lines().any(|other| self.line(line, other));
        for line in wanted.lines() {
            if !fits_some(line, got) {
                return Err(format!("no line like `{line}` among `{got}`"));
            }
        }
        for line in got.lines() {
            if !wanted.lines().any(|other| self.line(other, line)) {
                return Err(format!("`{line}` was not recorded; `{wanted}` was"));
            }
        }
        Ok(())
    }

    fn line(&self, wanted: &str, got: &str) -> bool {
        if fits(wanted, got) {
            return true;
        }
        // Masks shift columns, but never where a line begins.
        let indent = |line: &str| line.len() - line.trim_start().len();
        if indent(wanted) != indent(got) {
            return false;
        }
        let (wanted, got) = (cells(wanted), cells(got));
        let is_free = wanted.iter().any(|cell| {
            let name = cell.rsplit('/').next().unwrap_or(cell);
            self.free.contains(name)
        });
        wanted.len() == got.len()
            && wanted
                .iter()
                .zip(&got)
                .all(|(wanted, got)| fits(wanted, got) || is_free && blurred(wanted) == blurred(got))
    }

    // ---- what became of objects

    /// Compares the digests after each step, or after the last one.
    fn states(&self, every_step: bool) -> Compared {
        let last = self.steps().len();
        let recorded = recorded_states(self.recording, last);
        let played = played_states(&self.played.writes, &self.played.names, last);
        let narrowed = self.recording.case.str_at(&["compare"]).starts_with("spec only");
        for (step, state) in recorded.iter().filter(|(step, _)| every_step || **step == last) {
            let wanted: State = state
                .iter()
                .map(|(key, digest)| (self.ours(key), translate_tree(digest, &|text| self.ours(text))))
                .collect();
            same_objects(&wanted, played.get(step).unwrap_or(&State::new()), &|key, wanted, got| {
                difference(&self.plain(key, wanted, narrowed), &self.plain(key, got, narrowed), "")
            })
            .map_err(|what| format!("after step {step}: {what}"))?;
        }
        Ok(())
    }

    /// A digest without what may differ.
    fn plain(&self, key: &str, digest: &Value, narrowed: bool) -> Value {
        let mut digest = digest.clone();
        let name = key.rsplit('/').next().unwrap_or(key);
        if key.starts_with("Pod/") && self.free.contains(name) {
            digest.remove(&["node"]);
            digest.remove(&["labels", "topology.kubernetes.io/zone"]);
            if digest.at(&["labels"]).is_some_and(Value::is_empty) {
                digest.remove(&["labels"]);
            }
        }
        if let Some(targets) = digest.at(&["targets"]) {
            let mut targets = targets.items().to_vec();
            targets.sort();
            digest.set(&["targets"], Value::list(targets));
        }
        if narrowed {
            for field in ["conditions", "containers", "phase"] {
                digest.remove(&[field]);
            }
        }
        digest
    }

    fn last_keys(&self) -> (State, State) {
        let mask = |text: &str| self.played.names.mask(text);
        let key = |object: &Value, name: String| format!("{}/{}/{name}", meta::kind(object), meta::namespace(object));
        let wanted: State = self
            .recording
            .last
            .iter()
            .map(|object| {
                let object = translate_tree(object, &|text| self.ours(text));
                (key(&object, meta::name(&object).to_owned()), object)
            })
            .collect();
        let has_nodes = wanted.keys().any(|key| key.starts_with("Node/"));
        let got = self
            .played
            .last
            .iter()
            .filter(|object| {
                let kind = meta::kind(object);
                // Roles of the whole cluster are among the kinds that the recordings do not list.
                !["Event", "Lease", "Endpoints", "StorageClass", "ClusterRole", "ClusterRoleBinding"].contains(&kind)
                    && (kind != "Node" || has_nodes)
                    && !is_furniture(object)
            })
            .map(|object| (key(object, mask(meta::name(object))), translate_tree(object, &mask)))
            .collect();
        (wanted, got)
    }

    fn set_of_last_objects(&self) -> Compared {
        let (wanted, got) = self.last_keys();
        let shape = |state: &State| {
            let mut keys: Vec<String> = state.keys().map(|key| without_draws(key)).collect();
            keys.sort();
            keys
        };
        let (wanted, got) = (shape(&wanted), shape(&got));
        if wanted == got { Ok(()) } else { Err(format!("at the end {wanted:?} were there, got {got:?}")) }
    }

    fn last_objects(&self) -> Compared {
        let narrowed = self.recording.case.str_at(&["compare"]).starts_with("spec only");
        let (wanted, got) = self.last_keys();
        same_objects(&wanted, &got, &|key, wanted, got| {
            let (mut wanted, mut got) = (self.comparable(key, wanted), self.comparable(key, got));
            if narrowed {
                wanted.remove(&["status"]);
                got.remove(&["status"]);
            }
            difference(&wanted, &got, "")
        })
        .map_err(|what| format!("at the end {what}"))
    }

    /// An object without what need not be equal.
    fn comparable(&self, key: &str, object: &Value) -> Value {
        let mut object = object.clone();
        let metadata = ["managedFields", "selfLink"];
        metadata.iter().for_each(|field| drop(object.remove(&["metadata", field])));
        if meta::kind(&object) == "Pod" {
            for field in ["podIP", "podIPs", "hostIP", "hostIPs"] {
                object.remove(&["status", field]);
            }
            for statuses in ["containerStatuses", "initContainerStatuses"] {
                if object.at(&["status", statuses]).is_some() {
                    for status in object.at_mut(&["status", statuses]).items_mut() {
                        for state in ["state", "lastState"] {
                            status.remove(&[state, "terminated", "containerID"]);
                        }
                        status.remove(&["containerID"]);
                        status.remove(&["imageID"]);
                    }
                }
            }
            if self.free.contains(key.rsplit('/').next().unwrap_or(key)) {
                object.remove(&["spec", "nodeName"]);
                object.remove(&["metadata", "labels", "topology.kubernetes.io/zone"]);
                if object.at(&["metadata", "labels"]).is_some_and(Value::is_empty) {
                    object.remove(&["metadata", "labels"]);
                }
            }
        }
        if meta::kind(&object) == "EndpointSlice" && object.at(&["endpoints"]).is_some() {
            let endpoints = object.at_mut(&["endpoints"]).items_mut();
            for endpoint in endpoints.iter_mut() {
                for field in ["addresses", "nodeName", "zone"] {
                    endpoint.remove(&[field]);
                }
            }
            endpoints.sort();
        }
        object
    }

    // ---- what was told about them

    fn events(&self) -> Compared {
        let text = |fields: [&str; 5]| fields.join(" | ");
        let mut wanted = BTreeSet::new();
        for event in self.recording.events.iter().filter(|event| event.str_at(&["source"]) != "kubelet") {
            let field = |name: &str| event.str_at(&[name]);
            let line = text([field("type"), field("reason"), field("kind"), field("name"), field("message")]);
            wanted.insert(self.ours(&line));
        }
        let mut got = BTreeSet::new();
        // The last version of each counts.
        let written = self.played.writes.iter().filter(|write| meta::kind(&write.object) == "Event");
        let last: BTreeMap<&str, &Value> = written.map(|write| (meta::uid(&write.object), &write.object)).collect();
        for event in last.into_values() {
            if event.str_at(&["source", "component"]) == "kubelet" || event.str_at(&["reportingComponent"]) == "kubelet"
            {
                continue;
            }
            let about = |name: &str| event.str_at(&["involvedObject", name]);
            let line = [event.str_at(&["type"]), event.str_at(&["reason"]), about("kind"), about("name")];
            got.insert(self.played.names.mask(&text([line[0], line[1], line[2], line[3], event.str_at(&["message"])])));
        }
        let same = |wanted: &str, got: &str| {
            fits(wanted, got)
                || self.free.iter().any(|pod| wanted.contains(&anonymous(pod))) && blurred(wanted) == blurred(got)
        };
        let mut left: Vec<String> = got.iter().map(|line| anonymous(line)).collect();
        for wanted in &wanted {
            match left.iter().position(|got| same(&anonymous(wanted), got)) {
                Some(found) => drop(left.remove(found)),
                None => return Err(format!("event missing: {wanted}")),
            }
        }
        // A name that never came to be is masked alike wherever it was drawn.
        let is_any = |wanted: &str| wanted.contains("<s?>");
        left.retain(|got| !wanted.iter().any(|wanted| is_any(wanted) && same(&anonymous(wanted), got)));
        // A Pod with a name of its own that was free to go elsewhere may have gone to several nodes.
        left.retain(|got| got.contains('<') || !wanted.iter().any(|wanted| same(&anonymous(wanted), got)));
        match left.first() {
            Some(surplus) => Err(format!("event not recorded: {surplus}")),
            None => Ok(()),
        }
    }
}

/// What comes with every namespace and is not recorded.
fn is_furniture(object: &Value) -> bool {
    matches!(
        (meta::kind(object), meta::name(object)),
        ("ServiceAccount", "default") | ("ConfigMap", "kube-root-ca.crt")
    )
}

/// The text with every drawn part told apart by its class only.
fn without_draws(key: &str) -> String {
    tokens(key).iter().fold(key.to_owned(), |key, token| key.replace(token, &format!("{}>", &token[..2])))
}

fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().to_owned()
}

/// The first difference between two trees, with its path.
fn difference(wanted: &Value, got: &Value, path: &str) -> Compared {
    let differs = || Err(format!("{path}: {wanted} was recorded, got {got}"));
    match (wanted, got) {
        (Value::Map(left), Value::Map(right)) => {
            for (key, wanted) in left.iter() {
                let got = right.get(key).unwrap_or(&Value::Null);
                difference(wanted, got, &format!("{path}.{key}"))?;
            }
            match right.iter().find(|(key, value)| !left.contains_key(key) && !value.is_null()) {
                Some((key, value)) => Err(format!("{path}.{key}: {value} was not recorded")),
                None => Ok(()),
            }
        }
        (Value::List(left), Value::List(right)) if left.len() == right.len() => left
            .iter()
            .zip(right.iter())
            .enumerate()
            .try_for_each(|(index, (wanted, got))| difference(wanted, got, &format!("{path}[{index}]"))),
        (Value::Text(pattern), Value::Text(text)) if fits(pattern, text) => Ok(()),
        // Only a masked number was recorded as a text.
        (Value::Text(pattern), Value::Int(number)) if pattern.contains('<') && fits(pattern, &number.to_string()) => {
            Ok(())
        }
        _ if wanted == got => Ok(()),
        _ => differs(),
    }
}
