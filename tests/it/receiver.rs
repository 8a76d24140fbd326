//! A receiver of webhooks that remembers everything and answers as it is told.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// Longer than anything that works takes, shorter than a worker that nobody wakes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn key(&self) -> &str {
        &self.headers["webhook-id"]
    }
}

/// Listens on a free port of the loopback interface as long as the process lives.
#[derive(Clone)]
pub(crate) struct Receiver {
    port: u16,
    requests: Arc<(Mutex<Vec<Request>>, Condvar)>,
    /// Raw answers to come: status line and headers; afterwards always 200.
    answers: Arc<Mutex<VecDeque<String>>>,
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let receiver = Self { port, requests: Arc::default(), answers: Arc::default() };
        let own = receiver.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let own = own.clone();
                // A connection ends when its client does.
                std::thread::spawn(move || while own.exchange(&stream).is_some() {});
            }
        });
        receiver
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.0.lock().unwrap().clone()
    }

    /// Waits until so many requests have come.
    pub(crate) fn wait_for(&self, count: usize) {
        let (requests, came) = &*self.requests;
        let few = |requests: &mut Vec<Request>| requests.len() < count;
        let waited = came.wait_timeout_while(requests.lock().unwrap(), PATIENCE, few).unwrap();
        assert!(!waited.1.timed_out(), "{} of {count} requests came", waited.0.len());
    }

    /// The next request is answered with this; an empty answer closes the connection.
    pub(crate) fn answer(&self, head: &str) {
        self.answers.lock().unwrap().push_back(head.to_owned());
    }

    fn exchange(&self, stream: &TcpStream) -> Option<()> {
        let request = read(stream)?;
        self.requests.0.lock().unwrap().push(request);
        self.requests.1.notify_all();
        let scripted = self.answers.lock().unwrap().pop_front();
        let head = scripted.unwrap_or_else(|| "200 OK\r\n".to_owned());
        if head.is_empty() {
            stream.shutdown(std::net::Shutdown::Both).ok()?;
            return None;
        }
        let answer = format!("HTTP/1.1 {head}content-length: 4\r\n\r\nwell");
        (&mut &*stream).write_all(answer.as_bytes()).ok()
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    let mut headers = BTreeMap::new();
    (reader.read_line(&mut line).ok()? > 0).then_some(())?;
    loop {
        line.clear();
        (reader.read_line(&mut line).ok()? > 0).then_some(())?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { headers, body: String::from_utf8(body).ok()? })
}
