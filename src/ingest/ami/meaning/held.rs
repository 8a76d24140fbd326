//! Ends of calls that wait a moment before they are told.
//!
//! About a second before Asterisk says that it goes down, it hangs up everything: within a few
//! milliseconds conversations "complete" and callers "abandon". Those are no decisions of
//! callers. So an end waits for [`SETTLE`]; if by then every call of the PBX has ended in one
//! burst, it waits for [`SHUTDOWN_AFTER`], in which the shutdown is announced or is not.
//! An abandonment also waits for its reason, where a queue log is read that tells it.

use crate::engine::observation::{CallKey, CallKind};
use crate::engine::time::{Span, Timestamp};
use std::collections::VecDeque;

/// How long an end waits: longer than the burst of a shutdown, too short to see.
pub(super) const SETTLE: Span = Span::millis(40);
/// Between the burst and the announcement: 1.1 s were measured.
const SHUTDOWN_AFTER: Span = Span::secs(2);
/// How long an abandonment waits for its row in the queue log, which is written at once.
const REASON_AFTER: Span = Span::secs(1);
/// Fewer ends than this at once are ordinary.
const BURST_MIN: usize = 3;

/// An end that waits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct End {
    pub(super) queue: usize,
    pub(super) call: CallKey,
    pub(super) kind: CallKind,
    /// Event time.
    pub(super) at: Timestamp,
    /// When it came.
    came: Timestamp,
    needs_reason: bool,
    in_burst: bool,
}

impl End {
    fn ready_at(&self) -> Timestamp {
        match (self.in_burst, self.needs_reason) {
            (true, _) => self.came + SHUTDOWN_AFTER,
            (false, true) => self.came + REASON_AFTER,
            (false, false) => self.came + SETTLE,
        }
    }
}

/// Ends that wait, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Held(VecDeque<End>);

impl Held {
    pub(super) fn push(
        &mut self,
        now: Timestamp,
        at: Timestamp,
        of: (usize, CallKey, CallKind),
        needs_reason: bool,
    ) {
        let (queue, call, kind) = of;
        self.0.push_back(End { queue, call, kind, at, came: now, needs_reason, in_burst: false });
    }

    /// The queue log tells why a call left.
    pub(super) fn reason(&mut self, call: CallKey, kind: CallKind) {
        for end in &mut self.0 {
            if end.call == call && end.needs_reason {
                end.kind = kind;
                end.needs_reason = false;
            }
        }
    }

    /// Whether an end waits for its reason.
    pub(super) fn needs_reason(&self) -> bool {
        self.0.iter().any(|end| end.needs_reason)
    }

    /// When the next end is due.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.0.iter().map(End::ready_at).min()
    }

    /// Hands on what is due. `quiet`: no call is left in the whole PBX.
    pub(super) fn due(
        &mut self,
        now: Timestamp,
        quiet: impl FnOnce() -> bool,
        mut tell: impl FnMut(End),
    ) {
        if self.deadline().is_none_or(|at| at > now) {
            return;
        }
        if self.0.len() >= BURST_MIN && quiet() {
            self.0.iter_mut().for_each(|end| end.in_burst = true);
        }
        self.0.retain(|end| {
            let waits = end.ready_at() > now;
            if !waits {
                tell(*end);
            }
            waits
        });
    }

    /// The PBX goes down: these were no decisions of callers. Returns how many.
    pub(super) fn drop_all(&mut self) -> u64 {
        let dropped = self.0.len() as u64;
        self.0.clear();
        dropped
    }

    /// The link is gone: what came is told.
    pub(super) fn flush(&mut self, tell: impl FnMut(End)) {
        self.0.drain(..).for_each(tell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + millis)
    }

    fn told(held: &mut Held, now: i64, quiet: bool) -> usize {
        let mut count = 0;
        held.due(at(now), || quiet, |_| count += 1);
        count
    }

    fn end(held: &mut Held, now: i64, needs_reason: bool) {
        let of = (0, CallKey(now as u64), CallKind::Abandoned);
        held.push(at(now), at(now), of, needs_reason);
    }

    #[test]
    fn an_ordinary_end_waits_a_moment_and_a_burst_for_the_shutdown() {
        let mut held = Held::default();
        end(&mut held, 0, false);
        assert_eq!(told(&mut held, 39, false), 0);
        assert_eq!(told(&mut held, 40, true), 1, "one end is no burst");
        for n in 0..3 {
            end(&mut held, 100 + n, false);
        }
        assert_eq!(told(&mut held, 142, true), 0);
        assert_eq!(told(&mut held, 1_900, true), 0);
        assert_eq!(held.deadline(), Some(at(2_100)));
        assert_eq!(told(&mut held, 2_102, true), 3);
        for n in 0..3 {
            end(&mut held, 3_000 + n, false);
        }
        assert_eq!(told(&mut held, 3_050, true), 0);
        assert_eq!(held.drop_all(), 3);
    }

    #[test]
    fn an_abandonment_waits_for_its_reason() {
        let mut held = Held::default();
        end(&mut held, 0, true);
        assert_eq!(told(&mut held, 40, false), 0);
        held.reason(CallKey(0), CallKind::Answered);
        let mut kinds = Vec::new();
        held.due(at(41), || false, |end| kinds.push(end.kind));
        assert_eq!(kinds, [CallKind::Answered]);
        end(&mut held, 5_000, true);
        assert_eq!(told(&mut held, 5_040, false), 0);
        assert_eq!(told(&mut held, 6_000, false), 1, "without a row it is what the event says");
    }
}
