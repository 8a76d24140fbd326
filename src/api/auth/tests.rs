use super::*;

const SECRET: &str = "s3cret";

fn rules(scopes: &[Scope]) -> Rules {
    let token = Token::new("desk", &digest_hex(SECRET), scopes).expect("sound");
    Rules { tokens: vec![token], ..Rules::default() }
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        map.append(*name, value.parse().expect("header"));
    }
    map
}

#[test]
fn a_token_is_known_by_secret_or_by_name_and_secret() {
    let rules = rules(&[Scope::Operate]);
    let admit = |text: &str| {
        rules.admit(&Method::POST, &headers(&[("authorization", text)]), Scope::Operate)
    };
    for good in ["Bearer s3cret", "bearer desk.s3cret"] {
        assert_eq!(admit(good).map(|i| i.name().to_owned()), Ok("desk".to_owned()), "{good}");
    }
    for bad in ["Bearer s3crets", "Bearer other.s3cret", "Bearer desk", "Bearer "] {
        assert_eq!(admit(bad), Err(Denied::Unknown), "{bad}");
    }
    assert_eq!(admit("Basic s3cret"), Err(Denied::Missing));
}

#[test]
fn operate_implies_read_and_nothing_implies_people() {
    let bearer = headers(&[("authorization", "Bearer s3cret")]);
    let all = [Scope::Ingest, Scope::Read, Scope::Operate, Scope::People];
    for have in all {
        for need in all {
            let covered = have == need || (have == Scope::Operate && need == Scope::Read);
            let got = rules(&[have]).admit(&Method::GET, &bearer, need);
            assert_eq!(got.is_ok(), covered, "{have:?} for {need:?}");
        }
    }
}

#[test]
fn without_tokens_the_host_is_this_machine_and_operating_is_refused() {
    let rules = Rules { hosts: vec!["monitor.lan".into()], ..Rules::default() };
    let admit = |host: &str, need| rules.admit(&Method::GET, &headers(&[("host", host)]), need);
    for good in ["localhost", "127.0.0.1:9797", "[::1]:9797", "[::1]", "MONITOR.lan:80"] {
        assert!(admit(good, Scope::Read).is_ok(), "{good}");
        assert!(admit(good, Scope::Ingest).is_ok(), "{good}");
        assert_eq!(admit(good, Scope::Operate), Err(Denied::NoTokens));
        assert_eq!(admit(good, Scope::People), Err(Denied::NoTokens));
    }
    for bad in ["evil.example", "127.0.0.1.evil.example", "localhost.evil:80", ""] {
        assert_eq!(admit(bad, Scope::Read), Err(Denied::Host), "{bad}");
    }
    assert_eq!(rules.admit(&Method::GET, &HeaderMap::new(), Scope::Read), Err(Denied::Host));
}

#[test]
fn a_cookie_changes_something_only_from_the_own_origin() {
    let rules = rules(&[Scope::Operate]);
    let cookie = format!("lang=en; {COOKIE_NAME}={}", cookie_value("desk.s3cret"));
    let post = |origin: Option<&str>| {
        let mut map = headers(&[("cookie", &cookie), ("host", "monitor:9797")]);
        if let Some(origin) = origin {
            map.insert("origin", origin.parse().expect("header"));
        }
        rules.admit(&Method::POST, &map, Scope::Operate)
    };
    assert!(post(Some("http://monitor:9797")).is_ok());
    assert_eq!(post(Some("http://evil.example")), Err(Denied::CrossSite));
    assert_eq!(post(Some("null")), Err(Denied::CrossSite));
    assert_eq!(post(None), Err(Denied::CrossSite));
    let get = headers(&[("cookie", &cookie)]);
    assert!(rules.admit(&Method::GET, &get, Scope::Read).is_ok());
}

#[test]
fn a_listener_beyond_the_loopback_needs_tokens() {
    let with = rules(&[Scope::Read]).tokens;
    for (at, alone) in [
        ("127.0.0.1:1", true),
        ("127.8.8.8:1", true),
        ("[::1]:1", true),
        ("[::ffff:127.0.0.1]:1", true),
        ("0.0.0.0:1", false),
        ("[::]:1", false),
        ("10.0.0.1:1", false),
    ] {
        let at = at.parse().expect("address");
        assert_eq!(check_listener(at, &[]).is_ok(), alone, "{at}");
        assert!(check_listener(at, &with).is_ok());
    }
}

#[test]
fn a_token_that_is_not_sound_says_what_mends_it() {
    let hex = digest_hex("x");
    let scopes = [Scope::Read];
    assert!(matches!(Token::new("a/b", &hex, &scopes), Err(TokenError::Name(_))));
    assert!(matches!(Token::new("", &hex, &scopes), Err(TokenError::Name(_))));
    assert!(matches!(Token::new("a", &hex[1..], &scopes), Err(TokenError::Digest(_))));
    assert!(Token::new("a", &hex.replace(&hex[..1], "g"), &scopes).is_err());
    assert!(matches!(Token::new("a", &hex, &[]), Err(TokenError::NoScope(_))));
}

#[test]
fn reading_may_be_open_while_orders_need_the_token() {
    let rules = Rules { open_reading: true, ..rules(&[Scope::Operate]) };
    let own = headers(&[("host", "127.0.0.1:9877")]);
    assert!(rules.admit(&Method::GET, &own, Scope::Read).is_ok());
    assert_eq!(rules.admit(&Method::POST, &own, Scope::Operate), Err(Denied::Missing));
    let other = headers(&[("host", "evil.example")]);
    assert_eq!(rules.admit(&Method::GET, &other, Scope::Read), Err(Denied::Host));
}
