//! Playing a lesson through: that it begins unfinished, that near-misses do not pass, and that
//! its solution passes in time.

use super::lesson::{Act, Lesson, Step};
use super::reader::Fault;
use std::rc::Rc;

/// How far time goes between two looks at a check while the world still has time, in milliseconds.
const LOOK_EVERY_MS: u64 = 5_000;

/// What a command line was answered with.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ran {
    /// The exit code; 0 is success.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// What a lesson is played on: files, command lines, and a world with time. Lines that begin with
/// `drydock` do what a hand does on the screen.
pub trait Stage {
    /// The same once more, so that something can be tried on it.
    #[must_use]
    fn fork(&self) -> Self;
    /// Counting of what the learner does starts over.
    fn begin_step(&mut self, step: &str);
    /// The text of a file in the editor.
    fn file(&self, name: &str) -> Option<String>;
    /// Writes a file in the editor (a new one gets a tab) and applies it.
    fn write(&mut self, name: &str, text: &str);
    /// Runs a command line.
    fn run(&mut self, line: &str) -> Ran;
    /// The world's time in milliseconds.
    fn now_ms(&self) -> u64;
    /// Lets the world run until it has settled, at most up to `until_ms`. Returns whether it has.
    fn settle(&mut self, until_ms: u64) -> bool;
    /// Lets the world run up to `until_ms`.
    fn advance(&mut self, until_ms: u64);
}

/// How a step went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Played {
    /// The step.
    pub step: Rc<str>,
    /// How long the world took to pass it, in milliseconds.
    pub took_ms: u64,
}

/// Plays the solution of every step on `stage`, which stands at the lesson's beginning.
///
/// # Errors
/// Everything that is wrong with the lesson's mechanics.
pub fn play<S: Stage>(lesson: &Lesson, stage: &mut S) -> Result<Vec<Played>, Vec<Fault>> {
    let (mut played, mut faults) = (Vec::new(), Vec::new());
    for step in &lesson.steps {
        let place = format!("{}: {}", lesson.id, step.id);
        stage.begin_step(&step.id);
        if shortfalls(step, &mut stage.fork()).is_empty() {
            faults.push(Fault::new(&*place, "is already done when it begins"));
        }
        for miss in &step.not_yet {
            let because = &miss.because;
            match reach(step, &miss.act, &mut stage.fork()) {
                Ok(_) => faults.push(Fault::new(&*place, format!("passes although {because}"))),
                Err(Missed::Act(what)) => faults.push(Fault::new(&*place, format!("not_yet, {because}: {what}"))),
                Err(Missed::Check(_)) => {}
            }
        }
        match reach(step, &step.solution, stage) {
            Ok(took_ms) => played.push(Played { step: step.id.clone(), took_ms }),
            Err(Missed::Act(what)) => faults.push(Fault::new(&*place, format!("its solution cannot be done: {what}"))),
            Err(Missed::Check(what)) => {
                faults
                    .push(Fault::new(&*place, format!("its solution does not pass within {} s: {what}", step.limit_s)));
            }
        }
        for (name, line) in &step.values {
            if let Some(what) = failure(line, &stage.fork().run(line)) {
                faults.push(Fault::new(&*place, format!("its value `{name}`: {what}")));
            }
        }
        for line in &step.on_pass {
            if let Some(what) = failure(line, &stage.run(line)) {
                faults.push(Fault::new(&*place, format!("on_pass: {what}")));
            }
        }
    }
    if faults.is_empty() { Ok(played) } else { Err(faults) }
}

/// Why a step was not passed.
enum Missed {
    /// What was to be done could not be done.
    Act(String),
    /// It was done, and the check still fails.
    Check(String),
}

/// Does `act` and gives the world the step's time. Returns how long it took to pass.
fn reach<S: Stage>(step: &Step, act: &Act, stage: &mut S) -> Result<u64, Missed> {
    let began = stage.now_ms();
    let limit = began + step.limit_s * 1000;
    perform(act, stage).map_err(Missed::Act)?;
    loop {
        if stage.settle(limit) && shortfalls(step, stage).is_empty() {
            return Ok(stage.now_ms().saturating_sub(began));
        }
        let now = stage.now_ms();
        if now >= limit {
            return Err(Missed::Check(shortfalls(step, stage).join("; ")));
        }
        stage.advance(limit.min(now + LOOK_EVERY_MS));
    }
}

/// Does what an act says: files, edits, command lines.
///
/// # Errors
/// The first thing that could not be done.
pub fn perform<S: Stage>(act: &Act, stage: &mut S) -> Result<(), String> {
    for file in &act.files {
        stage.write(&file.name, &file.text);
    }
    for edit in &act.edits {
        let text = stage.file(&edit.file).ok_or_else(|| format!("there is no file {}", edit.file))?;
        let times = text.matches(&edit.from).count();
        if times != 1 {
            return Err(format!("`{}` stands {times} times in {}, not once", edit.from, edit.file));
        }
        stage.write(&edit.file, &text.replace(&edit.from, &edit.to));
    }
    for line in &act.commands {
        if let Some(what) = failure(line, &stage.run(line)) {
            return Err(what);
        }
    }
    Ok(())
}

/// The check's command lines that do not exit 0, each with what it said; none when the step is
/// done.
#[must_use]
pub fn shortfalls<S: Stage>(step: &Step, stage: &mut S) -> Vec<String> {
    step.check.iter().filter_map(|line| failure(line, &stage.run(line))).collect()
}

fn failure(line: &str, ran: &Ran) -> Option<String> {
    let said = if ran.err.is_empty() { &ran.out } else { &ran.err };
    let said = said.trim();
    let more = if said.is_empty() { String::new() } else { format!(": {said}") };
    (ran.code != 0).then(|| format!("`{line}` exits {}{more}", ran.code))
}
