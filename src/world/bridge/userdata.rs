//! What an instance is told to do at its first boot, as far as joining a cluster goes.
// Source: awslabs/amazon-eks-ami doc/nodeadm and templates/al2/runtime/bootstrap.sh.

use crate::document::{Value, parse};
use std::rc::Rc;

/// A wish to join.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wish {
    /// The cluster's name.
    pub cluster: Rc<str>,
    /// Whether endpoint and certificate were given; else the node asks EKS for them.
    pub knows_endpoint: bool,
    /// The endpoint that was given.
    pub endpoint: Rc<str>,
    /// Labels of the node.
    pub labels: Vec<(Rc<str>, Rc<str>)>,
    /// Taints of the node: key, value, effect.
    pub taints: Vec<(Rc<str>, Rc<str>, Rc<str>)>,
    /// How many Pods at most, where it says so.
    pub max_pods: Option<i64>,
}

/// Reads user data; none where it has nothing to do with a cluster.
#[must_use]
pub fn read(text: &str) -> Option<Wish> {
    node_config(text).or_else(|| bootstrap(text))
}

/// `kind: NodeConfig` in a part of a MIME text, or alone.
fn node_config(text: &str) -> Option<Wish> {
    let start = text.find("apiVersion: node.eks.aws/")?;
    let rest = text.get(start..)?;
    let end = rest.find("\n--").unwrap_or(rest.len());
    let config = parse(rest.get(..end)?).documents.first()?.root.to_value();
    let cluster = config.at(&["spec", "cluster"])?;
    let flags: Vec<&str> = config.items_at(&["spec", "kubelet", "flags"]).iter().filter_map(Value::as_str).collect();
    let mut wish = Wish {
        cluster: cluster.str_at(&["name"]).into(),
        endpoint: cluster.str_at(&["apiServerEndpoint"]).into(),
        knows_endpoint: !cluster.str_at(&["apiServerEndpoint"]).is_empty(),
        max_pods: config.int_at(&["spec", "kubelet", "config", "maxPods"]),
        ..Wish::default()
    };
    flags.iter().for_each(|flag| wish.flag(flag));
    Some(wish)
}

/// `/etc/eks/bootstrap.sh NAME …`.
fn bootstrap(text: &str) -> Option<Wish> {
    let start = text.find("/etc/eks/bootstrap.sh")?;
    let line = text.get(start..)?.replace("\\\n", " ");
    let line = line.lines().next()?;
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let mut wish = Wish::default();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match *word {
            "--apiserver-endpoint" => {
                wish.endpoint = rest.next().copied().unwrap_or_default().trim_matches(['\'', '"']).into();
                wish.knows_endpoint = true;
            }
            "--b64-cluster-ca" | "--dns-cluster-ip" | "--container-runtime" | "--use-max-pods" | "--ip-family" => {
                rest.next();
            }
            word if word.contains("--node-labels")
                || word.contains("--register-with-taints")
                || word.contains("--max-pods") =>
            {
                let word = word.trim_start_matches("'").trim_start_matches('"');
                wish.flag(word.trim_matches(['\'', '"']));
            }
            word if !word.starts_with(['-', '\'', '"', '$']) && wish.cluster.is_empty() => wish.cluster = word.into(),
            word if wish.cluster.is_empty() && !word.starts_with('-') => {
                wish.cluster = word.trim_matches(['\'', '"']).into();
            }
            _ => {}
        }
    }
    Some(wish)
}

impl Wish {
    fn flag(&mut self, flag: &str) {
        let Some((name, value)) = flag.split_once('=') else { return };
        match name.trim_start_matches(['\'', '"']) {
            "--node-labels" => {
                let pairs = value.split(',').filter_map(|pair| pair.split_once('='));
                self.labels.extend(pairs.map(|(key, value)| (key.into(), value.into())));
            }
            "--register-with-taints" => {
                let taints = value.split(',').filter_map(|taint| {
                    let (rest, effect) = taint.rsplit_once(':')?;
                    let (key, value) = rest.split_once('=').unwrap_or((rest, ""));
                    Some((key.into(), value.into(), effect.into()))
                });
                self.taints.extend(taints);
            }
            "--max-pods" => self.max_pods = value.parse().ok(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_say_it_are_understood() {
        let script = "#!/bin/bash\nset -o xtrace\n/etc/eks/bootstrap.sh demo --kubelet-extra-args '--node-labels=a=b,c=d --max-pods=20'\n";
        let wish = read(script).expect("it wants to join");
        assert_eq!(
            (&*wish.cluster, wish.knows_endpoint, wish.labels.len(), wish.max_pods),
            ("demo", false, 2, Some(20))
        );
        let config = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"//\"\n\n--//\nContent-Type: application/node.eks.aws\n\n---\napiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  cluster:\n    name: demo\n    apiServerEndpoint: https://x\n    certificateAuthority: Y\n    cidr: 10.100.0.0/16\n  kubelet:\n    flags:\n      - --node-labels=a=b\n\n--//--\n";
        let wish = read(config).expect("it wants to join");
        assert_eq!((&*wish.cluster, &*wish.endpoint, wish.labels.len()), ("demo", "https://x", 1));
        assert_eq!(read("#!/bin/bash\nyum install -y httpd\n"), None);
    }
}
