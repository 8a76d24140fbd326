//! Callers who gave up call again: a shortage feeds itself.
//!
//! If a share `r` of those who give up calls again soon, the calls offered are those of first
//! callers plus their redials, and the redials depend on what is offered:
//!
//! ```text
//! lambda' = lambda + r · abandoned(lambda') · lambda'
//! ```
//! The left side minus the right rises with lambda', so there is one solution. Redials are taken
//! as one more Poisson stream, which holds when people wait a while before they call again.
//! (After the "Erlang X" calculators; a fixed point as in Sze 1984, Operations Research 32:229.)

use super::erlang_a::{ErlangA, Station};
use super::erlang_c::threshold_within;
use super::error::{Quantity, StaffingError};
use super::patience::Patience;
use super::traffic::{Traffic, agents_within};

/// Largest share that calls again: at most ten calls of each caller.
pub const REDIAL_SHARE_MAX: f64 = 0.9;
/// Relative precision of the balance.
const PRECISION: f64 = 1.0e-14;
/// Steps of the search; it doubles its digits with each.
const STEPS_MAX: u32 = 100;

/// Share of those who give up that calls again.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Redials {
    share: f64,
}

impl Redials {
    /// A share that calls again.
    ///
    /// # Errors
    /// If it is not within 0 and [`REDIAL_SHARE_MAX`].
    pub fn new(share: f64) -> Result<Self, StaffingError> {
        Quantity::RedialShare.within(share, 0.0, REDIAL_SHARE_MAX)?;
        Ok(Self { share })
    }
}

/// A queue with redials, in balance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Redialled {
    /// Load of first calls and redials, in Erlang.
    pub load_erlangs: f64,
    /// The queue under that load; its shares are of first calls and redials together.
    pub queue: ErlangA,
}

/// A queue whose abandoned callers call again; `traffic` is that of first calls.
///
/// ```
/// use callsurge::staffing::{Exponential, Redials, Traffic, redialled};
/// // Half of them call again: ten agents too few cost another 27 points of service level.
/// let traffic = Traffic::of_load(100.0, 300.0)?;
/// let found = redialled(&traffic, &Exponential::new(180.0)?, 90, 20.0, Redials::new(0.5)?)?;
/// assert!((found.load_erlangs - 110.248_716).abs() < 1e-6);
/// assert!((found.queue.answered_in_time - 0.225_420).abs() < 1e-6);
/// # Ok::<(), callsurge::staffing::StaffingError>(())
/// ```
///
/// # Errors
/// As [`erlang_a`](super::erlang_a).
pub fn redialled(
    traffic: &Traffic,
    law: &impl Patience,
    agents: u32,
    threshold_seconds: f64,
    redials: Redials,
) -> Result<Redialled, StaffingError> {
    agents_within(agents)?;
    threshold_within(threshold_seconds)?;
    let first = traffic.load_erlangs();
    let at = |load: f64| {
        let unstable = StaffingError::Unstable { load_erlangs: load, agents };
        Station::new(&traffic.with_load(load), law, threshold_seconds).at(agents).ok_or(unstable)
    };
    // What is missing from the balance, as a share of the first calls.
    let missing =
        |load: f64, queue: &ErlangA| load * (1.0 - redials.share * queue.abandoned) - first;
    let (mut low, mut high) = (first, first / (1.0 - redials.share));
    let mut queue = at(first)?;
    let (mut load, mut gap) = (first, missing(first, &queue));
    if gap < 0.0 {
        let (mut before, mut gap_before) = (high, missing(high, &at(high)?));
        for _ in 0..STEPS_MAX {
            let secant = load - gap * (load - before) / (gap - gap_before);
            let next = if secant > low && secant < high { secant } else { 0.5 * (low + high) };
            (before, gap_before) = (load, gap);
            load = next;
            queue = at(load)?;
            gap = missing(load, &queue);
            if gap < 0.0 {
                low = load;
            } else {
                high = load;
            }
            // At the solution a secant of rounding errors leads anywhere.
            if gap.abs() <= PRECISION * load || high - low <= PRECISION * load {
                break;
            }
        }
    }
    Ok(Redialled { load_erlangs: load, queue })
}
