//! What may be written at a place. Works on the text, not on a tree: a document that is being
//! typed is seldom whole, and its indentation says all that is needed.

use super::super::problem::{Position, Span};
use super::super::yaml::advance;
use super::{Field, Shape, Type, kinds};
use crate::document::InOrder as _;

/// Something that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What is listed.
    pub label: String,
    /// Its type, or for a kind its apiVersion.
    pub detail: String,
    /// What is written in the place of `replaces`.
    pub insert: String,
    /// The word being typed.
    pub replaces: Span,
    /// What it is.
    pub kind: CompletionKind,
    /// Whether the schema asks for it.
    pub required: bool,
    /// The type whose field it is, and the field: for its description.
    pub of: Option<(Type, Field)>,
}

/// What a completion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionKind {
    /// A key.
    Field,
    /// A value out of a list.
    Value,
    /// A whole new object.
    Object,
}

/// A kind that is not in the table: its apiVersion, its name and its type.
pub type Custom = (String, &'static str, Type);

/// What fits at the byte `offset` of `text`, where kinds are served beside the built-in ones.
#[must_use]
pub fn complete(text: &str, offset: u32, custom: &[Custom]) -> Vec<Completion> {
    let Some(mut place) = Place::find(text, offset as usize) else { return Vec::new() };
    place.custom = custom;
    let ty = place.version().zip(place.kind()).and_then(|(version, kind)| {
        place.every_kind().find(|(known, name, _)| *known == version && *name == kind).map(|(_, _, ty)| ty)
    });
    let fits = match &place.key {
        Some(key) => place.values(key, ty),
        None => place.keys(ty),
    };
    fits.into_iter().map(|fit| Completion { replaces: place.word, ..fit }).collect()
}

/// The line of a text as indentation, dashes and a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line<'t> {
    /// The column of the last dash, if the line begins with dashes.
    dash: Option<usize>,
    /// The column of what follows.
    column: usize,
    /// The key, if there is one.
    key: Option<&'t str>,
    /// What follows the colon, or the whole text without a key.
    value: &'t str,
}

impl<'t> Line<'t> {
    /// Nothing for blank lines and comments.
    fn read(line: &'t str) -> Option<Self> {
        let mut rest = line.trim_end_matches(['\n', '\r']);
        let mut dash = None;
        let mut column = 0;
        loop {
            let blanks = rest.len() - rest.trim_start_matches(' ').len();
            column += blanks;
            rest = &rest[blanks..];
            match rest.strip_prefix('-') {
                Some(behind) if behind.is_empty() || behind.starts_with(' ') => {
                    dash = Some(column);
                    column += 1;
                    rest = behind;
                }
                _ => break,
            }
        }
        if dash.is_none() && (rest.is_empty() || rest.starts_with('#')) {
            return None;
        }
        if rest.is_empty() {
            // A lone dash: what follows stands two columns behind it.
            column = dash.unwrap_or_default() + 2;
        }
        let colon = rest.find(": ").or_else(|| rest.trim_end().strip_suffix(':').map(str::len));
        let (key, value) = match colon {
            Some(at) => (Some(rest[..at].trim().trim_matches(['"', '\''])), rest[at + 1..].trim()),
            None => (None, rest.trim()),
        };
        Some(Self { dash, column, key, value })
    }
}

/// Where a word is being typed.
struct Place<'t> {
    /// The lines of the document above and below the one with the word.
    above: Vec<Line<'t>>,
    below: Vec<Line<'t>>,
    /// The dash before the word on its own line.
    dash: Option<usize>,
    /// The column of the word (of its key, when a value is typed).
    column: usize,
    /// The key whose value is being typed.
    key: Option<&'t str>,
    /// The word.
    word: Span,
    /// Kinds beside the built-in ones.
    custom: &'t [Custom],
}

impl<'t> Place<'t> {
    fn every_kind(&self) -> impl Iterator<Item = (&'t str, &'t str, Type)> {
        let custom = self.custom.iter().map(|(version, kind, ty)| (version.as_str(), *kind, *ty));
        kinds().map(|(version, kind, ty)| -> (&'t str, &'t str, Type) { (version, kind, ty) }).chain(custom)
    }

    fn find(text: &'t str, offset: usize) -> Option<Self> {
        let before = text.get(..offset)?;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let typed = &before[line_start..];
        let after = text[offset..].split_inclusive('\n').skip(1);
        let separates = |line: &&str| line.starts_with("---");
        let above: Vec<&str> = before[..line_start].split_inclusive('\n').rev().take_while(|l| !separates(l)).collect();
        let line = Line::read(typed);
        let blank = Line { dash: None, column: typed.len(), key: None, value: "" };
        let line = match line {
            Some(line) => line,
            None if typed.trim().is_empty() => blank,
            None => return None,
        };
        if line.value.starts_with(['{', '[', '"', '\'', '&', '*', '|', '>', '#']) || typed.contains(" #") {
            return None;
        }
        // A value begins after a blank: `key:` alone is still a key.
        if line.key.is_some() && line.value.is_empty() && !typed.ends_with(' ') {
            return None;
        }
        let word = typed.len() - typed.trim_end_matches(|c: char| c != ' ').len();
        let start = advance(Position { offset: 0, line: 1, column: 1 }, &before[..offset - word]);
        let end = advance(start, &before[offset - word..]);
        Some(Self {
            above: above.into_iter().filter_map(Line::read).collect(),
            below: after.take_while(|l| !separates(l)).filter_map(Line::read).collect(),
            dash: line.dash,
            column: line.column,
            key: line.key,
            word: Span { start, end },
            custom: &[],
        })
    }

    fn at_root(&self, key: &str) -> Option<&'t str> {
        let mut lines = self.above.iter().chain(&self.below);
        let line = lines.find(|line| line.column == 0 && line.key == Some(key))?;
        Some(line.value.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']))
    }

    fn version(&self) -> Option<&'t str> {
        self.at_root("apiVersion")
    }

    fn kind(&self) -> Option<&'t str> {
        self.at_root("kind")
    }

    /// The steps from the root to the mapping that the word belongs to, and the keys it has.
    fn path(&self) -> (Vec<&'t str>, Vec<&'t str>) {
        let mut path = Vec::new();
        let mut beside = self.below_siblings();
        let mut column = self.column;
        // While this is set, a list is looked for whose dashes stand here.
        let mut list = self.dash;
        let mut collecting = list.is_none();
        if list.is_some() {
            path.push("0");
        }
        for line in &self.above {
            if let Some(dashes) = list {
                let parent = line.column < dashes || line.column == dashes && line.dash.is_none();
                if !parent || line.key.is_none() {
                    continue;
                }
                list = None;
            } else if line.column > column {
                continue;
            } else if line.column == column {
                if collecting {
                    beside.extend(line.key);
                }
                if let Some(dash) = line.dash {
                    collecting = false;
                    path.push("0");
                    list = Some(dash);
                }
                continue;
            }
            collecting = false;
            column = line.column;
            path.extend(line.key);
            if let Some(dash) = line.dash {
                path.push("0");
                list = Some(dash);
            }
        }
        path.reverse();
        (path, beside)
    }

    fn below_siblings(&self) -> Vec<&'t str> {
        let same = |line: &&Line<'t>| line.column > self.column || line.column == self.column && line.dash.is_none();
        let lines = self.below.iter().take_while(same);
        lines.filter(|line| line.column == self.column).filter_map(|line| line.key).collect()
    }

    fn keys(&self, ty: Option<Type>) -> Vec<Completion> {
        let (path, beside) = self.path();
        let Some(root) = ty else {
            return if path.is_empty() { self.beginnings(&beside) } else { Vec::new() };
        };
        // Elements of a list of plain values.
        if let (Some(_), Some((_, parents))) = (self.dash, path.split_last())
            && let Some(field) = field_at(root, parents)
            && !field.values().is_empty()
        {
            return values_of(field);
        }
        let Some(ty) = path.iter().try_fold(root, |ty, step| ty.step(step)) else { return Vec::new() };
        let ty = if let Shape::ObjectOrAny(object) = ty.shape() { object } else { ty };
        let mut fits: Vec<Completion> = ty
            .fields()
            .filter(|field| !beside.contains(&field.name()))
            .filter(|field| !(path.is_empty() && field.name() == "status"))
            .map(|field| self.field(ty, field))
            .collect();
        fits.order_by_key(|fit| !fit.required);
        fits
    }

    fn field(&self, ty: Type, field: Field) -> Completion {
        let deeper = " ".repeat(self.column + 2);
        let here = " ".repeat(self.column);
        let insert = match field.ty().shape() {
            Shape::Object | Shape::Map(_) | Shape::ObjectOrAny(_) => format!("{}:\n{deeper}", field.name()),
            Shape::List(_) => format!("{}:\n{here}- ", field.name()),
            _ => format!("{}: ", field.name()),
        };
        Completion {
            label: field.name().to_owned(),
            detail: field.ty().label(),
            insert,
            replaces: Span::default(),
            kind: CompletionKind::Field,
            required: field.is_required(),
            of: Some((ty, field)),
        }
    }

    /// At the top of a document whose kind is not known yet.
    fn beginnings(&self, beside: &[&str]) -> Vec<Completion> {
        if beside.is_empty() && self.column == 0 {
            return self
                .every_kind()
                .map(|(version, kind, _)| {
                    let insert = format!("apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: ");
                    plain(kind, version, insert, CompletionKind::Object)
                })
                .collect();
        }
        ["apiVersion", "kind", "metadata"]
            .iter()
            .filter(|key| !beside.contains(*key))
            .map(|key| plain(key, "", format!("{key}: "), CompletionKind::Field))
            .collect()
    }

    fn values(&self, key: &str, ty: Option<Type>) -> Vec<Completion> {
        let (path, _) = self.path();
        if path.is_empty() && matches!(key, "kind" | "apiVersion") {
            return self.headers(key);
        }
        let Some(root) = ty else { return Vec::new() };
        let steps: Vec<&str> = path.into_iter().chain([key]).collect();
        match field_at(root, &steps) {
            Some(field) if field.ty().shape() == Shape::Boolean => ["true", "false"]
                .iter()
                .map(|word| plain(word, "boolean", (*word).to_owned(), CompletionKind::Value))
                .collect(),
            Some(field) if field.ty().element().is_none() => values_of(field),
            _ => Vec::new(),
        }
    }

    /// Kinds for the apiVersion that is written, or the other way round; all of them otherwise.
    fn headers(&self, key: &str) -> Vec<Completion> {
        let other = if key == "kind" { self.version() } else { self.kind() };
        let pairs: Vec<(&str, &str)> = self
            .every_kind()
            .map(|(version, kind, _)| if key == "kind" { (kind, version) } else { (version, kind) })
            .collect();
        let fitting: Vec<_> = pairs.iter().copied().filter(|(_, with)| other == Some(with)).collect();
        let mut fits: Vec<Completion> = (if fitting.is_empty() { pairs } else { fitting })
            .into_iter()
            .map(|(label, with)| plain(label, with, label.to_owned(), CompletionKind::Value))
            .collect();
        if key == "apiVersion" && other.is_none_or(str::is_empty) {
            fits.order_by(|a, b| a.label.cmp(&b.label));
            fits.dedup_by(|a, b| a.label == b.label);
            fits.iter_mut().for_each(|fit| fit.detail.clear());
        }
        fits
    }
}

/// The field that the last step of a path names, through lists.
fn field_at(root: Type, path: &[&str]) -> Option<Field> {
    let (last, parents) = path.split_last()?;
    let ty = parents.iter().try_fold(root, |ty, step| ty.step(step))?;
    ty.field(last)
}

fn values_of(field: Field) -> Vec<Completion> {
    let ty = field.ty().element().unwrap_or(field.ty()).label();
    let values = field.values().iter().filter(|value| !value.is_empty());
    values.map(|value| plain(value, &ty, (*value).to_owned(), CompletionKind::Value)).collect()
}

fn plain(label: &str, detail: &str, insert: String, kind: CompletionKind) -> Completion {
    Completion {
        label: label.to_owned(),
        detail: detail.to_owned(),
        insert,
        replaces: Span::default(),
        kind,
        required: false,
        of: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Labels at the `|` of a text.
    fn labels(text: &str) -> Vec<String> {
        let offset = text.find('|').expect("a cursor");
        complete(&text.replacen('|', "", 1), offset as u32, &[]).into_iter().map(|fit| fit.label).collect()
    }

    const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: 1\n";

    #[test]
    fn keys_that_are_missing() {
        let top = labels(&format!("{DEPLOYMENT}m|"));
        assert_eq!(top, ["metadata"]);
        let spec = labels(&format!("{DEPLOYMENT}  |"));
        assert_eq!(spec[..2], ["selector", "template"]);
        assert!(!spec.contains(&"replicas".to_owned()));
        let pod = format!("{DEPLOYMENT}  template:\n    spec:\n      containers:\n      - name: a\n        image: b\n");
        let container = labels(&format!("{pod}        i|\n        ports: []\n"));
        assert!(container.contains(&"imagePullPolicy".to_owned()));
        assert!(!["image", "name", "ports"].iter().any(|key| container.iter().any(|label| label == key)));
        let second = labels(&format!("{pod}      - |"));
        assert_eq!(second[0], "name");
        assert!(second.contains(&"image".to_owned()));
        let same_line = labels("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    env:\n    - na|");
        assert_eq!(same_line, ["name", "value", "valueFrom"]);
        assert_eq!(labels("apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n"), Vec::<String>::new());
    }

    #[test]
    fn values_that_fit() {
        let pod = "apiVersion: v1\nkind: Pod\nspec:\n";
        assert_eq!(labels(&format!("{pod}  restartPolicy: |")), ["Always", "Never", "OnFailure"]);
        assert_eq!(labels(&format!("{pod}  hostNetwork: t|")), ["true", "false"]);
        let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec:\n  policyTypes:\n  - |";
        assert_eq!(labels(policy), ["Egress", "Ingress"]);
        assert_eq!(labels("kind: Deployment\napiVersion: |"), ["apps/v1"]);
        assert!(labels("apiVersion: batch/v1\nkind: |").contains(&"CronJob".to_owned()));
    }

    #[test]
    fn a_new_document() {
        let fits = complete("a: 1\n---\n", 9, &[]);
        let job = fits.iter().find(|fit| fit.label == "Job").expect("a Job can be begun");
        assert_eq!(job.insert, "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: ");
    }
}
