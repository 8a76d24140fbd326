//! The one loop: select → stamp → apply → commit → publish → acknowledge.
//!
//! The loop runs on a thread of its own and is the only owner of the engine and of the journal's
//! writing side. Adapters hold a [`Handle`]: a bounded queue of messages in, the latest
//! [`View`] and a stream of [`Record`]s out. Nothing is acknowledged, published or sent before
//! the transaction that holds it has been committed.

pub mod fold;
mod intake;
pub mod numbering;
mod preview;
pub mod recovery;
pub mod replay;
mod run;
pub mod status;
mod turn;
mod work;

pub use replay::{Item, Replay};
pub use run::{Driver, DriverError, Settings};
pub use turn::{MESSAGES_MAX, OBSERVATIONS_MAX};

use crate::engine::command::Command;
use crate::engine::effect::EffectId;
use crate::engine::observation::{Form, QueueId, SourceId, UnitId};
use crate::engine::policy::Policy;
use crate::engine::recalls::Note;
use crate::engine::time::Timestamp;
use crate::engine::view::View;
use crate::engine::week::Week;
use crate::journal::Told;
use crate::recall::{self, RecallId};
use crate::record::Record;
use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// An observation whose queue may not be registered yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Who says it.
    pub source: SourceId,
    /// Of which queue.
    pub queue: QueueRef,
    /// What is said.
    pub form: Form,
}

impl Draft {
    /// The queue, where it is a row of one that is registered.
    fn queue_of_row(&self) -> Option<QueueId> {
        match (&self.form, &self.queue) {
            (Form::Interval(_), QueueRef::Known(queue)) => Some(*queue),
            (Form::Interval(_) | Form::Event(_) | Form::Snapshot(_), _) => None,
        }
    }
}

/// A queue by number or, before its registration, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueRef {
    /// Registered.
    Known(QueueId),
    /// Not registered when it was read.
    Named(Box<str>),
}

/// What adapters send to the driver.
#[derive(Debug)]
pub enum Message {
    /// Observations of one request or one read, in order.
    Observations {
        /// They.
        drafts: Vec<Draft>,
        /// Told after the commit.
        ack: Option<oneshot::Sender<Committed>>,
    },
    /// A source is alive.
    Heartbeat(SourceId),
    /// The link of a source went down or came up.
    Link(SourceId, bool),
    /// A source restarted at an instant of its own clock.
    SourceRestarted(SourceId, Timestamp),
    /// What a source had to tell between two instants is lost.
    Gap(SourceId, Timestamp, Timestamp),
    /// A commander's order. The same `key` again gives the first answer and acts no second time.
    Command {
        /// The order.
        command: Box<Command>,
        /// Idempotency key of the request.
        key: Option<String>,
        /// Told after the commit.
        ack: oneshot::Sender<Record>,
    },
    /// Something happens in a recall. The same `key` again gives the first answer and acts no second
    /// time.
    Recall {
        /// What.
        input: Box<recall::Input>,
        /// Who ordered it and why, where a commander did.
        order: Option<(String, String)>,
        /// Idempotency key of the request.
        key: Option<String>,
        /// Told after the commit.
        ack: oneshot::Sender<Record>,
    },
    /// Why a recall that a level calls for is not started.
    RecallNote(RecallId, Note),
    /// What an order would do; nothing is written and nobody is told.
    Preview(Box<Command>, oneshot::Sender<Preview>),
    /// The usual week of a queue, or of the sum of a unit.
    Week(UnitId, Option<QueueId>, oneshot::Sender<Option<Week>>),
    /// New settings, already validated.
    Policy(Box<Policy>, oneshot::Sender<()>),
    /// Recalled people of a level that are logged in, as a roster or a fake inbox knows it.
    ExtraStaff(UnitId, crate::engine::command::Level, u32),
    /// What became of a delivery.
    Receipt(EffectId, bool),
    /// Only look at the clock.
    Wake,
    /// Stop after what is queued: snapshot and close.
    Stop(oneshot::Sender<()>),
}

/// What a commit did with a batch of observations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Number of the last entry of the batch.
    pub seq: u64,
    /// Indices of drafts that were refused because their queue is unknown and may not register.
    pub unknown_queue: Vec<usize>,
}

/// What an order would do at this moment, by the engine's own rules.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The state that it would act on.
    pub before: Arc<View>,
    /// The state after it.
    pub after: Arc<View>,
    /// What would be written, and told where it notifies.
    pub told: Vec<Told>,
}

/// The queue of messages is full: try again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the monitor has more input than it can commit; try again later")]
pub struct Full;

/// Queue names and numbers, for adapters that turn names into numbers before the driver does.
#[derive(Debug, Default)]
pub struct Registry {
    by_name: RwLock<HashMap<Box<str>, QueueId>>,
}

/// What adapters hold of the driver.
#[derive(Clone, Debug)]
pub struct Handle {
    messages: mpsc::Sender<Message>,
    view: watch::Receiver<Arc<View>>,
    records: broadcast::Sender<Arc<Record>>,
    registry: Arc<Registry>,
}

impl Registry {
    /// Number of a queue, or its name where it has none yet.
    pub fn resolve(&self, name: &str) -> QueueRef {
        let known = self.by_name.read().ok().and_then(|map| map.get(name).copied());
        known.map_or_else(|| QueueRef::Named(name.into()), QueueRef::Known)
    }

    /// Remembers a registration.
    pub fn insert(&self, name: &str, queue: QueueId) {
        if let Ok(mut map) = self.by_name.write() {
            map.insert(name.into(), queue);
        }
    }
}

impl Handle {
    /// A handle and the driver's ends of its channels.
    pub fn channel(messages_max: usize, first: Arc<View>) -> (Self, Ends) {
        let (messages, inbox) = mpsc::channel(messages_max);
        let (publish, view) = watch::channel(first);
        let (records, _) = broadcast::channel(1_024);
        let registry = Arc::new(Registry::default());
        let handle = Self { messages, view, records: records.clone(), registry: registry.clone() };
        (handle, Ends { inbox, publish, records, registry })
    }

    /// Queues a message without waiting.
    ///
    /// # Errors
    /// [`Full`] when the queue is full or the driver has stopped.
    pub fn try_send(&self, message: Message) -> Result<(), Full> {
        self.messages.try_send(message).map_err(|_| Full)
    }

    /// Queues a message and waits for room.
    ///
    /// # Errors
    /// [`Full`] when the driver has stopped.
    pub async fn send(&self, message: Message) -> Result<(), Full> {
        self.messages.send(message).await.map_err(|_| Full)
    }

    /// The latest committed state.
    pub fn view(&self) -> Arc<View> {
        self.view.borrow().clone()
    }

    /// The stream of committed states.
    pub fn views(&self) -> watch::Receiver<Arc<View>> {
        self.view.clone()
    }

    /// The stream of committed records; a slow reader loses the oldest.
    pub fn records(&self) -> broadcast::Receiver<Arc<Record>> {
        self.records.subscribe()
    }

    /// Queue names and numbers.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }
}

/// The driver's ends of a [`Handle`].
#[derive(Debug)]
pub struct Ends {
    /// Messages in.
    pub inbox: mpsc::Receiver<Message>,
    /// States out.
    pub publish: watch::Sender<Arc<View>>,
    /// Records out.
    pub records: broadcast::Sender<Arc<Record>>,
    /// Names.
    pub registry: Arc<Registry>,
}
