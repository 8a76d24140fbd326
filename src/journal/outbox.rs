//! The delivery worker's view of the journal: what is to be sent, what was tried.
//!
//! An intent is written once, by the transaction that decided it; here it is only claimed and
//! settled. An attempt row is written before the call. A process that dies in between leaves an
//! attempt without an outcome, which is exactly what is known of it; the channels here carry a
//! key that the receiver can recognise, so such an attempt is made again.
//!
//! What reaches people, on one contact after the other, has its own part: [`errand`].
//!
//! Only a journal of the live service has a delivery side: [`Outbox`] needs a [`LiveJournal`],
//! and only the stamp in the file makes one. A replay, a demo or a test cannot call anybody by
//! mistake in the wiring.

pub mod errand;

use super::sqlite::{connect_second, identity, read_record};
use super::step::{Step, Steps};
use super::{JournalError, Stamp};
use crate::engine::effect::EffectId;
use crate::engine::time::Timestamp;
use crate::record::Record;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};

/// Proof that a journal is the live service's.
#[derive(Debug)]
pub struct LiveJournal {
    path: PathBuf,
}

impl LiveJournal {
    /// Looks at the stamp.
    ///
    /// # Errors
    /// If the journal is stamped otherwise or cannot be read.
    pub fn at(path: &Path) -> Result<Self, JournalError> {
        let stamp = super::sqlite::inspect(path)?.stamp;
        if stamp == Stamp::Live {
            Ok(Self { path: path.to_owned() })
        } else {
            let wanted = Stamp::Live.word();
            Err(JournalError::Stamped { found: stamp.word(), wanted })
        }
    }
}

/// One effect to be delivered on one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// Row.
    pub row: i64,
    /// Idempotency key: the same on every attempt, of one journal and one effect.
    pub key: String,
    /// The effect.
    pub effect: EffectId,
    /// What is told.
    pub record: Record,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// When it loses its worth.
    pub useful_until: Timestamp,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The receiver has it.
    Delivered,
    /// The receiver refused it for good.
    Failed,
    /// Try again then.
    Again(Timestamp),
}

/// An attempt with its fate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Row of the intent.
    pub row: i64,
    /// Which attempt.
    pub attempt: u32,
    /// Its fate.
    pub fate: Fate,
    /// HTTP status or the like.
    pub status: Option<u16>,
    /// Why it did not work, for people.
    pub reason: Option<String>,
}

/// What a worker may deliver now, and what it came too late for.
#[derive(Clone, Debug, Default)]
pub struct Claimed {
    /// Intents; their attempt is written down already.
    pub intents: Vec<Intent>,
    /// Intents that lost their worth before they were delivered.
    pub expired: u64,
}

/// The delivery worker's connection.
#[derive(Debug)]
pub struct Outbox {
    connection: Connection,
    journal: String,
    steps: Steps,
}

impl Outbox {
    /// Opens the delivery side of a live journal.
    ///
    /// # Errors
    /// If the journal cannot be opened.
    pub fn open(journal: &LiveJournal, steps: Steps) -> Result<Self, JournalError> {
        let connection = connect_second(&journal.path)?;
        let id = identity(&connection)?.id;
        Ok(Self { connection, journal: id, steps })
    }

    /// Id of the journal, the beginning of every key.
    pub fn journal(&self) -> &str {
        &self.journal
    }

    /// Takes intents that are due, oldest first, and writes down that they are being tried.
    /// Intents that nobody needs any more are marked as expired, and counted.
    ///
    /// # Errors
    /// If the journal fails; nothing may be sent then.
    pub fn claim(
        &mut self,
        channel: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Claimed, JournalError> {
        self.steps.at(Step::Due);
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let expired = transaction
            .prepare_cached(
                "UPDATE outbox SET state = 'expired'
                 WHERE state = 'pending' AND channel = ?1 AND useful_until <= ?2",
            )?
            .execute((channel, now.as_millis()))?;
        let intents = due(&transaction, channel, now, limit)?;
        for intent in &intents {
            begin(&transaction, intent, now)?;
        }
        transaction.commit()?;
        self.steps.at(Step::Attempted);
        Ok(Claimed { intents, expired: expired as u64 })
    }

    /// Writes down what became of attempts.
    ///
    /// # Errors
    /// If the journal fails; the attempts stay without an outcome and are made again.
    pub fn settle(&mut self, settled: &[Settled], now: Timestamp) -> Result<(), JournalError> {
        self.steps.at(Step::Sent);
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for one in settled {
            finish(&transaction, one, now)?;
        }
        transaction.commit()?;
        self.steps.at(Step::Settled);
        Ok(())
    }

    /// Gives up intents of channels that are there no more: nobody would ever look at them.
    ///
    /// # Errors
    /// If the journal fails.
    pub fn keep_only(&mut self, channels: &[&str]) -> Result<u64, JournalError> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let waiting: Vec<String> = transaction
            .prepare("SELECT DISTINCT channel FROM outbox WHERE state = 'pending'")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut given_up = 0;
        for channel in waiting.iter().filter(|channel| !channels.contains(&channel.as_str())) {
            let sql =
                "UPDATE outbox SET state = 'expired' WHERE state = 'pending' AND channel = ?1";
            given_up += transaction.execute(sql, [channel])?;
        }
        transaction.commit()?;
        Ok(given_up as u64)
    }

    /// When the next intent is due; `None`: nothing is pending.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub fn next_due(&self, channel: &str) -> Result<Option<Timestamp>, JournalError> {
        let next: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT min(next_attempt_at) FROM outbox
                 WHERE state = 'pending' AND channel = ?1",
            )?
            .query_row([channel], |row| row.get(0))
            .optional()?
            .flatten();
        Ok(next.map(Timestamp::from_millis))
    }

    /// Finished deliveries that the engine has not been told of: effect and success. One channel
    /// that delivers is a success, and so is an attempt on a contact of which nobody can tell
    /// whether it reached the person; a failure is one only once no channel tries any more.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub fn untold(&self, limit: usize) -> Result<Vec<(EffectId, bool)>, JournalError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT seq, ordinal, max(state = 'delivered' OR EXISTS (SELECT 1 FROM attempts a
                WHERE a.intent = o.id AND a.via IS NOT NULL AND (a.outcome IS NULL
                OR a.outcome IN ('delivered', 'unknown', 'look_up')
                OR a.reason IN ('gateway', 'garbled', 'no_answer', 'interrupted')))) AS reached
             FROM outbox o INDEXED BY outbox_untold
             WHERE told = 0 AND state IN ('delivered', 'failed', 'expired')
             GROUP BY seq, ordinal
             HAVING reached OR NOT EXISTS (SELECT 1 FROM outbox p WHERE p.seq = o.seq
                AND p.ordinal = o.ordinal AND p.told = 0 AND p.state = 'pending')
             ORDER BY min(id) LIMIT ?1",
        )?;
        let rows = statement.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
            Ok((effect(row.get(0)?, row.get(1)?), row.get(2)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn effect(seq: i64, ordinal: u32) -> EffectId {
    EffectId { seq: seq.cast_unsigned(), ordinal }
}

fn due(
    transaction: &Transaction<'_>,
    channel: &str,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Intent>, JournalError> {
    let mut statement = transaction.prepare_cached(
        "SELECT id, key, seq, ordinal, attempts, useful_until, record FROM outbox
         WHERE state = 'pending' AND channel = ?1 AND next_attempt_at <= ?2
         ORDER BY next_attempt_at, id LIMIT ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query((channel, now.as_millis(), limit))?;
    let mut intents = Vec::new();
    while let Some(row) = rows.next()? {
        intents.push(intent(row)?);
    }
    Ok(intents)
}

fn intent(row: &Row<'_>) -> Result<Intent, JournalError> {
    Ok(Intent {
        row: row.get(0)?,
        key: row.get(1)?,
        effect: effect(row.get(2)?, row.get(3)?),
        attempt: row.get::<_, u32>(4)? + 1,
        useful_until: Timestamp::from_millis(row.get(5)?),
        record: read_record(row.get_ref(6)?.as_str().unwrap_or_default())?,
    })
}

fn begin(
    transaction: &Transaction<'_>,
    intent: &Intent,
    now: Timestamp,
) -> Result<(), JournalError> {
    transaction
        .prepare_cached("UPDATE outbox SET attempts = ?2 WHERE id = ?1")?
        .execute((intent.row, intent.attempt))?;
    transaction
        .prepare_cached("INSERT INTO attempts (intent, number, started_at) VALUES (?1, ?2, ?3)")?
        .execute((intent.row, intent.attempt, now.as_millis()))?;
    Ok(())
}

fn finish(
    transaction: &Transaction<'_>,
    one: &Settled,
    now: Timestamp,
) -> Result<(), JournalError> {
    let (state, outcome, next) = match one.fate {
        Fate::Delivered => ("delivered", "delivered", now),
        Fate::Failed => ("failed", "failed", now),
        Fate::Again(at) => ("pending", "again", at),
    };
    transaction
        .prepare_cached(
            "UPDATE attempts SET finished_at = ?3, outcome = ?4, status = ?5, reason = ?6
             WHERE intent = ?1 AND number = ?2",
        )?
        .execute((one.row, one.attempt, now.as_millis(), outcome, one.status, &one.reason))?;
    transaction
        .prepare_cached(
            "UPDATE outbox SET state = ?2, next_attempt_at = ?3
             WHERE id = ?1 AND state = 'pending'",
        )?
        .execute((one.row, state, next.as_millis()))?;
    Ok(())
}
