//! Which unit does a queue belong to, when another policy comes into force?
//!
//! A queue takes what it learned along. The sum of a unit is over its queues and stays; a unit
//! that takes the place of another, as one that was renamed, has the sum of that one.

use super::Engine;
use super::observation::{QueueId, SourceId, UnitId};
use super::policy::Policy;
use std::collections::BTreeMap;

impl Engine {
    /// Moves the queues that a policy puts into another unit than they are in. A queue that it
    /// puts nowhere stays where it is: nothing is taken of it any more.
    pub(super) fn place_queues(&mut self, policy: &Policy) {
        let mut listed: BTreeMap<&str, UnitId> = BTreeMap::new();
        for (i, unit) in policy.units.iter().enumerate() {
            for queue in &unit.queues {
                listed.entry(queue).or_insert(UnitId(i as u16));
            }
        }
        let mut moved = false;
        for i in 0..self.queues.len() {
            let queue = &mut self.queues[i];
            let wanted = listed.get(&*queue.name).copied().or(policy.default_unit);
            let Some(to) = wanted.filter(|&to| to != queue.unit) else { continue };
            let from = std::mem::replace(&mut queue.unit, to);
            self.change_unit(QueueId(i as u32), from, to, policy.is_retired(from));
            moved = true;
        }
        if moved {
            self.meet_again();
        }
    }

    fn change_unit(&mut self, queue: QueueId, from: UnitId, to: UnitId, retired: bool) {
        self.units[from.0 as usize].members.retain(|&q| q != queue);
        if retired && self.units[to.0 as usize].members.is_empty() {
            let sum = self.units[from.0 as usize].give_sum();
            self.units[to.0 as usize].take_sum(sum);
        }
        self.units[to.0 as usize].members.push(queue);
    }

    /// Sources and units know each other by the queues that are in the units now.
    fn meet_again(&mut self) {
        for source in &mut self.sources {
            source.units.clear();
        }
        for (i, unit) in self.units.iter_mut().enumerate() {
            unit.sources.clear();
            let told = unit.members.iter().flat_map(|q| self.queues[q.0 as usize].sources());
            for source in told {
                if !unit.sources.contains(&source) {
                    unit.sources.push(source);
                    self.sources[source.0 as usize].units.push(UnitId(i as u16));
                }
            }
        }
        for i in 0..self.sources.len() {
            self.rows_changed(SourceId(i as u16));
        }
    }
}
