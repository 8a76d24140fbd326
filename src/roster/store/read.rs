//! Rows into people.

use super::{Known, StoreError};
use crate::engine::time::Timestamp;
use crate::roster::address::Address;
use crate::roster::calendar::{Times, What};
use crate::roster::plan::KnownContact;
use crate::roster::seal::{BlindIndex, Field, PersonKey, RosterKey};
use crate::roster::{Contact, Facts, Kind, Ledger, Period, Person, PersonId, Verification};
use rusqlite::{Connection, OptionalExtension, Row};
use std::collections::BTreeMap;

/// A contact in its row.
struct Kept {
    person: PersonId,
    contact: Contact,
    sealed: Vec<u8>,
}

pub(super) fn people(connection: &Connection) -> Result<Vec<Person>, StoreError> {
    let mut contacts = contacts(connection)?;
    let mut shifts: BTreeMap<PersonId, [Vec<Period>; 2]> = BTreeMap::new();
    for ((person, _), (what, period)) in times(connection)? {
        shifts.entry(person).or_default()[what as usize].push(period);
    }
    let sql = "SELECT id, facts, ledger FROM people WHERE erased_at IS NULL ORDER BY id";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut people = Vec::new();
    while let Some(row) = rows.next()? {
        let id = PersonId(row.get(0)?);
        let unreadable = |_| StoreError::Unreadable(id);
        let [facts, ledger]: [String; 2] = [row.get(1)?, row.get(2)?];
        let facts: Facts = serde_json::from_str(&facts).map_err(unreadable)?;
        let ledger: Ledger = serde_json::from_str(&ledger).map_err(unreadable)?;
        let [shifts, leave] = shifts.remove(&id).unwrap_or_default();
        let own = contacts.remove(&id).unwrap_or_default();
        let contacts = own.into_iter().map(|kept| kept.contact).collect();
        people.push(Person { id, facts, contacts, shifts, leave, ledger });
    }
    Ok(people)
}

pub(super) fn known(connection: &Connection, key: &RosterKey) -> Result<Vec<Known>, StoreError> {
    let mut contacts = contacts(connection)?;
    let sql = "SELECT id, identity, facts FROM people WHERE erased_at IS NULL ORDER BY id";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut people = Vec::new();
    while let Some(row) = rows.next()? {
        let own = contacts.remove(&PersonId(row.get(0)?)).unwrap_or_default();
        people.push(open(connection, key, row, own)?);
    }
    Ok(people)
}

/// One person; `None` for who is erased or unknown.
pub(super) fn one_known(
    connection: &Connection,
    key: &RosterKey,
    id: PersonId,
) -> Result<Option<Known>, StoreError> {
    let sql = "SELECT person, kind, verified_on, answered_at, blocked_since, sealed
               FROM contacts WHERE person = ?1 ORDER BY position";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([id.0])?;
    let mut contacts = Vec::new();
    while let Some(row) = rows.next()? {
        contacts.push(contact(row)?);
    }
    let sql = "SELECT id, identity, facts FROM people WHERE erased_at IS NULL AND id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([id.0])?;
    rows.next()?.map(|row| open(connection, key, row, contacts)).transpose()
}

/// Opens what is sealed of a person.
fn open(
    connection: &Connection,
    key: &RosterKey,
    row: &Row<'_>,
    contacts: Vec<Kept>,
) -> Result<Known, StoreError> {
    let id = PersonId(row.get(0)?);
    let unreadable = |_| StoreError::Unreadable(id);
    let own = person_key(connection, key, id)?;
    let (identity, facts): (Vec<u8>, String) = (row.get(1)?, row.get(2)?);
    let identity = own.open(id, Field::Identity, &identity)?;
    let identity = serde_json::from_str(&identity).map_err(unreadable)?;
    let facts = serde_json::from_str(&facts).map_err(unreadable)?;
    let open = |kept: Kept| {
        let address = Address::kept(own.open(id, Field::Contact, &kept.sealed)?);
        Ok(KnownContact { contact: kept.contact, address })
    };
    let contacts = contacts.into_iter().map(open).collect::<Result<_, StoreError>>()?;
    Ok(Known { id, identity, facts, contacts })
}

pub(super) fn person_key(
    connection: &Connection,
    key: &RosterKey,
    id: PersonId,
) -> Result<PersonKey, StoreError> {
    let sql = "SELECT wrapped FROM person_keys WHERE person = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let wrapped: Option<Vec<u8>> = statement.query_row([id.0], |row| row.get(0)).optional()?;
    Ok(key.open(id, &wrapped.ok_or(StoreError::Nobody(id))?)?)
}

pub(super) fn times(connection: &Connection) -> Result<Times, StoreError> {
    let sql = "SELECT person, uid_index, what, start, until FROM times";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut times = Times::new();
    while let Some(row) = rows.next()? {
        let person = PersonId(row.get(0)?);
        let what = match row.get::<_, String>(2)?.as_str() {
            "shift" => What::Shift,
            "leave" => What::Leave,
            _ => return Err(StoreError::Unreadable(person)),
        };
        let at = |column| row.get(column).map(Timestamp::from_millis);
        let period = Period::new(at(3)?, at(4)?).ok_or(StoreError::Unreadable(person))?;
        times.insert((person, BlindIndex::kept(row.get(1)?)), (what, period));
    }
    Ok(times)
}

/// Shifts of one person.
pub(super) fn shifts(connection: &Connection, id: PersonId) -> Result<Vec<Period>, StoreError> {
    let sql = "SELECT start, until FROM times WHERE person = ?1 AND what = 'shift'";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([id.0])?;
    let mut shifts = Vec::new();
    while let Some(row) = rows.next()? {
        let at = |column| row.get(column).map(Timestamp::from_millis);
        shifts.push(Period::new(at(0)?, at(1)?).ok_or(StoreError::Unreadable(id))?);
    }
    Ok(shifts)
}

fn contacts(connection: &Connection) -> Result<BTreeMap<PersonId, Vec<Kept>>, StoreError> {
    let sql = "SELECT person, kind, verified_on, answered_at, blocked_since, sealed
               FROM contacts ORDER BY person, position";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut contacts: BTreeMap<PersonId, Vec<Kept>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let kept = contact(row)?;
        contacts.entry(kept.person).or_default().push(kept);
    }
    Ok(contacts)
}

fn contact(row: &Row<'_>) -> Result<Kept, StoreError> {
    let person = PersonId(row.get(0)?);
    let unreadable = || StoreError::Unreadable(person);
    let kind = Kind::of_word(&row.get::<_, String>(1)?).ok_or_else(unreadable)?;
    let verified_on: Option<String> = row.get(2)?;
    let answered: Option<i64> = row.get(3)?;
    let verification = match (verified_on, answered) {
        (_, Some(at)) => Verification::Answered { at: Timestamp::from_millis(at) },
        (Some(day), None) => {
            Verification::Attested { verified_on: day.parse().map_err(|_| unreadable())? }
        }
        (None, None) => Verification::Unverified,
    };
    let blocked: Option<i64> = row.get(4)?;
    let blocked_since = blocked.map(Timestamp::from_millis);
    let contact = Contact { kind, verification, blocked_since };
    Ok(Kept { person, contact, sealed: row.get(5)? })
}
