//! What gateways tell: genuine, forged, garbled.

use super::{Fields as _, Night, OUTSIDE, Plan, key};
use callsurge::delivery::channel::twilio::signature;
use callsurge::delivery::secret::Secret;
use callsurge::engine::time::Span;
use callsurge::reply::hooks::{Format, Hook};
use callsurge::roster::{Kind, PersonId};
use reqwest::Response;
use std::collections::BTreeMap;

const TOKEN: &str = "token of the account";
const SECRET: &str = "secret of the gateway";

pub(super) fn hooks() -> BTreeMap<String, Hook> {
    let http = |format, from: &str, text: &str, id: &str| Hook::Http {
        secret: Secret::new(SECRET),
        format,
        from: from.to_owned(),
        text: text.to_owned(),
        id: Some(id.to_owned()),
    };
    BTreeMap::from([
        ("sms".to_owned(), Hook::TwilioSms { token: Secret::new(TOKEN) }),
        ("voice".to_owned(), Hook::TwilioVoice { token: Secret::new(TOKEN) }),
        ("json".to_owned(), http(Format::Json, "/data/0/mobile", "/data/0/content", "/data/0/id")),
        ("form".to_owned(), http(Format::Form, "mobile", "content", "id")),
    ])
}

async fn night() -> Night {
    Night::of(Plan { hooks: hooks(), ..Plan::default() }).await
}

/// The number of a person.
fn number(person: u32) -> String {
    format!("+861380000{person:04}")
}

impl Night {
    /// Posts as Twilio does, signed with a token.
    async fn twilio(&self, path: &str, token: &str, fields: &[(&str, &str)]) -> Response {
        let signature = signature(&Secret::new(token), &format!("{OUTSIDE}{path}"), fields);
        let request = self.client.post(format!("{}{path}", self.base)).form(fields);
        request.header("x-twilio-signature", signature).send().await.expect("an answer")
    }

    /// A text message of a person; what is answered.
    async fn text(&self, person: u32, id: &str, text: &str) -> String {
        let from = number(person);
        let fields = [("MessageSid", id), ("From", &*from), ("Body", text)];
        let response = self.twilio("/hooks/sms", TOKEN, &fields).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/xml; charset=utf-8");
        inside(&response.text().await.expect("text"))
    }

    /// A key that a person pressed in a call; what is said.
    async fn key(&self, person: u32, call: &str, digits: Option<&str>) -> String {
        let token = key("the present key").token(&self.asked(person), Kind::Voice);
        let mut fields = vec![("CallSid", call)];
        fields.extend(digits.map(|digits| ("Digits", digits)));
        self.press_key(&format!("/hooks/voice/{token}"), &fields).await
    }

    /// What is said after a key, by whichever call.
    pub(super) async fn press_key(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let response = self.twilio(path, TOKEN, fields).await;
        assert_eq!(response.status(), 200);
        inside(&response.text().await.expect("text"))
    }
}

fn inside(twiml: &str) -> String {
    super::between(twiml, "<Response>", "</Response>").expect("TwiML").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_message_with_its_code_is_a_reply() {
    let night = night().await;
    let code = night.code(3);
    let said = night.text(3, "SM1", &format!("{} y 45", code.to_lowercase())).await;
    assert_eq!(said, "<Message>Noted: you are coming. Please be there by 01:45.</Message>");
    assert_eq!(night.state(3), "accepted");
    // The person of Shanghai is answered in Chinese.
    let said = night.text(1, "SM2", &format!("{}是", night.code(1))).await;
    assert_eq!(said, "<Message>已登记：请于 08:30 前到岗。</Message>");
    let no = format!("{} 2", night.code(1));
    assert_eq!(night.text(1, "SM3", &no).await, "<Message>已登记：您不来。</Message>");
    assert_eq!(night.state(1), "declined");
    // The same message again gets the first answer and undoes nothing.
    let again = night.text(1, "SM2", &format!("{}是", night.code(1))).await;
    assert_eq!(
        (&*again, night.state(1)),
        ("<Message>已登记：请于 08:30 前到岗。</Message>", "declined")
    );
    assert_eq!(night.counted("sms", "declined"), 1);
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_counts_only_from_the_number_that_it_went_to() {
    let night = night().await;
    let yes = format!("{} 1", night.code(3));
    for (stranger, id) in [(4, "SM1"), (77, "SM2")] {
        let said = night.text(stranger, id, &yes).await;
        assert!(said.starts_with("<Message>That code is not, or no longer, in use."), "{said}");
    }
    assert_eq!(night.text(77, "SM2a", &yes).await, "", "a stranger is told once an hour");
    assert_eq!(night.counted("sms", "refused"), 3);
    assert!(["planned", "sent"].contains(&night.state(3)));
    // A number that two share: the code says who it is.
    let said = night.text(99, "SM3", &format!("{} 2", night.code(4))).await;
    assert_eq!(said, "<Message>Noted: you are not coming.</Message>");
    assert_eq!(night.state(4), "declined");
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn help_is_sent_once_an_hour() {
    let night = night().await;
    assert!(night.text(3, "SM1", "what is this?").await.contains("Reply with your code"));
    for n in 2..10 {
        assert_eq!(night.text(3, &format!("SM{n}"), "Reply with your code").await, "");
    }
    let said = night.text(3, "SM20", &format!("{} 2", night.code(3))).await;
    assert_eq!(said, "<Message>Noted: you are not coming.</Message>", "answers are always told");
    night.later(Span::hours(1)).await;
    assert!(night.text(3, "SM21", "?").await.contains("Reply with your code"));
    assert_eq!(night.text(4, "SM22", "STOP").await, "", "the gateway answers that");
    assert_eq!(night.counted("sms", "not_understood"), 11);
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_number_is_blocked_by_text_with_or_without_a_code() {
    let night = night().await;
    let blocked = "<Message>Sorry for the trouble. This contact will not be used again.</Message>";
    assert_eq!(night.text(3, "SM1", "Wrong number!").await, blocked);
    assert_eq!(night.state(3), "failed");
    assert_eq!(night.text(4, "SM2", &format!("{} 9", night.code(4))).await, blocked);
    // Somebody whom nobody has asked, and a number that nobody has.
    assert_eq!(night.text(55, "SM3", "9").await, blocked);
    assert_eq!(night.text(77, "SM4", "9").await, "");
    let people = [3, 4, 55].map(|n| (PersonId(n), Kind::Sms));
    assert_eq!(night.blocked(), people);
    assert_eq!(night.counted("sms", "blocked"), 3);
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_is_not_heard() {
    let night = night().await;
    let from = number(3);
    let yes = format!("{} 1", night.code(3));
    let fields = [("MessageSid", "SM1"), ("From", &*from), ("Body", &*yes)];
    let entries = night.journal.entries().len();
    let forged = night.twilio("/hooks/sms", "another token", &fields).await;
    assert_eq!(forged.status(), 403);
    let url = format!("{}/hooks/sms", night.base);
    let unsigned = night.client.post(&url).form(&fields).send().await.expect("an answer");
    assert_eq!(unsigned.status(), 403);
    // Signed for the address behind the proxy, for another path, for other fields.
    for (address, signed) in [
        (url.clone(), &fields[..]),
        (format!("{OUTSIDE}/hooks/other"), &fields[..]),
        (format!("{OUTSIDE}/hooks/sms"), &fields[..2]),
    ] {
        let signature = signature(&Secret::new(TOKEN), &address, signed);
        let request = night.client.post(&url).form(&fields).header("x-twilio-signature", signature);
        assert_eq!(request.send().await.expect("an answer").status(), 403, "{address}");
    }
    let token = key("the present key").token(&night.asked(3), Kind::Voice);
    let path = format!("/hooks/voice/{token}");
    let forged = night.twilio(&path, "another token", &[("Digits", "1")]).await;
    assert_eq!(forged.status(), 403);
    for (name, value) in [
        ("authorization", "Bearer wrong"),
        ("authorization", SECRET),
        ("x-callsurge-token", "wrong"),
        ("x-other", SECRET),
    ] {
        let request = night.client.post(format!("{}/hooks/json", night.base)).header(name, value);
        assert_eq!(request.body("{}").send().await.expect("an answer").status(), 403, "{name}");
    }
    assert_eq!((night.counted("sms", "unsigned"), night.counted("voice", "unsigned")), (9, 1));
    assert_eq!(night.journal.entries().len(), entries);
    for path in ["/hooks/none", "/hooks/voice", "/hooks/sms/x", "/hooks/none/x"] {
        let response = night.twilio(path, TOKEN, &fields).await;
        assert_eq!(response.status(), 404, "{path}");
    }
    let get = night.get("/hooks/sms").await;
    assert_eq!(get.status(), 405);
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_a_reply_and_silence_is_none() {
    let night = night().await;
    assert_eq!(night.key(3, "CA1", None).await, "");
    assert_eq!(night.key(3, "CA1", Some("")).await, "");
    assert!(["planned", "sent"].contains(&night.state(3)));
    let again = night.key(3, "CA1", Some("5")).await;
    assert!(again.starts_with("<Gather numDigits=\"1\""), "{again}");
    let said = night.key(3, "CA1", Some("1")).await;
    assert_eq!(
        said,
        "<Say language=\"en-US\">Noted: you are coming. Please be there by 01:30.</Say>"
    );
    let said = night.key(1, "CA2", Some("2")).await;
    assert_eq!(said, "<Say language=\"zh-CN\">已登记：您不来。</Say>");
    let said = night.key(2, "CA3", Some("9")).await;
    assert!(said.contains("will not be used again"), "{said}");
    assert_eq!(night.blocked(), [(PersonId(2), Kind::Voice)]);
    assert_eq!([1, 2, 3].map(|n| night.state(n)), ["declined", "failed", "accepted"]);
    // The link of a text message is none of a call.
    let path = format!("/hooks/voice/{}", night.token(3));
    let said = night.twilio(&path, TOKEN, &[("Digits", "2")]).await.text().await.expect("text");
    assert!(said.contains("Please do not come."), "{said}");
    assert_eq!(night.state(3), "accepted");
    night.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_gateway_can_tell_by_json_or_form() {
    let night = night().await;
    let send = async |path: &str, kind: &str, body: String| {
        let request = night.client.post(format!("{}/hooks/{path}", night.base));
        let request = request.header("content-type", kind).bearer_auth(SECRET).body(body);
        let response = request.send().await.expect("an answer");
        (response.status().as_u16(), response.text().await.expect("text"))
    };
    let json = |number: &str, text: &str| {
        let message = serde_json::json!({"id": 7, "mobile": number, "content": text});
        serde_json::json!({ "data": [message] }).to_string()
    };
    let yes = json(&number(3), &format!("{} 1", night.code(3)));
    let said = send("json", "application/json", yes).await;
    let wanted = r#"{"reply":"Noted: you are coming. Please be there by 01:30."}"#;
    assert_eq!(said, (200, wanted.to_owned()));
    let text = format!("mobile=%2B{}&content={}+2&id=8", &number(4)[1..], night.code(4));
    let said = send("form", "application/x-www-form-urlencoded", text).await;
    assert_eq!(said, (200, r#"{"reply":"Noted: you are not coming."}"#.to_owned()));
    assert_eq!([3, 4].map(|n| night.state(n)), ["accepted", "declined"]);
    // Many leave out the + in front of the country, or the country.
    let bare = json("8613800000003", &format!("{} 1", night.code(3)));
    let said = send("form", "application/x-www-form-urlencoded", "mobile=x".into()).await;
    assert_eq!(said.0, 400, "no text");
    assert_eq!(send("json", "application/json", bare).await.0, 200);
    assert_eq!(
        night.state(3),
        "accepted",
        "the number of the message is the same, so is the reply"
    );
    // A gateway whose numbers begin anew every day does not make a no a repeated yes.
    let bare = json("8613800000003", &format!("{} 2", night.code(3)));
    assert_eq!(
        send("json", "application/json", bare).await.1,
        r#"{"reply":"Noted: you are not coming."}"#
    );
    // The roster is away: the gateway is to try again.
    let away = json(&number(98), "K7Q2 1");
    assert_eq!(send("json", "application/json", away).await.0, 503);
    for body in ["", "{", "[]", "{\"data\":[]}", "{\"data\":[{\"mobile\":true,\"content\":1}]}"] {
        assert_eq!(send("json", "application/json", body.to_owned()).await.0, 400, "{body}");
    }
    assert_eq!(send("form", "application/json", "{}".to_owned()).await.0, 400);
    assert_eq!(send("json", "application/json", json("a name", "1")).await.1, r#"{"reply":null}"#);
    night.stop().await;
}

/// Neither who sends nor what is sent is found anywhere afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_and_texts_are_not_kept() {
    let night = night().await;
    night.text(3, "SM-canary", "canary text of somebody").await;
    night.text(3, "SM-canary2", &format!("{} 1", night.code(3))).await;
    night.text(4, "SM-canary3", "wrong number").await;
    let mut seen: Vec<String> = night.journal.records().iter().map(|r| format!("{r:?}")).collect();
    seen.extend(night.journal.entries().iter().map(|entry| format!("{entry:?}")));
    let view = night.rig.handle.view();
    seen.push(callsurge::metrics::render(&view, &night.service).expect("renders"));
    for text in seen {
        for word in ["canary", "8613800000003", &*night.code(3), &*night.token(3)] {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
    night.stop().await;
}
