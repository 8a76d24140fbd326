//! The history by local day and quarter of an hour: what all questions are asked of.

use super::{Row, median};
use crate::engine::calendar::{Calendar, Date, DayKind};
use crate::engine::time::Span;
use std::collections::BTreeMap;

/// Quarters of a day.
pub(super) const DAY_QUARTERS: usize = 96;
/// Quarters of a week.
pub(super) const WEEK_QUARTERS: usize = 7 * DAY_QUARTERS;
/// Hours of a week.
pub(super) const WEEK_HOURS: usize = 7 * 24;
const QUARTER: Span = Span::minutes(15);
const QUARTER_MINUTES: f64 = 15.0;

/// A local day.
#[derive(Clone, Debug)]
pub(super) struct Day {
    pub(super) kind: DayKind,
    /// Whether more calls were announced for a part of it.
    announced: bool,
    /// Minutes that rows cover, by quarter; 30 where the clock shows a quarter twice.
    pub(super) minutes: Box<[f64; DAY_QUARTERS]>,
    pub(super) calls: Box<[f64; DAY_QUARTERS]>,
}

impl Day {
    fn new(kind: DayKind) -> Self {
        let (minutes, calls) = ([0.0; DAY_QUARTERS].into(), [0.0; DAY_QUARTERS].into());
        Self { kind, announced: false, minutes, calls }
    }

    /// Whether it is expected to be like its weekday.
    pub(super) fn is_ordinary(&self) -> bool {
        self.kind == DayKind::Ordinary && !self.announced
    }

    /// Whether rows cover at least half of a quarter.
    pub(super) fn covers(&self, quarter: usize) -> bool {
        2.0 * self.minutes[quarter] >= QUARTER_MINUTES
    }

    /// Calls of a quarter as if it were covered once and whole.
    pub(super) fn rate(&self, quarter: usize) -> f64 {
        self.calls[quarter] * QUARTER_MINUTES / self.minutes[quarter].max(f64::MIN_POSITIVE)
    }

    pub(super) fn total(&self) -> f64 {
        self.calls.iter().sum()
    }
}

/// Weekday of a day counted from 1970-01-01, Monday 0.
pub(super) const fn weekday(day: i32) -> usize {
    Date::ordinary(day).weekday()
}

/// Days by their number, counted from 1970-01-01.
#[derive(Clone, Debug, Default)]
pub(super) struct Grid {
    pub(super) days: BTreeMap<i32, Day>,
}

impl Grid {
    /// Adds a row, spread evenly over its quarters.
    pub(super) fn add(&mut self, calendar: &mut Calendar, row: &Row) {
        let length = (row.end - row.start).as_minutes_f64();
        let announced = calendar.raised(row.start, row.end) > 1.0;
        let mut at = row.start;
        while at < row.end {
            let next = at.next_multiple(QUARTER).min(row.end);
            let local = calendar.local(at);
            let day = self.days.entry(local.day).or_insert_with(|| Day::new(local.kind));
            day.announced |= announced;
            let quarter = local.minute_of_day() as usize / 15;
            let minutes = (next - at).as_minutes_f64();
            day.minutes[quarter] += minutes;
            day.calls[quarter] += f64::from(row.calls) * minutes / length;
            at = next;
        }
    }

    /// Adds the calls of another queue; covered is what either covers.
    pub(super) fn merge(&mut self, other: &Self) {
        for (number, theirs) in &other.days {
            let day = self.days.entry(*number).or_insert_with(|| Day::new(theirs.kind));
            day.announced |= theirs.announced;
            for quarter in 0..DAY_QUARTERS {
                day.minutes[quarter] = day.minutes[quarter].max(theirs.minutes[quarter]);
                day.calls[quarter] += theirs.calls[quarter];
            }
        }
    }

    /// First and last day.
    pub(super) fn span(&self) -> Option<(i32, i32)> {
        Some((*self.days.first_key_value()?.0, *self.days.last_key_value()?.0))
    }

    /// Days that are like their weekday.
    pub(super) fn ordinary(&self) -> impl Iterator<Item = (i32, &Day)> {
        let ordinary = |(_, day): &(&i32, &Day)| day.is_ordinary();
        self.days.iter().filter(ordinary).map(|(number, day)| (*number, day))
    }

    /// Median calls of each hour of the week over ordinary days; `None` where no row covers it.
    pub(super) fn week(&self) -> Vec<Option<f64>> {
        let mut hours: Vec<Vec<f64>> = vec![Vec::new(); WEEK_HOURS];
        for (number, day) in self.ordinary() {
            for hour in 0..24 {
                let covered: Vec<usize> =
                    (4 * hour..4 * hour + 4).filter(|&quarter| day.covers(quarter)).collect();
                if covered.len() >= 2 {
                    let calls: f64 = covered.iter().map(|&quarter| day.rate(quarter)).sum();
                    hours[weekday(number) * 24 + hour].push(calls * 4.0 / covered.len() as f64);
                }
            }
        }
        hours.iter_mut().map(|all| (!all.is_empty()).then(|| median(all))).collect()
    }
}
