use super::super::samples::{NOW, again, answer, message, no_success_by_accident, refused};
use super::*;
use crate::engine::time::Span;

fn gateway() -> HttpSettings {
    HttpSettings {
        method: Method::Post,
        url: Secret::new("https://sms.example/send?app=a&sign={secret}"),
        headers: vec![("X-Key".into(), Secret::new("{key}"))],
        body: Some(Secret::new(r#"{"mobile":"{to_national}","content":"{text}"}"#)),
        encoding: Encoding::Json,
        secret: Secret::new("s&t"),
        keyed: true,
        success: Some(Success {
            pointer: "/code".into(),
            values: vec!["0".into(), "OK".into()],
            again: vec!["isv.BUSINESS_LIMIT_CONTROL".into(), "8".into()],
            id: Some("/sid".into()),
        }),
        delivers: false,
        rate: Rate::new(100, Span::secs(1)),
        bytes_max: 500,
    }
}

fn http(change: impl FnOnce(&mut HttpSettings)) -> Result<Http, HttpError> {
    let mut settings = gateway();
    change(&mut settings);
    Http::new(settings)
}

#[test]
fn a_gateway_is_asked_as_described() {
    let request = http(|_| {}).unwrap().request(&message(), None, NOW).unwrap();
    assert_eq!(request.url.reveal(), "https://sms.example/send?app=a&sign=s%26t");
    let body = request.body.unwrap();
    assert_eq!(body.reveal(), r#"{"mobile":"13800138000","content":"请到岗支援"}"#);
    let headers: Vec<_> =
        request.headers.iter().map(|(name, value)| (name.as_str(), value.reveal())).collect();
    let json = ("content-type", "application/json; charset=utf-8");
    assert_eq!(headers, [("x-key", "journal-7-0"), json]);
}

#[test]
fn answers() {
    let http = http(|_| {}).unwrap();
    let id = |text: &str| Verdict::Accepted { id: Some(Secret::new(text)) };
    for (status, body, wanted) in [
        (200, r#"{"code":0,"sid":"m1"}"#, id("m1")),
        (200, r#"{"code":"OK"}"#, Verdict::accepted()),
        (200, r#"{"code":8}"#, again(Reason::Busy, 8)),
        (400, r#"{"code":8}"#, again(Reason::Busy, 8)),
        (
            200,
            r#"{"code":"isv.BUSINESS_LIMIT_CONTROL"}"#,
            Verdict::Again(Reason::Busy.into(), None),
        ),
        (200, r#"{"code":22}"#, refused(Reason::Unknown, 22)),
        (200, r#"{"code":13800138000}"#, Verdict::Refused(Reason::Unknown.into())),
        (200, r#"{"code":null}"#, Verdict::Unclear(Reason::Garbled.into())),
        (200, r#"{"code":[0]}"#, Verdict::Unclear(Reason::Garbled.into())),
        (500, r#"{"code":0}"#, Verdict::Again(Reason::Busy.into(), None)),
        (502, r#"{"code":0}"#, Verdict::Unclear(Reason::Gateway.into())),
    ] {
        assert_eq!(http.judge(&answer(status, body), NOW), wanted, "{status} {body}");
    }
    no_success_by_accident(&http);
}

#[test]
fn without_a_word_for_success_the_status_counts() {
    let plain = http(|s| {
        s.success = None;
        s.delivers = true;
    })
    .unwrap();
    assert_eq!(plain.judge(&answer(204, ""), NOW), Verdict::delivered());
    let refused = Verdict::Refused(Reason::Request.into());
    assert_eq!(plain.judge(&answer(400, "ok"), NOW), refused);
}

#[test]
fn the_class_is_what_is_declared() {
    assert_eq!(http(|_| {}).unwrap().class(), Class::AtLeastOnceKeyed);
    assert_eq!(http(|s| s.keyed = false).unwrap().class(), Class::AtMostOnce);
}

#[test]
fn a_description_that_makes_no_request_is_refused() {
    let refused = |change: fn(&mut HttpSettings)| http(change).err().map(|e| e.to_string());
    for (change, wanted) in [
        ((|s| s.url = Secret::new("ftp://h/")) as fn(&mut HttpSettings), "`url`"),
        (|s| s.url = Secret::new("https://h/{whom}"), "url: {whom} is not known"),
        (|s| s.headers[0].1 = Secret::new("{text}"), "headers: {text}"),
        (|s| s.headers[0].0 = "x key".into(), "header `x key`"),
        (|s| s.headers[0].1 = Secret::new("{key}\n"), "header `x-key`"),
        (|s| s.headers.clear(), "`keyed` needs {key}"),
        (|s| s.body = Some(Secret::new("{\"t\":{text}}")), "no JSON"),
        (|s| s.body = Some(Secret::new("{\"t\":{to_digits}}")), "no JSON"),
        (|s| s.method = Method::Get, "a GET has no body"),
        (|s| s.success.as_mut().unwrap().pointer = "code".into(), "`code` is no JSON Pointer"),
        (|s| s.success.as_mut().unwrap().values.clear(), "at least one value"),
    ] {
        let said = refused(change).unwrap_or_default();
        assert!(said.contains(wanted), "{said} for {wanted}");
    }
}

#[test]
fn nothing_of_it_is_shown() {
    let http = http(|s| s.url = Secret::new("https://h/canary/{to}")).unwrap();
    let request = http.request(&message(), None, NOW).unwrap();
    let shown = format!("{http:?} {request:?}");
    assert!(!shown.contains("canary") && !shown.contains("s&t"), "{shown}");
    assert!(!shown.contains("138") && !shown.contains("支援"), "{shown}");
}
