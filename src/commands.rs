//! The commands: each reads its arguments, joins the parts, and prints.
//!
//! A command decides nothing of its own. Whatever it prints for people it prints through
//! [`crate::report`], and with `--json` standard output holds JSON lines only.

pub mod backtest;
pub mod dashboards;
pub mod demo;
pub mod doctor;
pub mod export;
mod files;
pub mod learn;
mod lessons;
pub mod replay;
pub mod roster;
pub mod scenario;
mod seen;
pub mod simulate;
pub mod staff;

use crate::cli::{Cli, Command, DashboardsCommand, setup};
use crate::clock::{Clock, SystemClock};
use crate::driver::DriverError;
use crate::exit::Exit;
use crate::report::Output;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Runs the command that was asked for.
///
/// # Errors
/// Only if standard output or standard error fails.
pub fn run(cli: Cli, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<Exit> {
    match cli.command {
        Command::Init(args) => setup::init(&args, out, err),
        Command::CheckConfig(args) => setup::check_config(&args, SystemClock.now(), out, err),
        Command::Replay(args) => replay::run(&args, &mut Output::new(args.json, out, err)),
        Command::Backtest(args) => backtest::run(&args, &mut Output::new(args.json, out, err)),
        Command::Learn(args) => learn::run(&args, &mut Output::new(args.json, out, err)),
        Command::Test(args) => scenario::run(&args, &mut Output::new(args.json, out, err)),
        Command::Demo(args) => demo::run(&args, &mut Output::new(args.json, out, err)),
        Command::Dashboards { command: DashboardsCommand::Export(args) } => {
            dashboards::export(&args, err)
        }
        Command::Doctor(args) => doctor::run(&args, &mut Output::new(args.json, out, err)),
        Command::Simulate(args) => simulate::run(&args, out, err),
        Command::Staff(args) => staff::run(&args, &mut Output::new(args.json, out, err)),
        Command::Export { command } => export::run(&command, out, err),
        Command::Roster { command } => roster::run(&command, SystemClock.now(), out, err),
        Command::Serve(args) => crate::app::serve(&args, err),
    }
}

/// Why a command ends early: what to print, and the exit code.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) exit: Exit,
    pub(crate) message: String,
}

impl Stop {
    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// Names the journal, if it is what cannot be used.
    fn of_journal(mut self, path: Option<&Path>) -> Self {
        if let (Exit::Journal, Some(path)) = (self.exit, path) {
            self.message = about_journal(path, &self.message);
        }
        self
    }

    /// An error with its causes on one line.
    fn of(exit: Exit, error: &dyn std::error::Error) -> Self {
        Self { exit, message: chain(error) }
    }
}

impl From<DriverError> for Stop {
    fn from(error: DriverError) -> Self {
        Self::of(Exit::Journal, &error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        // A reader that has seen enough (`| head`) is no failure.
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(Exit::Ok, "");
        }
        Self::of(Exit::Failed, &error)
    }
}

/// Where a command writes what may be long: a file, or standard output.
struct Sink<'a> {
    out: BufWriter<Box<dyn Write + 'a>>,
    file: Option<PathBuf>,
}

impl<'a> Sink<'a> {
    fn open(file: Option<&Path>, out: &'a mut dyn Write) -> Result<Self, Stop> {
        let out: Box<dyn Write + 'a> = match file {
            None => Box::new(out),
            Some(path) => Box::new(File::create(path).map_err(|e| {
                Stop::new(Exit::Failed, format!("cannot write {}: {e}", path.display()))
            })?),
        };
        Ok(Self { out: BufWriter::new(out), file: file.map(Path::to_owned) })
    }

    fn finish(mut self) -> io::Result<()> {
        self.flush()
    }

    /// The error with the file that it is about.
    fn named(&self, error: io::Error) -> io::Error {
        match &self.file {
            Some(file) => {
                io::Error::new(error.kind(), format!("cannot write {}: {error}", file.display()))
            }
            None => error,
        }
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes).map_err(|error| self.named(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush().map_err(|error| self.named(error))
    }
}

/// An error of a journal, with the file that it is about.
pub(crate) fn about_journal(path: &Path, message: &str) -> String {
    format!("journal {}: {message}", path.display())
}

/// An error with its causes: `cannot open a.csv: no such file`.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let more = next.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = next.source();
    }
    text
}

/// Ends a command: prints what stopped it.
fn finish(result: Result<Exit, Stop>, output: &mut Output<'_>) -> io::Result<Exit> {
    match result {
        Ok(exit) => {
            output.flush()?;
            Ok(exit)
        }
        Err(stop) => {
            if stop.exit != Exit::Ok {
                output.flush()?;
                writeln!(output.errors(), "error: {}", stop.message)?;
            }
            Ok(stop.exit)
        }
    }
}
