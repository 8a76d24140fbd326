//! `test`: scenario files, as users write them.

use super::{Stop, chain, finish};
use crate::cli::TestArgs;
use crate::exit::Exit;
use crate::report::Output;
use crate::scenario;
use std::io;

/// Runs the command.
///
/// # Errors
/// Only if the output fails.
pub fn run(args: &TestArgs, output: &mut Output<'_>) -> io::Result<Exit> {
    let result = test(args, output);
    finish(result, output)
}

fn test(args: &TestArgs, output: &mut Output<'_>) -> Result<Exit, Stop> {
    let (mut passed, mut failed) = (0_usize, 0_usize);
    for file in &args.files {
        let name = file.display();
        let text = std::fs::read_to_string(file)
            .map_err(|e| Stop::new(Exit::Input, format!("cannot read {name}: {e}")))?;
        let report = scenario::run(&text)
            .map_err(|e| Stop::new(Exit::Input, format!("{name}: {}", chain(&e))))?;
        if report.passed() {
            passed += 1;
        } else {
            failed += 1;
        }
        output.object(&report)?;
        write!(output.people(), "{report}")?;
    }
    writeln!(output.people(), "{passed} passed, {failed} failed")?;
    Ok(if failed == 0 { Exit::Ok } else { Exit::Scenario })
}
