//! Commands in the background: `command &`, `jobs`, `wait`, `kill`, `fg`.
// Models POSIX.1 XCU 2.9.3.1 Asynchronous AND-OR Lists, and Bash's job control, the part that tutorials use.

use super::client::Door;
use super::client::{Client, Line, Mail, Stream};
use super::running::{Running, State};
use crate::world::SimTime;
use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

/// The shell's own process.
pub(super) const SHELL_PID: u32 = 4100;

/// The jobs of one shell.
#[derive(Default)]
pub(super) struct Jobs {
    list: Vec<Job>,
    /// How many were ever begun.
    begun: u32,
    /// What they have printed, and what is said of them.
    printed: Vec<(Stream, String)>,
}

struct Job {
    number: u32,
    pid: u32,
    text: String,
    running: Running,
}

/// Begins a job; what the shell says of it.
pub(super) fn start(
    client: &Client,
    text: &str,
    command: impl FnOnce(Client) -> Pin<Box<dyn Future<Output = u8>>>,
) -> String {
    let line = Rc::new(RefCell::new(Line::default()));
    let mail = Rc::new(RefCell::new(Mail::default()));
    let running = Running::new(command(client.elsewhere(line.clone(), mail.clone())), line, mail);
    let mut jobs = client.jobs.borrow_mut();
    jobs.begun += 1;
    let number = jobs.list.iter().map(|job| job.number).max().unwrap_or(0) + 1;
    let pid = SHELL_PID + jobs.begun;
    jobs.list.push(Job { number, pid, text: text.to_owned(), running });
    format!("[{number}] {pid}")
}

/// The process of the job that was begun last.
pub(super) fn last_pid(client: &Client) -> Option<u32> {
    let begun = client.jobs.borrow().begun;
    (begun > 0).then_some(SHELL_PID + begun)
}

/// Lets every job go on; until when they wait at the latest.
pub(super) fn tend(jobs: &RefCell<Jobs>, door: &mut dyn Door) -> Option<SimTime> {
    // A job may look at the table that it stands in.
    let list = std::mem::take(&mut jobs.borrow_mut().list);
    let mut until: Option<SimTime> = None;
    let mut left = Vec::new();
    for mut job in list {
        let state = job.running.poll(door);
        let mut printed = job.running.take_output();
        match state {
            State::Waiting { until: mine } => {
                until = [until, mine].into_iter().flatten().min();
                left.push(job);
            }
            State::Done { exit } => {
                let end = if exit == 0 { "Done".to_owned() } else { format!("Exit {exit}") };
                printed.push((Stream::Err, said(job.number, &end, &job.text)));
            }
        }
        jobs.borrow_mut().printed.extend(printed);
    }
    let mut jobs = jobs.borrow_mut();
    left.append(&mut jobs.list);
    jobs.list = left;
    until
}

/// What jobs have printed since the last call, and what is said of those that have ended.
pub(super) fn take_output(jobs: &RefCell<Jobs>) -> Vec<(Stream, String)> {
    std::mem::take(&mut jobs.borrow_mut().printed)
}

/// How many jobs there are.
pub(super) fn count(jobs: &RefCell<Jobs>) -> usize {
    jobs.borrow().list.len()
}

fn said(number: u32, state: &str, text: &str) -> String {
    format!("[{number}]+  {state:<22} {text}\n")
}

/// The job that a word means: `%1`, a process, `%%` or nothing for the last.
fn find(jobs: &Jobs, word: &str) -> Option<u32> {
    match word.strip_prefix('%') {
        Some("" | "%" | "+") => jobs.list.last().map(|job| job.pid),
        Some(number) => jobs.list.iter().find(|job| job.number.to_string() == number).map(|job| job.pid),
        None => jobs.list.iter().find(|job| job.pid.to_string() == word).map(|job| job.pid),
    }
}

/// `jobs`.
pub(super) fn list(client: &Client) -> u8 {
    let lines: Vec<String> =
        client.jobs.borrow().list.iter().map(|job| said(job.number, "Running", &format!("{} &", job.text))).collect();
    lines.iter().for_each(|line| client.print(line));
    0
}

/// `kill [-9] %1 PID…`.
pub(super) fn kill(client: &Client, args: &[String]) -> u8 {
    let mut exit = 0;
    let words: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    if words.is_empty() {
        client.warnln("kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]");
        return 2;
    }
    let is_forced = args.iter().any(|arg| ["-9", "-KILL", "-SIGKILL"].contains(&arg.as_str()));
    for word in words {
        let found = find(&client.jobs.borrow(), word);
        let Some(pid) = found else {
            let complaint = if word.starts_with('%') { "no such job" } else { "No such process" };
            client.warnln(&format!("sh: kill: ({word}) - {complaint}"));
            exit = 1;
            continue;
        };
        let mut jobs = client.jobs.borrow_mut();
        let at = jobs.list.iter().position(|job| job.pid == pid).unwrap_or_default();
        let job = jobs.list.remove(at);
        let how = if is_forced { "Killed" } else { "Terminated" };
        let line = said(job.number, how, &job.text);
        jobs.printed.push((Stream::Err, line));
        drop(jobs);
        drop(job);
    }
    exit
}

/// `wait [%1 | PID]…`: until these have ended, or all.
pub(super) async fn wait(client: &Client, args: &[String]) -> u8 {
    let mut pids = Vec::new();
    for word in args {
        let found = find(&client.jobs.borrow(), word);
        let Some(pid) = found else {
            client.warnln(&format!("sh: wait: {word}: no such job"));
            return 127;
        };
        pids.push(pid);
    }
    until_gone(client, |pid| pids.is_empty() || pids.contains(&pid)).await;
    0
}

/// `fg [%1]`: waits for a job; Ctrl+C ends it.
pub(super) async fn fg(client: &Client, args: &[String]) -> u8 {
    let word = args.first().map_or("%%", String::as_str);
    let found = find(&client.jobs.borrow(), word);
    let Some(pid) = found else {
        client.warnln(&format!("sh: fg: {}: no such job", if args.is_empty() { "current" } else { word }));
        return 1;
    };
    let text = client.jobs.borrow().list.iter().find(|job| job.pid == pid).map(|job| job.text.clone());
    client.println(&text.unwrap_or_default());
    let _guard = EndsWith { client: client.clone(), pid };
    until_gone(client, |other| other == pid).await;
    0
}

/// Ends a job when the command that stands for it is dropped.
struct EndsWith {
    client: Client,
    pid: u32,
}

impl Drop for EndsWith {
    fn drop(&mut self) {
        if let Ok(mut jobs) = self.client.jobs.try_borrow_mut() {
            jobs.list.retain(|job| job.pid != self.pid);
        }
    }
}

async fn until_gone(client: &Client, is_meant: impl Fn(u32) -> bool) {
    poll_fn(|_| {
        if client.jobs.borrow().list.iter().any(|job| is_meant(job.pid)) {
            client.wait_for_others();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}
