//! What is offered: calls per second, handle time, and their product, the load in Erlang.

use super::error::{Quantity, StaffingError};

/// Largest offered load, in Erlang: ten times a national centre.
pub const LOAD_MAX_ERLANGS: f64 = 100_000.0;
/// Longest mean handle time, in seconds: a day.
pub const HANDLE_MAX_SECONDS: f64 = 86_400.0;
/// Shortest mean handle time, in seconds.
pub const HANDLE_MIN_SECONDS: f64 = 0.001;
/// Most agents of a question or an answer.
pub const AGENTS_MAX: u32 = 2_000_000;

/// Offered traffic: calls arrive as a Poisson stream and take an exponential time to handle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traffic {
    load_erlangs: f64,
    handle_seconds: f64,
}

impl Traffic {
    /// Traffic of so many calls per second with this mean handle time in seconds.
    ///
    /// ```
    /// use callsurge::staffing::Traffic;
    /// // 360 calls an hour of four minutes each keep 24 people busy.
    /// let traffic = Traffic::new(360.0 / 3_600.0, 240.0)?;
    /// assert_eq!(traffic.load_erlangs(), 24.0);
    /// # Ok::<(), callsurge::staffing::StaffingError>(())
    /// ```
    ///
    /// # Errors
    /// If the handle time is not within 0.001 s and a day, or the load not within 0 and
    /// [`LOAD_MAX_ERLANGS`].
    pub fn new(calls_per_second: f64, handle_seconds: f64) -> Result<Self, StaffingError> {
        let most = LOAD_MAX_ERLANGS / HANDLE_MIN_SECONDS;
        Quantity::CallsPerSecond.within(calls_per_second, 0.0, most)?;
        Self::of_load(calls_per_second * handle_seconds, handle_seconds)
    }

    /// Traffic of a load in Erlang.
    ///
    /// # Errors
    /// As [`Traffic::new`].
    pub fn of_load(load_erlangs: f64, handle_seconds: f64) -> Result<Self, StaffingError> {
        let handle = Quantity::HandleSeconds;
        handle.within(handle_seconds, HANDLE_MIN_SECONDS, HANDLE_MAX_SECONDS)?;
        Quantity::LoadErlangs.within(load_erlangs, 0.0, LOAD_MAX_ERLANGS)?;
        Ok(Self { load_erlangs, handle_seconds })
    }

    /// The load in Erlang: how many calls are in progress on average if all are answered.
    pub const fn load_erlangs(&self) -> f64 {
        self.load_erlangs
    }

    /// Mean handle time in seconds.
    pub const fn handle_seconds(&self) -> f64 {
        self.handle_seconds
    }

    /// Calls offered per second.
    pub fn calls_per_second(&self) -> f64 {
        self.load_erlangs / self.handle_seconds
    }

    /// The same calls with another load: what redials make of it, beyond the limit of inputs.
    pub(super) const fn with_load(self, load_erlangs: f64) -> Self {
        Self { load_erlangs, ..self }
    }
}

/// Refuses more agents than [`AGENTS_MAX`].
pub(super) fn agents_within(agents: u32) -> Result<f64, StaffingError> {
    Quantity::Agents.within(f64::from(agents), 0.0, f64::from(AGENTS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_refused_with_its_name() {
        for (calls, handle) in
            [(f64::NAN, 1.0), (-1.0, 1.0), (1.0, 0.0), (1.0, f64::NAN), (1e6, 1.0), (1.0, 1e6)]
        {
            assert!(Traffic::new(calls, handle).is_err(), "{calls} {handle}");
        }
        let error = Traffic::new(1.0, 0.0).expect_err("no handle time");
        assert_eq!(error.to_string(), "handle time in seconds is 0; allowed are 0.001 to 86400");
        assert!(Traffic::of_load(0.0, 1.0).is_ok() && Traffic::of_load(1e5, 1.0).is_ok());
    }
}
