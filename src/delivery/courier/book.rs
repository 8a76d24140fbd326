//! How a person is reached, as the roster has it now.

use crate::config::Language;
use crate::delivery::secret::Secret;
use crate::roster::{Kind, PersonId};
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};

/// A person, as far as a message to them depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// Contacts that may be used, in the order in which they are tried.
    pub contacts: Vec<(Kind, Secret)>,
    /// Which language they read; `None`: that of the centre.
    pub language: Option<Language>,
    /// By which clock they live.
    pub zone: Tz,
}

/// Where people are looked up, each time before something is sent: what was blocked in the meantime
/// is not used.
pub trait Book: Send + Sync {
    /// The people that are known of those asked for. May block.
    ///
    /// # Errors
    /// Why nobody can be looked up, without a name or number.
    fn look_up(&self, people: &BTreeSet<PersonId>) -> Result<BTreeMap<PersonId, Reader>, String>;
}
