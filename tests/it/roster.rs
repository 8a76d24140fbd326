//! `roster` from end to end: people in, shown, judged, out; and what must never be seen.

use encoding_rs::GB18030;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const KEY: &str = "canary-key-0123456789abcdef0123456789abcdef";
const SAMPLE: &str = include_str!("../../config/roster.sample.csv");
/// A Saturday, 17:00 in Shanghai.
const AT: &str = "2026-11-28T17:00:00+08:00";

struct Rig(TempDir);

impl Rig {
    fn new() -> Self {
        let rig = Self(tempfile::tempdir().unwrap());
        rig.write("roster.key", KEY);
        rig
    }

    fn with_sample() -> Self {
        let rig = Self::new();
        rig.write("people.csv", SAMPLE);
        rig.good(&["import", "people.csv"]);
        rig
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.0.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.path().join(name)).unwrap()
    }

    fn bare(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callsurge"));
        command.env_remove("CALLSURGE_CONFIG").env_remove("CALLSURGE_ROSTER_KEY");
        command.env("COLUMNS", "160").env("CALLSURGE_ROSTER", "roster.db");
        command.env("RUST_LOG", "trace").current_dir(self.0.path()).arg("roster");
        command.args(args).output().unwrap()
    }

    fn run(&self, args: &[&str]) -> Output {
        let with_key: Vec<&str> =
            args.iter().copied().chain(["--key-file", "roster.key"]).collect();
        self.bare(&with_key)
    }

    fn good(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", both(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    fn refused(&self, args: &[&str], code: i32, said: &str) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", both(&output));
        assert!(both(&output).contains(said), "{args:?}: {}", both(&output));
        both(&output)
    }

    fn standings(&self, args: &[&str]) -> Vec<Value> {
        let all: Vec<&str> =
            ["check", "--json", "--at", AT].into_iter().chain(args.iter().copied()).collect();
        let text = String::from_utf8(self.run(&all).stdout).unwrap();
        let parsed = text.lines().map(|line| serde_json::from_str(line).unwrap());
        parsed.filter(|line: &Value| line["type"] == "standing").collect()
    }
}

fn both(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}

/// The reasons against a person.
fn reasons(standings: &[Value], person: u32) -> Vec<String> {
    let found = standings.iter().find(|line| line["person"] == person).unwrap();
    let reasons = found["reasons"].as_array().unwrap();
    reasons.iter().map(|reason| reason["why"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_sample_is_imported_shown_masked_and_judged() {
    let rig = Rig::new();
    rig.write("people.csv", SAMPLE);
    let plan = rig.good(&["import", "people.csv", "--dry-run"]);
    assert!(plan.contains("4 added, 0 changed, 0 unchanged, 0 erased"), "{plan}");
    assert!(!rig.0.path().join("roster.db").exists(), "a dry run makes nothing");
    let plan = rig.good(&["import", "people.csv"]);
    assert!(plan.contains("4 added") && plan.contains("8 contacts attested"), "{plan}");
    let list = rig.good(&["list"]);
    for wanted in ["王伟", "138****8000", "w***@example.com", "verified 2026-11-01", "+49****20"]
    {
        assert!(list.contains(wanted), "{wanted} is missing in\n{list}");
    }
    let standings = rig.standings(&["--skill", "orders"]);
    assert_eq!(standings.len(), 4);
    let order: Vec<_> = standings.iter().map(|line| line["order"].as_u64()).collect();
    assert_eq!(order, [Some(1), Some(2), None, None]);
    assert_eq!(reasons(&standings, 3), ["lacks_skill", "opted_out"]);
    assert_eq!(reasons(&standings, 4), ["wrong_tier", "lacks_skill", "no_verified_contact"]);
    let zh = rig.good(&["check", "--at", AT, "--lang", "zh-CN"]);
    for wanted in ["可以邀请 2 人，不可邀请 2 人", "本人已退出召回", "不属于“备班”梯队"]
    {
        assert!(zh.contains(wanted), "{wanted} is missing in\n{zh}");
    }
}

#[test]
fn quiet_hours_hold_at_night_unless_agreed_or_lifted() {
    let rig = Rig::with_sample();
    let night = ["check", "--json", "--at", "2026-11-28T23:00:00+08:00"];
    let text = rig.good(&night);
    let told: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(reasons(&told, 1), ["quiet_hours"]);
    assert_eq!(reasons(&told, 2), [""; 0], "agreed to be called");
    let lifted = rig.good(&[&night[..], &["--lift", "quiet_hours", "--reason", "台风"]].concat());
    let first: Value = serde_json::from_str(lifted.lines().next().unwrap()).unwrap();
    assert_eq!((&first["eligible"], &first["lifted"]), (&true.into(), &"台风".into()));
    assert_eq!(first["reasons"][0]["en"], "quiet hours until 2026-11-29 07:00");
    rig.refused(&["check", "--lift", "rest"], 2, "--reason");
    rig.refused(&["check", "--lift", "opted_out", "--reason", "x"], 2, "month_overtime");
    rig.refused(&["check", "--grounds", "emergency"], 2, "--reason");
}

#[test]
fn shifts_and_leave_come_from_a_calendar() {
    let rig = Rig::with_sample();
    let event = |uid: &str, whose: &str, what: &str, times: &str| {
        format!(
            "BEGIN:VEVENT\r\nUID:{uid}\r\n{whose}\r\nSUMMARY:{what}\r\n{times}\r\nEND:VEVENT\r\n"
        )
    };
    let shift = "DTSTART:20261128T140000\r\nDTEND:20261128T220000";
    let leave = "DTSTART;VALUE=DATE:20261128\r\nDTEND;VALUE=DATE:20261201";
    let calendar = |first: &str| {
        let other = event("b", "ATTENDEE:mailto:zhaomin@example.com", "年假", leave);
        let own = event("a", "X-CALLSURGE-PERSON:10023", "中班", shift);
        format!("BEGIN:VCALENDAR\r\n{first}{own}{other}END:VCALENDAR\r\n")
    };
    rig.write("times.ics", calendar(""));
    let said = rig.good(&["import", "times.ics", "--dry-run"]);
    assert!(said.contains("2 added") && said.contains("nothing was changed"), "{said}");
    assert_eq!(reasons(&rig.standings(&[]), 1), [""; 0]);
    rig.good(&["import", "times.ics"]);
    let said = rig.good(&["import", "times.ics", "--remove-missing"]);
    assert!(said.contains("0 added, 0 changed, 2 unchanged, 0 removed"), "{said}");
    assert_eq!(reasons(&rig.standings(&[]), 1), ["on_shift"]);
    assert_eq!(reasons(&rig.standings(&[]), 3), ["on_leave", "opted_out"]);
    let unknown = event("c", "X-CALLSURGE-PERSON:777", "早班", shift);
    rig.write("times.ics", calendar(&unknown));
    let said = rig.refused(&["import", "times.ics"], 4, "times.ics:2: nobody in the roster");
    assert!(said.contains("nothing is imported"), "{said}");
}

#[test]
fn overtime_that_was_worked_counts() {
    let rig = Rig::with_sample();
    rig.write("hours.csv", "工号,日期,加班小时\n10023,2026-11-10,20\n10023,2026-11-11,12:30\n");
    let said = rig.good(&["import", "hours.csv"]);
    assert!(said.contains("2 days read, 1 people changed"), "{said}");
    assert!(rig.good(&["import", "hours.csv"]).contains("0 people changed"));
    let standings = rig.standings(&[]);
    assert_eq!(reasons(&standings, 1), ["month_overtime"]);
    let sentence = standings.iter().find(|line| line["person"] == 1).unwrap();
    let wanted = "overtime of 2026-11 would be 36.5 h, allowed are 36 h";
    assert_eq!(sentence["reasons"][0]["en"], wanted);
    assert_eq!(reasons(&rig.standings(&["--hours", "3"]), 1), [""; 0]);
    assert_eq!(reasons(&rig.standings(&["--grounds", "emergency", "--reason", "x"]), 1), [""; 0]);
    rig.write("hours.csv", "id,date,overtime_hours\n10023,2026-11-10,1\n9,2026-11-10,1\n");
    rig.refused(&["import", "hours.csv"], 4, "hours.csv:3: column 1 (id): nobody in the roster");
    assert_eq!(reasons(&rig.standings(&[]), 1), ["month_overtime"], "nothing was imported");
}

#[test]
fn a_wrong_line_imports_nothing_and_names_its_place() {
    let rig = Rig::with_sample();
    let before = rig.read("roster.db");
    let wrong = SAMPLE.replace("13800138000", "1380013800").replace("functional", "L9");
    rig.write("wrong.csv", GB18030.encode(&wrong).0);
    let said = rig.refused(
        &["import", "wrong.csv"],
        4,
        "wrong.csv:2: column 13 (mobile): it has 10 digits; a mobile number of China has 11",
    );
    assert!(said.contains("wrong.csv:5: column 3 (tier): it is none of inside (L1"), "{said}");
    assert!(said.contains("wrong.csv: nothing is imported"), "{said}");
    assert!(!said.contains("1380013800"), "{said}");
    assert!(rig.read("roster.db") == before);
    rig.refused(&["import", "none.csv"], 4, "none.csv");
}

#[test]
fn an_export_is_the_roster_again() {
    let rig = Rig::with_sample();
    rig.good(&["export", "--output", "all.csv"]);
    rig.refused(&["export", "--output", "all.csv"], 1, "all.csv was not written");
    let clear = String::from_utf8(rig.read("all.csv")).unwrap();
    assert!(clear.contains("+8613800138000") && clear.contains("ida.berg@example.com"), "{clear}");
    assert_eq!(rig.good(&["export"]), clear);
    let said = rig.good(&["import", "all.csv", "--remove-missing"]);
    assert!(said.contains("0 added, 0 changed, 4 unchanged, 0 erased"), "{said}");
    let other = Rig::new();
    other.write("all.csv", &clear);
    other.good(&["import", "all.csv"]);
    assert_eq!(other.good(&["export"]), clear);
}

#[test]
fn who_is_erased_is_gone_for_good_and_only_they() {
    let rig = Rig::with_sample();
    let erased = rig.bare(&["erase", "p1"]);
    assert!(erased.status.success() && both(&erased).contains("p1 is erased"), "no key is needed");
    assert_eq!(rig.bare(&["erase", "p1"]).status.code(), Some(1));
    assert_eq!(rig.bare(&["erase", "王伟"]).status.code(), Some(2));
    let export = rig.good(&["export"]);
    assert!(!export.contains("+8613800138000") && export.contains("+8613812345678"), "{export}");
    let two = SAMPLE.lines().take(3).collect::<Vec<_>>().join("\n");
    rig.write("two.csv", two);
    let said = rig.good(&["import", "two.csv"]);
    assert!(said.contains("1 added") && said.contains("2 people are not in the file"), "{said}");
    let said = rig.good(&["import", "two.csv", "--remove-missing"]);
    assert!(said.contains("p3: erased\np4: erased\n"), "{said}");
    assert!(rig.good(&["list"]).contains("p5"), "a number is never given twice");
}

#[test]
fn the_wrong_key_is_refused_in_words() {
    let rig = Rig::with_sample();
    let before = rig.read("roster.db");
    rig.write("roster.key", KEY.replace("canary", "wrong"));
    for args in [&["list"][..], &["export"], &["check"], &["import", "people.csv"]] {
        rig.refused(
            args,
            1,
            "roster roster.db: this is not the key that the roster is sealed under",
        );
    }
    rig.write("roster.key", "short");
    rig.refused(&["list"], 1, "fewer than 32 characters; make one with: openssl rand -base64 32");
    let none = rig.bare(&["export"]);
    assert!(both(&none).contains("CALLSURGE_ROSTER_KEY is not set"), "{}", both(&none));
    let list = both(&rig.bare(&["list"]));
    assert!(list.contains("********") && !list.contains("王伟"), "without a key: {list}");
    assert!(rig.read("roster.db") == before);
    assert!(both(&rig.bare(&["list", "--roster", "people.csv"])).contains("roster people.csv: "));
}

/// Numbers, addresses and the key, searched for in everything but the export.
#[test]
fn nothing_clear_is_seen_anywhere_but_in_the_export() {
    let rig = Rig::with_sample();
    let shifted = SAMPLE.replace("standby,东区", "13800138000,wangwei@example.com");
    rig.write("shifted.csv", shifted);
    rig.write("headless.csv", SAMPLE.lines().skip(1).collect::<Vec<_>>().join("\n"));
    let runs: [&[&str]; 9] = [
        &["list"],
        &["list", "--json"],
        &["check", "--at", AT],
        &["check", "--at", AT, "--json"],
        &["import", "people.csv", "--json"],
        &["import", "shifted.csv"],
        &["import", "headless.csv"],
        &["erase", "p99"],
        &["list", "--lang", "zh-CN"],
    ];
    let mut seen: Vec<u8> = Vec::new();
    for args in runs {
        let output = if args[0] == "erase" { rig.bare(args) } else { rig.run(args) };
        assert!(!both(&output).is_empty(), "{args:?}");
        seen.extend(both(&output).into_bytes());
    }
    seen.extend(rig.read("roster.db"));
    for secret in
        ["13800138000", "138-1234-5678", "13812345678", "wangwei", "901820", KEY, "canary"]
    {
        let found = seen.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!found, "{secret}");
    }
    let names = [rig.read("roster.db")].concat();
    for name in ["王伟", "10023", "Ida Berg"] {
        assert!(!names.windows(name.len()).any(|part| part == name.as_bytes()), "{name}");
    }
}

#[test]
fn a_legal_table_of_ones_own() {
    let rig = Rig::with_sample();
    let cn = include_str!("../../config/legal/cn.toml");
    rig.write(
        "strict.toml",
        cn.replace("rest_day_minutes_max = 480", "rest_day_minutes_max = 180"),
    );
    assert_eq!(reasons(&rig.standings(&["--legal", "strict.toml"]), 1), ["day_overtime"]);
    assert_eq!(reasons(&rig.standings(&["--legal", "strict.toml", "--hours", "3"]), 1), [""; 0]);
    rig.write("wrong.toml", cn.replace("rest_minutes_min", "rest_minutes"));
    rig.refused(&["check", "--legal", "wrong.toml"], 3, "wrong.toml: it is no legal profile");
    rig.refused(&["check", "--legal", "none.toml"], 3, "none.toml");
}

#[test]
fn shared_contacts_are_pointed_out() {
    let rig = Rig::new();
    rig.write("two.csv", "id,name,tier,sms\n1,A,L2,13800138000\n2,B,L2,+86 13800138000\n");
    rig.good(&["import", "two.csv"]);
    let said = rig.refused(&["check"], 1, "p1, p2 have the same sms contact");
    assert!(said.contains("0 may be asked, 2 may not"), "{said}");
}

#[test]
fn the_help_and_the_document_name_every_column_of_the_sample() {
    let document = fs::read_to_string(Path::new("docs/roster.md")).unwrap();
    let header = SAMPLE.lines().next().unwrap();
    for column in header.split(',') {
        assert!(document.contains(&format!("| `{column}`")), "{column} is not in docs/roster.md");
    }
}
