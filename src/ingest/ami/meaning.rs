//! What messages of a PBX mean: calls, agents, restarts.
//!
//! A pure state machine: messages and instants in, [`Item`]s out. It outlives connections, since
//! calls do.
//!
//! - A call is known by its channel and the number of its entry, as in the queue log, so that the
//!   same call from both is one call.
//! - `QueueCallerLeave` carries no reason. An abandonment comes before it, an answer after it;
//!   where neither comes the caller left by a key. While a phone rings for the call an answer may
//!   take long (a prompt for the agent), so the decision waits; nothing else waits.
//! - `Count` of each entry and exit is compared with the calls known to wait. There are no numbers
//!   in the stream; this is the only proof that nothing was lost.
//! - The counters and averages of the PBX are used for nothing: any account can reset them, and
//!   its service level is true neither in a surge nor after it.

mod calls;
mod held;
mod queue;
mod rows;
mod sync;

pub use queue::Standing;
pub use rows::LogRow;

use super::agents::{Agents, Floor};
use super::fields::{AgentKey, Fields, Kind};
use super::figures::Figures;
use super::filter::QueueFilter;
use crate::driver::{Draft, QueueRef};
use crate::engine::observation::{
    CallEvent, CallKey, CallKind, ExitReason, Form, SourceId, UnitId,
};
use crate::engine::time::{Span, Timestamp};
use crate::ingest::queue_log::legs::Legs;
use crate::ingest::{Item, Told, name};
use held::Held;
use queue::Queue;
use rows::Refusals;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use sync::Sync;

/// What a call is taken to have done that was found gone, while its end was lost with a link. It
/// counts as neither answered nor abandoned.
pub const UNREASONED: ExitReason = ExitReason::Unknown;
/// Between two snapshots.
const SNAPSHOT_EVERY: Span = Span::secs(1);
/// Uptimes are whole seconds: a start that is later by less is the same one.
const SAME_START: Span = Span::secs(3);
/// A restart is told once, though log, shutdown and greeting each tell it.
const SAME_RESTART: Span = Span::secs(30);
/// Stamps further than this from the clock, after correction, are not believed.
const STAMP_MAX: Span = Span::minutes(2);
/// Most names of queues that are looked at; more are an error of the peer.
const NAMES_MAX: usize = 20_000;

/// How messages are read.
#[derive(Clone, Debug)]
pub struct MeaningSettings {
    /// Whom they come from.
    pub source: SourceId,
    /// Which queues count.
    pub queues: QueueFilter,
    /// The dialplan's own event for a call that a queue did not admit.
    pub refused_event: String,
    /// After so long the dialplan takes a caller out; an abandonment then is a timeout.
    pub queue_timeout: Option<Span>,
    /// After-call work, where members do not tell it.
    pub wrapup: Option<Span>,
    /// The queue log is read beside and tells why calls leave.
    pub reasons_in_log: bool,
}

impl MeaningSettings {
    /// Everything by its default.
    pub fn new(source: SourceId) -> Self {
        Self {
            source,
            queues: QueueFilter::default(),
            refused_event: "CallsurgeRefused".to_owned(),
            queue_timeout: None,
            wrapup: None,
            reasons_in_log: false,
        }
    }
}

/// What a PBX is known to be doing.
#[derive(Debug)]
pub struct Meaning {
    settings: MeaningSettings,
    /// Clock of the PBX minus ours.
    offset: Span,
    legs: Legs,
    queues: Vec<Queue>,
    /// Names as they come; `None` is a queue that is passed over.
    names: HashMap<Box<str>, Option<usize>>,
    agents: Agents,
    held: Held,
    /// Calls that left without a reason so far, and when that is decided.
    left: BTreeMap<CallKey, Left>,
    talking: BTreeMap<(usize, AgentKey), CallKey>,
    refusals: Refusals,
    /// Entries that the queue log told of the last gap: their events may still come.
    gap_entries: BTreeMap<CallKey, Timestamp>,
    started: Option<Timestamp>,
    restart_told: Option<Timestamp>,
    changed: BTreeSet<usize>,
    snapshots_at: Option<Timestamp>,
    sync: Sync,
    figures: Figures,
    out: Vec<Item>,
}

#[derive(Clone, Copy, Debug)]
struct Left {
    queue: usize,
    at: Timestamp,
    until: Timestamp,
}

impl Meaning {
    /// Nothing is known yet.
    pub fn new(settings: MeaningSettings) -> Self {
        Self {
            settings,
            offset: Span::ZERO,
            legs: Legs::default(),
            queues: Vec::new(),
            names: HashMap::new(),
            agents: Agents::default(),
            held: Held::default(),
            left: BTreeMap::new(),
            talking: BTreeMap::new(),
            refusals: Refusals::default(),
            gap_entries: BTreeMap::new(),
            started: None,
            restart_told: None,
            changed: BTreeSet::new(),
            snapshots_at: None,
            sync: Sync::default(),
            figures: Figures::default(),
            out: Vec::new(),
        }
    }

    /// Whom this is about.
    pub fn source(&self) -> SourceId {
        self.settings.source
    }

    /// What was counted.
    pub fn figures(&self) -> Figures {
        self.figures
    }

    /// Since when the PBX has been up, once it told.
    pub fn started(&self) -> Option<Timestamp> {
        self.started
    }

    /// What was counted, for those who count beside.
    pub fn figures_mut(&mut self) -> &mut Figures {
        &mut self.figures
    }

    /// The clock of the PBX is ahead of ours by so much.
    pub fn clock_is_ahead(&mut self, offset: Span) {
        self.offset = offset;
    }

    /// How every queue stands.
    pub fn standing(&self) -> impl Iterator<Item = Standing> + '_ {
        self.queues.iter().map(Queue::standing)
    }

    /// The agents of each unit, each once; `unit` tells where a queue of this name belongs.
    pub fn floors(
        &self,
        now: Timestamp,
        unit: impl Fn(&str) -> Option<UnitId>,
    ) -> BTreeMap<UnitId, Floor> {
        let of = |queue: usize| unit(&self.queues.get(queue)?.name);
        self.agents.floors(now, self.settings.wrapup, of)
    }

    /// What was told since the last call.
    pub fn drain(&mut self) -> std::vec::Drain<'_, Item> {
        self.out.drain(..)
    }

    /// A link is up.
    pub fn link_up(&mut self) {
        self.figures.links += 1;
        self.sync_anew();
    }

    /// The link is down: what waited for more messages is told.
    pub fn link_down(&mut self) {
        self.figures.link_losses += 1;
        self.gap_entries.clear();
        let mut held = std::mem::take(&mut self.held);
        held.flush(|end| self.tell(end.queue, end.at, end.call, end.kind));
        self.sync_anew();
    }

    /// Takes an event.
    pub fn event(&mut self, now: Timestamp, f: &Fields<'_>) {
        self.figures.messages += 1;
        match f.kind {
            Kind::Booted => return self.booted(now, f),
            Kind::Shutdown => return self.restarted(now),
            Kind::Reload => {
                self.figures.reloads += 1;
                return self.sync.want();
            }
            Kind::User if f.user_event != Some(&*self.settings.refused_event) => {
                return self.figures.ignored += 1;
            }
            Kind::Response
            | Kind::Params
            | Kind::Entry
            | Kind::Summary
            | Kind::StatusComplete
            | Kind::SummaryComplete
            | Kind::Other => return self.figures.ignored += 1,
            Kind::Join
            | Kind::Leave
            | Kind::Abandon
            | Kind::Called
            | Kind::NotAnswered
            | Kind::Connect
            | Kind::Complete
            | Kind::Member
            | Kind::MemberRemoved
            | Kind::User => {}
        }
        self.figures.agent_events += u64::from(f.kind != Kind::User);
        self.figures.stamped_events += u64::from(f.timestamp.is_some());
        let malformed = self.figures.malformed;
        let Some(queue) = self.queue(f) else {
            self.figures.ignored += u64::from(self.figures.malformed == malformed);
            return;
        };
        if f.kind == Kind::Member {
            if self.agents.take(queue, f, self.sync.list) {
                self.changed(queue, now);
            }
        } else if f.kind == Kind::MemberRemoved {
            if let Some(agent) = f.agent {
                self.agents.remove(queue, agent);
                self.changed(queue, now);
            }
        } else if f.kind == Kind::Complete {
            self.complete(queue, now, f);
        } else if let Some(call_id) = f.call_id {
            self.of_call(queue, now, call_id, f);
        } else {
            self.figures.malformed += 1;
        }
    }

    /// At login, and when booting is done: since when the PBX has been up.
    fn booted(&mut self, now: Timestamp, f: &Fields<'_>) {
        let Some(uptime) = f.uptime else { return };
        let started = now - uptime;
        let before = self.started.replace(started);
        if before.is_some_and(|before| started > before + SAME_START) {
            self.restarted(started);
        }
    }

    /// The PBX restarted: the calls it held are gone without an end.
    fn restarted(&mut self, at: Timestamp) {
        let ends = self.held.drop_all() + self.left.len() as u64;
        self.figures.ends_by_restart += ends;
        self.left.clear();
        self.talking.clear();
        self.agents.clear();
        self.queues.iter_mut().for_each(|queue| {
            queue.waiting.clear();
            queue.saturated = false;
            queue.counters = None;
        });
        self.sync.want();
        if self.restart_told.is_some_and(|told| at < told + SAME_RESTART) {
            return;
        }
        self.restart_told = Some(at);
        self.figures.restarts += 1;
        self.out.push(Item { at, input: Told::SourceRestarted(self.settings.source) });
    }

    /// When something is to be told though no message comes.
    pub fn deadline(&self) -> Option<Timestamp> {
        let left = self.left.values().map(|left| left.until).min();
        let waits = [self.held.deadline(), left, self.snapshots_at, self.sync.deadline()];
        waits.into_iter().flatten().min()
    }

    /// Tells what is due.
    pub fn pass(&mut self, now: Timestamp) {
        let mut held = std::mem::take(&mut self.held);
        let mut ends = Vec::new();
        held.due(now, || self.is_quiet(), |end| ends.push(end));
        ends.into_iter().for_each(|end| self.tell(end.queue, end.at, end.call, end.kind));
        self.held = held;
        let due = |left: &Left| left.until <= now;
        if self.left.values().any(due) {
            let mut left = std::mem::take(&mut self.left);
            left.retain(|call, left| {
                if due(left) {
                    self.tell(left.queue, left.at, *call, CallKind::Exited(ExitReason::Key));
                }
                !due(left)
            });
            self.left = left;
        }
        self.settle(now);
        if self.snapshots_at.is_some_and(|at| at <= now) {
            self.snapshots_at = None;
            self.snapshots(now);
        }
    }

    /// No call is left.
    fn is_quiet(&self) -> bool {
        let ended = |queue: &Queue| queue.waiting.values().all(|call| call.ended);
        self.talking.is_empty() && self.queues.iter().all(ended)
    }

    fn snapshots(&mut self, now: Timestamp) {
        for queue in std::mem::take(&mut self.changed) {
            let snapshot = self.agents.snapshot(queue, now, self.settings.wrapup);
            let form = Form::Snapshot(snapshot);
            self.draft(queue, form);
        }
    }

    fn changed(&mut self, queue: usize, now: Timestamp) {
        self.changed.insert(queue);
        self.snapshots_at.get_or_insert(now + SNAPSHOT_EVERY);
    }

    fn tell(&mut self, queue: usize, at: Timestamp, call: CallKey, kind: CallKind) {
        self.draft(queue, Form::Event(CallEvent { at, call, kind }));
    }

    fn draft(&mut self, queue: usize, form: Form) {
        let name = QueueRef::Named(self.queues[queue].name.clone());
        self.out.push(Item::draft(Draft { source: self.settings.source, queue: name, form }));
    }

    /// Event time: the stamp of the PBX by our clock, else now.
    fn at(&self, now: Timestamp, f: &Fields<'_>) -> Timestamp {
        let stamped = f.timestamp.map(|stamp| stamp - self.offset);
        stamped.filter(|at| length(*at - now) <= STAMP_MAX).unwrap_or(now)
    }

    /// The queue of a message; `None` where it has none, or one that does not count.
    fn queue(&mut self, f: &Fields<'_>) -> Option<usize> {
        let Some(raw) = f.queue else {
            self.figures.malformed += u64::from(f.not_utf8);
            return None;
        };
        if let Some(known) = self.names.get(raw) {
            return *known;
        }
        if self.names.len() >= NAMES_MAX {
            self.figures.malformed += 1;
            return None;
        }
        let index = match name::checked(raw) {
            Ok(name) if self.settings.queues.takes(&name) => {
                let same = self.queues.iter().position(|queue| *queue.name == *name);
                Some(same.unwrap_or_else(|| {
                    self.queues.push(Queue::new(name.as_ref().into()));
                    self.queues.len() - 1
                }))
            }
            Ok(_) => None,
            Err(_) => {
                self.figures.malformed += 1;
                None
            }
        };
        self.names.insert(raw.into(), index);
        index
    }
}

fn length(span: Span) -> Span {
    span.max(Span::ZERO - span)
}

#[cfg(test)]
mod tests;
