//! What the commands print: tables, plots and sentences for people, JSON lines for programs.
//!
//! Everything here turns values into text; nothing reads an engine, a journal or a clock. Text
//! goes to a writer that the command passes in, so that a test reads what a person would see and
//! `--json` can keep standard output for JSON alone. What a plot or a table leaves out for
//! brevity it says so; the whole is always in the JSON lines.

mod agents;
mod json;
pub mod logbook;
mod look;
mod output;
pub(crate) mod page;
mod plot;
mod progress;
mod strip;
mod summary;
pub(crate) mod svg;
mod table;
mod week;
mod when;

pub use agents::agents;
pub use json::JsonLines;
pub use look::Look;
pub use output::Output;
pub use plot::{PlotOptions, plot};
pub use progress::Progress;
pub use summary::{Summary, UnitSummary};
pub use table::{ROWS_MAX, transitions};
pub use week::week;
pub use when::{day, local};

use crate::engine::command::Level;
use crate::engine::time::Timestamp;
use std::sync::Arc;

/// A point of the series that a plot shows: a unit after one interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// End of the interval.
    pub at: Timestamp,
    /// Name of the unit.
    pub unit: Arc<str>,
    /// Calls observed in the interval.
    pub observed: f64,
    /// Calls expected; `None` while learning.
    pub expected: Option<f64>,
    /// Upper end of what is normal.
    pub upper: Option<f64>,
    /// Level in force at its end.
    pub level: Level,
}
