//! Local time: slots of the week and opening hours.
//!
//! A slot is found by turning the UTC instant into local time, which is always defined; a local
//! time is never turned into an instant, so the hour that daylight saving skips or repeats needs
//! no special case. The offset is looked up once an hour of UTC and kept, since no zone changes
//! its offset inside an hour of a quarter-hour grid.

use super::time::{Span, Timestamp};
use chrono::{Datelike, Offset, TimeZone, Timelike};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Minutes of a week.
pub const WEEK_MINUTES: u32 = 7 * 24 * 60;

/// Opening hours of a unit in its local time. Weekdays count from Monday.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningHours {
    /// For each weekday the open ranges in minutes of the day, `[from, to)`, `to` up to 1,440.
    pub days: [Vec<(u16, u16)>; 7],
}

impl OpeningHours {
    /// Whether the unit is open at a minute of the local week.
    pub fn is_open(&self, minute_of_week: u32) -> bool {
        let day = (minute_of_week / 1_440) as usize % 7;
        let minute = (minute_of_week % 1_440) as u16;
        self.days[day].iter().any(|&(from, to)| (from..to).contains(&minute))
    }
}

/// Minute of the local week (0 is Monday 00:00) and the local date as days since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// 0 to 10,079.
    pub minute_of_week: u32,
    /// Local calendar day, counted from 1970-01-01.
    pub day: i32,
}

/// Turns instants into local time and remembers the last offset. Two calendars of one zone are
/// equal, whatever they remember.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(from = "Tz", into = "Tz")]
pub struct Calendar {
    zone: Tz,
    quarter: Timestamp,
    offset: Span,
}

impl From<Tz> for Calendar {
    fn from(zone: Tz) -> Self {
        Self::new(zone)
    }
}

impl From<Calendar> for Tz {
    fn from(calendar: Calendar) -> Self {
        calendar.zone
    }
}

impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        self.zone == other.zone
    }
}

impl Calendar {
    /// A calendar of a zone.
    pub fn new(zone: Tz) -> Self {
        Self { zone, quarter: Timestamp::MIN, offset: Span::ZERO }
    }

    /// Local time of an instant.
    pub fn local(&mut self, at: Timestamp) -> LocalTime {
        let quarter = at.floor(Span::minutes(15));
        if quarter != self.quarter {
            self.offset = utc_offset(self.zone, quarter);
            self.quarter = quarter;
        }
        let minutes = (at + self.offset).as_millis().div_euclid(60_000);
        let day = minutes.div_euclid(1_440);
        // 1970-01-01 was a Thursday: three days after a Monday.
        let weekday = (day + 3).rem_euclid(7);
        LocalTime {
            minute_of_week: (weekday * 1_440 + minutes.rem_euclid(1_440)) as u32,
            day: day as i32,
        }
    }
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
        let hours = OpeningHours { days };
        assert!(!hours.is_open(9 * 60 - 1));
        assert!(hours.is_open(9 * 60));
        assert!(!hours.is_open(17 * 60));
        assert!(!hours.is_open(1_440 + 9 * 60));
    }
}
