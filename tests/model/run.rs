//! The uncontrolled run of the present level, and whether it is long enough.

use super::{History, Item, frozen::overlap};
use callsurge::engine::command::Level;
use callsurge::engine::ladder::Moment;
use callsurge::engine::time::{Span, Timestamp};

/// The uncontrolled run of the present level.
#[derive(Clone, Copy, Default)]
pub(super) struct Run {
    /// u: its start.
    start: Option<Timestamp>,
    /// v: the last instant at which K turned false.
    turned: Option<Timestamp>,
}

impl History<'_> {
    /// The condition of a rise at the last moment, by the rule alone.
    pub(super) fn due(&self) -> bool {
        self.k() == Some(false) && self.moment().closed_since.is_none() && self.long_enough(self)
    }

    /// Whether enough time of the run is behind the last moment. Signs are those that `all` knows.
    pub(super) fn long_enough(&self, all: &History<'_>) -> bool {
        self.long_enough_at(self.now(), all)
    }

    pub(super) fn long_enough_at(&self, t: Timestamp, all: &History<'_>) -> bool {
        let run = self.run();
        let (Some(u), Some(v), Some(c)) = (run.start, run.turned, self.made.last()) else {
            return false;
        };
        let elapsed = |from: Timestamp| t - from - all.frozen(from, t);
        let (long, short) = (c.at.max(u), c.at.max(v));
        let by_share =
            elapsed(long) >= self.policy.step && self.share(long, self.now()) >= self.policy.share;
        by_share || elapsed(short) >= self.policy.step
    }

    /// The first instant since the run began at which the rule held, downtime included.
    pub(super) fn first_due(&self) -> Timestamp {
        let now = self.run().start;
        let moments = self.moments;
        let order = self.made.last().map_or(0, |c| c.item);
        // The moment of the order, which may precede it among the items.
        let from = self.until(order).moments.last().map_or(0, |&(n, _)| n);
        for (i, &(n, m)) in moments.iter().enumerate().filter(|&(_, &(n, _))| n >= from) {
            let then = self.until(n.max(order));
            if then.run().start == now && then.k() == Some(false) {
                if m.closed_since.is_none() && then.long_enough(self) {
                    return m.at;
                }
                let next = moments.get(i + 1);
                if let Some(at) = next.and_then(|next| self.due_in_downtime(&then, next)) {
                    return at;
                }
            }
        }
        self.now()
    }

    /// u and v after the last moment, read from the order of the present level on.
    pub(super) fn run(&self) -> Run {
        let order = self.made.last().map_or(0, |c| c.item);
        let mut run = Run::default();
        if self.made.last().is_some_and(|_| self.until(order).k() == Some(false)) {
            let c = self.until(order).now();
            run = Run { start: Some(c), turned: Some(c) };
        }
        let (mut controlled_since, mut was_true) = (None, false);
        for n in order + 1..self.items.len() {
            let then = self.until(n);
            match &self.items[n] {
                Item::Sign(_) | Item::Down(..) | Item::Order(_) => {}
                Item::Moment(m) => match then.k() {
                    None => controlled_since = None,
                    Some(false) => {
                        if run.start.is_none() || was_true {
                            run.turned = Some(m.at);
                        }
                        run.start = run.start.or(Some(m.at));
                        (controlled_since, was_true) = (None, false);
                    }
                    Some(true) => {
                        controlled_since = controlled_since.filter(|_| !then.after_downtime());
                        let since = *controlled_since.get_or_insert(m.at);
                        was_true = true;
                        if m.controlled == Some(true) && m.at - since >= then.r() {
                            run = Run::default();
                        }
                    }
                },
            }
        }
        run
    }

    pub(super) fn l3_waits(&self) -> bool {
        let asks = self.policy.l3_confirm > Span::ZERO && self.level() == Level::L2;
        asks && self.l3_window().is_some()
    }

    /// Since when an L3 that is due waits for its confirmation.
    pub(super) fn l3_window(&self) -> Option<Timestamp> {
        let order = self.made.last().map_or(0, |c| c.item);
        let (mut opened, mut run) = (None, None);
        for (n, m) in self.moments.iter().copied().filter(|&(n, _)| n > order) {
            let then = self.until(n);
            let now = then.run().start;
            if now != run {
                (opened, run) = (None, now);
            }
            if opened.is_none() && !then.barred() && then.due() {
                opened = Some(m.at);
            }
        }
        opened
    }

    /// Part of [from, to] in which K was false, of the part in which it was known or held.
    pub(super) fn share(&self, from: Timestamp, to: Timestamp) -> f64 {
        let moments = self.moments;
        let (mut uncontrolled, mut known) = (Span::ZERO, Span::ZERO);
        let mut measured = Timestamp::MIN;
        for (i, &(n, m)) in moments.iter().enumerate() {
            if m.controlled.is_some() {
                measured = m.at;
            }
            let Some(k) = self.until(n).k() else { continue };
            let end = moments.get(i + 1).map_or(to, |(_, next)| next.at);
            let end = end.min(measured + m.tau);
            let length = overlap((m.at, end), (from, to));
            known += length;
            if !k {
                uncontrolled += length;
            }
        }
        if known == Span::ZERO {
            return 1.0;
        }
        uncontrolled.as_millis() as f64 / known.as_millis() as f64
    }

    /// The first instant at which the rule held while the monitor was down after `then`, as far
    /// as the run can be continued without it.
    pub(super) fn due_in_downtime(
        &self,
        then: &History<'_>,
        next: &(usize, &Moment),
    ) -> Option<Timestamp> {
        let then_next = self.until(next.0);
        if !then_next.after_downtime() || then_next.k() != Some(false) {
            return None;
        }
        let mut at = then.now();
        while at < next.1.at {
            if then.long_enough_at(at, self) {
                return Some(at);
            }
            at = at + Span::secs(1);
        }
        None
    }
}
