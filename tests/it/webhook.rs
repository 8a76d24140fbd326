//! Delivery on a live journal to a receiver that behaves badly.

use crate::receiver::Receiver;
use crate::rig::{Rig, T0};
use crate::toy::EVERY;
use callsurge::delivery::Worker;
use callsurge::delivery::receipts::Receipts;
use callsurge::delivery::secret::Secret;
use callsurge::delivery::webhook::{Webhook, WebhookSettings, sign};
use callsurge::driver::Settings as DriverSettings;
use callsurge::engine::time::{Span, Timestamp};
use callsurge::journal::outbox::{LiveJournal, Outbox};
use callsurge::journal::sqlite::SqliteJournal;
use callsurge::journal::step::Steps;
use callsurge::journal::{Channel, Settings, Stamp};
use rusqlite::Connection;
use std::path::PathBuf;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A driver on a live journal, its worker and their receiver.
struct Line {
    _folder: TempDir,
    path: PathBuf,
    rig: Rig,
    worker: Worker,
    receiver: Receiver,
    runtime: Runtime,
}

impl Line {
    /// With one intent in the outbox.
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let journal = SqliteJournal::open(&path, Settings::new(Stamp::Live), T0).unwrap();
        let settings = DriverSettings::new(crate::rig::policy());
        let wake = settings.outbox.subscribe();
        let rig = Rig::with(Box::new(journal), settings).unwrap();
        let receiver = Receiver::start();
        let webhook = WebhookSettings::new(receiver.url(), Secret::new("shared"));
        let worker = Worker::new(
            Outbox::open(&LiveJournal::at(&path).unwrap(), Steps::default()).unwrap(),
            Webhook::new(&webhook).unwrap(),
            rig.clock.clone(),
            rig.handle.clone(),
            Receipts::default(),
            wake,
        );
        (0..EVERY).for_each(|n| drop(rig.row(n).expect("committed")));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { _folder: folder, path, rig, worker, receiver, runtime }
    }

    fn pass(&mut self) -> Option<Timestamp> {
        self.runtime.block_on(self.worker.pass()).unwrap()
    }

    fn now(&self) -> Timestamp {
        use callsurge::clock::Clock;
        self.rig.clock.now()
    }

    /// State, attempts and number of attempts with an outcome.
    fn outbox(&self) -> (String, i64, i64) {
        let sql = "SELECT state, attempts,
            (SELECT count(*) FROM attempts WHERE outcome IS NOT NULL) FROM outbox";
        let db = Connection::open(&self.path).unwrap();
        db.query_row(sql, [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap()
    }
}

#[test]
fn an_order_arrives_signed_and_the_engine_hears_of_it() {
    let mut line = Line::open();
    assert_eq!(line.pass(), None);
    let requests = line.receiver.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    let (id, timestamp) = (request.key(), &request.headers["webhook-timestamp"]);
    let signature = sign(b"shared", id, timestamp, &request.body).unwrap();
    assert_eq!(request.headers["webhook-signature"], signature);
    assert_eq!(*timestamp, (line.now().as_millis() / 1_000).to_string());
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(body["type"], "transition");
    assert_eq!(body["to"], "L1");
    assert_eq!(body["journal"], "live");
    let text = body["text"].as_str().unwrap();
    assert!(text.starts_with("default: none → L1 (timer), incident 1"), "{text}");
    assert!(id.ends_with(body["id"].as_str().unwrap()), "{id} names the effect");
    assert_eq!(line.outbox(), ("delivered".to_owned(), 1, 1));
    line.rig.stop();
    let db = Connection::open(&line.path).unwrap();
    let told: bool = db.query_row("SELECT told FROM outbox", [], |row| row.get(0)).unwrap();
    assert!(told, "the receipt is journalled");
}

#[test]
fn a_failing_receiver_is_asked_again_with_the_same_key_and_body() {
    let mut line = Line::open();
    line.receiver.answer("500 Internal Server Error\r\n");
    line.receiver.answer("");
    line.receiver.answer("408 Request Timeout\r\n");
    for attempt in 1..=3 {
        let next = line.pass().expect("it is tried again");
        assert_eq!(line.outbox(), ("pending".to_owned(), attempt, attempt));
        assert_eq!(line.pass(), Some(next), "nothing is sent before its time");
        let wait = next - line.now();
        let full = Span::secs(2) * (1 << (attempt - 1));
        assert!(wait <= full && wait * 2 >= full, "attempt {attempt}: {wait:?}");
        line.rig.clock.advance_to(next);
    }
    assert_eq!(line.pass(), None);
    assert_eq!(line.outbox(), ("delivered".to_owned(), 4, 4));
    let requests = line.receiver.requests();
    assert!(requests.len() >= 4);
    assert!(requests.iter().all(|r| r.key() == requests[0].key() && r.body == requests[0].body));
    line.rig.stop();
}

#[test]
fn a_receiver_that_asks_for_patience_gets_it() {
    let cases = [
        ("429 Too Many Requests\r\nretry-after: 90\r\n", Span::secs(90)),
        (
            "503 Service Unavailable\r\nretry-after: Tue, 24 Nov 2026 00:06:00 GMT\r\n",
            Span::secs(60),
        ),
        ("503 Service Unavailable\r\nretry-after: 999999999\r\n", Span::hours(1)),
    ];
    for (answer, wait) in cases {
        let mut line = Line::open();
        line.receiver.answer(answer);
        let next = line.pass().expect("it is tried again");
        assert_eq!(next - line.now(), wait, "{answer}");
        line.rig.stop();
    }
}

#[test]
fn a_refusal_is_final_and_a_redirect_is_not_followed() {
    for answer in ["400 Bad Request\r\n", "410 Gone\r\n", "302 Found\r\nlocation: /other\r\n"] {
        let mut line = Line::open();
        line.receiver.answer(answer);
        assert_eq!(line.pass(), None, "{answer}");
        line.rig.clock.advance_to(line.now() + Span::minutes(30));
        assert_eq!(line.pass(), None);
        assert_eq!(line.outbox(), ("failed".to_owned(), 1, 1), "{answer}");
        assert_eq!(line.receiver.requests().len(), 1);
        assert_eq!(line.worker.status().failed(), 1);
        line.rig.stop();
    }
}

#[test]
fn an_order_that_is_too_old_is_not_sent() {
    let mut line = Line::open();
    line.rig.clock.advance_to(line.now() + Span::minutes(61));
    assert_eq!(line.pass(), None);
    assert_eq!(line.outbox(), ("expired".to_owned(), 0, 0));
    assert!(line.receiver.requests().is_empty());
    line.rig.stop();
}

#[test]
fn every_running_worker_is_woken_by_the_commit_that_decides() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let names = ["desk", "pager"];
    let channels = names.map(Channel::all).to_vec();
    let journal =
        SqliteJournal::open(&path, Settings { channels, ..Settings::new(Stamp::Live) }, T0)
            .unwrap();
    let settings = DriverSettings::new(crate::rig::policy());
    let wake = settings.outbox.clone();
    let rig = Rig::with(Box::new(journal), settings).unwrap();
    let receipts = Receipts::default();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let workers = names.map(|name| {
        let receiver = Receiver::start();
        let settings = WebhookSettings::new(receiver.url(), Secret::new("shared"));
        let worker = Worker::new(
            Outbox::open(&LiveJournal::at(&path).unwrap(), Steps::default()).unwrap(),
            Webhook::new(&WebhookSettings { name: name.to_owned(), ..settings }).unwrap(),
            rig.clock.clone(),
            rig.handle.clone(),
            receipts.clone(),
            wake.subscribe(),
        );
        let (status, stopped) = (worker.status(), stopped.clone());
        (receiver, status, std::thread::spawn(move || worker.run(stopped)))
    });
    let mut views = rig.handle.views();
    let mut seq = 0;
    for n in 0..EVERY {
        seq = rig.row(n).expect("committed").seq;
    }
    // The next entry after the rows is the receipt of whoever was first.
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(views.wait_for(|view| view.seq > seq)).unwrap();
    for (receiver, _, _) in &workers {
        receiver.wait_for(1);
    }
    stop.send(true).unwrap();
    for (_, status, thread) in workers {
        thread.join().unwrap().unwrap();
        assert_eq!(status.delivered(), 1);
    }
    rig.stop();
    let told = "SELECT min(told) FROM outbox";
    let told: bool = Connection::open(&path).unwrap().query_row(told, [], |r| r.get(0)).unwrap();
    assert!(told);
}
