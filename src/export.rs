//! What a journal knows, as tables and as samples: how does an analyst get the numbers out?
//!
//! Intervals are read a page at a time in the order of time, so that years of a large centre need
//! no more memory than a page, and are summed up to quarters, hours or local days on the way
//! ([`step`]). A table is CSV for spreadsheets or one JSON object a line for programs ([`table`]);
//! [`openmetrics`] is the same history for a Prometheus that was set up later than the monitor.
//!
//! Counts are sums of what sources told, never estimates: what no source told stays empty, and
//! `covered_seconds` says how much of an interval was told at all. It computes no service level
//! and no averages: those of a sum are not the averages of its parts, and the sums to compute
//! them from are there.

pub mod incidents;
pub mod intervals;
pub mod logbook;
pub mod openmetrics;
pub mod step;
pub mod table;

use crate::journal::JournalError;
use std::io;

/// Why an export ends early.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// What was read cannot be written.
    #[error("the export cannot be written")]
    Write(#[from] io::Error),
}
