//! The table of intervals: what is asked for comes whole, and nobody holds it up.

use super::{code, served};
use crate::prometheus::PATIENCE;
use crate::sample;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/intervals";

#[tokio::test]
async fn the_last_day_comes_as_a_table() {
    let served = served(sample::view(2)).await;
    let response = served.get(PATH).await;
    assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8");
    let text = response.text().await.expect("whole");
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(
        lines[0].starts_with("unit,queue,source,start,end,start_local,covered_seconds,offered")
    );
    let first = "north,queue-0000,acd,2026-11-24T02:57:00Z,2026-11-24T02:58:00Z,\
                 2026-11-24 10:57:00,60,50,,,,,,,,50.25";
    assert_eq!(lines[1], first, "by the clock that both units have");
    let marked = served.get(&format!("{PATH}?bom=true")).await.bytes().await.expect("whole");
    assert!(marked.starts_with(b"\xef\xbb\xbfunit,"));
}

#[tokio::test]
async fn steps_sum_and_programs_get_objects() {
    let served = served(sample::view(2)).await;
    let response = served.get(&format!("{PATH}?step=30m&format=ndjson&timezone=UTC")).await;
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    let text = response.text().await.expect("whole");
    let lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert_eq!(lines.len(), 1, "{text}");
    let line = &lines[0];
    assert_eq!(line["start_local"], "2026-11-24 02:30:00");
    assert_eq!((&line["offered"], &line["covered_seconds"]), (&json!(153), &json!(180.0)));
    assert_eq!((&line["answered"], &line["expected"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused() {
    let served = served(sample::view(1)).await;
    for bad in [
        "step=5m",
        "format=xml",
        "bom=true&format=ndjson",
        "since=yesterday",
        "since=2026-11-24T03:00:00Z&until=2026-11-24T03:00:00Z",
        "since=2025-01-01T00:00:00Z",
        "timezone=Shanghai",
        "unit=north",
    ] {
        let response = served.get(&format!("{PATH}?{bad}")).await;
        assert_eq!(response.status(), 400, "{bad}");
        assert_eq!(code(response).await, "bad_request");
    }
    let response = served.get(&format!("{PATH}?queue=other")).await;
    assert_eq!(response.status(), 404);
    assert_eq!(code(response).await, "not_found");
}

/// Half a year of minutes is more than any buffer between the two ends.
#[tokio::test]
async fn readers_that_do_not_read_keep_others_out_only_until_they_go() {
    let served = served(sample::view(10)).await;
    let path = format!("{PATH}?queue=queue-0009&since=2026-05-24T03:00:00Z");
    let idle = [served.get(&path).await, served.get(&path).await];
    let refused = served.get(PATH).await;
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["retry-after"]),
        (503, &"1".parse().expect("valid"))
    );
    assert_eq!(code(refused).await, "busy");
    let [first, second] = idle;
    drop(first);
    let whole = second.text().await.expect("whole");
    assert_eq!(whole.lines().count(), 184 * 1_440, "a header, and all but the first minute");
    let begun = std::time::Instant::now();
    while served.get(PATH).await.status() != 200 {
        assert!(begun.elapsed() < PATIENCE, "the seat of a reader that went is kept");
        tokio::task::yield_now().await;
    }
}
