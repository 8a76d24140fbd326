//! The journal: what came in, what was decided, what is to be delivered, in one transaction.
//!
//! It answers two questions: what was the state when the process died, and what has been told to
//! whom. State is a fold over entries, so the journal holds the entries (one blob a batch), a
//! snapshot now and then, and what followed from them: transitions, log book, outbox, history of
//! intervals. A batch is one transaction, because an order that was sent but is not remembered
//! would be sent again, and one that is remembered without its cause cannot be explained.
//!
//! [`Journal`] is the writing side, owned by the driver alone; [`History`] the reading side, for
//! pages and analysts; [`outbox`] the delivery worker's view. The journal decides nothing: it
//! neither looks at a clock nor knows what an effect means beyond where it is kept.

pub mod intervals;
pub mod memory;
pub mod outbox;
pub mod reader;
pub mod sqlite;
pub mod step;

use crate::engine::effect::{Effect, EffectId, EffectKind, Transition};
use crate::engine::entry::{Entry, Seq};
use crate::engine::time::{Span, Timestamp};
use crate::recall::{self, Purpose};
use crate::record::{Names, Record};
use intervals::{IntervalQuery, IntervalRecord};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use step::Steps;

/// Which program wrote a row. Packagers may set `CALLSURGE_BUILD` when they patch the engine.
pub const BUILD: &str = match option_env!("CALLSURGE_BUILD") {
    Some(build) => build,
    None => env!("CARGO_PKG_VERSION"),
};

/// Version of the binary form of entries, transitions and snapshots; raised with every change
/// of those types that an older build cannot read.
pub const FORMAT: u32 = 11;

/// What a journal was created for; stamped at creation, never changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stamp {
    /// Real service: intents are delivered.
    Live,
    /// A replayed past: intents are `suppressed`.
    Replay,
    /// The demo: intents are `simulated`.
    Demo,
    /// Tests: intents are `simulated`.
    Test,
}

/// Which lines of the log book are asked for. All conditions hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogbookQuery {
    /// Of this unit.
    pub unit: Option<String>,
    /// Of this record type.
    pub kind: Option<String>,
    /// Of this incident.
    pub incident: Option<u64>,
    /// About this level: changed from or to it, ordered, reminded of.
    pub level: Option<String>,
    /// With this text in a name, an actor, a reason or a sentence; ASCII letters of either case.
    pub text: Option<String>,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Continue a page: the cursor that it ended with.
    pub cursor: Option<i64>,
    /// Most lines; newest first.
    pub limit: usize,
}

impl LogbookQuery {
    /// Whether a record is about the level and has the text that are asked for.
    pub(crate) fn says(&self, record: &Record) -> bool {
        let levels = [&record.from, &record.to, &record.level];
        let level = self.level.as_deref();
        let about = level.is_none_or(|level| levels.iter().any(|l| l.as_deref() == Some(level)));
        let r = record;
        let typed = [&r.unit, &r.queue, &r.source, &r.actor, &r.reason, &r.refused];
        let told = r.explanation.iter().flat_map(|e| [&e.en, &e.zh_cn]);
        let mut all = typed.into_iter().flatten().chain(told);
        about && self.text.as_deref().is_none_or(|text| all.any(|said| has(said, text)))
    }
}

fn has(said: &str, text: &str) -> bool {
    said.to_ascii_lowercase().contains(&text.to_ascii_lowercase())
}

/// A page of the log book, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogbookPage {
    /// The lines.
    pub records: Vec<Record>,
    /// Cursor of the next page, where there is one.
    pub next: Option<i64>,
}

/// An incident in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentSummary {
    /// Its number.
    pub incident: u64,
    /// Its unit.
    pub unit: String,
    /// First order of L1, RFC 3339.
    pub opened_at: String,
    /// When the level came back to none; absent while open.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub closed_at: Option<String>,
    /// Level now (or none).
    pub level: String,
    /// Highest level reached.
    pub highest: String,
    /// Number of transitions.
    pub transitions: u32,
}

/// The reading side of a journal: what pages and analysts ask for.
pub trait History: Send + Sync + 'static {
    /// Lines of the log book.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn logbook(&self, query: &LogbookQuery) -> Result<LogbookPage, JournalError>;

    /// Incidents, newest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn incidents(
        &self,
        unit: Option<&str>,
        limit: usize,
    ) -> Result<Vec<IncidentSummary>, JournalError>;

    /// Intervals in the order of their places, oldest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn intervals(&self, query: &IntervalQuery) -> Result<Vec<IntervalRecord>, JournalError>;
}

/// The writing side of a journal.
pub trait Journal: Send {
    /// What it was created for.
    fn stamp(&self) -> Stamp;

    /// The end of what is committed.
    fn tail(&self) -> &Tail;

    /// Opens the store anew. After a failed write the old handle may hold pages that never
    /// reached the disk, so nothing is retried on it.
    ///
    /// # Errors
    /// If the store cannot be opened.
    fn reopen(&mut self) -> Result<(), JournalError>;

    /// Hands out snapshots, newest first, until `accept` takes one.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn snapshots(&mut self, accept: &mut dyn FnMut(&Snapshot) -> bool) -> Result<(), JournalError>;

    /// Hands out the batches behind entry `after`, in order.
    ///
    /// # Errors
    /// If the store cannot be read or the batches do not join on to `after`.
    fn suffix(&mut self, after: Seq, each: &mut dyn FnMut(Recorded)) -> Result<(), JournalError>;

    /// Writes a batch: all of it or nothing.
    ///
    /// # Errors
    /// If the store failed. Nothing of the batch may then be told to anyone, and the journal
    /// takes no other batch before [`Journal::reopen`].
    fn commit(&mut self, batch: &Batch<'_>) -> Result<(), JournalError>;

    /// Keeps a snapshot.
    ///
    /// # Errors
    /// If the store failed. The journal stays good: recovery takes longer, that is all.
    fn keep(&mut self, snapshot: &Snapshot) -> Result<(), JournalError>;

    /// Puts an entry aside that the engine cannot take.
    ///
    /// # Errors
    /// If the store failed.
    fn quarantine(&mut self, entry: &Entry, reason: &str) -> Result<(), JournalError>;

    /// The answer that a command with this idempotency key was given.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn answer(&mut self, key: &str) -> Result<Option<Record>, JournalError>;

    /// Removes a bounded amount of what is older than its retention; `true` if more is left.
    ///
    /// # Errors
    /// If the store failed.
    fn prune(&mut self, now: Timestamp) -> Result<bool, JournalError>;
}

/// The end of what is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tail {
    /// Last entry; 0 before the first.
    pub seq: Seq,
    /// Its `at`.
    pub at: Timestamp,
    /// The policy in force, in binary form.
    pub policy: Option<Vec<u8>>,
}

impl Tail {
    /// Of a journal without entries.
    pub const EMPTY: Self = Self { seq: 0, at: Timestamp::MIN, policy: None };
}

/// The state after an entry, bit-exact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The entry.
    pub seq: Seq,
    /// Its `at`.
    pub at: Timestamp,
    /// Who wrote it.
    pub build: String,
    /// The state in binary form.
    pub state: Vec<u8>,
}

/// A committed batch as recovery reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Who wrote it.
    pub build: String,
    /// Its entries.
    pub entries: Vec<Entry>,
    /// The transitions that were journalled with it, by entry, and the instants they belong to.
    pub transitions: Vec<(Seq, Timestamp, Transition)>,
}

/// Everything of one transaction.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    /// What came in. Never empty; joins on to the tail.
    pub entries: &'a [Entry],
    /// What followed.
    pub effects: &'a [Effect],
    /// Those of the effects that are news, as they are told.
    pub told: &'a [Told],
    /// Answers to commands, by idempotency key.
    pub answers: &'a [(String, Arc<Record>)],
    /// Names behind the ids of the effects.
    pub names: &'a dyn Names,
}

/// An effect as people and programs read it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The effect.
    pub id: EffectId,
    /// The instant it belongs to.
    pub at: Timestamp,
    /// When it was written.
    pub recorded_at: Timestamp,
    /// Whether it goes to the outbox.
    pub notify: bool,
    /// When it loses its worth, where that follows from what it says.
    pub useful_until: Option<Timestamp>,
    /// Its text.
    pub record: Arc<Record>,
}

impl Told {
    /// An effect as it is told; `None` for plain history.
    pub fn of(effect: &Effect, names: &dyn Names) -> Option<Self> {
        let notify = match effect.kind {
            EffectKind::Transition(_) | EffectKind::Outage(_) | EffectKind::Reminder(_) => true,
            // An arrival was told to us; a silent drill calls nobody.
            EffectKind::Recall(ref line) => {
                !line.silent && line.effect.key.purpose != Purpose::Arrived
            }
            EffectKind::Commanded(_)
            | EffectKind::Verdict(_)
            | EffectKind::Quality(_)
            | EffectKind::Recalled(_)
            | EffectKind::RecallNote { .. } => false,
            // By far the most effects; asked here so that no text is made for them.
            EffectKind::Interval(_) => return None,
        };
        let record = Arc::new(Record::of(effect, names)?);
        Some(Self {
            id: effect.id,
            at: effect.at,
            recorded_at: effect.recorded_at,
            notify,
            useful_until: useful_until(effect),
            record,
        })
    }
}

/// Nobody is asked after the answer has to be there.
fn useful_until(effect: &Effect) -> Option<Timestamp> {
    let EffectKind::Recall(line) = &effect.kind else { return None };
    let recall::EffectKind::Offer { deadline } = line.effect.kind else { return None };
    Some(deadline)
}

/// A channel that intents go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its name in the outbox.
    pub name: String,
    /// Types of the records it is told; empty: all that notify.
    pub topics: Vec<String>,
    /// Units whose records it is told; empty: all, and those of no unit.
    pub units: Vec<String>,
    /// Which of these.
    pub audience: Audience,
    /// How long an intent is worth delivering there; `None`: as the journal has it.
    pub useful_for: Option<Span>,
}

/// For whom a channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Audience {
    /// A program, which is told everything.
    #[default]
    Program,
    /// The people who are asked: what a recall tells one of them.
    People,
    /// Groups: everything but what concerns a single person who is asked.
    Public,
    /// Commanders: the same, and who did not come.
    Command,
}

impl Channel {
    /// A channel that is told everything that notifies.
    pub fn all(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            topics: Vec::new(),
            units: Vec::new(),
            audience: Audience::Program,
            useful_for: None,
        }
    }

    /// Whether a record goes there.
    pub fn takes(&self, record: &Record) -> bool {
        let topic = self.topics.is_empty() || self.topics.contains(&record.kind);
        let unit = |unit: &String| self.units.contains(unit);
        let unit = self.units.is_empty() || record.unit.as_ref().is_some_and(unit);
        let audience = match self.audience {
            Audience::Program => true,
            Audience::People => is_said_to_a_person(record),
            Audience::Public => is_about_nobody(record),
            Audience::Command => {
                is_about_nobody(record) || record.cause.as_deref() == Some("no_show")
            }
        };
        topic && unit && audience
    }
}

fn is_about_nobody(record: &Record) -> bool {
    record.recall.as_ref().is_none_or(|recall| recall.person.is_none())
}

/// Whether a record of a recall is for the ears of the person it concerns.
fn is_said_to_a_person(record: &Record) -> bool {
    const SAID: [&str; 8] =
        ["offer", "thank", "reserve", "promote", "withdraw", "cancel", "too_late", "release"];
    let person = record.recall.as_ref().is_some_and(|recall| recall.person.is_some());
    record.kind == "recall" && person && record.cause.as_deref().is_some_and(|c| SAID.contains(&c))
}

/// How a journal is kept.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What it is for.
    pub stamp: Stamp,
    /// Who writes.
    pub build: String,
    /// Channels that an intent goes to.
    pub channels: Vec<Channel>,
    /// How long an intent is worth delivering.
    pub useful_for: Span,
    /// How long raw entries are kept beyond what recovery needs.
    pub raw_keep: Span,
    /// How long intervals are kept as their sources sent them; also finished deliveries.
    pub interval_keep: Span,
    /// How long quarters of an hour are kept.
    pub quarter_keep: Span,
    /// Told of every durable step; tests stop the program there.
    pub steps: Steps,
}

impl Settings {
    /// The shipped retention: a day of raw entries, 30 days of intervals, two years of quarters.
    pub fn new(stamp: Stamp) -> Self {
        Self {
            stamp,
            build: BUILD.to_owned(),
            channels: vec![Channel::all("webhook")],
            useful_for: Span::minutes(60),
            raw_keep: Span::hours(24),
            interval_keep: Span::hours(30 * 24),
            quarter_keep: Span::hours(2 * 366 * 24),
            steps: Steps::default(),
        }
    }
}

impl Stamp {
    /// The word in the store and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Replay => "replay",
            Self::Demo => "demo",
            Self::Test => "test",
        }
    }

    /// Reads the word.
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Live, Self::Replay, Self::Demo, Self::Test].into_iter().find(|s| s.word() == word)
    }

    /// The state in which an intent of such a journal is written.
    pub const fn intent(self) -> &'static str {
        match self {
            Self::Live => "pending",
            Self::Replay => "suppressed",
            Self::Demo | Self::Test => "simulated",
        }
    }
}

/// Why the journal failed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The store.
    #[error("the journal's store failed")]
    Store(#[from] rusqlite::Error),
    /// The file system around the store.
    #[error("the journal's file cannot be used")]
    File(#[from] std::io::Error),
    /// A row that this build cannot read.
    #[error("the journal holds a row that this build cannot read: {0}")]
    Unreadable(String),
    /// Something that has no binary form.
    #[error("an entry cannot be encoded")]
    Encode(#[source] postcard::Error),
    /// Another program's file.
    #[error("the file is a database of another program, not a journal")]
    Foreign,
    /// Written by a newer program.
    #[error("the journal has schema {found}, this program knows {known}: use a newer program")]
    Newer {
        /// Schema of the file.
        found: i64,
        /// Schema of this program.
        known: i64,
    },
    /// Created for something else.
    #[error("the journal was created as `{found}` and cannot be used as `{wanted}`")]
    Stamped {
        /// What it was created for.
        found: &'static str,
        /// What it was opened for.
        wanted: &'static str,
    },
    /// Another process writes.
    #[error("another process writes this journal")]
    InUse,
    /// Opened for reading.
    #[error("the journal was opened for reading only")]
    ReadOnly,
    /// Entries are missing.
    #[error("the journal's entries do not join: {found} follows {after}")]
    Gap {
        /// Last good entry.
        after: Seq,
        /// What comes then.
        found: Seq,
    },
}
