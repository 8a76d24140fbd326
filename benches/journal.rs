//! What durability costs: the driver's way in, a commit alone, a replay without a journal.
//!
//! Shapes: messages of 100 snapshots are what a poller of 100 queues sends each second; ten
//! thousand queues are a national centre. A commit alone is compared with the same blob through
//! bare SQLite, because the figure of the disk is in both.

use callsurge::clock::ManualClock;
use callsurge::driver::fold::Fold;
use callsurge::driver::replay::{Item, Replay};
use callsurge::driver::{Draft, Driver, Handle, Message, QueueRef, Settings as DriverSettings};
use callsurge::engine::Engine;
use callsurge::engine::effect::Effect;
use callsurge::engine::entry::{Entry, Input};
use callsurge::engine::observation::{Form, Observation, QueueId, Snapshot, SourceId};
use callsurge::engine::policy::{Carries, Policy, SilenceRule, SourcePolicy};
use callsurge::engine::time::{Span, Timestamp};
use callsurge::journal::sqlite::SqliteJournal;
use callsurge::journal::{Batch, Journal, Settings, Stamp};
use callsurge::record::Record;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::oneshot;

const T0: Timestamp = Timestamp::from_secs(1_795_478_400);
const QUEUES: u32 = 10_000;
const MESSAGES: u32 = 200;
const PER_MESSAGE: u32 = 100;

fn policy() -> Policy {
    let source = SourcePolicy {
        name: "acd".to_owned(),
        lateness: Span::secs(5),
        heartbeat: true,
        watched: false,
        carries: Carries { waiting: true, ..Carries::VOLUME_ONLY },
    };
    let mut policy = Policy::unconfigured(SilenceRule::Live, vec![source]);
    policy.queues_max = QUEUES;
    policy
}

fn snapshot(n: u32) -> Form {
    Form::Snapshot(Snapshot {
        waiting: Some(n % 40),
        logged_in: Some(25),
        available: Some(n % 7),
        ..Snapshot::empty(T0)
    })
}

fn draft(n: u32) -> Draft {
    let name = format!("queue {}", n % QUEUES).into();
    Draft { source: SourceId(0), queue: QueueRef::Named(name), form: snapshot(n) }
}

fn messages() -> Vec<Vec<Draft>> {
    (0..MESSAGES).map(|m| (0..PER_MESSAGE).map(|n| draft(m * PER_MESSAGE + n)).collect()).collect()
}

fn journal(path: &Path) -> SqliteJournal {
    SqliteJournal::open(path, Settings::new(Stamp::Test), T0).expect("a journal")
}

fn ingest(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = Box::new(journal(&folder.path().join("ingest.db")));
    let (handle, ends) = Handle::channel(4_096, Arc::new(Engine::empty().view()));
    let clock = Arc::new(ManualClock::new(T0));
    let settings = DriverSettings::new(policy());
    let driver = Driver::<Engine>::start(journal, clock, ends, settings).expect("it starts");
    let thread = std::thread::spawn(move || driver.run());
    let mut group = c.benchmark_group("ingest");
    group.throughput(Throughput::Elements(u64::from(MESSAGES * PER_MESSAGE)));
    group.bench_function("200 messages of 100 snapshots, committed", |b| {
        b.iter_batched(messages, |all| send(&handle, all), BatchSize::PerIteration);
    });
    group.finish();
    drop(handle);
    thread.join().expect("no panic").expect("no error");
}

fn send(handle: &Handle, all: Vec<Vec<Draft>>) {
    let mut answers = Vec::with_capacity(all.len());
    for drafts in all {
        let (ack, answer) = oneshot::channel();
        handle.try_send(Message::Observations { drafts, ack: Some(ack) }).expect("room");
        answers.push(answer);
    }
    for answer in answers {
        answer.blocking_recv().expect("committed");
    }
}

fn commit(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut journal = journal(&folder.path().join("commit.db"));
    let engine = Engine::new();
    let mut group = c.benchmark_group("commit");
    for count in [1, 100, 10_000_u64] {
        group.throughput(Throughput::Elements(count));
        group.bench_function(format!("{count} snapshots"), |b| {
            b.iter_batched_ref(
                || entries(count),
                |entries| {
                    let first = journal.tail().seq + 1;
                    for (entry, seq) in entries.iter_mut().zip(first..) {
                        entry.seq = seq;
                    }
                    let batch =
                        Batch { entries, effects: &[], told: &[], answers: &[], names: &engine };
                    journal.commit(&batch).expect("committed");
                },
                BatchSize::PerIteration,
            );
        });
    }
    let bare = rusqlite::Connection::open(folder.path().join("bare.db")).expect("a file");
    bare.pragma_update(None, "journal_mode", "WAL").expect("wal");
    bare.pragma_update(None, "synchronous", "FULL").expect("full");
    bare.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, b BLOB)").expect("a table");
    let blob = postcard::to_allocvec(&entries(100)).expect("encodable");
    group.throughput(Throughput::Elements(100));
    group.bench_function("100 snapshots, bare SQLite, one encoded blob", |b| {
        b.iter(|| {
            let sql = "INSERT INTO t (b) VALUES (?1)";
            bare.prepare_cached(sql).expect("sql").execute([&blob]).expect("committed");
        });
    });
    group.finish();
}

fn entries(count: u64) -> Vec<Entry> {
    let entry = |seq: u64| {
        let n = u32::try_from(seq).expect("small");
        let queue = QueueId(n % QUEUES);
        let observation = Observation { source: SourceId(0), queue, form: snapshot(n) };
        Entry { seq, at: T0, input: Input::Observed(observation) }
    };
    (1..=count).map(entry).collect()
}

fn replay(c: &mut Criterion) {
    let mut group = c.benchmark_group("replay");
    group.throughput(Throughput::Elements(u64::from(MESSAGES * PER_MESSAGE)));
    group.bench_function("20,000 snapshots of known queues, no journal", |b| {
        let tell = |_: &Effect, _: Option<&Record>| {};
        let mut replay = Replay::<_, Engine>::start(&policy(), T0, None, tell).expect("no journal");
        for n in 0..QUEUES {
            replay.push(T0, Item::Draft(draft(n))).expect("no journal");
        }
        let known = |n: u32| Draft { queue: QueueRef::Known(QueueId(n % QUEUES)), ..draft(n) };
        let all = || (0..MESSAGES * PER_MESSAGE).map(known).collect::<Vec<_>>();
        b.iter_batched(
            all,
            |drafts| {
                for draft in drafts {
                    replay.push(T0, Item::Draft(draft)).expect("no journal");
                }
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, ingest, commit, replay);
criterion_main!(benches);
