//! What is known of a person: facts that the rules read, and an identity that stays sealed.

use super::{Contact, Ledger, Period, PersonId, QuietHours, Tier};
use crate::config::Language;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// Facts of a person that neither name them nor reach them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Which levels call them.
    pub tiers: BTreeSet<Tier>,
    /// Where they can work.
    pub sites: BTreeSet<String>,
    /// Which calls they can take.
    pub skills: BTreeSet<String>,
    /// Within which time they promise to be at work once they accept.
    pub promise_minutes: Option<u32>,
    /// Which language they are written to in; `None`: that of the centre.
    pub language: Option<Language>,
    /// By which clock they live.
    pub timezone: Tz,
    /// Their place in the turn; smaller is asked sooner.
    pub rotation: u32,
    /// When they are not to be called.
    pub quiet: Option<QuietHours>,
    /// They do not want to be asked at all.
    pub opted_out: bool,
}

/// A person as the rules see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who it is.
    pub id: PersonId,
    /// What is known of them.
    pub facts: Facts,
    /// Ways to reach them, in the order in which they are tried.
    pub contacts: Vec<Contact>,
    /// When they work by plan.
    pub shifts: Vec<Period>,
    /// When they are away.
    pub leave: Vec<Period>,
    /// What they worked beyond the plan.
    pub ledger: Ledger,
}

/// Who a person is to people. Never written in the clear, and `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Their number or key in the personnel system.
    pub staff_id: String,
    /// Their name.
    pub name: String,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(********)")
    }
}
