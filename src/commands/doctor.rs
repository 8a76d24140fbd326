//! `doctor`: asks a phone system whether it can be listened to.

mod poll;

use super::{Stop, finish};
use crate::app::{Refused, client_settings};
use crate::cli::{DoctorArgs, Patient};
use crate::clock::SystemClock;
use crate::config::{Config, SourceKind};
use crate::engine::observation::SourceId;
use crate::engine::time::Span;
use crate::exit::Exit;
use crate::ingest::ami::doctor::{Finding, Verdict, examine};
use crate::ingest::tail::Start;
use crate::report::Output;
use serde_json::json;
use std::io;
use std::sync::Arc;

/// Runs the command.
///
/// # Errors
/// Only if standard output or standard error fails.
pub fn run(args: &DoctorArgs, output: &mut Output<'_>) -> io::Result<Exit> {
    let result = match args.patient {
        Patient::Asterisk => asterisk(args, output),
        Patient::Poll => poll::run(args, output),
    };
    finish(result, output)
}

fn asterisk(args: &DoctorArgs, output: &mut Output<'_>) -> Result<Exit, Stop> {
    let config = Config::load(&args.config).map_err(|e| Stop::new(Exit::Config, e.to_string()))?;
    let mut sources = config.sources.iter().filter_map(|source| match &source.kind {
        SourceKind::Ami(ami) => Some((source.policy.name.as_str(), ami)),
        SourceKind::Push | SourceKind::QueueLog { .. } | SourceKind::Poll(_) | SourceKind::Csv => {
            None
        }
    });
    let wanted = args.source.as_deref();
    let found = sources.find(|(name, _)| wanted.is_none_or(|wanted| wanted == *name));
    let Some((name, ami)) = found else {
        let why = "the configuration has no such source of kind \"ami\"; `callsurge init --source \
                   ami` writes one";
        return Err(Stop::new(Exit::Config, why));
    };
    let settings = client_settings(SourceId(0), ami, Start::End)
        .map_err(|Refused(exit, message)| Stop::new(exit, message))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listen = Span::secs(i64::try_from(args.seconds).unwrap_or(i64::MAX / 4_000));
    let clock = Arc::new(SystemClock);
    let findings = runtime.block_on(examine(&settings, &ami.user, clock, listen));
    for finding in &findings {
        let mut line = json!(finding);
        line["type"] = json!("finding");
        line["source"] = json!(name);
        output.object(&line)?;
        output.people().write_all(in_words(finding).as_bytes())?;
    }
    let bad = findings.iter().any(|finding| finding.verdict == Verdict::Bad);
    Ok(if bad { Exit::Failed } else { Exit::Ok })
}

fn in_words(finding: &Finding) -> String {
    let mark = match finding.verdict {
        Verdict::Good => "ok  ",
        Verdict::Warning => "warn",
        Verdict::Bad => "BAD ",
    };
    let mut text = format!("{mark}  {}: {}\n", finding.what, finding.found);
    for line in finding.mend.iter().flat_map(|mend| mend.lines()) {
        text.push_str(&format!("        {line}\n"));
    }
    text
}
