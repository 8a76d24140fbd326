//! The durable steps, named, so that a test can end the process at any of them.
//!
//! A hook that is handed in, not a feature and not an environment variable: the tests kill
//! exactly the code that ships, and nobody can switch a failpoint on from outside. Without a
//! hook a step costs one test of an option, and there are a handful of steps a batch.

use std::fmt;
use std::sync::Arc;

/// Places between two durable actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// A batch is applied and nothing is written.
    Applied,
    /// The rows of a batch are written, the transaction is open.
    Written,
    /// The transaction is committed, nothing is told.
    Committed,
    /// View and records are published, nothing is acknowledged.
    Published,
    /// The senders are told.
    Acknowledged,
    /// A snapshot is written, its transaction is open.
    SnapshotWritten,
    /// A snapshot is kept.
    SnapshotKept,
    /// Old rows are removed, the transaction is open.
    Pruned,
    /// Intents are due, their attempts are not written.
    Due,
    /// The attempts are written, nothing is sent.
    Attempted,
    /// The receivers answered, nothing is marked.
    Sent,
    /// The answers are marked, the engine does not know.
    Settled,
}

impl Step {
    /// All, in the order of a batch's life.
    pub const ALL: [Self; 12] = [
        Self::Applied,
        Self::Written,
        Self::Committed,
        Self::Published,
        Self::Acknowledged,
        Self::SnapshotWritten,
        Self::SnapshotKept,
        Self::Pruned,
        Self::Due,
        Self::Attempted,
        Self::Sent,
        Self::Settled,
    ];
}

/// Who is told of the steps: nobody, unless a test asks.
#[derive(Clone, Default)]
pub struct Steps(Option<Arc<dyn Fn(Step) + Send + Sync>>);

impl Steps {
    /// Calls `hook` at every step.
    pub fn hooked(hook: impl Fn(Step) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hook)))
    }

    /// Says that a step is reached.
    pub fn at(&self, step: Step) {
        if let Some(hook) = &self.0 {
            hook(step);
        }
    }
}

impl fmt::Debug for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Steps(hooked)" } else { "Steps" })
    }
}
