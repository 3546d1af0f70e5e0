//! What a container has written to its standard output and error, line by line.

use crate::sim::SimTime;
use std::collections::VecDeque;
use std::rc::Rc;

/// How many lines are kept of one container's log; the oldest go first, as with `containerLogMaxSize`.
pub const LOG_LINES_MAX: usize = 2000;

/// Where a line was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// One line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// When it was written.
    pub at: SimTime,
    /// Where.
    pub stream: Stream,
    /// The text, without the line's end.
    pub text: Rc<str>,
}

/// The log of one run of a container.
#[derive(Clone, Default, Debug)]
pub struct Log {
    lines: Rc<VecDeque<Line>>,
    /// How many lines have been dropped.
    dropped: u64,
    open: [String; 2],
}

impl Log {
    /// Writes.
    pub fn write(&mut self, at: SimTime, stream: Stream, text: &str) {
        let mut rest = text;
        while let Some((line, after)) = rest.split_once('\n') {
            let open = self.open_of(stream);
            let text: Rc<str> = if open.is_empty() { line.into() } else { format!("{open}{line}").into() };
            open.clear();
            let lines = Rc::make_mut(&mut self.lines);
            lines.push_back(Line { at, stream, text });
            if lines.len() > LOG_LINES_MAX {
                lines.pop_front();
                self.dropped += 1;
            }
            rest = after;
        }
        self.open_of(stream).push_str(rest);
    }

    fn open_of(&mut self, stream: Stream) -> &mut String {
        let [out, err] = &mut self.open;
        if stream == Stream::Out { out } else { err }
    }

    /// The lines from number `first` on (the first line ever has number 0), each with its number.
    pub fn since(&self, first: u64) -> impl Iterator<Item = (u64, &Line)> {
        (self.dropped..).zip(self.lines.iter()).filter(move |(number, _)| *number >= first)
    }

    /// How many lines there have been, and so the number of the next.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.dropped + self.lines.len() as u64
    }

    /// What stands after the last line's end.
    #[must_use]
    pub fn open(&self) -> &str {
        let [out, _] = &self.open;
        out
    }
}
