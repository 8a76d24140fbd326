//! Sends what was learnt to the driver, in order.

use crate::driver::{Committed, Draft, Handle, Message};
use crate::engine::observation::{SourceId, UnitId};
use crate::ingest::tail_task::{DRAFTS_MAX, Stopped};
use crate::ingest::{IngestCounters, Item, Reason, Told};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use tokio::sync::oneshot;

/// The way to the driver. It waits for room: the reader goes on meanwhile.
pub(super) struct Teller {
    handle: Handle,
    source: SourceId,
    counters: Arc<IngestCounters>,
    signs: u64,
    /// Commits that are not known yet.
    open: VecDeque<oneshot::Receiver<Committed>>,
}

impl Teller {
    pub(super) fn new(handle: Handle, source: SourceId, counters: Arc<IngestCounters>) -> Self {
        Self { handle, source, counters, signs: 0, open: VecDeque::new() }
    }

    /// Where each queue belongs, as far as the engine knows it.
    pub(super) fn units(&self) -> HashMap<Arc<str>, UnitId> {
        let view = self.handle.view();
        view.queues.iter().map(|queue| (queue.name.clone(), queue.unit)).collect()
    }

    /// Whether there was a sign of life since the last question.
    pub(super) fn alive(&mut self, signs: u64) -> bool {
        std::mem::replace(&mut self.signs, signs) != signs
    }

    /// Tells items in order; then, where asked, that the source is alive.
    pub(super) async fn tell(
        &mut self,
        items: impl Iterator<Item = Item>,
        alive: bool,
    ) -> Result<(), Stopped> {
        let mut drafts = Vec::new();
        for item in items {
            match item.input {
                Told::Draft(draft) => drafts.push(draft),
                Told::Heartbeat(_) => {}
                Told::SourceRestarted(source) => {
                    self.observations(std::mem::take(&mut drafts)).await?;
                    self.send(Message::SourceRestarted(source, item.at)).await?;
                }
            }
            if drafts.len() >= DRAFTS_MAX {
                self.observations(std::mem::take(&mut drafts)).await?;
            }
        }
        self.observations(drafts).await?;
        if alive {
            self.send(Message::Heartbeat(self.source)).await?;
        }
        Ok(())
    }

    /// Counts rows that were refused.
    pub(super) fn refuse(&self, reasons: &[Reason]) {
        for reason in reasons {
            self.counters.refuse(Some(self.source), *reason);
        }
    }

    pub(super) async fn send(&self, message: Message) -> Result<(), Stopped> {
        self.handle.send(message).await.map_err(|_| Stopped)
    }

    async fn observations(&mut self, drafts: Vec<Draft>) -> Result<(), Stopped> {
        if drafts.is_empty() {
            return Ok(());
        }
        self.look_at_commits();
        let (ack, committed) = oneshot::channel();
        self.open.push_back(committed);
        self.send(Message::Observations { drafts, ack: Some(ack) }).await
    }

    /// Queues that may not register are known only after the commit.
    fn look_at_commits(&mut self) {
        while let Some(first) = self.open.front_mut() {
            match first.try_recv() {
                Ok(committed) => {
                    for _ in committed.unknown_queue {
                        self.counters.refuse(Some(self.source), Reason::UnknownQueue);
                    }
                }
                Err(oneshot::error::TryRecvError::Empty) => return,
                Err(oneshot::error::TryRecvError::Closed) => {}
            }
            self.open.pop_front();
        }
    }
}
