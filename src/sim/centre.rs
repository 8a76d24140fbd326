//! The clockwork of the simulated centre: what happens next?
//!
//! One heap of things due, ordered by instant and then by the order in which they were planned,
//! so that ties have one outcome. Waiting calls sit in a first-in-first-out line per queue; a
//! caller who gives up is found there by number.

use super::SimEvent;
use super::arrivals::{Arrivals, Profile};
use super::config::CentreConfig;
use super::draw::{self, Purpose};
use super::floor::{AgentId, Floor, Freed};
use super::history::History;
use crate::engine::command::Level;
use crate::engine::observation::{CallEvent, CallKey, CallKind, Snapshot};
use crate::engine::time::{Span, Timestamp};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// Grid on which the roster changes.
const ROSTER_GRID: Span = Span::minutes(30);

/// A simulated call centre.
#[derive(Clone, Debug)]
pub struct Centre {
    config: CentreConfig,
    seed: u64,
    now: Timestamp,
    arrivals: Arrivals,
    profile: Profile,
    floor: Floor,
    lines: Vec<VecDeque<Waiting>>,
    due: BinaryHeap<Reverse<Due>>,
    planned: u64,
    calls: u64,
    /// Releases so far by level: who was recalled before one does not come any more.
    releases: [u32; 4],
    told: [u32; 4],
    instants: ChaCha8Rng,
    rng: ChaCha8Rng,
    help: ChaCha8Rng,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    number: u64,
    call: CallKey,
    arrived: Timestamp,
    redials: u8,
}

/// Ordered by instant, then by the order of planning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: Timestamp,
    order: u64,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// Draw the arrivals of the next minute.
    Minute,
    /// Bring the roster to what the profile wants.
    Roster,
    /// Tell how the queues stand.
    Snapshot,
    Offered {
        queue: usize,
        redials: u8,
    },
    GiveUp {
        queue: usize,
        number: u64,
    },
    TalkEnds {
        agent: AgentId,
    },
    WrapUpEnds {
        agent: AgentId,
    },
    LogOn {
        level: Level,
        releases: u32,
    },
}

impl Centre {
    /// A centre at its configured start: rostered, and empty of calls.
    pub fn new(seed: u64, config: CentreConfig) -> Self {
        let start = config.start.floor(Span::minutes(1));
        let queues = config.queues.len();
        let mut centre = Self {
            seed,
            now: start,
            arrivals: Arrivals::new(seed, &config, start),
            profile: Profile::new(&config),
            floor: Floor::new(queues),
            lines: vec![VecDeque::new(); queues],
            due: BinaryHeap::new(),
            planned: 0,
            calls: 0,
            releases: [0; 4],
            told: [0; 4],
            instants: draw::stream(seed, Purpose::Instants, 0),
            rng: draw::stream(seed, Purpose::Calls, 0),
            help: draw::stream(seed, Purpose::Help, 0),
            config,
        };
        centre.plan(start, What::Roster);
        centre.plan(start, What::Minute);
        let every = centre.config.snapshot_every;
        centre.plan(start.next_multiple(every), What::Snapshot);
        centre
    }

    /// What the centre was built with.
    pub fn config(&self) -> &CentreConfig {
        &self.config
    }

    /// The instant it has been advanced to.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Rows of its own past: the `weeks` before the configured start, in rows of `row_minutes`,
    /// by index of the queue.
    pub fn history(&self, weeks: u32, row_minutes: u32) -> History {
        let from = self.config.start - Span::hours(24 * 7) * i64::from(weeks);
        History::new(self.seed, &self.config, from, self.config.start, row_minutes)
    }

    /// Lets time pass up to and including `until`, and appends what happened, in order.
    pub fn advance(&mut self, until: Timestamp, out: &mut Vec<SimEvent>) {
        while let Some(Reverse(due)) = self.due.peek().copied()
            && due.at <= until
        {
            self.due.pop();
            self.now = due.at;
            self.happen(due.what, out);
        }
        self.now = self.now.max(until);
    }

    /// Asks for help: one agent of `level` logs on after each of the delays.
    pub fn recall(&mut self, level: Level, arrival_delays: &[Span]) {
        let releases = self.releases[usize::from(level.number())];
        for &delay in arrival_delays {
            self.plan(self.now + delay.max(Span::millis(1)), What::LogOn { level, releases });
        }
    }

    /// A travel time that is common for a level: people in the house are at a desk in minutes
    /// (L1), people on a day off have a way to go (L2), functional staff must be found and
    /// briefed (L3).
    pub fn travel_time(&mut self, level: Level) -> Span {
        match level {
            Level::None => Span::ZERO,
            Level::L1 => Span::minutes(1) + draw::exponential(&mut self.help, Span::secs(90)),
            Level::L2 => draw::log_normal(&mut self.help, Span::minutes(45), 0.35),
            Level::L3 => draw::log_normal(&mut self.help, Span::minutes(12), 0.4),
        }
    }

    /// Sends the recalled people of a level home: who is on a call finishes it, who is still on
    /// the way does not come.
    pub fn release(&mut self, level: Level) {
        self.releases[usize::from(level.number())] += 1;
        self.floor.release(level);
        // Whoever left at once is told with the next snapshot.
    }

    /// Recalled people of a level who are logged in.
    pub fn extra_heads(&self, level: Level) -> u32 {
        self.floor.extra(level)
    }

    /// Agents of a queue who are logged in.
    pub fn logged_in(&self, queue: usize) -> u32 {
        self.floor.heads(queue).logged_in()
    }

    /// Calls that wait in a queue.
    pub fn waiting(&self, queue: usize) -> usize {
        self.lines[queue].len()
    }

    fn plan(&mut self, at: Timestamp, what: What) {
        self.planned += 1;
        self.due.push(Reverse(Due { at, order: self.planned, what }));
    }

    fn happen(&mut self, what: What, out: &mut Vec<SimEvent>) {
        match what {
            What::Minute => self.draw_minute(),
            What::Roster => self.roster(out),
            What::Snapshot => self.snapshot(out),
            What::Offered { queue, redials } => self.offer(queue, redials, out),
            What::GiveUp { queue, number } => self.give_up(queue, number, out),
            What::TalkEnds { agent } => self.talk_ends(agent, out),
            What::WrapUpEnds { agent } => match self.floor.finish(agent) {
                Freed::Ready(queue) => self.serve(queue, out),
                Freed::LoggedOff(_) => self.tell_extra(out),
            },
            What::LogOn { level, releases } => {
                if releases == self.releases[usize::from(level.number())]
                    && let Some(queue) = self.neediest()
                {
                    self.floor.log_on(queue, level);
                    self.tell_extra(out);
                    self.serve(queue, out);
                }
            }
        }
    }

    fn draw_minute(&mut self) {
        let (start, counts) = self.arrivals.next_minute();
        let counts = counts.to_vec();
        for (queue, count) in counts.into_iter().enumerate() {
            for _ in 0..count {
                let at = start + Span::millis(self.instants.random_range(0..60_000));
                self.plan(at, What::Offered { queue, redials: 0 });
            }
        }
        self.plan(start + Span::minutes(1), What::Minute);
    }

    /// Square-root staffing for the busiest of the coming half hour, and for the quarter of an
    /// hour behind, so that nobody leaves before the last callers are served.
    fn roster(&mut self, out: &mut Vec<SimEvent>) {
        let sights = [-15, 0, 15, 30].map(|m| self.profile.expected(self.now + Span::minutes(m)));
        let per_second = sights.into_iter().fold(0.0, f64::max) / 60.0;
        let staffing = self.config.staffing;
        for queue in 0..self.lines.len() {
            let of = &self.config.queues[queue];
            let handle = (of.talk_mean + staffing.wrap_up_mean).as_secs_f64();
            let load = per_second * of.share * handle;
            let heads = load + staffing.beta * load.sqrt() + staffing.slack * load;
            self.floor.roster(queue, heads.ceil() as u32);
            self.serve(queue, out);
        }
        self.plan(self.now.next_multiple(ROSTER_GRID), What::Roster);
    }

    fn snapshot(&mut self, out: &mut Vec<SimEvent>) {
        self.tell_extra(out);
        for (queue, line) in self.lines.iter().enumerate() {
            let heads = self.floor.heads(queue);
            let longest = line.front().map_or(Span::ZERO, |first| self.now - first.arrived);
            let snapshot = Snapshot {
                waiting: Some(line.len() as u32),
                longest_wait: Some(longest),
                talking: Some(heads.talking),
                after_call_work: Some(heads.wrap_up),
                available: Some(heads.idle()),
                logged_in: Some(heads.logged_in()),
                ..Snapshot::empty(self.now)
            };
            out.push(SimEvent::Snapshot { queue, snapshot });
        }
        self.plan(self.now.next_multiple(self.config.snapshot_every), What::Snapshot);
    }

    fn tell_extra(&mut self, out: &mut Vec<SimEvent>) {
        for level in [Level::L1, Level::L2, Level::L3] {
            let heads = self.floor.extra(level);
            let told = &mut self.told[usize::from(level.number())];
            if *told != heads {
                *told = heads;
                out.push(SimEvent::ExtraStaff { at: self.now, level, heads });
            }
        }
    }

    fn offer(&mut self, queue: usize, redials: u8, out: &mut Vec<SimEvent>) {
        self.calls += 1;
        let number = self.calls;
        let call = CallKey::new(&format!("sim-{}-{}-{number}", self.seed, self.config.start), 0);
        self.tell_call(queue, call, CallKind::Offered, None, out);
        let callers = self.config.callers;
        let patience = draw::exponential(&mut self.rng, callers.patience_mean);
        self.lines[queue].push_back(Waiting { number, call, arrived: self.now, redials });
        let gives_up = self.now + callers.patience_floor + patience;
        self.serve(queue, out);
        if self.lines[queue].back().is_some_and(|last| last.number == number) {
            self.plan(gives_up, What::GiveUp { queue, number });
        }
    }

    /// Connects waiting calls to idle agents, first in, first out.
    fn serve(&mut self, queue: usize, out: &mut Vec<SimEvent>) {
        while self.floor.heads(queue).idle() > 0
            && let Some(first) = self.lines[queue].pop_front()
        {
            let storms = &self.config.storms;
            let factor: f64 = storms.iter().map(|storm| storm.talk(self.now)).product();
            let mean = draw::scaled(self.config.queues[queue].talk_mean, factor);
            let talk = draw::log_normal_mean(&mut self.rng, mean, self.config.staffing.talk_cv);
            let talk = talk.max(Span::secs(1));
            if let Some(agent) = self.floor.connect(queue, first.call, talk) {
                self.tell_call(queue, first.call, CallKind::Answered, Some(agent), out);
                self.plan(self.now + talk, What::TalkEnds { agent });
            }
        }
    }

    fn give_up(&mut self, queue: usize, number: u64, out: &mut Vec<SimEvent>) {
        let Ok(place) = self.lines[queue].binary_search_by_key(&number, |w| w.number) else {
            return; // answered meanwhile
        };
        let Some(lost) = self.lines[queue].remove(place) else { return };
        self.tell_call(queue, lost.call, CallKind::Abandoned, None, out);
        let callers = self.config.callers;
        let again = self.rng.random::<f64>() < callers.redial_share;
        let delay = draw::exponential(&mut self.rng, callers.redial_delay_mean);
        if again && lost.redials < callers.redials_max {
            let redials = lost.redials + 1;
            self.plan(self.now + Span::secs(10) + delay, What::Offered { queue, redials });
        }
    }

    fn talk_ends(&mut self, agent: AgentId, out: &mut Vec<SimEvent>) {
        let Some((queue, call, talk)) = self.floor.hang_up(agent) else { return };
        self.tell_call(queue, call, CallKind::Completed { talk: Some(talk) }, Some(agent), out);
        let wrap_up = draw::exponential(&mut self.rng, self.config.staffing.wrap_up_mean);
        self.plan(self.now + wrap_up, What::WrapUpEnds { agent });
    }

    fn tell_call(
        &self,
        queue: usize,
        call: CallKey,
        kind: CallKind,
        agent: Option<AgentId>,
        out: &mut Vec<SimEvent>,
    ) {
        let event = CallEvent { at: self.now, call, kind };
        out.push(SimEvent::Call { queue, event, agent });
    }

    /// Where one more head helps most: the queue with the most waiting calls per agent, the
    /// first of equals.
    fn neediest(&self) -> Option<usize> {
        let need = |queue: usize| {
            let agents = f64::from(self.floor.heads(queue).logged_in() + 1);
            self.lines[queue].len() as f64 / agents
        };
        (0..self.lines.len()).rev().max_by(|&a, &b| need(a).total_cmp(&need(b)))
    }
}
