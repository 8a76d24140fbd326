//! Which rows teach?
//!
//! Exports overlap, and an interval is exported again when long calls have ended. Of rows of the
//! same interval the one of the highest revision teaches, of equal ones the last in the file. A
//! count is absurd above twenty times what ninety-nine of a hundred rows with calls stay under:
//! no surge does that, a lost decimal point and a sum of a month in a row of a day do. A few rows
//! that a year without any separates from all others are of a wrong date: one of them would make
//! decades of gaps, and shut the journal to what comes before it.

use super::Row;
use crate::engine::time::Span;
use std::collections::BTreeMap;
use std::ops::Range;

/// An absurd count is at least this: a thin queue has rows of none and rows of many.
const ABSURD_MIN: f64 = 100.0;
const ABSURD_TIMES: f64 = 20.0;
/// Rows from which on ninety-nine of a hundred mean anything.
const ROWS_ENOUGH: usize = 100;
/// Rows with calls from which on those are the measure, and not the empty ones with them.
const CALLED_ENOUGH: usize = 5;
/// A silence that separates wrong dates from right ones.
const ASTRAY: Span = Span::hours(24 * 365);
/// At most this share of the rows may be astray: more is a history with a pause.
const ASTRAY_SHARE: f64 = 0.01;

/// What became of the rows of a queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sifted {
    /// Places of the rows that teach, in order of time.
    pub kept: Vec<usize>,
    /// Rows left out because the same interval came again with the same count.
    pub same: u64,
    /// Rows left out because the same interval came again with another count.
    pub other: u64,
    /// Rows left out because their count is absurd.
    pub absurd: u64,
    /// Rows left out because a year without any separates them from the others.
    pub astray: u64,
    /// Rows that begin before the one before them ends; they teach.
    pub overlapping: u64,
    /// The commonest length.
    pub length: Option<Span>,
    /// Rows of another length; they teach.
    pub other_length: u64,
}

/// Decides which rows teach.
pub fn sift(rows: &[Row]) -> Sifted {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&i| (rows[i].start, rows[i].end, rows[i].revision, i));
    let absurd_from = absurd_from(rows);
    let right = right_dates(rows, &order);
    let mut sifted = Sifted { astray: (rows.len() - right.len()) as u64, ..Sifted::default() };
    let order = &order[right];
    let mut lengths: BTreeMap<Span, u64> = BTreeMap::new();
    let mut end = None;
    for (n, &at) in order.iter().enumerate() {
        let row = &rows[at];
        let next = order.get(n + 1).map(|&next| &rows[next]);
        if let Some(next) = next.filter(|next| (next.start, next.end) == (row.start, row.end)) {
            *(if next.calls == row.calls { &mut sifted.same } else { &mut sifted.other }) += 1;
            continue;
        }
        if f64::from(row.calls) > absurd_from * minutes(row) {
            sifted.absurd += 1;
            continue;
        }
        sifted.overlapping += u64::from(end.is_some_and(|end| row.start < end));
        end = end.max(Some(row.end));
        *lengths.entry(row.end - row.start).or_default() += 1;
        sifted.kept.push(at);
    }
    let commonest = lengths.iter().rev().max_by_key(|(_, count)| **count);
    if let Some((length, count)) = commonest {
        sifted.length = Some(*length);
        sifted.other_length = sifted.kept.len() as u64 - count;
    }
    sifted
}

fn minutes(row: &Row) -> f64 {
    (row.end - row.start).as_minutes_f64()
}

/// The part of the rows, in order of time, whose dates are right.
fn right_dates(rows: &[Row], order: &[usize]) -> Range<usize> {
    let apart = |n: &usize| rows[order[*n]].start - rows[order[*n - 1]].end > ASTRAY;
    let mut bounds: Vec<usize> = (1..order.len()).filter(apart).collect();
    bounds.insert(0, 0);
    bounds.push(order.len());
    let parts = bounds.windows(2).map(|pair| pair[0]..pair[1]);
    let largest = parts.max_by_key(ExactSizeIterator::len).unwrap_or(0..order.len());
    let astray = (order.len() - largest.len()) as f64;
    if astray <= ASTRAY_SHARE * order.len() as f64 { largest } else { 0..order.len() }
}

/// Calls a minute above which a count is absurd.
fn absurd_from(rows: &[Row]) -> f64 {
    if rows.len() < ROWS_ENOUGH {
        return f64::INFINITY;
    }
    let rate = |row: &Row| f64::from(row.calls) / minutes(row);
    let mut rates: Vec<f64> = rows.iter().map(rate).filter(|rate| *rate > 0.0).collect();
    if rates.len() < CALLED_ENOUGH {
        rates = rows.iter().map(rate).collect();
    }
    rates.sort_by(f64::total_cmp);
    let high = rates[(rates.len() - 1) * 99 / 100];
    let longest = rows.iter().map(minutes).fold(1.0, f64::max);
    (ABSURD_TIMES * high).max(ABSURD_MIN / longest)
}
