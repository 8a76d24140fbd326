//! Hours that recalled people worked are in the roster, once, whatever is killed.

use super::recall::{Rig, post};
use super::{Running, until};
use callsurge::engine::time::Timestamp;
use callsurge::roster::store::Store;
use callsurge::roster::{Ledger, Period, PersonId};
use rusqlite::Connection;
use serde_json::json;
use std::collections::BTreeMap;

const CLOSE: &str = r#"{"act":"close","reason":"over"}"#;

fn ledgers(rig: &Rig) -> BTreeMap<PersonId, Ledger> {
    let people = Store::read(&rig.roster()).expect("a roster").people().expect("people");
    people.into_iter().map(|person| (person.id, person.ledger)).collect()
}

/// What the log book says that people worked.
fn by_the_log_book(served: &Running) -> BTreeMap<PersonId, Ledger> {
    let lines = served.logbook("type=recall");
    let at = |cause: &str, person: &str| {
        let own = |line: &&serde_json::Value| {
            line["cause"] == cause && line["recall"]["person"] == *person
        };
        let found = lines.iter().find(own)?;
        Timestamp::parse_rfc3339(found["at"].as_str()?).ok()
    };
    let people = lines.iter().filter(|line| line["cause"] == "release");
    let one = |line: &serde_json::Value| {
        let person = line["recall"]["person"].as_str()?;
        let work = Period::new(at("arrived", person)?, at("release", person)?)?;
        let mut ledger = Ledger::default();
        ledger.work(work, &[], chrono_tz::Asia::Shanghai);
        Some((person.parse().ok()?, ledger))
    };
    people.filter_map(one).collect()
}

fn written(rig: &Rig) -> BTreeMap<PersonId, Ledger> {
    let mut all = ledgers(rig);
    all.retain(|_, ledger| *ledger != Ledger::default());
    all
}

/// Two people come.
fn at_work(rig: &Rig) -> Running {
    let served = rig.raised();
    let asked = rig.wait("offer", 3);
    for person in &asked[..2] {
        let place = "recalls/1-L2-1/";
        let yes = json!({"person": person, "reply": "accept"});
        assert_eq!(post(&served, &format!("{place}replies"), &yes).status, 200);
        let here = post(&served, &format!("{place}arrivals"), &json!({"person": person}));
        assert_eq!(here.json()["recall"]["answer"], "here");
    }
    served
}

#[test]
fn who_is_sent_home_has_the_hours_in_the_ledger() {
    let rig = Rig::automatic();
    let served = at_work(&rig);
    assert_eq!(written(&rig), BTreeMap::new(), "nobody has gone yet");
    assert_eq!(served.order("default", "close", CLOSE).expect("an answer").status, 200);
    rig.has_closed();
    let wanted = by_the_log_book(&served);
    assert_eq!(wanted.len(), 2);
    until("the ledgers are written", || (written(&rig) == wanted).then_some(()));
    assert!(served.terminate().success());
}

#[test]
fn a_kill_between_release_and_ledger_loses_nothing_and_doubles_nothing() {
    let rig = Rig::automatic();
    let mut served = at_work(&rig);
    // The roster is held, so that nothing can be written when people are sent home.
    let holder = Connection::open(rig.roster()).expect("SQLite");
    holder.execute_batch("BEGIN IMMEDIATE").expect("held");
    assert_eq!(served.order("default", "close", CLOSE).expect("an answer").status, 200);
    rig.has_closed();
    let wanted = by_the_log_book(&served);
    assert_eq!(wanted.len(), 2);
    served.signal("KILL");
    served.wait();
    assert_eq!(written(&rig), BTreeMap::new());
    holder.execute_batch("ROLLBACK").expect("let go");
    let mut served = rig.serve();
    until("the ledgers are written", || (written(&rig) == wanted).then_some(()));
    served.signal("KILL");
    served.wait();
    // A further start has nothing to count.
    assert!(rig.serve().terminate().success());
    assert_eq!(written(&rig), wanted);
}
