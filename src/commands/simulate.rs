//! `simulate`: what a centre that does not exist would report.

use super::{Sink, Stop, finish};
use crate::cli::SimulateArgs;
use crate::engine::time::{Span, Timestamp};
use crate::exit::Exit;
use crate::ingest::wire::write;
use crate::report::{Output, Progress};
use crate::sim::{Centre, CentreConfig, History, SimEvent, Storm, scattered};
use std::io::{self, Write};
use std::path::Path;

const DAY: Span = Span::hours(24);
/// Simulated time between two writes of events.
const STRIDE: Span = Span::minutes(1);

/// Runs the command.
///
/// # Errors
/// Only if a stream fails.
pub fn run(args: &SimulateArgs, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<Exit> {
    let result = simulate(args, out, err);
    finish(result, &mut Output::new(false, out, err))
}

fn simulate(args: &SimulateArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Stop> {
    let usage = |why: &str| Stop::new(Exit::Usage, why);
    if let (Some(output), Some(truth)) = (&args.output, &args.truth)
        && same_file(output, truth)
    {
        return Err(usage("--output and --truth name the same file"));
    }
    let beyond = || usage("a time lies beyond the calendar");
    // Rows lie on a grid of their length.
    let grid = Span::minutes(if args.events { 1 } else { i64::from(args.row_minutes) });
    let start = args.start.instant(args.timezone).ok_or_else(beyond)?.floor(grid);
    let end = start + DAY * i64::from(args.days);
    let mut config = CentreConfig {
        timezone: args.timezone,
        hours: args.hours.0,
        calls_per_5_minutes: args.calls_per_hour / 12.0,
        ..CentreConfig::bank(start)
    };
    for surge in &args.surge {
        let at = surge.at.instant(args.timezone).ok_or_else(beyond)?;
        let storm = Storm::step(at, Span::minutes(i64::from(surge.minutes)), surge.times);
        config.storms.push(storm);
    }
    if let Some(days) = args.surge_every_days {
        let length = Span::minutes(i64::from(args.surge_minutes));
        let storms = scattered(args.seed, &config, end, days, length, args.surge_times);
        let too_long = || usage("--surge-minutes is longer than the open hours of a day");
        config.storms.extend(storms.ok_or_else(too_long)?);
    }
    config.storms.sort_by_key(|storm| storm.start);
    if let Some(storm) = config.storms.iter().find(|s| s.start >= end || s.end() <= start) {
        let why = format!(
            "the surge of {} lies outside of what is simulated, {start} to {end}",
            storm.start
        );
        return Err(usage(&why));
    }
    if let Some(file) = &args.truth {
        truth(file, &config.storms)?;
    }
    let surges = config.storms.len();
    let queues = config.queues.len();
    let mut sink = Sink::open(args.output.as_deref(), out)?;
    let bar = Progress::of_count(u64::from(args.days), "simulating");
    let (lines, what) = if args.events {
        (events(args.seed, config, end, &mut sink, &bar)?, "observations")
    } else {
        (rows(args, &config, (start, end), &mut sink, &bar)?, "rows")
    };
    bar.finish();
    sink.finish()?;
    writeln!(err, "{lines} {what} of {queues} queues from {start} to {end}, {surges} surges")?;
    Ok(Exit::Ok)
}

/// Counts only: outcomes of calls in a surge are told by events alone.
fn rows(
    args: &SimulateArgs,
    config: &CentreConfig,
    (start, end): (Timestamp, Timestamp),
    sink: &mut Sink<'_>,
    bar: &Progress,
) -> io::Result<u64> {
    writeln!(sink, "start,end,queue,offered")?;
    let (mut lines, mut day) = (0, start);
    for (queue, row) in History::new(args.seed, config, start, end, args.row_minutes) {
        let name = &config.queues[queue].name;
        writeln!(sink, "{},{},{name},{}", row.start, row.end, row.tally.offered)?;
        lines += 1;
        if row.end - day >= DAY {
            day = row.end;
            bar.advance(1);
        }
    }
    Ok(lines)
}

fn events(
    seed: u64,
    config: CentreConfig,
    end: Timestamp,
    sink: &mut Sink<'_>,
    bar: &Progress,
) -> io::Result<u64> {
    let names: Vec<_> = config.queues.iter().map(|queue| queue.name.clone()).collect();
    let (mut at, mut day) = (config.start, config.start);
    let mut centre = Centre::new(seed, config);
    let (mut lines, mut happened) = (0, Vec::new());
    while at < end {
        at = (at + STRIDE).min(end);
        centre.advance(at, &mut happened);
        for event in happened.drain(..) {
            match event {
                SimEvent::Call { queue, event, .. } => {
                    serde_json::to_writer(&mut *sink, &write::event(&names[queue], &event))?;
                }
                SimEvent::Snapshot { queue, snapshot } => {
                    serde_json::to_writer(&mut *sink, &write::snapshot(&names[queue], &snapshot))?;
                }
                // Nobody is called to help.
                SimEvent::ExtraStaff { .. } => continue,
            }
            sink.write_all(b"\n")?;
            lines += 1;
        }
        if at - day >= DAY {
            day = at;
            bar.advance(1);
        }
    }
    Ok(lines)
}

/// Whether two paths name one file, be it there or not.
fn same_file(a: &Path, b: &Path) -> bool {
    let real = |path: &Path| {
        path.canonicalize().ok().or_else(|| {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
            Some(folder.join(path.file_name()?))
        })
    };
    a == b || real(a).is_some_and(|a| real(b).is_some_and(|b| a == b))
}

fn truth(file: &Path, storms: &[Storm]) -> Result<(), Stop> {
    let mut text = String::from("start,end,times\n");
    for storm in storms {
        text.push_str(&format!("{},{},{}\n", storm.start, storm.end(), storm.peak));
    }
    std::fs::write(file, text)
        .map_err(|e| Stop::new(Exit::Failed, format!("cannot write {}: {e}", file.display())))
}
