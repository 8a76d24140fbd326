//! The commander's acts on the ladder.

use super::{Context, Ladder, Moment, Outcome, Stage};
use crate::engine::command::{Act, Level, Refusal};
use crate::engine::effect::{Cause, IncidentId};
use crate::engine::policy::LadderPolicy;
use crate::engine::time::{Span, Timestamp};

/// Longest time that a floor or a ceiling may hold: half a day, longer than any shift.
const OVERRIDE_MAX: Span = Span::hours(12);
/// How long a floor or a ceiling holds where the order does not say.
const OVERRIDE_DEFAULT: Span = Span::minutes(30);

/// An order as the ladder sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// What is ordered.
    pub act: Act,
    /// Until when.
    pub expires_at: Option<Timestamp>,
}

impl Ladder {
    /// Obeys an order at the instant of `m`. Answers until when it holds.
    ///
    /// # Errors
    /// [`Refusal`] where the order cannot be obeyed; nothing changes then.
    pub fn obey(
        &mut self,
        order: &Order,
        m: &Moment,
        ctx: &mut Context<'_>,
        out: &mut Vec<Outcome>,
    ) -> Result<Option<Timestamp>, Refusal> {
        let hold_max = match &self.stage {
            Stage::Calm { .. } => ctx.policy.hold_max,
            Stage::Raised(raised) => raised.policy.hold_max,
        };
        match order.act {
            Act::Raise(Level::None) => Err(Refusal::Level),
            Act::Raise(level) => {
                let until = expiry(order, m.at, OVERRIDE_DEFAULT, OVERRIDE_MAX)?;
                self.raise(level, until, m, ctx, out);
                Ok(Some(until))
            }
            Act::Lower(Level::None) | Act::Close => {
                let until = expiry(order, m.at, hold_max, hold_max)?;
                self.close(until, m, out)?;
                Ok(Some(until))
            }
            Act::Lower(level) => {
                let until = expiry(order, m.at, OVERRIDE_DEFAULT, OVERRIDE_MAX)?;
                self.lower(level, until, m, out);
                Ok(Some(until))
            }
            Act::Hold => {
                let until = expiry(order, m.at, hold_max, hold_max)?;
                self.overrides.hold = Some(until);
                Ok(Some(until))
            }
            Act::Confirm => self.confirm(m, out).map(|()| None),
        }
    }

    /// Takes a level that a journal says was in force, whatever this build would have decided.
    pub fn impose(&mut self, level: Level, incident: IncidentId, number: u32, at: Timestamp) {
        let policy = match &self.stage {
            Stage::Raised(raised) => raised.policy,
            Stage::Calm { .. } => LadderPolicy::ROBUST,
        };
        if level == Level::None {
            self.stage = Stage::Calm { abnormal_since: None, ended: None, rule_held: None };
            return;
        }
        if let Stage::Calm { .. } = self.stage {
            self.stage = Stage::Raised(super::Raised::imposed(incident, policy, at));
        }
        if let Stage::Raised(raised) = &mut self.stage {
            raised.go(level, at, Cause::Manual, Span::ZERO);
            raised.incident = incident;
            raised.transitions = number;
        }
    }

    fn raise(
        &mut self,
        level: Level,
        until: Timestamp,
        m: &Moment,
        ctx: &mut Context<'_>,
        out: &mut Vec<Outcome>,
    ) {
        self.overrides.floor = Some((level, until));
        self.overrides.ceiling = self.overrides.ceiling.filter(|&(ceiling, _)| ceiling >= level);
        self.overrides.closed_until = None;
        if let Stage::Calm { .. } = self.stage {
            let mut raised = super::Raised::open(None, m.at, ctx);
            raised.begin_run(m.at, self.known, m);
            self.stage = Stage::Raised(raised);
        }
        if let Stage::Raised(raised) = &mut self.stage
            && raised.level < level
        {
            out.push(Outcome::Moved(raised.go(level, m.at, Cause::Manual, Span::ZERO)));
        }
    }

    fn lower(&mut self, level: Level, until: Timestamp, m: &Moment, out: &mut Vec<Outcome>) {
        self.overrides.ceiling = Some((level, until));
        self.overrides.floor = self.overrides.floor.filter(|&(floor, _)| floor <= level);
        if let Stage::Raised(raised) = &mut self.stage
            && raised.level > level
        {
            out.push(Outcome::Moved(raised.go(level, m.at, Cause::Manual, Span::ZERO)));
        }
    }

    fn close(
        &mut self,
        until: Timestamp,
        m: &Moment,
        out: &mut Vec<Outcome>,
    ) -> Result<(), Refusal> {
        match &mut self.stage {
            Stage::Raised(raised) => {
                out.push(Outcome::Moved(raised.go(Level::None, m.at, Cause::Manual, Span::ZERO)));
                self.stage = Stage::Calm { abnormal_since: None, ended: None, rule_held: None };
            }
            Stage::Calm { .. } if self.overrides.closed_until.is_none() => {
                return Err(Refusal::NoIncident);
            }
            Stage::Calm { .. } => {}
        }
        self.overrides.floor = None;
        self.overrides.closed_until = Some(until);
        Ok(())
    }

    fn confirm(&mut self, m: &Moment, out: &mut Vec<Outcome>) -> Result<(), Refusal> {
        let Stage::Raised(raised) = &mut self.stage else { return Err(Refusal::NoIncident) };
        if raised.l3_fires_at.is_some() {
            out.push(Outcome::Moved(raised.go(Level::L3, m.at, Cause::Timer, Span::ZERO)));
        }
        raised.in_effect = true;
        Ok(())
    }
}

/// The end of an act: as ordered, else the default; after the order and within `longest`.
fn expiry(
    order: &Order,
    at: Timestamp,
    default: Span,
    longest: Span,
) -> Result<Timestamp, Refusal> {
    let until = order.expires_at.unwrap_or(at + default);
    if until > at && until - at <= longest { Ok(until) } else { Err(Refusal::Expiry) }
}
