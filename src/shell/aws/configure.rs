//! `aws configure`: what `~/.aws` holds.
// Source: AWS CLI Command Reference, configure.

use super::super::client::Client;
use super::failure::Failure;

/// Runs `aws configure ARGS`.
pub(super) fn run(client: &Client, args: &[String]) -> Result<(), Failure> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["list"] => list(client),
        ["get", name] => return get(client, name),
        ["set", name, value] => return set(client, name, value),
        [] => list(client),
        _ => return Err(Failure::usage("the following arguments are required: subcommand")),
    }
    Ok(())
}

fn list(client: &Client) {
    let profile = client.setting().profile.clone();
    let masked = |text: &str| match text.len() {
        0 => "<not set>".to_owned(),
        length => format!("{}{}", "*".repeat(16), text.get(length.saturating_sub(4)..).unwrap_or_default()),
    };
    let row = |name: &str, value: &str, kind: &str, location: &str| {
        client.println(&format!("{name:<10} : {value:<24} : {kind:<16} : {location}"));
    };
    row("NAME", "VALUE", "TYPE", "LOCATION");
    row("profile", "<not set>", "None", "None");
    row("access_key", &masked(&profile.access_key_id), "shared-credentials-file", "");
    row("secret_key", &masked(&profile.access_key_id), "shared-credentials-file", "");
    row(
        "region",
        if profile.region.is_empty() { "<not set>" } else { &profile.region },
        "config-file",
        "~/.aws/config",
    );
}

fn get(client: &Client, name: &str) -> Result<(), Failure> {
    let profile = client.setting().profile.clone();
    let value = match name {
        "region" => profile.region,
        "output" => profile.output,
        "aws_access_key_id" => profile.access_key_id,
        _ => String::new(),
    };
    if value.is_empty() {
        return Err(Failure { text: String::new(), exit: 1 });
    }
    client.println(&value);
    Ok(())
}

fn set(client: &Client, name: &str, value: &str) -> Result<(), Failure> {
    client.change_setting(|setting| match name {
        "region" => value.clone_into(&mut setting.profile.region),
        "output" => value.clone_into(&mut setting.profile.output),
        "aws_access_key_id" => value.clone_into(&mut setting.profile.access_key_id),
        _ => {}
    });
    Ok(())
}
