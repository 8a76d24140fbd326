//! `demo` on a page: the script paced against the real clock, through the same driver, journal
//! and HTTP side as the service.

use super::facts::{self, Origins};
use super::parts::{self, Http, Refused};
use super::preflight::Latest;
use super::signals::Signals;
use crate::api::auth::{Access, Rules, Scope, Token, digest_hex};
use crate::api::preflight::Preflights;
use crate::api::recalls::Desk;
use crate::cli::{DemoArgs, Speed};
use crate::clock::{Clock, ManualClock, SystemClock};
use crate::commands::demo::telling::Telling;
use crate::config::Language;
use crate::demo::{self, DemoInput, Ending, Lang, Script, UNIT};
use crate::driver::{Driver, Handle, Item, MESSAGES_MAX, Message, Replay, Settings};
use crate::engine::Engine;
use crate::engine::policy::{Policy, SilenceRule};
use crate::engine::time::Timestamp;
use crate::exit::Exit;
use crate::ingest::{IngestCounters, Links};
use crate::journal::Stamp;
use crate::journal::reader::Reader;
use crate::metrics::Service;
use crate::record::Record;
use crate::report::Output;
use crate::sim::CentreConfig;
use std::fs::Permissions;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, oneshot};

/// Runs the demo until it is asked to end.
pub(crate) fn run(args: &DemoArgs, output: &mut Output<'_>) -> Result<Exit, Refused> {
    let Speed::Times(times) = args.speed else {
        let why = "--speed max needs --headless: a page cannot be watched at that pace";
        return Err(Refused(Exit::Usage, why.to_owned()));
    };
    if !args.listen.ip().is_loopback() {
        let why = format!("the demo listens on the loopback only, not on {}", args.listen);
        return Err(Refused(Exit::Usage, why));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Refused::of(Exit::Failed, &e))?;
    let signals = {
        let _inside = runtime.enter();
        Signals::install()?
    };
    // Goes with the demo; its name cannot be guessed and nobody else may look into it.
    let mut folder = None;
    let path = match &args.journal {
        Some(path) => path.clone(),
        None => {
            let made = tempfile::Builder::new()
                .prefix("callsurge-demo-")
                .permissions(Permissions::from_mode(0o700))
                .tempdir();
            let made = made.map_err(|e| Refused::of(Exit::Failed, &e))?;
            folder.insert(made).path().join("demo.journal")
        }
    };
    let night = Night::learn(args, times, &path, output).map_err(|r| r.of_journal(&path))?;
    let exit = runtime.block_on(night.serve(args, signals, output))?;
    if let Some(folder) = folder {
        folder.close().map_err(|e| Refused::of(Exit::Failed, &e))?;
    }
    Ok(exit)
}

/// The demo after its lessons.
struct Night {
    script: Script,
    first: Option<(Timestamp, Vec<DemoInput>)>,
    start: Timestamp,
    times: f64,
    path: PathBuf,
    clock: Arc<ManualClock>,
    handle: Handle,
    status: Arc<crate::driver::status::DriverStatus>,
    driver: std::thread::JoinHandle<()>,
    policy: Policy,
}

impl Night {
    fn learn(
        args: &DemoArgs,
        times: f64,
        path: &Path,
        output: &mut Output<'_>,
    ) -> Result<Self, Refused> {
        let failed = |e: &dyn std::error::Error| Refused::of(Exit::Journal, e);
        let start = demo::start_before(SystemClock.now());
        let mut script = Script::new(args.seed, start, Ending::Never);
        let policy = demo::policy(SilenceRule::Live);
        let mut journal = crate::commands::demo::create(path, start)
            .map_err(|stop| Refused(stop.exit, stop.message))?;
        let _ = writeln!(output.people(), "learning four weeks of a simulated centre ...");
        let mut lessons = Replay::<_, Engine>::start(&policy, start, Some(&mut journal), |_, _| {})
            .map_err(|e| failed(&e))?;
        let mut first = None;
        for (at, inputs) in script.by_ref() {
            if !inputs.iter().all(|i| matches!(i, DemoInput::Learn(_))) || inputs.is_empty() {
                first = Some((at, inputs));
                break;
            }
            for input in inputs {
                if let DemoInput::Learn(draft) = input {
                    lessons.push(at, Item::Learn(draft)).map_err(|e| failed(&e))?;
                }
            }
        }
        lessons.finish().map_err(|e| failed(&e))?;
        let clock = Arc::new(ManualClock::new(start));
        let (handle, ends) = Handle::channel(MESSAGES_MAX, Arc::new(Engine::new().view()));
        let driver = Driver::<Engine>::start(
            Box::new(journal),
            clock.clone(),
            ends,
            Settings::new(policy.clone()),
        )
        .map_err(|e| failed(&e))?;
        let status = driver.status();
        let driver = std::thread::spawn(move || {
            if let Err(error) = driver.run() {
                tracing::error!(%error, "the driver ended: {error}");
            }
        });
        let path = path.to_owned();
        Ok(Self { script, first, start, times, path, clock, handle, status, driver, policy })
    }

    async fn serve(
        self,
        args: &DemoArgs,
        signals: Signals,
        output: &mut Output<'_>,
    ) -> Result<Exit, Refused> {
        // The keys of a hash table come from the system's random source.
        let secret = format!("demo-{:016x}", RandomState::new().build_hasher().finish());
        let token = Token::new("demo", &digest_hex(&secret), &[Scope::Operate])
            .map_err(|e| Refused::of(Exit::Failed, &e))?;
        let rules = Rules { tokens: vec![token], open_reading: true, ..Rules::default() };
        let access = Arc::new(Access::new(rules));
        let listener = parts::bind(args.listen).await?;
        let service = Service::new(self.clock.now()).map_err(|e| Refused::of(Exit::Failed, &e))?;
        let service = Arc::new(service);
        let reader = Reader::open(&self.path).map_err(|e| Refused::of(Exit::Journal, &e))?;
        let reader = Arc::new(reader);
        facts::attach(
            &service,
            Origins {
                stamp: Stamp::Demo,
                journal: self.path.clone(),
                reader: reader.clone(),
                policy: Arc::new(RwLock::new(self.policy.clone())),
                driver: Some(self.status.clone()),
                ingest: Arc::new(IngestCounters::default()),
                links: Links::default(),
                deliveries: Vec::new(),
                preflight: Latest::default(),
            },
        );
        let http = Http {
            handle: self.handle.clone(),
            history: reader,
            clock: self.clock.clone() as Arc<dyn Clock>,
            service,
            links: Links::default(),
            access,
            stamp: Stamp::Demo,
            channels: Vec::new(),
            driver: Some(self.status.clone()),
            reload: Arc::new(|| Err("the demo has no configuration".to_owned())),
            grafana: None,
            recall: Desk::closed(),
            preflight: Preflights::closed(),
            intake: None,
        };
        let at = listener.local_addr().map_err(|e| Refused::of(Exit::Failed, &e))?;
        let language = args.lang.unwrap_or_default();
        let lang = match language {
            Language::En => Lang::En,
            Language::ZhCn => Lang::Zh,
        };
        let _ = writeln!(output.people(), "{}", demo::guide(lang, at));
        let _ = writeln!(output.people(), "  operate: -H 'Authorization: Bearer {secret}'\n");
        let (end, ended) = oneshot::channel::<()>();
        let web = tokio::spawn(crate::api::serve(listener, http.router(), async {
            let _ = ended.await;
        }));
        let (handle, driver) = (self.handle.clone(), self.play(language, signals, output).await);
        let _ = end.send(());
        let _ = web.await;
        let (told, stopped) = oneshot::channel();
        if handle.send(Message::Stop(told)).await.is_ok() {
            let _ = stopped.await;
        }
        let _ = tokio::task::spawn_blocking(move || driver.join()).await;
        Ok(Exit::Ok)
    }

    /// Feeds the script at its pace until the process is asked to end; answers the driver.
    async fn play(
        mut self,
        language: Language,
        signals: Signals,
        output: &mut Output<'_>,
    ) -> std::thread::JoinHandle<()> {
        let mut records = self.handle.records();
        let mut telling = Telling::new(language, CentreConfig::bank(self.start).timezone);
        let began = Instant::now();
        let mut end = std::pin::pin!(signals.end_or_hangup());
        let mut next = self.first.take().or_else(|| self.script.next());
        while let Some((at, inputs)) = next {
            let due = Duration::from_secs_f64((at - self.start).as_secs_f64() / self.times);
            let wait = tokio::time::sleep(due.saturating_sub(began.elapsed()));
            tokio::select! {
                () = &mut end => break,
                () = wait => {}
            }
            self.clock.advance_to(at);
            if self.feed(inputs).await.is_err() {
                break;
            }
            // A terminal that is gone does not end the page.
            let _ = self.listen(at, &mut records, &mut telling, output);
            next = self.script.next();
        }
        self.driver
    }

    async fn feed(&self, inputs: Vec<DemoInput>) -> Result<(), crate::driver::Full> {
        let mut drafts = Vec::new();
        for input in inputs {
            match input {
                DemoInput::Observed(draft) => drafts.push(draft),
                DemoInput::Learn(_) => {}
                DemoInput::ExtraStaff { level, heads } => {
                    self.handle.send(Message::ExtraStaff(UNIT, level, heads)).await?;
                }
                DemoInput::Command(command) => {
                    let (ack, _) = oneshot::channel();
                    self.handle.send(Message::Command { command, key: None, ack }).await?;
                }
            }
        }
        if drafts.is_empty() {
            return self.handle.send(Message::Wake).await;
        }
        let (ack, done) = oneshot::channel();
        self.handle.send(Message::Observations { drafts, ack: Some(ack) }).await?;
        // The script reacts to what was committed, so the step waits for it.
        let _ = done.await;
        Ok(())
    }

    fn listen(
        &mut self,
        at: Timestamp,
        records: &mut broadcast::Receiver<Arc<Record>>,
        telling: &mut Telling,
        output: &mut Output<'_>,
    ) -> io::Result<()> {
        let mut told = Ok(());
        while let Ok(record) = records.try_recv() {
            self.script.on_record(&record);
            told = told.and(telling.record(&record, output));
        }
        for message in self.script.inbox().take_news() {
            told = told.and(telling.message(&message, output));
        }
        told.and(telling.pass(at, output)).and(output.flush())
    }
}
