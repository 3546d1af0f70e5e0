//! A lesson as its author wrote it: a folder's files, read into memory by whoever may read files.

use super::lesson::{Lesson, Text};
use super::outline::{Glossary, Outline};
use super::prose::Section;
use super::reader::Fault;
use super::{lint, markdown, parse};
use crate::words::Lang;
use std::collections::BTreeMap;

/// Bytes of a lesson's text in one language, and of all its files.
const BYTES_MAX: usize = 1024 * 1024;

/// A lesson's folder, every file by its path inside it.
#[derive(Clone, Default, Debug)]
pub struct Folder {
    /// The folder's name, which is the lesson's id.
    pub id: String,
    /// The files.
    pub files: BTreeMap<String, String>,
}

impl Folder {
    /// The lesson's mechanics.
    ///
    /// # Errors
    /// When there is no `lesson.yaml`, or it is not YAML, or it is too long.
    pub fn lesson(&self) -> Result<(Lesson, Vec<Fault>), Fault> {
        let place = format!("{}/lesson.yaml", self.id);
        if self.files.values().map(String::len).sum::<usize>() > BYTES_MAX {
            return Err(Fault::new(&*self.id, format!("is longer than {BYTES_MAX} bytes")));
        }
        let text = self.files.get("lesson.yaml").ok_or_else(|| Fault::new(&*place, "is missing"))?;
        let value = parse(text).map_err(|what| Fault::new(&*place, what))?;
        let files: Vec<(&str, &str)> = self.files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        Ok(Lesson::read(&self.id, &value, &files))
    }

    /// Its text in `lang`, section by section.
    ///
    /// # Errors
    /// When there is none.
    pub fn sections(&self, lang: Lang) -> Result<(Vec<Section>, Vec<Fault>), Fault> {
        let place = format!("{}/{}.md", self.id, lang.tag());
        let text = self.files.get(&format!("{}.md", lang.tag())).ok_or_else(|| Fault::new(&*place, "is missing"))?;
        let (sections, dropped) = markdown::read(text);
        let faults = dropped.into_iter().map(|dropped| {
            Fault::new(format!("{place}:{}", dropped.line), format!("may not contain {}", dropped.what))
        });
        Ok((sections, faults.collect()))
    }

    /// Its text in `lang`, as it is shown.
    #[must_use]
    pub fn text(&self, lang: Lang) -> Option<Text> {
        self.sections(lang).ok().map(|(sections, _)| Text::of(&sections))
    }

    /// Everything about the folder that breaks a rule.
    #[must_use]
    pub fn lint(&self, outline: &Outline, glossary: &Glossary) -> Vec<Fault> {
        let (lesson, mut faults) = match self.lesson() {
            Ok(read) => read,
            Err(fault) => return vec![fault],
        };
        let mut texts = Vec::new();
        for lang in Lang::ALL {
            match self.sections(lang) {
                Ok((sections, dropped)) => {
                    texts.push((lang, sections));
                    faults.extend(dropped);
                }
                Err(fault) => faults.push(fault),
            }
        }
        let texts: Vec<(Lang, &[Section])> = texts.iter().map(|(lang, sections)| (*lang, &sections[..])).collect();
        faults.extend(lint::lint(&lesson, &texts, outline, glossary));
        faults
    }
}
