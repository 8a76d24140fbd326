//! What can be wrong with an answer.

use crate::ingest::Reason;
use serde::Serialize;
use std::fmt;

/// What is wrong with one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) reason: Reason,
    pub(super) message: String,
}

impl Wrong {
    pub(super) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }

    pub(super) fn at(self, place: impl fmt::Display, queue: Option<&str>) -> Problem {
        Problem {
            place: place.to_string(),
            queue: queue.map(str::to_owned),
            reason: self.reason,
            message: self.message,
        }
    }
}

/// What is wrong with an answer, or with one queue in it. Such a queue tells nothing: half of a
/// snapshot might be of another meaning than the mapping says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where in the answer.
    pub place: String,
    /// Which queue, where that could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The reason, as metrics count it.
    #[serde(serialize_with = "word")]
    pub reason: Reason,
    /// What is wrong, and how to mend it.
    pub message: String,
}

fn word<S: serde::Serializer>(reason: &Reason, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(reason.word())
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(queue) = &self.queue {
            write!(f, "{queue}: ")?;
        }
        write!(f, "{}: {}", self.place, self.message)
    }
}
