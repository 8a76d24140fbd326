//! A provider that behaves as badly as it is told, over a real socket.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What is done with the next request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Read and answered with this body.
    Say(u16, String),
    /// Read and answered with these bytes, whatever they are; then closed.
    Raw(Vec<u8>),
    /// Read and answered with a body that never ends.
    Endless,
    /// Read and never answered.
    Hang,
    /// Read and closed.
    Hear,
    /// Closed without reading.
    Slam,
}

/// Listens on a free port of the loopback interface as long as the process lives.
#[derive(Clone)]
pub(crate) struct Fake {
    port: u16,
    acts: Arc<Mutex<VecDeque<Act>>>,
    /// What is done once they are done.
    then: Act,
    heard: Arc<Mutex<Vec<String>>>,
    /// Done once, when a request was read or an answer was written.
    news: Arc<Mutex<Option<(News, Deed)>>>,
}

type Deed = Box<dyn FnOnce() + Send>;

/// What a deed waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// A request was read, and nothing is answered.
    Heard,
    /// It is answered.
    Said,
}

impl Fake {
    pub(crate) fn start(acts: impl IntoIterator<Item = Act>) -> Self {
        Self::start_then(acts, Act::Slam)
    }

    pub(crate) fn start_then(acts: impl IntoIterator<Item = Act>, then: Act) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let acts = Arc::new(Mutex::new(acts.into_iter().collect()));
        let news = Arc::default();
        let fake = Self { port, acts, then, heard: Arc::default(), news };
        let own = fake.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let own = own.clone();
                std::thread::spawn(move || while own.exchange(&stream).is_some() {});
            }
        });
        fake
    }

    pub(crate) fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Request lines with their bodies.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    /// Does something the next time.
    pub(crate) fn once(&self, news: News, deed: impl FnOnce() + Send + 'static) {
        *self.news.lock().unwrap() = Some((news, Box::new(deed)));
    }

    /// Does it no more.
    pub(crate) fn forget(&self) {
        *self.news.lock().unwrap() = None;
    }

    fn tell(&self, news: News) {
        let deed = self.news.lock().unwrap().take_if(|(waits, _)| *waits == news);
        if let Some((_, deed)) = deed {
            deed();
        }
    }

    fn next(&self) -> Act {
        self.acts.lock().unwrap().pop_front().unwrap_or_else(|| self.then.clone())
    }

    fn exchange(&self, mut stream: &TcpStream) -> Option<()> {
        let mut byte = [0];
        (stream.peek(&mut byte).ok()? > 0).then_some(())?;
        let act = self.next();
        if !matches!(act, Act::Slam) {
            let request = read(stream)?;
            self.heard.lock().unwrap().push(request);
            self.tell(News::Heard);
        }
        match act {
            Act::Say(status, body) => {
                let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n", body.len());
                stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
                self.tell(News::Said);
                return Some(());
            }
            Act::Raw(bytes) => stream.write_all(&bytes).ok()?,
            Act::Endless => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
                while stream.write_all(&[b'x'; 4_096]).is_ok() {}
            }
            // Whoever asked gives up at some time and closes.
            Act::Hang => drop(stream.read_to_end(&mut Vec::new())),
            Act::Hear | Act::Slam => {}
        }
        stream.shutdown(Shutdown::Both).ok()?;
        None
    }
}

fn read(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    (reader.read_line(&mut first).ok()? > 0).then_some(())?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        (reader.read_line(&mut line).ok()? > 0).then_some(())?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(format!("{} {}", first.trim_end(), String::from_utf8(body).ok()?))
}

/// A relay that answers each line with the next of its lines; the text of a mail is one line.
/// After the last it closes. Gives what it heard.
pub(crate) fn relay(lines: &[&str]) -> (u16, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let lines: Vec<String> = lines.iter().map(|line| format!("{line}\r\n")).collect();
    let thread = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(&stream);
        let mut heard = String::new();
        let mut in_mail = false;
        for line in lines {
            (&stream).write_all(line.as_bytes()).unwrap();
            loop {
                let mut told = String::new();
                if reader.read_line(&mut told).unwrap_or(0) == 0 {
                    return heard;
                }
                heard.push_str(&told);
                if !in_mail || told == ".\r\n" {
                    break;
                }
            }
            in_mail = heard.ends_with("DATA\r\n");
        }
        heard
    });
    (port, thread)
}
