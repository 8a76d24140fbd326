//! The simulated centre keeps its books and has the statistics it promises.

mod script;

use callsurge::engine::command::Level;
use callsurge::engine::observation::{CallKey, CallKind};
use callsurge::engine::time::{Span, Timestamp};
use callsurge::sim::{Centre, CentreConfig, Hours, SimEvent, Storm};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Tuesday 2026-03-10, 09:40 in Shanghai.
fn start() -> Timestamp {
    Timestamp::parse_rfc3339("2026-03-10T09:40:00+08:00").expect("an instant")
}

/// A storm with help at each level, so that every path of the clockwork runs.
fn stormy_day(seed: u64) -> (Centre, Vec<SimEvent>) {
    let storm = Storm {
        start: start() + Span::minutes(20),
        ramp: Span::minutes(2),
        peak: 2.0,
        plateau: Span::minutes(60),
        decay: Span::minutes(30),
        talk_factor: 1.2,
        talk_lead: Span::minutes(5),
    };
    let config = CentreConfig { storms: vec![storm], ..CentreConfig::bank(start()) };
    let mut centre = Centre::new(seed, config);
    let mut events = Vec::new();
    centre.advance(start() + Span::minutes(30), &mut events);
    for level in [Level::L1, Level::L2, Level::L3] {
        let delays: Vec<_> = (0..20).map(|_| centre.travel_time(level)).collect();
        centre.recall(level, &delays);
    }
    centre.advance(start() + Span::hours(2), &mut events);
    for level in [Level::L3, Level::L2, Level::L1] {
        centre.release(level);
    }
    centre.advance(start() + Span::hours(13), &mut events);
    (centre, events)
}

fn hash(events: &[SimEvent]) -> Vec<u8> {
    Sha256::digest(format!("{events:?}").as_bytes()).to_vec()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn covariance(a: &[f64], b: &[f64]) -> f64 {
    let (ma, mb) = (mean(a), mean(b));
    a.iter().zip(b).map(|(x, y)| (x - ma) * (y - mb)).sum::<f64>() / (a.len() - 1) as f64
}

fn variance(values: &[f64]) -> f64 {
    covariance(values, values)
}

/// Five-minute counts of the open hours, one row per past Tuesday to Friday.
fn weekdays(seed: u64, weeks: u32) -> Vec<Vec<f64>> {
    let at = Timestamp::parse_rfc3339("2026-03-09T00:00:00+08:00").expect("an instant");
    let centre = Centre::new(seed, CentreConfig::bank(at));
    let mut days: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    let mut last = None;
    for (_, row) in centre.history(weeks, 5) {
        let minutes = (row.start - at).as_millis() / 60_000;
        let (day, minute) = (minutes.div_euclid(1_440), minutes.rem_euclid(1_440));
        // Day 0 is a Monday.
        if !(1..5).contains(&day.rem_euclid(7)) || !(420..1_260).contains(&minute) {
            continue;
        }
        let counts = days.entry(day).or_default();
        if last != Some(row.start) {
            counts.push(0.0);
        }
        last = Some(row.start);
        *counts.last_mut().expect("a row began a slot") += f64::from(row.tally.offered);
    }
    days.into_values().collect()
}

#[test]
fn arrivals_scatter_as_a_real_bank_reports() {
    let days = weekdays(7, 52);
    let slots = days[0].len();
    assert_eq!((days.len(), slots), (208, 168));
    let slot = |s: usize| days.iter().map(|d| d[s]).collect::<Vec<_>>();
    let means: Vec<f64> = (0..slots).map(|s| mean(&slot(s))).collect();
    assert!((mean(&means) - 190.0).abs() < 8.0, "mean {}", mean(&means));

    let about_slot = mean(&(0..slots).map(|s| variance(&slot(s)) / means[s]).collect::<Vec<_>>());
    assert!((1.8..2.5).contains(&about_slot), "variance over mean {about_slot}");

    let factors: Vec<f64> =
        days.iter().map(|d| d.iter().sum::<f64>() / means.iter().sum::<f64>()).collect();
    let residual = days
        .iter()
        .zip(&factors)
        .flat_map(|(d, f)| d.iter().zip(&means).map(move |(x, m)| (x - f * m).powi(2) / (f * m)));
    let after_day = residual.sum::<f64>() / (days.len() * slots) as f64;
    assert!((1.2..1.5).contains(&after_day), "variance over mean after a day factor {after_day}");
}

#[test]
fn days_are_busy_or_quiet_and_remember_the_day_before() {
    let days = weekdays(11, 200);
    let sums: Vec<f64> = days.iter().map(|d| d.iter().sum()).collect();
    let factors: Vec<f64> = sums.iter().map(|s| s / mean(&sums)).collect();
    let sd = variance(&factors).sqrt();
    assert!((0.057..0.072).contains(&sd), "sd of the day factor {sd}");
    // Tuesday to Friday: three pairs of successive days a week.
    let (before, after): (Vec<f64>, Vec<f64>) =
        factors.chunks(4).flat_map(|week| week.windows(2).map(|w| (w[0], w[1]))).unzip();
    let correlation = covariance(&before, &after) / (variance(&before) * variance(&after)).sqrt();
    assert!((0.50..0.72).contains(&correlation), "correlation of days {correlation}");
}

#[test]
fn no_call_is_lost_and_no_agent_serves_two() {
    let (centre, events) = stormy_day(3);
    let mut waiting: BTreeMap<CallKey, usize> = BTreeMap::new();
    let mut talking: BTreeMap<u32, CallKey> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let (mut offered, mut answered, mut abandoned) = (0_usize, 0_usize, 0_usize);
    let mut last = start();
    for event in &events {
        assert!(event.at() >= last, "events come in order of time");
        last = event.at();
        let SimEvent::Call { queue, event, agent } = *event else { continue };
        match event.kind {
            CallKind::Offered => {
                offered += 1;
                assert!(seen.insert(event.call), "a call id is used once");
                waiting.insert(event.call, queue);
            }
            CallKind::Answered => {
                answered += 1;
                assert_eq!(waiting.remove(&event.call), Some(queue));
                assert_eq!(talking.insert(agent.unwrap(), event.call), None);
            }
            CallKind::Abandoned => {
                abandoned += 1;
                assert_eq!(waiting.remove(&event.call), Some(queue));
            }
            CallKind::Completed { .. } => {
                assert_eq!(talking.remove(&agent.unwrap()), Some(event.call));
            }
            CallKind::Refused | CallKind::Exited(_) => unreachable!("not simulated"),
        }
    }
    assert!(abandoned > 500, "the storm was one: {abandoned} abandoned");
    assert_eq!(offered, answered + abandoned + waiting.len());
    let in_line: usize = (0..3).map(|q| centre.waiting(q)).sum();
    assert_eq!(waiting.len(), in_line);
    assert_eq!(centre.extra_heads(Level::L1), 0, "released people have gone");
}

#[test]
fn snapshots_agree_with_the_events() {
    let (_, events) = stormy_day(5);
    let (mut waiting, mut talking) = ([0_i64; 3], [0_i64; 3]);
    let mut snapshots = 0;
    for event in &events {
        match *event {
            SimEvent::Call { queue, event, .. } => match event.kind {
                CallKind::Offered => waiting[queue] += 1,
                CallKind::Answered => {
                    waiting[queue] -= 1;
                    talking[queue] += 1;
                }
                CallKind::Abandoned => waiting[queue] -= 1,
                CallKind::Completed { .. } => talking[queue] -= 1,
                CallKind::Refused | CallKind::Exited(_) => unreachable!("not simulated"),
            },
            SimEvent::Snapshot { queue, snapshot } => {
                snapshots += 1;
                assert_eq!(snapshot.waiting.map(i64::from), Some(waiting[queue]));
                assert_eq!(snapshot.talking.map(i64::from), Some(talking[queue]));
                let busy = snapshot.talking.unwrap() + snapshot.after_call_work.unwrap();
                assert_eq!(busy + snapshot.available.unwrap(), snapshot.logged_in.unwrap());
            }
            SimEvent::ExtraStaff { .. } => {}
        }
    }
    assert_eq!(snapshots, 3 * 13 * 240);
}

#[test]
fn the_same_seed_gives_the_same_events() {
    let (_, first) = stormy_day(9);
    let (_, again) = stormy_day(9);
    let (_, other) = stormy_day(10);
    assert_eq!(first, again);
    assert_eq!(hash(&first), hash(&again));
    assert_ne!(hash(&first), hash(&other));
}

#[test]
fn the_step_of_advancing_changes_nothing() {
    let run = |step: Span| {
        let mut centre = Centre::new(1, CentreConfig::bank(start()));
        let mut events = Vec::new();
        let mut at = start();
        while at < start() + Span::hours(1) {
            at = at + step;
            centre.advance(at, &mut events);
        }
        events
    };
    assert_eq!(run(Span::secs(1)), run(Span::hours(1)));
}

#[test]
fn history_covers_closed_hours_with_zeros_and_ends_at_the_start() {
    let centre = Centre::new(1, CentreConfig::bank(start()));
    let rows: Vec<_> = centre.history(1, 5).collect();
    assert_eq!(rows.len(), 3 * 7 * 288);
    assert_eq!(rows.last().unwrap().1.end, start());
    let night = Timestamp::parse_rfc3339("2026-03-10T03:00:00+08:00").unwrap();
    let closed: Vec<_> = rows.iter().filter(|(_, row)| row.start == night).collect();
    assert_eq!(closed.len(), 3);
    assert!(closed.iter().all(|(_, row)| row.tally.offered == 0));

    let around = CentreConfig { hours: Hours::AllDay, ..CentreConfig::bank(start()) };
    let rows = Centre::new(1, around).history(1, 60);
    assert!(rows.map(|(_, row)| row.tally.offered).filter(|&n| n == 0).count() < 10);
}

#[test]
fn a_summer_hour_is_skipped_and_an_autumn_hour_repeated() {
    let at = Timestamp::parse_rfc3339("2026-04-06T00:00:00+02:00").unwrap();
    let config = CentreConfig { timezone: chrono_tz::Tz::Europe__Berlin, ..CentreConfig::bank(at) };
    let opening = |day: &str| {
        let day = Timestamp::parse_rfc3339(day).unwrap();
        let rows = Centre::new(2, config.clone()).history(2, 60);
        let first = rows.map(|(_, row)| row).find(|r| r.start >= day && r.tally.offered > 0);
        first.unwrap().start
    };
    let t = |text| Timestamp::parse_rfc3339(text).unwrap();
    assert_eq!(opening("2026-03-28T00:00:00Z"), t("2026-03-28T06:00:00Z"));
    assert_eq!(opening("2026-03-29T00:00:00Z"), t("2026-03-29T05:00:00Z"));
}

#[test]
fn an_ordinary_day_loses_few_calls() {
    let at = Timestamp::parse_rfc3339("2026-03-09T00:00:00+08:00").unwrap();
    let config = CentreConfig { calls_per_5_minutes: 210.0, ..CentreConfig::bank(at) };
    let mut centre = Centre::new(4, config);
    let mut events = Vec::new();
    centre.advance(at + Span::hours(24), &mut events);
    let calls = events
        .iter()
        .filter(|e| matches!(e, SimEvent::Call { event, .. } if event.kind == CallKind::Offered));
    let calls = calls.count();
    assert!((36_000..46_000).contains(&calls), "{calls} calls");
    let abandoned = events
        .iter()
        .filter(|e| matches!(e, SimEvent::Call { event, .. } if event.kind == CallKind::Abandoned));
    let abandoned = abandoned.count();
    assert!(abandoned * 50 < calls, "{abandoned} of {calls} abandoned on an ordinary day");
}
