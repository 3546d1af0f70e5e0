//! `kubectl top nodes | pods`: what the metrics server has measured.
// Models k8s.io/kubectl/pkg/cmd/top and pkg/metricsutil/metrics_printer.go

use crate::document::InOrder as _;
use crate::document::Value;
use crate::world::api::quantity::Quantity;
use crate::world::api::{ApiError, Key, Reason, Request, Resource, Verb, meta};

use super::failure::Failure;
use super::{Done, Kubectl, tabwriter};

const USAGE: &str = "Display resource (CPU/memory) usage.\n\nAvailable Commands:\n  node          Display resource (CPU/memory) \
                     usage of nodes\n  pod           Display resource (CPU/memory) usage of pods\n\nUsage:\n  kubectl top \
                     [flags] [options]";

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    let (kind, names) = match kubectl.args.words.split_first() {
        Some((kind, names)) => (kind.as_str(), names),
        None => {
            kubectl.client.println(USAGE);
            return Ok(());
        }
    };
    if !matches!(kubectl.args.text("sort-by"), "" | "cpu" | "memory") {
        return Err(Failure::plain("--sort-by accepts only cpu or memory"));
    }
    if names.len() > 1 {
        let said = format!("unexpected arguments: {names:?}\nSee 'kubectl top {kind} -h' for help and examples");
        return Err(Failure::Plain(said));
    }
    let name = names.first().map_or("", String::as_str);
    match kind {
        "node" | "nodes" | "no" => nodes(kubectl, name).await,
        "pod" | "pods" | "po" => pods(kubectl, name).await,
        _ => Err(Failure::Plain(format!("unknown command \"{kind}\" for \"kubectl top\""))),
    }
}

/// CPU in thousandths of a core, memory in bytes.
#[derive(Clone, Copy, Default)]
struct Usage {
    milli: i64,
    bytes: i64,
}

impl Usage {
    fn of(usage: Option<&Value>) -> Self {
        let amount = |name: &str| usage.and_then(|usage| usage.get(name)).map(Quantity::of);
        let narrow = |number: i128| i64::try_from(number).unwrap_or(i64::MAX);
        Self {
            milli: amount("cpu").map_or(0, |cpu| narrow(cpu.milli())),
            bytes: amount("memory").map_or(0, |memory| narrow(memory.milli() / 1000)),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self { milli: self.milli + other.milli, bytes: self.bytes + other.bytes }
    }

    /// What is sorted by: the largest first.
    fn rank(self, by: &str) -> i64 {
        -(if by == "cpu" { self.milli } else { self.bytes })
    }
}

/// A column of `all` that says how much of `available` that is.
fn share(used: i64, available: i64) -> String {
    if available > 0 { format!("{}%", used.saturating_mul(100) / available) } else { "<unknown>".to_owned() }
}

const MEBI: i64 = 1 << 20;

/// What is measured of a resource; without a metrics server its group is not there to be asked.
async fn measured(kubectl: &Kubectl, resource: Resource, namespace: &str, name: &str) -> Result<Vec<Value>, Failure> {
    let user = kubectl.client.user.clone();
    let request = if name.is_empty() {
        let mut request = Request::list(user, resource, namespace);
        request.options.label_selector = kubectl.args.text("selector").into();
        request
    } else {
        Request::new(user, Verb::Get, &Key::new(resource, namespace, name))
    };
    // Models SupportedMetricsAPIVersionAvailable
    let is_absent = |error: &ApiError| {
        error.reason == Reason::NotFound && error.message.ends_with("could not find the requested resource")
    };
    match kubectl.client.request(request).await {
        Ok(reply) if name.is_empty() => Ok(reply.into_items()),
        Ok(reply) => Ok(vec![reply.into_object()]),
        Err(error) if is_absent(&error) => Err(Failure::plain("Metrics API not available")),
        Err(error) => Err(error.into()),
    }
}

async fn nodes(kubectl: &Kubectl, name: &str) -> Done {
    let args = &kubectl.args;
    let mut found: Vec<(String, Usage)> = measured(kubectl, Resource::NODE_METRICS, "", name)
        .await?
        .iter()
        .map(|node| (meta::name(node).to_owned(), Usage::of(node.get("usage"))))
        .collect();
    if found.is_empty() {
        return Err(Failure::plain("metrics not available yet"));
    }
    let by = args.text("sort-by");
    match by {
        "" => found.order_by_key(|(name, _)| name.clone()),
        by => found.order_by_key(|(name, usage)| (usage.rank(by), name.clone())),
    }
    let every = kubectl.client.list(Resource::NODES, "").await?;
    let which = if args.is_on("show-capacity") { "capacity" } else { "allocatable" };
    let mut text = String::new();
    if !args.is_on("no-headers") {
        text.push_str("NAME\tCPU(cores)\tCPU(%)\tMEMORY(bytes)\tMEMORY(%)\t\n");
    }
    for (name, usage) in &found {
        let node = every.iter().find(|node| meta::name(node) == name);
        let has = Usage::of(node.and_then(|node| node.at(&["status", which])));
        text.push_str(&format!(
            "{name}\t{}m\t{}\t{}Mi\t{}\t\n",
            usage.milli,
            share(usage.milli, has.milli),
            usage.bytes / MEBI,
            share(usage.bytes, has.bytes)
        ));
    }
    // Who is not measured is named all the same.
    let is_unmeasured = |node: &&Value| name.is_empty() && !found.iter().any(|(known, _)| known == meta::name(node));
    for node in every.iter().filter(is_unmeasured) {
        text.push_str(&format!("{}\t<unknown>\t<unknown>\t<unknown>\t<unknown>\t\n", meta::name(node)));
    }
    kubectl.client.print(&tabwriter::align(&text, 6, 3));
    Ok(())
}

/// One row of `top pods`.
struct Row {
    namespace: String,
    pod: String,
    container: String,
    usage: Usage,
}

async fn pods(kubectl: &Kubectl, name: &str) -> Done {
    let args = &kubectl.args;
    let is_everywhere = args.is_on("all-namespaces");
    let namespace = if is_everywhere { "" } else { kubectl.namespace.as_str() };
    let pods = measured(kubectl, Resource::POD_METRICS, namespace, name).await?;
    if pods.is_empty() {
        // Models verifyEmptyMetrics
        let there = kubectl.client.list(Resource::PODS, namespace).await?;
        if !there.is_empty() {
            return Err(Failure::plain("metrics not available yet"));
        }
        let place = if is_everywhere { String::new() } else { format!(" in {namespace} namespace.") };
        kubectl.client.warnln(&format!("No resources found{place}"));
        return Ok(());
    }
    let by_container = args.is_on("containers");
    let mut rows = Vec::new();
    for pod in &pods {
        let row = |container: &str, usage: Usage| Row {
            namespace: meta::namespace(pod).to_owned(),
            pod: meta::name(pod).to_owned(),
            container: container.to_owned(),
            usage,
        };
        let containers = pod.items_at(&["containers"]).iter();
        let each = containers.map(|it| (it.str_at(&["name"]), Usage::of(it.get("usage"))));
        if by_container {
            rows.extend(each.map(|(name, usage)| row(name, usage)));
        } else {
            rows.push(row("", each.fold(Usage::default(), |sum, (_, usage)| sum.plus(usage))));
        }
    }
    let key = |row: &Row| (row.namespace.clone(), row.pod.clone(), row.container.clone());
    match args.text("sort-by") {
        "" => rows.order_by_key(key),
        by => rows.order_by_key(|row| (row.usage.rank(by), key(row))),
    }
    kubectl.client.print(&tabwriter::align(&table(&rows, kubectl), 6, 3));
    Ok(())
}

fn table(rows: &[Row], kubectl: &Kubectl) -> String {
    let args = &kubectl.args;
    let (is_everywhere, by_container) = (args.is_on("all-namespaces"), args.is_on("containers"));
    let mut text = String::new();
    if !args.is_on("no-headers") {
        let first = if is_everywhere { "NAMESPACE\t" } else { "" };
        let second = if by_container { "POD\tNAME\t" } else { "NAME\t" };
        text.push_str(&format!("{first}{second}CPU(cores)\tMEMORY(bytes)\t\n"));
    }
    let mut sum = Usage::default();
    for row in rows {
        if is_everywhere {
            text.push_str(&format!("{}\t", row.namespace));
        }
        let names = if by_container { format!("{}\t{}", row.pod, row.container) } else { row.pod.clone() };
        text.push_str(&format!("{names}\t{}m\t{}Mi\t\n", row.usage.milli, row.usage.bytes / MEBI));
        sum = sum.plus(row.usage);
    }
    if args.is_on("sum") {
        let empty = "\t".repeat(usize::from(is_everywhere) + usize::from(by_container));
        text.push_str(&format!("{empty}\t________\t________\t\n{empty}\t{}m\t{}Mi\t\n", sum.milli, sum.bytes / MEBI));
    }
    text
}
