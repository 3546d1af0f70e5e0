//! One input as a tree, and back. Every kind of input has its line in both directions; what has
//! none cannot come in through a link.

use super::super::history::Logged;
use super::{unsigned, whole};
use crate::document::Value;
use crate::world::api::{Key, Options, PatchType, Preconditions, Propagation, Request, Resource, User, Verb};
use crate::world::{Action, Break, Call, Caller, Component, HttpRequest, Look, NodeSpec, Outbound, Plan, Target};
use std::rc::Rc;

/// Subresources that are asked for beside those that discovery names.
const SUBRESOURCES: [&str; 12] = [
    "",
    "status",
    "scale",
    "binding",
    "eviction",
    "log",
    "exec",
    "attach",
    "portforward",
    "token",
    "resize",
    "ephemeralcontainers",
];

/// An input as a tree.
pub(super) fn write(what: &Logged) -> Value {
    match what {
        Logged::Text { file, text } => Value::from([("file", Value::from(file)), ("text", Value::from(text))]),
        Logged::Act(action) => action_value(action),
    }
}

/// Reads an input; nothing where it is none.
pub(super) fn read(value: &Value) -> Option<Logged> {
    match (value.get("file"), value.get("text")) {
        (Some(file), Some(text)) => Some(Logged::Text { file: file.as_shared()?, text: text.as_shared()? }),
        _ => Some(Logged::Act(Rc::new(action(value)?))),
    }
}

fn action_value(action: &Action) -> Value {
    match action {
        Action::Request { actor, request } => {
            Value::from([("do", Value::text("ask")), ("actor", Value::from(actor)), ("ask", request_value(request))])
        }
        Action::RequestTo { actor, target, request } => Value::from([
            ("do", Value::text("ask-at")),
            ("actor", Value::from(actor)),
            ("server", Value::from(&target.server)),
            ("key", target.access_key_id.as_ref().map_or(Value::Null, Value::from)),
            ("ask", request_value(request)),
        ]),
        Action::Focus(server) => Value::from([("do", Value::text("focus")), ("server", Value::from(server))]),
        Action::Hosting { document, is_gone } => Value::from([
            ("do", Value::text("host")),
            ("document", Value::clone(document)),
            ("gone", Value::from(*is_gone)),
        ]),
        Action::Aws { actor, call } => {
            Value::from([("do", Value::text("call")), ("actor", Value::from(actor)), ("call", call_value(call))])
        }
        Action::Break(broken) => {
            Value::from([("do", Value::text("break")), ("what", Value::list(break_words(broken)))])
        }
        Action::Fetch(asked) => Value::from([("do", Value::text("fetch")), ("fetch", outbound_value(asked))]),
        Action::OnNode { node, look } => Value::from([
            ("do", Value::text("look")),
            ("node", Value::from(node)),
            ("what", Value::list(look_words(look))),
        ]),
        Action::Identify { server, pod } => {
            Value::from([("do", Value::text("identify")), ("server", Value::from(server)), ("pod", key_value(pod))])
        }
        Action::Join(node) => Value::from([("do", Value::text("join")), ("node", node_value(node))]),
    }
}

fn action(value: &Value) -> Option<Action> {
    let text = |name: &str| value.get(name)?.as_shared();
    Some(match value.str_at(&["do"]) {
        "ask" => Action::Request { actor: text("actor")?, request: Rc::new(request(value.get("ask")?)?) },
        "ask-at" => {
            let target = Target { server: text("server")?, access_key_id: optional(value.get("key"))? };
            Action::RequestTo {
                actor: text("actor")?,
                target: Rc::new(target),
                request: Rc::new(request(value.get("ask")?)?),
            }
        }
        "focus" => Action::Focus(text("server")?),
        "host" => Action::Hosting {
            document: Rc::new(value.get("document")?.clone()),
            is_gone: value.get("gone")?.as_bool()?,
        },
        "call" => Action::Aws { actor: text("actor")?, call: Rc::new(call(value.get("call")?)?) },
        "break" => Action::Break(breaking(value.items_at(&["what"]))?),
        "fetch" => Action::Fetch(Rc::new(outbound(value.get("fetch")?)?)),
        "look" => Action::OnNode { node: text("node")?, look: look(value.items_at(&["what"]))? },
        "identify" => Action::Identify { server: text("server")?, pod: key(value.get("pod")?)? },
        "join" => Action::Join(node(value.get("node")?)?),
        _ => return None,
    })
}

/// A text that may be absent: absent, `null`, or a text; anything else is wrong.
fn optional(value: Option<&Value>) -> Option<Option<Rc<str>>> {
    match value {
        None | Some(Value::Null) => Some(None),
        Some(value) => value.as_shared().map(Some),
    }
}

fn key_value(key: &Key) -> Value {
    let info = key.resource.info();
    let words = [Value::text(info.group), Value::text(info.kind)];
    let names = [Value::from(&key.namespace), Value::from(&key.name)];
    Value::list(words.into_iter().chain(names).chain(custom_value(key.resource)))
}

/// What else a custom resource's handle is made of.
fn custom_value(resource: Resource) -> Vec<Value> {
    let info = resource.info();
    if resource.is_custom() { vec![Value::text(info.plural), Value::Bool(info.namespaced)] } else { Vec::new() }
}

/// The resource of a group and a kind; of a custom one, with its plural name and scope.
fn resource(group: &str, kind: &str, custom: &[Value]) -> Option<Resource> {
    match custom {
        [] => Resource::of_kind(group, kind),
        [plural, namespaced] => Some(Resource::custom(group, plural.as_str()?, kind, namespaced.as_bool()?)),
        _ => None,
    }
}

fn key(value: &Value) -> Option<Key> {
    let [group, kind, namespace, name, custom @ ..] = value.items() else { return None };
    let resource = resource(group.as_str()?, kind.as_str()?, custom)?;
    Some(Key { resource, namespace: namespace.as_shared()?, name: name.as_shared()? })
}

// ----- requests -----

fn request_value(request: &Request) -> Value {
    let Request { user, verb, resource, version, subresource, namespace, name, body, options } = request;
    let info = resource.info();
    let mut value =
        Value::map().with(&["verb"], verb_word(*verb)).with(&["group"], info.group).with(&["kind"], info.kind);
    if resource.is_custom() {
        value.set(&["custom"], Value::list(custom_value(*resource)));
    }
    if *user != User::admin() {
        let groups = user.groups.iter().map(Value::from);
        value.set(&["user"], Value::list(std::iter::once(Value::from(&user.name)).chain(groups)));
    }
    for (key, text) in [("version", version), ("namespace", namespace), ("name", name)] {
        if !text.is_empty() {
            value.set(&[key], text);
        }
    }
    if !subresource.is_empty() {
        value.set(&["part"], *subresource);
    }
    if !body.is_null() {
        value.set(&["body"], body.clone());
    }
    if *options != Options::default() {
        value.set(&["options"], options_value(options));
    }
    value
}

fn request(value: &Value) -> Option<Request> {
    let text = |name: &str| optional(value.get(name)).map(Option::unwrap_or_default);
    let resource = resource(value.str_at(&["group"]), value.str_at(&["kind"]), value.items_at(&["custom"]))?;
    let part = text("part")?;
    let known = resource.info().subresources.iter().copied().chain(SUBRESOURCES).find(|known| **known == *part)?;
    let user = match value.get("user") {
        None => User::admin(),
        Some(user) => {
            let mut words = user.items().iter().map(Value::as_shared);
            User { name: words.next()??, groups: words.collect::<Option<Vec<_>>>()?.into() }
        }
    };
    Some(Request {
        user,
        verb: verb(value.str_at(&["verb"]))?,
        resource,
        version: text("version")?,
        subresource: known,
        namespace: text("namespace")?,
        name: text("name")?,
        body: value.get("body").cloned().unwrap_or_default(),
        options: value.get("options").map_or_else(|| Some(Options::default()), options)?,
    })
}

const VERBS: [(Verb, &str); 10] = [
    (Verb::Get, "get"),
    (Verb::List, "list"),
    (Verb::Create, "create"),
    (Verb::Update, "update"),
    (Verb::Patch(PatchType::Json), "patch-json"),
    (Verb::Patch(PatchType::Merge), "patch-merge"),
    (Verb::Patch(PatchType::Strategic), "patch-strategic"),
    (Verb::Patch(PatchType::Apply), "apply"),
    (Verb::Delete, "delete"),
    (Verb::DeleteCollection, "deletecollection"),
];

fn verb_word(verb: Verb) -> &'static str {
    VERBS.into_iter().find(|(known, _)| *known == verb).map_or("", |(_, word)| word)
}

fn verb(word: &str) -> Option<Verb> {
    VERBS.into_iter().find(|(_, known)| *known == word).map(|(verb, _)| verb)
}

const PROPAGATIONS: [(Propagation, &str); 3] =
    [(Propagation::Orphan, "Orphan"), (Propagation::Background, "Background"), (Propagation::Foreground, "Foreground")];

fn options_value(options: &Options) -> Value {
    let Options {
        field_manager,
        dry_run,
        force,
        lenient,
        // Only what components make is known to be in order.
        as_stored: _,
        grace_period_seconds,
        propagation,
        preconditions: Preconditions { uid, resource_version },
        label_selector,
        field_selector,
    } = options;
    let mut value = Value::map();
    for (key, text) in [("manager", field_manager), ("labels", label_selector), ("fields", field_selector)] {
        if !text.is_empty() {
            value.set(&[key], text);
        }
    }
    for (key, is) in [("dry", dry_run), ("force", force), ("lenient", lenient)] {
        if *is {
            value.set(&[key], true);
        }
    }
    if let Some(seconds) = grace_period_seconds {
        value.set(&["grace"], *seconds);
    }
    if let Some((_, word)) = PROPAGATIONS.into_iter().find(|(known, _)| Some(*known) == *propagation) {
        value.set(&["propagation"], word);
    }
    for (key, text) in [("uid", uid), ("revision", resource_version)] {
        if let Some(text) = text {
            value.set(&[key], text);
        }
    }
    value
}

fn options(value: &Value) -> Option<Options> {
    let text = |name: &str| optional(value.get(name));
    let is = |name: &str| value.get(name).map_or(Some(false), Value::as_bool);
    let propagation = match value.get("propagation") {
        None => None,
        Some(word) => Some(PROPAGATIONS.into_iter().find(|(_, known)| Some(*known) == word.as_str())?.0),
    };
    let grace_period_seconds = match value.get("grace") {
        None => None,
        Some(seconds) => Some(seconds.as_int()?),
    };
    Some(Options {
        field_manager: text("manager")?.unwrap_or_default(),
        dry_run: is("dry")?,
        force: is("force")?,
        lenient: is("lenient")?,
        as_stored: false,
        grace_period_seconds,
        propagation,
        preconditions: Preconditions { uid: text("uid")?, resource_version: text("revision")? },
        label_selector: text("labels")?.unwrap_or_default(),
        field_selector: text("fields")?.unwrap_or_default(),
    })
}

// ----- the cloud -----

fn call_value(call: &Call) -> Value {
    let Call { caller, region, service, action, params } = call;
    let caller = match caller {
        Caller::Keys { access_key_id } => Value::list([Value::text("key"), Value::from(access_key_id)]),
        Caller::Service { name, account, role } => Value::list([
            Value::text("service"),
            Value::from(name),
            Value::from(account),
            role.as_ref().map_or(Value::Null, Value::from),
        ]),
        Caller::Anonymous => Value::list([Value::text("nobody")]),
    };
    Value::from([
        ("caller", caller),
        ("region", Value::from(region)),
        ("service", Value::from(service)),
        ("action", Value::from(action)),
        ("params", params.clone()),
    ])
}

fn call(value: &Value) -> Option<Call> {
    let text = |name: &str| value.get(name)?.as_shared();
    let caller = match value.items_at(&["caller"]) {
        [kind, id] if kind.as_str() == Some("key") => Caller::Keys { access_key_id: id.as_shared()? },
        [kind, name, account, role] if kind.as_str() == Some("service") => {
            Caller::Service { name: name.as_shared()?, account: account.as_shared()?, role: optional(Some(role))? }
        }
        [kind] if kind.as_str() == Some("nobody") => Caller::Anonymous,
        _ => return None,
    };
    Some(Call {
        caller,
        region: text("region")?,
        service: text("service")?,
        action: text("action")?,
        params: value.get("params")?.clone(),
    })
}

// ----- from outside, and on a node -----

fn pair_value((name, value): &(Rc<str>, Rc<str>)) -> Value {
    Value::list([Value::from(name), Value::from(value)])
}

fn pair(value: &Value) -> Option<(Rc<str>, Rc<str>)> {
    match value.items() {
        [name, value] => Some((name.as_shared()?, value.as_shared()?)),
        _ => None,
    }
}

fn outbound_value(asked: &Outbound) -> Value {
    let Outbound { host, port, nth, request: HttpRequest { method, host: named, path, headers, body, client, agent } } =
        asked;
    Value::from([
        ("host", Value::from(host)),
        ("port", Value::from(*port)),
        ("nth", whole(*nth)),
        ("method", Value::from(method)),
        ("named", Value::from(named)),
        ("path", Value::from(path)),
        ("headers", Value::list(headers.iter().map(pair_value))),
        ("body", Value::from(body)),
        ("client", Value::from(client)),
        ("agent", Value::from(agent)),
    ])
}

fn outbound(value: &Value) -> Option<Outbound> {
    let text = |name: &str| value.get(name)?.as_shared();
    Some(Outbound {
        host: text("host")?,
        port: value.get("port")?.as_int()?,
        nth: unsigned(value.get("nth")?)?,
        request: HttpRequest {
            method: text("method")?,
            host: text("named")?,
            path: text("path")?,
            headers: value.items_at(&["headers"]).iter().map(pair).collect::<Option<_>>()?,
            body: text("body")?,
            client: text("client")?,
            agent: text("agent")?,
        },
    })
}

fn look_words(look: &Look) -> Vec<Value> {
    match look {
        Look::Machine => vec![Value::text("machine")],
        Look::Log { pod, container } => vec![Value::text("log"), Value::from(pod), Value::from(container)],
        Look::Rules(table) => vec![Value::text("rules"), Value::from(table)],
    }
}

fn look(words: &[Value]) -> Option<Look> {
    let (what, rest) = words.split_first()?;
    Some(match (what.as_str()?, rest) {
        ("machine", []) => Look::Machine,
        ("log", [pod, container]) => Look::Log { pod: pod.as_shared()?, container: container.as_shared()? },
        ("rules", [table]) => Look::Rules(table.as_shared()?),
        _ => return None,
    })
}

// ----- what breaks -----

fn break_words(broken: &Break) -> Vec<Value> {
    let words = |verb: &str, texts: &[&str]| -> Vec<Value> {
        std::iter::once(verb).chain(texts.iter().copied()).map(Value::text).collect()
    };
    match broken {
        Break::Stop(component) => words("stop", &[&component.name()]),
        Break::Start(component) => words("start", &[&component.name()]),
        Break::Cease(name) => words("cease", &[name]),
        Break::ZoneOut(zone) => words("zone-out", &[zone]),
        Break::ZoneBack(zone) => words("zone-back", &[zone]),
        Break::Member(cluster, member) => words("member", &[cluster, member]),
        Break::MemberBack(cluster, member) => words("member-back", &[cluster, member]),
        Break::Flaw => words("flaw", &[]),
        Break::Patch(cluster) => words("patch", &[cluster]),
        Break::Send(Plan { name, from, host, port, path, per_second }) => {
            let mut all = words("send", &[name, from, host]);
            all.extend([Value::from(*port), Value::from(path), whole(*per_second)]);
            all
        }
        // What came later is called as commands call it.
        other => words(if other.is_mending() { "mend" } else { "break" }, &[&other.name()]),
    }
}

fn breaking(words: &[Value]) -> Option<Break> {
    let (verb, rest) = words.split_first()?;
    let component = |name: &Value| Component::named(name.as_str()?);
    Some(match (verb.as_str()?, rest) {
        ("stop", [name]) => Break::Stop(component(name)?),
        ("start", [name]) => Break::Start(component(name)?),
        ("cease", [name]) => Break::Cease(name.as_shared()?),
        ("zone-out", [zone]) => Break::ZoneOut(zone.as_shared()?),
        ("zone-back", [zone]) => Break::ZoneBack(zone.as_shared()?),
        ("break", [name]) => Break::named(name.as_str()?)?,
        ("mend", [name]) => Break::named(name.as_str()?)?.mending()?,
        ("member", [cluster, member]) => Break::Member(cluster.as_shared()?, member.as_shared()?),
        ("member-back", [cluster, member]) => Break::MemberBack(cluster.as_shared()?, member.as_shared()?),
        ("flaw", []) => Break::Flaw,
        ("patch", [cluster]) => Break::Patch(cluster.as_shared()?),
        ("send", [name, from, host, port, path, per_second]) => Break::Send(Plan {
            name: name.as_shared()?,
            from: from.as_shared()?,
            host: host.as_shared()?,
            port: port.as_int()?,
            path: path.as_shared()?,
            per_second: unsigned(per_second)?.min(super::PER_SECOND_MAX),
        }),
        _ => return None,
    })
}

fn node_value(node: &NodeSpec) -> Value {
    let NodeSpec { name, zone, cpu, memory, pods, labels } = node;
    Value::from([
        ("name", Value::from(name)),
        ("zone", Value::from(zone)),
        ("cpu", Value::from(cpu)),
        ("memory", Value::from(memory)),
        ("pods", Value::from(*pods)),
        ("labels", Value::list(labels.iter().map(pair_value))),
    ])
}

fn node(value: &Value) -> Option<NodeSpec> {
    let text = |name: &str| value.get(name)?.as_shared();
    Some(NodeSpec {
        name: text("name")?,
        zone: text("zone")?,
        cpu: text("cpu")?,
        memory: text("memory")?,
        pods: value.get("pods")?.as_int()?,
        labels: value.items_at(&["labels"]).iter().map(pair).collect::<Option<_>>()?,
    })
}
