//! Messages and answers of the unit tests.

use super::Provider;
use super::answer::Answer;
use super::message::{Message, Urgency};
use super::verdict::{Fault, Reason, Verdict};
use crate::config::Language;
use crate::delivery::secret::Secret;
use crate::engine::command::Level;
use crate::engine::time::{Span, Timestamp};
use reqwest::header::HeaderMap;
use serde_json::Value;

/// 2026-11-28T20:00:00Z.
pub(super) const NOW: Timestamp = Timestamp::from_secs(1_795_896_000);

pub(super) fn message() -> Message {
    Message {
        key: "journal-7-0".into(),
        to: Some(Secret::new("+8613800138000")),
        subject: "召回".into(),
        text: "请到岗支援".into(),
        lang: Language::ZhCn,
        urgency: Urgency { commander: false, level: Level::L2 },
        useful_until: NOW + Span::minutes(20),
        drill: false,
        code: String::new(),
        reply: None,
    }
}

pub(super) fn answer(status: u16, body: &str) -> Answer {
    Answer { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() }
}

/// The body that a provider makes of a message, as JSON.
pub(super) fn body(provider: &dyn Provider, message: &Message) -> Value {
    let token = Secret::new("tok");
    let request = provider.request(message, Some(&token), NOW).expect("sendable");
    let body = request.body.expect("there is one");
    serde_json::from_str(body.reveal()).expect("JSON")
}

pub(super) fn refused(reason: Reason, code: i64) -> Verdict {
    Verdict::Refused(Fault::coded(reason, code))
}

pub(super) fn again(reason: Reason, code: i64) -> Verdict {
    Verdict::Again(Fault::coded(reason, code), None)
}

/// What every provider must make of answers that no provider gives: never a success.
pub(super) fn no_success_by_accident(provider: &dyn Provider) {
    let huge = "x".repeat(64 * 1024);
    let deep = "[".repeat(60_000);
    let strange = [
        "",
        " ",
        "null",
        "{}",
        "[]",
        "\"\"",
        "0",
        "<html>ok</html>",
        "{\"errcode\":",
        &huge,
        &deep,
        "{\"errcode\":null,\"code\":null}",
        "\u{0}",
    ];
    for body in strange {
        let shown = body.get(..20).unwrap_or(body);
        let verdict = provider.judge(&answer(200, body), NOW);
        let unclear = Verdict::Unclear(Reason::Garbled.into());
        assert_eq!(verdict, unclear, "{} of 200 {shown}", provider.word());
        for status in [302, 404, 429, 500, 502] {
            let answer = answer(status, body);
            let wanted = answer.refusal(NOW).expect("no success");
            let verdict = provider.judge(&answer, NOW);
            assert_eq!(verdict, wanted, "{} of {status} {shown}", provider.word());
        }
    }
    let mut slow = answer(429, "");
    slow.headers.insert("retry-after", "17".parse().expect("a header"));
    let wanted = Verdict::Again(Reason::RateLimit.into(), Some(Span::secs(17)));
    assert_eq!(provider.judge(&slow, NOW), wanted, "{}", provider.word());
    let gone = Message { useful_until: NOW, ..message() };
    let late = provider.request(&gone, Some(&Secret::new("tok")), NOW);
    assert_eq!(late, Err(Reason::Late.into()), "{}", provider.word());
}
