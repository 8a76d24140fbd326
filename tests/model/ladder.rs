//! A slow ladder to compare the engine's with: the whole history is read anew at every instant.
//!
//! It is written from the rule as it is specified, not from the machine: nothing is kept between
//! two instants but the list of what came in and of the changes made so far. Every quantity of
//! the rule (K held, u, v, share, frozen time, length of R) is a function of those two lists.

use callsurge::engine::command::Level;
use callsurge::engine::effect::{Cause, Kleene};
use callsurge::engine::ladder::{Moment, Order};
use callsurge::engine::policy::LadderPolicy;
use callsurge::engine::time::{Span, Timestamp};

mod frozen;
mod orders;
mod run;

/// What is told to a ladder, in order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    /// A sign of life of the unit's sources, in event time.
    Sign(Timestamp),
    /// The monitor was down.
    Down(Timestamp, Timestamp),
    /// An instant.
    Moment(Moment),
    /// A commander's order, at the instant evaluated last.
    Order(Order),
}

/// A change of level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Change {
    pub(crate) at: Timestamp,
    pub(crate) incident: u64,
    pub(crate) number: u32,
    pub(crate) from: Level,
    pub(crate) to: Level,
    pub(crate) cause: Cause,
    pub(crate) late_by: Span,
    /// Index of the item that made it.
    pub(crate) item: usize,
}

/// The changes that follow from a history.
pub(crate) fn changes(policy: &LadderPolicy, items: &[Item]) -> Vec<Change> {
    let mut made: Vec<Change> = Vec::new();
    let moments = moments(items);
    let each = |of: fn(&Moment) -> Kleene| -> Vec<Kleene> {
        (0..moments.len()).map(|i| held(&moments[..=i], of)).collect()
    };
    let (k, r) = (each(|m| m.controlled), each(|m| m.stand_down));
    for n in 0..items.len() {
        let all = History { policy, items, moments: &moments, k: &k, r: &r, made: &made };
        let history = all.until(n);
        let step = match &items[n] {
            Item::Sign(_) | Item::Down(..) => None,
            Item::Moment(_) => history.decide(),
            Item::Order(order) => history.obey(order),
        };
        if let Some((to, cause, late_by)) = step {
            let change = history.change(to, cause, late_by);
            made.push(change);
        }
    }
    made
}

type Step = (Level, Cause, Span);
type Range = (Timestamp, Timestamp);

/// Everything up to and including the item that is judged.
#[derive(Clone, Copy)]
struct History<'a> {
    policy: &'a LadderPolicy,
    items: &'a [Item],
    /// The moments among the items, each with the index of its item.
    moments: &'a [(usize, &'a Moment)],
    /// K and R at each moment, measured or held.
    k: &'a [Kleene],
    r: &'a [Kleene],
    made: &'a [Change],
}

fn moments(items: &[Item]) -> Vec<(usize, &Moment)> {
    items
        .iter()
        .enumerate()
        .filter_map(|(i, item)| match item {
            Item::Moment(m) => Some((i, m)),
            Item::Sign(_) | Item::Down(..) | Item::Order(_) => None,
        })
        .collect()
}

/// K or R at the last moment: as measured, else held for tau, else unknown.
fn held(moments: &[(usize, &Moment)], of: fn(&Moment) -> Kleene) -> Kleene {
    let (_, m) = moments.last()?;
    if m.blind {
        return None;
    }
    let (_, known) = moments.iter().rev().find(|(_, m)| of(m).is_some())?;
    if m.at - known.at <= m.tau { of(known) } else { None }
}

impl<'a> History<'a> {
    fn change(&self, to: Level, cause: Cause, late_by: Span) -> Change {
        let last = self.made.last();
        let (incident, number) = match last {
            Some(c) if c.to != Level::None || cause == Cause::Reopened => {
                (c.incident, c.number + 1)
            }
            Some(c) => (c.incident + 1, 1),
            None => (1, 1),
        };
        let item = self.items.len() - 1;
        Change { at: self.now(), incident, number, from: self.level(), to, cause, late_by, item }
    }

    fn level(&self) -> Level {
        self.made.last().map_or(Level::None, |c| c.to)
    }

    fn moment(&self) -> &'a Moment {
        self.moments.last().expect("an instant comes first").1
    }

    fn now(&self) -> Timestamp {
        self.moment().at
    }

    /// The same history, cut after item `n`.
    fn until(&self, n: usize) -> Self {
        let m = self.moments.partition_point(|&(i, _)| i <= n);
        let (moments, k, r) = (&self.moments[..m], &self.k[..m], &self.r[..m]);
        Self { items: &self.items[..=n], moments, k, r, ..*self }
    }

    fn k(&self) -> Kleene {
        self.k.last().copied().flatten()
    }

    fn decide(&self) -> Option<Step> {
        let m = self.moment();
        let level = self.level();
        if level == Level::None {
            return self.opens();
        }
        if let Some(since) = m.closed_since {
            let over = m.at - since >= self.h() && !m.calls_wait;
            let over = over && self.floor() == Level::None;
            return over.then_some((Level::None, Cause::Closed, Span::ZERO));
        }
        if let Some(late_by) = self.rises() {
            return Some((level.up(), Cause::Timer, late_by));
        }
        (self.steps_down()).then(|| (level.down(), Cause::Recovery, Span::ZERO))
    }

    /// r: at least two rows; nothing where any recovery ends the run.
    fn r(&self) -> Span {
        let rows = self.moment().row * 2;
        self.policy.recovery.map_or(Span::ZERO, |r| r.max(rows))
    }

    fn h(&self) -> Span {
        self.policy.stand_down.max(self.r())
    }

    /// Since when the unit is abnormal without a break, the present incident apart.
    fn abnormal_since(&self) -> Option<Timestamp> {
        let after = self.made.last().map(|c| c.item);
        let mut since = None;
        for &(n, m) in self.moments.iter() {
            if !m.blind && after.is_none_or(|item| n > item) {
                since = if m.abnormal == Some(true) { since.or(Some(m.at)) } else { None };
            }
        }
        since
    }

    /// Whether the unit is abnormal for long enough, by the rule alone.
    fn confirmed(&self) -> bool {
        let since = self.abnormal_since();
        since.is_some_and(|since| self.now() - since >= self.policy.confirm)
            && !self.suppressed()
            && self.ceiling() > Level::None
    }

    /// The first instant at which the unit was abnormal for long enough, downtime included.
    fn first_confirmed(&self) -> Timestamp {
        let after = self.made.last().map_or(0, |c| c.item);
        let (mut first, mut looked) = (self.now(), true);
        for &(n, m) in self.moments.iter().rev() {
            let then = self.until(n);
            if n <= after || !(m.blind || then.confirmed()) {
                let due = self.abnormal_since().map(|since| since + self.policy.confirm);
                let down = self.downtimes().iter().any(|&(a, b)| a < first && b > m.at);
                return match due.filter(|&due| due < first && down && looked && !then.suppressed())
                {
                    Some(due) => due.max(m.at),
                    None => first,
                };
            }
            first = if m.blind { first } else { m.at };
            looked = !m.blind;
        }
        first
    }

    /// none → L1, or the same incident again.
    fn opens(&self) -> Option<Step> {
        let m = self.moment();
        if m.old || m.blind || m.closed_since.is_some() || self.holding() || !self.confirmed() {
            return None;
        }
        let again = self
            .made
            .last()
            .filter(|c| c.cause == Cause::Recovery && m.at - c.at <= self.policy.reopen);
        let (level, cause) = match again {
            Some(_) => (m.staffed.max(Level::L1).min(self.ceiling()), Cause::Reopened),
            None => (Level::L1, Cause::Detector),
        };
        Some((level, cause, m.at - self.first_confirmed()))
    }

    /// Whether the next level is due at the last moment, and by how much it is late.
    fn rises(&self) -> Option<Span> {
        let m = self.moment();
        if self.level() == Level::L3 || self.barred() {
            return None;
        }
        if self.level() == Level::L2 && self.policy.l3_confirm > Span::ZERO {
            // Once open, the window ends in L3 unless a recovery has closed it.
            let opened = self.l3_window()?;
            let fires = m.at >= opened + self.policy.l3_confirm && self.k() == Some(false);
            return fires.then(|| m.at - self.first_due() - self.policy.l3_confirm);
        }
        self.due().then(|| m.at - self.first_due())
    }

    /// Whether a rise that is due may not happen now.
    fn barred(&self) -> bool {
        self.moment().old || self.holding() || self.ceiling() < self.level().up()
    }

    fn steps_down(&self) -> bool {
        let m = self.moment();
        let Some(changed) = self.made.last() else { return false };
        let mut since = None;
        for n in 0..self.items.len() {
            let then = self.until(n);
            match &self.items[n] {
                Item::Sign(_) | Item::Down(..) | Item::Order(_) => {}
                Item::Moment(m) => {
                    let r = then.r.last().copied().flatten();
                    since = since.filter(|_| !then.after_downtime());
                    let begins = (m.stand_down == Some(true)).then_some(m.at);
                    since = if r == Some(true) { since.or(begins) } else { None };
                }
            }
            // What is only held says nothing for an incident that begins.
            if self.made.iter().any(|c| c.item == n && c.from == Level::None) {
                since = since.filter(|_| then.moment().stand_down == Some(true));
            }
        }
        m.stand_down == Some(true)
            && since.is_some_and(|since| m.at - since.max(changed.at) >= self.h())
            && !self.holding()
            && self.level() > self.floor()
    }
}
