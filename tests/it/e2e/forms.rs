//! The three forms of an observation, from the socket to the metrics and the status.

use super::{Running, row};
use callsurge::clock::{Clock, SystemClock};
use callsurge::engine::time::Span;

#[test]
fn events_snapshots_and_intervals_reach_metrics_and_status() {
    let folder = tempfile::tempdir().expect("folder");
    let served = Running::serve(&folder.path().join("j"), None);
    let now = SystemClock.now();
    let event = |kind: &str, call: &str, back: i64, more: &str| {
        let at = now - Span::secs(back);
        format!(
            "{{\"form\":\"event\",\"queue\":\"support\",\"kind\":\"{kind}\",\
             \"call_id\":\"{call}\",\"at\":\"{at}\"{more}}}\n"
        )
    };
    let at = now - Span::secs(1);
    let body = [
        event("offered", "a", 60, ""),
        event("offered", "b", 59, ""),
        event("offered", "c", 58, ""),
        event("answered", "a", 55, ""),
        event("abandoned", "b", 20, ""),
        event("completed", "a", 10, ",\"talk_seconds\":45"),
        event("refused", "d", 9, ""),
        format!(
            "{{\"form\":\"snapshot\",\"queue\":\"support\",\"at\":\"{at}\",\"waiting\":3,\
             \"longest_wait_seconds\":12,\"available\":2,\"talking\":5}}\n"
        ),
        row("sales", 2, 42),
        "{\"form\":\"heartbeat\"}\n".to_owned(),
    ]
    .concat();
    for _ in 0..2 {
        let answer = served.post(&body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.json()["accepted"], 10);
    }
    let page = served.get("/metrics").body;
    let support = "{unit=\"default\",queue=\"support\"}";
    let sales = "{unit=\"default\",queue=\"sales\"}";
    let agents = |state: &str| {
        format!("queue_agents{{unit=\"default\",queue=\"support\",state=\"{state}\"}}")
    };
    let taken = |kind: &str| format!("ingest_records_total{{source=\"push\",kind=\"{kind}\"}}");
    for (series, value) in [
        (format!("queue_calls_offered_total{support}"), 3),
        (format!("queue_calls_answered_total{support}"), 1),
        (format!("queue_calls_answered_in_target_total{support}"), 1),
        (format!("queue_calls_abandoned_total{support}"), 1),
        (format!("queue_calls_refused_total{support}"), 1),
        (format!("queue_calls_waiting{support}"), 3),
        (format!("queue_calls_offered_total{sales}"), 42),
        (agents("available"), 2),
        (agents("talking"), 5),
        (taken("event"), 7),
        (taken("interval"), 1),
        ("source_up{source=\"push\"}".to_owned(), 1),
    ] {
        let line = format!("\ncallsurge_{series} {value}\n");
        assert!(page.contains(&line), "{line}{page}");
    }
    assert!(page.contains("callsurge_commit_duration_seconds_count "));
    let status = served.json("/api/v1/status");
    let unit = &status["units"][0];
    assert_eq!((&unit["has_data"], &unit["waiting"]), (&true.into(), &3.into()), "{status}");
    let source = &status["sources"][0];
    assert_eq!((&source["source"], &source["up"]), (&"push".into(), &true.into()));
    assert_eq!(source["accepted"]["events"], 7, "{source}");
    assert_eq!(source["accepted"]["intervals"], 1, "{source}");
    assert!(served.terminate().success());
}
