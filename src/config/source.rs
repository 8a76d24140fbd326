//! `[[source]]`: where observations come from, and what silence of each one means.
//!
//! Without any, one source `push` exists, which takes what is posted. It is not watched: a
//! monitor that nobody feeds yet is no outage. A configured source is, from the start, since a
//! feed that never came is an outage too.

mod ami;
mod poll;

pub use ami::AmiSettings;
pub use poll::PollSettings;

use super::name;
use super::section::{At, Section};
use crate::engine::policy::{Carries, SourcePolicy};
use crate::engine::time::Span;
use std::path::{Path, PathBuf};

/// Most sources: their numbers have 16 bits, and each has a dozen series of metrics.
pub const SOURCES_MAX: usize = 1_000;

/// A source: what the engine is told of it, and how its data are fetched.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceSettings {
    /// What the engine is told.
    pub policy: SourcePolicy,
    /// How its data are fetched.
    pub kind: SourceKind,
}

/// How the data of a source are fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// They are posted.
    Push,
    /// The `queue_log` of an Asterisk server is followed.
    QueueLog {
        /// The file.
        path: PathBuf,
    },
    /// The manager interface of an Asterisk server is listened to.
    Ami(Box<AmiSettings>),
    /// Addresses are asked over HTTP, again and again.
    Poll(Box<PollSettings>),
    /// Rows of a file that the command line names.
    Csv,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Push,
    QueueLog,
    Ami,
    Poll,
    Csv,
}

const KINDS: [(&str, Kind); 5] = [
    ("push", Kind::Push),
    ("queue_log", Kind::QueueLog),
    ("ami", Kind::Ami),
    ("poll", Kind::Poll),
    ("csv", Kind::Csv),
];

#[derive(Clone, Copy, PartialEq)]
enum Carried {
    ServiceLevel,
    Answered,
    Waiting,
    LongestWait,
}

const CARRIED: [(&str, Carried); 4] = [
    ("service_level", Carried::ServiceLevel),
    ("answered", Carried::Answered),
    ("waiting", Carried::Waiting),
    ("longest_wait", Carried::LongestWait),
];

/// Allowed lateness in seconds: beyond an hour the monitor would follow the past.
const LATENESS_SECONDS: [i64; 2] = [0, 3_600];
/// Lateness of events that are posted as they happen.
const PUSH_LATENESS: Span = Span::secs(5);
/// Lateness of events that a PBX sends as they happen, and of the ends that are held a moment.
const AMI_LATENESS: Span = Span::secs(2);
/// Lateness of events that something writes in batches.
const FILE_LATENESS: Span = Span::secs(30);

impl SourceSettings {
    /// The source that exists where none is configured.
    pub fn push() -> Self {
        Self {
            policy: SourcePolicy {
                name: "push".to_owned(),
                lateness: PUSH_LATENESS,
                heartbeat: false,
                watched: false,
                carries: Carries::ALL,
            },
            kind: SourceKind::Push,
        }
    }
}

/// Reads every `[[source]]`.
pub(super) fn read(root: &Section<'_>, base: &Path) -> Vec<SourceSettings> {
    let sections = root.sections("source");
    if sections.is_empty() {
        return vec![SourceSettings::push()];
    }
    if let Some(over) = sections.get(SOURCES_MAX) {
        over.problem(
            over.span(),
            format!("more than {SOURCES_MAX} sources"),
            "let one source post the data of several",
        );
    }
    let mut names = Vec::new();
    let mut sources = Vec::new();
    for section in &sections {
        let name = name::read(section, "source");
        sources.extend(name.as_ref().and_then(|name| read_one(section, name, base)));
        names.extend(name);
    }
    name::unique(root, "sources", names.iter());
    sources
}

fn read_one(section: &Section<'_>, name: &At<String>, base: &Path) -> Option<SourceSettings> {
    if section.given("kind").is_none() {
        section.problem(
            section.span(),
            format!("the source {:?} has no `kind`", name.value),
            "one of \"push\", \"queue_log\", \"ami\", \"poll\", \"csv\"",
        );
    }
    let kind = section.word("kind", Kind::Push, &KINDS);
    let path = section.text("path", "/var/log/asterisk/queue_log");
    let (lateness, watched, carries) = match kind {
        Kind::Push => (PUSH_LATENESS, true, Carries::ALL),
        Kind::QueueLog => (FILE_LATENESS, true, Carries::ALL),
        Kind::Ami => (AMI_LATENESS, true, Carries::ALL),
        Kind::Poll => (poll::lateness(section), true, poll::carries(section)),
        Kind::Csv => (FILE_LATENESS, false, Carries::VOLUME_ONLY),
    };
    let policy = SourcePolicy {
        name: name.value.clone(),
        lateness: section.seconds(
            "lateness_seconds",
            lateness,
            LATENESS_SECONDS[0]..=LATENESS_SECONDS[1],
        ),
        heartbeat: section.flag("heartbeat", kind == Kind::Ami),
        watched: section.flag("watched", watched),
        carries: section.words("carries", &CARRIED).map_or(carries, |words| Carries {
            service_level: words.contains(&Carried::ServiceLevel),
            answered: words.contains(&Carried::Answered),
            waiting: words.contains(&Carried::Waiting),
            longest_wait: words.contains(&Carried::LongestWait),
        }),
    };
    foreign_keys(section, kind);
    let kind = with_path(section, kind, path, base)?;
    Some(SourceSettings { policy, kind })
}

/// Reports keys that go with other kinds only.
fn foreign_keys(section: &Section<'_>, kind: Kind) {
    let report = |key: &str, word: &str| {
        if let Some(span) = section.given(key) {
            section.problem(
                span,
                format!("`{key}` goes with kind {word} only"),
                format!("take it out, or set `kind = {word}`"),
            );
        }
    };
    let secret = ["secret_file", "secret_env"];
    if kind != Kind::Ami {
        ami::KEYS.iter().chain(&secret).for_each(|key| report(key, "\"ami\""));
    }
    if kind != Kind::Poll {
        poll::KEYS.iter().for_each(|key| report(key, "\"poll\""));
    }
    if !matches!(kind, Kind::Ami | Kind::Poll) {
        ["tls_ca", "allow", "deny"].iter().for_each(|key| report(key, "\"ami\" or \"poll\""));
    }
}

fn with_path(
    section: &Section<'_>,
    kind: Kind,
    path: Option<At<&str>>,
    base: &Path,
) -> Option<SourceKind> {
    let plain = match kind {
        Kind::Push => SourceKind::Push,
        Kind::Csv => SourceKind::Csv,
        Kind::Ami => SourceKind::Ami(Box::new(ami::read(section, base)?)),
        Kind::Poll => SourceKind::Poll(Box::new(poll::read(section, base)?)),
        Kind::QueueLog => {
            if path.is_none() && section.given("path").is_none() {
                section.problem(
                    section.span(),
                    "a source of kind \"queue_log\" needs a `path`",
                    "usually `path = \"/var/log/asterisk/queue_log\"`",
                );
            }
            return path.map(|p| SourceKind::QueueLog { path: base.join(p.value) });
        }
    };
    if let Some(path) = path {
        section.problem(
            path.span,
            "`path` goes with kind \"queue_log\" only",
            "what is posted has no file, CSV files are named by `replay --input`, and the log \
             beside a manager interface is `queue_log`",
        );
    }
    Some(plain)
}
