//! What a recall wants told, as values.
//!
//! A key is derived from what happened, never drawn: the same inputs give the same keys, so a key is
//! the idempotency key of the message it stands for.

use super::candidate::{ContactId, Skill};
use crate::engine::command::Level;
use crate::engine::effect::IncidentId;
use crate::engine::time::Timestamp;
use crate::roster::PersonId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Name of a recall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecallId {
    /// The incident, whose number belongs to one unit.
    pub incident: IncidentId,
    /// The level that asks.
    pub level: Level,
    /// Which recall of this level within the incident, from 1: a level can come back.
    pub generation: u32,
    /// An exercise.
    pub drill: bool,
}

impl fmt::Display for RecallId {
    /// `12-L2-1`; of a drill `drill-12-L2-1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let drill = if self.drill { DRILL } else { "" };
        write!(f, "{drill}{}-{}-{}", self.incident, self.level.word(), self.generation)
    }
}

impl FromStr for RecallId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (drill, name) = match text.strip_prefix(DRILL) {
                Some(name) => (true, name),
                None => (false, text),
            };
            let mut parts = name.split('-');
            let incident = parts.next()?.parse().ok()?;
            let word = parts.next()?;
            let level = Level::ALL.into_iter().find(|level| level.word() == word)?;
            let generation = parts.next()?.parse().ok()?;
            parts.next().is_none().then_some(Self { incident, level, generation, drill })
        };
        read().ok_or("incident, level and number of a recall as the list shows it, such as 12-L2-1")
    }
}

const DRILL: &str = "drill-";

/// Name of an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EffectKey {
    /// The recall, and with it incident, level, generation and whether it is a drill.
    pub recall: RecallId,
    /// The wave in which the person was asked, from 1; 0 for what concerns the recall as a whole, and
    /// for a contact that is blocked after its end.
    pub wave: u32,
    /// Whom it concerns; `None` for the recall as a whole.
    pub person: Option<PersonId>,
    /// What it is for.
    pub purpose: Purpose,
    /// Which effect of this person under this offer, or of the recall as a whole, from 0; the contact
    /// where one is blocked after the end.
    pub repeat: u32,
}

/// One effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// Its name.
    pub key: EffectKey,
    /// When it follows.
    pub at: Timestamp,
    /// What it is.
    pub kind: EffectKind,
}

/// Why an offer is withdrawn or a person on the way is told not to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Enough people come.
    Filled,
    /// The level was stood down.
    StoodDown,
    /// A commander ordered it.
    Commander,
    /// A real recall ends every drill.
    RealRecall,
    /// A reserve has waited long enough.
    Waited,
    /// The person would come later than they are needed.
    Late,
}

/// The kinds of effect. The person is in the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EffectKind {
    /// Ask: come?
    Offer {
        /// An answer counts until just before then.
        deadline: Timestamp,
    },
    /// The offer no longer stands: do not come.
    Withdraw(Why),
    /// The place is given up although it was accepted: do not come, turn back.
    Cancel(Why),
    /// You have a place.
    Thank {
        /// When the person is expected.
        arrives_by: Timestamp,
    },
    /// Everything is taken; stay reachable.
    Reserve {
        /// Until then.
        until: Timestamp,
    },
    /// The answer, or the person, would come too late, or all places are taken: do not come.
    TooLate,
    /// A place fell free for a reserve: come.
    Promote {
        /// When the person is expected.
        arrives_by: Timestamp,
    },
    /// Not at work in time. For the commander; the person hears nothing.
    NoShow,
    /// Logged on at the ACD. For the log book.
    Arrived,
    /// Go home, thank you.
    Release,
    /// This contact belongs to somebody else.
    BlockContact(ContactId),
    /// The need of every skill is met by people who accepted.
    Filled,
    /// Heads that cannot be reached any more.
    Unfilled {
        /// Of which skill.
        skill: Skill,
        /// How many.
        heads: u32,
        /// No offer of this skill is open any more; else more are missing than are still asked.
        certain: bool,
    },
    /// Everything is settled; the recall is forgotten after this.
    Closed(Summary),
}

/// How a recall went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Heads needed at the end.
    pub need: u32,
    /// People asked.
    pub asked: u32,
    /// Said yes at last.
    pub accepted: u32,
    /// Came.
    pub came: u32,
    /// Promised and did not come.
    pub no_shows: u32,
    /// Waves.
    pub waves: u32,
    /// Of those asked, reached: a channel took the offer or they answered.
    #[serde(default)]
    pub reached: u32,
    /// From its beginning until somebody said yes.
    #[serde(default)]
    pub first_yes_after_seconds: Option<u32>,
    /// From its beginning until the need was met.
    #[serde(default)]
    pub filled_after_seconds: Option<u32>,
}

/// What an effect is for: the word of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words of `EffectKind`")]
pub enum Purpose {
    Offer,
    Withdraw,
    Cancel,
    Thank,
    Reserve,
    TooLate,
    Promote,
    NoShow,
    Arrived,
    Release,
    BlockContact,
    Filled,
    Unfilled,
    Closed,
}

impl EffectKind {
    /// The purpose that the key names.
    pub const fn purpose(&self) -> Purpose {
        match self {
            Self::Offer { .. } => Purpose::Offer,
            Self::Withdraw(_) => Purpose::Withdraw,
            Self::Cancel(_) => Purpose::Cancel,
            Self::Thank { .. } => Purpose::Thank,
            Self::Reserve { .. } => Purpose::Reserve,
            Self::TooLate => Purpose::TooLate,
            Self::Promote { .. } => Purpose::Promote,
            Self::NoShow => Purpose::NoShow,
            Self::Arrived => Purpose::Arrived,
            Self::Release => Purpose::Release,
            Self::BlockContact(_) => Purpose::BlockContact,
            Self::Filled => Purpose::Filled,
            Self::Unfilled { .. } => Purpose::Unfilled,
            Self::Closed(_) => Purpose::Closed,
        }
    }
}
