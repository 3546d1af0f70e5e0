//! The flags of a cluster: what its administrator chose, and the real delays of its parts.

use crate::sim::{SimTime, millis, secs};

/// How nodes behave below the API.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KubeletPreset {
    /// As Kubernetes' documentation says.
    Documented,
    /// As the stand-in kubelet of the recordings did.
    Recorded,
}

/// What EKS's webhook knows when a Pod is made.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PodIdentity {
    /// The region, which the SDKs of the Pods' programs are told.
    pub region: String,
    /// The issuer of the cluster's tokens.
    pub issuer: String,
    /// The service accounts that have a Pod Identity association: namespace and name.
    pub associated: Vec<(String, String)>,
}

/// The flags of one cluster. Times are the components' defaults unless a lesson says otherwise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// The seed of everything random.
    pub seed: u64,
    /// The cluster's name.
    pub name: String,
    /// How many members the control plane has: API servers, etcd members, and so on.
    pub control_planes: u32,
    /// Whether stand-ins for a cloud's load balancers and an ingress controller give out addresses.
    pub has_stand_ins: bool,
    /// Whether a metrics server is installed. It is an add-on: a new cluster has none.
    pub has_metrics_server: bool,
    /// What a cloud gives Pods to show who they are, if it gives them something.
    pub identity: Option<PodIdentity>,
    /// How nodes behave.
    pub kubelet: KubeletPreset,
    /// First three parts of the Service addresses (`10.96.0` of 10.96.0.0/12).
    pub service_prefix: String,
    /// `--node-monitor-grace-period`: a node is silent for that long before it is NotReady.
    // Source: kube-controller-manager flags, v1.36.
    pub node_monitor_grace: SimTime,
    /// `--node-monitor-period`: how often the node lifecycle controller looks.
    pub node_monitor_period: SimTime,
    /// How often a kubelet renews its Lease.
    pub lease_renew_period: SimTime,
    /// How long a watch event travels to a loop that waits for it.
    pub watch_latency: SimTime,
    /// How long a loop thinks before it writes.
    pub reconcile_latency: SimTime,
    /// How long the scheduler takes for one Pod.
    pub schedule_latency: SimTime,
    /// How long one write takes a loop that has more to write.
    pub write_latency: SimTime,
}

impl Settings {
    /// The same with the pace of the machine on which the recordings were made: its loops are
    /// faster than its scheduler, so that what happens to one Pod is seen before the next.
    #[must_use]
    pub fn at_recorded_pace(self) -> Self {
        Self {
            kubelet: KubeletPreset::Recorded,
            watch_latency: millis(1),
            reconcile_latency: millis(2),
            schedule_latency: millis(7),
            write_latency: millis(2),
            ..self
        }
    }

    /// A cluster with default flags.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            name: "demo".to_owned(),
            control_planes: 1,
            has_stand_ins: false,
            has_metrics_server: false,
            identity: None,
            kubelet: KubeletPreset::Documented,
            service_prefix: "10.96".to_owned(),
            node_monitor_grace: secs(50),
            node_monitor_period: secs(5),
            lease_renew_period: secs(10),
            watch_latency: millis(8),
            reconcile_latency: millis(12),
            schedule_latency: millis(4),
            write_latency: millis(12),
        }
    }
}
