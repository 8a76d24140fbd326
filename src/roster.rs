//! The people who can be asked to come: who they are, what they can do, when they may be called.
//!
//! Nothing here sends anything. [`crate::delivery`] reaches people.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A person, as the log book, metrics and answers know them: a number and no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(pub u32);

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}", self.0)
    }
}

/// Which level of support calls a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// L1: on duty, in another service entity or at other work.
    Inside,
    /// L2: on their day off.
    Standby,
    /// L3: functional staff: managers, trainers, quality, information technology.
    Functional,
}
