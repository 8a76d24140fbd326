//! Every route by every caller; what the shell adds to every answer.

use super::{code, json, served, served_by, with_tokens};
use crate::sample;
use reqwest::Method;

/// Who is admitted to a route: callers without a token, then by scope.
type Row = (Method, &'static str, &'static [&'static str]);

const ANYBODY: &[&str] = &["", "wrong", "ingest", "read", "operate", "people"];
const READERS: &[&str] = &["read", "operate"];

fn rows() -> Vec<Row> {
    let get = |path, who| -> Row { (Method::GET, path, who) };
    let post = |path, who| -> Row { (Method::POST, path, who) };
    vec![
        get("/", ANYBODY),
        get("/web/page.js", ANYBODY),
        get("/-/healthy", ANYBODY),
        get("/-/ready", ANYBODY),
        (Method::DELETE, "/api/v1/session", ANYBODY),
        get("/command", ANYBODY),
        get("/web/command/orders.js", ANYBODY),
        get("/api/v1/session", READERS),
        get("/metrics", READERS),
        get("/api/v1/status", READERS),
        get("/api/v1/units", READERS),
        get("/api/v1/units/north", READERS),
        get("/api/v1/units/north/series", READERS),
        get("/api/v1/units/north/profile", READERS),
        get("/api/v1/units/north/history", READERS),
        get("/api/v1/incidents", READERS),
        get("/api/v1/logbook", READERS),
        get("/api/v1/staffing?calls=100&handle_seconds=300", READERS),
        get("/api/v1/events", READERS),
        post("/-/reload", &["operate"]),
        post("/api/v1/units/north/commands", &["operate"]),
        post("/api/v1/units/north/preview", &["operate"]),
        post("/api/v1/observations", &["ingest"]),
    ]
}

#[tokio::test]
async fn every_route_admits_exactly_its_scopes() {
    let mut served = served_by(sample::view(1), with_tokens(), |_| {}).await;
    let _weeks = served.answer_weeks();
    for (method, path, admitted) in rows() {
        for caller in ANYBODY {
            let mut request = served.ask(method.clone(), path);
            if !caller.is_empty() {
                request = request.bearer_auth(format!("{caller}.secret-{caller}"));
            }
            let response = request.send().await.expect("answers");
            let status = response.status().as_u16();
            let expected = match (*caller, admitted.contains(caller)) {
                (_, true) => None,
                ("" | "wrong", false) => Some(401),
                (_, false) => Some(403),
            };
            match expected {
                Some(refused) => {
                    assert_eq!(status, refused, "{method} {path} by {caller:?}");
                    assert_eq!(response.headers().contains_key("www-authenticate"), refused == 401);
                    let code = code(response).await;
                    let codes = ["token_missing", "token_unknown", "scope"];
                    assert!(codes.contains(&code.as_str()), "{code}");
                }
                None => assert!(![401, 403].contains(&status), "{method} {path} by {caller:?}"),
            }
        }
    }
    assert!(served.ends.inbox.is_empty(), "no refused and no malformed order reached the driver");
}

#[tokio::test]
async fn without_tokens_reading_and_ingesting_are_open_and_operating_is_refused() {
    let mut served = served(sample::view(1)).await;
    let _weeks = served.answer_weeks();
    for (method, path, admitted) in rows() {
        let response = served.ask(method.clone(), path).send().await.expect("answers");
        if admitted == ["operate"] {
            assert_eq!(response.status(), 403, "{path}");
            assert_eq!(code(response).await, "no_tokens");
        } else {
            assert!(response.status().is_success(), "{method} {path}: {}", response.status());
        }
    }
    let stranger = served.ask(Method::GET, "/").header("host", "evil.example:9797");
    let response = stranger.send().await.expect("answers");
    assert_eq!(response.status(), 403);
    assert_eq!(code(response).await, "host");
    let cross = served.ask(Method::POST, "/api/v1/observations").header("origin", "http://e.x");
    assert_eq!(code(cross.send().await.expect("answers")).await, "cross_site");
}

#[tokio::test]
async fn no_get_asks_more_of_the_driver_than_a_week() {
    let mut served = served(sample::view(1)).await;
    let weeks = served.answer_weeks();
    for (method, path, _) in rows() {
        if method == Method::GET {
            assert!(served.get(path).await.status().is_success(), "{path}");
        }
    }
    // The week's driver ends with whatever else it is told, and then has no answer.
    served.json("/api/v1/units/north/profile").await;
    weeks.abort();
}

#[tokio::test]
async fn every_answer_carries_the_headers_and_every_failure_the_one_shape() {
    let served = served(sample::view(1)).await;
    for path in ["/", "/metrics", "/api/v1/status", "/nowhere", "/api/v1/units/x"] {
        let response = served.get(path).await;
        let headers = response.headers();
        let policy = headers["content-security-policy"].to_str().expect("text");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"));
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["cache-control"], "no-store");
    }
    assert_eq!(code(served.get("/nowhere").await).await, "not_found");
    assert_eq!(code(served.get("/api/v1/units/x").await).await, "not_found");
    assert_eq!(code(served.get("/api/v1/units/%ff").await).await, "request");
    assert_eq!(code(served.get("/api/v1/logbook?limit=0").await).await, "bad_request");
    assert_eq!(code(served.get("/api/v1/logbook?nonsense=1").await).await, "bad_request");
    let put = served.ask(Method::PUT, "/metrics").send().await.expect("answers");
    assert_eq!((put.status().as_u16(), code(put).await.as_str()), (405, "method_not_allowed"));
    let large = served.ask(Method::POST, "/api/v1/session").body("x".repeat(64 * 1_024 + 1));
    let large = large.send().await.expect("answers");
    assert_eq!((large.status().as_u16(), code(large).await.as_str()), (413, "too_large"));
    let head = served.ask(Method::GET, "/").header("x-long", "y".repeat(40 * 1_024));
    assert_eq!(head.send().await.expect("answers").status(), 431);
}

#[tokio::test]
async fn a_page_exchanges_its_token_for_a_cookie() {
    let served = served_by(sample::view(1), with_tokens(), |_| {}).await;
    let session = |token: &str| {
        let body = serde_json::json!({ "token": token }).to_string();
        served.ask(Method::POST, "/api/v1/session").body(body).send()
    };
    let refused = session("read.wrong").await.expect("answers");
    assert_eq!((refused.status().as_u16(), code(refused).await.as_str()), (401, "token_unknown"));
    let response = session("operate.secret-operate").await.expect("answers");
    assert_eq!(response.status(), 204);
    let cookie = response.headers()["set-cookie"].to_str().expect("text").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().expect("pair").to_owned();
    let read = served.ask(Method::GET, "/api/v1/status").header("cookie", &cookie);
    assert_eq!(read.send().await.expect("answers").status(), 200);
    let who = served.ask(Method::GET, "/api/v1/session").header("cookie", &cookie);
    let who = json(who.send().await.expect("answers")).await;
    assert_eq!(who, serde_json::json!({ "actor": "operate", "scopes": ["operate", "read"] }));
    let reader = served.ask(Method::GET, "/api/v1/session").bearer_auth("secret-read");
    let reader = json(reader.send().await.expect("answers")).await;
    assert_eq!(reader, serde_json::json!({ "actor": "read", "scopes": ["read"] }));
    let reload = |origin: &str| {
        let request = served.ask(Method::POST, "/-/reload").header("cookie", &cookie);
        request.header("origin", origin).send()
    };
    let look = served.ask(Method::POST, "/api/v1/units/north/preview").header("cookie", &cookie);
    let look = look.header("origin", "http://evil.example").body(r#"{"act":"hold","reason":"x"}"#);
    assert_eq!(code(look.send().await.expect("answers")).await, "cross_site");
    assert_eq!(reload(&served.base).await.expect("answers").status(), 200);
    let foreign = reload("http://evil.example").await.expect("answers");
    assert_eq!((foreign.status().as_u16(), code(foreign).await.as_str()), (403, "cross_site"));
}
