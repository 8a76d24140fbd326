//! What holds for every channel, whatever a message or an answer holds.

use super::alertmanager::{Alertmanager, Login};
use super::dingtalk_bot::DingtalkBot;
use super::dingtalk_work::DingtalkWork;
use super::feishu_app::FeishuApp;
use super::feishu_bot::FeishuBot;
use super::http::{Http, HttpSettings};
use super::message::Message;
use super::pace::Rate;
use super::pagerduty::Pagerduty;
use super::request::{Method, Request};
use super::samples::{NOW, answer, message};
use super::slack::Slack;
use super::teams::Teams;
use super::template::Encoding;
use super::twilio::{Account, TwilioSms, TwilioVoice};
use super::wecom_app::WecomApp;
use super::wecom_bot::WecomBot;
use super::{Class, Provider};
use crate::delivery::secret::Secret;
use crate::engine::time::Span;
use proptest::prelude::*;
use reqwest::Url;
use reqwest::header::HeaderValue;
use serde_json::Value;

/// What no output may hold.
const CANARY: &str = "canary7";

fn canary() -> Secret {
    Secret::new(CANARY)
}

fn hidden(url: &str) -> Secret {
    Secret::new(format!("{url}{CANARY}"))
}

fn generic(encoding: Encoding, body: &str) -> Box<dyn Provider> {
    let settings = HttpSettings {
        method: Method::Post,
        url: hidden("https://h/send?to={to_digits}&text={text}&k="),
        headers: vec![("x-key".into(), Secret::new("{secret} {key}"))],
        body: Some(Secret::new(body)),
        encoding,
        secret: canary(),
        keyed: encoding == Encoding::Json,
        success: None,
        delivers: false,
        rate: Rate::new(10, Span::secs(1)),
        bytes_max: 300,
    };
    Box::new(Http::new(settings).expect("sound"))
}

fn account() -> Account {
    Account {
        base: "https://h".into(),
        sid: "AC1".into(),
        token: canary(),
        from: "+15005550006".into(),
        status_callback: None,
    }
}

fn all() -> Vec<Box<dyn Provider>> {
    let base = || "https://h".to_owned();
    let rate = Rate::new(1, Span::secs(1));
    vec![
        generic(Encoding::Json, r#"{"to":"{to}","a":["{text}",{"s":"{subject}"}]}"#),
        generic(Encoding::Form, "to={to}&text={text}&subject={subject}"),
        Box::new(TwilioSms { account: account(), rate }),
        Box::new(TwilioVoice { account: account(), rate, action: "https://h/".into() }),
        Box::new(WecomApp {
            base: base(),
            corp_id: "c".into(),
            corp_secret: canary(),
            agent_id: 1,
        }),
        Box::new(WecomBot { url: hidden("https://h/?key="), mention_all: false }),
        Box::new(DingtalkBot {
            url: hidden("https://h/?access_token="),
            secret: Some(canary()),
            mention_all: false,
        }),
        Box::new(DingtalkWork {
            base: base(),
            app_key: "k".into(),
            app_secret: canary(),
            agent_id: 1,
        }),
        Box::new(FeishuBot { url: hidden("https://h/"), secret: Some(canary()) }),
        Box::new(FeishuApp {
            base: base(),
            app_id: "a".into(),
            app_secret: canary(),
            id_type: "user_id".into(),
        }),
        Box::new(Slack { url: hidden("https://h/") }),
        Box::new(Teams { url: hidden("https://h/?sig=") }),
        Box::new(Pagerduty { base: base(), routing_key: canary(), source: "s".into() }),
        Box::new(Alertmanager { base: base(), login: Login::Bearer(canary()) }),
    ]
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.reveal())
}

/// The body as a receiver reads it, as text that holds every value once unescaped.
fn understood(request: &Request) -> String {
    let body = request.body.as_ref().expect("a body").reveal();
    if header(request, "content-type").is_some_and(|told| told.contains("json")) {
        let value: Value = serde_json::from_str(body).expect("JSON");
        return value.to_string();
    }
    let url = Url::parse(&format!("http://h/?{body}")).expect("a form");
    url.query_pairs().map(|(name, value)| format!("{name}={value}\n")).collect()
}

proptest! {
    #[test]
    fn a_request_is_sound_whatever_is_said(
        text in any::<String>(),
        subject in any::<String>(),
        code in "[A-Z0-9]{0,6}",
        drill in any::<bool>(),
    ) {
        let message = Message { text, subject, code: code.clone(), drill, ..message() };
        for provider in all() {
            let word = provider.word();
            let request = provider.request(&message, Some(&canary()), NOW).expect(word);
            prop_assert!(Url::parse(request.url.reveal()).is_ok());
            prop_assert!(understood(&request).contains(&code), "{}", word);
            for (_, value) in &request.headers {
                prop_assert!(HeaderValue::from_str(value.reveal()).is_ok());
            }
            let again = provider.request(&message, Some(&canary()), NOW).expect(word);
            prop_assert_eq!(request, again, "{} says the same again", word);
        }
    }

    #[test]
    fn no_answer_breaks_a_judge_or_is_repeated_in_its_words(
        status in 100_u16..600,
        body in prop_oneof![
            any::<String>(),
            Just(r#"{"errcode":13800138000,"code":13800138000,"errmsg":"13800138000"}"#.into()),
            Just(r#"{"errcode":0,"code":0,"msgid":"13800138000","task_id":13800138000}"#.into()),
            Just(r#"{"sid":"13800138000","data":{"message_id":"13800138000"}}"#.into()),
            Just("13800138000".to_owned()),
        ],
    ) {
        let answer = answer(status, &body);
        for provider in all() {
            let shown = format!("{:?} {answer:?}", provider.judge(&answer, NOW));
            prop_assert!(!shown.contains("13800138000"), "{}: {shown}", provider.word());
            let token = format!("{:?}", provider.token(&answer, NOW));
            prop_assert!(!token.contains("13800138000"), "{}: {token}", provider.word());
        }
    }
}

/// Characters whose bytes differ in UTF-8, JSON, XML, forms and Slack's markup.
#[test]
fn a_long_text_is_cut_and_the_code_stays() {
    for piece in ["支", "\"", "\\\n", "<&", "🙂a", "\u{1}", "%+ ="] {
        let message = Message { text: piece.repeat(40_000), code: "K7Q2".into(), ..message() };
        for provider in all() {
            let request = provider.request(&message, Some(&canary()), NOW).expect("sendable");
            let bytes = request.body.as_ref().map_or(0, |body| body.reveal().len());
            // Six bytes for each of 20,000, where the limit is counted before the escape.
            assert!(bytes <= 130_000, "{}: {bytes} of {piece:?}", provider.word());
            assert!(understood(&request).contains("K7Q2"), "{} of {piece:?}", provider.word());
        }
    }
}

#[test]
fn nothing_secret_is_shown() {
    let message = Message { code: CANARY.into(), text: CANARY.into(), ..message() };
    for provider in all() {
        let token = provider.token_request();
        let request = provider.request(&message, Some(&canary()), NOW).expect("sendable");
        let look_up = provider.look_up(&message, NOW);
        let shown = format!("{provider:?} {message:?} {request:?} {token:?} {look_up:?}");
        for hidden in [CANARY, "13800138000", "Y2FuYXJ5"] {
            assert!(!shown.contains(hidden), "{}: {shown}", provider.word());
        }
    }
}

/// The classes bind: a channel in the wrong row calls people twice.
#[test]
fn the_classes_are_those_of_the_design() {
    let classes: Vec<_> =
        all().iter().map(|provider| (provider.word(), provider.class())).collect();
    let keyed = Class::AtLeastOnceKeyed;
    let once = Class::AtMostOnce;
    assert_eq!(
        classes,
        [
            ("http", keyed),
            ("http", once),
            ("twilio_sms", once),
            ("twilio_voice", once),
            ("wecom_app", keyed),
            ("wecom_bot", once),
            ("dingtalk_bot", once),
            ("dingtalk_work", once),
            ("feishu_bot", once),
            ("feishu_app", keyed),
            ("slack", once),
            ("teams", once),
            ("pagerduty", keyed),
            ("alertmanager", keyed),
        ]
    );
}

#[test]
fn every_channel_is_documented_with_its_class() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/channels.md");
    let document = std::fs::read_to_string(path).expect("docs/channels.md");
    for provider in all().iter().filter(|provider| provider.word() != "http") {
        let row = format!("| `{}` | `{}` |", provider.word(), provider.class().word());
        assert!(document.contains(&row), "{row} is not in docs/channels.md");
    }
    for reason in super::verdict::Reason::ALL {
        assert!(document.contains(&format!("`{}`", reason.word())), "{reason:?}");
    }
}
