//! Random histories: whatever people do and whatever breaks, some things hold.
//!
//! A history is a list of doings drawn from a seed. One that breaks a promise is made smaller as
//! long as the promise stays broken, and told with its seed.

use drydock::document::Value;
use drydock::kube::Component;
use drydock::kube::api::labels::Selector;
use drydock::kube::api::{Key, Object, PatchType, Propagation, Request, Resource, User, Verb, meta};
use drydock::sim::{Dice, secs};
use drydock::tree;
use drydock::world::{Action, Break, Preset, World};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

const NAMES: [&str; 3] = ["web", "api", "db"];
const NODES: [&str; 3] = ["node-a", "node-b", "node-c"];
/// No namespace may ever have more Pods that have not ended.
const QUOTA: i64 = 24;

#[derive(Clone, Debug)]
enum Doing {
    Deploy { name: &'static str, replicas: i64 },
    Scale { name: &'static str, replicas: i64 },
    Image { name: &'static str, image: &'static str },
    Undeploy { name: &'static str, propagation: Option<Propagation> },
    Set { name: &'static str, replicas: i64 },
    Unset { name: &'static str },
    Daemon { name: &'static str },
    Undaemon { name: &'static str },
    Job { name: &'static str, completions: i64 },
    Unjob { name: &'static str },
    KillPod { nth: u64 },
    Cordon { node: &'static str, on: bool },
    Break(Component, bool),
    Wait { seconds: u64 },
}

fn draw(seed: u64, nth: u64) -> Doing {
    let mut dice = Dice::new(seed, &["history"], nth);
    let name = NAMES[dice.below(3) as usize];
    let node = NODES[dice.below(3) as usize];
    let replicas = dice.below(6).cast_signed();
    let on = dice.below(2) == 0;
    let propagation = [None, Some(Propagation::Foreground), Some(Propagation::Background)][dice.below(3) as usize];
    match dice.below(24) {
        0..=3 => Doing::Deploy { name, replicas },
        4 | 5 => Doing::Scale { name, replicas },
        6 | 7 => Doing::Image { name, image: ["nginx:1.27", "nginx:1.28", "nginx:1.29"][dice.below(3) as usize] },
        8 => Doing::Undeploy { name, propagation },
        9 => Doing::Set { name, replicas: replicas.min(3) },
        10 => Doing::Unset { name },
        11 => Doing::Daemon { name },
        12 => Doing::Undaemon { name },
        13 => Doing::Job { name, completions: replicas.max(1) },
        14 => Doing::Unjob { name },
        15 => Doing::KillPod { nth: dice.below(100) },
        16 => Doing::Cordon { node, on },
        17 => Doing::Break(Component::Kubelet(node.into()), on),
        18 => Doing::Break(Component::Machine(node.into()), on),
        19 => Doing::Break([Component::Scheduler, Component::ControllerManager][dice.below(2) as usize].clone(), on),
        _ => Doing::Wait { seconds: [1, 3, 10, 70][dice.below(4) as usize] },
    }
}

fn workload(kind: &str, name: &str, spec: &Value) -> Value {
    let api = if kind == "Job" { "batch/v1" } else { "apps/v1" };
    let app = format!("{}-{name}", kind.to_lowercase());
    let mut object = tree!({ "apiVersion": api, "kind": kind, "metadata": { "name": name }, "spec": spec.clone() });
    object.set(&["spec", "template", "metadata", "labels"], tree!({ "app": app.as_str() }));
    if kind != "Job" {
        object.set(&["spec", "selector", "matchLabels"], tree!({ "app": app.as_str() }));
    }
    object
}

fn pod_spec() -> Value {
    tree!({ "spec": { "containers": [{ "name": "app", "image": "nginx:1.27" }] } })
}

/// What may be refused is refused: a history goes on.
fn ask(world: &mut World, request: Request) {
    let _ = world.act(&Action::Request { actor: "you".into(), request: Rc::new(request) });
}

fn create(world: &mut World, object: Value) {
    let Some(resource) = Resource::of(object.str_at(&["apiVersion"]), object.str_at(&["kind"])) else { return };
    ask(world, Request::create(User::admin(), resource, "default", object));
}

fn patch(world: &mut World, key: &Key, body: Value) {
    ask(world, Request::new(User::admin(), Verb::Patch(PatchType::Strategic), key).with_body(body));
}

fn delete(world: &mut World, resource: Resource, name: &str, propagation: Option<Propagation>) {
    let mut request = Request::new(User::admin(), Verb::Delete, &Key::new(resource, "default", name));
    request.options.propagation = propagation;
    ask(world, request);
}

fn list(world: &World, resource: Resource) -> Vec<Value> {
    world.cluster().snapshot(world.now()).list(resource, "").map(|object| object.value.clone()).collect()
}

fn act(world: &mut World, doing: &Doing) -> Result<(), String> {
    let deployment = |name: &str| Key::new(Resource::DEPLOYMENTS, "default", name);
    match doing {
        Doing::Deploy { name, replicas } => {
            create(world, workload("Deployment", name, &tree!({ "replicas": *replicas, "template": (pod_spec()) })));
        }
        Doing::Scale { name, replicas } => {
            patch(world, &deployment(name), tree!({ "spec": { "replicas": *replicas } }));
        }
        Doing::Image { name, image } => {
            let containers = tree!([{ "name": "app", "image": *image }]);
            let body = tree!({ "spec": { "template": { "spec": { "containers": containers } } } });
            patch(world, &deployment(name), body);
        }
        Doing::Undeploy { name, propagation } => delete(world, Resource::DEPLOYMENTS, name, *propagation),
        Doing::Set { name, replicas } => {
            let spec = tree!({ "replicas": *replicas, "serviceName": *name, "template": (pod_spec()) });
            create(world, workload("StatefulSet", name, &spec));
        }
        Doing::Unset { name } => delete(world, Resource::STATEFUL_SETS, name, None),
        Doing::Daemon { name } => create(world, workload("DaemonSet", name, &tree!({ "template": (pod_spec()) }))),
        Doing::Undaemon { name } => delete(world, Resource::DAEMON_SETS, name, None),
        Doing::Job { name, completions } => {
            let mut template = pod_spec();
            template.set(&["spec", "restartPolicy"], "Never");
            let work = tree!([{ "name": "app", "image": "busybox:1.36", "command": ["sh", "-c", "sleep 2"] }]);
            template.set(&["spec", "containers"], work);
            let spec = tree!({ "completions": *completions, "parallelism": 2, "template": template });
            create(world, workload("Job", name, &spec));
        }
        Doing::Unjob { name } => delete(world, Resource::JOBS, name, Some(Propagation::Background)),
        Doing::KillPod { nth } => {
            let pods = list(world, Resource::PODS);
            if let Some(pod) = pods.get(usize::try_from(*nth).unwrap_or_default() % pods.len().max(1)) {
                delete(world, Resource::PODS, meta::name(pod), None);
            }
        }
        Doing::Cordon { node, on } => {
            let key = Key::new(Resource::NODES, "", *node);
            patch(world, &key, tree!({ "spec": { "unschedulable": *on } }));
        }
        Doing::Break(component, on) => {
            let broken = if *on { Break::Stop(component.clone()) } else { Break::Start(component.clone()) };
            let _ = world.act(&Action::Break(broken));
        }
        Doing::Wait { seconds } => {
            let until = world.now() + secs(*seconds);
            while world.next_due().is_some_and(|due| due <= until) {
                world.step();
                always(world)?;
            }
            world.advance_to(until);
        }
    }
    always(world)
}

fn has_ended(pod: &Value) -> bool {
    matches!(pod.str_at(&["status", "phase"]), "Succeeded" | "Failed")
}

/// What holds at every moment.
fn always(world: &World) -> Result<(), String> {
    let mut homes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (node, kubelet) in world.cluster().kubelets() {
        for worker in kubelet.pods() {
            homes.entry(worker.uid.to_string()).or_default().push(node.to_string());
        }
    }
    if let Some((uid, nodes)) = homes.iter().find(|(_, nodes)| nodes.len() > 1) {
        return Err(format!("Pod {uid} is on {nodes:?}"));
    }
    let pods = list(world, Resource::PODS);
    let mut taken = BTreeSet::new();
    for pod in pods.iter().filter(|pod| !has_ended(pod) && !pod.is_true_at(&["spec", "hostNetwork"])) {
        let address = pod.str_at(&["status", "podIP"]);
        if !address.is_empty() && !taken.insert(address.to_owned()) {
            return Err(format!("address {address} is given twice, also to {}", meta::name(pod)));
        }
    }
    let count = pods.iter().filter(|pod| !has_ended(pod)).count() as i64;
    if count > QUOTA {
        return Err(format!("{count} Pods under a quota of {QUOTA}"));
    }
    Ok(())
}

/// What holds once everything is mended and nothing is due any more.
fn at_rest(world: &World) -> Result<(), String> {
    let objects: Vec<Value> = world.cluster().etcd().iter().map(|(_, object)| object.value.clone()).collect();
    let uids: BTreeSet<&str> = objects.iter().map(meta::uid).collect();
    for object in objects.iter().filter(|object| meta::kind(object) != "Event") {
        for owner in object.items_at(&["metadata", "ownerReferences"]) {
            if !uids.contains(owner.str_at(&["uid"])) {
                let (kind, name) = (meta::kind(object), meta::name(object));
                return Err(format!(
                    "{kind} {name} is an orphan of {} {}",
                    owner.str_at(&["kind"]),
                    owner.str_at(&["name"])
                ));
            }
        }
    }
    let pods = list(world, Resource::PODS);
    if let Some(pod) = pods.iter().find(|pod| meta::is_deleting(pod)) {
        return Err(format!("Pod {} never goes", meta::name(pod)));
    }
    let is_full = pods.iter().filter(|pod| !has_ended(pod)).count() as i64 >= QUOTA;
    for resource in [Resource::DEPLOYMENTS, Resource::STATEFUL_SETS] {
        for set in list(world, resource) {
            let selector = Selector::from_label_selector(set.at(&["spec", "selector"]).unwrap_or(&Value::Null));
            let image = |object: &Value, path: &[&str]| {
                object.items_at(path).first().map(|one| one.str_at(&["image"]).to_owned()).unwrap_or_default()
            };
            let wanted = image(&set, &["spec", "template", "spec", "containers"]);
            let good = pods.iter().filter(|pod| {
                selector.matches(meta::labels(pod))
                    && meta::is_condition_true(pod, "Ready")
                    && image(pod, &["spec", "containers"]) == wanted
            });
            let (good, want) = (good.count() as i64, set.int_at(&["spec", "replicas"]).unwrap_or(1));
            if good != want && !is_full {
                return Err(format!("{} {} wants {want} and has {good}", meta::kind(&set), meta::name(&set)));
            }
            let told = set.int_at(&["status", "readyReplicas"]).unwrap_or_default();
            if told != good {
                return Err(format!("{} {} says {told} ready, there are {good}", meta::kind(&set), meta::name(&set)));
            }
        }
    }
    endpoints_are_ready_pods(world, &pods)
}

fn endpoints_are_ready_pods(world: &World, pods: &[Value]) -> Result<(), String> {
    for service in list(world, Resource::SERVICES) {
        let Some(selector) = service.at(&["spec", "selector"]).map(Selector::from_map) else { continue };
        let ready: BTreeSet<String> = pods
            .iter()
            .filter(|pod| selector.matches(meta::labels(pod)) && meta::is_condition_true(pod, "Ready"))
            .map(|pod| pod.str_at(&["status", "podIP"]).to_owned())
            .collect();
        let slices = list(world, Resource::ENDPOINT_SLICES);
        let of_service = slices
            .iter()
            .filter(|slice| meta::label(slice, "kubernetes.io/service-name") == Some(meta::name(&service)));
        let listed: BTreeSet<String> = of_service
            .flat_map(|slice| slice.items_at(&["endpoints"]))
            .filter(|endpoint| endpoint.is_true_at(&["conditions", "ready"]))
            .flat_map(|endpoint| endpoint.items_at(&["addresses"]))
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        let older = list(world, Resource::ENDPOINTS);
        let older: BTreeSet<String> = older
            .iter()
            .filter(|endpoints| meta::name(endpoints) == meta::name(&service))
            .flat_map(|endpoints| endpoints.items_at(&["subsets"]))
            .flat_map(|subset| subset.items_at(&["addresses"]))
            .map(|address| address.str_at(&["ip"]).to_owned())
            .collect();
        if listed != ready || older != ready {
            return Err(format!(
                "Service {}: {ready:?} are ready, {listed:?} and {older:?} are listed",
                meta::name(&service)
            ));
        }
    }
    Ok(())
}

fn scheduler_remembers_what_is(world: &World) -> Result<(), String> {
    let cluster = world.cluster();
    let runs = cluster.stopped_since(&Component::Scheduler).is_none();
    if runs && !cluster.scheduler().agrees_with(&cluster.snapshot(world.now())) {
        return Err("the scheduler's nodes are not the stored ones".to_owned());
    }
    let seen = cluster.snapshot(world.now());
    let differs = |pod: &&Rc<Object>| !cluster.scheduler().board_agrees(&seen, pod);
    if runs && let Some(pod) = seen.list(Resource::PODS, "").find(differs) {
        return Err(format!(
            "what the scheduler remembers of nodes is not what its plugins say for {}",
            meta::name(pod)
        ));
    }
    Ok(())
}

fn tell(seed: u64, doings: &[Doing]) -> Result<(), String> {
    let mut world = World::new(&Preset::native(), seed);
    world.settle(secs(60));
    let quota = tree!({
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": { "name": "cap" },
        "spec": { "hard": { "pods": QUOTA.to_string() } },
    });
    create(&mut world, quota);
    for name in NAMES {
        let service = tree!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": { "name": name },
            "spec": { "selector": { "app": format!("deployment-{name}") }, "ports": [{ "port": 80 }] },
        });
        create(&mut world, service);
    }
    act(&mut world, &Doing::Wait { seconds: 2 })?;
    for doing in doings {
        act(&mut world, doing)?;
        scheduler_remembers_what_is(&world)?;
    }
    for node in NODES {
        act(&mut world, &Doing::Break(Component::Machine(node.into()), false))?;
        act(&mut world, &Doing::Break(Component::Kubelet(node.into()), false))?;
        act(&mut world, &Doing::Cordon { node, on: false })?;
    }
    act(&mut world, &Doing::Break(Component::Scheduler, false))?;
    act(&mut world, &Doing::Break(Component::ControllerManager, false))?;
    let limit = world.now() + secs(3600);
    if !world.settle(limit) {
        let due: Vec<String> =
            world.agenda().filter(|(_, due)| !due.is_background()).map(|due| format!("{due:?}")).take(3).collect();
        return Err(format!("it never comes to rest: {due:?}"));
    }
    scheduler_remembers_what_is(&world)?;
    at_rest(&world)
}

/// The shortest history, with doings left out of this one, that still breaks a promise.
fn shrink(seed: u64, mut doings: Vec<Doing>, mut broken: String) -> (Vec<Doing>, String) {
    let mut size = doings.len() / 2;
    while size > 0 {
        let mut from = 0;
        while from < doings.len() {
            let mut fewer = doings.clone();
            fewer.drain(from..(from + size).min(doings.len()));
            match tell(seed, &fewer) {
                Err(still) => (doings, broken) = (fewer, still),
                Ok(()) => from += size,
            }
        }
        size /= 2;
    }
    (doings, broken)
}

/// `HISTORIES` and `HISTORY_SEED` tell more of them, or another one.
#[test]
fn histories_keep_their_promises() {
    let number = |name: &str, usual: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let first = number("HISTORY_SEED", 1);
    for seed in first..first + number("HISTORIES", 6) {
        let doings: Vec<Doing> = (0..40).map(|nth| draw(seed, nth)).collect();
        if let Err(broken) = tell(seed, &doings) {
            let (doings, broken) = shrink(seed, doings, broken);
            panic!("seed {seed}: {broken}\n{doings:#?}");
        }
    }
}

#[test]
fn a_rollout_never_falls_below_its_bound() {
    for seed in 0..4_u64 {
        let mut world = World::new(&Preset::native(), seed);
        world.settle(secs(60));
        let mut dice = Dice::new(seed, &["rollout"], 0);
        let replicas = 3 + dice.below(6).cast_signed();
        let (surge, missing) = [(1, 0), (0, 1), (2, 1), (1, 2)][dice.below(4) as usize];
        let rolling = tree!({ "maxSurge": surge, "maxUnavailable": missing });
        let strategy = tree!({ "type": "RollingUpdate", "rollingUpdate": rolling });
        let spec = tree!({ "replicas": replicas, "strategy": strategy, "template": (pod_spec()) });
        create(&mut world, workload("Deployment", "web", &spec));
        let limit = world.now() + secs(600);
        assert!(world.settle(limit), "seed {seed}: the first Pods become ready");
        act(&mut world, &Doing::Image { name: "web", image: "nginx:1.28" }).unwrap();
        let until = world.now() + secs(300);
        while world.next_due().is_some_and(|due| due <= until) {
            world.step();
            let pods = list(&world, Resource::PODS);
            let serving = pods.iter().filter(|pod| meta::is_condition_true(pod, "Ready") && !meta::is_deleting(pod));
            let (serving, all) =
                (serving.count() as i64, pods.iter().filter(|pod| !meta::is_deleting(pod)).count() as i64);
            assert!(
                serving >= replicas - missing,
                "seed {seed}: {serving} of {replicas} serve, {missing} may be missing"
            );
            assert!(all <= replicas + surge, "seed {seed}: {all} Pods for {replicas}, {surge} more are allowed");
        }
        at_rest(&world).unwrap();
    }
}

#[test]
fn a_broken_promise_is_noticed_and_made_small() {
    // Without its quota the namespace grows beyond it.
    let mut world = World::new(&Preset::native(), 1);
    world.settle(secs(60));
    act(&mut world, &Doing::Deploy { name: "web", replicas: QUOTA + 1 }).unwrap();
    let broken = act(&mut world, &Doing::Wait { seconds: 5 });
    assert_eq!(broken, Err(format!("{} Pods under a quota of {QUOTA}", QUOTA + 1)));
    // A Pod's address in a list of addresses that no ready Pod has.
    let mut world = World::new(&Preset::native(), 1);
    world.settle(secs(60));
    let service = tree!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": "web" },
        "spec": { "selector": { "app": "deployment-web" }, "ports": [{ "port": 80 }] },
    });
    create(&mut world, service);
    act(&mut world, &Doing::Deploy { name: "web", replicas: 2 }).unwrap();
    let limit = world.now() + secs(600);
    assert!(world.settle(limit));
    assert_eq!(at_rest(&world), Ok(()));
    act(&mut world, &Doing::Break(Component::ControllerManager, true)).unwrap();
    act(&mut world, &Doing::KillPod { nth: 0 }).unwrap();
    act(&mut world, &Doing::Wait { seconds: 60 }).unwrap();
    assert!(at_rest(&world).is_err(), "nobody replaces the Pod");
}
