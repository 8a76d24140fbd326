//! Whom to ask next, and when nobody is left.
//!
//! One rule covers the first wave, the timer and the early wave. An offer is *hoped for* while it is
//! open and was sent less than a wave timer ago. Where the hoped-for offers fill the missing places
//! less probably than `improbable_below`, more are asked until they do with `confidence`. So a wave
//! that nobody answers is followed by the next at the timer, and one that many decline at once.
//! Silence beyond the timer counts as no for the size of the next wave, and as a yes when it comes
//! after all.
//!
//! A person with several skills is picked for the scarcest: the one with the fewest people left to
//! ask. Confidence holds for each skill by itself.

use super::acceptance::Learned;
use super::candidate::{Candidate, Skill};
use super::effect::{Effect, EffectKind, Why};
use super::odds::Odds;
use super::offer::{Offer, OfferState};
use super::quota::{Phase, Recall};
use crate::engine::time::{Span, Timestamp};
use crate::roster::PersonId;
use std::collections::BTreeSet;

/// What asking needs to know beside the recall.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asking<'a> {
    /// The instant.
    pub(super) at: Timestamp,
    /// Acceptance so far.
    pub(super) learned: &'a Learned,
    /// Whom other recalls hold.
    pub(super) busy: &'a BTreeSet<PersonId>,
    /// Ask whoever may still answer: a commander wants it so.
    pub(super) now: bool,
}

impl Recall {
    /// Asks the next wave where one is due.
    pub(super) fn ask(&mut self, asking: Asking<'_>, out: &mut Vec<Effect>) {
        if !self.may_ask(asking.at) {
            return;
        }
        let wave = self.waves + 1;
        for skill in self.scarcest_first() {
            let picked = self.pick(skill, asking);
            if !picked.is_empty() {
                self.waves = wave;
            }
            for candidate in picked {
                let person = candidate.person;
                let deadline = (asking.at + self.policy.offer_deadline).min(self.deadline);
                let offer = Offer::new(candidate, wave, skill, asking.at, deadline);
                self.offers.insert(person, offer);
                self.tell(person, asking.at, EffectKind::Offer { deadline }, out);
            }
        }
    }

    fn may_ask(&self, at: Timestamp) -> bool {
        let held = match self.phase {
            Phase::Asking { held_until } => held_until.is_some_and(|until| at < until),
            Phase::Ending { .. } => true,
        };
        !held && at < self.deadline
    }

    /// Skills with missing places, the one with the fewest people left first.
    fn scarcest_first(&self) -> Vec<Skill> {
        let mut skills: Vec<Skill> =
            self.need.keys().copied().filter(|&skill| self.missing(skill) > 0).collect();
        let left = |skill: Skill| self.waiting.iter().filter(|c| c.skills.contains(&skill)).count();
        skills.sort_by_key(|&skill| (left(skill), skill));
        skills
    }

    /// Takes those out of the waiting who are asked for a skill now.
    fn pick(&mut self, skill: Skill, asking: Asking<'_>) -> Vec<Candidate> {
        let rate = |c: &Candidate| asking.learned.rate(c.class, self.id.drill);
        let mut odds = Odds::new(self.missing(skill));
        let timer = self.policy.wave_timer;
        let hoped = |o: &&Offer| o.hoped_until(timer).is_some_and(|until| asking.at < until);
        let mut hopes = 0;
        for offer in self.offers.values().filter(hoped) {
            if !asking.now && self.serves(offer) == Some(skill) {
                odds.add(rate(&offer.candidate));
                hopes += 1;
            }
        }
        if hopes > 0 && odds.enough() >= self.policy.improbable_below {
            return Vec::new();
        }
        let mut picked = Vec::new();
        let mut left = Vec::new();
        for candidate in &self.waiting {
            let wanted = odds.enough() < self.policy.confidence;
            if wanted && self.can_ask(candidate, skill, asking.at, asking.busy) {
                odds.add(rate(candidate));
                picked.push(candidate.clone());
            } else {
                left.push(candidate.clone());
            }
        }
        if !picked.is_empty() {
            self.waiting = left;
        }
        picked
    }

    fn can_ask(
        &self,
        candidate: &Candidate,
        skill: Skill,
        at: Timestamp,
        busy: &BTreeSet<PersonId>,
    ) -> bool {
        candidate.skills.contains(&skill)
            && candidate.contacts > 0
            && at + candidate.promise <= self.deadline
            && !busy.contains(&candidate.person)
    }

    /// The skill that an open offer would fill: the one it was made for, or another that is missing.
    fn serves(&self, offer: &Offer) -> Option<Skill> {
        let missing = |skill: &Skill| self.missing(*skill) > 0;
        Some(offer.skill)
            .filter(missing)
            .or_else(|| offer.candidate.skills.iter().copied().find(missing))
    }

    /// Gives free places to reserves, says that the need is met, and sends away who is too many.
    pub(super) fn settle(&mut self, at: Timestamp, out: &mut Vec<Effect>) {
        if self.is_ending() {
            return;
        }
        self.promote(at, out);
        if !self.is_filled() {
            self.filled = false;
            return;
        }
        self.shortfall.clear();
        if !self.filled {
            self.filled = true;
            self.filled_at = self.filled_at.or(Some(at));
            self.announce(at, EffectKind::Filled, out);
        }
        if self.reserves() >= self.policy.reserves(self.whole_need()) {
            self.withdraw_open(at, Why::Filled, out);
        }
    }

    /// Reserves move up in the order in which they accepted.
    fn promote(&mut self, at: Timestamp, out: &mut Vec<Effect>) {
        if self.is_filled() {
            return;
        }
        let mut line: Vec<(u32, PersonId, Span)> = Vec::new();
        for (&person, offer) in &self.offers {
            if let OfferState::Reserve { turn, travel, .. } = offer.state
                && at + travel <= self.deadline
            {
                line.push((turn, person, travel));
            }
        }
        line.sort_unstable();
        for (_, person, travel) in line {
            let Some(offer) = self.offers.get(&person) else { continue };
            if self.places.take(person, &offer.candidate.skills, &self.need) {
                let arrives_by = at + travel;
                self.put(person, OfferState::Accepted { at, arrives_by });
                self.tell(person, at, EffectKind::Promote { arrives_by }, out);
            }
        }
    }

    /// Says which heads are out of reach: once when that is foreseen, again when it is certain.
    pub(super) fn tell_shortfall(
        &mut self,
        at: Timestamp,
        busy: &BTreeSet<PersonId>,
        out: &mut Vec<Effect>,
    ) {
        let Phase::Asking { held_until } = self.phase else { return };
        if held_until.is_some_and(|until| at < until) {
            return;
        }
        for skill in self.scarcest_first() {
            if self.waiting.iter().any(|c| self.can_ask(c, skill, at, busy)) {
                continue;
            }
            let open = |o: &&Offer| o.state.is_open() && self.serves(o) == Some(skill);
            let open = self.offers.values().filter(open).count() as u32;
            let heads = self.missing(skill).saturating_sub(open);
            let certain = open == 0;
            let news = match self.shortfall.get(&skill) {
                None => true,
                Some(&(told, was_certain)) => certain && (!was_certain || heads > told),
            };
            if heads > 0 && news {
                self.shortfall.insert(skill, (heads, certain));
                self.announce(at, EffectKind::Unfilled { skill, heads, certain }, out);
            }
        }
    }
}
