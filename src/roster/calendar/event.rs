//! One event: what, whose, when.

use super::What;
use super::lines::Property;
use super::stamp::{Stamp, duration};
use crate::engine::time::Span;
use crate::roster::address::Address;
use crate::roster::{Fault, Kind, Period, Problem};
use chrono_tz::Tz;

/// Whose an event is, as the file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// By the id of the personnel system.
    StaffId(String),
    /// By an e-mail address.
    Attendee(Address),
}

/// How it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    At(Stamp),
    After(Span),
}

/// An event of a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Line in which it begins.
    pub line: u64,
    /// Its name among all events.
    pub uid: String,
    /// Shift or leave.
    pub what: What,
    /// Whose.
    pub whose: Whose,
    /// Whether it does not take place.
    pub cancelled: bool,
    start: Stamp,
    end: End,
}

impl Event {
    /// When it is, for a person who lives in a zone.
    pub(super) fn period(&self, zone: Tz) -> Result<Period, Fault> {
        let from = self.start.instant(zone)?;
        let until = match self.end {
            End::At(stamp) => stamp.instant(zone)?,
            End::After(length) => from + length,
        };
        Period::new(from, until).ok_or(Fault::Backwards)
    }
}

/// All events of a calendar.
pub(super) fn all(properties: &[Property]) -> Result<Vec<Event>, Vec<Problem>> {
    let is = |property: &Property, name: &str, value: &str| {
        property.name == name && property.value.trim().eq_ignore_ascii_case(value)
    };
    if !properties.first().is_some_and(|first| is(first, "BEGIN", "VCALENDAR")) {
        return Err(vec![Problem::line(1, Fault::NoCalendar)]);
    }
    let (mut events, mut problems) = (Vec::new(), Vec::new());
    let mut rest = properties;
    while let Some(begin) = rest.iter().position(|p| is(p, "BEGIN", "VEVENT")) {
        rest = &rest[begin..];
        let line = rest[0].line;
        let Some(end) = rest.iter().position(|p| is(p, "END", "VEVENT")) else {
            problems.push(Problem::line(line, Fault::Open));
            break;
        };
        match one(line, &rest[1..end]) {
            Ok(event) => events.push(event),
            Err(problem) => problems.push(problem),
        }
        rest = &rest[end + 1..];
    }
    if events.is_empty() && problems.is_empty() {
        problems.push(Problem::line(0, Fault::Nobody));
    }
    if problems.is_empty() { Ok(events) } else { Err(problems) }
}

fn one(line: u64, properties: &[Property]) -> Result<Event, Problem> {
    // What stands in an alarm belongs to the alarm.
    let alarm = properties.iter().position(|p| p.name == "BEGIN").unwrap_or(properties.len());
    let properties = &properties[..alarm];
    let get = |name: &str| properties.iter().find(|p| p.name == name);
    let needed =
        |name: &'static str| get(name).ok_or_else(|| Problem::line(line, Fault::NoProperty(name)));
    let at = |property: &Property, fault: Fault| {
        Problem::at(property.line, property.name.as_str(), fault)
    };
    if let Some(rule) = properties.iter().find(|p| p.name == "RRULE" || p.name == "RDATE") {
        return Err(at(rule, Fault::Repeated));
    }
    let stamp = |property: &Property| Stamp::of(property).map_err(|fault| at(property, fault));
    let uid = needed("UID")?.text();
    let start = stamp(needed("DTSTART")?)?;
    let end = match (get("DTEND"), get("DURATION")) {
        (Some(end), _) => End::At(stamp(end)?),
        (None, Some(length)) => {
            End::After(duration(&length.value).map_err(|fault| at(length, fault))?)
        }
        (None, None) => End::At(start.default_end()),
    };
    let words = [get("CATEGORIES"), get("SUMMARY")].into_iter().flatten();
    let what = words.map(Property::text).find_map(|text| what(&text));
    let whose = whose(line, properties)?;
    let recurrence = get("RECURRENCE-ID").map(Property::text).unwrap_or_default();
    Ok(Event {
        line,
        uid: format!("{uid}\n{recurrence}"),
        what: what.ok_or_else(|| Problem::line(line, Fault::Neither))?,
        whose,
        cancelled: get("STATUS").is_some_and(|p| p.value.trim().eq_ignore_ascii_case("CANCELLED")),
        start,
        end,
    })
}

/// Leave is looked for first: 调休假 is no shift, and neither is "leave of the night shift".
fn what(text: &str) -> Option<What> {
    let text = text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["leave", "vacation", "holiday", "假", "休"]) {
        Some(What::Leave)
    } else if says(&["shift", "duty", "班"]) {
        Some(What::Shift)
    } else {
        None
    }
}

fn whose(line: u64, properties: &[Property]) -> Result<Whose, Problem> {
    if let Some(id) = properties.iter().find(|p| p.name == "X-CALLSURGE-PERSON") {
        return Ok(Whose::StaffId(id.text()));
    }
    let mut attendees = properties.iter().filter(|p| p.name == "ATTENDEE");
    let (Some(attendee), None) = (attendees.next(), attendees.next()) else {
        return Err(Problem::line(line, Fault::Whose));
    };
    let value = attendee.value.trim();
    let address = value.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    let address = address.map_or(value, |_| &value[7..]);
    let parsed = Address::parse(Kind::Email, address);
    parsed
        .map(Whose::Attendee)
        .map_err(|fault| Problem::at(attendee.line, attendee.name.as_str(), fault))
}
