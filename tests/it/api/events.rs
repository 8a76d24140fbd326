//! The event stream: order, coalescing, heartbeat, end.

use super::{Served, record, served, state};
use crate::sample;
use axum::body::Body;
use axum::http::Request;
use callsurge::api::auth::Rules;
use callsurge::api::router;
use callsurge::engine::view::View;
use futures_util::StreamExt;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Reads events off a socket.
struct Reader {
    response: reqwest::Response,
    buffer: String,
}

impl Reader {
    async fn open(served: &Served) -> Self {
        let response = served.get("/api/v1/events").await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, buffer: String::new() }
    }

    /// The next event that is no heartbeat; `None` at the end of the stream.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.buffer = rest;
                if !event.starts_with("event: beat") {
                    return Some(event);
                }
                continue;
            }
            let chunk = self.response.chunk().await.expect("readable")?;
            self.buffer.push_str(std::str::from_utf8(&chunk).expect("text"));
        }
    }
}

#[tokio::test]
async fn a_stream_tells_the_state_then_changes_and_records_and_ends_with_the_server() {
    let served = served(sample::view(1)).await;
    let mut reader = Reader::open(&served).await;
    let first = reader.next().await.expect("status");
    assert!(first.starts_with("event: status") && first.contains("\"seq\":42"), "{first}");
    for seq in 43..=60 {
        served.ends.publish.send_replace(Arc::new(View { seq, ..sample::view(1) }));
    }
    let change = reader.next().await.expect("status");
    assert!(change.contains("\"seq\":60"), "changes of one moment are one event: {change}");
    served.ends.records.send(Arc::new(record("transition"))).expect("somebody listens");
    let line = reader.next().await.expect("record");
    assert!(line.contains("event: record") && line.contains("id: 42-0"), "{line}");
    served.stop().await;
    assert_eq!(reader.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_beats_every_two_seconds() {
    let (state, ends, _) = state(sample::view(1), Rules::default());
    let service = TowerToHyperService::new(router(state));
    let request = Request::get("/api/v1/events").header("host", "localhost").body(Body::empty());
    let response = service.call(request.expect("request")).await.expect("answers");
    let mut body = response.into_body().into_data_stream();
    let begun = Instant::now();
    let mut events = Vec::new();
    while events.len() < 4 {
        let chunk = body.next().await.expect("open").expect("readable");
        let text = String::from_utf8(chunk.to_vec()).expect("text");
        let name = text.lines().next().unwrap_or_default().to_owned();
        events.push((begun.elapsed().as_secs(), name));
    }
    let expected =
        [(0, "event: status"), (2, "event: beat"), (4, "event: beat"), (6, "event: beat")];
    assert_eq!(events, expected.map(|(at, name)| (at, name.to_owned())));
    drop(ends);
    assert!(body.next().await.is_none(), "a stopped driver ends the stream");
    assert!(begun.elapsed() < Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_is_too_slow_is_told_that_it_missed_records() {
    let (state, ends, _) = state(sample::view(1), Rules::default());
    let service = TowerToHyperService::new(router(state));
    let request = Request::get("/api/v1/events").header("host", "localhost").body(Body::empty());
    let response = service.call(request.expect("request")).await.expect("answers");
    for _ in 0..1_030 {
        ends.records.send(Arc::new(record("verdict"))).expect("somebody listens");
    }
    let mut body = response.into_body().into_data_stream();
    let chunk = body.next().await.expect("open").expect("readable");
    let text = String::from_utf8(chunk.to_vec()).expect("text");
    assert!(text.contains("event: lagged") && text.contains("\"missed\":6"), "{text}");
}
