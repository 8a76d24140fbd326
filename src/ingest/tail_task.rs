//! Follows the queue log of a running Asterisk and tells the driver.
//!
//! The thin asynchronous shell around [`Tailer`]: once a second it reads what is new, sends it in
//! order and waits for the commit before it publishes the [`Position`] to resume at. It waits for
//! room instead of dropping: the file is the buffer. Nothing new is a heartbeat, but not while a
//! backlog is being read, since a heartbeat would move event time past rows that still come. A
//! file that is gone or cannot be read is a link that is down.
//!
//! That Asterisk itself is alive cannot be seen in an unchanged file; a site that needs to know
//! it watches the manager interface beside.

use super::counters::{IngestCounters, Reason};
use super::queue_log::{Mapper, QueueLogOptions};
use super::tail::{Position, Start, Tailer};
use super::{Item, Stop, Told};
use crate::driver::{Draft, Handle, Message};
use crate::engine::observation::SourceId;
use crate::engine::time::Timestamp;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// Drafts of one message: a commit of some milliseconds.
pub const DRAFTS_MAX: usize = 1_000;
/// Between two looks at the file; well under the lateness of events.
pub const POLL_EVERY: Duration = Duration::from_secs(1);

/// The driver has stopped; there is nobody to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the driver has stopped")]
pub struct Stopped;

/// A queue log that is followed.
#[derive(Debug)]
pub struct QueueLogTail {
    tailer: Tailer,
    mapper: Mapper,
}

/// What one poll of a log came to.
#[derive(Debug, Default)]
pub struct Batch {
    /// What was said, in order.
    pub items: Vec<Item>,
    /// Rows that were refused.
    pub refused: Vec<Reason>,
    /// There is more to read at once.
    pub more: bool,
    /// The file is not there.
    pub missing: bool,
}

impl QueueLogTail {
    /// Follows `path` from `start`.
    pub fn new(path: impl Into<PathBuf>, start: Start, options: QueueLogOptions) -> Self {
        Self { tailer: Tailer::new(path, start), mapper: Mapper::new(options) }
    }

    /// Reads what is new.
    ///
    /// # Errors
    /// What the file system says; the next poll tries again.
    pub fn poll(&mut self) -> io::Result<Batch> {
        let mut batch = Batch::default();
        let oversized = self.tailer.oversized();
        let mapper = &mut self.mapper;
        let polled = self.tailer.poll(|line| match mapper.line(line) {
            Ok(item) => batch.items.extend(item),
            Err(error) => batch.refused.push(error.reason()),
        })?;
        for _ in oversized..self.tailer.oversized() {
            batch.refused.push(Reason::Malformed);
        }
        batch.more = polled.more;
        batch.missing = polled.missing;
        Ok(batch)
    }

    /// Where to resume once everything polled so far is committed.
    pub fn position(&self) -> Option<Position> {
        self.tailer.position()
    }
}

/// The task around a [`QueueLogTail`].
#[derive(Debug)]
pub struct TailTask {
    handle: Handle,
    tail: Option<QueueLogTail>,
    source: SourceId,
    counters: Arc<IngestCounters>,
    committed: watch::Sender<Option<Position>>,
    link_up: bool,
}

impl TailTask {
    /// A task that tells `handle`; `committed` gets each position that is safe to resume at.
    pub fn new(
        handle: Handle,
        tail: QueueLogTail,
        counters: Arc<IngestCounters>,
        committed: watch::Sender<Option<Position>>,
    ) -> Self {
        let source = tail.mapper.source();
        Self { handle, tail: Some(tail), source, counters, committed, link_up: true }
    }

    /// Polls each second until it is asked to stop, or the driver stops.
    pub async fn run(mut self, mut stop: Stop) {
        let mut every = tokio::time::interval(POLL_EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = stop.asked() => return,
                _ = every.tick() => {}
            }
            while !stop.is_asked() {
                match self.step().await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(Stopped) => return,
                }
            }
        }
    }

    /// One poll, told and committed; whether there is more to read at once.
    ///
    /// # Errors
    /// [`Stopped`] when the driver takes nothing any more.
    pub async fn step(&mut self) -> Result<bool, Stopped> {
        let mut tail = self.tail.take().ok_or(Stopped)?;
        let polled = tokio::task::spawn_blocking(move || {
            let batch = tail.poll();
            (tail, batch)
        });
        let (tail, batch) = polled.await.map_err(|_| Stopped)?;
        let position = tail.position();
        self.tail = Some(tail);
        let batch = match batch {
            Ok(batch) => batch,
            Err(error) => {
                tracing::warn!(source = self.source.0, %error, "the queue log cannot be read");
                self.link(false).await?;
                return Ok(false);
            }
        };
        self.link(!batch.missing).await?;
        for reason in &batch.refused {
            self.counters.refuse(Some(self.source), *reason);
        }
        let told = self.tell(batch.items).await?;
        if !told && !batch.more && !batch.missing {
            self.send(Message::Heartbeat(self.source)).await?;
        }
        self.committed.send_replace(position);
        Ok(batch.more)
    }

    async fn link(&mut self, up: bool) -> Result<(), Stopped> {
        if self.link_up != up {
            self.link_up = up;
            self.send(Message::Link(self.source, up)).await?;
        }
        Ok(())
    }

    /// Sends items in order; whether there were any but signs of life.
    async fn tell(&self, items: Vec<Item>) -> Result<bool, Stopped> {
        let mut told = false;
        let mut drafts = Vec::new();
        for item in items {
            match item.input {
                Told::Draft(draft) => drafts.push(draft),
                Told::SourceRestarted(source) => {
                    self.commit(std::mem::take(&mut drafts)).await?;
                    self.restarted(source, item.at).await?;
                    told = true;
                }
                Told::Heartbeat(_) => continue,
            }
            if drafts.len() >= DRAFTS_MAX {
                self.commit(std::mem::take(&mut drafts)).await?;
                told = true;
            }
        }
        told |= !drafts.is_empty();
        self.commit(drafts).await?;
        Ok(told)
    }

    async fn restarted(&self, source: SourceId, at: Timestamp) -> Result<(), Stopped> {
        self.send(Message::SourceRestarted(source, at)).await
    }

    async fn commit(&self, drafts: Vec<Draft>) -> Result<(), Stopped> {
        if drafts.is_empty() {
            return Ok(());
        }
        let (ack, committed) = oneshot::channel();
        self.send(Message::Observations { drafts, ack: Some(ack) }).await?;
        let committed = committed.await.map_err(|_| Stopped)?;
        for _ in committed.unknown_queue {
            self.counters.refuse(Some(self.source), Reason::UnknownQueue);
        }
        Ok(())
    }

    async fn send(&self, message: Message) -> Result<(), Stopped> {
        self.handle.send(message).await.map_err(|_| Stopped)
    }
}
