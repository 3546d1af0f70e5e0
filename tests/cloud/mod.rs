//! The cloud's services, asked as a client asks them.

mod network;
mod scaling;
pub mod tracer;

use drydock::aws::api::Call;
use drydock::aws::{Answer, Cloud, FIRST_ACCESS_KEY, Settings};
use drydock::document::Value;
use drydock::sim::{Journal, SimTime, Turn, secs};

/// A cloud, its clock and its history.
pub struct Sky {
    pub cloud: Cloud,
    pub journal: Journal,
    pub now: SimTime,
}

impl Sky {
    pub fn new() -> Self {
        let mut journal = Journal::default();
        let cloud = Cloud::new(Settings::new(7), SimTime::ZERO, &mut journal);
        Self { cloud, journal, now: SimTime::ZERO }
    }

    pub fn ask(&mut self, service: &str, action: &str, params: Value) -> Answer {
        let call = Call::new(FIRST_ACCESS_KEY, "ap-northeast-2", service, action, params);
        let mut turn = Turn { now: self.now, journal: &mut self.journal, actor: "you".into(), cause: None, why: None };
        self.cloud.handle(&mut turn, &call)
    }

    /// Asks EC2; the answer must be yes.
    pub fn ec2(&mut self, action: &str, params: Value) -> Value {
        self.ask("ec2", action, params).unwrap_or_else(|refusal| panic!("{action}: {refusal}"))
    }

    /// Asks EC2; the answer must be no. Returns the refusal's code and message.
    pub fn refused(&mut self, action: &str, params: Value) -> String {
        match self.ask("ec2", action, params) {
            Ok(answer) => panic!("{action} was not refused: {answer}"),
            Err(refusal) => refusal.to_string(),
        }
    }

    /// Lets time pass.
    pub fn wait(&mut self, seconds: u64) {
        let until = self.now + secs(seconds);
        while self.cloud.next_due().is_some_and(|due| due <= until) {
            self.cloud.step(&mut self.journal);
        }
        self.now = until;
    }
}

/// The text at a path of member names and places in lists, separated by dots.
pub fn at<'v>(value: &'v Value, path: &str) -> &'v str {
    let mut found = value;
    for part in path.split('.') {
        found = match part.parse::<usize>() {
            Ok(place) => &found.items()[place],
            Err(_) => found.get(part).unwrap_or(&Value::Null),
        };
    }
    found.as_str().unwrap_or_default()
}
