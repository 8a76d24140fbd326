//! Work into ledgers, counted once.
//!
//! Which lines of a log book are in the ledgers stands beside the ledgers and changes with them in one
//! transaction, so a process may die anywhere and only the same lines are read again. Numbers of people
//! are those of this file: work that began before it was made was that of other people.

use super::{Lines, StoreError, read, write};
use crate::engine::time::Timestamp;
use crate::roster::{Facts, Ledger, Period, PersonId};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior};

pub(super) fn counted(connection: &Connection, journal: &str) -> Result<i64, StoreError> {
    if super::schema::version(connection)? < 2 {
        return Ok(0);
    }
    let sql = "SELECT line FROM counted WHERE journal = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let line: Option<i64> = statement.query_row([journal], |row| row.get(0)).optional()?;
    Ok(line.unwrap_or(0))
}

pub(super) fn book(
    connection: &mut Connection,
    lines: &Lines<'_>,
    work: &[(PersonId, Period)],
) -> Result<bool, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if counted(&transaction, lines.journal)? != lines.after {
        return Ok(false);
    }
    let made = "SELECT created FROM meta";
    let made = Timestamp::from_millis(transaction.query_row(made, [], |row| row.get(0))?);
    for (id, period) in work.iter().filter(|(_, period)| period.from >= made) {
        match add(&transaction, *id, *period) {
            // One broken row must not keep the work of everybody out.
            Err(error @ StoreError::Unreadable(_)) => {
                tracing::error!(%error, "the row of {id} is passed over: {error}");
            }
            other => other?,
        }
    }
    transaction.execute(
        "INSERT INTO counted (journal, line) VALUES (?1, ?2)
         ON CONFLICT DO UPDATE SET line = excluded.line",
        (lines.journal, lines.upto),
    )?;
    transaction.commit()?;
    Ok(true)
}

/// Keeps a ledger in place of the one that it was made from.
pub(super) fn replace(
    connection: &Connection,
    id: PersonId,
    before: &Ledger,
    after: &Ledger,
) -> Result<(), StoreError> {
    let (_, kept) = kept(connection, id)?.ok_or(StoreError::Nobody(id))?;
    if kept != *before {
        return Err(StoreError::Meanwhile(id));
    }
    put(connection, id, after)
}

/// Adds a stretch to the ledger of a person; of who is erased or unknown nothing is kept.
fn add(connection: &Connection, id: PersonId, work: Period) -> Result<(), StoreError> {
    let Some((facts, mut ledger)) = kept(connection, id)? else { return Ok(()) };
    ledger.work(work, &read::shifts(connection, id)?, facts.timezone);
    put(connection, id, &ledger)
}

fn kept(connection: &Connection, id: PersonId) -> Result<Option<(Facts, Ledger)>, StoreError> {
    let sql = "SELECT facts, ledger FROM people WHERE id = ?1 AND erased_at IS NULL";
    let mut statement = connection.prepare_cached(sql)?;
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let found: Option<(String, String)> = statement.query_row([id.0], row).optional()?;
    let Some((facts, ledger)) = found else { return Ok(None) };
    let unreadable = |_| StoreError::Unreadable(id);
    let facts = serde_json::from_str(&facts).map_err(unreadable)?;
    Ok(Some((facts, serde_json::from_str(&ledger).map_err(unreadable)?)))
}

fn put(connection: &Connection, id: PersonId, ledger: &Ledger) -> Result<(), StoreError> {
    let sql = "UPDATE people SET ledger = ?2 WHERE id = ?1 AND erased_at IS NULL";
    let text = write::text_of(id, ledger)?;
    write::one_row(connection.prepare_cached(sql)?.execute((id.0, text))?, id)
}

#[cfg(test)]
mod tests;
