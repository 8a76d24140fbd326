//! The whole way of a call at 1,000 calls a second: a PBX over loopback, `callsurge serve` held to
//! one core, its gauge in `/metrics`.
//!
//! Shape: 50 queues, 5,000 agents, nine messages a call as Asterisk 22 writes them, about 2,000
//! callers waiting. Every 50 ms a call enters a queue of its own; how long after the message was
//! written a scrape first shows it is the time from event to gauge. Scrapes follow each other at
//! 20 ms, so the figure holds that wait and the scrape itself: it is an upper bound. The end
//! demands that no call was lost.
//!
//!     cargo bench --bench link -- [SECONDS [CALLS_A_SECOND]]

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "figures are what it is for")]

#[path = "link/pbx.rs"]
mod pbx;

use pbx::{PROBE, Pbx};
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const SCRAPE_EVERY: Duration = Duration::from_millis(20);
/// The kernel counts time of processors in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<u64> = args.iter().filter_map(|arg| arg.parse().ok()).collect();
    // Run as a test it only shows that it still works.
    let measured = args.iter().any(|arg| arg == "--bench");
    let seconds = numbers.first().copied().unwrap_or(if measured { 30 } else { 3 });
    let rate = numbers.get(1).copied().unwrap_or(if measured { 1_000 } else { 100 });
    let folder = tempfile::tempdir()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut served = Served::start(folder.path(), listener.local_addr()?)?;
    let mut pbx = Pbx::new(listener.accept()?.0)?;
    pbx.settle(Duration::from_secs(2))?;

    let over = Arc::new(AtomicBool::new(false));
    let (at, ended) = (served.at, over.clone());
    let scraper = std::thread::spawn(move || scrape(at, &ended));
    let (begun, cpu) = (Instant::now(), served.cpu()?);
    let half = Duration::from_millis(seconds * 500);
    let mut calls = pbx.play(rate, half)?;
    let early = served.peak_mib()?;
    calls += pbx.play(rate, half)?;
    let busy = (served.cpu()? - cpu) / begun.elapsed().as_secs_f64();
    // What is on its way comes; the PBX goes on answering meanwhile.
    pbx.settle(Duration::from_secs(2))?;
    over.store(true, Ordering::Relaxed);
    let seen = scraper.join().map_err(|_| "the scraper died")?;

    let page = get(served.at).ok_or("no page")?;
    let offered = sum(&page, "callsurge_queue_calls_offered_total{", "");
    let probes = pbx.probes.len() as u64;
    println!("calls sent {}, counted {offered}", calls + probes);
    println!("rate {rate}/s for {seconds} s, {:.1} MB/s", pbx.bytes as f64 / 1e6 / seconds as f64);
    println!("processor {:.0} % of one core", busy * 100.0);
    println!(
        "memory {early:.0} MiB after half of the time, {:.0} MiB at the end",
        served.peak_mib()?
    );
    let mut late: Vec<Duration> = pbx
        .probes
        .iter()
        .enumerate()
        .filter_map(|(n, written)| {
            let first = seen.iter().find(|(_, waiting)| *waiting > n as u64)?;
            Some(first.0.saturating_duration_since(*written))
        })
        .collect();
    late.sort();
    let at = |share: f64| late[((late.len() - 1) as f64 * share) as usize].as_millis();
    println!("event to gauge: p50 {} ms, p99 {} ms, max {} ms", at(0.5), at(0.99), at(1.0));
    let lost = sum(&page, "callsurge_link_count_checks_total{", "different");
    println!(
        "counts that differed {lost}, links lost {}",
        sum(&page, "callsurge_link_ends_total{", "")
    );
    assert_eq!(offered, calls + probes, "no call is lost and none counts twice");
    assert_eq!(late.len() as u64, probes, "every probe was seen");
    served.child.kill()?;
    served.child.wait()?;
    Ok(())
}

/// The program under measurement.
struct Served {
    child: Child,
    at: SocketAddr,
}

impl Served {
    fn start(folder: &Path, pbx: SocketAddr) -> Result<Self, Box<dyn Error>> {
        let config = folder.join("c.toml");
        fs::write(folder.join("secret"), "s\n")?;
        fs::write(
            &config,
            format!(
                "[[source]]\nname = \"pbx\"\nkind = \"ami\"\nport = {}\nuser = \"monitor\"\n\
                 login = \"plain\"\nsecret_file = \"secret\"\n",
                pbx.port()
            ),
        )?;
        let program = env!("CARGO_BIN_EXE_callsurge");
        // One core, whatever the machine has; without `taskset` the figures say less.
        let mut command = Command::new("taskset");
        command.args(["-c", "0", program]);
        command.args(["serve", "--listen", "127.0.0.1:0", "--config"]).arg(&config);
        command.arg("--journal").arg(folder.join("j"));
        let mut child = command.stderr(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stderr.take().ok_or("no pipe")?).lines();
        let at = loop {
            let line = lines.next().ok_or("it ended")??;
            if let Some((_, rest)) = line.split_once("listens on http://") {
                break rest.split('/').next().unwrap_or_default().parse()?;
            }
        };
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| eprintln!("{line}"))
        });
        Ok(Self { child, at })
    }

    /// Seconds of processor time so far.
    fn cpu(&self) -> Result<f64, Box<dyn Error>> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let rest = stat.rsplit(')').next().unwrap_or_default();
        let ticks = rest.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
        Ok(ticks.sum::<Result<f64, _>>()? / TICKS_PER_SECOND)
    }

    fn peak_mib(&self) -> Result<f64, Box<dyn Error>> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).ok_or("no VmHWM")?;
        let kib: f64 = line.split_whitespace().nth(1).ok_or("no number")?.parse()?;
        Ok(kib / 1_024.0)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Scrapes until the end: when each answer had come, and how many waited in the probe's queue.
fn scrape(at: SocketAddr, over: &AtomicBool) -> Vec<(Instant, u64)> {
    let mut seen = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        if let Some(page) = get(at) {
            let queue = format!("queue=\"{PROBE}\"");
            seen.push((Instant::now(), sum(&page, "callsurge_queue_calls_waiting{", &queue)));
        }
        std::thread::sleep(SCRAPE_EVERY.saturating_sub(begun.elapsed()));
    }
    seen
}

fn get(at: SocketAddr) -> Option<String> {
    let mut link = TcpStream::connect(at).ok()?;
    write!(link, "GET /metrics HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n\r\n").ok()?;
    let mut page = String::new();
    link.read_to_string(&mut page).ok()?;
    Some(page)
}

/// Sum of the series of a family that hold a text.
fn sum(page: &str, family: &str, text: &str) -> u64 {
    let of = page.lines().filter(|line| line.starts_with(family) && line.contains(text));
    of.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}
