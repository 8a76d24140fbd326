//! The only way into the engine: numbered, time-stamped entries.
//!
//! State is a fold over entries. Time, ticks, commands, policies and receipts are entries like
//! observations, so live service, recovery, replay and test are one code path.

use super::command::{Command, Level};
use super::effect::EffectId;
use super::observation::{Observation, QueueId, SourceId, UnitId};
use super::policy::Policy;
use super::recalls::Note;
use super::time::Timestamp;
use crate::recall::{self, RecallId};
use serde::{Deserialize, Serialize};

/// Number of an entry: dense, from 1.
pub type Seq = u64;

/// One numbered input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Dense number.
    pub seq: Seq,
    /// When the driver took it, never earlier than the entry before. In a replay: event time.
    pub at: Timestamp,
    /// What came in.
    pub input: Input,
}

/// Everything that can come in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// The settings from here on. The first entry of every journal.
    Policy(Box<Policy>),
    /// The monitor started. `down_since` is the last sign of its former life.
    Started {
        /// When the monitor was last known to run; `None` at the first start.
        down_since: Option<Timestamp>,
    },
    /// A queue is heard of for the first time; it gets the next [`QueueId`].
    QueueSeen {
        /// The number it gets. Dense.
        queue: QueueId,
        /// Stable name on the wire.
        name: Box<str>,
        /// Unit it belongs to.
        unit: UnitId,
    },
    /// A source told something.
    Observed(Observation),
    /// A source is alive and has nothing to tell.
    Heartbeat(SourceId),
    /// The source says that its link went down (`false`) or came up (`true`).
    Link(SourceId, bool),
    /// The source restarted: calls that it held are gone without an end.
    SourceRestarted(SourceId, Timestamp),
    /// What a source had to tell of `[from, to)` is lost: calls of this time are unknown, not none.
    Gap {
        /// Which source.
        source: SourceId,
        /// When it was heard last before.
        from: Timestamp,
        /// From when on everything is told again.
        to: Timestamp,
    },
    /// A file has ended: its open intervals close.
    SourceEnded(SourceId),
    /// A commander's order.
    Command(Box<Command>),
    /// How many recalled people of a level are logged in.
    ExtraStaff {
        /// For which unit.
        unit: UnitId,
        /// Recalled at which level.
        level: Level,
        /// Heads logged in now.
        heads: u32,
    },
    /// What became of a delivery.
    Receipt {
        /// Which effect.
        effect: EffectId,
        /// Whether the receiver took it.
        delivered: bool,
    },
    /// Something happens in a recall.
    Recall {
        /// What.
        input: Box<recall::Input>,
        /// Who ordered it and why, where a commander did.
        order: Option<(String, String)>,
    },
    /// Why a recall that a level calls for is not started.
    RecallNote {
        /// Which.
        recall: RecallId,
        /// Why.
        note: Note,
    },
    /// History that teaches the baseline and judges nothing.
    Learn(Observation),
    /// Only time passes.
    Tick,
}
