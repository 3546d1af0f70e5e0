//! What is known of resource types: properties, which of them replace, attributes.
//!
//! The facts are text, read where they are needed: a table in code would weigh four times as much.

use std::rc::Rc;

const TYPES: &str = include_str!("types.txt");
const NAMES: &str = include_str!("names.txt");

/// What is known of a type, or of a shape inside one.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'t> {
    head: &'t str,
    properties: &'t str,
    /// The lines of the whole type, in which shapes are looked up.
    lines: &'t str,
}

/// One property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property<'t> {
    /// Its name.
    pub name: &'t str,
    /// Its kind, with the brackets of lists before it.
    pub kind: &'t str,
    /// Its marks.
    marks: &'t str,
}

impl<'t> Property<'t> {
    /// A property of that kind and nothing else.
    #[must_use]
    pub fn bare(kind: &'t str) -> Self {
        Self { name: "", kind, marks: "" }
    }

    /// The same of another kind: an element of a list.
    #[must_use]
    pub fn of_kind(self, kind: &'t str) -> Self {
        Self { kind, ..self }
    }

    /// Whether it must be given.
    #[must_use]
    pub fn is_required(self) -> bool {
        self.marks.contains('!')
    }

    /// Whether a change of it replaces the resource.
    #[must_use]
    pub fn replaces(self) -> bool {
        self.marks.contains('^')
    }

    /// Whether a change of it may replace the resource.
    #[must_use]
    pub fn may_replace(self) -> bool {
        self.marks.contains('?')
    }

    /// Whether only AWS sets it.
    #[must_use]
    pub fn is_read_only(self) -> bool {
        self.marks.contains('@')
    }

    /// What it may be, if that is listed.
    #[must_use]
    pub fn allowed(&self) -> Option<Vec<&str>> {
        let (_, rest) = self.kind.split_once('{')?;
        Some(rest.split_once('}')?.0.trim_start_matches('~').split('|').collect())
    }

    /// The bounds between `open` and `close`, as they are written.
    #[must_use]
    pub fn bounds(&self, open: char, close: char) -> Option<(&str, &str)> {
        let (_, rest) = self.kind.split_once(open)?;
        rest.split_once(close)?.0.split_once(',')
    }
}

/// The facts of a type.
#[must_use]
pub fn of(kind: &str) -> Option<Shape<'static>> {
    let mut rest = TYPES;
    loop {
        let at = if rest.starts_with(kind) { 0 } else { rest.find(&format!("\n{kind} "))? + 1 };
        let lines = &rest[at..];
        let end = lines.match_indices('\n').map(|(place, _)| place).find(|place| !lines[place + 1..].starts_with(' '));
        let lines = &lines[..end.unwrap_or(lines.len())];
        let mut each = lines.lines();
        let (head, properties) = (each.next()?, each.next()?);
        if head.split(' ').next() == Some(kind) {
            return Some(Shape { head, properties, lines });
        }
        rest = rest.get(at + 1..)?;
    }
}

/// Whether AWS has a type of this name. Of the services that are simulated every name is known;
/// of the others any.
#[must_use]
pub fn exists(kind: &str) -> bool {
    // A module is looked for when the template is used.
    if kind.ends_with("::MODULE") {
        return true;
    }
    let mut parts = kind.split("::");
    match (parts.next(), parts.next(), parts.next()) {
        (Some("Custom"), Some(_), None) => true,
        (Some("AWS"), Some(service), Some(name)) => {
            let listed = NAMES.lines().find_map(|line| line.strip_prefix(service)?.strip_prefix(' '));
            match listed {
                Some(names) => names.split(' ').any(|known| known == name),
                None => NAMES.lines().next().is_some_and(|others| others.split(' ').any(|known| known == service)),
            }
        }
        // Modules and third parties' types: an account may have activated them; here it has none.
        _ => false,
    }
}

/// Every type whose facts are known.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    TYPES.lines().filter(|line| !line.starts_with([' ', '#'])).filter_map(|line| line.split(' ').next())
}

impl<'t> Shape<'t> {
    /// The properties.
    pub fn properties(self) -> impl Iterator<Item = Property<'t>> {
        self.properties.split(' ').filter_map(|token| {
            let (name, rest) = token.split_once('=')?;
            let end = rest.trim_end_matches(['!', '^', '?', '@', '%']).len();
            Some(Property { name, kind: &rest[..end], marks: &rest[end..] })
        })
    }

    /// One property.
    #[must_use]
    pub fn property(self, name: &str) -> Option<Property<'t>> {
        self.properties().find(|property| property.name == name)
    }

    /// The shape of that name, of the same type.
    #[must_use]
    pub fn shape(self, name: &str) -> Option<Shape<'t>> {
        let line = self
            .lines
            .lines()
            .skip(2)
            .find(|line| line.strip_prefix(" #").and_then(|line| line.split(' ').next()) == Some(name))?;
        Some(Shape { head: line, properties: line, lines: self.lines })
    }

    fn word(self, start: &str) -> Option<&'t str> {
        self.head.split(' ').find_map(|word| word.strip_prefix(start))
    }

    /// Properties of which exactly one must be given.
    pub fn exactly_one(self) -> impl Iterator<Item = &'t str> {
        self.word("xor=").into_iter().flat_map(|list| list.split(','))
    }

    /// Properties of which a resource without any fails.
    pub fn any(self) -> impl Iterator<Item = &'t str> {
        self.word("any=").into_iter().flat_map(|list| list.split(','))
    }

    /// Properties of which at least one must be given.
    pub fn at_least_one(self) -> impl Iterator<Item = &'t str> {
        self.word("or=").into_iter().flat_map(|list| list.split(','))
    }

    /// Fields inside properties that replace the resource when they change.
    pub fn inner_that_replace(self) -> impl Iterator<Item = &'t str> {
        self.head.split(' ').filter_map(|word| word.strip_prefix('^'))
    }

    /// The parts of its identifier.
    pub fn identifier(self) -> impl Iterator<Item = &'t str> {
        self.word("id=").into_iter().flat_map(|list| list.split('+'))
    }

    /// What `Fn::GetAtt` may ask for.
    #[must_use]
    pub fn attributes(self) -> Vec<Rc<str>> {
        let every = self.head.split(' ').any(|word| word == "all");
        let mut names: Vec<Rc<str>> = self
            .properties()
            .filter(|property| every || property.is_read_only())
            .map(|property| Rc::from(property.name))
            .collect();
        names.extend(self.word("atts=").into_iter().flat_map(|list| list.split(',')).map(Rc::from));
        names.sort();
        names.dedup();
        names
    }

    /// Whether `Fn::GetAtt` may ask for `name`.
    #[must_use]
    pub fn has_attribute(self, name: &str) -> bool {
        self.attributes().iter().any(|known| &**known == name)
            || (self.head.starts_with("AWS::CloudFormation::Stack ") && name.starts_with("Outputs."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found_with_their_shapes() {
        let subnet = of("AWS::EC2::Subnet").expect("known");
        assert!(subnet.property("CidrBlock").is_some_and(Property::replaces));
        assert!(subnet.has_attribute("SubnetId") && !subnet.has_attribute("Colour"));
        let group = of("AWS::EC2::SecurityGroup").expect("known");
        assert!(
            group.shape("Ingress").and_then(|shape| shape.property("IpProtocol")).is_some_and(Property::is_required)
        );
        assert!(of("AWS::EC2::Hovercraft").is_none() && of("AWS::EC2::VP").is_none());
        assert_eq!(kinds().filter(|kind| of(kind).is_none()).count(), 0);
        assert!(exists("AWS::EC2::TransitGateway") && !exists("AWS::EC2::Hovercraft"));
        assert!(exists("AWS::Lambda::Function") && exists("Custom::Thing") && !exists("AWS::Nope::Thing"));
    }
}
