//! What a queue tells about an instant: who waits, how service was, whether it counts.

use super::{MINUTE, Queue};
use crate::engine::calendar::WEEK_MINUTES;
use crate::engine::control::Reading;
use crate::engine::policy::ControlPolicy;
use crate::engine::service::BUCKET;
use crate::engine::time::{Span, Timestamp};
use crate::engine::verdict::Verdict;
use crate::engine::view::{Agents, Load};
use crate::engine::week;

/// A snapshot older than this says nothing about now.
const SNAPSHOT_FRESH: Span = Span::secs(90);

impl Queue {
    /// Agents by state, where told.
    pub(in crate::engine) fn agents(&self) -> Agents {
        self.standing.map_or_else(Agents::default, |s| s.agents)
    }

    /// Calls waiting at an instant, by what is told or counted.
    pub(in crate::engine) fn waiting(&self, at: Timestamp) -> Option<u32> {
        let told = self.standing.filter(|s| at - s.at <= SNAPSHOT_FRESH).and_then(|s| s.waiting);
        let counted = self.counts_calls() && !self.dark_at(at);
        told.or_else(|| counted.then(|| self.calls.waiting_at(at)))
    }

    /// Arrival of the call that waits longest, by what is told or counted, as [`Self::longest_wait`].
    pub(in crate::engine) fn oldest_arrival(&self, at: Timestamp) -> Option<Timestamp> {
        let told = self.standing.filter(|s| at - s.at <= SNAPSHOT_FRESH || !self.counts_calls());
        match told.and_then(|s| Some((s.at, s.longest_wait?))) {
            Some((at, wait)) => wait.is_positive().then(|| at - wait),
            None if self.counts_calls() => self.calls.oldest(),
            None => None,
        }
    }

    pub(super) fn counts_calls(&self) -> bool {
        self.summed && self.counters.is_none()
    }

    pub(super) fn longest_wait(&self, at: Timestamp) -> Option<Span> {
        let told = self.standing.filter(|s| at - s.at <= SNAPSHOT_FRESH);
        if let Some(wait) = told.and_then(|s| s.longest_wait) {
            return Some(wait);
        }
        let of_calls = || self.calls.oldest().filter(|&a| a < at).map_or(Span::ZERO, |a| at - a);
        (self.counts_calls() && !self.dark_at(at)).then(of_calls)
    }

    /// The source that counts its calls was blind at an instant.
    pub(super) fn dark_at(&self, at: Timestamp) -> bool {
        self.dark_since.is_some_and(|since| at > since)
    }

    /// What control reads of this queue at an instant.
    pub(in crate::engine) fn reading(
        &self,
        at: Timestamp,
        tau: Span,
        policy: &ControlPolicy,
    ) -> Reading {
        let slot = self.slots().at(at);
        let fresh = slot.is_some_and(|s| s.fresh(at));
        let dark = self.dark_at(at);
        let long_dark = self.dark_since.is_some_and(|since| at - since > tau);
        let events = self.counts_calls() && !dark;
        let cohort = (events || fresh).then(|| self.service.cohort(at, policy.window));
        let stale_since = slot.map(|s| s.end + s.length);
        let verdict = slot.filter(|_| fresh).map(|s| &s.verdict);
        Reading {
            carries: self.carries.both(self.told),
            cohort,
            censored: if events {
                // Of the calls that the cohort holds: up to the end of its last bucket.
                self.calls.waiting_between(at - policy.target, at.floor(BUCKET))
            } else {
                0
            },
            waiting: self.waiting(at),
            longest_wait: self.longest_wait(at),
            volume: match verdict {
                Some(Verdict::Normal(_)) => Some(true),
                Some(Verdict::Surge(_)) => Some(false),
                Some(Verdict::Collapse(_) | Verdict::Learning { .. } | Verdict::Stale { .. })
                | None => None,
            },
            collapsed: matches!(verdict, Some(Verdict::Collapse(_))),
            unheard: slot.is_none()
                && self.standing.is_none()
                && !self.counts_calls()
                && self.taught_to.is_some_and(|to| at - to > tau),
            rows_stale: long_dark || (!events && stale_since.is_some_and(|since| at - since > tau)),
            snapshot_stale: (long_dark && self.standing.is_none())
                || (!events && self.standing.is_some_and(|s| at - (s.at + SNAPSHOT_FRESH) > tau)),
        }
    }

    /// Whether the queue counts in its unit: enough calls, expected or observed. What is expected
    /// of a queue whose rows stay away while its source goes on, fades: it may be closed, or gone.
    pub(in crate::engine) fn counts(&self, at: Timestamp, policy: &ControlPolicy) -> bool {
        let least = policy.counts_from_per_15_minutes;
        let expected = self.slots().at(at).and_then(|s| {
            let per = s.length.as_minutes_f64() / 15.0;
            let overdue = if self.dark_at(at) { Span::ZERO } else { at - (s.end + s.length) };
            s.verdict.evidence().map(|e| e.expected / per * fading(overdue))
        });
        self.busy_at(at) >= least || expected.is_some_and(|calls| calls >= least)
    }

    /// Calls of 15 min, fading once the next row is overdue.
    pub(super) fn busy_at(&self, at: Timestamp) -> f64 {
        let (busy, since) = self.busy;
        let row = self.slots().newest().map_or(MINUTE, |s| s.length);
        busy * fading(at - (since + row))
    }

    /// How much work comes.
    pub(in crate::engine) fn load(&self, at: Timestamp) -> Load {
        let (talked_calls, talked_seconds) = self.talk.at(at);
        // A fading sum of rows is larger than one of single calls, by half a row for short ones.
        let row = self.slots().newest().map_or(MINUTE, |s| s.length).as_minutes_f64() / 15.0;
        let calls_per_15_minutes = self.busy_at(at) * (1.0 - (-row).exp()) / row;
        Load { calls_per_15_minutes, talked_calls, talked_seconds }
    }

    /// Calls expected a minute, by the newest verdict or what was seen.
    pub(in crate::engine) fn calls_per_minute(&self) -> f64 {
        let slot = self.slots().newest();
        let expected =
            slot.and_then(|s| s.verdict.evidence().map(|e| e.expected / s.length.as_minutes_f64()));
        expected.or_else(|| self.taught_per_minute()).unwrap_or(self.busy.0 / 15.0)
    }

    /// Mean of the week of a queue that is known from history alone.
    fn taught_per_minute(&self) -> Option<f64> {
        self.taught_to.filter(|_| self.slots().newest().is_none())?;
        let hour = |hour| self.detector().forecast(week::ordinary(hour * 60), Span::hours(1));
        let calls: f64 = (0..WEEK_MINUTES / 60).filter_map(hour).sum();
        Some(calls / f64::from(WEEK_MINUTES))
    }

    /// Service level and answer rate of the window.
    pub(in crate::engine) fn rates(
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

/// What is left of calls that were seen or expected, so long after the next row was due.
fn fading(overdue: Span) -> f64 {
    (-overdue.max(Span::ZERO).as_minutes_f64() / 15.0).exp()
}
