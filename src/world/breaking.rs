//! What can be broken on purpose, and mended: its names, what is broken now, and the doing of it.
//!
//! Nothing here pretends. A container is killed with SIGKILL, a tag is one that no registry has, a
//! credential is refused at the door; what follows is what the loops make of it. Every break is an
//! entry of the history, and what follows has it as its first cause.

use crate::kube::api::{User, Verb as Ask};
use crate::kube::{Component, Turn};
use crate::sim::{Entry, EntryId, Reason, SimTime, Subject, Verb};
use crate::world::{Answer, ApiError, Key, Plan, Reply, Request, World, api, site};
use api::Resource;
use std::rc::Rc;

mod tag;

use tag::{first_image, has_template, is_spoiled, set_image, spoiled};

/// How many requests a second a spike sends: more than a handful of servers without limits can answer.
pub const SPIKE_PER_SECOND: u64 = 200_000;

/// What can be broken on purpose, and mended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Break {
    /// A component stops.
    Stop(Component),
    /// A component starts again.
    Start(Component),
    /// A client begins to send requests, or sends otherwise than before.
    Send(Plan),
    /// A client sends no more.
    Cease(Rc<str>),
    /// A whole zone goes out, with everything that stands there.
    ZoneOut(Rc<str>),
    /// The zone works again. What was replaced meanwhile stays where it is.
    ZoneBack(Rc<str>),
    /// One member of a control plane fails: the cluster's name, the member's.
    Member(Rc<str>, Rc<str>),
    /// The same member is started again, where somebody made it by hand.
    MemberBack(Rc<str>, Rc<str>),
    /// A flaw of kube-apiserver becomes known, and its patch with it.
    Flaw,
    /// Somebody patches the control plane of a cluster that is theirs.
    Patch(Rc<str>),
    /// SIGKILL to a Pod's container; an empty name means all of them.
    Kill(Key, Rc<str>),
    /// A Pod is taken away without a grace period.
    KillPod(Key),
    /// The first image of a workload's template gets a tag that no registry has.
    Spoil(Key),
    /// The image is the one it was.
    Unspoil(Key),
    /// A Service gets very many requests more.
    Spike(Key),
    /// The spike is over.
    Calm(Key),
    /// A credential runs out.
    Expire(Credential),
    /// A new credential takes its place.
    Renew(Credential),
}

/// What somebody proves with who they are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Credential {
    /// The client certificate of a node's kubelet.
    Kubelet(Rc<str>),
    /// The client certificate in the learner's kubeconfig.
    Admin,
    /// An access key of the cloud.
    AccessKey(Rc<str>),
}

impl Credential {
    fn name(&self) -> String {
        match self {
            Self::Kubelet(node) => format!("kubelet/{node}"),
            Self::Admin => "admin".to_owned(),
            Self::AccessKey(id) => id.to_string(),
        }
    }

    /// The user of a cluster that it stands for; none where the cloud knows it.
    #[must_use]
    pub fn user(&self) -> Option<String> {
        match self {
            Self::Kubelet(node) => Some(format!("system:node:{node}")),
            Self::Admin => Some(User::admin().name.to_string()),
            Self::AccessKey(_) => None,
        }
    }
}

/// Something that is broken now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// What broke it.
    pub what: Break,
    /// Since when.
    pub at: SimTime,
    /// The history's entry about it.
    pub entry: EntryId,
    /// What stood there before, where something was replaced: the container and its image.
    before: Option<(Rc<str>, Rc<str>)>,
}

/// `name`, `namespace/name`: what people write of an object in the namespace `default`, and elsewhere.
fn place(key: &Key) -> String {
    if key.namespace.is_empty() || &*key.namespace == "default" {
        key.name.to_string()
    } else {
        format!("{}/{}", key.namespace, key.name)
    }
}

impl Break {
    /// The name of what it breaks or mends, as commands write it: `kubelet/node-a`, `zone/nimbus-kr-1`,
    /// `container/web-1/app`, `image/deployment/web`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Stop(Component::Machine(node)) | Self::Start(Component::Machine(node)) => format!("node/{node}"),
            Self::Stop(component) | Self::Start(component) => component.name(),
            Self::Send(Plan { name, .. }) | Self::Cease(name) => format!("client/{name}"),
            Self::ZoneOut(zone) | Self::ZoneBack(zone) => format!("zone/{zone}"),
            Self::Member(cluster, member) | Self::MemberBack(cluster, member) => format!("member/{cluster}/{member}"),
            Self::Flaw => "flaw".to_owned(),
            Self::Patch(cluster) => format!("patch/{cluster}"),
            Self::Kill(pod, container) if container.is_empty() && &*pod.namespace == "default" => {
                format!("container/{}", pod.name)
            }
            Self::Kill(pod, container) if container.is_empty() => format!("container/{}/*", place(pod)),
            // The namespace is needed to tell `NAMESPACE/POD/CONTAINER` from `POD/CONTAINER`.
            Self::Kill(pod, container) => format!("container/{}/{container}", place(pod)),
            Self::KillPod(pod) => format!("pod/{}", place(pod)),
            Self::Spoil(key) | Self::Unspoil(key) => {
                let kind = key.resource.info().singular;
                match &*key.namespace {
                    "default" => format!("image/{kind}/{}", key.name),
                    namespace => format!("image/{namespace}/{kind}/{}", key.name),
                }
            }
            Self::Spike(service) | Self::Calm(service) => format!("traffic/{}", place(service)),
            Self::Expire(credential) | Self::Renew(credential) => format!("credential/{}", credential.name()),
        }
    }

    /// The object of the cluster that it is about, where it is about one.
    #[must_use]
    pub fn about(&self) -> Option<Key> {
        match self {
            Self::Stop(Component::Kubelet(node) | Component::Machine(node))
            | Self::Start(Component::Kubelet(node) | Component::Machine(node))
            | Self::Expire(Credential::Kubelet(node))
            | Self::Renew(Credential::Kubelet(node)) => Some(Key::new(Resource::NODES, "", node.clone())),
            Self::Kill(key, _)
            | Self::KillPod(key)
            | Self::Spoil(key)
            | Self::Unspoil(key)
            | Self::Spike(key)
            | Self::Calm(key) => Some(key.clone()),
            _ => None,
        }
    }

    /// Whether it mends.
    #[must_use]
    pub const fn is_mending(&self) -> bool {
        matches!(
            self,
            Self::Start(_)
                | Self::Cease(_)
                | Self::ZoneBack(_)
                | Self::MemberBack(..)
                | Self::Unspoil(_)
                | Self::Calm(_)
                | Self::Renew(_)
                | Self::Patch(_)
        )
    }

    /// Whether it is about a client that sends requests, as people do: nothing breaks by that.
    #[must_use]
    pub const fn is_client(&self) -> bool {
        matches!(self, Self::Send(_) | Self::Cease(_))
    }

    /// Whether it does harm: it neither mends anything nor only sends requests.
    #[must_use]
    pub const fn is_harm(&self) -> bool {
        !self.is_mending() && !self.is_client()
    }

    /// What mends it; nothing where the loops alone do, or where it mends itself.
    #[must_use]
    pub fn mending(&self) -> Option<Self> {
        Some(match self {
            Self::Stop(component) => Self::Start(component.clone()),
            Self::Send(plan) => Self::Cease(plan.name.clone()),
            Self::ZoneOut(zone) => Self::ZoneBack(zone.clone()),
            Self::Member(cluster, member) => Self::MemberBack(cluster.clone(), member.clone()),
            Self::Spoil(key) => Self::Unspoil(key.clone()),
            Self::Spike(key) => Self::Calm(key.clone()),
            Self::Expire(credential) => Self::Renew(credential.clone()),
            _ => return None,
        })
    }

    /// The command that does the same; none for a client whose plan is longer than a name.
    #[must_use]
    pub fn command(&self) -> Option<String> {
        let verb = if self.is_mending() { "mend" } else { "break" };
        if let Self::Patch(_) = self {
            return None;
        }
        (!matches!(self, Self::Send(_))).then(|| format!("drydock {verb} {}", self.name()))
    }

    /// What breaks the thing of this name; `None` for a name that says nothing.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let parts: Vec<&str> = name.split('/').collect();
        if parts.iter().any(|part| part.is_empty()) {
            return None;
        }
        let in_default = |resource, name: &str| Key::new(resource, "default", name);
        Some(match parts.as_slice() {
            ["zone", zone] => Self::ZoneOut((*zone).into()),
            ["node" | "machine", node] => Self::Stop(Component::Machine((*node).into())),
            ["member", cluster, member] => Self::Member((*cluster).into(), (*member).into()),
            ["container", pod] => Self::Kill(in_default(Resource::PODS, pod), "".into()),
            ["container", pod, container] => Self::Kill(in_default(Resource::PODS, pod), (*container).into()),
            ["container", namespace, pod, container] => {
                let all = if *container == "*" { "" } else { container };
                Self::Kill(Key::new(Resource::PODS, *namespace, *pod), all.into())
            }
            ["pod", pod] => Self::KillPod(in_default(Resource::PODS, pod)),
            ["pod", namespace, pod] => Self::KillPod(Key::new(Resource::PODS, *namespace, *pod)),
            ["image", kind, name] => Self::Spoil(in_default(Resource::named(kind)?, name)),
            ["image", namespace, kind, name] => Self::Spoil(Key::new(Resource::named(kind)?, *namespace, *name)),
            ["traffic", service] => Self::Spike(in_default(Resource::SERVICES, service)),
            ["traffic", namespace, service] => Self::Spike(Key::new(Resource::SERVICES, *namespace, *service)),
            ["credential", "kubelet", node] => Self::Expire(Credential::Kubelet((*node).into())),
            ["flaw"] => Self::Flaw,
            ["credential", "admin"] => Self::Expire(Credential::Admin),
            ["credential", id] => Self::Expire(Credential::AccessKey((*id).into())),
            _ => Self::Stop(Component::named(name)?),
        })
    }
}

impl World {
    /// What is broken now, of the cluster that is looked at and of the cloud, oldest first.
    #[must_use]
    pub fn broken(&self) -> Vec<Broken> {
        let of = |(server, _): &(Rc<str>, Rc<str>)| server.is_empty() || *server == self.focus;
        let all = self.broken.iter().filter(|(key, _)| of(key)).map(|(_, broken)| broken);
        let mut all: Vec<Broken> = all.filter(|broken| self.is_still(broken)).cloned().collect();
        all.sort_by_key(|broken| broken.entry);
        all
    }

    /// Whether what was broken has not been mended by somebody else meanwhile.
    fn is_still(&self, broken: &Broken) -> bool {
        match &broken.what {
            Break::Spoil(key) => first_image(self.get(key)).is_some_and(|(_, image)| is_spoiled(&image)),
            Break::Spike(key) => self.cluster().clients().any(|client| client.plan.name == spike_name(key)),
            Break::Member(cluster, member) => self
                .sites
                .values()
                .filter(|site| site.name == *cluster)
                .any(|site| self.members(site).iter().any(|it| it.name == *member && !it.runs)),
            _ => true,
        }
    }

    /// Breaks or mends something.
    pub(super) fn set_broken(&mut self, what: &Break) -> Answer {
        let journal = self.journal.clone();
        let before = match what {
            Break::Spoil(key) => first_image(self.get(key)),
            _ => None,
        };
        match self.do_break(what) {
            Ok(entry) => {
                self.keep(what, entry, before);
                Ok(Reply::Done)
            }
            Err(refusal) => {
                // What was refused has not happened.
                self.journal = journal;
                Err(refusal)
            }
        }
    }

    /// Keeps in mind what is broken, or forgets it.
    fn keep(&mut self, what: &Break, entry: Option<EntryId>, before: Option<(Rc<str>, Rc<str>)>) {
        let key = (self.scope(what), Rc::<str>::from(what.name()));
        if what.is_mending() {
            self.broken.remove_mut(&key);
        } else if let Some(entry) = entry.filter(|_| what.is_harm() && what.mending().is_some()) {
            self.broken.insert_mut(key, Broken { what: what.clone(), at: self.now, entry, before });
        }
    }

    /// The cluster in which a name means something; empty for what is no cluster's.
    fn scope(&self, what: &Break) -> Rc<str> {
        match what {
            Break::ZoneOut(_)
            | Break::ZoneBack(_)
            | Break::Member(..)
            | Break::MemberBack(..)
            | Break::Expire(Credential::AccessKey(_))
            | Break::Renew(Credential::AccessKey(_)) => "".into(),
            _ => self.focus.clone(),
        }
    }

    /// Whether something of the cluster that is looked at was broken by its own name.
    pub(super) fn is_broken(&self, server: &Rc<str>, name: &str) -> bool {
        self.broken.contains_key(&(server.clone(), Rc::from(name)))
    }

    /// Does it. Returns the history's entry, where one is written.
    fn do_break(&mut self, what: &Break) -> Result<Option<EntryId>, ApiError> {
        match what {
            Break::Stop(component) => self.set_running(component, false).map(Some),
            Break::Start(component) => self.set_running(component, true).map(Some),
            Break::Send(plan) => {
                let now = self.now;
                let Some(site) = self.site_mut() else { return Ok(None) };
                let is_known = site.cluster.clients().any(|client| client.plan.name == plan.name);
                site.cluster.send(now, plan.clone());
                let verb = if is_known { Verb::Update } else { Verb::Create };
                Ok(Some(self.did(verb, named("Client", &plan.name), Reason::new("client-sends"), plan.per_second)))
            }
            Break::Cease(name) => {
                let site =
                    self.site_mut().filter(|site| site.cluster.clients().any(|client| client.plan.name == *name));
                let Some(site) = site else { return Ok(None) };
                site.cluster.cease(name);
                Ok(Some(self.did(Verb::Remove, named("Client", name), Reason::new("client-ceased"), 0)))
            }
            Break::ZoneOut(zone) => self.set_zone(zone, false).map(Some),
            Break::ZoneBack(zone) => self.set_zone(zone, true).map(Some),
            Break::Member(cluster, member) => self.set_member(cluster, member, false).map(Some),
            Break::MemberBack(cluster, member) => self.set_member(cluster, member, true).map(Some),
            Break::Flaw => {
                self.publish_flaw();
                Ok(None)
            }
            Break::Patch(cluster) => self.patch_plane(cluster).map(|_| None),
            Break::Kill(pod, container) => self.kill(pod, container).map(Some),
            Break::KillPod(pod) => self.kill_pod(pod).map(Some),
            Break::Spoil(key) => self.spoil(key).map(Some),
            Break::Unspoil(key) => self.unspoil(key),
            Break::Spike(service) => self.spike(service).map(Some),
            Break::Calm(service) => {
                let entry = self.broke(about(service), Reason::new("traffic-calmed"), 0);
                if let Some(site) = self.site_mut() {
                    site.cluster.cease(&spike_name(service));
                }
                Ok(Some(entry))
            }
            Break::Expire(credential) => self.set_expired(credential, true).map(Some),
            Break::Renew(credential) => self.set_expired(credential, false).map(Some),
        }
    }

    /// Writes down that somebody broke something.
    pub(super) fn broke(&mut self, subject: Subject, why: Reason, content: u64) -> EntryId {
        self.did(Verb::Break, subject, why, content)
    }

    /// Writes down what somebody did.
    fn did(&mut self, verb: Verb, subject: Subject, why: Reason, content: u64) -> EntryId {
        let entry = Entry {
            id: EntryId(0),
            at: self.now,
            actor: "you".into(),
            verb,
            subject,
            cause: None,
            why: Some(why),
            revision: None,
        };
        self.journal.record(entry, content)
    }

    fn set_running(&mut self, component: &Component, runs: bool) -> Result<EntryId, ApiError> {
        if !self.has(component) {
            return Err(missing(format!("there is no {} here", component.name())));
        }
        let subject = match component {
            Component::Kubelet(node) | Component::Machine(node) => named("Node", node),
            other => named("Component", &other.name()),
        };
        let name = Break::Stop(component.clone()).name();
        let code = if runs { "component-started" } else { "component-stopped" };
        let cause = self.broke(subject, Reason::new(code).with("component", name), u64::from(runs));
        self.with_cluster(cause, |turn, cluster| cluster.set_running(turn, component, runs));
        Ok(cause)
    }

    /// Whether the cluster that is looked at has such a part.
    fn has(&self, component: &Component) -> bool {
        match component {
            Component::Kubelet(node) | Component::Machine(node) => self.cluster().kubelet(node).is_some(),
            Component::Member(_, number) => *number < self.cluster().members(),
            Component::Scheduler | Component::ControllerManager => true,
        }
    }

    /// Lets something happen in the cluster that is looked at, because of an entry.
    fn with_cluster<T>(
        &mut self,
        cause: EntryId,
        act: impl FnOnce(&mut Turn<'_>, &mut crate::kube::Cluster) -> T,
    ) -> Option<T> {
        let site = self.sites.get_mut(&self.focus)?;
        let cause = Some(cause);
        let mut turn = Turn { now: self.now, journal: &mut self.journal, actor: "you".into(), cause, why: None };
        Some(act(&mut turn, &mut site.cluster))
    }

    /// Asks the cluster that is looked at, because of an entry.
    fn ask_because(&mut self, cause: EntryId, request: &Request) -> Answer {
        if let Some(refusal) = self.outage_at(&self.focus) {
            return Err(refusal);
        }
        let answer = self.with_cluster(cause, |turn, cluster| {
            turn.why = Some(Reason::new("asked"));
            cluster.handle(turn, request)
        });
        answer.unwrap_or_else(|| Err(site::refused(&self.focus)))
    }

    fn kill(&mut self, pod: &Key, container: &Rc<str>) -> Result<EntryId, ApiError> {
        let why = match &**container {
            "" => Reason::new("containers-killed"),
            _ => Reason::new("container-killed").with("container", container.clone()),
        };
        let entry = self.broke(about(pod), why, 0);
        let killed = self.with_cluster(entry, |turn, cluster| cluster.kill_container(turn, pod, container));
        if killed == Some(true) {
            return Ok(entry);
        }
        let what = if container.is_empty() { String::new() } else { format!("{container} of ") };
        Err(missing(format!("no container {what}Pod {} runs, so none can be killed", pod.name)))
    }

    fn kill_pod(&mut self, pod: &Key) -> Result<EntryId, ApiError> {
        let entry = self.broke(about(pod), Reason::new("pod-killed"), 0);
        let mut request = Request::new(User::admin(), Ask::Delete, pod);
        request.options.grace_period_seconds = Some(0);
        self.ask_because(entry, &request).map(|_| entry)
    }

    fn spoil(&mut self, key: &Key) -> Result<EntryId, ApiError> {
        let found = first_image(self.get(key));
        let Some((container, image)) = found.filter(|_| has_template(key.resource)) else {
            return Err(missing(format!("{key} has no image to spoil")));
        };
        if is_spoiled(&image) {
            return Err(missing(format!("the image of {key} is spoiled already")));
        }
        let to = spoiled(&image);
        let reason = Reason::new("image-spoiled").with("from", image).with("to", to.as_str());
        let entry = self.broke(about(key), reason, 0);
        self.ask_because(entry, &set_image(key, &container, &to)).map(|_| entry)
    }

    fn unspoil(&mut self, key: &Key) -> Result<Option<EntryId>, ApiError> {
        let name = (self.focus.clone(), Rc::<str>::from(Break::Unspoil(key.clone()).name()));
        let before = self.broken.get(&name).and_then(|broken| broken.before.clone());
        let Some((container, image)) = before else {
            return Err(missing(format!("the image of {key} was not spoiled")));
        };
        if !first_image(self.get(key)).is_some_and(|(_, now)| is_spoiled(&now)) {
            return Ok(None);
        }
        let entry = self.broke(about(key), Reason::new("image-mended").with("image", image.clone()), 0);
        self.ask_because(entry, &set_image(key, &container, &image)).map(|_| Some(entry))
    }

    fn spike(&mut self, service: &Key) -> Result<EntryId, ApiError> {
        let Some((from, host, port)) = way_to(self.cluster(), service) else {
            return Err(missing(format!("there is no way to send requests to the Service {}", service.name)));
        };
        let name = spike_name(service);
        let plan = Plan { name, from, host, port, path: "/".into(), per_second: SPIKE_PER_SECOND };
        let count = i64::try_from(SPIKE_PER_SECOND).unwrap_or(i64::MAX);
        let entry = self.broke(about(service), Reason::new("traffic-spiked").with("count", count), 0);
        let now = self.now;
        self.with_cluster(entry, |_, cluster| cluster.send(now, plan));
        Ok(entry)
    }

    fn set_expired(&mut self, credential: &Credential, is_expired: bool) -> Result<EntryId, ApiError> {
        if let Credential::Kubelet(node) = credential
            && self.cluster().kubelet(node).is_none()
        {
            return Err(missing(format!("there is no kubelet on a node {node}")));
        }
        let code = if is_expired { "credential-expired" } else { "credential-renewed" };
        let subject = match credential {
            Credential::Kubelet(node) => named("Node", node),
            other => named("Credential", &other.name()),
        };
        let reason = Reason::new(code).with("credential", credential.name());
        let entry = self.broke(subject, reason, u64::from(is_expired));
        match (credential, credential.user()) {
            (_, Some(user)) => {
                self.with_cluster(entry, |turn, cluster| cluster.set_expired(turn, &user, is_expired));
            }
            (Credential::AccessKey(id), None) => self.cloud.set_expired(id, is_expired),
            _ => {}
        }
        Ok(entry)
    }
}

/// Where to send requests so that they reach a Service: from where, to which host and port.
#[must_use]
pub fn way_to(cluster: &crate::kube::Cluster, key: &Key) -> Option<(Rc<str>, Rc<str>, i64)> {
    let service = cluster.get(key).filter(|_| key.resource == Resource::SERVICES)?;
    let port = service.items_at(&["spec", "ports"]).first()?;
    let (node, kubelet) = cluster.kubelets().next()?;
    let balancer = service.items_at(&["status", "loadBalancer", "ingress"]).first().map(|it| it.str_at(&["ip"]));
    let cluster_ip = service.str_at(&["spec", "clusterIP"]);
    Some(match (balancer, port.int_at(&["nodePort"])) {
        (Some(address), _) if !address.is_empty() => ("".into(), address.into(), port.int_at(&["port"])?),
        (_, Some(number)) if number > 0 => ("".into(), kubelet.machine().address.clone(), number),
        _ if cluster_ip.is_empty() || cluster_ip == "None" => return None,
        _ => (format!("node/{node}").into(), cluster_ip.into(), port.int_at(&["port"])?),
    })
}

fn spike_name(service: &Key) -> Rc<str> {
    format!("spike/{}", place(service)).into()
}

fn about(key: &Key) -> Subject {
    Subject { kind: key.resource.kind().into(), namespace: key.namespace.clone(), name: key.name.clone() }
}

pub(super) fn named(kind: &str, name: &str) -> Subject {
    Subject { kind: kind.into(), namespace: "".into(), name: name.into() }
}

pub(super) fn missing(what: String) -> ApiError {
    ApiError::new(api::Reason::NotFound, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_break_is_found_again_by_its_name() {
        let pod = |namespace: &str| Key::new(Resource::PODS, namespace, "web-1");
        let service = Key::new(Resource::SERVICES, "default", "web");
        let all = [
            Break::Stop(Component::Scheduler),
            Break::Stop(Component::Kubelet("node-a".into())),
            Break::Stop(Component::Machine("node-a".into())),
            Break::Stop(Component::Member(crate::kube::Part::Etcd, 2)),
            Break::ZoneOut("ap-northeast-2a".into()),
            Break::Member("shop".into(), "etcd-1".into()),
            Break::Kill(pod("default"), "".into()),
            Break::Kill(pod("default"), "app".into()),
            Break::Kill(pod("shop"), "app".into()),
            Break::Kill(pod("shop"), "".into()),
            Break::Flaw,
            Break::KillPod(pod("default")),
            Break::KillPod(pod("shop")),
            Break::Spoil(Key::new(Resource::DEPLOYMENTS, "default", "web")),
            Break::Spoil(Key::new(Resource::STATEFUL_SETS, "shop", "db")),
            Break::Spike(service.clone()),
            Break::Expire(Credential::Kubelet("node-a".into())),
            Break::Expire(Credential::Admin),
            Break::Expire(Credential::AccessKey("AKIA1".into())),
        ];
        for one in all {
            assert_eq!(Break::named(&one.name()), Some(one.clone()), "{}", one.name());
            if let Some(mending) = one.mending() {
                assert!(mending.is_mending() && !one.is_mending());
                assert_eq!(mending.name(), one.name());
            }
        }
        assert_eq!(Break::named("sofa/blue"), None);
        assert_eq!(Break::named("zone/"), None);
    }
}
