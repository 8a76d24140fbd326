//! A followed queue log, step by step, without a clock.

use super::{channel, fixture, kind_of};
use callsurge::driver::{Committed, Ends, Message};
use callsurge::engine::observation::SourceId;
use callsurge::ingest::queue_log::QueueLogOptions;
use callsurge::ingest::tail::{Position, Start};
use callsurge::ingest::tail_task::{QueueLogTail, TailTask};
use callsurge::ingest::{IngestCounters, Reason};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;

struct Bench {
    task: TailTask,
    ends: Ends,
    counters: Arc<IngestCounters>,
    committed: watch::Receiver<Option<Position>>,
}

impl Bench {
    fn new(path: &Path, start: Start) -> Self {
        let (handle, ends) = channel(64);
        let counters = Arc::new(IngestCounters::default());
        let (save, committed) = watch::channel(None);
        let tail = QueueLogTail::new(path, start, QueueLogOptions::new(SourceId(1)));
        let task = TailTask::new(handle, tail, counters.clone(), save);
        Self { task, ends, counters, committed }
    }

    /// One step with a driver that commits all; the kinds of messages and the drafts in them.
    async fn step(&mut self) -> (Vec<&'static str>, usize) {
        let Self { task, ends, .. } = self;
        let mut kinds = Vec::new();
        let mut drafts_seen = 0;
        let mut take = |message: Message| {
            kinds.push(kind_of(&message));
            if let Message::Observations { drafts, ack } = message {
                drafts_seen += drafts.len();
                let unknown_queue = vec![];
                ack.unwrap().send(Committed { seq: 1, unknown_queue }).unwrap();
            }
        };
        let step = task.step();
        tokio::pin!(step);
        loop {
            tokio::select! {
                biased;
                Some(message) = ends.inbox.recv() => take(message),
                more = &mut step => {
                    assert!(!more.unwrap());
                    break;
                }
            }
        }
        while let Ok(message) = ends.inbox.try_recv() {
            take(message);
        }
        (kinds, drafts_seen)
    }
}

fn append(path: &Path, text: &str) {
    let mut file = fs::File::options().create(true).append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[tokio::test]
async fn the_recorded_rotation_is_followed_without_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue_log");
    let mut bench = Bench::new(&path, Start::Beginning);
    assert_eq!(bench.step().await, (vec!["link down"], 0));
    append(&path, &fs::read_to_string(fixture("reload/queue_log.0")).unwrap());
    let (kinds, before) = bench.step().await;
    assert_eq!(kinds, ["link up", "restarted", "observations"]);
    assert_eq!(bench.step().await, (vec!["heartbeat"], 0));
    fs::rename(&path, folder.path().join("queue_log.0")).unwrap();
    append(&path, &fs::read_to_string(fixture("reload/queue_log")).unwrap());
    let (kinds, after) = bench.step().await;
    assert_eq!(kinds, ["observations"]);
    // 200 calls, each with an entry, an outcome and, where answered, an end.
    assert_eq!(before + after, 200 + 200 + 197);
    let position = bench.committed.borrow().unwrap();
    assert_eq!(position.offset, fs::metadata(&path).unwrap().len());
}

#[tokio::test]
async fn a_restart_stands_between_the_calls_before_and_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue_log");
    append(
        &path,
        "1795486247|c.1|q|NONE|ENTERQUEUE||1|1\n1795486248|NONE|NONE|NONE|QUEUESTART|\n\
         1795486249|c.2|q|NONE|ENTERQUEUE||1|1\nbroken\n1795486250|x|q|A|PAUSE|\n",
    );
    let mut bench = Bench::new(&path, Start::Beginning);
    assert_eq!(bench.step().await, (vec!["observations", "restarted", "observations"], 2));
    assert_eq!(bench.counters.refused(Some(SourceId(1)), Reason::Malformed), 1);
    let position = bench.committed.borrow().unwrap();
    let mut resumed = Bench::new(&path, Start::Resume(position));
    assert_eq!(resumed.step().await, (vec!["heartbeat"], 0));
    append(&path, "1795486251|c.2|q|A|CONNECT|1|d|1\n");
    assert_eq!(resumed.step().await, (vec!["observations"], 1));
}

#[tokio::test]
async fn without_a_driver_the_task_ends_and_saves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue_log");
    append(&path, "1795486247|c.1|q|NONE|ENTERQUEUE||1|1\n");
    let Bench { mut task, ends, committed, .. } = Bench::new(&path, Start::Beginning);
    drop(ends);
    assert!(task.step().await.is_err());
    assert_eq!(*committed.borrow(), None);
}
