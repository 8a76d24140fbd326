//! Random draws that cannot fail.
//!
//! Built from standard variates, so that a degenerate parameter (a mean of zero, no spread) gives
//! a degenerate draw instead of an error in the middle of a run.

use crate::engine::time::Span;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1, Gamma, Poisson, StandardNormal};

/// The purposes that random streams are kept apart for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// Shocks of the day factor, one stream per day.
    Day = 1,
    /// Drift and counts, one stream per day.
    Minutes = 2,
    /// Instants inside a minute.
    Instants = 3,
    /// Patience, talk, wrap-up, redials.
    Calls = 4,
    /// Travel of recalled people.
    Help = 5,
    /// Outcomes of past rows.
    History = 6,
    /// Answers of asked people.
    Answers = 7,
    /// When surges come.
    Surges = 8,
}

/// The random stream of a purpose and a number inside it.
pub(crate) fn stream(seed: u64, purpose: Purpose, number: i64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let number = number.rem_euclid(1 << 32).unsigned_abs();
    rng.set_stream((purpose as u64) << 32 | number);
    rng
}

/// A standard normal variate.
pub(crate) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// A Poisson count; 0 where the mean is not positive.
pub(crate) fn poisson(rng: &mut ChaCha8Rng, mean: f64) -> u32 {
    let count: f64 = Poisson::new(mean).map_or(0.0, |law| law.sample(rng));
    // A count of calls in a minute is far below 2^32; the cast saturates anyway.
    count as u32
}

/// A gamma factor with mean 1 and variance `1 / shape`; 1 where the shape is no number above 0.
pub(crate) fn gamma_factor(rng: &mut ChaCha8Rng, shape: f64) -> f64 {
    Gamma::new(shape, shape.recip()).map_or(1.0, |law| law.sample(rng))
}

/// An exponential time with the given mean.
pub(crate) fn exponential(rng: &mut ChaCha8Rng, mean: Span) -> Span {
    let unit: f64 = Exp1.sample(rng);
    scaled(mean, unit)
}

/// A log-normal time with the given median and standard deviation of its logarithm.
pub(crate) fn log_normal(rng: &mut ChaCha8Rng, median: Span, sigma: f64) -> Span {
    let z = normal(rng);
    scaled(median, (sigma * z).exp())
}

/// A log-normal time with the given mean and coefficient of variation:
/// `sigma^2 = ln(1 + cv^2)`, `median = mean exp(-sigma^2 / 2)`.
pub(crate) fn log_normal_mean(rng: &mut ChaCha8Rng, mean: Span, cv: f64) -> Span {
    let variance = (cv * cv).ln_1p();
    log_normal(rng, scaled(mean, (-variance / 2.0).exp()), variance.sqrt())
}

/// A span times a factor, to the nearest millisecond.
pub(crate) fn scaled(span: Span, factor: f64) -> Span {
    Span::millis((span.as_millis() as f64 * factor).round() as i64)
}
