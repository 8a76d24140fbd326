//! Recalls inside the fold: which levels call for one, what its machine says, when it wakes.
//!
//! The machine is [`crate::recall`]; here it is fed. A level that is reached *wants* a recall, which
//! has its name from then on: whoever knows the roster starts it under that name, and a second start
//! changes nothing. A level that falls stands its recall down and wants none any more, in the entry
//! that lets it fall. The first order of a level ends every drill.
//!
//! A start is refused once its level is no longer in force, so that an order that comes too late
//! calls nobody. Whether anybody is asked decides nothing about levels.

use super::Engine;
use super::command::Level;
use super::effect::{Effect, EffectId, EffectKind, IncidentId, RecallLine, Recalled, Transition};
use super::emit::Emit;
use super::observation::UnitId;
use super::time::Timestamp;
use crate::recall::{self, Answer, Campaigns, Input, RecallId, Receipt, Refusal};
use crate::roster::PersonId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The levels that call people who are off duty.
const ASKING: [Level; 2] = [Level::L2, Level::L3];

/// A recall that a level in force calls for and that has not been started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    /// The unit.
    pub unit: UnitId,
    /// The name that it will have.
    pub recall: RecallId,
    /// Why it has not been started, as it was told last.
    pub note: Option<Note>,
}

/// Why nobody is asked although a level calls for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// Recall is switched off.
    Off,
    /// Only what would happen is computed.
    DryRun {
        /// Heads needed.
        need: u32,
        /// People who would be asked at once.
        asked: u32,
    },
    /// The need cannot be computed and no other is set.
    NoNeed,
    /// Nobody is missing.
    Enough,
    /// The roster cannot be read.
    NoRoster,
}

/// All recalls, as the engine keeps them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Recalls {
    /// Shared with views: copied only where a view still holds it.
    campaigns: Arc<Campaigns>,
    /// When the machine wants to be woken.
    due: Timestamp,
    wants: Vec<Want>,
    /// How often each level of [`ASKING`] was reached in the last incident of a unit.
    rises: BTreeMap<UnitId, (IncidentId, [u32; 2])>,
    /// Offers by the effect that told them, for the receipts of their delivery.
    offers: BTreeMap<EffectId, (RecallId, PersonId)>,
}

impl Recalls {
    pub(super) fn new() -> Self {
        Self {
            campaigns: Arc::default(),
            due: Timestamp::MAX,
            wants: Vec::new(),
            rises: BTreeMap::new(),
            offers: BTreeMap::new(),
        }
    }

    pub(super) fn due(&self) -> Timestamp {
        self.due
    }

    pub(super) fn campaigns(&self) -> Arc<Campaigns> {
        self.campaigns.clone()
    }

    pub(super) fn wants(&self) -> &[Want] {
        &self.wants
    }

    /// Gives the machine an input and tells what follows, with `said` in front of it.
    fn apply(&mut self, at: Timestamp, input: Input, said: Option<Said>, emit: &mut Emit<'_>) {
        let mut known: BTreeMap<RecallId, (UnitId, bool)> =
            self.campaigns.recalls().map(|r| (r.id(), (r.unit(), r.is_silent()))).collect();
        if let Input::Start(order) | Input::Rehearse(order) = &input {
            let silent = matches!(input, Input::Rehearse(_));
            known.entry(order.id).or_insert((order.unit, silent));
        }
        let (act, recall, person) = (input.act(), input.recall(), input.person());
        let mut effects = Vec::new();
        let answer = Arc::make_mut(&mut self.campaigns).apply(at, input, &mut effects);
        if let Some(Said(order)) = said {
            let unit = recall.and_then(|id| known.get(&id)).map(|&(unit, _)| unit);
            let recalled = Recalled { unit, recall, person, act, answer, order };
            emit.push(at, EffectKind::Recalled(recalled));
        }
        for effect in effects {
            self.tell(&known, effect, emit);
        }
        self.due = self.campaigns.next_due().unwrap_or(Timestamp::MAX);
    }

    fn tell(
        &mut self,
        known: &BTreeMap<RecallId, (UnitId, bool)>,
        effect: recall::Effect,
        emit: &mut Emit<'_>,
    ) {
        let key = effect.key;
        let recall = self.campaigns.recall(key.recall);
        let offer = recall.zip(key.person).and_then(|(r, person)| r.offers().get(&person));
        let mut skill = offer.map(|offer| offer.skill);
        if let recall::EffectKind::Unfilled { skill: lacking, .. } = effect.kind {
            skill = Some(lacking);
        }
        let needed_by = recall.map(recall::Recall::deadline);
        if let (recall::EffectKind::Offer { .. }, Some(person)) = (&effect.kind, key.person) {
            self.offers.insert(emit.next_id(), (key.recall, person));
        }
        if let recall::EffectKind::Closed(_) = effect.kind {
            self.offers.retain(|_, (recall, _)| *recall != key.recall);
        }
        // Of a drill that is forgotten nobody knows who heard of it: then nobody does.
        let known = known.get(&key.recall);
        let silent = known.map_or(key.recall.drill, |&(_, silent)| silent);
        let (unit, at) = (known.map(|&(unit, _)| unit), effect.at);
        let line = RecallLine { unit, skill, needed_by, silent, effect };
        emit.push(at, EffectKind::Recall(Box::new(line)));
    }

    /// Notes what a change of level calls for, or calls for no longer.
    fn note_change(&mut self, t: &Transition) {
        self.wants.retain(|want| want.unit != t.unit || want.recall.level <= t.to);
        let (incident, rises) = self.rises.entry(t.unit).or_insert((t.incident, [0; 2]));
        if *incident != t.incident {
            (*incident, *rises) = (t.incident, [0; 2]);
        }
        for (level, generation) in ASKING.into_iter().zip(rises) {
            if t.from < level && level <= t.to {
                *generation += 1;
                let (incident, generation) = (t.incident, *generation);
                let recall = RecallId { incident, level, generation, drill: false };
                self.wants.push(Want { unit: t.unit, recall, note: None });
            }
        }
    }
}

/// Somebody's input, which the log book keeps, with the commander's name and reason.
struct Said(Option<(String, String)>);

impl Engine {
    /// Takes an input of a recall.
    pub(super) fn recall(
        &mut self,
        input: &Input,
        order: Option<&(String, String)>,
        emit: &mut Emit<'_>,
    ) {
        let mut refuse = |unit: Option<UnitId>, why: Refusal| {
            let recalled = Recalled {
                unit,
                recall: input.recall(),
                person: input.person(),
                act: input.act(),
                answer: Answer::Refused(why),
                order: order.cloned(),
            };
            emit.push(self.at, EffectKind::Recalled(recalled));
        };
        if let Input::Start(start) | Input::Rehearse(start) = input {
            if let Some(why) = self.refuses(start) {
                return refuse(Some(start.unit), why);
            }
            self.recalls.wants.retain(|want| want.recall != start.id);
        }
        if let Input::Reply(reply) = input
            && self.never_was(reply.recall)
        {
            return refuse(None, Refusal::NoRecall);
        }
        let said = input.is_said().then(|| Said(order.cloned()));
        self.recalls.apply(self.at, input.clone(), said, emit);
    }

    /// Why a recall cannot begin, by the levels in force.
    fn refuses(&self, start: &recall::Order) -> Option<Refusal> {
        if start.id.drill {
            let calm = self.units.iter().all(|unit| unit.ladder.level() == Level::None);
            return (!calm).then_some(Refusal::RealRecall);
        }
        let wanted = |want: &Want| (want.unit, want.recall) == (start.unit, start.id);
        if self.recalls.wants.iter().any(wanted) {
            None
        } else if self.recalls.campaigns.recall(start.id).is_some() {
            Some(Refusal::Known)
        } else {
            Some(Refusal::NotWanted)
        }
    }

    /// Whether no recall can have had a name: its incident, or the entry that a drill is numbered by,
    /// is yet to come. A recall that is over is forgotten, so of earlier ones nobody knows.
    fn never_was(&self, id: RecallId) -> bool {
        let incidents = self.recalls.rises.values().map(|&(incident, _)| incident);
        let newest = if id.drill { Some(self.seq) } else { incidents.max() };
        newest.is_none_or(|newest| id.incident > newest)
    }

    /// Notes why a recall that is wanted is not started; the same again is no news.
    pub(super) fn note_recall(&mut self, recall: RecallId, note: Note, emit: &mut Emit<'_>) {
        let mut wants = self.recalls.wants.iter_mut();
        let Some(want) = wants.find(|want| want.recall == recall) else { return };
        if want.note.replace(note) != Some(note) {
            emit.push(self.at, EffectKind::RecallNote { unit: want.unit, recall, note });
        }
    }

    /// What became of the delivery of an offer.
    pub(super) fn offer_receipt(&mut self, effect: EffectId, delivered: bool, emit: &mut Emit<'_>) {
        let Some(&(recall, person)) = self.recalls.offers.get(&effect) else { return };
        let receipt = if delivered { Receipt::Sent } else { Receipt::Failed };
        self.recalls.apply(self.at, Input::Receipt(recall, person, receipt), None, emit);
    }

    /// Lets recalls follow what an entry did to the levels, and the time.
    pub(super) fn recalls_follow(&mut self, changes: &[Transition], emit: &mut Emit<'_>) {
        if self.at >= self.recalls.due {
            self.recalls.apply(self.at, Input::Tick, None, emit);
        }
        for change in changes {
            self.recalls.note_change(change);
            let fallen: Vec<RecallId> = self
                .recalls
                .campaigns
                .recalls()
                .filter(|r| r.unit() == change.unit && !r.id().drill && !r.is_ending())
                .map(recall::Recall::id)
                .filter(|id| id.level > change.to || id.incident != change.incident)
                .collect();
            for id in fallen {
                self.recalls.apply(self.at, Input::StandDown(id), None, emit);
            }
            let drills = || self.recalls.campaigns.recalls().any(|r| r.id().drill);
            if change.from == Level::None && drills() {
                self.recalls.apply(self.at, Input::EndDrills, None, emit);
            }
        }
    }
}

/// The changes of level among effects.
pub(super) fn changes(effects: &[Effect]) -> Vec<Transition> {
    let change = |effect: &Effect| match &effect.kind {
        EffectKind::Transition(t) => Some(t.clone()),
        EffectKind::Outage(_)
        | EffectKind::Reminder(_)
        | EffectKind::Commanded(_)
        | EffectKind::Verdict(_)
        | EffectKind::Quality(_)
        | EffectKind::Interval(_)
        | EffectKind::Recall(_)
        | EffectKind::Recalled(_)
        | EffectKind::RecallNote { .. } => None,
    };
    effects.iter().filter_map(change).collect()
}
