//! What EKS puts into a cluster when its control plane is there, and what follows its objects.

use super::identity;
use crate::aws::{ResourceKey, eks};
use crate::document::{Value, parse};
use crate::kube::Cluster;
use crate::kube::api::{ApiError, Key, Options, PatchType, Reason as ApiReason, Request, Resource, User, Verb};
use crate::kube::settings::{KubeletPreset, PodIdentity, Settings};
use crate::tree;
use crate::world::bridge::userdata::Wish;
use crate::world::site::{Site, Target};
use crate::world::{Actor, Answer, Origin, World};
use std::net::Ipv4Addr;
use std::rc::Rc;

/// The self-managed add-ons of a new cluster, and the bindings of access policies.
const DEFAULTS: &str = include_str!("defaults.yaml");

/// Where the learner's own computer is, as the internet sees it.
pub(super) const CLIENT: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 25);

impl World {
    /// A control plane has become ACTIVE: a cluster without nodes.
    pub(super) fn install(&mut self, key: &ResourceKey, value: &Value) {
        let server = value.str_at(&["endpoint"]).to_owned();
        let cidr = value.str_at(&["kubernetesNetworkConfig", "serviceIpv4Cidr"]);
        let prefix: Vec<&str> = cidr.split('.').take(2).collect();
        let seed = self.cloud.settings().seed ^ crate::sim::stable_hash(5, &[&key.id]);
        let settings = Settings {
            name: key.id.to_string(),
            kubelet: KubeletPreset::Documented,
            service_prefix: prefix.join("."),
            ..Settings::new(seed)
        };
        let site = Site::new(&key.id, Origin::Eks(key.clone()), Cluster::new(settings));
        self.found(&server, site);
        self.tell_webhook(&server, key);
        let dns = format!("{}.0.10", prefix.join("."));
        let text = DEFAULTS.replace("REGION", &key.region).replace("DNS_ADDRESS", &dns);
        let wants = value.is_true_at(&["_selfManagedAddons"]);
        for document in parse(&text).documents {
            let object = document.root.to_value();
            let is_addon = object.str_at(&["metadata", "namespace"]) == "kube-system";
            if wants || !is_addon {
                self.apply_at(&server, "eks", object);
            }
        }
    }

    /// Which service accounts have a Pod Identity association is told to the cluster's webhook.
    pub(super) fn follow_associations(&mut self, key: &ResourceKey, association: &Value) {
        let name: Rc<str> = association.str_at(&["clusterName"]).into();
        let cluster = ResourceKey { kind: eks::CLUSTER.into(), id: name, ..key.clone() };
        if let Some(server) = self.server_of(&cluster) {
            self.tell_webhook(&server, &cluster);
        }
    }

    fn tell_webhook(&mut self, server: &str, cluster: &ResourceKey) {
        let all = self.cloud.of_kind(&cluster.account, &cluster.region, eks::POD_IDENTITY);
        let own = all.filter(|(_, it)| it.str_at(&["clusterName"]) == &*cluster.id);
        let associated = own
            .map(|(_, it)| (it.str_at(&["namespace"]).to_owned(), it.str_at(&["serviceAccount"]).to_owned()))
            .collect();
        let value = self.cloud.get(cluster).cloned().unwrap_or_default();
        let identity = PodIdentity {
            region: cluster.region.to_string(),
            issuer: value.str_at(&["identity", "oidc", "issuer"]).to_owned(),
            associated,
        };
        if let Some(site) = self.sites.get_mut(server) {
            site.cluster.set_identity(identity);
        }
    }

    /// Applies an object of EKS's own.
    pub(super) fn apply_at(&mut self, server: &str, actor: &str, object: Value) {
        let Some(resource) = Resource::of(object.str_at(&["apiVersion"]), object.str_at(&["kind"])) else { return };
        let name: Rc<str> = object.str_at(&["metadata", "name"]).into();
        let key = Key::new(resource, object.str_at(&["metadata", "namespace"]), name);
        let mut request = Request::new(User::admin(), Verb::Patch(PatchType::Apply), &key).with_body(object);
        request.options = Options { field_manager: "eks".into(), force: true, ..Options::default() };
        let actor: Actor = actor.into();
        let _done = self.ask(server, &actor, &request);
        debug_assert!(_done.is_ok(), "EKS's own object was refused: {_done:?}");
    }

    /// A node group under the ConfigMap's mode: EKS writes the row of its role.
    // Source: Amazon EKS User Guide, "Grant IAM users access to Kubernetes with a ConfigMap".
    pub(super) fn follow_group(&mut self, group: &Value) {
        let role = group.str_at(&["nodeRole"]);
        if group.str_at(&["status"]) != "CREATING" || group.at(&["resources", "autoScalingGroups"]).is_none() {
            return;
        }
        let sites: Vec<(Rc<str>, ResourceKey)> = self
            .sites
            .iter()
            .filter_map(|(server, site)| match &site.origin {
                Origin::Eks(key) if &*key.id == group.str_at(&["clusterName"]) => Some((server.clone(), key.clone())),
                _ => None,
            })
            .collect();
        for (server, key) in sites {
            let mode = self.cloud.get(&key).map(|it| it.str_at(&["accessConfig", "authenticationMode"]).to_owned());
            if mode.as_deref() == Some("CONFIG_MAP") {
                self.add_row(&server, role);
            }
        }
    }

    fn add_row(&mut self, server: &str, role: &str) {
        let Some(site) = self.sites.get(server) else { return };
        if identity::node_row(&site.cluster, role).is_ok() {
            return;
        }
        let key = Key::new(Resource::CONFIG_MAPS, "kube-system", "aws-auth");
        let before = site.cluster.get(&key).map(|it| it.value.str_at(&["data", "mapRoles"]).to_owned());
        let row = format!(
            "- groups:\n  - system:bootstrappers\n  - system:nodes\n  rolearn: {role}\n  username: \
             system:node:{{{{EC2PrivateDNSName}}}}\n"
        );
        let rows = format!("{}{row}", before.unwrap_or_default());
        let map = tree!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": { "name": "aws-auth", "namespace": "kube-system" },
            "data": { "mapRoles": rows },
        });
        self.apply_at(server, "eks", map);
    }

    /// Policies of an entry that hold in namespaces become bindings there.
    pub(super) fn follow_entry(&mut self, key: &ResourceKey, entry: &Value) {
        let name = key.id.split('|').next().unwrap_or_default();
        let cluster = ResourceKey { kind: eks::CLUSTER.into(), id: name.into(), ..key.clone() };
        let Some(server) = self.server_of(&cluster) else { return };
        for policy in entry.items_at(&["_policies"]) {
            let policy_name = policy.str_at(&["policyArn"]).rsplit('/').next().unwrap_or_default().to_owned();
            let Some(role) = cluster_role(&policy_name) else { continue };
            let group = identity::group_of(&policy_name, true);
            for namespace in policy.items_at(&["accessScope", "namespaces"]).iter().filter_map(Value::as_str) {
                let binding = tree!({
                    "apiVersion": "rbac.authorization.k8s.io/v1",
                    "kind": "RoleBinding",
                    "metadata": { "name": (format!("eks:access-policy:{policy_name}")), "namespace": namespace },
                    "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role },
                    "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group.as_str() }],
                });
                self.apply_at(&server, "eks", binding);
            }
        }
    }

    /// An add-on is installed: what the cluster sees of it.
    pub(super) fn follow_addon(&mut self, key: &ResourceKey, addon: &Value) {
        let (cluster, name) = key.id.split_once('|').unwrap_or((&key.id, ""));
        let cluster = ResourceKey { kind: eks::CLUSTER.into(), id: cluster.into(), ..key.clone() };
        let Some(server) = self.server_of(&cluster).filter(|_| addon.str_at(&["status"]) == "ACTIVE") else { return };
        let Some(text) = addon_manifest(name) else { return };
        let text = text.replace("REGION", &key.region);
        let role = addon.str_at(&["serviceAccountRoleArn"]);
        for document in parse(&text).documents {
            let mut object = document.root.to_value();
            if object.str_at(&["kind"]) == "ServiceAccount" && !role.is_empty() {
                object.set(&["metadata", "annotations", "eks.amazonaws.com/role-arn"], role);
            }
            self.apply_at(&server, "eks", object);
        }
    }

    /// The taints that a node registers with.
    pub(super) fn taint(&mut self, _server: &Rc<str>, _node: &str, _wish: &Wish) {}

    /// A node whose instance is gone is taken out of the cluster.
    // Models k8s.io/cloud-provider/controllers/nodelifecycle
    pub(super) fn forget_node(&mut self, server: &Rc<str>, node: &Rc<str>) {
        let key = Key::new(Resource::NODES, "", node.clone());
        let request = Request::new(User::admin(), Verb::Delete, &key);
        let actor: Actor = "cloud-node-lifecycle-controller".into();
        // It may never have registered.
        let _ = self.ask(server, &actor, &request);
    }

    /// A request to a cluster that EKS made, with a token of an access key.
    pub(in crate::world) fn ask_eks(&mut self, target: &Target, actor: &Actor, request: &Request) -> Answer {
        let Some(Origin::Eks(key)) = self.sites.get(&target.server).map(|site| site.origin.clone()) else {
            return self.ask(&target.server, actor, request);
        };
        self.endpoint_reached(&key)?;
        let Some(site) = self.sites.get(&target.server) else { return self.ask(&target.server, actor, request) };
        let cluster = site.cluster.clone();
        let access_key = target.access_key_id.clone().unwrap_or_else(|| "".into());
        let mut turn = crate::kube::Turn {
            now: self.now,
            journal: &mut self.journal,
            actor: actor.clone(),
            cause: None,
            why: None,
        };
        let user = identity::user(&mut self.cloud, &mut turn, &cluster, &key, &access_key)?;
        // Impersonation (`--as`) is for those who may; administrators may.
        let impersonates =
            request.user != User::admin() && user.groups.iter().any(|group| &**group == "system:masters");
        let request = if impersonates { request.clone() } else { Request { user, ..request.clone() } };
        self.ask(&target.server, actor, &request)
    }

    /// Whether the endpoint answers the learner's own computer.
    fn endpoint_reached(&self, key: &ResourceKey) -> Result<(), ApiError> {
        let Some(cluster) = self.cloud.get(key) else { return Ok(()) };
        let config = |field: &str| cluster.at(&["resourcesVpcConfig", field]).cloned().unwrap_or_default();
        let lost = |address: &str| {
            let text = format!("Unable to connect to the server: dial tcp {address}:443: i/o timeout");
            Err(ApiError::new(ApiReason::Unreachable, text))
        };
        if config("endpointPublicAccess") != Value::Bool(true) {
            return lost("10.0.1.17");
        }
        if !super::join::is_listed(config("publicAccessCidrs").items(), CLIENT) {
            return lost("3.36.20.11");
        }
        Ok(())
    }
}

fn cluster_role(policy: &str) -> Option<&'static str> {
    Some(match policy {
        "AmazonEKSClusterAdminPolicy" => "cluster-admin",
        "AmazonEKSAdminPolicy" => "admin",
        "AmazonEKSEditPolicy" => "edit",
        "AmazonEKSViewPolicy" | "AmazonEKSAdminViewPolicy" => "view",
        _ => return None,
    })
}

/// What an add-on puts into the cluster, where that matters here.
fn addon_manifest(name: &str) -> Option<&'static str> {
    Some(match name {
        "aws-ebs-csi-driver" => include_str!("ebs-csi.yaml"),
        "eks-pod-identity-agent" => include_str!("pod-identity.yaml"),
        _ => return None,
    })
}
