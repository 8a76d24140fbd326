//! Instants as files and wire write them.
//!
//! A hand-written reader instead of chrono's: it is several times faster, which decides how fast
//! a year of rows replays, and it takes the looser forms of spreadsheets too (a space instead of
//! `T`, `/` between the parts of a date, one-digit months, no seconds, a date alone).
//! It reads no month names and no day-first dates: those are ambiguous.

use crate::engine::time::Timestamp;
use chrono::{DateTime, MappedLocalTime, Offset, TimeZone};
use chrono_tz::Tz;

/// The earliest instant that is taken for a real one: 1990-01-01T00:00:00Z. Clocks that were never
/// set say 1970, 1980 or 1899; records of calls that people still study reach back to the nineties.
pub(crate) const EARLIEST: Timestamp = Timestamp::from_secs(631_152_000);
/// The first instant that is not: 2100-01-01T00:00:00Z.
pub(crate) const LATEST: Timestamp = Timestamp::from_secs(4_102_444_800);

const DAY_MILLIS: i64 = 86_400_000;

/// What a stamp says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// It has an offset.
    Absolute(Timestamp),
    /// It has none: milliseconds from 1970-01-01T00:00:00 of the local clock.
    Naive(i64),
}

/// Whether an instant lies where call centres do.
pub(crate) fn plausible(at: Timestamp) -> bool {
    (EARLIEST..LATEST).contains(&at)
}

/// Reads a stamp; `None` where it is none.
pub(crate) fn parse(text: &[u8]) -> Option<Stamp> {
    let mut rest = Cursor(text);
    let year = rest.digits(4, 4)?;
    let separator = rest.one_of(b"-/")?;
    let month = rest.digits(1, 2)?;
    rest.one_of(&[separator])?;
    let day = rest.digits(1, 2)?;
    let days = days_from_civil(year, month, day)?;
    let mut millis = days * DAY_MILLIS;
    if rest.0.is_empty() {
        return Some(Stamp::Naive(millis));
    }
    rest.one_of(b"Tt ")?;
    millis += rest.time_of_day()?;
    match rest.offset_minutes() {
        Some(None) => Some(Stamp::Naive(millis)),
        Some(Some(minutes)) => {
            Some(Stamp::Absolute(Timestamp::from_millis(millis - minutes * 60_000)))
        }
        None => None,
    }
}

struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn digits(&mut self, least: usize, most: usize) -> Option<i64> {
        let mut value = 0;
        let mut taken = 0;
        while taken < most
            && let Some(digit) = self.0.get(taken).filter(|b| b.is_ascii_digit())
        {
            value = value * 10 + i64::from(digit - b'0');
            taken += 1;
        }
        if taken < least {
            return None;
        }
        self.0 = &self.0[taken..];
        Some(value)
    }

    fn one_of(&mut self, wanted: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        if !wanted.contains(first) {
            return None;
        }
        self.0 = rest;
        Some(*first)
    }

    fn time_of_day(&mut self) -> Option<i64> {
        let hour = self.digits(1, 2)?;
        self.one_of(b":")?;
        let minute = self.digits(2, 2)?;
        let mut millis = 0;
        if self.one_of(b":").is_some() {
            let second = self.digits(2, 2)?;
            if second > 60 {
                return None;
            }
            millis = second * 1_000;
            if self.one_of(b".,").is_some() {
                millis += self.fraction_millis()?;
            }
        }
        // ISO 8601 lets a day end at 24:00.
        let end_of_day = hour == 24 && minute == 0 && millis == 0;
        if (hour > 23 && !end_of_day) || minute > 59 {
            return None;
        }
        Some(millis + hour * 3_600_000 + minute * 60_000)
    }

    fn fraction_millis(&mut self) -> Option<i64> {
        let before = self.0.len();
        let value = self.digits(1, 9)?;
        let taken = before - self.0.len();
        let scale = i32::try_from(taken).ok()? - 3;
        let ten = 10_i64.checked_pow(scale.unsigned_abs())?;
        Some(if scale >= 0 { value / ten } else { value * ten })
    }

    /// The rest of the text as an offset: `Some(None)` where there is nothing.
    fn offset_minutes(&mut self) -> Option<Option<i64>> {
        if self.0.is_empty() {
            return Some(None);
        }
        let sign = match self.one_of(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return self.0.is_empty().then_some(Some(0)),
        };
        let hours = self.digits(2, 2)?;
        let minutes = if self.0.is_empty() {
            0
        } else {
            let _ = self.one_of(b":");
            self.digits(2, 2)?
        };
        let sound = hours <= 23 && minutes <= 59 && self.0.is_empty();
        sound.then_some(Some(sign * (hours * 60 + minutes)))
    }
}

/// Days from 1970-01-01 in the Gregorian calendar (H. Hinnant, "chrono-compatible low-level date
/// algorithms"); `None` for a day that does not exist.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// A time zone that remembers the offset of the day it was last asked about.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    tz: Tz,
    day: Option<(i64, i64)>,
}

impl Zone {
    pub(crate) fn new(tz: Tz) -> Self {
        Self { tz, day: None }
    }

    /// The instant that a local clock showed; of two the earlier one, `None` where the clock
    /// was put forward over it.
    pub(crate) fn instant(&mut self, naive: i64) -> Option<Timestamp> {
        self.instant_after(naive, Timestamp::MIN)
    }

    /// The same, but of two the earlier one that is later than `after`: who writes in order of time comes to an
    /// hour that is repeated a second time.
    pub(crate) fn instant_after(&mut self, naive: i64, after: Timestamp) -> Option<Timestamp> {
        let day = naive.div_euclid(DAY_MILLIS);
        if let Some((known, offset)) = self.day
            && known == day
        {
            return Some(Timestamp::from_millis(naive - offset));
        }
        let midnight = self.offsets(day * DAY_MILLIS)?.single();
        let next = self.offsets((day + 1) * DAY_MILLIS)?.single();
        // No zone changes its offset twice within a day and back again.
        if let (Some(offset), true) = (midnight, midnight == next) {
            self.day = Some((day, offset));
        }
        let instant = |offset| Timestamp::from_millis(naive - offset);
        let offsets = self.offsets(naive)?;
        let (first, last) = (instant(offsets.earliest()?), instant(offsets.latest()?));
        Some(if first > after { first } else { last })
    }

    fn offsets(&self, naive: i64) -> Option<MappedLocalTime<i64>> {
        let local = DateTime::from_timestamp_millis(naive)?.naive_utc();
        let offsets = self.tz.offset_from_local_datetime(&local);
        Some(offsets.map(|o| i64::from(o.fix().local_minus_utc()) * 1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utc(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn stamps_with_an_offset_are_instants() {
        for text in [
            "2026-11-24T08:00:00+08:00",
            "2026-11-24T00:00:00Z",
            "2026-11-24 00:00:00.000z",
            "2026/11/24 0:00Z",
            "2026-11-23T18:30:00-0530",
            "2026-11-24T08:00:00+08",
            "2026-11-23T24:00Z",
        ] {
            let wanted = Some(Stamp::Absolute(utc("2026-11-24T00:00:00Z")));
            assert_eq!(parse(text.as_bytes()), wanted, "{text}");
        }
        let fine = parse(b"2026-11-24T00:00:00.1239Z");
        assert_eq!(fine, Some(Stamp::Absolute(utc("2026-11-24T00:00:00.123Z"))));
    }

    #[test]
    fn what_is_no_stamp_is_none() {
        for text in [
            "",
            "x",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-00-10",
            "2026-01-00",
            "26-01-01",
            "2026-01-01T",
            "2026-01-01T24:01",
            "2026-01-01T25:00",
            "2026-01-01T10:60",
            "2026-01-01T10:00:61",
            "2026-01-01T10:00:00+",
            "2026-01-01T10:00:00Zx",
            "2026-01/01",
            "01/02/2026",
            "2026-01-01T10:00:00+25:00",
            "2026-01-01T10:00:00.Z",
            "-2026-01-01",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
        assert!(parse(b"2024-02-29").is_some());
        assert!(parse(b"2000-02-29").is_some());
        assert!(parse(b"2100-02-29").is_none());
    }

    #[test]
    fn a_local_clock_is_read_in_its_zone() {
        let mut zone = Zone::new(chrono_tz::US::Eastern);
        let cases = [
            ("2026-03-07T12:00:00", Some("2026-03-07T17:00:00Z")),
            ("2026-03-08T01:59:00", Some("2026-03-08T06:59:00Z")),
            ("2026-03-08T02:30:00", None),
            ("2026-03-08T03:00:00", Some("2026-03-08T07:00:00Z")),
            ("2026-11-01T01:30:00", Some("2026-11-01T05:30:00Z")),
            ("2026-11-01T02:00:00", Some("2026-11-01T07:00:00Z")),
            ("2026-11-02T12:00:00", Some("2026-11-02T17:00:00Z")),
            ("2026-11-02T12:05:00", Some("2026-11-02T17:05:00Z")),
        ];
        for (local, wanted) in cases {
            let Some(Stamp::Naive(naive)) = parse(local.as_bytes()) else { panic!("{local}") };
            assert_eq!(zone.instant(naive), wanted.map(utc), "{local}");
        }
    }

    #[test]
    fn a_repeated_hour_is_the_second_one_after_the_first() {
        let mut zone = Zone::new(chrono_tz::US::Eastern);
        let mut before = Timestamp::MIN;
        for (local, wanted) in [
            ("2026-11-01T01:00", "2026-11-01T05:00:00Z"),
            ("2026-11-01T01:30", "2026-11-01T05:30:00Z"),
            ("2026-11-01T01:00", "2026-11-01T06:00:00Z"),
            ("2026-11-01T01:30", "2026-11-01T06:30:00Z"),
            ("2026-11-01T02:00", "2026-11-01T07:00:00Z"),
        ] {
            let Some(Stamp::Naive(naive)) = parse(local.as_bytes()) else { panic!("{local}") };
            let at = zone.instant_after(naive, before);
            assert_eq!(at, Some(utc(wanted)), "{local}");
            before = utc(wanted);
        }
    }

    proptest! {
        #[test]
        fn agrees_with_chrono(secs in -30_000_000_000_i64..30_000_000_000) {
            let at = Timestamp::from_secs(secs);
            let text = at.to_string();
            prop_assert_eq!(parse(text.as_bytes()), Some(Stamp::Absolute(at)));
        }

        #[test]
        fn the_remembered_day_changes_nothing(
            millis in 0_i64..4_000_000_000_000,
            step in 0_i64..90_000_000,
        ) {
            let mut remembers = Zone::new(chrono_tz::Australia::Lord_Howe);
            remembers.instant(millis);
            let mut fresh = Zone::new(chrono_tz::Australia::Lord_Howe);
            prop_assert_eq!(remembers.instant(millis + step), fresh.instant(millis + step));
        }

        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = parse(&bytes);
        }
    }
}
