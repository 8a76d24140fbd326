//! Sums of intervals: what is in an hour, what in a day?
//!
//! Steps are cut by the local clock, because that is how rosters and reports are: an hour of
//! Kathmandu begins at a quarter past one of UTC, and a day of the change of clocks has 23 or 25
//! hours. A row belongs to the step in which it begins; one that is longer keeps its own length.
//!
//! A step is given out once a row begins behind its end, so no more than the steps of one instant
//! are in memory. That takes rows in order of their starts.

use crate::engine::time::{Span, Timestamp};
use crate::journal::intervals::IntervalRecord;
use crate::roster::instant_of_local;
use chrono::{NaiveDateTime, NaiveTime, TimeZone, Timelike};
use chrono_tz::Tz;
use clap::ValueEnum;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Length of the intervals of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum, Deserialize)]
pub enum Step {
    /// The rows as their sources told them.
    #[default]
    #[value(name = "row")]
    #[serde(rename = "row")]
    Row,
    /// Quarters of an hour.
    #[value(name = "15m")]
    #[serde(rename = "15m")]
    Quarter,
    /// Half hours.
    #[value(name = "30m")]
    #[serde(rename = "30m")]
    HalfHour,
    /// Hours.
    #[value(name = "60m", alias = "1h")]
    #[serde(rename = "60m", alias = "1h")]
    Hour,
    /// Days of the local calendar.
    #[value(name = "day", alias = "1d")]
    #[serde(rename = "day", alias = "1d")]
    Day,
}

impl Step {
    /// Whether it is made of quarters of an hour, which are kept longer than rows.
    pub const fn of_quarters(self) -> bool {
        !matches!(self, Self::Row)
    }

    /// The step that an instant lies in.
    fn around(self, at: Timestamp, length: Span, zone: Tz) -> (Timestamp, Timestamp) {
        let minutes = match self {
            Self::Row => return (at, at + length),
            Self::Quarter => 15,
            Self::HalfHour => 30,
            Self::Hour => 60,
            Self::Day => return day(at, zone).unwrap_or((at, at + length)),
        };
        // Back from the instant, not down from local midnight: an hour that comes twice is two.
        let since = local(at, zone).time().num_seconds_from_midnight() % (minutes * 60);
        let millis = at.as_millis().rem_euclid(1_000);
        let start = at - Span::secs(i64::from(since)) - Span::millis(millis);
        (start, start + Span::minutes(i64::from(minutes)))
    }
}

/// From local midnight to the next, where chrono's calendar knows the dates.
fn day(at: Timestamp, zone: Tz) -> Option<(Timestamp, Timestamp)> {
    let date = local(at, zone).date();
    let midnight = |date: chrono::NaiveDate| instant_of_local(date.and_time(NaiveTime::MIN), zone);
    Some((midnight(date)?, midnight(date.succ_opt()?)?))
}

/// Local date and time of an instant.
pub(super) fn local(at: Timestamp, zone: Tz) -> NaiveDateTime {
    zone.from_utc_datetime(&at.to_chrono().unwrap_or_default().naive_utc()).naive_local()
}

/// Sums of an interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Sum {
    /// Queue.
    pub queue: String,
    /// Source.
    pub source: String,
    /// Start.
    pub start: Timestamp,
    /// End.
    pub end: Timestamp,
    /// How much of it was told.
    pub covered: Span,
    /// Calls offered.
    pub offered: Option<i64>,
    /// Calls answered.
    pub answered: Option<i64>,
    /// Callers that left.
    pub abandoned: Option<i64>,
    /// Calls not admitted.
    pub refused: Option<i64>,
    /// Calls that left in another way.
    pub exited: Option<i64>,
    /// Calls answered within the threshold.
    pub answered_in_target: Option<i64>,
    /// Sum of the waits of answered calls.
    pub wait_seconds: Option<f64>,
    /// Sum of talk time.
    pub talk_seconds: Option<f64>,
    /// Calls expected; unknown where that of a part is.
    pub expected: Option<f64>,
}

/// Sums rows that come in order of their starts.
#[derive(Clone, Debug)]
pub struct Steps {
    step: Step,
    zone: Tz,
    /// By start, queue, source and end.
    open: BTreeMap<(Timestamp, String, String, Timestamp), Sum>,
}

impl Steps {
    /// Sums to a step, cut by the clock of a zone.
    pub const fn new(step: Step, zone: Tz) -> Self {
        Self { step, zone, open: BTreeMap::new() }
    }

    /// Takes a row; the intervals that are complete before it begins, in order.
    pub fn add(&mut self, row: IntervalRecord) -> Vec<Sum> {
        let (start, length) = (row.place.start, row.place.length);
        let (mut from, mut to) = self.step.around(start, length, self.zone);
        if to - from < length {
            (from, to) = (start, start + length);
        }
        let mut done = Vec::new();
        while let Some(first) = self.open.first_entry()
            && first.key().3 <= start
        {
            done.push(first.remove());
        }
        let key = (from, row.queue.clone(), row.source.clone(), to);
        match self.open.get_mut(&key) {
            Some(sum) => sum.join(&Sum::of(row, from, to)),
            None => drop(self.open.insert(key, Sum::of(row, from, to))),
        }
        done
    }

    /// What is left, in order.
    pub fn finish(self) -> impl Iterator<Item = Sum> {
        self.open.into_values()
    }
}

impl Sum {
    fn of(row: IntervalRecord, start: Timestamp, end: Timestamp) -> Self {
        Self {
            queue: row.queue,
            source: row.source,
            start,
            end,
            covered: row.place.length,
            offered: row.offered,
            answered: row.answered,
            abandoned: row.abandoned,
            refused: row.refused,
            exited: row.exited,
            answered_in_target: row.answered_in_target,
            wait_seconds: row.wait_seconds,
            talk_seconds: row.talk_seconds,
            expected: row.expected,
        }
    }

    /// Adds what another tells of the same interval, or of another part of it.
    pub(super) fn join(&mut self, more: &Self) {
        self.covered += more.covered;
        for (sum, more) in [
            (&mut self.offered, more.offered),
            (&mut self.answered, more.answered),
            (&mut self.abandoned, more.abandoned),
            (&mut self.refused, more.refused),
            (&mut self.exited, more.exited),
            (&mut self.answered_in_target, more.answered_in_target),
        ] {
            *sum = told(*sum, more, |a, b| a + b);
        }
        self.wait_seconds = told(self.wait_seconds, more.wait_seconds, |a, b| a + b);
        self.talk_seconds = told(self.talk_seconds, more.talk_seconds, |a, b| a + b);
        self.expected = self.expected.zip(more.expected).map(|(a, b)| a + b);
    }
}

/// The sum of what was told; a part that tells nothing takes nothing away.
fn told<T>(a: Option<T>, b: Option<T>, add: impl FnOnce(T, T) -> T) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(add(a, b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::intervals::Place;

    fn row(queue: &str, at: Timestamp, minutes: i64, calls: i64) -> IntervalRecord {
        let length = Span::minutes(minutes);
        IntervalRecord {
            place: Place { length, ..Place::before(at) },
            queue: queue.into(),
            source: "s".into(),
            start: at.to_string(),
            end: (at + length).to_string(),
            offered: Some(calls),
            answered: None,
            abandoned: (calls > 2).then_some(1),
            refused: None,
            exited: None,
            answered_in_target: None,
            wait_seconds: None,
            talk_seconds: None,
            expected: Some(1.5),
        }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).expect("valid")
    }

    fn sums(step: Step, zone: Tz, rows: Vec<IntervalRecord>) -> Vec<Sum> {
        let mut steps = Steps::new(step, zone);
        let mut all: Vec<_> = rows.into_iter().flat_map(|row| steps.add(row)).collect();
        all.extend(steps.finish());
        all
    }

    fn starts(sums: &[Sum]) -> Vec<String> {
        sums.iter().map(|sum| sum.start.to_string()).collect()
    }

    #[test]
    fn rows_stay_as_they_are_and_in_order() {
        let t = at("2026-03-02T08:00:00Z");
        let rows = vec![row("b", t, 5, 1), row("a", t, 5, 2), row("b", t + Span::minutes(5), 5, 3)];
        let all = sums(Step::Row, Tz::UTC, rows);
        let told: Vec<_> = all.iter().map(|s| (s.queue.as_str(), s.offered, s.covered)).collect();
        let five = Span::minutes(5);
        assert_eq!(told, [("a", Some(2), five), ("b", Some(1), five), ("b", Some(3), five)]);
    }

    #[test]
    fn what_was_told_adds_up_and_an_unknown_expectation_stays_unknown() {
        let t = at("2026-03-02T08:00:00Z");
        let quarter = |n: i64| t + Span::minutes(15 * n);
        let mut last = row("a", quarter(3), 15, 1);
        last.expected = None;
        let rows = vec![row("a", t, 15, 1), row("a", quarter(1), 15, 3), last];
        let all = sums(Step::HalfHour, Tz::UTC, rows);
        assert_eq!(all.len(), 2);
        let first = (all[0].offered, all[0].abandoned, all[0].answered, all[0].expected);
        assert_eq!(first, (Some(4), Some(1), None, Some(3.0)));
        assert_eq!((all[1].covered, all[1].expected), (Span::minutes(15), None));
    }

    #[test]
    fn hours_and_days_follow_the_local_clock() {
        let nepal = Tz::Asia__Kathmandu;
        let t = at("2026-03-02T08:00:00Z");
        let all = sums(Step::Hour, nepal, vec![row("a", t, 15, 1)]);
        assert_eq!(starts(&all), ["2026-03-02T07:15:00Z"]);
        let day = |text| sums(Step::Day, Tz::America__New_York, vec![row("a", at(text), 15, 1)]);
        let length = |sums: &[Sum]| sums[0].end - sums[0].start;
        assert_eq!(length(&day("2026-03-08T12:00:00Z")), Span::hours(23));
        assert_eq!(length(&day("2026-11-01T12:00:00Z")), Span::hours(25));
        assert_eq!(starts(&day("2026-11-02T04:59:00Z")), ["2026-11-01T04:00:00Z"]);
    }

    #[test]
    fn an_hour_that_comes_twice_is_two() {
        let zone = Tz::America__New_York;
        let t = at("2026-11-01T05:00:00Z");
        let rows = (0..8).map(|n| row("a", t + Span::minutes(15 * n), 15, 1)).collect();
        let all = sums(Step::Hour, zone, rows);
        assert_eq!(starts(&all), ["2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z"]);
        assert_eq!(all[0].offered, Some(4));
    }

    #[test]
    fn a_row_longer_than_the_step_keeps_its_length() {
        let t = at("2026-03-02T08:00:00Z");
        let rows = vec![
            row("day", t, 24 * 60, 9),
            row("a", t, 15, 1),
            row("a", t + Span::minutes(15), 15, 1),
        ];
        let all = sums(Step::Quarter, Tz::UTC, rows);
        let told: Vec<_> = all.iter().map(|s| (s.queue.as_str(), s.end - s.start)).collect();
        let quarter = Span::minutes(15);
        assert_eq!(told, [("a", quarter), ("day", Span::hours(24)), ("a", quarter)]);
    }
}
