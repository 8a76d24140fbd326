//! Cost of judging one interval.
//!
//! Shapes: 10,000 queues of minute rows at 3 to 3,000 calls, judged in random order, so that
//! every row meets a cold cache as in a national centre; and one queue again and again, which is
//! the arithmetic alone. Profiles hold three weeks of history, seed fixed.

use callsurge::engine::calendar::{DayKind, LocalTime};
use callsurge::engine::detector::{Closed, Detector};
use callsurge::engine::time::{Span, Timestamp};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use std::hint::black_box;

/// False alarms a month.
const TOLERATED: f64 = 1.0;
const QUEUES: usize = 10_000;
const MINUTE: Span = Span::minutes(1);
/// Monday, 2026-01-05.
const MONDAY: i64 = 1_767_571_200;

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn interval(start: Timestamp, length: Span, offered: f64) -> Closed {
    let minutes = start.as_millis().div_euclid(60_000);
    let day = minutes.div_euclid(1_440);
    let local = LocalTime {
        minute_of_week: ((day + 3).rem_euclid(7) * 1_440 + minutes.rem_euclid(1_440)) as u32,
        day: day as i32,
        kind: DayKind::Ordinary,
    };
    Closed { start, end: start + length, local, offered: offered.max(0.0) as u32, raised: 1.0 }
}

/// About a normal count, without a distribution crate.
fn count(dice: &mut Dice, mean: f64) -> f64 {
    let sum: f64 = (0..6).map(|_| dice.uniform()).sum::<f64>() - 3.0;
    mean + sum * (2.0 * mean).sqrt()
}

fn mean(queue: usize) -> f64 {
    3.0 * 10_f64.powf(queue as f64 / QUEUES as f64 * 3.0)
}

/// A detector with three weeks of history that has judged the first hours of the fourth.
fn taught(queue: usize, dice: &mut Dice) -> Detector {
    let mut detector = Detector::new();
    let start = Timestamp::from_secs(MONDAY);
    for hour in 0..21 * 24 {
        let at = start + Span::hours(hour);
        detector.learn(&interval(at, Span::hours(1), count(dice, 60.0 * mean(queue))));
    }
    for minute in 0..150 {
        let at = start + Span::hours(21 * 24) + MINUTE * minute;
        detector.judge(&interval(at, MINUTE, count(dice, mean(queue))), TOLERATED);
    }
    detector
}

fn many(c: &mut Criterion) {
    let mut dice = Dice(42);
    let mut detectors: Vec<_> = (0..QUEUES).map(|queue| taught(queue, &mut dice)).collect();
    let mut order: Vec<_> = (0..QUEUES).collect();
    let mut at = Timestamp::from_secs(MONDAY) + Span::hours(21 * 24) + MINUTE * 150;
    let mut group = c.benchmark_group("judge");
    group.throughput(criterion::Throughput::Elements(QUEUES as u64));
    group.sample_size(50);
    group.bench_function("10000_queues_random_order", |b| {
        b.iter_batched(
            || {
                for i in (1..QUEUES).rev() {
                    order.swap(i, (dice.next() % (i as u64 + 1)) as usize);
                }
                at = at + MINUTE;
                let row =
                    |&queue: &usize| (queue, interval(at, MINUTE, count(&mut dice, mean(queue))));
                order.iter().map(row).collect::<Vec<_>>()
            },
            |rows| {
                for (queue, row) in &rows {
                    black_box(detectors[*queue].judge(row, TOLERATED));
                }
                rows
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn one(c: &mut Criterion) {
    let mut dice = Dice(43);
    let mut detector = taught(QUEUES / 2, &mut dice);
    let mut at = Timestamp::from_secs(MONDAY) + Span::hours(21 * 24) + MINUTE * 150;
    let counts: Vec<_> = (0..4_096).map(|_| count(&mut dice, mean(QUEUES / 2))).collect();
    let mut i = 0;
    c.bench_function("judge/one_queue", |b| {
        b.iter(|| {
            i = (i + 1) % counts.len();
            at = at + MINUTE;
            black_box(detector.judge(&interval(at, MINUTE, counts[i]), TOLERATED))
        });
    });
}

criterion_group!(benches, many, one);
criterion_main!(benches);
