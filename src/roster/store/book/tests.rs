//! Counted once, whoever dies or reads again; of nobody but those who are there.

use super::super::{News, Store};
use super::*;
use crate::config::SecretSource;
use crate::engine::time::Span;
use crate::ingest::encoding::Encoding;
use crate::roster::plan::Plan;
use crate::roster::seal::RosterKey;
use crate::roster::{Kind, table};
use chrono_tz::Tz;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// 2026-11-28T10:00 in Shanghai.
const NOW: Timestamp = Timestamp::from_secs(1_795_831_200);
const PEOPLE: [PersonId; 2] = [PersonId(1), PersonId(2)];

struct Rig {
    folder: TempDir,
    key: RosterKey,
}

impl Rig {
    /// A roster that was made at `NOW`, with two people.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("key");
        fs::write(&file, "0123456789abcdef0123456789abcdef").expect("written");
        let key = RosterKey::fetch(&SecretSource::File(file)).expect("a key");
        let rig = Self { folder, key };
        let table = "id,name,tier,mobile\n1,A,standby,13800138000\n2,B,standby,13800138001\n";
        let sheet = table::Sheet::read(table.as_bytes(), Encoding::Auto).expect("a table");
        let today = "2026-11-28".parse().expect("a date");
        let rows = table::people(&sheet, today).expect("people").rows;
        let plan = Plan::of(&[], &rows, Tz::Asia__Shanghai, false);
        let mut store = Store::open(&rig.path(), &rig.key, NOW).expect("a roster");
        store.apply(&plan, &rig.key, NOW).expect("applied");
        rig
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("roster.db")
    }

    fn store(&self) -> Store {
        Store::open_sealed(&self.path(), NOW).expect("a roster")
    }

    /// Minutes in the ledger of each person.
    fn minutes(&self) -> [u32; 2] {
        let people = Store::read(&self.path()).expect("a roster").people().expect("people");
        PEOPLE.map(|id| {
            let own = people.iter().find(|person| person.id == id);
            own.map_or(0, |person| person.ledger.days().map(|(_, minutes)| minutes).sum())
        })
    }
}

fn lines(journal: &str, after: i64, upto: i64) -> Lines<'_> {
    Lines { journal, after, upto }
}

fn hours(from: i64, until: i64) -> Period {
    Period::new(NOW + Span::hours(from), NOW + Span::hours(until)).expect("has a length")
}

#[test]
fn the_same_lines_count_once_and_each_journal_for_itself() {
    let rig = Rig::new();
    let work = [(PEOPLE[0], hours(0, 3)), (PEOPLE[1], hours(1, 2))];
    assert!(rig.store().book(&lines("a", 0, 9), &work).expect("booked"));
    assert_eq!(rig.minutes(), [180, 60]);
    assert!(!rig.store().book(&lines("a", 0, 9), &work).expect("not again"));
    assert!(!rig.store().book(&lines("a", 5, 12), &work).expect("nor by whoever read before"));
    assert_eq!((rig.minutes(), rig.store().counted("a").expect("read")), ([180, 60], 9));
    assert!(rig.store().book(&lines("b", 0, 4), &work[..1]).expect("another journal"));
    assert!(rig.store().book(&lines("a", 9, 12), &[(PEOPLE[1], hours(4, 5))]).expect("booked"));
    assert_eq!(rig.minutes(), [360, 120]);
    let counted = |journal| rig.store().counted(journal).expect("read");
    assert_eq!(["a", "b", "c"].map(counted), [12, 4, 0]);
}

#[test]
fn a_process_that_dies_while_it_writes_has_written_nothing() {
    let rig = Rig::new();
    let dead = Rig::new();
    let store = rig.store();
    let transaction = store.0.unchecked_transaction().expect("begun");
    transaction.execute_batch("PRAGMA cache_size = 1").expect("pages are written before the end");
    add(&transaction, PEOPLE[0], hours(0, 3)).expect("added");
    let sql = "INSERT INTO counted (journal, line) VALUES ('a', 9)";
    transaction.execute(sql, []).expect("counted");
    store.0.cache_flush().expect("written");
    // What lies on the disk at the moment of death.
    for file in fs::read_dir(rig.folder.path()).expect("a folder").flatten() {
        fs::copy(file.path(), dead.folder.path().join(file.file_name())).expect("copied");
    }
    drop(transaction);
    assert_eq!((dead.minutes(), dead.store().counted("a").expect("read")), ([0, 0], 0));
    assert!(dead.store().book(&lines("a", 0, 9), &[(PEOPLE[0], hours(0, 3))]).expect("booked"));
    assert_eq!(dead.minutes(), [180, 0]);
}

#[test]
fn of_who_is_erased_unknown_or_of_an_older_roster_nothing_is_written() {
    let rig = Rig::new();
    rig.store().erase(PEOPLE[0], NOW).expect("erased");
    let work = [
        (PEOPLE[0], hours(0, 3)),
        (PersonId(77), hours(0, 3)),
        (PEOPLE[1], hours(-1, 3)),
        (PEOPLE[1], hours(3, 4)),
    ];
    assert!(rig.store().book(&lines("a", 0, 9), &work).expect("booked"));
    assert_eq!(rig.minutes(), [0, 60]);
    let sql = "SELECT ledger IS NULL FROM people WHERE id = 1";
    assert!(rig.store().0.query_row(sql, [], |row| row.get::<_, bool>(0)).expect("a row"));
}

#[test]
fn a_row_that_cannot_be_read_keeps_nobody_else_out() {
    let rig = Rig::new();
    rig.store().0.execute("UPDATE people SET ledger = 'x' WHERE id = 1", []).expect("broken");
    let work = PEOPLE.map(|id| (id, hours(0, 1)));
    assert!(rig.store().book(&lines("a", 0, 9), &work).expect("booked"));
    let ledger = "SELECT ledger FROM people WHERE id = ?1";
    let of = |id: u32| rig.store().0.query_row(ledger, [id], |row| row.get::<_, String>(0));
    assert_eq!(of(1).expect("a row"), "x");
    assert!(of(2).expect("a row").contains("60"));
}

#[test]
fn work_in_a_shift_is_no_overtime() {
    let rig = Rig::new();
    let sql = "INSERT INTO times VALUES
        (1, zeroblob(32), 'shift', ?1, ?2),
        (1, randomblob(32), 'leave', 0, 9000000000000000)";
    let shift = hours(1, 4);
    let at = (shift.from.as_millis(), shift.until.as_millis());
    rig.store().0.execute(sql, at).expect("kept");
    let work = [(PEOPLE[0], hours(0, 3)), (PEOPLE[0], hours(2, 4))];
    assert!(rig.store().book(&lines("a", 0, 9), &work).expect("booked"));
    assert_eq!(rig.minutes(), [60, 0]);
    let people = rig.store().people().expect("people");
    assert_eq!(people[0].ledger.last_end(), Some(shift.from), "the shift has its own end");
}

/// A roster as the schema before had it.
#[test]
fn an_older_roster_is_read_as_it_is_and_brought_up_once_it_is_written() {
    let rig = Rig::new();
    rig.store()
        .0
        .execute_batch("DROP TABLE counted; DROP TABLE asked; PRAGMA user_version = 1;")
        .expect("as it was before");
    let reading = Store::read(&rig.path()).expect("it opens");
    assert_eq!((reading.counted("a").expect("none"), rig.minutes()), (0, [0, 0]));
    drop(reading);
    let version = || super::super::schema::version(&Store::read(&rig.path()).expect("-").0);
    assert_eq!(version().expect("a number"), 1, "a reader changes nothing");
    rig.store()
        .note(PEOPLE[0], Kind::Sms, News::Answered { at: NOW })
        .expect("what was there is there");
    assert_eq!(version().expect("a number"), 3);
    assert!(rig.store().book(&lines("a", 0, 9), &[(PEOPLE[0], hours(0, 3))]).expect("booked"));
    assert_eq!((rig.minutes(), rig.store().counted("a").expect("read")), ([180, 0], 9));
    // What a new file has is what an old one becomes.
    let schema = |rig: &Rig| -> String {
        let sql = "SELECT group_concat(sql, ';' ORDER BY name) FROM sqlite_schema \
                   WHERE name IN ('counted', 'asked')";
        let sql: String = rig.store().0.query_row(sql, [], |row| row.get(0)).expect("tables");
        sql.split_whitespace().collect()
    };
    assert_eq!(schema(&rig), schema(&Rig::new()));
}
