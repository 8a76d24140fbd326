//! What files of the past teach: closed intervals, with what could not be read beside them.

use super::Stop;
use super::files::{Opened, Reading, tell_of_encodings, warn_of_columns};
use super::replay::feed;
use super::seen::Seen;
use crate::driver::{Draft, Item as Fed, QueueRef, Replay};
use crate::engine::Engine;
use crate::engine::entry::Input;
use crate::engine::observation::{Form, IntervalRow, SourceId};
use crate::engine::policy::{Policy, SilenceRule};
use crate::engine::time::Timestamp;
use crate::exit::Exit;
use crate::history::{Fault, Faults};
use crate::ingest::csv::CsvProblem;
use crate::ingest::problem::{FileError, Problem};
use crate::ingest::{Item, Reason, Told};
use crate::report::{Output, Progress};

/// Things that are done between two steps of a bar.
pub(super) const BAR_STEP: usize = 1_024;

/// Reads files of the past as closed intervals, in order of time. Events are summed first; the
/// first line that is wrong ends it.
pub(super) fn teach(
    reading: &Reading<'_>,
    policy: &Policy,
    output: &mut Output<'_>,
) -> Result<Vec<Draft>, Stop> {
    gather(reading, policy, output, |error| Err(Stop::of(Exit::Input, &error)))
}

/// The same, but lines that are wrong are left out and counted.
pub(super) fn teach_what_can_be_read(
    reading: &Reading<'_>,
    policy: &Policy,
    output: &mut Output<'_>,
) -> Result<(Vec<Draft>, Faults), Stop> {
    let mut faults = Faults::default();
    let lessons = gather(reading, policy, output, |error| leave_out(&error, &mut faults))?;
    Ok((lessons, faults))
}

/// Counts a line that is wrong; what is wrong with the file ends it.
pub(super) fn leave_out(error: &FileError, faults: &mut Faults) -> Result<(), Stop> {
    let wrong = || Stop::of(Exit::Input, error);
    let FileError::Line { problem, .. } = error else { return Err(wrong()) };
    let fault = fault_of(problem).ok_or_else(wrong)?;
    faults.note(fault, || super::chain(error));
    Ok(())
}

/// What is wrong with a line; `None` where it is not the line but the file.
pub(super) fn fault_of(problem: &Problem) -> Option<Fault> {
    match problem {
        Problem::Io(_) => None,
        Problem::TooLong | Problem::QueueLog(_) => Some(Fault::Malformed),
        Problem::Wire(refusal) => Some(match refusal.reason() {
            Reason::Negative => Fault::Negative,
            Reason::Nonsense | Reason::Future | Reason::TooOld => Fault::Implausible,
            Reason::Malformed
            | Reason::UnknownField
            | Reason::Missing
            | Reason::WrongType
            | Reason::Time
            | Reason::Name
            | Reason::UnknownSource
            | Reason::UnknownQueue
            | Reason::TooLarge
            | Reason::Overload => Fault::Malformed,
        }),
        Problem::Csv(problem) => match problem {
            CsvProblem::NoColumn { .. }
            | CsvProblem::ColumnTwice(_)
            | CsvProblem::NoStep
            | CsvProblem::NotUtf8(_)
            | CsvProblem::TooManyQueues => None,
            CsvProblem::Skipped { .. } => Some(Fault::SkippedByTheClock),
            CsvProblem::Number { found, .. } if found.starts_with('-') => Some(Fault::Negative),
            CsvProblem::Number { .. } | CsvProblem::Nonsense(_) => Some(Fault::Implausible),
            CsvProblem::Empty(_)
            | CsvProblem::Instant { .. }
            | CsvProblem::Name { .. }
            | CsvProblem::OpenQuote
            | CsvProblem::TooManyCells { .. }
            | CsvProblem::CutShort { .. }
            | CsvProblem::Fields(_) => Some(Fault::Malformed),
        },
    }
}

fn gather(
    reading: &Reading<'_>,
    policy: &Policy,
    output: &mut Output<'_>,
    mut wrong: impl FnMut(FileError) -> Result<(), Stop>,
) -> Result<Vec<Draft>, Stop> {
    let Opened { mut records, bar } = reading.open(policy, "learning")?;
    let mut scratch = policy.clone();
    scratch.silence = SilenceRule::Replay;
    scratch.queues_max = crate::ingest::csv::QUEUES_MAX as u32;
    let mut lessons = Vec::new();
    let mut events = Vec::new();
    for item in records.by_ref() {
        let item = match item {
            Ok(item) => item,
            Err(error) => {
                wrong(error)?;
                continue;
            }
        };
        match item.input {
            Told::Draft(draft) if matches!(draft.form, Form::Interval(_)) => lessons.push(draft),
            Told::Draft(_) | Told::Heartbeat(_) | Told::SourceRestarted(_) => events.push(item),
        }
    }
    bar.finish();
    warn_of_columns(&records, output)?;
    tell_of_encodings(records.encodings(), output)?;
    lessons.extend(summed(events, &scratch)?);
    lessons.sort_by_key(|draft| match &draft.form {
        Form::Interval(row) => row.end,
        Form::Event(_) | Form::Snapshot(_) => Timestamp::MIN,
    });
    Ok(lessons)
}

/// Events summed to the minutes that they make, in order of time.
pub(super) fn summed(events: Vec<Item>, policy: &Policy) -> Result<Vec<Draft>, Stop> {
    let Some(first) = events.first() else { return Ok(Vec::new()) };
    let start = first.at;
    let mut seen = Seen::with_intervals();
    let mut run = Replay::<_, Engine>::start(policy, start, None, |effect, _| seen.take(effect))?;
    let mut last = start;
    let bar = Progress::of_count(events.len() as u64, "summing");
    for (at, event) in events.into_iter().enumerate() {
        last = last.max(event.at);
        feed(&mut run, event)?;
        if at % BAR_STEP == BAR_STEP - 1 {
            bar.advance(BAR_STEP as u64);
        }
    }
    bar.finish();
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
