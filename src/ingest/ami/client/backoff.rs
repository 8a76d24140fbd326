//! How long to wait before the next attempt.
//!
//! Doubling waits with a random part, so that many monitors do not come back in one instant after
//! a PBX restarts. The first attempt comes soon: a clean restart takes a second.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// The first wait.
const FIRST: Duration = Duration::from_millis(500);
/// The longest wait: how long a PBX that is back may go unnoticed.
const LONGEST: Duration = Duration::from_secs(30);

/// Waits between attempts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The link was up: the next wait is the first.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// How long to wait now. `permanent`: what failed will fail again until somebody mends it.
    pub(super) fn next(&mut self, permanent: bool) -> Duration {
        let wait = self.wait(permanent, RandomState::new().build_hasher().finish());
        self.failures = self.failures.saturating_add(1);
        wait
    }

    /// Between half of the wait and all of it.
    fn wait(self, permanent: bool, random: u64) -> Duration {
        let doubled = FIRST.saturating_mul(1 << self.failures.min(10));
        let whole = if permanent { LONGEST } else { doubled.min(LONGEST) };
        let half = whole / 2;
        half + half.mul_f64((random >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_vary() {
        let after = |failures| Backoff { failures };
        let millis = |b: Backoff, r| b.wait(false, r).as_millis();
        assert_eq!(millis(after(0), 0), 250);
        assert_eq!(millis(after(0), u64::MAX), 500);
        assert_eq!(millis(after(1), 0), 500);
        assert_eq!(millis(after(20), 0), 15_000);
        assert_eq!(after(0).wait(true, 0).as_millis(), 15_000);
        let mut backoff = Backoff::default();
        for _ in 0..100 {
            assert!(backoff.next(false) <= LONGEST);
        }
        backoff.reset();
        assert!(backoff.next(false) <= FIRST);
    }
}
