//! Erlang C: calls that find every agent busy wait, and nobody ever gives up.
//!
//! The usual calculator of planners, and the wrong one in a surge: with as many Erlang as agents
//! the queue grows without end, so there is no answer but [`StaffingError::Unstable`]. It is here
//! for comparison and because it bounds [`erlang_a`](super::erlang_a) from above.
//!
//! ```text
//! C = 1 / (rho + (1 - rho) / B)      rho = A / n      P(wait > t) = C exp(-(n - A) t / handle)
//! ```

use super::erlang_b::Inverse;
use super::error::{Quantity, StaffingError};
use super::traffic::{AGENTS_MAX, Traffic, agents_within};

/// A queue without abandonment, in balance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErlangC {
    /// Probability that a call has to wait.
    pub wait_probability: f64,
    /// Mean wait of all calls, in seconds (ASA).
    pub mean_wait_seconds: f64,
    /// Share of their time that agents are busy.
    pub occupancy: f64,
    /// Mean number of calls waiting.
    pub waiting_calls: f64,
    /// How fast the tail of the wait falls, per second.
    drain_per_second: f64,
}

/// A queue without abandonment with so many agents.
///
/// ```
/// use callsurge::staffing::{Traffic, erlang_c};
/// // 100 calls in half an hour, three minutes each, 14 agents: 89 % within 20 s.
/// let queue = erlang_c(&Traffic::new(100.0 / 1_800.0, 180.0)?, 14)?;
/// assert!((queue.service_level(20.0)? - 0.888_35).abs() < 1e-6);
/// # Ok::<(), callsurge::staffing::StaffingError>(())
/// ```
///
/// # Errors
/// [`StaffingError::Unstable`] if the agents do not exceed the load, except where nothing is
/// offered; out of range if the agents exceed [`AGENTS_MAX`].
pub fn erlang_c(traffic: &Traffic, agents: u32) -> Result<ErlangC, StaffingError> {
    let n = agents_within(agents)?;
    let (load, handle) = (traffic.load_erlangs(), traffic.handle_seconds());
    if load <= 0.0 {
        return Ok(ErlangC::of(0.0, traffic, n));
    }
    if n <= load {
        return Err(StaffingError::Unstable { load_erlangs: load, agents });
    }
    debug_assert!(handle > 0.0);
    let inverse = Inverse::of(n, load).plain();
    Ok(ErlangC::of(wait_probability(inverse, n, load), traffic, n))
}

fn wait_probability(inverse: f64, n: f64, load: f64) -> f64 {
    let idle = (n - load) / n;
    1.0 / (load / n + idle * inverse)
}

impl ErlangC {
    fn of(wait_probability: f64, traffic: &Traffic, n: f64) -> Self {
        let (load, handle) = (traffic.load_erlangs(), traffic.handle_seconds());
        if load <= 0.0 {
            let drain_per_second = n / handle;
            return Self {
                wait_probability,
                mean_wait_seconds: 0.0,
                occupancy: 0.0,
                waiting_calls: 0.0,
                drain_per_second,
            };
        }
        Self {
            wait_probability,
            mean_wait_seconds: wait_probability * handle / (n - load),
            occupancy: load / n,
            waiting_calls: wait_probability * load / (n - load),
            drain_per_second: (n - load) / handle,
        }
    }

    /// Share of calls answered within the threshold, in seconds.
    ///
    /// # Errors
    /// If the threshold is not within 0 and a day.
    pub fn service_level(&self, threshold_seconds: f64) -> Result<f64, StaffingError> {
        threshold_within(threshold_seconds)?;
        Ok(self.answered_within(threshold_seconds))
    }

    fn answered_within(&self, threshold_seconds: f64) -> f64 {
        1.0 - self.wait_probability * (-self.drain_per_second * threshold_seconds).exp()
    }

    /// The wait that this share of calls does not exceed, in seconds; 0 where so many do not wait.
    ///
    /// # Errors
    /// If the share is not within 0 and 0.999999.
    pub fn wait_percentile_seconds(&self, share: f64) -> Result<f64, StaffingError> {
        Quantity::Percentile.within(share, 0.0, 0.999_999)?;
        let beyond = 1.0 - share;
        if self.wait_probability <= beyond {
            return Ok(0.0);
        }
        Ok((self.wait_probability / beyond).ln() / self.drain_per_second)
    }
}

/// Fewest agents that answer the target share of calls within the threshold, nobody giving up.
///
/// # Errors
/// If an input is out of range: the threshold within 0 and a day, the target within 0.000001 and
/// 0.999999.
pub fn agents_for_service_level_c(
    traffic: &Traffic,
    threshold_seconds: f64,
    target: f64,
) -> Result<u32, StaffingError> {
    threshold_within(threshold_seconds)?;
    Quantity::ServiceLevel.within(target, 1e-6, 0.999_999)?;
    let load = traffic.load_erlangs();
    if load <= 0.0 {
        return Ok(0);
    }
    // The first stable number; each further one costs a multiplication.
    let mut n = load.floor() + 1.0;
    let mut inverse = Inverse::of(n, load).plain();
    loop {
        let queue = ErlangC::of(wait_probability(inverse, n, load), traffic, n);
        if queue.answered_within(threshold_seconds) >= target {
            break;
        }
        n += 1.0;
        inverse = 1.0 + n / load * inverse;
    }
    debug_assert!(n < f64::from(AGENTS_MAX));
    Ok(n as u32)
}

/// Refuses thresholds beyond a day.
pub(super) fn threshold_within(seconds: f64) -> Result<f64, StaffingError> {
    Quantity::ThresholdSeconds.within(seconds, 0.0, super::THRESHOLD_MAX_SECONDS)
}
