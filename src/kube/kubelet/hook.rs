//! Lifecycle hooks: what is done when a container has started, and before it is told to stop.
// Models pkg/kubelet/lifecycle/handlers.go handlerRunner.Run

use crate::document::Value;
use crate::kube::kubelet::container::Container;
use crate::kube::kubelet::pod::{Node, PodWorker};
use crate::kube::kubelet::probe::port_number;
use crate::kube::program::http::Request;
use crate::kube::program::runtime::Command;
use crate::sim::{SimTime, secs};

impl PodWorker {
    /// Runs a hook (`postStart` or `preStop`), if there is one. Returns how long it took.
    ///
    /// # Errors
    /// How long it took until it failed.
    pub(super) fn hook(&self, container: &Container, name: &str, node: &mut Node<'_>) -> Result<SimTime, SimTime> {
        let spec = self.spec_of(container);
        let Some(hook) = spec.at(&["lifecycle", name]) else { return Ok(SimTime::ZERO) };
        if let Some(sleep) = hook.int_at(&["sleep", "seconds"]) {
            return Ok(secs(u64::try_from(sleep).unwrap_or_default()));
        }
        if let Some(http) = hook.at(&["httpGet"]) {
            return self.hook_http(http, &spec, node);
        }
        let words = hook.items_at(&["exec", "command"]).iter().filter_map(Value::as_shared).collect();
        let command = Command::Run { words, stdin: "".into(), is_terminal: false };
        match node.runtime.exec(&self.id_of(container), &command, node.now, node.wiring, node.seed) {
            Ok(executed) if executed.runs_on => Ok(SimTime(u64::MAX / 4)),
            Ok(executed) if executed.code == 0 => Ok(executed.took),
            Ok(executed) => Err(executed.took),
            Err(_) => Err(SimTime::ZERO),
        }
    }

    fn hook_http(&self, http: &Value, spec: &Value, node: &mut Node<'_>) -> Result<SimTime, SimTime> {
        let port = port_number(http.at(&["port"]), spec);
        let path = match http.str_at(&["path"]) {
            "" => "/",
            path => path,
        };
        let mut request = Request::get(&self.address, path);
        request.agent = "kube-lifecycle/1.36".into();
        request.client = node.machine.address.clone();
        match node.runtime.serve(&self.uid, port, &request, node.now, node.wiring, node.seed) {
            Some(response) if (200..400).contains(&response.status) => Ok(SimTime::ZERO),
            _ => Err(SimTime::ZERO),
        }
    }
}
