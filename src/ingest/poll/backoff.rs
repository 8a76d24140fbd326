//! How long to wait after a poll that failed.
//!
//! The first failure is tried again within a second: an ACD that was busy for a moment must not
//! cost a minute of sight. Then the wait doubles, with a random part so that many monitors do not
//! come back in one instant. What somebody has to mend is asked for rarely.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
/// The longest wait, unless polls are rarer: how long an ACD that is back may go unnoticed.
const LONGEST: Duration = Duration::from_secs(60);
/// No wish of an ACD is honoured beyond this.
pub(super) const WISH_MAX: Duration = Duration::from_secs(3_600);

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// A poll was good.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// Whether the last poll failed.
    pub(super) fn is_failing(self) -> bool {
        self.failures > 0
    }

    /// The wait after a failure. `permanent`: it will fail until somebody mends it. `wish`: the
    /// ACD does not want to be asked earlier.
    pub(super) fn next(
        &mut self,
        interval: Duration,
        permanent: bool,
        wish: Option<Duration>,
    ) -> Duration {
        let random = RandomState::new().build_hasher().finish();
        let own = self.wait(interval, permanent, random);
        self.failures = self.failures.saturating_add(1);
        wish.map_or(own, |wish| own.max(wish.min(WISH_MAX)))
    }

    /// Between half of the wait and all of it.
    fn wait(self, interval: Duration, permanent: bool, random: u64) -> Duration {
        let longest = LONGEST.max(interval);
        let doubled = FIRST.saturating_mul(1 << self.failures.min(10));
        let whole = if permanent { longest } else { doubled.min(longest) };
        let half = whole / 2;
        half + half.mul_f64((random >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_vary() {
        let every = Duration::from_secs(15);
        let wait = |failures, random| Backoff { failures }.wait(every, false, random).as_millis();
        assert_eq!((wait(0, 0), wait(0, u64::MAX)), (500, 1_000));
        assert_eq!(wait(3, 0), 4_000);
        assert_eq!((wait(30, 0), wait(30, u64::MAX)), (30_000, 60_000));
        let rare = Duration::from_secs(300);
        assert_eq!(Backoff { failures: 30 }.wait(rare, false, 0).as_secs(), 150);
        assert_eq!(Backoff::default().wait(every, true, 0).as_secs(), 30);
    }

    #[test]
    fn a_wish_is_honoured_up_to_an_hour() {
        let mut backoff = Backoff::default();
        let every = Duration::from_secs(15);
        let wish = |secs| Some(Duration::from_secs(secs));
        assert_eq!(backoff.next(every, false, wish(30)), Duration::from_secs(30));
        assert_eq!(backoff.next(every, false, wish(100_000)), WISH_MAX);
        assert!(backoff.next(every, false, wish(0)) >= Duration::from_secs(2));
        assert!(backoff.is_failing());
        backoff.reset();
        assert!(!backoff.is_failing());
    }
}
