//! `kubectl create deployment | job | cronjob`.
// Models k8s.io/kubectl/pkg/cmd/create/{create_deployment,create_job,create_cronjob}.go

use crate::document::Value;
use crate::tree;
use crate::world::api::{Resource, meta};

use super::super::failure::Failure;
use super::super::{Done, Kubectl, builder};
use super::{command, made, one_name};

pub(super) async fn deployment(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    args.require("image")?;
    let name = one_name(kubectl)?;
    let mut containers = Vec::new();
    for image in args.list("image") {
        let mut container = tree!({ "name": container_name(image), "image": image, "resources": {} });
        if !command(kubectl).is_empty() {
            container.set(&["command"], Value::list(command(kubectl).iter().map(Value::from)));
        }
        if let Some(port) = args.integer("port") {
            container.set(&["ports"], tree!([{ "containerPort": port }]));
        }
        containers.push(container);
    }
    let labels = tree!({ "app": name.as_str() });
    let object = tree!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": name, "labels": labels.clone() },
        "spec": {
            "replicas": args.integer("replicas").unwrap_or(1),
            "selector": { "matchLabels": labels.clone() },
            "strategy": {},
            "template": { "metadata": { "labels": labels }, "spec": { "containers": containers } },
        },
        "status": {},
    });
    made(kubectl, Resource::DEPLOYMENTS, object, Some("deployment:")).await
}

/// `nginx` of `registry.example:5000/web/nginx:1.27`.
// Models CreateDeploymentOptions.buildPodSpec
fn container_name(image: &str) -> String {
    let name = image.rsplit('/').next().unwrap_or(image);
    let name = name.split([':', '@']).next().unwrap_or(name);
    name.to_lowercase().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}

fn container(kubectl: &Kubectl, name: &str) -> Value {
    let mut container = tree!({ "name": name, "image": kubectl.args.text("image"), "resources": {} });
    if !command(kubectl).is_empty() {
        container.set(&["command"], Value::list(command(kubectl).iter().map(Value::from)));
    }
    container
}

pub(super) async fn job(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    let name = one_name(kubectl)?;
    let from = args.text("from");
    if args.text("image").is_empty() == from.is_empty() {
        return Err(Failure::plain("either --image or --from must be specified"));
    }
    if !command(kubectl).is_empty() && !from.is_empty() {
        return Err(Failure::plain("cannot specify --from and command"));
    }
    let mut object = tree!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": { "name": name.as_str() },
        "spec": {},
        "status": {},
    });
    if from.is_empty() {
        let template = tree!({
            "metadata": {},
            "spec": { "containers": Value::list([container(kubectl, &name)]), "restartPolicy": "Never" },
        });
        object.set(&["spec", "template"], template);
    } else {
        from_cron_job(kubectl, from, &mut object).await?;
    }
    made(kubectl, Resource::JOBS, object, Some("job:")).await
}

// Models CreateJobOptions.createJobFromCronJob
async fn from_cron_job(kubectl: &Kubectl, from: &str, job: &mut Value) -> Done {
    let (resource, name) = match builder::read_words(kubectl, "create job", &[from.to_owned()])? {
        builder::Words::Names(mut names) if names.len() == 1 => names.remove(0),
        builder::Words::Names(_) => return Err(Failure::plain("from must be an existing cronjob")),
        builder::Words::Types(_) => {
            return Err(Failure::plain("resource(s) were provided, but no name was specified"));
        }
    };
    let cron = kubectl.client.get(&kubectl.key(resource, &name)).await?;
    if resource != Resource::CRON_JOBS {
        return Err(Failure::Plain(format!("unknown object type *{}.{}", resource.info().version, resource.kind())));
    }
    let template = cron.at(&["spec", "jobTemplate"]).unwrap_or(&Value::Null);
    for field in ["labels", "annotations"] {
        if let Some(map) = template.at(&["metadata", field]) {
            job.set(&["metadata", field], map);
        }
    }
    job.set(&["metadata", "annotations", "cronjob.kubernetes.io/instantiate"], "manual");
    let mut owner = meta::controller_ref(&cron);
    owner.remove(&["blockOwnerDeletion"]);
    job.set(&["metadata", "ownerReferences"], Value::list([owner]));
    job.set(&["spec"], template.get("spec").cloned().unwrap_or_default());
    Ok(())
}

pub(super) async fn cron_job(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    args.require_all(&["image", "schedule"])?;
    let name = one_name(kubectl)?;
    let restart = if args.text("restart").is_empty() { "OnFailure" } else { args.text("restart") };
    let object = tree!({
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": { "name": name.as_str() },
        "spec": {
            "schedule": args.text("schedule"),
            "jobTemplate": {
                "metadata": { "name": name.as_str() },
                "spec": {
                    "template": {
                        "metadata": {},
                        "spec": { "containers": Value::list([container(kubectl, &name)]), "restartPolicy": restart },
                    },
                },
            },
        },
        "status": {},
    });
    made(kubectl, Resource::CRON_JOBS, object, Some("cronjob:")).await
}
