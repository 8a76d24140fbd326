//! The figures of a report: the history at its own sensitivity and at others.
//!
//! Another sensitivity multiplies the number that each unit tolerates, so that units which tolerate
//! different numbers stay what they are to each other.

use super::Row;
use super::judge::judge;
use super::left_out::LeftOut;
use super::outcome::{Alarm, Rate, Settled, alarms, in_alarm};
use super::run::{Run, Stage, raised, run};
use super::series::{self, Series};
use crate::driver::{Draft, DriverError};
use crate::engine::command::Level;
use crate::engine::observation::UnitId;
use crate::engine::policy::Policy;
use crate::engine::time::{Span, Timestamp};
use crate::engine::verdict::Verdict;
use crate::explanation::{Explanation, Said};
use crate::history::Faults;
use crate::record::EvidenceRecord;
use chrono_tz::Tz;
use serde::Serialize;

/// What the tolerated numbers are multiplied by.
const FACTORS: [f64; 6] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0];
/// Passes over the rows that a report takes, two for each sensitivity.
pub const PASSES: u64 = 2 * FACTORS.len() as u64;

/// What the monitor would have done.
#[derive(Debug)]
pub struct Report {
    /// Rows of the input.
    pub rows: usize,
    /// Those of them that were not judged.
    pub left_out: LeftOut,
    /// What could not be read.
    pub faults: Faults,
    /// Start of the first and end of the last judged row.
    pub span: Option<(Timestamp, Timestamp)>,
    /// The units that have queues.
    pub units: Vec<Realised>,
    /// All units together, per unit and month.
    pub total: Realised,
    /// Share of the rows that were in alarm.
    pub in_alarm: f64,
    /// The sums of the units and the queues.
    pub series: Vec<Series>,
    /// The alarms of all series.
    pub alarms: Vec<Alarm>,
    /// Changes of level at the own sensitivity.
    pub stages: Vec<Stage>,
    /// What each unit is called.
    pub names: Vec<String>,
    /// The same history at other sensitivities.
    pub sensitivities: Vec<Sensitivity>,
}

/// What was tolerated and what was realised, of a unit or of all.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Realised {
    /// The unit; absent of all together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Tolerated false alarms a month; of several units their mean over their months.
    pub asked_per_month: f64,
    /// Alarms per unit and month.
    pub realised: Rate,
}

/// What another sensitivity would have done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sensitivity {
    /// What multiplies the number of each unit.
    pub factor: f64,
    /// Tolerated false alarms per unit and month.
    pub asked: f64,
    /// Whether it is the configured one.
    pub own: bool,
    /// Alarms per unit and month.
    pub rate: Rate,
    /// Share of the rows in alarm.
    pub in_alarm: f64,
    /// How often L1, L2 and L3 were ordered from below.
    pub raised: [usize; 3],
}

/// The units of a history: what each tolerates and since when it is settled.
struct Units<'a> {
    policy: &'a Policy,
    /// Those that have queues.
    used: Vec<(UnitId, Option<Settled>)>,
}

impl Units<'_> {
    fn tolerated(&self, unit: UnitId) -> f64 {
        let unit = self.policy.units.get(usize::from(unit.0));
        unit.map_or(0.0, |unit| unit.detector.false_alarms_per_month)
    }

    /// Each unit at what it tolerates.
    fn realised(&self, run: &Run) -> Vec<Realised> {
        let of = |&(unit, settled): &(UnitId, Option<Settled>)| {
            let at = usize::from(unit.0);
            let alarms = run.units.get(at).map_or(&[][..], |unit| &unit.alarms);
            Realised {
                unit: self.policy.units.get(at).map(|unit| unit.name.clone()),
                asked_per_month: self.tolerated(unit),
                realised: Settled::rate(settled, alarms),
            }
        };
        self.used.iter().map(of).collect()
    }
}

/// All units together.
fn together(units: &[Realised]) -> Realised {
    let months: f64 = units.iter().map(|unit| unit.realised.months).sum();
    let count = units.iter().map(|unit| unit.realised.count).sum();
    // Where nothing is settled every unit weighs the same.
    let weight = |unit: &Realised| if months > 0.0 { unit.realised.months } else { 1.0 };
    let weights: f64 = units.iter().map(weight).sum();
    let asked: f64 = units.iter().map(|unit| weight(unit) * unit.asked_per_month).sum();
    let asked_per_month = if weights > 0.0 { asked / weights } else { 0.0 };
    Realised { unit: None, asked_per_month, realised: Rate::of(count, months) }
}

impl Report {
    /// Judges the history at every sensitivity. Answers also what was said of each row of the input:
    /// whether an alarm was on, and the score. `passed` is told of every row of every pass.
    ///
    /// # Errors
    /// See [`run`].
    pub fn new(
        (rows, faults): (&[Row], Faults),
        lessons: &[Draft],
        policy: &Policy,
        mut passed: impl FnMut(),
    ) -> Result<(Self, Vec<(bool, f64)>), DriverError> {
        let judgement = judge(rows, lessons, policy, &mut passed);
        let mut own = run(rows, lessons, policy, &mut passed)?;
        let series = series::all(&judgement, &mut own, policy);
        let left_out = LeftOut::of(rows, &judgement.rows);
        let said = judgement.rows.iter();
        let said = said.map(|j| j.map_or((false, 0.0), |j| (j.alarm, j.score))).collect();
        drop(judgement);
        let units = used(&series, policy);
        let realised = units.realised(&own);
        let all_rows = || series.iter().flat_map(|one| &one.rows);
        let mut report = Self {
            rows: rows.len(),
            left_out,
            faults,
            span: all_rows().map(|r| r.start).min().zip(all_rows().map(|r| r.end).max()),
            total: together(&realised),
            units: realised,
            in_alarm: in_alarm(all_rows()),
            alarms: alarms(&series),
            stages: own.stages,
            names: policy.units.iter().map(|unit| unit.name.clone()).collect(),
            sensitivities: Vec::new(),
            series,
        };
        for factor in FACTORS {
            let sensitivity = if (factor - 1.0).abs() < f64::EPSILON {
                report.own()
            } else {
                other(factor, (rows, lessons), &units, &mut passed)?
            };
            report.sensitivities.push(sensitivity);
        }
        Ok((report, said))
    }

    fn own(&self) -> Sensitivity {
        Sensitivity {
            factor: 1.0,
            asked: self.total.asked_per_month,
            own: true,
            rate: self.total.realised,
            in_alarm: self.in_alarm,
            raised: raised_all(&self.stages),
        }
    }

    /// Whether all units tolerate the same number.
    pub fn tolerates_one_number(&self) -> bool {
        let first = self.units.first().map_or(0.0, |unit| unit.asked_per_month);
        self.units.iter().all(|unit| unit.asked_per_month.to_bits() == first.to_bits())
    }

    /// The series of an alarm.
    pub fn series_of(&self, alarm: &Alarm) -> &Series {
        &self.series[alarm.series]
    }

    /// Length of an alarm: from the row that raised it to its last.
    pub fn length(&self, alarm: &Alarm) -> Span {
        alarm.cleared - alarm.raised + self.series_of(alarm).row_length()
    }

    /// Why an alarm was raised.
    pub fn explanation(&self, alarm: &Alarm, zone: Tz) -> Explanation {
        let series = self.series_of(alarm);
        // A queue says enough of itself; a sum is that of its unit.
        let unit = self.names.get(usize::from(series.unit.0)).map_or("", String::as_str);
        let of = match &series.queue {
            Some(queue) => ("", Some(queue.as_str())),
            None => (unit, None),
        };
        let evidence = EvidenceRecord::from(&alarm.evidence);
        Explanation::of(&Said::of(of, &Verdict::Surge(alarm.evidence), Some(&evidence)), zone)
    }

    /// How many rows were judged.
    pub fn judged(&self) -> u64 {
        (self.rows as u64).saturating_sub(self.left_out.total())
    }
}

fn used<'a>(series: &[Series], policy: &'a Policy) -> Units<'a> {
    let mut of_unit: Vec<Vec<&Series>> = vec![Vec::new(); policy.units.len()];
    for one in series {
        of_unit[usize::from(one.unit.0)].push(one);
    }
    let units = of_unit.into_iter().enumerate().filter(|(_, series)| !series.is_empty());
    let used = units.map(|(at, series)| (UnitId(at as u16), Settled::of(&series))).collect();
    Units { policy, used }
}

fn other(
    factor: f64,
    (rows, lessons): (&[Row], &[Draft]),
    units: &Units<'_>,
    mut passed: impl FnMut(),
) -> Result<Sensitivity, DriverError> {
    let mut policy = units.policy.clone();
    for unit in &mut policy.units {
        unit.detector.false_alarms_per_month *= factor;
    }
    let judged = judge(rows, lessons, &policy, &mut passed);
    let run = run(rows, lessons, &policy, &mut passed)?;
    let together = together(&Units { policy: &policy, used: units.used.clone() }.realised(&run));
    let sums = run.units.iter().flat_map(|unit| &unit.sums);
    Ok(Sensitivity {
        factor,
        asked: together.asked_per_month,
        own: false,
        rate: together.realised,
        in_alarm: in_alarm(judged.rows.iter().flatten().chain(sums)),
        raised: raised_all(&run.stages),
    })
}

fn raised_all(stages: &[Stage]) -> [usize; 3] {
    [Level::L1, Level::L2, Level::L3].map(|level| raised(stages, level))
}
