//! Events: what loops tell people (`v1.Event`), with repetitions counted.
// Models client-go/tools/record EventRecorder and EventCorrelator

use crate::document::{Map, Value, shared};
use crate::kube::api::{Key, Object, PatchType, Request, Resource, User, Verb, meta};
use crate::kube::{EventRecord, Snapshot};
use crate::sim::{SimTime, secs};
use crate::tree;
use std::collections::BTreeSet;
use std::rc::Rc;

/// From this many different messages about the same thing on they are told as one Event.
// Models defaultAggregateMaxEvents, defaultAggregateIntervalInSeconds
const SIMILAR_MAX: usize = 10;
const SIMILAR_PERIOD: SimTime = secs(600);
/// How the message of a combined Event begins.
const COMBINED: &str = "(combined from similar events): ";
/// How many Events one source tells about one object at once, and how long it takes until it may
/// tell one more. What is beyond is dropped.
// Models defaultSpamBurst, defaultSpamQPS
pub const EVENTS_PER_OBJECT_MAX: u64 = 25;
const REFILL_PERIOD: SimTime = secs(300);

/// The request that records an Event: a new one, or one more count on the same; nothing if its
/// source has told too much about this object already.
// Models EventCorrelator.EventCorrelate
#[must_use]
pub fn request(seen: &Snapshot<'_>, user: &User, source: &str, record: &EventRecord) -> Option<Request> {
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
    let told = Told { component, host, record };
    let known = told.before(seen, namespace);
    // The scheduler tells through the newer API, which counts but neither combines nor drops.
    let correlates = component != "default-scheduler";
    if correlates && is_too_much(&known, seen.now) {
        return None;
    }
    let combined = correlates && told.is_one_of_many(&known, seen.now);
    let message = if combined { format!("{COMBINED}{}", record.message) } else { record.message.clone() };
    let now = seen.now.rfc3339();
    if let Some(key) = told.same(&known, &message, combined).and_then(|same| Some((meta::key(same)?, same))) {
        let count = key.1.int_at(&["count"]).unwrap_or(1) + 1;
        return Some(
            Request::new(user.clone(), Verb::Patch(PatchType::Strategic), &key.0)
                .with_body(tree!({ "count": count, "lastTimestamp": now, "message": message })),
        );
    }
    // Names are in order of time, as upstream's are, so that lists are too.
    let millis = seen.now.unix_seconds() * 1000 + seen.now.as_millis() % 1000;
    let nanos = millis * 1_000_000 + seen.etcd.next_revision() % 1_000_000;
    let name = format!("{}.{nanos:x}", meta::name(&record.about));
    let mut source = tree!({ "component": component });
    if !host.is_empty() {
        source.set(&["host"], host);
    }
    let involved = [
        ("apiVersion", record.about.str_at(&["apiVersion"])),
        ("fieldPath", &record.field_path),
        ("kind", meta::kind(&record.about)),
        ("name", meta::name(&record.about)),
        ("namespace", meta::namespace(&record.about)),
        ("resourceVersion", meta::resource_version(&record.about)),
        ("uid", meta::uid(&record.about)),
    ];
    let involved: Map = involved
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(field, text)| (shared(field), Value::from(text)))
        .collect();
    let event = tree!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": { "name": name, "namespace": namespace },
        "involvedObject": Value::from(involved),
        "reason": record.reason.as_str(),
        "message": message,
        "type": record.kind,
        "count": 1,
        "firstTimestamp": now.as_str(),
        "lastTimestamp": now.as_str(),
        "source": source,
        "reportingComponent": component,
        "reportingInstance": host,
        "eventTime": Value::Null,
    });
    let mut request = Request::create(user.clone(), Resource::EVENTS, namespace, event);
    // What has neither a message nor a reason would be stored without them.
    request.options.as_stored = !record.message.is_empty() && !record.reason.is_empty();
    Some(request)
}

/// Something that is to be told, and by whom.
struct Told<'a> {
    component: &'a str,
    host: &'a str,
    record: &'a EventRecord,
}

impl Told<'_> {
    /// What the same source has told about the same object.
    fn before<'a>(&self, seen: &Snapshot<'a>, namespace: &str) -> Vec<&'a Rc<Object>> {
        let prefix = format!("{}.", meta::name(&self.record.about));
        let uid = meta::uid(&self.record.about);
        seen.etcd
            .iter_from(&Key::new(Resource::EVENTS, namespace, prefix.as_str()))
            .take_while(|(key, _)| {
                key.resource == Resource::EVENTS && &*key.namespace == namespace && key.name.starts_with(&prefix)
            })
            .map(|(_, event)| event)
            .filter(|event| {
                event.str_at(&["source", "component"]) == self.component
                    && event.str_at(&["source", "host"]) == self.host
                    && event.str_at(&["involvedObject", "uid"]) == uid
            })
            .collect()
    }

    /// The Event that says the same already.
    // Models eventLogger.eventObserve
    fn same<'a>(&self, known: &[&'a Rc<Object>], message: &str, combined: bool) -> Option<&'a Rc<Object>> {
        let is_same = |event: &&&Rc<Object>| {
            let told = event.str_at(&["message"]);
            event.str_at(&["type"]) == self.record.kind
                && event.str_at(&["reason"]) == self.record.reason
                && if combined {
                    told.starts_with(COMBINED)
                } else {
                    told == message && event.str_at(&["involvedObject", "fieldPath"]) == self.record.field_path
                }
        };
        known.iter().find(is_same).copied()
    }

    /// Whether so many different messages with this reason were told lately that they are combined.
    // Models EventAggregator.EventAggregate
    fn is_one_of_many(&self, known: &[&Rc<Object>], now: SimTime) -> bool {
        let record = self.record;
        let similar = known.iter().filter(|event| {
            event.str_at(&["type"]) == record.kind
                && event.str_at(&["reason"]) == record.reason
                && moment(event, "lastTimestamp") + SIMILAR_PERIOD >= now
        });
        let messages: BTreeSet<&str> = similar.map(|event| event.str_at(&["message"])).collect();
        messages.len() + 1 >= SIMILAR_MAX && !messages.contains(&*record.message)
    }
}

/// Whether the source's allowance for this object is used up.
// Models EventSourceObjectSpamFilter.Filter
fn is_too_much(known: &[&Rc<Object>], now: SimTime) -> bool {
    let told: i64 = known.iter().map(|event| event.int_at(&["count"]).unwrap_or(1)).sum();
    if told.unsigned_abs() < EVENTS_PER_OBJECT_MAX {
        return false;
    }
    let first = known.iter().map(|event| moment(event, "firstTimestamp")).min().unwrap_or(now);
    let refilled = now.since(first).as_millis() / REFILL_PERIOD.as_millis();
    told.unsigned_abs() >= EVENTS_PER_OBJECT_MAX + refilled
}

/// How long an Event is kept after it was told last.
// Source: --event-ttl.
pub const EVENT_TTL: SimTime = secs(3600);
/// How many Events a cluster keeps at most; beyond that the oldest go.
pub const EVENTS_MAX: usize = 50_000;

/// Whether an Event has been told lately enough to be kept.
#[must_use]
pub fn is_fresh(event: &Value, now: SimTime) -> bool {
    moment(event, "lastTimestamp") + EVENT_TTL > now
}

fn moment(event: &Value, field: &str) -> SimTime {
    SimTime::parse_rfc3339(event.str_at(&[field])).unwrap_or_default()
}
