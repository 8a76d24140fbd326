//! The inverse of Erlang A: how many agents a target needs.

use super::erlang_a::{ErlangA, Station};
use super::erlang_c::threshold_within;
use super::error::{Quantity, StaffingError};
use super::formula::Formula;
use super::patience::Patience;
use super::redial::{Redials, redialled};
use super::search::{Goal, least, log_odds};
use super::traffic::Traffic;
use statrs::function::erf::erfc_inv;
use std::f64::consts::SQRT_2;

/// What a number of agents shall reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// At least this share within the threshold.
    ServiceLevel {
        /// The share.
        at_least: f64,
        /// The threshold, in seconds.
        threshold_seconds: f64,
        /// What is counted.
        formula: Formula,
    },
    /// At most this share of the calls gives up.
    Abandoned {
        /// The share.
        at_most: f64,
    },
    /// Agents are busy for at most this share of their time.
    Occupancy {
        /// The share.
        at_most: f64,
    },
}

impl Target {
    /// So many of the calls offered are answered within the threshold.
    pub const fn service_level(at_least: f64, threshold_seconds: f64) -> Self {
        Self::ServiceLevel { at_least, threshold_seconds, formula: Formula::AnsweredOfOffered }
    }

    const fn quantity(&self) -> Quantity {
        match self {
            Self::ServiceLevel { .. } => Quantity::ServiceLevel,
            Self::Abandoned { .. } => Quantity::AbandonedShare,
            Self::Occupancy { .. } => Quantity::Occupancy,
        }
    }

    const fn threshold_seconds(&self) -> f64 {
        match *self {
            Self::ServiceLevel { threshold_seconds, .. } => threshold_seconds,
            Self::Abandoned { .. } | Self::Occupancy { .. } => 0.0,
        }
    }

    /// The share as given.
    const fn share(&self) -> f64 {
        match *self {
            Self::ServiceLevel { at_least, .. } => at_least,
            Self::Abandoned { at_most } | Self::Occupancy { at_most } => at_most,
        }
    }

    fn checked(&self) -> Result<&Self, StaffingError> {
        threshold_within(self.threshold_seconds())?;
        self.quantity().within(self.share(), 1e-6, 0.999_999)?;
        Ok(self)
    }

    /// How far a queue is beyond the target, and the log-odds of what it reaches.
    fn look(&self, queue: &ErlangA) -> (f64, f64) {
        match *self {
            Self::ServiceLevel { at_least, formula, .. } => {
                let level = queue.service_level(formula);
                (level - at_least, log_odds(level))
            }
            Self::Abandoned { at_most } => (at_most - queue.abandoned, -log_odds(queue.abandoned)),
            Self::Occupancy { at_most } => (at_most - queue.occupancy, -log_odds(queue.occupancy)),
        }
    }

    /// The log-odds scale rises to this.
    fn reached(&self) -> f64 {
        match *self {
            Self::ServiceLevel { at_least, .. } => at_least,
            Self::Abandoned { at_most } | Self::Occupancy { at_most } => 1.0 - at_most,
        }
    }

    /// Where to begin: the heavy-traffic limit, in which the offered wait is normal around the
    /// wait at which as many give up as cannot be answered.
    fn goal(&self, traffic: &Traffic, patience_seconds: f64) -> Goal {
        let load = traffic.load_erlangs();
        let ratio = traffic.handle_seconds() / patience_seconds;
        let spread = (load * ratio.max(1.0)).sqrt();
        let guess = match *self {
            Self::ServiceLevel { at_least, threshold_seconds, .. } => {
                let given_up = threshold_seconds / patience_seconds;
                // Of those offered a wait within the threshold nearly as many give up.
                let within = (at_least * given_up.min(1.0).exp()).min(0.999);
                let sd = (ratio / load).sqrt();
                let wait = given_up + SQRT_2 * erfc_inv(2.0 * within) * sd;
                load * (-wait).exp()
            }
            Self::Abandoned { at_most } => load * (1.0 - at_most),
            Self::Occupancy { at_most } => load / at_most,
        };
        Goal {
            quantity: self.quantity(),
            asked: self.share(),
            target: self.reached(),
            guess,
            spread,
        }
    }
}

/// Fewest agents that reach the target.
///
/// ```
/// use callsurge::staffing::{Exponential, Target, Traffic, agents_for};
/// // 1,000 Erlang of five minutes, 80 % in 20 s, three minutes' patience.
/// let traffic = Traffic::of_load(1_000.0, 300.0)?;
/// let agents = agents_for(&traffic, &Exponential::new(180.0)?, &Target::service_level(0.8, 20.0))?;
/// assert_eq!(agents, 936);
/// # Ok::<(), callsurge::staffing::StaffingError>(())
/// ```
///
/// # Errors
/// Out of range if the threshold is not within 0 and a day or the share of the target not within
/// 0.000001 and 0.999999; out of reach if no number of agents up to [`AGENTS_MAX`] does it, as
/// where more balk than may abandon.
///
/// [`AGENTS_MAX`]: crate::staffing::AGENTS_MAX
pub fn agents_for(
    traffic: &Traffic,
    law: &impl Patience,
    target: &Target,
) -> Result<u32, StaffingError> {
    target.checked()?;
    if traffic.load_erlangs() <= 0.0 {
        return Ok(0);
    }
    let mut station = Station::new(traffic, law, target.threshold_seconds());
    least(&target.goal(traffic, law.mean_seconds()), |agents| {
        // Unstable is beyond any target.
        station.at(agents).map_or((-1.0, f64::NEG_INFINITY), |queue| target.look(&queue))
    })
}

/// Fewest agents that reach the target when some of those who gave up call again.
///
/// # Errors
/// As [`agents_for`] and [`redialled`].
pub fn agents_for_with_redials(
    traffic: &Traffic,
    law: &impl Patience,
    target: &Target,
    redials: Redials,
) -> Result<u32, StaffingError> {
    target.checked()?;
    if traffic.load_erlangs() <= 0.0 {
        return Ok(0);
    }
    let mut failed = None;
    let answer = least(&target.goal(traffic, law.mean_seconds()), |agents| {
        match redialled(traffic, law, agents, target.threshold_seconds(), redials) {
            Ok(found) => target.look(&found.queue),
            Err(StaffingError::Unstable { .. }) => (-1.0, f64::NEG_INFINITY),
            Err(error @ (StaffingError::OutOfRange { .. } | StaffingError::OutOfReach { .. })) => {
                failed = Some(error);
                (0.0, 0.0)
            }
        }
    });
    failed.map_or(answer, Err)
}
