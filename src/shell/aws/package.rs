//! `aws cloudformation package`: templates of nested stacks that are files go into a bucket, and the
//! template names them there.
// Models awscli/customizations/cloudformation/package.py, artifact_exporter.py

use super::super::client::Client;
use super::failure::Failure;
use super::{Global, request};
use crate::document::{Value, parse};
use crate::tree;

/// Runs it.
pub(super) async fn run(client: &Client, global: &Global, args: &[String]) -> Result<(), Failure> {
    let option = |names: &[&str]| {
        let mut words = args.iter();
        words.find_map(|word| match word.split_once('=') {
            Some((name, value)) if names.contains(&name) => Some(value.to_owned()),
            _ if names.contains(&word.as_str()) => args.iter().skip_while(|it| *it != word).nth(1).cloned(),
            _ => None,
        })
    };
    let Some(path) = option(&["--template-file", "--template"]) else {
        return Err(Failure::usage("the following arguments are required: --template-file"));
    };
    let Some(bucket) = option(&["--s3-bucket"]) else {
        return Err(Failure::usage("the following arguments are required: --s3-bucket"));
    };
    let Some(mut text) = client.file(path.trim_start_matches("file://")) else {
        return Err(Failure::general(&format!("Invalid template path {path}")));
    };
    let prefix = option(&["--s3-prefix"]).map(|prefix| format!("{}/", prefix.trim_matches('/'))).unwrap_or_default();
    let read = parse(&text).documents.first().map(|document| document.root.to_value()).unwrap_or_default();
    for (id, resource) in read.at(&["Resources"]).into_iter().flat_map(Value::entries) {
        let child = resource.str_at(&["Properties", "TemplateURL"]);
        let is_stack = resource.str_at(&["Type"]) == "AWS::CloudFormation::Stack";
        if !is_stack || child.is_empty() || child.contains("://") {
            continue;
        }
        let Some(body) = client.file(child) else {
            return Err(Failure::general(&format!(
                "Unable to upload artifact {child} referenced by TemplateURL parameter of {id} resource.\nInvalid template path {child}"
            )));
        };
        let key = format!("{prefix}{:016x}.template", digest(&body));
        let size = body.len();
        let params = tree!({ "Bucket": bucket.as_str(), "Key": key.as_str(), "Body": body });
        request(client, global, "s3api", "PutObject", params).await?;
        client.print(&format!("Uploading to {key}  {size} / {size}.0  (100.00%)\n"));
        let region = global.region.clone().unwrap_or_else(|| client.setting().profile.region.clone());
        let address = if region == "us-east-1" {
            format!("https://s3.amazonaws.com/{bucket}/{key}")
        } else {
            format!("https://s3.{region}.amazonaws.com/{bucket}/{key}")
        };
        text = text.replace(child, &address);
    }
    match option(&["--output-template-file"]) {
        Some(file) => {
            client.write_file(file.trim_start_matches("./"), text);
            client.println(&format!(
                "\nSuccessfully packaged artifacts and wrote output template to file {file}.\nExecute the following command to deploy the packaged template\naws cloudformation deploy --template-file {file} --stack-name <YOUR STACK NAME>"
            ));
        }
        None => client.print(&text),
    }
    Ok(())
}

/// What a text is called in the bucket: another text, another name. FNV-1a.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
