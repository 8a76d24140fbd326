//! The courier: takes what people and groups are to hear to the channels of the configuration.
//!
//! One for all channels, because a person has several contacts and an errand moves from one to the
//! next. What was tried is in the journal, so that a courier after a crash knows it: an attempt is
//! written before it is made, and one of unknown end is made again only where the receiver
//! recognises it ([`channel::class`](super::channel::class)). Which contact is next is decided by
//! [`route`], when a message leaves by the channel's pace, what it says by `letter`.
//!
//! Messages to one person keep their order, and a newer one about the same recall takes the place
//! of an older one that has not left. An offer that never left needs no "do not come" either, and a
//! promise that a "no" has undone is not sent.
//!
//! It blocks on the journal's file and on the roster, so it has a thread of its own. Addresses, texts,
//! links and codes are made when a message leaves and kept nowhere.

pub mod asker;
pub mod book;
mod compose;
mod job;
pub mod lane;
mod letter;
pub mod route;
mod settle;

use super::DeliveryStatus;
use super::channel::call::CallerError;
use super::channel::class::{Ended, LOOK_UP_AFTER};
use super::receipts::Receipts;
use super::retry::Retry;
use super::{AFTER_FAILURE, LOOK_AT_LEAST};
use crate::clock::Clock;
use crate::config::Language;
use crate::driver::Handle;
use crate::engine::time::{Span, Timestamp};
use crate::journal::JournalError;
use crate::journal::outbox::Outbox;
use crate::journal::outbox::errand::{End, Errand, Fate, Tried};
use crate::reply::token::LinkKey;
use crate::roster::{Kind, PersonId};
use book::{Book, Reader};
use compose::urgency;
use job::{Job, Target};
use lane::{Lane, LaneSettings};
use route::{Next, Way};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};

/// The outbox channel of those who are asked. No channel of the configuration can be called so.
pub const PEOPLE: &str = "to people";
/// At the end attempts under way are waited for: as long as a token and a message take, and this.
const DRAIN_MORE: Duration = Duration::from_secs(5);
/// A message that would wait longer for its turn takes another way, if there is one.
const SLOW: Span = Span::minutes(2);
/// The roster is looked into again after so long if it could not be read.
const ROSTER_AGAIN: Span = Span::secs(15);
/// The driver is told again after so long, where it did not hear; also if the clock went back.
const TELL_AGAIN: Span = Span::minutes(1);
const LONG: Span = Span::minutes(2);
/// Subject of an order or a report that concerns no unit.
const GROUP_SUBJECT: &str = "callsurge";

/// Where replies are given.
#[derive(Clone, Debug)]
pub struct Links {
    /// The address that people reach, without a slash at its end.
    pub external_url: String,
    /// What tokens are made with.
    pub key: LinkKey,
}

/// What a courier is told at its start.
#[derive(Clone, Debug)]
pub struct CourierSettings {
    /// The channels, in the order in which they are preferred for a contact.
    pub lanes: Vec<LaneSettings>,
    /// Who commands: the outbox channel and the person.
    pub commanders: Vec<(String, PersonId)>,
    /// Where replies are given; without it no message has a link or a code.
    pub links: Option<Links>,
    /// Language of those whose own is not known.
    pub language: Language,
    /// Who asks, as messages say it.
    pub sender: Option<String>,
    /// When to try again.
    pub retry: Retry,
}

/// What surrounds a courier.
pub struct Surroundings {
    /// The delivery side of the journal.
    pub outbox: Outbox,
    /// The roster.
    pub book: Arc<dyn Book>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The driver.
    pub driver: Handle,
    /// The receipts of all workers.
    pub receipts: Receipts,
    /// Changes when intents were committed.
    pub wake: watch::Receiver<()>,
}

/// What came of an attempt or a question.
#[derive(Debug)]
enum Came {
    Attempt(Ended, bool),
    Answer(Option<bool>),
}

/// An attempt or a question under way.
#[derive(Clone, Copy, Debug)]
struct Begun {
    row: i64,
    number: u32,
    lane: usize,
    is_attempt: bool,
}

/// See the module.
pub struct Courier {
    settings: CourierSettings,
    around: Surroundings,
    lanes: Vec<Lane>,
    jobs: BTreeMap<i64, Job>,
    /// The newest row that was looked at.
    seen: i64,
    /// Recalls and people whom something may have reached.
    reached: BTreeSet<(String, String)>,
    calls: JoinSet<Came>,
    begun: HashMap<Id, Begun>,
    /// How attempts ended, until it is written.
    ends: Vec<End>,
    /// When the driver is told what became of deliveries.
    tell_at: Timestamp,
}

impl Courier {
    /// A courier.
    ///
    /// # Errors
    /// If a channel's client cannot be set up.
    pub fn new(settings: CourierSettings, around: Surroundings) -> Result<Self, CallerError> {
        let lanes = settings.lanes.iter().cloned().map(Lane::new).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            settings,
            around,
            lanes,
            jobs: BTreeMap::new(),
            seen: -1,
            reached: BTreeSet::new(),
            calls: JoinSet::new(),
            begun: HashMap::new(),
            ends: Vec::new(),
            tell_at: Timestamp::MIN,
        })
    }

    /// How each channel is going, by its name.
    pub fn status(&self) -> Vec<(String, Arc<DeliveryStatus>)> {
        let of = |lane: &Lane| (lane.settings.name.clone(), lane.status.clone());
        self.lanes.iter().map(of).collect()
    }

    /// Carries until `stop` becomes true. Blocks: give it its own thread.
    ///
    /// # Errors
    /// If the thread cannot have a runtime.
    pub fn run(mut self, mut stop: watch::Receiver<bool>) -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut wakes = true;
            while !*stop.borrow() {
                let wait = match self.turn() {
                    Ok(Some(next)) => self.around.clock.until(next).min(LOOK_AT_LEAST),
                    Ok(None) => LOOK_AT_LEAST,
                    Err(error) => {
                        tracing::warn!(%error, "the outbox cannot be used; nothing is sent");
                        AFTER_FAILURE
                    }
                };
                tokio::select! {
                    Some(came) = self.calls.join_next_with_id() => self.settle_or_warn(came),
                    woken = self.around.wake.changed(), if wakes => {
                        // Without a driver what is committed is still carried.
                        wakes = woken.is_ok();
                    }
                    () = tokio::time::sleep(wait) => {}
                    changed = stop.changed() => {
                        if changed.is_err() {
                            break;
                        }
                    }
                }
            }
            let longest = self.lanes.iter().map(|lane| lane.settings.timeout).max();
            let longest = longest.unwrap_or_default();
            // What was begun is seen to its end, or nobody would know how it ended.
            let drain = async {
                while let Some(came) = self.calls.join_next_with_id().await {
                    self.settle_or_warn(came);
                }
            };
            if tokio::time::timeout(longest * 2 + DRAIN_MORE, drain).await.is_err() {
                tracing::warn!("messages were under way when the service ended");
            }
        });
        Ok(())
    }

    /// Does everything that can be done now, and returns when there is more to do.
    ///
    /// # Errors
    /// If the journal fails. Nothing is sent of which no attempt is written.
    pub async fn pass(&mut self) -> Result<Option<Timestamp>, JournalError> {
        loop {
            let next = self.turn()?;
            let Some(came) = self.calls.join_next_with_id().await else { return Ok(next) };
            self.settle(came)?;
        }
    }

    fn turn(&mut self) -> Result<Option<Timestamp>, JournalError> {
        self.keep_ends()?;
        self.load()?;
        let now = self.around.clock.now();
        self.drop_stale(now)?;
        self.route(now)?;
        self.launch(now)?;
        let Surroundings { outbox, driver, receipts, .. } = &self.around;
        if self.tell_at <= now || self.tell_at - now > LONG {
            receipts.tell(outbox, driver, now)?;
            self.tell_at = now + TELL_AGAIN;
        }
        let due = self.jobs.values().filter(|job| job.queued.is_none() && !job.in_flight);
        let due = due.map(|job| job.errand.due.max(now + Span::millis(1)));
        let turns = self.lanes.iter().filter_map(|lane| lane.next_at(now));
        Ok(due.chain(turns).min())
    }

    /// Takes in what is new.
    fn load(&mut self) -> Result<(), JournalError> {
        let outbox = &self.around.outbox;
        if self.seen < 0 {
            self.reached = outbox.reached(PEOPLE)?;
        }
        let newest = outbox.newest()?;
        if newest == self.seen {
            return Ok(());
        }
        if newest < self.seen {
            // Old rows were removed, and numbers are given again.
            self.seen = -1;
        }
        let mut found: Vec<(Errand, Target)> = Vec::new();
        for errand in outbox.errands(PEOPLE, self.seen)? {
            let person = errand.record.recall.as_ref().and_then(|r| r.person.as_deref());
            if let Some(person) = person.and_then(|person| person.parse().ok()) {
                found.push((errand, Target::Person(person)));
            }
        }
        for (channel, person) in &self.settings.commanders {
            let errands = outbox.errands(channel, self.seen)?;
            found.extend(errands.into_iter().map(|one| (one, Target::Commander(*person))));
        }
        for (place, lane) in self.lanes.iter().enumerate() {
            if lane.settings.reaches.is_none() {
                let errands = outbox.errands(&lane.settings.name, self.seen)?;
                found.extend(errands.into_iter().map(|one| (one, Target::Group(place))));
            }
        }
        for (errand, target) in found {
            self.jobs.entry(errand.row).or_insert_with(|| Job::new(errand, target));
        }
        self.seen = newest;
        Ok(())
    }

    /// Ends what is of no use any more.
    fn drop_stale(&mut self, now: Timestamp) -> Result<(), JournalError> {
        let view = self.around.driver.view();
        let mut fates = Vec::new();
        let mut newer = BTreeSet::new();
        let waits: BTreeSet<_> =
            self.jobs.values().filter(|job| job.in_flight).filter_map(Job::matter).collect();
        // Newest first.
        for (&row, job) in self.jobs.iter().rev() {
            let matter = job.matter();
            let is_old = matter.is_some_and(|matter| newer.contains(&matter));
            let unheard = |matter: &_| {
                !waits.contains(matter)
                    && !self.reached.contains(&(matter.0.to_owned(), matter.1.to_owned()))
            };
            let idle = job.takes_back() && matter.as_ref().is_some_and(unheard);
            if !job.in_flight {
                if job.errand.useful_until <= now {
                    fates.push((row, Fate::Expired));
                } else if is_old || idle || job.is_undone(&view) {
                    fates.push((row, Fate::Superseded));
                }
            }
            newer.extend(matter);
        }
        self.close(&fates, now)
    }

    fn close(&mut self, fates: &[(i64, Fate)], now: Timestamp) -> Result<(), JournalError> {
        if fates.is_empty() {
            return Ok(());
        }
        self.around.outbox.close(fates, now)?;
        self.tell_at = Timestamp::MIN;
        for (row, fate) in fates {
            if let Some(job) = self.jobs.remove(row) {
                tracing::info!(key = job.errand.key, ?fate, "a message ends unsent");
                let lane = match job.target {
                    Target::Group(place) => Some(place),
                    Target::Person(_) | Target::Commander(_) => job.queued,
                };
                if let Some(lane) = job.queued {
                    self.lanes[lane].queue.retain(|waits| waits != row);
                }
                if let (Fate::Expired, Some(lane)) = (fate, lane.and_then(|l| self.lanes.get(l))) {
                    lane.status.count_expired(1);
                }
                if *fate == Fate::Failed {
                    let key = &job.errand.key;
                    tracing::warn!(key, "no contact is left to deliver {key} to");
                }
            }
        }
        Ok(())
    }

    /// Finds the way of everything that may leave.
    fn route(&mut self, now: Timestamp) -> Result<(), JournalError> {
        let mut busy: BTreeSet<(PersonId, bool)> = BTreeSet::new();
        let mut rows = Vec::new();
        // What is rehearsed holds up nothing that is real, and a word to somebody who is asked no order.
        let mut turns: Vec<_> = self.jobs.iter().collect();
        turns.sort_by_key(|(row, job)| (job.is_drill(), **row));
        for (&row, job) in turns {
            // One message after the other to a person.
            let commands = matches!(job.target, Target::Commander(_));
            let first = job.person().is_none_or(|person| busy.insert((person, commands)));
            if first && job.is_due(now) {
                rows.push(row);
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        // A group needs no roster.
        let readers = self.readers(&rows, now);
        let groups = |row: &i64| self.jobs.get(row).is_some_and(|job| job.person().is_none());
        if readers.is_none() {
            rows.retain(groups);
        }
        let readers = readers.unwrap_or_default();
        let mut fates = Vec::new();
        let mut questions = Vec::new();
        let mut waits = Vec::new();
        for row in rows {
            let Some(job) = self.jobs.get(&row) else { continue };
            let places = self.places(job, &readers);
            match self.next(job, &places, &readers, now) {
                Next::Exhausted => fates.push((row, Fate::Failed)),
                Next::Send(place) => {
                    let urgency = urgency(job);
                    let lane = places[place];
                    self.lanes[lane].queue.push(urgency, row);
                    if let Some(job) = self.jobs.get_mut(&row) {
                        job.queued = Some(lane);
                    }
                }
                Next::LookUp(_, _, since) if now < since + LOOK_UP_AFTER => {
                    waits.push((row, since + LOOK_UP_AFTER));
                }
                Next::LookUp(place, number, since) => {
                    if let Some(message) = self.message(job, places[place], &readers) {
                        let lane = places[place];
                        let begun = Begun { row, number, lane, is_attempt: false };
                        questions.push((begun, message, since));
                    }
                }
            }
        }
        for (row, due) in waits {
            if let Some(job) = self.jobs.get_mut(&row) {
                job.errand.due = due;
            }
        }
        for (begun, message, since) in questions {
            let ask = self.lanes[begun.lane].look_up(message, since);
            let task = self.calls.spawn(async move { Came::Answer(ask.await) });
            self.began(task.id(), begun);
        }
        self.close(&fates, now)
    }

    /// The people of some errands; `None`: the roster cannot be read, and they wait.
    fn readers(&mut self, rows: &[i64], now: Timestamp) -> Option<BTreeMap<PersonId, Reader>> {
        let of = |row: &i64| self.jobs.get(row).and_then(Job::person);
        let people: BTreeSet<PersonId> = rows.iter().filter_map(of).collect();
        if people.is_empty() {
            return Some(BTreeMap::new());
        }
        match self.around.book.look_up(&people) {
            Ok(readers) => Some(readers),
            Err(why) => {
                tracing::error!(why, "nobody can be reached: the roster cannot be read: {why}");
                for row in rows {
                    if let Some(job) = self.jobs.get_mut(row).filter(|job| job.person().is_some()) {
                        job.errand.due = now + ROSTER_AGAIN;
                    }
                }
                None
            }
        }
    }

    /// The lanes that reach whom an errand is for, in order.
    fn places(&self, job: &Job, readers: &BTreeMap<PersonId, Reader>) -> Vec<usize> {
        let Some(person) = job.person() else {
            return match job.target {
                Target::Group(place) => vec![place],
                Target::Person(_) | Target::Commander(_) => Vec::new(),
            };
        };
        let contacts = readers.get(&person).map_or(&[][..], |reader| &reader.contacts);
        let reach = |kind: Kind| {
            let lanes = self.lanes.iter().enumerate();
            lanes.filter(move |(_, lane)| lane.settings.reaches == Some(kind)).map(|(at, _)| at)
        };
        contacts.iter().flat_map(|(kind, _)| reach(*kind)).collect()
    }

    fn next(
        &self,
        job: &Job,
        places: &[usize],
        readers: &BTreeMap<PersonId, Reader>,
        now: Timestamp,
    ) -> Next {
        let looks_up = |place: usize| {
            let open = job.errand.tried.iter().any(|t| t.outcome.is_none());
            let message = open.then(|| self.message(job, place, readers)).flatten();
            message.is_some_and(|m| self.lanes[place].settings.service.looks_up(&m, now))
        };
        let urgency = urgency(job);
        let is_slow = |place: usize| {
            let leaves = self.lanes[place].queue.last_leaves(1, urgency, now);
            leaves.is_some_and(|at| at - now > SLOW || at >= job.errand.useful_until)
        };
        let way = |&place: &usize| self.lanes[place].way(looks_up(place), is_slow(place));
        let ways: Vec<Way<'_>> = places.iter().map(way).collect();
        route::next(&ways, &job.errand.tried)
    }

    /// Lets leave what has its turn.
    fn launch(&mut self, now: Timestamp) -> Result<(), JournalError> {
        let mut turns = Vec::new();
        for place in 0..self.lanes.len() {
            while let Some(row) = self.lanes[place].take(now) {
                if self.jobs.get(&row).is_some_and(|job| job.queued == Some(place)) {
                    turns.push((row, place));
                }
            }
        }
        if turns.is_empty() {
            return Ok(());
        }
        let rows: Vec<i64> = turns.iter().map(|(row, _)| *row).collect();
        let readers = self.readers(&rows, now).unwrap_or_default();
        let mut leaving = Vec::new();
        for (row, place) in turns {
            let Some(job) = self.jobs.get_mut(&row) else { continue };
            job.queued = None;
            let Some(job) = self.jobs.get(&row) else { continue };
            // Without an address by now it is routed anew.
            if let Some(message) = self.message(job, place, &readers) {
                let number = job.errand.tried.last().map_or(0, |t| t.number) + 1;
                let attempt = Tried {
                    number,
                    contact: self.lanes[place].settings.reaches,
                    via: self.lanes[place].settings.name.clone(),
                    started_at: now,
                    outcome: None,
                    reason: None,
                };
                let begun = Begun { row, number, lane: place, is_attempt: true };
                leaving.push((begun, message, attempt));
            }
        }
        let attempts: Vec<_> = leaving.iter().map(|(b, _, a)| (b.row, a.clone())).collect();
        // Where that fails nothing leaves, and all of it is routed anew.
        self.around.outbox.begin(&attempts)?;
        for (begun, message, attempt) in leaving {
            if let Some(job) = self.jobs.get_mut(&begun.row) {
                job.errand.tried.push(attempt);
            }
            let lane = &mut self.lanes[begun.lane];
            lane.in_flight += 1;
            let looks_up = lane.settings.service.looks_up(&message, now);
            let send = lane.send(message, now);
            let task = self.calls.spawn(async move { Came::Attempt(send.await, looks_up) });
            self.began(task.id(), begun);
        }
        Ok(())
    }

    fn began(&mut self, task: Id, begun: Begun) {
        if let Some(job) = self.jobs.get_mut(&begun.row) {
            job.in_flight = true;
        }
        self.begun.insert(task, begun);
    }
}

impl std::fmt::Debug for Courier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Courier").field("lanes", &self.lanes).finish_non_exhaustive()
    }
}

fn owned(matter: Option<(&str, &str)>) -> Option<(String, String)> {
    matter.map(|(recall, person)| (recall.to_owned(), person.to_owned()))
}
