//! `kubectl describe`.
// Models k8s.io/kubectl/pkg/cmd/describe and pkg/describe/describe.go

mod autoscaler;
mod cluster;
mod config;
mod generic;
mod pod;
mod service;
mod workloads;

use crate::document::InOrder as _;
use crate::document::Value;
use crate::world::SimTime;
use crate::world::api::{Resource, meta};

use super::apply::LAST_APPLIED;
use super::builder::{self, Info, Words};
use super::failure::Failure;
use super::{Done, Kubectl, since, table, tabwriter};

pub(super) use pod::template as write_template;

/// Annotations longer than this go on lines of their own.
const ANNOTATION_MAX: usize = 140;

/// Text that is being written; columns end at tabs.
#[derive(Default)]
pub(super) struct Page(String);

impl Page {
    /// A line `level` steps in.
    pub fn line(&mut self, level: usize, text: &str) {
        for _ in 0..level {
            self.0.push_str("  ");
        }
        self.0.push_str(text);
        self.0.push('\n');
    }

    /// `Name:\tvalue`.
    pub fn field(&mut self, level: usize, name: &str, value: &str) {
        self.line(level, &format!("{name}:\t{value}"));
    }

    /// The page with its columns aligned.
    pub fn aligned(&self) -> String {
        tabwriter::align(&self.0, 0, 2)
    }

    /// `Labels:` and the like, one pair a line.
    // Models printLabelsMultilineWithIndent
    pub fn pairs(&mut self, indent: &str, title: &str, map: Option<&Value>, skip: &[&str]) {
        let pairs: Vec<String> = map
            .into_iter()
            .flat_map(Value::entries)
            .filter(|(key, _)| !skip.contains(&&***key))
            .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
            .collect();
        self.several(indent, title, &pairs);
    }

    /// A title, and its values one a line.
    pub fn several(&mut self, indent: &str, title: &str, values: &[String]) {
        let none = ["<none>".to_owned()];
        let values = if values.is_empty() { &none[..] } else { values };
        for (index, value) in values.iter().enumerate() {
            let head = if index == 0 { format!("{title}:") } else { String::new() };
            self.0.push_str(&format!("{indent}{head}\t{value}\n"));
        }
    }

    /// `Annotations:`.
    // Models printAnnotationsMultilineWithIndent
    pub fn annotations(&mut self, indent: &str, object: &Value) {
        let annotations: Vec<(&str, &str)> = object
            .at(&["metadata", "annotations"])
            .into_iter()
            .flat_map(Value::entries)
            .filter(|(key, _)| &***key != LAST_APPLIED)
            .map(|(key, value)| (&**key, value.as_str().unwrap_or_default().trim_end_matches('\n')))
            .collect();
        if annotations.is_empty() {
            self.0.push_str(&format!("{indent}Annotations:\t<none>\n"));
        }
        for (index, (key, value)) in annotations.iter().enumerate() {
            let head = if index == 0 { "Annotations:" } else { "" };
            if key.len() + value.len() + 2 > ANNOTATION_MAX || value.contains('\n') {
                self.0.push_str(&format!("{indent}{head}\t{key}:\n"));
                for line in value.split('\n') {
                    self.0.push_str(&format!("{indent}\t  {}\n", shortened(line)));
                }
            } else {
                self.0.push_str(&format!("{indent}{head}\t{key}: {value}\n"));
            }
        }
    }

    /// Name, namespace, labels, annotations, in the usual order.
    pub fn head(&mut self, object: &Value) {
        self.field(0, "Name", meta::name(object));
        if !meta::namespace(object).is_empty() {
            self.field(0, "Namespace", meta::namespace(object));
        }
        self.labels(object);
        self.annotations("", object);
    }

    pub fn labels(&mut self, object: &Value) {
        self.pairs("", "Labels", object.at(&["metadata", "labels"]), &[]);
    }

    /// The Events about an object.
    // Models DescribeEvents
    pub fn events(&mut self, events: &[Value], now: SimTime) {
        if events.is_empty() {
            self.line(0, "Events:\t<none>");
            return;
        }
        self.line(0, "Events:\n  Type\tReason\tAge\tFrom\tMessage");
        self.line(1, "----\t------\t----\t----\t-------");
        for event in events {
            let first = since(or(event.str_at(&["eventTime"]), event.str_at(&["firstTimestamp"])), now);
            let count = event.int_at(&["count"]).unwrap_or_default();
            let age = if count > 1 {
                format!("{} (x{count} over {first})", since(event.str_at(&["lastTimestamp"]), now))
            } else {
                first
            };
            let cells = [
                event.str_at(&["type"]),
                event.str_at(&["reason"]),
                &age,
                &table::event_source(event),
                event.str_at(&["message"]).trim(),
            ];
            self.line(1, &cells.join("\t"));
        }
    }
}

/// The first that is not empty.
fn or<'a>(first: &'a str, second: &'a str) -> &'a str {
    if first.is_empty() { second } else { first }
}

fn shortened(line: &str) -> String {
    const LONGEST: usize = ANNOTATION_MAX - 2;
    if line.len() > LONGEST {
        format!("{}...", line.chars().take(LONGEST).collect::<String>())
    } else {
        line.to_owned()
    }
}

/// `Mon, 05 Jan 2026 00:00:10 +0000`.
// Models time.RFC1123Z
pub(super) fn spoken(moment: &str) -> String {
    let Some(time) = SimTime::parse_rfc3339(moment) else { return "<unset>".to_owned() };
    let days = time.unix_seconds() / 86_400;
    // 1 January 1970 was a Thursday.
    let weekday =
        ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"].get((days % 7) as usize).copied().unwrap_or_default();
    let month = moment.get(5..7).and_then(|month| month.parse::<usize>().ok()).unwrap_or(1);
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.get(month.saturating_sub(1)).copied().unwrap_or_default();
    let part = |from: usize, to: usize| moment.get(from..to).unwrap_or_default();
    format!("{weekday}, {} {month} {} {} +0000", part(8, 10), part(0, 4), part(11, 19))
}

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    if args.words.is_empty() && args.value("filename").is_none() {
        return Err(Failure::plain(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of \
             supported resources.",
        ));
    }
    let (infos, mut failures, everything) = find(kubectl).await?;
    let mut first = true;
    for info in &infos {
        match describe(kubectl, info).await {
            Ok(text) => {
                if !std::mem::take(&mut first) {
                    kubectl.client.print("\n\n");
                }
                kubectl.client.print(&text);
            }
            Err(failure) => failures.push(failure),
        }
    }
    if infos.is_empty() && failures.is_empty() && everything {
        kubectl.client.warnln(&if args.is_on("all-namespaces") {
            "No resources found".to_owned()
        } else {
            format!("No resources found in {} namespace.", kubectl.namespace)
        });
    }
    Failure::of_all(failures)
}

async fn find(kubectl: &Kubectl) -> Result<(Vec<Info>, Vec<Failure>, bool), Failure> {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    if kubectl.args.value("filename").is_some() {
        let (infos, mut failures) = builder::from_files(kubectl);
        for info in infos {
            match kubectl.client.get(&info.key()).await {
                Ok(object) => found.push(Info { object, ..info }),
                Err(error) => failures.push(error.into()),
            }
        }
        return Ok((found, failures, false));
    }
    match builder::read_words(kubectl, "describe", &kubectl.args.words)? {
        Words::Names(names) => {
            for (resource, name) in names {
                match kubectl.client.get(&kubectl.key(resource, &name)).await {
                    Ok(object) => found.push(builder::info(resource, object, "")),
                    Err(error) if error.reason == crate::world::api::Reason::NotFound => {
                        match by_prefix(kubectl, resource, &name).await {
                            some if some.is_empty() => failures.push(error.into()),
                            some => found.extend(some),
                        }
                    }
                    Err(error) => failures.push(error.into()),
                }
            }
            Ok((found, failures, false))
        }
        Words::Types(types) => {
            for resource in types {
                let items = builder::list(kubectl, resource).await?;
                found.extend(items.into_iter().map(|item| builder::info(resource, item, "")));
            }
            Ok((found, failures, true))
        }
    }
}

/// A name that is not there may be the beginning of some that are.
// Models DescribeMatchingResources
async fn by_prefix(kubectl: &Kubectl, resource: Resource, prefix: &str) -> Vec<Info> {
    let items = kubectl.client.list(resource, &kubectl.namespace).await.unwrap_or_default();
    items
        .into_iter()
        .filter(|item| meta::name(item).starts_with(prefix))
        .map(|item| builder::info(resource, item, ""))
        .collect()
}

/// The Events about an object, oldest first.
async fn events_about(kubectl: &Kubectl, object: &Value) -> Result<Vec<Value>, Failure> {
    if kubectl.args.value("show-events") == Some("false") {
        return Ok(Vec::new());
    }
    let namespace = if meta::namespace(object).is_empty() { "default" } else { meta::namespace(object) };
    let mut events = kubectl.client.list(Resource::EVENTS, namespace).await?;
    let uid = meta::uid(object);
    events.retain(|event| {
        let about = |field: &str| event.str_at(&["involvedObject", field]);
        about("kind") == meta::kind(object)
            && about("name") == meta::name(object)
            && (about("uid") == uid || meta::kind(object) == "Node")
    });
    // Models util/event SortableEvents
    events.order_by(|left, right| {
        let time = |event: &Value| or(event.str_at(&["lastTimestamp"]), event.str_at(&["eventTime"])).to_owned();
        let order = |event: &Value| meta::resource_version(event).parse::<u64>().unwrap_or_default();
        (time(left), order(left)).cmp(&(time(right), order(right)))
    });
    Ok(events)
}

async fn describe(kubectl: &Kubectl, info: &Info) -> Result<String, Failure> {
    let mut page = Page::default();
    let object = &info.object;
    let has_events = match info.resource {
        Resource::PODS => pod::describe(&mut page, object, kubectl.client.now()),
        Resource::DEPLOYMENTS => workloads::deployment(kubectl, &mut page, object).await?,
        Resource::REPLICA_SETS => workloads::replica_set(kubectl, &mut page, object).await?,
        Resource::STATEFUL_SETS => workloads::stateful_set(kubectl, &mut page, object).await?,
        Resource::DAEMON_SETS => workloads::daemon_set(kubectl, &mut page, object).await?,
        Resource::JOBS => workloads::job(&mut page, object),
        Resource::CRON_JOBS => workloads::cron_job(&mut page, object),
        Resource::SERVICES => service::service(kubectl, &mut page, object).await?,
        Resource::INGRESSES => service::ingress(kubectl, &mut page, object).await?,
        Resource::ENDPOINT_SLICES => service::endpoint_slice(&mut page, object),
        Resource::ENDPOINTS => service::endpoints(&mut page, object),
        Resource::INGRESS_CLASSES => service::ingress_class(&mut page, object),
        Resource::HORIZONTAL_POD_AUTOSCALERS => autoscaler::describe(&mut page, object),
        Resource::REPLICATION_CONTROLLERS => workloads::replication_controller(kubectl, &mut page, object).await?,
        Resource::NETWORK_POLICIES => config::network_policy(&mut page, object),
        Resource::NODES => cluster::node(kubectl, &mut page, object).await?,
        Resource::NAMESPACES => cluster::namespace(kubectl, &mut page, object).await?,
        Resource::RESOURCE_QUOTAS => cluster::quota(&mut page, object),
        Resource::LIMIT_RANGES => cluster::limit_range(&mut page, object),
        Resource::POD_DISRUPTION_BUDGETS => config::disruption_budget(&mut page, object),
        Resource::PERSISTENT_VOLUMES => config::persistent_volume(&mut page, object, kubectl.client.now()),
        Resource::PERSISTENT_VOLUME_CLAIMS => config::claim(kubectl, &mut page, object).await?,
        Resource::CONFIG_MAPS => config::config_map(&mut page, object),
        Resource::SECRETS => config::secret(&mut page, object),
        Resource::SERVICE_ACCOUNTS => config::service_account(&mut page, object),
        Resource::ROLES | Resource::CLUSTER_ROLES => config::role(&mut page, object),
        Resource::ROLE_BINDINGS | Resource::CLUSTER_ROLE_BINDINGS => config::role_binding(&mut page, object),
        Resource::STORAGE_CLASSES => config::storage_class(&mut page, object),
        Resource::PRIORITY_CLASSES => config::priority_class(&mut page, object),
        _ => generic::any(&mut page, object),
    };
    if has_events {
        let events = events_about(kubectl, object).await?;
        page.events(&events, kubectl.client.now());
    }
    Ok(page.aligned())
}

/// `Pod Template:` as `rollout undo --dry-run` prints it, its columns parted by tabs.
pub(super) fn raw_pod_template(template: &Value) -> String {
    let mut page = Page::default();
    write_template(&mut page, template);
    page.0
}

/// `Pod Template:` as `rollout history --revision` prints it.
pub(super) fn pod_template(template: &Value) -> String {
    let mut page = Page::default();
    write_template(&mut page, template);
    page.aligned()
}
