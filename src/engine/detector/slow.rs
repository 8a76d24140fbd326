//! Is the day itself abnormal?
//!
//! The level of the day absorbs what rises over hours, and the days before absorb what lasts for
//! days: a heat wave is a busy day to the fast tests. So a second time scale runs beside them:
//! calls of the last two, four and eight hours against the forecast without the level of the day
//! and without the level of the days before,
//!
//! ```text
//! r = calls / expected - 1      z = r / sqrt(1 / expected + v)      score² = z² / (1 + r / 3)
//! ```
//! where v is how much such sums of this queue have scattered beyond counting (its busy and quiet
//! days), learned with a prior of 10 %. A queue whose days differ by 6 % shows +25 % so, a queue
//! whose days differ by 20 % only a doubling. The bins are of half an hour at least, and nothing
//! is said in the first two hours of a day that begins with a gap: openings vary most.
//!
//! Windows of hours fade for hours after a rise, so its end has a test of its own (`rise`).

use super::rise::Rise;
use crate::engine::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Windows in minutes.
const WINDOWS: [f32; 3] = [120.0, 240.0, 480.0];
/// Bins that cover the longest.
const BINS: usize = 16;
pub(super) const BIN_MINUTES: f64 = 30.0;
/// Variance of sums beyond counting: before it is learned, at least, and at most.
const VARIANCE: f32 = 0.01;
const VARIANCE_MIN: f32 = 0.000_9;
const VARIANCE_MAX: f32 = 0.25;
/// Sums are compared once in this time.
const LEARN_MINUTES: f32 = 240.0;
/// Gain of the variance per sum: about a week of them.
const LEARN_GAIN: f32 = 0.03;
/// A sum that misses by more sd counts as this many.
const LEARN_SD: f32 = 3.0;
/// The rise is over when the last hour has lost this share of it, ...
const FALLEN: f32 = 0.5;
const LAST_MINUTES: f32 = 60.0;
/// ... or when the score is so far below the one at which it opens, ...
const DROP: f64 = 0.5;
/// ... or after two days: what lasts longer is the new normal.
const LASTS_MINUTES_MAX: f64 = 2.0 * 1_440.0;

#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
struct Bin {
    calls: f32,
    expected: f32,
    minutes: f32,
}

/// Sums of the last hours, and the rise that is open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Slow {
    bins: [Bin; BINS],
    /// Where the bin that is filled is; the one after it is the oldest.
    at: u8,
    variance: f32,
    since_learned: f32,
    rise: Option<Rise>,
}

/// A window that ends now.
#[derive(Clone, Copy, Debug)]
struct Window {
    excess: f32,
    expected: f32,
    minutes: f32,
    score: f64,
}

impl Slow {
    pub(super) fn new() -> Self {
        Self {
            bins: [Bin::default(); BINS],
            at: 0,
            variance: VARIANCE,
            since_learned: 0.0,
            rise: None,
        }
    }

    /// Reads for nothing what nearly every row reads (`touch`).
    pub(super) fn touch(&self) -> u64 {
        u64::from(self.rise.is_some()) ^ u64::from(self.variance.to_bits())
    }

    /// The rise, where one is open.
    pub(super) const fn rise(&self) -> Option<&Rise> {
        self.rise.as_ref()
    }

    /// A rise becomes an alarm where its score is at the threshold.
    pub(super) fn compare(&mut self, threshold: f64, end: Timestamp) {
        if let Some(rise) = &mut self.rise {
            rise.compare(threshold, end);
        }
    }

    /// Nothing of before belongs to a rise: a day begins after a gap, or a rise is over.
    pub(super) fn begin(&mut self) {
        *self = Self { variance: self.variance, ..Self::new() };
    }

    /// Adds a row that the fast tests do not already take for a surge. `open` is the score at
    /// which a rise opens. Where a rise ended, its highest score.
    pub(super) fn add(&mut self, row: Sum, open: f64) -> Option<f64> {
        let bin = &mut self.bins[usize::from(self.at)];
        bin.calls += row.calls as f32;
        bin.expected += row.expected as f32;
        bin.minutes += row.length.as_minutes_f64() as f32;
        if let Some(rise) = &mut self.rise
            && rise.follow(row.calls, row.expected, row.length)
        {
            let score = rise.score;
            // What the windows hold is the rise that is over.
            self.begin();
            return Some(score);
        }
        if f64::from(bin.minutes) < BIN_MINUTES {
            return None;
        }
        self.since_learned = if row.teaches { self.since_learned + bin.minutes } else { 0.0 };
        let ended = self.look(row.end, open);
        if self.rise.is_none() && self.since_learned >= LEARN_MINUTES {
            self.learn();
        }
        self.at = (self.at + 1) % BINS as u8;
        self.bins[usize::from(self.at)] = Bin::default();
        ended
    }

    fn look(&mut self, end: Timestamp, open: f64) -> Option<f64> {
        let windows = WINDOWS.iter().filter_map(|&minutes| self.window(minutes));
        let best = windows.max_by(|a, b| a.score.total_cmp(&b.score));
        let last = self.window(LAST_MINUTES);
        let best = best?;
        let fallen = |size: f32| last.is_some_and(|last| last.excess < FALLEN * size);
        let Some(rise) = &mut self.rise else {
            if best.score >= open && !fallen(best.excess) {
                let since = end - Span::secs((best.minutes * 60.0) as i64);
                self.rise = Some(Rise::open(since, end, best.score, best.excess));
            }
            return None;
        };
        rise.raise(best.score, best.excess, end);
        let over =
            fallen(rise.size) || best.score < open - DROP || rise.minutes > LASTS_MINUTES_MAX;
        if over { self.rise.take().map(|rise| rise.score) } else { None }
    }

    /// The window of at least this length that ends with the bin that is filled.
    fn window(&self, minutes: f32) -> Option<Window> {
        let mut sum = Bin::default();
        for back in 0..BINS {
            let bin = self.bins[(usize::from(self.at) + BINS - back) % BINS];
            sum.calls += bin.calls;
            sum.expected += bin.expected;
            sum.minutes += bin.minutes;
            if sum.minutes >= minutes {
                break;
            }
        }
        if sum.minutes < minutes || sum.expected <= 0.0 {
            return None;
        }
        let excess = sum.calls / sum.expected - 1.0;
        let above = excess.max(0.0);
        let square = above * above / (1.0 / sum.expected + self.variance) / (1.0 + above / 3.0);
        let Bin { expected, minutes, .. } = sum;
        Some(Window { excess, expected, minutes, score: f64::from(square).sqrt() })
    }

    fn learn(&mut self) {
        self.since_learned = 0.0;
        let Some(window) = self.window(LEARN_MINUTES) else { return };
        let counting = 1.0 / window.expected.max(1.0);
        let most = LEARN_SD * LEARN_SD * (self.variance + counting);
        let beyond = (window.excess * window.excess).min(most) - counting;
        self.variance += LEARN_GAIN * (beyond - self.variance);
        self.variance = self.variance.clamp(VARIANCE_MIN, VARIANCE_MAX);
    }
}

/// A row as the slow test takes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sum {
    pub(super) end: Timestamp,
    pub(super) length: Span,
    pub(super) calls: f64,
    /// Calls of the profile without any recent level.
    pub(super) expected: f64,
    /// Whether it says how such sums scatter.
    pub(super) teaches: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Span = Span::hours(1);

    fn run(slow: &mut Slow, from: i64, hours: i64, times: impl Fn(i64) -> f64) -> Vec<bool> {
        let hour = |i: i64| {
            let end = Timestamp::from_secs(0) + HOUR * (from + i + 1);
            let calls = (100.0 * times(i)).round();
            slow.add(Sum { end, length: HOUR, calls, expected: 100.0, teaches: true }, 3.5);
            slow.rise().is_some()
        };
        (0..hours).map(hour).collect()
    }

    #[test]
    fn a_rise_over_four_hours_is_found_and_ends() {
        let mut slow = Slow::new();
        // Days that differ by 8 %.
        let day = |i: i64| 1.0 + 0.08 * [1.0, -1.0, 0.5, -0.5][(i / 24 % 4) as usize];
        assert!(!run(&mut slow, 0, 24 * 28, day).contains(&true));
        let up = run(&mut slow, 24 * 28, 10, |i| 1.0 + 0.6 * ((i + 1) as f64 / 4.0).min(1.0));
        assert!(up.iter().position(|&on| on).is_some_and(|hour| hour < 6), "{up:?}");
        assert!(up[9]);
        let down = run(&mut slow, 24 * 28 + 10, 4, |_| 1.0);
        assert_eq!(down[1..], [false; 3]);
    }

    #[test]
    fn the_end_is_found_before_the_windows_fade() {
        let mut slow = Slow::new();
        let mut row = |i: i64, times: f64| {
            let end = Timestamp::from_secs(0) + Span::minutes(5) * (i + 1);
            let calls = (20.0 * times).round();
            let length = Span::minutes(5);
            slow.add(Sum { end, length, calls, expected: 20.0, teaches: true }, 3.5);
            slow.rise().is_some()
        };
        for i in 0..12 * 30 {
            row(i, if i >= 12 * 24 { 2.0 } else { 1.0 });
        }
        // 40 are expected of a row and 20 come: it takes the second of them, not two hours.
        assert_eq!([12 * 30, 12 * 30 + 1].map(|i| row(i, 1.0)), [true, false]);
        // And it stays over.
        assert!((12 * 30 + 2..12 * 40).all(|i| !row(i, 1.0)));
    }

    #[test]
    fn a_weak_rise_tells_until_half_an_hour_after_it_grew() {
        let mut slow = Slow::new();
        let told: Vec<_> = (0..9)
            .map(|i| {
                let end = Timestamp::from_secs(0) + HOUR * (i + 1);
                let sum = Sum { end, length: HOUR, calls: 284.0, expected: 200.0, teaches: true };
                slow.add(sum, 3.0);
                let tells = |rise: &Rise, at| rise.tells(rise.score, at);
                slow.rise().map(|rise| [end, end + Span::minutes(30)].map(|at| tells(rise, at)))
            })
            .collect();
        // Sums of two, four and eight hours are each more unusual than the one before.
        let (grown, stale) = (Some([true, false]), Some([false, false]));
        assert_eq!(told, [None, grown, stale, grown, stale, stale, stale, grown, stale]);
    }

    /// A score between the one at which it opens and the one at which it is over.
    #[test]
    fn a_rise_of_long_rows_does_not_flicker() {
        let mut slow = Slow::new();
        let mut begun = 0;
        let mut on = false;
        for i in 0..12 {
            let end = Timestamp::from_secs(0) + HOUR * (i + 1);
            let sum = Sum { end, length: HOUR, calls: 260.0, expected: 200.0, teaches: true };
            slow.add(sum, 2.5);
            begun += i32::from(slow.rise().is_some() && !on);
            on = slow.rise().is_some();
        }
        let score = slow.rise().expect("open").score;
        assert!((2.5..3.0).contains(&score) && begun == 1, "{score}, {begun}");
    }

    #[test]
    fn an_opening_is_not_judged() {
        let mut slow = Slow::new();
        slow.begin();
        assert_eq!(run(&mut slow, 0, 1, |_| 3.0), [false]);
    }
}
