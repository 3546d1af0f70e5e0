//! Prose: what a lesson says, as a small tree.
//!
//! The tree can hold only what is listed here, so whatever text it was made from, showing it is
//! safe: there is no HTML, no script and no link but to the glossary, a lesson or the web.
//!
//! The built-in lessons carry it as text with control characters ([`encode`], [`decode`]), which
//! costs the browser neither a Markdown reader nor a structure per node in the bundle.

use std::rc::Rc;

/// A piece that stands on its own line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A question or a saying, set apart.
    Quote(Vec<Block>),
    /// A list; numbered when its order matters.
    List {
        /// Whether the order matters.
        numbered: bool,
        /// Its items.
        items: Vec<Vec<Block>>,
    },
    /// A listing.
    Code {
        /// What it is written in; empty when unsaid.
        language: Rc<str>,
        /// The text, as it is.
        text: Rc<str>,
    },
}

/// A piece inside a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Inline {
    /// Plain text.
    Text(Rc<str>),
    /// Code, a name, a value.
    Code(Rc<str>),
    /// Stressed: something to do or to remember.
    Strong(Vec<Inline>),
    /// Emphasised: a new word.
    Emphasis(Vec<Inline>),
    /// A link.
    Link(Target, Vec<Inline>),
}

/// Where a link leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// A term of the glossary, by id: `[제어 루프](term:control-loop)`.
    Term(Rc<str>),
    /// A lesson, by id: `[스케줄링](lesson:15-scheduling)`.
    Lesson(Rc<str>),
    /// A page on the web: `https://…`, nothing else.
    Web(Rc<str>),
}

impl Target {
    /// Reads a link's destination; `None` for any that lessons may not have.
    #[must_use]
    pub fn read(destination: &str) -> Option<Self> {
        let (scheme, rest) = destination.split_once(':')?;
        match scheme {
            "term" => Some(Self::Term(rest.into())),
            "lesson" => Some(Self::Lesson(rest.into())),
            "https" if rest.starts_with("//") => Some(Self::Web(destination.into())),
            _ => None,
        }
    }

    /// The destination as it was written.
    #[must_use]
    pub fn written(&self) -> String {
        match self {
            Self::Term(id) => ["term:", id].concat(),
            Self::Lesson(id) => ["lesson:", id].concat(),
            Self::Web(address) => address.to_string(),
        }
    }
}

/// A named part of a lesson's text: the opening, a step, a step's check, hint, choice or ending.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    /// Which step, empty for the opening.
    pub step: Rc<str>,
    /// Which part of the step (`check`, `hint 1`, `choice three`, `done`); empty for its body.
    pub part: Rc<str>,
    /// The heading.
    pub title: Rc<str>,
    /// What stands under it.
    pub blocks: Vec<Block>,
    /// The heading's line in the file it came from; 0 when that is not known.
    pub line: u32,
}

/// The words of inlines without their marks.
#[must_use]
pub fn plain(inlines: &[Inline]) -> String {
    inlines.iter().fold(String::new(), |mut text, inline| {
        match inline {
            Inline::Text(part) | Inline::Code(part) => text.push_str(part),
            Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Link(_, inner) => text.push_str(&plain(inner)),
        }
        text
    })
}

/// The words of blocks without their marks, one line a block.
#[must_use]
pub fn plain_blocks(blocks: &[Block]) -> String {
    let lines: Vec<String> = blocks
        .iter()
        .map(|block| match block {
            Block::Paragraph(inlines) => plain(inlines),
            Block::Quote(inner) => plain_blocks(inner),
            Block::List { items, .. } => items.iter().map(|item| plain_blocks(item)).collect::<Vec<_>>().join("\n"),
            Block::Code { text, .. } => text.to_string(),
        })
        .collect();
    lines.join("\n")
}

/// Every link in `blocks`, in order.
#[must_use]
pub fn links(blocks: &[Block]) -> Vec<&Target> {
    fn inside<'t>(inlines: &'t [Inline], found: &mut Vec<&'t Target>) {
        for inline in inlines {
            match inline {
                Inline::Text(_) | Inline::Code(_) => {}
                Inline::Strong(inner) | Inline::Emphasis(inner) => inside(inner, found),
                Inline::Link(target, inner) => {
                    found.push(target);
                    inside(inner, found);
                }
            }
        }
    }
    let mut found = Vec::new();
    for block in blocks {
        match block {
            Block::Paragraph(inlines) => inside(inlines, &mut found),
            Block::Quote(inner) => found.extend(links(inner)),
            Block::List { items, .. } => items.iter().for_each(|item| found.extend(links(item))),
            Block::Code { .. } => {}
        }
    }
    found
}

// The encoding. An opener carries a letter and perhaps an attribute that ends at `SET`; text
// stands for itself; `CLOSE` ends what was opened last.
const OPEN: char = '\u{1}';
const CLOSE: char = '\u{2}';
const SET: char = '\u{3}';
const FIELD: char = '\u{1f}';
const RECORD: char = '\u{1e}';

/// Writes sections as one text.
#[must_use]
pub fn encode(sections: &[Section]) -> String {
    let mut out = String::new();
    for (index, section) in sections.iter().enumerate() {
        if index > 0 {
            out.push(RECORD);
        }
        for field in [&section.step, &section.part, &section.title] {
            out.push_str(field);
            out.push(FIELD);
        }
        section.blocks.iter().for_each(|block| encode_block(block, &mut out));
    }
    out
}

fn encode_block(block: &Block, out: &mut String) {
    match block {
        Block::Paragraph(inlines) => wrap("p", out, |out| encode_inlines(inlines, out)),
        Block::Quote(inner) => wrap("q", out, |out| inner.iter().for_each(|block| encode_block(block, out))),
        Block::List { numbered, items } => wrap(if *numbered { "o" } else { "u" }, out, |out| {
            for item in items {
                wrap("i", out, |out| item.iter().for_each(|block| encode_block(block, out)));
            }
        }),
        Block::Code { language, text } => wrap(&format!("l{language}{SET}"), out, |out| out.push_str(text)),
    }
}

fn encode_inlines(inlines: &[Inline], out: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Text(text) => out.push_str(text),
            Inline::Code(text) => wrap("c", out, |out| out.push_str(text)),
            Inline::Strong(inner) => wrap("b", out, |out| encode_inlines(inner, out)),
            Inline::Emphasis(inner) => wrap("e", out, |out| encode_inlines(inner, out)),
            Inline::Link(target, inner) => {
                wrap(&format!("a{}{SET}", target.written()), out, |out| encode_inlines(inner, out));
            }
        }
    }
}

fn wrap(opener: &str, out: &mut String, inside: impl FnOnce(&mut String)) {
    out.push(OPEN);
    out.push_str(opener);
    inside(out);
    out.push(CLOSE);
}

/// Reads what [`encode`] wrote. What does not follow the encoding is left out.
#[must_use]
pub fn decode(text: &str) -> Vec<Section> {
    let section = |record: &str| {
        let mut fields = record.splitn(4, FIELD);
        let mut next = || fields.next().unwrap_or_default();
        let (step, part, title) = (next().into(), next().into(), next().into());
        let blocks = Reader { rest: next() }.blocks();
        Section { step, part, title, blocks, line: 0 }
    };
    text.split(RECORD).filter(|record| !record.is_empty()).map(section).collect()
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    /// The next opener's letter, if one comes next.
    fn open(&mut self) -> Option<char> {
        let mut chars = self.rest.strip_prefix(OPEN)?.chars();
        let letter = chars.next();
        self.rest = chars.as_str();
        letter
    }

    /// Text up to the next control character.
    fn text(&mut self) -> &'t str {
        let (text, rest) = self.rest.split_at(self.rest.find([OPEN, CLOSE, SET]).unwrap_or(self.rest.len()));
        self.rest = rest;
        text
    }

    /// An attribute and the mark that ends it.
    fn attribute(&mut self) -> &'t str {
        let text = self.text();
        self.rest = self.rest.strip_prefix(SET).unwrap_or(self.rest);
        text
    }

    fn close(&mut self) {
        self.rest = self.rest.strip_prefix(CLOSE).unwrap_or(self.rest);
    }

    fn blocks(&mut self) -> Vec<Block> {
        let mut blocks = Vec::new();
        while let Some(letter) = self.open() {
            let block = match letter {
                'p' => Block::Paragraph(self.inlines()),
                'q' => Block::Quote(self.blocks()),
                'l' => Block::Code { language: self.attribute().into(), text: self.text().into() },
                'o' | 'u' => Block::List { numbered: letter == 'o', items: self.items() },
                _ => break,
            };
            blocks.push(block);
            self.close();
        }
        blocks
    }

    fn items(&mut self) -> Vec<Vec<Block>> {
        let mut items = Vec::new();
        while self.open().is_some() {
            items.push(self.blocks());
            self.close();
        }
        items
    }

    fn inlines(&mut self) -> Vec<Inline> {
        let mut inlines = Vec::new();
        loop {
            let text = self.text();
            if !text.is_empty() {
                inlines.push(Inline::Text(text.into()));
            }
            let Some(letter) = self.open() else { return inlines };
            match letter {
                'c' => inlines.push(Inline::Code(self.text().into())),
                'b' => inlines.push(Inline::Strong(self.inlines())),
                'e' => inlines.push(Inline::Emphasis(self.inlines())),
                _ => {
                    let target = Target::read(self.attribute());
                    let inner = self.inlines();
                    match target {
                        Some(target) => inlines.push(Inline::Link(target, inner)),
                        None => inlines.extend(inner),
                    }
                }
            }
            self.close();
        }
    }
}
