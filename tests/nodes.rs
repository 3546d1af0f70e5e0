//! Nodes: scheduling, kubelets, node failure and what Services see of it, in a whole world.

use crate::kube_world::{ask, deployment, world};
use drydock::document::Value;
use drydock::kube::api::{Key, PatchType, Request, Resource, User, Verb, meta};
use drydock::kube::{Component, network};
use drydock::sim::secs;
use drydock::tree;
use drydock::world::{Action, Break, Preset, World};

pub fn pods(world: &World) -> Vec<Value> {
    let seen = world.cluster().snapshot(world.now());
    seen.list(Resource::PODS, "default").map(|pod| pod.value.clone()).collect()
}

pub fn pod_key(name: &str) -> Key {
    Key::new(Resource::PODS, "default", name)
}

/// `name phase node ready state restarts`, one line per Pod.
pub fn show(world: &World) -> String {
    let line = |pod: &Value| {
        let status = pod.items_at(&["status", "containerStatuses"]).first().cloned().unwrap_or_default();
        let state = status.at(&["state"]).and_then(|state| {
            state.entries().next().map(|(key, value)| {
                format!(
                    "{key}:{}{}",
                    value.str_at(&["reason"]),
                    value.int_at(&["exitCode"]).map_or(String::new(), |code| code.to_string())
                )
            })
        });
        format!(
            "{} {} {} ready={} {} restarts={}",
            meta::name(pod),
            pod.str_at(&["status", "phase"]),
            pod.str_at(&["spec", "nodeName"]),
            meta::is_condition_true(pod, "Ready"),
            state.unwrap_or_default(),
            status.int_at(&["restartCount"]).unwrap_or_default(),
        )
    };
    pods(world).iter().map(line).collect::<Vec<_>>().join("\n")
}

pub fn events(world: &World) -> Vec<String> {
    let seen = world.cluster().snapshot(world.now());
    seen.list(Resource::EVENTS, "")
        .map(|event| {
            format!(
                "{} {} {} {} x{}",
                event.str_at(&["involvedObject", "name"]),
                event.str_at(&["type"]),
                event.str_at(&["reason"]),
                event.str_at(&["message"]),
                event.int_at(&["count"]).unwrap_or_default(),
            )
        })
        .collect()
}

pub fn pod(name: &str, container: Value) -> Value {
    let container = container.with(&["name"], "app");
    tree!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name }, "spec": { "containers": [(container)] } })
}

pub fn create(world: &mut World, object: Value) -> Value {
    let resource = Resource::of(object.str_at(&["apiVersion"]), object.str_at(&["kind"])).expect("a served kind");
    ask(world, Request::create(User::admin(), resource, "default", object))
}

pub fn app(image: &str) -> Value {
    tree!({ "image": image })
}

pub fn shell(script: &str) -> Value {
    tree!({ "image": "busybox:1.36", "command": ["sh", "-c", script] })
}

pub fn advance(world: &mut World, seconds: u64) {
    let until = world.now() + secs(seconds);
    assert!(world.advance_to(until), "gets there within the limit of events");
}

pub fn get(world: &World, resource: Resource, name: &str) -> Value {
    world.get(&Key::new(resource, "default", name)).cloned().unwrap_or_default()
}

pub fn condition(object: &Value, kind: &str) -> String {
    let found = meta::condition(object, kind).cloned().unwrap_or_default();
    format!("{} {}", found.str_at(&["status"]), found.str_at(&["reason"]))
}

pub fn break_world(world: &mut World, change: Break) {
    world.act(&Action::Break(change)).expect("breaking is never refused");
}

/// Addresses by what they are: ready ones and others.
pub fn endpoints(world: &World, service: &str) -> (usize, usize) {
    let seen = world.cluster().snapshot(world.now());
    let all: Vec<bool> = seen
        .list(Resource::ENDPOINT_SLICES, "default")
        .filter(|slice| meta::label(slice, "kubernetes.io/service-name") == Some(service))
        .flat_map(|slice| slice.items_at(&["endpoints"]).to_vec())
        .map(|endpoint| endpoint.is_true_at(&["conditions", "ready"]))
        .collect();
    let ready = all.iter().filter(|ready| **ready).count();
    (ready, all.len() - ready)
}

pub fn service() -> Value {
    tree!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": "web" },
        "spec": { "selector": { "app": "web" }, "ports": [{ "port": 80, "targetPort": 80 }] },
    })
}

/// The chain of different reports about one Pod: phase, readiness, states.
pub fn reports(world: &mut World, name: &str, seconds: u64) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    let until = world.now() + secs(seconds);
    while world.next_due().is_some_and(|due| due <= until) {
        world.step();
        let pod = get(world, Resource::PODS, name);
        if pod.is_null() {
            continue;
        }
        let statuses = pod.items_at(&["status", "initContainerStatuses"]).iter();
        let statuses = statuses.chain(pod.items_at(&["status", "containerStatuses"]));
        let states: Vec<String> = statuses
            .map(|status| {
                let (kind, inside) = status.at(&["state"]).and_then(|state| state.entries().next()).unwrap();
                let code = inside.int_at(&["exitCode"]).map_or(String::new(), |code| format!(":{code}"));
                let reason = inside.str_at(&["reason"]);
                let restarts = status.int_at(&["restartCount"]).unwrap_or_default();
                format!("{} {kind}{code}:{reason} {restarts}", status.str_at(&["name"]))
            })
            .collect();
        let line = format!("{} {} {}", pod.str_at(&["status", "phase"]), condition(&pod, "Ready"), states.join(", "));
        if seen.last() != Some(&line) {
            seen.push(line);
        }
    }
    seen
}

#[test]
fn a_machine_that_fails_is_noticed_and_its_pods_move() {
    let mut world = world();
    create(&mut world, deployment(3));
    create(&mut world, service());
    advance(&mut world, 30);
    assert_eq!(endpoints(&world, "web"), (3, 0));
    let node = || Key::new(Resource::NODES, "", "node-c");
    break_world(&mut world, Break::Stop(Component::Machine("node-c".into())));
    advance(&mut world, 38);
    assert_eq!(condition(world.get(&node()).unwrap(), "Ready"), "True KubeletReady");
    advance(&mut world, 20);
    let silent = world.get(&node()).unwrap().clone();
    assert_eq!(condition(&silent, "Ready"), "Unknown NodeStatusUnknown");
    let taints: Vec<String> = silent
        .items_at(&["spec", "taints"])
        .iter()
        .map(|taint| format!("{}:{}", taint.str_at(&["key"]), taint.str_at(&["effect"])))
        .collect();
    assert_eq!(taints, ["node.kubernetes.io/unreachable:NoSchedule", "node.kubernetes.io/unreachable:NoExecute"]);
    assert_eq!(endpoints(&world, "web"), (2, 1));
    advance(&mut world, 280);
    assert_eq!(pods(&world).len(), 3, "the Pod is tolerated for five minutes");
    advance(&mut world, 40);
    let placed: Vec<String> = pods(&world)
        .iter()
        .map(|pod| format!("{} {}", pod.str_at(&["spec", "nodeName"]), meta::is_deleting(pod)))
        .collect();
    assert_eq!(placed.iter().filter(|place| place.ends_with("false")).count(), 3, "{placed:?}");
    assert!(placed.contains(&"node-c true".to_owned()), "{placed:?}");
    assert_eq!(endpoints(&world, "web").0, 3);
    let told = events(&world);
    for expected in [
        "node-c Normal NodeNotReady Node node-c status is now: NodeNotReady x1",
        "Warning NodeNotReady Node is not ready x1",
        "Normal TaintManagerEviction Marking for deletion Pod default/web-",
    ] {
        assert!(told.iter().any(|event| event.contains(expected)), "{expected} in {told:#?}");
    }
    break_world(&mut world, Break::Start(Component::Machine("node-c".into())));
    advance(&mut world, 20);
    let back = world.get(&node()).unwrap().clone();
    assert_eq!(condition(&back, "Ready"), "True KubeletReady");
    assert!(back.items_at(&["spec", "taints"]).is_empty());
    assert_eq!(pods(&world).len(), 3, "{}", show(&world));
}

#[test]
fn a_kubelet_that_stops_briefly_leaves_containers_running() {
    let mut world = world();
    create(&mut world, deployment(3));
    advance(&mut world, 20);
    let before = pods(&world);
    break_world(&mut world, Break::Stop(Component::Kubelet("node-a".into())));
    advance(&mut world, 25);
    break_world(&mut world, Break::Start(Component::Kubelet("node-a".into())));
    advance(&mut world, 60);
    assert_eq!(pods(&world), before);
    assert!(!events(&world).iter().any(|event| event.contains("NodeNotReady")));
}

#[test]
fn a_crashing_container_waits_longer_each_time() {
    let mut world = world();
    create(&mut world, pod("kiosk", shell("sleep 1; exit 3")));
    advance(&mut world, 400);
    let starts: Vec<u64> = world
        .journal()
        .iter()
        .filter(|entry| &*entry.subject.name == "kiosk")
        .filter(|entry| entry.why.as_ref().is_some_and(|why| why.code == "container-started"))
        .map(|entry| entry.at.as_secs())
        .collect();
    let waits: Vec<u64> = starts.windows(2).map(|pair| pair[1] - pair[0] - 1).collect();
    let expected = [1, 10, 20, 40, 80, 160];
    assert_eq!(waits.len(), expected.len(), "{waits:?}");
    assert!(waits.iter().zip(expected).all(|(wait, expected)| wait.abs_diff(expected) <= 1), "{waits:?}");
    let kiosk = get(&world, Resource::PODS, "kiosk");
    let status = kiosk.items_at(&["status", "containerStatuses"])[0].clone();
    assert_eq!(status.str_at(&["state", "waiting", "reason"]), "CrashLoopBackOff");
    let message = status.str_at(&["state", "waiting", "message"]);
    assert!(message.starts_with("back-off 5m0s restarting failed container=app pod=kiosk_default("), "{message}");
    assert_eq!(status.int_at(&["lastState", "terminated", "exitCode"]), Some(3));
    assert_eq!(status.int_at(&["restartCount"]), Some(6));
    assert_eq!(kiosk.str_at(&["status", "phase"]), "Running");
}

#[test]
fn servers_heed_sigterm_and_sleepers_do_not() {
    let mut world = world();
    create(&mut world, pod("server", app("nginx:1.27")));
    create(&mut world, pod("sleeper", shell("sleep 9999")));
    advance(&mut world, 20);
    for name in ["server", "sleeper"] {
        ask(&mut world, Request::new(User::admin(), Verb::Delete, &pod_key(name)));
    }
    assert_eq!(pods(&world).len(), 2, "both are still there, ending");
    advance(&mut world, 2);
    let left: Vec<String> = pods(&world).iter().map(|pod| meta::name(pod).to_owned()).collect();
    assert_eq!(left, ["sleeper"]);
    advance(&mut world, 27);
    assert_eq!(pods(&world).len(), 1);
    advance(&mut world, 3);
    assert!(pods(&world).is_empty());
}

#[test]
fn an_image_that_does_not_exist_is_asked_for_again_and_again() {
    let mut world = world();
    create(&mut world, pod("typo", app("nginx:9.99")));
    let mut reasons: Vec<String> = Vec::new();
    for _ in 0..300 {
        advance(&mut world, 1);
        let typo = get(&world, Resource::PODS, "typo");
        let status = typo.items_at(&["status", "containerStatuses"]).first().cloned().unwrap_or_default();
        let reason = status.str_at(&["state", "waiting", "reason"]).to_owned();
        if reasons.last() != Some(&reason) {
            reasons.push(reason);
        }
    }
    assert_eq!(&reasons[..3], ["ContainerCreating", "ErrImagePull", "ImagePullBackOff"], "{reasons:?}");
    assert!(world.is_settled(), "asking again and again is not news");
    let told = events(&world);
    let expected =
        "Failed to pull image \"nginx:9.99\": rpc error: code = NotFound desc = failed to pull and unpack image";
    assert!(told.iter().any(|event| event.contains(expected)), "{told:#?}");
}

#[test]
fn probes_decide_who_gets_requests_and_who_is_restarted() {
    let mut world = world();
    create(&mut world, service());
    let ready = tree!({ "httpGet": { "path": "/", "port": 80 }, "initialDelaySeconds": 15, "periodSeconds": 5 });
    let labelled = |name: &str, probe: Value| {
        let container = app("nginx:1.27").with(&["readinessProbe"], probe);
        pod(name, container).with(&["metadata", "labels", "app"], "web")
    };
    create(&mut world, labelled("good", ready));
    create(&mut world, labelled("lost", tree!({ "httpGet": { "path": "/healthz", "port": 80 } })));
    create(&mut world, labelled("deaf", tree!({ "tcpSocket": { "port": 8080 } })));
    advance(&mut world, 12);
    assert_eq!(endpoints(&world, "web"), (0, 3), "{}", show(&world));
    advance(&mut world, 40);
    assert_eq!(endpoints(&world, "web"), (1, 2));
    let snapshot = world.cluster().snapshot(world.now());
    let rules = network::resolve(&snapshot, &get(&world, Resource::SERVICES, "web"));
    assert_eq!(&*rules[0].choose(7, "somebody", 1).unwrap().pod.name, "good");
    let told = events(&world);
    assert!(told.iter().any(|event| event.contains("Readiness probe failed: HTTP probe failed with statuscode: 404")));
    assert!(told.iter().any(|event| event.contains(":8080: connect: connection refused")));

    let probe = tree!({ "exec": { "command": ["cat", "/tmp/healthy"] }, "periodSeconds": 5, "failureThreshold": 3 });
    let fading = shell("touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600").with(&["livenessProbe"], probe);
    create(&mut world, pod("fading", fading));
    advance(&mut world, 100);
    let fading = get(&world, Resource::PODS, "fading");
    let status = &fading.items_at(&["status", "containerStatuses"])[0];
    assert_eq!(status.int_at(&["restartCount"]), Some(1), "{}", show(&world));
    assert_eq!(status.int_at(&["lastState", "terminated", "exitCode"]), Some(137));
    assert!(
        events(&world).iter().any(|event| event.contains("Container app failed liveness probe, will be restarted"))
    );
}

#[test]
fn init_containers_run_in_order_and_sidecars_stay() {
    let mut world = world();
    let mut job = pod("job", shell("sleep 5"));
    job.set(&["spec", "restartPolicy"], "Never");
    let first = shell("sleep 3").with(&["name"], "first");
    let sidecar = app("nginx:1.27").with(&["name"], "side").with(&["restartPolicy"], "Always");
    job.set(&["spec", "initContainers"], Value::list([first, sidecar]));
    create(&mut world, job);
    advance(&mut world, 4);
    let waiting = get(&world, Resource::PODS, "job");
    assert_eq!(condition(&waiting, "Initialized"), "False ContainersNotInitialized");
    advance(&mut world, 7);
    assert_eq!(get(&world, Resource::PODS, "job").str_at(&["status", "phase"]), "Running", "{}", show(&world));
    advance(&mut world, 10);
    let done = get(&world, Resource::PODS, "job");
    assert_eq!(done.str_at(&["status", "phase"]), "Succeeded", "{done}");
    assert_eq!(condition(&done, "Ready"), "False PodCompleted");
}

#[test]
fn the_recorded_kubelet_writes_what_was_recorded() {
    let mut world = World::new(&Preset::recorded(), 7);
    world.settle(secs(10));
    create(&mut world, pod("kiosk", shell("exit 1")));
    assert_eq!(
        reports(&mut world, "kiosk", 18),
        [
            "Pending   ",
            "Pending False ContainersNotReady app waiting:ContainerCreating 0",
            "Running True  app running: 0",
            "Running False ContainersNotReady app terminated:1:Error 0",
            "Running True  app running: 1",
            "Running False ContainersNotReady app terminated:1:Error 1",
            "Running False ContainersNotReady app waiting:CrashLoopBackOff 1",
            "Running True  app running: 2",
            "Running False ContainersNotReady app terminated:1:Error 2",
            "Running False ContainersNotReady app waiting:CrashLoopBackOff 2",
        ]
    );
    let mut with_init = pod("init", app("nginx:1.27"));
    let step = |name: &str| tree!({ "name": name, "image": "busybox:1.36", "command": ["true"] });
    with_init.set(&["spec", "initContainers"], Value::list([step("one"), step("two")]));
    create(&mut world, with_init);
    assert_eq!(
        reports(&mut world, "init", 18),
        [
            "Pending   ",
            "Pending False ContainersNotReady one waiting:PodInitializing 0, two waiting:PodInitializing 0, app waiting:PodInitializing 0",
            "Pending False ContainersNotReady one running: 0, two waiting:PodInitializing 0, app waiting:PodInitializing 0",
            "Pending False ContainersNotReady one terminated:0:Completed 0, two waiting:PodInitializing 0, app waiting:PodInitializing 0",
            "Pending False ContainersNotReady one terminated:0:Completed 0, two running: 0, app waiting:PodInitializing 0",
            "Pending False ContainersNotReady one terminated:0:Completed 0, two terminated:0:Completed 0, app waiting:PodInitializing 0",
            "Running True  one terminated:0:Completed 0, two terminated:0:Completed 0, app running: 0",
        ]
    );
    let revision = world.cluster().etcd().revision();
    ask(&mut world, Request::new(User::admin(), Verb::Delete, &pod_key("init")));
    advance(&mut world, 5);
    let changes = world.cluster().etcd().changes_since(revision).unwrap();
    let mut ending: Vec<String> = changes
        .filter(|change| change.key == pod_key("init"))
        .map(|change| {
            let phase = change.value.str_at(&["status", "phase"]);
            format!("{:?} {phase} {}", change.kind, condition(&change.value, "Ready"))
        })
        .collect();
    ending.dedup();
    assert_eq!(
        ending,
        ["Modified Running True ", "Modified Succeeded False PodCompleted", "Deleted Succeeded False PodCompleted"]
    );
    create(&mut world, pod("typo", app("does-not-exist:1")));
    let reasons = reports(&mut world, "typo", 5);
    assert!(reasons[2].ends_with("app waiting:ErrImagePull 0"), "{reasons:?}");
    assert!(reasons[3].ends_with("app waiting:ImagePullBackOff 0"), "{reasons:?}");
    assert_eq!(reasons.len(), 4);
}

#[test]
fn the_same_seed_lives_the_same_life() {
    let live = || {
        let mut world = world();
        create(&mut world, deployment(20));
        create(&mut world, service());
        create(&mut world, pod("kiosk", shell("exit 1")));
        advance(&mut world, 60);
        break_world(&mut world, Break::Stop(Component::Machine("node-b".into())));
        advance(&mut world, 500);
        world.journal().hash()
    };
    assert_eq!(live(), live());
}

#[test]
fn a_taint_that_a_person_sets_drives_pods_out_as_they_tolerate_it() {
    let mut world = world();
    let on_b = |name: &str, toleration: Value| {
        pod(name, app("nginx:1.27")).with(&["spec", "nodeName"], "node-b").with(&["spec", "tolerations"], toleration)
    };
    create(&mut world, on_b("plain", tree!([])));
    let briefly = tree!({ "key": "dock", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 40 });
    create(&mut world, on_b("later", tree!([(briefly)])));
    create(&mut world, on_b("forever", tree!([{ "key": "dock", "operator": "Exists", "effect": "NoExecute" }])));
    advance(&mut world, 20);
    let taint = tree!({ "key": "dock", "value": "fire", "effect": "NoExecute" });
    let taint = tree!({ "spec": { "taints": [(taint)] } });
    let node = Key::new(Resource::NODES, "", "node-b");
    ask(&mut world, Request::new(User::admin(), Verb::Patch(PatchType::Merge), &node).with_body(taint));
    let names = |world: &World| pods(world).iter().map(|pod| meta::name(pod).to_owned()).collect::<Vec<_>>();
    advance(&mut world, 5);
    assert_eq!(names(&world), ["forever", "later"]);
    advance(&mut world, 30);
    assert_eq!(names(&world), ["forever", "later"]);
    advance(&mut world, 10);
    assert_eq!(names(&world), ["forever"]);
    assert!(events(&world).iter().any(|event| event.contains("Marking for deletion Pod default/later")));
}

#[test]
fn the_pods_of_a_deleted_node_are_collected() {
    let mut world = world();
    create(&mut world, deployment(3));
    advance(&mut world, 20);
    break_world(&mut world, Break::Stop(Component::Machine("node-b".into())));
    ask(&mut world, Request::new(User::admin(), Verb::Delete, &Key::new(Resource::NODES, "", "node-b")));
    advance(&mut world, 75);
    assert_eq!(pods(&world).len(), 3);
    assert!(pods(&world).iter().all(|pod| pod.str_at(&["spec", "nodeName"]) != "node-b"), "{}", show(&world));
    assert!(events(&world).iter().any(|event| event.contains("Removing Node node-b from Controller")));
}
