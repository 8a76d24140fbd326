//! What the queue log adds: calls of a gap, reasons, and calls that were not admitted.
//!
//! While the link is up its rows are not told, since the events are; they only explain. While it
//! is down they are told, and what is known here follows them, so that the next list finds no
//! difference that the log has told already.

use super::Meaning;
use crate::engine::observation::{CallKey, CallKind, Form};
use crate::engine::time::{Span, Timestamp};
use crate::ingest::{Item, Told};
use std::collections::{BTreeMap, VecDeque};

/// Refusals are remembered for so long: an event and a row of the same one come within a second.
const REMEMBERED: Span = Span::minutes(10);
/// Most refusals that are remembered.
const REFUSALS_MAX: usize = 10_000;

/// A row of the queue log and the entry of a call that it is of.
#[derive(Clone, Debug)]
pub struct LogRow {
    /// What it says.
    pub item: Item,
    /// Which call; empty where it is of none.
    pub call_id: Box<str>,
    /// Which queue; empty where it is of none.
    pub queue: Box<str>,
    /// Which entry of the call.
    pub leg: u16,
}

/// Refused calls told by both the dialplan's event and its row: the n-th of one is the n-th of
/// the other.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    /// By call and queue: how many events and how many rows told one.
    told: BTreeMap<CallKey, [u16; 2]>,
    by_age: VecDeque<(Timestamp, CallKey)>,
}

impl Refusals {
    /// Whether this one is news.
    fn news(&mut self, at: Timestamp, call: CallKey, of_row: bool) -> bool {
        while let Some(&(since, old)) = self.by_age.front()
            && (self.by_age.len() >= REFUSALS_MAX || since + REMEMBERED < at)
        {
            self.by_age.pop_front();
            self.told.remove(&old);
        }
        let told = self.told.entry(call).or_insert_with(|| {
            self.by_age.push_back((at, call));
            [0; 2]
        });
        let (mine, other) = (usize::from(of_row), usize::from(!of_row));
        told[mine] = told[mine].saturating_add(1);
        told[mine] > told[other]
    }
}

impl Meaning {
    /// A row of the queue log. `gap`: the link is down, so what the row says is told.
    pub fn row(&mut self, row: &LogRow, gap: bool) {
        match &row.item.input {
            Told::Heartbeat(_) => {}
            Told::SourceRestarted(_) => {
                if gap {
                    self.restarted(row.item.at - self.offset_of_rows());
                }
            }
            Told::Draft(draft) => {
                let Form::Event(mut event) = draft.form else { return };
                event.at = event.at - self.offset_of_rows();
                let f = super::Fields { queue: Some(&row.queue), ..super::Fields::default() };
                let Some(queue) = self.queue(&f) else { return };
                if event.kind == CallKind::Refused {
                    if self.refusals.news(event.at, refusal(&row.call_id, queue), true) {
                        self.refused(queue, event.at, &row.call_id);
                    }
                } else if gap {
                    self.legs.catch_up(&row.call_id, &row.queue, row.leg);
                    self.follow(queue, event.at, event.call, event.kind);
                    self.figures.backfilled += 1;
                    self.tell(queue, event.at, event.call, event.kind);
                } else {
                    self.explain(event.call, event.kind);
                }
            }
        }
    }

    /// The log explains what events left open.
    fn explain(&mut self, call: CallKey, kind: CallKind) {
        match kind {
            CallKind::Exited(_) => {
                self.held.reason(call, kind);
                if let Some(left) = self.left.remove(&call) {
                    self.tell(left.queue, left.at, call, kind);
                }
            }
            CallKind::Abandoned => self.held.reason(call, kind),
            CallKind::Offered
            | CallKind::Refused
            | CallKind::Answered
            | CallKind::Completed { .. } => {}
        }
    }

    /// What waits and talks, by the log.
    fn follow(&mut self, queue: usize, at: Timestamp, call: CallKey, kind: CallKind) {
        match kind {
            CallKind::Offered => {
                self.queues[queue].enter(call, at);
                self.gap_entries.insert(call, at);
            }
            CallKind::Answered | CallKind::Abandoned | CallKind::Exited(_) => {
                self.queues[queue].waiting.remove(&call);
                self.left.remove(&call);
            }
            CallKind::Completed { .. } => self.talking.retain(|_, talks| *talks != call),
            CallKind::Refused => {}
        }
    }

    /// The dialplan says by an event that a queue did not admit a call.
    pub(super) fn refused_by_event(&mut self, queue: usize, at: Timestamp, call_id: &str) {
        if self.refusals.news(at, refusal(call_id, queue), false) {
            self.refused(queue, at, call_id);
        }
    }

    fn refused(&mut self, queue: usize, at: Timestamp, call_id: &str) {
        let leg = self.legs.enter(call_id, &self.queues[queue].name);
        self.figures.refused += 1;
        self.tell(queue, at, CallKey::new(call_id, leg), CallKind::Refused);
    }

    /// Whether the log should be looked at now: an end waits for its reason.
    pub fn wants_rows(&self) -> bool {
        self.settings.reasons_in_log && (self.held.needs_reason() || !self.left.is_empty())
    }

    /// Rows are in whole seconds; less than one is not corrected.
    fn offset_of_rows(&self) -> Span {
        if super::length(self.offset) < Span::secs(1) { Span::ZERO } else { self.offset }
    }
}

fn refusal(call_id: &str, queue: usize) -> CallKey {
    CallKey::new(call_id, u16::try_from(queue).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_and_a_row_of_one_refusal_are_one() {
        let mut refusals = Refusals::default();
        let (at, call) = (Timestamp::from_secs(1_000), CallKey(1));
        assert!(refusals.news(at, call, false));
        assert!(!refusals.news(at, call, true));
        assert!(refusals.news(at, call, true), "the caller tried again");
        assert!(!refusals.news(at, call, false));
        assert!(refusals.news(at, CallKey(2), true));
        assert!(refusals.news(at + Span::hours(1), call, true));
        assert_eq!(refusals.told.len(), 1);
    }
}
