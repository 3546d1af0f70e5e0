//! Instance types and images, as tables.

use super::kinds::{is_like, texts};
use crate::aws::Context;
use crate::aws::api::{Answer, Error};
use crate::document::Value;
use crate::tree;
use std::rc::Rc;

/// Type, vCPUs, memory in MiB, interfaces, addresses on each, architecture, micro-dollars an hour.
// Source: EC2 user guide "Instance types" and amazon-eks-ami's instance-info.jsonl for limits. Prices are written down
// from memory of 2025 and want checking on EC2 On-Demand Pricing, Linux, Asia Pacific (Seoul).
const TYPES: &str = "\
t2.micro 1 1024 2 2 x 14400
t2.small 1 2048 3 4 x 28800
t2.medium 2 4096 3 6 x 57600
t3.nano 2 512 2 2 x 6500
t3.micro 2 1024 2 2 x 13000
t3.small 2 2048 3 4 x 26000
t3.medium 2 4096 3 6 x 52000
t3.large 2 8192 3 12 x 104000
t3.xlarge 4 16384 4 15 x 208000
t3.2xlarge 8 32768 4 15 x 416000
t4g.nano 2 512 2 2 a 5200
t4g.micro 2 1024 2 2 a 10400
t4g.small 2 2048 3 4 a 20800
t4g.medium 2 4096 3 6 a 41600
t4g.large 2 8192 3 12 a 83200
m5.large 2 8192 3 10 x 118000
m5.xlarge 4 16384 4 15 x 236000
m5.2xlarge 8 32768 4 15 x 472000
m5.4xlarge 16 65536 8 30 x 944000
m6i.large 2 8192 3 10 x 118000
m6i.xlarge 4 16384 4 15 x 236000
m6i.2xlarge 8 32768 4 15 x 472000
m6g.large 2 8192 3 10 a 94000
m6g.xlarge 4 16384 4 15 a 188000
c5.large 2 4096 3 10 x 96000
c5.xlarge 4 8192 4 15 x 192000
c5.2xlarge 8 16384 4 15 x 384000
c6i.large 2 4096 3 10 x 96000
c6i.xlarge 4 8192 4 15 x 192000
r5.large 2 16384 3 10 x 152000
r5.xlarge 4 32768 4 15 x 304000
r6i.large 2 16384 3 10 x 152000
g4dn.xlarge 4 16384 3 10 x 647000";

/// An instance type.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct InstanceType {
    /// Its name.
    pub name: &'static str,
    /// Virtual CPUs.
    pub vcpus: i64,
    /// Memory.
    pub memory_mib: i64,
    /// How many network interfaces it can have.
    pub interfaces: i64,
    /// How many IPv4 addresses on each of them.
    pub addresses: i64,
    /// Whether it is an ARM processor.
    pub is_arm: bool,
    /// What an hour costs, in millionths of a dollar.
    pub micro_dollars_per_hour: i64,
}

fn types() -> impl Iterator<Item = InstanceType> {
    TYPES.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let name = words.next()?;
        let numbers: Vec<i64> = words.clone().filter_map(|word| word.parse().ok()).collect();
        let &[vcpus, memory_mib, interfaces, addresses, micro_dollars_per_hour] = numbers.as_slice() else {
            return None;
        };
        let is_arm = words.any(|word| word == "a");
        Some(InstanceType { name, vcpus, memory_mib, interfaces, addresses, is_arm, micro_dollars_per_hour })
    })
}

/// The instance type with this name.
#[must_use]
pub fn instance_type(name: &str) -> Option<InstanceType> {
    types().find(|it| it.name == name)
}

impl InstanceType {
    /// The processor, as EC2 spells it.
    #[must_use]
    pub fn architecture(self) -> &'static str {
        if self.is_arm { "arm64" } else { "x86_64" }
    }
}

/// `DescribeInstanceTypes`.
pub fn describe_types(_context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let wanted = texts(params, "InstanceTypes");
    if let Some(wrong) = wanted.iter().find(|name| instance_type(name).is_none()) {
        let message = format!("The following supplied instance types do not exist: [{wrong}]");
        return Err(Error::new("InvalidInstanceType", message));
    }
    let rows = types().filter(|it| wanted.is_empty() || wanted.iter().any(|name| **name == *it.name)).map(|it| {
        let cores = (it.vcpus / 2).max(1);
        tree!({
            "InstanceType": it.name, "CurrentGeneration": !it.name.starts_with("t2"), "BareMetal": false,
            "Hypervisor": if it.name.starts_with("t2") { "xen" } else { "nitro" },
            "ProcessorInfo": { "SupportedArchitectures": Value::list([it.architecture().into()]) },
            "VCpuInfo": { "DefaultVCpus": it.vcpus, "DefaultCores": cores, "DefaultThreadsPerCore": it.vcpus / cores },
            "MemoryInfo": { "SizeInMiB": it.memory_mib },
            "NetworkInfo": {
                "MaximumNetworkInterfaces": it.interfaces, "Ipv4AddressesPerInterface": it.addresses,
                "Ipv6AddressesPerInterface": it.addresses, "Ipv6Supported": true, "EnaSupport": "required",
            },
            "BurstablePerformanceSupported": it.name.starts_with('t'), "SupportedUsageClasses": ["on-demand", "spot"],
        })
    });
    let rows: Vec<Value> = rows
        .filter(|row| {
            fits(
                params,
                row,
                &[
                    ("instance-type", "InstanceType"),
                    ("processor-info.supported-architecture", "ProcessorInfo.SupportedArchitectures"),
                    ("current-generation", "CurrentGeneration"),
                ],
            )
        })
        .collect();
    Ok(tree!({ "InstanceTypes": Value::list(rows) }))
}

fn fits(params: &Value, row: &Value, filters: &[(&str, &str)]) -> bool {
    params.items_at(&["Filters"]).iter().all(|filter| {
        let path = filters.iter().find(|(name, _)| *name == filter.str_at(&["Name"])).map_or("", |(_, path)| *path);
        let has = super::kinds::along(row, path);
        filter.items_at(&["Values"]).iter().filter_map(Value::as_str).any(|it| has.iter().any(|has| is_like(has, it)))
    })
}

/// Id, name, architecture, owner, root device, description, the public parameter that names it.
// The ids are made up: real ones differ in each region and change with every release.
// Names and parameters: AL2023 user guide; EKS user guide, "Retrieve recommended Amazon Linux AMI IDs".
const IMAGES: &[[&str; 7]] = &[
    [
        "ami-0c0d0a1202300x864",
        "al2023-ami-2023.8.20250818.0-kernel-6.1-x86_64",
        "x86_64",
        "137112412989",
        "/dev/xvda",
        "Amazon Linux 2023 AMI 2023.8.20250818.0 x86_64 HVM kernel-6.1",
        "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
    ],
    [
        "ami-0c0d0a12023000a64",
        "al2023-ami-2023.8.20250818.0-kernel-6.1-arm64",
        "arm64",
        "137112412989",
        "/dev/xvda",
        "Amazon Linux 2023 AMI 2023.8.20250818.0 arm64 HVM kernel-6.1",
        "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
    ],
    [
        "ami-0c0d02204000b0864",
        "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20250821",
        "x86_64",
        "099720109477",
        "/dev/sda1",
        "Canonical, Ubuntu, 24.04, amd64 noble image",
        "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
    ],
];

/// Versions of Kubernetes that the EKS images come with.
// Source: EKS user guide, "Understand the Kubernetes version lifecycle on EKS".
const EKS_VERSIONS: std::ops::RangeInclusive<u32> = 30..=36;

fn image(row: &[&str]) -> Value {
    let at = |place: usize| row.get(place).copied().unwrap_or_default();
    tree!({
        "Architecture": at(2), "CreationDate": "2025-08-21T00:00:00.000Z", "ImageId": at(0),
        "ImageLocation": format!("amazon/{}", at(1)), "ImageType": "machine", "Public": true, "OwnerId": at(3),
        "PlatformDetails": "Linux/UNIX", "State": "available", "Description": at(5), "EnaSupport": true,
        "Hypervisor": "xen", "ImageOwnerAlias": if at(3) == "099720109477" { "aws-marketplace" } else { "amazon" },
        "Name": at(1), "RootDeviceName": at(4), "RootDeviceType": "ebs", "VirtualizationType": "hvm",
        "BlockDeviceMappings": [{
            "DeviceName": at(4),
            "Ebs": { "DeleteOnTermination": true, "VolumeSize": if at(1).contains("eks") { 20 } else { 8 }, "VolumeType": "gp3", "Encrypted": false },
        }],
        "_Parameter": at(6),
    })
}

/// Every image that there is.
pub fn images() -> Vec<Value> {
    let mut all: Vec<Value> = IMAGES.iter().map(|row| image(row)).collect();
    for minor in EKS_VERSIONS {
        for (arch, digit) in [("x86_64", '8'), ("arm64", 'a')] {
            let id = format!("ami-0c0dec2023{minor}0000{digit}");
            let name = format!("amazon-eks-node-al2023-{arch}-standard-1.{minor}-v20250819");
            let says = format!(
                "EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: 1.{minor}.0, containerd: 2.1.*)"
            );
            let parameter = format!(
                "/aws/service/eks/optimized-ami/1.{minor}/amazon-linux-2023/{arch}/standard/recommended/image_id"
            );
            all.push(image(&[&id, &name, arch, "602401143452", "/dev/xvda", &says, &parameter]));
        }
    }
    all
}

/// The image with this id.
///
/// # Errors
/// `InvalidAMIID.NotFound` or `InvalidAMIID.Malformed`.
pub fn find_image(id: &str) -> Result<Value, Error> {
    if !id.starts_with("ami-") {
        return Err(Error::new("InvalidAMIID.Malformed", format!("Invalid id: \"{id}\" (expecting \"ami-...\")")));
    }
    let found = images().into_iter().find(|image| image.str_at(&["ImageId"]) == id);
    found.ok_or_else(|| Error::new("InvalidAMIID.NotFound", format!("The image id '[{id}]' does not exist")))
}

/// The image that a public parameter of Systems Manager names.
#[must_use]
pub fn image_of_parameter(name: &str) -> Option<Rc<str>> {
    let name = name.replace("al2023-ami-kernel-6.1-", "al2023-ami-kernel-default-");
    images().into_iter().find(|image| image.str_at(&["_Parameter"]) == name)?.get("ImageId")?.as_shared()
}

/// `DescribeImages`.
pub fn describe_images(_context: &mut Context<'_, '_>, params: &Value) -> Answer {
    for id in texts(params, "ImageIds") {
        find_image(&id)?;
    }
    let (ids, owners) = (texts(params, "ImageIds"), texts(params, "Owners"));
    let filters = &[
        ("name", "Name"),
        ("architecture", "Architecture"),
        ("image-id", "ImageId"),
        ("state", "State"),
        ("owner-id", "OwnerId"),
        ("owner-alias", "ImageOwnerAlias"),
        ("virtualization-type", "VirtualizationType"),
        ("root-device-type", "RootDeviceType"),
        ("description", "Description"),
        ("is-public", "Public"),
        ("image-type", "ImageType"),
    ];
    let chosen = images().into_iter().filter(|image| {
        let owned =
            owners.iter().any(|it| **it == *image.str_at(&["OwnerId"]) || **it == *image.str_at(&["ImageOwnerAlias"]));
        (ids.is_empty() || ids.iter().any(|id| **id == *image.str_at(&["ImageId"])))
            && (owners.is_empty() || owned)
            && fits(params, image, filters)
    });
    Ok(tree!({ "Images": Value::list(chosen.map(|image| super::kinds::shown(&image))) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_read_as_they_are_meant() {
        let medium = instance_type("t3.medium").unwrap();
        assert_eq!((medium.vcpus, medium.memory_mib, medium.interfaces, medium.addresses), (2, 4096, 3, 6));
        assert_eq!(
            (medium.micro_dollars_per_hour, instance_type("t4g.small").unwrap().architecture()),
            (52_000, "arm64")
        );
        assert_eq!(types().count(), TYPES.lines().count());
        let ids: std::collections::BTreeSet<_> = images().iter().map(|it| it.str_at(&["ImageId"]).to_owned()).collect();
        assert_eq!(ids.len(), images().len());
    }
}
