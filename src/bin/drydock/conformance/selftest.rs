//! The runner tests itself: with one expected value altered, a case must fail.

use super::cases::{Body, Case};
use super::judge;
use drydock::document::Value;
use std::collections::BTreeMap;

/// Alters one expected value of a passing case of each family, and demands that it then fails.
/// Families without a passing case are altered too: there the difference found must change.
/// Returns the exit code.
pub fn run(cases: &[Case]) -> u8 {
    let mut families: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    for case in cases {
        families.entry(&case.family).or_default().push(case);
    }
    let mut faults = 0;
    for (family, cases) in families {
        let passing = cases
            .iter()
            .filter(|case| is_compared_in_full(case))
            .find(|case| judge(case).is_some_and(|verdict| verdict.difference.is_none()));
        let Some(case) = passing else {
            println!("self-test {family}: no case passes, so none can be made to fail");
            continue;
        };
        for (what, altered) in alterations(case) {
            let noticed = judge(&altered).is_none_or(|verdict| verdict.difference.is_some());
            println!("self-test {family}/{}: {what}: {}", case.name, if noticed { "noticed" } else { "NOT NOTICED" });
            faults += u32::from(!noticed);
        }
    }
    println!("{faults} alterations went unnoticed");
    u8::from(faults > 0)
}

/// Whether everything that its family can be compared in came out the same when it was recorded
/// twice: only there must every alteration be noticed.
fn is_compared_in_full(case: &Case) -> bool {
    let Body::Kubernetes(recording) = &case.body else { return true };
    let flags = ["output", "final", "per_step", "events"];
    case.family != "behaviour" || flags.iter().all(|flag| recording.case.is_true_at(&["repeat", flag]))
}

/// The case with one expected value altered, in each way that its family is compared in.
fn alterations(case: &Case) -> Vec<(&'static str, Case)> {
    let mut altered = Vec::new();
    let mut add = |what: &'static str, body: Body| {
        altered.push((what, Case { family: case.family.clone(), name: case.name.clone(), body }));
    };
    match &case.body {
        Body::Aws(data) if case.family.starts_with("cloudformation") => {
            let steps = data.items_at(&["steps"]);
            for what in ["lint", "conditions", "resolved", "outputs", "depends", "creation_levels", "changes", "aws"] {
                let Some(place) = steps.iter().position(|step| step.get(what).is_some()) else { continue };
                let mut changed = data.clone();
                let step = &mut changed.at_mut(&["steps"]).items_mut()[place];
                match what {
                    "lint" => step.at_mut(&[what]).items_mut().push(Value::from([("rule", "E0000")])),
                    "aws" => step.set(&[what, "outcome"], "altered"),
                    "changes" => step.at_mut(&[what]).items_mut().push(Value::from([("logical_id", "Altered")])),
                    _ => step.set(&[what, "Altered"], "altered"),
                }
                add(what, Body::Aws(changed));
            }
        }
        Body::Aws(data) => {
            let mut changed = data.clone();
            let field = if data.get("expect").is_some() { "expect" } else { "valid" };
            changed.set(
                &[field],
                match data.at(&[field]) {
                    Some(Value::Bool(yes)) => Value::Bool(!yes),
                    _ => "altered".into(),
                },
            );
            add("the expected answer", Body::Aws(changed));
            if data.at(&["expect", "matched", "allow"]).is_some() {
                let mut changed = data.clone();
                let extra = Value::map().with(&["type"], "identity").with(&["index"], 99);
                changed.at_mut(&["expect", "matched", "allow"]).items_mut().push(extra);
                add("a matched statement", Body::Aws(changed));
            }
        }
        Body::Kubernetes(recording) => {
            let steps = recording.case.items_at(&["steps"]);
            for (what, field) in
                [("an exit code", "exit"), ("a line of stdout", "stdout"), ("a line of stderr", "stderr")]
            {
                let Some(place) = steps.iter().rposition(|step| step.str_at(&["do"]) == "kubectl") else { continue };
                let mut changed = recording.clone();
                let step = &mut changed.case.at_mut(&["steps"]).items_mut()[place];
                match field {
                    "exit" => step.set(&[field], 42),
                    field => {
                        let text = format!("{}altered\n", step.str_at(&[field]));
                        step.set(&[field], text);
                    }
                }
                add(what, Body::Kubernetes(changed));
            }
            if case.family != "behaviour" {
                return altered;
            }
            let repeats = |flag: &str| recording.case.is_true_at(&["repeat", flag]);
            if repeats("final") && !recording.last.is_empty() {
                let mut changed = recording.clone();
                changed.last[0].set(&["metadata", "labels", "altered"], "yes");
                add("a label of the last object", Body::Kubernetes(changed));
            }
            if repeats("per_step") && !recording.trace.is_empty() {
                let mut changed = recording.clone();
                for line in &mut changed.trace {
                    line.set(&["d", "altered"], true);
                }
                add("a digest", Body::Kubernetes(changed));
            }
            let told = recording.events.iter().position(|event| event.str_at(&["source"]) != "kubelet");
            if let Some(place) = told.filter(|_| repeats("events")) {
                let mut changed = recording.clone();
                changed.events[place].set(&["message"], "altered");
                add("the message of an Event", Body::Kubernetes(changed));
            }
        }
    }
    altered
}
