//! How long to wait before the next attempt at a link or a poll that failed.
//!
//! Doubling waits with a random part, so that many monitors do not come back in one instant after
//! a phone system restarts. The first attempt comes soon: a clean restart takes a second, and a
//! moment of failure must not cost a minute of sight. What somebody has to mend is asked for
//! rarely.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// Waits between attempts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    /// Waits from about `first` to `longest`: how long a system that is back may go unnoticed.
    pub(super) const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, failures: 0 }
    }

    /// It worked: the next wait is the first.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// Whether the last attempt failed.
    pub(super) fn is_failing(self) -> bool {
        self.failures > 0
    }

    /// How long to wait now. `permanent`: what failed will fail again until somebody mends it.
    pub(super) fn next(&mut self, permanent: bool) -> Duration {
        let wait = self.wait(permanent, RandomState::new().build_hasher().finish());
        self.failures = self.failures.saturating_add(1);
        wait
    }

    /// Between half of the wait and all of it.
    fn wait(self, permanent: bool, random: u64) -> Duration {
        let doubled = self.first.saturating_mul(1 << self.failures.min(10));
        let whole = if permanent { self.longest } else { doubled.min(self.longest) };
        let half = whole / 2;
        half + half.mul_f64((random >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_vary() {
        let (first, longest) = (Duration::from_millis(500), Duration::from_secs(30));
        let mut backoff = Backoff::new(first, longest);
        let wait = |failures, permanent, random| {
            Backoff { failures, ..backoff }.wait(permanent, random).as_millis()
        };
        assert_eq!((wait(0, false, 0), wait(0, false, u64::MAX)), (250, 500));
        assert_eq!(wait(1, false, 0), 500);
        assert_eq!((wait(20, false, 0), wait(20, false, u64::MAX)), (15_000, 30_000));
        assert_eq!(wait(0, true, 0), 15_000);
        assert!(!backoff.is_failing());
        for _ in 0..100 {
            assert!(backoff.next(false) <= longest);
        }
        assert!(backoff.is_failing());
        backoff.reset();
        assert!(!backoff.is_failing() && backoff.next(false) <= first);
    }
}
