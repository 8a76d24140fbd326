//! Local time: slots of the week, opening hours, and days that are not like their weekday.
//!
//! A slot is found by turning the UTC instant into local time, which is always defined; a local
//! time is never turned into an instant, so the hour that daylight saving skips or repeats needs
//! no special case. The offset is looked up once an hour of UTC and kept, since no zone changes
//! its offset inside an hour of a quarter-hour grid.
//!
//! A holiday and a make-up workday (调休) are facts of the date, not of the clock, so the kind of
//! the day comes with the local time; it is looked up once a local day.

use super::policy::{ExpectedEvent, UnitPolicy};
use super::time::{Span, Timestamp};
use chrono::{Datelike, MappedLocalTime, NaiveDate, Offset, TimeZone, Timelike};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Minutes of a week.
pub const WEEK_MINUTES: u32 = 7 * 24 * 60;

const DAY_MINUTES: u32 = 24 * 60;
const FRIDAY: usize = 4;
const SATURDAY: usize = 5;
const SUNDAY: usize = 6;

/// What a day is, whatever its weekday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// Its weekday says all.
    #[default]
    Ordinary,
    /// A public holiday.
    Holiday,
    /// A day of the weekend on which people work to make up for a holiday (调休).
    Workday,
}

/// A local calendar day and its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Date {
    /// Days since 1970-01-01.
    pub day: i32,
    /// Its kind.
    pub kind: DayKind,
}

impl Date {
    /// An ordinary day.
    pub const fn ordinary(day: i32) -> Self {
        Self { day, kind: DayKind::Ordinary }
    }

    /// Whether it is a holiday.
    pub const fn is_holiday(self) -> bool {
        matches!(self.kind, DayKind::Holiday)
    }

    /// The weekday that it is like, Monday 0: a holiday is like a Sunday, a make-up workday on
    /// Saturday like the Friday before it and on Sunday like the Monday after it.
    pub const fn weekday(self) -> usize {
        let own = weekday(self.day);
        match (self.kind, own) {
            (DayKind::Holiday, _) => SUNDAY,
            (DayKind::Workday, SATURDAY) => FRIDAY,
            (DayKind::Workday, SUNDAY) => 0,
            (DayKind::Ordinary | DayKind::Workday, _) => own,
        }
    }
}

/// Weekday of a local day, Monday 0; 1970-01-01 was a Thursday.
const fn weekday(day: i32) -> usize {
    (day + 3).rem_euclid(7) as usize
}

/// Opening hours of a unit in its local time. Weekdays count from Monday.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningHours {
    /// For each weekday the open ranges in minutes of the day, `[from, to)`, `to` up to 1,440.
    pub days: [Vec<(u16, u16)>; 7],
    /// The same of a holiday; `None`: those of a Sunday.
    pub holiday: Option<Vec<(u16, u16)>>,
}

impl OpeningHours {
    /// Whether the unit is open then.
    pub fn is_open(&self, local: LocalTime) -> bool {
        let date = local.date();
        let own = self.holiday.as_ref().filter(|_| date.is_holiday());
        let ranges = own.unwrap_or(&self.days[date.weekday()]);
        let minute = local.minute_of_day() as u16;
        ranges.iter().any(|&(from, to)| (from..to).contains(&minute))
    }
}

/// Minute of the local week (0 is Monday 00:00), the local date as days since the epoch, and what
/// kind of day that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// 0 to 10,079.
    pub minute_of_week: u32,
    /// Local calendar day, counted from 1970-01-01.
    pub day: i32,
    /// Kind of the day.
    pub kind: DayKind,
}

impl LocalTime {
    /// The day with its kind.
    pub const fn date(self) -> Date {
        Date { day: self.day, kind: self.kind }
    }

    /// Minute of the day.
    pub const fn minute_of_day(self) -> u32 {
        self.minute_of_week % DAY_MINUTES
    }
}

/// Local time of a unit, and what is known of its days. It remembers the last offset and day; two
/// calendars that know the same are equal, whatever they remember.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Known", into = "Known")]
pub struct Calendar {
    zone: Tz,
    /// Days that are not ordinary, in order.
    special: Arc<[Date]>,
    expected: Arc<[ExpectedEvent]>,
    quarter: Timestamp,
    offset: Span,
    today: Date,
    /// A time in which nothing is announced, around the last row that was asked for.
    plain: (Timestamp, Timestamp),
}

/// What a calendar knows, without what it remembers.
type Known = (Tz, Arc<[Date]>, Arc<[ExpectedEvent]>);

impl From<Known> for Calendar {
    fn from((zone, special, expected): Known) -> Self {
        Self { special, expected, ..Self::new(zone) }
    }
}

impl From<Calendar> for Known {
    fn from(calendar: Calendar) -> Self {
        (calendar.zone, calendar.special, calendar.expected)
    }
}

impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        self.zone == other.zone && self.special == other.special && self.expected == other.expected
    }
}

impl Calendar {
    /// A calendar of a zone that knows ordinary days only.
    pub fn new(zone: Tz) -> Self {
        Self {
            zone,
            special: Arc::default(),
            expected: Arc::default(),
            quarter: Timestamp::MIN,
            offset: Span::ZERO,
            today: Date::ordinary(i32::MIN),
            plain: (Timestamp::MIN, Timestamp::MIN),
        }
    }

    /// The calendar of a unit.
    pub fn of(unit: &UnitPolicy) -> Self {
        let (special, expected) = (unit.special_days.clone(), unit.expected.clone());
        Self { special, expected, ..Self::new(unit.timezone) }
    }

    /// Minute of the day by the offset that was looked up last: right but near a change of it.
    pub(super) fn minute_about(&self, at: Timestamp) -> u32 {
        let minutes = (at + self.offset).as_millis().div_euclid(60_000);
        minutes.rem_euclid(i64::from(DAY_MINUTES)) as u32
    }

    /// Local time of an instant.
    pub fn local(&mut self, at: Timestamp) -> LocalTime {
        let quarter = at.floor(Span::minutes(15));
        if quarter != self.quarter {
            self.offset = utc_offset(self.zone, quarter);
            self.quarter = quarter;
        }
        let minutes = (at + self.offset).as_millis().div_euclid(60_000);
        let day = minutes.div_euclid(i64::from(DAY_MINUTES)) as i32;
        if day != self.today.day {
            self.today = Date { day, kind: kind_of(&self.special, day) };
        }
        let minute = minutes.rem_euclid(i64::from(DAY_MINUTES)) as u32;
        LocalTime {
            minute_of_week: weekday(day) as u32 * DAY_MINUTES + minute,
            day,
            kind: self.today.kind,
        }
    }
}

impl Calendar {
    /// What multiplies the calls expected between two instants: 1, or more where more are
    /// announced. A part of the time counts by its length; of several announcements the largest.
    pub fn raised(&mut self, start: Timestamp, end: Timestamp) -> f64 {
        if self.expected.is_empty() || (self.plain.0 <= start && end <= self.plain.1) {
            return 1.0;
        }
        let mut raised = 1.0_f64;
        let mut plain = (Timestamp::MIN, Timestamp::MAX);
        for event in self.expected.iter() {
            if event.to <= start {
                plain.0 = plain.0.max(event.to);
            } else if event.from >= end {
                plain.1 = plain.1.min(event.from);
            } else {
                let shared = event.to.min(end) - event.from.max(start);
                let share = shared.as_secs_f64() / (end - start).as_secs_f64();
                raised = raised.max(1.0 + (event.factor - 1.0) * share);
            }
        }
        if raised <= 1.0 {
            self.plain = plain;
        }
        raised
    }
}

/// Kind of a day by the ordered list of those that are not ordinary.
fn kind_of(special: &[Date], day: i32) -> DayKind {
    let known = special.binary_search_by_key(&day, |date| date.day);
    known.map_or(DayKind::Ordinary, |at| special[at].kind)
}

/// When the last year of which special days are known is over in a zone; `None` where none are.
pub fn calendar_end(special: &[Date], zone: Tz) -> Option<Timestamp> {
    let last = NaiveDate::from_epoch_days(special.last()?.day)?;
    let next = NaiveDate::from_ymd_opt(last.year() + 1, 1, 1)?.and_hms_opt(0, 0, 0)?;
    let at = match zone.from_local_datetime(&next) {
        MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => at.to_utc(),
        MappedLocalTime::None => next.and_utc(),
    };
    Some(Timestamp::from_secs(at.timestamp()))
}

fn utc_offset(zone: Tz, at: Timestamp) -> Span {
    let Some(utc) = at.to_chrono() else { return Span::ZERO };
    let offset = zone.offset_from_utc_datetime(&utc.naive_utc()).fix().local_minus_utc();
    Span::secs(i64::from(offset))
}

/// Writes an instant as local wall time, `Mon 14:05`, for people.
pub fn wall(zone: Tz, at: Timestamp) -> String {
    let Some(utc) = at.to_chrono() else { return at.to_string() };
    let local = utc.with_timezone(&zone);
    format!("{} {:02}:{:02}", local.weekday(), local.hour(), local.minute())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(zone: Tz, text: &str) -> u32 {
        let at = Timestamp::parse_rfc3339(text).expect("valid");
        Calendar::new(zone).local(at).minute_of_week
    }

    #[test]
    fn slots_follow_local_time_through_daylight_saving() {
        let ny = chrono_tz::America::New_York;
        // Sunday 8 March 2026: 01:59 is followed by 03:00.
        assert_eq!(minute(ny, "2026-03-08T06:59:00Z"), 6 * 1_440 + 119);
        assert_eq!(minute(ny, "2026-03-08T07:00:00Z"), 6 * 1_440 + 180);
        // Sunday 1 November 2026: 01:30 comes twice.
        assert_eq!(minute(ny, "2026-11-01T05:30:00Z"), minute(ny, "2026-11-01T06:30:00Z"));
        // Monday 00:00 in Shanghai is Sunday 16:00 UTC.
        assert_eq!(minute(chrono_tz::Asia::Shanghai, "2026-11-22T16:00:00Z"), 0);
    }

    #[test]
    fn opening_hours_are_half_open() {
        let mut days: [Vec<(u16, u16)>; 7] = Default::default();
        days[0] = vec![(9 * 60, 17 * 60)];
        let hours = OpeningHours { days, holiday: None };
        // The Monday before 1970-01-01.
        let open = |minute_of_week: u32| {
            let day = minute_of_week as i32 / 1_440 - 3;
            hours.is_open(LocalTime { minute_of_week, day, kind: DayKind::Ordinary })
        };
        assert!(!open(9 * 60 - 1));
        assert!(open(9 * 60));
        assert!(!open(17 * 60));
        assert!(!open(1_440 + 9 * 60));
    }
    #[test]
    fn the_kind_of_a_day_comes_with_the_local_time() {
        let day = |date: &str, kind| Date {
            day: date.parse::<NaiveDate>().expect("a date").to_epoch_days(),
            kind,
        };
        let mut unit = UnitPolicy::with_defaults("a");
        unit.timezone = chrono_tz::Asia::Shanghai;
        unit.special_days = [
            day("2026-10-01", DayKind::Holiday),
            day("2026-10-10", DayKind::Workday),
            day("2026-10-11", DayKind::Workday),
        ]
        .into();
        let mut calendar = Calendar::of(&unit);
        let mut date = |text| {
            let local = calendar.local(Timestamp::parse_rfc3339(text).expect("valid"));
            (local.kind, local.date().weekday(), local.minute_of_week)
        };
        // Thursday, midnight to midnight in Shanghai.
        assert_eq!(date("2026-09-30T15:59:00Z"), (DayKind::Ordinary, 2, 3 * 1_440 - 1));
        assert_eq!(date("2026-09-30T16:00:00Z"), (DayKind::Holiday, SUNDAY, 3 * 1_440));
        assert_eq!(date("2026-10-01T15:59:00Z").0, DayKind::Holiday);
        assert_eq!(date("2026-10-01T16:00:00Z").0, DayKind::Ordinary);
        // A Saturday that is a Friday, a Sunday that is a Monday.
        assert_eq!(date("2026-10-10T02:00:00Z").1, FRIDAY);
        assert_eq!(date("2026-10-11T02:00:00Z").1, 0);
        let end = calendar_end(&unit.special_days, unit.timezone).expect("known");
        assert_eq!(end, Timestamp::parse_rfc3339("2026-12-31T16:00:00Z").expect("valid"));
        assert_eq!(calendar_end(&[], unit.timezone), None);
    }

    #[test]
    fn special_days_have_hours_of_their_own() {
        let mut days: [Vec<(u16, u16)>; 7] = Default::default();
        days[FRIDAY] = vec![(480, 1_200)];
        days[SUNDAY] = vec![(600, 720)];
        let mut hours = OpeningHours { days, holiday: None };
        // Thursday, 1970-01-01, and the Saturday after it.
        let thursday =
            LocalTime { minute_of_week: 3 * 1_440 + 600, day: 0, kind: DayKind::Holiday };
        assert!(hours.is_open(thursday), "Sunday's");
        hours.holiday = Some(vec![(540, 600)]);
        assert!(!hours.is_open(thursday));
        let saturday =
            LocalTime { minute_of_week: 5 * 1_440 + 600, day: 2, kind: DayKind::Workday };
        assert!(hours.is_open(saturday), "Friday's");
        assert!(!hours.is_open(LocalTime { kind: DayKind::Ordinary, ..saturday }));
    }

    #[test]
    fn an_announcement_counts_by_the_time_it_shares() {
        let minute = |n: i64| Timestamp::from_secs(n * 60);
        let event = |from, to, factor| ExpectedEvent {
            from: minute(from),
            to: minute(to),
            factor,
            reason: String::new(),
        };
        let mut unit = UnitPolicy::with_defaults("a");
        unit.expected = [event(100, 200, 3.0), event(150, 160, 5.0), event(300, 310, 2.0)].into();
        let mut calendar = Calendar::of(&unit);
        let cases = [
            ((0, 100), 1.0),
            ((95, 105), 2.0),
            ((100, 110), 3.0),
            ((150, 160), 5.0),
            ((200, 210), 1.0),
            ((290, 300), 1.0),
            ((290, 310), 1.5),
            ((310, 320), 1.0),
            ((90, 100), 1.0),
            ((190, 200), 3.0),
        ];
        for ((from, to), raised) in cases {
            let got = calendar.raised(minute(from), minute(to));
            assert!((got - raised).abs() < 1.0e-9, "{from} to {to}: {got}");
        }
    }
}
