//! `/api/v1/status`, `/api/v1/units`: the present state for the page and for programs.
//!
//! The wire types are apart from the engine's, so that either can change alone. Instants, never
//! ages; `now` is the server's clock, so that a page can show ages without trusting its own.

mod control;
mod recall;
mod verdict;

pub use control::ControlStatus;
pub use recall::{DrillStatus, RecallHeads};
pub use verdict::{StrongestStatus, VerdictStatus};

use super::ApiState;
use super::error::ApiError;
use crate::config::RecallMode;
use crate::demand::{self, OfSkill, Staffed};
use crate::engine::command::Level;
use crate::engine::observation::UnitId;
use crate::engine::time::Timestamp;
use crate::engine::view::{Accepted, Agents, ClockState, Ignored, QueueView, Totals, UnitView};
use crate::engine::view::{SourceView, View};
use crate::journal::Stamp;
use crate::record::ConditionsRecord;
use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The whole state without the queues.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// The server's clock.
    pub now: String,
    /// The entry it is the state after.
    pub seq: u64,
    /// What the journal was created for.
    pub stamp: Stamp,
    /// Whether commands are refused.
    pub read_only: bool,
    /// The units.
    pub units: Vec<UnitStatus>,
    /// The sources.
    pub sources: Vec<SourceStatus>,
}

/// A unit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnitStatus {
    /// Its id.
    pub unit: Arc<str>,
    /// What people read.
    pub display: Arc<str>,
    /// Whether anything was ever known of it; before that the level means nothing.
    pub has_data: bool,
    /// Level in force.
    pub level: Level,
    /// 0 to 3.
    pub stage: u8,
    /// Whether the order is confirmed.
    pub in_effect: bool,
    /// Open incident.
    pub incident: Option<u64>,
    /// When the level was entered.
    pub entered_at: Option<String>,
    /// Start of the uncontrolled run.
    pub uncontrolled_since: Option<String>,
    /// When the next automatic rise is due.
    pub next_step_at: Option<String>,
    /// What the clock towards it does.
    pub clock: ClockState,
    /// Time frozen out of the running step.
    pub frozen_seconds: f64,
    /// Commander's acts in force.
    pub overrides: OverridesStatus,
    /// Whether inbound volume is abnormal.
    pub abnormal: bool,
    /// Conditions of control.
    pub conditions: ConditionsRecord,
    /// A carried term was stale and is left out of K.
    pub term_dropped: bool,
    /// Verdict on the sum.
    #[serde(flatten)]
    pub verdict: VerdictStatus,
    /// The verdict that counts most, of the sum or of a queue.
    pub strongest: StrongestStatus,
    /// Since when no source gives signs of life.
    pub blind_since: Option<String>,
    /// Instant up to which the ladder is evaluated.
    pub evaluated_to: Option<String>,
    /// Calls waiting in the queues that tell it; absent where none does.
    pub waiting: Option<u64>,
    /// Arrival of the oldest waiting call.
    pub oldest_arrival: Option<String>,
    /// Agents, each once in however many queues; absent where no source can tell one from another.
    pub agents: Option<Agents>,
    /// Agents needed, and how many of them are missing.
    pub demand: Staffed,
    /// Who was asked to come, and came.
    pub recall: RecallHeads,
    /// A drill that runs.
    pub drill: Option<DrillStatus>,
    /// Answered within the threshold / (offered - still waiting within it), all queues together.
    pub service_level: Option<f64>,
    /// Answered / (answered + lost), likewise.
    pub answer_rate: Option<f64>,
    /// Threshold of the service level.
    pub service_target_seconds: f64,
    /// Window of both.
    pub service_window_seconds: f64,
    /// Thresholds of control and of the ladder, with what is measured against them.
    pub control: ControlStatus,
    /// Incidents so far.
    pub incidents_total: u64,
    /// Times that volume became abnormal, so far.
    pub alarms_total: u64,
    /// False alarms tolerated a month.
    pub false_alarms_per_month: f64,
}

/// Commander's acts in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OverridesStatus {
    /// Not below.
    pub floor: Option<(Level, String)>,
    /// Not above.
    pub ceiling: Option<(Level, String)>,
    /// No automatic change until.
    pub hold_until: Option<String>,
    /// Closed by the commander, at most until.
    pub closed_until: Option<String>,
}

/// A source.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourceStatus {
    /// Its name.
    pub source: Arc<str>,
    /// Whether it gives signs of life.
    pub up: bool,
    /// Newest accepted event time.
    pub last_event: Option<String>,
    /// Data are complete up to here.
    pub watermark: Option<String>,
    /// Start of the open outage.
    pub outage_since: Option<String>,
    /// Accepted observations by form.
    pub accepted: Accepted,
    /// Observations that changed no verdict, by reason.
    pub ignored: Ignored,
}

/// A unit with its queues.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnitDetail {
    /// The unit.
    #[serde(flatten)]
    pub unit: UnitStatus,
    /// Agents needed by skill.
    pub skills: Vec<OfSkill>,
    /// Its queues.
    pub queues: Vec<QueueStatus>,
}

/// A queue.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QueueStatus {
    /// Its name.
    pub queue: Arc<str>,
    /// The source that last spoke of it.
    pub source: Option<Arc<str>>,
    /// Whether that source gives signs of life; otherwise the rest is of the past.
    pub fresh: bool,
    /// Verdict.
    #[serde(flatten)]
    pub verdict: VerdictStatus,
    /// Calls so far.
    pub totals: Totals,
    /// Calls waiting.
    pub waiting: Option<u32>,
    /// Arrival of the oldest waiting call.
    pub oldest_arrival: Option<String>,
    /// Agents by state.
    pub agents: Agents,
    /// Service level over the control window.
    pub service_level: Option<f64>,
    /// Answer rate over the control window.
    pub answer_rate: Option<f64>,
    /// Intervals behind the present slot of the baseline.
    pub baseline_samples: u32,
}

#[derive(Serialize)]
pub(super) struct Units {
    units: Vec<UnitStatus>,
}

/// Units and sources.
pub(super) async fn all(State(state): State<ApiState>) -> Json<Status> {
    Json(Status::of(&state))
}

/// The units.
pub(super) async fn units(State(state): State<ApiState>) -> Json<Units> {
    Json(Units { units: Status::of(&state).units })
}

/// A unit with its queues.
pub(super) async fn unit(
    State(state): State<ApiState>,
    Path(name): Path<String>,
) -> Result<Json<UnitDetail>, ApiError> {
    let view = state.handle.view();
    let id = unit_id(&view, &name)?;
    let found = view.units.iter().find(|u| u.unit == id).ok_or_else(|| unknown(&view, &name))?;
    let unit = UnitStatus::of(found, &view, &(state.people)(), state.recall.mode);
    let queues = view.queues.iter().filter(|q| q.unit == id);
    Ok(Json(UnitDetail {
        unit,
        skills: demand::of_skills(&view, found),
        queues: queues.map(|q| QueueStatus::of(found, q, &view)).collect(),
    }))
}

/// Number of the unit with this name.
pub(super) fn unit_id(view: &View, name: &str) -> Result<UnitId, ApiError> {
    let found = view.units.iter().find(|u| &*u.name == name);
    found.map(|u| u.unit).ok_or_else(|| unknown(view, name))
}

fn unknown(view: &View, name: &str) -> ApiError {
    let known: Vec<&str> = view.units.iter().take(20).map(|u| &*u.name).collect();
    ApiError::not_found(
        format!("no unit is called {name:?}"),
        format!("known: {}", known.join(", ")),
    )
}

fn text(at: Option<Timestamp>) -> Option<String> {
    at.map(|t| t.to_string())
}

fn is_fresh(view: &View, queue: &QueueView) -> bool {
    let source = queue.source.and_then(|s| view.sources.get(usize::from(s.0)));
    source.is_some_and(|s| s.up)
}

impl Status {
    /// The state at this moment.
    pub(super) fn of(state: &ApiState) -> Self {
        let view = state.handle.view();
        let people = (state.people)();
        Self {
            now: state.clock.now().to_string(),
            seq: view.seq,
            stamp: state.stamp,
            read_only: state.read_only,
            units: view
                .units
                .iter()
                .map(|u| UnitStatus::of(u, &view, &people, state.recall.mode))
                .collect(),
            sources: view.sources.iter().map(SourceStatus::of).collect(),
        }
    }
}

impl UnitStatus {
    pub(super) fn of(
        u: &UnitView,
        view: &View,
        people: &BTreeMap<UnitId, Agents>,
        mode: RecallMode,
    ) -> Self {
        let fresh = || view.queues.iter().filter(|q| q.unit == u.unit && is_fresh(view, q));
        let waiting: Vec<u64> = fresh().filter_map(|q| q.waiting.map(u64::from)).collect();
        let sees = u.blind_since.is_none();
        let o = u.overrides;
        let level = |(level, until): (Level, Timestamp)| (level, until.to_string());
        Self {
            unit: u.name.clone(),
            display: u.display.clone(),
            has_data: u.evaluated_to.is_some(),
            level: u.level,
            stage: u.level.number(),
            in_effect: u.in_effect,
            incident: u.incident,
            entered_at: text(u.entered_at),
            uncontrolled_since: text(u.uncontrolled_since),
            next_step_at: text(u.next_step_at),
            clock: u.clock,
            frozen_seconds: u.frozen.as_secs_f64(),
            overrides: OverridesStatus {
                floor: o.floor.map(level),
                ceiling: o.ceiling.map(level),
                hold_until: text(o.hold),
                closed_until: text(o.closed_until),
            },
            abnormal: u.abnormal,
            conditions: ConditionsRecord {
                controlled: u.conditions.controlled,
                service: u.conditions.service,
                volume: u.conditions.volume,
                backlog: u.conditions.backlog,
                stand_down: u.conditions.stand_down,
            },
            term_dropped: u.conditions.term_dropped,
            verdict: VerdictStatus::of(u, None, &u.verdict),
            strongest: StrongestStatus::of(u, view),
            blind_since: text(u.blind_since),
            evaluated_to: text(u.evaluated_to),
            waiting: (!waiting.is_empty()).then(|| waiting.iter().sum()),
            oldest_arrival: text(fresh().filter_map(|q| q.oldest_arrival).min()),
            agents: people.get(&u.unit).copied(),
            demand: demand::of_unit(view, u, people.get(&u.unit)),
            recall: RecallHeads::of(u, view, mode),
            drill: DrillStatus::of(u, view),
            service_level: u.service.level.filter(|_| sees),
            answer_rate: u.service.answer_rate.filter(|_| sees),
            service_target_seconds: u.service.target.as_secs_f64(),
            service_window_seconds: u.service.window.as_secs_f64(),
            control: ControlStatus::of(u),
            incidents_total: u.incidents_total,
            alarms_total: u.alarms_total,
            false_alarms_per_month: u.tolerated_per_month,
        }
    }
}

impl SourceStatus {
    fn of(s: &SourceView) -> Self {
        Self {
            source: s.name.clone(),
            up: s.up,
            last_event: text(s.last_event),
            watermark: text(s.watermark),
            outage_since: text(s.outage.map(|(since, _)| since)),
            accepted: s.accepted,
            ignored: s.ignored,
        }
    }
}

impl QueueStatus {
    fn of(u: &UnitView, q: &QueueView, view: &View) -> Self {
        let source = q.source.and_then(|s| view.sources.get(usize::from(s.0)));
        Self {
            queue: q.name.clone(),
            source: source.map(|s| s.name.clone()),
            fresh: is_fresh(view, q),
            verdict: VerdictStatus::of(u, Some(&q.name), &q.verdict),
            totals: q.totals,
            waiting: q.waiting,
            oldest_arrival: text(q.oldest_arrival),
            agents: q.agents,
            service_level: q.service_level,
            answer_rate: q.answer_rate,
            baseline_samples: q.baseline_samples,
        }
    }
}
