use super::*;
use crate::engine::time::Span;
use crate::ingest::ami::QueueFilter;
use crate::ingest::poll::{Reset, WaitUnit};
use serde_json::json;

const NOW: &str = "2026-11-24T08:00:10Z";

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn pointer(text: &str) -> Pointer {
    Pointer::parse(text).unwrap()
}

fn list() -> Mapping {
    let mut mapping = Mapping::new(QueueName::At(pointer("/id")));
    mapping.each = Some(pointer("/queues"));
    for (field, place) in
        [(Field::Waiting, "/w"), (Field::LongestWait, "/l"), (Field::Offered, "/o")]
    {
        mapping.fields.insert(field, vec![Pick::At(pointer(place))]);
    }
    mapping
}

fn read(mapping: &Mapping, answer: Value) -> Outcome {
    let mut reading = Reading::new(mapping, SourceId(1), at(NOW));
    reading.take(&answer).unwrap();
    reading.finish()
}

fn only_snapshot(outcome: &Outcome) -> Snapshot {
    assert_eq!(outcome.problems, []);
    let [draft] = &outcome.drafts[..] else { panic!("{outcome:?}") };
    let Form::Snapshot(snapshot) = draft.form else { panic!("{draft:?}") };
    snapshot
}

fn failed(mapping: &Mapping, answer: Value) -> Problem {
    Reading::new(mapping, SourceId(1), at(NOW)).take(&answer).unwrap_err()
}

#[test]
fn absent_is_never_zero() {
    let mapping = list();
    let snapshot =
        only_snapshot(&read(&mapping, json!({"queues": [{"id": "a", "w": 0, "l": null}]})));
    assert_eq!((snapshot.waiting, snapshot.longest_wait), (Some(0), None));
    assert_eq!(snapshot.counters, None);
    for absent in [json!(null), json!(-1), json!("N/A"), json!(""), json!("-1")] {
        let outcome = read(&mapping, json!({"queues": [{"id": "a", "w": absent}]}));
        assert_eq!((outcome.silent, outcome.drafts), (vec!["a".to_owned()], vec![]));
    }
    let empty = read(&mapping, json!({"queues": []}));
    assert_eq!(empty, Outcome::default());
}

#[test]
fn one_bad_queue_spoils_no_other_and_is_refused_with_its_reason() {
    let outcome = read(
        &list(),
        json!({"queues": [
            {"id": "a", "w": 1},
            {"id": "b", "w": "many"},
            {"id": "c", "w": -5},
            {"id": "d\u{202e}", "w": 1},
            {"w": 1},
            {"id": "a", "w": 2},
            {"id": "e", "l": 900_000},
            {"id": 7, "w": 4},
            "nothing",
        ]}),
    );
    assert_eq!(outcome.told().collect::<Vec<_>>(), ["a", "7"]);
    let reasons: Vec<_> = outcome.problems.iter().map(|p| p.reason).collect();
    assert_eq!(
        reasons,
        [
            Reason::WrongType,
            Reason::Negative,
            Reason::Name,
            Reason::Missing,
            Reason::Nonsense,
            Reason::Nonsense,
            Reason::Missing,
        ]
    );
    let said = outcome.problems[0].to_string();
    assert_eq!(said, "b: /queues[1] (waiting): \"many\" is no whole number");
}

#[test]
fn an_answer_of_another_shape_is_a_failed_poll() {
    let mut mapping = list();
    assert_eq!(failed(&mapping, json!({"error": "quota"})).reason, Reason::Missing);
    assert_eq!(failed(&mapping, json!({"queues": 3})).reason, Reason::WrongType);
    mapping.success.push((pointer("/code"), "0".to_owned()));
    let problem = failed(&mapping, json!({"code": 500, "queues": []}));
    assert_eq!(problem.to_string(), "/code: the answer says 500 where a good one says \"0\"");
    assert_eq!(read(&mapping, json!({"code": 0, "queues": []})), Outcome::default());
    let cut = parse(br#"{"queues": [{"id": "a", "#).unwrap_err();
    assert_eq!((cut.reason, cut.message.as_str()), (Reason::Malformed, "the answer is cut off"));
    assert_eq!(parse(b"<html>").unwrap_err().reason, Reason::Malformed);
    assert_eq!(parse(&b"[".repeat(1_000_000)).unwrap_err().reason, Reason::Malformed);
}

#[test]
fn an_object_of_queues_is_keyed_by_name() {
    let mut mapping = list();
    mapping.queue = QueueName::Key;
    mapping.names.insert("q-1".to_owned(), "support".to_owned());
    mapping.filter = QueueFilter { allow: Vec::new(), deny: vec!["test*".to_owned()] };
    let outcome = read(&mapping, json!({"queues": {"q-1": {"w": 3}, "test-2": {"w": 1}}}));
    assert_eq!(outcome.told().collect::<Vec<_>>(), ["support"]);
    assert_eq!(outcome.left_out, 1);
}

#[test]
fn lists_of_metrics_are_read_by_name_and_qualifier() {
    let mut mapping = Mapping::new(QueueName::Fixed("support".to_owned()));
    mapping.metrics = Some(Metrics {
        list: pointer("/data"),
        name: pointer("/metric"),
        qualifier: Some(pointer("/qualifier")),
        value: pointer("/stats/count"),
    });
    let metric = |name: &str| vec![Pick::Metric(name.to_owned())];
    mapping.fields.insert(Field::Waiting, metric("oWaiting"));
    mapping.fields.insert(Field::Available, metric("oStatus:IDLE"));
    mapping.fields.insert(Field::Paused, metric("oStatus:AWAY"));
    let snapshot = only_snapshot(&read(
        &mapping,
        json!({"data": [
            {"metric": "oStatus", "qualifier": "BUSY", "stats": {"count": 9}},
            {"metric": "oStatus", "qualifier": "IDLE", "stats": {"count": 2}},
            {"metric": "oWaiting", "stats": {"count": 5}},
        ]}),
    ));
    assert_eq!((snapshot.waiting, snapshot.available, snapshot.paused), (Some(5), Some(2), None));
}

#[test]
fn several_places_are_added_up_unless_one_is_unknown() {
    let mut mapping = list();
    let parts = ["/busy", "/rest"].map(|p| Pick::At(pointer(p))).to_vec();
    mapping.fields.insert(Field::Paused, parts);
    let paused = |answer| only_snapshot(&read(&mapping, answer)).paused;
    assert_eq!(paused(json!({"queues": [{"id": "a", "w": 1, "busy": "2", "rest": 3}]})), Some(5));
    assert_eq!(paused(json!({"queues": [{"id": "a", "w": 1, "busy": 2}]})), None);
}

#[test]
fn the_answer_may_say_when_it_was_true() {
    let mut mapping = list();
    mapping.at = Some(pointer("/time"));
    let of = |time: &str| read(&mapping, json!({"time": time, "queues": [{"id": "a", "w": 1}]}));
    assert_eq!(only_snapshot(&of("2026-11-24T08:00:00Z")).at, at("2026-11-24T08:00:00Z"));
    let reason = |time: &str| of(time).problems[0].reason;
    assert_eq!(reason("2026-11-24T08:02:11Z"), Reason::Future);
    assert_eq!(reason("2026-11-23T08:00:00Z"), Reason::TooOld);
    assert_eq!(reason("yesterday"), Reason::Time);
    let missing = read(&mapping, json!({"queues": [{"id": "a", "w": 1}]}));
    assert_eq!(missing.problems[0].reason, Reason::Missing);
    let own = json!({"time": "x", "queues": [{"id": "a", "w": 1, "time": "2026-11-24T08:00:05Z"}]});
    assert_eq!(only_snapshot(&read(&mapping, own)).at, at("2026-11-24T08:00:05Z"));
}

#[test]
fn running_totals_have_the_epoch_that_is_told_or_known() {
    let mut mapping = list();
    mapping.timezone = Some(Tz::Asia__Shanghai);
    mapping.reset = Reset::Midnight;
    mapping.fields.insert(Field::Answered, vec![Pick::At(pointer("/a"))]);
    let answer = || json!({"since": 1_795_500_000, "queues": [{"id": "a", "o": "12", "a": 9}]});
    let counters = only_snapshot(&read(&mapping, answer())).counters.unwrap();
    let epoch = Some(at("2026-11-23T16:00:00Z"));
    assert_eq!(counters, Counters { epoch, offered: 12, answered: Some(9), abandoned: None });
    mapping.counted_from = Some(pointer("/since"));
    let counters = only_snapshot(&read(&mapping, answer())).counters.unwrap();
    assert_eq!(counters.epoch, Some(Timestamp::from_secs(1_795_500_000)));
    // Totals of answered calls alone say nothing of arrivals.
    let outcome = read(&mapping, json!({"queues": [{"id": "a", "a": 9, "w": 0}]}));
    assert_eq!(only_snapshot(&outcome).counters, None);
}

#[test]
fn a_wait_may_be_told_as_the_instant_of_its_beginning() {
    let mut mapping = list();
    mapping.wait_unit = WaitUnit::Timestamp;
    let snapshot = only_snapshot(&read(
        &mapping,
        json!({"queues": [{"id": "a", "l": "2026-11-24T07:59:00Z"}]}),
    ));
    assert_eq!(snapshot.longest_wait, Some(Span::secs(70)));
}

#[test]
fn pages_of_one_poll_are_read_together() {
    let mapping = list();
    let mut reading = Reading::new(&mapping, SourceId(1), at(NOW));
    reading.take(&json!({"queues": [{"id": "a", "w": 1}]})).unwrap();
    reading.take(&json!({"queues": [{"id": "b", "w": 2}, {"id": "a", "w": 3}]})).unwrap();
    let outcome = reading.finish();
    assert_eq!(outcome.told().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(outcome.problems.len(), 1);
}

#[test]
fn answers_that_tell_different_things_of_a_queue_are_one_snapshot() {
    let mapping = list();
    let mut reading = Reading::new(&mapping, SourceId(1), at(NOW));
    reading.take(&json!({"queues": [{"id": "a", "w": 1}, {"id": "b", "w": null}]})).unwrap();
    reading.take(&json!({"queues": [{"id": "a", "o": 40}, {"id": "b", "o": 2}]})).unwrap();
    let outcome = reading.finish();
    assert_eq!((outcome.problems, outcome.silent), (vec![], vec![]));
    let Form::Snapshot(a) = outcome.drafts[0].form else { panic!() };
    assert_eq!((a.waiting, a.counters.map(|c| c.offered)), (Some(1), Some(40)));
    let Form::Snapshot(b) = outcome.drafts[1].form else { panic!() };
    assert_eq!((b.waiting, b.counters.map(|c| c.offered)), (None, Some(2)));
}
