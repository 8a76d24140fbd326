//! Why an observation on the wire is refused, in words that say how to mend it.

use crate::engine::observation::Nonsense;
use crate::engine::time::{Span, Timestamp};
use crate::ingest::counters::Reason;
use crate::ingest::name::NameError;

/// Why one observation is refused. What it quotes of the input is escaped and cut.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// Not JSON.
    #[error("this is not a JSON object ({what}, column {column}); write one object per line")]
    Syntax {
        /// The parser's words.
        what: String,
        /// Column of the line, from 1.
        column: usize,
    },
    /// JSON, but no object.
    #[error("this is {0}, not an object; write one object per line")]
    NoObject(&'static str),
    /// A field that comes twice.
    #[error("`{0}` comes twice; leave one out")]
    Twice(&'static str),
    /// A field that this form does not have.
    #[error("{form} has no field `{field}`; it has {allowed}")]
    UnknownField {
        /// The form.
        form: &'static str,
        /// The field.
        field: String,
        /// The fields it has.
        allowed: String,
    },
    /// A field that only another kind of event has.
    #[error("`{field}` goes with kind `{kind}` only; leave it out")]
    OnlyWith {
        /// The field.
        field: &'static str,
        /// The kind it goes with.
        kind: &'static str,
    },
    /// A field that this form needs.
    #[error("{form} needs `{field}`{hint}")]
    Missing {
        /// The form.
        form: &'static str,
        /// The field.
        field: &'static str,
        /// How to fill it.
        hint: &'static str,
    },
    /// Another type than the field has.
    #[error("`{field}` is {found}; it must be {wanted}")]
    WrongType {
        /// The field.
        field: &'static str,
        /// What it is.
        found: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// A word that is none of those the field takes.
    #[error("`{field}` is `{found}`; it must be one of {allowed}")]
    Choice {
        /// The field.
        field: &'static str,
        /// What it is.
        found: String,
        /// The words it takes.
        allowed: &'static str,
    },
    /// Below zero.
    #[error("`{field}` is {value}, below zero; leave it out where it is not known")]
    Negative {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// Not an instant.
    #[error(
        "`{field}` is `{found}`, not an instant; write 2026-11-24T08:00:00+08:00 with the \
         offset, or seconds since 1970"
    )]
    Instant {
        /// The field.
        field: &'static str,
        /// What it is.
        found: String,
    },
    /// An instant that no call centre can mean.
    #[error(
        "`{field}` is {at}, outside 1990 to 2099; a number is seconds since 1970, not \
         milliseconds"
    )]
    Implausible {
        /// The field.
        field: &'static str,
        /// What it is.
        at: Timestamp,
    },
    /// Too far ahead.
    #[error("`{field}` is {ahead} ahead of this clock; check the clock and offset of the source")]
    Future {
        /// The field.
        field: &'static str,
        /// By how much.
        ahead: Span,
    },
    /// Too old for a live source.
    #[error("`{field}` is {behind} old, over 24 h; load history with `callsurge learn`")]
    TooOld {
        /// The field.
        field: &'static str,
        /// How old.
        behind: Span,
    },
    /// An unusable name.
    #[error("`{field}` is `{found}`: {error}")]
    Name {
        /// The field.
        field: &'static str,
        /// What it is.
        found: String,
        /// What is wrong with it.
        error: NameError,
    },
    /// An empty or overlong call id.
    #[error("`call_id` must have 1 to 256 bytes; it has {0}")]
    CallId(usize),
    /// Contradicts itself.
    #[error("{0}; check the columns at the source")]
    Nonsense(Nonsense),
    /// A snapshot of nothing.
    #[error("the snapshot tells nothing; send a heartbeat instead")]
    EmptySnapshot,
    /// No such source.
    #[error("no source `{0}` is configured; add it to the configuration or leave `source` out")]
    UnknownSource(String),
    /// No such queue.
    #[error(
        "queue `{0}` is not configured and no more may register by themselves; add it to the \
         `queues` of a [[unit]]"
    )]
    UnknownQueue(String),
}

impl Refusal {
    pub(super) fn syntax(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let what = text.split(" at line ").next().unwrap_or_default().to_owned();
        Self::Syntax { what, column: error.column() }
    }

    /// The reason it is counted under.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Syntax { .. } | Self::NoObject(_) | Self::Twice(_) => Reason::Malformed,
            Self::UnknownField { .. } | Self::OnlyWith { .. } => Reason::UnknownField,
            Self::Missing { .. } => Reason::Missing,
            Self::WrongType { .. } | Self::Choice { .. } => Reason::WrongType,
            Self::Negative { .. } => Reason::Negative,
            Self::Instant { .. } | Self::Implausible { .. } => Reason::Time,
            Self::Future { .. } => Reason::Future,
            Self::TooOld { .. } => Reason::TooOld,
            Self::Name { .. } | Self::CallId(_) => Reason::Name,
            Self::Nonsense(_) | Self::EmptySnapshot => Reason::Nonsense,
            Self::UnknownSource(_) => Reason::UnknownSource,
            Self::UnknownQueue(_) => Reason::UnknownQueue,
        }
    }
}
