//! Families of the queues, and of the units' sums where both share a family.
//!
//! These are nearly all the series there are, see `page` for how they are written.

use super::catalogue::{self as c, Family};
use super::page::{Line, Page, flag, label, label_texts};
use super::service::Facts;
use super::units::EVIDENCE;
use super::{MetricsError, label_value};
use crate::engine::observation::ExitReason;
use crate::engine::time::Timestamp;
use crate::engine::verdict::Verdict;
use crate::engine::view::{Agents, EXIT_REASONS, QueueView, View};

pub(super) fn write(page: &mut Page, view: &View, facts: &Facts) -> Result<(), MetricsError> {
    let units: Vec<String> = view.units.iter().map(|u| label_value(&u.name)).collect();
    let pool = Pool::new(view, &units)?;
    pool.totals(page);
    pool.service(page, facts);
    pool.exits(page);
    pool.agents(page);
    pool.detection(page);
    Ok(())
}

/// A family and the running total that it exports.
type Total = (&'static Family, fn(&QueueView) -> u64);

/// What a row of the pool stands for.
#[derive(Clone, Copy)]
enum Subject<'a> {
    Queue { queue: &'a QueueView, fresh: bool },
    Sum { verdict: &'a Verdict },
}

impl Subject<'_> {
    fn verdict(&self) -> &Verdict {
        match self {
            Self::Queue { queue, .. } => &queue.verdict,
            Self::Sum { verdict } => verdict,
        }
    }
}

struct Pool<'a> {
    /// Each with its labels as text.
    subjects: Vec<(String, Subject<'a>)>,
}

impl<'a> Pool<'a> {
    fn new(view: &'a View, units: &[String]) -> Result<Self, MetricsError> {
        let labels = |queue: &QueueView| {
            let unit = units.get(usize::from(queue.unit.0)).map_or("", String::as_str);
            vec![label("unit", unit), label("queue", label_value(&queue.name))]
        };
        let queues = label_texts(view.queues.iter().map(labels).collect())?;
        let sums = label_texts(units.iter().map(|unit| vec![label("unit", unit)]).collect())?;
        let queues = queues.into_iter().zip(&view.queues).map(|(labels, queue)| {
            (labels, Subject::Queue { queue, fresh: is_fresh(view, queue) })
        });
        let sums = sums.into_iter().zip(&view.units);
        let sums = sums.map(|(labels, unit)| (labels, Subject::Sum { verdict: &unit.verdict }));
        Ok(Self { subjects: queues.chain(sums).collect() })
    }

    /// Writes one sample for every subject that has a value.
    fn family(
        &self,
        page: &mut Page,
        family: &Family,
        value: impl Fn(&Subject<'_>) -> Option<f64>,
    ) {
        let lines = self.subjects.iter().filter_map(|(labels, subject)| {
            Some(Line { labels, further: None, value: value(subject)? })
        });
        page.lines(family, lines);
    }

    fn queue_family(
        &self,
        page: &mut Page,
        family: &Family,
        value: impl Fn(&QueueView, bool) -> Option<f64>,
    ) {
        self.family(page, family, |subject| match subject {
            Subject::Queue { queue, fresh } => value(queue, *fresh),
            Subject::Sum { .. } => None,
        });
    }

    /// Writes samples of the queues with one further label.
    fn split<const N: usize>(
        &self,
        page: &mut Page,
        family: &Family,
        by: &'static str,
        values: impl Fn(&QueueView, bool) -> [(&'static str, Option<f64>); N],
    ) {
        let values = &values;
        let lines = self.subjects.iter().flat_map(|(labels, subject)| {
            let told = match subject {
                Subject::Queue { queue, fresh } => Some(values(queue, *fresh)),
                Subject::Sum { .. } => None,
            };
            told.into_iter().flatten().filter_map(move |(word, value)| {
                Some(Line { labels, further: Some((by, word)), value: value? })
            })
        });
        page.lines(family, lines);
    }

    fn totals(&self, page: &mut Page) {
        let totals: [Total; 5] = [
            (&c::CALLS_OFFERED, |q| q.totals.offered),
            (&c::CALLS_ANSWERED, |q| q.totals.answered),
            (&c::CALLS_IN_TARGET, |q| q.totals.answered_in_target),
            (&c::CALLS_ABANDONED, |q| q.totals.abandoned),
            (&c::CALLS_REFUSED, |q| q.totals.refused),
        ];
        for (family, total) in totals {
            self.queue_family(page, family, |q, _| Some(total(q) as f64));
        }
        self.queue_family(page, &c::BASELINE_SAMPLES, |q, _| Some(q.baseline_samples.into()));
        let updated = |q: &QueueView| q.baseline_updated.map(Timestamp::as_secs_f64);
        self.queue_family(page, &c::BASELINE_UPDATED, |q, _| updated(q));
    }

    fn service(&self, page: &mut Page, facts: &Facts) {
        self.queue_family(page, &c::CALLS_WAITING, |q, fresh| {
            q.waiting.filter(|_| fresh).map(f64::from)
        });
        self.queue_family(page, &c::OLDEST_ARRIVAL, |q, fresh| {
            q.oldest_arrival.filter(|_| fresh).map(Timestamp::as_secs_f64)
        });
        self.queue_family(page, &c::SERVICE_LEVEL, |q, fresh| q.service_level.filter(|_| fresh));
        self.queue_family(page, &c::ANSWER_RATE, |q, fresh| q.answer_rate.filter(|_| fresh));
        self.queue_family(page, &c::SERVICE_TARGET, |q, _| {
            facts.target(q.unit).map(|t| t.as_secs_f64())
        })
    }

    fn exits(&self, page: &mut Page) {
        self.split(page, &c::CALLS_EXITED, "reason", |q, _| {
            std::array::from_fn::<_, { EXIT_REASONS.len() }, _>(|i| {
                (exit_word(EXIT_REASONS[i]), Some(q.totals.exited[i] as f64))
            })
        })
    }

    fn agents(&self, page: &mut Page) {
        self.split(page, &c::AGENTS, "state", |q, fresh| {
            let a = if fresh { q.agents } else { Agents::default() };
            [
                ("talking", a.talking.map(f64::from)),
                ("after_call_work", a.after_call_work.map(f64::from)),
                ("available", a.available.map(f64::from)),
                ("logged_in", a.logged_in.map(f64::from)),
                ("paused", a.paused.map(f64::from)),
            ]
        })
    }

    fn detection(&self, page: &mut Page) {
        for (family, number) in EVIDENCE {
            self.family(page, family, |s| s.verdict().evidence().and_then(number));
        }
        self.family(page, &c::DETECTION_ACTIVE, |s| Some(flag(s.verdict().is_surge())))
    }
}

/// A snapshot of a silent source would lie; what it counted stays true.
fn is_fresh(view: &View, queue: &QueueView) -> bool {
    let source = queue.source.and_then(|s| view.sources.get(usize::from(s.0)));
    source.is_some_and(|s| s.up)
}

const fn exit_word(reason: ExitReason) -> &'static str {
    match reason {
        ExitReason::Timeout => "timeout",
        ExitReason::Key => "key",
        ExitReason::Empty => "empty",
        ExitReason::Withdrawn => "withdrawn",
        ExitReason::Overflow => "overflow",
        ExitReason::Transfer => "transfer",
        ExitReason::Unknown => "unknown",
    }
}
