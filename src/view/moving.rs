//! Moving house: what of an app's manifests has to change between EKS, a cluster by hand, one's own
//! cellar and another cloud, line by line.

use crate::document::Value;
use crate::kube::api::{Resource, meta};
use crate::session::Session;
use crate::world::{Origin, World};
use std::rc::Rc;

/// A place in a manifest that says something different somewhere else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The object, `Service/web`.
    pub object: Rc<str>,
    /// The place in it.
    pub path: &'static str,
    /// What stands there; empty for nothing.
    pub from: Rc<str>,
    /// What has to stand there; empty for nothing.
    pub to: Rc<str>,
}

/// What a place calls the things that every place has.
struct House {
    class: Rc<str>,
    balancer: Pairs,
    identity: &'static str,
}

type Pairs = &'static [(&'static str, &'static str)];
const EKS: Pairs = &[("service.beta.kubernetes.io/aws-load-balancer-type", "nlb")];
const NIMBUS: Pairs = &[("nimbus.example/load-balancer-kind", "tcp")];
const NOBODY: Pairs = &[];

/// The words of a cluster: its storage class is asked of it, the rest is its provider's.
fn house(world: &World, name: &str) -> Option<House> {
    let (_, site) = world.sites().find(|(_, site)| &*site.name == name)?;
    let seen = site.cluster().snapshot(world.now());
    let classes: Vec<_> = seen.list(Resource::STORAGE_CLASSES, "").collect();
    let default = classes
        .iter()
        .find(|class| meta::annotation(class, "storageclass.kubernetes.io/is-default-class") == Some("true"))
        .or(classes.first());
    let class = default.map_or_else(|| "".into(), |class| meta::name(class).into());
    let (balancer, identity) = match site.origin {
        Origin::Eks(_) => (EKS, "eks.amazonaws.com/role-arn"),
        Origin::OtherCloud => (NIMBUS, "nimbus.example/identity"),
        Origin::ByHand | Origin::OnPremises | Origin::Local => (NOBODY, ""),
    };
    Some(House { class, balancer, identity })
}

/// What has to change in these manifests when they move from one cluster to another; none where one
/// of the two is not there.
#[must_use]
pub fn changes(world: &World, from: &str, to: &str, manifests: &[Value]) -> Option<Vec<Change>> {
    let (old, new) = (house(world, from)?, house(world, to)?);
    let mut changes = Vec::new();
    for object in manifests {
        let name: Rc<str> = format!("{}/{}", meta::kind(object), meta::name(object)).into();
        let mut add = |path, from: &str, to: &str| {
            if from != to {
                changes.push(Change { object: name.clone(), path, from: from.into(), to: to.into() });
            }
        };
        match meta::kind(object) {
            "Service" if object.str_at(&["spec", "type"]) == "LoadBalancer" => {
                let said = |pairs: &[(&str, &str)]| {
                    pairs.iter().map(|(key, value)| format!("{key}: {value}")).collect::<Vec<_>>().join("\n")
                };
                add("metadata.annotations", &said(old.balancer), &said(new.balancer));
                // Nobody makes load balancers there: a port on every node has to do.
                if new.balancer.is_empty() {
                    add("spec.type", "LoadBalancer", "NodePort");
                }
            }
            "PersistentVolumeClaim" => {
                add("spec.storageClassName", object.str_at(&["spec", "storageClassName"]), &new.class)
            }
            "ServiceAccount" => {
                let role = meta::annotation(object, old.identity).filter(|_| !old.identity.is_empty());
                if let Some(role) = role {
                    let line = |key: &str| if key.is_empty() { String::new() } else { format!("{key}: {role}") };
                    add("metadata.annotations", &line(old.identity), &line(new.identity));
                }
            }
            _ => {}
        }
    }
    Some(changes)
}

/// What the editor's manifests would have to change to move somewhere else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MovingView {
    /// Where they are now.
    pub from: Rc<str>,
    /// Every other cluster, and what has to change to go there.
    pub to: Vec<(Rc<str>, Vec<Change>)>,
}

/// The other clusters, and what has to change to go there; nothing while there is no other.
#[must_use]
pub fn view(session: &Session) -> Option<MovingView> {
    let world = session.world();
    let from = world.site(world.focus())?.name.clone();
    let manifests: Vec<Value> = session.wishes().map(|(_, wish)| wish.value.clone()).collect();
    let others = world.sites().map(|(_, site)| site.name.clone()).filter(|name| *name != from);
    let to: Vec<_> = others
        .filter_map(|name| {
            let changes = changes(world, &from, &name, &manifests)?;
            Some((name, changes))
        })
        .collect();
    (!to.is_empty()).then_some(MovingView { from, to })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse;
    use crate::world::Preset;

    const APP: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
---
apiVersion: v1
kind: Service
metadata: {name: web, annotations: {nimbus.example/load-balancer-kind: tcp}}
spec: {type: LoadBalancer}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {storageClassName: standard}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: reader, annotations: {nimbus.example/identity: reader}}
";

    #[test]
    fn what_moves_untouched_is_not_in_the_difference() {
        let world = World::new(&Preset::named("everywhere").expect("a world"), 1);
        let manifests: Vec<Value> = parse(APP).documents.iter().map(|document| document.root.to_value()).collect();
        let told = changes(&world, "nimbus", "cellar", &manifests).expect("both are there");
        let told: Vec<_> = told.iter().map(|it| (&*it.object, it.path, &*it.from, &*it.to)).collect();
        assert_eq!(
            told,
            [
                ("Service/web", "metadata.annotations", "nimbus.example/load-balancer-kind: tcp", ""),
                ("Service/web", "spec.type", "LoadBalancer", "NodePort"),
                ("ServiceAccount/reader", "metadata.annotations", "nimbus.example/identity: reader", ""),
            ]
        );
        assert!(changes(&world, "nimbus", "nimbus", &manifests).expect("it is there").is_empty());
        assert!(changes(&world, "nimbus", "nowhere", &manifests).is_none());
    }
}
