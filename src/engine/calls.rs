//! The calls of one queue: who waits, since when, and what was booked already.
//!
//! A call is known by its key. Each kind of event counts once per call, so events may come twice
//! and outcomes may come before their arrival without being counted twice. Finished calls are
//! remembered for [`REMEMBERED`], then a repetition is refused as too late.

use super::observation::{CallKey, CallKind};
use super::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How long a finished call is remembered: the age at which events are no longer accepted.
pub const REMEMBERED: Span = Span::hours(24);

/// Early outcomes that are kept; beyond it the one with the smallest key goes.
const EARLY_MAX: usize = 1_000;
/// A call that waits this long and was overtaken so often has ended unheard. No queue lets twenty
/// later callers pass somebody for ten minutes; one lost event would keep its service out of
/// target for a day.
pub const UNENDED_AFTER: Span = Span::minutes(10);
/// See [`UNENDED_AFTER`].
pub const OVERTAKEN_MAX: u32 = 20;

/// What is known of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Call {
    arrival: Timestamp,
    seen: u8,
}

const OFFERED: u8 = 1;
const REFUSED: u8 = 2;
const ANSWERED: u8 = 4;
const ABANDONED: u8 = 8;
const EXITED: u8 = 16;
const COMPLETED: u8 = 32;
const LEFT: u8 = ANSWERED | ABANDONED | EXITED;

fn bit(kind: CallKind) -> u8 {
    match kind {
        CallKind::Offered => OFFERED,
        CallKind::Refused => REFUSED,
        CallKind::Answered => ANSWERED,
        CallKind::Abandoned => ABANDONED,
        CallKind::Exited(_) => EXITED,
        CallKind::Completed { .. } => COMPLETED,
    }
}

/// What an event of a call amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booking {
    /// Book it to the interval of this arrival.
    Arrival(Timestamp),
    /// Seen before: changes nothing.
    Duplicate,
    /// An outcome of a call whose arrival was not told. It is kept: see [`Calls::early`].
    Orphan,
}

/// The calls of one queue.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Calls {
    known: BTreeMap<CallKey, Call>,
    waiting: BTreeSet<(Timestamp, CallKey)>,
    /// Outcomes that came before their arrival.
    early: BTreeMap<CallKey, (Timestamp, CallKind)>,
    /// How often the call that waits longest was overtaken.
    overtaken: Option<(CallKey, u32)>,
    by_age: VecDeque<(Timestamp, CallKey)>,
}

impl Calls {
    /// Takes an event.
    pub fn take(&mut self, at: Timestamp, key: CallKey, kind: CallKind) -> Booking {
        let bit = bit(kind);
        match self.known.get_mut(&key) {
            Some(call) if call.seen & bit != 0 => Booking::Duplicate,
            // A call leaves the queue once, whatever is told afterwards.
            Some(call) if bit & LEFT != 0 && call.seen & LEFT != 0 => Booking::Duplicate,
            Some(call) => {
                call.seen |= bit;
                if bit & LEFT != 0 {
                    self.waiting.remove(&(call.arrival, key));
                }
                Booking::Arrival(call.arrival)
            }
            None if bit & (OFFERED | REFUSED) == 0 => {
                if self.early.len() == EARLY_MAX {
                    self.early.pop_first();
                }
                self.early.entry(key).or_insert((at, kind));
                Booking::Orphan
            }
            None => {
                self.known.insert(key, Call { arrival: at, seen: bit });
                self.by_age.push_back((at, key));
                if bit == OFFERED {
                    self.waiting.insert((at, key));
                }
                Booking::Arrival(at)
            }
        }
    }

    /// Arrival of the call that was told last.
    pub fn newest(&self) -> Option<Timestamp> {
        self.by_age.back().map(|&(arrival, _)| arrival)
    }

    /// The outcome of a call that came before its arrival, once the arrival is told.
    pub fn early(&mut self, key: CallKey) -> Option<(Timestamp, CallKind)> {
        self.early.remove(&key)
    }

    /// Notes that a call that arrived at `arrival` was answered at `at`. Whoever waits for
    /// [`UNENDED_AFTER`] and was overtaken by [`OVERTAKEN_MAX`] later callers is gone, and its end
    /// was never told; `true` if somebody was given up so.
    pub fn answered(&mut self, arrival: Timestamp, at: Timestamp) -> bool {
        let Some(&(oldest, key)) = self.waiting.first() else { return false };
        if oldest >= arrival {
            return false;
        }
        let before = self.overtaken.filter(|&(whom, _)| whom == key).map_or(0, |(_, n)| n);
        self.overtaken = Some((key, before + 1));
        let gone = before + 1 >= OVERTAKEN_MAX && at - oldest >= UNENDED_AFTER;
        if gone {
            self.waiting.pop_first();
        }
        gone
    }

    /// Forgets calls that arrived before `before` and no longer wait.
    pub fn forget(&mut self, before: Timestamp) {
        while let Some(&(arrival, key)) = self.by_age.front() {
            if arrival >= before {
                break;
            }
            self.by_age.pop_front();
            self.waiting.remove(&(arrival, key));
            self.known.remove(&key);
        }
        if !self.early.is_empty() {
            self.early.retain(|_, (at, _)| *at >= before);
        }
    }

    /// The source restarted: nobody waits any more, and no end will be told.
    pub fn drop_waiting(&mut self) {
        self.waiting.clear();
    }

    /// Calls that arrived before `at` and wait.
    pub fn waiting_at(&self, at: Timestamp) -> u32 {
        if self.waiting.last().is_none_or(|&(newest, _)| newest < at) {
            return self.waiting.len() as u32;
        }
        self.waiting.range(..(at, CallKey(0))).count() as u32
    }

    /// Calls that arrived in `[from, to)` and wait.
    pub fn waiting_between(&self, from: Timestamp, to: Timestamp) -> u32 {
        if from >= to {
            return 0;
        }
        self.waiting.range((from, CallKey(0))..(to, CallKey(0))).count() as u32
    }

    /// Arrival of the call that waits longest.
    pub fn oldest(&self) -> Option<Timestamp> {
        self.waiting.first().map(|&(arrival, _)| arrival)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    #[test]
    fn each_kind_counts_once_and_a_call_leaves_once() {
        let mut calls = Calls::default();
        let key = CallKey(7);
        assert_eq!(calls.take(at(1), key, CallKind::Offered), Booking::Arrival(at(1)));
        assert_eq!(calls.take(at(1), key, CallKind::Offered), Booking::Duplicate);
        assert_eq!(calls.waiting_at(at(2)), 1);
        assert_eq!(calls.waiting_at(at(1)), 0, "an arrival at the instant is not before it");
        assert_eq!(calls.take(at(9), key, CallKind::Abandoned), Booking::Arrival(at(1)));
        assert_eq!(calls.take(at(9), key, CallKind::Answered), Booking::Duplicate);
        assert_eq!(calls.waiting_at(at(10)), 0);
        assert_eq!(calls.take(at(9), CallKey(8), CallKind::Answered), Booking::Orphan);
    }

    #[test]
    fn an_outcome_may_come_before_its_arrival() {
        let mut calls = Calls::default();
        let answered = (at(7), CallKind::Answered);
        assert_eq!(calls.take(answered.0, CallKey(1), answered.1), Booking::Orphan);
        assert_eq!(calls.take(at(5), CallKey(1), CallKind::Offered), Booking::Arrival(at(5)));
        assert_eq!(calls.early(CallKey(1)), Some(answered));
        assert_eq!(calls.early(CallKey(1)), None);
    }

    #[test]
    fn a_call_whose_end_was_lost_is_given_up() {
        let mut calls = Calls::default();
        calls.take(at(0), CallKey(0), CallKind::Offered);
        for n in 1..=40 {
            let arrival = at(n * 60);
            calls.take(arrival, CallKey(n as u64), CallKind::Offered);
            calls.take(arrival + Span::secs(5), CallKey(n as u64), CallKind::Answered);
            assert_eq!(calls.answered(arrival, arrival + Span::secs(5)), n == 20);
        }
        assert_eq!(calls.waiting_at(at(9_999)), 0);
    }

    #[test]
    fn memory_is_bounded_by_age() {
        let mut calls = Calls::default();
        for i in 0..100 {
            calls.take(at(i), CallKey(i as u64), CallKind::Offered);
        }
        assert_eq!(calls.waiting_between(at(10), at(20)), 10);
        calls.forget(at(90));
        assert_eq!(calls.waiting_at(at(1_000)), 10);
        assert_eq!(calls.oldest(), Some(at(90)));
        assert_eq!(calls.known.len(), 10);
    }
}
