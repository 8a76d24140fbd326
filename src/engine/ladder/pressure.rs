//! The run of the open incident: who presses, for how long, and what is due.

use super::{Context, Ended, Moment, Moved, Outcome, Raised};
use crate::engine::command::Level;
use crate::engine::effect::{Cause, IncidentId, Kleene, ReminderKind};
use crate::engine::policy::LadderPolicy;
use crate::engine::silence::Silence;
use crate::engine::time::{Span, Timestamp};
use crate::engine::view::Overrides;
use serde::{Deserialize, Serialize};

/// Whether the situation presses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Pressure {
    /// K is false, in a run that began at `since` (u).
    Uncontrolled { since: Timestamp },
    /// K is not false. `since`: K is true without a break since then; `run`: start of the
    /// uncontrolled run that a short dip does not end.
    Recovering { since: Option<Timestamp>, run: Option<Timestamp> },
}

impl Pressure {
    pub(super) fn uncontrolled_since(self) -> Option<Timestamp> {
        match self {
            Self::Uncontrolled { since } => Some(since),
            Self::Recovering { .. } => None,
        }
    }
}

/// Time-weighted share of the window [max(c, u), t] that was uncontrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Window {
    from: Timestamp,
    known: Span,
    uncontrolled: Span,
    /// K that holds from the last instant on.
    value: Kleene,
}

impl Window {
    fn at(from: Timestamp, value: Kleene) -> Self {
        Self { from, known: Span::ZERO, uncontrolled: Span::ZERO, value }
    }

    fn add(&mut self, from: Timestamp, to: Timestamp, seen: bool) {
        let length = (to - from.max(self.from)).max(Span::ZERO);
        if let Some(k) = self.value.filter(|_| seen) {
            self.known += length;
            if !k {
                self.uncontrolled += length;
            }
        }
    }

    /// Exact in milliseconds: no rounding decides a level.
    fn reaches(&self, share: f64) -> bool {
        self.uncontrolled.as_millis() as f64 >= share * self.known.as_millis() as f64
    }

    /// When the share is reached if K stays false from `now` on.
    pub(super) fn share_reached_at(&self, share: f64, now: Timestamp) -> Timestamp {
        let missing = share * self.known.as_millis() as f64 - self.uncontrolled.as_millis() as f64;
        if missing <= 0.0 || share >= 1.0 {
            return now;
        }
        now + Span::millis((missing / (1.0 - share)).ceil() as i64)
    }
}

/// The instant before the one that is evaluated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Last {
    /// It.
    at: Timestamp,
    /// K at it, measured or held.
    controlled: Kleene,
    /// Whether the share was reached at it.
    share_held: bool,
}

impl Raised {
    /// An incident that starts, or goes on after a short end.
    pub(super) fn open(again: Option<Ended>, at: Timestamp, ctx: &mut Context<'_>) -> Self {
        let (incident, transitions, policy) = match again {
            Some(ended) => (ended.incident, ended.transitions, ended.policy),
            None => {
                let incident = *ctx.next_incident;
                *ctx.next_incident += 1;
                (incident, 0, *ctx.policy)
            }
        };
        Self { transitions, ..Self::imposed(incident, policy, at) }
    }

    /// An incident as it stands before its first level.
    pub(super) fn imposed(incident: IncidentId, policy: LadderPolicy, at: Timestamp) -> Self {
        Self {
            incident,
            transitions: 0,
            policy,
            level: Level::None,
            anchor: at,
            in_effect: false,
            pressure: Pressure::Recovering { since: None, run: None },
            turned_false: None,
            window: Window::at(at, None),
            rule_held: None,
            relaxed: None,
            reminded: 0,
            reported_at: at,
            l3_fires_at: None,
        }
    }

    /// The run at the order of the first level: uncontrolled from the order on, if K is false.
    pub(super) fn begin_run(
        &mut self,
        at: Timestamp,
        known: Option<(bool, Timestamp)>,
        m: &Moment,
    ) {
        let k = known.filter(|&(_, when)| at - when <= m.tau && !m.blind).map(|(k, _)| k);
        self.window = Window::at(at, k);
        self.pressure = if k == Some(false) {
            self.turned_false = Some(at);
            Pressure::Uncontrolled { since: at }
        } else {
            Pressure::Recovering { since: (k == Some(true)).then_some(at), run: None }
        };
        self.relaxed = (m.stand_down == Some(true)).then_some((at, at));
    }

    /// Changes the level; `at` becomes the anchor.
    pub(super) fn go(&mut self, to: Level, at: Timestamp, cause: Cause, late_by: Span) -> Moved {
        let from = self.level;
        self.transitions += 1;
        self.level = to;
        self.anchor = at;
        self.in_effect = to < from;
        self.window = Window::at(at, self.window.value);
        if self.window.value != Some(false) {
            self.clear_run(at);
        }
        self.rule_held = None;
        self.reminded = 0;
        self.reported_at = at;
        self.l3_fires_at = None;
        let (incident, number) = (self.incident, self.transitions);
        Moved { at, incident, number, from, to, cause, late_by }
    }

    /// A step down clears the uncontrolled run.
    pub(super) fn clear_run(&mut self, at: Timestamp) {
        self.pressure = Pressure::Recovering { since: Some(at), run: None };
        self.turned_false = None;
    }

    /// What remains when the level is back at none.
    pub(super) fn end(&self, at: Timestamp) -> Ended {
        Ended { at, incident: self.incident, transitions: self.transitions, policy: self.policy }
    }

    /// r: at least two rows; zero where any recovery ends the run.
    fn recovery_after(&self, m: &Moment) -> Span {
        self.policy.recovery.map_or(Span::ZERO, |r| r.max(m.row * 2))
    }

    /// h: at least r.
    pub(super) fn stand_down_after(&self, m: &Moment) -> Span {
        self.policy.stand_down.max(self.recovery_after(m))
    }

    /// Takes the instant into the run, the share and the stand-down.
    pub(super) fn account(
        &mut self,
        m: &Moment,
        k: Kleene,
        known: Option<(bool, Timestamp)>,
        before: Option<(Timestamp, bool)>,
        silence: &Silence,
    ) -> Last {
        let (last, was_blind) = before.unwrap_or((m.at, false));
        let down = silence.was_down(last, m.at);
        // K is held for tau after it was known, and unknown from there on.
        let share_held = self.window.reaches(self.policy.share);
        let held_to = known.map_or(m.at, |(_, at)| m.at.min(at + m.tau));
        self.window.add(last, held_to, m.closed_since.is_none());
        let before = Last { at: last, controlled: self.window.value, share_held };
        self.window.value = k;
        let broken = m.blind || was_blind || down;
        match (self.pressure, k) {
            (Pressure::Uncontrolled { since }, Some(true)) => {
                self.pressure = Pressure::Recovering { since: Some(m.at), run: Some(since) };
            }
            (Pressure::Uncontrolled { .. }, Some(false) | None) => {}
            (Pressure::Recovering { run, .. }, Some(false)) => {
                self.turned_false = Some(m.at);
                if run.is_none() {
                    self.window = Window::at(m.at.max(self.anchor), k);
                    self.rule_held = None;
                }
                self.pressure = Pressure::Uncontrolled { since: run.unwrap_or(m.at) };
            }
            (Pressure::Recovering { since, run }, Some(true)) => {
                let since = if broken { Some(m.at) } else { since.or(Some(m.at)) };
                self.pressure = Pressure::Recovering { since, run };
            }
            (Pressure::Recovering { run, .. }, None) => {
                self.pressure = Pressure::Recovering { since: None, run };
            }
        }
        self.complete_recovery(m);
        // An R that is unknown for up to tau neither completes nor breaks a stand-down.
        let kept = self.relaxed.filter(|_| !broken);
        self.relaxed = match m.stand_down.filter(|_| !m.blind) {
            Some(true) => Some((kept.map_or(m.at, |(since, _)| since), m.at)),
            Some(false) => None,
            None => kept.filter(|&(_, seen)| m.at - seen <= m.tau),
        };
        before
    }

    /// Only a measured K completes a recovery.
    fn complete_recovery(&mut self, m: &Moment) {
        let r = self.recovery_after(m);
        if let Pressure::Recovering { since: Some(since), run: Some(_) } = self.pressure
            && m.controlled == Some(true)
            && !m.blind
            && m.at - since >= r
        {
            self.pressure = Pressure::Recovering { since: Some(since), run: None };
            self.l3_fires_at = None;
            self.rule_held = None;
        }
    }

    /// Whether the next level is due now, and by how much it is late.
    pub(super) fn rises(
        &mut self,
        m: &Moment,
        k: Kleene,
        last: Last,
        overrides: &Overrides,
        silence: &Silence,
        out: &mut Vec<Outcome>,
    ) -> Option<Span> {
        if self.level == Level::L3 || self.level == Level::None {
            return None;
        }
        let capped = overrides.ceiling.is_some_and(|(level, _)| self.level >= level);
        let barred = m.old || overrides.hold.is_some() || capped;
        let u = self.pressure.uncontrolled_since();
        let share = self.window.reaches(self.policy.share);
        if let Some(u) = u.filter(|_| k == Some(false) && !m.blind)
            && self.rule_since(m, u, share, silence).is_some()
        {
            // A rule that came to hold while the monitor was down held before this instant.
            let pressed = last.controlled == Some(false) && silence.was_down(last.at, m.at);
            let down = self.rule_since(m, u, last.share_held, silence).filter(|_| pressed);
            let now = down.map_or(m.at, |due| due.max(last.at).min(m.at));
            let first = *self.rule_held.get_or_insert(now);
            return (!barred && self.confirmed(m, out)).then(|| m.at - first - self.asks_for());
        }
        // A window of confirmation once open ends by confirmation, expiry or recovery.
        let fires = self.l3_fires_at.is_some_and(|at| m.at >= at) && !barred;
        let first = self.rule_held.filter(|_| fires && !m.blind && k == Some(false))?;
        Some(m.at - first - self.asks_for())
    }

    /// How long the next level waits for the commander's confirmation.
    fn asks_for(&self) -> Span {
        if self.level == Level::L2 { self.policy.l3_confirm } else { Span::ZERO }
    }

    /// The instant since which the rule holds by plain arithmetic, if it holds at `m.at`.
    fn rule_since(
        &self,
        m: &Moment,
        u: Timestamp,
        share: bool,
        silence: &Silence,
    ) -> Option<Timestamp> {
        let due = |from: Timestamp| {
            let due = from + self.policy.step + silence.frozen(from, m.at, m.tau);
            (m.at >= due).then_some(due)
        };
        let by_run = due(self.anchor.max(u)).filter(|_| share);
        let by_turn = self.turned_false.and_then(|v| due(self.anchor.max(v)));
        match (by_run, by_turn) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// L3 may wait for the commander: opens the window at the first due instant.
    fn confirmed(&mut self, m: &Moment, out: &mut Vec<Outcome>) -> bool {
        if !self.asks_for().is_positive() {
            return true;
        }
        match self.l3_fires_at {
            Some(at) => m.at >= at,
            None => {
                let fires_at = m.at + self.asks_for();
                self.l3_fires_at = Some(fires_at);
                let kind = ReminderKind::ConfirmL3 { fires_at };
                out.push(Outcome::Remind(self.incident, self.level, kind));
                false
            }
        }
    }

    /// Whether R has held long enough since the last change of level.
    pub(super) fn may_step_down(&self, m: &Moment, overrides: &Overrides) -> bool {
        let floor = overrides.floor.map_or(Level::None, |(level, _)| level);
        let Some((since, _)) = self.relaxed else { return false };
        m.stand_down == Some(true)
            && !m.blind
            && overrides.hold.is_none()
            && self.level.down() >= floor
            && m.at - since.max(self.anchor) >= self.stand_down_after(m)
    }

    /// Repeats an unconfirmed order and the report of L3.
    pub(super) fn remind(&mut self, m: &Moment, out: &mut Vec<Outcome>) {
        let after = self.policy.remind_after;
        while !self.in_effect
            && usize::from(self.reminded) < after.len()
            && m.at - self.anchor >= after[usize::from(self.reminded)]
        {
            self.reminded += 1;
            if !m.old {
                out.push(Outcome::Remind(self.incident, self.level, ReminderKind::Unconfirmed));
            }
        }
        if self.level == Level::L3 && m.at - self.reported_at >= self.policy.repeat_report {
            self.reported_at = m.at;
            if !m.old {
                out.push(Outcome::Remind(self.incident, self.level, ReminderKind::StillAtL3));
            }
        }
    }

    /// The exact instants at which something of this incident may be due.
    pub(super) fn dues(&self, m: &Moment, silence: &Silence, due: &mut Vec<Timestamp>) {
        let h = self.stand_down_after(m);
        due.extend(self.relaxed.map(|(since, _)| since.max(self.anchor) + h));
        due.extend(m.closed_since.map(|since| since + h));
        if let Pressure::Recovering { since: Some(since), run: Some(_) } = self.pressure {
            due.push(since + self.recovery_after(m));
        }
        if let Some(v) = self.turned_false {
            let from = v.max(self.anchor);
            due.push(from + self.policy.step + silence.frozen(from, m.at, m.tau));
        }
        if !self.in_effect {
            due.extend(self.policy.remind_after.map(|after| self.anchor + after));
        }
        if self.level == Level::L3 {
            due.push(self.reported_at + self.policy.repeat_report);
        }
    }
}
