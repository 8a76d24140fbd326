//! The usual week and the past of a series, as the analyst's page asks for them.

use super::{code, served, served_by};
use crate::rig::{Rig, policy};
use crate::sample;
use callsurge::api::auth::Rules;
use callsurge::driver::Settings;
use callsurge::engine::Engine;
use callsurge::journal::memory::MemoryJournal;
use callsurge::journal::{Settings as Kept, Stamp};
use serde_json::Value;

#[tokio::test]
async fn a_week_tells_closed_unknown_and_nothing_apart() {
    let mut served = served(sample::view(1)).await;
    let weeks = served.answer_weeks();
    let week = served.json("/api/v1/units/north/profile").await;
    let slots = week["slots"].as_array().expect("slots");
    assert_eq!((slots.len(), week["slot_minutes"].as_u64()), (672, Some(15)));
    let told = |n: usize| (slots[n]["expected"].as_f64(), slots[n]["closed"].as_bool());
    assert_eq!(told(0), (Some(0.0), Some(true)));
    assert_eq!(told(9), (None, Some(false)));
    assert_eq!(told(10), (Some(3.3333), Some(false)));
    assert_eq!((&week["provisional"], &week["boards"]), (&Value::Null, &Value::Null));
    assert_eq!(week["tests"].as_array().map(Vec::len), Some(0), "nothing was judged");
    weeks.abort();
    served.stop().await;
}

#[tokio::test]
async fn the_past_is_told_with_its_quality() {
    let mut served = served(sample::view(2)).await;
    let weeks = served.answer_weeks();
    let past = served.json("/api/v1/units/north/history?hours=1&queue=queue-0001").await;
    let calls: Vec<_> = past["points"].as_array().expect("points").iter().collect();
    assert_eq!(calls.iter().map(|p| p["observed"].as_i64()).collect::<Vec<_>>(), {
        [Some(50), Some(52), Some(51)]
    });
    assert_eq!(calls[1]["expected"], Value::Null, "not judged is not zero");
    assert_eq!(calls[0]["sd"], Value::Null, "the engine has measured nothing");
    let quality = &past["quality"];
    assert_eq!((&quality["told_seconds"], &quality["unjudged"]), (&180.0.into(), &1.into()));
    assert_eq!((&quality["holes"], &quality["complete"]), (&1.into(), &false.into()));
    assert_eq!(past["quarters"], false);
    assert_eq!(served.json("/api/v1/units/north/history?hours=25").await["quarters"], true);
    weeks.abort();
    served.stop().await;
}

#[tokio::test]
async fn what_is_asked_for_is_bounded() {
    let served = served(sample::view(101)).await;
    for bad in ["hours=0", "hours=745", "hours=NaN", "until=yesterday", "limit=1", "hours=2"] {
        let response = served.get(&format!("/api/v1/units/north/history?{bad}")).await;
        assert_eq!(response.status(), 400, "{bad}");
        assert_eq!(code(response).await, "bad_request", "{bad}");
    }
    for nobody in ["north/profile?queue=x", "north/history?queue=x", "x/profile", "x/history"] {
        let response = served.get(&format!("/api/v1/units/{nobody}")).await;
        assert_eq!(response.status(), 404, "{nobody}");
    }
    served.stop().await;
}

#[tokio::test]
async fn a_driver_that_is_gone_is_said_to_have_no_answer() {
    let mut served = served(sample::view(1)).await;
    served.ends.inbox.close();
    let response = served.get("/api/v1/units/north/profile").await;
    assert_eq!(response.status(), 503);
    served.stop().await;
}

/// The real engine, with what it has judged after three hours of rows.
#[tokio::test]
async fn the_thresholds_are_those_of_the_engine() {
    let journal = MemoryJournal::new(Kept::new(Stamp::Test));
    let rig = Rig::of::<Engine>(Box::new(journal), Settings::new(policy())).expect("it starts");
    let rig = tokio::task::spawn_blocking(move || {
        (0..180).for_each(|n| drop(rig.row(n).expect("committed")));
        rig
    });
    let rig = rig.await.expect("fed");
    let served = served_by(sample::view(0), Rules::default(), |state| {
        state.handle = rig.handle.clone();
        state.clock = rig.clock.clone();
        state.grafana = Some("https://grafana.example.org/".into());
    })
    .await;
    let detail = served.json("/api/v1/units/default").await;
    let queue = detail["queues"][0]["queue"].as_str().expect("a name");
    let of_queue = served.json(&format!("/api/v1/units/default/profile?queue={queue}")).await;
    let of_unit = served.json("/api/v1/units/default/profile").await;
    assert_eq!(of_queue["tests"], of_unit["tests"], "of one queue the sum is the queue");
    assert_eq!(of_unit["provisional"], true);
    let in_use = of_unit["tests"].as_array().expect("tests").iter();
    let mut in_use = in_use.filter(|test| test["in_use"] == true);
    let provisional = in_use.next().expect("one");
    assert_eq!(provisional["method"], "provisional");
    assert_eq!(provisional["threshold"], detail["evidence"]["threshold"]);
    assert_eq!(in_use.next().expect("another")["chance"], 1e-6);
    let boards = &of_unit["boards"];
    assert_eq!(boards["zh-CN"], "https://grafana.example.org/d/callsurge-analyst-zh");
    // A day that is not over has taught nothing yet.
    let slots = of_unit["slots"].as_array().expect("slots");
    assert!(slots.iter().all(|slot| slot["expected"].is_null() && slot["weeks"] == 0));
    served.stop().await;
    tokio::task::spawn_blocking(|| rig.stop()).await.expect("stopped");
}
