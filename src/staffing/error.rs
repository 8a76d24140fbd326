//! Why a question has no answer.

use super::traffic::AGENTS_MAX;
use std::fmt;

/// What a number is of, for messages that name the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Calls offered per second.
    CallsPerSecond,
    /// Mean handle time in seconds.
    HandleSeconds,
    /// Offered load in Erlang.
    LoadErlangs,
    /// Agents.
    Agents,
    /// Threshold of the service level in seconds.
    ThresholdSeconds,
    /// Patience in seconds.
    PatienceSeconds,
    /// Spread of a patience law.
    PatienceSpread,
    /// Share of callers who leave at once when they would have to wait.
    BalkingShare,
    /// A service level.
    ServiceLevel,
    /// A share of calls that may abandon.
    AbandonedShare,
    /// A share of calls that may be blocked.
    BlockedShare,
    /// An occupancy.
    Occupancy,
    /// Share of paid time in which an agent takes no calls.
    Shrinkage,
    /// Share of abandoned callers who call again.
    RedialShare,
    /// Calls waiting.
    BacklogCalls,
    /// Time in which a backlog shall clear, in seconds.
    ClearSeconds,
    /// Probability that a person accepts.
    Acceptance,
    /// Probability that enough people accept.
    Confidence,
    /// Heads needed.
    Need,
    /// Percentile of the waiting time.
    Percentile,
    /// Agents above the load, in roots of the load.
    Reserve,
    /// Calls of an interval.
    Calls,
    /// Length of an interval in minutes.
    Minutes,
    /// First row of a table, in agents.
    From,
    /// Last row of a table, in agents.
    To,
    /// Distance of two rows of a table, in agents.
    Step,
}

impl Quantity {
    /// Its name in a sentence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CallsPerSecond => "calls per second",
            Self::HandleSeconds => "handle time in seconds",
            Self::LoadErlangs => "load in Erlang",
            Self::Agents => "agents",
            Self::ThresholdSeconds => "threshold in seconds",
            Self::PatienceSeconds => "patience in seconds",
            Self::PatienceSpread => "spread of the patience",
            Self::BalkingShare => "share that balks",
            Self::ServiceLevel => "service level",
            Self::AbandonedShare => "abandoned share",
            Self::BlockedShare => "blocked share",
            Self::Occupancy => "occupancy",
            Self::Shrinkage => "shrinkage",
            Self::RedialShare => "redial share",
            Self::BacklogCalls => "calls waiting",
            Self::ClearSeconds => "clear time in seconds",
            Self::Acceptance => "acceptance",
            Self::Confidence => "confidence",
            Self::Need => "heads needed",
            Self::Percentile => "percentile",
            Self::Reserve => "reserve",
            Self::Calls => "calls",
            Self::Minutes => "minutes",
            Self::From => "from",
            Self::To => "to",
            Self::Step => "step",
        }
    }

    /// Refuses what is outside `low..=high`; NaN is outside everything.
    pub(super) fn within(self, value: f64, low: f64, high: f64) -> Result<f64, StaffingError> {
        if (low..=high).contains(&value) {
            Ok(value)
        } else {
            Err(StaffingError::OutOfRange { quantity: self, value, low, high })
        }
    }
}

/// Why a question has no answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StaffingError {
    /// An input is not a number of its range.
    OutOfRange {
        /// Which one.
        quantity: Quantity,
        /// What was given; may be NaN.
        value: f64,
        /// Least that is allowed.
        low: f64,
        /// Most that is allowed.
        high: f64,
    },
    /// Without abandonment the queue grows without end: as many calls come in as can be handled,
    /// or more.
    Unstable {
        /// Offered load in Erlang.
        load_erlangs: f64,
        /// Agents.
        agents: u32,
    },
    /// No number of agents up to [`AGENTS_MAX`](super::AGENTS_MAX) reaches the target.
    OutOfReach {
        /// What was aimed at.
        quantity: Quantity,
        /// The target.
        target: f64,
    },
}

impl fmt::Display for StaffingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::OutOfRange { quantity, value, low, high } => {
                write!(f, "{} is {value}; allowed are {low} to {high}", quantity.name())
            }
            Self::Unstable { load_erlangs, agents } => {
                write!(f, "unstable: {load_erlangs} Erlang need more than {agents} agents")
            }
            Self::OutOfReach { quantity, target } => {
                write!(
                    f,
                    "no number of agents up to {AGENTS_MAX} reaches {} {target}",
                    quantity.name()
                )
            }
        }
    }
}

impl std::error::Error for StaffingError {}
