//! Service over the last minutes, by arrival cohort.
//!
//! Sums of arrivals in short buckets; an outcome is booked to the bucket of its arrival, so the
//! measures follow the calls of these minutes and not the calls that happened to end in them.
//! A call that still waits is censored: within the threshold it counts for nothing, beyond it
//! counts as not served in time.

use super::observation::Tally;
use super::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Buckets of event sources: the grid of the ladder.
pub const BUCKET: Span = Span::secs(15);
/// Longest window that is kept.
const KEPT: Span = Span::minutes(20);

/// Sums of the arrivals in `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// Start, inclusive.
    pub start: Timestamp,
    /// End, exclusive.
    pub end: Timestamp,
    /// Arrived.
    pub offered: u32,
    /// Of those, answered.
    pub answered: u32,
    /// Of those, answered within the threshold; `None` where the source does not tell.
    pub answered_in_target: Option<u32>,
    /// Of those, left unanswered.
    pub lost: u32,
    /// Left the queue in this time, whenever they arrived.
    pub departed: u32,
}

/// What the arrivals of a window add up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Cohort {
    /// Arrived.
    pub offered: u32,
    /// Answered.
    pub answered: u32,
    /// Answered within the threshold; `None` where a row of the window does not tell.
    pub answered_in_target: Option<u32>,
    /// Left unanswered.
    pub lost: u32,
    /// Left the queue in the window, whenever they arrived.
    pub departed: u32,
}

/// Buckets of one queue, oldest first.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Service {
    buckets: VecDeque<Bucket>,
}

impl Service {
    /// The bucket of an arrival, made if it is new. `None` for an arrival too old to keep.
    pub fn bucket(&mut self, arrival: Timestamp) -> Option<&mut Bucket> {
        let start = arrival.floor(BUCKET);
        let newest = self.buckets.back().map(|b| b.start);
        if newest.is_none_or(|newest| start > newest) {
            self.forget(start - KEPT);
            self.buckets.push_back(Bucket {
                start,
                end: start + BUCKET,
                offered: 0,
                answered: 0,
                answered_in_target: Some(0),
                lost: 0,
                departed: 0,
            });
        }
        self.buckets.iter_mut().rev().find(|b| b.start == start)
    }

    /// Takes a whole row as one bucket.
    pub fn row(&mut self, start: Timestamp, end: Timestamp, tally: &Tally) {
        // The row before is still read for the instants between the two.
        self.forget(start - KEPT);
        let answered = tally.answered.unwrap_or(0);
        self.buckets.push_back(Bucket {
            start,
            end,
            offered: tally.offered,
            answered,
            answered_in_target: tally.answered_in_target,
            lost: tally.offered.saturating_sub(answered),
            departed: answered
                .saturating_add(tally.abandoned.unwrap_or(0))
                .saturating_add(tally.exited.unwrap_or(0)),
        });
    }

    fn forget(&mut self, before: Timestamp) {
        while self.buckets.front().is_some_and(|b| b.end <= before) {
            self.buckets.pop_front();
        }
    }

    /// Reads the newest buckets for nothing: see [`Queue::touch`](super::queue::Queue::touch).
    pub(super) fn touch(&self) -> i64 {
        let newest = self.buckets.iter().rev().step_by(2).take(3);
        newest.fold(0, |seen, bucket| seen ^ bucket.end.as_millis())
    }

    /// Sums over the buckets that end in `(at - window, at]`; of buckets longer than the window
    /// the last one.
    pub fn cohort(&self, at: Timestamp, window: Span) -> Cohort {
        let mut sum = Cohort { answered_in_target: Some(0), ..Cohort::default() };
        let mut any = false;
        for b in self.buckets.iter().rev().skip_while(|b| b.end > at) {
            if any && b.start < at - window {
                break;
            }
            if !any && b.end <= at - window && b.end - b.start <= window {
                break;
            }
            any = true;
            sum.offered = sum.offered.saturating_add(b.offered);
            sum.answered = sum.answered.saturating_add(b.answered);
            sum.answered_in_target = plus(sum.answered_in_target, b.answered_in_target);
            sum.lost = sum.lost.saturating_add(b.lost);
            sum.departed = sum.departed.saturating_add(b.departed);
        }
        sum
    }
}

impl Cohort {
    /// The cohorts of two queues together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            offered: self.offered.saturating_add(other.offered),
            answered: self.answered.saturating_add(other.answered),
            answered_in_target: plus(self.answered_in_target, other.answered_in_target),
            lost: self.lost.saturating_add(other.lost),
            departed: self.departed.saturating_add(other.departed),
        }
    }

    /// Service level: answered within the threshold / (offered - still waiting within it).
    /// `None` where nothing is decided or the source does not tell.
    pub fn service_level(&self, censored: u32) -> Option<f64> {
        ratio(self.answered_in_target?, self.offered.saturating_sub(censored))
    }

    /// Answer rate: answered / (answered + lost). `None` where nothing is decided.
    pub fn answer_rate(&self) -> Option<f64> {
        ratio(self.answered, self.answered.saturating_add(self.lost))
    }
}

fn plus(a: Option<u32>, b: Option<u32>) -> Option<u32> {
    a.zip(b).map(|(a, b)| a.saturating_add(b))
}

fn ratio(part: u32, whole: u32) -> Option<f64> {
    (whole > 0).then(|| f64::from(part) / f64::from(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    #[test]
    fn a_cohort_is_the_arrivals_of_the_window() {
        let mut service = Service::default();
        for secs in (0..600).step_by(5) {
            service.bucket(at(secs)).expect("new").offered += 1;
        }
        service.bucket(at(310)).expect("kept").answered += 1;
        let cohort = service.cohort(at(600), Span::minutes(5));
        assert_eq!((cohort.offered, cohort.answered), (60, 1));
        assert_eq!(service.cohort(at(300), Span::minutes(5)).offered, 60);
        assert_eq!(service.cohort(at(2_000), Span::minutes(5)).offered, 0);
    }

    #[test]
    fn of_long_rows_the_last_counts() {
        let mut service = Service::default();
        let tally = Tally { offered: 100, answered: Some(70), ..Tally::default() };
        service.row(at(0), at(900), &tally);
        service.row(at(900), at(1_800), &Tally { offered: 50, answered: Some(50), ..tally });
        assert_eq!(service.cohort(at(1_800), Span::minutes(5)).answered, 50);
        assert_eq!(service.cohort(at(1_799), Span::minutes(5)).answer_rate(), Some(0.7));
    }

    #[test]
    fn nothing_decided_is_no_ratio() {
        let told = Cohort { answered_in_target: Some(0), ..Cohort::default() };
        let cohort = Cohort { offered: 3, ..told };
        assert_eq!(cohort.service_level(3), None);
        assert_eq!(cohort.answer_rate(), None);
        assert_eq!(cohort.service_level(1), Some(0.0));
    }
}
