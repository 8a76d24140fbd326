//! One person, asked once by one recall.

use super::candidate::{Candidate, ContactId, Skill};
use super::effect::Why;
use super::input::Answer;
use crate::engine::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Replies of which the result is remembered: the same reply comes again within minutes, not after
/// this many others.
const REPLIES_KEPT: usize = 16;

/// Where an offer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferState {
    /// Decided; the delivery has it.
    Planned,
    /// Waits for its channel.
    Queued,
    /// A channel took it.
    Sent {
        /// When.
        at: Timestamp,
    },
    /// It reached the person.
    Delivered {
        /// When it was sent, or first known to have been.
        at: Timestamp,
    },
    /// Has a place.
    Accepted {
        /// Since when.
        at: Timestamp,
        /// When the person is expected.
        arrives_by: Timestamp,
    },
    /// Has a place and has left home.
    EnRoute {
        /// When the person left.
        at: Timestamp,
        /// When the person is expected.
        arrives_by: Timestamp,
    },
    /// Would come, has no place.
    Reserve {
        /// Until when.
        until: Timestamp,
        /// How long the way takes.
        travel: Span,
        /// Which reserve of the recall, in order of accepting.
        turn: u32,
    },
    /// At work.
    Arrived {
        /// Since when.
        at: Timestamp,
    },
    /// Said no.
    Declined {
        /// When.
        at: Timestamp,
    },
    /// Said nothing until the deadline.
    Expired {
        /// When.
        at: Timestamp,
    },
    /// Told not to come before a place was given.
    Withdrawn {
        /// When.
        at: Timestamp,
        /// Why.
        why: Why,
    },
    /// Was never reached.
    Failed {
        /// When that was known.
        at: Timestamp,
    },
    /// Promised and did not come.
    NoShow {
        /// When that was decided.
        at: Timestamp,
    },
    /// Told to turn back.
    Cancelled {
        /// When.
        at: Timestamp,
        /// Why.
        why: Why,
    },
    /// Was at work and was sent home.
    Released {
        /// When.
        at: Timestamp,
        /// For how long the person was there.
        worked: Span,
    },
}

impl OfferState {
    /// The word on the wire.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Queued => "queued",
            Self::Sent { .. } => "sent",
            Self::Delivered { .. } => "delivered",
            Self::Accepted { .. } => "accepted",
            Self::EnRoute { .. } => "en_route",
            Self::Reserve { .. } => "reserve",
            Self::Arrived { .. } => "arrived",
            Self::Declined { .. } => "declined",
            Self::Expired { .. } => "expired",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Failed { .. } => "failed",
            Self::NoShow { .. } => "no_show",
            Self::Cancelled { .. } => "cancelled",
            Self::Released { .. } => "released",
        }
    }

    /// An answer is awaited.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Planned | Self::Queued | Self::Sent { .. } | Self::Delivered { .. })
    }

    /// The person has a place and is not there yet.
    pub const fn is_coming(&self) -> bool {
        matches!(self, Self::Accepted { .. } | Self::EnRoute { .. })
    }

    /// The person has a place.
    pub const fn has_place(&self) -> bool {
        self.is_coming() || matches!(self, Self::Arrived { .. })
    }

    /// When a person with a place who is not there yet is expected.
    pub const fn arrives_by(&self) -> Option<Timestamp> {
        if let Self::Accepted { arrives_by, .. } | Self::EnRoute { arrives_by, .. } = *self {
            return Some(arrives_by);
        }
        None
    }

    /// Since when the person is at work.
    pub const fn there_since(&self) -> Option<Timestamp> {
        if let Self::Arrived { at } = *self { Some(at) } else { None }
    }

    /// Until when a reserve is kept.
    pub const fn reserve_until(&self) -> Option<Timestamp> {
        if let Self::Reserve { until, .. } = *self { Some(until) } else { None }
    }

    /// Nothing more follows by itself.
    pub const fn is_final(&self) -> bool {
        !self.is_open() && !self.has_place() && !matches!(self, Self::Reserve { .. })
    }
}

/// An offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// Who was asked.
    pub candidate: Candidate,
    /// In which wave, from 1.
    pub wave: u32,
    /// For which skill the person was picked; a place of another may be theirs in the end.
    pub skill: Skill,
    /// When it was decided.
    pub asked_at: Timestamp,
    /// An answer counts until just before then.
    pub deadline: Timestamp,
    /// Where it stands.
    pub state: OfferState,
    /// The last word: yes or no.
    pub said: Option<bool>,
    /// How long the way takes, where the person said so.
    pub(super) eta: Option<Span>,
    /// A channel took it.
    pub(super) reached: bool,
    /// Effects so far, for the key of the next.
    pub(super) told: u32,
    /// The person has been told that the answer came too late.
    pub(super) told_late: bool,
    /// Contacts that turned out to be somebody else's.
    pub(super) blocked: BTreeSet<ContactId>,
    /// Results of the latest replies.
    pub(super) replies: Vec<(ContactId, u64, Answer)>,
}

impl Offer {
    pub(super) fn new(
        candidate: Candidate,
        wave: u32,
        skill: Skill,
        at: Timestamp,
        deadline: Timestamp,
    ) -> Self {
        Self {
            candidate,
            wave,
            skill,
            asked_at: at,
            deadline,
            state: OfferState::Planned,
            said: None,
            eta: None,
            reached: false,
            told: 0,
            told_late: false,
            blocked: BTreeSet::new(),
            replies: Vec::new(),
        }
    }

    /// Until when an open offer counts as likely to be answered: from when it was sent. One that was
    /// never sent counts from its planning, so that a channel that stands still stalls nothing.
    pub(super) fn hoped_until(&self, timer: Span) -> Option<Timestamp> {
        match self.state {
            OfferState::Planned | OfferState::Queued => Some(self.asked_at + timer),
            OfferState::Sent { at } | OfferState::Delivered { at } => Some(at + timer),
            OfferState::Accepted { .. }
            | OfferState::EnRoute { .. }
            | OfferState::Reserve { .. }
            | OfferState::Arrived { .. }
            | OfferState::Declined { .. }
            | OfferState::Expired { .. }
            | OfferState::Withdrawn { .. }
            | OfferState::Failed { .. }
            | OfferState::NoShow { .. }
            | OfferState::Cancelled { .. }
            | OfferState::Released { .. } => None,
        }
    }

    /// The result of a reply that was heard before.
    pub(super) fn heard(&self, contact: ContactId, number: u64) -> Option<Answer> {
        self.replies.iter().find(|r| (r.0, r.1) == (contact, number)).map(|r| r.2)
    }

    /// Whether a contact turned out to be somebody else's.
    pub fn is_blocked(&self, contact: ContactId) -> bool {
        self.blocked.contains(&contact)
    }

    /// Whether the latest yes came by a contact.
    pub(super) fn was_promised_by(&self, contact: ContactId) -> bool {
        let is_yes =
            |answer: Answer| matches!(answer, Answer::Coming { .. } | Answer::Reserve { .. });
        self.replies.iter().rfind(|reply| is_yes(reply.2)).is_some_and(|reply| reply.0 == contact)
    }

    /// Remembers the result of a reply.
    pub(super) fn remember(&mut self, contact: ContactId, number: u64, answer: Answer) {
        if self.replies.len() == REPLIES_KEPT {
            self.replies.remove(0);
        }
        self.replies.push((contact, number, answer));
    }

    /// Whether the share of the way that lies behind a person on the way is below the limit. Who did
    /// not say when they left is taken to have left when they accepted.
    pub(super) fn may_turn_back(&self, at: Timestamp, percent: u32) -> bool {
        let (OfferState::Accepted { at: left, arrives_by }
        | OfferState::EnRoute { at: left, arrives_by }) = self.state
        else {
            return false;
        };
        let (behind, whole) = (at - left, arrives_by - left);
        i128::from(behind.as_millis()) * 100 < i128::from(whole.as_millis()) * i128::from(percent)
    }
}
