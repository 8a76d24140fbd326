//! What the engine wants done or remembered, as values.
//!
//! The engine acts on nothing. The driver journals effects in the transaction of the entry that
//! made them; adapters deliver. [`EffectId`] is derived from the entry, hence the same in every
//! replay, and serves as the idempotency key.

use super::command::{Command, Level, Refusal};
use super::entry::Seq;
use super::observation::{IntervalRow, QueueId, SourceId, UnitId};
use super::recalls::Note;
use super::time::{Span, Timestamp};
use super::verdict::Verdict;
use crate::recall::{self, Act, Answer, RecallId, Skill};
use crate::roster::PersonId;
use serde::{Deserialize, Serialize};

/// Name of an effect: the entry that made it and its place among that entry's effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EffectId {
    /// The entry.
    pub seq: Seq,
    /// Its place, from 0.
    pub ordinal: u32,
}

/// One effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Its name.
    pub id: EffectId,
    /// The instant it belongs to (event time).
    pub at: Timestamp,
    /// When it was written: the entry's `at`.
    pub recorded_at: Timestamp,
    /// What it is.
    pub kind: EffectKind,
}

/// The kinds of effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EffectKind {
    /// A unit changed its level. Log book, outbox.
    Transition(Transition),
    /// A step of the outage ladder. Log book, outbox.
    Outage(OutageLine),
    /// An order is repeated or a report is due. Log book, outbox.
    Reminder(Reminder),
    /// A commander's act was taken or refused. Log book.
    Commanded(Commanded),
    /// A verdict changed its kind. Log book.
    Verdict(VerdictLine),
    /// The data of a unit or the monitor itself changed its quality. Log book.
    Quality(QualityLine),
    /// An interval closed, or a closed one was revised. History only.
    Interval(IntervalLine),
    /// A recall asks, thanks, withdraws. Log book, outbox.
    Recall(Box<RecallLine>),
    /// What became of a reply, a log-on or an order to a recall. Log book.
    Recalled(Recalled),
    /// A level calls for a recall, and nobody is asked. Log book.
    RecallNote {
        /// Which unit.
        unit: UnitId,
        /// The recall that is not started.
        recall: RecallId,
        /// Why.
        note: Note,
    },
}

/// Something that a recall wants told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecallLine {
    /// Which unit; `None` for a contact that is blocked after the end of its recall.
    pub unit: Option<UnitId>,
    /// The skill that the person is asked for, or that lacks heads.
    pub skill: Option<Skill>,
    /// When people must be there; `None` after the end.
    pub needed_by: Option<Timestamp>,
    /// Nobody hears of it: a drill whose answers are made up.
    pub silent: bool,
    /// What is told.
    pub effect: recall::Effect,
}

/// What became of something that somebody did with a recall.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recalled {
    /// Which unit; `None` where there is no such recall.
    pub unit: Option<UnitId>,
    /// Which recall; `None` for a log-on, which names none.
    pub recall: Option<RecallId>,
    /// Whom it concerns.
    pub person: Option<PersonId>,
    /// What was done.
    pub act: Act,
    /// The answer.
    pub answer: Answer,
    /// Who ordered it and why, where a commander did.
    pub order: Option<(String, String)>,
}

/// Which incident of which unit: numbers are dense over the whole engine, from 1.
pub type IncidentId = u64;

/// A change of level. Its key is (incident, number).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// Which unit.
    pub unit: UnitId,
    /// Which incident.
    pub incident: IncidentId,
    /// Which transition of the incident, dense from 1.
    pub number: u32,
    /// Level before.
    pub from: Level,
    /// Level after.
    pub to: Level,
    /// Why.
    pub cause: Cause,
    /// How much later than the rule held in event time.
    pub late_by: Span,
    /// Verdict that counted most, where there is one.
    pub verdict: Option<Verdict>,
    /// The queue of that verdict; `None` is the unit's sum.
    pub queue: Option<QueueId>,
    /// Conditions of control at the instant.
    pub conditions: Conditions,
    /// Who ordered it and why, where a commander did.
    pub order: Option<(String, String)>,
}

/// Why a level changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The unit became abnormal: none → L1.
    Detector,
    /// Uncontrolled for the step's length: up.
    Timer,
    /// Held in the stand-down condition: down.
    Recovery,
    /// A surge soon after the end.
    Reopened,
    /// A commander's act.
    Manual,
    /// The centre closed.
    Closed,
}

impl Cause {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Detector => "detector",
            Self::Timer => "timer",
            Self::Recovery => "recovery",
            Self::Reopened => "reopened",
            Self::Manual => "manual",
            Self::Closed => "closed",
        }
    }
}

/// Truth with a third value. `None` is unknown.
pub type Kleene = Option<bool>;

/// The conditions of control of a unit at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Conditions {
    /// K: effectively controlled.
    pub controlled: Kleene,
    /// S: service within target.
    pub service: Kleene,
    /// V: volume back in its band.
    pub volume: Kleene,
    /// Z: the backlog clears in time.
    pub backlog: Kleene,
    /// R: may stand down.
    pub stand_down: Kleene,
    /// A carried term was stale and is left out of K.
    pub term_dropped: bool,
}

/// The steps of the outage ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutageStep {
    /// 5 min: report.
    Report,
    /// 10 min: notify, and advise to re-staff.
    Notify,
    /// 60 min: call the vendor.
    Vendor,
    /// The source is back.
    Ended,
}

/// A line of the outage ladder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutageLine {
    /// Which source.
    pub source: SourceId,
    /// Which step.
    pub step: OutageStep,
    /// Last sign of life before the outage.
    pub since: Timestamp,
}

/// Something is said again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reminder {
    /// Which unit.
    pub unit: UnitId,
    /// Which incident.
    pub incident: IncidentId,
    /// The level in force.
    pub level: Level,
    /// What is said.
    pub kind: ReminderKind,
}

/// What is said again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReminderKind {
    /// The order is not confirmed yet.
    Unconfirmed,
    /// Still at L3: report again, next wave while a pool is left.
    StillAtL3,
    /// L3 is due and waits for the commander's confirmation until the given instant.
    ConfirmL3 {
        /// When it fires by itself.
        fires_at: Timestamp,
    },
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Commanded {
    /// The command.
    pub command: Command,
    /// The incident it acts on, if one is open.
    pub incident: Option<IncidentId>,
    /// Until when it holds.
    pub until: Option<Timestamp>,
    /// Why it changed nothing.
    pub refused: Option<Refusal>,
}

/// A verdict changed its kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerdictLine {
    /// Which unit.
    pub unit: UnitId,
    /// Which queue; `None` is the unit's sum.
    pub queue: Option<QueueId>,
    /// Word of the verdict before.
    pub from: VerdictWord,
    /// The verdict.
    pub verdict: Verdict,
}

/// Kind of a verdict without its evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictWord {
    /// See [`Verdict::Learning`].
    Learning,
    /// See [`Verdict::Normal`].
    Normal,
    /// See [`Verdict::Surge`].
    Surge,
    /// See [`Verdict::Collapse`].
    Collapse,
    /// See [`Verdict::Stale`].
    Stale,
}

impl From<&Verdict> for VerdictWord {
    fn from(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Learning { .. } => Self::Learning,
            Verdict::Normal(_) => Self::Normal,
            Verdict::Surge(_) => Self::Surge,
            Verdict::Collapse(_) => Self::Collapse,
            Verdict::Stale { .. } => Self::Stale,
        }
    }
}

/// A change in the quality of what is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QualityLine {
    /// Which unit; `None` is the whole monitor.
    pub unit: Option<UnitId>,
    /// Which source, where it is about one.
    pub source: Option<SourceId>,
    /// What changed.
    pub what: Quality,
}

/// What can change about the quality of what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// No source of the unit gives a sign of life.
    Blind,
    /// A source of the unit is back.
    Sighted,
    /// The monitor was down since the given instant.
    MonitorDown {
        /// Last sign of its former life.
        since: Timestamp,
    },
    /// The counters of a source went down: counted as a reset.
    CountersReset,
    /// A source restarted; calls it held have no end.
    SourceRestarted,
    /// What a source had to tell since the given instant is lost.
    Gap {
        /// When it was heard last before.
        since: Timestamp,
    },
    /// A queue admits no more calls: those offered are a lower bound.
    Saturated,
    /// The centre is closed.
    Closed,
    /// The policy changed.
    PolicyChanged,
    /// A row came too late to correct its interval in memory; history alone is corrected.
    LateRow,
}

/// History of a queue: an interval closed, or something is added to a closed one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct IntervalLine {
    /// Which queue.
    pub queue: QueueId,
    /// Which source.
    pub source: SourceId,
    /// How the row is meant.
    pub kind: IntervalKind,
    /// The row.
    pub row: IntervalRow,
    /// Calls expected, where the detector judged the interval.
    pub expected: Option<f64>,
}

/// How an interval line is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IntervalKind {
    /// The row replaces what is stored for (source, queue, start, length) at a lower revision.
    Replace,
    /// The row's sums are added to what is stored.
    Add,
}
