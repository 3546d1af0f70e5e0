//! How fast an autoscaler may go: recommendations are kept for a while, and policies say how many
//! Pods may come or go in a period.
// Models pkg/controller/podautoscaler/horizontal.go normalizeDesiredReplicasWithBehaviors

use crate::document::Value;
use crate::sim::{SimTime, secs};

/// How long the highest recommendation counts before fewer replicas are asked for.
// Source: --horizontal-pod-autoscaler-downscale-stabilization.
const DOWN_WINDOW_SECONDS: i64 = 300;
/// No policy looks further back.
const REMEMBERED: SimTime = secs(3600);

/// What an autoscaler remembers between two looks.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scaling {
    /// How many replicas were recommended, and when.
    pub recommendations: Vec<(SimTime, i64)>,
    /// By how many the target was scaled, and when.
    pub changes: Vec<(SimTime, i64)>,
}

impl Scaling {
    /// Forgets what is too old to matter.
    pub(super) fn forget(&mut self, now: SimTime) {
        self.recommendations.retain(|(at, _)| *at + REMEMBERED > now);
        self.changes.retain(|(at, _)| *at + REMEMBERED > now);
    }

    /// How many came (`sign` 1) or went (`sign` -1) in the last seconds.
    fn changed(&self, now: SimTime, seconds: i64, sign: i64) -> i64 {
        let period = secs(seconds.unsigned_abs());
        self.changes
            .iter()
            .filter(|(at, change)| *at + period > now && change.signum() == sign)
            .map(|(_, change)| change.abs())
            .sum()
    }

    fn extreme(&self, now: SimTime, seconds: i64, wanted: i64, pick: fn(i64, i64) -> i64) -> i64 {
        let window = secs(seconds.unsigned_abs());
        let recent = self.recommendations.iter().filter(|(at, _)| *at + window > now);
        recent.map(|(_, count)| *count).fold(wanted, pick)
    }
}

/// Where a step was held back, in upstream's words: reason and message of `ScalingLimited` or
/// `AbleToScale`.
pub(super) type Held = Option<(&'static str, &'static str)>;

/// The number that recent recommendations allow, and what is to be said about that.
// Models stabilizeRecommendationWithBehaviors
pub(super) fn stabilized(scaler: &Value, memory: &Scaling, now: SimTime, current: i64, wanted: i64) -> (i64, Held) {
    let window = |direction: &str, usual: i64| {
        scaler.int_at(&["spec", "behavior", direction, "stabilizationWindowSeconds"]).unwrap_or(usual)
    };
    let up = memory.extreme(now, window("scaleUp", 0), wanted, i64::min);
    let down = memory.extreme(now, window("scaleDown", DOWN_WINDOW_SECONDS), wanted, i64::max);
    let mut stable = current;
    if stable < up {
        stable = up;
    }
    if stable > down {
        stable = down;
    }
    let held = if wanted >= current {
        (
            "ScaleUpStabilized",
            "recent recommendations were lower than current one, applying the lowest recent recommendation",
        )
    } else {
        (
            "ScaleDownStabilized",
            "recent recommendations were higher than current one, applying the highest recent recommendation",
        )
    };
    (stable, (stable != wanted).then_some(held))
}

/// The number within the bounds and the policies, and what held it back.
// Models convertDesiredReplicasWithBehaviorRate
pub(super) fn limited(scaler: &Value, memory: &Scaling, now: SimTime, current: i64, wanted: i64) -> (i64, Held) {
    let least = scaler.int_at(&["spec", "minReplicas"]).unwrap_or(1);
    let most = scaler.int_at(&["spec", "maxReplicas"]).unwrap_or(least);
    if wanted > current {
        let limit = up_limit(scaler, memory, now, current).max(current);
        let bound = most.min(limit);
        if wanted > bound {
            return (
                bound,
                Some(if most <= limit {
                    ("TooManyReplicas", "the desired replica count is more than the maximum replica count")
                } else {
                    ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate")
                }),
            );
        }
    } else if wanted < current {
        let limit = down_limit(scaler, memory, now, current).min(current);
        let bound = least.max(limit);
        if wanted < bound {
            return (
                bound,
                Some(if least >= limit {
                    ("TooFewReplicas", "the desired replica count is less than the minimum replica count")
                } else {
                    ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate")
                }),
            );
        }
    }
    (wanted, None)
}

fn policies<'a>(scaler: &'a Value, direction: &str) -> (&'a [Value], &'a str) {
    let rules = scaler.at(&["spec", "behavior", direction]).unwrap_or(&Value::Null);
    (rules.items_at(&["policies"]), rules.str_at(&["selectPolicy"]))
}

// Models calculateScaleUpLimitWithScalingRules
fn up_limit(scaler: &Value, memory: &Scaling, now: SimTime, current: i64) -> i64 {
    let (policies, select) = policies(scaler, "scaleUp");
    if select == "Disabled" {
        return current;
    }
    if policies.is_empty() {
        // Models GenerateHPAScaleUpRules: four Pods or twice as many in 15 seconds, whichever is more.
        let start = current - memory.changed(now, 15, 1);
        return (start + 4).max(start * 2);
    }
    let limits = policies.iter().map(|policy| {
        let (value, period) =
            (policy.int_at(&["value"]).unwrap_or_default(), policy.int_at(&["periodSeconds"]).unwrap_or(15));
        let start = current - memory.changed(now, period, 1);
        if policy.str_at(&["type"]) == "Pods" { start + value } else { (start * (100 + value) + 99) / 100 }
    });
    if select == "Min" { limits.min() } else { limits.max() }.unwrap_or(current)
}

// Models calculateScaleDownLimitWithBehaviors
fn down_limit(scaler: &Value, memory: &Scaling, now: SimTime, current: i64) -> i64 {
    let (policies, select) = policies(scaler, "scaleDown");
    if select == "Disabled" {
        return current;
    }
    // Models GenerateHPAScaleDownRules: all of them in 15 seconds.
    let limits = policies.iter().map(|policy| {
        let (value, period) =
            (policy.int_at(&["value"]).unwrap_or_default(), policy.int_at(&["periodSeconds"]).unwrap_or(15));
        let start = current + memory.changed(now, period, -1);
        if policy.str_at(&["type"]) == "Pods" { start - value } else { start * (100 - value) / 100 }
    });
    if select == "Min" { limits.max() } else { limits.min() }.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn scaler() -> Value {
        tree!({ "spec": { "minReplicas": 1, "maxReplicas": 10 } })
    }

    #[test]
    fn going_up_at_most_doubles_or_adds_four_in_a_period() {
        let (scaler, memory) = (scaler(), Scaling::default());
        assert_eq!(limited(&scaler, &memory, secs(60), 1, 9).0, 5);
        assert_eq!(limited(&scaler, &memory, secs(60), 6, 11), (10, limited(&scaler, &memory, secs(60), 6, 12).1));
        let just_now = Scaling { changes: vec![(secs(50), 4)], ..Scaling::default() };
        assert_eq!(limited(&scaler, &just_now, secs(60), 5, 9).0, 5, "four have come within the period");
    }

    #[test]
    fn going_down_waits_for_the_highest_recommendation_to_pass() {
        let memory = Scaling { recommendations: vec![(secs(10), 6), (secs(200), 2)], ..Scaling::default() };
        assert_eq!(stabilized(&scaler(), &memory, secs(300), 6, 2).0, 6);
        assert_eq!(stabilized(&scaler(), &memory, secs(311), 6, 2), (2, None));
    }
}
