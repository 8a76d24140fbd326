//! Opening the file: is it a roster, of which schema, sealed under which key?
//!
//! A rollback journal, not WAL: what is deleted is overwritten (`secure_delete`) in the one file, and no
//! second file keeps the old pages. Writes are rare and by hand, so nobody waits for them.

use super::StoreError;
use crate::engine::time::Timestamp;
use crate::roster::seal::RosterKey;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;
use subtle::ConstantTimeEq;

/// "CSRO": how `file` and this program know a roster.
const APPLICATION_ID: i64 = 0x4353_524f;
const SCHEMA: i64 = 3;
/// An import holds the file for as long as it takes to seal everybody.
const BUSY: Duration = Duration::from_secs(10);

/// Opens for writing; creates it where there is none and a key is given.
pub(super) fn connect(
    path: &Path,
    key: Option<&RosterKey>,
    now: Timestamp,
) -> Result<Connection, StoreError> {
    if key.is_some() {
        create_private(path)?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = open(path, flags)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    match (known(&connection)?, key) {
        (true, _) => migrate(&mut connection)?,
        (false, Some(key)) => create(&mut connection, key, now)?,
        (false, None) => return Err(StoreError::Foreign),
    }
    if let Some(key) = key {
        check_key(&connection, key)?;
    }
    Ok(connection)
}

/// Opens for reading only. Where a process died in an import, the first who opens the file rolls it back,
/// so the file is opened for writing and then held to reading.
pub(super) fn connect_read_only(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = open(path, flags)?;
    connection.pragma_update(None, "query_only", true)?;
    if known(&connection)? { Ok(connection) } else { Err(StoreError::Foreign) }
}

/// Refuses a key that the roster is not sealed under.
pub(super) fn check_key(connection: &Connection, key: &RosterKey) -> Result<(), StoreError> {
    let kept: Vec<u8> = connection.query_row("SELECT key_check FROM meta", [], |row| row.get(0))?;
    if bool::from(kept.ct_eq(key.check())) { Ok(()) } else { Err(StoreError::WrongKey) }
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    if !path.exists() {
        return Err(StoreError::Missing);
    }
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// Nobody but the owner reads it, from its first byte on.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::Create(error)),
    }
}

/// Whether the file is a roster already; `false`: it is empty.
fn known(connection: &Connection) -> Result<bool, StoreError> {
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get(0));
    let (application, found): (i64, i64) = (number("application_id")?, number("user_version")?);
    if application == 0 && found == 0 {
        let tables = "SELECT count(*) FROM sqlite_schema";
        let count: i64 = connection.query_row(tables, [], |row| row.get(0))?;
        return if count == 0 { Ok(false) } else { Err(StoreError::Foreign) };
    }
    match (application, found) {
        (APPLICATION_ID, ..=SCHEMA) => Ok(true),
        (APPLICATION_ID, _) => Err(StoreError::Newer { found, known: SCHEMA }),
        _ => Err(StoreError::Foreign),
    }
}

/// Brings an older schema up to this one, in one transaction.
fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    if version(connection)? == SCHEMA {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    if version(&transaction)? < 2 {
        transaction.execute_batch(
            "CREATE TABLE counted (
                 journal TEXT    PRIMARY KEY,
                 line    INTEGER NOT NULL
             ) STRICT;",
        )?;
    }
    if version(&transaction)? < 3 {
        transaction.execute_batch(
            "CREATE TABLE asked (
                 person      INTEGER NOT NULL REFERENCES people (id),
                 kind        TEXT    NOT NULL,
                 value_index BLOB    NOT NULL,
                 at          INTEGER NOT NULL,
                 PRIMARY KEY (person, kind, value_index, at)
             ) STRICT;",
        )?;
    }
    transaction.pragma_update(None, "user_version", SCHEMA)?;
    transaction.commit()?;
    Ok(())
}

/// Schema of the file.
pub(super) fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

fn create(connection: &mut Connection, key: &RosterKey, now: Timestamp) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(include_str!("schema.sql"))?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA)?;
    transaction.execute(
        "INSERT INTO meta (one, key_check, created) VALUES (1, ?1, ?2)",
        (key.check(), now.as_millis()),
    )?;
    transaction.commit()?;
    Ok(())
}
