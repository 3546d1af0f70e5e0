//! Build time: turns `src/words/{en,ko}/*.ftl` into one compact text per language.
//!
//! Included by `build.rs`; the library never sees it. Everything that can be wrong about a message
//! is found here, by file and by name, so that nothing about a catalogue can fail in front of a
//! learner: a message that one language lacks, an argument that only one language uses, a
//! reference to nothing, a function nobody knows.
//!
//! The encoding (read by `format.rs`): plain text stands for itself, control characters open and
//! close everything else.
//!
//! | bytes | meaning |
//! |---|---|
//! | `\x01 name \x02` | the argument, as it is |
//! | `\x03 name \x02` | `NUMBER($name)`: digits in groups |
//! | `\x04 name \x02` | `DURATION($name)`: milliseconds in words |
//! | `\x05 name \x02 first/second \x02` | `JOSA($name, "first/second")` |
//! | `\x06 name \x02 (\x07 key \x02 pattern)… \x08` | a selector; the default's key begins with `*` |
//!
//! References to messages and terms are written out here, so the reader needs no lookup.

use fluent_syntax::ast::{
    CallArguments, Entry, Expression, InlineExpression, Message, Pattern, PatternElement, Term, Variant, VariantKey,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The languages, in the order of the generated table. The first is the one the others are held
/// against.
const LANGUAGES: [&str; 2] = ["en", "ko"];

/// The areas whose messages the first sight of a lesson shows. The others are texts of their own,
/// which nothing touches until one of their messages is said: so they come with the rest of the
/// program (`src/ui/js/split`).
const AT_ONCE: [&str; 9] = ["cloud", "inspector", "lesson", "palette", "timeline", "ui", "why", "world", "writing"];

/// How deep references may go before they must be going in circles.
const REFERENCE_DEPTH_MAX: u32 = 16;

/// Compiles the catalogues under `root` (`src/words`) and writes `words.rs` into `out`.
///
/// # Errors
/// Every fault found, one line each, by file and message.
pub fn compile(root: &Path, out: &Path) -> Result<(), String> {
    println!("cargo::rerun-if-changed={}", root.display());
    let catalogues: Vec<Catalogue> =
        LANGUAGES.iter().map(|language| Catalogue::read(root, language)).collect::<Result<_, _>>()?;
    let encoded: Vec<BTreeMap<&str, Encoded>> = catalogues.iter().map(Catalogue::encode).collect::<Result<_, _>>()?;
    compare(&catalogues, &encoded)?;
    fs::write(out.join("words.rs"), render(&catalogues[0], &encoded))
        .map_err(|error| format!("cannot write words.rs: {error}"))
}

/// All messages of one language.
struct Catalogue {
    language: &'static str,
    messages: BTreeMap<String, (String, Message<String>)>,
    terms: BTreeMap<String, (String, Term<String>)>,
}

/// One message as the formatter reads it.
struct Encoded {
    text: String,
    arguments: BTreeSet<String>,
}

impl Catalogue {
    fn read(root: &Path, language: &'static str) -> Result<Self, String> {
        let folder = root.join(language);
        let mut files: Vec<_> = fs::read_dir(&folder)
            .map_err(|error| format!("{}: {error}", folder.display()))?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "ftl"))
            .collect();
        files.sort();
        let mut catalogue = Self { language, messages: BTreeMap::new(), terms: BTreeMap::new() };
        for file in files {
            let name = format!("src/words/{language}/{}", file.file_name().unwrap_or_default().to_string_lossy());
            let text = fs::read_to_string(&file).map_err(|error| format!("{name}: {error}"))?;
            catalogue.add(&name, text)?;
        }
        Ok(catalogue)
    }

    fn add(&mut self, file: &str, text: String) -> Result<(), String> {
        let text = text.replace('\r', "");
        let resource = fluent_syntax::parser::parse(text.clone()).map_err(|(_, errors)| {
            let line = |at: usize| 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
            errors
                .iter()
                .map(|error| format!("{file}:{}: {error}", line(error.pos.start)))
                .collect::<Vec<_>>()
                .join("\n")
        })?;
        for entry in resource.body {
            let twice = match entry {
                Entry::Message(message) => {
                    let name = message.id.name.clone();
                    let old = self.messages.insert(name.clone(), (file.to_owned(), message));
                    old.map(|(first, _)| (name, first))
                }
                Entry::Term(term) => {
                    let name = term.id.name.clone();
                    let old = self.terms.insert(name.clone(), (file.to_owned(), term));
                    old.map(|(first, _)| (name, first))
                }
                _ => None,
            };
            if let Some((name, first)) = twice {
                return Err(format!("{file}: `{name}` is already in {first}"));
            }
        }
        Ok(())
    }

    fn encode(&self) -> Result<BTreeMap<&str, Encoded>, String> {
        let mut encoded = BTreeMap::new();
        for (name, (file, message)) in &self.messages {
            let place = |fault: String| format!("{file}: `{name}`: {fault}");
            if !message.attributes.is_empty() {
                return Err(place("attributes are not used here; make it a message of its own".into()));
            }
            let pattern = message.value.as_ref().ok_or_else(|| place("is empty".into()))?;
            let mut writer = Writer { catalogue: self, text: String::new(), arguments: BTreeSet::new(), depth: 0 };
            writer.pattern(pattern).map_err(place)?;
            encoded.insert(name.as_str(), Encoded { text: writer.text, arguments: writer.arguments });
        }
        Ok(encoded)
    }
}

struct Writer<'a> {
    catalogue: &'a Catalogue,
    text: String,
    arguments: BTreeSet<String>,
    depth: u32,
}

impl Writer<'_> {
    fn pattern(&mut self, pattern: &Pattern<String>) -> Result<(), String> {
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => self.plain(value)?,
                PatternElement::Placeable { expression } => self.expression(expression)?,
            }
        }
        Ok(())
    }

    fn plain(&mut self, text: &str) -> Result<(), String> {
        if text.chars().any(|character| character != '\n' && character.is_control()) {
            return Err("contains a control character".into());
        }
        self.text.push_str(text);
        Ok(())
    }

    fn expression(&mut self, expression: &Expression<String>) -> Result<(), String> {
        match expression {
            Expression::Inline(inline) => self.inline(inline),
            Expression::Select { selector, variants } => self.select(selector, variants),
        }
    }

    fn inline(&mut self, inline: &InlineExpression<String>) -> Result<(), String> {
        match inline {
            InlineExpression::StringLiteral { value } => {
                let text = fluent_syntax::unicode::unescape_unicode_to_string(value).into_owned();
                self.plain(&text)
            }
            InlineExpression::NumberLiteral { value } => self.plain(value),
            InlineExpression::VariableReference { id } => {
                self.argument('\u{1}', &id.name);
                Ok(())
            }
            InlineExpression::FunctionReference { id, arguments } => self.function(&id.name, arguments),
            InlineExpression::MessageReference { id, attribute: None } => {
                let found = self.catalogue.messages.get(&id.name).and_then(|(_, message)| message.value.as_ref());
                self.follow(found, &id.name)
            }
            InlineExpression::TermReference { id, attribute: None, arguments: None } => {
                let found = self.catalogue.terms.get(&id.name).map(|(_, term)| &term.value);
                self.follow(found, &id.name)
            }
            InlineExpression::Placeable { expression } => self.expression(expression),
            InlineExpression::MessageReference { id, .. } | InlineExpression::TermReference { id, .. } => {
                Err(format!("`{}`: a reference takes neither an attribute nor arguments here", id.name))
            }
        }
    }

    fn follow(&mut self, found: Option<&Pattern<String>>, name: &str) -> Result<(), String> {
        let pattern = found.ok_or_else(|| format!("refers to `{name}`, which does not exist"))?;
        if self.depth == REFERENCE_DEPTH_MAX {
            return Err(format!("`{name}` refers to itself"));
        }
        self.depth += 1;
        let done = self.pattern(pattern);
        self.depth -= 1;
        done
    }

    fn argument(&mut self, opener: char, name: &str) {
        self.arguments.insert(name.to_owned());
        self.text.push(opener);
        self.text.push_str(name);
        self.text.push('\u{2}');
    }

    fn function(&mut self, function: &str, arguments: &CallArguments<String>) -> Result<(), String> {
        if !arguments.named.is_empty() {
            return Err(format!("{function}() takes no named arguments here"));
        }
        match (function, arguments.positional.as_slice()) {
            ("NUMBER", [InlineExpression::VariableReference { id }]) => self.argument('\u{3}', &id.name),
            ("DURATION", [InlineExpression::VariableReference { id }]) => self.argument('\u{4}', &id.name),
            ("JOSA", [InlineExpression::VariableReference { id }, InlineExpression::StringLiteral { value: pair }]) => {
                if self.catalogue.language != "ko" {
                    return Err("JOSA() is for Korean".into());
                }
                if pair.matches('/').count() != 1 {
                    return Err(format!("JOSA() wants two forms with one `/` between them, not `{pair}`"));
                }
                self.argument('\u{5}', &id.name);
                self.text.push_str(pair);
                self.text.push('\u{2}');
            }
            ("NUMBER" | "DURATION", _) => return Err(format!("{function}() takes one argument, `$name`")),
            ("JOSA", _) => return Err("JOSA() takes an argument and two forms: JOSA($name, \"이/가\")".into()),
            _ => return Err(format!("there is no function {function}()")),
        }
        Ok(())
    }

    fn select(&mut self, selector: &InlineExpression<String>, variants: &[Variant<String>]) -> Result<(), String> {
        let InlineExpression::VariableReference { id } = selector else {
            return Err("a selector is an argument: { $count -> … }".into());
        };
        self.argument('\u{6}', &id.name);
        for variant in variants {
            let key = match &variant.key {
                VariantKey::Identifier { name } => name,
                VariantKey::NumberLiteral { value } => value,
            };
            self.text.push('\u{7}');
            if variant.default {
                self.text.push('*');
            }
            self.text.push_str(key);
            self.text.push('\u{2}');
            self.pattern(&variant.value)?;
        }
        self.text.push('\u{8}');
        Ok(())
    }
}

/// Both languages say the same things about the same arguments.
fn compare(catalogues: &[Catalogue], encoded: &[BTreeMap<&str, Encoded>]) -> Result<(), String> {
    let mut faults = Vec::new();
    for (here, texts) in catalogues.iter().zip(encoded) {
        for (there, other) in catalogues.iter().zip(encoded) {
            for (name, message) in texts {
                let file = &here.messages[*name].0;
                match other.get(name) {
                    None => faults.push(format!("{file}: `{name}` is missing in `{}`", there.language)),
                    Some(twin) => {
                        for argument in message.arguments.difference(&twin.arguments) {
                            faults.push(format!(
                                "{file}: `{name}` uses ${argument}; in `{}` it does not",
                                there.language
                            ));
                        }
                    }
                }
            }
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

/// One text of keys, one text of messages per language: the places of things in them are found at
/// run time, which costs microseconds and saves a pointer and a length per message in the bundle.
/// One text of keys and one of messages for each language: of what is said at once, and of the rest.
fn render(catalogue: &Catalogue, encoded: &[BTreeMap<&str, Encoded>]) -> String {
    let is_at_once = |key: &str| {
        let file = catalogue.messages.get(key).map(|(file, _)| Path::new(file));
        file.and_then(Path::file_stem).is_some_and(|area| AT_ONCE.iter().any(|it| *it == area))
    };
    let mut out = String::new();
    for (prefix, at_once) in [("", true), ("LATER_", false)] {
        let chosen = |texts: &BTreeMap<&str, Encoded>, of: fn(&str, &Encoded) -> String, by: &str| {
            let texts: Vec<_> =
                texts.iter().filter(|(key, _)| is_at_once(key) == at_once).map(|(key, it)| of(key, it)).collect();
            texts.join(by)
        };
        if let Some(first) = encoded.first() {
            out += &format!("const {prefix}KEYS: &str = {:?};\n", chosen(first, |key, _| key.to_owned(), "\n"));
        }
        for (language, texts) in LANGUAGES.iter().zip(encoded) {
            let text = chosen(texts, |_, message| message.text.clone(), "\u{1e}");
            out += &format!("const {prefix}{}: &str = {text:?};\n", language.to_uppercase());
        }
    }
    out
}
