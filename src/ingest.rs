//! What sources say, turned into the engine's words.
//!
//! Every adapter here answers one question: what did this source say, in the terms of
//! [`Draft`]? Bytes are parsed once, at this boundary, and what does not make sense is refused
//! with a [`Reason`] from a closed set, a place (line, column, field) and a message that says how
//! to mend it. Good lines of a batch are kept when others are refused.
//!
//! - [`wire`] is the project's own form of an observation, used by [`http`] and [`ndjson`];
//! - [`mod@csv`] reads tables of intervals and the queue interval files of Calabrio WFM in any
//!   [`encoding`], [`queue_log`] the log of Asterisk queues;
//! - [`tail`] follows a growing log through rotations, [`tail_task`] runs it beside a service;
//! - [`stop`] ends one of them in order, [`links`] is how the connectors stand;
//! - [`mod@file`] guesses a format and gives every file the same iterator of [`Item`]s.
//!
//! Nothing here judges a load, keeps history or knows a vendor's word beyond its own file.
//! Personal data ends here: the parsers have no field for a caller id or an agent's name.

pub mod ami;
mod backoff;
pub mod counters;
pub mod csv;
pub mod encoding;
pub mod file;
pub mod http;
mod instant;
mod lines;
pub mod links;
pub mod name;
pub mod ndjson;
pub mod poll;
pub mod problem;
pub mod queue_log;
pub mod sources;
pub mod stop;
pub mod tail;
pub mod tail_task;
pub mod wire;

pub use counters::{IngestCounters, Reason};
pub use links::Links;
pub use sources::Sources;
pub use stop::{Stop, Stopper};

use crate::driver::Draft;
use crate::engine::observation::{Form, SourceId};
use crate::engine::time::Timestamp;

/// One thing that a source said.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// An observation of a queue.
    Draft(Draft),
    /// The source is alive and has nothing to tell.
    Heartbeat(SourceId),
    /// The source restarted: the calls it held are gone without an end.
    SourceRestarted(SourceId),
}

/// One thing that a source said, with its event time.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Event time; of an interval its end.
    pub at: Timestamp,
    /// What was said.
    pub input: Told,
}

impl Item {
    /// A draft with the event time of its form.
    pub fn draft(draft: Draft) -> Self {
        let at = match &draft.form {
            Form::Event(event) => event.at,
            Form::Snapshot(snapshot) => snapshot.at,
            Form::Interval(row) => row.end,
        };
        Self { at, input: Told::Draft(draft) }
    }
}
