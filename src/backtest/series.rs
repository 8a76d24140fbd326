//! The series of a history, each with its rows: the queues, and the sums of units of several.

use super::judge::{Judged, Judgement};
use super::run::{Run, Stage};
use crate::engine::command::Level;
use crate::engine::observation::UnitId;
use crate::engine::policy::Policy;
use crate::engine::time::{Span, Timestamp};
use crate::report::Sample;

/// A queue, or the sum of a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What people read.
    pub name: String,
    /// Name of the queue; `None` of a sum.
    pub queue: Option<String>,
    /// Its unit.
    pub unit: UnitId,
    /// Its judged rows, in order.
    pub rows: Vec<Judged>,
}

/// All series: the sums first, then the queues as they came.
pub fn all(judgement: &Judgement, run: &mut Run, policy: &Policy) -> Vec<Series> {
    let mut series = Vec::new();
    for (at, unit) in run.units.iter_mut().enumerate() {
        let rows = std::mem::take(&mut unit.sums);
        if rows.iter().any(|row| row.evidence.is_some()) {
            let unit = UnitId(at as u16);
            let display = policy.units.get(at).map_or("", |u| u.display.as_str());
            let name = format!("{display}: all queues / 合计");
            series.push(Series { name, queue: None, unit, rows });
        }
    }
    let first = series.len();
    series.extend(judgement.queues.iter().map(|(name, unit)| Series {
        name: name.clone(),
        queue: Some(name.clone()),
        unit: *unit,
        rows: Vec::new(),
    }));
    for row in judgement.rows.iter().flatten() {
        series[first + row.queue].rows.push(*row);
    }
    series
}

impl Series {
    /// Length of its rows.
    pub fn row_length(&self) -> Span {
        self.rows.first().map_or(Span::ZERO, |row| row.end - row.start)
    }

    /// Rows that begin between two instants.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> &[Judged] {
        let at = |instant| self.rows.partition_point(|row| row.start < instant);
        &self.rows[at(from)..at(to).max(at(from))]
    }

    /// Its rows with the level of its unit, for the plot of the terminal.
    pub fn samples(&self, stages: &[Stage]) -> Vec<Sample> {
        let own: Vec<_> = stages.iter().filter(|stage| stage.unit == self.unit).collect();
        let name: std::sync::Arc<str> = self.name.as_str().into();
        let sample = |row: &Judged| {
            let until = own.partition_point(|stage| stage.at <= row.end);
            Sample {
                at: row.end,
                unit: name.clone(),
                observed: f64::from(row.calls),
                expected: row.evidence.map(|e| e.expected),
                upper: row.evidence.map(|e| e.upper),
                level: until.checked_sub(1).map_or(Level::None, |last| own[last].to),
            }
        };
        self.rows.iter().map(sample).collect()
    }
}
