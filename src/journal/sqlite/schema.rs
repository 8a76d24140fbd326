//! Opening the file: is it a journal, of which schema, made for what?
//!
//! WAL with `synchronous=FULL`: in WAL mode NORMAL is the common advice and forgets the last
//! commits at a power cut, that is, orders that were already sent. Another program's file and a
//! newer schema are refused; an older one is migrated, step by step, in one transaction.

use crate::engine::time::Timestamp;
use crate::journal::{JournalError, Settings, Stamp, Tail};
use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

/// "CSRG": how `file` and this program know a journal.
const APPLICATION_ID: i64 = 0x4353_5247;
/// Schema of this program.
const SCHEMA: i64 = 2;
/// Two connections write: the driver and the delivery worker; each only for milliseconds.
const BUSY: Duration = Duration::from_secs(10);
/// Every statement of a batch stays prepared.
const STATEMENTS_MAX: usize = 64;

/// What a journal says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Distinguishes journals whose entries have the same numbers.
    pub id: String,
    /// What it was created for.
    pub stamp: Stamp,
    /// Who created it.
    pub build: String,
    /// When.
    pub created: Timestamp,
}

/// Opens for writing and creates what is missing.
pub(super) fn connect(
    path: &Path,
    settings: &Settings,
    now: Timestamp,
) -> Result<Connection, JournalError> {
    let mut connection = Connection::open(path)?;
    prepare(&connection)?;
    // Has to precede the first table; afterwards it changes nothing.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // A long read keeps the log growing; it shrinks to this afterwards.
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    if known(&connection)? {
        migrate(&mut connection)?;
    } else {
        create(&mut connection, path, settings, now)?;
    }
    let found = identity(&connection)?.stamp;
    if found != settings.stamp {
        let wanted = settings.stamp.word();
        return Err(JournalError::Stamped { found: found.word(), wanted });
    }
    Ok(connection)
}

/// Opens an existing journal for writing without being its writer: the delivery worker.
pub(in crate::journal) fn connect_second(path: &Path) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    refuse_unknown(&connection)?;
    Ok(connection)
}

/// Opens for reading only.
pub(in crate::journal) fn connect_read_only(path: &Path) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection)?;
    refuse_unknown(&connection)?;
    Ok(connection)
}

/// What the journal says of itself.
pub(in crate::journal) fn identity(connection: &Connection) -> Result<Identity, JournalError> {
    let row = connection.query_row("SELECT id, stamp, build, created FROM meta", [], |row| {
        Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get(3)?))
    })?;
    let stamp = Stamp::of_word(&row.1).ok_or_else(|| JournalError::Unreadable(row.1.clone()))?;
    Ok(Identity { id: row.0, stamp, build: row.2, created: Timestamp::from_millis(row.3) })
}

/// The end of what is committed.
pub(super) fn tail(connection: &Connection) -> Result<Tail, JournalError> {
    let newest = "SELECT last_seq, at FROM inputs ORDER BY first_seq DESC LIMIT 1";
    let last: Option<(i64, i64)> =
        connection.query_row(newest, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let policy = connection.query_row("SELECT policy FROM meta", [], |row| row.get(0))?;
    Ok(match last {
        None => Tail { policy, ..Tail::EMPTY },
        Some((seq, at)) => {
            Tail { seq: seq.cast_unsigned(), at: Timestamp::from_millis(at), policy }
        }
    })
}

/// Number of a build's name.
pub(super) fn build_number(connection: &Connection, name: &str) -> Result<i64, JournalError> {
    connection.execute("INSERT INTO builds (name) VALUES (?1) ON CONFLICT DO NOTHING", [name])?;
    Ok(connection.query_row("SELECT id FROM builds WHERE name = ?1", [name], |row| row.get(0))?)
}

fn prepare(connection: &Connection) -> Result<(), JournalError> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(())
}

/// Whether the file is a journal already; `false`: it is empty.
fn known(connection: &Connection) -> Result<bool, JournalError> {
    let application: i64 = connection.pragma_query_value(None, "application_id", |r| r.get(0))?;
    let found: i64 = connection.pragma_query_value(None, "user_version", |r| r.get(0))?;
    if application == 0 && found == 0 {
        let tables = "SELECT count(*) FROM sqlite_schema";
        let empty: i64 = connection.query_row(tables, [], |row| row.get(0))?;
        return if empty == 0 { Ok(false) } else { Err(JournalError::Foreign) };
    }
    if application != APPLICATION_ID {
        return Err(JournalError::Foreign);
    }
    if found > SCHEMA {
        return Err(JournalError::Newer { found, known: SCHEMA });
    }
    Ok(true)
}

/// Brings an older schema up to this one.
fn migrate(connection: &mut Connection) -> Result<(), JournalError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |r| r.get(0))?;
    if found < 2 {
        // 2: which of a person's contacts an attempt was made on.
        transaction.execute_batch(
            "ALTER TABLE attempts ADD COLUMN contact TEXT;
             ALTER TABLE attempts ADD COLUMN via TEXT;",
        )?;
    }
    transaction.pragma_update(None, "user_version", SCHEMA)?;
    transaction.commit()?;
    Ok(())
}

fn refuse_unknown(connection: &Connection) -> Result<(), JournalError> {
    if known(connection)? { Ok(()) } else { Err(JournalError::Foreign) }
}

fn create(
    connection: &mut Connection,
    path: &Path,
    settings: &Settings,
    now: Timestamp,
) -> Result<(), JournalError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(include_str!("schema.sql"))?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA)?;
    let id = journal_id(path, now);
    transaction.execute(
        "INSERT INTO meta (one, id, stamp, build, created) VALUES (1, ?1, ?2, ?3, ?4)",
        (id, settings.stamp.word(), &settings.build, now.as_millis()),
    )?;
    transaction.commit()?;
    Ok(())
}

/// A receiver that removes repeated keys must not take the first order of a new journal for the
/// first order of an old one, so a key holds more than the entry's number.
fn journal_id(path: &Path, now: Timestamp) -> String {
    let mut hash = Sha256::new();
    hash.update(now.as_millis().to_le_bytes());
    hash.update(std::process::id().to_le_bytes());
    hash.update(path.as_os_str().as_encoded_bytes());
    let mut id = String::new();
    for byte in &hash.finalize()[..8] {
        // Writing to a string cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    id
}
