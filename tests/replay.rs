//! The same seed and the same inputs give the same history. Told twice here; the browser tests tell
//! the same scripts (`tests/replay/*.txt`) to the built playground and compare to the last digit.

use drydock::session::replay;

const SCRIPTS: &[(&str, &str)] =
    &[("tour", include_str!("replay/tour.txt")), ("breaking", include_str!("replay/breaking.txt"))];

#[test]
fn told_twice_a_story_is_the_same() {
    for (name, script) in SCRIPTS {
        let told = replay(script);
        assert_eq!(told, replay(script), "{name}");
        let lines = script.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(told.lines().count(), lines, "{name}: every line is told");
    }
}

#[test]
fn another_input_gives_another_story() {
    let (_, tour) = SCRIPTS[0];
    let last = |script: &str| replay(script).lines().last().map(|line| line[..16].to_owned());
    assert_ne!(last(tour), last(&tour.replace("=> replicas: 5", "=> replicas: 6")));
    assert_ne!(last(tour), last(&tour.replacen("frames 200", "frames 20", 1)));
}

#[test]
fn going_back_finds_the_hash_of_that_moment() {
    let told =
        replay("open 00-tour\nframes 100\nkubectl delete pod --wait=false -l app=web\ndrydock rewind 1s\nframes 1");
    let hashes: Vec<&str> = told.lines().map(|line| &line[..16]).collect();
    assert_ne!(hashes[1], hashes[2], "a deletion is history");
    assert_eq!(hashes[0], hashes[3], "a second earlier nobody had deleted anything");
}
