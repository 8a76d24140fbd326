//! Whether a manager interface can be listened to, in the words of those who run it.
//!
//! Logs in as the service does and looks at what comes. One thing is tried that the service never
//! does: `CoreStatus`, which reads the version and is refused to an account that can change
//! nothing. Being refused is the good answer.

mod findings;

pub use findings::{Finding, Verdict};

use super::client::ClientSettings;
use super::client::link::Link;
use super::meaning::Meaning;
use super::parser::{Frame, Framer};
use super::session::{End, Session};
use crate::clock::Clock;
use crate::engine::time::{Span, Timestamp};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// The question that an account without write classes may not ask.
const PROBE: &[u8] = b"Action: CoreStatus\r\nActionID: callsurge-probe\r\n\r\n";
/// List, clock and probe are answered in this time.
const ANSWERS_IN: Span = Span::secs(4);

/// What was seen.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) error: Option<std::io::Error>,
    pub(super) end: Option<End>,
    pub(super) version: Option<String>,
    /// As whom the PBX sees us.
    pub(super) local: Option<IpAddr>,
    pub(super) up: bool,
    pub(super) clock_offset: Option<Span>,
    /// Whether the probe was allowed.
    pub(super) probe: Option<bool>,
    pub(super) listened: Span,
}

/// Looks at a PBX for `listen` at most.
pub async fn examine(
    settings: &ClientSettings,
    user: &str,
    clock: Arc<dyn Clock>,
    listen: Span,
) -> Vec<Finding> {
    let mut meaning = Meaning::new(settings.meaning.clone());
    let seen = look(settings, &mut meaning, clock, listen).await;
    findings::of(settings, user, &seen, &meaning)
}

async fn look(
    settings: &ClientSettings,
    meaning: &mut Meaning,
    clock: Arc<dyn Clock>,
    listen: Span,
) -> Seen {
    let begun = clock.now();
    let mut seen = Seen {
        error: None,
        end: None,
        version: None,
        local: None,
        up: false,
        clock_offset: None,
        probe: None,
        listened: Span::ZERO,
    };
    let mut session = Session::new(settings.login.clone(), begun);
    match Link::open(settings, clock.clone()).await {
        Err(error) => seen.error = Some(error),
        Ok(mut link) => {
            seen.local = link.local();
            let talked = talk(&mut link, &mut session, meaning, (&*clock, listen), &mut seen).await;
            seen.error = talked.err();
        }
    }
    seen.version = session.version().map(str::to_owned);
    seen.end = session.end().cloned();
    seen.clock_offset = session.clock_offset();
    seen.listened = clock.now() - begun;
    seen
}

async fn talk(
    link: &mut Link,
    session: &mut Session,
    meaning: &mut Meaning,
    (clock, listen): (&dyn Clock, Span),
    seen: &mut Seen,
) -> std::io::Result<()> {
    let mut probes = Probe::default();
    let until = clock.now() + listen.max(ANSWERS_IN);
    let mut answered: Option<Timestamp> = None;
    loop {
        link.write(&session.take_output()).await?;
        if session.is_up() && !seen.up {
            seen.up = true;
            answered = Some(clock.now() + ANSWERS_IN);
            link.write(PROBE).await?;
        }
        let now = clock.now();
        let figures = meaning.figures();
        let enough =
            figures.agent_events > 0 && figures.syncs > 0 && answered.is_some_and(|at| now >= at);
        if session.end().is_some() || now >= until || enough {
            return Ok(());
        }
        let due = [Some(session.deadline()), meaning.deadline(), answered.filter(|at| *at > now)];
        let due = due.into_iter().flatten().fold(until, Timestamp::min);
        let patience = clock.until(due).max(Duration::from_millis(1));
        match tokio::time::timeout(patience, link.chunk()).await {
            Ok(Some(chunk)) => {
                seen.probe = probes.answer(&chunk.bytes).or(seen.probe);
                session.receive(chunk.at, &chunk.bytes, meaning);
            }
            Ok(None) => {
                return if session.end().is_some() {
                    Ok(())
                } else {
                    Err(std::io::ErrorKind::ConnectionReset.into())
                };
            }
            Err(_) => session.pass(clock.now(), meaning),
        }
        meaning.pass(clock.now());
        meaning.drain();
    }
}

/// Finds the answer to the probe.
#[derive(Default)]
struct Probe(Framer);

impl Probe {
    fn answer(&mut self, bytes: &[u8]) -> Option<bool> {
        self.0.push(bytes);
        let mut allowed = None;
        while let Some(frame) = self.0.next_frame() {
            if let Frame::Message(message) = frame
                && message.get("ActionID") == Some(b"callsurge-probe")
            {
                allowed = message.get("Response").map(|response| response == b"Success");
            }
        }
        allowed
    }
}
