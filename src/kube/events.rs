//! Events: what loops tell people (`v1.Event`), with repetitions counted.
// Models client-go/tools/record EventRecorder and EventCorrelator

use crate::document::Value;
use crate::kube::api::{Key, PatchType, Request, Resource, User, Verb, meta};
use crate::kube::{EventRecord, Snapshot};
use crate::sim::stable_hash;
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
    let digest = stable_hash(
        0,
        &[component, host, meta::uid(&record.about), &record.field_path, record.kind, &record.reason, &record.message],
    );
    let name = format!("{}.{digest:016x}", meta::name(&record.about));
    let key = Key::new(Resource::EVENTS, namespace, name.as_str());
    let now = seen.now.rfc3339();
    if let Some(known) = seen.get(&key) {
        let count = known.int_at(&["count"]).unwrap_or(1) + 1;
        return Request::new(user.clone(), Verb::Patch(PatchType::Strategic), &key)
            .with_body(tree!({ "count": count, "lastTimestamp": now }));
    }
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
