//! Words: everything that is said to people, in Korean and English.
//!
//! The catalogues are Fluent files, `en/*.ftl` and `ko/*.ftl`, one file per area of the screen.
//! They are read when the program is built ([`compile.rs`](./compile.rs)), which checks that both
//! languages say the same things about the same arguments, and are compiled into texts: what the
//! first sight says, and what comes with the rest of the program. What is left for run time is a
//! formatter of a page: the `fluent-bundle` crate would cost more of the first load than all our
//! messages together.
//!
//! Of Fluent's language we use: text, `{ $argument }`, selectors by plural category, number or
//! word, references to messages and terms, and three functions:
//! - `NUMBER($n)`: digits in groups;
//! - `DURATION($ms)`: milliseconds as a person says them;
//! - `JOSA($x, "이/가")`: the Korean particle that follows `$x` (the particle alone).
//!
//! To add a message: write it in both languages' files, then `words.text("key")` or
//! `say!(words, "key", count = 5)`. The build and `tests/words.rs` say what is wrong.
//!
//! Invariant: nothing here imports any other room. Reasons and problems come as a code and
//! arguments; who shows them converts.
//! Invariant: no sentence for a learner stands in Rust. What Kubernetes itself says (events,
//! kubectl's output) is not ours to translate and is not here.

mod format;
mod josa;

use format::Formatter;
use std::cell::OnceCell;
use std::rc::Rc;

include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// A language of the product.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// 한국어.
    Ko,
}

impl Lang {
    /// Every language, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Ko, Self::En];

    /// The language's tag, as in `<html lang>` and in file names.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }

    /// The language of a tag such as `ko-KR`; `None` for one we do not speak.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|lang| lang.tag().eq_ignore_ascii_case(primary))
    }

    /// The other one: what the language switch offers.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::En => Self::Ko,
            Self::Ko => Self::En,
        }
    }
}

/// What fills a message's argument.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Arg {
    /// A number: it has a plural category and can be grouped.
    Number(i64),
    /// Anything else, already as it should be read.
    Text(Rc<str>),
}

macro_rules! arg_from_integer {
    ($($integer:ty)*) => { $(
        impl From<$integer> for Arg {
            fn from(number: $integer) -> Self {
                Self::Number(i64::from(number))
            }
        }
    )* };
}
arg_from_integer!(i64 i32 u32 u16 u8);

impl From<usize> for Arg {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}
impl From<u64> for Arg {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}
impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}
impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}
impl From<&String> for Arg {
    fn from(text: &String) -> Self {
        Self::Text(text.as_str().into())
    }
}
impl From<Rc<str>> for Arg {
    fn from(text: Rc<str>) -> Self {
        Self::Text(text)
    }
}
impl From<&Rc<str>> for Arg {
    fn from(text: &Rc<str>) -> Self {
        Self::Text(text.clone())
    }
}

/// The messages of one language, ready to be said. Cloning is two reference counts.
#[derive(Clone)]
pub struct Words {
    lang: Lang,
    at_once: Rc<Messages>,
    later: Rc<OnceCell<Messages>>,
}

/// Messages by key.
struct Messages {
    keys: Box<[&'static str]>,
    texts: Box<[&'static str]>,
}

impl Messages {
    fn read(keys: &'static str, texts: &'static str) -> Self {
        Self { keys: keys.split('\n').collect(), texts: texts.split('\u{1e}').collect() }
    }

    /// What the first sight does not say. Apart, so that it can come with the rest of the program.
    #[inline(never)]
    fn later(lang: Lang) -> Self {
        let texts = match lang {
            Lang::En => LATER_EN,
            Lang::Ko => LATER_KO,
        };
        Self::read(LATER_KEYS, texts)
    }

    fn find(&self, key: &str) -> Option<&'static str> {
        let place = self.keys.binary_search(&key).ok()?;
        self.texts.get(place).copied()
    }
}

/// Two are equal when they speak the same language.
impl PartialEq for Words {
    fn eq(&self, other: &Self) -> bool {
        self.lang == other.lang
    }
}
impl Eq for Words {}

impl std::fmt::Debug for Words {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Words({})", self.lang.tag())
    }
}

impl Words {
    /// The messages of `lang`.
    #[must_use]
    pub fn new(lang: Lang) -> Self {
        let texts = match lang {
            Lang::En => EN,
            Lang::Ko => KO,
        };
        Self { lang, at_once: Rc::new(Messages::read(KEYS, texts)), later: Rc::default() }
    }

    /// The language.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// A message that takes no arguments. A key that is in no catalogue shows itself.
    #[must_use]
    pub fn text(&self, key: &'static str) -> &'static str {
        self.find(key).unwrap_or(key)
    }

    /// A message filled with `args`. A key that is in no catalogue shows itself, as does an
    /// argument that was not given.
    #[must_use]
    pub fn say(&self, key: &str, args: &[(&str, Arg)]) -> String {
        self.try_say(key, args).unwrap_or_else(|| key.to_owned())
    }

    /// A message filled with `args`, where there is one: for keys that are put together.
    #[must_use]
    pub fn try_say(&self, key: &str, args: &[(&str, Arg)]) -> Option<String> {
        let mut out = String::new();
        Formatter { words: self, args }.pattern(self.find(key)?, Some(&mut out));
        Some(out)
    }

    /// Why something was done: the message `why-CODE`. A code without words shows itself.
    #[must_use]
    pub fn why(&self, code: &str, args: &[(&str, Arg)]) -> String {
        self.try_say(&["why-", code].concat(), args).unwrap_or_else(|| code.to_owned())
    }

    /// Milliseconds as a person says them, in at most two units: `20 ms`, `2.5 s`, `5 min 20 s`.
    #[must_use]
    pub fn duration(&self, millis: i64) -> String {
        let (key, large, small) = match millis.unsigned_abs() {
            ms @ 0..1_000 => ("duration-ms", ms, 0),
            ms @ 1_000..10_000 => ("duration-seconds", ms / 1_000, ms % 1_000 / 100),
            ms @ 10_000..60_000 => ("duration-seconds", ms / 1_000, 0),
            ms @ 60_000..3_600_000 => ("duration-minutes", ms / 60_000, ms / 1_000 % 60),
            ms @ 3_600_000..86_400_000 => ("duration-hours", ms / 3_600_000, ms / 60_000 % 60),
            ms => ("duration-days", ms / 86_400_000, ms / 3_600_000 % 24),
        };
        self.say(key, &[("large", large.into()), ("small", small.into())])
    }

    /// A number with its digits in groups.
    #[must_use]
    pub fn number(&self, number: i64) -> String {
        format::grouped(number)
    }

    /// Whether a message has this key.
    #[must_use]
    pub fn knows(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// Every key there is.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.at_once.keys.iter().chain(&self.later().keys).copied()
    }

    /// The arguments that the message `key` uses: for tests.
    #[must_use]
    pub fn arguments(&self, key: &str) -> Vec<&'static str> {
        let text = self.find(key).unwrap_or_default();
        let openers = ['\u{1}', '\u{3}', '\u{4}', '\u{5}', '\u{6}'];
        let mut names: Vec<_> = text.split(openers).skip(1).filter_map(|part| part.split('\u{2}').next()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn later(&self) -> &Messages {
        self.later.get_or_init(|| Messages::later(self.lang))
    }

    fn find(&self, key: &str) -> Option<&'static str> {
        self.at_once.find(key).or_else(|| self.later().find(key))
    }
}

/// A message with its arguments: `say!(words, "pods-ready", ready = 2, want = 5)`.
#[macro_export]
macro_rules! say {
    ($words:expr, $key:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $words.say($key, &[$((stringify!($name), $crate::words::Arg::from($value))),*])
    };
}
pub use say;
