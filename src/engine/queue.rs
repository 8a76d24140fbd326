//! One queue: what was told of it, what its intervals add up to, what the detector says.
//!
//! Sources of events, and of running totals, are summed here into rows of [`MINUTE`]; sources of
//! rows keep theirs. A row is judged once, when it is complete. What comes later for a closed row
//! corrects history through an interval line and judges nothing.

use super::calendar::Calendar;
use super::calls::{Booking, Calls, REMEMBERED};
use super::control::Reading;
use super::detector::{Closed, Detector};
use super::effect::{EffectKind, IntervalKind, IntervalLine, VerdictLine, VerdictWord};
use super::emit::Emit;
use super::observation::{
    CallEvent, CallKind, Counters, IntervalRow, QueueId, Snapshot, SourceId, Tally, UnitId,
};
use super::policy::{Carries, ControlPolicy, DetectorPolicy};
use super::service::Service;
use super::time::{Span, Timestamp};
use super::verdict::Verdict;
use super::view::{Agents, EXIT_REASONS, Totals};
use serde::{Deserialize, Serialize};

/// Row length of sources that give no rows.
pub(super) const MINUTE: Span = Span::minutes(1);
/// A snapshot older than this says nothing about now.
const SNAPSHOT_FRESH: Span = Span::secs(90);

/// A verdict and the interval it is about.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Slot {
    pub(super) end: Timestamp,
    pub(super) length: Span,
    pub(super) verdict: Verdict,
}

/// The verdict in force and the one before: instants between them read the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Slots {
    newest: Option<Slot>,
    earlier: Option<Slot>,
}

impl Slots {
    pub(super) fn put(&mut self, slot: Slot) {
        self.earlier = self.newest.replace(slot);
    }

    pub(super) fn at(&self, at: Timestamp) -> Option<&Slot> {
        self.newest
            .as_ref()
            .filter(|s| s.end <= at)
            .or_else(|| self.earlier.as_ref().filter(|s| s.end <= at))
    }

    pub(super) fn newest(&self) -> Option<&Slot> {
        self.newest.as_ref()
    }
}

impl Slot {
    /// The next row is not due yet.
    pub(super) fn fresh(&self, at: Timestamp) -> bool {
        at < self.end + self.length
    }
}

/// The last value of the running totals of a source.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct LastCounters {
    at: Timestamp,
    counters: Counters,
}

/// How a queue stands, by its newest snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Standing {
    at: Timestamp,
    waiting: Option<u32>,
    longest_wait: Option<Span>,
    agents: Agents,
}

/// One queue. What every observation touches comes first and together: most observations of a
/// large centre are snapshots, and what they cost is the cache lines that they touch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[repr(C, align(64))]
pub(super) struct Queue {
    pub(super) source: Option<SourceId>,
    pub(super) unit: UnitId,
    pub(super) carries: Carries,
    /// What was told at least once: a declared measure that never comes is not waited for.
    told: Carries,
    /// Rows are summed here from events or running totals.
    pub(super) summed: bool,
    standing: Option<Standing>,
    counters: Option<LastCounters>,
    pub(super) totals: Totals,
    pub(super) name: Box<str>,
    calls: Calls,
    service: Service,
    /// Minutes that are not closed yet.
    open: Vec<(Timestamp, Tally)>,
    /// Intervals up to here are closed.
    pub(super) closed_to: Option<Timestamp>,
    /// Intervals that start earlier are cut by the start of the recording or by a gap.
    pub(super) complete_from: Timestamp,
    /// Revision of the row closed last.
    revision: u32,
    /// Exponentially weighted calls of 15 min, and their instant.
    busy: (f64, Timestamp),
    pub(super) slots: Box<Slots>,
    /// Boxed, as the slots are: touched once a row.
    pub(super) detector: Box<Detector>,
}

/// What an observation amounted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    News,
    Duplicate,
    Late,
    Orphan,
    CountersReset,
}

/// What closing a row needs beside the queue.
pub(super) struct Closing<'a, 'b> {
    pub(super) queue: QueueId,
    pub(super) source: SourceId,
    pub(super) calendar: &'a mut Calendar,
    pub(super) policy: &'a DetectorPolicy,
    pub(super) emit: &'a mut Emit<'b>,
}

impl Queue {
    pub(super) fn new(name: Box<str>, unit: UnitId) -> Self {
        Self {
            name,
            unit,
            source: None,
            carries: Carries::default(),
            told: Carries::default(),
            summed: false,
            detector: Box::default(),
            slots: Box::default(),
            totals: Totals::default(),
            calls: Calls::default(),
            service: Service::default(),
            standing: None,
            counters: None,
            open: Vec::new(),
            closed_to: None,
            complete_from: Timestamp::MIN,
            revision: 0,
            busy: (0.0, Timestamp::MIN),
        }
    }

    /// Takes an event. Outcomes are booked to the interval of the call's arrival.
    pub(super) fn event(
        &mut self,
        e: &CallEvent,
        control: &ControlPolicy,
        closing: &mut Closing<'_, '_>,
    ) -> Taken {
        let arrival = match self.calls.take(e.at, e.call, e.kind) {
            Booking::Arrival(arrival) => arrival,
            Booking::Duplicate => return Taken::Duplicate,
            Booking::Orphan => return Taken::Orphan,
        };
        let in_target = e.at - arrival <= control.target;
        self.told = Carries::ALL;
        self.count(e.kind, in_target);
        self.book_service(e, arrival, in_target);
        let mut add = Tally::default();
        match e.kind {
            CallKind::Offered => add.offered = 1,
            CallKind::Refused => add.refused = Some(1),
            CallKind::Answered => {
                add.answered = Some(1);
                add.answered_in_target = Some(u32::from(in_target));
                add.wait = Some(e.at - arrival);
            }
            CallKind::Abandoned => add.abandoned = Some(1),
            CallKind::Exited(_) => add.exited = Some(1),
            CallKind::Completed { talk } => add.talk = talk,
        }
        if self.book(arrival.floor(MINUTE), &add, closing) { Taken::News } else { Taken::Late }
    }

    fn count(&mut self, kind: CallKind, in_target: bool) {
        let t = &mut self.totals;
        match kind {
            CallKind::Offered => t.offered += 1,
            CallKind::Refused => t.refused += 1,
            CallKind::Answered => {
                t.answered += 1;
                t.answered_in_target += u64::from(in_target);
            }
            CallKind::Abandoned => t.abandoned += 1,
            CallKind::Exited(reason) => {
                let place = EXIT_REASONS.iter().position(|&r| r == reason).unwrap_or(0);
                t.exited[place] += 1;
            }
            CallKind::Completed { .. } => {}
        }
    }

    fn book_service(&mut self, e: &CallEvent, arrival: Timestamp, in_target: bool) {
        if matches!(e.kind, CallKind::Refused | CallKind::Completed { .. }) {
            return;
        }
        if e.kind != CallKind::Offered
            && let Some(now) = self.service.bucket(e.at)
        {
            now.departed += 1;
        }
        let Some(bucket) = self.service.bucket(arrival) else { return };
        match e.kind {
            CallKind::Offered => bucket.offered += 1,
            CallKind::Answered => {
                bucket.answered += 1;
                let so_far = bucket.answered_in_target.unwrap_or(0);
                bucket.answered_in_target = Some(so_far + u32::from(in_target));
            }
            CallKind::Abandoned | CallKind::Exited(_) => bucket.lost += 1,
            CallKind::Refused | CallKind::Completed { .. } => {}
        }
    }

    /// Adds to the minute that starts at `start`; `false` if an offered call comes too late for
    /// the detector.
    fn book(&mut self, start: Timestamp, add: &Tally, closing: &mut Closing<'_, '_>) -> bool {
        if self.closed_to.is_none_or(|to| start >= to) {
            let open = match self.open.iter_mut().rev().find(|(s, _)| *s == start) {
                Some((_, tally)) => tally,
                None => {
                    let empty = self.empty_minute();
                    self.open.push((start, empty));
                    &mut self.open.last_mut().expect("pushed just now").1
                }
            };
            open.add(add);
            return true;
        }
        let row =
            IntervalRow { start, end: start + MINUTE, last_word: true, revision: 0, tally: *add };
        let line = IntervalLine {
            queue: closing.queue,
            source: closing.source,
            kind: IntervalKind::Add,
            row,
            expected: None,
        };
        closing.emit.push(row.end, EffectKind::Interval(line));
        add.offered == 0
    }

    /// A minute in which nothing happened: what this source counts is zero, the rest is absent.
    fn empty_minute(&self) -> Tally {
        if self.counters.is_some() {
            return Tally::default();
        }
        Tally {
            offered: 0,
            answered: Some(0),
            abandoned: Some(0),
            refused: Some(0),
            exited: Some(0),
            answered_in_target: Some(0),
            wait: Some(Span::ZERO),
            talk: Some(Span::ZERO),
        }
    }

    /// Closes the summed minute that ends at `end`. `judge` is false at the end of a file, where
    /// the last minute is cut. Answers the sums if the minute was complete.
    pub(super) fn close_minute(
        &mut self,
        end: Timestamp,
        judge: bool,
        closing: &mut Closing<'_, '_>,
    ) -> Option<Tally> {
        let start = end - MINUTE;
        if self.closed_to.is_some_and(|to| end <= to) {
            return None;
        }
        self.closed_to = Some(end);
        let place = self.open.iter().position(|&(s, _)| s == start);
        let tally = match place {
            Some(i) => self.open.swap_remove(i).1,
            None => self.empty_minute(),
        };
        let complete = start >= self.complete_from && judge;
        if !complete && place.is_none() {
            return None;
        }
        let row = IntervalRow { start, end, last_word: true, revision: 0, tally };
        self.calls.forget(end - REMEMBERED);
        if self.counters.is_some() && tally.answered.is_some() {
            self.service.row(start, end, &tally);
        }
        let expected = complete.then(|| self.judge(&row, closing)).flatten();
        self.tell_interval(row, expected, closing);
        complete.then_some(tally)
    }

    /// Takes a row of a source of rows. `true`: it was judged.
    pub(super) fn row(
        &mut self,
        row: &IntervalRow,
        closing: &mut Closing<'_, '_>,
    ) -> (Taken, bool) {
        let newest = self.slots.newest().map(|s| s.end);
        if let Some(to) = self.closed_to
            && row.end <= to
        {
            let same = newest == Some(row.end);
            if same && row.revision <= self.revision {
                return (Taken::Duplicate, false);
            }
            if same {
                self.revision = row.revision;
            }
            self.tell_interval(*row, None, closing);
            return (Taken::Late, false);
        }
        if !row.last_word {
            self.tell_interval(*row, None, closing);
            return (Taken::News, false);
        }
        self.closed_to = Some(row.end);
        self.revision = row.revision;
        let t = &row.tally;
        self.told.answered |= t.answered.is_some();
        self.told.service_level |= t.answered_in_target.is_some();
        self.totals.offered += u64::from(t.offered);
        self.totals.answered += u64::from(t.answered.unwrap_or(0));
        self.totals.answered_in_target += u64::from(t.answered_in_target.unwrap_or(0));
        self.totals.abandoned += u64::from(t.abandoned.unwrap_or(0));
        self.totals.refused += u64::from(t.refused.unwrap_or(0));
        if t.answered.is_some() {
            self.service.row(row.start, row.end, t);
        }
        let expected = self.judge(row, closing);
        self.tell_interval(*row, expected, closing);
        (Taken::News, true)
    }

    fn judge(&mut self, row: &IntervalRow, closing: &mut Closing<'_, '_>) -> Option<f64> {
        let offered = row.tally.offered + row.tally.refused.unwrap_or(0);
        let local = closing.calendar.local(row.start);
        let closed = Closed { start: row.start, end: row.end, local, offered };
        let verdict = self.detector.judge(&closed, closing.policy);
        let from = self.slots.newest().map_or(VerdictWord::Learning, |s| (&s.verdict).into());
        if from != VerdictWord::from(&verdict) {
            let line = VerdictLine { unit: self.unit, queue: Some(closing.queue), from, verdict };
            closing.emit.push(row.end, EffectKind::Verdict(line));
        }
        self.slots.put(Slot { end: row.end, length: row.length(), verdict });
        let (busy, since) = self.busy;
        let decay = (-(row.end - since).as_minutes_f64() / 15.0).exp();
        self.busy = (busy * decay + f64::from(offered), row.end);
        verdict.evidence().map(|e| e.expected)
    }

    fn tell_interval(
        &self,
        row: IntervalRow,
        expected: Option<f64>,
        closing: &mut Closing<'_, '_>,
    ) {
        let line = IntervalLine {
            queue: closing.queue,
            source: closing.source,
            kind: IntervalKind::Replace,
            row,
            expected,
        };
        closing.emit.push(row.end, EffectKind::Interval(line));
    }

    /// Takes a snapshot. Running totals become arrivals of the minutes since the last ones.
    pub(super) fn snapshot(&mut self, s: &Snapshot, closing: &mut Closing<'_, '_>) -> Taken {
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
        self.told.answered |= s.counters.is_some_and(|c| c.answered.is_some());
        let duplicate = last == Some(standing);
        self.standing = Some(standing);
        match s.counters {
            Some(counters) => self.take_counters(s.at, counters, closing),
            None if duplicate => Taken::Duplicate,
            None => Taken::News,
        }
    }

    fn take_counters(
        &mut self,
        at: Timestamp,
        counters: Counters,
        closing: &mut Closing<'_, '_>,
    ) -> Taken {
        let Some(last) = self.counters.replace(LastCounters { at, counters }) else {
            self.summed = true;
            self.complete_from = at.next_multiple(MINUTE);
            return Taken::News;
        };
        let was = last.counters;
        let reset = counters.epoch != was.epoch || counters.offered < was.offered;
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
    fn spread(
        &mut self,
        from: Timestamp,
        to: Timestamp,
        add: &Tally,
        closing: &mut Closing<'_, '_>,
    ) {
        let length = (to - from).as_millis().max(1) as u64;
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

    /// Agents by state, where told.
    pub(super) fn agents(&self) -> Agents {
        self.standing.map_or_else(Agents::default, |s| s.agents)
    }

    /// The source restarted: calls it held have no end.
    pub(super) fn source_restarted(&mut self) {
        self.calls.drop_waiting();
    }

    /// Calls waiting at an instant, by what is told or counted.
    pub(super) fn waiting(&self, at: Timestamp) -> Option<u32> {
        let told = self.standing.filter(|s| at - s.at <= SNAPSHOT_FRESH).and_then(|s| s.waiting);
        told.or_else(|| self.counts_calls().then(|| self.calls.waiting_at(at)))
    }

    /// Arrival of the call that waits longest.
    pub(super) fn oldest_arrival(&self) -> Option<Timestamp> {
        if self.counts_calls() {
            return self.calls.oldest();
        }
        let s = self.standing?;
        s.longest_wait.filter(|wait| wait.is_positive()).map(|wait| s.at - wait)
    }

    fn counts_calls(&self) -> bool {
        self.summed && self.counters.is_none()
    }

    fn longest_wait(&self, at: Timestamp) -> Option<Span> {
        let told = self.standing.filter(|s| at - s.at <= SNAPSHOT_FRESH);
        if let Some(wait) = told.and_then(|s| s.longest_wait) {
            return Some(wait);
        }
        let of_calls = || self.calls.oldest().filter(|&a| a < at).map_or(Span::ZERO, |a| at - a);
        self.counts_calls().then(of_calls)
    }

    /// What control reads of this queue at an instant.
    pub(super) fn reading(&self, at: Timestamp, tau: Span, policy: &ControlPolicy) -> Reading {
        let slot = self.slots.at(at);
        let fresh = slot.is_some_and(|s| s.fresh(at));
        let events = self.counts_calls();
        let cohort = (events || fresh).then(|| self.service.cohort(at, policy.window));
        let stale_since = slot.map(|s| s.end + s.length);
        let verdict = slot.filter(|_| fresh).map(|s| &s.verdict);
        Reading {
            carries: self.carries.both(self.told),
            cohort,
            censored: if events { self.calls.waiting_between(at - policy.target, at) } else { 0 },
            waiting: self.waiting(at),
            longest_wait: self.longest_wait(at),
            volume: match verdict {
                Some(Verdict::Normal(_)) => Some(true),
                Some(Verdict::Surge(_)) => Some(false),
                Some(Verdict::Collapse(_) | Verdict::Learning { .. } | Verdict::Stale { .. })
                | None => None,
            },
            collapsed: matches!(verdict, Some(Verdict::Collapse(_))),
            rows_stale: !events && stale_since.is_some_and(|since| at - since > tau),
            snapshot_stale: !events
                && self.standing.is_some_and(|s| at - (s.at + SNAPSHOT_FRESH) > tau),
        }
    }

    /// Whether the queue counts in its unit: enough calls, expected or observed.
    pub(super) fn counts(&self, at: Timestamp, policy: &ControlPolicy) -> bool {
        let least = policy.counts_from_per_15_minutes;
        let expected = self.slots.at(at).and_then(|s| {
            let per = s.length.as_minutes_f64() / 15.0;
            s.verdict.evidence().map(|e| e.expected / per)
        });
        self.busy.0 >= least || expected.is_some_and(|calls| calls >= least)
    }

    /// Calls expected a minute, by the newest verdict or what was seen.
    pub(super) fn calls_per_minute(&self) -> f64 {
        let slot = self.slots.newest();
        let expected =
            slot.and_then(|s| s.verdict.evidence().map(|e| e.expected / s.length.as_minutes_f64()));
        expected.unwrap_or(self.busy.0 / 15.0)
    }

    /// Service level and answer rate of the window.
    pub(super) fn rates(
        &self,
        at: Timestamp,
        policy: &ControlPolicy,
    ) -> (Option<f64>, Option<f64>) {
        let r = self.reading(at, Span::ZERO, policy);
        let cohort = r.cohort.filter(|_| r.carries.answered);
        let level = cohort.filter(|_| r.carries.service_level);
        (level.and_then(|c| c.service_level(r.censored)), cohort.and_then(|c| c.answer_rate()))
    }
}

fn clamp(count: u64) -> u32 {
    count.min(u64::from(Tally::COUNT_MAX)) as u32
}
