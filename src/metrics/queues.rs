//! Families of the queues, and of the units' sums where both share a family.
//!
//! These are nearly all the series there are. The metrics of a family are moved out of a pool
//! that keeps their labels and moved back after encoding, so that labels are built once a scrape
//! and not once a family.

use super::catalogue::{self as c, Family};
use super::page::{Page, flag, label, set_value};
use super::service::Facts;
use super::units::EVIDENCE;
use super::{MetricsError, label_value};
use crate::engine::observation::ExitReason;
use crate::engine::time::Timestamp;
use crate::engine::verdict::Verdict;
use crate::engine::view::{Agents, EXIT_REASONS, QueueView, View};
use prometheus::proto::{LabelPair, Metric};

pub(super) fn write(page: &mut Page, view: &View, facts: &Facts) -> Result<(), MetricsError> {
    let units: Vec<String> = view.units.iter().map(|u| label_value(&u.name)).collect();
    let mut pool = Pool::new(view, &units);
    pool.totals(page)?;
    pool.service(page, facts)?;
    pool.exits(page)?;
    pool.agents(page)?;
    pool.add_sums(view, &units);
    pool.detection(page)
}

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
    subjects: Vec<Subject<'a>>,
    metrics: Vec<Metric>,
}

impl<'a> Pool<'a> {
    fn new(view: &'a View, units: &[String]) -> Self {
        let labels = |queue: &QueueView| {
            let unit = units.get(usize::from(queue.unit.0)).map_or("", String::as_str);
            vec![label("unit", unit), label("queue", label_value(&queue.name))]
        };
        let metrics = view.queues.iter().map(|q| Metric::from_label(labels(q))).collect();
        let subjects = view
            .queues
            .iter()
            .map(|queue| Subject::Queue { queue, fresh: is_fresh(view, queue) })
            .collect();
        Self { subjects, metrics }
    }

    /// Appends the units' sums: the same families without the label `queue`.
    fn add_sums(&mut self, view: &'a View, units: &[String]) {
        for (unit, name) in view.units.iter().zip(units) {
            self.subjects.push(Subject::Sum { verdict: &unit.verdict });
            self.metrics.push(Metric::from_label(vec![label("unit", name)]));
        }
    }

    /// Writes one sample for every subject that has a value.
    fn family(
        &mut self,
        page: &mut Page,
        family: &Family,
        value: impl Fn(&Subject<'_>) -> Option<f64>,
    ) -> Result<(), MetricsError> {
        let mut shown = Vec::with_capacity(self.metrics.len());
        let mut places = Vec::with_capacity(self.metrics.len());
        for (place, subject) in self.subjects.iter().enumerate() {
            if let Some(value) = value(subject) {
                let mut metric = std::mem::take(&mut self.metrics[place]);
                set_value(&mut metric, family.kind, value);
                shown.push(metric);
                places.push(place);
            }
        }
        for (place, metric) in places.into_iter().zip(page.metrics(family, shown)?) {
            self.metrics[place] = metric;
        }
        Ok(())
    }

    fn queue_family(
        &mut self,
        page: &mut Page,
        family: &Family,
        value: impl Fn(&QueueView, bool) -> Option<f64>,
    ) -> Result<(), MetricsError> {
        self.family(page, family, |subject| match subject {
            Subject::Queue { queue, fresh } => value(queue, *fresh),
            Subject::Sum { .. } => None,
        })
    }

    /// Writes samples with one further label.
    fn split<const N: usize>(
        &self,
        page: &mut Page,
        family: &Family,
        by: &'static str,
        values: impl Fn(&QueueView, bool) -> [(&'static str, Option<f64>); N],
    ) -> Result<(), MetricsError> {
        let mut shown = Vec::with_capacity(self.metrics.len() * N);
        for (subject, metric) in self.subjects.iter().zip(&self.metrics) {
            let Subject::Queue { queue, fresh } = subject else { continue };
            for (word, value) in values(queue, *fresh) {
                let Some(value) = value else { continue };
                let mut one = Metric::from_label(with(metric.get_label(), label(by, word)));
                set_value(&mut one, family.kind, value);
                shown.push(one);
            }
        }
        page.metrics(family, shown).map(|_| ())
    }

    fn totals(&mut self, page: &mut Page) -> Result<(), MetricsError> {
        let totals: [(&Family, fn(&QueueView) -> u64); 5] = [
            (&c::CALLS_OFFERED, |q| q.totals.offered),
            (&c::CALLS_ANSWERED, |q| q.totals.answered),
            (&c::CALLS_IN_TARGET, |q| q.totals.answered_in_target),
            (&c::CALLS_ABANDONED, |q| q.totals.abandoned),
            (&c::CALLS_REFUSED, |q| q.totals.refused),
        ];
        for (family, total) in totals {
            self.queue_family(page, family, |q, _| Some(total(q) as f64))?;
        }
        self.queue_family(page, &c::BASELINE_SAMPLES, |q, _| Some(q.baseline_samples.into()))
    }

    fn service(&mut self, page: &mut Page, facts: &Facts) -> Result<(), MetricsError> {
        self.queue_family(page, &c::CALLS_WAITING, |q, fresh| {
            q.waiting.filter(|_| fresh).map(f64::from)
        })?;
        self.queue_family(page, &c::OLDEST_ARRIVAL, |q, fresh| {
            q.oldest_arrival.filter(|_| fresh).map(Timestamp::as_secs_f64)
        })?;
        self.queue_family(page, &c::SERVICE_LEVEL, |q, fresh| q.service_level.filter(|_| fresh))?;
        self.queue_family(page, &c::ANSWER_RATE, |q, fresh| q.answer_rate.filter(|_| fresh))?;
        self.queue_family(page, &c::SERVICE_TARGET, |q, _| {
            facts.target(q.unit).map(|t| t.as_secs_f64())
        })
    }

    fn exits(&self, page: &mut Page) -> Result<(), MetricsError> {
        self.split(page, &c::CALLS_EXITED, "reason", |q, _| {
            std::array::from_fn::<_, { EXIT_REASONS.len() }, _>(|i| {
                (exit_word(EXIT_REASONS[i]), Some(q.totals.exited[i] as f64))
            })
        })
    }

    fn agents(&self, page: &mut Page) -> Result<(), MetricsError> {
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

    fn detection(&mut self, page: &mut Page) -> Result<(), MetricsError> {
        for (family, number) in EVIDENCE {
            self.family(page, family, |s| s.verdict().evidence().map(number))?;
        }
        self.family(page, &c::DETECTION_ACTIVE, |s| Some(flag(s.verdict().is_surge())))
    }
}

/// A snapshot of a silent source would lie; what it counted stays true.
fn is_fresh(view: &View, queue: &QueueView) -> bool {
    let source = queue.source.and_then(|s| view.sources.get(usize::from(s.0)));
    source.is_some_and(|s| s.up)
}

fn with(labels: &[LabelPair], further: LabelPair) -> Vec<LabelPair> {
    let mut all = Vec::with_capacity(labels.len() + 1);
    all.extend_from_slice(labels);
    all.push(further);
    all
}

const fn exit_word(reason: ExitReason) -> &'static str {
    match reason {
        ExitReason::Timeout => "timeout",
        ExitReason::Key => "key",
        ExitReason::Empty => "empty",
        ExitReason::Withdrawn => "withdrawn",
        ExitReason::Overflow => "overflow",
        ExitReason::Transfer => "transfer",
    }
}
