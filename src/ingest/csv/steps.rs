//! How long are rows that do not say so?
//!
//! As long as the step to the next row of their queue, where that is clear: the first step that
//! comes [`RUN`] times in a row, else one that makes up half of all. A thin queue whose empty rows
//! were left out has neither; its rows are as long as the longest that all its steps are multiples
//! of. A queue of one row takes the commonest step of the file.
//!
//! The system may have been set to other rows on the way, so a run of another step changes the
//! length from there on. Nothing that comes after a row changes its length, but for the rows that
//! are read ahead of the first: who judges a history must not know its future.

use crate::engine::observation::IntervalRow;
use crate::engine::time::{Span, Timestamp};
use std::collections::{BTreeMap, HashMap};

/// Equal steps in a row that make a length.
const RUN: u32 = 8;
/// A length that is only a common measure of steps is at least this.
const MEASURE_MIN: Span = Span::minutes(1);

/// The steps of each queue.
#[derive(Default)]
pub(super) struct Steps {
    ahead: HashMap<u32, Ahead>,
    queues: HashMap<u32, Queue>,
    of_file: Option<Span>,
}

/// A queue while rows are read ahead.
#[derive(Default)]
struct Ahead {
    run: Run,
    /// The first step that came often enough in a row.
    first: Option<Span>,
    seen: BTreeMap<Span, u32>,
}

/// A queue while rows are given out.
struct Queue {
    run: Run,
    length: Span,
}

/// Equal steps that lie one behind the other.
#[derive(Default)]
struct Run {
    newest: Option<Timestamp>,
    step: Option<Span>,
    times: u32,
}

impl Run {
    /// Takes the start of a row; the step to it. None and over a day say nothing, and a table may
    /// have its newest rows first.
    fn step_to(&mut self, start: Timestamp) -> Option<Span> {
        let step = start - self.newest.replace(start)?;
        let step = step.max(Span::ZERO - step);
        if !step.is_positive() || step > IntervalRow::LENGTH_MAX {
            return None;
        }
        self.times = if self.step == Some(step) { self.times + 1 } else { 1 };
        self.step = Some(step);
        Some(step)
    }

    /// The step, where it came often enough.
    fn settled(&self) -> Option<Span> {
        self.step.filter(|_| self.times >= RUN)
    }
}

impl Ahead {
    fn length(&self) -> Option<Span> {
        let all: u32 = self.seen.values().sum();
        let half = commonest(&self.seen).filter(|step| 2 * self.seen[step] >= all);
        self.first.or(half).or_else(|| measure(&self.seen))
    }
}

impl Steps {
    /// A row that is read ahead starts.
    pub(super) fn see(&mut self, queue: u32, start: Timestamp) {
        let own = self.ahead.entry(queue).or_default();
        if let Some(step) = own.run.step_to(start) {
            *own.seen.entry(step).or_default() += 1;
            own.first = own.first.or(own.run.settled());
        }
    }

    /// Fixes how long the rows of each queue are at first.
    pub(super) fn settle(&mut self) {
        let mut pooled: BTreeMap<Span, u32> = BTreeMap::new();
        for (queue, own) in self.ahead.drain() {
            for (step, count) in &own.seen {
                *pooled.entry(*step).or_default() += count;
            }
            if let Some(length) = own.length() {
                self.queues.insert(queue, Queue { run: Run::default(), length });
            }
        }
        self.of_file = commonest(&pooled);
    }

    /// The length of a row that is given out.
    pub(super) fn length(&mut self, queue: u32, start: Timestamp) -> Option<Span> {
        let Some(own) = self.queues.get_mut(&queue) else { return self.of_file };
        own.run.step_to(start);
        own.length = own.run.settled().unwrap_or(own.length);
        Some(own.length)
    }
}

/// The commonest step, of equally common ones the shortest.
fn commonest(steps: &BTreeMap<Span, u32>) -> Option<Span> {
    steps.iter().rev().max_by_key(|(_, count)| **count).map(|(step, _)| *step)
}

/// The longest span that all steps are multiples of, where it is long enough for a row.
fn measure(steps: &BTreeMap<Span, u32>) -> Option<Span> {
    let common = steps.keys().fold(0, |common, step| divisor(common, step.as_millis()));
    Some(Span::millis(common)).filter(|common| *common >= MEASURE_MIN)
}

/// The greatest common divisor (Euclid).
fn divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_secs(60 * minute)
    }

    /// Lengths in minutes of rows that start at these minutes.
    fn lengths(queues: &[(u32, &[i64])]) -> Vec<Vec<Option<i64>>> {
        let mut steps = Steps::default();
        for (queue, starts) in queues {
            starts.iter().for_each(|start| steps.see(*queue, at(*start)));
        }
        steps.settle();
        let minutes = |span: Span| span.as_millis() / 60_000;
        let mut of = |queue, start| steps.length(queue, at(start)).map(minutes);
        queues
            .iter()
            .map(|(queue, starts)| starts.iter().map(|start| of(*queue, *start)).collect())
            .collect()
    }

    #[test]
    fn the_commonest_step_of_a_queue_or_of_the_file() {
        let told = lengths(&[(0, &[0, 1, 2, 3, 9]), (1, &[0, 30, 60]), (2, &[0])]);
        assert_eq!(told, [vec![Some(1); 5], vec![Some(30); 3], vec![Some(1)]]);
        assert_eq!(lengths(&[(0, &[0])]), [[None]]);
        assert_eq!(lengths(&[(0, &[60, 45, 30, 15, 0])]), [[Some(15); 5]]);
    }

    #[test]
    fn a_thin_queue_without_its_empty_rows_has_a_common_measure() {
        let thin = [0, 495, 990, 1_005, 1_500, 1_530, 1_590, 1_725];
        let told = lengths(&[(0, &thin), (1, &[0, 5, 10, 15, 20, 25])]);
        assert_eq!(told, [vec![Some(15); 8], vec![Some(5); 6]]);
    }

    #[test]
    fn rows_that_change_their_length_are_followed_and_the_past_stays() {
        let half_hours = (0..20).map(|i| 30 * i);
        let quarters = (0..40).map(|i| 600 + 15 * i);
        let starts: Vec<_> = half_hours.chain(quarters).collect();
        let told = &lengths(&[(0, &starts)])[0];
        // Seven steps of 15 minutes may be chance, the eighth tells.
        assert!(told[..28].iter().all(|length| *length == Some(30)), "{told:?}");
        assert!(told[28..].iter().all(|length| *length == Some(15)), "{told:?}");
        for cut in [12, 25, 45] {
            assert_eq!(lengths(&[(0, &starts[..cut])])[0], told[..cut]);
        }
    }
}
