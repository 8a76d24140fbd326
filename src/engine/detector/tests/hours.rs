//! Sources that tell closed hours as rows of zero or not at all, and first days that say little.

use super::*;

/// Monday, 2026-01-05, at midnight.
const MONDAY: i64 = 1_767_571_200;

/// A desk: weekdays from `open.0` to `open.1`, rows of zero at all other times if it tells them.
struct Desk {
    dice: Dice,
    detector: Detector,
    length: Span,
    an_hour: f64,
    open: (i64, i64),
    days: usize,
    tells_closed: bool,
    /// Sd of the first hour about its mean, and what it is today.
    opening_sd: f64,
    opening: f64,
    at: Timestamp,
}

/// What was said of some weeks.
#[derive(Debug, Default)]
struct Said {
    /// Minutes in alarm, and days with an alarm.
    surge: f64,
    days: u32,
    collapses: u32,
    /// Open rows without a settled baseline.
    provisional: u32,
}

impl Desk {
    fn new(seed: u64, length: Span, an_hour: f64) -> Self {
        Self {
            dice: Dice(seed),
            detector: Detector::new(),
            length,
            an_hour,
            open: (480, 1_080),
            days: 5,
            tells_closed: true,
            opening_sd: 0.0,
            opening: 0.0,
            at: Timestamp::from_secs(MONDAY),
        }
    }

    fn run(&mut self, weeks: i64) -> Said {
        let until = self.at + Span::hours(7 * 24 * weeks);
        let (mut said, mut last) = (Said::default(), -1);
        while self.at < until {
            let time = local(self.at);
            let (weekday, minute) = (time.date().weekday(), i64::from(time.minute_of_day()));
            let open = weekday < self.days && (self.open.0..self.open.1).contains(&minute);
            if minute == self.open.0 && self.opening_sd > 0.0 {
                self.opening = self.opening_sd * self.dice.normal();
            }
            let since = (minute - self.open.0) as f64;
            let busy = 1.0 + self.opening * (-since / 60.0).exp();
            let an_hour = if open { self.an_hour * busy } else { 0.0 };
            let mean = an_hour * self.length.as_minutes_f64() / 60.0;
            let row = row(self.at, self.length, self.dice.poisson(mean));
            self.at = row.end;
            if !open && !self.tells_closed {
                continue;
            }
            match self.detector.judge(&row, 1.0) {
                Verdict::Surge(_) => {
                    said.surge += self.length.as_minutes_f64();
                    said.days += u32::from(time.day != last);
                    last = time.day;
                }
                Verdict::Collapse(_) => said.collapses += 1,
                Verdict::Normal(e) => said.provisional += u32::from(open && e.learning),
                Verdict::Learning { .. } | Verdict::Stale { .. } => {}
            }
        }
        said
    }
}

/// Alarms of the rise at every opening would keep the first hours from ever being learned, and a
/// first day without a call would be a measure for all that follow.
#[test]
fn a_desk_is_learned_whenever_its_source_begins() {
    for an_hour in [12.0, 300.0, 3_000.0] {
        // Monday at midnight, Sunday at noon, Monday at 23:50, Saturday at 10:00, Tuesday at noon.
        for minute in [0, -720, 1_430, -2_280, 2_160] {
            let mut desk = Desk::new(7, Span::minutes(5), an_hour);
            desk.at = desk.at + Span::minutes(minute);
            desk.run(4);
            let said = desk.run(4);
            assert!(said.provisional == 0, "{an_hour} an hour from {minute}: {said:?}");
            assert!(said.surge <= 60.0, "{an_hour} an hour from {minute}: {said:?}");
        }
    }
}

/// Nor would the first evening ever be learned where its first row is a collapse.
#[test]
fn closed_hours_are_learned_where_every_empty_row_is_a_collapse() {
    for minutes in [5, 15, 60] {
        let mut desk = Desk::new(7, Span::minutes(minutes), 3_000.0);
        desk.run(4);
        let said = desk.run(4);
        assert!(said.collapses == 0, "rows of {minutes} minutes: {said:?}");
    }
}

/// Few calls a day tell no level, but they tell a shape.
#[test]
fn a_thin_queue_is_learned() {
    let mut desk = Desk::new(8, Span::minutes(15), 0.3);
    (desk.open, desk.days) = ((0, 1_440), 7);
    desk.run(4);
    let said = desk.run(4);
    assert!(said.provisional == 0 && said.days == 0, "{said:?}");
}

/// What is expected of closed hours at the least is no sum to miss in the morning.
#[test]
fn a_night_of_empty_rows_is_no_collapse_in_the_morning() {
    for an_hour in [6.0, 60.0] {
        let mut desk = Desk::new(9, Span::minutes(5), an_hour);
        desk.run(5);
        assert_eq!(desk.run(4).collapses, 0, "{an_hour} an hour");
    }
}

/// Else an alarm every morning teaches nothing, for ever.
#[test]
fn another_opening_hour_is_learned_in_a_week() {
    for an_hour in [60.0, 300.0, 3_000.0] {
        let mut desk = Desk::new(10, Span::minutes(5), an_hour);
        desk.run(12);
        desk.open.0 = 420;
        assert!(desk.run(1).days >= 3, "nobody told that it opens earlier");
        let said = desk.run(4);
        assert!(said.surge <= 60.0, "{an_hour} an hour: {said:?}");
    }
}

/// The same where closed hours are not told and the calls of the opening rise by the hour: what is
/// unknown is learned at once, what is known as half as much must not be an alarm every morning.
#[test]
fn a_steep_opening_that_comes_earlier_is_learned_in_three_weeks() {
    for seed in 1..=3 {
        let (mut dice, mut detector) = (Dice(seed), Detector::new());
        let by_hour = [110.0, 220.0, 290.0, 300.0, 280.0, 260.0, 250.0, 240.0, 190.0, 120.0];
        let mut weeks_in_alarm = [0.0; 20];
        for i in (0..140 * 288).filter(|i| i / 288 % 7 < 5) {
            let at = Timestamp::from_secs(MONDAY) + Span::minutes(5) * i;
            let week = (i / 288 / 7) as usize;
            let opens = if week < 8 { 8.0 } else { 7.0 };
            let since = f64::from(local(at).minute_of_day()) / 60.0 - opens;
            let Some(&mean) = by_hour.get(since as usize).filter(|_| since >= 0.0) else {
                continue;
            };
            let closed = row(at, Span::minutes(5), dice.poisson(mean));
            if detector.judge(&closed, 1.0).is_surge() {
                weeks_in_alarm[week] += 5.0;
            }
        }
        assert!(weeks_in_alarm[8] > 60.0, "seed {seed}: {weeks_in_alarm:?}");
        let later: f64 = weeks_in_alarm[11..].iter().sum();
        assert!(later <= 60.0, "seed {seed}: {weeks_in_alarm:?}");
    }
}

#[test]
fn a_weekday_that_opens_is_learned_in_a_day() {
    let mut desk = Desk::new(11, Span::minutes(5), 300.0);
    desk.run(12);
    desk.days = 6;
    desk.run(1);
    let said = desk.run(4);
    assert!(said.surge <= 60.0, "{said:?}");
}

/// Weeks without a call are no closed hours; the queue comes back as what it was.
#[test]
fn a_queue_that_was_silent_for_weeks_comes_back_in_two_days() {
    for (days, open) in [(7, (0, 1_440)), (5, (480, 1_080))] {
        for weeks in [3, 6] {
            let mut desk = Desk::new(12, Span::minutes(5), 300.0);
            (desk.days, desk.open) = (days, open);
            desk.run(12);
            desk.days = 0;
            desk.run(weeks);
            desk.days = days;
            let back = desk.run(1);
            assert!(back.days <= 2, "{open:?} after {weeks} weeks: {back:?}");
            let later = desk.run(2);
            assert!(later.surge <= 60.0, "{open:?} after {weeks} weeks: {later:?}");
        }
    }
}

/// The level of last evening says nothing of this morning, whoever tells of the night between.
#[test]
fn openings_that_differ_are_judged_alike_whether_closed_hours_are_told_or_not() {
    for seed in 13..16 {
        let days = [true, false].map(|tells_closed| {
            let mut desk = Desk::new(seed, Span::minutes(5), 2_400.0);
            (desk.tells_closed, desk.opening_sd) = (tells_closed, 0.15);
            desk.run(12);
            desk.run(26).days
        });
        assert!(days.iter().all(|&days| days <= 12), "seed {seed}: {days:?}");
    }
}

/// A mean of no call at all is no measure.
#[test]
fn the_first_call_ever_is_an_opening_and_no_surge() {
    for an_hour in [300.0, 3_000.0] {
        // Monday at midnight, Saturday at 10:00, Sunday at noon.
        for minute in [0, -2_280, -720] {
            let mut desk = Desk::new(14, Span::minutes(5), an_hour);
            desk.at = desk.at + Span::minutes(minute);
            let said = desk.run(1);
            assert!(said.surge < 120.0, "{an_hour} an hour from {minute}: {said:?}");
        }
    }
}

/// A queue around the clock whose first days are the quiet ones of its week: its other days are
/// alarms until they are learned, and alarms must not keep them from being learned.
#[test]
fn a_queue_that_begins_with_its_quiet_days_is_learned_in_a_week() {
    for seed in 1..=4 {
        let (mut dice, mut detector) = (Dice(seed), Detector::new());
        // From Friday on.
        let friday = Timestamp::from_secs(MONDAY) + Span::hours(4 * 24);
        let mut minutes = 0.0;
        for i in 0..14 * 240 {
            let at = friday + Span::minutes(6) * i;
            let time = local(at);
            let (weekday, minute) = (time.date().weekday(), time.minute_of_day());
            let quiet = weekday == 5 || weekday == 4 && minute >= 840;
            let mean = if (480..1_380).contains(&minute) { 10.0 } else { 1.5 };
            let offered = dice.poisson(if quiet { 0.15 * mean } else { mean });
            let verdict = detector.judge(&row(at, Span::minutes(6), offered), 1.0);
            // Sunday may be an alarm, Monday shall be none.
            minutes += if i >= 3 * 240 && verdict.is_surge() { 6.0 } else { 0.0 };
        }
        assert!(minutes <= 60.0, "seed {seed}: {minutes} minutes");
    }
}
