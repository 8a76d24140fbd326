//! The pre-flight over HTTP: who may read it, who may look, what is told.

use super::{code, json, served_by, with_tokens};
use crate::preflight::report;
use crate::sample;
use callsurge::api::preflight::Preflights;
use reqwest::Method;
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn readers_see_what_was_found_and_operators_look() {
    let kept = Arc::new(Mutex::new(None));
    let (latest, run) = (kept.clone(), kept);
    let preflight = Preflights {
        latest: Arc::new(move || latest.lock().expect("lock").clone()),
        run: Arc::new(move || {
            let found = Some(Arc::new(report()));
            *run.lock().expect("lock") = found.clone();
            Box::pin(async { found })
        }),
    };
    let served =
        served_by(sample::view(1), with_tokens(), |state| state.preflight = preflight).await;
    let ask = |method, token: &'static str| {
        served.ask(method, "/api/v1/preflight").bearer_auth(token).send()
    };
    let before = json(ask(Method::GET, "secret-read").await.expect("answers")).await;
    assert_eq!(before, serde_json::json!({"at": null, "outcome": null, "checks": [], "pools": []}));
    let refused = ask(Method::POST, "secret-read").await.expect("answers");
    assert_eq!((refused.status().as_u16(), &*code(refused).await), (403, "scope"));
    let found = json(ask(Method::POST, "secret-operate").await.expect("answers")).await;
    assert_eq!(found["outcome"], "wrong");
    let checks = found["checks"].as_array().expect("checks");
    let contacts = checks.iter().find(|c| c["check"] == "contacts_l2").expect("it is there");
    assert_eq!(contacts["en"], "all of 3 have a verified contact");
    assert_eq!(contacts["zh-CN"], "3 人均有已验证的联系方式");
    assert_eq!(found["pools"][0]["skill"], "cards");
    let after = json(ask(Method::GET, "secret-read").await.expect("answers")).await;
    assert_eq!(after, found);
    served.stop().await;
}

#[tokio::test]
async fn a_journal_that_is_only_looked_at_looks_at_nothing() {
    let served = served_by(sample::view(1), with_tokens(), |state| state.read_only = true).await;
    let request = served.ask(Method::POST, "/api/v1/preflight").bearer_auth("secret-operate");
    let answer = request.send().await.expect("answers");
    assert_eq!((answer.status().as_u16(), &*code(answer).await), (409, "read_only"));
    served.stop().await;
    let served = served_by(sample::view(1), with_tokens(), |_| {}).await;
    let request = served.ask(Method::POST, "/api/v1/preflight").bearer_auth("secret-operate");
    assert_eq!(request.send().await.expect("answers").status(), 503);
    served.stop().await;
}
