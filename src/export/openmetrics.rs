//! The history for a Prometheus: what would it have scraped, had it been there?
//!
//! The text form of OpenMetrics 1.0 with a time on each sample, which `promtool tsdb
//! create-blocks-from openmetrics` makes blocks of. Names and labels are those of `/metrics`;
//! `job` and `instance` are what a scrape would have added. Counters begin at 0 with the export, and a
//! sample stands at the end of its interval.
//!
//! The form wants the samples of a family together and the journal is read queue by queue, so each
//! family is written to a file of its own first. A queue is counted by one source at a time: where
//! another takes over, its calls are the same queue's.
//!
//! It tells what the journal keeps of intervals: calls, and of rows what was expected of them; of
//! queues, not the sums of units. Levels and verdicts are in the log book, agents and waiting calls of the past
//! are not kept. Calls that left in another way are kept without the reason that `/metrics` tells, and are left out.

use super::ExportError;
use super::intervals::{Ask, Units, each_row};
use super::step::{Step, Steps, Sum};
use crate::engine::time::Timestamp;
use crate::journal::History;
use crate::metrics::catalogue::{
    CALLS_ABANDONED, CALLS_ANSWERED, CALLS_IN_TARGET, CALLS_OFFERED, CALLS_REFUSED, EXPECTED,
    Family, Kind, OBSERVED,
};
use crate::metrics::label_value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

/// Labels that a scrape adds.
#[derive(Clone, Debug)]
pub struct Target {
    /// `job`.
    pub job: String,
    /// `instance`.
    pub instance: String,
}

/// What a family has of an interval.
type Value = fn(&Sum) -> Option<f64>;

const COUNTERS: [(Family, Value); 5] = [
    (CALLS_OFFERED, |sum| count(sum.offered)),
    (CALLS_ANSWERED, |sum| count(sum.answered)),
    (CALLS_IN_TARGET, |sum| count(sum.answered_in_target)),
    (CALLS_ABANDONED, |sum| count(sum.abandoned)),
    (CALLS_REFUSED, |sum| count(sum.refused)),
];
/// Of rows alone: they are about the interval that is judged.
const GAUGES: [(Family, Value); 2] = [
    (OBSERVED, |sum| sum.expected.and(count(Some(sum.offered? + sum.refused.unwrap_or(0))))),
    (EXPECTED, |sum| sum.expected),
];

/// Counts are far below 2^53.
fn count(calls: Option<i64>) -> Option<f64> {
    calls.map(|calls| calls.max(0) as f64)
}

/// Writes the samples of the queues of `units` that are asked for. `progress` is told of each finished
/// queue, of [`queues`]. The number of samples is returned.
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
    let gauges = if matches!(ask.step, Step::Row) { &GAUGES[..] } else { &[] };
    let families = COUNTERS.iter().chain(gauges);
    let mut parts = families.map(Part::new).collect::<io::Result<Vec<_>>>()?;
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
        parts.iter_mut().for_each(|part| part.total = None);
        each_sum(history, &Ask { queue: Some(queue.clone()), ..ask.clone() }, |sum| {
            Ok(parts.iter_mut().try_for_each(|part| part.take(&sum, &labels))?)
        })?;
        progress();
    }
    let mut samples = 0;
    for part in parts {
        samples += part.finish(out)?;
    }
    writeln!(out, "# EOF")?;
    Ok(samples)
}

/// How many queues [`write()`] writes.
pub fn queues(ask: &Ask, units: &Units) -> usize {
    ask.queue.as_ref().map_or(units.len(), |_| 1)
}

/// The samples of a family.
struct Part {
    family: Family,
    value: Value,
    text: BufWriter<File>,
    samples: u64,
    /// Of the queue that is being read.
    total: Option<f64>,
}

impl Part {
    fn new((family, value): &(Family, Value)) -> io::Result<Self> {
        let text = BufWriter::new(tempfile::tempfile()?);
        Ok(Self { family: *family, value: *value, text, samples: 0, total: None })
    }

    fn take(&mut self, sum: &Sum, labels: &str) -> io::Result<()> {
        let Some(mut value) = (self.value)(sum) else { return Ok(()) };
        if matches!(self.family.kind, Kind::Counter) {
            if self.total.is_none() {
                self.sample(labels, 0.0, sum.start)?;
            }
            value += self.total.unwrap_or(0.0);
            self.total = Some(value);
        }
        self.sample(labels, value, sum.end)
    }

    fn sample(&mut self, labels: &str, value: f64, at: Timestamp) -> io::Result<()> {
        let millis = at.as_millis();
        let (secs, part) = (millis.div_euclid(1_000), millis.rem_euclid(1_000));
        self.samples += 1;
        writeln!(self.text, "{}{labels} {value} {secs}.{part:03}", self.family.name)
    }

    fn finish<W: Write>(self, out: &mut W) -> io::Result<u64> {
        let name = self.family.name.trim_end_matches("_total");
        let kind = if matches!(self.family.kind, Kind::Counter) { "counter" } else { "gauge" };
        writeln!(out, "# HELP {name} {}", self.family.help)?;
        writeln!(out, "# TYPE {name} {kind}")?;
        let mut text = self.text.into_inner().map_err(io::IntoInnerError::into_error)?;
        text.seek(SeekFrom::Start(0))?;
        io::copy(&mut text, out)?;
        Ok(self.samples)
    }
}

/// Hands out the intervals of a queue, all sources together, in order of their ends: those of a source
/// that takes over with longer rows may reach over those before.
fn each_sum(
    history: &dyn History,
    ask: &Ask,
    mut each: impl FnMut(Sum) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut steps = Steps::new(ask.step, ask.zone);
    let mut held: BTreeMap<Timestamp, Sum> = BTreeMap::new();
    let mut hold = |sum: Sum| {
        let mut over = Vec::new();
        while let Some(first) = held.first_entry()
            && *first.key() <= sum.start
        {
            over.push(first.remove());
        }
        match held.get_mut(&sum.end) {
            Some(same) => same.join(&sum),
            None => drop(held.insert(sum.end, sum)),
        }
        over
    };
    each_row(history, ask, |mut row| {
        row.source.clear();
        steps.add(row).into_iter().flat_map(&mut hold).try_for_each(&mut each)
    })?;
    steps.finish().flat_map(&mut hold).try_for_each(&mut each)?;
    held.into_values().try_for_each(each)
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

    /// A row of so many minutes from a minute on.
    fn row(series: i64, (minute, minutes): (i64, i64), offered: i64) -> IntervalRecord {
        let start = Timestamp::from_secs(minute * 60);
        IntervalRecord {
            place: Place { start, series, length: Span::minutes(minutes) },
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
            expected: (offered > 0).then_some(3.5),
        }
    }

    const LABELS: &str = r#"{job="j",instance="i",unit="u",queue="a\"b"}"#;

    fn written(mut rows: Vec<IntervalRecord>, step: Step) -> String {
        rows.sort_by_key(|row| row.place);
        let ask = Ask {
            queue: None,
            since: Timestamp::from_secs(0),
            until: Timestamp::MAX,
            step,
            zone: Tz::UTC,
        };
        let units = Units::from([("a\"b".to_owned(), "u".to_owned())]);
        let target = Target { job: "j".into(), instance: "i".into() };
        let (mut out, mut told) = (Vec::new(), 0);
        let samples = write(&Rows(rows), &ask, &units, &target, &mut out, || told += 1);
        let text = String::from_utf8(out).expect("UTF-8");
        let lines = text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(samples.expect("written"), lines as u64);
        assert_eq!(told, queues(&ask, &units));
        text
    }

    #[test]
    fn counters_begin_at_nothing_and_what_was_not_told_is_no_zero() {
        let text = written(vec![row(1, (10, 1), 4), row(1, (11, 1), 6)], Step::Row);
        let offered = format!(
            "# TYPE callsurge_queue_calls_offered counter\n\
             callsurge_queue_calls_offered_total{LABELS} 0 600.000\n\
             callsurge_queue_calls_offered_total{LABELS} 4 660.000\n\
             callsurge_queue_calls_offered_total{LABELS} 10 720.000\n"
        );
        assert!(text.contains(&offered), "{text}");
        assert!(text.contains(&format!("_expected_calls{LABELS} 3.5 660.000\n")), "{text}");
        assert!(text.contains(&format!("_observed_calls{LABELS} 6 720.000\n")), "{text}");
        assert!(!text.contains("answered_total{"), "{text}");
        assert!(text.ends_with("# EOF\n"));
        let hours = written(vec![row(1, (0, 15), 4), row(1, (15, 15), 6)], Step::Hour);
        assert!(hours.contains(&format!("offered_total{LABELS} 10 3600.000\n")), "{hours}");
        assert!(!hours.contains("_expected_calls{"), "of the judged interval only: {hours}");
    }

    #[test]
    fn a_source_that_takes_over_adds_its_part_and_times_rise() {
        let mut rows: Vec<_> = (0..40).map(|minute| row(1, (minute, 1), 10)).collect();
        rows.extend([row(2, (30, 30), 300), row(2, (60, 30), 300)]);
        let text = written(rows, Step::Row);
        let samples: Vec<(f64, f64)> = text
            .lines()
            .filter(|line| line.starts_with("callsurge_queue_calls_offered_total"))
            .map(|line| {
                let mut words = line.rsplit(' ').map(|word| word.parse().expect("a number"));
                (words.next().expect("a time"), words.next().expect("a value"))
            })
            .collect();
        assert_eq!(samples.len(), 1 + 40 + 2);
        assert!(samples.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1), "{samples:?}");
        assert!((samples[42].1 - 1_000.0).abs() < 1e-9, "{samples:?}");
        let quarters = written(vec![row(1, (0, 15), 9), row(2, (0, 15), 3)], Step::Quarter);
        assert!(quarters.contains(&format!("offered_total{LABELS} 12 900.000\n")), "{quarters}");
    }
}
