//! `[[expected]]`: times in which more calls are announced, such as a campaign.
//!
//! Past ones may stay: what was announced teaches nothing when history is learned again.

use super::section::Section;
use crate::engine::policy::{ExpectedEvent, UnitPolicy};
use std::sync::Arc;

/// Most events: one a day for some years.
const EVENTS_MAX: usize = 1_000;
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
    for section in &sections {
        if let Some((unit, event)) = read_one(section, units) {
            events[unit].push(event);
        }
    }
    for (unit, mut events) in units.iter_mut().zip(events) {
        events.sort_by_key(|event| (event.from, event.to));
        unit.expected = Arc::from(events);
    }
}

fn read_one(section: &Section<'_>, units: &[UnitPolicy]) -> Option<(usize, ExpectedEvent)> {
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
    let zone = unit.map_or(chrono_tz::Tz::UTC, |unit| units[unit].timezone);
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
    Some((unit?, ExpectedEvent { from: from?.value, to: to?.value, factor, reason }))
}
