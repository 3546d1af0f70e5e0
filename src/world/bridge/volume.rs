//! The EBS CSI driver: claims get volumes of the cloud, in the zone of the node that was chosen for
//! them, and volumes are attached to the machines of the Pods that use them. The driver is there when
//! its Pods are, and asks EC2 as its service account.
// Models external-provisioner pkg/controller/controller.go, aws-ebs-csi-driver pkg/driver/controller.go,
// pkg/controller/volume/attachdetach

use super::balancer::sdk_words;
use crate::aws::api::{Call, Caller, Error};
use crate::aws::{Answer as AwsAnswer, ResourceKey};
use crate::document::Value;
use crate::kube::Outcome;
use crate::kube::api::quantity::Quantity;
use crate::kube::api::{Key, Object, PatchType, Request, Resource, User, Verb, meta};
use crate::kube::controller::persistentvolume;
use crate::kube::why::Why;
use crate::sim::{SimTime, Turn, secs};
use crate::tree;
use crate::world::{Origin, World};
use std::rc::Rc;

const DRIVER: &str = "ebs.csi.aws.com";
const ZONE: &str = "topology.ebs.csi.aws.com/zone";
const GIB: i128 = 1 << 30;
/// First and longest wait of the provisioner.
// Models external-provisioner --retry-interval-start, --retry-interval-max
const RETRY_FIRST: SimTime = secs(1);
const RETRY_MAX: SimTime = secs(300);
/// A volume is attached to one machine at a time: after this long another is tried again.
const BUSY: SimTime = secs(10);

fn user() -> User {
    User::new("system:serviceaccount:kube-system:ebs-csi-controller-sa", &["system:masters", "system:authenticated"])
}

fn attacher() -> User {
    User::new("system:serviceaccount:kube-system:attachdetach-controller", &["system:masters", "system:authenticated"])
}

fn volume_key(claim: &Value) -> Option<Key> {
    let name = claim.str_at(&["spec", "volumeName"]);
    (!name.is_empty()).then(|| Key::new(Resource::PERSISTENT_VOLUMES, "", name))
}

/// Under which name a node says that a volume is attached.
fn attached_name(handle: &str) -> String {
    format!("kubernetes.io/csi/{DRIVER}^{handle}")
}

impl World {
    /// The driver's controller, while it runs.
    fn driver(&self, server: &str) -> Option<Rc<Object>> {
        self.pod_labelled(server, "app", "ebs-csi-controller")
    }

    fn ask_ec2(&mut self, cluster: &ResourceKey, key: &Rc<str>, action: &str, params: Value) -> AwsAnswer {
        let caller = Caller::Keys { access_key_id: key.clone() };
        let call =
            Call { caller, region: cluster.region.clone(), service: "ec2".into(), action: action.into(), params };
        let mut turn = Turn { now: self.now, journal: &mut self.journal, actor: DRIVER.into(), cause: None, why: None };
        self.cloud.handle(&mut turn, &call)
    }

    fn eks_cluster(&self, server: &str) -> Option<ResourceKey> {
        match &self.sites.get(server)?.origin {
            Origin::Eks(key) => Some(key.clone()),
            _ => None,
        }
    }

    /// A claim without a volume, whose class names this driver.
    pub(super) fn provision(&mut self, server: &Rc<str>, key: &Key) {
        let Some(claim) = self.object(server, key) else { return };
        let Some(cluster) = self.eks_cluster(server) else { return };
        if volume_key(&claim).is_some() || meta::is_deleting(&claim) {
            return;
        }
        if meta::annotation(&claim, persistentvolume::PROVISIONER) != Some(DRIVER) {
            return;
        }
        let Some(driver) = self.driver(server) else { return };
        let Some(class) =
            self.object(server, &Key::new(Resource::STORAGE_CLASSES, "", claim.str_at(&["spec", "storageClassName"])))
        else {
            return;
        };
        let Some(zone) = self.zone_for(server, &claim) else { return };
        let source = format!("{DRIVER}_{}", meta::name(&driver));
        let name = format!("pvc-{}", meta::uid(&claim));
        let mut outcome = Outcome::settled();
        let about = format!("{}/{}", key.namespace, key.name);
        if self.bridge.failures_of(server, key) == 0 {
            let message = format!("External provisioner is provisioning volume for claim \"{about}\"");
            outcome.event(&claim, "Normal", "Provisioning", message);
        }
        match self.make_volume(server, &cluster, &driver, &claim, &class, &zone, &name) {
            Ok((volume, size)) => {
                self.bridge.forget_failures(server, key);
                let made = persistent_volume(&claim, &class, &name, &zone, volume.str_at(&["VolumeId"]), size);
                let request = Request::create(user(), Resource::PERSISTENT_VOLUMES, "", made);
                let why = format!("{} {zone}", volume.str_at(&["VolumeId"]));
                outcome.request(request.managed_by("csi-provisioner"), Why::CloudSays { message: why });
                outcome.event(
                    &claim,
                    "Normal",
                    "ProvisioningSucceeded",
                    format!("Successfully provisioned volume {name}"),
                );
                self.carry(server, &source, &user(), outcome);
            }
            Err(text) => {
                let class = meta::name(&class);
                let message = format!(
                    "failed to provision volume with StorageClass \"{class}\": rpc error: code = Internal desc = Could \
                     not create volume \"{name}\": could not create volume in EC2: {text}"
                );
                outcome.event(&claim, "Warning", "ProvisioningFailed", message.clone());
                outcome.decisions.push((key.clone(), Why::CloudSays { message }));
                self.carry(server, &source, &user(), outcome);
                let wait = self.bridge.failed(server, key, RETRY_FIRST, RETRY_MAX);
                self.look_soon(server, key, wait);
            }
        }
    }

    /// In which zone a claim's volume is made: that of the node that was chosen, or any.
    fn zone_for(&self, server: &str, claim: &Value) -> Option<Rc<str>> {
        let site = self.sites.get(server)?;
        let seen = site.cluster.snapshot(self.now);
        let zone_of = |node: &Object| meta::label(node, "topology.kubernetes.io/zone").map(Rc::from);
        match meta::annotation(claim, persistentvolume::SELECTED_NODE) {
            Some(node) => zone_of(seen.get(&Key::new(Resource::NODES, "", node))?),
            None if persistentvolume::waits_for_consumer(claim, &seen) => None,
            // The class binds at once, and nobody knows yet where the Pod will go.
            None => seen.list(Resource::NODES, "").next().and_then(|node| zone_of(node)),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what the driver's CreateVolume gets")]
    fn make_volume(
        &mut self,
        server: &Rc<str>,
        cluster: &ResourceKey,
        driver: &Object,
        claim: &Value,
        class: &Value,
        zone: &Rc<str>,
        name: &str,
    ) -> Result<(Value, i64), String> {
        let key = self
            .credentials(server, driver)
            .map_err(|refusal| format!("operation error EC2: CreateVolume, {}", sdk_words(&refusal)))?;
        let asked = claim.at(&["spec", "resources", "requests", "storage"]);
        let bytes = asked.map_or(GIB, |size| Quantity::of(size).milli() / 1000);
        let size = i64::try_from((bytes + GIB - 1) / GIB).unwrap_or(1).max(1);
        let kind = match class.str_at(&["parameters", "type"]) {
            "" => "gp3",
            kind => kind,
        };
        let tags = tree!([
            { "Key": "CSIVolumeName", "Value": name },
            { "Key": "ebs.csi.aws.com/cluster", "Value": "true" },
            { "Key": "Name", "Value": format!("{}-dynamic-{name}", cluster.id) },
            { "Key": "kubernetes.io/created-for/pvc/name", "Value": meta::name(claim) },
            { "Key": "kubernetes.io/created-for/pvc/namespace", "Value": meta::namespace(claim) },
        ]);
        let params = tree!({
            "AvailabilityZone": zone, "Size": size, "VolumeType": kind,
            "Encrypted": (class.str_at(&["parameters", "encrypted"]) == "true"),
            "TagSpecifications": [{ "ResourceType": "volume", "Tags": tags }],
        });
        let made = self.ask_ec2(cluster, &key, "CreateVolume", params);
        made.map(|volume| (volume, size)).map_err(|error| {
            format!(
                "operation error EC2: CreateVolume, https response error StatusCode: 403, RequestID: {}, api error {}: {}",
                request_id(name, self.now),
                error.code,
                error.message
            )
        })
    }

    /// A volume whose claim is gone and whose class says that it goes along.
    pub(super) fn reclaim(&mut self, server: &Rc<str>, key: &Key) {
        let Some(volume) = self.object(server, key) else { return };
        let handle = volume.str_at(&["spec", "csi", "volumeHandle"]).to_owned();
        let is_free = volume.str_at(&["status", "phase"]) == "Released"
            && volume.str_at(&["spec", "persistentVolumeReclaimPolicy"]) == "Delete";
        if !is_free || volume.str_at(&["spec", "csi", "driver"]) != DRIVER {
            return;
        }
        let (Some(cluster), Some(driver)) = (self.eks_cluster(server), self.driver(server)) else { return };
        let source = format!("{DRIVER}_{}", meta::name(&driver));
        let done: Result<(), String> = match self.credentials(server, &driver) {
            Ok(own) => match self.ask_ec2(&cluster, &own, "DeleteVolume", tree!({ "VolumeId": handle.as_str() })) {
                Ok(_) => Ok(()),
                Err(error) if error.code.contains("NotFound") => Ok(()),
                Err(error) => {
                    Err(format!("operation error EC2: DeleteVolume, api error {}: {}", error.code, error.message))
                }
            },
            Err(refusal) => Err(sdk_words(&refusal)),
        };
        let mut outcome = Outcome::settled();
        match done {
            Ok(()) => {
                let mut bare = volume.value.clone();
                bare.remove(&["metadata", "resourceVersion"]);
                bare.set(&["metadata", "finalizers"], Value::list([]));
                outcome.request(Request::new(user(), Verb::Update, key).with_body(bare), Why::NotInUse);
                outcome.request(Request::new(user(), Verb::Delete, key), Why::OwnerGone);
                self.carry(server, &source, &user(), outcome);
            }
            Err(text) => {
                let message = format!(
                    "rpc error: code = Internal desc = Could not delete volume ID \"{handle}\": DeleteDisk could not \
                     delete volume: {text}"
                );
                outcome.event(&volume, "Warning", "VolumeFailedDelete", message);
                self.carry(server, &source, &user(), outcome);
                let wait = self.bridge.failed(server, key, RETRY_FIRST, RETRY_MAX);
                self.look_soon(server, key, wait);
            }
        }
    }

    /// A Pod with claims, on a node: their volumes are attached to its machine.
    pub(super) fn attach(&mut self, server: &Rc<str>, key: &Key) {
        let Some(cluster) = self.eks_cluster(server) else { return };
        let Some(pod) = self.object(server, key) else { return self.detach_unused(server, &cluster) };
        let node = pod.str_at(&["spec", "nodeName"]).to_owned();
        if matches!(pod.str_at(&["status", "phase"]), "Succeeded" | "Failed") {
            return self.detach_unused(server, &cluster);
        }
        if node.is_empty() || meta::is_deleting(&pod) {
            return;
        }
        let claims: Vec<Key> = pod
            .items_at(&["spec", "volumes"])
            .iter()
            .map(|volume| volume.str_at(&["persistentVolumeClaim", "claimName"]))
            .filter(|name| !name.is_empty())
            .map(|name| Key::new(Resource::PERSISTENT_VOLUME_CLAIMS, key.namespace.clone(), name))
            .collect();
        for claim in claims {
            let volume = self.object(server, &claim).and_then(|claim| self.object(server, &volume_key(&claim)?));
            let Some(volume) = volume.filter(|volume| volume.str_at(&["spec", "csi", "driver"]) == DRIVER) else {
                continue;
            };
            let handle: Rc<str> = volume.str_at(&["spec", "csi", "volumeHandle"]).into();
            self.attach_one(server, &cluster, &pod, &node, meta::name(&volume), &handle);
        }
        self.detach_unused(server, &cluster);
    }

    fn attach_one(
        &mut self,
        server: &Rc<str>,
        cluster: &ResourceKey,
        pod: &Rc<Object>,
        node: &str,
        name: &str,
        handle: &Rc<str>,
    ) {
        let node_key = Key::new(Resource::NODES, "", node);
        let Some(found) = self.object(server, &node_key) else { return };
        let is_there = |it: &Value| it.str_at(&["name"]) == attached_name(handle);
        if found.items_at(&["status", "volumesAttached"]).iter().any(is_there) {
            return;
        }
        let Some(instance) = found.str_at(&["spec", "providerID"]).rsplit('/').next().map(str::to_owned) else {
            return;
        };
        let Some(key) = meta::key(pod) else { return };
        let mut outcome = Outcome::settled();
        let held = self.cloud.of_kind(&cluster.account, &cluster.region, "AWS::EC2::Volume").find_map(|(it, value)| {
            (it.id == *handle).then(|| value.items_at(&["Attachments"]).first()?.get("InstanceId")?.as_shared())?
        });
        match held {
            Some(by) if *by != *instance => {
                // A disk is on one machine at a time.
                let message = format!(
                    "Multi-Attach error for volume \"{name}\" Volume is already exclusively attached to one node and \
                     can't be attached to another"
                );
                outcome.event(pod, "Warning", "FailedAttachVolume", message);
                self.carry(server, "attachdetach-controller", &attacher(), outcome);
                self.detach_unused(server, cluster);
                self.look_soon(server, &key, BUSY);
                return;
            }
            Some(_) => {}
            None => {
                let Some(driver) = self.driver(server) else { return self.look_soon(server, &key, BUSY) };
                let count = found.items_at(&["status", "volumesAttached"]).len();
                let device = format!("/dev/xvda{}", char::from(b'a' + u8::try_from(count % 26).unwrap_or_default()));
                let params = tree!({ "VolumeId": handle, "InstanceId": instance.as_str(), "Device": device });
                let done = match self.credentials(server, &driver) {
                    Ok(own) => self.ask_ec2(cluster, &own, "AttachVolume", params),
                    Err(refusal) => Err(Error::new("NoCredentials", sdk_words(&refusal))),
                };
                if let Err(error) = done {
                    let message = format!(
                        "AttachVolume.Attach failed for volume \"{name}\" : rpc error: code = Internal desc = Could not \
                         attach volume \"{handle}\" to node \"{instance}\": could not attach volume \"{handle}\" to node \
                         \"{instance}\": operation error EC2: AttachVolume, api error {}: {}",
                        error.code, error.message
                    );
                    outcome.event(pod, "Warning", "FailedAttachVolume", message);
                    self.carry(server, "attachdetach-controller", &attacher(), outcome);
                    let wait = self.bridge.failed(server, &key, BUSY, RETRY_MAX);
                    return self.look_soon(server, &key, wait);
                }
            }
        }
        let mut all = found.items_at(&["status", "volumesAttached"]).to_vec();
        all.push(tree!({ "name": attached_name(handle), "devicePath": "" }));
        self.set_attached(server, &node_key, all, &mut outcome);
        let message = format!("AttachVolume.Attach succeeded for volume \"{name}\"");
        outcome.event(pod, "Normal", "SuccessfulAttachVolume", message);
        self.carry(server, "attachdetach-controller", &attacher(), outcome);
    }

    fn set_attached(&self, _server: &str, node: &Key, all: Vec<Value>, outcome: &mut Outcome) {
        let body = tree!({ "status": { "volumesAttached": all } });
        let request = Request::new(attacher(), Verb::Patch(PatchType::Merge), node).on("status").with_body(body);
        outcome.request(request.managed_by("kube-controller-manager"), Why::Observed);
    }

    /// Volumes that no Pod on their node uses any more are taken off its machine.
    fn detach_unused(&mut self, server: &Rc<str>, cluster: &ResourceKey) {
        let Some(site) = self.sites.get(server) else { return };
        let seen = site.cluster.snapshot(self.now);
        let handle_of = |namespace: &str, name: &str| {
            let claim = seen.get(&Key::new(Resource::PERSISTENT_VOLUME_CLAIMS, namespace, name))?;
            let volume = seen.get(&volume_key(claim)?)?;
            Some(volume.str_at(&["spec", "csi", "volumeHandle"]).to_owned())
        };
        let mut used: Vec<(String, String)> = Vec::new();
        for pod in seen.list(Resource::PODS, "") {
            if matches!(pod.str_at(&["status", "phase"]), "Succeeded" | "Failed") {
                continue;
            }
            for volume in pod.items_at(&["spec", "volumes"]) {
                let name = volume.str_at(&["persistentVolumeClaim", "claimName"]);
                if let Some(handle) = handle_of(meta::namespace(pod), name) {
                    used.push((pod.str_at(&["spec", "nodeName"]).to_owned(), attached_name(&handle)));
                }
            }
        }
        let mut changes: Vec<(Key, Vec<Value>, Vec<String>)> = Vec::new();
        for node in seen.list(Resource::NODES, "") {
            let all = node.items_at(&["status", "volumesAttached"]);
            let (kept, gone): (Vec<Value>, Vec<Value>) = all
                .iter()
                .cloned()
                .partition(|it| used.iter().any(|(on, name)| on == meta::name(node) && name == it.str_at(&["name"])));
            if let (Some(key), false) = (meta::key(node), gone.is_empty()) {
                let gone = gone.iter().filter_map(|it| it.str_at(&["name"]).rsplit('^').next().map(str::to_owned));
                changes.push((key, kept, gone.collect()));
            }
        }
        let Some(driver) = self.driver(server) else { return };
        for (node, kept, gone) in changes {
            let mut outcome = Outcome::settled();
            self.set_attached(server, &node, kept, &mut outcome);
            self.carry(server, "attachdetach-controller", &attacher(), outcome);
            for handle in gone {
                if let Ok(own) = self.credentials(server, &driver) {
                    // A machine that is gone has let go of it already.
                    let _ = self.ask_ec2(cluster, &own, "DetachVolume", tree!({ "VolumeId": handle.as_str() }));
                }
            }
        }
    }

    /// A node is gone.
    pub(super) fn detach(&mut self, server: &Rc<str>, _node: &Key) {
        if let Some(cluster) = self.eks_cluster(server) {
            self.detach_unused(server, &cluster);
        }
    }
}

fn request_id(name: &str, at: SimTime) -> String {
    let number = crate::sim::stable_hash(11, &[name, &at.as_millis().to_string()]);
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        number >> 32,
        number >> 16 & 0xffff,
        number & 0xfff,
        number >> 8 & 0xfff,
        number & 0xffff_ffff_ffff
    )
}

fn persistent_volume(claim: &Value, class: &Value, name: &str, zone: &str, handle: &str, size: i64) -> Value {
    let reclaim = match class.str_at(&["reclaimPolicy"]) {
        "" => "Delete",
        policy => policy,
    };
    tree!({
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": name,
            "annotations": {
                "pv.kubernetes.io/provisioned-by": DRIVER,
                "volume.kubernetes.io/provisioner-deletion-secret-name": "",
                "volume.kubernetes.io/provisioner-deletion-secret-namespace": "",
            },
        },
        "spec": {
            "capacity": { "storage": format!("{size}Gi") },
            "accessModes": (claim.at(&["spec", "accessModes"])),
            "persistentVolumeReclaimPolicy": reclaim,
            "storageClassName": (meta::name(class)),
            "volumeMode": "Filesystem",
            "csi": {
                "driver": DRIVER,
                "fsType": "ext4",
                "volumeHandle": handle,
                "volumeAttributes": { "storage.kubernetes.io/csiProvisionerIdentity": DRIVER },
            },
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": (meta::namespace(claim)),
                "name": (meta::name(claim)),
                "uid": (meta::uid(claim)),
            },
            "nodeAffinity": { "required": { "nodeSelectorTerms": [{
                "matchExpressions": [{ "key": ZONE, "operator": "In", "values": [zone] }],
            }] } },
        },
    })
}
