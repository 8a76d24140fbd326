//! The driver's life: start, wait, turn, stop; and back to its feet after a failure.
//!
//! All waiting is in one place, [`Driver::wait`]. A journal that fails to commit leaves a state
//! that was never committed, so the engine is dropped and recovered, and whoever waited for that
//! batch is told nothing, which adapters answer with "try again". The monitor is ready again
//! when a `Started` entry has been committed: that proves the store and marks the lost stretch.

use super::fold::Fold;
use super::intake::Intake;
use super::recovery::{self, Recovery};
use super::status::DriverStatus;
use super::work::Work;
use super::{Ends, Message, numbering};
use crate::clock::Clock;
use crate::engine::Engine;
use crate::engine::entry::{Input, Seq};
use crate::engine::policy::Policy;
use crate::engine::time::{Span, Timestamp};
use crate::journal::step::Steps;
use crate::journal::{BUILD, Journal, JournalError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// How long to wait before a failed store is tried again when nothing comes in.
const RETRY: Duration = Duration::from_secs(1);
/// Of so many failures in a row one is logged.
const REFUSALS_TOLD: u32 = 60;

/// What the driver is told at its start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The policy; journalled if it is new.
    pub policy: Policy,
    /// Which program this is.
    pub build: String,
    /// A snapshot after so many entries, or more where the state is large: bounds the time of a
    /// restart.
    pub snapshot_entries: u64,
    /// A snapshot at the latest after this long.
    pub snapshot_after: Span,
    /// An entry at the latest after this long, so that a restart knows how long it was down.
    pub life_sign: Span,
    /// Changes when intents were committed; every worker has its own receiver, so all of them wake.
    pub outbox: watch::Sender<()>,
    /// Told of every durable step.
    pub steps: Steps,
}

impl Settings {
    /// The shipped values.
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            build: BUILD.to_owned(),
            snapshot_entries: 200_000,
            snapshot_after: Span::minutes(10),
            life_sign: Span::secs(15),
            outbox: watch::Sender::new(()),
            steps: Steps::default(),
        }
    }
}

/// Why the driver cannot run.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The engine does not take the policy or the start.
    #[error("the engine cannot take its first entries: {0}")]
    FirstEntries(String),
    /// The thread's timer.
    #[error("the driver's timer cannot be set up")]
    Timer(#[source] std::io::Error),
}

/// The loop and everything it owns.
pub struct Driver<E = Engine> {
    pub(super) fold: E,
    pub(super) journal: Box<dyn Journal>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ends: Ends,
    pub(super) intake: Intake,
    pub(super) settings: Settings,
    pub(super) status: Arc<DriverStatus>,
    pub(super) work: Work,
    /// Whether `fold` is the state after the last committed entry.
    pub(super) sound: bool,
    /// The newest snapshot: entry and instant.
    pub(super) kept: (Seq, Timestamp),
    /// Its size.
    pub(super) kept_bytes: u64,
    /// Old rows are left to remove.
    pub(super) pruning: bool,
    /// The engine could not take a tick: none before this instant.
    pub(super) no_tick_before: Timestamp,
    /// How often the journal failed since it worked last.
    refusals: u32,
}

/// What waiting ended with.
enum Woken {
    By(Message),
    Time,
    Closed,
}

impl<E: Fold> Driver<E> {
    /// Recovers the state, journals the start (and the policy if it is new) and publishes.
    ///
    /// # Errors
    /// If the journal fails or the engine cannot take its first entries.
    pub fn start(
        journal: Box<dyn Journal>,
        clock: Arc<dyn Clock>,
        ends: Ends,
        settings: Settings,
    ) -> Result<Self, DriverError> {
        let mut driver = Self {
            fold: E::empty(),
            journal,
            clock,
            ends,
            intake: Intake::default(),
            settings,
            status: Arc::default(),
            work: Work::new(Timestamp::MIN),
            sound: false,
            kept: (0, Timestamp::MIN),
            kept_bytes: 0,
            pruning: false,
            no_tick_before: Timestamp::MIN,
            refusals: 0,
        };
        driver.stand_up()?;
        Ok(driver)
    }

    /// How the driver is doing.
    pub fn status(&self) -> Arc<DriverStatus> {
        self.status.clone()
    }

    /// The policy in force: the one of the settings, with the numbers that sources and units had
    /// before. Adapters take their numbers from here.
    pub fn policy_in_force(&self) -> &Policy {
        &self.settings.policy
    }

    /// Runs until it is told to stop or every handle is gone. Blocks: give it its own thread.
    ///
    /// # Errors
    /// If the thread cannot have a timer.
    pub fn run(mut self) -> Result<(), DriverError> {
        let mut timer = tokio::runtime::Builder::new_current_thread();
        let timer = timer.enable_time().build().map_err(DriverError::Timer)?;
        loop {
            let message = match timer.block_on(self.wait()) {
                Woken::By(message) => message,
                Woken::Time => Message::Wake,
                Woken::Closed => {
                    self.stop(None);
                    return Ok(());
                }
            };
            if !self.sound {
                self.try_to_stand_up();
            }
            if let Some(told) = self.turn(message) {
                self.stop(Some(told));
                return Ok(());
            }
            if !self.sound {
                self.try_to_stand_up();
            }
        }
    }

    async fn wait(&mut self) -> Woken {
        let patience = if self.sound { self.patience() } else { RETRY };
        match tokio::time::timeout(patience, self.ends.inbox.recv()).await {
            Ok(Some(message)) => Woken::By(message),
            Ok(None) => Woken::Closed,
            Err(_) => Woken::Time,
        }
    }

    fn patience(&self) -> Duration {
        if self.pruning { Duration::ZERO } else { self.clock.until(self.due()) }
    }

    /// When a tick is to be sent.
    pub(super) fn due(&self) -> Timestamp {
        let life = self.fold.at() + self.settings.life_sign;
        let deadline = self.fold.next_deadline().unwrap_or(Timestamp::MAX);
        deadline.min(life).max(self.no_tick_before)
    }

    /// Recovers the state and proves the journal by committing the start.
    fn stand_up(&mut self) -> Result<(), DriverError> {
        self.recover()?;
        let tail = self.journal.tail().clone();
        if let Some(bytes) = &tail.policy {
            let current =
                postcard::from_bytes(bytes).map_err(|e| JournalError::Unreadable(e.to_string()))?;
            self.settings.policy = numbering::keep(&current, self.settings.policy.clone());
        }
        let policy = Input::Policy(Box::new(self.settings.policy.clone()));
        let known = postcard::to_allocvec(&self.settings.policy).map_err(JournalError::Encode)?;
        let changed = tail.policy.as_ref() != Some(&known);
        let first = tail.seq == 0;
        let started = Input::Started { down_since: (!first).then_some(tail.at) };
        let inputs = match (first, changed) {
            (true, _) => vec![policy, started],
            (false, true) => vec![started, policy],
            (false, false) => vec![started],
        };
        self.begin();
        if first {
            self.kept = (0, self.work.at);
        }
        for input in inputs {
            self.enter(input).map_err(DriverError::FirstEntries)?;
        }
        self.flush()?;
        self.intake.adopt(&self.settings.policy);
        self.status.set_ready(true);
        Ok(())
    }

    /// Drops the state and folds the committed one.
    pub(super) fn recover(&mut self) -> Result<(), JournalError> {
        self.sound = false;
        self.status.set_ready(false);
        self.work.clear();
        self.journal.reopen()?;
        let recovered = recovery::recover::<E>(&mut *self.journal, &self.settings.build)?;
        let Recovery { fold, snapshot, folded, mismatches } = recovered;
        tracing::info!(seq = fold.seq(), snapshot, folded, "state recovered from the journal");
        self.status.mismatched(mismatches);
        self.kept = (snapshot, self.kept.1.max(fold.at()));
        let view = fold.view();
        self.intake.restore(&view, &self.settings.policy, &self.ends.registry);
        self.fold = fold;
        self.sound = true;
        Ok(())
    }

    /// After a failure: once more, and say why not.
    fn try_to_stand_up(&mut self) {
        if let Err(error) = self.stand_up() {
            self.sound = false;
            let error = Chain(&error).to_string();
            // Tried every second: said when it is news, and every minute.
            if self.refusals.is_multiple_of(REFUSALS_TOLD)
                || self.status.failure() != Some(error.clone())
            {
                tracing::warn!(error, "the journal still fails; input is refused");
            }
            self.refusals += 1;
            self.status.failed(error);
        } else {
            self.refusals = 0;
        }
    }

    /// Ends in order: a last sign of life, a snapshot.
    fn stop(&mut self, told: Option<oneshot::Sender<()>>) {
        if self.sound {
            self.begin();
            if self.enter(Input::Tick).is_ok() && self.flush_or_drop() {
                self.keep_snapshot();
            }
        }
        self.status.set_ready(false);
        tracing::info!(seq = self.journal.tail().seq, "driver stopped");
        if let Some(told) = told {
            let _ = told.send(());
        }
    }
}

/// An error with its causes, on one line.
pub(super) struct Chain<'a>(pub(super) &'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl<E> std::fmt::Debug for Driver<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").field("tail", self.journal.tail()).finish_non_exhaustive()
    }
}
