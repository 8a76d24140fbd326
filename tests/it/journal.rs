//! What the journal promises, through the driver that relies on it.

mod outages;

use crate::rig::{Rig, T0, draft, entries, fold, policy, row};
use crate::toy::{EVERY, POISON, Toy};
use callsurge::driver::fold::Fold;
use callsurge::driver::recovery::recover;
use callsurge::driver::replay::{Item, Replay};
use callsurge::driver::{Draft, Message, QueueRef, Settings as DriverSettings};
use callsurge::engine::Engine;
use callsurge::engine::command::{Act, Command};
use callsurge::engine::entry::{Entry, Input};
use callsurge::engine::observation::{CallEvent, CallKind, Form, QueueId, SourceId, UnitId};
use callsurge::engine::time::{Span, Timestamp};
use callsurge::journal::intervals::{IntervalQuery, Place};
use callsurge::journal::memory::MemoryJournal;
use callsurge::journal::outbox::{LiveJournal, Outbox};
use callsurge::journal::reader::Reader;
use callsurge::journal::sqlite::SqliteJournal;
use callsurge::journal::step::Steps;
use callsurge::journal::{
    Batch, Channel, History, Journal, JournalError, LogbookQuery, Recorded, Settings, Snapshot,
    Stamp, Tail,
};
use callsurge::record::Record;
use rusqlite::Connection;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::oneshot;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    (folder, path)
}

fn sqlite(path: &Path) -> Box<SqliteJournal> {
    Box::new(SqliteJournal::open(path, Settings::new(Stamp::Test), T0).unwrap())
}

fn count(path: &Path, sql: &str) -> i64 {
    Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

fn snapshot_often() -> DriverSettings {
    DriverSettings { snapshot_entries: 7, ..DriverSettings::new(policy()) }
}

fn kinds(entries: &[Entry]) -> Vec<&'static str> {
    let kind = |entry: &Entry| match entry.input {
        Input::Policy(_) => "policy",
        Input::Started { down_since: None } => "first start",
        Input::Started { down_since: Some(_) } => "start",
        Input::QueueSeen { .. } => "queue",
        Input::Observed(_) => "observed",
        Input::Tick => "tick",
        _ => "other",
    };
    entries.iter().map(kind).collect()
}

#[test]
fn a_start_journals_itself_and_a_policy_only_if_it_is_new() {
    let (_folder, path) = folder();
    let rig = Rig::start(sqlite(&path));
    rig.row(0).expect("committed");
    rig.stop();
    Rig::start(sqlite(&path)).stop();
    let mut other = policy();
    other.queues_max = 3;
    Rig::with(sqlite(&path), DriverSettings::new(other)).unwrap().stop();
    let expected = [
        "policy",
        "first start",
        "queue",
        "observed",
        "tick",
        "start",
        "tick",
        "start",
        "policy",
        "tick",
    ];
    let entries = entries(&path);
    assert_eq!(kinds(&entries), expected);
    let down = Input::Started { down_since: Some(row(0).end) };
    assert_eq!(entries[5].input, down, "down since the last sign of life");
}

#[test]
fn snapshot_and_suffix_give_the_state_of_the_whole_fold_bit_for_bit() {
    let (_folder, path) = folder();
    let rig = Rig::with(sqlite(&path), snapshot_often()).unwrap();
    for n in 0..60 {
        rig.row(n).expect("committed");
    }
    assert!(rig.status.snapshots() > 3);
    let whole = postcard::to_allocvec(&fold::<Toy>(&entries(&path))).unwrap();
    let mut journal = SqliteJournal::open_read_only(&path).unwrap();
    let recovery = recover::<Toy>(&mut journal, &DriverSettings::new(policy()).build).unwrap();
    assert!(recovery.snapshot > 0 && recovery.folded < 10, "{recovery:?}");
    assert_eq!(postcard::to_allocvec(&recovery.fold).unwrap(), whole);
    assert_eq!(recovery.mismatches, 0);
    rig.stop();
}

#[test]
fn a_snapshot_that_cannot_be_read_gives_way_to_the_one_before() {
    let (_folder, path) = folder();
    let rig = Rig::with(sqlite(&path), snapshot_often()).unwrap();
    (0..30).for_each(|n| drop(rig.row(n).expect("committed")));
    rig.stop();
    let db = Connection::open(&path).unwrap();
    let newest = "(SELECT max(seq) FROM snapshots)";
    let cut = format!("UPDATE snapshots SET state = substr(state, 2) WHERE seq = {newest}");
    db.execute(&cut, []).unwrap();
    let mut journal = SqliteJournal::open_read_only(&path).unwrap();
    let recovery = recover::<Toy>(&mut journal, &DriverSettings::new(policy()).build).unwrap();
    assert_eq!(recovery.fold, fold(&entries(&path)));
    let newest = count(&path, "SELECT max(seq) FROM snapshots").cast_unsigned();
    assert!(recovery.snapshot < newest && recovery.folded > 0);
}

#[test]
fn another_build_folds_what_was_decided_and_the_same_build_checks_it() {
    let (_folder, path) = folder();
    let settings = DriverSettings { snapshot_after: Span::hours(1), ..snapshot_often() };
    let settings = DriverSettings { snapshot_entries: 1_000, ..settings };
    let rig = Rig::with(sqlite(&path), settings).unwrap();
    (0..12).for_each(|n| drop(rig.row(n).expect("committed")));
    let build = DriverSettings::new(policy()).build;
    let mut journal = SqliteJournal::open_read_only(&path).unwrap();
    let newer = recover::<Toy>(&mut journal, "a newer build").unwrap();
    assert_eq!(newer.fold.recorded, newer.folded);
    assert_eq!(recover::<Toy>(&mut journal, &build).unwrap().mismatches, 0);
    Connection::open(&path)
        .unwrap()
        .execute("DELETE FROM transitions WHERE incident = 1 AND number = 2", [])
        .unwrap();
    assert_eq!(recover::<Toy>(&mut journal, &build).unwrap().mismatches, 1);
    rig.stop();
}

#[test]
fn a_journal_of_the_schema_before_is_brought_up_with_what_it_holds() {
    let (_folder, path) = folder();
    let rig = Rig::start(sqlite(&path));
    (0..9).for_each(|n| drop(rig.row(n).expect("committed")));
    rig.stop();
    let before = entries(&path);
    let old = "ALTER TABLE attempts DROP COLUMN contact; ALTER TABLE attempts DROP COLUMN via;
               PRAGMA user_version = 1;";
    Connection::open(&path).unwrap().execute_batch(old).unwrap();
    assert_eq!(entries(&path), before, "who only reads needs nothing new");
    drop(sqlite(&path));
    assert_eq!(entries(&path), before);
    let columns = "SELECT count(*) FROM pragma_table_info('attempts')
                   WHERE name IN ('contact', 'via')";
    assert_eq!(count(&path, columns), 2);
    assert_eq!(count(&path, "SELECT user_version FROM pragma_user_version"), 2);
}

#[test]
fn intents_of_channels_that_are_gone_are_given_up_and_others_stay() {
    let (_folder, path) = folder();
    let channels = ["kept", "gone"].map(Channel::all).to_vec();
    let settings = Settings { channels, ..Settings::new(Stamp::Live) };
    let rig = Rig::start(Box::new(SqliteJournal::open(&path, settings, T0).unwrap()));
    (0..EVERY).for_each(|n| drop(rig.row(n).expect("committed")));
    let pending = "SELECT count(*) FROM outbox WHERE state = 'pending'";
    assert_eq!(count(&path, pending), 2);
    let live = LiveJournal::at(&path).unwrap();
    let mut outbox = Outbox::open(&live, Steps::default()).unwrap();
    assert_eq!(outbox.keep_only(&["kept"]).unwrap(), 1);
    assert_eq!(outbox.keep_only(&["kept"]).unwrap(), 0);
    assert_eq!(count(&path, pending), 1);
    assert!(outbox.untold(9).unwrap().is_empty(), "while another channel tries it is no failure");
    rig.stop();
}

#[test]
fn a_poison_input_is_put_aside_and_its_neighbours_are_kept() {
    let (_folder, path) = folder();
    let rig = Rig::start(sqlite(&path));
    rig.row(0).expect("committed");
    let event = CallEvent { at: T0, call: POISON, kind: CallKind::Offered };
    let poison = Draft { form: Form::Event(event), ..draft(0) };
    let committed = rig.send(vec![draft(1), poison, draft(2)]).expect("committed");
    assert!(committed.unknown_queue.is_empty());
    assert_eq!(rig.status.quarantined(), 1);
    assert!(rig.status.ready());
    rig.row(3).expect("the driver goes on");
    rig.stop();
    assert_eq!(fold::<Toy>(&entries(&path)).rows, 4);
    assert_eq!(count(&path, "SELECT count(*) FROM quarantine WHERE reason LIKE '%poison%'"), 1);
    let starts = kinds(&entries(&path)).iter().filter(|k| k.contains("start")).count();
    assert_eq!(starts, 1, "nothing was lost, so nothing was down");
}

/// Fails the n-th commit, before or after its batch is safe.
struct Faulty {
    inner: MemoryJournal,
    left: u32,
    too_late: bool,
}

impl Journal for Faulty {
    fn stamp(&self) -> Stamp {
        self.inner.stamp()
    }
    fn tail(&self) -> &Tail {
        self.inner.tail()
    }
    fn reopen(&mut self) -> Result<(), JournalError> {
        self.inner.reopen()
    }
    fn snapshots(&mut self, accept: &mut dyn FnMut(&Snapshot) -> bool) -> Result<(), JournalError> {
        self.inner.snapshots(accept)
    }
    fn suffix(&mut self, after: u64, each: &mut dyn FnMut(Recorded)) -> Result<(), JournalError> {
        self.inner.suffix(after, each)
    }
    fn commit(&mut self, batch: &Batch<'_>) -> Result<(), JournalError> {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            self.left = u32::MAX;
            if self.too_late {
                self.inner.commit(batch)?;
            }
            return Err(io::Error::from(io::ErrorKind::StorageFull).into());
        }
        self.inner.commit(batch)
    }
    fn keep(&mut self, _: &Snapshot) -> Result<(), JournalError> {
        Err(io::Error::from(io::ErrorKind::StorageFull).into())
    }
    fn quarantine(&mut self, entry: &Entry, reason: &str) -> Result<(), JournalError> {
        self.inner.quarantine(entry, reason)
    }
    fn answer(&mut self, key: &str) -> Result<Option<Record>, JournalError> {
        self.inner.answer(key)
    }
    fn prune(&mut self, now: Timestamp) -> Result<bool, JournalError> {
        self.inner.prune(now)
    }
}

#[test]
fn a_failed_commit_acknowledges_nothing_and_the_driver_recovers() {
    let reference = transitions(&{
        let memory = MemoryJournal::new(Settings::new(Stamp::Test));
        let rig = Rig::start(Box::new(memory.clone()));
        (0..40).for_each(|n| drop(rig.row(n).expect("committed")));
        rig.stop();
        memory
    });
    assert_eq!(reference.len() as u64, 40 / EVERY);
    for (failing, too_late) in (1..=30).flat_map(|n| [(n, false), (n, true)]) {
        let memory = MemoryJournal::new(Settings::new(Stamp::Test));
        let faulty = Faulty { inner: memory.clone(), left: failing, too_late };
        let Ok(rig) = Rig::with(Box::new(faulty), snapshot_often()) else {
            assert_eq!(failing, 1, "only a failing first commit keeps the driver from starting");
            assert_eq!(memory.entries().is_empty(), !too_late);
            continue;
        };
        let mut refused = 0;
        for n in 0..40 {
            while rig.row(n).is_none() {
                refused += 1;
            }
        }
        assert_eq!(refused, 1, "the source is told nothing of commit {failing} and sends again");
        assert!(rig.status.ready() && rig.status.commit_failures() == 1);
        assert!(rig.status.snapshot_failures() > 0, "failing snapshots stop nothing");
        rig.stop();
        assert_eq!(transitions(&memory), reference, "failing commit {failing}");
        assert_eq!(fold::<Toy>(&memory.entries()).rows, 40);
    }
}

fn transitions(memory: &MemoryJournal) -> Vec<(u64, u32, String, String)> {
    let mut all = Vec::new();
    for r in memory.records().iter().filter(|r| r.kind == "transition") {
        let (incident, number) = (r.incident.unwrap(), r.number.unwrap());
        all.push((incident, number, r.to.clone().unwrap(), r.at.clone()));
    }
    all
}

#[test]
fn sources_and_units_keep_their_numbers_under_another_policy() {
    let memory = MemoryJournal::new(Settings::new(Stamp::Test));
    Rig::of::<Engine>(Box::new(memory.clone()), DriverSettings::new(policy())).unwrap().stop();
    let mut other = policy();
    other.sources[0].name = "second".to_owned();
    other.units[0].name = "other".to_owned();
    let settings = DriverSettings::new(other);
    let rig = Rig::of::<Engine>(Box::new(memory.clone()), settings).unwrap();
    let view = rig.handle.view();
    let sources: Vec<&str> = view.sources.iter().map(|s| &*s.name).collect();
    assert_eq!(sources, ["acd", "second"]);
    rig.send(vec![draft(0)]).expect("committed");
    assert_eq!(rig.handle.view().queues[0].unit, UnitId(1), "the default unit is the new one");
    let (ack, answer) = oneshot::channel();
    rig.handle.try_send(Message::Policy(Box::new(policy()), ack)).unwrap();
    answer.blocking_recv().expect("taken");
    let view = rig.handle.view();
    let units: Vec<&str> = view.units.iter().map(|u| &*u.name).collect();
    assert_eq!(units, ["default", "other"]);
    assert_eq!(rig.status.quarantined(), 0);
    rig.stop();
}

#[test]
fn the_engine_puts_an_unregistered_queue_aside() {
    let memory = MemoryJournal::new(Settings::new(Stamp::Test));
    let settings = DriverSettings::new(policy());
    let rig = Rig::of::<Engine>(Box::new(memory.clone()), settings).unwrap();
    let poison = Draft { queue: QueueRef::Known(QueueId(77)), ..draft(0) };
    rig.send(vec![draft(0), poison, draft(1)]).expect("committed");
    assert_eq!((rig.status.quarantined(), memory.quarantined().len()), (1, 1));
    assert_eq!(rig.handle.view().sources[0].accepted.intervals, 2);
    rig.stop();
}

#[test]
fn a_command_acts_once_for_its_key_also_after_a_restart() {
    let (_folder, path) = folder();
    let order = |rig: &Rig, reason: &str| {
        let command = Command {
            unit: UnitId(0),
            act: Act::Hold,
            actor: "shift leader".to_owned(),
            reason: reason.to_owned(),
            expires_at: None,
        };
        let (ack, answer) = oneshot::channel();
        let (command, key) = (Box::new(command), Some("k-1".to_owned()));
        rig.handle.try_send(Message::Command { command, key, ack }).unwrap();
        answer.blocking_recv().expect("an answer")
    };
    let rig = Rig::start(sqlite(&path));
    let first = order(&rig, "first");
    assert_eq!(order(&rig, "second"), first);
    rig.stop();
    let rig = Rig::start(sqlite(&path));
    assert_eq!(order(&rig, "third"), first);
    rig.stop();
    assert_eq!(count(&path, "SELECT count(*) FROM logbook WHERE type = 'command'"), 1);
}

#[test]
fn unknown_queues_register_only_as_the_policy_allows() {
    let named = |name: &str, n| Draft { queue: QueueRef::Named(name.into()), ..draft(n) };
    let mut capped = policy();
    capped.queues_max = 1;
    capped.units[0].queues = vec!["listed".to_owned()];
    let memory = MemoryJournal::new(Settings::new(Stamp::Test));
    let settings = DriverSettings::new(capped.clone());
    let rig = Rig::with(Box::new(memory.clone()), settings.clone()).unwrap();
    let drafts = vec![named("a", 0), named("b", 1), named("listed", 2), named("a", 3)];
    assert_eq!(rig.send(drafts).expect("committed").unknown_queue, [1]);
    assert_eq!(rig.handle.registry().resolve("b"), QueueRef::Named("b".into()));
    assert!(matches!(rig.handle.registry().resolve("listed"), QueueRef::Known(_)));
    rig.stop();
    let rig = Rig::with(Box::new(memory.clone()), settings).unwrap();
    assert!(matches!(rig.handle.registry().resolve("a"), QueueRef::Known(_)), "after a restart");
    assert_eq!(rig.send(vec![named("c", 4)]).expect("committed").unknown_queue, [0]);
    rig.stop();
    capped.default_unit = None;
    let memory = MemoryJournal::new(Settings::new(Stamp::Test));
    let rig = Rig::with(Box::new(memory), DriverSettings::new(capped)).unwrap();
    let drafts = vec![named("a", 0), named("listed", 1)];
    assert_eq!(rig.send(drafts).expect("committed").unknown_queue, [0]);
    assert_eq!(rig.status.unknown_queue(), 1);
    rig.stop();
}

#[test]
fn intents_are_pending_only_in_a_live_journal() {
    let cases = [
        (Stamp::Live, "pending"),
        (Stamp::Replay, "suppressed"),
        (Stamp::Demo, "simulated"),
        (Stamp::Test, "simulated"),
    ];
    for (stamp, state) in cases {
        let (_folder, path) = folder();
        let journal = SqliteJournal::open(&path, Settings::new(stamp), T0).unwrap();
        let rig = Rig::start(Box::new(journal));
        (0..10).for_each(|n| drop(rig.row(n).expect("committed")));
        rig.stop();
        let db = Connection::open(&path).unwrap();
        let all = "SELECT count(*) FROM outbox WHERE state = ?1";
        let found: i64 = db.query_row(all, [state], |row| row.get(0)).unwrap();
        assert_eq!(found, 10 / EVERY as i64, "{stamp:?}");
        assert_eq!(count(&path, "SELECT count(*) FROM outbox"), found);
        assert_eq!(LiveJournal::at(&path).is_ok(), stamp == Stamp::Live);
    }
}

#[test]
fn a_file_that_is_no_journal_of_ours_is_refused() {
    let refusal = |path: &Path, stamp| {
        let opened = SqliteJournal::open(path, Settings::new(stamp), T0);
        opened.err().map(|e| e.to_string()).unwrap_or_default()
    };
    let (_folder, path) = folder();
    let held = sqlite(&path);
    assert!(refusal(&path, Stamp::Test).contains("another process"));
    drop(held);
    assert!(refusal(&path, Stamp::Live).contains("created as `test`"));
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(refusal(&path, Stamp::Test).contains("schema 99"));
    assert!(Reader::open(&path).is_err_and(|e| e.to_string().contains("schema 99")));
    let (_folder, other) = folder();
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(refusal(&other, Stamp::Test).contains("another program"));
}

#[test]
fn memory_and_file_tell_the_same_history() {
    let (_folder, path) = folder();
    let memory = MemoryJournal::new(Settings::new(Stamp::Test));
    let rigs = [Rig::start(sqlite(&path)), Rig::start(Box::new(memory.clone()))];
    for rig in &rigs {
        (0..33).for_each(|n| drop(rig.row(n).expect("committed")));
    }
    let reader = Reader::open(&path).unwrap();
    let histories: [&dyn History; 2] = [&reader, &memory];
    let told = histories.map(|history| {
        let mut query = LogbookQuery { limit: 4, ..LogbookQuery::default() };
        let mut pages = Vec::new();
        loop {
            let page = history.logbook(&query).unwrap();
            query.cursor = page.next;
            pages.push(page.records);
            if query.cursor.is_none() {
                break;
            }
        }
        let narrow = LogbookQuery { incident: Some(1), since: Some(row(12).end), ..query };
        let narrow = history.logbook(&LogbookQuery { cursor: None, ..narrow }).unwrap().records;
        let said = |level: Option<&str>, text: Option<&str>| {
            let text = text.map(str::to_owned);
            let level = level.map(str::to_owned);
            let query = LogbookQuery { level, text, limit: 10, ..LogbookQuery::default() };
            history.logbook(&query).unwrap().records
        };
        let said = [
            said(Some("L1"), None),
            said(Some("none"), None),
            said(None, Some("DEFAULT")),
            said(None, Some("transition")),
            said(Some("L3"), Some("def")),
        ];
        (
            pages,
            said,
            narrow,
            history.incidents(None, 10).unwrap(),
            history.incidents(Some("x"), 10).unwrap(),
        )
    });
    assert_eq!(told[0], told[1]);
    let (pages, said, narrow, incidents, none) = &told[0];
    assert_eq!(said.each_ref().map(Vec::len), [4, 3, 6, 0, 2]);
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [4, 2]);
    assert_eq!(narrow.len(), 2);
    assert_eq!(incidents.len(), 2);
    assert_eq!((incidents[0].highest.as_str(), incidents[0].closed_at.is_some()), ("L2", false));
    assert_eq!((incidents[1].highest.as_str(), incidents[1].closed_at.is_some()), ("L3", true));
    assert!(none.is_empty());
}

#[test]
fn history_follows_revisions_into_the_quarters() {
    let (_folder, path) = folder();
    let rig = Rig::start(sqlite(&path));
    (0..20).for_each(|n| drop(rig.row(n).expect("committed")));
    let mut revised = row(3);
    revised.revision = 2;
    revised.tally.offered = 90;
    revised.tally.answered = None;
    let again = Draft { form: Form::Interval(revised), ..draft(3) };
    rig.send(vec![again, draft(3)]).expect("committed");
    let reader = Reader::open(&path).unwrap();
    let query = |queue: &str, quarters| IntervalQuery {
        queue: Some(queue.to_owned()),
        after: Place::before(row(2).start),
        until: row(17).start,
        quarters,
        limit: 100,
    };
    let minutes = reader.intervals(&query("sales", false)).unwrap();
    assert_eq!(minutes.len(), 15);
    assert_eq!((minutes[1].offered, minutes[1].answered), (Some(90), None));
    assert!(reader.intervals(&query("other", false)).unwrap().is_empty());
    let after = Place::before(T0);
    let quarters = reader.intervals(&IntervalQuery { after, ..query("sales", true) }).unwrap();
    let sums: Vec<_> = quarters.iter().map(|q| (q.offered, q.answered)).collect();
    assert_eq!(sums, [(Some(14 * 100 + 90), Some(14 * 97)), (Some(500), Some(5 * 97))]);
    let whole = reader.intervals(&IntervalQuery { queue: None, ..query("", false) }).unwrap();
    assert_eq!(whole, minutes, "one queue is all there is");
    rig.stop();
}

#[test]
fn pages_of_intervals_leave_nothing_out_and_nothing_twice() {
    let (_folder, path) = folder();
    let rig = Rig::start(sqlite(&path));
    let other = |n| Draft { queue: QueueRef::Named("other".into()), ..draft(n) };
    for n in 0..40 {
        rig.send(vec![draft(n), other(n)]).expect("committed");
    }
    rig.stop();
    let reader = Reader::open(&path).unwrap();
    let read = |queue: Option<&str>, limit| {
        let (mut all, mut after) = (Vec::new(), Place::before(row(3).start));
        loop {
            let queue = queue.map(str::to_owned);
            let query =
                IntervalQuery { queue, after, until: row(33).start, quarters: false, limit };
            let page = reader.intervals(&query).unwrap();
            let Some(last) = page.last() else { return all };
            after = last.place;
            all.extend(page);
        }
    };
    let all = read(None, 100);
    assert_eq!(all.len(), 60);
    assert!(all.is_sorted_by(|a, b| a.place < b.place));
    assert_eq!(read(None, 7), all);
    let sales: Vec<_> = all.into_iter().filter(|row| row.queue == "sales").collect();
    assert_eq!((sales.len(), read(Some("sales"), 7)), (30, sales));
}

#[test]
fn what_is_older_than_its_retention_goes_and_the_record_of_orders_stays() {
    let (_folder, path) = folder();
    let settings = Settings {
        raw_keep: Span::minutes(60),
        interval_keep: Span::minutes(120),
        ..Settings::new(Stamp::Test)
    };
    let journal = SqliteJournal::open(&path, settings, T0).unwrap();
    let driver = DriverSettings { snapshot_entries: 20, ..DriverSettings::new(policy()) };
    let rig = Rig::with(Box::new(journal), driver).unwrap();
    (0..300).for_each(|n| drop(rig.row(n).expect("committed")));
    rig.stop();
    let oldest = count(&path, "SELECT min(at) FROM inputs");
    assert!(oldest > row(220).end.as_millis(), "raw entries of the last hour only");
    assert!(count(&path, "SELECT min(start) FROM intervals") > row(170).start.as_millis());
    assert_eq!(count(&path, "SELECT count(*) FROM quarters"), 20);
    assert_eq!(count(&path, "SELECT count(*) FROM transitions"), 60);
    assert_eq!(count(&path, "SELECT count(*) FROM snapshots"), 2);
    let rig = Rig::start(sqlite(&path));
    rig.row(300).expect("recovers from what is left");
    rig.stop();
}

#[test]
fn a_replay_tells_the_same_with_and_without_a_journal() {
    fn run(journal: Option<&mut dyn Journal>) -> (Vec<Record>, Toy) {
        let mut told = Vec::new();
        let tell = |_: &_, record: Option<&Record>| told.extend(record.cloned());
        let mut replay = Replay::<_, Toy>::start(&policy(), T0, journal, tell).unwrap();
        for n in 0..50 {
            replay.push(row(n).end, Item::Draft(draft(n))).unwrap();
        }
        let end = replay.finish().unwrap();
        (told, end)
    }
    let mut memory = MemoryJournal::new(Settings::new(Stamp::Replay));
    let (told, end) = run(Some(&mut memory));
    assert_eq!(told.len(), 10);
    assert_eq!((told, end.clone()), run(None));
    assert_eq!(fold::<Toy>(&memory.entries()), end);
}

#[test]
fn the_clock_may_go_back_and_time_does_not() {
    struct Wild(std::sync::atomic::AtomicI64);
    impl callsurge::clock::Clock for Wild {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(std::sync::atomic::Ordering::SeqCst))
        }
        fn until(&self, _: Timestamp) -> std::time::Duration {
            std::time::Duration::from_secs(3_600)
        }
    }
    let clock = Arc::new(Wild(T0.as_millis().into()));
    let memory = MemoryJournal::new(Settings::new(Stamp::Test));
    let (handle, ends) = callsurge::driver::Handle::channel(16, Arc::new(Toy::empty().view()));
    let driver = callsurge::driver::Driver::<Toy>::start(
        Box::new(memory.clone()),
        clock.clone(),
        ends,
        DriverSettings::new(policy()),
    )
    .unwrap();
    let status = driver.status();
    let thread = std::thread::spawn(move || driver.run());
    clock.0.store((T0 - Span::hours(1)).as_millis(), std::sync::atomic::Ordering::SeqCst);
    handle.try_send(Message::Heartbeat(SourceId(0))).unwrap();
    let (told, end) = oneshot::channel();
    handle.try_send(Message::Stop(told)).unwrap();
    end.blocking_recv().unwrap();
    thread.join().unwrap().unwrap();
    assert!(status.regressions() > 0);
    assert!(memory.entries().iter().all(|e| e.at == T0));
}
