//! The command palette: everything that can be done, by its name. What is listed is what the screen
//! offers elsewhere too; here it is found by typing.

use super::inspector::ActionKind;
use super::lenses;
use super::{breaking, fuzzy, read};
use crate::kube::api::{Key, Resource, meta};
use crate::session::{Msg, SPEEDS, Scope, Session, Speed};
use crate::sim::{Entry as Told, Verb, millis};
use crate::words::Words;
use std::rc::Rc;

/// What sort of thing an entry is, in the order in which an empty query lists them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Group {
    /// Mends what is broken.
    Mend,
    /// Moves in time.
    Time,
    /// Looks through a lens.
    Lens,
    /// Goes to a step of the lesson.
    Step,
    /// Opens a file.
    File,
    /// Breaks something.
    Break,
    /// Selects an object.
    Object,
    /// Opens a lesson.
    Lesson,
    /// Looks a term up.
    Term,
    /// Changes the page.
    Page,
}

impl Group {
    /// The key of its name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mend => "palette-mend",
            Self::Time => "palette-time",
            Self::Lens => "palette-lens",
            Self::Step => "palette-step",
            Self::File => "palette-file",
            Self::Break => "palette-break",
            Self::Object => "palette-object",
            Self::Lesson => "palette-lesson",
            Self::Term => "palette-term",
            Self::Page => "palette-page",
        }
    }

    /// How many of it are listed while nothing has been typed.
    const fn shown_at_first(self) -> usize {
        match self {
            Self::Term => 0,
            Self::Object | Self::Lesson => 3,
            Self::Break => 4,
            Self::File | Self::Mend => 6,
            Self::Time | Self::Lens | Self::Step | Self::Page => 12,
        }
    }
}

/// What an entry does.
#[derive(Clone, PartialEq, Debug)]
pub enum Act {
    /// Sends this to the session.
    Send(Msg),
    /// Something of the page alone.
    Page(PageAct),
}

/// What only the page can do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PageAct {
    /// Paper or blueprint.
    Theme,
    /// The whole screen.
    Fullscreen,
    /// The map of the course.
    Course,
    /// The lesson before a room of people.
    Present,
    /// The lesson on paper.
    Print,
}

/// One thing that can be done.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// What sort of thing it is.
    pub group: Group,
    /// What it is called.
    pub label: Rc<str>,
    /// Beside it: the command that does the same, or what the thing is.
    pub note: Rc<str>,
    /// By what else it is found: its name in the other language.
    pub also: Rc<str>,
    /// What it does.
    pub act: Act,
}

/// How many entries are listed at most.
pub const SHOWN_MAX: usize = 60;

/// Everything that can be done now. `other` are the words of the other language.
#[must_use]
pub fn entries(session: &Session, scope: Scope, words: &Words, other: &Words) -> Vec<Entry> {
    let mut list = List { words, other, entries: Vec::new() };
    list.breaks(session);
    if scope == Scope::Everything {
        list.time(session);
        list.lenses(session);
        list.lesson(session);
        list.objects(session);
        list.page(session);
    }
    list.undo(session);
    let mut entries = list.entries;
    entries.sort_by_key(|entry| entry.group);
    entries
}

/// Those that answer a query, the best first; while nothing is typed, some of each group.
#[must_use]
pub fn found(entries: &[Entry], scope: Scope, query: &str) -> Vec<Entry> {
    if query.trim().is_empty() {
        let mut last = None;
        let mut count = 0;
        let fits = |entry: &&Entry| {
            count = if last == Some(entry.group) { count + 1 } else { 1 };
            last = Some(entry.group);
            scope == Scope::Breaking || count <= entry.group.shown_at_first()
        };
        return entries.iter().filter(fits).take(SHOWN_MAX * 4).cloned().collect();
    }
    let score = |entry: &Entry| {
        let own = fuzzy::score(query, &entry.label);
        // What is found by its other names comes after what is called so.
        let others = [&entry.note, &entry.also].into_iter().filter_map(|text| fuzzy::score(query, text)).max();
        let both = || fuzzy::score(query, &[&entry.label, " ", &entry.note, " ", &entry.also].concat());
        own.max(others.map(|score| score - 40)).or_else(|| both().map(|score| score - 60))
    };
    // Whoever names a thing wants to see it; to break it, say so.
    let is_harmful = |entry: &Entry| entry.group == Group::Break && scope == Scope::Everything;
    let mut scored: Vec<(i64, &Entry)> = entries.iter().filter_map(|entry| Some((score(entry)?, entry))).collect();
    scored.sort_by_key(|(score, entry)| (is_harmful(entry), -*score, entry.group));
    scored.into_iter().take(SHOWN_MAX).map(|(_, entry)| entry.clone()).collect()
}

struct List<'a> {
    words: &'a Words,
    other: &'a Words,
    entries: Vec<Entry>,
}

impl List<'_> {
    fn push(&mut self, group: Group, label: &str, note: &str, also: &str, act: Act) {
        self.entries.push(Entry { group, label: label.into(), note: note.into(), also: also.into(), act });
    }

    /// An entry whose name is a message without arguments.
    fn word(&mut self, group: Group, key: &'static str, act: Act) {
        let (label, also) = (self.words.text(key), self.other.text(key));
        self.push(group, label, "", also, act);
    }

    fn breaks(&mut self, session: &Session) {
        for view in breaking::all(session) {
            let group = if view.kind == ActionKind::Mend { Group::Mend } else { Group::Break };
            let (label, also) = (view.label.say(self.words), view.label.say(self.other));
            self.push(group, &label, &view.command, &also, Act::Send(view.msg));
        }
    }

    /// Back to before the last thing that was broken.
    fn undo(&mut self, session: &Session) {
        let is_break = |entry: &&Told| entry.verb == Verb::Break && &*entry.actor == "you";
        let last = session.world().journal().iter().rev().find(|entry| is_break(entry) && !breaking::is_mended(entry));
        if let Some(entry) = last {
            let before = millis(entry.at.as_millis().saturating_sub(1));
            self.word(Group::Mend, "palette-undo", Act::Send(Msg::RewindTo(before)));
        }
    }

    fn time(&mut self, session: &Session) {
        let send = Act::Send;
        let play = if session.playing { "time-pause" } else { "time-play" };
        self.word(Group::Time, play, send(Msg::Play(!session.playing)));
        self.word(Group::Time, "time-step", send(Msg::Step));
        self.word(Group::Time, "time-step-back", send(Msg::StepBack));
        self.word(Group::Time, "time-until-settled", send(Msg::RunUntilSettled));
        if session.history().is_in_past() {
            let end = session.history().frontier();
            self.word(Group::Time, "time-live", send(Msg::RewindTo(end)));
        }
        for speed in SPEEDS.into_iter().filter(|speed| *speed != session.speed) {
            let number = match speed {
                Speed::Quarter => "¼".to_owned(),
                Speed::Times(times) => times.to_string(),
            };
            let said = |words: &Words| {
                [words.text("time-speed"), " ", &words.say("time-speed-value", &[("speed", number.as_str().into())])]
                    .concat()
            };
            let (label, also) = (said(self.words), said(self.other));
            self.push(Group::Time, &label, "", &also, send(Msg::SetSpeed(speed)));
        }
        if session.progress().is_some() {
            self.word(Group::Time, "time-start-over", send(Msg::Restart));
        }
    }

    fn lenses(&mut self, session: &Session) {
        for lens in lenses::offered(session).into_iter().filter(|lens| *lens != session.lens) {
            self.word(Group::Lens, lens.word(), Act::Send(Msg::SetLens(lens)));
        }
    }

    fn lesson(&mut self, session: &Session) {
        if let Some(progress) = session.progress() {
            for (index, step) in session.text().steps.iter().enumerate().take(progress.passed + 1) {
                let number = (index + 1).to_string();
                if index != progress.shown {
                    self.push(Group::Step, &step.title, &number, &step.id, Act::Send(Msg::GoToStep(index)));
                }
            }
        }
        for file in &session.files {
            if file.name != session.active {
                self.push(Group::File, &file.name, "", "", Act::Send(Msg::OpenFile(file.name.clone())));
            }
        }
        for (part, lessons) in read::course(session) {
            for lesson in lessons.iter().filter(|lesson| lesson.is_built) {
                let note = [&*lesson.number, " ", &*part].concat();
                self.push(
                    Group::Lesson,
                    &lesson.title,
                    note.trim(),
                    &lesson.id,
                    Act::Send(Msg::OpenLesson(lesson.id.clone())),
                );
            }
        }
        for term in read::glossary(session) {
            self.push(Group::Term, &term.name, "", &term.other_name, Act::Send(Msg::LookUp(term.id)));
        }
    }

    fn objects(&mut self, session: &Session) {
        let world = session.world();
        let hidden = [Resource::EVENTS, Resource::LEASES, Resource::CONTROLLER_REVISIONS];
        let mut keys: Vec<(bool, Key)> = world
            .cluster()
            .etcd()
            .iter()
            .filter(|(key, _)| !hidden.contains(&key.resource))
            .filter_map(|(_, object)| meta::key(object))
            .map(|key| (key.namespace.starts_with("kube-"), key))
            .collect();
        // One's own before what the cluster brings along; what is wished for before what comes of it.
        let rank = |key: &Key| match key.resource {
            Resource::DEPLOYMENTS => 0,
            Resource::STATEFUL_SETS | Resource::DAEMON_SETS | Resource::SERVICES => 1,
            Resource::PODS => 2,
            Resource::NODES => 3,
            _ => 4,
        };
        keys.sort_by(|(is_system, one), (other_system, two)| {
            (is_system, rank(one), &one.name).cmp(&(other_system, rank(two), &two.name))
        });
        for (_, key) in keys {
            let kind = key.resource.kind();
            let note = if key.namespace.is_empty() { kind.to_owned() } else { format!("{kind}, {}", key.namespace) };
            let also = [kind, " ", key.resource.info().singular].concat();
            let name = key.name.clone();
            self.push(Group::Object, &name, &note, &also, Act::Send(Msg::Select(Some(key))));
        }
    }

    fn page(&mut self, session: &Session) {
        let other = session.lang.other();
        self.word(Group::Page, "palette-course", Act::Page(PageAct::Course));
        if session.progress().is_some() {
            self.word(Group::Page, "palette-present", Act::Page(PageAct::Present));
            self.word(Group::Page, "share-print", Act::Page(PageAct::Print));
        }
        self.word(Group::Page, "palette-share", Act::Send(Msg::Share));
        self.word(Group::Page, "nav-language", Act::Send(Msg::SetLang(other)));
        self.word(Group::Page, "palette-theme", Act::Page(PageAct::Theme));
        self.word(Group::Page, "nav-fullscreen", Act::Page(PageAct::Fullscreen));
        let explains = if session.explains { "palette-explain-off" } else { "palette-explain-on" };
        self.word(Group::Page, explains, Act::Send(Msg::SetExplains(!session.explains)));
        let applies = if session.auto_apply { "palette-apply-off" } else { "palette-apply-on" };
        self.word(Group::Page, applies, Act::Send(Msg::SetAutoApply(!session.auto_apply)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Lang;

    fn listed(session: &Session, scope: Scope) -> Vec<Entry> {
        let [words, other] = [session.lang, session.lang.other()].map(Words::new);
        entries(session, scope, &words, &other)
    }

    fn first(session: &Session, query: &str) -> Rc<str> {
        let all = listed(session, Scope::Everything);
        found(&all, Scope::Everything, query).first().map(|entry| entry.label.clone()).unwrap_or_default()
    }

    #[test]
    fn what_is_meant_comes_first() {
        let english = Session::open(Lang::En, "00-tour");
        assert_eq!(&*first(&english, "loop"), "Loop");
        assert_eq!(&*first(&english, "break sched"), "Stop kube-scheduler");
        assert_eq!(&*first(&english, "kubelet node-b"), "Stop the kubelet on node-b");
        assert_eq!(&*first(&english, "pause"), "Pause");
        assert_eq!(found(&listed(&english, Scope::Everything), Scope::Everything, "pod web")[0].group, Group::Object);
        assert_eq!(&*first(&english, "deploy web"), "web");
        let korean = Session::open(Lang::Ko, "00-tour");
        assert_eq!(&*first(&korean, "ㄱㅇㅇㅇ"), "가용 영역");
        assert_eq!(&*first(&korean, "ㄱㅇㅇㅇ ㄲㄱ"), "가용 영역 ap-northeast-2a 끄기");
        assert_eq!(&*first(&korean, "멈추"), "멈추기");
        assert!(first(&korean, "take zone 2c").contains("ap-northeast-2c"), "the other language finds it too");
    }

    #[test]
    fn what_is_broken_can_be_mended_first() {
        let mut session = Session::open(Lang::En, "00-tour");
        assert!(!listed(&session, Scope::Everything).iter().any(|entry| entry.group == Group::Mend));
        let all = listed(&session, Scope::Breaking);
        let stop = found(&all, Scope::Breaking, "drydock break kube-scheduler").remove(0);
        let Act::Send(msg) = stop.act else { panic!("it is for the session") };
        session.update(msg);
        let listed = listed(&session, Scope::Everything);
        let labels: Vec<_> =
            found(&listed, Scope::Everything, "").into_iter().take(2).map(|entry| entry.label).collect();
        assert_eq!(labels, ["Start kube-scheduler".into(), Rc::<str>::from("Go back to before the last break")]);
    }
}
