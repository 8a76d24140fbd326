//! Shapes, lengths and sizes of surges on simulated queues at the detector's own operating point of
//! one false alarm a month: what is found, when, how soon an alarm ends after the surge, and what
//! surges do to the false alarms between them.
//!
//! A fixed grid of seeds, printed. Shares may fall by two standard errors of what was reached.

use super::Excess;
use super::said::{Said, WARM_DAYS, judge, months, onsets};
use super::series::{Kind, inject, series};

/// Days of a series.
const DAYS: i64 = 365;
/// A surge in every so many days: more often they are the nature of the queue.
const EVERY: usize = 10;
/// Seeds of the series.
const SEEDS: [u64; 2] = [51, 52];

/// A surge: its length in minutes, and what it adds, in means, by the minute since its start.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// All at once.
    Step(u32),
    /// Within half an hour; stays for as long.
    Ramp,
    /// Half of it is gone after twenty minutes.
    Decay,
}

impl Shape {
    const fn minutes(self) -> u32 {
        match self {
            Self::Step(minutes) => minutes,
            Self::Ramp | Self::Decay => 60,
        }
    }

    fn excess(self, size: f64, minute: f64) -> f64 {
        let share = match self {
            Self::Step(_) => 1.0,
            Self::Ramp => (minute / 30.0).min(1.0),
            Self::Decay => 0.5_f64.powf(minute / 20.0),
        };
        (size - 1.0) * share
    }
}

/// What became of the surges of a cell.
#[derive(Default)]
struct Cell {
    surges: usize,
    found: usize,
    /// From the start of a surge to the end of the row that raised the alarm.
    delay_minutes: Vec<f64>,
    /// From the end of a surge to the end of the row that ended its alarm.
    clear_minutes: Vec<f64>,
    /// Alarms that began in no surge and in no two hours after one.
    false_alarms: usize,
    months: f64,
}

fn minutes(from: &Said, to: &Said) -> f64 {
    (to.0 - from.0).as_minutes_f64()
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1) as f64;
    sorted.get((last * share).round() as usize).copied().unwrap_or(0.0)
}

/// Surges where the mean of a row is at least `mean_min`.
fn cell(kind: Kind, mean_min: f64, shape: Shape, size: f64) -> Cell {
    let mut cell = Cell::default();
    for seed in SEEDS {
        let mut series = series(kind, seed, DAYS);
        let row = (series.rows[0].end - series.rows[0].start).as_minutes_f64();
        let rows = (f64::from(shape.minutes()) / row).round().max(1.0) as usize;
        let excess: Excess<'_> = &|i| shape.excess(size, (i as f64 + 0.5) * row);
        let surges = inject(&mut series, seed, (WARM_DAYS, EVERY), rows, mean_min, excess);
        let said = judge(&series, 1.0);
        let onsets = onsets(&said, |row| row.1);
        cell.months += months(&said);
        cell.surges += surges.len();
        let after = |on: usize, to: usize| {
            (to..=on).contains(&on) && minutes(&said[to], &said[on]) <= 120.0
        };
        cell.false_alarms += onsets
            .iter()
            .filter(|&&on| {
                !surges.iter().any(|&(from, to)| (from..=to).contains(&on) || after(on, to))
            })
            .count();
        for &(from, to) in &surges {
            let Some(&on) = onsets.iter().find(|on| (from..=to).contains(on)) else { continue };
            cell.found += 1;
            cell.delay_minutes.push(minutes(&said[from], &said[on]) + row);
            if said[to].1 {
                let off = (to..said.len()).find(|&i| !said[i].1).unwrap_or(said.len() - 1);
                cell.clear_minutes.push(minutes(&said[to], &said[off]));
            }
        }
    }
    cell.delay_minutes.sort_by(f64::total_cmp);
    cell.clear_minutes.sort_by(f64::total_cmp);
    cell
}

#[test]
fn shapes_lengths_and_sizes() {
    use Shape::{Decay, Ramp, Step};
    // Kind, mean of a row at least, shape, size, share found.
    let cells = [
        (Kind::Desk, 40.0, Step(10), 1.5, 0.85),
        (Kind::Desk, 40.0, Step(30), 1.3, 0.90),
        (Kind::Desk, 40.0, Step(60), 1.2, 0.68),
        (Kind::Desk, 40.0, Step(60), 1.3, 0.90),
        (Kind::Desk, 40.0, Step(60), 2.0, 0.97),
        (Kind::Desk, 40.0, Step(240), 1.3, 0.97),
        (Kind::Desk, 40.0, Ramp, 1.3, 0.97),
        (Kind::Desk, 40.0, Decay, 1.5, 0.93),
        (Kind::Clock, 10.0, Step(10), 2.0, 0.76),
        (Kind::Clock, 10.0, Step(60), 1.5, 0.78),
        (Kind::Clock, 10.0, Step(60), 2.0, 0.97),
        (Kind::Clock, 10.0, Step(120), 1.5, 0.94),
        (Kind::Clock, 10.0, Ramp, 1.5, 0.65),
        (Kind::Clock, 10.0, Decay, 2.0, 0.85),
        (Kind::Small, 4.0, Step(60), 2.0, 0.35),
        (Kind::Small, 4.0, Step(60), 3.0, 0.79),
        (Kind::Small, 4.0, Ramp, 3.0, 0.67),
        (Kind::Hourly, 8.0, Step(120), 2.0, 0.34),
        (Kind::Hourly, 8.0, Step(240), 2.0, 0.72),
        (Kind::Hourly, 8.0, Step(120), 3.0, 0.97),
    ];
    let (mut false_alarms, mut all) = (0, 0.0);
    for (kind, mean_min, shape, size, bound) in cells {
        let c = cell(kind, mean_min, shape, size);
        let share = c.found as f64 / c.surges as f64;
        println!(
            "{kind:?} {shape:?} x{size}: {share:.2} of {}, delay {:.0}/{:.0}, clear {:.0}/{:.0}, \
             false {:.2} a month",
            c.surges,
            quantile(&c.delay_minutes, 0.5),
            quantile(&c.delay_minutes, 0.95),
            quantile(&c.clear_minutes, 0.5),
            quantile(&c.clear_minutes, 0.95),
            c.false_alarms as f64 / c.months,
        );
        assert!(share >= bound, "{kind:?} {shape:?} x{size}: {share:.2}");
        // Rows of an hour cannot end sooner.
        let row: f64 = if kind == Kind::Hourly { 60.0 } else { 0.0 };
        let [half, most] = [0.5, 0.95].map(|share| quantile(&c.clear_minutes, share));
        assert!(
            half <= row.max(12.0) && most <= row.max(30.0),
            "{kind:?} {shape:?}: {half}, {most}"
        );
        false_alarms += c.false_alarms;
        all += c.months;
    }
    // A surge every ten days is not taken for chance: it makes the detector little deafer.
    let rate = f64::from(false_alarms as u32) / all;
    println!("{rate:.2} false alarms a month between the surges");
    assert!((0.5..=2.0).contains(&rate), "{rate:.2} where 1 is tolerated");
}
