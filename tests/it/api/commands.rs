//! Orders: what reaches the driver and what the commander reads.

use super::{Served, code, json, record, served_by, with_tokens};
use crate::sample;
use callsurge::driver::Message;
use callsurge::engine::command::{Act, Command, Level};
use callsurge::engine::observation::UnitId;
use callsurge::record::Record;
use reqwest::{Method, RequestBuilder};

const PATH: &str = "/api/v1/units/north/commands";

fn order(served: &Served, body: &str) -> RequestBuilder {
    served
        .ask(Method::POST, PATH)
        .bearer_auth("secret-operate")
        .header("idempotency-key", "k1")
        .body(body.to_owned())
}

/// Sends an order, plays the driver's answer, and returns what each side got.
async fn exchange(body: &str, answer: Record) -> (Command, Option<String>, reqwest::Response) {
    let mut served = served_by(sample::view(1), with_tokens(), |_| {}).await;
    let sent = tokio::spawn(order(&served, body).send());
    let message = served.ends.inbox.recv().await.expect("message");
    let Message::Command { command, key, ack } = message else { panic!("{message:?}") };
    ack.send(answer).expect("the handler waits");
    let response = sent.await.expect("joins").expect("answers");
    (*command, key, response)
}

#[tokio::test]
async fn an_order_is_answered_with_its_record_after_the_commit() {
    let body = r#"{"act":"raise","level":"L3","reason":" power cut ","actor":"王班长",
                   "expires_at":"2026-11-24T11:30:00+08:00"}"#;
    let (command, key, response) = exchange(body, record("command")).await;
    assert_eq!(key.as_deref(), Some("k1"));
    assert_eq!(
        command,
        Command {
            unit: UnitId(0),
            act: Act::Raise(Level::L3),
            actor: "operate/王班长".into(),
            reason: "power cut".into(),
            expires_at: Some(sample::now() + callsurge::engine::time::Span::minutes(30)),
        }
    );
    assert_eq!(response.status(), 200);
    assert_eq!(json(response).await["type"], "command");
}

#[tokio::test]
async fn an_order_that_the_engine_refuses_is_a_conflict() {
    let refused = Record { refused: Some("no incident is open".into()), ..record("command") };
    let (command, _, response) = exchange(r#"{"act":"confirm","reason":"seen"}"#, refused).await;
    assert_eq!((command.act, command.actor.as_str()), (Act::Confirm, "operate"));
    assert_eq!(response.status(), 409);
    assert_eq!(code(response).await, "refused");
}

#[tokio::test]
async fn an_order_that_says_nothing_sound_reaches_nobody() {
    let served = served_by(sample::view(1), with_tokens(), |_| {}).await;
    let long = format!(r#"{{"act":"hold","reason":"{}"}}"#, "x".repeat(501));
    for bad in [
        "",
        "[]",
        r#"{"act":"raise","reason":"x"}"#,
        r#"{"act":"hold","level":"L1","reason":"x"}"#,
        r#"{"act":"raise","level":"L4","reason":"x"}"#,
        r#"{"act":"jump","reason":"x"}"#,
        r#"{"act":"hold"}"#,
        r#"{"act":"hold","reason":"  "}"#,
        r#"{"act":"hold","reason":"a\nb"}"#,
        r#"{"act":"hold","reason":"x","actor":""}"#,
        r#"{"act":"hold","reason":"x","expires_at":"tomorrow"}"#,
        r#"{"act":"hold","reason":"x","force":true}"#,
        &long,
    ] {
        let response = order(&served, bad).send().await.expect("answers");
        assert_eq!(
            (response.status().as_u16(), code(response).await.as_str()),
            (400, "bad_request")
        );
    }
    let keyless = served.ask(Method::POST, PATH).bearer_auth("secret-operate");
    let keyless = keyless.body(r#"{"act":"hold","reason":"x"}"#).send().await.expect("answers");
    assert_eq!(code(keyless).await, "idempotency_key");
    let nowhere = served.ask(Method::POST, "/api/v1/units/nowhere/commands");
    let nowhere = nowhere.bearer_auth("secret-operate").header("idempotency-key", "k");
    let nowhere = nowhere.body(r#"{"act":"hold","reason":"x"}"#).send().await.expect("answers");
    assert_eq!((nowhere.status().as_u16(), code(nowhere).await.as_str()), (404, "not_found"));
    assert!(served.ends.inbox.is_empty());
}

#[tokio::test]
async fn a_stopped_driver_and_a_journal_that_is_only_looked_at_take_no_order() {
    let mut served = served_by(sample::view(1), with_tokens(), |_| {}).await;
    served.ends.inbox.close();
    let hold = r#"{"act":"hold","reason":"x"}"#;
    let response = order(&served, hold).send().await.expect("answers");
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!((response.status().as_u16(), code(response).await.as_str()), (503, "unavailable"));
    let served = served_by(sample::view(1), with_tokens(), |s| s.read_only = true).await;
    let response = order(&served, hold).send().await.expect("answers");
    assert_eq!((response.status().as_u16(), code(response).await.as_str()), (409, "read_only"));
}
