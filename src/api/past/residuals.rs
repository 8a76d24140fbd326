//! Does what the baseline leaves unexplained look like chance?
//!
//! Residuals are (observed - expected) / sd. If the detector reckons rightly they have mean 0 and
//! sd 1 and lie about as a normal distribution has it. Told are mean, sd, shares beyond 2 and 3,
//! a histogram in half sds beside the counts of a normal, and the largest distance between the two
//! distribution functions (Kolmogorov). There is no p-value: neighbours in time depend on each
//! other, and one that is reckoned as if they did not would call every real queue abnormal.
//!
//! Small counts are skewed by their nature; the mean of what is expected is told beside.

use serde::Serialize;
use statrs::function::erf::erfc;

/// Half-width of the histogram; beyond it lie the two outer bins.
const REACH: f64 = 4.0;
/// Width of a bin.
const BIN: f64 = 0.5;

/// Residuals of a span in figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Residuals {
    /// How many intervals have one.
    count: usize,
    mean: f64,
    sd: f64,
    /// Shares of those beyond 2 and 3 sd, either side.
    beyond_2: f64,
    beyond_3: f64,
    /// Largest distance between their distribution function and the normal one.
    distance: f64,
    /// Mean of the calls expected.
    mean_expected: f64,
    /// From below -4 over half sds to 4 and above.
    bins: Vec<Bin>,
}

/// A bin of the histogram.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Bin {
    /// Lower end; null: no end.
    from: Option<f64>,
    to: Option<f64>,
    count: usize,
    /// What a normal distribution has there.
    normal: f64,
}

/// The figures of (residual, expected); `None` of fewer than two.
pub(super) fn of(residuals: &[(f64, f64)]) -> Option<Residuals> {
    if residuals.len() < 2 {
        return None;
    }
    let n = residuals.len() as f64;
    let mut sorted: Vec<f64> = residuals.iter().map(|(z, _)| *z).collect();
    sorted.sort_by(f64::total_cmp);
    let mean = sorted.iter().sum::<f64>() / n;
    let square = sorted.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let beyond = |far: f64| sorted.iter().filter(|z| z.abs() > far).count() as f64 / n;
    let distance = (0_u32..).zip(&sorted).fold(0.0, |most: f64, (i, z)| {
        let (below, normal) = (f64::from(i) / n, below(*z));
        most.max(normal - below).max(below + 1.0 / n - normal)
    });
    Some(Residuals {
        count: sorted.len(),
        mean: round(mean),
        sd: round(square.sqrt()),
        beyond_2: round(beyond(2.0)),
        beyond_3: round(beyond(3.0)),
        distance: round(distance),
        mean_expected: round(residuals.iter().map(|(_, e)| e).sum::<f64>() / n),
        bins: bins(&sorted),
    })
}

fn bins(sorted: &[f64]) -> Vec<Bin> {
    let inner = (2.0 * REACH / BIN) as i32;
    let edge = |i: i32| -REACH + f64::from(i) * BIN;
    let bin = |i: i32| {
        let from = (i >= 0).then(|| edge(i));
        let to = (i < inner).then(|| edge(i + 1));
        let at = |end: Option<f64>, else_: usize| {
            end.map_or(else_, |end| sorted.partition_point(|z| *z < end))
        };
        let share = to.map_or(1.0, below) - from.map_or(0.0, below);
        Bin {
            from,
            to,
            count: at(to, sorted.len()) - at(from, 0),
            normal: round(share * sorted.len() as f64),
        }
    };
    (-1..=inner).map(bin).collect()
}

/// Distribution function of the standard normal.
fn below(z: f64) -> f64 {
    0.5 * erfc(-z / std::f64::consts::SQRT_2)
}

fn round(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(z: &[f64]) -> Residuals {
        of(&z.iter().map(|z| (*z, 10.0)).collect::<Vec<_>>()).expect("enough")
    }

    #[test]
    fn mean_sd_and_shares_are_those_of_the_list() {
        let r = figures(&[-2.5, -0.5, 0.5, 3.5]);
        assert_eq!((r.count, r.mean, r.beyond_2, r.beyond_3), (4, 0.25, 0.5, 0.25));
        // sqrt((2.75² + 0.75² + 0.25² + 3.25²) / 3).
        assert!((r.sd - 2.5).abs() < 1e-4, "{}", r.sd);
        assert!(of(&[(1.0, 1.0)]).is_none());
    }

    #[test]
    fn every_residual_is_in_one_bin_and_the_normal_fills_as_many() {
        let r = figures(&[-9.0, -4.0, -0.2, 0.0, 0.49, 4.0, 7.0]);
        assert_eq!(r.bins.len(), 18);
        assert_eq!(r.bins.iter().map(|b| b.count).sum::<usize>(), 7);
        assert!((r.bins.iter().map(|b| b.normal).sum::<f64>() - 7.0).abs() < 1e-3);
        let of = |from: Option<f64>| r.bins.iter().find(|b| b.from == from).expect("a bin").count;
        assert_eq!([of(None), of(Some(-4.0)), of(Some(-0.5)), of(Some(0.0))], [1, 1, 1, 2]);
        assert_eq!(of(Some(4.0)), 2, "4 itself lies in the outer bin");
    }

    #[test]
    fn the_distance_is_small_for_a_normal_and_large_for_one_that_is_off() {
        // Quantiles of a normal at (i + 1/2) / 200, by bisection.
        let quantile = |p: f64| {
            let (mut low, mut high) = (-8.0, 8.0);
            for _ in 0..60 {
                let middle = f64::midpoint(low, high);
                if below(middle) < p { low = middle } else { high = middle }
            }
            low
        };
        let normal: Vec<f64> = (0..200).map(|i| quantile((f64::from(i) + 0.5) / 200.0)).collect();
        assert!((figures(&normal).distance - 0.002_5).abs() < 1e-4);
        let off: Vec<f64> = normal.iter().map(|z| z + 1.0).collect();
        // 2 Phi(1/2) - 1, and half a step.
        assert!((figures(&off).distance - 0.385_4).abs() < 2e-3);
    }
}
