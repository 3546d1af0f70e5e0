//! The rules that every lesson keeps, whatever it teaches.

use super::lesson::{Lesson, Step};
use super::outline::{Glossary, Outline};
use super::prose::{self, Section, Target};
use super::reader::Fault;
use crate::words::Lang;
use std::collections::BTreeSet;

/// How many steps a lesson has.
const STEPS: std::ops::RangeInclusive<usize> = 3..=7;
/// The rungs of the hint ladder: nudge, place, answer.
const HINTS: [&str; 3] = ["hint 1", "hint 2", "hint 3"];

/// Holds a lesson and its texts against the rules. `texts` has one entry per language.
#[must_use]
pub fn lint(lesson: &Lesson, texts: &[(Lang, &[Section])], outline: &Outline, glossary: &Glossary) -> Vec<Fault> {
    let mut faults = mechanics(lesson, outline);
    for (lang, sections) in texts {
        let file = format!("{}/{}.md", lesson.id, lang.tag());
        let mut found = headings(lesson, sections);
        found.extend(title(lesson, *lang, sections, outline));
        for section in *sections {
            found.extend(links(section, outline, glossary).into_iter().map(|what| (section.line, what)));
        }
        for step in &lesson.steps {
            found.extend(parts(step, sections));
        }
        faults.extend(found.into_iter().map(|(line, what)| Fault::new(format!("{file}:{line}"), what)));
    }
    faults
}

fn mechanics(lesson: &Lesson, outline: &Outline) -> Vec<Fault> {
    let mut faults = Vec::new();
    let place = format!("{}/lesson.yaml", lesson.id);
    if outline.lesson(&lesson.id).is_none() {
        faults.push(Fault::new(&*place, "is not in course.yaml"));
    }
    if !STEPS.contains(&lesson.steps.len()) {
        faults.push(Fault::new(
            &*place,
            format!("has {} steps; {} to {}", lesson.steps.len(), STEPS.start(), STEPS.end()),
        ));
    }
    let mut ids = BTreeSet::new();
    for step in &lesson.steps {
        let mut fault = |what: &str| faults.push(Fault::new(format!("{place}: {}", step.id), what));
        if !ids.insert(&step.id) {
            fault("is there twice");
        }
        if step.check.is_empty() {
            fault("has no check");
        }
        if step.solution.is_empty() {
            fault("has no solution");
        }
        if step.not_yet.is_empty() {
            fault("has no near-miss under `not_yet`");
        }
        if step.limit_s == 0 {
            fault("leaves the world no time");
        }
        let is_file = |name: &str| lesson.files.iter().any(|file| &*file.name == name);
        if !step.focus.file.is_empty() && !is_file(&step.focus.file) {
            fault("its focus is a file that is not open");
        }
    }
    faults
}

type Found = Vec<(u32, String)>;

/// The text has exactly the lesson's steps, in its order.
fn headings(lesson: &Lesson, sections: &[Section]) -> Found {
    let mut found = Vec::new();
    let bodies: Vec<&Section> =
        sections.iter().filter(|section| section.part.is_empty() && !section.step.is_empty()).collect();
    for section in &bodies {
        if lesson.step(&section.step).is_none() {
            found.push((section.line, format!("`{}`: lesson.yaml has no such step", section.step)));
        }
        if section.title.is_empty() {
            found.push((section.line, format!("`{}` has no heading", section.step)));
        }
    }
    for section in sections.iter().filter(|section| section.step.is_empty()).skip(1) {
        found.push((section.line, format!("`{}` has no step id: ## Heading {{#step-id}}", section.title)));
    }
    for step in lesson.steps.iter().filter(|step| !bodies.iter().any(|section| section.step == step.id)) {
        found.push((0, format!("the step `{}` has no heading {{#{}}}", step.id, step.id)));
    }
    let told: Vec<_> = bodies.iter().map(|section| &section.step).collect();
    let meant: Vec<_> = lesson.steps.iter().map(|step| &step.id).collect();
    if found.is_empty() && told != meant {
        found.push((0, "the steps are not in lesson.yaml's order".into()));
    }
    found
}

fn title(lesson: &Lesson, lang: Lang, sections: &[Section], outline: &Outline) -> Found {
    let written = sections.first().map(|section| &*section.title).unwrap_or_default();
    match outline.lesson(&lesson.id) {
        Some((_, planned)) if planned.title.get(lang) != written => {
            vec![(1, format!("is called `{written}`; in course.yaml `{}`", planned.title.get(lang)))]
        }
        _ => Vec::new(),
    }
}

fn links(section: &Section, outline: &Outline, glossary: &Glossary) -> Vec<String> {
    prose::links(&section.blocks)
        .into_iter()
        .filter_map(|target| match target {
            Target::Term(id) if glossary.get(id).is_none() => Some(format!("the glossary has no term `{id}`")),
            Target::Lesson(id) if outline.lesson(id).is_none() => Some(format!("the course has no lesson `{id}`")),
            _ => None,
        })
        .collect()
}

/// A step's parts: a goal, three hints, the choices of its question, and nothing unknown.
fn parts(step: &Step, sections: &[Section]) -> Found {
    let of_step: Vec<&Section> = sections.iter().filter(|section| section.step == step.id).collect();
    let mut found = Vec::new();
    let Some(line) = of_step.first().map(|section| section.line) else { return found };
    let mut wanted: Vec<String> = vec!["check".into()];
    wanted.extend(HINTS.map(str::to_owned));
    wanted.extend(step.predict.iter().flat_map(|predict| &predict.choices).map(|id| format!("choice {id}")));
    let mut seen = BTreeSet::new();
    for section in of_step.iter().filter(|section| !section.part.is_empty()) {
        let part = &*section.part;
        if part != "done" && !wanted.iter().any(|wanted| wanted == part) {
            found.push((section.line, format!("`{}` has no use for `### {part}`", step.id)));
        }
        if !seen.insert(part) {
            found.push((section.line, format!("`{}` has `### {part}` twice", step.id)));
        }
        if section.blocks.is_empty() {
            found.push((section.line, format!("`{}`: nothing stands under `### {part}`", step.id)));
        }
        if part == "check" {
            let text = prose::plain_blocks(&section.blocks);
            found.extend(placeholders(step, &text).into_iter().map(|what| (section.line, what)));
        }
    }
    for wanted in wanted.iter().filter(|wanted| !seen.contains(wanted.as_str())) {
        found.push((line, format!("`{}` lacks `### {wanted}`", step.id)));
    }
    found
}

/// What stands between braces in the goal is a value of the step.
fn placeholders(step: &Step, text: &str) -> Vec<String> {
    text.split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .filter(|(name, _)| !step.values.iter().any(|(known, _)| &**known == *name))
        .map(|(name, _)| format!("`{}` has no value `{name}`", step.id))
        .collect()
}
