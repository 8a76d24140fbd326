//! Sources that are fetched instead of posted: queue logs, manager interfaces, polled addresses.

use super::parts::Refused;
use crate::clock::Clock;
use crate::config::{AmiSettings, Config, PollSettings, SourceKind};
use crate::driver::Handle;
use crate::engine::observation::SourceId;
use crate::engine::policy::{Policy, SourcePolicy};
use crate::engine::time::Span;
use crate::exit::Exit;
use crate::ingest::ami::QueueFilter;
use crate::ingest::ami::client::{Client, ClientSettings};
use crate::ingest::ami::meaning::MeaningSettings;
use crate::ingest::ami::session::{Login, Secret};
use crate::ingest::ami::tls::Tls;
use crate::ingest::links::Link;
use crate::ingest::poll::{self, Ask, Fetcher, Keeper, Poller};
use crate::ingest::queue_log::QueueLogOptions;
use crate::ingest::tail::{Position, Start};
use crate::ingest::tail_task::{QueueLogTail, TailTask};
use crate::ingest::{IngestCounters, Links};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::sync::watch;

/// What the tasks of the sources need.
pub(super) struct Feeds<'a> {
    pub(super) config: &'a Config,
    pub(super) journal: &'a Path,
    pub(super) policy: &'a RwLock<Policy>,
    pub(super) handle: &'a Handle,
    pub(super) clock: &'a Arc<dyn Clock>,
    pub(super) counters: Arc<IngestCounters>,
    pub(super) links: &'a Links,
}

impl Feeds<'_> {
    /// Starts a task for each source that is fetched.
    pub(super) fn start(&self) -> Result<(), Refused> {
        for source in &self.config.sources {
            let name = &source.policy.name;
            let Some(id) = self.policy.read().ok().and_then(|p| p.source(name)) else { continue };
            match &source.kind {
                SourceKind::QueueLog { path } => self.queue_log(name, id, path),
                SourceKind::Ami(ami) => self.ami(name, id, ami)?,
                SourceKind::Poll(poll) => self.poll(&source.policy, id, poll)?,
                SourceKind::Push | SourceKind::Csv => {}
            }
        }
        Ok(())
    }

    fn queue_log(&self, name: &str, id: SourceId, path: &Path) {
        let (committed, saved) = watch::channel(None);
        let tail = QueueLogTail::new(path, self.resume(name), QueueLogOptions::new(id));
        let task = TailTask::new(self.handle.clone(), tail, self.counters.clone(), committed);
        tokio::spawn(task.run());
        tokio::spawn(keep(position_file(self.journal, name), saved));
    }

    fn ami(&self, name: &str, id: SourceId, ami: &AmiSettings) -> Result<(), Refused> {
        let start = self.resume(name);
        let settings = client_settings(id, ami, start)?;
        let (resume, saved) = watch::channel(None);
        let client = Client::new(
            settings,
            self.handle.clone(),
            self.clock.clone(),
            self.counters.clone(),
            resume,
        );
        self.links.put(name, Link::Ami(client.status()));
        tokio::spawn(client.run());
        tokio::spawn(keep(position_file(self.journal, name), saved));
        Ok(())
    }

    fn poll(
        &self,
        policy: &SourcePolicy,
        id: SourceId,
        poll: &PollSettings,
    ) -> Result<(), Refused> {
        let settings = poll::PollSettings {
            source: id,
            name: policy.name.clone(),
            interval: duration(poll.interval),
            heartbeat: policy.heartbeat,
            mapping: poll.mapping.clone(),
        };
        let (handle, clock) = (self.handle.clone(), self.clock.clone());
        let poller = Poller::new(settings, fetcher(poll)?, handle, clock, self.counters.clone());
        self.links.put(&policy.name, Link::Poll(poller.status()));
        tokio::spawn(poller.run());
        Ok(())
    }

    /// Where the log of a source was read to before.
    fn resume(&self, name: &str) -> Start {
        std::fs::read_to_string(position_file(self.journal, name))
            .ok()
            .and_then(|text| serde_json::from_str(&text).ok())
            .map_or(Start::End, Start::Resume)
    }
}

/// The configuration of a manager interface as its client takes it.
pub(crate) fn client_settings(
    id: SourceId,
    ami: &AmiSettings,
    start: Start,
) -> Result<ClientSettings, Refused> {
    let secret = ami.secret.read_any().map_err(|e| Refused::of(Exit::Config, &e))?;
    let tls = ami.tls.then(|| Tls::new(&ami.host, ami.ca_file.as_deref())).transpose();
    let meaning = MeaningSettings {
        queues: QueueFilter { allow: ami.allow.clone(), deny: ami.deny.clone() },
        refused_event: ami.refused_event.clone(),
        queue_timeout: ami.queue_timeout,
        wrapup: ami.wrapup,
        ..MeaningSettings::new(id)
    };
    Ok(ClientSettings {
        host: ami.host.clone(),
        port: ami.port,
        login: Login::new(&ami.user, &Secret::new(secret.expose()), ami.plain),
        tls: tls.map_err(|e| Refused::of(Exit::Config, &e))?,
        queue_log: ami.queue_log.clone().map(|path| (path, start)),
        meaning,
    })
}

/// The client that asks the addresses of a source.
pub(crate) fn fetcher(settings: &PollSettings) -> Result<Fetcher, Refused> {
    let ca = settings.ca_file.as_ref().map(std::fs::read).transpose().map_err(|error| {
        let file = settings.ca_file.as_deref().unwrap_or(Path::new("")).display();
        Refused(Exit::Config, format!("the file {file} of `tls_ca` cannot be read: {error}"))
    })?;
    if let Some(secret) = &settings.secret {
        secret.read_any().map_err(|e| Refused::of(Exit::Config, &e))?;
    }
    let ask = Ask {
        urls: settings.urls.clone(),
        bodies: settings.bodies.clone(),
        headers: settings.headers.clone(),
        auth: settings.auth.clone(),
        paging: settings.paging.clone(),
        pages_max: settings.pages_max,
        timeout: duration(settings.timeout),
        bytes_max: settings.bytes_max,
        zone: settings.mapping.timezone.unwrap_or(chrono_tz::Tz::UTC),
        ca,
    };
    let kept = settings.secret.clone();
    let keeper = Keeper::new(move || {
        let secret = kept.as_ref()?.read_any().ok()?;
        Some(poll::Secret::new(secret.expose()))
    });
    Fetcher::new(ask, keeper).map_err(|e| Refused::of(Exit::Config, &e))
}

fn duration(span: Span) -> Duration {
    Duration::from_millis(span.as_millis().unsigned_abs())
}

/// Where the position in a queue log is kept: beside the journal.
fn position_file(journal: &Path, source: &str) -> PathBuf {
    let mut name = journal.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{source}.position"));
    journal.with_file_name(name)
}

/// Writes each new position.
async fn keep(file: PathBuf, mut saved: watch::Receiver<Option<Position>>) {
    let mut last = None;
    while saved.changed().await.is_ok() {
        let Some(at) = *saved.borrow_and_update() else { continue };
        if last.replace(at) == Some(at) {
            continue;
        }
        if let Err(error) = save(&file, &at) {
            tracing::warn!(%error, "the position in the queue log is not saved");
        }
    }
}

/// Writes beside and renames, so that a crash leaves the old or the new position.
fn save(file: &Path, position: &Position) -> io::Result<()> {
    let beside = file.with_extension("new");
    std::fs::write(&beside, serde_json::to_string(position)?)?;
    std::fs::rename(beside, file)
}
