//! Asked once in a while, answered for one value, forgotten with the person.

use super::super::Store;
use super::*;
use crate::config::SecretSource;
use crate::engine::time::Span;
use crate::ingest::encoding::Encoding;
use crate::roster::plan::Plan;
use crate::roster::seal::RosterKey;
use crate::roster::{Verification, table};
use chrono_tz::Tz;
use std::fs;
use tempfile::TempDir;

const NOW: Timestamp = Timestamp::from_secs(1_795_831_200);
const TABLE: &str = "id,name,tier,mobile,email\n1,A,standby,13800138000,a@example.com\n\
                     2,B,standby,13800138001,\n";

struct Rig {
    folder: TempDir,
    key: RosterKey,
}

impl Rig {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("key");
        fs::write(&file, "0123456789abcdef0123456789abcdef").expect("written");
        let key = RosterKey::fetch(&SecretSource::File(file)).expect("a key");
        let rig = Self { folder, key };
        rig.import(TABLE);
        rig
    }

    fn store(&self) -> Store {
        Store::open(&self.folder.path().join("roster.db"), &self.key, NOW).expect("a roster")
    }

    fn import(&self, text: &str) {
        let mut store = self.store();
        let plan = self.plan(text);
        store.apply(&plan, &self.key, NOW).expect("applied");
    }

    fn plan(&self, text: &str) -> Plan {
        let sheet = table::Sheet::read(text.as_bytes(), Encoding::Auto).expect("a table");
        let today = "2026-11-28".parse().expect("a date");
        let rows = table::people(&sheet, today).expect("people").rows;
        let known = self.store().known(&self.key).expect("opens");
        Plan::of(&known, &rows, Tz::Asia__Shanghai, false)
    }

    fn asking(&self, kind: Kind, value: &str, at: Timestamp) -> AskedContact {
        let value = self.key.index(kind.word(), value).expect("an index");
        AskedContact { person: PersonId(1), kind, value, at }
    }

    fn sms(&self, at: Timestamp) -> AskedContact {
        self.asking(Kind::Sms, "+8613800138000", at)
    }

    /// How each contact of the first person stands: verified, blocked.
    fn states(&self) -> Vec<(Kind, bool, bool)> {
        let people = self.store().people().expect("people");
        let of = |c: &crate::roster::Contact| (c.kind, c.is_verified(), c.blocked_since.is_some());
        people[0].contacts.iter().map(of).collect()
    }
}

fn days(days: i64) -> Span {
    Span::hours(24 * days)
}

#[test]
fn a_contact_is_asked_once_in_a_week_unless_somebody_wants_it_again() {
    let rig = Rig::new();
    let ask = |at, again| rig.store().ask(&[rig.sms(at)], again).expect("kept")[0];
    assert!(ask(NOW, false));
    assert!(!ask(NOW + Span::millis(1), false));
    assert!(!ask(NOW + days(7) - Span::millis(1), false));
    assert!(ask(NOW + Span::hours(1), true));
    assert!(!ask(NOW + Span::hours(1), true), "that very asking is known");
    assert!(!ask(NOW + days(7), false), "it counts from the last time");
    assert!(ask(NOW + Span::hours(1) + days(7), false));
    let asked = rig.store().asked(NOW).expect("read");
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(ask(NOW + days(40), false));
    assert_eq!(rig.store().asked(Timestamp::MIN).expect("read").len(), 1, "what is old is gone");
}

#[test]
fn only_what_is_unverified_and_the_same_is_asked() {
    let rig = Rig::new();
    let other = rig.asking(Kind::Sms, "+8613800138001", NOW);
    let mail = rig.asking(Kind::Email, "a@example.com", NOW);
    let stranger = AskedContact { person: PersonId(9), ..mail };
    let may = rig.store().ask(&[other, mail, stranger], false).expect("kept");
    assert_eq!(may, [false, true, false], "the second number is of somebody else");
    rig.store().answer(&mail, Owning::Mine, NOW).expect("kept");
    let later = AskedContact { at: NOW + days(8), ..mail };
    assert_eq!(rig.store().ask(&[later], true).expect("kept"), [false], "it is verified");
    rig.store().note(PersonId(1), Kind::Sms, News::WrongNumber { at: NOW }).expect("kept");
    assert_eq!(rig.store().ask(&[rig.sms(NOW)], false).expect("kept"), [false], "it is blocked");
}

#[test]
fn the_same_answer_again_changes_nothing_and_a_block_stays() {
    let rig = Rig::new();
    let ask = rig.sms(NOW);
    assert_eq!(rig.store().answer(&ask, Owning::Mine, NOW).expect("read"), None, "never asked");
    rig.store().ask(&[ask], false).expect("kept");
    assert_eq!(rig.store().asked_state(&ask).expect("read"), Some(AskedState::Open));
    let answer = |owning, minutes| {
        rig.store().answer(&ask, owning, NOW + Span::minutes(minutes)).expect("kept")
    };
    let answered = || rig.store().people().expect("people")[0].contacts[0].verification;
    let first = Verification::Answered { at: NOW + Span::minutes(1) };
    assert_eq!(answer(Owning::Mine, 1), Some(AskedState::Verified));
    assert_eq!(answer(Owning::Mine, 2), Some(AskedState::Verified));
    assert_eq!(answered(), first);
    let open = [(Kind::Sms, true, false), (Kind::Voice, false, false), (Kind::Email, false, false)];
    assert_eq!(rig.states(), open, "an answer is about one contact");
    assert_eq!(answer(Owning::NotMine, 3), Some(AskedState::Blocked));
    assert_eq!(answer(Owning::Mine, 4), Some(AskedState::Blocked));
    let closed = [(Kind::Sms, true, true), (Kind::Voice, false, true), (Kind::Email, false, false)];
    assert_eq!(rig.states(), closed, "one number is both");
}

#[test]
fn another_value_makes_the_asking_void_and_the_same_value_keeps_it() {
    let rig = Rig::new();
    let ask = rig.sms(NOW);
    rig.store().ask(&[ask], false).expect("kept");
    rig.import(&TABLE.replace(",A,", ",Another,"));
    assert_eq!(rig.store().asked_state(&ask).expect("read"), Some(AskedState::Open));
    rig.import(&TABLE.replace("13800138000", "13800138009"));
    assert_eq!(rig.store().asked_state(&ask).expect("read"), None);
    assert_eq!(rig.store().answer(&ask, Owning::Mine, NOW).expect("read"), None);
    assert_eq!(rig.store().asked(Timestamp::MIN).expect("read"), []);
    assert!(rig.states().iter().all(|(_, verified, blocked)| !verified && !blocked));
    assert!(!rig.store().ask(&[ask], true).expect("kept")[0], "the old value is nobody's");
}

#[test]
fn an_answer_that_comes_while_an_import_is_planned_stays() {
    let rig = Rig::new();
    rig.store().ask(&[rig.sms(NOW)], false).expect("kept");
    let plan = rig.plan(&TABLE.replace(",A,", ",Another,"));
    rig.store().answer(&rig.sms(NOW), Owning::Mine, NOW).expect("kept");
    rig.store().apply(&plan, &rig.key, NOW).expect("applied");
    assert_eq!(rig.states()[0], (Kind::Sms, true, false));
    let attested = TABLE.replace("email\n", "email,verified_on\n").replace(",a@", ",b@");
    let attested = attested.replace("b@example.com", "b@example.com,2026-11-28");
    rig.import(&attested.replace("13800138001,", "13800138001,,"));
    assert_eq!(rig.states()[0], (Kind::Sms, true, false));
}

#[test]
fn what_was_surely_not_sent_may_be_asked_again_at_once() {
    let rig = Rig::new();
    let ask = rig.sms(NOW);
    rig.store().ask(&[ask], false).expect("kept");
    rig.store().unask(&[ask]).expect("forgotten");
    assert_eq!(rig.store().asked_state(&ask).expect("read"), None);
    assert!(rig.store().ask(&[ask], false).expect("kept")[0]);
}

#[test]
fn who_is_erased_is_asked_nothing_more() {
    let rig = Rig::new();
    let ask = rig.sms(NOW);
    rig.store().ask(&[ask], false).expect("kept");
    rig.store().erase(PersonId(1), NOW).expect("erased");
    assert_eq!(rig.store().asked_state(&ask).expect("read"), None);
    let rows = "SELECT count(*) FROM asked";
    let rows: i64 = rig.store().0.query_row(rows, [], |row| row.get(0)).expect("a number");
    assert_eq!(rows, 0);
}

#[test]
fn an_older_roster_has_asked_nobody() {
    let rig = Rig::new();
    let before = "DROP TABLE asked; PRAGMA user_version = 2;";
    rig.store().0.execute_batch(before).expect("as it was before");
    let reading = Store::read(&rig.folder.path().join("roster.db")).expect("it opens");
    assert_eq!(reading.asked(Timestamp::MIN).expect("none"), []);
    assert_eq!(reading.asked_state(&rig.sms(NOW)).expect("none"), None);
    drop(reading);
    assert!(rig.store().ask(&[rig.sms(NOW)], false).expect("kept")[0], "brought up by the writer");
}
