//! How long rows are that do not say so: the commonest step to the next row of the same queue.

use crate::engine::observation::IntervalRow;
use crate::engine::time::{Span, Timestamp};
use std::collections::{BTreeMap, HashMap};

/// Steps seen so far and, once settled, the commonest ones.
#[derive(Default)]
pub(super) struct Steps {
    newest: HashMap<u32, Timestamp>,
    seen: HashMap<u32, BTreeMap<Span, u32>>,
    of_queue: HashMap<u32, Span>,
    of_file: Option<Span>,
}

impl Steps {
    /// A row of a queue starts. Steps back, none and over a day say nothing.
    pub(super) fn see(&mut self, queue: u32, start: Timestamp) {
        let Some(before) = self.newest.insert(queue, start) else { return };
        let step = start - before;
        if step.is_positive() && step <= IntervalRow::LENGTH_MAX {
            *self.seen.entry(queue).or_default().entry(step).or_default() += 1;
        }
    }

    /// Fixes what is commonest by queue, and over the file for queues with no step of their own.
    pub(super) fn settle(&mut self) {
        let mut pooled: BTreeMap<Span, u32> = BTreeMap::new();
        for (queue, steps) in self.seen.drain() {
            for (step, count) in &steps {
                *pooled.entry(*step).or_default() += count;
            }
            if let Some(step) = commonest(&steps) {
                self.of_queue.insert(queue, step);
            }
        }
        self.of_file = commonest(&pooled);
        self.newest = HashMap::new();
    }

    pub(super) fn of(&self, queue: u32) -> Option<Span> {
        self.of_queue.get(&queue).copied().or(self.of_file)
    }
}

/// The commonest step, of equally common ones the shortest.
fn commonest(steps: &BTreeMap<Span, u32>) -> Option<Span> {
    steps.iter().rev().max_by_key(|(_, count)| **count).map(|(step, _)| *step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commonest_step_of_a_queue_or_of_the_file() {
        let mut steps = Steps::default();
        for (queue, starts) in
            [(0, &[0, 60, 120, 180, 500][..]), (1, &[0, 1_800, 3_600]), (2, &[0])]
        {
            for start in starts {
                steps.see(queue, Timestamp::from_secs(*start));
            }
        }
        steps.settle();
        let lengths = [0, 1, 2].map(|queue| steps.of(queue));
        assert_eq!(lengths, [60, 1_800, 60].map(|secs| Some(Span::secs(secs))));
        assert_eq!(Steps::default().of(0), None);
    }

    #[test]
    fn of_equally_common_steps_the_shortest() {
        let steps =
            BTreeMap::from([(Span::secs(60), 2), (Span::secs(120), 2), (Span::secs(30), 1)]);
        assert_eq!(commonest(&steps), Some(Span::secs(60)));
    }
}
