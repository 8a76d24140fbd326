//! Judges every row of a history by the detector of its queue.
//!
//! Rows are taken in the order of the input. A row that overlaps one before it of the same queue
//! cannot be judged without knowing the future of that one: it gets no alarm and a score of 0, as
//! does a row that is judged on a provisional baseline, whose score means something else.

use super::Row;
use crate::driver::{Draft, QueueRef};
use crate::engine::calendar::Calendar;
use crate::engine::detector::{Closed, Detector};
use crate::engine::observation::{Form, IntervalRow, UnitId};
use crate::engine::policy::Policy;
use crate::engine::time::{Span, Timestamp};
use crate::engine::verdict::{Evidence, Verdict};
use std::collections::BTreeMap;

/// What the detector said of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// Number of the queue in [`Judgement::queues`].
    pub queue: usize,
    /// Start of the row.
    pub start: Timestamp,
    /// End of the row.
    pub end: Timestamp,
    /// Calls in it.
    pub calls: u32,
    /// Whether an alarm is on at the program's own threshold.
    pub alarm: bool,
    /// Score; the same whatever the threshold is.
    pub score: f64,
    /// Evidence, where there is any.
    pub evidence: Option<Evidence>,
}

/// What the detectors said of a history.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// Names of the queues, as they came.
    pub queues: Vec<String>,
    /// One for each row of the input; `None` where nothing is said.
    pub rows: Vec<Option<Judged>>,
}

struct Queue {
    detector: Detector,
    unit: UnitId,
    last_end: Timestamp,
}

struct Judge<'a> {
    policy: &'a Policy,
    calendars: Vec<Calendar>,
    numbers: BTreeMap<String, usize>,
    queues: Vec<Queue>,
    names: Vec<String>,
}

/// Judges every row. `lessons` teach first.
pub fn judge(rows: &[Row], lessons: &[Draft], policy: &Policy) -> Judgement {
    let mut judge = Judge {
        policy,
        calendars: policy.units.iter().map(Calendar::of).collect(),
        numbers: BTreeMap::new(),
        queues: Vec::new(),
        names: Vec::new(),
    };
    for lesson in lessons {
        if let Some((queue, row)) = judge.interval(lesson) {
            let closed = judge.closed(queue, &row);
            judge.queues[queue].detector.learn(&closed);
        }
    }
    let rows = rows.iter().map(|row| judge.row(row.draft.as_ref()?)).collect();
    Judgement { queues: judge.names, rows }
}

impl Judge<'_> {
    fn row(&mut self, draft: &Draft) -> Option<Judged> {
        let (number, row) = self.interval(draft)?;
        let closed = self.closed(number, &row);
        let queue = &mut self.queues[number];
        if row.start < queue.last_end {
            return None;
        }
        queue.last_end = row.end;
        let policy = &self.policy.units[queue.unit.0 as usize].detector;
        let verdict = queue.detector.judge(&closed, policy);
        let evidence = verdict.evidence().copied();
        Some(Judged {
            queue: number,
            start: row.start,
            end: row.end,
            calls: closed.offered,
            alarm: matches!(verdict, Verdict::Surge(_)),
            score: evidence.filter(|e| !e.learning).map_or(0.0, |e| e.score),
            evidence,
        })
    }

    fn interval(&mut self, draft: &Draft) -> Option<(usize, IntervalRow)> {
        let Form::Interval(row) = &draft.form else { return None };
        let QueueRef::Named(name) = &draft.queue else { return None };
        if row.end - row.start <= Span::ZERO {
            return None;
        }
        if let Some(number) = self.numbers.get(&**name) {
            return Some((*number, *row));
        }
        let unit = self.policy.unit_of_queue(name)?;
        let number = self.queues.len();
        self.numbers.insert(name.to_string(), number);
        self.names.push(name.to_string());
        self.queues.push(Queue { detector: Detector::new(), unit, last_end: Timestamp::MIN });
        Some((number, *row))
    }

    fn closed(&mut self, queue: usize, row: &IntervalRow) -> Closed {
        let unit = self.queues[queue].unit.0 as usize;
        let offered = row.tally.offered + row.tally.refused.unwrap_or(0);
        Closed::of(&mut self.calendars[unit], row.start, row.end, offered)
    }
}
