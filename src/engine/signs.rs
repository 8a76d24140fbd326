//! Signs of life: what follows when a source speaks, after a moment or after a long silence.

use super::Engine;
use super::emit::Emit;
use super::hear::REPLAY_CLOSED_AFTER;
use super::observation::{SourceId, UnitId};
use super::policy::SilenceRule;
use super::time::{Span, Timestamp};
use super::{Wake, unit::Around};

impl Engine {
    /// A source gave a sign of life at `at`, in event time.
    pub(super) fn heard(&mut self, source: SourceId, at: Timestamp, emit: &mut Emit<'_>) {
        let index = source.0 as usize;
        let before = self.sources[index].last_sign;
        if before.is_none_or(|last| at > last) {
            let quiet = before.is_some_and(|last| at - last > self.sources[index].tau());
            if quiet {
                self.be_patient(source);
                self.sources[index].silent_to = at;
            }
            let blind_after = self.sources[index].blind_after;
            let long = before.is_some_and(|last| at - last > blind_after);
            if let Some(last) = before.filter(|_| long && self.sources[index].moves) {
                // Up to the last word everything is told.
                let whole = last.min(at - self.lateness(source));
                self.advance(source, whole, emit);
            }
            if long && self.in_replay() {
                self.silence_in_replay(source, at, emit);
            }
            self.sources[index].outage_ends(source, at, emit);
            // The unit hears of signs when it is evaluated; both ends of a silence at once.
            if long {
                self.cut_minutes(source, at);
                self.pass_on_sign(source);
            }
            self.sources[index].last_sign = Some(at);
            self.sources[index].advanced_at = self.at;
            self.sources[index].unheard = Span::ZERO;
            if self.sources[index].blind || self.sources[index].closed {
                self.sees_again(source, at, emit);
            }
            if before.is_none() {
                self.wake_at(self.sources[index].blind_at(), Wake::Silence);
            }
            if long || before.is_none() {
                self.end_silence(source);
                self.pass_on_sign(source);
            }
        } else if before.is_some_and(|last| at < last) && self.may_fill(source, at) {
            for i in 0..self.sources[index].units.len() {
                let unit = self.sources[index].units[i].0 as usize;
                let tau = self.units[unit].tau;
                self.units[unit].silence.sign(at, tau);
            }
        }
        self.sources[index].arrived = Some(self.at);
        self.sources[index].unheard = Span::ZERO;
    }

    /// Whether a sign of the past may fill a silence of a unit: a unit is never silent while a
    /// source that moves it speaks every tau.
    fn may_fill(&self, source: SourceId, at: Timestamp) -> bool {
        let known = &self.sources[source.0 as usize];
        !known.moves || at < known.silent_to
    }

    fn in_replay(&self) -> bool {
        self.policy.as_ref().is_none_or(|p| p.silence == SilenceRule::Replay)
    }

    fn end_silence(&mut self, source: SourceId) {
        for i in 0..self.sources[source.0 as usize].units.len() {
            let unit = self.sources[source.0 as usize].units[i].0 as usize;
            self.units[unit].silent_since = None;
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
        let nobody_there = at - since > REPLAY_CLOSED_AFTER;
        let known = &self.sources[index];
        let out_of_hours = known.blind_at() < at && self.source_is_closed(source, known.blind_at());
        let watched = self.policy.as_ref().is_some_and(|p| p.sources[index].watched);
        if !nobody_there && !out_of_hours && watched {
            self.sources[index].outage_due(source, at, emit);
        }
        for unit in self.sources[index].units.clone() {
            if !self.others_attend(unit, source) {
                if nobody_there {
                    self.units[unit.0 as usize].silent_since = Some(since);
                }
                self.evaluate_to(unit, at - Span::millis(1), emit);
            }
        }
    }

    /// Whether another source of the unit is neither blind nor at rest.
    fn others_attend(&self, unit: UnitId, source: SourceId) -> bool {
        let others = self.units[unit.0 as usize].sources.iter().filter(|&&s| s != source);
        others.map(|s| &self.sources[s.0 as usize]).any(|s| !s.blind && !s.closed)
    }

    fn sees_again(&mut self, source: SourceId, at: Timestamp, emit: &mut Emit<'_>) {
        let index = source.0 as usize;
        self.sources[index].blind = false;
        self.sources[index].closed = false;
        self.darken(source, None);
        for unit in self.sources[index].units.clone() {
            self.set_blind(unit, false, at, emit);
        }
    }

    /// Minutes inside a gap are unknown, not zero; the minute in which it ends is cut.
    fn cut_minutes(&mut self, source: SourceId, at: Timestamp) {
        let whole_from = at.next_multiple(super::queue::MINUTE);
        for i in 0..self.sources[source.0 as usize].summed.len() {
            let q = self.sources[source.0 as usize].summed[i];
            self.queues[q.0 as usize].complete_from = whole_from;
        }
        self.sources[source.0 as usize].gap_to = Some(at);
    }

    /// The link of a source: down is no sign of life, up is.
    pub(super) fn link(&mut self, source: SourceId, up: bool, emit: &mut Emit<'_>) {
        if up {
            self.heard(source, self.at, emit);
        }
    }

    pub(super) fn set_blind(
        &mut self,
        unit: UnitId,
        blind: bool,
        at: Timestamp,
        emit: &mut Emit<'_>,
    ) {
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
}
