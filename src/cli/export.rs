//! The commands of `export` and their arguments.

use super::value::Moment;
use super::with_exits;
use crate::config::timezone;
use crate::exit::Exit;
use crate::export::step::Step;
use crate::export::table::Format;
use chrono_tz::Tz;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

const EXITS: &[Exit] = &[Exit::Ok, Exit::Failed, Exit::Usage, Exit::Journal];

/// The commands of `export`.
#[derive(Clone, Debug, Subcommand)]
pub enum ExportCommand {
    /// Calls of each queue, interval by interval, with what was expected.
    ///
    /// In order of time, as the sources told them or summed to quarters, half hours, hours or
    /// local days. What no source told is empty, never zero; `covered_seconds` is the part of an
    /// interval that was told. The CSV can be read again by `learn`, `backtest` and `replay`.
    ///
    /// The form `openmetrics` is for a Prometheus that was set up after the monitor: samples with
    /// their times, under the names of `/metrics`.
    #[command(after_long_help = with_exits(
        "Examples:\n  \
         callsurge export intervals --journal callsurge.journal --step 60m --output hours.csv\n  \
         callsurge export intervals --journal callsurge.journal --queue billing \\\n      \
         --since 2026-11-01 --until 2026-12-01 --timezone Asia/Shanghai --bom > november.csv\n  \
         callsurge export intervals --journal callsurge.journal --format openmetrics \\\n      \
         --output past.om && promtool tsdb create-blocks-from openmetrics past.om data/",
        EXITS,
    ))]
    Intervals(ExportIntervalsArgs),

    /// The log book, newest line first.
    #[command(after_long_help = with_exits(
        "Examples:\n  \
         callsurge export logbook --journal callsurge.journal --type transition > levels.csv\n  \
         callsurge export logbook --journal callsurge.journal --format ndjson | jq .explanation.en",
        EXITS,
    ))]
    Logbook(ExportLogbookArgs),

    /// Incidents in one line each, newest first.
    #[command(after_long_help = with_exits(
        "Example:\n  callsurge export incidents --journal callsurge.journal --bom > incidents.csv",
        EXITS,
    ))]
    Incidents(ExportIncidentsArgs),
}

/// Where an export reads and writes.
#[derive(Clone, Debug, Args)]
pub struct ExportFiles {
    /// Journal to read; a service may be writing it.
    #[arg(long, value_name = "FILE")]
    pub journal: PathBuf,
    /// File to write, replaced if it exists; standard output if not given.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Put a byte order mark in front of a CSV: Excel needs it for Chinese.
    #[arg(long)]
    pub bom: bool,
}

/// How intervals are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum IntervalFormat {
    /// Comma-separated values with a header, RFC 4180, UTF-8.
    #[default]
    Csv,
    /// One JSON object a line; what was not told is null.
    Ndjson,
    /// Samples for `promtool tsdb create-blocks-from openmetrics`.
    Openmetrics,
}

/// Arguments of `export intervals`.
#[derive(Clone, Debug, Args)]
pub struct ExportIntervalsArgs {
    /// Where to read and write.
    #[command(flatten)]
    pub files: ExportFiles,
    /// Only this queue.
    #[arg(long, value_name = "NAME")]
    pub queue: Option<String>,
    /// Not before: a date, a local time, or one with its offset.
    #[arg(long, value_name = "TIME")]
    pub since: Option<Moment>,
    /// Before this.
    #[arg(long, value_name = "TIME")]
    pub until: Option<Moment>,
    /// Length of the intervals. Rows are kept shorter than quarters of an hour, which all others
    /// are sums of.
    #[arg(long, value_enum, default_value_t)]
    pub step: Step,
    /// Local clock of days, of the column `start_local`, and of times without an offset. Without
    /// it that of the units, where all have the same, else UTC.
    #[arg(long, value_name = "ZONE", value_parser = timezone::parse)]
    pub timezone: Option<Tz>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    pub format: IntervalFormat,
    /// With openmetrics: label `job`.
    #[arg(long, value_name = "NAME", default_value = "callsurge")]
    pub job: String,
    /// With openmetrics: label `instance`.
    #[arg(long, value_name = "NAME", default_value = "export")]
    pub instance: String,
}

/// Arguments of `export logbook`.
#[derive(Clone, Debug, Args)]
pub struct ExportLogbookArgs {
    /// Where to read and write.
    #[command(flatten)]
    pub files: ExportFiles,
    /// Only this unit.
    #[arg(long, value_name = "NAME")]
    pub unit: Option<String>,
    /// Only lines of this type: transition, verdict, outage, quality, command, recall …
    #[arg(long, value_name = "TYPE")]
    pub r#type: Option<String>,
    /// Not before: a date, a local time, or one with its offset.
    #[arg(long, value_name = "TIME")]
    pub since: Option<Moment>,
    /// Before this.
    #[arg(long, value_name = "TIME")]
    pub until: Option<Moment>,
    /// Clock of times without an offset.
    #[arg(long, value_name = "ZONE", value_parser = timezone::parse, default_value = "UTC")]
    pub timezone: Tz,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Arguments of `export incidents`.
#[derive(Clone, Debug, Args)]
pub struct ExportIncidentsArgs {
    /// Where to read and write.
    #[command(flatten)]
    pub files: ExportFiles,
    /// Only this unit.
    #[arg(long, value_name = "NAME")]
    pub unit: Option<String>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}
