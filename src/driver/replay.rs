//! The past at full speed: the same fold without a clock, a channel or a thread.
//!
//! `at` is event time. With a journal, entries are committed in large batches, under a stamp that
//! delivers nothing; without, nothing is written and nothing has to be encoded. Under
//! [`SilenceRule::Live`] ticks are put in where the engine asks for them, as the live loop would;
//! under [`SilenceRule::Replay`] a silence is judged when the next row comes.

use super::fold::Fold;
use super::intake::{Intake, Taken};
use super::run::DriverError;
use super::{Draft, Registry, numbering, recovery};
use crate::engine::Engine;
use crate::engine::effect::Effect;
use crate::engine::entry::{Entry, Input};
use crate::engine::policy::{Policy, SilenceRule};
use crate::engine::time::Timestamp;
use crate::journal::{BUILD, Batch, Journal, JournalError, Told};
use crate::record::Record;

/// Entries that share a transaction.
const ENTRIES_MAX: usize = 16_384;

/// One thing of the past.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// An observation whose queue may not be registered yet.
    Draft(Draft),
    /// An interval of the past that teaches and is not judged.
    Learn(Draft),
    /// Anything else.
    Input(Input),
}

/// Folds the past. `tell` sees each effect, with its record where it is news; whatever it sees
/// is decided, but with a journal not necessarily committed yet.
pub struct Replay<'a, T, E = Engine> {
    fold: E,
    intake: Intake,
    journal: Option<&'a mut dyn Journal>,
    tell: T,
    ticks: bool,
    policy: Policy,
    refused: u64,
    entries: Vec<Entry>,
    effects: Vec<Effect>,
    told: Vec<Told>,
}

impl<'a, E: Fold, T: FnMut(&Effect, Option<&Record>)> Replay<'a, T, E> {
    /// Starts with the policy and a first start at `at`. A journal that already holds entries is
    /// continued.
    ///
    /// # Errors
    /// If the journal fails.
    pub fn start(
        policy: &Policy,
        at: Timestamp,
        mut journal: Option<&'a mut dyn Journal>,
        tell: T,
    ) -> Result<Self, DriverError> {
        let mut fold = E::empty();
        let mut policy = policy.clone();
        if let Some(journal) = &mut journal {
            journal.reopen()?;
            fold = recovery::recover(&mut **journal, BUILD)?.fold;
            if let Some(bytes) = &journal.tail().policy {
                let current = postcard::from_bytes(bytes)
                    .map_err(|e| JournalError::Unreadable(e.to_string()))?;
                policy = numbering::keep(&current, policy);
            }
        }
        let mut intake = Intake::default();
        intake.restore(&fold.view(), &policy, &Registry::default());
        let down_since = (fold.seq() > 0).then(|| fold.at());
        let mut replay = Self {
            fold,
            intake,
            journal,
            tell,
            ticks: policy.silence == SilenceRule::Live,
            policy,
            refused: 0,
            entries: Vec::new(),
            effects: Vec::new(),
            told: Vec::new(),
        };
        replay.enter(at, Input::Policy(Box::new(replay.policy.clone())))?;
        replay.commit()?;
        replay.enter(at, Input::Started { down_since })?;
        Ok(replay)
    }

    /// Folds one thing.
    ///
    /// # Errors
    /// If the journal fails.
    pub fn push(&mut self, at: Timestamp, item: Item) -> Result<(), DriverError> {
        if self.ticks {
            self.ticks_before(at)?;
        }
        let input = match item {
            Item::Input(Input::Policy(policy)) => return self.policy(at, *policy),
            Item::Input(input) => input,
            Item::Learn(draft) => match self.intake.take(draft) {
                Taken::Known(input) => taught(input),
                Taken::Registered(queue, input) => {
                    self.enter(at, queue)?;
                    taught(input)
                }
                Taken::Refused => {
                    self.refused += 1;
                    return Ok(());
                }
            },
            Item::Draft(draft) => match self.intake.take(draft) {
                Taken::Known(input) => input,
                Taken::Registered(queue, input) => {
                    self.enter(at, queue)?;
                    input
                }
                Taken::Refused => {
                    self.refused += 1;
                    return Ok(());
                }
            },
        };
        self.enter(at, input)
    }

    /// Lets time pass up to `at`.
    ///
    /// # Errors
    /// If the journal fails.
    pub fn pass(&mut self, at: Timestamp) -> Result<(), DriverError> {
        self.ticks_before(at)?;
        self.enter(at, Input::Tick)
    }

    /// The state so far.
    pub fn fold(&self) -> &E {
        &self.fold
    }

    /// Observations of queues that are unknown and may not register.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Commits what is left, keeps a snapshot, and hands the state out.
    ///
    /// # Errors
    /// If the journal fails.
    pub fn finish(mut self) -> Result<E, DriverError> {
        self.commit()?;
        if let Some(journal) = &mut self.journal {
            journal.keep(&recovery::snapshot(&self.fold, BUILD)?)?;
        }
        Ok(self.fold)
    }

    /// A policy gets a batch of its own: names before and after it may differ.
    fn policy(&mut self, at: Timestamp, policy: Policy) -> Result<(), DriverError> {
        self.commit()?;
        self.policy = numbering::keep(&self.policy, policy);
        self.ticks = self.policy.silence == SilenceRule::Live;
        self.intake.adopt(&self.policy);
        self.enter(at, Input::Policy(Box::new(self.policy.clone())))?;
        self.commit()
    }

    fn ticks_before(&mut self, at: Timestamp) -> Result<(), DriverError> {
        let mut last = None;
        while let Some(due) = self.fold.next_deadline().filter(|due| *due < at) {
            // A deadline that stays where it was after its tick would never let time pass.
            if last == Some(due) {
                break;
            }
            last = Some(due);
            self.enter(due, Input::Tick)?;
        }
        Ok(())
    }

    fn enter(&mut self, at: Timestamp, input: Input) -> Result<(), DriverError> {
        let entry = Entry { seq: self.fold.seq() + 1, at: at.max(self.fold.at()), input };
        let before = self.effects.len();
        self.fold.apply(&entry, &mut self.effects);
        for effect in &self.effects[before..] {
            let told = Told::of(effect, &self.fold);
            (self.tell)(effect, told.as_ref().map(|t| &*t.record));
            if self.journal.is_some() {
                self.told.extend(told);
            }
        }
        if self.journal.is_none() {
            self.effects.clear();
            return Ok(());
        }
        self.entries.push(entry);
        if self.entries.len() >= ENTRIES_MAX { self.commit() } else { Ok(()) }
    }

    fn commit(&mut self) -> Result<(), DriverError> {
        if let Some(journal) = &mut self.journal
            && !self.entries.is_empty()
        {
            journal.commit(&Batch {
                entries: &self.entries,
                effects: &self.effects,
                told: &self.told,
                answers: &[],
                names: &self.fold,
            })?;
        }
        self.entries.clear();
        self.effects.clear();
        self.told.clear();
        Ok(())
    }
}

/// An observation that is to be learned instead of judged.
fn taught(input: Input) -> Input {
    match input {
        Input::Observed(observation) => Input::Learn(observation),
        Input::Policy(_)
        | Input::Started { .. }
        | Input::QueueSeen { .. }
        | Input::Heartbeat(_)
        | Input::Link(..)
        | Input::SourceRestarted(..)
        | Input::Gap { .. }
        | Input::SourceEnded(_)
        | Input::Command(_)
        | Input::ExtraStaff { .. }
        | Input::Receipt { .. }
        | Input::Recall { .. }
        | Input::RecallNote { .. }
        | Input::Learn(_)
        | Input::Tick => input,
    }
}

/// Folds a whole past with the engine.
///
/// # Errors
/// If the journal fails.
pub fn replay(
    policy: &Policy,
    items: impl IntoIterator<Item = (Timestamp, Item)>,
    journal: Option<&mut dyn Journal>,
    tell: impl FnMut(&Effect, Option<&Record>),
) -> Result<Engine, DriverError> {
    let mut items = items.into_iter().peekable();
    let at = items.peek().map_or(Timestamp::MIN, |(at, _)| *at);
    let mut replay = Replay::start(policy, at, journal, tell)?;
    for (at, item) in items {
        replay.push(at, item)?;
    }
    replay.finish()
}

impl<T, E> std::fmt::Debug for Replay<'_, T, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay").field("refused", &self.refused).finish_non_exhaustive()
    }
}
