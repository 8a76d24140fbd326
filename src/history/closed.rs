//! In which hours of the week did nothing ever come?
//!
//! A quarter is closed that came in at least three weeks without a single call, as part of an
//! hour that did. Whether rows said so or there were no rows makes a difference for what is
//! learned: the baseline takes hours for closed that rows cover and find empty, and knows nothing
//! of hours without rows.

use super::grid::{DAY_QUARTERS, Grid, WEEK_QUARTERS, weekday};
use serde::Serialize;

/// Weeks in which a quarter must be empty, as for the baseline.
const WEEKS_ENOUGH: u32 = 3;
/// Quarters in a row: a quarter of a thin queue is empty by chance.
const RUN_QUARTERS: usize = 4;
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Hours of the week in which nothing ever came.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Closed {
    /// How many.
    pub hours: f64,
    /// Those of them that no row covers.
    pub hours_without_rows: f64,
    /// Which, weekdays with the same hours together: `Mon-Fri 00:00-07:00 21:00-24:00`.
    pub when: Vec<String>,
}

impl Closed {
    pub(super) fn of(grid: &Grid) -> Self {
        let Some((first, last)) = grid.span() else { return Self::default() };
        let mut weeks = [0_u32; 7];
        (first..=last).for_each(|day| weeks[weekday(day)] += 1);
        let mut empty: Vec<bool> =
            (0..WEEK_QUARTERS).map(|at| weeks[at / DAY_QUARTERS] >= WEEKS_ENOUGH).collect();
        let mut bare = vec![true; WEEK_QUARTERS];
        for (number, day) in &grid.days {
            for quarter in 0..DAY_QUARTERS {
                let at = weekday(*number) * DAY_QUARTERS + quarter;
                empty[at] &= day.calls[quarter] <= 0.0;
                bare[at] &= day.minutes[quarter] <= 0.0;
            }
        }
        keep_long_runs(&mut empty);
        let hours = |wanted: &dyn Fn(usize) -> bool| {
            (0..WEEK_QUARTERS).filter(|&at| wanted(at)).count() as f64 / 4.0
        };
        Self {
            hours: hours(&|at| empty[at]),
            hours_without_rows: hours(&|at| empty[at] && bare[at]),
            when: told(&empty),
        }
    }
}

/// A run may go on over midnight, and from Sunday into Monday.
fn keep_long_runs(empty: &mut [bool]) {
    let Some(open) = empty.iter().position(|empty| !empty) else { return };
    let mut run = 0;
    for step in 1..=empty.len() {
        let at = (open + step) % empty.len();
        if empty[at] {
            run += 1;
            continue;
        }
        if run < RUN_QUARTERS {
            (1..=run).for_each(|back| empty[(at + empty.len() - back) % empty.len()] = false);
        }
        run = 0;
    }
}

fn told(empty: &[bool]) -> Vec<String> {
    let days: Vec<String> = empty.chunks(DAY_QUARTERS).map(of_day).collect();
    let mut told = Vec::new();
    let mut from = 0;
    while from < days.len() {
        let to = (from..days.len()).take_while(|&at| days[at] == days[from]).last().unwrap_or(from);
        if !days[from].is_empty() {
            let names = match to - from {
                0 => WEEKDAYS[from].to_owned(),
                _ => format!("{}-{}", WEEKDAYS[from], WEEKDAYS[to]),
            };
            told.push(format!("{names} {}", days[from]));
        }
        from = to + 1;
    }
    told
}

/// The empty hours of a day.
fn of_day(empty: &[bool]) -> String {
    if empty.iter().all(|empty| *empty) {
        return "all day".to_owned();
    }
    let clock = |quarter: usize| format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15);
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < empty.len() {
        let run = empty[at..].iter().take_while(|empty| **empty).count();
        if run > 0 {
            ranges.push(format!("{}-{}", clock(at), clock(at + run)));
        }
        at += run.max(1);
    }
    ranges.join(" ")
}
