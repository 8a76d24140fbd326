//! Arguments of `simulate`: a centre that does not exist, and what happens to it.

use super::value::{DailyHours, Moment, Surge};
use crate::config::timezone;
use chrono_tz::Tz;
use clap::Args;
use std::path::PathBuf;

/// Arguments of `simulate`.
#[derive(Clone, Debug, Args)]
pub struct SimulateArgs {
    /// File to write, replaced if it exists; standard output if not given.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Calls one by one and snapshots, as observations in the wire form, in place of counts.
    #[arg(long)]
    pub events: bool,
    /// Beginning: a date, a local time, or one with its offset.
    #[arg(long, value_name = "TIME", default_value = "2026-01-05")]
    pub start: Moment,
    /// Length. A day of events of the usual volume is about 20 MB.
    #[arg(long, value_name = "DAYS", default_value_t = 56,
        value_parser = clap::value_parser!(u32).range(1..=3_660))]
    pub days: u32,
    /// Which past. Counts of a day are the same for a seed, whenever a run begins.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Mean of an open hour of a Tuesday, all three queues together.
    #[arg(long, value_name = "N", default_value_t = 2_304.0, value_parser = super::value::calls)]
    pub calls_per_hour: f64,
    /// Length of a row, without --events.
    #[arg(long, value_name = "MINUTES", default_value_t = 5,
        value_parser = super::value::row_minutes)]
    pub row_minutes: u32,
    /// When calls come in: "HH:MM-HH:MM" of each day, or "always".
    #[arg(long, value_name = "HOURS", default_value = "07:00-21:00")]
    pub hours: DailyHours,
    /// Local clock of the centre.
    #[arg(long, value_name = "ZONE", value_parser = timezone::parse,
        default_value = "Asia/Shanghai")]
    pub timezone: Tz,
    /// A surge: when it begins, minutes, times as many calls. May be given several times.
    #[arg(long, value_name = "TIME,MINUTES,TIMES")]
    pub surge: Vec<Surge>,
    /// Surges at times that the seed chooses: one in so many days.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=366))]
    pub surge_every_days: Option<u32>,
    /// Length of those.
    #[arg(long, value_name = "MINUTES", default_value_t = 60, requires = "surge_every_days",
        value_parser = clap::value_parser!(u32).range(1..=1_440))]
    pub surge_minutes: u32,
    /// Calls in those, as a multiple of the ordinary.
    #[arg(long, value_name = "TIMES", default_value_t = 2.0, requires = "surge_every_days",
        value_parser = super::value::times)]
    pub surge_times: f64,
    /// Write `start,end,times` of each surge to this CSV file.
    #[arg(long, value_name = "FILE")]
    pub truth: Option<PathBuf>,
}
