//! How long are the calls of the last hour?
//!
//! Sums of calls and of their talk time, both fading with an hour: a mean that follows a surge, whose
//! calls are longer or shorter than usual, and does not jump with each call. Nothing is judged by it.

use super::super::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Time in which what was told fades to 1/e.
const FADES_MINUTES: f64 = 60.0;

/// Fading sums.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::engine) struct Talk {
    calls: f64,
    seconds: f64,
    at: Timestamp,
}

impl Talk {
    /// Nothing was told.
    pub(super) const NONE: Self = Self { calls: 0.0, seconds: 0.0, at: Timestamp::MIN };

    /// Takes calls that talked for so long together.
    pub(super) fn take(&mut self, at: Timestamp, calls: u32, talk: Span) {
        let at = at.max(self.at);
        let kept = (-(at - self.at).as_minutes_f64() / FADES_MINUTES).exp();
        self.calls = self.calls * kept + f64::from(calls);
        self.seconds = self.seconds * kept + talk.as_secs_f64();
        self.at = at;
    }

    /// Calls and their seconds at an instant.
    pub(in crate::engine) fn at(self, at: Timestamp) -> (f64, f64) {
        let kept = (-(at - self.at).as_minutes_f64().max(0.0) / FADES_MINUTES).exp();
        (self.calls * kept, self.seconds * kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_calls_count_more_than_old_ones() {
        let mut talk = Talk::NONE;
        let start = Timestamp::from_secs(1_000_000);
        talk.take(start, 10, Span::secs(1_000));
        assert_eq!(talk.at(start), (10.0, 1_000.0));
        talk.take(start + Span::hours(1), 10, Span::secs(3_000));
        let (calls, seconds) = talk.at(start + Span::hours(1));
        let old = (-1.0_f64).exp();
        assert!((calls - 10.0 * (1.0 + old)).abs() < 1e-9, "{calls}");
        assert!((seconds - (3_000.0 + 1_000.0 * old)).abs() < 1e-6, "{seconds}");
        // What comes late fades nothing.
        talk.take(start, 1, Span::secs(100));
        assert!((talk.at(start + Span::hours(1)).0 - calls - 1.0).abs() < 1e-9);
    }
}
