//! The real program from end to end: command lines, sockets, signals, files.

mod ami;
mod commands;
mod demo;
mod drill;
mod exits;
mod export;
mod forms;
mod full;
mod input;
mod kill;
mod ledger;
mod lifecycle;
mod poll;
mod preflight;
pub(crate) mod recall;
mod reload;
mod reply;
mod shown;
mod tables;
mod verify;
mod webhook;

use callsurge::clock::{Clock, SystemClock};
use callsurge::engine::time::{Span, Timestamp};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A busy build machine does anything that is waited for here in a few seconds.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two questions to a process that has no way to say that it is done.
const POLL: Duration = Duration::from_millis(20);
/// A token that may do everything, where a configuration has [`TOKEN_CONFIG`].
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const TOKEN_CONFIG: &str = "[[token]]\nname = \"desk\"\n\
    scopes = [\"ingest\", \"read\", \"operate\"]\nsecret_env = \"CALLSURGE_TEST_TOKEN\"\n";

pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callsurge"));
    command.env_remove("CALLSURGE_CONFIG").env("CALLSURGE_TEST_TOKEN", TOKEN);
    command
}

/// Runs a command to its end.
fn run(args: &[&str]) -> Output {
    program().args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("it runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

/// The lines of a command's output; each is a JSON object.
fn objects(output: &Output) -> Vec<Value> {
    let parse = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
        assert!(value.is_object(), "{line}");
        value
    };
    text(&output.stdout).lines().map(parse).collect()
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

pub(crate) fn write(folder: &Path, name: &str, content: &str) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, content).expect("written");
    file
}

/// Asks until there is an answer.
fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::park_timeout(POLL);
    }
}

/// A final row of a minute, `back` minutes before the present one.
pub(crate) fn row(queue: &str, back: i64, offered: u32) -> String {
    row_at(queue, minute(back), offered)
}

/// Rows of these minutes before the present one, which may be over before the last is sent.
pub(crate) fn rows(
    queue: &str,
    back: impl IntoIterator<Item = i64>,
    offered: impl Fn(i64) -> u32,
) -> Vec<String> {
    let now = minute(0);
    let row = |back| row_at(queue, now - Span::minutes(back), offered(back));
    back.into_iter().map(row).collect()
}

/// Start of a minute, so many before the present one.
fn minute(back: i64) -> Timestamp {
    SystemClock.now().floor(Span::minutes(1)) - Span::minutes(back)
}

fn row_at(queue: &str, start: Timestamp, offered: u32) -> String {
    let end = start + Span::minutes(1);
    format!(
        "{{\"form\":\"interval\",\"queue\":\"{queue}\",\"start\":\"{start}\",\"end\":\"{end}\",\
         \"offered\":{offered}}}\n"
    )
}

/// Three quiet hours and five minutes of four times the volume, up to now.
pub(crate) fn surge(queue: &str) -> String {
    rows(queue, (1..=180).rev(), |back| if back <= 5 { 400 } else { 100 }).concat()
}

/// An answer over HTTP.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }
}

/// One exchange; `None` where the peer is gone.
fn exchange(at: SocketAddr, head: &str, body: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(at).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let length = body.len();
    let common = format!("host: {at}\r\nconnection: close\r\nauthorization: Bearer {TOKEN}\r\n");
    let head = format!("{head}{common}content-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    answer(&mut stream)
}

fn answer(stream: &mut TcpStream) -> Option<Answer> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

fn signal(child: &Child, name: &str) {
    send(name, &child.id().to_string());
}

fn send(name: &str, pid: &str) {
    let sent = Command::new("kill").args(["-s", name, pid]).status().expect("kill");
    assert!(sent.success());
}

/// A running process that is told where it listens by its first words.
pub(crate) struct Running {
    child: Child,
    pub(crate) at: SocketAddr,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Running {
    /// Starts a command and reads from standard error (or output) until the address is told.
    pub(crate) fn start(command: &mut Command, from_output: bool) -> Self {
        let (out, err) = match from_output {
            true => (Stdio::piped(), Stdio::null()),
            false => (Stdio::null(), Stdio::piped()),
        };
        let mut child = command.stdout(out).stderr(err).spawn().expect("it starts");
        let pipe: Box<dyn Read + Send> = match (child.stdout.take(), child.stderr.take()) {
            (Some(out), _) => Box::new(out),
            (None, Some(err)) => Box::new(err),
            (None, None) => unreachable!("one of them is a pipe"),
        };
        let lines = Arc::new(Mutex::new(Vec::new()));
        let heard = listen(pipe, lines.clone());
        let told = heard.recv_timeout(PATIENCE);
        let at = told.unwrap_or_else(|_| panic!("no address in {:?}", lines.lock().unwrap()));
        Self { child, at, lines }
    }

    pub(crate) fn serve(journal: &Path, config: Option<&Path>) -> Self {
        let mut command = program();
        command.args(["serve", "--listen", "127.0.0.1:0", "--journal"]).arg(journal);
        if let Some(config) = config {
            command.arg("--config").arg(config);
        }
        let running = Self::start(&mut command, false);
        running.ready();
        running
    }

    fn ready(&self) {
        until("/-/ready", || self.try_get("/-/ready").filter(|answer| answer.status == 200));
    }

    fn try_get(&self, path: &str) -> Option<Answer> {
        exchange(self.at, &format!("GET {path} HTTP/1.1\r\n"), b"")
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.try_get(path).expect("an answer")
    }

    pub(crate) fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    /// Posts lines of observations.
    pub(crate) fn post(&self, body: impl AsRef<[u8]>) -> Answer {
        self.try_post(body.as_ref()).expect("an answer")
    }

    fn try_post(&self, body: &[u8]) -> Option<Answer> {
        let head = "POST /api/v1/observations HTTP/1.1\r\ncontent-type: application/x-ndjson\r\n";
        exchange(self.at, head, body)
    }

    pub(crate) fn order(&self, unit: &str, key: &str, body: &str) -> Option<Answer> {
        let head = format!(
            "POST /api/v1/units/{unit}/commands HTTP/1.1\r\ncontent-type: application/json\r\n\
             idempotency-key: {key}\r\n"
        );
        exchange(self.at, &head, body.as_bytes())
    }

    /// Log book, newest first.
    fn logbook(&self, filter: &str) -> Vec<Value> {
        let page = self.json(&format!("/api/v1/logbook?limit=500&{filter}"));
        page["records"].as_array().expect("records").clone()
    }

    fn heard(&self, words: &str) -> bool {
        self.lines.lock().unwrap().iter().any(|line| line.contains(words))
    }

    /// The first line that holds these words.
    pub(crate) fn line(&self, words: &str) -> Option<String> {
        self.lines.lock().unwrap().iter().find(|line| line.contains(words)).cloned()
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    fn wait(&mut self) -> ExitStatus {
        until("the process ends", || self.child.try_wait().expect("a child"))
    }

    /// Asks it to end, in order.
    fn terminate(mut self) -> ExitStatus {
        self.signal("TERM");
        self.wait()
    }

    /// The most memory that was ever in use, in KiB.
    fn peak(&self) -> u64 {
        let file = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(file).expect("a living process");
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("VmHWM");
        line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Keeps every line; the first address among them is sent on.
fn listen(
    pipe: impl Read + Send + 'static,
    lines: Arc<Mutex<Vec<String>>>,
) -> Receiver<SocketAddr> {
    let (tell, heard) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
            let address = address.and_then(|address| address.parse().ok());
            lines.lock().unwrap().push(line);
            if let Some(address) = address {
                let _ = tell.send(address);
            }
        }
    });
    heard
}
