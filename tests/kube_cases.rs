//! What happens below the API, as Kubernetes' documentation says it: `tests/kube-cases/*.yaml`.
//!
//! A case names the page it follows (`source`) and is a list of `steps`, each with one key:
//! - `create`: objects; `patch`: `of` (`pod/web`) and `with`; `delete`: `pod/web`
//! - `run`: how long to let time pass (`20s`)
//! - `stop`, `start`: a component (`scheduler`, `kubelet/node-a`, `machine/node-a`, …)
//! - `get`: `pod/web` with `path` (JSONPath) and `is`, `has` or `lacks`; `within` lets time pass
//!   until it holds, `after` says at least how long that takes
//! - `events`, `log` (`web` or `web/container`): the same; `previous: true` for the run before
//! - `exec`: a Pod with `command`, and `out`, `err`, `code`
//! - `trace`: a Pod (or `outside`) with `to` (`host:port`), `ends` and `hops` (codes in order)
//! - `send`: a client (`name`, `from`, `to`, `perSecond`); `traffic`: a client's name with `path`
//!   over `{answered, lost, losses: [{count, pod, why}]}` and `is`, `has`
//! - `refused`: a request (as `create`) with `says`

use drydock::document::jsonpath::JsonPath;
use drydock::document::{Value, parse};
use drydock::kube::api::{Key, PatchType, Request, Resource, User, Verb, meta};
use drydock::kube::network::path::{self, End};
use drydock::kube::network::traffic;
use drydock::sim::{SimTime, millis, secs};
use drydock::tree;
use drydock::world::{Action, ApiError, Break, Component, Preset, Reply, World};
use std::fs;
use std::path::PathBuf;
use std::rc::Rc;

const STEPS: [&str; 14] = [
    "send", "traffic", "create", "refused", "patch", "delete", "run", "stop", "start", "get", "events", "log", "exec",
    "trace",
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/kube-cases")
}

#[test]
fn clusters_do_what_the_documentation_says() {
    let only = std::env::var("CASE").unwrap_or_default();
    let mut files: Vec<PathBuf> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.retain(|file| file.extension().is_some_and(|end| end == "yaml"));
    let mut wrong = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        if !name.contains(&only) {
            continue;
        }
        let parsed = parse(&fs::read_to_string(&file).unwrap());
        println!("{name}");
        let outcome = match (parsed.first_error(), parsed.documents.as_slice()) {
            (None, [case]) => play(&case.root.to_value()),
            (error, _) => Err(format!("cannot be read: {error:?}")),
        };
        if let Err(problem) = outcome {
            wrong.push(format!("{name}: {problem}"));
        }
    }
    assert!(wrong.is_empty(), "{} cases fail\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn every_case_names_its_page() {
    let files: Vec<PathBuf> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        assert!(text.lines().any(|line| line.starts_with("source: ")), "{} names no page", file.display());
    }
}

fn play(case: &Value) -> Result<(), String> {
    let (preset, seed) = match case.get("world") {
        Some(world) => Preset::from_value(world)?,
        None => (Preset::native(), None),
    };
    let mut world = World::new(&preset, seed.unwrap_or(7));
    world.settle(secs(60));
    let steps = case.items_at(&["steps"]);
    if steps.is_empty() {
        return Err("no steps".to_owned());
    }
    for (number, step) in steps.iter().enumerate() {
        self::step(&mut world, step).map_err(|problem| format!("step {}: {problem}", number + 1))?;
    }
    Ok(())
}

fn duration(text: &str) -> SimTime {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().unwrap_or_else(|_| panic!("no duration: {text}"));
    match text.get(digits.len()..).unwrap() {
        "ms" => millis(number),
        "m" => secs(number * 60),
        _ => secs(number),
    }
}

fn ask(world: &mut World, request: Request) -> Result<Reply, ApiError> {
    world.act(&Action::Request { actor: "you".into(), request: Rc::new(request) })
}

fn key_of(text: &str) -> Key {
    let mut parts = text.split('/');
    let kind = parts.next().unwrap();
    let name = parts.next().unwrap_or_else(|| panic!("no name in {text}"));
    let resource = Resource::named(kind).unwrap_or_else(|| panic!("no resource {kind}"));
    let (namespace, name) = match parts.next() {
        Some(last) => (name, last),
        None => ("default", name),
    };
    Key::new(resource, if resource.info().namespaced { namespace } else { "" }, name)
}

fn component(text: &str) -> Component {
    Component::named(text).unwrap_or_else(|| panic!("no component {text}"))
}

fn create(world: &mut World, object: &Value) -> Result<Reply, ApiError> {
    let resource = Resource::of(object.str_at(&["apiVersion"]), object.str_at(&["kind"]))
        .unwrap_or_else(|| panic!("no kind {}", object.str_at(&["kind"])));
    let namespace = match meta::namespace(object) {
        _ if !resource.info().namespaced => "",
        "" => "default",
        namespace => namespace,
    };
    let request = Request::create(User::admin(), resource, namespace, object.clone());
    ask(world, request)
}

fn step(world: &mut World, step: &Value) -> Result<(), String> {
    let known = |name: &str| STEPS.contains(&name);
    let (what, value) = step.entries().find(|(name, _)| known(name)).ok_or_else(|| format!("no such step: {step}"))?;
    let text = value.as_str().unwrap_or_default();
    match &**what {
        "create" => {
            for object in value.items() {
                create(world, object).map_err(|error| error.message)?;
            }
        }
        "refused" => match create(world, value) {
            Ok(_) => return Err("was not refused".to_owned()),
            Err(error) => return judge(step.with_says(), &error.message),
        },
        "patch" => {
            let body = step.get("with").cloned().unwrap_or_default();
            let request = Request::new(User::admin(), Verb::Patch(PatchType::Strategic), &key_of(text)).with_body(body);
            ask(world, request).map_err(|error| error.message)?;
        }
        "delete" => {
            let request = Request::new(User::admin(), Verb::Delete, &key_of(text));
            ask(world, request).map_err(|error| error.message)?;
        }
        "run" => advance(world, world.now() + duration(text))?,
        "stop" => drop(world.act(&Action::Break(Break::Stop(component(text))))),
        "start" => drop(world.act(&Action::Break(Break::Start(component(text))))),
        "get" | "events" | "log" => return wait(world, step),
        "send" => {
            let plan = traffic::plan_of(value).ok_or("no plan")?;
            drop(world.act(&Action::Break(Break::Send(plan))));
        }
        "traffic" => {
            let found = traffic_of(world, text)?;
            let text = JsonPath::parse(step.str_at(&["path"]))?.allow_missing(true).print(&found)?;
            return judge(step.clone(), &text).map_err(|problem| format!("{problem}\n of {found}"));
        }
        "exec" => return exec(world, text, step),
        "trace" => return trace(world, text, step),
        other => return Err(format!("no such step: {other}")),
    }
    Ok(())
}

trait Says {
    fn with_says(&self) -> Value;
}

impl Says for Value {
    fn with_says(&self) -> Value {
        tree!({ "has": (self.get("says").cloned().unwrap_or_default()) })
    }
}

fn advance(world: &mut World, until: SimTime) -> Result<(), String> {
    for _ in 0..200 {
        if world.advance_to(until) {
            return Ok(());
        }
    }
    Err(format!("does not get to {until}"))
}

/// What a step looks at, as text.
fn seen(world: &mut World, step: &Value) -> Result<String, String> {
    if let Some(what) = step.get("get").and_then(Value::as_str) {
        let Some(object) = world.get(&key_of(what)) else { return Ok("(nothing)".to_owned()) };
        let path = JsonPath::parse(step.str_at(&["path"]))?.allow_missing(true);
        return path.print(object);
    }
    if let Some(name) = step.get("events").and_then(Value::as_str) {
        let snapshot = world.cluster().snapshot(world.now());
        let lines =
            snapshot.list(Resource::EVENTS, "").filter(|event| event.str_at(&["involvedObject", "name"]) == name);
        let lines = lines.map(|event| {
            format!("{} {} {}", event.str_at(&["type"]), event.str_at(&["reason"]), event.str_at(&["message"]))
        });
        return Ok(lines.collect::<Vec<_>>().join("\n"));
    }
    let name = step.get("log").and_then(Value::as_str).unwrap_or_default();
    let (pod, container) = name.split_once('/').unwrap_or((name, ""));
    let mut options = tree!({ "previous": (step.is_true_at(&["previous"])) });
    if !container.is_empty() {
        options.set(&["container"], container);
    }
    let request = Request::new(User::admin(), Verb::Get, &Key::new(Resource::PODS, "default", pod)).on("log");
    match ask(world, request.with_body(options)) {
        Ok(reply) => Ok(reply.into_object().str_at(&["text"]).to_owned()),
        Err(error) => Ok(error.message),
    }
}

fn judge(step: Value, found: &str) -> Result<(), String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if let Some(is) = step.get("is")
        && text(is).trim() != found.trim()
    {
        return Err(format!("want `{}`\n got `{found}`", text(is)));
    }
    let wanted = |field: &str| -> Vec<String> {
        match step.get(field) {
            Some(Value::List(list)) => list.iter().map(text).collect(),
            Some(one) => vec![text(one)],
            None => Vec::new(),
        }
    };
    for has in wanted("has") {
        if !found.contains(has.trim_end()) {
            return Err(format!("want in it `{has}`\n got `{found}`"));
        }
    }
    for lacks in wanted("lacks") {
        if found.contains(lacks.trim_end()) {
            return Err(format!("want without `{lacks}`\n got `{found}`"));
        }
    }
    Ok(())
}

fn wait(world: &mut World, step: &Value) -> Result<(), String> {
    let begun = world.now();
    let within = step.get("within").and_then(Value::as_str).map(duration).unwrap_or_default();
    loop {
        let found = seen(world, step)?;
        let problem = match judge(step.clone(), &found) {
            Ok(()) => break,
            Err(problem) => problem,
        };
        let next = world.next_due().unwrap_or(SimTime(u64::MAX)).max(world.now() + millis(1));
        // Logs are written without anything being due.
        let next = if step.get("log").is_some() { next.min(world.now() + millis(200)) } else { next };
        if next > begun + within {
            return Err(format!("at {}: {problem}", world.now()));
        }
        advance(world, next)?;
    }
    let took = world.now().since(begun);
    match step.get("after").and_then(Value::as_str).map(duration) {
        Some(after) if took < after => Err(format!("held already after {took}, not before {after}")),
        _ => Ok(()),
    }
}

fn traffic_of(world: &World, name: &str) -> Result<Value, String> {
    let client = world.cluster().clients().find(|client| &*client.plan.name == name).ok_or("no such client")?;
    let number = |count: u64| i64::try_from(count).unwrap();
    let losses = client.losses.iter().map(|loss| {
        let pod = loss.about.as_ref().map(|key| key.name.clone()).unwrap_or_default();
        tree!({ "count": (number(loss.count)), "pod": pod, "why": (loss.why.code) })
    });
    Ok(tree!({ "answered": (number(client.answered)), "lost": (number(client.lost)), "losses": (Value::list(losses)) }))
}

fn exec(world: &mut World, name: &str, step: &Value) -> Result<(), String> {
    let (pod, container) = name.split_once('/').unwrap_or((name, ""));
    let mut body = tree!({ "command": (step.get("command").cloned().unwrap_or_default()) });
    if !container.is_empty() {
        body.set(&["container"], container);
    }
    let request = Request::new(User::admin(), Verb::Create, &Key::new(Resource::PODS, "default", pod)).on("exec");
    let answer = match ask(world, request.with_body(body)) {
        Ok(reply) => reply.into_object(),
        Err(error) => return judge(step.with_says(), &error.message),
    };
    for (field, of) in [("out", "stdout"), ("err", "stderr")] {
        if let Some(want) = step.get(field) {
            judge(tree!({ "has": want }), answer.str_at(&[of]))
                .map_err(|problem| format!("{of}: {problem}\nof {answer}"))?;
        }
    }
    let code = answer.int_at(&["exitCode"]).unwrap_or(-1);
    let want = step.int_at(&["code"]).unwrap_or_default();
    if code == want { Ok(()) } else { Err(format!("code {code}, not {want}: {answer}")) }
}

fn trace(world: &mut World, name: &str, step: &Value) -> Result<(), String> {
    let target = step.str_at(&["to"]);
    let (host, port) = target.rsplit_once(':').ok_or("no port")?;
    let traced = world.cluster().trace(world.now(), name, host, port.parse().unwrap(), step.str_at(&["path"]));
    let codes: Vec<&str> = traced.hops.iter().map(|hop| hop.note.code).collect();
    let end = match &traced.end {
        End::Pod { key, .. } => format!("pod/{}", key.name),
        End::ApiServer => "api-server".to_owned(),
        End::Outside => "outside".to_owned(),
        End::Status(status) => status.to_string(),
        End::Stopped(failure) => format!("{failure:?}"),
    };
    let _: &path::Trace = &traced;
    if let Some(ends) = step.get("ends").and_then(Value::as_str)
        && !end.starts_with(ends)
    {
        return Err(format!("ends at {end}, not {ends}: {codes:?}"));
    }
    let hops: Vec<&str> = step.items_at(&["hops"]).iter().filter_map(Value::as_str).collect();
    if !hops.is_empty() && hops != codes {
        return Err(format!("goes by {codes:?}, not {hops:?}"));
    }
    Ok(())
}
