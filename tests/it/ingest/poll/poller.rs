//! Poll by poll against an ACD that misbehaves, with a clock that stands still.

use super::at;
use crate::acd::{Acd, Answer};
use crate::ingest::{channel, kind_of, name_of};
use callsurge::clock::ManualClock;
use callsurge::driver::{Committed, Ends, Message};
use callsurge::engine::observation::{Form, SourceId};
use callsurge::ingest::poll::{
    Ask, Auth, Fetcher, Field, Keeper, Mapping, Paging, Pick, Pointer, PollSettings, Poller,
    QueueName, Scheme, Secret, Signer, TIME_WORDS, Template,
};
use callsurge::ingest::{IngestCounters, Reason};
use chrono_tz::Tz;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const GOOD: &str = r#"{"queues": [{"id": "a", "w": 3, "o": 10}, {"id": "b", "w": 0, "o": 4}]}"#;
const INTERVAL: Duration = Duration::from_secs(15);

fn pointer(text: &str) -> Pointer {
    Pointer::parse(text).unwrap()
}

fn template(text: &str) -> Template {
    Template::parse(text, &[&TIME_WORDS]).unwrap()
}

fn ask(acd: &Acd) -> Ask {
    Ask {
        urls: vec![template(&acd.url("/q?day={today}"))],
        bodies: Vec::new(),
        headers: Vec::new(),
        auth: Auth::None,
        paging: None,
        pages_max: 3,
        timeout: Duration::from_millis(500),
        bytes_max: 1 << 20,
        zone: Tz::UTC,
        ca: None,
    }
}

fn no_secret() -> Keeper {
    Keeper::new(|| None)
}

struct Bench {
    poller: Poller,
    ends: Ends,
    counters: Arc<IngestCounters>,
}

/// What one poll came to.
struct Polled {
    kinds: Vec<&'static str>,
    /// Queues and their totals.
    told: Vec<(String, Option<u64>)>,
    wait: Duration,
}

impl Polled {
    /// It said nothing at all; how long until the next one.
    #[track_caller]
    fn silent(self) -> Duration {
        assert_eq!((self.kinds, self.told), (vec![], vec![]));
        self.wait
    }
}

impl Bench {
    fn of(ask: Ask, keeper: Keeper, heartbeat: bool) -> Self {
        let mut mapping = Mapping::new(QueueName::At(pointer("/id")));
        mapping.each = Some(pointer("/queues"));
        mapping.fields.insert(Field::Waiting, vec![Pick::At(pointer("/w"))]);
        mapping.fields.insert(Field::Offered, vec![Pick::At(pointer("/o"))]);
        let settings = PollSettings {
            source: SourceId(1),
            name: "acd".to_owned(),
            interval: INTERVAL,
            heartbeat,
            mapping,
        };
        let (handle, ends) = channel(64);
        let counters = Arc::new(IngestCounters::default());
        let clock = Arc::new(ManualClock::new(at("2026-11-24T15:00:02Z")));
        let fetcher = Fetcher::new(ask, keeper).unwrap();
        let poller = Poller::new(settings, fetcher, handle, clock, counters.clone());
        Self { poller, ends, counters }
    }

    fn new(acd: &Acd) -> Self {
        Self::of(ask(acd), no_secret(), false)
    }

    /// One poll with a driver that commits all.
    async fn poll(&mut self) -> Polled {
        let Self { poller, ends, .. } = self;
        let (mut kinds, mut told) = (Vec::new(), Vec::new());
        let mut take = |message: Message| {
            kinds.push(kind_of(&message));
            if let Message::Observations { drafts, ack } = message {
                told.extend(drafts.iter().map(|draft| {
                    let Form::Snapshot(s) = draft.form else { panic!("{draft:?}") };
                    (name_of(draft).to_owned(), s.counters.map(|c| c.offered))
                }));
                ack.unwrap().send(Committed::default()).unwrap();
            }
        };
        let once = poller.once();
        tokio::pin!(once);
        let wait = loop {
            tokio::select! {
                biased;
                Some(message) = ends.inbox.recv() => take(message),
                wait = &mut once => break wait.unwrap(),
            }
        };
        while let Ok(message) = ends.inbox.try_recv() {
            take(message);
        }
        Polled { kinds, told, wait }
    }

    fn refused(&self, reason: Reason) -> u64 {
        self.counters.refused(Some(SourceId(1)), reason)
    }
}

fn queue(name: &str, offered: u64) -> (String, Option<u64>) {
    (name.to_owned(), Some(offered))
}

#[tokio::test]
async fn a_good_poll_tells_every_queue() {
    let acd = Acd::start(GOOD);
    let polled = Bench::new(&acd).poll().await;
    assert_eq!(polled.kinds, ["observations"]);
    assert_eq!(polled.told, [queue("a", 10), queue("b", 4)]);
    assert_eq!(polled.wait, INTERVAL);
    assert!(acd.asked()[0].starts_with("GET /q?day=2026-11-24 HTTP/1.1\r\n"), "{:?}", acd.asked());
}

#[tokio::test]
async fn a_poll_that_fails_is_silence_and_not_no_calls() {
    let acd = Acd::start(GOOD);
    let mut bench = Bench::new(&acd);
    acd.then(Answer::Status("500 Internal Server Error", "", "{}".into()));
    assert!(bench.poll().await.silent() <= Duration::from_secs(1));
    acd.then(Answer::Status("429 Too Many Requests", "retry-after: 120\r\n", String::new()));
    assert_eq!(bench.poll().await.silent(), Duration::from_secs(120));
    let date = "retry-after: Tue, 24 Nov 2026 15:01:32 GMT\r\n";
    acd.then(Answer::Status("503 Service Unavailable", date, String::new()));
    assert_eq!(bench.poll().await.silent(), Duration::from_secs(90));
    // What somebody has to mend is asked for rarely.
    acd.then(Answer::Status("302 Found", "location: http://127.0.0.1:1/\r\n", String::new()));
    assert!(bench.poll().await.silent() >= Duration::from_secs(30));
    for answer in [Answer::Cut, Answer::Slow] {
        acd.then(answer);
        bench.poll().await.silent();
    }
    let counted: u64 = Reason::ALL.iter().map(|reason| bench.refused(*reason)).sum();
    assert_eq!(counted, 0, "nothing was told, so nothing was refused");
    assert_eq!(bench.poll().await.wait, INTERVAL);
}

#[tokio::test]
async fn answers_that_cannot_be_read_are_counted() {
    let acd = Acd::start(GOOD);
    let mut bench = Bench::new(&acd);
    let cases = [
        (Answer::Json("{\"queues\": [{\"id\"".into()), Reason::Malformed),
        (Answer::Json("<html>sign in</html>".into()), Reason::Malformed),
        (Answer::Huge(true), Reason::TooLarge),
        (Answer::Huge(false), Reason::TooLarge),
        (Answer::Json(r#"{"queues": 7}"#.into()), Reason::WrongType),
        (Answer::Json(r#"{"error": "quota"}"#.into()), Reason::Missing),
    ];
    for (answer, reason) in cases {
        let before = bench.refused(reason);
        acd.then(answer.clone());
        bench.poll().await.silent();
        assert_eq!(bench.refused(reason), before + 1, "{answer:?}");
    }
}

#[tokio::test]
async fn a_bad_queue_is_refused_alone_and_a_vanished_one_is_counted_once() {
    let acd = Acd::start(GOOD);
    let mut bench = Bench::new(&acd);
    acd.then(Answer::Json(GOOD.replace("\"w\": 0", "\"w\": \"zero\"")));
    assert_eq!(bench.poll().await.told, [queue("a", 10)]);
    assert_eq!(bench.refused(Reason::WrongType), 1);
    assert_eq!(bench.poll().await.told.len(), 2);
    acd.usually(r#"{"queues": [{"id": "a", "w": 3, "o": 12}]}"#);
    for _ in 0..3 {
        assert_eq!(bench.poll().await.told, [queue("a", 12)]);
    }
    assert_eq!(bench.refused(Reason::Missing), 1);
}

#[tokio::test]
async fn an_answer_without_queues_is_a_sign_of_life_only_where_configured() {
    for (heartbeat, wanted) in [(false, vec![]), (true, vec!["heartbeat"])] {
        let acd = Acd::start(r#"{"queues": []}"#);
        let mut bench = Bench::of(ask(&acd), no_secret(), heartbeat);
        assert_eq!(bench.poll().await.kinds, wanted);
    }
}

#[tokio::test]
async fn pages_are_followed_up_to_a_bound() {
    let acd = Acd::start(GOOD);
    let paging = Some(Paging::Query(pointer("/next"), "page".to_owned()));
    let mut bench = Bench::of(Ask { paging, ..ask(&acd) }, no_secret(), false);
    let page = |id: &str, next: &str| {
        let queues = format!("[{{\"id\": \"{id}\", \"w\": 1}}]");
        acd.then(Answer::Json(format!("{{\"queues\": {queues}, \"next\": {next}}}")));
    };
    page("a", "\"2\"");
    page("b", "\"3\"");
    page("c", "null");
    let told: Vec<_> = bench.poll().await.told.into_iter().map(|(name, _)| name).collect();
    assert_eq!(told, ["a", "b", "c"]);
    assert!(acd.asked()[2].starts_with("GET /q?day=2026-11-24&page=3 "), "{:?}", acd.asked());
    for next in ["\"2\"", "\"3\"", "\"4\""] {
        page("a", next);
    }
    bench.poll().await.silent();
    assert_eq!(bench.refused(Reason::TooLarge), 1);
    page("a", "\"2\"");
    page("b", "\"2\"");
    bench.poll().await.silent();
    assert_eq!(bench.refused(Reason::Nonsense), 1);
}

#[tokio::test]
async fn one_of_several_addresses_may_fail() {
    let acd = Acd::start(r#"{"queues": [{"id": "b", "w": 1, "o": 1}]}"#);
    let urls = vec![template(&acd.url("/1")), template(&acd.url("/2"))];
    let bodies = vec![template("{\"n\":1}"), template("{\"n\":2}")];
    let mut bench = Bench::of(Ask { urls, bodies, ..ask(&acd) }, no_secret(), false);
    acd.then(Answer::Status("404 Not Found", "", String::new()));
    let polled = bench.poll().await;
    assert_eq!((polled.told, polled.wait), (vec![queue("b", 1)], INTERVAL));
    let asked = acd.asked();
    assert!(asked[0].starts_with("POST /1 ") && asked[0].ends_with("{\"n\":1}"), "{asked:?}");
    assert!(asked[1].starts_with("POST /2 ") && asked[1].ends_with("{\"n\":2}"), "{asked:?}");
}

#[tokio::test]
async fn every_kind_of_authentication_is_sent() {
    let acd = Acd::start(GOOD);
    let signer =
        Signer { user: "AKID".into(), region: "eu-west-2".into(), service: "connect".into() };
    let cases = [
        (Auth::Basic("Aladdin".into()), "authorization: Basic QWxhZGRpbjpodW50ZXIy\r\n"),
        (Auth::Bearer, "authorization: Bearer hunter2\r\n"),
        (Auth::Header("X-API-Key".into()), "x-api-key: hunter2\r\n"),
        (
            Auth::Signed(Box::new(Scheme::sigv4()), signer),
            "authorization: AWS4-HMAC-SHA256 Credential=AKID/20261124/eu-west-2/connect/",
        ),
    ];
    for (auth, wanted) in cases {
        let keeper = Keeper::new(|| Some(Secret::new("hunter2")));
        let mut bench = Bench::of(Ask { auth, ..ask(&acd) }, keeper, false);
        bench.poll().await;
        let asked = acd.asked().pop().unwrap();
        assert!(asked.contains(wanted), "{asked}");
        assert!(!format!("{:?}", bench.poller).contains("hunter2"));
    }
}

#[tokio::test]
async fn a_secret_that_is_no_longer_taken_is_read_again() {
    let acd = Acd::start(GOOD);
    let kept = Arc::new(Mutex::new(VecDeque::from(["old", "new"])));
    let keeper = Keeper::new(move || kept.lock().unwrap().pop_front().map(Secret::new));
    let mut bench = Bench::of(Ask { auth: Auth::Bearer, ..ask(&acd) }, keeper, false);
    acd.then(Answer::Status("401 Unauthorized", "", String::new()));
    assert!(bench.poll().await.silent() <= Duration::from_secs(1), "a new one is tried at once");
    assert_eq!(bench.poll().await.kinds, ["observations"]);
    assert!(acd.asked()[0].contains("Bearer old") && acd.asked()[1].contains("Bearer new"));
}

#[tokio::test]
async fn without_a_driver_the_task_ends() {
    let acd = Acd::start(GOOD);
    let Bench { mut poller, ends, .. } = Bench::new(&acd);
    drop(ends);
    assert!(poller.once().await.is_err());
}
