//! Probes: startup, liveness and readiness, with their delays, periods and thresholds.
// Models pkg/kubelet/prober/worker.go, prober.go

use crate::document::Value;
use crate::kube::kubelet::preset;
use crate::kube::kubelet::program::Program;
use crate::sim::{SimTime, secs};

/// Which of the three.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `startupProbe`.
    Startup,
    /// `livenessProbe`.
    Liveness,
    /// `readinessProbe`.
    Readiness,
}

impl Kind {
    /// The word in Events: `Readiness probe failed: …`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Startup => "Startup",
            Self::Liveness => "Liveness",
            Self::Readiness => "Readiness",
        }
    }

    /// The word in reasons.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Startup => "startup",
            Self::Liveness => "liveness",
            Self::Readiness => "readiness",
        }
    }

    const fn field(self) -> &'static str {
        match self {
            Self::Startup => "startupProbe",
            Self::Liveness => "livenessProbe",
            Self::Readiness => "readinessProbe",
        }
    }
}

const KINDS: [Kind; 3] = [Kind::Startup, Kind::Liveness, Kind::Readiness];

/// One probe of a running container.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Probe {
    /// Which.
    pub kind: Kind,
    /// What is asked, as the Pod's spec says it.
    pub spec: Value,
    /// When it is asked next.
    pub next: SimTime,
    /// What its answers have come to so far.
    pub passes: bool,
    /// The answers in a row that differ from or agree with the last one: positive for successes,
    /// negative for failures.
    pub streak: i64,
}

/// The probes of one container.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Probes(Vec<Probe>);

/// What an answer led to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Which probe.
    pub kind: Kind,
    /// Why it failed, if it did.
    pub failure: Option<String>,
    /// Whether the probe's result has turned.
    pub turned: Option<Turn>,
}

/// How a probe's result has turned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// It passes now.
    Passes,
    /// It has failed as often as it takes.
    Fails,
}

/// What a probe looks at.
pub struct Subject<'a> {
    /// The container's spec.
    pub container: &'a Value,
    /// What runs in it.
    pub program: &'a Program,
    /// Since when.
    pub since: SimTime,
    /// The Pod's address.
    pub address: &'a str,
}

impl Probes {
    /// The probes of a container that starts at `since`.
    #[must_use]
    pub fn start(container: &Value, rules: preset::Probes, since: SimTime) -> Self {
        let probe = |kind: Kind| {
            let spec = container.at(&[kind.field()])?;
            if rules == preset::Probes::Recorded && kind != Kind::Readiness {
                return None;
            }
            let delay = spec.int_at(&["initialDelaySeconds"]).unwrap_or_default();
            let next = since + secs(u64::try_from(delay).unwrap_or_default());
            Some(Probe { kind, spec: spec.clone(), next, passes: kind == Kind::Liveness, streak: 0 })
        };
        Self(KINDS.into_iter().filter_map(probe).collect())
    }

    /// The probes, for showing them.
    pub fn iter(&self) -> impl Iterator<Item = &Probe> {
        self.0.iter()
    }

    /// Whether the startup probe, if any, has passed.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.passes(Kind::Startup)
    }

    /// Whether the readiness probe, if any, passes.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.passes(Kind::Readiness)
    }

    fn passes(&self, kind: Kind) -> bool {
        self.0.iter().find(|probe| probe.kind == kind).is_none_or(|probe| probe.passes)
    }

    /// The probes that are being asked: the startup probe alone until it passes, then the others.
    fn asked(&self) -> impl Iterator<Item = &Probe> {
        let is_started = self.is_started();
        self.0.iter().filter(move |probe| (probe.kind == Kind::Startup) != is_started)
    }

    /// When the next probe is asked whose answer could turn something.
    #[must_use]
    pub fn due(&self) -> Option<SimTime> {
        self.asked().filter(|probe| !probe.is_steady()).map(|probe| probe.next).min()
    }

    /// When the next probe is asked that has only ever said the same.
    #[must_use]
    pub fn steady_due(&self) -> Option<SimTime> {
        self.asked().filter(|probe| probe.is_steady()).map(|probe| probe.next).min()
    }

    /// Asks every probe that is due.
    pub fn ask(&mut self, now: SimTime, rules: preset::Probes, subject: &Subject<'_>) -> Vec<Answer> {
        let is_started = self.is_started();
        let mut answers = Vec::new();
        for probe in &mut self.0 {
            if (probe.kind == Kind::Startup) != is_started && probe.next <= now {
                answers.push(probe.ask(now, rules, subject));
            }
        }
        answers
    }
}

impl Probe {
    fn number(&self, field: &str, default: i64) -> i64 {
        self.spec.int_at(&[field]).filter(|number| *number > 0).unwrap_or(default)
    }

    fn period(&self) -> SimTime {
        secs(u64::try_from(self.number("periodSeconds", 10)).unwrap_or(10))
    }

    fn is_steady(&self) -> bool {
        match self.kind {
            Kind::Startup => false,
            Kind::Readiness if !self.passes => -self.streak >= self.number("failureThreshold", 3),
            Kind::Readiness | Kind::Liveness => self.passes && self.streak > 0,
        }
    }

    // Models worker.go doProbe
    fn ask(&mut self, now: SimTime, rules: preset::Probes, subject: &Subject<'_>) -> Answer {
        self.next = now + self.period();
        let failure = match rules {
            preset::Probes::Simulated => failure_of(&self.spec, subject, now),
            preset::Probes::Recorded => recorded_failure(&self.spec),
        };
        let is_recorded = rules == preset::Probes::Recorded;
        self.streak = match &failure {
            None => self.streak.max(0) + 1,
            Some(_) => self.streak.min(0) - 1,
        };
        let success_threshold = if is_recorded { 1 } else { self.number("successThreshold", 1) };
        let failure_threshold = if is_recorded { 1 } else { self.number("failureThreshold", 3) };
        let turned = if failure.is_none() && !self.passes && self.streak >= success_threshold {
            self.passes = true;
            Some(Turn::Passes)
        } else if failure.is_some() && -self.streak >= failure_threshold && (self.passes || self.kind == Kind::Startup)
        {
            self.passes = false;
            Some(Turn::Fails)
        } else {
            None
        };
        Answer { kind: self.kind, failure: failure.filter(|_| !is_recorded), turned }
    }
}

/// What is wrong, in the words of the real prober; nothing if all is well.
fn failure_of(spec: &Value, subject: &Subject<'_>, now: SimTime) -> Option<String> {
    let address = subject.address;
    if let Some(http) = spec.at(&["httpGet"]) {
        let host = match http.str_at(&["host"]) {
            "" => address,
            host => host,
        };
        let port = port_number(http.at(&["port"]), subject.container);
        let path = match http.str_at(&["path"]) {
            "" => "/",
            path => path,
        };
        if !subject.program.ports.contains(&port) {
            let scheme = if http.str_at(&["scheme"]) == "HTTPS" { "https" } else { "http" };
            return Some(format!(
                "Get \"{scheme}://{host}:{port}{path}\": dial tcp {host}:{port}: connect: connection refused"
            ));
        }
        let bare = path.split('?').next().unwrap_or(path);
        let is_known = subject.program.paths.is_empty() || subject.program.paths.contains(&bare);
        return (!is_known).then(|| "HTTP probe failed with statuscode: 404".to_owned());
    }
    if let Some(tcp) = spec.at(&["tcpSocket"]) {
        let port = port_number(tcp.at(&["port"]), subject.container);
        let is_open = subject.program.ports.contains(&port);
        return (!is_open).then(|| format!("dial tcp {address}:{port}: connect: connection refused"));
    }
    if let Some(grpc) = spec.at(&["grpc"]) {
        let port = grpc.int_at(&["port"]).unwrap_or_default();
        let is_open = subject.program.ports.contains(&port);
        return (!is_open).then(|| {
            format!("timeout: failed to connect service \"{address}:{port}\" within 1s: context deadline exceeded")
        });
    }
    let words: Vec<&str> = spec.items_at(&["exec", "command"]).iter().filter_map(Value::as_str).collect();
    exec_failure(&words, subject, now)
}

/// What a probe's command prints when it fails.
fn exec_failure(words: &[&str], subject: &Subject<'_>, now: SimTime) -> Option<String> {
    let text = words.join(" ");
    let text = ["sh -c ", "bash -c ", "/bin/sh -c ", "/bin/bash -c "]
        .into_iter()
        .find_map(|shell| text.strip_prefix(shell))
        .unwrap_or(&text);
    let mut words = text.split_whitespace();
    let (command, argument) = (words.next().unwrap_or_default(), words.clone().last().unwrap_or_default());
    let has_file = |path: &str| path.starts_with("/etc/") || subject.program.has_file(path, now.since(subject.since));
    match command.rsplit('/').next().unwrap_or(command) {
        "false" => Some(String::new()),
        "exit" if argument != "0" => Some(String::new()),
        "cat" if !has_file(argument) => Some(format!("cat: can't open '{argument}': No such file or directory\n")),
        "ls" if argument.starts_with('/') && !has_file(argument) => {
            Some(format!("ls: {argument}: No such file or directory\n"))
        }
        "test" | "[" if text.contains("-f") || text.contains("-e") => {
            let path = text.split_whitespace().find(|word| word.starts_with('/')).unwrap_or_default();
            (!has_file(path)).then(String::new)
        }
        _ => None,
    }
}

// Source: the description of the stand-in kubelet beside the recordings.
fn recorded_failure(spec: &Value) -> Option<String> {
    let words: Vec<&str> = spec.items_at(&["exec", "command"]).iter().filter_map(Value::as_str).collect();
    let fails = words.contains(&"false") || words.join(" ").contains("exit 1");
    fails.then(String::new)
}

/// A port by number, or by the name that the container gives it.
fn port_number(port: Option<&Value>, container: &Value) -> i64 {
    match port {
        Some(Value::Int(number)) => *number,
        Some(Value::Text(name)) => container
            .items_at(&["ports"])
            .iter()
            .find(|port| port.str_at(&["name"]) == &**name)
            .and_then(|port| port.int_at(&["containerPort"]))
            .unwrap_or_default(),
        _ => 0,
    }
}
