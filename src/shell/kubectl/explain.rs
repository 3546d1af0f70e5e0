//! `kubectl explain`: fields from the schema's table, words from its descriptions, which a page
//! loads only when they are first wanted.
// Models k8s.io/kubectl/pkg/explain/v2/templates/plaintext.tmpl

use crate::document::schema::{self, Field, Shape, Type};
use crate::shell::Descriptions;
use crate::shell::client::Sign;

use super::builder::resource_named;
use super::failure::Failure;
use super::{Done, Kubectl};

/// Descriptions are wrapped at this width, behind their indentation.
const WIDTH: usize = 76;

/// Deeper than this `--recursive` does not go: some types hold themselves.
const DEPTH_MAX: usize = 24;

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    let [what] = kubectl.args.words.as_slice() else {
        return Err(Failure::plain(match kubectl.args.words.len() {
            0 => {
                "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources.\n"
            }
            _ => "We accept only this format: explain RESOURCE\n",
        }));
    };
    let mut path = what.split('.');
    let resource = resource_named(kubectl, path.next().unwrap_or_default())?;
    let info = resource.info();
    let version = match kubectl.args.text("api-version") {
        "" => kubectl.custom.api_version(resource),
        version => version.to_owned(),
    };
    // What follows a kind may be its group: `boats.example.com.spec`.
    let in_group = |step: &str| info.group.split('.').any(|part| part == step) || info.group.starts_with(step);
    let root = kubectl.custom.root(&version, info.kind);
    let wanted: Vec<&str> =
        path.filter(|step| !in_group(step) || root.is_some_and(|root| root.field(step).is_some())).collect();
    let Some(root) = root else {
        return Err(Failure::Plain(format!("couldn't find resource for \"{version}, Kind={}\"", info.kind)));
    };
    let texts = load(kubectl).await;
    let (group, version) = version.rsplit_once('/').unwrap_or(("", &version));
    let mut page = if group.is_empty() { String::new() } else { format!("GROUP:      {group}\n") };
    page.push_str(&format!("KIND:       {}\nVERSION:    {version}\n\n", info.kind));
    page.push_str(&about(root, &wanted, &texts, kubectl.args.is_on("recursive"))?);
    kubectl.client.print(&page);
    Ok(())
}

/// The descriptions, asked for where they are not there yet.
async fn load(kubectl: &Kubectl) -> Descriptions {
    let known = kubectl.client.setting().descriptions.clone();
    if known != Descriptions::Absent || kubectl.client.setting().screen.is_none() {
        return known;
    }
    kubectl.client.sign(Sign::LoadDescriptions);
    loop {
        kubectl.client.breathe().await;
        let now = kubectl.client.setting().descriptions.clone();
        if now != Descriptions::Absent {
            return now;
        }
    }
}

fn about(root: Type, path: &[&str], texts: &Descriptions, recursive: bool) -> Result<String, Failure> {
    let mut ty = root;
    let mut last: Option<(Type, Field)> = None;
    for step in path {
        let holder = inside(ty);
        let field = holder.field(step).ok_or_else(|| Failure::Plain(format!("field \"{step}\" does not exist")))?;
        last = Some((holder, field));
        ty = field.ty();
    }
    let mut page = String::new();
    let mut said = Vec::new();
    if let Some((holder, field)) = last {
        page.push_str(&format!("FIELD: {} <{}>\n", field.name(), label(field.ty())));
        page.push_str(&values(field, ""));
        page.push_str("\n\n");
        said.extend(words(texts, holder, field.name()));
    }
    // The schema of a custom kind describes a field and its struct in the same words.
    said.extend(words(texts, inside(ty), "").filter(|text| said.last() != Some(text)));
    page.push_str("DESCRIPTION:\n");
    if said.is_empty() {
        said.push("<empty>".to_owned());
    }
    for text in &said {
        page.push_str(&wrapped(text, 4));
    }
    page.push_str("    \n");
    let fields = inside(ty);
    if fields.fields().next().is_some() {
        page.push_str("FIELDS:\n");
        list(fields, texts, recursive, 1, &mut page);
    }
    if !recursive {
        page.push('\n');
    }
    Ok(page)
}

/// What is said of a type or its field: by the schema itself, or by the descriptions of built-in kinds.
fn words(texts: &Descriptions, ty: Type, field: &str) -> Option<String> {
    schema::words_of(ty, field).map(str::to_owned).or_else(|| texts.of(ty, field))
}

/// The struct that a field's value is, or that its list or map holds.
fn inside(ty: Type) -> Type {
    match ty.shape() {
        Shape::List(inner) | Shape::Map(inner) | Shape::ObjectOrAny(inner) => inside(inner),
        _ => ty,
    }
}

fn list(ty: Type, texts: &Descriptions, recursive: bool, depth: usize, page: &mut String) {
    let margin = "  ".repeat(depth);
    for field in ty.fields() {
        let required = if field.is_required() { " -required-" } else { "" };
        page.push_str(&format!("{margin}{}\t<{}>{required}\n", field.name(), label(field.ty())));
        page.push_str(&values(field, &margin));
        let below = inside(field.ty());
        if recursive {
            if depth < DEPTH_MAX && below != ty {
                list(below, texts, true, depth + 1, page);
            }
            continue;
        }
        let text = words(texts, ty, field.name()).unwrap_or_else(|| "<no description>".to_owned());
        page.push_str(&wrapped(&text, depth * 2 + 2));
        page.push('\n');
    }
}

fn values(field: Field, margin: &str) -> String {
    match field.values() {
        [] => String::new(),
        values => format!("{margin}enum: {}\n", values.join(", ")),
    }
}

/// The type as the template guesses it.
// Models typeGuess of the template
fn label(ty: Type) -> String {
    match ty.shape() {
        Shape::List(inner) => format!("[]{}", label(inner)),
        Shape::Map(inner) => format!("map[string]{}", label(inner)),
        Shape::Object => ty.go_struct().to_owned(),
        Shape::ObjectOrAny(inner) => label(inner),
        Shape::String | Shape::Time | Shape::MicroTime | Shape::Bytes => "string".to_owned(),
        Shape::Int32 | Shape::Int64 => "integer".to_owned(),
        Shape::Double => "number".to_owned(),
        Shape::Boolean => "boolean".to_owned(),
        Shape::Quantity => "Quantity".to_owned(),
        Shape::IntOrString => "IntOrString".to_owned(),
        Shape::Any => "Object".to_owned(),
    }
}

/// Text in lines of at most [`WIDTH`], each behind its margin; its own lines are kept.
fn wrapped(text: &str, margin: usize) -> String {
    let margin = " ".repeat(margin);
    let mut out = String::new();
    for line in text.trim_end().lines() {
        let mut written = String::new();
        for word in line.split(' ') {
            let fits = written.is_empty() || written.chars().count() + 1 + word.chars().count() <= WIDTH;
            if !fits {
                out.push_str(&format!("{margin}{}\n", written.trim_end()));
                written.clear();
            } else if !written.is_empty() {
                written.push(' ');
            }
            written.push_str(word);
        }
        out.push_str(&format!("{margin}{}\n", written.trim_end()));
    }
    out
}
