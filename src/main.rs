//! Parses the command line and runs the command.

use callsurge::cli::{Cli, Command, setup};
use callsurge::exit::Exit;
use clap::Parser;
use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
    match run(Cli::parse(), &mut out, &mut err) {
        Ok(exit) => exit.into(),
        // A reader that has seen enough (`| head`) is no failure.
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Exit::Ok.into(),
        Err(_) => Exit::Failed.into(),
    }
}

fn run(cli: Cli, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<Exit> {
    match cli.command {
        Command::Init(args) => setup::init(&args, out, err),
        Command::CheckConfig(args) => setup::check_config(&args, out, err),
        Command::Serve(_)
        | Command::Demo(_)
        | Command::Replay(_)
        | Command::Learn(_)
        | Command::Test(_) => {
            writeln!(err, "error: this command is not built in yet")?;
            Ok(Exit::Failed)
        }
    }
}
