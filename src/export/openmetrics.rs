//! The history for a Prometheus: what would it have scraped, had it been there?
//!
//! The text form of OpenMetrics 1.0 with a time on each sample, which `promtool tsdb
//! create-blocks-from openmetrics` makes blocks of. Names and labels are those of `/metrics`, so
//! that a board shows the past beside the present; `job` and `instance` are what a scrape would
//! have added. Counters begin at 0 with the export, and a sample stands at the end of its interval.
//!
//! It tells what the journal keeps of intervals: calls and what was expected of them. Levels and
//! verdicts are in the log book, agents and waiting calls of the past are not kept. Calls that
//! left in another way are kept without the reason that `/metrics` tells, and are left out.

use super::ExportError;
use super::intervals::{Ask, Judged, Units, each_row};
use super::step::{Steps, Sum};
use crate::engine::time::Timestamp;
use crate::journal::History;
use crate::metrics::catalogue::{
    CALLS_ABANDONED, CALLS_ANSWERED, CALLS_IN_TARGET, CALLS_OFFERED, CALLS_REFUSED, EXPECTED,
    Family,
};
use crate::metrics::label_value;
use std::fmt::Write as _;
use std::io::Write;

/// Labels that a scrape adds.
#[derive(Clone, Debug)]
pub struct Target {
    /// `job`.
    pub job: String,
    /// `instance`.
    pub instance: String,
}

type Count = fn(&Sum) -> Option<i64>;

const COUNTERS: [(Family, Count); 5] = [
    (CALLS_OFFERED, |sum| sum.offered),
    (CALLS_ANSWERED, |sum| sum.answered),
    (CALLS_IN_TARGET, |sum| sum.answered_in_target),
    (CALLS_ABANDONED, |sum| sum.abandoned),
    (CALLS_REFUSED, |sum| sum.refused),
];

/// Writes the samples of all queues of `units`, family by family and queue by queue, as the form
/// demands. `progress` is told of each finished queue of a family, [`passes`] times in all. The number of
/// samples is returned.
///
/// # Errors
/// If the journal cannot be read or the text not be written.
pub fn write<W: Write>(
    history: &dyn History,
    ask: &Ask,
    units: &Units,
    target: &Target,
    out: &mut W,
    mut progress: impl FnMut(),
) -> Result<u64, ExportError> {
    let mut samples = 0;
    for (family, count) in COUNTERS {
        head(out, &family, "counter")?;
        each_queue(ask, units, target, |ask, labels| {
            let mut total = None;
            each_sum(history, ask, |sum| {
                let Some(calls) = count(&sum) else { return Ok(()) };
                if total.is_none() {
                    samples += sample(out, &family, labels, &0, sum.start)?;
                }
                let now = total.unwrap_or(0) + calls.max(0);
                total = Some(now);
                samples += sample(out, &family, labels, &now, sum.end)?;
                Ok(())
            })?;
            progress();
            Ok(())
        })?;
    }
    head(out, &EXPECTED, "gauge")?;
    each_queue(ask, units, target, |ask, labels| {
        each_sum(history, ask, |sum| {
            let Some(calls) = sum.expected else { return Ok(()) };
            samples += sample(out, &EXPECTED, labels, &calls, sum.end)?;
            Ok(())
        })?;
        progress();
        Ok(())
    })?;
    writeln!(out, "# EOF")?;
    Ok(samples)
}

/// How often [`write()`] tells of progress.
pub fn passes(ask: &Ask, units: &Units) -> usize {
    let queues = ask.queue.as_ref().map_or(units.len(), |_| 1);
    queues * (COUNTERS.len() + 1)
}

fn each_queue(
    ask: &Ask,
    units: &Units,
    target: &Target,
    mut each: impl FnMut(&Ask, &str) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    for (queue, unit) in units {
        if ask.queue.as_ref().is_some_and(|wanted| wanted != queue) {
            continue;
        }
        let labels = labels(&[
            ("job", &target.job),
            ("instance", &target.instance),
            ("unit", &label_value(unit)),
            ("queue", &label_value(queue)),
        ]);
        each(&Ask { queue: Some(queue.clone()), ..ask.clone() }, &labels)?;
    }
    Ok(())
}

fn each_sum(
    history: &dyn History,
    ask: &Ask,
    mut each: impl FnMut(Sum) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut judged = Judged::default();
    let mut steps = Steps::new(ask.step, ask.zone);
    each_row(history, ask, |row| match judged.add(row) {
        Some(mut row) => {
            // Another source may have been judged later; its calls are the same queue's.
            row.source.clear();
            steps.add(row).into_iter().try_for_each(&mut each)
        }
        None => Ok(()),
    })?;
    if let Some(mut last) = judged.finish() {
        last.source.clear();
        steps.add(last).into_iter().try_for_each(&mut each)?;
    }
    steps.finish().try_for_each(each)
}

fn head<W: Write>(out: &mut W, family: &Family, kind: &str) -> Result<(), ExportError> {
    let name = family.name.trim_end_matches("_total");
    writeln!(out, "# HELP {name} {}", family.help)?;
    writeln!(out, "# TYPE {name} {kind}")?;
    Ok(())
}

fn sample<W: Write>(
    out: &mut W,
    family: &Family,
    labels: &str,
    value: &dyn std::fmt::Display,
    at: Timestamp,
) -> Result<u64, ExportError> {
    let millis = at.as_millis();
    let (secs, part) = (millis.div_euclid(1_000), millis.rem_euclid(1_000));
    writeln!(out, "{}{labels} {value} {secs}.{part:03}", family.name)?;
    Ok(1)
}

fn labels(pairs: &[(&str, &str)]) -> String {
    let mut text = String::from("{");
    for (n, (name, value)) in pairs.iter().enumerate() {
        let comma = if n > 0 { "," } else { "" };
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        // Writing to a string does not fail.
        let _ = write!(text, "{comma}{name}=\"{value}\"");
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::time::Span;
    use crate::export::step::Step;
    use crate::journal::intervals::{IntervalQuery, IntervalRecord, Place};
    use crate::journal::{IncidentSummary, JournalError, LogbookPage, LogbookQuery};
    use chrono_tz::Tz;

    /// Rows of one queue that two sources tell of.
    struct Rows(Vec<IntervalRecord>);

    impl History for Rows {
        fn logbook(&self, _: &LogbookQuery) -> Result<LogbookPage, JournalError> {
            Ok(LogbookPage::default())
        }
        fn incidents(
            &self,
            _: Option<&str>,
            _: usize,
        ) -> Result<Vec<IncidentSummary>, JournalError> {
            Ok(Vec::new())
        }
        fn intervals(&self, query: &IntervalQuery) -> Result<Vec<IntervalRecord>, JournalError> {
            let wanted = |row: &&IntervalRecord| {
                query.queue.as_deref().is_none_or(|queue| queue == row.queue)
                    && row.place > query.after
                    && row.place.start < query.until
            };
            Ok(self.0.iter().filter(wanted).cloned().collect())
        }
    }

    fn row(series: i64, minute: i64, offered: i64, expected: Option<f64>) -> IntervalRecord {
        let place =
            Place { start: Timestamp::from_secs(minute * 60), series, length: Span::minutes(1) };
        IntervalRecord {
            place,
            queue: "a\"b".into(),
            source: series.to_string(),
            start: String::new(),
            end: String::new(),
            offered: Some(offered),
            answered: None,
            abandoned: None,
            refused: None,
            exited: None,
            answered_in_target: None,
            wait_seconds: None,
            talk_seconds: None,
            expected,
        }
    }

    #[test]
    fn counters_begin_at_nothing_and_count_each_call_once() {
        let rows =
            Rows(vec![row(1, 10, 99, None), row(2, 10, 4, Some(3.5)), row(2, 11, 6, Some(3.5))]);
        let ask = Ask {
            queue: None,
            since: Timestamp::from_secs(0),
            until: Timestamp::MAX,
            step: Step::Row,
            zone: Tz::UTC,
        };
        let units = Units::from([("a\"b".to_owned(), "u".to_owned())]);
        let target = Target { job: "j".into(), instance: "i".into() };
        let mut out = Vec::new();
        let mut told = 0;
        let samples = write(&rows, &ask, &units, &target, &mut out, || told += 1).expect("written");
        assert_eq!((samples, told), (5, passes(&ask, &units)));
        let text = String::from_utf8(out).expect("UTF-8");
        let of = r#"{job="j",instance="i",unit="u",queue="a\"b"}"#;
        let offered = format!(
            "# TYPE callsurge_queue_calls_offered counter\n\
             callsurge_queue_calls_offered_total{of} 0 600.000\n\
             callsurge_queue_calls_offered_total{of} 4 660.000\n\
             callsurge_queue_calls_offered_total{of} 10 720.000\n"
        );
        assert!(text.contains(&offered), "{text}");
        assert!(text.contains(&format!("callsurge_detection_expected_calls{of} 3.5 660.000\n")));
        assert!(!text.contains("answered_total{"), "what was not told is no zero: {text}");
        assert!(text.ends_with("# EOF\n"));
    }
}
