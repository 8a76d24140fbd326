//! What comes in, and what is answered at once.

use super::candidate::{Candidate, ContactId, Skill};
use super::effect::RecallId;
use super::policy::RecallPolicy;
use crate::engine::observation::UnitId;
use crate::engine::time::{Span, Timestamp};
use crate::roster::PersonId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Heads by skill.
pub type Need = BTreeMap<Skill, u32>;

/// The start of a recall.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Its name.
    pub id: RecallId,
    /// For which unit.
    pub unit: UnitId,
    /// How many of each skill.
    pub need: Need,
    /// When they must be there: nobody is asked who cannot make it.
    pub deadline: Timestamp,
    /// Whom to ask, in order.
    pub candidates: Vec<Candidate>,
    /// The rules; the recall keeps them.
    pub policy: RecallPolicy,
}

/// What the delivery says of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receipt {
    /// It waits for its channel.
    Queued,
    /// A channel took it.
    Sent,
    /// It reached the person's device.
    Delivered,
    /// No contact of the person could be reached.
    Failed,
}

/// What a person says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Words {
    /// Yes; in so long, or as the roster promises.
    Accept(Option<Span>),
    /// No.
    Decline,
    /// On the way; there in so long.
    OnTheWay(Option<Span>),
    /// Not the person who was meant.
    WrongNumber,
}

/// A reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// To which recall.
    pub recall: RecallId,
    /// Whose.
    pub person: PersonId,
    /// By which contact it came.
    pub contact: ContactId,
    /// The reply's own number within its contact: the same number again is the same reply.
    pub number: u64,
    /// What it says.
    pub words: Words,
}

/// A commander's act on a recall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Nobody is asked until then; answers are taken as ever.
    Hold(Timestamp),
    /// Ends a hold and asks for what is missing at once, whoever else may still answer.
    AskNow,
    /// This person is not to come, however near.
    Cancel(PersonId),
    /// So many of those who are there may go home; the need falls with them.
    Release(u32),
    /// The recall ends, and who is on the way is turned back, however near.
    CancelAll,
}

/// One input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// Nothing but time.
    Tick,
    /// A recall begins.
    Start(Order),
    /// The need or the deadline changed.
    Change {
        /// Of which recall.
        recall: RecallId,
        /// The new need; a skill that is not named is not needed any more.
        need: Need,
        /// The new deadline.
        deadline: Timestamp,
    },
    /// Further people to ask, in order. Who is known already is passed over.
    Candidates(RecallId, Vec<Candidate>),
    /// The delivery tells of an offer.
    Receipt(RecallId, PersonId, Receipt),
    /// A person answers.
    Reply(Reply),
    /// A person logged on at the ACD.
    LoggedOn(PersonId),
    /// The level was stood down.
    StandDown(RecallId),
    /// A commander's act.
    Command(RecallId, Command),
    /// A unit is really in trouble: drills end.
    EndDrills,
    /// A drill begins of which nobody hears: its answers are made up, and teach nothing.
    Rehearse(Order),
}

/// What was done, without its details: the word of an [`Input`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words of `Input`, `Words` and `Command`")]
pub enum Act {
    Tick,
    Start,
    Change,
    Candidates,
    Receipt,
    Accept,
    Decline,
    OnTheWay,
    WrongNumber,
    Arrival,
    StandDown,
    Hold,
    AskNow,
    Cancel,
    Release,
    CancelAll,
    EndDrills,
}

impl Input {
    /// What is done.
    pub const fn act(&self) -> Act {
        match self {
            Self::Tick => Act::Tick,
            Self::Start(_) | Self::Rehearse(_) => Act::Start,
            Self::Change { .. } => Act::Change,
            Self::Candidates(..) => Act::Candidates,
            Self::Receipt(..) => Act::Receipt,
            Self::Reply(reply) => match reply.words {
                Words::Accept(_) => Act::Accept,
                Words::Decline => Act::Decline,
                Words::OnTheWay(_) => Act::OnTheWay,
                Words::WrongNumber => Act::WrongNumber,
            },
            Self::LoggedOn(_) => Act::Arrival,
            Self::StandDown(_) => Act::StandDown,
            Self::Command(_, Command::Hold(_)) => Act::Hold,
            Self::Command(_, Command::AskNow) => Act::AskNow,
            Self::Command(_, Command::Cancel(_)) => Act::Cancel,
            Self::Command(_, Command::Release(_)) => Act::Release,
            Self::Command(_, Command::CancelAll) => Act::CancelAll,
            Self::EndDrills => Act::EndDrills,
        }
    }

    /// Whether people did it, or somebody for them; the rest follows by itself.
    pub const fn is_said(&self) -> bool {
        match self {
            Self::Tick | Self::Receipt(..) | Self::StandDown(_) | Self::EndDrills => false,
            Self::Start(_)
            | Self::Rehearse(_)
            | Self::Change { .. }
            | Self::Candidates(..)
            | Self::Reply(_)
            | Self::LoggedOn(_)
            | Self::Command(..) => true,
        }
    }

    /// Which recall it names.
    pub const fn recall(&self) -> Option<RecallId> {
        match self {
            Self::Tick | Self::LoggedOn(_) | Self::EndDrills => None,
            Self::Start(order) | Self::Rehearse(order) => Some(order.id),
            Self::Reply(reply) => Some(reply.recall),
            Self::Change { recall: id, .. }
            | Self::Candidates(id, _)
            | Self::Receipt(id, ..)
            | Self::StandDown(id)
            | Self::Command(id, _) => Some(*id),
        }
    }

    /// Which person it names.
    pub const fn person(&self) -> Option<PersonId> {
        match self {
            Self::Receipt(_, person, _)
            | Self::LoggedOn(person)
            | Self::Command(_, Command::Cancel(person)) => Some(*person),
            Self::Reply(reply) => Some(reply.person),
            Self::Tick
            | Self::Start(_)
            | Self::Rehearse(_)
            | Self::Change { .. }
            | Self::Candidates(..)
            | Self::StandDown(_)
            | Self::Command(..)
            | Self::EndDrills => None,
        }
    }
}

/// What is answered at once: what a page shows after the press, or an interface returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Taken.
    Done,
    /// You have a place and are expected then.
    Coming {
        /// When.
        arrives_by: Timestamp,
    },
    /// All places are taken; you are a reserve until then.
    Reserve {
        /// Until when.
        until: Timestamp,
    },
    /// Do not come.
    DoNotCome,
    /// Your "no" is noted.
    Declined,
    /// You are at work already.
    Here,
    /// The contact will not be used again.
    Blocked,
    /// Not taken; nothing changed.
    Refused(Refusal),
    /// Do not come: you would be there later than people are needed.
    Late,
}

/// Why an input was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// A recall of this name runs already.
    Known,
    /// There is no such recall.
    NoRecall,
    /// There is no such offer.
    NoOffer,
    /// A drill cannot run beside a real recall.
    RealRecall,
    /// The rules cannot work.
    Policy,
    /// More heads of a skill than there is arithmetic for.
    Need,
    /// The recall is at its end.
    Ending,
    /// The level that it is for is not in force, or it has been already.
    NotWanted,
    /// Only a drill may be silent.
    NoDrill,
}
