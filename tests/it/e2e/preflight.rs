//! The pre-flight of the program itself: at the start, when asked, at the rise to L1, in metrics.

use super::recall::Rig;
use super::{Answer, Running, exchange, surge, until};
use serde_json::{Value, json};

fn look(served: &Running) -> Answer {
    exchange(served.at, "POST /api/v1/preflight HTTP/1.1\r\n", b"").expect("an answer")
}

/// Outcomes of a check, each with what it is of.
fn outcomes(found: &Value, check: &str) -> Vec<(Value, Value)> {
    let checks = found["checks"].as_array().expect("checks");
    let of = checks.iter().filter(|c| c["check"] == check);
    of.map(|c| (c["of"].clone(), c["outcome"].clone())).collect()
}

#[test]
fn what_a_recall_needs_is_looked_at_before_the_night() {
    let rig = Rig::new("mode = \"automatic\"\nroster = \"roster.db\"\n");
    let served = rig.serve();
    let first = until("the look at the start", || {
        let found = served.json("/api/v1/preflight");
        (!found["at"].is_null()).then_some(found)
    });
    assert_eq!(outcomes(&first, "feed")[0].1, "unknown", "nothing came so far");
    assert_eq!(served.post(surge("sales")).status, 200);
    let found = look(&served).json();
    assert_eq!(outcomes(&found, "feed")[0].1, "ok");
    for (check, outcome) in [
        ("mode", "ok"),
        ("roster", "ok"),
        ("legal", "ok"),
        // One of the people of L2 has a number that nobody verified.
        ("contacts_l2", "wrong"),
        ("contacts_l3", "ok"),
        ("need_l2", "ok"),
        // Two of twelve will come; whether the one of L3 does is a coin.
        ("pool_l2", "ok"),
        ("pool_l3", "wrong"),
        ("reply_links", "unknown"),
    ] {
        assert_eq!(outcomes(&found, check), [(Value::Null, json!(outcome))], "{check}: {found:#}");
    }
    assert_eq!(outcomes(&found, "channel"), [(json!("recall"), json!("unknown"))]);
    let page = served.get("/metrics").body;
    for (series, value) in [
        ("callsurge_preflight_ok{check=\"roster\"}", 1),
        ("callsurge_preflight_ok{check=\"contacts_l2\"}", 0),
        ("callsurge_preflight_ok{unit=\"default\",check=\"pool_l2\"}", 1),
        ("callsurge_preflight_ok{unit=\"default\",check=\"pool_l3\"}", 0),
        ("callsurge_preflight_need_heads{unit=\"default\",tier=\"standby\",skill=\"any\"}", 2),
        ("callsurge_preflight_pool_heads{unit=\"default\",tier=\"functional\",skill=\"any\"}", 0),
    ] {
        assert!(page.contains(&format!("\n{series} {value}\n")), "{series}: {page}");
    }
    assert!(!page.contains("check=\"reply_links\""), "what is not known has no series");
    let lines = served.lines.lock().unwrap().join("\n");
    assert!(lines.contains("pre-flight: contacts_l2"), "{lines}");
    assert!(served.terminate().success());
}

#[test]
fn the_rise_to_l1_looks_again() {
    let rig = Rig::new("roster = \"roster.db\"\n");
    let served = rig.serve();
    let at = |served: &Running| served.json("/api/v1/preflight")["at"].clone();
    let first = until("the look at the start", || Some(at(&served)).filter(|at| !at.is_null()));
    assert_eq!(served.post(surge("sales")).status, 200);
    let order = r#"{"act":"raise","level":"L1","reason":"storm"}"#;
    assert_eq!(served.order("default", "raise", order).expect("an answer").status, 200);
    until("another look", || (at(&served) != first).then_some(()));
    assert!(served.terminate().success());
}
