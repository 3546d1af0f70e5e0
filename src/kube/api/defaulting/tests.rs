use super::*;

#[test]
fn filling_in_twice_is_filling_in_once() {
    let mut once = tree!({ "spec": { "containers": [{ "name": "a", "image": "nginx", "resources": { "limits": { "cpu": 1 } } }] } });
    default_object(Resource::PODS, &mut once);
    let mut twice = once.clone();
    default_object(Resource::PODS, &mut twice);
    assert_eq!(once, twice);
    assert_eq!(once.str_at(&["spec", "restartPolicy"]), "Always");
    let container = &once.items_at(&["spec", "containers"])[0];
    assert_eq!(container.str_at(&["imagePullPolicy"]), "Always");
    assert_eq!(container.str_at(&["resources", "requests", "cpu"]), "1");
}

#[test]
fn a_generation_counts_changes_of_the_wish_only() {
    let old = tree!({ "metadata": { "generation": 3 }, "spec": { "replicas": 1 }, "status": { "replicas": 1 } });
    let mut new = old.clone().with(&["spec", "replicas"], 2).with(&["status", "replicas"], 9);
    prepare_for_update(Resource::REPLICA_SETS, &mut new, &old, "");
    assert_eq!(new.int_at(&["metadata", "generation"]), Some(4));
    assert_eq!(new.int_at(&["status", "replicas"]), Some(1));
    let mut new = old.clone().with(&["spec", "replicas"], 2).with(&["status", "replicas"], 9);
    prepare_for_update(Resource::REPLICA_SETS, &mut new, &old, "status");
    assert_eq!(new, old.clone().with(&["status", "replicas"], 9));
}

#[test]
fn secrets_are_kept_in_base64() {
    let mut secret = tree!({ "stringData": { "a": "b", "c": "", "d": "hello" } });
    default_object(Resource::SECRETS, &mut secret);
    assert_eq!(secret.at(&["data"]), Some(&tree!({ "a": "Yg==", "c": "", "d": "aGVsbG8=" })));
}
