//! Holidays, make-up workdays and expected events.

use super::*;
use crate::engine::calendar::Date;

/// Judges days with what they truly are, which the calendar may not know.
struct Centre {
    dice: Dice,
    detector: Detector,
    open: (i64, i64),
    mean: f64,
    day: i32,
    /// Factor that is announced for the hour after noon.
    announced: f64,
}

/// Monday, 2026-01-05.
const MONDAY: i32 = 20_458;
const ROW: i64 = 5;
/// False alarms a month: of the few days that are judged here chance shall have none.
const TOLERATED: f64 = 0.1;

impl Centre {
    fn new(seed: u64, mean: f64, open: (i64, i64)) -> Self {
        Self {
            dice: Dice(seed),
            detector: Detector::new(),
            open,
            mean,
            day: MONDAY,
            announced: 1.0,
        }
    }

    /// A day that runs at `level` of the weekday it is like; a step of `step` at noon for an hour.
    fn day(&mut self, known: DayKind, like: usize, level: f64, step: f64) -> (u32, bool) {
        let date = Date { day: self.day, kind: known };
        self.day += 1;
        let level = level * (1.0 + 0.06 * self.dice.normal());
        let (mut drift, mut onsets, mut was, mut found) = (1.0, 0, false, false);
        for minute in (self.open.0..self.open.1).step_by(ROW as usize) {
            drift += 0.01 * (1.0 - drift) + 0.006 * self.dice.normal();
            let season = 1.0
                - 0.6 * ((minute as f64 / 1_440.0 - 0.58) * std::f64::consts::TAU).sin().powi(2);
            let weekday = [1.15, 1.0, 1.0, 0.95, 0.9, 0.6, 0.4][like];
            let times = if (720..780).contains(&minute) { step } else { 1.0 };
            let mean = self.mean * season * weekday * level * drift * times;
            let start = Timestamp::from_secs((i64::from(date.day) * 1_440 + minute) * 60);
            let of_week = (i64::from(date.day) + 3).rem_euclid(7) * 1_440 + minute;
            let local = LocalTime { minute_of_week: of_week as u32, day: date.day, kind: known };
            let offered = self.dice.poisson(mean);
            let raised = if (720..780).contains(&minute) { self.announced } else { 1.0 };
            let closed = Closed { start, end: start + MINUTE * ROW, local, offered, raised };
            let verdict = self.detector.judge(&closed, TOLERATED);
            let on = verdict.is_surge();
            found |= on && times > 1.0;
            onsets += u32::from(on && !was && times <= 1.0);
            was = on;
        }
        (onsets, found)
    }

    /// Calls expected of a row at noon.
    fn noon(&self, kind: DayKind, day: i32) -> f64 {
        let minute_of_week = (day + 3).rem_euclid(7) as u32 * 1_440 + 720;
        let local = LocalTime { minute_of_week, day, kind };
        self.detector.expected(local, MINUTE * ROW).expect("known")
    }

    fn ordinary(&mut self, days: i32) -> u32 {
        (0..days)
            .map(|_| {
                let weekday = (self.day + 3).rem_euclid(7) as usize;
                self.day(DayKind::Ordinary, weekday, 1.0, 1.0).0
            })
            .sum()
    }
}

/// A centre that is open around the clock and one by day.
const CENTRES: [(f64, (i64, i64)); 2] = [(60.0, (0, 1_440)), (200.0, (420, 1_260))];

#[test]
fn a_holiday_is_like_a_sunday_and_the_day_after_like_any_other() {
    for (mean, open) in CENTRES {
        let mut centre = Centre::new(3, mean, open);
        centre.ordinary(35);
        let holidays: u32 = (0..3).map(|_| centre.day(DayKind::Holiday, 6, 1.0, 1.0).0).sum();
        let after = centre.ordinary(2);
        assert_eq!((holidays, after), (0, 0), "{mean}");
    }
}

/// 14 holidays in groups of two; what two in three are, 70 % of a Sunday, is learned, and what
/// weekdays are stays.
#[test]
fn holidays_have_a_factor_of_their_own() {
    for (mean, open) in CENTRES {
        let mut centre = Centre::new(4, mean, open);
        centre.ordinary(35);
        let next = |centre: &Centre| centre.day + 14 - (centre.day + 3).rem_euclid(7);
        let before = centre.noon(DayKind::Ordinary, next(&centre));
        for _ in 0..7 {
            centre.day(DayKind::Holiday, 6, 0.7, 1.0);
            centre.day(DayKind::Holiday, 6, 0.7, 1.0);
            centre.ordinary(5);
        }
        let monday = next(&centre);
        let after = centre.noon(DayKind::Ordinary, monday);
        assert!((0.9..1.1).contains(&(after / before)), "{mean}: {before} {after}");
        let sunday = centre.noon(DayKind::Ordinary, monday + 6);
        let holiday = centre.noon(DayKind::Holiday, monday);
        assert!((0.62..0.78).contains(&(holiday / sunday)), "{mean}: {sunday} {holiday}");
    }
}

#[test]
fn a_make_up_workday_is_a_weekday_and_leaves_the_weekend_alone() {
    for (mean, open) in CENTRES {
        let (mut plain, mut centre) = (Centre::new(5, mean, open), Centre::new(5, mean, open));
        plain.ordinary(40);
        centre.ordinary(40);
        let saturday = centre.day + 7;
        let share = |centre: &Centre| {
            centre.noon(DayKind::Ordinary, saturday) / centre.noon(DayKind::Ordinary, saturday + 6)
        };
        let before = share(&centre);
        let (onsets, _) = centre.day(DayKind::Workday, 4, 1.0, 1.0);
        assert_eq!(onsets, 0, "{mean}");
        let unknown = plain.day(DayKind::Ordinary, 4, 1.0, 1.0).0;
        assert!(unknown > 0, "{mean}: a Saturday like a Friday is a surge to who does not know");
        centre.ordinary(1);
        let after = share(&centre);
        assert!((0.97..1.03).contains(&(after / before)), "{mean}: {before} {after}");
    }
}

#[test]
fn a_surge_on_a_holiday_is_found_and_the_first_holiday_may_differ() {
    for (mean, open) in CENTRES {
        for level in [0.7, 1.0, 1.25] {
            let mut centre = Centre::new(6, mean, open);
            centre.ordinary(35);
            let (onsets, found) = centre.day(DayKind::Holiday, 6, level, 2.0);
            assert_eq!((onsets, found), (0, true), "{mean} at {level}");
            assert_eq!(centre.ordinary(1), 0, "{mean} at {level}");
        }
    }
}

/// The hour after noon of a Wednesday, announced at twice the calls.
#[test]
fn what_is_announced_is_no_surge_what_is_more_is() {
    for (mean, open) in CENTRES {
        for (times, surge) in [(1.0, false), (1.7, false), (2.0, false), (4.0, true)] {
            let mut centre = Centre::new(7, mean, open);
            centre.ordinary(37);
            centre.announced = 2.0;
            let (onsets, found) = centre.day(DayKind::Ordinary, 2, 1.0, times);
            assert_eq!((onsets, found && times > 1.0), (0, surge), "{mean} times {times}");
        }
    }
}

#[test]
fn what_is_announced_teaches_nothing() {
    let (mut centre, mut plain) =
        (Centre::new(8, 60.0, (0, 1_440)), Centre::new(8, 60.0, (0, 1_440)));
    for centre in [&mut centre, &mut plain] {
        centre.ordinary(35);
    }
    centre.announced = 3.0;
    for _ in 0..4 {
        for weekday in 0..7 {
            centre.day(DayKind::Ordinary, weekday, 1.0, 3.0);
            plain.day(DayKind::Ordinary, weekday, 1.0, 1.0);
        }
    }
    let monday = centre.day + 7;
    let (with, without) =
        (centre.noon(DayKind::Ordinary, monday), plain.noon(DayKind::Ordinary, monday));
    assert!((0.93..1.07).contains(&(with / without)), "{with} {without}");
}
