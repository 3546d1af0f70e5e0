//! What a Job's Pod looks like.
// Models podGenerateNameWithIndex, addCompletionIndexEnvVariables

use crate::document::Value;
use crate::kube::api::meta;
use crate::kube::controller::job::TRACKING;
use crate::kube::controller::job::indexed::INDEX;
use crate::kube::controller::pods;
use crate::tree;

pub(super) fn pod_for(job: &Value, index: Option<i64>) -> Value {
    let mut pod = pods::from_template(job);
    let mut finalizers = pod.items_at(&["metadata", "finalizers"]).to_vec();
    finalizers.push(TRACKING.into());
    pod.set(&["metadata", "finalizers"], finalizers);
    let Some(index) = index else { return pod };
    let text = index.to_string();
    pod.set(&["metadata", "labels", INDEX], text.as_str());
    pod.set(&["metadata", "annotations", INDEX], text.as_str());
    pod.set(&["metadata", "generateName"], format!("{}-{index}-", meta::name(job)));
    pod.set(&["spec", "hostname"], format!("{}-{index}", meta::name(job)));
    for list in ["initContainers", "containers"] {
        let mut containers = pod.items_at(&["spec", list]).to_vec();
        if containers.is_empty() {
            continue;
        }
        for container in &mut containers {
            let mut env = container.items_at(&["env"]).to_vec();
            if env.iter().any(|variable| variable.str_at(&["name"]) == "JOB_COMPLETION_INDEX") {
                continue;
            }
            let path = format!("metadata.labels['{INDEX}']");
            let source = tree!({ "fieldRef": { "fieldPath": path } });
            env.push(tree!({ "name": "JOB_COMPLETION_INDEX", "valueFrom": source }));
            container.set(&["env"], env);
        }
        pod.set(&["spec", list], containers);
    }
    pod
}
