//! Which entry of a call a row is about.
//!
//! A call keeps its id when it enters a second queue, or the same one again after a timeout; each
//! entry is a call of its own for the figures. The leg is the number of the entry, from 1. Rows of
//! an earlier entry may come after those of a later one (an attended transfer), so the last few
//! entries of a call are kept with their queue.
//!
//! Memory is bounded by generations instead of an exact order: two tables, and when the younger
//! is full the older is dropped. A call is forgotten only after [`CALLS_MAX`] / 2 other calls have
//! come, which is hours in the largest centre; its rows then count for leg 1.

use crate::engine::observation::CallKey;
use std::collections::HashMap;

/// Most calls that are remembered.
pub(super) const CALLS_MAX: usize = 131_072;
/// Entries that are remembered of one call.
const ENTRIES_MAX: usize = 4;

#[derive(Clone, Copy, Debug, Default)]
struct Entries {
    count: u16,
    /// Queue and leg, newest first.
    newest: [(u64, u16); ENTRIES_MAX],
}

/// The entries of the latest calls.
#[derive(Clone, Debug, Default)]
pub(in crate::ingest) struct Legs {
    young: HashMap<u64, Entries>,
    old: HashMap<u64, Entries>,
}

impl Legs {
    /// The call enters a queue, or tries to: a new leg.
    pub(in crate::ingest) fn enter(&mut self, call_id: &str, queue: &str) -> u16 {
        let entries = self.entries(call_id);
        entries.count = entries.count.saturating_add(1);
        entries.newest.rotate_right(1);
        entries.newest[0] = (hash(queue), entries.count);
        entries.count
    }

    /// The latest leg of the call in this queue; where none is known, its latest.
    pub(in crate::ingest) fn current(&mut self, call_id: &str, queue: &str) -> u16 {
        let entries = self.entries(call_id);
        let queue = hash(queue);
        let known = entries.newest.iter().find(|(of, leg)| *of == queue && *leg > 0);
        known.map_or(entries.count.max(1), |(_, leg)| *leg)
    }

    /// Somebody else saw the call enter this queue as this leg.
    pub(in crate::ingest) fn catch_up(&mut self, call_id: &str, queue: &str, leg: u16) {
        let entries = self.entries(call_id);
        if entries.count < leg {
            entries.count = leg;
            entries.newest.rotate_right(1);
            entries.newest[0] = (hash(queue), leg);
        }
    }

    fn entries(&mut self, call_id: &str) -> &mut Entries {
        let call = hash(call_id);
        if self.young.len() >= CALLS_MAX / 2 && !self.young.contains_key(&call) {
            self.old = std::mem::take(&mut self.young);
        }
        let old = &mut self.old;
        self.young.entry(call).or_insert_with(|| old.remove(&call).unwrap_or_default())
    }
}

fn hash(text: &str) -> u64 {
    CallKey::new(text, 0).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_is_a_leg_and_rows_find_theirs_by_queue() {
        let mut legs = Legs::default();
        assert_eq!(legs.enter("c", "support"), 1);
        assert_eq!(legs.current("c", "support"), 1);
        assert_eq!(legs.enter("c", "sales"), 2);
        assert_eq!(legs.current("c", "support"), 1);
        assert_eq!(legs.current("c", "sales"), 2);
        assert_eq!(legs.enter("c", "support"), 3);
        assert_eq!(legs.current("c", "support"), 3);
        assert_eq!(legs.current("c", "elsewhere"), 3);
        assert_eq!(legs.current("never entered", "support"), 1);
        legs.catch_up("c", "late", 3);
        assert_eq!(legs.current("c", "support"), 3);
        legs.catch_up("c", "late", 4);
        assert_eq!((legs.current("c", "late"), legs.enter("c", "sales")), (4, 5));
    }

    #[test]
    fn memory_is_bounded_and_calls_in_use_stay() {
        let mut legs = Legs::default();
        legs.enter("kept", "q");
        for call in 0..CALLS_MAX * 2 {
            legs.enter(&call.to_string(), "q");
            if call % 10_000 == 0 {
                assert_eq!(legs.current("kept", "q"), 1);
            }
        }
        assert!(legs.young.len() + legs.old.len() <= CALLS_MAX);
        assert_eq!(legs.enter("kept", "q"), 2);
    }
}
