//! What an observation costs in the engine.
//!
//! Shapes: `stream` is a centre that tells every call and how its queues stand each second: in
//! each minute one call (two events) and 58 snapshots a queue, in shuffled order of queues, so
//! that one observation in sixty closes an interval through the watermark. `calls` is the same
//! number of events and no snapshot: thirty calls a minute in every queue. `rows` is a centre
//! that tells sums: every observation closes an interval of one minute; in `rows` they come in
//! batches, as the driver foresees them, in `single_rows` one by one. The weekly profile is
//! learned first, because an empty one would fit the cache. One queue count that fits the cache
//! and one that does not show what memory costs; units of 100 queues.

use callsurge::engine::Engine;
use callsurge::engine::effect::Effect;
use callsurge::engine::entry::{Entry, Input};
use callsurge::engine::foresee::FORESEEN;
use callsurge::engine::observation::*;
use callsurge::engine::policy::{Carries, Policy, SilenceRule, SourcePolicy, UnitPolicy};
use callsurge::engine::time::{Span, Timestamp};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

const START: Timestamp = Timestamp::from_secs(1_795_478_400);
const QUEUES_PER_UNIT: u32 = 100;
const EVENTS: SourceId = SourceId(0);
const ROWS: SourceId = SourceId(1);

/// A small generator: the order only has to be without pattern.
struct Shuffle(u64);

impl Shuffle {
    fn next(&mut self, below: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % u64::from(below)) as u32
    }

    fn order(&mut self, n: u32) -> Vec<QueueId> {
        let mut order: Vec<_> = (0..n).map(QueueId).collect();
        for i in (1..order.len()).rev() {
            order.swap(i, self.next(i as u32 + 1) as usize);
        }
        order
    }
}

struct Bench {
    engine: Engine,
    effects: Vec<Effect>,
    at: Timestamp,
    calls: u64,
}

impl Bench {
    fn new(queues: u32) -> Self {
        let source = |name: &str| SourcePolicy {
            name: name.into(),
            lateness: Span::ZERO,
            heartbeat: true,
            watched: false,
            carries: Carries::ALL,
        };
        let units = (0..queues.div_ceil(QUEUES_PER_UNIT))
            .map(|u| UnitPolicy::with_defaults(&format!("unit{u}")))
            .collect();
        let policy = Policy {
            units,
            queues_max: queues,
            ..Policy::unconfigured(SilenceRule::Live, vec![source("events"), source("rows")])
        };
        let mut bench = Self { engine: Engine::new(), effects: Vec::new(), at: START, calls: 0 };
        bench.put(Input::Policy(Box::new(policy)));
        for q in 0..queues {
            let unit = UnitId((q / QUEUES_PER_UNIT) as u16);
            let name = format!("queue{q}").into();
            bench.put(Input::QueueSeen { queue: QueueId(q), name, unit });
        }
        bench.learn(queues);
        bench
    }

    fn put(&mut self, input: Input) {
        let entry = Entry { seq: self.engine.seq() + 1, at: self.at, input };
        self.engine.apply(&entry, &mut self.effects);
        if self.effects.len() > 100_000 {
            black_box(&self.effects);
            self.effects.clear();
        }
    }

    /// A week in rows of an hour: every slot of the profile is filled.
    fn learn(&mut self, queues: u32) {
        for hour in 0..7 * 24 {
            let start = START - Span::hours(7 * 24 - hour);
            for q in 0..queues {
                self.put(Input::Learn(row(QueueId(q), start, Span::hours(1), 1_800)));
            }
        }
    }

    /// A minute of one call and 58 snapshots a queue, in shuffled order.
    fn minute_of_stream(&mut self, orders: &[Vec<QueueId>]) {
        for second in 0..60 {
            self.at = self.at + Span::secs(1);
            for &queue in &orders[second % orders.len()] {
                let call = CallKey(self.calls + u64::from(queue.0));
                let form = match second {
                    0 => Form::Event(CallEvent { at: self.at, call, kind: CallKind::Offered }),
                    9 => Form::Event(CallEvent { at: self.at, call, kind: CallKind::Answered }),
                    _ => Form::Snapshot(Snapshot {
                        waiting: Some(queue.0 % 3),
                        longest_wait: Some(Span::secs(9)),
                        available: Some(4),
                        ..Snapshot::empty(self.at)
                    }),
                };
                self.put(Input::Observed(Observation { source: EVENTS, queue, form }));
            }
        }
        self.calls += 1 << 20;
    }

    /// A minute of sixty events a queue, in shuffled order.
    fn minute_of_calls(&mut self, orders: &[Vec<QueueId>]) {
        for second in 0..30 {
            self.at = self.at + Span::secs(2);
            for (i, kind) in [CallKind::Offered, CallKind::Answered].into_iter().enumerate() {
                for &queue in &orders[(second * 2 + i) % orders.len()] {
                    let call = CallKey(self.calls + u64::from(queue.0));
                    let form = Form::Event(CallEvent { at: self.at, call, kind });
                    self.put(Input::Observed(Observation { source: EVENTS, queue, form }));
                }
            }
            self.calls += 1 << 20;
        }
    }

    /// A minute told as one row a queue, in batches, as the driver takes them.
    fn minute_of_rows(&mut self, order: &[QueueId]) {
        let start = self.at;
        self.at = self.at + Span::minutes(1);
        for batch in order.chunks(FORESEEN) {
            self.engine.foresee(batch.iter().copied());
            for &queue in batch {
                self.put(Input::Observed(row(queue, start, Span::minutes(1), 30)));
            }
        }
    }

    /// The same, each row alone.
    fn minute_of_single_rows(&mut self, order: &[QueueId]) {
        let start = self.at;
        self.at = self.at + Span::minutes(1);
        for &queue in order {
            self.put(Input::Observed(row(queue, start, Span::minutes(1), 30)));
        }
    }
}

fn row(queue: QueueId, start: Timestamp, length: Span, offered: u32) -> Observation {
    let tally = Tally {
        offered,
        answered: Some(offered),
        answered_in_target: Some(offered),
        ..Tally::default()
    };
    let row = IntervalRow::new(start, start + length, true, 0, tally).expect("a sound row");
    Observation { source: ROWS, queue, form: Form::Interval(row) }
}

fn apply(c: &mut Criterion) {
    let mut group = c.benchmark_group("apply");
    group.sample_size(10);
    for queues in [1_000_u32, 10_000] {
        let mut shuffle = Shuffle(0x9e37_79b9_7f4a_7c15);
        let orders: Vec<_> = (0..8).map(|_| shuffle.order(queues)).collect();
        let mut bench = Bench::new(queues);
        group.throughput(Throughput::Elements(u64::from(queues) * 60));
        group.bench_function(BenchmarkId::new("stream", queues), |b| {
            b.iter(|| bench.minute_of_stream(&orders));
        });
        let mut bench = Bench::new(queues);
        group.bench_function(BenchmarkId::new("calls", queues), |b| {
            b.iter(|| bench.minute_of_calls(&orders));
        });
        let mut bench = Bench::new(queues);
        group.throughput(Throughput::Elements(u64::from(queues)));
        group.bench_function(BenchmarkId::new("rows", queues), |b| {
            b.iter(|| bench.minute_of_rows(&orders[0]));
        });
        group.bench_function(BenchmarkId::new("single_rows", queues), |b| {
            b.iter(|| bench.minute_of_single_rows(&orders[0]));
        });
    }
    group.finish();
}

criterion_group!(benches, apply);
criterion_main!(benches);
