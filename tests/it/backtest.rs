//! `backtest` from end to end: what it writes for other programs, and what it tells people.

use crate::detection::series::{Kind, Series, inject, series};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A desk's first weeks with a surge, as a table with a column that nobody reads.
fn table(folder: &Path, series: &Series) -> PathBuf {
    let mut text = String::from("ts,calls,note\n");
    for row in &series.rows {
        let stamp = row.start.to_string().replace('T', " ").trim_end_matches('Z').to_owned();
        text.push_str(&format!("{stamp},{},x\n", row.offered));
    }
    let file = folder.join("calls.csv");
    std::fs::write(&file, text).unwrap();
    file
}

fn backtest(args: &[&Path]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callsurge"));
    command.env_remove("CALLSURGE_CONFIG").args(["backtest", "--input"]).args(args);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn surged(days: i64) -> Series {
    let mut series = series(Kind::Desk, 3, days);
    inject(&mut series, 3, (35, 5), 18, 10.0, |_| 0.6);
    series
}

#[test]
fn one_row_for_each_row_and_none_knows_the_future() {
    let folder = tempfile::tempdir().unwrap();
    let mut series = surged(42);
    let whole = table(folder.path(), &series);
    let alarms = |name: &str, input: &Path| {
        let out = folder.path().join(name);
        backtest(&[input, Path::new("--alarms"), &out]);
        std::fs::read_to_string(out).unwrap()
    };
    let all = alarms("all.csv", &whole);
    assert_eq!(all.lines().count(), series.rows.len() + 1);
    assert_eq!(all.lines().next(), Some("ts,alarm,score"));
    let stamp = |line: &str| line.split(',').next().unwrap_or_default().to_owned();
    let input = std::fs::read_to_string(&whole).unwrap();
    assert!(all.lines().map(stamp).eq(input.lines().map(stamp)));
    assert!(all.lines().any(|line| line.contains(",1,")));

    series.rows.truncate(series.rows.len() - 700);
    let part = alarms("part.csv", &table(folder.path(), &series));
    assert!(part.lines().eq(all.lines().take(series.rows.len() + 1)));
}

#[test]
fn the_page_needs_nothing_from_elsewhere_and_the_lines_are_json() {
    let folder = tempfile::tempdir().unwrap();
    let input = table(folder.path(), &surged(42));
    let html = folder.path().join("report.html");
    let output = backtest(&[&input, Path::new("--html"), &html, Path::new("--json")]);
    let page = std::fs::read_to_string(html).unwrap();
    for refused in ["<script", "http:", "https:", "src=", "url(", "NaN", "inf<"] {
        assert!(!page.contains(refused), "{refused} in the page");
    }
    for wanted in ["<svg", "报警", "class=\"alarm\"", "L1 / 一级支持", "其他灵敏度"] {
        assert!(page.contains(wanted), "{wanted} is missing");
    }
    let lines: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |kind: &str| lines.iter().filter(|line| line["type"] == kind).count();
    assert!(of("alarm") > 0 && of("transition") > 0);
    let alarm = lines.iter().find(|line| line["type"] == "alarm").unwrap();
    let calls =
        format!("{} calls in 5 minutes where", alarm["evidence"]["observed"].as_f64().unwrap());
    assert!(alarm["explanation"]["en"].as_str().unwrap().contains(&calls), "{alarm}");
    assert!(alarm["explanation"]["zh-CN"].as_str().unwrap().contains("呼入量异常增长"), "{alarm}");
    let last = lines.last().unwrap();
    assert_eq!((&last["type"], &last["asked_per_month"]), (&"backtest".into(), &1.0.into()));
    let tried = last["sensitivities"].as_array().unwrap();
    assert_eq!(tried.iter().filter(|s| s["own"] == true).count(), 1);
    let count = |s: &Value| s["rate"]["count"].as_u64().unwrap();
    assert!(tried.windows(2).all(|pair| count(&pair[0]) <= count(&pair[1])), "{tried:?}");
}
