//! Nodes: scheduling, kubelets, node failure and what Services see of it, in a whole world.

use crate::kube_world::{ask, deployment, world};
use drydock::document::Value;
use drydock::kube::api::{Key, Request, Resource, User, meta};
use drydock::sim::secs;
use drydock::tree;
use drydock::world::World;

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
