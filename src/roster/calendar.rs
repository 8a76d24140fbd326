//! Shifts and leave from a calendar file (iCalendar, RFC 5545).
//!
//! Whether an event is a shift or leave is read from CATEGORIES, or else SUMMARY; whose it is, from
//! `X-CALLSURGE-PERSON` (the staff id) or the e-mail address of the one ATTENDEE. Times are UTC, of a
//! named zone, or of the person's own where the file names none. A night of a clock change is as long as
//! it is: a time that comes twice is the first one, a time that is skipped is read with the offset before
//! the gap, as the standard has it.
//!
//! A small reader of our own, because every problem is told with its line, which the parsers at hand do
//! not keep. It unrolls no rules of repetition and says so: rosters are exported event by event.

mod event;
mod lines;
mod stamp;

pub use event::{Event, Whose};
pub use stamp::Stamp;

use super::address::Address;
use super::seal::{BlindIndex, RosterKey, SealError};
use super::store::Known;
use super::{Fault, Kind, Period, PersonId, Problem};
use crate::engine::time::Span;
use crate::ingest::encoding::{AsUtf8, Encoding};
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// Largest calendar: a thousand people for a year.
const BYTES_MAX: u64 = 64 << 20;
/// Nobody works longer; what is longer is leave, or a slip.
const SHIFT_MAX: Span = Span::hours(48);

/// What an event means for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// They work.
    Shift,
    /// They are away.
    Leave,
}

/// Shifts and leave by person and index of the event.
pub type Times = BTreeMap<(PersonId, BlindIndex), (What, Period)>;

/// What an import of a calendar would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimesPlan {
    /// New ones.
    pub added: Times,
    /// Others than before.
    pub changed: Times,
    /// How many stay as they are.
    pub unchanged: usize,
    /// Cancelled ones, or missing ones of people whom the file names, if that was asked for.
    pub removed: BTreeSet<(PersonId, BlindIndex)>,
}

/// Reads the events of a calendar.
///
/// # Errors
/// All that is wrong with it.
pub fn read(source: impl Read, encoding: Encoding) -> Result<Vec<Event>, Vec<Problem>> {
    let unreadable = |why: String| vec![Problem::line(0, Fault::Unreadable(why))];
    let mut text = Vec::new();
    let mut source = AsUtf8::new(source, encoding).take(BYTES_MAX + 1);
    source.read_to_end(&mut text).map_err(|error| unreadable(error.to_string()))?;
    if text.len() as u64 > BYTES_MAX {
        return Err(unreadable(format!("it is larger than {} MiB", BYTES_MAX >> 20)));
    }
    let text = String::from_utf8(text)
        .map_err(|_| unreadable("it holds bytes that are no UTF-8".to_owned()))?;
    event::all(&lines::unfold(&text))
}

/// Whose events they are, and what would change.
///
/// # Errors
/// All events that cannot be given to a person, or whose time cannot be.
pub fn plan(
    events: &[Event],
    people: &[Known],
    before: &Times,
    key: &RosterKey,
    remove_missing: bool,
) -> Result<Result<TimesPlan, Vec<Problem>>, SealError> {
    let directory = Directory::of(people);
    let (mut found, mut problems) = (Times::new(), Vec::new());
    let (mut cancelled, mut lines) = (BTreeSet::new(), BTreeMap::new());
    for event in events {
        let told = directory.find(&event.whose).and_then(|(person, zone)| {
            let period = event.period(zone)?;
            let long = event.what == What::Shift && period.length() > SHIFT_MAX;
            if long { Err(Fault::LongShift) } else { Ok((person, period)) }
        });
        let (person, period) = match told {
            Ok(told) => told,
            Err(fault) => {
                problems.push(Problem::line(event.line, fault));
                continue;
            }
        };
        let id = (person, key.index("event", &event.uid)?);
        if let Some(first) = lines.insert(id, event.line) {
            problems.push(Problem::line(event.line, Fault::EventTwice(first)));
        } else if event.cancelled {
            cancelled.insert(id);
        } else {
            found.insert(id, (event.what, period));
        }
    }
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    Ok(Ok(compare(found, cancelled, before, remove_missing)))
}

fn compare(
    found: Times,
    cancelled: BTreeSet<(PersonId, BlindIndex)>,
    before: &Times,
    remove_missing: bool,
) -> TimesPlan {
    let named: BTreeSet<PersonId> = found.keys().chain(&cancelled).map(|(who, _)| *who).collect();
    let gone = |id: &(PersonId, BlindIndex)| {
        cancelled.contains(id)
            || (remove_missing && named.contains(&id.0) && !found.contains_key(id))
    };
    let removed = before.keys().copied().filter(gone).collect();
    let mut plan = TimesPlan { removed, ..TimesPlan::default() };
    for (id, time) in found {
        match before.get(&id) {
            None => drop(plan.added.insert(id, time)),
            Some(same) if *same == time => plan.unchanged += 1,
            Some(_) => drop(plan.changed.insert(id, time)),
        }
    }
    plan
}

/// Who has which id and address.
struct Directory<'a> {
    by_staff_id: BTreeMap<&'a str, (PersonId, Tz)>,
    by_email: BTreeMap<&'a str, Vec<(PersonId, Tz)>>,
}

impl<'a> Directory<'a> {
    fn of(people: &'a [Known]) -> Self {
        let (mut by_staff_id, mut by_email) = (BTreeMap::new(), BTreeMap::<_, Vec<_>>::new());
        for person in people {
            let found = (person.id, person.facts.timezone);
            by_staff_id.insert(person.identity.staff_id.as_str(), found);
            for contact in person.contacts.iter().filter(|c| c.contact.kind == Kind::Email) {
                by_email.entry(contact.address.reveal()).or_default().push(found);
            }
        }
        Self { by_staff_id, by_email }
    }

    fn find(&self, whose: &Whose) -> Result<(PersonId, Tz), Fault> {
        match whose {
            Whose::StaffId(id) => self.by_staff_id.get(id.as_str()).copied().ok_or(Fault::Unknown),
            Whose::Attendee(address) => self.of_address(address),
        }
    }

    fn of_address(&self, address: &Address) -> Result<(PersonId, Tz), Fault> {
        match self.by_email.get(address.reveal()).map(Vec::as_slice) {
            Some([one]) => Ok(*one),
            Some(_) => Err(Fault::Several),
            None => Err(Fault::Unknown),
        }
    }
}

#[cfg(test)]
mod tests;
