//! Which days are unlike their weekday?
//!
//! Each day is compared with the median total of its weekday, by the share of the weekday's calls
//! that its rows cover. It is odd if it is off by more than four sd, where the sd is that of the
//! days of this queue (from the median absolute deviation) with the noise of counting, and by a
//! quarter at least: an analyst looks at days, not at percents. What kind of oddity is a guess
//! from the shape of the day: a hole between calls is like an outage, a low day without one like
//! a holiday.
//!
//! A weekday needs three days to have a median worth the name; days that the calendar calls
//! special, or for which more calls were announced, are expected to be odd and are not judged.

use super::grid::{DAY_QUARTERS, Day, Grid, WEEK_QUARTERS, weekday};
use super::median;
use super::usual::Usual;
use chrono::NaiveDate;
use serde::Serialize;

const DAYS_ENOUGH: usize = 3;
/// Share of the weekday's calls that the rows of a day must cover to be compared.
const SHARE_MIN: f64 = 0.5;
/// The same to count for the median.
const SHARE_WHOLE: f64 = 0.95;
const SD_MIN: f64 = 0.03;
const SD_TIMES: f64 = 4.0;
const OFF_MIN: f64 = 0.25;
/// Calls that a day must expect before none at all is odd: e to the minus ten.
const NONE_FROM: f64 = 10.0;
/// Calls that a hole must swallow: three in ten million by chance.
const HOLE_CALLS: f64 = 15.0;
/// Quarters in a row that make a hole.
const HOLE_QUARTERS: usize = 2;

/// What an odd day looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Oddity {
    /// Far more calls than on other days of its weekday.
    SurgeLike,
    /// No calls for a while, with calls before and after.
    OutageLike,
    /// Far fewer calls, without such a hole.
    HolidayLike,
    /// Rows, and not one call.
    AllZero,
    /// No rows.
    NoRows,
}

impl Oddity {
    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::SurgeLike => "surge-like",
            Self::OutageLike => "outage-like",
            Self::HolidayLike => "holiday-like",
            Self::AllZero => "all zero",
            Self::NoRows => "no rows",
        }
    }

    /// For people, in Chinese.
    pub const fn words_zh(self) -> &'static str {
        match self {
            Self::SurgeLike => "疑似激增",
            Self::OutageLike => "疑似故障",
            Self::HolidayLike => "疑似节假日",
            Self::AllZero => "全天为零",
            Self::NoRows => "无数据",
        }
    }
}

/// A day that is unlike its weekday.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OddDay {
    /// Local date.
    pub date: NaiveDate,
    /// What it looks like.
    pub kind: Oddity,
    /// Its calls.
    pub calls: f64,
    /// What its weekday has in the time that its rows cover.
    pub expected: f64,
}

/// Calls of each weekday, by quarter and over the day.
struct Typical {
    /// Mean calls of a quarter of the week.
    quarters: Vec<f64>,
    /// Median total; `None` where there are not enough days.
    totals: [Option<f64>; 7],
    /// Relative sd of a day.
    sd: f64,
}

impl Typical {
    fn of(grid: &Grid) -> Self {
        let mut sums = vec![(0.0, 0.0_f64); WEEK_QUARTERS];
        for (number, day) in grid.ordinary() {
            let own = &mut sums[weekday(number) * DAY_QUARTERS..][..DAY_QUARTERS];
            for (quarter, (calls, days)) in own.iter_mut().enumerate() {
                if day.covers(quarter) {
                    *calls += day.rate(quarter);
                    *days += 1.0;
                }
            }
        }
        let quarters = sums.into_iter().map(|(calls, days)| calls / days.max(1.0)).collect();
        let mut typical = Self { quarters, totals: [None; 7], sd: SD_MIN };
        for (own, total) in (0..7).map(|own| (own, typical.total_of(grid, own))).collect::<Vec<_>>()
        {
            typical.totals[own] = total;
        }
        let mut off: Vec<f64> = grid
            .ordinary()
            .filter_map(|(number, day)| Some(typical.off(number, day)?.abs()))
            .collect();
        typical.sd = (1.4826 * median(&mut off)).max(SD_MIN);
        typical
    }

    fn total_of(&self, grid: &Grid, own: usize) -> Option<f64> {
        let of_weekday = grid.ordinary().filter(|(number, _)| weekday(*number) == own);
        let mut totals: Vec<f64> = of_weekday
            .map(|(_, day)| (self.share(own, day), day))
            .filter(|(share, _)| *share >= SHARE_WHOLE)
            .map(|(share, day)| day.total() / share)
            .collect();
        (totals.len() >= DAYS_ENOUGH).then(|| median(&mut totals)).filter(|total| *total > 0.0)
    }

    fn of_weekday(&self, own: usize) -> &[f64] {
        &self.quarters[own * DAY_QUARTERS..][..DAY_QUARTERS]
    }

    /// Share of the weekday's calls in the time that a day's rows cover.
    fn share(&self, own: usize, day: &Day) -> f64 {
        let all: f64 = self.of_weekday(own).iter().sum();
        let covered: f64 = self
            .of_weekday(own)
            .iter()
            .zip(day.minutes.iter())
            .map(|(calls, minutes)| calls * (minutes / 15.0).min(1.0))
            .sum();
        if all > 0.0 { covered / all } else { 0.0 }
    }

    /// What a day's weekday has in the time that its rows cover.
    fn expected(&self, number: i32, day: &Day) -> Option<f64> {
        let own = weekday(number);
        let share = self.share(own, day);
        (share >= SHARE_MIN).then_some(self.totals[own]? * share)
    }

    fn off(&self, number: i32, day: &Day) -> Option<f64> {
        Some(day.total() / self.expected(number, day)? - 1.0)
    }

    fn judge(&self, number: i32, day: &Day) -> Option<(Oddity, f64)> {
        let expected = self.expected(number, day)?;
        let off = day.total() / expected - 1.0;
        let limit = (SD_TIMES * (self.sd * self.sd + 1.0 / expected).sqrt()).max(OFF_MIN);
        let kind = if day.total() <= 0.0 {
            (expected >= NONE_FROM).then_some(Oddity::AllZero)
        } else if self.has_hole(number, day, (1.0 + off).min(1.0)) {
            Some(Oddity::OutageLike)
        } else if off > limit {
            Some(Oddity::SurgeLike)
        } else {
            (off < -limit).then_some(Oddity::HolidayLike)
        };
        Some((kind?, expected))
    }

    /// Whether calls stay away between calls, for longer than a day of this level explains.
    fn has_hole(&self, number: i32, day: &Day, level: f64) -> bool {
        let open = |quarter: &usize| day.calls[*quarter] > 0.0;
        let Some(first) = (0..DAY_QUARTERS).find(open) else { return false };
        let last = (0..DAY_QUARTERS).rev().find(open).unwrap_or(first);
        let typical = self.of_weekday(weekday(number)).iter().enumerate();
        let (mut quarters, mut swallowed) = (0, 0.0);
        for (quarter, calls) in typical.take(last).skip(first) {
            if day.covers(quarter) && !open(&quarter) {
                quarters += 1;
                swallowed += calls * level;
            } else {
                (quarters, swallowed) = (0, 0.0);
            }
            if quarters >= HOLE_QUARTERS && swallowed >= HOLE_CALLS {
                return true;
            }
        }
        false
    }
}

/// The odd days, in order of time.
pub(super) fn odd_days(grid: &Grid, usual: &Usual) -> Vec<OddDay> {
    let Some((first, last)) = grid.span() else { return Vec::new() };
    let typical = Typical::of(grid);
    let judged = |number: i32| match grid.days.get(&number) {
        Some(day) if day.is_ordinary() => {
            let (kind, expected) = typical.judge(number, day)?;
            Some((kind, day.total(), expected))
        }
        Some(_) => None,
        None => {
            let expected = typical.totals[weekday(number)].filter(|calls| *calls >= NONE_FROM)?;
            usual.on(weekday(number)).then_some((Oddity::NoRows, 0.0, expected))
        }
    };
    let odd = (first..=last).filter_map(|number| {
        let (kind, calls, expected) = judged(number)?;
        Some(OddDay { date: NaiveDate::from_epoch_days(number)?, kind, calls, expected })
    });
    odd.collect()
}
