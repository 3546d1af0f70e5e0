//! The rules of everything that steers the scheduler: affinities, spreading, tolerations, taints.

use super::check::{At, Check, Path};
use super::meta;
use crate::kube::api::names;

/// `spec.affinity`.
// Models pkg/apis/core/validation validateAffinity
pub fn affinity(check: &mut Check, at: &At<'_>) {
    let node = at.child("nodeAffinity");
    let required = node.child("requiredDuringSchedulingIgnoredDuringExecution");
    if required.is_set() {
        node_selector(check, &required);
    }
    for term in node.each("preferredDuringSchedulingIgnoredDuringExecution") {
        weight(check, &term);
        node_selector_term(check, &term.child("preference"), false);
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let pods = at.child(kind);
        for term in pods.each("requiredDuringSchedulingIgnoredDuringExecution") {
            pod_term(check, &term);
        }
        for term in pods.each("preferredDuringSchedulingIgnoredDuringExecution") {
            weight(check, &term);
            pod_term(check, &term.child("podAffinityTerm"));
        }
    }
}

fn weight(check: &mut Check, term: &At<'_>) {
    let weight = term.child("weight").int().unwrap_or_default();
    if !(1..=100).contains(&weight) {
        check.invalid(&term.path.child("weight"), weight, "must be in the range 1-100");
    }
}

// Models pkg/apis/core/validation ValidateNodeSelector
pub fn node_selector(check: &mut Check, at: &At<'_>) {
    let terms = at.child("nodeSelectorTerms");
    if terms.value.items().is_empty() {
        return check.required(&terms.path, "must have at least one node selector term");
    }
    terms.items().for_each(|term| node_selector_term(check, &term, true));
}

fn node_selector_term(check: &mut Check, term: &At<'_>, values: bool) {
    for one in term.each("matchExpressions") {
        match one.str("operator") {
            "Gt" | "Lt" => {
                if one.list("values").len() != 1 {
                    let detail = "must be specified single value when `operator` is 'Lt' or 'Gt'";
                    check.required(&one.path.child("values"), detail);
                }
            }
            _ => operator(check, &one),
        }
        check.named(&one.child("key"), names::qualified_name);
        if values {
            one.each("values").for_each(|value| check.named(&value, names::label_value));
        }
    }
    for one in term.each("matchFields") {
        if !matches!(one.str("operator"), "In" | "NotIn") {
            check.invalid(&one.path.child("operator"), one.str("operator"), "not a valid selector operator");
        } else if one.list("values").len() != 1 {
            let detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
            check.required(&one.path.child("values"), detail);
        }
        if one.str("key") == "metadata.name" {
            one.each("values").for_each(|value| check.named(&value, names::dns1123_subdomain));
        } else {
            check.invalid(&one.path.child("key"), one.str("key"), "not a valid field selector key");
        }
    }
}

fn operator(check: &mut Check, one: &At<'_>) {
    let values = one.child("values");
    match (one.str("operator"), values.value.items().is_empty()) {
        ("In" | "NotIn", true) => {
            check.required(&values.path, "must be specified when `operator` is 'In' or 'NotIn'");
        }
        ("Exists" | "DoesNotExist", false) => {
            check.forbidden(&values.path, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
        }
        ("In" | "NotIn" | "Exists" | "DoesNotExist", _) => {}
        (other, _) => check.invalid(&one.path.child("operator"), other, "not a valid selector operator"),
    }
}

// Models k8s.io/apimachinery/pkg/apis/meta/v1/validation ValidateLabelSelector
pub fn label_selector(check: &mut Check, at: &At<'_>) {
    meta::labels(check, at.child("matchLabels").value, &at.path.child("matchLabels"));
    for one in at.each("matchExpressions") {
        operator(check, &one);
        check.named(&one.child("key"), names::qualified_name);
        one.each("values").for_each(|value| check.named(&value, names::label_value));
    }
}

/// Whether a selector can be made of what stands here. Nothing at all is readable.
// Models k8s.io/apimachinery/pkg/apis/meta/v1 LabelSelectorAsSelector
pub fn is_readable(at: &At<'_>) -> bool {
    let fits = |problems: Vec<String>| problems.is_empty();
    let label = |text: &str| fits(names::label_value(text));
    let labels = at.entries("matchLabels").all(|(key, value)| fits(names::qualified_name(key)) && label(value.text()));
    labels
        && at.each("matchExpressions").all(|one| {
            let values = one.list("values");
            let counted = match one.str("operator") {
                "In" | "NotIn" => !values.is_empty(),
                "Exists" | "DoesNotExist" => values.is_empty(),
                _ => false,
            };
            counted && fits(names::qualified_name(one.str("key"))) && one.each("values").all(|one| label(one.text()))
        })
}

// Models pkg/apis/core/validation validatePodAffinityTerm
fn pod_term(check: &mut Check, term: &At<'_>) {
    label_selector(check, &term.child("labelSelector"));
    label_selector(check, &term.child("namespaceSelector"));
    for name in term.each("namespaces") {
        check.problems(&term.path.child("namespace"), name.text(), names::dns1123_label(name.text()));
    }
    for field in ["matchLabelKeys", "mismatchLabelKeys"] {
        let keys = term.child(field);
        if !keys.value.is_empty() && !term.child("labelSelector").is_set() {
            check.forbidden(&keys.path, "must not be specified when labelSelector is not set");
            continue;
        }
        keys.items().for_each(|key| check.named(&key, names::qualified_name));
    }
    for key in term.each("matchLabelKeys") {
        if term.list("mismatchLabelKeys").contains(key.value) {
            check.invalid(&key.path, key.text(), "exists in both matchLabelKeys and mismatchLabelKeys");
        }
    }
    let key = term.child("topologyKey");
    if key.text().is_empty() {
        check.required(&key.path, "can not be empty");
    }
    check.named(&key, names::qualified_name);
}

// Models pkg/apis/core/validation validateTopologySpreadConstraints
pub fn topology_spread(check: &mut Check, spec: &At<'_>) {
    let all = spec.list("topologySpreadConstraints");
    for (index, one) in spec.each("topologySpreadConstraints").enumerate() {
        let skew = one.child("maxSkew").int().unwrap_or_default();
        if skew <= 0 {
            check.invalid(&one.path.child("maxSkew"), skew, "must be greater than zero");
        }
        let (key, action) = (one.str("topologyKey"), one.str("whenUnsatisfiable"));
        if key.is_empty() {
            check.required(&one.path.child("topologyKey"), "can not be empty");
        }
        let actions = ["DoNotSchedule", "ScheduleAnyway"];
        if !actions.contains(&action) {
            check.unsupported(&one.path.child("whenUnsatisfiable"), action, &actions);
        }
        let repeats = all
            .iter()
            .skip(index + 1)
            .any(|other| other.str_at(&["topologyKey"]) == key && other.str_at(&["whenUnsatisfiable"]) == action);
        if repeats {
            let path = one.path.child("{topologyKey, whenUnsatisfiable}");
            check.duplicate(&path, format!("{{{key}, {action}}}").as_str());
        }
        min_domains(check, &one, action);
        check.one_of_if_set(&one.child("nodeAffinityPolicy"), &["Honor", "Ignore"]);
        check.one_of_if_set(&one.child("nodeTaintsPolicy"), &["Honor", "Ignore"]);
        spread_keys(check, &one);
        label_selector(check, &one.child("labelSelector"));
    }
}

fn min_domains(check: &mut Check, one: &At<'_>, action: &str) {
    let domains = one.child("minDomains");
    let Some(number) = domains.int() else { return };
    if number <= 0 {
        check.invalid(&domains.path, number, "must be greater than zero");
    }
    if action != "DoNotSchedule" {
        let detail = format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}");
        check.invalid(&domains.path, number, detail);
    }
}

fn spread_keys(check: &mut Check, one: &At<'_>) {
    let selector = one.child("labelSelector");
    let keys = one.child("matchLabelKeys");
    if keys.value.is_empty() {
        return;
    }
    if !selector.is_set() {
        check.forbidden(&keys.path, "must not be specified when labelSelector is not set");
    }
    for key in keys.items() {
        check.named(&key, names::qualified_name);
        let listed = selector.child("matchLabels").value.get(key.text()).is_some()
            || selector.list("matchExpressions").iter().any(|one| one.str_at(&["key"]) == key.text());
        if listed {
            check.invalid(&key.path, key.text(), "exists in both matchLabelKeys and labelSelector");
        }
    }
}

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

// Models pkg/apis/core/validation ValidateTolerations
pub fn tolerations(check: &mut Check, at: &At<'_>) {
    for one in at.clone().items() {
        check.named_if_set(&one.child("key"), names::qualified_name);
        let (operator, value, effect) = (one.child("operator"), one.str("value"), one.child("effect"));
        if one.str("key").is_empty() && operator.text() != "Exists" {
            let detail = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            check.invalid(&operator.path, operator.text(), detail);
        }
        if one.child("tolerationSeconds").is_set() && effect.text() != "NoExecute" {
            let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            check.invalid(&effect.path, effect.text(), detail);
        }
        match operator.text() {
            "" | "Equal" => {
                let problems = names::label_value(value);
                if !problems.is_empty() {
                    check.invalid(&operator.path, value, problems.join(";"));
                }
            }
            "Exists" => {
                if !value.is_empty() {
                    check.invalid(&operator.path, value, "value must be empty when `operator` is 'Exists'");
                }
            }
            other => check.unsupported(&operator.path, other, &["Equal", "Exists"]),
        }
        if !effect.text().is_empty() {
            check.one_of(&effect.path, effect.text(), &EFFECTS);
        }
    }
}

// Models pkg/apis/core/validation validateNodeTaints
pub fn taints(check: &mut Check, at: &At<'_>, path: &Path) {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for (index, one) in at.clone().items().enumerate() {
        let path = path.index(index);
        let (key, value, effect) = (one.str("key"), one.str("value"), one.str("effect"));
        check.problems(&path.child("key"), key, names::qualified_name(key));
        let problems = names::label_value(value);
        if !problems.is_empty() {
            check.invalid(&path.child("value"), value, problems.join(";"));
        }
        check.one_of(&path.child("effect"), effect, &EFFECTS);
        if seen.contains(&(key, effect)) {
            check.duplicate_because(
                &path,
                super::goprint::json(one.value, "Taint"),
                "taints must be unique by key and effect pair",
            );
        }
        seen.push((key, effect));
    }
}
