//! Drills of the program itself: silent ones reach nobody, full ones are marked, a level ends both.

use super::recall::{Rig, post};
use super::{Running, until};
use serde_json::{Value, json};

const SILENT: &str = r#"{"level":"L2","reason":"every month","heads":3}"#;

fn start(served: &Running, body: &str) -> Value {
    let body: Value = serde_json::from_str(body).expect("JSON");
    let answer = post(served, "units/default/drill", &body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

/// How a drill went, once it is in the log book.
fn report(served: &Running, id: &str) -> Value {
    until("the drill is over", || {
        let lines = served.logbook("type=recall");
        let over = |r: &Value| r["cause"] == "closed" && r["recall"]["id"] == id;
        lines.into_iter().find(over).map(|line| line["recall"]["summary"].clone())
    })
}

#[test]
fn a_silent_drill_reaches_nobody_and_reports() {
    let rig = Rig::automatic();
    let served = rig.serve();
    let begun = start(&served, SILENT);
    let id = begun["recall"]["id"].as_str().expect("a name").to_owned();
    assert!(id.starts_with("drill-") && id.ends_with("-L2-1"), "{id}");
    assert_eq!((&begun["actor"], &begun["reason"]), (&json!("desk"), &json!("every month")));
    assert_eq!(start(&served, SILENT)["recall"]["id"], id, "the same key");
    let place = format!("/api/v1/recalls/{id}");
    let detail = until("everybody is reached", || {
        let detail = served.json(&place);
        let offers = detail["offers"].as_array().expect("offers").clone();
        offers.iter().all(|offer| offer["state"] != "planned").then_some(detail)
    });
    assert_eq!((&detail["drill"], &detail["silent"]), (&json!(true), &json!(true)));
    let asked = detail["heads"]["asked"].as_u64().expect("a number");
    assert!((3..=12).contains(&asked), "{detail}");
    assert_eq!(detail["so_far"]["reached"], asked);
    let unit = served.json("/api/v1/units/default");
    assert_eq!((&unit["drill"]["id"], &unit["drill"]["needed"]), (&json!(id), &json!(3)));
    assert_eq!(unit["recall"]["asked"], 0, "a drill is no recall");
    let stop = json!({"act": "cancel_all", "reason": "seen enough"});
    assert_eq!(post(&served, &format!("recalls/{id}/commands"), &stop).status, 200);
    let summary = report(&served, &id);
    assert_eq!((&summary["asked"], &summary["reached"]), (&json!(asked), &json!(asked)));
    assert_eq!((&summary["came"], &summary["no_shows"]), (&json!(0), &json!(0)));
    assert_eq!(served.json("/api/v1/units/default")["drill"], Value::Null);
    // What is told afterwards is the first that anybody hears.
    let raise = r#"{"act":"raise","level":"L2","reason":"the lobby is full"}"#;
    assert_eq!(served.order("default", "raise", raise).expect("an answer").status, 200);
    rig.wait("offer", 3);
    assert!(rig.told().iter().all(|told| told["recall"]["id"] == "1-L2-1"), "{:?}", rig.told());
    let again = json!({"level": "L2", "reason": "now", "heads": 1});
    let refused = post(&served, "units/default/drill", &again);
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (409, &json!("refused")));
    assert!(served.terminate().success());
}

#[test]
fn a_full_drill_is_told_as_one_and_a_level_ends_it() {
    let rig = Rig::automatic();
    let served = rig.serve();
    let begun = start(&served, r#"{"level":"L2","reason":"every year","mode":"full"}"#);
    let id = begun["recall"]["id"].as_str().expect("a name").to_owned();
    let asked = rig.wait("offer", 3);
    let yes = json!({"person": asked[0], "reply": "accept"});
    let answer = post(&served, &format!("recalls/{id}/replies"), &yes);
    assert_eq!(answer.json()["recall"]["answer"], "coming", "{}", answer.body);
    let raise = r#"{"act":"raise","level":"L1","reason":"it is real"}"#;
    assert_eq!(served.order("default", "raise", raise).expect("an answer").status, 200);
    assert_eq!(rig.wait("cancel", 1), [asked[0].clone()]);
    rig.has_closed();
    for told in rig.told() {
        assert_eq!((&told["recall"]["id"], &told["recall"]["drill"]), (&json!(id), &json!(true)));
    }
    let withdrawn = rig.told().into_iter().find(|m| m["cause"] == "withdraw").expect("told");
    assert_eq!(withdrawn["reason"], "real_recall");
    assert_eq!(report(&served, &id)["accepted"], 1);
    assert!(served.terminate().success());
}

/// A drill is state like any other: after a kill it goes on under its name, and nobody is told.
#[test]
fn a_silent_drill_survives_a_kill() {
    let rig = Rig::automatic();
    let mut served = rig.serve();
    let id = start(&served, SILENT)["recall"]["id"].as_str().expect("a name").to_owned();
    served.signal("KILL");
    served.wait();
    let served = rig.serve();
    let unit = served.json("/api/v1/units/default");
    assert_eq!(unit["drill"]["id"], id);
    let stop = json!({"act": "cancel_all", "reason": "seen enough"});
    assert_eq!(post(&served, &format!("recalls/{id}/commands"), &stop).status, 200);
    report(&served, &id);
    assert!(rig.receiver.requests().is_empty());
    assert!(served.terminate().success());
}
