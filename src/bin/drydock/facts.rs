//! `drydock facts`: what the README says of the program, told by the program: what is simulated, what
//! is not, how many recordings of the real thing come out as recorded.
//!
//! `drydock facts README.md` writes it there, between the marks `<!-- facts LANG -->` and
//! `<!-- end of facts -->`; a test holds the two against each other.

use crate::conformance;
use drydock::aws::{cloudformation, service};
use drydock::course::Course;
use drydock::document::parse;
use drydock::kube::api::Resource;
use drydock::kube::controller::Controller;
use drydock::shell::kubectl;
use drydock::words::Lang;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// Cases that were kept because they come out: they guard, and say nothing of how true we are.
const CHOSEN: &str = "cloudformation-lint";

const RECORDINGS: &str = "tests/golden";
const GAPS: &str = "tests/known-gaps.yaml";
const END: &str = "<!-- end of facts -->";

pub fn main(args: &[String]) -> u8 {
    let facts = match Facts::gathered() {
        Ok(facts) => facts,
        Err(complaint) => {
            eprintln!("drydock facts: {complaint}");
            return 2;
        }
    };
    let [file] = args else {
        print!("{}", facts.told(Lang::En));
        return 0;
    };
    let written = std::fs::read_to_string(file).map_err(|error| error.to_string()).and_then(|text| {
        let text = [Lang::En, Lang::Ko].into_iter().try_fold(text, |text, lang| put(&text, lang, &facts.told(lang)))?;
        std::fs::write(file, text).map_err(|error| error.to_string())
    });
    if let Err(complaint) = written {
        eprintln!("drydock facts: {file}: {complaint}");
        return 2;
    }
    0
}

/// The text with the facts in their place.
fn put(text: &str, lang: Lang, told: &str) -> Result<String, String> {
    let begin = format!("<!-- facts {} -->\n", lang.tag());
    let from = text.find(&begin).ok_or_else(|| format!("no `{}`", begin.trim_end()))? + begin.len();
    let to = text[from..].find(END).ok_or_else(|| format!("no `{END}` after it"))? + from;
    Ok([&text[..from], told, &text[to..]].concat())
}

/// What the program says of itself.
struct Facts {
    kinds: Vec<&'static str>,
    other_kinds: Vec<&'static str>,
    controllers: Vec<&'static str>,
    verbs: Vec<&'static str>,
    services: Vec<(&'static str, usize)>,
    types: usize,
    /// Built and planned lessons.
    lessons: (usize, usize),
    planned: Vec<String>,
    /// By family: how many come out as recorded, of how many.
    recordings: BTreeMap<String, (usize, usize)>,
    gaps: Vec<(String, String)>,
}

impl Facts {
    fn gathered() -> Result<Self, String> {
        let served: BTreeSet<&str> = Resource::all().map(|resource| resource.info().kind).collect();
        let upstream: BTreeSet<&str> = kubectl::discovered_kinds().collect();
        let others = upstream.difference(&served).copied().collect();
        let course = Course::built_in();
        let all: Vec<_> = course.outline.lessons().map(|(_, lesson)| lesson).collect();
        let planned: Vec<String> =
            all.iter().filter(|lesson| !course.has(&lesson.id)).map(|lesson| lesson.number().to_owned()).collect();
        let mut recordings: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        let told = conformance::verdicts(Path::new(RECORDINGS))?;
        for verdict in told.into_iter().filter(|it| it.family != CHOSEN) {
            let (passed, count) = recordings.entry(verdict.family).or_default();
            *passed += usize::from(verdict.difference.is_none());
            *count += 1;
        }
        let text = std::fs::read_to_string(GAPS).map_err(|error| format!("{GAPS}: {error}"))?;
        let gaps = parse(&text).documents.first().map(|document| document.root.to_value()).unwrap_or_default();
        Ok(Self {
            kinds: served.into_iter().collect(),
            other_kinds: others,
            controllers: Controller::all().map(Controller::name).collect::<BTreeSet<_>>().into_iter().collect(),
            verbs: kubectl::verbs().collect(),
            services: service::SERVICES.iter().map(|service| (service.name, service.operations.len())).collect(),
            types: cloudformation::handlers::kinds().count(),
            lessons: (all.len() - planned.len(), planned.len()),
            planned,
            recordings,
            gaps: gaps
                .entries()
                .map(|(case, why)| (case.to_string(), why.as_str().unwrap_or_default().to_owned()))
                .collect(),
        })
    }

    fn told(&self, lang: Lang) -> String {
        let say = |en: &'static str, ko: &'static str| if lang == Lang::En { en } else { ko };
        let list = |names: &[&str]| names.join(", ");
        let mut rows: Vec<(String, String)> = Vec::new();
        let mut row = |name: &str, what: String| rows.push((name.to_owned(), what));
        row(&format!("{} ({})", say("Kubernetes kinds", "쿠버네티스 종류"), self.kinds.len()), list(&self.kinds));
        row(&format!("{} ({})", say("controllers", "컨트롤러"), self.controllers.len()), list(&self.controllers));
        row(&format!("`kubectl` ({})", self.verbs.len()), list(&self.verbs));
        let services: Vec<String> = self.services.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let operations: usize = self.services.iter().map(|(_, count)| count).sum();
        row(&format!("{} ({operations})", say("AWS operations", "AWS 오퍼레이션")), services.join(", "));
        row(say("CloudFormation types", "CloudFormation 리소스 타입"), self.types.to_string());
        row(say("lessons", "과"), self.lessons.0.to_string());
        let mut told = format!("| {} | |\n|---|---|\n", say("simulated", "시뮬레이션하는 것"));
        for (name, what) in rows {
            // Writing into a text does not fail.
            let _ = writeln!(told, "| {name} | {what} |");
        }
        let _ = writeln!(told, "\n| {} | |\n|---|---|", say("not simulated", "시뮬레이션하지 않는 것"));
        let _ = writeln!(
            told,
            "| {} ({}) | {} |",
            say("kinds of upstream that this API server refuses", "이 API 서버가 거절하는 업스트림의 종류"),
            self.other_kinds.len(),
            list(&self.other_kinds)
        );
        let _ = writeln!(
            told,
            "| {} | {} |",
            say("other AWS services and operations", "그 밖의 AWS 서비스와 오퍼레이션"),
            say(
                "refused with AWS's own error, never silently accepted",
                "AWS의 오류 그대로 거절하고, 조용히 받아들이지 않아요"
            )
        );
        let _ = writeln!(
            told,
            "| {} ({}) | {} |",
            say("lessons planned and not yet built", "계획했지만 아직 짓지 않은 과"),
            self.lessons.1,
            if self.planned.is_empty() { "–".to_owned() } else { self.planned.join(", ") }
        );
        let (passed, count) = self.recordings.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let _ =
            writeln!(told, "\n| {} | {} |\n|---|---|", say("recorded", "기록"), say("as recorded", "기록대로 나온 것"));
        for (family, (passed, count)) in &self.recordings {
            let _ = writeln!(told, "| {family} | {passed} / {count} |");
        }
        let _ = writeln!(told, "| **{}** | **{passed} / {count}** |", say("all", "모두"));
        for (case, why) in &self.gaps {
            let _ = writeln!(told, "\n{} `{case}`: {why}.", say("Not as recorded:", "기록과 다른 것:"));
        }
        told
    }
}
