//! How many agents does a unit need at this moment, and how many are missing?
//!
//! The arithmetic of [`staffing`](crate::staffing) takes numbers; here they are taken from how the
//! queues stand: calls of the last quarter of an hour, talk time of the last hour, callers waiting,
//! agents logged in. The need is the largest of three: for the service level in balance (Erlang A with
//! redials), for the backlog to be gone in time (fluid), and for agents to be no busier than the cap.
//! Agents who are logged in and not paused are taken from it.
//!
//! An interval and not a number, because load and handle time are estimates. Calls of a fading sum of
//! n have a relative variance of 1 / 2n, a mean of m fading handle times whose own scatter is as large
//! as their mean one of 1 / 2m, and a handle time that is only set is believed to 20 %. The bounds
//! are the need at the load that lies 1.28 sd below and above: 80 % of the time the truth is between.
//! Patience is set, never measured here, and is named as assumed.
//!
//! By skill, and of a unit the sum over its skills: pooled, a queue that drowns beside an idle one would
//! read as enough. It asks nobody and raises nothing. The load is the present one: whoever comes in an hour
//! comes to the load of an hour from now, of which nobody knows more than that the surge may last.

use crate::engine::observation::UnitId;
use crate::engine::policy::StaffingPolicy;
use crate::engine::time::Span;
use crate::engine::view::{Agents, Load, QueueView, UnitView, View};
use crate::staffing::{Ask, StaffingError, WhatIf};
use serde::Serialize;
use std::collections::BTreeMap;

/// Quantile of the normal distribution that leaves a tenth on each side.
const Z: f64 = 1.281_551_6;
/// Relative sd of a handle time that is set and not measured.
const ASSUMED_SD: f64 = 0.2;
/// Calls with a talk time from which their mean is believed.
const TALKED_MIN: f64 = 5.0;
/// A unit of more skills is computed as one pool: a status has to stay cheap.
const SKILLS_MAX: usize = 200;
/// The load is told as calls of so many minutes.
const MINUTES: f64 = 15.0;

/// The need of a skill.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfSkill {
    /// Its name.
    pub skill: String,
    /// What it needs.
    #[serde(flatten)]
    pub staffed: Staffed,
}

/// A need with what it follows from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Staffed {
    /// Agents needed on the phones; absent where it cannot be computed.
    pub needed: Option<Bounds>,
    /// Agents logged in and not paused; absent where a queue does not tell.
    pub available: Option<u32>,
    /// What is missing of the need; absent where one of the two is.
    pub missing: Option<Bounds>,
    /// Agents who could go and the upper bound of the need would still be there.
    pub to_spare: Option<u32>,
    /// Why the need is what it is, or why there is none.
    pub because: Because,
    /// What it was computed from.
    pub inputs: Inputs,
}

/// A number that is known to 80 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Bounds {
    /// In one of ten cases it is less.
    pub low: u32,
    /// The estimate.
    pub likely: u32,
    /// In one of ten cases it is more.
    pub high: u32,
}

impl Bounds {
    /// Bound by bound: those of a sum are closer, since not all parts miss to the same side.
    fn plus(self, more: Self) -> Self {
        Self {
            low: self.low.saturating_add(more.low),
            likely: self.likely.saturating_add(more.likely),
            high: self.high.saturating_add(more.high),
        }
    }

    fn or_more(self, other: Self) -> Self {
        Self {
            low: self.low.max(other.low),
            likely: self.likely.max(other.likely),
            high: self.high.max(other.high),
        }
    }
}

/// What decides the need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// The service level.
    ServiceLevel,
    /// The time in which the backlog shall be gone.
    Backlog,
    /// How busy agents may be.
    Occupancy,
    /// Neither measured nor set: how long a call takes.
    NoHandleTime,
    /// No source gives signs of life.
    Blind,
    /// The load is beyond what can be computed.
    OutOfRange,
}

/// What a need follows from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Inputs {
    /// Calls of 15 minutes.
    pub calls_per_15_minutes: f64,
    /// Mean handle time: talk and after-call work; absent where unknown.
    pub handle_seconds: Option<f64>,
    /// Whether the talk time is set and not measured.
    pub handle_assumed: bool,
    /// Calls waiting; absent where no queue tells.
    pub waiting_calls: Option<u64>,
    /// Mean patience, which is assumed.
    pub patience_seconds: f64,
    /// Service level to reach.
    pub target: f64,
    /// Its threshold.
    pub threshold_seconds: f64,
}

/// The need of a unit: the sum over its skills, since an idle agent of one helps no caller of another.
/// `people` are its agents counted once each, where a source can do that; then what is missing is at
/// least what even a pool of all of them lacks.
pub fn of_unit(view: &View, unit: &UnitView, people: Option<&Agents>) -> Staffed {
    let queues: Vec<&QueueView> = of(view, unit.unit).collect();
    let people = people.and_then(on_the_phones);
    let pool = staffed(unit, &queues, people.or_else(|| sum(&queues, of_queue)));
    let skills = by_skill(unit, &queues);
    if skills.len() < 2 || skills.len() > SKILLS_MAX || pool.needed.is_none() {
        return pool;
    }
    let skills: Vec<Staffed> =
        skills.into_values().map(|queues| staffed(unit, &queues, sum(&queues, of_queue))).collect();
    let all = |of: fn(&Staffed) -> Option<Bounds>| {
        skills.iter().try_fold(Bounds::default(), |sum, skill| Some(sum.plus(of(skill)?)))
    };
    let Some(needed) = all(|skill| skill.needed) else { return pool };
    let missing = all(|skill| skill.missing);
    let largest = skills.iter().max_by_key(|s| s.missing.or(s.needed).map(|bounds| bounds.likely));
    Staffed {
        needed: Some(needed),
        missing: match (missing, people.and(pool.missing)) {
            (Some(apart), Some(together)) => Some(apart.or_more(together)),
            (missing, _) => missing,
        },
        to_spare: skills.iter().map(|s| s.to_spare).sum(),
        because: largest.map_or(pool.because, |skill| skill.because),
        ..pool
    }
}

fn by_skill<'a>(
    unit: &'a UnitView,
    queues: &[&'a QueueView],
) -> BTreeMap<&'a str, Vec<&'a QueueView>> {
    let mut skills: BTreeMap<&str, Vec<&QueueView>> = BTreeMap::new();
    for queue in queues {
        skills.entry(unit.staffing.skill(&queue.name)).or_default().push(queue);
    }
    skills
}

/// The need of each skill of a unit, in order of their names. An agent who is in the queues of two
/// skills is available to both.
pub fn of_skills(view: &View, unit: &UnitView) -> Vec<OfSkill> {
    let queues: Vec<&QueueView> = of(view, unit.unit).collect();
    let of_skill = |(skill, queues): (&str, Vec<&QueueView>)| OfSkill {
        skill: skill.to_owned(),
        staffed: staffed(unit, &queues, sum(&queues, of_queue)),
    };
    by_skill(unit, &queues).into_iter().map(of_skill).collect()
}

fn of(view: &View, unit: UnitId) -> impl Iterator<Item = &QueueView> {
    view.queues.iter().filter(move |queue| queue.unit == unit)
}

fn of_queue(queue: &QueueView) -> Option<u32> {
    on_the_phones(&queue.agents)
}

/// Agents who take calls.
fn on_the_phones(agents: &Agents) -> Option<u32> {
    Some(agents.logged_in?.saturating_sub(agents.paused.unwrap_or(0)))
}

/// A sum that is known if every part is.
fn sum(queues: &[&QueueView], of: impl Fn(&QueueView) -> Option<u32>) -> Option<u32> {
    if queues.is_empty() {
        return None;
    }
    queues.iter().try_fold(0_u32, |sum, queue| Some(sum.saturating_add(of(queue)?)))
}

fn staffed(unit: &UnitView, queues: &[&QueueView], available: Option<u32>) -> Staffed {
    let load = queues.iter().fold(Load::default(), |sum, queue| sum.plus(queue.load));
    let told: Vec<u64> = queues.iter().filter_map(|queue| queue.waiting.map(u64::from)).collect();
    let (handle, measured) = handle_seconds(&unit.staffing, load);
    let inputs = Inputs {
        calls_per_15_minutes: load.calls_per_15_minutes,
        handle_seconds: handle,
        handle_assumed: handle.is_some() && measured.is_none(),
        waiting_calls: (!told.is_empty()).then(|| told.iter().sum()),
        patience_seconds: seconds(unit.staffing.patience),
        target: unit.control.service_level_min,
        threshold_seconds: seconds(unit.control.target),
    };
    if unit.blind_since.is_some() {
        return unknown(None, Because::Blind, inputs);
    }
    let Some(handle) = handle else {
        return unknown(available, Because::NoHandleTime, inputs);
    };
    let calls = (0.5 / load.calls_per_15_minutes.max(0.5)).sqrt();
    let talk = measured.map_or(ASSUMED_SD, |talked| (0.5 / talked).sqrt());
    let spread = Z * calls.hypot(talk);
    let at = |load: f64| need(unit, &inputs, handle, load);
    let answers = [(1.0 - spread).max(0.0), 1.0, 1.0 + spread].map(at);
    let [Ok((low, _)), Ok((likely, because)), Ok((high, _))] = answers else {
        return unknown(available, Because::OutOfRange, inputs);
    };
    let needed = Bounds { low, likely, high };
    let missing = available.map(|there| Bounds {
        low: low.saturating_sub(there),
        likely: likely.saturating_sub(there),
        high: high.saturating_sub(there),
    });
    let to_spare = available.map(|there| there.saturating_sub(high));
    Staffed { needed: Some(needed), available, missing, to_spare, because, inputs }
}

fn unknown(available: Option<u32>, because: Because, inputs: Inputs) -> Staffed {
    Staffed { needed: None, available, missing: None, to_spare: None, because, inputs }
}

/// Mean handle time, and from how many calls where it is measured.
fn handle_seconds(policy: &StaffingPolicy, load: Load) -> (Option<f64>, Option<f64>) {
    let wrap_up = seconds(policy.wrap_up);
    if load.talked_calls >= TALKED_MIN {
        let talk = load.talked_seconds / load.talked_calls;
        return (Some(talk + wrap_up), Some(load.talked_calls));
    }
    (policy.talk.map(|talk| seconds(talk) + wrap_up), None)
}

/// The need at a multiple of the calls, and what decides it.
fn need(
    unit: &UnitView,
    inputs: &Inputs,
    handle: f64,
    times: f64,
) -> Result<(u32, Because), StaffingError> {
    let policy = &unit.staffing;
    let ask = Ask {
        calls: inputs.calls_per_15_minutes * times,
        minutes: Some(MINUTES),
        handle_seconds: handle.max(1.0),
        patience_seconds: Some(inputs.patience_seconds),
        target: Some(inputs.target),
        threshold_seconds: Some(inputs.threshold_seconds),
        redial_share: Some(policy.redial_share),
        // A cap of 1 is none: callers who give up keep a queue with fewer agents in balance.
        occupancy_max: Some(policy.occupancy_max).filter(|cap| *cap < 1.0),
        waiting_calls: inputs.waiting_calls.map(|calls| calls as f64),
        clear_seconds: Some(seconds(policy.clear)),
        ..Ask::default()
    };
    let need = WhatIf::new(&ask)?.need()?;
    let because = if need.backlog.is_some_and(|n| n == need.agents && n > need.steady) {
        Because::Backlog
    } else if need.agents > need.steady {
        Because::Occupancy
    } else {
        Because::ServiceLevel
    };
    Ok((need.agents, because))
}

fn seconds(span: Span) -> f64 {
    span.as_secs_f64()
}
