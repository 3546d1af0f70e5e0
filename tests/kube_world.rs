//! A whole world, driven through its one door.

use drydock::document::Value;
use drydock::kube::api::{Key, Request, Resource, User, Verb};
use drydock::sim::{SimTime, secs};
use drydock::tree;
use drydock::world::{Action, Preset, World};
use std::rc::Rc;

pub fn world() -> World {
    let mut world = World::new(&Preset::native(), 7);
    world.settle(secs(60));
    world
}

pub fn ask(world: &mut World, request: Request) -> Value {
    let action = Action::Request { actor: "you".into(), request: Rc::new(request) };
    world.act(&action).expect("the request is valid").into_object()
}

pub fn deployment(replicas: i64) -> Value {
    tree!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": "web" },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{ "name": "web", "image": "nginx:1.27" }] },
            },
        },
    })
}

fn count(world: &World, resource: Resource) -> usize {
    world.cluster().snapshot(world.now()).list(resource, "default").count()
}

fn key() -> Key {
    Key::new(Resource::DEPLOYMENTS, "default", "web")
}

#[test]
fn a_deployment_becomes_pods_and_goes_again() {
    let mut world = world();
    ask(&mut world, Request::create(User::admin(), Resource::DEPLOYMENTS, "default", deployment(3)));
    let soon = world.now() + secs(60);
    world.advance_to(soon);
    assert_eq!(count(&world, Resource::REPLICA_SETS), 1);
    assert_eq!(count(&world, Resource::PODS), 3);
    let scale = tree!({ "spec": { "replicas": 5 } });
    let patch = Verb::Patch(drydock::kube::api::PatchType::Merge);
    ask(&mut world, Request::new(User::admin(), patch, &key()).on("scale").with_body(scale));
    world.advance_to(world.now() + secs(60));
    assert_eq!(count(&world, Resource::PODS), 5);
    ask(&mut world, Request::new(User::admin(), Verb::Delete, &key()));
    world.advance_to(world.now() + secs(120));
    assert_eq!((count(&world, Resource::REPLICA_SETS), count(&world, Resource::PODS)), (0, 0));
}

#[test]
fn a_stale_update_conflicts_and_changes_nothing() {
    let mut world = world();
    let made = ask(&mut world, Request::create(User::admin(), Resource::DEPLOYMENTS, "default", deployment(1)));
    world.advance_to(world.now() + secs(5));
    let before = world.get(&key()).cloned();
    let stale = made.with(&["spec", "replicas"], 9);
    let request = Request::new(User::admin(), Verb::Update, &key()).with_body(stale);
    let refusal = world.act(&Action::Request { actor: "you".into(), request: Rc::new(request) }).unwrap_err();
    assert_eq!(
        refusal.message,
        "Operation cannot be fulfilled on deployments.apps \"web\": the object has been modified; \
         please apply your changes to the latest version and try again"
    );
    assert_eq!(world.get(&key()).cloned(), before);
}

#[test]
fn a_clone_of_the_world_lives_the_same_life() {
    let mut one = world();
    ask(&mut one, Request::create(User::admin(), Resource::DEPLOYMENTS, "default", deployment(2)));
    let mut other = one.clone();
    one.advance_to(one.now() + secs(30));
    for _ in 0..7 {
        other.step();
    }
    other.advance_to(one.now());
    assert_eq!(one.journal().hash(), other.journal().hash());
    assert_ne!(one.journal().hash(), 0);
    assert!(one.now() > SimTime::ZERO);
}

fn apply(world: &mut World, manager: &str, force: bool, object: Value) -> Result<Value, String> {
    let mut request = Request::new(User::admin(), Verb::Patch(drydock::kube::api::PatchType::Apply), &key())
        .with_body(object)
        .managed_by(manager);
    request.options.force = force;
    let action = Action::Request { actor: "you".into(), request: Rc::new(request) };
    world.act(&action).map(drydock::kube::api::Reply::into_object).map_err(|refusal| refusal.message)
}

#[test]
fn server_side_apply_owns_what_it_wrote_and_gives_up_what_it_drops() {
    let mut world = world();
    apply(&mut world, "mina", false, deployment(3)).unwrap();
    let refusal = apply(&mut world, "joon", false, deployment(4)).unwrap_err();
    assert_eq!(refusal, "Apply failed with 1 conflict: conflict with \"mina\": .spec.replicas");
    let taken = apply(&mut world, "joon", true, deployment(4)).unwrap();
    assert_eq!(taken.int_at(&["spec", "replicas"]), Some(4));
    let labelled = deployment(4).with(&["metadata", "labels", "tier"], "front");
    apply(&mut world, "joon", true, labelled).unwrap();
    let dropped = apply(&mut world, "joon", true, deployment(4)).unwrap();
    assert_eq!(dropped.at(&["metadata", "labels", "tier"]), None);
}

#[test]
fn applying_the_same_again_writes_nothing() {
    let mut world = world();
    apply(&mut world, "mina", true, deployment(3)).unwrap();
    world.advance_to(world.now() + secs(30));
    let revision = world.cluster().etcd().revision();
    apply(&mut world, "mina", true, deployment(3)).unwrap();
    assert_eq!(world.cluster().etcd().revision(), revision);
}
