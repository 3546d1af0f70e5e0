//! Commands that use CPU and memory on purpose.

use crate::kube::program::scope::Scope;
use crate::kube::program::thread::{State, Thread};
use crate::sim::millis;

/// Runs the command if it is one of these; its status.
#[inline(never)] // Seldom needed at first: a unit of its own for `src/ui/js/split`.
pub(super) fn run(thread: &mut Thread, scope: &mut Scope<'_, '_>, name: &str, args: &[&str]) -> Option<i64> {
    match name {
        "stress" | "stress-ng" => Some(stress(thread, scope, args)),
        "yes" | "md5sum" | "sha256sum" if name == "yes" || args.iter().any(|word| word.starts_with("/dev/")) => {
            thread.state = State::Busy;
            Some(0)
        }
        "dd" => Some(dd(thread, args)),
        _ => None,
    }
}

fn after<'a>(args: &[&'a str], names: &[&str]) -> Option<&'a str> {
    args.iter().enumerate().find_map(|(index, word)| {
        let (flag, value) = word.split_once('=').map_or((*word, None), |(flag, value)| (flag, Some(value)));
        names.contains(&flag).then(|| value.or(args.get(index + 1).copied())).flatten()
    })
}

/// `250M`, `1G`, `128k`; a plain number is bytes.
pub(in crate::kube::program) fn bytes(text: &str) -> i64 {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let number: i64 = digits.parse().unwrap_or_default();
    let unit = text.get(digits.len()..).unwrap_or_default().to_ascii_lowercase();
    number.saturating_mul(match unit.chars().next() {
        Some('k') => 1 << 10,
        Some('m') => 1 << 20,
        Some('g') => 1 << 30,
        _ => 1,
    })
}

/// `stress --cpu 2 --vm 1 --vm-bytes 250M --timeout 60`.
// Source: the usage of stress 1.0.4, in the image of "Assign Memory Resources to Containers and Pods".
fn stress(thread: &mut Thread, scope: &mut Scope<'_, '_>, args: &[&str]) -> i64 {
    let number = |names: &[&str]| after(args, names).and_then(|text| text.parse::<i64>().ok()).unwrap_or_default();
    let (cpus, workers) = (number(&["--cpu", "-c"]), number(&["--vm", "-m"]));
    let each = after(args, &["--vm-bytes"]).map_or(256 << 20, bytes);
    let hogs = format!("{cpus} cpu, 0 io, {workers} vm, 0 hdd");
    thread.print(scope, &format!("stress: info: [1] dispatching hogs: {hogs}\n"));
    thread.at = thread.at + millis(200);
    thread.memory = workers.saturating_mul(each);
    let hangs = after(args, &["--vm-hang"]).is_some();
    thread.cpu = 1000 * (cpus + if hangs { 0 } else { workers });
    match after(args, &["--timeout", "-t"]).and_then(super::duration) {
        // While it runs its memory counts; it gives it back when its time is over.
        Some(length) => {
            thread.at = thread.at + length;
            (thread.memory, thread.cpu) = (0, 0);
            thread.print(scope, &format!("stress: info: [1] successful run completed in {}s\n", length.as_secs()));
        }
        None => thread.state = State::Blocked,
    }
    0
}

/// `dd if=/dev/zero of=/dev/shm/fill bs=1M count=500`: in memory it counts as memory.
fn dd(thread: &mut Thread, args: &[&str]) -> i64 {
    let value = |name: &str| args.iter().find_map(|word| word.strip_prefix(name)).unwrap_or_default();
    let size = bytes(value("bs=")).max(1).saturating_mul(value("count=").parse().unwrap_or(i64::MAX / (1 << 31)));
    if value("of=").starts_with("/dev/shm") {
        thread.memory += size;
    } else if value("count=").is_empty() {
        thread.state = State::Busy;
    }
    thread.at = thread.at + millis(u64::try_from(size >> 20).unwrap_or_default().min(60_000));
    0
}
