//! One connection to a manager interface, without a socket and without a clock.
//!
//! Bytes and instants in, bytes to send and an end out; what is learnt goes to a [`Meaning`] that
//! outlives the connection. Steps: greeting, login (the secret itself or, by default, MD5 of a
//! challenge and the secret), then three questions at their own pace: `Ping` proves that the other
//! side lives and reads its clock, `QueueSummary` is the cheap check, `QueueStatus` the whole list.
//! All three need no write class.
//!
//! Answers are matched by `ActionID`, since nothing promises that no event falls inside a list.

mod clock;
mod login;

pub use login::{Login, Secret};

use super::fields::{Fields, Kind};
use super::meaning::Meaning;
use super::parser::{Frame, Framer};
use crate::engine::time::{Span, Timestamp};
use clock::ServerClock;

/// Between two pings: three of them fit into the time after which the link is given up.
pub const PING_EVERY: Span = Span::secs(5);
/// Without a single byte for so long the link is dead, whatever TCP believes.
pub const DEAD_AFTER: Span = Span::secs(15);
/// Between two sums of the queues.
const SUMMARY_EVERY: Span = Span::secs(10);
/// Between two lists of everything, where nothing asks for one earlier.
const STATUS_EVERY: Span = Span::secs(60);
/// A list that is asked for early is not asked for again before.
const STATUS_AGAIN: Span = Span::secs(2);
/// Greeting and login take no longer.
const LOGIN_AFTER: Span = Span::secs(10);

/// Why a connection ends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum End {
    /// The other side is no PBX.
    #[error(
        "what answers there is no manager interface; is the port that of [general] in \
         manager.conf (5038, or tlsbindaddr for TLS)?"
    )]
    NotAmi,
    /// Name or secret are wrong, or the account may not come from here.
    #[error(
        "the PBX refuses the login ({0}); check user and secret against manager.conf, and that \
         `permit` of the account lets this machine in"
    )]
    Refused(String),
    /// The login was not answered.
    #[error("the PBX did not answer the login within {} s", LOGIN_AFTER.as_millis() / 1_000)]
    LoginTimeout,
    /// Nothing came for [`DEAD_AFTER`].
    #[error("nothing came for {} s, not even an answer to Ping", DEAD_AFTER.as_millis() / 1_000)]
    Dead,
    /// The PBX says good-bye.
    #[error("the PBX closes the connection")]
    Goodbye,
}

impl End {
    /// Whether trying again soon is of no use.
    pub const fn is_permanent(&self) -> bool {
        matches!(self, Self::NotAmi | Self::Refused(_))
    }
}

/// How far a connection is.
#[derive(Clone, Debug, PartialEq)]
enum State {
    Greeting,
    Challenged,
    LoggingIn,
    Up,
    Ended(End),
}

/// One connection.
#[derive(Debug)]
pub struct Session {
    login: Login,
    framer: Framer,
    state: State,
    version: Option<String>,
    begun: Timestamp,
    heard: Timestamp,
    actions: u64,
    ping: Question,
    summary: Question,
    status: Question,
    clock: ServerClock,
    signs: u64,
    out: Vec<u8>,
}

/// A question that is asked again and again.
#[derive(Debug)]
struct Question {
    name: &'static str,
    every: Span,
    due: Timestamp,
    asked: Option<(String, Timestamp)>,
}

impl Session {
    /// A connection that was made at `now`.
    pub fn new(login: Login, now: Timestamp) -> Self {
        let question = |name, every| Question { name, every, due: now, asked: None };
        Self {
            login,
            framer: Framer::new(),
            state: State::Greeting,
            version: None,
            begun: now,
            heard: now,
            actions: 0,
            ping: question("Ping", PING_EVERY),
            summary: question("QueueSummary", SUMMARY_EVERY),
            status: question("QueueStatus", STATUS_EVERY),
            clock: ServerClock::default(),
            signs: 0,
            out: Vec::new(),
        }
    }

    /// Version of the interface, once greeted.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Logged in.
    pub fn is_up(&self) -> bool {
        self.state == State::Up
    }

    /// Why it ended.
    pub fn end(&self) -> Option<&End> {
        match &self.state {
            State::Ended(end) => Some(end),
            State::Greeting | State::Challenged | State::LoggingIn | State::Up => None,
        }
    }

    /// How far the clock of the PBX is ahead of ours, once measured.
    pub fn clock_offset(&self) -> Option<Span> {
        self.clock.offset()
    }

    /// Answers to `Ping` so far: signs of life beyond what is told.
    pub fn signs_of_life(&self) -> u64 {
        self.signs
    }

    /// What is to be sent.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// Takes bytes that came at `now`.
    pub fn receive(&mut self, now: Timestamp, bytes: &[u8], meaning: &mut Meaning) {
        self.heard = now;
        meaning.figures_mut().bytes += bytes.len() as u64;
        let mut framer = std::mem::take(&mut self.framer);
        framer.push(bytes);
        while self.end().is_none()
            && let Some(frame) = framer.next_frame()
        {
            match frame {
                Frame::Banner(version) => self.greeted(version),
                Frame::NotAmi => self.state = State::Ended(End::NotAmi),
                Frame::Oversized => meaning.figures_mut().oversized += 1,
                Frame::Message(message) => self.message(now, &Fields::of(message), meaning),
            }
        }
        self.framer = framer;
        self.ask(now, meaning);
    }

    /// When [`Session::pass`] has something to do.
    pub fn deadline(&self) -> Timestamp {
        match self.state {
            State::Up => {
                let asks = [&self.ping, &self.summary, &self.status].map(|q| q.due);
                asks.into_iter().fold(self.heard + DEAD_AFTER, Timestamp::min)
            }
            State::Greeting | State::Challenged | State::LoggingIn => self.begun + LOGIN_AFTER,
            State::Ended(_) => Timestamp::MAX,
        }
    }

    /// Asks what is due, and gives up what is dead.
    pub fn pass(&mut self, now: Timestamp, meaning: &mut Meaning) {
        match self.state {
            State::Up if now >= self.heard + DEAD_AFTER => self.state = State::Ended(End::Dead),
            State::Greeting | State::Challenged | State::LoggingIn
                if now >= self.begun + LOGIN_AFTER =>
            {
                self.state = State::Ended(End::LoginTimeout);
            }
            State::Greeting
            | State::Challenged
            | State::LoggingIn
            | State::Up
            | State::Ended(_) => self.ask(now, meaning),
        }
    }

    fn greeted(&mut self, version: &str) {
        self.version = Some(version.to_owned());
        self.out.extend(self.login.first());
        self.state = if self.login.is_challenge() { State::Challenged } else { State::LoggingIn };
    }

    fn message(&mut self, now: Timestamp, f: &Fields<'_>, meaning: &mut Meaning) {
        match self.state {
            State::Up => self.up(now, f, meaning),
            State::Challenged if f.kind == Kind::Response => match f.challenge {
                Some(challenge) => {
                    self.out.extend(self.login.answer(challenge));
                    self.state = State::LoggingIn;
                }
                None => self.refused(f),
            },
            State::LoggingIn if f.kind == Kind::Response => {
                if f.response.is_some_and(|r| r.eq_ignore_ascii_case("Success")) {
                    self.state = State::Up;
                    [&mut self.ping, &mut self.summary, &mut self.status]
                        .into_iter()
                        .for_each(|question| question.due = now);
                    self.summary.due = now + SUMMARY_EVERY;
                    meaning.link_up();
                } else {
                    self.refused(f);
                }
            }
            State::Greeting | State::Challenged | State::LoggingIn | State::Ended(_) => {}
        }
    }

    fn refused(&mut self, f: &Fields<'_>) {
        let said = f.message.unwrap_or("without a reason").to_owned();
        self.state = State::Ended(End::Refused(said));
    }

    fn up(&mut self, now: Timestamp, f: &Fields<'_>, meaning: &mut Meaning) {
        if f.response.is_some_and(|r| r.eq_ignore_ascii_case("Goodbye")) {
            self.state = State::Ended(End::Goodbye);
        } else if self.ping.answers(f) {
            self.signs += 1;
            if let (Some(stamp), Some((_, asked))) = (f.timestamp, self.ping.asked.take()) {
                self.clock.measure(asked, now, stamp);
                meaning.clock_is_ahead(self.clock.offset().unwrap_or(Span::ZERO));
            }
        } else if self.status.answers(f) {
            if f.kind == Kind::StatusComplete {
                meaning.list_done(now, f.list_items);
                self.status.asked = None;
            } else if f.kind != Kind::Response {
                meaning.list_item(now, f);
            }
        } else if self.summary.answers(f) {
            if f.kind == Kind::Summary {
                meaning.summary(now, f);
            } else if f.kind == Kind::SummaryComplete {
                self.summary.asked = None;
            }
        } else if f.action_id.is_none() || f.kind == Kind::Booted {
            meaning.event(now, f);
        }
    }

    fn ask(&mut self, now: Timestamp, meaning: &mut Meaning) {
        if self.state != State::Up {
            return;
        }
        let asked = self.status.asked.as_ref().map(|(_, at)| *at + STATUS_AGAIN);
        if asked.is_none_or(|at| at <= now) && meaning.wants_sync() {
            self.status.due = now;
        }
        for question in [&mut self.ping, &mut self.summary, &mut self.status] {
            if question.due > now {
                continue;
            }
            self.actions += 1;
            let id = format!("callsurge-{}", self.actions);
            let action = format!("Action: {}\r\nActionID: {id}\r\n\r\n", question.name);
            self.out.extend_from_slice(action.as_bytes());
            question.due = now + question.every;
            question.asked = Some((id, now));
            if question.name == "QueueStatus" {
                meaning.list_asked(now);
            }
        }
    }
}

impl Question {
    fn answers(&self, f: &Fields<'_>) -> bool {
        self.asked.as_ref().is_some_and(|(id, _)| f.action_id == Some(id))
    }
}

#[cfg(test)]
mod tests;
