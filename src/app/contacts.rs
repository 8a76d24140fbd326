//! AskedContact the owners of contacts whether these may be used: what the command needs to send, and the
//! roster as the listener of replies needs it.

use super::channels;
use super::parts::Refused;
use super::replies;
use crate::config::Config;
use crate::delivery::courier::{CourierSettings, Links};
use crate::engine::time::Timestamp;
use crate::exit::Exit;
use crate::reply::askings::{AskedContacts, Mark, NoContacts};
use crate::roster::asking::{AskedContact, AskedState, Owning};
use crate::roster::seal::RosterKey;
use crate::roster::store::{Store, StoreError};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// What owners are asked with.
pub(crate) struct Questions {
    pub(crate) channels: CourierSettings,
    pub(crate) links: Links,
    pub(crate) roster: PathBuf,
    pub(crate) key: RosterKey,
}

/// What owners are asked with, by the configuration.
pub(crate) fn questions(config: &Config) -> Result<Questions, Refused> {
    let refused = |what: &str| Refused(Exit::Config, what.to_owned());
    let Some(roster) = config.recall.roster.clone() else {
        return Err(refused("[recall] has no `roster`: name it with `roster = \"roster.db\"`"));
    };
    let Some(key) = channels::key(config)? else {
        return Err(refused(
            "[recall] has neither `key_file` nor `key_env`: name what `callsurge roster import` \
             was given",
        ));
    };
    if config.recall.sender.is_none() {
        return Err(refused(
            "[recall] has no `sender`: nobody confirms a contact to somebody without a name",
        ));
    }
    let Some(links) = replies::links(config)? else {
        return Err(refused(
            "there is no [reply] with `external_url` and `secret_file`: neither a link nor a code \
             could be answered",
        ));
    };
    let channels = channels::courier(config, Some(links.clone()))?;
    match channels.filter(|channels| channels.lanes.iter().any(|lane| lane.reaches.is_some())) {
        Some(channels) => Ok(Questions { channels, links, roster, key }),
        None => Err(refused("there is no [[channel]] that reaches people")),
    }
}

/// The contacts of a roster that is in its file.
pub(super) fn asked(roster: Option<PathBuf>) -> Arc<dyn AskedContacts> {
    match roster {
        Some(path) => Arc::new(RosterContacts(path)),
        None => Arc::new(NoContacts),
    }
}

/// A roster in its file, opened anew each time.
struct RosterContacts(PathBuf);

fn told<T>(result: Result<T, StoreError>) -> Result<T, String> {
    result.map_err(|error| crate::commands::chain(&error))
}

impl AskedContacts for RosterContacts {
    fn mark(&self) -> Mark {
        let file = std::fs::metadata(&self.0).ok()?;
        let written = file.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some((written.as_nanos(), file.len()))
    }

    fn asked(&self, after: Timestamp) -> Result<Vec<AskedContact>, String> {
        told(Store::read(&self.0).and_then(|store| store.asked(after)))
    }

    fn state(&self, asking: &AskedContact) -> Result<Option<AskedState>, String> {
        told(Store::read(&self.0).and_then(|store| store.asked_state(asking)))
    }

    fn answer(
        &self,
        asking: &AskedContact,
        owning: Owning,
        at: Timestamp,
    ) -> Result<Option<AskedState>, String> {
        told(Store::open_sealed(&self.0, at).and_then(|mut s| s.answer(asking, owning, at)))
    }
}
