//! From lines in a journal's file to minutes in a roster's.

use super::*;
use crate::clock::ManualClock;
use crate::config::{Config, SecretSource};
use crate::driver::{Ends, Handle};
use crate::engine::Engine;
use crate::engine::time::Span;
use crate::ingest::encoding::Encoding;
use crate::journal::sqlite::SqliteJournal;
use crate::journal::{Settings, Stamp};
use crate::record::RecallRecord;
use crate::roster::plan::Plan;
use crate::roster::seal::RosterKey;
use crate::roster::{Ledger, table};
use chrono_tz::Tz;
use rusqlite::Connection;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Mutex;
use tempfile::TempDir;

/// 2026-11-28T10:00 in Shanghai.
const NOW: Timestamp = Timestamp::from_secs(1_795_831_200);

struct Rig(TempDir);

impl Rig {
    fn new() -> Self {
        let rig = Self(tempfile::tempdir().expect("a folder"));
        fs::write(rig.file("key"), "0123456789abcdef0123456789abcdef").expect("written");
        rig.make_roster();
        rig
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn roster(&self) -> PathBuf {
        self.file("roster.db")
    }

    fn make_roster(&self) {
        let key = RosterKey::fetch(&SecretSource::File(self.file("key"))).expect("a key");
        let table = "id,name,tier,mobile\n1,A,standby,13800138000\n2,B,standby,13800138001\n";
        let sheet = table::Sheet::read(table.as_bytes(), Encoding::Auto).expect("a table");
        let rows = table::people(&sheet, "2026-11-28".parse().expect("a date")).expect("-").rows;
        let plan = Plan::of(&[], &rows, Tz::Asia__Shanghai, false);
        let mut store = Store::open(&self.roster(), &key, NOW).expect("a roster");
        store.apply(&plan, &key, NOW).expect("applied");
    }

    fn journal(&self, name: &str) -> Book {
        let path = self.file(name);
        drop(SqliteJournal::open(&path, Settings::new(Stamp::Test), NOW).expect("a journal"));
        let reader = Arc::new(Reader::open(&path).expect("readable"));
        Book { reader, file: Connection::open(path).expect("SQLite") }
    }

    fn minutes(&self) -> [u32; 2] {
        let people = Store::read(&self.roster()).expect("a roster").people().expect("people");
        let sum = |ledger: &Ledger| ledger.days().map(|(_, minutes)| minutes).sum();
        [sum(&people[0].ledger), sum(&people[1].ledger)]
    }

    fn write(&self, book: &Book) -> Result<(), NotWritten> {
        write(&self.roster(), &book.reader, NOW)
    }

    fn counted(&self, book: &Book) -> i64 {
        let journal = &book.reader.identity().id;
        Store::read(&self.roster()).expect("a roster").counted(journal).expect("read")
    }
}

/// A log book.
struct Book {
    reader: Arc<Reader>,
    file: Connection,
}

fn record(minutes: i64, recall: &str, cause: &str, person: Option<&str>) -> Record {
    let of = RecallRecord {
        id: Some(recall.to_owned()),
        drill: recall.starts_with("drill"),
        person: person.map(str::to_owned),
        ..RecallRecord::default()
    };
    Record {
        kind: "recall".into(),
        at: (NOW + Span::minutes(minutes)).to_string(),
        cause: Some(cause.into()),
        incident: recall.split('-').next().and_then(|number| number.parse().ok()),
        recall: Some(of),
        ..Record::default()
    }
}

impl Book {
    fn line(&self, record: &Record) {
        let sql = "INSERT INTO logbook (seq, ordinal, at, recorded_at, type, incident, record)
             SELECT coalesce(max(seq), 0) + 1, 0, 0, 0, ?1, ?2, ?3 FROM logbook";
        let text = serde_json::to_string(record).expect("JSON");
        let incident = record.incident.map(u64::cast_signed);
        self.file.execute(sql, (&record.kind, incident, text)).expect("written");
    }

    fn tell(&self, minutes: i64, recall: &str, cause: &str, person: &str) {
        self.line(&record(minutes, recall, cause, Some(person)));
    }

    /// Lines that have nothing to do with it.
    fn others(&self, count: usize) {
        let other = Record { kind: "quality".into(), ..Record::default() };
        let all = self.file.unchecked_transaction().expect("begun");
        (0..count).for_each(|_| self.line(&other));
        all.commit().expect("written");
    }
}

#[test]
fn each_look_counts_what_ended_since_the_last() {
    let rig = Rig::new();
    let book = rig.journal("j");
    rig.write(&book).expect("nothing to do");
    book.tell(0, "1-L2-1", "arrived", "p1");
    book.tell(0, "1-L2-1", "arrived", "p2");
    rig.write(&book).expect("nothing is over");
    assert_eq!(rig.counted(&book), 0, "and the roster is not touched");
    book.tell(60, "1-L2-1", "release", "p1");
    for _ in 0..2 {
        rig.write(&book).expect("counted");
        assert_eq!((rig.minutes(), rig.counted(&book)), ([60, 0], 3));
    }
    book.line(&record(90, "1-L2-1", "closed", None));
    rig.write(&book).expect("counted");
    assert_eq!(rig.minutes(), [60, 90]);
}

#[test]
fn drills_are_no_work_and_each_journal_has_its_own_lines() {
    let rig = Rig::new();
    let books = [rig.journal("j"), rig.journal("k")];
    for book in &books {
        book.tell(0, "drill-1-L2-1", "arrived", "p2");
        book.tell(0, "1-L2-1", "arrived", "p1");
        book.tell(60, "drill-1-L2-1", "release", "p2");
        book.tell(60, "1-L2-1", "release", "p1");
        rig.write(book).expect("counted");
    }
    assert_eq!(rig.minutes(), [120, 0]);
    assert_ne!(books[0].reader.identity().id, books[1].reader.identity().id);
}

/// A person who came before ten thousand other lines and goes behind them.
#[test]
fn a_long_log_book_is_read_in_parts() {
    let rig = Rig::new();
    let book = rig.journal("j");
    book.tell(0, "1-L2-1", "arrived", "p1");
    book.tell(0, "1-L2-1", "arrived", "p2");
    book.tell(30, "1-L2-1", "release", "p2");
    book.others(crate::journal::reader::LIMIT_MAX);
    book.tell(60, "1-L2-1", "release", "p1");
    let first = book.reader.recall_work(0).expect("read");
    assert!(first.upto < first.last && first.lines.len() == 3, "{first:?}");
    rig.write(&book).expect("counted");
    assert_eq!((rig.minutes(), rig.counted(&book)), ([60, 30], first.last));
}

#[test]
fn a_log_book_that_was_set_back_goes_on_from_there() {
    let rig = Rig::new();
    let book = rig.journal("j");
    book.tell(0, "1-L2-1", "arrived", "p1");
    book.tell(60, "1-L2-1", "release", "p1");
    book.others(5);
    book.tell(70, "2-L2-1", "arrived", "p2");
    book.tell(80, "2-L2-1", "release", "p2");
    rig.write(&book).expect("counted");
    book.file.execute("DELETE FROM logbook WHERE cursor > 4", []).expect("an older copy");
    rig.write(&book).expect("noticed");
    assert_eq!((rig.minutes(), rig.counted(&book)), ([60, 10], 4));
    book.tell(90, "2-L2-1", "arrived", "p2");
    book.tell(95, "2-L2-1", "release", "p2");
    rig.write(&book).expect("counted");
    assert_eq!((rig.minutes(), rig.counted(&book)), ([60, 15], 6));
}

#[test]
fn what_cannot_be_written_is_written_later() {
    let rig = Rig::new();
    let book = rig.journal("j");
    book.tell(0, "1-L2-1", "arrived", "p1");
    book.tell(60, "1-L2-1", "release", "p1");
    let aside = rig.file("aside");
    fs::rename(rig.roster(), &aside).expect("moved");
    assert!(matches!(rig.write(&book), Err(NotWritten::Roster(StoreError::Missing))));
    fs::rename(aside, rig.roster()).expect("moved back");
    rig.write(&book).expect("counted");
    assert_eq!(rig.minutes(), [60, 0]);
}

fn task(rig: &Rig, book: &Book) -> (impl Future<Output = ()> + Send + 'static, Ends) {
    let text = "[recall]\nmode = \"automatic\"\nroster = \"roster.db\"\n";
    let config = Config::parse(text, "c", rig.0.path()).expect("valid");
    let clock = Arc::new(ManualClock::new(NOW));
    let planner = Planner::new(&config.recall, None, clock).unwrap_or_else(|_| panic!("a planner"));
    let (handle, ends) = Handle::channel(8, Arc::new(Engine::new().view()));
    (keep(Arc::new(planner), book.reader.clone(), handle), ends)
}

/// What the log says.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn errors(&self) -> usize {
        let text = self.0.lock().expect("no panic").clone();
        let text = String::from_utf8(text).expect("UTF-8");
        text.lines().filter(|line| line.contains("the roster's ledger cannot be kept")).count()
    }
}

/// It wakes for who goes home, tells of a trouble once, and ends with the driver.
#[tokio::test(start_paused = true)]
async fn the_task_wakes_when_somebody_goes_and_tries_again_when_it_must() {
    let rig = Rig::new();
    let book = rig.journal("j");
    let (log, aside) = (Log::default(), rig.file("aside"));
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
    let _logged = tracing::subscriber::set_default(subscriber);
    fs::rename(rig.roster(), &aside).expect("moved");
    let (keep, ends) = task(&rig, &book);
    let running = tokio::spawn(keep);
    tokio::time::sleep(AGAIN * 2 + AGAIN / 2).await;
    assert_eq!(log.errors(), 1, "three attempts");
    fs::rename(aside, rig.roster()).expect("moved back");
    tokio::time::sleep(AGAIN * 2).await;
    // It waits for somebody to go: nothing else wakes it.
    book.tell(0, "1-L2-1", "arrived", "p1");
    book.tell(60, "1-L2-1", "release", "p1");
    for idle in [
        record(0, "1-L2-1", "arrived", Some("p1")),
        record(0, "drill-1-L2-1", "release", Some("p1")),
    ] {
        ends.records.send(Arc::new(idle)).expect("heard");
    }
    tokio::time::sleep(AGAIN * 9).await;
    assert_eq!(rig.minutes(), [0, 0]);
    let went = record(60, "1-L2-1", "release", Some("p1"));
    ends.records.send(Arc::new(went)).expect("heard");
    drop(ends);
    running.await.expect("it ends with the driver");
    assert_eq!(rig.minutes(), [60, 0]);
}
