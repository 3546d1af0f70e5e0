//! What can be broken on purpose, and what is broken now: for the inspector, the List and the
//! palette, which all offer the same.

use super::inspector::{ActionKind, ActionView};
use super::said::Say;
use super::timeline::clock_text;
use super::wish;
use crate::aws::ec2::kinds;
use crate::document::Value;
use crate::kube::api::{Key, Resource, meta};
use crate::kube::{Component, Part};
use crate::session::{Msg, Session};
use crate::sim::{Arg, Entry, Reason, SimTime, Verb};
use crate::world::{Break, Broken, Credential, Origin, way_to};
use std::rc::Rc;

/// Something that can be broken, or mended.
#[derive(Clone, PartialEq, Debug)]
pub struct BreakView {
    /// Whether it breaks or mends.
    pub kind: ActionKind,
    /// What is done, with the name of what it is done to.
    pub label: Say,
    /// The command that does the same.
    pub command: Rc<str>,
    /// What it sends.
    pub msg: Msg,
}

/// Something that was broken on purpose.
#[derive(Clone, PartialEq, Debug)]
pub struct BrokenView {
    /// Its name, as commands write it.
    pub name: Rc<str>,
    /// When.
    pub at: SimTime,
    /// When and what, as a sentence.
    pub said: Say,
    /// What mends it, if it is still broken.
    pub mend: Option<ActionView>,
}

/// What can be done to one object, in few words: the object is known.
#[must_use]
pub fn of(session: &Session, key: &Key) -> Vec<ActionView> {
    let offered = breaks_of(session, key).into_iter().filter(|what| session.may(what));
    offered.map(|what| action(&what, short(&what))).collect()
}

/// Everything that can be broken or mended, what is broken first.
#[must_use]
pub fn all(session: &Session) -> Vec<BreakView> {
    let world = session.world();
    let mending: Vec<Break> = world.broken().iter().filter_map(|broken| mend_of(session, broken)).collect();
    let mut rest = parts(session);
    rest.extend(zones(session).into_iter().map(|(what, _)| what));
    rest.extend(members(session));
    let seen = world.cluster().snapshot(world.now());
    for resource in [
        Resource::NODES,
        Resource::DEPLOYMENTS,
        Resource::STATEFUL_SETS,
        Resource::DAEMON_SETS,
        Resource::SERVICES,
        Resource::PODS,
    ] {
        for key in seen.list(resource, "").filter_map(|object| meta::key(object)) {
            rest.extend(breaks_of(session, &key));
        }
    }
    rest.extend(credentials(session));
    rest.retain(|what| !mending.contains(what) && session.may(what));
    let mut all = mending;
    all.extend(rest);
    all.iter().map(view).collect()
}

/// What breaks or mends something, where that may be done.
#[must_use]
pub fn allowed(session: &Session, action: ActionView) -> Option<ActionView> {
    let may = match &action.msg {
        Msg::Break(what) => session.may(what),
        _ => true,
    };
    may.then_some(action)
}

/// Whether this world has anything that can be broken, and that may be.
#[must_use]
pub fn has_any(session: &Session) -> bool {
    let world = session.world();
    if !session.classroom().breaking {
        return !world.broken().is_empty();
    }
    let settings = world.cloud().settings();
    let mut vpcs = world.cloud().of_kind(&settings.account, &settings.region, kinds::VPC.kind);
    world.cluster().kubelets().next().is_some() || vpcs.next().is_some()
}

/// What can be done to what has this name, as commands write it; or what mends it.
#[must_use]
pub fn by_name(session: &Session, name: &str) -> Option<BreakView> {
    let what = Break::named(name)?;
    let is_out = |what: &Break| {
        match what {
        Break::Member(cluster, member) => members(session).into_iter().find(|it| {
            matches!(it, Break::Member(of, known) | Break::MemberBack(of, known) if of == cluster && known == member)
        }),
        other => Some(turned(session, other.clone())),
    }
    };
    is_out(&what).filter(|what| session.may(what)).as_ref().map(view)
}

/// What can go out beside objects and parts: zones, members of control planes, credentials. Name,
/// whether it is out, and the switch where it may be used.
#[must_use]
pub fn beside(session: &Session) -> Vec<(String, bool, Option<ActionView>)> {
    let zones = zones(session).into_iter().map(|(what, _)| what);
    let all = zones.chain(members(session)).chain(credentials(session));
    all.map(|what| (what.name(), what.is_mending(), allowed(session, action(&what, full(&what))))).collect()
}

/// What is broken now, oldest first.
#[must_use]
pub fn broken(session: &Session) -> Vec<BrokenView> {
    session.world().broken().iter().map(|broken| broken_view(session, broken)).collect()
}

/// The credentials that can run out: the learner's own, where there is something to open with them.
#[must_use]
pub fn credentials(session: &Session) -> Vec<Break> {
    let has_cluster = session.world().cluster().kubelets().next().is_some();
    let key = session.access_key();
    let has_cloud = super::cloud::view(session).is_some();
    let own = has_cluster.then_some(Credential::Admin);
    let cloud = (has_cloud && !key.is_empty()).then_some(Credential::AccessKey(key));
    own.into_iter().chain(cloud).map(|credential| turned(session, Break::Expire(credential))).collect()
}

/// The zones that can go out or come back, and whether each is out.
#[must_use]
pub fn zones(session: &Session) -> Vec<(Break, bool)> {
    let world = session.world();
    let mut used: Vec<Rc<str>> = Vec::new();
    for (_, site) in world.sites() {
        used.extend(site.cluster().kubelets().map(|(_, kubelet)| kubelet.machine().zone.clone()));
        used.extend(world.members(site).into_iter().map(|member| member.zone));
    }
    if let Some(cloud) = super::cloud::view(session) {
        used.extend(cloud.vpcs.iter().flat_map(|vpc| &vpc.zones).map(|zone| zone.name.clone()));
    }
    let mut zones = world.zones();
    zones.retain(|zone| used.contains(zone));
    let of = |zone: Rc<str>| {
        let is_out = world.is_zone_out(&zone);
        (if is_out { Break::ZoneBack(zone) } else { Break::ZoneOut(zone) }, is_out)
    };
    zones.into_iter().map(of).collect()
}

/// The parts of the control plane of the cluster that is looked at.
fn parts(session: &Session) -> Vec<Break> {
    let world = session.world();
    let cluster = world.cluster();
    if cluster.kubelets().next().is_none() {
        return Vec::new();
    }
    let mut parts = vec![Component::Scheduler, Component::ControllerManager];
    let is_own = world.site(world.focus()).is_some_and(|site| site.origin == Origin::Local);
    if is_own {
        for number in 0..cluster.members() {
            parts.extend([Part::ApiServer, Part::Etcd].map(|part| Component::Member(part, number)));
            if cluster.members() > 1 {
                parts.extend([Part::ControllerManager, Part::Scheduler].map(|part| Component::Member(part, number)));
            }
        }
    }
    parts.into_iter().map(|part| turned(session, Break::Stop(part))).collect()
}

/// The members of control planes that EKS keeps, or that somebody made by hand.
fn members(session: &Session) -> Vec<Break> {
    let world = session.world();
    let mut all = Vec::new();
    for (_, site) in world.sites() {
        let is_kept = matches!(site.origin, Origin::Eks(_));
        for member in world.members(site) {
            let (cluster, name) = (site.name.clone(), member.name);
            match (member.runs, is_kept) {
                (true, _) => all.push(Break::Member(cluster, name)),
                (false, false) => all.push(Break::MemberBack(cluster, name)),
                (false, true) => {}
            }
        }
    }
    all
}

/// What can be done to one object.
fn breaks_of(session: &Session, key: &Key) -> Vec<Break> {
    let world = session.world();
    let cluster = world.cluster();
    let Some(object) = cluster.get(key) else { return Vec::new() };
    let breaks: Vec<Break> = match key.resource {
        Resource::NODES if cluster.kubelet(&key.name).is_some() => vec![
            Break::Stop(Component::Kubelet(key.name.clone())),
            Break::Stop(Component::Machine(key.name.clone())),
            Break::Expire(Credential::Kubelet(key.name.clone())),
        ],
        Resource::PODS => {
            let names = running(object);
            let all = names.into_iter().map(|name| Break::Kill(key.clone(), name));
            all.chain([Break::KillPod(key.clone())]).collect()
        }
        Resource::DEPLOYMENTS | Resource::STATEFUL_SETS | Resource::DAEMON_SETS => vec![Break::Spoil(key.clone())],
        Resource::SERVICES if way_to(cluster, key).is_some() => vec![Break::Spike(key.clone())],
        _ => Vec::new(),
    };
    breaks.into_iter().map(|what| turned(session, what)).collect()
}

/// The containers of a Pod that run.
fn running(pod: &Value) -> Vec<Rc<str>> {
    let statuses = pod.items_at(&["status", "containerStatuses"]).iter();
    statuses
        .filter(|status| status.at(&["state", "running"]).is_some())
        .filter_map(|status| status.at(&["name"])?.as_shared())
        .collect()
}

/// The same, or what mends it where it is broken already.
fn turned(session: &Session, what: Break) -> Break {
    if what.mending().is_none() {
        return what;
    }
    let is_broken = match &what {
        Break::Stop(component) => wish::is_stopped(session, component),
        Break::Expire(credential) => match credential.user() {
            Some(user) => session.world().cluster().is_expired(&user),
            None => is_known(session, &what),
        },
        other => is_known(session, other),
    };
    if is_broken { what.mending().unwrap_or(what) } else { what }
}

fn is_known(session: &Session, what: &Break) -> bool {
    session.world().broken().iter().any(|broken| broken.what == *what)
}

/// What mends something; nothing where EKS does.
fn mend_of(session: &Session, broken: &Broken) -> Option<Break> {
    let is_eks = |cluster: &str| {
        session.world().sites().any(|(_, site)| *site.name == *cluster && matches!(site.origin, Origin::Eks(_)))
    };
    match &broken.what {
        Break::Member(cluster, _) if is_eks(cluster) => None,
        what => what.mending(),
    }
}

fn view(what: &Break) -> BreakView {
    let action = action(what, full(what));
    BreakView {
        kind: action.kind,
        label: action.label,
        command: what.command().unwrap_or_default().into(),
        msg: action.msg,
    }
}

fn action(what: &Break, label: Say) -> ActionView {
    let kind = if what.is_mending() { ActionKind::Mend } else { ActionKind::Break };
    ActionView { kind, label, msg: Msg::Break(what.clone()) }
}

fn broken_view(session: &Session, broken: &Broken) -> BrokenView {
    let what = session.world().journal().get(broken.entry).map(what_of).unwrap_or_default();
    BrokenView {
        name: broken.what.name().into(),
        at: broken.at,
        said: said(broken.at, what),
        mend: mend_of(session, broken).map(|mending| action(&mending, full(&mending))),
    }
}

/// When something was broken, and what: `You broke this on purpose at 2:04: kubelet/node-a`.
fn said(at: SimTime, what: String) -> Say {
    Say::new("why-broken").with("time", clock_text(at)).with("what", what)
}

/// What an entry of the history broke, by its name.
fn what_of(entry: &Entry) -> String {
    let arg = |reason: &Reason, name: &str| {
        reason.args.iter().find(|(known, _)| *known == name).and_then(|(_, arg)| match arg {
            Arg::Text(text) => Some(text.to_string()),
            Arg::Number(_) => None,
        })
    };
    let subject = &entry.subject;
    let why = entry.why.as_ref();
    match why.map_or("", |why| why.code) {
        "component-stopped" => why.and_then(|why| arg(why, "component")).unwrap_or_default(),
        "credential-expired" => {
            format!("credential/{}", why.and_then(|why| arg(why, "credential")).unwrap_or_default())
        }
        _ => format!("{}/{}", subject.kind, subject.name),
    }
}

/// Whether an entry of the history is somebody's breaking (and not mending) of something.
fn is_breaking(entry: &Entry) -> bool {
    entry.verb == Verb::Break && &*entry.actor == "you" && !is_mended(entry)
}

/// Whether an entry of the history mended something.
#[must_use]
pub fn is_mended(entry: &Entry) -> bool {
    let code = entry.why.as_ref().map_or("", |why| why.code);
    let mending = [
        "component-started",
        "zone-back",
        "zone-returns",
        "member-back",
        "image-mended",
        "traffic-calmed",
        "credential-renewed",
    ];
    mending.contains(&code)
}

/// What was broken on purpose and has to do with an object: what began its chain of causes, and what
/// is broken now and keeps it from being as it should.
#[must_use]
pub fn behind(session: &Session, key: &Key) -> Vec<BrokenView> {
    let world = session.world();
    let chain = world.cluster().last_entry(key).map(|last| world.journal().chain(last)).unwrap_or_default();
    let now = world.broken();
    let mut views: Vec<BrokenView> = Vec::new();
    for entry in chain.into_iter().filter(|entry| is_breaking(entry)) {
        let still = now.iter().find(|broken| broken.entry == entry.id);
        views.push(match still {
            Some(broken) => broken_view(session, broken),
            None => {
                let what = what_of(entry);
                BrokenView { name: what.as_str().into(), at: entry.at, said: said(entry.at, what), mend: None }
            }
        });
    }
    for broken in now.iter().filter(|broken| concerns(session, &broken.what, key)) {
        let view = broken_view(session, broken);
        if !views.iter().any(|known| known.name == view.name && known.at == view.at) {
            views.push(view);
        }
    }
    views
}

/// Whether something that is broken now keeps an object from being as it should.
fn concerns(session: &Session, what: &Break, key: &Key) -> bool {
    let cluster = session.world().cluster();
    let Some(object) = cluster.get(key) else { return false };
    let node = match key.resource {
        Resource::NODES => &*key.name,
        Resource::PODS => object.str_at(&["spec", "nodeName"]),
        _ => "",
    };
    let zone = cluster.kubelet(node).map(|kubelet| kubelet.machine().zone.clone()).unwrap_or_default();
    let is_owner = matches!(
        key.resource,
        Resource::DEPLOYMENTS
            | Resource::REPLICA_SETS
            | Resource::STATEFUL_SETS
            | Resource::DAEMON_SETS
            | Resource::JOBS
            | Resource::CRON_JOBS
    );
    match what {
        Break::Stop(Component::Kubelet(name) | Component::Machine(name)) | Break::Expire(Credential::Kubelet(name)) => {
            !node.is_empty() && **name == *node
        }
        Break::ZoneOut(name) => !zone.is_empty() && *name == zone,
        Break::Stop(Component::Scheduler | Component::Member(Part::Scheduler, _)) => {
            key.resource == Resource::PODS && node.is_empty()
        }
        Break::Stop(Component::ControllerManager | Component::Member(Part::ControllerManager, _)) => is_owner,
        // Without an API server or a quorum nobody can write anything down.
        Break::Stop(Component::Member(Part::ApiServer | Part::Etcd, _)) | Break::Member(..) => {
            !cluster.answers(session.world().now())
        }
        Break::Spoil(workload) => workload == key,
        Break::Spike(service) => service == key,
        _ => false,
    }
}

/// In few words, where the object is known.
fn short(what: &Break) -> Say {
    match what {
        Break::Kill(_, container) => Say::new("break-container").with("container", container.clone()),
        Break::KillPod(_) => Say::new("break-pod"),
        Break::Spoil(_) => Say::new("break-image"),
        Break::Unspoil(_) => Say::new("mend-image"),
        Break::Spike(_) => Say::new("break-spike"),
        Break::Calm(_) => Say::new("mend-spike"),
        Break::Expire(Credential::Kubelet(_)) => Say::new("break-certificate"),
        Break::Renew(Credential::Kubelet(_)) => Say::new("mend-certificate"),
        Break::Stop(Component::Kubelet(_)) => Say::new("break-stop-kubelet"),
        Break::Start(Component::Kubelet(_)) => Say::new("mend-kubelet"),
        Break::Stop(Component::Machine(_)) => Say::new("break-stop-node"),
        Break::Start(Component::Machine(_)) => Say::new("mend-node"),
        other => full(other),
    }
}

/// With the name of what it is done to.
#[must_use]
pub fn full(what: &Break) -> Say {
    let on = |key: &str, name: &str| Say::new(key).with("name", name);
    match what {
        Break::Stop(Component::Kubelet(node)) => on("break-the-kubelet", node),
        Break::Start(Component::Kubelet(node)) => on("mend-the-kubelet", node),
        Break::Stop(Component::Machine(node)) => on("break-the-node", node),
        Break::Start(Component::Machine(node)) => on("mend-the-node", node),
        Break::Stop(component) => Say::new("break-stop-component").with("component", component.name()),
        Break::Start(component) => Say::new("mend-component").with("component", component.name()),
        Break::Send(plan) => on("break-the-client", &plan.name),
        Break::Cease(name) => on("mend-the-client", name),
        Break::ZoneOut(zone) => on("break-the-zone", zone),
        Break::ZoneBack(zone) => on("mend-the-zone", zone),
        Break::Member(cluster, member) => on("break-the-member", member).with("cluster", cluster.clone()),
        Break::MemberBack(cluster, member) => on("mend-the-member", member).with("cluster", cluster.clone()),
        Break::Flaw => Say::new("break-the-flaw"),
        Break::Patch(cluster) => on("mend-the-flaw", cluster),
        Break::Kill(pod, container) => on("break-the-container", &pod.name).with("container", container.clone()),
        Break::KillPod(pod) => on("break-the-pod", &pod.name),
        Break::Spoil(key) => on("break-the-image", &key.name).with("kind", key.resource.kind()),
        Break::Unspoil(key) => on("mend-the-image", &key.name).with("kind", key.resource.kind()),
        Break::Spike(key) => on("break-the-traffic", &key.name),
        Break::Calm(key) => on("mend-the-traffic", &key.name),
        Break::Expire(Credential::Kubelet(node)) => on("break-the-certificate", node),
        Break::Renew(Credential::Kubelet(node)) => on("mend-the-certificate", node),
        Break::Expire(Credential::Admin) => Say::new("break-the-kubeconfig"),
        Break::Renew(Credential::Admin) => Say::new("mend-the-kubeconfig"),
        Break::Expire(Credential::AccessKey(id)) => on("break-the-access-key", id),
        Break::Renew(Credential::AccessKey(id)) => on("mend-the-access-key", id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Classroom;
    use crate::words::Lang;

    #[test]
    fn where_a_teacher_forbids_it_nothing_offers_to_break() {
        let mut session = Session::open(Lang::En, "12-control-plane");
        let node = Key::new(Resource::NODES, "", "node-a");
        assert!(by_name(&session, "zone/ap-northeast-2a").is_some() && !all(&session).is_empty());
        session.update(Msg::Break(Break::Stop(Component::Scheduler)));
        session.teach(Classroom::read("", "", "off"));
        assert!(by_name(&session, "zone/ap-northeast-2a").is_none());
        assert!(beside(&session).iter().all(|(_, _, switch)| switch.is_none()));
        assert!(of(&session, &node).is_empty());
        let left: Vec<Rc<str>> = all(&session).into_iter().map(|view| view.command).collect();
        assert_eq!(left, ["drydock mend kube-scheduler".into()], "what is broken can be mended");
    }
}
