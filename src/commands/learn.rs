//! `learn`: files of the past teach a journal what is normal.

use super::files::{self, Opened, Reading, add_file_source};
use super::replay::feed;
use super::seen::Seen;
use super::{Stop, finish};
use crate::cli::LearnArgs;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::driver::{Draft, Item as Fed, QueueRef, Replay, numbering};
use crate::engine::Engine;
use crate::engine::entry::Input;
use crate::engine::observation::{Form, IntervalRow, SourceId};
use crate::engine::policy::{Policy, SilenceRule};
use crate::engine::time::Timestamp;
use crate::exit::Exit;
use crate::journal::sqlite::SqliteJournal;
use crate::journal::{Settings, Stamp};
use crate::report::Output;
use serde::Serialize;
use std::collections::BTreeSet;
use std::io;

/// Runs the command.
///
/// # Errors
/// Only if the output fails.
pub fn run(args: &LearnArgs, output: &mut Output<'_>) -> io::Result<Exit> {
    let result = learn(args, output).map_err(|stop| stop.of_journal(Some(&args.journal)));
    finish(result, output)
}

/// What was learned.
#[derive(Serialize)]
struct Learned {
    r#type: &'static str,
    intervals: u64,
    queues: usize,
    weeks: f64,
}

fn learn(args: &LearnArgs, output: &mut Output<'_>) -> Result<Exit, Stop> {
    files::readable(&args.input)?;
    let mut policy = configured(args)?;
    let now = SystemClock.now();
    let open = || {
        SqliteJournal::open(&args.journal, Settings::new(Stamp::Live), now)
            .map_err(|e| Stop::of(Exit::Journal, &e))
    };
    // One that is not there yet is created when the input is known to be good.
    let mut journal = args.journal.exists().then(open).transpose()?;
    if let Some(journal) = &mut journal
        && let Some(known) = crate::app::policy_in(journal)?
    {
        policy = match args.config {
            Some(_) => numbering::keep(&known, policy),
            None => known,
        };
    }
    let source = add_file_source(&mut policy);
    policy.sources[source.0 as usize].watched = false;
    let reading = Reading {
        paths: &args.input,
        format: args.format,
        encoding: args.encoding,
        timezone: args.timezone,
        source,
        now: Timestamp::MAX,
    };
    let lessons = teach(&reading, &policy, output)?;
    let learned = measure(&lessons);
    let mut journal = journal.map_or_else(open, Ok)?;
    let mut run = Replay::<_, Engine>::start(&policy, now, Some(&mut journal), |_, _| {})?;
    for lesson in lessons {
        run.push(now, Fed::Learn(lesson))?;
    }
    run.finish()?;
    output.object(&learned)?;
    writeln!(
        output.people(),
        "learned {} intervals of {} queues, {:.1} weeks, into {}",
        learned.intervals,
        learned.queues,
        learned.weeks,
        args.journal.display()
    )?;
    Ok(Exit::Ok)
}

/// What the configuration says; without one, a unit that takes every queue.
fn configured(args: &LearnArgs) -> Result<Policy, Stop> {
    if let Some(file) = &args.config {
        let config = Config::load(file).map_err(|e| Stop::new(Exit::Config, e.to_string()))?;
        return Ok(config.policy());
    }
    let mut policy = Policy::unconfigured(SilenceRule::Live, Vec::new());
    for unit in &mut policy.units {
        unit.timezone = args.timezone;
    }
    Ok(policy)
}

fn measure(lessons: &[Draft]) -> Learned {
    let mut queues = BTreeSet::new();
    let (mut first, mut last) = (Timestamp::MAX, Timestamp::MIN);
    for lesson in lessons {
        if let QueueRef::Named(name) = &lesson.queue {
            queues.insert(name.clone());
        }
        if let Form::Interval(row) = &lesson.form {
            first = first.min(row.start);
            last = last.max(row.end);
        }
    }
    let weeks = if last > first { (last - first).as_minutes_f64() / 10_080.0 } else { 0.0 };
    Learned { r#type: "learned", intervals: lessons.len() as u64, queues: queues.len(), weeks }
}

/// Reads files of the past as closed intervals, in order of time. Events are summed first.
pub(super) fn teach(
    reading: &Reading<'_>,
    policy: &Policy,
    output: &mut Output<'_>,
) -> Result<Vec<Draft>, Stop> {
    let Opened { mut records, bar } = reading.open(policy, "learning")?;
    let mut scratch = policy.clone();
    scratch.silence = SilenceRule::Replay;
    scratch.queues_max = crate::ingest::csv::QUEUES_MAX as u32;
    let mut lessons = Vec::new();
    let mut events = Vec::new();
    for item in records.by_ref() {
        let item = item.map_err(|e| Stop::of(Exit::Input, &e))?;
        match item.input {
            crate::ingest::Told::Draft(draft) if matches!(draft.form, Form::Interval(_)) => {
                lessons.push(draft);
            }
            crate::ingest::Told::Draft(_)
            | crate::ingest::Told::Heartbeat(_)
            | crate::ingest::Told::SourceRestarted(_) => events.push(item),
        }
    }
    bar.finish();
    files::warn_of_columns(&records, output)?;
    lessons.extend(summed(events, &scratch)?);
    lessons.sort_by_key(|draft| match &draft.form {
        Form::Interval(row) => row.end,
        Form::Event(_) | Form::Snapshot(_) => Timestamp::MIN,
    });
    Ok(lessons)
}

/// Events summed to the minutes that they make.
fn summed(events: Vec<crate::ingest::Item>, policy: &Policy) -> Result<Vec<Draft>, Stop> {
    let Some(first) = events.first() else { return Ok(Vec::new()) };
    let start = first.at;
    let mut seen = Seen::with_intervals();
    let mut run = Replay::<_, Engine>::start(policy, start, None, |effect, _| seen.take(effect))?;
    let mut last = start;
    for event in events {
        last = last.max(event.at);
        feed(&mut run, event)?;
    }
    for index in 0..policy.sources.len() {
        run.push(last, Fed::Input(Input::SourceEnded(SourceId(index as u16))))?;
    }
    let engine = run.finish()?;
    let view = engine.view();
    let mut drafts = Vec::new();
    for ((start, queue), row) in seen.into_intervals() {
        let Ok(interval) = IntervalRow::new(start, start + row.length, true, 0, row.tally) else {
            continue;
        };
        drafts.push(Draft {
            source: view.queues[queue.0 as usize].source.unwrap_or(SourceId(0)),
            queue: QueueRef::Named(engine.queue_name(queue).into()),
            form: Form::Interval(interval),
        });
    }
    Ok(drafts)
}
