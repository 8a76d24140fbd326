//! The only place that reads the wall clock.

use crate::engine::time::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Where the present instant comes from.
pub trait Clock: Send + Sync + 'static {
    /// The present instant, UTC.
    fn now(&self) -> Timestamp;

    /// How long to wait in real time until `at`; zero where it is past.
    fn until(&self, at: Timestamp) -> Duration;
}

/// The clock of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> Timestamp {
        chrono::Utc::now().into()
    }

    fn until(&self, at: Timestamp) -> Duration {
        let millis = (at - self.now()).as_millis().max(0);
        Duration::from_millis(millis.unsigned_abs())
    }
}

/// A clock that tests and the sped-up demo move by hand. It never goes back.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that stands at `at`.
    pub fn new(at: Timestamp) -> Self {
        Self(AtomicI64::new(at.as_millis()))
    }

    /// Moves the clock forward to `at`; an earlier instant changes nothing.
    pub fn advance_to(&self, at: Timestamp) {
        self.0.fetch_max(at.as_millis(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    /// Whoever moves the clock sends a message too, so there is nothing to wait for.
    fn until(&self, at: Timestamp) -> Duration {
        if at <= self.now() { Duration::ZERO } else { Duration::from_secs(3_600) }
    }
}
