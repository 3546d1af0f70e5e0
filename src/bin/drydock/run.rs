//! `drydock run SCRIPT|-`: commands in, transcript out.
//!
//! A script is a list of command lines for the shell. Lines of its own: `advance 30s` lets virtual
//! time pass, `settle` lets the world go on until nothing is due, `break stop kubelet node-a` and
//! `break start scheduler` break and mend, `# …` is a comment. Files beside the script can be
//! read (`kubectl apply -f web.yaml`), and stay as they are.

use super::drive::run_line;
use drydock::shell::{Kubeconfig, Shell, is_complete};
use drydock::words::{Lang, Words};
use drydock::world::{Action, Break, Component, Joining, Preset, SimTime, World, millis, secs};
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;

/// `settle` gives up after this much virtual time.
const SETTLE_TIME_MAX: SimTime = secs(3600);

struct Options {
    seed: u64,
    world: Option<String>,
    hash: bool,
    script: String,
}

/// Runs the subcommand; returns the exit code.
pub fn main(args: &[String]) -> u8 {
    match options(args).and_then(|options| run(&options)) {
        Ok(transcript) => {
            print!("{transcript}");
            0
        }
        Err(complaint) => {
            eprintln!("drydock run: {complaint}");
            2
        }
    }
}

fn options(args: &[String]) -> Result<Options, String> {
    let mut options = Options { seed: 1, world: None, hash: false, script: String::new() };
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let mut value = || rest.next().cloned().ok_or_else(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "--seed" => options.seed = value()?.parse().map_err(|_| "--seed needs a number".to_owned())?,
            "--world" => options.world = Some(value()?),
            "--hash" => options.hash = true,
            script if options.script.is_empty() => script.clone_into(&mut options.script),
            other => return Err(format!("unexpected `{other}`")),
        }
    }
    if options.script.is_empty() {
        return Err("which script? (`-` reads standard input)".to_owned());
    }
    Ok(options)
}

fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))
}

fn run(options: &Options) -> Result<String, String> {
    let (script, folder) = if options.script == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(|error| error.to_string())?;
        (text, Path::new("."))
    } else {
        let folder = Path::new(&options.script).parent().unwrap_or(Path::new("."));
        (read(&options.script)?, folder)
    };
    let (preset, seed) = match &options.world {
        Some(file) => Preset::from_yaml(&read(file)?).map(|(preset, seed)| (preset, seed.unwrap_or(options.seed)))?,
        None => (Preset::native(), options.seed),
    };
    let mut world = World::new(&preset, seed);
    // The kubelets have started, and register their nodes before anybody types.
    world.settle(world.now() + SETTLE_TIME_MAX);
    let shell = Shell::default();
    shell.change(|setting| setting.kubeconfig = Kubeconfig::of(&world));
    load_files(&shell, folder, "");
    let mut transcript = transcript(&mut world, &shell, &script);
    if options.hash {
        let _ = writeln!(transcript, "hash {:016x}", world.journal().hash());
    }
    Ok(transcript)
}

/// Puts the YAML files of a folder into the shell, one level of folders included.
pub fn load_files(shell: &Shell, folder: &Path, prefix: &str) {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if path.is_dir() && prefix.is_empty() && !name.starts_with('.') {
            load_files(shell, &path, &format!("{name}/"));
        }
        let is_document = [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending));
        if is_document && let Ok(text) = std::fs::read_to_string(&path) {
            shell.change(|setting| {
                setting.files.insert(name, text);
            });
        }
    }
}

/// Plays a script; returns what a person would have seen.
pub fn transcript(world: &mut World, shell: &Shell, script: &str) -> String {
    let mut transcript = String::new();
    let mut lines = script.lines();
    while let Some(line) = lines.next() {
        let mut text = line.to_owned();
        while !is_complete(&text)
            && let Some(more) = lines.next()
        {
            text.push('\n');
            text.push_str(more);
        }
        if text.contains("<<") {
            text.push('\n');
        }
        if text.trim().is_empty() {
            continue;
        }
        if text.trim_start().starts_with('#') {
            let _ = writeln!(transcript, "{}", text.trim_end());
            continue;
        }
        let _ = writeln!(transcript, "$ {}", text.trim_end());
        match own_command(shell, world, &mut transcript, text.trim()) {
            Some(Ok(())) => {}
            Some(Err(complaint)) => {
                let _ = writeln!(transcript, "{complaint}");
            }
            None => {
                let ended = run_line(shell, world, &text);
                for (_, printed) in &ended.printed {
                    transcript.push_str(printed);
                }
                if !transcript.ends_with('\n') {
                    transcript.push('\n');
                }
                if ended.exit != 0 {
                    let _ = writeln!(transcript, "[exit {}]", ended.exit);
                }
            }
        }
    }
    transcript
}

/// What a script can do beside typing: let time pass, break things.
fn own_command(shell: &Shell, world: &mut World, transcript: &mut String, line: &str) -> Option<Result<(), String>> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_bare = words.first() != Some(&"drydock");
    let words = match words.as_slice() {
        ["drydock", "break", rest @ ..] => [&["break"], rest].concat(),
        other => other.to_vec(),
    };
    match words.as_slice() {
        ["advance", length] => Some(match duration(length) {
            Some(length) => {
                let until = world.now() + length;
                if shell.has_jobs() {
                    let printed = super::drive::pass(shell, world, until);
                    printed.iter().for_each(|(_, text)| transcript.push_str(text));
                } else {
                    while !world.advance_to(until) {}
                }
                Ok(())
            }
            None => Err(format!("advance: `{length}` is not a length of time such as 30s, 5m, 1h")),
        }),
        ["settle"] => {
            let limit = world.now() + SETTLE_TIME_MAX;
            let settled = world.settle(limit);
            Some(if settled { Ok(()) } else { Err(format!("settle: still busy after {SETTLE_TIME_MAX}")) })
        }
        ["break", verb @ ("stop" | "start"), rest @ ..] => Some(match component(rest) {
            Some(component) => {
                let change = if *verb == "stop" { Break::Stop(component) } else { Break::Start(component) };
                world.act(&Action::Break(change)).map(drop).map_err(|error| error.message)
            }
            None => Err("break: stop or start what? `kubelet NODE`, `machine NODE`, `scheduler`, `controller-manager`"
                .to_owned()),
        }),
        // Without the tool's name, as scripts before it had them.
        ["break", "zone", zone] if is_bare => Some(broken(world, Break::ZoneOut((*zone).into()))),
        ["mend", "zone", zone] => Some(broken(world, Break::ZoneBack((*zone).into()))),
        ["break", "member", cluster, member] if is_bare => {
            Some(broken(world, Break::Member((*cluster).into(), (*member).into())))
        }
        ["joining"] => Some(Err(joining(world))),
        ["members", cluster] => Some(Err(members(world, cluster))),
        _ => None,
    }
}

fn broken(world: &mut World, what: Break) -> Result<(), String> {
    world.act(&Action::Break(what)).map(drop).map_err(|error| error.message)
}

/// How far every instance is that wants to be a node.
fn joining(world: &World) -> String {
    let words = Words::new(Lang::En);
    let lines = world.bridge().joining().map(|(key, joining)| match joining {
        Joining::Booting => format!("{}: boots", key.id),
        Joining::Stopped => format!("{}: switched off", key.id),
        Joining::Node { node, .. } => format!("{}: node {node}", key.id),
        Joining::Outside(outside) => {
            let said = drydock::view::said::because(&outside.0).say(&words);
            format!("{}: outside, {}: {said}", key.id, outside.0.code)
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The members of a cluster's control plane.
fn members(world: &World, cluster: &str) -> String {
    let Some((_, site)) = world.sites().find(|(_, site)| &*site.name == cluster) else {
        return format!("there is no cluster `{cluster}`");
    };
    let lines = world.members(site).into_iter().map(|member| {
        let state = if member.runs { "running" } else { "out" };
        format!("{} {} {state}, replaced {}", member.name, member.zone, member.replaced)
    });
    let answers = if site.is_out() { "answers nobody" } else { "answers" };
    format!("{}\nthe control plane {answers}", lines.collect::<Vec<_>>().join("\n"))
}

fn component(words: &[&str]) -> Option<Component> {
    match words {
        ["kubelet", node] => Some(Component::Kubelet((*node).into())),
        ["machine", node] => Some(Component::Machine((*node).into())),
        ["scheduler"] => Some(Component::Scheduler),
        ["controller-manager"] => Some(Component::ControllerManager),
        [name] => Component::named(name),
        _ => None,
    }
}

fn duration(text: &str) -> Option<SimTime> {
    for (unit, scale) in [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)] {
        if let Some(number) = text.strip_suffix(unit) {
            return number.parse::<u64>().ok().map(|number| millis(number.saturating_mul(scale)));
        }
    }
    None
}
