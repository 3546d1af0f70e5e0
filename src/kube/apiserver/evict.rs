//! What stands between an eviction and the deletion that it is: disruption budgets.
// Models pkg/registry/core/pod/storage/eviction.go

use super::{ApiServer, Written};
use crate::document::Value;
use crate::kube::api::{ApiError, Key, Object, Reason, Request, Resource, meta};
use crate::kube::conditions::{self, Condition};
use crate::kube::controller::disruption;
use crate::sim::{self, SimTime};
use std::rc::Rc;

const REFUSED: &str = "Cannot evict pod as it would violate the pod's disruption budget.";

impl ApiServer {
    /// Takes an eviction out of the Pod's budget, and writes into the Pod why it goes.
    pub(super) fn spend_budget(&mut self, now: SimTime, deletion: &Request) -> Result<Vec<Written>, ApiError> {
        let key = deletion.key();
        let pod = self.stored(&key)?;
        let mut written = Vec::new();
        let counts =
            !meta::is_deleting(&pod) && !matches!(pod.str_at(&["status", "phase"]), "Pending" | "Succeeded" | "Failed");
        if counts
            && let Some((budget_key, status)) = self.decrement(now, &key, &pod)?
            && !deletion.options.dry_run
        {
            let budget = self.stored(&budget_key)?;
            let value = budget.value.clone().with(&["status"], status);
            written.push(self.put(budget_key, value, budget.managers.clone(), sim::Verb::UpdateStatus));
        }
        let condition = Condition::new("DisruptionTarget", "True")
            .because("EvictionByEvictionAPI", "Eviction API: evicting")
            .of_generation(&pod);
        if let Some(status) = conditions::changed_status(&pod, now, &[condition])
            && !deletion.options.dry_run
        {
            let value = pod.value.clone().with(&["status"], status);
            written.push(self.put(key, value, pod.managers.clone(), sim::Verb::UpdateStatus));
        }
        Ok(written)
    }

    /// The budget that pays for this eviction, with its new status; none if nothing has to be paid.
    // Models checkAndDecrement
    fn decrement(&self, now: SimTime, key: &Key, pod: &Rc<Object>) -> Result<Option<(Key, Value)>, ApiError> {
        let seen = self.snapshot(now);
        let budgets: Vec<&Rc<Object>> = seen
            .list(Resource::POD_DISRUPTION_BUDGETS, &key.namespace)
            .filter(|budget| disruption::covers(budget, pod))
            .collect();
        let budget = match budgets.as_slice() {
            [] => return Ok(None),
            [budget] => *budget,
            _ => {
                let message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does \
                               not support.";
                return Err(ApiError::new(Reason::InternalError, message));
            }
        };
        let count = |field: &str| budget.int_at(&["status", field]).unwrap_or_default();
        if !meta::is_condition_true(pod, "Ready") {
            let is_spare = count("currentHealthy") >= count("desiredHealthy") && count("desiredHealthy") > 0;
            if budget.str_at(&["spec", "unhealthyPodEvictionPolicy"]) == "AlwaysAllow" || is_spare {
                return Ok(None);
            }
        }
        let allowed = count("disruptionsAllowed");
        if count("observedGeneration") < meta::generation(budget) || allowed <= 0 {
            return Err(ApiError::new(Reason::TooManyRequests, REFUSED));
        }
        let mut status = budget.at(&["status"]).cloned().unwrap_or_default();
        status.set(&["disruptionsAllowed"], allowed - 1);
        status.set(&["disruptedPods", &key.name], now.rfc3339());
        let key = Key::new(Resource::POD_DISRUPTION_BUDGETS, meta::namespace(budget), meta::name(budget));
        Ok(Some((key, status)))
    }
}
