//! The one line that would help: a cure is a wish, so it is only offered where the world itself names
//! what would have to be otherwise.

use super::said::Say;
use super::why::{NodeVerdict, Verdict};
use super::wish;
use super::yaml;
use crate::document::Value;
use crate::kube::api::{Key, Object, Resource, meta};
use crate::kube::{Component, Snapshot};
use crate::session::{Msg, Session};
use crate::world::Break;
use std::rc::Rc;

/// What would help.
#[derive(Clone, PartialEq, Debug)]
pub struct Cure {
    /// What it does.
    pub title: Say,
    /// Why it would help.
    pub detail: Say,
    /// The line: the field with what it says and what it should say, or a command with nothing before it.
    pub field: Rc<str>,
    /// What it says now.
    pub from: Rc<str>,
    /// What it should say.
    pub to: Rc<str>,
    /// What the button says.
    pub label: Say,
    /// What the button does.
    pub msg: Msg,
}

/// The one line that would help an object, where there is one.
#[must_use]
pub fn of(session: &Session, key: &Key, object: &Object, verdicts: &[NodeVerdict]) -> Option<Cure> {
    if key.resource != Resource::PODS || meta::is_deleting(object) {
        return None;
    }
    let world = session.world();
    let seen = world.cluster().snapshot(world.now());
    if !verdicts.is_empty() {
        return uncordon(verdicts)
            .or_else(|| ask_less(session, &seen, key, verdicts))
            .or_else(|| label(object, verdicts))
            .or_else(|| untaint(&seen, verdicts));
    }
    start_kubelet(session, object).or_else(|| roll_back(&seen, object))
}

/// The only filter that stops a Pod at a node, with what it said.
fn only_stop(verdict: &NodeVerdict) -> Option<(&'static str, &str)> {
    let mut stops = verdict.filters.iter().filter_map(|(name, said)| match said {
        Verdict::Stops { detail, .. } => Some((*name, &**detail)),
        _ => None,
    });
    let first = stops.next()?;
    stops.next().is_none().then_some(first)
}

fn stopped_by<'a>(verdicts: &'a [NodeVerdict], filter: &'a str) -> impl Iterator<Item = (&'a NodeVerdict, &'a str)> {
    verdicts.iter().filter_map(move |verdict| {
        let (name, detail) = only_stop(verdict)?;
        (name == filter).then_some((verdict, detail))
    })
}

fn command(title: Say, detail: Say, line: String) -> Cure {
    let line: Rc<str> = line.into();
    let (label, msg) = (Say::new("trace-do"), Msg::Command(line.clone()));
    Cure { title, detail, field: "".into(), from: "".into(), to: line, label, msg }
}

fn uncordon(verdicts: &[NodeVerdict]) -> Option<Cure> {
    let (verdict, _) = stopped_by(verdicts, "NodeUnschedulable").next()?;
    let detail = Say::new("cure-cordoned").with("node", &verdict.node);
    Some(command(Say::new("cure-let-in"), detail, format!("kubectl uncordon {}", verdict.node)))
}

/// The Pod asks for less: for as much as the emptiest node still has.
fn ask_less(session: &Session, seen: &Snapshot<'_>, key: &Key, verdicts: &[NodeVerdict]) -> Option<Cure> {
    let pod = seen.get(key)?;
    let mut best: Option<(&NodeVerdict, &str, i64)> = None;
    for (verdict, detail) in stopped_by(verdicts, "NodeResourcesFit") {
        // Of two things that are short, one line cures neither.
        let (name, sums) = detail.split_once(": ").filter(|_| !detail.contains(", "))?;
        let (all, used) = sums.split_once(" > ")?.1.split_once(" - ")?;
        let free = all.parse::<i64>().ok()? - used.parse::<i64>().ok()?;
        if best.is_none_or(|(.., most)| free > most) {
            best = Some((verdict, name, free));
        }
    }
    let (verdict, name, free) = best?;
    let [container] = pod.items_at(&["spec", "containers"]) else { return None };
    let from: Rc<str> = container.at(&["resources", "requests", name]).map(plain)?;
    let to = match name {
        "cpu" if free >= 100 => format!("{}m", free / 100 * 100),
        "memory" if free >= 16 << 20 => format!("{}Mi", (free >> 20) / 16 * 16),
        _ => return None,
    };
    let title = Say::new("cure-let-in");
    let rest = if name == "cpu" { format!("{free}m") } else { format!("{}Mi", free >> 20) };
    let detail = Say::new("cure-free").with("node", &verdict.node).with("free", rest).with("what", name);
    let owner = yaml::wish_of(seen, pod).and_then(|owner| meta::key(&owner)).unwrap_or_else(|| key.clone());
    if let Some(msg) = rewrite(session, &owner, name, &to) {
        let label = Say::new("action-edit");
        return Some(Cure { title, detail, field: name.into(), from, to: to.into(), label, msg });
    }
    if owner.resource == Resource::PODS {
        return None;
    }
    let kind = owner.resource.info().singular;
    let line = format!("kubectl set resources {kind}/{} -n {} --requests={name}={to}", owner.name, owner.namespace);
    Some(command(title, detail, line))
}

fn plain(value: &Value) -> Rc<str> {
    value.as_str().map_or_else(|| value.to_string().into(), Rc::from)
}

/// The text of the file that wishes for an owner, with another request in it.
fn rewrite(session: &Session, owner: &Key, name: &str, to: &str) -> Option<Msg> {
    let (file, wish) = session.wishes().find(|(_, wish)| wish.key == *owner)?;
    let document = file.parsed().documents.get(wish.document)?;
    let below = ["containers", "0", "resources", "requests", name];
    let path: Vec<&str> = if owner.resource == Resource::PODS {
        std::iter::once("spec").chain(below).collect()
    } else {
        ["spec", "template", "spec"].into_iter().chain(below).collect()
    };
    let span = document.root.at(&path)?.span;
    let (start, end) = (span.start.offset as usize, span.end.offset as usize);
    let text = [file.text.get(..start)?, to, file.text.get(end..)?].concat();
    Some(Msg::Rewrite { file: file.name.clone(), text: text.into() })
}

/// A node gets the label that the Pod's selector asks for.
fn label(pod: &Object, verdicts: &[NodeVerdict]) -> Option<Cure> {
    let (verdict, _) = stopped_by(verdicts, "NodeAffinity").next()?;
    let (name, value) = pod.at(&["spec", "nodeSelector"])?.entries().next()?;
    let value = value.as_str()?;
    let detail = Say::new("cure-label").with("node", &verdict.node).with("label", format!("{name}={value}"));
    let line = format!("kubectl label node {} {name}={value} --overwrite", verdict.node);
    Some(command(Say::new("cure-let-in"), detail, line))
}

/// A node loses the taint that keeps the Pod away.
fn untaint(seen: &Snapshot<'_>, verdicts: &[NodeVerdict]) -> Option<Cure> {
    let (verdict, _) = stopped_by(verdicts, "TaintToleration").next()?;
    let node = seen.get(&Key::new(Resource::NODES, "", verdict.node.clone()))?;
    let taints = node.items_at(&["spec", "taints"]);
    // What the cluster taints by itself comes back by itself.
    let is_own = |taint: &&Value| !taint.str_at(&["key"]).starts_with("node.kubernetes.io/");
    let taint = taints.iter().find(is_own)?;
    let (key, effect) = (taint.str_at(&["key"]), taint.str_at(&["effect"]));
    let detail = Say::new("cure-taint").with("node", &verdict.node).with("taint", format!("{key}:{effect}"));
    let line = format!("kubectl taint node {} {key}:{effect}-", verdict.node);
    Some(command(Say::new("cure-let-in"), detail, line))
}

/// The kubelet of a Pod's node that somebody has stopped.
fn start_kubelet(session: &Session, pod: &Object) -> Option<Cure> {
    let node: Rc<str> = pod.str_at(&["spec", "nodeName"]).into();
    let part = [Component::Machine(node.clone()), Component::Kubelet(node.clone())]
        .into_iter()
        .find(|part| wish::is_stopped(session, part))?;
    let label = Say::new(if matches!(part, Component::Machine(_)) { "mend-node" } else { "mend-kubelet" });
    let detail = Say::new("cure-stopped").with("node", &node);
    let msg = Msg::Break(Break::Start(part));
    Some(Cure { title: Say::new("cure-start"), detail, field: "".into(), from: "".into(), to: "".into(), label, msg })
}

/// The Deployment of a Pod whose image does not come goes back to the revision before.
fn roll_back(seen: &Snapshot<'_>, pod: &Object) -> Option<Cure> {
    let waits = pod.items_at(&["status", "containerStatuses"]).iter();
    let reasons = ["ErrImagePull", "ImagePullBackOff", "InvalidImageName"];
    let stuck = waits.filter(|it| reasons.contains(&it.str_at(&["state", "waiting", "reason"]))).next_back()?;
    let set = seen.get(&meta::controller_key(pod)?)?;
    let deployment = meta::controller_key(set).filter(|key| key.resource == Resource::DEPLOYMENTS)?;
    let uid = meta::uid(seen.get(&deployment)?);
    let image = |object: &Object| {
        let first = object.items_at(&["spec", "template", "spec", "containers"]).first().cloned().unwrap_or_default();
        Rc::<str>::from(first.str_at(&["image"]))
    };
    let all = seen.controlled_by(Resource::REPLICA_SETS, &deployment.namespace, uid);
    let before = all.into_iter().map(|other| image(other)).find(|other| **other != *image(set))?;
    let detail = Say::new("cure-image").with("image", stuck.str_at(&["image"])).with("before", &before);
    let line = format!("kubectl rollout undo deployment/{} -n {}", deployment.name, deployment.namespace);
    Some(command(Say::new("cure-roll-back"), detail, line))
}
