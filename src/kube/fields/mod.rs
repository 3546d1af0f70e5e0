//! Which fields of the schema the simulation acts upon, and which it only stores.
//!
//! The table is made from the code: [`scan.rs`](self) finds, at build time, which fields the loops
//! read; here they are laid beside the schema. A field counts as simulated if a file reads its
//! path, or its name together with the name of the struct that holds it, or a name that hardly any
//! other struct has; and if each step above it is a name that some loop reads.
//!
//! Invariant: nothing here is listed by hand.

use crate::document::schema::{self, Shape, Type};
use crate::document::{Span, Value, yaml};
use crate::kube::api::Resource;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::OnceLock;

static TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/reads.txt"));

/// What the files read, all of them together: a field is looked up in two steps, however many files
/// there are.
#[derive(Default)]
struct Reads {
    /// Paths of two and more steps, and all beginnings of them.
    paths: BTreeSet<&'static str>,
    /// For every name the files that read it, by number.
    files: BTreeMap<&'static str, BTreeSet<usize>>,
}

fn reads() -> &'static Reads {
    static READS: OnceLock<Reads> = OnceLock::new();
    READS.get_or_init(|| {
        let mut reads = Reads::default();
        for (file, line) in TEXT.lines().enumerate() {
            for path in line.split(' ') {
                let steps = path.split('.').count();
                let ends = path.match_indices('.').map(|(at, _)| at).skip(1).chain([path.len()]);
                reads.paths.extend(ends.filter(|_| steps > 1).filter_map(|end| path.get(..end)));
                for name in path.split('.') {
                    reads.files.entry(name).or_default().insert(file);
                }
            }
        }
        reads
    })
}

/// A path, and what is left of it after each of its steps but the last.
fn endings(path: &str) -> impl Iterator<Item = &str> {
    let starts = path.match_indices('.').filter_map(move |(at, _)| path.get(at + 1..));
    [path].into_iter().chain(starts).filter(|ending| ending.contains('.'))
}

/// So many structs may have a field of the same name, and it still says what is meant.
const NAMESAKES_MAX: usize = 2;

/// How many structs have a field of each name.
fn namesakes(name: &str) -> usize {
    static COUNTS: OnceLock<BTreeMap<&'static str, BTreeSet<&'static str>>> = OnceLock::new();
    let count = || {
        let mut counts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut open: Vec<Type> = schema::kinds().map(|(_, _, ty)| ty).collect();
        let mut seen: BTreeSet<Type> = BTreeSet::new();
        while let Some(ty) = open.pop().map(element) {
            if seen.insert(ty) {
                for field in ty.fields() {
                    counts.entry(field.name()).or_default().insert(ty.name());
                    open.push(field.ty());
                }
            }
        }
        counts
    };
    COUNTS.get_or_init(count).get(name).map_or(0, BTreeSet::len)
}

/// Whether some loop reads the field at a path of names, from the top of the object.
fn is_read(path: &[&str]) -> bool {
    let Some((field, above)) = path.split_last() else { return false };
    let reads = reads();
    // Whoever acts upon `rbd.secretRef.name` must have come through `rbd`.
    if !above.iter().all(|step| reads.files.contains_key(step)) {
        return false;
    }
    if endings(&path.join(".")).any(|ending| reads.paths.contains(ending)) {
        return true;
    }
    let Some(files) = reads.files.get(field) else { return false };
    match above.last().filter(|_| namesakes(field) > NAMESAKES_MAX) {
        Some(holder) => reads.files.get(holder).is_some_and(|others| !files.is_disjoint(others)),
        None => true,
    }
}

/// What people do not write, or what every object has and the API server itself keeps.
fn is_apart(path: &[&str]) -> bool {
    matches!(path.first(), Some(&("apiVersion" | "kind" | "metadata" | "status")))
        || path.windows(2).any(|pair| pair == ["template", "metadata"] || pair == ["jobTemplate", "metadata"])
}

/// A field with what it is worth here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// `apps/v1`.
    pub api_version: &'static str,
    /// `Deployment`.
    pub kind: &'static str,
    /// `spec.template.spec.hostAliases`.
    pub path: String,
    /// Whether the simulation acts upon it; otherwise it is only stored.
    pub is_simulated: bool,
}

/// Every field that people write, of every kind that is stored, in the order of the schema. Below
/// a field that is only stored nothing is listed.
#[must_use]
pub fn table() -> Vec<Row> {
    Resource::all().flat_map(rows_of).collect()
}

/// The rows of one kind.
fn rows_of(resource: Resource) -> Vec<Row> {
    let version = resource.api_version();
    let found = schema::kinds().find(|(known, kind, _)| *known == version && *kind == resource.kind());
    let Some((api_version, kind, ty)) = found else { return Vec::new() };
    let mut walk = Walk { rows: Vec::new(), path: Vec::new(), types: Vec::new() };
    walk.fields(ty);
    walk.rows.into_iter().map(|(path, is_simulated)| Row { api_version, kind, path, is_simulated }).collect()
}

struct Walk {
    rows: Vec<(String, bool)>,
    path: Vec<&'static str>,
    /// The structs that hold this place, so that those that hold themselves come to an end.
    types: Vec<Type>,
}

impl Walk {
    /// Lists the fields of a struct. Returns whether any of them is simulated.
    fn fields(&mut self, ty: Type) -> bool {
        let ty = element(ty);
        if self.types.contains(&ty) {
            return false;
        }
        self.types.push(ty);
        let mut any = false;
        for field in ty.fields() {
            self.path.push(field.name());
            if !is_apart(&self.path) {
                let at = self.rows.len();
                self.rows.push((self.path.join("."), false));
                let below = self.fields(field.ty());
                let is_simulated = below || is_read(&self.path);
                any |= is_simulated;
                if let Some(row) = self.rows.get_mut(at) {
                    row.1 = is_simulated;
                }
                if !is_simulated {
                    self.rows.truncate(at + 1);
                }
            }
            self.path.pop();
        }
        self.types.pop();
        any
    }
}

/// The type of the items of lists and maps, however deep.
fn element(ty: Type) -> Type {
    match ty.shape() {
        Shape::List(inner) | Shape::Map(inner) | Shape::ObjectOrAny(inner) => element(inner),
        _ => ty,
    }
}

/// The paths of one kind that are only stored; found when the first object of the kind is written,
/// because the schema is large.
fn stored_only(resource: Resource) -> Rc<[Rc<str>]> {
    type Known = BTreeMap<Resource, Rc<[Rc<str>]>>;
    thread_local! { static PATHS: RefCell<Known> = const { RefCell::new(Known::new()) }; }
    let find = || rows_of(resource).into_iter().filter(|row| !row.is_simulated).map(|row| row.path.into()).collect();
    PATHS.with_borrow_mut(|known| known.entry(resource).or_insert_with(find).clone())
}

/// The fields of an object that are only stored, as paths without indices, each once.
#[must_use]
pub fn only_stored_in(resource: Resource, object: &Value) -> Vec<Rc<str>> {
    fn holds(value: &Value, path: &str) -> bool {
        let (step, rest) = path.split_once('.').map_or((path, None), |(step, rest)| (step, Some(rest)));
        match value {
            Value::List(items) => items.iter().any(|item| holds(item, path)),
            _ => match (value.get(step), rest) {
                (None, _) => false,
                (Some(_), None) => true,
                (Some(below), Some(rest)) => holds(below, rest),
            },
        }
    }
    stored_only(resource).iter().filter(|path| holds(object, path)).cloned().collect()
}

/// The same in a document, with the place of the first key of each.
#[must_use]
pub fn only_stored_at(resource: Resource, document: &yaml::Document) -> Vec<(Rc<str>, Span)> {
    fn find(node: &yaml::Node, path: &str) -> Option<Span> {
        let (step, rest) = path.split_once('.').map_or((path, None), |(step, rest)| (step, Some(rest)));
        if !node.items().is_empty() {
            return node.items().iter().find_map(|item| find(item, path));
        }
        let entry = node.entry(step)?;
        match rest {
            None => (!entry.value.is_null()).then_some(entry.key_span),
            Some(rest) => find(&entry.value, rest),
        }
    }
    stored_only(resource).iter().filter_map(|path| Some((path.clone(), find(&document.root, path)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn is_simulated(kind: &str, path: &str) -> Option<bool> {
        table().into_iter().find(|row| row.kind == kind && row.path == path).map(|row| row.is_simulated)
    }

    #[test]
    fn what_loops_act_upon_is_simulated_and_the_rest_is_not() {
        for (kind, path) in [
            ("Pod", "spec.nodeName"),
            ("Pod", "spec.containers.livenessProbe.httpGet.path"),
            ("Pod", "spec.containers.resources.limits"),
            ("Deployment", "spec.strategy.rollingUpdate.maxSurge"),
            ("Deployment", "spec.template.spec.containers.image"),
            ("Service", "spec.selector"),
            ("NetworkPolicy", "spec.ingress.from.podSelector"),
            ("Pod", "spec.containers.imagePullPolicy"),
            (
                "Pod",
                "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution.labelSelector.matchLabels",
            ),
            ("Deployment", "spec.selector.matchLabels"),
        ] {
            assert_eq!(is_simulated(kind, path), Some(true), "{kind} {path}");
        }
        for (kind, path) in [
            ("Pod", "spec.setHostnameAsFQDN"),
            ("Pod", "spec.hostAliases"),
            ("PersistentVolume", "spec.rbd"),
            ("PersistentVolume", "spec.cephfs"),
            ("PersistentVolume", "spec.quobyte"),
        ] {
            assert_eq!(is_simulated(kind, path), Some(false), "{kind} {path}");
        }
        let stored = table().into_iter().filter(|row| !row.is_simulated).count();
        assert!(stored > 50, "{stored} fields are only stored");
    }

    #[test]
    fn an_object_tells_each_field_once() {
        let container = |name: &str| tree!({ "name": name, "image": "nginx", "terminationMessagePath": "/x" });
        let pod = tree!({ "spec": { "containers": [(container("a")), (container("b"))] } });
        let told = only_stored_in(Resource::PODS, &pod);
        assert!(told.len() <= 1, "{told:?}");
    }
}
