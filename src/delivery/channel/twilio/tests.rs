use super::super::samples::{NOW, again, answer, message, no_success_by_accident, refused};
use super::*;
use std::collections::BTreeMap;

fn account() -> Account {
    Account {
        base: "https://api.twilio.com".into(),
        sid: "AC1".into(),
        token: Secret::new("hush"),
        from: "+15005550006".into(),
        status_callback: Some("https://h/hooks/twilio".into()),
    }
}

fn sms() -> TwilioSms {
    TwilioSms { account: account(), rate: Rate::new(1, Span::secs(1)) }
}

fn voice() -> TwilioVoice {
    let rate = Rate::new(1, Span::secs(1));
    TwilioVoice { account: account(), rate, action: "https://h/hooks/voice?o=1&x=2".into() }
}

fn fields(provider: &dyn Provider, message: &Message) -> (String, BTreeMap<String, String>) {
    let request = provider.request(message, None, NOW).unwrap();
    let form = format!("http://h/?{}", request.body.unwrap().reveal());
    let url = reqwest::Url::parse(&form).unwrap();
    let fields = url.query_pairs().into_owned().collect();
    (request.url.reveal().to_owned(), fields)
}

#[test]
fn a_text_message_ends_with_its_worth() {
    let (url, fields) = fields(&sms(), &message());
    assert_eq!(url, "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json");
    assert_eq!(fields["To"], "+8613800138000");
    assert_eq!(fields["From"], "+15005550006");
    assert_eq!(fields["Body"], "请到岗支援");
    assert_eq!(fields["ValidityPeriod"], "1200");
    assert_eq!(fields["StatusCallback"], "https://h/hooks/twilio");
    let day = Message { useful_until: NOW + Span::hours(24), ..message() };
    assert_eq!(self::fields(&sms(), &day).1["ValidityPeriod"], "14400");
    let soon = Message { useful_until: NOW + Span::millis(1), ..message() };
    assert_eq!(self::fields(&sms(), &soon).1["ValidityPeriod"], "1");
}

#[test]
fn a_call_reads_the_text_and_takes_a_digit() {
    let text = "Say <hi> & \"press 1\"".to_owned();
    let message = Message { text, lang: crate::config::Language::En, ..message() };
    let (url, fields) = fields(&voice(), &message);
    assert_eq!(url, "https://api.twilio.com/2010-04-01/Accounts/AC1/Calls.json");
    assert_eq!(
        fields["Twiml"],
        "<Response><Gather numDigits=\"1\" timeout=\"10\" method=\"POST\" \
         action=\"https://h/hooks/voice?o=1&amp;x=2\"><Say language=\"en-US\" loop=\"2\">\
         Say &lt;hi&gt; &amp; &quot;press 1&quot;</Say></Gather></Response>"
    );
    let long = Message { text: "&".repeat(5_000), ..message };
    assert!(self::fields(&voice(), &long).1["Twiml"].len() < 4_000);
}

#[test]
fn answers() {
    let accepted = Verdict::Accepted { id: Some(Secret::new("SM1")) };
    for (status, body, wanted) in [
        (201, r#"{"sid":"SM1","status":"queued","error_code":null}"#, accepted),
        (201, r#"{"sid":"SM1","error_code":30007}"#, refused(Reason::Content, 30_007)),
        (429, r#"{"code":20429}"#, again(Reason::RateLimit, 20_429)),
        (429, r#"{"code":21611}"#, again(Reason::RateLimit, 21_611)),
        (400, r#"{"code":30001}"#, again(Reason::RateLimit, 30_001)),
        (400, r#"{"code":30008}"#, again(Reason::Busy, 30_008)),
        (400, r#"{"code":21610}"#, refused(Reason::OptedOut, 21_610)),
        (400, r#"{"code":21211}"#, refused(Reason::Address, 21_211)),
        (400, r#"{"code":21214}"#, refused(Reason::Address, 21_214)),
        (400, r#"{"code":21217}"#, refused(Reason::Address, 21_217)),
        (400, r#"{"code":21614}"#, refused(Reason::Address, 21_614)),
        (400, r#"{"code":30003}"#, refused(Reason::Address, 30_003)),
        (400, r#"{"code":30005}"#, refused(Reason::Address, 30_005)),
        (400, r#"{"code":30006}"#, refused(Reason::Address, 30_006)),
        (400, r#"{"code":21408}"#, refused(Reason::Gone, 21_408)),
        (400, r#"{"code":21606}"#, refused(Reason::Gone, 21_606)),
        (400, r#"{"code":21617}"#, refused(Reason::TooLong, 21_617)),
        (401, r#"{"code":20003}"#, refused(Reason::Credentials, 20_003)),
        (400, r#"{"code":4711}"#, Verdict::Refused(Reason::Request.into())),
        (500, r#"{"code":4711}"#, Verdict::Again(Reason::Busy.into(), None)),
        (502, r#"{"code":4711}"#, Verdict::Unclear(Reason::Gateway.into())),
    ] {
        assert_eq!(sms().judge(&answer(status, body), NOW), wanted, "{status} {body}");
        assert_eq!(voice().judge(&answer(status, body), NOW), wanted, "{status} {body}");
    }
    let many = Fault::coded(Reason::RateLimit, 14_107);
    let wait = Verdict::Again(many, Some(Span::secs(30)));
    assert_eq!(sms().judge(&answer(429, r#"{"code":14107}"#), NOW), wait);
    no_success_by_accident(&sms());
    no_success_by_accident(&voice());
}

#[test]
fn a_message_is_looked_up_by_its_words() {
    let message = Message { code: "K7Q2".into(), ..message() };
    let request = sms().look_up(&message, NOW).unwrap().unwrap();
    assert_eq!(
        request.url.reveal(),
        "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json\
         ?To=%2B8613800138000&DateSent%3E=2026-11-28&PageSize=100"
    );
    let found = |status, body: &str| sms().found(&answer(status, body), &message);
    let held = r#"{"messages":[{"body":"x"},{"body":"请到岗支援 [K7Q2]"}],"next_page_uri":"/n"}"#;
    assert_eq!(found(200, held), Some(true));
    let other = r#"{"messages":[{"body":"do not come [K7Q2]"}],"next_page_uri":null}"#;
    assert_eq!(found(200, other), Some(false), "another message about the same offer");
    assert_eq!(found(200, r#"{"messages":[],"next_page_uri":null}"#), Some(false));
    assert_eq!(found(200, r#"{"messages":[],"next_page_uri":"/n"}"#), None);
    assert_eq!(found(200, "{}"), None);
    assert_eq!(found(503, r#"{"messages":[]}"#), None);
    assert_eq!(sms().look_up(&super::super::samples::message(), NOW), None);
    assert!(voice().look_up(&message, NOW).is_none());
}

#[test]
fn signatures_are_the_documented_ones() {
    let token = Secret::new("12345");
    let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
    for (caller, wanted) in [
        ("+14158675309", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("+12349013030", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
    ] {
        let fields = [
            ("CallSid", "CA1234567890ABCDE"),
            ("To", "+18005551212"),
            ("Digits", "1234"),
            ("From", caller),
            ("Caller", caller),
        ];
        assert_eq!(signature(&token, url, &fields), wanted);
        assert!(is_signed(&token, url, &fields, wanted));
        assert!(!is_signed(&token, url, &fields[1..], wanted));
        assert!(!is_signed(&Secret::new("12346"), url, &fields, wanted));
        assert!(!is_signed(&token, url, &fields, "") && !is_signed(&token, url, &fields, "?"));
    }
}
