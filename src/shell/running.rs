//! A command on its way: a small driver without an executor.

use crate::world::SimTime;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::client::Door;
use super::client::{Answered, Asked, Line, Mail, Sign, Stream, Typed, Wants};

/// How many requests one poll answers before it gives the caller a turn.
pub const REQUESTS_PER_POLL_MAX: u32 = 256;

/// How far a command is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It has ended.
    Done {
        /// Its exit code.
        exit: u8,
    },
    /// It waits.
    Waiting {
        /// When it wants to go on at the latest; none when only a change of the world can move it.
        until: Option<SimTime>,
    },
}

/// A command line that has been started. Dropping it is Ctrl+C.
pub struct Running {
    future: Pin<Box<dyn Future<Output = u8>>>,
    line: Rc<RefCell<Line>>,
    mail: Rc<RefCell<Mail>>,
    exit: Option<u8>,
}

impl Running {
    pub(super) fn new(
        future: Pin<Box<dyn Future<Output = u8>>>,
        line: Rc<RefCell<Line>>,
        mail: Rc<RefCell<Mail>>,
    ) -> Self {
        Self { future, line, mail, exit: None }
    }

    /// Goes on as far as it can without time passing.
    pub fn poll(&mut self, door: &mut dyn Door) -> State {
        for _ in 0..REQUESTS_PER_POLL_MAX {
            if let Some(exit) = self.exit {
                return State::Done { exit };
            }
            {
                let mut line = self.line.borrow_mut();
                line.now = door.now();
                line.revision = door.revision();
            }
            let mut context = Context::from_waker(Waker::noop());
            if let Poll::Ready(exit) = self.future.as_mut().poll(&mut context) {
                self.exit = Some(exit);
                continue;
            }
            let asked = self.mail.borrow_mut().asked.take();
            let answered = match asked {
                Some(Asked::Request(request)) => Answered::Reply(door.ask(request)),
                Some(Asked::Watch(resource, since)) => Answered::Events(door.watch(resource, since)),
                Some(Asked::Cloud(call)) => Answered::Cloud(door.call(call)),
                Some(Asked::To(target, request)) => Answered::Reply(door.ask_as(&target, request)),
                Some(Asked::Act(action)) => Answered::Reply(door.act(action)),
                Some(Asked::Hosted(kind, name)) => Answered::Hosted(door.hosted(kind, &name)),
                Some(Asked::Trace(question)) => Answered::Traced(Box::new(door.trace(&question))),
                Some(Asked::Broken) => Answered::Broken(door.broken()),
                Some(Asked::Custom) => Answered::Custom(door.custom()),
                None => return State::Waiting { until: self.mail.borrow().wait.until },
            };
            self.mail.borrow_mut().answered = Some(answered);
        }
        State::Waiting { until: Some(door.now()) }
    }

    /// What the command wants from the keyboard.
    #[must_use]
    pub fn wants(&self) -> Wants {
        self.line.borrow().wants.clone()
    }

    /// Types for the command.
    pub fn feed(&mut self, typed: Typed) {
        self.line.borrow_mut().typed.push_back(typed);
    }

    /// What the command has asked of the screen since the last call, in order.
    pub fn take_signs(&mut self) -> Vec<Sign> {
        std::mem::take(&mut self.line.borrow_mut().signs)
    }

    /// What has been printed since the last call, in order.
    pub fn take_output(&mut self) -> Vec<(Stream, String)> {
        std::mem::take(&mut self.line.borrow_mut().printed)
    }
}
