//! Stand-down: who is told not to come, who is let come, who goes home when.

use super::effect::{Effect, EffectKind, Why};
use super::offer::{Offer, OfferState};
use super::policy::ReleaseOrder;
use super::quota::{Phase, Recall};
use crate::engine::time::{Span, Timestamp};
use crate::roster::PersonId;
use std::cmp::Reverse;

impl Recall {
    /// Nobody is wanted any more. Open offers and reserves are withdrawn. Who is on the way is told
    /// to turn back while less than the limit of the way is behind them, or wherever they are where
    /// it is `forced`; the others come, and go home after the paid minimum.
    pub(super) fn end(&mut self, at: Timestamp, why: Why, forced: bool, out: &mut Vec<Effect>) {
        if !self.is_ending() {
            self.phase = Phase::Ending { why };
        }
        self.withdraw_open(at, why, out);
        let limit = self.policy.turn_back_percent;
        let turned = |o: &Offer| {
            o.state.is_coming() && (forced || self.id.drill || o.may_turn_back(at, limit))
        };
        for person in self.those(turned) {
            self.cancel(person, at, why, out);
        }
        for person in self.those(|o| matches!(o.state, OfferState::Reserve { .. })) {
            self.put(person, OfferState::Withdrawn { at, why });
            self.tell(person, at, EffectKind::Withdraw(why), out);
        }
        self.release_due(at, out);
    }

    /// Withdraws every open offer.
    pub(super) fn withdraw_open(&mut self, at: Timestamp, why: Why, out: &mut Vec<Effect>) {
        for person in self.those(|o| o.state.is_open()) {
            self.put(person, OfferState::Withdrawn { at, why });
            self.tell(person, at, EffectKind::Withdraw(why), out);
        }
    }

    /// Tells one person who has a place not to come.
    pub(super) fn cancel(
        &mut self,
        person: PersonId,
        at: Timestamp,
        why: Why,
        out: &mut Vec<Effect>,
    ) {
        self.put(person, OfferState::Cancelled { at, why });
        self.tell(person, at, EffectKind::Cancel(why), out);
        self.free_place(person);
    }

    /// Sends home who has been there for the paid minimum.
    pub(super) fn release_due(&mut self, at: Timestamp, out: &mut Vec<Effect>) {
        for (person, since) in self.in_order_of_release(at) {
            if at - since >= self.policy.engagement_min {
                self.release(person, at - since, at, out);
            }
        }
    }

    /// A commander sends so many home, and needs so many fewer.
    pub(super) fn release_heads(&mut self, heads: u32, at: Timestamp, out: &mut Vec<Effect>) {
        let home = self.in_order_of_release(at);
        for (person, since) in home.into_iter().take(heads as usize) {
            if let Some(skill) = self.places.skill_of(person)
                && let held = self.places.heads(skill)
                && let Some(need) = self.need.get_mut(&skill)
                && held <= *need
            {
                *need = need.saturating_sub(1);
            }
            self.release(person, at - since, at, out);
        }
    }

    fn release(&mut self, person: PersonId, worked: Span, at: Timestamp, out: &mut Vec<Effect>) {
        self.put(person, OfferState::Released { at, worked });
        self.tell(person, at, EffectKind::Release, out);
        self.free_place(person);
    }

    /// Those at work with the time of their arrival, who goes first in front.
    fn in_order_of_release(&self, at: Timestamp) -> Vec<(PersonId, Timestamp)> {
        let there = |(&person, offer): (&PersonId, &Offer)| {
            Some((person, offer.state.there_since()?, offer.candidate.worked))
        };
        let mut home: Vec<_> = self.offers.iter().filter_map(there).collect();
        match self.policy.release_order {
            ReleaseOrder::LongestHours => {
                home.sort_by_key(|&(person, since, worked)| {
                    (Reverse(worked + (at - since)), person)
                });
            }
            ReleaseOrder::LastIn => {
                home.sort_by_key(|&(person, since, _)| (Reverse(since), person))
            }
        }
        home.into_iter().map(|(person, since, _)| (person, since)).collect()
    }
}
