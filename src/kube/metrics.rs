//! What the metrics server knows: CPU and memory in use, per container and per node, as a read
//! request on `metrics.k8s.io` answers it. Nothing of it is stored, and a cluster into which
//! nobody has put a metrics server does not serve that group.
// Source: metrics.k8s.io/v1beta1; "Resource metrics pipeline".

use crate::document::Value;
use crate::kube::api::labels::Selector;
use crate::kube::api::{ApiError, Key, Object, Reason, Reply, Request, Resource, Verb, meta};
use crate::kube::network::Wires;
use crate::kube::{Cluster, Turn};
use crate::sim::SimTime;
use crate::tree;
use std::rc::Rc;

/// What a node's own programs use.
const SYSTEM_MILLI: i64 = 90;
const SYSTEM_BYTES: i64 = 300 << 20;

impl Cluster {
    /// Answers what is asked of the metrics server; nothing if the request is none of that.
    pub(in crate::kube) fn handle_metrics(
        &mut self,
        turn: &Turn<'_>,
        request: &Request,
    ) -> Option<Result<Reply, ApiError>> {
        if !matches!(request.resource, Resource::NODE_METRICS | Resource::POD_METRICS) {
            return None;
        }
        if !self.settings().has_metrics_server {
            // Models k8s.io/apiserver/pkg/endpoints/handlers/responsewriters: a path that nothing serves.
            return Some(Err(ApiError::new(Reason::NotFound, "the server could not find the requested resource")));
        }
        Some(self.authorize(turn.now, request).and_then(|()| self.measured(turn.now, request)))
    }

    fn measured(&mut self, now: SimTime, request: &Request) -> Result<Reply, ApiError> {
        let is_pods = request.resource == Resource::POD_METRICS;
        let resource = if is_pods { Resource::PODS } else { Resource::NODES };
        let selector = Selector::parse(&request.options.label_selector)
            .map_err(|message| ApiError::new(Reason::BadRequest, message))?;
        let measured: Vec<Rc<Object>> = self
            .snapshot(now)
            .list(resource, &request.namespace)
            .filter(|object| request.name.is_empty() || meta::name(object) == &*request.name)
            .filter(|object| selector.matches(meta::labels(object)))
            .cloned()
            .collect();
        let seed = self.settings().seed;
        if is_pods {
            for pod in &measured {
                self.with_runtime(now, |runtime, seen| runtime.catch_up(meta::uid(pod), now, &Wires { seen }, seed));
            }
        }
        let items = measured
            .iter()
            .filter_map(|object| if is_pods { self.of_pod(now, object) } else { self.of_node(now, object) });
        let items: Vec<Value> = items.collect();
        match request.verb {
            Verb::List => Ok(Reply::List { items, revision: self.etcd().revision(), warnings: Vec::new() }),
            _ => match items.into_iter().next() {
                Some(object) => Ok(Reply::Object { object, created: false, warnings: Vec::new() }),
                None => Err(ApiError::not_found(request.resource, &request.name)),
            },
        }
    }

    fn of_pod(&self, now: SimTime, pod: &Object) -> Option<Value> {
        let running = self.runtime().of_pod(meta::uid(pod)).filter(|(_, process)| process.ended.is_none());
        let containers: Vec<Value> = running
            .map(|(id, process)| tree!({ "name": &id.container, "usage": (usage(process.cpu_milli(now), process.memory())) }))
            .collect();
        (!containers.is_empty()).then(|| {
            let mut metrics = frame("PodMetrics", pod, now);
            metrics.set(&["containers"], Value::list(containers));
            metrics
        })
    }

    fn of_node(&self, now: SimTime, node: &Object) -> Option<Value> {
        let key = Key::new(Resource::NODES, "", meta::name(node));
        if !meta::is_condition_true(self.get(&key)?, "Ready") {
            return None;
        }
        let (mut milli, mut bytes) = (SYSTEM_MILLI, SYSTEM_BYTES);
        let here = self.runtime().iter().filter(|(_, process)| *process.facts.node == *meta::name(node));
        for (_, process) in here.filter(|(_, process)| process.ended.is_none()) {
            milli += process.cpu_milli(now);
            bytes += process.memory();
        }
        let mut metrics = frame("NodeMetrics", node, now);
        metrics.set(&["usage"], usage(milli, bytes));
        Some(metrics)
    }
}

fn frame(kind: &str, object: &Value, now: SimTime) -> Value {
    let mut metadata =
        tree!({ "name": (meta::name(object)), "creationTimestamp": (now.rfc3339()), "labels": (meta::labels(object)) });
    if !meta::namespace(object).is_empty() {
        metadata.set(&["namespace"], meta::namespace(object));
    }
    tree!({
        "apiVersion": "metrics.k8s.io/v1beta1",
        "kind": kind,
        "metadata": metadata,
        "timestamp": (now.rfc3339()),
        "window": "15s",
    })
}

fn usage(milli: i64, bytes: i64) -> Value {
    tree!({ "cpu": (format!("{milli}m")), "memory": (format!("{}Ki", bytes / 1024)) })
}
