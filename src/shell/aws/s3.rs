//! `aws s3 ls`, `mb` and `cp`: those of the CLI's commands for files that a look at a bucket needs.
// Models awscli/customizations/s3/subcommands.py ListCommand, MbCommand

use super::super::client::Client;
use super::failure::Failure;
use super::{Global, request};
use crate::document::Value;
use crate::tree;
use crate::world::SimTime;

/// Runs one of them; none for another word.
pub(super) async fn run(client: &Client, global: &Global, args: &[String]) -> Option<Result<(), Failure>> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["ls"] => Some(buckets(client, global).await),
        ["ls", rest @ ..] => Some(objects(client, global, rest).await),
        ["mb", target] => Some(make(client, global, target).await),
        ["cp", from, to] => Some(copy(client, global, from, to).await),
        [] => Some(Err(Failure::usage("the following arguments are required: subcommand"))),
        [other, ..] => Some(Err(Failure::usage(&format!(
            "argument subcommand: Found invalid choice '{other}': here there are cp, ls and mb; aws s3api has the rest"
        )))),
    }
}

/// `2026-12-01 08:00:00`.
fn moment(text: &str) -> String {
    SimTime::parse_rfc3339(text).map_or_else(
        || text.replace('T', " ").chars().take(19).collect(),
        |at| at.rfc3339().replace('T', " ").trim_end_matches('Z').to_owned(),
    )
}

/// The CLI names the operation that its own API call was.
fn told(failure: Failure) -> Failure {
    // Source: AWS CLI: what fails in `aws s3` ends with 1.
    Failure { exit: if failure.exit == 254 { 1 } else { failure.exit }, ..failure }
}

async fn buckets(client: &Client, global: &Global) -> Result<(), Failure> {
    let answer = request(client, global, "s3api", "ListBuckets", Value::map()).await.map_err(told)?;
    for bucket in answer.items_at(&["Buckets"]) {
        client.println(&format!("{} {}", moment(bucket.str_at(&["CreationDate"])), bucket.str_at(&["Name"])));
    }
    Ok(())
}

async fn objects(client: &Client, global: &Global, rest: &[&str]) -> Result<(), Failure> {
    let recursive = rest.contains(&"--recursive");
    let target = rest.iter().find(|word| !word.starts_with('-')).copied().unwrap_or_default();
    let target = target.strip_prefix("s3://").unwrap_or(target);
    let (bucket, prefix) = target.split_once('/').unwrap_or((target, ""));
    let params = tree!({ "Bucket": bucket, "Prefix": prefix });
    let answer = request(client, global, "s3api", "ListObjectsV2", params).await.map_err(told)?;
    let mut folders: Vec<&str> = Vec::new();
    let folder = prefix.rsplit_once('/').map_or(0, |(before, _)| before.len() + 1);
    for object in answer.items_at(&["Contents"]) {
        let key = object.str_at(&["Key"]);
        let name = if recursive { key } else { key.get(folder..).unwrap_or(key) };
        match name.split_once('/').filter(|_| !recursive) {
            Some((first, _)) => {
                if !folders.contains(&first) {
                    folders.push(first);
                    client.println(&format!("{:>30} {first}/", "PRE"));
                }
            }
            None => {
                let size = object.int_at(&["Size"]).unwrap_or_default();
                client.println(&format!("{} {size:>10} {name}", moment(object.str_at(&["LastModified"]))));
            }
        }
    }
    Ok(())
}

/// A file of the editor into a bucket, or back.
// Models awscli/customizations/s3/results.py ResultPrinter
async fn copy(client: &Client, global: &Global, from: &str, to: &str) -> Result<(), Failure> {
    let split = |text: &str| {
        text.split_once('/')
            .map_or((text.to_owned(), String::new()), |(bucket, key)| (bucket.to_owned(), key.to_owned()))
    };
    let last = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    match (from.strip_prefix("s3://"), to.strip_prefix("s3://")) {
        (None, Some(target)) => {
            let Some(text) = client.file(from) else {
                return Err(Failure::general(&format!("The user-provided path {from} does not exist.")));
            };
            let (bucket, mut key) = split(target);
            if key.is_empty() || key.ends_with('/') {
                key.push_str(&last(from));
            }
            let params = tree!({ "Bucket": bucket.as_str(), "Key": key.as_str(), "Body": text });
            request(client, global, "s3api", "PutObject", params).await.map_err(told)?;
            client.println(&format!("upload: ./{} to s3://{bucket}/{key}", from.trim_start_matches("./")));
            Ok(())
        }
        (Some(source), None) => {
            let (bucket, key) = split(source);
            let params = tree!({ "Bucket": bucket.as_str(), "Key": key.as_str() });
            let answer = request(client, global, "s3api", "GetObject", params).await.map_err(told)?;
            let name = if matches!(to, "." | "./") { last(&key) } else { to.trim_start_matches("./").to_owned() };
            client.write_file(&name, answer.str_at(&["_Body"]).to_owned());
            client.println(&format!("download: s3://{bucket}/{key} to ./{name}"));
            Ok(())
        }
        _ => Err(Failure::usage("usage: aws s3 cp <LocalPath> <S3Uri> or <S3Uri> <LocalPath>")),
    }
}

async fn make(client: &Client, global: &Global, target: &str) -> Result<(), Failure> {
    let name = target.strip_prefix("s3://").unwrap_or(target).trim_end_matches('/').to_owned();
    let region = global.region.clone().unwrap_or_else(|| client.setting().profile.region.clone());
    let mut params = tree!({ "Bucket": name.as_str() });
    if region != "us-east-1" {
        params.set(&["CreateBucketConfiguration", "LocationConstraint"], region);
    }
    request(client, global, "s3api", "CreateBucket", params).await.map_err(told)?;
    client.println(&format!("make_bucket: {name}"));
    Ok(())
}
