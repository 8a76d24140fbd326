//! The report, as it is told to programs; [`super::text`] and [`super::page`] tell people.

use super::{Closed, Gaps, OddDay};
use serde::Serialize;
use std::collections::BTreeMap;

/// Weeks of history from which a slot of the week counts, as for the baseline.
const WEEKS_GOOD: f64 = 2.0;
/// Weeks from which the profile of each weekday is its own.
const WEEKS_FULL: f64 = 4.0;

/// Whether a history is enough to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Enough {
    /// Under two weeks: only gross surges are called.
    Cold,
    /// From two weeks: surges are called, weekdays are still much alike.
    Good,
    /// From four weeks.
    Full,
}

impl Enough {
    /// By weeks, which are rounded to a tenth: two weeks lack a row or two.
    pub fn of_weeks(weeks: f64) -> Self {
        let weeks = (weeks * 10.0).round() / 10.0;
        if weeks < WEEKS_GOOD {
            Self::Cold
        } else if weeks < WEEKS_FULL {
            Self::Good
        } else {
            Self::Full
        }
    }

    /// The judgement for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Cold => {
                "not enough: under two weeks of calls, only gross surges (twice the mean) are called"
            }
            Self::Good => {
                "enough to start: from two weeks surges are called; four give the full profile"
            }
            Self::Full => "enough: four weeks or more give the full profile of the week",
        }
    }

    /// The judgement for people, in Chinese.
    pub const fn words_zh(self) -> &'static str {
        match self {
            Self::Cold => "不足：少于两周，只能识别成倍的激增",
            Self::Good => "可用：已满两周，可识别激增；满四周后周规律更完整",
            Self::Full => "充足：已满四周，周规律完整",
        }
    }
}

/// What is wrong with a line that was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// A local time that the clock skipped.
    SkippedByTheClock,
    /// A number below zero.
    Negative,
    /// A row that contradicts itself, or a number that is none of its kind.
    Implausible,
    /// Anything else: no time, no queue, another number of fields.
    Malformed,
}

impl Fault {
    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::SkippedByTheClock => "at a local time that the clock skipped",
            Self::Negative => "with a negative number",
            Self::Implausible => "with an implausible value",
            Self::Malformed => "that cannot be read",
        }
    }
}

/// The lines that were left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Faults {
    /// How many of each kind.
    pub counts: BTreeMap<Fault, u64>,
    /// The first of each kind, with its place.
    pub first: BTreeMap<Fault, String>,
}

impl Faults {
    /// Takes one in.
    pub fn note(&mut self, fault: Fault, said: impl FnOnce() -> String) {
        *self.counts.entry(fault).or_default() += 1;
        self.first.entry(fault).or_insert_with(said);
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }
}

/// What is said of a queue, or of all together.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Part {
    /// The queue; absent of all together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// Rows that could be read.
    pub rows: u64,
    /// Those of them that teach.
    pub usable: u64,
    /// Calls in those.
    pub calls: u64,
    /// Start of the first.
    pub first: String,
    /// End of the last.
    pub last: String,
    /// Usual weeks that are covered.
    pub weeks: f64,
    /// Commonest length of a row; absent where queues differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row_seconds: Option<i64>,
    /// Rows of another length than the commonest of their queue.
    pub rows_of_other_length: u64,
    /// Rows that begin before the one before them ends.
    pub overlapping: u64,
    /// Missing time.
    pub gaps: Gaps,
    /// Rows of an interval that came again with the same count.
    pub duplicates_same: u64,
    /// Rows of an interval that came again with another count.
    pub duplicates_other: u64,
    /// Rows in an hour that the local clock showed twice.
    pub repeated_by_the_clock: u64,
    /// Rows whose count is absurd.
    pub absurd: u64,
    /// Rows of a wrong date: a year without any separates them from the others.
    pub astray: u64,
    /// Hours of the week in which nothing ever came.
    pub closed: Closed,
    /// Days that are unlike their weekday.
    pub odd_days: Vec<OddDay>,
}

impl Part {
    /// Whether it is enough to start from. Rows without a single call teach no profile.
    pub fn enough(&self) -> Enough {
        if self.calls == 0 { Enough::Cold } else { Enough::of_weeks(self.weeks) }
    }
}

/// The quality of a history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// What this is among the JSON lines.
    pub r#type: &'static str,
    /// Whether all together are enough to start from.
    pub enough: Enough,
    /// Share of the lines that teaches.
    pub usable_share: f64,
    /// Queues that start cold.
    pub cold_queues: Vec<String>,
    /// Lines that were left out because they could not be read.
    pub faults: Faults,
    /// All together.
    pub total: Part,
    /// Each queue, the largest first.
    pub queues: Vec<Part>,
}
