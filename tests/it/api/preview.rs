//! What an order would do: the page reads it before the order is given, so it must be what the
//! order then does, and leave no trace.

use super::{Served, code, json, served_by, with_tokens};
use crate::rig::{Rig, T0, policy, row};
use crate::sample;
use callsurge::driver::{Message, Settings};
use callsurge::engine::Engine;
use callsurge::engine::time::Span;
use callsurge::journal::memory::MemoryJournal;
use callsurge::journal::{Channel, History, LogbookQuery, Settings as Kept, Stamp};
use reqwest::Method;
use serde_json::Value;
use std::sync::Arc;

/// A driver with the real engine in front of a served page, two hours into a quiet feed or a
/// quarter into its surge.
struct Centre {
    rig: Rig,
    journal: MemoryJournal,
    served: Served,
}

impl Centre {
    async fn after(rows: u64, stamp: Stamp) -> Self {
        let journal = MemoryJournal::new(Kept::new(Stamp::Test));
        let settings = Settings::new(policy());
        let rig = Rig::of::<Engine>(Box::new(journal.clone()), settings).expect("it starts");
        let rig = tokio::task::spawn_blocking(move || {
            (0..rows).for_each(|n| drop(rig.row(n).expect("committed")));
            rig
        });
        let rig = rig.await.expect("fed");
        let (handle, clock, history) = (rig.handle.clone(), rig.clock.clone(), journal.clone());
        let served = served_by(sample::view(0), with_tokens(), |state| {
            state.handle = handle;
            state.clock = clock;
            state.history = Arc::new(history);
            state.stamp = stamp;
            let outages = Channel { topics: vec!["outage".into()], ..Channel::all("acd-team") };
            state.channels = Arc::new([Channel::all("recall"), outages]);
        })
        .await;
        Self { rig, journal, served }
    }

    async fn ask(&self, what: &str, body: &str) -> reqwest::Response {
        let path = format!("/api/v1/units/default/{what}");
        let request = self.served.ask(Method::POST, &path).bearer_auth("secret-operate");
        let request = request.header("idempotency-key", "k1").body(body.to_owned());
        request.send().await.expect("answers")
    }

    async fn unit(&self) -> Value {
        let request = self.served.ask(Method::GET, "/api/v1/status").bearer_auth("secret-read");
        json(request.send().await.expect("answers")).await["units"][0].take()
    }

    fn written(&self) -> Vec<Value> {
        let query = LogbookQuery { limit: 500, ..LogbookQuery::default() };
        let page = self.journal.logbook(&query).expect("readable");
        page.records.iter().rev().map(|r| serde_json::to_value(r).expect("JSON")).collect()
    }

    async fn stop(self) {
        self.served.stop().await;
        tokio::task::spawn_blocking(|| self.rig.stop()).await.expect("stopped");
    }
}

fn order(act: &str, level: Option<&str>, until: Option<Span>, now: u64) -> String {
    let expires_at = until.map(|span| (row(now - 1).end + span).to_string());
    let mut body = serde_json::json!({ "act": act, "reason": "storm / 暴雨" });
    if let Some(level) = level {
        body["level"] = level.into();
    }
    if let Some(expires_at) = expires_at {
        body["expires_at"] = expires_at.into();
    }
    body.to_string()
}

/// Every act, at rest and in a surge: the state after and the records are those of the look.
#[tokio::test]
async fn a_look_tells_what_the_order_then_does_and_changes_nothing() {
    for rows in [100, 135] {
        for (act, level, until) in [
            ("raise", Some("L1"), None),
            ("raise", Some("L3"), Some(Span::hours(2))),
            ("lower", Some("L1"), None),
            ("lower", Some("none"), None),
            ("hold", None, Some(Span::minutes(10))),
            ("hold", None, Some(Span::minutes(31))),
            ("confirm", None, None),
            ("close", None, None),
        ] {
            let centre = Centre::after(rows, Stamp::Live).await;
            let body = order(act, level, until, rows);
            let (before, written) = (centre.unit().await, centre.written());
            let look = centre.ask("preview", &body).await;
            assert_eq!(look.status(), 200, "{body}");
            let look = json(look).await;
            assert_eq!(look["before"], before, "{body}");
            assert_eq!((centre.unit().await, centre.written().len()), (before, written.len()));
            let again = json(centre.ask("preview", &body).await).await;
            assert_eq!(look, again, "a look leaves no trace");
            let given = centre.ask("commands", &body).await;
            let now = &centre.written()[written.len()..];
            assert_eq!(look["records"], Value::Array(now.to_vec()), "{body}");
            assert_eq!(look["after"], centre.unit().await, "{body}");
            let refused = look["refused"].as_str();
            assert_eq!(given.status(), if refused.is_some() { 409 } else { 200 }, "{body}");
            let answer = json(given).await;
            match refused {
                Some(why) => assert_eq!(answer["error"]["message"], why),
                None => {
                    assert_eq!((&answer["until"], &answer["act"]), (&look["until"], &act.into()))
                }
            }
            centre.stop().await;
        }
    }
}

#[tokio::test]
async fn a_look_names_who_would_be_told_what() {
    for (stamp, told) in [
        (
            Stamp::Live,
            serde_json::json!([
                { "channel": "recall", "messages": ["transition"] },
                { "channel": "acd-team", "messages": [] },
            ]),
        ),
        (Stamp::Demo, serde_json::json!([])),
    ] {
        let centre = Centre::after(10, stamp).await;
        let look = json(centre.ask("preview", &order("raise", Some("L2"), None, 10)).await).await;
        assert_eq!(look["told"], told);
        assert_eq!(
            (&look["before"]["level"], &look["after"]["level"]),
            (&"none".into(), &"L2".into())
        );
        let until = (T0 + Span::minutes(10) + Span::minutes(30)).to_string();
        assert_eq!(look["until"], until);
        centre.stop().await;
    }
}

#[tokio::test]
async fn a_look_that_says_nothing_sound_reaches_nobody() {
    let mut served = served_by(sample::view(1), with_tokens(), |_| {}).await;
    let look = |served: &Served, body: &'static str| {
        let request = served.ask(Method::POST, "/api/v1/units/north/preview");
        request.bearer_auth("secret-operate").body(body).send()
    };
    for bad in ["", r#"{"act":"raise","reason":"x"}"#, r#"{"act":"hold","reason":""}"#] {
        let response = look(&served, bad).await.expect("answers");
        assert_eq!(
            (response.status().as_u16(), code(response).await.as_str()),
            (400, "bad_request")
        );
    }
    assert!(served.ends.inbox.is_empty());
    // An answer that never comes is no success.
    let asked = tokio::spawn(look(&served, r#"{"act":"hold","reason":"x"}"#));
    let message = served.ends.inbox.recv().await.expect("a message");
    let Message::Preview(command, ack) = message else { panic!("{message:?}") };
    assert_eq!((command.act.word(), command.actor.as_str()), ("hold", "operate"));
    drop(ack);
    let response = asked.await.expect("joins").expect("answers");
    assert_eq!((response.status().as_u16(), code(response).await.as_str()), (503, "unavailable"));
    let shown = served_by(sample::view(1), with_tokens(), |s| s.read_only = true).await;
    let response = look(&shown, r#"{"act":"hold","reason":"x"}"#).await.expect("answers");
    assert_eq!((response.status().as_u16(), code(response).await.as_str()), (409, "read_only"));
}
