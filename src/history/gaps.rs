//! Which time is missing?

use super::Row;
use super::usual::Usual;
use crate::engine::calendar::Calendar;
use crate::engine::time::{Span, Timestamp};
use serde::Serialize;

/// Stretches without rows in which rows usually come. One that goes on over closed hours is one.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Gaps {
    /// How many.
    pub count: u64,
    /// Usual minutes in all of them.
    pub minutes: f64,
    /// Usual minutes of the longest.
    pub longest_minutes: f64,
    /// Where the longest begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest_from: Option<String>,
    /// Where the first begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_from: Option<String>,
}

impl Gaps {
    /// The gaps between rows that are in order of time.
    pub(super) fn between(rows: &[&Row], usual: &Usual, calendar: &mut Calendar) -> Self {
        let mut gaps = Self::default();
        let mut end = rows.first().map_or(Timestamp::MIN, |row| row.start);
        for row in rows {
            if row.start > end {
                gaps.note(missing(end, row.start, usual, calendar));
            }
            end = end.max(row.end);
        }
        gaps
    }

    fn note(&mut self, (from, minutes): (Timestamp, f64)) {
        if minutes <= 0.0 {
            return;
        }
        self.count += 1;
        self.minutes += minutes;
        self.first_from.get_or_insert_with(|| from.to_string());
        if minutes > self.longest_minutes {
            self.longest_minutes = minutes;
            self.longest_from = Some(from.to_string());
        }
    }

    /// Takes in the gaps of another queue.
    pub(super) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.minutes += other.minutes;
        // Instants in UTC are in the order of their texts.
        let firsts = [self.first_from.take(), other.first_from.clone()];
        self.first_from = firsts.into_iter().flatten().min();
        if other.longest_minutes > self.longest_minutes {
            self.longest_minutes = other.longest_minutes;
            self.longest_from.clone_from(&other.longest_from);
        }
    }
}

/// Usual minutes of a stretch, and the first of them.
fn missing(
    from: Timestamp,
    to: Timestamp,
    usual: &Usual,
    calendar: &mut Calendar,
) -> (Timestamp, f64) {
    let (mut first, mut minutes) = (None, 0.0);
    let mut at = from;
    while at < to {
        let next = at.next_multiple(Span::minutes(15)).min(to);
        if usual.at(calendar.local(at).minute_of_week) {
            first.get_or_insert(at);
            minutes += (next - at).as_minutes_f64();
        }
        at = next;
    }
    (first.unwrap_or(from), minutes)
}
