use super::*;
use crate::document::schema;
use crate::tree;

fn deployment() -> Option<Type> {
    schema::root("apps/v1", "Deployment")
}

fn containers(items: Value) -> Value {
    Value::map().with(&["spec", "template", "spec", "containers"], items)
}

#[test]
fn a_merge_patch_takes_away_with_null() {
    let merged = merge_patch(&tree!({ "a": 1, "b": { "c": 2, "d": 3 } }), &tree!({ "b": { "c": null }, "e": [1] }));
    assert_eq!(merged, tree!({ "a": 1, "b": { "d": 3 }, "e": [1] }));
}

#[test]
fn a_json_patch_does_its_operations_in_order() {
    let patch = tree!([
        { "op": "add", "path": "/items/-", "value": "c" },
        { "op": "remove", "path": "/items/0" },
        { "op": "replace", "path": "/a~1b", "value": 2 },
        { "op": "test", "path": "/a~1b", "value": 2 },
    ]);
    let patched = json_patch(&tree!({ "items": ["a", "b"], "a/b": 1 }), &patch);
    assert_eq!(patched, Ok(tree!({ "items": ["b", "c"], "a/b": 2 })));
    assert!(json_patch(&Value::map(), &tree!([{ "op": "remove", "path": "/x" }])).is_err());
}

#[test]
fn a_strategic_patch_merges_containers_by_name() {
    let live = containers(tree!([{ "name": "a", "image": "1" }, { "name": "b", "image": "1" }]));
    let patch = containers(tree!([{ "name": "b", "image": "2" }]));
    assert_eq!(
        strategic(&live, &patch, deployment()),
        Ok(containers(tree!([{ "name": "a", "image": "1" }, { "name": "b", "image": "2" }])))
    );
    let patch = containers(tree!([{ "name": "a", "$patch": "delete" }]));
    assert_eq!(strategic(&live, &patch, deployment()), Ok(containers(tree!([{ "name": "b", "image": "1" }]))));
    let patch = containers(tree!([{ "$patch": "replace" }, { "name": "c", "image": "3" }]));
    assert_eq!(strategic(&live, &patch, deployment()), Ok(containers(tree!([{ "name": "c", "image": "3" }]))));
}

#[test]
fn keys_that_are_not_retained_go() {
    let live = Value::map()
        .with(&["spec", "strategy"], tree!({ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": 1 } }));
    let patch = Value::map().with(&["spec", "strategy"], tree!({ "$retainKeys": ["type"], "type": "Recreate" }));
    assert_eq!(
        strategic(&live, &patch, deployment()),
        Ok(Value::map().with(&["spec", "strategy"], tree!({ "type": "Recreate" })))
    );
}

#[test]
fn apply_takes_away_only_what_was_applied() {
    let original = containers(tree!([{ "name": "a", "image": "1" }, { "name": "b", "image": "1" }]));
    let modified = containers(tree!([{ "name": "b", "image": "2" }]));
    let current = containers(tree!([
        { "name": "a", "image": "1" },
        { "name": "b", "image": "1", "imagePullPolicy": "Always" },
        { "name": "injected", "image": "9" },
    ]));
    let patch = three_way(&original, &modified, &current, deployment());
    assert_eq!(
        patch,
        Value::map().with(
            &["spec", "template", "spec"],
            tree!({
                "$setElementOrder/containers": [{ "name": "b" }],
                "containers": [{ "name": "b", "image": "2" }, { "name": "a", "$patch": "delete" }],
            })
        )
    );
    assert_eq!(
        strategic(&current, &patch, deployment()),
        Ok(containers(tree!([
            { "name": "b", "image": "2", "imagePullPolicy": "Always" },
            { "name": "injected", "image": "9" },
        ])))
    );
}

#[test]
fn apply_of_the_same_is_no_patch() {
    let written = containers(tree!([{ "name": "a", "image": "1" }]));
    let live = containers(tree!([{ "name": "a", "image": "1", "imagePullPolicy": "Always" }]));
    assert_eq!(three_way(&written, &written, &live, deployment()), Value::map());
}
