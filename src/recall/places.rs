//! Who holds a place of which skill.
//!
//! A person with two skills is one head. Whether one more person fits is a matching, not a count:
//! somebody who can do both may move to the other skill and make room. A chain of such moves is
//! looked for from the newcomer (an augmenting path), so nobody is refused while some arrangement of
//! the same people has room for them.

use super::candidate::Skill;
use crate::roster::PersonId;
use serde::{Deserialize, Serialize};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// The places of a recall.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Places {
    held: BTreeMap<PersonId, (Skill, BTreeSet<Skill>)>,
}

impl Places {
    /// Heads that hold a place of the skill.
    pub(super) fn heads(&self, skill: Skill) -> u32 {
        self.held.values().filter(|(held, _)| *held == skill).count() as u32
    }

    /// The skill whose place a person holds.
    pub(super) fn skill_of(&self, person: PersonId) -> Option<Skill> {
        self.held.get(&person).map(|(skill, _)| *skill)
    }

    /// Gives a place, moving others between their skills where that makes room.
    pub(super) fn take(
        &mut self,
        person: PersonId,
        skills: &BTreeSet<Skill>,
        room: &BTreeMap<Skill, u32>,
    ) -> bool {
        // Breadth first: `from[skill]` is who would move into it, and out of which skill.
        let mut from: BTreeMap<Skill, (PersonId, Option<Skill>)> = BTreeMap::new();
        let mut frontier: Vec<Skill> = Vec::new();
        for &skill in skills.iter().filter(|s| room.contains_key(s)) {
            from.insert(skill, (person, None));
            frontier.push(skill);
        }
        let mut next = 0;
        while let Some(&skill) = frontier.get(next) {
            next += 1;
            if self.heads(skill) < room.get(&skill).copied().unwrap_or(0) {
                self.shift(skill, &from, skills);
                return true;
            }
            for (&holder, (held, able)) in &self.held {
                for &other in able.iter().filter(|s| *held == skill && room.contains_key(s)) {
                    if let Entry::Vacant(entry) = from.entry(other) {
                        entry.insert((holder, Some(skill)));
                        frontier.push(other);
                    }
                }
            }
        }
        false
    }

    /// Walks a chain back from the skill that has room to the newcomer.
    fn shift(
        &mut self,
        into: Skill,
        from: &BTreeMap<Skill, (PersonId, Option<Skill>)>,
        skills: &BTreeSet<Skill>,
    ) {
        let mut into = Some(into);
        while let Some(skill) = into
            && let Some(&(person, before)) = from.get(&skill)
        {
            self.held.entry(person).or_insert_with(|| (skill, skills.clone())).0 = skill;
            into = before;
        }
    }

    /// Finds places anew after the room changed or a place fell free. Everybody keeps a place: who
    /// fits into neither the need nor the room stays where they were, as one too many.
    pub(super) fn arrange(&mut self, need: &BTreeMap<Skill, u32>, room: &BTreeMap<Skill, u32>) {
        let mut rest = std::mem::take(&mut self.held);
        rest.retain(|&person, (_, able)| !self.take(person, able, need));
        rest.retain(|&person, (_, able)| !self.take(person, able, room));
        self.held.append(&mut rest);
    }

    /// Adds somebody who is there as one too many of a skill.
    pub(super) fn seat(&mut self, person: PersonId, skill: Skill, skills: &BTreeSet<Skill>) {
        self.held.insert(person, (skill, skills.clone()));
    }

    /// Gives a place back.
    pub(super) fn free(&mut self, person: PersonId) {
        self.held.remove(&person);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_can_do_both_makes_room() {
        let room = BTreeMap::from([(Skill(1), 1), (Skill(2), 1), (Skill(3), 1)]);
        let set = |skills: &[u32]| skills.iter().map(|&s| Skill(s)).collect::<BTreeSet<_>>();
        let mut places = Places::default();
        assert!(places.take(PersonId(1), &set(&[1, 2]), &room));
        assert!(places.take(PersonId(2), &set(&[2, 3]), &room));
        // 1 holds 1 and 2 holds 2: room for a third who knows only 1 needs both to move.
        assert!(places.take(PersonId(3), &set(&[1]), &room));
        let held: Vec<_> = (1..4).map(|p| places.skill_of(PersonId(p)).unwrap().0).collect();
        assert_eq!(held, [2, 3, 1]);
        assert!(!places.take(PersonId(4), &set(&[1, 2, 3]), &room), "all three are taken");
        places.free(PersonId(2));
        assert!(!places.take(PersonId(4), &set(&[1]), &room), "the free place is of skill 3");
        assert!(places.take(PersonId(4), &set(&[3]), &room));
        assert!(!places.take(PersonId(5), &set(&[9]), &room), "a skill that nobody asked for");
    }

    #[test]
    fn who_is_one_too_many_fills_the_next_place_that_falls_free() {
        let room = BTreeMap::from([(Skill(1), 1), (Skill(2), 1)]);
        let set = |skills: &[u32]| skills.iter().map(|&s| Skill(s)).collect::<BTreeSet<_>>();
        let mut places = Places::default();
        assert!(places.take(PersonId(1), &set(&[1]), &room));
        assert!(places.take(PersonId(2), &set(&[2]), &room));
        places.seat(PersonId(3), Skill(1), &set(&[1, 2]));
        assert_eq!([places.heads(Skill(1)), places.heads(Skill(2))], [2, 1]);
        places.free(PersonId(2));
        places.arrange(&room, &room);
        assert_eq!(places.skill_of(PersonId(3)), Some(Skill(2)));
        assert_eq!([places.heads(Skill(1)), places.heads(Skill(2))], [1, 1]);
    }
}
