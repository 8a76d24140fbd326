//! The listener of replies beside the main one: what it needs of the configuration and the roster.

use super::contacts;
use super::parts::{self, Refused};
use crate::api;
use crate::api::recalls::Desk;
use crate::clock::Clock;
use crate::config::{Config, Language, SecretSource};
use crate::delivery::courier::Links;
use crate::delivery::secret::Secret;
use crate::driver::Handle;
use crate::engine::time::{Span, Timestamp};
use crate::exit::Exit;
use crate::metrics::Service;
use crate::reply::hooks::Hook;
use crate::reply::index::LinkKeys;
use crate::reply::server;
use crate::reply::state::{Manners, Settings, Who};
use crate::reply::token::LinkKey;
use crate::roster::PersonId;
use crate::roster::seal::RosterKey;
use crate::roster::store::{Store, StoreError};
use chrono_tz::Tz;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Languages and clocks of people are read anew after so long.
const MANNERS_KEPT: Span = Span::minutes(1);

/// A running listener; none where it is not configured.
pub(super) struct Replies(Option<(oneshot::Sender<()>, JoinHandle<()>, std::net::SocketAddr)>);

/// What it takes over from the service.
pub(super) struct Origins<'a> {
    pub(super) config: &'a Config,
    pub(super) handle: &'a Handle,
    pub(super) clock: &'a Arc<dyn Clock>,
    pub(super) service: &'a Arc<Service>,
    pub(super) desk: &'a Desk,
    pub(super) who: Who,
    pub(super) hooks: BTreeMap<String, Hook>,
}

impl Replies {
    /// Listens, where that is configured.
    pub(super) async fn start(origins: Origins<'_>) -> Result<Self, Refused> {
        let Some(reply) = &origins.config.reply else { return Ok(Self(None)) };
        let previous = reply.previous_secret.as_ref().map(key).transpose()?;
        let settings = Settings {
            handle: origins.handle.clone(),
            clock: origins.clock.clone(),
            service: origins.service.clone(),
            keys: LinkKeys { current: key(&reply.secret)?, previous },
            external_url: reply.external_url.clone(),
            language: origins.config.language,
            manners: manners(origins.config.recall.roster.clone(), origins.clock.clone()),
            who: origins.who,
            block: origins.desk.block.clone(),
            contacts: contacts::asked(origins.config.recall.roster.clone()),
            sender: origins.config.recall.sender.clone(),
            hooks: origins.hooks,
        };
        let listener = parts::bind_to(reply.listen, "[reply] listen").await?;
        let at = listener.local_addr().map_err(|e| Refused::of(Exit::Failed, &e))?;
        let (stop, stopped) = oneshot::channel();
        let router = server::router(settings);
        let server = tokio::spawn(api::serve(listener, router, async {
            drop(stopped.await);
        }));
        Ok(Self(Some((stop, server, at))))
    }

    /// Where it listens, in words.
    pub(super) fn told(&self) -> String {
        let at = self.0.as_ref().map(|(_, _, at)| format!(", replies on {at}"));
        at.unwrap_or_default()
    }

    /// Takes no reply more and lets those that are open finish.
    pub(super) async fn stop(self) {
        if let Some((stop, server, _)) = self.0 {
            drop(stop);
            if let Err(error) = server.await {
                tracing::error!(%error, "the listener of replies broke off");
            }
        }
    }
}

/// Where links of offers lead; `None`: nowhere.
pub(super) fn links(config: &Config) -> Result<Option<Links>, Refused> {
    let links = |reply: &crate::config::ReplySettings| {
        let external_url = reply.external_url.clone();
        Ok(Links { external_url, key: key(&reply.secret)? })
    };
    config.reply.as_ref().map(links).transpose()
}

fn key(source: &SecretSource) -> Result<LinkKey, Refused> {
    let secret = source.read().map_err(|e| Refused::of(Exit::Config, &e))?;
    Ok(LinkKey::of(&Secret::new(secret.expose())))
}

/// Who has a number, by the roster. Without its key nobody's number can be told from another's.
pub(super) fn who(roster: Option<PathBuf>, key: Option<RosterKey>) -> Who {
    Arc::new(move |kind, number| {
        let (Some(path), Some(key)) = (roster.as_deref(), &key) else { return Ok(Vec::new()) };
        let found = Store::read(path).and_then(|store| store.who_has(key, (kind, number)));
        found.map_err(|error| crate::commands::chain(&error))
    })
}

type Known = HashMap<PersonId, (Option<Language>, Tz)>;

/// Languages and clocks from the roster, read at most once a minute.
fn manners(roster: Option<PathBuf>, clock: Arc<dyn Clock>) -> Manners {
    let kept: Mutex<Option<(Timestamp, Known)>> = Mutex::new(None);
    Arc::new(move |person| {
        let path = roster.as_deref()?;
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock.now();
        let fresh = |(read, _): &(Timestamp, Known)| now - *read < MANNERS_KEPT;
        if !kept.as_ref().is_some_and(fresh) {
            let known = read(path).unwrap_or_else(|error| {
                let why = crate::commands::chain(&error);
                tracing::warn!(why, "the roster cannot be read: {why}");
                Known::new()
            });
            *kept = Some((now, known));
        }
        kept.as_ref().and_then(|(_, known)| known.get(&person).copied())
    })
}

fn read(path: &std::path::Path) -> Result<Known, StoreError> {
    let people = Store::read(path)?.people()?;
    Ok(people.into_iter().map(|p| (p.id, (p.facts.language, p.facts.timezone))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::ingest::encoding::Encoding;
    use crate::roster::address::Address;
    use crate::roster::plan::Plan;
    use crate::roster::{Kind, table};

    const NOW: Timestamp = Timestamp::from_secs(1_795_000_000);
    const PEOPLE: &str = "id,name,tier,skills,mobile,language,timezone,verified_on\n\
        1,A,L2,orders,13800138000,en,Europe/Berlin,2026-11-01\n\
        2,B,L2,orders,13900139000,,,2026-11-01\n\
        3,C,L2,orders,13900139000,zh-CN,,2026-11-01\n";

    #[test]
    fn a_sender_is_found_by_the_key_and_people_are_spoken_to_as_the_roster_says() {
        let folder = tempfile::tempdir().expect("a folder");
        let secret = folder.path().join("key");
        std::fs::write(&secret, "canary-0123456789abcdef0123456789abcdef").expect("written");
        let key = RosterKey::fetch(&SecretSource::File(secret)).expect("a key");
        let path = folder.path().join("roster.db");
        let mut store = Store::open(&path, &key, NOW).expect("a roster");
        let sheet = table::Sheet::read(PEOPLE.as_bytes(), Encoding::Auto).expect("a table");
        let today = "2026-11-28".parse().expect("a date");
        let rows = table::people(&sheet, today).expect("people").rows;
        let plan = Plan::of(&[], &rows, Tz::Asia__Shanghai, false);
        store.apply(&plan, &key, NOW).expect("applied");
        let people = store.people().expect("people");
        let [a, b, c] = [people[0].id, people[1].id, people[2].id];

        let number = |text| Address::parse(Kind::Sms, text).expect("a number");
        let known = who(Some(path.clone()), Some(key));
        assert_eq!(known(Kind::Sms, &number("+86 138 0013 8000")), Ok(vec![a]));
        assert_eq!(known(Kind::Sms, &number("13900139000")), Ok(vec![b, c]));
        assert_eq!(known(Kind::Sms, &number("13700137000")), Ok(vec![]));
        let without = who(Some(path.clone()), None);
        assert_eq!(without(Kind::Sms, &number("13800138000")), Ok(vec![]));

        let clock = Arc::new(ManualClock::new(NOW));
        let manner = manners(Some(path), clock.clone());
        assert_eq!(manner(a), Some((Some(Language::En), Tz::Europe__Berlin)));
        assert_eq!(manner(b), Some((None, Tz::Asia__Shanghai)));
        assert_eq!(manner(PersonId(99)), None);
        store.erase(a, NOW).expect("erased");
        assert!(manner(a).is_some(), "read at most once a minute");
        clock.advance_to(NOW + MANNERS_KEPT);
        assert_eq!(manner(a), None);
        assert_eq!(manners(None, clock)(b), None);
    }
}
