//! Recorded connections: bytes and the instants at which they came.

use super::super::fixture;
use callsurge::engine::time::Timestamp;
use flate2::read::GzDecoder;
use std::fs::File;
use std::io::Read;

/// What was read at once.
pub(super) struct Chunk {
    pub(super) at: Timestamp,
    pub(super) bytes: Vec<u8>,
}

/// Reads of one connection: `events`, or `poll` with its lists.
pub(super) fn chunks(run: &str, which: &str) -> Vec<Chunk> {
    let stream = bytes(run, which);
    let index = String::from_utf8(unpacked(&format!("{run}/{which}.idx.gz"))).unwrap();
    let mut chunks = Vec::new();
    for line in index.lines() {
        let words: Vec<&str> = line.splitn(5, ' ').collect();
        let [time, "R", "1", offset, length] = words[..] else { continue };
        let (offset, length): (usize, usize) = (offset.parse().unwrap(), length.parse().unwrap());
        chunks.push(Chunk { at: instant(time), bytes: stream[offset..offset + length].to_vec() });
    }
    assert_eq!(chunks.iter().map(|c| c.bytes.len()).sum::<usize>(), stream.len());
    chunks
}

/// The whole stream of a connection.
pub(super) fn bytes(run: &str, which: &str) -> Vec<u8> {
    unpacked(&format!("{run}/{which}.c1.ami.gz"))
}

fn unpacked(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(File::open(fixture(name)).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

fn instant(text: &str) -> Timestamp {
    let (secs, fraction) = text.split_once('.').unwrap();
    let millis: i64 = fraction[..3].parse().unwrap();
    Timestamp::from_millis(secs.parse::<i64>().unwrap() * 1_000 + millis)
}
