//! The pure engine: entries in, effects out.
//!
//! Synchronous and deterministic. It reads no clock, no file, no environment and no random
//! source; it imports std, chrono, serde, statrs, the pure machine of [`crate::recall`] and nothing
//! else, and a test enforces that.
//! [`Engine::apply`] is the only way to change it, so live service, recovery, replay and test
//! share one code path:
//!
//! ```text
//! observation → calendar → baseline → detector → control → ladder → effects
//! ```
//!
//! An observation touches its queue, its unit and timers that are due, so its cost does not grow
//! with the number of queues.

pub mod baseline;
pub mod calendar;
pub mod calls;
pub mod command;
pub mod control;
pub mod detector;
pub mod effect;
mod emit;
pub mod entry;
mod evaluate;
pub mod foresee;
mod hear;
mod hours;
pub mod ladder;
pub mod observation;
mod passing;
mod place;
pub mod policy;
mod queue;
mod read;
pub mod recalls;
pub mod recent;
pub mod service;
mod signs;
pub mod silence;
pub mod source;
pub mod tail;
pub mod time;
mod unit;
pub mod verdict;
pub mod view;
pub mod week;

use chrono_tz::Tz;
use command::{Act, Command, Level};
use effect::{Commanded, Effect, EffectKind, IncidentId, Quality, QualityLine, Transition};
use emit::Emit;
use entry::{Entry, Input};
use ladder::{Context, Order};
use observation::{QueueId, SourceId, UnitId};
use policy::{Carries, Policy};
use queue::Queue;
use recalls::Recalls;
use serde::{Deserialize, Serialize};
use source::Source;
use std::sync::Arc;
use time::Timestamp;
use unit::{Around, Unit};

/// The whole state. Its serde form is the snapshot; a binary encoding keeps it bit-exact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Engine {
    seq: entry::Seq,
    at: Timestamp,
    policy: Option<Arc<Policy>>,
    sources: Vec<Source>,
    units: Vec<Unit>,
    queues: Vec<Queue>,
    next_incident: IncidentId,
    recalls: Recalls,
    /// Nothing is due by the passing of time before this instant.
    next_wake: Timestamp,
    /// Why it wakes then.
    wake: Wake,
}

/// Why the engine wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wake {
    /// A source may be blind.
    Silence,
    /// A step of a ladder may be due.
    Ladder,
    /// Rows that were waited for are overdue.
    Rows,
    /// Time changes something in a recall.
    Recall,
}

impl Engine {
    /// An engine before its first entry.
    pub fn new() -> Self {
        Self {
            seq: 0,
            at: Timestamp::MIN,
            policy: None,
            sources: Vec::new(),
            units: Vec::new(),
            queues: Vec::new(),
            next_incident: 1,
            recalls: Recalls::new(),
            next_wake: Timestamp::MAX,
            wake: Wake::Silence,
        }
    }

    /// Folds one entry and appends what follows from it.
    ///
    /// # Panics
    /// If `seq` is not the next number, `at` goes back, or an id was never registered: such an
    /// entry cannot come from a sound driver.
    pub fn apply(&mut self, entry: &Entry, effects: &mut Vec<Effect>) {
        let mut emit = Emit::new(entry.seq, entry.at, effects);
        let first = emit.len();
        self.fold(entry, &mut emit);
        let changes = recalls::changes(emit.since(first));
        self.recalls_follow(&changes, &mut emit);
    }

    /// Everything but what recalls make of it.
    fn fold(&mut self, entry: &Entry, emit: &mut Emit<'_>) {
        assert_eq!(entry.seq, self.seq + 1, "entries are dense");
        assert!(entry.at >= self.at, "entries do not go back in time");
        self.seq = entry.seq;
        self.at = entry.at;
        self.take(&entry.input, emit);
        if entry.at >= self.next_wake {
            self.time_passes(emit);
        }
    }

    fn take(&mut self, input: &Input, emit: &mut Emit<'_>) {
        match input {
            Input::Policy(policy) => self.set_policy(policy, emit),
            Input::Started { down_since } => self.started(*down_since, emit),
            Input::QueueSeen { queue, name, unit } => self.register(*queue, name, *unit),
            Input::Observed(observation) => self.observe(observation, emit),
            Input::Learn(observation) => self.learn(observation),
            Input::Heartbeat(source) => self.heartbeat(*source, emit),
            Input::Link(source, up) => self.link(*source, *up, emit),
            Input::SourceRestarted(source, at) => self.source_restarted(*source, *at, emit),
            Input::Gap { source, from, to } => self.gap(*source, *from, *to, emit),
            Input::SourceEnded(source) => self.source_ended(*source, emit),
            Input::Command(command) => self.command(command, emit),
            Input::ExtraStaff { unit, level, heads } => {
                self.units[unit.0 as usize].extra_staff[usize::from(level.number())] = *heads;
                self.look_again(*unit);
            }
            Input::Receipt { effect, delivered } => {
                self.offer_receipt(*effect, *delivered, emit);
            }
            Input::Recall { input, order } => self.recall(input, order.as_ref(), emit),
            Input::RecallNote { recall, note } => self.note_recall(*recall, *note, emit),
            Input::Tick => self.wake_at(self.at, Wake::Ladder),
        }
    }

    /// Folds an entry of the past whose outcome is known: the transitions of the journal are
    /// authoritative, none is decided anew. They come with the instants they belong to, which
    /// anchor the levels above. Used in recovery by another build.
    pub fn apply_recorded(&mut self, entry: &Entry, transitions: &[(Timestamp, Transition)]) {
        let before: Vec<_> = self.units.iter().map(|u| u.ladder.clone()).collect();
        let mut effects = Vec::new();
        let mut emit = Emit::new(entry.seq, entry.at, &mut effects);
        self.fold(entry, &mut emit);
        let recorded: Vec<_> = transitions.iter().map(|(_, t)| t.clone()).collect();
        self.recalls_follow(&recorded, &mut emit);
        let decided = effects.iter().filter_map(|e| match &e.kind {
            EffectKind::Transition(t) => Some((e.at, t)),
            EffectKind::Outage(_)
            | EffectKind::Reminder(_)
            | EffectKind::Commanded(_)
            | EffectKind::Verdict(_)
            | EffectKind::Quality(_)
            | EffectKind::Interval(_)
            | EffectKind::Recall(_)
            | EffectKind::Recalled(_)
            | EffectKind::RecallNote { .. } => None,
        });
        let same = |(at, t): (Timestamp, &Transition)| {
            transitions.iter().any(|(then, j)| (*then, j.unit, j.to) == (at, t.unit, t.to))
        };
        if decided.clone().count() == transitions.len() && decided.clone().all(same) {
            return;
        }
        for (unit, ladder) in self.units.iter_mut().zip(before) {
            unit.ladder = ladder;
        }
        for (at, t) in transitions {
            let unit = &mut self.units[t.unit.0 as usize];
            unit.ladder.impose(t.to, t.incident, t.number, *at);
            self.next_incident = self.next_incident.max(t.incident + 1);
        }
    }

    /// When to send a tick at the latest, and why.
    pub fn next_deadline(&self) -> Option<(Timestamp, Wake)> {
        let recall = (self.recalls.due(), Wake::Recall);
        let (at, why) =
            if recall.0 < self.next_wake { recall } else { (self.next_wake, self.wake) };
        (at < Timestamp::MAX).then_some((at, why))
    }

    /// Number of the last entry; 0 before the first.
    pub fn seq(&self) -> entry::Seq {
        self.seq
    }

    /// `at` of the last entry; [`Timestamp::MIN`] before the first.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The policy in force.
    pub fn policy(&self) -> Option<&Policy> {
        self.policy.as_deref()
    }

    /// Name of a registered queue.
    pub fn queue_name(&self, queue: QueueId) -> &str {
        self.queues.get(queue.0 as usize).map_or("", |q| &q.name)
    }

    /// Names of the registered queues, by number.
    pub fn queue_names(&self) -> impl Iterator<Item = &str> {
        self.queues.iter().map(|q| &*q.name)
    }

    /// Name of a unit of the policy in force.
    pub fn unit_name(&self, unit: UnitId) -> &str {
        let units = self.policy.as_ref().map(|p| &p.units);
        units.and_then(|units| units.get(unit.0 as usize)).map_or("", |u| &u.name)
    }

    /// Name of the skill that calls of a queue take.
    pub fn skill_name(&self, unit: UnitId, queue: QueueId) -> &str {
        let name = self.queue_name(queue);
        let units = self.policy.as_ref().map(|p| &p.units);
        let unit = units.and_then(|units| units.get(unit.0 as usize));
        unit.map_or(name, |unit| unit.staffing.skill(name))
    }

    /// Local time of a unit of the policy in force.
    pub fn unit_zone(&self, unit: UnitId) -> Tz {
        let units = self.policy.as_ref().map(|p| &p.units);
        units.and_then(|units| units.get(unit.0 as usize)).map_or(Tz::UTC, |u| u.timezone)
    }

    /// Name of a source of the policy in force.
    pub fn source_name(&self, source: SourceId) -> &str {
        let sources = self.policy.as_ref().map(|p| &p.sources);
        sources.and_then(|sources| sources.get(source.0 as usize)).map_or("", |s| &s.name)
    }

    /// Sources and units keep their numbers: a policy may change and append, never remove. The
    /// driver sees to that.
    fn set_policy(&mut self, policy: &Policy, emit: &mut Emit<'_>) {
        assert!(policy.sources.len() >= self.sources.len(), "sources keep their numbers");
        assert!(policy.units.len() >= self.units.len(), "units keep their numbers");
        let first = self.policy.is_none();
        for _ in self.sources.len()..policy.sources.len() {
            self.sources.push(Source::new(self.at));
        }
        for (i, unit) in policy.units.iter().enumerate() {
            match self.units.get_mut(i) {
                Some(known) => known.calendar = calendar::Calendar::of(unit),
                None => self.units.push(Unit::new(unit)),
            }
        }
        for queue in &mut self.queues {
            let told = queue.sources().map(|s| policy.sources[s.0 as usize].carries);
            queue.carries = told.fold(Carries::default(), Carries::union);
        }
        self.policy = Some(Arc::new(policy.clone()));
        self.place_queues(policy);
        for i in 0..self.units.len() {
            self.look_again(UnitId(i as u16));
        }
        self.wake_at(self.at, Wake::Silence);
        self.retire_units(policy, emit);
        if !first {
            let what = Quality::PolicyChanged;
            let line = QualityLine { unit: None, source: None, what };
            emit.push(self.at, EffectKind::Quality(line));
        }
    }

    /// A unit that is configured no longer has no incident.
    fn retire_units(&mut self, policy: &Policy, emit: &mut Emit<'_>) {
        for i in 0..policy.units.len() {
            let unit = UnitId(i as u16);
            if policy.is_retired(unit) && self.units[i].ladder.incident().is_some() {
                let command = Command {
                    unit,
                    act: Act::Close,
                    actor: "configuration".into(),
                    reason: "the unit is no longer configured".into(),
                    expires_at: None,
                };
                self.command(&command, emit);
            }
        }
    }

    fn started(&mut self, down_since: Option<Timestamp>, emit: &mut Emit<'_>) {
        // Before a source told anything nothing was missed.
        let heard = self.sources.iter().any(|s| s.last_sign.is_some());
        let Some(since) = down_since.filter(|_| heard) else { return };
        for unit in &mut self.units {
            unit.silence.downtime(since, self.at);
        }
        for source in &mut self.sources {
            source.unheard += self.at - since.max(source.silent_since()).min(self.at);
        }
        let what = Quality::MonitorDown { since };
        emit.push(self.at, EffectKind::Quality(QualityLine { unit: None, source: None, what }));
        self.wake_at(self.at, Wake::Silence);
    }

    fn register(&mut self, queue: QueueId, name: &str, unit: UnitId) {
        assert_eq!(queue.0 as usize, self.queues.len(), "queues are numbered densely");
        self.queues.push(Queue::new(name.into(), unit));
        self.units[unit.0 as usize].members.push(queue);
    }

    fn command(&mut self, command: &Command, emit: &mut Emit<'_>) {
        let index = command.unit.0 as usize;
        self.hear_signs(command.unit);
        self.look_again(command.unit);
        let Some(policy) = &self.policy else { return };
        let unit = &mut self.units[index];
        let order = Order { act: command.act, expires_at: command.expires_at };
        let mut around = Around {
            unit: command.unit,
            policy: &policy.units[index],
            queues: &self.queues,
            next_incident: &mut self.next_incident,
            emit,
        };
        let mut moment = unit.moment(self.at, &around);
        moment.old = false;
        let before = unit.ladder.incident();
        let mut outcomes = Vec::new();
        let mut context = Context {
            silence: &unit.silence,
            policy: &around.policy.ladder,
            next_incident: around.next_incident,
        };
        let answer = unit.ladder.obey(&order, &moment, &mut context, &mut outcomes);
        let said = (command.actor.clone(), command.reason.clone());
        unit.tell(outcomes, Some(&said), self.at, &mut around);
        let commanded = Commanded {
            command: command.clone(),
            incident: unit.ladder.incident().or(before),
            until: answer.ok().flatten(),
            refused: answer.err(),
        };
        around.emit.push(self.at, EffectKind::Commanded(commanded));
        self.wake_at(self.at, Wake::Silence);
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

/// Level of a unit, for tests and tools that hold an engine.
impl Engine {
    /// Level in force of a unit.
    pub fn level(&self, unit: UnitId) -> Level {
        self.units.get(unit.0 as usize).map_or(Level::None, |u| u.ladder.level())
    }
}
