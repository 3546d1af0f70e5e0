//! Hosts side by side: memory as a wall of which every machine and container takes its part, CPU as
//! a bar, and what is on each of them as a table.

use super::super::{fitted, number, text_width};
use super::{Pen, rect};
use drydock::view::hosting::{GroupView, HostView, UnitState, UnitView};
use drydock::words::{Words, say};

/// An answer that takes longer than this is one that people feel.
const SLOW_MS: i64 = 40;
/// The rows of the table, below the rows of the document's entries.
const FIGURES: [&str; 4] = ["host-starts", "host-kernels", "host-systems", "host-free"];
/// A row of the table.
const ROW: f32 = 27.0;
/// The row of an entry, which has two lines.
const ENTRY: f32 = 42.0;
/// The room of the block with the sheet's title.
const TITLE: f32 = 62.0;

fn gibibytes(words: &Words, mebibytes: i64) -> String {
    let tenths = (mebibytes * 10 + 512) / 1024;
    format!("{}.{} GiB", words.number(tenths / 10), tenths % 10)
}

fn figure(host: &HostView, words: &Words, row: usize) -> String {
    let (all, used, systems) = host.memory;
    match row {
        0 => {
            let slowest = host.groups.iter().map(|group| group.starts_in_ms).max().unwrap_or_default();
            if slowest == 0 { String::new() } else { words.duration(slowest) }
        }
        1 => say!(words, "hosting-count", count = host.kernels),
        2 => gibibytes(words, systems),
        _ => gibibytes(words, (all - used).max(0)),
    }
}

/// How an entry is: what runs, and what keeps the rest from it. The second line may be a complaint.
fn entry(group: &GroupView, words: &Words) -> (String, String, bool) {
    let first = say!(words, "host-running", count = group.running);
    if group.out_of_memory + group.panicked > 0 || group.running == 0 && group.restarts > 0 {
        let key = if group.panicked > 0 { "host-unit-panicked" } else { "host-unit-oomkilled" };
        let said = words.say(key, &[]);
        let again = say!(words, "host-unit-restarts", count = group.restarts);
        return (first, if group.restarts > 0 { [&said, " · ", &again].concat() } else { said }, true);
    }
    if group.starting > 0 {
        return (first, say!(words, "host-starting", count = group.starting), false);
    }
    let no_room = say!(words, "host-no-room", count = group.no_room);
    if group.answer_ms == 0 {
        return (first, if group.no_room > 0 { no_room } else { String::new() }, false);
    }
    let mut second = say!(words, "host-answers", ms = group.answer_ms);
    if group.is_throttled {
        second = [&second, " · ", &words.say("host-unit-throttled", &[])].concat();
    }
    if group.no_room > 0 {
        second = [&no_room, " · ", &second].concat();
    }
    (first, second, group.answer_ms > SLOW_MS && !group.is_throttled)
}

/// What the drawing says.
pub(super) fn told(host: &HostView, words: &Words) -> Vec<String> {
    let figures = FIGURES.iter().enumerate();
    let figures = figures.map(|(row, key)| format!("{} {}", words.say(key, &[]), figure(host, words, row)));
    let whole = format!("{}: {}", host.name, figures.collect::<Vec<_>>().join(", "));
    let groups = host.groups.iter().map(|group| {
        let (first, second, _) = entry(group, words);
        format!("{}, {}: {first}. {second}", host.name, group.name)
    });
    std::iter::once(whole).chain(groups).collect()
}

impl Pen<'_> {
    pub(super) fn hosts(&mut self, hosts: &[HostView], top: f32) -> f32 {
        let narrow = self.is_narrow();
        let mut entries: Vec<&str> = Vec::new();
        for group in hosts.iter().flat_map(|host| &host.groups) {
            if !entries.contains(&&*group.name) {
                entries.push(&group.name);
            }
        }
        let figures: Vec<String> = FIGURES.iter().map(|key| self.word(key)).collect();
        let (memory, cpu) = (self.word("host-memory"), self.word("host-cpu"));
        let names = figures.iter().chain([&memory, &cpu]).map(|name| text_width(name, 13.0));
        let label = (names.fold(0.0, f32::max) + 16.0).ceil().clamp(60.0, if narrow { 74.0 } else { 150.0 });
        let gap = if narrow { 10.0 } else { 28.0 };
        let count = number(hosts.len().max(1));
        let w = (self.inner - label - gap * (count - 1.0)) / count;
        let bar = 22.0;
        let rows = ENTRY * number(entries.len()) + ROW * number(FIGURES.len());
        // What the pane has room for, beside what stands below the wall and the block with the sheet's title.
        let room = self.height - top - 34.0 - 44.0 - bar - 40.0 - rows - TITLE;
        let wall = if narrow { 110.0 } else { room.clamp(110.0, 190.0) };
        let wall_at = top + 34.0;
        let bar_at = wall_at + wall + 44.0;
        let entries_at = bar_at + bar + 40.0;
        let figures_at = entries_at + ENTRY * number(entries.len());
        let bottom = figures_at + ROW * number(FIGURES.len());
        self.drawing.text("t2", self.left, wall_at + 16.0, fitted(&memory, 13.0, label - 6.0));
        self.drawing.text("t2", self.left, bar_at + 15.0, fitted(&cpu, 13.0, label - 6.0));
        self.drawing.path("hair", format!("M{} {entries_at}h{}", self.left, self.inner));
        for (index, name) in entries.iter().enumerate() {
            let y = entries_at + ENTRY * number(index);
            self.drawing.text("s m", self.left, y + 19.0, fitted(name, 13.0, label - 6.0));
            self.drawing.path("hair", format!("M{} {}h{}", self.left, y + ENTRY, self.inner));
        }
        for (index, name) in figures.iter().enumerate() {
            let y = figures_at + ROW * number(index);
            self.drawing.text("t2", self.left, y + ROW / 2.0 + 5.0, fitted(name, 13.0, label - 6.0));
            self.drawing.path("hair", format!("M{} {}h{}", self.left, y + ROW, self.inner));
        }
        for (index, host) in hosts.iter().enumerate() {
            let x = self.left + label + (w + gap) * number(index);
            self.drawing.text("s n15", x, top, fitted(&host.name, 15.0, w));
            let (all, ..) = host.memory;
            let mut size = say!(self.words, "host-size", cores = host.cpu.0 / 1000, gibibytes = all / 1024);
            for (is_vm, key) in [(true, "host-of-vms"), (false, "host-of-containers")] {
                if !narrow && host.groups.iter().any(|group| group.is_vm == is_vm) {
                    size = [&size, " · ", &self.word(key)].concat();
                }
            }
            self.drawing.text("n11 t2", x, top + 18.0, fitted(&size, 11.0, w));
            self.wall(host, (x, wall_at, w, wall));
            self.cores(host, (x, bar_at, w, bar));
            for (at, name) in entries.iter().enumerate() {
                let y = entries_at + ENTRY * number(at);
                let Some(group) = host.groups.iter().find(|group| *group.name == **name) else {
                    self.drawing.text("tp", x, y + 19.0, "–");
                    continue;
                };
                let (first, second, is_bad) = entry(group, self.words);
                self.drawing.text("s", x, y + 19.0, fitted(&first, 13.0, w + gap - 6.0));
                let class = if is_bad { "n11 s tr" } else { "n11 t2" };
                self.drawing.text(class, x, y + 36.0, fitted(&second, 11.0, w + gap - 6.0));
            }
            for row in 0..FIGURES.len() {
                let y = figures_at + ROW * number(row);
                let value = figure(host, self.words, row);
                self.drawing.text(if narrow { "s" } else { "s n15" }, x, y + ROW / 2.0 + 5.0, fitted(&value, 15.0, w));
            }
        }
        bottom
    }

    /// Each host's memory, and how much of it runs.
    pub(super) fn small_hosts(&mut self, hosts: &[HostView]) {
        let gap = 20.0;
        let count = number(hosts.len().max(1));
        let w = (self.inner - gap * (count - 1.0)) / count;
        for (index, host) in hosts.iter().enumerate() {
            let x = self.left + (w + gap) * number(index);
            let running = host.groups.iter().map(|group| group.running).sum::<i64>();
            let said = say!(self.words, "host-running", count = running);
            self.drawing.text("s m", x, 24.0, fitted(&host.name, 13.0, w));
            self.drawing.text("n11 t2", x, 84.0, fitted(&said, 11.0, w));
            self.slices(host, (x, 34.0, w, 34.0));
        }
    }

    /// Memory: every unit is as wide as the part that it takes; the lower part of it is its system's.
    fn wall(&mut self, host: &HostView, (x, y, w, h): (f32, f32, f32, f32)) {
        let (spans, at) = self.slices(host, (x, y, w, h));
        for (unit, from, to) in spans {
            let middle = f32::midpoint(from, to);
            let known = host.groups.iter().find(|group| group.name == unit.group && group.is_vm == unit.is_vm);
            let there = known.map_or(0, |group| group.count() - group.no_room);
            let said = say!(self.words, "host-group", name = &*unit.group, count = there);
            let said = if there > 1 { said } else { unit.group.to_string() };
            self.drawing.path("ln1", format!("M{} {}v6H{}v-6", from + 1.0, y + h + 4.0, to - 1.0));
            if text_width(&said, 11.0) < to - from + 20.0 {
                self.drawing.text("n11 m mid", middle, y + h + 24.0, said);
            }
            let system = self.word(if unit.is_vm { "host-guest-system" } else { "host-program" });
            if text_width(&system, 11.0) + 12.0 < to - from {
                let half = text_width(&system, 11.0) / 2.0 + 6.0;
                let share = unit.memory.1 as f32 / unit.memory.0.max(1) as f32;
                let middle_y = if unit.is_vm { y + h * (1.0 - share / 2.0) } else { y + h * (1.0 - share) / 2.0 };
                self.drawing.path("sheetf", rect(middle - half, middle_y - 10.0, half * 2.0, 17.0));
                self.drawing.text("n11 mid", middle, middle_y + 3.0, system);
            }
        }
        let free = x + w - at;
        let said =
            say!(self.words, "host-free-here", size = gibibytes(self.words, (host.memory.0 - host.memory.1).max(0)));
        if text_width(&said, 11.0) + 10.0 < free {
            self.drawing.text("n11 tp mid", at + free / 2.0, y + h / 2.0 + 4.0, said);
        }
    }

    /// The wall without its labels. Returns where each run of one entry's units begins and ends, and
    /// where what is free begins.
    fn slices<'h>(
        &mut self,
        host: &'h HostView,
        (x, y, w, h): (f32, f32, f32, f32),
    ) -> (Vec<(&'h UnitView, f32, f32)>, f32) {
        let all = host.memory.0.max(1);
        let wide = |mebibytes: i64| w * mebibytes as f32 / all as f32;
        let units: i64 = host.units.iter().map(|unit| unit.memory.0).sum();
        let own = wide(host.memory.1 - units);
        self.drawing.path("paperf", rect(x, y, w, h));
        // The host's own system, at the left.
        self.drawing.path("theirs", rect(x, y, own, h));
        self.drawing.path("ln1", rect(x, y, own, h));
        let mut at = x + own;
        let mut spans: Vec<(&UnitView, f32, f32)> = Vec::new();
        for unit in host.units.iter().filter(|unit| unit.memory.0 > 0) {
            let width = wide(unit.memory.0);
            self.slice(unit, (at, y, width, h));
            match spans.last_mut() {
                Some((known, _, end)) if known.group == unit.group && known.is_vm == unit.is_vm => *end = at + width,
                _ => spans.push((unit, at, at + width)),
            }
            at += width;
        }
        self.drawing.path("ln15", rect(x, y, w, h));
        (spans, at)
    }

    fn slice(&mut self, unit: &UnitView, (x, y, w, h): (f32, f32, f32, f32)) {
        let share = unit.memory.1 as f32 / unit.memory.0.max(1) as f32;
        let (program, system) = (h * (1.0 - share), h * share);
        let line = if w > 3.0 { 1.0 } else { 0.4 };
        let body = rect(x + line / 2.0, y, (w - line).max(0.5), program);
        match unit.state {
            UnitState::Running => self.drawing.path("inkf", body),
            UnitState::OutOfMemory | UnitState::Panicked => self.drawing.path("lostf", rect(x, y, w, h)),
            UnitState::Starting | UnitState::NoRoom => self.drawing.path("startsf", rect(x, y, w, h)),
        }
        if unit.state == UnitState::Running {
            self.drawing.path("theirs", rect(x, y + program, w, system));
        }
        if w > 3.0 && (unit.is_vm || unit.state != UnitState::Running) {
            self.drawing.path("ln1", rect(x, y, w, h));
        }
    }

    /// CPU: who gets how much of the cores. While they are short, whoever goes without most is red.
    fn cores(&mut self, host: &HostView, (x, y, w, h): (f32, f32, f32, f32)) {
        let (all, given) = host.cpu;
        let wide = |milli: i64| w * milli as f32 / all.max(1) as f32;
        self.drawing.path("paperf", rect(x, y, w, h));
        let is_full = given + 20 >= all;
        let greedy = host.groups.iter().filter(|group| is_full && group.cpu.0 > group.cpu.1);
        let greedy = greedy.max_by_key(|group| group.cpu.0 - group.cpu.1).map(|group| group.name.clone());
        let mut at = x;
        for group in host.groups.iter().filter(|group| group.cpu.1 > 0) {
            let width = wide(group.cpu.1);
            let is_greedy = greedy.as_ref() == Some(&group.name);
            self.drawing.path(if is_greedy { "lostf" } else { "inkf" }, rect(at, y, (width - 1.0).max(1.0), h));
            if is_greedy {
                self.drawing.path("lostp", rect(at, y, (width - 1.0).max(1.0), h));
            }
            let size = say!(self.words, "host-cores", name = &*group.name, tenths = cores(group.cpu.1));
            if text_width(&size, 11.0) < width + 6.0 {
                let class = if is_greedy { "n11 m s tr" } else { "n11 m" };
                self.drawing.text(class, at, y + h + 16.0, size);
            }
            at += width;
        }
        self.drawing.path("ln15", rect(x, y, w, h));
    }
}

/// Thousandths of a core in cores, to one decimal.
fn cores(milli: i64) -> String {
    let tenths = (milli + 50) / 100;
    if tenths % 10 == 0 { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) }
}
