//! `staff`: a planner's question in, a number of agents and what others would mean out.

use super::{Stop, finish};
use crate::cli::StaffArgs;
use crate::exit::Exit;
use crate::report::{Look, Output, agents};
use crate::staffing::{StaffingError, WhatIf};
use serde_json::json;
use std::io;

/// Runs the command.
///
/// # Errors
/// Only if the output fails.
pub fn run(args: &StaffArgs, output: &mut Output<'_>) -> io::Result<Exit> {
    let result = staff(args, output);
    finish(result, output)
}

fn staff(args: &StaffArgs, output: &mut Output<'_>) -> Result<Exit, Stop> {
    let wrong = |error: StaffingError| Stop::of(Exit::Usage, &error);
    let what_if = WhatIf::new(&args.ask()).map_err(wrong)?;
    let need = what_if.need().map_err(wrong)?;
    let rows = what_if.rows(&need).map_err(wrong)?;
    output.object(&json!({
        "type": "staffing",
        "asked": what_if.asked(),
        "need": need,
        "rows": rows,
    }))?;
    let language = args.lang.unwrap_or_default();
    let text = agents(&what_if, &need, &rows, language, Look::of(&io::stdout())).map_err(wrong)?;
    write!(output.people(), "{text}")?;
    Ok(Exit::Ok)
}
