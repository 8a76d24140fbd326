//! `holidays`: which days are holidays or make-up workdays (调休).
//!
//! `"cn"` is built in; anything else is the path of a file that looks like it. Such days are
//! announced year by year, so a calendar has an end, and who forgets the next year gets false
//! alarms on New Year's morning. [`ending`] says so two months before, when the notice for the next year
//! is usually out.

use super::section::Section;
use crate::engine::calendar::{Date, DayKind, calendar_end};
use crate::engine::policy::UnitPolicy;
use crate::engine::time::{Span, Timestamp};
use chrono::{Datelike, NaiveDate, Weekday};
use chrono_tz::Tz;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use toml::Spanned;
use toml::value::Datetime;

/// The shipped calendar of mainland China.
pub(super) const CN: &str = include_str!("../../config/holidays/cn.toml");
/// Largest file of one's own: a century of days.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Longest run of days in one entry; a whole month is a mistake.
const RUN_DAYS_MAX: i64 = 31;
/// How long before its end a calendar is complained of: from the first of November on.
pub const NOTICE: Span = Span::hours(61 * 24);

static CN_DAYS: LazyLock<Arc<[Date]>> =
    LazyLock::new(|| parse(CN).map_or_else(|_| Arc::default(), Arc::from));

/// Something that is wrong with a calendar file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) line: usize,
    pub(super) message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePart {
    #[serde(default)]
    day: Vec<DayPart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DayPart {
    date: Spanned<Datetime>,
    to: Option<Spanned<Datetime>>,
    kind: Spanned<String>,
    #[serde(rename = "name")]
    _name: Option<String>,
}

/// Reads `holidays` of a section; `None` where it is not given.
pub(super) fn read(section: &Section<'_>, base: &Path) -> Option<Arc<[Date]>> {
    let given = section.text("holidays", "cn")?;
    match given.value {
        "cn" => return Some(CN_DAYS.clone()),
        "none" => return Some(Arc::default()),
        _ => {}
    }
    let path = base.join(given.value);
    const HELP: &str = "\"cn\", \"none\", or the path of a file with entries [[day]]: date, kind \
                        (\"holiday\" or \"workday\"), name";
    let text = match load(&path) {
        Ok(text) => text,
        Err(why) => {
            let what = format!("the holiday calendar {} cannot be read: {why}", path.display());
            section.problem(given.span, what, HELP);
            return Some(Arc::default());
        }
    };
    match parse(&text) {
        Ok(days) => Some(days.into()),
        Err(wrong) => {
            for Wrong { line, message } in wrong {
                let what = format!("{}:{line}: {message}", path.display());
                section.problem(given.span.clone(), what, HELP);
            }
            Some(Arc::default())
        }
    }
}

fn load(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|e| e.to_string())?.len();
    if size > FILE_BYTES_MAX {
        return Err(format!("it is larger than {FILE_BYTES_MAX} bytes"));
    }
    std::fs::read_to_string(path).map_err(|e| e.to_string())
}

/// Reads a calendar: the days in order, or everything that is wrong.
pub(super) fn parse(text: &str) -> Result<Vec<Date>, Vec<Wrong>> {
    let line = |at: usize| 1 + text.as_bytes().iter().take(at).filter(|&&b| b == b'\n').count();
    let file: FilePart = toml::from_str(text).map_err(|e| {
        let at = e.span().map_or(0, |span| span.start);
        vec![Wrong { line: line(at), message: e.message().to_owned() }]
    })?;
    let mut days: BTreeMap<i32, (DayKind, usize)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for part in &file.day {
        let at = line(part.date.span().start);
        match part.days() {
            Ok((kind, run)) => {
                for date in run {
                    let day = date.to_epoch_days();
                    if let Some((_, first)) = days.insert(day, (kind, at)) {
                        let message = format!("{date} is listed twice; first at line {first}");
                        wrong.push(Wrong { line: at, message });
                    }
                }
            }
            Err((place, message)) => wrong.push(Wrong { line: line(place), message }),
        }
    }
    if wrong.is_empty() && days.is_empty() {
        wrong.push(Wrong { line: 1, message: "no [[day]] is listed".to_owned() });
    }
    if wrong.is_empty() {
        Ok(days.into_iter().map(|(day, (kind, _))| Date { day, kind }).collect())
    } else {
        Err(wrong)
    }
}

impl DayPart {
    fn days(&self) -> Result<(DayKind, Vec<NaiveDate>), (usize, String)> {
        let date = |value: &Spanned<Datetime>| {
            let found = plain_date(value.get_ref());
            found.ok_or((value.span().start, "a date alone, for example 2026-10-01".to_owned()))
        };
        let from = date(&self.date)?;
        let to = self.to.as_ref().map_or(Ok(from), date)?;
        let length = (to - from).num_days() + 1;
        if !(1..=RUN_DAYS_MAX).contains(&length) {
            let place = self.to.as_ref().map_or(0, |to| to.span().start);
            let message = format!("`to` lies 0 to {} days after `date`", RUN_DAYS_MAX - 1);
            return Err((place, message));
        }
        let kind = match self.kind.get_ref().as_str() {
            "holiday" => DayKind::Holiday,
            "workday" => DayKind::Workday,
            other => {
                let message = format!("the kind is \"holiday\" or \"workday\", not {other:?}");
                return Err((self.kind.span().start, message));
            }
        };
        let days: Vec<_> = from.iter_days().take(length as usize).collect();
        let weekend = |day: &NaiveDate| matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        match days.iter().find(|day| kind == DayKind::Workday && !weekend(day)) {
            Some(day) => {
                let message =
                    format!("{day} is a {}: a make-up workday lies on a weekend", day.format("%A"));
                Err((self.date.span().start, message))
            }
            None => Ok((kind, days)),
        }
    }
}

fn plain_date(value: &Datetime) -> Option<NaiveDate> {
    let date = value.date.filter(|_| value.time.is_none() && value.offset.is_none())?;
    NaiveDate::from_ymd_opt(i32::from(date.year), date.month.into(), date.day.into())
}

/// What to say of calendars that end within [`NOTICE`] or have ended, one line for each end.
pub fn ending(units: &[UnitPolicy], now: Timestamp) -> Vec<String> {
    let mut ends: BTreeMap<Timestamp, (Tz, Vec<&str>)> = BTreeMap::new();
    for unit in units.iter().filter(|unit| !unit.retired) {
        let end = calendar_end(&unit.special_days, unit.timezone);
        if let Some(end) = end.filter(|&end| now >= end - NOTICE) {
            ends.entry(end).or_insert((unit.timezone, Vec::new())).1.push(&unit.name);
        }
    }
    let line = |(end, (zone, units)): (Timestamp, (Tz, Vec<&str>))| {
        let year = end.to_chrono().map_or(0, |at| at.with_timezone(&zone).year());
        format!(
            "the holiday calendar of {} knows no day of {year}: name a file with its holidays and \
             make-up workdays in `holidays`, or take a newer release",
            units.join(", ")
        )
    };
    ends.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> Vec<(usize, String)> {
        let wrong = parse(text).expect_err("wrong");
        wrong.into_iter().map(|w| (w.line, w.message)).collect()
    }

    fn date(text: &str) -> i32 {
        text.parse::<NaiveDate>().expect("a date").to_epoch_days()
    }

    /// Days of each kind by year, counted in the notices.
    #[test]
    fn the_shipped_calendar_has_the_days_of_the_notices() {
        let days = parse(CN).unwrap_or_else(|wrong| panic!("{wrong:?}"));
        let count = |year: i32, kind| {
            let (from, to) = (date(&format!("{year}-01-01")), date(&format!("{year}-12-31")));
            days.iter().filter(|d| d.kind == kind && (from..=to).contains(&d.day)).count()
        };
        let counts = |kind| [2024, 2025, 2026].map(|year| count(year, kind));
        assert_eq!(counts(DayKind::Holiday), [28, 28, 33]);
        assert_eq!(counts(DayKind::Workday), [8, 5, 6]);
        assert_eq!(days.len(), 108);
        assert_eq!(CN_DAYS.len(), days.len());
        assert!(days.is_sorted_by(|a, b| a.day < b.day));
        let kind = |text| days.iter().find(|d| d.day == date(text)).map(|d| d.kind);
        assert_eq!(kind("2025-01-28"), Some(DayKind::Holiday));
        assert_eq!(kind("2026-02-23"), Some(DayKind::Holiday));
        assert_eq!(kind("2026-02-28"), Some(DayKind::Workday));
        assert_eq!(kind("2026-02-24"), None);
    }

    #[test]
    fn mistakes_are_named_with_their_lines() {
        let day = |date: &str, kind: &str| format!("[[day]]\ndate = {date}\nkind = \"{kind}\"\n");
        let both = day("2026-10-01", "holiday") + &day("2026-10-01", "workday");
        assert!(wrong(&both)[0].1.contains("Thursday"), "{:?}", wrong(&both));
        let twice = day("2026-10-01", "holiday") + "\n" + &day("2026-10-01", "holiday");
        assert_eq!(wrong(&twice), [(6, "2026-10-01 is listed twice; first at line 2".into())]);
        let kind = "the kind is \"holiday\" or \"workday\", not \"off\"";
        assert_eq!(wrong(&day("2026-10-01", "off")), [(3, kind.into())]);
        let back = day("2026-10-02", "holiday") + "to = 2026-10-01\n";
        assert_eq!(wrong(&back), [(4, "`to` lies 0 to 30 days after `date`".into())]);
        assert_eq!(wrong(&day("2026-10-01T00:00:00", "holiday"))[0].0, 2);
        assert_eq!(wrong("[[day]]\ndate = 2026-02-30\n")[0].0, 2);
        assert_eq!(wrong("\n[[dya]]\ndate = 2026-02-03\n")[0].0, 2);
        assert_eq!(wrong(""), [(1, "no [[day]] is listed".into())]);
    }

    #[test]
    fn the_next_year_is_asked_for_from_november_on() {
        let mut unit = UnitPolicy::with_defaults("north");
        unit.timezone = chrono_tz::Asia::Shanghai;
        unit.special_days = CN_DAYS.clone();
        let units = [unit.clone(), UnitPolicy { name: "south".into(), ..unit }];
        let at = |text| Timestamp::parse_rfc3339(text).expect("valid");
        assert!(ending(&units, at("2026-10-31T15:59:59Z")).is_empty());
        let told = ending(&units, at("2026-10-31T16:00:00Z"));
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("north, south knows no day of 2027"), "{told:?}");
        assert_eq!(ending(&units, at("2027-03-01T00:00:00Z")), told);
        assert!(ending(&[UnitPolicy::with_defaults("a")], at("2027-03-01T00:00:00Z")).is_empty());
    }
}
