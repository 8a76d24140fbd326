//! How many people to ask so that enough of them come.

use super::error::{Quantity, StaffingError};
use statrs::function::beta::beta_reg;

/// Most heads of one question.
pub const NEED_MAX: u32 = 100_000;

/// What the incomplete beta function may miss by: a confidence that is met exactly is met.
const ROUNDING: f64 = 1e-12;

/// Fewest people to ask so that at least `need` of them accept with this confidence, when each
/// accepts with probability `acceptance` independently of the others:
///
/// ```text
/// P(Binomial(k, p) >= need) = I_p(need, k - need + 1)       (Abramowitz & Stegun 26.5.24)
/// ```
///
/// ```
/// // Six needed, four in ten say yes: 21 asked are enough nine times of ten.
/// assert_eq!(callsurge::staffing::wave_size(6, 0.4, 0.9)?, 21);
/// # Ok::<(), callsurge::staffing::StaffingError>(())
/// ```
///
/// # Errors
/// If the need exceeds 100,000, or the acceptance is not within 0.01 and 1, or the confidence
/// not within 0 and 0.999999.
pub fn wave_size(need: u32, acceptance: f64, confidence: f64) -> Result<u32, StaffingError> {
    Quantity::Need.within(f64::from(need), 0.0, f64::from(NEED_MAX))?;
    Quantity::Acceptance.within(acceptance, 0.01, 1.0)?;
    Quantity::Confidence.within(confidence, 0.0, 0.999_999)?;
    if need == 0 || acceptance >= 1.0 {
        return Ok(need);
    }
    let heads = f64::from(need);
    let enough = |asked: u32| {
        let enough_say_yes = || beta_reg(heads, f64::from(asked) - heads + 1.0, acceptance);
        asked >= need && enough_say_yes() >= confidence - ROUNDING
    };
    let mut high = (heads / acceptance).ceil() as u32;
    while !enough(high) {
        high += high / 4 + 1;
    }
    let mut low = need - 1;
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if enough(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confidence_that_is_met_exactly_is_met() {
        // One who says yes nine times of ten is one in whom nine of ten can be confident.
        assert_eq!(wave_size(1, 0.9, 0.9), Ok(1));
        assert_eq!(wave_size(1, 0.5, 0.5), Ok(1));
        // 1 - 0.4² = 0.84: two meet it to the last digit, and no more is asked than that.
        assert_eq!(wave_size(1, 0.6, 0.84), Ok(2));
        assert_eq!(wave_size(1, 0.6, 0.840_001), Ok(3));
    }
}
