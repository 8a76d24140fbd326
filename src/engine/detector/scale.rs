//! What a short window has to give for being one of many.
//!
//! An hour holds sixty windows of a minute and one of an hour. On one threshold for all of them
//! nearly every false alarm is a burst of a row or two, and a long small step pays for it. So a
//! window pays for the number of its likes: with a likelihood ratio G and a length of m minutes
//!
//! ```text
//! score = sqrt(G - 2 kappa ln(free / m))      m below free: 60 for steps, 12 for bursts
//! ```
//! With kappa = 1 false alarms would be about equally frequent at every scale of a white noise
//! (Dümbgen & Spokoiny 2001, Annals of Statistics 29:124), and the threshold nearly independent
//! of the row length. Counts are told less of long windows than white noise would be, since the
//! level absorbs them: 0.7 is between what large and what small queues prefer (docs/detection.md).

use serde::{Deserialize, Serialize};

/// Twice kappa.
const TWICE_KAPPA: f64 = 1.4;
/// Steps of this length and longer pay nothing.
pub(super) const STEP_MINUTES: f64 = 60.0;
/// Bursts of this length and longer pay nothing.
pub(super) const BURST_MINUTES: f64 = 12.0;

/// What a window of this length pays where one of `free` minutes pays nothing.
pub(super) fn penalty(minutes: f64, free: f64) -> f64 {
    TWICE_KAPPA * (free / minutes.max(1.0e-3)).ln().max(0.0)
}

/// Score of a likelihood ratio over a window of this length.
pub(super) fn score(ratio: f64, minutes: f64, free: f64) -> f64 {
    score_paid(ratio, penalty(minutes, free))
}

/// Score of a likelihood ratio over a window that pays so much.
pub(super) fn score_paid(ratio: f64, penalty: f64) -> f64 {
    (ratio - penalty).max(0.0).sqrt()
}

/// What a single row pays, as a step and as a burst.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct RowPenalty {
    pub(super) step: f64,
    pub(super) burst: f64,
}

impl RowPenalty {
    pub(super) const NONE: Self = Self { step: 0.0, burst: 0.0 };

    /// That of a row of so many minutes.
    pub(super) fn of(minutes: f64) -> Self {
        Self { step: penalty(minutes, STEP_MINUTES), burst: penalty(minutes, BURST_MINUTES) }
    }
}

/// Binary logarithm of minutes to two digits, for comparing windows: the exponent and a line
/// through the mantissa, which a compiler can vectorise.
pub(super) fn octaves_about(minutes: f32) -> f32 {
    minutes.max(1.0e-3).to_bits() as f32 / (1 << 23) as f32 - 126.957
}

/// What a step of so many octaves of minutes pays.
pub(super) fn penalty_about(octaves: f32) -> f32 {
    const PER_OCTAVE: f32 = (TWICE_KAPPA * std::f64::consts::LN_2) as f32;
    const FREE_OCTAVES: f32 = 5.907;
    PER_OCTAVE * (FREE_OCTAVES - octaves).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_windows_pay_and_long_ones_do_not() {
        // 1.4 ln 12, and 1.4 ln 2.4.
        assert!((penalty(5.0, STEP_MINUTES) - 3.478_869).abs() < 1e-6);
        assert!((penalty(5.0, BURST_MINUTES) - 1.225_656).abs() < 1e-6);
        assert!(penalty(60.0, STEP_MINUTES).abs() < 1e-12);
        assert!(penalty(240.0, STEP_MINUTES).abs() < 1e-12);
        assert!((score(16.0, 5.0, STEP_MINUTES) - 12.521_131_f64.sqrt()).abs() < 1e-6);
        for minutes in [0.2_f32, 1.0, 5.0, 6.0, 17.0, 45.0, 59.0, 61.0, 200.0] {
            let exact = penalty(minutes.into(), STEP_MINUTES);
            let about = penalty_about(octaves_about(minutes));
            assert!((f64::from(about) - exact).abs() < 0.06, "{minutes}");
        }
    }
}
