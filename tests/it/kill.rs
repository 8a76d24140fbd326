//! Kill -9 in a loop: nothing that was acknowledged is lost, nothing is done twice.
//!
//! The child is this very binary, told by an environment variable to run [`child`] alone. It
//! feeds a live journal row by row, says on stdout what was acknowledged, and delivers to a
//! receiver in the parent. It is aborted at every durable step in turn, or killed from outside
//! after a number of acknowledgements. One journal lives through all of it.

use crate::receiver::{Receiver, Request};
use crate::rig::{Rig, T0, draft, entries, fold, policy, row};
use callsurge::delivery::Worker;
use callsurge::delivery::receipts::Receipts;
use callsurge::delivery::secret::Secret;
use callsurge::delivery::webhook::{Webhook, WebhookSettings};
use callsurge::driver::Settings as DriverSettings;
use callsurge::driver::recovery::recover;
use callsurge::driver::replay::{Item, Replay};
use callsurge::engine::Engine;
use callsurge::engine::effect::Effect;
use callsurge::engine::entry::{Entry, Input};
use callsurge::engine::observation::Form;
use callsurge::engine::time::Span;
use callsurge::journal::outbox::{LiveJournal, Outbox};
use callsurge::journal::sqlite::SqliteJournal;
use callsurge::journal::step::{Step, Steps};
use callsurge::journal::{BUILD, Settings, Stamp};
use callsurge::record::Record;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Kills at each durable step.
const ROUNDS: u32 = 10;
/// Kills from outside.
const OUTSIDE: u32 = 100;
/// A child that outlives so many rows was not killed where it should have been.
const ROWS_MAX: u64 = 2_000;
/// How the parent tells the child what to do.
const TASK: &str = "CALLSURGE_TEST_CHILD";

/// What a child is told.
#[derive(serde::Serialize, serde::Deserialize)]
struct Task {
    path: PathBuf,
    url: String,
    /// First row that was never acknowledged.
    from: u64,
    /// Where to stop in order.
    to: u64,
    /// Abort at the n-th time that a step is reached.
    abort: Option<(usize, u32)>,
}

#[test]
fn no_kill_loses_or_doubles_anything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let receiver = Receiver::start();
    let mut killed = 0;
    let mut acked = 0;
    let task =
        |acked, abort, to| Task { path: path.clone(), url: receiver.url(), from: acked, to, abort };
    for round in 1..=ROUNDS {
        for step in 0..Step::ALL.len() {
            let times = 1 + round % 3;
            let mut child = spawn(&task(acked, Some((step, times)), acked + ROWS_MAX));
            acked = follow(&mut child, acked, u64::MAX);
            assert!(!child.wait().unwrap().success(), "{:?} is reached", Step::ALL[step]);
            killed += 1;
            check(&path, acked, &receiver, &format!("{:?}, time {times}", Step::ALL[step]));
        }
    }
    for kill in 0..OUTSIDE {
        let rows = u64::from(kill * 7 % 11);
        let mut child = spawn(&task(acked, None, acked + ROWS_MAX));
        acked = follow(&mut child, acked, acked + rows);
        child.kill().unwrap();
        // What it still said before it died was acknowledged as well.
        acked = follow(&mut child, acked, u64::MAX);
        assert!(!child.wait().unwrap().success());
        killed += 1;
        check(&path, acked, &receiver, &format!("outside, kill {kill} after {rows} rows"));
    }
    assert!(killed >= 200);
    let end = acked + 20;
    let mut child = spawn(&task(acked, None, end));
    acked = follow(&mut child, acked, u64::MAX);
    assert!(child.wait().unwrap().success(), "the last one ends in order");
    assert_eq!(acked, end);
    check(&path, acked, &receiver, "the end");
    everything_is_delivered(&path, &receiver, end);
}

fn spawn(task: &Task) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["kill::child", "--exact", "--nocapture", "--test-threads=1"])
        .env(TASK, serde_json::to_string(task).unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Reads acknowledgements until `until` rows are acknowledged or the child is gone.
fn follow(child: &mut Child, mut acked: u64, until: u64) -> u64 {
    let Some(stdout) = &mut child.stdout else { return acked };
    let mut reader = BufReader::with_capacity(1, stdout);
    let mut line = String::new();
    while acked < until {
        line.clear();
        // A line without its end was not said.
        if reader.read_line(&mut line).unwrap() == 0 || !line.ends_with('\n') {
            break;
        }
        if let Some(n) = line.trim().strip_prefix("ack ") {
            acked = n.parse::<u64>().unwrap() + 1;
        }
    }
    acked
}

/// The child: not a test unless the parent says so.
#[test]
fn child() {
    let Ok(task) = std::env::var(TASK) else { return };
    let task: Task = serde_json::from_str(&task).unwrap();
    let steps = task.abort.map_or_else(Steps::default, |(step, times)| {
        let left = AtomicU32::new(times);
        Steps::hooked(move |at| {
            if at == Step::ALL[step] && left.fetch_sub(1, Ordering::SeqCst) == 1 {
                std::process::abort();
            }
        })
    });
    let journal = Settings {
        raw_keep: Span::hours(1_000_000),
        steps: steps.clone(),
        ..Settings::new(Stamp::Live)
    };
    let journal = SqliteJournal::open(&task.path, journal, T0).unwrap();
    let settings = DriverSettings {
        snapshot_entries: 8,
        steps: steps.clone(),
        ..DriverSettings::new(policy())
    };
    let wake = settings.outbox.subscribe();
    let rig = Rig::of::<Engine>(Box::new(journal), settings).unwrap();
    let outbox = Outbox::open(&LiveJournal::at(&task.path).unwrap(), steps).unwrap();
    let webhook = WebhookSettings::new(task.url, Secret::new("shared"));
    let webhook = Webhook::new(&webhook).unwrap();
    let mut worker = Worker::new(
        outbox,
        webhook,
        rig.clock.clone(),
        rig.handle.clone(),
        Receipts::default(),
        wake,
    );
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for n in task.from..task.to {
        rig.row(n).expect("the journal does not fail");
        let mut out = std::io::stdout();
        out.write_all(format!("ack {n}\n").as_bytes()).unwrap();
        out.flush().unwrap();
        runtime.block_on(worker.pass()).unwrap();
    }
    rig.stop();
}

/// Everything that has to hold after any kill.
fn check(path: &Path, acked: u64, receiver: &Receiver, what: &str) {
    let db = Connection::open(path).unwrap();
    let text = |sql: &str| db.query_row(sql, [], |r| r.get::<_, String>(0)).unwrap();
    let number = |sql: &str| db.query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap();
    if number("SELECT count(*) FROM sqlite_schema") == 0 {
        assert_eq!(acked, 0, "{what}: killed before there was a journal");
        return;
    }
    assert_eq!(text("PRAGMA integrity_check"), "ok", "{what}");
    // Reading them checks that they are dense.
    let entries = entries(path);
    state_is_the_fold(path, &entries, what);
    let seen = rows_are_there(&entries, acked, what);
    assert_eq!(journalled(&db), reference(seen), "{what}: transitions of {seen} rows");
    let told = "SELECT count(*) FROM logbook WHERE type IN ('transition', 'outage', 'reminder')";
    assert_eq!(number("SELECT count(*) FROM outbox"), number(told), "{what}: intents");
    let matched = "SELECT count(*) FROM outbox JOIN logbook USING (seq, ordinal)";
    assert_eq!(number(matched), number(told), "{what}: each effect has its intent");
    let keys = keys(&db);
    for request in receiver.requests() {
        assert!(keys.contains_key(request.key()), "{what}: {} was never decided", request.key());
    }
    let untried = "SELECT count(*) FROM outbox o WHERE state <> 'pending'
        AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.intent = o.id)";
    assert_eq!(number(untried), 0, "{what}: an attempt is written before the call");
}

fn state_is_the_fold(path: &Path, entries: &[Entry], what: &str) {
    let mut journal = SqliteJournal::open_read_only(path).unwrap();
    let recovery = recover::<Engine>(&mut journal, BUILD).unwrap();
    let recovered = postcard::to_allocvec(&recovery.fold).unwrap();
    let folded = postcard::to_allocvec(&fold::<Engine>(entries)).unwrap();
    assert_eq!(recovered, folded, "{what}: snapshot {} and suffix", recovery.snapshot);
    assert_eq!(recovery.mismatches, 0, "{what}");
}

/// Returns how many rows there are.
fn rows_are_there(entries: &[Entry], acked: u64, what: &str) -> u64 {
    let starts: BTreeSet<_> = entries
        .iter()
        .filter_map(|entry| match entry.input {
            Input::Observed(o) => match o.form {
                Form::Interval(row) => Some(row.start),
                Form::Event(_) | Form::Snapshot(_) => None,
            },
            _ => None,
        })
        .collect();
    let lost: Vec<_> = (0..acked).filter(|n| !starts.contains(&row(*n).start)).collect();
    assert!(lost.is_empty(), "{what}: acknowledged and lost: {lost:?}");
    starts.len() as u64
}

type Told = (u64, u32, String, String, String);

fn journalled(db: &Connection) -> Vec<Told> {
    let mut statement = db.prepare("SELECT record FROM transitions ORDER BY seq, ordinal").unwrap();
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    rows.map(|text| told(&serde_json::from_str(&text.unwrap()).unwrap())).collect()
}

fn told(record: &Record) -> Told {
    let word = |word: &Option<String>| word.clone().unwrap();
    let key = (record.incident.unwrap(), record.number.unwrap());
    (key.0, key.1, word(&record.from), word(&record.to), record.at.clone())
}

/// The transitions of a run that nobody interrupts.
fn reference(rows: u64) -> Vec<Told> {
    let mut all = Vec::new();
    let tell = |_: &Effect, record: Option<&Record>| {
        all.extend(record.filter(|r| r.kind == "transition").map(told));
    };
    let mut replay = Replay::<_, Engine>::start(&policy(), T0, None, tell).unwrap();
    for n in 0..rows {
        replay.push(row(n).end, Item::Draft(draft(n))).unwrap();
    }
    replay.finish().unwrap();
    all
}

fn keys(db: &Connection) -> BTreeMap<String, String> {
    let mut statement = db.prepare("SELECT key, state FROM outbox").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// Every intent reached the receiver at least once, always with the same body.
fn everything_is_delivered(path: &Path, receiver: &Receiver, rows: u64) {
    let db = Connection::open(path).unwrap();
    assert!(journalled(&db).iter().any(|told| told.3 == "L3"), "the ladder was climbed");
    let mut by_key: BTreeMap<String, Vec<Request>> = BTreeMap::new();
    for request in receiver.requests() {
        by_key.entry(request.key().to_owned()).or_default().push(request);
    }
    for (key, state) in keys(&db) {
        assert_eq!(state, "delivered", "{key}");
        let requests = by_key.get(&key).unwrap_or_else(|| panic!("{key} never arrived"));
        assert!(requests.iter().all(|r| r.body == requests[0].body), "{key} changed its body");
    }
    let sent = receiver.requests().len();
    let doubled = sent - by_key.len();
    println!("{rows} rows, {} intents, {sent} calls, {doubled} of them again", by_key.len());
    let untold = "SELECT count(*) FROM outbox WHERE told = 0";
    let untold: i64 = db.query_row(untold, [], |row| row.get(0)).unwrap();
    assert_eq!(untold, 0, "the engine knows of every delivery");
}
