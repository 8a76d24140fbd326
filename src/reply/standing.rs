//! How a person who was asked stands: what a page shows and which buttons it has.
//!
//! It only looks; what a press does is the machine's to say. So a page that was opened before the
//! last place was taken can still be pressed, and the answer is the truth of that moment.

use super::say::contact;
use crate::engine::time::{Span, Timestamp};
use crate::recall::{Offer, OfferState, Recall, Why};
use crate::roster::Kind;

/// Where a person stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// An answer is awaited.
    Asked,
    /// Was expected and did not come; may still say that they come.
    Missed,
    /// Has a place.
    Coming {
        /// When the person is expected.
        arrives_by: Timestamp,
        /// The person has said that they have left.
        left: bool,
    },
    /// Would come, has no place.
    Reserve {
        /// Until when.
        until: Timestamp,
    },
    /// At work.
    Here,
    /// Said no.
    Declined {
        /// A yes may still be taken.
        open: bool,
    },
    /// Is not wanted, or not any more.
    DoNotCome {
        /// The person had a place and is to turn back.
        turn_back: bool,
    },
    /// Would come later than people are needed.
    Late {
        /// Sooner is still welcome.
        open: bool,
    },
    /// Was told not to come because all places were taken, and one is free.
    Again,
    /// Was sent home.
    Released,
    /// Somebody said that this contact is not the person's.
    Blocked,
}

/// What is told beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asking {
    /// How the person stands.
    pub standing: Standing,
    /// When people must be there.
    pub needed_by: Timestamp,
    /// An answer counts until just before then.
    pub answer_by: Timestamp,
    /// How soon the person promises to be there.
    pub promise: Span,
    /// An exercise.
    pub drill: bool,
}

impl Asking {
    /// What a person sees who was asked by a contact of a kind.
    pub fn of(recall: &Recall, offer: &Offer, kind: Kind, now: Timestamp) -> Self {
        Self {
            standing: standing(recall, offer, kind, now),
            needed_by: recall.deadline(),
            answer_by: offer.deadline,
            promise: offer.candidate.promise,
            drill: recall.id().drill,
        }
    }
}

fn standing(recall: &Recall, offer: &Offer, kind: Kind, now: Timestamp) -> Standing {
    if offer.is_blocked(contact(Some(kind))) {
        return Standing::Blocked;
    }
    let in_time = now < offer.deadline && !recall.is_ending();
    let over = Standing::DoNotCome { turn_back: false };
    match offer.state {
        OfferState::Planned
        | OfferState::Queued
        | OfferState::Sent { .. }
        | OfferState::Delivered { .. }
        | OfferState::Failed { .. } => {
            if in_time {
                Standing::Asked
            } else {
                over
            }
        }
        OfferState::Accepted { arrives_by, .. } => Standing::Coming { arrives_by, left: false },
        OfferState::EnRoute { arrives_by, .. } => Standing::Coming { arrives_by, left: true },
        OfferState::Reserve { until, .. } => Standing::Reserve { until },
        OfferState::Arrived { .. } => Standing::Here,
        OfferState::Declined { .. } => Standing::Declined { open: in_time },
        OfferState::NoShow { .. } if !recall.is_ending() => Standing::Missed,
        OfferState::Withdrawn { why: Why::Late, .. } => {
            Standing::Late { open: in_time && recall.has_room(offer) }
        }
        OfferState::Withdrawn { why: Why::Filled, .. } if in_time && recall.has_room(offer) => {
            Standing::Again
        }
        OfferState::NoShow { .. } | OfferState::Expired { .. } | OfferState::Withdrawn { .. } => {
            over
        }
        OfferState::Cancelled { .. } => Standing::DoNotCome { turn_back: true },
        OfferState::Released { .. } => Standing::Released,
    }
}
