//! Overtime by day and month, and when the last work outside the plan ended.
//!
//! Days are days of the person's own calendar. Minutes are kept, not hours, so that sums are exact.
//! Regular hours are not in it: they are the shifts of the roster.

use super::Period;
use super::local::dates;
use crate::engine::time::Timestamp;
use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a person worked beyond the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    minutes: BTreeMap<NaiveDate, u32>,
    last_end: Option<Timestamp>,
}

impl Ledger {
    /// Books minutes on a day.
    pub fn add(&mut self, day: NaiveDate, minutes: u32) {
        let sum = self.minutes.entry(day).or_default();
        *sum = sum.saturating_add(minutes);
    }

    /// Sets the minutes of a day, whatever was booked before.
    pub fn set(&mut self, day: NaiveDate, minutes: u32) {
        if minutes == 0 {
            self.minutes.remove(&day);
        } else {
            self.minutes.insert(day, minutes);
        }
    }

    /// Notes when such work ended; the latest end is kept.
    pub fn ended(&mut self, at: Timestamp) {
        self.last_end = self.last_end.max(Some(at));
    }

    /// Books work on the person's own days. What lies in a shift is no overtime; a minute that was begun
    /// counts.
    pub fn work(&mut self, work: Period, shifts: &[Period], zone: Tz) {
        for free in work.outside(shifts) {
            for (day, minutes) in dates(free.from, free.until, zone) {
                self.add(day, minutes);
            }
            self.ended(free.until);
        }
    }

    /// When the last of it ended.
    pub const fn last_end(&self) -> Option<Timestamp> {
        self.last_end
    }

    /// Overtime of a day.
    pub fn day_minutes(&self, day: NaiveDate) -> u32 {
        self.minutes.get(&day).copied().unwrap_or(0)
    }

    /// Overtime of the calendar month of a day.
    pub fn month_minutes(&self, day: NaiveDate) -> u32 {
        let first = day.with_day(1).unwrap_or(day);
        let month = self.minutes.range(first..);
        let same = month.take_while(|(d, _)| (d.year(), d.month()) == (day.year(), day.month()));
        same.fold(0, |sum, (_, minutes)| sum.saturating_add(*minutes))
    }

    /// Days with overtime, in order.
    pub fn days(&self) -> impl Iterator<Item = (NaiveDate, u32)> {
        self.minutes.iter().map(|(day, minutes)| (*day, *minutes))
    }
}

#[cfg(test)]
mod tests {
    use super::super::local::date;
    use super::*;
    use crate::engine::time::Span;
    use proptest::prelude::*;

    #[test]
    fn a_month_is_a_calendar_month() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a date");
        let mut ledger = Ledger::default();
        for (date, minutes) in [("2026-10-31", 60), ("2026-11-01", 30), ("2026-11-30", 45)] {
            ledger.add(day(date), minutes);
        }
        ledger.add(day("2026-11-30"), 15);
        ledger.add(day("2026-12-01"), 500);
        ledger.add(day("2027-11-01"), 500);
        assert_eq!(ledger.month_minutes(day("2026-11-15")), 90);
        assert_eq!(ledger.day_minutes(day("2026-11-30")), 60);
        assert_eq!(ledger.month_minutes(day("2026-09-15")), 0);
        let at = Timestamp::from_secs;
        ledger.ended(at(9));
        ledger.ended(at(5));
        assert_eq!(ledger.last_end(), Some(at(9)));
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).expect("an instant")
    }

    /// Days and minutes of a stretch of work.
    fn booked(from: &str, until: &str, shifts: &[Period], zone: Tz) -> Vec<(String, u32)> {
        let mut ledger = Ledger::default();
        ledger.work(Period::new(at(from), at(until)).expect("has a length"), shifts, zone);
        ledger.days().map(|(day, minutes)| (day.to_string(), minutes)).collect()
    }

    fn days(wanted: &[(&str, u32)]) -> Vec<(String, u32)> {
        wanted.iter().map(|(day, minutes)| ((*day).to_owned(), *minutes)).collect()
    }

    #[test]
    fn work_is_parted_by_the_persons_own_midnight() {
        let (from, until) = ("2026-11-28T14:30:00Z", "2026-11-28T17:00:20Z");
        let shanghai = booked(from, until, &[], Tz::Asia__Shanghai);
        assert_eq!(shanghai, days(&[("2026-11-28", 90), ("2026-11-29", 61)]), "begun counts");
        assert_eq!(booked(from, until, &[], Tz::UTC), days(&[("2026-11-28", 151)]));
    }

    #[test]
    fn a_night_of_the_clock_change_is_as_long_as_it_is() {
        let berlin = |from, until| booked(from, until, &[], Tz::Europe__Berlin);
        // Midnight until six on the wall.
        let spring = berlin("2026-03-28T23:00:00Z", "2026-03-29T04:00:00Z");
        assert_eq!(spring, days(&[("2026-03-29", 5 * 60)]));
        let autumn = berlin("2026-10-24T22:00:00Z", "2026-10-25T05:00:00Z");
        assert_eq!(autumn, days(&[("2026-10-25", 7 * 60)]));
    }

    #[test]
    fn what_lies_in_a_shift_is_no_overtime_and_the_last_end_is_that_of_the_overtime() {
        let shift = Period::new(at("2026-11-28T01:00:00Z"), at("2026-11-28T09:00:00Z"));
        let shifts: Vec<_> = shift.into_iter().collect();
        let zone = Tz::Asia__Shanghai;
        let before = booked("2026-11-28T00:30:00Z", "2026-11-28T04:00:00Z", &shifts, zone);
        assert_eq!(before, days(&[("2026-11-28", 30)]));
        let around = booked("2026-11-28T00:30:00Z", "2026-11-28T09:10:00Z", &shifts, zone);
        assert_eq!(around, days(&[("2026-11-28", 40)]));
        let mut ledger = Ledger::default();
        let work = |from, until| Period::new(at(from), at(until)).expect("has a length");
        ledger.work(work("2026-11-28T02:00:00Z", "2026-11-28T03:00:00Z"), &shifts, zone);
        assert_eq!(ledger, Ledger::default());
        ledger.work(work("2026-11-28T00:00:00Z", "2026-11-28T03:00:00Z"), &shifts, zone);
        assert_eq!(ledger.last_end(), Some(at("2026-11-28T01:00:00Z")));
    }

    proptest! {
        /// Whatever the clock does: all of the work, with less than a minute more for each day.
        #[test]
        fn no_minute_is_lost_and_none_invented(
            start in 0..(366 * 24 * 3_600_i64), seconds in 1..(24 * 3_600_i64),
            zone in prop::sample::select(vec![
                Tz::Asia__Shanghai, Tz::Europe__Berlin, Tz::Australia__Lord_Howe, Tz::Asia__Kathmandu,
            ]),
        ) {
            let from = at("2026-01-01T00:00:00Z") + Span::secs(start);
            let work = Period::new(from, from + Span::secs(seconds)).expect("has a length");
            let mut ledger = Ledger::default();
            ledger.work(work, &[], zone);
            let booked: Vec<_> = ledger.days().collect();
            let sum: i64 = booked.iter().map(|(_, minutes)| i64::from(*minutes) * 60).sum();
            prop_assert!(booked.len() <= 2);
            prop_assert!(seconds <= sum && sum < seconds + 60 * booked.len() as i64);
            prop_assert_eq!(booked.first().map(|one| one.0), Some(date(work.from, zone)));
            prop_assert_eq!(ledger.last_end(), Some(work.until));
        }
    }
}
