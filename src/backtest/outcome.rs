//! From judged rows to alarms and their rate.
//!
//! An alarm of a series is a run of its rows in alarm; holes of up to half an hour are bridged, a
//! closed period of more than two hours is not. What is tolerated is tolerated per unit, so the
//! rate is that of units: how often their volume became abnormal, as the engine counts it, from
//! where the baseline of the unit is settled; before, only gross surges are called.

use super::judge::Judged;
use super::series::Series;
use crate::engine::time::{Span, Timestamp};
use crate::engine::verdict::{Evidence, Method};
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Gamma};
use std::collections::BTreeSet;

/// Holes of an alarm up to this long are bridged.
const HOLE: Span = Span::minutes(30);
/// A gap that is longer ends an alarm.
const CLOSED: Span = Span::hours(2);
/// Time without rows that is longer is no part of a rate.
const ABSENT: Span = Span::hours(7 * 24);
const HOUR: Span = Span::hours(1);
/// Minutes of a month of 30 days.
const MONTH_MINUTES: f64 = 43_200.0;

/// An alarm of a queue, or of the sum of a unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alarm {
    /// Number of the series.
    pub series: usize,
    /// Estimated start of the surge.
    pub since: Timestamp,
    /// End of the row that raised the alarm.
    pub raised: Timestamp,
    /// End of its last row.
    pub cleared: Timestamp,
    /// Calls from the row that raised it to its last row, and calls expected in them.
    pub calls: f64,
    /// Calls expected in the same rows.
    pub expected: f64,
    /// Highest score.
    pub score: f64,
    /// The test that raised it.
    pub method: Method,
    /// Whether the baseline was provisional.
    pub learning: bool,
    /// Evidence of the row that raised it.
    pub evidence: Evidence,
}

/// A rate with its 95 % interval (exact for a Poisson count: Garwood 1936).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// Events that were counted.
    pub count: usize,
    /// Months in which they were.
    pub months: f64,
    /// Events a month.
    pub per_month: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Rate {
    /// So many events in so many months.
    ///
    /// ```
    /// use callsurge::backtest::outcome::Rate;
    /// let rate = Rate::of(4, 2.0);
    /// // Garwood's limits of a count of 4 are 1.090 and 10.242.
    /// assert!((rate.low - 0.545).abs() < 1e-3 && (rate.high - 5.121).abs() < 1e-3);
    /// ```
    pub fn of(count: usize, months: f64) -> Self {
        let quantile = |shape: f64, p: f64| match Gamma::new(shape, 1.0) {
            Ok(gamma) if shape > 0.0 => gamma.inverse_cdf(p),
            Ok(_) | Err(_) => 0.0,
        };
        let (n, months_min) = (count as f64, months.max(f64::MIN_POSITIVE));
        Self {
            count,
            months,
            per_month: if months > 0.0 { n / months } else { 0.0 },
            low: quantile(n, 0.025) / months_min,
            high: if months > 0.0 { quantile(n + 1.0, 0.975) / months } else { f64::INFINITY },
        }
    }
}

/// The alarms of all series, in order of the instants at which they were raised.
pub fn alarms(series: &[Series]) -> Vec<Alarm> {
    let mut alarms: Vec<Alarm> =
        series.iter().enumerate().flat_map(|(number, one)| of_series(number, &one.rows)).collect();
    alarms.sort_by_key(|alarm| (alarm.raised, alarm.series));
    alarms
}

/// Share of rows that were in alarm.
pub fn in_alarm<'a>(rows: impl Iterator<Item = &'a Judged>) -> f64 {
    let (mut all, mut on) = (0_usize, 0_usize);
    for row in rows {
        all += 1;
        on += usize::from(row.alarm);
    }
    on as f64 / all.max(1) as f64
}

/// The time of a unit that its rate is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settled {
    /// Start of the first row that was judged on a settled baseline.
    pub from: Timestamp,
    /// Months from there to the end of the last row; time without a row for over a week is not in
    /// them.
    pub months: f64,
}

impl Settled {
    /// Of the series of one unit; `None` where nothing was settled.
    pub fn of(series: &[&Series]) -> Option<Self> {
        let first = |one: &&Series| one.rows.iter().find(|row| row.is_settled()).map(|r| r.start);
        let from = series.iter().filter_map(first).min()?;
        let to = series.iter().filter_map(|one| one.rows.last()).map(|row| row.end).max()?;
        let hours = series.iter().flat_map(|one| &one.rows).map(|row| row.end.floor(HOUR));
        let hours: BTreeSet<Timestamp> = hours.filter(|hour| *hour >= from).collect();
        let pairs = hours.iter().zip(hours.iter().skip(1));
        let gaps = pairs.map(|(a, b)| *b - *a).filter(|gap| *gap > ABSENT);
        let minutes = gaps.fold(to - from, |all, gap| all - gap).as_minutes_f64();
        Some(Self { from, months: minutes / MONTH_MINUTES })
    }

    /// Rate of the alarms of a unit.
    pub fn rate(settled: Option<Self>, alarms: &[Timestamp]) -> Rate {
        let Some(Self { from, months }) = settled else { return Rate::of(0, 0.0) };
        Rate::of(alarms.iter().filter(|at| **at > from).count(), months)
    }
}

fn of_series(series: usize, rows: &[Judged]) -> Vec<Alarm> {
    let mut alarms: Vec<Alarm> = Vec::new();
    let mut open = false;
    let mut last_end = Timestamp::MIN;
    for row in rows {
        open &= row.start <= last_end + CLOSED;
        last_end = row.end;
        let Some(evidence) = row.evidence.filter(|_| row.alarm) else { continue };
        let (calls, expected) = (f64::from(row.calls), evidence.expected);
        match alarms.last_mut() {
            Some(alarm) if open && row.start <= alarm.cleared + HOLE => {
                alarm.cleared = row.end;
                alarm.calls += calls;
                alarm.expected += expected;
                alarm.score = alarm.score.max(evidence.score);
            }
            Some(_) | None => alarms.push(Alarm {
                series,
                since: evidence.since,
                raised: row.end,
                cleared: row.end,
                calls,
                expected,
                score: evidence.score,
                method: evidence.method,
                learning: evidence.learning,
                evidence,
            }),
        }
        open = true;
    }
    alarms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::observation::UnitId;
    use crate::engine::verdict::Verdict;

    fn judged(minute: i64, alarm: bool) -> Judged {
        let start = Timestamp::from_secs(minute * 60);
        let end = start + Span::minutes(5);
        let evidence = Evidence {
            at: end,
            length: Span::minutes(5),
            observed: 20.0,
            expected: 10.0,
            upper: 15.0,
            since: start,
            score: 5.0,
            threshold: 4.0,
            method: Method::Step,
            chance_per_month: Some(0.5),
            learning: minute == 0,
        };
        let verdict = if alarm { Verdict::Surge(evidence) } else { Verdict::Normal(evidence) };
        Judged::of(0, (start, end), 20, &verdict)
    }

    fn series() -> Series {
        let rows = [0, 5, 30, 90, 400].map(|minute| judged(minute, true));
        let calm = (0..12).map(|i| judged(500 + 5 * i, false));
        let rows = rows.into_iter().chain(calm).collect();
        Series { name: "a".into(), queue: Some("a".into()), unit: UnitId(0), rows }
    }

    #[test]
    fn holes_are_bridged_and_closed_hours_are_not() {
        let series = [series()];
        let alarms = alarms(&series);
        let minutes: Vec<_> = alarms
            .iter()
            .map(|a| (a.raised.as_millis() / 60_000, a.cleared.as_millis() / 60_000))
            .collect();
        assert_eq!(minutes, [(5, 35), (95, 95), (405, 405)]);
        assert_eq!((alarms[0].calls, alarms[0].expected), (60.0, 30.0));
        assert!((in_alarm(series[0].rows.iter()) - 5.0 / 17.0).abs() < 1e-9);
    }

    #[test]
    fn the_rate_is_that_of_the_unit_from_where_its_baseline_is_settled() {
        let mut later = series();
        later.rows.push(judged(10 + 40 * 24 * 60, false));
        let series = [series(), later];
        let settled = Settled::of(&[&series[0]]);
        // The first row is provisional, the second begins at minute 5, the last ends at 560.
        let months = |of: &[&Series]| Settled::of(of).map_or(0.0, |settled| settled.months);
        assert!((months(&[&series[0]]) - 555.0 / MONTH_MINUTES).abs() < 1e-12);
        // Weeks without a row are not counted; hours are, from one to the other.
        let minutes = months(&[&series[0], &series[1]]) * MONTH_MINUTES;
        assert!((minutes - 550.0).abs() < 1e-6, "{minutes}");
        let alarms = [5, 35, 405].map(|minute| Timestamp::from_secs(minute * 60));
        assert_eq!(Settled::rate(settled, &alarms).count, 2);
        let none = Settled::rate(None, &alarms);
        assert_eq!((none.count, none.months), (0, 0.0));
    }

    #[test]
    fn no_alarm_has_a_rate_too() {
        let rate = Rate::of(0, 3.0);
        assert!(rate.low.abs() < 1e-12 && (rate.high - 3.689 / 3.0).abs() < 1e-3, "{rate:?}");
    }
}
