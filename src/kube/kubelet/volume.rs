//! Mounting a Pod's volumes before its network is made, and keeping them fresh.
// Models pkg/kubelet/volumemanager, pkg/util/goroutinemap/exponentialbackoff

use crate::kube::api::meta;
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

impl PodWorker {
    /// Mounts the volumes; with them the Pod's network is ready too.
    pub(super) fn mount(&mut self, node: &mut Node<'_>, told: &mut Vec<Told>) {
        if node.preset.programs == Programs::Recorded {
            self.has_network = true;
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

/// Whether a volume is the token that every Pod gets.
fn meta_is_token(volume: &crate::document::Value) -> bool {
    volume.str_at(&["name"]).starts_with("kube-api-access-") || meta::name(volume).starts_with("kube-api-access-")
}
