//! Retention, in steps small enough for the driver's loop.
//!
//! Incidents, transitions and the log book stay for ever; they are small and are the record of
//! what was ordered. Raw entries go once both kept snapshots are behind them and their time is
//! over. Freed pages are given back a few at a time, so the file shrinks without a pause.

use crate::engine::time::{Span, Timestamp};
use crate::journal::step::Step;
use crate::journal::{JournalError, Settings};
use rusqlite::{Connection, TransactionBehavior};

/// Rows a step removes of each table: a few milliseconds.
const ROWS: i64 = 2_000;
/// Batches a step removes; a batch may be large.
const BATCHES: i64 = 256;
/// Pages a step gives back: 8 MiB.
const PAGES: i64 = 2_048;
/// How long a command's key is remembered: longer than any client retries.
const KEYS_KEPT: Span = Span::hours(7 * 24);

/// Each removes at most `?2` rows that are older than `?1`. The newest intent stays, since its number
/// would be given again to one that whoever reads on from there takes for known.
const INPUTS: &str = "DELETE FROM inputs WHERE first_seq IN
    (SELECT first_seq FROM inputs
     WHERE at < ?1 AND last_seq <= (SELECT min(seq) FROM snapshots)
       AND (SELECT count(*) FROM snapshots) >= 2
     ORDER BY first_seq LIMIT ?2)";
const INTERVALS: &str = "DELETE FROM intervals WHERE (start, series, length) IN
    (SELECT start, series, length FROM intervals WHERE start < ?1
     ORDER BY start, series, length LIMIT ?2)";
const QUARTERS: &str = "DELETE FROM quarters WHERE (start, series, length) IN
    (SELECT start, series, length FROM quarters WHERE start < ?1
     ORDER BY start, series, length LIMIT ?2)";
const OUTBOX: &str = "DELETE FROM outbox WHERE id IN
    (SELECT id FROM outbox WHERE created_at < ?1 AND state <> 'pending'
       AND id < (SELECT max(id) FROM outbox) ORDER BY id LIMIT ?2)";
const KEYS: &str = "DELETE FROM command_keys WHERE key IN
    (SELECT key FROM command_keys WHERE at < ?1 LIMIT ?2)";
const LATE: &str = "DELETE FROM late_rows WHERE (seq, ordinal) IN
    (SELECT seq, ordinal FROM late_rows WHERE at < ?1 LIMIT ?2)";
const QUARANTINE: &str = "DELETE FROM quarantine WHERE id IN
    (SELECT id FROM quarantine WHERE at < ?1 ORDER BY id LIMIT ?2)";

/// Removes a bounded amount; `true` if more is left.
pub(super) fn step(
    connection: &mut Connection,
    settings: &Settings,
    now: Timestamp,
) -> Result<bool, JournalError> {
    let interval_end = now - settings.interval_keep;
    let work = [
        (INPUTS, now - settings.raw_keep, BATCHES),
        (INTERVALS, interval_end, ROWS),
        (QUARTERS, now - settings.quarter_keep, ROWS),
        (OUTBOX, interval_end, ROWS),
        (KEYS, now - KEYS_KEPT, ROWS),
        (LATE, interval_end, ROWS),
        (QUARANTINE, interval_end, ROWS),
    ];
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut more = false;
    for (sql, before, limit) in work {
        let removed = transaction.prepare_cached(sql)?.execute((before.as_millis(), limit))?;
        more |= i64::try_from(removed).unwrap_or(limit) >= limit;
    }
    settings.steps.at(Step::Pruned);
    transaction.commit()?;
    let free: i64 = connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
    if free > 0 {
        connection.pragma(None, "incremental_vacuum", PAGES, |_| Ok(()))?;
    }
    Ok(more || free > PAGES)
}
