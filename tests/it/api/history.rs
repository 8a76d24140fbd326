//! Log book and incidents: filters reach the journal, formats reach the reader.

use super::{code, served};
use crate::sample;
use callsurge::engine::time::Span;
use callsurge::journal::LogbookQuery;

#[tokio::test]
async fn every_filter_reaches_the_journal() {
    let served = served(sample::view(0)).await;
    let path = "/api/v1/logbook?unit=north&type=transition&incident=3&cursor=9&limit=500&level=L2&text=storm\
                &since=2026-11-24T03:00:00Z&until=2026-11-24T12:00:00%2B08:00";
    let page = served.json(path).await;
    assert_eq!(page["records"][0]["id"], "42-0");
    assert_eq!(page["next"], 7);
    served.json("/api/v1/logbook").await;
    let asked = served.asked.lock().expect("lock").clone();
    assert_eq!(
        asked,
        [
            LogbookQuery {
                unit: Some("north".into()),
                kind: Some("transition".into()),
                incident: Some(3),
                level: Some("L2".into()),
                text: Some("storm".into()),
                since: Some(sample::now()),
                until: Some(sample::now() + Span::hours(1)),
                cursor: Some(9),
                limit: 500,
            },
            LogbookQuery { limit: 100, ..LogbookQuery::default() },
        ]
    );
    for bad in [
        "limit=501",
        "level=L4",
        "bom=true",
        "format=csv&limit=10001",
        "since=yesterday",
        "format=xml",
        "incident=x",
    ] {
        let response = served.get(&format!("/api/v1/logbook?{bad}")).await;
        assert_eq!(
            (response.status().as_u16(), code(response).await.as_str()),
            (400, "bad_request")
        );
    }
}

#[tokio::test]
async fn the_log_book_comes_as_a_table_too() {
    let served = served(sample::view(0)).await;
    for (format, kind, start) in [
        ("csv", "text/csv; charset=utf-8", "at,type,unit,"),
        ("markdown", "text/markdown; charset=utf-8", "| at | type | unit |"),
    ] {
        let response = served.get(&format!("/api/v1/logbook?format={format}")).await;
        assert_eq!(response.headers()["content-type"], kind);
        assert_eq!(response.headers()["x-next-cursor"], "7");
        let text = response.text().await.expect("text");
        assert!(text.starts_with(start) && text.contains("2026-11-24T03:00:00Z"), "{text}");
    }
}

#[tokio::test]
async fn a_spreadsheet_gets_its_mark_and_all_lines() {
    let served = served(sample::view(0)).await;
    let response = served.get("/api/v1/logbook?format=csv&bom=true&limit=10000").await;
    assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8");
    let bytes = response.bytes().await.expect("bytes");
    assert!(bytes.starts_with(b"\xef\xbb\xbfat,type,unit,"), "{bytes:?}");
    assert_eq!(served.asked.lock().expect("lock")[0].limit, 10_000);
}

#[tokio::test]
async fn incidents_are_listed_and_a_broken_store_is_an_internal_failure() {
    let served = served(sample::view(0)).await;
    let body = served.json("/api/v1/incidents?unit=south&limit=1").await;
    assert_eq!(body["incidents"][0]["unit"], "south");
    assert_eq!(body["incidents"].as_array().map(Vec::len), Some(1));
    let response = served.get("/api/v1/logbook?unit=broken").await;
    assert_eq!(response.status(), 500);
    let text = response.text().await.expect("text");
    assert!(text.contains("\"internal\"") && !text.contains("row 7"), "{text}");
}
