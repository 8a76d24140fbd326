//! Asks the owners of contacts whether these may be used, by the channels of the courier.
//!
//! It has no outbox, since nobody waits at night for its messages. That a contact was asked is written
//! to the roster before the message leaves, those that leave together in one transaction: a process
//! that dies may lose a message and sends none twice, because whoever starts again finds it asked. What
//! surely had no effect is taken back, so that it can be tried when the channel is mended.
//!
//! A contact has one way, the first channel that reaches it: a second one would prove another thing.
//! What a provider does not want now it is told three times at most. A channel that refuses all of
//! us, or wants to be left alone for long, is left, and what waited there was never asked.

use super::compose::{question_key, question_message};
use super::lane::{Lane, LaneSettings};
use super::settle::is_unclear;
use super::{CourierSettings, Links};
use crate::clock::Clock;
use crate::config::Language;
use crate::delivery::channel::call::CallerError;
use crate::delivery::channel::class::{Ended, Next};
use crate::delivery::channel::message::Urgency;
use crate::delivery::channel::verdict::Reason;
use crate::delivery::secret::Secret;
use crate::engine::command::Level;
use crate::engine::time::{Span, Timestamp};
use crate::roster::Kind;
use crate::roster::asking::AskedContact;
use crate::roster::store::{Store, StoreError};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use tokio::task::{Id, JoinSet};

/// How often a message is tried that had no effect.
const ATTEMPTS_MAX: u32 = 3;
/// A provider that wants to be left alone for longer is left.
const PATIENCE: Span = Span::minutes(2);
/// Behind everything that is for somebody at night.
pub(super) const URGENCY: Urgency = Urgency { commander: false, level: Level::None };

/// A contact whose owner is to be asked.
#[derive(Debug)]
pub struct Wanted {
    /// The contact; when it is asked is set as it leaves.
    pub asking: AskedContact,
    /// Its value.
    pub to: Secret,
    /// Which language its owner reads; `None`: that of the centre.
    pub language: Option<Language>,
}

/// What became of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The provider has the message.
    Sent,
    /// It had no effect and may be tried again.
    Failed(Reason),
    /// Nobody knows whether it was sent; it counts as asked.
    Unclear(Reason),
    /// Somebody else asked meanwhile, or the contact is another or verified by now.
    NotNeeded,
}

/// Why it cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// A channel cannot be set up.
    #[error(transparent)]
    Channel(#[from] CallerError),
    /// The roster cannot be written.
    #[error(transparent)]
    Roster(#[from] StoreError),
}

/// See the module.
pub struct Asker<'a> {
    settings: &'a CourierSettings,
    links: &'a Links,
    lanes: Vec<Lane>,
    /// Which lanes are left.
    closed: Vec<bool>,
    store: &'a mut Store,
    clock: Arc<dyn Clock>,
    again: bool,
    jobs: Vec<Job>,
    /// What is tried again, and when.
    later: BTreeSet<(Timestamp, usize)>,
    calls: JoinSet<Ended>,
    begun: HashMap<Id, usize>,
    ended: Vec<(usize, Outcome)>,
}

struct Job {
    wanted: Wanted,
    lane: usize,
    attempts: u32,
    /// An attempt may have had an effect.
    is_unclear: bool,
    /// It waits for its turn or for another attempt.
    waits: bool,
}

impl<'a> Asker<'a> {
    /// With these channels; `again`: also those who were asked lately.
    ///
    /// # Errors
    /// If a channel's client cannot be set up.
    pub fn new(
        (settings, links): (&'a CourierSettings, &'a Links),
        store: &'a mut Store,
        clock: Arc<dyn Clock>,
        again: bool,
    ) -> Result<Self, AskError> {
        let lanes: Vec<Lane> =
            settings.lanes.iter().cloned().map(Lane::new).collect::<Result<_, _>>()?;
        Ok(Self {
            settings,
            links,
            closed: vec![false; lanes.len()],
            lanes,
            store,
            clock,
            again,
            jobs: Vec::new(),
            later: BTreeSet::new(),
            calls: JoinSet::new(),
            begun: HashMap::new(),
            ended: Vec::new(),
        })
    }

    /// Asks everybody whom a channel reaches, and tells what became of each as it is known.
    ///
    /// # Errors
    /// If the roster cannot be written; then nothing more leaves.
    pub async fn ask(
        mut self,
        wanted: Vec<Wanted>,
        mut tell: impl FnMut(&AskedContact, Outcome),
    ) -> Result<(), AskError> {
        for wanted in wanted {
            if let Some(lane) = reaches(&self.settings.lanes, wanted.asking.kind) {
                self.lanes[lane].queue.push(URGENCY, self.jobs.len() as i64);
                self.jobs.push(Job::new(wanted, lane));
            }
        }
        loop {
            let next = self.turn()?;
            for (place, outcome) in self.ended.drain(..) {
                tell(&self.jobs[place].wanted.asking, outcome);
            }
            let came = match next {
                None if self.calls.is_empty() => return Ok(()),
                None => self.calls.join_next_with_id().await,
                Some(next) => tokio::select! {
                    Some(came) = self.calls.join_next_with_id() => Some(came),
                    () = tokio::time::sleep(self.clock.until(next)) => None,
                },
            };
            if let Some(came) = came {
                self.settle(came)?;
            }
        }
    }

    /// Lets leave what may, and says when there is more to do.
    fn turn(&mut self) -> Result<Option<Timestamp>, AskError> {
        let now = self.clock.now();
        while let Some(&(due, place)) = self.later.first() {
            if due > now {
                break;
            }
            self.later.pop_first();
            self.lanes[self.jobs[place].lane].queue.push(URGENCY, place as i64);
        }
        self.launch(now)?;
        let turns = self.lanes.iter().filter_map(|lane| lane.next_at(now));
        let later = self.later.first().map(|(due, _)| *due);
        Ok(turns.chain(later).min())
    }

    fn launch(&mut self, now: Timestamp) -> Result<(), AskError> {
        let mut leaving: Vec<usize> = Vec::new();
        for lane in &mut self.lanes {
            while let Some(place) = lane.take(now) {
                lane.in_flight += 1;
                leaving.extend(usize::try_from(place));
            }
        }
        let (first, again): (Vec<usize>, Vec<usize>) =
            leaving.into_iter().partition(|&place| self.jobs[place].attempts == 0);
        if !first.is_empty() {
            let mut asks = Vec::with_capacity(first.len());
            for &place in &first {
                self.jobs[place].wanted.asking.at = now;
                asks.push(self.jobs[place].wanted.asking);
            }
            let may = self.store.ask(&asks, self.again)?;
            for (&place, may) in first.iter().zip(may) {
                if may {
                    self.send(place, now);
                } else {
                    self.lanes[self.jobs[place].lane].in_flight -= 1;
                    self.jobs[place].waits = false;
                    self.ended.push((place, Outcome::NotNeeded));
                }
            }
        }
        for place in again {
            self.send(place, now);
        }
        Ok(())
    }

    fn send(&mut self, place: usize, now: Timestamp) {
        let job = &mut self.jobs[place];
        job.attempts += 1;
        job.waits = false;
        let lane = &self.lanes[job.lane];
        let (settings, links) = (self.settings, self.links);
        let message = question_message(&job.wanted, settings, links, &lane.settings);
        let task = self.calls.spawn(lane.send(message, now));
        self.begun.insert(task.id(), place);
    }

    /// What became of an attempt, and of others that have ended besides.
    fn settle(
        &mut self,
        came: Result<(Id, Ended), tokio::task::JoinError>,
    ) -> Result<(), AskError> {
        let now = self.clock.now();
        let mut came = Some(came);
        let mut void = Vec::new();
        while let Some(one) = came {
            let (id, ended) = one.unwrap_or_else(|error| (error.id(), Ended::Lost));
            if let Some(place) = self.begun.remove(&id) {
                self.end(place, ended, now, &mut void);
            }
            came = self.calls.try_join_next_with_id();
        }
        if !void.is_empty() {
            self.store.unask(&void)?;
        }
        Ok(())
    }

    fn end(&mut self, place: usize, ended: Ended, now: Timestamp, void: &mut Vec<AskedContact>) {
        let job = &mut self.jobs[place];
        let (number, lane) = (job.lane, &mut self.lanes[job.lane]);
        lane.in_flight -= 1;
        let (fault, is_over) = match ended.next(lane.settings.service.class(), false) {
            Next::Delivered { .. } | Next::Accepted { .. } => {
                self.ended.push((place, Outcome::Sent));
                return;
            }
            Next::Again(fault, wish) => {
                job.is_unclear |= is_unclear(fault);
                let wish = wish.unwrap_or(Span::ZERO);
                if wish <= PATIENCE && job.attempts < ATTEMPTS_MAX && !self.closed[number] {
                    lane.queue.hold(now, wish);
                    let wait =
                        self.settings.retry.wait(&question_key(&job.wanted.asking), job.attempts);
                    job.waits = true;
                    self.later.insert((now + wait.max(wish), place));
                    return;
                }
                (fault, wish > PATIENCE)
            }
            Next::NextContact(fault) | Next::LookUp(fault) => {
                job.is_unclear |= is_unclear(fault);
                (fault, concerns_all(fault.reason))
            }
        };
        self.fail(place, fault.reason, void);
        if is_over && !std::mem::replace(&mut self.closed[number], true) {
            self.lanes[number].queue.retain(|_| false);
            self.later.retain(|(_, place)| self.jobs[*place].lane != number);
            let left = |job: &Job| job.lane == number && job.waits;
            let left: Vec<usize> =
                (0..self.jobs.len()).filter(|place| left(&self.jobs[*place])).collect();
            for place in left {
                self.fail(place, fault.reason, void);
            }
        }
    }

    fn fail(&mut self, place: usize, reason: Reason, void: &mut Vec<AskedContact>) {
        let job = &mut self.jobs[place];
        job.waits = false;
        if job.is_unclear {
            self.ended.push((place, Outcome::Unclear(reason)));
            return;
        }
        if job.attempts > 0 {
            void.push(job.wanted.asking);
        }
        self.ended.push((place, Outcome::Failed(reason)));
    }
}

impl Job {
    fn new(wanted: Wanted, lane: usize) -> Self {
        Self { wanted, lane, attempts: 0, is_unclear: false, waits: true }
    }
}

impl std::fmt::Debug for Asker<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asker").field("lanes", &self.lanes).finish_non_exhaustive()
    }
}

/// The first channel that reaches a kind of contact.
pub fn reaches(lanes: &[LaneSettings], kind: Kind) -> Option<usize> {
    lanes.iter().position(|lane| lane.reaches == Some(kind))
}

/// Whether a refusal is about us and not about the receiver.
const fn concerns_all(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Credentials
            | Reason::Signature
            | Reason::SenderIp
            | Reason::Keyword
            | Reason::Settings
            | Reason::Redirect
    )
}
