//! What a complaint of a real tool means: from its words to a code, whose message `words` has in
//! the learner's language.
//!
//! Invariant: the complaint itself stays as the tool prints it; this only adds a line below.

/// What is said below a complaint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Advice {
    /// The key of the message.
    pub key: &'static str,
    /// The term of the glossary that it leads to; empty for none.
    pub term: &'static str,
}

/// What a complaint holds (parts in their order, between `*`), the key, the term. The first that
/// fits counts, so the narrower stand before the wider.
const KNOWN: &[(&str, &str, &str)] = &[
    ("doesn't have a resource type", "advice-kind-unknown", "kubernetes"),
    ("no matches for kind", "advice-kind-version", "manifest"),
    ("namespaces \"*not found", "advice-namespace-missing", ""),
    ("breaking on purpose is switched off", "advice-break-off", ""),
    ("exceeded quota", "advice-quota", ""),
    ("violates PodSecurity", "advice-pod-security", "pod"),
    ("Cannot evict pod as it would violate", "advice-budget", "pod"),
    ("cannot delete DaemonSet-managed Pods", "advice-drain-daemonset", "node"),
    ("with local storage", "advice-drain-local", "node"),
    ("declare no controller", "advice-drain-bare", "controller"),
    ("field is immutable", "advice-immutable", "manifest"),
    ("`selector` does not match template `labels`", "advice-selector-template", "deployment"),
    ("pod updates may not change fields", "advice-pod-update", "pod"),
    ("Apply failed with*conflict", "advice-apply-conflict", "manifest"),
    ("the object has been modified", "advice-conflict", "kube-apiserver"),
    ("unknown field \"", "advice-field-unknown", "manifest"),
    ("strict decoding error", "advice-field-unknown", "manifest"),
    ("error parsing jsonpath", "advice-jsonpath", "kubectl"),
    ("error parsing ", "advice-yaml", "manifest"),
    ("error validating", "advice-validating", "manifest"),
    ("cannot be handled as a", "advice-type", "manifest"),
    ("the path \"*does not exist", "advice-file-missing", ""),
    ("no objects passed to", "advice-file-empty", "manifest"),
    ("name was specified", "advice-name-missing", "kubectl"),
    ("unknown flag", "advice-flag-unknown", "kubectl"),
    ("unknown shorthand flag", "advice-flag-unknown", "kubectl"),
    ("flag needs an argument", "advice-flag-value", "kubectl"),
    ("required flag(s)", "advice-flag-required", "kubectl"),
    ("unknown command \"", "advice-verb-unknown", "kubectl"),
    ("timed out waiting for the condition", "advice-timed-out", ""),
    ("is waiting to start", "advice-logs-waiting", "container"),
    ("previous terminated container", "advice-logs-previous", "container"),
    ("is not valid for pod", "advice-container", "container"),
    ("container name must be specified", "advice-container", "container"),
    ("Metrics API not available", "advice-metrics", "kubernetes"),
    ("no context exists with the name", "advice-context", "kubectl"),
    ("did you specify the right host or port", "advice-unreachable", "kube-apiserver"),
    ("Unable to connect to the server", "advice-unreachable", "kube-apiserver"),
    ("Not authorized to perform sts:AssumeRoleWithWebIdentity", "advice-web-identity", "trust-policy"),
    ("No OpenIDConnect provider found", "advice-oidc-provider", "trust-policy"),
    ("Error when retrieving credentials from container-role", "advice-pod-identity-agent", ""),
    ("UnauthorizedOperation", "advice-iam-denied", ""),
    ("You must be logged in to the server", "advice-eks-unauthorized", "access-entry"),
    ("Unauthorized", "advice-unauthorized", "kube-apiserver"),
    ("is not authorized to perform", "advice-iam-denied", ""),
    ("AccessDenied", "advice-iam-denied", ""),
    ("Unable to locate credentials", "advice-iam-credentials", ""),
    ("ExpiredToken", "advice-iam-expired", ""),
    ("DependencyViolation", "advice-aws-dependency", ""),
    ("(ValidationError)", "advice-aws-validation", ""),
    ("InvalidParameterValue", "advice-aws-validation", ""),
    ("does not exist", "advice-aws-missing", ""),
    ("(Forbidden)", "advice-forbidden", "kube-apiserver"),
    ("(AlreadyExists)", "advice-exists", "manifest"),
    ("already exists", "advice-exists", "manifest"),
    ("(NotFound)", "advice-not-found", ""),
    ("is invalid:", "advice-invalid", "manifest"),
    ("No resources found in", "advice-nothing-here", ""),
];

/// What to say below a complaint, if it is a known one.
#[must_use]
pub fn advice(complaint: &str) -> Option<Advice> {
    let fits = |pattern: &str| {
        let mut rest = complaint;
        pattern.split('*').all(|part| match rest.find(part) {
            Some(at) => {
                rest = &rest[at + part.len()..];
                true
            }
            None => false,
        })
    };
    KNOWN.iter().find(|(pattern, ..)| fits(pattern)).map(|(_, key, term)| Advice { key, term })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Lang, Words};

    #[test]
    fn complaints_are_understood() {
        for (complaint, key) in [
            ("error: the server doesn't have a resource type \"pds\"", "advice-kind-unknown"),
            ("Error from server (NotFound): namespaces \"x\" not found", "advice-namespace-missing"),
            ("Error from server (NotFound): pods \"web\" not found", "advice-not-found"),
            ("Error from server (Forbidden): pods is forbidden: exceeded quota: cap", "advice-quota"),
        ] {
            assert_eq!(advice(complaint).map(|advice| advice.key), Some(key), "{complaint}");
        }
        assert_eq!(advice("all is well"), None);
    }

    #[test]
    fn every_advice_is_there_in_both_languages() {
        for lang in [Lang::En, Lang::Ko] {
            for (_, key, _) in KNOWN {
                assert_ne!(Words::new(lang).say(key, &[]), *key, "{lang:?}");
            }
        }
    }
}
