//! Named limits. What hits one says so.

/// How many changes a store remembers for watchers that resume; older ones answer "expired".
pub const WATCH_HISTORY_MAX: usize = 1024;

/// How many entries a journal holds at least; when it has twice as many, it forgets the oldest.
pub const JOURNAL_ENTRIES_MAX: usize = 100_000;

/// How many events one call of a world's `run` takes before it gives the caller a turn.
pub const EVENTS_PER_RUN_MAX: usize = 20_000;
