//! Typed access to the fields of a flat record, and which fields a form has.

use super::flat::{Field, Flat, Scalar};
use super::refusal::Refusal;
use crate::engine::observation::{Nonsense, Tally};
use crate::engine::time::{Span, Timestamp};
use crate::ingest::instant::{self, Stamp};
use crate::ingest::name::{self, shown};
use std::borrow::Cow;

/// Longest sum of seconds in one field: every call of the largest interval waiting a day.
const SECONDS_MAX: f64 = 1e12;

/// What an object is called in messages, and the fields it has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    name: &'static str,
    fields: &'static [Field],
}

impl Shape {
    pub(super) const EVENT: Self = Self {
        name: "an event",
        fields: &[
            Field::Form,
            Field::Source,
            Field::Queue,
            Field::At,
            Field::Kind,
            Field::CallId,
            Field::Leg,
            Field::Reason,
            Field::TalkSeconds,
        ],
    };
    pub(super) const SNAPSHOT: Self = Self {
        name: "a snapshot",
        fields: &[
            Field::Form,
            Field::Source,
            Field::Queue,
            Field::At,
            Field::Waiting,
            Field::LongestWaitSeconds,
            Field::InIvr,
            Field::Talking,
            Field::AfterCallWork,
            Field::Available,
            Field::LoggedIn,
            Field::Paused,
            Field::Full,
            Field::Counters,
        ],
    };
    pub(super) const INTERVAL: Self = Self {
        name: "an interval",
        fields: &[
            Field::Form,
            Field::Source,
            Field::Queue,
            Field::Start,
            Field::End,
            Field::Final,
            Field::Revision,
            Field::Offered,
            Field::Answered,
            Field::Abandoned,
            Field::Refused,
            Field::Exited,
            Field::AnsweredInTarget,
            Field::WaitSeconds,
            Field::TalkSeconds,
        ],
    };
    pub(super) const HEARTBEAT: Self =
        Self { name: "a heartbeat", fields: &[Field::Form, Field::Source] };
    pub(super) const COUNTERS: Self = Self {
        name: "`counters`",
        fields: &[Field::Epoch, Field::Offered, Field::Answered, Field::Abandoned],
    };
}

/// A record together with the shape it claims to have.
pub(super) struct Reader<'r, 'a> {
    pub(super) flat: &'r Flat<'a>,
    pub(super) shape: Shape,
}

impl Reader<'_, '_> {
    pub(super) fn check_fields(&self) -> Result<(), Refusal> {
        if let Some(twice) = self.flat.twice {
            return Err(Refusal::Twice(twice.name()));
        }
        let allowed = self.shape.fields;
        let stray = self.flat.present().find(|field| !allowed.contains(field));
        let stray = stray.map(Field::name).or(self.flat.unknown.as_deref());
        match stray {
            None => Ok(()),
            Some(field) => {
                let names: Vec<&str> = allowed.iter().map(|field| field.name()).collect();
                Err(Refusal::UnknownField {
                    form: self.shape.name,
                    field: shown(field),
                    allowed: names.join(", "),
                })
            }
        }
    }

    pub(super) fn missing(&self, field: Field, hint: &'static str) -> Refusal {
        Refusal::Missing { form: self.shape.name, field: field.name(), hint }
    }

    pub(super) fn instant_needed(&self, field: Field) -> Result<Timestamp, Refusal> {
        let hint = "; RFC 3339 with the offset, or seconds since 1970";
        self.instant(field)?.ok_or_else(|| self.missing(field, hint))
    }

    pub(super) fn instant(&self, field: Field) -> Result<Option<Timestamp>, Refusal> {
        let at = match self.flat.get(field) {
            Scalar::Absent => return Ok(None),
            Scalar::Text(text) => match instant::parse(text.as_bytes()) {
                Some(Stamp::Absolute(at)) => at,
                Some(Stamp::Naive(_)) | None => {
                    return Err(Refusal::Instant { field: field.name(), found: shown(text) });
                }
            },
            Scalar::Whole(secs) => from_seconds(*secs as f64),
            Scalar::Negative(secs) => from_seconds(*secs as f64),
            Scalar::Float(secs) => from_seconds(*secs),
            other @ (Scalar::Bool(_) | Scalar::Nested) => {
                return Err(wrong_type(field, other, "RFC 3339 text or seconds since 1970"));
            }
        };
        if !instant::plausible(at) {
            return Err(Refusal::Implausible { field: field.name(), at });
        }
        Ok(Some(at))
    }

    pub(super) fn count(&self, field: Field) -> Result<Option<u32>, Refusal> {
        match self.whole(field, u64::MAX)? {
            None => Ok(None),
            Some(n) => match u32::try_from(n) {
                Ok(n) if n <= Tally::COUNT_MAX => Ok(Some(n)),
                Ok(_) | Err(_) => Err(Refusal::Nonsense(Nonsense::CountTooLarge)),
            },
        }
    }

    pub(super) fn text(&self, field: Field) -> Result<Option<&str>, Refusal> {
        text(self.flat, field)
    }

    pub(super) fn whole(&self, field: Field, most: u64) -> Result<Option<u64>, Refusal> {
        const WANTED: &str = "a whole number without quotes";
        let value = match self.flat.get(field) {
            Scalar::Absent => return Ok(None),
            Scalar::Whole(n) => *n,
            Scalar::Negative(n) => return Err(negative(field, n.to_string())),
            Scalar::Float(x) if *x < 0.0 => return Err(negative(field, x.to_string())),
            // Spreadsheets and data frames write 3.0 for 3; exact up to 2^53.
            Scalar::Float(x) if x.fract().abs() < f64::EPSILON && *x < 9e15 => *x as u64,
            other @ (Scalar::Bool(_) | Scalar::Float(_) | Scalar::Text(_) | Scalar::Nested) => {
                return Err(wrong_type(field, other, WANTED));
            }
        };
        if value > most {
            return Err(wrong_type(field, &Scalar::Whole(value), "a smaller number"));
        }
        Ok(Some(value))
    }

    pub(super) fn seconds(&self, field: Field) -> Result<Option<Span>, Refusal> {
        let secs = match self.flat.get(field) {
            Scalar::Absent => return Ok(None),
            Scalar::Whole(n) => *n as f64,
            Scalar::Negative(n) => return Err(negative(field, n.to_string())),
            Scalar::Float(x) => *x,
            other @ (Scalar::Bool(_) | Scalar::Text(_) | Scalar::Nested) => {
                return Err(wrong_type(field, other, "a number of seconds without quotes"));
            }
        };
        if secs < 0.0 {
            return Err(negative(field, secs.to_string()));
        }
        if secs > SECONDS_MAX {
            return Err(wrong_type(field, &Scalar::Float(secs), "at most 1e12 seconds"));
        }
        Ok(Some(Span::millis((secs * 1_000.0).round() as i64)))
    }

    pub(super) fn flag(&self, field: Field) -> Result<Option<bool>, Refusal> {
        match self.flat.get(field) {
            Scalar::Absent => Ok(None),
            Scalar::Bool(value) => Ok(Some(*value)),
            other @ (Scalar::Whole(_)
            | Scalar::Negative(_)
            | Scalar::Float(_)
            | Scalar::Text(_)
            | Scalar::Nested) => Err(wrong_type(field, other, "true or false without quotes")),
        }
    }
}

/// A field that holds text, where it is present.
pub(super) fn text<'f>(flat: &'f Flat<'_>, field: Field) -> Result<Option<&'f str>, Refusal> {
    match flat.get(field) {
        Scalar::Text(text) => Ok(Some(text)),
        Scalar::Absent => Ok(None),
        other @ (Scalar::Bool(_)
        | Scalar::Whole(_)
        | Scalar::Negative(_)
        | Scalar::Float(_)
        | Scalar::Nested) => Err(wrong_type(field, other, "text")),
    }
}

fn from_seconds(secs: f64) -> Timestamp {
    // The cast saturates, and what it saturates to is outside the plausible years.
    Timestamp::from_millis((secs * 1_000.0).round() as i64)
}

pub(super) fn checked_name(field: Field, text: &str) -> Result<Cow<'_, str>, Refusal> {
    let field = field.name();
    name::checked(text).map_err(|error| Refusal::Name { field, found: shown(text), error })
}

fn negative(field: Field, value: String) -> Refusal {
    Refusal::Negative { field: field.name(), value }
}

fn wrong_type(field: Field, found: &Scalar<'_>, wanted: &'static str) -> Refusal {
    let found = match found {
        Scalar::Absent => "absent".to_owned(),
        Scalar::Bool(value) => value.to_string(),
        Scalar::Whole(n) => n.to_string(),
        Scalar::Negative(n) => n.to_string(),
        Scalar::Float(x) => x.to_string(),
        Scalar::Text(text) => format!("the text \"{}\"", shown(text)),
        Scalar::Nested => "an array or an object".to_owned(),
    };
    Refusal::WrongType { field: field.name(), found, wanted }
}
