//! The life of a call in a queue: it enters, phones ring, it leaves, and why.

use super::{Left, Meaning, length};
use crate::engine::observation::{CallKey, CallKind, ExitReason, Form, Snapshot};
use crate::engine::time::{Span, Timestamp};
use crate::ingest::ami::fields::{Fields, Kind};

/// A call left while no phone rang for it: a late answer cannot come.
const DECIDE_AFTER: Span = Span::millis(1_500);
/// A call left while a phone rang: the agent may be hearing a prompt.
const DECIDE_AFTER_RINGING: Span = Span::secs(30);
/// The queue log has whole seconds.
const SAME_ENTRY: Span = Span::secs(2);

impl Meaning {
    pub(super) fn of_call(&mut self, queue: usize, now: Timestamp, call_id: &str, f: &Fields<'_>) {
        let at = self.at(now, f);
        if f.kind == Kind::User {
            return self.refused_by_event(queue, at, call_id);
        }
        self.sync.met(queue, call_id);
        let leg = self.legs.current(call_id, &self.queues[queue].name);
        let key = CallKey::new(call_id, leg);
        if matches!(f.kind, Kind::Abandon | Kind::Connect) {
            self.adopt(queue, at, (call_id, key, leg), f);
        }
        if f.kind == Kind::Join {
            self.join(queue, at, (call_id, key), f);
        } else if f.kind == Kind::Leave {
            self.leave(queue, (now, at), key, f);
        } else if f.kind == Kind::Abandon {
            self.abandon(queue, (now, at), key);
        } else if f.kind == Kind::Connect {
            self.connect(queue, at, key, f);
        } else if let Some(waiting) = self.queues[queue].waiting.get_mut(&key) {
            let rings = waiting.ringing;
            let one_more = f.kind == Kind::Called;
            waiting.ringing =
                if one_more { rings.saturating_add(1) } else { rings.saturating_sub(1) };
        }
    }

    fn connect(&mut self, queue: usize, at: Timestamp, key: CallKey, f: &Fields<'_>) {
        self.left.remove(&key);
        if let Some(waiting) = self.queues[queue].waiting.get_mut(&key) {
            waiting.ended = true;
        }
        if let Some(agent) = f.agent {
            self.talking.insert((queue, agent), key);
        }
        self.tell(queue, at, key, CallKind::Answered);
    }

    /// The end of a call whose entry was not told, since it came before the link: how long it had
    /// waited says when. Where it was told after all, it is the same entry and changes nothing.
    fn adopt(&mut self, queue: usize, at: Timestamp, of: (&str, CallKey, u16), f: &Fields<'_>) {
        let (call_id, key, leg) = of;
        let known = self.queues[queue].waiting.contains_key(&key) || self.left.contains_key(&key);
        let Some(hold) = f.hold.filter(|hold| !known && *hold <= Span::hours(24)) else { return };
        self.legs.catch_up(call_id, &self.queues[queue].name, leg);
        self.figures.adopted += 1;
        self.tell(queue, at - hold, key, CallKind::Offered);
    }

    fn join(&mut self, queue: usize, at: Timestamp, call: (&str, CallKey), f: &Fields<'_>) {
        let (call_id, known) = call;
        // A list, or the queue log, may have told of this entry already.
        let in_gap = self.gap_entries.get(&known);
        let told = self.queues[queue].waiting.contains_key(&known)
            || in_gap.is_some_and(|entry| length(at - *entry) <= SAME_ENTRY);
        if !told {
            let leg = self.legs.enter(call_id, &self.queues[queue].name);
            let key = CallKey::new(call_id, leg);
            if !self.queues[queue].enter(key, at) {
                self.figures.malformed += 1;
                return;
            }
            self.tell(queue, at, key, CallKind::Offered);
        }
        self.compare(queue, f);
        self.look_at_limit(queue, at);
    }

    fn leave(&mut self, queue: usize, times: (Timestamp, Timestamp), key: CallKey, f: &Fields<'_>) {
        let (now, at) = times;
        if let Some(waiting) = self.queues[queue].waiting.remove(&key)
            && !waiting.ended
        {
            let rings = waiting.ringing > 0;
            let until = now + if rings { DECIDE_AFTER_RINGING } else { DECIDE_AFTER };
            self.left.insert(key, Left { queue, at, until });
        }
        self.compare(queue, f);
        self.look_at_limit(queue, at);
    }

    fn abandon(&mut self, queue: usize, times: (Timestamp, Timestamp), key: CallKey) {
        let (now, at) = times;
        let waiting = self.queues[queue].waiting.get_mut(&key);
        let waited = waiting.map(|waiting| {
            waiting.ended = true;
            at - waiting.arrival
        });
        let limit = self.settings.queue_timeout;
        let timeout = limit.zip(waited).is_some_and(|(limit, w)| w + Span::secs(1) >= limit);
        let kind =
            if timeout { CallKind::Exited(ExitReason::Timeout) } else { CallKind::Abandoned };
        self.held.push(now, at, (queue, key, kind), self.settings.reasons_in_log);
    }

    /// The end of a conversation; the message may lack the caller's channel, then queue and
    /// agent tell which it was.
    pub(super) fn complete(&mut self, queue: usize, now: Timestamp, f: &Fields<'_>) {
        let at = self.at(now, f);
        let of_agent = f.agent.and_then(|agent| self.talking.remove(&(queue, agent)));
        let named = f.call_id.map(|call_id| {
            CallKey::new(call_id, self.legs.current(call_id, &self.queues[queue].name))
        });
        let Some(key) = named.or(of_agent) else { return };
        let talk = f.talk.filter(|talk| *talk <= Span::hours(7 * 24));
        self.held.push(now, at, (queue, key, CallKind::Completed { talk }), false);
    }

    fn compare(&mut self, queue: usize, f: &Fields<'_>) {
        let Some(count) = f.count.filter(|_| self.sync.compares) else { return };
        self.figures.count_checks += 1;
        if count as usize != self.queues[queue].waiting.len() {
            self.figures.count_mismatches += 1;
            self.sync.want();
        }
    }

    /// Whether the queue is full is told at once: who calls meanwhile is in no event.
    pub(super) fn look_at_limit(&mut self, queue: usize, at: Timestamp) {
        if let Some(full) = self.queues[queue].fills() {
            self.figures.saturations += u64::from(full);
            self.draft(queue, Form::Snapshot(Snapshot { full: Some(full), ..Snapshot::empty(at) }));
        }
    }
}
