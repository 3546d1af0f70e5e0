//! The table of types, read once from the compact text that the build makes.

use super::added;
use std::sync::OnceLock;

/// See `generate.rs` for its grammar.
static TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/schema.txt"));

/// A type: an object with fields, a list, a map or a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Type(pub(super) u16);

/// A field of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field(pub(super) u16);

/// What a type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A struct with fields.
    Object,
    /// A struct, or something else that is not looked into.
    ObjectOrAny(Type),
    /// A list of these.
    List(Type),
    /// A map from text to these.
    Map(Type),
    /// Text.
    String,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// A number.
    Double,
    /// `true` or `false`.
    Boolean,
    /// A quantity such as `500m`.
    Quantity,
    /// A whole number or text (`25%`).
    IntOrString,
    /// A time in seconds.
    Time,
    /// A time in microseconds.
    MicroTime,
    /// Bytes in base 64.
    Bytes,
    /// Anything.
    Any,
}

/// Scalars have fixed numbers, in this order; objects follow, then lists and maps.
const SCALARS: [(u8, Shape); 11] = [
    (b's', Shape::String),
    (b'i', Shape::Int32),
    (b'l', Shape::Int64),
    (b'f', Shape::Double),
    (b'b', Shape::Boolean),
    (b'q', Shape::Quantity),
    (b'o', Shape::IntOrString),
    (b't', Shape::Time),
    (b'm', Shape::MicroTime),
    (b'y', Shape::Bytes),
    (b'x', Shape::Any),
];

/// How the elements of a list are told apart when it is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// Not at all: the list is replaced as a whole.
    Atomic,
    /// By their values.
    Set,
    /// By these fields.
    Map(&'static [&'static str]),
}

/// How a strategic merge patch treats a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// Elements are merged by the merge key, or as a set.
    pub merge: bool,
    /// Keys that the patch does not name are taken away.
    pub retain_keys: bool,
    /// The struct is replaced as a whole.
    pub replace: bool,
}

#[derive(Default)]
pub(super) struct TypeRow {
    pub(super) name: &'static str,
    pub(super) atomic: bool,
    pub(super) fields: std::ops::Range<u16>,
}

#[derive(Default)]
pub(super) struct FieldRow {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) ty: u16,
    pub(super) values: Vec<&'static str>,
    pub(super) keys: Vec<&'static str>,
    pub(super) set: bool,
    pub(super) atomic: bool,
    pub(super) always: bool,
    pub(super) keep: bool,
    pub(super) absent: bool,
    pub(super) patch: Patch,
    pub(super) merge_key: Option<&'static str>,
    pub(super) default: Option<&'static str>,
    pub(super) embedded: Option<&'static str>,
    pub(super) go: Option<&'static str>,
    pub(super) go_element: Option<&'static str>,
}

struct Table {
    /// Of each type, whether something below it is a quantity.
    quantities: Vec<bool>,
    /// Of each type, whether something below it is served though nobody set it.
    served: Vec<bool>,
    shapes: Vec<Shape>,
    types: Vec<TypeRow>,
    fields: Vec<FieldRow>,
    kinds: Vec<(&'static str, &'static str, Type)>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| Table::read(TEXT))
}

impl Table {
    fn read(text: &'static str) -> Self {
        let objects = text.lines().filter(|line| line.starts_with('=')).count();
        let mut table = Self {
            quantities: Vec::new(),
            served: Vec::new(),
            shapes: Vec::new(),
            types: Vec::new(),
            fields: Vec::new(),
            kinds: Vec::new(),
        };
        table.shapes.extend(SCALARS.iter().map(|(_, shape)| *shape));
        table.shapes.extend(std::iter::repeat_n(Shape::Object, objects));
        for line in text.lines() {
            let mut words = line.split(' ');
            let first = words.next().unwrap_or_default();
            if let Some(name) = first.strip_prefix('=') {
                let at = table.fields.len() as u16;
                table.types.push(TypeRow { name, atomic: words.next().is_some(), fields: at..at });
            } else if let Some(version) = first.strip_prefix('!') {
                let kind = words.next().unwrap_or_default();
                let ty = Type(table.code(words.next().unwrap_or_default()));
                table.kinds.push((version, kind, ty));
            } else {
                let row = table.field(first, words);
                table.fields.push(row);
                if let Some(last) = table.types.last_mut() {
                    last.fields.end += 1;
                }
            }
        }
        table.quantities = table.reaching(|shape| shape == Shape::Quantity, |_| false);
        table.served = table.reaching(|_| false, |field| field.always || field.absent);
        table
    }

    /// Of each type, whether it or something below it is what is looked for. Structs that may also
    /// be something else are not looked into.
    fn reaching(&self, is_type: fn(Shape) -> bool, is_field: fn(&FieldRow) -> bool) -> Vec<bool> {
        let mut found: Vec<bool> = self.shapes.iter().map(|shape| is_type(*shape)).collect();
        loop {
            let known = |ty: u16| found.get(usize::from(ty)).copied().unwrap_or_default();
            let next: Vec<bool> = (0_u16..)
                .zip(&self.shapes)
                .map(|(ty, shape)| {
                    known(ty)
                        || match shape {
                            Shape::List(inner) | Shape::Map(inner) => known(inner.0),
                            Shape::Object => {
                                let row = usize::from(ty).checked_sub(SCALARS.len()).and_then(|at| self.types.get(at));
                                let range = row.map_or(0..0, |row| row.fields.clone());
                                let fields = self.fields.get(usize::from(range.start)..usize::from(range.end));
                                fields.into_iter().flatten().any(|field| is_field(field) || known(field.ty))
                            }
                            _ => false,
                        }
                })
                .collect();
            if next == found {
                return found;
            }
            found = next;
        }
    }

    fn field(&mut self, name: &'static str, mut words: std::str::Split<'static, char>) -> FieldRow {
        let ty = self.code(words.next().unwrap_or_default());
        let plain = name.strip_suffix('*');
        let mut row = FieldRow { name: plain.unwrap_or(name), required: plain.is_some(), ty, ..FieldRow::default() };
        for word in words {
            let (attribute, value) = word.split_once(':').unwrap_or((word, ""));
            match attribute {
                "e" => row.values = value.split('|').collect(),
                "k" => row.keys = value.split(',').collect(),
                "s" => row.set = true,
                "P" => {
                    row.patch = Patch {
                        merge: value.contains("merge"),
                        retain_keys: value.contains("retainKeys"),
                        replace: value == "replace",
                    };
                }
                "p" => row.merge_key = Some(value),
                "a" => row.atomic = true,
                "A" => row.always = true,
                "z" => row.keep = true,
                "n" => row.absent = true,
                "d" => row.default = Some(value),
                "w" => row.embedded = Some(value),
                "g" => row.go = Some(value),
                "h" => row.go_element = Some(value),
                _ => {}
            }
        }
        row
    }

    /// The number of the type with that code; lists and maps are added.
    fn code(&mut self, code: &str) -> u16 {
        let objects = SCALARS.len() as u16;
        let shape = match code.as_bytes() {
            [b'[', ..] => Shape::List(Type(self.code(&code[1..]))),
            [b'{', ..] => Shape::Map(Type(self.code(&code[1..]))),
            [b'u', ..] => Shape::ObjectOrAny(Type(self.code(&code[1..]))),
            [b'0'..=b'9', ..] => return objects + code.parse::<u16>().unwrap_or_default(),
            [letter] => {
                let at = SCALARS.iter().position(|(known, _)| known == letter);
                // The build writes no other letters.
                return at.unwrap_or(SCALARS.len() - 1) as u16;
            }
            _ => Shape::Any,
        };
        match self.shapes.iter().position(|known| *known == shape) {
            Some(at) => at as u16,
            None => {
                self.shapes.push(shape);
                self.shapes.len() as u16 - 1
            }
        }
    }
}

/// The type of a scalar.
pub(super) fn scalar(shape: Shape) -> Type {
    let at = SCALARS.iter().position(|(_, known)| *known == shape);
    Type(at.unwrap_or(SCALARS.len() - 1) as u16)
}

/// The type of a kind.
#[must_use]
pub fn root(api_version: &str, kind: &str) -> Option<Type> {
    kinds().find(|(version, name, _)| *version == api_version && *name == kind).map(|(_, _, ty)| ty)
}

/// Every kind with its apiVersion and type.
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static str, Type)> {
    table().kinds.iter().copied()
}

impl Type {
    /// What it is.
    #[must_use]
    pub fn shape(self) -> Shape {
        if added::is_added(self.0) {
            return added::ty(self).shape;
        }
        table().shapes.get(usize::from(self.0)).copied().unwrap_or(Shape::Any)
    }

    fn row(self) -> Option<&'static TypeRow> {
        if added::is_added(self.0) {
            return Some(&added::ty(self).row);
        }
        table().types.get(usize::from(self.0).checked_sub(SCALARS.len())?)
    }

    /// The name of an object's definition: `core.v1.Container`. Empty for other shapes.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().map_or("", |row| row.name)
    }

    /// The name of its Go struct: `Container`.
    #[must_use]
    pub fn go_struct(self) -> &'static str {
        self.name().rsplit('.').next().unwrap_or_default()
    }

    /// The fields of an object, by name; none for other shapes.
    pub fn fields(self) -> impl Iterator<Item = Field> {
        self.row().map_or(0..0, |row| row.fields.clone()).map(Field)
    }

    /// The field of that name.
    #[must_use]
    pub fn field(self, name: &str) -> Option<Field> {
        let range = self.row()?.fields.clone();
        if added::is_added(self.0) {
            return range.map(Field).find(|field| field.name() == name);
        }
        let rows = table().fields.get(usize::from(range.start)..usize::from(range.end))?;
        let at = rows.iter().position(|row| row.name == name)?;
        Some(Field(range.start + at as u16))
    }

    /// The type of the elements of a list or the values of a map.
    #[must_use]
    pub fn element(self) -> Option<Self> {
        match self.shape() {
            Shape::List(inner) | Shape::Map(inner) => Some(inner),
            _ => None,
        }
    }

    /// The type that one step of a path leads to: a field, the value of a map, or an element.
    #[must_use]
    pub fn step(self, step: &str) -> Option<Self> {
        match self.shape() {
            Shape::Object => self.field(step).map(Field::ty),
            Shape::ObjectOrAny(object) => object.step(step),
            Shape::List(inner) | Shape::Map(inner) => Some(inner),
            _ => None,
        }
    }

    /// Whether it is a quantity, or something below it is.
    #[must_use]
    pub fn reaches_quantity(self) -> bool {
        table().quantities.get(usize::from(self.0)).copied().unwrap_or_default()
    }

    /// Whether something below it is served though nobody set it.
    #[must_use]
    pub fn reaches_served(self) -> bool {
        table().served.get(usize::from(self.0)).copied().unwrap_or_default()
    }

    /// Whether an owner owns an object of this type as a whole.
    #[must_use]
    pub fn is_atomic(self) -> bool {
        self.row().is_some_and(|row| row.atomic)
    }

    /// What it takes, as a word: `string`, `integer`, `number`, `boolean`, `array`, `object`,
    /// `quantity`, `int-or-string`, `any`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self.shape() {
            Shape::Object | Shape::Map(_) => "object",
            Shape::List(_) => "array",
            Shape::String | Shape::Time | Shape::MicroTime | Shape::Bytes => "string",
            Shape::Int32 | Shape::Int64 => "integer",
            Shape::Double => "number",
            Shape::Boolean => "boolean",
            Shape::Quantity => "quantity",
            Shape::IntOrString => "int-or-string",
            Shape::Any | Shape::ObjectOrAny(_) => "any",
        }
    }

    /// What it takes, as `kubectl explain` writes it: `[]Container`, `map[string]string`.
    #[must_use]
    pub fn label(self) -> String {
        match self.shape() {
            Shape::Object => self.go_struct().to_owned(),
            Shape::ObjectOrAny(object) => object.label(),
            Shape::List(inner) => format!("[]{}", inner.label()),
            Shape::Map(inner) => format!("map[string]{}", inner.label()),
            Shape::Quantity => "Quantity".to_owned(),
            Shape::IntOrString => "IntOrString".to_owned(),
            Shape::Time => "Time".to_owned(),
            Shape::MicroTime => "MicroTime".to_owned(),
            Shape::Any => "Object".to_owned(),
            _ => self.word().to_owned(),
        }
    }

    /// The Go type that messages name, where it follows from the schema.
    pub(super) fn go(self) -> String {
        match self.shape() {
            Shape::Object => {
                let mut parts = self.name().rsplit('.');
                let name = parts.next().unwrap_or_default();
                format!("{}.{name}", parts.next().unwrap_or_default())
            }
            Shape::ObjectOrAny(object) => object.go(),
            Shape::List(inner) => format!("[]{}", inner.go()),
            Shape::Map(inner) => format!("map[string]{}", inner.go()),
            Shape::String | Shape::Time | Shape::MicroTime | Shape::Quantity => "string".to_owned(),
            Shape::Int32 | Shape::IntOrString => "int32".to_owned(),
            Shape::Int64 => "int64".to_owned(),
            Shape::Double => "float64".to_owned(),
            Shape::Boolean => "bool".to_owned(),
            Shape::Bytes => "[]uint8".to_owned(),
            Shape::Any => "map[string]interface {}".to_owned(),
        }
    }
}

impl Field {
    fn row(self) -> &'static FieldRow {
        if added::is_added(self.0) {
            return added::field(self);
        }
        // A `Field` is only made from a range of this table.
        &table().fields[usize::from(self.0)]
    }

    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Its type.
    #[must_use]
    pub fn ty(self) -> Type {
        Type(self.row().ty)
    }

    /// Whether the schema asks for it. (The server's own rules decide; they live with the kinds.)
    #[must_use]
    pub fn is_required(self) -> bool {
        self.row().required
    }

    /// The values allowed (of its elements, if it is a list or map); empty if any are.
    #[must_use]
    pub fn values(self) -> &'static [&'static str] {
        &self.row().values
    }

    /// How the elements of the list are told apart by server-side apply.
    #[must_use]
    pub fn list_kind(self) -> ListKind {
        let row = self.row();
        match (row.set, row.keys.as_slice()) {
            (true, _) => ListKind::Set,
            (false, []) => ListKind::Atomic,
            (false, keys) => ListKind::Map(keys),
        }
    }

    /// The strategy of a strategic merge patch.
    #[must_use]
    pub fn patch(self) -> Patch {
        self.row().patch
    }

    /// The field by which a strategic merge patch tells elements apart.
    #[must_use]
    pub fn merge_key(self) -> Option<&'static str> {
        let row = self.row();
        if row.patch.merge { row.merge_key.or_else(|| row.keys.first().copied()) } else { None }
    }

    /// Whether an owner owns the value as a whole: marked here, or by its type.
    #[must_use]
    pub fn is_atomic(self) -> bool {
        self.row().atomic || self.ty().is_atomic()
    }

    /// The default that the schema itself states.
    #[must_use]
    pub fn default(self) -> Option<&'static str> {
        self.row().default
    }

    /// Whether the struct is served even when it is empty.
    #[must_use]
    pub fn is_always_served(self) -> bool {
        self.row().always
    }

    /// Whether a zero (`0`, `false`, `""`) is kept: a pointer in Go, or required.
    #[must_use]
    pub fn keeps_zero(self) -> bool {
        let row = self.row();
        row.keep || row.required || row.absent
    }

    /// Whether it is a scalar behind a pointer in Go, so that unset and zero differ.
    #[must_use]
    pub fn is_pointer(self) -> bool {
        self.row().keep
    }

    /// Whether it is served as `null` or zero when it is absent.
    #[must_use]
    pub fn is_served_absent(self) -> bool {
        self.row().absent
    }

    /// The Go struct that is embedded here: its name is a step in type errors.
    #[must_use]
    pub fn embedded(self) -> Option<&'static str> {
        self.row().embedded
    }

    /// The Go type that messages name.
    pub(super) fn go(self) -> String {
        let row = self.row();
        match (row.go, row.go_element, self.ty().shape()) {
            (Some(go), _, _) => go.to_owned(),
            (None, Some(element), Shape::List(_)) => format!("[]{element}"),
            _ => self.ty().go(),
        }
    }

    /// The Go type of its elements.
    pub(super) fn go_element(self) -> Option<&'static str> {
        self.row().go_element
    }
}
