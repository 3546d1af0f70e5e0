//! The verbs of kubectl with their flags, and the sub-commands that take flags of their own.
// Models k8s.io/kubectl/pkg/cmd/cmd.go and the NewCmd functions below it

use super::flags;

/// A verb: its name, its flags, and what is printed as its usage.
pub(super) struct Verb {
    pub name: &'static str,
    pub flags: &'static str,
}

/// The verbs with the flags that each takes (see `flags`).
pub(super) const VERBS: &[Verb] = &[
    Verb {
        name: "apply",
        flags: "filename/f= kustomize/k= recursive/R dry-run?unchanged output/o= server-side force-conflicts \
                field-manager= overwrite validate?strict show-managed-fields prune prune-allowlist= all selector/l=",
    },
    Verb { name: "auth", flags: "list no-headers quiet/q all-namespaces/A subresource= output/o=" },
    Verb {
        name: "create",
        flags: "filename/f= kustomize/k= recursive/R dry-run?unchanged output/o= field-manager= save-config \
                validate?strict show-managed-fields image= replicas/r# port# from-literal= from-file= \
                from-env-file= type= tcp= clusterip= external-name= schedule= restart= from= verb= \
                resource= resource-name= non-resource-url= role= clusterrole= user= group= serviceaccount= \
                selector= min-available= max-unavailable= value# global-default preemption-policy= description= rule= \
                default-backend= class= annotation= aggregation-rule= node-port# append-hash duration% audience= bound-object-kind= bound-object-name= bound-object-uid= hard= scopes= docker-server= docker-username= \
                docker-password= docker-email= cert= key=",
    },
    Verb {
        name: "delete",
        flags: "filename/f= kustomize/k= recursive/R selector/l= all all-namespaces/A cascade?background force \
                grace-period# now ignore-not-found wait timeout% dry-run?unchanged output/o= field-selector=",
    },
    Verb {
        name: "get",
        flags: "filename/f= kustomize/k= recursive/R output/o= watch/w watch-only all-namespaces/A selector/l= \
                field-selector= show-labels sort-by= label-columns/L= no-headers ignore-not-found chunk-size# \
                show-kind show-managed-fields output-watch-events template=",
    },
    Verb {
        name: "annotate",
        flags: "filename/f= recursive/R selector/l= all all-namespaces/A overwrite list dry-run?unchanged \
                output/o= field-manager= field-selector= show-managed-fields",
    },
    Verb {
        name: "api-resources",
        flags: "output/o= namespaced api-group= verbs= categories= no-headers cached sort-by=",
    },
    Verb { name: "api-versions", flags: "" },
    Verb {
        name: "autoscale",
        flags: "filename/f= recursive/R min# max# cpu= cpu-percent= memory= name= dry-run?unchanged output/o= \
                field-manager=",
    },
    Verb { name: "cluster-info", flags: "" },
    Verb { name: "config", flags: "current output/o= no-headers" },
    Verb { name: "cordon", flags: "selector/l= dry-run?unchanged" },
    Verb { name: "attach", flags: "container/c= stdin/i tty/t quiet/q pod-running-timeout%" },
    Verb { name: "certificate", flags: "filename/f=" },
    Verb { name: "completion", flags: "" },
    Verb { name: "cp", flags: "container/c= no-preserve retries#" },
    Verb {
        name: "debug",
        flags: "image= container/c= stdin/i tty/t target= copy-to= profile= share-processes same-node replace attach \
                quiet/q env= set-image= arguments-only image-pull-policy=",
    },
    Verb { name: "describe", flags: "filename/f= recursive/R selector/l= all-namespaces/A show-events chunk-size#" },
    Verb {
        name: "diff",
        flags: "filename/f= kustomize/k= recursive/R server-side field-manager= concurrency# show-managed-fields",
    },
    Verb {
        name: "drain",
        flags: "selector/l= dry-run?unchanged force ignore-daemonsets delete-emptydir-data grace-period# \
                timeout% chunk-size#",
    },
    Verb {
        name: "edit",
        flags: "filename/f= recursive/R output/o= field-manager= save-config validate?strict windows-line-endings \
                output-patch subresource=",
    },
    Verb { name: "events", flags: "all-namespaces/A for= types= output/o= no-headers chunk-size#" },
    Verb { name: "exec", flags: "container/c= stdin/i tty/t quiet/q filename/f= pod-running-timeout%" },
    Verb { name: "explain", flags: "recursive api-version= output/o=" },
    Verb {
        name: "expose",
        flags: "filename/f= recursive/R port= target-port= protocol= name= type= selector= labels/l= \
                external-ip= cluster-ip= session-affinity= load-balancer-ip= dry-run?unchanged output/o= \
                field-manager=",
    },
    Verb {
        name: "label",
        flags: "filename/f= recursive/R selector/l= all all-namespaces/A overwrite list dry-run?unchanged \
                output/o= field-manager= field-selector= show-managed-fields",
    },
    Verb {
        name: "logs",
        flags: "follow/f previous/p container/c= tail# since% since-time= timestamps selector/l= all-containers \
                prefix limit-bytes# max-log-requests# ignore-errors all-pods",
    },
    Verb {
        name: "patch",
        flags: "filename/f= recursive/R patch/p= patch-file= type= subresource= dry-run?unchanged output/o= \
                field-manager= show-managed-fields",
    },
    Verb { name: "kustomize", flags: "output/o=" },
    Verb { name: "plugin", flags: "name-only" },
    Verb { name: "port-forward", flags: "address= pod-running-timeout%" },
    Verb { name: "proxy", flags: "port/p# address= www= api-prefix=" },
    Verb {
        name: "replace",
        flags: "filename/f= recursive/R force save-config dry-run?unchanged output/o= field-manager= \
                validate?strict",
    },
    Verb {
        name: "rollout",
        flags: "filename/f= recursive/R selector/l= revision# to-revision# watch/w timeout% dry-run?unchanged \
                output/o= field-manager=",
    },
    Verb {
        name: "run",
        flags: "image= port# labels/l= env= command restart= expose annotations= image-pull-policy= \
                dry-run?unchanged output/o= field-manager= quiet/q rm stdin/i tty/t attach leave-stdin-open \
                pod-running-timeout% privileged",
    },
    Verb {
        name: "scale",
        flags: "filename/f= recursive/R selector/l= all replicas# current-replicas# resource-version= \
                dry-run?unchanged output/o= timeout%",
    },
    Verb {
        name: "set",
        flags: "filename/f= recursive/R selector/l= all dry-run?unchanged output/o= field-manager= list \
                containers/c= limits= requests= local env/e= from= keys= prefix= resolve user= group= serviceaccount= \
                resource-version=",
    },
    Verb {
        name: "taint",
        flags: "selector/l= all overwrite dry-run?unchanged output/o= field-manager= validate?strict",
    },
    Verb {
        name: "top",
        flags: "selector/l= all-namespaces/A containers no-headers sort-by= sum show-capacity use-protocol-buffers",
    },
    Verb { name: "uncordon", flags: "selector/l= dry-run?unchanged" },
    Verb { name: "version", flags: "client output/o=" },
    Verb {
        name: "wait",
        flags: "for= timeout% selector/l= all all-namespaces/A filename/f= recursive/R field-selector= output/o=",
    },
];

/// A sub-command that has flags of its own: its full name, what else it is called, and its flags
/// beside those of its family.
struct Sub {
    path: &'static str,
    aliases: &'static [&'static str],
    flags: &'static str,
}

const fn sub(path: &'static str, aliases: &'static [&'static str], flags: &'static str) -> Sub {
    Sub { path, aliases, flags }
}

const CREATES: &str = "dry-run?unchanged output/o= field-manager= save-config validate?strict show-managed-fields template= \
                       allow-missing-template-keys";
const SETS: &str = "filename/f= kustomize/k= recursive/R selector/l= all dry-run?unchanged output/o= field-manager= local \
                    show-managed-fields template= allow-missing-template-keys record";
const ROLLS: &str = "filename/f= kustomize/k= recursive/R";
const ROLLS_ON: &str = "selector/l= output/o= field-manager= show-managed-fields template= allow-missing-template-keys";

/// The sub-commands, in families: what stands before the last word.
const SUBS: &[Sub] = &[
    sub("create namespace", &["ns"], ""),
    sub("create quota", &["resourcequota"], "hard= scopes="),
    sub("create secret", &[], ""),
    sub("create secret generic", &[], "from-literal= from-file= from-env-file= type= append-hash"),
    sub("create secret tls", &[], "cert= key= append-hash"),
    sub(
        "create secret docker-registry",
        &[],
        "docker-server= docker-username= docker-password= docker-email= from-file= append-hash",
    ),
    sub("create configmap", &["cm"], "from-literal= from-file= from-env-file= append-hash"),
    sub("create serviceaccount", &["sa"], ""),
    sub("create service", &["svc"], ""),
    sub("create service clusterip", &[], "tcp= clusterip="),
    sub("create service nodeport", &[], "tcp= node-port#"),
    sub("create service loadbalancer", &[], "tcp="),
    sub("create service externalname", &[], "tcp= external-name="),
    sub("create deployment", &["deploy"], "image= replicas/r# port#"),
    sub("create clusterrole", &[], "verb= resource= resource-name= non-resource-url= aggregation-rule="),
    sub("create clusterrolebinding", &[], "clusterrole= user= group= serviceaccount="),
    sub("create role", &[], "verb= resource= resource-name="),
    sub("create rolebinding", &[], "role= clusterrole= user= group= serviceaccount="),
    sub("create poddisruptionbudget", &["pdb"], "selector= min-available= max-unavailable="),
    sub("create priorityclass", &["pc"], "value# global-default preemption-policy= description="),
    sub("create job", &[], "image= from="),
    sub("create cronjob", &["cj"], "image= schedule= restart="),
    sub("create ingress", &["ing"], "rule= default-backend= class= annotation="),
    sub("create token", &[], "duration% audience= bound-object-kind= bound-object-name= bound-object-uid="),
    sub("set image", &[], ""),
    sub("set env", &[], "containers/c= env/e= from= keys= list overwrite prefix= resolve"),
    sub("set resources", &[], "containers/c= limits= requests="),
    sub("set serviceaccount", &["sa"], ""),
    sub("set selector", &[], "resource-version="),
    sub("set subject", &[], "user= group= serviceaccount="),
    sub("rollout history", &[], "selector/l= revision# output/o= show-managed-fields template="),
    sub("rollout pause", &[], ROLLS_ON),
    sub("rollout resume", &[], ROLLS_ON),
    sub("rollout undo", &[], "selector/l= to-revision# dry-run?unchanged output/o= show-managed-fields template="),
    sub("rollout status", &[], "selector/l= revision# watch/w timeout%"),
    sub("rollout restart", &[], "selector/l= dry-run?unchanged output/o= field-manager= show-managed-fields template="),
];

/// The flags that every sub-command of a family takes.
fn family(path: &str) -> &'static str {
    match path.split(' ').next() {
        Some("create") => CREATES,
        Some("set") => SETS,
        _ => ROLLS,
    }
}

/// The command that a line means, as messages name it, and the flags that it takes.
// Models cobra Command.Find
pub(super) fn resolve(verb: &'static Verb, line: &[String]) -> (String, Vec<&'static str>) {
    let mut found: Option<&Sub> = None;
    for word in words(verb, line) {
        let before = found.map_or(verb.name, |sub| sub.path);
        let is_meant = |sub: &&Sub| {
            let own = sub.path.strip_prefix(before).and_then(|rest| rest.strip_prefix(' '));
            own.is_some_and(|own| own == word || !own.contains(' ') && sub.aliases.contains(&word))
        };
        match SUBS.iter().find(is_meant) {
            Some(sub) => found = Some(sub),
            None => break,
        }
    }
    match found {
        Some(sub) => (format!("kubectl {}", sub.path), vec![sub.flags, family(sub.path)]),
        None => (format!("kubectl {}", verb.name), vec![verb.flags]),
    }
}

/// The words of a line that are neither flags nor the values of flags.
// Models cobra stripFlags
fn words<'a>(verb: &'static Verb, line: &'a [String]) -> Vec<&'a str> {
    let takes_value = |word: &str| {
        flags::known(verb.flags).any(|(name, letter, follows)| {
            follows
                && (word.strip_prefix("--") == Some(name) || letter.is_some_and(|letter| word == format!("-{letter}")))
        })
    };
    let mut words = Vec::new();
    let mut rest = line.iter();
    while let Some(word) = rest.next() {
        if word == "--" {
            break;
        }
        if !word.starts_with('-') || word == "-" {
            words.push(word.as_str());
        } else if takes_value(word) {
            rest.next();
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_means_a_sub_command() {
        let cases = [
            ("create cm a", "kubectl create configmap"),
            ("create -n lab secret generic x", "kubectl create secret generic"),
            ("create svc nope x", "kubectl create service"),
            ("create foo", "kubectl create"),
            ("rollout undo deploy/web", "kubectl rollout undo"),
            ("set sa deploy/web x", "kubectl set serviceaccount"),
            ("get pods", "kubectl get"),
        ];
        for (line, wanted) in cases {
            let mut line: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let name = line.remove(0);
            let verb = VERBS.iter().find(|verb| verb.name == name).unwrap();
            assert_eq!(resolve(verb, &line).0, wanted);
        }
    }
}
