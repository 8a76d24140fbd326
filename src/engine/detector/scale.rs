//! What a short window has to give for being one of many.
//!
//! An hour holds sixty windows of a minute and one of an hour. On one threshold for all of them
//! nearly every false alarm is a burst of a row or two, and a long small step pays for it. So a
//! window pays for the number of its likes: with a likelihood ratio G and a length of m minutes
//!
//! ```text
//! score = sqrt(G - 2 kappa ln(60 / m))        m below 60
//! ```
//! which makes false alarms about equally frequent at every scale (Dümbgen & Spokoiny 2001,
//! Annals of Statistics 29:124, with kappa = 1) and the threshold nearly independent of the row
//! length. Real counts have bursts that no variance explains; kappa is above 1 for them.

/// Twice kappa.
const TWICE_KAPPA: f64 = 2.9;
/// Windows of this length and longer pay nothing.
const FREE_MINUTES: f64 = 60.0;

/// What a window of this length pays.
pub(super) fn penalty(minutes: f64) -> f64 {
    TWICE_KAPPA * (FREE_MINUTES / minutes.max(1.0e-3)).ln().max(0.0)
}

/// Score of a likelihood ratio over a window of this length.
pub(super) fn score(ratio: f64, minutes: f64) -> f64 {
    (ratio - penalty(minutes)).max(0.0).sqrt()
}

/// The penalty to two digits, for comparing windows: ln by exponent and a line through the
/// mantissa, which a compiler can vectorise.
pub(super) fn penalty_about(minutes: f32) -> f32 {
    const PER_OCTAVE: f32 = (TWICE_KAPPA * std::f64::consts::LN_2) as f32;
    const FREE_OCTAVES: f32 = 5.864;
    let octaves = minutes.max(1.0e-3).to_bits() as f32 / (1 << 23) as f32 - 126.957;
    PER_OCTAVE * (FREE_OCTAVES - octaves).max(0.0)
}
