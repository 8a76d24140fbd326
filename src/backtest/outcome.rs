//! From judged rows to alarms and their rate.
//!
//! An alarm is a run of rows in alarm of one queue; holes of up to half an hour are bridged, a
//! closed period of more than two hours is not. Its rate counts from where the baseline of the
//! queue is settled: before, only gross surges are called.

use super::judge::{Judged, Judgement};
use crate::engine::time::{Span, Timestamp};
use crate::engine::verdict::{Evidence, Method};
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Gamma};

/// Holes of an alarm up to this long are bridged.
const HOLE: Span = Span::minutes(30);
/// A gap that is longer ends an alarm.
const CLOSED: Span = Span::hours(2);
/// Minutes of a month of 30 days.
const MONTH_MINUTES: f64 = 43_200.0;

/// An alarm of a queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alarm {
    /// Number of the queue.
    pub queue: usize,
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

/// What became of a history at one sensitivity.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The alarms, in order of the instants at which they were raised.
    pub alarms: Vec<Alarm>,
    /// Alarms on a settled baseline, per queue and month.
    pub rate: Rate,
    /// Share of the judged rows that were in alarm.
    pub in_alarm: f64,
}

impl Outcome {
    /// What a judgement comes to.
    pub fn of(judgement: &Judgement) -> Self {
        let mut alarms = Vec::new();
        let mut minutes = 0.0;
        for queue in 0..judgement.queues.len() {
            let rows: Vec<&Judged> =
                judgement.rows.iter().flatten().filter(|row| row.queue == queue).collect();
            let settled = rows.iter().find(|row| is_settled(row)).map(|row| row.start);
            if let Some((from, last)) = settled.zip(rows.last()) {
                minutes += (last.end - from).as_minutes_f64();
            }
            alarms.extend(of_queue(&rows));
        }
        alarms.sort_by_key(|alarm| (alarm.raised, alarm.queue));
        let count = alarms.iter().filter(|alarm| !alarm.learning).count();
        let judged = judgement.rows.iter().flatten().count().max(1);
        let on = judgement.rows.iter().flatten().filter(|row| row.alarm).count();
        Self {
            rate: Rate::of(count, minutes / MONTH_MINUTES),
            in_alarm: on as f64 / judged as f64,
            alarms,
        }
    }
}

fn is_settled(row: &Judged) -> bool {
    row.evidence.is_some_and(|evidence| !evidence.learning)
}

fn of_queue(rows: &[&Judged]) -> Vec<Alarm> {
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
                queue: row.queue,
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

    fn judged(minute: i64, alarm: bool) -> Option<Judged> {
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
            learning: false,
        };
        let (queue, calls, score) = (0, 20, 5.0);
        Some(Judged { queue, start, end, calls, alarm, score, evidence: Some(evidence) })
    }

    #[test]
    fn holes_are_bridged_and_closed_hours_are_not() {
        let rows = [0, 5, 30, 90, 400].map(|minute| judged(minute, true));
        let calm = (0..12).map(|i| judged(500 + 5 * i, false));
        let rows = rows.into_iter().chain([None]).chain(calm).collect();
        let outcome = Outcome::of(&Judgement { queues: vec!["a".into()], rows });
        let minutes: Vec<_> = outcome
            .alarms
            .iter()
            .map(|a| (a.raised.as_millis() / 60_000, a.cleared.as_millis() / 60_000))
            .collect();
        assert_eq!(minutes, [(5, 35), (95, 95), (405, 405)]);
        assert_eq!((outcome.alarms[0].calls, outcome.alarms[0].expected), (60.0, 30.0));
        assert_eq!(outcome.rate.count, 3);
        assert!((outcome.rate.months - 560.0 / MONTH_MINUTES).abs() < 1e-9);
        assert!((outcome.in_alarm - 5.0 / 17.0).abs() < 1e-9);
    }

    #[test]
    fn no_alarm_has_a_rate_too() {
        let rate = Rate::of(0, 3.0);
        assert!(rate.low.abs() < 1e-12 && (rate.high - 3.689 / 3.0).abs() < 1e-3, "{rate:?}");
    }
}
