//! What needs what: the order in which a stack's resources are made, and its circles.

use crate::aws::cloudformation::evaluate::open_placeholders;
use crate::aws::cloudformation::template::{Path, Template, function};
use crate::document::Node;
use crate::document::yaml::Content;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// How one thing names another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Means {
    /// `Ref`.
    Ref,
    /// `Fn::GetAtt`.
    GetAtt,
    /// A name in a text of `Fn::Sub`.
    Sub,
    /// `DependsOn`.
    DependsOn,
}

/// One naming of something in the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// What is named.
    pub name: Rc<str>,
    /// The attribute that is asked for.
    pub attribute: Option<Rc<str>>,
    /// How.
    pub means: Means,
    /// Where: the function itself.
    pub path: Path,
}

/// Everything that a node names.
#[must_use]
pub fn mentions(node: &Node, path: &Path) -> Vec<Mention> {
    let mut found = Vec::new();
    walk(node, path, &mut found);
    found
}

fn walk(node: &Node, path: &Path, found: &mut Vec<Mention>) {
    if let Some((name, argument)) = function(node) {
        let place = path.then(name);
        let mention = |name: &str, attribute: Option<&str>, means| Mention {
            name: name.into(),
            attribute: attribute.map(Rc::from),
            means,
            path: place.clone(),
        };
        match name {
            "Ref" => found.extend(argument.as_str().map(|name| mention(name, None, Means::Ref))),
            "Fn::GetAtt" => {
                if let [id, attribute] = argument.items()
                    && let Some(id) = id.as_str()
                {
                    found.push(mention(id, attribute.as_str(), Means::GetAtt));
                }
            }
            "Fn::Sub" => found.extend(open_placeholders(argument).into_iter().map(|text| match text.split_once('.') {
                Some((id, attribute)) => mention(id, Some(attribute), Means::Sub),
                None => mention(text, None, Means::Sub),
            })),
            _ => {}
        }
    }
    match &node.content {
        Content::Scalar(_) => {}
        Content::List(items) => {
            items.iter().enumerate().for_each(|(index, item)| walk(item, &path.then(&index.to_string()), found));
        }
        Content::Map(entries) => {
            entries.iter().for_each(|entry| walk(&entry.value, &path.then(&entry.key), found));
        }
    }
}

/// A text or a list of texts.
pub(super) fn depends_on(resource: &Node) -> Vec<&str> {
    match resource.get("DependsOn") {
        None => Vec::new(),
        Some(node) => node.as_str().into_iter().chain(node.items().iter().filter_map(Node::as_str)).collect(),
    }
}

/// Which resources a resource names, in the order of the file.
#[must_use]
pub fn mentions_of_resource(template: &Template, id: &str) -> Vec<Mention> {
    let Some(resource) = template.item("Resources", id) else { return Vec::new() };
    let path = Path::of(&["Resources", id]);
    let mut found: Vec<Mention> = depends_on(resource)
        .into_iter()
        .map(|name| Mention {
            name: name.into(),
            attribute: None,
            means: Means::DependsOn,
            path: path.then("DependsOn"),
        })
        .collect();
    for entry in resource.entries().iter().filter(|entry| &*entry.key != "DependsOn") {
        found.extend(mentions(&entry.value, &path.then(&entry.key)));
    }
    found
}

/// What each resource needs.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Graph {
    /// The resources and what each names, itself included, in the order of the names.
    pub needs: BTreeMap<Rc<str>, BTreeSet<Rc<str>>>,
}

impl Graph {
    /// The graph of those resources that `counts` holds for.
    #[must_use]
    pub fn of(template: &Template, counts: &dyn Fn(&str) -> bool) -> Self {
        let ids: BTreeSet<Rc<str>> =
            template.section("Resources").iter().map(|entry| entry.key.clone()).filter(|id| counts(id)).collect();
        let needs = ids
            .iter()
            .map(|id| {
                let named = mentions_of_resource(template, id).into_iter().map(|mention| mention.name);
                (id.clone(), named.filter(|name| ids.contains(name)).collect())
            })
            .collect();
        Self { needs }
    }

    /// The waves in which resources can be made; nothing when there is a circle.
    #[must_use]
    pub fn levels(&self) -> Option<Vec<Vec<Rc<str>>>> {
        let mut made: BTreeSet<Rc<str>> = BTreeSet::new();
        let mut levels = Vec::new();
        while made.len() < self.needs.len() {
            let wave: Vec<Rc<str>> = self
                .needs
                .iter()
                .filter(|(id, needs)| !made.contains(*id) && needs.iter().all(|need| made.contains(need)))
                .map(|(id, _)| id.clone())
                .collect();
            if wave.is_empty() {
                return None;
            }
            made.extend(wave.iter().cloned());
            levels.push(wave);
        }
        Some(levels)
    }

    /// The resources that stand in circles.
    #[must_use]
    pub fn circular(&self) -> BTreeSet<Rc<str>> {
        self.needs.keys().filter(|id| self.reaches(id, id)).cloned().collect()
    }

    /// Whether `from` needs `to`, directly or through others.
    fn reaches(&self, from: &str, to: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&Rc<str>> = self.needs.get(from).into_iter().flatten().collect();
        while let Some(id) = open.pop() {
            if **id == *to {
                return true;
            }
            if seen.insert(id) {
                open.extend(self.needs.get(id).into_iter().flatten());
            }
        }
        false
    }

    /// The needs that close circles, as cfn-lint finds them: for every resource the first circle
    /// that is met from it.
    // Models cfn-lint graph.py get_cycles
    #[must_use]
    pub fn circles(&self, template: &Template) -> Vec<(Rc<str>, Rc<str>)> {
        let mut edges = Vec::new();
        for entry in template.section("Resources") {
            for edge in self.first_circle(template, &entry.key) {
                if !edges.contains(&edge) {
                    edges.push(edge);
                }
            }
        }
        edges
    }

    fn first_circle(&self, template: &Template, start: &Rc<str>) -> Vec<(Rc<str>, Rc<str>)> {
        let mut way = vec![start.clone()];
        let mut done = BTreeSet::new();
        if !self.follow(template, &mut way, &mut done) {
            return Vec::new();
        }
        let Some(last) = way.last().cloned() else { return Vec::new() };
        let from = way.iter().position(|id| *id == last).unwrap_or_default();
        way.iter().skip(from).cloned().zip(way.iter().skip(from + 1).cloned()).collect()
    }

    /// Goes on until the way meets itself.
    fn follow(&self, template: &Template, way: &mut Vec<Rc<str>>, done: &mut BTreeSet<Rc<str>>) -> bool {
        let Some(here) = way.last().cloned() else { return false };
        for mention in mentions_of_resource(template, &here) {
            if !self.needs.contains_key(&mention.name) || done.contains(&mention.name) {
                continue;
            }
            let is_met = way.contains(&mention.name);
            way.push(mention.name.clone());
            if is_met || self.follow(template, way, done) {
                return true;
            }
            way.pop();
        }
        done.insert(here);
        false
    }
}
