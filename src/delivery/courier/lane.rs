//! A channel at work: its provider, whom it reaches, what waits for its turn.

use super::route::Way;
use crate::delivery::DeliveryStatus;
use crate::delivery::channel::Provider;
use crate::delivery::channel::call::{Caller, CallerError};
use crate::delivery::channel::class::{Class, Ended};
use crate::delivery::channel::message::Message;
use crate::delivery::channel::pace::{Queue, Rate};
use crate::delivery::channel::smtp::Smtp;
use crate::delivery::channel::token::Tokens;
use crate::delivery::channel::verdict::{Fault, Reason};
use crate::engine::time::Timestamp;
use crate::roster::Kind;
use std::sync::Arc;
use std::time::Duration;

/// Attempts in flight at a time: a provider that hangs for ten seconds still takes 25 a second.
const IN_FLIGHT_MAX: usize = 256;

/// Who carries the messages of a channel.
#[derive(Clone, Debug)]
pub enum Service {
    /// An HTTP interface.
    Http(Arc<dyn Provider>),
    /// A mail relay.
    Mail(Arc<Smtp>),
}

/// A channel as it is configured.
#[derive(Clone, Debug)]
pub struct LaneSettings {
    /// Its name.
    pub name: String,
    /// Which contacts it reaches; `None`: it is a group and the receiver itself.
    pub reaches: Option<Kind>,
    /// Who carries.
    pub service: Service,
    /// Longest time of an attempt.
    pub timeout: Duration,
    /// Whether its messages can be answered by a message.
    pub answered: bool,
}

/// A channel at work.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) settings: LaneSettings,
    pub(super) queue: Queue<i64>,
    pub(super) in_flight: usize,
    pub(super) status: Arc<DeliveryStatus>,
    caller: Caller,
    tokens: Arc<Tokens>,
}

impl Service {
    /// How fast it may be asked.
    pub fn rate(&self) -> Rate {
        match self {
            Self::Http(provider) => provider.rate(),
            Self::Mail(smtp) => smtp.rate(),
        }
    }

    /// What a second attempt would do.
    pub fn class(&self) -> Class {
        match self {
            Self::Http(provider) => provider.class(),
            Self::Mail(smtp) => smtp.class(),
        }
    }

    /// Asks for an answer without a visible effect; `None`: it has none to give.
    ///
    /// # Errors
    /// What is wrong.
    pub async fn probe(&self, timeout: Duration, now: Timestamp) -> Option<Result<(), Fault>> {
        match self {
            Self::Http(provider) => match Caller::new(timeout) {
                Ok(caller) => caller.probe(&**provider, now).await,
                Err(_) => Some(Err(Reason::Settings.into())),
            },
            Self::Mail(smtp) => Some(smtp.probe().await),
        }
    }

    /// Whether it can be asked for an answer without a visible effect.
    pub fn can_be_probed(&self) -> bool {
        match self {
            Self::Http(provider) => {
                provider.token_request().is_some() || provider.probe().is_some()
            }
            Self::Mail(_) => true,
        }
    }

    /// The kind of provider.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Http(provider) => provider.word(),
            Self::Mail(smtp) => smtp.word(),
        }
    }

    pub(super) fn looks_up(&self, message: &Message, since: Timestamp) -> bool {
        match self {
            Self::Http(provider) => provider.look_up(message, since).is_some(),
            Self::Mail(_) => false,
        }
    }
}

impl Lane {
    pub(super) fn new(settings: LaneSettings) -> Result<Self, CallerError> {
        let caller = Caller::new(settings.timeout)?;
        let queue = Queue::new(settings.service.rate());
        Ok(Self {
            settings,
            queue,
            in_flight: 0,
            status: Arc::default(),
            caller,
            tokens: Arc::default(),
        })
    }

    pub(super) fn way(&self, looks_up: bool, is_slow: bool) -> Way<'_> {
        let LaneSettings { name, reaches, service, .. } = &self.settings;
        Way { contact: *reaches, via: name, class: service.class(), looks_up, is_slow }
    }

    /// The next errand whose turn it is.
    pub(super) fn take(&mut self, now: Timestamp) -> Option<i64> {
        if self.in_flight < IN_FLIGHT_MAX { self.queue.take(now) } else { None }
    }

    /// When the next one has its turn; an attempt that ends is news anyway.
    pub(super) fn next_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.queue.next_at(now).filter(|_| self.in_flight < IN_FLIGHT_MAX)
    }

    /// An attempt, to be awaited elsewhere.
    pub(super) fn send(
        &self,
        message: Message,
        now: Timestamp,
    ) -> impl Future<Output = Ended> + Send + 'static {
        let (service, caller) = (self.settings.service.clone(), self.caller.clone());
        let tokens = self.tokens.clone();
        async move {
            match service {
                Service::Http(provider) => caller.send(&*provider, &tokens, &message, now).await,
                Service::Mail(smtp) => smtp.send(&message, now).await,
            }
        }
    }

    /// The question whether the provider has a message, to be awaited elsewhere.
    pub(super) fn look_up(
        &self,
        message: Message,
        since: Timestamp,
    ) -> impl Future<Output = Option<bool>> + Send + 'static {
        let (service, caller) = (self.settings.service.clone(), self.caller.clone());
        async move {
            match service {
                Service::Http(provider) => caller.look_up(&*provider, &message, since).await,
                Service::Mail(_) => None,
            }
        }
    }
}
