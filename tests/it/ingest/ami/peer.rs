//! A PBX for tests: plays recordings byte for byte and answers questions between two messages.
//!
//! It also conducts time. The runtime's clock stands still; the peer moves it to the instant of
//! the next message, sends it, and yields until everybody is idle. So a run of ten minutes takes
//! a second, the same every time, and nothing sleeps.

use super::recording;
use callsurge::clock::Clock;
use callsurge::engine::time::{Span, Timestamp};
use futures_util::FutureExt;
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

/// Turns after which everybody has read and answered; the longest chain has about ten.
const TURNS: usize = 24;
/// Timers of the client are looked at so often.
const TICK: Span = Span::millis(100);

/// Virtual time of a test.
#[derive(Clone)]
pub(super) struct VirtualClock {
    from: Timestamp,
    start: Instant,
    /// How often it was read: whoever takes bytes reads it first.
    reads: Arc<AtomicU64>,
}

impl VirtualClock {
    pub(super) fn new(from: Timestamp) -> Self {
        Self { from, start: Instant::now(), reads: Arc::default() }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.from + Span::millis(self.start.elapsed().as_millis() as i64)
    }

    fn until(&self, at: Timestamp) -> Duration {
        Duration::from_millis((at - self.now()).as_millis().max(0) as u64)
    }
}

/// What the peer does at an instant.
#[derive(Clone)]
pub(super) enum Act {
    /// Sends bytes, if anybody listens.
    Send(Vec<u8>),
    /// Closes the connection and takes no other until [`Act::Open`].
    Cut,
    /// Takes connections again.
    Open,
    /// Neither sends nor answers any more, though the connection stands.
    Stall,
}

/// A list of the recording, ready to be sent to whoever asks.
struct List {
    at: Timestamp,
    text: String,
}

pub(super) struct Peer {
    listener: TcpListener,
    link: Option<TcpStream>,
    steps: Vec<(Timestamp, Act)>,
    /// Recorded lists by the name of their action.
    lists: BTreeMap<&'static str, Vec<List>>,
    /// Questions whose list is not yet recorded: action and id.
    open: Vec<(&'static str, String, Timestamp)>,
    asked: Vec<u8>,
    secret: Option<&'static str>,
    closed: bool,
    stalled: bool,
    /// The queue log that the PBX writes, and its rows that are still to come.
    log: Option<(PathBuf, VecDeque<(Timestamp, String)>)>,
    /// Logins that succeeded.
    pub(super) logins: usize,
    clock: VirtualClock,
}

impl Peer {
    /// A peer that plays a recording from its start.
    pub(super) async fn of(run: &str) -> Self {
        let steps = messages(run);
        let clock = VirtualClock::new(steps[0].0 - Span::secs(1));
        Self {
            listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            link: None,
            steps,
            lists: lists(run),
            open: Vec::new(),
            asked: Vec::new(),
            secret: Some("monitor-local"),
            closed: false,
            stalled: false,
            log: None,
            logins: 0,
            clock,
        }
    }

    pub(super) fn clock(&self) -> VirtualClock {
        self.clock.clone()
    }

    /// A clock that is behind the one of the PBX.
    pub(super) fn clock_behind(&self, behind: Span) -> VirtualClock {
        VirtualClock { from: self.clock.from - behind, ..self.clock.clone() }
    }

    /// Writes the recorded queue log to a file as time passes.
    pub(super) fn writes(&mut self, path: PathBuf, recorded: &str) {
        let row = |line: &str| {
            let secs = line.split('|').next().unwrap().parse().unwrap();
            (Timestamp::from_secs(secs), format!("{line}\n"))
        };
        self.log = Some((path, recorded.lines().map(row).collect()));
    }

    fn write_log(&mut self) {
        let now = self.clock.now();
        let Some((path, rows)) = &mut self.log else { return };
        let due = rows.partition_point(|(at, _)| *at <= now);
        if due > 0 {
            let text: String = rows.drain(..due).map(|(_, line)| line).collect();
            let mut file = File::options().create(true).append(true).open(path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    pub(super) fn first(&self) -> Timestamp {
        self.steps[0].0
    }

    /// Inserts something at seconds after the first message.
    pub(super) fn also(&mut self, secs: i64, act: Act) {
        let at = self.first() + Span::secs(secs);
        let place = self.steps.partition_point(|(of, _)| *of <= at);
        self.steps.insert(place, (at, act));
    }

    /// Plays everything, and `after` more.
    pub(super) async fn play(&mut self, after: Span) {
        self.settle().await;
        for (at, act) in std::mem::take(&mut self.steps) {
            self.pass_to(at).await;
            match act {
                Act::Send(bytes) => self.send(&bytes).await,
                Act::Cut => {
                    self.link = None;
                    self.closed = true;
                }
                Act::Open => self.closed = false,
                Act::Stall => self.stalled = true,
            }
            self.settle().await;
        }
        let end = self.clock.now() + after;
        self.pass_to(end).await;
    }

    async fn pass_to(&mut self, at: Timestamp) {
        while self.clock.now() < at {
            let step = TICK.min(at - self.clock.now());
            tokio::time::advance(Duration::from_millis(step.as_millis() as u64)).await;
            self.settle().await;
        }
    }

    async fn send(&mut self, bytes: &[u8]) {
        let Some(link) = self.link.as_mut().filter(|_| !self.stalled) else { return };
        let reads = self.clock.reads.load(Ordering::SeqCst);
        let mut rest = bytes;
        while !rest.is_empty() {
            match link.try_write(rest) {
                Ok(n) => rest = &rest[n..],
                Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => {
                    tokio::task::yield_now().await;
                }
                Err(_) => {
                    self.link = None;
                    return;
                }
            }
        }
        // Everybody was idle, so the next look at the clock stamps these bytes. The system may
        // take its time to hand them over; virtual time stands still meanwhile.
        let mut patience = 10_000_000_u64;
        while self.clock.reads.load(Ordering::SeqCst) == reads && patience > 0 {
            tokio::task::yield_now().await;
            patience -= 1;
        }
    }

    /// Lets everybody do what they have to do at this instant.
    async fn settle(&mut self) {
        self.write_log();
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
            if let Some(Ok((stream, _))) = self.listener.accept().now_or_never()
                && !self.closed
            {
                self.link = Some(stream);
                self.stalled = false;
                self.asked.clear();
                self.open.clear();
                self.send(b"Asterisk Call Manager/11.0.0\r\n").await;
            }
            self.hear().await;
            self.answer_lists().await;
        }
        if self.log.is_some() {
            // Files are read on another thread; while it works the runtime lets no sleep end.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn hear(&mut self) {
        let mut buffer = [0; 4_096];
        let Some(link) = &self.link else { return };
        match link.try_read(&mut buffer) {
            Ok(0) => self.link = None,
            Ok(n) => self.asked.extend(&buffer[..n]),
            Err(_) => {}
        }
        while let Some(end) = self.asked.windows(4).position(|w| w == b"\r\n\r\n") {
            let action: Vec<u8> = self.asked.drain(..end + 4).collect();
            self.answer(&String::from_utf8(action).unwrap()).await;
        }
    }

    async fn answer(&mut self, action: &str) {
        let header = |name: &str| {
            let line = action.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.strip_prefix(": ")).unwrap_or("").to_owned()
        };
        let id = header("ActionID");
        let text = match header("Action").as_str() {
            "Challenge" => {
                format!("Response: Success\r\nActionID: {id}\r\nChallenge: 169886382\r\n\r\n")
            }
            "Login" => {
                let key = "af4a877af7f28fd1409793339cfc3d4f";
                if header("Key") == key || Some(header("Secret").as_str()) == self.secret {
                    self.logins += 1;
                    format!(
                        "Response: Success\r\nActionID: {id}\r\nMessage: Authentication accepted\r\n\r\n"
                    )
                } else {
                    format!(
                        "Response: Error\r\nActionID: {id}\r\nMessage: Authentication failed\r\n\r\n"
                    )
                }
            }
            "Ping" => {
                let now = self.clock.now().as_millis();
                let (secs, millis) = (now / 1_000, now % 1_000);
                format!(
                    "Response: Success\r\nActionID: {id}\r\nPing: Pong\r\nTimestamp: {secs}.{millis:03}000\r\n\r\n"
                )
            }
            "CoreStatus" => {
                format!("Response: Error\r\nActionID: {id}\r\nMessage: Permission denied\r\n\r\n")
            }
            "QueueStatus" => return self.open.push(("QueueStatus", id, self.clock.now())),
            "QueueSummary" => return self.open.push(("QueueSummary", id, self.clock.now())),
            other => panic!("a monitor has no business with {other}"),
        };
        self.send(text.as_bytes()).await;
    }

    /// A question is answered when the next list was recorded: earlier ones are of the past.
    async fn answer_lists(&mut self) {
        let now = self.clock.now();
        let mut texts = Vec::new();
        self.open.retain(|(action, id, asked)| {
            let lists = &self.lists[action];
            let list = lists.iter().find(|list| list.at >= *asked).or(lists.last()).unwrap();
            let due = list.at <= now || lists.last().is_some_and(|last| *asked > last.at);
            if due {
                texts.push(list.text.replace("{id}", id));
            }
            !due
        });
        for text in texts {
            self.send(text.as_bytes()).await;
        }
    }
}

/// Events, message by message, at the instant at which their last byte came. Greeting and login
/// are the peer's own.
fn messages(run: &str) -> Vec<(Timestamp, Act)> {
    let mut steps = Vec::new();
    let mut rest = Vec::new();
    for chunk in recording::chunks(run, "events") {
        rest.extend(chunk.bytes);
        while let Some(end) = rest.windows(4).position(|w| w == b"\r\n\r\n") {
            let message: Vec<u8> = rest.drain(..end + 4).collect();
            if !message.starts_with(b"Asterisk") && !message.starts_with(b"Response") {
                steps.push((chunk.at, Act::Send(message)));
            }
        }
    }
    steps
}

fn lists(run: &str) -> BTreeMap<&'static str, Vec<List>> {
    let mut lists: BTreeMap<&'static str, Vec<List>> = BTreeMap::new();
    let (mut rest, mut list) = (Vec::new(), String::new());
    for chunk in recording::chunks(run, "poll") {
        rest.extend(chunk.bytes);
        while let Some(end) = rest.windows(4).position(|w| w == b"\r\n\r\n") {
            let message = String::from_utf8(rest.drain(..end + 4).collect()).unwrap();
            if message.contains("EventList: start") {
                list.clear();
            }
            list.push_str(&message);
            if message.contains("EventList: Complete") {
                let id = list.split("ActionID: ").nth(1).unwrap().split("\r\n").next().unwrap();
                let action =
                    if id.starts_with("QueueStatus") { "QueueStatus" } else { "QueueSummary" };
                let text = list.replace(&format!("ActionID: {id}\r\n"), "ActionID: {id}\r\n");
                lists.entry(action).or_default().push(List { at: chunk.at, text });
            }
        }
    }
    assert!(lists["QueueStatus"].len() > 20 && lists["QueueSummary"].len() > 60);
    lists
}
