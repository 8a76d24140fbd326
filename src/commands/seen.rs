//! What a run showed: its changes of level, the series of its units, on demand its intervals.

use crate::engine::Engine;
use crate::engine::command::Level;
use crate::engine::effect::{Effect, EffectKind, IntervalKind, IntervalLine};
use crate::engine::observation::{QueueId, Tally, UnitId};
use crate::engine::time::{Span, Timestamp};
use crate::record::Record;
use crate::report::{Sample, Summary, UnitSummary};
use std::collections::BTreeMap;
use std::path::Path;

/// What a run showed. Of an interval only what a plot needs is kept, 16 bytes, unless the
/// intervals themselves are asked for.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) records: Vec<Record>,
    levels: Vec<(Timestamp, UnitId, Level)>,
    /// By queue, in order of the end.
    series: Vec<Vec<Shown>>,
    first: Option<Timestamp>,
    intervals: Option<BTreeMap<(Timestamp, QueueId), Row>>,
}

/// An interval as a plot shows it.
#[derive(Clone, Copy, Debug)]
struct Shown {
    end: Timestamp,
    offered: u32,
    /// Not a number where nothing was expected.
    expected: f32,
}

/// A closed interval of a queue.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    pub(super) length: Span,
    pub(super) tally: Tally,
    expected: Option<f64>,
}

impl Seen {
    /// Keeps the intervals too.
    pub(super) fn with_intervals() -> Self {
        Self { intervals: Some(BTreeMap::new()), ..Self::default() }
    }

    pub(super) fn take(&mut self, effect: &Effect) {
        match &effect.kind {
            EffectKind::Interval(line) => self.interval(line),
            EffectKind::Transition(t) => self.levels.push((effect.at, t.unit, t.to)),
            EffectKind::Outage(_)
            | EffectKind::Reminder(_)
            | EffectKind::Commanded(_)
            | EffectKind::Verdict(_)
            | EffectKind::Quality(_)
            | EffectKind::Recall(_)
            | EffectKind::Recalled(_)
            | EffectKind::RecallNote { .. } => {}
        }
    }

    fn interval(&mut self, line: &IntervalLine) {
        self.first = Some(self.first.map_or(line.row.start, |first| first.min(line.row.start)));
        self.show(line);
        let Some(intervals) = &mut self.intervals else { return };
        let row = intervals.entry((line.row.start, line.queue)).or_default();
        row.length = line.row.length();
        match line.kind {
            IntervalKind::Replace => {
                row.tally = line.row.tally;
                row.expected = line.expected.or(row.expected);
            }
            IntervalKind::Add => row.tally.add(&line.row.tally),
        }
    }

    fn show(&mut self, line: &IntervalLine) {
        let queue = line.queue.0 as usize;
        if self.series.len() <= queue {
            self.series.resize_with(queue + 1, Vec::new);
        }
        let series = &mut self.series[queue];
        let (end, tally) = (line.row.end, &line.row.tally);
        let offered = tally.offered.saturating_add(tally.refused.unwrap_or(0));
        let new = Shown { end, offered, expected: line.expected.map_or(f32::NAN, |e| e as f32) };
        if series.last().is_none_or(|last| last.end < end) {
            series.push(new);
            return;
        }
        match (series.binary_search_by_key(&end, |s| s.end), line.kind) {
            (Err(place), _) => series.insert(place, new),
            (Ok(place), IntervalKind::Add) => {
                series[place].offered = series[place].offered.saturating_add(offered);
            }
            (Ok(place), IntervalKind::Replace) => {
                let before = series[place].expected;
                let expected = if new.expected.is_nan() { before } else { new.expected };
                series[place] = Shown { expected, ..new };
            }
        }
    }

    /// The closed intervals, in order of time; none unless they were asked for.
    pub(super) fn into_intervals(self) -> BTreeMap<(Timestamp, QueueId), Row> {
        self.intervals.unwrap_or_default()
    }

    /// Writes the intervals as CSV.
    pub(super) fn write_intervals(&self, file: &Path, engine: &Engine) -> Result<(), csv::Error> {
        let mut table = csv::Writer::from_path(file)?;
        table.write_record([
            "start",
            "queue",
            "offered",
            "answered",
            "abandoned",
            "refused",
            "exited",
            "answered_in_target",
            "wait_seconds",
            "talk_seconds",
            "end",
            "expected",
        ])?;
        let count = |n: Option<u32>| n.map_or(String::new(), |n| n.to_string());
        let seconds = |s: Option<Span>| s.map_or(String::new(), |s| s.as_secs_f64().to_string());
        for (&(start, queue), row) in self.intervals.iter().flatten() {
            let t = &row.tally;
            table.write_record([
                start.to_string(),
                engine.queue_name(queue).to_owned(),
                t.offered.to_string(),
                count(t.answered),
                count(t.abandoned),
                count(t.refused),
                count(t.exited),
                count(t.answered_in_target),
                seconds(t.wait),
                seconds(t.talk),
                (start + row.length).to_string(),
                row.expected.map_or(String::new(), |e| format!("{e:.2}")),
            ])?;
        }
        table.flush()?;
        Ok(())
    }

    /// The series of each unit: sums of its queues, and the level at the end of the interval.
    pub(super) fn samples(&self, engine: &Engine) -> Vec<Sample> {
        let view = engine.view();
        let mut units: BTreeMap<UnitId, Vec<(Timestamp, f64, f64)>> = BTreeMap::new();
        for (queue, series) in view.queues.iter().zip(&self.series) {
            add_up(units.entry(queue.unit).or_default(), series);
        }
        let mut changes: BTreeMap<UnitId, Vec<(Timestamp, Level)>> = BTreeMap::new();
        for &(at, unit, level) in &self.levels {
            changes.entry(unit).or_default().push((at, level));
        }
        let level = |unit: UnitId, at: Timestamp| {
            let list = changes.get(&unit).map_or(&[][..], Vec::as_slice);
            let i = list.partition_point(|&(when, _)| when <= at);
            i.checked_sub(1).map_or(Level::None, |i| list[i].1)
        };
        let mut samples = Vec::new();
        for (unit, sums) in units {
            let name: std::sync::Arc<str> = engine.unit_name(unit).into();
            samples.extend(sums.into_iter().map(|(at, observed, expected)| Sample {
                at,
                unit: name.clone(),
                observed,
                expected: (!expected.is_nan()).then_some(expected),
                upper: None,
                level: level(unit, at),
            }));
        }
        samples
    }

    /// The run in figures.
    pub(super) fn summary(&self, engine: &Engine, refused: u64) -> Summary {
        let view = engine.view();
        let last = self.series.iter().filter_map(|series| Some(series.last()?.end)).max();
        let units = view.units.iter().map(|unit| UnitSummary {
            unit: unit.name.to_string(),
            incidents: unit.incidents_total,
            highest: self
                .levels
                .iter()
                .filter(|(_, u, _)| *u == unit.unit)
                .map(|&(.., level)| level)
                .max()
                .unwrap_or_default(),
            time_in_level: unit.time_in_level,
        });
        let accepted = |s: &crate::engine::view::SourceView| {
            s.accepted.events + s.accepted.snapshots + s.accepted.intervals
        };
        Summary {
            rows_read: view.sources.iter().map(accepted).sum(),
            rows_refused: refused,
            queues: view.queues.len(),
            span: self.first.zip(last),
            units: units.collect(),
        }
    }
}

/// Adds a queue to the sums of its unit; both are in order of the end.
fn add_up(sums: &mut Vec<(Timestamp, f64, f64)>, series: &[Shown]) {
    let mut merged = Vec::with_capacity(sums.len().max(series.len()));
    let mut so_far = sums.iter().copied().peekable();
    for shown in series {
        let (observed, expected) = (f64::from(shown.offered), f64::from(shown.expected));
        merged.extend(std::iter::from_fn(|| so_far.next_if(|sum| sum.0 < shown.end)));
        let sum = so_far.next_if(|sum| sum.0 == shown.end).unwrap_or((shown.end, 0.0, 0.0));
        merged.push((shown.end, sum.1 + observed, sum.2 + expected));
    }
    merged.extend(so_far);
    *sums = merged;
}
