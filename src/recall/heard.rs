//! What the delivery says of offers, and the ACD of people: not words of theirs, but facts.
//!
//! A log-on is believed before anything that was said. Whoever works has hours, and the law counts
//! hours and not places; so nobody who may come is refused for want of one.

use super::effect::{Effect, EffectKind};
use super::input::{Answer, Receipt, Refusal};
use super::offer::OfferState;
use super::quota::Recall;
use crate::engine::time::Timestamp;
use crate::roster::PersonId;

impl Recall {
    /// Takes what the delivery says. A receipt never goes back a step, but that an offer arrived
    /// after all outweighs a failure, until the deadline.
    pub(super) fn receive(
        &mut self,
        person: PersonId,
        receipt: Receipt,
        at: Timestamp,
        elsewhere: bool,
    ) -> Answer {
        let ending = self.is_ending();
        let Some(offer) = self.offers.get_mut(&person) else {
            return Answer::Refused(Refusal::NoOffer);
        };
        let reopens = at < offer.deadline && !elsewhere && !ending && offer.blocked.is_empty();
        offer.reached |= matches!(receipt, Receipt::Sent | Receipt::Delivered);
        offer.state = match (offer.state, receipt) {
            (OfferState::Planned, Receipt::Queued) => OfferState::Queued,
            (OfferState::Planned | OfferState::Queued, Receipt::Sent) => OfferState::Sent { at },
            (OfferState::Planned | OfferState::Queued, Receipt::Delivered) => {
                OfferState::Delivered { at }
            }
            (OfferState::Sent { at }, Receipt::Delivered) => OfferState::Delivered { at },
            (OfferState::Failed { .. }, Receipt::Delivered) if reopens => {
                OfferState::Delivered { at }
            }
            (state, Receipt::Failed) if state.is_open() => OfferState::Failed { at },
            (state, _) => state,
        };
        Answer::Done
    }

    /// A person logged on. Being there counts, whatever was said: who was asked and simply came, who is
    /// a reserve or was missed, is at work, and where all places are taken over the need. They work,
    /// and hours that nobody counted would be missing when it is asked who has rested enough. `None`
    /// where the person was told not to come, said no, or is another recall's by now.
    pub(super) fn log_on(
        &mut self,
        person: PersonId,
        at: Timestamp,
        elsewhere: bool,
        out: &mut Vec<Effect>,
    ) -> Option<Answer> {
        let state = self.offers.get(&person)?.state;
        let comes = match state {
            OfferState::Arrived { .. } => return Some(Answer::Here),
            OfferState::Accepted { .. } | OfferState::EnRoute { .. } => true,
            OfferState::Planned
            | OfferState::Queued
            | OfferState::Sent { .. }
            | OfferState::Delivered { .. }
            | OfferState::Reserve { .. }
            | OfferState::NoShow { .. } => {
                let wanted = !elsewhere && !self.is_ending();
                if wanted {
                    self.seat(person);
                }
                wanted
            }
            OfferState::Declined { .. }
            | OfferState::Expired { .. }
            | OfferState::Withdrawn { .. }
            | OfferState::Failed { .. }
            | OfferState::Cancelled { .. }
            | OfferState::Released { .. } => false,
        };
        if !comes {
            return None;
        }
        self.says_yes(person, None, at);
        self.put(person, OfferState::Arrived { at });
        self.tell(person, at, EffectKind::Arrived, out);
        Some(Answer::Here)
    }
}
