//! Files of the past, opened with a progress bar, and what is common to reading them.

use super::Stop;
use crate::cli::{Encoding as AskedEncoding, Format as Asked};
use crate::config::Config;
use crate::engine::observation::SourceId;
use crate::engine::policy::{Carries, Policy, SilenceRule, SourcePolicy};
use crate::engine::time::{Span, Timestamp};
use crate::exit::Exit;
use crate::ingest::Sources;
use crate::ingest::csv::CsvOptions;
use crate::ingest::encoding::Encoding;
use crate::ingest::file::{FileOptions, Format, Records};
use crate::ingest::ndjson::NdjsonOptions;
use crate::ingest::queue_log::QueueLogOptions;
use crate::report::{Output, Progress};
use chrono_tz::Tz;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Name of the source that a file is, where its rows name none.
const FILE_SOURCE: &str = "file";

/// Adds the source that a file is to a policy; its number.
pub(super) fn add_file_source(policy: &mut Policy) -> SourceId {
    if let Some(known) = policy.source(FILE_SOURCE) {
        return known;
    }
    policy.sources.push(SourcePolicy {
        name: FILE_SOURCE.to_owned(),
        lateness: Span::ZERO,
        heartbeat: false,
        watched: true,
        carries: Carries::VOLUME_ONLY,
    });
    SourceId((policy.sources.len() - 1) as u16)
}

/// Refuses what cannot be opened, before anything else is touched.
pub(super) fn readable(paths: &[PathBuf]) -> Result<(), Stop> {
    // The standard input is open already.
    for path in paths.iter().filter(|path| path.as_os_str() != "-") {
        std::fs::File::open(path)
            .map_err(|e| Stop::new(Exit::Input, format!("cannot open {}: {e}", path.display())))?;
    }
    Ok(())
}

/// Tells of columns that are not read: one of them may be a misspelt name.
pub(super) fn warn_of_columns(records: &Records, output: &mut Output<'_>) -> io::Result<()> {
    warn_of_ignored(records.ignored_columns(), output)
}

/// The same of a table that was read without [`Records`].
pub(super) fn warn_of_ignored(columns: &[String], output: &mut Output<'_>) -> io::Result<()> {
    let ignored: BTreeSet<_> = columns.iter().map(String::as_str).collect();
    if ignored.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = ignored.into_iter().map(|name| format!("`{name}`")).collect();
    output.warn(&format!("columns that are not read: {}", names.join(", ")))
}

/// Tells of tables that were not read as UTF-8.
pub(super) fn tell_of_encodings(
    encodings: &[(PathBuf, &'static str)],
    output: &mut Output<'_>,
) -> io::Result<()> {
    for (path, encoding) in encodings {
        let name = path.display();
        output.warn(&format!("{name} is not UTF-8 and was read as {encoding}; see --encoding"))?;
    }
    Ok(())
}

/// Tells of rows that are judged as late because a row before them is newer.
pub(super) fn warn_of_order(records: &Records, output: &mut Output<'_>) -> io::Result<()> {
    match records.went_back() {
        0 => Ok(()),
        rows => output.warn(&format!(
            "{rows} rows are older than a row before them and raise no level; sort the table by \
             time if it is grouped by queue"
        )),
    }
}

/// The policy of a replay: that of a configuration file, or one unit that takes every queue.
pub(super) fn policy(config: Option<&Path>, timezone: Tz) -> Result<Policy, Stop> {
    let Some(file) = config else {
        let mut policy = Policy::unconfigured(SilenceRule::Replay, Vec::new());
        policy.queues_max = crate::ingest::csv::QUEUES_MAX as u32;
        for unit in &mut policy.units {
            unit.timezone = timezone;
        }
        return Ok(policy);
    };
    let config = Config::load(file).map_err(|e| Stop::new(Exit::Config, e.to_string()))?;
    Ok(config.policy_for(SilenceRule::Replay))
}

/// The zone that was asked for, else that of the units where they have only one.
pub(super) fn zone_of(asked: Option<Tz>, policy: &Policy) -> Tz {
    let mut zones = policy.units.iter().filter(|unit| !unit.retired).map(|unit| unit.timezone);
    let first = zones.next().filter(|first| zones.all(|zone| zone == *first));
    asked.or(first).unwrap_or(Tz::UTC)
}

/// Refuses to write over what is read.
pub(super) fn not_an_input(file: &Path, inputs: &[PathBuf]) -> Result<(), Stop> {
    let Ok(real) = file.canonicalize() else { return Ok(()) };
    if inputs.iter().any(|input| input.canonicalize().is_ok_and(|input| input == real)) {
        let why = format!("{} is read and cannot be written to as well", file.display());
        return Err(Stop::new(Exit::Usage, why));
    }
    Ok(())
}

/// What is read, and how.
pub(super) struct Reading<'a> {
    pub(super) paths: &'a [PathBuf],
    pub(super) format: Option<Asked>,
    pub(super) encoding: AskedEncoding,
    pub(super) timezone: Tz,
    pub(super) source: SourceId,
    /// What is dated later is refused; [`Timestamp::MAX`] refuses nothing.
    pub(super) now: Timestamp,
}

/// Opened files and their progress bar.
pub(super) struct Opened {
    pub(super) records: Records,
    pub(super) bar: Arc<Progress>,
}

impl Reading<'_> {
    /// Opens the files. `doing` stands beside the bar.
    pub(super) fn open(&self, policy: &Policy, doing: &str) -> Result<Opened, Stop> {
        let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |m| m.len());
        let bar = Arc::new(Progress::of_bytes(self.paths.iter().map(size).sum(), doing));
        let options = FileOptions {
            format: self.format.map(format_of),
            encoding: encoding_of(self.encoding),
            csv: CsvOptions { timezone: self.timezone, ..CsvOptions::new(self.source) },
            ndjson: NdjsonOptions {
                sources: Sources::of(policy),
                default_source: Some(self.source),
                now: self.now,
            },
            queue_log: QueueLogOptions::new(self.source),
        };
        let told = bar.clone();
        let mut seen = 0;
        let progress = Box::new(move |bytes: u64| {
            told.advance(bytes - seen);
            seen = bytes;
        });
        let records = Records::open(self.paths.iter().cloned(), options, Some(progress))
            .map_err(|e| Stop::of(Exit::Input, &e))?;
        Ok(Opened { records, bar })
    }
}

pub(super) const fn format_of(asked: Asked) -> Format {
    match asked {
        Asked::Csv => Format::Csv,
        Asked::Ndjson => Format::Ndjson,
        Asked::QueueLog => Format::QueueLog,
        Asked::Calabrio => Format::Calabrio,
    }
}

pub(super) const fn encoding_of(asked: AskedEncoding) -> Encoding {
    match asked {
        AskedEncoding::Auto => Encoding::Auto,
        AskedEncoding::Utf8 => Encoding::Utf8,
        AskedEncoding::Gb18030 => Encoding::Gb18030,
    }
}
