//! One queue: who waits, and whether the queue's own count says the same.

use crate::engine::observation::CallKey;
use crate::engine::time::Timestamp;
use std::collections::BTreeMap;

/// Most waiting calls that are kept of a queue; more are an error of the peer.
const WAITING_MAX: usize = 100_000;

/// A call that waits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Waiting {
    pub(super) arrival: Timestamp,
    /// Its end was told; it leaves with the next message.
    pub(super) ended: bool,
    /// Phones that ring for it.
    pub(super) ringing: u16,
}

/// One queue.
#[derive(Debug)]
pub(super) struct Queue {
    /// Its name as it is told on.
    pub(super) name: Box<str>,
    pub(super) waiting: BTreeMap<CallKey, Waiting>,
    /// Most calls that it admits; `None` before a list told, 0 is no limit.
    pub(super) max: Option<u32>,
    pub(super) saturated: bool,
    /// Counters of the PBX; looked at for resets only.
    pub(super) counters: Option<(u32, u32)>,
    /// The list that last held it.
    pub(super) list: u64,
}

/// How a queue stands, for whoever shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub queue: Box<str>,
    /// Calls waiting.
    pub waiting: u32,
    /// Arrival of the call that waits longest.
    pub oldest: Option<Timestamp>,
    /// Most calls that it admits; 0 is no limit.
    pub max: Option<u32>,
    /// It stands at its limit: offered is a lower bound.
    pub saturated: bool,
}

impl Queue {
    pub(super) fn new(name: Box<str>) -> Self {
        let waiting = BTreeMap::new();
        Self { name, waiting, max: None, saturated: false, counters: None, list: 0 }
    }

    /// A call waits from now on; false where too many do.
    pub(super) fn enter(&mut self, call: CallKey, arrival: Timestamp) -> bool {
        if self.waiting.len() >= WAITING_MAX {
            return false;
        }
        self.waiting.insert(call, Waiting { arrival, ended: false, ringing: 0 });
        true
    }

    /// Looks at the limit; whether the queue is full, if that changed.
    pub(super) fn fills(&mut self) -> Option<bool> {
        let full = self.max.is_some_and(|max| max > 0 && self.waiting.len() >= max as usize);
        (std::mem::replace(&mut self.saturated, full) != full).then_some(full)
    }

    pub(super) fn standing(&self) -> Standing {
        Standing {
            queue: self.name.clone(),
            waiting: u32::try_from(self.waiting.len()).unwrap_or(u32::MAX),
            oldest: self.waiting.values().map(|call| call.arrival).min(),
            max: self.max,
            saturated: self.saturated,
        }
    }
}
