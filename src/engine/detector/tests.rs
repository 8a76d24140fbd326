//! Simulated queues with known surges, and a bank's spring where the data is at hand.

use super::*;
use crate::engine::calendar::DayKind;
use std::path::PathBuf;

mod hours;
mod special;

const MINUTE: Span = Span::minutes(1);
const DAY_MINUTES: i64 = 1_440;

/// Xorshift64*: the same counts on every platform.
struct Dice(u64);

impl Dice {
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    fn poisson(&mut self, mean: f64) -> u32 {
        if mean > 60.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u32;
        }
        let (limit, mut product, mut count) = ((-mean).exp(), self.uniform(), 0);
        while product > limit {
            product *= self.uniform();
            count += 1;
        }
        count
    }
}

fn local(at: Timestamp) -> LocalTime {
    let minutes = at.as_millis().div_euclid(60_000);
    let day = minutes.div_euclid(DAY_MINUTES);
    let of_week = (day + 3).rem_euclid(7) * DAY_MINUTES + minutes.rem_euclid(DAY_MINUTES);
    LocalTime { minute_of_week: of_week as u32, day: day as i32, kind: DayKind::Ordinary }
}

fn row(start: Timestamp, length: Span, offered: u32) -> Closed {
    Closed { start, end: start + length, local: local(start), offered, raised: 1.0 }
}

/// A queue with a daily and weekly season and days that are busy or quiet.
struct Queue {
    dice: Dice,
    detector: Detector,
    length: Span,
    /// Calls per row in the middle of the day.
    mean: f64,
    /// Open minutes of the day; closed rows do not come.
    open: (i64, i64),
    level: f64,
    at: Timestamp,
}

impl Queue {
    fn new(seed: u64, length: Span, mean: f64, open: (i64, i64)) -> Self {
        Self {
            dice: Dice(seed),
            detector: Detector::new(),
            length,
            mean,
            open,
            level: 1.0,
            // A Monday.
            at: Timestamp::from_secs(1_767_571_200),
        }
    }

    fn expected(&self) -> f64 {
        let local = local(self.at);
        let minute = f64::from(local.minute_of_week % 1_440);
        let season = 1.0 - 0.6 * ((minute / 1_440.0 - 0.58) * std::f64::consts::TAU).sin().powi(2);
        let weekday = [1.15, 1.0, 1.0, 0.95, 0.9, 0.6, 0.4][local.minute_of_week as usize / 1_440];
        self.mean * season * weekday * self.level
    }

    /// Judges the next row at this multiple of its expectation.
    fn next(&mut self, times: f64) -> Verdict {
        let (from, to) = self.open;
        loop {
            let minute = self.at.as_millis().div_euclid(60_000).rem_euclid(DAY_MINUTES);
            let row_minutes = self.length.as_minutes_f64();
            let opens = from > 0 && minute == from && self.at.as_millis() % 60_000 == 0;
            if opens {
                self.level = 1.0 + 0.06 * self.dice.normal();
            } else {
                let drift = 0.006 * (row_minutes / 5.0).sqrt() * self.dice.normal();
                self.level += 0.01 * row_minutes / 5.0 * (1.0 - self.level) + drift;
            }
            if (from..to).contains(&minute) {
                break;
            }
            self.at = self.at + self.length;
        }
        let mean = times * self.expected();
        let offered = self.dice.poisson(mean);
        let interval = row(self.at, self.length, offered);
        self.at = interval.end;
        self.detector.judge(&interval, 1.0)
    }

    /// Runs this many days at the expectation; counts begun surges and surge rows.
    fn calm_days(&mut self, days: i64) -> (u32, u32) {
        let until = self.at + Span::hours(24 * days);
        let (mut begun, mut rows, mut surge) = (0, 0, false);
        while self.at < until {
            let now = self.next(1.0).is_surge();
            begun += u32::from(now && !surge);
            rows += u32::from(now);
            surge = now;
        }
        (begun, rows)
    }

    /// Runs a surge of this multiple; minutes from its start to the first `Surge` and from its
    /// end to the first verdict that is none.
    fn surge(&mut self, times: f64, minutes: f64) -> (Option<f64>, f64) {
        let rows = (minutes / self.length.as_minutes_f64()) as u32;
        let start = self.at;
        let mut found = None;
        for _ in 0..rows {
            if self.next(times).is_surge() {
                found = found.or(Some((self.at - start).as_minutes_f64()));
            }
        }
        let end = self.at;
        while self.next(1.0).is_surge() {}
        (found, (self.at - end).as_minutes_f64() - self.length.as_minutes_f64())
    }
}

/// Surges on several afternoons: share found, worst delay of those found, worst all-clear. Two days
/// lie between: with an excursion of chance on a single one the same hours would be withheld on
/// three days in a row, and so begin anew.
fn surges(queue: &mut Queue, times: f64, minutes: f64, count: u32) -> (f64, f64, f64) {
    let (mut found, mut slowest, mut clear) = (0.0, 0.0_f64, 0.0_f64);
    for _ in 0..count {
        queue.calm_days(2);
        for _ in 0..(5.0 * 60.0 / queue.length.as_minutes_f64()) as u32 {
            queue.next(1.0);
        }
        let (delay, after) = queue.surge(times, minutes);
        if let Some(delay) = delay {
            found += 1.0;
            slowest = slowest.max(delay);
        }
        clear = clear.max(after);
        let day = Span::hours(24);
        let midnight = queue.at.floor(day) + day;
        while queue.at < midnight - queue.length {
            queue.next(1.0);
            if local(queue.at).minute_of_week as i64 % DAY_MINUTES >= queue.open.1 {
                break;
            }
        }
    }
    (found / f64::from(count), slowest, clear)
}

/// A rise of chance is no level: what it had on top would hide the next surge for hours.
#[test]
fn rises_that_do_not_last_leave_little_in_the_level() {
    let mut queue = Queue::new(7, Span::minutes(6), 9.0, (0, 1_440));
    // Rows scatter twice as much as counting.
    let scattered = |queue: &mut Queue| {
        let times = 1.0 + 0.35 * queue.dice.normal();
        queue.next(times.max(0.1));
    };
    let days = |days: i64| days * DAY_MINUTES / 6;
    (0..days(35)).for_each(|_| scattered(&mut queue));
    let (mut rises, mut most) = (0, 0.0_f64);
    for _ in 0..days(180) {
        let before = queue.detector.level.x;
        let rise = queue.detector.excursion.filter(|excursion| excursion.minutes < 45.0);
        scattered(&mut queue);
        if rise.is_some() && queue.detector.excursion.is_none() {
            rises += 1;
            most = most.max(queue.detector.level.x - before);
        }
    }
    assert!(rises >= 10, "{rises} rises");
    assert!(most < 0.1, "{most}");
}

#[test]
fn small_queue_of_six_minute_rows() {
    let mut queue = Queue::new(7, Span::minutes(6), 9.0, (420, 1_440));
    queue.calm_days(28);
    let (begun, rows) = queue.calm_days(91);
    assert!(begun <= 8, "{begun} false alarms in three months");
    assert!(rows <= 60, "{rows} rows in alarm");
    let (found, _, clear) = surges(&mut queue, 3.0, 60.0, 12);
    assert!(found > 0.9, "x3: {found}");
    assert!(clear <= 30.0, "all-clear {clear} min");
}

#[test]
fn minute_rows() {
    let mut queue = Queue::new(11, MINUTE, 38.0, (0, 1_440));
    queue.calm_days(28);
    let (begun, rows) = queue.calm_days(91);
    assert!(begun <= 8, "{begun} false alarms in three months");
    assert!(rows <= 300, "{rows} rows in alarm");
    let (found, slowest, clear) = surges(&mut queue, 2.0, 45.0, 12);
    assert!(found > 0.99 && slowest <= 8.0, "x2: {found} within {slowest} min");
    assert!(clear <= 6.0, "all-clear {clear} min");
}

/// It has no opening at which the level of the day is known anew.
#[test]
fn a_queue_that_never_closes_learns_how_little_its_days_differ() {
    let found = |seed: u64| {
        let mut dice = Dice(seed);
        let mut detector = Detector::new();
        let mut at = Timestamp::from_secs(1_767_571_200);
        let mut judge = |times: f64| {
            let offered = dice.poisson(times * 1_000.0);
            let interval = row(at, Span::minutes(5), offered);
            at = interval.end;
            detector.judge(&interval, 1.0).is_surge()
        };
        for _ in 0..12 * 24 * 56 {
            judge(1.0);
        }
        (0..12).any(|_| judge(1.2))
    };
    let count = (1..=10).filter(|seed| found(seed * 977)).count();
    assert_eq!(count, 10);
}

/// Each of its days is another level from midnight on, sd 5 %, where counting leaves 1 % open.
#[test]
fn a_huge_queue_may_jump_at_midnight() {
    let alarms_by_hour = |seed: u64| {
        let (mut dice, mut detector) = (Dice(seed), Detector::new());
        let (mut alarms, mut was) = ([0; 24], false);
        for day in 0..26 * 7 {
            let level = 1.0 + 0.05 * dice.normal();
            for i in 0..288 {
                let minute = i as f64 * 5.0;
                let turn = minute / 1_440.0 * std::f64::consts::TAU;
                let at = Timestamp::from_secs(1_767_571_200) + Span::minutes(1_440 * day + 5 * i);
                let offered = dice.poisson(10_000.0 * (1.0 - 0.4 * turn.cos()) * level);
                let on = detector.judge(&row(at, Span::minutes(5), offered), 1.0).is_surge();
                alarms[i as usize / 12] += u32::from(on && !was && day >= 42);
                was = on;
            }
        }
        alarms
    };
    // Of 140 nights in which 20 or so rise by a sd and more.
    for seed in 1..=3 {
        let alarms = alarms_by_hour(seed);
        assert!(alarms[0] <= 5, "seed {seed}: {alarms:?}");
        assert!(alarms.iter().sum::<u32>() <= 12, "seed {seed}: {alarms:?}");
    }
}

/// A queue of 10,000 calls a row that has learned to jump by 5 % at midnight; the next row is the
/// first of a day.
fn a_queue_that_jumps() -> Queue {
    let mut queue = Queue::new(17, Span::minutes(5), 10_000.0, (0, DAY_MINUTES));
    for day in 0..70 {
        for _ in 0..288 {
            queue.next(if day % 2 == 0 { 1.05 } else { 0.95 });
        }
    }
    assert!(queue.detector.midnight.variance() > 0.001, "{:?}", queue.detector.midnight);
    queue
}

/// What midnight leaves of the certainty of these: of the level, and of that before an announced
/// time.
fn doubt_of(prepare: impl Fn(&mut Queue)) -> (f64, Option<f64>) {
    let mut queue = a_queue_that_jumps();
    prepare(&mut queue);
    let next = Row::new(&row(queue.at, queue.length, 0));
    let before = (queue.detector.level.variance, queue.detector.before_event);
    queue.detector.pass_midnight(&next);
    let event = before.1.zip(queue.detector.before_event);
    let event = event.map(|(before, after)| after.variance() - before.variance());
    (queue.detector.level.variance - before.0, event)
}

#[test]
fn midnight_leaves_doubt_in_excursions_and_announced_times_and_none_after_a_gap() {
    let jump = a_queue_that_jumps().detector.midnight.variance();
    let same = |doubt: f64| (doubt - jump).abs() < 1e-9;
    assert!(same(doubt_of(|_| ()).0));
    let (level, none) = doubt_of(|queue| {
        // From the row before midnight on.
        queue.at = queue.at - queue.length;
        queue.detector.last_end = queue.at;
        assert!(queue.next(2.0).is_surge() && queue.detector.excursion.is_some());
    });
    assert!(same(level) && none.is_none());
    let (_, event) = doubt_of(|queue| {
        let mut announced = Row::new(&row(queue.at, queue.length, 0));
        announced.raised = 2.0;
        queue.detector.enter_event(&announced);
    });
    assert!(event.is_some_and(same));
    let (level, _) = doubt_of(|queue| queue.at = queue.at + Span::hours(3));
    assert!(level.abs() < 1e-12);
}

/// Rows of half an hour have no bursts and no ramps: what was on when they began is not left on.
#[test]
fn rows_that_grow_leave_no_alarm_behind() {
    let mut queue = Queue::new(12, Span::minutes(5), 40.0, (0, 1_440));
    queue.calm_days(56);
    assert!(queue.next(5.0).is_surge());
    assert!(queue.detector.burst.is_some_and(|burst| burst.score() > 8.0));
    (queue.length, queue.mean) = (Span::minutes(30), 240.0);
    let on: Vec<_> = (0..4).map(|_| queue.next(1.0).is_surge()).collect();
    assert_eq!(on[1..], [false; 3]);
    assert!(queue.detector.burst.is_none() && queue.detector.height.abs() < 1e-12);
}

#[test]
fn huge_queue() {
    let mut queue = Queue::new(13, MINUTE, 20_000.0, (0, 1_440));
    queue.calm_days(28);
    let (begun, _) = queue.calm_days(91);
    assert!(begun <= 8, "{begun} false alarms in three months");
    let (found, slowest, clear) = surges(&mut queue, 1.5, 45.0, 8);
    assert!(found > 0.99 && slowest <= 5.0, "x1.5: {found} within {slowest} min");
    assert!(clear <= 6.0, "all-clear {clear} min");
}

#[test]
fn rows_of_any_length() {
    for seconds in [10, 60, 300, 360, 900, 1_800, 3_600] {
        let length = Span::secs(seconds);
        let mean = 30.0 * length.as_minutes_f64();
        let mut queue = Queue::new(17, length, mean, (480, 1_200));
        queue.calm_days(28);
        let (found, slowest, clear) = surges(&mut queue, 2.0, 120.0, 5);
        let row = length.as_minutes_f64();
        assert!(found > 0.99, "{seconds} s: {found}");
        assert!(slowest <= (2.0 * row).max(6.0), "{seconds} s: found after {slowest} min");
        assert!(clear <= (2.0 * row).max(6.0), "{seconds} s: all-clear {clear} min");
    }
}

/// Counts of minute rows and the word that each gets.
fn words(counts: &[u32]) -> Vec<&'static str> {
    let mut detector = Detector::new();
    let start = Timestamp::from_secs(1_767_600_000);
    let judge = |(i, &count): (usize, &u32)| {
        let interval = row(start + MINUTE * i as i64, MINUTE, count);
        detector.judge(&interval, 1.0).word()
    };
    counts.iter().enumerate().map(judge).collect()
}

#[test]
fn cold_start_calls_a_gross_surge_from_its_first_full_row() {
    let mut counts = vec![18, 17, 15, 23, 19, 35];
    counts.extend([73, 68, 78, 71, 80, 66, 75, 69, 74, 77].repeat(7));
    let surge = counts.len();
    counts.extend([19, 17, 21, 18, 16]);
    let words = words(&counts);
    assert_eq!(words[..6], ["learning", "learning", "learning", "normal", "normal", "normal"]);
    assert!(words[6..surge].iter().all(|&word| word == "surge"), "{words:?}");
    assert_eq!(words[surge + 1..], ["normal"; 4]);
}

#[test]
fn cold_start_lets_a_morning_rise() {
    let counts: Vec<u32> = (0..240).map(|i| 5 + i / 4 + (i * 7) % 5).collect();
    assert!(words(&counts)[3..].iter().all(|&word| word == "normal"));
}

#[test]
fn silence_of_a_live_source_is_a_collapse_until_calls_come() {
    let mut counts = vec![30, 28, 33, 31, 27, 32, 29, 30];
    counts.extend([0; 5]);
    counts.extend([31, 28]);
    let words = words(&counts);
    assert_eq!(words[3..8], ["normal"; 5]);
    assert_eq!(words[8 + 2..13], ["collapse"; 3]);
    assert_eq!(words[13..], ["normal"; 2]);
}

#[test]
fn a_gap_is_no_data() {
    let mut queue = Queue::new(19, MINUTE, 30.0, (0, 1_440));
    queue.calm_days(21);
    let before = queue.detector.expected(local(queue.at), MINUTE).expect("known");
    queue.at = queue.at + Span::minutes(90);
    assert_eq!(queue.next(1.0).word(), "normal");
    let after = queue.detector.expected(local(queue.at - Span::minutes(91)), MINUTE);
    assert!((after.expect("known") / before - 1.0).abs() < 0.2);
}

#[test]
fn closed_hours_are_learned_from_empty_rows() {
    let mut queue = Queue::new(23, Span::minutes(5), 40.0, (480, 1_200));
    let closed_at = |queue: &mut Queue, weeks: i64| {
        let until = queue.at + Span::hours(24 * 7 * weeks);
        let mut collapses = 0;
        while queue.at < until {
            let minute = local(queue.at).minute_of_week as i64 % DAY_MINUTES;
            if (480..1_200).contains(&minute) {
                queue.next(1.0);
            } else {
                let interval = row(queue.at, queue.length, 0);
                let verdict = queue.detector.judge(&interval, 1.0);
                collapses += u32::from(verdict.word() == "collapse");
                queue.at = interval.end;
            }
        }
        let monday = Timestamp::from_secs(1_767_571_200);
        let at = |minutes| queue.detector.learned_closed(local(monday + Span::minutes(minutes)));
        (at(3 * 60), at(12 * 60), collapses)
    };
    assert!(!closed_at(&mut queue, 2).0);
    let (night, noon, _) = closed_at(&mut queue, 2);
    assert!(night && !noon);
    assert_eq!(closed_at(&mut queue, 1).2, 0);
}

#[test]
fn history_given_to_learn_needs_no_cold_start() {
    let mut teacher = Queue::new(29, Span::minutes(5), 60.0, (0, 1_440));
    let mut detector = Detector::new();
    for _ in 0..28 * 288 {
        let start = teacher.at;
        let offered = teacher.expected().round() as u32;
        teacher.next(1.0);
        detector.learn(&row(start, teacher.length, offered));
    }
    teacher.level = 1.0;
    let noon = teacher.at + Span::hours(12);
    teacher.at = noon;
    let expected = teacher.expected();
    let told = detector.expected(local(noon), teacher.length).expect("known");
    assert!((told / expected - 1.0).abs() < 0.1, "{told} for {expected}");
    let verdict = detector.judge(&row(noon, teacher.length, told as u32), 1.0);
    assert_eq!(verdict.word(), "normal");
    assert!(verdict.evidence().is_some_and(|e| !e.learning && e.upper > e.expected));
    let twice = |i| row(noon + teacher.length * i, teacher.length, 2 * told as u32);
    detector.judge(&twice(1), 1.0);
    assert!(detector.judge(&twice(2), 1.0).is_surge());
    assert_eq!(detector.samples(local(noon)), 4);
}

#[test]
fn chance_is_told_of_a_score_that_is_looked_at_and_of_no_other() {
    let mut queue = Queue::new(8, Span::minutes(5), 40.0, (0, DAY_MINUTES));
    let (mut surges, mut rises, mut provisional) = (0, 0, 0);
    for i in 0..50 * 288 {
        // On every other day an hour in which half as many call again; on the first a doubling.
        let (day, row) = (i / 288, i % 288);
        let hour = (150..162).contains(&row) && day % 2 == 0;
        let times = [1.0, if day == 0 { 3.0 } else { 1.5 }][usize::from(hour)];
        let verdict = queue.next(times);
        let Some(e) = verdict.evidence() else { continue };
        let tested = matches!(e.method, Method::Burst | Method::Step | Method::Slow);
        let looked_at = tested && !e.learning && e.score >= queue.detector.pace.open;
        assert_eq!(e.chance_per_month.is_some(), looked_at, "{e:?}");
        assert_eq!(e.length, Span::minutes(5));
        provisional += u32::from(verdict.is_surge() && e.learning);
        let Some(rate) = e.chance_per_month else { continue };
        let Detector { tolerance, pace, .. } = &queue.detector;
        assert!((0.0..=tolerance.rate(pace.open, pace.open)).contains(&rate), "{e:?}");
        if verdict.is_surge() && e.score >= e.threshold {
            // No more often than is tolerated of the tests but ramps.
            assert!(rate <= 0.9 + 1e-9, "{e:?}");
            surges += 1;
        }
        rises += u32::from(!verdict.is_surge());
    }
    assert!(surges > 0 && rises > 0 && provisional > 0, "{surges}, {rises}, {provisional}");
}

/// One alarm is one excursion, whichever tests see it: it counts when the last of them is over.
#[test]
fn a_rise_that_two_tests_see_is_counted_once() {
    let mut queue = Queue::new(3, Span::hours(1), 100.0, (0, DAY_MINUTES));
    queue.calm_days(40);
    let (mut rises, mut seen_by_both) = (0, 0);
    for hour in 0..24 * 60 {
        let open = |detector: &Detector| {
            let seen = [detector.excursion.is_some(), detector.slow.rise().is_some()];
            let rate = detector.tolerance.rate(detector.pace.open, detector.pace.open);
            (seen, rate)
        };
        let (before, rate_before) = open(&queue.detector);
        queue.next(if hour % 120 < 6 { 1.35 } else { 1.0 });
        let (after, rate) = open(&queue.detector);
        let over = before.contains(&true) && after == [false; 2];
        // Time that passes makes it less.
        assert_eq!(rate > rate_before, over, "hour {hour}: {before:?}, {after:?}");
        rises += u32::from(over);
        seen_by_both += u32::from(after == [true; 2] && before != after);
    }
    assert!(rises >= 12 && seen_by_both >= 6, "{rises}, {seen_by_both}");
}

#[test]
fn ramps_have_a_tenth_of_what_is_tolerated_where_rows_are_short() {
    let mut detector = Detector::new();
    for (minutes, others) in [(1, 0.9), (15, 0.9), (30, 1.0), (60, 1.0)] {
        detector.set_pace(Span::minutes(minutes), 1.0);
        let Pace { threshold, open, .. } = detector.pace;
        let wanted = detector.tolerance.threshold(others, open);
        assert!((threshold - wanted).abs() < 1e-12, "{minutes}: {threshold}, not {wanted}");
    }
}

#[test]
fn a_queue_fits_in_sixteen_kibibytes() {
    let mut queue = Queue::new(31, MINUTE, 30.0, (0, 1_440));
    queue.calm_days(1);
    let bytes = size_of::<Detector>() + Profile::boxed_bytes();
    assert!(bytes <= 16 * 1_024, "{bytes} bytes");
}

fn bank() -> Option<Vec<(Timestamp, u32)>> {
    let shared = std::env::var_os("CALLSURGE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let path = shared.join("data/bank_calls/bank_calls_5min.csv");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return None;
    };
    let parse = |line: &str| {
        let (stamp, calls) = line.split_once(',').expect("two columns");
        let at = Timestamp::parse_rfc3339(&format!("{stamp}Z")).expect("a stamp");
        (at, calls.parse().expect("a count"))
    };
    Some(text.lines().skip(1).map(parse).collect())
}

/// First and last row end at which the verdict is `Surge`, run by run.
fn bank_surges() -> Option<Vec<(Timestamp, Timestamp)>> {
    let mut detector = Detector::new();
    let mut runs: Vec<(Timestamp, Timestamp)> = Vec::new();
    let mut surge = false;
    for (start, calls) in bank()? {
        let interval = row(start, Span::minutes(5), calls);
        let now = detector.judge(&interval, 1.0).is_surge();
        match runs.last_mut() {
            Some(run) if surge && now => run.1 = interval.end,
            Some(_) | None if now => runs.push((interval.end, interval.end)),
            Some(_) | None => {}
        }
        surge = now;
    }
    Some(runs)
}

#[test]
fn surges_of_a_bank_are_found() {
    let Some(runs) = bank_surges() else { return };
    let at = |text: &str| Timestamp::parse_rfc3339(text).expect("valid");
    let run_from = |from: &str| {
        let from = at(from);
        let begun = runs.iter().find(|run| run.0 >= from).expect("found");
        assert!(begun.0 - from <= Span::minutes(25), "{} after {from}", begun.0);
        *begun
    };
    let (begun, last) = run_from("2003-06-04T11:40:00Z");
    assert!(last - begun >= Span::minutes(30), "from {begun} to {last}");
    run_from("2003-06-06T12:40:00Z");
    let end = at("2003-06-04T13:30:00Z");
    assert!(!runs.iter().any(|run| run.0 <= end && run.1 > end), "{runs:?}");

    let days = |from: &str, to: &str| {
        let mut days: Vec<_> =
            runs.iter().filter(|run| run.0 >= at(from) && run.0 < at(to)).collect();
        days.dedup_by_key(|run| run.0.floor(Span::hours(24)));
        days.len()
    };
    // The two known surges and at most two other days.
    let june = days("2003-06-01T00:00:00Z", "2003-07-01T00:00:00Z");
    assert!(june <= 4, "{june} days of June: {runs:?}");
    let months = days("2003-03-03T00:00:00Z", "2003-06-01T00:00:00Z");
    assert!(months <= 8, "{months} days of spring: {runs:?}");
}
