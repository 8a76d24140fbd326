//! How far does the level jump at midnight?
//!
//! A queue that never closes has no opening, but its profile begins anew with each date: the factor
//! of the weekday is another one, known to a few hundredths, and the day may be busy from its first
//! minute. Of 7,000 calls a row a jump by 5 % is four times what counting leaves open, and 220 of 257
//! false alarms of simulated queues of that size came in the first hour of a day. So the first half
//! hour is compared with the level of before, and what is missed beyond what that level and counting
//! leave open is learned and added to the variance of the level at each midnight.
//!
//! A night says as little of jumps as counting leaves open, and counts for as little: one of few calls
//! hardly, one of closed hours not at all. It learns nothing where a gap, an excursion or an
//! announced time leads over midnight, nor of days that begin with an opening (`opening`).

use super::level::Known;
use super::{Basis, Row};
use crate::engine::time::Span;
use serde::{Deserialize, Serialize};

/// What begins at midnight is compared over so long.
const MINUTES: f64 = 30.0;
/// Weight of a night that leaves nothing open, and how many sd one counts at most.
const GAIN: f64 = 0.05;
const SD_MAX: f64 = 3.0;
/// A night that leaves the square of 5 % open has a quarter of the weight.
const WORTH: f64 = 0.002_5;
/// The square of the largest jump that is expected, 20 %.
const VARIANCE_MAX: f64 = 0.04;

/// How far the first minutes of days miss the level of before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Midnight {
    /// Mean square of the jumps; below 0 where chance has it so.
    mean_square: f64,
    /// The level at the last midnight, while it is compared with.
    before: Option<Known>,
    /// Calls and expected calls since, and for how long.
    calls: f64,
    expected: f64,
    minutes: f64,
}

impl Midnight {
    pub(super) const NEW: Self =
        Self { mean_square: 0.0, before: None, calls: 0.0, expected: 0.0, minutes: 0.0 };

    /// What a level is less sure by at midnight.
    pub(super) const fn variance(&self) -> f64 {
        self.mean_square.clamp(0.0, VARIANCE_MAX)
    }

    /// A date begins at this level.
    pub(super) fn begin(&mut self, before: Known) {
        *self = Self { mean_square: self.mean_square, before: Some(before), ..Self::NEW };
    }

    /// What follows is not to be compared with the level before it.
    pub(super) fn give_up(&mut self) {
        self.before = None;
    }

    /// Adds a row. `spread` is what the variance of rows is multiplied by, `skipped` what is known of
    /// a level so much later.
    pub(super) fn observe(
        &mut self,
        row: &Row,
        spread: f64,
        skipped: impl FnOnce(Known, Span) -> Known,
    ) {
        let Some(before) = self.before else { return };
        if row.basis != Basis::Settled || row.is_announced() {
            self.give_up();
            return;
        }
        self.calls += row.calls;
        self.expected += row.profile;
        self.minutes += row.minutes;
        if self.minutes < MINUTES {
            return;
        }
        self.give_up();
        let before = skipped(before, Span::minutes(self.minutes as i64));
        let miss = self.calls / self.expected - 1.0 - before.x;
        let counting = (1.0 + before.x).max(0.3) / self.expected;
        let known = spread * (counting + before.variance);
        let most = SD_MAX * SD_MAX * (known + self.variance());
        let jump = (miss * miss).min(most) - known;
        let weight = WORTH / (WORTH + known);
        self.mean_square += GAIN * weight * weight * (jump - self.mean_square);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Closed;
    use super::*;
    use crate::engine::calendar::{DayKind, LocalTime};
    use crate::engine::time::Timestamp;

    /// Nights of rows of so many calls after a level of 0, each off by these in turn.
    fn pass(midnight: &mut Midnight, profile: f64, nights: usize, miss: &[f64]) {
        let start = Timestamp::from_secs(0);
        let local = LocalTime { minute_of_week: 0, day: 0, kind: DayKind::Ordinary };
        let interval =
            Closed { start, end: start + Span::minutes(5), local, offered: 0, raised: 1.0 };
        for night in 0..nights {
            midnight.begin(Known { x: 0.0, variance: 0.000_1 });
            let calls = profile * (1.0 + miss[night % miss.len()]);
            let row = Row { calls, profile, basis: Basis::Settled, ..Row::new(&interval) };
            // Six are half an hour.
            for _ in 0..8 {
                midnight.observe(&row, 1.0, |known, _| known);
            }
        }
    }

    fn after(profile: f64, nights: usize, miss: &[f64]) -> Midnight {
        let mut midnight = Midnight::NEW;
        pass(&mut midnight, profile, nights, miss);
        midnight
    }

    #[test]
    fn jumps_are_learned_within_weeks() {
        let sd = |nights| after(10_000.0, nights, &[0.05, -0.05]).variance().sqrt();
        // Six rows of 10,000: 0.0001 and 1/60,000 are known without a jump.
        let known: f64 = 0.000_1 + 1.0 / 60_000.0;
        assert!((sd(200) - (0.002_5 - known).sqrt()).abs() < 1e-4, "{}", sd(200));
        assert!((0.03..0.045).contains(&sd(28)), "{}", sd(28));
    }

    #[test]
    fn nights_that_go_on_have_none() {
        let small = after(10_000.0, 60, &[0.01, -0.01]);
        assert!(small.mean_square < 0.0, "{small:?}");
        assert!(small.variance().abs() < 1e-12);
    }

    /// 48 calls leave 14 % open; of the least that is expected of closed hours more than all.
    #[test]
    fn thin_nights_and_closed_ones_say_little() {
        let mut midnight = after(10_000.0, 60, &[0.05, -0.05]);
        let before = midnight.variance();
        pass(&mut midnight, 8.0, 60, &[0.2, -0.1, 0.1, -0.15]);
        pass(&mut midnight, 0.1, 60, &[-1.0]);
        let after = midnight.variance();
        assert!(before > 0.002 && (0.95..1.05).contains(&(after / before)), "{before}, {after}");
    }

    #[test]
    fn a_night_that_is_off_by_half_counts_three_sd() {
        let mut rest = vec![0.01; 60];
        rest.push(0.5);
        assert!(after(10_000.0, 61, &rest).variance().sqrt() < 0.01);
    }
}
