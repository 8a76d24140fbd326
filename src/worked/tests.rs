//! Stretches of work from lines as the log book has them, in order and out of it.

use super::*;
use crate::engine::command::Level;
use crate::record::RecallRecord;
use proptest::prelude::*;
use std::collections::BTreeSet;

const T0: Timestamp = Timestamp::from_secs(1_795_000_000);
const L2: RecallId = RecallId { incident: 3, level: Level::L2, generation: 1, drill: false };
const L3: RecallId = RecallId { level: Level::L3, ..L2 };

/// One line: minutes after the beginning, recall, cause, person.
type Told = (i64, RecallId, &'static str, u32);

fn lines(told: &[Told]) -> Vec<(i64, Record)> {
    let line = |(line, (minutes, recall, cause, person)): (usize, &Told)| {
        let of = RecallRecord {
            id: Some(recall.to_string()),
            drill: recall.drill,
            person: (*cause != "closed").then(|| PersonId(*person).to_string()),
            ..RecallRecord::default()
        };
        let record = Record {
            kind: "recall".into(),
            at: (T0 + Span::minutes(*minutes)).to_string(),
            cause: Some((*cause).into()),
            recall: Some(of),
            ..Record::default()
        };
        (line as i64 + 1, record)
    };
    told.iter().enumerate().map(line).collect()
}

/// What is found: line, person, first and last minute.
fn found(told: &[Told]) -> Vec<(i64, u32, i64, i64)> {
    let minutes = |at: Timestamp| (at - T0).as_millis() / 60_000;
    let shown =
        |one: Worked| (one.line, one.person.0, minutes(one.period.from), minutes(one.period.until));
    worked(&lines(told)).into_iter().map(shown).collect()
}

#[test]
fn work_is_from_the_log_on_until_the_release_or_the_close() {
    let told = [
        (0, L2, "arrived", 1),
        (5, L2, "arrived", 2),
        (7, L3, "arrived", 3),
        (60, L2, "release", 1),
        (90, L2, "closed", 0),
        (99, L3, "release", 3),
        (99, L3, "closed", 0),
    ];
    assert_eq!(found(&told), [(4, 1, 0, 60), (5, 2, 5, 90), (6, 3, 7, 99)]);
    assert_eq!(found(&told[..3]), [], "who is there has no end yet");
}

#[test]
fn a_second_log_on_is_the_same_stay_and_one_after_the_release_another() {
    let told = [
        (0, L2, "arrived", 1),
        (9, L2, "arrived", 1),
        (10, L2, "release", 1),
        (11, L2, "release", 1),
        (20, L2, "arrived", 1),
        (30, L2, "closed", 0),
    ];
    assert_eq!(found(&told), [(3, 1, 0, 10), (6, 1, 20, 30)]);
}

#[test]
fn who_never_came_did_not_work_and_who_came_late_did() {
    let told = [
        (0, L2, "thank", 1),
        (9, L2, "no_show", 1),
        (10, L2, "no_show", 2),
        (11, L2, "release", 2),
        (12, L2, "arrived", 1),
        (40, L2, "release", 1),
        (41, L2, "arrived", 3),
        (41, L2, "closed", 0),
    ];
    assert_eq!(found(&told), [(6, 1, 12, 40)], "and no work has no length");
}

#[test]
fn a_drill_is_no_work_and_a_day_is_the_most() {
    let drill = RecallId { drill: true, ..L2 };
    let told = [
        (0, drill, "arrived", 1),
        (9, drill, "closed", 0),
        (0, L2, "arrived", 1),
        (2_000, L2, "closed", 0),
    ];
    assert_eq!(found(&told), [(4, 1, 0, 24 * 60)]);
    let mut unmarked = lines(&told);
    for (_, record) in &mut unmarked {
        record.recall = None;
    }
    assert_eq!(worked(&unmarked), []);
}

fn story() -> impl Strategy<Value = Vec<Told>> {
    let causes = ["arrived", "release", "closed", "no_show"];
    let told = (0..300_i64, prop_oneof![Just(L2), Just(L3)], 0..causes.len(), 1..4_u32);
    let told =
        told.prop_map(move |(after, recall, cause, person)| (after, recall, causes[cause], person));
    proptest::collection::vec(told, 0..40).prop_map(|mut story| {
        let mut now = 0;
        for told in &mut story {
            now += told.0;
            told.0 = now;
        }
        story
    })
}

proptest! {
    /// A slow reading: minute by minute, who has logged on and has not gone since?
    #[test]
    fn a_minute_is_worked_that_begins_between_log_on_and_end(story in story()) {
        let last = story.last().map_or(0, |told| told.0);
        for recall in [L2, L3] {
            for person in 1..4 {
                let mut slow = BTreeSet::new();
                let mut since: Option<i64> = None;
                for told in story.iter().filter(|told| told.1 == recall) {
                    let own = told.3 == person;
                    match told.2 {
                        "arrived" if own && since.is_none() => since = Some(told.0),
                        "release" if own => {
                            slow.extend(since.take().into_iter().flat_map(|from| from..told.0));
                        }
                        "closed" => {
                            slow.extend(since.take().into_iter().flat_map(|from| from..told.0));
                        }
                        _ => {}
                    }
                }
                let all = worked(&lines(&story));
                let own = all.iter().filter(|one| (one.recall, one.person.0) == (recall, person));
                let mut quick = BTreeSet::new();
                for one in own {
                    prop_assert!(one.period.length() <= WORK_MAX);
                    let minute = |at: Timestamp| (at - T0).as_millis() / 60_000;
                    for minute in minute(one.period.from)..minute(one.period.until) {
                        prop_assert!(quick.insert(minute), "no minute twice");
                    }
                    prop_assert!(minute(one.period.until) <= last);
                }
                // What is missing lies beyond a day after a log-on.
                prop_assert!(quick.is_subset(&slow));
                if slow.len() <= 24 * 60 {
                    prop_assert_eq!(quick, slow);
                }
            }
        }
    }

    /// Whoever reads in pieces and remembers the last line finds what whoever reads at once does.
    #[test]
    fn pieces_are_the_whole(story in story(), mut cuts in proptest::collection::vec(0..41_i64, 0..6)) {
        let all = lines(&story);
        cuts.push(all.len() as i64);
        cuts.sort_unstable();
        let (mut pieces, mut counted) = (Vec::new(), 0);
        for cut in cuts {
            let seen: Vec<_> = all.iter().filter(|(line, _)| *line <= cut).cloned().collect();
            pieces.extend(worked(&seen).into_iter().filter(|one| one.line > counted));
            counted = counted.max(cut.min(all.len() as i64));
        }
        prop_assert_eq!(pieces, worked(&all));
    }
}
