//! `kubectl get`.
// Models k8s.io/kubectl/pkg/cmd/get/get.go

use crate::document::InOrder as _;
use crate::document::Value;
use crate::world::ChangeKind;
use crate::world::api::custom::Version;
use crate::world::api::{Resource, labels::Selector, meta};

use super::builder::{self, Info, Words};
use super::failure::Failure;
use super::printer::{self, Printer, print_columns};
use super::{Done, Kubectl, table, tabwriter};

/// How many rows of a long table are made before the screen has a turn: as many as kubectl asks
/// the server for at once.
// Models cmdutil.DefaultChunkSize
const SLICE: usize = 500;

/// What is shown of a table.
struct Shape<'a> {
    wide: bool,
    namespaces: bool,
    kinds: bool,
    labels: bool,
    label_columns: Vec<&'a str>,
    headers: bool,
}

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    let from_file = template_from_file(kubectl)?;
    let output = from_file.as_deref().unwrap_or(args.text("output"));
    let printer = match (output, args.value("template")) {
        ("" | "wide", None) => None,
        // `--template` says what the format's own `=` would.
        ("", Some(template)) => Some(Printer::Template(template.to_owned())),
        (format, Some(template)) if !format.contains('=') => Some(Printer::of(&format!("{format}={template}"))?),
        (format, _) => Some(Printer::of(format)?),
    };
    let by_file = args.value("filename").is_some();
    if args.words.is_empty() && !by_file {
        kubectl.client.warn(
            "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of \
             supported resources.\n\n",
        );
        return Err(Failure::plain(
            "Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that \
             resource (e.g. kubectl explain pods).\nSee 'kubectl get -h' for help and examples",
        ));
    }
    if args.is_on("watch") || args.is_on("watch-only") {
        return watch(kubectl, printer.as_ref()).await;
    }
    let found = find(kubectl).await?;
    show(kubectl, printer.as_ref(), found).await
}

/// `jsonpath-file=F` and the like as the format with the file's text.
// Models genericclioptions.JSONPathPrintFlags.ToPrinter and its like
fn template_from_file(kubectl: &Kubectl) -> Result<Option<String>, Failure> {
    let forms = [
        ("jsonpath-file", "jsonpath"),
        ("go-template-file", "go-template"),
        ("templatefile", "template"),
        ("custom-columns-file", "custom-columns"),
    ];
    let Some((format, path)) = kubectl.args.text("output").split_once('=') else { return Ok(None) };
    let Some((_, plain)) = forms.iter().find(|(known, _)| *known == format) else { return Ok(None) };
    match kubectl.client.file(path) {
        None if format == "custom-columns-file" => {
            Err(Failure::Plain(format!("open {path}: no such file or directory")))
        }
        None => {
            Err(Failure::Plain(format!("error reading --template {path}, open {path}: no such file or directory\n")))
        }
        Some(text) if format == "custom-columns-file" => columns_of_file(&text).map(Some),
        Some(text) => Ok(Some(format!("{plain}={text}"))),
    }
}

/// A file of columns: the headers, and their paths below them.
// Models NewCustomColumnsPrinterFromTemplate
fn columns_of_file(text: &str) -> Result<String, Failure> {
    let words = |line: Option<&str>| line.map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    let mut lines = text.lines();
    let (headers, paths) = (words(lines.next()).unwrap_or_default(), words(lines.next()).unwrap_or_default());
    if headers.is_empty() || headers.len() != paths.len() {
        return Err(Failure::Plain(format!(
            "number of headers ({}) and field specifications ({}) don't match",
            headers.len(),
            paths.len()
        )));
    }
    let columns: Vec<String> = headers.iter().zip(&paths).map(|(header, path)| format!("{header}:{path}")).collect();
    Ok(format!("custom-columns={}", columns.join(",")))
}

struct Found {
    items: Vec<Info>,
    failures: Vec<Failure>,
    /// Whether exactly one object was named, so that it is printed by itself.
    single: bool,
    /// Whether every kind that was asked for lives outside namespaces.
    cluster_wide: bool,
    /// How many kinds were asked for.
    kinds: usize,
}

async fn find(kubectl: &Kubectl) -> Result<Found, Failure> {
    let args = &kubectl.args;
    if args.value("filename").is_some() {
        return Ok(find_files(kubectl).await);
    }
    let (mut items, mut failures) = (Vec::new(), Vec::new());
    let (single, resources) = match builder::read_words(kubectl, "get", &args.words)? {
        Words::Names(names) => {
            if ["selector", "field-selector"].iter().any(|flag| !args.text(flag).is_empty()) {
                return Err(Failure::plain("name cannot be provided when a selector is specified"));
            }
            if args.is_on("all-namespaces") {
                return Err(Failure::plain("a resource cannot be retrieved by name across all namespaces"));
            }
            for (resource, name) in &names {
                match kubectl.client.get(&kubectl.key(*resource, name)).await {
                    Ok(object) => items.push(builder::info(*resource, object, "")),
                    Err(error) => failures.push(Failure::from(error)),
                }
            }
            (names.len() == 1, names.iter().map(|(resource, _)| *resource).collect::<Vec<_>>())
        }
        Words::Types(types) => {
            for resource in &types {
                match builder::list(kubectl, *resource).await {
                    Ok(list) => items.extend(list.into_iter().map(|item| builder::info(*resource, item, ""))),
                    Err(failure) => failures.push(failure),
                }
            }
            (false, types)
        }
    };
    if args.is_on("ignore-not-found") {
        failures.retain(|failure| !failure.is_not_found());
    }
    let mut kinds = resources.clone();
    kinds.order();
    kinds.dedup();
    let cluster_wide = resources.iter().all(|resource| !resource.info().namespaced);
    Ok(Found { items, failures, single, cluster_wide, kinds: kinds.len() })
}

async fn find_files(kubectl: &Kubectl) -> Found {
    let (wanted, mut failures) = builder::from_files(kubectl);
    let mut items = Vec::new();
    let single = wanted.len() == 1;
    for info in wanted {
        match kubectl.client.get_in(&info.key(), info.version()).await {
            Ok(object) => items.push(builder::info(info.resource, object, &info.source)),
            Err(error) => failures.push(error.into()),
        }
    }
    let mut kinds: Vec<Resource> = items.iter().map(|info| info.resource).collect();
    kinds.order();
    kinds.dedup();
    Found { items, failures, single, cluster_wide: false, kinds: kinds.len() }
}

async fn show(kubectl: &Kubectl, printer: Option<&Printer>, found: Found) -> Done {
    let args = &kubectl.args;
    let Found { mut items, failures, single, cluster_wide, kinds } = found;
    let sort_by = args.text("sort-by");
    if !sort_by.is_empty() {
        sort(&mut items, sort_by)?;
    }
    match printer {
        None => {
            let shown = !items.is_empty();
            let shape = shape(kubectl, kinds > 1);
            if kubectl.client.is_screen() && items.len() > SLICE {
                print_in_slices(kubectl, &items, &shape).await;
            } else {
                kubectl.client.print(&tables(kubectl, &items, &shape));
            }
            if !shown && failures.is_empty() && !args.is_on("ignore-not-found") {
                nothing_found(kubectl, cluster_wide);
            }
        }
        Some(printer) => {
            if single && items.is_empty() {
                return Failure::of_all(failures);
            }
            print(kubectl, printer, items, single)?;
        }
    }
    Failure::of_all(failures)
}

fn print(kubectl: &Kubectl, printer: &Printer, items: Vec<Info>, single: bool) -> Done {
    let headers = !kubectl.args.is_on("no-headers");
    let mut objects: Vec<Value> = items.into_iter().map(|info| info.object).collect();
    let text = match printer {
        Printer::Name => objects.iter().map(|object| format!("{}\n", printer::name_of(object))).collect(),
        Printer::Columns(columns) => {
            if objects.is_empty() && !headers {
                String::new()
            } else {
                print_columns(columns, &objects, headers)?
            }
        }
        _ if single => printer.print_object(&objects.remove(0))?,
        _ => printer.print_tree(&printer::list_of(objects))?,
    };
    kubectl.client.print(&text);
    Ok(())
}

fn nothing_found(kubectl: &Kubectl, cluster_wide: bool) {
    let everywhere = cluster_wide || kubectl.args.is_on("all-namespaces");
    kubectl.client.warnln(&if everywhere {
        "No resources found".to_owned()
    } else {
        format!("No resources found in {} namespace.", kubectl.namespace)
    });
}

fn shape<'a>(kubectl: &'a Kubectl, several: bool) -> Shape<'a> {
    let args = &kubectl.args;
    Shape {
        wide: args.text("output") == "wide",
        namespaces: args.is_on("all-namespaces"),
        kinds: several || args.is_on("show-kind"),
        labels: args.is_on("show-labels"),
        label_columns: args.list("label-columns").collect(),
        headers: !args.is_on("no-headers"),
    }
}

/// The tables, one for each run of objects of a kind, with an empty line between them.
fn tables(kubectl: &Kubectl, items: &[Info], shape: &Shape<'_>) -> String {
    items
        .chunk_by(|left, right| left.resource == right.resource)
        .filter_map(|run| {
            let resource = run.first()?.resource;
            let mut text = String::new();
            if shape.headers {
                text.push_str(&header(kubectl, resource, shape));
            }
            for info in run {
                text.push_str(&row(kubectl, resource, &info.object, shape));
            }
            Some(tabwriter::align(&text, 6, 3))
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// The same on a screen that somebody looks at: a slice at a time, so that the first is there at
/// once and nothing blocks. A later slice may be wider than those before.
async fn print_in_slices(kubectl: &Kubectl, items: &[Info], shape: &Shape<'_>) {
    for (index, run) in items.chunk_by(|left, right| left.resource == right.resource).enumerate() {
        let Some(resource) = run.first().map(|info| info.resource) else { continue };
        let mut columns = Remembered::default();
        let mut text = if index > 0 { "\n".to_owned() } else { String::new() };
        if shape.headers {
            text.push_str(&header(kubectl, resource, shape));
        }
        for slice in run.chunks(SLICE) {
            for info in slice {
                text.push_str(&row(kubectl, resource, &info.object, shape));
            }
            kubectl.client.print(&columns.align(&text));
            text.clear();
            kubectl.client.breathe().await;
        }
    }
}

/// The columns of a kind, each with whether only `-o wide` shows it.
fn columns(kubectl: &Kubectl, resource: Resource) -> Vec<(String, bool)> {
    match version(kubectl, resource) {
        Some(version) => table::custom::columns(version),
        None => table::columns(resource).map(|column| (column.name.to_owned(), column.wide)).collect(),
    }
}

/// The preferred version of a custom kind.
fn version(kubectl: &Kubectl, resource: Resource) -> Option<&Version> {
    kubectl.custom.of(resource).and_then(|definition| definition.version(""))
}

fn header(kubectl: &Kubectl, resource: Resource, shape: &Shape<'_>) -> String {
    let mut names: Vec<String> = Vec::new();
    if shape.namespaces && resource.info().namespaced {
        names.push("NAMESPACE".to_owned());
    }
    let shown = columns(kubectl, resource).into_iter().filter(|(_, is_wide)| shape.wide || !is_wide);
    names.extend(shown.map(|(name, _)| name.to_uppercase()));
    // Models printers.formatLabelHeaders
    for label in &shape.label_columns {
        names.push(label.rsplit('/').next().unwrap_or(label).to_uppercase());
    }
    if shape.labels {
        names.push("LABELS".to_owned());
    }
    format!("{}\n", names.join("\t"))
}

fn row(kubectl: &Kubectl, resource: Resource, object: &Value, shape: &Shape<'_>) -> String {
    let now = kubectl.client.now();
    let cells = match version(kubectl, resource) {
        Some(version) => table::custom::cells(version, object, now),
        None => table::cells(resource, object, now),
    };
    let mut line: Vec<String> = Vec::new();
    if shape.namespaces && resource.info().namespaced {
        line.push(meta::namespace(object).to_owned());
    }
    for ((name, is_wide), cell) in columns(kubectl, resource).into_iter().zip(cells) {
        if is_wide && !shape.wide {
            continue;
        }
        let cell = one_line(&cell);
        let is_name = name == "Name" && shape.kinds;
        line.push(if is_name { format!("{}/{cell}", printer::singular(resource)) } else { cell });
    }
    for label in &shape.label_columns {
        line.push(meta::label(object, label).map_or("<none>".to_owned(), str::to_owned));
    }
    if shape.labels {
        line.push(table::labels(object.at(&["metadata", "labels"])));
    }
    format!("{}\n", line.join("\t"))
}

/// What follows a line break is not shown in a table.
// Models printers.printRows
fn one_line(cell: &str) -> String {
    match cell.find(['\n', '\r', '\u{c}']) {
        Some(at) => format!("{}...", &cell[..at]),
        None => cell.to_owned(),
    }
}

/// `--sort-by`.
// Models get/sorter.go SortObjects
fn sort(items: &mut Vec<Info>, path: &str) -> Done {
    let mut keyed = Vec::new();
    for info in items.drain(..) {
        let found = printer::find(path, &info.object)?;
        keyed.push((found.into_iter().next(), info));
    }
    // Upstream's sorter gives up where no object has the field, and shows nothing.
    if keyed.iter().all(|(key, _)| key.is_none()) {
        return Ok(());
    }
    keyed.order_by(|(left, _), (right, _)| left.cmp(right));
    items.extend(keyed.into_iter().map(|(_, info)| info));
    Ok(())
}

/// `get -w`: what is there, then every change until Ctrl+C.
// Models GetOptions.watch
async fn watch(kubectl: &Kubectl, printer: Option<&Printer>) -> Done {
    let args = &kubectl.args;
    let mut seen = kubectl.client.revision();
    let found = find(kubectl).await?;
    let resource = match builder::read_words(kubectl, "get", &args.words)? {
        Words::Types(types) => types.first().copied(),
        Words::Names(names) => names.first().map(|(resource, _)| *resource),
    };
    let Some(resource) = resource.filter(|_| found.kinds == 1) else {
        return Err(Failure::plain("you may only specify a single resource type"));
    };
    Failure::of_all(found.failures)?;
    let only: Option<String> = found.items.first().filter(|_| found.single).map(|info| info.name.clone());
    let selector = Selector::parse(args.text("selector")).map_err(Failure::Plain)?;
    let shape = shape(kubectl, false);
    let mut columns = Remembered::default();
    let mut headers = shape.headers;
    let mut emit = |object: &Value| -> Done {
        let text = match printer {
            Some(printer) => printer.print_object(object)?,
            None => {
                let head = if std::mem::take(&mut headers) { header(kubectl, resource, &shape) } else { String::new() };
                columns.align(&format!("{head}{}", row(kubectl, resource, object, &shape)))
            }
        };
        kubectl.client.print(&text);
        Ok(())
    };
    if !args.is_on("watch-only") {
        for info in &found.items {
            emit(&info.object)?;
        }
    }
    loop {
        kubectl.client.changed(seen, None).await;
        let now = kubectl.client.revision();
        let events = kubectl.client.watch(resource, seen).await?;
        seen = now;
        for event in events {
            let object = &event.object;
            let here = args.is_on("all-namespaces")
                || !resource.info().namespaced
                || meta::namespace(object) == kubectl.namespace;
            let wanted = only.as_deref().is_none_or(|name| name == meta::name(object));
            if here && wanted && selector.matches(meta::labels(object)) {
                let mut object = object.clone();
                if event.kind == ChangeKind::Deleted && args.is_on("output-watch-events") {
                    object.set(&["metadata", "deletionTimestamp"], kubectl.client.now().rfc3339());
                }
                emit(&object)?;
            }
        }
    }
}

/// Columns that keep their widths from one print to the next, as a watch's table does.
// Models tabwriter.RememberWidths
#[derive(Default)]
struct Remembered(Vec<usize>);

impl Remembered {
    fn align(&mut self, text: &str) -> String {
        let mut out = String::new();
        for line in text.lines() {
            let cells: Vec<&str> = line.split('\t').collect();
            for (index, cell) in cells.iter().enumerate() {
                let wanted = (cell.chars().count() + 3).max(6);
                match self.0.get_mut(index) {
                    Some(width) => *width = wanted.max(*width),
                    None => self.0.push(wanted),
                }
            }
        }
        for line in text.lines() {
            let cells: Vec<&str> = line.split('\t').collect();
            for (index, cell) in cells.iter().enumerate() {
                out.push_str(cell);
                if index + 1 < cells.len() {
                    let width = self.0.get(index).copied().unwrap_or_default();
                    out.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count())));
                }
            }
            out.push('\n');
        }
        out
    }
}
