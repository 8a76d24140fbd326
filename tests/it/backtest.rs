//! `backtest` from end to end: what it writes for other programs, and what it tells people.

use crate::detection::series::{Kind, Series, family, inject, series};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A desk's first weeks with a surge, as a table with a column that nobody reads.
fn table(folder: &Path, series: &Series) -> PathBuf {
    let mut text = String::from("ts,calls,note\n");
    for row in &series.rows {
        text.push_str(&format!("{},{},x\n", stamp(row.start), row.offered));
    }
    let file = folder.join("calls.csv");
    std::fs::write(&file, text).unwrap();
    file
}

fn command(args: &[&Path]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callsurge"));
    command.env_remove("CALLSURGE_CONFIG").args(["backtest", "--input"]).args(args);
    command
}

fn backtest(args: &[&Path]) -> Output {
    let output = command(args).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    output
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The JSON lines of a type.
fn objects(output: &Output, kind: &str) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["type"] == kind).collect()
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, content).unwrap();
    file
}

fn stamp(at: impl ToString) -> String {
    at.to_string().replace('T', " ").trim_end_matches('Z').to_owned()
}

/// Four queues whose calls rise to so many thirds for three hours on the 33rd day, row by row.
fn centre(folder: &Path, thirds: u32) -> PathBuf {
    let queues = family(4, 5, 35);
    let mut text = String::from("ts,queue,calls\n");
    let rise = 32 * 288 + 120..32 * 288 + 156;
    for at in 0..queues[0].len() {
        for (number, rows) in queues.iter().enumerate() {
            let row = &rows[at];
            let calls = if rise.contains(&at) { row.offered * thirds / 3 } else { row.offered };
            writeln!(text, "{},q{number},{calls}", stamp(row.start)).unwrap();
        }
    }
    write(folder, &format!("centre{thirds}.csv"), text)
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

#[test]
fn alarms_of_the_sum_are_in_every_report_and_the_rate_is_that_of_units() {
    let folder = tempfile::tempdir().unwrap();
    let (input, html) = (centre(folder.path(), 4), folder.path().join("report.html"));
    let output = backtest(&[&input, Path::new("--html"), &html, Path::new("--json")]);
    let of_sum: Vec<Value> = objects(&output, "alarm");
    let of_sum = of_sum.iter().find(|alarm| alarm["queue"].is_null()).expect("an alarm of the sum");
    assert_eq!(of_sum["unit"], "default");
    let why = of_sum["explanation"]["en"].as_str().unwrap();
    assert!(why.starts_with("Unit default, all queues: volume is abnormally high"), "{why}");
    let page = std::fs::read_to_string(html).unwrap();
    // In the list with both sentences, and with a day of its own.
    for wanted in [why, of_sum["explanation"]["zh-CN"].as_str().unwrap()] {
        assert!(page.contains(&wanted.replace('"', "&quot;")), "{wanted} is missing");
    }
    assert!(page.contains("<h3>default: all queues / 合计 "), "no plot of the sum");
    let last = objects(&output, "backtest").remove(0);
    assert!(last["realised"]["count"].as_u64().unwrap() > 0, "the sum is in the rate: {last}");
    // Where each queue rises enough to tell by itself, the unit is in alarm once all the same.
    let more = backtest(&[&centre(folder.path(), 6), Path::new("--json")]);
    let count = objects(&more, "backtest").remove(0)["realised"]["count"].as_u64().unwrap();
    let listed = objects(&more, "alarm").len() as u64;
    assert!(count > 0 && count < listed, "{count} of {listed}");
    let months = last["realised"]["months"].as_f64().unwrap();
    assert!(months < 35.0 / 30.0, "four queues are one unit: {months}");
    assert_eq!(last["units"][0]["realised"], last["realised"]);

    let config = "[[unit]]\nname = \"u1\"\nqueues = [\"q0\"]\n\
        detector = { false_alarms_per_month = 0.25 }\n\
        [[unit]]\nname = \"u2\"\ndetector = { false_alarms_per_month = 8 }\n";
    let config = write(folder.path(), "units.toml", config);
    let output = backtest(&[&input, Path::new("--json"), Path::new("--config"), &config]);
    let last = objects(&output, "backtest").remove(0);
    let units = last["units"].as_array().unwrap();
    let asked: Vec<_> = units.iter().map(|u| u["asked_per_month"].as_f64().unwrap()).collect();
    assert_eq!(asked, [0.25, 8.0]);
    let sum = |of: &str| units.iter().map(|u| u["realised"][of].as_f64().unwrap()).sum::<f64>();
    for of in ["count", "months"] {
        assert!((last["realised"][of].as_f64().unwrap() - sum(of)).abs() < 1e-9, "{last}");
    }
    let own = last["asked_per_month"].as_f64().unwrap();
    assert!(own > 0.25 && own < 8.0);
    for tried in last["sensitivities"].as_array().unwrap() {
        let of = |key: &str| tried[key].as_f64().unwrap();
        assert!((of("asked") - own * of("factor")).abs() < 1e-9, "{tried}");
    }
}

#[test]
fn lines_that_are_wrong_are_left_out_and_keep_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let alarms = folder.path().join("alarms.csv");
    let clean = std::fs::read_to_string(table(folder.path(), &surged(42))).unwrap();
    let judged = |name: &str, text: &str| {
        let input = write(folder.path(), name, text);
        let output = backtest(&[&input, Path::new("--alarms"), &alarms, Path::new("--json")]);
        (std::fs::read_to_string(&alarms).unwrap(), output)
    };
    let (wanted, _) = judged("clean.csv", &clean);
    let mut lines: Vec<&str> = clean.lines().collect();
    lines.insert(2_000, "2025-01-20 08:00:00,-1,x");
    lines.insert(3_000, "2025-01-27 08:00:00,n/a,x");
    lines.extend([",,", "Total,92963,x"]);
    let (found, output) = judged("odd.csv", &lines.join("\n"));
    let mut found: Vec<&str> = found.lines().collect();
    assert_eq!(found.len(), lines.len());
    assert_eq!(found.pop(), Some("Total,0,0.00000"));
    assert_eq!(found.pop(), Some(",0,0.00000"));
    assert_eq!(found.remove(3_000), "2025-01-27 08:00:00,0,0.00000");
    assert_eq!(found.remove(2_000), "2025-01-20 08:00:00,0,0.00000");
    assert!(found.iter().copied().eq(wanted.lines()), "other rows are judged as without them");
    let last = objects(&output, "backtest").remove(0);
    assert_eq!(last["not_judged"]["unreadable"], 3);
    assert_eq!(last["not_judged"]["empty"], 1);
    let faults = json!({"negative": 1, "implausible": 1, "malformed": 1});
    assert_eq!(last["faults"]["counts"], faults);
    let rows = last["rows"].as_u64().unwrap();
    let left: u64 = last["not_judged"].as_object().unwrap().values().flat_map(Value::as_u64).sum();
    assert_eq!(last["judged"].as_u64().unwrap() + left, rows);
    let warned = said(&output);
    assert!(warned.contains("1 with a negative number") && warned.contains(":2001: "), "{warned}");

    // What teaches is read alike, and what is mostly wrong is most likely another file.
    let odd = write(folder.path(), "odd.csv", lines.join("\n"));
    let next = write(
        folder.path(),
        "next.csv",
        "ts,calls\n2025-03-03 08:00:00,9\n2025-03-03 08:05:00,8\n",
    );
    let taught = backtest(&[&next, Path::new("--learn"), &odd]);
    assert!(said(&taught).contains("odd.csv: 3 of"), "{}", said(&taught));
    let bad = write(
        folder.path(),
        "bad.csv",
        "ts,calls\n2025-03-03 08:00:00,9\n2025-03-03 08:05:00,8\nx,y\n",
    );
    for args in [vec![&*bad], vec![&*next, Path::new("--learn"), &*bad]] {
        let output = command(&args).output().unwrap();
        assert_eq!(output.status.code(), Some(4));
        assert!(said(&output).contains("1 of 3 lines are wrong, such as"), "{}", said(&output));
    }
}

#[test]
fn rows_that_are_not_judged_are_told_with_their_reasons() {
    let folder = tempfile::tempdir().unwrap();
    let config = write(folder.path(), "none.toml", "[[unit]]\nname = \"u\"\nqueues = [\"a\"]\n");
    let mut text = String::from("ts,queue,calls,Team\n");
    for hour in [0, 1, 2, 4, 3, 5, 6] {
        writeln!(text, "2026-06-01 0{hour}:00,a,{},x", 20 + hour).unwrap();
        writeln!(text, "2026-06-01 0{hour}:00,b,7,x").unwrap();
    }
    text.push_str("2026-06-01 07:00,a,,x\n");
    let input = write(folder.path(), "input.csv", &text);
    let output = backtest(&[&input, Path::new("--json"), Path::new("--config"), &config]);
    let last = objects(&output, "backtest").remove(0);
    let left = json!({"empty": 1, "no_unit": 7, "out_of_order": 1, "learning": 3});
    assert_eq!((&last["not_judged"], &last["judged"]), (&left, &3.into()));
    let warned = said(&output);
    for wanted in [
        "columns that are not read: `Team`",
        "1 of 15 rows were not judged: they begin before a row in front of them ends \
         (the first: 2026-06-01T05:00:00Z)",
        "Sort the file by time, oldest first",
        "7 are of queues that no unit lists",
    ] {
        assert!(warned.contains(wanted), "{wanted}: {warned}");
    }
    let local = "[[unit]]\nname = \"u\"\ntimezone = \"Asia/Shanghai\"\n";
    let local = write(folder.path(), "local.toml", local);
    let output = backtest(&[&input, Path::new("--config"), &local]);
    let head = String::from_utf8_lossy(&output.stdout).lines().next().unwrap().to_owned();
    assert!(
        head.ends_with("Mon 2026-06-01 00:00:00 to Mon 2026-06-01 07:00:00 (Asia/Shanghai)"),
        "{head}"
    );

    let mut lines: Vec<&str> = text.lines().skip(1).filter(|line| line.contains(":00,")).collect();
    lines.sort_by_key(|line| line.contains(",b,"));
    let grouped = format!("ts,queue,calls,Team\n{}\n", lines.join("\n"));
    let output = backtest(&[&write(folder.path(), "grouped.csv", grouped)]);
    let warned = said(&output);
    assert!(warned.contains("no sum, level or rate has these rows; sort the table"), "{warned}");
}

#[test]
fn the_wire_form_keeps_its_order_and_standard_input_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let row = |hour: u32| {
        let (day, hour) = (1 + hour / 24, hour % 24);
        let start = format!("2026-06-{day:02}T{hour:02}:00:00Z");
        let end = format!("2026-06-{day:02}T{hour:02}:59:59Z");
        format!(
            "{}\n",
            json!({"form": "interval", "queue": "a", "start": start, "end": end, "final": true, "offered": 20 + hour})
        )
    };
    let order = (0..100).chain([40, 41]).chain(100..200);
    let mut lines: Vec<String> = order.map(row).collect();
    lines.insert(50, "{\"form\": \"interval\"}\n".into());
    let alarms = |name: &str, lines: &[String]| {
        let input = write(folder.path(), name, lines.concat());
        let file = folder.path().join("alarms.csv");
        backtest(&[&input, Path::new("--alarms"), &file]);
        std::fs::read_to_string(file).unwrap()
    };
    let all = alarms("all.ndjson", &lines);
    let told: Vec<&str> = all.lines().skip(1).collect();
    assert_eq!(told.len(), lines.len());
    for (told, line) in told.iter().zip(&lines) {
        let line: Value = serde_json::from_str(line).unwrap();
        let stamp = line["start"].as_str().unwrap_or_default();
        assert_eq!(told.split(',').next(), Some(stamp));
    }
    let part = alarms("part.ndjson", &lines[..90]);
    assert!(part.lines().eq(all.lines().take(91)));

    for (name, text) in [
        ("all.ndjson", lines.concat()),
        ("calls.csv", std::fs::read_to_string(table(folder.path(), &surged(14))).unwrap()),
    ] {
        let of_file = backtest(&[&folder.path().join(name), Path::new("--json")]);
        let mut command = command(&[Path::new("-"), Path::new("--json")]);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let piped = child.wait_with_output().unwrap();
        assert!(piped.status.success(), "{}", said(&piped));
        let told = |output| objects(output, "backtest").remove(0)["realised"].clone();
        assert_eq!(told(&piped), told(&of_file));
        assert_eq!(objects(&piped, "alarm"), objects(&of_file, "alarm"));
    }
}

#[test]
fn nothing_that_is_read_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let text = "ts,calls\n2025-03-03 08:00:00,9\n2025-03-03 08:05:00,8\n";
    let input = write(folder.path(), "in.csv", text);
    let past = write(folder.path(), "past.csv", text);
    let link = folder.path().join("link.csv");
    std::os::unix::fs::symlink(&past, &link).unwrap();
    let other = folder.path().join("other.csv");
    for (flag, file, beside) in [("--alarms", &input, "--html"), ("--html", &link, "--alarms")] {
        let args = [&*input, Path::new("--learn"), &past, Path::new(flag), file];
        let output = command(&args).arg(beside).arg(&other).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(
            said(&output).contains("is read and cannot be written to as well"),
            "{}",
            said(&output)
        );
        assert!(!other.exists());
    }
    for file in [input, past] {
        assert_eq!(std::fs::read_to_string(file).unwrap(), text);
    }
}

#[test]
fn a_short_history_is_called_so_in_both_languages_and_many_queues_are_not_all_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from("ts,queue,calls\n");
    for hour in 0..9 {
        for queue in 0..120 {
            writeln!(text, "2026-06-01 0{hour}:00,q{queue},{}", 30 + (hour + queue) % 4).unwrap();
        }
    }
    let input = write(folder.path(), "short.csv", text);
    let html = folder.path().join("report.html");
    let output = backtest(&[&input, Path::new("--html"), &html]);
    let page = std::fs::read_to_string(html).unwrap();
    for wanted in ["The history is too short", "历史过短"] {
        assert!(page.contains(wanted), "{wanted}");
    }
    for refused in ["inf", "NaN", "0.00 次"] {
        assert!(!page.contains(refused), "{refused}");
    }
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.lines().count() < 60, "{} lines", told.lines().count());
    assert!(told.contains("121 series without an alarm"), "{told}");
}
