//! What this tab keeps so that a failure of the program costs no work: the lesson and the files.
//!
//! After a trap nothing of the program can be called, so it is kept beforehand, as text with
//! control characters between its parts.

use super::{Handle, browser};
use drydock::session::Msg;

const PART: char = '\u{1e}';
const FIELD: char = '\u{1f}';

/// Keeps the lesson and the files.
pub fn keep(handle: &Handle) {
    let text = handle.read(|session| {
        let lesson = drydock::view::read::head(session).map_or_else(String::new, |head| head.id.to_string());
        session.files.iter().fold(lesson, |mut text, file| {
            text.push(PART);
            text.push_str(&file.name);
            text.push(FIELD);
            text.push_str(&file.text);
            text
        })
    });
    browser::keep("work", &text);
}

/// Brings back what was kept, where the card after a failure asked for it.
pub fn restore(handle: &Handle) {
    if browser::kept("restore").as_deref() != Some("yes") {
        return;
    }
    browser::keep("restore", "");
    let Some(kept) = browser::kept("work") else { return };
    let mut parts = kept.split(PART);
    if let Some(lesson) = parts.next().filter(|lesson| !lesson.is_empty()) {
        handle.send(Msg::OpenLesson(lesson.into()));
    }
    for (file, text) in parts.filter_map(|part| part.split_once(FIELD)) {
        handle.send(Msg::Edit { file: file.into(), text: text.into(), cursor_line: 0 });
    }
}
