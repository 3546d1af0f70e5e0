//! EKS's webhook for Pods: what they need to show AWS who they are. A service account with a role in
//! its annotation gets a token for STS, one with a Pod Identity association a token for the agent.
// Models aws/amazon-eks-pod-identity-webhook pkg/handler/handler.go

use crate::document::Value;
use crate::kube::Snapshot;
use crate::kube::api::{Key, Resource, meta};
use crate::tree;

const WEB_IDENTITY: (&str, &str, &str) =
    ("aws-iam-token", "/var/run/secrets/eks.amazonaws.com/serviceaccount", "sts.amazonaws.com");
const CONTAINER: (&str, &str, &str) =
    ("eks-pod-identity-token", "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount", "pods.eks.amazonaws.com");

pub(super) fn mutate(seen: &Snapshot<'_>, pod: &mut Value) {
    let Some(identity) = &seen.settings.identity else { return };
    let (namespace, account) =
        (meta::namespace(pod).to_owned(), pod.str_at(&["spec", "serviceAccountName"]).to_owned());
    let found = seen.get(&Key::new(Resource::SERVICE_ACCOUNTS, namespace.as_str(), account.as_str()));
    let role = found.and_then(|it| meta::annotation(it, "eks.amazonaws.com/role-arn")).unwrap_or_default().to_owned();
    let region = identity.region.as_str();
    // With an association the annotation is not looked at.
    if identity.associated.contains(&(namespace, account)) {
        let env = [
            ("AWS_STS_REGIONAL_ENDPOINTS", "regional"),
            ("AWS_DEFAULT_REGION", region),
            ("AWS_REGION", region),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials"),
            (
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token",
            ),
        ];
        add(pod, CONTAINER, "eks-pod-identity-token", &env);
    } else if !role.is_empty() {
        let env = [
            ("AWS_STS_REGIONAL_ENDPOINTS", "regional"),
            ("AWS_DEFAULT_REGION", region),
            ("AWS_REGION", region),
            ("AWS_ROLE_ARN", role.as_str()),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"),
        ];
        add(pod, WEB_IDENTITY, "token", &env);
    }
}

fn add(pod: &mut Value, (volume, path, audience): (&str, &str, &str), file: &str, env: &[(&str, &str)]) {
    if pod.items_at(&["spec", "volumes"]).iter().any(|known| known.str_at(&["name"]) == volume) {
        return;
    }
    for list in ["initContainers", "containers"] {
        if pod.at(&["spec", list]).is_none() {
            continue;
        }
        for container in pod.at_mut(&["spec", list]).items_mut() {
            for (name, value) in env {
                let known = container.items_at(&["env"]).iter().any(|it| it.str_at(&["name"]) == *name);
                if !known {
                    container.at_mut(&["env"]).items_mut().push(tree!({ "name": *name, "value": *value }));
                }
            }
            let mount = tree!({ "name": volume, "mountPath": path, "readOnly": true });
            container.at_mut(&["volumeMounts"]).items_mut().push(mount);
        }
    }
    pod.at_mut(&["spec", "volumes"]).items_mut().push(tree!({
        "name": volume,
        "projected": {
            "defaultMode": 420,
            "sources": [
                { "serviceAccountToken": { "audience": audience, "expirationSeconds": 86400, "path": file } },
            ],
        },
    }));
}
