//! Drawings as data: what stands where on a sheet, in which pen. One renderer turns them into SVG.
//!
//! Everything is computed from a view, the words and the size of the pane, so a drawing reflows,
//! can be compared, and can be tested without a browser.
//!
//! Invariant: no browser and no framework here; tests include this folder natively.

pub mod axis;
pub mod cloud;
pub mod docks;
pub mod hosting;
pub mod map;
pub mod plane;
pub mod ring;
pub mod shapes;
pub mod sheet;
pub mod traffic;
pub mod tree;

use drydock::view::Key;
use std::rc::Rc;

/// Something drawn.
#[derive(Clone, PartialEq, Debug)]
pub enum Shape {
    /// A line or an area; the class is its pen.
    Path {
        /// Its pen.
        class: &'static str,
        /// Its way.
        d: String,
    },
    /// A circle.
    Circle {
        /// Its pen.
        class: &'static str,
        /// Its middle.
        x: f32,
        /// Its middle.
        y: f32,
        /// Its radius.
        r: f32,
    },
    /// One line of text, in runs of one style each.
    Text {
        /// Size, anchor and pen.
        class: &'static str,
        /// Where it begins, or its middle or end, by the class.
        x: f32,
        /// Its baseline.
        y: f32,
        /// The runs.
        runs: Vec<(&'static str, String)>,
    },
    /// Text along a way.
    Along {
        /// Size and pen.
        class: &'static str,
        /// The way.
        d: String,
        /// Where on it the text's middle is, in per cent.
        middle: f32,
        /// The text.
        text: &'static str,
    },
    /// Several shapes with one identity.
    Group(Group),
}

/// Where a group stands.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Place {
    /// Where its shapes say.
    Here,
    /// Moved; a change moves it visibly.
    At(f32, f32),
    /// Moved to a middle and turned about it from one angle to the other, in degrees.
    Turn {
        /// The middle.
        x: f32,
        /// The middle.
        y: f32,
        /// The first angle.
        from: f32,
        /// The last angle.
        to: f32,
    },
}

/// Several shapes with one identity.
#[derive(Clone, PartialEq, Debug)]
pub struct Group {
    /// Stays the same while the thing is the same.
    pub key: String,
    /// What it is.
    pub class: &'static str,
    /// Where it stands.
    pub place: Place,
    /// The index of the pick that it is, if it can be chosen.
    pub pick: Option<usize>,
    /// What it is made of.
    pub shapes: Vec<Shape>,
}

/// Something that can be chosen on a drawing.
#[derive(Clone, PartialEq, Debug)]
pub struct Pick {
    /// What is selected by it; none for a part of the cluster that only has a menu.
    pub key: Option<Key>,
    /// Its name with its state, for who cannot see it.
    pub label: String,
    /// Whether it is selected.
    pub selected: bool,
    /// Whether the keyboard reaches it. A second drawing of the same thing is for pointers only.
    pub stop: bool,
    /// The middle of its drawing.
    pub x: f32,
    /// The middle of its drawing.
    pub y: f32,
}

/// A drawing of a size, with what can be chosen on it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Drawing {
    /// Its width.
    pub width: f32,
    /// Its height: at least the pane's.
    pub height: f32,
    /// What is drawn, from back to front.
    pub shapes: Vec<Shape>,
    /// What can be chosen, in reading order.
    pub picks: Vec<Pick>,
    /// The things of the cloud among the picks, by their ids.
    pub named: Vec<(usize, Rc<str>)>,
}

impl Drawing {
    /// Adds a path.
    pub fn path(&mut self, class: &'static str, d: String) {
        self.shapes.push(path(class, d));
    }

    /// Adds a text of one style.
    pub fn text(&mut self, class: &'static str, x: f32, y: f32, text: impl Into<String>) {
        self.shapes.push(self::text(class, x, y, text));
    }

    /// Adds a group.
    pub fn group(&mut self, key: String, class: &'static str, place: Place, pick: Option<usize>, shapes: Vec<Shape>) {
        self.shapes.push(Shape::Group(Group { key, class, place, pick, shapes }));
    }

    /// Adds something that can be chosen; returns its index for the group that shows it.
    pub fn pick(&mut self, pick: Pick) -> usize {
        self.picks.push(pick);
        self.picks.len() - 1
    }
}

/// A path.
#[must_use]
pub fn path(class: &'static str, d: String) -> Shape {
    Shape::Path { class, d }
}

/// A text of one style.
#[must_use]
pub fn text(class: &'static str, x: f32, y: f32, text: impl Into<String>) -> Shape {
    Shape::Text { class, x, y, runs: vec![("", text.into())] }
}

/// The width of a text in a size, near enough to leave room for it.
#[must_use]
pub fn text_width(text: &str, size: f32) -> f32 {
    let wide = |c: char| match c {
        'i' | 'l' | 'j' | '.' | ',' | ':' | '\'' | '|' | ' ' | '/' => 0.3,
        'f' | 'r' | 't' | 'I' | '-' | '(' | ')' => 0.39,
        'm' | 'w' | 'M' | 'W' => 0.82,
        '\u{1100}'.. => 0.94,
        'A'..='Z' => 0.64,
        _ => 0.56,
    };
    text.chars().map(wide).sum::<f32>() * size
}

/// The text, or its beginning with an ellipsis where it does not fit.
#[must_use]
pub fn fitted(text: &str, size: f32, room: f32) -> String {
    if text_width(text, size) <= room {
        return text.to_owned();
    }
    let mut short = String::new();
    for c in text.chars() {
        short.push(c);
        if text_width(&short, size) + size * 0.8 > room {
            break;
        }
    }
    short.pop();
    short.push('…');
    short
}

/// The number of a count, for lengths.
#[must_use]
pub fn number(count: usize) -> f32 {
    u16::try_from(count).map_or(f32::from(u16::MAX), f32::from)
}
