//! One recall: its need, its offers and its places.

use super::candidate::{Candidate, Skill};
use super::effect::{Effect, EffectKey, EffectKind, RecallId, Summary, Why};
use super::input::{Need, Order};
use super::offer::{Offer, OfferState};
use super::places::Places;
use super::policy::RecallPolicy;
use crate::engine::observation::UnitId;
use crate::engine::time::Timestamp;
use crate::roster::PersonId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A recall.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recall {
    pub(super) id: RecallId,
    pub(super) unit: UnitId,
    pub(super) need: Need,
    pub(super) deadline: Timestamp,
    pub(super) policy: RecallPolicy,
    pub(super) started_at: Timestamp,
    /// Nobody hears of it; only a drill may be so.
    pub(super) silent: bool,
    pub(super) phase: Phase,
    /// Not asked yet, in order.
    pub(super) waiting: Vec<Candidate>,
    pub(super) offers: BTreeMap<PersonId, Offer>,
    pub(super) places: Places,
    pub(super) waves: u32,
    /// Reserves so far, for the order of promotion.
    pub(super) turns: u32,
    /// Effects that concern the whole recall so far, for the key of the next.
    pub(super) told: u32,
    /// It has been told that the need is met, and it still is.
    pub(super) filled: bool,
    /// When somebody said yes first, and when the need was met first.
    pub(super) first_yes_at: Option<Timestamp>,
    pub(super) filled_at: Option<Timestamp>,
    /// Heads told to be out of reach, and whether for certain.
    pub(super) shortfall: BTreeMap<Skill, (u32, bool)>,
}

/// Whether a recall still wants people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// It does; nobody is asked while a commander holds it.
    Asking { held_until: Option<Timestamp> },
    /// It waits for those who are on the way or at work.
    Ending { why: Why },
}

/// Heads of a recall, for a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Heads {
    /// Needed, all skills.
    pub need: u32,
    /// Of those, without a person who has the place.
    pub missing: u32,
    /// Asked so far.
    pub asked: u32,
    /// Asked and not answered yet.
    pub open: u32,
    /// With a place, not there yet.
    pub coming: u32,
    /// At work.
    pub arrived: u32,
    /// Reserves.
    pub reserves: u32,
    /// Could still be asked.
    pub waiting: u32,
}

impl Recall {
    pub(super) fn new(order: Order, at: Timestamp, silent: bool) -> Self {
        let mut recall = Self {
            id: order.id,
            unit: order.unit,
            need: order.need,
            deadline: order.deadline,
            policy: order.policy,
            started_at: at,
            silent,
            phase: Phase::Asking { held_until: None },
            waiting: Vec::new(),
            offers: BTreeMap::new(),
            places: Places::default(),
            waves: 0,
            turns: 0,
            told: 0,
            filled: false,
            first_yes_at: None,
            filled_at: None,
            shortfall: BTreeMap::new(),
        };
        recall.add(order.candidates);
        recall
    }

    /// Takes further candidates behind those who wait. Whoever is known already is passed over.
    pub(super) fn add(&mut self, candidates: Vec<Candidate>) {
        for candidate in candidates {
            let person = candidate.person;
            let known = self.waiting.iter().any(|c| c.person == person);
            if !known && !self.offers.contains_key(&person) {
                self.waiting.push(candidate);
            }
        }
        self.shortfall.clear();
    }

    /// Its name.
    pub fn id(&self) -> RecallId {
        self.id
    }

    /// Whether nobody hears of it: a drill whose answers are made up.
    pub fn is_silent(&self) -> bool {
        self.silent
    }

    /// The unit that asks.
    pub fn unit(&self) -> UnitId {
        self.unit
    }

    /// Heads needed by skill.
    pub fn need(&self) -> &Need {
        &self.need
    }

    /// When people must be there.
    pub fn deadline(&self) -> Timestamp {
        self.deadline
    }

    /// Offers by person.
    pub fn offers(&self) -> &BTreeMap<PersonId, Offer> {
        &self.offers
    }

    /// Who has not been asked, in order.
    pub fn waiting(&self) -> &[Candidate] {
        &self.waiting
    }

    /// Waves so far.
    pub fn waves(&self) -> u32 {
        self.waves
    }

    /// Whether it wants nobody any more and waits for those on the way and at work.
    pub fn is_ending(&self) -> bool {
        matches!(self.phase, Phase::Ending { .. })
    }

    /// Whether the need of every skill is met.
    pub fn is_filled(&self) -> bool {
        self.need.keys().all(|&skill| self.missing(skill) == 0)
    }

    /// Heads of a skill without a person who has the place.
    pub fn missing(&self, skill: Skill) -> u32 {
        let need = self.need.get(&skill).copied().unwrap_or(0);
        need.saturating_sub(self.places.heads(skill))
    }

    /// The skill whose place a person has.
    pub fn place_of(&self, person: PersonId) -> Option<Skill> {
        self.places.skill_of(person)
    }

    /// Figures of the moment.
    pub fn heads(&self) -> Heads {
        let count = |is: fn(&OfferState) -> bool| {
            self.offers.values().filter(|o| is(&o.state)).count() as u32
        };
        Heads {
            need: self.whole_need(),
            missing: self.need.keys().map(|&skill| self.missing(skill)).sum(),
            asked: self.offers.len() as u32,
            open: count(OfferState::is_open),
            coming: count(OfferState::is_coming),
            arrived: count(|s| matches!(s, OfferState::Arrived { .. })),
            reserves: self.reserves(),
            waiting: self.waiting.len() as u32,
        }
    }

    pub(super) fn whole_need(&self) -> u32 {
        self.need.values().fold(0, |sum, &heads| sum.saturating_add(heads))
    }

    pub(super) fn reserves(&self) -> u32 {
        let reserve = |o: &&Offer| matches!(o.state, OfferState::Reserve { .. });
        self.offers.values().filter(reserve).count() as u32
    }

    /// Places by skill, the overbook included.
    pub(super) fn room(&self) -> Need {
        self.need.iter().map(|(&skill, &heads)| (skill, self.policy.places(heads))).collect()
    }

    /// Gives a place, within the need before within the overbook.
    pub(super) fn take_place(&mut self, person: PersonId) -> bool {
        let Some(offer) = self.offers.get(&person) else { return false };
        let skills = &offer.candidate.skills;
        self.places.take(person, skills, &self.need)
            || self.places.take(person, skills, &self.room())
    }

    /// Whether a place is free for a person who was asked.
    pub fn has_room(&self, offer: &Offer) -> bool {
        let candidate = &offer.candidate;
        !self.is_ending()
            && self.places.clone().take(candidate.person, &candidate.skills, &self.room())
    }

    /// Gives somebody who is at work a place, over the need where all are taken.
    pub(super) fn seat(&mut self, person: PersonId) {
        if !self.take_place(person)
            && let Some(offer) = self.offers.get(&person)
        {
            self.places.seat(person, offer.skill, &offer.candidate.skills);
        }
    }

    /// Takes a place back and lets the others move up.
    pub(super) fn free_place(&mut self, person: PersonId) {
        self.places.free(person);
        self.arrange();
    }

    pub(super) fn arrange(&mut self) {
        let room = self.room();
        self.places.arrange(&self.need, &room);
    }

    /// Whether the person cannot be asked by another recall: asked here without an answer, on the
    /// way, at work, or decided against coming. In a drill only an open offer counts: its
    /// acceptances reserve nobody.
    pub(super) fn holds(&self, person: PersonId) -> bool {
        self.offers.get(&person).is_some_and(|offer| {
            let declined = matches!(offer.state, OfferState::Declined { .. });
            offer.state.is_open() || (!self.id.drill && (!offer.state.is_final() || declined))
        })
    }

    /// Persons of the offers whose state is such, in order of their numbers.
    pub(super) fn those(&self, is: impl Fn(&Offer) -> bool) -> Vec<PersonId> {
        self.offers.iter().filter(|(_, o)| is(o)).map(|(&person, _)| person).collect()
    }

    /// Changes the state of an offer.
    pub(super) fn put(&mut self, person: PersonId, state: OfferState) {
        if let Some(offer) = self.offers.get_mut(&person) {
            offer.state = state;
        }
    }

    /// Tells something of a person.
    pub(super) fn tell(
        &mut self,
        person: PersonId,
        at: Timestamp,
        kind: EffectKind,
        out: &mut Vec<Effect>,
    ) {
        let Some(offer) = self.offers.get_mut(&person) else { return };
        let (wave, repeat) = (offer.wave, offer.told);
        offer.told += 1;
        let (recall, purpose) = (self.id, kind.purpose());
        let key = EffectKey { recall, wave, person: Some(person), purpose, repeat };
        out.push(Effect { key, at, kind });
    }

    /// Tells something of the recall as a whole.
    pub(super) fn announce(&mut self, at: Timestamp, kind: EffectKind, out: &mut Vec<Effect>) {
        let (recall, purpose, repeat) = (self.id, kind.purpose(), self.told);
        self.told += 1;
        out.push(Effect {
            key: EffectKey { recall, wave: 0, person: None, purpose, repeat },
            at,
            kind,
        });
    }

    /// How it went.
    pub fn summary(&self) -> Summary {
        let count =
            |is: &dyn Fn(&Offer) -> bool| self.offers.values().filter(|o| is(o)).count() as u32;
        let came =
            |o: &Offer| matches!(o.state, OfferState::Arrived { .. } | OfferState::Released { .. });
        let since = |at: Timestamp| {
            u32::try_from((at - self.started_at).as_millis() / 1_000).unwrap_or_default()
        };
        Summary {
            need: self.whole_need(),
            asked: self.offers.len() as u32,
            accepted: count(&|o| o.said == Some(true)),
            came: count(&came),
            no_shows: count(&|o| matches!(o.state, OfferState::NoShow { .. })),
            waves: self.waves,
            reached: count(&|o| o.reached || o.said.is_some()),
            first_yes_after_seconds: self.first_yes_at.map(since),
            filled_after_seconds: self.filled_at.map(since),
        }
    }
}
