//! Status, health, reload, metrics and the page.

use super::{code, served, served_by, with_tokens};
use crate::sample;
use callsurge::engine::time::Span;
use reqwest::Method;
use serde_json::{Value, json};
use std::io::Write as _;
use std::sync::Arc;

#[tokio::test]
async fn status_tells_the_units_and_sources() {
    let served = served(sample::view(3)).await;
    let status = served.json("/api/v1/status").await;
    assert_eq!(status["now"], "2026-11-24T03:00:00Z");
    assert_eq!(status["stamp"], "test");
    let north = &status["units"][0];
    assert_eq!((&north["level"], &north["stage"]), (&"L2".into(), &2.into()));
    assert_eq!(north["next_step_at"], "2026-11-24T03:20:00Z");
    assert_eq!(north["conditions"]["controlled"], false);
    assert_eq!(north["conditions"]["backlog"], Value::Null);
    assert_eq!(north["evidence"]["observed"], 180.0);
    assert_eq!(north["waiting"], 3);
    assert_eq!((&north["service_level"], &north["answer_rate"]), (&0.81.into(), &0.93.into()));
    assert_eq!(
        (&north["service_target_seconds"], &north["service_window_seconds"]),
        (&20.0.into(), &300.0.into())
    );
    // A surge of the sum counts more than queues that are normal, whatever their scores.
    let (strongest, explanation) = (&north["strongest"], &north["explanation"]);
    assert_eq!((&strongest["queue"], &strongest["verdict"]), (&Value::Null, &"surge".into()));
    assert_eq!(
        (&strongest["explanation"], &strongest["evidence"]),
        (explanation, &north["evidence"])
    );
    let surge = "Unit 北区 <b>, all queues: volume is abnormally high, 180 calls in 5 minutes where \
                 62 are usual, since 10:20; chance alone gives such a rise about once in 40 years; \
                 step test.";
    assert_eq!(explanation["en"], surge, "text, not markup: the page does the rest");
    assert_eq!(
        explanation["zh-CN"],
        "单元 北区 <b> 合计：呼入量异常增长，5 分钟呼入 180 通，平时 62 通，自 10:20 起；\
         偶然出现约 40 年一次；阶跃检验。"
    );
    assert_eq!(north["overrides"]["hold_until"], "2026-11-24T03:05:00Z");
    let south = &status["units"][1];
    assert_eq!((&south["has_data"], &south["display"]), (&false.into(), &"南区".into()));
    assert_eq!(south["waiting"], Value::Null, "not told is not zero");
    assert_eq!((&south["agents"]["logged_in"], &north["agents"]), (&7.into(), &Value::Null));
    assert_eq!(south["agents"]["after_call_work"], Value::Null);
    let learning = "Unit 南区, all queues: volume is still being learned, 0 of 3 intervals.";
    assert_eq!(south["strongest"]["explanation"]["en"], learning);
    assert_eq!(status["sources"][1]["up"], false);
    let units = served.json("/api/v1/units").await;
    assert_eq!(units["units"].as_array().map(Vec::len), Some(2));
    let detail = served.json("/api/v1/units/north").await;
    assert_eq!(detail["unit"], "north");
    assert_eq!(detail["queues"][2]["queue"], "queue-0002");
    assert_eq!(detail["queues"][2]["fresh"], true);
    let queue = detail["queues"][2]["explanation"]["en"].as_str().expect("explained");
    assert!(queue.starts_with("Queue queue-0002: volume is normal, 62 calls"), "{queue}");
}

#[tokio::test]
async fn ready_says_what_is_missing() {
    let served = served_by(sample::view(0), with_tokens(), |s| {
        s.readiness = Arc::new(|| vec!["the journal is not open".into()]);
    })
    .await;
    assert_eq!(served.get("/-/healthy").await.status(), 200);
    let response = served.get("/-/ready").await;
    assert_eq!(response.status(), 503);
    let body = super::json(response).await;
    assert_eq!(body["reasons"][0], "the journal is not open");
    assert_eq!(body["error"]["code"], "not_ready");
}

#[tokio::test]
async fn a_reload_that_fails_says_why_and_is_counted_where_it_is_done() {
    let served = served_by(sample::view(0), with_tokens(), |s| {
        s.reload = Arc::new(|| Err("callsurge.toml:7: unknown field `colour`".into()));
    })
    .await;
    let reload = served.ask(Method::POST, "/-/reload").bearer_auth("secret-operate");
    let response = reload.send().await.expect("answers");
    assert_eq!((response.status().as_u16(), code(response).await.as_str()), (422, "configuration"));
    let page = served.ask(Method::GET, "/metrics").bearer_auth("secret-read");
    let response = page.send().await.expect("answers");
    assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = response.text().await.expect("text");
    assert!(text.contains("\ncallsurge_config_last_reload_successful 1\n"), "not by the route");
    let counted =
        "callsurge_http_requests_total{code=\"422\",handler=\"/-/reload\",method=\"POST\"}";
    assert!(text.contains(&format!("{counted} 1\n")), "{text}");
}

#[tokio::test]
async fn paths_that_are_no_routes_make_one_series() {
    let served = served(sample::view(0)).await;
    for path in ["/a", "/b", "/api/v1/units/north", "/api/v1/units/south"] {
        served.get(path).await;
    }
    let text = served.get("/metrics").await.text().await.expect("text");
    let series = |code: &str, handler: &str| {
        format!(
            "callsurge_http_requests_total{{code=\"{code}\",handler=\"{handler}\",method=\"GET\"}} 2"
        )
    };
    assert!(text.contains(&series("404", "<unknown>")), "{text}");
    assert!(text.contains(&series("200", "/api/v1/units/{unit}")));
}

#[tokio::test]
async fn the_page_is_whole_and_speaks_two_languages() {
    let served = served(sample::view(0)).await;
    let page = served.get("/?lang=zh-CN").await;
    let cookie = page.headers()["set-cookie"].to_str().expect("text").to_owned();
    assert!(cookie.starts_with("lang=zh-CN;"), "{cookie}");
    let html = page.text().await.expect("text");
    assert!(html.contains("<html lang=\"zh-CN\">"));
    let chinese = served.ask(Method::GET, "/").header("accept-language", "zh-TW,en");
    let chinese = chinese.send().await.expect("answers").text().await.expect("text");
    assert!(chinese.contains("<html lang=\"zh-CN\">"));
    assert!(served.get("/").await.text().await.expect("text").contains("<html lang=\"en\">"));
    assert!(!html.contains("://"), "nothing is loaded from elsewhere");
    let loaded = html.split(['"']).filter(|part| part.starts_with("/web/"));
    let loaded: Vec<&str> = loaded.chain(["/web/en.json", "/web/zh-CN.json"]).collect();
    assert!(loaded.len() > 7, "{loaded:?}");
    let mut weight = packed(&html);
    for path in loaded {
        let response = served.get(path).await;
        let kind = match path.rsplit('.').next().expect("an end") {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            _ => "application/json",
        };
        assert_eq!(response.headers()["content-type"], kind);
        let text = response.text().await.expect("text").replace("http://www.w3.org/2000/svg", "");
        assert!(!text.contains("http://") && !text.contains("https://"), "{path}");
        weight += packed(&text);
    }
    println!("the page and all it loads: {weight} bytes compressed");
    assert!(weight < 150_000);
}

fn packed(text: &str) -> usize {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(text.as_bytes()).expect("memory");
    packed.finish().expect("memory").len()
}

#[tokio::test]
async fn a_series_is_what_was_judged_in_the_hours_asked_for() {
    let mut view = sample::view(0);
    let point = |minutes: i64, level: &str| {
        json!({
            "at": (sample::now() - Span::minutes(minutes)).as_millis(), "length": 60_000,
            "observed": 84.0, "expected": 50.256, "upper": 71.0, "level": level
        })
    };
    let points = [point(361, "none"), point(359, "none"), point(60, "L1"), point(0, "L2")];
    view.units[0].recent = serde_json::from_value(json!(points)).expect("points");
    let served = served(view).await;
    let series = served.json("/api/v1/units/north/series").await;
    assert_eq!(
        (&series["unit"], &series["now"]),
        (&json!("north"), &json!("2026-11-24T03:00:00Z"))
    );
    let last = json!({
        "at": "2026-11-24T03:00:00Z", "length_seconds": 60.0, "observed": 84.0, "expected": 50.26,
        "upper": 71.0, "stage": 2
    });
    assert_eq!((series["points"].as_array().map(Vec::len), &series["points"][2]), (Some(3), &last));
    let hour = served.json("/api/v1/units/north/series?hours=0.5").await;
    assert_eq!(hour["points"], json!([last]));
    let day = served.json("/api/v1/units/north/series?hours=24").await;
    assert_eq!(day["points"].as_array().map(Vec::len), Some(4));
    assert_eq!(served.json("/api/v1/units/south/series").await["points"], json!([]));
    for query in ["hours=0", "hours=25", "hours=-1", "hours=NaN", "hours=x", "days=1"] {
        let refused = served.get(&format!("/api/v1/units/north/series?{query}")).await;
        assert_eq!((refused.status().as_u16(), code(refused).await.as_str()), (400, "bad_request"));
    }
    assert_eq!(served.get("/api/v1/units/nobody/series").await.status(), 404);
}
