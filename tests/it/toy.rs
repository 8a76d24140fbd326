//! A fold for the fault tests: it raises a level on every fifth new row and panics on demand.

use callsurge::driver::fold::Fold;
use callsurge::engine::command::Level;
use callsurge::engine::effect::{
    Cause, Commanded, Conditions, Effect, EffectId, EffectKind, IntervalKind, IntervalLine,
    Transition,
};
use callsurge::engine::entry::{Entry, Input, Seq};
use callsurge::engine::observation::{CallKey, Form, IntervalRow, Observation};
use callsurge::engine::observation::{QueueId, SourceId, UnitId};
use callsurge::engine::time::{Span, Timestamp};
use callsurge::engine::verdict::Verdict;
use callsurge::engine::view::{Agents, Load, QueueView, Totals, View};
use callsurge::engine::week::Week;
use callsurge::record::Names;
use serde::{Deserialize, Serialize};

/// A call event with this key is an input that the toy cannot take.
pub(crate) const POISON: CallKey = CallKey(666);
/// New rows between two transitions.
pub(crate) const EVERY: u64 = 5;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Toy {
    seq: Seq,
    at: Timestamp,
    sources: Vec<String>,
    queues: Vec<String>,
    newest: Timestamp,
    /// New rows so far.
    pub(crate) rows: u64,
    level: Level,
    incident: u64,
    number: u32,
    /// A float, so that a snapshot that is not bit-exact shows.
    level_of_day: f64,
    /// Entries that were folded as recorded.
    pub(crate) recorded: u64,
}

impl Toy {
    fn observed(&mut self, entry: &Entry, o: &Observation, effects: &mut Vec<Effect>) {
        assert!((o.queue.0 as usize) < self.queues.len(), "queue {} is not registered", o.queue.0);
        let row = match o.form {
            Form::Event(event) => {
                assert_ne!(event.call, POISON, "poison");
                return;
            }
            Form::Snapshot(_) => return,
            Form::Interval(row) => row,
        };
        let line = self.line(o, row);
        self.push(entry, row.end, EffectKind::Interval(line), effects);
        if row.start < self.newest {
            return;
        }
        self.newest = row.end;
        self.rows += 1;
        self.level_of_day = 0.9 * self.level_of_day + 0.1 / (1.0 + f64::from(row.tally.offered));
        if self.rows.is_multiple_of(EVERY) {
            let transition = self.step();
            self.push(entry, row.end, EffectKind::Transition(transition), effects);
        }
    }

    fn line(&self, o: &Observation, row: IntervalRow) -> IntervalLine {
        let expected = Some(self.level_of_day);
        IntervalLine {
            queue: o.queue,
            source: o.source,
            kind: IntervalKind::Replace,
            row,
            expected,
        }
    }

    fn step(&mut self) -> Transition {
        let from = self.level;
        if from == Level::None {
            self.incident += 1;
            self.number = 0;
        }
        self.number += 1;
        self.level = if from == Level::L3 { Level::None } else { from.up() };
        Transition {
            unit: UnitId(0),
            incident: self.incident,
            number: self.number,
            from,
            to: self.level,
            cause: Cause::Timer,
            late_by: Span::ZERO,
            verdict: None,
            queue: None,
            conditions: Conditions::default(),
            order: None,
        }
    }

    fn push(&self, entry: &Entry, at: Timestamp, kind: EffectKind, effects: &mut Vec<Effect>) {
        let own = effects.iter().filter(|e| e.id.seq == entry.seq).count();
        let id = EffectId { seq: entry.seq, ordinal: own as u32 };
        effects.push(Effect { id, at, recorded_at: entry.at, kind });
    }
}

impl Fold for Toy {
    fn empty() -> Self {
        Self {
            seq: 0,
            at: Timestamp::MIN,
            sources: vec![],
            queues: vec![],
            newest: Timestamp::MIN,
            rows: 0,
            level: Level::None,
            incident: 0,
            number: 0,
            level_of_day: 1.0 / 3.0,
            recorded: 0,
        }
    }

    fn apply(&mut self, entry: &Entry, effects: &mut Vec<Effect>) {
        assert_eq!(entry.seq, self.seq + 1, "entries are dense");
        assert!(entry.at >= self.at, "entries do not go back in time");
        self.seq = entry.seq;
        self.at = entry.at;
        match &entry.input {
            Input::Policy(p) => self.sources = p.sources.iter().map(|s| s.name.clone()).collect(),
            Input::QueueSeen { queue, name, .. } => {
                assert_eq!(queue.0 as usize, self.queues.len(), "queues are dense");
                self.queues.push(name.to_string());
            }
            Input::Observed(o) => self.observed(entry, o, effects),
            Input::Command(command) => {
                let commanded = Commanded {
                    command: (**command).clone(),
                    incident: None,
                    until: None,
                    refused: None,
                };
                self.push(entry, entry.at, EffectKind::Commanded(commanded), effects);
            }
            _ => {}
        }
    }

    fn apply_recorded(&mut self, entry: &Entry, _transitions: &[(Timestamp, Transition)]) {
        self.apply(entry, &mut Vec::new());
        self.recorded += 1;
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        None
    }

    fn view(&self) -> View {
        let queue = |name: &String| QueueView {
            name: name.as_str().into(),
            unit: UnitId(0),
            source: None,
            verdict: Verdict::Learning { seen: 0, needed: 3 },
            totals: Totals::default(),
            waiting: None,
            oldest_arrival: None,
            agents: Agents::default(),
            baseline_samples: 0,
            baseline_updated: None,
            service_level: None,
            answer_rate: None,
            load: Load::default(),
        };
        let queues = self.queues.iter().map(queue).collect();
        View {
            seq: self.seq,
            at: self.at,
            sources: vec![],
            units: vec![],
            queues,
            recalls: std::sync::Arc::default(),
            wanted: vec![],
        }
    }

    fn week(&self, _: UnitId, _: Option<QueueId>) -> Option<Week> {
        None
    }

    fn seq(&self) -> Seq {
        self.seq
    }

    fn at(&self) -> Timestamp {
        self.at
    }
}

impl Names for Toy {
    fn unit(&self, _: UnitId) -> &str {
        "default"
    }

    fn queue(&self, queue: QueueId) -> &str {
        &self.queues[queue.0 as usize]
    }

    fn source(&self, source: SourceId) -> &str {
        &self.sources[source.0 as usize]
    }

    fn zone(&self, _: UnitId) -> chrono_tz::Tz {
        chrono_tz::Tz::UTC
    }
}
