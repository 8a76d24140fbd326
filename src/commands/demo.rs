//! `demo`: the simulated centre, in seconds on the terminal or live on a page.

pub(crate) mod telling;

use super::{Stop, finish};
use crate::cli::DemoArgs;
use crate::config::Language;
use crate::demo::{DemoInput, Ending, FIXED_START, Lang, Script, Speed, UNIT, policy};
use crate::driver::{Item as Fed, Replay};
use crate::engine::Engine;
use crate::engine::effect::Effect;
use crate::engine::entry::Input;
use crate::engine::policy::SilenceRule;
use crate::engine::time::Timestamp;
use crate::exit::Exit;
use crate::journal::sqlite::SqliteJournal;
use crate::journal::{Journal, Settings, Stamp};
use crate::record::Record;
use crate::report::Output;
use crate::sim::CentreConfig;
use std::cell::RefCell;
use std::io;
use std::path::Path;
use telling::Telling;

/// Runs the command.
///
/// # Errors
/// Only if the output fails.
pub fn run(args: &DemoArgs, output: &mut Output<'_>) -> io::Result<Exit> {
    let result = if args.headless {
        headless(args, output).map_err(|stop| stop.of_journal(args.journal.as_deref()))
    } else {
        served(args, output)
    };
    finish(result, output)
}

/// Opens the demo's journal; refuses one that exists.
pub(crate) fn create(path: &Path, now: Timestamp) -> Result<SqliteJournal, Stop> {
    if path.exists() {
        let why = "the file exists; a demo begins a journal of its own";
        return Err(Stop::new(Exit::Journal, why));
    }
    SqliteJournal::open(path, Settings::new(Stamp::Demo), now)
        .map_err(|e| Stop::of(Exit::Journal, &e))
}

/// Language of the demo's text: as asked, else English.
fn language(args: &DemoArgs) -> Language {
    args.lang.unwrap_or_default()
}

fn lang(language: Language) -> Lang {
    match language {
        Language::En => Lang::En,
        Language::ZhCn => Lang::Zh,
    }
}

fn headless(args: &DemoArgs, output: &mut Output<'_>) -> Result<Exit, Stop> {
    let pace = match args.speed {
        crate::cli::Speed::Max => Speed::Max,
        crate::cli::Speed::Times(times) => Speed::Times(times),
    };
    let mut journal = args.journal.as_deref().map(|p| create(p, FIXED_START)).transpose()?;
    let journal = journal.as_mut().map(|j| j as &mut dyn Journal);
    let zone = CentreConfig::bank(FIXED_START).timezone;
    let mut script = Script::new(args.seed, FIXED_START, Ending::AfterTheStorm);
    let news: RefCell<Vec<Record>> = RefCell::default();
    let tell = |_: &Effect, record: Option<&Record>| {
        news.borrow_mut().extend(record.cloned());
    };
    let policy = policy(SilenceRule::Live);
    let mut run = Replay::<_, Engine>::start(&policy, FIXED_START, journal, tell)?;
    let pacer = Pacer::new(pace, FIXED_START);
    let mut telling = Telling::new(language(args), zone);
    while let Some((at, inputs)) = script.next() {
        pacer.wait(at);
        for input in inputs {
            run.push(at, fed(input))?;
        }
        run.pass(at)?;
        for record in news.take() {
            script.on_record(&record);
            telling.record(&record, output)?;
        }
        for message in script.inbox().take_news() {
            telling.message(&message, output)?;
        }
    }
    run.finish()?;
    telling.summary(output)?;
    Ok(Exit::Ok)
}

/// What the driver takes of the script.
fn fed(input: DemoInput) -> Fed {
    match input {
        DemoInput::Learn(draft) => Fed::Learn(draft),
        DemoInput::Observed(draft) => Fed::Draft(draft),
        DemoInput::Command(command) => Fed::Input(Input::Command(command)),
        DemoInput::ExtraStaff { level, heads } => {
            Fed::Input(Input::ExtraStaff { unit: UNIT, level, heads })
        }
    }
}

/// Holds the script back to its pace against the real clock.
struct Pacer {
    pace: Speed,
    start: Timestamp,
    began: std::time::Instant,
}

impl Pacer {
    fn new(pace: Speed, start: Timestamp) -> Self {
        Self { pace, start, began: std::time::Instant::now() }
    }

    fn wait(&self, at: Timestamp) {
        let Speed::Times(times) = self.pace else { return };
        let due = (at - self.start).as_secs_f64() / times;
        let behind = due - self.began.elapsed().as_secs_f64();
        if behind > 0.0 {
            std::thread::sleep(std::time::Duration::from_secs_f64(behind));
        }
    }
}

fn served(args: &DemoArgs, output: &mut Output<'_>) -> Result<Exit, Stop> {
    crate::app::demo(args, output).map_err(|refused| Stop::new(refused.0, refused.1))
}
