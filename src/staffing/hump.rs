//! Integrals of one hump: `exp(-drop(u))` with a drop that is convex and 0 at its anchor.
//!
//! Both integrals of this module's models are of that form, because a patience law only falls.
//! A hump is as wide as its drop says, so a fixed number of points holds it whatever the load:
//! the cost of 100,000 Erlang is that of ten. The obvious sum over states grows with the root of
//! the load and, without compensation, loses digits with every term.

use super::nodes::{HALF, NODES};

/// Where a hump ends: beyond this drop the rest is below the last digit.
pub(super) const DROP_MAX: f64 = 36.5;
/// How far beyond the end the search for it may land.
const DROP_SLACK: f64 = 2.5;
/// Newton steps and halvings until an end is found; the first few suffice.
const STEPS_MAX: u32 = 200;

/// The distance from the anchor at which the hump ends, at most `limit`.
///
/// `drop` gives the drop and its slope at a distance; `guess` is where to begin.
pub(super) fn reach(drop: impl Fn(f64) -> (f64, f64), guess: f64, limit: f64) -> f64 {
    let (mut low, mut high) = (0.0, limit);
    // A drop that begins flat gives no guess.
    let guess = if guess.is_finite() { guess } else { 1.0 };
    let mut at = guess.clamp(f64::MIN_POSITIVE, limit);
    for _ in 0..STEPS_MAX {
        let (value, slope) = drop(at);
        if value < DROP_MAX {
            if at >= limit {
                return limit;
            }
            low = at;
        } else if value <= DROP_MAX + DROP_SLACK {
            return at;
        } else {
            high = at;
        }
        let newton = at + (DROP_MAX + 0.5 * DROP_SLACK - value) / slope;
        at = if newton > low && newton < high {
            newton
        } else if high.is_finite() {
            // At the limit first: it may lie below the end.
            if low > 0.0 && high < limit { 0.5 * (low + high) } else { high.min(2.0 * at) }
        } else {
            2.0 * at
        };
    }
    at
}

/// The points of a panel with their weights.
#[inline]
pub(super) fn panel(from: f64, to: f64) -> [(f64, f64); 2 * HALF] {
    let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
    std::array::from_fn(|i| {
        let (distance, weight) = NODES[i / 2];
        let side = if i % 2 == 0 { -half } else { half };
        (middle + side * distance, half * weight)
    })
}
