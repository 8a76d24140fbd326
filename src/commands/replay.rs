//! `replay`: files of the past through the monitor.

use super::files::{self, Opened, Reading, add_file_source};
use super::lessons::teach;
use super::seen::Seen;
use super::{Stop, finish};
use crate::cli::ReplayArgs;
use crate::driver::{DriverError, Item as Fed, Replay};
use crate::engine::Engine;
use crate::engine::effect::Effect;
use crate::engine::entry::Input;
use crate::engine::observation::SourceId;
use crate::engine::time::{Span, Timestamp};
use crate::exit::Exit;
use crate::ingest::{Item, Told};
use crate::journal::sqlite::SqliteJournal;
use crate::journal::{Journal, Settings, Stamp};
use crate::record::Record;
use crate::report::{Look, Output, PlotOptions, plot, transitions};
use chrono_tz::Tz;
use std::io;
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// Only if the output fails.
pub fn run(args: &ReplayArgs, output: &mut Output<'_>) -> io::Result<Exit> {
    let result = replay(args, output).map_err(|stop| stop.of_journal(args.journal.as_deref()));
    finish(result, output)
}

fn replay(args: &ReplayArgs, output: &mut Output<'_>) -> Result<Exit, Stop> {
    let mut policy = files::policy(args.config.as_deref(), args.timezone.unwrap_or(Tz::UTC))?;
    let zone = files::zone_of(args.timezone, &policy);
    let source = add_file_source(&mut policy);
    let reading = Reading {
        paths: &args.input,
        format: args.format,
        encoding: args.encoding,
        timezone: zone,
        source,
        now: Timestamp::MAX,
    };
    let Opened { mut records, bar } = reading.open(&policy, "replaying")?;
    policy.sources[source.0 as usize].carries = records.carries();
    let lessons = match &args.learn {
        None => Vec::new(),
        Some(file) => {
            let reading = Reading { paths: std::slice::from_ref(file), ..reading };
            teach(&reading, &policy, output)?
        }
    };
    let mut journal = args.journal.as_deref().map(create).transpose()?;
    let first = records.next().transpose().map_err(|e| Stop::of(Exit::Input, &e))?;
    let start = first.as_ref().map_or(Timestamp::MIN, |item| item.at);
    let mut seen = if args.intervals.is_some() { Seen::with_intervals() } else { Seen::default() };
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
    let mut next = first.map(Ok);
    while let Some(item) = next.take().or_else(|| records.next()) {
        let item = item.map_err(|e| Stop::of(Exit::Input, &e))?;
        last = last.max(item.at);
        // What is judged depends on what the source tells, and a file may begin to tell more.
        let told = policy.sources[source.0 as usize].carries.union(records.carries());
        if told != policy.sources[source.0 as usize].carries {
            policy.sources[source.0 as usize].carries = told;
            run.push(item.at, Fed::Input(Input::Policy(Box::new(policy.clone()))))?;
        }
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
    files::warn_of_columns(&records, output)?;
    files::tell_of_encodings(records.encodings(), output)?;
    files::warn_of_order(&records, output)?;
    tell_people(zone, output, &seen, &engine, refused)?;
    Ok(Exit::Ok)
}

fn create(path: &Path) -> Result<SqliteJournal, Stop> {
    if path.exists() {
        let why = "the file exists; a replay begins a journal of its own";
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

fn tell_people(
    zone: Tz,
    output: &mut Output<'_>,
    seen: &Seen,
    engine: &Engine,
    refused: u64,
) -> io::Result<()> {
    let look = Look::of(&io::stdout());
    let summary = seen.summary(engine, refused);
    output.object(&summary.json())?;
    let people = output.people();
    writeln!(people, "{}", transitions(&seen.records, zone, look))?;
    writeln!(people, "{}", plot(&seen.samples(engine), &PlotOptions::new(zone, look)))?;
    writeln!(people, "{}", summary.text(zone))
}
