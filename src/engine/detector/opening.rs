//! How surely is the level known when the doors open?
//!
//! The first half hour of a day against the profile, over the last openings. The level of whole
//! days says too little: on the first of a month a bank opened 50 % up and was 20 to 35 % up for
//! most of the next hour and a half.

use super::{Basis, Row};
use serde::{Deserialize, Serialize};

/// An opening is what happens in this time.
const OPENING_MINUTES: f64 = 30.0;
/// An opening that misses by more counts as this much: the square of 40 %.
const OPENING_VARIANCE_MAX: f64 = 0.16;
/// Weight of an opening.
const OPENING_GAIN: f64 = 0.1;

/// How openings of settled days compare with the profile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Opening {
    pub(super) variance: f64,
    /// Calls and expected calls of today's first minutes, and how many those are.
    calls: f64,
    expected: f64,
    minutes: f64,
}

impl Opening {
    pub(super) const NEW: Self = Self { variance: 0.02, calls: 0.0, expected: 0.0, minutes: 0.0 };

    /// A day begins.
    pub(super) fn begin(&mut self) {
        *self = Self { variance: self.variance, ..Self::NEW };
    }

    /// Whether the day has begun half an hour ago.
    pub(super) fn is_over(&self) -> bool {
        self.minutes >= OPENING_MINUTES
    }

    /// Adds a row of a settled day; after half an hour the opening is compared.
    pub(super) fn observe(&mut self, row: &Row) {
        if self.minutes >= OPENING_MINUTES || row.basis != Basis::Settled {
            return;
        }
        self.calls += row.calls;
        self.expected += row.profile;
        self.minutes += row.minutes;
        if self.minutes >= OPENING_MINUTES {
            let miss = self.calls / self.expected - 1.0;
            let variance = (miss * miss - 1.0 / self.expected).clamp(0.0, OPENING_VARIANCE_MAX);
            self.variance += OPENING_GAIN * (variance - self.variance);
        }
    }
}
