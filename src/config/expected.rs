//! `[[expected]]`: times in which more calls are announced, such as a campaign.
//!
//! Past ones may stay: what was announced teaches nothing when history is learned again.
//!
//! What comes every month, as bills and pay do, is written once and stands for all its times: the
//! detector knows weeks and no months. The times are written out here, so that it has nothing to
//! know of repetition.

use super::section::{At, Section};
use crate::engine::policy::{ExpectedEvent, UnitPolicy};
use crate::engine::time::Timestamp;
use crate::roster::instant_of_local;
use chrono::{Months, NaiveDateTime};
use chrono_tz::Tz;
use std::sync::Arc;

/// Most times, repeated ones included: one a day for some years.
const EVENTS_MAX: usize = 1_000;
/// How long a repetition without an end goes on.
const YEARS_IF_UNTOLD: u32 = 10;
/// What may multiply the calls expected. Beyond a hundredfold nothing would be a surge.
const FACTOR_MAX: f64 = 100.0;
/// Longest reason: a line of a log book.
const REASON_CHARS_MAX: usize = 200;

/// Reads every `[[expected]]` into its unit.
pub(super) fn read(root: &Section<'_>, units: &mut [UnitPolicy]) {
    let sections = root.sections("expected");
    if let Some(over) = sections.get(EVENTS_MAX) {
        over.problem(
            over.span(),
            format!("more than {EVENTS_MAX} expected events"),
            "take out those of the past that `learn` needs no more",
        );
    }
    let mut events = vec![Vec::new(); units.len()];
    let mut left = EVENTS_MAX;
    for section in &sections {
        let Some((unit, times)) = read_one(section, units) else { continue };
        if times.len() > left {
            section.problem(
                section.span(),
                format!("expected events have more than {EVENTS_MAX} times together"),
                "end repetitions sooner with `until`",
            );
            break;
        }
        left -= times.len();
        events[unit].extend(times);
    }
    for (unit, mut events) in units.iter_mut().zip(events) {
        events.sort_by_key(|event| (event.from, event.to));
        unit.expected = Arc::from(events);
    }
}

/// How often an announced time comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeat {
    Never,
    Monthly,
    Yearly,
}

impl Repeat {
    const WORDS: [(&str, Self); 3] =
        [("never", Self::Never), ("monthly", Self::Monthly), ("yearly", Self::Yearly)];

    /// Months from one time to the next.
    const fn months(self) -> Option<u32> {
        match self {
            Self::Never => None,
            Self::Monthly => Some(1),
            Self::Yearly => Some(12),
        }
    }
}

fn read_one(section: &Section<'_>, units: &[UnitPolicy]) -> Option<(usize, Vec<ExpectedEvent>)> {
    for (key, example) in [
        ("unit", "\"after-sales\""),
        ("from", "2026-11-11T00:00:00"),
        ("to", "2026-11-12T00:00:00"),
        ("factor", "2.0"),
        ("reason", "\"双十一\""),
    ] {
        if section.given(key).is_none() {
            section.problem(
                section.span(),
                format!("this expected event has no `{key}`"),
                format!("add a line `{key} = {example}`"),
            );
        }
    }
    let name = section.text("unit", "after-sales");
    let unit = name.as_ref().and_then(|n| units.iter().position(|unit| unit.name == n.value));
    if let (Some(name), None) = (name, unit) {
        let known: Vec<_> = units.iter().take(10).map(|unit| unit.name.as_str()).collect();
        section.problem(
            name.span,
            format!("no unit is called {:?}", name.value),
            format!("units: {}", known.join(", ")),
        );
    }
    let zone = unit.map_or(Tz::UTC, |unit| units[unit].timezone);
    let from = section.instant("from", zone);
    let to = section.instant("to", zone);
    if let (Some(from), Some(to)) = (&from, &to)
        && from.value >= to.value
    {
        section.problem(
            to.span.clone(),
            "this expected event ends before it begins",
            "`to` is later than `from`",
        );
    }
    let factor = section.number("factor", 2.0, 1.0..=FACTOR_MAX);
    if let (true, Some(span)) = (factor <= 1.0, section.given("factor")) {
        section.problem(
            span,
            "a factor of 1 raises nothing",
            format!("what multiplies the calls expected: above 1, at most {FACTOR_MAX}"),
        );
    }
    let reason = section.text("reason", "双十一");
    if let Some(reason) = reason.as_ref().filter(|r| r.value.chars().count() > REASON_CHARS_MAX) {
        section.problem(
            reason.span.clone(),
            "this reason is too long",
            format!("at most {REASON_CHARS_MAX} characters"),
        );
    }
    let reason = reason.map_or("", |reason| reason.value).to_owned();
    let repeat = section.word("repeat", Repeat::Never, &Repeat::WORDS);
    let until = section.instant("until", zone);
    let first = (from?.value, to?.value);
    if let Some(until) = &until {
        ends_soundly(section, until, first.0, repeat);
    }
    let times = times(first, repeat, until.map(|until| until.value), zone);
    let event = |(from, to)| ExpectedEvent { from, to, factor, reason: reason.clone() };
    Some((unit?, times.into_iter().map(event).collect()))
}

fn ends_soundly(section: &Section<'_>, until: &At<Timestamp>, first: Timestamp, repeat: Repeat) {
    if repeat == Repeat::Never {
        section.problem(
            until.span.clone(),
            "`until` ends a repetition, and this expected event has none",
            "add `repeat = \"monthly\"` or take it out",
        );
    } else if until.value <= first {
        section.problem(
            until.span.clone(),
            "this expected event ends to repeat before it begins",
            "`until` is later than `from`",
        );
    }
}

/// All times of an event, in order: those that begin before `until`, by local time. What is on the
/// 31st is on the last day of a shorter month.
fn times(
    (from, to): (Timestamp, Timestamp),
    repeat: Repeat,
    until: Option<Timestamp>,
    zone: Tz,
) -> Vec<(Timestamp, Timestamp)> {
    let mut times = vec![(from, to)];
    let local = |at: Timestamp| -> Option<NaiveDateTime> {
        Some(at.to_chrono()?.with_timezone(&zone).naive_local())
    };
    let (Some(months), Some(first), Some(end)) = (repeat.months(), local(from), local(to)) else {
        return times;
    };
    let again = |months| {
        let begins = first.checked_add_months(Months::new(months))?;
        let ends = begins.checked_add_signed(end - first)?;
        Some((instant_of_local(begins, zone)?, instant_of_local(ends, zone)?))
    };
    let last = YEARS_IF_UNTOLD * 12;
    for after in (months..).step_by(months as usize) {
        match again(after) {
            Some(time) if until.map_or(after < last, |until| time.0 < until) => times.push(time),
            Some(_) | None => break,
        }
        // The caller says that these are too many.
        if times.len() > EVENTS_MAX {
            break;
        }
    }
    times
}
