//! How resources are made: the table of handlers, read and carried out.
//!
//! A type is a few lines of text (`handlers.txt`): which operations of which service, which
//! property is which parameter. Everything goes through the door as the stack's caller.

use crate::aws::api::{Answer, Caller, Error};
use crate::aws::cloudformation::convert;
use crate::aws::context::Context;
use crate::aws::service;
use crate::document::{Map, Value};

const TABLE: &str = include_str!("handlers.txt");

/// The lines of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// The service that makes it.
    pub service: &'static str,
    /// How long that usually takes.
    pub seconds: i64,
    lines: &'static str,
}

/// The handler of a type, if its service is simulated.
#[must_use]
pub fn of(kind: &str) -> Option<Handler> {
    let at = TABLE.find(&format!("\n{kind} "))? + 1;
    let (head, rest) = TABLE[at..].split_once('\n')?;
    let mut length = 0;
    for line in rest.split_inclusive('\n').take_while(|line| line.starts_with(' ')) {
        length += line.len();
    }
    let mut words = head.split(' ').skip(1);
    let handler = Handler { service: words.next()?, seconds: words.next()?.parse().ok()?, lines: rest.get(..length)? };
    handler.is_served().then_some(handler)
}

/// The types that have a handler, served or not.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| line.starts_with(char::is_alphanumeric)).filter_map(|line| line.split(' ').next())
}

impl Handler {
    fn lines(self, word: &str) -> impl Iterator<Item = &'static str> {
        let start = format!(" {word} ");
        self.lines.lines().filter_map(move |line| line.strip_prefix(start.as_str()))
    }

    /// Whether the service offers what creation needs.
    fn is_served(self) -> bool {
        let Some(service) = service::named(self.service) else { return false };
        self.lines("create").any(|line| {
            let action = line.split([' ', '?']).next().unwrap_or_default();
            action == "~" || service.operations.iter().any(|operation| operation.name == action)
        })
    }

    /// Every action that the type's lines call.
    pub fn actions(self) -> impl Iterator<Item = &'static str> {
        self.lines
            .lines()
            .flat_map(|line| line.split(' '))
            .filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase()) && !word.contains(['=', '.', ':', '{']))
    }

    /// What is waited for.
    fn ready(self) -> Option<(&'static str, Vec<&'static str>, Vec<&'static str>)> {
        let line = self.lines("ready").next()?;
        let mut words = line.split(' ');
        let (path, good) = words.next()?.split_once('=')?;
        Some((path, good.split('|').collect(), words.filter_map(|word| word.strip_prefix('!')).collect()))
    }
}

/// How far a resource is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is there.
    Ready,
    /// Not yet.
    Waiting,
    /// It never will be: why.
    Failed(String),
}

/// One resource of a stack, at the handler's hands.
pub struct Work<'w, 'c, 't> {
    /// The door.
    pub context: &'w mut Context<'c, 't>,
    /// Who makes it.
    pub caller: Caller,
    /// Its handler.
    pub handler: Handler,
    /// Its logical id.
    pub logical: &'w str,
    /// The stack's name.
    pub stack: &'w str,
    /// Tags of the stack, and those that CloudFormation gives.
    pub tags: &'w [(String, String)],
    /// Its properties, with the names that were made up.
    pub properties: Value,
    /// What only its creation told.
    pub kept: Value,
    /// Its physical id.
    pub physical: String,
    /// What was acknowledged for the stack, and so for the stacks in it.
    pub capabilities: Value,
}

impl Work<'_, '_, '_> {
    /// Makes it. What was made up or told goes into `properties` and `kept`.
    ///
    /// # Errors
    /// The service's refusal.
    pub fn create(&mut self) -> Result<(), Error> {
        let line = self.handler.lines("create").find(|line| self.applies(line)).unwrap_or_default();
        let (call, id) = line.split_once(" -> ").unwrap_or((line, "{stack}-{logical}-{random}"));
        let answer = self.perform(call, &Value::Null)?;
        self.physical = self.physical_id(id, &answer);
        for word in self.handler.lines("keep").flat_map(|line| line.split(' ')) {
            if let Some((name, path)) = word.split_once('=') {
                let value = convert::at(&answer, path).unwrap_or_default();
                self.kept.set(&[name], value);
            }
        }
        self.complete()
    }

    fn complete(&mut self) -> Result<(), Error> {
        for line in self.handler.lines("set") {
            if self.applies(line) && triggers(line).any(|name| self.given(name).is_some()) {
                self.perform(line, &Value::Null)?;
            }
        }
        for line in self.handler.lines("list") {
            self.each(line, &Value::Null, true)?;
        }
        Ok(())
    }

    /// Changes it from `old` properties to its own.
    ///
    /// # Errors
    /// The service's refusal.
    pub fn update(&mut self, old: &Value) -> Result<(), Error> {
        let now = self.properties.clone();
        let changed = |name: &str| {
            let name = name.split('.').next().unwrap_or_default();
            old.get(name) != now.get(name)
        };
        for line in self.handler.lines("set").chain(self.handler.lines("update")) {
            if self.applies(line) && triggers(line).any(changed) {
                self.perform(line, &Value::Null)?;
            }
        }
        let again = self.handler.lines("again").flat_map(|line| line.split(' ')).any(changed);
        for line in self.handler.lines("list").chain(self.handler.lines("more")) {
            let property = line.split(' ').next().unwrap_or_default();
            if again || changed(property) {
                self.each(line, old, again)?;
            }
        }
        if self.handler.service == "ec2" && changed("Tags") {
            self.retag(old)?;
        }
        Ok(())
    }

    /// Deletes it; what is gone already is no fault.
    ///
    /// # Errors
    /// The service's refusal.
    pub fn delete(&mut self) -> Result<(), Error> {
        if self.handler.service == "iam" {
            let properties = std::mem::take(&mut self.properties);
            for line in self.handler.lines("list") {
                self.properties = Value::map();
                // What names the owner is needed still.
                for (key, value) in properties.entries() {
                    if *line.split(' ').next().unwrap_or_default() != **key {
                        self.properties.set(&[key], value);
                    }
                }
                forgiving(self.each(line, &properties, false))?;
            }
            self.properties = properties;
        }
        for line in self.handler.lines("delete") {
            if self.applies(line) {
                forgiving(self.perform(line, &Value::Null).map(drop))?;
            }
        }
        Ok(())
    }

    /// How far its making is.
    pub fn progress(&mut self) -> Progress {
        let Some((path, good, bad)) = self.handler.ready() else { return Progress::Ready };
        match self.describe() {
            Err(error) => Progress::Failed(error.message.to_string()),
            Ok(seen) => {
                let state = convert::at(&seen, path).unwrap_or_default();
                let state = state.as_str().unwrap_or_default();
                if good.contains(&state) {
                    Progress::Ready
                } else if bad.contains(&state) {
                    let told = ["FailureMessage", "StateReason.Message", "health.issues.0.message"];
                    let reason = told.iter().find_map(|path| convert::at(&seen, path)?.as_shared());
                    if let Some(text) = self.why_rolled_back() {
                        // Source: CloudFormation User Guide, "Troubleshooting", nested stacks.
                        let (id, what) =
                            (&self.physical, if state.starts_with("UPDATE") { "updated" } else { "created" });
                        return Progress::Failed(format!("Embedded stack {id} was not successfully {what}: {text}"));
                    }
                    Progress::Failed(reason.map_or_else(|| format!("it is {state}"), |text| text.to_string()))
                } else {
                    Progress::Waiting
                }
            }
        }
    }

    /// Why a stack that is a part of this one was rolled back.
    fn why_rolled_back(&mut self) -> Option<String> {
        if self.handler.service != "cloudformation" {
            return None;
        }
        let params = Value::from([("StackName", self.physical.as_str())]);
        let told = self.context.call_as(self.caller.clone(), "cloudformation", "DescribeStackEvents", params).ok()?;
        let events = told.items_at(&["StackEvents"]).iter();
        let mut reasons = events.filter(|event| event.str_at(&["PhysicalResourceId"]) == self.physical);
        let last = reasons.find_map(|event| event.get("ResourceStatusReason")?.as_str().map(str::to_owned))?;
        Some(last.trim_end_matches("Rollback requested by user.").trim_end().to_owned())
    }

    /// Whether it is gone.
    pub fn is_gone(&mut self) -> bool {
        let Some((path, ..)) = self.handler.ready() else { return true };
        match self.describe() {
            Err(_) => true,
            Ok(seen) => {
                let state = convert::at(&seen, path).unwrap_or_default();
                matches!(
                    state.as_str().unwrap_or_default(),
                    "" | "deleted" | "DELETED" | "DELETE_COMPLETE" | "terminated"
                )
            }
        }
    }

    /// Why it will never be gone, if its service has given up.
    pub fn is_stuck(&mut self) -> Option<String> {
        let (path, ..) = self.handler.ready()?;
        let seen = self.describe().ok()?;
        let state = convert::at(&seen, path)?;
        let id = &self.physical;
        let text = seen.str_at(&["StackStatusReason"]);
        (state.as_str() == Some("DELETE_FAILED"))
            .then(|| format!("Embedded stack {id} was not successfully deleted: {text}"))
    }

    /// Whether somebody took it away behind the stack's back.
    pub fn is_missing(&mut self) -> bool {
        self.handler.lines("read").next().is_some() && self.describe().is_err()
    }

    /// What its service says it is.
    ///
    /// # Errors
    /// The service's refusal: it is gone.
    pub fn describe(&mut self) -> Answer {
        let Some(line) = self.handler.lines("read").next() else { return Ok(Value::map()) };
        let (call, path) = line.split_once(" -> ").unwrap_or((line, ""));
        let answer = self.perform(call, &Value::Null)?;
        convert::at(&answer, path).ok_or_else(|| Error::new("ResourceNotFound", format!("{} is gone", self.physical)))
    }

    /// What `Fn::GetAtt` gives.
    ///
    /// # Errors
    /// The service's refusal.
    pub fn attribute(&mut self, name: &str) -> Answer {
        if let Some(kept) = self.kept.get(name) {
            return Ok(kept.clone());
        }
        let own = self.handler.lines("att").flat_map(|line| line.split(' ')).find_map(|word| {
            let (known, path) = word.split_once('=')?;
            (known == name).then_some(path)
        });
        match own {
            Some("$id") => return Ok(self.physical.as_str().into()),
            Some(text) if text.starts_with('~') => {
                let text = text.trim_start_matches('~').replace("{id}", &self.physical);
                return Ok(text.replace("{region}", &self.context.region).into());
            }
            Some(path) if path.starts_with("%after") => {
                let end = path.trim_start_matches("%after");
                let text = self.physical.as_str();
                let behind =
                    if end == "/" { text.split_once("loadbalancer/").map(|it| it.1) } else { text.rsplit(':').next() };
                return Ok(behind.unwrap_or(text).into());
            }
            _ => {}
        }
        let seen = self.describe()?;
        if let Some(key) = name.strip_prefix("Outputs.") {
            let mut outputs = seen.items_at(&["Outputs"]).iter();
            let found = outputs.find(|output| output.str_at(&["OutputKey"]) == key);
            return found.and_then(|output| output.get("OutputValue").cloned()).ok_or_else(|| {
                let message = format!("Output '{key}' not found in stack '{}'", self.physical);
                Error::new("ValidationError", message)
            });
        }
        let found = convert::at(&seen, own.unwrap_or(name));
        let given = || self.given(name);
        Ok(found.or_else(given).unwrap_or_else(|| self.physical.as_str().into()))
    }

    fn retag(&mut self, old: &Value) -> Result<(), Error> {
        let keys = |value: &Value| -> Vec<Value> {
            value.items_at(&["Tags"]).iter().filter_map(|tag| tag.get("Key").cloned()).collect()
        };
        let now = keys(&self.properties);
        let gone = keys(old).into_iter().filter(|key| !now.contains(key));
        let gone: Vec<Value> = gone.map(|key| Value::from([("Key", key)])).collect();
        let id = match self.given("AllocationId") {
            Some(id) => id,
            None => self
                .attribute("AllocationId")
                .ok()
                .filter(|_| self.physical.contains('.'))
                .unwrap_or_else(|| self.physical.as_str().into()),
        };
        for (action, tags) in
            [("DeleteTags", Value::from(gone)), ("CreateTags", self.given("Tags").unwrap_or_default())]
        {
            if !tags.is_empty() {
                let params = Value::from([("Resources", Value::list([id.clone()])), ("Tags", tags)]);
                self.context.call_as(self.caller.clone(), "ec2", action, params)?;
            }
        }
        Ok(())
    }

    /// `PROPERTY ADD ARGS / REMOVE ARGS`: what comes is added, what goes removed.
    fn each(&mut self, line: &str, old: &Value, every: bool) -> Result<(), Error> {
        let (property, calls) = line.split_once(' ').unwrap_or((line, ""));
        let (add, remove) = calls.split_once(" / ").unwrap_or((calls, ""));
        let items = |value: Option<&Value>| -> Vec<Value> { value.map(|it| it.items().to_vec()).unwrap_or_default() };
        let (now, before) = (items(self.properties.get(property)), items(old.get(property)));
        for item in before.iter().filter(|item| !now.contains(item)) {
            self.perform(remove, item)?;
        }
        for item in now.iter().filter(|item| every || !before.contains(item)) {
            self.perform(add, item)?;
        }
        Ok(())
    }

    fn given(&self, name: &str) -> Option<Value> {
        convert::at(&self.properties, name)
    }

    /// Whether a line's condition holds.
    fn applies(&self, line: &str) -> bool {
        let action = line.split(' ').next().unwrap_or_default();
        match action.split_once('?') {
            None => true,
            Some((_, name)) => match name.strip_prefix('!') {
                Some(name) => self.given(name).is_none(),
                None => self.given(name).is_some(),
            },
        }
    }

    fn perform(&mut self, line: &str, item: &Value) -> Answer {
        let mut words = line.split(' ');
        let action = words.next().unwrap_or_default().split('?').next().unwrap_or_default();
        let mut params = Value::map();
        for word in words {
            let (target, source) = word.split_once('=').unwrap_or((word, word));
            let value = self.source(source, item)?;
            if let Some(value) = value.filter(|_| !target.is_empty() && !target.contains(':')) {
                let path: Vec<&str> = target.split('.').collect();
                params.set(&path, value);
            }
        }
        if action == "~" || action.is_empty() {
            return Ok(Value::map());
        }
        self.context.call_as(self.caller.clone(), self.handler.service, action, params)
    }

    fn source(&mut self, source: &str, item: &Value) -> Result<Option<Value>, Error> {
        if let Some(inner) = source.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return Ok(self.source(inner, item)?.map(|value| Value::list([value])));
        }
        if let Some(literal) = source.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
            return Ok(Some(convert::literal(literal)));
        }
        if let Some((way, inner)) = source.strip_prefix('%').and_then(|rest| rest.split_once(':')) {
            return Ok(self.source(inner, item)?.map(|value| convert::by(way, &value)));
        }
        if let Some(name) = source.strip_prefix('@') {
            return match self.given(name) {
                Some(value) => Ok(Some(value)),
                None => self.attribute(name).map(Some),
            };
        }
        if let Some(path) = source.strip_prefix("$item") {
            return Ok(convert::at(item, path.trim_start_matches('.')));
        }
        match source {
            "$id" => return Ok(Some(self.physical.as_str().into())),
            "$capabilities" => return Ok(Some(self.capabilities.clone())),
            "$all" => return Ok(Some(self.properties.clone())),
            "$elsewhere" if *self.context.region == *"us-east-1" => return Ok(None),
            "$elsewhere" => return Ok(Some((&self.context.region).into())),
            _ => {}
        }
        match source.split_once(':') {
            Some(("name", name)) => return Ok(Some(self.name(name))),
            Some(("tags", kind)) => return Ok(self.tag_specifications(kind)),
            Some(("subnet-acl", name)) => return self.acl_of(name, false).map(Some),
            Some(("default-acl", name)) => return self.acl_of(name, true).map(Some),
            _ => {}
        }
        let (name, otherwise) = source.split_once('|').unwrap_or((source, ""));
        let otherwise = (!otherwise.is_empty()).then(|| convert::literal(otherwise));
        Ok(self.given(name).or(otherwise))
    }

    /// The property, or a name that is made up and kept.
    fn name(&mut self, property: &str) -> Value {
        if let Some(given) = self.given(property) {
            return given;
        }
        let made = self.made_up(property);
        self.properties.set(&[property], made.as_str());
        made.into()
    }

    // Source: CloudFormation Template Reference, "Name type": stack, logical id and chance.
    fn made_up(&mut self, property: &str) -> String {
        const CHANCE: u32 = 12;
        let chance = self.context.dice("cloudformation-name").name_suffix(CHANCE).to_uppercase();
        let short = |text: &str, length: usize| text.chars().take(length).collect::<String>();
        match self.handler.service {
            "s3api" => format!("{}-{}-{}", short(self.stack, 24), short(self.logical, 24), chance).to_lowercase(),
            "elbv2" => format!("{}-{}-{chance}", short(self.stack, 5), short(self.logical, 5)),
            "ssm" => format!("CFN-{}-{chance}", self.logical),
            "eks" => format!("{}-{chance}", short(self.logical, 40)),
            _ if property == "LaunchTemplateName" => format!("{}_{chance}", self.logical),
            _ => format!("{}-{}-{chance}", short(self.stack, 24), short(self.logical, 24)),
        }
    }

    fn tag_specifications(&self, kind: &str) -> Option<Value> {
        let mut tags: Vec<Value> = self.properties.items_at(&["Tags"]).to_vec();
        let own: Vec<&str> = tags.iter().map(|tag| tag.str_at(&["Key"])).collect();
        let more: Vec<Value> = self
            .tags
            .iter()
            .filter(|(key, _)| !own.contains(&key.as_str()))
            .map(|(key, value)| Value::from([("Key", key.as_str()), ("Value", value.as_str())]))
            .collect();
        tags.extend(more);
        let specification = Value::from([("ResourceType", Value::from(kind)), ("Tags", tags.clone().into())]);
        (!tags.is_empty()).then(|| Value::list([specification]))
    }

    /// The association of a subnet with its ACL, or the VPC's default ACL.
    fn acl_of(&mut self, property: &str, is_default: bool) -> Answer {
        let subnet = self.given(property).unwrap_or_default();
        let acls = self.context.call_as(self.caller.clone(), "ec2", "DescribeNetworkAcls", Value::map())?;
        let acls = acls.items_at(&["NetworkAcls"]);
        let found = acls.iter().find_map(|acl| {
            let association = acl.items_at(&["Associations"]).iter().find(|it| it.get("SubnetId") == Some(&subnet))?;
            Some((acl, association))
        });
        let Some((acl, association)) = found else { return Ok(Value::Null) };
        if !is_default {
            return Ok(association.get("NetworkAclAssociationId").cloned().unwrap_or_default());
        }
        let default = acls.iter().find(|it| it.get("VpcId") == acl.get("VpcId") && it.is_true_at(&["IsDefault"]));
        Ok(default.and_then(|it| it.get("NetworkAclId").cloned()).unwrap_or_default())
    }

    fn physical_id(&mut self, pattern: &str, answer: &Value) -> String {
        let mut id = String::new();
        let mut rest = pattern;
        while let Some((before, behind)) = rest.split_once('{') {
            let (name, after) = behind.split_once('}').unwrap_or((behind, ""));
            id.push_str(before);
            let value = match name {
                "stack" => self.stack.into(),
                "logical" => self.logical.into(),
                "random" => self.context.dice("cloudformation-name").name_suffix(12).to_uppercase().into(),
                _ => match name.strip_prefix('.') {
                    Some(property) => self.given(property).unwrap_or_default(),
                    None => convert::at(answer, name).unwrap_or_default(),
                },
            };
            id.push_str(&super::evaluate::scalar_text(&value));
            rest = after;
        }
        id.push_str(rest);
        id
    }
}

/// The properties that a line is about.
fn triggers(line: &str) -> impl Iterator<Item = &str> {
    line.split(' ').skip(1).filter_map(|word| {
        let source = word.split_once('=').map_or(word, |(_, source)| source);
        let source = source.trim_start_matches('[').trim_end_matches(']');
        let source = source.rsplit(':').next().unwrap_or_default();
        let name = source.split('|').next().unwrap_or_default();
        (!name.is_empty() && !name.starts_with(['$', '\'', '@', '"'])).then_some(name)
    })
}

/// What is not there any more need not be deleted.
fn forgiving(done: Result<(), Error>) -> Result<(), Error> {
    match done {
        Err(error) if is_absence(&error) => Ok(()),
        other => other,
    }
}

/// Whether a refusal says that the thing is not there.
#[must_use]
pub fn is_absence(error: &Error) -> bool {
    ["NotFound", "NoSuch", "ResourceNotFoundException"].iter().any(|word| error.code.contains(word))
}

/// The map of tags that a list of them makes.
pub(super) fn tag_map(tags: &Value) -> Value {
    let entries = tags.items().iter().filter_map(|tag| {
        let key = tag.get("Key")?.as_shared()?;
        Some((key, tag.get("Value").cloned().unwrap_or_default()))
    });
    entries.collect::<Map>().into()
}
