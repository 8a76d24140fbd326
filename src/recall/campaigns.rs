//! All recalls together: one person has at most one open offer.
//!
//! Recalls take turns in a fixed order: real ones before drills, the higher level first, then the
//! one that began earlier, then by number. After every input each of them settles its places and
//! asks whom it may. A person whom one recall holds is passed over by the others until the offer is
//! settled without a place; a "no" holds for all recalls that run.
//!
//! At one instant what is due comes first, then the input; a reply in the instant of a deadline is
//! late. Inputs of one instant count in the order in which they are given. Time that seems to go back
//! stands still.

use super::acceptance::Learned;
use super::asking::Asking;
use super::effect::{Effect, EffectKey, EffectKind, Purpose, RecallId, Why};
use super::input::{Answer, Command, Input, Need, Order, Refusal, Reply, Words};
use super::offer::OfferState;
use super::quota::{Phase, Recall};
use super::tally::Tally;
use crate::engine::time::Timestamp;
use crate::roster::PersonId;
use crate::staffing::NEED_MAX;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// The recalls that run, and what was learned from those that are over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Campaigns {
    now: Timestamp,
    recalls: BTreeMap<RecallId, Recall>,
    learned: Learned,
    tally: Tally,
}

impl Campaigns {
    /// None, with what earlier ones taught.
    pub fn new(learned: Learned, tally: Tally) -> Self {
        Self { now: Timestamp::MIN, recalls: BTreeMap::new(), learned, tally }
    }

    /// Takes one input.
    pub fn apply(&mut self, at: Timestamp, input: Input, out: &mut Vec<Effect>) -> Answer {
        let at = at.max(self.now);
        self.now = at;
        for id in self.in_turn() {
            if let Some(recall) = self.recalls.get_mut(&id) {
                recall.pass(at, out);
            }
        }
        self.go_on(at, None, out);
        let mut asked_for = None;
        if let Input::Command(id, Command::AskNow) = input {
            asked_for = Some(id);
        }
        let answer = self.take(at, input, out);
        self.go_on(at, asked_for, out);
        answer
    }

    fn take(&mut self, at: Timestamp, input: Input, out: &mut Vec<Effect>) -> Answer {
        match input {
            Input::Tick => Answer::Done,
            Input::Start(order) => self.start(at, order, false, out),
            Input::Rehearse(order) => self.start(at, order, true, out),
            Input::Reply(reply) => self.hear(&reply, at, out),
            Input::LoggedOn(person) => self.log_on(person, at, out),
            Input::EndDrills => {
                self.end_drills(at, out);
                Answer::Done
            }
            Input::Receipt(id, person, receipt) => {
                let elsewhere = self.held_elsewhere(id, person);
                self.with(id, |recall| recall.receive(person, receipt, at, elsewhere))
            }
            Input::Change { recall, need, deadline } => self.with(recall, |recall| {
                if recall.is_ending() {
                    return Answer::Refused(Refusal::Ending);
                }
                if !is_countable(&need) {
                    return Answer::Refused(Refusal::Need);
                }
                (recall.need, recall.deadline) = (need, deadline);
                recall.shortfall.clear();
                recall.arrange();
                Answer::Done
            }),
            Input::Candidates(id, candidates) => self.with(id, |recall| {
                recall.add(candidates);
                Answer::Done
            }),
            Input::StandDown(id) => self.with(id, |recall| {
                recall.end(at, Why::StoodDown, false, out);
                Answer::Done
            }),
            Input::Command(id, command) => self.with(id, |recall| recall.obey(command, at, out)),
        }
    }

    fn with(&mut self, id: RecallId, act: impl FnOnce(&mut Recall) -> Answer) -> Answer {
        self.recalls.get_mut(&id).map_or(Answer::Refused(Refusal::NoRecall), act)
    }

    fn start(
        &mut self,
        at: Timestamp,
        order: Order,
        silent: bool,
        out: &mut Vec<Effect>,
    ) -> Answer {
        let id = order.id;
        if self.recalls.contains_key(&id) {
            return Answer::Refused(Refusal::Known);
        }
        if !order.policy.is_sound() {
            return Answer::Refused(Refusal::Policy);
        }
        if !is_countable(&order.need) {
            return Answer::Refused(Refusal::Need);
        }
        if silent && !id.drill {
            return Answer::Refused(Refusal::NoDrill);
        }
        if !id.drill {
            self.end_drills(at, out);
        } else if self.recalls.keys().any(|other| !other.drill) {
            return Answer::Refused(Refusal::RealRecall);
        }
        self.recalls.insert(id, Recall::new(order, at, silent));
        Answer::Done
    }

    fn end_drills(&mut self, at: Timestamp, out: &mut Vec<Effect>) {
        for recall in self.recalls.values_mut().filter(|r| r.id.drill) {
            recall.end(at, Why::RealRecall, true, out);
        }
    }

    fn hear(&mut self, reply: &Reply, at: Timestamp, out: &mut Vec<Effect>) -> Answer {
        let elsewhere = self.held_elsewhere(reply.recall, reply.person);
        if let Some(recall) = self.recalls.get_mut(&reply.recall) {
            return recall.hear(reply, at, elsewhere, out);
        }
        // A recall that is over is forgotten. A wrong number is blocked even then: the same again
        // gives the same key.
        if reply.words != Words::WrongNumber {
            return Answer::DoNotCome;
        }
        let (recall, person, purpose) = (reply.recall, Some(reply.person), Purpose::BlockContact);
        let key = EffectKey { recall, wave: 0, person, purpose, repeat: reply.contact.0 };
        out.push(Effect { key, at, kind: EffectKind::BlockContact(reply.contact) });
        Answer::Blocked
    }

    /// The recall that expects the person has them; else the first in turn that asked them.
    fn log_on(&mut self, person: PersonId, at: Timestamp, out: &mut Vec<Effect>) -> Answer {
        let mut ids = self.in_turn();
        ids.retain(|id| !id.drill);
        ids.sort_by_key(|id| {
            let offer = self.recalls.get(id).and_then(|r| r.offers.get(&person));
            Reverse(offer.is_some_and(|o| o.state.has_place()))
        });
        ids.into_iter()
            .find_map(|id| {
                let elsewhere = self.held_elsewhere(id, person);
                self.recalls.get_mut(&id)?.log_on(person, at, elsewhere, out)
            })
            .unwrap_or(Answer::Refused(Refusal::NoOffer))
    }

    pub(super) fn held_elsewhere(&self, id: RecallId, person: PersonId) -> bool {
        self.recalls.iter().any(|(&other, recall)| other != id && recall.holds(person))
    }

    /// Recalls in the order in which they take turns.
    fn in_turn(&self) -> Vec<RecallId> {
        let mut ids: Vec<(bool, Reverse<_>, Timestamp, RecallId)> = self
            .recalls
            .iter()
            .map(|(&id, r)| (id.drill, Reverse(id.level), r.started_at, id))
            .collect();
        ids.sort_unstable();
        ids.into_iter().map(|(.., id)| id).collect()
    }

    /// Lets all recalls settle, so that whoever falls free is free for every one of them; then all
    /// ask, and then all tell what is out of reach.
    fn go_on(&mut self, at: Timestamp, asked_for: Option<RecallId>, out: &mut Vec<Effect>) {
        let turns = self.in_turn();
        for &id in &turns {
            let Some(recall) = self.recalls.get_mut(&id) else { continue };
            recall.settle(at, out);
            if recall.is_ending() {
                self.close(id, at, out);
            }
        }
        for &id in &turns {
            let busy = self.busy(id);
            let now = asked_for == Some(id);
            if let Some(recall) = self.recalls.get_mut(&id).filter(|r| !r.filled) {
                recall.ask(Asking { at, learned: &self.learned, busy: &busy, now }, out);
            }
        }
        for &id in &turns {
            let busy = self.busy(id);
            if let Some(recall) = self.recalls.get_mut(&id).filter(|r| !r.filled) {
                recall.tell_shortfall(at, &busy, out);
            }
        }
    }

    /// Whom the other recalls hold.
    fn busy(&self, id: RecallId) -> BTreeSet<PersonId> {
        let others = self.recalls.iter().filter(|(other, _)| **other != id);
        others
            .flat_map(|(_, r)| r.offers.keys().copied().filter(|&person| r.holds(person)))
            .collect()
    }

    /// Forgets a recall in which everything is settled, and keeps what it teaches.
    fn close(&mut self, id: RecallId, at: Timestamp, out: &mut Vec<Effect>) {
        let Some(recall) = self.recalls.get_mut(&id) else { return };
        if !recall.offers.values().all(|o| o.state.is_final()) {
            return;
        }
        let summary = recall.summary();
        recall.announce(at, EffectKind::Closed(summary), out);
        for offer in recall.offers.values() {
            let expired = matches!(offer.state, OfferState::Expired { .. });
            let said = offer.said.or(expired.then_some(false));
            if let Some(yes) = said.filter(|_| !recall.silent) {
                self.learned.learn(offer.candidate.class, id.drill, yes);
            }
            if !id.drill {
                self.tally.add(offer);
            }
        }
        self.recalls.remove(&id);
    }

    /// The recalls that run.
    pub fn recalls(&self) -> impl Iterator<Item = &Recall> {
        self.recalls.values()
    }

    /// One of them.
    pub fn recall(&self, id: RecallId) -> Option<&Recall> {
        self.recalls.get(&id)
    }

    /// Acceptance, from recalls that are over.
    pub fn learned(&self) -> &Learned {
        &self.learned
    }

    /// How often people were asked and came, running recalls included.
    pub fn tally(&self) -> Tally {
        let mut tally = self.tally.clone();
        for recall in self.recalls.values().filter(|r| !r.id.drill) {
            recall.offers.values().for_each(|offer| tally.add(offer));
        }
        tally
    }

    /// The next instant at which time alone may change something: when to tick.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.recalls.values().filter_map(|r| r.next_due(self.now)).min()
    }
}

impl Default for Campaigns {
    fn default() -> Self {
        Self::new(Learned::default(), Tally::default())
    }
}

/// Whether a need is within what waves can be computed for.
fn is_countable(need: &Need) -> bool {
    need.values().all(|&heads| heads <= NEED_MAX)
}

impl Recall {
    /// Obeys a commander.
    fn obey(&mut self, command: Command, at: Timestamp, out: &mut Vec<Effect>) -> Answer {
        match (command, self.phase) {
            (Command::Hold(_) | Command::AskNow, Phase::Ending { .. }) => {
                return Answer::Refused(Refusal::Ending);
            }
            (Command::Hold(until), Phase::Asking { .. }) => {
                self.phase = Phase::Asking { held_until: Some(until) };
            }
            (Command::AskNow, Phase::Asking { .. }) => {
                self.phase = Phase::Asking { held_until: None };
            }
            (Command::CancelAll, _) => self.end(at, Why::Commander, true, out),
            (Command::Release(heads), _) => self.release_heads(heads, at, out),
            (Command::Cancel(person), _) => {
                let Some(offer) = self.offers.get(&person) else {
                    return Answer::Refused(Refusal::NoOffer);
                };
                if offer.state.is_coming() {
                    self.cancel(person, at, Why::Commander, out);
                } else if !offer.state.is_final() && !offer.state.has_place() {
                    self.put(person, OfferState::Withdrawn { at, why: Why::Commander });
                    self.tell(person, at, EffectKind::Withdraw(Why::Commander), out);
                }
            }
        }
        Answer::Done
    }
}
