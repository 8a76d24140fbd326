//! What people say.
//!
//! A reply has a number within its contact; the same number again is the same reply and gets its
//! first result, even where the person changed their mind in between: a redelivered "yes" does not
//! undo a later "no". The same answer under a new number changes nothing either. A different answer
//! is a correction: yes → no until arrival, no → yes until the deadline while there is room. So is the
//! yes of somebody who was turned away because all places were taken, or because they would come later
//! than they are needed.
//!
//! Who would come after the deadline fills no place and is no reserve: as one they would keep out
//! somebody who can come in time. Who has a place and puts their arrival off beyond the deadline gives
//! it up while there is time to ask others. Who has left home already keeps it within the allowance
//! for traffic, which the silent have as well.
//!
//! A "no" sends no message: whoever says no wants none.

use super::candidate::ContactId;
use super::effect::{Effect, EffectKind, Why};
use super::input::{Answer, Refusal, Reply, Words};
use super::offer::OfferState;
use super::quota::Recall;
use crate::engine::time::{Span, Timestamp};
use crate::roster::PersonId;

/// Longest way that is believed; a longer one is a slip of the finger.
const TRAVEL_MAX: Span = Span::hours(24);

impl Recall {
    /// Takes a reply. `elsewhere` says that another recall holds the person by now.
    pub(super) fn hear(
        &mut self,
        reply: &Reply,
        at: Timestamp,
        elsewhere: bool,
        out: &mut Vec<Effect>,
    ) -> Answer {
        let Some(offer) = self.offers.get(&reply.person) else {
            return Answer::Refused(Refusal::NoOffer);
        };
        if let Some(answer) = offer.heard(reply.contact, reply.number) {
            return answer;
        }
        let person = reply.person;
        let comes = matches!(reply.words, Words::Accept(_) | Words::OnTheWay(_));
        if comes && offer.is_blocked(reply.contact) {
            // Whoever has this number has said that it is not the person's.
            return Answer::Blocked;
        }
        let answer = match reply.words {
            Words::Accept(eta) => self.accept(person, eta, at, elsewhere, out),
            Words::OnTheWay(eta) => self.on_the_way(person, eta, at, elsewhere, out),
            Words::Decline => self.decline(person, at),
            Words::WrongNumber => self.block(person, reply.contact, at, out),
        };
        if let Some(offer) = self.offers.get_mut(&person) {
            offer.remember(reply.contact, reply.number, answer);
        }
        answer
    }

    fn accept(
        &mut self,
        person: PersonId,
        eta: Option<Span>,
        at: Timestamp,
        elsewhere: bool,
        out: &mut Vec<Effect>,
    ) -> Answer {
        let Some(offer) = self.offers.get(&person) else { return Answer::DoNotCome };
        let eta = eta.map(|eta| eta.clamp(Span::ZERO, TRAVEL_MAX));
        let in_time = at < offer.deadline && !elsewhere && !self.is_ending();
        match offer.state {
            OfferState::Planned
            | OfferState::Queued
            | OfferState::Sent { .. }
            | OfferState::Delivered { .. } => self.admit(person, eta, at, out),
            OfferState::Declined { .. }
            | OfferState::Failed { .. }
            | OfferState::Withdrawn { why: Why::Filled | Why::Late, .. }
                if in_time =>
            {
                self.admit(person, eta, at, out)
            }
            // Late, but still missed.
            OfferState::NoShow { .. } if !elsewhere && !self.is_ending() => {
                if self.take_place(person) {
                    self.welcome(person, eta, at, out)
                } else {
                    self.too_late(person, at, out)
                }
            }
            OfferState::Accepted { arrives_by, .. } | OfferState::EnRoute { arrives_by, .. } => {
                // The same minutes again are the same answer, other minutes a correction.
                let Some(eta) = eta.filter(|_| eta != offer.eta) else {
                    return Answer::Coming { arrives_by };
                };
                let by = at + eta;
                if by > arrives_by && self.gives_up(&offer.state, by, at) {
                    return self.put_off(person, at, out);
                }
                self.expect_by(person, by, eta);
                Answer::Coming { arrives_by: by }
            }
            OfferState::Reserve { until, .. } => Answer::Reserve { until },
            OfferState::Arrived { .. } => Answer::Here,
            OfferState::Withdrawn { why: Why::Late, .. } => {
                let late = at + eta.unwrap_or(offer.candidate.promise) > self.deadline;
                let answer = self.too_late(person, at, out);
                if late { Answer::Late } else { answer }
            }
            OfferState::Declined { .. }
            | OfferState::Failed { .. }
            | OfferState::NoShow { .. }
            | OfferState::Expired { .. }
            | OfferState::Withdrawn { .. }
            | OfferState::Cancelled { .. }
            | OfferState::Released { .. } => self.too_late(person, at, out),
        }
    }

    /// A place, a reserve, or neither.
    fn admit(
        &mut self,
        person: PersonId,
        eta: Option<Span>,
        at: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Answer {
        let Some(offer) = self.offers.get(&person) else { return Answer::DoNotCome };
        let travel = eta.unwrap_or(offer.candidate.promise);
        if at + travel > self.deadline {
            return self.put_off(person, at, out);
        }
        if self.take_place(person) {
            return self.welcome(person, eta, at, out);
        }
        if self.reserves() < self.policy.reserves(self.whole_need()) {
            let (until, turn) = (at + self.policy.reserve_for, self.turns);
            self.turns += 1;
            self.is_wanted(person, eta, at);
            self.put(person, OfferState::Reserve { until, travel, turn });
            self.tell(person, at, EffectKind::Reserve { until }, out);
            return Answer::Reserve { until };
        }
        self.put(person, OfferState::Withdrawn { at, why: Why::Filled });
        self.too_late(person, at, out)
    }

    /// Whether an arrival beyond the deadline costs the place: only while others can still be asked.
    fn gives_up(&self, state: &OfferState, by: Timestamp, at: Timestamp) -> bool {
        let left = matches!(state, OfferState::EnRoute { .. });
        let allowance = if left { self.policy.no_show_after } else { Span::ZERO };
        !self.is_ending() && at < self.deadline && by > self.deadline + allowance
    }

    /// Later than needed: no place, and none of a reserve.
    fn put_off(&mut self, person: PersonId, at: Timestamp, out: &mut Vec<Effect>) -> Answer {
        let placed = self.offers.get(&person).is_some_and(|offer| offer.state.has_place());
        self.put(person, OfferState::Withdrawn { at, why: Why::Late });
        if placed {
            self.free_place(person);
        }
        self.too_late(person, at, out);
        Answer::Late
    }

    fn welcome(
        &mut self,
        person: PersonId,
        eta: Option<Span>,
        at: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Answer {
        let Some(offer) = self.offers.get(&person) else { return Answer::DoNotCome };
        let arrives_by = at + eta.unwrap_or(offer.candidate.promise);
        self.is_wanted(person, eta, at);
        self.put(person, OfferState::Accepted { at, arrives_by });
        self.tell(person, at, EffectKind::Thank { arrives_by }, out);
        Answer::Coming { arrives_by }
    }

    fn on_the_way(
        &mut self,
        person: PersonId,
        eta: Option<Span>,
        at: Timestamp,
        elsewhere: bool,
        out: &mut Vec<Effect>,
    ) -> Answer {
        // Minutes that are told on leaving count from leaving, whatever was told before.
        if let Some(offer) = self.offers.get_mut(&person)
            && let OfferState::Accepted { arrives_by, .. } = offer.state
        {
            offer.eta = None;
            offer.state = OfferState::EnRoute { at, arrives_by };
        }
        let answer = self.accept(person, eta, at, elsewhere, out);
        if let Some(offer) = self.offers.get_mut(&person)
            && let OfferState::Accepted { arrives_by, .. } = offer.state
        {
            offer.state = OfferState::EnRoute { at, arrives_by };
        }
        answer
    }

    fn decline(&mut self, person: PersonId, at: Timestamp) -> Answer {
        let Some(offer) = self.offers.get(&person) else { return Answer::DoNotCome };
        match offer.state {
            OfferState::Planned
            | OfferState::Queued
            | OfferState::Sent { .. }
            | OfferState::Delivered { .. }
            | OfferState::Reserve { .. }
            | OfferState::Accepted { .. }
            | OfferState::EnRoute { .. } => {
                let placed = offer.state.has_place();
                self.says_no(person);
                self.put(person, OfferState::Declined { at });
                if placed {
                    self.free_place(person);
                }
                Answer::Declined
            }
            OfferState::Failed { .. } if at < offer.deadline => {
                self.says_no(person);
                self.put(person, OfferState::Declined { at });
                Answer::Declined
            }
            OfferState::Declined { .. } => Answer::Declined,
            OfferState::Arrived { .. } => Answer::Here,
            OfferState::Expired { .. }
            | OfferState::Withdrawn { .. }
            | OfferState::Failed { .. }
            | OfferState::NoShow { .. }
            | OfferState::Cancelled { .. }
            | OfferState::Released { .. } => Answer::DoNotCome,
        }
    }

    /// The contact is somebody else's. An offer that reached nobody but them has failed, and so has a
    /// yes that only they said.
    fn block(
        &mut self,
        person: PersonId,
        contact: ContactId,
        at: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Answer {
        let Some(offer) = self.offers.get_mut(&person) else { return Answer::Blocked };
        if offer.blocked.insert(contact) {
            let promised = matches!(
                offer.state,
                OfferState::Reserve { .. }
                    | OfferState::Accepted { .. }
                    | OfferState::EnRoute { .. }
            );
            let placed = offer.state.has_place();
            if offer.state.is_open() || (promised && offer.was_promised_by(contact)) {
                offer.state = OfferState::Failed { at };
                if placed {
                    self.free_place(person);
                }
            }
            self.tell(person, at, EffectKind::BlockContact(contact), out);
        }
        Answer::Blocked
    }

    /// Told in a message once until they are wanted again, in the answer each time.
    fn too_late(&mut self, person: PersonId, at: Timestamp, out: &mut Vec<Effect>) -> Answer {
        let untold = self
            .offers
            .get_mut(&person)
            .is_some_and(|o| !std::mem::replace(&mut o.told_late, true));
        if untold {
            self.tell(person, at, EffectKind::TooLate, out);
        }
        Answer::DoNotCome
    }

    pub(super) fn says_yes(&mut self, person: PersonId, eta: Option<Span>, at: Timestamp) {
        self.first_yes_at = self.first_yes_at.or(Some(at));
        if let Some(offer) = self.offers.get_mut(&person) {
            (offer.said, offer.eta) = (Some(true), eta);
        }
    }

    /// A yes that is taken: what is told after it is news, "do not come" as well.
    fn is_wanted(&mut self, person: PersonId, eta: Option<Span>, at: Timestamp) {
        self.says_yes(person, eta, at);
        if let Some(offer) = self.offers.get_mut(&person) {
            offer.told_late = false;
        }
    }

    fn says_no(&mut self, person: PersonId) {
        if let Some(offer) = self.offers.get_mut(&person) {
            offer.said = Some(false);
        }
    }

    fn expect_by(&mut self, person: PersonId, by: Timestamp, eta: Span) {
        let Some(offer) = self.offers.get_mut(&person) else { return };
        offer.eta = Some(eta);
        if let OfferState::Accepted { arrives_by, .. } | OfferState::EnRoute { arrives_by, .. } =
            &mut offer.state
        {
            *arrives_by = by;
        }
    }
}
