//! How unlikely is a count?
//!
//! Tail probabilities come from statrs, behind a wrapper that knows its traps: `Poisson::new`
//! refuses a mean of 0, a negative binomial with r = 0 panics, with p = 1 it gives NaN, and with
//! r above about 10^6 it loses its digits, where it is a Poisson anyway. Counts in the tens of
//! thousands need more terms of the continued fraction than statrs sums; there the signed root of
//! the deviance (Barndorff-Nielsen 1986) is exact to three digits.
//!
//! Scores are standard normal quantiles, so that tests of different kinds can be compared. Where
//! "too unlikely" begins is for the detector to learn.

use statrs::distribution::{DiscreteCDF, NegativeBinomial, Poisson};
use statrs::function::erf::{erfc, erfc_inv};
use std::f64::consts::SQRT_2;

/// Above this r a negative binomial is a Poisson to all digits that matter.
const R_POISSON: f64 = 1.0e6;
/// Above this count the deviance stands in for the exact sum.
const COUNT_EXACT_MAX: f64 = 10_000.0;
/// Scores end here: beyond it probabilities underflow.
pub const SCORE_MAX: f64 = 37.0;

/// P(Y >= count) for a count of this mean and variance: negative binomial where the variance
/// exceeds the mean, else Poisson.
///
/// ```
/// use callsurge::engine::tail::upper_tail;
/// // 1 - exp(-1) - exp(-1): two or more where one is expected.
/// assert!((upper_tail(2.0, 1.0, 1.0) - 0.264_241_1).abs() < 1e-6);
/// ```
pub fn upper_tail(count: f64, mean: f64, variance: f64) -> f64 {
    if count < 1.0 {
        return 1.0;
    }
    if mean <= 0.0 {
        return 0.0;
    }
    let r = mean * mean / (variance - mean).max(f64::MIN_POSITIVE);
    if count.max(mean) > COUNT_EXACT_MAX {
        return 0.5 * erfc(deviance_root(count - 0.5, mean, r) / SQRT_2);
    }
    let below = count as u64 - 1;
    let exact = if r < R_POISSON {
        NegativeBinomial::new(r, r / (r + mean)).map(|d| d.sf(below))
    } else {
        return Poisson::new(mean).map_or(0.0, |d| d.sf(below));
    };
    exact.map_or(1.0, |p| if p.is_nan() { 1.0 } else { p.clamp(0.0, 1.0) })
}

/// Signed root of the deviance of a count: about standard normal.
fn deviance_root(count: f64, mean: f64, r: f64) -> f64 {
    let own = count * (count / mean).ln();
    let half = if r < R_POISSON {
        own - (count + r) * ((count + r) / (mean + r)).ln()
    } else {
        own - (count - mean)
    };
    (count - mean).signum() * (2.0 * half.max(0.0)).sqrt()
}

/// Log-likelihood ratio of `factor` times the mean against the mean, for a count whose variance is
/// `mean + alpha mean²` (negative binomial with r = 1 / alpha; Poisson where `alpha` is 0):
///
/// ```text
/// y ln f - (y + r) ln((r + f mean) / (r + mean))      and      y ln f - (f - 1) mean
/// ```
/// Summed and kept above 0 it is the CUSUM of a known step (`glrnb` of the R package
/// surveillance, to all its digits).
///
/// ```
/// use callsurge::engine::tail::log_ratio;
/// // Four where two are expected, against twice the mean: 4 ln 2 - 2.
/// assert!((log_ratio(4.0, 2.0, 0.0, 2.0) - 0.772_588_7).abs() < 1e-6);
/// ```
pub fn log_ratio(count: f64, mean: f64, alpha: f64, factor: f64) -> f64 {
    if alpha * mean < 1.0 / R_POISSON {
        return count * factor.ln() - (factor - 1.0) * mean;
    }
    let r = 1.0 / alpha;
    count * factor.ln() - (count + r) * ((r + factor * mean) / (r + mean)).ln()
}

/// The standard normal quantile that is exceeded with this probability.
pub fn score_of(probability: f64) -> f64 {
    if probability < 1.0e-290 {
        return SCORE_MAX;
    }
    SQRT_2 * erfc_inv(2.0 * probability.min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, want: f64, relative: f64) {
        assert!((got - want).abs() <= relative * want.abs(), "{got} is not {want}");
    }

    #[test]
    fn traps_of_the_library_give_sensible_values() {
        close(upper_tail(0.0, 0.0, 0.0), 1.0, 0.0);
        close(upper_tail(3.0, 0.0, 0.0), 0.0, 0.0);
        close(upper_tail(5.0, 3.0, 3.0), 0.184_736_76, 1e-6);
        close(upper_tail(5.0, 3.0, 3.0 + 1e-9), 0.184_736_76, 1e-6);
        // r = 2, p = 1/2: P(Y >= 2) = 1 - 1/4 - 1/4.
        close(upper_tail(2.0, 2.0, 4.0), 0.5, 1e-9);
        assert!(upper_tail(1e6, 1.0, 1.5) < 1e-100);
    }

    #[test]
    fn huge_counts_join_the_exact_ones() {
        let exact = upper_tail(9_400.0, 9_000.0, 9_000.0);
        let r = 9_000.0 * 9_000.0 / f64::MIN_POSITIVE;
        let approx = 0.5 * erfc(deviance_root(9_399.5, 9_000.0, r) / SQRT_2);
        close(approx, exact, 0.01);
        let overdispersed = score_of(upper_tail(24_000.0, 20_000.0, 20_000.0 + 1e6));
        assert!((3.2..4.0).contains(&overdispersed), "{overdispersed}");
    }

    #[test]
    fn score_inverts_the_tail() {
        close(score_of(0.158_655_25), 1.0, 1e-6);
        close(score_of(1e-6), 4.753_424, 1e-6);
        close(score_of(0.0), SCORE_MAX, 0.0);
    }
}
