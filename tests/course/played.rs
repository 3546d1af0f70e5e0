//! The player, on a stage so small that it can be read: a counter that moves towards a wish.

use drydock::course::{Folder, Lesson, Ran, Stage, play};
use drydock::session::Session;
use drydock::words::Lang;

/// Files and a world of one number, which moves by one towards `wish:` each second.
#[derive(Clone)]
struct Counter {
    now_ms: u64,
    world: i64,
    file: String,
}

impl Counter {
    fn wish(&self) -> i64 {
        self.file.trim_start_matches("wish: ").trim().parse().unwrap_or(0)
    }
}

impl Stage for Counter {
    fn fork(&self) -> Self {
        self.clone()
    }
    fn begin_step(&mut self, _step: &str) {}
    fn file(&self, name: &str) -> Option<String> {
        (name == "wish.yaml").then(|| self.file.clone())
    }
    fn write(&mut self, _name: &str, text: &str) {
        self.file = text.to_owned();
    }
    fn run(&mut self, line: &str) -> Ran {
        let (verb, number) = line.split_once(' ').unwrap_or((line, ""));
        let number: i64 = number.parse().unwrap_or_default();
        let code = match verb {
            "is" => i32::from(self.world != number),
            "set" => {
                self.world = number;
                0
            }
            _ => 127,
        };
        Ran { code, out: self.world.to_string(), err: String::new() }
    }
    fn now_ms(&self) -> u64 {
        self.now_ms
    }
    fn settle(&mut self, until_ms: u64) -> bool {
        while self.world != self.wish() && self.now_ms < until_ms {
            self.advance(self.now_ms + 1000);
        }
        self.world == self.wish()
    }
    fn advance(&mut self, until_ms: u64) {
        while self.now_ms < until_ms {
            self.now_ms += 1000;
            self.world += (self.wish() - self.world).signum();
        }
    }
}

fn lesson(steps: &str) -> Lesson {
    let mut folder = Folder { id: "t".into(), ..Folder::default() };
    folder.files.insert("lesson.yaml".into(), format!("steps:\n{steps}"));
    let (lesson, faults) = folder.lesson().expect("the lesson can be read");
    assert_eq!(faults, []);
    lesson
}

fn outcome(steps: &str) -> String {
    let mut stage = Counter { now_ms: 0, world: 3, file: "wish: 3".into() };
    match play(&lesson(steps), &mut stage) {
        Ok(played) => {
            played.iter().map(|step| format!("{} {}", step.step, step.took_ms)).collect::<Vec<_>>().join("; ")
        }
        Err(faults) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    }
}

const EDIT: &str = "edit: [{file: wish.yaml, from: '3', to: '5'}]";

#[test]
fn a_good_lesson_is_played_through() {
    let steps = format!(
        "  - id: up\n    check: is 5\n    solution: {{{EDIT}}}\n    values: {{got: is 5}}\n    \
         not_yet: [{{because: four, edit: [{{file: wish.yaml, from: '3', to: '4'}}]}}]\n\
         \x20 - id: down\n    check: [is 1]\n    solution: {{edit: [{{file: wish.yaml, from: '5', to: '1'}}]}}\n"
    );
    assert_eq!(outcome(&steps), "up 2000; down 4000");
}

#[test]
fn a_bad_lesson_is_caught() {
    let cases = [
        ("  - {id: a, check: is 3, solution: {commands: is 3}}", "t: a: is already done when it begins"),
        (
            "  - {id: a, check: is 5, solution: {edit: [{file: wish.yaml, from: '3', to: '4'}]}, limit: 20}",
            "its solution does not pass within 20 s: `is 5` exits 1: 4",
        ),
        (
            "  - {id: a, check: is 9, solution: {edit: [{file: wish.yaml, from: '3', to: '9'}]}, limit: 2}",
            "its solution does not pass within 2 s",
        ),
        (
            "  - {id: a, check: is 5, solution: {edit: [{file: wish.yaml, from: '7', to: '5'}]}}",
            "its solution cannot be done: `7` stands 0 times in wish.yaml, not once",
        ),
        ("  - {id: a, check: is 5, solution: {commands: jump}}", "`jump` exits 127"),
        (
            "  - {id: a, check: is 5, solution: {edit: [{file: wish.yaml, from: '3', to: '5'}]}, \
             not_yet: [{because: slow, edit: [{file: wish.yaml, from: 'wish: 3', to: 'wish: 5'}]}]}",
            "t: a: passes although slow",
        ),
        (
            "  - {id: a, check: is 5, solution: {edit: [{file: wish.yaml, from: '3', to: '5'}]}, values: {got: what}}",
            "its value `got`: `what` exits 127",
        ),
        (
            "  - {id: a, check: is 5, solution: {edit: [{file: wish.yaml, from: '3', to: '5'}]}, on_pass: is 4}",
            "on_pass: `is 4` exits 1",
        ),
    ];
    for (steps, wanted) in cases {
        let said = outcome(steps);
        assert!(said.contains(wanted), "`{said}` does not say `{wanted}`");
    }
}

/// A command that has the result but leaves the wish behind passes only for a moment.
#[test]
fn a_check_is_asked_of_a_world_at_rest() {
    let steps = "  - {id: a, check: is 5, solution: {commands: set 5}, limit: 30}";
    assert!(outcome(steps).contains("does not pass"));
}

/// Every lesson of ours, on what a person uses: begins unfinished, near-misses do not pass, the
/// solution passes in time.
#[test]
fn our_lessons_can_be_played() {
    for folder in super::folders() {
        let (lesson, faults) = folder.lesson().expect("the lesson can be read");
        assert_eq!(faults, []);
        let mut session = Session::with_lesson(Lang::Ko, lesson.clone());
        let played = play(&lesson, &mut session).unwrap_or_else(|faults| {
            let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
            panic!("\n{}", lines.join("\n"))
        });
        assert_eq!(played.len(), lesson.steps.len());
    }
}
