//! What Tab offers: commands, kubectl's verbs, flags and their values, kinds, and the names of
//! what is really there.
//!
//! Invariant: completing asks (lists) and changes nothing; it is a function of the line, the
//! setting and what the door answers.
// Models k8s.io/kubectl/pkg/util/completion/completion.go

use crate::document::InOrder as _;
use crate::document::Value;
use crate::world::api::{Request, Resource, meta};
use std::rc::Rc;

use super::builtin::COMMANDS;
use super::client::Door;
use super::{Setting, kubectl};

/// More than this are not offered.
const OFFERS_MAX: usize = 200;

/// What could stand where the cursor is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Completions {
    /// The byte of the line at which the word begins that an offer replaces.
    pub from: usize,
    /// The offers, in order. One that goes on (`deploy/`) ends with its own sign, others want a space.
    pub offers: Vec<String>,
}

/// Sub-commands.
const BELOW: &[(&str, &str)] = &[
    ("rollout", "history pause restart resume status undo"),
    ("set", "env image resources selector serviceaccount subject"),
    (
        "create",
        "clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget \
         priorityclass quota role rolebinding secret service serviceaccount token",
    ),
    ("config", "current-context get-clusters get-contexts get-users set-context use-context view"),
    ("auth", "can-i reconcile whoami"),
    ("top", "node pod"),
    ("certificate", "approve deny"),
    ("cluster-info", "dump"),
    ("apply", "edit-last-applied set-last-applied view-last-applied"),
];

/// Values of flags.
const VALUES: &[(&str, &str)] = &[
    ("output", "custom-columns= go-template= json jsonpath= name wide yaml"),
    ("dry-run", "client none server"),
    ("cascade", "background foreground orphan"),
    ("restart", "Always Never OnFailure"),
    ("type", "json merge strategic"),
    ("validate", "false ignore strict true warn"),
    ("for", "condition= create delete jsonpath="),
    ("context", "drydock"),
    ("sort-by", ".metadata.creationTimestamp .metadata.name"),
];

/// What the line says so far.
struct Typed<'a> {
    setting: &'a Setting,
    door: &'a mut dyn Door,
    /// The words before the one that is being typed.
    words: Vec<String>,
    /// The part of that word before the cursor.
    word: String,
}

pub(super) fn complete(setting: &Setting, line: &str, cursor: usize, door: &mut dyn Door) -> Completions {
    let before = line.get(..cursor).unwrap_or(line);
    let (mut words, from) = words_of(before);
    let word = words.pop().unwrap_or_default();
    let mut typed = Typed { setting, door, words, word };
    let (skipped, mut offers) = typed.offers();
    let stem = typed.word.get(skipped..).unwrap_or_default();
    offers.retain(|offer| offer.starts_with(stem));
    offers.order();
    offers.dedup();
    offers.truncate(OFFERS_MAX);
    Completions { from: from + skipped, offers }
}

/// The words of the last simple command, and where the last of them begins.
fn words_of(line: &str) -> (Vec<String>, usize) {
    let (mut words, mut word, mut from) = (Vec::new(), String::new(), 0);
    let mut quote = None;
    for (at, sign) in line.char_indices() {
        match (quote, sign) {
            (Some(open), _) if open == sign => quote = None,
            (Some(_), _) => word.push(sign),
            (None, '"' | '\'') => quote = Some(sign),
            (None, '|' | ';' | '&' | '(' | '\n') => {
                words.clear();
                word.clear();
                from = at + 1;
            }
            (None, ' ' | '\t') => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                from = at + 1;
            }
            (None, _) => word.push(sign),
        }
    }
    words.push(word);
    (words, from)
}

fn texts<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

impl Typed<'_> {
    /// How much of the word stays, and what could follow it.
    fn offers(&mut self) -> (usize, Vec<String>) {
        if let Some(name) = self.word.strip_prefix('$') {
            let known = self.setting.variables.keys().filter(|known| known.starts_with(name));
            return (0, known.map(|known| format!("${known}")).collect());
        }
        let redirects = self.words.last().is_some_and(|word| [">", ">>", "<"].contains(&word.as_str()));
        match self.words.first().map(String::as_str) {
            None => (0, texts(COMMANDS.iter().copied().filter(|command| *command != "["))),
            _ if redirects => (0, self.files()),
            Some("kubectl" | "k") => self.kubectl(),
            Some("watch" | "xargs") if self.words.len() == 1 => (0, texts(COMMANDS.iter().copied())),
            Some("watch") => {
                self.words.remove(0);
                self.offers()
            }
            Some("ssh") if self.words.len() == 1 => (0, self.names(Resource::NODES, &[])),
            Some("which" | "type") => (0, texts(COMMANDS.iter().copied())),
            Some(_) => (0, self.files()),
        }
    }

    fn files(&self) -> Vec<String> {
        self.setting.files.keys().cloned().collect()
    }

    fn kubectl(&mut self) -> (usize, Vec<String>) {
        let words: Vec<String> = self.words.split_off(1);
        let (verb, positional) = positional(&words);
        let Some(verb) = verb else {
            return if self.word.starts_with('-') { (0, flag_names("")) } else { (0, texts(kubectl::verbs())) };
        };
        if words.iter().any(|word| word == "--") {
            return (0, Vec::new());
        }
        // The value of a flag, behind it or behind its `=`.
        if let Some((flag, _)) = self.word.split_once('=').filter(|_| self.word.starts_with("--")) {
            let (kept, name) = (flag.len() + 1, flag.trim_start_matches('-').to_owned());
            return (kept, self.values(&name, &words, &positional));
        }
        if let Some(name) = words.last().and_then(|last| flag_wanting_value(&verb, last)) {
            return (0, self.values(name, &words, &positional));
        }
        if self.word.starts_with('-') {
            return (0, flag_names(&verb));
        }
        self.arguments(&verb, &positional, &words)
    }

    fn arguments(&mut self, verb: &str, positional: &[String], words: &[String]) -> (usize, Vec<String>) {
        let below = BELOW.iter().find(|(name, _)| *name == verb).map(|(_, below)| *below);
        if let Some(below) = below
            && positional.is_empty()
            && verb != "apply"
        {
            return (0, texts(below.split(' ')));
        }
        let subject =
            if matches!(verb, "rollout" | "set") { positional.get(1..).unwrap_or_default() } else { positional };
        match verb {
            "logs" | "exec" | "attach" | "port-forward" | "debug" | "cp" => match subject {
                [] => self.kinds_or_names(Some(Resource::PODS), &["deployments", "services", "statefulsets"], words),
                _ => (0, Vec::new()),
            },
            "cordon" | "uncordon" | "drain" => (0, self.names(Resource::NODES, words)),
            "top" => {
                let node = positional.first().is_some_and(|what| what.starts_with("no"));
                (0, self.names(if node { Resource::NODES } else { Resource::PODS }, words))
            }
            "config" => match positional.first().map(String::as_str) {
                Some("use-context" | "set-context") => (0, texts(["drydock"])),
                _ => (0, Vec::new()),
            },
            "auth" if positional.len() == 1 => {
                (0, texts(["create", "delete", "get", "list", "patch", "update", "watch"]))
            }
            "explain" => (0, self.kinds(&[])),
            "get" | "describe" | "delete" | "edit" | "label" | "annotate" | "patch" | "wait" | "scale" | "expose"
            | "autoscale" | "rollout" | "set" | "taint" | "auth" | "events" => {
                let only: &[&str] = match verb {
                    "rollout" | "set" => &["deployments", "daemonsets", "statefulsets"],
                    "scale" | "autoscale" => &["deployments", "replicasets", "statefulsets"],
                    "expose" => &["deployments", "pods", "replicasets", "services"],
                    "taint" => &["nodes"],
                    _ => &[],
                };
                match subject.first().filter(|first| !first.contains('/')) {
                    None => self.kinds_or_names(None, only, words),
                    Some(kind) => match self.door.custom().named(kind) {
                        Some(resource) => (0, self.names(resource, words)),
                        None => (0, Vec::new()),
                    },
                }
            }
            _ => (0, Vec::new()),
        }
    }

    /// Kinds, the last of `a,b,` too; names behind `kind/`; and the names of `own`, which needs no kind.
    fn kinds_or_names(&mut self, own: Option<Resource>, only: &[&str], words: &[String]) -> (usize, Vec<String>) {
        let word = self.word.clone();
        if let Some((kind, _)) = word.split_once('/') {
            let names = self.door.custom().named(kind).map(|resource| self.names(resource, words)).unwrap_or_default();
            return (kind.len() + 1, names);
        }
        let kept = word.rfind(',').map_or(0, |at| at + 1);
        match own {
            Some(resource) => {
                let mut offers = self.names(resource, words);
                offers.extend(only.iter().map(|kind| format!("{kind}/")));
                (0, offers)
            }
            None => (kept, self.kinds(only)),
        }
    }

    fn values(&mut self, flag: &str, words: &[String], positional: &[String]) -> Vec<String> {
        match flag {
            "namespace" => self.names(Resource::NAMESPACES, words),
            "filename" | "patch-file" | "from-file" | "from-env-file" => self.files(),
            "container" => self.containers(words, positional),
            "nodes" => self.names(Resource::NODES, words),
            _ => VALUES
                .iter()
                .find(|(name, _)| *name == flag)
                .map(|(_, values)| texts(values.split(' ')))
                .unwrap_or_default(),
        }
    }

    /// The containers of the Pod that the line names.
    fn containers(&mut self, words: &[String], positional: &[String]) -> Vec<String> {
        let Some(pod) = positional.first().map(|pod| pod.rsplit('/').next().unwrap_or(pod).to_owned()) else {
            return Vec::new();
        };
        let pods = self.list(Resource::PODS, words);
        let found = pods.iter().find(|object| meta::name(object) == pod);
        ["initContainers", "containers", "ephemeralContainers"]
            .iter()
            .flat_map(|list| found.map(|pod| pod.items_at(&["spec", list])).unwrap_or_default())
            .map(|container| container.str_at(&["name"]).to_owned())
            .collect()
    }

    fn names(&mut self, resource: Resource, words: &[String]) -> Vec<String> {
        self.list(resource, words).iter().map(|object| meta::name(object).to_owned()).collect()
    }

    /// What is there, in the namespace that the line names.
    fn list(&mut self, resource: Resource, words: &[String]) -> Vec<Value> {
        let mut namespace = self.setting.namespace.clone();
        for (index, word) in words.iter().enumerate() {
            let next = words.get(index + 1).cloned();
            match word.as_str() {
                "-A" | "--all-namespaces" => namespace.clear(),
                "-n" | "--namespace" => namespace = next.unwrap_or(namespace),
                word => {
                    if let Some(named) = word.strip_prefix("--namespace=").or_else(|| word.strip_prefix("-n")) {
                        named.trim_start_matches('=').clone_into(&mut namespace);
                    }
                }
            }
        }
        if !resource.info().namespaced {
            namespace.clear();
        }
        let request = Request::list(self.setting.user.clone(), resource, &namespace);
        self.door.ask(Rc::new(request)).map(|reply| reply.into_items()).unwrap_or_default()
    }
}

impl Typed<'_> {
    /// The kinds, or those of them that a verb is about.
    fn kinds(&self, only: &[&str]) -> Vec<String> {
        let custom = self.door.custom();
        let all = custom.all().map(|resource| resource.info().plural);
        let all = all.filter(|plural| only.is_empty() || only.contains(plural)).map(str::to_owned);
        if only.is_empty() { all.chain(["all".to_owned()]).collect() } else { all.collect() }
    }
}

/// The verb and the words behind it that are neither flags nor their values.
fn positional(words: &[String]) -> (Option<String>, Vec<String>) {
    let (mut verb, mut found) = (None::<String>, Vec::new());
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if word.starts_with('-') {
            if flag_wanting_value(verb.as_deref().unwrap_or_default(), word).is_some() {
                rest.next();
            }
        } else if verb.is_none() {
            verb = Some(word.clone());
        } else {
            found.push(word.clone());
        }
    }
    (verb, found)
}

/// The flag that this word is, if its value is the next word.
fn flag_wanting_value(verb: &str, word: &str) -> Option<&'static str> {
    if word.contains('=') || !word.starts_with('-') {
        return None;
    }
    let flags = kubectl::flags_of(verb);
    let found = match word.strip_prefix("--") {
        Some(name) => flags.iter().find(|(known, ..)| *known == name),
        None => flags.iter().find(|(_, letter, _)| letter.is_some() && word.chars().skip(1).last() == *letter),
    };
    found.filter(|(.., follows)| *follows).map(|(name, ..)| *name)
}

fn flag_names(verb: &str) -> Vec<String> {
    kubectl::flags_of(verb)
        .iter()
        .map(|(name, _, follows)| format!("--{name}{}", if *follows { "=" } else { "" }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Preset, World};

    fn offered(line: &str) -> Completions {
        let mut world = World::new(&Preset::native(), 1);
        world.settle(crate::world::secs(60));
        let mut setting = Setting::default();
        setting.files.insert("web.yaml".to_owned(), String::new());
        complete(&setting, line, line.len(), &mut world)
    }

    #[test]
    fn what_is_offered_fits_the_place() {
        for (line, from, first) in [
            ("kub", 0, "kubectl"),
            ("kubectl ge", 8, "get"),
            ("kubectl get deplo", 12, "deployments"),
            ("kubectl get pods,depl", 17, "deployments"),
            ("kubectl get no/node-a", 15, "node-a"),
            ("kubectl describe node node-b", 22, "node-b"),
            ("kubectl get pods --all-n", 17, "--all-namespaces"),
            ("kubectl get pods -n kube-sy", 20, "kube-system"),
            ("kubectl -n kube-system get po", 27, "poddisruptionbudgets"),
            ("kubectl get pods -o js", 20, "json"),
            ("kubectl get pods --output=ya", 26, "yaml"),
            ("kubectl apply -f w", 17, "web.yaml"),
            ("kubectl rollout sta", 16, "status"),
            ("cat w", 4, "web.yaml"),
            ("kubectl get pods | gr", 19, "grep"),
        ] {
            let offered = offered(line);
            assert_eq!((offered.from, offered.offers.first().map(String::as_str)), (from, Some(first)), "{line}");
        }
        assert!(offered("kubectl nonsense x").offers.is_empty());
    }
}
