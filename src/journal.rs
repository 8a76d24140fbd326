//! The journal: what came in, what was decided, what is to be delivered, in one transaction.

use crate::engine::time::Timestamp;
use crate::record::Record;
use serde::{Deserialize, Serialize};

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
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Continue a page: the cursor that it ended with.
    pub cursor: Option<i64>,
    /// Most lines; newest first.
    pub limit: usize,
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
}

/// Why the journal failed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The store.
    #[error("the journal's store failed")]
    Store(#[source] rusqlite::Error),
    /// A row that this build cannot read.
    #[error("the journal holds a row that this build cannot read: {0}")]
    Unreadable(String),
}
