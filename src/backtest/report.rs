//! The figures of a report: the history at its own sensitivity and at others.

use super::Row;
use super::judge::{Judgement, judge};
use super::outcome::{Alarm, Outcome, Rate};
use super::stages::{Stage, level_at, raised, stages};
use crate::driver::{Draft, DriverError};
use crate::engine::command::Level;
use crate::engine::policy::Policy;
use crate::engine::time::{Span, Timestamp};
use crate::report::Sample;
use serde::Serialize;

/// Sensitivities that are tried, in tolerated false alarms per unit and month.
const TRIED: [f64; 6] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0];

/// What the monitor would have done.
#[derive(Debug)]
pub struct Report {
    /// Rows of the input, and how many of them were judged.
    pub rows: usize,
    /// Start of the first and end of the last judged row.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Tolerated false alarms per month that are configured; of the first unit.
    pub asked: f64,
    /// What was said of each row.
    pub judgement: Judgement,
    /// At the own sensitivity.
    pub outcome: Outcome,
    /// Changes of level at the own sensitivity.
    pub stages: Vec<Stage>,
    /// Names of the units.
    pub units: Vec<String>,
    /// The same history at other sensitivities.
    pub sensitivities: Vec<Sensitivity>,
    /// Unit of each queue.
    unit_of_queue: Vec<usize>,
}

/// What another sensitivity would have done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sensitivity {
    /// Tolerated false alarms per unit and month.
    pub asked: f64,
    /// Whether it is the configured one.
    pub own: bool,
    /// Alarms per queue and month.
    pub rate: Rate,
    /// Share of the rows in alarm.
    pub in_alarm: f64,
    /// How often L1, L2 and L3 were ordered from below.
    pub raised: [usize; 3],
}

impl Sensitivity {
    fn of(asked: f64, own: bool, outcome: &Outcome, stages: &[Stage]) -> Self {
        let raised = [Level::L1, Level::L2, Level::L3].map(|level| raised(stages, level));
        Self { asked, own, rate: outcome.rate, in_alarm: outcome.in_alarm, raised }
    }
}

impl Report {
    /// Judges the history at every sensitivity.
    ///
    /// # Errors
    /// See [`stages`].
    pub fn new(
        rows: &[Row],
        lessons: &[Draft],
        policy: &Policy,
        judgement: Judgement,
    ) -> Result<Self, DriverError> {
        let asked = policy.units.first().map_or(1.0, |u| u.detector.false_alarms_per_month);
        let outcome = Outcome::of(&judgement);
        let own = stages(rows, lessons, policy)?;
        let mut sensitivities = vec![Sensitivity::of(asked, true, &outcome, &own)];
        for tried in TRIED.into_iter().filter(|tried| (tried / asked - 1.0).abs() > 1.0e-6) {
            let mut other = policy.clone();
            for unit in &mut other.units {
                unit.detector.false_alarms_per_month = tried;
            }
            let outcome = Outcome::of(&judge(rows, lessons, &other));
            let stages = stages(rows, lessons, &other)?;
            sensitivities.push(Sensitivity::of(tried, false, &outcome, &stages));
        }
        sensitivities.sort_by(|a, b| a.asked.total_cmp(&b.asked));
        let judged = || judgement.rows.iter().flatten();
        let first = judged().map(|row| row.start).min();
        let last = judged().map(|row| row.end).max();
        let unit_of =
            |name: &String| policy.unit_of_queue(name).map_or(0, |unit| usize::from(unit.0));
        Ok(Self {
            rows: rows.len(),
            span: first.zip(last),
            asked,
            unit_of_queue: judgement.queues.iter().map(unit_of).collect(),
            judgement,
            outcome,
            stages: own,
            units: policy.units.iter().map(|unit| unit.name.clone()).collect(),
            sensitivities,
        })
    }

    /// Name of a queue.
    pub fn queue(&self, alarm: &Alarm) -> &str {
        self.judgement.queues.get(alarm.queue).map_or("", String::as_str)
    }

    /// Length of an alarm: from the row that raised it to its last.
    pub fn length(&self, alarm: &Alarm) -> Span {
        alarm.cleared - alarm.raised + self.row_of(alarm.queue)
    }

    /// Row length of a queue.
    pub fn row_of(&self, queue: usize) -> Span {
        let mut rows = self.judgement.rows.iter().flatten();
        rows.find(|row| row.queue == queue).map_or(Span::ZERO, |row| row.end - row.start)
    }

    /// The series of each queue with the level of its unit, for the plot of the terminal.
    pub fn samples(&self) -> Vec<Sample> {
        let names: Vec<std::sync::Arc<str>> =
            self.judgement.queues.iter().map(|name| name.as_str().into()).collect();
        let sample = |row: &super::judge::Judged| {
            let unit = crate::engine::observation::UnitId(self.unit_of_queue[row.queue] as u16);
            Sample {
                at: row.end,
                unit: names[row.queue].clone(),
                observed: f64::from(row.calls),
                expected: row.evidence.map(|e| e.expected),
                upper: row.evidence.map(|e| e.upper),
                level: level_at(&self.stages, unit, row.end),
            }
        };
        self.judgement.rows.iter().flatten().map(sample).collect()
    }
}
