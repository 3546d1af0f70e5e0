//! Pipes, and the commands of a pipe side by side.

use super::client::{Client, Mail, Wait};
use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

/// What one command prints and another reads. A clone is the same pipe.
#[derive(Clone, Default)]
pub(super) struct Pipe {
    /// What nobody has read yet.
    pub text: Rc<RefCell<String>>,
    /// Whether nothing more will come.
    pub is_closed: Rc<Cell<bool>>,
}

impl Pipe {
    /// A pipe that holds a whole text.
    pub(super) fn holding(text: &str) -> Self {
        let pipe = Self::default();
        pipe.text.borrow_mut().push_str(text);
        pipe.is_closed.set(true);
        pipe
    }

    /// Everything that comes, once no more will.
    pub(super) async fn rest(&self, client: &Client) -> String {
        self.when(client, |_, is_closed| is_closed).await;
        self.text.take()
    }

    /// The whole lines that are there, once there are some; none at the end. At the end a last line
    /// may lack its line break.
    pub(super) async fn lines(&self, client: &Client) -> Option<String> {
        self.when(client, |text, is_closed| is_closed || text.contains('\n')).await;
        let mut text = self.text.borrow_mut();
        let length = text.rfind('\n').map_or(0, |at| at + 1);
        let length = if self.is_closed.get() { text.len() } else { length };
        let lines: String = text.drain(..length).collect();
        (!lines.is_empty()).then_some(lines)
    }

    /// The next line, with its line break if it has one; none at the end.
    pub(super) async fn line(&self, client: &Client) -> Option<String> {
        self.when(client, |text, is_closed| is_closed || text.contains('\n')).await;
        let mut text = self.text.borrow_mut();
        let length = text.find('\n').map_or(text.len(), |at| at + 1);
        let line: String = text.drain(..length).collect();
        (!line.is_empty()).then_some(line)
    }

    async fn when(&self, client: &Client, is_met: impl Fn(&str, bool) -> bool) {
        poll_fn(|_| {
            if is_met(&self.text.borrow(), self.is_closed.get()) {
                return Poll::Ready(());
            }
            client.wait_for_others();
            Poll::Pending
        })
        .await;
    }
}

/// One command of a pipe.
pub(super) struct Task<'a> {
    future: Option<Pin<Box<dyn Future<Output = u8> + 'a>>>,
    mail: Rc<RefCell<Mail>>,
    into: Option<Pipe>,
    exit: u8,
}

impl<'a> Task<'a> {
    /// A command with a mailbox of its own, and the pipe that it prints into.
    pub(super) fn new(
        future: Pin<Box<dyn Future<Output = u8> + 'a>>,
        mail: Rc<RefCell<Mail>>,
        into: Option<Pipe>,
    ) -> Self {
        Self { future: Some(future), mail, into, exit: 0 }
    }

    /// The command has ended, or was ended.
    fn end(&mut self, exit: u8) {
        self.future = None;
        self.exit = exit;
        if let Some(into) = &self.into {
            into.is_closed.set(true);
        }
    }
}

/// What SIGPIPE ended: 128 and the signal's number.
const BROKEN_PIPE: u8 = 141;

/// Lets commands go on side by side until all have ended; the exit code is the last one's. Whoever
/// writes into a pipe that nobody reads any more is ended.
pub(super) async fn together(client: &Client, mut tasks: Vec<Task<'_>>) -> u8 {
    let mut asking: Option<usize> = None;
    poll_fn(|context| {
        if let Some(task) = asking.and_then(|index| tasks.get(index)) {
            let Some(answered) = client.mail.borrow_mut().answered.take() else { return Poll::Pending };
            task.mail.borrow_mut().answered = Some(answered);
            asking = None;
        }
        let mut wait = Wait::default();
        for index in 0..tasks.len() {
            let has_reader = tasks.get(index + 1).is_none_or(|reader| reader.future.is_some());
            let Some(task) = tasks.get_mut(index) else { break };
            let is_broken =
                |task: &Task<'_>| !has_reader && task.into.as_ref().is_some_and(|into| !into.text.borrow().is_empty());
            if is_broken(task) {
                task.end(BROKEN_PIPE);
            }
            let Some(future) = &mut task.future else { continue };
            if task.mail.borrow().asked.is_none() {
                if let Poll::Ready(exit) = future.as_mut().poll(context) {
                    task.end(exit);
                } else if is_broken(task) {
                    task.end(BROKEN_PIPE);
                }
            }
            let mine = task.mail.borrow().wait;
            if task.future.is_some() {
                wait.until = [wait.until, mine.until].into_iter().flatten().min();
                wait.change_after = [wait.change_after, mine.change_after].into_iter().flatten().min();
            }
        }
        asking = tasks.iter().position(|task| task.future.is_some() && task.mail.borrow().asked.is_some());
        if let Some(task) = asking.and_then(|index| tasks.get(index)) {
            client.mail.borrow_mut().asked = task.mail.borrow_mut().asked.take();
            return Poll::Pending;
        }
        client.mail.borrow_mut().wait = wait;
        // A reader that has just ended may have broken the pipe of one before it.
        let is_moving = tasks.windows(2).any(|pair| {
            let [writer, reader] = pair else { return false };
            let has_text = writer.into.as_ref().is_some_and(|into| !into.text.borrow().is_empty());
            writer.future.is_some() && reader.future.is_none() && has_text
        });
        if is_moving {
            client.mail.borrow_mut().wait = Wait { until: Some(client.now()), change_after: None };
        }
        match tasks.last() {
            Some(last) if tasks.iter().all(|task| task.future.is_none()) => Poll::Ready(last.exit),
            Some(_) => Poll::Pending,
            None => Poll::Ready(0),
        }
    })
    .await
}
