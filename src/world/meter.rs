//! What the cloud has cost since the beginning: an hour's price, times the time for which it held.

use crate::aws::{Cloud, pricing};
use crate::sim::SimTime;
use crate::world::World;

const HOUR_MS: i128 = 3_600_000;

/// A meter that turns as fast as what runs costs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Meter {
    /// The cloud's revision of which the rate is.
    revision: u64,
    /// Since when.
    since: SimTime,
    /// Micro-dollars an hour.
    rate: i64,
    /// Micro-dollars times milliseconds of an hour, up to `since`.
    spent: i128,
}

impl Meter {
    /// The cloud may have changed.
    pub(super) fn read(&mut self, cloud: &Cloud, now: SimTime) {
        let revision = cloud.store().revision();
        if revision == self.revision {
            return;
        }
        self.spent = self.at(now);
        (self.revision, self.since, self.rate) = (revision, now, pricing::micro_dollars_per_hour(cloud));
    }

    fn at(&self, now: SimTime) -> i128 {
        self.spent + i128::from(self.rate) * i128::from(now.since(self.since).as_millis())
    }
}

impl World {
    /// What the cloud has cost since the beginning, in millionths of a dollar.
    #[must_use]
    pub fn micro_dollars_spent(&self) -> i64 {
        i64::try_from(self.meter.at(self.now) / HOUR_MS).unwrap_or(i64::MAX)
    }
}
