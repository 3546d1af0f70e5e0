//! The native program: `drydock run SCRIPT`, `check`, `conformance DIR`, `bench`, `fields`.
//!
//! It is thin: it reads arguments and files, lets virtual time pass, and prints. What it does
//! with a world is what the browser does with one.

#[cfg(not(target_arch = "wasm32"))]
#[path = "drydock/assets.rs"]
mod assets;
#[cfg(not(target_arch = "wasm32"))]
#[path = "drydock/bench.rs"]
mod bench;
#[cfg(not(target_arch = "wasm32"))]
#[path = "drydock/check.rs"]
mod check;
#[cfg(not(target_arch = "wasm32"))]
#[path = "drydock/conformance/mod.rs"]
mod conformance;
#[cfg(not(target_arch = "wasm32"))]
#[path = "drydock/drive.rs"]
mod drive;
#[cfg(not(target_arch = "wasm32"))]
#[path = "drydock/facts.rs"]
mod facts;
#[cfg(not(target_arch = "wasm32"))]
#[path = "drydock/run.rs"]
mod run;

#[cfg(not(target_arch = "wasm32"))]
const USAGE: &str = "usage: drydock run [--seed N] [--world FILE] [--hash] SCRIPT|-
       drydock check DIR
       drydock conformance [--self-test] [--list] [--only WORD] DIR
       drydock bench [large [PODS NODES]]
       drydock fields [KIND]
       drydock replay SCRIPT
       drydock assets DIR
       drydock facts [README]
       drydock --version
";

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let code = match args.split_first() {
        Some((command, rest)) => match command.as_str() {
            "run" => run::main(rest),
            "check" => check::main(rest),
            "conformance" => conformance::main(rest),
            "bench" => bench::main(rest),
            "fields" => fields(rest),
            "replay" => replay(rest),
            "assets" => assets::main(rest),
            "facts" => facts::main(rest),
            "--version" => {
                println!("drydock {}", env!("CARGO_PKG_VERSION"));
                0
            }
            _ => usage(),
        },
        None => usage(),
    };
    std::process::ExitCode::from(code)
}

/// Tells a session and prints what its world hashes to after each line.
#[cfg(not(target_arch = "wasm32"))]
fn replay(args: &[String]) -> u8 {
    let [script] = args else { return usage() };
    match std::fs::read_to_string(script) {
        Ok(script) => {
            print!("{}", drydock::session::replay(&script));
            0
        }
        Err(error) => {
            eprintln!("drydock replay: {script}: {error}");
            2
        }
    }
}

/// Prints which fields the simulation acts upon, of every kind or of one.
#[cfg(not(target_arch = "wasm32"))]
fn fields(kinds: &[String]) -> u8 {
    let wanted = |kind: &str| kinds.is_empty() || kinds.iter().any(|known| known.eq_ignore_ascii_case(kind));
    for row in drydock::kube::fields::table().into_iter().filter(|row| wanted(row.kind)) {
        let word = if row.is_simulated { "simulated" } else { "stored only" };
        println!("{:<28} {:<24} {:<12} {}", row.api_version, row.kind, word, row.path);
    }
    0
}

#[cfg(not(target_arch = "wasm32"))]
fn usage() -> u8 {
    eprint!("{USAGE}");
    2
}

#[cfg(target_arch = "wasm32")]
fn main() {}
