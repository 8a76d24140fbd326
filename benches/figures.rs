//! The figures of docs/detection.md that are of simulated series.
//!
//! ```text
//! cargo bench --bench figures                      all tables, 30 series each
//! cargo bench --bench figures -- rates 10          one of them, of ten series
//! cargo bench --bench figures -- rises 10 100      the same from seed 100 on
//! ```
//! Tables: `rates` (false alarms a month where one is tolerated), `unit` (the same of 50 queues of a
//! unit), `young` (the same of the first ten weeks), `rises` (over four hours), `heat` (waves of three days). What a figure is worth is said by its
//! number of months or rises. This is no measure of time: `detector` is.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

#[path = "../tests/it/detection/said.rs"]
mod said;
#[path = "../tests/it/detection/series.rs"]
mod series;

use callsurge::engine::detector::{Closed, Detector};
use callsurge::engine::policy::DetectorPolicy;
use callsurge::engine::time::Span;
use indicatif::{ProgressBar, ProgressStyle};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use said::{WARM_DAYS, judge, months, onsets};
use series::{Kind, Plain, Series, Surge, add, bank, family, inject, series};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

const SERIES: u64 = 30;
const DAYS: i64 = 365;
/// Prints a table of these seeds, each a series of so many days.
type Table = fn(&Range<u64>, i64);
const TABLES: [(&str, Table); 5] =
    [("rates", rates), ("unit", unit), ("young", young), ("rises", rises), ("heat", heat)];
const USAGE: &str = "figures [rates|unit|young|rises|heat [SERIES [FIRST_SEED]]]";

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> =
        args.iter().map(String::as_str).filter(|arg| *arg != "--bench").collect();
    match words[..] {
        // `cargo test --benches` asks whether it still runs, and says nothing.
        [] if args.is_empty() => {
            TABLES.iter().for_each(|(_, table)| table(&(1..2), WARM_DAYS + 30));
        }
        [] => TABLES.iter().for_each(|(_, table)| table(&(1..1 + SERIES), DAYS)),
        [name, ref numbers @ ..] => {
            let table = TABLES.iter().find(|(known, _)| *known == name);
            let numbers: Vec<Option<u64>> = numbers.iter().map(|n| n.parse().ok()).collect();
            let (count, first) = match numbers[..] {
                [] => (SERIES, 1),
                [Some(count)] => (count, 1),
                [Some(count), Some(first)] => (count, first),
                _ => panic!("{USAGE}"),
            };
            let (_, table) = table.unwrap_or_else(|| panic!("no table {name}: {USAGE}"));
            assert!(count > 0, "{USAGE}: no series");
            table(&(first..first + count), DAYS);
        }
    }
}

/// What `figure` makes of each seed, in their order, on all cores.
fn each<T: Send>(name: &str, seeds: &Range<u64>, figure: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let bar = ProgressBar::new(seeds.end - seeds.start).with_message(name.to_owned());
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}");
    bar.set_style(style.expect("a template of known words"));
    let next = AtomicUsize::new(0);
    let (sender, results) = mpsc::channel();
    let mut all: Vec<(u64, T)> = thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            let (sender, next, figure) = (sender.clone(), &next, &figure);
            scope.spawn(move || {
                loop {
                    let seed = seeds.start + next.fetch_add(1, Ordering::Relaxed) as u64;
                    if seed >= seeds.end || sender.send((seed, figure(seed))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        results.iter().inspect(|_| bar.inc(1)).collect()
    });
    bar.finish_and_clear();
    all.sort_by_key(|(seed, _)| *seed);
    all.into_iter().map(|(_, figure)| figure).collect()
}

/// Alarms and months of a series.
#[derive(Clone, Copy)]
struct Alarms {
    first_third: usize,
    all: usize,
    months: f64,
}

impl Alarms {
    fn of(said: &[said::Said]) -> Self {
        let onsets = onsets(said, |row| row.1);
        let judged = months(said) / 3.0 * 30.0 * 24.0;
        let third = said[0].0 + Span::hours(24 * WARM_DAYS + judged as i64);
        let first_third = onsets.iter().filter(|&&on| said[on].0 < third).count();
        Self { first_third, all: onsets.len(), months: months(said) }
    }

    fn rate(&self) -> f64 {
        self.all as f64 / self.months
    }

    fn print(name: &str, all: &[Self]) {
        let total: f64 = all.iter().map(|alarms| alarms.months).sum();
        let sum = |of: fn(&Self) -> usize| all.iter().map(of).sum::<usize>() as f64;
        let mut own: Vec<f64> = all.iter().map(Self::rate).collect();
        own.sort_by(f64::total_cmp);
        let outside = own.iter().filter(|rate| !(0.5..=2.0).contains(*rate)).count();
        println!(
            "| {name} | {:.2} | {:.2} | {:.2} to {:.2} | {outside} of {} | {total:.0} |",
            sum(|alarms| alarms.all) / total,
            3.0 * sum(|alarms| alarms.first_third) / total,
            own[0],
            own[own.len() - 1],
            own.len(),
        );
    }
}

const RATES_HEAD: &str = "\
| | a month | first third of the year | single series | outside of 0.5 to 2 | months |\n\
|---|---|---|---|---|---|";

fn plain(row_minutes: i64, calls: f64, day_sd: f64) -> Kind {
    Kind::Plain(Plain { row_minutes, calls, day_sd })
}

/// The kinds whose rates are told.
fn kinds() -> [(&'static str, Kind); 12] {
    [
        ("small: 9 per 6 min", Kind::Small),
        ("desk: 200 per 5 min, by day", Kind::Desk),
        ("30 per 5 min", Kind::Clock),
        ("12 per hour", Kind::Hourly),
        ("100 per hour", plain(60, 100.0, 0.06)),
        ("100 per 30 min", plain(30, 100.0, 0.06)),
        ("1 per 15 min", plain(15, 1.0, 0.06)),
        ("50 per 15 min", plain(15, 50.0, 0.06)),
        ("2 per 5 min", plain(5, 2.0, 0.06)),
        ("10,000 per 5 min", plain(5, 10_000.0, 0.06)),
        ("38 per min", plain(1, 38.0, 0.06)),
        ("2,000 per min", plain(1, 2_000.0, 0.06)),
    ]
}

fn rates(seeds: &Range<u64>, days: i64) {
    println!("\nFalse alarms where one a month is tolerated\n\n{RATES_HEAD}");
    for (name, kind) in kinds() {
        let all = each(name, seeds, |seed| Alarms::of(&judge(&series(kind, seed, days), 1.0)));
        Alarms::print(name, &all);
    }
}

/// Weeks that are told of a beginning, from the first row on.
const YOUNG_WEEKS: [Range<i64>; 7] = [0..1, 1..2, 2..3, 3..4, 4..6, 6..8, 8..10];

/// Alarms in each of [`YOUNG_WEEKS`].
fn beginning(series: &Series) -> [usize; YOUNG_WEEKS.len()] {
    let said = judge(series, 1.0);
    let began = |i: &usize| said[*i].1 && (*i == 0 || !said[*i - 1].1);
    let week = |i: usize| (said[i].0 - said[0].0).as_millis().div_euclid(7 * 86_400_000);
    let weeks: Vec<i64> = (0..said.len()).filter(began).map(week).collect();
    YOUNG_WEEKS.map(|span| weeks.iter().filter(|week| span.contains(week)).count())
}

fn young(seeds: &Range<u64>, _days: i64) {
    println!("\nFalse alarms a month of the first weeks, where one is tolerated\n");
    println!("| week | 1 | 2 | 3 | 4 | 5, 6 | 7, 8 | 9, 10 |\n|---|---|---|---|---|---|---|---|");
    let print = |name: &str, all: &[[usize; YOUNG_WEEKS.len()]]| {
        print!("| {name} ");
        for (at, weeks) in YOUNG_WEEKS.iter().enumerate() {
            let alarms: usize = all.iter().map(|own| own[at]).sum();
            let days = (7 * (weeks.end - weeks.start)) as f64;
            print!("| {:.1} ", alarms as f64 / all.len() as f64 / days * 30.0);
        }
        println!("|");
    };
    for (name, kind) in kinds() {
        print(name, &each(name, seeds, |seed| beginning(&series(kind, seed, 70))));
    }
    let name = "bank: 30 to 100 per 5 min, closed hours told";
    let queues = each(name, seeds, |seed| bank(seed, 70).iter().map(beginning).collect::<Vec<_>>());
    print(name, &queues.concat());
}

fn unit(seeds: &Range<u64>, days: i64) {
    const QUEUES: usize = 50;
    println!("\nThe same of a unit of {QUEUES} queues\n\n{RATES_HEAD}");
    let policy = DetectorPolicy::default();
    let (of_sum, of_queue) = (policy.tolerated_of_sum(), policy.tolerated_of_queue(QUEUES, QUEUES));
    let of_unit = |seed| {
        let rows = family(QUEUES, seed, days);
        let (mut sum, mut queues) = (Detector::new(), vec![Detector::new(); QUEUES]);
        let mut judge = |i: usize| {
            let offered = rows.iter().map(|rows| rows[i].offered).sum();
            let whole = Closed { offered, ..rows[0][i] };
            let mut on = sum.judge(&whole, of_sum).is_surge();
            for (queue, rows) in queues.iter_mut().zip(&rows) {
                on |= queue.judge(&rows[i], of_queue).is_surge();
            }
            (whole.end, on, 0.0)
        };
        let said: Vec<_> = (0..rows[0].len()).map(&mut judge).collect();
        Alarms::of(&said)
    };
    Alarms::print("50 queues", &each("50 queues", seeds, of_unit));
}

/// How many of these are in alarm within so much of their beginning, but for those that begin in one.
fn found(said: &[said::Said], rises: &[Surge], within: Span) -> usize {
    let hit = |&&(from, to): &&Surge| {
        let (start, already, _) = said[from - 1];
        !already && said[from..=to].iter().any(|row| row.1 && row.0 <= start + within)
    };
    rises.iter().filter(hit).count()
}

fn share(found: usize, of: usize) -> f64 {
    100.0 * found as f64 / of.max(1) as f64
}

fn rises(seeds: &Range<u64>, days: i64) {
    println!("\nRises over four hours, found of 100 within six, at the own threshold\n");
    println!("| | found | rises |\n|---|---|---|");
    let rises = [
        ("desk +30 %", Kind::Desk, 1.3),
        ("desk +50 %", Kind::Desk, 1.5),
        ("30 per 5 min +50 %", Kind::Clock, 1.5),
        ("30 per 5 min x2", Kind::Clock, 2.0),
        ("12 per hour +50 %", Kind::Hourly, 1.5),
        ("12 per hour x2", Kind::Hourly, 2.0),
        ("small x2", Kind::Small, 2.0),
        ("small x3", Kind::Small, 3.0),
    ];
    for (name, kind, size) in rises {
        let minutes = kind.row().as_minutes_f64();
        let mean_min = if kind == Kind::Small { 4.0 } else { 10.0 };
        let all = each(name, seeds, |seed| {
            let mut series = series(kind, seed, days);
            let rise = |i: usize| (size - 1.0) * (i as f64 * minutes / 240.0).min(1.0);
            let (seed, rows) = (seed + 5, (360.0 / minutes) as usize);
            let rises = inject(&mut series, seed, (WARM_DAYS, 13), rows, mean_min, rise);
            (found(&judge(&series, 1.0), &rises, Span::hours(6)), rises.len())
        });
        let (hits, count) = all.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        println!("| {name} | {:.0} | {count} |", share(hits, count));
    }
}

/// Waves of three days, one in 24 days, that begin at these hours.
fn heat_waves(series: &mut Series, seed: u64, hours: &[i64], excess: f64) -> Vec<Surge> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x4ea7);
    let (first, last) = (series.rows[0].start, series.rows.len() - 1);
    let row = (series.rows[0].end - first).as_minutes_f64();
    let mut waves = Vec::new();
    for (i, day) in (WARM_DAYS..).step_by(24).enumerate() {
        let minutes = (day * 1_440 + 60 * hours[i % hours.len()]) as f64;
        let from = (minutes / row) as usize;
        let to = from + (3.0 * 1_440.0 / row) as usize - 1;
        if to > last {
            return waves;
        }
        add(series, &mut rng, (from, to), |_| excess);
        waves.push((from, to));
    }
    waves
}

fn heat(seeds: &Range<u64>, days: i64) {
    println!("\nHeat waves of three days where days differ by 10 %, rows of 5 and 15 minutes,");
    println!("found of 100 within six hours, and at all\n");
    println!("| calls an hour | begins at | x1.3 | x1.6 | x2 | waves |\n|---|---|---|---|---|---|");
    for an_hour in [12.0, 30.0, 200.0] {
        for (name, hours) in [("7, 9 and 14 h", &[7, 9, 14][..]), ("midnight", &[0])] {
            let of_size = |size: f64| {
                let mut sum = (0, 0, 0);
                for minutes in [5, 15] {
                    let kind = plain(minutes, an_hour * minutes as f64 / 60.0, 0.1);
                    let all = each("heat waves", seeds, |seed| {
                        let mut series = series(kind, seed, days);
                        let waves = heat_waves(&mut series, seed, hours, size - 1.0);
                        let said = judge(&series, 1.0);
                        let within = |span| found(&said, &waves, span);
                        (within(Span::hours(6)), within(Span::hours(72)), waves.len())
                    });
                    for (soon, ever, count) in all {
                        sum = (sum.0 + soon, sum.1 + ever, sum.2 + count);
                    }
                }
                sum
            };
            let cells = [1.3, 1.6, 2.0].map(of_size);
            let text = cells.map(|(soon, ever, count)| {
                format!("{:.0}, {:.0}", share(soon, count), share(ever, count))
            });
            println!("| {an_hour} | {name} | {} | {} |", text.join(" | "), cells[0].2);
        }
    }
}
