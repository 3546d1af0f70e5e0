//! What the learner writes, and when it becomes a wish of the world.
//!
//! A file is read 150 ms after the last keystroke; what it says is the blueprint from then on.
//! Changes that only add or raise are applied at once. Changes that delete, rename, replace or
//! lower wait until the cursor leaves the line, until Ctrl+Enter, or until 1.5 s have passed
//! without typing, so that typing `10` over `3` never passes through 1. A key with nothing after
//! it on the cursor's line is unfinished, and waits for as long as the cursor stays.
//!
//! Invariant: what cannot be applied changes nothing; the last good wish stands.

use super::history::History;
use crate::document::InOrder as _;
use crate::document::{Document, Node, Parsed, Problem, Value, schema, yaml};
use crate::world::api::custom::Registry;
use crate::world::api::{ApiError, FieldError, Key, Options, PatchType, Request, Resource, User, Verb, meta};
use crate::world::{Action, HostingKind, Paper, fields};
use std::rc::Rc;

/// How long after the last keystroke a file is read.
pub const READ_AFTER_MS: u32 = 150;

/// How long after the last keystroke a change is applied that takes something away.
pub const APPLY_AFTER_MS: u32 = 1500;

/// Where the learner's templates are made, for what depends on the region in them.
pub(super) const REGION: &str = "ap-northeast-2";

/// How a file stands to the world.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum FileState {
    /// What it says is what was applied.
    #[default]
    Applied,
    /// It is being typed in.
    Typing,
    /// It would take something away, and waits for the cursor to leave the line.
    Waiting,
    /// It cannot be applied as it is; the last good wish stands.
    Refused,
    /// It can be applied, and waits for the learner to say so.
    Ready,
    /// It is no manifest: commands read it, and nothing applies it by itself.
    Kept,
}

/// One object that a file wishes for.
#[derive(Clone, PartialEq, Debug)]
pub struct Wish {
    /// Under which key.
    pub key: Key,
    /// The object as written.
    pub value: Value,
    /// Which document of the file, from 0.
    pub document: usize,
}

/// One document of what is hosted outside clusters: `kind: Hosting`, `Host` or `Image`.
#[derive(Clone, PartialEq, Debug)]
pub struct Hosted {
    /// Its kind.
    pub kind: HostingKind,
    /// Its name.
    pub name: Rc<str>,
    /// The document as written.
    pub value: Rc<Value>,
    /// Which document of the file, from 0.
    pub document: usize,
}

#[derive(Clone, PartialEq, Debug)]
struct Pending {
    idle_ms: u32,
    line: u32,
    is_read: bool,
}

/// One file of the editor.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name, for example `deployment.yaml`.
    pub name: Rc<str>,
    /// Its text as it stands in the editor.
    pub text: Rc<str>,
    /// The text with which it was opened.
    pub(super) opening: Rc<str>,
    /// How it stands to the world.
    pub state: FileState,
    /// What is wrong with it, in the order of the text.
    pub problems: Vec<Problem>,
    /// What it wishes for: from the last text that could be read without error.
    pub wishes: Vec<Wish>,
    /// What it is.
    pub paper: Paper,
    /// The documents of what is hosted outside clusters.
    pub hosted: Vec<Hosted>,
    /// A command has opened it and waits for it: it is nobody's wish.
    pub is_lent: bool,
    /// Whether the API server refused it when it was last applied.
    refused: bool,
    /// What of it has been applied.
    applied: Vec<Wish>,
    applied_hosted: Vec<Hosted>,
    /// Which custom kinds the cluster serves.
    custom: Registry,
    parsed: Rc<Parsed>,
    pending: Option<Pending>,
}

impl File {
    /// A file that nobody has applied yet.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Self {
        let mut file = Self {
            name: name.into(),
            text: text.into(),
            opening: text.into(),
            state: FileState::Ready,
            problems: Vec::new(),
            wishes: Vec::new(),
            paper: Paper::Manifests,
            hosted: Vec::new(),
            is_lent: false,
            refused: false,
            applied: Vec::new(),
            applied_hosted: Vec::new(),
            custom: Registry::default(),
            parsed: Rc::new(yaml::parse("")),
            pending: None,
        };
        file.read();
        file
    }

    /// The text as it was last read, document by document, with places.
    #[must_use]
    pub fn parsed(&self) -> &Parsed {
        &self.parsed
    }

    /// What of it has been applied.
    #[must_use]
    pub fn applied(&self) -> &[Wish] {
        &self.applied
    }

    /// Whether something of it waits for time to pass.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// The cluster serves other custom kinds than before: what is written of them reads otherwise.
    pub(super) fn know(&mut self, custom: &Registry) {
        if self.custom.is_same(custom) {
            return;
        }
        self.custom = custom.clone();
        if self.pending.is_none() && !self.refused {
            self.read();
        }
    }

    pub(super) fn edit(&mut self, text: Rc<str>, line: u32) {
        if text == self.text {
            return;
        }
        self.text = text;
        self.state = FileState::Typing;
        self.pending = Some(Pending { idle_ms: 0, line, is_read: false });
    }

    /// The text goes back to what it was at an earlier moment, where it was applied.
    pub(super) fn restore(&mut self, text: Rc<str>) {
        self.text = text;
        self.pending = None;
        self.read();
        self.applied.clone_from(&self.wishes);
        self.applied_hosted.clone_from(&self.hosted);
        if self.paper == Paper::Manifests {
            self.state = FileState::Applied;
        }
    }

    /// The text is another one, and nobody has applied it: it waits for the learner.
    pub(super) fn show_unapplied(&mut self, text: Rc<str>) {
        if text == self.text {
            return;
        }
        self.text = text;
        self.pending = None;
        self.read();
    }

    /// Real time passes. Returns whether the file wants to be applied.
    pub(super) fn wait(&mut self, elapsed_ms: u32, auto_apply: bool) -> bool {
        let Some(pending) = &mut self.pending else { return false };
        pending.idle_ms = pending.idle_ms.saturating_add(elapsed_ms);
        let (idle_ms, line) = (pending.idle_ms, pending.line);
        if idle_ms < READ_AFTER_MS {
            return false;
        }
        if !std::mem::replace(&mut pending.is_read, true) {
            self.read();
            if self.has_errors() {
                self.pending = None;
                return false;
            }
        }
        if !auto_apply || self.is_lent {
            self.state = FileState::Ready;
            self.pending = None;
            return false;
        }
        if self.is_unfinished(line) {
            self.state = FileState::Waiting;
            return false;
        }
        let takes = takes_away(&self.applied, &self.wishes) || takes_away_hosted(&self.applied_hosted, &self.hosted);
        if takes && idle_ms < APPLY_AFTER_MS {
            self.state = FileState::Waiting;
            return false;
        }
        true
    }

    /// The cursor stands on `line` now. Returns whether the file wants to be applied.
    pub(super) fn cursor_moved(&mut self, line: u32, auto_apply: bool) -> bool {
        match &self.pending {
            Some(pending) if pending.line != line => {
                self.read();
                self.pending = None;
                auto_apply && !self.is_lent && !self.has_errors()
            }
            _ => false,
        }
    }

    fn is_unfinished(&self, line: u32) -> bool {
        let text = self.text.lines().nth(line as usize).unwrap_or_default().trim();
        !text.starts_with('#') && (text.ends_with(':') || text == "-")
    }

    pub(super) fn has_errors(&self) -> bool {
        self.problems.iter().any(Problem::is_error)
    }

    /// Reads the text: what it wishes for, and what is wrong with it.
    pub(super) fn read(&mut self) {
        let parsed = yaml::parse(&self.text);
        self.problems.clone_from(&parsed.errors);
        self.paper = Paper::of(&self.name, &parsed);
        if self.paper != Paper::Manifests {
            return self.read_paper(parsed);
        }
        let mut wishes: Vec<Wish> = Vec::new();
        let mut hosted: Vec<Hosted> = Vec::new();
        let kinds = self.custom.beside(&definitions(&parsed));
        for (index, document) in parsed.documents.iter().enumerate() {
            self.problems.extend(check(document, &self.custom, &kinds));
            for problem in notes(document) {
                // Once is enough.
                if !self.problems.iter().any(|known| known.code == problem.code && known.args == problem.args) {
                    self.problems.push(problem);
                }
            }
            hosted.extend(hosted_of(document, index));
            let Some(wish) = wish_of(document, index, &kinds) else { continue };
            if wishes.iter().any(|known| known.key == wish.key) {
                let problem = Problem::error("duplicate-object", document.root.nearest(&["metadata", "name"]))
                    .with("kind", wish.key.resource.kind())
                    .with("name", wish.key.name.to_string());
                self.problems.push(problem);
            }
            wishes.push(wish);
        }
        self.problems.order_by_key(|problem| problem.span.start.offset);
        self.parsed = Rc::new(parsed);
        if self.has_errors() {
            self.state = FileState::Refused;
        } else {
            self.wishes = wishes;
            self.hosted = hosted;
            let is_applied = !self.refused && self.wishes == self.applied && self.hosted == self.applied_hosted;
            self.state = if is_applied { FileState::Applied } else { FileState::Ready };
        }
    }

    /// Whether its name says that it holds YAML or JSON.
    fn is_data(&self) -> bool {
        [".yaml", ".yml", ".json"].iter().any(|ending| self.name.ends_with(ending))
    }

    /// Reads a text that is no manifest. It wishes for nothing; what the file wished for
    /// before goes when it is applied, as any document does that is gone from a file.
    fn read_paper(&mut self, parsed: Parsed) {
        match self.paper {
            Paper::Template => self.problems.clear(),
            // A script is no YAML, and is not read as such.
            Paper::Other if !self.is_data() => self.problems.clear(),
            Paper::Other => self.problems.retain(|problem| problem.code != "duplicate-key"),
            _ => {}
        }
        if !self.has_errors() {
            self.problems.extend(self.paper.check(&self.text, &parsed, REGION));
        }
        self.problems.order_by_key(|problem| problem.span.start.offset);
        self.parsed = Rc::new(parsed);
        self.wishes.clear();
        self.hosted.clear();
        self.state = if self.has_errors() { FileState::Refused } else { FileState::Kept };
    }

    /// Applies the file: each document by this file's own field manager, forced; what has gone
    /// from the file is deleted.
    pub(super) fn apply(&mut self, history: &mut History) {
        self.pending = None;
        if self.has_errors() {
            return;
        }
        history.note_text(self.name.clone(), self.text.clone());
        let mut refusals = Vec::new();
        for wish in &self.wishes {
            let request = self.apply_request(wish);
            let action = Action::Request { actor: "you".into(), request: Rc::new(request) };
            if let Err(refusal) = history.act(Rc::new(action)) {
                refusals.extend(self.problems_of(wish, &refusal));
            }
        }
        let kept = |key: &Key| self.wishes.iter().any(|wish| wish.key == *key);
        for wish in self.applied.iter().filter(|wish| !kept(&wish.key)) {
            let request = Request::new(User::admin(), Verb::Delete, &wish.key);
            let action = Action::Request { actor: "you".into(), request: Rc::new(request) };
            // It may be gone already: then there is nothing to prune.
            let _ = history.act(Rc::new(action));
        }
        self.applied.clone_from(&self.wishes);
        self.host(history, &mut refusals);
        self.refused = !refusals.is_empty();
        self.state = match self.paper {
            _ if !refusals.is_empty() => FileState::Refused,
            Paper::Manifests => FileState::Applied,
            _ => FileState::Kept,
        };
        self.problems.extend(refusals);
    }

    /// Applies the documents of what is hosted outside clusters, and lets go of those that are gone.
    fn host(&mut self, history: &mut History, refusals: &mut Vec<Problem>) {
        for hosted in &self.hosted {
            let known = self.applied_hosted.iter().any(|applied| applied.value == hosted.value);
            let action = Action::Hosting { document: hosted.value.clone(), is_gone: false };
            if !known && let Err(refusal) = history.act(Rc::new(action)) {
                refusals.push(self.problem_at(hosted.document, &refusal));
            }
        }
        for old in &self.applied_hosted {
            if !self.hosted.iter().any(|hosted| (hosted.kind, &hosted.name) == (old.kind, &old.name)) {
                let action = Action::Hosting { document: old.value.clone(), is_gone: true };
                let _ = history.act(Rc::new(action));
            }
        }
        self.applied_hosted.clone_from(&self.hosted);
    }

    /// Whether what was refused would be taken now: the world has changed since.
    pub(super) fn would_be_taken(&self, history: &mut History) -> bool {
        self.refused
            && self.wishes.iter().all(|wish| {
                let mut request = self.apply_request(wish);
                request.options.dry_run = true;
                history.look(&Action::Request { actor: "you".into(), request: Rc::new(request) }).is_ok()
            })
    }

    fn apply_request(&self, wish: &Wish) -> Request {
        let mut request =
            Request::new(User::admin(), Verb::Patch(PatchType::Apply), &wish.key).with_body(wish.value.clone());
        request.options =
            Options { field_manager: format!("editor/{}", self.name).into(), force: true, ..Options::default() };
        request
    }

    /// The API server's refusal, at each field that it names: the whole of it at the first.
    fn problems_of(&self, wish: &Wish, refusal: &ApiError) -> Vec<Problem> {
        let alone = |cause: &FieldError| ApiError {
            message: cause.to_string(),
            causes: vec![cause.clone()],
            reason: refusal.reason,
        };
        let others = refusal.causes.iter().skip(1).map(alone);
        let mut problems = vec![self.problem_at(wish.document, refusal)];
        for other in others.map(|other| self.problem_at(wish.document, &other)) {
            // Several rules may say the same of one place.
            if !problems.contains(&other) {
                problems.push(other);
            }
        }
        problems
    }

    fn problem_at(&self, document: usize, refusal: &ApiError) -> Problem {
        let root = self.parsed.documents.get(document).map(|document| &document.root);
        let mut path: Vec<String> = refusal.causes.first().map(|cause| split_path(&cause.path)).unwrap_or_default();
        // Upstream says `metadata.taints` of what stands in a Node's `spec`.
        let is_there = |path: &[String]| root.is_some_and(|root| root.at(path).is_some());
        if let [first, second, ..] = path.as_mut_slice()
            && first == "metadata"
            && !is_there(&[first.clone(), second.clone()])
            && is_there(&["spec".to_owned(), second.clone()])
        {
            *first = "spec".to_owned();
        }
        let span = root.map(|root| if path.is_empty() { root.head() } else { root.nearest(&path) });
        // What upstream appends on further lines is a difference of Go structs, which helps nobody here.
        let message = refusal.message.lines().next().unwrap_or_default().to_owned();
        Problem::error("refused", span.unwrap_or_default()).with("message", message)
    }
}

/// `spec.containers[0].image` and `data[a.b]` as steps: what stands between brackets is one.
fn split_path(path: &str) -> Vec<String> {
    let plain = |part: &str| part.split('.').map(str::to_owned).collect::<Vec<_>>();
    let parts = path.split('[').flat_map(|part| match part.split_once(']') {
        Some((inside, rest)) => [vec![inside.to_owned()], plain(rest)].concat(),
        None => plain(part),
    });
    parts.filter(|step| !step.is_empty()).collect()
}

/// What a document wishes for, if it says enough to be asked for.
fn wish_of(document: &Document, index: usize, kinds: &Registry) -> Option<Wish> {
    let value = document.root.to_value();
    let resource = kinds.resource_of(value.str_at(&["apiVersion"]), value.str_at(&["kind"]))?;
    let name = value.at(&["metadata", "name"])?.as_shared().filter(|name| !name.is_empty())?;
    let namespace = match meta::namespace(&value) {
        "" => "default",
        namespace => namespace,
    };
    Some(Wish { key: Key::new(resource, namespace, name), value: value.clone(), document: index })
}

/// The document of something hosted outside clusters, if it is one with a name.
fn hosted_of(document: &Document, index: usize) -> Option<Hosted> {
    let value = document.root.to_value();
    let kind = HostingKind::of_document(value.str_at(&["apiVersion"]), value.str_at(&["kind"]))?;
    let name = value.at(&["metadata", "name"])?.as_shared().filter(|name| !name.is_empty())?;
    Some(Hosted { kind, name, value: Rc::new(value), document: index })
}

/// The definitions of custom kinds among the documents: the file itself may make use of them.
fn definitions(parsed: &Parsed) -> Vec<Value> {
    let all = parsed.documents.iter().map(|document| &document.root);
    let is_definition = |root: &&Node| root.at(&["kind"]).and_then(Node::as_str) == Some("CustomResourceDefinition");
    all.filter(is_definition).map(Node::to_value).collect()
}

/// What a document gets wrong: its fields by the schema, and a name that it must have. `served` are the
/// custom kinds of the cluster, `kinds` also those that the file itself defines.
fn check(document: &Document, served: &Registry, kinds: &Registry) -> Vec<Problem> {
    let root = &document.root;
    let text = |field: &str| root.at(&[field]).and_then(Node::as_str).unwrap_or_default();
    let known = |api_version: &str, kind: &str| kinds.resource_of(api_version, kind).is_some();
    let mut problems = match served.version_of(text("apiVersion"), text("kind")) {
        Some((_, version)) => schema::check(root, version.ty()),
        None => schema::check_document(document, &known),
    };
    let has_name = root.at(&["metadata", "name"]).is_some_and(|name| !name.is_null());
    if !has_name && !problems.iter().any(Problem::is_error) {
        let problem = Problem::error("missing-field", root.nearest(&["metadata", "name"]))
            .with("type", "metadata")
            .with("field", "name");
        problems.push(problem);
    }
    problems
}

/// The fields of a document that the simulation only stores.
fn notes(document: &Document) -> Vec<Problem> {
    let text = |field: &str| document.root.at(&[field]).and_then(|node| node.as_str().map(str::to_owned));
    let (version, kind) = (text("apiVersion").unwrap_or_default(), text("kind").unwrap_or_default());
    let Some(resource) = Resource::of(&version, &kind) else { return Vec::new() };
    let found = fields::only_stored_at(resource, document).into_iter();
    let last = |path: Rc<str>| path.rsplit('.').next().unwrap_or_default().to_owned();
    found.map(|(path, span)| Problem::note("only-stored", span).with("field", last(path))).collect()
}

/// Whether going from one set of wishes to another deletes, renames, replaces or lowers anything.
fn takes_away(before: &[Wish], after: &[Wish]) -> bool {
    before.iter().any(|old| match after.iter().find(|new| new.key == old.key) {
        Some(new) => lowers(&old.value, &new.value),
        None => true,
    })
}

/// The same of what is hosted.
fn takes_away_hosted(before: &[Hosted], after: &[Hosted]) -> bool {
    before.iter().any(|old| match after.iter().find(|new| (new.kind, &new.name) == (old.kind, &old.name)) {
        Some(new) => lowers(&old.value, &new.value),
        None => true,
    })
}

fn lowers(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Map(old), Value::Map(new)) => {
            old.iter().any(|(key, old)| new.get(key).is_none_or(|new| lowers(old, new)))
        }
        (Value::List(old), Value::List(new)) => {
            old.len() > new.len() || old.iter().zip(new.iter()).any(|(old, new)| lowers(old, new))
        }
        (Value::Int(old), Value::Int(new)) => new < old,
        (old, new) => old != new,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Preset, World};

    const TEXT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: \"1\"\n";

    fn file() -> (File, History) {
        let mut history = History::new(World::new(&Preset::demo(), 7));
        let mut file = File::new("a.yaml", TEXT);
        file.apply(&mut history);
        assert_eq!(file.state, FileState::Applied, "{:?}", file.problems);
        (file, history)
    }

    #[test]
    fn what_only_adds_is_applied_after_the_pause() {
        let (mut file, _) = file();
        file.edit(format!("{TEXT}  y: \"2\"\n").into(), 6);
        assert!(!file.wait(149, true));
        assert!(file.wait(1, true));
    }

    #[test]
    fn what_takes_away_waits_for_the_cursor_or_the_clock() {
        let (mut one, _) = file();
        let shorter = TEXT.replace("  x: \"1\"\n", "  y: \"1\"\n");
        one.edit(shorter.as_str().into(), 5);
        assert!(!one.wait(200, true));
        assert_eq!(one.state, FileState::Waiting);
        let mut other = one.clone();
        assert!(one.wait(1300, true));
        assert!(!other.cursor_moved(5, true));
        assert!(other.cursor_moved(6, true));
    }

    #[test]
    fn a_key_without_a_value_is_unfinished_while_the_cursor_stays() {
        let (mut file, _) = file();
        file.edit(format!("{TEXT}  y:\n").into(), 6);
        assert!(!file.wait(60_000, true));
        assert_eq!(file.state, FileState::Waiting);
    }

    #[test]
    fn a_broken_text_leaves_the_last_good_wish() {
        let (mut file, _) = file();
        let wishes = file.wishes.clone();
        file.edit("apiVersion: v1\nkind: [".into(), 1);
        assert!(!file.wait(5000, true));
        assert_eq!((file.state, &file.wishes), (FileState::Refused, &wishes));
    }
}
