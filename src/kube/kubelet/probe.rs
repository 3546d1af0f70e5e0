//! Probes: startup, liveness and readiness, with their delays, periods and thresholds.
// Models pkg/kubelet/prober/worker.go, prober.go

use crate::document::Value;
use crate::kube::kubelet::pod::Node;
use crate::kube::kubelet::preset;
use crate::kube::program::Id;
use crate::kube::program::http::Request;
use crate::kube::program::runtime::Command;
use crate::sim::{SimTime, millis, secs};

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
    /// What is to be told about it: why it failed, or could not be asked.
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
pub(super) struct Subject<'a, 'b> {
    /// The container's spec.
    pub container: &'a Value,
    /// Which container.
    pub id: &'a Id,
    /// The Pod's address.
    pub address: &'a str,
    /// The node that it is on.
    pub node: &'a mut Node<'b>,
}

/// What asking came to.
enum Asked {
    Passed,
    Failed(String),
    /// It could not be asked, which counts neither way.
    Errored(String),
}

/// How long after a container's start its kubelet knows that it runs and begins to ask: half the
/// period in which it lists what runs.
// Source: kubelet, generic PLEG, relist period of one second; prober worker.
const SEEN_RUNNING: SimTime = millis(500);

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
            let seen = if rules == preset::Probes::Recorded { SimTime::ZERO } else { SEEN_RUNNING };
            let next = since + secs(u64::try_from(delay).unwrap_or_default()).max(seen);
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
    pub(super) fn ask(&mut self, now: SimTime, rules: preset::Probes, subject: &mut Subject<'_, '_>) -> Vec<Answer> {
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
    fn ask(&mut self, now: SimTime, rules: preset::Probes, subject: &mut Subject<'_, '_>) -> Answer {
        self.next = now + self.period();
        let asked = match rules {
            preset::Probes::Simulated => look(&self.spec, subject, now),
            preset::Probes::Recorded => recorded_failure(&self.spec).map_or(Asked::Passed, Asked::Failed),
        };
        let word = self.kind.word();
        let failure = match asked {
            Asked::Passed => None,
            Asked::Failed(text) => Some(format!("{word} probe failed: {text}")),
            Asked::Errored(text) => {
                let said = format!("{word} probe errored and resulted in unknown state: {text}");
                return Answer { kind: self.kind, failure: Some(said), turned: None };
            }
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

/// Asks, and says what is wrong in the words of the real prober.
// Models pkg/probe/http/http.go, tcp/tcp.go, grpc/grpc.go, exec/exec.go
fn look(spec: &Value, subject: &mut Subject<'_, '_>, now: SimTime) -> Asked {
    let address = subject.address;
    let timeout = spec.int_at(&["timeoutSeconds"]).filter(|seconds| *seconds > 0).unwrap_or(1);
    if let Some(http) = spec.at(&["httpGet"]) {
        return look_http(http, subject, now);
    }
    if let Some(tcp) = spec.at(&["tcpSocket"]) {
        let port = port_number(tcp.at(&["port"]), subject.container);
        if subject.node.runtime.listener(&subject.id.pod, port, now).is_some() {
            return Asked::Passed;
        }
        return Asked::Failed(format!("dial tcp {address}:{port}: connect: connection refused"));
    }
    if let Some(grpc) = spec.at(&["grpc"]) {
        let port = grpc.int_at(&["port"]).unwrap_or_default();
        if subject.node.runtime.listener(&subject.id.pod, port, now).is_some() {
            return Asked::Passed;
        }
        return Asked::Failed(format!(
            "timeout: failed to connect service \"{address}:{port}\" within {timeout}s: context deadline exceeded"
        ));
    }
    let words = spec.items_at(&["exec", "command"]).iter().filter_map(Value::as_shared).collect();
    let command = Command::Run { words, stdin: "".into(), is_terminal: false };
    let node = &mut *subject.node;
    let limit = secs(u64::try_from(timeout).unwrap_or(1));
    match node.runtime.exec(subject.id, &command, now, node.wiring, node.seed) {
        Err(missing) => Asked::Errored(not_found(&missing)),
        Ok(executed) if executed.took > limit || executed.runs_on => {
            let words: Vec<&str> = spec.items_at(&["exec", "command"]).iter().filter_map(Value::as_str).collect();
            Asked::Failed(format!("command timed out: \"{}\" timed out after {timeout}s", words.join(" ")))
        }
        Ok(executed) if executed.code == 0 => Asked::Passed,
        Ok(executed) => Asked::Failed(format!("{}{}", executed.stdout, executed.stderr)),
    }
}

/// What the runtime says of a program that is not in the image.
#[must_use]
pub(super) fn not_found(program: &str) -> String {
    format!(
        "rpc error: code = Unknown desc = failed to exec in container: failed to start exec: OCI runtime exec failed: \
         exec failed: unable to start container process: exec: \"{program}\": executable file not found in $PATH"
    )
}

fn look_http(http: &Value, subject: &mut Subject<'_, '_>, now: SimTime) -> Asked {
    let host = match http.str_at(&["host"]) {
        "" => subject.address,
        host => host,
    };
    let port = port_number(http.at(&["port"]), subject.container);
    let path = match http.str_at(&["path"]) {
        "" => "/",
        path => path,
    };
    let mut request = Request::get(host, path);
    request.agent = "kube-probe/1.36".into();
    for header in http.items_at(&["httpHeaders"]) {
        let (name, value) = (header.str_at(&["name"]), header.str_at(&["value"]));
        match name.to_ascii_lowercase().as_str() {
            "host" => request.host = value.into(),
            "user-agent" => request.agent = value.into(),
            _ => request.headers.push((name.into(), value.into())),
        }
    }
    let node = &mut *subject.node;
    request.client = node.machine.address.clone();
    match node.runtime.serve(&subject.id.pod, port, &request, now, node.wiring, node.seed) {
        Some(response) if (200..400).contains(&response.status) => Asked::Passed,
        Some(response) => Asked::Failed(format!("HTTP probe failed with statuscode: {}", response.status)),
        None => {
            let scheme = if http.str_at(&["scheme"]) == "HTTPS" { "https" } else { "http" };
            Asked::Failed(format!(
                "Get \"{scheme}://{host}:{port}{path}\": dial tcp {host}:{port}: connect: connection refused"
            ))
        }
    }
}

// Source: the description of the stand-in kubelet beside the recordings.
fn recorded_failure(spec: &Value) -> Option<String> {
    let words: Vec<&str> = spec.items_at(&["exec", "command"]).iter().filter_map(Value::as_str).collect();
    let fails = words.contains(&"false") || words.join(" ").contains("exit 1");
    fails.then(String::new)
}

/// A port by number, or by the name that the container gives it.
pub(super) fn port_number(port: Option<&Value>, container: &Value) -> i64 {
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
