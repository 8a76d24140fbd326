//! Delivery: from intents in the outbox to receivers outside.
//!
//! An intent exists exactly once, by the transaction that decided it. Its delivery is at least
//! once with a key, because between "the receiver has it" and "it is marked" a process can die
//! and nobody can know: the same key on every attempt lets the receiver recognise the second.
//! The worker decides nothing about levels; it knows due times, attempts and answers.
//!
//! The worker blocks on the journal's file, so it has a thread of its own.

pub mod channel;
pub mod courier;
pub mod receipts;
pub mod retry;
pub mod secret;
pub mod webhook;

use crate::clock::Clock;
use crate::driver::Handle;
use crate::engine::time::Timestamp;
use crate::journal::JournalError;
use crate::journal::outbox::{Fate, Intent, Outbox, Settled};
use receipts::Receipts;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use webhook::{Outcome, Webhook};

/// Intents in flight at a time: enough for many units, few enough for a small receiver.
const IN_FLIGHT_MAX: usize = 16;
/// The outbox is looked at this often even if nobody wakes the worker.
const LOOK_AT_LEAST: Duration = Duration::from_secs(60);
/// How long to wait after the journal failed.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Counters of the worker, for metrics.
#[derive(Debug, Default)]
pub struct DeliveryStatus {
    delivered: AtomicU64,
    failed: AtomicU64,
    ambiguous: AtomicU64,
    again: AtomicU64,
    expired: AtomicU64,
}

impl DeliveryStatus {
    /// Intents that their receiver took.
    pub fn delivered(&self) -> u64 {
        self.delivered.load(Ordering::Relaxed)
    }

    /// Intents that their receiver refused for good.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// Intents that lost their worth before they were delivered.
    pub fn expired(&self) -> u64 {
        self.expired.load(Ordering::Relaxed)
    }

    /// Attempts that may have reached their receiver and are not made again, since nobody can tell.
    pub fn ambiguous(&self) -> u64 {
        self.ambiguous.load(Ordering::Relaxed)
    }

    /// Attempts that are made again.
    pub fn again(&self) -> u64 {
        self.again.load(Ordering::Relaxed)
    }

    fn count(&self, fate: &Fate) {
        match fate {
            Fate::Delivered => self.count_delivered(),
            Fate::Failed => self.count_failed(),
            Fate::Again(_) => self.count_again(),
        }
    }

    fn count_delivered(&self) {
        self.delivered.fetch_add(1, Ordering::Relaxed);
    }

    fn count_failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    fn count_ambiguous(&self) {
        self.ambiguous.fetch_add(1, Ordering::Relaxed);
    }

    fn count_again(&self) {
        self.again.fetch_add(1, Ordering::Relaxed);
    }

    fn count_expired(&self, count: u64) {
        self.expired.fetch_add(count, Ordering::Relaxed);
    }
}

/// Takes intents from the outbox of a live journal and delivers them.
pub struct Worker {
    outbox: Outbox,
    webhook: Webhook,
    clock: Arc<dyn Clock>,
    driver: Handle,
    wake: watch::Receiver<()>,
    status: Arc<DeliveryStatus>,
    receipts: Receipts,
}

impl Worker {
    /// A worker. `wake` is a receiver of the driver's settings, `receipts` that of all workers.
    pub fn new(
        outbox: Outbox,
        webhook: Webhook,
        clock: Arc<dyn Clock>,
        driver: Handle,
        receipts: Receipts,
        wake: watch::Receiver<()>,
    ) -> Self {
        let status = Arc::default();
        Self { outbox, webhook, clock, driver, wake, status, receipts }
    }

    /// How delivery is going.
    pub fn status(&self) -> Arc<DeliveryStatus> {
        self.status.clone()
    }

    /// Delivers until `stop` becomes true. Blocks: give it its own thread.
    ///
    /// # Errors
    /// If the thread cannot have a runtime.
    pub fn run(mut self, mut stop: watch::Receiver<bool>) -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut wakes = true;
            while !*stop.borrow() {
                let wait = self.pass_and_wait().await;
                tokio::select! {
                    // Without a driver what is committed is still delivered.
                    woken = self.wake.changed(), if wakes => wakes = woken.is_ok(),
                    () = tokio::time::sleep(wait) => {}
                    changed = stop.changed() => {
                        if changed.is_err() {
                            break;
                        }
                    }
                }
            }
        });
        Ok(())
    }

    async fn pass_and_wait(&mut self) -> Duration {
        match self.pass().await {
            Ok(Some(next)) => self.clock.until(next).min(LOOK_AT_LEAST),
            Ok(None) => LOOK_AT_LEAST,
            Err(error) => {
                tracing::warn!(%error, "the outbox cannot be used; nothing is sent");
                AFTER_FAILURE
            }
        }
    }

    /// Delivers everything that is due and returns when the next intent is.
    ///
    /// # Errors
    /// If the journal fails. What was sent but not marked is sent again, with the same key.
    pub async fn pass(&mut self) -> Result<Option<Timestamp>, JournalError> {
        loop {
            let now = self.clock.now();
            let claimed = self.outbox.claim(self.webhook.name(), now, IN_FLIGHT_MAX)?;
            self.expired(claimed.expired);
            let intents = claimed.intents;
            if intents.is_empty() {
                break;
            }
            let settled = self.send(intents).await;
            settled.iter().for_each(|one| self.status.count(&one.fate));
            self.outbox.settle(&settled, self.clock.now())?;
        }
        self.receipts.tell(&self.outbox, &self.driver, self.clock.now())?;
        self.outbox.next_due(self.webhook.name())
    }

    fn expired(&self, count: u64) {
        if count > 0 {
            let integration = self.webhook.name();
            tracing::error!(integration, count, "messages were not delivered while of use");
            self.status.count_expired(count);
        }
    }

    async fn send(&self, intents: Vec<Intent>) -> Vec<Settled> {
        let mut calls = tokio::task::JoinSet::new();
        let mut settled = Vec::with_capacity(intents.len());
        for intent in intents {
            let (webhook, clock) = (self.webhook.clone(), self.clock.clone());
            calls.spawn(async move {
                let outcome = webhook.send(&intent, clock.now()).await;
                (intent, outcome)
            });
        }
        while let Some(call) = calls.join_next().await {
            match call {
                Ok((intent, outcome)) => settled.push(self.judge(&intent, outcome)),
                // The attempt stays without an outcome and is made again.
                Err(error) => tracing::error!(%error, "a delivery broke off"),
            }
        }
        settled
    }

    fn judge(&self, intent: &Intent, outcome: Outcome) -> Settled {
        let Outcome { verdict, status, reason } = outcome;
        let fate = self.webhook.retry().fate(intent, verdict, self.clock.now());
        if let Some(reason) = &reason {
            tracing::warn!(
                key = intent.key,
                attempt = intent.attempt,
                status,
                reason,
                "delivery of {} did not work",
                intent.key
            );
        }
        Settled { row: intent.row, attempt: intent.attempt, fate, status, reason }
    }
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("webhook", &self.webhook).finish_non_exhaustive()
    }
}
