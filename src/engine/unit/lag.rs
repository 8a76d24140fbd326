//! How far behind does a unit usually go?
//!
//! Rows older than tau raise no level: they tell of what is over. Where every row comes five
//! minutes late, year in year out, that would be every row. A delay that was the same for half an
//! hour is the usual one and is allowed for; while a source catches up, it is not the same.

use crate::engine::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a delay has to last.
const WINDOW: Span = Span::minutes(30);
/// A delay beyond this is never usual.
const USUAL_MAX: Span = Span::minutes(15);

/// The delay of a unit: between an instant and its evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Lag {
    since: Option<Timestamp>,
    least: Span,
    most: Span,
    usual: Span,
}

impl Lag {
    /// At `now` the unit was evaluated up to `at`; delays that differ by at most `tau` are the
    /// same.
    pub(super) fn note(&mut self, at: Timestamp, now: Timestamp, tau: Span) {
        let lag = (now - at).max(Span::ZERO);
        match self.since {
            Some(since) if now - since < WINDOW => {
                (self.least, self.most) = (self.least.min(lag), self.most.max(lag));
            }
            ended => {
                let steady = ended.is_some_and(|since| now - since < WINDOW * 2)
                    && self.most - self.least <= tau
                    && self.least <= USUAL_MAX;
                self.usual = if steady { self.least } else { Span::ZERO };
                (self.since, self.least, self.most) = (Some(now), lag, lag);
            }
        }
    }

    /// The delay that is usual, at most [`USUAL_MAX`].
    pub(super) fn usual(&self) -> Span {
        self.usual
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAU: Span = Span::minutes(3);

    fn noted(lags: impl IntoIterator<Item = i64>) -> Lag {
        let mut lag = Lag::default();
        for (minute, behind) in lags.into_iter().enumerate() {
            let now = Timestamp::from_secs(minute as i64 * 60);
            lag.note(now - Span::minutes(behind), now, TAU);
        }
        lag
    }

    #[test]
    fn a_steady_delay_is_usual_and_another_is_not() {
        assert_eq!(noted([5; 30]).usual(), Span::ZERO);
        assert_eq!(noted([5; 31]).usual(), Span::minutes(5));
        assert_eq!(noted([5; 31].into_iter().chain([0; 60])).usual(), Span::ZERO);
        assert_eq!(noted([16; 100]).usual(), Span::ZERO);
    }

    #[test]
    fn catching_up_is_no_steady_delay() {
        assert_eq!(noted((0..120).map(|m| 10 - m / 12)).usual(), Span::minutes(3));
        assert_eq!(noted((0..40).map(|m| 12 - m / 4)).usual(), Span::ZERO);
    }
}
