//! Snapshots: how the queue stands, and running totals that become arrivals of minutes.

use super::{Closing, LastCounters, MINUTE, Queue, Standing, Taken};
use crate::engine::effect::{EffectKind, Quality, QualityLine};
use crate::engine::observation::{Counters, Snapshot, Tally};
use crate::engine::time::{Span, Timestamp};
use crate::engine::view::Agents;

/// Running totals that are further apart say nothing about the minutes between.
const SPREAD_MAX: Span = Span::hours(1);

impl Queue {
    /// Takes a snapshot. Running totals become arrivals of the minutes since the last ones, if
    /// they count.
    pub(in crate::engine) fn snapshot(
        &mut self,
        s: &Snapshot,
        totals_count: bool,
        closing: &mut Closing<'_, '_>,
    ) -> Taken {
        let last = self.standing;
        if last.is_some_and(|last| s.at < last.at) {
            return Taken::Late;
        }
        let known = last.map_or_else(Agents::default, |last| last.agents);
        let standing = Standing {
            at: s.at,
            waiting: s.waiting,
            longest_wait: s.longest_wait,
            agents: Agents {
                talking: s.talking.or(known.talking),
                after_call_work: s.after_call_work.or(known.after_call_work),
                available: s.available.or(known.available),
                logged_in: s.logged_in.or(known.logged_in),
                paused: s.paused.or(known.paused),
            },
        };
        self.told.waiting |= s.waiting.is_some();
        self.told.longest_wait |= s.longest_wait.is_some();
        let counters = s.counters.filter(|_| totals_count);
        self.told.answered |= counters.is_some_and(|c| c.answered.is_some());
        if let Some(full) = s.full {
            self.fills(s.at, full, closing);
        }
        let duplicate = last == Some(standing);
        self.standing = Some(standing);
        match counters {
            Some(counters) => self.take_counters(s.at, counters, closing),
            None if duplicate => Taken::Duplicate,
            None => Taken::News,
        }
    }

    /// Notes whether the queue is full at an instant.
    fn fills(&mut self, at: Timestamp, full: bool, closing: &mut Closing<'_, '_>) {
        match (self.full, full) {
            (None | Some((_, Some(_))), true) => {
                self.full = Some((at, None));
                let unit = Some(self.unit);
                let line =
                    QualityLine { unit, source: Some(closing.source), what: Quality::Saturated };
                closing.emit.push(at, EffectKind::Quality(line));
            }
            (Some((since, None)), false) => self.full = Some((since, Some(at))),
            (Some((_, None)), true) | (None | Some((_, Some(_))), false) => {}
        }
    }

    /// Whether it was full at any time of an interval.
    pub(super) fn was_full(&self, start: Timestamp, end: Timestamp) -> bool {
        self.full.is_some_and(|(since, until)| since < end && until.is_none_or(|to| to > start))
    }

    /// Calls of an interval in which the queue was full, `told` of which are known. What was
    /// turned away is unknown: a surge goes on with what it had, and without one nothing is below
    /// what was expected.
    pub(super) fn at_least(&self, told: u32) -> u32 {
        let Some(slot) = self.slots().newest() else { return told };
        if slot.verdict.is_surge() {
            return told.max(self.judged);
        }
        told.max(slot.verdict.evidence().map_or(0, |e| e.expected as u32))
    }

    pub(super) fn take_counters(
        &mut self,
        at: Timestamp,
        counters: Counters,
        closing: &mut Closing<'_, '_>,
    ) -> Taken {
        let Some(last) = self.counters.replace(LastCounters { at, counters }) else {
            self.complete_from = at.next_multiple(MINUTE);
            return Taken::News;
        };
        let was = last.counters;
        let restarted = counters.epoch.zip(was.epoch).is_some_and(|(now, before)| now != before);
        let reset = restarted || counters.offered < was.offered;
        let since = |now: u64, before: u64| if reset { now } else { now.saturating_sub(before) };
        let add = Tally {
            offered: clamp(since(counters.offered, was.offered)),
            answered: counters.answered.map(|n| clamp(since(n, was.answered.unwrap_or(n)))),
            abandoned: counters.abandoned.map(|n| clamp(since(n, was.abandoned.unwrap_or(n)))),
            ..Tally::default()
        };
        self.totals.offered += u64::from(add.offered);
        self.totals.answered += u64::from(add.answered.unwrap_or(0));
        self.totals.abandoned += u64::from(add.abandoned.unwrap_or(0));
        self.spread(last.at, at, &add, closing);
        if reset { Taken::CountersReset } else { Taken::News }
    }

    /// Spreads what was counted in `[from, to)` over its minutes by their share of the time.
    /// Across more than [`SPREAD_MAX`] nobody knows when the calls came: they are in the totals
    /// and in no minute.
    pub(super) fn spread(
        &mut self,
        from: Timestamp,
        to: Timestamp,
        add: &Tally,
        closing: &mut Closing<'_, '_>,
    ) {
        if to - from > SPREAD_MAX {
            return;
        }
        if to <= from {
            // Two totals of one instant: counted just before it.
            self.book((to - Span::millis(1)).floor(MINUTE), add, closing);
            return;
        }
        let length = (to - from).as_millis() as u64;
        let share = |whole: u32, upto: Timestamp| {
            (u64::from(whole) * (upto - from).as_millis() as u64 / length) as u32
        };
        let mut start = from.floor(MINUTE);
        let mut before = from;
        while before < to {
            let end = (start + MINUTE).min(to);
            let part = |whole: u32| share(whole, end) - share(whole, before);
            let tally = Tally {
                offered: part(add.offered),
                answered: add.answered.map(part),
                abandoned: add.abandoned.map(part),
                ..Tally::default()
            };
            self.book(start, &tally, closing);
            before = end;
            start = start + MINUTE;
        }
    }
}

fn clamp(count: u64) -> u32 {
    count.min(u64::from(Tally::COUNT_MAX)) as u32
}
