//! One command unit: its queues together, their sum, and the ladder over them.

mod control;
mod lag;
mod rows;
mod sums;

use super::calendar::Calendar;
use super::command::Level;
use super::effect::{
    Cause, Conditions, EffectKind, IncidentId, Kleene, Quality, QualityLine, Reminder, Transition,
};
use super::emit::Emit;
use super::ladder::{Context, Ladder, Moment, Moved, Outcome};
use super::observation::{QueueId, SourceId, UnitId};
use super::policy::{DetectorPolicy, UnitPolicy};
use super::queue::Queue;
use super::recent::Recent;
use super::service::BUCKET;
use super::silence::Silence;
use super::source::TAU_MIN;
use super::time::{Span, Timestamp};
use super::verdict::Verdict;
use lag::Lag;
use rows::Rows;
use serde::{Deserialize, Serialize};
use sums::Sum;

/// Longest time after closing in which callers of before are still served.
const SERVED_AFTER_CLOSING: Span = Span::hours(1);

/// An alarm that comes back within this time is not a new one.
const SAME_ALARM: Span = Span::minutes(30);

/// One command unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Unit {
    pub(super) members: Vec<QueueId>,
    /// Sources that told something of it.
    pub(super) sources: Vec<SourceId>,
    pub(super) calendar: Calendar,
    pub(super) ladder: Ladder,
    pub(super) silence: Silence,
    sum: Sum,
    /// Shortest row of its queues, those summed from events included.
    pub(super) row: Option<Span>,
    rows: Rows,
    lag: Lag,
    /// tau of the sources that move it.
    pub(super) tau: Span,
    /// Silence after which it is blind: tau, longer where few events are expected.
    pub(super) blind_after: Span,
    pub(super) blind: bool,
    /// In a replay: a long silence in whose midst nobody was there.
    pub(super) silent_since: Option<Timestamp>,
    /// Newest interval with offered calls, start and end.
    pub(super) offered_last: Option<(Timestamp, Timestamp)>,
    /// Closed since then at the instant evaluated last, while a level is raised.
    closed_since: Option<Timestamp>,
    /// Ends of rows that are not instants of the ladder yet, in order.
    row_ends: Vec<Timestamp>,
    /// A row came that belongs to the instant evaluated last.
    again: bool,
    /// Recalled heads that are logged in, by level.
    pub(super) extra_staff: [u32; 4],
    pub(super) conditions: Conditions,
    /// Times that volume became abnormal, and when it was last.
    pub(super) alarms_total: u64,
    pub(super) alarmed_at: Option<Timestamp>,
    /// Queues that counted at the instant evaluated last.
    counting: u16,
    /// Abnormal at the instant evaluated last; `None` where no verdict is in force.
    pub(super) abnormal: Kleene,
    pub(super) transitions: Vec<((Level, Level, Cause), u64)>,
    pub(super) time_in_level: [Span; 4],
    pub(super) incidents_total: u64,
    /// Judged intervals of the last hours.
    pub(super) recent: Recent,
}

/// What the evaluation of a unit needs beside it.
pub(super) struct Around<'a, 'b> {
    pub(super) unit: UnitId,
    pub(super) policy: &'a UnitPolicy,
    pub(super) queues: &'a [Queue],
    pub(super) next_incident: &'a mut IncidentId,
    pub(super) emit: &'a mut Emit<'b>,
}

impl Unit {
    pub(super) fn new(policy: &UnitPolicy) -> Self {
        Self {
            members: Vec::new(),
            sources: Vec::new(),
            calendar: Calendar::of(policy),
            ladder: Ladder::new(),
            silence: Silence::new(),
            sum: Sum::new(),
            row: None,
            rows: Rows::new(),
            lag: Lag::default(),
            tau: TAU_MIN,
            blind_after: TAU_MIN,
            blind: false,
            silent_since: None,
            offered_last: None,
            closed_since: None,
            row_ends: Vec::new(),
            again: false,
            extra_staff: [0; 4],
            conditions: Conditions::default(),
            alarms_total: 0,
            alarmed_at: None,
            counting: 0,
            abnormal: None,
            transitions: Vec::new(),
            time_in_level: [Span::ZERO; 4],
            incidents_total: 0,
            recent: Recent::default(),
        }
    }

    /// A unit of one queue has one test.
    fn has_sum(&self) -> bool {
        self.members.len() > 1
    }

    /// False alarms a month that each of its queues may raise.
    pub(super) fn tolerated_of_queue(&self, policy: &DetectorPolicy) -> f64 {
        policy.tolerated_of_queue(self.members.len(), self.counting.into())
    }

    /// A row came in at `now`. Those of the shortest rows that sources give move the unit.
    pub(super) fn row_came(&mut self, end: Timestamp, length: Span, now: Timestamp) {
        self.rows.came(end, length, now, self.tau);
    }

    /// Shortest row that sources of rows give, of those that are not blind.
    pub(super) fn told_row(&self) -> Option<Span> {
        self.rows.length()
    }

    /// Settles what its rows are after a change: see [`Unit::row`] and [`Unit::told_row`].
    pub(super) fn rows_are(&mut self, shortest: Option<Span>, told: Option<Span>) {
        self.row = shortest;
        self.rows.set_length(told);
    }

    /// Up to where the rows allow evaluation: an interval whose rows are not all here waits.
    /// `None` where no source of rows moves the unit.
    pub(super) fn rows_limit(&self) -> Option<Timestamp> {
        self.rows.limit()
    }

    /// Up to where another source may move the unit at `now`: rows that are due are waited for.
    pub(super) fn rows_cap(&self, now: Timestamp) -> Timestamp {
        self.rows.cap(now)
    }

    /// When rows that are waited for are overdue.
    pub(super) fn rows_overdue_at(&self) -> Option<Timestamp> {
        self.rows.overdue_at()
    }

    /// Waits no longer for rows that are overdue; `true` if there were such.
    pub(super) fn give_up_overdue_rows(&mut self, now: Timestamp) -> bool {
        self.rows.give_up_overdue(now)
    }

    /// Waits no longer for the rows that are missing.
    pub(super) fn stop_waiting_for_rows(&mut self) {
        self.rows.give_up_all();
    }

    /// Evaluates every instant up to `limit`, in order.
    pub(super) fn evaluate(&mut self, limit: Timestamp, around: &mut Around<'_, '_>) {
        let Some(mut last) = self.ladder.evaluated_to() else {
            if limit > Timestamp::MIN {
                self.instant(limit, around);
            }
            return;
        };
        if limit > last {
            self.lag.note(limit, around.emit.recorded_at, self.tau);
        }
        while let Some(at) = self.next_instant(last, limit, around) {
            self.instant(at, around);
            last = at;
        }
    }

    /// When it has to be evaluated next, as things are.
    pub(super) fn wants(&self, around: &Around<'_, '_>) -> Timestamp {
        let Some(last) = self.ladder.evaluated_to() else { return Timestamp::MIN };
        if self.again || !self.row_ends.is_empty() || self.sum.is_due(Timestamp::MAX) {
            return Timestamp::MIN;
        }
        if self.is_calm() {
            return Timestamp::MAX;
        }
        self.next_instant(last, Timestamp::MAX, around).unwrap_or(Timestamp::MAX)
    }

    /// The next instant after `last` that is not later than `limit`.
    fn next_instant(
        &self,
        last: Timestamp,
        limit: Timestamp,
        around: &Around<'_, '_>,
    ) -> Option<Timestamp> {
        if self.again && self.is_calm() {
            return Some(last);
        }
        if limit <= last {
            return None;
        }
        let row_end = self.row_ends.iter().copied().find(|&end| end > last && end <= limit);
        if self.is_calm() {
            // Nothing but the end of a row can change anything here.
            return row_end.or_else(|| self.sum.is_due(limit).then_some(limit));
        }
        let moment = self.moment(last, around);
        let due = self.ladder.next_due(last, &self.silence, &around.policy.ladder, &moment);
        let lost =
            self.silence.last_sign().map(|sign| sign + self.blind_after).filter(|&t| t > last);
        let next = [Some(last.next_multiple(BUCKET)), row_end, due, lost];
        let next = next.into_iter().flatten().min()?;
        // Nobody looked in downtime: only rows that came in afterwards tell of it.
        let seen = |end: Timestamp| row_end.map_or(end, |row| row.min(end));
        Some(self.silence.down_until(next).map_or(next, seen)).filter(|&at| at <= limit)
    }

    /// No level is raised and nothing asks for one.
    fn is_calm(&self) -> bool {
        self.ladder.at_rest() && self.abnormal != Some(true)
    }

    fn instant(&mut self, at: Timestamp, around: &mut Around<'_, '_>) {
        self.again = false;
        self.close_sums(at, around);
        let past = self.row_ends.partition_point(|&end| end <= at);
        self.row_ends.drain(..past);
        (self.abnormal, self.counting) = self.is_abnormal(at, around);
        if self.abnormal == Some(true) && self.blind_at(at, around) {
            self.abnormal = None;
        }
        self.count_alarm(at);
        self.conditions = self.conditions_at(at, around);
        if self.is_calm() {
            let spent = self.ladder.evaluated_to().map_or(Span::ZERO, |last| at - last);
            self.time_in_level[0] += spent.max(Span::ZERO);
            self.ladder.rest_until(at, self.conditions.controlled);
            self.silence.forget(at - self.blind_after);
            self.closed_since = None;
            self.note_recent(at, around.queues);
            return;
        }
        self.note_closed(at, around);
        let moment = self.moment(at, around);
        let level = self.ladder.level();
        let spent = self.ladder.evaluated_to().map_or(Span::ZERO, |last| at - last);
        self.time_in_level[usize::from(level.number())] += spent.max(Span::ZERO);
        let mut outcomes = Vec::new();
        let mut context = Context {
            silence: &self.silence,
            policy: &around.policy.ladder,
            next_incident: around.next_incident,
        };
        self.ladder.step(&moment, &mut context, &mut outcomes);
        self.tell(outcomes, None, at, around);
        self.note_recent(at, around.queues);
    }

    /// Remembers the verdict in force: of the sum, or of the only queue.
    fn note_recent(&mut self, at: Timestamp, queues: &[Queue]) {
        let slot = match self.members.as_slice() {
            [only] => queues[only.0 as usize].slots().at(at),
            _ => self.sum.slots.at(at),
        };
        if let Some(slot) = slot {
            self.recent.note(slot, self.ladder.level());
        }
    }

    /// An alarm that comes back within half an hour is the same one.
    fn count_alarm(&mut self, at: Timestamp) {
        if self.abnormal == Some(true) {
            self.alarms_total +=
                u64::from(self.alarmed_at.is_none_or(|last| at - last > SAME_ALARM));
            self.alarmed_at = Some(at);
        }
    }

    /// What the ladder is told at an instant.
    pub(super) fn moment(&self, at: Timestamp, around: &Around<'_, '_>) -> Moment {
        let recorded_at = around.emit.recorded_at;
        let staffed = [Level::L3, Level::L2, Level::L1]
            .into_iter()
            .find(|level| self.extra_staff[usize::from(level.number())] > 0);
        let closed_since = self.closed_at(at, around.policy, around.queues);
        // Whoever still waits long after closing is a call whose end was not told.
        let served = closed_since.is_some_and(|since| at - since > SERVED_AFTER_CLOSING);
        Moment {
            at,
            recorded_at,
            abnormal: self.abnormal,
            controlled: self.conditions.controlled,
            stand_down: self.conditions.stand_down,
            blind: self.blind_at(at, around),
            old: recorded_at - at > self.tau + self.lag.usual(),
            closed_since,
            // Where nobody was there in a replay, nobody can say who waits.
            calls_wait: !served
                && self.silent_since.is_none()
                && self
                    .members
                    .iter()
                    .any(|&q| around.queues[q.0 as usize].waiting(at).is_some_and(|n| n > 0)),
            staffed: staffed.unwrap_or(Level::None),
            tau: self.tau,
            row: self.row.unwrap_or(super::queue::MINUTE),
        }
    }

    fn blind_at(&self, at: Timestamp, around: &Around<'_, '_>) -> bool {
        self.silence.blind_at(at, self.blind_after)
            && self.closed_at(at, around.policy, around.queues).is_none()
    }

    /// Closed time stops the clocks of an open incident: it is noted as it passes.
    fn note_closed(&mut self, at: Timestamp, around: &mut Around<'_, '_>) {
        let before = self.ladder.evaluated_to().unwrap_or(at);
        let was = self.closed_since;
        self.closed_since = self.closed_at(at, around.policy, around.queues);
        match (was, self.closed_since) {
            (None, Some(since)) => {
                self.silence.closed(since, at);
                if self.ladder.incident().is_some() {
                    let line = QualityLine {
                        unit: Some(around.unit),
                        source: None,
                        what: Quality::Closed,
                    };
                    around.emit.push(since, EffectKind::Quality(line));
                }
            }
            (Some(_), Some(_)) => self.silence.closed(before, at),
            (Some(_), None) => {
                let opened = self.opened_between(before, at, around.policy, around.queues);
                self.silence.closed(before, opened);
            }
            (None, None) => {}
        }
    }

    /// Turns what the ladder decided into effects.
    pub(super) fn tell(
        &mut self,
        outcomes: Vec<Outcome>,
        order: Option<&(String, String)>,
        at: Timestamp,
        around: &mut Around<'_, '_>,
    ) {
        for outcome in outcomes {
            match outcome {
                Outcome::Moved(moved) => self.tell_moved(&moved, order.cloned(), around),
                Outcome::Remind(incident, level, kind) => {
                    let unit = around.unit;
                    let kind = EffectKind::Reminder(Reminder { unit, incident, level, kind });
                    around.emit.push(at, kind);
                }
            }
        }
    }

    fn tell_moved(
        &mut self,
        moved: &Moved,
        order: Option<(String, String)>,
        around: &mut Around<'_, '_>,
    ) {
        let key = (moved.from, moved.to, moved.cause);
        match self.transitions.iter_mut().find(|(k, _)| *k == key) {
            Some((_, n)) => *n += 1,
            None => self.transitions.push((key, 1)),
        }
        self.incidents_total += u64::from(moved.number == 1);
        let (queue, verdict) = self.strongest(moved.at, around);
        let transition = Transition {
            unit: around.unit,
            incident: moved.incident,
            number: moved.number,
            from: moved.from,
            to: moved.to,
            cause: moved.cause,
            late_by: moved.late_by,
            verdict,
            queue,
            conditions: self.conditions,
            order,
        };
        around.emit.push(moved.at, EffectKind::Transition(transition));
    }

    /// The verdict whose evidence counts most.
    fn strongest(
        &self,
        at: Timestamp,
        around: &Around<'_, '_>,
    ) -> (Option<QueueId>, Option<Verdict>) {
        let of_queue = |&q: &QueueId| Some((Some(q), around.queues[q.0 as usize].slots().at(at)?));
        let of_sum = self.sum.slots.at(at).map(|slot| (None, slot));
        let all = of_sum.into_iter().chain(self.members.iter().filter_map(of_queue));
        let weighed = all.filter_map(|(queue, slot)| {
            Some((queue, slot.verdict, slot.verdict.evidence()?.weight()))
        });
        let best = weighed.reduce(|a, b| if b.2 > a.2 { b } else { a });
        best.map_or((None, None), |(queue, verdict, _)| (queue, Some(verdict)))
    }

    /// Notes that the unit lost sight, or sees again.
    pub(super) fn set_blind(&mut self, blind: bool, at: Timestamp, around: &mut Around<'_, '_>) {
        if self.blind != blind {
            self.blind = blind;
            let what = if blind { Quality::Blind } else { Quality::Sighted };
            let line = QualityLine { unit: Some(around.unit), source: None, what };
            around.emit.push(at, EffectKind::Quality(line));
        }
    }
}
