//! `learn` from end to end: what it reads, what it says of it, and what it leaves alone.

use encoding_rs::GB18030;
use serde_json::Value;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callsurge"));
    command.env_remove("CALLSURGE_CONFIG").args(args).output().unwrap()
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, content).unwrap();
    file
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The JSON line of a kind.
fn object(output: &Output, kind: &str) -> Value {
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap());
    let of_kind = |value: &Value| value["type"] == kind;
    lines.into_iter().find(of_kind).unwrap_or_else(|| panic!("no {kind}"))
}

/// Calls of an hour of the office, 8 to 18, Monday to Friday; 745 a day.
fn calls(day: u32, hour: u32) -> u32 {
    if day % 7 < 5 && (8..18).contains(&hour) { 60 + 5 * (hour % 6) } else { 0 }
}

/// Hours of four weeks from Monday 2026-06-01 on.
fn hours() -> impl Iterator<Item = (u32, u32)> {
    (0..28).flat_map(|day| (0..24).map(move |hour| (day, hour)))
}

#[test]
fn a_gbk_table_with_chinese_names_is_learned() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = String::from("开始时间,技能组,呼入总量,接起量,备注\n");
    for (day, hour) in hours() {
        let n = calls(day, hour);
        writeln!(table, "2026/6/{} {hour}:00,售后与客户,{n},{n},无", day + 1).unwrap();
    }
    let bytes = GB18030.encode(&table).0;
    assert!(std::str::from_utf8(&bytes).is_err());
    let input = write(folder.path(), "gbk.csv", &bytes);
    let input = input.to_str().unwrap();
    let zone = ["--timezone", "Asia/Shanghai", "--json", "--dry-run"];
    let output = run(&[&["learn", "--input", input], &zone[..]].concat());
    let quality = object(&output, "quality");
    assert_eq!(quality["queues"][0]["queue"], "售后与客户");
    assert_eq!((&quality["enough"], &quality["usable_share"]), (&"full".into(), &1.0.into()));
    assert_eq!(quality["total"]["first"], "2026-05-31T16:00:00Z");
    let closed = ["Mon-Fri 00:00-08:00 18:00-24:00", "Sat-Sun all day"];
    assert_eq!(quality["total"]["closed"]["when"], serde_json::json!(closed));
    let said = text(&output.stderr);
    assert!(said.contains("gbk.csv is not UTF-8 and was read as gb18030"), "{said}");
    assert!(said.contains("columns that are not read: `备注`"), "{said}");
    let strict = run(&["learn", "--input", input, "--dry-run", "--encoding", "utf-8"]);
    assert_eq!(strict.status.code(), Some(4));
    for command in ["replay", "backtest"] {
        let judged = run(&[command, "--input", input]);
        assert!(judged.status.success(), "{}", text(&judged.stderr));
        assert!(text(&judged.stderr).contains("was read as gb18030"), "{command}");
    }
}

#[test]
fn a_queue_interval_file_is_recognised_by_every_reader() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = String::new();
    for (day, hour) in hours() {
        for (number, name) in [(7, "Cards"), (8, "售后")] {
            let n = calls(day, hour);
            writeln!(
                file,
                "60;202606{:02};{hour:02}:00;{number};{name};{n};1;0;0;{n};90;0;900;9;9;0;4;{n};9;0;0",
                day + 1
            )
            .unwrap();
        }
    }
    let input = write(folder.path(), "queues.txt", file);
    let input = input.to_str().unwrap();
    let journal = folder.path().join("journal");
    let journal = journal.to_str().unwrap();
    let output = run(&["learn", "--json", "--input", input, "--journal", journal]);
    assert_eq!(object(&output, "learned")["intervals"], 2 * 28 * 24);
    let quality = object(&output, "quality");
    assert_eq!(
        (&quality["total"]["calls"], &quality["total"]["row_seconds"]),
        (&29_800.into(), &3_600.into())
    );
    let explicit = run(&["learn", "--dry-run", "--input", input, "--format", "teleopti"]);
    assert!(explicit.status.success(), "{}", text(&explicit.stderr));
    let replayed = run(&["replay", "--json", "--input", input]);
    assert_eq!(object(&replayed, "summary")["rows_read"], 2 * 28 * 24);
    let alarms = folder.path().join("alarms.csv");
    let judged = run(&["backtest", "--input", input, "--alarms", alarms.to_str().unwrap()]);
    assert!(judged.status.success(), "{}", text(&judged.stderr));
    let alarms = std::fs::read_to_string(alarms).unwrap();
    assert_eq!(alarms.lines().nth(1).unwrap().split(',').next(), Some("2026-06-01 00:00"));
    assert_eq!(alarms.lines().count(), 1 + 2 * 28 * 24);
}

/// Whoever is not sure whether the first run went through runs it again, or with a longer file.
#[test]
fn what_was_taught_is_not_taught_again() {
    let folder = tempfile::tempdir().unwrap();
    let table = |days: u32| {
        let mut table = String::from("ts,calls,queue\n");
        for (day, hour) in hours().filter(|(day, _)| *day < days) {
            writeln!(table, "2026-06-{:02}T{hour:02}:00:00,{},a", day + 1, calls(day, hour))
                .unwrap();
        }
        table
    };
    let short = write(folder.path(), "short.csv", table(14));
    let long = write(folder.path(), "long.csv", table(28));
    let teach = |journal: &str, input: &Path| {
        let journal = folder.path().join(journal);
        let (journal, input) = (journal.to_str().unwrap(), input.to_str().unwrap());
        run(&["learn", "--json", "--input", input, "--journal", journal])
    };
    let counts = |output: &Output| {
        let learned = object(output, "learned");
        [&learned["intervals"], &learned["known_already"]].map(|n| n.as_u64().unwrap())
    };
    assert_eq!(counts(&teach("j", &short)), [14 * 24, 0]);
    let again = teach("j", &short);
    assert_eq!(counts(&again), [0, 14 * 24]);
    assert!(text(&again.stderr).contains("336 rows were left out"), "{}", text(&again.stderr));
    assert_eq!(counts(&teach("j", &long)), [14 * 24, 14 * 24]);
    assert_eq!(counts(&teach("k", &long)), [28 * 24, 0]);
    // The week that a journal learned, as it is drawn.
    let [twice, once] = ["j", "k"].map(|journal| {
        let journal = folder.path().join(journal);
        let args = ["learn", "--input", long.to_str().unwrap(), "--journal"];
        let drawn = run(&[&args[..], &[journal.to_str().unwrap()]].concat());
        text(&drawn.stdout).replace(journal.to_str().unwrap(), "")
    });
    assert!(once.contains("line learned"), "{once}");
    assert_eq!(twice, once);
}

#[test]
fn a_dry_run_writes_the_page_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = String::from("ts,calls\n");
    for (day, hour) in hours() {
        let n = if day == 9 { 3 } else { 1 } * calls(day, hour);
        writeln!(table, "2026-06-{:02}T{hour:02}:00:00,{n}", day + 1).unwrap();
    }
    let input = write(folder.path(), "calls.csv", table);
    let (journal, page) = (folder.path().join("journal"), folder.path().join("page.html"));
    let args = ["learn", "--dry-run", "--input", input.to_str().unwrap()];
    let files = ["--journal", journal.to_str().unwrap(), "--report", page.to_str().unwrap()];
    let output = run(&[&args[..], &files[..]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(!journal.exists());
    let said = text(&output.stdout);
    for words in [
        "would learn 672 intervals of 1 queues, 4.0 weeks; nothing was written",
        "calls an hour of the week: filled median, line learned",
        "Wed 2026-06-10 surge-like: 2235 calls where 745 are usual",
        "judgement   enough: four weeks or more",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
    let page = std::fs::read_to_string(page).unwrap();
    for refused in ["<script", "http:", "https:", "src=", "url(", "NaN", "inf<"] {
        assert!(!page.contains(refused), "{refused} in the page");
    }
    assert!(page.contains("class=\"heat\"") && page.contains("疑似激增"));
}

#[test]
fn lines_that_are_wrong_are_left_out_up_to_one_in_ten() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = String::from("start,end,calls\n");
    for minute in 0..40 {
        let at = format!("2026-03-08 01:{minute:02}");
        writeln!(table, "{at}:00,{at}:30,5").unwrap();
    }
    table.push_str("2026-03-08 02:30:00,2026-03-08 03:00:00,5\n");
    table.push_str("2026-03-08 03:30:00,2026-03-08 04:00:00,-5\n");
    table.push_str("2026-03-08 04:30:00,2026-03-08 04:00:00,5\n");
    table.push_str("total,,200\n");
    let input = write(folder.path(), "calls.csv", &table);
    let zone = ["--timezone", "America/New_York", "--json", "--dry-run"];
    let output = run(&[&["learn", "--input", input.to_str().unwrap()], &zone[..]].concat());
    let quality = object(&output, "quality");
    let counts = &quality["faults"]["counts"];
    for kind in ["skipped_by_the_clock", "negative", "implausible", "malformed"] {
        assert_eq!(counts[kind], 1, "{kind}: {counts}");
    }
    let first = quality["faults"]["first"]["negative"].as_str().unwrap();
    assert!(first.contains("calls.csv:43: column `offered`: `-5`"), "{first}");
    assert_eq!(quality["usable_share"], 40.0 / 44.0);
    table.push_str("total,,200\n");
    let input = write(folder.path(), "calls.csv", &table);
    let refused = run(&[&["learn", "--input", input.to_str().unwrap()], &zone[..]].concat());
    assert_eq!(refused.status.code(), Some(4));
    let said = text(&refused.stderr);
    assert!(said.contains("nothing was learned: 5 of 45 lines are wrong, such as"), "{said}");
}

/// Every hour of two weeks, with the peak at 11 by the clock of Shanghai.
fn peak_at_eleven() -> String {
    let mut table = String::from("ts,calls\n");
    for (day, hour) in hours() {
        let calls = if hour == 11 { 90 } else { 10 };
        writeln!(table, "2026-06-{:02} {hour:02}:00,{calls}", day + 1).unwrap();
    }
    table
}

#[test]
fn stamps_are_local_where_the_unit_is() {
    let folder = tempfile::tempdir().unwrap();
    let input = write(folder.path(), "local.csv", peak_at_eleven());
    let config = "[[unit]]\nname = \"cards\"\ntimezone = \"Asia/Shanghai\"\n";
    let config = write(folder.path(), "callsurge.toml", config);
    let (input, config) = (input.to_str().unwrap(), config.to_str().unwrap());
    let first = |more: &[&str]| {
        let args = [&["learn", "--json", "--dry-run", "--input", input], more].concat();
        object(&run(&args), "quality")["total"]["first"].as_str().unwrap().to_owned()
    };
    assert_eq!(first(&[]), "2026-06-01T00:00:00Z");
    assert_eq!(first(&["--config", config]), "2026-05-31T16:00:00Z");
    assert_eq!(first(&["--config", config, "--timezone", "UTC"]), "2026-06-01T00:00:00Z");
    let said = run(&["learn", "--dry-run", "--input", input]);
    assert!(text(&said.stdout).contains("The week is that of UTC."), "{}", text(&said.stdout));
}

#[test]
fn nothing_learned_is_an_error_and_no_journal() {
    let folder = tempfile::tempdir().unwrap();
    let table = write(
        folder.path(),
        "calls.csv",
        "ts,calls,queue\n2026-06-01 08:00,5,sales\n2026-06-01 08:15,6,sales\n",
    );
    let empty = write(folder.path(), "empty.csv", "ts,calls,queue\n");
    let config = "[[unit]]\nname = \"cards\"\nqueues = [\"cards\"]\n";
    let config = write(folder.path(), "callsurge.toml", config);
    let journal = folder.path().join("journal");
    let journal = journal.to_str().unwrap();
    for (input, says) in [
        (&table, "no unit has the queues of the files (sales); name them in `queues`"),
        (&empty, "there is no row with calls in the files"),
    ] {
        let config = config.to_str().unwrap();
        let input = input.to_str().unwrap();
        let output = run(&["learn", "--input", input, "--journal", journal, "--config", config]);
        assert_eq!(output.status.code(), Some(4));
        assert!(text(&output.stderr).contains(says), "{}", text(&output.stderr));
        assert!(!Path::new(journal).exists());
    }
}

#[test]
fn what_is_read_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let input = write(folder.path(), "calls.csv", peak_at_eleven());
    let input = input.to_str().unwrap();
    let output = run(&["learn", "--dry-run", "--input", input, "--report", input]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(input).unwrap(), peak_at_eleven());
}

/// Each fault costs its own line, whatever the lines around it are.
#[test]
fn a_line_that_would_be_misread_is_left_out_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines: Vec<_> = peak_at_eleven().lines().map(str::to_owned).collect();
    lines[100] = lines[100].replace(",10", ",1,250");
    lines[200] = format!("\"{}", lines[200]);
    lines[300] = lines[300].split(',').next().unwrap().to_owned();
    let input = write(folder.path(), "calls.csv", lines.join("\n") + "\n");
    let output = run(&["learn", "--dry-run", "--json", "--input", input.to_str().unwrap()]);
    let quality = object(&output, "quality");
    assert_eq!(
        (&quality["total"]["rows"], &quality["faults"]["counts"]["malformed"]),
        (&(28 * 24 - 3).into(), &3.into())
    );
}

/// Files come with their newest rows first as well.
#[test]
fn the_order_of_a_file_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines: Vec<_> = peak_at_eleven().lines().map(str::to_owned).collect();
    let mut told = Vec::new();
    for name in ["forwards", "backwards"] {
        let input = write(folder.path(), name, lines.join("\n") + "\n");
        let output = run(&["learn", "--dry-run", "--json", "--input", input.to_str().unwrap()]);
        told.push(object(&output, "quality")["total"].clone());
        lines[1..].reverse();
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0]["row_seconds"], 3_600);
}
