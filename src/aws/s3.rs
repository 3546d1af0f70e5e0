//! Amazon S3: buckets and objects, enough to be read from, denied from and counted.
//!
//! A bucket's policy is its field `_Policy`, where IAM finds it. An object is a resource of its own,
//! so that a snapshot of the world shares what has not changed.
//!
//! Invariant: a name belongs to one bucket in the whole cloud, whoever owns it.
// Source: Amazon S3 API Reference, "Error responses"; Service Authorization Reference, Amazon S3.

use crate::aws::api::{Answer, Error, Need};
use crate::aws::ec2::kinds::shown;
use crate::aws::service::{Operation, Service};
use crate::aws::{Context, ResourceKey, required};
use crate::document::{Value, yaml};
use crate::sim::{Verb, stable_hash};
use crate::tree;

/// The type of a bucket, as CloudFormation names it.
pub const BUCKET: &str = "AWS::S3::Bucket";
/// Ours: CloudFormation has no type for objects.
const OBJECT: &str = "AWS::S3::Object";

/// S3, under the name that the CLI gives to its plain operations.
pub const SERVICE: Service = Service::new("s3api", "s3", OPERATIONS);

macro_rules! on_bucket {
    ($name:literal $action:literal $run:expr) => {
        Operation::new($name, $run).needing(|_, params| vec![need($action, params, false)])
    };
}
macro_rules! on_object {
    ($name:literal $action:literal $run:expr) => {
        Operation::new($name, $run).needing(|_, params| vec![need($action, params, true)])
    };
}

/// What it can do.
pub const OPERATIONS: &[Operation] = &[
    Operation::new("ListBuckets", list_buckets).needing(|_, _| vec![Need::new("s3:ListAllMyBuckets", "*")]),
    on_bucket!("CreateBucket" "s3:CreateBucket" create_bucket),
    on_bucket!("DeleteBucket" "s3:DeleteBucket" delete_bucket),
    on_bucket!("HeadBucket" "s3:ListBucket" |c, p| bucket(c, p).map(|(_, it)| tree!({ "BucketRegion": it.str_at(&["_Region"]) }))),
    on_bucket!("GetBucketLocation" "s3:GetBucketLocation" |c, p| bucket(c, p).map(|(_, it)| tree!({ "LocationConstraint": it.str_at(&["_Region"]) }))),
    on_bucket!("PutBucketPolicy" "s3:PutBucketPolicy" put_policy),
    on_bucket!("GetBucketPolicy" "s3:GetBucketPolicy" get_policy),
    on_bucket!("DeleteBucketPolicy" "s3:DeleteBucketPolicy" delete_policy),
    on_bucket!("PutBucketTagging" "s3:PutBucketTagging" put_tagging),
    on_bucket!("PutBucketVersioning" "s3:PutBucketVersioning" |c, p| setting(c, p, "_Versioning", "VersioningConfiguration")),
    on_bucket!("GetBucketVersioning" "s3:GetBucketVersioning" |c, p| bucket(c, p).map(|(_, it)| it.get("_Versioning").cloned().unwrap_or_else(Value::map))),
    on_bucket!("PutBucketEncryption" "s3:PutEncryptionConfiguration" |c, p| setting(c, p, "_Encryption", "ServerSideEncryptionConfiguration")),
    on_bucket!("GetBucketEncryption" "s3:GetEncryptionConfiguration" encryption),
    on_bucket!("DeleteBucketEncryption" "s3:PutEncryptionConfiguration" |c, p| setting(c, p, "_Encryption", "")),
    on_bucket!("PutPublicAccessBlock" "s3:PutBucketPublicAccessBlock" |c, p| setting(c, p, "_PublicAccessBlock", "PublicAccessBlockConfiguration")),
    on_bucket!("DeletePublicAccessBlock" "s3:PutBucketPublicAccessBlock" |c, p| setting(c, p, "_PublicAccessBlock", "")),
    on_bucket!("GetPublicAccessBlock" "s3:GetBucketPublicAccessBlock" public_access_block),
    on_bucket!("ListObjects" "s3:ListBucket" list_objects),
    on_bucket!("ListObjectsV2" "s3:ListBucket" list_objects),
    on_object!("PutObject" "s3:PutObject" put_object),
    on_object!("GetObject" "s3:GetObject" |c, p| object(c, p).map(|it| described(&it).with(&["_Body"], it.get("_Body")))),
    on_object!("HeadObject" "s3:GetObject" |c, p| object(c, p).map(|it| described(&it)).map_err(|_| Error::new("404", "Not Found"))),
    on_object!("DeleteObject" "s3:DeleteObject" delete_object),
];

fn need(action: &str, params: &Value, is_object: bool) -> Need {
    let name = params.str_at(&["Bucket"]);
    let resource = if is_object {
        format!("arn:aws:s3:::{name}/{}", params.str_at(&["Key"]))
    } else {
        format!("arn:aws:s3:::{name}")
    };
    let mut need = Need::new(action, resource);
    if let Some(prefix) = params.get("Prefix") {
        need.context.set(&["s3:prefix"], prefix);
    }
    need
}

/// The bucket that a request names, wherever it is.
fn bucket(context: &Context<'_, '_>, params: &Value) -> Result<(ResourceKey, Value), Error> {
    let name = required(params, "Bucket")?;
    let mut all = context.cloud.iter();
    let found = all.find(|(key, _)| *key.kind == *BUCKET && *key.id == *name);
    found
        .map(|(key, it)| (key.clone(), it.clone()))
        .ok_or_else(|| Error::new("NoSuchBucket", "The specified bucket does not exist"))
}

fn object_key(bucket: &ResourceKey, key: &str) -> ResourceKey {
    ResourceKey { kind: OBJECT.into(), id: format!("{}/{key}", bucket.id).into(), ..bucket.clone() }
}

fn objects(context: &Context<'_, '_>, bucket: &ResourceKey) -> Vec<(ResourceKey, Value)> {
    let prefix = format!("{}/", bucket.id);
    let all = context.cloud.of_kind(&bucket.account, &bucket.region, OBJECT);
    all.filter(|(key, _)| key.id.starts_with(&prefix)).map(|(key, it)| (key.clone(), it.clone())).collect()
}

fn create_bucket(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let name = required(params, "Bucket")?;
    // Source: Amazon S3 user guide, "General purpose bucket naming rules".
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    if !(3..=63).contains(&name.len())
        || !name.chars().all(is_plain)
        || name.starts_with(['-', '.'])
        || name.ends_with(['-', '.'])
    {
        return Err(Error::new("InvalidBucketName", "The specified bucket is not valid."));
    }
    let place = params.str_at(&["CreateBucketConfiguration", "LocationConstraint"]);
    if place != &*context.region && !(place.is_empty() && &*context.region == "us-east-1") {
        let message = if place.is_empty() {
            "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.".to_owned()
        } else {
            format!(
                "The {place} location constraint is incompatible for the region specific endpoint this request was sent to."
            )
        };
        return Err(Error::new("IllegalLocationConstraintException", message));
    }
    if let Ok((key, _)) = bucket(context, params) {
        return Err(if key.account == context.caller.account {
            Error::new(
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.",
            )
        } else {
            Error::new(
                "BucketAlreadyExists",
                "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
            )
        });
    }
    let region = context.region.clone();
    let made = tree!({
        "Name": name, "CreationDate": context.now_text(), "_Region": region,
        "_PublicAccessBlock": { "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true },
    });
    let key = context.key(BUCKET, name);
    context.put(key, made, Verb::Create);
    Ok(tree!({ "Location": format!("http://{name}.s3.amazonaws.com/") }))
}

fn delete_bucket(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, _) = bucket(context, params)?;
    if !objects(context, &key).is_empty() {
        return Err(Error::new("BucketNotEmpty", "The bucket you tried to delete is not empty"));
    }
    context.remove(&key);
    Ok(Value::map())
}

fn list_buckets(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let prefix = params.str_at(&["Prefix"]);
    let own = |(key, _): &(&ResourceKey, &Value)| {
        *key.kind == *BUCKET && key.account == context.caller.account && key.id.starts_with(prefix)
    };
    let rows = context.cloud.iter().filter(own).map(|(_, it)| shown(it));
    Ok(
        tree!({ "Buckets": Value::list(rows), "Owner": { "ID": format!("{:064x}", stable_hash(7, &[&context.caller.account])) } }),
    )
}

fn setting(context: &mut Context<'_, '_>, params: &Value, field: &str, member: &str) -> Answer {
    let (key, _) = bucket(context, params)?;
    let value = params.get(member).cloned();
    context.update(&key, Verb::Update, |it| match value {
        Some(value) => it.set(&[field], value),
        None => drop(it.remove(&[field])),
    });
    Ok(Value::map())
}

/// Every bucket is encrypted; one that says nothing, with keys of S3's own.
// Source: Amazon S3 User Guide, "Setting default server-side encryption behavior for Amazon S3 buckets".
fn encryption(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (_, found) = bucket(context, params)?;
    let of_its_own = tree!({
        "Rules": [{ "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" }, "BucketKeyEnabled": false }],
    });
    let rules = found.get("_Encryption").cloned().unwrap_or(of_its_own);
    Ok(tree!({ "ServerSideEncryptionConfiguration": rules }))
}

fn public_access_block(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (_, found) = bucket(context, params)?;
    let block = found.get("_PublicAccessBlock").ok_or_else(|| {
        Error::new("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")
    })?;
    Ok(tree!({ "PublicAccessBlockConfiguration": block }))
}

fn put_policy(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, _) = bucket(context, params)?;
    let given = params.get("Policy").cloned().unwrap_or_default();
    let document = match given.as_str() {
        Some(text) => {
            let parsed = yaml::parse(text);
            let is_json = text.trim_start().starts_with('{') && parsed.first_error().is_none();
            let root = parsed.documents.first().filter(|_| is_json).map(|document| document.root.to_value());
            root.ok_or_else(|| {
                Error::new("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'")
            })?
        }
        None => given,
    };
    context.update(&key, Verb::Update, |it| it.set(&["_Policy"], document));
    Ok(Value::map())
}

fn get_policy(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (_, found) = bucket(context, params)?;
    let policy =
        found.get("_Policy").ok_or_else(|| Error::new("NoSuchBucketPolicy", "The bucket policy does not exist"))?;
    Ok(tree!({ "Policy": policy.to_string() }))
}

fn delete_policy(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, _) = bucket(context, params)?;
    context.update(&key, Verb::Update, |it| drop(it.remove(&["_Policy"])));
    Ok(Value::map())
}

fn put_tagging(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (key, _) = bucket(context, params)?;
    let tags = params.at(&["Tagging", "TagSet"]).cloned().unwrap_or_default();
    context.update(&key, Verb::Update, |it| it.set(&["_Tags"], tags));
    Ok(Value::map())
}

// ---- objects

fn put_object(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (bucket, _) = bucket(context, params)?;
    let name = required(params, "Key")?;
    let body = params.str_at(&["Body"]);
    let tag = format!("\"{:016x}{:016x}\"", stable_hash(1, &[body]), stable_hash(2, &[body]));
    let size = i64::try_from(body.len()).unwrap_or(i64::MAX);
    let made = tree!({
        "Key": name, "LastModified": context.now_text(), "ETag": &*tag, "Size": size, "StorageClass": "STANDARD",
        "_Body": body, "_ContentType": params.get("ContentType").cloned().unwrap_or("binary/octet-stream".into()),
    });
    context.put(object_key(&bucket, name), made, Verb::Update);
    Ok(tree!({ "ETag": tag, "ServerSideEncryption": "AES256" }))
}

fn object(context: &Context<'_, '_>, params: &Value) -> Result<Value, Error> {
    let (bucket, _) = bucket(context, params)?;
    let key = object_key(&bucket, required(params, "Key")?);
    context.cloud.get(&key).cloned().ok_or_else(|| Error::new("NoSuchKey", "The specified key does not exist."))
}

fn described(object: &Value) -> Value {
    tree!({
        "AcceptRanges": "bytes", "LastModified": object.get("LastModified"), "ContentLength": object.get("Size"),
        "ETag": object.get("ETag"), "ContentType": object.get("_ContentType"), "ServerSideEncryption": "AES256",
        "Metadata": {},
    })
}

fn delete_object(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (bucket, _) = bucket(context, params)?;
    let key = object_key(&bucket, required(params, "Key")?);
    // An object that is not there is deleted with success.
    context.remove(&key);
    Ok(Value::map())
}

fn list_objects(context: &mut Context<'_, '_>, params: &Value) -> Answer {
    let (bucket, found) = bucket(context, params)?;
    let (prefix, delimiter) = (params.str_at(&["Prefix"]), params.str_at(&["Delimiter"]));
    let (mut rows, mut folders): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    for (_, object) in objects(context, &bucket) {
        let name = object.str_at(&["Key"]);
        let Some(rest) = name.strip_prefix(prefix) else { continue };
        match rest.find(delimiter).filter(|_| !delimiter.is_empty()) {
            Some(at) => {
                let folder =
                    tree!({ "Prefix": format!("{prefix}{}", rest.get(..at + delimiter.len()).unwrap_or_default()) });
                if !folders.contains(&folder) {
                    folders.push(folder);
                }
            }
            None => rows.push(shown(&object)),
        }
    }
    let count = i64::try_from(rows.len() + folders.len()).unwrap_or(i64::MAX);
    let mut answer = tree!({
        "IsTruncated": false, "Name": found.get("Name"), "Prefix": prefix, "MaxKeys": 1000, "KeyCount": count,
    });
    for (member, list) in [("Contents", rows), ("CommonPrefixes", folders)] {
        if !list.is_empty() {
            answer.set(&[member], Value::list(list));
        }
    }
    Ok(answer)
}
