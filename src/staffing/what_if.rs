//! The planner's question: how many, and what would a few more or fewer mean?

use super::agents::{Target, agents_for_with_redials};
use super::backlog::Backlog;
use super::erlang_c::erlang_c;
use super::error::{Quantity, StaffingError};
use super::formula::Formula;
use super::paid::{agents_for_occupancy_cap, people_for};
use super::patience::Exponential;
use super::redial::{Redials, redialled};
use super::traffic::{AGENTS_MAX, Traffic};
use serde::{Deserialize, Serialize};

/// Most rows of one answer.
pub const ROWS_MAX: u32 = 500;
/// Rows on each side of the need where no range is asked for.
const ROWS_BESIDE: u32 = 7;
/// Rows of a range that names no step.
const ROWS_OF_RANGE: u32 = 20;

/// A question as it is asked; what is left out has the default that is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Calls offered in `minutes`.
    pub calls: f64,
    /// Length of the interval in minutes (60).
    pub minutes: Option<f64>,
    /// Mean handle time in seconds.
    pub handle_seconds: f64,
    /// Mean patience in seconds (180, assumed).
    pub patience_seconds: Option<f64>,
    /// Service level to reach (0.8).
    pub target: Option<f64>,
    /// Its threshold in seconds (20).
    pub threshold_seconds: Option<f64>,
    /// Its formula (answered within T / offered).
    pub formula: Option<Formula>,
    /// Share of those who give up that calls again (0).
    pub redial_share: Option<f64>,
    /// Most that agents may be busy (no cap).
    pub occupancy_max: Option<f64>,
    /// Share of paid time away from the phones (0).
    pub shrinkage: Option<f64>,
    /// Calls that wait already (0).
    pub waiting_calls: Option<f64>,
    /// Time in which they shall be gone, in seconds (900).
    pub clear_seconds: Option<f64>,
    /// First row (some below the need).
    pub from: Option<u32>,
    /// Last row (some above the need).
    pub to: Option<u32>,
    /// Agents between two rows (fits the range).
    pub step: Option<u32>,
}

/// The inputs of an answer, defaults filled in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Asked {
    /// Offered load of first calls in Erlang.
    pub load_erlangs: f64,
    /// Calls offered per hour.
    pub calls_per_hour: f64,
    /// Mean handle time in seconds.
    pub handle_seconds: f64,
    /// Mean patience in seconds.
    pub patience_seconds: f64,
    /// Whether the patience is the default.
    pub patience_assumed: bool,
    /// Service level to reach.
    pub target: f64,
    /// Its threshold in seconds.
    pub threshold_seconds: f64,
    /// Its formula.
    pub formula: Formula,
    /// Share of those who give up that calls again.
    pub redial_share: f64,
    /// Most that agents may be busy.
    pub occupancy_max: Option<f64>,
    /// Share of paid time away from the phones.
    pub shrinkage: f64,
    /// Calls that wait already.
    pub waiting_calls: f64,
    /// Time in which they shall be gone, in seconds.
    pub clear_seconds: f64,
}

/// How many, and by which reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Need {
    /// Agents on the phones: the largest of the three below.
    pub agents: u32,
    /// People on duty for that, by the shrinkage.
    pub people: u32,
    /// For the service level, in balance.
    pub steady: u32,
    /// For the cap of the occupancy.
    pub occupancy: Option<u32>,
    /// For the backlog to clear in time.
    pub backlog: Option<u32>,
}

/// What a number of agents would mean.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The agents.
    pub agents: u32,
    /// People on duty for that; absent beyond the largest number of people.
    pub people: Option<u32>,
    /// Service level by the formula that was asked for.
    pub service_level: f64,
    /// Share of calls that give up.
    pub abandoned: f64,
    /// Mean wait in seconds.
    pub mean_wait_seconds: f64,
    /// Share of their time that agents are busy.
    pub occupancy: f64,
    /// Load with redials in Erlang.
    pub load_erlangs: f64,
    /// Service level if nobody gave up (Erlang C); absent where the queue would grow without end.
    pub service_level_erlang_c: Option<f64>,
    /// Time until the backlog is gone in seconds; absent without one or if it grows.
    pub clear_seconds: Option<f64>,
}

/// A question that can be answered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WhatIf {
    asked: Asked,
    traffic: Traffic,
    law: Exponential,
    redials: Redials,
    backlog: Option<Backlog>,
    rows: [Option<u32>; 3],
}

impl WhatIf {
    /// Checks a question.
    ///
    /// # Errors
    /// The first input that is out of range.
    pub fn new(ask: &Ask) -> Result<Self, StaffingError> {
        let minutes = Quantity::Minutes.within(ask.minutes.unwrap_or(60.0), 0.1, 10_080.0)?;
        Quantity::Calls.within(ask.calls, 0.0, 1.0e9)?;
        let traffic = Traffic::new(ask.calls / (60.0 * minutes), ask.handle_seconds)?;
        let asked = Asked {
            load_erlangs: traffic.load_erlangs(),
            calls_per_hour: ask.calls * 60.0 / minutes,
            handle_seconds: ask.handle_seconds,
            patience_seconds: ask.patience_seconds.unwrap_or(180.0),
            patience_assumed: ask.patience_seconds.is_none(),
            target: ask.target.unwrap_or(0.8),
            threshold_seconds: ask.threshold_seconds.unwrap_or(20.0),
            formula: ask.formula.unwrap_or_default(),
            redial_share: ask.redial_share.unwrap_or(0.0),
            occupancy_max: ask.occupancy_max,
            shrinkage: ask.shrinkage.unwrap_or(0.0),
            waiting_calls: ask.waiting_calls.unwrap_or(0.0),
            clear_seconds: ask.clear_seconds.unwrap_or(900.0),
        };
        let law = Exponential::new(asked.patience_seconds)?;
        let redials = Redials::new(asked.redial_share)?;
        let backlog = Backlog::new(&traffic, asked.waiting_calls, Some(asked.patience_seconds))?;
        let backlog = (asked.waiting_calls > 0.0).then_some(backlog);
        let rows = [ask.from, ask.to, ask.step];
        Ok(Self { asked, traffic, law, redials, backlog, rows })
    }

    /// The inputs.
    pub const fn asked(&self) -> &Asked {
        &self.asked
    }

    /// How many are needed.
    ///
    /// # Errors
    /// If a target is out of range or out of reach.
    pub fn need(&self) -> Result<Need, StaffingError> {
        let Asked { target, threshold_seconds, formula, .. } = self.asked;
        let target = Target::ServiceLevel { at_least: target, threshold_seconds, formula };
        let steady = agents_for_with_redials(&self.traffic, &self.law, &target, self.redials)?;
        let cap = |cap| agents_for_occupancy_cap(self.traffic.load_erlangs(), cap);
        let occupancy = self.asked.occupancy_max.map(cap).transpose()?;
        let clear = |backlog: Backlog| backlog.agents_to_clear(self.asked.clear_seconds);
        let backlog = self.backlog.map(clear).transpose()?;
        let agents = steady.max(occupancy.unwrap_or(0)).max(backlog.unwrap_or(0));
        let people = people_for(agents, self.asked.shrinkage)?;
        Ok(Need { agents, people, steady, occupancy, backlog })
    }

    /// What so many agents would mean.
    ///
    /// # Errors
    /// If the agents exceed [`AGENTS_MAX`].
    pub fn row(&self, agents: u32) -> Result<Row, StaffingError> {
        let threshold = self.asked.threshold_seconds;
        let found = redialled(&self.traffic, &self.law, agents, threshold, self.redials)?;
        let patient = erlang_c(&self.traffic, agents).and_then(|c| c.service_level(threshold));
        let clear = |b: Backlog| b.clear_seconds(agents).ok();
        Ok(Row {
            agents,
            people: people_for(agents, self.asked.shrinkage).ok(),
            service_level: found.queue.service_level(self.asked.formula),
            abandoned: found.queue.abandoned,
            mean_wait_seconds: found.queue.mean_wait_seconds,
            occupancy: found.queue.occupancy,
            load_erlangs: found.load_erlangs,
            service_level_erlang_c: patient.ok(),
            clear_seconds: self.backlog.and_then(clear),
        })
    }

    /// The rows that were asked for, or some on both sides of the need.
    ///
    /// # Errors
    /// If the range is empty, has more than [`ROWS_MAX`] rows, or exceeds [`AGENTS_MAX`].
    pub fn rows(&self, need: &Need) -> Result<Vec<Row>, StaffingError> {
        let [from, to, step] = self.rows;
        let usual = ((self.traffic.load_erlangs().sqrt() / 4.0).round() as u32).max(1);
        let beside = step.unwrap_or(usual).saturating_mul(ROWS_BESIDE);
        let first =
            from.unwrap_or_else(|| need.agents.min(to.unwrap_or(u32::MAX)).saturating_sub(beside));
        let last =
            to.unwrap_or_else(|| need.agents.max(first).saturating_add(beside).min(AGENTS_MAX));
        let most = f64::from(AGENTS_MAX);
        Quantity::From.within(f64::from(first), 0.0, most.min(f64::from(last)))?;
        Quantity::To.within(f64::from(last), f64::from(first), most)?;
        let fitting = if from.is_some() || to.is_some() {
            (last - first).div_ceil(ROWS_OF_RANGE).max(1)
        } else {
            usual
        };
        let step = step.unwrap_or(fitting);
        let least = (last - first) / ROWS_MAX + 1;
        Quantity::Step.within(f64::from(step), f64::from(least), most)?;
        (first..=last).step_by(step as usize).map(|agents| self.row(agents)).collect()
    }
}
