//! A command and a world: virtual time passes while the command waits, and only then.

use drydock::shell::{Running, Shell, State, Stream};
use drydock::world::{SimTime, World, secs};

/// A command that waits longer than this, in virtual time, is stopped as by Ctrl+C.
pub const COMMAND_TIME_MAX: SimTime = secs(2 * 3600);

/// What a command printed, and how it ended.
pub struct Ended {
    /// Standard output and standard error, in the order of writing.
    pub printed: Vec<(Stream, String)>,
    /// The exit code; 130 for a command that had to be stopped.
    pub exit: u8,
}

/// Runs a line to its end.
pub fn run_line(shell: &Shell, world: &mut World, line: &str) -> Ended {
    run_line_watched(shell, world, line, &mut |_| {})
}

/// Runs a line to its end and shows the world after every event.
pub fn run_line_watched(shell: &Shell, world: &mut World, line: &str, watch: &mut dyn FnMut(&World)) -> Ended {
    drive(shell.start(line), world, watch)
}

fn drive(mut running: Running, world: &mut World, watch: &mut dyn FnMut(&World)) -> Ended {
    let limit = world.now() + COMMAND_TIME_MAX;
    let exit = loop {
        let until = match running.poll(world) {
            State::Done { exit } => break exit,
            State::Waiting { until } => until,
        };
        watch(world);
        let due = world.next_due();
        let next = [until, due].into_iter().flatten().min();
        match next {
            Some(next) if next <= limit => {
                if due.is_some_and(|due| due <= next) {
                    world.step();
                } else {
                    world.advance_to(next);
                }
            }
            // Nothing will ever happen, or not soon enough.
            _ => break 130,
        }
    };
    Ended { printed: running.take_output(), exit }
}
