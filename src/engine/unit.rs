//! One command unit: its queues together, their sum, and the ladder over them.

mod control;

use super::calendar::Calendar;
use super::command::Level;
use super::detector::{Closed, Detector};
use super::effect::{
    Cause, Conditions, EffectKind, IncidentId, Quality, QualityLine, Reminder, Transition,
    VerdictLine, VerdictWord,
};
use super::emit::Emit;
use super::ladder::{Context, Ladder, Moment, Moved, Outcome};
use super::observation::{QueueId, SourceId, UnitId};
use super::policy::UnitPolicy;
use super::queue::{Queue, Slot, Slots};
use super::service::BUCKET;
use super::silence::Silence;
use super::source::TAU_MIN;
use super::time::{Span, Timestamp};
use super::verdict::Evidence;
use serde::{Deserialize, Serialize};

/// An interval of the sum that is not closed yet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct OpenSum {
    end: Timestamp,
    length: Span,
    offered: u32,
    queues: u32,
    /// Taught, not judged.
    learn: bool,
}

/// One command unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Unit {
    pub(super) members: Vec<QueueId>,
    /// Sources that told something of it.
    pub(super) sources: Vec<SourceId>,
    pub(super) calendar: Calendar,
    pub(super) ladder: Ladder,
    pub(super) silence: Silence,
    pub(super) sum: Detector,
    pub(super) sum_slots: Slots,
    sums: Vec<OpenSum>,
    /// Rows of the interval that closed last: how many came, how many are expected.
    rows_end: Option<Timestamp>,
    rows_came: u32,
    rows_expected: u32,
    /// Until then an interval waits for the rows that are missing.
    pub(super) rows_overdue_at: Timestamp,
    /// Shortest row of its queues.
    pub(super) row: Option<Span>,
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
    /// Recalled heads that are logged in, by level.
    pub(super) extra_staff: [u32; 4],
    pub(super) conditions: Conditions,
    pub(super) abnormal: bool,
    pub(super) transitions: Vec<((Level, Level, Cause), u64)>,
    pub(super) time_in_level: [Span; 4],
    pub(super) incidents_total: u64,
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
            calendar: Calendar::new(policy.timezone),
            ladder: Ladder::new(),
            silence: Silence::new(),
            sum: Detector::new(),
            sum_slots: Slots::default(),
            sums: Vec::new(),
            rows_end: None,
            rows_came: 0,
            rows_expected: 0,
            rows_overdue_at: Timestamp::MIN,
            row: None,
            tau: TAU_MIN,
            blind_after: TAU_MIN,
            blind: false,
            silent_since: None,
            offered_last: None,
            closed_since: None,
            row_ends: Vec::new(),
            extra_staff: [0; 4],
            conditions: Conditions::default(),
            abnormal: false,
            transitions: Vec::new(),
            time_in_level: [Span::ZERO; 4],
            incidents_total: 0,
        }
    }

    /// A unit of one queue has one test.
    fn has_sum(&self) -> bool {
        self.members.len() > 1
    }

    /// A queue closed a row.
    pub(super) fn row_closed(&mut self, end: Timestamp, length: Span, offered: u32, learn: bool) {
        if !learn {
            if let Err(place) = self.row_ends.binary_search(&end) {
                self.row_ends.insert(place, end);
            }
            let newest = self.offered_last.is_none_or(|(_, last)| end > last);
            if offered > 0 && newest {
                self.offered_last = Some((end - length, end));
            }
            self.row = Some(self.row.map_or(length, |row| row.min(length)));
        }
        if self.row.is_some_and(|row| row != length) && !learn {
            return;
        }
        let open = |s: &&mut OpenSum| s.end == end && s.length == length && s.learn == learn;
        match self.sums.iter_mut().find(open) {
            Some(sum) => {
                sum.offered = sum.offered.saturating_add(offered);
                sum.queues += 1;
            }
            None => self.sums.push(OpenSum { end, length, offered, queues: 1, learn }),
        }
    }

    /// A row of a source of rows came; answers up to where the unit may be evaluated.
    pub(super) fn row_came(&mut self, end: Timestamp) -> Timestamp {
        if self.rows_end.is_none_or(|last| end > last) {
            if self.rows_end.is_some() {
                self.rows_expected = self.rows_came;
            }
            self.rows_end = Some(end);
            self.rows_came = 0;
        }
        if self.rows_end == Some(end) {
            self.rows_came += 1;
        }
        self.rows_limit()
    }

    /// Up to where the rows allow evaluation: an interval whose rows are not all here waits.
    pub(super) fn rows_limit(&self) -> Timestamp {
        let Some(end) = self.rows_end else { return Timestamp::MIN };
        if self.rows_came >= self.rows_expected { end } else { end - Span::millis(1) }
    }

    /// Waits no longer for the rows that are missing.
    pub(super) fn stop_waiting_for_rows(&mut self) {
        self.rows_expected = self.rows_expected.min(self.rows_came);
    }

    /// Whether rows are missing.
    pub(super) fn waits_for_rows(&self) -> bool {
        self.rows_came < self.rows_expected
    }

    /// Evaluates every instant up to `limit`, in order.
    pub(super) fn evaluate(&mut self, limit: Timestamp, around: &mut Around<'_, '_>) {
        let Some(mut last) = self.ladder.evaluated_to() else {
            if limit > Timestamp::MIN {
                self.instant(limit, around);
            }
            return;
        };
        while let Some(at) = self.next_instant(last, limit, around) {
            self.instant(at, around);
            last = at;
        }
    }

    /// When it has to be evaluated next, as things are.
    pub(super) fn wants(&self, around: &Around<'_, '_>) -> Timestamp {
        let Some(last) = self.ladder.evaluated_to() else { return Timestamp::MIN };
        if !self.row_ends.is_empty() || self.sums.iter().any(|s| !s.learn) {
            return Timestamp::MIN;
        }
        if self.ladder.at_rest() && !self.abnormal {
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
        if limit <= last {
            return None;
        }
        let row_end = self.row_ends.iter().copied().find(|&end| end > last && end <= limit);
        if self.ladder.at_rest() && !self.abnormal {
            // Nothing but the end of a row can change anything here.
            return row_end
                .or_else(|| self.sums.iter().any(|s| !s.learn && s.end <= limit).then_some(limit));
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

    fn instant(&mut self, at: Timestamp, around: &mut Around<'_, '_>) {
        self.close_sums(at, around);
        let past = self.row_ends.partition_point(|&end| end <= at);
        self.row_ends.drain(..past);
        self.abnormal = self.is_abnormal(at, around) && !self.blind_at(at, around);
        self.conditions = self.conditions_at(at, around);
        if self.ladder.at_rest() && !self.abnormal {
            let spent = self.ladder.evaluated_to().map_or(Span::ZERO, |last| at - last);
            self.time_in_level[0] += spent.max(Span::ZERO);
            self.ladder.rest_until(at, self.conditions.controlled);
            self.silence.forget(at - self.blind_after);
            self.closed_since = None;
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
    }

    /// What the ladder is told at an instant.
    pub(super) fn moment(&self, at: Timestamp, around: &Around<'_, '_>) -> Moment {
        let recorded_at = around.emit.recorded_at;
        let staffed = [Level::L3, Level::L2, Level::L1]
            .into_iter()
            .find(|level| self.extra_staff[usize::from(level.number())] > 0);
        Moment {
            at,
            recorded_at,
            abnormal: self.abnormal,
            controlled: self.conditions.controlled,
            stand_down: self.conditions.stand_down,
            blind: self.blind_at(at, around),
            old: recorded_at - at > self.tau,
            closed_since: self.closed_at(at, around.policy, around.queues),
            calls_wait: self
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
        let (queue, evidence) = self.strongest(moved.at, around);
        let transition = Transition {
            unit: around.unit,
            incident: moved.incident,
            number: moved.number,
            from: moved.from,
            to: moved.to,
            cause: moved.cause,
            late_by: moved.late_by,
            evidence,
            queue,
            conditions: self.conditions,
            order,
        };
        around.emit.push(moved.at, EffectKind::Transition(transition));
    }

    /// The evidence that counts most: the highest ratio of score to threshold.
    fn strongest(
        &self,
        at: Timestamp,
        around: &Around<'_, '_>,
    ) -> (Option<QueueId>, Option<Evidence>) {
        let of_queue = |&q: &QueueId| {
            let slot = around.queues[q.0 as usize].slots.at(at)?;
            Some((Some(q), *slot.verdict.evidence()?))
        };
        let of_sum = || {
            let slot = self.sum_slots.at(at)?;
            Some((None, *slot.verdict.evidence()?))
        };
        let weight = |e: &Evidence| if e.threshold > 0.0 { e.score / e.threshold } else { 0.0 };
        let all = of_sum().into_iter().chain(self.members.iter().filter_map(of_queue));
        let best = all.reduce(|a, b| if weight(&b.1) > weight(&a.1) { b } else { a });
        best.map_or((None, None), |(queue, evidence)| (queue, Some(evidence)))
    }

    /// Closes the intervals of the sum that end at or before `at`.
    fn close_sums(&mut self, at: Timestamp, around: &mut Around<'_, '_>) {
        while let Some(i) = self.sums.iter().position(|s| s.end <= at && !s.learn) {
            let sum = self.sums.remove(i);
            let complete = sum.queues >= self.rows_expected.max(1);
            if !self.has_sum() || !complete {
                continue;
            }
            let start = sum.end - sum.length;
            let local = self.calendar.local(start);
            let closed = Closed { start, end: sum.end, local, offered: sum.offered };
            let verdict = self.sum.judge(&closed, &around.policy.detector);
            let from =
                self.sum_slots.newest().map_or(VerdictWord::Learning, |s| (&s.verdict).into());
            if from != VerdictWord::from(&verdict) {
                let line = VerdictLine { unit: around.unit, queue: None, from, verdict };
                around.emit.push(sum.end, EffectKind::Verdict(line));
            }
            let slot = Slot { end: sum.end, length: sum.length, verdict };
            self.sum_slots.put(slot, self.ladder.evaluated_to());
        }
    }

    /// Teaches the sum with the intervals of the past that are complete: all that end before
    /// `before`.
    pub(super) fn teach_sums(&mut self, before: Timestamp) {
        while let Some(i) = self.sums.iter().position(|s| s.learn && s.end < before) {
            let sum = self.sums.remove(i);
            let start = sum.end - sum.length;
            let local = self.calendar.local(start);
            let closed = Closed { start, end: sum.end, local, offered: sum.offered };
            if self.has_sum() {
                self.sum.learn(&closed);
            }
        }
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
