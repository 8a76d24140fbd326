//! Lists of the PBX against what events told.
//!
//! A list is written at once, events wait in a queue of the PBX: an event of before the list may
//! come after it. So a difference is looked at again after [`SETTLE`]; what is still different
//! then was lost.

use super::queue::Queue;
use super::{Meaning, UNREASONED};
use crate::engine::observation::{CallKey, CallKind};
use crate::engine::time::{Span, Timestamp};
use crate::ingest::ami::fields::{Fields, Kind};
use std::collections::BTreeSet;

/// How long events may lag behind a list.
const SETTLE: Span = Span::secs(1);

/// What is known of lists.
#[derive(Debug, Default)]
pub(super) struct Sync {
    /// A list is wanted.
    wanted: bool,
    /// Number of the newest list; members and queues remember theirs.
    pub(super) list: u64,
    asked: Option<Timestamp>,
    items: u32,
    listed: BTreeSet<CallKey>,
    /// Differences that have to settle.
    strangers: Vec<Stranger>,
    missing: Vec<(usize, CallKey)>,
    settle: Option<Timestamp>,
    /// The counts of events are compared: what waits is known.
    pub(super) compares: bool,
}

/// A call that a list has and no event told.
#[derive(Debug)]
struct Stranger {
    queue: usize,
    call_id: Box<str>,
    arrival: Timestamp,
}

impl Sync {
    /// Asks for a list.
    pub(super) fn want(&mut self) {
        self.wanted = true;
    }

    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.settle
    }

    /// An event tells of a call: it is no stranger.
    pub(super) fn met(&mut self, queue: usize, call_id: &str) {
        self.strangers.retain(|s| s.queue != queue || *s.call_id != *call_id);
    }
}

impl Meaning {
    /// Whether a list of all queues is wanted before its time; asked once.
    pub fn wants_sync(&mut self) -> bool {
        self.sync.settle.is_none() && std::mem::take(&mut self.sync.wanted)
    }

    /// A list is asked for.
    pub fn list_asked(&mut self, now: Timestamp) {
        self.sync.list += 1;
        self.sync.asked = Some(now);
        self.sync.items = 0;
        self.sync.listed.clear();
    }

    /// An item of the list.
    pub fn list_item(&mut self, now: Timestamp, f: &Fields<'_>) {
        self.sync.items += 1;
        self.figures.messages += 1;
        let Some(queue) = self.queue(f) else { return };
        let list = self.sync.list;
        self.queues[queue].list = list;
        if f.kind == Kind::Params {
            self.params(queue, now, f);
        } else if f.kind == Kind::Entry {
            self.entry(queue, now, f);
        } else if f.kind == Kind::Member && self.agents.take(queue, f, list) {
            self.changed(queue, now);
        }
    }

    fn params(&mut self, queue: usize, now: Timestamp, f: &Fields<'_>) {
        let known: &mut Queue = &mut self.queues[queue];
        known.max = f.max.or(known.max);
        if let (Some(completed), Some(abandoned)) = (f.completed, f.abandoned) {
            let before = known.counters.replace((completed, abandoned));
            let reset = before.is_some_and(|(c, a)| completed < c || abandoned < a);
            self.figures.counter_resets += u64::from(reset);
        }
        self.look_at_limit(queue, now);
    }

    fn entry(&mut self, queue: usize, now: Timestamp, f: &Fields<'_>) {
        let Some(call_id) = f.call_id else { return };
        let leg = self.legs.current(call_id, &self.queues[queue].name);
        let key = CallKey::new(call_id, leg);
        self.sync.listed.insert(key);
        if !self.queues[queue].waiting.contains_key(&key) {
            let arrival = now - f.wait.unwrap_or(Span::ZERO);
            self.sync.strangers.push(Stranger { queue, call_id: call_id.into(), arrival });
        }
    }

    /// The end of the list; `items` is how many the PBX says it had.
    pub fn list_done(&mut self, now: Timestamp, items: Option<u32>) {
        if items.is_some_and(|items| items != self.sync.items) {
            self.figures.broken_lists += 1;
            self.sync.strangers.clear();
            self.sync.want();
            return;
        }
        self.figures.syncs += 1;
        let list = self.sync.list;
        let asked = self.sync.asked.unwrap_or(now);
        for queue in 0..self.queues.len() {
            if self.agents.keep_listed(queue, list) {
                self.changed(queue, now);
            }
            let listed = &self.sync.listed;
            let waiting = self.queues[queue].waiting.iter();
            let gone = waiting.filter(|(key, w)| w.arrival < asked && !listed.contains(key));
            self.sync.missing.extend(gone.map(|(key, _)| (queue, *key)));
        }
        self.sync.settle = Some(now + SETTLE);
    }

    /// What is still different is taken over.
    pub(super) fn settle(&mut self, now: Timestamp) {
        if self.sync.settle.is_none_or(|at| at > now) {
            return;
        }
        self.sync.settle = None;
        self.sync.compares = true;
        for (queue, call) in std::mem::take(&mut self.sync.missing) {
            let Some(waiting) = self.queues[queue].waiting.remove(&call) else { continue };
            if !waiting.ended {
                self.figures.unknown_ends += 1;
                self.tell(queue, now, call, CallKind::Exited(UNREASONED));
            }
            self.look_at_limit(queue, now);
        }
        for Stranger { queue, call_id, arrival } in std::mem::take(&mut self.sync.strangers) {
            let leg = self.legs.enter(&call_id, &self.queues[queue].name);
            let call = CallKey::new(&call_id, leg);
            if self.queues[queue].enter(call, arrival) {
                self.figures.adopted += 1;
                self.tell(queue, arrival, call, CallKind::Offered);
            }
            self.look_at_limit(queue, now);
        }
    }

    /// Sums of a queue: cheaper than a list, and reason enough for one.
    pub fn summary(&mut self, now: Timestamp, f: &Fields<'_>) {
        self.figures.messages += 1;
        let Some(queue) = self.queue(f) else { return };
        let waiting = self.queues[queue].waiting.len();
        let told = self.agents.snapshot(queue, now, self.settings.wrapup);
        let same = f.calls.is_none_or(|calls| calls as usize == waiting)
            && f.logged_in.is_none_or(|logged_in| Some(logged_in) == told.logged_in);
        if !same || self.queues[queue].list == 0 {
            self.sync.want();
        }
    }

    /// The link is new: nothing is compared before a list was taken over.
    pub(super) fn sync_anew(&mut self) {
        let list = self.sync.list;
        self.sync = Sync { list, wanted: true, ..Sync::default() };
    }
}
