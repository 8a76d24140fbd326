//! Recorded queue logs against the ledger that was kept beside them.

use super::{fixture, name_of};
use callsurge::engine::observation::{CallKey, CallKind, Form, SourceId};
use callsurge::engine::policy::Carries;
use callsurge::engine::time::{Span, Timestamp};
use callsurge::ingest::csv::CsvOptions;
use callsurge::ingest::encoding::Encoding;
use callsurge::ingest::file::{FileOptions, Records};
use callsurge::ingest::ndjson::NdjsonOptions;
use callsurge::ingest::queue_log::QueueLogOptions;
use callsurge::ingest::{Item, Sources, Told};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Offered, answered, abandoned.
pub(super) type Sums = [u64; 3];

fn options() -> FileOptions {
    let ndjson = NdjsonOptions {
        sources: Sources::default(),
        default_source: None,
        now: Timestamp::from_secs(1_795_500_000),
    };
    let source = SourceId(1);
    let (csv, queue_log) = (CsvOptions::new(source), QueueLogOptions::new(source));
    FileOptions { format: None, encoding: Encoding::Auto, csv, ndjson, queue_log }
}

fn items(files: &[&str]) -> Vec<Item> {
    let records = Records::open(files.iter().map(|f| fixture(f)), options(), None).unwrap();
    assert_eq!(records.carries(), Carries::ALL);
    records.map(|item| item.unwrap()).collect()
}

/// Books every outcome to the minute in which its call arrived.
pub(super) fn booked(items: &[Item]) -> BTreeMap<(String, i64), Sums> {
    let mut arrived: HashMap<CallKey, i64> = HashMap::new();
    let mut sums: BTreeMap<(String, i64), Sums> = BTreeMap::new();
    for item in items {
        let Told::Draft(draft) = &item.input else { continue };
        let Form::Event(event) = draft.form else { panic!("no event: {draft:?}") };
        let column = match event.kind {
            CallKind::Offered => {
                let minute = event.at.floor(Span::minutes(1)).as_millis() / 1_000;
                assert_eq!(arrived.insert(event.call, minute), None, "a call arrives once");
                0
            }
            CallKind::Answered => 1,
            CallKind::Abandoned => 2,
            CallKind::Exited(_) | CallKind::Completed { .. } | CallKind::Refused => continue,
        };
        let minute = arrived[&event.call];
        sums.entry((name_of(draft).to_owned(), minute)).or_default()[column] += 1;
    }
    sums
}

pub(super) fn truth(run: &str) -> BTreeMap<(String, i64), Sums> {
    let text = fs::read_to_string(fixture(run).join("truth.json")).unwrap();
    let truth: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut sums = BTreeMap::new();
    for (queue, minutes) in truth["per_minute"].as_object().unwrap() {
        for (minute, outcomes) in minutes.as_object().unwrap() {
            let of = |name: &str| outcomes.get(name).and_then(|n| n.as_u64()).unwrap_or(0);
            let all: u64 = outcomes.as_object().unwrap().values().filter_map(|n| n.as_u64()).sum();
            let offered = all - of("rejected_full");
            let answered = of("answered") + of("answered_race");
            let row = [offered, answered, of("abandoned")];
            if row != [0, 0, 0] {
                sums.insert((queue.clone(), minute.parse().unwrap()), row);
            }
        }
    }
    sums
}

fn check(run: &str, files: &[&str], totals: [(&str, Sums); 2]) {
    let booked = booked(&items(files));
    assert_eq!(booked, truth(run), "{run}");
    for (queue, wanted) in totals {
        let mut sums = [0; 3];
        for (_, row) in booked.iter().filter(|((of, _), _)| of == queue) {
            for (sum, n) in sums.iter_mut().zip(row) {
                *sum += n;
            }
        }
        assert_eq!(sums, wanted, "{run} {queue}");
    }
}

#[test]
fn every_minute_of_the_recordings_is_the_ledgers() {
    check("calm", &["calm/queue_log"], [("support", [164, 156, 7]), ("sales", [94, 91, 3])]);
    check("surge", &["surge/queue_log"], [("support", [606, 350, 240]), ("sales", [100, 95, 4])]);
    let rotated = ["reload/queue_log.0", "reload/queue_log"];
    check("reload", &rotated, [("support", [146, 144, 2]), ("sales", [54, 53, 1])]);
}

#[test]
fn no_name_or_number_leaves_the_parser() {
    let files = ["calm", "surge", "reload"].map(|run| format!("{run}/queue_log"));
    for file in &files {
        let text = fs::read_to_string(fixture(file)).unwrap();
        let mut personal = BTreeSet::new();
        for line in text.lines() {
            let fields: Vec<&str> = line.split('|').collect();
            if fields[3] != "NONE" && !fields[3].is_empty() {
                personal.insert(fields[3].to_owned());
            }
            if fields[4] == "ENTERQUEUE" {
                personal.insert(fields[6].to_owned());
            }
        }
        assert!(personal.len() > 50, "the log does hold names and numbers");
        let told = format!("{:?}", items(&[file]));
        for word in personal {
            assert!(!told.contains(&word), "{word} of {file}");
        }
    }
}

#[test]
fn a_restart_and_refused_calls_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue_log");
    let text = "1795486247|NONE|NONE|NONE|QUEUESTART|\n\
                1795486248|c.1|support|NONE|REFUSED|full\n\
                not a row\n\
                1795486249|NONE|NONE|NONE|CONFIGRELOAD|\n";
    fs::write(&path, text).unwrap();
    let read = Arc::new(AtomicU64::new(0));
    let seen = read.clone();
    let progress = Box::new(move |bytes| seen.store(bytes, Ordering::SeqCst));
    let records = Records::open([path.clone()], options(), Some(progress)).unwrap();
    let mut told = Vec::new();
    for item in records {
        told.push(match item {
            Ok(Item { input: Told::Draft(draft), .. }) => match draft.form {
                Form::Event(event) => format!("{:?}", event.kind),
                Form::Snapshot(_) | Form::Interval(_) => "another form".to_owned(),
            },
            Ok(Item { input: Told::SourceRestarted(_), at }) => format!("restart {at}"),
            Ok(Item { input: Told::Heartbeat(_), .. }) => "alive".to_owned(),
            Err(error) => error.to_string().replace(&path.display().to_string(), "FILE"),
        });
    }
    let wanted = [
        "restart 2026-11-24T02:10:47Z",
        "Refused",
        "FILE:3: not a row of a queue log: it has 1 fields, not epoch|call|queue|agent|event",
        "alive",
    ];
    assert_eq!(told, wanted);
    assert_eq!(read.load(Ordering::SeqCst), text.len() as u64);
}

#[test]
fn several_tables_are_read_in_order_and_a_missing_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("a.csv"), "ts,calls\n2026-01-01T00:00Z,1\n2026-01-01T00:30Z,2\n").unwrap();
    fs::write(path("b.csv"), "ts,calls,answered\n2026-01-01T01:00Z,3,1\n2026-01-01T01:15Z,4,x\n")
        .unwrap();
    let files = [path("a.csv"), path("b.csv"), path("none.csv")];
    let mut records = Records::open(files, options(), None).unwrap();
    let told: Vec<_> = records
        .by_ref()
        .map(|item| item.map(|i| i.at.to_string()).map_err(|error| error.to_string()))
        .collect();
    assert_eq!(told[..2], ["2026-01-01T00:30:00Z", "2026-01-01T01:00:00Z"].map(|t| Ok(t.into())));
    let b = path("b.csv").display().to_string();
    // One good row has no step; its length is not known.
    assert!(told[2].as_ref().unwrap_err().starts_with(&format!("{b}:2: no two rows")), "{told:?}");
    assert!(told[3].as_ref().unwrap_err().starts_with(&format!("{b}:3: column `answered`")));
    assert!(told[4].as_ref().unwrap_err().contains("none.csv"), "{told:?}");
    assert_eq!(told.len(), 5);
    assert!(records.carries().answered);
}
