//! The people who can be asked to come: who they are, what they can do, when they may be called.
//!
//! Three parts. The rules are pure: [`eligibility`](fn@eligibility) says of one person whether they
//! may be asked, with every reason against it, by the facts in [`Person`] and a [`LegalProfile`];
//! [`select`] puts those who may into order. [`table`] and [`calendar`] read files of people, shifts
//! and leave. [`store`] keeps all of it, names and contact values sealed by [`seal`].
//!
//! Nothing here sends anything, and nothing here decides that somebody is needed: [`crate::delivery`]
//! reaches people.

pub mod address;
pub mod asking;
pub mod calendar;
mod contact;
mod eligibility;
mod law;
mod ledger;
mod local;
mod order;
mod period;
mod person;
pub mod plan;
mod problem;
mod quiet;
pub mod seal;
pub mod store;
pub mod table;
mod why;

pub use contact::{Contact, Kind, Verification};
pub use eligibility::{Ask, Grounds, Lift, Standing, eligibility};
pub use law::{LegalProfile, ProfileError};
pub use ledger::Ledger;
pub use local::date as day;
pub(crate) use local::instant as instant_of_local;
pub use order::{Candidate, PROMISE_MINUTES_ASSUMED, select};
pub use period::Period;
pub use person::{Facts, Identity, Person};
pub use problem::{Fault, Problem, Problems};
pub use quiet::{QuietError, QuietHours};
pub use why::{Rule, Why};

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A person, as the log book, metrics and answers know them: a number and no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(pub u32);

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}", self.0)
    }
}

impl FromStr for PersonId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.strip_prefix('p').and_then(|digits| digits.parse().ok());
        number.map(Self).ok_or("p and a number as `callsurge roster list` shows it, for example p7")
    }
}

/// Which level of support calls a person.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Tier {
    /// L1: on duty, in another service entity or at other work.
    Inside,
    /// L2: on their day off.
    Standby,
    /// L3: functional staff: managers, trainers, quality, information technology.
    Functional,
}

impl Tier {
    /// All of them, in the order of the levels that call them.
    pub const ALL: [Self; 3] = [Self::Inside, Self::Standby, Self::Functional];

    /// The word in files and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Standby => "standby",
            Self::Functional => "functional",
        }
    }

    /// The Chinese word.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Inside => "在岗",
            Self::Standby => "备班",
            Self::Functional => "职能",
        }
    }
}
