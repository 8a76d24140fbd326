//! The clock of the other side, by `Ping`.
//!
//! The answer carries the instant at which it was written; half of the round trip is the error.
//! Of the latest answers the one with the shortest round trip is believed, so that a busy moment
//! does not move event time.

use crate::engine::time::{Span, Timestamp};
use std::collections::VecDeque;

/// Answers that are looked at: a drifting clock is followed within a minute and a half.
const ANSWERS: usize = 16;
/// A round trip that took longer measures nothing.
const TRIP_MAX: Span = Span::secs(5);

/// What was measured.
#[derive(Debug, Default)]
pub(super) struct ServerClock {
    /// Round trip and offset, oldest first.
    answers: VecDeque<(Span, Span)>,
}

impl ServerClock {
    /// An answer that came at `came` to a question of `asked` says `stamp`.
    pub(super) fn measure(&mut self, asked: Timestamp, came: Timestamp, stamp: Timestamp) {
        let trip = came - asked;
        if trip < Span::ZERO || trip > TRIP_MAX {
            return;
        }
        if self.answers.len() >= ANSWERS {
            self.answers.pop_front();
        }
        let middle = asked + Span::millis(trip.as_millis() / 2);
        self.answers.push_back((trip, stamp - middle));
    }

    /// How far the other clock is ahead.
    pub(super) fn offset(&self) -> Option<Span> {
        self.answers.iter().min_by_key(|(trip, _)| *trip).map(|(_, offset)| *offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_round_trip_is_believed() {
        let mut clock = ServerClock::default();
        let at = Timestamp::from_millis;
        assert_eq!(clock.offset(), None);
        clock.measure(at(1_000), at(1_400), at(1_900));
        assert_eq!(clock.offset(), Some(Span::millis(700)));
        clock.measure(at(2_000), at(2_010), at(2_505));
        assert_eq!(clock.offset(), Some(Span::millis(500)));
        clock.measure(at(3_000), at(2_000), at(9_000));
        clock.measure(at(3_000), at(9_000), at(9_000));
        assert_eq!(clock.offset(), Some(Span::millis(500)));
    }
}
