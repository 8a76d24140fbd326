//! The fewest agents that reach a target.
//!
//! Every measure here improves with each agent, so the answer is where it crosses the target. The
//! log-odds of a measure are nearly a straight line in the number of agents: a secant of them
//! needs three or four looks from a good guess, where stepping needs as many as the guess is off.

use super::error::{Quantity, StaffingError};
use super::traffic::AGENTS_MAX;

/// Looks until the search halves its bracket every other time: secants are far done by then.
const SECANTS: u32 = 8;

/// What is sought.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goal {
    /// What the target is of.
    pub(super) quantity: Quantity,
    /// The share as it was asked for, for the error.
    pub(super) asked: f64,
    /// The same as a share to be reached.
    pub(super) target: f64,
    /// About how many agents.
    pub(super) guess: f64,
    /// About how many agents move the log-odds by 1.7: one standard deviation.
    pub(super) spread: f64,
}

/// The least number of agents at which the first value of `look` is not negative. The second
/// value is the log-odds of the measure. Without agents no target is reached.
pub(super) fn least(
    goal: &Goal,
    mut look: impl FnMut(u32) -> (f64, f64),
) -> Result<u32, StaffingError> {
    let aim = log_odds(goal.target);
    let (mut low, mut high) = (0, None::<u32>);
    let mut slope = 1.7 / goal.spread.max(1.0);
    let mut at = whole(goal.guess).clamp(1, AGENTS_MAX);
    let mut last = None::<(u32, f64)>;
    for looks in 0.. {
        let (margin, odds) = look(at);
        if margin >= 0.0 {
            high = Some(at);
        } else {
            low = at;
        }
        if let Some((before, odds_before)) = last {
            let measured = (odds - odds_before) / (f64::from(at) - f64::from(before));
            if measured.is_finite() && measured > 0.0 {
                slope = measured;
            }
        }
        last = Some((at, odds));
        let (from, to) = match high {
            Some(1) => return Ok(1),
            Some(high) if high - low == 1 => return Ok(high),
            Some(high) => (low + 1, high - 1),
            None if low == AGENTS_MAX => {
                let Goal { quantity, asked, .. } = *goal;
                return Err(StaffingError::OutOfReach { quantity, target: asked });
            }
            None => (low + 1, AGENTS_MAX),
        };
        let secant = f64::from(at) + (aim - odds) / slope;
        at = if looks < SECANTS || looks % 2 == 0 {
            if secant.is_finite() {
                whole(secant.ceil()).clamp(from, to)
            } else {
                halfway(from, to)
            }
        } else {
            halfway(from, to)
        };
    }
    unreachable!("every look narrows the bracket")
}

/// Halfway up by ratio: a bracket may span six orders.
fn halfway(from: u32, to: u32) -> u32 {
    let middle = whole((f64::from(from) * f64::from(to)).sqrt());
    middle.clamp(from, to)
}

fn whole(agents: f64) -> u32 {
    // Saturates; NaN is 0.
    agents as u32
}

/// `ln(p / (1 - p))`.
pub(super) fn log_odds(share: f64) -> f64 {
    (share / (1.0 - share)).ln()
}
