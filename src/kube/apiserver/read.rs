//! Reading: one object, or a collection through selectors.

use super::ApiServer;
use crate::document::Value;
use crate::kube::api::labels::Selector;
use crate::kube::api::{ApiError, Key, Reason, Reply, Request, Resource, defaulting, meta, validation};

impl ApiServer {
    pub(super) fn get(&self, request: &Request) -> Result<Reply, ApiError> {
        let mut object = self.stored(&request.key())?.value.clone();
        defaulting::from_stored(request.resource, &mut object, &request.version);
        Ok(Reply::Object { object, created: false, warnings: validation::lifecycle_warnings(request.resource) })
    }

    pub(super) fn list(&self, request: &Request) -> Result<Reply, ApiError> {
        let mut items: Vec<Value> = self.select(request)?.into_iter().map(|(_, object)| object).collect();
        for item in &mut items {
            defaulting::from_stored(request.resource, item, &request.version);
        }
        let warnings = validation::lifecycle_warnings(request.resource);
        Ok(Reply::List { items, revision: self.etcd.revision(), warnings })
    }

    /// Whether the objects that a request is about can be selected by a field.
    fn is_selectable(&self, request: &Request, path: &str) -> bool {
        let custom = || {
            let version = self.etcd.custom().of(request.resource)?.version(request.version.rsplit('/').next()?)?;
            Some(version.selectable().any(|known| known == path))
        };
        is_selectable(request.resource, path) || custom() == Some(true)
    }

    /// The objects that a collection request is about, in key order.
    pub(super) fn select(&self, request: &Request) -> Result<Vec<(Key, Value)>, ApiError> {
        let labels = Selector::parse(&request.options.label_selector)
            .map_err(|message| ApiError::new(Reason::BadRequest, message))?;
        let fields = FieldSelector::parse(&request.options.field_selector, |path| self.is_selectable(request, path))?;
        let first = Key { name: "".into(), ..request.key() };
        Ok(self
            .etcd
            .iter_from(&first)
            .take_while(|(key, _)| {
                key.resource == request.resource && (request.namespace.is_empty() || key.namespace == request.namespace)
            })
            .filter(|(_, object)| labels.matches(meta::labels(object)) && fields.matches(object))
            .map(|(key, object)| (key.clone(), object.value.clone()))
            .collect())
    }
}

/// `metadata.name=web,status.phase!=Running`.
struct FieldSelector(Vec<(Vec<String>, bool, String)>);

impl FieldSelector {
    fn parse(text: &str, is_selectable: impl Fn(&str) -> bool) -> Result<Self, ApiError> {
        let mut terms = Vec::new();
        for term in text.split(',').filter(|term| !term.is_empty()) {
            let (path, equal, value) = if let Some((path, value)) = term.split_once("!=") {
                (path, false, value)
            } else if let Some((path, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
                (path, true, value)
            } else {
                let message = format!("invalid selector: '{text}'; can't understand '{term}'");
                return Err(ApiError::new(Reason::BadRequest, message));
            };
            if !is_selectable(path) {
                let message = format!("field label not supported: {path}");
                return Err(ApiError::new(Reason::BadRequest, message));
            }
            terms.push((path.split('.').map(str::to_owned).collect(), equal, value.to_owned()));
        }
        Ok(Self(terms))
    }

    fn matches(&self, object: &Value) -> bool {
        self.0.iter().all(|(path, equal, value)| {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let found = object.at(&path).map(|found| match found {
                Value::Text(text) => text.to_string(),
                other => other.to_string(),
            });
            (found.unwrap_or_default() == *value) == *equal
        })
    }
}

/// Which fields can be selected by.
// Models pkg/apis/core/v1/conversion.go AddFieldLabelConversionsFor…
fn is_selectable(resource: Resource, path: &str) -> bool {
    let own: &[&str] = match resource {
        Resource::PODS => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ],
        Resource::NODES => &["spec.unschedulable"],
        Resource::NAMESPACES => &["status.phase"],
        Resource::SECRETS => &["type"],
        Resource::SERVICES => &["spec.clusterIP", "spec.type"],
        Resource::JOBS => &["status.successful"],
        Resource::REPLICA_SETS | Resource::REPLICATION_CONTROLLERS => &["status.replicas"],
        Resource::EVENTS => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        _ => &[],
    };
    path == "metadata.name" || path == "metadata.namespace" || own.contains(&path)
}
