//! Whose owners were asked whether a contact may be used, and what they said.
//!
//! One row an asking, by the value and not by the place of a contact: an import writes contacts anew
//! and these rows stay. What is older than an answer counts is forgotten when somebody is asked again.

use super::{News, Store, StoreError, write};
use crate::engine::time::Timestamp;
use crate::roster::asking::{ANSWERED_WITHIN, ASKED_AGAIN_AFTER, AskedContact, AskedState, Owning};
use crate::roster::seal::BlindIndex;
use crate::roster::{Kind, PersonId};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior};

/// Schema of the first roster that has the rows.
const SINCE: i64 = 3;

impl Store {
    /// Everything that was asked after an instant, of contacts that are still the same.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn asked(&self, after: Timestamp) -> Result<Vec<AskedContact>, StoreError> {
        if super::schema::version(&self.0)? < SINCE {
            return Ok(Vec::new());
        }
        let sql = "SELECT a.person, a.kind, a.value_index, a.at FROM asked a
                   JOIN contacts c USING (person, kind, value_index)
                   WHERE a.at > ?1 ORDER BY a.person, a.kind, a.at";
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query([after.as_millis()])?;
        let mut asked = Vec::new();
        while let Some(row) = rows.next()? {
            asked.push(asking(row)?);
        }
        Ok(asked)
    }

    /// Notes that these are asked now, all of them or none; which of them may be. Others are verified
    /// or blocked by now, have another value, or were asked too lately: `again` leaves that out of account.
    ///
    /// # Errors
    /// If anything fails; then nothing is noted.
    pub fn ask(&mut self, asks: &[AskedContact], again: bool) -> Result<Vec<bool>, StoreError> {
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut may = Vec::with_capacity(asks.len());
        for ask in asks {
            may.push(note(&transaction, ask, again)?);
        }
        if let Some(now) = asks.iter().map(|ask| ask.at).max() {
            let old = now - ANSWERED_WITHIN;
            transaction.execute("DELETE FROM asked WHERE at <= ?1", [old.as_millis()])?;
        }
        transaction.commit()?;
        Ok(may)
    }

    /// Forgets that these were asked: it is sure that nothing was sent.
    ///
    /// # Errors
    /// If anything fails.
    pub fn unask(&mut self, asks: &[AskedContact]) -> Result<(), StoreError> {
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for ask in asks {
            transaction.execute(
                "DELETE FROM asked WHERE person = ?1 AND kind = ?2 AND value_index = ?3 AND at = ?4",
                values(ask),
            )?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// How a contact stands that was asked; `None`: it was not, or it is another one by now.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn asked_state(&self, ask: &AskedContact) -> Result<Option<AskedState>, StoreError> {
        state(&self.0, ask)
    }

    /// Keeps what is said of a contact that was asked, and how it stands then. The same again changes
    /// nothing, and what is blocked stays so.
    ///
    /// # Errors
    /// If anything fails; then nothing has changed.
    pub fn answer(
        &mut self,
        ask: &AskedContact,
        owning: Owning,
        at: Timestamp,
    ) -> Result<Option<AskedState>, StoreError> {
        let news = match (self.asked_state(ask)?, owning) {
            (None, _) => return Ok(None),
            (Some(AskedState::Open), Owning::Mine) => News::Answered { at },
            (Some(AskedState::Open | AskedState::Verified), Owning::NotMine) => {
                News::WrongNumber { at }
            }
            (Some(same), _) => return Ok(Some(same)),
        };
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // An import may have been faster.
        if state(&transaction, ask)?.is_none() {
            return Ok(None);
        }
        write::note(&transaction, ask.person, ask.kind, news)?;
        let after = state(&transaction, ask)?;
        transaction.commit()?;
        Ok(after)
    }
}

fn note(
    transaction: &Transaction<'_>,
    ask: &AskedContact,
    again: bool,
) -> Result<bool, StoreError> {
    let lately = if again { ask.at } else { ask.at - ASKED_AGAIN_AFTER };
    let (person, kind, value, at) = values(ask);
    let mut statement = transaction.prepare_cached(
        "INSERT INTO asked (person, kind, value_index, at)
         SELECT person, kind, value_index, ?4 FROM contacts
         WHERE person = ?1 AND kind = ?2 AND value_index = ?3
             AND verified_on IS NULL AND answered_at IS NULL AND blocked_since IS NULL
             AND NOT EXISTS (
                 SELECT 1 FROM asked a WHERE a.person = ?1 AND a.kind = ?2
                     AND a.value_index = ?3 AND (a.at > ?5 OR a.at = ?4)
             )",
    )?;
    Ok(statement.execute((person, kind, value, at, lately.as_millis()))? > 0)
}

fn state(connection: &Connection, ask: &AskedContact) -> Result<Option<AskedState>, StoreError> {
    if super::schema::version(connection)? < SINCE {
        return Ok(None);
    }
    let sql =
        "SELECT c.verified_on IS NOT NULL OR c.answered_at IS NOT NULL, c.blocked_since IS NOT NULL
               FROM asked a JOIN contacts c USING (person, kind, value_index)
               WHERE a.person = ?1 AND a.kind = ?2 AND a.value_index = ?3 AND a.at = ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let found: Option<(bool, bool)> = statement.query_row(values(ask), row).optional()?;
    Ok(found.map(|found| match found {
        (_, true) => AskedState::Blocked,
        (true, false) => AskedState::Verified,
        (false, false) => AskedState::Open,
    }))
}

fn values(ask: &AskedContact) -> (u32, &'static str, &[u8], i64) {
    (ask.person.0, ask.kind.word(), ask.value.as_bytes(), ask.at.as_millis())
}

fn asking(row: &Row<'_>) -> Result<AskedContact, StoreError> {
    let person = PersonId(row.get(0)?);
    let kind = Kind::of_word(&row.get::<_, String>(1)?).ok_or(StoreError::Unreadable(person))?;
    let (value, at) = (BlindIndex::kept(row.get(2)?), Timestamp::from_millis(row.get(3)?));
    Ok(AskedContact { person, kind, value, at })
}

#[cfg(test)]
mod tests;
