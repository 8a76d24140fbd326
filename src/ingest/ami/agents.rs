//! Members of queues: who is there, who talks, who is paused.
//!
//! A member is known by the address of its phone. One in three queues gives three messages and
//! three places, and is one agent.

use super::fields::{AgentKey, Fields};
use crate::engine::observation::Snapshot;
use crate::engine::time::{Span, Timestamp};
use std::collections::BTreeMap;

/// Most places (member and queue) that are kept; more are an error of the peer.
const PLACES_MAX: usize = 200_000;
/// States of a device, as `app_queue` numbers them.
const NOT_IN_USE: u32 = 1;
const INVALID: u32 = 4;
const UNAVAILABLE: u32 = 5;

/// A member of one queue.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Place {
    status: u32,
    paused: bool,
    in_call: bool,
    last_call: Option<Timestamp>,
    wrapup: Span,
    /// The list that last held it.
    list: u64,
}

/// Agents of a source, each counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Floor {
    /// Whose phone can be reached.
    pub logged_in: u32,
    /// Of them, paused in every queue.
    pub paused: u32,
    /// In conversation with a call of any queue.
    pub talking: u32,
    /// In after-call work.
    pub after_call_work: u32,
    /// Could take a call now.
    pub available: u32,
}

/// The members of all queues.
#[derive(Debug, Default)]
pub(super) struct Agents {
    places: BTreeMap<(usize, AgentKey), Place>,
}

impl Agents {
    /// Takes what is told of a member; whether anything changed.
    pub(super) fn take(&mut self, queue: usize, fields: &Fields<'_>, list: u64) -> bool {
        let Some(agent) = fields.agent else { return false };
        let known = self.places.get(&(queue, agent)).copied();
        if known.is_none() && self.places.len() >= PLACES_MAX {
            return false;
        }
        let before = known.unwrap_or_default();
        let place = Place {
            status: fields.status.unwrap_or(before.status),
            paused: fields.paused.unwrap_or(before.paused),
            in_call: fields.in_call.unwrap_or(before.in_call),
            last_call: fields.last_call.or(before.last_call),
            wrapup: fields.wrapup.unwrap_or(before.wrapup),
            list: list.max(before.list),
        };
        self.places.insert((queue, agent), place);
        known.is_none() || Place { list: before.list, ..place } != before
    }

    /// A member was taken out of a queue.
    pub(super) fn remove(&mut self, queue: usize, agent: AgentKey) {
        self.places.remove(&(queue, agent));
    }

    /// Forgets the members of a queue that a list did not hold; whether there were any.
    pub(super) fn keep_listed(&mut self, queue: usize, list: u64) -> bool {
        let before = self.places.len();
        self.places.retain(|(of, _), place| *of != queue || place.list >= list);
        self.places.len() < before
    }

    /// Forgets everybody.
    pub(super) fn clear(&mut self) {
        self.places.clear();
    }

    /// How the members of a queue stand. After-call work is absent where nobody tells its length.
    pub(super) fn snapshot(&self, queue: usize, at: Timestamp, wrapup: Option<Span>) -> Snapshot {
        let mut floor = Floor::default();
        let mut wraps = wrapup.is_some();
        for (_, place) in self.places.range((queue, AgentKey(0))..=(queue, AgentKey(u64::MAX))) {
            wraps |= place.wrapup.is_positive();
            floor.add(place, place.wraps(at, wrapup), place.in_call);
        }
        Snapshot {
            talking: Some(floor.talking),
            after_call_work: wraps.then_some(floor.after_call_work),
            available: Some(floor.available),
            logged_in: Some(floor.logged_in),
            paused: Some(floor.paused),
            ..Snapshot::empty(at)
        }
    }

    /// Everybody once, whatever the number of queues: paused who is paused everywhere.
    pub(super) fn floor(&self, at: Timestamp, wrapup: Option<Span>) -> Floor {
        let mut people: BTreeMap<AgentKey, (Place, bool)> = BTreeMap::new();
        for ((_, agent), place) in &self.places {
            let wraps = place.wraps(at, wrapup);
            let (known, wraps_known) = people.entry(*agent).or_insert((*place, wraps));
            known.paused &= place.paused;
            known.in_call |= place.in_call;
            *wraps_known |= wraps;
        }
        let mut floor = Floor::default();
        for (place, wraps) in people.values() {
            floor.add(place, *wraps, place.in_call);
        }
        floor
    }
}

impl Place {
    fn wraps(&self, at: Timestamp, configured: Option<Span>) -> bool {
        let wrapup = self.wrapup.max(configured.unwrap_or(Span::ZERO));
        !self.in_call && self.last_call.is_some_and(|end| at < end + wrapup)
    }
}

impl Floor {
    fn add(&mut self, place: &Place, wraps: bool, talks: bool) {
        if matches!(place.status, INVALID | UNAVAILABLE) {
            return;
        }
        self.logged_in += 1;
        self.paused += u32::from(place.paused);
        self.talking += u32::from(talks);
        self.after_call_work += u32::from(wraps);
        let free = place.status == NOT_IN_USE && !place.paused && !wraps && !talks;
        self.available += u32::from(free);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::ami::parser::Message;

    fn take(agents: &mut Agents, queue: usize, text: &str, list: u64) -> bool {
        agents.take(queue, &Fields::of(Message::new(text.as_bytes())), list)
    }

    #[test]
    fn an_agent_of_two_queues_is_one() {
        let mut agents = Agents::default();
        for queue in [0, 1] {
            assert!(take(&mut agents, queue, "Interface: PJSIP/7\r\nStatus: 1\r\nPaused: 0", 1));
        }
        take(&mut agents, 0, "Interface: PJSIP/8\r\nStatus: 5\r\nPaused: 0", 1);
        let at = Timestamp::from_secs(1_000);
        assert_eq!(agents.snapshot(0, at, None).logged_in, Some(1));
        assert_eq!(
            agents.floor(at, None),
            Floor { logged_in: 1, available: 1, ..Floor::default() }
        );
        take(&mut agents, 1, "Interface: PJSIP/7\r\nPaused: 1", 0);
        assert_eq!(agents.floor(at, None).paused, 0, "paused in one of two queues");
        assert_eq!(agents.snapshot(1, at, None).paused, Some(1));
        assert!(agents.keep_listed(0, 2));
        assert_eq!(agents.snapshot(0, at, None).logged_in, Some(0));
    }

    #[test]
    fn after_call_work_is_absent_where_its_length_is_unknown() {
        let mut agents = Agents::default();
        take(&mut agents, 0, "Interface: a\r\nStatus: 1\r\nLastCall: 990\r\nWrapuptime: 0", 1);
        let at = Timestamp::from_secs(1_000);
        assert_eq!(agents.snapshot(0, at, None).after_call_work, None);
        assert_eq!(agents.snapshot(0, at, None).available, Some(1));
        let wrapup = Some(Span::secs(15));
        let told = agents.snapshot(0, at, wrapup);
        assert_eq!((told.after_call_work, told.available), (Some(1), Some(0)));
        assert_eq!(agents.snapshot(0, at + Span::secs(5), wrapup).available, Some(1));
    }
}
