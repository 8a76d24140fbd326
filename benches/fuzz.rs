//! How long a session survives what no PBX would send: the corpus of the fuzzer and recordings of a
//! real Asterisk, cut, joined, repeated and changed at random, as many as fit into a time.
//!
//! For compilers without a fuzzer. It is led by nothing but chance; `fuzz/` has the target for
//! one that is led by coverage. A panic ends it and names the execution, which the seed repeats.
//!
//!     cargo bench --bench fuzz -- [SECONDS [SEED]]

#![allow(clippy::print_stdout, reason = "the figure is what it is for")]

#[path = "../fuzz/feed.rs"]
mod feed;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::error::Error;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

const WORDS: [&[u8]; 14] = [
    b"\r\n\r\n",
    b"\n",
    b"Event: QueueCallerJoin\r\n",
    b"Event: QueueStatusComplete\r\nActionID: callsurge-3\r\nListItems: 4294967295\r\n\r\n",
    b"Event: FullyBooted\r\nUptime: 0\r\n\r\n",
    b"Event: Shutdown\r\n\r\n",
    b"Uniqueid: ",
    b"Queue: support\r\n",
    b"Count: 99999999999\r\n",
    b"HoldTime: -1\r\n",
    b"Timestamp: 18446744073709551615.999999\r\n",
    b"Response: Success\r\nActionID: callsurge-1\r\n\r\n",
    b"Interface: \xff\xfe\r\n",
    b"Response: Goodbye\r\n\r\n",
];
/// Longest stream of one execution.
const BYTES_MAX: usize = 32 * 1_024;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<u64> = args.iter().filter_map(|arg| arg.parse().ok()).collect();
    let seconds = numbers.first().copied().unwrap_or(1);
    let seed = numbers.get(1).copied().unwrap_or(1);
    let seeds = seeds()?;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (begun, mut executions, mut bytes, mut messages) = (Instant::now(), 0_u64, 0_u64, 0_u64);
    while begun.elapsed() < Duration::from_secs(seconds) {
        let stream = changed(&seeds, &mut random);
        let outcome = std::panic::catch_unwind(|| feed::feed(&stream).figures());
        let Ok(figures) = outcome else {
            return Err(format!("execution {executions} of seed {seed} panicked").into());
        };
        executions += 1;
        bytes += stream.len() as u64;
        messages += figures.messages;
    }
    println!(
        "seed {seed}: {executions} executions in {seconds} s, {bytes} bytes, {messages} messages \
         understood, no panic"
    );
    assert!(messages > 0, "some get past the login");
    Ok(())
}

/// What is changed: a recording begins with a login that the session accepts.
fn seeds() -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> = fs::read_dir(root.join("fuzz/corpus/ami"))?
        .map(|file| Ok(file?.path()))
        .collect::<std::io::Result<_>>()?;
    files.sort();
    let mut seeds = files.iter().map(fs::read).collect::<Result<Vec<_>, _>>()?;
    for run in ["calm", "surge", "reload"] {
        for which in ["events", "poll"] {
            let file = root.join(format!("tests/fixtures/asterisk/{run}/{which}.c1.ami.gz"));
            let mut bytes = Vec::new();
            flate2::read::GzDecoder::new(fs::File::open(file)?).read_to_end(&mut bytes)?;
            seeds.push(bytes);
        }
    }
    Ok(seeds)
}

/// A login, pieces of what there is, and noise.
fn changed(seeds: &[Vec<u8>], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut stream =
        b"Asterisk Call Manager/11.0.0\r\nResponse: Success\r\nActionID: callsurge-login\r\n\r\n"
            .to_vec();
    let head = if random.random_range(0..16) == 0 { 0 } else { stream.len() };
    for _ in 0..random.random_range(1..6) {
        let seed = &seeds[random.random_range(0..seeds.len())];
        let from = random.random_range(0..seed.len());
        let length = random.random_range(1..6_000).min(seed.len() - from);
        let piece = &seed[from..from + length];
        for _ in 0..random.random_range(1..3) {
            stream.extend_from_slice(piece);
        }
    }
    stream.truncate(BYTES_MAX);
    for _ in 0..random.random_range(0..40) {
        let at = random.random_range(head..stream.len());
        match random.random_range(0..4) {
            0 => stream[at] = random.random(),
            1 => stream[at] ^= 1 << random.random_range(0..8),
            2 => drop(stream.drain(at..stream.len().min(at + random.random_range(1..20)))),
            _ => drop(
                stream.splice(at..at, WORDS[random.random_range(0..WORDS.len())].iter().copied()),
            ),
        }
        if stream.len() <= head + 1 {
            break;
        }
    }
    stream
}
