//! The reducer, played as a person would.

use drydock::session::{FileState, Msg, Session};
use drydock::words::Lang;
use drydock::world::api::{Key, Resource};
use drydock::world::secs;

fn frames(session: &mut Session, count: u32) {
    for _ in 0..count {
        session.update(Msg::Frame { elapsed_ms: 16 });
    }
}

fn ready(session: &Session) -> i64 {
    let key = Key::new(Resource::DEPLOYMENTS, "default", "web");
    session.world().get(&key).and_then(|web| web.int_at(&["status", "readyReplicas"])).unwrap_or_default()
}

fn edit(session: &mut Session, from: &str, to: &str) {
    let file = session.files[0].clone();
    let text = file.text.replace(from, to);
    let line = text.lines().position(|line| line.contains(to)).unwrap_or_default();
    session.update(Msg::Edit { file: file.name, text: text.into(), cursor_line: line as u32 });
}

#[test]
fn the_tour_can_be_played_to_its_end() {
    let mut session = Session::new(Lang::En);
    assert_eq!(ready(&session), 3, "the tour opens with a finished Deployment");
    edit(&mut session, "replicas: 3", "replicas: 5");
    session.update(Msg::SetSpeed(drydock::session::Speed::Times(10)));
    frames(&mut session, 300);
    assert_eq!(session.files[0].state, FileState::Applied, "{:?}", session.files[0].problems);
    assert_eq!(ready(&session), 5);
    assert!(session.progress().unwrap().is_passed());
    session.update(Msg::NextStep);
    let pod = session.world().cluster().snapshot(session.world().now()).list(Resource::PODS, "default").next();
    let key = drydock::world::api::meta::key(pod.unwrap()).unwrap();
    session.update(Msg::Delete(key));
    frames(&mut session, 600);
    assert!(session.progress().unwrap().is_passed());
    session.update(Msg::NextStep);
    let hash = session.world().journal().hash();
    let end = session.world().now();
    session.update(Msg::RewindTo(end - secs(30)));
    assert!(session.world().now() < end);
    session.update(Msg::RewindTo(end));
    assert_eq!(session.world().journal().hash(), hash, "the same story again");
    session.update(Msg::Play(true));
    frames(&mut session, 300);
    assert!(session.progress().unwrap().is_finished());
}

#[test]
fn typing_ten_over_three_never_passes_through_one() {
    let mut session = Session::new(Lang::Ko);
    edit(&mut session, "replicas: 3", "replicas: 1");
    frames(&mut session, 20);
    assert_eq!(session.files[0].state, FileState::Waiting);
    edit(&mut session, "replicas: 1", "replicas: 10");
    frames(&mut session, 20);
    assert_eq!(session.files[0].state, FileState::Applied, "{:?}", session.files[0].problems);
    session.update(Msg::SetSpeed(drydock::session::Speed::Times(10)));
    frames(&mut session, 600);
    assert_eq!(ready(&session), 10);
    let lowered = session
        .world()
        .journal()
        .iter()
        .any(|entry| entry.why.as_ref().is_some_and(|why| why.code == "too-many" || why.code == "rollout-down"));
    assert!(!lowered, "nothing was ever scaled down");
}

#[test]
fn a_new_input_in_the_past_begins_a_branch() {
    let mut session = Session::new(Lang::En);
    let start = session.world().now();
    edit(&mut session, "replicas: 3", "replicas: 5");
    session.update(Msg::SetSpeed(drydock::session::Speed::Times(10)));
    frames(&mut session, 300);
    session.update(Msg::RewindTo(start));
    assert!(session.files[0].text.contains("replicas: 3"), "the text goes back too");
    assert!(session.history().is_in_past());
    edit(&mut session, "replicas: 3", "replicas: 4");
    frames(&mut session, 20);
    assert!(!session.history().ghost().is_empty(), "the old future is kept to compare");
    session.update(Msg::Play(true));
    frames(&mut session, 300);
    assert_eq!(ready(&session), 4);
}

#[test]
fn stepping_back_and_forth_is_the_same_story() {
    let mut session = Session::new(Lang::En);
    edit(&mut session, "replicas: 3", "replicas: 5");
    frames(&mut session, 60);
    session.update(Msg::Play(false));
    let (told, hash) = (session.world().journal().len(), session.world().journal().hash());
    for _ in 0..3 {
        session.update(Msg::StepBack);
    }
    assert!(session.world().journal().len() < told);
    while session.world().journal().len() < told {
        session.update(Msg::Step);
    }
    assert_eq!(session.world().journal().hash(), hash);
}
