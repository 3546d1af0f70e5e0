//! What runs in a container: a small model of programs, by image and command.
//!
//! This is not a shell. It knows the commands that examples are made of (`sleep`, `exit`, `echo`,
//! `touch`, `rm`, `true`, `false`, loops) well enough to say when a program ends, with what code,
//! which files it makes and which ports it listens on.

use crate::document::Value;
use crate::kube::kubelet::image::{self, Entry};
use crate::kube::kubelet::preset::{Preset, Programs};
use crate::sim::{SimTime, millis};
use std::rc::Rc;

/// What a program does, from its start on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Program {
    /// When it ends by itself, and with what code.
    pub end: Option<(SimTime, i64)>,
    /// What it does on SIGTERM: the code it ends with, or nothing if it does not heed it.
    pub on_term: Option<i64>,
    /// Ports it listens on.
    pub ports: Vec<i64>,
    /// Paths it answers; empty for any.
    pub paths: &'static [&'static str],
    /// Files it makes and removes: when, which, and whether it is there afterwards.
    pub files: Vec<(SimTime, Rc<str>, Presence)>,
}

/// Whether a file is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    /// It is.
    There,
    /// It is not.
    Gone,
}

impl Program {
    /// What runs in `container`.
    #[must_use]
    pub fn of(container: &Value, preset: &Preset) -> Self {
        match preset.programs {
            Programs::Recorded => Self::recorded(container, preset),
            Programs::Simulated => Self::simulated(container, preset),
        }
    }

    // Source: the description of the stand-in kubelet beside the recordings.
    fn recorded(container: &Value, preset: &Preset) -> Self {
        let words = command_of(container);
        let text = words.join(" ");
        let seconds = number_after(&text, "sleep");
        let end = if words.is_empty() {
            None
        } else if let Some(code) = number_after(&text, "exit") {
            Some((seconds.map_or(preset.command, millis_of), i64::try_from(code).unwrap_or_default()))
        } else {
            match words.first().map(String::as_str).unwrap_or_default() {
                "true" | "echo" => Some((preset.command, 0)),
                "false" => Some((preset.command, 1)),
                _ => seconds.map(|seconds| (millis_of(seconds), 0)),
            }
        };
        Self { end, on_term: Some(0), ports: declared_ports(container), ..Self::default() }
    }

    fn simulated(container: &Value, preset: &Preset) -> Self {
        let image = container.str_at(&["image"]);
        let known = image::well_known(image);
        let words = command_of(container);
        let has_command = !container.items_at(&["command"]).is_empty();
        let entry = known.map_or(Entry::Server(&[]), |known| known.entry);
        let is_shell_image = entry == Entry::Shell;
        let server = || {
            let mut ports = known.map(|known| known.ports.to_vec()).unwrap_or_default();
            ports.extend(listen_argument(&words));
            if known.is_none() {
                ports.extend(declared_ports(container));
            }
            Self { on_term: Some(0), ports, ..Self::default() }
        };
        if !words.is_empty() && (has_command || is_shell_image) {
            return Self::script(&words, preset).unwrap_or_else(server);
        }
        match entry {
            Entry::Server(paths) => Self { paths, ..server() },
            Entry::ServerNeeding(variables) => {
                let is_set = |name: &&str| {
                    !container.items_at(&["envFrom"]).is_empty()
                        || container.items_at(&["env"]).iter().any(|variable| variable.str_at(&["name"]) == *name)
                };
                let end = (!variables.iter().any(is_set)).then_some((preset.stop, 1));
                Self { end, ..server() }
            }
            Entry::Shell | Entry::Once => Self { end: Some((preset.command, 0)), ..Self::default() },
            Entry::Pause => Self { on_term: Some(0), ..Self::default() },
        }
    }

    /// What a command line does, if it is one of those that are known.
    fn script(words: &[String], preset: &Preset) -> Option<Self> {
        let first = words.first()?.rsplit('/').next()?;
        let is_shell = matches!(first, "sh" | "bash" | "ash");
        let text = match words.iter().position(|word| word.starts_with('-') && word.ends_with('c')) {
            Some(index) if is_shell => words.get(index + 1).cloned().unwrap_or_default(),
            _ if is_shell => String::new(),
            _ => words.join(" "),
        };
        let mut run = Run { at: preset.command, code: 0, program: Self::default() };
        // A shell that is process 1 ignores SIGTERM unless it traps it.
        run.program.on_term = text.contains("trap").then_some(0);
        let outcome = run.text(&text);
        match outcome {
            Step::Goes | Step::Exits => run.program.end = Some((run.at, run.code)),
            Step::Forever => {}
            Step::Unknown => {
                if !is_shell {
                    return None;
                }
                // An unknown program in a script: it is taken for a server that the script starts.
                run.program.on_term = Some(0);
            }
        }
        Some(run.program)
    }

    /// Whether a file is there `after` the start.
    #[must_use]
    pub fn has_file(&self, path: &str, after: SimTime) -> bool {
        let last = self.files.iter().rfind(|(at, file, _)| *at <= after && &**file == path);
        last.is_some_and(|(_, _, presence)| *presence == Presence::There)
    }
}

/// A script as it is followed.
struct Run {
    at: SimTime,
    code: i64,
    program: Program,
}

/// What following a statement came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Goes,
    Exits,
    Forever,
    Unknown,
}

impl Run {
    fn text(&mut self, text: &str) -> Step {
        for line in text.split([';', '\n']) {
            for (index, statement) in line.split("&&").enumerate() {
                if index > 0 && self.code != 0 {
                    break;
                }
                match self.statement(statement.trim()) {
                    Step::Goes => {}
                    end => return end,
                }
            }
        }
        Step::Goes
    }

    fn statement(&mut self, statement: &str) -> Step {
        let mut words = statement.split_whitespace();
        let Some(first) = words.next() else { return Step::Goes };
        let rest: Vec<&str> = words.collect();
        let argument = rest.first().copied().unwrap_or_default();
        let redirect = statement.split_once('>').map(|(_, file)| file.trim_start_matches('>').trim());
        self.code = 0;
        match first.rsplit('/').next().unwrap_or(first) {
            "sleep" if matches!(argument, "infinity" | "inf") => return Step::Forever,
            "sleep" => self.at = self.at + sleep_time(argument),
            "exit" => {
                self.code = argument.parse().unwrap_or_default();
                return Step::Exits;
            }
            "true" | ":" | "trap" | "set" | "export" | "cd" | "mkdir" => {}
            "echo" | "printf" | "date" | "cat" | "ls" | "env" | "hostname" | "wget" | "curl" | "nslookup" | "id"
            | "test" | "[" | "cp" | "mv" | "chmod" | "chown" => {
                if let Some(file) = redirect {
                    self.file(file, Presence::There);
                }
            }
            "false" => self.code = 1,
            "touch" => self.file(argument, Presence::There),
            "rm" => {
                for file in rest.iter().filter(|word| !word.starts_with('-')) {
                    self.file(file, Presence::Gone);
                }
            }
            "exec" => return self.statement(&rest.join(" ")),
            "while" | "until" | "for" => return Step::Forever,
            "tail" if rest.contains(&"-f") => return Step::Forever,
            _ => return Step::Unknown,
        }
        Step::Goes
    }

    fn file(&mut self, path: &str, presence: Presence) {
        self.program.files.push((self.at, path.into(), presence));
    }
}

/// The command line of a container: `command` and `args`, one after the other.
fn command_of(container: &Value) -> Vec<String> {
    let words = container.items_at(&["command"]).iter().chain(container.items_at(&["args"]));
    words.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The ports that a container says it has.
#[must_use]
pub fn declared_ports(container: &Value) -> Vec<i64> {
    container.items_at(&["ports"]).iter().filter_map(|port| port.int_at(&["containerPort"])).collect()
}

/// `-listen=:8080`, `--port 8080`, `-p 8080`, or the last word of `python -m http.server 8000`.
fn listen_argument(words: &[String]) -> Option<i64> {
    let port = |text: &str| text.rsplit(':').next().and_then(|number| number.parse::<i64>().ok());
    let flags = ["-listen", "--listen", "--port", "-port", "-p", "http.server"];
    words.iter().enumerate().find_map(|(index, word)| {
        let (flag, value) = word.split_once('=').map_or((word.as_str(), None), |(flag, value)| (flag, Some(value)));
        if !flags.contains(&flag) {
            return None;
        }
        value.or(words.get(index + 1).map(String::as_str)).and_then(port)
    })
}

/// `30`, `0.5`, `2m`.
fn sleep_time(text: &str) -> SimTime {
    let (number, unit) = match text.find(|c: char| c.is_ascii_alphabetic()) {
        Some(at) => text.split_at(at),
        None => (text, "s"),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let thousandths = format!("{part:0<3}").get(..3).and_then(|digits| digits.parse::<u64>().ok()).unwrap_or_default();
    let in_millis = whole.parse::<u64>().unwrap_or_default() * 1000 + thousandths;
    millis(match unit {
        "m" => in_millis * 60,
        "h" => in_millis * 3600,
        "d" => in_millis * 86_400,
        _ => in_millis,
    })
}

fn millis_of(seconds: u64) -> SimTime {
    millis(seconds * 1000)
}

/// The number that follows `word`, anywhere in `text`.
fn number_after(text: &str, word: &str) -> Option<u64> {
    text.match_indices(word).find_map(|(at, _)| {
        let rest = text.get(at + word.len()..)?.trim_start_matches(['"', ',', ' ']);
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube::settings::KubeletPreset;
    use crate::sim::secs;
    use crate::tree;

    fn program(image: &str, words: &[&str]) -> Program {
        let command = Value::list(words.iter().map(|word| Value::text(*word)));
        Program::of(&tree!({ "image": image, "command": command }), &Preset::of(KubeletPreset::Documented))
    }

    #[test]
    fn programs_end_as_their_commands_say() {
        let end = |words: &[&str]| program("busybox", words).end.map(|(at, code)| (at.as_secs(), code));
        assert_eq!(end(&[]), Some((0, 0)));
        assert_eq!(end(&["sh", "-c", "exit 3"]), Some((0, 3)));
        assert_eq!(end(&["sh", "-c", "echo hi; sleep 5; exit 1"]), Some((5, 1)));
        assert_eq!(end(&["sleep", "3600"]), Some((3600, 0)));
        assert_eq!(end(&["sleep", "infinity"]), None);
        assert_eq!(end(&["sh", "-c", "while true; do date; sleep 1; done"]), None);
        assert_eq!(end(&["false"]), Some((0, 1)));
        assert_eq!(end(&["sh", "-c", "false && sleep 9"]), Some((0, 1)));
        assert_eq!(program("nginx:1.27", &[]).ports, [80]);
        assert_eq!(program("busybox", &["sleep", "9"]).on_term, None);
    }

    #[test]
    fn a_script_makes_and_removes_files() {
        let script = "touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600";
        let program = program("busybox", &["/bin/sh", "-c", script]);
        assert!(program.has_file("/tmp/healthy", secs(5)));
        assert!(!program.has_file("/tmp/healthy", secs(31)));
    }

    #[test]
    fn recorded_programs_follow_the_stand_in() {
        let preset = Preset::of(KubeletPreset::Recorded);
        let end = |words: &[&str]| {
            let command = Value::list(words.iter().map(|word| Value::text(*word)));
            Program::of(&tree!({ "command": command }), &preset).end
        };
        assert_eq!(end(&["sh", "-c", "exit 42"]), Some((millis(200), 42)));
        assert_eq!(end(&["sh", "-c", "sleep 2; exit 1"]), Some((secs(2), 1)));
        assert_eq!(end(&["sleep", "3"]), Some((secs(3), 0)));
        assert_eq!(end(&["false"]), Some((millis(200), 1)));
        assert_eq!(end(&[]), None);
    }
}
