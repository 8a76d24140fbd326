//! How far from what is expected is far, as the detector reckons it now?
//!
//! Rows of the past keep their counts and what was expected of them, not how sure the detector was
//! of it. A reader who lays them side by side wants one measure for all of them, so they are
//! measured by the present one: counting noise, the variance of the profile and of the level, and
//! the learned calibration, as in a verdict.
//!
//! ```text
//! sd = e sqrt((P + 1/e + 0.0005) spread)      e: calls expected, P: variance of the level
//! ```
//! (0.0005 is less where more than 1,000 calls are expected, as in the detector.)
//! It deliberately does not say what the verdict of that time was: the log book does.

use super::scale::RowPenalty;
use super::tell::upper_excess;
use super::{Basis, Detector, RATE_MIN, burst, cold, profile_variance, watch};
use crate::engine::time::Span;

/// Score from which a provisional baseline calls a surge.
pub const PROVISIONAL_THRESHOLD: f64 = cold::THRESHOLD;
/// Probability below which a run of empty rows is a collapse.
pub const EMPTY_CHANCE: f64 = watch::COLLAPSE;

/// The present measure of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gauge {
    /// Whether the baseline is provisional.
    pub learning: bool,
    /// Where the score calls a surge.
    pub threshold: f64,
    /// The same on a baseline with history.
    pub settled_threshold: f64,
    /// Score at which a rise is looked at.
    pub open: f64,
    /// False alarms a month that this series may raise.
    pub tolerated: f64,
    /// Variance of the level.
    variance: f64,
    /// Learned mean square of the standardised innovations.
    spread: f64,
}

impl Detector {
    /// The present measure; `None` before anything was judged.
    pub fn gauge(&self) -> Option<Gauge> {
        let learning = self.basis != Basis::Settled;
        (self.pace.threshold > 0.0).then_some(Gauge {
            learning,
            threshold: if learning { cold::THRESHOLD } else { self.pace.threshold },
            settled_threshold: self.pace.threshold,
            open: self.pace.open,
            tolerated: self.pace.alarms,
            variance: self.level.variance,
            spread: self.spread.row(),
        })
    }
}

impl Gauge {
    /// The measure of hours with enough history, where the row judged last has none.
    #[must_use]
    pub fn settled(self) -> Self {
        Self { learning: false, threshold: self.settled_threshold, ..self }
    }

    /// Standard deviation of the calls of a row of which so many are expected.
    pub fn sd(&self, expected: f64) -> f64 {
        let expected = expected.max(RATE_MIN);
        expected * self.relative(expected)
    }

    /// Upper end of what is normal for a single row of this length.
    pub fn upper(&self, expected: f64, length: Span) -> f64 {
        let (h, expected) = (self.threshold, expected.max(RATE_MIN));
        let minutes = length.as_minutes_f64();
        let penalty = burst::penalty(minutes, RowPenalty::of(minutes));
        let single = if self.learning { h } else { (h * h + penalty).sqrt() };
        let upper = expected + expected * upper_excess(single, self.relative(expected));
        if self.learning { upper.max(cold::RATIO_MIN * expected) } else { upper }
    }

    /// Whether no more is expected than of closed hours, for which each of so many series has a
    /// floor in place of nothing; the level of the day may double it.
    pub fn is_idle(expected: f64, length: Span, series: usize) -> bool {
        expected <= 2.0 * RATE_MIN * length.as_minutes_f64() * series as f64
    }

    fn relative(&self, expected: f64) -> f64 {
        let noise = 1.0 / expected + profile_variance(expected);
        ((self.variance + noise) * self.spread).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAUGE: Gauge = Gauge {
        learning: false,
        threshold: 4.0,
        settled_threshold: 4.0,
        open: 3.5,
        tolerated: 1.0,
        variance: 0.0,
        spread: 1.0,
    };

    #[test]
    fn many_calls_scatter_by_the_root_of_their_number_and_a_little_more() {
        // 100 sqrt(1/100 + 0.0005), 2,000 sqrt(1.5/2,000), where half of the noise is less, and
        // 20,000 sqrt(1/20,000 + 0.0001), where that is more than a profile is known.
        assert!((GAUGE.sd(100.0) - 10.246_95).abs() < 1e-4);
        assert!((GAUGE.sd(2_000.0) - 54.772_26).abs() < 1e-4);
        assert!((GAUGE.sd(20_000.0) - 244.948_97).abs() < 1e-4);
        let wild = Gauge { spread: 4.0, ..GAUGE };
        assert!((wild.sd(100.0) - 2.0 * GAUGE.sd(100.0)).abs() < 1e-9);
    }

    #[test]
    fn nothing_expected_is_measured_like_closed_hours() {
        let minute = Span::minutes(1);
        assert!((GAUGE.sd(0.0) - GAUGE.sd(RATE_MIN)).abs() < 1e-12 && GAUGE.sd(0.0) > 0.0);
        assert!((GAUGE.upper(0.0, minute) - GAUGE.upper(RATE_MIN, minute)).abs() < 1e-12);
    }

    #[test]
    fn a_row_at_the_limit_has_the_score_of_the_threshold() {
        // s = (c - e) / sd with s² / (1 + s sd / 3e) = h².
        let (e, hour) = (100.0, Span::hours(1));
        let s = (GAUGE.upper(e, hour) - e) / GAUGE.sd(e);
        let h2 = s * s / (1.0 + s * GAUGE.sd(e) / (3.0 * e));
        assert!((h2.sqrt() - 4.0).abs() < 1e-9, "{h2}");
        assert!(GAUGE.upper(e, Span::minutes(1)) > GAUGE.upper(e, hour), "a short row pays");
    }

    #[test]
    fn closed_hours_are_idle_and_a_thin_queue_is_not() {
        assert!(Gauge::is_idle(0.2, Span::minutes(5), 1));
        assert!(!Gauge::is_idle(0.21, Span::minutes(5), 1));
        assert!(Gauge::is_idle(0.21, Span::minutes(5), 2));
    }

    #[test]
    fn a_young_baseline_leaves_room_for_twice_as_many() {
        let young = Gauge { learning: true, ..GAUGE };
        assert!((young.upper(10_000.0, Span::hours(1)) - 20_000.0).abs() < 1e-6);
        assert_eq!(young.settled(), GAUGE);
    }
}
