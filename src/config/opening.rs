//! Opening hours of a unit: `opening = { mon = ["08:00-20:00"], … }` in its local time.

use super::section::{At, Section};
use crate::engine::calendar::OpeningHours;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY_MINUTES: u16 = 24 * 60;

/// Reads `opening` of a unit; `None` where it is not given and the hours are learned.
pub(super) fn read(unit: &Section<'_>) -> Option<OpeningHours> {
    let span = unit.given("opening")?;
    if unit.is_text("opening", "always") {
        let days = std::array::from_fn(|_| vec![(0, DAY_MINUTES)]);
        return Some(OpeningHours { days, holiday: None });
    }
    const HELP: &str = "give days, `{ mon = [\"08:00-20:00\"] }`, or \"always\"; \
                        without `opening` the hours are learned";
    if !unit.is_table("opening") {
        unit.problem(span, "`opening` must be hours by day of the week", HELP);
        return None;
    }
    let section = unit.section("opening");
    if DAYS.iter().all(|d| section.given(d).is_none()) {
        unit.problem(span, "a unit that never opens", HELP);
    }
    let holiday = section.given("holiday").map(|_| read_day(&section, "holiday"));
    Some(OpeningHours { days: DAYS.map(|day| read_day(&section, day)), holiday })
}

fn read_day(section: &Section<'_>, day: &'static str) -> Vec<(u16, u16)> {
    let given = section.texts(day, "[\"08:00-20:00\"]").unwrap_or_default();
    let mut ranges: Vec<(u16, u16)> = Vec::with_capacity(given.len());
    for text in given {
        let Some((from, to)) = parse_range(section, day, &text) else { continue };
        if ranges.iter().any(|&(f, t)| from < t && f < to) {
            section.problem(
                text.span,
                format!("{:?} overlaps another range of `{day}`", text.value),
                "join the two ranges, or part them",
            );
            continue;
        }
        ranges.push((from, to));
    }
    ranges.sort_unstable();
    ranges
}

fn parse_range(section: &Section<'_>, day: &str, text: &At<&str>) -> Option<(u16, u16)> {
    let parsed = text
        .value
        .split_once('-')
        .and_then(|(from, to)| Some((minute_of_day(from.trim())?, minute_of_day(to.trim())?)));
    match parsed {
        Some((from, to)) if from < to => Some((from, to)),
        Some((from, to)) if from > to && from < DAY_MINUTES => {
            let (from, to) = text.value.split_once('-').unwrap_or_default();
            section.problem(
                text.span.clone(),
                format!("{:?} ends before it begins", text.value),
                format!(
                    "hours past midnight belong to the next day: \"{}-24:00\" on {day} and \
                     \"00:00-{}\" on the day after",
                    from.trim(),
                    to.trim(),
                ),
            );
            None
        }
        _ => {
            section.problem(
                text.span.clone(),
                format!("{:?} is not a range of hours", text.value),
                "from and to in 24 hours, for example \"08:00-20:00\"; \"24:00\" ends the day",
            );
            None
        }
    }
}

/// `HH:MM` up to 24:00.
fn minute_of_day(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |t: &str| (t.len() == 2 && t.bytes().all(|b| b.is_ascii_digit())).then_some(());
    two(hours).and(two(minutes))?;
    let (hours, minutes) = (hours.parse::<u16>().ok()?, minutes.parse::<u16>().ok()?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= DAY_MINUTES).then_some(minute)
}
