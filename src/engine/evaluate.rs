//! Up to which instant a unit may be evaluated, and the evaluation.

use super::Engine;
use super::emit::Emit;
use super::observation::{SourceId, UnitId};
use super::time::{Span, Timestamp};
use super::unit::Around;

impl Engine {
    /// Evaluates the units of a source.
    pub(super) fn evaluate_of_source(&mut self, source: SourceId, emit: &mut Emit<'_>) {
        self.sources[source.0 as usize].next_instant = Timestamp::MAX;
        for i in 0..self.sources[source.0 as usize].units.len() {
            let unit = self.sources[source.0 as usize].units[i];
            self.evaluate(unit, emit);
        }
    }

    /// Evaluates a unit up to its instant.
    pub(super) fn evaluate(&mut self, unit: UnitId, emit: &mut Emit<'_>) {
        let limit = self.limit(unit);
        self.evaluate_to(unit, limit, emit);
        self.plan(unit, emit);
    }

    /// Notes with the sources of a unit when it has to be evaluated again: between two instants
    /// of all its units an observation costs no evaluation.
    fn plan(&mut self, unit: UnitId, emit: &mut Emit<'_>) {
        let index = unit.0 as usize;
        let Some(policy) = self.policy.as_deref() else { return };
        let around = Around {
            unit,
            policy: &policy.units[index],
            queues: &self.queues,
            next_incident: &mut self.next_incident,
            emit,
        };
        let next = self.units[index].wants(&around);
        for source in &self.units[index].sources {
            let known = &mut self.sources[source.0 as usize].next_instant;
            *known = (*known).min(next);
        }
    }

    /// A unit has to be looked at with the next observation of any of its sources.
    pub(super) fn look_again(&mut self, unit: UnitId) {
        for source in &self.units[unit.0 as usize].sources {
            self.sources[source.0 as usize].next_instant = Timestamp::MIN;
        }
    }

    /// Evaluates a unit up to an instant, unless it is configured no longer.
    pub(super) fn evaluate_to(&mut self, unit: UnitId, limit: Timestamp, emit: &mut Emit<'_>) {
        self.hear_signs(unit);
        let index = unit.0 as usize;
        let Some(policy) = self.policy.as_deref().filter(|p| !p.is_retired(unit)) else { return };
        let mut around = Around {
            unit,
            policy: &policy.units[index],
            queues: &self.queues,
            next_incident: &mut self.next_incident,
            emit,
        };
        self.units[index].evaluate(limit, &mut around);
    }

    /// The unit's instant: the least advanced watermark of its sources of events that are not
    /// blind, nor silent for tau or standing still while another speaks; without such, the end of
    /// the shortest rows that its sources give.
    pub(super) fn limit(&self, unit: UnitId) -> Timestamp {
        let sources = &self.units[unit.0 as usize].sources;
        let of_unit = || sources.iter().map(|s| &self.sources[s.0 as usize]);
        let moving = || of_unit().filter(|s| s.moves && !s.blind);
        // A source of few calls is long silent before it is blind, and one that repeats what is
        // old stands still: they hold nobody up.
        let lively = moving().filter(|s| self.at - s.silent_since() <= s.tau());
        let lively = lively.filter(|s| self.at - s.advanced_at <= s.tau());
        let lively = lively.filter_map(|s| s.watermark).min();
        let known = &self.units[unit.0 as usize];
        if let Some(least) = lively {
            return (least - Span::millis(1)).min(known.rows_cap(self.at));
        }
        if let Some(rows) = known.rows_limit() {
            // Rows stopped and the source lives on: with held values, tau behind.
            let signs = of_unit().filter(|s| s.row.is_some() && !s.blind);
            let alive = signs.filter_map(|s| s.last_sign).max();
            return alive.map_or(rows, |sign| rows.max(sign - known.tau));
        }
        let slow = moving().filter_map(|s| s.watermark).min();
        slow.map_or(Timestamp::MIN, |least| least - Span::millis(1))
    }

    /// tau of a source and of its units, from what moves them.
    pub(super) fn refresh_tau(&mut self, source: SourceId) {
        let index = source.0 as usize;
        let known = &mut self.sources[index];
        known.blind_after = known.blind_after.max(known.tau());
        if !known.events_only {
            known.blind_after = known.tau();
        }
        let quiet = known.silent_since() + known.tau() + known.unheard;
        self.wake_at(quiet, super::Wake::Silence);
        for i in 0..self.sources[index].units.len() {
            let unit = self.sources[index].units[i];
            let sources = &self.units[unit.0 as usize].sources;
            // A source that is blind moves nothing; where all are, what they were goes on.
            let all = || sources.iter().map(|s| &self.sources[s.0 as usize]);
            let all_blind = all().all(|s| s.blind);
            let of_unit = || all().filter(|s| all_blind || !s.blind);
            let moving = || of_unit().filter(|s| s.moves);
            let tau = moving().map(|s| s.tau()).max().or_else(|| of_unit().map(|s| s.tau()).min());
            let blind_after = moving().map(|s| s.blind_after).max().or(tau);
            if let Some((tau, blind_after)) = tau.zip(blind_after) {
                self.units[unit.0 as usize].tau = tau;
                self.units[unit.0 as usize].blind_after = blind_after;
            }
        }
    }
}
