//! Every namespace has a service account called `default`, and the cluster's certificate as a
//! ConfigMap, so that Pods can talk to the API server.
// Models pkg/controller/serviceaccount/serviceaccounts_controller.go and
// pkg/controller/certificates/rootcacertpublisher/publisher.go

use crate::kube::api::{Key, Object, Request, Resource, User, meta};
use crate::kube::controller::Controller;
use crate::kube::why::Why;
use crate::kube::{Outcome, Snapshot};
use crate::sim::Change;
use crate::tree;
use std::rc::Rc;

const ACCOUNT: &str = "default";
const CERTIFICATE: &str = "kube-root-ca.crt";

/// Which keys a change makes it look at: the namespace, itself or of what was taken away.
#[must_use]
pub fn interested(change: &Change<Key, Rc<Object>>, _seen: &Snapshot<'_>) -> Vec<Key> {
    let namespace = match change.key.resource {
        Resource::NAMESPACES => &change.key.name,
        Resource::SERVICE_ACCOUNTS if &*change.key.name == ACCOUNT => &change.key.namespace,
        Resource::CONFIG_MAPS if &*change.key.name == CERTIFICATE => &change.key.namespace,
        _ => return Vec::new(),
    };
    vec![Key::new(Resource::NAMESPACES, "", namespace.clone())]
}

/// Makes what a namespace lacks.
#[must_use]
pub fn reconcile(key: &Key, seen: &Snapshot<'_>) -> Outcome {
    let mut outcome = Outcome::settled();
    let Some(namespace) = seen.get(key) else { return outcome };
    if meta::is_deleting(namespace) {
        return outcome;
    }
    let wanted = [
        (
            Resource::SERVICE_ACCOUNTS,
            tree!({
                "apiVersion": "v1",
                "kind": "ServiceAccount",
                "metadata": { "name": ACCOUNT },
            }),
        ),
        (
            Resource::CONFIG_MAPS,
            tree!({
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {
                    "name": CERTIFICATE,
                    "annotations": {
                        "kubernetes.io/description": "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
                    },
                },
                "data": { "ca.crt": "-----BEGIN CERTIFICATE-----\n(simulated)\n-----END CERTIFICATE-----\n" },
            }),
        ),
    ];
    for (resource, object) in wanted {
        let inside = Key::new(resource, key.name.clone(), meta::name(&object));
        if seen.get(&inside).is_none() {
            let user = if resource == Resource::CONFIG_MAPS { publisher() } else { Controller::ServiceAccount.user() };
            let request = Request::create(user, resource, &key.name, object);
            outcome.request(request, Why::TooFew { want: 1, have: 0 });
        }
    }
    outcome
}

/// The ConfigMap is written by a controller of its own, which may do nothing else.
fn publisher() -> User {
    User::new(
        "system:serviceaccount:kube-system:root-ca-cert-publisher",
        &["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
    )
}
