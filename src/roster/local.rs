//! What an instant is called where a person lives.
//!
//! As in the engine's calendar a local time is never turned into an instant by a rule: instants are
//! walked in quarters of an hour, inside which no zone of today changes its offset, so the hour that
//! daylight saving skips or repeats needs no special case. The one exception is a file that states a
//! local time, see [`instant`].

use crate::engine::time::{Span, Timestamp};
use chrono::{DateTime, MappedLocalTime, NaiveDate, NaiveDateTime, Offset, TimeZone, Timelike};
use chrono_tz::Tz;

/// No zone changes its offset inside one.
pub(super) const QUARTER: Span = Span::minutes(15);
/// Longest gap that a zone ever skipped: an island that crossed the date line left out a day.
const GAP_MINUTES_MAX: i64 = 24 * 60;

/// Date and time of an instant in a zone; outside of chrono's 262,000 years that of the epoch.
pub(super) fn local(at: Timestamp, zone: Tz) -> NaiveDateTime {
    zone.from_utc_datetime(&at.to_chrono().unwrap_or_default().naive_utc()).naive_local()
}

/// The date of an instant in a zone.
pub fn date(at: Timestamp, zone: Tz) -> NaiveDate {
    local(at, zone).date()
}

/// Minute of the local day.
pub(super) fn minute(at: Timestamp, zone: Tz) -> u16 {
    let time = local(at, zone).time();
    (time.hour() * 60 + time.minute()) as u16
}

/// Local dates that a stretch of time touches, each with the minutes that fall on it.
pub(super) fn dates(from: Timestamp, until: Timestamp, zone: Tz) -> Vec<(NaiveDate, u32)> {
    let mut found: Vec<(NaiveDate, Span)> = Vec::new();
    let mut at = from;
    while at < until {
        let end = (at.floor(QUARTER) + QUARTER).min(until);
        let date = date(at, zone);
        match found.last_mut() {
            Some((last, length)) if *last == date => *length += end - at,
            Some(_) | None => found.push((date, end - at)),
        }
        at = end;
    }
    let minutes = |length: Span| (length.as_millis() as u64).div_ceil(60_000) as u32;
    found.into_iter().map(|(date, length)| (date, minutes(length))).collect()
}

/// The instant of a local time in a file, as RFC 5545 has it: of a time that comes twice the first
/// one, and a time that is skipped is read with the offset before the gap.
pub(crate) fn instant(local: NaiveDateTime, zone: Tz) -> Option<Timestamp> {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => Some(utc(&at)),
        MappedLocalTime::None => {
            let before = (1..=GAP_MINUTES_MAX / 15).find_map(|quarters| {
                let earlier = local - chrono::Duration::minutes(15 * quarters);
                zone.from_local_datetime(&earlier).latest()
            })?;
            let offset = i64::from(before.offset().fix().local_minus_utc());
            Some(Timestamp::from(local.and_utc()) - Span::secs(offset))
        }
    }
}

fn utc(at: &DateTime<Tz>) -> Timestamp {
    at.to_utc().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).expect("an instant")
    }

    #[track_caller]
    fn check(zone: Tz, stated: &str, wanted: &str) {
        let stated = stated.parse().expect("a local time");
        assert_eq!(instant(stated, zone), Some(at(wanted)), "{stated} in {zone}");
    }

    #[test]
    fn a_stated_time_is_read_as_the_standard_of_calendars_says() {
        check(Tz::Asia__Shanghai, "2026-11-28T08:00:00", "2026-11-28T00:00:00Z");
        check(Tz::Europe__Berlin, "2026-10-25T02:30:00", "2026-10-25T00:30:00Z");
        check(Tz::Europe__Berlin, "2026-03-29T02:30:00", "2026-03-29T01:30:00Z");
        check(Tz::Australia__Lord_Howe, "2026-10-04T02:15:00", "2026-10-03T15:45:00Z");
        check(Tz::Pacific__Apia, "2011-12-30T12:00:00", "2011-12-30T22:00:00Z");
    }

    #[test]
    fn a_day_of_the_clock_change_has_23_or_25_hours() {
        let day = |from: &str, until: &str| dates(at(from), at(until), Tz::Europe__Berlin);
        let spring = day("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
        assert_eq!(spring, [("2026-03-29".parse().unwrap(), 23 * 60)]);
        let autumn = day("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
        assert_eq!(autumn, [("2026-10-25".parse().unwrap(), 25 * 60)]);
        let night = day("2026-10-24T20:07:00Z", "2026-10-24T23:50:30Z");
        let wanted = [("2026-10-24", 113), ("2026-10-25", 111)];
        assert_eq!(night, wanted.map(|(day, minutes)| (day.parse().unwrap(), minutes)));
    }
}
