//! Build time: the table of Kubernetes types, from the crate `k8s-openapi` and our own `gaps.txt`,
//! and the kinds of `src/hosting/kinds.json`.
//!
//! Included by `build.rs`; the library reads only what this writes:
//!
//! - `schema.txt`, compact (see [`super::table`] for its reader). One line per type, then one per
//!   field:
//!
//!   ```text
//!   =core.v1.Container            `a` behind it: atomic
//!   image s g:… e:A|B             name, `*` if required, type code, attributes
//!   !v1 Pod 17                    a kind and the number of its type
//!   ```
//!
//!   Type codes: `s` string, `i` int32, `l` int64, `f` double, `b` boolean, `q` quantity, `o`
//!   int-or-string, `t` time, `m` time with microseconds, `y` bytes, `x` anything, a number (that
//!   type), `uN` (that type or anything else), `[T` list, `{T` map. Attributes: `e:` values, `k:`
//!   list-map keys, `s` set, `P:` patch strategy, `p:` merge key, `a` atomic, `d:` default, `A`
//!   always served, `z` keeps zero, `n` served although absent,
//!   `w:` embedded struct, `g:` Go type, `h:` Go type of elements.
//! - `descriptions.txt`, for the native program alone: the same types and fields with their texts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use k8s_openapi::Resource;
use k8s_openapi::api;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as apiextensions;
use k8s_openapi::schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

/// Writes both tables into `out`.
///
/// # Errors
/// When `gaps.txt` names a type or field that does not exist, or the crate has a type that cannot
/// be written down.
pub fn generate(root: &Path, ours: &Path, out: &Path) -> Result<(), String> {
    let gaps_path = root.join("gaps.txt");
    println!("cargo::rerun-if-changed={}", gaps_path.display());
    println!("cargo::rerun-if-changed={}", root.join("generate.rs").display());
    println!("cargo::rerun-if-changed={}", ours.display());
    let gaps = std::fs::read_to_string(&gaps_path).map_err(|error| format!("{}: {error}", gaps_path.display()))?;
    let mut gaps = Gaps::parse(&gaps)?;
    let (mut definitions, mut kinds) = definitions();
    add_ours(ours, &mut definitions, &mut kinds)?;
    let mut tables = Tables::new(&definitions);
    let text = tables.write(&kinds, &mut gaps)?;
    gaps.all_used()?;
    let save = |name: &str, text: &str| {
        std::fs::write(out.join(name), text).map_err(|error| format!("cannot write {name}: {error}"))
    };
    save("schema.txt", &text)?;
    save("descriptions.txt", &tables.descriptions)
}

/// A kind: its apiVersion, its name, and the name of its type.
type Kind = (String, String, String);

struct Collector {
    generator: SchemaGenerator,
    kinds: Vec<Kind>,
}

impl Collector {
    fn add<T: JsonSchema + Resource>(&mut self) {
        self.generator.subschema_for::<T>();
        self.kinds.push((T::API_VERSION.to_owned(), T::KIND.to_owned(), short(&T::schema_name())));
    }
}

/// The definitions of every kind that the simulated cluster knows, and of what they contain.
fn definitions() -> (BTreeMap<String, Value>, Vec<Kind>) {
    let mut all = Collector { generator: SchemaGenerator::default(), kinds: Vec::new() };
    macro_rules! kinds {
        ($($kind:ty),* $(,)?) => { $(all.add::<$kind>();)* };
    }
    kinds!(
        api::core::v1::Namespace,
        api::core::v1::Node,
        api::core::v1::Pod,
        api::core::v1::PodTemplate,
        api::core::v1::ReplicationController,
        api::core::v1::Service,
        api::core::v1::Endpoints,
        api::core::v1::ConfigMap,
        api::core::v1::Secret,
        api::core::v1::PersistentVolume,
        api::core::v1::PersistentVolumeClaim,
        api::core::v1::ServiceAccount,
        api::core::v1::ResourceQuota,
        api::core::v1::LimitRange,
        api::core::v1::Event,
        api::core::v1::Binding,
        api::apps::v1::ReplicaSet,
        api::apps::v1::Deployment,
        api::apps::v1::StatefulSet,
        api::apps::v1::DaemonSet,
        api::apps::v1::ControllerRevision,
        api::batch::v1::Job,
        api::batch::v1::CronJob,
        api::coordination::v1::Lease,
        api::discovery::v1::EndpointSlice,
        api::networking::v1::Ingress,
        api::networking::v1::IngressClass,
        api::networking::v1::NetworkPolicy,
        api::storage::v1::StorageClass,
        api::rbac::v1::Role,
        api::rbac::v1::RoleBinding,
        api::rbac::v1::ClusterRole,
        api::rbac::v1::ClusterRoleBinding,
        api::autoscaling::v1::HorizontalPodAutoscaler,
        api::autoscaling::v2::HorizontalPodAutoscaler,
        api::autoscaling::v1::Scale,
        api::policy::v1::PodDisruptionBudget,
        api::policy::v1::Eviction,
        api::scheduling::v1::PriorityClass,
        api::events::v1::Event,
        api::authorization::v1::SelfSubjectAccessReview,
        api::authorization::v1::SubjectAccessReview,
        api::authentication::v1::TokenRequest,
        apiextensions::CustomResourceDefinition,
    );
    let definitions = all.generator.take_definitions(false);
    (definitions.into_iter().map(|(name, schema)| (short(&name), schema)).collect(), all.kinds)
}

/// The kinds that are not Kubernetes' but ours: a file with `kinds` (apiVersion, kind, type) and
/// `definitions`, written as JSON Schema.
fn add_ours(file: &Path, definitions: &mut BTreeMap<String, Value>, kinds: &mut Vec<Kind>) -> Result<(), String> {
    let complain = |what: &dyn std::fmt::Display| format!("{}: {what}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| complain(&error))?;
    let read: Value = serde_json::from_str(&text).map_err(|error| complain(&error))?;
    for (name, schema) in read["definitions"].as_object().into_iter().flatten() {
        definitions.insert(name.clone(), schema.clone());
    }
    for kind in read["kinds"].as_array().into_iter().flatten() {
        let word = |at: usize| kind[at].as_str().map(str::to_owned).ok_or_else(|| complain(&"a kind has three words"));
        kinds.push((word(0)?, word(1)?, word(2)?));
    }
    Ok(())
}

/// `io.k8s.api.core.v1.Pod` is `core.v1.Pod`.
fn short(name: &str) -> String {
    let name = name.strip_prefix("io.k8s.").unwrap_or(name);
    name.strip_prefix("api.").unwrap_or(name).to_owned()
}

/// The facts of `gaps.txt`, by type and field; each is marked when it is used.
struct Gaps(BTreeMap<(String, String), (Vec<String>, bool)>);

impl Gaps {
    fn parse(text: &str) -> Result<Self, String> {
        let mut gaps = BTreeMap::new();
        let mut section = "";
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = name;
                continue;
            }
            let mut words = line.split(' ').map(str::to_owned);
            let field = words.next().unwrap_or_default();
            let old = gaps.insert((section.to_owned(), field), (words.collect(), false));
            if old.is_some() {
                return Err(format!("gaps.txt:{}: a second line for this field of {section}", number + 1));
            }
        }
        Ok(Self(gaps))
    }

    fn take(&mut self, section: &str, field: &str) -> Vec<String> {
        match self.0.get_mut(&(section.to_owned(), field.to_owned())) {
            Some((words, used)) => {
                *used = true;
                words.clone()
            }
            None => Vec::new(),
        }
    }

    fn all_used(&self) -> Result<(), String> {
        let unused: Vec<String> = self
            .0
            .iter()
            .filter(|(_, (_, used))| !used)
            .map(|((section, field), _)| format!("gaps.txt: no field {field} in {section}"))
            .collect();
        if unused.is_empty() { Ok(()) } else { Err(unused.join("\n")) }
    }
}

struct Tables<'d> {
    definitions: &'d BTreeMap<String, Value>,
    /// Numbers of the types that have fields, in the order they are written.
    numbers: BTreeMap<&'d str, usize>,
    descriptions: String,
}

impl<'d> Tables<'d> {
    fn new(definitions: &'d BTreeMap<String, Value>) -> Self {
        let with_fields = definitions.iter().filter(|(name, schema)| properties(schema).is_some() && !opaque(name));
        let numbers = with_fields.enumerate().map(|(number, (name, _))| (name.as_str(), number)).collect();
        Self { definitions, numbers, descriptions: String::new() }
    }

    fn write(&mut self, kinds: &[Kind], gaps: &mut Gaps) -> Result<String, String> {
        let mut text = String::new();
        let definitions = self.definitions;
        for (name, schema) in definitions {
            if !self.numbers.contains_key(name.as_str()) {
                continue;
            }
            let atomic = gaps.take(name, "*").iter().any(|word| word == "atomic");
            let _ = writeln!(text, "={name}{}", if atomic { " a" } else { "" });
            self.describe(&format!("={name}"), schema);
            let required: Vec<&str> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            for (field, property) in properties(schema).into_iter().flatten() {
                let facts = gaps.take(name, field);
                let line = self
                    .field(field, property, required.contains(&field.as_str()), &facts)
                    .map_err(|what| format!("{name}.{field}: {what}"))?;
                let _ = writeln!(text, "{line}");
                self.describe(field, property);
            }
        }
        for (version, kind, name) in kinds {
            let number = self.numbers.get(name.as_str()).ok_or_else(|| format!("{kind} has no fields"))?;
            let _ = writeln!(text, "!{version} {kind} {number}");
        }
        Ok(text)
    }

    fn describe(&mut self, name: &str, schema: &Value) {
        let text = schema["description"].as_str().unwrap_or_default();
        let text = text.replace('\\', "\\\\").replace('\n', "\\n");
        let _ = writeln!(self.descriptions, "{name} {text}");
    }

    fn field(&self, name: &str, property: &Value, required: bool, facts: &[String]) -> Result<String, String> {
        let has = |fact: &str| facts.iter().any(|word| word == fact);
        let star = if required && !has("optional") || has("required") { "*" } else { "" };
        let mut line = format!("{name}{star} {}", self.code(property)?);
        let values: Vec<&str> = property["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if !values.is_empty() {
            let _ = write!(line, " e:{}", values.join("|"));
        }
        for fact in facts {
            let attribute = match fact.split_once('=').unwrap_or((fact, "")) {
                ("optional" | "required", _) => continue,
                ("enum", values) => format!("e:{values}"),
                ("keys", keys) => format!("k:{keys}"),
                ("set", _) => "s".to_owned(),
                ("patch", strategy) => format!("P:{strategy}"),
                ("mergekey", key) => format!("p:{key}"),
                ("atomic", _) => "a".to_owned(),
                ("default", value) => format!("d:{value}"),
                ("always", _) => "A".to_owned(),
                ("keep", _) => "z".to_owned(),
                ("absent", _) => "n".to_owned(),
                ("in", embedded) => format!("w:{embedded}"),
                ("go", name) => format!("g:{name}"),
                ("go[]" | "go{}", name) => format!("h:{name}"),
                _ => return Err(format!("gaps.txt: what is {fact}?")),
            };
            line.push(' ');
            line.push_str(&attribute);
        }
        Ok(line)
    }

    /// The type code of a property.
    fn code(&self, schema: &Value) -> Result<String, String> {
        if let Some(name) = reference(schema) {
            return self.reference(&name);
        }
        let format = schema["format"].as_str().unwrap_or_default();
        Ok(match schema["type"].as_str().unwrap_or_default() {
            "string" => if format == "byte" { "y" } else { "s" }.to_owned(),
            "boolean" => "b".to_owned(),
            "integer" => if format == "int32" { "i" } else { "l" }.to_owned(),
            "number" => "f".to_owned(),
            "array" => format!("[{}", self.code(&schema["items"])?),
            "object" if schema["additionalProperties"].is_object() => {
                format!("{{{}", self.code(&schema["additionalProperties"])?)
            }
            "object" | "" => "x".to_owned(),
            other => return Err(format!("cannot write the type {other}")),
        })
    }

    fn reference(&self, name: &str) -> Result<String, String> {
        let code = match name {
            "apimachinery.pkg.api.resource.Quantity" => "q",
            "apimachinery.pkg.util.intstr.IntOrString" => "o",
            "apimachinery.pkg.apis.meta.v1.Time" => "t",
            "apimachinery.pkg.apis.meta.v1.MicroTime" => "m",
            _ if name.contains("JSONSchemaPropsOrStringArray") => "x",
            _ if name.contains("JSONSchemaPropsOr") => {
                let plain = name.split("Or").next().unwrap_or_default();
                return self.numbers.get(plain).map(|number| format!("u{number}")).ok_or_else(|| plain.to_owned());
            }
            _ => match self.numbers.get(name) {
                Some(number) => return Ok(number.to_string()),
                None => {
                    let definition = self.definitions.get(name).ok_or_else(|| format!("no definition {name}"))?;
                    return if opaque(name) { Ok("x".to_owned()) } else { self.code(definition) };
                }
            },
        };
        Ok(code.to_owned())
    }
}

/// Types that hold anything.
fn opaque(name: &str) -> bool {
    name.ends_with(".RawExtension") || name.ends_with(".FieldsV1") || name.ends_with("apiextensions.v1.JSON")
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema["properties"].as_object()
}

/// The name of the definition that a schema refers to; a description beside it wraps it.
fn reference(schema: &Value) -> Option<String> {
    let direct = schema["$ref"].as_str();
    let wrapped = || schema["allOf"].as_array()?.first()?["$ref"].as_str();
    direct.or_else(wrapped).and_then(|path| path.rsplit('/').next()).map(short)
}
