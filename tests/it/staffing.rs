//! `staff` from end to end: the sentence, the table, the plot, the JSON, the refusals.

use serde_json::Value;
use std::process::{Command, Output};

fn staff(args: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callsurge"));
    command.env("COLUMNS", "100").env_remove("CALLSURGE_CONFIG").arg("staff");
    command.args(args.split_whitespace()).output().unwrap()
}

fn text(args: &str) -> String {
    let output = staff(args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

const SURGE: &str = "--calls 1200 --handle-seconds 300";

#[test]
fn a_surge_has_an_answer_where_erlang_c_has_none() {
    let shown = text(SURGE);
    for wanted in [
        "1200 calls an hour of 300 s are 100 Erlang; patience 180 s (assumed)",
        "80.0 % T = 20 s, answered within T / offered",
        "Need: 100 (service level 100); people on duty 100",
        "→ 100",
        "unstable",
        "line target",
        "100 %",
        "↑ 100",
    ] {
        assert!(shown.contains(wanted), "{wanted} is missing in\n{shown}");
    }
    assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
}

#[test]
fn chinese_says_the_same() {
    let shown = text(&format!("{SURGE} --lang zh-CN --waiting-calls 120"));
    for wanted in ["100 爱尔兰", "假定值", "需要坐席", "不稳定", "积压清空", "T 内接通 / 呼入"]
    {
        assert!(shown.contains(wanted), "{wanted} is missing in\n{shown}");
    }
}

#[test]
fn json_is_one_object_with_the_whole_answer() {
    let args = "--redial-share 0.5 --occupancy-max 0.85 --shrinkage 0.3 --waiting-calls 120 \
                --from 90 --to 110 --step 10 --json";
    let shown = text(&format!("{SURGE} {args}"));
    assert_eq!(shown.lines().count(), 1);
    let line: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(line["type"], "staffing");
    assert_eq!((&line["need"]["occupancy"], &line["need"]["agents"]), (&118.into(), &118.into()));
    let rows = line["rows"].as_array().unwrap();
    let agents: Vec<_> = rows.iter().map(|row| row["agents"].as_u64().unwrap()).collect();
    assert_eq!(agents, [90, 100, 110]);
    let load = rows[0]["load_erlangs"].as_f64().unwrap();
    assert!((load - 110.248_716_461_8).abs() < 1e-9);
    assert_eq!(rows[0]["service_level_erlang_c"], Value::Null);
}

#[test]
fn what_is_out_of_range_is_named() {
    for (args, said) in [
        ("--calls 100 --handle-seconds 0", "handle time in seconds is 0; allowed are 0.001"),
        ("--calls -1 --handle-seconds 300", "unexpected argument"),
        ("--calls NaN --handle-seconds 300", "calls is NaN"),
        ("--calls 1e9 --handle-seconds 300", "load in Erlang is"),
        ("--calls 10 --handle-seconds 300 --target 80", "service level is 80; allowed are"),
        ("--calls 10 --handle-seconds 300 --from 9 --to 3", "from is 9; allowed are 0 to 3"),
        ("--calls 10 --handle-seconds 300 --from 0 --to 9999 --step 1", "step is 1"),
        ("--calls 10 --handle-seconds 300 --formula best", "answered_of_offered"),
        ("--calls 10", "--handle-seconds <SECONDS>"),
    ] {
        let output = staff(args);
        let said_instead = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args}: {said_instead}");
        assert!(said_instead.contains(said), "{args}: {said_instead}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn nothing_offered_needs_nobody() {
    let shown = text("--calls 0 --handle-seconds 300 --json");
    let line: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(line["need"]["agents"], 0);
    assert_eq!(line["rows"][0]["service_level"], 1.0);
}
