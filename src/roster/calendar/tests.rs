//! Calendars as programs export them, and broken ones.

use super::*;
use crate::engine::time::Timestamp;
use crate::roster::plan::{KnownContact, Plan};
use crate::roster::{store::Known, table};
use proptest::prelude::*;

fn key() -> RosterKey {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("key");
    std::fs::write(&path, "0123456789abcdef0123456789abcdef").expect("written");
    RosterKey::fetch(&crate::config::SecretSource::File(path)).expect("a key")
}

/// Two people: one in Shanghai, one in Berlin.
fn people() -> Vec<Known> {
    let text = "id,name,tier,timezone,email\n1001,王伟,standby,Asia/Shanghai,w@example.com\n\
                1002,Eva,standby,Europe/Berlin,eva@example.com\n1003,Ida,standby,,w2@example.com\n\
                1004,Udo,standby,,w2@example.com\n";
    let day = "2026-11-28".parse().expect("a date");
    let sheet = table::Sheet::read(text.as_bytes(), Encoding::Utf8).expect("a table");
    let rows = table::people(&sheet, day).expect("people").rows;
    let plan = Plan::of(&[], &rows, Tz::Asia__Shanghai, false);
    let known = |(at, planned): (usize, crate::roster::plan::Planned)| Known {
        id: PersonId(at as u32 + 1),
        identity: planned.identity,
        facts: planned.facts,
        contacts: planned.contacts.into_iter().collect::<Vec<KnownContact>>(),
    };
    plan.added.into_iter().enumerate().map(known).collect()
}

fn calendar(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
}

fn event(lines: &str) -> String {
    let lines = lines.replace('|', "\r\n");
    format!("BEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\n")
}

fn planned(text: &str, before: &Times, remove: bool) -> Result<TimesPlan, Vec<String>> {
    let shown = |all: Vec<Problem>| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    let events = read(text.as_bytes(), Encoding::Auto).map_err(shown)?;
    plan(&events, &people(), before, &key(), remove).expect("a key").map_err(shown)
}

#[track_caller]
fn check(lines: &str, person: u32, what: What, from: &str, until: &str) {
    let plan = planned(&calendar(&event(lines)), &Times::new(), false).expect(lines);
    let at = |text| Timestamp::parse_rfc3339(text).expect("an instant");
    let found: Vec<_> = plan.added.iter().map(|((who, _), time)| (who.0, *time)).collect();
    assert_eq!(found, [(person, (what, Period { from: at(from), until: at(until) }))], "{lines}");
}

#[test]
fn shifts_and_leave_in_every_form_of_time() {
    let (shift, leave) = (What::Shift, What::Leave);
    let own =
        "UID:a|X-CALLSURGE-PERSON:1001|SUMMARY:早班|DTSTART:20261128T080000|DTEND:20261128T160000";
    check(own, 1, shift, "2026-11-28T00:00:00Z", "2026-11-28T08:00:00Z");
    let utc = "UID:a|ATTENDEE:mailto:W@EXAMPLE.com|CATEGORIES:SHIFT|DTSTART:20261128T080000Z|DURATION:PT8H";
    let lower = utc.replace("W@", "w@");
    check(&lower, 1, shift, "2026-11-28T08:00:00Z", "2026-11-28T16:00:00Z");
    let days =
        "UID:a|X-CALLSURGE-PERSON:1002|SUMMARY:Leave (night shift)|DTSTART;VALUE=DATE:20261025";
    check(days, 2, leave, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
    let night = "UID:a|X-CALLSURGE-PERSON:1001|SUMMARY:shift|\
                 DTSTART;TZID=Europe/Berlin:20261024T220000|DTEND;TZID=Europe/Berlin:20261025T060000";
    check(night, 1, shift, "2026-10-24T20:00:00Z", "2026-10-25T05:00:00Z");
    let twice = "UID:a|X-CALLSURGE-PERSON:1002|SUMMARY:shift|DTSTART:20261025T023000|DURATION:PT8H";
    check(twice, 2, shift, "2026-10-25T00:30:00Z", "2026-10-25T08:30:00Z");
    let skipped = "UID:a|X-CALLSURGE-PERSON:1002|SUMMARY:shift|DTSTART:20260329T023000|DURATION:PT1H|\
                   BEGIN:VALARM|DURATION:PT5M|END:VALARM";
    check(skipped, 2, shift, "2026-03-29T01:30:00Z", "2026-03-29T02:30:00Z");
}

#[track_caller]
fn refused(lines: &str, said: &str) {
    let error = planned(&calendar(&event(lines)), &Times::new(), false).expect_err(lines);
    assert!(error.len() == 1 && error[0].contains(said), "{error:?}");
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let with = |lines: &str| format!("UID:a|X-CALLSURGE-PERSON:1001|SUMMARY:shift|{lines}");
    refused(&with("DTEND:20261128T080000"), "3: the event has no DTSTART");
    refused(&with("DTSTART:2026-11-28 08:00"), "7: DTSTART: it is no time of the form");
    refused(
        &with("DTSTART;TZID=Beijing:20261128T080000"),
        "7: DTSTART: it is no time zone: did you",
    );
    refused(&with("DTSTART:20261128T080000|DTEND:20261128T070000"), "3: it ends before it begins");
    refused(&with("DTSTART:20261128T080000"), "3: it ends before it begins");
    refused(&with("DTSTART:20261128T080000|DURATION:8H"), "8: DURATION: it is no length");
    refused(&with("DTSTART:20261128T080000|RRULE:FREQ=DAILY"), "8: RRULE: repeated events");
    refused(&with("DTSTART:20261128|DTEND:20261201"), "3: a shift has at most 48 hours");
    let time = "DTSTART:20261128T080000Z|DURATION:PT8H";
    refused(
        &format!("UID:a|X-CALLSURGE-PERSON:1001|SUMMARY:lunch|{time}"),
        "3: neither CATEGORIES",
    );
    refused(&format!("UID:a|X-CALLSURGE-PERSON:9|SUMMARY:shift|{time}"), "3: nobody in the roster");
    refused(&format!("UID:a|SUMMARY:shift|{time}"), "3: whose it is is not said");
    refused(&format!("UID:a|ATTENDEE:mailto:w2@example.com|SUMMARY:shift|{time}"), "3: several");
    refused(
        &format!("UID:a|ATTENDEE:tel:13800138000|SUMMARY:shift|{time}"),
        "5: ATTENDEE: it is no",
    );
    let same = event(&with(time));
    let error = planned(&calendar(&format!("{same}{same}")), &Times::new(), false);
    assert!(error.expect_err("twice")[0].contains("10: the same event (UID)"));
    let cut = calendar(&same).replace("END:VEVENT", "");
    assert!(planned(&cut, &Times::new(), false).expect_err("cut")[0].contains("no END:VEVENT"));
    assert!(
        planned("id,name\n", &Times::new(), false).expect_err("csv")[0].starts_with("1: it does")
    );
    assert!(planned(&calendar(""), &Times::new(), false).expect_err("empty")[0].contains("nobody"));
}

#[test]
fn a_second_import_changes_what_changed() {
    let shift = |uid: &str, start: &str| {
        event(&format!(
            "UID:{uid}|X-CALLSURGE-PERSON:1001|SUMMARY:shift|DTSTART:{start}|DURATION:PT8H"
        ))
    };
    let [a, b, c] = ["20261128T080000Z", "20261129T080000Z", "20261130T080000Z"];
    let first = calendar(&[shift("a", a), shift("b", b), shift("c", c)].concat());
    let before = planned(&first, &Times::new(), false).expect("good").added;
    let again = planned(&first, &before, true).expect("good");
    assert_eq!(again, TimesPlan { unchanged: 3, ..TimesPlan::default() });
    let cancelled = shift("c", c).replace("SUMMARY:", "STATUS:CANCELLED\r\nSUMMARY:");
    let second = calendar(&[shift("a", b), cancelled].concat());
    let counts = |remove| {
        let plan = planned(&second, &before, remove).expect("good");
        (plan.added.len(), plan.changed.len(), plan.unchanged, plan.removed.len())
    };
    assert_eq!(counts(false), (0, 1, 0, 1));
    assert_eq!(counts(true), (0, 1, 0, 2));
}

const GOOD: &str = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nX-CALLSURGE-PERSON:1002\nSUMMARY:早班\n\
    DTSTART;TZID=\"Europe/Berlin\":20261025T023000\nDURATION:PT7H30M\nEND:VEVENT\nEND:VCALENDAR\n";

proptest! {
    #[test]
    fn any_calendar_is_read_or_refused(at in 0..GOOD.len(), byte: u8, cut in 0..GOOD.len()) {
        let mut changed = GOOD.as_bytes().to_vec();
        changed[at] = byte;
        for bytes in [&changed[..], &GOOD.as_bytes()[..cut]] {
            let Ok(events) = read(bytes, Encoding::Auto) else { continue };
            let planned = plan(&events, &people(), &Times::new(), &key(), false).expect("a key");
            prop_assert!(planned.map_or_else(|all| all.len(), |plan| plan.added.len()) <= 1);
        }
    }
}
