//! Which memory will the next rows need?
//!
//! A row waits for its queue, then for what judges it, then for its slot of the day: each address is
//! known when the one before was read, and where thousands of queues take turns each wait is as long
//! as hundreds of instructions. Memory answers many at once. So whoever holds the next rows says of
//! which queues they are, and the three waits are shared by all of them. Nothing is decided by it
//! and nothing kept; an entry that was not foreseen costs time and nothing else.

use super::Engine;
use super::observation::QueueId;
use super::queue::Queue;
use std::hint::black_box;

/// Rows that are foreseen together: what they need, some 2 KiB each, fits the caches of a core.
pub const FORESEEN: usize = 32;

impl Engine {
    /// Rows of these queues come next; about [`FORESEEN`] of them.
    pub fn foresee(&self, coming: impl Iterator<Item = QueueId> + Clone) {
        let queues = || coming.clone().filter_map(|queue| self.queues.get(queue.0 as usize));
        let day = |queue: &Queue| queue.touch_day(&self.units[queue.unit.0 as usize].calendar);
        black_box(queues().map(Queue::touch_itself).fold(0, i64::wrapping_add));
        black_box(queues().map(Queue::touch_judging).fold(0, i64::wrapping_add));
        black_box(queues().map(day).fold(0, i64::wrapping_add));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::entry::{Entry, Input};
    use crate::engine::observation::UnitId;
    use crate::engine::policy::{Policy, SilenceRule, UnitPolicy};
    use crate::engine::time::Timestamp;

    #[test]
    fn queues_that_never_spoke_or_do_not_exist_can_be_foreseen() {
        let units = vec![UnitPolicy::with_defaults("a")];
        let policy = Policy { units, ..Policy::unconfigured(SilenceRule::Live, Vec::new()) };
        let seen = Input::QueueSeen { queue: QueueId(0), name: "q".into(), unit: UnitId(0) };
        let mut engine = Engine::new();
        engine.foresee([QueueId(0)].into_iter());
        for (seq, input) in [(1, Input::Policy(Box::new(policy))), (2, seen)] {
            let entry = Entry { seq, at: Timestamp::from_secs(0), input };
            engine.apply(&entry, &mut Vec::new());
        }
        let before = engine.clone();
        engine.foresee([0, 7, 0].into_iter().map(QueueId));
        assert_eq!(engine, before);
    }
}
