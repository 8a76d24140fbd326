//! What would the monitor have done with this history?
//!
//! History in, a report out: the alarms, the stages that would have been raised, the rate of
//! alarms that was realised against the one that was asked for, and what other sensitivities
//! would have done. Judging is causal: what is said of a row follows from rows up to it, by the
//! same detector that runs live; what is said of the sum of a unit, its alarms and its levels is
//! taken from a run of the engine itself. It deliberately does not know which alarms were false;
//! a rate is that of all alarms, and so an upper bound.

pub mod html;
pub mod judge;
pub mod left_out;
pub mod outcome;
pub mod report;
pub mod rows;
pub mod run;
pub mod series;
mod svg;
pub mod text;

use crate::driver::Draft;
use left_out::Why;

/// A row of the input, in the order of the input.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its time as it was written.
    pub stamp: String,
    /// What it tells, or why it tells nothing.
    pub told: Result<Draft, Why>,
}
