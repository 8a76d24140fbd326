//! Rendering `/metrics` at 1, 100 and 1,000 queues.
//!
//! The shapes: one queue is a small centre and shows the fixed cost; 1,000 queues is the size for
//! which a scrape is promised in 20 ms. Every queue tells everything, which is the worst case.

#![expect(clippy::expect_used, reason = "a bench that cannot run must say so")]

use callsurge::metrics::{Service, render};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;

#[path = "../tests/it/sample.rs"]
mod sample;

fn scrape(c: &mut Criterion) {
    let service = Service::new(sample::now()).expect("sound families");
    let mut group = c.benchmark_group("metrics");
    for queues in [1, 100, 1_000] {
        let view = sample::view(queues);
        group.bench_with_input(BenchmarkId::new("render", queues), &view, |b, view| {
            b.iter(|| render(black_box(view), &service).expect("renders"));
        });
    }
    group.finish();
}

criterion_group!(benches, scrape);
criterion_main!(benches);
