//! From posted rows to a signed message at the receiver.

use super::{Running, TOKEN_CONFIG, surge, until, write};
use crate::receiver::Receiver;
use callsurge::delivery::webhook::sign;
use std::collections::BTreeMap;

const SECRET: &str = "a secret of the receiver";

#[test]
fn a_surge_reaches_the_receiver_signed_and_once_per_id() {
    let folder = tempfile::tempdir().expect("folder");
    let receiver = Receiver::start();
    receiver.answer("503 Service Unavailable\r\n");
    write(folder.path(), "secret", SECRET);
    let hook = format!(
        "{TOKEN_CONFIG}[[webhook]]\nname = \"desk\"\nurl = \"{}\"\nsecret_file = \"secret\"\n\
         on = [\"transition\"]\n",
        receiver.url()
    );
    let config = write(folder.path(), "c.toml", &hook);
    let served = Running::serve(&folder.path().join("j"), Some(&config));
    let rows = surge("sales");
    assert_eq!(served.post(&rows).status, 200);
    let told = served.logbook("type=transition");
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["to"], "L1");
    let order = r#"{"act":"raise","level":"L2","reason":"the lobby is full"}"#;
    assert_eq!(served.order("default", "one", order).expect("an answer").status, 200);
    assert_eq!(served.order("default", "one", order).expect("an answer").status, 200);
    assert_eq!(served.post(&rows).status, 200, "the same rows again");
    until("both are delivered", || {
        let page = served.get("/metrics").body;
        let done = "callsurge_notifications_total{integration=\"desk\",outcome=\"delivered\"} 2";
        page.contains(done).then_some(())
    });
    assert!(served.terminate().success());
    let mut by_id: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for request in receiver.requests() {
        let (id, at) = (request.key(), &request.headers["webhook-timestamp"]);
        let signature = sign(SECRET.as_bytes(), id, at, &request.body).expect("a signature");
        assert_eq!(request.headers["webhook-signature"], signature);
        by_id.entry(id.to_owned()).or_default().push(request.body);
    }
    assert_eq!(by_id.len(), 2);
    assert_eq!(by_id.values().map(Vec::len).sum::<usize>(), 3, "only what failed is sent again");
    let mut levels = Vec::new();
    for bodies in by_id.values() {
        assert!(bodies.iter().all(|body| *body == bodies[0]));
        let body: serde_json::Value = serde_json::from_str(&bodies[0]).expect("JSON");
        assert_eq!(body["type"], "transition");
        levels.push(body["to"].as_str().expect("a level").to_owned());
    }
    levels.sort();
    assert_eq!(levels, ["L1", "L2"]);
}

#[test]
fn what_waits_for_a_receiver_that_is_away_is_seen() {
    let folder = tempfile::tempdir().expect("folder");
    write(folder.path(), "secret", SECRET);
    let away = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr();
    let hook = format!(
        "{TOKEN_CONFIG}[[webhook]]\nname = \"desk\"\nurl = \"http://{}/\"\n\
         secret_file = \"secret\"\n",
        away.expect("an address")
    );
    let config = write(folder.path(), "c.toml", &hook);
    let served = Running::serve(&folder.path().join("j"), Some(&config));
    let oldest = "\ncallsurge_notification_oldest_pending_timestamp_seconds{integration=\"desk\"} ";
    assert!(!served.get("/metrics").body.contains(oldest));
    assert_eq!(served.post(surge("sales")).status, 200);
    let page = served.get("/metrics").body;
    assert!(page.contains(oldest), "{page}");
    assert!(page.contains("\ncallsurge_incidents_total{plan=\"surge\"} 1\n"));
    assert!(page.contains("\ncallsurge_incidents_total{plan=\"acd_outage\"} 0\n"));
}
