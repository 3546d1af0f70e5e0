//! `kubectl events`.
// Models k8s.io/kubectl/pkg/cmd/events/events.go

use crate::document::InOrder as _;
use crate::document::Value;
use crate::world::api::{Resource, meta};

use super::failure::Failure;
use super::{Done, Kubectl, builder, printer, since, tabwriter};

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    let mut about = None;
    if let Some(text) = args.value("for") {
        let Some((kind, name)) = text.split_once('/') else {
            return Err(Failure::plain("--for must be in resource/name form"));
        };
        about = Some((builder::resource_named(kubectl, kind)?, name));
    }
    let types: Vec<&str> = args.list("types").collect();
    let mut events = builder::list(kubectl, Resource::EVENTS).await?;
    events.retain(|event| {
        let of = |field: &str| event.str_at(&["involvedObject", field]);
        about.is_none_or(|(resource, name)| of("kind") == resource.kind() && of("name") == name)
            && (types.is_empty() || types.iter().any(|kind| kind.eq_ignore_ascii_case(event.str_at(&["type"]))))
    });
    if events.is_empty() {
        let all = args.is_on("all-namespaces");
        kubectl.client.warnln(&if all {
            "No events found.".to_owned()
        } else {
            format!("No events found in {} namespace.", kubectl.namespace)
        });
        return Ok(());
    }
    // Models eventTime and SortableEvents
    events.order_by_key(|event| {
        let order = meta::resource_version(event).parse::<u64>().unwrap_or_default();
        (last(event).to_owned(), order)
    });
    if let Some(format) = args.value("output") {
        kubectl.client.print(&printer::Printer::of(format)?.print_tree(&printer::list_of(events))?);
        return Ok(());
    }
    kubectl.client.print(&table(kubectl, &events));
    Ok(())
}

fn last(event: &Value) -> &str {
    match (event.str_at(&["series", "lastObservedTime"]), event.str_at(&["lastTimestamp"])) {
        ("", "") => event.str_at(&["eventTime"]),
        ("", last) => last,
        (series, _) => series,
    }
}

fn table(kubectl: &Kubectl, events: &[Value]) -> String {
    let now = kubectl.client.now();
    let all = kubectl.args.is_on("all-namespaces");
    let mut text = String::new();
    if !kubectl.args.is_on("no-headers") {
        text.push_str(if all { "NAMESPACE\t" } else { "" });
        text.push_str("LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n");
    }
    for event in events {
        if all {
            text.push_str(&format!("{}\t", meta::namespace(event)));
        }
        let count = event.int_at(&["count"]).unwrap_or_default();
        let first = match event.str_at(&["firstTimestamp"]) {
            "" => event.str_at(&["eventTime"]),
            first => first,
        };
        let age = if count > 1 {
            format!("{} (x{count} over {})", since(last(event), now), since(first, now))
        } else {
            since(first, now)
        };
        let of = |field: &str| event.str_at(&["involvedObject", field]);
        text.push_str(&format!(
            "{age}\t{}\t{}\t{}/{}\t{}\n",
            event.str_at(&["type"]),
            event.str_at(&["reason"]),
            of("kind"),
            of("name"),
            event.str_at(&["message"]).trim()
        ));
    }
    tabwriter::align(&text, 6, 3)
}
