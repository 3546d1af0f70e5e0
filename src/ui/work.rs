//! What this tab keeps so that a failure of the program costs no work: the lesson and the files.
//!
//! After a trap nothing of the program can be called, so it is kept beforehand, as text with
//! control characters between its parts.

use super::{Handle, browser};
use drydock::session::Msg;
use gloo::timers::callback::Interval;

const PART: char = '\u{1e}';
const FIELD: char = '\u{1f}';

/// How often it is looked whether there is something new to keep, in milliseconds.
const EVERY_MS: u32 = 2_000;

/// Keeps the lesson and the files, for as long as what it returns lives.
pub fn keep_keeping(handle: &Handle) -> Interval {
    let (handle, mut kept) = (handle.clone(), String::new());
    Interval::new(EVERY_MS, move || {
        let (lesson, now) = handle.read(|session| {
            let lesson = session.progress().map_or_else(|| "".into(), |progress| progress.lesson.id.clone());
            let text = session.files.iter().fold(lesson.to_string(), |mut text, file| {
                text.push(PART);
                text.push_str(&file.name);
                text.push(FIELD);
                text.push_str(&file.text);
                text
            });
            (lesson, text)
        });
        if now != kept {
            browser::keep("work", &now);
            browser::remember("lesson", &lesson);
            kept = now;
        }
    })
}

/// The lesson that was kept, where the card after a failure asks for it.
pub fn kept_lesson() -> Option<String> {
    if browser::kept("restore").as_deref() != Some("yes") {
        return None;
    }
    let kept = browser::kept("work")?;
    kept.split(PART).next().filter(|lesson| !lesson.is_empty()).map(str::to_owned)
}

/// Brings back the files that were kept, where the card after a failure asked for them.
pub fn restore(handle: &Handle) {
    if browser::kept("restore").as_deref() != Some("yes") {
        return;
    }
    browser::keep("restore", "");
    let Some(kept) = browser::kept("work") else { return };
    for (file, text) in kept.split(PART).skip(1).filter_map(|part| part.split_once(FIELD)) {
        handle.send(Msg::Edit { file: file.into(), text: text.into(), cursor_line: 0 });
    }
}
