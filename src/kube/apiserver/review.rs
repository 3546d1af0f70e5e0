//! Access reviews: questions about rights, which are answered and not stored.
// Models pkg/registry/authorization/selfsubjectaccessreview and selfsubjectrulesreview

use super::ApiServer;
use crate::document::Value;
use crate::kube::api::{Reply, Request, Resource};
use crate::kube::authorization::{self, Attributes, rbac};
use crate::sim::SimTime;
use crate::tree;

pub(super) fn is_review(resource: Resource) -> bool {
    matches!(resource, Resource::SELF_SUBJECT_ACCESS_REVIEWS | Resource::SELF_SUBJECT_RULES_REVIEWS)
}

impl ApiServer {
    /// Answers a review about the one who asks.
    pub(super) fn review(&self, now: SimTime, request: &Request) -> Reply {
        let status = if request.resource == Resource::SELF_SUBJECT_ACCESS_REVIEWS {
            self.access_review(now, request)
        } else {
            self.rules_review(now, request)
        };
        let object = request.body.clone().with(&["status"], status);
        Reply::Object { object, created: true, warnings: Vec::new() }
    }

    fn access_review(&self, now: SimTime, request: &Request) -> Value {
        let spec = request.body.at(&["spec"]).unwrap_or(&Value::Null);
        let about = spec.get("resourceAttributes").or(spec.get("nonResourceAttributes")).unwrap_or(&Value::Null);
        let text = |field: &str| about.str_at(&[field]).into();
        let asked = Attributes {
            verb: text("verb"),
            group: text("group"),
            resource: text("resource"),
            subresource: text("subresource"),
            namespace: text("namespace"),
            name: text("name"),
            path: text("path"),
        };
        let decision = authorization::decide(&self.snapshot(now), &self.node_rules, &request.user, &asked);
        let status = tree!({ "allowed": (decision.is_allowed()) });
        match decision.reason() {
            reason if reason.is_empty() => status,
            reason => status.with(&["reason"], reason),
        }
    }

    fn rules_review(&self, now: SimTime, request: &Request) -> Value {
        let namespace = request.body.str_at(&["spec", "namespace"]);
        let (rules, missing) = rbac::rules_for(&self.snapshot(now), &request.user, namespace);
        let (paths, resources): (Vec<Value>, Vec<Value>) =
            rules.into_iter().partition(|rule| rule.get("nonResourceURLs").is_some());
        let status =
            tree!({ "resourceRules": (resources), "nonResourceRules": (paths), "incomplete": (!missing.is_empty()) });
        if missing.is_empty() { status } else { status.with(&["evaluationError"], missing.join(", ")) }
    }
}
