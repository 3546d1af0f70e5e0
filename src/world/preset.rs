//! Worlds to begin with.

use crate::document::{Value, parse};
use crate::kube::Cluster;
use crate::kube::api::{Request, Resource, User};
use crate::kube::kubelet::Machine;
use crate::kube::settings::{KubeletPreset, Settings};
use crate::tree;
use crate::world::by_hand;
use crate::world::site::LOCAL_SERVER;
use crate::world::{Origin, Site, World};
use std::rc::Rc;

/// One node of a preset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeSpec {
    /// The node's name.
    pub name: Rc<str>,
    /// Its zone.
    pub zone: Rc<str>,
    /// CPU quantity.
    pub cpu: Rc<str>,
    /// Memory quantity.
    pub memory: Rc<str>,
    /// How many Pods fit at most.
    pub pods: i64,
    /// Further labels.
    pub labels: Vec<(Rc<str>, Rc<str>)>,
}

/// How a world begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Preset {
    /// Its nodes.
    pub nodes: Vec<NodeSpec>,
    /// How they behave below the API.
    pub kubelet: KubeletPreset,
    /// How many members its control plane has.
    pub control_planes: u32,
    /// Whether there is a cluster at all.
    pub has_cluster: bool,
    /// Further clusters that somebody else made.
    pub others: Vec<Other>,
}

/// A cluster that somebody made without EKS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Other {
    /// By hand on three instances of the learner's cloud, its control plane on one of them.
    ByHand,
    /// In the learner's own cellar: no zones, no cloud.
    OnPremises,
    /// In another cloud, with other names for everything.
    OtherCloud,
}

const TWO_ZONES: [(&str, &str); 3] =
    [("node-a", "ap-northeast-2a"), ("node-b", "ap-northeast-2a"), ("node-c", "ap-northeast-2c")];

impl Preset {
    /// Three small nodes in two zones of Seoul, as the first lessons have them.
    #[must_use]
    pub fn demo() -> Self {
        Self::of(&TWO_ZONES, "2", "4Gi")
    }

    /// Three 4-CPU nodes in two zones: where `drydock run` starts.
    #[must_use]
    pub fn native() -> Self {
        Self::of(&TWO_ZONES, "4", "8Gi")
    }

    /// The cluster of the recordings.
    #[must_use]
    pub fn recorded() -> Self {
        let nodes = [("node-a", "ap-northeast-2a"), ("node-b", "ap-northeast-2b"), ("node-c", "ap-northeast-2c")];
        Self { kubelet: KubeletPreset::Recorded, ..Self::of(&nodes, "4", "8Gi") }
    }

    /// No cluster: a cloud in which nothing has been made yet.
    #[must_use]
    pub fn empty() -> Self {
        Self { has_cluster: false, ..Self::of(&[], "4", "8Gi") }
    }

    /// Nodes of one size: `(name, zone)` each.
    #[must_use]
    pub fn of(nodes: &[(&str, &str)], cpu: &str, memory: &str) -> Self {
        let nodes = nodes
            .iter()
            .map(|(name, zone)| NodeSpec {
                name: (*name).into(),
                zone: (*zone).into(),
                cpu: cpu.into(),
                memory: memory.into(),
                pods: 110,
                labels: Vec::new(),
            })
            .collect();
        Self { nodes, kubelet: KubeletPreset::Documented, control_planes: 1, has_cluster: true, others: Vec::new() }
    }

    /// The preset with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "demo" => Self::demo(),
            "native" => Self::native(),
            "recorded" => Self::recorded(),
            "empty" => Self::empty(),
            "by-hand" => Self { others: vec![Other::ByHand], ..Self::empty() },
            "on-premises" => Self { others: vec![Other::OnPremises], ..Self::empty() },
            "other-cloud" => Self { others: vec![Other::OtherCloud], ..Self::empty() },
            "everywhere" => Self { others: vec![Other::ByHand, Other::OnPremises, Other::OtherCloud], ..Self::empty() },
            _ => return None,
        })
    }

    /// Reads a world file: `seed`, `preset` (`demo`, `native`, `recorded`, `empty`) and, in place of the
    /// preset's, `nodes` (`name`, `zone`, `cpu`, `memory`, `pods`). Returns the seed if it has one.
    ///
    /// # Errors
    /// What is wrong, in a sentence for the author of the file.
    pub fn from_yaml(text: &str) -> Result<(Self, Option<u64>), String> {
        let parsed = parse(text);
        if let Some(problem) = parsed.first_error() {
            return Err(problem.to_string());
        }
        let file = parsed.documents.first().map(|document| document.root.to_value()).unwrap_or_default();
        Self::from_value(&file)
    }

    /// Reads the tree of a world file.
    ///
    /// # Errors
    /// What is wrong, in a sentence for the author of the file.
    pub fn from_value(file: &Value) -> Result<(Self, Option<u64>), String> {
        for (key, _) in file.entries() {
            if !["seed", "preset", "nodes", "controlPlanes"].contains(&&**key) {
                return Err(format!("unknown field `{key}`; there are seed, preset, nodes and controlPlanes"));
            }
        }
        let name = match file.str_at(&["preset"]) {
            "" => "native",
            name => name,
        };
        let mut preset = Self::named(name)
            .ok_or_else(|| format!("unknown preset `{name}`; there are demo, native, recorded, empty, by-hand, on-premises, other-cloud and everywhere"))?;
        if file.get("nodes").is_some() {
            preset.nodes = file.items_at(&["nodes"]).iter().map(node_spec).collect::<Result<_, _>>()?;
        }
        if let Some(members) = file.int_at(&["controlPlanes"]).and_then(|count| u32::try_from(count).ok()) {
            preset.control_planes = members.clamp(1, 7);
        }
        let seed = file.int_at(&["seed"]).and_then(|seed| u64::try_from(seed).ok());
        Ok((preset, seed))
    }

    /// The cluster's flags.
    #[must_use]
    pub fn settings(&self, seed: u64) -> Settings {
        let settings = match self.kubelet {
            KubeletPreset::Documented => Settings::new(seed),
            KubeletPreset::Recorded => Settings::new(seed).at_recorded_pace(),
        };
        // The cluster of the recordings had neither.
        let is_furnished = self.kubelet == KubeletPreset::Documented;
        Settings {
            control_planes: self.control_planes,
            has_stand_ins: is_furnished,
            has_metrics_server: is_furnished,
            ..settings
        }
    }

    pub(super) fn build(&self, world: &mut World, seed: u64) {
        for other in &self.others {
            other.build(world, seed);
        }
        if !self.has_cluster {
            return;
        }
        let cluster = Cluster::new(self.settings(seed));
        let name = cluster.settings().name.clone();
        world.found(LOCAL_SERVER, Site::new(&name, Origin::Local, cluster));
        let now = world.now();
        let Some((_, cluster)) = world.turn_at(LOCAL_SERVER, "bootstrap", "bootstrap") else { return };
        for (index, node) in (0_i64..).zip(&self.nodes) {
            cluster.add_machine(now, machine(node, index));
        }
    }
}

impl Other {
    /// Name, address, zones of its nodes, zones of its control plane, storage provisioner.
    const fn facts(self) -> (&'static str, &'static str, [&'static str; 3], &'static [&'static str], &'static str) {
        match self {
            Self::ByHand => (
                "by-hand",
                "https://10.0.1.10:6443",
                ["ap-northeast-2a", "ap-northeast-2a", "ap-northeast-2c"],
                &["ap-northeast-2a"],
                "ebs.csi.aws.com",
            ),
            Self::OnPremises => ("cellar", "https://192.168.0.10:6443", ["", "", ""], &[""], "example.com/nfs"),
            Self::OtherCloud => (
                "nimbus",
                "https://203.0.113.80:6443",
                ["nimbus-kr-1", "nimbus-kr-2", "nimbus-kr-3"],
                &["nimbus-kr-1", "nimbus-kr-2", "nimbus-kr-3"],
                "disk.csi.nimbus.example",
            ),
        }
    }

    fn build(self, world: &mut World, seed: u64) {
        let (name, server, zones, plane, provisioner) = self.facts();
        let origin = match self {
            Self::ByHand => Origin::ByHand,
            Self::OnPremises => Origin::OnPremises,
            Self::OtherCloud => Origin::OtherCloud,
        };
        let settings = Settings { name: name.to_owned(), ..Settings::new(seed ^ crate::sim::stable_hash(8, &[name])) };
        let site = Site::new(name, origin, Cluster::new(settings)).with_members(plane);
        world.found(server, site);
        let class = tree!({
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {
                "name": "standard",
                "annotations": { "storageclass.kubernetes.io/is-default-class": "true" },
            },
            "provisioner": provisioner,
            "volumeBindingMode": "WaitForFirstConsumer",
        });
        let request = Request::create(User::admin(), Resource::STORAGE_CLASSES, "", class);
        let now = world.now();
        let Some((mut turn, cluster)) = world.turn_at(server, "bootstrap", "bootstrap") else { return };
        // A new cluster has no class yet that this could clash with.
        let _ = cluster.handle(&mut turn, &request);
        let mut machines = Vec::new();
        for (index, zone) in (0_i64..).zip(zones) {
            let node = NodeSpec {
                name: format!("{name}-{}", index + 1).into(),
                zone: zone.into(),
                cpu: "4".into(),
                memory: "8Gi".into(),
                pods: 110,
                labels: Vec::new(),
            };
            machines.push(machine(&node, index));
        }
        if self == Self::ByHand {
            stand_on_instances(world, name, server, &mut machines);
        }
        let Some((_, cluster)) = world.turn_at(server, "bootstrap", "bootstrap") else { return };
        machines.into_iter().for_each(|machine| cluster.add_machine(now, machine));
        if world.site(world.focus()).is_none() {
            world.look_at(server);
        }
    }
}

/// The machines of a cluster that somebody made by hand are instances of the learner's cloud.
fn stand_on_instances(world: &mut World, name: &str, server: &str, machines: &mut [Machine]) {
    let names: Vec<Rc<str>> = machines.iter().map(|machine| machine.name.clone()).collect();
    let wanted: Vec<by_hand::Machine<'_>> = names
        .iter()
        .zip(["10.0.1.10", "10.0.1.11", "10.0.2.10"])
        .zip(machines.iter())
        .map(|((name, address), machine)| by_hand::Machine { name, zone: &machine.zone, address })
        .collect();
    let Some(keys) = by_hand::launch(world, name, &wanted) else { return };
    for ((machine, address), key) in machines.iter_mut().zip(["10.0.1.10", "10.0.1.11", "10.0.2.10"]).zip(keys) {
        machine.address = address.into();
        machine.provider_id = format!("aws:///{}/{}", machine.zone, key.id).into();
        world.bridge.stands_on(key, server, &machine.name);
    }
}

impl World {
    /// What is looked at from the beginning.
    fn look_at(&mut self, server: &str) {
        self.focus = server.into();
    }

    /// A cluster comes to be: with what every cluster has before anybody asks for anything.
    pub(super) fn found(&mut self, server: &str, site: Site) {
        self.add_site(server, site);
        let Some((mut turn, cluster)) = self.turn_at(server, "bootstrap", "bootstrap") else { return };
        for object in built_in_objects(&cluster.settings().service_prefix) {
            let Some(resource) = Resource::of(object.str_at(&["apiVersion"]), object.str_at(&["kind"])) else {
                continue;
            };
            let namespace = object.str_at(&["metadata", "namespace"]).to_owned();
            let request = Request::create(User::admin(), resource, &namespace, object).managed_by("kube-apiserver");
            let made = cluster.handle(&mut turn, &request);
            debug_assert!(made.is_ok(), "a built-in object was refused: {made:?}");
        }
    }
}

/// The machine of a node; `index` counts the machines of the world.
pub(super) fn machine(node: &NodeSpec, index: i64) -> Machine {
    Machine {
        name: node.name.clone(),
        zone: node.zone.clone(),
        cpu: node.cpu.clone(),
        memory: node.memory.clone(),
        pods: node.pods,
        address: format!("172.20.0.{}", 10 + index).into(),
        pod_block: index + 1,
        labels: node.labels.clone(),
        version: "".into(),
        provider_id: "".into(),
        unready: "".into(),
        pool: None,
    }
}

fn node_spec(node: &Value) -> Result<NodeSpec, String> {
    for (key, _) in node.entries() {
        if !["name", "zone", "cpu", "memory", "pods"].contains(&&**key) {
            return Err(format!("unknown field `{key}` of a node; there are name, zone, cpu, memory and pods"));
        }
    }
    let text = |field: &str, default: &str| -> Rc<str> {
        match node.get(field) {
            None => default.into(),
            Some(Value::Text(text)) => text.clone(),
            Some(other) => other.to_string().into(),
        }
    };
    if node.str_at(&["name"]).is_empty() {
        return Err("a node needs a name".to_owned());
    }
    Ok(NodeSpec {
        name: text("name", ""),
        zone: text("zone", "ap-northeast-2a"),
        cpu: text("cpu", "4"),
        memory: text("memory", "8Gi"),
        pods: node.int_at(&["pods"]).unwrap_or(110),
        labels: Vec::new(),
    })
}

/// What every cluster has before anybody asks for anything.
fn built_in_objects(service_prefix: &str) -> Vec<Value> {
    let mut objects: Vec<_> = ["default", "kube-system", "kube-public", "kube-node-lease"]
        .map(|name| tree!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } }))
        .into();
    objects.push(tree!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": { "component": "apiserver", "provider": "kubernetes" },
        },
        "spec": {
            "clusterIP": format!("{service_prefix}.0.1"),
            "ports": [{ "name": "https", "port": 443, "targetPort": 6443 }],
        },
    }));
    objects.push(tree!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": { "kubernetes.io/service-name": "kubernetes" },
        },
        "addressType": "IPv4",
        "endpoints": [{ "addresses": ["172.20.255.1"], "conditions": { "ready": true } }],
        "ports": [{ "name": "https", "port": 6443, "protocol": "TCP" }],
    }));
    // Source: scheduling.k8s.io/v1 of a v1.36 server.
    for (name, value, about) in [
        (
            "system-cluster-critical",
            2_000_000_000_i64,
            "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
        ),
        (
            "system-node-critical",
            2_000_001_000,
            "Used for system critical pods that must not be moved from their current node.",
        ),
    ] {
        objects.push(tree!({
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": { "name": name },
            "value": value,
            "description": about,
        }));
    }
    objects
}
