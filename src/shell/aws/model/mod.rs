//! The services' operations, from tables: one line an operation,
//! `Name Member:type Required!:type`, where a type is `s` text, `i` integer, `b` boolean, `d`
//! decimal, `B` bytes, `[T]` list, `{Member:T …}` structure, `<T>` map from text. A line that
//! begins with `wait` is a waiter (see `waiter`); `order` lines give the order in which answers
//! show their members; `#` begins a comment.
// Source: the AWS API references; the shapes are those of `aws … --generate-cli-skeleton`.

mod parse;

pub(super) use parse::{Member, Shape};

/// A service of the command line.
pub(super) struct Service {
    /// Its name: `ec2`.
    pub name: &'static str,
    table: &'static str,
    /// The order in which answers show their members.
    pub order: &'static str,
}

/// An operation.
pub(super) struct Operation {
    /// Its name in the API: `CreateVpc`.
    pub name: &'static str,
    /// Its parameters.
    pub members: Vec<Member>,
}

/// A service with its two tables.
macro_rules! service {
    ($name:literal) => {
        Service {
            name: $name,
            table: include_str!(concat!($name, ".txt")),
            order: include_str!(concat!($name, ".order.txt")),
        }
    };
}

/// Every service that the command line knows, in alphabetical order.
const SERVICES: &[Service] = &[
    service!("autoscaling"),
    service!("cloudformation"),
    service!("ec2"),
    service!("ecr"),
    service!("eks"),
    service!("elb"),
    service!("elbv2"),
    service!("iam"),
    service!("organizations"),
    service!("pricing"),
    service!("s3api"),
    service!("service-quotas"),
    service!("ssm"),
    service!("sts"),
];

/// The service with this name.
pub(super) fn service(name: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.name == name)
}

/// The services' names.
pub(super) fn names() -> Vec<&'static str> {
    SERVICES.iter().map(|service| service.name).collect()
}

impl Service {
    fn lines(&self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        let lines = self.table.lines().filter(|line| !line.starts_with(['#', ' ']) && !line.is_empty());
        lines.map(|line| line.split_once(' ').unwrap_or((line, "")))
    }

    /// The operation that is called so on the command line.
    pub(super) fn operation(&self, command: &str) -> Option<Operation> {
        let found = self.lines().find(|(name, _)| *name != "wait" && command_name(name) == command);
        found.map(|(name, members)| Operation { name, members: parse::members(members) })
    }

    /// The names of its operations on the command line.
    pub(super) fn command_names(&self) -> Vec<String> {
        self.lines().filter(|(name, _)| *name != "wait").map(|(name, _)| command_name(name)).collect()
    }

    /// The waiter with this name: what stands after it in the table.
    pub(super) fn waiter(&self, command: &str) -> Option<&'static str> {
        self.waiters().find(|(name, _)| *name == command).map(|(_, rest)| rest)
    }

    /// All waiters, with what stands after their names.
    pub(super) fn waiters(&self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        self.lines().filter(|(name, _)| *name == "wait").filter_map(|(_, rest)| rest.split_once(' '))
    }
}

/// How the CLI writes a name of the API: `CreateVpc` becomes `create-vpc`, `DBInstanceArn`
/// becomes `db-instance-arn`.
// Models botocore xform_name
pub(super) fn command_name(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut written = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(index + 1);
        let starts = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                !before.is_ascii_uppercase() && *before != '-'
                    || before.is_ascii_uppercase()
                        && after.is_some_and(char::is_ascii_lowercase)
                        && !is_plural(&letters, index)
            });
        if starts {
            written.push('-');
        }
        written.push(letter.to_ascii_lowercase());
    }
    written
}

/// Whether the rest of a name is the last letter of an abbreviation and its `s`: `ARNs`.
fn is_plural(letters: &[char], index: usize) -> bool {
    index + 2 == letters.len() && letters.last() == Some(&'s')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_the_cli_writes_them() {
        for (api, cli) in [
            ("CreateVpc", "create-vpc"),
            ("cidrBlock", "cidr-block"),
            ("CreateOpenIDConnectProvider", "create-open-id-connect-provider"),
            ("PolicySourceArn", "policy-source-arn"),
            ("DescribeDBInstances", "describe-db-instances"),
            ("LoadBalancerArns", "load-balancer-arns"),
            ("TargetGroupARNs", "target-group-arns"),
            ("SSEKMSKeyId", "ssekms-key-id"),
        ] {
            assert_eq!(command_name(api), cli);
        }
    }

    #[test]
    fn every_table_can_be_read() {
        for service in SERVICES {
            for (name, rest) in service.lines() {
                assert!(name == "wait" || parse::members_checked(rest).is_ok(), "{}: {name} {rest}", service.name);
            }
        }
    }
}
