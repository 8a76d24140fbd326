//! Rules of law and courtesy, one at a time and all at once.

use super::*;
use crate::engine::time::Span;
use crate::roster::{Contact, Facts, Kind, Ledger, Verification};
use chrono_tz::Tz;
use proptest::prelude::*;

/// An instant in Shanghai.
fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(&format!("{text}:00+08:00")).expect("an instant")
}

fn period(from: &str, until: &str) -> Period {
    Period::new(at(from), at(until)).expect("has a length")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn contact(verified: bool, blocked: bool) -> Contact {
    let verified_on = day("2026-11-01");
    Contact {
        kind: Kind::Sms,
        verification: if verified {
            Verification::Attested { verified_on }
        } else {
            Verification::Unverified
        },
        blocked_since: blocked.then(|| at("2026-11-02T00:00")),
    }
}

fn fresh() -> Person {
    Person {
        id: PersonId(7),
        facts: Facts {
            tiers: BTreeSet::from([Tier::Standby]),
            sites: BTreeSet::from(["东区".to_owned()]),
            skills: BTreeSet::from(["orders".to_owned()]),
            promise_minutes: Some(60),
            language: None,
            timezone: Tz::Asia__Shanghai,
            rotation: 0,
            quiet: None,
            opted_out: false,
        },
        contacts: vec![contact(true, false)],
        shifts: Vec::new(),
        leave: Vec::new(),
        ledger: Ledger::default(),
    }
}

/// Saturday evening, four hours.
fn ask() -> Ask {
    Ask {
        tier: Tier::Standby,
        skill: Some("orders".to_owned()),
        site: None,
        work: period("2026-11-28T18:00", "2026-11-28T22:00"),
        grounds: Grounds::Special,
        engaged: BTreeSet::new(),
        lift: None,
    }
}

fn law() -> LegalProfile {
    LegalProfile::cn().expect("the shipped table")
}

const NOW: &str = "2026-11-28T17:00";

fn judge(person: &Person, ask: &Ask) -> Vec<Why> {
    match eligibility(person, ask, at(NOW), &law()) {
        Standing::Eligible { .. } => Vec::new(),
        Standing::Excluded(why) => why,
    }
}

#[track_caller]
fn check(change: impl FnOnce(&mut Person, &mut Ask), wanted: &[Why]) {
    let (mut person, mut ask) = (fresh(), ask());
    change(&mut person, &mut ask);
    assert_eq!(judge(&person, &ask), wanted);
}

#[test]
fn who_is_free_and_fit_may_be_asked() {
    check(|_, _| {}, &[]);
}

#[test]
fn who_cannot_help_is_told_apart() {
    check(|_, ask| ask.tier = Tier::Functional, &[Why::WrongTier { asked: Tier::Functional }]);
    check(|_, ask| ask.skill = Some("售后".into()), &[Why::LacksSkill { skill: "售后".into() }]);
    check(|_, ask| ask.site = Some("西区".into()), &[Why::OtherSite { site: "西区".into() }]);
    check(|_, ask| ask.engaged = BTreeSet::from([PersonId(7)]), &[Why::Engaged]);
    check(|person, _| person.facts.opted_out = true, &[Why::OptedOut]);
}

#[test]
fn contacts_have_to_be_known_to_reach() {
    check(|person, _| person.contacts.clear(), &[Why::NoVerifiedContact]);
    check(|person, _| person.contacts = vec![contact(false, false)], &[Why::NoVerifiedContact]);
    check(|person, _| person.contacts = vec![contact(true, true)], &[Why::ContactBlocked]);
    check(
        |person, _| person.contacts = vec![contact(false, true)],
        &[Why::NoVerifiedContact, Why::ContactBlocked],
    );
    check(|person, _| person.contacts.push(contact(true, true)), &[]);
}

#[test]
fn leave_and_shifts() {
    check(
        |person, _| person.leave = vec![period("2026-11-28T00:00", "2026-12-01T00:00")],
        &[Why::OnLeave { until: at("2026-12-01T00:00") }],
    );
    let on_shift = |person: &mut Person, _: &mut Ask| {
        person.shifts = vec![period("2026-11-28T14:00", "2026-11-28T22:00")];
    };
    check(on_shift, &[Why::OnShift { until: at("2026-11-28T22:00") }]);
    check(
        |person, ask| {
            on_shift(person, ask);
            person.facts.tiers.insert(Tier::Inside);
            ask.tier = Tier::Inside;
        },
        &[],
    );
}

#[test]
fn rest_before_and_after() {
    let night = |from, until| {
        move |person: &mut Person, _: &mut Ask| {
            person.shifts = vec![period(from, until)];
        }
    };
    let day = Why::DayOvertime { day: day("2026-11-28"), minutes: 240, minutes_max: 180 };
    check(night("2026-11-27T23:00", "2026-11-28T07:00"), std::slice::from_ref(&day));
    check(
        night("2026-11-27T23:01", "2026-11-28T07:01"),
        &[Why::RestTooShort { until: at("2026-11-28T18:01") }, day],
    );
    check(
        night("2026-11-29T08:00", "2026-11-29T16:00"),
        &[Why::RestBeforeShift { shift: at("2026-11-29T08:00"), leave_by: at("2026-11-28T21:00") }],
    );
    check(night("2026-11-29T09:00", "2026-11-29T17:00"), &[]);
    check(
        |person, _| person.ledger.ended(at("2026-11-28T12:00")),
        &[Why::RestTooShort { until: at("2026-11-28T23:00") }],
    );
}

#[test]
fn a_shift_may_be_prolonged_by_the_hours_of_article_41() {
    let late = |minutes: i64, grounds: Grounds| {
        let mut person = fresh();
        person.facts.tiers.insert(Tier::Functional);
        person.shifts = vec![period("2026-11-28T09:00", "2026-11-28T18:00")];
        let mut ask = Ask { tier: Tier::Functional, grounds, ..ask() };
        ask.work.until = ask.work.from + Span::minutes(minutes);
        judge(&person, &ask)
    };
    let over =
        |minutes, minutes_max| [Why::DayOvertime { day: day("2026-11-28"), minutes, minutes_max }];
    assert_eq!(late(60, Grounds::Ordinary), []);
    assert_eq!(late(61, Grounds::Ordinary), over(61, 60));
    assert_eq!(late(180, Grounds::Special), []);
    assert_eq!(late(181, Grounds::Special), over(181, 180));
    assert_eq!(late(300, Grounds::Emergency { reason: "地震".into() }), []);
}

#[test]
fn a_month_has_36_hours_and_a_rest_day_eight() {
    let worked = |minutes| {
        move |person: &mut Person, _: &mut Ask| {
            person.ledger.add(day("2026-11-03"), minutes);
        }
    };
    check(worked(32 * 60), &[]);
    let month = Why::MonthOvertime { day: day("2026-11-28"), minutes: 2_161, minutes_max: 2_160 };
    check(worked(32 * 60 + 1), &[month]);
    check(
        |_, ask| ask.work = period("2026-11-28T10:00", "2026-11-28T18:30"),
        &[Why::DayOvertime { day: day("2026-11-28"), minutes: 510, minutes_max: 480 }],
    );
    check(|_, ask| ask.work = period("2026-11-28T20:00", "2026-11-29T04:30"), &[]);
}

#[test]
fn work_over_the_end_of_a_month_is_booked_to_both() {
    check(
        |person, ask| {
            ask.work = period("2026-11-30T20:00", "2026-12-01T04:00");
            person.ledger.add(day("2026-11-05"), 33 * 60);
            person.ledger.add(day("2026-12-20"), 32 * 60 + 1);
        },
        &[
            Why::MonthOvertime { day: day("2026-11-30"), minutes: 37 * 60, minutes_max: 2_160 },
            Why::MonthOvertime { day: day("2026-12-01"), minutes: 2_161, minutes_max: 2_160 },
        ],
    );
}

#[test]
fn one_day_of_the_week_stays_free() {
    let days = |free: &'static [u32]| {
        move |person: &mut Person, _: &mut Ask| {
            let shifts = (23..30).filter(|d| !free.contains(d));
            person.shifts = shifts
                .map(|d| period(&format!("2026-11-{d}T09:00"), &format!("2026-11-{d}T17:00")))
                .collect();
        }
    };
    check(days(&[28, 29]), &[]);
    let week = day("2026-11-23");
    check(days(&[28]), &[Why::WeeklyRest { week, days: 0, days_min: 1 }]);
}

#[test]
fn quiet_hours_hold_when_the_telephone_would_ring() {
    let quiet = |pierce| {
        move |person: &mut Person, _: &mut Ask| {
            let mut hours: crate::roster::QuietHours = "16:30-17:30".parse().expect("hours");
            hours.pierce = pierce;
            person.facts.quiet = Some(hours);
        }
    };
    check(quiet(false), &[Why::QuietHours { until: at("2026-11-28T17:30") }]);
    check(quiet(true), &[]);
}

#[test]
fn every_reason_is_told_and_only_rules_can_be_lifted() {
    let mut person = fresh();
    person.facts.opted_out = true;
    person.facts.quiet = Some("12:00-20:00".parse().expect("hours"));
    person.contacts.clear();
    person.ledger.ended(at("2026-11-28T12:00"));
    person.ledger.add(day("2026-11-28"), 300);
    person.ledger.add(day("2026-11-20"), 2_000);
    for n in 23..30 {
        person.ledger.add(day(&format!("2026-11-{n}")), 1);
    }
    let mut ask = Ask { skill: Some("售后".into()), ..ask() };
    let rules = [Rule::Rest, Rule::DayOvertime, Rule::MonthOvertime, Rule::WeeklyRest];
    let told = judge(&person, &ask);
    assert_eq!(told.len(), 8, "{told:?}");
    let lifted: BTreeSet<_> = told.iter().filter_map(Why::rule).collect();
    assert_eq!(lifted, rules.into_iter().chain([Rule::QuietHours]).collect());

    ask.lift = Some(Lift { rules: lifted, reason: "台风，全员到岗".into() });
    let kept = [Why::LacksSkill { skill: "售后".into() }, Why::OptedOut, Why::NoVerifiedContact];
    assert_eq!(judge(&person, &ask), kept);

    person.facts.opted_out = false;
    person.contacts = vec![contact(true, false)];
    ask.skill = None;
    let Standing::Eligible { lifted: Some((off, reason)) } =
        eligibility(&person, &ask, at(NOW), &law())
    else {
        panic!("the commander lifted what was left")
    };
    assert_eq!((off.len(), &*reason), (5, "台风，全员到岗"));
    let new = fresh();
    let free = eligibility(&new, &Ask { skill: None, ..ask }, at(NOW), &law());
    assert_eq!(free, Standing::Eligible { lifted: None }, "nothing was in the way");
}

proptest! {
    /// Rest is so many hours that pass, whatever the clock on the wall does meanwhile.
    #[test]
    fn rest_is_elapsed_time_in_every_zone(
        hour in 0..(366 * 24i64), gap_minutes in 1..(20 * 60i64),
        zone in prop::sample::select(vec![Tz::Asia__Shanghai, Tz::Europe__Berlin, Tz::Australia__Lord_Howe]),
    ) {
        let mut person = fresh();
        person.facts.timezone = zone;
        let end = at("2026-01-01T00:00") + Span::hours(hour);
        person.shifts = vec![Period { from: end - Span::hours(8), until: end }];
        let from = end + Span::minutes(gap_minutes);
        let work = Period { from, until: from + Span::hours(1) };
        let why = judge(&person, &Ask { work, ..ask() });
        let short = Why::RestTooShort { until: end + Span::hours(11) };
        prop_assert_eq!(why.contains(&short), gap_minutes < 11 * 60);
    }

    /// Overtime of the days is all that was asked for outside of shifts, no minute more.
    #[test]
    fn overtime_is_booked_once(
        start in 0..(366 * 96i64), length in 1..96i64, shift in -96..96i64, shift_length in 1..48i64,
    ) {
        let mut person = fresh();
        person.facts.timezone = Tz::Europe__Berlin;
        let quarter = |n: i64| at("2026-01-01T00:00") + Span::minutes(15 * n);
        let work = Period { from: quarter(start), until: quarter(start + length) };
        let from = quarter(start + shift);
        person.shifts = vec![Period { from, until: from + Span::minutes(15 * shift_length) }];
        let overtime: u32 = Overtime::of(&person, work).days.values().sum();
        let both = (shift + shift_length).min(length) - shift.max(0);
        prop_assert_eq!(i64::from(overtime), 15 * (length - both.max(0)));
    }
}
