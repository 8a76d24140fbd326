use super::*;
use crate::driver::{Draft, QueueRef, Registry};
use crate::engine::observation::{
    CallEvent, CallKey, CallKind, ExitReason, Form, QueueId, Snapshot, SourceId,
};
use crate::engine::policy::{Carries, Policy, SilenceRule, SourcePolicy};
use crate::engine::time::{Span, Timestamp};
use crate::ingest::{Reason, Sources, Told};
use proptest::prelude::*;

const NOW: &str = "2026-11-24T08:00:00Z";

fn sources() -> Sources {
    let source = |name: &str| SourcePolicy {
        name: name.to_owned(),
        lateness: Span::secs(30),
        heartbeat: true,
        watched: true,
        carries: Carries::ALL,
    };
    Sources::of(&Policy::unconfigured(SilenceRule::Live, vec![source("push"), source("acd")]))
}

fn read_at(line: &str, live: bool) -> Result<Item, Refused> {
    let sources = sources();
    let now = Timestamp::parse_rfc3339(NOW).unwrap();
    let default_source = sources.id("push");
    let intake = Intake { sources: &sources, default_source, registry: None, now, live };
    read(line.as_bytes(), &intake)
}

fn draft(line: &str) -> Draft {
    match read_at(line, true).unwrap().input {
        Told::Draft(draft) => draft,
        Told::Heartbeat(_) | Told::SourceRestarted(_) => panic!("no draft: {line}"),
    }
}

fn check_refused(cases: &[(&str, Reason, &str)]) {
    for (line, reason, says) in cases {
        let refused = read_at(line, true).expect_err(line);
        let message = refused.refusal.to_string();
        assert_eq!(refused.refusal.reason(), *reason, "{line}: {message}");
        assert!(message.contains(says), "{line}: {message:?} does not say {says:?}");
        assert!(!message.chars().any(char::is_control), "{message:?}");
    }
}

#[test]
fn what_is_written_is_read_as_what_it_was() {
    let at = Timestamp::parse_rfc3339("2026-11-24T07:59:58.250Z").unwrap();
    let kinds = [
        CallKind::Offered,
        CallKind::Refused,
        CallKind::Answered,
        CallKind::Abandoned,
        CallKind::Exited(ExitReason::Overflow),
        CallKind::Completed { talk: Some(Span::millis(61_500)) },
        CallKind::Completed { talk: None },
    ];
    for kind in kinds {
        let event = CallEvent { at, call: CallKey(7), kind };
        let line = serde_json::to_string(&write::event("售后 \"A\"", &event)).unwrap();
        let read = draft(&line);
        assert_eq!(read.queue, QueueRef::Named("售后 \"A\"".into()));
        let call = CallKey::new("0000000000000007", 0);
        assert_eq!(read.form, Form::Event(CallEvent { at, call, kind }));
    }
    let told = Snapshot {
        waiting: Some(0),
        longest_wait: Some(Span::secs(3)),
        talking: Some(4),
        full: Some(false),
        ..Snapshot::empty(at)
    };
    let read = draft(&serde_json::to_string(&write::snapshot("q", &told)).unwrap());
    assert_eq!(read.form, Form::Snapshot(told));
}

#[test]
fn the_three_forms_and_the_heartbeat_are_read() {
    let event = draft(
        r#"{"form":"event","queue":"support","at":"2026-11-24T07:59:58+00:00","kind":"exited",
            "call_id":"c1","leg":2,"reason":"timeout"}"#,
    );
    assert_eq!(event.source, SourceId(0));
    assert_eq!(event.queue, QueueRef::Named("support".into()));
    let Form::Event(call) = event.form else { panic!() };
    assert_eq!(call.kind, CallKind::Exited(ExitReason::Timeout));
    assert_eq!(call.call, CallKey::new("c1", 2));

    let snapshot = draft(
        r#"{"form":"snapshot","source":"acd","queue":"q","at":1795507200.25,"waiting":0,
            "longest_wait_seconds":1.5,"paused":null,
            "counters":{"epoch":"2026-11-24T00:00:00Z","offered":7,"abandoned":1}}"#,
    );
    assert_eq!(snapshot.source, SourceId(1));
    let Form::Snapshot(snapshot) = snapshot.form else { panic!() };
    assert_eq!(snapshot.at.as_millis(), 1_795_507_200_250);
    assert_eq!((snapshot.waiting, snapshot.paused), (Some(0), None));
    assert_eq!(snapshot.longest_wait, Some(Span::millis(1_500)));
    let counters = snapshot.counters.unwrap();
    assert_eq!((counters.offered, counters.answered, counters.abandoned), (7, None, Some(1)));

    let interval = draft(
        r#"{"form":"interval","queue":"q","start":"2026-11-24T15:00:00+08:00",
            "end":"2026-11-24T15:30:00+08:00","offered":12.0,"answered":9,"final":false,
            "revision":3,"talk_seconds":600}"#,
    );
    let Form::Interval(row) = interval.form else { panic!() };
    assert_eq!(row.length(), Span::minutes(30));
    assert_eq!((row.tally.offered, row.tally.answered, row.tally.abandoned), (12, Some(9), None));
    assert_eq!((row.last_word, row.revision), (false, 3));

    let beat = read_at(r#"{"form":"heartbeat","source":"acd"}"#, true).unwrap();
    assert_eq!(beat.input, Told::Heartbeat(SourceId(1)));
}

#[test]
fn every_nonsense_has_its_reason_and_says_how_to_mend_it() {
    let event = |rest: &str| {
        format!(r#"{{"form":"event","queue":"q","kind":"offered","call_id":"c",{rest}}}"#)
    };
    let at_1970 = event(r#""at":12"#);
    let at_2100 = event(r#""at":"2100-01-01T00:00:00Z""#);
    let at_millis = event(r#""at":1795507200000"#);
    let at_naive = event(r#""at":"2026-11-24T08:00:00""#);
    let ahead = event(r#""at":"2026-11-24T08:02:01Z""#);
    let behind = event(r#""at":"2026-11-23T07:59:59Z""#);
    let stray = event(r#""at":1795507200,"waiting":1"#);
    let typo = event(r#""at":1795507200,"agent":"x""#);
    let twice = event(r#""at":1795507200,"queue":"q""#);
    let talk = event(r#""at":1795507200,"talk_seconds":3"#);
    check_refused(&[
        ("", Reason::Malformed, "JSON"),
        ("{", Reason::Malformed, "column"),
        ("[1]", Reason::Malformed, "an array"),
        ("7", Reason::Malformed, "a number"),
        ("{}", Reason::Missing, "form"),
        (r#"{"form":"rows"}"#, Reason::WrongType, "event, snapshot"),
        (r#"{"form":3}"#, Reason::WrongType, "text"),
        (r#"{"form":"heartbeat","source":"x"}"#, Reason::UnknownSource, "`x`"),
        (r#"{"form":"heartbeat","source":"\u202ex"}"#, Reason::Name, "U+202E"),
        (r#"{"form":"event","at":1795507200}"#, Reason::Missing, "needs"),
        (&at_1970, Reason::Time, "1990"),
        (&at_2100, Reason::Time, "2099"),
        (&at_millis, Reason::Time, "not milliseconds"),
        (&at_naive, Reason::Time, "offset"),
        (&ahead, Reason::Future, "clock"),
        (&behind, Reason::TooOld, "24 h"),
        (&stray, Reason::UnknownField, "call_id"),
        (&typo, Reason::UnknownField, "`agent`"),
        (&twice, Reason::Malformed, "twice"),
        (&talk, Reason::UnknownField, "completed"),
    ]);
}

#[test]
fn bad_numbers_and_names_are_refused() {
    let snapshot =
        |rest: &str| format!(r#"{{"form":"snapshot","queue":"q","at":1795507200{rest}}}"#);
    let long = format!(
        r#"{{"form":"snapshot","queue":"{}","at":1795507200,"waiting":1}}"#,
        "x".repeat(129)
    );
    let id = format!(
        r#"{{"form":"event","queue":"q","at":1795507200,"kind":"offered","call_id":"{}"}}"#,
        "x".repeat(257)
    );
    check_refused(&[
        (&snapshot(""), Reason::Nonsense, "heartbeat"),
        (&snapshot(r#","waiting":-1"#), Reason::Negative, "waiting"),
        (&snapshot(r#","waiting":-0.5"#), Reason::Negative, "waiting"),
        (&snapshot(r#","longest_wait_seconds":-3"#), Reason::Negative, "longest_wait_seconds"),
        (&snapshot(r#","waiting":1.5"#), Reason::WrongType, "whole"),
        (&snapshot(r#","waiting":"3""#), Reason::WrongType, "quotes"),
        (&snapshot(r#","waiting":[]"#), Reason::WrongType, "array"),
        (&snapshot(r#","waiting":{"a":[1]}"#), Reason::WrongType, "object"),
        (&snapshot(r#","waiting":99999999999"#), Reason::Nonsense, "10000000"),
        (&snapshot(r#","counters":3"#), Reason::WrongType, "object"),
        (&snapshot(r#","counters":{"offered":-1}"#), Reason::Negative, "offered"),
        (&snapshot(r#","counters":{"waiting":1,"offered":1}"#), Reason::UnknownField, "epoch"),
        (&snapshot(r#","counters":{}"#), Reason::Missing, "offered"),
        (&long, Reason::Name, "128"),
        (&id, Reason::Name, "256"),
        (
            r#"{"form":"interval","queue":"q","start":1795507200,"end":1795507200,"offered":1}"#,
            Reason::Nonsense,
            "ends",
        ),
        (
            r#"{"form":"interval","queue":"a\u0000b","start":1,"end":2,"offered":1}"#,
            Reason::Time,
            "start",
        ),
    ]);
}

#[test]
fn only_a_live_source_is_bound_to_the_last_day() {
    let old = r#"{"form":"interval","queue":"q","start":1095507200,"end":1095507260,"offered":1}"#;
    assert_eq!(read_at(old, true).unwrap_err().refusal.reason(), Reason::TooOld);
    assert!(read_at(old, false).is_ok());
    let running = r#"{"form":"interval","queue":"q","start":"2026-11-24T08:00:00Z",
        "end":"2026-11-24T08:30:00Z","offered":1,"final":false}"#;
    assert!(read_at(running, true).is_ok());
    let finished = running.replace("false", "true");
    assert_eq!(read_at(&finished, true).unwrap_err().refusal.reason(), Reason::Future);
    for at in ["2026-11-24T08:02:00Z", "2026-11-23T08:00:00Z"] {
        let edge = format!(r#"{{"form":"snapshot","queue":"q","at":"{at}","waiting":1}}"#);
        assert!(read_at(&edge, true).is_ok(), "{at}");
    }
}

#[test]
fn known_queues_become_numbers_and_names_are_compared_in_nfc() {
    let registry = Registry::default();
    registry.insert("caf\u{e9}", QueueId(4));
    let sources = sources();
    let now = Timestamp::parse_rfc3339(NOW).unwrap();
    let default_source = None;
    let registry = Some(&registry);
    let intake = Intake { sources: &sources, default_source, registry, now, live: true };
    let line = "{\"form\":\"snapshot\",\"source\":\"acd\",\"queue\":\" cafe\u{301}\",\
                \"at\":1795507200,\"waiting\":1}";
    let Told::Draft(draft) = read(line.as_bytes(), &intake).unwrap().input else { panic!() };
    assert_eq!(draft.queue, QueueRef::Known(QueueId(4)));
    let sourceless = br#"{"form":"heartbeat"}"#;
    assert_eq!(read(sourceless, &intake).unwrap_err().refusal.reason(), Reason::Missing);
}

#[test]
fn depth_costs_no_stack() {
    let open = "[".repeat(200_000);
    let line = format!(r#"{{"form":"heartbeat","x":{open}{}}}"#, "]".repeat(200_000));
    assert!(read_at(&line, true).is_err());
    let line = format!(r#"{{"form":{}1{}}}"#, "{\"a\":".repeat(100_000), "}".repeat(100_000));
    assert!(read_at(&line, true).is_err());
    assert!(read_at(&open, true).is_err());
}

#[test]
fn an_array_hands_its_items_on_until_the_limit() {
    let sources = sources();
    let now = Timestamp::parse_rfc3339(NOW).unwrap();
    let default_source = sources.id("push");
    let intake = Intake { sources: &sources, default_source, registry: None, now, live: true };
    let run = |body: &str| {
        let mut good = Vec::new();
        let outcome = read_array(body.as_bytes(), &intake, 3, |item| good.push(item.is_ok()));
        (outcome, good)
    };
    let beat = r#"{"form":"heartbeat"}"#;
    assert_eq!(run("[]"), (Ok(()), vec![]));
    assert_eq!(run(&format!("[{beat},3,{beat}]")), (Ok(()), vec![true, false, true]));
    assert_eq!(run(&format!("[{beat},{beat},{beat},{beat}]")).0, Err(ArrayError::TooMany));
    let broken = run(&format!("[{beat},\n{beat}"));
    assert!(matches!(broken.0, Err(ArrayError::Syntax { line: 2, .. })), "{broken:?}");
    assert!(run(&format!("[{beat}] x")).0.is_err());
    assert!(run(beat).0.is_err());
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_at(&String::from_utf8_lossy(&bytes), true);
        let sources = sources();
        let now = Timestamp::from_secs(1_795_507_200);
        let default_source = None;
        let intake = Intake { sources: &sources, default_source, registry: None, now, live: false };
        let _ = read(&bytes, &intake);
        let _ = read_array(&bytes, &intake, 10, |_| ());
    }

    #[test]
    fn random_values_never_panic(
        form in 0_usize..4,
        values in proptest::collection::vec((0_usize..30, 0_usize..12), 0..12),
    ) {
        let form = ["event", "snapshot", "interval", "heartbeat"][form];
        let pool = ["0", "-1", "1e308", "-1e308", "18446744073709551615", "1795507200", "true",
            "null", "\"\"", "\"q\"", "\"2026-11-24T08:00:00Z\"", "{\"offered\":1e300}"];
        let mut line = format!(r#"{{"form":"{form}""#);
        for (field, value) in values {
            let (_, name) = flat::Field::NAMES[field];
            line.push_str(&format!(r#","{name}":{}"#, pool[value]));
        }
        line.push('}');
        let _ = read_at(&line, true);
    }
}
