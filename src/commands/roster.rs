//! `roster`: people in, people shown, people who may be asked, people out.
//!
//! Clear names and values are told by `export` alone; `list` and `check` show names to who has the key,
//! and contacts with the middle struck out.

mod check;
mod export;
mod import;
mod list;
mod verify;

use super::{Stop, finish};
use crate::cli::{EraseArgs, RosterCommand, RosterFile, RosterKeyArg};
use crate::config::SecretSource;
use crate::engine::time::Timestamp;
use crate::exit::Exit;
use crate::report::Output;
use crate::roster::seal::{RosterKey, SealError};
use crate::roster::store::{Store, StoreError};
use std::io::{self, Write};

/// Where the key is without `--key-file`.
const KEY_VARIABLE: &str = "CALLSURGE_ROSTER_KEY";

/// Runs a command of the roster.
///
/// # Errors
/// Only if the output fails.
pub fn run(
    command: &RosterCommand,
    now: Timestamp,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<Exit> {
    match command {
        RosterCommand::Import(args) => {
            let mut output = Output::new(args.json, out, err);
            finish(import::run(args, now, &mut output), &mut output)
        }
        RosterCommand::List(args) => {
            let mut output = Output::new(args.json, out, err);
            finish(list::run(args, &mut output), &mut output)
        }
        RosterCommand::Check(args) => {
            let mut output = Output::new(args.json, out, err);
            finish(check::run(args, now, &mut output), &mut output)
        }
        RosterCommand::Verify(args) => {
            let mut output = Output::new(args.json, out, err);
            finish(verify::run(args, now, &mut output), &mut output)
        }
        RosterCommand::Export(args) => {
            let mut output = Output::new(false, out, err);
            finish(export::run(args, &mut output), &mut output)
        }
        RosterCommand::Erase(args) => {
            let mut output = Output::new(false, out, err);
            finish(erase(args, now, &mut output), &mut output)
        }
    }
}

fn erase(args: &EraseArgs, now: Timestamp, output: &mut Output<'_>) -> Result<Exit, Stop> {
    let broken = |error| about(&args.roster, &error);
    let mut store = Store::open_sealed(&args.roster.roster, now).map_err(broken)?;
    store.erase(args.person, now).map_err(broken)?;
    writeln!(
        output.people(),
        "{} is erased: the key is destroyed, the number stays. Copies of {} made before still hold \
         it.",
        args.person,
        args.roster.roster.display()
    )?;
    Ok(Exit::Ok)
}

/// The key of the roster.
fn key(arg: &RosterKeyArg) -> Result<RosterKey, Stop> {
    let source = match &arg.key_file {
        Some(path) => SecretSource::File(path.clone()),
        None => SecretSource::Env(KEY_VARIABLE.to_owned()),
    };
    RosterKey::fetch(&source).map_err(|error| Stop::of(Exit::Failed, &error))
}

/// The same where it is only wanted if there is one.
fn key_if_given(arg: &RosterKeyArg) -> Result<Option<RosterKey>, Stop> {
    let given = arg.key_file.is_some() || std::env::var_os(KEY_VARIABLE).is_some();
    given.then(|| key(arg)).transpose()
}

/// An error with the roster that it is about.
fn about(file: &RosterFile, error: &StoreError) -> Stop {
    let message = super::chain(error);
    Stop::new(Exit::Failed, format!("roster {}: {message}", file.roster.display()))
}

fn sealed(file: &RosterFile, error: SealError) -> Stop {
    about(file, &StoreError::Seal(error))
}
