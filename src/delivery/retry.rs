//! When to try again, in one place for every channel.
//!
//! Exponential with a cap, spread over half its length so that a receiver that comes back is not
//! met by everything at once. The spread is derived from the key and the attempt instead of
//! drawn, so that a test and a log can say when the next attempt will be. A receiver that says
//! `Retry-After` is not asked earlier. Nothing is tried beyond the time in which it is useful:
//! an order that arrives after the surge harms.

use crate::engine::time::{Span, Timestamp};
use crate::journal::outbox::{Fate, Intent};
use sha2::{Digest, Sha256};

/// What an answer means for the intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver has it.
    Taken,
    /// The receiver will never take it.
    Refused,
    /// It may work later; at the earliest after the receiver's own wish.
    Later(Option<Span>),
}

/// The retry policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Wait after the first attempt.
    pub first: Span,
    /// Longest wait.
    pub longest: Span,
}

impl Default for Retry {
    /// 2 s, doubled up to 2 min: some 35 attempts in the useful hour of an order.
    fn default() -> Self {
        Self { first: Span::secs(2), longest: Span::minutes(2) }
    }
}

impl Retry {
    /// What becomes of an intent.
    pub fn fate(&self, intent: &Intent, verdict: Verdict, now: Timestamp) -> Fate {
        match verdict {
            Verdict::Taken => Fate::Delivered,
            Verdict::Refused => Fate::Failed,
            Verdict::Later(wish) => {
                let own = self.wait(&intent.key, intent.attempt);
                Fate::Again(now + wish.map_or(own, |w| own.max(w)))
            }
        }
    }

    /// Wait after an attempt: between half of the doubled wait and all of it.
    pub fn wait(&self, key: &str, attempt: u32) -> Span {
        let doublings = attempt.saturating_sub(1).min(30);
        let full = (self.first * (1_i64 << doublings)).min(self.longest);
        let half = full.as_millis() / 2;
        let mut hash = Sha256::new();
        hash.update(key.as_bytes());
        hash.update(attempt.to_le_bytes());
        let digest = hash.finalize();
        let draw = i64::from(u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]]));
        Span::millis(half + draw % (half + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_the_cap_and_is_spread_over_its_half() {
        let retry = Retry::default();
        for attempt in 1..40 {
            let full = (2_000_i64 << (attempt - 1).min(10)).min(120_000);
            let wait = retry.wait("journal-7-0", attempt).as_millis();
            assert!((full / 2..=full).contains(&wait), "attempt {attempt}: {wait} of {full}");
            assert_eq!(wait, retry.wait("journal-7-0", attempt).as_millis());
        }
        let waits: std::collections::BTreeSet<_> =
            (0..20).map(|n| retry.wait(&format!("journal-{n}-0"), 5)).collect();
        assert!(waits.len() > 15, "keys are spread");
    }
}
