//! Writes what recalled people worked into the roster's ledger, so that the limits of law see it.
//!
//! A task of its own behind the driver that keeps nothing: the log book says who worked, the roster up
//! to which line it was counted. It looks at the start and whenever somebody is sent home. A roster
//! that cannot be written is told of once, and tried again every quarter of a minute.

use super::recalls::Planner;
use crate::driver::Handle;
use crate::engine::time::Timestamp;
use crate::journal::JournalError;
use crate::journal::reader::Reader;
use crate::record::Record;
use crate::roster::store::{Lines, Store, StoreError};
use crate::worked::{Worked, worked};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// How often is tried again what could not be written.
const AGAIN: Duration = Duration::from_secs(15);

/// Why hours are not in the ledger yet.
#[derive(Debug, thiserror::Error)]
enum NotWritten {
    #[error("the roster")]
    Roster(#[from] StoreError),
    #[error("the log book")]
    Journal(#[from] JournalError),
    #[error("the attempt broke off")]
    BrokeOff,
}

/// Keeps the ledgers until the driver stops. Without a roster there is nothing to keep.
pub(super) async fn keep(planner: Arc<Planner>, reader: Arc<Reader>, handle: Handle) {
    // Heard from before the first look on, so that nobody goes home unseen in between.
    let mut records = handle.records();
    drop(handle);
    let mut told = false;
    while planner.has_roster() {
        let attempt = {
            let (planner, reader) = (planner.clone(), reader.clone());
            move || planner.roster().map_or(Ok(()), |roster| write(roster, &reader, planner.now()))
        };
        match tokio::task::spawn_blocking(attempt).await.unwrap_or(Err(NotWritten::BrokeOff)) {
            Ok(()) => {
                told = false;
                if !somebody_went(&mut records).await {
                    return;
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut told, true) {
                    let why = crate::commands::chain(&error);
                    tracing::error!(why, "the roster's ledger cannot be kept: {why}");
                }
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

/// Waits until a real recall lets somebody go; `false` once the driver has stopped.
async fn somebody_went(records: &mut Receiver<Arc<Record>>) -> bool {
    loop {
        match records.recv().await {
            Ok(record) if ends_work(&record) => return true,
            Ok(_) => {}
            // Among what was lost somebody may have gone.
            Err(RecvError::Lagged(_)) => return true,
            Err(RecvError::Closed) => return false,
        }
    }
}

fn ends_work(record: &Record) -> bool {
    let real = record.recall.as_ref().is_some_and(|recall| !recall.drill);
    let cause = record.cause.as_deref();
    real && record.kind == "recall" && matches!(cause, Some("release" | "closed"))
}

/// Writes what the log book has beyond what was counted. A roster is not touched where nobody worked.
fn write(roster: &Path, reader: &Reader, now: Timestamp) -> Result<(), NotWritten> {
    let journal = reader.identity().id.as_str();
    let mut read = Store::read(roster)?.counted(journal)?;
    let mut after = read;
    loop {
        let found = reader.recall_work(read)?;
        let mut work = worked(&found.lines);
        work.retain(|one| one.line > read);
        // A log book that ends before was set back: what it has was counted.
        if !work.is_empty() || found.upto < read {
            let lines = Lines { journal, after, upto: found.upto };
            if !book(roster, &lines, &work, now)? {
                // Another process did it; the rest may still be to do.
                after = Store::read(roster)?.counted(journal)?;
                read = after;
                continue;
            }
            after = found.upto;
        }
        read = found.upto;
        if read >= found.last {
            return Ok(());
        }
    }
}

fn book(
    roster: &Path,
    lines: &Lines<'_>,
    work: &[Worked],
    now: Timestamp,
) -> Result<bool, StoreError> {
    let periods: Vec<_> = work.iter().map(|one| (one.person, one.period)).collect();
    let booked = Store::open_sealed(roster, now)?.book(lines, &periods)?;
    let stretches = work.len();
    if booked && stretches > 0 {
        tracing::info!(stretches, "{stretches} stretches of work of recalled people are counted");
    } else if booked {
        tracing::warn!("the log book was set back; hours are counted from its end on");
    }
    Ok(booked)
}

#[cfg(test)]
mod tests;
