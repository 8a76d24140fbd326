//! How fast bytes become drafts.
//!
//! Shapes: the shortest table (`ts,calls`, a year of minutes is half a million of such rows), a
//! full table of ten queues in local time, snapshots as a poller pushes them, and the surge
//! recording of a real Asterisk. Every input is generated or recorded once; nothing is random.

use callsurge::engine::observation::SourceId;
use callsurge::engine::time::{Span, Timestamp};
use callsurge::ingest::csv::{CsvOptions, CsvReader};
use callsurge::ingest::queue_log::{Mapper, QueueLogOptions, QueueLogReader};
use callsurge::ingest::wire::{self, Intake};
use callsurge::ingest::{Item, Sources};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::fmt::Write;
use std::hint::black_box;

const ROWS: i64 = 100_000;
const START: Timestamp = Timestamp::from_secs(1_735_689_600);
const SURGE: &[u8] = include_bytes!("../tests/fixtures/asterisk/surge/queue_log");

/// `2025-01-01T00:00:00`, without the offset.
fn naive(minute: i64) -> String {
    let text = (START + Span::minutes(minute)).to_string();
    text.trim_end_matches('Z').to_owned()
}

fn shortest_table() -> String {
    let mut text = "ts,calls\n".to_owned();
    for row in 0..ROWS {
        let _ = writeln!(text, "{},{}", naive(row), 20 + row * 7 % 90);
    }
    text
}

fn full_table() -> String {
    let mut text = "queue,start,offered,answered,abandoned,answered_in_target\n".to_owned();
    for row in 0..ROWS {
        let offered = 20 + row * 7 % 90;
        let (queue, start) = (row % 10, naive(row / 10));
        let _ = writeln!(text, "queue-{queue},{start},{offered},{0},3,{0}", offered - 5);
    }
    text
}

fn count(items: impl Iterator<Item = Result<Item, impl std::fmt::Debug>>) -> usize {
    let mut count = 0;
    for item in items {
        black_box(item.expect("the bench's rows are sound"));
        count += 1;
    }
    count
}

fn tables(c: &mut Criterion) {
    let mut group = c.benchmark_group("csv");
    group.throughput(Throughput::Elements(ROWS.unsigned_abs()));
    let (short, full) = (shortest_table(), full_table());
    let utc = CsvOptions::new(SourceId(0));
    let local = CsvOptions { timezone: chrono_tz::Asia::Shanghai, ..utc.clone() };
    for (name, text, options) in [("ts_calls", &short, &utc), ("ten_queues_local", &full, &local)] {
        group.bench_function(name, |b| {
            b.iter(|| {
                let reader = CsvReader::new(text.as_bytes(), b',', options.clone());
                count(reader.expect("the header is sound"))
            });
        });
    }
    group.finish();
}

fn snapshots(c: &mut Criterion) {
    let sources = Sources::default();
    let now = Timestamp::from_secs(1_795_507_200);
    let default_source = Some(SourceId(0));
    let intake = Intake { sources: &sources, default_source, registry: None, now, live: true };
    let line = br#"{"form":"snapshot","queue":"support","at":"2026-11-24T16:00:00+08:00","waiting":12,"longest_wait_seconds":48.5,"talking":31,"available":2,"logged_in":40,"paused":3}"#;
    let mut group = c.benchmark_group("wire");
    group.throughput(Throughput::Elements(1));
    group.bench_function("snapshot", |b| {
        b.iter(|| black_box(wire::read(black_box(line), &intake)).expect("the line is sound"));
    });
    group.finish();
}

fn queue_logs(c: &mut Criterion) {
    let mut group = c.benchmark_group("queue_log");
    let rows = SURGE.iter().filter(|b| **b == b'\n').count();
    group.throughput(Throughput::Elements(rows as u64));
    group.bench_function("surge", |b| {
        b.iter(|| {
            let mapper = Mapper::new(QueueLogOptions::new(SourceId(0)));
            count(QueueLogReader::new(SURGE, mapper))
        });
    });
    group.finish();
}

criterion_group!(benches, tables, snapshots, queue_logs);
criterion_main!(benches);
