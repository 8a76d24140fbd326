//! `backtest`: a history in, a report of what the monitor would have done out.

mod past;

use super::files::{Reading, add_file_source, not_an_input, policy, zone_of};
use super::learn::FAULTY_MAX;
use super::lessons::{BAR_STEP, teach_what_can_be_read};
use super::{Stop, finish};
use crate::backtest::Row;
use crate::backtest::left_out::Why;
use crate::backtest::report::{PASSES, Report};
use crate::backtest::{html, text};
use crate::cli::BacktestArgs;
use crate::engine::time::Timestamp;
use crate::exit::Exit;
use crate::history::Faults;
use crate::record::EvidenceRecord;
use crate::report::{Look, Output, Progress};
use chrono_tz::Tz;
use past::Past;
use serde_json::json;
use std::io;
use std::path::{Path, PathBuf};

/// Runs the command.
///
/// # Errors
/// Only if the output fails.
pub fn run(args: &BacktestArgs, output: &mut Output<'_>) -> io::Result<Exit> {
    let result = backtest(args, output);
    finish(result, output)
}

fn backtest(args: &BacktestArgs, output: &mut Output<'_>) -> Result<Exit, Stop> {
    check_paths(args)?;
    let mut policy = policy(args.config.as_deref(), args.timezone.unwrap_or(Tz::UTC))?;
    let zone = zone_of(args.timezone, &policy);
    let source = add_file_source(&mut policy);
    let reading = Reading {
        paths: std::slice::from_ref(&args.input),
        format: args.format,
        encoding: args.encoding,
        timezone: zone,
        source,
        now: Timestamp::MAX,
    };
    let Past { rows, faults } = past::read(&reading, &mut policy, output)?;
    tell_of_faults(&args.input, &faults, rows.len() as u64, output)?;
    let lessons = match &args.learn {
        None => Vec::new(),
        Some(file) => {
            let reading = Reading { paths: std::slice::from_ref(file), ..reading };
            let (lessons, faults) = teach_what_can_be_read(&reading, &policy, output)?;
            tell_of_faults(file, &faults, lessons.len() as u64 + faults.total(), output)?;
            lessons
        }
    };
    let bar = Progress::of_count(PASSES * rows.len() as u64, "judging");
    let mut passed = 0_usize;
    let (report, said) = Report::new((&rows, faults), &lessons, &policy, || {
        passed += 1;
        if passed.is_multiple_of(BAR_STEP) {
            bar.advance(BAR_STEP as u64);
        }
    })?;
    bar.finish();
    tell_of_order(&report, output)?;
    if let Some(file) = &args.alarms {
        write_alarms(file, &rows, &said).map_err(|e| cannot_write(file, &e))?;
    }
    if let Some(file) = &args.html {
        let page = html::page(&report, zone);
        std::fs::write(file, page).map_err(|e| cannot_write(file, &e))?;
    }
    tell_programs(&report, zone, output)?;
    let look = Look::of(&io::stdout());
    write!(output.people(), "{}", text::text(&report, zone, look))?;
    Ok(Exit::Ok)
}

/// Nothing that is read is written over, and standard input is read once.
fn check_paths(args: &BacktestArgs) -> Result<(), Stop> {
    let read = [Some(&args.input), args.learn.as_ref(), args.config.as_ref()];
    let read: Vec<PathBuf> = read.into_iter().flatten().cloned().collect();
    for written in [&args.alarms, &args.html].into_iter().flatten() {
        not_an_input(written, &read)?;
    }
    let standard = Path::new("-");
    if args.input == standard && args.learn.as_deref() == Some(standard) {
        return Err(Stop::new(Exit::Usage, "--input and --learn cannot both be standard input"));
    }
    Ok(())
}

/// Tells of lines that were left out; too many of them are most likely the wrong format or file.
fn tell_of_faults(
    path: &Path,
    faults: &Faults,
    all: u64,
    output: &mut Output<'_>,
) -> Result<(), Stop> {
    let wrong = faults.total();
    if wrong == 0 {
        return Ok(());
    }
    if wrong as f64 > FAULTY_MAX * all as f64 {
        let first = faults.first.values().next().cloned().unwrap_or_default();
        let why = format!("nothing was judged: {wrong} of {all} lines are wrong, such as {first}");
        return Err(Stop::new(Exit::Input, why));
    }
    let counts: Vec<String> =
        faults.counts.iter().map(|(fault, count)| format!("{count} {}", fault.words())).collect();
    let first: Vec<&str> = faults.first.values().map(String::as_str).collect();
    output.warn(&format!(
        "{}: {wrong} of {all} lines were left out ({}), such as {}",
        path.display(),
        counts.join(", "),
        first.join("; ")
    ))?;
    Ok(())
}

/// Tells of rows that came in another order than time.
fn tell_of_order(report: &Report, output: &mut Output<'_>) -> io::Result<()> {
    let left = &report.left_out;
    let out_of_order = left.count(Why::OutOfOrder);
    if out_of_order > 0 {
        let behind = left.behind.map_or_else(String::new, |at| format!(" (the first: {at})"));
        output.warn(&format!(
            "{out_of_order} of {} rows were not judged: they begin before a row in front of them \
             ends{behind}. Is that time right? Sort the file by time, oldest first; rows of several \
             queues need a column `queue`",
            report.rows
        ))?;
    }
    if left.older > out_of_order {
        output.warn(&format!(
            "{} rows are older than a row before them: alarms of queues are not touched by that, but \
             no sum, level or rate has these rows; sort the table by time if it is grouped by queue",
            left.older
        ))?;
    }
    Ok(())
}

fn tell_programs(report: &Report, zone: Tz, output: &mut Output<'_>) -> io::Result<()> {
    if !output.is_json() {
        return Ok(());
    }
    for alarm in &report.alarms {
        let series = report.series_of(alarm);
        output.object(&json!({
            "type": "alarm",
            "unit": report.names.get(usize::from(series.unit.0)),
            "queue": series.queue,
            "since": alarm.since.to_string(),
            "raised": alarm.raised.to_string(),
            "cleared": alarm.cleared.to_string(),
            "calls": alarm.calls,
            "expected": alarm.expected,
            "score": alarm.score,
            "method": alarm.method,
            "learning": alarm.learning,
            "evidence": EvidenceRecord::from(&alarm.evidence),
            "explanation": report.explanation(alarm, zone),
        }))?;
    }
    for record in report.stages.iter().filter_map(|stage| stage.record.as_ref()) {
        output.record(record)?;
    }
    output.object(&json!({
        "type": "backtest",
        "rows": report.rows,
        "judged": report.judged(),
        "not_judged": report.left_out.counts,
        "older_than_a_row_before": report.left_out.older,
        "faults": report.faults,
        "asked_per_month": report.total.asked_per_month,
        "realised": report.total.realised,
        "units": report.units,
        "in_alarm": report.in_alarm,
        "sensitivities": report.sensitivities,
    }))
}

fn cannot_write(file: &Path, error: &dyn std::error::Error) -> Stop {
    Stop::new(Exit::Failed, format!("cannot write {}: {error}", file.display()))
}

/// One row for each row of the input, with the text of its time.
fn write_alarms(file: &Path, rows: &[Row], said: &[(bool, f64)]) -> Result<(), csv::Error> {
    let mut table = csv::Writer::from_path(file)?;
    table.write_record(["ts", "alarm", "score"])?;
    for (row, (alarm, score)) in rows.iter().zip(said) {
        let alarm = if *alarm { "1" } else { "0" };
        table.write_record([row.stamp.as_str(), alarm, &format!("{score:.5}")])?;
    }
    table.flush()?;
    Ok(())
}
