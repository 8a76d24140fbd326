//! When do rows usually come?
//!
//! Many exports leave closed hours out, so missing time is a gap only where rows usually come: in
//! a quarter of the week that at least half of the weeks cover. A weekday that came only once has
//! no week to compare with; there a quarter is usual that at least half of the days with rows
//! cover.

use super::grid::{DAY_QUARTERS, Grid, WEEK_QUARTERS, weekday};

/// Days of a usual week.
const DAYS_MIN: usize = 5;

/// The quarters of the week in which rows usually come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Usual {
    quarters: Vec<bool>,
}

impl Usual {
    /// Of a history.
    pub(super) fn of(grid: &Grid) -> Self {
        let mut quarters = vec![false; WEEK_QUARTERS];
        let Some((first, last)) = grid.span() else { return Self { quarters } };
        let mut weeks = [0_usize; 7];
        (first..=last).for_each(|day| weeks[weekday(day)] += 1);
        let mut covered = vec![0_usize; WEEK_QUARTERS];
        for (number, day) in &grid.days {
            for quarter in (0..DAY_QUARTERS).filter(|&quarter| day.covers(quarter)) {
                covered[weekday(*number) * DAY_QUARTERS + quarter] += 1;
            }
        }
        for (at, usual) in quarters.iter_mut().enumerate() {
            let (own, quarter) = (at / DAY_QUARTERS, at % DAY_QUARTERS);
            *usual = match weeks[own] {
                0 => false,
                1 => {
                    let seen = covered[own * DAY_QUARTERS..][..DAY_QUARTERS].iter().any(|&n| n > 0);
                    let of_any: usize = covered.iter().skip(quarter).step_by(DAY_QUARTERS).sum();
                    covered[at] > 0 || (seen && 2 * of_any >= grid.days.len())
                }
                weeks => 2 * covered[at] >= weeks,
            };
        }
        Self { quarters }
    }

    /// Whether rows usually come at a minute of the week.
    pub(super) fn at(&self, minute_of_week: u32) -> bool {
        self.quarters[minute_of_week as usize / 15]
    }

    /// Whether any do on a weekday.
    pub(super) fn on(&self, weekday: usize) -> bool {
        self.quarters[weekday * DAY_QUARTERS..][..DAY_QUARTERS].contains(&true)
    }

    /// How many usual weeks the covered time makes. A week has five days at least: the baseline
    /// asks for as many, and an afternoon is no week because nothing else is known.
    pub(super) fn weeks(&self, grid: &Grid) -> f64 {
        let of_day = |day: &[bool]| day.iter().filter(|usual| **usual).count();
        let days = || self.quarters.chunks(DAY_QUARTERS).map(of_day);
        let of_week = days().sum::<usize>().max(DAYS_MIN * days().max().unwrap_or(0));
        let covered = |(number, day): (&i32, &super::grid::Day)| {
            let from = weekday(*number) * DAY_QUARTERS;
            (0..DAY_QUARTERS).filter(|&q| day.covers(q) && self.quarters[from + q]).count()
        };
        let all: usize = grid.days.iter().map(covered).sum();
        if of_week == 0 { 0.0 } else { all as f64 / of_week as f64 }
    }
}
