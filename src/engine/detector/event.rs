//! A time in which more calls are announced: a campaign, a mailing, a price change.
//!
//! The announced factor multiplies what is expected of the rows, and how the time really runs is
//! learned by the level, which is known less well from its start on: the factor is a guess. The
//! level does not fall below what it was, because calls that begin later than announced are no
//! reason to take them for a surge when they come. At the end the level of before is back, as far
//! as it is still known; what was learned meanwhile belongs to the announcement.

use super::{Detector, Row};
use crate::engine::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Sd of an announced factor.
const FACTOR_SD: f64 = 0.15;

/// The level when the announced time began.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Before {
    x: f64,
    variance: f64,
    at: Timestamp,
}

impl Before {
    /// It is less surely known by this variance.
    pub(super) fn doubt(&mut self, variance: f64) {
        self.variance += variance;
    }

    #[cfg(test)]
    pub(super) fn variance(&self) -> f64 {
        self.variance
    }
}

impl Detector {
    /// Notes where an announced time begins, and goes back to the level of before at its end.
    pub(super) fn enter_event(&mut self, row: &Row) {
        if row.is_announced() {
            if self.before_event.is_none() {
                let (x, variance) = (self.level.x, self.level.variance);
                self.before_event = Some(Before { x, variance, at: row.start });
                self.level.variance = variance.max(FACTOR_SD * FACTOR_SD);
                self.level.forget_steps(row.start);
            }
        } else if let Some(before) = self.before_event.take() {
            (self.level.x, self.level.variance) = (before.x, before.variance);
            self.level.skip(row.start - before.at);
            self.level.forget_steps(row.start);
        }
    }

    /// Keeps the level of an announced time at what it was before, at least.
    pub(super) fn hold_level(&mut self) {
        if let Some(before) = self.before_event {
            self.level.x = self.level.x.max(before.x);
        }
    }

    /// The profile moved by this factor.
    pub(super) fn rebase(&mut self, moved: f64) {
        self.level.rebase(moved);
        self.ramps.rebase(moved);
        if let Some(before) = &mut self.before_event {
            before.x = (1.0 + before.x) / moved - 1.0;
        }
    }
}
