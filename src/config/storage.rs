//! `[journal]`, `[log]` and `[privacy]`: what is kept, what is said, what is hashed.

use super::secret::{self, SecretSource};
use super::section::Section;
use crate::engine::time::Span;
use std::path::{Path, PathBuf};

/// `[journal]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalSettings {
    /// The file.
    pub path: PathBuf,
    /// How long raw inputs are kept.
    pub keep_inputs: Span,
    /// How long one-minute history is kept.
    pub keep_minutes: Span,
    /// How long quarter-hour history is kept.
    pub keep_quarters: Span,
    /// How often a snapshot is taken.
    pub snapshot: Span,
}

impl Default for JournalSettings {
    fn default() -> Self {
        Self {
            path: PathBuf::from("callsurge.journal"),
            keep_inputs: Span::hours(24),
            keep_minutes: Span::hours(24 * 30),
            keep_quarters: Span::hours(24 * 730),
            snapshot: Span::minutes(10),
        }
    }
}

/// Hours of raw inputs: one at least, since recovery needs those after the snapshot.
const INPUT_HOURS: [i64; 2] = [1, 24 * 366];
/// Days of minutes: one at least, since corrections reach back 24 h.
const MINUTE_DAYS: [i64; 2] = [1, 3_660];
/// Days of quarters: three weeks at least, since closed hours are learned from three.
const QUARTER_DAYS: [i64; 2] = [21, 36_600];
/// Minutes between snapshots: an hour at most, or a start has to fold too many entries.
const SNAPSHOT_MINUTES: [i64; 2] = [1, 60];

pub(super) fn read_journal(section: &Section<'_>, base: &Path) -> JournalSettings {
    let d = JournalSettings::default();
    let path = section.text("path", "/var/lib/callsurge/journal");
    let hours = |key, default: Span, [low, high]: [i64; 2], hours: i64| {
        let default = default.as_millis() / 3_600_000 / hours;
        Span::hours(section.whole(key, default, low..=high) * hours)
    };
    let settings = JournalSettings {
        path: path.map_or_else(|| base.join(&d.path), |p| base.join(p.value)),
        keep_inputs: hours("keep_inputs_hours", d.keep_inputs, INPUT_HOURS, 1),
        keep_minutes: hours("keep_minutes_days", d.keep_minutes, MINUTE_DAYS, 24),
        keep_quarters: hours("keep_quarters_days", d.keep_quarters, QUARTER_DAYS, 24),
        snapshot: section.minutes(
            "snapshot_minutes",
            d.snapshot,
            SNAPSHOT_MINUTES[0]..=SNAPSHOT_MINUTES[1],
        ),
    };
    if let Some(span) = section.given("keep_quarters_days").or(section.given("keep_minutes_days"))
        && settings.keep_quarters < settings.keep_minutes
    {
        section.problem(
            span,
            "quarter hours are kept for a shorter time than minutes",
            "`keep_quarters_days` must be at least `keep_minutes_days`",
        );
    }
    settings
}

/// `[log]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// Least level that is written.
    pub level: LogLevel,
    /// How a line is written.
    pub format: LogFormat,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { level: LogLevel::Info, format: LogFormat::Text }
    }
}

/// Levels of the service's own log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// Only what needs a person.
    Error,
    /// And what may need one.
    Warn,
    /// And what happened.
    Info,
    /// And how.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The word, as a filter of the log library takes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// Forms of a line of the service's own log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

pub(super) fn read_log(section: &Section<'_>) -> LogSettings {
    let d = LogSettings::default();
    let levels =
        [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug, LogLevel::Trace]
            .map(|level| (level.word(), level));
    LogSettings {
        level: section.word("level", d.level, &levels),
        format: section.word(
            "format",
            d.format,
            &[("text", LogFormat::Text), ("json", LogFormat::Json)],
        ),
    }
}

/// Reads `[privacy]`: the key by which agent names are hashed at the edge.
pub(super) fn read_site_key(section: &Section<'_>, base: &Path) -> Option<SecretSource> {
    secret::read(section, ["site_key_file", "site_key_env"], base)
}
