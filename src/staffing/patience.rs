//! How long callers wait before they give up.
//!
//! A patience law is its survival function and two integrals of it; everything else follows. The
//! model asks nothing more of it (Mandelbaum & Zeltyn 2007, "Service engineering in action: the
//! Palm/Erlang-A queue, with applications to call centers", section 4 and its M/M/n+G formulas),
//! so that a measured law drops in where the exponential one does not fit.

mod balking;
mod exponential;
mod log_normal;

pub use balking::Balking;
pub use exponential::Exponential;
pub use log_normal::LogNormal;

/// Shortest mean patience, in seconds.
pub const PATIENCE_MIN_SECONDS: f64 = 1.0e-6;
/// Longest mean patience, in seconds: nobody gives up.
pub const PATIENCE_MAX_SECONDS: f64 = 1.0e9;

/// What became of callers who would have had to wait so many seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fate {
    /// The wait that was offered, in seconds.
    pub seconds: f64,
    /// Share still there.
    pub staying: f64,
    /// Share gone; kept apart because it is precise where it is small.
    pub gone: f64,
    /// Mean time that a caller of this fate really waited, in seconds.
    pub waited_seconds: f64,
}

/// A patience law.
///
/// Implement the first five; the rest has forms that hold for every law and may be overridden by
/// ones that keep more digits.
pub trait Patience {
    /// Share of callers whose patience exceeds so many seconds: 1 or less at 0 (less if some
    /// balk), never rising, 0 in the end.
    fn staying(&self, seconds: f64) -> f64;

    /// Integral of [`staying`](Self::staying) from 0, in seconds: the mean time waited of callers
    /// who are offered this wait.
    fn waited_seconds(&self, seconds: f64) -> f64;

    /// How fast the share falls, per second.
    fn falling_per_second(&self, seconds: f64) -> f64;

    /// The wait at which this share is gone, in seconds; infinite if it never is.
    fn seconds_until_gone(&self, share: f64) -> f64;

    /// Mean patience, in seconds.
    fn mean_seconds(&self) -> f64;

    /// Share gone.
    fn gone(&self, seconds: f64) -> f64 {
        1.0 - self.staying(seconds)
    }

    /// `waited - seconds · staying`: what those who gave up have waited, in seconds.
    fn waited_by_gone_seconds(&self, seconds: f64) -> f64 {
        self.waited_seconds(seconds) - seconds * self.staying(seconds)
    }

    /// Everything of one wait.
    fn fate(&self, seconds: f64) -> Fate {
        Fate {
            seconds,
            staying: self.staying(seconds),
            gone: self.gone(seconds),
            waited_seconds: self.waited_seconds(seconds),
        }
    }

    /// The fate `step` seconds after (or before) another one, and the integral over the step of
    /// what has been lost since, in seconds: `staying · step - (waited after - waited before)`.
    fn step(&self, from: &Fate, step: f64) -> (Fate, f64) {
        let fate = self.fate(from.seconds + step);
        let lost = from.staying * step - (fate.waited_seconds - from.waited_seconds);
        (fate, lost.max(0.0))
    }

    /// Length in seconds over which the survival function is as tame as an exponential over its
    /// mean; integrals over a few of it are taken at once. Zero: every integral is checked
    /// against a finer one.
    fn tame_seconds(&self) -> f64 {
        0.0
    }
}
