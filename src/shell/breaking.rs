//! `drydock break THING` and `drydock mend THING`: what a hand does on the screen, as a command. The
//! names are those of [`Break::named`]; `kind name` says the same as `kind/name`.

use super::client::Client;
use super::kubectl;
use crate::world::{Action, Break};
use std::rc::Rc;

const USAGE: &str = "\
usage: drydock break THING      (and drydock mend THING, drydock mend all)
  container/POD[/CONTAINER]     SIGKILL to a container; exit code 137
  pod/POD                       the Pod is deleted without a grace period
  kubelet/NODE  node/NODE       a kubelet stops; a machine loses its power
  zone/ZONE                     a whole zone goes out
  kube-scheduler  kube-controller-manager  kube-apiserver[/N]  etcd[/N]
  member/CLUSTER/MEMBER         one member of a control plane: member/shop/etcd-1
  flaw                          a flaw of kube-apiserver becomes known, and its patch with it
  image/deployment/NAME         the image's tag becomes one that no registry has
  traffic/SERVICE               very many requests more
  credential/kubelet/NODE  credential/admin  credential/ACCESS-KEY-ID
  an object of another namespace: pod/NAMESPACE/POD, or -n NAMESPACE";

pub(super) async fn set(client: &Client, words: &[&str], mends: bool) -> u8 {
    let Some(names) = names(words, &client.setting().namespace.clone()) else {
        client.warnln("error: -n needs a namespace");
        return 1;
    };
    if names.is_empty() {
        let broken = client.broken().await;
        if !broken.is_empty() {
            client.println(&format!("broken now: {}\n", broken.join(", ")));
        }
        return kubectl::usage(client, USAGE);
    }
    let names = if mends && names == ["all"] { client.broken().await } else { names };
    let mut exit = 0;
    for name in names {
        exit = exit.max(one(client, &name, mends).await);
    }
    exit
}

async fn one(client: &Client, name: &str, mends: bool) -> u8 {
    let Some(what) = Break::named(name) else {
        client.warnln(&format!("error: nothing here is called \"{name}\"\n\n{USAGE}"));
        return 1;
    };
    let what = match (mends, what.mending()) {
        (false, _) => what,
        (true, Some(mending)) => mending,
        (true, None) => {
            client.warnln(&format!("error: \"{name}\" needs no mending: the loops do that"));
            return 1;
        }
    };
    let said = format!("{} {}", what.name(), if mends { "mended" } else { "broken" });
    match client.act(Action::Break(what)).await.map(Rc::new) {
        Ok(_) => {
            client.println(&said);
            0
        }
        Err(refusal) => {
            client.warnln(&format!("error: {}", refusal.message));
            1
        }
    }
}

/// The names that words mean: `zone nimbus-kr-1` is `zone/nimbus-kr-1`, and an object is of the
/// namespace that `-n` (or else the context) names. `None` where `-n` is followed by nothing.
fn names(words: &[&str], context: &str) -> Option<Vec<String>> {
    let mut namespace = context.to_owned();
    let mut rest = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "-n" | "--namespace" => namespace = (*words.next()?).to_owned(),
            word => match word.strip_prefix("--namespace=").or_else(|| word.strip_prefix("-n=")) {
                Some(name) => namespace = name.to_owned(),
                None => rest.push(word.to_owned()),
            },
        }
    }
    let has_kind = rest.first().is_some_and(|first| !first.contains('/') && Break::named(first).is_none());
    if has_kind && rest.len() > 1 {
        rest = vec![rest.join("/")];
    }
    Some(rest.into_iter().map(|name| placed(name, &namespace)).collect())
}

/// A name with the namespace that it does not say.
fn placed(name: String, namespace: &str) -> String {
    let Some((kind, rest)) = name.split_once('/').filter(|_| namespace != "default") else { return name };
    let parts = rest.split('/').count();
    match (kind, parts) {
        ("container", 1) => format!("{kind}/{namespace}/{rest}/*"),
        ("pod" | "traffic", 1) | ("image", 2) | ("container", 2) => format!("{kind}/{namespace}/{rest}"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_said_in_several_ways() {
        let said = |words: &[&str]| names(words, "default").unwrap_or_default();
        assert_eq!(said(&["zone", "nimbus-kr-1"]), ["zone/nimbus-kr-1"]);
        assert_eq!(said(&["kubelet/node-a", "kubelet/node-b"]), ["kubelet/node-a", "kubelet/node-b"]);
        assert_eq!(said(&["kube-scheduler", "etcd"]), ["kube-scheduler", "etcd"]);
        assert_eq!(said(&["pod", "web-1", "-n", "shop"]), ["pod/shop/web-1"]);
        assert_eq!(said(&["image/deployment/web", "--namespace=shop"]), ["image/shop/deployment/web"]);
        assert_eq!(names(&["-n"], "default"), None);
        assert_eq!(names(&["pod/web-1"], "shop"), Some(vec!["pod/shop/web-1".to_owned()]));
    }
}
