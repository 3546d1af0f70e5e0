//! An image as a stack of layers: built with a cache, pushed to a registry, pulled by nodes.
//!
//! A layer is known by what it is made of: its instruction, the content that it copies, and the
//! layer below it. So a change in one makes every layer above it another one, and everything
//! below is found where it was: in the build cache, in the registry, on the node.
// Source: Docker manual, "Build cache invalidation"; OCI image specification, "Image Layer Filesystem Changeset".

use super::read::{Refusal, bytes, list, number};
use super::{Due, Told};
use crate::document::{InOrder as _, Value};
use crate::sim::{Dice, Reason, SimTime, millis, stable_hash};
use crate::tree;
use rpds::{RedBlackTreeMap, RedBlackTreeSet};
use std::rc::Rc;

/// A link to a registry, and a node's way of fetching and unpacking, bytes per second. Assumption:
/// an office line, and a network inside one region.
const PUSH_BYTES_PER_S: i64 = 12_500_000;
const PULL_BYTES_PER_S: i64 = 60_000_000;
/// What asking for a manifest takes.
const MANIFEST: SimTime = millis(300);

/// Sizes of well-known bases, in MiB on disk, rounded. Source: Docker Hub, September 2025; they
/// change with every release.
const BASES: [(&str, i64); 10] = [
    ("scratch", 0),
    ("alpine", 8),
    ("distroless", 20),
    ("debian", 117),
    ("ubuntu", 78),
    ("nginx", 192),
    ("python", 1020),
    ("node", 1130),
    ("golang", 850),
    ("eclipse-temurin", 460),
];

/// One layer.
#[derive(Clone, PartialEq, Debug)]
pub struct Layer {
    /// The line of the Dockerfile.
    pub instruction: Rc<str>,
    /// Known by this.
    pub digest: Rc<str>,
    /// Bytes.
    pub size: i64,
    /// Whether the last build found it.
    pub is_cached: bool,
    takes: SimTime,
}

#[derive(Clone, PartialEq, Debug)]
enum Step {
    Built(Rc<str>),
    Pushed(Rc<str>),
    Pulled(Rc<str>, Rc<str>),
    Runs(Rc<str>),
}

/// What a node has of images.
#[derive(Clone, Default)]
pub struct Shelf {
    layers: RedBlackTreeSet<Rc<str>>,
    /// What is fetched for the present image.
    news: RedBlackTreeSet<Rc<str>>,
    /// Bytes fetched for the present image.
    pub fetched: i64,
    /// How long that took, or will take.
    pub took: SimTime,
    /// Whether the image is there whole.
    pub is_ready: bool,
}

/// An image and where its layers lie.
#[derive(Clone)]
pub struct Image {
    spec: Value,
    layers: Vec<Layer>,
    cache: RedBlackTreeSet<Rc<str>>,
    registry: RedBlackTreeSet<Rc<str>>,
    nodes: RedBlackTreeMap<Rc<str>, Shelf>,
    /// Steps to come, soonest first.
    steps: Vec<(SimTime, Step)>,
    build_took: SimTime,
    pushed: i64,
    /// What is pushed for the present image.
    news: RedBlackTreeSet<Rc<str>>,
}

impl Image {
    pub(super) fn apply(
        before: Option<Self>,
        name: &Rc<str>,
        spec: &Value,
        now: SimTime,
        told: &mut Told,
    ) -> Result<Self, Refusal> {
        let mut layers = layers(spec)?;
        let names = node_names(spec)?;
        let mut image = before.unwrap_or_else(|| Self {
            spec: Value::Null,
            layers: Vec::new(),
            cache: RedBlackTreeSet::new(),
            registry: RedBlackTreeSet::new(),
            nodes: RedBlackTreeMap::new(),
            steps: Vec::new(),
            build_took: SimTime::ZERO,
            pushed: 0,
            news: RedBlackTreeSet::new(),
        });
        // The first layer that is not in the cache ends its use.
        let mut is_cached = true;
        for layer in &mut layers {
            is_cached &= image.cache.contains(&layer.digest);
            layer.is_cached = is_cached;
        }
        let cached = layers.iter().filter(|layer| layer.is_cached).count();
        let reason = Reason::new("image-build")
            .with("cached", i64::try_from(cached).unwrap_or_default())
            .with("layers", i64::try_from(layers.len()).unwrap_or_default());
        told.tell(reason);
        image.spec = spec.clone();
        image.layers = layers;
        image.plan(&names, now);
        if let Some((at, _)) = image.steps.first() {
            told.wake.push((*at, Due::Image(name.clone())));
        }
        Ok(image)
    }

    /// Lays out what is to be done: build what is not cached, push what the registry lacks, pull
    /// what each node lacks, all nodes at once.
    fn plan(&mut self, names: &[Rc<str>], now: SimTime) {
        let mut steps = Vec::new();
        let mut at = now;
        for layer in self.layers.iter().filter(|layer| !layer.is_cached) {
            at = at + layer.takes;
            steps.push((at, Step::Built(layer.digest.clone())));
        }
        self.build_took = at.since(now);
        at = at + MANIFEST;
        (self.pushed, self.news) = (0, RedBlackTreeSet::new());
        for layer in self.layers.iter().filter(|layer| !self.registry.contains(&layer.digest)) {
            at = at + length(layer.size, PUSH_BYTES_PER_S);
            self.pushed += layer.size;
            self.news.insert_mut(layer.digest.clone());
            steps.push((at, Step::Pushed(layer.digest.clone())));
        }
        let mut nodes = RedBlackTreeMap::new();
        for node in names {
            let mut shelf = self.nodes.get(node).cloned().unwrap_or_default();
            let mut arrives = at + MANIFEST;
            (shelf.fetched, shelf.is_ready, shelf.news) = (0, false, RedBlackTreeSet::new());
            for layer in self.layers.iter().filter(|layer| !shelf.layers.contains(&layer.digest)) {
                arrives = arrives + length(layer.size, PULL_BYTES_PER_S);
                shelf.fetched += layer.size;
                shelf.news.insert_mut(layer.digest.clone());
                steps.push((arrives, Step::Pulled(node.clone(), layer.digest.clone())));
            }
            shelf.took = arrives.since(at);
            steps.push((arrives, Step::Runs(node.clone())));
            nodes.insert_mut(node.clone(), shelf);
        }
        self.nodes = nodes;
        steps.order_by(|one, other| one.0.cmp(&other.0));
        self.steps = steps;
    }

    pub(super) fn go_on(&mut self, name: &Rc<str>, now: SimTime, told: &mut Told) {
        let due = self.steps.iter().take_while(|(at, _)| *at <= now).count();
        if due == 0 {
            // A later wish has laid out other steps, which have a moment of their own.
            return;
        }
        let done: Vec<_> = self.steps.drain(..due).collect();
        for (_, step) in done {
            self.did(step, told);
        }
        if let Some((at, _)) = self.steps.first() {
            told.wake.push((*at, Due::Image(name.clone())));
        }
    }

    fn did(&mut self, step: Step, told: &mut Told) {
        match step {
            Step::Built(digest) => {
                self.cache.insert_mut(digest.clone());
                self.tell("image-built", &digest, told);
            }
            Step::Pushed(digest) => {
                self.registry.insert_mut(digest.clone());
                self.tell("image-pushed", &digest, told);
            }
            Step::Pulled(node, digest) => {
                if let Some(shelf) = self.nodes.get_mut(&node) {
                    shelf.layers.insert_mut(digest);
                }
            }
            Step::Runs(node) => {
                if let Some(shelf) = self.nodes.get_mut(&node) {
                    shelf.is_ready = true;
                    let seconds = i64::try_from(shelf.took.as_secs()).unwrap_or_default();
                    let reason = Reason::new("image-pulled")
                        .with("node", &*node)
                        .with("mebibytes", shelf.fetched >> 20)
                        .with("seconds", seconds);
                    told.tell(reason);
                }
            }
        }
    }

    fn tell(&self, code: &'static str, digest: &str, told: &mut Told) {
        if let Some(layer) = self.layers.iter().find(|layer| *layer.digest == *digest) {
            told.tell(Reason::new(code).with("layer", &*layer.instruction));
        }
    }

    pub(super) fn spec(&self) -> &Value {
        &self.spec
    }

    /// Its layers, the lowest first.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The nodes that fetch it.
    pub fn nodes(&self) -> impl Iterator<Item = (&Rc<str>, &Shelf)> {
        self.nodes.iter()
    }

    /// Whether a layer is built.
    #[must_use]
    pub fn is_built(&self, layer: &Layer) -> bool {
        self.cache.contains(&layer.digest)
    }

    /// Whether the last build had to push it: before, the registry did not have it.
    #[must_use]
    pub fn is_pushed_anew(&self, layer: &Layer) -> bool {
        self.news.contains(&layer.digest)
    }

    /// How long the last build took, and how many bytes it pushed.
    #[must_use]
    pub fn last_build(&self) -> (SimTime, i64) {
        (self.build_took, self.pushed)
    }

    /// Whether a layer is in the registry.
    #[must_use]
    pub fn is_pushed(&self, layer: &Layer) -> bool {
        self.registry.contains(&layer.digest)
    }

    pub(super) fn status(&self) -> Value {
        let layers = self.layers.iter().map(|layer| {
            tree!({
                "instruction": &layer.instruction,
                "digest": &layer.digest,
                "sizeMi": layer.size >> 20,
                "cached": layer.is_cached,
                "built": (self.is_built(layer)),
                "pushed": (self.is_pushed(layer)),
            })
        });
        let nodes = self.nodes.iter().map(|(name, shelf)| {
            tree!({
                "name": name,
                "layers": i64::try_from(self.layers.iter().filter(|layer| shelf.has(layer)).count()).unwrap_or_default(),
                "fetchedMi": shelf.fetched >> 20,
                "pullMs": i64::try_from(shelf.took.as_millis()).unwrap_or_default(),
                "ready": shelf.is_ready,
            })
        });
        tree!({
            "digest": (self.layers.last().map_or_else(|| "".into(), |layer| layer.digest.clone())),
            "sizeMi": self.layers.iter().map(|layer| layer.size).sum::<i64>() >> 20,
            "rebuilt": i64::try_from(self.layers.iter().filter(|layer| !layer.is_cached).count()).unwrap_or_default(),
            "buildSeconds": i64::try_from(self.build_took.as_secs()).unwrap_or_default(),
            "pushedMi": self.pushed >> 20,
            "ready": (self.steps.is_empty()),
            "layers": (Value::list(layers)),
            "nodes": (Value::list(nodes)),
        })
    }
}

impl Shelf {
    /// Whether it is fetched for the present image: before, it was not here.
    #[must_use]
    pub fn fetches(&self, layer: &Layer) -> bool {
        self.news.contains(&layer.digest)
    }

    /// Whether a layer lies here.
    #[must_use]
    pub fn has(&self, layer: &Layer) -> bool {
        self.layers.contains(&layer.digest)
    }
}

fn length(size: i64, per_second: i64) -> SimTime {
    millis(u64::try_from(size * 1000 / per_second).unwrap_or_default())
}

fn layers(spec: &Value) -> Result<Vec<Layer>, Refusal> {
    let mut layers: Vec<Layer> = Vec::new();
    for (index, item) in list(spec, "layers")?.iter().enumerate() {
        let path = format!("spec.layers[{index}]");
        let Some(instruction) = item.get("instruction").and_then(Value::as_shared).filter(|it| !it.is_empty()) else {
            return Err(Refusal::new(&format!("{path}.instruction"), "Required value"));
        };
        let (verb, rest) = instruction.split_once(' ').unwrap_or((&instruction, ""));
        let usual = usual(&verb.to_ascii_uppercase(), rest.trim());
        let usual = usual.ok_or_else(|| {
            let known = "must begin with FROM, RUN, COPY, ADD, WORKDIR, ENV, ARG, LABEL, EXPOSE, USER, VOLUME, ENTRYPOINT or CMD";
            Refusal::invalid(&format!("{path}.instruction"), &Value::Text(instruction.clone()), known)
        })?;
        if (index == 0) != verb.eq_ignore_ascii_case("FROM") {
            let why = if index == 0 { "the first layer must be FROM" } else { "FROM must be the first layer" };
            return Err(Refusal::invalid(&format!("{path}.instruction"), &Value::Text(instruction.clone()), why));
        }
        let size = bytes(item, &path, "size", usual.0)?;
        let seconds = number(item, &path, "seconds", (0, 86_400), usual.1)?;
        let content = item.get("content").map(ToString::to_string).unwrap_or_default();
        let below = layers.last().map_or_else(|| "".into(), |layer| layer.digest.clone());
        layers.push(Layer {
            digest: digest(&[&below, &instruction, &content, &size.to_string()]),
            instruction,
            size,
            is_cached: false,
            takes: millis(u64::try_from(seconds).unwrap_or_default() * 1000),
        });
    }
    Ok(layers)
}

/// A digest in the form that registries use.
fn digest(parts: &[&str]) -> Rc<str> {
    let mut text = String::from("sha256:");
    let mut dice = Dice::new(stable_hash(0, parts), &["layer"], 0);
    for _ in 0..4 {
        text.push_str(&format!("{:016x}", dice.below(u64::MAX)));
    }
    text.into()
}

/// What an instruction usually makes (bytes) and takes (seconds). Assumption, but for bases.
fn usual(verb: &str, rest: &str) -> Option<(i64, i64)> {
    Some(match verb {
        "FROM" => {
            let name = rest.split([':', ' ', '@']).next().unwrap_or_default();
            let known = BASES.iter().find(|(base, _)| name.rsplit('/').next().is_some_and(|it| it.starts_with(base)));
            let slim = if rest.contains("slim") || rest.contains("alpine") { 5 } else { 1 };
            let mebibytes = known.map_or(100, |(_, size)| size / slim);
            (mebibytes << 20, 1 + mebibytes / 60)
        }
        // What is removed is only covered: the layers below still have it, and this one is next to nothing.
        "RUN" if rest.starts_with("rm ") => (0, 1),
        "RUN" => (60 << 20, 25),
        "COPY" | "ADD" => (2 << 20, 1),
        "WORKDIR" | "ENV" | "ARG" | "LABEL" | "EXPOSE" | "USER" | "VOLUME" | "ENTRYPOINT" | "CMD" | "HEALTHCHECK" => {
            (0, 0)
        }
        _ => return None,
    })
}

fn node_names(spec: &Value) -> Result<Vec<Rc<str>>, Refusal> {
    let mut names: Vec<Rc<str>> = Vec::new();
    for (index, item) in list(spec, "nodes")?.iter().enumerate() {
        let field = format!("spec.nodes[{index}]");
        match item.as_shared() {
            Some(name) if !names.contains(&name) => names.push(name),
            Some(name) => return Err(Refusal::new(&field, format!("Duplicate value: \"{name}\""))),
            None => return Err(Refusal::invalid(&field, item, "must be a name")),
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse;
    use crate::sim::secs;

    const SPEC: &str = "nodes: [a, b]\nlayers:\n- instruction: FROM node:22-slim\n- instruction: COPY package.json ./\n- instruction: RUN npm ci\n- instruction: COPY . .\n  content: 1\n- instruction: CMD node server.js\n";

    fn applied(before: Option<Image>, text: &str, at: u64) -> Image {
        let spec = parse(text).documents[0].root.to_value();
        let name: Rc<str> = "shop".into();
        let mut image = Image::apply(before, &name, &spec, secs(at), &mut Told::default()).expect("it can be");
        image.go_on(&name, secs(at + 3600), &mut Told::default());
        image
    }

    /// The value at a path; a number is the place in a list.
    fn look<'v>(value: &'v Value, path: &[&str]) -> &'v Value {
        path.iter().fold(value, |value, step| match step.parse::<usize>() {
            Ok(index) => &value.items()[index],
            Err(_) => value.get(step).unwrap_or(&Value::Null),
        })
    }

    fn int(image: &Image, path: &[&str]) -> i64 {
        look(&image.status(), path).as_int().unwrap_or(-1)
    }

    #[test]
    fn a_change_rebuilds_pushes_and_pulls_what_stands_above_it() {
        let first = applied(None, SPEC, 0);
        assert_eq!((int(&first, &["rebuilt"]), first.status().is_true_at(&["ready"])), (5, true));
        let late = applied(Some(first.clone()), &SPEC.replace("content: 1", "content: 2"), 4000);
        assert_eq!((int(&late, &["rebuilt"]), int(&late, &["pushedMi"])), (2, 2));
        let early = applied(Some(first.clone()), &SPEC.replace("package.json", "package*.json"), 4000);
        assert_eq!(int(&early, &["rebuilt"]), 4);
        assert!(int(&early, &["nodes", "0", "pullMs"]) > int(&late, &["nodes", "0", "pullMs"]));
        let again = applied(Some(late), SPEC, 9000);
        assert_eq!(
            (int(&again, &["rebuilt"]), int(&again, &["pushedMi"]), int(&again, &["nodes", "0", "fetchedMi"])),
            (0, 0, 0)
        );
    }

    #[test]
    fn a_node_that_holds_layers_is_faster_than_a_new_one() {
        let first = applied(None, SPEC, 0);
        let more = applied(Some(first), &SPEC.replace("[a, b]", "[a, c]").replace("content: 1", "content: 2"), 4000);
        assert!(int(&more, &["nodes", "1", "pullMs"]) > 4 * int(&more, &["nodes", "0", "pullMs"]));
    }

    #[test]
    fn what_is_no_image_is_refused() {
        let spec = parse("layers: [{instruction: RUN x}]").documents[0].root.to_value();
        let refused = Image::apply(None, &"x".into(), &spec, SimTime::ZERO, &mut Told::default());
        assert_eq!(
            refused.err().unwrap().to_string(),
            "spec.layers[0].instruction: Invalid value: \"RUN x\": the first layer must be FROM"
        );
    }
}
