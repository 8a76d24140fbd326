//! When running totals begin anew, if the ACD does not say.
//!
//! A total that went down was reset: that needs no settings. A total that is higher after the
//! reset than before it (a night without polls, a busy first minute) shows nothing; then the
//! epoch tells. Clocks differ, and an ACD may be late with its reset: around the boundary the
//! epoch is unknown, so that a total of yesterday that is read just after midnight is not counted
//! as the calls of today. Unknown is not another epoch: there a decrease decides, as always.

use crate::engine::time::{Span, Timestamp};
use crate::ingest::instant::Zone;
use chrono::{Datelike, TimeZone};
use chrono_tz::Tz;

/// How late an ACD may be with its reset.
pub const LATE_MAX: Span = Span::minutes(2);

/// When running totals begin anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reset {
    /// At no instant that is known; a decrease shows it.
    #[default]
    Unknown,
    /// At each local midnight.
    Midnight,
    /// At each full hour.
    Hour,
    /// At each full and half hour.
    HalfHour,
}

impl Reset {
    /// Since when the totals of an instant count, if that is sure.
    pub fn epoch(self, at: Timestamp, zone: Tz) -> Option<Timestamp> {
        // Hours of the local clock: some zones are half an hour off the others.
        let since_midnight = |step: Span| {
            let midnight = midnight(at, zone)?;
            let steps = (at - midnight).as_millis() / step.as_millis();
            Some(midnight + step * steps)
        };
        let begun = match self {
            Self::Unknown => return None,
            Self::Midnight => midnight(at, zone)?,
            Self::Hour => since_midnight(Span::hours(1))?,
            Self::HalfHour => since_midnight(Span::minutes(30))?,
        };
        (at - begun >= LATE_MAX).then_some(begun)
    }
}

/// The beginning of the local day of an instant.
pub fn midnight(at: Timestamp, zone: Tz) -> Option<Timestamp> {
    let date = zone.from_utc_datetime(&at.to_chrono()?.naive_utc()).date_naive();
    let days = i64::from(date.num_days_from_ce()) - DAYS_TO_1970;
    let mut local = Zone::new(zone);
    // Some zones put the clock forward at midnight: the day begins at one.
    (0..=3).find_map(|hour| local.instant(days * DAY_MILLIS + hour * 3_600_000))
}

const DAY_MILLIS: i64 = 86_400_000;
/// Number of 1970-01-01 where 0001-01-01 is 1.
const DAYS_TO_1970: i64 = 719_163;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn a_day_begins_at_local_midnight() {
        let begun = |text, zone| midnight(at(text), zone).unwrap();
        let shanghai = begun("2026-11-24T08:00:00Z", Tz::Asia__Shanghai);
        assert_eq!(shanghai, at("2026-11-23T16:00:00Z"));
        assert_eq!(begun("2026-11-23T15:59:59Z", Tz::Asia__Shanghai), at("2026-11-22T16:00:00Z"));
        assert_eq!(begun("2026-11-24T00:00:00Z", Tz::UTC), at("2026-11-24T00:00:00Z"));
        // Summer time of Cuba begins at midnight: this day has none.
        assert_eq!(begun("2026-03-08T12:00:00Z", Tz::America__Havana), at("2026-03-08T05:00:00Z"));
    }

    #[test]
    fn around_the_boundary_the_epoch_is_unknown() {
        let epoch = |reset: Reset, text| reset.epoch(at(text), Tz::UTC);
        assert_eq!(epoch(Reset::Midnight, "2026-11-24T00:01:59Z"), None);
        let today = Some(at("2026-11-24T00:00:00Z"));
        assert_eq!(epoch(Reset::Midnight, "2026-11-24T00:02:00Z"), today);
        assert_eq!(epoch(Reset::Midnight, "2026-11-24T23:59:59Z"), today);
        let half = Some(at("2026-11-24T10:30:00Z"));
        assert_eq!(epoch(Reset::HalfHour, "2026-11-24T10:35:00Z"), half);
        assert_eq!(epoch(Reset::Hour, "2026-11-24T10:35:00Z"), Some(at("2026-11-24T10:00:00Z")));
        let india = Reset::Hour.epoch(at("2026-11-24T10:35:00Z"), Tz::Asia__Kolkata);
        assert_eq!(india, Some(at("2026-11-24T10:30:00Z")));
        assert_eq!(epoch(Reset::Unknown, "2026-11-24T10:35:00Z"), None);
    }
}
