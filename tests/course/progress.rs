//! Progress survives being written and read.

use drydock::course::{Course, Progress, parse};

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
fn a_fetched_lesson_is_the_built_in_one() {
    let built_in = Course::built_in();
    for id in built_in.ids() {
        let packed = built_in.pack(id).expect("it is built");
        assert!(packed.len() < 64 * 1024, "{id} weighs {} bytes", packed.len());
        let mut course = Course::built_in();
        assert!(course.add(id, &packed), "{id}");
        assert_eq!(course.lesson(id), built_in.lesson(id));
        for lang in drydock::words::Lang::ALL {
            assert_eq!(course.text(id, lang), built_in.text(id, lang), "{id}");
        }
    }
    assert!(!Course::built_in().add("x", "{not a lesson"));
    assert!(!Course::built_in().add("x", "<!doctype html>"));
}
