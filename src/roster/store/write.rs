//! People into rows, inside of a transaction that the caller ends.

use super::{News, StoreError, read};
use crate::engine::time::Timestamp;
use crate::roster::calendar::What;
use crate::roster::plan::{KnownContact, Planned};
use crate::roster::seal::{Field, RosterKey};
use crate::roster::{Contact, Kind, Ledger, PersonId, Verification};
use rusqlite::{Connection, Transaction};

pub(super) fn one_row(changed: usize, id: PersonId) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(StoreError::Nobody(id)) }
}

pub(super) fn add(
    transaction: &Transaction<'_>,
    key: &RosterKey,
    new: &Planned,
) -> Result<(), StoreError> {
    let next = "SELECT coalesce(max(id), 0) + 1 FROM people";
    let id = PersonId(transaction.query_row(next, [], |row| row.get(0))?);
    let (own, wrapped) = key.make(id)?;
    let identity = text_of(id, &new.identity)?;
    transaction.execute(
        "INSERT INTO people (id, staff_index, identity, facts, ledger)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        (
            id.0,
            key.index("staff_id", &new.identity.staff_id)?.as_bytes(),
            own.seal(id, Field::Identity, &identity)?,
            text_of(id, &new.facts)?,
            text_of(id, &Ledger::default())?,
        ),
    )?;
    let keep = "INSERT INTO person_keys (person, wrapped) VALUES (?1, ?2)";
    transaction.execute(keep, (id.0, wrapped))?;
    put_contacts(transaction, key, id, &new.contacts)
}

pub(super) fn change(
    transaction: &Transaction<'_>,
    key: &RosterKey,
    id: PersonId,
    new: &Planned,
) -> Result<(), StoreError> {
    let own = read::person_key(transaction, key, id)?;
    let identity = own.seal(id, Field::Identity, &text_of(id, &new.identity)?)?;
    let changed = transaction.execute(
        "UPDATE people SET identity = ?2, facts = ?3 WHERE id = ?1 AND erased_at IS NULL",
        (id.0, identity, text_of(id, &new.facts)?),
    )?;
    one_row(changed, id)?;
    let sql = "SELECT value_index, blocked_since, answered_at FROM contacts WHERE person = ?1";
    let said: Vec<(Vec<u8>, Option<i64>, Option<i64>)> = transaction
        .prepare_cached(sql)?
        .query_map([id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    transaction.execute("DELETE FROM contacts WHERE person = ?1", [id.0])?;
    put_contacts(transaction, key, id, &new.contacts)?;
    // Who was read for the plan may have said since then whether a number is theirs.
    for (index, blocked, answered) in said {
        transaction.execute(
            "UPDATE contacts SET blocked_since = coalesce(blocked_since, ?3),
                 answered_at = CASE WHEN verified_on IS NULL THEN coalesce(answered_at, ?4) END
             WHERE person = ?1 AND value_index = ?2",
            (id.0, index, blocked, answered),
        )?;
    }
    Ok(())
}

/// Keeps what was learned of a person's contact of a kind.
pub(super) fn note(
    connection: &Connection,
    id: PersonId,
    kind: Kind,
    news: News,
) -> Result<(), StoreError> {
    let (sql, at) = match news {
        News::Answered { at } => {
            ("UPDATE contacts SET answered_at = ?3 WHERE person = ?1 AND kind = ?2", at)
        }
        News::WrongNumber { at } => {
            ("UPDATE contacts SET blocked_since = ?3 WHERE person = ?1 AND kind = ?2", at)
        }
    };
    let mut changed = 0;
    for kind in same_telephone(kind, news) {
        changed += connection.execute(sql, (id.0, kind.word(), at.as_millis()))?;
    }
    one_row(changed.min(1), id)
}

/// What is somebody else's by text message is theirs by call too: one number is both in most rosters.
fn same_telephone(kind: Kind, news: News) -> Vec<Kind> {
    match (news, kind) {
        (News::WrongNumber { .. }, Kind::Sms | Kind::Voice) => vec![Kind::Sms, Kind::Voice],
        _ => vec![kind],
    }
}

fn put_contacts(
    transaction: &Transaction<'_>,
    key: &RosterKey,
    id: PersonId,
    contacts: &[KnownContact],
) -> Result<(), StoreError> {
    let own = read::person_key(transaction, key, id)?;
    for (position, KnownContact { contact, address }) in contacts.iter().enumerate() {
        let Contact { kind, verification, blocked_since } = contact;
        let (verified_on, answered_at) = match verification {
            Verification::Unverified => (None, None),
            Verification::Attested { verified_on } => (Some(verified_on.to_string()), None),
            Verification::Answered { at } => (None, Some(at.as_millis())),
        };
        transaction.execute(
            "INSERT INTO contacts
             (person, position, kind, verified_on, answered_at, blocked_since, value_index, sealed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            (
                id.0,
                position as i64,
                kind.word(),
                verified_on,
                answered_at,
                blocked_since.map(Timestamp::as_millis),
                key.index(kind.word(), address.reveal())?.as_bytes(),
                own.seal(id, Field::Contact, address.reveal())?,
            ),
        )?;
    }
    Ok(())
}

pub(super) fn erase(
    transaction: &Transaction<'_>,
    id: PersonId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let emptied = transaction.execute(
        "UPDATE people SET staff_index = NULL, identity = NULL, facts = NULL, ledger = NULL,
         erased_at = ?2 WHERE id = ?1 AND erased_at IS NULL",
        (id.0, now.as_millis()),
    )?;
    one_row(emptied, id)?;
    for sql in [
        "DELETE FROM person_keys WHERE person = ?1",
        "DELETE FROM contacts WHERE person = ?1",
        "DELETE FROM asked WHERE person = ?1",
        "DELETE FROM times WHERE person = ?1",
    ] {
        transaction.execute(sql, [id.0])?;
    }
    Ok(())
}

pub(super) fn text_of<T: serde::Serialize>(id: PersonId, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Unreadable(id))
}

impl What {
    /// The word in the file.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Shift => "shift",
            Self::Leave => "leave",
        }
    }
}
