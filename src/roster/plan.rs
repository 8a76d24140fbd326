//! What an import would change: rows of a file against the roster as it is.
//!
//! A column that the file does not have says nothing, and what is known stays; an empty cell says that
//! there is none. A contact that stays the same keeps what is known of it: an answer of its owner, and a
//! block, which no file can undo, because the person at that number said that it is not theirs. A person
//! who is missing in the file is removed only if that was asked for, and then erased for good.

use super::address::Address;
use super::store::Known;
use super::table::Row;
use super::{Contact, Facts, Identity, Kind, PersonId, Verification};
use chrono_tz::Tz;
use std::collections::BTreeMap;

/// A contact with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownContact {
    /// What the rules know of it.
    pub contact: Contact,
    /// Its value.
    pub address: Address,
}

/// A person as the roster is to have them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Who it is to people.
    pub identity: Identity,
    /// What is known of them.
    pub facts: Facts,
    /// Ways to reach them.
    pub contacts: Vec<KnownContact>,
    /// Contacts whose verification this import attests.
    pub attested: usize,
}

/// What differs in a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Name.
    Name,
    /// Facts.
    Facts,
    /// Contacts.
    Contacts,
}

impl Difference {
    /// The word in a plan.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Facts => "facts",
            Self::Contacts => "contacts",
        }
    }
}

/// What an import would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// New people.
    pub added: Vec<Planned>,
    /// People who change, and in what.
    pub changed: Vec<(PersonId, Planned, Vec<Difference>)>,
    /// People who stay as they are.
    pub unchanged: Vec<PersonId>,
    /// People who are erased, being missing in the file.
    pub removed: Vec<PersonId>,
    /// People who are missing in the file and stay.
    pub missing: Vec<PersonId>,
}

impl Plan {
    /// Compares rows with the roster. `zone` is that of people for whom none is named.
    pub fn of(known: &[Known], rows: &[Row], zone: Tz, remove_missing: bool) -> Self {
        let mut left: BTreeMap<&str, &Known> =
            known.iter().map(|person| (person.identity.staff_id.as_str(), person)).collect();
        let mut plan = Self::default();
        for row in rows {
            let before = left.remove(row.staff_id.as_str());
            let planned = planned(row, before, zone);
            let Some(before) = before else {
                plan.added.push(planned);
                continue;
            };
            let differences = differences(before, &planned);
            if differences.is_empty() {
                plan.unchanged.push(before.id);
            } else {
                plan.changed.push((before.id, planned, differences));
            }
        }
        let mut missing: Vec<_> = left.into_values().map(|person| person.id).collect();
        missing.sort_unstable();
        *(if remove_missing { &mut plan.removed } else { &mut plan.missing }) = missing;
        plan
    }

    /// Whether it would change nothing.
    pub const fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }

    /// Contacts whose verification it attests.
    pub fn attested(&self) -> usize {
        let changed = self.changed.iter().map(|(_, planned, _)| planned);
        self.added.iter().chain(changed).map(|planned| planned.attested).sum()
    }
}

fn differences(before: &Known, after: &Planned) -> Vec<Difference> {
    [
        (Difference::Name, before.identity != after.identity),
        (Difference::Facts, before.facts != after.facts),
        (Difference::Contacts, before.contacts != after.contacts),
    ]
    .into_iter()
    .filter_map(|(difference, differs)| differs.then_some(difference))
    .collect()
}

fn planned(row: &Row, before: Option<&Known>, zone: Tz) -> Planned {
    let facts = before.map(|known| known.facts.clone()).unwrap_or_else(|| Facts {
        tiers: row.tiers.clone(),
        sites: Default::default(),
        skills: Default::default(),
        promise_minutes: None,
        language: None,
        timezone: zone,
        rotation: 0,
        quiet: None,
        opted_out: false,
    });
    let mut quiet = row.quiet.unwrap_or(facts.quiet);
    if let (Some(quiet), Some(pierce)) = (&mut quiet, row.pierce) {
        quiet.pierce = pierce;
    } else if let (Some(new), Some(old)) = (&mut quiet, facts.quiet) {
        new.pierce = old.pierce;
    }
    let facts = Facts {
        tiers: row.tiers.clone(),
        sites: row.sites.clone().unwrap_or(facts.sites),
        skills: row.skills.clone().unwrap_or(facts.skills),
        promise_minutes: row.promise_minutes.unwrap_or(facts.promise_minutes),
        language: row.language.unwrap_or(facts.language),
        timezone: row.timezone.map_or(facts.timezone, |named| named.unwrap_or(zone)),
        rotation: row.rotation.unwrap_or(facts.rotation),
        quiet,
        opted_out: row.opted_out.unwrap_or(facts.opted_out),
    };
    let identity = Identity { staff_id: row.staff_id.clone(), name: row.name.clone() };
    let (contacts, attested) = contacts(row, before.map_or(&[], |known| &known.contacts));
    Planned { identity, facts, contacts, attested }
}

/// Contacts of the file in its order, then those of kinds that it has no column for.
fn contacts(row: &Row, before: &[KnownContact]) -> (Vec<KnownContact>, usize) {
    let told: Vec<Kind> = row.contacts.iter().map(|(kind, _)| *kind).collect();
    let mut attested = 0;
    let mut contacts: Vec<KnownContact> = Vec::new();
    for (kind, address) in &row.contacts {
        let Some(address) = address else { continue };
        let known = before.iter().find(|c| c.contact.kind == *kind && c.address == *address);
        let mut contact = known.map_or(
            Contact { kind: *kind, verification: Verification::Unverified, blocked_since: None },
            |known| known.contact,
        );
        if let Some(verified_on) = row.verified_on {
            let newer = match contact.verification {
                Verification::Unverified => true,
                Verification::Attested { verified_on: earlier } => earlier < verified_on,
                Verification::Answered { .. } => false,
            };
            if newer {
                contact.verification = Verification::Attested { verified_on };
                attested += 1;
            }
        }
        contacts.push(KnownContact { contact, address: address.clone() });
    }
    contacts.extend(before.iter().filter(|c| !told.contains(&c.contact.kind)).cloned());
    (contacts, attested)
}
