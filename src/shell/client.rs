//! The client's end of the line: requests out, answers back, and waiting in between.
//!
//! Commands are `async` functions over a [`Client`]. They never see the world: each request, and
//! each wish to wait, is left in the line's mailbox, and whoever drives the command (the native
//! runner, the browser's session) carries it through a [`Door`]. Dropping the command hangs up.

use crate::document::Value;
use crate::world::api::custom::Registry;
use crate::world::api::{ApiError, Key, Reason, Reply, Request, Resource, User, Verb};
use crate::world::{
    Action, Answer, Call, ChangeKind, CloudAnswer, HostingKind, Question, SimTime, Target, Traced, World,
};
use std::cell::{Cell, Ref, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

pub(super) use super::line::{Answered, Asked, Line, Mail, Wait};
pub use super::line::{Forward, Sign, Stream, Typed, Wants};

use super::Setting;
use super::execute::Flow;
use super::jobs::Jobs;
use super::pipe::Pipe;

/// The way to an API server. The only thing that a command can reach.
pub trait Door {
    /// The server's clock.
    fn now(&self) -> SimTime;
    /// The revision of the last change, so that a command can wait for the next.
    fn revision(&self) -> u64;
    /// Asks. What it changes is an input of the world.
    fn ask(&mut self, request: Rc<Request>) -> Answer;
    /// What happened to a resource's objects after a revision.
    ///
    /// # Errors
    /// `Expired` when the server does not remember that far.
    fn watch(&self, resource: Resource, since: u64) -> Result<Vec<WatchEvent>, ApiError>;
    /// Asks the cloud. What it changes is an input of the world.
    ///
    /// # Errors
    /// The refusal of IAM or of the service, in AWS's words.
    fn call(&mut self, call: Rc<Call>) -> CloudAnswer;
    /// Asks the API server at an address, with a client's credential.
    fn ask_as(&mut self, target: &Rc<Target>, request: Rc<Request>) -> Answer;
    /// Does something else to the world than asking an API: an input of it.
    fn act(&mut self, action: Rc<Action>) -> Answer;
    /// The objects of a kind that are hosted outside clusters; all, or the one with this name.
    fn hosted(&self, kind: HostingKind, name: &str) -> Vec<Value>;
    /// What would become of a packet in the cloud's network.
    ///
    /// # Errors
    /// The end of its way that nobody knows.
    fn trace(&mut self, question: &Question) -> Result<Traced, Rc<str>>;
    /// The names of what is broken on purpose.
    fn broken(&self) -> Vec<String>;
    /// Which custom kinds the cluster serves: what clients learn from discovery.
    fn custom(&self) -> Registry;
}

/// One change, as a watch delivers it.
#[derive(Clone, PartialEq, Debug)]
pub struct WatchEvent {
    /// Added, modified or deleted.
    pub kind: ChangeKind,
    /// The object afterwards, or as it last was.
    pub object: Value,
}

impl Door for World {
    fn now(&self) -> SimTime {
        World::now(self)
    }

    fn revision(&self) -> u64 {
        self.cluster().etcd().revision()
    }

    fn ask(&mut self, request: Rc<Request>) -> Answer {
        self.act(&Action::Request { actor: "you".into(), request })
    }

    fn call(&mut self, call: Rc<Call>) -> CloudAnswer {
        World::call(self, &"you".into(), &call)
    }

    fn ask_as(&mut self, target: &Rc<Target>, request: Rc<Request>) -> Answer {
        World::act(self, &Action::RequestTo { actor: "you".into(), target: target.clone(), request })
    }

    fn act(&mut self, action: Rc<Action>) -> Answer {
        World::act(self, &action)
    }

    fn hosted(&self, kind: HostingKind, name: &str) -> Vec<Value> {
        World::hosted(self, kind, name)
    }

    fn trace(&mut self, question: &Question) -> Result<Traced, Rc<str>> {
        World::trace(self, question)
    }

    fn custom(&self) -> Registry {
        self.cluster().etcd().custom().clone()
    }

    fn broken(&self) -> Vec<String> {
        World::broken(self).iter().map(|broken| broken.what.name()).collect()
    }

    fn watch(&self, resource: Resource, since: u64) -> Result<Vec<WatchEvent>, ApiError> {
        let expired = |_| ApiError::new(Reason::Expired, format!("too old resource version: {since}"));
        let changes = self.cluster().etcd().changes_since(since).map_err(expired)?;
        Ok(changes
            .filter(|change| change.key.resource == resource)
            .map(|change| WatchEvent { kind: change.kind, object: change.value.value.clone() })
            .collect())
    }
}

/// One end of the line, as a command holds it. A clone is the same line.
#[derive(Clone)]
pub struct Client {
    line: Rc<RefCell<Line>>,
    pub(super) mail: Rc<RefCell<Mail>>,
    setting: Rc<RefCell<Setting>>,
    /// What goes on in the background.
    pub(super) jobs: Rc<RefCell<Jobs>>,
    /// What a command has done to the lists around it.
    pub(super) flow: Rc<Cell<Option<Flow>>>,
    /// Who asks.
    pub user: User,
    /// The kubeconfig's context that a command names; empty for the current one.
    pub context: Rc<str>,
    /// Standard input, where all of it is there already.
    pub stdin: Rc<str>,
    /// Standard input, where it comes from a pipe.
    pub(super) pipe: Option<Pipe>,
    /// Where standard output goes instead of the screen.
    captured: Option<Rc<RefCell<String>>>,
    errors: Errors,
    /// Whether nothing is said of fields that the server does not know: `--validate=ignore`.
    pub(super) ignores_unknown: bool,
}

/// Where standard error goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Errors {
    Screen,
    Output,
    Nowhere,
}

impl Client {
    pub(super) fn new(
        line: Rc<RefCell<Line>>,
        mail: Rc<RefCell<Mail>>,
        setting: Rc<RefCell<Setting>>,
        jobs: Rc<RefCell<Jobs>>,
    ) -> Self {
        let user = setting.borrow().user.clone();
        let errors = Errors::Screen;
        Self {
            line,
            mail,
            setting,
            jobs,
            flow: Rc::default(),
            user,
            context: "".into(),
            stdin: "".into(),
            pipe: None,
            captured: None,
            errors,
            ignores_unknown: false,
        }
    }

    /// The same with its standard output kept aside, and where it is kept.
    pub(super) fn captured(&self) -> (Self, Rc<RefCell<String>>) {
        let kept = Rc::new(RefCell::new(String::new()));
        (Self { captured: Some(kept.clone()), ..self.clone() }, kept)
    }

    /// The same with this standard input.
    pub(super) fn reading(&self, stdin: &str) -> Self {
        Self { stdin: stdin.into(), pipe: None, ..self.clone() }
    }

    /// The same printing into a pipe.
    pub(super) fn writing(&self, into: &Pipe) -> Self {
        Self { captured: Some(into.text.clone()), ..self.clone() }
    }

    /// The same with a mailbox of its own: one command among several that go on side by side.
    pub(super) fn apart(&self) -> (Self, Rc<RefCell<Mail>>) {
        let mail = Rc::new(RefCell::new(Mail::default()));
        (Self { mail: mail.clone(), ..self.clone() }.with_own_flow(), mail)
    }

    /// The same on a line of its own: a command in the background.
    pub(super) fn elsewhere(&self, line: Rc<RefCell<Line>>, mail: Rc<RefCell<Mail>>) -> Self {
        Self { line, mail, captured: None, ..self.reading("") }.with_own_flow()
    }

    /// The same whose `break` and `exit` mean nothing outside.
    pub(super) fn with_own_flow(&self) -> Self {
        Self { flow: Rc::default(), ..self.clone() }
    }

    /// The same whose standard input several commands read, one after the other.
    pub(super) fn with_input_kept(&self) -> Self {
        let pipe = self.pipe.clone().or_else(|| (!self.stdin.is_empty()).then(|| Pipe::holding(&self.stdin)));
        Self { pipe, ..self.clone() }
    }

    /// Nothing but another command can move this one.
    pub(super) fn wait_for_others(&self) {
        self.mail.borrow_mut().wait = Wait::default();
    }

    /// The same without standard error.
    pub(super) fn quiet(&self) -> Self {
        Self { errors: Errors::Nowhere, ..self.clone() }
    }

    /// The same with standard error going where standard output goes.
    pub(super) fn errors_to_output(&self) -> Self {
        Self { errors: Errors::Output, ..self.clone() }
    }

    /// What the shell remembers between commands.
    pub(super) fn setting(&self) -> Ref<'_, Setting> {
        self.setting.borrow()
    }

    /// Changes what the shell remembers.
    pub(super) fn change_setting(&self, change: impl FnOnce(&mut Setting)) {
        change(&mut self.setting.borrow_mut());
    }

    /// The moment.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.line.borrow().now
    }

    /// The server's revision at this moment.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.line.borrow().revision
    }

    /// Prints to standard output.
    pub fn print(&self, text: &str) {
        match &self.captured {
            Some(kept) => kept.borrow_mut().push_str(text),
            None => self.emit(Stream::Out, text),
        }
    }

    /// Prints a line to standard output.
    pub fn println(&self, line: &str) {
        self.print(line);
        self.print("\n");
    }

    /// Prints to standard error.
    pub fn warn(&self, text: &str) {
        match self.errors {
            Errors::Screen => self.emit(Stream::Err, text),
            Errors::Output => self.print(text),
            Errors::Nowhere => {}
        }
    }

    /// Prints a line to standard error.
    pub fn warnln(&self, line: &str) {
        self.warn(line);
        self.warn("\n");
    }

    fn emit(&self, stream: Stream, text: &str) {
        if text.is_empty() {
            return;
        }
        let mut line = self.line.borrow_mut();
        match line.printed.last_mut() {
            Some((last, written)) if *last == stream => written.push_str(text),
            _ => line.printed.push((stream, text.to_owned())),
        }
    }

    /// Sends a request and waits for the answer. Warnings in it are printed, as clients do.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn request(&self, mut request: Request) -> Answer {
        request.user = self.user.clone();
        let setting = self.setting();
        let target = setting.kubeconfig.target(&self.context, &setting.profile.access_key_id);
        drop(setting);
        let asked = match target {
            None => Asked::Request(Rc::new(request)),
            Some(target) => Asked::To(Rc::new(target), Rc::new(request)),
        };
        let answer = match self.ask(asked).await {
            Answered::Reply(answer) => answer,
            _ => unreachable!("a request is answered with a reply"),
        };
        if let Ok(Reply::Object { warnings, .. } | Reply::List { warnings, .. }) = &answer {
            let ignored = |warning: &str| self.ignores_unknown && warning.contains(" field \"");
            for warning in warnings.iter().filter(|warning| !ignored(warning)) {
                self.warnln(&format!("Warning: {warning}"));
            }
        }
        answer
    }

    /// Reads one object.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn get(&self, key: &Key) -> Result<Value, ApiError> {
        self.get_in(key, "").await
    }

    /// The same in a version of its group; empty for the preferred one.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn get_in(&self, key: &Key, version: &str) -> Result<Value, ApiError> {
        let request = Request::new(self.user.clone(), Verb::Get, key).in_version(version);
        Ok(self.request(request).await?.into_object())
    }

    /// Reads a collection; an empty namespace means all of them.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn list(&self, resource: Resource, namespace: &str) -> Result<Vec<Value>, ApiError> {
        let request = Request::list(self.user.clone(), resource, namespace);
        Ok(self.request(request).await?.into_items())
    }

    /// What happened to a resource's objects after a revision; nothing if nothing has.
    ///
    /// # Errors
    /// `Expired` when the server does not remember that far.
    pub async fn watch(&self, resource: Resource, since: u64) -> Result<Vec<WatchEvent>, ApiError> {
        match self.ask(Asked::Watch(resource, since)).await {
            Answered::Events(events) => events,
            _ => unreachable!("a watch is answered with events"),
        }
    }

    /// Does something else to the world than asking an API.
    ///
    /// # Errors
    /// The refusal.
    pub async fn act(&self, action: Action) -> Answer {
        match self.ask(Asked::Act(Rc::new(action))).await {
            Answered::Reply(answer) => answer,
            _ => unreachable!("an action is answered with a reply"),
        }
    }

    /// The objects of a kind that are hosted outside clusters; all, or the one with this name.
    pub async fn hosted(&self, kind: HostingKind, name: &str) -> Vec<Value> {
        match self.ask(Asked::Hosted(kind, name.into())).await {
            Answered::Hosted(objects) => objects,
            _ => unreachable!("a look at what is hosted is answered with objects"),
        }
    }

    /// What would become of a packet in the cloud's network.
    ///
    /// # Errors
    /// The end of its way that nobody knows.
    pub async fn trace(&self, question: Question) -> Result<Traced, Rc<str>> {
        match self.ask(Asked::Trace(Rc::new(question))).await {
            Answered::Traced(traced) => *traced,
            _ => unreachable!("a packet is answered with its way"),
        }
    }

    /// The names of what is broken on purpose.
    pub async fn broken(&self) -> Vec<String> {
        match self.ask(Asked::Broken).await {
            Answered::Broken(names) => names,
            _ => unreachable!("a look at what is broken is answered with names"),
        }
    }

    /// Which custom kinds the cluster serves.
    pub async fn discover(&self) -> Registry {
        match self.ask(Asked::Custom).await {
            Answered::Custom(registry) => registry,
            _ => unreachable!("discovery is answered with kinds"),
        }
    }

    /// Sends a request to the cloud and waits for the answer.
    ///
    /// # Errors
    /// The refusal of IAM or of the service, in AWS's words.
    pub async fn call(&self, call: Call) -> CloudAnswer {
        match self.ask(Asked::Cloud(Rc::new(call))).await {
            Answered::Cloud(answer) => answer,
            _ => unreachable!("a call is answered by the cloud"),
        }
    }

    async fn ask(&self, asked: Asked) -> Answered {
        self.mail.borrow_mut().asked = Some(asked);
        poll_fn(|_| match self.mail.borrow_mut().answered.take() {
            Some(answered) => Poll::Ready(answered),
            None => Poll::Pending,
        })
        .await
    }

    /// Lets the one who drives the command have a turn: for work that takes longer than a moment.
    pub(super) async fn breathe(&self) {
        let is_over = Cell::new(false);
        poll_fn(|_| {
            let now = self.now();
            self.mail.borrow_mut().wait.until = (!is_over.get()).then_some(now);
            if is_over.replace(true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Reads what is typed; none when nobody types, or no more.
    pub(super) async fn read(&self, wants: Wants) -> Option<Rc<str>> {
        self.setting().screen?;
        poll_fn(|_| {
            let mut line = self.line.borrow_mut();
            match line.typed.pop_front() {
                Some(typed) => {
                    line.wants = Wants::Nothing;
                    Poll::Ready(match typed {
                        Typed::Text(text) => Some(text),
                        Typed::End => None,
                    })
                }
                None => {
                    line.wants = wants.clone();
                    self.wait_for_others();
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// Asks something of the screen around the command.
    pub(super) fn sign(&self, sign: Sign) {
        self.line.borrow_mut().signs.push(sign);
    }

    /// Whether standard output is a screen that somebody looks at.
    pub(super) fn is_screen(&self) -> bool {
        self.captured.is_none() && self.setting().screen.is_some()
    }

    /// What a file of the editor says.
    pub(super) fn file(&self, name: &str) -> Option<String> {
        self.setting().files.get(plain_path(name)).cloned()
    }

    /// Writes a file of the editor.
    pub(super) fn write_file(&self, name: &str, text: String) {
        self.change_setting(|setting| {
            let name = plain_path(name).to_owned();
            setting.files.insert(name.clone(), text);
            if setting.screen.is_some() && !setting.written.contains(&name) {
                setting.written.push(name);
            }
        });
    }

    /// Waits.
    pub async fn sleep(&self, length: SimTime) {
        let until = self.now() + length;
        self.wait(Wait { until: Some(until), change_after: None }).await;
    }

    /// Waits until something changes after `revision`, at the latest until `until`. Says whether
    /// something has.
    pub async fn changed(&self, revision: u64, until: Option<SimTime>) -> bool {
        self.wait(Wait { until, change_after: Some(revision) }).await;
        self.revision() > revision
    }

    async fn wait(&self, wait: Wait) {
        poll_fn(|_| {
            let line = self.line.borrow();
            let over = wait.until.is_some_and(|until| line.now >= until)
                || wait.change_after.is_some_and(|revision| line.revision > revision);
            self.mail.borrow_mut().wait = if over { Wait::default() } else { wait };
            if over { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// A path as files are called: there is one folder, and it is home.
fn plain_path(path: &str) -> &str {
    path.trim_start_matches("./").trim_start_matches("~/")
}
