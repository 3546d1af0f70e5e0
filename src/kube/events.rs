//! Events: what loops tell people (`v1.Event`), with repetitions counted.
// Models client-go/tools/record EventRecorder and EventCorrelator

use crate::document::Value;
use crate::kube::api::{Key, PatchType, Request, Resource, User, Verb, meta};
use crate::kube::{EventRecord, Snapshot};
use crate::tree;

/// The request that records an Event: a new one, or one more count on the same.
#[must_use]
pub fn request(seen: &Snapshot<'_>, user: &User, source: &str, record: &EventRecord) -> Request {
    let (component, host) = source.split_once('/').unwrap_or((source, ""));
    let component = match component {
        "scheduler" => "default-scheduler",
        "disruption-controller" => "controllermanager",
        other => other,
    };
    let namespace = match meta::namespace(&record.about) {
        "" => "default",
        namespace => namespace,
    };
    let now = seen.now.rfc3339();
    let prefix = format!("{}.", meta::name(&record.about));
    let first = Key::new(Resource::EVENTS, namespace, prefix.as_str());
    let known = seen
        .etcd
        .iter_from(&first)
        .take_while(|(key, _)| {
            key.resource == first.resource && key.namespace == first.namespace && key.name.starts_with(&prefix)
        })
        .find(|(_, known)| is_same(known, record, component, host));
    if let Some((key, known)) = known {
        let count = known.int_at(&["count"]).unwrap_or(1) + 1;
        return Request::new(user.clone(), Verb::Patch(PatchType::Strategic), key)
            .with_body(tree!({ "count": count, "lastTimestamp": now }));
    }
    // Upstream appends the moment in nanoseconds; what happens in one millisecond keeps its order.
    let moment = seen.now.0 * 1_000_000 + seen.etcd.revision() % 1_000_000;
    let name = format!("{prefix}{moment:016x}");
    let mut source = tree!({ "component": component });
    if !host.is_empty() {
        source.set(&["host"], host);
    }
    let mut involved = tree!({
        "apiVersion": record.about.str_at(&["apiVersion"]),
        "kind": meta::kind(&record.about),
        "name": meta::name(&record.about),
        "uid": meta::uid(&record.about),
        "resourceVersion": meta::resource_version(&record.about),
    });
    for (field, text) in [("namespace", meta::namespace(&record.about)), ("fieldPath", &record.field_path)] {
        if !text.is_empty() {
            involved.set(&[field], text);
        }
    }
    let event = tree!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": { "name": name, "namespace": namespace },
        "involvedObject": involved,
        "reason": record.reason.as_str(),
        "message": record.message.as_str(),
        "type": record.kind,
        "count": 1,
        "firstTimestamp": now.as_str(),
        "lastTimestamp": now.as_str(),
        "source": source,
        "reportingComponent": component,
        "reportingInstance": host,
        "eventTime": Value::Null,
    });
    Request::create(user.clone(), Resource::EVENTS, namespace, event)
}

/// Whether a known Event tells the same, so that it is only counted once more.
// Models client-go/tools/record/events_cache.go getEventKey
fn is_same(known: &Value, record: &EventRecord, component: &str, host: &str) -> bool {
    let involved = |field: &str| known.str_at(&["involvedObject", field]);
    known.str_at(&["message"]) == record.message
        && known.str_at(&["reason"]) == record.reason
        && known.str_at(&["type"]) == record.kind
        && involved("uid") == meta::uid(&record.about)
        && involved("fieldPath") == record.field_path
        && known.str_at(&["source", "component"]) == component
        && known.str_at(&["source", "host"]) == host
}
