//! The journal in one SQLite file: the default.
//!
//! One file, because inputs, decisions and outbox rows have to be one transaction. One writer:
//! the driver, guarded by a lock on `<file>.lock` that the system releases when the process dies
//! however it dies. The delivery worker writes attempts through its own connection
//! ([`super::outbox`]); readers have theirs ([`super::reader`]) and never wait for the writer.

mod prune;
mod schema;
mod write;

pub use schema::Identity;
pub(in crate::journal) use schema::{connect_read_only, connect_second, identity};

use super::step::Step;
use super::{Batch, FORMAT, Journal, JournalError, Recorded, Settings, Snapshot, Stamp, Tail};
use crate::engine::effect::Transition;
use crate::engine::entry::{Entry, Seq};
use crate::engine::observation::{QueueId, SourceId};
use crate::engine::time::Timestamp;
use crate::record::Record;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// Snapshots that are kept: one more than recovery needs, in case that one cannot be read.
const SNAPSHOTS_KEPT: i64 = 2;

/// A journal in a file.
#[derive(Debug)]
pub struct SqliteJournal {
    path: PathBuf,
    settings: Settings,
    connection: Connection,
    identity: Identity,
    build: i64,
    tail: Tail,
    series: HashMap<(QueueId, SourceId), i64>,
    /// Held as long as this process may write; `None` when opened for reading.
    lock: Option<File>,
}

impl SqliteJournal {
    /// Opens a journal for writing; creates it where there is none. `now` dates the creation.
    ///
    /// # Errors
    /// If it is no journal, a newer one, one for another purpose, in use, or not accessible.
    pub fn open(path: &Path, settings: Settings, now: Timestamp) -> Result<Self, JournalError> {
        let lock = lock(path)?;
        let connection = schema::connect(path, &settings, now)?;
        Self::with(path, settings, connection, Some(lock))
    }

    /// Opens an existing journal, whatever it is for, without ever writing to it: to show it, or
    /// to fold it again. `settings.stamp` becomes the journal's.
    ///
    /// # Errors
    /// If it is no journal, a newer one, or not accessible.
    pub fn open_read_only(path: &Path) -> Result<Self, JournalError> {
        let connection = connect_read_only(path)?;
        let settings = Settings::new(identity(&connection)?.stamp);
        Self::with(path, settings, connection, None)
    }

    /// What the journal says of itself.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    fn with(
        path: &Path,
        settings: Settings,
        connection: Connection,
        lock: Option<File>,
    ) -> Result<Self, JournalError> {
        let build = match lock {
            Some(_) => schema::build_number(&connection, &settings.build)?,
            None => 0,
        };
        Ok(Self {
            path: path.to_owned(),
            identity: identity(&connection)?,
            build,
            tail: schema::tail(&connection)?,
            series: HashMap::new(),
            settings,
            connection,
            lock,
        })
    }

    fn writable(&self) -> Result<(), JournalError> {
        if self.lock.is_some() { Ok(()) } else { Err(JournalError::ReadOnly) }
    }
}

/// Reads a journal's identity without touching it: what was it created for?
///
/// # Errors
/// If it is no journal, a newer one, or not accessible.
pub fn inspect(path: &Path) -> Result<Identity, JournalError> {
    identity(&connect_read_only(path)?)
}

fn lock(path: &Path) -> Result<File, JournalError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(name)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(JournalError::InUse),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

impl Journal for SqliteJournal {
    fn stamp(&self) -> Stamp {
        self.settings.stamp
    }

    fn tail(&self) -> &Tail {
        &self.tail
    }

    fn reopen(&mut self) -> Result<(), JournalError> {
        self.connection = match self.lock {
            Some(_) => schema::connect(&self.path, &self.settings, self.identity.created)?,
            None => connect_read_only(&self.path)?,
        };
        self.tail = schema::tail(&self.connection)?;
        self.series.clear();
        Ok(())
    }

    fn snapshots(&mut self, accept: &mut dyn FnMut(&Snapshot) -> bool) -> Result<(), JournalError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT s.seq, s.at, b.name, s.state FROM snapshots s JOIN builds b ON b.id = s.build
             WHERE s.format = ?1 AND s.seq <= ?2 ORDER BY s.seq DESC",
        )?;
        let mut rows = statement.query((FORMAT, self.tail.seq.cast_signed()))?;
        while let Some(row) = rows.next()? {
            let snapshot = Snapshot {
                seq: row.get::<_, i64>(0)?.cast_unsigned(),
                at: Timestamp::from_millis(row.get(1)?),
                build: row.get(2)?,
                state: row.get(3)?,
            };
            if accept(&snapshot) {
                break;
            }
        }
        Ok(())
    }

    fn suffix(&mut self, after: Seq, each: &mut dyn FnMut(Recorded)) -> Result<(), JournalError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT i.first_seq, i.last_seq, b.name, i.format, i.entries
             FROM inputs i JOIN builds b ON b.id = i.build
             WHERE i.last_seq > ?1 ORDER BY i.first_seq",
        )?;
        let mut rows = statement.query([after.cast_signed()])?;
        let mut last = after;
        while let Some(row) = rows.next()? {
            let range: (i64, i64) = (row.get(0)?, row.get(1)?);
            if row.get::<_, u32>(3)? != FORMAT {
                let what = "entries in the binary form of another version";
                return Err(JournalError::Unreadable(what.to_owned()));
            }
            let mut entries: Vec<Entry> = decode(row.get_ref(4)?.as_blob().unwrap_or_default())?;
            entries.retain(|e| e.seq > after);
            last = dense(last, &entries)?;
            let transitions = transitions(&self.connection, range)?;
            each(Recorded { build: row.get(2)?, entries, transitions });
        }
        Ok(())
    }

    fn commit(&mut self, batch: &Batch<'_>) -> Result<(), JournalError> {
        self.writable()?;
        let last = dense(self.tail.seq, batch.entries)?;
        let written = write::batch(self, batch)?;
        self.tail.seq = last;
        self.tail.at = batch.entries.last().map_or(self.tail.at, |e| e.at);
        if let Some(policy) = written {
            self.tail.policy = Some(policy);
        }
        Ok(())
    }

    fn keep(&mut self, snapshot: &Snapshot) -> Result<(), JournalError> {
        self.writable()?;
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO snapshots (seq, at, build, format, state)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((
                snapshot.seq.cast_signed(),
                snapshot.at.as_millis(),
                self.build,
                FORMAT,
                &snapshot.state,
            ))?;
        transaction
            .prepare_cached(
                "DELETE FROM snapshots WHERE seq NOT IN
                 (SELECT seq FROM snapshots ORDER BY seq DESC LIMIT ?1)",
            )?
            .execute([SNAPSHOTS_KEPT])?;
        self.settings.steps.at(Step::SnapshotWritten);
        transaction.commit()?;
        self.settings.steps.at(Step::SnapshotKept);
        Ok(())
    }

    fn quarantine(&mut self, entry: &Entry, reason: &str) -> Result<(), JournalError> {
        self.writable()?;
        self.connection
            .prepare_cached(
                "INSERT INTO quarantine (seq, at, build, reason, text, entry)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                entry.seq.cast_signed(),
                entry.at.as_millis(),
                self.build,
                reason,
                format!("{:?}", entry.input),
                encode(entry)?,
            ))?;
        Ok(())
    }

    fn answer(&mut self, key: &str) -> Result<Option<Record>, JournalError> {
        let text: Option<String> = self
            .connection
            .prepare_cached("SELECT record FROM command_keys WHERE key = ?1")?
            .query_row([key], |row| row.get(0))
            .optional()?;
        text.map(|t| read_record(&t)).transpose()
    }

    fn prune(&mut self, now: Timestamp) -> Result<bool, JournalError> {
        self.writable()?;
        prune::step(&mut self.connection, &self.settings, now)
    }
}

/// The last number of entries that have to follow `after` without a gap.
pub(super) fn dense(after: Seq, entries: &[Entry]) -> Result<Seq, JournalError> {
    entries.iter().try_fold(after, |after, entry| {
        if entry.seq == after + 1 {
            Ok(entry.seq)
        } else {
            Err(JournalError::Gap { after, found: entry.seq })
        }
    })
}

/// Binary form.
pub(super) fn encode<T: serde::Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, JournalError> {
    postcard::to_allocvec(value).map_err(JournalError::Encode)
}

/// Reads a binary form; bytes left over mean that it is another type's.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JournalError> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok(_) => Err(JournalError::Unreadable("bytes are left over".to_owned())),
        Err(error) => Err(JournalError::Unreadable(error.to_string())),
    }
}

pub(super) fn read_record(text: &str) -> Result<Record, JournalError> {
    serde_json::from_str(text).map_err(|e| JournalError::Unreadable(e.to_string()))
}

fn transitions(
    connection: &Connection,
    range: (i64, i64),
) -> Result<Vec<(Seq, Timestamp, Transition)>, JournalError> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, at, transition FROM transitions WHERE seq BETWEEN ?1 AND ?2
         ORDER BY seq, ordinal",
    )?;
    let mut rows = statement.query(range)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let transition = decode(row.get_ref(2)?.as_blob().unwrap_or_default())?;
        let at = Timestamp::from_millis(row.get(1)?);
        found.push((row.get::<_, i64>(0)?.cast_unsigned(), at, transition));
    }
    Ok(found)
}
