//! Why a loop did something, as data.

use crate::sim::Reason;

/// The reasons that the loops of Kubernetes have. Views put them into words; the variants' names
/// are the messages' names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Why {
    /// A person or a client asked for it.
    Asked,
    /// Fewer exist than are wanted.
    TooFew {
        /// How many are wanted.
        want: i64,
        /// How many exist.
        have: i64,
    },
    /// More exist than are wanted.
    TooMany {
        /// How many are wanted.
        want: i64,
        /// How many exist.
        have: i64,
    },
    /// The template has no ReplicaSet yet.
    NewTemplate {
        /// The revision it gets.
        revision: i64,
    },
    /// A rollout makes the new ReplicaSet larger.
    RolloutUp {
        /// From how many.
        from: i64,
        /// To how many.
        to: i64,
    },
    /// A rollout makes an old ReplicaSet smaller.
    RolloutDown {
        /// From how many.
        from: i64,
        /// To how many.
        to: i64,
    },
    /// What is known has changed.
    Observed,
    /// This node was chosen.
    NodeFits {
        /// The node.
        node: String,
        /// How many nodes passed every filter.
        feasible: i64,
        /// How many nodes there are.
        nodes: i64,
    },
    /// No node passes every filter.
    NoNodeFits {
        /// The scheduler's message.
        message: String,
    },
    /// A container's image is being pulled, or a container is being made.
    ContainerCreating,
    /// A container runs.
    ContainerStarted,
    /// A container ended.
    ContainerEnded {
        /// Its exit code.
        code: i64,
    },
    /// An address was given to a Service or an Ingress.
    AddressGiven {
        /// The address.
        address: String,
    },
    /// The node was chosen for which a claim's volume is to be made.
    NodeChosen {
        /// The node.
        node: String,
    },
    /// A controller of the cloud has done something for it.
    CloudSays {
        /// What, in AWS's or the controller's words.
        message: String,
    },
    /// Its node ran out of memory.
    MemoryPressure,
    /// The kernel killed a container that used more memory than its limit.
    OutOfMemory,
    /// A volume could not be mounted.
    MountFailed {
        /// The volume's name in the Pod.
        volume: String,
        /// What is missing.
        message: String,
    },
    /// A container's environment names something that is not there.
    ConfigMissing {
        /// What is missing.
        message: String,
    },
    /// A container waits before its next start.
    BackOff {
        /// How long, in seconds.
        seconds: i64,
    },
    /// An image could not be pulled.
    ImagePullFailed {
        /// The image.
        image: String,
    },
    /// A probe began to pass.
    ProbePassed {
        /// Which probe: `readiness`, `liveness`, `startup`.
        probe: &'static str,
    },
    /// A probe failed too often.
    ProbeFailed {
        /// Which probe.
        probe: &'static str,
    },
    /// The grace period is over, or every container has ended.
    Ended,
    /// A node's heartbeats stopped.
    NodeSilent {
        /// The node.
        node: String,
    },
    /// A node's heartbeats came back.
    NodeBack {
        /// The node.
        node: String,
    },
    /// A kubelet registered its node, or reported on it.
    Heartbeat,
    /// A Pod does not tolerate its node's taint.
    Evicted {
        /// The taint's key.
        taint: String,
    },
    /// Its node does not exist any more.
    NodeGone {
        /// The node.
        node: String,
    },
    /// A Pod with a higher priority takes its place.
    Preempted {
        /// That Pod.
        pod: String,
    },
    /// Every owner of the object is gone.
    OwnerGone,
    /// The set of Pods behind a Service changed.
    EndpointsChanged {
        /// Ready addresses now.
        ready: i64,
    },
    /// The template has no ControllerRevision yet, or becomes the newest again.
    NewRevision {
        /// The revision it gets.
        revision: i64,
    },
    /// A node that should have a Pod of this DaemonSet has none.
    NodeWants {
        /// The node.
        node: String,
    },
    /// A node should not have a Pod of this DaemonSet.
    NodeUnwanted {
        /// The node.
        node: String,
    },
    /// The Pod was made from an older template.
    OldTemplate,
    /// The Pod has ended although it should run.
    PodEnded {
        /// Where it ran.
        node: String,
    },
    /// The StatefulSet's next Pod in order.
    NextOrdinal {
        /// Its number.
        ordinal: i64,
    },
    /// A Pod needs a claim of its own.
    ClaimFor {
        /// The Pod.
        pod: String,
    },
    /// The Job is over: it succeeded, failed, or was suspended.
    JobOver {
        /// The condition's reason.
        reason: String,
    },
    /// A Job's Pod has been counted and may go.
    Counted,
    /// A CronJob's time has come.
    ScheduleDue {
        /// The moment that the schedule names.
        at: String,
    },
    /// A CronJob replaces the Job that still runs.
    Replaced,
    /// A claim got this volume.
    VolumeFits {
        /// The volume.
        volume: String,
    },
    /// No volume fits the claim.
    NoVolumeFits,
    /// Nothing uses the object any more, so its deletion may go on.
    NotInUse,
    /// The object is in use, so its deletion waits.
    Protected,
    /// It ended long enough ago.
    Expired {
        /// After how many seconds.
        seconds: i64,
    },
    /// The namespace is being deleted.
    NamespaceEnding,
    /// No role lets the one who asks do it.
    RbacDenied {
        /// Who asks.
        user: String,
        /// What for: `create`.
        verb: String,
        /// Of what: `pods`, `pods/log`.
        what: String,
    },
    /// The API server took no Pod: a quota, a limit or a security level stands in the way.
    PodRefused {
        /// The server's words.
        message: String,
    },
}

impl Why {
    /// The reason as the journal keeps it.
    #[must_use]
    pub fn reason(&self) -> Reason {
        let new = Reason::new;
        match self {
            Self::Asked => new("asked"),
            Self::TooFew { want, have } => new("too-few").with("want", *want).with("have", *have),
            Self::TooMany { want, have } => new("too-many").with("want", *want).with("have", *have),
            Self::NewTemplate { revision } => new("new-template").with("revision", *revision),
            Self::RolloutUp { from, to } => new("rollout-up").with("from", *from).with("to", *to),
            Self::RolloutDown { from, to } => new("rollout-down").with("from", *from).with("to", *to),
            Self::Observed => new("observed"),
            Self::NodeFits { node, feasible, nodes } => {
                new("node-fits").with("node", node.as_str()).with("feasible", *feasible).with("nodes", *nodes)
            }
            Self::NoNodeFits { message } => new("no-node-fits").with("message", message.as_str()),
            Self::ContainerCreating => new("container-creating"),
            Self::ContainerStarted => new("container-started"),
            Self::ContainerEnded { code } => new("container-ended").with("code", *code),
            Self::AddressGiven { address } => new("address-given").with("address", address.as_str()),
            Self::NodeChosen { node } => new("node-chosen").with("node", node.as_str()),
            Self::CloudSays { message } => new("cloud-says").with("message", message.as_str()),
            Self::MemoryPressure => new("memory-pressure"),
            Self::OutOfMemory => new("out-of-memory"),
            Self::MountFailed { volume, message } => {
                new("mount-failed").with("volume", volume.as_str()).with("message", message.as_str())
            }
            Self::ConfigMissing { message } => new("config-missing").with("message", message.as_str()),
            Self::BackOff { seconds } => new("back-off").with("seconds", *seconds),
            Self::ImagePullFailed { image } => new("image-pull-failed").with("image", image.as_str()),
            Self::ProbePassed { probe } => new("probe-passed").with("probe", *probe),
            Self::ProbeFailed { probe } => new("probe-failed").with("probe", *probe),
            Self::Ended => new("ended"),
            Self::NodeSilent { node } => new("node-silent").with("node", node.as_str()),
            Self::NodeBack { node } => new("node-back").with("node", node.as_str()),
            Self::Heartbeat => new("heartbeat"),
            Self::Evicted { taint } => new("evicted").with("taint", taint.as_str()),
            Self::NodeGone { node } => new("node-gone").with("node", node.as_str()),
            Self::Preempted { pod } => new("preempted").with("pod", pod.as_str()),
            Self::OwnerGone => new("owner-gone"),
            Self::EndpointsChanged { ready } => new("endpoints-changed").with("ready", *ready),
            Self::NewRevision { revision } => new("new-revision").with("revision", *revision),
            Self::NodeWants { node } => new("node-wants").with("node", node.as_str()),
            Self::NodeUnwanted { node } => new("node-unwanted").with("node", node.as_str()),
            Self::OldTemplate => new("old-template"),
            Self::PodEnded { node } => new("pod-ended").with("node", node.as_str()),
            Self::NextOrdinal { ordinal } => new("next-ordinal").with("ordinal", *ordinal),
            Self::ClaimFor { pod } => new("claim-for").with("pod", pod.as_str()),
            Self::JobOver { reason } => new("job-over").with("reason", reason.as_str()),
            Self::Counted => new("counted"),
            Self::ScheduleDue { at } => new("schedule-due").with("at", at.as_str()),
            Self::Replaced => new("replaced"),
            Self::VolumeFits { volume } => new("volume-fits").with("volume", volume.as_str()),
            Self::NoVolumeFits => new("no-volume-fits"),
            Self::NotInUse => new("not-in-use"),
            Self::Protected => new("protected"),
            Self::Expired { seconds } => new("expired").with("seconds", *seconds),
            Self::NamespaceEnding => new("namespace-ending"),
            Self::RbacDenied { user, verb, what } => {
                new("rbac-denied").with("user", user.as_str()).with("verb", verb.as_str()).with("what", what.as_str())
            }
            Self::PodRefused { message } => new("pod-refused").with("message", message.as_str()),
        }
    }
}
