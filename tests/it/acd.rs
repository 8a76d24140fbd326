//! An ACD that answers over HTTP as it is told, byte for byte, and remembers what it was asked.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What comes back.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// 200 with this body.
    Json(String),
    /// Status, further headers, body.
    Status(&'static str, &'static str, String),
    /// 200 with more bytes than anybody should read, told (`true`) or not told beforehand.
    Huge(bool),
    /// 200, the beginning of a body, and then nothing until the other side gives up.
    Slow,
    /// The connection is closed in the middle of the body.
    Cut,
}

/// Listens on a free port of the loopback interface as long as the process lives.
#[derive(Clone)]
pub(crate) struct Acd {
    at: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    script: Arc<Mutex<VecDeque<Answer>>>,
    usual: Arc<Mutex<String>>,
}

impl Acd {
    /// Without a script it answers `usual`.
    pub(crate) fn start(usual: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let acd = Self {
            at: listener.local_addr().unwrap(),
            asked: Arc::default(),
            script: Arc::default(),
            usual: Arc::new(Mutex::new(usual.to_owned())),
        };
        let own = acd.clone();
        std::thread::spawn(move || {
            for link in listener.incoming().flatten() {
                let own = own.clone();
                std::thread::spawn(move || drop(own.exchange(&link)));
            }
        });
        acd
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.at)
    }

    /// The next request is answered so.
    pub(crate) fn then(&self, answer: Answer) {
        self.script.lock().unwrap().push_back(answer);
    }

    pub(crate) fn usually(&self, body: &str) {
        body.clone_into(&mut self.usual.lock().unwrap());
    }

    /// Requests as they came: line, headers, body.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Answers of the script that are still to come.
    pub(crate) fn left(&self) -> usize {
        self.script.lock().unwrap().len()
    }

    fn exchange(&self, mut link: &TcpStream) -> std::io::Result<()> {
        let asked = request(link)?;
        self.asked.lock().unwrap().push(asked);
        let next = self.script.lock().unwrap().pop_front();
        let answer = next.unwrap_or_else(|| Answer::Json(self.usual.lock().unwrap().clone()));
        const OK: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\n";
        match answer {
            Answer::Json(body) => write!(link, "{OK}content-length: {}\r\n\r\n{body}", body.len()),
            Answer::Status(status, headers, body) => {
                let length = body.len();
                write!(link, "HTTP/1.1 {status}\r\n{headers}connection: close\r\n")?;
                write!(link, "content-length: {length}\r\n\r\n{body}")
            }
            Answer::Huge(told) => {
                const BYTES: usize = 100 << 20;
                let length = format!("content-length: {BYTES}\r\n");
                write!(link, "{OK}{}\r\n", if told { length.as_str() } else { "" })?;
                let block = [b' '; 65_536];
                (0..BYTES / block.len()).try_for_each(|_| link.write_all(&block))
            }
            Answer::Slow => {
                write!(link, "{OK}content-length: 1000\r\n\r\n{{\"queues\": ")?;
                link.read_to_end(&mut Vec::new()).map(drop)
            }
            Answer::Cut => write!(link, "{OK}content-length: 1000\r\n\r\n{{\"queues\": [{{"),
        }
    }
}

fn request(link: &TcpStream) -> std::io::Result<String> {
    let mut reader = BufReader::new(link);
    let mut whole = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap_or(0);
        }
        if line.trim().is_empty() {
            break;
        }
        whole.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    whole.push_str(&String::from_utf8_lossy(&body));
    Ok(whole)
}
