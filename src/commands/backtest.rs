//! `backtest`: a history in, a report of what the monitor would have done out.

use super::files::{Reading, add_file_source, policy};
use super::learn::teach;
use super::{Stop, finish};
use crate::backtest::Row;
use crate::backtest::judge::{Judgement, judge};
use crate::backtest::rows;
use crate::cli::{BacktestArgs, Format};
use crate::engine::policy::Policy;
use crate::engine::time::Timestamp;
use crate::exit::Exit;
use crate::ingest::csv::{CsvOptions, is_header};
use crate::report::Output;
use std::io;
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// Only if the output fails.
pub fn run(args: &BacktestArgs, output: &mut Output<'_>) -> io::Result<Exit> {
    let result = backtest(args, output);
    finish(result, output)
}

fn backtest(args: &BacktestArgs, output: &mut Output<'_>) -> Result<Exit, Stop> {
    let mut policy = policy(args.config.as_deref(), args.timezone)?;
    let source = add_file_source(&mut policy);
    let reading = Reading {
        paths: std::slice::from_ref(&args.input),
        format: args.format,
        timezone: args.timezone,
        source,
        now: Timestamp::MAX,
    };
    let rows = read(args, &reading, &policy)?;
    let lessons = match &args.learn {
        None => Vec::new(),
        Some(file) => teach(&Reading { paths: std::slice::from_ref(file), ..reading }, &policy)?,
    };
    let judgement = judge(&rows, &lessons, &policy);
    if let Some(file) = &args.alarms {
        write_alarms(file, &rows, &judgement).map_err(|e| cannot_write(file, &e))?;
    }
    let alarms = judgement.rows.iter().flatten().filter(|row| row.alarm).count();
    writeln!(output.people(), "{} rows, {alarms} in alarm", rows.len())?;
    Ok(Exit::Ok)
}

fn cannot_write(file: &Path, error: &dyn std::error::Error) -> Stop {
    Stop::new(Exit::Failed, format!("cannot write {}: {error}", file.display()))
}

/// Rows of a table keep the text of their time; anything else becomes closed intervals.
fn read(args: &BacktestArgs, reading: &Reading<'_>, policy: &Policy) -> Result<Vec<Row>, Stop> {
    let file = &args.input;
    let wrong = |why: &dyn std::fmt::Display| {
        Stop::new(Exit::Input, format!("cannot read {}: {why}", file.display()))
    };
    let table = match args.format {
        Some(Format::Csv) => true,
        Some(Format::Ndjson | Format::QueueLog) => false,
        None => starts_as_table(file).map_err(|e| wrong(&e))?,
    };
    if !table {
        return Ok(rows::of_intervals(teach(reading, policy)?));
    }
    let bytes = std::fs::read(file).map_err(|e| wrong(&e))?;
    let options = CsvOptions { timezone: args.timezone, ..CsvOptions::new(reading.source) };
    rows::of_table(&bytes, options)
        .map_err(|e| Stop::new(Exit::Input, format!("{}: {}", file.display(), super::chain(&e))))
}

fn starts_as_table(file: &Path) -> io::Result<bool> {
    let mut first = Vec::new();
    io::BufRead::read_until(
        &mut io::BufReader::new(std::fs::File::open(file)?),
        b'\n',
        &mut first,
    )?;
    Ok(is_header(first.trim_ascii_end()))
}

/// One row for each row of the input, with the text of its time.
fn write_alarms(file: &Path, rows: &[Row], judgement: &Judgement) -> Result<(), csv::Error> {
    let mut table = csv::Writer::from_path(file)?;
    table.write_record(["ts", "alarm", "score"])?;
    for (row, judged) in rows.iter().zip(&judgement.rows) {
        let (alarm, score) = judged.map_or((false, 0.0), |j| (j.alarm, j.score));
        let alarm = if alarm { "1" } else { "0" };
        table.write_record([row.stamp.as_str(), alarm, &format!("{score:.5}")])?;
    }
    table.flush()?;
    Ok(())
}
