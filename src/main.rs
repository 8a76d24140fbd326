//! Parses the command line and runs the command.

use callsurge::cli::Cli;
use callsurge::commands;
use callsurge::exit::Exit;
use clap::Parser;
use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    match commands::run(Cli::parse(), &mut io::stdout(), &mut io::stderr()) {
        Ok(exit) => exit.into(),
        // A reader that has seen enough (`| head`) is no failure.
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Exit::Ok.into(),
        Err(_) => Exit::Failed.into(),
    }
}
