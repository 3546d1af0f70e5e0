//! `drydock bench`: how long the work of one frame takes, as ratios.
//!
//! Machines differ and are noisy, so every figure stands beside a yardstick measured in the same
//! run: hashing one mebibyte. The best of several rounds counts.

use drydock::session::{Msg, Session, Speed};
use drydock::sim::stable_hash;
use drydock::words::Lang;
use drydock::world::{World, secs};
use std::hint::black_box;
use std::time::Duration;

const ROUNDS: u32 = 7;

/// Runs the subcommand; returns the exit code.
pub fn main() -> u8 {
    let megabyte = "x".repeat(1 << 20);
    let yardstick = best(|| {
        black_box(stable_hash(7, &[&megabyte]));
    });
    println!("{:<44} {:>10}  {:>8}", "what", "best", "× hash");
    row("hash 1 MiB (the yardstick)", yardstick, yardstick);

    row("open the tour", best(|| drop(black_box(Session::new(Lang::En)))), yardstick);
    let busy = fifty_pods();
    let world = busy.world().clone();
    row("snapshot a world with 50 Pods", best(|| drop(black_box(world.clone()))), yardstick);
    row("1 minute of 50 ready Pods", best(|| minute(&world)), yardstick);
    row("roll 50 Pods to another image", best(|| roll(&busy)), yardstick);
    0
}

fn row(name: &str, took: Duration, yardstick: Duration) {
    println!("{name:<44} {:>7} µs  {:>8.2}", took.as_micros(), took.as_secs_f64() / yardstick.as_secs_f64());
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time; the world never sees it")]
fn best(mut work: impl FnMut()) -> Duration {
    (0..ROUNDS)
        .map(|_| {
            let start = std::time::Instant::now();
            work();
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

fn fifty_pods() -> Session {
    let mut session = Session::new(Lang::En);
    edit(&mut session, "replicas: 3", "replicas: 50");
    // A tenth of the usual wish, so that fifty fit on three small nodes.
    edit(&mut session, "cpu: 250m", "cpu: 50m");
    session.update(Msg::Apply);
    session.update(Msg::SetSpeed(Speed::Times(100)));
    for _ in 0..200 {
        session.update(Msg::Frame { elapsed_ms: 16 });
    }
    session
}

fn edit(session: &mut Session, from: &str, to: &str) {
    let Some(file) = session.files.first().cloned() else { return };
    let text = file.text.replace(from, to);
    session.update(Msg::Edit { file: file.name, text: text.into(), cursor_line: 0 });
}

fn minute(world: &World) {
    let mut world = world.clone();
    let until = world.now() + secs(60);
    while !world.advance_to(until) {}
    black_box(world.journal().hash());
}

fn roll(session: &Session) {
    let mut world = session.world().clone();
    let shell = drydock::shell::Shell::default();
    let mut running = shell.start("kubectl set image deployment/web web=nginx:1.28");
    running.poll(&mut world);
    let until = world.now() + secs(120);
    while !world.advance_to(until) {}
    black_box(world.journal().hash());
}
