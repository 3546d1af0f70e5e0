//! What a script becomes: words, redirections, operations.

use std::rc::Rc;

/// A compiled piece of script.
pub type Code = Rc<[Op]>;

/// A word before it is expanded.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Word(pub Vec<Part>);

/// A part of a word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// Text, and whether it stood in quotes.
    Text(Rc<str>, Quoted),
    /// `$name`, `${name:-word}`.
    Variable {
        /// The name, or one of `@ * # ? $ ! 0 1 …`.
        name: Rc<str>,
        /// What follows the name: `:-`, `:=`, `:+`, `:?`, `#`, `##`, `%`, `%%`, or `#` before it.
        operator: &'static str,
        /// The word after the operator.
        word: Rc<Word>,
        /// Whether it stood in double quotes.
        quoted: Quoted,
    },
    /// `$(…)` or backquotes.
    Command(Code, Quoted),
    /// `$((…))`.
    Arithmetic(Rc<Word>),
}

/// Whether a part is protected from splitting and patterns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quoted {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// One redirection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Redirect {
    /// `> file`, `>> file`, `2> file`.
    Out {
        /// 1 or 2.
        from: u8,
        /// Where to.
        file: Word,
        /// Whether what is there stays.
        append: bool,
    },
    /// `2>&1`, `>&2`.
    Join {
        /// The one that goes elsewhere.
        from: u8,
        /// Where the other one goes.
        to: u8,
    },
    /// `< file`.
    In(Word),
    /// A here-document or here-string, already as a word.
    Here(Word),
}

/// A simple command.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Simple {
    /// `name=word` before the command.
    pub assignments: Vec<(Rc<str>, Word)>,
    /// The command and its arguments.
    pub words: Vec<Word>,
    /// Redirections.
    pub redirects: Vec<Redirect>,
}

/// One operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Op {
    /// Run a simple command; it sets the status.
    Simple(Rc<Simple>),
    /// Run each with the output of the one before as its input.
    Pipe(Rc<[Code]>),
    /// Go on elsewhere.
    Jump(u32),
    /// Go on elsewhere if the last status is 0.
    JumpOk(u32),
    /// Go on elsewhere if the last status is not 0.
    JumpFail(u32),
    /// The status becomes its opposite.
    Not,
    /// The status becomes 0.
    Ok,
    /// A condition begins or ends, in which `set -e` does not count.
    Guard(bool),
    /// Begin to go through words.
    ForStart(Rc<[Word]>),
    /// Take the next word, or go on elsewhere.
    ForNext(Rc<str>, u32),
    /// Leave the innermost `for`.
    ForEnd,
    /// Go on elsewhere unless the word matches one of the patterns.
    CaseElse(Rc<Word>, Rc<[Word]>, u32),
    /// Run in the background.
    Spawn(Code),
    /// Run in a frame of its own, with its own variables if it stood in parentheses.
    Group {
        /// What.
        code: Code,
        /// Whether its variables are its own.
        is_subshell: bool,
        /// Its redirections.
        redirects: Rc<[Redirect]>,
    },
    /// Remember a function.
    Define(Rc<str>, Code),
}
