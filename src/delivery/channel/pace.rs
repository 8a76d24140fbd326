//! When a message may leave: one bucket of tokens for each channel, and a queue by urgency.
//!
//! A provider's limit is a window: at most so many in so long, wherever the window begins. A
//! bucket that is filled at the full rate and holds a burst besides breaks it, since both may fall
//! into one window, and DingTalk answers that with ten minutes of silence. So the burst is taken
//! off the rate: in no window do more than `most` leave. The bucket is kept as one instant, the
//! virtual scheduling form of the generic cell rate algorithm, so it has no fraction to round and
//! the instant at which the last of n messages leaves is a product.
//!
//! It knows one process: others that use the same credentials are met as rate-limit answers.

use super::message::Urgency;
use crate::engine::time::{Span, Timestamp};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

/// No wish of a provider holds its channel for longer.
const HOLD_MAX: Span = Span::hours(1);

/// How fast a provider may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Most messages in any window.
    pub most: u32,
    /// Length of the window.
    pub per: Span,
    /// Of these, how many may leave at once after a pause; fewer than `most`.
    pub burst: u32,
}

impl Rate {
    /// A rate. A burst of a fifth, at least one, leaves a steady rate of four fifths.
    pub const fn new(most: u32, per: Span) -> Self {
        let burst = if most < 10 { 1 } else { most / 5 };
        Self { most, per, burst }
    }

    /// Time between two messages once the burst is used up, rounded against us.
    fn gap(self) -> Span {
        let steady = i64::from(self.most.saturating_sub(self.burst).max(1));
        let per = self.per.as_millis();
        Span::millis(per.div_euclid(steady) + i64::from(per % steady != 0))
    }

    /// Messages a minute once the burst is used up, at least one.
    pub fn steady_per_minute(self) -> u32 {
        let gap = self.gap().as_millis().max(1);
        u32::try_from(60_000 / gap).unwrap_or(u32::MAX).max(1)
    }

    /// How far the bucket may run ahead.
    fn slack(self) -> Span {
        self.gap() * i64::from(self.burst.saturating_sub(1))
    }
}

/// Messages of one channel that wait for their turn.
pub struct Queue<T> {
    rate: Rate,
    /// When the bucket is full again.
    full_at: Timestamp,
    /// Before this the provider does not want to hear anything.
    held_until: Timestamp,
    waiting: BTreeMap<(Reverse<Urgency>, u64), T>,
    pushed: u64,
}

impl<T> Queue<T> {
    /// An empty queue with a full bucket.
    pub const fn new(rate: Rate) -> Self {
        let (full_at, held_until) = (Timestamp::MIN, Timestamp::MIN);
        Self { rate, full_at, held_until, waiting: BTreeMap::new(), pushed: 0 }
    }

    /// Lets something wait behind all that is as urgent.
    pub fn push(&mut self, urgency: Urgency, item: T) {
        self.waiting.insert((Reverse(urgency), self.pushed), item);
        self.pushed += 1;
    }

    /// Takes out what no longer waits.
    pub fn retain(&mut self, waits: impl Fn(&T) -> bool) {
        self.waiting.retain(|_, item| waits(item));
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The most urgent one, if one may leave.
    pub fn take(&mut self, now: Timestamp) -> Option<T> {
        if self.leaves(0, now) > now {
            return None;
        }
        let (_, item) = self.waiting.pop_first()?;
        self.full_at = self.full_at.max(now) + self.rate.gap();
        Some(item)
    }

    /// When the next one may leave; `None`: nothing waits.
    pub fn next_at(&self, now: Timestamp) -> Option<Timestamp> {
        (!self.is_empty()).then(|| self.leaves(0, now))
    }

    /// The provider wants to be left alone for so long: `Retry-After`, or a block.
    pub fn hold(&mut self, now: Timestamp, wish: Span) {
        self.held_until = self.held_until.max(now + wish);
    }

    /// When the last of `count` further messages would leave, behind those that are as urgent or
    /// more; `None` for no message. More urgent ones that come later push it back.
    pub fn last_leaves(&self, count: usize, urgency: Urgency, now: Timestamp) -> Option<Timestamp> {
        let ahead = self.waiting.range(..=(Reverse(urgency), u64::MAX)).count();
        let place = ahead.saturating_add(count.checked_sub(1)?);
        Some(self.leaves(i64::try_from(place).unwrap_or(i64::MAX), now))
    }

    /// When the one behind `place` others may leave.
    fn leaves(&self, place: i64, now: Timestamp) -> Timestamp {
        // Further ahead than this only a clock that went back since then puts them.
        let held_until = self.held_until.min(now + HOLD_MAX);
        let full_at = self.full_at.min(held_until.max(now) + self.rate.slack() + self.rate.gap());
        let begin = now.max(held_until);
        let full_at = full_at.max(begin) + self.rate.gap() * place;
        begin.max(full_at + Span::ZERO - self.rate.slack())
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("rate", &self.rate)
            .field("waiting", &self.waiting.len())
            .field("held_until", &self.held_until)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::NOW;
    use super::*;
    use crate::engine::command::Level;
    use proptest::prelude::*;

    const L2: Urgency = Urgency { commander: false, level: Level::L2 };
    const L3: Urgency = Urgency { commander: false, level: Level::L3 };
    const INFO: Urgency = Urgency { commander: false, level: Level::None };
    const COMMANDER: Urgency = Urgency { commander: true, level: Level::L1 };

    /// Takes everything as soon as it may leave.
    fn drain<T>(queue: &mut Queue<T>, mut now: Timestamp) -> Vec<(Timestamp, T)> {
        let mut left = Vec::new();
        while let Some(at) = queue.next_at(now) {
            now = at;
            left.push((now, queue.take(now).expect("it may leave at its time")));
        }
        left
    }

    #[test]
    fn a_whole_centre_is_called_within_twenty_seconds_the_commander_first() {
        let mut queue = Queue::new(Rate::new(100, Span::secs(1)));
        (0..1_300).for_each(|n| queue.push(if n % 2 == 0 { L2 } else { L3 }, n));
        let last = queue.last_leaves(3, COMMANDER, NOW);
        (1_300..1_303).for_each(|n| queue.push(COMMANDER, n));
        let left = drain(&mut queue, NOW);
        assert_eq!(left.len(), 1_303);
        assert!(left[..3].iter().all(|(at, n)| *n >= 1_300 && *at == NOW));
        assert_eq!(last, Some(NOW));
        assert!(left[3..653].iter().all(|(_, n)| n % 2 == 1), "level 3 is before level 2");
        assert!(left[3..653].is_sorted() && left[653..].is_sorted(), "within a level in order");
        let took = left[1_302].0 - NOW;
        assert_eq!(took, Span::millis(16_679), "under 20 s");
    }

    #[test]
    fn three_hundred_messages_to_a_group_take_a_quarter_of_an_hour_and_more() {
        let queue = Queue::<()>::new(Rate::new(20, Span::minutes(1)));
        assert_eq!(queue.last_leaves(300, INFO, NOW), Some(NOW + Span::secs(1_110)));
        assert_eq!(queue.last_leaves(4, INFO, NOW), Some(NOW));
        assert_eq!(queue.last_leaves(0, INFO, NOW), None);
    }

    #[test]
    fn a_provider_that_wants_to_be_left_alone_is() {
        let mut queue = Queue::new(Rate::new(20, Span::minutes(1)));
        queue.push(L2, ());
        queue.hold(NOW, Span::minutes(10));
        queue.hold(NOW, Span::secs(5));
        assert_eq!(queue.take(NOW + Span::minutes(10) - Span::millis(1)), None);
        assert_eq!(queue.next_at(NOW), Some(NOW + Span::minutes(10)));
        assert_eq!(
            queue.last_leaves(4, L2, NOW),
            Some(NOW + Span::minutes(10) + Span::millis(3_750))
        );
        assert_eq!(queue.take(NOW + Span::minutes(10)), Some(()));
    }

    #[test]
    fn the_end_is_foretold_behind_the_more_urgent() {
        let mut queue = Queue::new(Rate::new(5, Span::secs(1)));
        (0..7).for_each(|_| queue.push(L3, 'a'));
        (0..9).for_each(|_| queue.push(INFO, 'c'));
        let told = queue.last_leaves(4, L2, NOW);
        (0..4).for_each(|_| queue.push(L2, 'b'));
        let left = drain(&mut queue, NOW);
        let last = left.iter().rfind(|(_, item)| *item == 'b').map(|(at, _)| *at);
        assert_eq!(told, last);
    }

    proptest! {
        #[test]
        fn no_window_holds_more_than_the_limit(
            most in 1_u32..40,
            per in 100_i64..70_000,
            pauses in prop::collection::vec(0_i64..20_000, 1..300),
        ) {
            let rate = Rate::new(most, Span::millis(per));
            let mut queue = Queue::new(rate);
            let mut now = NOW;
            let mut left = Vec::new();
            for pause in pauses {
                queue.push(L2, ());
                now = now + Span::millis(pause);
                while queue.take(now).is_some() {
                    left.push(now);
                }
            }
            left.extend(drain(&mut queue, now).into_iter().map(|(at, ())| at));
            let most = most as usize;
            for window in left.windows(most + 1) {
                prop_assert!(window[most] - window[0] >= rate.per);
            }
        }
    }
}
