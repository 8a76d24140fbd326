//! A slow rise: its score, when it is an alarm, and whether it is over.
//!
//! Sums of hours fade for hours after a rise, so its end has a test of its own ([`Rise::follow`]), the
//! likelihood ratio of "nearly back" against "still as high", restarted at zero as in
//! [`excursion`](super::excursion). It asks for more than that one does, since a rise that goes on is
//! found again only after hours.

use super::excursion::{LASTING, asks};
use crate::engine::tail::log_ratio;
use crate::engine::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Log-likelihood ratio with which rows say that no more than [`LEFT`] of the rise is left.
const END: f64 = 8.0;
const LEFT: f64 = 0.2;
/// Variance of such rows beyond counting, relative to the square of the mean.
const END_VARIANCE: f64 = 0.01;
const END_MINUTES_MIN: f64 = 5.0;
/// A weak one tells of something for so long after its score grew: it is summed up by half hours.
const TELLS: Span = Span::minutes(30);

/// An open rise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Rise {
    pub(super) since: Timestamp,
    /// Highest score so far.
    pub(super) score: f64,
    /// When the score grew last.
    grown: Timestamp,
    /// When it became an alarm.
    alarmed: Option<Timestamp>,
    /// Largest excess so far, relative to what is expected.
    pub(super) size: f32,
    pub(super) minutes: f64,
    /// Log-likelihood ratio of the end, and for how long rows have spoken for it.
    against: f64,
    quiet_minutes: f64,
}

impl Rise {
    /// One since `since` that is found at `end`.
    pub(super) fn open(since: Timestamp, end: Timestamp, score: f64, size: f32) -> Self {
        Self {
            since,
            score,
            grown: end,
            alarmed: None,
            size,
            minutes: (end - since).as_minutes_f64(),
            against: 0.0,
            quiet_minutes: 0.0,
        }
    }

    /// Takes the score at the end of a row, and the excess.
    pub(super) fn raise(&mut self, score: f64, size: f32, end: Timestamp) {
        if score > self.score {
            (self.score, self.grown) = (score, end);
        }
        self.size = self.size.max(size);
    }

    /// Takes a row of which so many calls are expected without the rise; whether it ends it.
    pub(super) fn follow(&mut self, calls: f64, expected: f64, length: Span) -> bool {
        let minutes = length.as_minutes_f64();
        self.minutes += minutes;
        let size = f64::from(self.size);
        let left = 1.0 + LEFT * size;
        let ratio = log_ratio(calls, left * expected, END_VARIANCE, (1.0 + size) / left);
        self.against = (self.against - ratio).max(0.0);
        self.quiet_minutes = if self.against > 0.0 { self.quiet_minutes + minutes } else { 0.0 };
        self.against >= END && self.quiet_minutes >= END_MINUTES_MIN
    }

    /// Becomes an alarm where its score is at the threshold.
    pub(super) fn compare(&mut self, threshold: f64, end: Timestamp) {
        if self.alarmed.is_none() && self.score >= threshold {
            self.alarmed = Some(end);
        }
    }

    /// Whether it still tells of something at `end`, where this is its score beside others.
    pub(super) fn tells(&self, score: f64, end: Timestamp) -> bool {
        score >= LASTING || end - self.grown < TELLS
    }

    /// Whether it is an alarm at `end`, where this is its score beside others.
    pub(super) fn asks(&self, score: f64, end: Timestamp) -> bool {
        asks(self.alarmed, score, end)
    }
}
