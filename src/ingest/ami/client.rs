//! Keeps a link to a PBX and tells the driver what comes.
//!
//! The thin asynchronous shell around [`Session`] and [`Meaning`]: it opens sockets, waits, and
//! sends on. While the link is down the queue log, where one is configured, is told row by row;
//! while it is up its rows only explain. What came before a link is told before it is said to be
//! up, so that event time never passes what still comes.

mod ended;
pub(super) mod link;
mod remark;
mod tell;

use super::log::SideLog;
use super::meaning::{Meaning, MeaningSettings};
use super::session::{Login, Session};
use super::status::LinkStatus;
use super::tls::Tls;
use crate::clock::Clock;
use crate::driver::{Handle, Message};
use crate::engine::time::Timestamp;
use crate::ingest::backoff::Backoff;
use crate::ingest::queue_log::QueueLogOptions;
use crate::ingest::tail::{Position, Start};
use crate::ingest::tail_task::Stopped;
use crate::ingest::{IngestCounters, Stop};
use ended::Ended;
use link::{Chunk, Link};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tell::Teller;
use tokio::sync::watch;

/// Between two looks at the queue log.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The same while an end waits for its reason.
const LOOK_SOON: Duration = Duration::from_millis(20);
/// The first wait for a new link.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest: how long a PBX that is back may go unnoticed.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Reads that are understood before what they say is told.
const READS_AT_ONCE: usize = 64;

/// Where the PBX is and who asks.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// The account.
    pub login: Login,
    /// TLS, where it is used.
    pub tls: Option<Tls>,
    /// The queue log, where it can be read here.
    pub queue_log: Option<(PathBuf, Start)>,
    /// How messages are read.
    pub meaning: MeaningSettings,
}

/// The task that keeps a link.
pub struct Client {
    settings: ClientSettings,
    clock: Arc<dyn Clock>,
    meaning: Meaning,
    log: Option<SideLog>,
    teller: Teller,
    status: LinkStatus,
    resume: watch::Sender<Option<Position>>,
    backoff: Backoff,
    /// When the last byte came.
    heard: Timestamp,
    /// The link was up and went down: nothing was heard since.
    unheard_from: Option<Timestamp>,
    stop: Stop,
}

impl Client {
    /// A client that tells `handle`; `resume` gets the positions in the queue log.
    pub fn new(
        mut settings: ClientSettings,
        handle: Handle,
        clock: Arc<dyn Clock>,
        counters: Arc<IngestCounters>,
        resume: watch::Sender<Option<Position>>,
    ) -> Self {
        let source = settings.meaning.source;
        let log = settings
            .queue_log
            .clone()
            .map(|(path, start)| SideLog::new(path, start, QueueLogOptions::new(source)));
        settings.meaning.reasons_in_log = log.is_some();
        Self {
            meaning: Meaning::new(settings.meaning.clone()),
            log,
            teller: Teller::new(handle, source, counters),
            status: LinkStatus::default(),
            resume,
            backoff: Backoff::new(FIRST_WAIT, LONGEST_WAIT),
            heard: clock.now(),
            unheard_from: None,
            stop: Stop::never(),
            settings,
            clock,
        }
    }

    /// How the link stands; shared, and kept up to date.
    pub fn status(&self) -> LinkStatus {
        self.status.clone()
    }

    /// Another client listened up to `heard`: what came since is a gap.
    #[must_use]
    pub fn following(mut self, heard: Option<Timestamp>) -> Self {
        self.unheard_from = heard;
        self
    }

    /// Keeps the link until it is asked to stop, or the driver stops. Since when nothing was
    /// heard, for the client that comes after.
    pub async fn run(mut self, stop: Stop) -> Option<Timestamp> {
        self.stop = stop;
        while !self.stop.is_asked() {
            if let Err(Stopped) = self.once().await {
                return None;
            }
        }
        self.unheard_from
    }

    /// One link, from the attempt to its end and the wait after it.
    async fn once(&mut self) -> Result<(), Stopped> {
        self.look(true).await?;
        let opened = tokio::select! {
            biased;
            () = self.stop.asked() => return Ok(()),
            opened = Link::open(&self.settings, self.clock.clone()) => opened,
        };
        let end = match opened {
            Ok(mut link) => {
                let mut session = Session::new(self.settings.login.clone(), self.clock.now());
                let why = self.talk(&mut link, &mut session).await?;
                if session.version().is_some() && self.status.is_up() {
                    self.backoff.reset();
                    self.down().await?;
                }
                why
            }
            Err(error) => Ended::Unreachable(error),
        };
        if self.stop.is_asked() {
            return Ok(());
        }
        let permanent = matches!(&end, Ended::Session(end) if end.is_permanent());
        let wait = self.backoff.next(permanent);
        let (host, port) = (&self.settings.host, self.settings.port);
        tracing::warn!(%host, port, wait_ms = wait.as_millis(), "no link to the PBX: {end}");
        self.status.change(|view| {
            view.last_end = Some(end.to_string());
            view.endings[end.ending() as usize] += 1;
        });
        let until = tokio::time::Instant::now() + wait;
        loop {
            let now = tokio::time::Instant::now();
            if now >= until {
                return Ok(());
            }
            tokio::select! {
                biased;
                () = self.stop.asked() => return Ok(()),
                () = tokio::time::sleep_until(until.min(now + LOOK_EVERY)) => {}
            }
            self.look(true).await?;
        }
    }

    async fn talk(&mut self, link: &mut Link, session: &mut Session) -> Result<Ended, Stopped> {
        let mut looked = tokio::time::Instant::now();
        let mut shown = looked;
        loop {
            if let Err(error) = link.write(&session.take_output()).await {
                return Ok(Ended::Io(error));
            }
            if let Some(end) = session.end() {
                return Ok(Ended::Session(end.clone()));
            }
            let now = self.clock.now();
            let due =
                self.meaning.deadline().map_or(session.deadline(), |at| at.min(session.deadline()));
            let look_every = if self.meaning.wants_rows() { LOOK_SOON } else { LOOK_EVERY };
            let patience = self.clock.until(due).min(look_every);
            let came = tokio::select! {
                biased;
                () = self.stop.asked() => return Ok(Ended::Asked),
                came = tokio::time::timeout(patience, link.chunk()) => came,
            };
            match came {
                Ok(Some(chunk)) => self.take(link, session, chunk).await?,
                Ok(None) => {
                    self.meaning.figures_mut().overruns += u64::from(link.overrun());
                    return Ok(if link.overrun() { Ended::Overrun } else { Ended::Cut });
                }
                Err(_) => session.pass(self.clock.now().max(now), &mut self.meaning),
            }
            self.meaning.pass(self.clock.now());
            if session.is_up() && !self.status.is_up() {
                self.up(session).await?;
            }
            if looked.elapsed() >= look_every {
                looked = tokio::time::Instant::now();
                self.look(!session.is_up()).await?;
            }
            // Looks may be many a second; what is shown takes a walk over all agents.
            if shown.elapsed() >= LOOK_EVERY {
                shown = tokio::time::Instant::now();
                self.show(session);
            }
            let alive = self.teller.alive(session.signs_of_life());
            self.teller.tell(self.meaning.drain(), alive).await?;
        }
    }

    /// Takes what came, and what came meanwhile.
    async fn take(
        &mut self,
        link: &mut Link,
        session: &mut Session,
        first: Chunk,
    ) -> Result<(), Stopped> {
        let mut next = Some(first);
        for _ in 0..READS_AT_ONCE {
            let Some(chunk) = next else { break };
            self.heard = chunk.at;
            self.meaning.pass(chunk.at);
            session.receive(chunk.at, &chunk.bytes, &mut self.meaning);
            next = link.ready_chunk();
        }
        if let Some(chunk) = next {
            self.heard = chunk.at;
            session.receive(chunk.at, &chunk.bytes, &mut self.meaning);
        }
        Ok(())
    }

    /// Logged in: what the log holds of the gap is told first.
    async fn up(&mut self, session: &Session) -> Result<(), Stopped> {
        self.look(true).await?;
        let now = self.clock.now();
        if let Some(from) = self.unheard_from.take() {
            if self.log.as_ref().is_some_and(SideLog::is_readable) {
                self.meaning.figures_mut().gaps_filled += 1;
            } else {
                self.meaning.figures_mut().gaps_unknown += 1;
                self.teller.send(Message::Gap(self.meaning.source(), from, now)).await?;
            }
        }
        self.status.change(|view| {
            view.up = true;
            view.since = Some(now);
            view.last_end = None;
        });
        self.show(session);
        tracing::info!(version = session.version(), "the link to the PBX is up");
        self.teller.send(Message::Link(self.meaning.source(), true)).await
    }

    /// The link is down: rows of after its last byte were not told by events.
    async fn down(&mut self) -> Result<(), Stopped> {
        let now = self.clock.now();
        self.meaning.link_down();
        self.unheard_from = Some(self.heard);
        self.status.change(|view| {
            view.up = false;
            view.since = Some(now);
            view.figures = self.meaning.figures();
            view.floors.clear();
        });
        for row in self.log.iter().flat_map(|log| log.since(self.heard)) {
            self.meaning.row(&row, true);
        }
        if self.log.as_ref().is_none_or(|log| !log.is_readable()) {
            tracing::warn!("calls that come while the link is down are unknown, not none");
        }
        self.teller.tell(self.meaning.drain(), false).await?;
        self.teller.send(Message::Link(self.meaning.source(), false)).await
    }

    /// Reads what is new in the queue log. `gap`: it is told.
    async fn look(&mut self, gap: bool) -> Result<(), Stopped> {
        let Some(mut log) = self.log.take() else { return Ok(()) };
        loop {
            let (now, heard) = (self.clock.now(), self.heard);
            let looked = tokio::task::spawn_blocking(move || {
                let look = log.look(now, heard);
                (log, look)
            });
            let (back, look) = looked.await.map_err(|_| Stopped)?;
            log = back;
            let Ok(look) = look else { break };
            for row in &look.rows {
                self.meaning.row(row, gap);
            }
            self.teller.refuse(&look.refused);
            self.teller.tell(self.meaning.drain(), false).await?;
            if !look.more {
                break;
            }
        }
        self.resume.send_replace(log.position(self.clock.now()));
        self.log = Some(log);
        Ok(())
    }

    fn show(&self, session: &Session) {
        let now = self.clock.now();
        let units = self.teller.units();
        let floors = self.meaning.floors(now, |queue| units.get(queue).copied());
        remark::changes(&self.settings.host, &self.status.view().figures, &self.meaning.figures());
        self.status.change(|view| {
            view.version = session.version().map(str::to_owned);
            view.clock_offset = session.clock_offset();
            view.figures = self.meaning.figures();
            view.floors = floors;
            view.queues = self.meaning.standing().collect();
            view.log_readable = self.log.as_ref().map(SideLog::is_readable);
        });
    }
}

/// Whatever ends the task, the link is not up any more.
impl Drop for Client {
    fn drop(&mut self) {
        self.status.change(|view| {
            view.up = false;
            view.floors.clear();
        });
    }
}
