//! A lesson as its author wrote it: a folder's files, read into memory by whoever may read files.

use super::lesson::{Lesson, Text};
use super::outline::{Glossary, Outline};
use super::prose::Section;
use super::reader::Fault;
use super::{lint, markdown, parse};
use crate::words::Lang;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

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
    /// Reads every lesson below `lessons`, in order: each folder there with a `lesson.yaml`.
    ///
    /// # Errors
    /// What the file system says.
    pub fn open_all(lessons: &Path) -> io::Result<Vec<Self>> {
        let mut folders = list(lessons)?;
        folders.retain(|path| path.join("lesson.yaml").is_file());
        folders.iter().map(|path| Self::open(path)).collect()
    }

    /// Reads one lesson's folder.
    ///
    /// # Errors
    /// What the file system says; files that are not text.
    pub fn open(path: &Path) -> io::Result<Self> {
        fn walk(at: &Path, top: &Path, folder: &mut Folder) -> io::Result<()> {
            for path in list(at)? {
                if path.is_dir() {
                    walk(&path, top, folder)?;
                } else {
                    let name = path.strip_prefix(top).unwrap_or(&path).to_string_lossy().into_owned();
                    folder.files.insert(name, fs::read_to_string(&path)?);
                }
            }
            Ok(())
        }
        let id = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut folder = Self { id, files: BTreeMap::new() };
        walk(path, path, &mut folder)?;
        Ok(folder)
    }

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

fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    Ok(paths)
}
