//! Queue after queue into one report.

use super::gaps::Gaps;
use super::grid::{Grid, WEEK_HOURS};
use super::odd::odd_days;
use super::quality::{Enough, Faults, Part, Quality};
use super::usual::Usual;
use super::{Closed, Row, sift};
use crate::engine::calendar::Calendar;
use chrono::{MappedLocalTime, NaiveDate, TimeZone};
use chrono_tz::Tz;

/// Calls of a local day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DayTotal {
    /// Local date.
    pub date: NaiveDate,
    /// Its calls.
    pub calls: f64,
}

/// A history, looked at.
#[derive(Clone, Debug)]
pub struct History {
    /// The report.
    pub quality: Quality,
    /// Calls of each day that has rows, of all queues.
    pub days: Vec<DayTotal>,
    /// Median calls of each hour of the week, Monday first, of all queues; `None` where no row
    /// covers it.
    pub week: Vec<Option<f64>>,
}

/// Collects what is said of each queue.
#[derive(Debug, Default)]
pub struct Survey {
    parts: Vec<Part>,
    all: Grid,
}

impl Survey {
    /// Looks at the rows of a queue in its local time; the places of the rows that teach.
    pub fn add(
        &mut self,
        queue: &str,
        zone: Tz,
        calendar: &mut Calendar,
        rows: &[Row],
    ) -> Vec<usize> {
        let sifted = sift(rows);
        let kept: Vec<&Row> = sifted.kept.iter().map(|&at| &rows[at]).collect();
        let mut grid = Grid::default();
        kept.iter().for_each(|row| grid.add(calendar, row));
        let usual = Usual::of(&grid);
        let mut repeated = Repeated::new(zone);
        self.parts.push(Part {
            queue: Some(queue.to_owned()),
            rows: rows.len() as u64,
            usable: kept.len() as u64,
            calls: kept.iter().map(|row| u64::from(row.calls)).sum(),
            first: kept.first().map_or(String::new(), |row| row.start.to_string()),
            last: kept.iter().map(|row| row.end).max().map_or(String::new(), |at| at.to_string()),
            weeks: usual.weeks(&grid),
            row_seconds: sifted.length.map(|length| length.as_millis() / 1_000),
            rows_of_other_length: sifted.other_length,
            overlapping: sifted.overlapping,
            gaps: Gaps::between(&kept, &usual, calendar),
            duplicates_same: sifted.same,
            duplicates_other: sifted.other,
            repeated_by_the_clock: kept.iter().filter(|row| repeated.is(row)).count() as u64,
            absurd: sifted.absurd,
            astray: sifted.astray,
            closed: Closed::of(&grid),
            odd_days: odd_days(&grid, &usual),
        });
        self.all.merge(&grid);
        sifted.kept
    }

    /// The report.
    pub fn finish(mut self, faults: Faults) -> History {
        self.parts.sort_by(|a, b| b.calls.cmp(&a.calls).then_with(|| a.queue.cmp(&b.queue)));
        let usual = Usual::of(&self.all);
        let mut total = Part {
            weeks: usual.weeks(&self.all),
            closed: Closed::of(&self.all),
            odd_days: odd_days(&self.all, &usual),
            row_seconds: self.parts.first().and_then(|part| part.row_seconds),
            ..Part::default()
        };
        for part in &self.parts {
            add_up(&mut total, part);
        }
        let lines = total.rows + faults.total();
        let cold = self.parts.iter().filter(|part| part.enough() == Enough::Cold);
        let quality = Quality {
            r#type: "quality",
            enough: total.enough(),
            usable_share: if lines == 0 { 0.0 } else { total.usable as f64 / lines as f64 },
            cold_queues: cold.filter_map(|part| part.queue.clone()).collect(),
            faults,
            total,
            queues: self.parts,
        };
        let day = |(number, day): (&i32, &super::grid::Day)| {
            Some(DayTotal { date: NaiveDate::from_epoch_days(*number)?, calls: day.total() })
        };
        let days = self.all.days.iter().filter_map(day).collect();
        let week = self.all.week();
        debug_assert_eq!(week.len(), WEEK_HOURS);
        History { quality, days, week }
    }
}

fn add_up(total: &mut Part, part: &Part) {
    total.rows += part.rows;
    total.usable += part.usable;
    total.calls += part.calls;
    // Instants in UTC are in the order of their texts.
    if total.first.is_empty() || (!part.first.is_empty() && part.first < total.first) {
        total.first.clone_from(&part.first);
    }
    if part.last > total.last {
        total.last.clone_from(&part.last);
    }
    total.row_seconds = total.row_seconds.filter(|own| part.row_seconds == Some(*own));
    total.rows_of_other_length += part.rows_of_other_length;
    total.overlapping += part.overlapping;
    total.gaps.merge(&part.gaps);
    total.duplicates_same += part.duplicates_same;
    total.duplicates_other += part.duplicates_other;
    total.repeated_by_the_clock += part.repeated_by_the_clock;
    total.absurd += part.absurd;
    total.astray += part.astray;
}

/// Finds rows in an hour that the local clock showed twice; the answer is kept for a quarter.
struct Repeated {
    zone: Tz,
    quarter: i64,
    repeated: bool,
}

impl Repeated {
    fn new(zone: Tz) -> Self {
        Self { zone, quarter: i64::MIN, repeated: false }
    }

    /// By the quarter of an hour, since zones change their clocks on one.
    fn is(&mut self, row: &Row) -> bool {
        let quarter = row.start.as_millis().div_euclid(900_000);
        if quarter != self.quarter {
            self.quarter = quarter;
            let local = row.start.to_chrono().map(|at| at.with_timezone(&self.zone).naive_local());
            let shown = local.map(|local| self.zone.offset_from_local_datetime(&local));
            self.repeated = matches!(shown, Some(MappedLocalTime::Ambiguous(..)));
        }
        self.repeated
    }
}
