//! `export`: what a journal knows, as tables and samples.

use super::files::not_an_input;
use super::{Sink, Stop, finish};
use crate::app::engine_in;
use crate::cli::{
    ExportCommand, ExportFiles, ExportIncidentsArgs, ExportIntervalsArgs, ExportLogbookArgs,
    IntervalFormat, Moment,
};
use crate::engine::time::{Span, Timestamp};
use crate::exit::Exit;
use crate::export::ExportError;
use crate::export::intervals::{self, Ask, Units, units_of, zone_of};
use crate::export::openmetrics::{self, Target};
use crate::export::table::{Format, Table};
use crate::journal::reader::{LIMIT_MAX, Reader};
use crate::journal::sqlite::SqliteJournal;
use crate::journal::{History, IncidentSummary, JournalError, LogbookQuery};
use crate::record::Record;
use crate::report::{Output, Progress};
use chrono_tz::Tz;
use std::io::{self, Write};

/// Runs a command of `export`.
///
/// # Errors
/// Only if a stream fails.
pub fn run(command: &ExportCommand, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<Exit> {
    let result = match command {
        ExportCommand::Intervals(args) => intervals(args, out, err),
        ExportCommand::Logbook(args) => logbook(args, out, err),
        ExportCommand::Incidents(args) => incidents(args, out, err),
    };
    finish(result, &mut Output::new(false, out, err))
}

fn intervals(
    args: &ExportIntervalsArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Stop> {
    let files = &args.files;
    let format = match args.format {
        IntervalFormat::Csv => Some(Format::Csv),
        IntervalFormat::Ndjson => Some(Format::Ndjson),
        IntervalFormat::Openmetrics => None,
    };
    check(files, format)?;
    let reader = open(files)?;
    let (units, zone) = known(files)?;
    let zone = args.timezone.unwrap_or(zone);
    if let Some(queue) = args.queue.as_ref().filter(|queue| !units.contains_key(*queue)) {
        let why = format!("the journal has no queue {queue:?}; it has {}", few(&units));
        return Err(Stop::new(Exit::Usage, why));
    }
    let (since, until) = span(args.since, args.until, zone)?;
    let queue = args.queue.clone();
    let ask = Ask {
        queue,
        since: since.unwrap_or(Timestamp::MIN),
        until: until.unwrap_or(Timestamp::MAX),
        step: args.step,
        zone,
    };
    let mut sink = Sink::open(files.output.as_deref(), out)?;
    let written = match format {
        Some(format) => {
            let mut table = Table::new::<intervals::Line>(&mut sink, format, files.bom)?;
            let days = Days::new();
            intervals::write(&reader, &ask, &units, &mut table, |at| days.reached(at))
                .map_err(|error| broken(files, error))?;
            days.bar.finish();
            (table.finish()?, "rows")
        }
        None => {
            let target = Target { job: args.job.clone(), instance: args.instance.clone() };
            let bar = Progress::of_count(openmetrics::queues(&ask, &units) as u64, "exporting");
            let samples =
                openmetrics::write(&reader, &ask, &units, &target, &mut sink, || bar.advance(1))
                    .map_err(|error| broken(files, error))?;
            bar.finish();
            (samples, "samples")
        }
    };
    done(sink, files, written, err)
}

fn logbook(
    args: &ExportLogbookArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Stop> {
    let files = &args.files;
    check(files, Some(args.format))?;
    let reader = open(files)?;
    let (since, until) = span(args.since, args.until, args.timezone)?;
    let mut sink = Sink::open(files.output.as_deref(), out)?;
    let mut table = Table::new::<Record>(&mut sink, args.format, files.bom)?;
    let mut query = LogbookQuery {
        unit: args.unit.clone(),
        kind: args.r#type.clone(),
        since,
        until,
        limit: LIMIT_MAX,
        ..LogbookQuery::default()
    };
    loop {
        let page = reader.logbook(&query).map_err(|error| broken(files, error.into()))?;
        page.records.iter().try_for_each(|record| table.row(record))?;
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => break,
        }
    }
    let written = (table.finish()?, "lines");
    done(sink, files, written, err)
}

fn incidents(
    args: &ExportIncidentsArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Stop> {
    let files = &args.files;
    check(files, Some(args.format))?;
    let reader = open(files)?;
    let found = reader
        .incidents(args.unit.as_deref(), LIMIT_MAX)
        .map_err(|error| broken(files, error.into()))?;
    if found.len() == LIMIT_MAX {
        writeln!(err, "warning: these are the newest {LIMIT_MAX}; --unit asks for fewer")?;
    }
    let mut sink = Sink::open(files.output.as_deref(), out)?;
    let mut table = Table::new::<IncidentSummary>(&mut sink, args.format, files.bom)?;
    found.iter().try_for_each(|incident| table.row(incident))?;
    let written = (table.finish()?, "incidents");
    done(sink, files, written, err)
}

/// Refuses what cannot be meant, before anything is opened.
fn check(files: &ExportFiles, format: Option<Format>) -> Result<(), Stop> {
    if files.bom && format != Some(Format::Csv) {
        return Err(Stop::new(Exit::Usage, "--bom is of a CSV only"));
    }
    if let Some(output) = &files.output {
        let beside = |end: &str| {
            let mut name = files.journal.clone().into_os_string();
            name.push(end);
            name.into()
        };
        let journal = [files.journal.clone(), beside("-wal"), beside("-shm"), beside(".lock")];
        not_an_input(output, &journal)?;
    }
    Ok(())
}

fn open(files: &ExportFiles) -> Result<Reader, Stop> {
    Reader::open(&files.journal).map_err(|error| broken(files, error.into()))
}

fn broken(files: &ExportFiles, error: ExportError) -> Stop {
    match error {
        ExportError::Write(error) => error.into(),
        ExportError::Journal(error) => {
            Stop::of(Exit::Journal, &error).of_journal(Some(&files.journal))
        }
    }
}

/// The queues that the journal's state knows with their units, and the clock of these.
fn known(files: &ExportFiles) -> Result<(Units, Tz), Stop> {
    let failed = |error: &dyn std::error::Error| {
        Stop::of(Exit::Journal, error).of_journal(Some(&files.journal))
    };
    let mut journal = SqliteJournal::open_read_only(&files.journal)
        .map_err(|error: JournalError| failed(&error))?;
    let view = engine_in(&mut journal).map_err(|error| failed(&error))?.view();
    Ok((units_of(&view), zone_of(&view)))
}

/// Most names in a sentence.
const NAMES_MAX: usize = 8;

fn few(units: &Units) -> String {
    if units.is_empty() {
        return "none".to_owned();
    }
    let more = if units.len() > NAMES_MAX { ", …" } else { "" };
    let shown: Vec<_> = units.keys().take(NAMES_MAX).map(String::as_str).collect();
    format!("{}{more}", shown.join(", "))
}

type Bounds = (Option<Timestamp>, Option<Timestamp>);

fn span(since: Option<Moment>, until: Option<Moment>, zone: Tz) -> Result<Bounds, Stop> {
    let instant = |moment: Moment| {
        moment
            .instant(zone)
            .ok_or_else(|| Stop::new(Exit::Usage, "a time lies beyond the calendar"))
    };
    let (since, until) = (since.map(instant).transpose()?, until.map(instant).transpose()?);
    if let (Some(since), Some(until)) = (since, until)
        && since >= until
    {
        let why = format!("--since {since} is not before --until {until}");
        return Err(Stop::new(Exit::Usage, why));
    }
    Ok((since, until))
}

/// Progress in days of event time; how many there will be is not known.
struct Days {
    bar: Progress,
    day: std::cell::Cell<Option<Timestamp>>,
}

impl Days {
    fn new() -> Self {
        Self { bar: Progress::of_unknown("days exported"), day: std::cell::Cell::new(None) }
    }

    fn reached(&self, at: Timestamp) {
        let day = at.floor(Span::hours(24));
        if self.day.replace(Some(day)) != Some(day) {
            self.bar.advance(1);
        }
    }
}

fn done(
    sink: Sink<'_>,
    files: &ExportFiles,
    (count, what): (u64, &str),
    err: &mut dyn Write,
) -> Result<Exit, Stop> {
    sink.finish()?;
    let to = match &files.output {
        Some(path) => format!(" to {}", path.display()),
        None => String::new(),
    };
    writeln!(err, "{count} {what} written{to}")?;
    Ok(Exit::Ok)
}
