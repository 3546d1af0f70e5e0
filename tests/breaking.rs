//! Breaking on purpose: real causes, found in every chain that they began, mended again, and told
//! the same way when the story is told again.

use crate::kube_world::{ask, deployment, world};
use crate::nodes::{advance, create, events, get, pod_key, pods, service};
use drydock::kube::api::{Key, Request, Resource, User, meta};
use drydock::kube::{Component, Part};
use drydock::session::{Msg, Session};
use drydock::sim::secs;
use drydock::view::{breaking, inspector, why};
use drydock::words::{Lang, Words};
use drydock::world::{Action, Break, Credential, Preset, World};

fn web(world: &mut World, replicas: i64) {
    ask(world, Request::create(User::admin(), Resource::DEPLOYMENTS, "default", deployment(replicas)));
    advance(world, 60);
}

fn act(world: &mut World, name: &str) {
    let what = Break::named(name).unwrap_or_else(|| panic!("`{name}` is a name"));
    world.act(&Action::Break(what)).unwrap_or_else(|refusal| panic!("{name}: {}", refusal.message));
}

fn mend(world: &mut World, name: &str) {
    let what = Break::named(name).and_then(|what| what.mending()).unwrap_or_else(|| panic!("`{name}` can be mended"));
    world.act(&Action::Break(what)).unwrap_or_else(|refusal| panic!("{name}: {}", refusal.message));
}

fn names(world: &World) -> Vec<String> {
    world.broken().iter().map(|broken| broken.what.name()).collect()
}

/// The codes of the reasons in the chain that ends with the last change of an object.
fn chain(world: &World, key: &Key) -> Vec<&'static str> {
    let last = world.cluster().last_entry(key).expect("something has happened to it");
    world.journal().chain(last).iter().filter_map(|entry| entry.why.as_ref().map(|why| why.code)).collect()
}

fn is_ready(world: &World, resource: Resource, name: &str) -> bool {
    meta::is_condition_true(&get(world, resource, name), "Ready")
}

#[test]
fn a_killed_container_ends_with_137_and_starts_again() {
    let mut world = world();
    web(&mut world, 1);
    let name = meta::name(&pods(&world)[0]).to_owned();
    act(&mut world, &format!("container/{name}/web"));
    advance(&mut world, 5);
    let pod = get(&world, Resource::PODS, &name);
    let status = &pod.items_at(&["status", "containerStatuses"])[0];
    assert_eq!(status.int_at(&["restartCount"]), Some(1), "{status:?}");
    assert_eq!(status.int_at(&["lastState", "terminated", "exitCode"]), Some(137), "{status:?}");
    assert_eq!(status.str_at(&["lastState", "terminated", "reason"]), "Error");
    assert!(is_ready(&world, Resource::PODS, &name));
    assert!(chain(&world, &pod_key(&name)).contains(&"container-killed"), "{:?}", chain(&world, &pod_key(&name)));
    assert_eq!(names(&world), [""; 0], "what the kubelet mends is not broken");
    let gone = Break::Kill(pod_key("nobody"), "".into());
    assert!(world.act(&Action::Break(gone)).is_err(), "nobody can be killed who does not run");
}

#[test]
fn a_killed_pod_is_replaced_because_of_it() {
    let mut world = world();
    web(&mut world, 2);
    let name = meta::name(&pods(&world)[0]).to_owned();
    act(&mut world, &format!("pod/{name}"));
    advance(&mut world, 30);
    let names: Vec<String> = pods(&world).iter().map(|pod| meta::name(pod).to_owned()).collect();
    assert_eq!(names.len(), 2);
    assert!(!names.contains(&name));
    let newest = pods(&world).iter().max_by_key(|pod| meta::created_at(pod)).map(|pod| pod_key(meta::name(pod)));
    let chain = chain(&world, &newest.expect("there are Pods"));
    assert_eq!(chain.first(), Some(&"pod-killed"), "{chain:?}");
}

#[test]
fn a_silent_node_has_whoever_silenced_it_at_the_root() {
    for name in ["kubelet/node-a", "node/node-a", "credential/kubelet/node-a", "zone/ap-northeast-2a"] {
        let mut world = world();
        web(&mut world, 3);
        act(&mut world, name);
        advance(&mut world, 60);
        let node = Key::new(Resource::NODES, "", "node-a");
        let ready = meta::condition(world.get(&node).expect("the node is there"), "Ready").cloned().unwrap_or_default();
        assert_eq!(ready.str_at(&["status"]), "Unknown", "{name}");
        let entry = &world.broken()[0];
        assert_eq!(names(&world), [name]);
        let last = world.cluster().last_entry(&node).expect("something happened to the node");
        let roots = world.journal().chain(last);
        assert!(roots.iter().any(|it| it.id == entry.entry), "{name}: {roots:?}");
        advance(&mut world, 330);
        let away = pods(&world).into_iter().filter(|pod| pod.str_at(&["spec", "nodeName"]) == "node-c");
        let away: Vec<_> = away.map(|pod| meta::name(&pod).to_owned()).collect();
        assert!(!away.is_empty(), "{name}: nobody was replaced");
        mend(&mut world, name);
        advance(&mut world, 60);
        assert_eq!(names(&world), [""; 0]);
        let node = world.get(&node).expect("the node is there");
        assert!(meta::is_condition_true(node, "Ready"), "{name}: the node is back");
        assert_eq!(get(&world, Resource::DEPLOYMENTS, "web").int_at(&["status", "readyReplicas"]), Some(3), "{name}");
    }
}

#[test]
fn a_kubelet_without_a_valid_certificate_goes_on_with_what_it_has() {
    let mut world = world();
    web(&mut world, 3);
    let name = pods(&world)[0].clone();
    let (name, node) = (meta::name(&name).to_owned(), name.str_at(&["spec", "nodeName"]).to_owned());
    act(&mut world, &format!("credential/kubelet/{node}"));
    act(&mut world, &format!("container/{name}"));
    advance(&mut world, 20);
    let told = get(&world, Resource::PODS, &name);
    assert_eq!(told.items_at(&["status", "containerStatuses"])[0].int_at(&["restartCount"]), Some(0), "nobody is told");
    let kubelet = world.cluster().kubelet(&node).expect("the kubelet is there");
    let worker = kubelet.pod(&pod_key(&name)).expect("it has the Pod");
    assert_eq!(worker.containers[0].restarts, 1, "the kubelet restarts what ended");
    mend(&mut world, &format!("credential/kubelet/{node}"));
    advance(&mut world, 20);
    let told = get(&world, Resource::PODS, &name);
    assert_eq!(told.items_at(&["status", "containerStatuses"])[0].int_at(&["restartCount"]), Some(1), "now it is told");
}

#[test]
fn an_expired_certificate_of_ones_own_is_refused_everywhere() {
    let mut world = world();
    act(&mut world, "credential/admin");
    let list = Request::list(User::admin(), Resource::PODS, "default");
    let ask = Action::Request { actor: "you".into(), request: list.into() };
    let refusal = world.act(&ask).expect_err("the credential has expired");
    assert_eq!(refusal.message, "Unauthorized");
    assert!(world.act(&Action::Break(Break::KillPod(pod_key("web")))).is_err());
    mend(&mut world, "credential/admin");
    assert!(world.act(&ask).is_ok());
}

#[test]
fn a_spoiled_tag_cannot_be_pulled_and_is_put_back() {
    let mut world = world();
    web(&mut world, 2);
    act(&mut world, "image/deployment/web");
    advance(&mut world, 60);
    let image = |world: &World| {
        let web = get(world, Resource::DEPLOYMENTS, "web");
        web.items_at(&["spec", "template", "spec", "containers"])[0].str_at(&["image"]).to_owned()
    };
    assert_eq!(image(&world), "nginx:1.27-does-not-exist");
    let told = events(&world);
    assert!(told.iter().any(|it| it.contains("Failed to pull image \"nginx:1.27-does-not-exist\"")), "{told:#?}");
    let stuck = pods(&world).into_iter().find(|pod| !meta::is_condition_true(pod, "Ready")).expect("one Pod is stuck");
    assert_eq!(chain(&world, &pod_key(meta::name(&stuck))).first(), Some(&"image-spoiled"));
    mend(&mut world, "image/deployment/web");
    advance(&mut world, 60);
    assert_eq!(image(&world), "nginx:1.27");
    assert_eq!(get(&world, Resource::DEPLOYMENTS, "web").int_at(&["status", "readyReplicas"]), Some(2));
    assert!(world.act(&Action::Break(Break::Unspoil(Key::new(Resource::DEPLOYMENTS, "default", "web")))).is_err());
}

#[test]
fn a_spike_is_more_than_the_pods_can_answer() {
    let mut world = world();
    web(&mut world, 1);
    create(&mut world, service());
    advance(&mut world, 10);
    act(&mut world, "traffic/web");
    advance(&mut world, 10);
    let client = world.cluster().clients().next().cloned().expect("the spike is a client");
    assert!(client.answered > 0 && client.lost > 0, "{} answered, {} lost", client.answered, client.lost);
    assert!(client.losses.iter().any(|loss| loss.why.code == "traffic-overloaded"), "{:?}", client.losses);
    mend(&mut world, "traffic/web");
    assert_eq!(world.cluster().clients().count(), 0);
    assert!(world.act(&Action::Break(Break::Spike(Key::new(Resource::SERVICES, "default", "none")))).is_err());
}

#[test]
fn an_expired_access_key_opens_nothing() {
    let mut session = Session::open(Lang::En, "00-tour");
    let key = session.access_key();
    assert!(!key.is_empty());
    session.update(Msg::Break(Break::Expire(Credential::AccessKey(key.clone()))));
    session.update(Msg::Command("aws sts get-caller-identity".into()));
    let said =
        |session: &Session| session.terminal().lines().iter().map(|line| line.text.to_string()).collect::<Vec<_>>();
    assert!(said(&session).iter().any(|line| line.contains("ExpiredToken")), "{:?}", said(&session));
    session.update(Msg::Command(format!("drydock mend credential/{key}").into()));
    session.update(Msg::Command("aws sts get-caller-identity".into()));
    assert!(said(&session).iter().any(|line| line.contains("111122223333")), "{:?}", said(&session));
}

#[test]
fn a_zone_takes_its_part_of_the_control_plane_and_gives_it_back() {
    let (preset, _) = Preset::from_value(&drydock::tree!({ "preset": "native", "controlPlanes": 3 })).expect("a world");
    let mut world = World::new(&preset, 7);
    world.settle(secs(60));
    act(&mut world, "etcd/0");
    act(&mut world, "zone/ap-northeast-2a");
    let stopped =
        |world: &World, part, number| world.cluster().stopped_since(&Component::Member(part, number)).is_some();
    assert!(
        stopped(&world, Part::Etcd, 0) && stopped(&world, Part::ApiServer, 0) && stopped(&world, Part::ApiServer, 2)
    );
    assert!(!stopped(&world, Part::ApiServer, 1), "the other zone goes on");
    mend(&mut world, "zone/ap-northeast-2a");
    assert!(stopped(&world, Part::Etcd, 0), "what was broken for itself stays broken");
    assert!(!stopped(&world, Part::ApiServer, 0));
    assert_eq!(names(&world), ["etcd/0"]);
    assert!(world.act(&Action::Break(Break::ZoneOut("atlantis".into()))).is_err());
}

#[test]
fn a_story_with_breaks_is_told_again_the_same_way() {
    let mut session = Session::open(Lang::En, "00-tour");
    let pod = breaking::all(&session).into_iter().find(|it| it.command.starts_with("drydock break container/"));
    for msg in [
        pod.expect("a Pod runs").msg,
        Msg::Break(Break::named("kubelet/node-a").expect("a name")),
        Msg::Break(Break::named("image/deployment/web").expect("a name")),
        Msg::Break(Break::named("credential/kubelet/node-b").expect("a name")),
    ] {
        session.update(msg);
        let until = session.world().now() + secs(20);
        while session.world().now() < until {
            session.update(Msg::Frame { elapsed_ms: 250 });
        }
    }
    let (hash, end, broken) = (session.world().journal().hash(), session.world().now(), session.world().broken());
    assert_eq!(broken.len(), 3);
    session.update(Msg::RewindTo(secs(0)));
    assert_eq!(session.world().broken().len(), 0, "before it was broken, it was not");
    session.update(Msg::RewindTo(end));
    assert_eq!((session.world().journal().hash(), session.world().broken()), (hash, broken));
}

#[test]
fn why_names_what_was_broken_on_purpose() {
    let mut session = Session::open(Lang::En, "00-tour");
    session.update(Msg::Command("drydock break kube-scheduler".into()));
    session.update(Msg::Command("kubectl scale deployment web --replicas=5".into()));
    for _ in 0..40 {
        session.update(Msg::Frame { elapsed_ms: 100 });
    }
    let world = session.world();
    let seen = world.cluster().snapshot(world.now());
    let pending = seen.list(Resource::PODS, "default").find(|pod| pod.str_at(&["spec", "nodeName"]).is_empty());
    let pending = pending.and_then(|pod| meta::key(pod)).expect("a Pod waits for the scheduler");
    let said = why::view(&session, &pending);
    let [broken] = said.broken.as_slice() else { panic!("{:?}", said.broken) };
    assert!(broken.mend.is_some());
    let text = broken.said.say(&Words::new(Lang::En));
    assert!(text.starts_with("You broke this on purpose at "), "{text}");
    assert!(text.contains("kube-scheduler"), "{text}");
    assert!(inspector::actions(&session, &pending).iter().any(|action| action.label.key.starts_with("break-")));
    session.update(Msg::Command("drydock mend all".into()));
    for _ in 0..40 {
        session.update(Msg::Frame { elapsed_ms: 100 });
    }
    assert_eq!(session.world().broken().len(), 0);
    assert_eq!(why::view(&session, &pending).broken.len(), 0, "mended, and nothing that began this Pod's chain");
}

#[test]
fn every_break_that_is_offered_can_be_done_and_said() {
    let words = [Words::new(Lang::En), Words::new(Lang::Ko)];
    let session = Session::open(Lang::En, "00-tour");
    let offered = breaking::all(&session);
    assert!(offered.len() > 20, "{}", offered.len());
    for view in offered {
        for words in &words {
            let label = view.label.say(words);
            assert!(!label.contains('$') && label != *view.label.key, "{label}");
        }
        let name = view.command.strip_prefix("drydock break ").unwrap_or_else(|| panic!("{}", view.command));
        let what = Break::named(name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(Msg::Break(what.clone()), view.msg);
        let mut world = session.world().clone();
        world.act(&Action::Break(what)).unwrap_or_else(|refusal| panic!("{name}: {}", refusal.message));
    }
}
