//! The log-normal law: few give up in the first seconds, a few wait for ever.

use super::{PATIENCE_MAX_SECONDS, PATIENCE_MIN_SECONDS, Patience};
use crate::staffing::error::{Quantity, StaffingError};
use crate::staffing::normal::below;
use statrs::function::erf::erfc_inv;
use std::f64::consts::{PI, SQRT_2};

/// Log-normal patience, by its median and the standard deviation of its logarithm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogNormal {
    median_seconds: f64,
    spread: f64,
}

impl LogNormal {
    /// Log-normal patience with this median in seconds and this standard deviation of its natural
    /// logarithm. The mean is `median · exp(spread² / 2)`.
    ///
    /// # Errors
    /// If the median is not within 1e-6 and 1e9 seconds, or the spread not within 0.05 and 4.
    pub fn new(median_seconds: f64, spread: f64) -> Result<Self, StaffingError> {
        let patience = Quantity::PatienceSeconds;
        patience.within(median_seconds, PATIENCE_MIN_SECONDS, PATIENCE_MAX_SECONDS)?;
        Quantity::PatienceSpread.within(spread, 0.05, 4.0)?;
        Ok(Self { median_seconds, spread })
    }

    /// Seconds as a normal quantile of the law.
    fn quantile(&self, seconds: f64) -> f64 {
        (seconds / self.median_seconds).ln() / self.spread
    }
}

impl Patience for LogNormal {
    fn staying(&self, seconds: f64) -> f64 {
        if seconds > 0.0 { below(-self.quantile(seconds)) } else { 1.0 }
    }

    fn waited_seconds(&self, seconds: f64) -> f64 {
        seconds * self.staying(seconds) + self.waited_by_gone_seconds(seconds)
    }

    fn falling_per_second(&self, seconds: f64) -> f64 {
        if seconds <= 0.0 {
            return 0.0;
        }
        let z = self.quantile(seconds);
        (-0.5 * z * z).exp() / ((2.0 * PI).sqrt() * self.spread * seconds)
    }

    fn seconds_until_gone(&self, share: f64) -> f64 {
        if share <= 0.0 {
            return 0.0;
        }
        if share >= 1.0 {
            return f64::INFINITY;
        }
        let z = -SQRT_2 * erfc_inv(2.0 * share);
        self.median_seconds * (self.spread * z).exp()
    }

    fn mean_seconds(&self) -> f64 {
        self.median_seconds * (0.5 * self.spread * self.spread).exp()
    }

    fn gone(&self, seconds: f64) -> f64 {
        if seconds > 0.0 { below(self.quantile(seconds)) } else { 0.0 }
    }

    fn waited_by_gone_seconds(&self, seconds: f64) -> f64 {
        if seconds > 0.0 {
            self.mean_seconds() * below(self.quantile(seconds) - self.spread)
        } else {
            0.0
        }
    }
}
