//! One queue: what was told of it, what its intervals add up to, what the detector says.
//!
//! Sources of events, and of running totals, are summed here into rows of [`MINUTE`]; sources of
//! rows keep theirs. A row is judged once, when it is complete. What comes later for a closed row
//! corrects history through an interval line and judges nothing.

mod reading;
mod slots;
mod snapshot;
mod talk;
mod touch;

use super::calendar::Calendar;
use super::calls::{Booking, Calls, REMEMBERED};
use super::detector::{Closed, Detector};
use super::effect::{EffectKind, IntervalKind, IntervalLine, VerdictLine, VerdictWord};
use super::emit::Emit;
use super::observation::{
    CallEvent, CallKind, Counters, IntervalRow, QueueId, SourceId, Tally, UnitId,
};
use super::policy::{Carries, ControlPolicy};
use super::service::Service;
use super::time::{Span, Timestamp};
use super::view::{Agents, EXIT_REASONS, Totals};
use serde::{Deserialize, Serialize};
pub(super) use slots::{Slot, Slots};
use talk::Talk;

/// A queue whose rows stay away for longer, or for [`OUTDATED_ROWS`] rows, gives none any more.
const OUTDATED_AFTER: Span = Span::hours(1);
/// See [`OUTDATED_AFTER`].
const OUTDATED_ROWS: i64 = 4;

/// A queue that is told by rows and had no event for so long, or for two rows, has had strays.
const STRAY_AFTER: Span = Span::minutes(5);

/// Row length of sources that give no rows.
pub(super) const MINUTE: Span = Span::minutes(1);

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
    /// The source that told of it first.
    pub(super) source: Option<SourceId>,
    /// Whose calls count, and in which form: never two at once.
    pub(super) counted: Option<(SourceId, Form)>,
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
    /// Others that tell of it.
    others: Vec<SourceId>,
    /// The source that counts its calls is blind and was heard last then.
    pub(super) dark_since: Option<Timestamp>,
    calls: Calls,
    /// Calls whose end was never told: see [`super::calls::UNENDED_AFTER`].
    pub(super) unended: u64,
    service: Service,
    /// Minutes that are not closed yet.
    open: Vec<(Timestamp, Tally)>,
    /// Calls that its newest row was judged by.
    judged: u32,
    /// When it was full last: since when, and until when if that is over.
    pub(super) full: Option<(Timestamp, Option<Timestamp>)>,
    /// Intervals up to here are closed.
    pub(super) closed_to: Option<Timestamp>,
    /// Intervals that start earlier are cut by the start of the recording or by a gap.
    pub(super) complete_from: Timestamp,
    /// Length of its rows, and of the row before: a single odd one changes nothing.
    row_length: Option<Span>,
    last_length: Option<Span>,
    /// Revision of the row closed last.
    revision: u32,
    /// History was taught up to here.
    pub(super) taught_to: Option<Timestamp>,
    talk: Talk,
    /// Exponentially weighted calls of 15 min, and their instant.
    busy: (f64, Timestamp),
    judging: Box<Judging>,
}

/// What judging a row touches, in one allocation: its addresses are known at once, so that the
/// lines are fetched beside each other and not one after the other.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
struct Judging {
    slots: Slots,
    detector: Detector,
}

/// The form in which calls are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Form {
    Events,
    Totals,
    Rows,
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
    /// False alarms a month that the queue may raise.
    pub(super) tolerated: f64,
    /// Up to where the unit is evaluated.
    pub(super) evaluated_to: Option<Timestamp>,
    pub(super) emit: &'a mut Emit<'b>,
}

impl Queue {
    pub(super) fn new(name: Box<str>, unit: UnitId) -> Self {
        Self {
            name,
            unit,
            source: None,
            others: Vec::new(),
            counted: None,
            carries: Carries::default(),
            told: Carries::default(),
            summed: false,
            dark_since: None,
            judging: Box::default(),
            totals: Totals::default(),
            calls: Calls::default(),
            unended: 0,
            service: Service::default(),
            standing: None,
            counters: None,
            open: Vec::new(),
            judged: 0,
            full: None,
            closed_to: None,
            complete_from: Timestamp::MIN,
            row_length: None,
            last_length: None,
            revision: 0,
            taught_to: None,
            talk: Talk::NONE,
            busy: (0.0, Timestamp::MIN),
        }
    }

    /// Whether a source told of it before; from now on it did.
    pub(super) fn meets(&mut self, source: SourceId) -> bool {
        if self.source.is_none() {
            self.source = Some(source);
            return false;
        }
        let known = self.source == Some(source) || self.others.contains(&source);
        if !known {
            self.others.push(source);
        }
        known
    }

    /// The sources that told of it.
    pub(super) fn sources(&self) -> impl Iterator<Item = SourceId> {
        self.source.into_iter().chain(self.others.iter().copied())
    }

    /// Its verdicts.
    pub(super) fn slots(&self) -> &Slots {
        &self.judging.slots
    }

    /// What judges it.
    pub(super) fn detector(&self) -> &Detector {
        &self.judging.detector
    }

    /// From `time` on its calls are counted by this source in this form.
    pub(super) fn count_by(&mut self, source: SourceId, form: Form, time: Timestamp) {
        self.summed = form != Form::Rows;
        self.counters = None;
        self.dark_since = None;
        if let Some((before, _)) = self.counted {
            if before != source {
                // Who waits there, and how long the rows are there, is said no more.
                self.calls.drop_waiting();
                (self.row_length, self.last_length) = (None, None);
            }
            // What lies around the change may have been counted in part only.
            self.complete_from = self.complete_from.max(time.next_multiple(MINUTE));
        }
        self.counted = Some((source, form));
    }

    /// Whether rows of it are told at an instant: the next but one is not overdue.
    pub(super) fn rows_come(&self, at: Timestamp) -> bool {
        self.slots().newest().is_some_and(|row| at <= row.end + row.length * 2)
    }

    /// Whether a row tells calls where events told none for long: those that were told are strays.
    pub(super) fn lacks_events(&self, row: &IntervalRow) -> bool {
        let quiet = STRAY_AFTER.max(row.length() * 2);
        let strayed = self.calls.newest().is_none_or(|newest| row.start - newest >= quiet);
        row.last_word && row.tally.offered > 0 && strayed
    }

    /// Length of its rows: as told, or a minute where they are summed here.
    pub(super) fn row_length(&self) -> Option<Span> {
        match self.counted? {
            (_, Form::Rows) => self.row_length,
            (_, Form::Events | Form::Totals) => Some(MINUTE),
        }
    }

    /// After this time without rows it gives none any more.
    pub(super) fn outdated_after(&self) -> Span {
        let row = self.row_length().unwrap_or(MINUTE);
        OUTDATED_AFTER.max(row * OUTDATED_ROWS)
    }

    /// Length of the rows that a source of rows gives.
    pub(super) fn told_row(&self) -> Option<Span> {
        self.row_length.filter(|_| matches!(self.counted, Some((_, Form::Rows))))
    }

    /// Notes the length of a row; `true` if it is what the rows have from now on.
    pub(super) fn note_length(&mut self, length: Span) -> bool {
        let again = self.last_length.replace(length) == Some(length);
        let new = self.row_length != Some(length) && (again || self.row_length.is_none());
        if new {
            self.row_length = Some(length);
        }
        new
    }

    /// End of the first minute that is open from `from` on.
    pub(super) fn open_minute_end(&self, from: Timestamp) -> Option<Timestamp> {
        self.open.iter().map(|&(start, _)| start + MINUTE).filter(|&end| end >= from).min()
    }

    /// Takes an event. Outcomes are booked to the interval of the call's arrival; one that came
    /// before its arrival is booked with it.
    pub(super) fn event(
        &mut self,
        e: &CallEvent,
        control: &ControlPolicy,
        closing: &mut Closing<'_, '_>,
    ) -> Taken {
        let taken = self.one_event(e, control, closing);
        if e.kind == CallKind::Offered
            && let Some((at, kind)) = self.calls.early(e.call)
        {
            self.one_event(&CallEvent { at, call: e.call, kind }, control, closing);
        }
        taken
    }

    fn one_event(
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
        if e.kind == CallKind::Answered && self.calls.answered(arrival, e.at) {
            self.unended += 1;
        }
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
            CallKind::Completed { talk } => {
                add.talk = talk;
                if let Some(talk) = talk {
                    self.talk.take(e.at, 1, talk);
                }
            }
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
        // Running totals that stay away are no zero.
        if place.is_none() && self.counters.is_some_and(|last| last.at <= start) {
            return None;
        }
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
        let newest = self.slots().newest().map(|s| s.end);
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
        if let Some(answered) = t.answered {
            self.service.row(row.start, row.end, t);
            if let Some(talk) = t.talk {
                self.talk.take(row.end, answered, talk);
            }
        }
        let expected = self.judge(row, closing);
        self.tell_interval(*row, expected, closing);
        (Taken::News, true)
    }

    /// Teaches its detector with a row of the past.
    pub(super) fn learn(&mut self, closed: &Closed) {
        self.taught_to = self.taught_to.max(Some(closed.end));
        self.judging.detector.learn(closed);
    }

    fn judge(&mut self, row: &IntervalRow, closing: &mut Closing<'_, '_>) -> Option<f64> {
        let told = row.tally.offered + row.tally.refused.unwrap_or(0);
        let offered = if self.was_full(row.start, row.end) { self.at_least(told) } else { told };
        self.judged = offered;
        let closed = Closed::of(closing.calendar, row.start, row.end, offered);
        let verdict = self.judging.detector.judge(&closed, closing.tolerated);
        let from = self.slots().newest().map_or(VerdictWord::Learning, |s| (&s.verdict).into());
        if from != VerdictWord::from(&verdict) {
            let line = VerdictLine { unit: self.unit, queue: Some(closing.queue), from, verdict };
            closing.emit.push(row.end, EffectKind::Verdict(line));
        }
        let slot = Slot { end: row.end, length: row.length(), verdict };
        self.judging.slots.put(slot, closing.evaluated_to);
        let (busy, since) = self.busy;
        let decay = (-(row.end - since).as_minutes_f64() / 15.0).exp();
        self.busy = (busy * decay + f64::from(told), row.end);
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

    /// The source restarted: calls it held have no end.
    pub(super) fn source_restarted(&mut self, at: Timestamp) {
        self.full = self.full.map(|(since, until)| (since, until.or(Some(at))));
        self.calls.drop_waiting();
    }
}
