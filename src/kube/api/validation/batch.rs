//! The rules of Jobs and CronJobs.
// Models pkg/apis/batch/validation

use super::affinity::{self, label_selector};
use super::check::{At, Check, Path, blank};
use super::{cron, goprint, networking, pod};
use crate::document::Value;
use crate::kube::api::labels::Selector;
use crate::kube::api::names;

/// A new Job, its metadata apart.
// Models pkg/apis/batch/validation ValidateJob
pub fn job(check: &mut Check, object: &Value) {
    generated_selector(check, object);
    let spec = At::of(object, "spec");
    full_spec(check, &spec);
    let completions = spec.child("completions").int().unwrap_or_default();
    if spec.str("completionMode") == "Indexed" && completions > 0 {
        let name = object.str_at(&["metadata", "name"]);
        let last = format!("{name}-{}", completions - 1);
        if !names::dns1123_label(&last).is_empty() {
            let detail = format!("will not able to create pod with invalid DNS label: {last}");
            check.invalid(&Path::of("metadata.name"), name, detail);
        }
    }
}

// Models pkg/apis/batch/validation validateGeneratedSelector
fn generated_selector(check: &mut Check, object: &Value) {
    let spec = At::of(object, "spec");
    let selector = spec.child("selector");
    if spec.is_true("manualSelector") || !selector.is_set() {
        return;
    }
    let uid = object.str_at(&["metadata", "uid"]);
    if uid.is_empty() {
        check.required(&Path::of("metadata.uid"), "");
    }
    let name = object.str_at(&["metadata", "name"]);
    let labels = spec.child("template").child("metadata").child("labels");
    let mut expected = Value::map();
    for (key, value) in [
        ("controller-uid", uid),
        ("job-name", name),
        ("batch.kubernetes.io/controller-uid", uid),
        ("batch.kubernetes.io/job-name", name),
    ] {
        expected.set(&[key], value);
        let path = labels.path.key(key);
        match labels.value.get(key).and_then(Value::as_str) {
            None => check.required(&path, &format!("must be '{value}'")),
            Some(held) if held != value => {
                check.invalid(&path, goprint::plain(labels.value), format!("must be '{value}'"));
            }
            Some(_) => {}
        }
    }
    if !Selector::from_label_selector(selector.value).matches(&expected) {
        let shown = goprint::json(selector.value, "LabelSelector");
        check.invalid(&selector.path, shown, "`selector` not auto-generated");
    }
}

// Models pkg/apis/batch/validation ValidateJobSpec
fn full_spec(check: &mut Check, spec: &At<'_>) {
    job_spec(check, spec);
    let selector = spec.child("selector");
    if selector.is_set() {
        label_selector(check, &selector);
    } else {
        check.required(&selector.path, "");
    }
    let labels = spec.child("template").child("metadata").child("labels");
    let selects = || selector.is_set() && Selector::from_label_selector(selector.value).matches(labels.value);
    if affinity::is_readable(&selector) && !selects() {
        let shown = if !labels.is_set() { "null".to_owned() } else { goprint::plain(labels.value) };
        check.invalid(&labels.path, shown, "`selector` does not match template `labels`");
    }
}

// Models pkg/apis/batch/validation validateJobSpec
fn job_spec(check: &mut Check, spec: &At<'_>) {
    check.non_negatives(
        spec,
        &[
            "parallelism",
            "completions",
            "activeDeadlineSeconds",
            "backoffLimit",
            "ttlSecondsAfterFinished",
            "backoffLimitPerIndex",
            "maxFailedIndexes",
        ],
    );
    if spec.child("maxFailedIndexes").is_set() && !spec.child("backoffLimitPerIndex").is_set() {
        check.required(&spec.path.child("backoffLimitPerIndex"), "when maxFailedIndexes is specified");
    }
    let manager = spec.child("managedBy");
    if manager.is_set() {
        networking::domain_prefixed_path(check, &manager);
        if manager.text().len() > MANAGER_LENGTH_MAX {
            check.too_long(&manager.path, MANAGER_LENGTH_MAX);
        }
    }
    let mode = spec.child("completionMode");
    check.one_of_if_set(&mode, &["NonIndexed", "Indexed"]);
    if mode.text() == "Indexed" {
        indexed(check, spec);
    } else if !mode.is_set() || mode.text() == "NonIndexed" {
        for field in ["backoffLimitPerIndex", "maxFailedIndexes"] {
            let at = spec.child(field);
            if let Some(number) = at.int() {
                check.invalid(&at.path, number, "requires indexed completion mode");
            }
        }
    }
    failure_policy(check, spec);
    success_policy(check, spec);
    let replacement = spec.child("podReplacementPolicy");
    if spec.child("podFailurePolicy").is_set() {
        check.one_of_if_set(&replacement, &["Failed"]);
    } else {
        check.one_of_if_set(&replacement, &["Failed", "TerminatingOrFailed"]);
    }
    let template = spec.child("template");
    pod::template(check, &template, &[]);
    let policy = template.child("spec").child("restartPolicy");
    match policy.text() {
        "Always" | "" => check.required(&policy.path, "valid values: \"OnFailure\", \"Never\""),
        "OnFailure" if spec.child("podFailurePolicy").is_set() => {
            let detail = "only \"Never\" is supported when podFailurePolicy is specified";
            check.invalid(&policy.path, policy.text(), detail);
        }
        "OnFailure" | "Never" => {}
        other => check.unsupported(&policy.path, other, &["OnFailure", "Never"]),
    }
}

const MANAGER_LENGTH_MAX: usize = 63;
const PARALLELISM_MAX: i64 = 100_000;
/// Beyond so many completions, `backoffLimitPerIndex` allows less of the rest.
const COMPLETIONS_SOFT_MAX: i64 = 100_000;
const HIGH_COMPLETIONS_MAX: i64 = 10_000;

fn indexed(check: &mut Check, spec: &At<'_>) {
    let completions = spec.child("completions");
    if !completions.is_set() {
        check.required(&completions.path, "when completion mode is Indexed");
    }
    let parallelism = spec.child("parallelism");
    if let Some(number) = parallelism.int().filter(|number| *number > PARALLELISM_MAX) {
        let detail = format!("must be less than or equal to {PARALLELISM_MAX} when completion mode is Indexed");
        check.invalid(&parallelism.path, number, detail);
    }
    let failed = spec.child("maxFailedIndexes");
    if let (Some(most), Some(all)) = (failed.int(), completions.int()) {
        if most > all {
            check.invalid(&failed.path, most, "must be less than or equal to completions");
        }
        if most > PARALLELISM_MAX {
            check.invalid(&failed.path, most, format!("must be less than or equal to {PARALLELISM_MAX}"));
        }
    }
    let many = completions.int().is_some_and(|number| number > COMPLETIONS_SOFT_MAX);
    if many && spec.child("backoffLimitPerIndex").is_set() {
        if !failed.is_set() {
            let detail = format!("must be specified when completions is above {COMPLETIONS_SOFT_MAX}");
            check.required(&failed.path, &detail);
        }
        for one in [&parallelism, &failed] {
            if let Some(number) = one.int().filter(|number| *number > HIGH_COMPLETIONS_MAX) {
                let detail = format!(
                    "must be less than or equal to {HIGH_COMPLETIONS_MAX} when completions are above {COMPLETIONS_SOFT_MAX} and used with backoff limit per index"
                );
                check.invalid(&one.path, number, detail);
            }
        }
    }
}

/// Go's `%q` of a list.
fn listed(values: &[&str]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
    format!("valid values: [{}]", quoted.join(" "))
}

fn need_one_of(check: &mut Check, at: &At<'_>, values: &[&str]) {
    if at.text().is_empty() {
        check.required(&at.path, &listed(values));
    } else if !values.contains(&at.text()) {
        check.unsupported(&at.path, at.text(), values);
    }
}

// Models pkg/apis/batch/validation validatePodFailurePolicy
fn failure_policy(check: &mut Check, spec: &At<'_>) {
    let rules = spec.child("podFailurePolicy").child("rules");
    let count = rules.value.items().len();
    if count > 20 {
        check.too_many(&rules.path, count, 20);
    }
    for rule in rules.items() {
        let action = rule.child("action");
        if action.text() == "FailIndex" && !spec.child("backoffLimitPerIndex").is_set() {
            check.invalid(&action.path, action.text(), "requires the backoffLimitPerIndex to be set");
        } else {
            need_one_of(check, &action, &["Count", "FailIndex", "FailJob", "Ignore"]);
        }
        let codes = rule.child("onExitCodes");
        if codes.is_set() {
            exit_codes(check, spec, &codes);
        }
        let patterns = rule.list("onPodConditions").len();
        if patterns > 20 {
            check.too_many(&rule.path.child("onPodConditions"), patterns, 20);
        }
        for pattern in rule.each("onPodConditions") {
            check.named(&pattern.child("type"), names::qualified_name);
            need_one_of(check, &pattern.child("status"), &["False", "True", "Unknown"]);
        }
        match (codes.is_set(), rule.list("onPodConditions").is_empty()) {
            (true, false) => {
                let detail = "specifying both OnExitCodes and OnPodConditions is not supported";
                check.invalid(&rule.path, String::new(), detail);
            }
            (false, true) => {
                let detail = "specifying one of OnExitCodes and OnPodConditions is required";
                check.invalid(&rule.path, String::new(), detail);
            }
            _ => {}
        }
    }
}

fn exit_codes(check: &mut Check, spec: &At<'_>, at: &At<'_>) {
    need_one_of(check, &at.child("operator"), &["In", "NotIn"]);
    let name = at.child("containerName");
    let pod = spec.child("template").child("spec");
    let known = |list: &str| pod.list(list).iter().any(|one| one.str_at(&["name"]) == name.text());
    if name.is_set() && !known("containers") && !known("initContainers") {
        let detail = "must be one of the container or initContainer names in the pod template";
        check.invalid(&name.path, name.text(), detail);
    }
    let values = at.child("values");
    let numbers: Vec<i64> = values.value.items().iter().filter_map(Value::as_int).collect();
    if numbers.is_empty() {
        let shown = if values.is_set() { "[]" } else { "null" };
        check.invalid(&values.path, shown.to_owned(), "at least one value is required");
    } else if numbers.len() > 255 {
        check.too_many(&values.path, numbers.len(), 255);
    }
    for (index, number) in numbers.iter().enumerate() {
        let path = values.path.index(index);
        if at.str("operator") == "In" && *number == 0 {
            check.invalid(&path, *number, "must not be 0 for the In operator");
        }
        if numbers[..index].contains(number) {
            check.duplicate(&path, *number);
        }
    }
    if !numbers.is_sorted() {
        check.invalid(&values.path, values.value, "must be ordered");
    }
}

// Models pkg/apis/batch/validation validateSuccessPolicy
fn success_policy(check: &mut Check, spec: &At<'_>) {
    let policy = spec.child("successPolicy");
    if !policy.is_set() {
        return;
    }
    if spec.str("completionMode") != "Indexed" {
        let shown = goprint::json(policy.value, "SuccessPolicy");
        return check.invalid(&policy.path, shown, "requires indexed completion mode");
    }
    let rules = policy.child("rules");
    if rules.value.items().is_empty() {
        let detail = "at least one rules must be specified when the successPolicy is specified";
        check.required(&rules.path, detail);
    }
    let completions = spec.child("completions").int().unwrap_or_default();
    for rule in rules.items() {
        let (count, indexes) = (rule.child("succeededCount"), rule.child("succeededIndexes"));
        if !count.is_set() && !indexes.is_set() {
            let detail = "at least one of succeededCount or succeededIndexes must be specified";
            check.required(&rule.path, detail);
        }
        let found = count_of_indexes(indexes.text(), completions);
        if let Err(why) = &found {
            check.invalid(&indexes.path, indexes.text(), format!("error parsing succeededIndexes: {why}"));
        }
        check.non_negative(&count.path, count.int());
        if let Some(number) = count.int().filter(|number| *number > completions) {
            let detail = format!("must be less than or equal to {completions} (the number of specified completions)");
            check.invalid(&count.path, number, detail);
        }
        let found = found.unwrap_or_default();
        if let Some(number) = count.int().filter(|number| indexes.is_set() && *number > found) {
            let what = "the number of indexes in the specified succeededIndexes field";
            check.invalid(&count.path, number, format!("must be less than or equal to {found} ({what})"));
        }
    }
}

/// How many indexes a text such as `0,2-4` names, or what is wrong with it.
// Models pkg/apis/batch/validation validateIndexesFormat, parseIndexInterval
fn count_of_indexes(text: &str, completions: i64) -> Result<i64, String> {
    let order =
        |previous: i64, current: i64| Err(format!("non-increasing order, previous: {previous}, current: {current}"));
    let index = |text: &str| match text.parse::<i64>() {
        Err(_) => Err(format!("cannot convert string to integer for index: {text:?}")),
        Ok(index) if index >= completions => Err(format!("too large index: {text:?}")),
        Ok(index) => Ok(index),
    };
    let (mut count, mut last) = (0, None);
    for part in text.split(',').filter(|_| !text.is_empty()) {
        let ends: Vec<&str> = part.split('-').collect();
        let (first, end) = match ends[..] {
            [one] => (index(one)?, None),
            [first, end] => (index(first)?, Some(index(end)?)),
            _ => {
                let rule = "an index interval can have at most two parts separated by '-'";
                return Err(format!("the fragment {part:?} violates the requirement that {rule}"));
            }
        };
        match (end, last) {
            (Some(end), _) if first >= end => return order(first, end),
            (_, Some(last)) if last >= first => return order(last, first),
            _ => {}
        }
        count += end.unwrap_or(first) - first + 1;
        last = Some(end.unwrap_or(first));
    }
    Ok(count)
}

/// A change of a Job, its metadata apart.
// Models pkg/apis/batch/validation ValidateJobSpecUpdate
pub fn job_update(check: &mut Check, new: &Value, old: &Value) {
    let spec = At::of(new, "spec");
    full_spec(check, &spec);
    completions_update(check, &spec, old);
    fixed(check, new, old, "selector", "LabelSelector");
    template_update(check, new, old);
    for field in ["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"] {
        fixed(check, new, old, field, "");
    }
}

fn fixed(check: &mut Check, new: &Value, old: &Value, field: &str, kind: &str) {
    let (new, old) = (new.at(&["spec", field]), old.at(&["spec", field]));
    if blank(new) != blank(old) {
        let path = Path::of("spec").child(field);
        let null = Value::Null;
        let value = new.unwrap_or(&null);
        if kind.is_empty() || value.is_null() {
            check.invalid(&path, value, "field is immutable");
        } else {
            check.invalid(&path, goprint::json(value, kind), "field is immutable");
        }
    }
}

fn completions_update(check: &mut Check, spec: &At<'_>, old: &Value) {
    let at = spec.child("completions");
    let before = old.at(&["spec", "completions"]);
    if spec.str("completionMode") != "Indexed" {
        return check.immutable(&at.path, at.is_set().then_some(at.value), before);
    }
    if let Some(number) = at.int().filter(|_| before != Some(at.value))
        && spec.child("parallelism").int() != Some(number)
    {
        check.invalid(&at.path, number, "can only be modified in tandem with spec.parallelism");
    }
}

/// While a Job is suspended and has not started, where its Pods may run can still be changed.
// Models pkg/apis/batch/validation validatePodTemplateUpdate
fn template_update(check: &mut Check, new: &Value, old: &Value) {
    let path = ["spec", "template"];
    let template = new.at(&path).cloned().unwrap_or_else(Value::map);
    let mut before = old.at(&path).cloned().unwrap_or_else(Value::map);
    let waiting = old.is_true_at(&["spec", "suspend"]) && old.at(&["status", "startTime"]).is_none();
    if waiting {
        for field in [
            &["spec", "nodeSelector"][..],
            &["spec", "tolerations"],
            &["spec", "schedulingGates"],
            &["spec", "affinity"],
            &["metadata", "annotations"],
            &["metadata", "labels"],
        ] {
            before.remove(field);
            if let Some(value) = template.at(field) {
                before.set(field, value);
            }
        }
    }
    if template != before {
        let shown = goprint::json(&template, "PodTemplateSpec");
        check.invalid(&Path::of("spec.template"), shown, "field is immutable");
    }
}

/// A CronJob; on change, `old` is what it was.
// Models pkg/apis/batch/validation validateCronJobSpec
pub fn cron_job(check: &mut Check, object: &Value, old: Option<&Value>) {
    let spec = At::of(object, "spec");
    let schedule = spec.child("schedule");
    if check.need(&schedule) {
        if let Err(problem) = cron::check(schedule.text()) {
            check.invalid(&schedule.path, schedule.text(), problem);
        }
        if schedule.text().contains("TZ") {
            let detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
            check.invalid(&schedule.path, schedule.text(), detail);
        }
    }
    check.non_negatives(&spec, &["startingDeadlineSeconds"]);
    let zone = spec.child("timeZone");
    if zone.is_set() && old.is_none_or(|old| old.at(&["spec", "timeZone"]) != Some(zone.value)) {
        time_zone(check, &zone);
    }
    check.one_of(&spec.path.child("concurrencyPolicy"), spec.str("concurrencyPolicy"), &["Allow", "Forbid", "Replace"]);
    let job = spec.child("jobTemplate").child("spec");
    job_spec(check, &job);
    let selector = job.child("selector");
    if selector.is_set() {
        let shown = goprint::json(selector.value, "LabelSelector");
        check.invalid(&selector.path, shown, "`selector` will be auto-generated");
    }
    if job.is_true("manualSelector") {
        check.unsupported(&job.path.child("manualSelector"), "true".to_owned(), &["nil", "false"]);
    }
    check.non_negatives(&spec, &["successfulJobsHistoryLimit", "failedJobsHistoryLimit"]);
    let name = object.str_at(&["metadata", "name"]);
    if old.is_none() && name.len() > 52 {
        check.invalid(&Path::of("metadata.name"), name, "must be no more than 52 characters");
    }
}

/// The areas of the time zone database. Which places exist in them is not known here.
const AREAS: [&str; 14] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Brazil",
    "Canada",
    "Chile",
    "Etc",
    "Europe",
    "Indian",
    "Pacific",
];

fn time_zone(check: &mut Check, zone: &At<'_>) {
    let text = zone.text();
    if text.is_empty() {
        return check.invalid(&zone.path, text, "timeZone must be nil or non-empty string");
    }
    if text.eq_ignore_ascii_case("local") {
        let detail = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
        return check.invalid(&zone.path, text, detail);
    }
    let well_formed = text.split('/').all(|part| {
        (1..=14).contains(&part.len())
            && !part.starts_with(['-', '.'])
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte))
    });
    let area = text.split('/').next().unwrap_or_default();
    let known = match text.contains('/') {
        true => AREAS.contains(&area) || matches!(area, "US" | "Mexico"),
        false => matches!(
            text,
            "UTC"
                | "GMT"
                | "EST"
                | "MST"
                | "HST"
                | "CET"
                | "EET"
                | "MET"
                | "WET"
                | "ROK"
                | "PRC"
                | "Japan"
                | "Singapore"
                | "Zulu"
                | "Universal"
        ),
    };
    if !well_formed || !known {
        check.invalid(&zone.path, text, format!("unknown time zone {text}"));
    }
}
