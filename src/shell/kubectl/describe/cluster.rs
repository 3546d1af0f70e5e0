//! Nodes, namespaces, and what limits them.
// Models k8s.io/kubectl/pkg/describe/describe.go

use crate::document::InOrder as _;
use crate::document::Value;
use crate::world::api::{Key, Resource, meta, quantity::Quantity};

use super::super::{Kubectl, since, table};
use super::{Failure, Page, spoken};

// Models describeNode
pub(super) async fn node(kubectl: &Kubectl, page: &mut Page, node: &Value) -> Result<bool, Failure> {
    let name = meta::name(node);
    page.field(0, "Name", name);
    let roles: Vec<&str> = node
        .at(&["metadata", "labels"])
        .into_iter()
        .flat_map(Value::entries)
        .filter_map(|(key, _)| key.strip_prefix("node-role.kubernetes.io/"))
        .collect();
    page.field(0, "Roles", &table::or_none(&roles.join(",")));
    page.labels(node);
    page.annotations("", node);
    page.field(0, "CreationTimestamp", &spoken(node.str_at(&["metadata", "creationTimestamp"])));
    page.several("", "Taints", &taints(node));
    page.field(0, "Unschedulable", &node.is_true_at(&["spec", "unschedulable"]).to_string());
    let lease = kubectl.client.get(&Key::new(Resource::LEASES, "kube-node-lease", name)).await.ok();
    if lease.is_none() {
        let why = format!("leases.coordination.k8s.io \"{name}\" not found");
        page.field(0, "Lease", &format!("Failed to get lease: {why}"));
    }
    if let Some(lease) = &lease {
        page.line(0, "Lease:");
        let holder = lease.str_at(&["spec", "holderIdentity"]);
        page.field(1, "HolderIdentity", if holder.is_empty() { "<unset>" } else { holder });
        page.field(1, "AcquireTime", &spoken(lease.str_at(&["spec", "acquireTime"])));
        page.field(1, "RenewTime", &spoken(lease.str_at(&["spec", "renewTime"])));
    }
    conditions(page, node);
    page.line(0, "Addresses:");
    for address in node.items_at(&["status", "addresses"]) {
        page.field(1, address.str_at(&["type"]), address.str_at(&["address"]));
    }
    for (title, field) in [("Capacity", "capacity"), ("Allocatable", "allocatable")] {
        page.line(0, &format!("{title}:"));
        for (resource, quantity) in node.at(&["status", field]).into_iter().flat_map(Value::entries) {
            page.field(1, resource, &table::number_or_text(Some(quantity), ""));
        }
    }
    system(page, node);
    for (title, field) in [("PodCIDR", "podCIDR"), ("ProviderID", "providerID")] {
        if !node.str_at(&["spec", field]).is_empty() {
            page.field(0, title, node.str_at(&["spec", field]));
        }
        let blocks: Vec<&str> = node.items_at(&["spec", "podCIDRs"]).iter().filter_map(Value::as_str).collect();
        if field == "podCIDR" && !blocks.is_empty() {
            page.field(0, "PodCIDRs", &blocks.join(","));
        }
    }
    pods(kubectl, page, node).await?;
    Ok(true)
}

/// `key=value:effect`.
// Models printNodeTaintsMultiline
fn taints(node: &Value) -> Vec<String> {
    let mut texts: Vec<String> = node
        .items_at(&["spec", "taints"])
        .iter()
        .map(|taint| {
            let value = taint.str_at(&["value"]);
            let value = if value.is_empty() { String::new() } else { format!("={value}") };
            format!("{}{value}:{}", taint.str_at(&["key"]), taint.str_at(&["effect"]))
        })
        .collect();
    texts.order();
    texts
}

fn conditions(page: &mut Page, node: &Value) {
    let conditions = node.items_at(&["status", "conditions"]);
    if conditions.is_empty() {
        return;
    }
    page.line(0, "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
    page.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
    for condition in conditions {
        let part = |field: &str| condition.str_at(&[field]);
        page.line(
            1,
            &format!(
                "{} \t{} \t{} \t{} \t{} \t{}",
                part("type"),
                part("status"),
                spoken(part("lastHeartbeatTime")),
                spoken(part("lastTransitionTime")),
                part("reason"),
                part("message")
            ),
        );
    }
}

fn system(page: &mut Page, node: &Value) {
    page.line(0, "System Info:");
    for (title, field) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
        ("Kube-Proxy Version", "kubeProxyVersion"),
    ] {
        page.field(1, title, node.str_at(&["status", "nodeInfo", field]));
    }
}

const RESOURCES: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

/// What a Pod asks for, or may use at most.
// Models resourcehelper.PodRequests and PodLimits
fn asked(pod: &Value, kind: &str, resource: &str) -> Quantity {
    let of = |container: &Value| container.at(&["resources", kind, resource]).map_or(Quantity::whole(0), Quantity::of);
    let mut total = Quantity::whole(0);
    for container in pod.items_at(&["spec", "containers"]) {
        total = total.plus(of(container));
    }
    for container in pod.items_at(&["spec", "initContainers"]) {
        let need = of(container);
        if container.str_at(&["restartPolicy"]) == "Always" {
            total = total.plus(need);
        } else if need.milli() > total.milli() {
            total = need;
        }
    }
    total
}

/// `250m (6%)`.
fn share(quantity: &Quantity, node: &Value, resource: &str) -> String {
    let all = node
        .at(&["status", "allocatable", resource])
        .or(node.at(&["status", "capacity", resource]))
        .map_or(Quantity::whole(0), Quantity::of);
    let percent = if all.is_zero() { 0 } else { quantity.milli() * 100 / all.milli() };
    format!("{quantity} ({percent}%)")
}

// Models describeNodeResource
async fn pods(kubectl: &Kubectl, page: &mut Page, node: &Value) -> Result<(), Failure> {
    let mut pods = kubectl.client.list(Resource::PODS, "").await?;
    pods.retain(|pod| {
        pod.str_at(&["spec", "nodeName"]) == meta::name(node)
            && !matches!(pod.str_at(&["status", "phase"]), "Succeeded" | "Failed")
    });
    page.line(0, &format!("Non-terminated Pods:\t({} in total)", pods.len()));
    page.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    page.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    for pod in &pods {
        let cell = |kind: &str, resource: &str| share(&asked(pod, kind, resource), node, resource);
        page.line(
            1,
            &format!(
                "{}\t{}\t\t{}\t{}\t{}\t{}\t{}",
                meta::namespace(pod),
                meta::name(pod),
                cell("requests", "cpu"),
                cell("limits", "cpu"),
                cell("requests", "memory"),
                cell("limits", "memory"),
                since(pod.str_at(&["metadata", "creationTimestamp"]), kubectl.client.now())
            ),
        );
    }
    page.line(0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)");
    page.line(1, "Resource\tRequests\tLimits");
    page.line(1, "--------\t--------\t------");
    let sum = |kind: &str, resource: &str| {
        pods.iter().fold(Quantity::whole(0), |total, pod| total.plus(asked(pod, kind, resource)))
    };
    let others: Vec<String> = node
        .at(&["status", "allocatable"])
        .into_iter()
        .flat_map(Value::entries)
        .map(|(resource, _)| resource.to_string())
        .filter(|resource| !RESOURCES.contains(&resource.as_str()) && resource != "pods")
        .collect();
    for resource in RESOURCES.into_iter().chain(others.iter().map(String::as_str)) {
        let is_shared = RESOURCES.contains(&resource) || resource.starts_with("hugepages-");
        let cell = |kind: &str| {
            let sum = sum(kind, resource);
            if is_shared { share(&sum, node, resource) } else { sum.to_string() }
        };
        page.line(1, &format!("{resource}\t{}\t{}", cell("requests"), cell("limits")));
    }
    Ok(())
}

// Models describeNamespace
pub(super) async fn namespace(kubectl: &Kubectl, page: &mut Page, namespace: &Value) -> Result<bool, Failure> {
    page.field(0, "Name", meta::name(namespace));
    page.labels(namespace);
    page.annotations("", namespace);
    page.field(0, "Status", namespace.str_at(&["status", "phase"]));
    let conditions = namespace.items_at(&["status", "conditions"]);
    if !conditions.is_empty() {
        page.line(0, "Conditions:\n  Type\tStatus\tLastTransitionTime\tReason\tMessage");
        page.line(1, "----\t------\t------------------\t------\t-------");
        for condition in conditions {
            let part = |field: &str| condition.str_at(&[field]);
            page.line(
                1,
                &format!(
                    "{}\t{}\t{}\t{}\t{}",
                    part("type"),
                    part("status"),
                    spoken(part("lastTransitionTime")),
                    part("reason"),
                    part("message")
                ),
            );
        }
    }
    let quotas = kubectl.client.list(Resource::RESOURCE_QUOTAS, meta::name(namespace)).await?;
    if quotas.is_empty() {
        page.line(0, "\nNo resource quota.");
    } else {
        page.line(0, "\nResource Quotas");
        for quota in &quotas {
            page.field(1, "Name", meta::name(quota));
            scopes(page, quota, "  ", "  ");
            // Its rule is shorter here than on the quota's own page.
            quota_rows(page, quota, 1, "--------\t---\t---");
        }
    }
    let limits = kubectl.client.list(Resource::LIMIT_RANGES, meta::name(namespace)).await?;
    if limits.is_empty() {
        page.line(0, "\nNo LimitRange resource.");
    } else {
        page.line(0, "\nResource Limits");
        limits.iter().for_each(|range| limit_rows(page, range, " "));
    }
    Ok(false)
}

/// `Scopes:`, and what each means.
// Models helpTextForResourceQuotaScope
fn scopes(page: &mut Page, quota: &Value, indent: &str, help_indent: &str) {
    let mut scopes: Vec<&str> = quota.items_at(&["spec", "scopes"]).iter().filter_map(Value::as_str).collect();
    if scopes.is_empty() {
        return;
    }
    scopes.order();
    page.line(0, &format!("{indent}Scopes:\t{}", scopes.join(", ")));
    for scope in scopes {
        let help = match scope {
            "Terminating" => {
                "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before \
                 being actively terminated by the system."
            }
            "NotTerminating" => {
                "Matches all pods that do not have an active deadline. These pods usually include long running pods \
                 whose container command is not expected to terminate."
            }
            "BestEffort" => {
                "Matches all pods that do not have resource requirements set. These pods have a best effort quality of \
                 service."
            }
            "NotBestEffort" => {
                "Matches all pods that have at least one resource requirement set. These pods have a burstable or \
                 guaranteed quality of service."
            }
            _ => continue,
        };
        page.line(0, &format!("{help_indent}* {help}"));
    }
}

fn quota_rows(page: &mut Page, quota: &Value, level: usize, rule: &str) {
    page.line(level, "Resource\tUsed\tHard");
    page.line(level, rule);
    for (resource, hard) in quota.at(&["status", "hard"]).into_iter().flat_map(Value::entries) {
        let used = table::number_or_text(quota.at(&["status", "used", resource]), "0");
        page.line(level, &format!("{resource}\t{used}\t{}", table::number_or_text(Some(hard), "")));
    }
}

// Models describeQuota
pub(super) fn quota(page: &mut Page, quota: &Value) -> bool {
    page.field(0, "Name", meta::name(quota));
    page.field(0, "Namespace", meta::namespace(quota));
    scopes(page, quota, "", " ");
    quota_rows(page, quota, 0, "--------\t----\t----");
    false
}

// Models describeLimitRange
pub(super) fn limit_range(page: &mut Page, range: &Value) -> bool {
    page.field(0, "Name", meta::name(range));
    page.field(0, "Namespace", meta::namespace(range));
    limit_rows(page, range, "");
    false
}

// Models describeLimitRangeSpec
fn limit_rows(page: &mut Page, range: &Value, prefix: &str) {
    page.line(0, &format!("{prefix}Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio"));
    page.line(0, &format!("{prefix}----\t--------\t---\t---\t---------------\t-------------\t-----------------------"));
    for limit in range.items_at(&["spec", "limits"]) {
        let fields = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
        let mut resources: Vec<String> = fields
            .iter()
            .filter_map(|field| limit.get(field))
            .flat_map(Value::entries)
            .map(|(resource, _)| resource.to_string())
            .collect();
        resources.order();
        resources.dedup();
        for resource in resources {
            let cells: Vec<String> =
                fields.iter().map(|field| table::number_or_text(limit.at(&[field, &resource]), "-")).collect();
            page.line(0, &format!("{prefix}{}\t{resource}\t{}", limit.str_at(&["type"]), cells.join("\t")));
        }
    }
}
