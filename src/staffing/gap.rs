//! Functions that lose their digits when written as they are defined.
//!
//! Every exponent here is "a line minus something nearly as large". Written through these gaps it
//! is a sum of small terms of one sign, so that an integral keeps 15 digits at 100,000 Erlang.

/// Below this the series is used: above it the plain form loses at most three bits.
const SERIES_MAX: f64 = 0.5;

/// `exp(-y) - 1 + y`, never negative.
#[inline]
pub(super) fn exp_gap(y: f64) -> f64 {
    if y.abs() >= SERIES_MAX {
        return (-y).exp_m1() + y;
    }
    // y²/2 - y³/6 + y⁴/24 …, even and odd powers apart so that they overlap in the pipeline.
    let s = y * y;
    let even = s
        * (1.0 / 2.0
            + s * (1.0 / 24.0
                + s * (1.0 / 720.0
                    + s * (1.0 / 40_320.0
                        + s * (1.0 / 3_628_800.0
                            + s * (1.0 / 479_001_600.0 + s * (1.0 / 87_178_291_200.0)))))));
    let odd = s
        * (1.0 / 6.0
            + s * (1.0 / 120.0
                + s * (1.0 / 5_040.0
                    + s * (1.0 / 362_880.0
                        + s * (1.0 / 39_916_800.0 + s * (1.0 / 6_227_020_800.0))))));
    even - y * odd
}

/// `v - ln(1 + v)` for `v > -1`, never negative.
#[inline]
pub(super) fn log_gap(v: f64) -> f64 {
    if !(-0.3..=SERIES_MAX).contains(&v) {
        return v - v.ln_1p();
    }
    // With w = v/(2+v): ln(1+v) = 2 artanh w and v - 2w = v w.
    let w = v / (2.0 + v);
    let s = w * w;
    let even = 1.0 / 3.0
        + s * s * (1.0 / 7.0 + s * s * (1.0 / 11.0 + s * s * (1.0 / 15.0 + s * s * (1.0 / 19.0))));
    let odd = 1.0 / 5.0
        + s * s * (1.0 / 9.0 + s * s * (1.0 / 13.0 + s * s * (1.0 / 17.0 + s * s * (1.0 / 21.0))));
    w * (v - 2.0 * s * (even + s * odd))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(got: f64, want: f64) {
        assert!((got - want).abs() <= 1e-15 * want.abs(), "{got:e} is not {want:e}");
    }

    #[test]
    fn gaps_keep_their_digits() {
        check(exp_gap(1e-08), 4.999999983333334e-17);
        check(exp_gap(-1e-08), 5.0000000166666667e-17);
        check(exp_gap(0.01), 4.983374916805358e-05);
        check(exp_gap(-0.3), 0.0498588075760031);
        check(exp_gap(0.49), 0.10262639418441606);
        check(exp_gap(-0.49), 0.14231621995537896);
        check(exp_gap(0.51), 0.11049557881226595);
        check(exp_gap(-3.0), 16.085536923187668);
        check(exp_gap(40.0), 39.0);
        check(log_gap(1e-08), 4.999999966666667e-17);
        check(log_gap(-1e-08), 5.000000033333334e-17);
        check(log_gap(0.01), 4.966914683191715e-05);
        check(log_gap(-0.3), 0.056674943938732375);
        check(log_gap(0.49), 0.09122388004263222);
        check(log_gap(-0.29), 0.052_490_308_946_775_94);
        check(log_gap(-0.31), 0.061_063_681_390_831_986);
        check(log_gap(0.7), 0.16937174893782958);
        check(log_gap(-0.9), 1.402585092994046);
        check(log_gap(40.0), 36.28642793329569);
    }
}
