//! The calendar of Kubernetes versions on EKS.
// Source: Amazon EKS User Guide, "Understand the Kubernetes version lifecycle on EKS"; dates of 1.30 to
// 1.35 as listed at endoflife.date/amazon-eks in February 2026. Refresh them with every release.

use crate::aws::api::Answer;
use crate::aws::context::Context;
use crate::document::Value;
use crate::tree;

/// One minor version.
pub struct Version {
    /// `1.35`
    pub name: &'static str,
    /// The minor number.
    pub minor: i64,
    release: &'static str,
    end_standard: &'static str,
    end_extended: &'static str,
    /// The patch release that EKS runs.
    pub patch: &'static str,
}

const fn row(
    name: &'static str,
    minor: i64,
    dates: (&'static str, &'static str, &'static str),
    patch: &'static str,
) -> Version {
    Version { name, minor, release: dates.0, end_standard: dates.1, end_extended: dates.2, patch }
}

/// The versions that a cluster can be made with, the oldest first.
pub const VERSIONS: [Version; 7] = [
    row("1.30", 30, ("2024-05-23", "2025-07-23", "2026-07-23"), "1.30.14"),
    row("1.31", 31, ("2024-09-26", "2025-11-26", "2026-11-26"), "1.31.13"),
    row("1.32", 32, ("2025-01-23", "2026-03-23", "2027-03-23"), "1.32.9"),
    row("1.33", 33, ("2025-05-28", "2026-07-29", "2027-07-29"), "1.33.5"),
    row("1.34", 34, ("2025-10-02", "2026-12-02", "2027-12-02"), "1.34.2"),
    row("1.35", 35, ("2026-01-28", "2027-03-27", "2028-03-27"), "1.35.1"),
    row("1.36", 36, ("2026-05-28", "2027-07-28", "2028-07-28"), "1.36.2"),
];

/// What a cluster gets when nobody says.
pub const DEFAULT: &str = "1.35";

/// The row of a version.
#[must_use]
pub fn find(name: &str) -> Option<&'static Version> {
    VERSIONS.iter().find(|version| version.name == name)
}

/// How a kubelet of the EKS-optimised AMI names its version: `v1.35.1-eks-…`.
#[must_use]
pub fn kubelet(name: &str) -> String {
    format!("v{}-eks-3cfe0ce", find(name).map_or(name, |version| version.patch))
}

pub(super) fn describe(_context: &mut Context<'_, '_>, _params: &Value) -> Answer {
    let rows = VERSIONS.iter().rev().map(|version| {
        tree!({
            "clusterVersion": (version.name),
            "clusterType": "eks",
            "defaultPlatformVersion": "eks.9",
            "defaultVersion": (version.name == DEFAULT),
            "releaseDate": (format!("{}T00:00:00+00:00", version.release)),
            "endOfStandardSupportDate": (format!("{}T00:00:00+00:00", version.end_standard)),
            "endOfExtendedSupportDate": (format!("{}T00:00:00+00:00", version.end_extended)),
            "kubernetesPatchVersion": (version.patch),
            "versionStatus": "STANDARD_SUPPORT",
        })
    });
    Ok(tree!({ "clusterVersions": (Value::list(rows)) }))
}
