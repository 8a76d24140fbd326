//! What is kept, what is sealed, what a crash and an erasure leave.

use super::*;
use crate::config::SecretSource;
use crate::ingest::encoding::Encoding;
use crate::roster::table;
use crate::roster::{Contact, Verification};
use chrono_tz::Tz;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

const NUMBER: &str = "13800138000";
const MAIL: &str = "wang.canary@example.com";
const NAME: &str = "王金丝雀";
const STAFF_ID: &str = "STAFF-CANARY-77";
const SECRET: &str = "canary-0123456789abcdef0123456789abcdef";
const NOW: Timestamp = Timestamp::from_secs(1_795_000_000);

struct Rig {
    folder: TempDir,
    key: RosterKey,
}

impl Rig {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let key = key(folder.path(), SECRET);
        Self { folder, key }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("roster.db")
    }

    fn store(&self) -> Store {
        Store::open(&self.path(), &self.key, NOW).expect("a roster")
    }

    fn import(&self, table: &str, remove_missing: bool) -> Plan {
        let mut store = self.store();
        let plan = self.plan(&store, table, remove_missing);
        store.apply(&plan, &self.key, NOW).expect("applied");
        plan
    }

    fn plan(&self, store: &Store, table: &str, remove_missing: bool) -> Plan {
        let today = "2026-11-28".parse().expect("a date");
        let sheet = table::Sheet::read(table.as_bytes(), Encoding::Auto).expect("a table");
        let rows = table::people(&sheet, today).expect("people").rows;
        let known = store.known(&self.key).expect("opens");
        Plan::of(&known, &rows, Tz::Asia__Shanghai, remove_missing)
    }

    fn known(&self) -> Vec<Known> {
        self.store().known(&self.key).expect("opens")
    }

    /// Every byte that lies on the disk.
    fn bytes(&self) -> Vec<u8> {
        let files = fs::read_dir(self.folder.path()).expect("a folder").flatten();
        let kept = files.filter(|file| file.file_name() != "key");
        kept.flat_map(|file| fs::read(file.path()).expect("readable")).collect()
    }
}

fn key(folder: &Path, text: &str) -> RosterKey {
    let path = folder.join("key");
    fs::write(&path, text).expect("written");
    RosterKey::fetch(&SecretSource::File(path)).expect("a key")
}

fn people() -> String {
    format!(
        "id,name,tier,skills,mobile,email,verified_on\n\
         {STAFF_ID},{NAME},L2,orders,{NUMBER},{MAIL},2026-11-01\n\
         2,B,L2,orders,13900139000,,\n"
    )
}

#[track_caller]
fn absent(bytes: &[u8], word: &str) {
    assert!(!bytes.windows(word.len()).any(|part| part == word.as_bytes()), "{word} is there");
}

#[test]
fn what_is_imported_is_found_again_and_a_second_time_nothing_changes() {
    let rig = Rig::new();
    let plan = rig.import(&people(), false);
    assert_eq!((plan.added.len(), plan.attested()), (2, 3));
    let known = rig.known();
    assert_eq!(known[0].identity.name, NAME);
    let values: Vec<_> = known[0].contacts.iter().map(|c| c.address.reveal()).collect();
    assert_eq!(values, ["+8613800138000", "+8613800138000", MAIL]);
    let again = rig.import(&people(), true);
    assert!(again.is_empty() && again.unchanged == [PersonId(1), PersonId(2)], "{again:?}");
    let mail = Address::parse(Kind::Email, MAIL).expect("an address");
    let found = rig.store().who_has(&rig.key, (Kind::Email, &mail)).expect("looked up");
    assert_eq!(found, [PersonId(1)]);
    let rules = Store::read(&rig.path()).expect("no key needed").people().expect("facts");
    assert!(rules[0].contacts.iter().all(Contact::is_usable));
    assert!(!rules[1].contacts.iter().any(Contact::is_usable));
}

#[test]
fn nothing_that_names_or_reaches_a_person_lies_in_the_file() {
    let rig = Rig::new();
    rig.import(&people(), false);
    for word in [NUMBER, &NUMBER[3..], MAIL, "wang.canary", NAME, STAFF_ID, SECRET] {
        absent(&rig.bytes(), word);
    }
    let shown = format!("{:?} {:?}", rig.known(), rig.import(&people(), false));
    for word in [&NUMBER[3..7], "wang.canary", NAME, STAFF_ID] {
        absent(shown.as_bytes(), word);
    }
}

#[test]
fn the_wrong_key_is_refused_in_words_and_changes_nothing() {
    let rig = Rig::new();
    rig.import(&people(), false);
    let before = rig.bytes();
    let wrong = key(rig.folder.path(), "another-0123456789abcdef0123456789abcdef");
    let error = Store::open(&rig.path(), &wrong, NOW).expect_err("the wrong key").to_string();
    assert!(error.contains("not the key that the roster is sealed under"), "{error}");
    let reading = Store::read(&rig.path()).expect("no key needed").known(&wrong);
    assert!(matches!(reading, Err(StoreError::WrongKey)));
    assert!(rig.bytes() == before);
}

#[test]
fn erasing_makes_values_unreadable_even_with_the_key_of_the_roster() {
    let rig = Rig::new();
    rig.import(&people(), false);
    let sealed: Vec<Vec<u8>> = {
        let connection = Connection::open(rig.path()).expect("SQLite");
        let sql = "SELECT sealed FROM contacts WHERE person = 1
                   UNION SELECT wrapped FROM person_keys WHERE person = 1
                   UNION SELECT identity FROM people WHERE id = 1";
        let mut statement = connection.prepare(sql).expect("prepared");
        let rows = statement.query_map([], |row| row.get(0)).expect("rows");
        rows.collect::<Result<_, _>>().expect("blobs")
    };
    assert_eq!(sealed.len(), 5, "three contacts, a key, a name");
    let holds = |part: &[u8]| rig.bytes().windows(part.len()).any(|bytes| bytes == part);
    assert!(sealed.iter().all(|part| holds(part)));

    let mut store = Store::open_sealed(&rig.path(), NOW).expect("no key needed");
    store.erase(PersonId(1), NOW).expect("erased");
    assert!(!sealed.iter().any(|part| holds(part)), "not one sealed byte is left in the file");
    assert!(matches!(
        read::person_key(&store.0, &rig.key, PersonId(1)),
        Err(StoreError::Nobody(PersonId(1)))
    ));
    assert!(matches!(store.erase(PersonId(1), NOW), Err(StoreError::Nobody(_))));
    drop(store);

    assert_eq!(rig.known().iter().map(|p| p.id).collect::<Vec<_>>(), [PersonId(2)]);
    let again = rig.import(&people(), false);
    assert_eq!(
        (again.added.len(), rig.known()[1].id),
        (1, PersonId(3)),
        "numbers are not used twice"
    );
}

#[test]
fn a_value_that_is_moved_to_another_person_does_not_open() {
    let rig = Rig::new();
    rig.import(&people(), false);
    let connection = Connection::open(rig.path()).expect("SQLite");
    let sql = "UPDATE contacts SET sealed = (SELECT sealed FROM contacts WHERE person = 2 LIMIT 1)
               WHERE person = 1";
    assert_eq!(connection.execute(sql, []).expect("moved"), 3);
    let error = rig.store().known(&rig.key).expect_err("moved").to_string();
    assert!(error.contains("does not open"), "{error}");
}

#[test]
fn an_import_that_fails_in_its_middle_leaves_the_old_roster() {
    let rig = Rig::new();
    rig.import(&people(), false);
    let before = rig.known();
    let mut store = rig.store();
    let changed = people().replace("orders", "售后") + "3,C,L3,,,,\n";
    let mut plan = rig.plan(&store, &changed, false);
    plan.removed.push(PersonId(99));
    assert_eq!((plan.added.len(), plan.changed.len()), (1, 2));
    assert!(matches!(store.apply(&plan, &rig.key, NOW), Err(StoreError::Nobody(PersonId(99)))));
    drop(store);
    assert_eq!(rig.known(), before);
}

#[test]
fn a_process_that_dies_in_an_import_leaves_the_old_roster() {
    let rig = Rig::new();
    rig.import(&people(), false);
    let before = rig.known();
    let whole = fs::read(rig.path()).expect("readable");
    // What lies on the disk at the moment of death: the file and its journal, written through.
    let dead = Rig::new();
    {
        let store = rig.store();
        let pages = "PRAGMA cache_size = 1";
        store.0.execute_batch(pages).expect("so that pages are written before the end");
        let transaction = store.0.unchecked_transaction().expect("begun");
        for id in [1, 2] {
            write::erase(&transaction, PersonId(id), NOW).expect("erased");
        }
        store.0.cache_flush().expect("written");
        let mut copied = 0;
        for file in fs::read_dir(rig.folder.path()).expect("a folder").flatten() {
            copied += 1;
            fs::copy(file.path(), dead.folder.path().join(file.file_name())).expect("copied");
        }
        assert_eq!(copied, 3, "the roster, its journal, the key");
        assert!(fs::read(dead.path()).expect("readable") != whole, "half of it was written");
        drop(transaction);
    }
    let reading = Store::read(&dead.path()).expect("a reader comes first");
    assert_eq!(reading.people().expect("facts").len(), 2);
    assert_eq!(reading.known(&dead.key).expect("opens"), before);
}

#[test]
fn a_block_that_comes_while_an_import_is_planned_is_kept() {
    let rig = Rig::new();
    rig.import(&people(), false);
    let table = people().replace("2026-11-01", "2026-11-20");
    let plan = rig.plan(&rig.store(), &table, false);
    let at = Timestamp::from_millis(7);
    rig.store().note(PersonId(1), Kind::Sms, News::WrongNumber { at }).expect("blocked");
    rig.store().apply(&plan, &rig.key, NOW).expect("applied");
    let known = rig.known();
    let sms = known[0].contacts.iter().find(|c| c.contact.kind == Kind::Sms).expect("there");
    assert_eq!(sms.contact.blocked_since, Some(at));
}

#[test]
fn columns_that_are_missing_keep_what_is_known_and_blocks_are_not_undone() {
    let rig = Rig::new();
    rig.import(&people(), false);
    let at = Timestamp::from_millis(7);
    rig.store().note(PersonId(1), Kind::Sms, News::WrongNumber { at }).expect("blocked");
    rig.store().note(PersonId(2), Kind::Voice, News::Answered { at }).expect("answered");
    let none = rig.store().note(PersonId(2), Kind::Feishu, News::Answered { at });
    assert!(matches!(none, Err(StoreError::Nobody(PersonId(2)))));
    let table = people().replace("2026-11-01", "2026-11-20").replace(",,\n", ",,2026-11-20\n");
    let plan = rig.import(&table, false);
    assert_eq!(plan.attested(), 4, "one is known from its owner");
    let known = rig.known();
    let state = |person: usize, kind| {
        known[person].contacts.iter().find(|c| c.contact.kind == kind).expect("there").contact
    };
    assert!(state(0, Kind::Sms).blocked_since.is_some() && !state(0, Kind::Sms).is_usable());
    assert!(!state(0, Kind::Voice).is_usable(), "the same telephone is not called either");
    assert_eq!(state(1, Kind::Voice).verification, Verification::Answered { at });
    let few = rig.import(&format!("id,name,tier,email\n{STAFF_ID},{NAME},L2,\n"), false);
    assert_eq!(few.missing, [PersonId(2)]);
    let person = &rig.known()[0];
    assert_eq!(person.contacts.len(), 2, "mail is gone, the number stays");
    assert!(person.facts.skills.contains("orders"));
    let few = rig.import(&format!("id,name,tier\n{STAFF_ID},{NAME},L2\n"), true);
    assert_eq!((few.removed.as_slice(), rig.known().len()), ([PersonId(2)].as_slice(), 1));
}

#[test]
fn ledgers_and_other_files() {
    let rig = Rig::new();
    rig.import(&people(), false);
    let mut ledger = Ledger::default();
    ledger.add("2026-11-28".parse().expect("a date"), 90);
    ledger.ended(NOW);
    let keep = |ids: &[u32]| {
        let change = [Ledger::default(), ledger.clone()];
        let all = ids.iter().map(|id| (PersonId(*id), change.clone())).collect();
        rig.store().keep_ledgers(&all)
    };
    keep(&[2]).expect("kept");
    assert!(matches!(keep(&[1, 2]), Err(StoreError::Meanwhile(PersonId(2)))));
    assert!(matches!(keep(&[1, 9]), Err(StoreError::Nobody(PersonId(9)))));
    assert_eq!(rig.store().people().expect("facts")[0].ledger, Ledger::default(), "all or none");
    assert_eq!(rig.store().people().expect("facts")[1].ledger, ledger);
    rig.import(&people().replace("orders", "x"), false);
    assert_eq!(rig.store().people().expect("facts")[1].ledger, ledger, "an import keeps it");

    let missing = Store::read(&rig.folder.path().join("none")).expect_err("nothing there");
    assert!(missing.to_string().contains("roster import"));
    let other = rig.folder.path().join("other");
    let letter = "this is a letter and no roster, and it is long enough to see that it is none. ";
    fs::write(&other, letter.repeat(20)).expect("written");
    assert!(Store::open(&other, &rig.key, NOW).is_err());
    assert_eq!(fs::read_to_string(&other).expect("readable"), letter.repeat(20));
    let newer = Connection::open(rig.path()).expect("SQLite");
    newer.pragma_update(None, "user_version", 4).expect("set");
    assert!(matches!(Store::read(&rig.path()), Err(StoreError::Newer { found: 4, known: 3 })));
}

#[cfg(unix)]
#[test]
fn nobody_but_the_owner_reads_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let rig = Rig::new();
    rig.store();
    let mode = fs::metadata(rig.path()).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
