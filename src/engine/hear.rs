//! What a source tells: from an observation to closed rows.

use super::Engine;
use super::detector::Closed;
use super::effect::{EffectKind, Quality, QualityLine};
use super::emit::Emit;
use super::observation::{Form, IntervalRow, Observation, QueueId, SourceId, UnitId};
use super::queue::{Closing, Form as Counted, MINUTE, Queue, Taken};
use super::time::{Span, Timestamp};

/// Event times further ahead of the entry than this are refused.
pub(super) const FUTURE_MAX: Span = Span::minutes(2);
/// Event times further behind the entry than this change nothing.
pub(super) const LATE_MAX: Span = Span::hours(24);
/// In a replay a longer silence means that the centre was closed.
pub(super) const REPLAY_CLOSED_AFTER: Span = Span::minutes(60);

/// How often it is looked at which queues of a source still give rows.
const ROWS_REVIEW: Span = Span::hours(1);

impl Engine {
    pub(super) fn observe(&mut self, o: &Observation, emit: &mut Emit<'_>) {
        let time = match &o.form {
            Form::Event(e) => e.at,
            Form::Snapshot(s) => s.at,
            Form::Interval(row) => row.end,
        };
        let ignored = &mut self.sources[o.source.0 as usize].ignored;
        if time > self.at + FUTURE_MAX {
            ignored.future += 1;
            return;
        }
        if time < self.at - LATE_MAX {
            ignored.too_late += 1;
            return;
        }
        self.introduce(o);
        let counts = self.may_count(o, time);
        match &o.form {
            Form::Interval(row) if counts => self.observe_row(o, row, emit),
            Form::Interval(row) if row.last_word => {
                self.row_is_a_sign(o.source, row, emit);
                self.pass(o.source, row.end, emit);
            }
            Form::Interval(row) => self.heard(o.source, row.end.min(self.at), emit),
            Form::Event(_) | Form::Snapshot(_) => self.observe_instant(o, time, counts, emit),
        }
    }

    /// Source, queue and unit get to know each other.
    fn introduce(&mut self, o: &Observation) {
        let queue = &mut self.queues[o.queue.0 as usize];
        if queue.meets(o.source) {
            return;
        }
        let source = &mut self.sources[o.source.0 as usize];
        if !source.units.contains(&queue.unit) {
            source.units.push(queue.unit);
            source.next_instant = Timestamp::MIN;
            self.units[queue.unit.0 as usize].sources.push(o.source);
        }
        if let Some(policy) = &self.policy {
            queue.carries = queue.carries.union(policy.sources[o.source.0 as usize].carries);
        }
    }

    /// Whether the calls that an observation tells of count. One source counts the calls of a
    /// queue, in one form, or they would be counted twice: the first that does, until it has been
    /// silent for tau and another speaks. Of one source events count rather than totals; rows count
    /// rather than events while rows come and events do not, so that a stray event, such as somebody
    /// tries out by hand, does not turn a queue that is told by rows into an empty one.
    fn may_count(&mut self, o: &Observation, time: Timestamp) -> bool {
        let form = match &o.form {
            Form::Event(_) => Counted::Events,
            Form::Snapshot(s) if s.counters.is_some() => Counted::Totals,
            Form::Snapshot(_) => return false,
            Form::Interval(_) => Counted::Rows,
        };
        match self.queues[o.queue.0 as usize].counted {
            Some((source, known)) if source == o.source => match (known, form) {
                (Counted::Totals, Counted::Events) => {}
                (Counted::Rows, Counted::Events) => {
                    if self.queues[o.queue.0 as usize].rows_come(time) {
                        self.sources[o.source.0 as usize].ignored.second_source += 1;
                        return false;
                    }
                }
                (Counted::Events, Counted::Rows) => {
                    let queue = &self.queues[o.queue.0 as usize];
                    let strays = |row| queue.lacks_events(row);
                    if !matches!(&o.form, Form::Interval(row) if strays(row)) {
                        // They correct what the events added up to.
                        return true;
                    }
                }
                (Counted::Events | Counted::Rows, Counted::Totals) => return false,
                (Counted::Events, Counted::Events)
                | (Counted::Totals, Counted::Totals)
                | (Counted::Totals | Counted::Rows, Counted::Rows) => return true,
            },
            Some((source, _)) if !self.is_quiet(source) => {
                self.sources[o.source.0 as usize].ignored.second_source += 1;
                return false;
            }
            Some(_) | None => {}
        }
        self.count_by(o, form, time);
        true
    }

    fn count_by(&mut self, o: &Observation, form: Counted, time: Timestamp) {
        let before = self.queues[o.queue.0 as usize].counted.map(|(before, _)| before);
        if let Some(before) = before {
            self.sources[before.0 as usize].summed.retain(|&q| q != o.queue);
        }
        let queue = &mut self.queues[o.queue.0 as usize];
        let first = queue.counted.is_none();
        queue.count_by(o.source, form, time);
        if let Some(before) = before.filter(|&before| before != o.source) {
            self.rows_changed(before);
        }
        if form == Counted::Rows {
            if !first {
                self.rows_changed(o.source);
            }
            return;
        }
        if !first || self.units[self.queues[o.queue.0 as usize].unit.0 as usize].row != Some(MINUTE)
        {
            self.rows_changed(o.source);
        }
        let queue = &mut self.queues[o.queue.0 as usize];
        let source = &mut self.sources[o.source.0 as usize];
        source.summed.push(o.queue);
        if !first {
            return;
        }
        // Before its first word the source may have been cut; a queue that is heard of later was
        // silent until then.
        if source.last_sign.is_none() {
            queue.complete_from = time.next_multiple(MINUTE);
        } else if let Some(watermark) = source.watermark {
            queue.closed_to = Some(watermark.floor(MINUTE));
            queue.complete_from = time.next_multiple(MINUTE);
        }
    }

    fn observe_instant(
        &mut self,
        o: &Observation,
        time: Timestamp,
        counts: bool,
        emit: &mut Emit<'_>,
    ) {
        let index = o.source.0 as usize;
        if !self.sources[index].moves {
            self.sources[index].moves = true;
            self.sources[index].events_only = self.sources[index].row.is_none();
        }
        if matches!(&o.form, Form::Snapshot(_)) {
            self.sources[index].events_only = false;
        }
        let late = self.sources[index].watermark.is_some_and(|w| time < w);
        self.heard(o.source, time, emit);
        self.told(o.source, time);
        // What running totals counted lies before the snapshot: it is booked before its minutes
        // close. An event lies at its instant, which is behind what closes.
        let totals = counts && matches!(&o.form, Form::Snapshot(_));
        let lateness = self.lateness(o.source);
        if !totals {
            self.advance(o.source, time - lateness, emit);
        }
        let taken = {
            let queue = &mut self.queues[o.queue.0 as usize];
            let unit_index = queue.unit.0 as usize;
            let Some(policy) = self.policy.as_deref() else { return };
            let unit_policy = &policy.units[unit_index];
            let unit = &mut self.units[unit_index];
            let mut closing = Closing {
                queue: o.queue,
                source: o.source,
                tolerated: unit.tolerated_of_queue(&unit_policy.detector),
                evaluated_to: unit.ladder.evaluated_to(),
                calendar: &mut unit.calendar,
                emit,
            };
            match &o.form {
                Form::Event(e) if counts => queue.event(e, &unit_policy.control, &mut closing),
                Form::Snapshot(s) => queue.snapshot(s, totals, &mut closing),
                Form::Event(_) | Form::Interval(_) => return,
            }
        };
        if totals {
            self.advance(o.source, time - lateness, emit);
        }
        let taken = if late && taken == Taken::News { Taken::Late } else { taken };
        self.counted(o, taken, emit);
    }

    /// The source told something about `at`, which a heartbeat does not.
    fn told(&mut self, source: SourceId, at: Timestamp) {
        let known = &mut self.sources[source.0 as usize];
        known.last_event = known.last_event.max(Some(at));
    }

    fn counted(&mut self, o: &Observation, taken: Taken, emit: &mut Emit<'_>) {
        let source = &mut self.sources[o.source.0 as usize];
        match taken {
            Taken::News => {}
            Taken::Duplicate => {
                source.ignored.duplicate += 1;
                return;
            }
            Taken::Orphan => {
                source.ignored.orphan += 1;
                return;
            }
            Taken::Late => source.ignored.late += 1,
            Taken::CountersReset => {
                let unit = Some(self.queues[o.queue.0 as usize].unit);
                let what = Quality::CountersReset;
                let line = QualityLine { unit, source: Some(o.source), what };
                emit.push(self.at, EffectKind::Quality(line));
            }
        }
        let accepted = &mut source.accepted;
        match &o.form {
            Form::Event(_) => accepted.events += 1,
            Form::Snapshot(_) => accepted.snapshots += 1,
            Form::Interval(_) => accepted.intervals += 1,
        }
    }

    fn observe_row(&mut self, o: &Observation, row: &IntervalRow, emit: &mut Emit<'_>) {
        // What is provisional moves no watermark, yet nobody is silent who tells it.
        let summed = self.queues[o.queue.0 as usize].summed;
        if !row.last_word {
            self.heard(o.source, row.end.min(self.at), emit);
        } else {
            self.row_is_a_sign(o.source, row, emit);
            // A row that closes minutes that are summed here comes after them.
            if summed {
                self.pass(o.source, row.end, emit);
            }
        }
        self.told(o.source, row.end.min(self.at));
        self.sources[o.source.0 as usize].events_only = false;
        let queue = &mut self.queues[o.queue.0 as usize];
        let unit_id = queue.unit;
        let unit_index = unit_id.0 as usize;
        let Some(policy) = self.policy.as_deref() else { return };
        let unit = &mut self.units[unit_index];
        let mut closing = Closing {
            queue: o.queue,
            source: o.source,
            tolerated: unit.tolerated_of_queue(&policy.units[unit_index].detector),
            evaluated_to: unit.ladder.evaluated_to(),
            calendar: &mut unit.calendar,
            emit,
        };
        let before = queue.closed_to;
        let (taken, judged) = queue.row(row, &mut closing);
        let back = before.is_some_and(|to| row.end - to > queue.outdated_after());
        let first = queue.told_row().is_none();
        let other_length = judged && queue.note_length(row.length());
        self.counted(o, taken, emit);
        let other_length =
            other_length && !(first && self.has_rows_up_to(o.source, unit_id, row.length()));
        let review = self.sources[o.source.0 as usize].rows_review_at;
        if judged && (other_length || back || row.end >= review) {
            self.sources[o.source.0 as usize].rows_review_at = row.end + ROWS_REVIEW;
            self.rows_changed(o.source);
        }
        if judged {
            let offered = row.tally.offered + row.tally.refused.unwrap_or(0);
            let unit = &mut self.units[unit_index];
            unit.row_closed(o.queue, (row.end, row.length()), offered, false);
            unit.row_came(row.end, row.length(), self.at);
            if let Some(overdue) = unit.rows_overdue_at() {
                self.wake_at(overdue, super::Wake::Rows);
            }
        }
        if row.last_word && !summed {
            self.pass(o.source, row.end, emit);
        }
        if judged {
            self.evaluate(unit_id, emit);
        }
    }

    /// A row is a sign of life at its end; the time before its start may have been silent.
    fn row_is_a_sign(&mut self, source: SourceId, row: &IntervalRow, emit: &mut Emit<'_>) {
        let gap = self.sources[source.0 as usize].last_sign.is_some_and(|last| row.start > last);
        if gap {
            self.heard(source, row.start, emit);
        }
        self.heard(source, row.end, emit);
    }

    /// The watermark passes the end of a row; of a source that tells events as well, minutes
    /// close on the way.
    fn pass(&mut self, source: SourceId, end: Timestamp, emit: &mut Emit<'_>) {
        if self.sources[source.0 as usize].moves {
            self.advance(source, end, emit);
            return;
        }
        let known = &mut self.sources[source.0 as usize];
        known.watermark = known.watermark.max(Some(end));
    }

    /// Whether a queue with rows of this length changes nothing: there are such, or shorter ones.
    fn has_rows_up_to(&self, source: SourceId, unit: UnitId, length: Span) -> bool {
        let unit = &self.units[unit.0 as usize];
        [self.sources[source.0 as usize].row, unit.row, unit.told_row()]
            .iter()
            .all(|known| known.is_some_and(|row| row <= length))
    }

    /// The rows of a source have another length, or count otherwise than before: what its units
    /// wait for follows. A queue that fell silent while its source went on says nothing here.
    pub(super) fn rows_changed(&mut self, source: SourceId) {
        let of_source = |q: &&Queue| q.counted.is_some_and(|(by, _)| by == source);
        let lately = |q: &&Queue| {
            let newest = q.counted.and_then(|(by, _)| self.sources[by.0 as usize].last_sign);
            newest.zip(q.closed_to).is_none_or(|(newest, to)| newest - to <= q.outdated_after())
        };
        let own = || self.queues.iter().filter(of_source);
        let row = own().filter(lately).filter_map(Queue::told_row).min();
        let row = row.or_else(|| own().filter_map(Queue::told_row).min());
        let units: Vec<_> = self.sources[source.0 as usize].units.clone();
        for &unit in &units {
            let known = &self.units[unit.0 as usize];
            let members = || known.members.iter().map(|q| &self.queues[q.0 as usize]);
            let alive =
                |q: &&Queue| q.counted.is_some_and(|(by, _)| !self.sources[by.0 as usize].blind);
            let shortest = members().filter(lately).filter_map(Queue::row_length).min();
            let told = members().filter(alive).filter(lately).filter_map(Queue::told_row).min();
            self.units[unit.0 as usize].rows_are(shortest, told);
        }
        self.sources[source.0 as usize].row = row;
        self.refresh_tau(source);
    }

    /// The allowed lateness of a source.
    pub(super) fn lateness(&self, source: SourceId) -> Span {
        self.policy.as_ref().map_or(Span::ZERO, |p| p.sources[source.0 as usize].lateness)
    }

    /// Moves the watermark of a source of events: closes minutes and evaluates in order. Events
    /// at the watermark itself may still come, so the last instant evaluated lies before it.
    pub(super) fn advance(&mut self, source: SourceId, to: Timestamp, emit: &mut Emit<'_>) {
        let index = source.0 as usize;
        let Some(from) = self.sources[index].watermark else {
            self.sources[index].watermark = Some(to);
            // What is older than the first watermark is history.
            for i in 0..self.sources[index].summed.len() {
                let q = self.sources[index].summed[i];
                self.queues[q.0 as usize].closed_to.get_or_insert(to.floor(MINUTE));
            }
            return;
        };
        if to <= from {
            return;
        }
        let mut end = from.floor(MINUTE) + MINUTE;
        while end <= to {
            self.sources[index].watermark = Some(end + Span::millis(1));
            self.close_minute(source, end, true, emit);
            self.evaluate_of_source(source, emit);
            end = self.next_minute(source, end);
        }
        self.sources[index].watermark = Some(to);
        if to > self.sources[index].next_instant {
            self.evaluate_of_source(source, emit);
        }
    }

    /// End of the next minute to close after the one that ends at `end`. Inside a gap nothing is
    /// known: only minutes to which something was booked close.
    fn next_minute(&self, source: SourceId, end: Timestamp) -> Timestamp {
        let known = &self.sources[source.0 as usize];
        let next = end + MINUTE;
        let Some(gap_to) = known.gap_to.map(|at| at.floor(MINUTE)).filter(|&to| next < to) else {
            return next;
        };
        let booked = |q: &QueueId| self.queues[q.0 as usize].open_minute_end(next);
        known.summed.iter().filter_map(booked).min().map_or(gap_to, |first| first.min(gap_to))
    }

    /// Closes the minute that ends at `end` for every queue that is summed from a source.
    pub(super) fn close_minute(
        &mut self,
        source: SourceId,
        end: Timestamp,
        judge: bool,
        emit: &mut Emit<'_>,
    ) {
        let summed = std::mem::take(&mut self.sources[source.0 as usize].summed);
        for &q in &summed {
            let queue: &mut Queue = &mut self.queues[q.0 as usize];
            let unit_index = queue.unit.0 as usize;
            let Some(policy) = self.policy.as_deref() else { break };
            let unit = &mut self.units[unit_index];
            let mut closing = Closing {
                queue: q,
                source,
                tolerated: unit.tolerated_of_queue(&policy.units[unit_index].detector),
                evaluated_to: unit.ladder.evaluated_to(),
                calendar: &mut unit.calendar,
                emit,
            };
            if let Some(tally) = queue.close_minute(end, judge, &mut closing) {
                let offered = tally.offered + tally.refused.unwrap_or(0);
                unit.row_closed(q, (end, MINUTE), offered, false);
            }
        }
        self.sources[source.0 as usize].summed = summed;
        self.refresh_tau(source);
    }

    pub(super) fn learn(&mut self, o: &Observation) {
        let Form::Interval(row) = &o.form else { return };
        let queue = &mut self.queues[o.queue.0 as usize];
        let unit = &mut self.units[queue.unit.0 as usize];
        let offered = row.tally.offered + row.tally.refused.unwrap_or(0);
        let closed = Closed::of(&mut unit.calendar, row.start, row.end, offered);
        queue.learn(&closed);
        unit.row_closed(o.queue, (row.end, row.length()), offered, true);
        unit.teach_sums(row.end - row.length());
    }

    pub(super) fn heartbeat(&mut self, source: SourceId, emit: &mut Emit<'_>) {
        self.sources[source.0 as usize].accepted.heartbeats += 1;
        let at = self.at;
        self.heard(source, at, emit);
        if self.sources[source.0 as usize].moves {
            let lateness = self.lateness(source);
            self.advance(source, at - lateness, emit);
        } else {
            self.evaluate_of_source(source, emit);
        }
    }

    pub(super) fn source_restarted(
        &mut self,
        source: SourceId,
        at: Timestamp,
        emit: &mut Emit<'_>,
    ) {
        let summed = self.sources[source.0 as usize].summed.clone();
        for q in summed {
            self.queues[q.0 as usize].source_restarted(at);
        }
        let line = QualityLine { unit: None, source: Some(source), what: Quality::SourceRestarted };
        emit.push(at.min(self.at), EffectKind::Quality(line));
        self.heard(source, at.min(self.at), emit);
    }

    /// The end of a file: open minutes close unjudged, ladder time stops at the last event.
    pub(super) fn source_ended(&mut self, source: SourceId, emit: &mut Emit<'_>) {
        let index = source.0 as usize;
        if !self.sources[index].moves {
            for unit in self.sources[index].units.clone() {
                self.units[unit.0 as usize].stop_waiting_for_rows();
                self.evaluate(unit, emit);
            }
            return;
        }
        let Some(last) = self.sources[index].last_event else { return };
        self.advance(source, last + Span::millis(1), emit);
        self.close_minute(source, last.floor(MINUTE) + MINUTE, false, emit);
    }
}
