//! The 30-minute rule of one unit, as a pure state machine.
//!
//! One call of [`Ladder::step`] evaluates one instant; instants come in order. The machine keeps
//! what the rule needs and nothing else: the anchor `c` (when the present level was ordered), the
//! start `u` of the uncontrolled run, the last instant `v` at which K turned false, and the
//! time-weighted share of the window that was uncontrolled. Frozen time comes from [`Silence`].
//!
//! Why not a timer per level: a timer forgets why it runs. Here a rise is a statement about the
//! past ("uncontrolled since u, ordered at c, nothing frozen"), so a restart, a late row or a
//! hold changes no arithmetic, and every transition can be checked against the plain rule.
//!
//! What it does not do: it neither detects nor judges control, and it calls nobody.

mod orders;
mod pressure;

use super::command::Level;
use super::effect::{Cause, IncidentId, Kleene, ReminderKind};
use super::policy::LadderPolicy;
use super::silence::Silence;
use super::time::{Span, Timestamp};
use super::view::{ClockState, Overrides};
pub use orders::Order;
use pressure::{Last, Pressure, Window};
use serde::{Deserialize, Serialize};

/// What is known of a unit at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// The instant, in event time.
    pub at: Timestamp,
    /// The entry's `at`: when it is written.
    pub recorded_at: Timestamp,
    /// Whether inbound volume is abnormal; `None` while no verdict is in force.
    pub abnormal: Kleene,
    /// K as measured; `None` where a carried term is unknown. Holding is the ladder's work.
    pub controlled: Kleene,
    /// R as measured.
    pub stand_down: Kleene,
    /// No source of the unit is alive.
    pub blind: bool,
    /// The instant lies more than tau behind `recorded_at`: it rebuilds, and raises nothing.
    pub old: bool,
    /// The centre is closed since then.
    pub closed_since: Option<Timestamp>,
    /// Calls still wait.
    pub calls_wait: bool,
    /// Highest level whose extra staff are still logged in.
    pub staffed: Level,
    /// Tau of the sources that move the unit.
    pub tau: Span,
    /// Row length of the sources that move the unit.
    pub row: Span,
}

/// What follows from an instant or an order.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The level changes.
    Moved(Moved),
    /// Something is said again.
    Remind(IncidentId, Level, ReminderKind),
}

/// A change of level. Its key is (incident, number).
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// The instant.
    pub at: Timestamp,
    /// Which incident.
    pub incident: IncidentId,
    /// Which transition of it, from 1.
    pub number: u32,
    /// Before.
    pub from: Level,
    /// After.
    pub to: Level,
    /// Why.
    pub cause: Cause,
    /// How much later than the rule held in event time.
    pub late_by: Span,
}

/// The ladder of one unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ladder {
    stage: Stage,
    overrides: Overrides,
    /// Last known K and the instant it was known at.
    known: Option<(bool, Timestamp)>,
    /// The instant evaluated last, and whether the unit was blind then.
    last: Option<(Timestamp, bool)>,
}

/// The state that holds a level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Stage {
    Calm {
        /// Since when the unit is abnormal without a break.
        abnormal_since: Option<Timestamp>,
        /// The incident that ended last, while it can be re-opened.
        ended: Option<Ended>,
        /// First instant at which the rule of L1 held without a break.
        rule_held: Option<Timestamp>,
    },
    Raised(Raised),
}

/// An incident that ended by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Ended {
    at: Timestamp,
    incident: IncidentId,
    transitions: u32,
    policy: LadderPolicy,
}

/// An open incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Raised {
    incident: IncidentId,
    transitions: u32,
    /// The policy in force when the incident started.
    policy: LadderPolicy,
    level: Level,
    /// c: when the present level was ordered.
    anchor: Timestamp,
    in_effect: bool,
    pressure: Pressure,
    /// v: the last instant at which K turned false.
    turned_false: Option<Timestamp>,
    window: Window,
    /// First instant at which the rule held since the window began.
    rule_held: Option<Timestamp>,
    /// Since when R is true, and the last instant at which it was measured so.
    relaxed: Option<(Timestamp, Timestamp)>,
    reminded: u8,
    reported_at: Timestamp,
    /// L3 is due and waits for the commander's confirmation until then.
    l3_fires_at: Option<Timestamp>,
}

/// What a step needs beside its moment.
#[derive(Debug)]
pub struct Context<'a> {
    /// Signs of life of the unit.
    pub silence: &'a Silence,
    /// The policy for incidents that start now.
    pub policy: &'a LadderPolicy,
    /// Number of the next incident.
    pub next_incident: &'a mut IncidentId,
}

impl Ladder {
    /// A ladder at rest.
    pub fn new() -> Self {
        Self {
            stage: Stage::Calm { abnormal_since: None, ended: None, rule_held: None },
            overrides: Overrides::default(),
            known: None,
            last: None,
        }
    }

    /// Evaluates one instant. Instants never go back; one that is not later than the last is
    /// ignored, but that the last may come again while nothing follows from it.
    pub fn step(&mut self, m: &Moment, ctx: &mut Context<'_>, out: &mut Vec<Outcome>) {
        if self.last.is_some_and(|(at, _)| m.at < at || (m.at == at && !self.at_rest())) {
            return;
        }
        let known = self.known;
        let held = self.hold_control(m);
        let shut = self.overrides.closed_until.is_some();
        self.expire(m);
        let before = self.last.replace((m.at, m.blind));
        match &mut self.stage {
            Stage::Calm { .. } => self.step_calm(m, before.filter(|_| !shut), ctx, out),
            Stage::Raised(raised) => {
                let last = raised.account(m, held, known, before, ctx.silence);
                self.step_raised(m, held, last, ctx, out);
            }
        }
    }

    /// K at the instant: measured, else held for tau, else unknown. Blind is unknown.
    fn hold_control(&mut self, m: &Moment) -> Kleene {
        if let Some(k) = m.controlled.filter(|_| !m.blind) {
            self.known = Some((k, m.at));
            return Some(k);
        }
        let (k, at) = self.known?;
        (!m.blind && m.at - at <= m.tau).then_some(k)
    }

    fn expire(&mut self, m: &Moment) {
        let o = &mut self.overrides;
        o.floor = o.floor.filter(|&(_, until)| m.at < until);
        o.ceiling = o.ceiling.filter(|&(_, until)| m.at < until);
        o.hold = o.hold.filter(|&until| m.at < until);
        let calmed = m.abnormal == Some(false) && !m.blind;
        o.closed_until = o.closed_until.filter(|&until| m.at < until && !calmed);
    }

    /// `before` is the instant before, unless the unit was closed then.
    fn step_calm(
        &mut self,
        m: &Moment,
        before: Option<(Timestamp, bool)>,
        ctx: &mut Context<'_>,
        out: &mut Vec<Outcome>,
    ) {
        let Stage::Calm { abnormal_since, ended, rule_held } = &mut self.stage else { return };
        if m.blind {
            return;
        }
        match m.abnormal {
            Some(true) => {}
            Some(false) => {
                (*abnormal_since, *rule_held) = (None, None);
                return;
            }
            None => return,
        }
        let looked = before.filter(|&(_, blind)| !blind && abnormal_since.is_some());
        let since = *abnormal_since.get_or_insert(m.at);
        let due = since + ctx.policy.confirm;
        if m.at < due || self.overrides.closed_until.is_some() {
            return;
        }
        // A rule that came to hold while the monitor was down held before this instant.
        let down = looked.filter(|&(at, _)| ctx.silence.was_down(at, m.at));
        let first = *rule_held.get_or_insert(down.map_or(m.at, |(at, _)| due.max(at).min(m.at)));
        if m.old || m.closed_since.is_some() || self.overrides.hold.is_some() {
            return;
        }
        let ceiling = self.overrides.ceiling.map_or(Level::L3, |(level, _)| level);
        let again = ended.take().filter(|e| m.at - e.at <= e.policy.reopen);
        let (to, cause) = match again {
            Some(_) => (m.staffed.max(Level::L1).min(ceiling), Cause::Reopened),
            None => (Level::L1, Cause::Detector),
        };
        let mut raised = Raised::open(again, m.at, ctx);
        raised.begin_run(m.at, self.known, m);
        out.push(Outcome::Moved(raised.go(to, m.at, cause, m.at - first)));
        self.stage = Stage::Raised(raised);
    }

    fn step_raised(
        &mut self,
        m: &Moment,
        held: Kleene,
        last: Last,
        ctx: &mut Context<'_>,
        out: &mut Vec<Outcome>,
    ) {
        let overrides = self.overrides;
        let Stage::Raised(raised) = &mut self.stage else { return };
        if let Some(since) = m.closed_since {
            let ordered = overrides.floor.is_some_and(|(level, _)| level > Level::None);
            let kept = ordered || m.calls_wait;
            if m.at - since >= raised.stand_down_after(m) && !kept {
                out.push(Outcome::Moved(raised.go(Level::None, m.at, Cause::Closed, Span::ZERO)));
                self.stage = Stage::Calm { abnormal_since: None, ended: None, rule_held: None };
            }
            return;
        }
        if let Some(late_by) = raised.rises(m, held, last, &overrides, ctx.silence, out) {
            out.push(Outcome::Moved(raised.go(raised.level.up(), m.at, Cause::Timer, late_by)));
        } else if raised.may_step_down(m, &overrides) {
            let to = raised.level.down();
            out.push(Outcome::Moved(raised.go(to, m.at, Cause::Recovery, Span::ZERO)));
            if to == Level::None {
                let ended = Some(raised.end(m.at));
                self.stage = Stage::Calm { abnormal_since: None, ended, rule_held: None };
                return;
            }
            raised.clear_run(m.at);
        }
        raised.remind(m, out);
    }

    /// Level in force.
    pub fn level(&self) -> Level {
        match &self.stage {
            Stage::Calm { .. } => Level::None,
            Stage::Raised(r) => r.level,
        }
    }

    /// The open incident.
    pub fn incident(&self) -> Option<IncidentId> {
        match &self.stage {
            Stage::Calm { .. } => None,
            Stage::Raised(r) => Some(r.incident),
        }
    }

    /// When the present level was entered; `None` at none.
    pub fn entered_at(&self) -> Option<Timestamp> {
        match &self.stage {
            Stage::Calm { .. } => None,
            Stage::Raised(r) => Some(r.anchor),
        }
    }

    /// Whether the present order is confirmed.
    pub fn in_effect(&self) -> bool {
        matches!(&self.stage, Stage::Raised(r) if r.in_effect)
    }

    /// u: start of the uncontrolled run that goes on.
    pub fn uncontrolled_since(&self) -> Option<Timestamp> {
        match &self.stage {
            Stage::Calm { .. } => None,
            Stage::Raised(r) => r.pressure.uncontrolled_since(),
        }
    }

    /// Since when R holds without a break, while a level is raised.
    pub fn stand_down_since(&self) -> Option<Timestamp> {
        match &self.stage {
            Stage::Calm { .. } => None,
            Stage::Raised(r) => r.relaxed.map(|(since, _)| since),
        }
    }

    /// The policy that the open incident started with.
    pub fn policy(&self) -> Option<LadderPolicy> {
        match &self.stage {
            Stage::Calm { .. } => None,
            Stage::Raised(r) => Some(r.policy),
        }
    }

    /// Commander's acts in force.
    pub fn overrides(&self) -> Overrides {
        self.overrides
    }

    /// The instant evaluated last.
    pub fn evaluated_to(&self) -> Option<Timestamp> {
        self.last.map(|(at, _)| at)
    }

    /// Whether nothing can happen before the unit is abnormal or an order comes.
    pub fn at_rest(&self) -> bool {
        matches!(&self.stage, Stage::Calm { abnormal_since: None, .. })
            && self.overrides == Overrides::default()
    }

    /// Skips to an instant at which nothing can happen (see [`Ladder::at_rest`]).
    pub fn rest_until(&mut self, at: Timestamp, controlled: Kleene) {
        debug_assert!(self.at_rest(), "only a ladder at rest skips instants");
        if self.last.is_none_or(|(last, _)| at > last) {
            self.last = Some((at, false));
            if let Some(k) = controlled {
                self.known = Some((k, at));
            }
        }
    }

    /// When the next automatic rise is due if the situation stays as it is.
    pub fn next_step_at(&self, silence: &Silence, tau: Span) -> Option<Timestamp> {
        let Stage::Raised(r) = &self.stage else { return None };
        if r.level == Level::L3 {
            return None;
        }
        if r.l3_fires_at.is_some() {
            return r.l3_fires_at;
        }
        let u = r.pressure.uncontrolled_since()?;
        let (now, _) = self.last?;
        let start = u.max(r.anchor);
        let plain = start + r.policy.step + silence.frozen(start, now, tau);
        Some(plain.max(r.window.share_reached_at(r.policy.share, now)))
    }

    /// Why the clock towards the next level does not run.
    pub fn clock(&self) -> ClockState {
        let Stage::Raised(r) = &self.stage else { return ClockState::Idle };
        if r.level == Level::L3 {
            ClockState::Idle
        } else if self.last.is_some_and(|(_, blind)| blind) {
            ClockState::Frozen
        } else if self.overrides.hold.is_some() {
            ClockState::Held
        } else if r.pressure.uncontrolled_since().is_some() {
            ClockState::Running
        } else {
            ClockState::Recovering
        }
    }

    /// The exact instants after `after` at which something may be due.
    pub fn next_due(
        &self,
        after: Timestamp,
        silence: &Silence,
        policy: &LadderPolicy,
        m: &Moment,
    ) -> Option<Timestamp> {
        let o = &self.overrides;
        let ends = [o.floor.map(|f| f.1), o.ceiling.map(|c| c.1), o.hold, o.closed_until];
        let mut due: Vec<Timestamp> = ends.into_iter().flatten().collect();
        match &self.stage {
            Stage::Calm { abnormal_since, .. } => {
                due.extend(abnormal_since.map(|since| since + policy.confirm));
            }
            Stage::Raised(r) => {
                due.extend(self.next_step_at(silence, m.tau));
                r.dues(m, silence, &mut due);
            }
        }
        due.into_iter().filter(|&t| t > after).min()
    }
}

impl Default for Ladder {
    fn default() -> Self {
        Self::new()
    }
}
