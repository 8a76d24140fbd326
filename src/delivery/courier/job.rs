//! An errand in hand: whose it is, and whether a newer one takes its place.

use crate::engine::command::Level;
use crate::engine::time::Timestamp;
use crate::engine::view::View;
use crate::journal::outbox::errand::Errand;
use crate::recall::{OfferState, RecallId};
use crate::record::{Record, level_of};
use crate::roster::PersonId;

/// Whose an errand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Somebody who is asked, by whichever contact.
    Person(PersonId),
    /// Somebody who commands.
    Commander(PersonId),
    /// The receiver of the lane of this place.
    Group(usize),
}

/// An errand in hand.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) errand: Errand,
    pub(super) target: Target,
    /// The lane in which it waits for its turn.
    pub(super) queued: Option<usize>,
    /// An attempt or a question is under way.
    pub(super) in_flight: bool,
}

impl Job {
    pub(super) fn new(errand: Errand, target: Target) -> Self {
        Self { errand, target, queued: None, in_flight: false }
    }

    /// Whom it is for, where that is a person.
    pub(super) fn person(&self) -> Option<PersonId> {
        match self.target {
            Target::Person(person) | Target::Commander(person) => Some(person),
            Target::Group(_) => None,
        }
    }

    /// The recall and the person, as records name them, where it asks or answers somebody.
    pub(super) fn matter(&self) -> Option<(&str, &str)> {
        if !matches!(self.target, Target::Person(_)) {
            return None;
        }
        let recall = self.errand.record.recall.as_ref()?;
        Some((recall.id.as_deref()?, recall.person.as_deref()?))
    }

    /// Whether it takes back what the person has not heard of unless something reached them.
    pub(super) fn takes_back(&self) -> bool {
        self.errand.record.cause.as_deref() == Some("withdraw")
    }

    /// Whether it promises what holds no longer. A "no" sends no message that would take its place, so
    /// how the person stands is looked up; a state of before the message does not know it.
    pub(super) fn is_undone(&self, view: &View) -> bool {
        let holds: fn(&OfferState) -> bool = match self.errand.record.cause.as_deref() {
            Some("thank" | "promote") => OfferState::is_coming,
            Some("reserve") => |state| matches!(state, OfferState::Reserve { .. }),
            _ => return false,
        };
        let Target::Person(person) = self.target else { return false };
        let Some(id) = recall_of(&self.errand.record) else { return false };
        if view.seq < self.errand.effect.seq {
            return false;
        }
        // Of a recall that is over nobody is expected.
        let offer = view.recalls.recall(id).and_then(|recall| recall.offers().get(&person));
        !offer.is_some_and(|offer| holds(&offer.state))
    }

    /// Whether it belongs to an exercise.
    pub(super) fn is_drill(&self) -> bool {
        self.errand.record.recall.as_ref().is_some_and(|recall| recall.drill)
    }

    /// Whether it may be routed.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        !self.in_flight && self.queued.is_none() && self.errand.due <= now
    }
}

/// The recall that a record is about.
pub(super) fn recall_of(record: &Record) -> Option<RecallId> {
    record.recall.as_ref()?.id.as_deref()?.parse().ok()
}

/// The level that a record is about.
pub(super) fn level(record: &Record) -> Level {
    let words = [&record.to, &record.level];
    words.into_iter().flatten().find_map(|word| level_of(word)).unwrap_or(Level::None)
}
