//! What lies between a command and whoever drives it: mailboxes, what is printed, what is typed, and
//! what a command asks of the screen around it.

use super::client::WatchEvent;
use crate::document::Value;
use crate::world::api::custom::Registry;
use crate::world::api::{ApiError, Key, Request, Resource};
use crate::world::{Action, Answer, Call, CloudAnswer, HostingKind, Question, SimTime, Target, Traced};
use std::collections::VecDeque;
use std::rc::Rc;

/// Where a text goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// What a command is waiting for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Wait {
    /// At the latest until then.
    pub until: Option<SimTime>,
    /// Or until something changes after this revision.
    pub change_after: Option<u64>,
}

/// What a command asks of the one who drives it.
pub(super) enum Asked {
    Request(Rc<Request>),
    Watch(Resource, u64),
    Cloud(Rc<Call>),
    To(Rc<Target>, Rc<Request>),
    Act(Rc<Action>),
    Hosted(HostingKind, Rc<str>),
    Trace(Rc<Question>),
    Broken,
    Custom,
}

/// What it was answered.
pub(super) enum Answered {
    Reply(Answer),
    Events(Result<Vec<WatchEvent>, ApiError>),
    Cloud(CloudAnswer),
    Hosted(Vec<Value>),
    Traced(Box<Result<Traced, Rc<str>>>),
    Broken(Vec<String>),
    Custom(Registry),
}

/// The mailbox between a command and its driver: each command of a pipe has its own.
#[derive(Default)]
pub(super) struct Mail {
    pub asked: Option<Asked>,
    pub answered: Option<Answered>,
    pub wait: Wait,
}

/// What the commands of one line share: the clock, the screen and the keyboard.
#[derive(Default)]
pub(super) struct Line {
    pub now: SimTime,
    pub revision: u64,
    pub printed: Vec<(Stream, String)>,
    /// What the command wants from the keyboard.
    pub wants: Wants,
    /// What was typed for it.
    pub typed: VecDeque<Typed>,
    /// What it asks of the screen around it.
    pub signs: Vec<Sign>,
}

/// What a running command wants from the keyboard.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Wants {
    /// Nothing but Ctrl+C.
    #[default]
    Nothing,
    /// A line, behind this prompt.
    Line(Rc<str>),
    /// A single key.
    Key,
}

/// What was typed for a running command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Typed {
    /// A line or a key.
    Text(Rc<str>),
    /// Ctrl+D: there is no more.
    End,
}

/// What a command asks of the screen around it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sign {
    /// An empty terminal.
    Clear,
    /// The editor, showing this file.
    Edit(Rc<str>),
    /// A file that was shown for a while may go.
    Close(Rc<str>),
    /// The descriptions of types and fields, into the setting.
    LoadDescriptions,
    /// A file that was opened for the learner to change; Ctrl+Enter hands it back.
    Lend(Rc<str>),
    /// A small browser onto a forwarded port; none when the forwarding has ended.
    Browse(Option<Forward>),
}

/// A port of the learner's own machine that leads to a Pod.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Forward {
    /// The Pod.
    pub pod: Key,
    /// The port here.
    pub local: u16,
    /// The port there.
    pub remote: u16,
}
