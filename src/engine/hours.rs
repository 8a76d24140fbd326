//! Is a unit closed, and since when?
//!
//! Closed is a question about an instant, not about a source: a feed that goes on with heartbeats
//! and zero rows after closing time belongs to a closed centre like one that falls silent. Hours
//! are configured, or learned where every queue of the unit was found empty in this slot of the
//! week. A queue that is offered calls is open, whatever the hours say: it is closed again when
//! none has been offered for tau, counted from the last that was.
//!
//! Boundaries are found by walking back minute by minute, since daylight saving makes arithmetic
//! on local minutes wrong twice a year; a night takes some microseconds.

use super::calendar::Calendar;
use super::policy::UnitPolicy;
use super::queue::{MINUTE, Queue};
use super::time::{Span, Timestamp};
use super::unit::Unit;

/// No centre is closed for longer than it takes to see every slot of the week.
const WALK_MAX: Span = Span::hours(8 * 24);

impl Unit {
    /// Since when the unit is closed at an instant; `None` while it is open. An instant closes
    /// the time before it: at closing time itself the unit is still open.
    pub(super) fn closed_at(
        &self,
        at: Timestamp,
        policy: &UnitPolicy,
        queues: &[Queue],
    ) -> Option<Timestamp> {
        let outside = self.outside_since(at, policy, queues);
        let by_hours = outside.and_then(|since| match self.offered_last {
            Some((start, end)) if start >= since => (at >= end + self.tau).then_some(end),
            Some(_) | None => Some(since),
        });
        let since = match (self.silent_since, by_hours) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        since.filter(|&since| since < at)
    }

    /// When the closed time that ended between `from` and `at` was over: at the hour of opening,
    /// or with the interval that offered calls again.
    pub(super) fn opened_between(
        &self,
        from: Timestamp,
        at: Timestamp,
        policy: &UnitPolicy,
        queues: &[Queue],
    ) -> Timestamp {
        let mut calendar = self.calendar.clone();
        let outside = |t, calendar: &mut Calendar| self.is_outside(t, calendar, policy, queues);
        let mut start = at.floor(MINUTE);
        if outside(start, &mut calendar) {
            let offered = self.offered_last.map_or(at, |(start, _)| start);
            return offered.max(from).min(at);
        }
        while start > from && !outside(start - MINUTE, &mut calendar) {
            start = start - MINUTE;
        }
        start.max(from)
    }

    /// Closing time, if `at` lies outside the hours.
    fn outside_since(
        &self,
        at: Timestamp,
        policy: &UnitPolicy,
        queues: &[Queue],
    ) -> Option<Timestamp> {
        let mut calendar = self.calendar.clone();
        let mut start = at.floor(MINUTE);
        if !self.is_outside(start, &mut calendar, policy, queues) {
            return None;
        }
        let earliest = start - WALK_MAX;
        while start > earliest && self.is_outside(start - MINUTE, &mut calendar, policy, queues) {
            start = start - MINUTE;
        }
        Some(start)
    }

    fn is_outside(
        &self,
        at: Timestamp,
        calendar: &mut Calendar,
        policy: &UnitPolicy,
        queues: &[Queue],
    ) -> bool {
        let local = calendar.local(at);
        match &policy.opening {
            Some(hours) => !hours.is_open(local),
            None => {
                let empty = |q: usize| queues[q].detector().learned_closed(local);
                !self.members.is_empty() && self.members.iter().all(|q| empty(q.0 as usize))
            }
        }
    }
}
