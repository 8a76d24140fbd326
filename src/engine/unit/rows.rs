//! Which rows does a unit wait for, and how long?
//!
//! The rows of an interval come one after the other, queue by queue, and some files later than
//! others. Judged before all are there, a unit would decide on a part of its calls; so an interval
//! waits for as many rows as the one before had, until they are overdue. When that is follows from
//! how late rows have lately been, between [`OVERDUE_MIN`] and tau: a queue that always comes 40 s
//! after its neighbours is waited for, one that fell silent holds nobody up for long. Each
//! interval has its own deadline, so rows that are later than they are long are waited for too.

use crate::engine::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Shortest time that a row is waited for.
const OVERDUE_MIN: Span = Span::secs(30);
/// Most intervals that are remembered: rows of 10 s, waited for for tau, need 18.
const LATELY_MAX: usize = 64;

/// The rows that move a unit: the shortest that its sources of rows give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rows {
    length: Option<Span>,
    /// Intervals of which rows came, oldest first.
    lately: VecDeque<Interval>,
    /// Rows that an interval has.
    expected: u32,
    /// How long after the end of an interval its first row is waited for, and how long after the
    /// first the others.
    delay: Span,
    spread: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Interval {
    end: Timestamp,
    first_at: Timestamp,
    came: u32,
    /// All rows are here, or those that are not were given up.
    settled: bool,
}

impl Rows {
    pub(super) fn new() -> Self {
        Self {
            length: None,
            lately: VecDeque::new(),
            expected: 0,
            delay: OVERDUE_MIN,
            spread: OVERDUE_MIN,
        }
    }

    pub(super) fn length(&self) -> Option<Span> {
        self.length
    }

    /// Rows of another length move the unit from now on, or none.
    pub(super) fn set_length(&mut self, length: Option<Span>) {
        if self.length != length {
            *self = Self { length, ..Self::new() };
        }
    }

    /// A row came in at `now`.
    pub(super) fn came(&mut self, end: Timestamp, length: Span, now: Timestamp, tau: Span) {
        if self.length != Some(length) {
            return;
        }
        self.give_up_overdue(now);
        let place = self.lately.iter().rposition(|i| i.end <= end);
        let known = place.filter(|&i| self.lately[i].end == end);
        let place = match known {
            Some(place) => place,
            // A row of the past that nobody waits for.
            None if place.is_none() && !self.lately.is_empty() => return,
            None => {
                self.delay = patience(self.delay, now - end, tau);
                let place = place.map_or(0, |i| i + 1);
                let interval = Interval { end, first_at: now, came: 0, settled: false };
                self.lately.insert(place, interval);
                place
            }
        };
        let interval = &mut self.lately[place];
        interval.came += 1;
        if interval.came >= self.expected {
            self.expected = interval.came;
            let late = now - interval.first_at;
            self.spread = if std::mem::replace(&mut interval.settled, true) {
                self.spread.max(patience(OVERDUE_MIN, late, tau))
            } else {
                patience(self.spread, late, tau)
            };
        }
        self.forget(end - tau - length);
    }

    fn forget(&mut self, before: Timestamp) {
        let old = |i: &Interval| i.settled && i.end < before;
        while self.lately.len() > 1
            && (self.lately.len() > LATELY_MAX || self.lately.front().is_some_and(old))
        {
            self.lately.pop_front();
        }
    }

    fn waiting(&self) -> impl Iterator<Item = &Interval> {
        self.lately.iter().filter(|i| !i.settled)
    }

    /// When the next rows are overdue that are waited for.
    pub(super) fn overdue_at(&self) -> Option<Timestamp> {
        self.waiting().map(|i| i.first_at + self.spread).min()
    }

    /// Waits no longer for rows that are overdue; `true` if there were such.
    pub(super) fn give_up_overdue(&mut self, now: Timestamp) -> bool {
        let spread = self.spread;
        self.give_up(|i| now >= i.first_at + spread)
    }

    /// Waits for nothing any more.
    pub(super) fn give_up_all(&mut self) {
        self.give_up(|_| true);
    }

    fn give_up(&mut self, which: impl Fn(&Interval) -> bool) -> bool {
        let mut any = false;
        for interval in self.lately.iter_mut().filter(|i| !i.settled && which(i)) {
            interval.settled = true;
            self.expected = interval.came;
            any = true;
        }
        any
    }

    /// Up to where the rows move the unit; `None` where there are none.
    pub(super) fn limit(&self) -> Option<Timestamp> {
        self.length?;
        let waiting = self.waiting().next().map(|i| i.end - Span::millis(1));
        waiting.or_else(|| self.lately.back().map(|i| i.end))
    }

    /// Up to where another source may move the unit at `now`: rows that are due are waited for.
    pub(super) fn cap(&self, now: Timestamp) -> Timestamp {
        let waiting = self.waiting().find(|i| now < i.first_at + self.spread).map(|i| i.end);
        let due = || {
            let next = self.lately.back()?.end + self.length?;
            Some(next).filter(|&next| now < next + self.delay)
        };
        waiting.or_else(due).map_or(Timestamp::MAX, |end| end - Span::millis(1))
    }
}

/// How long to wait from now on, after a row was so late: twice as long at once, and ever less
/// while rows come sooner.
fn patience(known: Span, late: Span, tau: Span) -> Span {
    let less = known - Span::millis((known - OVERDUE_MIN).as_millis() / 64);
    less.max(late * 2).max(OVERDUE_MIN).min(tau.max(OVERDUE_MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Span = Span::minutes(1);
    const TAU: Span = Span::minutes(3);

    fn secs(s: i64) -> Timestamp {
        Timestamp::from_secs(s)
    }

    fn rows() -> Rows {
        let mut rows = Rows::new();
        rows.set_length(Some(MINUTE));
        rows
    }

    #[test]
    fn an_interval_waits_for_as_many_rows_as_the_one_before() {
        let mut rows = rows();
        rows.came(secs(60), MINUTE, secs(61), TAU);
        rows.came(secs(60), MINUTE, secs(62), TAU);
        assert_eq!(rows.limit(), Some(secs(60)));
        rows.came(secs(120), MINUTE, secs(121), TAU);
        assert_eq!(rows.limit(), Some(secs(120) - Span::millis(1)));
        assert_eq!(rows.overdue_at(), Some(secs(151)));
        rows.came(secs(120), MINUTE, secs(125), TAU);
        assert_eq!(rows.limit(), Some(secs(120)));
        assert_eq!(rows.overdue_at(), None);
    }

    #[test]
    fn what_is_overdue_is_given_up_until_it_comes_again() {
        let mut rows = rows();
        for end in [60, 120] {
            rows.came(secs(end), MINUTE, secs(end + 1), TAU);
            rows.came(secs(end), MINUTE, secs(end + 1), TAU);
        }
        rows.came(secs(180), MINUTE, secs(181), TAU);
        assert!(!rows.give_up_overdue(secs(210)));
        assert!(rows.give_up_overdue(secs(211)));
        assert_eq!(rows.limit(), Some(secs(180)));
        // One row an interval from now on.
        rows.came(secs(240), MINUTE, secs(241), TAU);
        assert_eq!(rows.limit(), Some(secs(240)));
        rows.came(secs(240), MINUTE, secs(242), TAU);
        rows.came(secs(300), MINUTE, secs(301), TAU);
        assert_eq!(rows.limit(), Some(secs(300) - Span::millis(1)));
    }

    #[test]
    fn rows_that_are_always_late_are_waited_for() {
        for late in [40, 65, 170] {
            let mut rows = rows();
            let mut told: Vec<(i64, i64)> =
                (1..=30).flat_map(|n| [(n * 60, n * 60 + 1), (n * 60, n * 60 + late)]).collect();
            told.sort_by_key(|&(_, at)| at);
            for (end, at) in told {
                rows.came(secs(end), MINUTE, secs(at), TAU);
                rows.give_up_overdue(secs(at));
            }
            let newest = 30 * 60;
            assert_eq!(rows.limit(), Some(secs(newest)), "{late} s late");
            rows.came(secs(newest + 60), MINUTE, secs(newest + 200), TAU);
            rows.give_up_overdue(secs(newest + 229));
            assert_eq!(rows.limit(), Some(secs(newest + 60) - Span::millis(1)), "{late} s late");
        }
    }

    #[test]
    fn another_source_waits_for_rows_that_are_due() {
        let mut rows = rows();
        assert_eq!(rows.cap(secs(0)), Timestamp::MAX);
        rows.came(secs(60), MINUTE, secs(61), TAU);
        assert_eq!(rows.cap(secs(100)), secs(120) - Span::millis(1));
        assert_eq!(rows.cap(secs(149)), secs(120) - Span::millis(1));
        assert_eq!(rows.cap(secs(150)), Timestamp::MAX);
    }

    #[test]
    fn a_hiccup_is_forgotten() {
        let mut wait = patience(OVERDUE_MIN, Span::secs(80), TAU);
        assert_eq!(wait, Span::secs(160));
        for _ in 0..400 {
            wait = patience(wait, Span::secs(1), TAU);
        }
        assert!(wait < Span::secs(31), "{wait:?}");
    }
}
