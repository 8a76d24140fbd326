//! The sum of a unit: the calls of all its queues together, by interval.
//!
//! A sum is judged against sums of the same queues only. Which queues these are is settled at the
//! start and looked at again after a quarter of an hour, then ever more rarely, at last once a
//! day: a queue that is blind for an hour leaves the sum unjudged for that hour, and one that is
//! new waits, where a sum that changed its meaning overnight would read as a collapse or a surge.
//! When the set does change by more than [`SHARE_MAX`] of the calls, the sum learns anew.

use super::{Around, Unit};
use crate::engine::detector::{Closed, Detector};
use crate::engine::effect::{EffectKind, VerdictLine, VerdictWord};
use crate::engine::observation::QueueId;
use crate::engine::queue::{Queue, Slot, Slots};
use crate::engine::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Share of the calls that may be missing from a sum, or join it, without a word.
const SHARE_MAX: f64 = 0.02;
/// First and longest time after which the set is looked at again.
const REVIEW_FIRST: Span = Span::minutes(15);
const REVIEW_LAST: Span = Span::hours(24);

/// The sum and its detector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::engine) struct Sum {
    pub(super) detector: Detector,
    pub(super) slots: Slots,
    /// The queues that are summed, in order.
    set: Vec<QueueId>,
    open: Vec<OpenSum>,
    /// Intervals up to here are closed: a row that comes later was not in its sum.
    closed_to: Timestamp,
    review_every: Span,
    /// `None` until the first interval closes: whoever tells something joins.
    review_at: Option<Timestamp>,
}

/// An interval of the sum that is not closed yet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct OpenSum {
    end: Timestamp,
    length: Span,
    offered: u32,
    /// Queues of the set that told theirs.
    came: u32,
    /// Taught, not judged.
    learn: bool,
}

impl Sum {
    pub(super) fn new() -> Self {
        Self {
            detector: Detector::new(),
            slots: Slots::default(),
            set: Vec::new(),
            open: Vec::new(),
            closed_to: Timestamp::MIN,
            review_every: REVIEW_FIRST,
            review_at: None,
        }
    }

    /// Whether an interval is open that ends at `limit` or before and is to be judged.
    pub(super) fn is_due(&self, limit: Timestamp) -> bool {
        self.open.iter().any(|s| !s.learn && s.end <= limit)
    }

    fn add(&mut self, queue: QueueId, row: (Timestamp, Span), offered: u32, learn: bool) {
        if !learn && row.0 <= self.closed_to {
            return;
        }
        match self.set.binary_search(&queue) {
            Ok(_) => {}
            Err(place) if learn || self.review_at.is_none() => self.set.insert(place, queue),
            Err(_) => return,
        }
        let (end, length) = row;
        let open = |s: &&mut OpenSum| s.end == end && s.length == length && s.learn == learn;
        match self.open.iter_mut().rev().find(open) {
            Some(sum) => {
                sum.offered = sum.offered.saturating_add(offered);
                sum.came += 1;
            }
            None => self.open.push(OpenSum { end, length, offered, came: 1, learn }),
        }
    }

    /// Whether the calls of the set are all in an interval, but for a small share.
    fn is_whole(&self, sum: &OpenSum, queues: &[Queue]) -> bool {
        if sum.came as usize >= self.set.len() {
            return true;
        }
        let queue = |q: &QueueId| &queues[q.0 as usize];
        let missing = |q: &QueueId| queue(q).closed_to.is_none_or(|to| to < sum.end);
        // What a queue amounts to is known once it was judged or taught.
        let known =
            |q: &QueueId| queue(q).slots().newest().is_some() || queue(q).taught_to.is_some();
        let absent = self.set.iter().filter(|q| missing(q)).count();
        absent + sum.came as usize == self.set.len()
            && self.set.iter().all(|q| known(q) || !missing(q))
            && share(&self.set, queues, missing) <= SHARE_MAX
    }

    /// Settles anew which queues are summed.
    fn review(&mut self, at: Timestamp, members: &[QueueId], length: Span, queues: &[Queue]) {
        let due = *self.review_at.get_or_insert(at + self.review_every);
        if at < due {
            return;
        }
        let lately = at - self.review_every;
        let tells = |q: &&QueueId| {
            let queue = &queues[q.0 as usize];
            queue.row_length() == Some(length) && queue.closed_to.is_some_and(|to| to > lately)
        };
        let mut set: Vec<QueueId> = members.iter().filter(tells).copied().collect();
        set.sort_unstable();
        self.review_every = (self.review_every * 2).min(REVIEW_LAST);
        if set != self.set {
            let (old, new) = (&self.set, &set);
            let left = share(old, queues, |q| new.binary_search(q).is_err());
            let joined = share(new, queues, |q| old.binary_search(q).is_err());
            if left.max(joined) > SHARE_MAX {
                self.detector = Detector::new();
                self.slots = Slots::default();
                self.review_every = REVIEW_FIRST;
            }
            self.set = set;
        }
        self.review_at = Some(at + self.review_every);
    }
}

/// The share of the calls of some queues that these of them have.
fn share(all: &[QueueId], queues: &[Queue], of: impl Fn(&QueueId) -> bool) -> f64 {
    let calls = |q: &QueueId| queues[q.0 as usize].calls_per_minute();
    let whole: f64 = all.iter().map(calls).sum();
    let part: f64 = all.iter().filter(|q| of(q)).map(calls).sum();
    if whole > 0.0 { part / whole } else { 0.0 }
}

impl Unit {
    /// Gives away its sum.
    pub(in crate::engine) fn give_sum(&mut self) -> Sum {
        std::mem::replace(&mut self.sum, Sum::new())
    }

    /// Goes on with the sum of another.
    pub(in crate::engine) fn take_sum(&mut self, sum: Sum) {
        self.sum = sum;
    }

    /// What judges the sum.
    pub(in crate::engine) fn sum_detector(&self) -> &Detector {
        &self.sum.detector
    }

    /// The newest verdict of the sum.
    pub(in crate::engine) fn sum_slot(&self) -> Option<&Slot> {
        self.sum.slots.newest()
    }

    /// The newest verdicts of the sum, oldest first.
    pub(in crate::engine) fn sum_slots(&self) -> impl Iterator<Item = &Slot> {
        self.sum.slots.oldest_first()
    }

    /// A queue closed a row.
    pub(in crate::engine) fn row_closed(
        &mut self,
        queue: QueueId,
        row: (Timestamp, Span),
        offered: u32,
        learn: bool,
    ) {
        let (end, length) = row;
        if !learn {
            // At rest the next instant may be the end of the next row: what comes late for the
            // instant evaluated last is judged there.
            if self.ladder.evaluated_to().is_some_and(|to| end <= to) {
                self.again = true;
            } else if let Err(place) = self.row_ends.binary_search(&end) {
                self.row_ends.insert(place, end);
            }
            let newest = self.offered_last.is_none_or(|(_, last)| end > last);
            if offered > 0 && newest {
                self.offered_last = Some((end - length, end));
            }
            if self.row.is_some_and(|row| row != length) {
                return;
            }
        }
        self.sum.add(queue, row, offered, learn);
    }

    /// Closes the intervals of the sum that end at or before `at`.
    pub(super) fn close_sums(&mut self, at: Timestamp, around: &mut Around<'_, '_>) {
        let due = |open: &[OpenSum]| {
            let due = open.iter().enumerate().filter(|(_, s)| s.end <= at && !s.learn);
            due.min_by_key(|(_, s)| s.end).map(|(i, _)| i)
        };
        while let Some(i) = due(&self.sum.open) {
            let sum = self.sum.open.remove(i);
            self.sum.closed_to = self.sum.closed_to.max(sum.end);
            if !self.has_sum() {
                continue;
            }
            self.sum.review(sum.end, &self.members, sum.length, around.queues);
            if !self.sum.is_whole(&sum, around.queues) {
                continue;
            }
            let start = sum.end - sum.length;
            let closed = Closed::of(&mut self.calendar, start, sum.end, sum.offered);
            let verdict =
                self.sum.detector.judge(&closed, around.policy.detector.tolerated_of_sum());
            let newest = self.sum.slots.newest();
            let from = newest.map_or(VerdictWord::Learning, |s| (&s.verdict).into());
            if from != VerdictWord::from(&verdict) {
                let line = VerdictLine { unit: around.unit, queue: None, from, verdict };
                around.emit.push(sum.end, EffectKind::Verdict(line));
            }
            let slot = Slot { end: sum.end, length: sum.length, verdict };
            self.sum.slots.put(slot, self.ladder.evaluated_to());
        }
    }

    /// Teaches the sum with the intervals of the past that are complete: all that end before
    /// `before`.
    pub(in crate::engine) fn teach_sums(&mut self, before: Timestamp) {
        while let Some(i) = self.sum.open.iter().position(|s| s.learn && s.end < before) {
            let sum = self.sum.open.remove(i);
            let start = sum.end - sum.length;
            let closed = Closed::of(&mut self.calendar, start, sum.end, sum.offered);
            if self.has_sum() {
                self.sum.detector.learn(&closed);
            }
        }
    }
}
