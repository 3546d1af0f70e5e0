//! Scheduling: who goes where, who waits and why, in a whole world.

use crate::kube_world::{ask, deployment, world};
use crate::nodes::{advance, app, break_world, create, events, get, pod, pods, show};
use drydock::document::Value;
use drydock::kube::Component;
use drydock::kube::api::{Key, PatchType, Request, Resource, User, Verb, meta};
use drydock::kube::scheduler::{self, Verdict};
use drydock::sim::secs;
use drydock::tree;
use drydock::world::{Break, World};

fn priority_class(world: &mut World) {
    let class = tree!({
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": { "name": "urgent" },
        "value": 1000,
    });
    ask(world, Request::create(User::admin(), Resource::PRIORITY_CLASSES, "", class));
}

#[test]
fn a_deployment_of_three_becomes_ready_on_three_nodes() {
    let mut world = world();
    create(&mut world, deployment(3));
    assert!(world.settle(world.now() + secs(60)), "settles");
    let pods = pods(&world);
    assert!(pods.iter().all(|pod| meta::is_condition_true(pod, "Ready")));
    let mut nodes: Vec<&str> = pods.iter().map(|pod| pod.str_at(&["spec", "nodeName"])).collect();
    nodes.sort_unstable();
    assert_eq!(nodes, ["node-a", "node-b", "node-c"]);
}

#[test]
fn a_pod_that_fits_nowhere_says_why_and_is_tried_when_something_changes() {
    let mut world = world();
    let large = app("nginx:1.27").with(&["resources", "requests", "cpu"], "5");
    create(&mut world, pod("large", large));
    let mut picky = pod("picky", app("nginx:1.27"));
    picky.set(&["spec", "nodeSelector"], tree!({ "disk": "ssd" }));
    create(&mut world, picky);
    advance(&mut world, 2);
    let message = |world: &World, name: &str| {
        let pod = get(world, Resource::PODS, name);
        meta::condition(&pod, "PodScheduled").map(|found| found.str_at(&["message"]).to_owned()).unwrap_or_default()
    };
    assert_eq!(
        message(&world, "large"),
        "0/3 nodes are available: 3 Insufficient cpu. no new claims to deallocate, preemption: 0/3 nodes are \
         available: 3 Preemption is not helpful for scheduling."
    );
    assert_eq!(
        message(&world, "picky"),
        "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, \
         preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
    );
    assert_eq!(world.cluster().scheduler().queue().counts().unschedulable, 2);
    let label = tree!({ "metadata": { "labels": { "disk": "ssd" } } });
    let node = Key::new(Resource::NODES, "", "node-b");
    ask(&mut world, Request::new(User::admin(), Verb::Patch(PatchType::Merge), &node).with_body(label));
    advance(&mut world, 20);
    assert_eq!(get(&world, Resource::PODS, "picky").str_at(&["spec", "nodeName"]), "node-b");
    let snapshot = world.cluster().snapshot(world.now());
    let verdicts = scheduler::explain(&snapshot, &get(&world, Resource::PODS, "large"));
    assert_eq!(verdicts.len(), 3);
    let fit = verdicts[0].filters.iter().find(|(name, _)| *name == "NodeResourcesFit").unwrap();
    assert!(matches!(&fit.1, Verdict::Stops { message, .. } if message == "Insufficient cpu"), "{fit:?}");
}

#[test]
fn a_cordoned_node_takes_nothing_new() {
    let mut world = world();
    let cordon = tree!({ "spec": { "unschedulable": true } });
    for node in ["node-a", "node-b"] {
        let key = Key::new(Resource::NODES, "", node);
        ask(&mut world, Request::new(User::admin(), Verb::Patch(PatchType::Merge), &key).with_body(cordon.clone()));
    }
    advance(&mut world, 1);
    create(&mut world, deployment(3));
    advance(&mut world, 30);
    assert!(pods(&world).iter().all(|pod| pod.str_at(&["spec", "nodeName"]) == "node-c"), "{}", show(&world));
}

#[test]
fn a_pod_that_matters_more_takes_the_place_of_another() {
    let mut world = world();
    priority_class(&mut world);
    for name in ["low-1", "low-2", "low-3"] {
        create(&mut world, pod(name, app("nginx:1.27").with(&["resources", "requests", "cpu"], "3")));
    }
    advance(&mut world, 20);
    let vip = pod("vip", app("nginx:1.27").with(&["resources", "requests", "cpu"], "3"));
    create(&mut world, vip.with(&["spec", "priorityClassName"], "urgent"));
    advance(&mut world, 10);
    let vip = get(&world, Resource::PODS, "vip");
    assert!(meta::is_condition_true(&vip, "Ready"), "{}", show(&world));
    assert_eq!(vip.str_at(&["status", "nominatedNodeName"]), "");
    assert_eq!(pods(&world).len(), 3, "one had to go: {}", show(&world));
    let told = events(&world);
    assert!(
        told.iter()
            .any(|event| event.contains("Warning FailedScheduling 0/3 nodes are available: 3 Insufficient cpu. x1"))
    );
    assert!(told.iter().any(|event| event.contains("Normal Preempted Preempted by pod ")));
}

#[test]
fn pods_keep_away_from_each_other_and_near_each_other_as_they_wish() {
    let mut world = world();
    let term = |app: &str| tree!([{ "labelSelector": { "matchLabels": { "app": app } }, "topologyKey": "kubernetes.io/hostname" }]);
    let rule = "requiredDuringSchedulingIgnoredDuringExecution";
    let lonely = deployment(4).with(&["spec", "template", "spec", "affinity", "podAntiAffinity", rule], term("web"));
    create(&mut world, lonely);
    advance(&mut world, 20);
    let unplaced: Vec<Value> =
        pods(&world).into_iter().filter(|pod| pod.str_at(&["spec", "nodeName"]).is_empty()).collect();
    assert_eq!(unplaced.len(), 1, "{}", show(&world));
    assert_eq!(
        meta::condition(&unplaced[0], "PodScheduled").unwrap().str_at(&["message"]),
        "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules. no new claims to deallocate, \
         preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod."
    );
    let base = pod("base", app("nginx:1.27")).with(&["metadata", "labels", "app"], "base");
    create(&mut world, base);
    advance(&mut world, 5);
    let near = pod("near", app("nginx:1.27")).with(&["spec", "affinity", "podAffinity", rule], term("base"));
    create(&mut world, near);
    let stray = pod("stray", app("nginx:1.27")).with(&["spec", "affinity", "podAffinity", rule], term("nobody"));
    create(&mut world, stray);
    advance(&mut world, 5);
    let node = |name: &str| get(&world, Resource::PODS, name).str_at(&["spec", "nodeName"]).to_owned();
    assert_eq!(node("near"), node("base"));
    assert_eq!(node("stray"), "");
}

#[test]
fn a_spread_constraint_holds_even_when_it_means_waiting() {
    let mut world = world();
    let constraint = tree!([{
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": { "matchLabels": { "app": "web" } },
    }]);
    create(&mut world, deployment(6).with(&["spec", "template", "spec", "topologySpreadConstraints"], constraint));
    advance(&mut world, 20);
    let in_c = pods(&world).iter().filter(|pod| pod.str_at(&["spec", "nodeName"]) == "node-c").count();
    assert_eq!(in_c, 3, "half of them in the zone with one node: {}", show(&world));
}

#[test]
fn gates_hold_a_pod_back_and_priority_goes_first() {
    let mut world = world();
    priority_class(&mut world);
    break_world(&mut world, Break::Stop(Component::Scheduler));
    let gated = pod("gated", app("nginx:1.27")).with(&["spec", "schedulingGates"], tree!([{ "name": "wait" }]));
    create(&mut world, gated);
    create(&mut world, pod("first-made", app("nginx:1.27")));
    create(&mut world, pod("urgent", app("nginx:1.27")).with(&["spec", "priorityClassName"], "urgent"));
    advance(&mut world, 5);
    break_world(&mut world, Break::Start(Component::Scheduler));
    advance(&mut world, 10);
    let bound: Vec<String> = world
        .journal()
        .iter()
        .filter(|entry| entry.why.as_ref().is_some_and(|why| why.code == "node-fits"))
        .map(|entry| entry.subject.name.to_string())
        .collect();
    assert_eq!(bound, ["urgent", "first-made"]);
}

#[test]
fn preemption_keeps_budgets_where_it_can() {
    let mut world = world();
    priority_class(&mut world);
    // Three nodes of 4 CPUs, each with one Pod of 2.5; a budget forbids all but one of them to go.
    for (name, team) in [("one", "kept"), ("two", "kept"), ("three", "free")] {
        let large = app("nginx:1.27").with(&["resources", "requests", "cpu"], "2500m");
        let mut pod = pod(name, large);
        pod.set(&["metadata", "labels"], tree!({ "team": team }));
        create(&mut world, pod);
    }
    let budget = tree!({
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": { "name": "kept", "namespace": "default" },
        "spec": { "minAvailable": 2, "selector": { "matchLabels": { "team": "kept" } } },
    });
    ask(&mut world, Request::create(User::admin(), Resource::POD_DISRUPTION_BUDGETS, "default", budget));
    advance(&mut world, 30);
    let free = get(&world, Resource::PODS, "three").str_at(&["spec", "nodeName"]).to_owned();
    let large = app("nginx:1.27").with(&["resources", "requests", "cpu"], "2500m");
    let mut urgent = pod("urgent", large);
    urgent.set(&["spec", "priorityClassName"], "urgent");
    create(&mut world, urgent);
    advance(&mut world, 60);
    assert_eq!(get(&world, Resource::PODS, "urgent").str_at(&["spec", "nodeName"]), free);
    let left: Vec<String> = pods(&world).iter().map(|pod| meta::name(pod).to_owned()).collect();
    assert_eq!(left, ["one", "two", "urgent"]);
}
