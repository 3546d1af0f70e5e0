//! What functions may be given: which functions may stand in each place, and of what kind what
//! stands there must be; and what a function gives.
// Models cfn-lint data/schemas/other/functions

use super::{Lint, repr, repr_words};
use crate::aws::cloudformation::template::{PSEUDO, Path, function};
use crate::aws::cloudformation::{facts, parameters};
use crate::document::Node;
use crate::document::yaml::Content;

/// The kind of a value, as far as the rules tell kinds apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    List,
    Object,
    Any,
}

/// One argument.
struct Slot {
    kind: Kind,
    functions: &'static [&'static str],
    /// What the elements are, if it is a list.
    elements: Option<&'static Slot>,
}

const fn text(functions: &'static [&'static str]) -> Slot {
    Slot { kind: Kind::Text, functions, elements: None }
}

const LISTS: &[&str] = &["Fn::Cidr", "Fn::FindInMap", "Fn::GetAtt", "Fn::GetAZs", "Fn::If", "Fn::Split", "Ref"];
const BLOCKS: &[&str] = &["Fn::FindInMap", "Fn::GetAtt", "Fn::If", "Fn::ImportValue", "Fn::Select", "Fn::Sub", "Ref"];
const TEXTS: &[&str] = &[
    "Fn::Base64",
    "Fn::FindInMap",
    "Fn::GetAtt",
    "Fn::If",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Select",
    "Fn::Sub",
    "Fn::ToJsonString",
    "Fn::Transform",
    "Ref",
];
const JOINED: &Slot = &text(&[
    "Fn::Base64",
    "Fn::FindInMap",
    "Fn::GetAtt",
    "Fn::If",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Select",
    "Fn::Sub",
    "Fn::Transform",
    "Ref",
]);
const SELECTED: &Slot =
    &Slot { kind: Kind::Any, functions: &["Fn::FindInMap", "Fn::GetAtt", "Fn::If", "Ref"], elements: None };

/// The arguments of a function that takes a list of them.
fn slots(name: &str, is_extended: bool) -> &'static [Slot] {
    const JOIN: &[Slot] = &[text(&[]), Slot { kind: Kind::List, functions: LISTS, elements: Some(JOINED) }];
    const SELECT: &[Slot] = &[
        Slot { kind: Kind::Any, functions: &["Ref", "Fn::FindInMap", "Fn::Length"], elements: None },
        Slot { kind: Kind::List, functions: LISTS, elements: Some(SELECTED) },
    ];
    const SPLIT: &[Slot] = &[
        text(&[]),
        text(&[
            "Fn::Base64",
            "Fn::FindInMap",
            "Fn::GetAtt",
            "Fn::GetAZs",
            "Fn::If",
            "Fn::ImportValue",
            "Fn::Join",
            "Fn::Select",
            "Fn::Sub",
            "Ref",
        ]),
    ];
    const CIDR: &[Slot] = &[
        text(BLOCKS),
        Slot { kind: Kind::Any, functions: BLOCKS, elements: None },
        Slot { kind: Kind::Any, functions: BLOCKS, elements: None },
    ];
    const MAP: &[Slot] =
        &[text(&["Fn::FindInMap", "Ref"]), text(&["Fn::FindInMap", "Ref"]), text(&["Fn::FindInMap", "Ref"])];
    const KEYS: &[&str] =
        &["Fn::FindInMap", "Fn::Join", "Fn::Sub", "Fn::If", "Fn::Select", "Fn::Length", "Fn::ToJsonString", "Ref"];
    const EQUALS_EACH: Slot = text(&[
        "Ref",
        "Fn::FindInMap",
        "Fn::Sub",
        "Fn::Join",
        "Fn::Select",
        "Fn::Split",
        "Fn::Length",
        "Fn::ToJsonString",
    ]);
    const EQUALS: &[Slot] = &[EQUALS_EACH, EQUALS_EACH];
    const MAP_EXTENDED: &[Slot] = &[text(KEYS), text(KEYS), text(KEYS)];
    match name {
        "Fn::Join" => JOIN,
        "Fn::Select" => SELECT,
        "Fn::Split" => SPLIT,
        "Fn::Cidr" => CIDR,
        "Fn::Equals" => EQUALS,
        "Fn::FindInMap" if is_extended => MAP_EXTENDED,
        "Fn::FindInMap" => MAP,
        _ => &[],
    }
}

/// The argument of a function that takes one.
fn slot(name: &str) -> Option<&'static Slot> {
    const ZONES: &Slot = &text(&["Fn::GetAtt", "Fn::If", "Fn::Join", "Fn::Select", "Fn::Sub", "Ref"]);
    const IMPORT: &Slot = &text(&["Fn::Base64", "Fn::FindInMap", "Fn::If", "Fn::Join", "Fn::Select", "Fn::Sub", "Ref"]);
    const ENCODED: &Slot = &text(TEXTS);
    match name {
        "Fn::GetAZs" => Some(ZONES),
        "Fn::ImportValue" => Some(IMPORT),
        "Fn::Base64" => Some(ENCODED),
        _ => None,
    }
}

/// Looks at the arguments of a function; `path` ends with its name.
pub(super) fn check(lint: &mut Lint<'_>, rule: &'static str, name: &str, argument: &Node, path: &Path) {
    let slots = slots(name, lint.template.has_language_extensions());
    for (index, (slot, item)) in slots.iter().zip(argument.items()).enumerate() {
        look(lint, rule, slot, item, &path.then(&index.to_string()));
    }
    if let Some(slot) = slot(name) {
        look(lint, rule, slot, argument, path);
    }
    if name == "Fn::GetAZs"
        && let Some(region) = argument.as_str()
        && !(region.is_empty() || is_region(region))
    {
        lint.add(rule, path, format!("'{region}' is not one of the regions"));
    }
}

/// Whether a text has the form of a region's name.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() >= 3 && parts.last().is_some_and(|last| last.parse::<u8>().is_ok())
}

/// The variables of `Fn::Sub`.
pub(super) fn variables(lint: &mut Lint<'_>, rule: &'static str, variables: &Node, path: &Path) {
    for entry in variables.entries() {
        look(lint, rule, &text(TEXTS), &entry.value, &path.then(&entry.key));
    }
}

fn look(lint: &mut Lint<'_>, rule: &'static str, slot: &Slot, node: &Node, path: &Path) {
    let word = match slot.kind {
        Kind::List => "array",
        Kind::Number => "integer",
        _ => "string",
    };
    let mut refuse = |rule| lint.add(rule, path, format!("{} is not of type '{word}'", repr(node)));
    if let Some((name, argument)) = function(node) {
        if !slot.functions.contains(&name) {
            return refuse(rule);
        }
        if name == "Fn::If" {
            for (index, branch) in argument.items().iter().enumerate().skip(1) {
                look(lint, rule, slot, branch, &path.then(name).then(&index.to_string()));
            }
            return;
        }
        let given = gives(lint, name, argument);
        let is_fine = match (slot.kind, given) {
            (_, Kind::Object) => false,
            (Kind::Any, _) | (_, Kind::Any) => true,
            (Kind::List, given) => given == Kind::List,
            // An attribute is taken for what it is; what others give becomes text.
            (Kind::Text, Kind::Number) => name != "Fn::GetAtt",
            (_, given) => !matches!(given, Kind::List | Kind::Object),
        };
        if !is_fine {
            let rule = if name == "Ref" { "E1020" } else { rule };
            lint.add(rule, path, format!("{} is not of type '{word}'", repr(node)));
        }
        return;
    }
    match (&node.content, slot.kind) {
        (Content::Scalar(_), Kind::List) | (Content::List(_) | Content::Map(_), Kind::Text | Kind::Number) => {
            refuse(rule);
        }
        (Content::Map(_), Kind::List) => refuse(rule),
        (Content::List(items), Kind::List) => {
            let Some(element) = slot.elements else { return };
            for (index, item) in items.iter().enumerate() {
                look(lint, rule, element, item, &path.then(&index.to_string()));
            }
        }
        _ => {}
    }
}

/// What a function gives.
pub(super) fn gives(lint: &Lint<'_>, name: &str, argument: &Node) -> Kind {
    match name {
        "Ref" => referred(lint, argument.as_str().unwrap_or_default()),
        "Fn::GetAtt" => match argument.items() {
            [id, attribute] => attribute_kind(lint, id, attribute),
            _ => Kind::Any,
        },
        "Fn::GetAZs" | "Fn::Split" | "Fn::Cidr" => Kind::List,
        "Fn::Sub" | "Fn::Join" | "Fn::Base64" | "Fn::ImportValue" | "Fn::ToJsonString" => Kind::Text,
        "Fn::Length" => Kind::Number,
        _ => Kind::Any,
    }
}

fn referred(lint: &Lint<'_>, target: &str) -> Kind {
    let template = lint.template;
    let declared = template.item("Parameters", target).and_then(|node| node.get("Type")).and_then(Node::as_str);
    match declared {
        // What no type is known of is neither a text nor a list.
        Some(kind) if !parameters::is_kind(kind) => Kind::Object,
        Some(kind) if parameters::is_list(kind) => Kind::List,
        Some(_) => Kind::Text,
        None if target == "AWS::NoValue" => Kind::Any,
        None if target == "AWS::NotificationARNs" => Kind::List,
        None if PSEUDO.contains(&target) || template.item("Resources", target).is_some() => Kind::Text,
        None => Kind::Any,
    }
}

fn attribute_kind(lint: &Lint<'_>, id: &Node, attribute: &Node) -> Kind {
    let kind = id.as_str().and_then(|id| lint.template.type_of(id)).and_then(facts::of);
    let property = kind.zip(attribute.as_str()).and_then(|(shape, name)| shape.property(name));
    match property.and_then(|property| property.kind.bytes().next()) {
        None | Some(b'j') => Kind::Any,
        Some(b'[') => Kind::List,
        Some(b'#') => Kind::Object,
        Some(b'i' | b'n') => Kind::Number,
        Some(_) => Kind::Text,
    }
}

/// Whether what a function gives can be what a property wants; `kind` as the facts write it.
pub(super) fn returned(lint: &mut Lint<'_>, kind: &str, name: &str, argument: &Node, node: &Node, path: &Path) {
    let (wanted, is_one) = match kind.as_bytes().first() {
        Some(b'[') => ("array", false),
        Some(b'#') => ("object", false),
        Some(b'j') | None => return,
        Some(b'i') => ("integer", true),
        Some(b'n') => ("number", true),
        Some(b'b') => ("boolean", true),
        _ => ("string", true),
    };
    let rule = match name {
        "Ref" => "E1020",
        "Fn::GetAtt" => "E1010",
        "Fn::GetAZs" => "E1015",
        "Fn::Split" => "E1018",
        "Fn::Cidr" => "E1024",
        "Fn::Sub" => "E1019",
        "Fn::Join" => "E1022",
        "Fn::Base64" => "E1021",
        "Fn::ImportValue" => "E1016",
        "Fn::Select" | "Fn::FindInMap" | "Fn::Transform" | "Fn::ToJsonString" | "Fn::Length" => return,
        _ => {
            lint.add("E3012", path, format!("{} is not of type '{wanted}'", repr(node)));
            return;
        }
    };
    let given = gives(lint, name, argument);
    let is_fine = match given {
        Kind::Any => true,
        Kind::List => wanted == "array",
        Kind::Object => wanted == "object",
        Kind::Number if name == "Fn::GetAtt" => !matches!(wanted, "string" | "array" | "object"),
        Kind::Text | Kind::Number => is_one,
    };
    if !is_fine {
        lint.add(rule, path, format!("{} is not of type '{wanted}'", repr(node)));
    }
}

/// A dynamic reference has parts, and places where it may stand.
// Models cfn-lint rules/functions/DynamicReference*.py
pub(super) fn dynamic_reference(lint: &mut Lint<'_>, text: &str, path: &Path) {
    const SERVICES: &[&str] = &["ssm", "ssm-secure", "secretsmanager"];
    let Some((_, behind)) = text.split_once("{{resolve:") else { return };
    let Some((reference, _)) = behind.split_once("}}") else { return };
    let parts: Vec<&str> = reference.split(':').collect();
    let (service, rest) = (parts.first().copied().unwrap_or_default(), parts.get(1..).unwrap_or_default());
    if !SERVICES.contains(&service) {
        return lint.add("E1050", path, format!("'{service}' is not one of {}", repr_words(SERVICES)));
    }
    if rest.is_empty() {
        return lint.add("E1050", path, "expected minimum item count: 3, found: 2");
    }
    match service {
        "ssm-secure" => {
            let message = format!(
                "Dynamic reference 'resolve:{reference}' to SSM secure strings can only be used in resource properties"
            );
            let is_password =
                path.0.last().is_some_and(|step| matches!(&**step, "MasterUserPassword" | "Password" | "AuthToken"));
            if !is_password {
                lint.add("E1027", path, message);
            }
        }
        "secretsmanager" if (path.step(0), path.step(2)) != (Some("Resources"), Some("Properties")) => {
            let message = format!(
                "Dynamic reference 'resolve:{reference}' to secrets manager can only be used in resource properties"
            );
            lint.add("E1051", path, message);
        }
        _ => {}
    }
}
