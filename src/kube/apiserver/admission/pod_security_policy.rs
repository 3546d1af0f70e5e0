//! The Pod Security Standards: what a Pod at level baseline or restricted may not do.
// Models k8s.io/pod-security-admission/policy/check_*.go, versions of v1.36

use crate::document::Value;
use std::collections::BTreeSet;

/// How much is allowed, the most first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Level {
    Privileged,
    Baseline,
    Restricted,
}

impl Level {
    pub(super) fn parse(word: &str) -> Option<Self> {
        [Self::Privileged, Self::Baseline, Self::Restricted].into_iter().find(|level| level.name() == word)
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

/// One rule that a Pod breaks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Violation {
    pub reason: String,
    pub detail: String,
}

/// Every rule of `level` that a Pod's spec breaks, in upstream's order.
pub(super) fn violations(level: Level, spec: &Value) -> Vec<Violation> {
    let pod = Pod { spec };
    let mut found = Vec::new();
    if level >= Level::Baseline {
        found.extend([
            pod.app_armor(),
            pod.host_namespaces(),
            pod.host_ports(),
            pod.probe_hosts(),
            pod.privileged(),
            pod.proc_mount(),
            pod.se_linux(),
            pod.sysctls(),
            pod.windows_host_process(),
        ]);
    }
    match level {
        Level::Privileged => {}
        // These have a stricter form below.
        Level::Baseline => found.extend([pod.default_capabilities(), pod.host_path(), pod.seccomp(false)]),
        Level::Restricted => found.extend([
            pod.privilege_escalation(),
            pod.drops_capabilities(),
            pod.volume_types(),
            pod.non_root(),
            pod.user_zero(),
            pod.seccomp(true),
        ]),
    }
    found.into_iter().flatten().collect()
}

const CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

const SYSCTLS: [&str; 10] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
];

/// Volumes that do not reach beyond the Pod and what it claims.
const VOLUMES: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

fn violation(reason: &str, detail: String) -> Option<Violation> {
    Some(Violation { reason: reason.to_owned(), detail })
}

fn plural<'a>(one: &'a str, many: &'a str, count: usize) -> &'a str {
    if count == 1 { one } else { many }
}

/// `"a", "b"`.
fn quoted<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    items.into_iter().map(|item| format!("\"{item}\"")).collect::<Vec<_>>().join(", ")
}

/// `containers "a", "b"`.
fn containers(names: &[&str]) -> String {
    format!("{} {}", plural("container", "containers", names.len()), quoted(names.iter().copied()))
}

struct Pod<'a> {
    spec: &'a Value,
}

impl<'a> Pod<'a> {
    fn containers(&self) -> impl Iterator<Item = &'a Value> + use<'a> {
        let spec = self.spec;
        ["initContainers", "containers", "ephemeralContainers"].into_iter().flat_map(move |list| spec.items_at(&[list]))
    }

    /// The names of the containers for which `is_bad` holds.
    fn named(&self, is_bad: impl Fn(&'a Value) -> bool) -> Vec<&'a str> {
        self.containers().filter(|container| is_bad(container)).map(|container| container.str_at(&["name"])).collect()
    }

    /// `pod and container "a"`: who sets something wrong in its security context. The path is below
    /// `securityContext`.
    fn setters(&self, path: &[&str], is_bad: impl Fn(&Value) -> bool) -> Option<String> {
        let path: Vec<&str> = std::iter::once("securityContext").chain(path.iter().copied()).collect();
        let bad = |holder: &Value| holder.at(&path).is_some_and(&is_bad);
        let mut setters = Vec::new();
        if bad(self.spec) {
            setters.push("pod".to_owned());
        }
        let names = self.named(bad);
        if !names.is_empty() {
            setters.push(containers(&names));
        }
        (!setters.is_empty()).then(|| setters.join(" and "))
    }

    /// The distinct texts at a path below the security contexts for which `is_bad` holds.
    fn values(&self, path: &[&str], is_bad: impl Fn(&str) -> bool) -> BTreeSet<&'a str> {
        let path: Vec<&str> = std::iter::once("securityContext").chain(path.iter().copied()).collect();
        let holders = std::iter::once(self.spec).chain(self.containers());
        holders.filter_map(|holder| holder.at(&path)?.as_str()).filter(|text| is_bad(text)).collect()
    }

    fn is_windows(&self) -> bool {
        self.spec.str_at(&["os", "name"]) == "windows"
    }

    /// In a user namespace of its own root is not the machine's root.
    // Models relaxPolicyForUserNamespacePod
    fn has_own_users(&self) -> bool {
        self.spec.at(&["hostUsers"]).and_then(Value::as_bool) == Some(false)
    }

    fn app_armor(&self) -> Option<Violation> {
        let path = ["appArmorProfile", "type"];
        let bad = |kind: &str| !matches!(kind, "RuntimeDefault" | "Localhost" | "");
        let setters = self.setters(&path, |kind| kind.as_str().is_some_and(bad))?;
        let values = self.values(&path, bad);
        let reason = plural("forbidden AppArmor profile", "forbidden AppArmor profiles", values.len());
        violation(reason, format!("{setters} must not set AppArmor profile type to {}", quoted(values)))
    }

    fn host_namespaces(&self) -> Option<Violation> {
        let fields = ["hostNetwork", "hostPID", "hostIPC"].into_iter().filter(|field| self.spec.is_true_at(&[field]));
        let set: Vec<String> = fields.map(|field| format!("{field}=true")).collect();
        if set.is_empty() { None } else { violation("host namespaces", set.join(", ")) }
    }

    fn host_ports(&self) -> Option<Violation> {
        let ports = |container: &Value| -> Vec<i64> {
            let ports = container.items_at(&["ports"]).iter();
            ports.filter_map(|port| port.int_at(&["hostPort"])).filter(|port| *port != 0).collect()
        };
        let names = self.named(|container| !ports(container).is_empty());
        let all: BTreeSet<String> = self.containers().flat_map(ports).map(|port| port.to_string()).collect();
        if names.is_empty() {
            return None;
        }
        let listed = all.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let uses = plural("uses", "use", names.len());
        let what = plural("hostPort", "hostPorts", all.len());
        violation("hostPort", format!("{} {uses} {what} {listed}", containers(&names)))
    }

    fn probe_hosts(&self) -> Option<Violation> {
        let hosts = |container: &'a Value| -> Vec<&'a str> {
            let probes =
                ["livenessProbe", "readinessProbe", "startupProbe"].into_iter().map(|field| container.get(field));
            let hooks = ["postStart", "preStop"].into_iter().map(|field| container.at(&["lifecycle", field]));
            let handlers = probes.chain(hooks).flatten();
            let hosts =
                handlers.flat_map(|handler| ["httpGet", "tcpSocket"].map(|kind| handler.str_at(&[kind, "host"])));
            hosts.filter(|host| !host.is_empty()).collect()
        };
        let names: BTreeSet<&str> = self.named(|container| !hosts(container).is_empty()).into_iter().collect();
        let all: BTreeSet<&str> = self.containers().flat_map(hosts).collect();
        if names.is_empty() {
            return None;
        }
        let names: Vec<&str> = names.into_iter().collect();
        let uses = plural("uses", "use", names.len());
        let what = plural("probe or lifecycle host", "probe or lifecycle hosts", all.len());
        violation("probe or lifecycle host", format!("{} {uses} {what} {}", containers(&names), quoted(all)))
    }

    fn privileged(&self) -> Option<Violation> {
        let names = self.named(|container| container.is_true_at(&["securityContext", "privileged"]));
        if names.is_empty() {
            return None;
        }
        violation("privileged", format!("{} must not set securityContext.privileged=true", containers(&names)))
    }

    fn proc_mount(&self) -> Option<Violation> {
        let bad = |kind: &str| kind != "Default" && !kind.is_empty();
        let names = self.named(|container| bad(container.str_at(&["securityContext", "procMount"])));
        if names.is_empty() || self.has_own_users() {
            return None;
        }
        let values = quoted(self.values(&["procMount"], bad));
        violation("procMount", format!("{} must not set securityContext.procMount to {values}", containers(&names)))
    }

    fn se_linux(&self) -> Option<Violation> {
        let bad_type = |kind: &str| {
            !matches!(kind, "" | "container_t" | "container_init_t" | "container_kvm_t" | "container_engine_t")
        };
        let is_set = |options: &Value, field: &str| !options.str_at(&[field]).is_empty();
        let setters = self.setters(&["seLinuxOptions"], |options| {
            bad_type(options.str_at(&["type"])) || is_set(options, "user") || is_set(options, "role")
        })?;
        let types = self.values(&["seLinuxOptions", "type"], bad_type);
        let mut wrong = Vec::new();
        if !types.is_empty() {
            wrong.push(format!("{} {}", plural("type", "types", types.len()), quoted(types)));
        }
        for field in ["user", "role"] {
            if !self.values(&["seLinuxOptions", field], |text| !text.is_empty()).is_empty() {
                wrong.push(format!("{field} may not be set"));
            }
        }
        let detail = format!("{setters} set forbidden securityContext.seLinuxOptions: {}", wrong.join("; "));
        violation("seLinuxOptions", detail)
    }

    fn sysctls(&self) -> Option<Violation> {
        let sysctls = self.spec.items_at(&["securityContext", "sysctls"]).iter();
        let bad: Vec<&str> =
            sysctls.map(|sysctl| sysctl.str_at(&["name"])).filter(|name| !SYSCTLS.contains(name)).collect();
        if bad.is_empty() { None } else { violation("forbidden sysctls", bad.join(", ")) }
    }

    fn windows_host_process(&self) -> Option<Violation> {
        let setters = self.setters(&["windowsOptions", "hostProcess"], |set| set.as_bool() == Some(true))?;
        violation("hostProcess", format!("{setters} must not set securityContext.windowsOptions.hostProcess=true"))
    }

    /// Containers that add capabilities other than the allowed ones, and which those are.
    fn added(&self, allowed: &[&str]) -> Option<String> {
        let added = |container: &'a Value| {
            let items = container.items_at(&["securityContext", "capabilities", "add"]).iter();
            items.filter_map(Value::as_str).filter(|name| !allowed.contains(name)).collect::<Vec<_>>()
        };
        let names = self.named(|container| !added(container).is_empty());
        let all: BTreeSet<&str> = self.containers().flat_map(added).collect();
        (!names.is_empty()).then(|| {
            format!("{} must not include {} in securityContext.capabilities.add", containers(&names), quoted(all))
        })
    }

    fn default_capabilities(&self) -> Option<Violation> {
        violation("non-default capabilities", self.added(&CAPABILITIES)?)
    }

    fn host_path(&self) -> Option<Violation> {
        let volumes = self.spec.items_at(&["volumes"]).iter();
        let bad: Vec<&str> =
            volumes.filter(|volume| volume.get("hostPath").is_some()).map(|volume| volume.str_at(&["name"])).collect();
        if bad.is_empty() {
            return None;
        }
        violation("hostPath volumes", format!("{} {}", plural("volume", "volumes", bad.len()), quoted(bad)))
    }

    fn seccomp(&self, must_be_set: bool) -> Option<Violation> {
        let path = ["seccompProfile", "type"];
        let bad = |kind: &str| !matches!(kind, "RuntimeDefault" | "Localhost");
        if must_be_set && self.is_windows() {
            return None;
        }
        if let Some(setters) = self.setters(&path, |kind| kind.as_str().is_some_and(bad)) {
            let values = quoted(self.values(&path, bad));
            let detail = format!("{setters} must not set securityContext.seccompProfile.type to {values}");
            return violation("seccompProfile", detail);
        }
        let has = |holder: &Value| holder.at(&["securityContext", "seccompProfile"]).is_some();
        let names = self.named(|container| !has(container));
        if !must_be_set || has(self.spec) || names.is_empty() {
            return None;
        }
        let detail = format!(
            "pod or {} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"",
            containers(&names)
        );
        violation("seccompProfile", detail)
    }

    fn privilege_escalation(&self) -> Option<Violation> {
        let path = ["securityContext", "allowPrivilegeEscalation"];
        let names = self.named(|container| container.at(&path).and_then(Value::as_bool) != Some(false));
        if names.is_empty() || self.is_windows() {
            return None;
        }
        let detail = format!("{} must set securityContext.allowPrivilegeEscalation=false", containers(&names));
        violation("allowPrivilegeEscalation != false", detail)
    }

    fn drops_capabilities(&self) -> Option<Violation> {
        if self.is_windows() {
            return None;
        }
        let drops_all = |container: &Value| {
            let mut dropped = container.items_at(&["securityContext", "capabilities", "drop"]).iter();
            dropped.any(|name| name.as_str() == Some("ALL"))
        };
        let names = self.named(|container| !drops_all(container));
        let mut details = Vec::new();
        if !names.is_empty() {
            details.push(format!("{} must set securityContext.capabilities.drop=[\"ALL\"]", containers(&names)));
        }
        details.extend(self.added(&["NET_BIND_SERVICE"]));
        if details.is_empty() { None } else { violation("unrestricted capabilities", details.join("; ")) }
    }

    fn volume_types(&self) -> Option<Violation> {
        let (mut names, mut kinds) = (Vec::new(), BTreeSet::new());
        for volume in self.spec.items_at(&["volumes"]) {
            let kind = volume.entries().map(|(field, _)| &**field).find(|field| *field != "name");
            if let Some(kind) = kind.filter(|kind| !VOLUMES.contains(kind)) {
                names.push(volume.str_at(&["name"]));
                kinds.insert(kind);
            }
        }
        if names.is_empty() {
            return None;
        }
        let (volumes, uses) = (plural("volume", "volumes", names.len()), plural("uses", "use", names.len()));
        let what = plural("restricted volume type", "restricted volume types", kinds.len());
        violation("restricted volume types", format!("{volumes} {} {uses} {what} {}", quoted(names), quoted(kinds)))
    }

    fn non_root(&self) -> Option<Violation> {
        const REASON: &str = "runAsNonRoot != true";
        if self.has_own_users() {
            return None;
        }
        if let Some(setters) = self.setters(&["runAsNonRoot"], |set| set.as_bool() == Some(false)) {
            return violation(REASON, format!("{setters} must not set securityContext.runAsNonRoot=false"));
        }
        let path = ["securityContext", "runAsNonRoot"];
        let names = self.named(|container| container.at(&path).is_none());
        if names.is_empty() || self.spec.is_true_at(&path) {
            return None;
        }
        violation(REASON, format!("pod or {} must set securityContext.runAsNonRoot=true", containers(&names)))
    }

    fn user_zero(&self) -> Option<Violation> {
        if self.has_own_users() {
            return None;
        }
        let setters = self.setters(&["runAsUser"], |user| user.as_int() == Some(0))?;
        violation("runAsUser=0", format!("{setters} must not set runAsUser=0"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn reasons(level: Level, spec: &Value) -> Vec<String> {
        violations(level, spec).into_iter().map(|found| format!("{} ({})", found.reason, found.detail)).collect()
    }

    #[test]
    fn a_plain_pod_is_baseline_and_not_restricted() {
        let spec = tree!({ "containers": [{ "name": "web" }, { "name": "log" }] });
        assert_eq!(reasons(Level::Baseline, &spec), Vec::<String>::new());
        assert_eq!(
            reasons(Level::Restricted, &spec),
            [
                r#"allowPrivilegeEscalation != false (containers "web", "log" must set securityContext.allowPrivilegeEscalation=false)"#,
                r#"unrestricted capabilities (containers "web", "log" must set securityContext.capabilities.drop=["ALL"])"#,
                r#"runAsNonRoot != true (pod or containers "web", "log" must set securityContext.runAsNonRoot=true)"#,
                r#"seccompProfile (pod or containers "web", "log" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")"#,
            ]
        );
    }

    #[test]
    fn a_careful_pod_is_restricted() {
        let spec = tree!({
            "securityContext": { "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } },
            "containers": [{
                "name": "web",
                "securityContext": { "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] } },
            }],
        });
        assert_eq!(reasons(Level::Restricted, &spec), Vec::<String>::new());
    }

    #[test]
    fn what_reaches_the_machine_is_not_baseline() {
        let spec = tree!({
            "hostNetwork": true,
            "volumes": [{ "name": "logs", "hostPath": { "path": "/var/log" } }],
            "containers": [{
                "name": "web",
                "ports": [{ "containerPort": 80, "hostPort": 80 }],
                "securityContext": { "privileged": true, "capabilities": { "add": ["NET_ADMIN", "CHOWN"] } },
            }],
        });
        assert_eq!(
            reasons(Level::Baseline, &spec),
            [
                "host namespaces (hostNetwork=true)",
                r#"hostPort (container "web" uses hostPort 80)"#,
                r#"privileged (container "web" must not set securityContext.privileged=true)"#,
                r#"non-default capabilities (container "web" must not include "NET_ADMIN" in securityContext.capabilities.add)"#,
                r#"hostPath volumes (volume "logs")"#,
            ]
        );
        let of_types = reasons(Level::Restricted, &spec);
        assert!(
            of_types.contains(
                &r#"restricted volume types (volume "logs" uses restricted volume type "hostPath")"#.to_owned()
            )
        );
    }
}
