//! `/api/v1/staffing`: an answer, and refusals that name the parameter and its range.

use super::{code, json, served};
use crate::sample;

#[tokio::test]
async fn the_answer_is_that_of_the_command() {
    let served = served(sample::view(0)).await;
    let path = "/api/v1/staffing?calls=1200&handle_seconds=300&patience_seconds=180\
                &redial_share=0.5&formula=answered_of_offered&from=90&to=110&step=10";
    let answer = served.json(path).await;
    assert_eq!(answer["asked"]["load_erlangs"], 100.0);
    assert_eq!(answer["asked"]["patience_assumed"], false);
    assert_eq!(answer["rows"][2]["agents"], 110);
    let level = answer["rows"][0]["service_level"].as_f64().unwrap();
    assert!((level - 0.225_420_017_463_1).abs() < 1e-12, "{level}");
    let usual = served.json("/api/v1/staffing?calls=1200&handle_seconds=300").await;
    assert_eq!(usual["need"]["agents"], 100);
    served.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let served = served(sample::view(0)).await;
    for (query, said) in [
        ("handle_seconds=300", "calls"),
        ("calls=x&handle_seconds=300", "invalid float"),
        ("calls=10&handle_seconds=300&agents=3", "agents"),
        ("calls=NaN&handle_seconds=300", "calls is NaN"),
        ("calls=10&handle_seconds=300&target=80", "service level is 80"),
        ("calls=10&handle_seconds=300&from=0&to=2000000&step=1", "step is 1; allowed are"),
        ("calls=10&handle_seconds=300&redial_share=1", "redial share is 1; allowed are 0 to 0.9"),
        ("calls=10&handle_seconds=300&formula=best", "answered_of_offered"),
    ] {
        let path = format!("/api/v1/staffing?{query}");
        let body = json(served.get(&path).await).await;
        let message = body["error"]["message"].as_str().unwrap();
        assert!(message.contains(said), "{query}: {message}");
        let response = served.get(&path).await;
        assert_eq!(response.status(), 400, "{query}");
        assert_eq!(code(response).await, "bad_request");
    }
    served.stop().await;
}
