//! The plot: what comes in next, and what follows from what the monitor says.
//!
//! A step is a second of simulated time. The only thing that reaches back from the monitor into
//! the centre is a transition: a rise calls people out, a fall sends them home.

use super::inbox::Inbox;
use super::{SOURCE, UNIT};
use crate::driver::{Draft, QueueRef};
use crate::engine::command::{Act, Command, Level};
use crate::engine::observation::Form;
use crate::engine::time::{Span, Timestamp};
use crate::record::{Record, instant_of, level_of};
use crate::sim::{Centre, CentreConfig, History, SimEvent, Storm};

/// Weeks that teach the baseline: it needs a slot of the week several times.
const WEEKS: u32 = 4;
/// Minutes of a past row: those of the monitor's own grid.
const ROW_MINUTES: u32 = 1;
/// Past rows handed out at once.
const LEARN_BATCH: usize = 4_000;
/// Simulated time of a step.
const STEP: Span = Span::secs(1);
/// Ordinary operation before anything goes wrong.
const CALM_BEFORE: Span = Span::minutes(20);
/// From then on the agents' systems are slow; the surge follows this much later. Long enough for
/// service to be out of target by then on a quiet day too, so that the step to L2 counts from the
/// order of L1.
const SLOW_BEFORE: Span = Span::minutes(15);
/// Ordinary operation after the incident, before the end.
const CALM_AFTER: Span = Span::minutes(10);
/// The leader confirms an order this long after it: before the first reminder.
const CONFIRM_AFTER: Span = Span::secs(45);

/// Something that comes in.
#[derive(Clone, Debug, PartialEq)]
pub enum DemoInput {
    /// A row of the past.
    Learn(Draft),
    /// A call event or a snapshot.
    Observed(Draft),
    /// The shift leader's order.
    Command(Box<Command>),
    /// Recalled people of a level who are logged in.
    ExtraStaff {
        /// Recalled at which level.
        level: Level,
        /// Heads logged in now.
        heads: u32,
    },
}

/// When the script ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// After the incident and some calm, at the latest after [`Script::SPAN_MAX`].
    AfterTheStorm,
    /// Never: it goes on with ordinary days.
    Never,
}

/// The plot of the demo.
#[derive(Clone, Debug)]
pub struct Script {
    centre: Centre,
    inbox: Inbox,
    history: Option<History>,
    start: Timestamp,
    now: Timestamp,
    ending: Ending,
    level: Level,
    over_since: Option<Timestamp>,
    confirm: Option<Timestamp>,
    events: Vec<SimEvent>,
}

impl Script {
    /// The longest run that ends.
    pub const SPAN_MAX: Span = Span::hours(5);

    /// A plot that begins at `start`, which should be the middle of a weekday's morning.
    pub fn new(seed: u64, start: Timestamp, ending: Ending) -> Self {
        let start = start.floor(Span::minutes(1));
        let config = CentreConfig { storms: vec![storm(start)], ..CentreConfig::bank(start) };
        let centre = Centre::new(seed, config);
        Self {
            history: Some(centre.history(WEEKS, ROW_MINUTES)),
            centre,
            inbox: Inbox::new(seed),
            start,
            now: start,
            ending,
            level: Level::None,
            over_since: None,
            confirm: None,
            events: Vec::new(),
        }
    }

    /// First instant of the surge.
    pub fn storm_at(&self) -> Timestamp {
        storm(self.start).start
    }

    /// The simulated centre.
    pub fn centre(&self) -> &Centre {
        &self.centre
    }

    /// What was said to and by the people.
    pub fn inbox(&mut self) -> &mut Inbox {
        &mut self.inbox
    }

    /// Reads a record of the monitor; only transitions of level have consequences.
    pub fn on_record(&mut self, record: &Record) {
        let level = |word: &Option<String>| word.as_deref().and_then(level_of);
        if record.kind != "transition" {
            return;
        }
        let (Some(from), Some(to)) = (level(&record.from), level(&record.to)) else { return };
        let at = instant_of(&record.at).unwrap_or(self.now).max(self.now);
        self.level = to;
        for level in [Level::L1, Level::L2, Level::L3] {
            if level > from && level <= to {
                self.inbox.call_out(level, at);
            }
            if level > to && level <= from {
                self.inbox.release(level, at);
                self.centre.release(level);
            }
        }
        self.confirm = (to > from).then(|| at + CONFIRM_AFTER);
        self.over_since = (to == Level::None).then_some(at);
    }

    fn learn(&mut self) -> Option<Vec<DemoInput>> {
        let history = self.history.as_mut()?;
        let queues = &self.centre.config().queues;
        let rows: Vec<_> = history
            .take(LEARN_BATCH)
            .map(|(queue, row)| {
                let name = QueueRef::Named(queues[queue].name.as_str().into());
                let form = Form::Interval(row);
                DemoInput::Learn(Draft { source: SOURCE, queue: name, form })
            })
            .collect();
        if rows.is_empty() {
            self.history = None;
            return None;
        }
        Some(rows)
    }

    fn is_over(&self) -> bool {
        let calm = self.over_since.is_some_and(|since| self.now - since >= CALM_AFTER);
        match self.ending {
            Ending::Never => false,
            Ending::AfterTheStorm => calm || self.now - self.start >= Self::SPAN_MAX,
        }
    }

    fn call_for_help(&mut self) {
        for (level, person) in self.inbox.advance(self.now) {
            let travel = self.centre.travel_time(level);
            self.centre.recall(level, &[travel]);
            self.inbox.under_way(person, level, self.now, travel);
        }
    }

    fn confirmation(&mut self) -> Option<DemoInput> {
        self.confirm.take_if(|at| *at <= self.now)?;
        Some(DemoInput::Command(Box::new(Command {
            unit: UNIT,
            act: Act::Confirm,
            actor: "shift-leader".to_owned(),
            reason: format!("{} taken over (demo)", self.level.word()),
            expires_at: None,
        })))
    }

    fn input(&self, event: SimEvent) -> DemoInput {
        let observed = |queue: usize, form: Form| {
            let name = self.centre.config().queues[queue].name.as_str();
            let queue = QueueRef::Named(name.into());
            DemoInput::Observed(Draft { source: SOURCE, queue, form })
        };
        match event {
            SimEvent::Call { queue, event, .. } => observed(queue, Form::Event(event)),
            SimEvent::Snapshot { queue, snapshot } => observed(queue, Form::Snapshot(snapshot)),
            SimEvent::ExtraStaff { level, heads, .. } => DemoInput::ExtraStaff { level, heads },
        }
    }
}

/// The next batch and the instant it comes in: first the past, all of it at the start, then a
/// second at a time. The batch of a quiet second is empty: time passes all the same.
impl Iterator for Script {
    type Item = (Timestamp, Vec<DemoInput>);

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(rows) = self.learn() {
            return Some((self.start, rows));
        }
        if self.is_over() {
            return None;
        }
        self.now = self.now + STEP;
        let mut events = std::mem::take(&mut self.events);
        self.centre.advance(self.now, &mut events);
        let mut inputs: Vec<_> = events.drain(..).map(|event| self.input(event)).collect();
        self.events = events;
        self.call_for_help();
        inputs.extend(self.confirmation());
        Some((self.now, inputs))
    }
}

/// An outage of the banking app. The agents' own systems slow down before the customers notice;
/// the surge outlasts the help of L1 and L2 by design and fades once L3 has arrived.
fn storm(start: Timestamp) -> Storm {
    Storm {
        start: start + CALM_BEFORE + SLOW_BEFORE,
        ramp: Span::minutes(2),
        peak: 1.6,
        plateau: Span::minutes(80),
        decay: Span::minutes(30),
        talk_factor: 1.8,
        talk_lead: SLOW_BEFORE,
    }
}
