//! What a container is given: its environment, and the volumes that are mounted into it.
// Models pkg/kubelet/kubelet_pods.go makeEnvironmentVariables, makeMounts; pkg/volume

use crate::document::Value;
use crate::document::base64;
use crate::kube::Snapshot;
use crate::kube::api::{Key, Quantity, Resource, meta};
use crate::kube::kubelet::Machine;
use crate::kube::program::files::{Files, Mount};
use crate::kube::program::{Facts, Id, Runtime};
use crate::tree;
use rpds::RedBlackTreeMap;
use std::rc::Rc;

/// Where a Pod's own token is mounted.
const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// What a container is made from.
pub(super) struct Making<'a> {
    pub seen: &'a Snapshot<'a>,
    pub pod: &'a Value,
    pub spec: &'a Value,
    pub machine: &'a Machine,
    pub address: &'a str,
}

impl Making<'_> {
    fn namespace(&self) -> &str {
        meta::namespace(self.pod)
    }

    /// Everything a container is started with.
    ///
    /// # Errors
    /// What is missing, as `CreateContainerConfigError` says it.
    pub fn facts(&self) -> Result<Facts, String> {
        let uid = meta::uid(self.pod);
        let env = self.env()?;
        let expanded = |field: &str| -> Vec<Rc<str>> {
            let words = self.spec.items_at(&[field]).iter().filter_map(Value::as_str);
            words.map(|word| expand(word, &env).into()).collect()
        };
        let hostname = hostname(self.pod, &self.machine.name);
        let limit = |name: &str| self.spec.at(&["resources", "limits", name]).map(Quantity::of);
        let places = [self.spec, self.pod.at(&["spec"]).unwrap_or(&Value::Null)];
        let user = places.iter().find_map(|place| place.int_at(&["securityContext", "runAsUser"]));
        let group = places.iter().find_map(|place| place.int_at(&["securityContext", "runAsGroup"]));
        let volume_group = self.pod.int_at(&["spec", "securityContext", "fsGroup"]);
        let more =
            self.pod.items_at(&["spec", "securityContext", "supplementalGroups"]).iter().filter_map(Value::as_int);
        let (command, args) = (expanded("command"), expanded("args"));
        Ok(Facts {
            id: Id { pod: uid.into(), container: self.spec.str_at(&["name"]).into() },
            pod: Key::new(Resource::PODS, self.namespace(), meta::name(self.pod)),
            image: self.spec.str_at(&["image"]).into(),
            command,
            args,
            directory: self.spec.str_at(&["workingDir"]).into(),
            env,
            mounts: self.mounts(),
            hostname: hostname.into(),
            address: self.address.into(),
            node: self.machine.name.clone(),
            declared_ports: declared_ports(self.spec),
            memory_limit: limit("memory").map(|limit| limit.value()),
            cpu_limit: limit("cpu").map(|limit| i64::try_from(limit.milli()).unwrap_or(i64::MAX)),
            user: user.unwrap_or_default(),
            group: group.unwrap_or_default(),
            groups: volume_group.into_iter().chain(more).collect(),
            volume_group: volume_group.unwrap_or_default(),
            holds_stdin: self.spec.is_true_at(&["stdin"]),
            sees: match self.spec.str_at(&["targetContainerName"]) {
                "" => self.pod.is_true_at(&["spec", "shareProcessNamespace"]).then(|| "".into()),
                target => Some(target.into()),
            },
            read_only_root: self.spec.is_true_at(&["securityContext", "readOnlyRootFilesystem"]),
            resolver: resolver(self.seen, self.pod).into(),
        })
    }

    fn env(&self) -> Result<Vec<(Rc<str>, Rc<str>)>, String> {
        let mut env: Vec<(Rc<str>, Rc<str>)> = vec![
            ("PATH".into(), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".into()),
            ("HOSTNAME".into(), hostname(self.pod, &self.machine.name).into()),
            ("HOME".into(), "/root".into()),
        ];
        self.service_variables(&mut env);
        for source in self.spec.items_at(&["envFrom"]) {
            let prefix = source.str_at(&["prefix"]);
            for (field, resource) in [("configMapRef", Resource::CONFIG_MAPS), ("secretRef", Resource::SECRETS)] {
                let Some(reference) = source.at(&[field]) else { continue };
                let name = reference.str_at(&["name"]);
                match self.object(resource, name) {
                    Some(object) => {
                        for (key, text) in texts(object) {
                            set(&mut env, &format!("{prefix}{key}"), &text);
                        }
                    }
                    None if reference.is_true_at(&["optional"]) => {}
                    None => return Err(format!("{} \"{name}\" not found", resource.info().singular)),
                }
            }
        }
        for variable in self.spec.items_at(&["env"]) {
            let name = variable.str_at(&["name"]);
            if let Some(from) = variable.at(&["valueFrom"]) {
                if let Some(value) = self.value_from(from)? {
                    set(&mut env, name, &value);
                }
            } else {
                let value = expand(variable.str_at(&["value"]), &env);
                set(&mut env, name, &value);
            }
        }
        Ok(env)
    }

    /// The variables of the Services in the Pod's namespace, and of the API server.
    // Models pkg/kubelet/envvars/envvars.go FromServices
    fn service_variables(&self, env: &mut Vec<(Rc<str>, Rc<str>)>) {
        let links = self.pod.at(&["spec", "enableServiceLinks"]).and_then(Value::as_bool).unwrap_or(true);
        let api = self.seen.get(&Key::new(Resource::SERVICES, "default", "kubernetes"));
        let own = self.seen.list(Resource::SERVICES, self.namespace()).filter(|_| links);
        let own = own.filter(|service| meta::name(service) != "kubernetes");
        for service in api.into_iter().chain(own) {
            let address = service.str_at(&["spec", "clusterIP"]);
            let Some(port) = service.items_at(&["spec", "ports"]).first().and_then(|port| port.int_at(&["port"]))
            else {
                continue;
            };
            if address.is_empty() || address == "None" {
                continue;
            }
            let name = meta::name(service).to_uppercase().replace('-', "_");
            set(env, &format!("{name}_SERVICE_HOST"), address);
            set(env, &format!("{name}_SERVICE_PORT"), &port.to_string());
            set(env, &format!("{name}_PORT"), &format!("tcp://{address}:{port}"));
        }
    }

    fn object(&self, resource: Resource, name: &str) -> Option<&Value> {
        self.seen.get(&Key::new(resource, self.namespace(), name)).map(|object| &object.value)
    }

    fn value_from(&self, from: &Value) -> Result<Option<String>, String> {
        if let Some(field) = from.at(&["fieldRef"]) {
            return Ok(Some(self.field(field.str_at(&["fieldPath"]))));
        }
        if let Some(field) = from.at(&["resourceFieldRef"]) {
            return Ok(Some(self.resource_field(field)));
        }
        for (field, resource, word) in
            [("configMapKeyRef", Resource::CONFIG_MAPS, "ConfigMap"), ("secretKeyRef", Resource::SECRETS, "Secret")]
        {
            let Some(reference) = from.at(&[field]) else { continue };
            let (name, key) = (reference.str_at(&["name"]), reference.str_at(&["key"]));
            let optional = reference.is_true_at(&["optional"]);
            let Some(object) = self.object(resource, name) else {
                if optional {
                    return Ok(None);
                }
                return Err(format!("{} \"{name}\" not found", resource.info().singular));
            };
            let found = texts(object).find(|(known, _)| &**known == key).map(|(_, text)| text);
            if found.is_none() && !optional {
                return Err(format!("couldn't find key {key} in {word} {}/{name}", self.namespace()));
            }
            return Ok(found);
        }
        Ok(None)
    }

    /// A field of the Pod, as the downward API gives it.
    fn field(&self, path: &str) -> String {
        match path {
            "status.podIP" | "status.podIPs" => return self.address.to_owned(),
            "status.hostIP" | "status.hostIPs" => return self.machine.address.to_string(),
            "metadata.labels" | "metadata.annotations" => {
                let field = path.rsplit('.').next().unwrap_or_default();
                let all = self.pod.at(&["metadata", field]).into_iter().flat_map(Value::entries);
                let lines: Vec<String> =
                    all.map(|(name, value)| format!("{name}={}", quoted(value.as_str().unwrap_or_default()))).collect();
                return lines.join("\n");
            }
            _ => {}
        }
        if let Some((field, key)) = path.strip_suffix("']").and_then(|path| path.split_once("['")) {
            let field = field.rsplit('.').next().unwrap_or_default();
            return self.pod.str_at(&["metadata", field, key]).to_owned();
        }
        let path: Vec<&str> = path.split('.').collect();
        self.pod.str_at(&path).to_owned()
    }

    fn resource_field(&self, field: &Value) -> String {
        let name = field.str_at(&["containerName"]);
        let containers = self.pod.items_at(&["spec", "containers"]);
        let spec = containers.iter().find(|spec| spec.str_at(&["name"]) == name).unwrap_or(self.spec);
        let resource = field.str_at(&["resource"]);
        let (kind, what) = resource.split_once('.').unwrap_or((resource, ""));
        // Without a limit it is what the node has.
        let machine = Value::text(if what == "cpu" { self.machine.cpu.clone() } else { self.machine.memory.clone() });
        let amount = Quantity::of(spec.at(&["resources", kind, what]).unwrap_or(&machine));
        let divisor = field.at(&["divisor"]).map(Quantity::of).filter(|divisor| !divisor.is_zero());
        let divisor = divisor.unwrap_or_else(|| Quantity::whole(1)).milli().max(1);
        let amount = amount.milli();
        ((amount + divisor - 1) / divisor).to_string()
    }

    fn mounts(&self) -> Vec<Mount> {
        let volumes = self.pod.items_at(&["spec", "volumes"]);
        let mut mounts = Vec::new();
        for mount in self.spec.items_at(&["volumeMounts"]) {
            let name = mount.str_at(&["name"]);
            let Some(volume) = volumes.iter().find(|volume| volume.str_at(&["name"]) == name) else { continue };
            let sub_path = match mount.str_at(&["subPath"]) {
                "" => mount.str_at(&["subPathExpr"]),
                path => path,
            };
            mounts.push(Mount {
                path: mount.str_at(&["mountPath"]).trim_end_matches('/').into(),
                disk: disk_of(self.seen, self.pod, volume, &self.machine.name).into(),
                sub_path: sub_path.trim_matches('/').into(),
                read_only: mount.is_true_at(&["readOnly"]) || is_projected(volume),
                in_memory: volume.str_at(&["emptyDir", "medium"]) == "Memory",
            });
        }
        if self.pod.at(&["spec", "automountServiceAccountToken"]).and_then(Value::as_bool) != Some(false)
            && !mounts.iter().any(|mount| &*mount.path == TOKEN_PATH)
        {
            let disk = format!("token/{}", meta::uid(self.pod));
            mounts.push(Mount {
                path: TOKEN_PATH.into(),
                disk: disk.into(),
                sub_path: "".into(),
                read_only: true,
                in_memory: false,
            });
        }
        mounts
    }

    /// Prepares the volumes: fills those whose content comes from the API.
    ///
    /// # Errors
    /// The volume's name and what is missing.
    pub fn prepare(&self, runtime: &mut Runtime) -> Result<(), (String, String)> {
        for volume in self.pod.items_at(&["spec", "volumes"]) {
            let name = volume.str_at(&["name"]);
            let disk = disk_of(self.seen, self.pod, volume, &self.machine.name);
            if is_projected(volume) {
                let files = self.content(volume).map_err(|message| (name.to_owned(), message))?;
                runtime.set_disk(&disk, files);
            } else if runtime.disks.get(disk.as_str()).is_none() {
                runtime.set_disk(&disk, Files::default());
            }
        }
        let account = self.pod.str_at(&["spec", "serviceAccountName"]);
        let mut token = Files::default();
        token.insert_mut("namespace".into(), self.namespace().into());
        token.insert_mut("token".into(), format!("drydock.{}.{account}", self.namespace()).into());
        token.insert_mut("ca.crt".into(), "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".into());
        runtime.set_disk(&format!("token/{}", meta::uid(self.pod)), token);
        Ok(())
    }

    /// A token of the Pod's service account for an audience: a JWT that says who it is.
    fn token(&self, audience: &str) -> String {
        let account = self.pod.str_at(&["spec", "serviceAccountName"]);
        let issuer = self.seen.settings.identity.as_ref().map_or("https://kubernetes.default.svc", |it| &it.issuer);
        let subject = format!("system:serviceaccount:{}:{account}", self.namespace());
        let part = |value: &Value| {
            let text = base64::encode(value.to_string().as_bytes());
            text.replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned()
        };
        let header = tree!({ "alg": "RS256", "kid": "drydock" });
        let claims = tree!({ "aud": [audience], "iss": issuer, "sub": subject.as_str() });
        let signature = format!("{:x}", crate::sim::stable_hash(3, &[issuer, &subject, audience]));
        format!("{}.{}.{signature}", part(&header), part(&claims))
    }

    /// The files of a volume whose content comes from the API.
    fn content(&self, volume: &Value) -> Result<Files, String> {
        let mut files = RedBlackTreeMap::new();
        let sources = volume.items_at(&["projected", "sources"]);
        for source in sources.iter().chain((sources.is_empty()).then_some(volume)) {
            let map = source.at(&["configMap"]).map(|map| (Resource::CONFIG_MAPS, map, map.str_at(&["name"])));
            let secret = source.at(&["secret"]).map(|secret| {
                let name = secret.str_at(&["secretName"]);
                (Resource::SECRETS, secret, if name.is_empty() { secret.str_at(&["name"]) } else { name })
            });
            for (resource, reference, name) in map.into_iter().chain(secret) {
                let optional = reference.is_true_at(&["optional"]);
                let Some(object) = self.object(resource, name) else {
                    if optional {
                        continue;
                    }
                    return Err(format!("{} \"{name}\" not found", resource.info().singular));
                };
                let items = reference.items_at(&["items"]);
                for (key, text) in texts(object).filter(|_| items.is_empty()) {
                    files.insert_mut(key, text.into());
                }
                for item in items {
                    let key = item.str_at(&["key"]);
                    match texts(object).find(|(known, _)| &**known == key) {
                        Some((_, text)) => files.insert_mut(item.str_at(&["path"]).into(), text.into()),
                        None if optional => {}
                        None => {
                            return Err(format!(
                                "references non-existent {} key: {key}",
                                if resource == Resource::SECRETS { "secret" } else { "config" }
                            ));
                        }
                    }
                }
            }
            if let Some(token) = source.at(&["serviceAccountToken"]) {
                files.insert_mut(token.str_at(&["path"]).into(), self.token(token.str_at(&["audience"])).into());
            }
            for item in source.items_at(&["downwardAPI", "items"]) {
                let text = match item.at(&["resourceFieldRef"]) {
                    Some(field) => self.resource_field(field),
                    None => self.field(item.str_at(&["fieldRef", "fieldPath"])),
                };
                files.insert_mut(item.str_at(&["path"]).into(), text.into());
            }
        }
        Ok(files)
    }
}

/// The host name of a Pod: its own, or the node's where it shares the node's network.
fn hostname(pod: &Value, node: &str) -> String {
    match pod.str_at(&["spec", "hostname"]) {
        _ if pod.is_true_at(&["spec", "hostNetwork"]) => node.to_owned(),
        "" => meta::name(pod).to_owned(),
        name => name.to_owned(),
    }
}

/// Whether the volume's content comes from the API, and follows it.
pub(super) fn is_projected(volume: &Value) -> bool {
    ["configMap", "secret", "downwardAPI", "projected"].iter().any(|kind| volume.at(&[kind]).is_some())
}

/// Which disk a volume is.
fn disk_of(seen: &Snapshot<'_>, pod: &Value, volume: &Value, node: &str) -> String {
    let (uid, name) = (meta::uid(pod), volume.str_at(&["name"]));
    if let Some(path) = volume.at(&["hostPath", "path"]).and_then(Value::as_str) {
        return format!("host/{node}{}", path.trim_end_matches('/'));
    }
    let claim = match volume.at(&["ephemeral"]) {
        Some(_) => format!("{}-{name}", meta::name(pod)),
        None => volume.str_at(&["persistentVolumeClaim", "claimName"]).to_owned(),
    };
    if !claim.is_empty() {
        let key = Key::new(Resource::PERSISTENT_VOLUME_CLAIMS, meta::namespace(pod), claim.as_str());
        let volume = seen.get(&key).map(|claim| claim.str_at(&["spec", "volumeName"])).unwrap_or_default();
        return format!("pv/{volume}");
    }
    let kind = if is_projected(volume) { "projected" } else { "empty" };
    format!("{kind}/{uid}/{name}")
}

/// `/etc/resolv.conf` of a Pod.
// Models pkg/kubelet/network/dns/dns.go GetPodDNS
fn resolver(seen: &Snapshot<'_>, pod: &Value) -> String {
    let policy = pod.str_at(&["spec", "dnsPolicy"]);
    let mut servers = Vec::new();
    let mut searches = Vec::new();
    let mut options = Vec::new();
    let is_host = policy == "Default" || (policy == "ClusterFirst" && pod.is_true_at(&["spec", "hostNetwork"]));
    if policy != "None" {
        servers.push(if is_host { "192.168.0.2".to_owned() } else { format!("{}.0.10", seen.settings.service_prefix) });
    }
    if policy != "None" && !is_host {
        let namespace = meta::namespace(pod);
        searches.extend([
            format!("{namespace}.svc.cluster.local"),
            "svc.cluster.local".to_owned(),
            "cluster.local".to_owned(),
        ]);
        options.push("ndots:5".to_owned());
    }
    let texts = |field: &str| {
        pod.items_at(&["spec", "dnsConfig", field])
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    servers.extend(texts("nameservers"));
    searches.extend(texts("searches"));
    for option in pod.items_at(&["spec", "dnsConfig", "options"]) {
        let (name, value) = (option.str_at(&["name"]), option.str_at(&["value"]));
        options.retain(|known: &String| known.split(':').next() != Some(name));
        options.push(if value.is_empty() { name.to_owned() } else { format!("{name}:{value}") });
    }
    let mut text = String::new();
    if !searches.is_empty() {
        text.push_str(&format!("search {}\n", searches.join(" ")));
    }
    for server in servers {
        text.push_str(&format!("nameserver {server}\n"));
    }
    if !options.is_empty() {
        text.push_str(&format!("options {}\n", options.join(" ")));
    }
    text
}

/// The texts of a ConfigMap or a Secret, by key.
fn texts(object: &Value) -> impl Iterator<Item = (Rc<str>, String)> {
    let is_secret = meta::kind(object) == "Secret";
    object.at(&["data"]).into_iter().flat_map(Value::entries).map(move |(key, value)| {
        let text = value.as_str().unwrap_or_default();
        let text = if is_secret {
            base64::decode(text).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
        } else {
            text.to_owned()
        };
        (key.clone(), text)
    })
}

/// A text in quotes, as Go's `%q` writes it.
// Models pkg/fieldpath/fieldpath.go FormatMap
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
    format!("\"{escaped}\"")
}

fn set(env: &mut Vec<(Rc<str>, Rc<str>)>, name: &str, value: &str) {
    match env.iter_mut().find(|(known, _)| &**known == name) {
        Some((_, place)) => *place = value.into(),
        None => env.push((name.into(), value.into())),
    }
}

/// `$(NAME)` becomes the variable's value; `$$` a dollar; what is not known stays as it is.
// Models third_party/forked/golang/expansion/expand.go
fn expand(text: &str, env: &[(Rc<str>, Rc<str>)]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let after = after.get(1..).unwrap_or_default();
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let name = after.strip_prefix('(').and_then(|inside| inside.split_once(')'));
        match name.and_then(|(name, left)| Some((env.iter().find(|(known, _)| &**known == name)?, left))) {
            Some(((_, value), left)) => {
                out.push_str(value);
                rest = left;
            }
            None => {
                out.push('$');
                rest = after;
            }
        }
    }
    out + rest
}

/// The ports that a container says it has.
#[must_use]
pub fn declared_ports(container: &Value) -> Vec<i64> {
    container.items_at(&["ports"]).iter().filter_map(|port| port.int_at(&["containerPort"])).collect()
}
