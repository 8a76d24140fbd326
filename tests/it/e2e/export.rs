//! `simulate` and `export` from end to end: what comes out is what went in, and others read it.

use super::{Running, exchange, objects, path, program, rows, run, text, until};
use crate::prometheus;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Monday 2026-03-02, midnight in Shanghai.
const MONDAY: &str = "2026-03-02";

/// Counts by start and queue, as a table tells them.
type Counts = BTreeMap<(String, String), String>;

fn simulate(folder: &Path, name: &str, args: &[&str]) -> PathBuf {
    let file = folder.join(name);
    let output = run(&[&["simulate", "--output", path(&file)], args].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    file
}

/// A replayed journal of a simulated day and a half of quarters of an hour.
fn journal(folder: &Path) -> (PathBuf, PathBuf) {
    let input = simulate(
        folder,
        "calls.csv",
        &["--start", MONDAY, "--days", "2", "--row-minutes", "15", "--hours", "always"],
    );
    let journal = folder.join("j.journal");
    let replayed = run(&["replay", "--input", path(&input), "--journal", path(&journal)]);
    assert!(replayed.status.success(), "{}", text(&replayed.stderr));
    (input, journal)
}

fn export(journal: &Path, args: &[&str]) -> String {
    let output = run(&[&["export", "intervals", "--journal", path(journal)], args].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).to_owned()
}

/// A column of a table by start and queue.
fn counts(table: &str, column: &str) -> Counts {
    let mut lines = table.lines();
    let head: Vec<_> = lines.next().expect("a header").split(',').collect();
    let at = |name: &str| head.iter().position(|column| *column == name).expect("the column");
    let (start, queue, value) = (at("start"), at("queue"), at(column));
    let row = |line: &str| {
        let cells: Vec<_> = line.split(',').collect();
        ((cells[start].to_owned(), cells[queue].to_owned()), cells[value].to_owned())
    };
    let all: Counts = lines.map(row).collect();
    assert_eq!(all.len(), table.lines().count() - 1, "no interval comes twice");
    all
}

fn total(counts: &Counts) -> u64 {
    counts.values().map(|cell| cell.parse::<u64>().expect("a count")).sum()
}

#[test]
fn what_was_replayed_is_exported_and_can_be_read_again() {
    let folder = tempfile::tempdir().expect("folder");
    let (input, journal) = journal(folder.path());
    let given = counts(&std::fs::read_to_string(&input).expect("read"), "offered");
    let table = export(&journal, &[]);
    assert_eq!(counts(&table, "offered"), given);
    assert!(counts(&table, "answered").values().all(String::is_empty), "not told is not zero");
    let again = folder.path().join("again.csv");
    std::fs::write(&again, &table).expect("written");
    let alarms = |file: &Path| {
        let to = folder.path().join("alarms.csv");
        let output = run(&["backtest", "--input", path(file), "--alarms", path(&to)]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let text = std::fs::read_to_string(to).expect("read");
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        // Queues of one instant stand in another order.
        lines.sort();
        lines
    };
    let judged = alarms(&input);
    assert_eq!(judged.len(), 1 + given.len());
    assert!(alarms(&again) == judged, "other alarms");
}

#[test]
fn days_of_a_zone_are_the_sums_of_their_quarters() {
    let folder = tempfile::tempdir().expect("folder");
    let (_, journal) = journal(folder.path());
    let zone = ["--timezone", "Asia/Shanghai"];
    let days = export(&journal, &[&["--step", "day"], &zone[..]].concat());
    let starts: Vec<_> = counts(&days, "start_local").into_values().collect();
    let midnights = ["2026-03-02 00:00:00", "2026-03-03 00:00:00"];
    assert_eq!(starts, [[midnights[0]; 3], [midnights[1]; 3]].concat());
    assert!(counts(&days, "covered_seconds").values().all(|seconds| seconds == "86400"));
    let quarters = export(&journal, &["--step", "15m"]);
    let sum = total(&counts(&quarters, "offered"));
    assert!(sum > 10_000);
    assert_eq!(total(&counts(&days, "offered")), sum);
    let of_cards = export(&journal, &[&["--queue", "cards", "--step", "60m"], &zone[..]].concat());
    assert_eq!(of_cards.lines().count(), 1 + 48);
    let tuesday = ["--since", "2026-03-03", "--until", "2026-03-03T12:00", "--step", "60m"];
    let morning = export(&journal, &[&tuesday[..], &zone[..]].concat());
    assert_eq!(morning.lines().count(), 1 + 12 * 3);
}

#[test]
fn a_running_service_is_exported_beside_its_work() {
    let folder = tempfile::tempdir().expect("folder");
    let journal = folder.path().join("j");
    let served = Running::serve(&journal, None);
    let body = rows("售后", (1..=40).rev(), |_| 7).concat();
    assert_eq!(served.post(&body).status, 200);
    let lines = export(&journal, &["--format", "ndjson"]);
    let rows: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert_eq!(rows.len(), 40);
    let last = rows.last().expect("a row");
    assert_eq!(last["type"], "interval");
    assert_eq!((&last["unit"], &last["queue"]), (&"default".into(), &"售后".into()));
    assert_eq!((&last["offered"], &last["answered"]), (&7.into(), &Value::Null));
    let marked = export(&journal, &["--bom"]);
    assert!(marked.starts_with("\u{feff}unit,queue,"), "{marked}");
}

#[test]
fn log_book_and_incidents_are_exported() {
    let folder = tempfile::tempdir().expect("folder");
    let past = simulate(folder.path(), "past.csv", &["--start", "2026-02-02", "--days", "28"]);
    let surge = "2026-03-03T10:00,120,3";
    let day = simulate(
        folder.path(),
        "day.csv",
        &["--start", "2026-03-03", "--days", "1", "--surge", surge],
    );
    let journal = folder.path().join("j");
    let replayed = run(&[
        "replay",
        "--learn",
        path(&past),
        "--input",
        path(&day),
        "--journal",
        path(&journal),
    ]);
    assert!(replayed.status.success(), "{}", text(&replayed.stderr));
    let of = |what: &str, more: &[&str]| {
        let output = run(&[&["export", what, "--journal", path(&journal)], more].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout).to_owned()
    };
    let levels = of("logbook", &["--type", "transition", "--format", "ndjson"]);
    let to: Vec<_> = levels
        .lines()
        .rev()
        .map(|line| serde_json::from_str::<Value>(line).expect("an object"))
        .map(|record| record["to"].as_str().expect("a level").to_owned())
        .collect();
    assert_eq!(to[..3], ["L1", "L2", "L3"], "{levels}");
    let incidents = of("incidents", &[]);
    let lines: Vec<_> = incidents.lines().collect();
    assert_eq!(lines.len(), 2, "{incidents}");
    assert!(lines[1].starts_with("1,default,2026-03-03T02:0"), "{incidents}");
    assert!(lines[1].contains(",none,L3,"), "{incidents}");
    assert_eq!(of("incidents", &["--unit", "other"]).lines().count(), 1);
}

/// A recording that begins at night has no calls for hours, only states.
#[test]
fn simulated_calls_that_begin_at_night_reach_the_third_level() {
    let folder = tempfile::tempdir().expect("folder");
    let past = simulate(folder.path(), "past.csv", &["--start", "2026-02-02", "--days", "28"]);
    let surge = "2026-03-03T09:00,90,2";
    let truth = folder.path().join("truth.csv");
    let night = simulate(
        folder.path(),
        "night.ndjson",
        &[
            "--events",
            "--start",
            "2026-03-03",
            "--days",
            "1",
            "--hours",
            "07:00-12:00",
            "--surge",
            surge,
            "--truth",
            path(&truth),
        ],
    );
    let told = std::fs::read_to_string(truth).expect("read");
    assert_eq!(told, "start,end,times\n2026-03-03T01:00:00Z,2026-03-03T02:30:00Z,2\n");
    let output = run(&["replay", "--learn", path(&past), "--input", path(&night), "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let steps = objects(&output);
    let to: Vec<_> = steps
        .iter()
        .filter(|record| record["type"] == "transition")
        .map(|record| record["to"].as_str().expect("a level"))
        .collect();
    assert_eq!(to, ["L1", "L2", "L3", "L2", "L1", "none"]);
}

#[test]
fn what_cannot_be_meant_is_refused_and_nothing_is_written_over() {
    let folder = tempfile::tempdir().expect("folder");
    let (_, journal) = journal(folder.path());
    let before = std::fs::read(&journal).expect("read");
    let refused = |args: &[&str], code: i32, said: &str| {
        let output = run(&[&["export"], args].concat());
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(told.contains(said), "{told}");
    };
    let of = |more: &[&'static str]| {
        let journal = path(&journal).to_owned();
        let mut args = vec!["intervals".to_owned(), "--journal".to_owned(), journal];
        args.extend(more.iter().map(|&arg| arg.to_owned()));
        args
    };
    let check = |more: &[&'static str], said: &str| {
        let args = of(more);
        refused(&args.iter().map(String::as_str).collect::<Vec<_>>(), 2, said);
    };
    check(&["--queue", "card"], "no queue \"card\"; it has cards, sales, service");
    check(&["--bom", "--format", "ndjson"], "--bom is of a CSV only");
    check(&["--since", "2026-03-04", "--until", "2026-03-03"], "is not before");
    check(&["--since", "yesterday"], "a date (2026-11-24)");
    let own = ["intervals", "--journal", path(&journal), "--output", path(&journal)];
    refused(&own, 2, "cannot be written to as well");
    let absent = folder.path().join("absent");
    refused(&["incidents", "--journal", path(&absent)], 6, "absent");
    let csv = folder.path().join("calls.csv");
    refused(&["incidents", "--journal", path(&csv)], 6, "calls.csv");
    assert_eq!(std::fs::read(&journal).expect("read"), before);
    let file = folder.path().join("one.csv");
    let roundabout = folder.path().join(".").join("one.csv");
    for (args, said) in [
        (&["--surge", "2025-01-01,60,2"][..], "outside of what is simulated"),
        (&["--surge-every-days", "1", "--surge-minutes", "900"], "longer than the open hours"),
        (&["--output", path(&file), "--truth", path(&roundabout)], "name the same file"),
        (&["--row-minutes", "7"], "minutes that divide an hour"),
    ] {
        let output = run(&[&["simulate"], args].concat());
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
    }
    assert!(!file.exists());
}

/// Nights that were made apart share no calls.
#[test]
fn two_simulated_nights_are_replayed_together() {
    let folder = tempfile::tempdir().expect("folder");
    let night = |day: &str| {
        let hours = ["--events", "--days", "1", "--hours", "07:00-08:00", "--start", day];
        simulate(folder.path(), &format!("{day}.ndjson"), &hours)
    };
    let nights = ["2026-03-03", "2026-03-04"].map(night);
    let journal = folder.path().join("j");
    let replayed = run(&[
        "replay",
        "--input",
        path(&nights[0]),
        path(&nights[1]),
        "--journal",
        path(&journal),
    ]);
    assert!(replayed.status.success(), "{}", text(&replayed.stderr));
    let offered = |file: &PathBuf| {
        let text = std::fs::read_to_string(file).expect("read");
        text.lines().filter(|line| line.contains("\"kind\":\"offered\"")).count() as u64
    };
    let table = export(&journal, &["--step", "day"]);
    assert_eq!(total(&counts(&table, "offered")), nights.iter().map(offered).sum::<u64>());
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut child = program()
        .args(["simulate", "--days", "60"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn a_real_prometheus_shows_the_exported_past() {
    let folder = tempfile::tempdir().expect("folder");
    let (input, journal) = journal(folder.path());
    let file = folder.path().join("past.om");
    let asked = ["--format", "openmetrics", "--output", path(&file)];
    assert_eq!(export(&journal, &asked), "", "what is written to a file is not printed");
    let data = folder.path().join("data");
    let made = Command::new("promtool")
        .args(["tsdb", "create-blocks-from", "openmetrics", "--quiet", path(&file), path(&data)])
        .output();
    let Ok(made) = made else {
        println!("skipped: promtool is not installed");
        return;
    };
    assert!(made.status.success(), "{}", text(&made.stderr));
    let port = prometheus::free_port();
    let Ok(_running) = prometheus::launch(folder.path(), "scrape_configs: []\n", port) else {
        println!("skipped: prometheus is not installed");
        return;
    };
    let at = SocketAddr::from(([127, 0, 0, 1], port));
    // Two local days end at 16:00 UTC; half an hour later the newest sample would be stale.
    let query = "last_over_time(callsurge_queue_calls_offered_total[1h])";
    let found = until("the past is shown", || {
        let path = format!("/api/v1/query?time=2026-03-03T16:30:00Z&query={query}");
        let answer = exchange(at, &format!("GET {path} HTTP/1.1\r\n"), b"")?;
        let answer: Value = serde_json::from_str(&answer.body).ok()?;
        let result = answer["data"]["result"].as_array()?.clone();
        (!result.is_empty()).then_some(result)
    });
    let shown: BTreeMap<_, _> = found
        .iter()
        .map(|series| {
            let labels = &series["metric"];
            assert_eq!((&labels["job"], &labels["unit"]), (&"callsurge".into(), &"default".into()));
            let value = series["value"][1].as_str().expect("a value").to_owned();
            (labels["queue"].as_str().expect("a queue").to_owned(), value)
        })
        .collect();
    let mut given: BTreeMap<String, u64> = BTreeMap::new();
    for ((_, queue), calls) in counts(&std::fs::read_to_string(&input).expect("read"), "offered") {
        *given.entry(queue).or_default() += calls.parse::<u64>().expect("a count");
    }
    let given: BTreeMap<_, _> = given.into_iter().map(|(q, n)| (q, n.to_string())).collect();
    assert_eq!(shown, given);
}
