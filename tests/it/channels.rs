//! Channels over real sockets: providers that hang, break off, lie and talk without end.

use crate::fake::{Act, Fake, relay};
use callsurge::config::Language;
use callsurge::delivery::channel::Provider;
use callsurge::delivery::channel::call::Caller;
use callsurge::delivery::channel::class::{Ended, Next};
use callsurge::delivery::channel::dingtalk_bot::DingtalkBot;
use callsurge::delivery::channel::message::{Message, Urgency};
use callsurge::delivery::channel::pace::Rate;
use callsurge::delivery::channel::smtp::{Security, Smtp, SmtpSettings};
use callsurge::delivery::channel::token::Tokens;
use callsurge::delivery::channel::twilio::{Account, TwilioSms};
use callsurge::delivery::channel::verdict::{Fault, Reason, Verdict};
use callsurge::delivery::channel::wecom_app::WecomApp;
use callsurge::delivery::secret::Secret;
use callsurge::engine::command::Level;
use callsurge::engine::time::{Span, Timestamp};
use std::io::Write;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_secs(1_795_896_000);
/// What no log may hold.
const CANARY: &str = "canary7";
/// For answers that come.
const PATIENCE: Duration = Duration::from_secs(30);
/// For those that do not.
const NO_PATIENCE: Duration = Duration::from_millis(200);

fn message() -> Message {
    Message {
        key: "journal-7-0".into(),
        to: Some(Secret::new("+8613800138000")),
        subject: "召回".into(),
        text: format!("请到岗 {CANARY}"),
        lang: Language::ZhCn,
        urgency: Urgency { commander: false, level: Level::L2 },
        useful_until: NOW + Span::minutes(20),
        drill: false,
        code: "K7Q2".into(),
        reply: None,
    }
}

fn bot(base: &str) -> DingtalkBot {
    let url = Secret::new(format!("{base}/robot/send?access_token={CANARY}"));
    DingtalkBot { url, secret: Some(Secret::new(CANARY)), mention_all: false }
}

fn app(fake: &Fake) -> WecomApp {
    let corp_secret = Secret::new(CANARY);
    WecomApp { base: fake.base(), corp_id: "c".into(), corp_secret, agent_id: 1 }
}

fn sms(fake: &Fake) -> TwilioSms {
    let account = Account {
        base: fake.base(),
        sid: "AC1".into(),
        token: Secret::new(CANARY),
        from: "+15005550006".into(),
        status_callback: None,
    };
    TwilioSms { account, rate: Rate::new(1, Span::secs(1)) }
}

fn say(body: &str) -> Act {
    Act::Say(200, body.to_owned())
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn send(provider: &dyn Provider, patience: Duration) -> Ended {
    let caller = Caller::new(patience).unwrap();
    block_on(caller.send(provider, &Tokens::default(), &message(), NOW))
}

fn unclear() -> Ended {
    Ended::Answered(Verdict::Unclear(Reason::Garbled.into()))
}

#[test]
fn an_answer_of_two_hundred_is_read_to_its_end() {
    let fake = Fake::start([
        say(r#"{"errcode":0,"errmsg":"ok"}"#),
        say(r#"{"errcode":310000,"errmsg":"keywords not in content"}"#),
    ]);
    assert_eq!(send(&bot(&fake.base()), PATIENCE), Ended::Answered(Verdict::delivered()));
    let keyword = Verdict::Refused(Fault::coded(Reason::Keyword, 310_000));
    assert_eq!(send(&bot(&fake.base()), PATIENCE), Ended::Answered(keyword));
    let heard = fake.heard();
    assert!(heard[0].starts_with("POST /robot/send?access_token=canary7&timestamp=179589600"));
    assert!(heard[0].contains("召回\\n请到岗 canary7 [K7Q2]"), "{}", heard[0]);
}

#[test]
fn what_was_heard_and_not_answered_is_never_told_twice() {
    for act in [Act::Hang, Act::Hear] {
        let fake = Fake::start([act.clone()]);
        let provider = bot(&fake.base());
        let patience = if matches!(act, Act::Hang) { NO_PATIENCE } else { PATIENCE };
        let ended = send(&provider, patience);
        assert_eq!(ended, Ended::Lost, "{act:?}");
        assert_eq!(fake.heard().len(), 1, "{act:?}");
        let next = ended.next(provider.class(), false);
        assert_eq!(next, Next::NextContact(Reason::NoAnswer.into()), "{act:?}");
    }
}

#[test]
fn a_closed_door_after_the_connection_leaves_it_unclear() {
    let fake = Fake::start([Act::Slam]);
    assert_eq!(send(&bot(&fake.base()), PATIENCE), Ended::Lost);
}

#[test]
fn without_a_connection_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let nothing = Ended::Unsent(Reason::NoConnection.into());
    assert_eq!(send(&bot(&base), PATIENCE), nothing);
    let next = nothing.next(bot(&base).class(), false);
    assert_eq!(next, Next::Again(Reason::NoConnection.into(), None));
}

#[test]
fn a_server_without_tls_is_told_nothing() {
    let fake = Fake::start([Act::Slam]);
    let base = fake.base().replace("http:", "https:");
    let ended = send(&bot(&base), PATIENCE);
    assert_eq!(ended, Ended::Unsent(Reason::NoConnection.into()));
}

#[test]
fn nobody_is_followed_elsewhere() {
    let elsewhere = Fake::start([]);
    let head = format!("HTTP/1.1 307 X\r\nlocation: {}/\r\n\r\n", elsewhere.base());
    let fake = Fake::start([Act::Raw(head.into_bytes())]);
    let refused = Verdict::Refused(Reason::Redirect.into());
    assert_eq!(send(&bot(&fake.base()), PATIENCE), Ended::Answered(refused));
    assert!(elsewhere.heard().is_empty());
}

#[test]
fn dishonest_answers_are_no_success() {
    let short = "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"errcode\":0";
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nd\r\n{\"errcode\":0,\r\n";
    for act in [
        Act::Endless,
        Act::Raw(short.into()),
        Act::Raw(chunked.into()),
        Act::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n\xff\xfe\x00\x01".to_vec()),
        say("<html>sign in to the network</html>"),
    ] {
        let fake = Fake::start([act.clone()]);
        assert_eq!(send(&bot(&fake.base()), PATIENCE), unclear(), "{act:?}");
    }
    for bytes in [&b"\x16\x03\x01 what"[..], b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200"] {
        let fake = Fake::start([Act::Raw(bytes.to_vec())]);
        assert_eq!(send(&bot(&fake.base()), PATIENCE), Ended::Lost, "{bytes:?}");
    }
}

#[test]
fn a_status_that_says_enough_needs_no_body() {
    let head = "HTTP/1.1 429 X\r\nretry-after: 30\r\ncontent-length: 900\r\n\r\ncut";
    let fake = Fake::start([Act::Raw(head.into())]);
    let again = Verdict::Again(Reason::RateLimit.into(), Some(Span::secs(30)));
    assert_eq!(send(&sms(&fake), PATIENCE), Ended::Answered(again));
}

#[test]
fn a_lost_text_message_is_looked_up() {
    let held =
        format!(r#"{{"messages":[{{"body":"请到岗 {CANARY} [K7Q2]"}}],"next_page_uri":null}}"#);
    let none = r#"{"messages":[],"next_page_uri":null}"#;
    let fake = Fake::start([Act::Hear, say(&held), say(none), Act::Hear]);
    let provider = sms(&fake);
    let ended = send(&provider, PATIENCE);
    let fault = Fault::from(Reason::NoAnswer);
    assert_eq!(ended.next(provider.class(), true), Next::LookUp(fault));
    let look = || {
        let caller = Caller::new(PATIENCE).unwrap();
        let found = block_on(caller.look_up(&provider, &message(), NOW));
        Next::after_look_up(fault, found)
    };
    assert_eq!(look(), Next::Accepted { id: None });
    assert_eq!(look(), Next::Again(fault, None));
    assert_eq!(look(), Next::NextContact(fault), "the look-up itself was lost");
}

fn token(name: &str) -> Act {
    say(&format!(r#"{{"errcode":0,"access_token":"{name}","expires_in":7200}}"#))
}

#[test]
fn an_expired_token_is_fetched_anew_once() {
    let expired = || say(r#"{"errcode":42001,"errmsg":"access_token expired"}"#);
    let sent = || say(r#"{"errcode":0,"errmsg":"ok"}"#);
    let fake = Fake::start([token("t1"), expired(), token("t2"), sent()]);
    assert_eq!(send(&app(&fake), PATIENCE), Ended::Answered(Verdict::delivered()));
    let asked: Vec<_> = fake.heard();
    assert!(asked[0].starts_with("GET /cgi-bin/gettoken?"), "{}", asked[0]);
    assert!(asked[1].starts_with("POST /cgi-bin/message/send?access_token=t1 "), "{}", asked[1]);
    assert!(asked[3].starts_with("POST /cgi-bin/message/send?access_token=t2 "), "{}", asked[3]);
    let fake = Fake::start([token("t1"), expired(), token("t2"), expired()]);
    let refused = Verdict::Refused(Reason::Credentials.into());
    assert_eq!(send(&app(&fake), PATIENCE), Ended::Answered(refused));
    assert_eq!(fake.heard().len(), 4, "and then no more");
}

#[test]
fn many_messages_fetch_one_token() {
    let sent = (0..8).map(|_| say(r#"{"errcode":0,"errmsg":"ok"}"#));
    let fake = Fake::start([token("t1")].into_iter().chain(sent));
    let (provider, tokens, message) = (app(&fake), Tokens::default(), message());
    let caller = Caller::new(PATIENCE).unwrap();
    let ended = block_on(async {
        let calls = (0..8).map(|_| caller.send(&provider, &tokens, &message, NOW));
        futures_util::future::join_all(calls).await
    });
    assert!(ended.iter().all(|one| *one == Ended::Answered(Verdict::delivered())), "{ended:?}");
    let fetched = fake.heard().iter().filter(|line| line.starts_with("GET ")).count();
    assert_eq!(fetched, 1);
}

#[test]
fn a_lost_token_is_no_lost_message() {
    let fake = Fake::start([Act::Hear]);
    let again = Verdict::Again(Reason::NoAnswer.into(), None);
    assert_eq!(send(&app(&fake), PATIENCE), Ended::Answered(again));
    let fake = Fake::start([say(r#"{"errcode":40001}"#)]);
    let refused = Verdict::Refused(Fault::coded(Reason::Credentials, 40_001));
    assert_eq!(send(&app(&fake), PATIENCE), Ended::Answered(refused));
}

fn mail(lines: &[&str]) -> (Ended, String) {
    let (port, relay) = relay(lines);
    let smtp = Smtp::new(&SmtpSettings {
        host: "127.0.0.1".into(),
        port,
        security: Security::Plain,
        login: None,
        from: "callsurge@example.com".into(),
        rate: Rate::new(10, Span::secs(1)),
        timeout: PATIENCE,
    })
    .unwrap();
    let to = Some(Secret::new("wang@example.com"));
    let ended = block_on(smtp.send(&Message { to, ..message() }, NOW));
    (ended, relay.join().unwrap())
}

#[test]
fn mail_is_taken_refused_or_lost() {
    let ready = ["220 relay", "250 relay", "250 ok", "250 ok", "354 go on"];
    let (ended, first) = mail(&[&ready[..], &["250 queued", "221 bye"]].concat());
    assert_eq!(ended, Ended::Answered(Verdict::accepted()));
    assert!(first.contains("RCPT TO:<wang@example.com>"), "{first}");
    let (ended, second) = mail(&ready);
    assert_eq!(ended, Ended::Lost, "the relay has the mail and broke off");
    let id = |heard: &str| heard.lines().find(|l| l.starts_with("Message-ID")).map(str::to_owned);
    assert!(id(&first).is_some());
    assert_eq!(id(&first), id(&second), "a repetition is recognised");
    let busy = Verdict::Again(Fault::coded(Reason::Busy, 451), None);
    let (ended, _) = mail(&["220 r", "250 r", "250 ok", "451 greylisted", "221 bye"]);
    assert_eq!(ended, Ended::Answered(busy));
    let nobody = Verdict::Refused(Fault::coded(Reason::Address, 550));
    let (ended, _) = mail(&["220 r", "250 r", "250 ok", "550 no wang@example.com", "221 bye"]);
    assert_eq!(ended, Ended::Answered(nobody));
}

/// What is logged while a test runs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn nothing_secret_is_logged() {
    // The event is known before anybody listens, and with two listeners alive none of the other
    // tests' threads decides that it interests nobody.
    assert_eq!(send(&bot(&Fake::start([Act::Slam]).base()), PATIENCE), Ended::Lost);
    let log = Log::default();
    let listener = || {
        let writer = log.clone();
        let listener = tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG);
        tracing::Dispatch::new(listener.with_writer(move || writer.clone()).finish())
    };
    let (first, _second) = (listener(), listener());
    let shown = tracing::dispatcher::with_default(&first, || {
        let quoted = r#"{"code":21211,"message":"'+8613800138000' is no number, canary7"}"#;
        let acts =
            [Act::Say(400, quoted.to_owned()), Act::Hear, Act::Endless, Act::Raw(b"?".to_vec())];
        let fake = Fake::start(acts);
        let mut shown: Vec<String> =
            (0..4).map(|_| format!("{:?}", send(&sms(&fake), PATIENCE))).collect();
        let fake = Fake::start([token(CANARY), Act::Hear]);
        shown.push(format!("{:?}", send(&app(&fake), PATIENCE)));
        shown.push(format!("{:?}", send(&bot("http://127.0.0.1:1"), PATIENCE)));
        shown.push(format!("{:?}", send(&bot("http://[canary7"), PATIENCE)));
        shown.join("\n")
    });
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("a channel gave no answer"), "{log}");
    for told in [&log, &shown] {
        for hidden in [CANARY, "13800138000", "请到岗"] {
            assert!(!told.contains(hidden), "{hidden} in {told}");
        }
    }
}
