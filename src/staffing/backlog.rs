//! A backlog as a fluid: how long until the calls that wait are gone.
//!
//! Erlang's formulas are balances; they know no Monday morning with 120 calls waiting. There the
//! means decide, and they flow (Newell 1982, "Applications of Queueing Theory", chapter 2):
//!
//! ```text
//! dQ/dt = lambda - s mu - theta Q          d = lambda - s mu
//! t = ln(1 - Q0 theta / d) / theta         without abandonment: t = Q0 / -d
//! ```
//! It leaves out chance: near balance a real backlog clears later than its fluid.

use super::error::{Quantity, StaffingError};
use super::traffic::{AGENTS_MAX, Traffic, agents_within};

/// Most calls of a backlog.
pub const BACKLOG_MAX_CALLS: f64 = 1.0e7;
/// Longest time in which a backlog shall clear, in seconds: a week.
pub const CLEAR_MAX_SECONDS: f64 = 604_800.0;

/// Calls that wait, and what goes on coming in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backlog {
    traffic: Traffic,
    waiting_calls: f64,
    /// Rate of giving up of each waiting call, per second; 0 if nobody does.
    giving_up_per_second: f64,
}

impl Backlog {
    /// A backlog of so many calls while `traffic` goes on. `patience_seconds` is the mean
    /// patience; `None` if nobody gives up.
    ///
    /// ```
    /// use callsurge::staffing::{Backlog, Traffic};
    /// // 120 wait, 50 a minute come in for five minutes each; 270 people answer 54 a minute.
    /// let backlog = Backlog::new(&Traffic::new(50.0 / 60.0, 300.0)?, 120.0, None)?;
    /// assert!((backlog.clear_seconds(270)? - 1_800.0).abs() < 1e-6);
    /// assert_eq!(backlog.agents_to_clear(1_800.0)?, 270);
    /// # Ok::<(), callsurge::staffing::StaffingError>(())
    /// ```
    ///
    /// # Errors
    /// If the calls are not within 0 and 10 million, or the patience not within its range.
    pub fn new(
        traffic: &Traffic,
        waiting_calls: f64,
        patience_seconds: Option<f64>,
    ) -> Result<Self, StaffingError> {
        Quantity::BacklogCalls.within(waiting_calls, 0.0, BACKLOG_MAX_CALLS)?;
        if let Some(seconds) = patience_seconds {
            let (low, high) = (super::PATIENCE_MIN_SECONDS, super::PATIENCE_MAX_SECONDS);
            Quantity::PatienceSeconds.within(seconds, low, high)?;
        }
        let giving_up_per_second = patience_seconds.map_or(0.0, f64::recip);
        Ok(Self { traffic: *traffic, waiting_calls, giving_up_per_second })
    }

    /// Time until nobody waits with so many agents, in seconds; 0 if nobody waits.
    ///
    /// # Errors
    /// [`StaffingError::Unstable`] if as many calls come in as can be answered, or more.
    pub fn clear_seconds(&self, agents: u32) -> Result<f64, StaffingError> {
        let n = agents_within(agents)?;
        if self.waiting_calls <= 0.0 {
            return Ok(0.0);
        }
        let load_erlangs = self.traffic.load_erlangs();
        let spare_per_second = (n - load_erlangs) / self.traffic.handle_seconds();
        if spare_per_second <= 0.0 {
            return Err(StaffingError::Unstable { load_erlangs, agents });
        }
        let theta = self.giving_up_per_second;
        let plain = self.waiting_calls / spare_per_second;
        Ok(if theta > 0.0 { (theta * plain).ln_1p() / theta } else { plain })
    }

    /// Calls waiting after so many seconds with so many agents, never below 0.
    ///
    /// # Errors
    /// If the agents or the time (0 to a week) are out of range.
    pub fn waiting_after(&self, agents: u32, seconds: f64) -> Result<f64, StaffingError> {
        let n = agents_within(agents)?;
        Quantity::ClearSeconds.within(seconds, 0.0, CLEAR_MAX_SECONDS)?;
        let inflow = (self.traffic.load_erlangs() - n) / self.traffic.handle_seconds();
        let theta = self.giving_up_per_second;
        let left = if theta > 0.0 {
            // What was there fades, what came since fades too.
            let faded = -(-theta * seconds).exp_m1();
            self.waiting_calls * (1.0 - faded) + inflow * faded / theta
        } else {
            self.waiting_calls + inflow * seconds
        };
        Ok(left.max(0.0))
    }

    /// Fewest agents with whom nobody waits after so many seconds.
    ///
    /// # Errors
    /// If the time is not within a second and a week; out of reach beyond [`AGENTS_MAX`].
    pub fn agents_to_clear(&self, seconds: f64) -> Result<u32, StaffingError> {
        Quantity::ClearSeconds.within(seconds, 1.0, CLEAR_MAX_SECONDS)?;
        if self.waiting_calls <= 0.0 {
            return Ok(0);
        }
        let theta = self.giving_up_per_second;
        let grown = (theta * seconds).exp_m1();
        let spare = self.waiting_calls * if grown > 0.0 { theta / grown } else { 1.0 / seconds };
        let exact = self.traffic.load_erlangs() + spare * self.traffic.handle_seconds();
        // At least one more than the load, which only holds the backlog.
        let least = whole(exact).max(self.traffic.load_erlangs().floor() + 1.0);
        if least > f64::from(AGENTS_MAX) {
            return Err(StaffingError::OutOfReach {
                quantity: Quantity::ClearSeconds,
                target: seconds,
            });
        }
        Ok(least as u32)
    }
}

/// The next whole number; one that is only a rounding error above a whole number is that number.
pub(super) fn whole(exact: f64) -> f64 {
    (exact - 1.0e-9 * exact.max(1.0)).ceil()
}
