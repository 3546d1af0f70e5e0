//! Instances: launched, started, stopped, terminated.
// Source: Amazon EC2 user guide, "Instance lifecycle"; EC2 API Reference.

use super::kinds::{INSTANCE, INTERFACE, KEY_PAIR, flag, nothing, shown, texts};
use super::{group, interface, launch, template, volume, zone};
use crate::aws::api::{Answer, Error};
use crate::aws::{Context, required};
use crate::document::{Value, base64};
use crate::sim::{Verb, secs};
use crate::tree;
use std::rc::Rc;

/// How long each change takes.
// Source: measured by many, promised by nobody: EC2 says "a few minutes" at most.
const RUNNING_S: u64 = 15;
const BOOTED_S: u64 = 45;
const CHECKED_S: u64 = 120;
const STOPPED_S: u64 = 30;
const TERMINATED_S: u64 = 30;
/// How long a terminated instance stays visible.
// Source: EC2 user guide, "Terminate Amazon EC2 instances": usually less than an hour.
const FORGOTTEN_S: u64 = 3600;

/// An instance's state, as EC2 numbers it.
pub fn state(name: &str) -> Value {
    let code = match name {
        "pending" => 0,
        "running" => 16,
        "shutting-down" => 32,
        "terminated" => 48,
        "stopping" => 64,
        _ => 80,
    };
    tree!({ "Code": code, "Name": name })
}

fn state_of(instance: &Value) -> &str {
    instance.str_at(&["State", "Name"])
}

/// What an instance was given to do at its first boot.
#[must_use]
pub fn user_data(instance: &Value) -> Option<String> {
    let text = instance.get("_UserData")?.as_str()?;
    let bytes = base64::decode(text).ok()?;
    String::from_utf8(bytes).ok()
}

pub fn run(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let params = &template::merged(context, params)?;
    let plan = launch::plan(context, params)?;
    let reservation = context.new_id("r-");
    let mut made = Vec::new();
    for index in 0..plan.count {
        match launch::one(context, params, &plan, &reservation, index) {
            Ok(id) => made.push(id),
            // What was asked for at least has been checked; the rest is as far as the addresses go.
            Err(refusal) if i64::try_from(made.len()).unwrap_or(i64::MAX) < plan.least => {
                for id in &made {
                    remove(context, id);
                }
                return Err(refusal);
            }
            Err(_) => break,
        }
    }
    for id in &made {
        let key = context.key(INSTANCE.kind, id);
        context.schedule(secs(RUNNING_S), "ec2", "running", &key);
    }
    let rows: Vec<Value> =
        made.iter().filter_map(|id| context.get(INSTANCE.kind, id)).map(|it| detailed(context, it)).collect();
    Ok(reserved(context, &reservation, rows))
}

fn reserved(context: &Context<'_, '_>, reservation: &str, instances: Vec<Value>) -> Value {
    tree!({
        "ReservationId": reservation, "OwnerId": context.caller.account.clone(), "Groups": [],
        "Instances": Value::list(instances),
    })
}

/// An instance with its interfaces, as it is described.
fn detailed(context: &Context<'_, '_>, instance: &Value) -> Value {
    let mut row = shown(instance);
    let id = instance.str_at(&["InstanceId"]);
    let interfaces = INTERFACE.with(context, "Attachment.InstanceId", id).map(|(_, it)| {
        let mut it = shown(it);
        for member in ["AvailabilityZone", "TagSet", "RequesterManaged"] {
            it.remove(&[member]);
        }
        it
    });
    row.set(&["NetworkInterfaces"], Value::list(interfaces));
    row
}

pub fn describe(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let wanted = texts(params, "InstanceIds");
    for id in &wanted {
        INSTANCE.find(context, id)?;
    }
    let mut reservations: Vec<(Rc<str>, Vec<Value>)> = Vec::new();
    for (key, instance) in context.cloud.of_kind(&context.caller.account, &context.region, INSTANCE.kind) {
        let row = detailed(context, instance);
        if (wanted.is_empty() || wanted.contains(&key.id)) && INSTANCE.passes(params, &row)? {
            let reservation: Rc<str> = instance.str_at(&["_ReservationId"]).into();
            match reservations.iter_mut().find(|(id, _)| *id == reservation) {
                Some((_, rows)) => rows.push(row),
                None => reservations.push((reservation, vec![row])),
            }
        }
    }
    let rows = reservations.into_iter().map(|(id, rows)| reserved(context, &id, rows));
    Ok(tree!({ "Reservations": Value::list(rows) }))
}

/// `DescribeInstanceStatus`.
pub fn describe_status(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let wanted = texts(params, "InstanceIds");
    for id in &wanted {
        INSTANCE.find(context, id)?;
    }
    let all = flag(params, "IncludeAllInstances").unwrap_or_default();
    let rows = context.list(INSTANCE.kind).into_iter().filter_map(|(key, it)| {
        let runs = state_of(&it) == "running";
        if !(runs || all) || !(wanted.is_empty() || wanted.contains(&key.id)) {
            return None;
        }
        let (word, detail) = match (runs, it.is_true_at(&["_Impaired"]), it.is_true_at(&["_Checked"])) {
            (false, ..) => ("not-applicable", "not-applicable"),
            (_, true, _) => ("impaired", "failed"),
            (_, _, true) => ("ok", "passed"),
            _ => ("initializing", "initializing"),
        };
        let status = tree!({ "Status": word, "Details": [{ "Name": "reachability", "Status": detail }] });
        Some(tree!({
            "AvailabilityZone": it.str_at(&["Placement", "AvailabilityZone"]), "InstanceId": key.id,
            "InstanceState": it.get("State"), "InstanceStatus": status.clone(), "SystemStatus": status,
        }))
    });
    Ok(tree!({ "InstanceStatuses": Value::list(rows) }))
}

// ---- changes of state

fn each(context: &mut Context<'_, '_>, params: &Value) -> Result<Vec<(Rc<str>, Value)>, Error> {
    let ids = texts(params, "InstanceIds");
    if ids.is_empty() {
        required(params, "InstanceIds")?;
    }
    ids.into_iter().map(|id| Ok((id.clone(), INSTANCE.find(context, &id)?))).collect()
}

fn turned(id: &str, before: &Value, after: &str) -> Value {
    tree!({ "CurrentState": state(after), "InstanceId": id, "PreviousState": before.get("State") })
}

fn wrong_state(id: &str, verb: &str) -> Error {
    let message = format!("The instance '{id}' is not in a state from which it can be {verb}.");
    Error::new("IncorrectInstanceState", message)
}

pub fn start(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let all = each(context, params)?;
    for (id, instance) in &all {
        if !matches!(state_of(instance), "stopped" | "running" | "pending") {
            return Err(wrong_state(id, "started"));
        }
        let place = instance.str_at(&["Placement", "AvailabilityZone"]);
        if zone::is_down(context.cloud, &context.caller.account, place) {
            return Err(launch::no_capacity(instance.str_at(&["InstanceType"]), place));
        }
    }
    let mut rows = Vec::new();
    for (id, instance) in &all {
        let is_stopped = state_of(instance) == "stopped";
        rows.push(turned(id, instance, if is_stopped { "pending" } else { state_of(instance) }));
        if is_stopped {
            let (key, now) = (context.key(INSTANCE.kind, id), context.now_text());
            context.update(&key, Verb::Update, |it| {
                it.set(&["State"], state("pending"));
                it.set(&["LaunchTime"], now);
                it.remove(&["StateReason"]);
                it.set(&["StateTransitionReason"], "");
            });
            launch::give_public(context, id);
            context.schedule(secs(RUNNING_S), "ec2", "running", &key);
        }
    }
    Ok(tree!({ "StartingInstances": Value::list(rows) }))
}

pub fn stop(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let all = each(context, params)?;
    for (id, instance) in &all {
        if !matches!(state_of(instance), "running" | "stopping" | "stopped") {
            return Err(wrong_state(id, "stopped"));
        }
    }
    let mut rows = Vec::new();
    for (id, instance) in &all {
        let runs = state_of(instance) == "running";
        rows.push(turned(id, instance, if runs { "stopping" } else { state_of(instance) }));
        if runs {
            halt(context, id, "stopping", "Client.UserInitiatedShutdown", "User initiated shutdown");
            let key = context.key(INSTANCE.kind, id);
            context.schedule(secs(STOPPED_S), "ec2", "stopped", &key);
        }
    }
    Ok(tree!({ "StoppingInstances": Value::list(rows) }))
}

pub fn reboot(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    for (id, instance) in each(context, params)? {
        if state_of(&instance) == "running" {
            let key = context.key(INSTANCE.kind, &id);
            context.update(&key, Verb::Update, |it| {
                let count = it.int_at(&["_Boots"]).unwrap_or_default() + 1;
                it.set(&["_Boots"], count);
                it.set(&["_Ports"], Value::list([]));
            });
            context.schedule(secs(BOOTED_S), "ec2", "booted", &key);
        }
    }
    nothing()
}

pub fn terminate(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let all = each(context, params)?;
    for (id, instance) in &all {
        if instance.is_true_at(&["_DisableApiTermination"]) {
            let message = format!(
                "The instance '{id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again."
            );
            return Err(Error::new("OperationNotPermitted", message));
        }
    }
    let mut rows = Vec::new();
    for (id, instance) in &all {
        let lives = !matches!(state_of(instance), "shutting-down" | "terminated");
        rows.push(turned(id, instance, if lives { "shutting-down" } else { state_of(instance) }));
        if lives {
            halt(context, id, "shutting-down", "Client.UserInitiatedShutdown", "User initiated shutdown");
            let key = context.key(INSTANCE.kind, id);
            context.schedule(secs(TERMINATED_S), "ec2", "terminated", &key);
        }
    }
    Ok(tree!({ "TerminatingInstances": Value::list(rows) }))
}

/// An instance goes down; a public address that is not an Elastic IP address is lost.
fn halt(context: &mut Context<'_, '_>, id: &str, word: &str, code: &str, message: &str) {
    let (key, now) = (context.key(INSTANCE.kind, id), context.now_text());
    let verb = if word == "shutting-down" { Verb::Delete } else { Verb::Update };
    context.update(&key, verb, |it| {
        it.set(&["State"], state(word));
        it.set(&["StateReason"], tree!({ "Code": code, "Message": format!("{code}: {message}") }));
        it.set(&["StateTransitionReason"], format!("{message} ({now})"));
        it.set(&["_Checked"], false);
        it.set(&["_Ports"], Value::list([]));
    });
    let first = interface::primary(context, id);
    let is_elastic = |it: &Value| it.at(&["Association", "AllocationId"]).is_some();
    if let Some(first) = first.filter(|first| !context.get(INTERFACE.kind, first).is_some_and(is_elastic)) {
        interface::set_public(context, &first, None);
    }
}

/// Something was due for an instance.
pub fn due(context: &mut Context<'_, '_>, what: &str, id: &str) {
    let Some(instance) = context.get(INSTANCE.kind, id) else { return };
    let (now, key) = (state_of(instance).to_owned(), context.key(INSTANCE.kind, id));
    let ports = if instance.get("_Boots").is_some() { listening(instance) } else { Default::default() };
    match (what, &*now) {
        ("running", "pending") => {
            context.update(&key, Verb::UpdateStatus, |it| {
                let count = it.int_at(&["_Boots"]).unwrap_or_default() + 1;
                it.set(&["_Boots"], count);
                it.set(&["State"], state("running"));
            });
            context.schedule(secs(BOOTED_S), "ec2", "booted", &key);
            context.schedule(secs(CHECKED_S), "ec2", "checked", &key);
        }
        ("booted", "running") => {
            context.update(&key, Verb::UpdateStatus, |it| it.set(&["_Ports"], Value::list(ports)));
        }
        ("checked", "running") => context.update(&key, Verb::UpdateStatus, |it| it.set(&["_Checked"], true)),
        ("stopped", "stopping") => {
            context.update(&key, Verb::UpdateStatus, |it| it.set(&["State"], state("stopped")));
        }
        ("terminated", "shutting-down") => {
            remove_parts(context, id);
            context.update(&key, Verb::UpdateStatus, |it| {
                it.set(&["State"], state("terminated"));
                for member in ["PrivateIpAddress", "SubnetId", "VpcId", "PublicIpAddress"] {
                    it.remove(&[member]);
                }
                it.set(&["PrivateDnsName"], "");
                it.set(&["PublicDnsName"], "");
                it.set(&["SecurityGroups"], Value::list([]));
                it.set(&["BlockDeviceMappings"], Value::list([]));
            });
            context.schedule_background(secs(FORGOTTEN_S), "ec2", "forget", &key);
        }
        _ => {}
    }
}

/// What listens after a boot: the SSH server of every image, and the servers that the user data
/// starts by the names under which everybody installs them.
fn listening(instance: &Value) -> Vec<Value> {
    let script = user_data(instance).unwrap_or_default();
    let mut ports = vec![22];
    if ["httpd", "nginx", "apache2"].iter().any(|server| script.contains(server)) {
        ports.push(80);
    }
    if let Some((_, rest)) = script.split_once("http.server ") {
        ports.extend(rest.split_whitespace().next().and_then(|port| port.parse::<i64>().ok()));
    }
    ports.into_iter().map(Value::Int).collect()
}

fn remove_parts(context: &mut Context<'_, '_>, id: &str) {
    let parts: Vec<(Rc<str>, bool)> = INTERFACE
        .with(context, "Attachment.InstanceId", id)
        .map(|(own, it)| (own, it.is_true_at(&["Attachment", "DeleteOnTermination"])))
        .collect();
    for (own, goes_along) in parts {
        if goes_along {
            interface::delete(context, &own);
        } else {
            let key = context.key(INTERFACE.kind, &own);
            context.update(&key, Verb::Update, |it| {
                it.remove(&["Attachment"]);
                it.set(&["Status"], "available");
            });
        }
    }
    volume::leave(context, id);
}

/// Takes an instance back that was only just made.
fn remove(context: &mut Context<'_, '_>, id: &str) {
    remove_parts(context, id);
    INSTANCE.delete(context, id);
}

// ---- attributes

pub fn modify(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, instance) = INSTANCE.named(context, params, "InstanceId")?;
    let attribute = params.str_at(&["Attribute"]);
    let given = |name: &str| {
        let own = params.get(name).and_then(|it| it.get("Value").or(Some(it))).and_then(Value::as_shared);
        own.or_else(|| (attribute.eq_ignore_ascii_case(name)).then(|| params.get("Value")?.as_shared()).flatten())
    };
    if let Some(kind) = given("InstanceType") {
        if state_of(&instance) != "stopped" {
            let message = format!("The instance '{id}' is not in the 'stopped' state.");
            return Err(Error::new("IncorrectInstanceState", message));
        }
        launch::fits(launch::known_type(&kind)?, instance.str_at(&["Architecture"]))?;
        INSTANCE.change(context, &id, &["InstanceType"], kind);
    }
    if let Some(data) = given("UserData") {
        if state_of(&instance) != "stopped" {
            let message = format!("The instance '{id}' is not in the 'stopped' state.");
            return Err(Error::new("IncorrectInstanceState", message));
        }
        INSTANCE.change(context, &id, &["_UserData"], data);
    }
    for (name, field) in [("DisableApiTermination", "_DisableApiTermination"), ("SourceDestCheck", "SourceDestCheck")] {
        if let Some(yes) = flag(params, name) {
            INSTANCE.change(context, &id, &[field], yes);
        }
    }
    let groups = texts(params, "Groups");
    if !groups.is_empty() {
        let groups = group::chosen(context, instance.str_at(&["VpcId"]), &groups)?;
        if let Some(first) = interface::primary(context, &id) {
            interface::set_groups(context, &first, &groups);
        }
    }
    nothing()
}

pub fn describe_attribute(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, instance) = INSTANCE.named(context, params, "InstanceId")?;
    let mut answer = tree!({ "InstanceId": id });
    match required(params, "Attribute")? {
        "instanceType" => answer.set(&["InstanceType", "Value"], instance.get("InstanceType")),
        "userData" => match instance.get("_UserData") {
            Some(data) => answer.set(&["UserData", "Value"], data),
            None => answer.set(&["UserData"], Value::map()),
        },
        "disableApiTermination" => {
            answer.set(&["DisableApiTermination", "Value"], instance.is_true_at(&["_DisableApiTermination"]));
        }
        "groupSet" => answer.set(&["Groups"], instance.get("SecurityGroups")),
        "sourceDestCheck" => answer.set(&["SourceDestCheck", "Value"], instance.get("SourceDestCheck")),
        other => return Err(super::kinds::invalid(other, "attribute", "Unknown attribute.")),
    }
    Ok(answer)
}

/// Gives an instance an instance profile.
pub fn associate_profile(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, instance) = INSTANCE.named(context, params, "InstanceId")?;
    if instance.get("IamInstanceProfile").is_some() {
        let message = format!("There is an existing association for instance {id}");
        return Err(Error::new("IncorrectState", message));
    }
    let profile = launch::profile(context, params.get("IamInstanceProfile").unwrap_or(&Value::Null))?;
    INSTANCE.change(context, &id, &["IamInstanceProfile"], &profile);
    let association = context.new_id("iip-assoc-");
    Ok(tree!({ "IamInstanceProfileAssociation": {
        "AssociationId": association, "InstanceId": id, "IamInstanceProfile": profile, "State": "associating",
    } }))
}

/// What the console of an instance would show: enough to see that user data ran.
pub fn console_output(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (id, instance) = INSTANCE.named(context, params, "InstanceId")?;
    let output = if instance.get("_Ports").is_some_and(|ports| !ports.is_empty()) {
        "Cloud-init v. 22.2.2 finished. Datasource DataSourceEc2.\n"
    } else {
        ""
    };
    // What programs on the machine have logged, for whoever knows of them.
    let output = format!("{output}{}", instance.str_at(&["_Console"]));
    Ok(tree!({ "InstanceId": id, "Output": output, "Timestamp": context.now_text() }))
}

/// Whether a key pair is there.
pub fn check_key(context: &Context<'_, '_>, name: &str) -> Result<(), Error> {
    if name.is_empty() || KEY_PAIR.any(context, "KeyName", name) { Ok(()) } else { Err(KEY_PAIR.not_found(name)) }
}
