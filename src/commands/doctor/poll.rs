//! `doctor poll`: what a mapping makes of an answer, so that it can be written by trial.

use super::super::{Stop, chain};
use crate::app::{Refused, fetcher};
use crate::cli::DoctorArgs;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, PollSettings, SourceKind};
use crate::driver::{Draft, QueueRef};
use crate::engine::observation::{Form, Snapshot, SourceId};
use crate::engine::time::Timestamp;
use crate::exit::Exit;
use crate::ingest::poll::{Field, Mapping, Outcome, Problem, Reading, parse, scalars};
use crate::report::Output;
use serde_json::{Value, json};
use std::io;
use std::path::Path;

/// Places of values that are listed as help.
const PLACES_MAX: usize = 60;
/// Problems that are shown.
const PROBLEMS_MAX: usize = 20;

/// Answers and where they came from.
struct Fetched {
    answers: Vec<Value>,
    failures: Vec<String>,
}

pub(super) fn run(args: &DoctorArgs, output: &mut Output<'_>) -> Result<Exit, Stop> {
    let config = Config::load(&args.config).map_err(|e| Stop::new(Exit::Config, e.to_string()))?;
    let wanted = args.source.as_deref();
    let found = config.sources.iter().find_map(|source| match &source.kind {
        SourceKind::Poll(poll) if wanted.is_none_or(|wanted| wanted == source.policy.name) => {
            Some((source.policy.name.as_str(), poll))
        }
        SourceKind::Poll(_)
        | SourceKind::Ami(_)
        | SourceKind::Push
        | SourceKind::QueueLog { .. }
        | SourceKind::Csv => None,
    });
    let Some((name, poll)) = found else {
        let why = "the configuration has no such source of kind \"poll\"; `callsurge init --source \
                   poll` writes one";
        return Err(Stop::new(Exit::Config, why));
    };
    let now = SystemClock.now();
    let fetched = match &args.response {
        Some(file) => from_file(file)?,
        None => from_network(poll, now)?,
    };
    // A file may be old: what it says is looked at as if it had just come.
    let (mapping, old) = match args.response {
        Some(_) => (Mapping { at: None, ..poll.mapping.clone() }, true),
        None => (poll.mapping.clone(), false),
    };
    let mut reading = Reading::new(&mapping, SourceId(0), now);
    let mut failures = fetched.failures;
    for answer in &fetched.answers {
        if let Err(problem) = reading.take(answer) {
            failures.push(problem.to_string());
        }
    }
    let outcome = reading.finish();
    for failure in &failures {
        output.object(&json!({"type": "failure", "source": name, "message": failure}))?;
        writeln!(output.people(), "BAD   {failure}")?;
    }
    tell(&mapping, name, &outcome, output)?;
    if old && poll.mapping.at.is_some() {
        writeln!(output.people(), "note  `at` is not read from a file")?;
    }
    let nothing = outcome.drafts.is_empty();
    if nothing || !outcome.problems.is_empty() || !failures.is_empty() {
        places(&mapping, &fetched.answers, output)?;
    }
    let bad = nothing || !outcome.problems.is_empty() || !failures.is_empty();
    Ok(if bad { Exit::Failed } else { Exit::Ok })
}

fn from_file(file: &Path) -> Result<Fetched, Stop> {
    let unreadable = |e| Stop::new(Exit::Input, format!("cannot read {}: {e}", file.display()));
    let bytes = std::fs::read(file).map_err(unreadable)?;
    let (answers, failures) = match parse(&bytes) {
        Ok(answer) => (vec![answer], Vec::new()),
        Err(problem) => (Vec::new(), vec![problem.to_string()]),
    };
    Ok(Fetched { answers, failures })
}

fn from_network(poll: &PollSettings, now: Timestamp) -> Result<Fetched, Stop> {
    let mut fetcher = fetcher(poll).map_err(|Refused(exit, message)| Stop::new(exit, message))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Stop::new(Exit::Failed, chain(&e)))?;
    let mut fetched = Fetched { answers: Vec::new(), failures: Vec::new() };
    for address in 0..poll.urls.len() {
        match runtime.block_on(fetcher.fetch(address, now)) {
            Ok(pages) => fetched.answers.extend(pages),
            Err(failure) => {
                fetched.failures.push(format!("address {}: {}", address + 1, failure.what));
            }
        }
    }
    Ok(fetched)
}

fn tell(
    mapping: &Mapping,
    source: &str,
    outcome: &Outcome,
    output: &mut Output<'_>,
) -> io::Result<()> {
    for draft in &outcome.drafts {
        let Some((queue, snapshot)) = told(draft) else { continue };
        let fields: Vec<_> = Field::ALL.into_iter().map(|f| (f, value(snapshot, f))).collect();
        let mut object = json!({
            "type": "queue", "source": source, "queue": queue, "at": snapshot.at.to_string(),
        });
        let mut text = format!("ok    {queue}:");
        for (field, value) in fields {
            if let Some(value) = value {
                object[field.word()] = json!(value);
                text.push_str(&format!(" {} {value}", field.word()));
            }
        }
        if let Some(epoch) = snapshot.counters.and_then(|counters| counters.epoch) {
            object["counted_from"] = json!(epoch.to_string());
            text.push_str(&format!(" (since {epoch})"));
        }
        output.object(&object)?;
        writeln!(output.people(), "{text}")?;
    }
    for problem in outcome.problems.iter().take(PROBLEMS_MAX) {
        told_problem(source, problem, output)?;
    }
    for queue in &outcome.silent {
        output.object(&json!({"type": "silent", "source": source, "queue": queue}))?;
        writeln!(output.people(), "warn  {queue}: all its values are unknown")?;
    }
    for field in mapping.fields.keys().filter(|_| !outcome.drafts.is_empty()) {
        let mut snapshots = outcome.drafts.iter().filter_map(told);
        if !snapshots.any(|(_, snapshot)| value(snapshot, *field).is_some()) {
            let word = field.word();
            output.object(&json!({"type": "unknown", "source": source, "field": word}))?;
            writeln!(
                output.people(),
                "warn  `{word}` is unknown for every queue; is its place right?"
            )?;
        }
    }
    let (queues, left_out) = (outcome.drafts.len(), outcome.left_out);
    writeln!(
        output.people(),
        "{queues} queues told, {} refused, {} unknown, {left_out} left out",
        outcome.problems.len(),
        outcome.silent.len(),
    )
}

fn told_problem(source: &str, problem: &Problem, output: &mut Output<'_>) -> io::Result<()> {
    let mut line = json!(problem);
    line["type"] = json!("problem");
    line["source"] = json!(source);
    output.object(&line)?;
    writeln!(output.people(), "BAD   {problem}")
}

fn told(draft: &Draft) -> Option<(&str, &Snapshot)> {
    match (&draft.queue, &draft.form) {
        (QueueRef::Named(name), Form::Snapshot(snapshot)) => Some((name, snapshot)),
        (QueueRef::Named(_) | QueueRef::Known(_), _) => None,
    }
}

fn value(snapshot: &Snapshot, field: Field) -> Option<f64> {
    let counters = snapshot.counters;
    let whole = |n: u64| n as f64;
    match field {
        Field::Waiting => snapshot.waiting.map(f64::from),
        Field::LongestWait => snapshot.longest_wait.map(|wait| wait.as_secs_f64()),
        Field::InIvr => snapshot.in_ivr.map(f64::from),
        Field::Talking => snapshot.talking.map(f64::from),
        Field::AfterCallWork => snapshot.after_call_work.map(f64::from),
        Field::Available => snapshot.available.map(f64::from),
        Field::LoggedIn => snapshot.logged_in.map(f64::from),
        Field::Paused => snapshot.paused.map(f64::from),
        Field::Offered => counters.map(|c| whole(c.offered)),
        Field::Answered => counters.and_then(|c| c.answered).map(whole),
        Field::Abandoned => counters.and_then(|c| c.abandoned).map(whole),
    }
}

/// Where values stand in the answer; the values themselves may be personal.
fn places(mapping: &Mapping, answers: &[Value], output: &mut Output<'_>) -> io::Result<()> {
    let Some(answer) = answers.first() else { return Ok(()) };
    let item = mapping.each.as_ref().and_then(|each| each.find(answer)).and_then(|list| {
        let member = || list.as_object().and_then(|members| members.values().next());
        list.as_array().map_or_else(member, |items| items.first())
    });
    let (what, of) = match item {
        Some(item) => ("the first item of `each`", item),
        None => ("the answer", answer),
    };
    let found = scalars(of, PLACES_MAX);
    output.object(&json!({"type": "places", "of": what, "places": found}))?;
    writeln!(output.people(), "values in {what}: {}", found.join(" "))
}
