//! `kubectl run`, `kubectl expose` and `kubectl autoscale`.
// Models k8s.io/kubectl/pkg/cmd/run/run.go, pkg/cmd/expose/expose.go and pkg/cmd/autoscale/autoscale.go

use crate::document::Value;
use crate::tree;
use crate::world::api::{Request, Resource, Verb, meta};
use crate::world::secs;

use super::builder::{self, Info};
use super::failure::Failure;
use super::{Done, DryRun, Kubectl, container};

pub(super) async fn run(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    let image = args.require("image")?;
    let before = args.before_dashes.unwrap_or(args.words.len().min(1));
    let Some(name) = args.words.first().filter(|_| before > 0) else {
        return Err(Failure::plain("NAME is required for run\nSee 'kubectl run -h' for help and examples"));
    };
    let dry_run = kubectl.dry_run()?;
    let mut container = tree!({ "name": name.as_str(), "image": image, "resources": {} });
    let command = &args.words[before.max(1)..];
    if !command.is_empty() {
        let field = if args.is_on("command") { "command" } else { "args" };
        container.set(&[field], Value::list(command.iter().map(Value::from)));
    }
    if let Some(port) = args.integer("port") {
        container.set(&["ports"], tree!([{ "containerPort": port }]));
    }
    if !args.text("image-pull-policy").is_empty() {
        container.set(&["imagePullPolicy"], args.text("image-pull-policy"));
    }
    let attaches = args.value("attach").map_or(args.is_on("stdin") || args.is_on("tty"), |_| args.is_on("attach"));
    if args.is_on("rm") && !attaches {
        return Err(Failure::plain("--rm should only be used for attached containers"));
    }
    for (flag, field) in [("stdin", "stdin"), ("stdin", "stdinOnce"), ("tty", "tty")] {
        if args.is_on(flag) {
            container.set(&[field], true);
        }
    }
    let variables: Vec<Value> = args.values("env").map(variable).collect::<Result<_, _>>()?;
    if !variables.is_empty() {
        container.set(&["env"], Value::list(variables));
    }
    let restart = match args.text("restart") {
        "" => "Always",
        policy @ ("Always" | "OnFailure" | "Never") => policy,
        other => return Err(Failure::Plain(format!("invalid restart policy: {other}"))),
    };
    let mut labels = Value::map();
    for (key, value) in args.list("labels").filter_map(|pair| pair.split_once('=')) {
        labels.set(&[key], value);
    }
    if labels.is_empty() {
        labels.set(&["run"], name.as_str());
    }
    let mut pod = tree!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": name.as_str(), "labels": labels.clone() },
        "spec": { "containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart },
        "status": {},
    });
    for (key, value) in args.values("annotations").filter_map(|pair| pair.split_once('=')) {
        pod.set(&["metadata", "annotations", key], value);
    }
    if attaches && dry_run == DryRun::None {
        return attached(kubectl, pod).await;
    }
    make(kubectl, Resource::PODS, pod, "kubectl-run", "created", dry_run).await?;
    if args.is_on("expose") {
        let Some(port) = args.integer("port") else {
            return Err(Failure::plain("--port must be set when exposing a service"));
        };
        let service = tree!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": { "name": name.as_str() },
            "spec": { "ports": [{ "port": port, "protocol": "TCP", "targetPort": port }], "selector": labels },
            "status": { "loadBalancer": {} },
        });
        make(kubectl, Resource::SERVICES, service, "kubectl-run", "created", dry_run).await?;
    }
    Ok(())
}

/// `--attach`, `-it`, `--rm`: makes the Pod, shows what it says until it ends, and takes it away.
// Models RunOptions.Run and handleAttachPod
async fn attached(kubectl: &Kubectl, mut pod: Value) -> Done {
    let client = &kubectl.client;
    pod.set(&["metadata", "namespace"], kubectl.namespace.as_str());
    let mut request = Request::create(client.user.clone(), Resource::PODS, &kubectl.namespace, pod);
    request.options.field_manager = "kubectl-run".into();
    let made = client.request(request).await?.into_object();
    let key = kubectl.key(Resource::PODS, meta::name(&made));
    let limit = client.now() + kubectl.args.duration("pod-running-timeout").flatten().unwrap_or(secs(60));
    let mut pod = made;
    while pod.str_at(&["status", "phase"]) == "Pending" || pod.str_at(&["status", "phase"]).is_empty() {
        if client.now() >= limit {
            return Err(Failure::plain("timed out waiting for the condition"));
        }
        client.changed(client.revision(), Some(limit)).await;
        pod = client.get(&key).await?;
    }
    let done = container::shown(kubectl, &pod).await;
    if kubectl.args.is_on("rm") {
        client.request(Request::new(client.user.clone(), Verb::Delete, &key)).await?;
        client.println(&format!("pod \"{}\" deleted from {} namespace", meta::name(&pod), kubectl.namespace));
    }
    done
}

fn variable(pair: &str) -> Result<Value, Failure> {
    match pair.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok(tree!({ "name": name, "value": value })),
        _ => Err(Failure::Plain(format!("invalid env: {pair}"))),
    }
}

/// Makes an object and says so.
async fn make(
    kubectl: &Kubectl,
    resource: Resource,
    mut object: Value,
    manager: &str,
    done: &str,
    dry_run: DryRun,
) -> Done {
    if kubectl.is_namespace_explicit || dry_run != DryRun::Client {
        object.set(&["metadata", "namespace"], kubectl.namespace.as_str());
    }
    if dry_run != DryRun::Client {
        let mut request = Request::create(kubectl.client.user.clone(), resource, &kubectl.namespace, object);
        request.options.field_manager = manager.into();
        request.options.dry_run = dry_run == DryRun::Server;
        object = kubectl.client.request(request).await?.into_object();
    }
    kubectl.report(&object, done, dry_run)
}

/// The objects that are to be exposed or scaled.
async fn subjects(kubectl: &Kubectl) -> Result<Vec<Info>, Failure> {
    let (mut infos, mut failures) = kubectl.selected().await;
    if kubectl.args.value("filename").is_some() {
        for info in &mut infos {
            match kubectl.client.get(&info.key()).await {
                Ok(object) => info.object = object,
                Err(error) => failures.push(error.into()),
            }
        }
    }
    Failure::of_all(failures)?;
    if infos.is_empty() {
        return Err(Failure::plain(builder::NOTHING_NAMED));
    }
    Ok(infos)
}

pub(super) async fn expose(kubectl: &Kubectl) -> Done {
    let dry_run = kubectl.dry_run()?;
    for info in subjects(kubectl).await? {
        let service = service_for(kubectl, &info)?;
        make(kubectl, Resource::SERVICES, service, "kubectl-expose", "exposed", dry_run).await?;
    }
    Ok(())
}

// Models ExposeServiceOptions.createService
fn service_for(kubectl: &Kubectl, info: &Info) -> Result<Value, Failure> {
    let args = &kubectl.args;
    let object = &info.object;
    let exposable = [
        Resource::PODS,
        Resource::SERVICES,
        Resource::DEPLOYMENTS,
        Resource::REPLICA_SETS,
        Resource::REPLICATION_CONTROLLERS,
    ];
    if !exposable.contains(&info.resource) {
        return Err(Failure::Plain(format!("cannot expose a {}", info.resource.group_kind())));
    }
    let selector = match args.text("selector") {
        "" => selector_of(info)?,
        text => text
            .split(',')
            .filter_map(|pair| pair.split_once('='))
            .fold(Value::map(), |map, (key, value)| map.with(&[key], value)),
    };
    let ports = ports_for(kubectl, info)?;
    let name = if args.text("name").is_empty() { meta::name(object) } else { args.text("name") };
    let mut service = tree!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": name },
        "spec": { "ports": ports, "selector": selector },
        "status": { "loadBalancer": {} },
    });
    let labels = match args.text("labels") {
        "" => object.at(&["metadata", "labels"]).cloned().unwrap_or_default(),
        text => text
            .split(',')
            .filter_map(|pair| pair.split_once('='))
            .fold(Value::map(), |map, (key, value)| map.with(&[key], value)),
    };
    if !labels.is_empty() {
        service.set(&["metadata", "labels"], labels);
    }
    for (flag, field) in [
        ("type", "type"),
        ("cluster-ip", "clusterIP"),
        ("session-affinity", "sessionAffinity"),
        ("load-balancer-ip", "loadBalancerIP"),
    ] {
        if !args.text(flag).is_empty() {
            service.set(&["spec", field], args.text(flag));
        }
    }
    let external: Vec<Value> = args.list("external-ip").map(Value::from).collect();
    if !external.is_empty() {
        service.set(&["spec", "externalIPs"], Value::list(external));
    }
    Ok(service)
}

// Models polymorphichelpers/mapbasedselectorforobject.go
fn selector_of(info: &Info) -> Result<Value, Failure> {
    let object = &info.object;
    let wrong =
        |why: &str| Failure::Plain(format!("couldn't retrieve selectors via --selector flag or introspection: {why}"));
    match info.resource {
        Resource::PODS => {
            let labels = object.at(&["metadata", "labels"]).filter(|labels| !labels.is_empty());
            labels.cloned().ok_or_else(|| wrong("the pod has no labels and cannot be exposed"))
        }
        Resource::SERVICES | Resource::REPLICATION_CONTROLLERS => {
            let selector = object.at(&["spec", "selector"]).filter(|selector| !selector.is_empty());
            selector.cloned().ok_or_else(|| wrong("the service has no pod selector set"))
        }
        _ => {
            if !object.items_at(&["spec", "selector", "matchExpressions"]).is_empty() {
                return Err(wrong("couldn't convert expressions to map-based selector format"));
            }
            let selector = object.at(&["spec", "selector", "matchLabels"]);
            selector.cloned().ok_or_else(|| wrong("invalid deployment no selectors, therefore cannot be exposed"))
        }
    }
}

/// The ports of the new Service: what is asked for, or what the object says.
fn ports_for(kubectl: &Kubectl, info: &Info) -> Result<Vec<Value>, Failure> {
    let args = &kubectl.args;
    let own: Vec<(i64, String)> = match info.resource {
        Resource::SERVICES => info
            .object
            .items_at(&["spec", "ports"])
            .iter()
            .map(|port| (port.int_at(&["port"]).unwrap_or_default(), port.str_at(&["protocol"]).to_owned()))
            .collect(),
        _ => {
            let path: &[&str] = if info.resource == Resource::PODS { &["spec"] } else { &["spec", "template", "spec"] };
            let spec = info.object.at(path).unwrap_or(&Value::Null);
            spec.items_at(&["containers"])
                .iter()
                .flat_map(|container| container.items_at(&["ports"]))
                .map(|port| {
                    (port.int_at(&["containerPort"]).unwrap_or_default(), port.str_at(&["protocol"]).to_owned())
                })
                .collect()
        }
    };
    let wanted: Vec<i64> = match args.text("port") {
        "" => own.iter().map(|(port, _)| *port).collect(),
        text => text
            .split(',')
            .map(|port| {
                port.parse().map_err(|_| Failure::Plain(format!("strconv.Atoi: parsing \"{port}\": invalid syntax")))
            })
            .collect::<Result<_, _>>()?,
    };
    if wanted.is_empty() {
        return Err(Failure::plain("couldn't find port via --port flag or introspection"));
    }
    let several = wanted.len() > 1;
    let ports = wanted.iter().enumerate().map(|(index, port)| {
        let protocol = match args.text("protocol") {
            "" => own.iter().find(|(known, _)| known == port).map_or("TCP", |(_, protocol)| protocol.as_str()),
            protocol => protocol,
        };
        let target: Value = match args.text("target-port") {
            "" => Value::Int(*port),
            text => text.parse::<i64>().map_or_else(|_| text.into(), Value::Int),
        };
        let mut spec = tree!({ "port": *port, "protocol": protocol, "targetPort": target });
        if several {
            spec.set(&["name"], format!("port-{}", index + 1));
        }
        spec
    });
    Ok(ports.collect())
}

// Models AutoscaleOptions.createHorizontalPodAutoscalerV2
pub(super) async fn autoscale(kubectl: &Kubectl) -> Done {
    let args = &kubectl.args;
    let most = args.integer("max").unwrap_or(-1);
    args.require("max")?;
    let least = args.integer("min").unwrap_or(-1);
    if most < 1 {
        return Err(Failure::Plain(format!("--max=MAXPODS is required and must be at least 1, max: {most}")));
    }
    if most < least {
        return Err(Failure::Plain(format!(
            "--max=MAXPODS must be larger or equal to --min=MINPODS, max: {most}, min: {least}"
        )));
    }
    if args.value("cpu-percent").is_some() {
        kubectl.client.warnln(
            "Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format (e.g., '70%' \
             for utilization or '500m' for milliCPU).",
        );
    }
    let dry_run = kubectl.dry_run()?;
    for info in subjects(kubectl).await? {
        let scalable = info.resource.info().subresources.contains(&"scale");
        if !scalable {
            return Err(Failure::Plain(format!(
                "cannot autoscale a {}: could not find scale subresource for {} in discovery information",
                info.resource.kind(),
                builder::gvr(kubectl, info.resource)
            )));
        }
        let name = if args.text("name").is_empty() { info.name.as_str() } else { args.text("name") };
        let mut spec = tree!({
            "maxReplicas": most,
            "scaleTargetRef": {
                "apiVersion": info.object.str_at(&["apiVersion"]),
                "kind": info.resource.kind(),
                "name": info.name.as_str(),
            },
        });
        if least > 0 {
            spec.set(&["minReplicas"], least);
        }
        let metrics: Vec<Value> =
            [("cpu", args.value("cpu").or(args.value("cpu-percent"))), ("memory", args.value("memory"))]
                .into_iter()
                .filter_map(|(resource, target)| Some((resource, target?)))
                .map(|(resource, target)| metric(resource, target))
                .collect();
        if !metrics.is_empty() {
            spec.set(&["metrics"], Value::list(metrics));
        }
        let autoscaler = tree!({
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": { "name": name },
            "spec": spec,
            "status": { "currentMetrics": null, "desiredReplicas": 0 },
        });
        let done = if dry_run == DryRun::Client { "created" } else { "autoscaled" };
        make(kubectl, Resource::HORIZONTAL_POD_AUTOSCALERS, autoscaler, "kubectl-autoscale", done, dry_run).await?;
    }
    Ok(())
}

fn metric(resource: &str, target: &str) -> Value {
    let percent = target
        .trim_end_matches('%')
        .parse::<i64>()
        .ok()
        .filter(|_| target.ends_with('%') || resource == "cpu" && !target.ends_with('m'));
    let target = match percent {
        Some(percent) => tree!({ "type": "Utilization", "averageUtilization": percent }),
        None => tree!({ "type": "AverageValue", "averageValue": target }),
    };
    tree!({ "type": "Resource", "resource": { "name": resource, "target": target } })
}

/// The first object of a line, for commands about one.
pub(super) async fn one(kubectl: &Kubectl, words: &[String], default: Resource) -> Result<Info, Failure> {
    let (resource, name) = match words {
        [name] if !name.contains('/') => (default, name.clone()),
        words => match builder::read_words(kubectl, &kubectl.verb, words)? {
            builder::Words::Names(names) => match names.into_iter().next() {
                Some(first) => first,
                None => return Err(Failure::plain("no resources found")),
            },
            builder::Words::Types(_) => return Err(Failure::plain("no resources found")),
        },
    };
    let object = kubectl.client.get(&kubectl.key(resource, &name)).await?;
    Ok(builder::info(resource, object, ""))
}
