//! Ingresses that the AWS Load Balancer Controller cares for: each has an Application Load Balancer,
//! with a rule for every path and a target group for every Service behind it.
// Models kubernetes-sigs/aws-load-balancer-controller pkg/ingress (model_builder.go,
// model_build_load_balancer.go, model_build_listener_rules.go, model_build_target_group.go)

use super::balancer::{Maker, Site, sdk_words};
use crate::aws::api::{Caller, Error};
use crate::document::{Value, parse};
use crate::kube::Outcome;
use crate::kube::api::{Key, Object, Request, Resource, Verb, meta};
use crate::kube::why::Why;
use crate::sim::{SimTime, secs, stable_hash};
use crate::tree;
use crate::world::{Origin, World};
use std::rc::Rc;

/// The controller's finalizer on an Ingress.
pub(super) const CLEANUP: &str = "ingress.k8s.aws/resources";
/// What an IngressClass of the controller names.
const CONTROLLER: &str = "ingress.k8s.aws/alb";
const CLASS: &str = "kubernetes.io/ingress.class";

pub(super) const SCHEME: &str = "alb.ingress.kubernetes.io/scheme";
pub(super) const TARGETS: &str = "alb.ingress.kubernetes.io/target-type";
const SUBNETS: &str = "alb.ingress.kubernetes.io/subnets";
const PORTS: &str = "alb.ingress.kubernetes.io/listen-ports";
const CERTIFICATE: &str = "alb.ingress.kubernetes.io/certificate-arn";
const CHECK: &str = "alb.ingress.kubernetes.io/healthcheck-path";
const SOURCES: &str = "alb.ingress.kubernetes.io/inbound-cidrs";

const RETRY_FIRST: SimTime = secs(5);
const RETRY_MAX: SimTime = secs(300);

/// What went wrong: while it was thought through, or while it was carried out.
enum Failed {
    Build(String),
    Deploy(String),
}

fn denied(service: &str, action: &str, error: &Error) -> String {
    format!(
        "operation error {service}: {action}, https response error StatusCode: 403, api error {}: {}",
        error.code, error.message
    )
}

/// A way in: a host and a path, and the Service there.
struct Way {
    host: String,
    path: String,
    is_exact: bool,
    backend: Value,
}

/// The rules of an Ingress in the order in which they are asked: exact paths, then longer ones.
fn ways(ingress: &Value) -> Vec<Way> {
    let mut all = Vec::new();
    for rule in ingress.items_at(&["spec", "rules"]) {
        for path in rule.items_at(&["http", "paths"]) {
            all.push(Way {
                host: rule.str_at(&["host"]).to_owned(),
                path: path.str_at(&["path"]).to_owned(),
                is_exact: path.str_at(&["pathType"]) == "Exact",
                backend: path.at(&["backend", "service"]).cloned().unwrap_or_default(),
            });
        }
    }
    all.sort_by_key(|way| (!way.is_exact, std::cmp::Reverse(way.path.len())));
    all
}

impl Way {
    // Models model_build_listener_rules.go buildPathPatterns
    fn conditions(&self) -> Value {
        let mut conditions = Vec::new();
        if !self.host.is_empty() {
            conditions
                .push(tree!({ "Field": "host-header", "HostHeaderConfig": { "Values": [(self.host.as_str())] } }));
        }
        let bare = self.path.trim_end_matches('/');
        let patterns: Vec<String> = match (self.is_exact, bare) {
            (true, _) => vec![self.path.clone()],
            (false, "") => vec!["/*".to_owned()],
            (false, path) => vec![path.to_owned(), format!("{path}/*")],
        };
        let values = Value::list(patterns.into_iter().map(Value::from));
        conditions.push(tree!({ "Field": "path-pattern", "PathPatternConfig": { "Values": values } }));
        Value::list(conditions)
    }
}

/// An answer that the load balancer gives by itself.
fn fixed(status: &str, text: &str) -> Value {
    tree!([{
        "Type": "fixed-response",
        "FixedResponseConfig": { "StatusCode": status, "ContentType": "text/plain", "MessageBody": text },
    }])
}

/// Whether an Ingress is, or was, the controller's.
pub(super) fn is_its(ingress: &Object, class: Option<&Object>) -> bool {
    let is_held = ingress.items_at(&["metadata", "finalizers"]).iter().any(|it| it.as_str() == Some(CLEANUP));
    is_held
        || meta::annotation(ingress, CLASS) == Some("alb")
        || class.is_some_and(|class| class.str_at(&["spec", "controller"]) == CONTROLLER)
}

impl World {
    /// Looks at an Ingress.
    pub(super) fn balance_ingress(&mut self, server: &Rc<str>, key: &Key) {
        let Some(ingress) = self.object(server, key) else { return };
        let Some(Origin::Eks(cluster)) = self.sites.get(server).map(|site| site.origin.clone()) else { return };
        let name = ingress.str_at(&["spec", "ingressClassName"]).to_owned();
        let class = self.object(server, &Key::new(Resource::INGRESS_CLASSES, "", name.as_str()));
        // Without the controller nobody feels spoken to.
        let pod = self.pod_labelled(server, "app.kubernetes.io/name", "aws-load-balancer-controller");
        let Some(pod) = pod.filter(|_| name == "alb" || is_its(&ingress, class.as_deref())) else { return };
        let value = self.cloud.get(&cluster).cloned().unwrap_or_default();
        let vpc: Rc<str> = value.str_at(&["resourcesVpcConfig", "vpcId"]).into();
        let caller = self.credentials(server, &pod);
        let signed = caller.as_ref().map_or(Caller::Anonymous, |key| Caller::Keys { access_key_id: key.clone() });
        let site = Site { server, cluster, vpc, caller: signed, maker: Maker::Application, service: ingress };
        if name == "alb" && class.is_none() && !meta::is_deleting(&site.service) {
            let text = "invalid ingress class: IngressClass.networking.k8s.io \"alb\" not found";
            return self.ingress_failed(&site, "FailedLoadGroupID", text.to_owned());
        }
        let done = match caller {
            Err(refusal) => {
                let words = sdk_words(&refusal);
                let text = format!("couldn't auto-discover subnets: operation error EC2: DescribeSubnets, {words}");
                Err(Failed::Build(text))
            }
            Ok(_) if meta::is_deleting(&site.service) => self.take_ingress_down(&site).map_err(Failed::Deploy),
            Ok(_) => self.ensure_ingress(&site),
        };
        match done {
            Ok(()) => self.bridge.forget_failures(server, key),
            Err(Failed::Build(text)) => {
                self.ingress_failed(&site, "FailedBuildModel", format!("Failed build model due to {text}"));
            }
            Err(Failed::Deploy(text)) => {
                self.ingress_failed(&site, "FailedDeployModel", format!("Failed deploy model due to {text}"));
            }
        }
    }

    fn ingress_failed(&mut self, site: &Site<'_>, reason: &'static str, message: String) {
        let mut outcome = Outcome::settled();
        outcome.event(&site.service, "Warning", reason, message.clone());
        let Some(key) = meta::key(&site.service) else { return };
        outcome.decisions.push((key.clone(), Why::CloudSays { message }));
        self.carry(site.server, site.actor(), &site.user(), outcome);
        let wait = self.bridge.failed(site.server, &key, RETRY_FIRST, RETRY_MAX);
        self.look_soon(site.server, &key, wait);
    }

    /// The load balancer is there as the Ingress wants it, and the Ingress knows its name.
    fn ensure_ingress(&mut self, site: &Site<'_>) -> Result<(), Failed> {
        let name = site.name();
        let arn = match self.balancer_named(&site.cluster, &name) {
            Some((arn, _)) => arn,
            None => self.make_application(site, &name)?,
        };
        self.open_node_ports(site);
        let ways = ways(&site.service);
        let mut wanted = Vec::new();
        for way in &ways {
            wanted.push((way.conditions(), self.action_for(site, &way.backend)?));
        }
        let default = match site.service.at(&["spec", "defaultBackend", "service"]).cloned() {
            Some(backend) => self.action_for(site, &backend)?,
            None => fixed("404", ""),
        };
        for (protocol, port) in listen_ports(&site.service) {
            self.set_listener(site, &arn, (protocol.as_str(), port), &default, &wanted)?;
        }
        self.drop_unused_targets(site, &arn)?;
        self.tell_ingress(site, &name);
        Ok(())
    }

    /// What is done with a request to a backend: forwarded to its target group, which then is there
    /// with its targets.
    fn action_for(&mut self, site: &Site<'_>, backend: &Value) -> Result<Value, Failed> {
        let ingress = format!("{}/{}", meta::namespace(&site.service), meta::name(&site.service));
        let key = Key::new(Resource::SERVICES, meta::namespace(&site.service), backend.str_at(&["name"]));
        let Some(service) = self.object(site.server, &key) else {
            return Ok(fixed("503", "Backend service does not exist"));
        };
        let number = backend.int_at(&["port", "number"]);
        let by_name = backend.str_at(&["port", "name"]);
        let mut ports = service.items_at(&["spec", "ports"]).iter();
        let found = ports.find(|port| match number {
            Some(number) => port.int_at(&["port"]) == Some(number),
            None => port.str_at(&["name"]) == by_name,
        });
        let Some(port) = found.cloned() else { return Ok(fixed("503", "Backend service does not exist")) };
        let (kind, at) = if site.wants_addresses() {
            ("ip", port.int_at(&["targetPort"]).or(port.int_at(&["port"])).unwrap_or_default())
        } else {
            ("instance", port.int_at(&["nodePort"]).unwrap_or_default())
        };
        if at == 0 {
            return Err(Failed::Build(format!(
                "ingress: {ingress}: TargetGroup port is empty. When using Instance targets, your service must be of type 'NodePort' or 'LoadBalancer'"
            )));
        }
        let hash = stable_hash(
            11,
            &[
                meta::uid(&site.service),
                meta::uid(&service),
                &port.int_at(&["port"]).unwrap_or_default().to_string(),
                kind,
            ],
        );
        let hash = format!("{hash:016x}");
        let name = format!("k8s-{:.8}-{:.8}-{hash:.10}", meta::namespace(&service), meta::name(&service));
        let params = tree!({ "Names": [(name.as_str())] });
        let known = self.ask_aws(site, "elbv2", "DescribeTargetGroups", params);
        let arn = |answer: &Value| -> Rc<str> {
            answer.items_at(&["TargetGroups"]).first().map_or("", |it| it.str_at(&["TargetGroupArn"])).into()
        };
        let group = match known {
            Ok(found) => arn(&found),
            Err(error) if error.code.contains("NotFound") => {
                let params = tree!({
                    "Name": name, "Protocol": "HTTP", "Port": at, "VpcId": &site.vpc, "TargetType": kind,
                    "HealthCheckPath": meta::annotation(&site.service, CHECK).unwrap_or("/"),
                    "HealthCheckIntervalSeconds": 15, "HealthyThresholdCount": 2, "UnhealthyThresholdCount": 2,
                    "Tags": [
                        { "Key": "elbv2.k8s.aws/cluster", "Value": &site.cluster.id },
                        { "Key": "ingress.k8s.aws/stack", "Value": ingress.as_str() },
                    ],
                });
                let made = self.ask_aws(site, "elbv2", "CreateTargetGroup", params);
                arn(&made.map_err(|error| {
                    Failed::Deploy(denied("Elastic Load Balancing v2", "CreateTargetGroup", &error))
                })?)
            }
            Err(error) => {
                return Err(Failed::Deploy(denied("Elastic Load Balancing v2", "DescribeTargetGroups", &error)));
            }
        };
        let behind = Site {
            caller: site.caller.clone(),
            cluster: site.cluster.clone(),
            vpc: site.vpc.clone(),
            service,
            ..*site
        };
        let targets = if site.wants_addresses() { self.ready_addresses(&behind) } else { self.node_instances(&behind) };
        self.set_group_targets(site, &group, &targets)
            .map_err(|error| Failed::Deploy(denied("Elastic Load Balancing v2", "RegisterTargets", &error)))?;
        Ok(tree!([{ "Type": "forward", "TargetGroupArn": &group }]))
    }

    /// Makes the load balancer: subnets, a security group, the nodes' rule for it. Returns its ARN.
    fn make_application(&mut self, site: &Site<'_>, name: &str) -> Result<Rc<str>, Failed> {
        let given = meta::annotation(&site.service, SUBNETS).unwrap_or_default();
        let subnets: Vec<Rc<str>> = if given.is_empty() {
            self.subnets_for(site).map_err(Failed::Build)?
        } else {
            given.split(',').map(|id| id.trim().into()).collect()
        };
        if subnets.len() < 2 {
            let found = subnets.len();
            return Err(Failed::Build(format!(
                "couldn't auto-discover subnets: subnet count less than minimal required count, {found} < 2"
            )));
        }
        let mut outcome = Outcome::settled();
        super::balancer::add_finalizer(&mut outcome, site);
        self.carry(site.server, site.actor(), &site.user(), outcome);
        let sources = meta::annotation(&site.service, SOURCES).unwrap_or("0.0.0.0/0");
        let ports: Vec<i64> = listen_ports(&site.service).into_iter().map(|(_, port)| port).collect();
        let words = |action: &'static str| move |error: Error| Failed::Deploy(denied("EC2", action, &error));
        let group = self.make_group(site, name, "", &ports, sources).map_err(words("CreateSecurityGroup"))?;
        self.let_into_nodes(site, Some(&group));
        let ingress = format!("{}/{}", meta::namespace(&site.service), meta::name(&site.service));
        let params = tree!({
            "Name": name, "Type": "application", "Scheme": if site.is_internal() { "internal" } else { "internet-facing" },
            "Subnets": (Value::list(subnets.iter().map(Value::from))), "SecurityGroups": [(&group)],
            "Tags": [
                { "Key": "elbv2.k8s.aws/cluster", "Value": &site.cluster.id },
                { "Key": "ingress.k8s.aws/resource", "Value": "LoadBalancer" },
                { "Key": "ingress.k8s.aws/stack", "Value": ingress },
            ],
        });
        let made = self.ask_aws(site, "elbv2", "CreateLoadBalancer", params);
        let made = made.map_err(|error| {
            // What was made for it goes again, until it is tried anew.
            self.drop_groups(site, &[Value::from(&group)]);
            Failed::Deploy(denied("Elastic Load Balancing v2", "CreateLoadBalancer", &error))
        })?;
        Ok(made.items_at(&["LoadBalancers"]).first().map_or("", |it| it.str_at(&["LoadBalancerArn"])).into())
    }

    /// A listener with the default action and the rules, in their order.
    fn set_listener(
        &mut self,
        site: &Site<'_>,
        balancer: &Rc<str>,
        (protocol, port): (&str, i64),
        default: &Value,
        wanted: &[(Value, Value)],
    ) -> Result<(), Failed> {
        let words = |action: &'static str| {
            move |error: Error| Failed::Deploy(denied("Elastic Load Balancing v2", action, &error))
        };
        let params = tree!({ "LoadBalancerArn": balancer });
        let known = self.ask_aws(site, "elbv2", "DescribeListeners", params).map_err(words("DescribeListeners"))?;
        let found = known.items_at(&["Listeners"]).iter().find(|it| it.int_at(&["Port"]) == Some(port)).cloned();
        let listener = match found {
            Some(found) => {
                if found.get("DefaultActions") != Some(default) {
                    let params = tree!({ "ListenerArn": found.get("ListenerArn"), "DefaultActions": default });
                    self.ask_aws(site, "elbv2", "ModifyListener", params).map_err(words("ModifyListener"))?;
                }
                found
            }
            None => {
                let mut params = tree!({
                    "LoadBalancerArn": balancer, "Protocol": protocol, "Port": port, "DefaultActions": default,
                });
                if let Some(arn) = meta::annotation(&site.service, CERTIFICATE).filter(|_| protocol == "HTTPS") {
                    params.set(&["Certificates"], Value::list([tree!({ "CertificateArn": arn })]));
                }
                let made = self.ask_aws(site, "elbv2", "CreateListener", params).map_err(words("CreateListener"))?;
                made.items_at(&["Listeners"]).first().cloned().unwrap_or_default()
            }
        };
        let arn = listener.get("ListenerArn");
        let rules = self
            .ask_aws(site, "elbv2", "DescribeRules", tree!({ "ListenerArn": arn }))
            .map_err(words("DescribeRules"))?;
        let mut has: Vec<&Value> =
            rules.items_at(&["Rules"]).iter().filter(|it| !it.is_true_at(&["IsDefault"])).collect();
        has.sort_by_key(|it| it.str_at(&["Priority"]).parse::<i64>().unwrap_or_default());
        let is_same = has.len() == wanted.len()
            && has.iter().zip(wanted).all(|(rule, (conditions, actions))| {
                rule.get("Conditions") == Some(conditions) && rule.get("Actions") == Some(actions)
            });
        if is_same {
            return Ok(());
        }
        for rule in has {
            let params = tree!({ "RuleArn": rule.get("RuleArn") });
            self.ask_aws(site, "elbv2", "DeleteRule", params).map_err(words("DeleteRule"))?;
        }
        for (index, (conditions, actions)) in wanted.iter().enumerate() {
            let priority = i64::try_from(index + 1).unwrap_or(i64::MAX);
            let params =
                tree!({ "ListenerArn": arn, "Priority": priority, "Conditions": conditions, "Actions": actions });
            self.ask_aws(site, "elbv2", "CreateRule", params).map_err(words("CreateRule"))?;
        }
        Ok(())
    }

    /// Target groups of this Ingress that nothing forwards to any more.
    fn drop_unused_targets(&mut self, site: &Site<'_>, balancer: &Rc<str>) -> Result<(), Failed> {
        let words = |error: Error| Failed::Deploy(denied("Elastic Load Balancing v2", "DeleteTargetGroup", &error));
        let params = tree!({ "LoadBalancerArn": balancer });
        let groups = self.ask_aws(site, "elbv2", "DescribeTargetGroups", params).map_err(words)?;
        for group in groups.items_at(&["TargetGroups"]) {
            let done = self.ask_aws(
                site,
                "elbv2",
                "DeleteTargetGroup",
                tree!({ "TargetGroupArn": group.get("TargetGroupArn") }),
            );
            match done {
                Err(error) if &*error.code != "ResourceInUse" => return Err(words(error)),
                _ => {}
            }
        }
        Ok(())
    }

    /// The Ingress learns its load balancer's name.
    fn tell_ingress(&mut self, site: &Site<'_>, name: &str) {
        let Some((_, balancer)) = self.balancer_named(&site.cluster, name) else { return };
        let host = balancer.str_at(&["DNSName"]).to_owned();
        let Some(key) = meta::key(&site.service) else { return };
        let Some(current) = self.object(site.server, &key) else { return };
        let shown = current.items_at(&["status", "loadBalancer", "ingress"]);
        if shown.first().map(|it| it.str_at(&["hostname"])) == Some(&host) {
            return;
        }
        let mut body = current.value.clone();
        body.remove(&["metadata", "resourceVersion"]);
        body.set(&["status", "loadBalancer", "ingress"], Value::list([tree!({ "hostname": host.as_str() })]));
        let mut outcome = Outcome::settled();
        let request = Request::new(site.user(), Verb::Update, &key).on("status").with_body(body);
        outcome.request(request, Why::AddressGiven { address: host });
        outcome.event(&site.service, "Normal", "SuccessfullyReconciled", "Successfully reconciled");
        self.carry(site.server, site.actor(), &site.user(), outcome);
    }

    /// The Ingress is going: everything that was made for it goes first.
    fn take_ingress_down(&mut self, site: &Site<'_>) -> Result<(), String> {
        let words = |error: Error| denied("Elastic Load Balancing v2", "DeleteLoadBalancer", &error);
        if let Some((arn, balancer)) = self.balancer_named(&site.cluster, &site.name()) {
            let params = tree!({ "LoadBalancerArn": &arn });
            let behind = self.ask_aws(site, "elbv2", "DescribeTargetGroups", params.clone()).map_err(words)?;
            self.ask_aws(site, "elbv2", "DeleteLoadBalancer", params).map_err(words)?;
            for group in behind.items_at(&["TargetGroups"]) {
                let params = tree!({ "TargetGroupArn": group.get("TargetGroupArn") });
                self.ask_aws(site, "elbv2", "DeleteTargetGroup", params).map_err(words)?;
            }
            self.drop_groups(site, balancer.items_at(&["SecurityGroups"]));
        }
        let Some(key) = meta::key(&site.service) else { return Ok(()) };
        let finalizers = site.service.items_at(&["metadata", "finalizers"]).iter();
        let left: Vec<Value> = finalizers.filter(|it| it.as_str() != Some(CLEANUP)).cloned().collect();
        let mut body = site.service.value.clone();
        body.remove(&["metadata", "resourceVersion"]);
        body.set(&["metadata", "finalizers"], Value::list(left));
        let mut outcome = Outcome::settled();
        outcome.request(Request::new(site.user(), Verb::Update, &key).with_body(body), Why::NotInUse);
        self.carry(site.server, site.actor(), &site.user(), outcome);
        Ok(())
    }
}

/// The ports to listen at: `[{"HTTP": 80}]`, or 443 where there is a certificate.
fn listen_ports(ingress: &Object) -> Vec<(String, i64)> {
    let read = meta::annotation(ingress, PORTS).and_then(|text| Some(parse(text).documents.first()?.root.to_value()));
    let rows = read.as_ref().map(Value::items).unwrap_or_default();
    let listed: Vec<(String, i64)> = rows
        .iter()
        .flat_map(Value::entries)
        .filter_map(|(protocol, port)| Some((protocol.to_string(), port.as_int()?)))
        .collect();
    match (listed.is_empty(), meta::annotation(ingress, CERTIFICATE).is_some()) {
        (false, _) => listed,
        (true, true) => vec![("HTTPS".to_owned(), 443)],
        (true, false) => vec![("HTTP".to_owned(), 80)],
    }
}
