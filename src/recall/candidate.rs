//! Whom a recall can ask: plain values, already in the order in which to ask.

use crate::engine::time::Span;
use crate::roster::{PersonId, Tier};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A skill, numbered by whoever fills in the need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Skill(pub u32);

impl Skill {
    /// Whatever a person can do: where a need is not told by skill.
    pub const ANY: Self = Self(u32::MAX);
}

/// A contact of a person: one number or account, numbered by whoever keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContactId(pub u32);

/// A channel, numbered by whoever delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChannelId(pub u16);

/// The part of the day in which a person is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shift {
    /// Working hours.
    Day,
    /// After work.
    Evening,
    /// When people sleep.
    Night,
}

/// People who say yes about equally often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Class {
    /// Which level calls them.
    pub tier: Tier,
    /// When they are asked.
    pub shift: Shift,
}

/// One person who may be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Who.
    pub person: PersonId,
    /// What they can do.
    pub skills: BTreeSet<Skill>,
    /// How soon after accepting they promise to be at work.
    pub promise: Span,
    /// Whose acceptance rate is theirs.
    pub class: Class,
    /// Verified contacts; without one nobody can be reached.
    pub contacts: u32,
    /// Which channel the first message takes, for the times of a preview.
    pub channel: ChannelId,
    /// What they have worked already on this day, for the order of release.
    pub worked: Span,
}

/// A person who is not asked, with the reason as the roster words it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// Who.
    pub person: PersonId,
    /// Why not; opaque here.
    pub reason: String,
}
