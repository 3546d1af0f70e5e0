//! With which credentials the programs of a Pod ask AWS: in the order in which the SDKs look for them.
// Source: AWS SDKs and Tools Reference Guide, "Standardized credential providers"; Amazon EKS User
// Guide, "IAM roles for service accounts" and "Learn how EKS Pod Identity grants Pods access".

use crate::aws::api::{Call, Caller, Error};
use crate::aws::{ResourceKey, eks, sts};
use crate::document::Value;
use crate::kube::api::{Key, Object, Resource, meta};
use crate::sim::{SimTime, Turn, secs};
use crate::tree;
use crate::world::{Answer, ApiError, Origin, Reply, World};
use std::rc::Rc;

/// Credentials are used for this long before new ones are asked for.
const KEPT: SimTime = secs(3000);

/// Why a Pod has no credentials.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoCredentials {
    /// A service refused: the operation, and its refusal.
    Refused(&'static str, Error),
    /// Nobody offers it any.
    Nobody,
    /// There is no agent on its node that would answer.
    NoAgent,
}

impl World {
    /// Which credentials the programs of a Pod find, as an answer: an access key, or why there is none.
    pub(in crate::world) fn identify(&mut self, server: &Rc<str>, key: &Key) -> Answer {
        let server = if server.is_empty() { self.focus.clone() } else { server.clone() };
        let Some(pod) = self.object(&server, key) else { return Err(ApiError::not_found(key.resource, &key.name)) };
        let said = match self.credentials(&server, &pod) {
            Ok(id) => tree!({ "accessKeyId": id }),
            Err(NoCredentials::Refused(action, error)) => {
                tree!({ "action": action, "code": error.code, "message": error.message })
            }
            Err(NoCredentials::NoAgent) => tree!({ "noAgent": true }),
            Err(NoCredentials::Nobody) => tree!({ "accessKeyId": "" }),
        };
        Ok(Reply::Object { object: said, created: false, warnings: Vec::new() })
    }

    /// The access key of a Pod's programs.
    ///
    /// # Errors
    /// Why they have none.
    pub(in crate::world) fn credentials(&mut self, server: &Rc<str>, pod: &Object) -> Result<Rc<str>, NoCredentials> {
        let item: (Rc<str>, Rc<str>) = (server.clone(), meta::uid(pod).into());
        if let Some((key, until)) = self.bridge.sessions.get(&item)
            && *until > self.now
        {
            return Ok(key.clone());
        }
        let Some(Origin::Eks(cluster)) = self.sites.get(server).map(|site| site.origin.clone()) else {
            return Err(NoCredentials::Nobody);
        };
        let has = |name: &str| {
            let mut env = pod.items_at(&["spec", "containers"]).iter().flat_map(|it| it.items_at(&["env"]));
            env.find(|it| it.str_at(&["name"]) == name).map(|it| it.str_at(&["value"]).to_owned())
        };
        let answer = match (has("AWS_ROLE_ARN"), has("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
            (Some(role), _) => self.by_web_identity(&cluster, pod, &role)?,
            (None, Some(_)) => self.by_agent(server, &cluster, pod)?,
            (None, None) => self.by_instance(server, pod)?,
        };
        let key = answer.at(&["Credentials", "AccessKeyId"]).and_then(Value::as_shared).ok_or(NoCredentials::Nobody)?;
        self.bridge.sessions.insert_mut(item, (key.clone(), self.now + KEPT));
        Ok(key)
    }

    /// IRSA: the token of the cluster's issuer against a session of the role.
    fn by_web_identity(&mut self, cluster: &ResourceKey, pod: &Object, role: &str) -> Result<Value, NoCredentials> {
        let value = self.cloud.get(cluster).cloned().unwrap_or_default();
        let issuer = value.str_at(&["identity", "oidc", "issuer"]);
        let account = pod.str_at(&["spec", "serviceAccountName"]);
        let subject = format!("system:serviceaccount:{}:{account}", meta::namespace(pod));
        let token = sts::web_identity_token(issuer, &subject, "sts.amazonaws.com", self.now + secs(86_400));
        let params = tree!({
            "RoleArn": role,
            "RoleSessionName": format!("botocore-session-{}", self.now.unix_seconds()),
            "WebIdentityToken": token,
        });
        let call = Call {
            caller: Caller::Anonymous,
            region: cluster.region.clone(),
            service: "sts".into(),
            action: "AssumeRoleWithWebIdentity".into(),
            params,
        };
        let mut turn = Turn {
            now: self.now,
            journal: &mut self.journal,
            actor: format!("pod/{}", meta::name(pod)).into(),
            cause: None,
            why: None,
        };
        let answer = self.cloud.handle(&mut turn, &call);
        answer.map_err(|error| NoCredentials::Refused("AssumeRoleWithWebIdentity", error))
    }

    /// Pod Identity: the agent on the node asks EKS in the Pod's name, as the node's role.
    fn by_agent(&mut self, server: &Rc<str>, cluster: &ResourceKey, pod: &Object) -> Result<Value, NoCredentials> {
        let node = pod.str_at(&["spec", "nodeName"]);
        let site = self.sites.get(server).ok_or(NoCredentials::Nobody)?;
        let is_agent = |it: &Object| {
            it.str_at(&["spec", "nodeName"]) == node
                && meta::label(it, "app.kubernetes.io/name") == Some("eks-pod-identity-agent")
                && meta::is_condition_true(it, "Ready")
        };
        let mut pods = site.cluster.etcd().iter().filter(|(key, _)| key.resource == Resource::PODS);
        if !pods.any(|(_, it)| is_agent(it)) {
            return Err(NoCredentials::NoAgent);
        }
        let names = [meta::namespace(pod), pod.str_at(&["spec", "serviceAccountName"]), meta::name(pod)];
        let instance = self.instance_of(server, pod).ok_or(NoCredentials::Nobody)?;
        let node_role = self.role_of_instance(&instance);
        let mut turn = Turn {
            now: self.now,
            journal: &mut self.journal,
            actor: "eks-pod-identity-agent".into(),
            cause: None,
            why: None,
        };
        eks::assume_for_pod(&mut self.cloud, &mut turn, cluster, node_role, names)
            .map_err(|error| NoCredentials::Refused("AssumeRoleForPodIdentity", error))
    }

    /// Nothing else: the role of the machine, which its metadata service hands to whoever asks.
    // Source: Amazon EKS Best Practices, "Restrict access to the instance profile assigned to the worker node".
    fn by_instance(&mut self, server: &Rc<str>, pod: &Object) -> Result<Value, NoCredentials> {
        let instance = self.instance_of(server, pod).ok_or(NoCredentials::Nobody)?;
        let value = self.cloud.get(&instance).cloned().unwrap_or_default();
        let hops = value.int_at(&["MetadataOptions", "HttpPutResponseHopLimit"]).unwrap_or(2);
        // A Pod with its own network is one hop further away than its machine.
        if hops < 2 && !pod.is_true_at(&["spec", "hostNetwork"]) {
            return Err(NoCredentials::Nobody);
        }
        let role = self.role_of_instance(&instance).ok_or(NoCredentials::Nobody)?;
        let params = tree!({ "RoleArn": role, "RoleSessionName": &instance.id });
        let mut turn = Turn { now: self.now, journal: &mut self.journal, actor: "ec2".into(), cause: None, why: None };
        eks::assume_for_instance(&mut self.cloud, &mut turn, &instance, &params)
            .map_err(|error| NoCredentials::Refused("AssumeRole", error))
    }

    /// The instance on which a Pod runs.
    fn instance_of(&self, server: &Rc<str>, pod: &Object) -> Option<ResourceKey> {
        let node = pod.str_at(&["spec", "nodeName"]);
        let key = Key::new(Resource::NODES, "", node);
        let found = self.object(server, &key)?;
        let id = found.str_at(&["spec", "providerID"]).rsplit('/').next()?.to_owned();
        self.bridge.joining.keys().find(|key| *key.id == *id).cloned()
    }

    fn role_of_instance(&self, instance: &ResourceKey) -> Option<Rc<str>> {
        let value = self.cloud.get(instance)?;
        self.role_of(instance, value)
    }
}
