//! How `kubectl get` shows each kind: columns and cells.
//!
//! In the real thing the API server makes these cells; they are the same here, so the screen's
//! list and the terminal never disagree.
// Models k8s.io/kubernetes/pkg/printers/internalversion/printers.go AddHandlers

mod config;
mod core;
pub(in crate::shell::kubectl) mod custom;
mod pod;
mod workloads;

use crate::document::InOrder as _;
use crate::document::Value;
use crate::world::SimTime;
use crate::world::api::{Resource, meta};

use super::duration::since;

pub(in crate::shell::kubectl) use core::source as event_source;
pub use pod::status as pod_status;

/// One column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    /// Its heading, as upstream writes it: `Ready`, `Up-to-date`.
    pub name: &'static str,
    /// Whether only `-o wide` shows it.
    pub wide: bool,
}

/// The columns of a kind. A `*` marks those of `-o wide`.
fn specification(resource: Resource) -> &'static str {
    match resource {
        Resource::CONFIG_MAPS => "Name|Data|Age",
        Resource::ENDPOINTS => "Name|Endpoints|Age",
        Resource::EVENTS => "Last Seen|Type|Reason|Object|*Subobject|*Source|Message|*First Seen|*Count|*Name",
        Resource::NAMESPACES => "Name|Status|Age",
        Resource::NODES => {
            "Name|Status|Roles|Age|Version|*Internal-IP|*External-IP|*OS-Image|*Kernel-Version|*Container-Runtime"
        }
        Resource::PERSISTENT_VOLUME_CLAIMS => {
            "Name|Status|Volume|Capacity|Access Modes|StorageClass|VolumeAttributesClass|Age|*VolumeMode"
        }
        Resource::PERSISTENT_VOLUMES => {
            "Name|Capacity|Access Modes|Reclaim Policy|Status|Claim|StorageClass|VolumeAttributesClass|Reason|Age|\
             *VolumeMode"
        }
        Resource::PODS => "Name|Ready|Status|Restarts|Age|*IP|*Node|*Nominated Node|*Readiness Gates",
        Resource::REPLICATION_CONTROLLERS | Resource::REPLICA_SETS => {
            "Name|Desired|Current|Ready|Age|*Containers|*Images|*Selector"
        }
        Resource::RESOURCE_QUOTAS => "Name|Request|Limit|Age",
        Resource::SECRETS => "Name|Type|Data|Age",
        Resource::SERVICE_ACCOUNTS => "Name|Age",
        Resource::SERVICES => "Name|Type|Cluster-IP|External-IP|Port(s)|Age|*Selector",
        Resource::CONTROLLER_REVISIONS => "Name|Controller|Revision|Age",
        Resource::DAEMON_SETS => {
            "Name|Desired|Current|Ready|Up-to-date|Available|Node Selector|Age|*Containers|*Images|*Selector"
        }
        Resource::DEPLOYMENTS => "Name|Ready|Up-to-date|Available|Age|*Containers|*Images|*Selector",
        Resource::STATEFUL_SETS => "Name|Ready|Age|*Containers|*Images",
        Resource::HORIZONTAL_POD_AUTOSCALERS => "Name|Reference|Targets|MinPods|MaxPods|Replicas|Age",
        Resource::CRON_JOBS => "Name|Schedule|Timezone|Suspend|Active|Last Schedule|Age|*Containers|*Images|*Selector",
        Resource::JOBS => "Name|Status|Completions|Duration|Age|*Containers|*Images|*Selector",
        Resource::INGRESS_CLASSES => "Name|Controller|Parameters|Age",
        Resource::INGRESSES => "Name|Class|Hosts|Address|Ports|Age",
        Resource::NETWORK_POLICIES => "Name|Pod-Selector|Age",
        Resource::POD_DISRUPTION_BUDGETS => "Name|Min Available|Max Unavailable|Allowed Disruptions|Age",
        Resource::CLUSTER_ROLE_BINDINGS | Resource::ROLE_BINDINGS => "Name|Role|Age|*Users|*Groups|*ServiceAccounts",
        Resource::STORAGE_CLASSES => "Name|Provisioner|ReclaimPolicy|VolumeBindingMode|AllowVolumeExpansion|Age",
        Resource::PRIORITY_CLASSES => "Name|Value|Global-Default|Age|PreemptionPolicy",
        Resource::LEASES => "Name|Holder|Age",
        Resource::ENDPOINT_SLICES => "Name|AddressType|Ports|Endpoints|Age",
        _ => "Name|Created At",
    }
}

/// The columns of a kind, those of `-o wide` included.
pub fn columns(resource: Resource) -> impl Iterator<Item = Column> {
    specification(resource).split('|').map(|name| match name.strip_prefix('*') {
        Some(name) => Column { name, wide: true },
        None => Column { name, wide: false },
    })
}

/// The cells of an object, one for each of [`columns`].
#[must_use]
pub fn cells(resource: Resource, object: &Value, now: SimTime) -> Vec<String> {
    let name = meta::name(object).to_owned();
    let age = since(object.str_at(&["metadata", "creationTimestamp"]), now);
    let (body, after_age): (Vec<String>, Vec<String>) = match resource {
        Resource::EVENTS => return core::event(object, now),
        Resource::PODS => pod::row(object, now),
        Resource::REPLICATION_CONTROLLERS | Resource::REPLICA_SETS => workloads::replica_set(object),
        Resource::DEPLOYMENTS => workloads::deployment(object),
        Resource::DAEMON_SETS => workloads::daemon_set(object),
        Resource::STATEFUL_SETS => workloads::stateful_set(object),
        Resource::JOBS => workloads::job(object, now),
        Resource::CRON_JOBS => workloads::cron_job(object, now),
        Resource::CONTROLLER_REVISIONS => workloads::controller_revision(object),
        Resource::HORIZONTAL_POD_AUTOSCALERS => workloads::autoscaler(object),
        Resource::NAMESPACES => (vec![object.str_at(&["status", "phase"]).to_owned()], vec![]),
        Resource::NODES => core::node(object),
        Resource::SERVICES => core::service(object),
        Resource::ENDPOINTS => core::endpoints(object),
        Resource::ENDPOINT_SLICES => core::endpoint_slice(object),
        Resource::CONFIG_MAPS => config::config_map(object),
        Resource::SECRETS => config::secret(object),
        Resource::RESOURCE_QUOTAS => config::resource_quota(object),
        Resource::PERSISTENT_VOLUMES => config::persistent_volume(object),
        Resource::PERSISTENT_VOLUME_CLAIMS => config::persistent_volume_claim(object),
        Resource::STORAGE_CLASSES => config::storage_class(object),
        Resource::INGRESSES => config::ingress(object),
        Resource::INGRESS_CLASSES => config::ingress_class(object),
        Resource::NETWORK_POLICIES => config::network_policy(object),
        Resource::POD_DISRUPTION_BUDGETS => config::disruption_budget(object),
        Resource::ROLE_BINDINGS | Resource::CLUSTER_ROLE_BINDINGS => config::role_binding(object),
        Resource::PRIORITY_CLASSES => config::priority_class(object),
        Resource::LEASES => (vec![object.str_at(&["spec", "holderIdentity"]).to_owned()], vec![]),
        Resource::SERVICE_ACCOUNTS => (vec![], vec![]),
        _ => return vec![name, object.str_at(&["metadata", "creationTimestamp"]).to_owned()],
    };
    let name = match resource {
        Resource::STORAGE_CLASSES
            if meta::annotation(object, "storageclass.kubernetes.io/is-default-class") == Some("true") =>
        {
            format!("{name} (default)")
        }
        _ => name,
    };
    std::iter::once(name).chain(body).chain(std::iter::once(age)).chain(after_age).collect()
}

/// A number of the API; absent is 0.
fn count(object: &Value, path: &[&str]) -> String {
    object.int_at(path).unwrap_or_default().to_string()
}

/// A text, or `<none>`.
pub(in crate::shell::kubectl) fn or_none(text: &str) -> String {
    if text.is_empty() { "<none>".to_owned() } else { text.to_owned() }
}

/// `a=1,b=2`, or `<none>`.
// Models labels.FormatLabels
pub(in crate::shell::kubectl) fn labels(map: Option<&Value>) -> String {
    let pairs: Vec<String> = map
        .into_iter()
        .flat_map(Value::entries)
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    or_none(&pairs.join(","))
}

/// A `metav1.LabelSelector` in text form, or `<none>`.
// Models metav1.FormatLabelSelector
pub(in crate::shell::kubectl) fn selector(selector: Option<&Value>) -> String {
    let Some(selector) = selector else { return "<none>".to_owned() };
    let mut parts: Vec<(String, String)> = Vec::new();
    if let Some(map) = selector.get("matchLabels") {
        for (key, value) in map.entries() {
            parts.push((key.to_string(), format!("{key}={}", value.as_str().unwrap_or_default())));
        }
    }
    for expression in selector.items_at(&["matchExpressions"]) {
        let key = expression.str_at(&["key"]);
        let mut values: Vec<&str> = expression.items_at(&["values"]).iter().filter_map(Value::as_str).collect();
        values.order();
        let values = values.join(",");
        let text = match expression.str_at(&["operator"]) {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            _ => "<error>".to_owned(),
        };
        parts.push((key.to_owned(), text));
    }
    parts.order();
    let texts: Vec<String> = parts.into_iter().map(|(_, text)| text).collect();
    or_none(&texts.join(","))
}

/// The names and the images of a template's containers.
// Models layoutContainerCells
fn containers(template: Option<&Value>) -> [String; 2] {
    let column = |field: &str| {
        let containers = template.map(|template| template.items_at(&["spec", "containers"])).unwrap_or_default();
        containers.iter().map(|container| container.str_at(&[field])).collect::<Vec<_>>().join(",")
    };
    [column("name"), column("image")]
}

/// `RWO,ROX`.
// Models k8s.io/kubernetes/pkg/apis/core/v1/helper GetAccessModesAsString
pub(in crate::shell::kubectl) fn access_modes(modes: &[Value]) -> String {
    [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")]
        .into_iter()
        .filter(|(mode, _)| modes.iter().any(|have| have.as_str() == Some(mode)))
        .map(|(_, short)| short)
        .collect::<Vec<_>>()
        .join(",")
}

/// A number or a percentage as it is written.
pub(in crate::shell::kubectl) fn number_or_text(value: Option<&Value>, absent: &str) -> String {
    match value {
        Some(Value::Text(text)) => text.to_string(),
        Some(other) => other.to_string(),
        None => absent.to_owned(),
    }
}
