use super::*;
use crate::document::schema::{self, Type};
use crate::tree;

const NOW: &str = "2026-01-01T00:00:00Z";

fn deployment() -> Option<Type> {
    schema::root("apps/v1", "Deployment")
}

fn written(replicas: i64, image: &str) -> Value {
    tree!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": "web", "labels": { "app": "web" } },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{ "name": "web", "image": image, "ports": [{ "containerPort": 80 }] }] },
            },
        },
    })
}

fn applied(config: &Value) -> (Value, Managers) {
    apply((&Value::Null, &Managers::default()), config, "editor", false, NOW, deployment()).unwrap()
}

#[test]
fn a_set_has_items_by_key_and_atomic_structs_as_a_whole() {
    let set = FieldSet::of(&written(1, "nginx"), deployment());
    let value = wire::to_value(
        &Managers(vec![Manager {
            name: "a".into(),
            applies: true,
            subresource: "".into(),
            time: NOW.into(),
            fields: set,
        }]),
        "apps/v1",
    );
    assert_eq!(
        value.items()[0].at(&["fieldsV1"]).unwrap(),
        &tree!({
            "f:metadata": { "f:labels": { "f:app": {} } },
            "f:spec": {
                "f:replicas": {},
                "f:selector": {},
                "f:template": {
                    "f:metadata": { "f:labels": { "f:app": {} } },
                    "f:spec": {
                        "f:containers": {
                            "k:{\"name\":\"web\"}": {
                                ".": {},
                                "f:image": {},
                                "f:name": {},
                                "f:ports": {
                                    "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": { ".": {}, "f:containerPort": {} },
                                },
                            },
                        },
                    },
                },
            },
        })
    );
}

#[test]
fn what_is_no_longer_applied_goes() {
    let (live, managers) = applied(&written(3, "nginx"));
    let mut config = written(3, "nginx");
    config.remove(&["metadata", "labels"]);
    config.remove(&["spec", "replicas"]);
    let (live, managers) = apply((&live, &managers), &config, "editor", false, NOW, deployment()).unwrap();
    assert_eq!(live.at(&["metadata", "labels"]), None);
    assert_eq!(live.at(&["spec", "replicas"]), None);
    assert_eq!(managers.0.len(), 1);
}

#[test]
fn another_owner_is_asked_first() {
    let (live, managers) = applied(&written(3, "nginx"));
    let scaled = live.clone().with(&["spec", "replicas"], 5);
    let managers = update((&live, &managers), &scaled, "kubectl-scale", "", NOW, deployment());
    let owner = |managers: &Managers| {
        managers.owner_of(&[tree::field("spec"), tree::field("replicas")]).map(|one| one.name.to_string())
    };
    assert_eq!(owner(&managers).as_deref(), Some("kubectl-scale"));
    let refused = apply((&scaled, &managers), &written(3, "nginx"), "editor", false, NOW, deployment()).unwrap_err();
    assert_eq!(
        conflict_message(&refused),
        "Apply failed with 1 conflict: conflict with \"kubectl-scale\" using apps/v1: .spec.replicas"
    );
    let (forced, managers) =
        apply((&scaled, &managers), &written(3, "nginx"), "editor", true, NOW, deployment()).unwrap();
    assert_eq!(forced.int_at(&["spec", "replicas"]), Some(3));
    assert_eq!(owner(&managers).as_deref(), Some("editor"));
    assert_eq!(managers.0.len(), 1);
}

#[test]
fn equal_values_are_owned_together() {
    let (live, managers) = applied(&written(3, "nginx"));
    let (_, managers) = apply((&live, &managers), &written(3, "nginx"), "second", false, NOW, deployment()).unwrap();
    assert_eq!(managers.0.len(), 2);
    // What one gives up stays while the other owns it.
    let mut config = written(3, "nginx");
    config.remove(&["spec", "replicas"]);
    let (live, _) = apply((&live, &managers), &config, "editor", false, NOW, deployment()).unwrap();
    assert_eq!(live.int_at(&["spec", "replicas"]), Some(3));
}

#[test]
fn defaulted_fields_are_nobodys() {
    let config = written(3, "nginx");
    let (live, managers) = applied(&config);
    assert_eq!(live, config);
    assert!(managers.owner_of(&[tree::field("spec"), tree::field("strategy")]).is_none());
    // Creating by update owns all that is there.
    let managers = update((&Value::Null, &Managers::default()), &config, "kubectl-create", "", NOW, deployment());
    assert!(managers.owner_of(&[tree::field("spec"), tree::field("replicas")]).is_some());
    assert!(managers.0[0].is_person());
}
