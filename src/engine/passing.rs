//! What the passing of time alone does: sources fall silent, waited-for rows are overdue, blind
//! units go by the wall clock.

use super::effect::{EffectKind, Quality, QualityLine};
use super::emit::Emit;
use super::hear::REPLAY_CLOSED_AFTER;
use super::observation::{SourceId, UnitId};
use super::policy::{Policy, SilenceRule};
use super::time::{Span, Timestamp};
use super::unit::Around;
use super::{Engine, Wake};

/// How long an interval waits for rows of queues that came with the interval before.
pub(super) const ROWS_OVERDUE: Span = Span::secs(30);

impl Engine {
    /// A source gave a sign of life at `at`, in event time.
    pub(super) fn heard(&mut self, source: SourceId, at: Timestamp, emit: &mut Emit<'_>) {
        let index = source.0 as usize;
        let live = self.policy.as_ref().is_some_and(|p| p.silence == SilenceRule::Live);
        let before = self.sources[index].last_sign;
        if before.is_none_or(|last| at > last) {
            let blind_after = self.sources[index].blind_after;
            let long = before.is_some_and(|last| at - last > blind_after);
            if long && !live {
                self.silence_in_replay(source, at, emit);
            }
            if self.sources[index].blind || self.sources[index].closed {
                self.sees_again(source, at, emit);
            }
            self.sources[index].outage_ends(source, at, emit);
            if long {
                self.cut_minutes(source, at);
            }
            // The unit hears of signs when it is evaluated; both ends of a silence at once.
            if long {
                self.pass_on_sign(source);
            }
            self.sources[index].last_sign = Some(at);
            self.sources[index].unheard = Span::ZERO;
            self.sources[index].last_event = Some(at);
            if before.is_none() {
                self.next_wake = self.next_wake.min(self.sources[index].blind_at());
            }
            if long || before.is_none() {
                self.open_again(source, at);
                self.pass_on_sign(source);
            }
        } else {
            // A row of the past may fill a silence.
            for i in 0..self.sources[index].units.len() {
                let unit = self.sources[index].units[i].0 as usize;
                let tau = self.units[unit].tau;
                self.units[unit].silence.sign(at, tau);
            }
        }
        self.sources[index].arrived = Some(self.at);
    }

    fn open_again(&mut self, source: SourceId, at: Timestamp) {
        for i in 0..self.sources[source.0 as usize].units.len() {
            let unit = self.sources[source.0 as usize].units[i].0 as usize;
            if self.units[unit].closed_since.take().is_some() {
                self.units[unit].silence.open_again(at);
            }
        }
    }

    fn pass_on_sign(&mut self, source: SourceId) {
        for i in 0..self.sources[source.0 as usize].units.len() {
            let unit = self.sources[source.0 as usize].units[i];
            self.hear_signs(unit);
        }
    }

    /// Tells a unit the newest signs of life of its sources.
    pub(super) fn hear_signs(&mut self, unit: UnitId) {
        let known = &mut self.units[unit.0 as usize];
        let tau = known.tau;
        let newest = known.sources.iter().filter_map(|s| self.sources[s.0 as usize].last_sign);
        if let Some(at) = newest.max()
            && known.silence.last_sign().is_none_or(|last| at > last)
        {
            known.silence.sign(at, tau);
        }
    }

    /// In a replay a silence is judged when the next row comes.
    fn silence_in_replay(&mut self, source: SourceId, at: Timestamp, emit: &mut Emit<'_>) {
        let index = source.0 as usize;
        let since = self.sources[index].silent_since();
        let closed = at - since > REPLAY_CLOSED_AFTER;
        let watched = self.policy.as_ref().is_some_and(|p| p.sources[index].watched);
        if !closed && watched {
            self.sources[index].outage_due(source, at, emit);
        }
        for unit in self.sources[index].units.clone() {
            if closed && self.alone(unit, source) {
                self.close(unit, since, emit);
            }
            let until = at - Span::millis(1);
            if self.alone(unit, source) {
                self.evaluate_to(unit, until, emit);
            }
        }
    }

    /// Whether no other source of the unit is alive.
    fn alone(&self, unit: UnitId, source: SourceId) -> bool {
        let others = self.sources.iter().enumerate().filter(|&(i, _)| i != source.0 as usize);
        !others.into_iter().any(|(_, s)| s.units.contains(&unit) && !s.blind && !s.closed)
    }

    fn close(&mut self, unit: UnitId, since: Timestamp, emit: &mut Emit<'_>) {
        let known = &mut self.units[unit.0 as usize];
        if known.closed_since.is_none() {
            known.closed_since = Some(since);
            if known.ladder.incident().is_some() {
                let line = QualityLine { unit: Some(unit), source: None, what: Quality::Closed };
                emit.push(since, EffectKind::Quality(line));
            }
        }
    }

    fn sees_again(&mut self, source: SourceId, at: Timestamp, emit: &mut Emit<'_>) {
        let index = source.0 as usize;
        self.sources[index].blind = false;
        self.sources[index].closed = false;
        for unit in self.sources[index].units.clone() {
            self.set_blind(unit, false, at, emit);
        }
    }

    /// Minutes inside a gap are unknown, not zero; the minute in which it ends is cut.
    fn cut_minutes(&mut self, source: SourceId, at: Timestamp) {
        for i in 0..self.sources[source.0 as usize].summed.len() {
            let q = self.sources[source.0 as usize].summed[i];
            self.queues[q.0 as usize].complete_from = at.next_multiple(super::queue::MINUTE);
        }
    }

    /// The link of a source: down is no sign of life, up is.
    pub(super) fn link(&mut self, source: SourceId, up: bool, emit: &mut Emit<'_>) {
        if up {
            self.heard(source, self.at, emit);
        }
    }

    /// Time has passed: declares blindness, writes due outage steps, evaluates blind units.
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
            let unit = UnitId(i as u16);
            if self.units[i].waits_for_rows() && self.at >= self.units[i].rows_overdue_at {
                self.units[i].stop_waiting_for_rows();
                self.evaluate(unit, emit);
            }
            if self.units[i].blind || self.units[i].closed_since.is_some() {
                self.evaluate_to(unit, self.at, emit);
            }
        }
        (self.next_wake, self.wake) = self.deadline(&policy);
    }

    fn source_in_time(&mut self, source: SourceId, policy: &Policy, emit: &mut Emit<'_>) {
        let index = source.0 as usize;
        let known = &self.sources[index];
        if self.at <= known.blind_at() {
            return;
        }
        let since = known.silent_since();
        let was = (known.blind, known.closed);
        let closed = !known.units.is_empty()
            && known.units.clone().iter().all(|&unit| self.is_closed(unit, policy));
        self.sources[index].closed = closed;
        self.sources[index].blind = !closed;
        if closed {
            for unit in self.sources[index].units.clone() {
                if self.alone(unit, source) {
                    self.close(unit, since, emit);
                }
            }
            return;
        }
        if policy.sources[index].watched {
            self.sources[index].outage_due(source, self.at, emit);
        }
        if was.0 {
            return;
        }
        for unit in self.sources[index].units.clone() {
            if self.all_blind(unit) {
                self.hear_signs(unit);
                let tau = self.units[unit.0 as usize].tau;
                let last = self.units[unit.0 as usize].silence.last_sign();
                if let Some(last) = last {
                    self.evaluate_to(unit, last + tau, emit);
                }
                self.set_blind(unit, true, self.at, emit);
            } else {
                self.evaluate(unit, emit);
            }
        }
    }

    fn all_blind(&self, unit: UnitId) -> bool {
        let mut of_unit = self.sources.iter().filter(|s| s.units.contains(&unit));
        of_unit.all(|s| s.blind)
    }

    fn set_blind(&mut self, unit: UnitId, blind: bool, at: Timestamp, emit: &mut Emit<'_>) {
        let index = unit.0 as usize;
        let Some(policy) = self.policy.as_deref() else { return };
        let mut around = Around {
            unit,
            policy: &policy.units[index],
            queues: &self.queues,
            next_incident: &mut self.next_incident,
            emit,
        };
        self.units[index].set_blind(blind, at, &mut around);
    }

    /// Closed by the configured hours, or by what history has learned to be empty.
    fn is_closed(&mut self, unit: UnitId, policy: &Policy) -> bool {
        let index = unit.0 as usize;
        let local = self.units[index].calendar.local(self.at);
        match &policy.units[index].opening {
            Some(hours) => !hours.is_open(local.minute_of_week),
            None => {
                let members = &self.units[index].members;
                !members.is_empty()
                    && members
                        .iter()
                        .all(|&q| self.queues[q.0 as usize].detector.learned_closed(local))
            }
        }
    }

    /// The next instant at which time alone changes something.
    fn deadline(&self, policy: &Policy) -> (Timestamp, Wake) {
        let mut next = (Timestamp::MAX, Wake::Silence);
        let mut sooner = |at: Timestamp, wake: Wake| {
            if at < next.0 {
                next = (at.max(self.at + Span::millis(1)), wake);
            }
        };
        for (source, settings) in self.sources.iter().zip(&policy.sources) {
            let configured = source.last_sign.is_some() || settings.watched;
            if configured && !source.blind && !source.closed {
                sooner(source.blind_at() + Span::millis(1), Wake::Silence);
            } else if source.closed {
                sooner(self.at + Span::minutes(1), Wake::Silence);
            } else if settings.watched
                && let Some(at) = source.next_outage_step()
            {
                sooner(at, Wake::Silence);
            }
        }
        for unit in &self.units {
            if unit.waits_for_rows() {
                sooner(unit.rows_overdue_at, Wake::Rows);
            }
            if unit.blind || unit.closed_since.is_some() {
                sooner(self.at.next_multiple(super::service::BUCKET), Wake::Ladder);
            }
        }
        next
    }
}
