//! The whole way in over loopback, journalled with FULL sync and acknowledged after the commit.
//!
//! Two questions that in-process benches cannot answer: how many observations a second fit
//! through HTTP, parser, driver and disk, and how long it takes from a POST to the changed gauge
//! on `/metrics`. Eight connections post batches of 100 snapshots, the shape of a poller; the
//! client shares the machine. Plain figures instead of a statistical harness, because a
//! percentile over requests is what is asked.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use axum::Router;
use callsurge::api::{self, ApiState, auth};
use callsurge::clock::{Clock, SystemClock};
use callsurge::driver::{Driver, Handle, MESSAGES_MAX, Settings as DriverSettings};
use callsurge::engine::Engine;
use callsurge::engine::policy::{Carries, Policy, SilenceRule, SourcePolicy};
use callsurge::engine::time::Span;
use callsurge::ingest::http::IngestState;
use callsurge::ingest::{self, IngestCounters, Sources};
use callsurge::journal::reader::Reader;
use callsurge::journal::sqlite::SqliteJournal;
use callsurge::journal::{Settings, Stamp};
use callsurge::metrics::Service;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

const QUEUES: usize = 1_000;
const BATCH: usize = 100;
const CONNECTIONS: usize = 8;

fn main() {
    // `cargo test --benches` only asks whether it runs.
    let short = !std::env::args().any(|a| a == "--bench");
    let folder = tempfile::tempdir().expect("a folder");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    let at = serve(folder.path(), &runtime);
    let mut client = Client::new(at);
    for first in (0..QUEUES).step_by(BATCH) {
        client.post(&batch(first, 0));
    }
    throughput(at, if short { Duration::from_millis(50) } else { Duration::from_secs(5) });
    latency(&mut client, if short { 3 } else { 500 });
}

fn serve(folder: &std::path::Path, runtime: &tokio::runtime::Runtime) -> SocketAddr {
    let source = SourcePolicy {
        name: "push".into(),
        lateness: Span::secs(5),
        heartbeat: false,
        watched: false,
        carries: Carries::ALL,
    };
    let policy = Policy::unconfigured(SilenceRule::Live, vec![source]);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let path = folder.join("journal");
    let journal = SqliteJournal::open(&path, Settings::new(Stamp::Live), clock.now());
    let (handle, ends) = Handle::channel(MESSAGES_MAX, Arc::new(Engine::new().view()));
    let settings = DriverSettings::new(policy.clone());
    let journal = Box::new(journal.expect("a journal"));
    let driver = Driver::<Engine>::start(journal, clock.clone(), ends, settings).expect("starts");
    std::thread::spawn(move || driver.run());
    let access = Arc::new(auth::Access::new(auth::Rules::default()));
    let state = IngestState::new(
        handle.clone(),
        clock.clone(),
        Sources::of(&policy),
        Arc::new(IngestCounters::default()),
    );
    let further: Router =
        auth::protect(ingest::http::router(state), auth::Scope::Ingest, access.clone());
    let api = ApiState {
        grafana: None,
        handle,
        history: Arc::new(Reader::open(&path).expect("readable")),
        service: Arc::new(Service::new(clock.now()).expect("families")),
        clock,
        people: Arc::new(std::collections::BTreeMap::new),
        access,
        stamp: Stamp::Live,
        recall: api::recalls::Desk::closed(),
        preflight: api::preflight::Preflights::closed(),
        channels: Arc::new([]),
        read_only: false,
        readiness: Arc::new(Vec::new),
        reload: Arc::new(|| Ok(())),
    };
    let router = api::router_with(api, further);
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
    let at = listener.local_addr().expect("an address");
    runtime.spawn(api::serve(listener, router, std::future::pending()));
    at
}

/// Snapshots of 100 queues from `first` on, with `waiting` calls.
fn batch(first: usize, waiting: u32) -> String {
    let now = SystemClock.now();
    let mut body = String::new();
    for queue in first..first + BATCH {
        writeln!(
            body,
            r#"{{"form":"snapshot","queue":"queue{queue}","at":"{now}","waiting":{waiting},"longest_wait_seconds":7,"available":3,"logged_in":12}}"#
        )
        .expect("a string takes it");
    }
    body
}

struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    fn new(at: SocketAddr) -> Self {
        let stream = TcpStream::connect(at).expect("connects");
        stream.set_nodelay(true).expect("a socket");
        Self { stream, buffer: Vec::new() }
    }

    fn post(&mut self, body: &str) {
        let head = format!(
            "POST /api/v1/observations HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: \
             application/x-ndjson\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let answer = self.ask(&[head.as_bytes(), body.as_bytes()].concat());
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    fn ask(&mut self, request: &[u8]) -> String {
        self.stream.write_all(request).expect("sends");
        self.buffer.clear();
        let mut chunk = [0; 64 * 1024];
        loop {
            let n = self.stream.read(&mut chunk).expect("answers");
            assert!(n > 0, "the server closed the connection");
            self.buffer.extend_from_slice(&chunk[..n]);
            let Some(head) = find(&self.buffer, b"\r\n\r\n") else { continue };
            let text = String::from_utf8_lossy(&self.buffer[..head]).to_lowercase();
            let length = text.lines().find_map(|l| l.strip_prefix("content-length: "));
            let length: usize = length.and_then(|l| l.parse().ok()).unwrap_or(0);
            if self.buffer.len() >= head + 4 + length {
                return String::from_utf8_lossy(&self.buffer).into_owned();
            }
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

fn throughput(at: SocketAddr, time: Duration) {
    let began = Instant::now();
    let workers: Vec<_> = (0..CONNECTIONS)
        .map(|c| {
            std::thread::spawn(move || {
                let mut client = Client::new(at);
                let mut sent = 0;
                while began.elapsed() < time {
                    client.post(&batch((c * BATCH) % QUEUES, sent as u32 % 9));
                    sent += BATCH;
                }
                sent
            })
        })
        .collect();
    let sent: usize = workers.into_iter().map(|w| w.join().expect("a worker ends")).sum();
    let rate = sent as f64 / began.elapsed().as_secs_f64();
    println!(
        "http ingest, {CONNECTIONS} connections, batches of {BATCH}: {rate:.0} observations/s"
    );
}

/// POST of a sample until the changed gauge is read back.
fn latency(client: &mut Client, rounds: u32) {
    let get = b"GET /metrics HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";
    let mut times: Vec<Duration> = (1..=rounds)
        .map(|round| {
            let waiting = 1_000 + round;
            let began = Instant::now();
            client.post(&batch(0, waiting));
            let page = client.ask(get);
            let took = began.elapsed();
            let line = format!(
                r#"callsurge_queue_calls_waiting{{unit="default",queue="queue7"}} {waiting}"#
            );
            assert!(page.contains(&line), "the gauge has not changed");
            took
        })
        .collect();
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "POST to gauge, {QUEUES} queues: p50 {:?}, p99 {:?}, max {:?}",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
