//! AskedContact the owner of a contact whether it may be used: what was asked, and how it stands.
//!
//! What is asked is a value and not a place: it is known by its blind index, so that a link that was
//! sent to a number is worth nothing once the roster has another number there, and an import that
//! leaves the number as it is leaves the link alone.

use super::seal::BlindIndex;
use super::{Kind, PersonId};
use crate::engine::time::{Span, Timestamp};

/// Nobody is asked twice within so long, unless whoever asks wants it so.
pub const ASKED_AGAIN_AFTER: Span = Span::hours(7 * 24);
/// So long an answer counts.
pub const ANSWERED_WITHIN: Span = Span::hours(14 * 24);

const DAY_MILLIS: i64 = 86_400_000;

/// A contact whose owner was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AskedContact {
    /// Whose it is, by the roster.
    pub person: PersonId,
    /// By which channel it is reached.
    pub kind: Kind,
    /// Its value, as it was asked.
    pub value: BlindIndex,
    /// When it was asked.
    pub at: Timestamp,
}

/// What is said of a contact by whoever it reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owning {
    /// It is theirs and may be used.
    Mine,
    /// It is not that person's.
    NotMine,
}

/// How a contact stands whose owner was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedState {
    /// No answer yet.
    Open,
    /// It may be used.
    Verified,
    /// It is not used any more, and no answer changes that.
    Blocked,
}

impl AskedContact {
    /// The day on which it was asked, in UTC, counted from 1970.
    pub const fn day(&self) -> i64 {
        self.at.as_millis().div_euclid(DAY_MILLIS)
    }

    /// Until when an answer counts.
    pub fn ends(&self) -> Timestamp {
        self.at + ANSWERED_WITHIN
    }
}
