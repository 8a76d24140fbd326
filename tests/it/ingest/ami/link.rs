//! The client over a socket, against a PBX that plays recordings.

use super::super::queue_log::{booked, truth};
use super::super::{channel, kind_of};
use super::peer::{Peer, VirtualClock};
use callsurge::driver::{Committed, Message};
use callsurge::engine::observation::{Form, SourceId};
use callsurge::engine::time::Span;
use callsurge::ingest::ami::client::{Client, ClientSettings};
use callsurge::ingest::ami::meaning::MeaningSettings;
use callsurge::ingest::ami::session::{Login, Secret};
use callsurge::ingest::ami::status::LinkStatus;
use callsurge::ingest::tail::Start;
use callsurge::ingest::{IngestCounters, Item, Stop};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// What the driver is told.
#[derive(Default)]
pub(super) struct Heard {
    /// Events of calls.
    pub(super) events: Vec<Item>,
    /// Snapshots.
    pub(super) snapshots: usize,
    /// Kinds of the other messages, without heartbeats.
    pub(super) signs: Vec<&'static str>,
    pub(super) heartbeats: usize,
}

pub(super) struct Run {
    pub(super) heard: Arc<Mutex<Heard>>,
    pub(super) status: LinkStatus,
}

/// Starts a client against the peer; a driver that commits everything listens.
pub(super) fn start(peer: &Peer, plain: bool, log: Option<PathBuf>) -> Run {
    start_with(peer, peer.clock(), plain, log)
}

pub(super) fn start_with(
    peer: &Peer,
    clock: VirtualClock,
    plain: bool,
    log: Option<PathBuf>,
) -> Run {
    let (handle, mut ends) = channel(100_000);
    let heard = Arc::new(Mutex::new(Heard::default()));
    let settings = ClientSettings {
        host: "127.0.0.1".to_owned(),
        port: peer.address().port(),
        login: Login::new("monitor", &Secret::new("monitor-local"), plain),
        tls: None,
        queue_log: log.map(|path| (path, Start::Beginning)),
        meaning: MeaningSettings::new(SourceId(1)),
    };
    let (resume, _) = watch::channel(None);
    let counters = Arc::new(IngestCounters::default());
    let client = Client::new(settings, handle, Arc::new(clock), counters, resume);
    let run = Run { heard: heard.clone(), status: client.status() };
    tokio::spawn(client.run(Stop::never()));
    tokio::spawn(async move {
        while let Some(message) = ends.inbox.recv().await {
            let mut heard = heard.lock().unwrap();
            match message {
                Message::Observations { drafts, ack } => {
                    for draft in drafts {
                        match draft.form {
                            Form::Event(_) => heard.events.push(Item::draft(draft)),
                            Form::Snapshot(_) => heard.snapshots += 1,
                            Form::Interval(_) => panic!("no rows come from here"),
                        }
                    }
                    drop(ack.map(|ack| ack.send(Committed::default())));
                }
                Message::Heartbeat(_) => heard.heartbeats += 1,
                other => heard.signs.push(kind_of(&other)),
            }
        }
    });
    run
}

async fn exact(run: &str, plain: bool) {
    let mut peer = Peer::of(run).await;
    let started = start(&peer, plain, None);
    peer.play(Span::secs(60)).await;
    let heard = started.heard.lock().unwrap();
    assert_eq!(booked(&heard.events), truth(run), "{run}");
    assert_eq!(heard.signs, ["link up"], "{run}: {:?}", started.status.view());
    assert!(heard.heartbeats > 100 && heard.snapshots > 300);
    let figures = started.status.view().figures;
    assert_eq!((figures.count_mismatches, figures.unknown_ends, figures.malformed), (0, 0, 0));
    assert!(figures.count_checks > 350 && figures.syncs > 5, "{figures:?}");
}

#[tokio::test(start_paused = true)]
async fn the_calm_run_is_told_exactly() {
    exact("calm", true).await;
}

#[tokio::test(start_paused = true)]
async fn the_surge_is_told_exactly() {
    exact("surge", false).await;
}

#[tokio::test(start_paused = true)]
async fn the_run_with_reloads_is_told_exactly() {
    exact("reload", false).await;
}
