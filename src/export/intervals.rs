//! The table of intervals.

use super::ExportError;
use super::step::{Step, Steps, Sum, local};
use super::table::{Row, Table, number};
use crate::engine::observation::UnitId;
use crate::engine::time::Timestamp;
use crate::engine::view::{QueueView, View};
use crate::journal::History;
use crate::journal::intervals::{IntervalQuery, IntervalRecord, Place};
use crate::journal::reader::LIMIT_MAX;
use chrono_tz::Tz;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

/// The unit of each queue that is known.
pub type Units = BTreeMap<String, String>;

/// The unit of each queue of a view.
pub fn units_of(view: &View) -> Units {
    let unit = |queue: &QueueView| {
        let unit = view.units.iter().find(|unit| unit.unit == queue.unit)?;
        Some((queue.name.to_string(), unit.name.to_string()))
    };
    view.queues.iter().filter_map(unit).collect()
}

/// The local clock of the units of a view that have a queue, where all have the same; else UTC.
pub fn zone_of(view: &View) -> Tz {
    let used: BTreeSet<UnitId> = view.queues.iter().map(|queue| queue.unit).collect();
    let units = view.units.iter().filter(|unit| used.contains(&unit.unit));
    let mut zones = units.map(|unit| unit.timezone);
    zones.next().filter(|first| zones.all(|zone| zone == *first)).unwrap_or(Tz::UTC)
}

/// Which intervals, and how.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Only this queue.
    pub queue: Option<String>,
    /// Not before.
    pub since: Timestamp,
    /// Before.
    pub until: Timestamp,
    /// To which length they are summed.
    pub step: Step,
    /// Whose clock cuts days and writes `start_local`.
    pub zone: Tz,
}

/// A row of the table. Durations are seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    r#type: &'static str,
    unit: Option<String>,
    queue: String,
    source: String,
    start: String,
    end: String,
    start_local: String,
    covered_seconds: f64,
    offered: Option<i64>,
    answered: Option<i64>,
    abandoned: Option<i64>,
    refused: Option<i64>,
    exited: Option<i64>,
    answered_in_target: Option<i64>,
    wait_seconds: Option<f64>,
    talk_seconds: Option<f64>,
    expected: Option<f64>,
}

impl Row for Line {
    const COLUMNS: &'static [&'static str] = &[
        "unit",
        "queue",
        "source",
        "start",
        "end",
        "start_local",
        "covered_seconds",
        "offered",
        "answered",
        "abandoned",
        "refused",
        "exited",
        "answered_in_target",
        "wait_seconds",
        "talk_seconds",
        "expected",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.unit.clone().unwrap_or_default(),
            self.queue.clone(),
            self.source.clone(),
            self.start.clone(),
            self.end.clone(),
            self.start_local.clone(),
            self.covered_seconds.to_string(),
            number(self.offered),
            number(self.answered),
            number(self.abandoned),
            number(self.refused),
            number(self.exited),
            number(self.answered_in_target),
            number(self.wait_seconds),
            number(self.talk_seconds),
            number(self.expected),
        ]
    }
}

impl Line {
    fn new(sum: Sum, units: &Units, zone: Tz) -> Self {
        Self {
            r#type: "interval",
            unit: units.get(&sum.queue).cloned(),
            queue: sum.queue,
            source: sum.source,
            start: sum.start.to_string(),
            end: sum.end.to_string(),
            start_local: local(sum.start, zone).format("%Y-%m-%d %H:%M:%S").to_string(),
            covered_seconds: sum.covered.as_secs_f64(),
            offered: sum.offered,
            answered: sum.answered,
            abandoned: sum.abandoned,
            refused: sum.refused,
            exited: sum.exited,
            answered_in_target: sum.answered_in_target,
            wait_seconds: sum.wait_seconds.map(thousandths),
            talk_seconds: sum.talk_seconds.map(thousandths),
            expected: sum.expected.map(thousandths),
        }
    }
}

/// Three digits behind the point: milliseconds, and thin queues too.
fn thousandths(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// Writes the intervals that are asked for, in order of time. `progress` is told to which instant
/// the journal has been read.
///
/// # Errors
/// If the journal cannot be read or the table not be written.
pub fn write<W: Write>(
    history: &dyn History,
    ask: &Ask,
    units: &Units,
    table: &mut Table<W>,
    mut progress: impl FnMut(Timestamp),
) -> Result<(), ExportError> {
    let mut steps = Steps::new(ask.step, ask.zone);
    each_row(history, ask, |row| {
        progress(row.place.start);
        for sum in steps.add(row) {
            table.row(&Line::new(sum, units, ask.zone))?;
        }
        Ok(())
    })?;
    for sum in steps.finish() {
        table.row(&Line::new(sum, units, ask.zone))?;
    }
    Ok(())
}

/// Hands out the stored rows that are asked for, a page after the other.
pub(super) fn each_row(
    history: &dyn History,
    ask: &Ask,
    mut each: impl FnMut(IntervalRecord) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut query = IntervalQuery {
        queue: ask.queue.clone(),
        after: Place::before(ask.since),
        until: ask.until,
        quarters: ask.step.of_quarters(),
        limit: LIMIT_MAX,
    };
    loop {
        let page = history.intervals(&query)?;
        let Some(last) = page.last() else { return Ok(()) };
        query.after = last.place;
        let complete = page.len() < LIMIT_MAX;
        page.into_iter().try_for_each(&mut each)?;
        if complete {
            return Ok(());
        }
    }
}
