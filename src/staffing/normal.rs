//! The normal distribution function, to the last digit but one.
//!
//! That of statrs has eleven digits; multiplied by thousands of calls in an exponent they show.

use std::f64::consts::PI;

/// Inside, the series converges fast; outside, the continued fraction.
const SERIES_MAX: f64 = 2.0;
/// Levels of the continued fraction: enough from [`SERIES_MAX`] on.
const LEVELS: u32 = 80;

/// P(N <= z).
pub(super) fn below(z: f64) -> f64 {
    let density = (-0.5 * z * z).exp() / (2.0 * PI).sqrt();
    if z.abs() <= SERIES_MAX {
        // z + z³/3 + z⁵/(3 · 5) … (Abramowitz & Stegun 26.2.11)
        let (mut term, mut sum, mut odd) = (z, z, 1.0);
        while term.abs() > 1e-17 * sum.abs() {
            odd += 2.0;
            term *= z * z / odd;
            sum += term;
        }
        return 0.5 + density * sum;
    }
    // 1 / (z + 1 / (z + 2 / (z + 3 …, from the inside (26.2.14)
    let far = z.abs();
    let fraction = (1..=LEVELS).rev().fold(far, |inner, level| far + f64::from(level) / inner);
    let tail = density / fraction;
    if z < 0.0 { tail } else { 1.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_have_their_digits() {
        for (z, want) in [
            (0.0, 0.5),
            (1e-09, 0.500_000_000_398_942_3),
            (-0.5, 0.308_537_538_725_986_9),
            (1.0, 0.841_344_746_068_542_9),
            (-2.5, 0.006_209_665_325_776_135),
            (2.5, 0.993_790_334_674_223_8),
            (-2.6, 0.004_661_188_023_718_749),
            (2.6, 0.995_338_811_976_281_3),
            (-8.0, 6.220_960_574_271_784e-16),
            (-30.0, 4.906_713_927_148_187e-198),
        ] {
            let got = below(z);
            assert!((got - want).abs() <= 1e-14 * want, "{z}: {got:e} is not {want:e}");
        }
    }
}
