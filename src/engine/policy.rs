//! What the engine is told to do: validated settings, as values.
//!
//! The engine never sees a configuration file. Adapters turn one into a [`Policy`] and journal it
//! as an entry, so that a replay knows which settings were in force when. The ladder settings of
//! a unit are copied into an incident when it starts: an edit during the night does not move a
//! running clock.

mod staffing;

use super::calendar::{Date, OpeningHours};
use super::observation::{SourceId, UnitId};
use super::time::{Span, Timestamp};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub use staffing::StaffingPolicy;

/// Everything that is configured and that the engine acts on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// How silence of a source is judged.
    pub silence: SilenceRule,
    /// The sources, by [`SourceId`].
    pub sources: Vec<SourcePolicy>,
    /// The command units, by [`UnitId`].
    pub units: Vec<UnitPolicy>,
    /// The unit of queues that no unit lists; `None` rejects such queues.
    pub default_unit: Option<UnitId>,
    /// Most queues that may register by themselves.
    pub queues_max: u32,
}

/// How silence of a source is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SilenceRule {
    /// By the wall clock, through ticks.
    Live,
    /// When the next row comes: over 60 min it was closed from its start.
    Replay,
}

/// What is known of a source before it says anything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourcePolicy {
    /// Its name on the wire and in metrics.
    pub name: String,
    /// How long the source may lag behind its newest event before time moves on.
    pub lateness: Span,
    /// Whether it gives a sign of life in silence; one without is blind later (see
    /// `engine::source`).
    pub heartbeat: bool,
    /// Whether a silence of it opens the outage ladder.
    pub watched: bool,
    /// What it declares that it carries.
    pub carries: Carries,
}

/// What a source carries. `auto` control goes by this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Carries {
    /// Answered within the threshold (service level).
    pub service_level: bool,
    /// Answered calls (answer rate).
    pub answered: bool,
    /// Calls waiting (backlog).
    pub waiting: bool,
    /// Age of the oldest waiting call.
    pub longest_wait: bool,
}

impl Carries {
    /// Everything: a source of call events.
    pub const ALL: Self =
        Self { service_level: true, answered: true, waiting: true, longest_wait: true };
    /// A plain count of calls.
    pub const VOLUME_ONLY: Self =
        Self { service_level: false, answered: false, waiting: false, longest_wait: false };

    /// Whether anything about service is carried.
    pub const fn service(self) -> bool {
        self.service_level || self.answered || self.longest_wait
    }

    /// What both carry.
    #[must_use]
    pub const fn both(self, other: Self) -> Self {
        Self {
            service_level: self.service_level && other.service_level,
            answered: self.answered && other.answered,
            waiting: self.waiting && other.waiting,
            longest_wait: self.longest_wait && other.longest_wait,
        }
    }

    /// What either of two sources carries.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self {
            service_level: self.service_level || other.service_level,
            answered: self.answered || other.answered,
            waiting: self.waiting || other.waiting,
            longest_wait: self.longest_wait || other.longest_wait,
        }
    }
}

/// A command unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnitPolicy {
    /// Stable id on the wire and in metrics.
    pub name: String,
    /// What people read.
    pub display: String,
    /// The queues that belong to it, by name.
    pub queues: Vec<String>,
    /// It is configured no longer and only keeps its number: it has no incident and gets none.
    pub retired: bool,
    /// Local time of its week.
    pub timezone: Tz,
    /// When it is open; `None` learns it from empty slots.
    pub opening: Option<OpeningHours>,
    /// Holidays and make-up workdays, in order and each once; any other day is ordinary.
    pub special_days: Arc<[Date]>,
    /// Times in which more calls are announced.
    pub expected: Arc<[ExpectedEvent]>,
    /// Detection.
    pub detector: DetectorPolicy,
    /// Control.
    pub control: ControlPolicy,
    /// The 30-minute rule.
    pub ladder: LadderPolicy,
    /// The need for agents.
    pub staffing: Arc<StaffingPolicy>,
}

/// A time in which more calls are announced than the profile knows: a campaign, a mailing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExpectedEvent {
    /// Start, inclusive.
    pub from: Timestamp,
    /// End, exclusive.
    pub to: Timestamp,
    /// What multiplies the calls expected; above 1.
    pub factor: f64,
    /// Why, for people.
    pub reason: String,
}

/// Settings of detection.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetectorPolicy {
    /// Tolerated false alarms per unit and month.
    pub false_alarms_per_month: f64,
}

impl DetectorPolicy {
    /// Share of a unit's false alarms that its sum may raise: it sees what all queues have in
    /// common, and is one test where the queues are many.
    const SHARE_OF_SUM: f64 = 0.5;

    /// False alarms a month that the sum of a unit of several queues may raise.
    pub const fn tolerated_of_sum(&self) -> f64 {
        self.false_alarms_per_month * Self::SHARE_OF_SUM
    }

    /// False alarms a month that a queue may raise where it has `members` beside it in the unit,
    /// itself included, and `counting` of them are large enough to count. The union of the tests
    /// keeps the rate (Bonferroni), whatever they have in common.
    pub fn tolerated_of_queue(&self, members: usize, counting: usize) -> f64 {
        if members <= 1 {
            return self.false_alarms_per_month;
        }
        self.false_alarms_per_month * (1.0 - Self::SHARE_OF_SUM) / counting.max(1) as f64
    }
}

impl Default for DetectorPolicy {
    fn default() -> Self {
        Self { false_alarms_per_month: 1.0 }
    }
}

/// Settings of the control check. Ratios are between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControlPolicy {
    /// How K is put together.
    pub mode: ControlMode,
    /// Least service level.
    pub service_level_min: f64,
    /// Threshold T of the service level.
    pub target: Span,
    /// Least answer rate.
    pub answer_rate_min: f64,
    /// Longest wait that is still in target.
    pub longest_wait_max: Span,
    /// Longest projected time to clear the backlog.
    pub clear_time_max: Span,
    /// Window of the service measures.
    pub window: Span,
    /// Calls per 15 min, expected or observed, from which a queue counts.
    pub counts_from_per_15_minutes: f64,
}

/// How "effectively controlled" is put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlMode {
    /// S or (V and Z), by what the sources carry.
    Auto,
    /// S alone.
    Service,
    /// V alone.
    Volume,
    /// S and V.
    Both,
}

impl Default for ControlPolicy {
    fn default() -> Self {
        Self {
            mode: ControlMode::Auto,
            service_level_min: 0.8,
            target: Span::secs(20),
            answer_rate_min: 0.9,
            longest_wait_max: Span::secs(120),
            clear_time_max: Span::minutes(10),
            window: Span::minutes(5),
            counts_from_per_15_minutes: 10.0,
        }
    }
}

/// Settings of the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LadderPolicy {
    /// Which profile the values came from; shown, not acted on.
    pub profile: Profile,
    /// D: how long the situation stays uncontrolled before the next level.
    pub step: Span,
    /// r: how long K is true before the uncontrolled run ends. `None`: any recovery ends it.
    pub recovery: Option<Span>,
    /// phi: least share of the window that is uncontrolled.
    pub share: f64,
    /// h: how long R holds before a step down; at least r.
    pub stand_down: Span,
    /// How long the unit is abnormal before L1.
    pub confirm: Span,
    /// Confirm-or-fire window before L3.
    pub l3_confirm: Span,
    /// A surge this soon after the end re-opens the incident.
    pub reopen: Span,
    /// An unconfirmed order is sent again this long after it.
    pub remind_after: [Span; 2],
    /// At L3 the report is repeated at this interval.
    pub repeat_report: Span,
    /// Longest hold; also how long a closed unit stays at none while abnormal.
    pub hold_max: Span,
}

/// The two shipped profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// The plan's plain reading: any recovery resets, no share.
    Literal,
    /// Short dips neither reset nor stop the clock.
    Robust,
}

impl LadderPolicy {
    /// The default profile; `row` is the row length of the unit's sources.
    pub const ROBUST: Self = Self {
        profile: Profile::Robust,
        step: Span::minutes(30),
        recovery: Some(Span::minutes(5)),
        share: 0.8,
        stand_down: Span::minutes(15),
        confirm: Span::ZERO,
        l3_confirm: Span::ZERO,
        reopen: Span::minutes(30),
        remind_after: [Span::minutes(2), Span::minutes(5)],
        repeat_report: Span::minutes(30),
        hold_max: Span::minutes(30),
    };

    /// The plan's plain reading.
    pub const LITERAL: Self =
        Self { profile: Profile::Literal, recovery: None, share: 0.0, ..Self::ROBUST };
}

impl UnitPolicy {
    /// A unit with the shipped defaults.
    pub fn with_defaults(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            display: name.to_owned(),
            queues: Vec::new(),
            retired: false,
            timezone: Tz::UTC,
            opening: None,
            special_days: Arc::default(),
            expected: Arc::default(),
            detector: DetectorPolicy::default(),
            control: ControlPolicy::default(),
            ladder: LadderPolicy::ROBUST,
            staffing: Arc::default(),
        }
    }
}

impl Policy {
    /// Queues that register by themselves where nothing is configured.
    pub const QUEUES_MAX_DEFAULT: u32 = 2_000;

    /// The policy without a configuration: one unit `default` that takes every queue.
    pub fn unconfigured(silence: SilenceRule, sources: Vec<SourcePolicy>) -> Self {
        Self {
            silence,
            sources,
            units: vec![UnitPolicy::with_defaults("default")],
            default_unit: Some(UnitId(0)),
            queues_max: Self::QUEUES_MAX_DEFAULT,
        }
    }

    /// Whether a unit is configured no longer.
    pub fn is_retired(&self, unit: UnitId) -> bool {
        self.units.get(unit.0 as usize).is_some_and(|u| u.retired)
    }

    /// Number of the source with this name.
    pub fn source(&self, name: &str) -> Option<SourceId> {
        let at = self.sources.iter().position(|s| s.name == name)?;
        Some(SourceId(u16::try_from(at).ok()?))
    }

    /// Number of the unit with this name.
    pub fn unit(&self, name: &str) -> Option<UnitId> {
        let at = self.units.iter().position(|u| u.name == name)?;
        Some(UnitId(u16::try_from(at).ok()?))
    }

    /// The unit that a queue of this name belongs to.
    pub fn unit_of_queue(&self, queue: &str) -> Option<UnitId> {
        let listed = self.units.iter().position(|u| u.queues.iter().any(|q| q == queue));
        match listed {
            Some(at) => Some(UnitId(u16::try_from(at).ok()?)),
            None => self.default_unit,
        }
    }
}
