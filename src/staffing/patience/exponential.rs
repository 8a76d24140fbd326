//! The exponential law: who has waited long is no nearer to giving up.

use super::{Fate, PATIENCE_MAX_SECONDS, PATIENCE_MIN_SECONDS, Patience};
use crate::staffing::error::{Quantity, StaffingError};
use crate::staffing::gap::exp_gap;

/// Exponential patience, the law of Erlang A (Palm 1946). One number, and often enough: only the
/// rate of giving up at short waits matters unless waits are long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponential {
    mean_seconds: f64,
}

impl Exponential {
    /// Exponential patience with this mean, in seconds.
    ///
    /// # Errors
    /// If the mean is not within 1e-6 and 1e9 seconds.
    pub fn new(mean_seconds: f64) -> Result<Self, StaffingError> {
        let patience = Quantity::PatienceSeconds;
        patience.within(mean_seconds, PATIENCE_MIN_SECONDS, PATIENCE_MAX_SECONDS)?;
        Ok(Self { mean_seconds })
    }
}

impl Patience for Exponential {
    fn staying(&self, seconds: f64) -> f64 {
        (-seconds / self.mean_seconds).exp()
    }

    fn waited_seconds(&self, seconds: f64) -> f64 {
        self.mean_seconds * self.gone(seconds)
    }

    fn falling_per_second(&self, seconds: f64) -> f64 {
        self.staying(seconds) / self.mean_seconds
    }

    fn seconds_until_gone(&self, share: f64) -> f64 {
        -self.mean_seconds * (-share).ln_1p()
    }

    fn mean_seconds(&self) -> f64 {
        self.mean_seconds
    }

    fn gone(&self, seconds: f64) -> f64 {
        -(-seconds / self.mean_seconds).exp_m1()
    }

    fn waited_by_gone_seconds(&self, seconds: f64) -> f64 {
        // e^-y (e^y - 1 - y), in patience.
        self.mean_seconds * self.staying(seconds) * exp_gap(-seconds / self.mean_seconds)
    }

    fn step(&self, from: &Fate, step: f64) -> (Fate, f64) {
        let y = step / self.mean_seconds;
        let gap = exp_gap(y);
        // The share of those still there that goes in the step is y - gap.
        let gone = from.gone + from.staying * (y - gap);
        let fate = Fate {
            seconds: from.seconds + step,
            staying: from.staying * (1.0 - y + gap),
            gone,
            waited_seconds: self.mean_seconds * gone,
        };
        (fate, from.staying * self.mean_seconds * gap)
    }

    fn tame_seconds(&self) -> f64 {
        self.mean_seconds
    }
}
