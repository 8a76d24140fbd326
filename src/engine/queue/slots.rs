//! The verdicts of a queue, or of the sum of a unit, by the end of their interval.

use crate::engine::time::{Span, Timestamp};
use crate::engine::verdict::Verdict;
use serde::{Deserialize, Serialize};

/// More verdicts than rows can come in before their instants are evaluated.
const SLOTS_MAX: usize = 64;

/// A verdict and the interval it is about.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::engine) struct Slot {
    pub(in crate::engine) end: Timestamp,
    pub(in crate::engine) length: Span,
    pub(in crate::engine) verdict: Verdict,
}

/// The verdict in force, the one before, and those before them whose instants are not evaluated
/// yet: where another source of the unit lags, rows run ahead of the unit.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(in crate::engine) struct Slots {
    newest: Option<Slot>,
    earlier: Option<Slot>,
    /// Oldest first; empty while the unit keeps up.
    older: Vec<Slot>,
}

impl Slots {
    /// Takes the verdict of the next row; the unit is evaluated up to `evaluated_to`.
    pub(in crate::engine) fn put(&mut self, slot: Slot, evaluated_to: Option<Timestamp>) {
        let Some(before) = self.newest.replace(slot) else { return };
        if evaluated_to.is_none_or(|to| before.end <= to) {
            self.older.clear();
        } else if let Some(earlier) = self.earlier {
            if self.older.len() == SLOTS_MAX {
                self.older.remove(0);
            }
            self.older.push(earlier);
        }
        self.earlier = Some(before);
    }

    pub(in crate::engine) fn at(&self, at: Timestamp) -> Option<&Slot> {
        let mut newest_first =
            self.newest.iter().chain(&self.earlier).chain(self.older.iter().rev());
        newest_first.find(|s| s.end <= at)
    }

    /// All that are kept, oldest first.
    pub(in crate::engine) fn oldest_first(&self) -> impl Iterator<Item = &Slot> {
        self.older.iter().chain(&self.earlier).chain(&self.newest)
    }

    pub(in crate::engine) fn newest(&self) -> Option<&Slot> {
        self.newest.as_ref()
    }
}

impl Slot {
    /// The next row is not due yet.
    pub(in crate::engine) fn fresh(&self, at: Timestamp) -> bool {
        at < self.end + self.length
    }
}
