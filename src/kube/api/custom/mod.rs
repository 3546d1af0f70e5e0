//! Custom resources: what a CustomResourceDefinition says, and what follows from its schema for an object.
//!
//! A [`Registry`] is read from the definitions that are stored and says which kinds are served beside
//! the built-in ones. `prune` takes away what a structural schema does not name and fills in its defaults;
//! `check` says what of an object a schema refuses.
//!
//! Invariant: a registry follows from the stored definitions alone.
// Models k8s.io/apiextensions-apiserver
// Simulates: openAPIV3Schema.type, openAPIV3Schema.description, openAPIV3Schema.properties
// Simulates: additionalPrinterColumns.type, additionalPrinterColumns.description.

mod check;
mod format;
mod prune;

pub use check::{Fault, FaultKind, faults, faults_at};
pub use prune::{defaulted, pruned};

use crate::document::schema::{self, Type};
use crate::document::{InOrder as _, Value};
use crate::kube::api::{Resource, meta};
use std::cell::OnceCell;
use std::rc::Rc;

/// One version of a custom kind.
#[derive(Debug)]
pub struct Version {
    /// `v1`.
    pub name: Rc<str>,
    /// What `spec.versions[]` says of it.
    said: Value,
    /// Whether it is served.
    pub served: bool,
    api_version: String,
    kind: &'static str,
    ty: OnceCell<Type>,
}

impl Version {
    /// Its schema as the editor and field ownership read it.
    #[must_use]
    pub fn ty(&self) -> Type {
        *self.ty.get_or_init(|| schema::add(&self.api_version, self.kind, self.schema()))
    }

    /// Its schema.
    #[must_use]
    pub fn schema(&self) -> &Value {
        self.said.at(&["schema", "openAPIV3Schema"]).unwrap_or(&Value::Null)
    }

    /// Whether `status` is written apart.
    #[must_use]
    pub fn has_status(&self) -> bool {
        self.said.at(&["subresources", "status"]).is_some()
    }

    /// Where its `scale` finds its numbers, if it has one.
    #[must_use]
    pub fn scale(&self) -> Option<&Value> {
        self.said.at(&["subresources", "scale"])
    }

    /// `additionalPrinterColumns`.
    #[must_use]
    pub fn columns(&self) -> &[Value] {
        self.said.items_at(&["additionalPrinterColumns"])
    }

    /// The fields that can be selected by, without their leading dot.
    pub fn selectable(&self) -> impl Iterator<Item = &str> {
        let fields = self.said.items_at(&["selectableFields"]).iter();
        fields.map(|field| field.str_at(&["jsonPath"]).trim_start_matches('.'))
    }

    /// The warning that every use of a deprecated version is answered with.
    #[must_use]
    pub fn warning(&self, group: &str, kind: &str) -> Option<String> {
        let own = self.said.at(&["deprecationWarning"]).and_then(Value::as_str);
        let of_all = || format!("{group}/{} {kind} is deprecated", self.name);
        self.said.is_true_at(&["deprecated"]).then(|| own.map_or_else(of_all, str::to_owned))
    }
}

/// A custom kind that is served.
#[derive(Debug)]
pub struct Definition {
    /// Its handle.
    pub resource: Resource,
    /// The singular name.
    pub singular: Rc<str>,
    /// Short names.
    pub short_names: Vec<Rc<str>>,
    /// Categories.
    pub categories: Vec<Rc<str>>,
    /// Its versions, the preferred first.
    pub versions: Vec<Version>,
    /// The version in which its objects are stored.
    pub storage: Rc<str>,
    /// Whether it is being deleted: nothing new is made then.
    pub is_terminating: bool,
}

impl Definition {
    /// What a stored definition serves; nothing before it is established.
    #[must_use]
    pub fn of(object: &Value) -> Option<Self> {
        if !meta::is_condition_true(object, "Established") {
            return None;
        }
        Self::read(object, object.at(&["status", "acceptedNames"])?)
    }

    /// What a definition that is only written would serve.
    fn proposed(object: &Value) -> Option<Self> {
        Self::read(object, object.at(&["spec", "names"])?)
    }

    fn read(object: &Value, names: &Value) -> Option<Self> {
        let (group, scope) = (object.str_at(&["spec", "group"]), object.str_at(&["spec", "scope"]));
        let resource =
            Resource::custom(group, names.str_at(&["plural"]), names.str_at(&["kind"]), scope == "Namespaced");
        let kind = resource.kind();
        let texts = |field: &str| names.items_at(&[field]).iter().filter_map(Value::as_shared).collect();
        let said = object.items_at(&["spec", "versions"]);
        let mut versions: Vec<Version> = said
            .iter()
            .map(|said| {
                let name = said.str_at(&["name"]);
                Version {
                    name: name.into(),
                    served: said.is_true_at(&["served"]),
                    api_version: format!("{group}/{name}"),
                    kind,
                    ty: OnceCell::new(),
                    said: said.clone(),
                }
            })
            .collect();
        versions.order_by(|one, other| priority(&other.name).cmp(&priority(&one.name)));
        Some(Self {
            resource,
            singular: names.str_at(&["singular"]).into(),
            short_names: texts("shortNames"),
            categories: texts("categories"),
            versions,
            storage: said.iter().find(|said| said.is_true_at(&["storage"]))?.str_at(&["name"]).into(),
            is_terminating: meta::is_deleting(object),
        })
    }

    /// The served version of that name; the preferred one where the name is empty.
    #[must_use]
    pub fn version(&self, name: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.served && (name.is_empty() || *version.name == *name))
    }

    /// The version in which its objects are stored.
    #[must_use]
    pub fn stored(&self) -> Option<&Version> {
        self.versions.iter().find(|version| version.name == self.storage)
    }

    /// `group/version`.
    #[must_use]
    pub fn api_version(&self, version: &str) -> String {
        format!("{}/{version}", self.resource.info().group)
    }
}

/// Versions by how mature they say they are, then by their numbers; anything else by its name.
// Models k8s.io/apimachinery/pkg/version CompareKubeAwareVersionStrings
fn priority(name: &str) -> (u8, u64, u64, std::cmp::Reverse<String>) {
    let parsed = || {
        let rest = name.strip_prefix('v')?;
        let end = rest.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(rest.len());
        let major = rest[..end].parse().ok()?;
        let of = |word: &str| rest[end..].strip_prefix(word).and_then(|minor| minor.parse().ok());
        match &rest[end..] {
            "" => Some((3, major, 0)),
            _ => of("beta").map(|minor| (2, major, minor)).or_else(|| of("alpha").map(|minor| (1, major, minor))),
        }
    };
    match parsed() {
        Some((level, major, minor)) => (level, major, minor, std::cmp::Reverse(String::new())),
        None => (0, 0, 0, std::cmp::Reverse(name.to_owned())),
    }
}

/// Which kinds a cluster serves beside the built-in ones, in the order of their group and plural name.
#[derive(Clone, Debug, Default)]
pub struct Registry(Rc<Vec<Rc<Definition>>>);

impl Registry {
    /// The same after a definition was written, or taken away.
    #[must_use]
    pub fn after<'a>(definitions: impl Iterator<Item = &'a Value>) -> Self {
        let mut served: Vec<Rc<Definition>> = definitions.filter_map(Definition::of).map(Rc::new).collect();
        served.order_by_key(|definition| definition.resource);
        Self(Rc::new(served))
    }

    /// The same with what definitions would serve that are only written.
    #[must_use]
    pub fn beside(&self, written: &[Value]) -> Self {
        let new = written.iter().filter_map(Definition::proposed).filter(|it| self.of(it.resource).is_none());
        let new: Vec<Rc<Definition>> = new.map(Rc::new).collect();
        if new.is_empty() { self.clone() } else { Self(Rc::new(self.iter().cloned().chain(new).collect())) }
    }

    /// Whether both were read from the same definitions.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0) || self.0.is_empty() && other.0.is_empty()
    }

    /// Every custom kind that is served.
    pub fn iter(&self) -> impl Iterator<Item = &Rc<Definition>> {
        self.0.iter()
    }

    /// Every resource that is stored, the built-in ones first.
    pub fn all(&self) -> impl Iterator<Item = Resource> {
        Resource::all().chain(self.0.iter().map(|definition| definition.resource))
    }

    /// What serves a custom resource.
    #[must_use]
    pub fn of(&self, resource: Resource) -> Option<&Rc<Definition>> {
        if !resource.is_custom() {
            return None;
        }
        self.iter().find(|definition| definition.resource == resource)
    }

    /// The resource whose objects say this `apiVersion` and `kind`.
    #[must_use]
    pub fn resource_of(&self, api_version: &str, kind: &str) -> Option<Resource> {
        Resource::of(api_version, kind).or_else(|| self.version_of(api_version, kind).map(|(it, _)| it.resource))
    }

    /// The custom kind whose objects say this `apiVersion` and `kind`, with its version.
    #[must_use]
    pub fn version_of(&self, api_version: &str, kind: &str) -> Option<(&Rc<Definition>, &Version)> {
        let (group, version) = api_version.split_once('/')?;
        let definition = self.iter().find(|definition| {
            let info = definition.resource.info();
            info.group == group && info.kind == kind
        })?;
        Some((definition, definition.version(version).filter(|_| !version.is_empty())?))
    }

    /// The resource that a person means by `word`; see [`Resource::named`].
    #[must_use]
    pub fn named(&self, word: &str) -> Option<Resource> {
        Resource::named(word).or_else(|| {
            let word = word.to_ascii_lowercase();
            let (name, group) = word.split_once('.').unwrap_or((&word, ""));
            let found = self.iter().find(|definition| {
                let info = definition.resource.info();
                let versioned = || {
                    let (version, group) = group.split_once('.')?;
                    Some(group == info.group && definition.version(version).is_some())
                };
                (group.is_empty() || group == info.group || versioned() == Some(true))
                    && (info.plural == name
                        || *definition.singular == *name
                        || definition.short_names.iter().any(|short| **short == *name)
                        || info.kind.eq_ignore_ascii_case(name))
            })?;
            Some(found.resource)
        })
    }

    /// The type of a kind, built-in or custom.
    #[must_use]
    pub fn root(&self, api_version: &str, kind: &str) -> Option<Type> {
        schema::root(api_version, kind).or_else(|| self.version_of(api_version, kind).map(|(_, version)| version.ty()))
    }

    /// The preferred `apiVersion` of a resource.
    #[must_use]
    pub fn api_version(&self, resource: Resource) -> String {
        match self.of(resource) {
            Some(definition) => definition.api_version(definition.version("").map_or("", |version| &version.name)),
            None => resource.api_version(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_preferred_as_they_are_mature() {
        let mut names = vec!["foo10", "v1beta1", "v10", "v1", "foo1", "v12alpha1", "v2", "v11alpha2", "v3beta1"];
        names.sort_by_key(|name| std::cmp::Reverse(priority(name)));
        assert_eq!(names, ["v10", "v2", "v1", "v3beta1", "v1beta1", "v12alpha1", "v11alpha2", "foo1", "foo10"]);
    }
}
