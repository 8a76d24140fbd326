//! `serve`: the live service.

use super::facts::{self, Origins};
use super::feeds::{Feeds, Wanted};
use super::holidays;
use super::parts::{self, Http, Refused};
use super::preflight::{self, Preflight, Probe};
use super::recalls::{self, Planner};
use super::reload::{self, Reloader};
use super::replies::{self, Replies};
use super::signals::Signals;
use super::{channels, drills, policy_in, policy_over, shown, worked};
use crate::api;
use crate::api::auth::Access;
use crate::cli::ServeArgs;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, LogFormat, WebhookSettings};
use crate::delivery::courier::{Courier, Surroundings};
use crate::delivery::receipts::Receipts;
use crate::delivery::secret::Secret;
use crate::delivery::webhook::{self, Webhook};
use crate::delivery::{DeliveryStatus, Worker};
use crate::driver::status::DriverStatus;
use crate::driver::{Driver, Handle, MESSAGES_MAX, Message, Settings as DriverSettings};
use crate::engine::Engine;
use crate::engine::policy::Policy;
use crate::exit::Exit;
use crate::ingest::{IngestCounters, Links, Sources};
use crate::journal::outbox::{LiveJournal, Outbox};
use crate::journal::reader::Reader;
use crate::journal::sqlite::{self, SqliteJournal};
use crate::journal::step::Steps;
use crate::journal::{Settings, Stamp};
use crate::metrics::Service;
use crate::recall::ChannelRate;
use crate::roster::Kind;
use crate::telemetry;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// Runs the command.
///
/// # Errors
/// Only if standard error fails.
pub fn run(args: &ServeArgs, err: &mut dyn Write) -> io::Result<Exit> {
    match start(args, err) {
        Ok(exit) => Ok(exit),
        Err(refused) => refused.tell(err),
    }
}

fn start(args: &ServeArgs, err: &mut dyn Write) -> Result<Exit, Refused> {
    let config = configured(args)?;
    let format = match config.log.format {
        LogFormat::Text => telemetry::LogFormat::Text,
        LogFormat::Json => telemetry::LogFormat::Json,
    };
    telemetry::init(format, config.log.level.word()).map_err(|e| Refused::of(Exit::Failed, &e))?;
    let path = args.journal.clone().unwrap_or_else(|| config.journal.path.clone());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Refused::of(Exit::Failed, &e))?;
    let signals = {
        let _inside = runtime.enter();
        Signals::install()?
    };
    let serve = || {
        if path.exists() {
            let identity = sqlite::inspect(&path).map_err(|e| Refused::of(Exit::Journal, &e))?;
            if identity.stamp != Stamp::Live {
                let shown = shown::run(&config, &path, identity.stamp, signals, err);
                return runtime.block_on(shown);
            }
        }
        let live = Live::start(args, config, path.clone())?;
        runtime.block_on(live.serve(signals, err))
    };
    serve().map_err(|refused| refused.of_journal(&path))
}

pub(super) fn configured(args: &ServeArgs) -> Result<Config, Refused> {
    let loaded = match &args.config {
        Some(file) => Config::load(file),
        None => Config::parse("", "(built-in)", Path::new("")),
    };
    let refused = |e: crate::config::ConfigErrors| Refused(Exit::Config, e.to_string());
    let mut config = loaded.map_err(refused)?;
    if let Some(listen) = args.listen {
        config.listen_on(listen).map_err(refused)?;
    }
    Ok(config)
}

/// The running parts.
struct Live {
    args: ServeArgs,
    config: Config,
    path: PathBuf,
    clock: Arc<dyn Clock>,
    handle: Handle,
    driver: JoinHandle<()>,
    status: Arc<DriverStatus>,
    policy: Arc<RwLock<Policy>>,
    workers: Vec<JoinHandle<()>>,
    deliveries: Vec<(String, Arc<DeliveryStatus>)>,
    reach: Option<BTreeMap<Kind, ChannelRate>>,
    probes: BTreeMap<String, Probe>,
    stop_workers: watch::Sender<bool>,
}

impl Live {
    fn start(args: &ServeArgs, config: Config, path: PathBuf) -> Result<Self, Refused> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let journal_failed = |e: &dyn std::error::Error| Refused::of(Exit::Journal, e);
        // What is wrong with the settings is said before anything is begun.
        let courier = channels::courier(&config, replies::links(&config)?)?;
        let (book, audiences) = (channels::book(&config)?, channels::audiences(&config));
        let settings = Settings {
            channels: audiences.clone(),
            raw_keep: config.journal.keep_inputs,
            interval_keep: config.journal.keep_minutes,
            quarter_keep: config.journal.keep_quarters,
            ..Settings::new(Stamp::Live)
        };
        let mut journal =
            SqliteJournal::open(&path, settings, clock.now()).map_err(|e| journal_failed(&e))?;
        let known = policy_in(&mut journal).map_err(|e| journal_failed(&e))?;
        let policy = match known {
            Some(known) => policy_over(&known, config.policy()),
            None => config.policy(),
        };
        let (handle, ends) = Handle::channel(MESSAGES_MAX, Arc::new(Engine::new().view()));
        let driver_settings = DriverSettings {
            snapshot_after: config.journal.snapshot,
            ..DriverSettings::new(policy.clone())
        };
        let wake = driver_settings.outbox.clone();
        let driver =
            Driver::<Engine>::start(Box::new(journal), clock.clone(), ends, driver_settings)
                .map_err(|e| journal_failed(&e))?;
        let status = driver.status();
        let driver = spawn("driver", move || {
            if let Err(error) = driver.run() {
                tracing::error!(%error, "the driver ended: {error}");
            }
        })?;
        let (stop_workers, stopping) = watch::channel(false);
        let (mut workers, mut deliveries) = (Vec::new(), Vec::new());
        let receipts = Receipts::default();
        for settings in &config.webhooks {
            let receipts = receipts.clone();
            let worker = worker(settings, &path, &clock, &handle, receipts, wake.subscribe())?;
            deliveries.push((settings.name.clone(), worker.status()));
            let stopping = stopping.clone();
            let thread = spawn("delivery", move || {
                if let Err(error) = worker.run(stopping) {
                    tracing::error!(%error, "delivery ended: {error}");
                }
            })?;
            workers.push(thread);
        }
        let (mut reach, mut probes) = (None, BTreeMap::new());
        let names: Vec<_> = audiences.iter().map(|channel| channel.name.as_str()).collect();
        let given_up = outbox(&path)?.keep_only(&names).map_err(|e| journal_failed(&e))?;
        if given_up > 0 {
            tracing::warn!(given_up, "messages waited for channels that are there no more");
        }
        if let Some(settings) = courier {
            reach = channels::reach(&settings);
            probes = channels::probes(&settings, &clock);
            let around = Surroundings {
                outbox: outbox(&path)?,
                book,
                clock: clock.clone(),
                driver: handle.clone(),
                receipts,
                wake: wake.subscribe(),
            };
            let courier =
                Courier::new(settings, around).map_err(|e| Refused::of(Exit::Failed, &e))?;
            deliveries.extend(courier.status());
            let thread = spawn("courier", move || {
                if let Err(error) = courier.run(stopping) {
                    tracing::error!(%error, "the courier ended: {error}");
                }
            })?;
            workers.push(thread);
        }
        let policy = Arc::new(RwLock::new(policy));
        let args = args.clone();
        Ok(Self {
            args,
            config,
            path,
            clock,
            handle,
            driver,
            status,
            policy,
            workers,
            deliveries,
            reach,
            probes,
            stop_workers,
        })
    }

    async fn serve(self, signals: Signals, err: &mut dyn Write) -> Result<Exit, Refused> {
        let Signals { mut end, hangup } = signals;
        let access = Arc::new(Access::new(parts::rules(&self.config)?));
        api::auth::check_listener(self.config.api.listen, &access.rules().tokens)
            .map_err(|e| Refused::of(Exit::Config, &e))?;
        let listener = parts::bind(self.config.api.listen).await?;
        let service = Service::new(self.clock.now()).map_err(|e| Refused::of(Exit::Failed, &e))?;
        let service = Arc::new(service);
        let counters = Arc::new(IngestCounters::default());
        let links = Links::default();
        let sources = match self.policy.read() {
            Ok(policy) => Sources::of(&policy),
            Err(poisoned) => Sources::of(&poisoned.into_inner()),
        };
        let reader = Reader::open(&self.path).map_err(|e| Refused::of(Exit::Journal, &e))?;
        let reader = Arc::new(reader);
        let found = preflight::Latest::default();
        facts::attach(
            &service,
            Origins {
                stamp: Stamp::Live,
                journal: self.path.clone(),
                reader: reader.clone(),
                policy: self.policy.clone(),
                driver: Some(self.status.clone()),
                ingest: counters.clone(),
                links: links.clone(),
                deliveries: self.deliveries.clone(),
                preflight: found.clone(),
            },
        );
        let feeds = Feeds::new(&self.path, &self.handle, &self.clock, &counters, &links);
        let policy = self.policy.read().map_or_else(|p| p.into_inner().clone(), |p| p.clone());
        feeds.apply(Wanted::of(&self.config, &policy)?).await;
        let reloader = Reloader {
            args: self.args.clone(),
            handle: self.handle.clone(),
            policy: self.policy.clone(),
            access: access.clone(),
            sources: sources.clone(),
            feeds: Arc::new(feeds),
        };
        let reload = reloader.into_reload(service.clone(), self.clock.clone());
        tokio::spawn(reload::on_hangup(hangup, reload.clone()));
        tokio::spawn(holidays::watch(self.policy.clone(), self.clock.clone()));
        let planner =
            Arc::new(Planner::new(&self.config.recall, self.reach.clone(), self.clock.clone())?);
        tokio::spawn(recalls::attend(planner.clone(), self.handle.clone()));
        tokio::spawn(worked::keep(planner.clone(), reader.clone(), self.handle.clone()));
        let preflight = Arc::new(Preflight {
            planner: planner.clone(),
            handle: self.handle.clone(),
            clock: self.clock.clone(),
            links: links.clone(),
            reader: reader.clone(),
            deliveries: self.deliveries.clone(),
            probes: self.probes.clone(),
            reply_links: self.reach.as_ref().map(|_| self.config.reply.is_some()),
            hour: self.config.preflight.hour,
            latest: found,
            heard: Default::default(),
            counted: Default::default(),
        });
        tokio::spawn(preflight::watch(preflight.clone()));
        tokio::spawn(drills::attend(self.handle.clone(), self.clock.clone()));
        let desk = recalls::desk(&planner);
        let replies = Replies::start(replies::Origins {
            config: &self.config,
            handle: &self.handle,
            clock: &self.clock,
            service: &service,
            desk: &desk,
            who: replies::who(self.config.recall.roster.clone(), channels::key(&self.config)?),
            hooks: channels::hooks(&self.config)?,
        })
        .await?;
        let lifecycle = self.config.api.enable_lifecycle;
        let http = Http {
            handle: self.handle.clone(),
            history: reader,
            clock: self.clock.clone(),
            service,
            links,
            access,
            stamp: Stamp::Live,
            channels: channels::audiences(&self.config),
            driver: Some(self.status.clone()),
            reload: if lifecycle { reload } else { reload::closed() },
            grafana: self.config.api.grafana_url.clone(),
            recall: desk,
            preflight: preflight::desk(&preflight),
            intake: Some((sources, counters)),
        };
        let at = listener.local_addr().map_err(|e| Refused::of(Exit::Failed, &e))?;
        let (journal, told) = (self.path.display(), replies.told());
        let _ = writeln!(err, "callsurge listens on http://{at}/{told}, journal {journal}");
        api::serve(listener, http.router(), end.asked()).await;
        replies.stop().await;
        self.stop().await;
        Ok(Exit::Ok)
    }

    /// Webhooks, with what becomes of their messages.
    async fn stop(self) {
        let (told, stopped) = oneshot::channel();
        if self.handle.send(Message::Stop(told)).await.is_ok() {
            let _ = tokio::time::timeout(Duration::from_secs(30), stopped).await;
        }
        self.stop_workers.send_replace(true);
        let join = move || {
            let _ = self.driver.join();
            for thread in self.workers {
                let _ = thread.join();
            }
        };
        let _ = tokio::task::spawn_blocking(join).await;
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Refused> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    thread.map_err(|e| Refused::of(Exit::Failed, &e))
}

fn outbox(journal: &Path) -> Result<Outbox, Refused> {
    let live = LiveJournal::at(journal).map_err(|e| Refused::of(Exit::Journal, &e))?;
    Outbox::open(&live, Steps::default()).map_err(|e| Refused::of(Exit::Journal, &e))
}

fn worker(
    settings: &WebhookSettings,
    journal: &Path,
    clock: &Arc<dyn Clock>,
    handle: &Handle,
    receipts: Receipts,
    wake: watch::Receiver<()>,
) -> Result<Worker, Refused> {
    let config = |e: &dyn std::error::Error| Refused::of(Exit::Config, e);
    let secret = settings.secret.read().map_err(|e| config(&e))?;
    let channel = webhook::WebhookSettings {
        name: settings.name.clone(),
        timeout: Duration::from_millis(settings.timeout.as_millis().unsigned_abs()),
        ..webhook::WebhookSettings::new(settings.url.clone(), Secret::new(secret.expose()))
    };
    let webhook = Webhook::new(&channel).map_err(|e| config(&e))?;
    Ok(Worker::new(outbox(journal)?, webhook, clock.clone(), handle.clone(), receipts, wake))
}
