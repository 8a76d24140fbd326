//! The roster in its file: people, contacts, shifts and leave, ledgers.
//!
//! The rules need no key: [`Store::people`] reads facts and states of contacts that stand beside a
//! number. Names and values are opened by [`Store::known`] with the roster key. An import is one
//! transaction: it is there or it is not, whenever the process dies.
//!
//! Erasing needs no key either. It destroys the person's key and with it every sealed value, and empties
//! the row but for its number, which log books keep. A copy of the file made before is not reached:
//! whoever keeps copies has to let them expire.

mod asked;
mod book;
mod read;
mod schema;
mod write;

use super::address::Address;
use super::calendar::TimesPlan;
use super::plan::{KnownContact, Plan};
use super::seal::{RosterKey, SealError};
use super::{Facts, Identity, Kind, Ledger, Period, Person, PersonId};
use crate::engine::time::Timestamp;
use rusqlite::{Connection, TransactionBehavior};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Why the roster cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is none.
    #[error("there is no such file; `callsurge roster import` makes it")]
    Missing,
    /// It cannot be made.
    #[error("it cannot be created")]
    Create(#[source] std::io::Error),
    /// Another program's file.
    #[error("it is not a roster of callsurge")]
    Foreign,
    /// A later program wrote it.
    #[error("its schema is {found}, this program knows {known}; use the newer program")]
    Newer {
        /// Schema of the file.
        found: i64,
        /// Schema of the program.
        known: i64,
    },
    /// Sealed under another key.
    #[error("this is not the key that the roster is sealed under; name the one it was made with")]
    WrongKey,
    /// Nobody has the number, or not any more.
    #[error("there is no {0}, or it is erased already")]
    Nobody(PersonId),
    /// A recall has written hours since.
    #[error("the ledger of {0} was written meanwhile, by a recall; do the same again")]
    Meanwhile(PersonId),
    /// A sealed value.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A row that this program did not write so.
    #[error("the row of {0} is not readable")]
    Unreadable(PersonId),
    /// SQLite.
    #[error("SQLite")]
    Sqlite(#[from] rusqlite::Error),
}

/// The roster in its file.
#[derive(Debug)]
pub struct Store(Connection);

/// A person with what is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Who it is to the program.
    pub id: PersonId,
    /// Who it is to people.
    pub identity: Identity,
    /// What is known of them.
    pub facts: Facts,
    /// Ways to reach them.
    pub contacts: Vec<KnownContact>,
}

/// Lines of a log book that are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines<'a> {
    /// Of which journal.
    pub journal: &'a str,
    /// Those behind this one,
    pub after: i64,
    /// up to this one.
    pub upto: i64,
}

/// What is learned of a contact by using it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Its owner answered a verification message.
    Answered {
        /// When.
        at: Timestamp,
    },
    /// Somebody answered that the number is not theirs: it is blocked.
    WrongNumber {
        /// When.
        at: Timestamp,
    },
}

impl Store {
    /// Opens for writing with the key; creates the file where there is none.
    ///
    /// # Errors
    /// If it is no roster or sealed under another key.
    pub fn open(path: &Path, key: &RosterKey, now: Timestamp) -> Result<Self, StoreError> {
        schema::connect(path, Some(key), now).map(Self)
    }

    /// Opens an existing roster for writing without a key: what is sealed stays so.
    ///
    /// # Errors
    /// If there is none.
    pub fn open_sealed(path: &Path, now: Timestamp) -> Result<Self, StoreError> {
        schema::connect(path, None, now).map(Self)
    }

    /// Opens an existing roster for reading.
    ///
    /// # Errors
    /// If there is none.
    pub fn read(path: &Path) -> Result<Self, StoreError> {
        schema::connect_read_only(path).map(Self)
    }

    /// Everybody who is not erased, as the rules see them.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn people(&self) -> Result<Vec<Person>, StoreError> {
        read::people(&self.0)
    }

    /// Everybody who is not erased, with names and values.
    ///
    /// # Errors
    /// If the file cannot be read or the key is another one.
    pub fn known(&self, key: &RosterKey) -> Result<Vec<Known>, StoreError> {
        schema::check_key(&self.0, key)?;
        read::known(&self.0, key)
    }

    /// Some people, with names and values; who is erased, unknown or unreadable is left out.
    ///
    /// # Errors
    /// If the file cannot be read or the key is another one.
    pub fn some_known(
        &self,
        key: &RosterKey,
        people: &BTreeSet<PersonId>,
    ) -> Result<Vec<Known>, StoreError> {
        schema::check_key(&self.0, key)?;
        let mut known = Vec::new();
        for id in people {
            match read::one_known(&self.0, key, *id) {
                Ok(person) => known.extend(person),
                // One broken row must not silence everybody.
                Err(error @ (StoreError::Unreadable(_) | StoreError::Seal(_))) => {
                    tracing::error!(%error, "the row of {id} is passed over: {error}");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(known)
    }

    /// Who has such a contact.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn who_has(
        &self,
        key: &RosterKey,
        contact: (Kind, &Address),
    ) -> Result<Vec<PersonId>, StoreError> {
        schema::check_key(&self.0, key)?;
        let index = key.index(contact.0.word(), contact.1.reveal())?;
        let sql = "SELECT DISTINCT person FROM contacts WHERE value_index = ?1 ORDER BY person";
        let mut statement = self.0.prepare_cached(sql)?;
        let found = statement.query_map([index.as_bytes()], |row| row.get(0).map(PersonId))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Carries out what an import plans, all of it or nothing.
    ///
    /// # Errors
    /// If anything fails; then nothing has changed.
    pub fn apply(
        &mut self,
        plan: &Plan,
        key: &RosterKey,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for person in &plan.added {
            write::add(&transaction, key, person)?;
        }
        for (id, person, _) in &plan.changed {
            write::change(&transaction, key, *id, person)?;
        }
        for id in &plan.removed {
            write::erase(&transaction, *id, now)?;
        }
        let count = |number: usize| number as i64;
        transaction.execute(
            "INSERT INTO imports (at, added, changed, removed, attested) VALUES (?1, ?2, ?3, ?4, ?5)",
            (
                now.as_millis(),
                count(plan.added.len()),
                count(plan.changed.len()),
                count(plan.removed.len()),
                count(plan.attested()),
            ),
        )?;
        transaction.commit()?;
        Ok(())
    }

    /// Carries out what a calendar plans, all of it or nothing.
    ///
    /// # Errors
    /// If anything fails; then nothing has changed.
    pub fn apply_times(&mut self, plan: &TimesPlan) -> Result<(), StoreError> {
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (person, uid) in &plan.removed {
            transaction.execute(
                "DELETE FROM times WHERE person = ?1 AND uid_index = ?2",
                (person.0, uid.as_bytes()),
            )?;
        }
        for ((person, uid), (what, period)) in plan.added.iter().chain(&plan.changed) {
            transaction.execute(
                "INSERT INTO times (person, uid_index, what, start, until)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET what = ?3, start = ?4, until = ?5",
                (
                    person.0,
                    uid.as_bytes(),
                    what.word(),
                    period.from.as_millis(),
                    period.until.as_millis(),
                ),
            )?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Shifts and leave as they are kept, by person and index of the event.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn times(&self) -> Result<super::calendar::Times, StoreError> {
        read::times(&self.0)
    }

    /// Keeps the ledgers of people, each as it was and as it is to be, all of them or none.
    ///
    /// # Errors
    /// If there is nobody with one of the numbers, or a ledger is not any more what it was.
    pub fn keep_ledgers(
        &mut self,
        ledgers: &BTreeMap<PersonId, [Ledger; 2]>,
    ) -> Result<(), StoreError> {
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (id, [before, after]) in ledgers {
            book::replace(&transaction, *id, before, after)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Up to which line of a journal's log book work is in the ledgers.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn counted(&self, journal: &str) -> Result<i64, StoreError> {
        book::counted(&self.0, journal)
    }

    /// Puts work into ledgers and notes up to which line of the log book it is there, both or nothing.
    /// `false`: somebody else counted since `lines.after` was read, and nothing has changed.
    ///
    /// # Errors
    /// If anything fails; then nothing has changed.
    pub fn book(
        &mut self,
        lines: &Lines<'_>,
        work: &[(PersonId, Period)],
    ) -> Result<bool, StoreError> {
        book::book(&mut self.0, lines, work)
    }

    /// Keeps what was learned of a person's contact of a kind.
    ///
    /// # Errors
    /// If they have none.
    pub fn note(&mut self, id: PersonId, kind: Kind, news: News) -> Result<(), StoreError> {
        write::note(&self.0, id, kind, news)
    }

    /// Destroys the key of a person and all that is known of them but their number.
    ///
    /// # Errors
    /// If there is nobody with that number.
    pub fn erase(&mut self, id: PersonId, now: Timestamp) -> Result<(), StoreError> {
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        write::erase(&transaction, id, now)?;
        transaction.commit()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
