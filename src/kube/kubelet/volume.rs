//! Mounting a Pod's volumes before its network is made, and keeping them fresh.
// Models pkg/kubelet/volumemanager, pkg/util/goroutinemap/exponentialbackoff

use crate::kube::api::{Key, Resource, meta};
use crate::kube::kubelet::environment::{Making, is_projected};
use crate::kube::kubelet::pod::{Node, PodWorker, Told};
use crate::kube::kubelet::preset::Programs;
use crate::sim::{SimTime, millis, secs};

/// How often mounted ConfigMaps and Secrets are looked at again: `syncFrequency`.
// Source: "Mounted ConfigMaps are updated automatically", KubeletConfiguration v1beta1.
const REFRESH_PERIOD: SimTime = secs(60);
/// First and largest wait before a volume is tried again.
const RETRY_FIRST: SimTime = millis(500);
const RETRY_MAX: SimTime = secs(122);
/// How often is looked whether a volume is attached.
// Models reconstructed waits of pkg/kubelet/volumemanager WaitForAttachAndMount: podAttachAndMountRetryInterval
const ATTACH_LOOK: SimTime = millis(300);

impl PodWorker {
    /// Mounts the volumes; with them the Pod's network is ready too.
    pub(super) fn mount(&mut self, node: &mut Node<'_>, told: &mut Vec<Told>) {
        if node.preset.programs == Programs::Recorded {
            self.has_network = true;
            return;
        }
        if waits_for_volume(node, &self.object) {
            self.mount_failures = self.mount_failures.max(1);
            self.network_at = node.now + ATTACH_LOOK;
            return;
        }
        match self.prepare(node) {
            Ok(()) => {
                self.has_network = true;
                self.mount_failures = 0;
                let volumes = self.object.items_at(&["spec", "volumes"]);
                let own = volumes.iter().any(|volume| is_projected(volume) && !meta_is_token(volume));
                self.refresh_at = own.then(|| node.now + REFRESH_PERIOD);
            }
            Err((volume, message)) => {
                let wait = millis(RETRY_FIRST.as_millis() << self.mount_failures.min(10)).min(RETRY_MAX);
                self.mount_failures += 1;
                self.network_at = node.now + wait;
                told.push(Told {
                    field_path: String::new(),
                    kind: "Warning",
                    reason: "FailedMount",
                    message: format!("MountVolume.SetUp failed for volume \"{volume}\" : {message}"),
                });
                self.why = crate::kube::why::Why::MountFailed { volume, message };
            }
        }
    }

    /// Follows the ConfigMaps and Secrets that are mounted.
    pub(super) fn refresh(&mut self, node: &mut Node<'_>) {
        // What has gone since stays mounted as it was.
        let _ = self.prepare(node);
        self.refresh_at = Some(node.now + REFRESH_PERIOD);
        node.runtime.replan(&self.uid);
    }

    fn prepare(&self, node: &mut Node<'_>) -> Result<(), (String, String)> {
        let nothing = crate::document::Value::Null;
        let making = Making {
            seen: node.seen,
            pod: &self.object,
            spec: &nothing,
            machine: node.machine,
            address: &self.address,
        };
        making.prepare(node.runtime)
    }
}

/// Whether a disk of the cloud's is not attached to the node yet.
// Models pkg/kubelet/volumemanager: status.volumesAttached of the node
fn waits_for_volume(node: &Node<'_>, pod: &crate::document::Value) -> bool {
    let namespace = meta::namespace(pod);
    let attached = node.seen.get(&Key::new(Resource::NODES, "", node.machine.name.clone()));
    let claims = pod.items_at(&["spec", "volumes"]).iter();
    claims.map(|volume| volume.str_at(&["persistentVolumeClaim", "claimName"])).filter(|name| !name.is_empty()).any(
        |name| {
            let claim = node.seen.get(&Key::new(Resource::PERSISTENT_VOLUME_CLAIMS, namespace, name));
            let volume = claim.and_then(|claim| {
                node.seen.get(&Key::new(Resource::PERSISTENT_VOLUMES, "", claim.str_at(&["spec", "volumeName"])))
            });
            let Some(csi) = volume.and_then(|volume| volume.at(&["spec", "csi"])) else { return false };
            let name = format!("kubernetes.io/csi/{}^{}", csi.str_at(&["driver"]), csi.str_at(&["volumeHandle"]));
            csi.str_at(&["driver"]) == "ebs.csi.aws.com"
                && !attached.is_some_and(|node| {
                    node.items_at(&["status", "volumesAttached"]).iter().any(|it| it.str_at(&["name"]) == name)
                })
        },
    )
}

/// Whether a volume is the token that every Pod gets.
fn meta_is_token(volume: &crate::document::Value) -> bool {
    volume.str_at(&["name"]).starts_with("kube-api-access-") || meta::name(volume).starts_with("kube-api-access-")
}
