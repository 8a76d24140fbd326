//! `backtest`: a history in, a report of what the monitor would have done out.

use super::files::{Reading, add_file_source, encoding_of, format_of, policy, tell_of_encodings};
use super::lessons::teach;
use super::{Stop, finish};
use crate::backtest::Row;
use crate::backtest::judge::{Judgement, judge};
use crate::backtest::report::Report;
use crate::backtest::{html, rows, text};
use crate::cli::BacktestArgs;
use crate::engine::policy::Policy;
use crate::engine::time::Timestamp;
use crate::engine::verdict::Verdict;
use crate::exit::Exit;
use crate::explanation::{Explanation, Said};
use crate::ingest::csv::CsvOptions;
use crate::ingest::encoding::{AsUtf8, beginning};
use crate::ingest::file::{Format, table_of};
use crate::record::EvidenceRecord;
use crate::report::{Look, Output};
use chrono_tz::Tz;
use serde_json::json;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// So much of a file tells its format.
const START_BYTES: u64 = 64 * 1024;

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
        encoding: args.encoding,
        timezone: args.timezone,
        source,
        now: Timestamp::MAX,
    };
    let rows = read(args, &reading, &mut policy, output)?;
    let lessons = match &args.learn {
        None => Vec::new(),
        Some(file) => {
            teach(&Reading { paths: std::slice::from_ref(file), ..reading }, &policy, output)?
        }
    };
    let judgement = judge(&rows, &lessons, &policy);
    if let Some(file) = &args.alarms {
        write_alarms(file, &rows, &judgement).map_err(|e| cannot_write(file, &e))?;
    }
    let report = Report::new(&rows, &lessons, &policy, judgement)?;
    if let Some(file) = &args.html {
        let page = html::page(&report, args.timezone);
        std::fs::write(file, page).map_err(|e| cannot_write(file, &e))?;
    }
    tell_programs(&report, args.timezone, output)?;
    let look = Look::of(&io::stdout());
    write!(output.people(), "{}", text::text(&report, args.timezone, look))?;
    Ok(Exit::Ok)
}

fn tell_programs(report: &Report, zone: Tz, output: &mut Output<'_>) -> io::Result<()> {
    for alarm in &report.outcome.alarms {
        let evidence = EvidenceRecord::from(&alarm.evidence);
        let raised = Verdict::Surge(alarm.evidence);
        let said = Said::of(("", Some(report.queue(alarm))), &raised, Some(&evidence));
        output.object(&json!({
            "type": "alarm",
            "queue": report.queue(alarm),
            "since": alarm.since.to_string(),
            "raised": alarm.raised.to_string(),
            "cleared": alarm.cleared.to_string(),
            "calls": alarm.calls,
            "expected": alarm.expected,
            "score": alarm.score,
            "method": alarm.method,
            "learning": alarm.learning,
            "evidence": evidence,
            "explanation": Explanation::of(&said, zone),
        }))?;
    }
    for record in report.stages.iter().filter_map(|stage| stage.record.as_ref()) {
        output.record(record)?;
    }
    output.object(&json!({
        "type": "backtest",
        "rows": report.rows,
        "asked_per_month": report.asked,
        "realised": report.outcome.rate,
        "in_alarm": report.outcome.in_alarm,
        "sensitivities": report.sensitivities,
    }))
}

fn cannot_write(file: &Path, error: &dyn std::error::Error) -> Stop {
    Stop::new(Exit::Failed, format!("cannot write {}: {error}", file.display()))
}

/// Rows of a table keep the text of their time; anything else becomes closed intervals.
fn read(
    args: &BacktestArgs,
    reading: &Reading<'_>,
    policy: &mut Policy,
    output: &mut Output<'_>,
) -> Result<Vec<Row>, Stop> {
    let file = &args.input;
    let wrong = |why: &dyn std::fmt::Display| {
        Stop::new(Exit::Input, format!("cannot read {}: {why}", file.display()))
    };
    let Some(format) = table_format(args).map_err(|e| wrong(&e))? else {
        return Ok(rows::of_intervals(teach(reading, policy, output)?));
    };
    let mut table = Vec::new();
    let input = File::open(file).map_err(|e| wrong(&e))?;
    let mut input = AsUtf8::new(input, encoding_of(args.encoding));
    input.read_to_end(&mut table).map_err(|e| wrong(&e))?;
    let encoding: Vec<_> = input.other().map(|other| (file.clone(), other)).into_iter().collect();
    tell_of_encodings(&encoding, output)?;
    let options = CsvOptions { timezone: args.timezone, ..CsvOptions::new(reading.source) };
    let (rows, carries) = rows::of_table(&table, table_of(format, &table), options)
        .map_err(|e| Stop::new(Exit::Input, format!("{}: {}", file.display(), super::chain(&e))))?;
    policy.sources[reading.source.0 as usize].carries = carries;
    Ok(rows)
}

/// The format of the file, if it is one of those of tables.
fn table_format(args: &BacktestArgs) -> io::Result<Option<Format>> {
    let format = match args.format.map(format_of) {
        Some(format) => Some(format),
        None => {
            let mut start = Vec::new();
            File::open(&args.input)?.take(START_BYTES).read_to_end(&mut start)?;
            Format::guess(Path::new(""), &beginning(&start, encoding_of(args.encoding)))
        }
    };
    Ok(format.filter(|format| matches!(format, Format::Csv | Format::Calabrio)))
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
