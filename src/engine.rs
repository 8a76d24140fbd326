//! The pure engine: entries in, effects out.
//!
//! Synchronous and deterministic. It reads no clock, no file, no environment and no random
//! source; it imports std, chrono, serde, statrs and nothing else, and a test enforces that.
//! [`Engine::apply`] is the only way to change it, so live service, recovery, replay and test
//! share one code path:
//!
//! ```text
//! observation → calendar → baseline → detector → control → ladder → effects
//! ```

pub mod baseline;
pub mod calendar;
pub mod command;
pub mod detector;
pub mod effect;
pub mod entry;
pub mod ladder;
pub mod observation;
pub mod policy;
pub mod tail;
pub mod time;
pub mod verdict;
pub mod view;

use effect::{Effect, Transition};
use entry::Entry;
use observation::{QueueId, SourceId, UnitId};
use serde::{Deserialize, Serialize};
use time::Timestamp;
use view::View;

/// The whole state. Its serde form is the snapshot; a binary encoding keeps it bit-exact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Engine {
    seq: entry::Seq,
    at: Timestamp,
}

/// Why the engine wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// A source may be blind.
    Silence,
    /// A step of a ladder may be due.
    Ladder,
    /// Rows that were waited for are overdue.
    Rows,
}

impl Engine {
    /// An engine before its first entry.
    pub fn new() -> Self {
        Self { seq: 0, at: Timestamp::MIN }
    }

    /// Folds one entry and appends what follows from it.
    ///
    /// # Panics
    /// If `seq` is not the next number, `at` goes back, or an id was never registered: such an
    /// entry cannot come from a sound driver.
    pub fn apply(&mut self, entry: &Entry, effects: &mut Vec<Effect>) {
        assert_eq!(entry.seq, self.seq + 1, "entries are dense");
        assert!(entry.at >= self.at, "entries do not go back in time");
        self.seq = entry.seq;
        self.at = entry.at;
        let _ = effects;
    }

    /// Folds an entry of the past whose outcome is known: the transitions of the journal are
    /// authoritative, none is decided anew. Used in recovery by another build.
    pub fn apply_recorded(&mut self, entry: &Entry, transitions: &[Transition]) {
        let _ = transitions;
        self.apply(entry, &mut Vec::new());
    }

    /// When to send a tick at the latest, and why.
    pub fn next_deadline(&self) -> Option<(Timestamp, Wake)> {
        None
    }

    /// The read model.
    pub fn view(&self) -> View {
        View { seq: self.seq, at: self.at, sources: vec![], units: vec![], queues: vec![] }
    }

    /// Number of the last entry; 0 before the first.
    pub fn seq(&self) -> entry::Seq {
        self.seq
    }

    /// `at` of the last entry; [`Timestamp::MIN`] before the first.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Name of a registered queue.
    pub fn queue_name(&self, _queue: QueueId) -> &str {
        ""
    }

    /// Name of a unit of the policy in force.
    pub fn unit_name(&self, _unit: UnitId) -> &str {
        ""
    }

    /// Name of a source of the policy in force.
    pub fn source_name(&self, _source: SourceId) -> &str {
        ""
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}
