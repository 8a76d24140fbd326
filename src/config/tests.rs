//! Good files, bad files and their messages, and bytes that are no file at all.

use super::*;
use crate::engine::policy::{Carries, ControlMode, LadderPolicy, Profile};
use crate::engine::time::Span;
use proptest::prelude::*;
use std::fmt::Write as _;

fn parse(text: &str) -> Result<Config, ConfigErrors> {
    Config::parse(text, "callsurge.toml", Path::new(""))
}

#[track_caller]
fn good(text: &str) -> Config {
    parse(text).unwrap_or_else(|e| panic!("{e}"))
}

/// The cases: a bad file, a line `---`, what is printed of it; parted by lines `===`.
const CASES: &str = include_str!("../../tests/config/bad.txt");

#[test]
fn bad_files_are_explained() {
    let mut actual = String::new();
    for (at, case) in CASES.split("===\n").enumerate() {
        let input = case.split("---\n").next().unwrap_or_default();
        let errors = parse(input).expect_err(input);
        let gap = if at == 0 { "" } else { "===\n" };
        write!(actual, "{gap}{input}---\n{errors}\n").expect("a string takes it");
    }
    if std::env::var_os("CALLSURGE_BLESS").is_some() {
        std::fs::write("tests/config/bad.txt", &actual).expect("written");
        return;
    }
    assert!(CASES.matches("===\n").count() >= 40);
    for (want, got) in CASES.split("===\n").zip(actual.split("===\n")) {
        assert_eq!(got, want);
    }
}

#[test]
fn no_message_prints_a_secret() {
    for case in CASES.split("===\n") {
        if let Err(errors) = parse(case.split("---\n").next().unwrap_or_default()) {
            let shown = format!("{errors}{}", serde_json::to_string(&errors).expect("JSON"));
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}

#[test]
fn an_empty_file_and_the_template_mean_the_same() {
    assert_eq!(good(""), Config::default());
    assert_eq!(good(Config::default_template()), Config::default());
}

#[test]
fn the_template_shows_every_key() {
    for layout in keys::LAYOUTS {
        for key in layout.keys {
            let shown = Config::default_template().contains(&format!("{key} ="))
                || Config::default_template().contains(&format!("[{key}]"))
                || Config::default_template().contains(&format!("[source.{key}]"));
            let once = [
                "secret_env",
                "key_env",
                "reply_secret_env",
                "previous_secret_env",
                "site_key_env",
                "sha256",
                "detector",
                "control",
            ];
            let day = layout.name == "opening";
            assert!(shown || once.contains(key) || day, "{} {key}", layout.header);
        }
    }
}

#[test]
fn the_template_without_its_comment_signs_is_valid_too() {
    let mut text = String::new();
    for line in Config::default_template().lines() {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        let code = bare.starts_with('[')
            || bare
                .split_once(" = ")
                .is_some_and(|(k, _)| k.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
        writeln!(text, "{}", if code { bare } else { line }).expect("a string takes it");
    }
    let config = good(&text);
    assert_eq!(config.tokens.len(), 1);
    assert_eq!(config.sources[0].policy.name, "pbx");
    assert_eq!(config.units[0].ladder.step, Span::minutes(20));
    assert_eq!(config.webhooks[0].on, Topic::ALL);
    assert!(config.site_key.is_some());
    assert_eq!(config.reply.expect("given").listen, REPLY_LISTEN_DEFAULT);
}

#[test]
fn replies_have_a_listener_only_where_they_are_configured() {
    assert_eq!(good("").reply, None);
    let secret = "secret_env = \"LINKS\"\n";
    for (url, kept) in [
        ("https://r.example.org/", "https://r.example.org"),
        ("https://example.org/surge/", "https://example.org/surge"),
        ("http://127.0.0.1:9879", "http://127.0.0.1:9879"),
        ("http://[::1]:9879", "http://[::1]:9879"),
        ("http://localhost", "http://localhost"),
    ] {
        let reply = good(&format!("[reply]\nexternal_url = \"{url}\"\n{secret}")).reply;
        let settings = ReplySettings {
            listen: REPLY_LISTEN_DEFAULT,
            external_url: kept.to_owned(),
            secret: SecretSource::Env("LINKS".to_owned()),
            previous_secret: None,
        };
        assert_eq!(reply, Some(settings), "{url}");
    }
}

#[test]
fn samples_are_valid() {
    for sample in Sample::ALL {
        let config = good(sample.text());
        assert_eq!(config.sources.len(), 1, "{sample:?}");
        assert_eq!(config.default_unit, Some(UnitId(0)), "{sample:?}");
    }
}

#[test]
fn units_override_the_top_of_the_file() {
    let config = good(
        r#"
        [control]
        mode = "service"
        target_seconds = 30
        [ladder]
        step_minutes = 20
        [[unit]]
        name = "a"
        queues = ["q1"]
        [[unit]]
        name = "b"
        display = "售后"
        timezone = "Asia/Shanghai"
        opening = { mon = ["08:00-12:00", "13:00-24:00"] }
        control = { mode = "both" }
        [unit.ladder]
        profile = "literal"
        "#,
    );
    let [a, b] = &config.units[..] else { panic!("two units") };
    assert_eq!(a.ladder, LadderPolicy { step: Span::minutes(20), ..LadderPolicy::ROBUST });
    assert_eq!(b.ladder, LadderPolicy { step: Span::minutes(20), ..LadderPolicy::LITERAL });
    assert_eq!((a.control.mode, b.control.mode), (ControlMode::Service, ControlMode::Both));
    assert_eq!(b.control.target, Span::secs(30));
    assert_eq!(b.opening.as_ref().expect("given").days[0], [(480, 720), (780, 1_440)]);
    let policy = config.policy();
    assert_eq!(policy.default_unit, Some(UnitId(1)));
    assert_eq!(policy.unit_of_queue("q1"), Some(UnitId(0)));
    assert_eq!(policy.unit_of_queue("other"), Some(UnitId(1)));
    assert_eq!(b.ladder.profile, Profile::Literal);
}

#[test]
fn a_source_of_rows_counts_calls_and_is_not_watched() {
    let config = good("[[source]]\nname = \"rows\"\nkind = \"csv\"\n");
    let policy = &config.sources[0].policy;
    assert_eq!((policy.carries, policy.watched), (Carries::VOLUME_ONLY, false));
    assert_eq!(Config::default().sources, [SourceSettings::push()]);
}

#[test]
fn paths_are_relative_to_the_folder_of_the_file() {
    let text = "[[token]]\nname = \"t\"\nscopes = [\"read\"]\nsecret_file = \"t.token\"\n";
    let config = Config::parse(text, "c", Path::new("/etc/callsurge")).expect("valid");
    let file = SecretSource::File("/etc/callsurge/t.token".into());
    assert_eq!(config.tokens[0].check, TokenCheck::Secret(file));
    assert_eq!(config.journal.path, Path::new("/etc/callsurge/callsurge.journal"));
}

#[test]
fn the_command_line_may_not_open_what_the_file_may_not() {
    let mut config = Config::default();
    let open = "0.0.0.0:80".parse().expect("an address");
    assert!(config.listen_on(open).is_err());
    assert_eq!(config.api.listen, LISTEN_DEFAULT);
    assert!(config.listen_on("[::1]:80".parse().expect("an address")).is_ok());
}

#[test]
fn files_that_cannot_be_read_are_explained() {
    let error = Config::load(Path::new("/no/such/file.toml")).expect_err("no file").to_string();
    assert!(error.starts_with("error: the file cannot be read: No such file"), "{error}");
    assert!(error.contains("--> /no/such/file.toml"), "{error}");
    let error =
        Config::from_bytes(b"a = 1\nb = \"\xff\"\n", "f", Path::new("")).expect_err("bytes");
    assert!(error.to_string().contains("line 2 is not UTF-8"), "{error}");
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(errors) = Config::from_bytes(&bytes, "f", Path::new("")) {
            prop_assert!(!errors.to_string().is_empty());
        }
    }

    #[test]
    fn no_edit_of_a_good_file_panics(
        at in 0..5_000_usize,
        cut in 0..40_usize,
        put in "[\\[\\]{}=\"'#,\n\ta-z0-9é售.:-]{0,12}",
    ) {
        let mut text = Config::default_template().replace("# ", "");
        let boundary = |mut at: usize, text: &str| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) { at -= 1; }
            at
        };
        let (from, to) = (boundary(at, &text), boundary(at + cut, &text));
        text.replace_range(from..to, &put);
        if let Err(errors) = parse(&text) {
            prop_assert!(!errors.to_string().is_empty());
        }
    }
}

#[test]
fn holidays_are_taken_from_the_top_of_the_file_or_the_unit() {
    let dir = tempfile::tempdir().expect("a folder");
    let own = "[[day]]\ndate = 2026-12-24\nto = 2026-12-25\nkind = \"holiday\"\nname = \"x\"\n";
    std::fs::write(dir.path().join("own.toml"), own).expect("written");
    let text = r#"
        holidays = "cn"
        [[unit]]
        name = "a"
        queues = ["a"]
        [[unit]]
        name = "b"
        queues = ["b"]
        holidays = "own.toml"
        opening = { thu = ["08:00-20:00"], holiday = ["10:00-12:00"] }
        [[unit]]
        name = "c"
        queues = ["c"]
        holidays = "none"
        "#;
    let config = Config::parse(text, "c", dir.path()).unwrap_or_else(|e| panic!("{e}"));
    let days: Vec<_> = config.units.iter().map(|unit| unit.special_days.len()).collect();
    assert_eq!(days, [108, 2, 0]);
    let hours = config.units[1].opening.as_ref().expect("given");
    assert_eq!(hours.holiday.as_deref(), Some(&[(600, 720)][..]));
    assert_eq!(good("").units[0].special_days.len(), 0);
    assert_eq!(good("holidays = \"cn\"").units[0].special_days.len(), 108);

    std::fs::write(dir.path().join("own.toml"), own.replace("holiday", "off")).expect("written");
    let wrong = Config::parse(text, "c", dir.path()).expect_err("wrong").to_string();
    assert!(wrong.contains("own.toml:4: the kind is"), "{wrong}");
    assert!(wrong.contains("--> c:9:20"), "{wrong}");
}

#[test]
fn expected_events_belong_to_their_unit_in_its_time() {
    let config = good(
        r#"
        [[unit]]
        name = "a"
        queues = ["a"]
        timezone = "Asia/Shanghai"
        [[unit]]
        name = "b"
        [[expected]]
        unit = "a"
        from = 2026-11-11
        to = 2026-11-12T08:00:00
        factor = 3
        reason = "双十一"
        [[expected]]
        unit = "a"
        from = 2020-01-01T08:00:00+08:00
        to = 2020-01-01T01:00:00Z
        factor = 1.5
        reason = "past"
        "#,
    );
    let events = &config.units[0].expected;
    let at = |text| Timestamp::parse_rfc3339(text).expect("valid");
    assert_eq!(events.iter().map(|e| e.reason.as_str()).collect::<Vec<_>>(), ["past", "双十一"]);
    assert_eq!(events[0].from, at("2020-01-01T00:00:00Z"));
    assert_eq!(events[1].from, at("2026-11-10T16:00:00Z"));
    assert_eq!(events[1].to, at("2026-11-12T00:00:00Z"));
    assert!(config.units[1].expected.is_empty());
}

#[test]
fn what_comes_again_is_written_once() {
    let config = good(
        r#"
        [[unit]]
        name = "a"
        timezone = "America/New_York"
        [[expected]]
        unit = "a"
        from = 2026-01-31T07:00:00
        to = 2026-01-31T09:00:00
        repeat = "monthly"
        until = 2026-05-01
        factor = 1.6
        reason = "bills"
        [[expected]]
        unit = "a"
        from = 2026-11-11
        to = 2026-11-12
        repeat = "yearly"
        factor = 2
        reason = "sale"
        "#,
    );
    let mut told = String::new();
    for event in config.units[0].expected.iter().take(6) {
        writeln!(told, "{} {} {}", event.reason, event.from, event.to).expect("a string");
    }
    // The last day of a shorter month, and seven o'clock there also when clocks go forward.
    let wanted = "\
bills 2026-01-31T12:00:00Z 2026-01-31T14:00:00Z
bills 2026-02-28T12:00:00Z 2026-02-28T14:00:00Z
bills 2026-03-31T11:00:00Z 2026-03-31T13:00:00Z
bills 2026-04-30T11:00:00Z 2026-04-30T13:00:00Z
sale 2026-11-11T05:00:00Z 2026-11-12T05:00:00Z
sale 2027-11-11T05:00:00Z 2027-11-12T05:00:00Z
";
    assert_eq!(told, wanted);
    assert_eq!(config.units[0].expected.len(), 4 + 10, "ten years without an end");
}

#[test]
fn advice_is_given_on_holidays() {
    let now = Timestamp::from_secs(1_793_462_400);
    let unit = "[[unit]]\nname = \"a\"\ntimezone = \"Asia/Shanghai\"\n";
    let advice = good(unit).advice(now);
    assert!(advice.len() == 1 && advice[0].starts_with("a in Asia/Shanghai without"), "{advice:?}");
    assert!(good(&format!("{unit}holidays = \"none\"\n")).advice(now).is_empty());
    let advice = good(&format!("{unit}holidays = \"cn\"\n")).advice(now);
    assert!(advice.len() == 1 && advice[0].contains("knows no day of 2027"), "{advice:?}");
    assert!(good("").advice(now).is_empty());
}
