//! The command line: text in, requests out, text back.
//!
//! [`Shell::start`] reads a line and returns a [`Running`] command; whoever holds it polls it
//! through a [`Door`] and shows what it prints. `parse` knows the grammar, `execute` runs it, `pipe`
//! lets the commands of a pipe go on side by side, `jobs` those in the background; `builtin` the small
//! commands (`text` those behind a pipe, `files` those of the editor's files, `pager` those that
//! take the screen), `complete` what Tab offers, `kubectl/` the tool, one verb a file, named as
//! upstream. `aws/` is the AWS CLI, `eksctl/` the other tool. `laptop` reaches a cluster from outside
//! it (`curl`, `dig`), `ssh` looks at a node, `trace` follows a packet through the cloud's network,
//! `breaking` does what no real tool can. `advice` says what a complaint of a tool means.
//! `kubectl/table/` says how `kubectl get` shows each kind; the screen's List lens reads the same
//! tables.
//!
//! Invariant: a command touches the world only through requests, as a real client would; it
//! awaits answers and never reads the store, so that the same client can drive a real cluster.
//! Invariant: what kubectl prints is upstream's own English, byte for byte. What the shell itself
//! says to a learner are messages of `words`, and come back as codes.
//! Invariant: time passes only while a command waits, and only outside: a command cannot move it.

mod advice;
mod arithmetic;
mod aws;
mod breaking;
mod builtin;
mod client;
mod complete;
mod drydock;
mod eksctl;
mod execute;
mod files;
mod glob;
mod jobs;
mod kubeadm;
mod kubeconfig;
pub mod kubectl;
mod laptop;
mod line;
mod pager;
mod parse;
mod pipe;
mod running;
mod sed;
mod ssh;
mod stream;
mod text;
mod trace;

pub use advice::{Advice, advice};
pub use client::{Client, Door, Forward, Sign, Stream, Typed, Wants, WatchEvent};
pub use complete::Completions;
pub use kubeconfig::{Credential, Entry as KubeconfigEntry, Kubeconfig, PATH as KUBECONFIG_PATH};
pub use parse::is_complete;
pub use running::{REQUESTS_PER_POLL_MAX, Running, State};

use crate::document::Value;
use crate::words::{Lang, Words};
use crate::world::SimTime;
use crate::world::api::User;
use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What `~/.aws` holds for one profile.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Profile {
    /// The access key that signs; empty when none is configured.
    pub access_key_id: String,
    /// The default region.
    pub region: String,
    /// The default output format: `json`, `yaml`, `text`, `table`.
    pub output: String,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            access_key_id: crate::world::FIRST_ACCESS_KEY.to_owned(),
            region: "ap-northeast-2".to_owned(),
            output: "json".to_owned(),
        }
    }
}

/// What a shell remembers between commands.
#[derive(Clone)]
pub struct Setting {
    /// In which language the shell itself speaks.
    pub words: Words,
    /// The files of the editor's tabs, by name.
    pub files: BTreeMap<String, String>,
    /// The namespace of the current context.
    pub namespace: String,
    /// Who the client says it is.
    pub user: User,
    /// The AWS CLI's profile.
    pub profile: Profile,
    /// Which clusters the client knows.
    pub kubeconfig: Kubeconfig,
    /// Variables of the shell.
    pub variables: BTreeMap<String, String>,
    /// What the session tells about itself: what was clicked, rewound, predicted.
    pub session: Value,
    /// What upstream says of types and fields.
    pub descriptions: Descriptions,
    /// The ports of the learner's own machine that lead to Pods.
    pub forwards: Vec<Forward>,
    /// How many connections were made to Services from outside: they go to the Pods in turn.
    pub turns: u32,
    /// The files that commands have written and that the editor does not show yet.
    pub written: Vec<String>,
    /// The lines that were typed, oldest first.
    pub history: Vec<Rc<str>>,
    /// Columns and rows of the screen that somebody looks at; none where nobody does.
    pub screen: Option<(u32, u32)>,
    /// The exit code of the last command.
    pub exit: u8,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            words: Words::new(Lang::En),
            files: BTreeMap::new(),
            namespace: "default".to_owned(),
            user: User::admin(),
            profile: Profile::default(),
            kubeconfig: Kubeconfig::default(),
            variables: BTreeMap::new(),
            session: Value::Null,
            descriptions: Descriptions::default(),
            forwards: Vec::new(),
            turns: 0,
            written: Vec::new(),
            history: Vec::new(),
            screen: None,
            exit: 0,
        }
    }
}

/// The descriptions of types and fields, which weigh more than everything else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Descriptions {
    /// They are not there yet; whoever wants them asks for them.
    Absent,
    /// As the build writes them; empty where they could not be had.
    Text(Rc<str>),
}

impl Default for Descriptions {
    /// The native program holds them.
    fn default() -> Self {
        #[cfg(not(target_arch = "wasm32"))]
        return Self::Text(crate::document::schema::descriptions().into());
        #[cfg(target_arch = "wasm32")]
        Self::Absent
    }
}

impl Descriptions {
    /// Their text, once they are there.
    #[must_use]
    pub fn text(&self) -> Option<Rc<str>> {
        match self {
            Self::Absent => None,
            Self::Text(text) => Some(text.clone()),
        }
    }

    /// What upstream says of a type (`field` empty) or of one of its fields.
    fn of(&self, ty: crate::document::schema::Type, field: &str) -> Option<String> {
        match self {
            Self::Absent => None,
            Self::Text(text) => crate::document::schema::description(text, ty, field),
        }
    }
}

/// How many lines a shell remembers.
const HISTORY_MAX: usize = 1_000;

/// A shell: what people type into.
#[derive(Clone, Default)]
pub struct Shell {
    setting: Rc<RefCell<Setting>>,
    jobs: Rc<RefCell<jobs::Jobs>>,
}

impl Shell {
    /// A shell with these settings.
    #[must_use]
    pub fn new(setting: Setting) -> Self {
        Self { setting: Rc::new(RefCell::new(setting)), jobs: Rc::default() }
    }

    /// What it remembers.
    #[must_use]
    pub fn setting(&self) -> Ref<'_, Setting> {
        self.setting.borrow()
    }

    /// Changes what it remembers, for example the files when the editor's text changes.
    pub fn change(&self, change: impl FnOnce(&mut Setting)) {
        change(&mut self.setting.borrow_mut());
    }

    /// What could stand at `cursor` (a byte of the line): what Tab offers.
    pub fn complete(&self, line: &str, cursor: usize, door: &mut dyn Door) -> Completions {
        complete::complete(&self.setting(), line, cursor, door)
    }

    /// Remembers a line that was typed, unless it is the one before again.
    pub fn remember(&self, line: &str) {
        let line = line.trim_end();
        self.change(|setting| {
            if line.is_empty() || setting.history.last().is_some_and(|last| &**last == line) {
                return;
            }
            if setting.history.len() >= HISTORY_MAX {
                setting.history.remove(0);
            }
            setting.history.push(line.into());
        });
    }

    /// Takes over from another shell what is the person's and not the world's: the screen, the lines
    /// that were typed, what was fetched.
    pub fn go_on_from(&self, before: &Self) {
        let before = before.setting();
        self.change(|setting| {
            setting.screen = before.screen;
            setting.history.clone_from(&before.history);
            setting.descriptions = before.descriptions.clone();
        });
    }

    /// Starts a line (or several, where quotes or a here-document go on). Nothing happens before
    /// the first poll.
    #[must_use]
    pub fn start(&self, line: &str) -> Running {
        let shared = Rc::new(RefCell::new(client::Line::default()));
        let mail = Rc::new(RefCell::new(client::Mail::default()));
        let client = Client::new(shared.clone(), mail.clone(), self.setting.clone(), self.jobs.clone());
        let line = line.to_owned();
        Running::new(Box::pin(async move { execute::run_line(&client, &line).await }), shared, mail)
    }

    /// Lets what runs in the background go on as far as it can. Returns when it wants to go on at
    /// the latest.
    pub fn tend(&self, door: &mut dyn Door) -> Option<SimTime> {
        jobs::tend(&self.jobs, door)
    }

    /// What commands in the background have printed since the last call.
    #[must_use]
    pub fn take_output(&self) -> Vec<(Stream, String)> {
        jobs::take_output(&self.jobs)
    }

    /// Whether anything runs in the background.
    #[must_use]
    pub fn has_jobs(&self) -> bool {
        jobs::count(&self.jobs) > 0
    }
}
