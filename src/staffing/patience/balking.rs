//! Callers who leave at once when they hear that they would have to wait.

use super::{Fate, Patience};
use crate::staffing::error::{Quantity, StaffingError};

/// Another law, of whose callers a share has no patience at all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Balking<P> {
    balking_share: f64,
    others: P,
}

impl<P: Patience> Balking<P> {
    /// The law `others`, with this share that balks.
    ///
    /// # Errors
    /// If the share is not within 0 and 0.99.
    pub fn new(balking_share: f64, others: P) -> Result<Self, StaffingError> {
        Quantity::BalkingShare.within(balking_share, 0.0, 0.99)?;
        Ok(Self { balking_share, others })
    }

    fn staying_share(&self) -> f64 {
        1.0 - self.balking_share
    }
}

impl<P: Patience> Patience for Balking<P> {
    fn staying(&self, seconds: f64) -> f64 {
        self.staying_share() * self.others.staying(seconds)
    }

    fn waited_seconds(&self, seconds: f64) -> f64 {
        self.staying_share() * self.others.waited_seconds(seconds)
    }

    fn falling_per_second(&self, seconds: f64) -> f64 {
        self.staying_share() * self.others.falling_per_second(seconds)
    }

    fn seconds_until_gone(&self, share: f64) -> f64 {
        if share <= self.balking_share {
            0.0
        } else {
            self.others.seconds_until_gone((share - self.balking_share) / self.staying_share())
        }
    }

    fn mean_seconds(&self) -> f64 {
        self.staying_share() * self.others.mean_seconds()
    }

    fn gone(&self, seconds: f64) -> f64 {
        self.balking_share + self.staying_share() * self.others.gone(seconds)
    }

    fn waited_by_gone_seconds(&self, seconds: f64) -> f64 {
        self.staying_share() * self.others.waited_by_gone_seconds(seconds)
    }

    fn step(&self, from: &Fate, step: f64) -> (Fate, f64) {
        let s = self.staying_share();
        let (fate, lost) = self.others.step(&self.others.fate(from.seconds), step);
        let own = Fate {
            seconds: fate.seconds,
            staying: s * fate.staying,
            gone: self.balking_share + s * fate.gone,
            waited_seconds: s * fate.waited_seconds,
        };
        (own, s * lost)
    }

    fn tame_seconds(&self) -> f64 {
        self.others.tame_seconds()
    }
}
