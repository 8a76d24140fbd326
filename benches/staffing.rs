//! Cost of the arithmetic of agents.
//!
//! Shapes: 80 % in 20 s of calls of 300 s and callers of 180 s patience, at 10, 1,000, 10,000 and
//! 100,000 Erlang. At 10,000 the threshold cuts the hump of the offered wait, the dear case; a
//! search there must take at most 5 us. The load is hidden from the compiler.

use callsurge::staffing::{
    Exponential, Redials, Target, Traffic, agents_for, agents_for_service_level_c, erlang_a,
    erlang_b, redialled,
};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;

const LOADS: [f64; 4] = [10.0, 1_000.0, 10_000.0, 100_000.0];

fn traffic(load: f64) -> Traffic {
    Traffic::of_load(black_box(load), 300.0).expect("in range")
}

fn searches(c: &mut Criterion) {
    let law = Exponential::new(180.0).expect("in range");
    let target = Target::service_level(0.8, 20.0);
    let mut group = c.benchmark_group("agents");
    for load in LOADS {
        group.bench_function(BenchmarkId::new("erlang_a", load), |b| {
            b.iter(|| agents_for(&traffic(load), &law, &target));
        });
        group.bench_function(BenchmarkId::new("erlang_c", load), |b| {
            b.iter(|| agents_for_service_level_c(&traffic(load), 20.0, 0.8));
        });
    }
    group.finish();
}

fn queues(c: &mut Criterion) {
    let law = Exponential::new(180.0).expect("in range");
    let half = Redials::new(0.5).expect("in range");
    let mut group = c.benchmark_group("queue");
    for load in LOADS {
        let agents = (0.93 * load) as u32;
        group.bench_function(BenchmarkId::new("erlang_b", load), |b| {
            b.iter(|| erlang_b(black_box(load), agents));
        });
        group.bench_function(BenchmarkId::new("erlang_a", load), |b| {
            b.iter(|| erlang_a(&traffic(load), &law, agents, 20.0));
        });
        group.bench_function(BenchmarkId::new("redialled", load), |b| {
            b.iter(|| redialled(&traffic(load), &law, agents, 20.0, half));
        });
    }
    group.finish();
}

criterion_group!(benches, searches, queues);
criterion_main!(benches);
