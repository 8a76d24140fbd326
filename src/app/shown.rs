//! A journal that is only looked at: replayed, simulated or of a test.
//!
//! The state is folded once and shown; nothing is written, nothing is delivered, no input is
//! taken. The page says which kind of journal it is.

use super::facts::{self, Origins};
use super::parts::{self, Http, Refused};
use super::preflight::Latest;
use super::signals::Signals;
use crate::api::auth::Access;
use crate::api::preflight::Preflights;
use crate::api::recalls::Desk;
use crate::clock::{Clock, ManualClock};
use crate::config::Config;
use crate::driver::{Ends, Handle, Message, recovery};
use crate::engine::Engine;
use crate::engine::policy::Policy;
use crate::exit::Exit;
use crate::ingest::{IngestCounters, Links};
use crate::journal::reader::Reader;
use crate::journal::sqlite::SqliteJournal;
use crate::journal::{BUILD, Journal, Stamp};
use crate::metrics::Service;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, RwLock};

/// Questions to the state that wait at most.
const QUESTIONS_MAX: usize = 64;

pub(super) async fn run(
    config: &Config,
    path: &Path,
    stamp: Stamp,
    signals: Signals,
    err: &mut dyn Write,
) -> Result<Exit, Refused> {
    let failed = |e: &dyn std::error::Error| Refused::of(Exit::Journal, e);
    let mut journal = SqliteJournal::open_read_only(path).map_err(|e| failed(&e))?;
    journal.reopen().map_err(|e| failed(&e))?;
    let engine: Engine = recovery::recover(&mut journal, BUILD).map_err(|e| failed(&e))?.fold;
    let policy = engine.policy().cloned().unwrap_or_else(|| config.policy());
    // The page's clock stands where the journal ends.
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(engine.at()));
    let (handle, ends) = Handle::channel(QUESTIONS_MAX, Arc::new(engine.view()));
    tokio::spawn(answer(engine, ends));
    serve(config, path, stamp, (handle, clock, policy), signals, err).await
}

/// Answers what can be asked of a state that stands; whoever wants to change it gets no answer.
async fn answer(engine: Engine, mut ends: Ends) {
    while let Some(message) = ends.inbox.recv().await {
        if let Message::Week(unit, queue, ack) = message {
            drop(ack.send(engine.week(unit, queue)));
        }
    }
}

async fn serve(
    config: &Config,
    path: &Path,
    stamp: Stamp,
    (handle, clock, policy): (Handle, Arc<dyn Clock>, Policy),
    signals: Signals,
    err: &mut dyn Write,
) -> Result<Exit, Refused> {
    let access = Arc::new(Access::new(parts::rules(config)?));
    crate::api::auth::check_listener(config.api.listen, &access.rules().tokens)
        .map_err(|e| Refused::of(Exit::Config, &e))?;
    let listener = parts::bind(config.api.listen).await?;
    let service = Arc::new(Service::new(clock.now()).map_err(|e| Refused::of(Exit::Failed, &e))?);
    let reader = Arc::new(Reader::open(path).map_err(|e| Refused::of(Exit::Journal, &e))?);
    facts::attach(
        &service,
        Origins {
            stamp,
            journal: path.to_owned(),
            reader: reader.clone(),
            policy: Arc::new(RwLock::new(policy)),
            driver: None,
            ingest: Arc::new(IngestCounters::default()),
            links: Links::default(),
            deliveries: Vec::new(),
            preflight: Latest::default(),
        },
    );
    let http = Http {
        handle,
        history: reader,
        clock,
        service,
        links: Links::default(),
        access,
        stamp,
        channels: Vec::new(),
        driver: None,
        reload: Arc::new(|| Err("a journal that is only shown has nothing to reload".to_owned())),
        grafana: config.api.grafana_url.clone(),
        recall: Desk::closed(),
        preflight: Preflights::closed(),
        intake: None,
    };
    let at = listener.local_addr().map_err(|e| Refused::of(Exit::Failed, &e))?;
    let _ = writeln!(
        err,
        "callsurge shows the {} journal {} on http://{at}/, read only",
        stamp.word(),
        path.display()
    );
    crate::api::serve(listener, http.router(), signals.end_only()).await;
    Ok(Exit::Ok)
}
