//! Who worked because of a recall, and from when until when, by the log book. Pure.
//!
//! Work is from the log-on until the release. The log book is the source, not the recall that runs: it
//! is there after a crash and is never rewritten, so that the same lines give the same work whenever
//! they are read. Each stretch names the line that ended it; who remembers up to which line they
//! counted counts nothing twice.
//!
//! What it does not do: it takes nobody's word for when they went home, and knows of no breaks.

use crate::engine::time::{Span, Timestamp};
use crate::recall::RecallId;
use crate::record::Record;
use crate::roster::{Period, PersonId};
use std::collections::BTreeMap;

/// Nobody works longer at a stretch: an end that is later was forgotten.
pub const WORK_MAX: Span = Span::hours(24);

/// A stretch of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Worked {
    /// The line of the log book that ended it.
    pub line: i64,
    /// Because of which recall.
    pub recall: RecallId,
    /// Whose.
    pub person: PersonId,
    /// From the log-on until the release, or until the recall closed.
    pub period: Period,
}

/// All work that the lines of a log book tell of and that is over, in the order of its ends. Lines are
/// in order and whole from the first log-on of their recalls on. Drills are no work.
pub fn worked<'a>(lines: impl IntoIterator<Item = &'a (i64, Record)>) -> Vec<Worked> {
    let mut there: BTreeMap<(RecallId, PersonId), Timestamp> = BTreeMap::new();
    let mut found = Vec::new();
    for (line, record) in lines {
        let Some((recall, turn, at)) = turn(record) else { continue };
        let ended: Vec<_> = match turn {
            Turn::Arrived(person) => {
                // A second log-on is the same stay.
                there.entry((recall, person)).or_insert(at);
                continue;
            }
            Turn::Released(person) => there.remove_entry(&(recall, person)).into_iter().collect(),
            Turn::Closed => there.extract_if(.., |(of, _), _| *of == recall).collect(),
        };
        let stretch = |((recall, person), from): ((RecallId, PersonId), Timestamp)| {
            let period = Period::new(from, at.min(from + WORK_MAX))?;
            Some(Worked { line: *line, recall, person, period })
        };
        found.extend(ended.into_iter().filter_map(stretch));
    }
    found
}

/// What a line says of work.
enum Turn {
    Arrived(PersonId),
    Released(PersonId),
    Closed,
}

fn turn(record: &Record) -> Option<(RecallId, Turn, Timestamp)> {
    let told = record.recall.as_ref().filter(|_| record.kind == "recall")?;
    let recall: RecallId = told.id.as_ref()?.parse().ok()?;
    if recall.drill || told.drill {
        return None;
    }
    let person = || told.person.as_ref()?.parse().ok();
    let turn = match record.cause.as_deref()? {
        "arrived" => Turn::Arrived(person()?),
        "release" => Turn::Released(person()?),
        "closed" => Turn::Closed,
        _ => return None,
    };
    Some((recall, turn, Timestamp::parse_rfc3339(&record.at).ok()?))
}

#[cfg(test)]
mod tests;
