//! The square-root rule: why a large group needs fewer agents per call.
//!
//! `n = A + beta · sqrt(A)`. An explanation and a check of the exact formulas, never a calculator
//! here: they cost a microsecond.

use super::error::{Quantity, StaffingError};
use super::hump::{DROP_MAX, panel};

/// Limit of the probability of waiting without abandonment, for a group so large that only its
/// reserve `beta = (n - A) / sqrt(A)` matters: `1 / (1 + beta Phi(beta) / phi(beta))`
/// (Halfin & Whitt 1981, "Heavy-traffic limits for queues with many exponential servers",
/// Operations Research 29:567).
///
/// ```
/// let limit = callsurge::staffing::halfin_whitt(1.0)?;
/// assert!((limit - 0.223_361).abs() < 1e-6);
/// # Ok::<(), callsurge::staffing::StaffingError>(())
/// ```
///
/// # Errors
/// If beta is not within 0 and 30.
pub fn halfin_whitt(beta: f64) -> Result<f64, StaffingError> {
    Quantity::Reserve.within(beta, 0.0, 30.0)?;
    // Phi/phi as one integral, exp(beta t - t²/2) over t > 0: the quotient of two small numbers
    // would lose digits.
    let end = (2.0 * DROP_MAX).sqrt();
    let points = panel(-beta.min(end), end);
    let ratio: f64 = points.iter().map(|(t, weight)| weight * (-0.5 * t * t).exp()).sum();
    Ok(1.0 / (1.0 + beta * ratio * (0.5 * beta * beta).exp()))
}
