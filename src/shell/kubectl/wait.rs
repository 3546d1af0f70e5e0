//! `kubectl wait`.
// Models k8s.io/kubectl/pkg/cmd/wait/wait.go

use crate::document::Value;
use crate::world::api::{Reason, meta};
use crate::world::{SimTime, secs};

use super::builder::{self, Info, Words};
use super::failure::Failure;
use super::{Done, Kubectl, delete, printer};

/// How long is waited where nothing is said.
const DEFAULT: SimTime = secs(30);

/// What is waited for.
enum For {
    Delete,
    Create,
    Condition { kind: String, status: String },
    JsonPath { path: String, value: Option<String> },
}

// Models conditionFuncFor
fn read(text: &str) -> Result<For, Failure> {
    let lower = text.to_lowercase();
    if lower == "delete" {
        return Ok(For::Delete);
    }
    if lower == "create" {
        return Ok(For::Create);
    }
    if let Some(condition) = text.strip_prefix("condition=") {
        let (kind, status) = condition.split_once('=').unwrap_or((condition, "true"));
        return Ok(For::Condition { kind: kind.to_lowercase(), status: status.to_lowercase() });
    }
    if let Some(rest) = text.strip_prefix("jsonpath=") {
        let (path, value) = match rest.rsplit_once("}=") {
            Some((path, value)) => (format!("{path}}}"), Some(value.to_owned())),
            None => match rest.rsplit_once('=').filter(|(path, _)| !path.ends_with('=') && !rest.ends_with('}')) {
                Some((path, value)) => (path.to_owned(), Some(value.to_owned())),
                None => (rest.to_owned(), None),
            },
        };
        if value.as_deref() == Some("") {
            return Err(Failure::plain(
                "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
            ));
        }
        return Ok(For::JsonPath { path, value: value.map(|value| value.trim_matches(['"', '\'']).to_owned()) });
    }
    Err(Failure::Plain(format!("unrecognized condition: \"{text}\"")))
}

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    let wanted: Vec<&str> = args.values("for").collect();
    if wanted.is_empty() {
        return Err(Failure::plain("unrecognized condition: []"));
    }
    let wanted: Vec<For> = wanted.into_iter().map(read).collect::<Result<_, _>>()?;
    let limit = match args.duration("timeout") {
        None => DEFAULT,
        Some(Some(limit)) => limit,
        // Below zero means a week.
        Some(None) => secs(168 * 3600),
    };
    let until = kubectl.client.now() + limit;
    let creates = wanted.iter().any(|wanted| matches!(wanted, For::Create));
    let (infos, failures) = find(kubectl, creates, until).await?;
    let deletes = wanted.iter().any(|wanted| matches!(wanted, For::Delete));
    if deletes && failures.iter().all(Failure::is_not_found) {
        // What is not there need not go.
    } else {
        Failure::of_all(failures)?;
    }
    if infos.is_empty() && !deletes {
        return Err(Failure::plain("no matching resources found"));
    }
    let mut faults = Vec::new();
    for info in &infos {
        for wanted in &wanted {
            match wait_for(kubectl, info, wanted, until).await {
                Ok(()) => kubectl.client.println(&format!("{} condition met", printer::name_of(&info.object))),
                Err(failure) => faults.push(failure),
            }
        }
    }
    Failure::of_all(faults)
}

async fn find(kubectl: &Kubectl, creates: bool, until: SimTime) -> Result<(Vec<Info>, Vec<Failure>), Failure> {
    if kubectl.args.value("filename").is_some() {
        let (infos, failures) = builder::from_files(kubectl);
        return Ok((infos, failures));
    }
    match builder::read_words(kubectl, "wait", &kubectl.args.words)? {
        Words::Names(names) => {
            let (mut found, mut failures) = (Vec::new(), Vec::new());
            for (resource, name) in names {
                loop {
                    let revision = kubectl.client.revision();
                    match kubectl.client.get(&kubectl.key(resource, &name)).await {
                        Ok(object) => found.push(builder::info(resource, object, "")),
                        Err(error) if creates && error.reason == Reason::NotFound && kubectl.client.now() < until => {
                            kubectl.client.changed(revision, Some(until)).await;
                            continue;
                        }
                        Err(error) => failures.push(error.into()),
                    }
                    break;
                }
            }
            Ok((found, failures))
        }
        Words::Types(_) => Ok(kubectl.selected().await),
    }
}

async fn wait_for(kubectl: &Kubectl, info: &Info, wanted: &For, until: SimTime) -> Done {
    loop {
        let revision = kubectl.client.revision();
        match kubectl.client.get(&info.key()).await {
            Ok(object) => {
                let is_over = match wanted {
                    For::Delete => meta::uid(&object) != meta::uid(&info.object),
                    _ => holds(&object, wanted)?,
                };
                if is_over {
                    return Ok(());
                }
            }
            Err(error) if error.reason == Reason::NotFound && matches!(wanted, For::Delete) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        if kubectl.client.now() >= until {
            return Err(delete::timed_out(info));
        }
        kubectl.client.changed(revision, Some(until)).await;
    }
}

fn holds(object: &Value, wanted: &For) -> Result<bool, Failure> {
    match wanted {
        For::Delete => Ok(false),
        For::Create => Ok(true),
        For::Condition { kind, status } => {
            let found = object
                .items_at(&["status", "conditions"])
                .iter()
                .find(|condition| condition.str_at(&["type"]).to_lowercase() == *kind);
            let observed = object.int_at(&["status", "observedGeneration"]);
            let is_stale = observed.is_some_and(|observed| observed < meta::generation(object));
            Ok(!is_stale && found.is_some_and(|condition| condition.str_at(&["status"]).to_lowercase() == *status))
        }
        For::JsonPath { path, value } => {
            let found = printer::find(path, object)?;
            Ok(match value {
                None => !found.is_empty(),
                Some(value) => matches!(found.as_slice(), [one] if printer::plain_text(one) == *value),
            })
        }
    }
}
