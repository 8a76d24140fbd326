//! The rows that are judged, one for each row of the input and in its order.
//!
//! Lines that are wrong keep their place and are counted. Call events have no rows: where a file
//! holds any, they are summed to minutes and everything is put in order of time.

use crate::backtest::left_out::Why;
use crate::backtest::{Row, rows};
use crate::commands::files::{
    Opened, Reading, encoding_of, format_of, tell_of_encodings, warn_of_columns, warn_of_ignored,
};
use crate::commands::lessons::{fault_of, leave_out, summed};
use crate::commands::{Stop, chain};
use crate::engine::observation::Form;
use crate::engine::policy::{Policy, SilenceRule};
use crate::engine::time::Timestamp;
use crate::exit::Exit;
use crate::history::Faults;
use crate::ingest::Told;
use crate::ingest::csv::CsvOptions;
use crate::ingest::encoding::{AsUtf8, beginning};
use crate::ingest::file::{Format, table_of};
use crate::ingest::problem::LineError;
use crate::report::Output;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::Path;

/// So much of a file tells its format.
const START_BYTES: u64 = 64 * 1024;

/// What a file holds.
#[derive(Default)]
pub(super) struct Past {
    pub(super) rows: Vec<Row>,
    pub(super) faults: Faults,
}

/// Reads the only path of a reading. Rows of a table keep the text of their time.
pub(super) fn read(
    reading: &Reading<'_>,
    policy: &mut Policy,
    output: &mut Output<'_>,
) -> Result<Past, Stop> {
    let path = reading.paths.first().map_or(Path::new("-"), |path| path);
    match table_format(path, reading).map_err(|e| cannot_read(path, &e))? {
        Some(format) => table(path, format, reading, policy, output),
        None => lines(reading, policy, output),
    }
}

fn cannot_read(path: &Path, why: &io::Error) -> Stop {
    Stop::new(Exit::Input, format!("cannot read {}: {why}", path.display()))
}

fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    if path == Path::new("-") { Ok(Box::new(io::stdin())) } else { Ok(Box::new(File::open(path)?)) }
}

/// The format of the file, if it is one of those of tables.
fn table_format(path: &Path, reading: &Reading<'_>) -> io::Result<Option<Format>> {
    let format = match reading.format.map(format_of) {
        Some(format) => Some(format),
        None => {
            let start = start_of(path)?;
            Format::guess(path, &beginning(&start, encoding_of(reading.encoding)))
        }
    };
    Ok(format.filter(|format| matches!(format, Format::Csv | Format::Calabrio)))
}

/// What a file begins with. Standard input is only looked at: what is buffered is read again.
fn start_of(path: &Path) -> io::Result<Vec<u8>> {
    if path == Path::new("-") {
        return Ok(io::stdin().lock().fill_buf()?.to_vec());
    }
    let mut start = Vec::new();
    File::open(path)?.take(START_BYTES).read_to_end(&mut start)?;
    Ok(start)
}

fn table(
    path: &Path,
    format: Format,
    reading: &Reading<'_>,
    policy: &mut Policy,
    output: &mut Output<'_>,
) -> Result<Past, Stop> {
    let mut text = Vec::new();
    let input = open(path).map_err(|e| cannot_read(path, &e))?;
    let mut input = AsUtf8::new(input, encoding_of(reading.encoding));
    input.read_to_end(&mut text).map_err(|e| cannot_read(path, &e))?;
    let encoding: Vec<_> =
        input.other().map(|other| (path.to_owned(), other)).into_iter().collect();
    tell_of_encodings(&encoding, output)?;
    let options = CsvOptions { timezone: reading.timezone, ..CsvOptions::new(reading.source) };
    let mut faults = Faults::default();
    let wrong = |error: LineError| match fault_of(&error.problem) {
        Some(fault) => {
            faults.note(fault, || format!("{}:{}: {}", path.display(), error.line, error.problem));
            Ok(())
        }
        None => Err(error),
    };
    let read = rows::of_table(&text, table_of(format, &text), options, wrong)
        .map_err(|e| Stop::new(Exit::Input, format!("{}: {}", path.display(), chain(&e))))?;
    warn_of_ignored(&read.ignored, output)?;
    policy.sources[reading.source.0 as usize].carries = read.carries;
    Ok(Past { rows: read.rows, faults })
}

fn lines(reading: &Reading<'_>, policy: &Policy, output: &mut Output<'_>) -> Result<Past, Stop> {
    let Opened { mut records, bar } = reading.open(policy, "reading")?;
    let mut past = Past::default();
    let mut events = Vec::new();
    for item in records.by_ref() {
        let item = match item {
            Ok(item) => item,
            Err(error) => {
                leave_out(&error, &mut past.faults)?;
                past.rows.push(Row { stamp: String::new(), told: Err(Why::Unreadable) });
                continue;
            }
        };
        match item.input {
            Told::Draft(draft) if matches!(draft.form, Form::Interval(_)) => {
                past.rows.push(rows::of_interval(draft));
            }
            Told::Draft(_) | Told::Heartbeat(_) | Told::SourceRestarted(_) => events.push(item),
        }
    }
    bar.finish();
    warn_of_columns(&records, output)?;
    tell_of_encodings(records.encodings(), output)?;
    let mut scratch = policy.clone();
    scratch.silence = SilenceRule::Replay;
    scratch.queues_max = crate::ingest::csv::QUEUES_MAX as u32;
    let minutes = summed(events, &scratch)?;
    if !minutes.is_empty() {
        past.rows.extend(minutes.into_iter().map(rows::of_interval));
        past.rows.sort_by_key(end_of);
    }
    Ok(past)
}

fn end_of(row: &Row) -> Timestamp {
    match row.told.as_ref().map(|draft| &draft.form) {
        Ok(Form::Interval(row)) => row.end,
        Ok(Form::Event(_) | Form::Snapshot(_)) | Err(_) => Timestamp::MIN,
    }
}
