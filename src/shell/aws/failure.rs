//! How the AWS CLI fails: a text on standard error and an exit code.
// Source: AWS CLI User Guide, version 2, "Return codes".

/// A failed command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Failure {
    /// What is printed on standard error.
    pub text: String,
    /// The exit code.
    pub exit: u8,
}

const USAGE: &str = "usage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]
To see help text, you can run:

  aws help
  aws <command> help
  aws <command> <subcommand> help
";

impl Failure {
    /// The command line itself is wrong.
    pub(super) fn usage(what: &str) -> Self {
        Self { text: format!("\n{USAGE}\naws: [ERROR]: {what}\n"), exit: 252 }
    }

    /// A parameter is wrong.
    pub(super) fn parameter(what: &str) -> Self {
        Self { text: format!("\naws: [ERROR]: {what}\n"), exit: 252 }
    }

    /// No credentials, no region.
    pub(super) fn configuration(what: &str) -> Self {
        Self { text: format!("\naws: [ERROR]: {what}\n"), exit: 253 }
    }

    /// The service refused.
    pub(super) fn service(what: &str) -> Self {
        Self { text: format!("\naws: [ERROR]: {what}\n"), exit: 254 }
    }

    /// Anything else.
    pub(super) fn general(what: &str) -> Self {
        Self { text: format!("\naws: [ERROR]: {what}\n"), exit: 255 }
    }
}
