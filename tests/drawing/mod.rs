//! The views of real worlds, and the drawings of them: what stands where, at every size, without a
//! browser.

#[path = "../../src/ui/world/drawing/mod.rs"]
#[expect(dead_code, reason = "the browser's program uses all of it")]
mod drawing;

mod hosting;

use drawing::{Drawing, Place, Shape};
use drydock::session::{Msg, Question, Session, Speed};
use drydock::view::cloud;
use drydock::view::control_loop::{self, Place as Part};
use drydock::view::inspector;
use drydock::view::map;
use drydock::view::timeline;
use drydock::view::tracer::{self, LAPTOP};
use drydock::view::traffic;
use drydock::view::wish::{self, PodState};
use drydock::view::yaml::Ink;
use drydock::words::{Lang, Words};

const WIDTHS: [f32; 7] = [320.0, 390.0, 480.0, 640.0, 735.0, 1100.0, 1800.0];

fn frames(session: &mut Session, count: u32) {
    for _ in 0..count {
        session.update(Msg::Frame { elapsed_ms: 16 });
    }
}

fn opened() -> Session {
    let mut session = Session::open(Lang::En, "10-desired-state");
    frames(&mut session, 10);
    session
}

fn edit(session: &mut Session, from: &str, to: &str) {
    let file = session.file("deployment.yaml").expect("the lesson opens with it").clone();
    assert!(file.text.contains(from), "`{from}` is in the lesson's file");
    let text = file.text.replacen(from, to, 1);
    session.update(Msg::Edit { file: file.name, text: text.into(), cursor_line: 0 });
    frames(session, 14);
}

/// Runs simulated time until `done`, at ten times the speed.
fn run_until(session: &mut Session, done: impl Fn(&Session) -> bool) {
    session.update(Msg::SetSpeed(Speed::Times(10)));
    for _ in 0..4000 {
        if done(session) {
            return;
        }
        frames(session, 1);
    }
    panic!("it did not come to that");
}

fn row(session: &Session) -> wish::WishRow {
    wish::rows(session).into_iter().find(|row| &*row.key.name == "web").expect("the lesson has a wish named web")
}

#[test]
fn a_row_counts_what_is_there_and_what_is_missing() {
    let mut session = opened();
    assert_eq!((row(&session).want, row(&session).ready(), row(&session).gap()), (3, 3, 0));
    assert!(row(&session).is_met());
    session.update(Msg::Play(false));
    edit(&mut session, "replicas: 3", "replicas: 5");
    assert_eq!(
        (row(&session).want, row(&session).gap()),
        (5, 2),
        "the blueprint shows the wish while time stands still"
    );
    session.update(Msg::Play(true));
    run_until(&mut session, |session| row(session).is_met());
    assert_eq!(row(&session).ready(), 5);
}

#[test]
fn the_loop_whose_turn_it_is_comes_down_the_chain() {
    let mut session = opened();
    assert_eq!(control_loop::closing(&session, Some(&row(&session))), []);
    session.update(Msg::Play(false));
    edit(&mut session, "replicas: 3", "replicas: 5");
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..200 {
        for place in control_loop::closing(&session, Some(&row(&session))) {
            let name = match place {
                Part::Controller(controller) => controller.name().to_owned(),
                Part::Scheduler => "scheduler".to_owned(),
                Part::Kubelet(_) => "kubelet".to_owned(),
                Part::Etcd => "etcd".to_owned(),
            };
            if !seen.contains(&name) {
                seen.push(name);
            }
        }
        session.update(Msg::Step);
    }
    assert_eq!(seen, ["deployment-controller", "replicaset-controller", "scheduler", "kubelet"]);
}

#[test]
fn a_watch_event_travels_to_the_controller_that_waits() {
    let mut session = opened();
    session.update(Msg::Play(false));
    edit(&mut session, "replicas: 3", "replicas: 5");
    let view = control_loop::view(&session);
    let flight = view.flights.iter().find(|flight| !flight.is_write).expect("the Deployment's change is on its way");
    assert_eq!(view.stations[flight.to].place, Part::Controller(drydock::kube::controller::Controller::Deployment));
    assert_eq!(&*flight.label, "MODIFIED deploy/web");
    session.update(Msg::Step);
    let view = control_loop::view(&session);
    assert!(view.flights.iter().any(|flight| flight.is_write && flight.label.starts_with("P")), "{:?}", view.flights);
}

#[test]
fn an_inspected_pod_shows_three_inks_and_how_it_came_to_be() {
    let mut session = opened();
    let pod = row(&session).pods[0].key.clone();
    session.update(Msg::Select(Some(pod)));
    let view = inspector::view(&session).expect("a Pod is selected");
    let ink = |path: &str| view.lines.iter().find(|line| &*line.path == path).map(|line| line.ink);
    assert_eq!(ink("spec.containers.0.image"), Some(Ink::You), "mapped through the template");
    assert_eq!(ink("spec.dnsPolicy"), Some(Ink::Default));
    assert_eq!(ink("spec.nodeName"), Some(Ink::Controller));
    assert_eq!(ink("status.phase"), Some(Ink::Controller));
    let actors: Vec<String> = view.why.chain.iter().map(|link| link.who.say(&Words::new(Lang::En))).collect();
    assert_eq!(actors[..4], ["you", "deployment controller", "replicaset controller", "scheduler"]);
    let words = Words::new(Lang::Ko);
    for link in &view.why.chain {
        let said = link.why.as_ref().map(|why| why.say(&words)).unwrap_or_default();
        assert!(!said.starts_with("why-"), "a reason without words: {said}");
    }
    assert!(view.actions.iter().any(|action| matches!(&action.msg, Msg::Reveal { line: 5, .. })), "{:?}", view.actions);
}

#[test]
fn a_pod_without_a_node_shows_what_every_node_said() {
    let mut session = opened();
    edit(&mut session, "cpu: 250m", "cpu: 2500m");
    run_until(&mut session, |session| row(session).pods.iter().any(|pod| pod.state == PodState::Pending));
    frames(&mut session, 10);
    let pod = row(&session).pods.iter().find(|pod| pod.state == PodState::Pending).expect("waited for").key.clone();
    session.update(Msg::Select(Some(pod)));
    let view = inspector::view(&session).expect("a Pod is selected");
    assert_eq!(view.why.verdicts.len(), 3);
    assert_eq!(view.why.decides, Some("resources.requests"));
    let message = view.why.message.expect("kubectl describe has a message");
    assert!(message.starts_with("0/3 nodes are available: 3 Insufficient cpu."), "{message}");
}

#[test]
fn rewinding_keeps_what_was_told_ahead_of_the_playhead() {
    let mut session = opened();
    edit(&mut session, "replicas: 3", "replicas: 5");
    run_until(&mut session, |session| row(session).is_met());
    let view = timeline::view(&session);
    assert!(view.future.is_empty() && view.past.len() > 5);
    let yours = view.past.iter().rev().find(|mark| mark.lane == timeline::Lane::You).expect("the edit is a mark").at;
    session.update(Msg::RewindTo(timeline::Moment(yours.0 - 1)));
    let rewound = timeline::view(&session);
    assert!(rewound.in_past && rewound.future.len() > 5, "{} marks ahead", rewound.future.len());
    assert_eq!(rewound.past.len() + rewound.future.len(), view.past.len());
    assert_eq!(rewound.axis, view.axis, "the axis does not move under who drags along it");
}

/// Where every group with something to choose stands.
fn bounds(drawing: &Drawing) -> Vec<(f32, f32)> {
    let place = |shape: &Shape| match shape {
        Shape::Group(group) if group.pick.is_some() => match group.place {
            Place::At(x, y) => Some((x, y)),
            _ => None,
        },
        _ => None,
    };
    drawing.shapes.iter().filter_map(place).collect()
}

#[test]
fn the_map_stays_on_its_sheet_at_every_width() {
    let mut session = opened();
    edit(&mut session, "replicas: 3", "replicas: 50");
    run_until(&mut session, |session| row(session).have() > 20);
    let view = map::view(&session);
    for lang in Lang::ALL {
        for width in WIDTHS {
            let drawing = drawing::map::draw(&view, None, &Words::new(lang), None, (width, 600.0));
            for (x, y) in bounds(&drawing) {
                assert!(x >= 0.0 && x <= width - 10.0, "{width}: something stands at {x}");
                assert!(y >= 0.0 && y <= drawing.height, "{width}: something stands at height {y}");
            }
            let stops = drawing.picks.iter().filter(|pick| pick.stop).count();
            assert!(stops > 20, "{width}: the keyboard reaches {stops} things");
            for (index, one) in drawing.picks.iter().enumerate() {
                let same = |other: &drawing::Pick| other.stop && (other.x, other.y) == (one.x, one.y);
                assert!(!one.stop || !drawing.picks[index + 1..].iter().any(same), "{width}: two things at one place");
            }
        }
    }
}

#[test]
fn every_pod_on_a_node_can_be_reached_once() {
    let session = opened();
    let view = map::view(&session);
    let drawing = drawing::map::draw(&view, None, &Words::new(Lang::En), None, (640.0, 650.0));
    for key in view.order() {
        let stops = drawing.picks.iter().filter(|pick| pick.stop && pick.key.as_ref() == Some(&key)).count();
        assert_eq!(stops, 1, "{key}");
    }
}

#[test]
fn the_ring_has_a_port_for_every_station_at_every_width() {
    let mut session = opened();
    session.update(Msg::Play(false));
    edit(&mut session, "replicas: 3", "replicas: 5");
    let view = control_loop::view(&session);
    for width in WIDTHS {
        let drawing = drawing::ring::draw(&view, &Words::new(Lang::Ko), None, width, 560.0);
        assert_eq!(drawing.picks.len(), view.stations.len(), "{width}");
        let number =
            drawing.shapes.iter().any(|shape| matches!(shape, Shape::Text { class, .. } if class.contains("gapnum")));
        assert!(number, "{width}: the difference is told in the largest type");
        for pick in &drawing.picks {
            assert!(pick.x >= 0.0 && pick.x <= width, "{width}: {} at {}", pick.label, pick.x);
        }
    }
}

#[test]
fn the_cloud_stays_on_its_sheet_and_every_thing_in_it_is_reached_once() {
    let mut session = crate::cloud::tracer::town();
    let things: Vec<_> = cloud::view(&session).unwrap().things().map(|thing| thing.id.clone()).collect();
    let question = Question { from: LAPTOP.into(), to: things[0].clone(), protocol: "tcp".into(), port: 80 };
    session.update(Msg::Trace(Some(question.into())));
    let (view, around, trace) = (map::view(&session), cloud::view(&session).unwrap(), tracer::view(&session));
    for lang in Lang::ALL {
        for width in WIDTHS {
            let around = Some((&around, trace.as_ref()));
            let drawing = drawing::map::draw(&view, around, &Words::new(lang), None, (width, 600.0));
            for (x, y) in bounds(&drawing) {
                assert!(x >= 0.0 && x <= width - 10.0, "{width}: something stands at {x}");
                assert!(y >= 0.0 && y <= drawing.height, "{width}: something stands at height {y}");
            }
            // A zone is reached where each network has its part of it.
            let (zones, named): (Vec<_>, Vec<_>) =
                drawing.named.iter().map(|(_, id)| id.clone()).partition(|id| id.starts_with("zone/"));
            assert_eq!(named, things, "{width}");
            assert_eq!(zones.iter().collect::<std::collections::BTreeSet<_>>().len(), 2, "{width}: {zones:?}");
        }
    }
}

#[test]
fn a_client_is_drawn_with_its_way_and_every_loss_has_a_reason() {
    let mut session = Session::open(Lang::En, "17-rolling-update");
    frames(&mut session, 10);
    assert!(traffic::has_something(&session), "the lesson has a Service");
    let target = traffic::view(&session).targets.into_iter().next().expect("somewhere to send");
    session.update(traffic::at_rate(&target.plan, 1000));
    run_until(&mut session, |session| traffic::view(session).clients.iter().any(|client| client.answered > 2000));
    let view = traffic::view(&session);
    let client = &view.clients[0];
    assert_eq!(client.per_second, 1000);
    assert_eq!(client.pods.len(), 4, "every Pod behind the Service");
    assert!(client.pods.iter().all(|pod| pod.answered.abs_diff(250) <= 10), "{:?}", client.pods);
    assert_eq!(client.stops.last().map(|stop| stop.kind), Some(traffic::StopKind::Service));
    let words = Words::new(Lang::En);
    for width in WIDTHS {
        let flow = drawing::traffic::draw(&view, &words, None, width);
        assert_eq!(flow.lanes.iter().map(|lane| lane.answered).sum::<u64>(), 1000);
        assert_eq!(flow.per_dot, 25, "dots stay countable");
        for (x, y) in flow.lanes.iter().flat_map(|lane| lane.points.iter()) {
            assert!((0.0..=width).contains(x) && (0.0..=flow.drawing.height).contains(y), "{x} {y} at {width}");
        }
    }
    let file = session.file("deployment.yaml").expect("the lesson opens with it").clone();
    let text = file.text.replacen("nginx:1.27", "nginx:1.28", 1);
    session.update(Msg::Edit { file: file.name, text: text.into(), cursor_line: 0 });
    run_until(&mut session, |session| traffic::view(session).clients[0].lost > 0);
    let client = &traffic::view(&session).clients[0];
    assert_eq!(client.losses.iter().map(|loss| loss.count).sum::<u64>(), client.lost, "every loss is accounted for");
    assert!(client.losses.iter().all(|loss| words.say(&loss.why.key, &loss.why.args) != *loss.why.key));
    session.update(client.cease.clone());
    assert!(traffic::view(&session).clients.is_empty());
}

#[test]
fn the_line_that_would_help_lets_a_pod_in() {
    let mut session = opened();
    edit(&mut session, "cpu: 250m", "cpu: 6000m");
    let waiting = |session: &Session| wish::pods(session).into_iter().find(|pod| pod.state == PodState::Pending);
    run_until(&mut session, |session| waiting(session).is_some());
    session.update(Msg::Select(waiting(&session).map(|pod| pod.key)));
    let why = inspector::view(&session).expect("it is selected").why;
    let cure = why.cure.expect("every node has something free");
    assert_eq!((&*cure.field, &*cure.from), ("cpu", "6"), "{cure:?}");
    let effects = session.update(cure.msg);
    assert_eq!(effects.len(), 1, "the editor shows what was written");
    let text = session.file("deployment.yaml").expect("the lesson opens with it").text.clone();
    assert!(text.contains(&format!("cpu: {}", cure.to)), "{text}");
    run_until(&mut session, |session| waiting(session).is_none() && row(session).is_met());
}

#[test]
fn what_rbac_refused_is_told_rule_by_rule() {
    use drydock::view::rbac;
    let mut session = opened();
    for line in [
        "kubectl create role reader --verb=get,list --resource=configmaps",
        "kubectl create rolebinding mina-reads --role=reader --user=mina",
        "kubectl get pods --as mina",
    ] {
        session.update(Msg::Command(line.into()));
        frames(&mut session, 30);
    }
    let refusals = rbac::view(&session);
    let [refusal] = refusals.as_slice() else { panic!("one refusal: {refusals:?}") };
    assert_eq!((&*refusal.who, &*refusal.what, &*refusal.namespace), ("mina", "list pods", "default"));
    let own: Vec<_> = refusal.tried.iter().filter(|tried| &*tried.role.name == "reader").collect();
    let fits: Vec<(&str, bool)> = own[0].parts.iter().map(|part| (part.word, part.fits)).collect();
    assert_eq!(fits, [("rbac-verbs", true), ("rbac-groups", true), ("rbac-resources", false)]);
    session.update(Msg::Command("kubectl create rolebinding mina-views --clusterrole=view --user=mina".into()));
    frames(&mut session, 30);
    assert!(rbac::view(&session)[0].is_allowed_now);
}
