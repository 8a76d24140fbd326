//! One shape for everything that is told: the log book, `--json`, the event stream, webhooks.
//!
//! A [`Record`] is an engine effect with ids replaced by names and instants by RFC 3339. The
//! engine's own types never reach the wire, so that they can change without breaking a reader.
//! Every record has a `type` and an `at`; fields that do not apply are absent.

mod recall;

pub use recall::RecallRecord;

use crate::engine::Engine;
use crate::engine::command::{Act, Level};
use crate::engine::effect::{Effect, EffectKind, Quality, ReminderKind, VerdictLine};
use crate::engine::observation::{QueueId, SourceId, UnitId};
use crate::engine::time::Timestamp;
use crate::engine::verdict::{Evidence, Method, Verdict};
use crate::explanation::{Explanation, Said};
use crate::recall::Skill;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Names behind the engine's ids.
pub trait Names {
    /// Name of a unit.
    fn unit(&self, unit: UnitId) -> &str;
    /// Name of a queue.
    fn queue(&self, queue: QueueId) -> &str;
    /// Name of a source.
    fn source(&self, source: SourceId) -> &str;
    /// Local time of a unit.
    fn zone(&self, unit: UnitId) -> Tz;
    /// Name of a skill, which has the number of the first queue that takes it.
    fn skill(&self, _: UnitId, skill: Skill) -> &str {
        self.queue(QueueId(skill.0))
    }
}

impl Names for Engine {
    fn unit(&self, unit: UnitId) -> &str {
        self.unit_name(unit)
    }
    fn queue(&self, queue: QueueId) -> &str {
        self.queue_name(queue)
    }
    fn source(&self, source: SourceId) -> &str {
        self.source_name(source)
    }
    fn zone(&self, unit: UnitId) -> Tz {
        self.unit_zone(unit)
    }
    fn skill(&self, unit: UnitId, skill: Skill) -> &str {
        self.skill_name(unit, QueueId(skill.0))
    }
}

/// Something that happened, for people and programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Record {
    /// `transition`, `outage`, `reminder`, `command`, `verdict`, `quality`, `recall` or `recall_act`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Effect id, `seq-ordinal`.
    pub id: String,
    /// The instant it belongs to, RFC 3339 UTC.
    pub at: String,
    /// When it was written, where that differs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recorded_at: Option<String>,
    /// Unit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unit: Option<String>,
    /// Queue.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub queue: Option<String>,
    /// Source.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<String>,
    /// Incident number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub incident: Option<u64>,
    /// Transition number inside the incident.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub number: Option<u32>,
    /// Level or verdict before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<String>,
    /// Level or verdict after.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<String>,
    /// Why: cause of a transition, step of an outage, kind of a reminder or of a quality change.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cause: Option<String>,
    /// Seconds by which a transition is late.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub late_by_seconds: Option<f64>,
    /// The verdict that counted most when a level changed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verdict: Option<String>,
    /// Evidence of the verdict.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub evidence: Option<EvidenceRecord>,
    /// The verdict in a sentence, in the local time of the unit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub explanation: Option<Explanation>,
    /// Conditions of control.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub conditions: Option<ConditionsRecord>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<String>,
    /// Act of a command.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub act: Option<String>,
    /// Level of a command or reminder.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub level: Option<String>,
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub actor: Option<String>,
    /// The reason that was given, or why a command was refused.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Why a command changed nothing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub refused: Option<String>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<String>,
    /// What only recalls have.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recall: Option<RecallRecord>,
}

/// Evidence on the wire. Counts are per interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvidenceRecord {
    /// End of the judged interval.
    pub at: String,
    /// Length of that interval; 0 where a record of an earlier build does not tell it.
    #[serde(default)]
    pub interval_seconds: f64,
    /// Calls observed.
    pub observed: f64,
    /// Calls expected.
    pub expected: f64,
    /// Upper end of what is normal.
    pub upper: f64,
    /// Estimated start.
    pub since: String,
    /// Test statistic.
    pub score: f64,
    /// Where it calls a surge.
    pub threshold: f64,
    /// Which test.
    pub method: Method,
    /// How often chance alone takes the score so high, times in 30 days; absent where that is
    /// not known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub chance_per_month: Option<f64>,
    /// Whether the baseline is provisional.
    pub learning: bool,
}

/// Conditions of control on the wire; `null` is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConditionsRecord {
    /// K.
    pub controlled: Option<bool>,
    /// S.
    pub service: Option<bool>,
    /// V.
    pub volume: Option<bool>,
    /// Z.
    pub backlog: Option<bool>,
    /// R.
    pub stand_down: Option<bool>,
}

impl From<&Evidence> for EvidenceRecord {
    fn from(e: &Evidence) -> Self {
        Self {
            at: e.at.to_string(),
            interval_seconds: e.length.as_secs_f64(),
            observed: e.observed,
            expected: round(e.expected),
            upper: round(e.upper),
            since: e.since.to_string(),
            score: round(e.score),
            threshold: round(e.threshold),
            method: e.method,
            chance_per_month: e.chance_per_month.map(significant),
            learning: e.learning,
        }
    }
}

/// Four digits behind the point: more says nothing and makes lines long.
fn round(value: f64) -> f64 {
    let scaled = value * 1e4;
    if scaled.is_finite() { scaled.round() / 1e4 } else { value }
}

/// Four digits that say something: once in a century is 0.0008214 a month.
fn significant(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

impl Record {
    /// The record of an effect; `None` for plain history, which is no news.
    pub fn of(effect: &Effect, names: &dyn Names) -> Option<Self> {
        let mut r = Self {
            id: format!("{}-{}", effect.id.seq, effect.id.ordinal),
            at: effect.at.to_string(),
            recorded_at: (effect.recorded_at != effect.at).then(|| effect.recorded_at.to_string()),
            ..Self::default()
        };
        match &effect.kind {
            EffectKind::Interval(_) => return None,
            EffectKind::Transition(t) => {
                r.kind = "transition".into();
                r.unit = Some(names.unit(t.unit).into());
                r.queue = t.queue.map(|q| names.queue(q).into());
                r.incident = Some(t.incident);
                r.number = Some(t.number);
                r.from = Some(t.from.word().into());
                r.to = Some(t.to.word().into());
                r.cause = Some(t.cause.word().into());
                r.late_by_seconds = t.late_by.is_positive().then(|| t.late_by.as_secs_f64());
                if let Some(verdict) = &t.verdict {
                    r.verdict = Some(verdict.word().into());
                    r.explain(verdict, names.zone(t.unit));
                }
                r.conditions = Some(ConditionsRecord {
                    controlled: t.conditions.controlled,
                    service: t.conditions.service,
                    volume: t.conditions.volume,
                    backlog: t.conditions.backlog,
                    stand_down: t.conditions.stand_down,
                });
                if let Some((actor, reason)) = &t.order {
                    r.actor = Some(actor.clone());
                    r.reason = Some(reason.clone());
                }
            }
            EffectKind::Outage(o) => {
                r.kind = "outage".into();
                r.source = Some(names.source(o.source).into());
                r.cause = Some(word(&o.step));
                r.since = Some(o.since.to_string());
            }
            EffectKind::Reminder(m) => {
                r.kind = "reminder".into();
                r.unit = Some(names.unit(m.unit).into());
                r.incident = Some(m.incident);
                r.level = Some(m.level.word().into());
                r.cause = Some(match m.kind {
                    ReminderKind::Unconfirmed => "unconfirmed".into(),
                    ReminderKind::StillAtL3 => "still_at_l3".into(),
                    ReminderKind::ConfirmL3 { fires_at } => {
                        r.until = Some(fires_at.to_string());
                        "confirm_l3".into()
                    }
                });
            }
            EffectKind::Commanded(c) => {
                r.kind = "command".into();
                r.unit = Some(names.unit(c.command.unit).into());
                r.incident = c.incident;
                r.act = Some(c.command.act.word().into());
                r.level = match c.command.act {
                    Act::Raise(level) | Act::Lower(level) => Some(level.word().into()),
                    Act::Hold | Act::Confirm | Act::Close => None,
                };
                r.actor = Some(c.command.actor.clone());
                r.reason = Some(c.command.reason.clone());
                r.refused = c.refused.map(|why| why.to_string());
                r.until = c.until.map(|t| t.to_string());
            }
            EffectKind::Verdict(v) => r.fill_verdict(v, names),
            EffectKind::Recall(line) => r.fill_recall(line, names),
            EffectKind::Recalled(done) => r.fill_recalled(done, names),
            EffectKind::RecallNote { unit, recall, note } => {
                r.fill_note(*unit, *recall, *note, names);
            }
            EffectKind::Quality(q) => {
                r.kind = "quality".into();
                r.unit = q.unit.map(|u| names.unit(u).into());
                r.source = q.source.map(|s| names.source(s).into());
                r.cause = Some(match q.what {
                    Quality::MonitorDown { since } => {
                        r.since = Some(since.to_string());
                        "monitor_down".into()
                    }
                    Quality::Gap { since } => {
                        r.since = Some(since.to_string());
                        "gap".into()
                    }
                    Quality::Saturated => "saturated".into(),
                    Quality::Blind => "blind".into(),
                    Quality::Sighted => "sighted".into(),
                    Quality::CountersReset => "counters_reset".into(),
                    Quality::SourceRestarted => "source_restarted".into(),
                    Quality::Closed => "closed".into(),
                    Quality::PolicyChanged => "policy_changed".into(),
                    Quality::LateRow => "late_row".into(),
                });
            }
        }
        Some(r)
    }

    fn fill_verdict(&mut self, line: &VerdictLine, names: &dyn Names) {
        self.kind = "verdict".into();
        self.unit = Some(names.unit(line.unit).into());
        self.queue = line.queue.map(|q| names.queue(q).into());
        self.from = Some(word(&line.from));
        self.to = Some(line.verdict.word().into());
        if let Verdict::Stale { since } = line.verdict {
            self.since = Some(since.to_string());
        }
        self.explain(&line.verdict, names.zone(line.unit));
    }

    /// Fills in the evidence of a verdict on the unit and queue, and the sentence that tells it.
    fn explain(&mut self, verdict: &Verdict, zone: Tz) {
        self.evidence = verdict.evidence().map(EvidenceRecord::from);
        let of = (self.unit.as_deref().unwrap_or_default(), self.queue.as_deref());
        let said =
            Said { since: self.since.as_deref(), ..Said::of(of, verdict, self.evidence.as_ref()) };
        self.explanation = Some(Explanation::of(&said, zone));
    }
}

/// The snake_case word of a unit variant.
fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(s)) => s,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// Reads a level from its word on the wire.
pub fn level_of(word: &str) -> Option<Level> {
    Level::ALL.into_iter().find(|l| l.word() == word)
}

/// Reads an instant from its text on the wire.
///
/// # Errors
/// What the text should have looked like.
pub fn instant_of(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text)
        .map_err(|e| format!("{text:?} is not RFC 3339 (2026-11-24T03:00:00Z): {e}"))
}
