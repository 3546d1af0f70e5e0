//! How a node behaves below the API, as data: how long things take and which rules hold. The code
//! is the same for every preset.

use crate::kube::settings::KubeletPreset;
use crate::sim::{SimTime, millis, secs};

/// Timings and rules of one node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Preset {
    /// From the first report about a Pod to its network being ready.
    pub sandbox: SimTime,
    /// Creating and starting one container whose image is there.
    pub create: SimTime,
    /// From an init container's end to the next container's beginning.
    pub next_init: SimTime,
    /// Asking the registry, before the first byte arrives.
    pub registry: SimTime,
    /// How many bytes of an image arrive in a millisecond.
    pub bytes_per_milli: u64,
    /// How long `ErrImagePull` stands before it becomes `ImagePullBackOff`.
    pub pull_error_shown: SimTime,
    /// From a container's end to its restart, or to `CrashLoopBackOff`.
    pub restart: SimTime,
    /// How long a command that does nothing takes.
    pub command: SimTime,
    /// From SIGTERM to the end of a program that heeds it.
    pub stop: SimTime,
    /// Which images are on the node from the beginning.
    pub images: Images,
    /// What programs do.
    pub programs: Programs,
    /// Which probes run, and how.
    pub probes: Probes,
    /// What the node says about itself.
    pub identity: Identity,
}

/// Which images are on a node from the beginning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Images {
    /// None: each is pulled when it is first needed.
    Pulled,
    /// Every image that exists.
    Present,
}

/// What programs do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Programs {
    /// As the image and the command say.
    Simulated,
    /// As the stand-in kubelet's rules say: everything without a known end runs for ever, and
    /// everything ends with 0 on SIGTERM.
    Recorded,
}

/// Which probes run, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Probes {
    /// All, with periods and thresholds, and Events about failures.
    Simulated,
    /// Readiness only, and only its delay.
    Recorded,
}

/// What a node says about itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Identity {
    /// A kubelet with containerd.
    Containerd,
    /// The stand-in.
    Recorded,
}

/// First delay of both back-offs.
// Source: kubelet --image-pull back-off and MaxContainerBackOff, v1.36.
pub const BACKOFF_FIRST: SimTime = secs(10);
/// Largest delay of both back-offs.
pub const BACKOFF_MAX: SimTime = secs(300);
/// A container that ran for longer than this begins its back-off anew.
// Models client-go/util/flowcontrol/backoff.go hasExpired: twice the largest delay.
pub const BACKOFF_RESET: SimTime = secs(600);
/// `nodeStatusReportFrequency`.
pub const STATUS_PERIOD: SimTime = secs(300);

impl Preset {
    /// The preset with this name.
    #[must_use]
    pub fn of(name: KubeletPreset) -> Self {
        match name {
            KubeletPreset::Documented => Self {
                sandbox: millis(420),
                create: millis(180),
                next_init: millis(150),
                registry: millis(650),
                bytes_per_milli: 40_000,
                pull_error_shown: millis(1500),
                restart: secs(1),
                command: millis(60),
                stop: millis(280),
                images: Images::Pulled,
                programs: Programs::Simulated,
                probes: Probes::Simulated,
                identity: Identity::Containerd,
            },
            // Source: the description of the stand-in kubelet beside the recordings.
            KubeletPreset::Recorded => Self {
                sandbox: secs(1),
                create: millis(0),
                next_init: millis(200),
                registry: millis(0),
                bytes_per_milli: u64::MAX,
                pull_error_shown: secs(1),
                restart: secs(1),
                command: millis(200),
                stop: millis(300),
                images: Images::Present,
                programs: Programs::Recorded,
                probes: Probes::Recorded,
                identity: Identity::Recorded,
            },
        }
    }
}

impl Preset {
    /// What the Event says when the image needs no pull.
    #[must_use]
    pub fn already_present(&self) -> &'static str {
        match self.identity {
            Identity::Containerd => "already present on machine and can be accessed by the pod",
            Identity::Recorded => "already present on machine",
        }
    }

    /// Whether init containers without a known end finish all the same.
    #[must_use]
    pub fn init_always_ends(&self) -> bool {
        self.programs == Programs::Recorded
    }

    /// Whether a running container whose image is changed in the Pod is replaced.
    #[must_use]
    pub fn replaces_images(&self) -> bool {
        self.programs == Programs::Simulated
    }
}
