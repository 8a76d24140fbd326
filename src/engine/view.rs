//! The read model: everything that gauges, status and pages show, as plain values.
//!
//! Built after each batch and shared behind an `Arc`; readers never touch the engine. Instants,
//! never ages: whoever shows an age subtracts from its own clock.

use super::command::Level;
use super::control::Clear;
use super::effect::{Conditions, IncidentId, OutageStep};
use super::entry::Seq;
use super::observation::{ExitReason, SourceId, UnitId};
use super::policy::{ControlPolicy, LadderPolicy, StaffingPolicy};
use super::recalls::Want;
use super::recent::Recent;
use super::time::{Span, Timestamp};
use super::verdict::Verdict;
use crate::recall::Campaigns;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The state of everything after an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// The entry it is the state after; 0 before the first.
    pub seq: Seq,
    /// That entry's `at`.
    pub at: Timestamp,
    /// The sources, by [`SourceId`].
    pub sources: Vec<SourceView>,
    /// The units, by [`UnitId`].
    pub units: Vec<UnitView>,
    /// The queues, by `QueueId`.
    pub queues: Vec<QueueView>,
    /// The recalls that run.
    pub recalls: Arc<Campaigns>,
    /// Recalls that levels in force call for and that have not been started.
    pub wanted: Vec<Want>,
}

/// A source.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceView {
    /// Its name.
    pub name: Arc<str>,
    /// Whether it gives signs of life; `false` before the first.
    pub up: bool,
    /// Whether it ought to: it is watched, or was heard. What only history came from is not.
    pub awaited: bool,
    /// Newest accepted event time.
    pub last_event: Option<Timestamp>,
    /// Data are complete up to here.
    pub watermark: Option<Timestamp>,
    /// Accepted observations by form.
    pub accepted: Accepted,
    /// Observations that changed nothing, by reason.
    pub ignored: Ignored,
    /// The open outage: its start and the last step that was written.
    pub outage: Option<(Timestamp, Option<OutageStep>)>,
}

/// Accepted observations by form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Accepted {
    /// Call events.
    pub events: u64,
    /// Snapshots.
    pub snapshots: u64,
    /// Interval rows.
    pub intervals: u64,
    /// Heartbeats.
    pub heartbeats: u64,
}

/// Observations that the engine ignored, by reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ignored {
    /// Seen before.
    pub duplicate: u64,
    /// Behind the watermark: corrected history, judged nothing.
    pub late: u64,
    /// More than 24 h late: kept aside only.
    pub too_late: u64,
    /// More than 2 min in the future.
    pub future: u64,
    /// An outcome of a call that was never offered.
    pub orphan: u64,
    /// Calls of a queue whose calls another source counts, or rows of the same one.
    pub second_source: u64,
}

/// A command unit.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitView {
    /// Its number.
    pub unit: UnitId,
    /// Its name.
    pub name: Arc<str>,
    /// What people read.
    pub display: Arc<str>,
    /// Its local time.
    pub timezone: Tz,
    /// Level in force.
    pub level: Level,
    /// Whether the order of the level is confirmed.
    pub in_effect: bool,
    /// Open incident.
    pub incident: Option<IncidentId>,
    /// When the level was entered.
    pub entered_at: Option<Timestamp>,
    /// Since when it is uncontrolled.
    pub uncontrolled_since: Option<Timestamp>,
    /// When the next automatic rise is due if nothing changes; `None`: none is.
    pub next_step_at: Option<Timestamp>,
    /// Why the clock does not run towards the next step.
    pub clock: ClockState,
    /// Time frozen out of the running step.
    pub frozen: Span,
    /// Commander's floor, ceiling, hold and suppression in force.
    pub overrides: Overrides,
    /// Whether inbound volume is abnormal.
    pub abnormal: bool,
    /// Conditions of control at the last instant.
    pub conditions: Conditions,
    /// Verdict on the sum; of a unit of one queue the queue's.
    pub verdict: Verdict,
    /// Whether no source of the unit gives signs of life, and since when.
    pub blind_since: Option<Timestamp>,
    /// Instant up to which the ladder is evaluated.
    pub evaluated_to: Option<Timestamp>,
    /// Transitions so far, by (from, to, cause).
    pub transitions: Vec<((Level, Level, super::effect::Cause), u64)>,
    /// Time spent in each level, up to `evaluated_to`.
    pub time_in_level: [Span; 4],
    /// Incidents so far.
    pub incidents_total: u64,
    /// Times that volume became abnormal.
    pub alarms_total: u64,
    /// False alarms tolerated a month.
    pub tolerated_per_month: f64,
    /// Service over the control window.
    pub service: ServiceView,
    /// Since when the conditions of a step down hold without a break.
    pub stand_down_since: Option<Timestamp>,
    /// Thresholds of control.
    pub control: ControlPolicy,
    /// Times of the ladder: those of the open incident, else those of the next.
    pub ladder: LadderPolicy,
    /// Settings of the need for agents.
    pub staffing: Arc<StaffingPolicy>,
    /// Judged intervals of the last hours.
    pub recent: Recent,
}

/// Service of a unit over the control window, all its queues together, by arrival cohort.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct ServiceView {
    /// Answered within the threshold / (offered - still waiting within it). `None` unless every
    /// queue that has calls tells it.
    pub level: Option<f64>,
    /// Answered / (answered + lost), likewise.
    pub answer_rate: Option<f64>,
    /// When the backlog of all queues together is gone.
    pub clear: Option<Clear>,
    /// The threshold.
    pub target: Span,
    /// The window.
    pub window: Span,
}

/// What the clock towards the next level does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// No level is raised, or L3 is reached.
    Idle,
    /// Towards the next level.
    Running,
    /// K is true: recovering.
    Recovering,
    /// No data: frozen.
    Frozen,
    /// A commander holds.
    Held,
}

/// Commander's acts in force, each with its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Overrides {
    /// Not below this level.
    pub floor: Option<(Level, Timestamp)>,
    /// Not above this level.
    pub ceiling: Option<(Level, Timestamp)>,
    /// No automatic change.
    pub hold: Option<Timestamp>,
    /// Closed by the commander: stays at none until once not abnormal, at most until then.
    pub closed_until: Option<Timestamp>,
}

/// A queue.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueView {
    /// Its name.
    pub name: Arc<str>,
    /// Its unit.
    pub unit: UnitId,
    /// The source that last spoke of it.
    pub source: Option<SourceId>,
    /// What the detector says.
    pub verdict: Verdict,
    /// Calls so far, by what happened.
    pub totals: Totals,
    /// Calls waiting now.
    pub waiting: Option<u32>,
    /// Arrival of the oldest waiting call.
    pub oldest_arrival: Option<Timestamp>,
    /// Agents by state, where told.
    pub agents: Agents,
    /// Intervals behind the present slot of the baseline.
    pub baseline_samples: u32,
    /// When the baseline took in a day last.
    pub baseline_updated: Option<Timestamp>,
    /// Service level over the control window, by arrival cohort.
    pub service_level: Option<f64>,
    /// Answer rate over the control window.
    pub answer_rate: Option<f64>,
    /// How much work comes.
    pub load: Load,
}

/// The work that comes to queues, as fading sums.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Load {
    /// Calls offered and refused of 15 minutes.
    pub calls_per_15_minutes: f64,
    /// Calls of the last hour whose talk time was told.
    pub talked_calls: f64,
    /// Their talk time in seconds.
    pub talked_seconds: f64,
}

impl Load {
    /// Both together.
    #[must_use]
    pub fn plus(self, more: Self) -> Self {
        Self {
            calls_per_15_minutes: self.calls_per_15_minutes + more.calls_per_15_minutes,
            talked_calls: self.talked_calls + more.talked_calls,
            talked_seconds: self.talked_seconds + more.talked_seconds,
        }
    }
}

/// Running totals of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Entered the queue.
    pub offered: u64,
    /// Connected to an agent.
    pub answered: u64,
    /// Connected within the threshold.
    pub answered_in_target: u64,
    /// Left by the caller.
    pub abandoned: u64,
    /// Not admitted.
    pub refused: u64,
    /// Left in another way, by [`ExitReason`] in the order of [`EXIT_REASONS`].
    pub exited: [u64; 7],
}

/// The exit reasons in the order of [`Totals::exited`].
pub const EXIT_REASONS: [ExitReason; 7] = [
    ExitReason::Timeout,
    ExitReason::Key,
    ExitReason::Empty,
    ExitReason::Withdrawn,
    ExitReason::Overflow,
    ExitReason::Transfer,
    ExitReason::Unknown,
];

/// Agents of a queue by state, where told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Agents {
    /// In conversation.
    pub talking: Option<u32>,
    /// In after-call work.
    pub after_call_work: Option<u32>,
    /// Could take a call.
    pub available: Option<u32>,
    /// Logged in.
    pub logged_in: Option<u32>,
    /// Paused.
    pub paused: Option<u32>,
}
