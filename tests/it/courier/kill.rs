//! Kill -9 in a loop while people are asked: nobody's message is lost, nobody is called twice by a
//! gateway that would not notice, and no more people have a place than are needed.
//!
//! The child is this very binary. It asks, delivers, and lets people answer, all on the virtual
//! clock; it is aborted at every durable step, or killed by the gateway itself when that has read a
//! request or has answered it. One journal lives until its recall is over, then another begins.

use super::post::{self, Roster, open, raise, recall_id, reply};
use super::{says, taken};
use crate::fake::{Act, Fake, News};
use callsurge::delivery::courier::PEOPLE;
use callsurge::delivery::courier::lane::LaneSettings;
use callsurge::driver::Message;
use callsurge::driver::recovery::recover;
use callsurge::engine::Engine;
use callsurge::engine::command::Act as Order;
use callsurge::engine::time::Span;
use callsurge::journal::BUILD;
use callsurge::journal::sqlite::SqliteJournal;
use callsurge::journal::step::{Step, Steps};
use callsurge::recall::Words;
use callsurge::roster::{Kind, PersonId};
use rusqlite::Connection;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Kills in all, unless `CALLSURGE_TEST_KILLS` says how many.
const KILLS: u32 = 120;
/// Heads that are needed, and people there are.
const HEADS: u32 = 4;
const PEOPLE_MAX: u32 = 40;
/// How the parent tells the child what to do.
const TASK: &str = "CALLSURGE_TEST_POST";

#[derive(serde::Serialize, serde::Deserialize)]
struct Task {
    path: PathBuf,
    sms: String,
    mail: String,
    /// Abort at the n-th time that a step is reached.
    abort: Option<(usize, u32)>,
}

/// Where a child is killed.
#[derive(Clone, Copy, Debug)]
enum Place {
    Step(usize, u32),
    Gateway(News, bool),
}

#[test]
fn no_kill_loses_a_message_or_calls_twice() {
    let places: Vec<Place> = (0..Step::ALL.len())
        .filter(|step| {
            !matches!(Step::ALL[*step], Step::SnapshotWritten | Step::SnapshotKept | Step::Pruned)
        })
        .flat_map(|step| [1, 2, 5].map(|times| Place::Step(step, times)))
        .chain(
            [News::Heard, News::Said]
                .into_iter()
                .flat_map(|news| [true, false].map(|sms| Place::Gateway(news, sms))),
        )
        .collect();
    let mut killed: BTreeMap<String, u32> = BTreeMap::new();
    let (mut total, mut over) = (0, 0);
    let mut nights = 0;
    let wanted = std::env::var("CALLSURGE_TEST_KILLS").map_or(KILLS, |n| n.parse().unwrap());
    while total < wanted {
        nights += 1;
        assert!(nights < wanted, "nights without a kill");
        let night = Night::begin();
        let mut turn = nights as usize * 7;
        loop {
            let place = places[turn % places.len()];
            turn += 1;
            let ended = night.run(Some(place));
            night.check(&format!("night {nights}, {place:?}"));
            if ended {
                over += 1;
                break;
            }
            total += 1;
            *killed.entry(format!("{place:?}")).or_default() += 1;
        }
        night.check_end();
    }
    assert!(over > 0 && killed.len() > 20, "{total} kills, {killed:?}");
}

struct Night {
    folder: tempfile::TempDir,
    sms: Fake,
    mail: Fake,
}

impl Night {
    fn begin() -> Self {
        // Some are refused, some are not answered, and then all goes well.
        let moods = [taken(), Act::Hear, says("3"), says("7"), taken(), Act::Hear];
        let sms = Fake::start_then(moods, taken());
        let mail = Fake::start_then([says("7"), Act::Hear], taken());
        Self { folder: tempfile::tempdir().unwrap(), sms, mail }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }

    /// Runs a child until it is killed there; whether it came to its end instead.
    fn run(&self, place: Option<Place>) -> bool {
        let abort = match place {
            Some(Place::Step(step, times)) => Some((step, times)),
            Some(Place::Gateway(..)) | None => None,
        };
        let task = Task { path: self.path(), sms: self.sms.base(), mail: self.mail.base(), abort };
        let mut child = spawn(&task);
        if let Some(Place::Gateway(news, sms)) = place {
            let pid = child.id();
            let fake = if sms { &self.sms } else { &self.mail };
            fake.once(news, move || {
                Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
            });
        }
        let ended = child.wait().unwrap().success();
        for fake in [&self.sms, &self.mail] {
            fake.forget();
        }
        ended
    }

    /// What has to hold after every kill.
    fn check(&self, what: &str) {
        let db = Connection::open(self.path()).unwrap();
        let number = |sql: &str| db.query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap();
        if number("SELECT count(*) FROM sqlite_schema") == 0 {
            return;
        }
        let said = "SELECT count(*) FROM logbook WHERE type = 'recall'
            AND json_extract(record, '$.cause') IN ('offer', 'thank', 'reserve', 'promote',
                'withdraw', 'cancel', 'too_late', 'release')";
        let kept = format!("SELECT count(*) FROM outbox WHERE channel = '{PEOPLE}'");
        assert_eq!(number(said), number(&kept), "{what}: every word has its intent");
        let (once, many) = (by_key(&self.sms), by_key(&self.mail));
        for (key, bodies) in &once {
            let most = allowed(&db, key);
            assert!(bodies.len() <= most, "{what}: {key} heard {} times", bodies.len());
        }
        for (key, bodies) in &many {
            assert!(bodies.iter().all(|body| *body == bodies[0]), "{what}: {key} changed");
        }
        self.quota(what);
    }

    /// Nobody has a place beyond the need.
    fn quota(&self, what: &str) {
        let mut journal = SqliteJournal::open_read_only(&self.path()).unwrap();
        let engine: Engine = recover(&mut journal, BUILD).unwrap().fold;
        if let Some(recall) = engine.view().recalls.recall(recall_id()) {
            let coming = recall.offers().values().filter(|offer| offer.state.is_coming()).count();
            assert!(coming <= HEADS as usize, "{what}: {coming} come");
        }
    }

    /// What has to hold once the recall is over.
    fn check_end(&self) {
        let db = Connection::open(self.path()).unwrap();
        let open = "SELECT count(*) FROM outbox WHERE state = 'pending'";
        let open: i64 = db.query_row(open, [], |r| r.get(0)).unwrap();
        assert_eq!(open, 0, "everything is settled");
        let untold = "SELECT count(*) FROM outbox WHERE told = 0 AND state <> 'suppressed'";
        let untold: i64 = db.query_row(untold, [], |r| r.get(0)).unwrap();
        assert_eq!(untold, 0, "the engine knows of every delivery");
    }
}

/// How often a key may have been heard: once, and once more for every definite "not now".
fn allowed(db: &Connection, key: &str) -> usize {
    let intent = key.strip_suffix("-sms").expect("the key of the gateway");
    let sql = "SELECT count(*) FROM attempts a JOIN outbox o ON o.id = a.intent
        WHERE o.key = ?1 AND a.via = 'sms' AND a.outcome = 'again'
        AND a.reason IN ('busy', 'rate_limit')";
    let again: i64 = db.query_row(sql, [intent], |r| r.get(0)).unwrap();
    let sql = "SELECT count(*) FROM attempts a JOIN outbox o ON o.id = a.intent
        WHERE o.key = ?1 AND a.via = 'sms' AND coalesce(a.outcome, 'open') <> 'again'";
    let last: i64 = db.query_row(sql, [intent], |r| r.get(0)).unwrap();
    assert!(last <= 1, "{key}: {last} attempts that may have reached somebody");
    (again + last) as usize
}

fn by_key(fake: &Fake) -> BTreeMap<String, Vec<Value>> {
    let mut by_key: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for body in super::heard(fake) {
        by_key.entry(body["key"].as_str().unwrap().to_owned()).or_default().push(body);
    }
    by_key
}

fn spawn(task: &Task) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["courier::kill::child", "--exact", "--nocapture", "--test-threads=1"])
        .env(TASK, serde_json::to_string(task).unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
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
    let lanes: Vec<LaneSettings> = vec![
        post::at("sms", Some(Kind::Sms), &task.sms, false),
        post::at("mail", Some(Kind::Email), &task.mail, true),
    ];
    live(&task.path, &lanes, &steps);
}

/// Asks, delivers and answers until the recall is over.
fn live(path: &Path, lanes: &[LaneSettings], steps: &Steps) {
    let rig = open(path, lanes, steps.clone());
    let view = rig.handle.view();
    rig.clock.advance_to(view.at);
    let mut courier = post::courier(path, &rig, lanes, &Roster::default(), steps.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let db = Connection::open(path).unwrap();
    let changes = db.query_row("SELECT count(*) FROM transitions", [], |r| r.get::<_, i64>(0));
    if changes.unwrap() == 0 {
        raise(&rig);
    }
    if !rig.handle.view().wanted.is_empty() {
        post::ask(&rig, HEADS, PEOPLE_MAX);
    }
    for minute in 0..600 {
        while let Some(next) = runtime.block_on(courier.pass()).unwrap() {
            if next > callsurge::clock::Clock::now(&*rig.clock) + Span::minutes(1) {
                break;
            }
            rig.clock.advance_to(next);
        }
        let view = rig.handle.view();
        let Some(recall) = view.recalls.recall(recall_id()) else { break };
        let asked: BTreeSet<PersonId> = recall.offers().keys().copied().collect();
        // Everybody answers sometime, one of three with a yes; then it is over.
        if let Some(person) = asked.iter().nth(minute).filter(|_| minute < 30) {
            let yes = person.0.is_multiple_of(3);
            reply(&rig, person.0, if yes { Words::Accept(None) } else { Words::Decline });
        } else {
            post::command(&rig, Order::Close);
        }
        let now = callsurge::clock::Clock::now(&*rig.clock);
        rig.clock.advance_to(now + Span::minutes(1));
        rig.handle.try_send(Message::Wake).unwrap();
        let _ = reply(&rig, 9_999, Words::Decline);
    }
    runtime.block_on(courier.pass()).unwrap();
    let _ = reply(&rig, 9_999, Words::Decline);
    runtime.block_on(courier.pass()).unwrap();
    let _ = reply(&rig, 9_999, Words::Decline);
    rig.stop();
}
