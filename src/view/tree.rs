//! The Tree lens of a cluster: what owns what (a Deployment its ReplicaSets, those their Pods) and what
//! selects what (a Service by its EndpointSlices). Both meet in the same Pods.
//!
//! Stacks and their resources are in `stack`. What `kube-system` keeps for itself is in the List.

use super::map::{self, Title};
use super::traffic::selects;
use super::wish::{self, PodState, PodView};
use crate::kube::Snapshot;
use crate::kube::api::{Key, Object, Resource, meta};
use crate::kube::controller::endpointslice::slices_of;
use crate::session::Session;
use std::rc::Rc;

/// How many revisions that have no Pods any more are shown.
const KEPT_SHOWN: usize = 2;
/// The kinds that own Pods, directly or not, in the order in which they are shown.
const OWNERS: [Resource; 6] = [
    Resource::DEPLOYMENTS,
    Resource::STATEFUL_SETS,
    Resource::DAEMON_SETS,
    Resource::CRON_JOBS,
    Resource::JOBS,
    Resource::REPLICA_SETS,
];

/// What a Service thinks of a Pod.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Port {
    /// No Service selects it.
    Closed,
    /// A Service selects it, and it takes no requests yet.
    Waiting,
    /// It is a ready endpoint.
    Open,
}

/// A Pod.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leaf {
    /// The Pod.
    pub pod: PodView,
    /// Whether requests come to it.
    pub port: Port,
}

/// An owner with what it owns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Branch {
    /// The object.
    pub key: Key,
    /// How many Pods it wants, where it says so.
    pub want: Option<i64>,
    /// How many it has.
    pub have: i64,
    /// How many are still missing here, so that they are drawn here as wishes.
    pub missing: i64,
    /// Its revision, where it is one of several.
    pub revision: Rc<str>,
    /// Whether it only exists as text.
    pub is_wished: bool,
    /// The Pods that are its own.
    pub pods: Vec<Leaf>,
    /// The owners that it owns.
    pub children: Vec<Branch>,
    /// How many more it keeps that have no Pods.
    pub hidden: usize,
}

/// One slice of a Service's endpoints.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SliceView {
    /// Which.
    pub key: Key,
    /// How many of its endpoints are ready.
    pub ready: usize,
    /// The Pods in it.
    pub pods: Vec<Key>,
}

/// A Service with what it selects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServiceView {
    /// Which.
    pub key: Key,
    /// The Ingresses that lead to it.
    pub ingresses: Vec<Key>,
    /// Its slices.
    pub slices: Vec<SliceView>,
    /// The Pods that its selector names.
    pub selected: Vec<Key>,
}

/// The whole sheet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TreeView {
    /// What the sheet is.
    pub title: Title,
    /// Ownership.
    pub branches: Vec<Branch>,
    /// Pods that nobody owns.
    pub loose: Vec<Leaf>,
    /// Selection.
    pub services: Vec<ServiceView>,
}

impl TreeView {
    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.branches.is_empty() && self.loose.is_empty() && self.services.is_empty()
    }
}

fn is_shown(namespace: &str) -> bool {
    namespace != "kube-system"
}

/// What owns by itself, and objects of custom kinds.
fn owners(seen: &Snapshot<'_>) -> Vec<(Key, Rc<Object>)> {
    let kinds = OWNERS.into_iter().chain(seen.etcd.custom().iter().map(|definition| definition.resource));
    let all = kinds.flat_map(|kind| seen.list(kind, "").map(move |object| (kind, object)));
    all.map(|(kind, it)| (Key::new(kind, meta::namespace(it), meta::name(it)), it.clone())).collect()
}

/// Whether the cluster has anything that owns or selects.
#[must_use]
pub fn has_any(session: &Session) -> bool {
    let world = session.world();
    let seen = world.cluster().snapshot(world.now());
    let mut pods = seen.list(Resource::PODS, "");
    pods.any(|pod| is_shown(meta::namespace(pod))) || owners(&seen).iter().any(|(key, _)| is_shown(&key.namespace))
}

/// The tree of a session's world at the playhead.
#[must_use]
pub fn view(session: &Session) -> TreeView {
    let world = session.world();
    let seen = world.cluster().snapshot(world.now());
    let pods: Vec<PodView> = wish::pods(session).into_iter().filter(|pod| is_shown(&pod.key.namespace)).collect();
    let services: Vec<ServiceView> = seen
        .list(Resource::SERVICES, "")
        .filter(|service| is_shown(meta::namespace(service)) && meta::name(service) != "kubernetes")
        .filter_map(|service| service_view(&seen, service, &pods))
        .collect();
    let scene = Scene { seen: &seen, pods: &pods, services: &services };
    let mut branches: Vec<Branch> = owners(&seen)
        .into_iter()
        .filter(|(key, object)| is_shown(&key.namespace) && meta::controller_of(object).is_none())
        .map(|(key, object)| scene.branch(key, &object))
        .collect();
    for row in wish::rows(session) {
        match branches.iter_mut().find(|branch| branch.key == row.key) {
            Some(branch) => want_more(branch, row.want),
            None if row.key.resource != Resource::PODS && is_shown(&row.key.namespace) => branches.push(Branch {
                key: row.key,
                want: Some(row.want),
                have: 0,
                missing: row.want,
                revision: "".into(),
                is_wished: true,
                pods: Vec::new(),
                children: Vec::new(),
                hidden: 0,
            }),
            None => {}
        }
    }
    let loose = pods.iter().filter(|pod| pod.owner.is_empty()).map(|pod| scene.leaf(pod)).collect();
    TreeView { title: map::title(session), branches, loose, services }
}

/// The text in the editor may want another number than the object does; what is missing for it
/// is drawn where new Pods will come.
fn want_more(branch: &mut Branch, want: i64) {
    branch.want = Some(want);
    let below: i64 = branch.children.iter().filter_map(|child| child.want).sum();
    match branch.children.first_mut() {
        Some(newest) => newest.missing += (want - below).max(0),
        None => branch.missing = (want - branch.have).max(0),
    }
}

struct Scene<'a> {
    seen: &'a Snapshot<'a>,
    pods: &'a [PodView],
    services: &'a [ServiceView],
}

impl Scene<'_> {
    fn branch(&self, key: Key, object: &Object) -> Branch {
        let uid = meta::uid(object);
        let below = |kind| self.seen.controlled_by(kind, meta::namespace(object), uid);
        let mut children: Vec<Branch> = match key.resource {
            Resource::DEPLOYMENTS => below(Resource::REPLICA_SETS),
            Resource::CRON_JOBS => below(Resource::JOBS),
            _ => Vec::new(),
        }
        .into_iter()
        .filter_map(|child| Some(self.branch(meta::key(child)?, child)))
        .collect();
        let number = |branch: &Branch| branch.revision.parse::<i64>().unwrap_or_default();
        children.sort_by_key(|child| std::cmp::Reverse(number(child)));
        let mut kept = 0;
        let all = children.len();
        children.retain(|child| {
            let is_kept = child.want == Some(0) && child.pods.is_empty();
            kept += usize::from(is_kept);
            !is_kept || kept <= KEPT_SHOWN
        });
        let mut pods: Vec<Leaf> = self.pods.iter().filter(|pod| *pod.owner == *uid).map(|pod| self.leaf(pod)).collect();
        pods.sort_by_key(|leaf| leaf.pod.state == PodState::Leaving);
        let lives = |leaf: &&Leaf| !matches!(leaf.pod.state, PodState::Leaving | PodState::Done);
        let own = i64::try_from(pods.iter().filter(lives).count()).unwrap_or(i64::MAX);
        let have = own + children.iter().map(|child| child.have).sum::<i64>();
        let want = want(&key, object);
        Branch {
            missing: if children.is_empty() && key.resource != Resource::JOBS {
                want.map_or(0, |want| (want - own).max(0))
            } else {
                0
            },
            want,
            have,
            revision: revision(&key, object),
            is_wished: false,
            hidden: all - children.len(),
            pods,
            children,
            key,
        }
    }

    fn leaf(&self, pod: &PodView) -> Leaf {
        let port = |service: &ServiceView| {
            let is_in = service.slices.iter().any(|slice| slice.pods.contains(&pod.key));
            match (is_in && pod.state == PodState::Ready, is_in || service.selected.contains(&pod.key)) {
                (true, _) => Port::Open,
                (_, true) => Port::Waiting,
                _ => Port::Closed,
            }
        };
        Leaf { pod: pod.clone(), port: self.services.iter().map(port).max().unwrap_or(Port::Closed) }
    }
}

/// How many Pods (of a Job: how many successes) an owner wants.
fn want(key: &Key, object: &Object) -> Option<i64> {
    match key.resource {
        Resource::DAEMON_SETS => object.int_at(&["status", "desiredNumberScheduled"]),
        Resource::JOBS => Some(object.int_at(&["spec", "completions"]).unwrap_or(1)),
        Resource::CRON_JOBS => None,
        custom if custom.is_custom() => None,
        _ => Some(object.int_at(&["spec", "replicas"]).unwrap_or(1)),
    }
}

fn revision(key: &Key, object: &Object) -> Rc<str> {
    if key.resource != Resource::REPLICA_SETS {
        return "".into();
    }
    object.str_at(&["metadata", "annotations", "deployment.kubernetes.io/revision"]).into()
}

fn service_view(seen: &Snapshot<'_>, service: &Object, pods: &[PodView]) -> Option<ServiceView> {
    let namespace = meta::namespace(service);
    let slices = slices_of(service, seen).filter_map(|slice| {
        let endpoints = slice.items_at(&["endpoints"]);
        Some(SliceView {
            key: meta::key(slice)?,
            ready: endpoints.iter().filter(|it| it.is_true_at(&["conditions", "ready"])).count(),
            pods: endpoints
                .iter()
                .map(|it| Key::new(Resource::PODS, namespace, it.str_at(&["targetRef", "name"])))
                .collect(),
        })
    });
    let chosen = |pod: &&PodView| {
        let selector = service.at(&["spec", "selector"]);
        *pod.key.namespace == *namespace
            && selector.is_some_and(|selector| seen.get(&pod.key).is_some_and(|pod| selects(selector, pod)))
    };
    let leads = |ingress: &&Rc<Object>| {
        let rules = ingress.items_at(&["spec", "rules"]).iter().flat_map(|rule| rule.items_at(&["http", "paths"]));
        let backends = rules.filter_map(|path| path.at(&["backend"])).chain(ingress.at(&["spec", "defaultBackend"]));
        let mut names = backends.map(|backend| backend.str_at(&["service", "name"]));
        names.any(|name| name == meta::name(service))
    };
    let ingresses = seen.list(Resource::INGRESSES, namespace).filter(leads);
    Some(ServiceView {
        key: meta::key(service)?,
        ingresses: ingresses.filter_map(|ingress| meta::key(ingress)).collect(),
        slices: slices.collect(),
        selected: pods.iter().filter(chosen).map(|pod| pod.key.clone()).collect(),
    })
}
