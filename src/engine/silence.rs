//! How long was nothing known, and how much of it freezes the clock of the ladder?
//!
//! The frozen time F of a window is exact and is never counted on a grid: stretches between
//! successive signs of life longer than tau are kept, and F is computed from them when it is
//! asked for. A sign that arrives later for an instant inside such a stretch splits it, so rows
//! that fill a gap undo the freezing by themselves.
//!
//! Downtime of the monitor is not silence of the source. Up to [`DOWNTIME_COUNTS_MAX`] it is
//! taken out of the stretch, so that the clock runs through it; longer downtime is frozen whole.
//! Closed time is no silence either, and the clock stands still in it.

use super::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Downtime up to this length counts as time that passed.
pub const DOWNTIME_COUNTS_MAX: Span = Span::minutes(60);

/// More stretches than an incident of a week can have; the oldest are forgotten beyond it.
const STRETCHES_MAX: usize = 4_096;

/// A half-open range of time.
type Range = (Timestamp, Timestamp);

/// Signs of life of a unit, as far as they freeze its clock.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Silence {
    last_sign: Option<Timestamp>,
    stretches: Vec<Range>,
    downtimes: Vec<Range>,
    closed: Vec<Range>,
}

impl Silence {
    /// Nothing was heard so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// The newest sign of life.
    pub fn last_sign(&self) -> Option<Timestamp> {
        self.last_sign
    }

    /// Notes a sign of life at `at`, in event time. Stretches up to `tau` are not silence.
    pub fn sign(&mut self, at: Timestamp, tau: Span) {
        let Some(last) = self.last_sign else {
            self.last_sign = Some(at);
            return;
        };
        if at > last {
            if at - last > tau {
                if self.stretches.len() == STRETCHES_MAX {
                    self.stretches.remove(0);
                }
                self.stretches.push((last, at));
            }
            self.last_sign = Some(at);
        } else if let Some(i) = self.stretches.iter().position(|&(a, b)| a < at && at < b) {
            let (a, b) = self.stretches[i];
            let halves = [(a, at), (at, b)].into_iter().filter(|&(a, b)| b - a > tau);
            self.stretches.splice(i..=i, halves);
        }
    }

    /// Notes that the monitor was down.
    pub fn downtime(&mut self, from: Timestamp, to: Timestamp) {
        if to > from {
            self.downtimes.push((from, to));
        }
    }

    /// Notes that the centre was closed; ranges come in order, and the last one may grow.
    pub fn closed(&mut self, from: Timestamp, to: Timestamp) {
        match self.closed.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ if to > from => {
                if self.closed.len() == STRETCHES_MAX {
                    self.closed.remove(0);
                }
                self.closed.push((from, to));
            }
            _ => {}
        }
    }

    /// Forgets what lies wholly before `before`.
    pub fn forget(&mut self, before: Timestamp) {
        self.stretches.retain(|&(_, b)| b > before);
        self.downtimes.retain(|&(_, b)| b > before);
        self.closed.retain(|&(_, b)| b > before);
    }

    /// Whether the monitor was down at any time inside `(from, to)`.
    pub fn was_down(&self, from: Timestamp, to: Timestamp) -> bool {
        self.downtimes.iter().any(|&(a, b)| a < to && b > from)
    }

    /// The end of the downtime in whose midst `at` lies: nobody looked then.
    pub fn down_until(&self, at: Timestamp) -> Option<Timestamp> {
        self.downtimes.iter().find(|&&(a, b)| a < at && at < b).map(|&(_, b)| b)
    }

    /// Whether `at` lies in a stretch of silence, more than `tau` after its beginning and before
    /// its end, or that far behind the last sign. Downtime of the monitor and closed time are no
    /// silence.
    pub fn blind_at(&self, at: Timestamp, tau: Span) -> bool {
        let silent = |from: Timestamp| {
            let of = |&(a, b): &Range| overlap(a, b, from, at);
            let both = |&(a, b): &Range| {
                let shared = |&(c, d): &Range| overlap(a.max(c), b.min(d), from, at);
                total(self.closed.iter().map(shared))
            };
            // Closed time inside a downtime is excused once.
            let excused = total(self.downtimes.iter().chain(&self.closed).map(of));
            at - from - excused + total(self.downtimes.iter().map(both)) > tau
        };
        let inside = |&(a, b): &Range| a < at && at < b && silent(a);
        self.stretches.iter().any(inside) || self.last_sign.is_some_and(silent)
    }

    /// F: frozen time inside `[from, to]`: closed time, and silence beyond `tau`.
    pub fn frozen(&self, from: Timestamp, to: Timestamp, tau: Span) -> Span {
        if to <= from {
            return Span::ZERO;
        }
        let open = self.last_sign.filter(|&last| to > last).map(|last| (last, to));
        let mut sum = total(self.closed.iter().map(|&(a, b)| overlap(a, b, from, to)));
        for stretch in self.stretches.iter().copied().chain(open) {
            if stretch.1 > from && stretch.0 < to && stretch.1 - stretch.0 > tau {
                sum += self.frozen_of(stretch, from, to, tau);
            }
        }
        sum
    }

    /// Frozen time of one stretch inside `[from, to]`, without what was closed in it.
    fn frozen_of(&self, stretch: Range, from: Timestamp, to: Timestamp, tau: Span) -> Span {
        let mut frozen = Span::ZERO;
        let mut passed = Span::ZERO;
        let mut at = stretch.0;
        while at < stretch.1 {
            let within =
                |ranges: &[Range]| ranges.iter().copied().find(|&(a, b)| a <= at && at < b);
            let starts = self.downtimes.iter().chain(&self.closed).map(|&(a, _)| a);
            let next = starts.filter(|&a| a > at).min().unwrap_or(stretch.1);
            let (shut, down) = (within(&self.closed), within(&self.downtimes));
            let end = match (shut, down) {
                (Some((_, b)), _) => b,
                (None, Some((_, b))) => b.min(next),
                (None, None) => next,
            };
            let end = end.min(stretch.1);
            match (shut, down) {
                (Some(_), _) => {}
                (None, Some((a, b))) if b - a > DOWNTIME_COUNTS_MAX => {
                    frozen += overlap(at, end, from, to);
                }
                (None, Some(_)) => {}
                (None, None) => {
                    let still_counts = (tau - passed).max(Span::ZERO);
                    frozen += overlap((at + still_counts).min(end), end, from, to);
                    passed += end - at;
                }
            }
            at = end;
        }
        frozen
    }
}

fn total(spans: impl Iterator<Item = Span>) -> Span {
    spans.fold(Span::ZERO, |sum, d| sum + d)
}

fn overlap(a: Timestamp, b: Timestamp, from: Timestamp, to: Timestamp) -> Span {
    (b.min(to) - a.max(from)).max(Span::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAU: Span = Span::minutes(3);

    fn minute(m: i64) -> Timestamp {
        Timestamp::from_secs(m * 60)
    }

    fn heard(minutes: &[i64]) -> Silence {
        let mut silence = Silence::new();
        for &m in minutes {
            silence.sign(minute(m), TAU);
        }
        silence
    }

    #[test]
    fn silence_freezes_what_exceeds_tau() {
        let silence = heard(&[0, 15, 25, 26]);
        assert_eq!(silence.frozen(minute(0), minute(30), TAU), Span::minutes(12 + 7 + 1));
        assert_eq!(silence.frozen(minute(16), minute(30), TAU), Span::minutes(7 + 1));
        assert_eq!(silence.frozen(minute(20), minute(24), TAU), Span::minutes(4));
    }

    #[test]
    fn rows_that_fill_a_gap_undo_it() {
        let mut silence = heard(&[0, 10]);
        assert_eq!(silence.frozen(minute(0), minute(10), TAU), Span::minutes(7));
        silence.sign(minute(5), TAU);
        assert_eq!(silence.frozen(minute(0), minute(10), TAU), Span::minutes(4));
        silence.sign(minute(3), TAU);
        silence.sign(minute(8), TAU);
        assert_eq!(silence.frozen(minute(0), minute(10), TAU), Span::ZERO);
    }

    #[test]
    fn short_downtime_counts_and_long_downtime_is_frozen_whole() {
        let mut short = heard(&[25]);
        short.downtime(minute(25), minute(33));
        short.sign(minute(33), TAU);
        assert_eq!(short.frozen(minute(0), minute(33), TAU), Span::ZERO);
        let mut long = heard(&[5]);
        long.downtime(minute(5), minute(600));
        long.sign(minute(600), TAU);
        assert_eq!(long.frozen(minute(0), minute(600), TAU), Span::minutes(595));
        let mut mixed = heard(&[0]);
        mixed.downtime(minute(2), minute(10));
        mixed.sign(minute(15), TAU);
        // 2 min before, 5 min after: 7 min of silence, 4 of them beyond tau.
        assert_eq!(mixed.frozen(minute(0), minute(15), TAU), Span::minutes(4));
    }

    #[test]
    fn closed_time_is_frozen_whole_and_is_no_silence() {
        // Alive throughout: only the closed time is frozen.
        let mut alive = heard(&[0, 2, 4, 6, 8, 10]);
        alive.closed(minute(3), minute(4));
        alive.closed(minute(4), minute(9));
        assert_eq!(alive.frozen(minute(0), minute(10), TAU), Span::minutes(6));
        assert_eq!(alive.frozen(minute(5), minute(7), TAU), Span::minutes(2));
        // Silent from 0 to 20, closed from 2 to 10: 8 closed, and of 12 silent 9 beyond tau.
        let mut silent = heard(&[0]);
        silent.closed(minute(2), minute(10));
        silent.sign(minute(20), TAU);
        assert_eq!(silent.frozen(minute(0), minute(20), TAU), Span::minutes(8 + 9));
        assert!(!silent.blind_at(minute(11), TAU));
        assert!(silent.blind_at(minute(12), TAU));
        // Closed inside a downtime counts once.
        let mut both = heard(&[0]);
        both.downtime(minute(1), minute(100));
        both.closed(minute(20), minute(30));
        both.sign(minute(100), TAU);
        assert_eq!(both.frozen(minute(0), minute(100), TAU), Span::minutes(99));
    }

    #[test]
    fn blind_is_more_than_tau_after_a_sign() {
        let silence = heard(&[0, 10]);
        assert!(!silence.blind_at(minute(3), TAU));
        assert!(silence.blind_at(minute(4), TAU));
        assert!(!silence.blind_at(minute(10), TAU));
        assert!(!silence.blind_at(minute(13), TAU));
        assert!(silence.blind_at(minute(14), TAU));
    }

    #[test]
    fn closed_time_inside_a_downtime_is_excused_once() {
        let mut silence = heard(&[0]);
        silence.downtime(minute(1), minute(9));
        silence.closed(minute(2), minute(8));
        assert!(!silence.blind_at(minute(11), TAU));
        assert!(silence.blind_at(minute(12), TAU));
    }

    #[test]
    fn downtime_makes_nobody_blind() {
        let mut silence = heard(&[0, 25]);
        silence.downtime(minute(25), minute(33));
        assert!(!silence.blind_at(minute(36), TAU));
        assert!(silence.blind_at(minute(37), TAU));
        assert_eq!(silence.down_until(minute(30)), Some(minute(33)));
        assert_eq!(silence.down_until(minute(33)), None);
    }
}
