use super::*;
use crate::session::history::Logged;
use crate::session::{Msg, Speed};
use crate::world::api::{Key, Options, PatchType, Preconditions, Propagation, Request, Resource, User, Verb};
use crate::world::{Action, Break, Call, Caller, Component, HttpRequest, Look, NodeSpec, Outbound, Part, Plan, Target};
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

fn frames(session: &mut Session, count: u32) {
    for _ in 0..count {
        session.update(Msg::Frame { elapsed_ms: 16 });
    }
}

fn edit(session: &mut Session, from: &str, to: &str) {
    let file = &session.files[0];
    let (name, text) = (file.name.clone(), file.text.replacen(from, to, 1));
    session.update(Msg::Edit { file: name, text: text.into(), cursor_line: 0 });
    session.update(Msg::Apply);
}

/// A visit in which everything happens that a learner does: writing, commands, deleting, breaking, going back.
fn visited() -> Session {
    let mut session = Session::open(Lang::En, "10-desired-state");
    frames(&mut session, 20);
    edit(&mut session, "replicas: 3", "replicas: 5");
    frames(&mut session, 200);
    session.update(Msg::Command("kubectl label deployment web team=dock".into()));
    frames(&mut session, 60);
    session.update(Msg::Command("aws s3 mb s3://plans".into()));
    frames(&mut session, 60);
    let seen = session.world().cluster().snapshot(session.world().now());
    let pod = seen.list(Resource::PODS, "default").next().and_then(|pod| crate::world::api::meta::key(pod));
    session.update(Msg::Delete(pod.expect("there are Pods")));
    session.update(Msg::SetSpeed(Speed::Times(10)));
    frames(&mut session, 100);
    session.update(Msg::Break(Break::Stop(Component::Scheduler)));
    edit(&mut session, "replicas: 5", "replicas: 6");
    frames(&mut session, 50);
    session
}

fn arrived(story: &Story) -> Session {
    let mut session = Session::of_story(Lang::Ko, story, "").expect("the lesson is built in");
    for _ in 0..10_000 {
        if !session.is_arriving() {
            return session;
        }
        frames(&mut session, 1);
    }
    panic!("the story never arrived");
}

fn is_same(one: &Session, other: &Session) {
    let moment = |session: &Session| (session.world().now(), session.world().steps(), session.world().journal().hash());
    assert_eq!(moment(one), moment(other));
    let texts = |session: &Session| -> Vec<(Rc<str>, Rc<str>)> {
        session.files.iter().map(|file| (file.name.clone(), file.text.clone())).collect()
    };
    assert_eq!(texts(one), texts(other));
    assert_eq!((one.lens, &one.active, one.auto_apply), (other.lens, &other.active, other.auto_apply));
}

#[test]
fn a_story_is_told_again_to_the_last_digit() {
    let session = visited();
    let story = Story::of(&session);
    assert!(story.inputs.len() > 5, "{}", story.inputs.len());
    let text = story.write().expect("it fits");
    let read = Story::read(&text).expect("what was written can be read");
    assert_eq!(read, story);
    is_same(&session, &arrived(&read));
}

#[test]
fn a_story_from_the_past_keeps_its_future() {
    let mut session = visited();
    let past = SimTime(session.world().now().as_millis() - 6_000);
    session.update(Msg::RewindTo(past));
    let story = Story::of(&session);
    let mut other = arrived(&Story::read(&story.write().expect("it fits")).expect("it can be read"));
    is_same(&session, &other);
    for session in [&mut session, &mut other] {
        let until = story.until;
        session.update(Msg::RewindTo(until));
    }
    is_same(&session, &other);
}

#[test]
fn a_text_that_was_not_applied_is_not_applied_by_opening_it() {
    let mut session = Session::new(Lang::En);
    session.update(Msg::SetAutoApply(false));
    let file = &session.files[0];
    let (name, text) = (file.name.clone(), file.text.replace("replicas: 3", "replicas: 9"));
    session.update(Msg::Edit { file: name, text: text.into(), cursor_line: 0 });
    let mut story = Story::of(&session);
    assert!(story.inputs.is_empty());
    // Even where files are applied by themselves.
    story.auto_apply = true;
    let mut other = arrived(&story);
    frames(&mut other, 400);
    assert!(other.files[0].text.contains("replicas: 9"));
    assert!(other.history().inputs().is_empty());
}

/// Every kind of input, once.
fn every_input() -> Vec<Logged> {
    let pod = Key::new(Resource::PODS, "default", "web-1");
    let user = User::new("dana", &["devs", "system:authenticated"]);
    let all = Options {
        field_manager: "editor/a.yaml".into(),
        dry_run: true,
        force: true,
        lenient: true,
        as_stored: false,
        grace_period_seconds: Some(0),
        propagation: Some(Propagation::Foreground),
        preconditions: Preconditions { uid: Some("u".into()), resource_version: Some("".into()) },
        label_selector: "a=b".into(),
        field_selector: "spec.nodeName=node-a".into(),
    };
    let mut requests: Vec<Request> = act_verbs().map(|verb| Request::new(User::admin(), verb, &pod)).collect();
    requests.push(Request::new(user, Verb::Delete, &pod).on("eviction").with_body(Value::list([Value::from(1)])));
    requests.push(Request { options: all, ..Request::new(User::admin(), Verb::Create, &pod).in_version("v1") });
    requests.push(Request::new(User::admin(), Verb::Create, &Key::new(Resource::SELF_SUBJECT_ACCESS_REVIEWS, "", "")));
    let ask = |request: Request| Action::Request { actor: "you".into(), request: Rc::new(request) };
    let mut actions: Vec<Action> = requests.iter().cloned().map(ask).collect();
    for key in [None, Some("AKIA1".into())] {
        let target = Rc::new(Target { server: "https://a".into(), access_key_id: key });
        actions.push(Action::RequestTo { actor: "you".into(), target, request: Rc::new(requests[0].clone()) });
    }
    actions.push(Action::Focus("https://b".into()));
    actions.extend([true, false].map(|is_gone| Action::Hosting { document: Rc::new(Value::map()), is_gone }));
    for caller in [
        Caller::Keys { access_key_id: "AKIA1".into() },
        Caller::Service { name: "s".into(), account: "1".into(), role: None },
        Caller::Service { name: "s".into(), account: "1".into(), role: Some("r".into()) },
        Caller::Anonymous,
    ] {
        let call = Call { caller, ..Call::new("", "ap-northeast-2", "ec2", "CreateVpc", Value::map()) };
        actions.push(Action::Aws { actor: "you".into(), call: Rc::new(call) });
    }
    let components = [
        Component::ControllerManager,
        Component::Scheduler,
        Component::Kubelet("node-a".into()),
        Component::Machine("node-a".into()),
        Component::Member(Part::Etcd, 2),
    ];
    let stops = components.iter().cloned().map(Break::Stop);
    let starts = components.iter().cloned().map(Break::Start);
    let plan =
        Plan { name: "shop".into(), from: "".into(), host: "web".into(), port: 80, path: "/".into(), per_second: 3 };
    let others = [
        Break::Send(plan),
        Break::Cease("shop".into()),
        Break::ZoneOut("a".into()),
        Break::ZoneBack("a".into()),
        Break::Member("dev".into(), "etcd/0".into()),
        Break::MemberBack("dev".into(), "etcd/0".into()),
        Break::Flaw,
        Break::Patch("dev".into()),
    ];
    actions.extend(stops.chain(starts).chain(others).map(Action::Break));
    actions.push(Action::Identify { server: "".into(), pod: pod.clone() });
    let mut request = HttpRequest::get("shop.example", "/a?b=c");
    request.headers.push(("x".into(), "y".into()));
    actions.push(Action::Fetch(Rc::new(Outbound { host: "shop.example".into(), port: 443, nth: 3, request })));
    let looks = [Look::Machine, Look::Log { pod: "u".into(), container: "c".into() }, Look::Rules("nat".into())];
    actions.extend(looks.map(|look| Action::OnNode { node: "node-a".into(), look }));
    actions.push(Action::Join(NodeSpec {
        name: "n".into(),
        zone: "z".into(),
        cpu: "2".into(),
        memory: "4Gi".into(),
        pods: 110,
        labels: vec![("a".into(), "b".into())],
    }));
    let texts = [Logged::Text { file: "a.yaml".into(), text: "x: \"\\u0000\n\t가\"".into() }];
    actions.into_iter().map(|action| Logged::Act(Rc::new(action))).chain(texts).collect()
}

fn act_verbs() -> impl Iterator<Item = Verb> {
    let patches = [PatchType::Json, PatchType::Merge, PatchType::Strategic, PatchType::Apply].map(Verb::Patch);
    let others = [Verb::Get, Verb::List, Verb::Create, Verb::Update, Verb::Delete, Verb::DeleteCollection];
    others.into_iter().chain(patches)
}

fn story_of(inputs: Vec<Logged>) -> Story {
    let inputs = inputs.into_iter().map(|what| Input { steps: 1, at: SimTime(5), what }).collect();
    Story { inputs, ..Story::of(&Session::new(Lang::En)) }
}

#[test]
fn every_kind_of_input_survives_the_way() {
    let story = story_of(every_input());
    assert_eq!(Story::read(&story.write().expect("it fits")), Ok(story));
}

#[test]
fn a_story_that_is_cut_off_or_spoiled_is_refused_or_is_a_story() {
    let text = story_of(every_input()).write().expect("it fits");
    let mut dice = Pcg64Mcg::seed_from_u64(11);
    let mut refused = 0;
    for _ in 0..400 {
        let mut bytes = text.clone().into_bytes();
        for _ in 0..dice.random_range(1..4) {
            let at = dice.random_range(0..bytes.len());
            match dice.random_range(0..4) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at] = dice.random_range(32..127),
                2 => drop(bytes.remove(at)),
                _ => bytes.insert(at, *[b'"', b'{', b'[', b',', b'9', 0x80].get(dice.random_range(0..6)).unwrap_or(&0)),
            }
        }
        match Story::read(&String::from_utf8_lossy(&bytes)) {
            Err(_) => refused += 1,
            // What can be read is a whole story: it comes back the same.
            Ok(story) => assert_eq!(Story::read(&story.write().expect("it was short enough")), Ok(story)),
        }
    }
    assert!(refused > 100, "only {refused} were refused");
}

#[test]
fn noise_is_refused() {
    let mut dice = Pcg64Mcg::seed_from_u64(5);
    for length in [0, 1, 10, 1_000] {
        for _ in 0..50 {
            let noise: Vec<u8> = (0..length).map(|_| dice.next_u32().to_le_bytes()[0]).collect();
            let noise = String::from_utf8_lossy(&noise).into_owned();
            assert!(Story::read(&noise).is_err());
            assert!(Story::read(&format!("{{{noise}")).is_err());
        }
    }
}

#[test]
fn what_is_hostile_is_named() {
    let good = story_of(Vec::new()).write().expect("it fits");
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from} is not in {good}");
        Story::read(&good.replacen(from, to, 1))
    };
    assert_eq!(with("\"form\":1", "\"form\":2"), Err(StoryFault::Newer));
    assert_eq!(with("\"form\":1", "\"form\":-1"), Err(StoryFault::Broken));
    assert_eq!(with("\"seed\":7", "\"seed\":-7"), Err(StoryFault::Broken));
    assert_eq!(with("\"at\":", "\"at\":9999999999999"), Err(StoryFault::TooLarge));
    assert_eq!(with("\"inputs\":[]", "\"inputs\":[[0,0,{\"do\":\"eval\"}]]"), Err(StoryFault::Broken));
    let many = format!("\"inputs\":[{}0]", "0,".repeat(STORY_INPUTS_MAX));
    assert_eq!(with("\"inputs\":[]", &many), Err(StoryFault::TooLarge));
    let deep = format!("\"inputs\":{}{}", "[".repeat(50_000), "]".repeat(50_000));
    assert_eq!(with("\"inputs\":[]", &deep), Err(StoryFault::Broken));
    assert_eq!(Story::read(&" ".repeat(STORY_BYTES_MAX + 1)), Err(StoryFault::TooLarge));
    let bomb = "{\"form\":1,\"a\":&a [x,x,x,x,x,x,x,x],\"b\":&b [*a,*a,*a,*a,*a,*a,*a,*a],\"c\":[*b,*b,*b,*b,*b,*b]}";
    assert_eq!(Story::read(bomb), Err(StoryFault::Broken));
    let nowhere = Story { lesson: "99-nowhere".into(), ..story_of(Vec::new()) };
    assert_eq!(Session::of_story(Lang::En, &nowhere, "").err(), Some(StoryFault::NoLesson));
    assert_eq!(Session::of_story(Lang::En, &nowhere, "not a lesson").err(), Some(StoryFault::NoLesson));
}

#[test]
fn inputs_that_make_no_sense_harm_nothing() {
    let mut inputs = every_input();
    inputs.reverse();
    let mut story = story_of(inputs);
    for (index, input) in story.inputs.iter_mut().enumerate() {
        // Out of order, and some never due.
        input.steps = if index % 5 == 4 { u64::MAX / 4 } else { (index as u64 * 7) % 30 };
        input.at = SimTime((index as u64 * 991) % 9_000);
    }
    story.at = SimTime(60_000);
    let session = arrived(&story);
    assert!(session.world().now() >= SimTime(60_000));
}
