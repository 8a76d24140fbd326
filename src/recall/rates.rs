//! When a message leaves, given how many a channel sends a minute.
//!
//! A token bucket, counted as the time at which it would be full again (GCRA): one number a channel,
//! whole milliseconds, no refill to simulate. A bucket without burst makes each message wait its full
//! turn, so that 300 people over 20 a minute are reached after 15:00.

use crate::engine::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// How fast a channel sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelRate {
    /// Messages a minute; 0 is taken as 1.
    pub rate_per_minute: u32,
    /// Messages that may leave at once after a pause.
    pub burst: u32,
}

/// The bucket of a channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    rate: ChannelRate,
    full_at: Timestamp,
}

impl Bucket {
    pub(super) const fn new(rate: ChannelRate, at: Timestamp) -> Self {
        Self { rate, full_at: at }
    }

    /// When a message given to the channel at `at` leaves.
    pub(super) fn send(&mut self, at: Timestamp) -> Timestamp {
        let turn = Span::millis(60_000_i64.div_euclid(i64::from(self.rate.rate_per_minute.max(1))));
        self.full_at = self.full_at.max(at) + turn;
        at.max(self.full_at - turn * i64::from(self.rate.burst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(rate_per_minute: u32, burst: u32, messages: u32) -> Span {
        let start = Timestamp::from_secs(0);
        let mut bucket = Bucket::new(ChannelRate { rate_per_minute, burst }, start);
        (0..messages).map(|_| bucket.send(start)).last().unwrap() - start
    }

    #[test]
    fn three_hundred_people_over_twenty_a_minute_take_a_quarter_of_an_hour() {
        assert_eq!(last(20, 0, 300), Span::minutes(15));
        assert_eq!(last(20, 20, 300), Span::minutes(14));
        assert_eq!(last(20, 20, 20), Span::ZERO);
    }

    #[test]
    fn a_pause_fills_the_bucket_again_and_no_more_than_that() {
        let at = Timestamp::from_secs;
        let mut bucket = Bucket::new(ChannelRate { rate_per_minute: 60, burst: 2 }, at(0));
        let left: Vec<_> = [0, 0, 0, 100, 100, 100].map(|s| bucket.send(at(s))).into();
        assert_eq!(left, [0, 0, 1, 100, 100, 101].map(at));
    }
}
