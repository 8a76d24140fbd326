//! Members of queues: who is there, who talks, who is paused.
//!
//! A member is known by the address of its phone. One in three queues gives three messages and
//! three places, and is one agent.

use super::fields::{AgentKey, Fields};
use crate::engine::observation::{Snapshot, UnitId};
use crate::engine::time::{Span, Timestamp};
use crate::engine::view;
use std::collections::BTreeMap;
use std::ops::AddAssign;

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

/// Agents, each counted once. Numbers of people and nothing else: this is all that leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Floor {
    /// Whose phone can be reached.
    pub logged_in: u32,
    /// Of them, paused in every queue.
    pub paused: u32,
    /// In conversation with a call of any queue.
    pub talking: u32,
    /// In after-call work; absent where nobody tells how long that is.
    pub after_call_work: Option<u32>,
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
        let known = wrapup.is_some();
        for (_, place) in self.places.range((queue, AgentKey(0))..=(queue, AgentKey(u64::MAX))) {
            floor.add(place, place.wraps(at, wrapup), known);
        }
        Snapshot {
            talking: Some(floor.talking),
            after_call_work: floor.after_call_work.or(known.then_some(0)),
            available: Some(floor.available),
            logged_in: Some(floor.logged_in),
            paused: Some(floor.paused),
            ..Snapshot::empty(at)
        }
    }

    /// The agents of each unit, everybody once in it whatever the number of queues: paused who is
    /// paused in all of them. `unit` tells to which unit a queue belongs.
    pub(super) fn floors(
        &self,
        at: Timestamp,
        wrapup: Option<Span>,
        unit: impl Fn(usize) -> Option<UnitId>,
    ) -> BTreeMap<UnitId, Floor> {
        let mut people: BTreeMap<(UnitId, AgentKey), (Place, bool)> = BTreeMap::new();
        let mut of = None;
        for ((queue, agent), place) in &self.places {
            // Places come by queue: each is looked up once.
            let (_, unit) = match of {
                Some((known, unit)) if known == *queue => (known, unit),
                Some(_) | None => *of.insert((*queue, unit(*queue))),
            };
            let Some(unit) = unit else { continue };
            let wraps = place.wraps(at, wrapup);
            let (known, wraps_known) = people.entry((unit, *agent)).or_insert((*place, wraps));
            known.paused &= place.paused;
            known.in_call |= place.in_call;
            known.wrapup = known.wrapup.max(place.wrapup);
            *wraps_known |= wraps;
        }
        let mut floors: BTreeMap<UnitId, Floor> = BTreeMap::new();
        for ((unit, _), (place, wraps)) in &people {
            floors.entry(*unit).or_default().add(place, *wraps && !place.in_call, wrapup.is_some());
        }
        floors
    }
}

impl Place {
    fn wraps(&self, at: Timestamp, configured: Option<Span>) -> bool {
        let wrapup = self.wrapup.max(configured.unwrap_or(Span::ZERO));
        !self.in_call && self.last_call.is_some_and(|end| at < end + wrapup)
    }
}

impl Floor {
    /// `known`: how long after-call work lasts, whatever the member says.
    fn add(&mut self, place: &Place, wraps: bool, known: bool) {
        if known || place.wrapup.is_positive() {
            self.after_call_work.get_or_insert(0);
        }
        if matches!(place.status, INVALID | UNAVAILABLE) {
            return;
        }
        self.logged_in += 1;
        self.paused += u32::from(place.paused);
        self.talking += u32::from(place.in_call);
        self.after_call_work = self.after_call_work.map(|n| n + u32::from(wraps));
        let free = place.status == NOT_IN_USE && !place.paused && !wraps && !place.in_call;
        self.available += u32::from(free);
    }
}

impl From<Floor> for view::Agents {
    fn from(floor: Floor) -> Self {
        Self {
            talking: Some(floor.talking),
            after_call_work: floor.after_call_work,
            available: Some(floor.available),
            logged_in: Some(floor.logged_in),
            paused: Some(floor.paused),
        }
    }
}

impl AddAssign for Floor {
    fn add_assign(&mut self, other: Self) {
        self.logged_in += other.logged_in;
        self.paused += other.paused;
        self.talking += other.talking;
        self.after_call_work = match (self.after_call_work, other.after_call_work) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
        self.available += other.available;
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
        let floor = |agents: &Agents| agents.floors(at, None, |_| Some(UnitId(0)))[&UnitId(0)];
        let one = Floor { logged_in: 1, available: 1, ..Floor::default() };
        assert_eq!(floor(&agents), one);
        let apart = agents.floors(at, None, |queue| Some(UnitId(queue as u16)));
        assert_eq!(apart, BTreeMap::from([(UnitId(0), one), (UnitId(1), one)]));
        assert_eq!(agents.floors(at, None, |_| None), BTreeMap::new());
        take(&mut agents, 1, "Interface: PJSIP/7\r\nPaused: 1", 0);
        assert_eq!(floor(&agents).paused, 0, "paused in one of two queues");
        assert_eq!(agents.snapshot(1, at, None).paused, Some(1));
        assert!(agents.keep_listed(0, 2));
        assert_eq!(agents.snapshot(0, at, None).logged_in, Some(0));
    }

    #[test]
    fn who_talks_in_one_queue_is_busy_in_all() {
        let mut agents = Agents::default();
        take(&mut agents, 0, "Interface: a\r\nStatus: 2\r\nInCall: 1\r\nWrapuptime: 10", 1);
        take(&mut agents, 1, "Interface: a\r\nStatus: 1\r\nLastCall: 995\r\nWrapuptime: 10", 1);
        take(&mut agents, 1, "Interface: b\r\nStatus: 1\r\nLastCall: 995\r\nWrapuptime: 10", 1);
        let floors = agents.floors(Timestamp::from_secs(1_000), None, |_| Some(UnitId(0)));
        let after_call_work = Some(1);
        let wanted = Floor { logged_in: 2, talking: 1, after_call_work, ..Floor::default() };
        assert_eq!(floors[&UnitId(0)], wanted);
        let mut sum = wanted;
        sum += Floor { logged_in: 3, paused: 3, ..Floor::default() };
        assert_eq!((sum.logged_in, sum.paused, sum.after_call_work), (5, 3, Some(1)));
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
