//! What a template comes to: conditions, functions, pseudo-parameters.

use crate::aws::cloudformation::graph::mentions;
use crate::aws::cloudformation::template::{Path, Template, function, placeholders};
use crate::aws::cloudformation::{cidr, zones};
use crate::document::yaml::Content;
use crate::document::{Map, Node, Value, base64};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a function cannot be worked out for, in CloudFormation's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

impl Refusal {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// A value, or nothing where `AWS::NoValue` stood.
pub type Evaluated = Result<Option<Value>, Refusal>;

/// What only the world knows: resources, exports.
pub trait Facts {
    /// What `Ref` of a resource gives.
    fn reference(&self, id: &str) -> Value;
    /// What `Fn::GetAtt` gives; `given` is the resource's own property of that name.
    ///
    /// # Errors
    /// When the resource has no such attribute.
    fn attribute(&self, id: &str, name: &str) -> Result<Value, Refusal>;
    /// An export of another stack.
    ///
    /// # Errors
    /// When nobody exports that name.
    fn import(&self, name: &str) -> Result<Value, Refusal>;
    /// The stack's id.
    fn stack_id(&self) -> Value;
}

/// The names that every template knows.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Pseudo {
    /// `AWS::AccountId`.
    pub account: Rc<str>,
    /// `AWS::Region`.
    pub region: Rc<str>,
    /// `AWS::StackName`.
    pub stack_name: Rc<str>,
    /// `AWS::NotificationARNs`.
    pub notification_arns: Vec<Value>,
}

/// Everything that a template is worked out with.
#[derive(Clone)]
pub struct Scope<'a> {
    /// The template.
    pub template: &'a Template,
    /// The parameters' values: texts, and lists of texts.
    pub parameters: &'a BTreeMap<Rc<str>, Value>,
    /// The names that every template knows.
    pub pseudo: &'a Pseudo,
    /// What only the world knows.
    pub facts: &'a dyn Facts,
    /// The conditions, as far as they are worked out.
    pub conditions: BTreeMap<Rc<str>, bool>,
}

impl<'a> Scope<'a> {
    /// A scope with every condition worked out.
    ///
    /// # Errors
    /// When a condition cannot be.
    pub fn new(
        template: &'a Template,
        parameters: &'a BTreeMap<Rc<str>, Value>,
        pseudo: &'a Pseudo,
        facts: &'a dyn Facts,
    ) -> Result<Self, Refusal> {
        let mut scope = Self { template, parameters, pseudo, facts, conditions: BTreeMap::new() };
        for entry in template.section("Conditions") {
            scope.work_out(&entry.key, &mut Vec::new())?;
        }
        Ok(scope)
    }

    fn work_out(&mut self, name: &str, asked: &mut Vec<Rc<str>>) -> Result<bool, Refusal> {
        if let Some(known) = self.conditions.get(name) {
            return Ok(*known);
        }
        if asked.iter().any(|it| **it == *name) {
            let list: Vec<&str> = asked.iter().map(|it| &**it).collect();
            return Err(Refusal::new(format!(
                "Template error: Circular dependency between conditions: [{}]",
                list.join(", ")
            )));
        }
        let template = self.template;
        let Some(node) = template.item("Conditions", name) else { return Err(no_condition(name)) };
        asked.push(name.into());
        for needed in conditions_named_in(node) {
            self.work_out(needed, asked)?;
        }
        asked.pop();
        // Conditions are worked out before there are resources.
        let foreign =
            mentions(node, &Path::default()).into_iter().find(|it| template.item("Resources", &it.name).is_some());
        if let Some(foreign) = foreign {
            return Err(Refusal::new(format!(
                "Template error: Every Condition member must be a string, and conditions can only reference parameters and mappings: [{}]",
                foreign.name
            )));
        }
        let holds = self.holds(node)?;
        self.conditions.insert(name.into(), holds);
        Ok(holds)
    }

    /// Whether a condition's expression holds.
    ///
    /// # Errors
    /// When it is no condition.
    pub fn holds(&self, node: &Node) -> Result<bool, Refusal> {
        let all = |items: &[Node]| items.iter().map(|item| self.holds(item)).collect::<Result<Vec<bool>, Refusal>>();
        if let Some(name) = named_condition(node) {
            return self.conditions.get(name).copied().ok_or_else(|| no_condition(name));
        }
        match function(node) {
            Some(("Fn::Equals", argument)) => match argument.items() {
                [one, other] => Ok(same(&self.value(one)?, &self.value(other)?)),
                _ => {
                    Err(Refusal::new("Template error: every Fn::Equals object requires a list of 2 string parameters."))
                }
            },
            Some(("Fn::Not", argument)) => match argument.items() {
                [one] => Ok(!self.holds(one)?),
                _ => Err(Refusal::new("Template error: every Fn::Not object requires one boolean parameter.")),
            },
            Some((name @ ("Fn::And" | "Fn::Or"), argument)) => {
                let held = all(argument.items())?;
                if !(2..=10).contains(&held.len()) {
                    return Err(Refusal::new(format!(
                        "Template error: every {name} object requires a list of at least 2 and at most 10 boolean parameters."
                    )));
                }
                Ok(if name == "Fn::And" { held.iter().all(|it| *it) } else { held.iter().any(|it| *it) })
            }
            Some(("Fn::Contains", argument)) => match argument.items() {
                [list, wanted] => {
                    let (list, wanted) = (self.value(list)?, self.value(wanted)?);
                    Ok(list.items().iter().any(|it| scalar_text(it) == scalar_text(&wanted)))
                }
                _ => Err(Refusal::new("Template error: Fn::Contains requires two parameters.")),
            },
            _ => match self.value(node)? {
                Value::Bool(yes) => Ok(yes),
                Value::Text(text) if matches!(&*text, "true" | "false") => Ok(&*text == "true"),
                _ => Err(Refusal::new(
                    "Template format error: Every Condition member must be a boolean condition function.",
                )),
            },
        }
    }

    /// Whether what stands under a condition is made.
    #[must_use]
    pub fn is_active(&self, section: &str, id: &str) -> bool {
        let Some(condition) = self.template.condition_of(section, id) else { return true };
        self.conditions.get(condition).copied().unwrap_or_default()
    }

    /// A node's value; null where it is `AWS::NoValue`.
    ///
    /// # Errors
    /// When a function in it cannot be worked out.
    pub fn value(&self, node: &Node) -> Result<Value, Refusal> {
        Ok(self.evaluate(node)?.unwrap_or_default())
    }

    /// A node's value, or nothing.
    ///
    /// # Errors
    /// When a function in it cannot be worked out.
    pub fn evaluate(&self, node: &Node) -> Evaluated {
        if let Some((name, argument)) = function(node) {
            return self.call(name, argument);
        }
        match &node.content {
            Content::Scalar(scalar) => Ok(Some(scalar.value.clone())),
            Content::List(items) => {
                let mut list = Vec::new();
                for item in items {
                    list.extend(self.evaluate(item)?);
                }
                Ok(Some(list.into()))
            }
            Content::Map(entries) => {
                let mut map = Map::new();
                for entry in entries {
                    if let Some(value) = self.evaluate(&entry.value)? {
                        map.insert(entry.key.clone(), value);
                    }
                }
                Ok(Some(map.into()))
            }
        }
    }

    fn call(&self, name: &str, argument: &Node) -> Evaluated {
        match name {
            "Ref" => self.reference(argument.as_str().unwrap_or_default()),
            "Fn::GetAtt" => {
                let [id, attribute] = argument.items() else {
                    return Err(Refusal::new(
                        "Template error: every Fn::GetAtt object requires two non-empty parameters, \
                         the resource name and the resource attribute",
                    ));
                };
                let (id, attribute) = (self.text(id)?, self.text(attribute)?);
                self.attribute(&id, &attribute).map(Some)
            }
            "Fn::If" => match argument.items() {
                [condition, yes, no] => {
                    let condition = condition.as_str().unwrap_or_default();
                    let holds = self.conditions.get(condition).copied().ok_or_else(|| no_condition(condition))?;
                    self.evaluate(if holds { yes } else { no })
                }
                _ => Err(Refusal::new("Template error: Fn::If requires a list argument with three values")),
            },
            "Fn::Sub" => self.substitute(argument).map(Some),
            "Fn::Join" => self.join(argument).map(Some),
            "Fn::Select" => self.select(argument),
            "Fn::Split" => match argument.items() {
                [delimiter, text] => {
                    let (delimiter, text) = (self.text(delimiter)?, self.text(text)?);
                    Ok(Some(Value::list(text.split(&*delimiter).map(Value::from))))
                }
                _ => Err(Refusal::new(
                    "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) \
                     a string to be split or a function that returns a string to be split.",
                )),
            },
            "Fn::FindInMap" => self.find_in_map(argument),
            "Fn::GetAZs" => {
                let region = self.text(argument)?;
                let region = if region.is_empty() { self.pseudo.region.clone() } else { region.into() };
                Ok(Some(Value::list(zones::of(&region).map(Value::from))))
            }
            "Fn::Cidr" => self.cidr(argument).map(Some),
            "Fn::Base64" => Ok(Some(base64::encode(self.text(argument)?.as_bytes()).into())),
            "Fn::ImportValue" => self.facts.import(&self.text(argument)?).map(Some),
            "Fn::Length" if self.template.has_language_extensions() => {
                Ok(Some(Value::Int(self.value(argument)?.items().len() as i64)))
            }
            "Fn::ToJsonString" if self.template.has_language_extensions() => {
                Ok(Some(self.value(argument)?.to_string().into()))
            }
            "Fn::Length" | "Fn::ToJsonString" | "Fn::ForEach" => Err(Refusal::new(format!(
                "Template format error: {name} is not supported without 'AWS::LanguageExtensions' transform"
            ))),
            "Fn::Transform" => {
                let macro_name = argument.get("Name").and_then(Node::as_str).unwrap_or_default();
                Err(Refusal::new(format!("No transform named {macro_name} found.")))
            }
            "Fn::And" | "Fn::Or" | "Fn::Not" | "Fn::Equals" | "Fn::Contains" => {
                let entry = crate::document::yaml::Entry {
                    key: name.into(),
                    key_span: argument.span,
                    value: argument.clone(),
                    merged: false,
                };
                let node = Node { content: Content::Map(vec![entry]), span: argument.span, tag: None };
                self.holds(&node).map(|yes| Some(yes.into()))
            }
            // What looks like a function and is none is a key like any other.
            _ => Ok(Some(Value::from([(name, self.value(argument)?)]))),
        }
    }

    /// A node's value as text.
    fn text(&self, node: &Node) -> Result<String, Refusal> {
        Ok(scalar_text(&self.value(node)?))
    }

    fn reference(&self, name: &str) -> Evaluated {
        Ok(Some(match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::AccountId" => (&self.pseudo.account).into(),
            "AWS::Region" => (&self.pseudo.region).into(),
            "AWS::Partition" => partition(&self.pseudo.region).0.into(),
            "AWS::URLSuffix" => partition(&self.pseudo.region).1.into(),
            "AWS::StackName" => (&self.pseudo.stack_name).into(),
            "AWS::StackId" => self.facts.stack_id(),
            "AWS::NotificationARNs" => self.pseudo.notification_arns.clone().into(),
            _ if self.template.item("Parameters", name).is_some() => {
                self.parameters.get(name).cloned().unwrap_or_default()
            }
            _ if self.template.item("Resources", name).is_some() => self.facts.reference(name),
            _ => {
                return Err(Refusal::new(format!(
                    "Template format error: Unresolved resource dependencies [{name}] in the Resources block of the template"
                )));
            }
        }))
    }

    fn attribute(&self, id: &str, attribute: &str) -> Result<Value, Refusal> {
        if self.template.item("Resources", id).is_none() {
            return Err(Refusal::new(format!(
                "Template error: instance of Fn::GetAtt references undefined resource {id}"
            )));
        }
        self.facts.attribute(id, attribute)
    }

    fn substitute(&self, argument: &Node) -> Result<Value, Refusal> {
        let (text, own) = match argument.items() {
            [] => (argument, None),
            [text] => (text, None),
            [text, own] => (text, Some(own)),
            _ => return Err(Refusal::new(BAD_SUB)),
        };
        let Some(scalar) = text.scalar() else { return Err(Refusal::new(BAD_SUB)) };
        let mut out = String::new();
        let mut rest = &*scalar.text;
        while let Some((before, behind)) = rest.split_once("${") {
            let Some((name, after)) = behind.split_once('}') else { break };
            out.push_str(before);
            rest = after;
            if let Some(literal) = name.strip_prefix('!') {
                out.push_str(&format!("${{{literal}}}"));
                continue;
            }
            let name = name.trim();
            let value = match (own.and_then(|own| own.get(name)), name.split_once('.')) {
                (Some(own), _) => self.value(own)?,
                (None, Some((id, attribute))) => self.attribute(id, attribute)?,
                (None, None) => self.reference(name)?.unwrap_or_default(),
            };
            match &value {
                Value::List(_) | Value::Map(_) => {
                    return Err(Refusal::new(format!(
                        "Template error: variable {name} in Fn::Sub expression does not resolve to a string"
                    )));
                }
                value => out.push_str(&scalar_text(value)),
            }
        }
        out.push_str(rest);
        Ok(out.into())
    }

    fn join(&self, argument: &Node) -> Result<Value, Refusal> {
        let [delimiter, list] = argument.items() else { return Err(Refusal::new(BAD_JOIN)) };
        let delimiter = self.text(delimiter)?;
        match self.value(list)? {
            Value::List(items) => {
                let texts: Vec<String> = items.iter().map(scalar_text).collect();
                Ok(texts.join(&delimiter).into())
            }
            // A list that is not known yet.
            unknown @ Value::Text(_) if is_mask(&unknown) => Ok(unknown),
            _ => Err(Refusal::new(BAD_JOIN)),
        }
    }

    fn select(&self, argument: &Node) -> Evaluated {
        let [index, list] = argument.items() else {
            return Err(Refusal::new(
                "Template error: Fn::Select requires a list argument with two elements: an integer index and a list",
            ));
        };
        let index = self.text(index)?;
        let list = self.value(list)?;
        if is_mask(&list) {
            return Ok(Some(list));
        }
        let chosen = index.parse::<usize>().ok().and_then(|place| list.items().get(place));
        match chosen {
            Some(item) if !item.is_null() => Ok(Some(item.clone())),
            _ => Err(Refusal::new(format!(
                "Template error: Fn::Select cannot select nonexistent value at index {index}"
            ))),
        }
    }

    fn find_in_map(&self, argument: &Node) -> Evaluated {
        let (map, top, second, rest) = match argument.items() {
            [map, top, second] => (map, top, second, None),
            [map, top, second, rest] => (map, top, second, Some(rest)),
            _ => {
                return Err(Refusal::new(
                    "Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value",
                ));
            }
        };
        let (map, top, second) = (self.text(map)?, self.text(top)?, self.text(second)?);
        let otherwise =
            rest.filter(|_| self.template.has_language_extensions()).and_then(|rest| rest.get("DefaultValue"));
        let Some(mapping) = self.template.item("Mappings", &map) else {
            return match otherwise {
                Some(node) => self.evaluate(node),
                None => Err(Refusal::new(format!(
                    "Template error: Mapping named '{map}' is not present in the 'Mappings' section of template."
                ))),
            };
        };
        match (mapping.get(&top).and_then(|level| level.get(&second)), otherwise) {
            (Some(found), _) => Ok(Some(found.to_value())),
            (None, Some(node)) => self.evaluate(node),
            (None, None) => {
                Err(Refusal::new(format!("Template error: Unable to get mapping for {map}::{top}::{second}")))
            }
        }
    }

    fn cidr(&self, argument: &Node) -> Result<Value, Refusal> {
        let (block, count, bits) = match argument.items() {
            [block, count] => (block, count, None),
            [block, count, bits] => (block, count, Some(bits)),
            _ => {
                return Err(Refusal::new(
                    "Template error: every Fn::Cidr object requires two parameters, (1) a CIDR block and (2) a count, and optionally (3) cidrBits",
                ));
            }
        };
        let (block, count) = (self.text(block)?, self.text(count)?);
        if block.starts_with('<') {
            return Ok(block.into());
        }
        let bits = bits.map(|bits| self.text(bits)).transpose()?;
        let parsed = (count.parse().ok(), bits.as_deref().map_or(Some(None), |bits| bits.parse().ok().map(Some)));
        let (Some(count), Some(bits)) = parsed else {
            return Err(Refusal::new("Template error: Fn::Cidr expects whole numbers for count and cidrBits"));
        };
        cidr::parts(&block, count, bits).map(|parts| Value::list(parts.into_iter().map(Value::from))).ok_or_else(|| {
            Refusal::new(format!("Template error: Fn::Cidr cannot make {count} blocks of that size out of {block}"))
        })
    }
}

const BAD_SUB: &str = "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. \
    Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string";
const BAD_JOIN: &str = "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) \
    a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.";

fn no_condition(name: &str) -> Refusal {
    Refusal::new(format!("Template error: unresolved condition dependency: {name}"))
}

/// The conditions that an expression names.
pub(super) fn conditions_named_in(node: &Node) -> Vec<&str> {
    if let Some(name) = named_condition(node) {
        return vec![name];
    }
    match &node.content {
        Content::Scalar(_) => Vec::new(),
        Content::List(items) => items.iter().flat_map(conditions_named_in).collect(),
        Content::Map(entries) => entries.iter().flat_map(|entry| conditions_named_in(&entry.value)).collect(),
    }
}

/// `{Condition: Name}`.
pub(super) fn named_condition(node: &Node) -> Option<&str> {
    match node.entries() {
        [entry] if &*entry.key == "Condition" => entry.value.as_str(),
        _ => None,
    }
}

/// The partition of a region, and the end of its host names.
fn partition(region: &str) -> (&'static str, &'static str) {
    if region.starts_with("cn-") {
        ("aws-cn", "amazonaws.com.cn")
    } else if region.starts_with("us-gov-") {
        ("aws-us-gov", "amazonaws.com")
    } else {
        ("aws", "amazonaws.com")
    }
}

/// Whether two values are the same to `Fn::Equals`, which compares texts.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::List(_) | Value::Map(_), _) | (_, Value::List(_) | Value::Map(_)) => one == other,
        _ => scalar_text(one) == scalar_text(other),
    }
}

/// What stands for a value that is only known when the resource exists: `<Id>`, `<Id.Attribute>`.
#[must_use]
pub fn is_mask(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.starts_with('<') && text.ends_with('>'))
}

/// A scalar as CloudFormation hands it on: as text.
#[must_use]
pub fn scalar_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Text(text) => text.to_string(),
        other => other.to_string(),
    }
}

/// The names in a text of `Fn::Sub` that its own mapping does not give.
pub(super) fn open_placeholders(argument: &Node) -> Vec<&str> {
    let (text, own) = match argument.items() {
        [] => (argument, None),
        [text, rest @ ..] => (text, rest.first()),
    };
    let names = text.scalar().map(|scalar| placeholders(&scalar.text)).unwrap_or_default();
    names.into_iter().filter(|name| own.is_none_or(|own| own.get(name).is_none())).collect()
}
