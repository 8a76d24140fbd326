//! From names to numbers: which queue is it, and may it register?
//!
//! The engine knows dense numbers only. A name that the policy gives a unit gets the next number,
//! by an entry of its own in front of the observation. Listed queues always may; others as long
//! as the policy's cap lasts, because a source that invents names would otherwise fill memory
//! and labels. A queue that a later policy gives to no unit is refused again, number or not.

use super::{Draft, QueueRef, Registry};
use crate::engine::entry::Input;
use crate::engine::observation::{Observation, QueueId, UnitId};
use crate::engine::policy::Policy;
use crate::engine::view::View;
use std::collections::HashMap;

/// Names that are registered and the rule for those that are not.
#[derive(Debug, Default)]
pub(super) struct Intake {
    numbers: HashMap<Box<str>, QueueId>,
    /// By number, whether the policy in force gives the queue to a unit.
    placed: Vec<bool>,
    listed: HashMap<Box<str>, UnitId>,
    default_unit: Option<UnitId>,
    queues_max: u32,
    unlisted: u32,
}

/// What a draft becomes.
pub(super) enum Taken {
    /// An observation of a registered queue.
    Known(Input),
    /// A registration and then the observation.
    Registered(Input, Input),
    /// The queue is unknown and may not register.
    Refused,
}

impl Intake {
    /// Forgets everything and takes names and rule from a state and its policy.
    pub(super) fn restore(&mut self, view: &View, policy: &Policy, registry: &Registry) {
        self.numbers.clear();
        for (at, queue) in view.queues.iter().enumerate() {
            let Ok(number) = u32::try_from(at) else { break };
            self.numbers.insert(queue.name.as_ref().into(), QueueId(number));
            registry.insert(&queue.name, QueueId(number));
        }
        self.adopt(policy);
    }

    /// Another policy is in force.
    pub(super) fn adopt(&mut self, policy: &Policy) {
        self.listed.clear();
        for unit in &policy.units {
            for queue in &unit.queues {
                if let Some(id) = policy.unit(&unit.name) {
                    self.listed.entry(queue.as_str().into()).or_insert(id);
                }
            }
        }
        self.default_unit = policy.default_unit;
        self.queues_max = policy.queues_max;
        let known = self.numbers.keys().filter(|name| !self.listed.contains_key(*name)).count();
        self.unlisted = u32::try_from(known).unwrap_or(u32::MAX);
        self.placed = vec![self.default_unit.is_some(); self.numbers.len()];
        for (name, queue) in &self.numbers {
            if let Some(placed) = self.placed.get_mut(queue.0 as usize) {
                *placed |= self.listed.contains_key(name);
            }
        }
    }

    /// Turns a draft into entries' inputs.
    pub(super) fn take(&mut self, draft: Draft) -> Taken {
        let Draft { source, queue, form } = draft;
        let name = match queue {
            QueueRef::Known(queue) => return self.known(Observation { source, queue, form }),
            QueueRef::Named(name) => name,
        };
        if let Some(&queue) = self.numbers.get(&name) {
            return self.known(Observation { source, queue, form });
        }
        let Some((queue, unit)) = self.register(&name) else { return Taken::Refused };
        Taken::Registered(
            Input::QueueSeen { queue, name, unit },
            Input::Observed(Observation { source, queue, form }),
        )
    }

    fn known(&self, observation: Observation) -> Taken {
        // A number that was never given is the engine's to put aside.
        match self.placed.get(observation.queue.0 as usize) {
            Some(false) => Taken::Refused,
            Some(true) | None => Taken::Known(Input::Observed(observation)),
        }
    }

    fn register(&mut self, name: &str) -> Option<(QueueId, UnitId)> {
        let queue = QueueId(u32::try_from(self.numbers.len()).ok()?);
        let unit = match self.listed.get(name) {
            Some(unit) => *unit,
            None => {
                let unit = self.default_unit?;
                if self.unlisted >= self.queues_max {
                    return None;
                }
                self.unlisted += 1;
                unit
            }
        };
        self.numbers.insert(name.into(), queue);
        self.placed.push(true);
        Some((queue, unit))
    }
}
