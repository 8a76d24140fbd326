//! The process itself, from `/proc/self`, under the names that every exporter uses.
//!
//! The crate's collector truncates CPU and start time to whole seconds and needs libc; these
//! four are what alerts use. Elsewhere than on Linux the families are absent.

use super::MetricsError;
use super::catalogue::{Family, Kind};
use super::page::Page;

/// Linux reports CPU time in hundredths of a second on every supported platform (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

const CPU: Family = Family {
    name: "process_cpu_seconds_total",
    kind: Kind::Counter,
    labels: &[],
    help: "CPU time spent, user and system.",
};
const RESIDENT: Family = Family {
    name: "process_resident_memory_bytes",
    kind: Kind::Gauge,
    labels: &[],
    help: "Resident memory.",
};
const OPEN_FDS: Family = Family {
    name: "process_open_fds",
    kind: Kind::Gauge,
    labels: &[],
    help: "Open file descriptors.",
};
const START: Family = Family {
    name: "process_start_time_seconds",
    kind: Kind::Gauge,
    labels: &[],
    help: "When the process started.",
};

pub(super) fn write(page: &mut Page) -> Result<(), MetricsError> {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let of = |value: Option<f64>| value.map(|v| (vec![], v));
    page.family(&CPU, of(cpu_seconds(&stat)))?;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    page.family(&RESIDENT, of(keyed(&status, "VmRSS:").map(|kib| kib * 1_024.0)))?;
    let fds = std::fs::read_dir("/proc/self/fd").ok().map(|dir| dir.count() as f64);
    page.family(&OPEN_FDS, of(fds))?;
    let boot = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let start = keyed(&boot, "btime").zip(field(&stat, 21));
    page.family(&START, of(start.map(|(boot, ticks)| boot + ticks / TICKS_PER_SECOND)))
}

/// User and system time: fields 13 and 14, counted from 0, of `/proc/self/stat`.
fn cpu_seconds(stat: &str) -> Option<f64> {
    Some((field(stat, 13)? + field(stat, 14)?) / TICKS_PER_SECOND)
}

/// A field of `/proc/self/stat`. The second one is a name that may hold spaces and brackets.
fn field(stat: &str, index: usize) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(index.checked_sub(2)?)?.parse().ok()
}

/// The number behind a key at the start of a line.
fn keyed(text: &str, key: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 9 0 0 0 250 50 0 0 20 0 4 0 12345 1 1";
        assert_eq!(cpu_seconds(stat), Some(3.0));
        assert_eq!(field(stat, 21), Some(12_345.0));
        assert_eq!(keyed("VmPeak: 9 kB\nVmRSS:\t  12 kB\n", "VmRSS:"), Some(12.0));
    }
}
