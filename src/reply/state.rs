//! What the handlers of replies need, and the questions that all of them ask.

use super::askings::{AskedContacts, Askings};
use super::hooks::Hook;
use super::index::{Index, LinkKeys, Place, offer};
use super::limits::{Counts, household};
use super::say::{Blocker, NotTaken, Saying, say};
use super::standing::Asking;
use super::text::Manner;
use super::token::TOKEN_CHARS;
use crate::clock::Clock;
use crate::config::Language;
use crate::driver::Handle;
use crate::engine::time::{Span, Timestamp};
use crate::engine::view::View;
use crate::metrics::Service;
use crate::recall::{Recall, RecallId};
use crate::record::Record;
use crate::roster::address::Address;
use crate::roster::asking::{AskedContact, AskedState, Owning};
use crate::roster::{Kind, PersonId};
use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Links of no offer that an address may open within a minute.
pub const TRIES_PER_MINUTE: u32 = 120;
/// Links of no offer on which an address may press within a minute.
pub const PRESSES_PER_MINUTE: u32 = 30;
/// How often a link may be opened within a minute.
pub const LOOKS_PER_LINK_AND_MINUTE: u32 = 120;
/// Presses of one link within an hour.
pub const PRESSES_PER_LINK_AND_HOUR: u32 = 20;

/// The language and the clock of a person, where the roster knows them. May block.
pub type Manners = Arc<dyn Fn(PersonId) -> Option<(Option<Language>, Tz)> + Send + Sync>;
/// Who has a contact. May block.
pub type Who = Arc<dyn Fn(Kind, &Address) -> Result<Vec<PersonId>, String> + Send + Sync>;

/// What the listener of replies is made from.
pub struct Settings {
    /// The driver.
    pub handle: Handle,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Counters.
    pub service: Arc<Service>,
    /// What links are made with.
    pub keys: LinkKeys,
    /// How others reach the listener, without a slash at its end.
    pub external_url: String,
    /// What is spoken where nobody chose.
    pub language: Language,
    /// See [`Manners`].
    pub manners: Manners,
    /// See [`Who`].
    pub who: Who,
    /// See [`Blocker`].
    pub block: Blocker,
    /// Contacts whose owners were asked whether they may be used.
    pub contacts: Arc<dyn AskedContacts>,
    /// Who asks, as pages say it.
    pub sender: Option<String>,
    /// Who may tell of replies, by name of the channel.
    pub hooks: BTreeMap<String, Hook>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("external_url", &self.external_url).finish_non_exhaustive()
    }
}

/// The same for all handlers.
#[derive(Clone)]
pub(super) struct Shared(Arc<Inner>);

struct Inner {
    settings: Settings,
    index: Mutex<Index>,
    askings: Arc<Askings>,
    tries: Mutex<Counts<IpAddr>>,
    presses: Mutex<Counts<IpAddr>>,
    looks: Mutex<Counts<String>>,
    used: Mutex<Counts<String>>,
    helped: Mutex<Counts<[u8; 32]>>,
}

/// An offer that somebody asks for.
pub(super) struct Found {
    pub(super) place: Place,
    pub(super) view: Arc<View>,
}

impl Found {
    /// What the person sees.
    pub(super) fn asking(&self, now: Timestamp) -> Option<(&Recall, Asking)> {
        let Place { recall, person, deadline, kind, .. } = self.place;
        let (recall, offer) = offer(&self.view.recalls, recall, person, deadline)?;
        Some((recall, Asking::of(recall, offer, kind, now)))
    }
}

impl Shared {
    pub(super) fn new(settings: Settings) -> Self {
        let index = Mutex::new(Index::new(settings.keys.clone()));
        let askings = Askings::new(settings.keys.clone(), settings.contacts.clone());
        let (minute, hour) = (Span::minutes(1), Span::hours(1));
        Self(Arc::new(Inner {
            settings,
            index,
            askings: Arc::new(askings),
            tries: Mutex::new(Counts::new(TRIES_PER_MINUTE, minute)),
            presses: Mutex::new(Counts::new(PRESSES_PER_MINUTE, minute)),
            looks: Mutex::new(Counts::new(LOOKS_PER_LINK_AND_MINUTE, minute)),
            used: Mutex::new(Counts::new(PRESSES_PER_LINK_AND_HOUR, hour)),
            helped: Mutex::new(Counts::new(1, hour)),
        }))
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.settings.clock.now()
    }

    /// The offer of a link.
    pub(super) fn link(&self, token: &str) -> Option<Found> {
        let (view, index) = self.index();
        let place = index.link(token).filter(|_| token.len() == TOKEN_CHARS)?;
        Some(Found { place, view })
    }

    /// The question about a contact that a link is of.
    pub(super) async fn asking(&self, token: &str) -> Option<AskedContact> {
        if token.len() != TOKEN_CHARS {
            return None;
        }
        let (token, now) = (token.to_owned(), self.now());
        self.askings(move |askings| askings.link(&token, now)).await.flatten()
    }

    /// The question about a contact whose code was sent to one of these people.
    pub(super) async fn asking_of_code(
        &self,
        people: &[PersonId],
        code: &str,
    ) -> Option<AskedContact> {
        let (people, code, now) = (people.to_vec(), code.to_owned(), self.now());
        self.askings(move |askings| askings.code(&people, &code, now)).await.flatten()
    }

    /// How a contact stands whose owner was asked.
    pub(super) async fn asked_state(&self, asking: AskedContact) -> Result<Option<AskedState>, ()> {
        let state = self.askings(move |askings| askings.contacts.state(&asking)).await;
        state.ok_or(())?.map_err(|why| cannot(&why))
    }

    /// Keeps what the owner of a contact says and counts it.
    pub(super) async fn answer_asked(
        &self,
        via: Via,
        asking: AskedContact,
        owning: Owning,
    ) -> Result<Option<AskedState>, ()> {
        let now = self.now();
        let kept = self.askings(move |a| a.contacts.answer(&asking, owning, now)).await;
        let kept = kept.ok_or(()).and_then(|kept| kept.map_err(|why| cannot(&why)));
        let word = match kept {
            Ok(Some(AskedState::Verified)) => "verified",
            Ok(Some(AskedState::Blocked)) => "blocked",
            Ok(Some(AskedState::Open) | None) | Err(()) => "refused",
        };
        self.count(via, word);
        kept
    }

    /// Runs what may block.
    async fn askings<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Askings) -> T + Send + 'static,
    ) -> Option<T> {
        let askings = self.0.askings.clone();
        tokio::task::spawn_blocking(move || ask(&askings)).await.ok()
    }

    /// The first of these people who was sent a code.
    pub(super) fn code(&self, people: &[PersonId], code: &str) -> Option<(PersonId, RecallId)> {
        let (_, index) = self.index();
        people.iter().find_map(|&person| Some((person, index.code(person, code)?)))
    }

    /// The latest recall that asked a person.
    pub(super) fn asked(&self, person: PersonId) -> Option<RecallId> {
        let view = self.0.settings.handle.view();
        let asked = view
            .recalls
            .recalls()
            .filter_map(|recall| Some((recall.offers().get(&person)?.asked_at, recall.id())));
        asked.max().map(|(_, recall)| recall)
    }

    fn index(&self) -> (Arc<View>, MutexGuard<'_, Index>) {
        let view = self.0.settings.handle.view();
        let mut index = locked(&self.0.index);
        index.follow(&view.recalls);
        (view, index)
    }

    /// How a person is spoken to, and whether they may choose the language.
    pub(super) async fn manner(
        &self,
        person: Option<PersonId>,
        zone: Tz,
        asked: Option<Language>,
    ) -> (Manner, bool) {
        let Settings { manners, language, .. } = &self.0.settings;
        let known = match person {
            Some(person) => {
                let manners = manners.clone();
                let known = tokio::task::spawn_blocking(move || manners(person)).await;
                known.ok().flatten()
            }
            None => None,
        };
        let own = known.and_then(|(own, _)| own);
        let language = own.or(asked).unwrap_or(*language);
        let timezone = known.map_or(zone, |(_, zone)| zone);
        (Manner { language, timezone, now: self.now() }, own.is_none())
    }

    /// Gives a reply to the driver and counts what came of it.
    pub(super) async fn say(&self, via: Via, saying: Saying) -> Result<Record, NotTaken> {
        let Settings { handle, block, .. } = &self.0.settings;
        let said = say(handle, block, saying).await;
        self.count(via, said.as_ref().map_or("refused", |record| answer_word(record)));
        if let Err(why) = &said {
            tracing::warn!(%why, "a reply could not be taken: {why}");
        }
        said
    }

    pub(super) fn count(&self, via: Via, answer: &'static str) {
        self.0.settings.service.replied(via.word(), answer);
    }

    /// Whether an address may open one more link of no offer.
    pub(super) fn may_try(&self, address: IpAddr) -> Result<(), Span> {
        locked(&self.0.tries).take(household(address), self.now())
    }

    /// Whether an address may press on one more link of no offer.
    pub(super) fn may_press_unknown(&self, address: IpAddr) -> Result<(), Span> {
        locked(&self.0.presses).take(household(address), self.now())
    }

    /// Whether a link may be opened once more.
    pub(super) fn may_look(&self, token: &str) -> Result<(), Span> {
        locked(&self.0.looks).take(token.to_owned(), self.now())
    }

    /// Whether something may be pressed once more by a link.
    pub(super) fn may_use(&self, token: &str) -> Result<(), Span> {
        locked(&self.0.used).take(token.to_owned(), self.now())
    }

    /// Whether a sender may be told how to reply: two machines would go on for ever.
    pub(super) fn may_help(&self, sender: [u8; 32]) -> bool {
        locked(&self.0.helped).take(sender, self.now()).is_ok()
    }
}

fn cannot(why: &str) {
    tracing::warn!(why, "an answer about a contact cannot be kept or told: {why}");
}

fn locked<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

/// By which way a reply comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// The page of a link.
    Link,
    /// A text message.
    Sms,
    /// A key of a telephone.
    Voice,
    /// The API, for another system.
    Api,
}

impl Via {
    /// The word of the label.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Sms => "sms",
            Self::Voice => "voice",
            Self::Api => "api",
        }
    }
}

/// What came of a reply, as a label.
pub fn answer_word(record: &Record) -> &'static str {
    let answer = record.recall.as_ref().and_then(|recall| recall.answer.as_deref());
    match answer.unwrap_or_default() {
        "coming" => "coming",
        "reserve" => "reserve",
        "declined" => "declined",
        "do_not_come" | "late" => "do_not_come",
        "blocked" => "blocked",
        "here" => "here",
        _ => "refused",
    }
}
