//! The commands that run to an end: what they print, and with which code they end.

use super::{Running, objects, path, row_at, run, text, write};
use callsurge::clock::{Clock, SystemClock};
use callsurge::engine::time::{Span, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const LOGS: &str = "tests/fixtures/asterisk";
/// Offered, answered, abandoned by queue and minute.
type Minutes = BTreeMap<(String, i64), [u64; 3]>;

fn truth(recording: &str) -> Minutes {
    let text = fs::read_to_string(format!("{LOGS}/{recording}/truth.json")).expect("a ledger");
    let truth: Value = serde_json::from_str(&text).expect("JSON");
    let mut sums = BTreeMap::new();
    for (queue, minutes) in truth["per_minute"].as_object().expect("queues") {
        for (minute, outcomes) in minutes.as_object().expect("minutes") {
            let of = |name: &str| outcomes[name].as_u64().unwrap_or(0);
            let all: u64 =
                outcomes.as_object().expect("outcomes").values().filter_map(Value::as_u64).sum();
            let answered = of("answered") + of("answered_race");
            let row = [all - of("rejected_full"), answered, of("abandoned")];
            sums.insert((queue.clone(), minute.parse().expect("seconds")), row);
        }
    }
    sums.retain(|_, row| *row != [0, 0, 0]);
    sums
}

fn intervals(file: &Path) -> Minutes {
    let mut sums = BTreeMap::new();
    for row in csv::Reader::from_path(file).expect("a table").records() {
        let row = row.expect("a row");
        let start = Timestamp::parse_rfc3339(&row[0]).expect("an instant");
        let number = |at: usize| row[at].parse().expect("a number");
        let key = (row[1].to_owned(), start.as_millis() / 1_000);
        assert!(sums.insert(key, [number(2), number(3), number(4)]).is_none(), "{row:?} twice");
    }
    sums.retain(|_, row| *row != [0, 0, 0]);
    sums
}

#[test]
fn a_replayed_queue_log_agrees_with_its_ledger_and_with_itself() {
    let folder = tempfile::tempdir().expect("folder");
    for (recording, highest) in [("surge", "L1"), ("calm", "none")] {
        let log = format!("{LOGS}/{recording}/queue_log");
        let once = |name: &str| {
            let table = folder.path().join(format!("{recording}-{name}.csv"));
            let output = run(&["replay", "--input", &log, "--json", "--intervals", path(&table)]);
            assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
            (output, table)
        };
        let (first, table) = once("first");
        assert_eq!(intervals(&table), truth(recording), "{recording}");
        let lines = objects(&first);
        let summary = lines.last().expect("a summary");
        assert_eq!(summary["type"], "summary");
        assert_eq!(summary["rows_refused"], 0);
        assert_eq!(summary["units"][0]["highest"], highest, "{recording}: {summary}");
        assert!(text(&first.stderr).contains("rows of 2 queues"), "people read standard error");
        let (second, again) = once("second");
        assert!(first.stdout == second.stdout, "{recording}: the same input, other lines");
        assert_eq!(fs::read(&table).expect("read"), fs::read(&again).expect("read"));
    }
}

#[test]
fn every_shipped_scenario_passes_on_the_command_line() {
    let mut files: Vec<_> = fs::read_dir("tests/scenarios")
        .expect("scenarios")
        .map(|entry| path(&entry.expect("an entry").path()).to_owned())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    files.sort();
    let args: Vec<_> = ["test", "--json"].into_iter().chain(files.iter().map(|f| &**f)).collect();
    let output = run(&args);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(objects(&output).len(), files.len());
}

#[test]
fn what_init_writes_is_a_configuration() {
    let folder = tempfile::tempdir().expect("folder");
    for source in ["", "push", "queue_log", "csv"] {
        let file = folder.path().join(format!("{source}.toml"));
        let mut args = vec!["init", "--output", path(&file)];
        if !source.is_empty() {
            args.extend(["--source", source]);
        }
        assert_eq!(run(&args).status.code(), Some(0), "{args:?}");
        let again = run(&args);
        assert_eq!(again.status.code(), Some(1), "a file is never overwritten");
        let checked = run(&["check-config", "--json", path(&file)]);
        assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stderr));
        objects(&checked);
    }
}

#[test]
fn what_was_learned_is_known_to_the_service() {
    let folder = tempfile::tempdir().expect("folder");
    let end = SystemClock.now().floor(Span::hours(1)) - Span::hours(1);
    let minutes = 4 * 7 * 1_440;
    let rows: String = (0..minutes)
        .map(|n| row_at("orders", end - Span::minutes(minutes - n), 60 + (n * 7 % 11) as u32))
        .collect();
    let past = write(folder.path(), "past.ndjson", &rows);
    let journal = folder.path().join("callsurge.journal");
    let output = run(&["learn", "--json", "--input", path(&past), "--journal", path(&journal)]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let learned = objects(&output);
    assert_eq!(learned[0]["intervals"], minutes);
    assert_eq!(learned[0]["queues"], 1);
    let served = Running::serve(&journal, None);
    let recent = super::rows("orders", (1..=10).rev(), |_| 65).concat();
    let answer = served.post(recent);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let status = served.json("/api/v1/status");
    let evidence = &status["units"][0]["evidence"];
    let expected = evidence["expected"].as_f64().unwrap_or_else(|| panic!("{status}"));
    assert!((55.0..75.0).contains(&expected), "{evidence}");
    assert_ne!(evidence["learning"], true, "{evidence}");
    assert_eq!(status["units"][0]["verdict"], "normal");
    assert!(served.terminate().success());
}
