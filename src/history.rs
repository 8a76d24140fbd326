//! What is this history worth as a teacher?
//!
//! Rows of the past in, a judgement out: what covers which time, what is missing, doubled or
//! absurd, which days are unlike their weekday, and whether it is enough for the baseline to
//! start from. Everything here is arithmetic on rows; nothing reads a file or a clock, and
//! nothing is taken out but rows that would teach twice or teach nonsense ([`sift`]).
//!
//! It deliberately does not mend: a gap is not filled, an odd day is named and still teaches,
//! since the baseline clips outliers itself ([`crate::engine::baseline`]) and only people know
//! what a day was.

mod closed;
mod gaps;
mod grid;
mod odd;
mod page;
mod quality;
mod sift;
mod survey;
mod text;
mod usual;

pub use closed::Closed;
pub use gaps::Gaps;
pub use odd::{OddDay, Oddity};
pub use page::page;
pub use quality::{Enough, Fault, Faults, Part, Quality};
pub use sift::{Sifted, sift};
pub use survey::{DayTotal, History, Survey};
pub use text::text;

use crate::engine::time::Timestamp;

/// Calls of a queue in an interval of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Start, inclusive.
    pub start: Timestamp,
    /// End, exclusive.
    pub end: Timestamp,
    /// Of the same interval a higher one replaces a lower one.
    pub revision: u32,
    /// Calls that came.
    pub calls: u32,
}

/// The middle value; of an even number the mean of the two; 0 of none.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    match values {
        [] => 0.0,
        _ if values.len() % 2 == 1 => values[values.len() / 2],
        _ => (values[values.len() / 2 - 1] + values[values.len() / 2]) / 2.0,
    }
}

#[cfg(test)]
mod tests;
