//! Whether a unit is abnormal, and whether it is controlled: its queues that count, and the sum.

use super::{Around, Unit};
use crate::engine::control::{self, Clear, Reading, and};
use crate::engine::effect::{Conditions, Kleene};
use crate::engine::policy::{Carries, ControlPolicy};
use crate::engine::queue::Queue;
use crate::engine::service::Cohort;
use crate::engine::time::Timestamp;
use crate::engine::verdict::Verdict;
use crate::engine::view::ServiceView;
use std::hint::black_box;

impl Unit {
    /// Whether volume is abnormal: the sum, or any queue that counts. A verdict is in force until
    /// the next row is due; a surge whose next row is late is unknown, neither on nor over.
    /// Answers also how many queues count.
    pub(super) fn is_abnormal(&self, at: Timestamp, around: &Around<'_, '_>) -> (Kleene, u16) {
        let control = &around.policy.control;
        let seen = self.members.iter().map(|&q| around.queues[q.0 as usize].touch());
        black_box(seen.fold(0, |all, one| all ^ one));
        let counting = self.members.iter().map(|&q| &around.queues[q.0 as usize]);
        let counting = counting.filter(|q| q.counts(at, control));
        let of_sum = self.sum.slots.at(at).filter(|_| self.has_sum());
        let (mut known, mut late, mut surge, mut queues) = (false, false, false, 0_u16);
        let any_sum = of_sum.is_some();
        let counting = counting.inspect(|_| queues = queues.saturating_add(1));
        for slot in of_sum.into_iter().map(Some).chain(counting.map(|q| q.slots().at(at))) {
            match slot {
                Some(slot) if slot.fresh(at) && slot.verdict.is_surge() => surge = true,
                Some(slot) if slot.fresh(at) => known = true,
                Some(slot) => late |= slot.verdict.is_surge(),
                None => {}
            }
        }
        let any = any_sum || queues > 0;
        let calm = ((known || !any) && !late).then_some(false);
        (if surge { Some(true) } else { calm }, queues)
    }

    /// K, S, V, Z and R of the unit: the queues that count and the sum, together.
    pub(super) fn conditions_at(&self, at: Timestamp, around: &Around<'_, '_>) -> Conditions {
        let policy = &around.policy.control;
        let mut all: Option<Conditions> = None;
        let mut pooled: Option<Reading> = None;
        let (mut gone, mut missing) = (false, false);
        for &q in &self.members {
            let queue = &around.queues[q.0 as usize];
            let reading = queue.reading(at, self.tau, policy);
            if self.has_sum() && reading.is_gone() {
                gone |= queue.counts(at, policy);
                missing = true;
                continue;
            }
            if self.has_sum() {
                pooled = Some(pooled.map_or(reading, |sum| pool(&sum, &reading)));
            }
            if queue.counts(at, policy) {
                let own = control::conditions(&reading, policy);
                all = Some(all.map_or(own, |so_far| both(&so_far, &own)));
            }
        }
        let sum_volume = self.sum_volume(at);
        // Without the queues that tell nothing there is no sum to judge.
        if let Some(mut sum) = pooled.filter(|_| sum_volume.is_some() || !missing) {
            sum.volume = sum_volume;
            let own = control::conditions(&sum, policy);
            all = Some(all.map_or(own, |so_far| both(&so_far, &own)));
        }
        match all {
            Some(all) if gone => Conditions { stand_down: None, term_dropped: true, ..all },
            Some(all) => all,
            // No queue is large enough to count: the largest speaks for all.
            None => self.largest(at, around),
        }
    }

    pub(super) fn largest(&self, at: Timestamp, around: &Around<'_, '_>) -> Conditions {
        let policy = &around.policy.control;
        let queues = self.members.iter().map(|&q| &around.queues[q.0 as usize]);
        let largest = queues.max_by(|a, b| a.calls_per_minute().total_cmp(&b.calls_per_minute()));
        largest.map_or_else(Conditions::default, |queue| {
            control::conditions(&queue.reading(at, self.tau, policy), policy)
        })
    }

    /// Service of all queues together. One that tells less than the others leaves it unknown: a
    /// ratio over some of the calls would pass for that of all.
    pub(in crate::engine) fn service_at(
        &self,
        at: Timestamp,
        policy: &ControlPolicy,
        queues: &[Queue],
    ) -> ServiceView {
        let readings =
            self.members.iter().map(|&q| queues[q.0 as usize].reading(at, self.tau, policy));
        let all = readings.filter(|r| !r.is_gone()).reduce(|a, b| pool(&a, &b));
        let cohort = all.and_then(|r| Some((r, r.cohort.filter(|_| r.carries.answered)?)));
        let (level, answer_rate) = cohort.map_or((None, None), |(r, c)| {
            let level = c.service_level(r.censored).filter(|_| r.carries.service_level);
            (level, c.answer_rate())
        });
        let clear = all
            .filter(|r| r.carries.waiting)
            .and_then(|r| Some(Clear::of(r.waiting?, r.cohort?, policy.window)));
        ServiceView { level, answer_rate, clear, target: policy.target, window: policy.window }
    }

    pub(super) fn sum_volume(&self, at: Timestamp) -> Kleene {
        match self.sum.slots.at(at).filter(|s| s.fresh(at)).map(|s| &s.verdict)? {
            Verdict::Normal(_) => Some(true),
            Verdict::Surge(_) => Some(false),
            Verdict::Collapse(_) | Verdict::Learning { .. } | Verdict::Stale { .. } => None,
        }
    }
}

/// Two readings pooled: calls and backlog add up, the longest wait is the longer.
fn pool(a: &Reading, b: &Reading) -> Reading {
    let plus = |a: Option<u32>, b: Option<u32>| a.zip(b).map(|(a, b)| a.saturating_add(b));
    Reading {
        carries: Carries {
            service_level: a.carries.service_level && b.carries.service_level,
            answered: a.carries.answered && b.carries.answered,
            waiting: a.carries.waiting && b.carries.waiting,
            longest_wait: a.carries.longest_wait && b.carries.longest_wait,
        },
        cohort: a.cohort.zip(b.cohort).map(|(a, b): (Cohort, Cohort)| a.plus(b)),
        censored: a.censored.saturating_add(b.censored),
        waiting: plus(a.waiting, b.waiting),
        longest_wait: a.longest_wait.zip(b.longest_wait).map(|(a, b)| a.max(b)),
        volume: None,
        collapsed: false,
        unheard: a.unheard && b.unheard,
        rows_stale: a.rows_stale || b.rows_stale,
        snapshot_stale: a.snapshot_stale || b.snapshot_stale,
    }
}

/// Conditions of two parts that both have to be controlled.
fn both(a: &Conditions, b: &Conditions) -> Conditions {
    Conditions {
        controlled: and(a.controlled, b.controlled),
        service: and(a.service, b.service),
        volume: and(a.volume, b.volume),
        backlog: and(a.backlog, b.backlog),
        stand_down: and(a.stand_down, b.stand_down),
        term_dropped: a.term_dropped || b.term_dropped,
    }
}
