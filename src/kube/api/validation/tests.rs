use super::*;
use crate::kube::api::defaulting;
use crate::tree;

fn texts(errors: Vec<FieldError>) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

fn pod(spec: Value) -> Value {
    let mut pod = tree!({ "metadata": { "name": "web", "namespace": "default" }, "spec": (spec) });
    defaulting::default_object(Resource::PODS, &mut pod);
    pod
}

#[test]
fn errors_come_in_upstreams_order() {
    let bad = pod(tree!({ "restartPolicy": "never", "containers": [{ "name": "X", "ports": [{}] }] }));
    let found = texts(validate_create(Resource::PODS, &bad.with(&["metadata", "name"], "Bad Name")));
    let starts: Vec<&str> = found.iter().filter_map(|text| text.split(": ").next()).collect();
    assert_eq!(
        starts,
        [
            "metadata.name",
            "spec.containers[0].name",
            "spec.containers[0].image",
            "spec.containers[0].ports[0].containerPort",
            "spec.restartPolicy"
        ]
    );
}

#[test]
fn a_running_pod_may_get_another_image_and_nothing_else() {
    let old = pod(tree!({ "containers": [{ "name": "a", "image": "nginx:1" }] }));
    let image = pod(tree!({ "containers": [{ "name": "a", "image": "nginx:2" }] }));
    assert_eq!(texts(validate_update(Resource::PODS, &image, &old, "")), [""; 0]);
    let node = old.clone().with(&["spec", "nodeName"], "node-a");
    let found = texts(validate_update(Resource::PODS, &node, &old, ""));
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("- \"NodeName\": \"\",\n+ \"NodeName\": \"node-a\",\n"), "{}", found[0]);
}

#[test]
fn only_system_paths_are_free_of_the_rules() {
    let service = tree!({
        "metadata": { "name": "pier", "namespace": "default" },
        "spec": { "ports": [{ "port": 99999 }] },
    });
    let mut service = service;
    defaulting::default_object(Resource::SERVICES, &mut service);
    assert_eq!(
        texts(validate_create(Resource::SERVICES, &service)),
        [
            "spec.ports[0].port: Invalid value: 99999: must be between 1 and 65535, inclusive",
            "spec.ports[0].targetPort: Invalid value: 99999: must be between 1 and 65535, inclusive"
        ]
    );
}
