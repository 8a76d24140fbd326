//! Polls an ACD and tells the driver: the thin asynchronous shell around [`Reading`].
//!
//! One poll at a time: an ACD that is slow is not asked again before it has answered. A poll that
//! fails tells nothing, which is silence and not "no calls"; the rest is up to the rules of
//! silence. Of several addresses each counts by itself.

use super::fetch::{Failure, Fetcher};
use super::mapping::Mapping;
use super::reading::{Outcome, Reading};
use super::status::{Became, PollStatus};
use crate::clock::Clock;
use crate::driver::{Draft, Handle, Message};
use crate::engine::observation::SourceId;
use crate::ingest::backoff::Backoff;
use crate::ingest::tail_task::{DRAFTS_MAX, Stopped};
use crate::ingest::{IngestCounters, Reason, Stop};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// The first wait after a poll that failed.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest, unless polls are rarer: how long an ACD that is back may go unnoticed.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Problems of one poll that are logged; all are counted.
const LOGGED_MAX: usize = 5;

/// How a source is polled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollSettings {
    /// Number of the source.
    pub source: SourceId,
    /// Its name, for the log.
    pub name: String,
    /// From the beginning of one poll to that of the next.
    pub interval: Duration,
    /// Whether an answer that tells of no queue is a sign of life.
    pub heartbeat: bool,
    /// What the answers mean.
    pub mapping: Mapping,
}

/// The task that polls.
pub struct Poller {
    settings: PollSettings,
    fetcher: Fetcher,
    handle: Handle,
    clock: Arc<dyn Clock>,
    counters: Arc<IngestCounters>,
    backoff: Backoff,
    status: PollStatus,
    /// Queues that told something in the last good poll.
    told: BTreeSet<String>,
    /// What is wrong in the last poll, to be said once.
    said: Vec<String>,
}

/// What came of asking, by address.
#[derive(Default)]
struct Asked {
    answers: Vec<(usize, Vec<Value>)>,
    failures: Vec<(usize, Failure)>,
}

/// Whatever ends the task, nobody polls any more.
impl Drop for Poller {
    fn drop(&mut self) {
        self.status.change(|view| view.up = false);
    }
}

impl std::fmt::Debug for Poller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Poller").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Poller {
    /// A poller that tells `handle`.
    pub fn new(
        settings: PollSettings,
        fetcher: Fetcher,
        handle: Handle,
        clock: Arc<dyn Clock>,
        counters: Arc<IngestCounters>,
    ) -> Self {
        let backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT.max(settings.interval));
        let (told, said) = (BTreeSet::new(), Vec::new());
        let status = PollStatus::default();
        Self { settings, fetcher, handle, clock, counters, backoff, status, told, said }
    }

    /// How polls went; shared, and kept up to date.
    pub fn status(&self) -> PollStatus {
        self.status.clone()
    }

    /// Polls until it is asked to stop, or the driver stops. An answer that is waited for is
    /// given up; one that came is told.
    pub async fn run(mut self, mut stop: Stop) {
        while !stop.is_asked() {
            let begun = Instant::now();
            let asked = tokio::select! {
                biased;
                () = stop.asked() => return,
                asked = self.ask() => asked,
            };
            let Ok(wait) = self.take(asked).await else { return };
            let from = if self.backoff.is_failing() { Instant::now() } else { begun };
            tokio::select! {
                biased;
                () = stop.asked() => return,
                () = tokio::time::sleep_until(from + wait) => {}
            }
        }
    }

    /// One poll, told and committed; how long to wait before the next one, after a good poll from
    /// its beginning, after a failed one from its end.
    ///
    /// # Errors
    /// [`Stopped`] when the driver takes nothing any more.
    pub async fn once(&mut self) -> Result<Duration, Stopped> {
        let asked = self.ask().await;
        self.take(asked).await
    }

    /// Asks every address.
    async fn ask(&mut self) -> Asked {
        let mut asked = Asked::default();
        for address in 0..self.fetcher.ask().urls.len() {
            match self.fetcher.fetch(address, self.clock.now()).await {
                Ok(pages) => asked.answers.push((address, pages)),
                Err(failure) => asked.failures.push((address, failure)),
            }
        }
        asked
    }

    async fn take(&mut self, asked: Asked) -> Result<Duration, Stopped> {
        let Asked { answers, mut failures } = asked;
        let mut reading =
            Reading::new(&self.settings.mapping, self.settings.source, self.clock.now());
        let mut good = 0;
        for (address, pages) in &answers {
            match pages.iter().try_for_each(|page| reading.take(page)) {
                Ok(()) => good += 1,
                Err(problem) => failures.push((*address, problem.into())),
            }
        }
        let outcome = reading.finish();
        self.show(good, &failures);
        self.count(&outcome, &failures);
        if good > 0 {
            self.tell(outcome, failures.is_empty()).await?;
        }
        Ok(self.next(good > 0, &failures))
    }

    fn show(&self, good: u64, failures: &[(usize, Failure)]) {
        let now = self.clock.now();
        self.status.change(|view| {
            view.up = good > 0;
            view.last_good = if view.up { Some(now) } else { view.last_good };
            view.bytes = self.fetcher.bytes();
            view.asked[Became::Good as usize] += good;
            for (_, failure) in failures {
                view.asked[failure.became as usize] += 1;
            }
        });
    }

    fn next(&mut self, good: bool, failures: &[(usize, Failure)]) -> Duration {
        let interval = self.settings.interval;
        let wish = failures.iter().filter_map(|(_, failure)| failure.wish).max();
        if good {
            self.backoff.reset();
            return wish.map_or(interval, |wish| interval.max(wish));
        }
        let permanent = failures.iter().all(|(_, failure)| failure.permanent);
        let own = self.backoff.next(permanent);
        wish.map_or(own, |wish| own.max(wish))
    }

    /// Counts what was refused, and says what is new of it.
    fn count(&mut self, outcome: &Outcome, failures: &[(usize, Failure)]) {
        let source = Some(self.settings.source);
        let failed = failures.iter().filter_map(|(_, failure)| failure.reason);
        for reason in outcome.problems.iter().map(|problem| problem.reason).chain(failed) {
            self.counters.refuse(source, reason);
        }
        let failed = failures.iter().map(|(n, failure)| match self.fetcher.ask().urls.len() {
            1 => failure.what.clone(),
            _ => format!("address {}: {}", n + 1, failure.what),
        });
        let problems = outcome.problems.iter().map(ToString::to_string);
        let said: Vec<String> = failed.chain(problems).take(LOGGED_MAX).collect();
        let source = &self.settings.name;
        for what in said.iter().filter(|what| !self.said.contains(what)) {
            tracing::warn!(%source, "the poll of {source}: {what}");
        }
        if said.is_empty() && !self.said.is_empty() {
            tracing::info!(%source, "the poll of {source} is good again");
        }
        self.said = said;
    }

    /// `whole`: every address answered, so that a queue that is not there is gone.
    async fn tell(&mut self, outcome: Outcome, whole: bool) -> Result<(), Stopped> {
        let mut told: BTreeSet<String> = outcome.told().map(str::to_owned).collect();
        if !whole {
            told.append(&mut self.told);
        }
        let source = &self.settings.name;
        let refused = |queue: &str| {
            outcome.problems.iter().any(|problem| problem.queue.as_deref() == Some(queue))
        };
        for gone in self.told.difference(&told).filter(|queue| !refused(queue)) {
            // Said and counted once: from here on the queue is silent, which is not zero.
            tracing::warn!(%source, queue = %gone, "the poll of {source} no longer tells of {gone}");
            self.counters.refuse(Some(self.settings.source), Reason::Missing);
        }
        self.told = told;
        if outcome.drafts.is_empty() && self.settings.heartbeat && outcome.problems.is_empty() {
            return self.send(Message::Heartbeat(self.settings.source)).await;
        }
        let mut drafts = outcome.drafts.into_iter().peekable();
        while drafts.peek().is_some() {
            self.commit(drafts.by_ref().take(DRAFTS_MAX).collect()).await?;
        }
        Ok(())
    }

    async fn commit(&self, drafts: Vec<Draft>) -> Result<(), Stopped> {
        let (ack, committed) = oneshot::channel();
        self.send(Message::Observations { drafts, ack: Some(ack) }).await?;
        // Without an answer it was not committed: nothing was told, the next poll tells more.
        for _ in committed.await.map_or_else(|_| Vec::new(), |committed| committed.unknown_queue) {
            self.counters.refuse(Some(self.settings.source), Reason::UnknownQueue);
        }
        Ok(())
    }

    async fn send(&self, message: Message) -> Result<(), Stopped> {
        self.handle.send(message).await.map_err(|_| Stopped)
    }
}
