//! Which objects a command line names: files, `TYPE NAME`, `TYPE/NAME`, selectors.
// Models k8s.io/cli-runtime/pkg/resource/builder.go and visitor.go

use crate::document::{Value, parse};
use crate::world::api::{ApiError, Key, Request, Resource, meta};

use super::Kubectl;
use super::failure::Failure;

/// One object that a command is about.
#[derive(Clone, Debug)]
pub(in crate::shell) struct Info {
    pub resource: Resource,
    pub namespace: String,
    pub name: String,
    /// What the file says, or what the server answered.
    pub object: Value,
    /// The file, or nothing.
    pub source: String,
}

impl Info {
    pub fn key(&self) -> Key {
        Key::new(self.resource, self.namespace.as_str(), self.name.as_str())
    }

    /// The version in which the object was read.
    pub fn version(&self) -> &str {
        self.object.str_at(&["apiVersion"])
    }
}

/// What the words of a line ask for.
pub(in crate::shell) enum Words {
    /// Whole collections.
    Types(Vec<Resource>),
    /// Objects by name.
    Names(Vec<(Resource, String)>),
}

/// What a line that names nothing is answered with.
// Models cli-runtime/pkg/resource missingResourceError
pub(in crate::shell) const NOTHING_NAMED: &str = "You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'";

/// The resource of a word, or kubectl's complaint.
pub(in crate::shell) fn resource_named(kubectl: &Kubectl, word: &str) -> Result<Resource, Failure> {
    let unknown = || {
        // Of `deployments.v9.apps` only the resource is named.
        let resource = word.split('.').next().unwrap_or(word);
        Failure::Plain(format!("the server doesn't have a resource type \"{resource}\""))
    };
    kubectl.custom.named(word).ok_or_else(unknown)
}

/// The resources of a category: built-in ones, then custom ones.
fn category(kubectl: &Kubectl, name: &str) -> Vec<Resource> {
    let built_in = Resource::all().filter(|resource| resource.info().categories.contains(&name));
    let custom = kubectl.custom.iter().filter(|it| it.categories.iter().any(|category| **category == *name));
    built_in.chain(custom.map(|it| it.resource)).collect()
}

/// The resources of `deploy,svc`, with categories such as `all` spread out.
fn types(kubectl: &Kubectl, word: &str) -> Result<Vec<Resource>, Failure> {
    let mut found = Vec::new();
    for name in word.split(',').filter(|name| !name.is_empty()) {
        let category = category(kubectl, name);
        if category.is_empty() {
            found.push(resource_named(kubectl, name)?);
        } else {
            found.extend(category);
        }
    }
    Ok(found)
}

/// Reads the words of a line.
// Models builder.ResourceTypeOrNameArgs
pub(in crate::shell) fn read_words(kubectl: &Kubectl, verb: &str, words: &[String]) -> Result<Words, Failure> {
    if words.iter().any(|word| word.contains('/')) {
        let mut names = Vec::new();
        for word in words.iter().flat_map(|word| word.split(',')) {
            let Some((kind, name)) = word.split_once('/') else {
                return Err(Failure::Plain(format!(
                    "there is no need to specify a resource type as a separate argument when passing arguments in \
                     resource/name form (e.g. 'kubectl {verb} resource/<resource_name>' instead of 'kubectl {verb} \
                     resource resource/<resource_name>'"
                )));
            };
            if kind.is_empty() || name.is_empty() || name.contains('/') {
                return Err(Failure::plain("arguments in resource/name form must have a single resource and name"));
            }
            names.push((resource_named(kubectl, kind)?, name.to_owned()));
        }
        return Ok(Words::Names(names));
    }
    let Some((first, names)) = words.split_first() else { return Ok(Words::Types(Vec::new())) };
    let types = types(kubectl, first)?;
    if names.is_empty() {
        return Ok(Words::Types(types));
    }
    let named = types.iter().flat_map(|resource| names.iter().map(|name| (*resource, name.clone()))).collect();
    Ok(Words::Names(named))
}

/// The objects that `-f` or the words of the line name, as the server has them (words) or as the
/// file says them; and what went wrong on the way.
pub(in crate::shell) async fn selected(kubectl: &Kubectl) -> (Vec<Info>, Vec<Failure>) {
    if kubectl.args.value("filename").is_some() {
        return from_files(kubectl);
    }
    match from_words(kubectl).await {
        Ok(found) => found,
        Err(failure) => (Vec::new(), vec![failure]),
    }
}

async fn from_words(kubectl: &Kubectl) -> Result<(Vec<Info>, Vec<Failure>), Failure> {
    let args = &kubectl.args;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    match read_words(kubectl, &kubectl.verb, &args.words)? {
        Words::Names(names) => {
            if !args.text("selector").is_empty() {
                return Err(Failure::plain("name cannot be provided when a selector is specified"));
            }
            for (resource, name) in names {
                let key = kubectl.key(resource, &name);
                match kubectl.client.get(&key).await {
                    Ok(object) => found.push(info(resource, object, "")),
                    Err(error) => failures.push(error.into()),
                }
            }
        }
        Words::Types(types) => {
            let selects = ["selector", "field-selector"].iter().any(|flag| args.value(flag).is_some());
            if !types.is_empty() && !selects && !args.is_on("all") {
                return Err(Failure::plain("resource(s) were provided, but no name was specified"));
            }
            for resource in types {
                match list(kubectl, resource).await {
                    Ok(items) => found.extend(items.into_iter().map(|item| info(resource, item, ""))),
                    Err(failure) => failures.push(failure),
                }
            }
        }
    }
    Ok((found, failures))
}

/// A collection, as the line's selectors narrow it.
pub(in crate::shell) async fn list(kubectl: &Kubectl, resource: Resource) -> Result<Vec<Value>, Failure> {
    let all = kubectl.args.is_on("all-namespaces");
    let namespace = if all || !resource.info().namespaced { "" } else { &kubectl.namespace };
    let mut request = Request::list(kubectl.client.user.clone(), resource, namespace);
    request.options.label_selector = kubectl.args.text("selector").into();
    request.options.field_selector = kubectl.args.text("field-selector").into();
    let answer = kubectl.client.request(request).await;
    Ok(answer.map_err(|error| with_selector(error, kubectl, resource))?.into_items())
}

/// What kubectl adds to a refused selector.
// Models cli-runtime/pkg/resource/selector.go
fn with_selector(mut error: ApiError, kubectl: &Kubectl, resource: Resource) -> ApiError {
    let (labels, fields) = (kubectl.args.text("selector"), kubectl.args.text("field-selector"));
    let refused = matches!(error.reason, crate::world::api::Reason::BadRequest | crate::world::api::Reason::NotFound);
    if refused && !(labels.is_empty() && fields.is_empty()) {
        error.message = format!(
            "Unable to find \"{}\" that match label selector \"{labels}\", field selector \"{fields}\": {}",
            gvr(kubectl, resource),
            error.message
        );
    }
    error
}

/// `apps/v1, Resource=deployments`.
pub(in crate::shell) fn gvr(kubectl: &Kubectl, resource: Resource) -> String {
    format!("{}, Resource={}", group_version(kubectl, resource), resource.info().plural)
}

/// `apps/v1`, or `/v1` for the core group.
fn group_version(kubectl: &Kubectl, resource: Resource) -> String {
    let version = kubectl.custom.api_version(resource);
    if version.contains('/') { version } else { format!("/{version}") }
}

/// `apps/v1, Kind=Deployment`.
pub(in crate::shell) fn gvk(kubectl: &Kubectl, resource: Resource) -> String {
    format!("{}, Kind={}", group_version(kubectl, resource), resource.kind())
}

pub(in crate::shell) fn info(resource: Resource, object: Value, source: &str) -> Info {
    Info {
        resource,
        namespace: meta::namespace(&object).to_owned(),
        name: meta::name(&object).to_owned(),
        source: source.to_owned(),
        object,
    }
}

/// The texts that `-f` names: a file, a folder, `-`.
fn texts(kubectl: &Kubectl) -> Result<Vec<(String, String)>, Failure> {
    let mut texts = Vec::new();
    for path in kubectl.args.list("filename") {
        if path == "-" {
            texts.push(("STDIN".to_owned(), kubectl.client.stdin.to_string()));
            continue;
        }
        if path.starts_with("https://") || path.starts_with("http://") {
            return Err(Failure::plain(format!(
                "unable to read URL \"{path}\", server reported 503 Service Unavailable, status code=503"
            )));
        }
        let setting = kubectl.client.setting();
        let plain = path.trim_start_matches("./").trim_end_matches('/');
        if let Some(text) = setting.files.get(plain) {
            texts.push((path.to_owned(), text.clone()));
            continue;
        }
        let prefix = if plain.is_empty() || plain == "." { String::new() } else { format!("{plain}/") };
        let below: Vec<_> = setting
            .files
            .iter()
            .filter(|(name, _)| name.starts_with(&prefix))
            .filter(|(name, _)| kubectl.args.is_on("recursive") || !name[prefix.len()..].contains('/'))
            .filter(|(name, _)| [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending)))
            .map(|(name, text)| (name.clone(), text.clone()))
            .collect();
        if below.is_empty() {
            return Err(Failure::plain(format!("the path \"{path}\" does not exist")));
        }
        texts.extend(below);
    }
    Ok(texts)
}

/// The objects of `-f`, in order; errors that do not stop the reading come after them.
pub(in crate::shell) fn from_files(kubectl: &Kubectl) -> (Vec<Info>, Vec<Failure>) {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    let texts = match texts(kubectl) {
        Ok(texts) => texts,
        Err(failure) => return (found, vec![failure]),
    };
    for (source, text) in texts {
        let parsed = parse(&text);
        for document in parsed.in_order() {
            let stop = match document {
                Err(problem) => {
                    let message = problem.go_message(&source);
                    failures
                        .push(Failure::Plain(message.unwrap_or_else(|| format!("error parsing {source}: {problem}"))));
                    true
                }
                Ok(document) => read_object(kubectl, document.root.to_value(), &source, &mut found, &mut failures),
            };
            if stop {
                break;
            }
        }
    }
    (found, failures)
}

/// Reads one document. Says whether the reading of this source ends here.
fn read_object(
    kubectl: &Kubectl,
    object: Value,
    source: &str,
    found: &mut Vec<Info>,
    failures: &mut Vec<Failure>,
) -> bool {
    if let Err(detail) = validate(&object) {
        failures.push(Failure::Plain(format!(
            "error validating \"{source}\": error validating data: {detail}; if you choose to ignore these errors, \
             turn validation off with --validate=false"
        )));
        return true;
    }
    if meta::kind(&object).ends_with("List") && object.at(&["items"]).is_some() {
        for item in object.items_at(&["items"]) {
            let mut item = item.clone();
            for field in ["apiVersion", "kind"] {
                // An item of a typed list need not say what it is.
                if item.get(field).is_none() {
                    let of_list = object.str_at(&[field]);
                    item.set(&[field], of_list.strip_suffix("List").unwrap_or(of_list));
                }
            }
            if read_object(kubectl, item, source, found, failures) {
                return true;
            }
        }
        return false;
    }
    match read_single(kubectl, object, source) {
        Ok(info) => found.push(info),
        Err(failure) => failures.push(failure),
    }
    false
}

fn read_single(kubectl: &Kubectl, mut object: Value, source: &str) -> Result<Info, Failure> {
    check_metadata(&object).map_err(|fault| Failure::Plain(format!("unable to decode \"{source}\": {fault}")))?;
    let (version, kind) = (object.str_at(&["apiVersion"]).to_owned(), meta::kind(&object).to_owned());
    let Some(resource) = kubectl.custom.resource_of(&version, &kind) else {
        return Err(Failure::Plain(format!(
            "resource mapping not found for name: \"{}\" namespace: \"{}\" from \"{source}\": no matches for kind \
             \"{kind}\" in version \"{version}\"\nensure CRDs are installed first",
            meta::name(&object),
            meta::namespace(&object)
        )));
    };
    if resource.info().namespaced {
        let own = meta::namespace(&object).to_owned();
        if own.is_empty() {
            object.set(&["metadata", "namespace"], kubectl.namespace.as_str());
        } else if kubectl.is_namespace_explicit && own != kubectl.namespace {
            return Err(Failure::Plain(format!(
                "the namespace from the provided object \"{own}\" does not match the namespace \"{}\". You must pass \
                 '--namespace={own}' to perform this operation.",
                kubectl.namespace
            )));
        }
    }
    Ok(info(resource, object, source))
}

/// What kubectl checks by itself before anything is sent.
// Models k8s.io/kubectl/pkg/validation/schema.go ConjunctiveSchema and getObjectKind
fn validate(object: &Value) -> Result<(), String> {
    if object.as_map().is_none() {
        return Err("invalid object to validate".to_owned());
    }
    let mut faults = Vec::new();
    for field in ["apiVersion", "kind"] {
        match object.get(field) {
            None => faults.push(format!("{field} not set")),
            Some(Value::Text(_)) => {}
            Some(_) => faults.push(format!("{field} isn't string type")),
        }
    }
    if object.str_at(&["apiVersion"]).matches('/').count() > 1 {
        faults.push(format!("unexpected GroupVersion string: {}", object.str_at(&["apiVersion"])));
    }
    if object.str_at(&["kind"]) == "List"
        && object.as_map().is_some_and(|map| map.contains_key("items"))
        && (object.at(&["items"]).is_none() || object.items_at(&["items"]).iter().any(Value::is_null))
    {
        faults.push("invalid object to validate".to_owned());
    }
    match faults.len() {
        0 => Ok(()),
        1 => Err(faults.concat()),
        _ => Err(format!("[{}]", faults.join(", "))),
    }
}

/// The types of `metadata`, which kubectl reads itself: the first that does not fit.
// Models runtime.UnstructuredJSONScheme with metadataOnlyObject
fn check_metadata(object: &Value) -> Result<(), String> {
    let fault = |value: &Value, path: &str, wanted: &str| {
        Err(format!("json: cannot unmarshal {} into Go struct field {path} of type {wanted}", value.json_type()))
    };
    let Some(metadata) = object.get("metadata") else { return Ok(()) };
    if metadata.as_map().is_none() {
        return fault(metadata, "metadataOnlyObject.metadata", "v1.ObjectMeta");
    }
    for (key, value) in metadata.entries().filter(|(_, value)| !value.is_null()) {
        let path = format!("ObjectMeta.metadata.{key}");
        match &**key {
            "name" | "namespace" | "generateName" | "uid" | "resourceVersion" | "selfLink"
                if value.as_str().is_none() =>
            {
                return fault(value, &path, if &**key == "uid" { "types.UID" } else { "string" });
            }
            "labels" | "annotations" => {
                if value.as_map().is_none() {
                    return fault(value, &path, "map[string]string");
                }
                let wrong =
                    value.entries().map(|(_, text)| text).find(|text| !text.is_null() && text.as_str().is_none());
                if let Some(wrong) = wrong {
                    return fault(wrong, &path, "string");
                }
            }
            "finalizers" => {
                if !matches!(value, Value::List(_)) {
                    return fault(value, &path, "[]string");
                }
                if let Some(wrong) = value.items().iter().find(|text| text.as_str().is_none()) {
                    return fault(wrong, &path, "string");
                }
            }
            "generation" | "deletionGracePeriodSeconds" if value.as_int().is_none() => {
                return fault(value, &path, "int64");
            }
            _ => {}
        }
    }
    Ok(())
}
