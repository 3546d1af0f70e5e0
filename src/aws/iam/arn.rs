//! Names of things in AWS (General Reference, "Amazon Resource Names (ARNs)").

/// The six parts of an ARN, borrowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: &'a str,
    /// `iam`, `s3`.
    pub service: &'a str,
    /// The region; empty for what is global.
    pub region: &'a str,
    /// The account; empty for buckets.
    pub account: &'a str,
    /// What is left: `role/app`, `drydock-artifacts/a.txt`.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// The parts of `text`, if it is an ARN.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        Some(Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        })
    }

    /// For `assumed-role/NAME/SESSION`: the two names.
    #[must_use]
    pub fn assumed_role(&self) -> Option<(&'a str, &'a str)> {
        if self.service != "sts" {
            return None;
        }
        self.resource.strip_prefix("assumed-role/")?.split_once('/')
    }

    /// For `role/PATH/NAME`: the name.
    #[must_use]
    pub fn role_name(&self) -> Option<&'a str> {
        if self.service != "iam" {
            return None;
        }
        self.resource.strip_prefix("role/")?.rsplit('/').next()
    }
}
