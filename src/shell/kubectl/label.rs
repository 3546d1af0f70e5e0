//! `kubectl label` and `kubectl annotate`.
// Models k8s.io/kubectl/pkg/cmd/label/label.go and pkg/cmd/annotate/annotate.go

use crate::document::Value;

use super::builder::{self, Info, Words};
use super::failure::Failure;
use super::{Done, DryRun, Kubectl, change};

/// What is changed: `label` or `annotation`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Label,
    Annotation,
}

impl What {
    fn field(self) -> &'static str {
        match self {
            Self::Label => "labels",
            Self::Annotation => "annotations",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Annotation => "annotation",
        }
    }
}

/// `a=b` and `a-`.
struct Changes {
    set: Vec<(String, String)>,
    remove: Vec<String>,
}

pub(super) async fn run(kubectl: &Kubectl, what: What) -> Done {
    let args = &kubectl.args;
    let dry_run = kubectl.dry_run()?;
    let from = args.words.iter().position(|word| is_pair(word)).unwrap_or(args.words.len());
    let (words, pairs) = args.words.split_at(from);
    if words.is_empty() && args.value("filename").is_none() {
        return Err(Failure::plain(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    let lists = args.is_on("list");
    if pairs.is_empty() && !lists {
        return Err(Failure::Plain(format!("at least one {} update is required", what.word())));
    }
    let changes = read(pairs, what)?;
    let (infos, mut failures) =
        if args.value("filename").is_some() { live(kubectl).await } else { find(kubectl, words).await? };
    for info in infos {
        if lists {
            kubectl.client.print(&listed(&info, what));
            continue;
        }
        if let Err(failure) = apply(kubectl, &info, what, &changes, dry_run).await {
            failures.push(failure);
        }
    }
    Failure::of_all(failures)
}

// Models cmdutil.GetResourcesAndPairs
fn is_pair(word: &str) -> bool {
    word.contains('=') && !word.starts_with('=')
        || word.len() > 1 && word.ends_with('-') && !word.contains('/')
        || word.ends_with('-') && word.contains('.')
}

async fn live(kubectl: &Kubectl) -> (Vec<Info>, Vec<Failure>) {
    let (infos, mut failures) = builder::from_files(kubectl);
    let mut found = Vec::new();
    for info in infos {
        match kubectl.client.get_in(&info.key(), info.version()).await {
            Ok(object) => found.push(Info { object, ..info }),
            Err(error) => failures.push(error.into()),
        }
    }
    (found, failures)
}

async fn find(kubectl: &Kubectl, words: &[String]) -> Result<(Vec<Info>, Vec<Failure>), Failure> {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    match builder::read_words(kubectl, &kubectl.verb, words)? {
        Words::Names(names) => {
            for (resource, name) in names {
                match kubectl.client.get(&kubectl.key(resource, &name)).await {
                    Ok(object) => found.push(builder::info(resource, object, "")),
                    Err(error) => failures.push(error.into()),
                }
            }
        }
        Words::Types(types) => {
            if !kubectl.args.is_on("all") && kubectl.args.text("selector").is_empty() {
                return Err(Failure::plain("resource(s) were provided, but no name was specified"));
            }
            for resource in types {
                let items = builder::list(kubectl, resource).await?;
                found.extend(items.into_iter().map(|item| builder::info(resource, item, "")));
            }
        }
    }
    Ok((found, failures))
}

fn read(pairs: &[String], what: What) -> Result<Changes, Failure> {
    let mut changes = Changes { set: Vec::new(), remove: Vec::new() };
    for pair in pairs {
        if let Some((key, value)) = pair.split_once('=') {
            if what == What::Label
                && let Some(fault) = value_fault(value)
            {
                return Err(Failure::Plain(format!("invalid label value: \"{pair}\": {fault}")));
            }
            changes.set.push((key.to_owned(), value.to_owned()));
        } else if let Some(key) = pair.strip_suffix('-') {
            changes.remove.push(key.to_owned());
        } else {
            return Err(Failure::Plain(format!("unknown {} spec: {pair}", what.word())));
        }
    }
    if let Some((key, _)) = changes.set.iter().find(|(key, _)| changes.remove.contains(key)) {
        let word = if what == What::Label { "a label" } else { "an annotation" };
        return Err(Failure::Plain(format!("can not both modify and remove {word} in the same command: {key}")));
    }
    Ok(changes)
}

// Models k8s.io/apimachinery/pkg/util/validation IsValidLabelValue
fn value_fault(value: &str) -> Option<String> {
    let is_edge = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    let is_inside = value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if value.len() > 63 {
        return Some("must be no more than 63 characters".to_owned());
    }
    (!(is_inside && is_edge(value.chars().next()) && is_edge(value.chars().last()))).then(|| {
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start \
         and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for \
         validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
            .to_owned()
    })
}

async fn apply(kubectl: &Kubectl, info: &Info, what: What, changes: &Changes, dry_run: DryRun) -> Done {
    let field = what.field();
    let overwrite = kubectl.args.is_on("overwrite");
    let have = |key: &str| info.object.at(&["metadata", field, key]).and_then(Value::as_str);
    if !overwrite {
        refuse_overwriting(changes, what, &have)?;
    }
    let mut object = info.object.clone();
    for (key, value) in &changes.set {
        object.set(&["metadata", field, key], value.as_str());
    }
    for key in &changes.remove {
        if have(key).is_none() && what == What::Label {
            kubectl.client.println(&format!("label \"{key}\" not found."));
        }
        object.remove(&["metadata", field, key]);
        if object.at(&["metadata", field]).is_some_and(Value::is_empty) {
            object.remove(&["metadata", field]);
        }
    }
    let message = match what {
        What::Annotation => "annotated",
        What::Label if object == info.object => "not labeled",
        What::Label if !overwrite && changes.set.is_empty() => "unlabeled",
        What::Label => "labeled",
    };
    let manager = if what == What::Label { "kubectl-label" } else { "kubectl-annotate" };
    let object = if object == info.object && what == What::Label {
        object
    } else {
        change::carry(kubectl, info, object, manager, dry_run).await?
    };
    kubectl.report(&object, message, dry_run)
}

// Models label.validateNoOverwrites and annotate.validateNoAnnotationOverwrites
fn refuse_overwriting<'a>(changes: &Changes, what: What, have: &dyn Fn(&str) -> Option<&'a str>) -> Done {
    let mut faults = Vec::new();
    for (key, value) in &changes.set {
        if let Some(current) = have(key).filter(|current| current != value || what == What::Annotation) {
            faults.push((key, current));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    if what == What::Annotation {
        let texts: Vec<String> =
            faults.iter().map(|(key, current)| format!("'{key}' already has a value ({current})")).collect();
        return Err(Failure::Plain(format!(
            "--overwrite is false but found the following declared annotation(s): {}",
            texts.join("; ")
        )));
    }
    let texts: Vec<String> = faults
        .iter()
        .map(|(key, current)| format!("'{key}' already has a value ({current}), and --overwrite is false"))
        .collect();
    Err(match texts.as_slice() {
        [one] => Failure::Plain(one.clone()),
        several => Failure::Plain(format!("[{}]", several.join(", "))),
    })
}

fn listed(info: &Info, what: What) -> String {
    let mut text = String::new();
    for (key, value) in info.object.at(&["metadata", what.field()]).into_iter().flat_map(Value::entries) {
        text.push_str(&format!("{key}={}\n", value.as_str().unwrap_or_default()));
    }
    text
}
