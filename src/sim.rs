//! A simulated call centre: what would the queues show if this happened?
//!
//! A seeded discrete-event simulation. Calls arrive as a doubly stochastic Poisson process with
//! the daily and weekly shape of a bank's hotline, busy and quiet days, a level that drifts
//! inside the day, and a storm on request; they wait first in, first out, lose patience, dial
//! again, talk and leave wrap-up behind. Agents are rostered from the expected profile; help can
//! be recalled and released while it runs. It feeds `demo` and `simulate` and is the truth that
//! tests compare the monitor with.
//!
//! Call by call and not from queueing formulas: formulas give the steady state, while a storm is
//! a transient with redials, and the monitor wants events. Past weeks need no calls, so
//! [`Centre::history`] draws counts of the same arrival process only.
//!
//! The same seed and configuration give the same events. Arrivals have random streams of their
//! own, one per local day: help that comes or stays away changes waits, never who calls, and any
//! day can be drawn without the days before it.
//!
//! It does not model skills-based routing, transfers, call-backs or an IVR, and its numbers are
//! those of one published bank, not of every centre.

mod arrivals;
mod centre;
mod config;
pub(crate) mod draw;
mod floor;
mod history;
mod surges;

pub use centre::Centre;
pub use config::{Callers, CentreConfig, Display, Hours, Noise, QueueConfig, Staffing, Storm};
pub use history::History;
pub use surges::scattered;

use crate::engine::command::Level;
use crate::engine::observation::{CallEvent, Snapshot};
use crate::engine::time::Timestamp;

/// Something that the simulated centre would report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SimEvent {
    /// Something happened to a call.
    Call {
        /// Index of the queue in the configuration.
        queue: usize,
        /// What happened, and when.
        event: CallEvent,
        /// The agent who talks; `None` while nobody does.
        agent: Option<u32>,
    },
    /// How a queue stands.
    Snapshot {
        /// Index of the queue in the configuration.
        queue: usize,
        /// The state.
        snapshot: Snapshot,
    },
    /// The number of recalled people of a level who are logged in has changed.
    ExtraStaff {
        /// When.
        at: Timestamp,
        /// Recalled at which level.
        level: Level,
        /// Heads logged in now.
        heads: u32,
    },
}

impl SimEvent {
    /// When it happened.
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Call { event, .. } => event.at,
            Self::Snapshot { snapshot, .. } => snapshot.at,
            Self::ExtraStaff { at, .. } => *at,
        }
    }
}
