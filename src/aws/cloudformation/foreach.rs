//! `Fn::ForEach`: a fragment written out once for every element of a list.
// Source: CloudFormation Template Reference, "Fn::ForEach".

use crate::aws::cloudformation::template::{Template, function};
use crate::document::yaml::{Content, Entry, Scalar, Style};
use crate::document::{Node, Value};
use std::rc::Rc;

/// What a parameter with a list comes to.
pub type Lists<'a> = &'a dyn Fn(&str) -> Option<Vec<Rc<str>>>;

/// The names that loops around a place give: identifier and element.
type Bound = Vec<(Rc<str>, Rc<str>)>;

/// The template with its loops written out. Without the transform they stay as they are.
#[must_use]
pub fn expanded(template: Template, lists: Lists<'_>) -> Template {
    let has_loops = || template.root.entries().iter().any(|entry| holds_loop(&entry.value));
    if !template.has_language_extensions() || !has_loops() {
        return template;
    }
    Template { root: node(&template.root, &Bound::new(), lists) }
}

/// The list that a parameter has by its default.
#[must_use]
pub fn defaults(template: &Template, name: &str) -> Option<Vec<Rc<str>>> {
    let default = template.item("Parameters", name)?.get("Default")?;
    default.as_str().map(elements)
}

/// `a, b` as its elements.
#[must_use]
pub fn elements(text: &str) -> Vec<Rc<str>> {
    text.split(',').map(|item| item.trim().into()).collect()
}

fn holds_loop(node: &Node) -> bool {
    match &node.content {
        Content::Scalar(_) => false,
        Content::List(items) => items.iter().any(holds_loop),
        Content::Map(entries) => {
            entries.iter().any(|entry| entry.key.starts_with("Fn::ForEach::") || holds_loop(&entry.value))
        }
    }
}

fn node(from: &Node, bound: &Bound, lists: Lists<'_>) -> Node {
    if let Some(("Ref", name)) = function(from)
        && let Some(name) = name.scalar()
        && let Some((_, element)) = bound.iter().rev().find(|(id, _)| **id == *name.text)
    {
        return Node { content: text(element), ..from.clone() };
    }
    let content = match &from.content {
        Content::Scalar(scalar) => match scalar.value.as_str().map(|own| filled(own, bound)) {
            Some(own) if *own != *scalar.text => text(&own),
            _ => from.content.clone(),
        },
        Content::List(items) => Content::List(items.iter().map(|item| node(item, bound, lists)).collect()),
        Content::Map(entries) => {
            let mut written = Vec::new();
            for entry in entries {
                match looped(entry, bound, lists) {
                    Some(fragments) => written.extend(fragments),
                    None => written.push(Entry {
                        key: filled(&entry.key, bound).into(),
                        value: node(&entry.value, bound, lists),
                        ..entry.clone()
                    }),
                }
            }
            Content::Map(written)
        }
    };
    Node { content, ..from.clone() }
}

/// The fragments of a loop; nothing for what is none, or whose list is not known.
fn looped(entry: &Entry, bound: &Bound, lists: Lists<'_>) -> Option<Vec<Entry>> {
    if !entry.key.starts_with("Fn::ForEach::") {
        return None;
    }
    let [id, collection, body] = entry.value.items() else { return None };
    // `N` and `Y` are truths to YAML, and names here.
    let id = id.scalar()?.text.clone();
    let collection = node(collection, bound, lists);
    let elements = match function(&collection) {
        Some(("Ref", name)) => lists(name.as_str()?)?,
        Some(_) => return None,
        None => collection.items().iter().filter_map(Node::scalar).map(|scalar| scalar.text.clone()).collect(),
    };
    let mut written = Vec::new();
    for element in elements {
        let mut inside = bound.clone();
        inside.push((id.clone(), element));
        match node(body, &inside, lists).content {
            Content::Map(entries) => written.extend(entries),
            _ => return None,
        }
    }
    Some(written)
}

fn text(text: &str) -> Content {
    let text: Rc<str> = text.into();
    Content::Scalar(Scalar { value: Value::Text(text.clone()), text, style: Style::Quoted })
}

/// `${Id}` becomes the element, `&{Id}` its letters and digits alone.
fn filled(own: &str, bound: &Bound) -> String {
    let mut out = own.to_owned();
    for (id, element) in bound.iter().rev() {
        out = out.replace(&format!("${{{id}}}"), element);
        let plain: String = element.chars().filter(char::is_ascii_alphanumeric).collect();
        out = out.replace(&format!("&{{{id}}}"), &plain);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Transform: AWS::LanguageExtensions
Parameters:
  Zones: {Type: CommaDelimitedList, Default: 'a, c'}
Resources:
  Vpc: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16}}
  'Fn::ForEach::Subnets':
    - Zone
    - !Ref Zones
    - 'Subnet${Zone}':
        Type: AWS::EC2::Subnet
        Properties: {VpcId: !Ref Vpc, AvailabilityZone: !Sub '${AWS::Region}${Zone}', Tags: [{Key: zone, Value: !Ref Zone}]}
";

    #[test]
    fn a_loop_is_written_out() {
        let read = Template::read(TEXT).expect("a template");
        let defaults = read.clone();
        let written = expanded(read, &|name| self::defaults(&defaults, name));
        let names: Vec<&str> = written.section("Resources").iter().map(|entry| &*entry.key).collect();
        assert_eq!(names, ["Vpc", "Subneta", "Subnetc"]);
        let subnet = written.item("Resources", "Subnetc").expect("there").to_value();
        assert_eq!(subnet.str_at(&["Properties", "AvailabilityZone", "Fn::Sub"]), "${AWS::Region}c");
        assert_eq!(subnet.items_at(&["Properties", "Tags"])[0].str_at(&["Value"]), "c");
        let bare = Template::read(&TEXT.replace("Transform: AWS::LanguageExtensions\n", "")).expect("a template");
        assert_eq!(expanded(bare.clone(), &|_| None), bare);
    }
}
