//! A session told as text, one doing a line, and what its world's journal hashes to after each.
//!
//! Told natively and told in a browser, a script gives the same text to the last digit. That is
//! how the two are held against each other.

use super::{Msg, Session};
use crate::words::Lang;
use std::fmt::Write as _;

/// The length of a frame that passes in a script.
const FRAME_MS: u32 = 16;

/// Plays a script and returns a line for each of its lines: the journal's hash and the clock after
/// it. Lines are:
///
/// - `open LESSON`
/// - `edit FILE FROM => TO`: the first place that says `FROM`
/// - `frames N`: so many frames of 16 ms pass
/// - `speed 10`, `step`, `settle`
/// - `drydock rewind 2s`, `drydock advance 30s`, `drydock stop kubelet/node-a`, `drydock start …`
/// - any other line goes to the terminal; an empty one and `# …` do nothing
#[must_use]
pub fn replay(script: &str) -> String {
    let mut session = Session::new(Lang::En);
    let mut told = String::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        tell(&mut session, line);
        let world = session.world();
        let (hash, at) = (world.journal().hash(), world.now().as_millis());
        // Writing into a text does not fail.
        let _ = writeln!(told, "{hash:016x} {at} {line}");
    }
    told
}

fn tell(session: &mut Session, line: &str) {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    match verb {
        "open" => drop(session.update(Msg::OpenLesson(rest.into()))),
        "edit" => edit(session, rest),
        "frames" => frames(session, rest.parse().unwrap_or_default()),
        "speed" => drop(session.update(Msg::SetSpeed(super::Speed::Times(rest.parse().unwrap_or(1))))),
        "step" => drop(session.update(Msg::Step)),
        "settle" => {
            session.update(Msg::RunUntilSettled);
            while session.is_settling() {
                frames(session, 1);
            }
        }
        _ => drop(session.obey(line)),
    }
}

fn frames(session: &mut Session, count: u32) {
    for _ in 0..count {
        session.update(Msg::Frame { elapsed_ms: FRAME_MS });
    }
}

fn edit(session: &mut Session, what: &str) {
    let Some((file, change)) = what.split_once(' ') else { return };
    let Some((from, to)) = change.split_once(" => ") else { return };
    let Some(text) = session.file(file).map(|file| file.text.replacen(from, to, 1)) else { return };
    session.update(Msg::Edit { file: file.into(), text: text.into(), cursor_line: 0 });
    session.update(Msg::Apply);
}
