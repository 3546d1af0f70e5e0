//! Functions: the right number of arguments, and names that exist.

use super::{Lint, arguments, repr, repr_words};
use crate::aws::cloudformation::cidr::Block;
use crate::aws::cloudformation::evaluate::open_placeholders;
use crate::aws::cloudformation::facts;
use crate::aws::cloudformation::template::{PSEUDO, Path, function, placeholders};
use crate::document::schema::nearest;
use crate::document::yaml::Content;
use crate::document::{Node, Value};

pub(super) fn check(lint: &mut Lint<'_>) {
    for section in ["Conditions", "Resources", "Outputs"] {
        for entry in lint.template.section(section) {
            let path = Path::of(&[section, &entry.key]);
            if section == "Conditions" {
                walk(lint, &entry.value, &path, true);
                continue;
            }
            for part in entry.value.entries() {
                if !matches!(&*part.key, "DependsOn" | "Condition" | "Type") {
                    walk(lint, &part.value, &path.then(&part.key), false);
                }
            }
        }
    }
}

fn walk(lint: &mut Lint<'_>, node: &Node, path: &Path, in_condition: bool) {
    let condition = node.entries().first().filter(|entry| in_condition && &*entry.key == "Condition");
    let condition = condition.map(|entry| (&*entry.key, &entry.value));
    if let Some((name, argument)) = function(node).or(condition) {
        let known = lint.findings.len();
        call(lint, name, argument, &path.then(name), in_condition);
        // What is wrong inside a function counts as the outer one's fault.
        let outer = path.0.iter().find_map(|step| rule_of(step));
        let is_output = path.step(0) == Some("Outputs") && path.step(2) == Some("Value");
        for finding in lint.findings.iter_mut().skip(known).filter(|it| it.is_error()) {
            finding.rule = match finding.rule {
                "E1030" | "E1031" => continue,
                _ if is_output => "E6101",
                "E1020" => continue,
                rule => outer.unwrap_or(rule),
            };
        }
    }
    match &node.content {
        Content::Scalar(scalar) => {
            arguments::dynamic_reference(lint, &scalar.text, path);
            raw_placeholder(lint, node, path);
        }
        Content::List(items) => {
            items
                .iter()
                .enumerate()
                // What stands for the name of a condition is no value.
                .filter(|(index, _)| *index > 0 || path.0.last().is_none_or(|step| &**step != "Fn::If"))
                .for_each(|(index, item)| walk(lint, item, &path.then(&index.to_string()), in_condition));
        }
        Content::Map(entries) => {
            entries.iter().for_each(|entry| walk(lint, &entry.value, &path.then(&entry.key), in_condition));
        }
    }
}

/// The rule of a function.
fn rule_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "Fn::GetAtt" => "E1010",
        "Fn::FindInMap" => "E1011",
        "Fn::GetAZs" => "E1015",
        "Fn::ImportValue" => "E1016",
        "Fn::Select" => "E1017",
        "Fn::Split" => "E1018",
        "Fn::Sub" => "E1019",
        "Fn::Base64" => "E1021",
        "Fn::Join" => "E1022",
        "Fn::Cidr" => "E1024",
        "Fn::Equals" => "E8003",
        "Fn::And" => "E8004",
        "Fn::Not" => "E8005",
        "Fn::Or" => "E8006",
        _ => return None,
    })
}

fn call(lint: &mut Lint<'_>, name: &str, argument: &Node, path: &Path, in_condition: bool) {
    let is_output = path.step(0) == Some("Outputs");
    // The name of an export is made before there are resources.
    let in_condition = in_condition || (is_output && path.step(2) == Some("Export"));
    match name {
        "Fn::GetAtt" if is_output && path.step(2) == Some("Export") => {
            lint.add("E1010", path, format!("{} is not known when the name is made", repr(argument)));
        }
        "Ref" => {
            let rule = if is_output && path.step(2) == Some("Value") { "E6101" } else { "E1020" };
            match argument.as_str() {
                Some(id) => known_name(lint, rule, id, path, in_condition),
                None => {
                    lint.add("E1020", path, format!("{} is not of type 'string'", repr(argument)));
                    if argument.scalar().is_none() {
                        lint.add("E1020", path, format!("{} is not the name of anything", repr(argument)));
                    }
                }
            }
        }
        "Fn::GetAtt" => get_att(lint, argument, path),
        "Fn::Sub" => sub(lint, argument, path, in_condition),
        "Fn::Select" => select(lint, argument, path),
        "Fn::Join" if counted(lint, "E1022", argument, path, 2, 2) => {
            arguments::check(lint, "E1022", name, argument, path);
        }
        "Fn::Split" if counted(lint, "E1018", argument, path, 2, 2) => {
            arguments::check(lint, "E1018", name, argument, path);
        }
        "Fn::FindInMap" if counted(lint, "E1011", argument, path, 3, 4) => {
            arguments::check(lint, "E1011", name, argument, path);
        }
        "Fn::If" => if_(lint, argument, path),
        "Fn::Cidr" => cidr(lint, argument, path),
        "Fn::Base64" => arguments::check(lint, "E1021", name, argument, path),
        "Condition" if in_condition => {
            let known: Vec<&str> = lint.template.section("Conditions").iter().map(|entry| &*entry.key).collect();
            if let Some(named) = argument.as_str().filter(|named| !known.contains(named)) {
                let near = nearest(named, known.iter().copied()).map(str::to_owned);
                lint.add_near("E8007", path, format!("'{named}' is not one of {}", repr_words(&known)), near);
            }
        }
        "Fn::GetAZs" => arguments::check(lint, "E1015", name, argument, path),
        "Fn::Equals" if counted(lint, "E8003", argument, path, 2, 2) && in_condition => {
            arguments::check(lint, "E8003", name, argument, path);
        }
        "Fn::And" => {
            counted(lint, "E8004", argument, path, 2, 10);
        }
        "Fn::Not" => {
            counted(lint, "E8005", argument, path, 1, 1);
        }
        "Fn::Or" => {
            counted(lint, "E8006", argument, path, 2, 10);
        }
        "Fn::ImportValue" => {
            arguments::check(lint, "E1016", name, argument, path);
            if !is_output || path.step(2) != Some("Value") {
                return;
            }
            let shown = format!("{{'{name}': {}}}", repr(argument));
            lint.add("W6001", path, format!("The output value {shown} is an import from another output"));
        }
        "Fn::Length" | "Fn::ToJsonString" if !lint.template.has_language_extensions() => {
            let rule = if name == "Fn::Length" { "E1030" } else { "E1031" };
            lint.add(rule, path, format!("{name} is not supported without 'AWS::LanguageExtensions' transform"));
        }
        _ => {}
    }
}

fn counted(lint: &mut Lint<'_>, rule: &'static str, argument: &Node, path: &Path, least: usize, most: usize) -> bool {
    let found = argument.items().len();
    let said = if !matches!(argument.content, Content::List(_)) {
        format!("{} is not of type 'array'", repr(argument))
    } else if found < least {
        format!("expected minimum item count: {least}, found: {found}")
    } else if found > most {
        format!("expected maximum item count: {most}, found: {found}")
    } else {
        return true;
    };
    lint.add(rule, path, said);
    false
}

fn known_name(lint: &mut Lint<'_>, rule: &'static str, name: &str, path: &Path, in_condition: bool) {
    let template = lint.template;
    let declared = template.section("Parameters").iter().filter(|entry| entry.value.get("Type").is_some());
    let mut known: Vec<&str> = declared.map(|entry| &*entry.key).collect();
    if !in_condition {
        known.extend(template.section("Resources").iter().map(|entry| &*entry.key));
    }
    let near = nearest(name, known.iter().copied()).map(str::to_owned);
    known.extend(PSEUDO);
    if !known.contains(&name) {
        lint.add_near(rule, path, format!("'{name}' is not one of {}", repr_words(&known)), near);
    }
}

fn get_att(lint: &mut Lint<'_>, argument: &Node, path: &Path) {
    let items = argument.items();
    let Some(id) = items.first().and_then(Node::as_str) else {
        lint.add("E1010", path, format!("{} is not a valid GetAtt", repr(argument)));
        return;
    };
    if items.len() < 2 {
        let shown = format!("{{'Fn::GetAtt': {}}}", repr(argument));
        let message = format!("{shown} is not a valid GetAtt. It must specify a resource and an attribute name");
        lint.add("E1010", path, message);
        return;
    }
    if let Some(attribute) = items.get(1).and_then(Node::as_str) {
        attribute_of(lint, "E1010", id, attribute, [&path.then("0"), &path.then("1")]);
    }
}

fn attribute_of(lint: &mut Lint<'_>, rule: &'static str, id: &str, attribute: &str, at: [&Path; 2]) {
    let template = lint.template;
    let Some(kind) = template.type_of(id) else {
        let ids: Vec<&str> = template.section("Resources").iter().map(|entry| &*entry.key).collect();
        if !ids.contains(&id) {
            let near = nearest(id, ids.iter().copied()).map(str::to_owned);
            lint.add_near(rule, at[0], format!("'{id}' is not one of {}", repr_words(&ids)), near);
        }
        return;
    };
    let Some(shape) = facts::of(kind) else { return };
    if !shape.has_attribute(attribute) {
        let names = shape.attributes();
        let names: Vec<&str> = names.iter().map(|name| &**name).collect();
        let near = nearest(attribute, names.iter().copied()).map(str::to_owned);
        let message = format!("'{attribute}' is not one of {} in ['{}']", repr_words(&names), lint.region);
        lint.add_near(rule, at[1], message, near);
    }
}

fn sub(lint: &mut Lint<'_>, argument: &Node, path: &Path, in_condition: bool) {
    if matches!(argument.content, Content::List(_)) {
        if !counted(lint, "E1019", argument, path, 2, 2) {
            return;
        }
    } else if matches!(argument.content, Content::Map(_)) {
        lint.add("E1019", path, format!("{} is not of type 'array', 'string'", repr(argument)));
        return;
    }
    if let Some(own) = argument.items().get(1) {
        arguments::variables(lint, "E1019", own, &path.then("1"));
    }
    let text = argument.items().first().unwrap_or(argument).scalar();
    let Some(text) = text.map(|scalar| scalar.text.clone()) else { return };
    if placeholders(&text).is_empty() {
        lint.add("W1020", path, "'Fn::Sub' isn't needed because there are no variables");
    }
    for name in open_placeholders(argument) {
        match name.split_once('.') {
            Some((id, attribute)) => attribute_of(lint, "E1019", id, attribute, [path, path]),
            None => known_name(lint, "E1019", name, path, in_condition),
        }
    }
}

fn select(lint: &mut Lint<'_>, argument: &Node, path: &Path) {
    if !counted(lint, "E1017", argument, path, 2, 2) {
        return;
    }
    let [index, list] = argument.items() else { return };
    let place = index.scalar().and_then(|scalar| scalar.text.parse::<i64>().ok());
    let length = matches!(list.content, Content::List(_)).then(|| list.items().len() as i64);
    match (place, length) {
        (Some(place), _) if place < 0 => {
            lint.add("E1017", &path.then("0"), format!("{place} is less than the minimum of 0"));
        }
        (Some(place), Some(length)) if place >= length => {
            let message = format!("{place} is greater than the maximum of {}", length - 1);
            lint.add("E1017", &path.then("0"), message);
        }
        (None, _) if index.scalar().is_some() => {
            lint.add("E1017", &path.then("0"), format!("{} is not of type 'integer'", repr(index)));
        }
        _ => {}
    }
    arguments::check(lint, "E1017", "Fn::Select", argument, path);
}

fn if_(lint: &mut Lint<'_>, argument: &Node, path: &Path) {
    if !counted(lint, "E1028", argument, path, 3, 3) {
        return;
    }
    let Some(name) = argument.items().first().and_then(Node::as_str) else {
        lint.add("E1028", &path.then("0"), "the condition is not of type 'string'");
        return;
    };
    let known: Vec<&str> = lint.template.section("Conditions").iter().map(|entry| &*entry.key).collect();
    if !known.contains(&name) {
        let near = nearest(name, known.iter().copied()).map(str::to_owned);
        lint.add_near("E1028", &path.then("0"), format!("'{name}' is not one of {}", repr_words(&known)), near);
    }
}

fn cidr(lint: &mut Lint<'_>, argument: &Node, path: &Path) {
    const PARTS_MAX: i64 = 256;
    if !counted(lint, "E1024", argument, path, 2, 3) {
        return;
    }
    arguments::check(lint, "E1024", "Fn::Cidr", argument, path);
    if let Some(block) = argument.items().first().and_then(Node::as_str)
        && !(block.contains('/') && Block::parse(block).is_some())
    {
        lint.add("E1024", &path.then("0"), format!("'{block}' is not a block of addresses"));
    }
    for (index, item) in argument.items().iter().enumerate().skip(1) {
        if item.scalar().is_some_and(|scalar| scalar.text.parse::<i64>().is_err()) {
            lint.add("E1024", &path.then(&index.to_string()), format!("{} is not of type 'integer'", repr(item)));
        }
    }
    let number =
        |index: usize| argument.items().get(index).and_then(Node::scalar).and_then(|it| it.text.parse::<i64>().ok());
    for (index, most) in [(1, PARTS_MAX), (2, 128)] {
        match number(index) {
            Some(value) if value > most => {
                let message = format!("{value} is greater than the maximum of {most}");
                lint.add("E1024", &path.then(&index.to_string()), message);
            }
            Some(value) if value < 1 => {
                lint.add("E1024", &path.then(&index.to_string()), format!("{value} is less than the minimum of 1"));
            }
            _ => {}
        }
    }
}

/// `${Name}` of something that exists, outside of `Fn::Sub`.
fn raw_placeholder(lint: &mut Lint<'_>, node: &Node, path: &Path) {
    let is_inside = path.0.iter().any(|step| matches!(&**step, "Fn::Sub" | "UserData" | "Metadata" | "Description"));
    if is_inside {
        return;
    }
    let Some(Value::Text(text)) = node.scalar().map(|scalar| &scalar.value) else { return };
    for name in placeholders(text) {
        let template = lint.template;
        let id = name.split('.').next().unwrap_or_default();
        let exists = PSEUDO.contains(&name)
            || template.item("Parameters", id).is_some()
            || template.item("Resources", id).is_some();
        if exists {
            let place: Vec<&str> = path.0.iter().map(|step| &**step).collect();
            let message =
                format!("Found an embedded parameter \"${{{name}}}\" outside of an \"Fn::Sub\" at {}", place.join("/"));
            lint.add("E1029", path, message);
        }
    }
}
