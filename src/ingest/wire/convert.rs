//! From a flat record to a draft: which fields a form has, and what they must hold.

use super::fields::{Reader, Shape, checked_name, text};
use super::flat::{Field, Flat, Scalar};
use super::refusal::Refusal;
use crate::driver::{Draft, QueueRef, Registry};
use crate::engine::observation::{
    CallEvent, CallKey, CallKind, Counters, ExitReason, Form, IntervalRow, Snapshot, SourceId,
    Tally,
};
use crate::engine::time::{Span, Timestamp};
use crate::ingest::name::shown;
use crate::ingest::{Item, Sources, Told};
use std::borrow::Cow;

/// An observation dated further ahead than this is refused (design: clocks of sources are
/// corrected by their adapters, not here).
pub const AHEAD_MAX: Span = Span::minutes(2);
/// A live source corrects history for this long.
pub const BEHIND_MAX: Span = Span::hours(24);
/// Longest call id in bytes; real ones have under 64.
pub const CALL_ID_BYTES_MAX: usize = 256;

/// What observations are read against.
#[derive(Clone, Copy, Debug)]
pub struct Intake<'a> {
    /// The configured sources.
    pub sources: &'a Sources,
    /// The source of observations that name none; `None` refuses them.
    pub default_source: Option<SourceId>,
    /// Where queue names are looked up; without it they stay names.
    pub registry: Option<&'a Registry>,
    /// The present instant.
    pub now: Timestamp,
    /// Whether observations older than [`BEHIND_MAX`] are refused.
    pub live: bool,
}

/// One refused observation and, where it got so far, its source.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// Who said it.
    pub source: Option<SourceId>,
    /// What is wrong with it.
    pub refusal: Refusal,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { source: None, refusal }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FormName {
    Event,
    Snapshot,
    Interval,
    Heartbeat,
}

impl FormName {
    fn of(flat: &Flat<'_>) -> Result<Self, Refusal> {
        const ALLOWED: &str = "event, snapshot, interval, heartbeat";
        match text(flat, Field::Form)? {
            Some("event") => Ok(Self::Event),
            Some("snapshot") => Ok(Self::Snapshot),
            Some("interval") => Ok(Self::Interval),
            Some("heartbeat") => Ok(Self::Heartbeat),
            Some(other) => {
                Err(Refusal::Choice { field: "form", found: shown(other), allowed: ALLOWED })
            }
            None => Err(Refusal::Missing {
                form: "an observation",
                field: "form",
                hint: ": event, snapshot, interval or heartbeat",
            }),
        }
    }

    const fn shape(self) -> Shape {
        match self {
            Self::Event => Shape::EVENT,
            Self::Snapshot => Shape::SNAPSHOT,
            Self::Interval => Shape::INTERVAL,
            Self::Heartbeat => Shape::HEARTBEAT,
        }
    }
}

impl Intake<'_> {
    pub(super) fn convert(&self, flat: &Flat<'_>) -> Result<Item, Refused> {
        if let Some(instead) = flat.instead {
            return Err(Refusal::NoObject(instead).into());
        }
        let source = self.source(flat)?;
        let told = self.told(flat, source);
        told.map_err(|refusal| Refused { source: Some(source), refusal })
    }

    fn source(&self, flat: &Flat<'_>) -> Result<SourceId, Refusal> {
        let Some(name) = text(flat, Field::Source)? else {
            return self.default_source.ok_or(Refusal::Missing {
                form: "an observation here",
                field: "source",
                hint: "; no default source is configured",
            });
        };
        let name = checked_name(Field::Source, name)?;
        self.sources.id(&name).ok_or_else(|| Refusal::UnknownSource(shown(&name)))
    }

    fn told(&self, flat: &Flat<'_>, source: SourceId) -> Result<Item, Refusal> {
        let name = FormName::of(flat)?;
        let read = Reader { flat, shape: name.shape() };
        read.check_fields()?;
        let form = match name {
            FormName::Heartbeat => {
                return Ok(Item { at: self.now, input: Told::Heartbeat(source) });
            }
            FormName::Event => Form::Event(read.event(self)?),
            FormName::Snapshot => Form::Snapshot(read.snapshot(self)?),
            FormName::Interval => Form::Interval(read.interval(self)?),
        };
        let queue = read.queue()?;
        let queue = match self.registry {
            Some(registry) => registry.resolve(&queue),
            None => QueueRef::Named(queue.into()),
        };
        Ok(Item::draft(Draft { source, queue, form }))
    }

    fn check_bounds(&self, field: Field, at: Timestamp) -> Result<Timestamp, Refusal> {
        self.check_ahead(field, at)?;
        self.check_age(field, at)?;
        Ok(at)
    }

    fn check_ahead(&self, field: Field, at: Timestamp) -> Result<(), Refusal> {
        let ahead = at - self.now;
        if ahead > AHEAD_MAX {
            return Err(Refusal::Future { field: field.name(), ahead });
        }
        Ok(())
    }

    fn check_age(&self, field: Field, at: Timestamp) -> Result<(), Refusal> {
        let behind = self.now - at;
        if self.live && behind > BEHIND_MAX {
            return Err(Refusal::TooOld { field: field.name(), behind });
        }
        Ok(())
    }
}

impl Reader<'_, '_> {
    fn queue(&self) -> Result<Cow<'_, str>, Refusal> {
        match self.text(Field::Queue)? {
            Some(name) => checked_name(Field::Queue, name),
            None => Err(self.missing(Field::Queue, "; the name of the queue")),
        }
    }

    fn event(&self, intake: &Intake<'_>) -> Result<CallEvent, Refusal> {
        let at = self.instant_needed(Field::At)?;
        let at = intake.check_bounds(Field::At, at)?;
        let leg = self.whole(Field::Leg, u64::from(u16::MAX))?.unwrap_or(0);
        let call = self.call_key(u16::try_from(leg).unwrap_or(u16::MAX))?;
        let kind = self.kind()?;
        Ok(CallEvent { at, call, kind })
    }

    fn call_key(&self, leg: u16) -> Result<CallKey, Refusal> {
        let id = if let Scalar::Whole(number) = self.flat.get(Field::CallId) {
            Cow::Owned(number.to_string())
        } else {
            let id = self.text(Field::CallId)?;
            Cow::Borrowed(id.ok_or_else(|| self.missing(Field::CallId, "; any stable text"))?)
        };
        if id.is_empty() || id.len() > CALL_ID_BYTES_MAX {
            return Err(Refusal::CallId(id.len()));
        }
        Ok(CallKey::new(&id, leg))
    }

    fn kind(&self) -> Result<CallKind, Refusal> {
        const KINDS: &str = "offered, refused, answered, abandoned, exited, completed";
        let kind = self.text(Field::Kind)?;
        let kind = kind.ok_or_else(|| self.missing(Field::Kind, "; what happened to the call"))?;
        let reason = self.flat.get(Field::Reason) != &Scalar::Absent;
        if reason && kind != "exited" {
            return Err(Refusal::OnlyWith { field: "reason", kind: "exited" });
        }
        let talk = self.seconds(Field::TalkSeconds)?;
        if talk.is_some() && kind != "completed" {
            return Err(Refusal::OnlyWith { field: "talk_seconds", kind: "completed" });
        }
        match kind {
            "offered" => Ok(CallKind::Offered),
            "refused" => Ok(CallKind::Refused),
            "answered" => Ok(CallKind::Answered),
            "abandoned" => Ok(CallKind::Abandoned),
            "exited" => Ok(CallKind::Exited(self.exit_reason()?)),
            "completed" => Ok(CallKind::Completed { talk }),
            other => Err(Refusal::Choice { field: "kind", found: shown(other), allowed: KINDS }),
        }
    }

    fn exit_reason(&self) -> Result<ExitReason, Refusal> {
        const REASONS: &str = "timeout, key, empty, withdrawn, overflow, transfer, unknown";
        match self.text(Field::Reason)? {
            Some("timeout") => Ok(ExitReason::Timeout),
            Some("key") => Ok(ExitReason::Key),
            Some("empty") => Ok(ExitReason::Empty),
            Some("withdrawn") => Ok(ExitReason::Withdrawn),
            Some("overflow") => Ok(ExitReason::Overflow),
            Some("transfer") => Ok(ExitReason::Transfer),
            Some("unknown") => Ok(ExitReason::Unknown),
            Some(other) => {
                Err(Refusal::Choice { field: "reason", found: shown(other), allowed: REASONS })
            }
            None => Err(Refusal::Missing {
                form: "a call that exited",
                field: "reason",
                hint: ": timeout, key, empty, withdrawn, overflow, transfer or unknown",
            }),
        }
    }

    fn snapshot(&self, intake: &Intake<'_>) -> Result<Snapshot, Refusal> {
        let at = self.instant_needed(Field::At)?;
        let at = intake.check_bounds(Field::At, at)?;
        let snapshot = Snapshot {
            at,
            waiting: self.count(Field::Waiting)?,
            longest_wait: self.seconds(Field::LongestWaitSeconds)?,
            in_ivr: self.count(Field::InIvr)?,
            talking: self.count(Field::Talking)?,
            after_call_work: self.count(Field::AfterCallWork)?,
            available: self.count(Field::Available)?,
            logged_in: self.count(Field::LoggedIn)?,
            paused: self.count(Field::Paused)?,
            full: self.flag(Field::Full)?,
            counters: self.flat.counters.as_deref().map(counters).transpose()?,
        };
        if snapshot == Snapshot::empty(at) {
            return Err(Refusal::EmptySnapshot);
        }
        Ok(snapshot)
    }

    fn interval(&self, intake: &Intake<'_>) -> Result<IntervalRow, Refusal> {
        let start = self.instant_needed(Field::Start)?;
        let end = self.instant_needed(Field::End)?;
        let last_word = self.flag(Field::Final)?.unwrap_or(true);
        // A provisional row is of an interval that still runs.
        let (field, dated) = if last_word { (Field::End, end) } else { (Field::Start, start) };
        intake.check_ahead(field, dated)?;
        intake.check_age(Field::End, end)?;
        let revision = self.whole(Field::Revision, u64::from(u32::MAX))?.unwrap_or(0);
        let Some(offered) = self.count(Field::Offered)? else {
            return Err(self.missing(Field::Offered, "; the calls that entered the queue"));
        };
        let tally = Tally {
            offered,
            answered: self.count(Field::Answered)?,
            abandoned: self.count(Field::Abandoned)?,
            refused: self.count(Field::Refused)?,
            exited: self.count(Field::Exited)?,
            answered_in_target: self.count(Field::AnsweredInTarget)?,
            wait: self.seconds(Field::WaitSeconds)?,
            talk: self.seconds(Field::TalkSeconds)?,
        };
        let revision = u32::try_from(revision).unwrap_or(u32::MAX);
        IntervalRow::new(start, end, last_word, revision, tally).map_err(Refusal::Nonsense)
    }
}

fn counters(flat: &Flat<'_>) -> Result<Counters, Refusal> {
    if let Some(instead) = flat.instead {
        let found = instead.to_owned();
        return Err(Refusal::WrongType { field: "counters", found, wanted: "an object" });
    }
    let read = Reader { flat, shape: Shape::COUNTERS };
    read.check_fields()?;
    let Some(offered) = read.whole(Field::Offered, u64::MAX)? else {
        return Err(read.missing(Field::Offered, ""));
    };
    Ok(Counters {
        epoch: read.instant(Field::Epoch)?,
        offered,
        answered: read.whole(Field::Answered, u64::MAX)?,
        abandoned: read.whole(Field::Abandoned, u64::MAX)?,
    })
}
