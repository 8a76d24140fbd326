//! What the profile learns of ordinary days, and what special days teach it.

use super::*;
use crate::engine::calendar::DayKind;
use proptest::prelude::*;

/// Monday, 2026-01-05.
const MONDAY: i32 = 20_458;

fn at(date: Date, minute: f64, minutes: f64) -> Stretch {
    Stretch { date, minute, minutes }
}

/// A profile taught five weeks of rows of a quarter of an hour.
fn taught() -> Profile {
    taught_by(42, |_| DayKind::Ordinary)
}

fn taught_by(mut dice: u64, kind: impl Fn(i32) -> DayKind) -> Profile {
    let mut profile = Profile::new();
    for day in MONDAY..MONDAY + 35 {
        let date = Date { day, kind: kind(day) };
        for quarter in 0..96 {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            let hour = (quarter as f64 / 4.0 - 12.0).abs();
            let calls = (20.0 - hour) * if (day - MONDAY) % 7 > 4 { 0.4 } else { 1.0 };
            let calls = (calls + (dice % 9) as f64).round();
            profile.turn(date);
            profile.add(at(date, f64::from(quarter) * 15.0, 15.0), calls);
        }
    }
    profile.turn(Date::ordinary(MONDAY + 35));
    profile
}

/// FNV-1a of what is forecast for the rows of a week.
fn print(profile: &Profile) -> u64 {
    let mut print = 0xcbf2_9ce4_8422_2325_u64;
    for day in MONDAY + 35..MONDAY + 42 {
        for slot in 0..288 {
            let known = profile.forecast_of(at(Date::ordinary(day), f64::from(slot) * 5.0, 5.0));
            let (calls, _) = known.expect("every slot is known");
            for byte in calls.to_bits().to_le_bytes() {
                print = (print ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
            }
        }
    }
    print
}

/// The value is of the profile before it knew any special day.
#[test]
fn without_special_days_every_bit_is_as_before() {
    assert_eq!(print(&taught()), 16_926_854_251_848_759_642);
}

proptest! {
    /// A make-up workday on a weekday is that weekday; special days that no row belongs to change
    /// nothing.
    #[test]
    fn a_workday_of_the_week_is_ordinary(seed in 1..u64::MAX, marked in prop::collection::vec(any::<bool>(), 35)) {
        let kind = |day: i32| {
            let weekend = (day - MONDAY) % 7 > 4;
            if marked[(day - MONDAY) as usize] && !weekend { DayKind::Workday } else { DayKind::Ordinary }
        };
        let (plain, marked) = (taught_by(seed, |_| DayKind::Ordinary), taught_by(seed, kind));
        prop_assert_eq!(print(&plain), print(&marked));
    }
}

/// Weeks, slots and factors that holidays of any volume leave as they were.
#[test]
fn a_holiday_teaches_the_factor_of_holidays_and_nothing_else() {
    let (mut plain, mut profile) = (taught(), taught());
    for (n, calls) in [(0, 3.0), (1, 0.0), (2, 400.0)] {
        let date = Date { day: MONDAY + 35 + n, kind: DayKind::Holiday };
        profile.turn(date);
        for quarter in 0..96 {
            profile.add(at(date, f64::from(quarter) * 15.0, 15.0), calls);
        }
    }
    for profile in [&mut plain, &mut profile] {
        profile.turn(Date::ordinary(MONDAY + 42));
    }
    assert_ne!(profile.holiday.to_bits(), plain.holiday.to_bits());
    assert_eq!(profile.holidays, 3);
    (profile.holiday, profile.holidays) = (plain.holiday, plain.holidays);
    assert_eq!(profile, plain);
}

/// The day turns out to be a holiday after some of its rows: what was counted stays.
#[test]
fn the_kind_of_the_running_day_may_change() {
    let mut profile = taught();
    let day = MONDAY + 35;
    profile.add(at(Date::ordinary(day), 600.0, 15.0), 20.0);
    let holiday = Date { day, kind: DayKind::Holiday };
    profile.turn(holiday);
    profile.add(at(holiday, 615.0, 15.0), 20.0);
    let sunday = profile.forecast_of(at(Date::ordinary(day + 6), 720.0, 5.0)).expect("known");
    assert_eq!(profile.expected(at(holiday, 720.0, 5.0)).map(|e| e.calls), Some(sunday.0));
    assert_eq!(profile.day.iter().filter(|slot| slot.cover > 0.0).count(), 6);
}

/// A profile of four weeks of two calls in each slot, but none in these slots of Mondays.
fn empty_on_mondays(slots: std::ops::Range<usize>) -> Profile {
    let mut profile = Profile::new();
    for day in 0..28 {
        let date = Date::ordinary(MONDAY + day);
        for slot in 0..DAY_SLOTS {
            let empty = day % 7 == 0 && slots.contains(&slot);
            profile.turn(date);
            profile.add(at(date, slot as f64 * 5.0, 5.0), if empty { 0.0 } else { 2.0 });
        }
    }
    profile.turn(Date::ordinary(MONDAY + 28));
    profile
}

fn expected_on_monday(profile: &Profile, slot: usize) -> f64 {
    let date = Date::ordinary(MONDAY + 28);
    profile.expected(at(date, slot as f64 * 5.0, 5.0)).map_or(0.0, |expected| expected.calls)
}

#[test]
fn a_slot_of_a_thin_queue_that_was_empty_by_chance_is_not_closed() {
    let calls = expected_on_monday(&empty_on_mondays(100..101), 100);
    assert!((1.0..=2.0).contains(&calls), "{calls}");
}

#[test]
fn half_an_hour_that_was_empty_on_one_weekday_is_closed_on_it() {
    let profile = empty_on_mondays(100..106);
    for slot in 100..106 {
        let calls = expected_on_monday(&profile, slot);
        assert!(calls <= 0.0, "{calls}");
    }
    assert!(expected_on_monday(&profile, 99) > 1.0);
}

/// A profile of six days from 7 o'clock on, with zeros told before.
fn opens_at_seven(calls: f64) -> Profile {
    let mut profile = Profile::new();
    for day in MONDAY..MONDAY + 6 {
        profile.turn(Date::ordinary(day));
        for slot in 0..DAY_SLOTS {
            let calls = if slot < 84 { 0.0 } else { calls };
            profile.add(at(Date::ordinary(day), slot as f64 * 5.0, 5.0), calls);
        }
    }
    profile.turn(Date::ordinary(MONDAY + 6));
    profile
}

#[test]
fn the_half_hour_before_an_opening_is_closed_from_the_first_week_on() {
    for calls in [16.0, 4.0] {
        let profile = opens_at_seven(calls);
        let expected = |slot: usize| {
            let at = at(Date::ordinary(MONDAY + 6), slot as f64 * 5.0, 5.0);
            profile.expected(at).map_or(-1.0, |expected| expected.calls)
        };
        for slot in 0..84 {
            assert!(expected(slot).abs() < 1e-9, "{calls}: {slot}: {}", expected(slot));
        }
        // And nothing of the night is in the first open slots.
        let first = expected(84) / expected(150);
        assert!((first - 1.0).abs() < 1e-3, "{calls}: {first}");
    }
}

/// A profile of days from 8 to 18 of this many calls in each slot; what an alarm withholds is told
/// beside the calls. `None` where no row comes.
fn taught_days(days: i32, row: impl Fn(i32, usize) -> Option<(f64, bool)>) -> Profile {
    let mut profile = Profile::new();
    for day in 0..days {
        let date = Date::ordinary(MONDAY + day);
        profile.turn(date);
        for slot in 0..DAY_SLOTS {
            let at = at(date, slot as f64 * 5.0, 5.0);
            match row(day, slot) {
                Some((calls, true)) => profile.add_withheld(at, calls),
                Some((calls, false)) => profile.add(at, calls),
                None => {}
            }
        }
    }
    profile
}

/// Calls expected of a slot of a day.
fn expected_on(profile: &mut Profile, day: i32, slot: usize) -> f64 {
    let date = Date::ordinary(MONDAY + day);
    profile.turn(date);
    profile.expected(at(date, slot as f64 * 5.0, 5.0)).map_or(f64::NAN, |expected| expected.calls)
}

const EIGHT: usize = 8 * 12;
const EIGHTEEN: usize = 18 * 12;

fn open(slot: usize) -> Option<(f64, bool)> {
    (EIGHT..EIGHTEEN).contains(&slot).then_some((50.0, false))
}

#[test]
fn a_first_monday_that_was_a_holiday_is_forgotten_with_the_second() {
    for share in [0.1, 0.3, 3.0] {
        let mut profile = taught_days(14, |day, slot| {
            let times = if day == 0 { share } else { 1.0 };
            open(slot).map(|(calls, _)| (calls * times, false))
        });
        let calls = expected_on(&mut profile, 14, 120);
        assert!((45.0..=55.0).contains(&calls), "{share}: {calls}");
    }
}

#[test]
fn a_first_weekend_that_is_quiet_stays_so() {
    let mut profile = taught_days(14, |day, slot| {
        let times = if day % 7 > 4 { 0.3 } else { 1.0 };
        open(slot).map(|(calls, _)| (calls * times, false))
    });
    let calls = expected_on(&mut profile, 19, 120);
    assert!((14.0..=16.0).contains(&calls), "{calls}");
}

/// From the ninth week on Tuesdays have twice the calls from 10 to 11, an alarm that is seen after
/// two rows.
#[test]
fn an_alarm_of_three_tuesdays_is_a_habit() {
    let newsletter = |day: i32, slot: usize| {
        let on = day >= 56 && day % 7 == 1 && (120..132).contains(&slot);
        open(slot).map(|(calls, _)| if on { (2.0 * calls, slot >= 122) } else { (calls, false) })
    };
    let mut two = taught_days(56 + 9, newsletter);
    assert!(expected_on(&mut two, 71, 126) < 55.0);
    let mut three = taught_days(56 + 16, newsletter);
    // Edges are smoothed.
    for (slot, least) in [(122, 80.0), (126, 90.0), (130, 80.0)] {
        let calls = expected_on(&mut three, 78, slot);
        assert!((least..=105.0).contains(&calls), "{slot}: {calls}");
    }
    let calls = expected_on(&mut three, 79, 126);
    assert!((45.0..=55.0).contains(&calls), "Wednesday: {calls}");
}

#[test]
fn alarms_of_two_tuesdays_and_a_quiet_one_between_are_none() {
    let on = |day: i32| [57, 64, 78].contains(&day);
    let mut profile = taught_days(84, |day, slot| {
        let surge = on(day) && (120..132).contains(&slot);
        open(slot).map(|(calls, _)| if surge { (2.0 * calls, true) } else { (calls, false) })
    });
    assert!(expected_on(&mut profile, 85, 126) < 55.0);
}

#[test]
fn a_weekday_that_is_an_alarm_three_times_has_changed() {
    let mut profile = taught_days(56 + 15, |day, slot| {
        let on = day >= 56 && day % 7 == 0;
        open(slot).map(|(calls, _)| if on { (1.6 * calls, true) } else { (calls, false) })
    });
    let calls = expected_on(&mut profile, 77, 126);
    assert!((76.0..=84.0).contains(&calls), "{calls}");
}

/// Weekdays from 7 to 20, Saturdays from 9 to 14, rows of zero else.
#[test]
fn hours_that_are_closed_on_one_weekday_do_not_lower_its_others() {
    let mut profile = taught_days(70, |day, slot| {
        let hours = match day % 7 {
            5 => 108..168,
            6 => 0..0,
            _ => 84..240,
        };
        let calls = if day % 7 == 5 { 30.0 } else { 50.0 };
        Some((if hours.contains(&slot) { calls } else { 0.0 }, false))
    });
    for (slot, wanted) in [(108, 30.0), (140, 30.0), (167, 30.0), (168, 0.0), (107, 0.0)] {
        let calls = expected_on(&mut profile, 75, slot);
        assert!((calls - wanted).abs() <= 0.06 * wanted, "{slot}: {calls} for {wanted}");
    }
}
