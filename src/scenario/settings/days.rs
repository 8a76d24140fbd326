//! Special days and announced times of a scenario.

use crate::engine::calendar::{Date, DayKind};
use crate::engine::policy::{ExpectedEvent, Policy, UnitPolicy};
use crate::engine::time::Timestamp;
use crate::scenario::ScenarioError;
use crate::scenario::file::{ExpectedPart, PolicyPart, SpecialDayPart};
use crate::scenario::plan::Source;
use chrono::NaiveDate;

/// Refuses an announced time of a unit that does not exist: it would announce nothing to nobody.
pub(super) fn named_units(
    policy: &Policy,
    part: &PolicyPart,
    src: &Source<'_>,
) -> Result<(), ScenarioError> {
    for name in part.expected.iter().flatten().filter_map(|event| event.unit.as_ref()) {
        src.read(name, |name| match policy.unit(name) {
            Some(_) => Ok(()),
            None => {
                let known: Vec<_> = policy.units.iter().map(|unit| unit.name.as_str()).collect();
                Err(format!("no unit is named {name:?}; there are: {}", known.join(", ")))
            }
        })?;
    }
    Ok(())
}

/// Takes over what a part of the file says; what it does not say stays.
pub(super) fn adopt(
    unit: &mut UnitPolicy,
    part: &PolicyPart,
    start: Timestamp,
    src: &Source<'_>,
) -> Result<(), ScenarioError> {
    if let Some(days) = &part.special_days {
        let days: Result<Vec<_>, _> = days.iter().map(|day| special(day, src)).collect();
        let mut days = days?;
        days.sort_by_key(|date| date.day);
        days.dedup_by_key(|date| date.day);
        unit.special_days = days.into();
    }
    if let Some(events) = &part.expected {
        let of_unit =
            |e: &&ExpectedPart| e.unit.as_ref().is_none_or(|name| *name.get_ref() == unit.name);
        let events: Result<Vec<_>, _> =
            events.iter().filter(of_unit).map(|e| expected(e, start, src)).collect();
        unit.expected = events?.into();
    }
    Ok(())
}

fn special(part: &SpecialDayPart, src: &Source<'_>) -> Result<Date, ScenarioError> {
    let date: NaiveDate = src.read(&part.date, str::parse)?;
    let kind = src.read(&part.kind, |word| match word {
        "holiday" => Ok(DayKind::Holiday),
        "workday" => Ok(DayKind::Workday),
        _ => Err("a special day is a holiday or a workday"),
    })?;
    Ok(Date { day: date.to_epoch_days(), kind })
}

fn expected(
    part: &ExpectedPart,
    start: Timestamp,
    src: &Source<'_>,
) -> Result<ExpectedEvent, ScenarioError> {
    let (from, to) = (start + src.offset(&part.from)?, start + src.offset(&part.to)?);
    let factor = *part.factor.get_ref();
    if !(factor > 1.0 && factor <= 100.0) {
        return Err(src.wrong(part.factor.span().start, "a factor is above 1 and at most 100"));
    }
    if from >= to {
        return Err(src.wrong(part.to.span().start, "it ends before it begins"));
    }
    let reason = part.reason.clone().unwrap_or_else(|| "scenario".to_owned());
    Ok(ExpectedEvent { from, to, factor, reason })
}
