//! A PBX that never rests: calls enter, ring, are answered and end, message by message as Asterisk
//! 22 writes them, and lists are answered from what it knows.

use callsurge::clock::{Clock, SystemClock};
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

pub(super) const PROBE: &str = "probe";
const QUEUES: usize = 50;
const AGENTS: u64 = 5_000;
/// Between two bursts of messages.
const TICK: Duration = Duration::from_millis(10);
/// A caller waits, and a conversation lasts, so many ticks.
const WAIT: u64 = 200;
const TALK: u64 = 300;
/// A call for the probe every so many ticks.
const PROBE_EVERY: u64 = 5;

pub(super) struct Pbx {
    link: TcpStream,
    asked: String,
    waiting: BTreeMap<String, VecDeque<(u64, Instant)>>,
    calls: u64,
    tick: u64,
    /// Calls that wait and calls that are answered, each with its tick.
    made: VecDeque<(u64, u64)>,
    talks: VecDeque<(u64, u64)>,
    pub(super) bytes: u64,
    out: String,
    /// When each call for the probe was written.
    pub(super) probes: Vec<Instant>,
}

impl Pbx {
    pub(super) fn new(link: TcpStream) -> std::io::Result<Self> {
        link.set_nodelay(true)?;
        let mut pbx = Self {
            link,
            asked: String::new(),
            waiting: BTreeMap::new(),
            calls: 0,
            tick: 0,
            made: VecDeque::new(),
            talks: VecDeque::new(),
            bytes: 0,
            out: "Asterisk Call Manager/11.0.0\r\n".to_owned(),
            probes: Vec::new(),
        };
        pbx.send()?;
        Ok(pbx)
    }

    /// Answers the login and the first list.
    pub(super) fn settle(&mut self, time: Duration) -> std::io::Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < time {
            self.answer()?;
            std::thread::sleep(TICK);
        }
        Ok(())
    }

    /// Plays `per_second` new calls for so long; how many there were.
    pub(super) fn play(&mut self, per_second: u64, time: Duration) -> std::io::Result<u64> {
        let begun = Instant::now();
        let ticks = u64::try_from(time.as_millis() / TICK.as_millis()).unwrap_or(0);
        let first = self.calls;
        for played in 0..ticks {
            self.tick += 1;
            let tick = self.tick;
            for _ in 0..per_second * TICK.as_millis() as u64 / 1_000 {
                self.calls += 1;
                self.made.push_back((tick, self.calls));
                self.enters(self.calls, &queue_of(self.calls));
            }
            while self.made.front().is_some_and(|(at, _)| at + WAIT <= tick) {
                if let Some((_, call)) = self.made.pop_front() {
                    self.is_answered(call);
                    self.talks.push_back((tick, call));
                }
            }
            while self.talks.front().is_some_and(|(at, _)| at + TALK <= tick) {
                if let Some((_, call)) = self.talks.pop_front() {
                    self.is_over(call);
                }
            }
            if tick.is_multiple_of(PROBE_EVERY) {
                self.enters(1_000_000_000 + tick, PROBE);
            }
            self.send()?;
            if tick.is_multiple_of(PROBE_EVERY) {
                self.probes.push(Instant::now());
            }
            self.answer()?;
            let due = begun + TICK * u32::try_from(played + 1).unwrap_or(u32::MAX);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        Ok(self.calls - first)
    }

    fn enters(&mut self, call: u64, queue: &str) {
        let line = self.waiting.entry(queue.to_owned()).or_default();
        line.push_back((call, Instant::now()));
        let count = line.len();
        self.event("QueueCallerJoin", call, queue, false);
        let _ = write!(self.out, "Position: {count}\r\nCount: {count}\r\n\r\n");
        self.event("AgentCalled", call, queue, true);
        self.out.push_str("\r\n");
        self.member(call, queue, 6);
    }

    fn is_answered(&mut self, call: u64) {
        let queue = queue_of(call);
        let line = self.waiting.entry(queue.clone()).or_default();
        line.retain(|(waiting, _)| *waiting != call);
        let count = line.len();
        self.event("QueueCallerLeave", call, &queue, false);
        let _ = write!(self.out, "Position: 1\r\nCount: {count}\r\n\r\n");
        self.event("AgentConnect", call, &queue, true);
        self.out.push_str("HoldTime: 2\r\nRingTime: 2\r\n\r\n");
        self.member(call, &queue, 2);
    }

    fn is_over(&mut self, call: u64) {
        let queue = queue_of(call);
        self.event("AgentComplete", call, &queue, true);
        self.out.push_str("HoldTime: 2\r\nTalkTime: 3\r\nReason: caller\r\n\r\n");
        self.member(call, &queue, 1);
    }

    fn event(&mut self, event: &str, call: u64, queue: &str, agent: bool) {
        let stamp = stamp();
        let channel = |out: &mut String, to: &str, of: u64| {
            let _ = write!(
                out,
                "{to}Channel: PJSIP/trunk-{of:08x}\r\n{to}ChannelState: 6\r\n\
                 {to}ChannelStateDesc: Up\r\n{to}CallerIDNum: 1380000{of:04}\r\n\
                 {to}CallerIDName: Caller {of}\r\n{to}ConnectedLineNum: 1380000{of:04}\r\n\
                 {to}ConnectedLineName: Caller {of}\r\n{to}Language: en\r\n{to}AccountCode: \r\n\
                 {to}Context: queue_in\r\n{to}Exten: {queue}\r\n{to}Priority: 4\r\n\
                 {to}Uniqueid: pbx-1795486247.{of}\r\n{to}Linkedid: pbx-1795486247.{call}\r\n"
            );
        };
        let _ = write!(
            self.out,
            "Event: {event}\r\nPrivilege: agent,all\r\nTimestamp: {stamp}\r\nSystemName: pbx\r\n"
        );
        channel(&mut self.out, "", call);
        if agent {
            channel(&mut self.out, "Dest", call + 500_000_000);
        }
        let _ = write!(self.out, "Queue: {queue}\r\n");
        if agent {
            let of = call % AGENTS;
            let _ = write!(self.out, "Interface: PJSIP/{of}\r\nMemberName: Agent {of}\r\n");
        }
    }

    fn member(&mut self, call: u64, queue: &str, status: u8) {
        let (of, stamp) = (call % AGENTS, stamp());
        let talks = u8::from(status == 2);
        let _ = write!(
            self.out,
            "Event: QueueMemberStatus\r\nPrivilege: agent,all\r\nTimestamp: {stamp}\r\n\
             SystemName: pbx\r\nQueue: {queue}\r\nMemberName: Agent {of}\r\n\
             Interface: PJSIP/{of}\r\nStateInterface: PJSIP/{of}\r\nMembership: static\r\n\
             Penalty: 0\r\nCallsTaken: 0\r\nLastCall: 0\r\nLastPause: 0\r\n\
             LoginTime: 1795486241\r\nInCall: {talks}\r\nStatus: {status}\r\nPaused: 0\r\n\
             PausedReason: \r\nRinginuse: 0\r\nWrapuptime: 0\r\n\r\n"
        );
    }

    fn send(&mut self) -> std::io::Result<()> {
        self.bytes += self.out.len() as u64;
        self.link.set_nonblocking(false)?;
        self.link.write_all(self.out.as_bytes())?;
        self.out.clear();
        self.link.set_nonblocking(true)
    }

    fn answer(&mut self) -> std::io::Result<()> {
        let mut buffer = [0; 4_096];
        match self.link.read(&mut buffer) {
            Ok(0) => return Err(ErrorKind::ConnectionReset.into()),
            Ok(n) => self.asked.push_str(&String::from_utf8_lossy(&buffer[..n])),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        while let Some(end) = self.asked.find("\r\n\r\n") {
            let action: String = self.asked.drain(..end + 4).collect();
            self.act(&action);
        }
        self.send()
    }

    fn act(&mut self, action: &str) {
        let header = |name: &str| {
            let line = action.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().trim_start_matches(": ").to_owned()
        };
        let id = header("ActionID");
        let _ = write!(self.out, "Response: Success\r\nActionID: {id}\r\n");
        match header("Action").as_str() {
            "Ping" => {
                let _ = write!(self.out, "Ping: Pong\r\nTimestamp: {}\r\n\r\n", stamp());
            }
            "QueueStatus" => self.list(&id),
            _ => self.out.push_str("Message: ok\r\n\r\n"),
        }
    }

    fn list(&mut self, id: &str) {
        self.out.push_str("EventList: start\r\n\r\n");
        let mut items = 0;
        for (queue, line) in &self.waiting {
            let calls = line.len();
            let _ = write!(
                self.out,
                "Event: QueueParams\r\nQueue: {queue}\r\nMax: 0\r\nCalls: {calls}\r\n\
                 ActionID: {id}\r\n\r\n"
            );
            for (call, since) in line {
                let wait = since.elapsed().as_secs();
                let _ = write!(
                    self.out,
                    "Event: QueueEntry\r\nQueue: {queue}\r\nUniqueid: pbx-1795486247.{call}\r\n\
                     Wait: {wait}\r\nActionID: {id}\r\n\r\n"
                );
            }
            items += 1 + calls;
        }
        let _ = write!(
            self.out,
            "Event: QueueStatusComplete\r\nActionID: {id}\r\nEventList: Complete\r\n\
             ListItems: {items}\r\n\r\n"
        );
    }
}

fn queue_of(call: u64) -> String {
    format!("queue-{:02}", call % QUEUES as u64)
}

fn stamp() -> String {
    let now = SystemClock.now().as_millis();
    format!("{}.{:03}000", now / 1_000, now % 1_000)
}
