//! How the driver itself is doing: for readiness and for metrics.

use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the commit histogram in seconds: from a fast disk's flush to a stall.
pub const COMMIT_SECONDS: [f64; 10] =
    [0.000_5, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.0];

/// Counters and flags that the driver keeps and others read.
#[derive(Debug, Default)]
pub struct DriverStatus {
    ready: AtomicBool,
    failure: RwLock<Option<String>>,
    quarantined: AtomicU64,
    regressions: AtomicU64,
    unknown_queue: AtomicU64,
    commit_failures: AtomicU64,
    snapshot_failures: AtomicU64,
    mismatches: AtomicU64,
    snapshots: AtomicU64,
    entries: AtomicU64,
    commit_counts: [AtomicU64; COMMIT_SECONDS.len() + 1],
    commit_nanos: AtomicU64,
}

/// Durations of commits: counts by the bounds of [`COMMIT_SECONDS`], the rest last.
#[derive(Clone, Debug, PartialEq)]
pub struct CommitDurations {
    /// Counts, not cumulative.
    pub counts: [u64; COMMIT_SECONDS.len() + 1],
    /// Sum in seconds.
    pub sum_seconds: f64,
}

impl DriverStatus {
    /// Whether what is sent now will be committed.
    pub fn ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Why the journal failed last, while it fails.
    pub fn failure(&self) -> Option<String> {
        self.failure.read().ok().and_then(|failure| failure.clone())
    }

    /// Entries that the engine could not take.
    pub fn quarantined(&self) -> u64 {
        self.quarantined.load(Ordering::Relaxed)
    }

    /// Times the clock went back.
    pub fn regressions(&self) -> u64 {
        self.regressions.load(Ordering::Relaxed)
    }

    /// Observations of queues that are unknown and may not register.
    pub fn unknown_queue(&self) -> u64 {
        self.unknown_queue.load(Ordering::Relaxed)
    }

    /// Batches that could not be committed.
    pub fn commit_failures(&self) -> u64 {
        self.commit_failures.load(Ordering::Relaxed)
    }

    /// Snapshots, or removals of old rows, that failed.
    pub fn snapshot_failures(&self) -> u64 {
        self.snapshot_failures.load(Ordering::Relaxed)
    }

    /// Snapshots that were kept.
    pub fn snapshots(&self) -> u64 {
        self.snapshots.load(Ordering::Relaxed)
    }

    /// Entries that gave other transitions in recovery than were journalled.
    pub fn mismatches(&self) -> u64 {
        self.mismatches.load(Ordering::Relaxed)
    }

    /// Entries committed by this process.
    pub fn entries(&self) -> u64 {
        self.entries.load(Ordering::Relaxed)
    }

    /// Durations of commits.
    pub fn commits(&self) -> CommitDurations {
        let counts = std::array::from_fn(|at| self.commit_counts[at].load(Ordering::Relaxed));
        let sum = Duration::from_nanos(self.commit_nanos.load(Ordering::Relaxed));
        CommitDurations { counts, sum_seconds: sum.as_secs_f64() }
    }

    pub(super) fn set_ready(&self, ready: bool) {
        if ready && let Ok(mut failure) = self.failure.write() {
            *failure = None;
        }
        self.ready.store(ready, Ordering::Release);
    }

    /// The journal fails: what is sent now will not be committed.
    pub(super) fn failed(&self, why: String) {
        self.count(Count::CommitFailure);
        if let Ok(mut failure) = self.failure.write() {
            *failure = Some(why);
        }
        self.ready.store(false, Ordering::Release);
    }

    pub(super) fn count(&self, what: Count) {
        let counter = match what {
            Count::Quarantined => &self.quarantined,
            Count::Regression => &self.regressions,
            Count::UnknownQueue => &self.unknown_queue,
            Count::CommitFailure => &self.commit_failures,
            Count::SnapshotFailure => &self.snapshot_failures,
            Count::Snapshot => &self.snapshots,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn committed(&self, entries: usize, took: Duration) {
        let seconds = took.as_secs_f64();
        let bucket = COMMIT_SECONDS.iter().position(|bound| seconds <= *bound);
        self.commit_counts[bucket.unwrap_or(COMMIT_SECONDS.len())].fetch_add(1, Ordering::Relaxed);
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.commit_nanos.fetch_add(nanos, Ordering::Relaxed);
        self.entries.fetch_add(entries as u64, Ordering::Relaxed);
    }

    pub(super) fn mismatched(&self, entries: u64) {
        self.mismatches.fetch_add(entries, Ordering::Relaxed);
    }
}

/// What is counted one by one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Count {
    /// See [`DriverStatus::quarantined`].
    Quarantined,
    /// See [`DriverStatus::regressions`].
    Regression,
    /// See [`DriverStatus::unknown_queue`].
    UnknownQueue,
    /// See [`DriverStatus::commit_failures`].
    CommitFailure,
    /// See [`DriverStatus::snapshot_failures`].
    SnapshotFailure,
    /// See [`DriverStatus::snapshots`].
    Snapshot,
}
