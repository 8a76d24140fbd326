//! Intents that reach people, on one contact after the other: everything that was tried of them.
//!
//! An errand stays one intent however many contacts it takes. Which contact is next follows from
//! the attempts alone, so a process that starts after a crash goes on where the other one was. An
//! attempt without an outcome is one of unknown end: the caller knows its channel and decides.

use super::{EffectId, JournalError, Outbox, Step, Timestamp, effect, read_record};
use crate::record::Record;
use crate::roster::Kind;
use rusqlite::{OptionalExtension, TransactionBehavior};
use std::collections::BTreeSet;

/// An intent with what was tried of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Errand {
    /// Row.
    pub row: i64,
    /// The outbox channel: whose errand it is.
    pub channel: String,
    /// The beginning of every idempotency key of it.
    pub key: String,
    /// The effect.
    pub effect: EffectId,
    /// What is told.
    pub record: Record,
    /// When it may be tried, at the earliest.
    pub due: Timestamp,
    /// When it loses its worth.
    pub useful_until: Timestamp,
    /// Attempts so far, in order.
    pub tried: Vec<Tried>,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Which one, from 1.
    pub number: u32,
    /// The contact; `None` where the channel itself is the receiver.
    pub contact: Option<Kind>,
    /// The channel.
    pub via: String,
    /// When it began.
    pub started_at: Timestamp,
    /// How it ended; `None`: that is not known.
    pub outcome: Option<Outcome>,
    /// Why it did not work.
    pub reason: Option<String>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver or its provider has it.
    Delivered,
    /// It had no effect; the same again later.
    Again,
    /// It had no effect and never will on this channel.
    Failed,
    /// It may have had an effect, and nobody can tell.
    Unknown,
    /// The provider is to be asked whether it has it.
    LookUp,
}

/// What becomes of an errand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes on then.
    Pending(Timestamp),
    /// It is done.
    Delivered,
    /// No contact is left.
    Failed,
    /// It is of no use any more.
    Expired,
    /// Something newer took its place before it was sent.
    Superseded,
}

/// The end of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// Row of the errand.
    pub row: i64,
    /// Which attempt.
    pub number: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// The provider's own code.
    pub code: Option<i64>,
    /// Why it did not work.
    pub reason: Option<&'static str>,
    /// What becomes of the errand.
    pub fate: Fate,
}

impl Outcome {
    const ALL: [Self; 5] =
        [Self::Delivered, Self::Again, Self::Failed, Self::Unknown, Self::LookUp];

    const fn word(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Again => "again",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::LookUp => "look_up",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }
}

impl Fate {
    const fn state(self) -> &'static str {
        match self {
            Self::Pending(_) => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Superseded => "suppressed",
        }
    }
}

impl Outbox {
    /// Errands of a channel that wait, from a row on, in order.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub fn errands(&self, channel: &str, after: i64) -> Result<Vec<Errand>, JournalError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, key, seq, ordinal, record, next_attempt_at, useful_until FROM outbox
             WHERE state = 'pending' AND channel = ?1 AND id > ?2 ORDER BY id",
        )?;
        let mut rows = statement.query((channel, after))?;
        let mut errands = Vec::new();
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            errands.push(Errand {
                row: id,
                channel: channel.to_owned(),
                key: row.get(1)?,
                effect: effect(row.get(2)?, row.get(3)?),
                record: read_record(row.get_ref(4)?.as_str().unwrap_or_default())?,
                due: Timestamp::from_millis(row.get(5)?),
                useful_until: Timestamp::from_millis(row.get(6)?),
                tried: self.tried(id)?,
            });
        }
        Ok(errands)
    }

    fn tried(&self, row: i64) -> Result<Vec<Tried>, JournalError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, contact, via, started_at, outcome, reason FROM attempts
             WHERE intent = ?1 ORDER BY number",
        )?;
        let rows = statement.query_map([row], |row| {
            let word = |at| row.get::<_, Option<String>>(at);
            Ok(Tried {
                number: row.get(0)?,
                contact: word(1)?.and_then(|word| Kind::of_word(&word)),
                via: word(2)?.unwrap_or_default(),
                started_at: Timestamp::from_millis(row.get(3)?),
                outcome: word(4)?.and_then(|word| Outcome::of_word(&word)),
                reason: word(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Recalls and people, as records name them, whom something may have reached on a channel.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub fn reached(&self, channel: &str) -> Result<BTreeSet<(String, String)>, JournalError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT DISTINCT json_extract(record, '$.recall.id'),
                json_extract(record, '$.recall.person')
             FROM outbox o WHERE channel = ?1 AND type = 'recall'
             AND json_extract(record, '$.recall.person') IS NOT NULL
             AND EXISTS (SELECT 1 FROM attempts WHERE intent = o.id
                AND (outcome IS NULL OR outcome IN ('delivered', 'unknown', 'look_up')
                    OR reason IN ('gateway', 'garbled', 'no_answer', 'interrupted')))",
        )?;
        let rows = statement.query_map([channel], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Writes down attempts that are about to be made, each with the row of its errand.
    ///
    /// # Errors
    /// If the journal fails; nothing may be sent then.
    pub fn begin(&mut self, attempts: &[(i64, Tried)]) -> Result<(), JournalError> {
        self.steps.at(Step::Due);
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (row, attempt) in attempts {
            transaction
                .prepare_cached("UPDATE outbox SET attempts = ?2 WHERE id = ?1")?
                .execute((row, attempt.number))?;
            transaction
                .prepare_cached(
                    "INSERT INTO attempts (intent, number, started_at, contact, via)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute((
                    row,
                    attempt.number,
                    attempt.started_at.as_millis(),
                    attempt.contact.map(Kind::word),
                    &attempt.via,
                ))?;
        }
        transaction.commit()?;
        self.steps.at(Step::Attempted);
        Ok(())
    }

    /// Writes down how attempts ended.
    ///
    /// # Errors
    /// If the journal fails; the attempts stay without an outcome.
    pub fn end(&mut self, ends: &[End], now: Timestamp) -> Result<(), JournalError> {
        self.steps.at(Step::Sent);
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for end in ends {
            transaction
                .prepare_cached(
                    "UPDATE attempts SET finished_at = ?3, outcome = ?4, status = ?5, reason = ?6
                     WHERE intent = ?1 AND number = ?2",
                )?
                .execute((
                    end.row,
                    end.number,
                    now.as_millis(),
                    end.outcome.word(),
                    end.code,
                    end.reason,
                ))?;
            close_one(&transaction, end.row, end.fate, now)?;
        }
        transaction.commit()?;
        self.steps.at(Step::Settled);
        Ok(())
    }

    /// Ends errands without an attempt.
    ///
    /// # Errors
    /// If the journal fails; the errands stay as they are.
    pub fn close(&mut self, fates: &[(i64, Fate)], now: Timestamp) -> Result<(), JournalError> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (row, fate) in fates {
            close_one(&transaction, *row, *fate, now)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// The newest row of the outbox.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub fn newest(&self) -> Result<i64, JournalError> {
        let newest: Option<i64> = self
            .connection
            .prepare_cached("SELECT max(id) FROM outbox")?
            .query_row([], |row| row.get(0))
            .optional()?
            .flatten();
        Ok(newest.unwrap_or(0))
    }
}

fn close_one(
    connection: &rusqlite::Connection,
    row: i64,
    fate: Fate,
    now: Timestamp,
) -> Result<(), JournalError> {
    let next = if let Fate::Pending(due) = fate { due } else { now };
    connection
        .prepare_cached(
            "UPDATE outbox SET state = ?2, next_attempt_at = ?3
             WHERE id = ?1 AND state = 'pending'",
        )?
        .execute((row, fate.state(), next.as_millis()))?;
    Ok(())
}
