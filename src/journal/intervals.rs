//! How interval lines add up in history.
//!
//! A row replaces what is stored at a lower revision; an addition is added to it. The quarters
//! of an hour are sums of rows, so what goes there is the difference that a line made, never the
//! line: a revision that lowers a count lowers its quarter too. Absent is not zero: a sum that no
//! row carries stays absent. Rows longer than a quarter keep their own length.

use crate::engine::effect::{IntervalKind, IntervalLine};
use crate::engine::observation::Tally;
use crate::engine::time::{Span, Timestamp};
use serde::Serialize;

/// Number of sums of a row.
pub const SUMS: usize = 8;

/// The coarse grid.
pub const QUARTER: Span = Span::minutes(15);

/// A row of history.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Row {
    /// Whether its source calls it complete.
    pub last_word: bool,
    /// Revision.
    pub revision: u32,
    /// Offered, answered, abandoned, refused, exited, answered in target; milliseconds waited
    /// and talked.
    pub sums: [Option<i64>; SUMS],
    /// Calls expected.
    pub expected: Option<f64>,
}

/// Where a row stands in the order of time; rows behind it come later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Start.
    pub start: Timestamp,
    /// Number of its queue and source in the store.
    pub series: i64,
    /// Length.
    pub length: Span,
}

impl Place {
    /// In front of every row that begins then or later.
    pub const fn before(start: Timestamp) -> Self {
        Self { start, series: -1, length: Span::ZERO }
    }
}

/// An interval of a queue, as history knows it. Durations are seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IntervalRecord {
    /// Where it stands.
    #[serde(skip)]
    pub place: Place,
    /// Queue.
    pub queue: String,
    /// Source.
    pub source: String,
    /// Start, RFC 3339.
    pub start: String,
    /// End, RFC 3339.
    pub end: String,
    /// Calls offered.
    pub offered: Option<i64>,
    /// Calls answered.
    pub answered: Option<i64>,
    /// Callers that left.
    pub abandoned: Option<i64>,
    /// Calls not admitted.
    pub refused: Option<i64>,
    /// Calls that left in another way.
    pub exited: Option<i64>,
    /// Calls answered within the threshold.
    pub answered_in_target: Option<i64>,
    /// Sum of the waits of answered calls.
    pub wait_seconds: Option<f64>,
    /// Sum of talk time.
    pub talk_seconds: Option<f64>,
    /// Calls expected.
    pub expected: Option<f64>,
}

/// Which intervals are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntervalQuery {
    /// Queue; all of them if not given.
    pub queue: Option<String>,
    /// Behind this place: the start of the span, or the last row of the page before.
    pub after: Place,
    /// Before.
    pub until: Timestamp,
    /// Quarters of an hour instead of the sources' own rows.
    pub quarters: bool,
    /// Most rows; oldest first.
    pub limit: usize,
}

/// The sums of a tally.
pub fn sums(tally: &Tally) -> [Option<i64>; SUMS] {
    [
        Some(i64::from(tally.offered)),
        tally.answered.map(i64::from),
        tally.abandoned.map(i64::from),
        tally.refused.map(i64::from),
        tally.exited.map(i64::from),
        tally.answered_in_target.map(i64::from),
        tally.wait.map(Span::as_millis),
        tally.talk.map(Span::as_millis),
    ]
}

/// What is stored after a line.
#[must_use]
pub fn merge(stored: Option<Row>, line: &IntervalLine) -> Row {
    let row = &line.row;
    let fresh = Row {
        last_word: row.last_word,
        revision: row.revision,
        sums: sums(&row.tally),
        expected: line.expected,
    };
    let Some(old) = stored else { return fresh };
    match line.kind {
        IntervalKind::Replace => {
            let completes = row.last_word && !old.last_word && row.revision == old.revision;
            if row.revision > old.revision || completes {
                Row { expected: fresh.expected.or(old.expected), ..fresh }
            } else {
                old
            }
        }
        IntervalKind::Add => {
            let mut sums = old.sums;
            for (sum, more) in sums.iter_mut().zip(fresh.sums) {
                *sum = add(*sum, more);
            }
            Row { sums, expected: old.expected.or(fresh.expected), ..old }
        }
    }
}

/// What a change of a row means for the sums above it.
#[must_use]
pub fn difference(old: Option<Row>, new: &Row) -> Row {
    let Some(old) = old else { return *new };
    let mut sums = new.sums;
    for (sum, before) in sums.iter_mut().zip(old.sums) {
        *sum = add(*sum, before.map(|n| -n));
    }
    let expected = match (new.expected, old.expected) {
        (Some(now), before) => Some(now - before.unwrap_or(0.0)),
        (None, before) => before.map(|n| -n),
    };
    Row { sums, expected, ..*new }
}

/// Adds a difference to a row of sums.
#[must_use]
pub fn plus(sum: Row, more: &Row) -> Row {
    let mut sums = sum.sums;
    for (total, n) in sums.iter_mut().zip(more.sums) {
        *total = add(*total, n);
    }
    let expected = match (sum.expected, more.expected) {
        (None, None) => None,
        (a, b) => Some(a.unwrap_or(0.0) + b.unwrap_or(0.0)),
    };
    Row { sums, expected, ..sum }
}

/// Start and length of the coarse interval that a row belongs to.
pub fn quarter_of(start: Timestamp, length: Span) -> (Timestamp, Span) {
    if length > QUARTER { (start, length) } else { (start.floor(QUARTER), QUARTER) }
}

fn add(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (None, None) => None,
        (a, b) => Some(a.unwrap_or(0) + b.unwrap_or(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::observation::{IntervalRow, QueueId, SourceId};

    fn line(
        kind: IntervalKind,
        revision: u32,
        offered: u32,
        answered: Option<u32>,
    ) -> IntervalLine {
        let tally = Tally { offered, answered, ..Tally::default() };
        let start = Timestamp::from_secs(0);
        let row = IntervalRow::new(start, start + Span::secs(60), true, revision, tally);
        IntervalLine {
            queue: QueueId(0),
            source: SourceId(0),
            kind,
            row: row.expect("a sound row"),
            expected: None,
        }
    }

    #[test]
    fn a_higher_revision_wins_and_an_addition_adds() {
        let first = merge(None, &line(IntervalKind::Replace, 1, 10, None));
        assert_eq!(merge(Some(first), &line(IntervalKind::Replace, 1, 99, None)), first);
        let second = merge(Some(first), &line(IntervalKind::Replace, 2, 7, Some(5)));
        assert_eq!(second.sums[..2], [Some(7), Some(5)]);
        let third = merge(Some(second), &line(IntervalKind::Add, 0, 1, Some(2)));
        assert_eq!(third.sums[..3], [Some(8), Some(7), None]);
        assert_eq!(third.revision, 2);
    }

    #[test]
    fn the_difference_carries_a_correction_to_the_quarter() {
        let first = merge(None, &line(IntervalKind::Replace, 1, 10, Some(8)));
        let second = merge(Some(first), &line(IntervalKind::Replace, 2, 7, Some(8)));
        let quarter = plus(difference(None, &first), &difference(Some(first), &second));
        assert_eq!(quarter.sums[..3], [Some(7), Some(8), None]);
    }

    #[test]
    fn rows_longer_than_a_quarter_keep_their_length() {
        let t = Timestamp::from_secs(1_000);
        assert_eq!(quarter_of(t, Span::secs(60)), (Timestamp::from_secs(900), QUARTER));
        assert_eq!(quarter_of(t, Span::minutes(30)), (t, Span::minutes(30)));
    }
}
