//! Overtime by day and month, and when the last work outside the plan ended.
//!
//! Days are days of the person's own calendar. Minutes are kept, not hours, so that sums are exact.
//! Regular hours are not in it: they are the shifts of the roster.

use crate::engine::time::Timestamp;
use chrono::{Datelike, NaiveDate};
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
    use super::*;

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
}
