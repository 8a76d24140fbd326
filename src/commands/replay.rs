//! `replay`: files of the past through the monitor.

use super::files::{Opened, Reading, add_file_source, policy};
use super::learn::teach;
use super::{Stop, finish};
use crate::cli::ReplayArgs;
use crate::driver::{DriverError, Item as Fed, Replay};
use crate::engine::Engine;
use crate::engine::command::Level;
use crate::engine::effect::{Effect, EffectKind, IntervalKind, IntervalLine};
use crate::engine::entry::Input;
use crate::engine::observation::{QueueId, SourceId, Tally, UnitId};
use crate::engine::time::{Span, Timestamp};
use crate::exit::Exit;
use crate::ingest::{Item, Told};
use crate::journal::sqlite::SqliteJournal;
use crate::journal::{Journal, Settings, Stamp};
use crate::record::Record;
use crate::report::{Look, Output, PlotOptions, Sample, Summary, UnitSummary, plot, transitions};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// Only if the output fails.
pub fn run(args: &ReplayArgs, output: &mut Output<'_>) -> io::Result<Exit> {
    let result = replay(args, output);
    finish(result, output)
}

fn replay(args: &ReplayArgs, output: &mut Output<'_>) -> Result<Exit, Stop> {
    let mut policy = policy(args.config.as_deref(), args.timezone)?;
    let source = add_file_source(&mut policy);
    let reading = Reading {
        paths: &args.input,
        format: args.format,
        timezone: args.timezone,
        source,
        now: Timestamp::MAX,
    };
    let Opened { mut records, bar } = reading.open(&policy, "replaying")?;
    policy.sources[source.0 as usize].carries = records.carries();
    let lessons = match &args.learn {
        None => Vec::new(),
        Some(file) => {
            let reading = Reading { paths: std::slice::from_ref(file), ..reading };
            teach(&reading, &policy)?
        }
    };
    let mut journal = args.journal.as_deref().map(create).transpose()?;
    let first = records.next().transpose().map_err(|e| Stop::of(Exit::Input, &e))?;
    let start = first.as_ref().map_or(Timestamp::MIN, |item| item.at);
    let mut seen = Seen::default();
    let mut failed = None;
    let tell = |effect: &Effect, record: Option<&Record>| {
        seen.take(effect);
        if let Some(record) = record {
            failed = output.record(record).err().or(failed.take());
            seen.records.extend((record.kind == "transition").then(|| record.clone()));
        }
    };
    let journal = journal.as_mut().map(|j| j as &mut dyn Journal);
    let mut run = Replay::<_, Engine>::start(&policy, start, journal, tell)?;
    for lesson in lessons {
        run.push(start, Fed::Learn(lesson))?;
    }
    let mut last = start;
    for item in first.map(Ok).into_iter().chain(records) {
        let item = item.map_err(|e| Stop::of(Exit::Input, &e))?;
        last = last.max(item.at);
        feed(&mut run, item)?;
    }
    for index in 0..policy.sources.len() {
        run.push(last, Fed::Input(Input::SourceEnded(SourceId(index as u16))))?;
    }
    let refused = run.refused();
    let engine = run.finish()?;
    bar.finish();
    if let Some(error) = failed {
        return Err(error.into());
    }
    if let Some(file) = &args.intervals {
        seen.write_intervals(file, &engine).map_err(|e| {
            Stop::new(Exit::Failed, format!("cannot write {}: {e}", file.display()))
        })?;
    }
    tell_people(args, output, &seen, &engine, refused)?;
    Ok(Exit::Ok)
}

fn create(path: &Path) -> Result<SqliteJournal, Stop> {
    if path.exists() {
        let why = format!("{} exists; a replay begins a journal of its own", path.display());
        return Err(Stop::new(Exit::Journal, why));
    }
    // A replayed past outlives every retention: nothing of it is pruned.
    let ever = Span::hours(24 * 365 * 1_000);
    let settings = Settings {
        raw_keep: ever,
        interval_keep: ever,
        quarter_keep: ever,
        ..Settings::new(Stamp::Replay)
    };
    SqliteJournal::open(path, settings, Timestamp::from_secs(0))
        .map_err(|e| Stop::of(Exit::Journal, &e))
}

/// Feeds what a source said.
pub(super) fn feed<T: FnMut(&Effect, Option<&Record>)>(
    run: &mut Replay<'_, T, Engine>,
    item: Item,
) -> Result<(), DriverError> {
    let fed = match item.input {
        Told::Draft(draft) => Fed::Draft(draft),
        Told::Heartbeat(source) => Fed::Input(Input::Heartbeat(source)),
        Told::SourceRestarted(source) => Fed::Input(Input::SourceRestarted(source, item.at)),
    };
    run.push(item.at, fed)
}

/// What a run showed.
#[derive(Debug, Default)]
pub(super) struct Seen {
    records: Vec<Record>,
    intervals: BTreeMap<(Timestamp, QueueId), Row>,
    levels: Vec<(Timestamp, UnitId, Level)>,
    rows: u64,
}

/// A closed interval of a queue.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    pub(super) length: Span,
    pub(super) tally: Tally,
    expected: Option<f64>,
}

impl Seen {
    pub(super) fn take(&mut self, effect: &Effect) {
        match &effect.kind {
            EffectKind::Interval(line) => self.interval(line),
            EffectKind::Transition(t) => self.levels.push((effect.at, t.unit, t.to)),
            EffectKind::Outage(_)
            | EffectKind::Reminder(_)
            | EffectKind::Commanded(_)
            | EffectKind::Verdict(_)
            | EffectKind::Quality(_) => {}
        }
    }

    fn interval(&mut self, line: &IntervalLine) {
        let row = self.intervals.entry((line.row.start, line.queue)).or_default();
        row.length = line.row.length();
        match line.kind {
            IntervalKind::Replace => {
                self.rows += 1;
                row.tally = line.row.tally;
                row.expected = line.expected.or(row.expected);
            }
            IntervalKind::Add => row.tally.add(&line.row.tally),
        }
    }

    /// The closed intervals, in order of time.
    pub(super) fn into_intervals(self) -> BTreeMap<(Timestamp, QueueId), Row> {
        self.intervals
    }

    fn write_intervals(&self, file: &Path, engine: &Engine) -> Result<(), csv::Error> {
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
        for (&(start, queue), row) in &self.intervals {
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
    fn samples(&self, engine: &Engine) -> Vec<Sample> {
        let view = engine.view();
        let mut sums: BTreeMap<(UnitId, Timestamp), (f64, Option<f64>)> = BTreeMap::new();
        for (&(start, queue), row) in &self.intervals {
            let unit = view.queues[queue.0 as usize].unit;
            let sum = sums.entry((unit, start + row.length)).or_insert((0.0, Some(0.0)));
            sum.0 += f64::from(row.tally.offered) + f64::from(row.tally.refused.unwrap_or(0));
            sum.1 = sum.1.zip(row.expected).map(|(a, b)| a + b);
        }
        let mut changes: BTreeMap<UnitId, Vec<(Timestamp, Level)>> = BTreeMap::new();
        for &(at, unit, level) in &self.levels {
            changes.entry(unit).or_default().push((at, level));
        }
        let level = |unit: &UnitId, at: Timestamp| {
            let list = changes.get(unit).map_or(&[][..], Vec::as_slice);
            let i = list.partition_point(|&(when, _)| when <= at);
            i.checked_sub(1).map_or(Level::None, |i| list[i].1)
        };
        sums.iter()
            .map(|(&(unit, at), &(observed, expected))| Sample {
                at,
                unit: engine.unit_name(unit).into(),
                observed,
                expected,
                upper: None,
                level: level(&unit, at),
            })
            .collect()
    }

    fn summary(&self, engine: &Engine, refused: u64) -> Summary {
        let view = engine.view();
        let first = self.intervals.keys().next().map(|&(start, _)| start);
        let last = self.intervals.iter().map(|(&(start, _), row)| start + row.length).max();
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
            span: first.zip(last),
            units: units.collect(),
        }
    }
}

fn tell_people(
    args: &ReplayArgs,
    output: &mut Output<'_>,
    seen: &Seen,
    engine: &Engine,
    refused: u64,
) -> io::Result<()> {
    let look = Look::of(&io::stdout());
    let summary = seen.summary(engine, refused);
    output.object(&summary.json())?;
    let zone = args.timezone;
    let people = output.people();
    writeln!(people, "{}", transitions(&seen.records, zone, look))?;
    writeln!(people, "{}", plot(&seen.samples(engine), &PlotOptions::new(zone, look)))?;
    writeln!(people, "{}", summary.text(zone))
}
