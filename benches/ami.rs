//! How fast the manager interface is read.
//!
//! Shape: the event stream of the surge recording of a real Asterisk (2.4 MB, 4,060 messages), in
//! reads of 16 KiB. First only cut into messages, then with every header looked at, then up to
//! what the driver is told (706 calls).

use callsurge::engine::observation::SourceId;
use callsurge::engine::time::{Span, Timestamp};
use callsurge::ingest::ami::fields::Fields;
use callsurge::ingest::ami::meaning::{Meaning, MeaningSettings};
use callsurge::ingest::ami::parser::{Frame, Framer};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::io::Read;

const SURGE: &[u8] = include_bytes!("../tests/fixtures/asterisk/surge/events.c1.ami.gz");
const READ_BYTES: usize = 16 * 1024;

fn surge() -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(SURGE).read_to_end(&mut bytes).expect("a sound fixture");
    bytes
}

fn parse(stream: &[u8], headers: bool) -> usize {
    let mut framer = Framer::new();
    let mut count = 0;
    for chunk in stream.chunks(READ_BYTES) {
        framer.push(chunk);
        while let Some(frame) = framer.next_frame() {
            let Frame::Message(message) = frame else { continue };
            count += 1;
            if headers {
                message.headers().for_each(|header| {
                    black_box(header);
                });
            }
        }
    }
    count
}

fn understand(stream: &[u8]) -> usize {
    let mut framer = Framer::new();
    let mut meaning = Meaning::new(MeaningSettings::new(SourceId(0)));
    meaning.link_up();
    let mut now = Timestamp::from_secs(1_795_486_244);
    let mut told = 0;
    for chunk in stream.chunks(READ_BYTES) {
        framer.push(chunk);
        while let Some(frame) = framer.next_frame() {
            let Frame::Message(message) = frame else { continue };
            now = now + Span::millis(200);
            meaning.pass(now);
            meaning.event(now, &Fields::of(message));
            told += meaning.drain().map(black_box).count();
        }
    }
    told
}

fn bench(c: &mut Criterion) {
    let stream = surge();
    let mut group = c.benchmark_group("ami");
    group.throughput(Throughput::Bytes(stream.len() as u64));
    group.bench_function("frames", |b| b.iter(|| assert_eq!(parse(&stream, false), 4_060)));
    group.bench_function("headers", |b| b.iter(|| assert_eq!(parse(&stream, true), 4_060)));
    group.bench_function("understood", |b| b.iter(|| assert!(understand(&stream) > 1_800)));
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
