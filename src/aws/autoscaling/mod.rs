//! EC2 Auto Scaling: groups that keep as many instances as they should have, spread over zones.
//!
//! `configuration` is what groups launched from before there were launch templates. `group` has the operations that change a wish; `keeper` is the loop that carries the group
//! towards it: it looks at what is there, decides, and asks EC2 through the door like anybody else.
//!
//! Invariant: only the keeper launches and terminates, and each time it leaves an activity that
//! says what for.

mod configuration;
mod group;
mod keeper;

use crate::aws::service::{Operation, Service};

/// The type of a group, as CloudFormation names it.
pub const GROUP: &str = "AWS::AutoScaling::AutoScalingGroup";

/// EC2 Auto Scaling.
pub const SERVICE: Service = Service {
    on_due: |context, due| keeper::look(context, &due.key),
    ..Service::new("autoscaling", "autoscaling", OPERATIONS)
};

/// What it can do.
pub const OPERATIONS: &[Operation] = &[
    Operation::new("CreateAutoScalingGroup", group::create),
    Operation::new("UpdateAutoScalingGroup", group::update),
    Operation::new("DeleteAutoScalingGroup", group::delete),
    Operation::new("DescribeAutoScalingGroups", group::describe),
    Operation::new("CreateLaunchConfiguration", configuration::create),
    Operation::new("DescribeLaunchConfigurations", configuration::describe),
    Operation::new("DeleteLaunchConfiguration", configuration::delete),
    Operation::new("DescribeAutoScalingInstances", group::describe_instances),
    Operation::new("DescribeScalingActivities", group::describe_activities),
    Operation::new("SetDesiredCapacity", group::set_desired),
    Operation::new("SetInstanceHealth", group::set_health),
    Operation::new("TerminateInstanceInAutoScalingGroup", group::terminate),
    Operation::new("DetachInstances", group::detach),
    Operation::new("AttachLoadBalancerTargetGroups", |c, p| group::target_groups(c, p, true)),
    Operation::new("DetachLoadBalancerTargetGroups", |c, p| group::target_groups(c, p, false)),
    Operation::new("SuspendProcesses", |c, p| group::processes(c, p, true)),
    Operation::new("ResumeProcesses", |c, p| group::processes(c, p, false)),
    Operation::new("CreateOrUpdateTags", |c, p| group::retag(c, p, true)),
    Operation::new("DeleteTags", |c, p| group::retag(c, p, false)),
];
