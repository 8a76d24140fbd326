//! What a batch gathers between two commits.

use super::{Committed, Preview};
use crate::engine::effect::Effect;
use crate::engine::entry::Entry;
use crate::engine::time::Timestamp;
use crate::engine::week::Week;
use crate::journal::Told;
use crate::record::Record;
use std::sync::Arc;
use tokio::sync::oneshot;

/// A batch in the making.
#[derive(Debug)]
pub(super) struct Work {
    /// The instant of all its entries.
    pub(super) at: Timestamp,
    /// Entries that the engine took.
    pub(super) entries: Vec<Entry>,
    /// What followed.
    pub(super) effects: Vec<Effect>,
    /// Those that are news.
    pub(super) told: Vec<Told>,
    /// Answers to commands, by key.
    pub(super) answers: Vec<(String, Arc<Record>)>,
    /// Whom to tell after the commit.
    pub(super) acks: Vec<Ack>,
}

/// Somebody who waits for the commit.
#[derive(Debug)]
pub(super) enum Ack {
    /// Of observations.
    Observations(oneshot::Sender<Committed>, Committed),
    /// Of a command.
    Command(oneshot::Sender<Record>, Arc<Record>),
    /// Of a preview.
    Preview(oneshot::Sender<Preview>, Box<Preview>),
    /// Who asked for a usual week.
    Week(oneshot::Sender<Option<Week>>, Option<Week>),
    /// Of a policy.
    Policy(oneshot::Sender<()>),
}

impl Work {
    /// An empty batch.
    pub(super) fn new(at: Timestamp) -> Self {
        Self {
            at,
            entries: Vec::new(),
            effects: Vec::new(),
            told: Vec::new(),
            answers: Vec::new(),
            acks: Vec::new(),
        }
    }

    /// Whether there is neither something to write nor somebody to tell.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.acks.is_empty()
    }

    /// Empties everything and keeps the room.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.effects.clear();
        self.told.clear();
        self.answers.clear();
        self.acks.clear();
    }
}

impl Ack {
    /// Tells. Who no longer listens need not know.
    pub(super) fn tell(self) {
        match self {
            Self::Observations(sender, committed) => drop(sender.send(committed)),
            Self::Command(sender, record) => drop(sender.send(Record::clone(&record))),
            Self::Preview(sender, preview) => drop(sender.send(*preview)),
            Self::Week(sender, week) => drop(sender.send(week)),
            Self::Policy(sender) => drop(sender.send(())),
        }
    }
}
