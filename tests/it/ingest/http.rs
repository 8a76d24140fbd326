//! `POST /api/v1/observations`, called without a socket.

use super::{channel, kind_of, name_of, policy};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use callsurge::clock::{Clock, ManualClock};
use callsurge::driver::{Committed, Ends, Handle, Message};
use callsurge::engine::observation::SourceId;
use callsurge::engine::time::Timestamp;
use callsurge::ingest::http::{BODY_BYTES_MAX, ITEMS_MAX, IngestState, router};
use callsurge::ingest::{IngestCounters, Reason, Sources};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use tower::ServiceExt;

const NDJSON: &str = "application/x-ndjson";
const JSON: &str = "application/json";

struct Door {
    handle: Handle,
    counters: Arc<IngestCounters>,
}

impl Door {
    fn new(messages_max: usize) -> (Self, Ends) {
        let (handle, ends) = channel(messages_max);
        (Self { handle, counters: Arc::new(IngestCounters::default()) }, ends)
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, Value, bool) {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(Timestamp::from_secs(1_795_507_200)));
        let sources = Sources::of(&policy());
        let state = IngestState::new(self.handle.clone(), clock, sources, self.counters.clone());
        let response = router(state).oneshot(request).await.unwrap();
        let status = response.status();
        let retry = response.headers().contains_key("retry-after");
        let body = axum::body::to_bytes(response.into_body(), 1 << 24).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null), retry)
    }

    async fn post(&self, kind: &str, body: impl Into<Body>) -> (StatusCode, Value, bool) {
        let request = Request::post("/api/v1/observations").header("content-type", kind);
        self.send(request.body(body.into()).unwrap()).await
    }
}

/// Commits every batch but the queues in `unknown`; gives back what was told.
async fn drive(mut ends: Ends, unknown: &[&str]) -> Vec<Message> {
    let mut told = Vec::new();
    while let Some(mut message) = ends.inbox.recv().await {
        if let Message::Observations { drafts, ack } = &mut message {
            let refused = drafts.iter().enumerate().filter(|(_, d)| unknown.contains(&name_of(d)));
            let unknown_queue = refused.map(|(at, _)| at).collect();
            let ack = ack.take().unwrap();
            ack.send(Committed { seq: 1, unknown_queue }).unwrap();
        }
        told.push(message);
    }
    told
}

/// Posts one body to a working driver.
async fn exchange(
    kind: &str,
    body: impl Into<Body>,
    unknown: &[&str],
) -> (StatusCode, Value, Vec<Message>, Arc<IngestCounters>) {
    let (door, ends) = Door::new(4);
    let posting = async {
        let answer = door.post(kind, body).await;
        let counters = door.counters.clone();
        drop(door);
        (answer, counters)
    };
    let (((status, report, _), counters), told) = tokio::join!(posting, drive(ends, unknown));
    (status, report, told, counters)
}

fn snapshot(queue: &str, waiting: i32) -> String {
    format!(r#"{{"form":"snapshot","queue":"{queue}","at":1795507200,"waiting":{waiting}}}"#)
}

#[tokio::test]
async fn good_lines_are_kept_and_bad_ones_are_reported() {
    let body = format!(
        "{}\n\n{}\nnonsense\n{{\"form\":\"heartbeat\",\"source\":\"acd\"}}\n{}\n",
        snapshot("a", 1),
        snapshot("b", -1),
        snapshot("c", 3)
    );
    let (status, report, told, counters) = exchange(NDJSON, body, &["c"]).await;
    assert_eq!(status, StatusCode::MULTI_STATUS);
    assert_eq!((&report["accepted"], &report["rejected"]), (&2.into(), &3.into()));
    let errors: Vec<_> = report["errors"].as_array().unwrap().iter().collect();
    let places: Vec<_> = errors
        .iter()
        .map(|e| (e["line"].as_u64().unwrap(), e["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(places, [(3, "negative"), (4, "malformed"), (6, "unknown_queue")]);
    assert!(errors[0]["message"].as_str().unwrap().contains("`waiting`"));
    assert_eq!(told.iter().map(kind_of).collect::<Vec<_>>(), ["observations", "heartbeat"]);
    let push = Some(SourceId(0));
    assert_eq!(counters.refused(push, Reason::Negative), 1);
    assert_eq!(counters.refused(push, Reason::UnknownQueue), 1);
    assert_eq!(counters.refused(None, Reason::Malformed), 1);
}

#[tokio::test]
async fn the_status_tells_all_some_or_none() {
    let good = snapshot("a", 1);
    let bad = snapshot("a", -1);
    for (kind, body, wanted) in [
        (NDJSON, good.clone(), 200),
        (NDJSON, format!("{good}\n{bad}"), 207),
        (NDJSON, bad.clone(), 422),
        (NDJSON, String::new(), 200),
        (JSON, good.clone(), 200),
        (JSON, good.replace(',', ",\n"), 200),
        (JSON, format!(" [{good},{bad}]"), 207),
        (JSON, format!("[{bad}]"), 422),
        (JSON, format!("[{good},"), 422),
        (JSON, "[]".to_owned(), 200),
        (JSON, "{\"form\":\"heartbeat\"}".to_owned(), 200),
        ("application/json; charset=utf-8", good.clone(), 200),
        ("text/csv", good.clone(), 415),
        ("", good.clone(), 415),
    ] {
        let (status, report, ..) = exchange(kind, body.clone(), &[]).await;
        assert_eq!(status.as_u16(), wanted, "{kind} {body}: {report}");
    }
    let (door, _ends) = Door::new(1);
    let request = Request::post("/api/v1/observations").header("content-type", NDJSON);
    let request = request.header("content-encoding", "gzip").body(Body::empty()).unwrap();
    assert_eq!(door.send(request).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn limits_hold_at_the_limit_and_one_above() {
    let padded = |size: usize| {
        let line = snapshot("a", 1);
        format!("{line}{}", " ".repeat(size - line.len()))
    };
    let (status, ..) = exchange(NDJSON, padded(BODY_BYTES_MAX), &[]).await;
    assert_eq!(status, StatusCode::OK);
    let (status, ..) = exchange(NDJSON, padded(BODY_BYTES_MAX + 1), &[]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);

    let beat = "{\"form\":\"heartbeat\"}\n";
    let list = |items: usize| format!("[{}]", vec![beat; items].join(","));
    for (kind, body, wanted) in [
        (NDJSON, beat.repeat(ITEMS_MAX), 200),
        (NDJSON, beat.repeat(ITEMS_MAX + 1), 413),
        (JSON, list(ITEMS_MAX), 200),
        (JSON, list(ITEMS_MAX + 1), 413),
    ] {
        let (status, report, told, _) = exchange(kind, body, &[]).await;
        assert_eq!(status.as_u16(), wanted, "{kind}: {report}");
        assert!(told.len() <= 1, "one sign of life for all");
    }
}

#[tokio::test]
async fn a_body_that_says_it_is_too_large_is_not_read() {
    let (door, _ends) = Door::new(1);
    let request = Request::post("/api/v1/observations")
        .header("content-type", NDJSON)
        .header("content-length", BODY_BYTES_MAX + 1)
        .body(Body::from(snapshot("a", 1)))
        .unwrap();
    // What comes would be good; the length that is announced decides.
    assert_eq!(door.send(request).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn nothing_is_acknowledged_that_was_not_committed() {
    // The queue is full.
    let (door, ends) = Door::new(1);
    door.handle.try_send(Message::Wake).unwrap();
    let (status, body, retry) = door.post(NDJSON, snapshot("a", 1)).await;
    assert_eq!((status, retry), (StatusCode::SERVICE_UNAVAILABLE, true));
    assert!(body["error"]["hint"].as_str().unwrap().contains("again"));
    let (status, _, retry) = door.post(NDJSON, "{\"form\":\"heartbeat\"}").await;
    assert_eq!((status, retry), (StatusCode::SERVICE_UNAVAILABLE, true));
    // The driver is gone.
    drop(ends);
    assert_eq!(door.post(NDJSON, snapshot("a", 1)).await.0, StatusCode::SERVICE_UNAVAILABLE);
    // The driver dies with the batch in hand.
    let (door, mut ends) = Door::new(1);
    let dies = async {
        drop(ends.inbox.recv().await);
        drop(ends);
    };
    let ((status, ..), ()) = tokio::join!(door.post(NDJSON, snapshot("a", 1)), dies);
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_hundred_thousand_queue_names_leave_nothing_behind() {
    let (door, mut ends) = Door::new(1);
    let refuses = async {
        let mut names = BTreeSet::new();
        while names.len() < 100_000 {
            let Some(Message::Observations { drafts, ack }) = ends.inbox.recv().await else {
                panic!("only observations come")
            };
            names.extend(drafts.iter().map(|draft| name_of(draft).to_owned()));
            let unknown_queue = (0..drafts.len()).collect();
            ack.unwrap().send(Committed { seq: 1, unknown_queue }).unwrap();
        }
    };
    let posts = async {
        for batch in 0..20 {
            let body: Vec<String> =
                (0..5_000).map(|n| snapshot(&format!("q{}", batch * 5_000 + n), 1)).collect();
            let (status, report, _) = door.post(NDJSON, body.join("\n")).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(report["rejected"], 5_000);
            assert_eq!(report["errors"].as_array().unwrap().len(), 100);
            assert_eq!(report["errors_omitted"], 4_900);
        }
    };
    tokio::join!(posts, refuses);
    assert_eq!(door.counters.refused(Some(SourceId(0)), Reason::UnknownQueue), 100_000);
}
