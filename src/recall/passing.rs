//! What time alone does to a recall.
//!
//! What is overdue happens once, at the instant that finds it: after a downtime an offer whose
//! deadline has passed expires, and nothing is sent that should have been sent long ago. At one
//! instant the order is: offers that expire, reserves that have waited long enough, no-shows, people
//! who go home; within each by number of the person, and home in the order of release.

use super::effect::{Effect, EffectKind, Why};
use super::offer::{Offer, OfferState};
use super::quota::{Phase, Recall};
use crate::engine::time::{Span, Timestamp};

impl Recall {
    /// Does what is due.
    pub(super) fn pass(&mut self, at: Timestamp, out: &mut Vec<Effect>) {
        for person in self.those(|o| o.state.is_open() && o.deadline <= at) {
            if let Some(offer) = self.offers.get_mut(&person) {
                // Who was never sent an offer has not kept silent about it.
                let sent =
                    matches!(offer.state, OfferState::Sent { .. } | OfferState::Delivered { .. });
                offer.state =
                    if sent { OfferState::Expired { at } } else { OfferState::Failed { at } };
            }
        }
        let waited = |o: &Offer| o.state.reserve_until().is_some_and(|until| until <= at);
        for person in self.those(waited) {
            self.put(person, OfferState::Withdrawn { at, why: Why::Waited });
            self.tell(person, at, EffectKind::Withdraw(Why::Waited), out);
        }
        for person in self.those(|o| self.no_show_at(o).is_some_and(|due| due <= at)) {
            self.put(person, OfferState::NoShow { at });
            self.tell(person, at, EffectKind::NoShow, out);
            self.free_place(person);
        }
        if self.is_ending() {
            self.release_due(at, out);
        }
    }

    /// When a person on the way becomes a no-show. Nobody travels in a drill.
    fn no_show_at(&self, offer: &Offer) -> Option<Timestamp> {
        let expected = offer.state.arrives_by().filter(|_| !self.id.drill);
        expected.map(|arrives_by| arrives_by + self.policy.no_show_after)
    }

    /// The next instant after `at` at which time alone may change something.
    pub fn next_due(&self, at: Timestamp) -> Option<Timestamp> {
        let mut due = Vec::new();
        for offer in self.offers.values() {
            if offer.state.is_open() {
                due.push(offer.deadline);
                due.extend(offer.hoped_until(self.policy.wave_timer));
            }
            due.extend(self.no_show_at(offer));
            due.extend(offer.state.reserve_until());
            let home = offer.state.there_since().filter(|_| self.is_ending());
            due.extend(home.map(|since| since + self.policy.engagement_min));
        }
        match self.phase {
            Phase::Asking { held_until } => {
                due.extend(held_until);
                // Promises run out one by one before the deadline; the last is the deadline itself.
                due.push(self.deadline);
                let promises = self.waiting.iter().map(|c| self.deadline - c.promise);
                due.extend(promises.map(|last| last + Span::millis(1)));
            }
            Phase::Ending { .. } => {}
        }
        due.into_iter().filter(|&t| t > at).min()
    }
}
