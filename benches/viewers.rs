//! Two hundred screens on one core: what do they cost, and how late is the last of them?
//!
//! A centre of 10 units and 1,000 queues changes twice a second, rarely enough that a change goes
//! out at once; each viewer gets the whole status and the beats. The server has a single thread, whose time on
//! the processor is read from the kernel; the viewers share the machine. Plain figures instead of
//! a statistical harness, because a percentile over viewers is what is asked.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use callsurge::api::{self, ApiState, auth};
use callsurge::clock::{Clock, SystemClock};
use callsurge::driver::{Ends, Handle};
use callsurge::engine::Engine;
use callsurge::engine::entry::{Entry, Input};
use callsurge::engine::observation::*;
use callsurge::engine::policy::{Carries, Policy, SilenceRule, SourcePolicy, UnitPolicy};
use callsurge::engine::time::{Span, Timestamp};
use callsurge::engine::view::View;
use callsurge::journal::Stamp;
use callsurge::journal::reader::Reader;
use callsurge::journal::sqlite::SqliteJournal;
use callsurge::metrics::Service;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

const UNITS: u16 = 10;
const QUEUES: u32 = 1_000;
const VIEWERS: usize = 200;
/// Longer than the time within which the stream tells changes as one.
const CHANGE: Duration = Duration::from_millis(500);

fn main() {
    // `cargo test --benches` only asks whether it runs.
    let short = !std::env::args().any(|a| a == "--bench");
    let (viewers, rounds) = if short { (3, 2) } else { (VIEWERS, 40) };
    let folder = tempfile::tempdir().expect("a folder");
    let view = centre();
    let (at, ends, thread) = serve(folder.path(), view.clone());
    let (tell, seen) = channel();
    for _ in 0..viewers {
        let tell = tell.clone();
        let stream = watch(at);
        std::thread::spawn(move || read(stream, &tell));
    }
    wait_for(&seen, viewers, view.seq);
    let (began, before) = (Instant::now(), busy_of(&thread));
    let mut last: Vec<Duration> = (1..=rounds)
        .map(|round| {
            let seq = view.seq + round;
            let published = Instant::now();
            ends.publish.send_replace(Arc::new(View { seq, ..view.clone() }));
            let took = wait_for(&seen, viewers, seq) - published;
            std::thread::sleep(CHANGE.saturating_sub(took));
            took
        })
        .collect();
    let share = (busy_of(&thread) - before).as_secs_f64() / began.elapsed().as_secs_f64();
    last.sort();
    let part = |share: f64| last[((last.len() - 1) as f64 * share) as usize];
    println!(
        "{viewers} viewers, {UNITS} units, {QUEUES} queues, {} changes/s: {:.0} % of a core; the \
         last viewer has a change after {:?} (median), {:?} (max)",
        1.0 / CHANGE.as_secs_f64(),
        share * 100.0,
        part(0.5),
        part(1.0)
    );
}

/// A centre in which every queue has told a few minutes.
fn centre() -> View {
    let source = SourcePolicy {
        name: "acd".into(),
        lateness: Span::ZERO,
        heartbeat: true,
        watched: false,
        carries: Carries::ALL,
    };
    let mut policy = Policy::unconfigured(SilenceRule::Live, vec![source]);
    policy.units = (0..UNITS).map(|n| UnitPolicy::with_defaults(&format!("unit{n}"))).collect();
    let mut engine = Engine::new();
    let mut effects = Vec::new();
    let start = SystemClock.now().floor(Span::minutes(1)) - Span::minutes(10);
    let mut enter = |at: Timestamp, input: Input| {
        let entry = Entry { seq: engine.seq() + 1, at, input };
        engine.apply(&entry, &mut effects);
        effects.clear();
    };
    enter(start, Input::Policy(Box::new(policy)));
    for q in 0..QUEUES {
        let unit = UnitId(q as u16 % UNITS);
        let name = format!("queue{q}").into();
        enter(start, Input::QueueSeen { queue: QueueId(q), name, unit });
    }
    for minute in 1..=10 {
        let end = start + Span::minutes(minute);
        for q in 0..QUEUES {
            let tally = Tally { offered: 10, answered: Some(9), ..Tally::default() };
            let row = IntervalRow::new(end - Span::minutes(1), end, true, 0, tally);
            let form = Form::Interval(row.expect("a sound row"));
            enter(
                end,
                Input::Observed(Observation { source: SourceId(0), queue: QueueId(q), form }),
            );
        }
    }
    engine.view()
}

/// A server with one thread; the kernel's name of that thread.
fn serve(folder: &Path, view: View) -> (SocketAddr, Ends, String) {
    let (handle, ends) = Handle::channel(8, Arc::new(view));
    let path = folder.join("journal");
    let settings = callsurge::journal::Settings::new(Stamp::Live);
    drop(SqliteJournal::open(&path, settings, SystemClock.now()).expect("a journal"));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let state = ApiState {
        handle,
        history: Arc::new(Reader::open(&path).expect("readable")),
        service: Arc::new(Service::new(clock.now()).expect("families")),
        clock,
        grafana: None,
        people: Arc::new(std::collections::BTreeMap::new),
        access: Arc::new(auth::Access::new(auth::Rules::default())),
        stamp: Stamp::Live,
        recall: api::recalls::Desk::closed(),
        preflight: api::preflight::Preflights::closed(),
        channels: Arc::new([]),
        read_only: false,
        readiness: Arc::new(Vec::new),
        reload: Arc::new(|| Ok(())),
    };
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let at = listener.local_addr().expect("an address");
            let own = std::fs::read_link("/proc/thread-self").expect("a Linux");
            tell.send((at, own)).expect("somebody waits");
            api::serve(listener, api::router(state), std::future::pending()).await;
        });
    });
    let (at, own) = told.recv().expect("it starts");
    (at, ends, format!("/proc/{}/schedstat", own.display()))
}

/// Time of a thread on a processor.
fn busy_of(thread: &str) -> Duration {
    let text = std::fs::read_to_string(thread).expect("a living thread");
    let nanos = text.split(' ').next().and_then(|n| n.parse().ok());
    Duration::from_nanos(nanos.expect("a number"))
}

fn watch(at: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(at).expect("connects");
    let head = b"GET /api/v1/events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";
    stream.write_all(head).expect("sends");
    stream
}

/// Tells the number of each state that comes.
fn read(mut stream: TcpStream, tell: &Sender<(u64, Instant)>) {
    let mut buffer = Vec::new();
    let mut chunk = [0; 64 * 1_024];
    while let Ok(n) = stream.read(&mut chunk) {
        if n == 0 {
            return;
        }
        buffer.extend_from_slice(&chunk[..n]);
        while let Some(end) = buffer.windows(2).position(|w| w == b"\n\n") {
            let event = String::from_utf8_lossy(&buffer[..end]).into_owned();
            buffer.drain(..end + 2);
            let seq = event.split_once("\"seq\":").and_then(|(_, rest)| rest.split(',').next());
            if let Some(seq) = seq.and_then(|n| n.parse().ok())
                && tell.send((seq, Instant::now())).is_err()
            {
                return;
            }
        }
    }
}

/// When the last of all viewers has a state.
fn wait_for(seen: &Receiver<(u64, Instant)>, viewers: usize, seq: u64) -> Instant {
    let mut last = Instant::now();
    let mut left = viewers;
    while left > 0 {
        let (got, at) = seen.recv().expect("viewers live");
        if got == seq {
            last = at;
            left -= 1;
        }
    }
    last
}
