//! What can be found, and whether that is well.

use super::{Lag, Outcome};
use crate::config::RecallMode;
use crate::engine::time::Timestamp;
use crate::recall::Pool;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Finding {
    /// What a level leads to.
    Mode(RecallMode),
    /// The roster can be read, without its key.
    Roster {
        /// People in it.
        people: usize,
    },
    /// It cannot.
    RosterUnreadable,
    /// None is configured.
    RosterNotSet,
    /// Legal limits are known.
    Legal {
        /// From a file of the centre; else those that ship.
        own: bool,
    },
    /// How many people of a level have no contact that an offer may go to.
    Contacts {
        /// Without one.
        without: u32,
        /// All of the tier who did not opt out.
        people: u32,
    },
    /// How many heads a level would ask for now.
    Need {
        /// So many.
        heads: u32,
    },
    /// That is not known.
    NoNeed,
    /// Whether enough people of a skill would come.
    Pool {
        /// What was counted.
        pool: Pool,
        /// Nobody is missing now: the need is the one that is set.
        fallback: bool,
    },
    /// Nobody is missing and nothing else is set to hold the pool against.
    PoolWithoutNeed {
        /// People who could be asked.
        people: u32,
        /// Heads that accept in nine cases of ten.
        heads: u32,
    },
    /// How a channel stands.
    Channel(Reached),
    /// Whether links to reply by are set up, where that is known.
    ReplyLinks(Option<bool>),
    /// A source speaks.
    Speaks,
    /// A source fell silent.
    Silent {
        /// When.
        since: Timestamp,
    },
    /// A source never said a word.
    NeverHeard {
        /// When it was expected to begin.
        since: Timestamp,
    },
    /// A source never said a word, and its time is not over.
    NotHeardYet,
    /// How far clocks are apart.
    Clock(Lag),
    /// Nothing was heard that has a time on it.
    ClockUnheard,
}

/// How a channel stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It answered a call without visible effect.
    Answers,
    /// It did not, or not as it should.
    NoAnswer,
    /// What was sent last arrived.
    Delivered,
    /// Messages were given up.
    GivenUp {
        /// How many since it was looked before.
        messages: u64,
    },
    /// A message has been waiting for too long.
    Waits {
        /// Since when.
        since: Timestamp,
    },
    /// Nothing was sent so far.
    Untried,
}

impl Finding {
    /// Whether that is well.
    pub fn outcome(&self) -> Outcome {
        let unless = |wrong: bool| if wrong { Outcome::Wrong } else { Outcome::Ok };
        match self {
            Self::Mode(RecallMode::Off)
            | Self::RosterNotSet
            | Self::PoolWithoutNeed { people: 1.., .. }
            | Self::Channel(Reached::Untried)
            | Self::ReplyLinks(None)
            | Self::Contacts { people: 0, .. }
            | Self::NotHeardYet
            | Self::ClockUnheard => Outcome::Unknown,
            Self::Mode(RecallMode::DryRun | RecallMode::Automatic)
            | Self::Roster { .. }
            | Self::Legal { .. }
            | Self::Need { .. }
            | Self::Channel(Reached::Answers | Reached::Delivered)
            | Self::Speaks => Outcome::Ok,
            Self::RosterUnreadable
            | Self::NoNeed
            | Self::PoolWithoutNeed { people: 0, .. }
            | Self::Channel(Reached::NoAnswer | Reached::GivenUp { .. } | Reached::Waits { .. })
            | Self::Silent { .. }
            | Self::NeverHeard { .. } => Outcome::Wrong,
            Self::Contacts { without, .. } => unless(*without > 0),
            Self::Pool { pool, .. } => unless(!pool.deep_enough),
            Self::ReplyLinks(Some(set)) => unless(!set),
            Self::Clock(lag) => lag.outcome(),
        }
    }
}
