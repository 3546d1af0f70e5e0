//! Progress survives being written and read; what the learner did is told as `drydock session`
//! tells it.

use drydock::course::{Course, Facts, Progress, parse};

#[test]
fn progress_survives_a_file() {
    let course = Course::built_in();
    let tour = course.lesson("00-tour").expect("the tour is built");
    let mut progress = Progress::default();
    progress.last = "00-tour".into();
    assert!(!progress.has_finished(&tour));
    progress.pass("00-tour", "wish");
    progress.pass("00-tour", "no-such-step");
    assert_eq!(progress.passed_of(&tour), 1);
    for step in &tour.steps {
        progress.pass("00-tour", &step.id);
    }
    assert!(progress.has_finished(&tour));
    let written = progress.to_value().to_string();
    assert_eq!(Progress::from_value(&parse(&written).expect("it is JSON")), progress);
    // A file from elsewhere cannot do harm.
    let strange = parse("{passed: {a: [1, {b: c}, d], e: 3}, last: [x], more: y}").expect("it is YAML");
    assert!(Progress::from_value(&strange).has_passed("a", "d"));
}

#[test]
fn facts_are_told_as_checks_ask_for_them() {
    let mut facts = Facts::default();
    facts.delete("Pod");
    facts.delete("Pod");
    facts.rewind();
    facts.predict("two-gone", "three");
    facts.set_running("kubelet/node-c", false);
    facts.set_running("kube-scheduler", false);
    facts.set_running("kube-scheduler", true);
    facts.inspect("Pod/web-1");
    assert_eq!(
        facts.to_value().to_string(),
        r#"{"deleted":{"Pod":2},"inspected":["Pod/web-1"],"predictions":{"two-gone":"three"},"rewound":1,"stopped":["kubelet/node-c"]}"#
    );
    facts.begin_step();
    assert_eq!(
        facts.to_value().to_string(),
        r#"{"deleted":{},"inspected":[],"predictions":{"two-gone":"three"},"rewound":0,"stopped":["kubelet/node-c"]}"#
    );
    assert_eq!(facts.prediction("two-gone"), Some("three"));
}
