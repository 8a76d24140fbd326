//! Judges every row of a history by the detector of its queue.
//!
//! Rows are taken in the order of the input. A row that overlaps one before it of the same queue
//! cannot be judged without knowing the future of that one: it gets no alarm and a score of 0, as
//! does a row that is judged on a provisional baseline, whose score means something else.

use super::Row;
use super::left_out::Why;
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
    /// Number of the queue in [`Judgement::queues`]; of a sum it is not used.
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

impl Judged {
    /// A row of a series with what was said of it.
    pub(super) fn of(
        queue: usize,
        (start, end): (Timestamp, Timestamp),
        calls: u32,
        verdict: &Verdict,
    ) -> Self {
        let evidence = verdict.evidence().copied();
        Self {
            queue,
            start,
            end,
            calls,
            alarm: verdict.is_surge(),
            score: evidence.filter(|e| !e.learning).map_or(0.0, |e| e.score),
            evidence,
        }
    }

    /// Whether it was judged on a baseline that is provisional no longer.
    pub(super) fn is_settled(&self) -> bool {
        self.evidence.is_some_and(|evidence| !evidence.learning)
    }
}

/// What the detectors said of a history.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// Names of the queues, as they came, and their units.
    pub queues: Vec<(String, UnitId)>,
    /// One for each row of the input.
    pub rows: Vec<Result<Judged, Why>>,
}

struct Queue {
    detector: Detector,
    unit: UnitId,
    last_end: Timestamp,
    /// Whether it was large enough to count at its last row.
    counts: bool,
}

struct Judge<'a> {
    policy: &'a Policy,
    calendars: Vec<Calendar>,
    /// Queues of each unit, and those of them that count.
    sizes: Vec<(usize, usize)>,
    numbers: BTreeMap<String, Option<usize>>,
    queues: Vec<Queue>,
    names: Vec<(String, UnitId)>,
}

/// Judges every row. `lessons` teach first; `passed` is told of each row.
pub fn judge(
    rows: &[Row],
    lessons: &[Draft],
    policy: &Policy,
    mut passed: impl FnMut(),
) -> Judgement {
    let mut judge = Judge {
        policy,
        calendars: policy.units.iter().map(Calendar::of).collect(),
        sizes: vec![(0, 0); policy.units.len()],
        numbers: BTreeMap::new(),
        queues: Vec::new(),
        names: Vec::new(),
    };
    for lesson in lessons {
        if let Ok((queue, row)) = judge.interval(lesson) {
            let closed = judge.closed(queue, &row);
            judge.queues[queue].detector.learn(&closed);
        }
    }
    let rows = rows.iter().map(|row| {
        passed();
        judge.row(row.told.as_ref().map_err(|why| *why)?)
    });
    let rows = rows.collect();
    Judgement { queues: judge.names, rows }
}

impl Judge<'_> {
    fn row(&mut self, draft: &Draft) -> Result<Judged, Why> {
        let (number, row) = self.interval(draft)?;
        if !row.last_word {
            return Err(Why::NoInterval);
        }
        let queue = &self.queues[number];
        if row.start < queue.last_end {
            return Err(Why::OutOfOrder);
        }
        let closed = self.closed(number, &row);
        let queue = &mut self.queues[number];
        queue.last_end = row.end;
        let unit = queue.unit.0 as usize;
        let (policy, size) = (&self.policy.units[unit], &mut self.sizes[unit]);
        let tolerated = policy.detector.tolerated_of_queue(size.0, size.1);
        let verdict = queue.detector.judge(&closed, tolerated);
        let expected = verdict.evidence().map_or(0.0, |e| e.expected);
        let calls = expected.max(f64::from(closed.offered));
        let per_quarter = 15.0 / (row.end - row.start).as_minutes_f64();
        let counts = calls * per_quarter >= policy.control.counts_from_per_15_minutes;
        size.1 = size.1 - usize::from(queue.counts) + usize::from(counts);
        queue.counts = counts;
        Ok(Judged::of(number, (row.start, row.end), closed.offered, &verdict))
    }

    fn interval(&mut self, draft: &Draft) -> Result<(usize, IntervalRow), Why> {
        let Form::Interval(row) = &draft.form else { return Err(Why::NoInterval) };
        let QueueRef::Named(name) = &draft.queue else { return Err(Why::NoInterval) };
        if row.end - row.start <= Span::ZERO {
            return Err(Why::NoInterval);
        }
        let number = match self.numbers.get(&**name) {
            Some(number) => *number,
            None => self.register(name),
        };
        Ok((number.ok_or(Why::NoUnit)?, *row))
    }

    /// Looks up once to which unit a queue belongs, if to any.
    fn register(&mut self, name: &str) -> Option<usize> {
        let unit = self.policy.unit_of_queue(name);
        let number = unit.map(|unit| {
            self.names.push((name.to_owned(), unit));
            let (detector, last_end) = (Detector::new(), Timestamp::MIN);
            self.queues.push(Queue { detector, unit, last_end, counts: false });
            self.sizes[unit.0 as usize].0 += 1;
            self.queues.len() - 1
        });
        self.numbers.insert(name.to_owned(), number);
        number
    }

    fn closed(&mut self, queue: usize, row: &IntervalRow) -> Closed {
        let unit = self.queues[queue].unit.0 as usize;
        let offered = row.tally.offered.saturating_add(row.tally.refused.unwrap_or(0));
        Closed::of(&mut self.calendars[unit], row.start, row.end, offered)
    }
}
