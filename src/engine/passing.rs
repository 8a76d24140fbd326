//! What the passing of time alone does: sources fall silent, waited-for rows are overdue, units
//! that nobody attends go by the wall clock.
//!
//! A source that is silent for tau is *quiet*. Quiet inside the hours it is blind after its
//! `blind_after`; quiet outside the hours of all its units it is *closed*, which is neither blind
//! nor an outage, and at opening time its silence begins anew.

use super::emit::Emit;
use super::observation::{QueueId, SourceId, UnitId};
use super::policy::{Policy, SilenceRule};
use super::queue::MINUTE;
use super::time::{Span, Timestamp};
use super::{Engine, Wake};

/// A source that speaks only when somebody calls is blind after the time in which this many
/// events are expected.
const EVENTS_MISSED: f64 = 15.0;
/// Longest silence of such a source, however few calls it expects.
const BLIND_AFTER_MAX: Span = Span::hours(12);
/// How often a quiet source is looked at again.
const LOOK_AGAIN: Span = Span::minutes(1);

impl Engine {
    /// Time has passed: declares blindness, writes due outage steps, evaluates the units that
    /// nobody attends.
    pub(super) fn time_passes(&mut self, emit: &mut Emit<'_>) {
        let Some(policy) = self.policy.clone() else { return };
        if policy.silence == SilenceRule::Replay {
            self.next_wake = Timestamp::MAX;
            return;
        }
        for i in 0..self.sources.len() {
            self.source_in_time(SourceId(i as u16), &policy, emit);
        }
        for i in 0..self.units.len() {
            self.unit_in_time(UnitId(i as u16), emit);
        }
        self.plan_wake(&policy);
    }

    /// Wakes at `at` at the latest.
    pub(super) fn wake_at(&mut self, at: Timestamp, why: Wake) {
        if at < self.next_wake {
            (self.next_wake, self.wake) = (at, why);
        }
    }

    fn source_in_time(&mut self, source: SourceId, policy: &Policy, emit: &mut Emit<'_>) {
        let index = source.0 as usize;
        if !self.is_quiet(source) {
            return;
        }
        if self.source_is_closed(source, self.at) {
            self.sources[index].closed = true;
            if std::mem::take(&mut self.sources[index].blind) {
                self.darken(source, None);
            }
            return;
        }
        if std::mem::take(&mut self.sources[index].closed) {
            self.sources[index].rested_until = Some(self.opened_at(source));
        }
        self.be_patient(source);
        if self.at <= self.sources[index].blind_at() {
            return;
        }
        if !std::mem::replace(&mut self.sources[index].blind, true) {
            self.darken(source, Some(self.sources[index].silent_since()));
        }
        if policy.sources[index].watched {
            self.sources[index].outage_due(source, self.at, emit);
        }
    }

    /// Settles how long a source may be silent before it is blind. Asked once it is quiet: what
    /// is expected of the hours since it spoke decides, and not what its last minute had.
    pub(super) fn be_patient(&mut self, source: SourceId) {
        let index = source.0 as usize;
        let known = &self.sources[index];
        let heartbeat = self.policy.as_ref().is_some_and(|p| p.sources[index].heartbeat);
        let tau = known.tau();
        let wait = if known.events_only && !heartbeat {
            self.time_of_events(source, EVENTS_MISSED).max(tau)
        } else {
            tau
        };
        self.sources[index].blind_after = wait;
        self.refresh_tau(source);
    }

    /// The time from the last sign of a source in which its queues expect so many events.
    fn time_of_events(&self, source: SourceId, events: f64) -> Span {
        let known = &self.sources[source.0 as usize];
        let since = known.silent_since();
        let mut missed = 0.0;
        let mut passed = Span::ZERO;
        let calendar =
            |q: &QueueId| self.units[self.queues[q.0 as usize].unit.0 as usize].calendar.clone();
        let mut calendars: Vec<_> = known.summed.iter().map(calendar).collect();
        while passed < BLIND_AFTER_MAX && missed < events {
            for (&q, calendar) in known.summed.iter().zip(&mut calendars) {
                let queue = &self.queues[q.0 as usize];
                let local = calendar.local(since + passed);
                let calls = queue.detector().expected(local, MINUTE);
                // Every call gives at least two events.
                missed += 2.0 * calls.unwrap_or_else(|| queue.calls_per_minute());
            }
            passed += MINUTE;
        }
        passed
    }

    /// Notes with the queues whose calls a source counts that it is blind, or sees again.
    pub(super) fn darken(&mut self, source: SourceId, since: Option<Timestamp>) {
        for queue in &mut self.queues {
            if queue.counted.is_some_and(|(by, _)| by == source) {
                queue.dark_since = since;
            }
        }
        self.rows_changed(source);
    }

    /// Silent for longer than tau.
    pub(super) fn is_quiet(&self, source: SourceId) -> bool {
        let known = &self.sources[source.0 as usize];
        self.at - known.silent_since() > known.tau() + known.unheard
    }

    /// Whether all units of a source, or all there are before it told anything, are closed.
    pub(super) fn source_is_closed(&self, source: SourceId, at: Timestamp) -> bool {
        let closed = |unit: UnitId| self.unit_closed_at(unit, at).is_some();
        let told = &self.sources[source.0 as usize].units;
        if told.is_empty() {
            !self.units.is_empty() && (0..self.units.len()).all(|i| closed(UnitId(i as u16)))
        } else {
            told.iter().all(|&unit| closed(unit))
        }
    }

    fn unit_closed_at(&self, unit: UnitId, at: Timestamp) -> Option<Timestamp> {
        let index = unit.0 as usize;
        let policy = &self.policy.as_ref()?.units[index];
        self.units[index].closed_at(at, policy, &self.queues)
    }

    /// When the first unit of a source opened.
    fn opened_at(&self, source: SourceId) -> Timestamp {
        let known = &self.sources[source.0 as usize];
        let Some(policy) = &self.policy else { return self.at };
        let since = known.silent_since();
        let of = |unit: &UnitId| {
            let index = unit.0 as usize;
            let settings = &policy.units[index];
            self.units[index].opened_between(since, self.at, settings, &self.queues)
        };
        let open = known.units.iter().filter(|&&u| self.unit_closed_at(u, self.at).is_none());
        open.map(of).min().unwrap_or(self.at)
    }

    fn unit_in_time(&mut self, unit: UnitId, emit: &mut Emit<'_>) {
        let index = unit.0 as usize;
        if self.units[index].give_up_overdue_rows(self.at) {
            self.evaluate(unit, emit);
        }
        let known = &self.units[index];
        let of_unit = || known.sources.iter().map(|s| &self.sources[s.0 as usize]);
        let unattended = !known.sources.is_empty() && of_unit().all(|s| s.blind || s.closed);
        let raised = !known.ladder.at_rest();
        if !unattended {
            let quiet = raised && known.sources.iter().all(|&s| self.is_quiet(s));
            if quiet {
                self.evaluate_held(unit, emit);
            } else if raised {
                self.evaluate(unit, emit);
            }
            return;
        }
        if self.unit_closed_at(unit, self.at).is_some() {
            // Not sighted: nobody is there.
            self.units[index].blind = false;
        } else if !known.blind {
            self.evaluate_held(unit, emit);
            self.set_blind(unit, true, self.at, emit);
        }
        self.evaluate_to(unit, self.at, emit);
    }

    /// Instants up to the last sign + tau, with what was known last.
    fn evaluate_held(&mut self, unit: UnitId, emit: &mut Emit<'_>) {
        self.hear_signs(unit);
        let known = &self.units[unit.0 as usize];
        if let Some(last) = known.silence.last_sign() {
            self.evaluate_to(unit, (last + known.tau).min(self.at), emit);
        }
    }

    /// Sets the next instant at which time alone may change something.
    fn plan_wake(&mut self, policy: &Policy) {
        (self.next_wake, self.wake) = (Timestamp::MAX, Wake::Silence);
        let soon = self.at + Span::millis(1);
        for i in 0..self.sources.len() {
            let source = &self.sources[i];
            let settings = &policy.sources[i];
            if source.last_sign.is_none() && !settings.watched {
                continue;
            }
            let again = self.at + LOOK_AGAIN;
            let next = if source.closed {
                again
            } else if source.blind {
                let step = source.next_outage_step().filter(|_| settings.watched);
                step.map_or(again, |step| step.min(again))
            } else {
                let quiet = source.silent_since() + source.tau() + source.unheard;
                let quiet = if quiet < self.at { again } else { quiet + Span::millis(1) };
                quiet.min(source.blind_at() + Span::millis(1))
            };
            self.wake_at(next.max(soon), Wake::Silence);
        }
        for i in 0..self.units.len() {
            let unit = &self.units[i];
            let blind =
                unit.blind || unit.sources.iter().all(|s| self.sources[s.0 as usize].closed);
            let blind = blind && !unit.sources.is_empty();
            let overdue = unit.rows_overdue_at();
            if blind && !self.units[i].ladder.at_rest() {
                self.wake_at(self.at.next_multiple(super::service::BUCKET), Wake::Ladder);
            }
            if let Some(overdue) = overdue {
                self.wake_at(overdue.max(soon), Wake::Rows);
            }
        }
    }
}
