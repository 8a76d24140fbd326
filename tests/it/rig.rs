//! A driver on its thread with a clock that stands still unless it is moved.

use crate::toy::Toy;
use callsurge::clock::ManualClock;
use callsurge::driver::fold::Fold;
use callsurge::driver::status::DriverStatus;
use callsurge::driver::{
    Committed, Draft, Driver, DriverError, Handle, Message, QueueRef, Settings,
};
use callsurge::engine::entry::Entry;
use callsurge::engine::observation::{Form, IntervalRow, SourceId, Tally};
use callsurge::engine::policy::{Carries, Policy, SilenceRule, SourcePolicy};
use callsurge::engine::time::{Span, Timestamp};
use callsurge::journal::Journal;
use callsurge::journal::sqlite::SqliteJournal;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// 2026-11-24T00:00:00Z.
pub(crate) const T0: Timestamp = Timestamp::from_secs(1_795_478_400);

pub(crate) fn policy() -> Policy {
    let source = SourcePolicy {
        name: "acd".to_owned(),
        lateness: Span::secs(30),
        heartbeat: true,
        watched: true,
        carries: Carries::VOLUME_ONLY,
    };
    Policy::unconfigured(SilenceRule::Live, vec![source])
}

/// The n-th minute of a feed: quiet for two hours, then ninety minutes of threefold volume.
pub(crate) fn row(n: u64) -> IntervalRow {
    let start = T0 + Span::minutes(n as i64);
    let surge = n % 300 >= 120 && n % 300 < 210;
    let offered = if surge { 300 } else { 100 };
    let tally = Tally { offered, answered: Some(offered - 3), ..Tally::default() };
    IntervalRow::new(start, start + Span::minutes(1), true, 0, tally).expect("a sound row")
}

pub(crate) fn draft(n: u64) -> Draft {
    let queue = QueueRef::Named("sales".into());
    Draft { source: SourceId(0), queue, form: Form::Interval(row(n)) }
}

pub(crate) struct Rig {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) handle: Handle,
    pub(crate) status: Arc<DriverStatus>,
    thread: Option<JoinHandle<Result<(), DriverError>>>,
}

impl Rig {
    pub(crate) fn start(journal: Box<dyn Journal>) -> Self {
        Self::with(journal, Settings::new(policy())).expect("the driver starts")
    }

    pub(crate) fn with(journal: Box<dyn Journal>, settings: Settings) -> Result<Self, DriverError> {
        Self::of::<Toy>(journal, settings)
    }

    pub(crate) fn of<E: Fold>(
        journal: Box<dyn Journal>,
        settings: Settings,
    ) -> Result<Self, DriverError> {
        let clock = Arc::new(ManualClock::new(T0));
        let (handle, ends) = Handle::channel(4_096, Arc::new(E::empty().view()));
        let driver = Driver::<E>::start(journal, clock.clone(), ends, settings)?;
        let status = driver.status();
        let thread = Some(std::thread::spawn(move || driver.run()));
        Ok(Self { clock, handle, status, thread })
    }

    /// Sends drafts and waits for the answer; `None`: not committed.
    pub(crate) fn send(&self, drafts: Vec<Draft>) -> Option<Committed> {
        let (ack, answer) = oneshot::channel();
        let message = Message::Observations { drafts, ack: Some(ack) };
        self.handle.try_send(message).expect("room in the queue");
        answer.blocking_recv().ok()
    }

    /// Moves the clock to the end of the n-th row and sends it.
    pub(crate) fn row(&self, n: u64) -> Option<Committed> {
        self.clock.advance_to(row(n).end);
        self.send(vec![draft(n)])
    }

    pub(crate) fn stop(mut self) {
        let (told, end) = oneshot::channel();
        self.handle.try_send(Message::Stop(told)).expect("room in the queue");
        end.blocking_recv().expect("the driver says that it stopped");
        let thread = self.thread.take().expect("stopped once");
        thread.join().expect("no panic").expect("no error");
    }
}

/// Every entry of a journal that nobody prunes.
pub(crate) fn entries(path: &Path) -> Vec<Entry> {
    let mut journal = SqliteJournal::open_read_only(path).expect("a journal");
    let mut all = Vec::new();
    journal.suffix(0, &mut |recorded| all.extend(recorded.entries)).expect("readable entries");
    all
}

/// The state after entries, folded from nothing.
pub(crate) fn fold<E: Fold>(entries: &[Entry]) -> E {
    let mut fold = E::empty();
    for entry in entries {
        fold.apply(entry, &mut Vec::new());
    }
    fold
}
