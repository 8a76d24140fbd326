//! Sources that are fetched instead of posted: queue logs, manager interfaces, polled addresses.

use super::parts::Refused;
use crate::clock::Clock;
use crate::config::{AmiSettings, Config, PollSettings, SourceKind};
use crate::driver::Handle;
use crate::engine::observation::SourceId;
use crate::engine::policy::{Policy, SourcePolicy};
use crate::engine::time::{Span, Timestamp};
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
use crate::ingest::{IngestCounters, Links, Stopper};
use futures_util::FutureExt;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

/// How long a task gets to end in order: what it holds is told, unless nobody takes it.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

/// The sources that are fetched, each with its tasks.
pub(super) struct Feeds {
    pub(super) journal: PathBuf,
    pub(super) handle: Handle,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) counters: Arc<IngestCounters>,
    pub(super) links: Links,
    running: Mutex<BTreeMap<String, Feed>>,
}

/// A source that is fetched.
struct Feed {
    plan: Plan,
    stopper: Stopper,
    task: JoinHandle<Option<Timestamp>>,
    /// Writes the position in a queue log.
    keeper: Option<JoinHandle<()>>,
}

/// How a source is fetched: where that is the same, its tasks go on untouched.
#[derive(PartialEq)]
struct Plan {
    id: SourceId,
    kind: SourceKind,
    heartbeat: bool,
    /// With the secret as it was read: another one is another login.
    login: Option<Login>,
    /// The authority as it was read: another certificate in the same file is another one.
    authority: Option<Vec<u8>>,
}

/// A source that can be started; nothing in its configuration can fail any more.
struct Prepared {
    plan: Plan,
    start: Starter,
}

enum Starter {
    QueueLog(PathBuf),
    Ami(Box<ClientSettings>),
    Poll(Box<(poll::PollSettings, Fetcher)>),
}

/// The fetched sources of a configuration, by name.
pub(super) struct Wanted(BTreeMap<String, Prepared>);

impl Wanted {
    /// Reads what the sources need, secrets and authorities included.
    pub(super) fn of(config: &Config, policy: &Policy) -> Result<Self, Refused> {
        let mut wanted = BTreeMap::new();
        for source in &config.sources {
            let name = &source.policy.name;
            let Some(id) = policy.source(name) else { continue };
            let heartbeat = source.policy.heartbeat;
            let kind = source.kind.clone();
            let mut plan = Plan { id, kind, heartbeat, login: None, authority: None };
            let start = match &source.kind {
                SourceKind::QueueLog { path } => Starter::QueueLog(path.clone()),
                SourceKind::Ami(ami) => {
                    let settings = client_settings(id, ami, Start::End)?;
                    plan.login = Some(settings.login.clone());
                    plan.authority = authority(ami.ca_file.as_deref())?;
                    Starter::Ami(Box::new(settings))
                }
                SourceKind::Poll(settings) => {
                    plan.authority = authority(settings.ca_file.as_deref())?;
                    let parts = (poll_settings(&source.policy, id, settings), fetcher(settings)?);
                    Starter::Poll(Box::new(parts))
                }
                SourceKind::Push | SourceKind::Csv => continue,
            };
            wanted.insert(name.clone(), Prepared { plan, start });
        }
        Ok(Self(wanted))
    }
}

impl Feeds {
    pub(super) fn new(
        journal: &Path,
        handle: &Handle,
        clock: &Arc<dyn Clock>,
        counters: &Arc<IngestCounters>,
        links: &Links,
    ) -> Self {
        Self {
            journal: journal.to_owned(),
            handle: handle.clone(),
            clock: clock.clone(),
            counters: counters.clone(),
            links: links.clone(),
            running: Mutex::default(),
        }
    }

    /// Stops what is no longer wanted, starts what is new, and what changed anew; the rest goes
    /// on and notices nothing.
    pub(super) async fn apply(&self, mut wanted: Wanted) {
        let mut running = self.running.lock().await;
        let same = |name: &String, feed: &mut Feed| {
            wanted.0.get(name).is_some_and(|prepared| prepared.plan == feed.plan)
        };
        let ended: Vec<(String, Feed)> =
            running.extract_if(.., |name, feed| !same(name, feed)).collect();
        let mut heard = BTreeMap::new();
        for (name, feed) in ended {
            heard.insert(name.clone(), feed.stop().await);
            self.links.remove(&name);
            tracing::info!(source = %name, "the source {name} is no longer fetched as it was");
        }
        wanted.0.retain(|name, _| !running.contains_key(name));
        for (name, prepared) in wanted.0 {
            let feed = self.start(&name, prepared, heard.remove(&name).flatten());
            running.insert(name, feed);
        }
    }

    /// Starts a source; the task before it heard of it up to `heard`.
    fn start(&self, name: &str, prepared: Prepared, heard: Option<Timestamp>) -> Feed {
        let Prepared { plan, start } = prepared;
        let (stopper, stop) = Stopper::new();
        let (handle, clock) = (self.handle.clone(), self.clock.clone());
        let counters = self.counters.clone();
        let mut keeper = None;
        let mut keep = |saved| keeper = Some(tokio::spawn(keep(self.position_file(name), saved)));
        let task = match start {
            Starter::QueueLog(path) => {
                let (committed, saved) = watch::channel(None);
                let options = QueueLogOptions::new(plan.id);
                let tail = QueueLogTail::new(path, self.resume(name), options);
                let task = TailTask::new(handle, tail, counters, committed);
                keep(saved);
                tokio::spawn(task.run(stop).map(|()| None))
            }
            Starter::Ami(mut settings) => {
                let (resume, saved) = watch::channel(None);
                if let Some((_, start)) = &mut settings.queue_log {
                    *start = self.resume(name);
                }
                let client = Client::new(*settings, handle, clock, counters, resume);
                self.links.put(name, Link::Ami(client.status()));
                keep(saved);
                tokio::spawn(client.following(heard).run(stop))
            }
            Starter::Poll(parts) => {
                let (settings, fetcher) = *parts;
                let poller = Poller::new(settings, fetcher, handle, clock, counters);
                self.links.put(name, Link::Poll(poller.status()));
                tokio::spawn(poller.run(stop).map(|()| None))
            }
        };
        Feed { plan, stopper, task, keeper }
    }

    /// Where the log of a source was read to before.
    fn resume(&self, name: &str) -> Start {
        std::fs::read_to_string(self.position_file(name))
            .ok()
            .and_then(|text| serde_json::from_str(&text).ok())
            .map_or(Start::End, Start::Resume)
    }

    /// Where the position in a queue log is kept: beside the journal.
    fn position_file(&self, source: &str) -> PathBuf {
        let mut name = self.journal.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{source}.position"));
        self.journal.with_file_name(name)
    }
}

impl Feed {
    /// Ends the tasks in order; up to when the source was heard, where a link was up.
    async fn stop(mut self) -> Option<Timestamp> {
        self.stopper.ask();
        let heard = tokio::time::timeout(ENDS_WITHIN, &mut self.task).await;
        if heard.is_err() {
            self.task.abort();
        }
        if let Some(mut keeper) = self.keeper
            && tokio::time::timeout(ENDS_WITHIN, &mut keeper).await.is_err()
        {
            keeper.abort();
        }
        heard.ok()?.ok()?
    }
}

fn poll_settings(policy: &SourcePolicy, id: SourceId, poll: &PollSettings) -> poll::PollSettings {
    poll::PollSettings {
        source: id,
        name: policy.name.clone(),
        interval: duration(poll.interval),
        heartbeat: policy.heartbeat,
        mapping: poll.mapping.clone(),
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
    let ca = authority(settings.ca_file.as_deref())?;
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

/// What the file of `tls_ca` holds.
fn authority(file: Option<&Path>) -> Result<Option<Vec<u8>>, Refused> {
    file.map(std::fs::read).transpose().map_err(|error| {
        let file = file.unwrap_or(Path::new("")).display();
        Refused(Exit::Config, format!("the file {file} of `tls_ca` cannot be read: {error}"))
    })
}

fn duration(span: Span) -> Duration {
    Duration::from_millis(span.as_millis().unsigned_abs())
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
