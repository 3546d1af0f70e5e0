//! The policies that AWS manages: the ones that EKS, the lessons and usual templates need, as AWS
//! publishes them.
//! Of `ReadOnlyAccess` only the services that this world knows are kept.
// Source: AWS Managed Policy Reference Guide.

use crate::document::Value;
use crate::tree;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// One policy a line: path, name, version, when it was made, when it was changed, document.
const TABLE: &str = include_str!("managed.txt");

/// A policy that AWS manages.
#[derive(Clone, Copy, Debug)]
pub struct Managed {
    /// `/`, `/service-role/`, `/aws-service-role/`.
    pub path: &'static str,
    /// `AdministratorAccess`
    pub name: &'static str,
    /// Its default version, such as `v3`.
    pub version: &'static str,
    created: &'static str,
    updated: &'static str,
    text: &'static str,
}

/// All of them.
pub fn all() -> impl Iterator<Item = Managed> {
    TABLE.lines().filter_map(|line| {
        let mut parts = line.splitn(6, ' ');
        let mut next = || parts.next();
        Some(Managed {
            path: next()?,
            name: next()?,
            version: next()?,
            created: next()?,
            updated: next()?,
            text: next()?,
        })
    })
}

/// The one with this ARN.
#[must_use]
pub fn find(arn: &str) -> Option<Managed> {
    let path = arn.strip_prefix("arn:aws:iam::aws:policy")?;
    all().find(|policy| path.strip_prefix(policy.path) == Some(policy.name))
}

impl Managed {
    /// `arn:aws:iam::aws:policy/…`
    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::aws:policy{}{}", self.path, self.name)
    }

    /// Its document, read once.
    #[must_use]
    pub fn document(&self) -> Value {
        thread_local! { static READ: RefCell<BTreeMap<&'static str, Value>> = const { RefCell::new(BTreeMap::new()) }; }
        READ.with_borrow_mut(|read| {
            read.entry(self.name).or_insert_with(|| super::document::from_json(self.text).unwrap_or_default()).clone()
        })
    }

    /// As `get-policy` shows it.
    #[must_use]
    pub fn description(&self) -> Value {
        tree!({
            "PolicyName": (self.name),
            "PolicyId": (policy_id(self.name)),
            "Arn": (self.arn()),
            "Path": (self.path),
            "DefaultVersionId": (self.version),
            "IsAttachable": true,
            "CreateDate": (format!("{}+00:00", self.created)),
            "UpdateDate": (format!("{}+00:00", self.updated)),
        })
    }
}

/// An id of the form that AWS gives policies, always the same for a name.
fn policy_id(name: &str) -> String {
    let mut number = crate::sim::stable_hash(1, &["managed-policy", name]);
    let mut id = String::from("ANPAI");
    for _ in 0..12 {
        id.push(char::from(super::identity::letter(number)));
        number /= 32;
    }
    id.push_str("ZLYK");
    id
}

#[cfg(test)]
mod tests {
    use super::super::validate::{Kind, faults};

    #[test]
    fn every_policy_is_a_valid_document() {
        for policy in super::all() {
            let document = policy.document();
            assert!(document.get("Statement").is_some(), "{}", policy.name);
            assert_eq!(faults(&document, Kind::Identity), vec![], "{}", policy.name);
            assert_eq!(super::find(&policy.arn()).map(|it| it.name), Some(policy.name));
        }
    }
}
