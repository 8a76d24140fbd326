//! `learn`: files of the past teach a journal what is normal, and are judged as teachers.

use super::files::{self, Reading, add_file_source};
use super::lessons::{BAR_STEP, teach_what_can_be_read};
use super::{Stop, finish};
use crate::cli::LearnArgs;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::driver::{Draft, Item as Fed, QueueRef, Replay, numbering};
use crate::engine::Engine;
use crate::engine::calendar::Calendar;
use crate::engine::observation::{Form, QueueId};
use crate::engine::policy::{Policy, SilenceRule, UnitPolicy};
use crate::engine::time::Timestamp;
use crate::exit::Exit;
use crate::history::{self, Faults, History, Row, Survey};
use crate::journal::sqlite::SqliteJournal;
use crate::journal::{Journal, Settings, Stamp};
use crate::report::{Look, Output, Progress, week};
use chrono_tz::Tz;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Share of the lines that may be wrong: more is most likely the wrong format, zone or file.
pub(super) const FAULTY_MAX: f64 = 0.1;

/// Most queues that are named in a sentence.
const NAMES_MAX: usize = 5;

/// Runs the command.
///
/// # Errors
/// Only if the output fails.
pub fn run(args: &LearnArgs, output: &mut Output<'_>) -> io::Result<Exit> {
    let result = learn(args, output).map_err(|stop| stop.of_journal(args.journal.as_deref()));
    finish(result, output)
}

/// What was learned.
#[derive(Serialize)]
struct Learned {
    r#type: &'static str,
    intervals: u64,
    queues: usize,
    weeks: f64,
    dry_run: bool,
    /// Intervals of a time that this journal was taught before.
    known_already: u64,
}

fn learn(args: &LearnArgs, output: &mut Output<'_>) -> Result<Exit, Stop> {
    files::readable(&args.input)?;
    if let Some(report) = &args.report {
        files::not_an_input(report, &args.input)?;
    }
    let mut policy = configured(args)?;
    let now = SystemClock.now();
    let open = |path: &Path| {
        SqliteJournal::open(path, Settings::new(Stamp::Live), now)
            .map_err(|e| Stop::of(Exit::Journal, &e))
    };
    let path = args.journal.as_deref().filter(|_| !args.dry_run);
    // One that is not there yet is created when the input is known to be good.
    let mut journal = path.filter(|path| path.exists()).map(open).transpose()?;
    if let Some(journal) = &mut journal
        && let Some(known) = crate::app::policy_in(journal)?
    {
        policy = match args.config {
            Some(_) => numbering::keep(&known, policy),
            None => known,
        };
    }
    let timezone = files::zone_of(args.timezone, &policy);
    let source = add_file_source(&mut policy);
    policy.sources[source.0 as usize].watched = false;
    let reading = Reading {
        paths: &args.input,
        format: args.format,
        encoding: args.encoding,
        timezone,
        source,
        now: Timestamp::MAX,
    };
    let (lessons, faults) = teach_what_can_be_read(&reading, &policy, output)?;
    refuse_if_faulty(&lessons, &faults)?;
    refuse_if_nobody_learns(&lessons, &policy)?;
    let (lessons, history) = survey(lessons, faults, &policy, timezone);
    let mut learned = measure(&lessons, args.dry_run);
    let strangers = strangers(&lessons, &policy);
    // A page that cannot be written is told before anything is taught.
    let report = args.report.as_deref().map(Report::create).transpose()?;
    let mut journal = match journal {
        Some(journal) => Some(journal),
        None => path.map(open).transpose()?,
    };
    let journal = journal.as_mut().map(|j| j as &mut dyn Journal);
    let Taught { engine, refused, known_already } = taught(lessons, &policy, now, journal)?;
    if refused > 0 {
        learned.intervals -= refused;
        let names = strangers.iter().take(NAMES_MAX).cloned().collect::<Vec<_>>().join(", ");
        let more = if strangers.len() > NAMES_MAX { ", …" } else { "" };
        output.warn(&format!(
            "{refused} rows are of queues that belong to no unit: {names}{more}; name them in \
             `queues` of a [[unit]]"
        ))?;
    }
    if known_already > 0 {
        learned.intervals -= known_already;
        learned.known_already = known_already;
        output.warn(&format!(
            "{known_already} rows were left out: this journal was taught their time before, and \
             would count it twice. Teach older files first, or begin a new journal"
        ))?;
    }
    let zone = policy.units.first().map_or(timezone, |unit| unit.timezone);
    let expected = expected_week(&engine, &history);
    if let Some(report) = report {
        report.write(&history::page(&history, &expected, zone))?;
    }
    output.object(&learned)?;
    output.object(&history.quality)?;
    tell_people(&learned, path, &history, &expected, zone, output)?;
    if args.config.is_none() {
        let people = output.people();
        writeln!(
            people,
            "\nThe week is that of {zone}. A unit of another zone would read it shifted: teach \
             with the --config that is served."
        )?;
    }
    Ok(Exit::Ok)
}

/// The file of the page.
struct Report<'a> {
    path: &'a Path,
    file: File,
}

impl<'a> Report<'a> {
    fn create(path: &'a Path) -> Result<Self, Stop> {
        let file = File::create(path).map_err(|e| Self::failed(path, &e))?;
        Ok(Self { path, file })
    }

    fn write(mut self, page: &str) -> Result<(), Stop> {
        self.file.write_all(page.as_bytes()).map_err(|e| Self::failed(self.path, &e))
    }

    fn failed(path: &Path, error: &io::Error) -> Stop {
        Stop::new(Exit::Failed, format!("cannot write {}: {error}", path.display()))
    }
}

/// What the configuration says; without one, a unit that takes every queue.
fn configured(args: &LearnArgs) -> Result<Policy, Stop> {
    if let Some(file) = &args.config {
        let config = Config::load(file).map_err(|e| Stop::new(Exit::Config, e.to_string()))?;
        return Ok(config.policy());
    }
    let mut policy = Policy::unconfigured(SilenceRule::Live, Vec::new());
    for unit in &mut policy.units {
        unit.timezone = args.timezone.unwrap_or(Tz::UTC);
    }
    Ok(policy)
}

fn refuse_if_faulty(lessons: &[Draft], faults: &Faults) -> Result<(), Stop> {
    let (wrong, good) = (faults.total(), lessons.len() as u64);
    if wrong as f64 <= FAULTY_MAX * (wrong + good) as f64 {
        return Ok(());
    }
    let first = faults.first.values().next().cloned().unwrap_or_default();
    let all = wrong + good;
    let why = format!("nothing was learned: {wrong} of {all} lines are wrong, such as {first}");
    Err(Stop::new(Exit::Input, why))
}

/// Queues that belong to no unit.
fn strangers(lessons: &[Draft], policy: &Policy) -> BTreeSet<String> {
    let names = lessons.iter().filter_map(name_of).collect::<BTreeSet<_>>();
    let strange = |name: &&str| policy.unit_of_queue(name).is_none();
    names.into_iter().filter(strange).map(str::to_owned).collect()
}

fn refuse_if_nobody_learns(lessons: &[Draft], policy: &Policy) -> Result<(), Stop> {
    let nothing = |why: &str| Err(Stop::new(Exit::Input, format!("nothing was learned: {why}")));
    if lessons.is_empty() {
        return nothing("there is no row with calls in the files");
    }
    let known = |lesson: &Draft| name_of(lesson).and_then(|name| policy.unit_of_queue(name));
    if lessons.iter().any(|lesson| known(lesson).is_some()) {
        return Ok(());
    }
    let names: Vec<_> = strangers(lessons, policy).into_iter().take(NAMES_MAX).collect();
    nothing(&format!(
        "no unit has the queues of the files ({}); name them in `queues` of a [[unit]]",
        names.join(", ")
    ))
}

/// Judges the lessons queue by queue; also those of them that teach, in order of time.
fn survey(
    lessons: Vec<Draft>,
    faults: Faults,
    policy: &Policy,
    timezone: Tz,
) -> (Vec<Draft>, History) {
    let mut queues: BTreeMap<&str, (Vec<usize>, Vec<Row>)> = BTreeMap::new();
    for (at, lesson) in lessons.iter().enumerate() {
        if let (QueueRef::Named(name), Form::Interval(row)) = (&lesson.queue, &lesson.form) {
            let calls = row.tally.offered.saturating_add(row.tally.refused.unwrap_or(0));
            let (places, rows) = queues.entry(name).or_default();
            places.push(at);
            rows.push(Row { start: row.start, end: row.end, revision: row.revision, calls });
        }
    }
    let mut teaches = vec![true; lessons.len()];
    let bar = Progress::of_count(lessons.len() as u64, "judging");
    let mut survey = Survey::default();
    for (name, (places, rows)) in queues {
        let unit = policy.unit_of_queue(name).and_then(|id| policy.units.get(usize::from(id.0)));
        let zone = unit.map_or(timezone, |unit: &UnitPolicy| unit.timezone);
        let mut calendar = unit.map_or_else(|| Calendar::new(timezone), Calendar::of);
        places.iter().for_each(|place| teaches[*place] = false);
        for kept in survey.add(name, zone, &mut calendar, &rows) {
            teaches[places[kept]] = true;
        }
        bar.advance(places.len() as u64);
    }
    bar.finish();
    let history = survey.finish(faults);
    let mut teaches = teaches.into_iter();
    let lessons = lessons.into_iter().filter(|_| teaches.next() == Some(true)).collect();
    (lessons, history)
}

fn measure(lessons: &[Draft], dry_run: bool) -> Learned {
    let mut queues = BTreeSet::new();
    let (mut first, mut last) = (Timestamp::MAX, Timestamp::MIN);
    for lesson in lessons {
        if let QueueRef::Named(name) = &lesson.queue {
            queues.insert(name);
        }
        if let Form::Interval(row) = &lesson.form {
            first = first.min(row.start);
            last = last.max(row.end);
        }
    }
    let weeks = if last > first { (last - first).as_minutes_f64() / 10_080.0 } else { 0.0 };
    let (intervals, queues) = (lessons.len() as u64, queues.len());
    Learned { r#type: "learned", intervals, queues, weeks, dry_run, known_already: 0 }
}

/// An engine that was taught.
struct Taught {
    engine: Engine,
    /// Rows of queues that belong to no unit.
    refused: u64,
    /// Rows of a time that was taught before.
    known_already: u64,
}

/// Teaches a journal, or without one an engine that is gone afterwards.
fn taught(
    lessons: Vec<Draft>,
    policy: &Policy,
    now: Timestamp,
    journal: Option<&mut dyn Journal>,
) -> Result<Taught, Stop> {
    let bar = Progress::of_count(lessons.len() as u64, "teaching");
    let mut run = Replay::<_, Engine>::start(policy, now, journal, |_, _| {})?;
    let known = known_to(run.fold(), &lessons);
    let mut known_already = 0;
    for (at, lesson) in lessons.into_iter().enumerate() {
        if is_known(&known, &lesson) {
            known_already += 1;
        } else {
            run.push(now, Fed::Learn(lesson))?;
        }
        if at % BAR_STEP == BAR_STEP - 1 {
            bar.advance(BAR_STEP as u64);
        }
    }
    let refused = run.refused();
    let engine = run.finish()?;
    bar.finish();
    Ok(Taught { engine, refused, known_already })
}

/// Until when the queues of the lessons were taught before.
fn known_to(engine: &Engine, lessons: &[Draft]) -> BTreeMap<String, Timestamp> {
    let names: BTreeSet<&str> = lessons.iter().filter_map(name_of).collect();
    names.into_iter().filter_map(|name| Some((name.to_owned(), engine.taught_to(name)?))).collect()
}

fn is_known(known: &BTreeMap<String, Timestamp>, lesson: &Draft) -> bool {
    let Form::Interval(row) = &lesson.form else { return false };
    name_of(lesson).and_then(|name| known.get(name)).is_some_and(|to| row.start < *to)
}

fn name_of(lesson: &Draft) -> Option<&str> {
    let QueueRef::Named(name) = &lesson.queue else { return None };
    Some(name)
}

/// What all queues of the history together expect of each hour of the week that it covers: of
/// others the baseline would guess.
fn expected_week(engine: &Engine, history: &History) -> Vec<Option<f64>> {
    let of_history: BTreeSet<&str> =
        history.quality.queues.iter().filter_map(|part| part.queue.as_deref()).collect();
    let mut sum: Vec<Option<f64>> = Vec::new();
    for (number, name) in engine.queue_names().enumerate() {
        if !of_history.contains(name) {
            continue;
        }
        let week = engine.expected_week(QueueId(number as u32));
        sum.resize(week.len(), None);
        for (sum, calls) in sum.iter_mut().zip(week) {
            *sum = match (*sum, calls) {
                (Some(sum), Some(calls)) => Some(sum + calls),
                (one, other) => one.or(other),
            };
        }
    }
    let covered = history.week.iter();
    sum.into_iter()
        .zip(covered)
        .map(|(calls, covered)| calls.filter(|_| covered.is_some()))
        .collect()
}

fn tell_people(
    learned: &Learned,
    journal: Option<&Path>,
    history: &History,
    expected: &[Option<f64>],
    zone: Tz,
    output: &mut Output<'_>,
) -> io::Result<()> {
    let look = Look::of(&io::stdout());
    let of = match history.quality.queues.as_slice() {
        [only] => only.queue.clone().unwrap_or_default(),
        queues => format!("{} queues", queues.len()),
    };
    let title = format!("{of}  calls an hour of the week: filled median, line learned");
    let people = output.people();
    let what = format!(
        "{} intervals of {} queues, {:.1} weeks",
        learned.intervals, learned.queues, learned.weeks
    );
    match journal {
        Some(path) => writeln!(people, "learned {what}, into {}\n", path.display())?,
        None => writeln!(people, "would learn {what}; nothing was written\n")?,
    }
    writeln!(people, "{}", week(&title, &history.week, expected, look))?;
    write!(people, "{}", history::text(history, zone, look))
}
