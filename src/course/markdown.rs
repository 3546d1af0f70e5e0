//! Markdown to prose: how a lesson's `ko.md` and `en.md` are read.
//!
//! Used natively (`drydock check`) and when the program is built; the browser gets the result.
//! Reading never fails: what lessons may not contain is left out and listed as a fault, so that an
//! untrusted text is safe to show and its author learns what was dropped.
//!
//! A lesson's text:
//! - `# Title`, then the opening;
//! - `## Heading {#step-id}` for each step, then its body;
//! - under a step `### check`, `### hint 1` to `### hint 3`, `### choice ID`, `### done`.

use super::prose::{Block, Inline, Section, Target};
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// Something in a text that lessons may not contain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dropped {
    /// Its line, from 1.
    pub line: u32,
    /// What it is, for the person who writes lessons.
    pub what: String,
}

/// Reads one language's text of a lesson.
#[must_use]
pub fn read(text: &str) -> (Vec<Section>, Vec<Dropped>) {
    let mut reader =
        Reader { text, sections: Vec::new(), dropped: Vec::new(), open: vec![Open::default()], heading: None };
    for (event, range) in Parser::new_ext(text, Options::ENABLE_HEADING_ATTRIBUTES).into_offset_iter() {
        reader.event(event, range.start);
    }
    reader.finish_section();
    (reader.sections, reader.dropped)
}

/// What is being read: the blocks, items and inlines collected so far at one level.
#[derive(Default)]
struct Open {
    blocks: Vec<Block>,
    items: Vec<Vec<Block>>,
    inlines: Vec<Inline>,
    /// A link's destination, a listing's language.
    attribute: String,
}

struct Reader<'t> {
    text: &'t str,
    sections: Vec<Section>,
    dropped: Vec<Dropped>,
    open: Vec<Open>,
    /// Level, id and line of the heading that is being read.
    heading: Option<(HeadingLevel, String, u32)>,
}

impl Reader<'_> {
    fn top(&mut self) -> &mut Open {
        if self.open.is_empty() {
            self.open.push(Open::default());
        }
        self.open.last_mut().expect("Invariant: just made sure that there is one")
    }

    fn line(&self, at: usize) -> u32 {
        let newlines = self.text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        u32::try_from(newlines).unwrap_or(u32::MAX).saturating_add(1)
    }

    fn drop(&mut self, at: usize, what: impl Into<String>) {
        let line = self.line(at);
        self.dropped.push(Dropped { line, what: what.into() });
    }

    fn inline(&mut self, inline: Inline) {
        let inlines = &mut self.top().inlines;
        match (inlines.last_mut(), inline) {
            (Some(Inline::Text(before)), Inline::Text(text)) => *before = [&**before, &*text].concat().into(),
            (_, inline) => inlines.push(inline),
        }
    }

    fn event(&mut self, event: Event<'_>, at: usize) {
        match event {
            Event::Start(tag) => self.start(&tag, at),
            Event::End(tag) => self.end(tag, at),
            Event::Text(text) => self.inline(Inline::Text(clean(&text).into())),
            Event::Code(text) => self.inline(Inline::Code(clean(&text).into())),
            Event::SoftBreak | Event::HardBreak => self.inline(Inline::Text(" ".into())),
            Event::Html(_) | Event::InlineHtml(_) => self.drop(at, "HTML"),
            Event::Rule => self.drop(at, "a rule"),
            _ => self.drop(at, "something that lessons do not use"),
        }
    }

    fn start(&mut self, tag: &Tag<'_>, at: usize) {
        let mut open = Open::default();
        match tag {
            Tag::Heading { level, id, .. } => {
                let id = id.as_ref().map(ToString::to_string).unwrap_or_default();
                if *level > HeadingLevel::H3 {
                    self.drop(at, "a heading below ###");
                }
                if *level <= HeadingLevel::H3 {
                    self.finish_section();
                }
                self.heading = Some((*level, id, self.line(at)));
            }
            Tag::Link { dest_url, .. } => open.attribute = dest_url.to_string(),
            Tag::CodeBlock(CodeBlockKind::Fenced(language)) => open.attribute = clean(language),
            Tag::Image { .. } => self.drop(at, "an image"),
            _ => {}
        }
        // A tight list's item has its words without a paragraph around them.
        if matches!(tag, Tag::List(_) | Tag::CodeBlock(_) | Tag::BlockQuote(_)) {
            self.finish_paragraph();
        }
        self.open.push(open);
    }

    fn end(&mut self, tag: TagEnd, at: usize) {
        if matches!(tag, TagEnd::Item | TagEnd::BlockQuote(_)) {
            self.finish_paragraph();
        }
        let Open { blocks, items, inlines, attribute } = self.open.pop().unwrap_or_default();
        match tag {
            TagEnd::Paragraph => self.top().blocks.push(Block::Paragraph(inlines)),
            TagEnd::BlockQuote(_) => self.top().blocks.push(Block::Quote(blocks)),
            TagEnd::Item => self.top().items.push(blocks),
            TagEnd::List(numbered) => self.top().blocks.push(Block::List { numbered, items }),
            TagEnd::CodeBlock => {
                let text = super::prose::plain(&inlines);
                let text = text.strip_suffix('\n').unwrap_or(&text).into();
                self.top().blocks.push(Block::Code { language: attribute.into(), text });
            }
            TagEnd::Strong => self.inline(Inline::Strong(inlines)),
            TagEnd::Emphasis => self.inline(Inline::Emphasis(inlines)),
            TagEnd::Link => match Target::read(&clean(&attribute)) {
                Some(target) => self.inline(Inline::Link(target, inlines)),
                None => {
                    self.drop(at, format!("a link to `{attribute}` (use term:ID, lesson:ID or https://…)"));
                    inlines.into_iter().for_each(|inline| self.inline(inline));
                }
            },
            TagEnd::Heading(_) => self.begin_section(&inlines),
            _ => inlines.into_iter().for_each(|inline| self.inline(inline)),
        }
    }

    fn finish_paragraph(&mut self) {
        let open = self.top();
        if !open.inlines.is_empty() {
            let inlines = std::mem::take(&mut open.inlines);
            open.blocks.push(Block::Paragraph(inlines));
        }
    }

    fn begin_section(&mut self, title: &[Inline]) {
        let Some((level, id, line)) = self.heading.take() else { return };
        let title = super::prose::plain(title);
        let last_step = self.sections.last().map(|section| section.step.clone()).unwrap_or_default();
        let (step, part, title) = match level {
            HeadingLevel::H1 => ("".into(), "".into(), title),
            HeadingLevel::H2 => (id.into(), "".into(), title),
            HeadingLevel::H3 => (last_step, title.into(), String::new()),
            _ => return,
        };
        self.sections.push(Section { step, part, title: title.into(), blocks: Vec::new(), line });
    }

    /// Gives the last section what has been read since its heading.
    fn finish_section(&mut self) {
        self.finish_paragraph();
        let blocks = std::mem::take(&mut self.top().blocks);
        match self.sections.last_mut() {
            Some(section) => section.blocks = blocks,
            None if blocks.is_empty() => {}
            None => self.dropped.push(Dropped { line: 1, what: "text before the title".into() }),
        }
    }
}

/// Control characters belong to the encoding; none comes in from outside.
fn clean(text: &str) -> String {
    text.chars().filter(|character| *character == '\n' || !character.is_control()).collect()
}
