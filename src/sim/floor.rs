//! Who sits where and does what: the agents of all queues.
//!
//! An agent serves one queue and one call. Who is told to leave finishes the call and its
//! after-call work first, as people do. The longest idle agent takes the next call.

use crate::engine::command::Level;
use crate::engine::observation::CallKey;
use crate::engine::time::Span;
use std::collections::VecDeque;

/// Number of an agent; numbers of people who left are given again.
pub(crate) type AgentId = u32;

/// All agents.
#[derive(Clone, Debug, Default)]
pub(crate) struct Floor {
    agents: Vec<Agent>,
    gone: Vec<AgentId>,
    queues: Vec<Heads>,
    extra: [u32; 4],
}

/// The agents of a queue by state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heads {
    idle: VecDeque<AgentId>,
    /// In conversation.
    pub(crate) talking: u32,
    /// In after-call work.
    pub(crate) wrap_up: u32,
    /// Rostered and not about to leave.
    pub(crate) rostered: u32,
}

#[derive(Clone, Copy, Debug)]
struct Agent {
    queue: usize,
    /// [`Level::None`] is the roster's own.
    level: Level,
    state: State,
    leaving: bool,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Gone,
    Idle,
    Talking { call: CallKey, talk: Span },
    WrapUp,
}

/// Who becomes free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freed {
    /// Takes the next call of this queue, or is idle.
    Ready(usize),
    /// Has logged off; the roster's own are [`Level::None`].
    LoggedOff(Level),
}

impl Heads {
    /// Could take a call.
    pub(crate) fn idle(&self) -> u32 {
        self.idle.len() as u32
    }

    /// Logged in.
    pub(crate) fn logged_in(&self) -> u32 {
        self.idle() + self.talking + self.wrap_up
    }
}

impl Floor {
    pub(crate) fn new(queues: usize) -> Self {
        Self { queues: vec![Heads::default(); queues], ..Self::default() }
    }

    pub(crate) fn heads(&self, queue: usize) -> &Heads {
        &self.queues[queue]
    }

    /// Recalled people of a level who are logged in.
    pub(crate) fn extra(&self, level: Level) -> u32 {
        self.extra[usize::from(level.number())]
    }

    /// Logs an agent on, idle. Returns the agent.
    pub(crate) fn log_on(&mut self, queue: usize, level: Level) -> AgentId {
        let agent = Agent { queue, level, state: State::Idle, leaving: false };
        let id = match self.gone.pop() {
            Some(id) => {
                self.agents[id as usize] = agent;
                id
            }
            None => {
                self.agents.push(agent);
                self.agents.len() as AgentId - 1
            }
        };
        self.queues[queue].idle.push_back(id);
        if level == Level::None {
            self.queues[queue].rostered += 1;
        } else {
            self.extra[usize::from(level.number())] += 1;
        }
        id
    }

    /// The longest idle agent of a queue begins to talk.
    ///
    /// # Panics
    /// If the agent already serves a call: one agent, one call.
    pub(crate) fn connect(&mut self, queue: usize, call: CallKey, talk: Span) -> Option<AgentId> {
        let id = self.queues[queue].idle.pop_front()?;
        let agent = &mut self.agents[id as usize];
        assert!(matches!(agent.state, State::Idle), "only an idle agent takes a call");
        agent.state = State::Talking { call, talk };
        self.queues[queue].talking += 1;
        Some(id)
    }

    /// The conversation of an agent ends; wrap-up begins. Its queue, call and talk time.
    pub(crate) fn hang_up(&mut self, id: AgentId) -> Option<(usize, CallKey, Span)> {
        let agent = &mut self.agents[id as usize];
        let State::Talking { call, talk } = agent.state else { return None };
        agent.state = State::WrapUp;
        let queue = agent.queue;
        self.queues[queue].talking -= 1;
        self.queues[queue].wrap_up += 1;
        Some((queue, call, talk))
    }

    /// The after-call work of an agent is done: idle again, or off if told to leave.
    pub(crate) fn finish(&mut self, id: AgentId) -> Freed {
        let agent = &mut self.agents[id as usize];
        let (queue, level) = (agent.queue, agent.level);
        self.queues[queue].wrap_up -= 1;
        if agent.leaving {
            self.log_off(id);
            return Freed::LoggedOff(level);
        }
        agent.state = State::Idle;
        self.queues[queue].idle.push_back(id);
        Freed::Ready(queue)
    }

    /// Brings the rostered heads of a queue to a number. Returns how many logged on.
    pub(crate) fn roster(&mut self, queue: usize, wanted: u32) -> u32 {
        let mut missing = wanted.saturating_sub(self.queues[queue].rostered);
        for agent in &mut self.agents {
            if missing > 0 && agent.leaving && agent.queue == queue && agent.level == Level::None {
                agent.leaving = false;
                missing -= 1;
                self.queues[queue].rostered += 1;
            }
        }
        for _ in 0..missing {
            self.log_on(queue, Level::None);
        }
        let surplus = self.queues[queue].rostered.saturating_sub(wanted);
        let chosen = self.choose(surplus as usize, |a| a.queue == queue && a.level == Level::None);
        self.dismiss(&chosen);
        self.queues[queue].rostered -= chosen.len() as u32;
        missing
    }

    /// Sends the recalled people of a level home: the idle ones now, the others after their call.
    pub(crate) fn release(&mut self, level: Level) {
        let chosen = self.choose(usize::MAX, |a| a.level == level);
        self.dismiss(&chosen);
    }

    /// Up to `most` agents who are not leaving yet, idle ones first.
    fn choose(&self, most: usize, of: impl Fn(&Agent) -> bool) -> Vec<AgentId> {
        let pick = |idle: bool| {
            self.agents.iter().zip(0..).filter_map(move |(agent, id)| {
                let is_idle = matches!(agent.state, State::Idle);
                let is_gone = matches!(agent.state, State::Gone);
                (!is_gone && !agent.leaving && is_idle == idle).then_some((agent, id))
            })
        };
        let fitting = pick(true).chain(pick(false)).filter(|(agent, _)| of(agent));
        fitting.map(|(_, id)| id).take(most).collect()
    }

    fn dismiss(&mut self, chosen: &[AgentId]) {
        for &id in chosen {
            let agent = &mut self.agents[id as usize];
            if matches!(agent.state, State::Idle) {
                let queue = agent.queue;
                self.queues[queue].idle.retain(|&other| other != id);
                self.log_off(id);
            } else {
                agent.leaving = true;
            }
        }
    }

    fn log_off(&mut self, id: AgentId) {
        let agent = &mut self.agents[id as usize];
        agent.state = State::Gone;
        agent.leaving = false;
        if agent.level != Level::None {
            self.extra[usize::from(agent.level.number())] -= 1;
        }
        self.gone.push(id);
    }
}
