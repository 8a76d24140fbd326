//! What the commander orders. Every act has an actor and a reason and ends by itself.

use super::observation::UnitId;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Support level of a unit (支持级别).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Level {
    /// No support ordered.
    #[default]
    #[serde(rename = "none")]
    None,
    /// 一级支持: all representatives onto inbound calls under one command.
    L1,
    /// 二级支持: contact standby people.
    L2,
    /// 三级支持: contact functional staff, start the emergency plan.
    L3,
}

impl Level {
    /// All levels from lowest to highest.
    pub const ALL: [Self; 4] = [Self::None, Self::L1, Self::L2, Self::L3];

    /// 0 to 3, as `callsurge_stage` exports it.
    pub const fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::L1 => 1,
            Self::L2 => 2,
            Self::L3 => 3,
        }
    }

    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::L1 => "L1",
            Self::L2 => "L2",
            Self::L3 => "L3",
        }
    }

    /// The next higher level; L3 stays.
    #[must_use]
    pub const fn up(self) -> Self {
        match self {
            Self::None => Self::L1,
            Self::L1 => Self::L2,
            Self::L2 | Self::L3 => Self::L3,
        }
    }

    /// The next lower level; none stays.
    #[must_use]
    pub const fn down(self) -> Self {
        match self {
            Self::None | Self::L1 => Self::None,
            Self::L2 => Self::L1,
            Self::L3 => Self::L2,
        }
    }
}

/// An order of a commander to one unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Which unit.
    pub unit: UnitId,
    /// What is ordered.
    pub act: Act,
    /// Who orders it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// Until when it holds; `None` takes the default of the act (30 min).
    pub expires_at: Option<Timestamp>,
}

/// The acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// At least this level until the expiry.
    Raise(Level),
    /// At most this level until the expiry; to none closes the incident.
    Lower(Level),
    /// No automatic rise and no step down until the expiry; the clock runs on.
    Hold,
    /// The order is in effect; stops the reminders.
    Confirm,
    /// Ends the incident and keeps the unit at none until it has once been not abnormal.
    Close,
}

impl Act {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Raise(_) => "raise",
            Self::Lower(_) => "lower",
            Self::Hold => "hold",
            Self::Confirm => "confirm",
            Self::Close => "close",
        }
    }
}

/// Why a command changes nothing. It is logged all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// There is no open incident to act on.
    NoIncident,
    /// The expiry lies in the past or beyond the allowed length.
    Expiry,
    /// Raise needs a level above none.
    Level,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoIncident => "no incident is open",
            Self::Expiry => "the expiry must lie within the allowed time after the command",
            Self::Level => "raise needs a level L1, L2 or L3",
        })
    }
}

impl std::error::Error for Refusal {}
