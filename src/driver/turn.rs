//! One turn of the loop: drain what waits, apply it, commit once, then tell.
//!
//! Group commit: a flush of the disk costs hundreds of microseconds and an observation about
//! one, so everything that waits shares a transaction, up to a limit that bounds the delay of
//! the first in it.

use super::fold::Fold;
use super::intake::Taken;
use super::recovery;
use super::run::{Chain, Driver};
use super::status::Count;
use super::work::Ack;
use super::{Committed, Draft, Message, numbering};
use crate::engine::entry::{Entry, Input};
use crate::engine::foresee::FORESEEN;
use crate::engine::policy::Policy;
use crate::engine::time::Span;
use crate::journal::step::Step;
use crate::journal::{Batch, JournalError, Told};
use crate::record::Record;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::oneshot;

/// Messages that share a transaction at most.
pub const MESSAGES_MAX: usize = 1_024;
/// Observations that share a transaction at most (one message may exceed it): about 30 ms.
pub const OBSERVATIONS_MAX: usize = 16_384;
/// Ticks in a row that a turn sends for deadlines that follow from each other.
const TICKS_MAX: usize = 4;
/// A snapshot is worth its writing once so many of its bytes fall to an entry: about what the
/// entry itself took in the journal. A centre of 10,000 queues (160 MB, 10,000 entries a second)
/// writes one in four minutes instead of three a minute.
const BYTES_PER_ENTRY: u64 = 64;
/// A tick that the engine cannot take is not sent again before this.
const TICK_PAUSE: Span = Span::secs(15);

/// An input, and the type of the record that answers it.
struct Asked {
    input: Input,
    kind: &'static str,
}

impl<E: Fold> Driver<E> {
    /// Takes a message and what waits behind it. Returns whom to tell of the end, if told to
    /// stop.
    pub(super) fn turn(&mut self, first: Message) -> Option<oneshot::Sender<()>> {
        self.begin();
        let mut stop = None;
        let mut next = Some(first);
        let mut messages = 0;
        while let Some(message) = next.take() {
            messages += 1;
            if let Message::Stop(told) = message {
                stop = Some(told);
                break;
            }
            if self.sound {
                self.take(message);
            }
            if messages < MESSAGES_MAX && self.work.entries.len() < OBSERVATIONS_MAX {
                next = self.ends.inbox.try_recv().ok();
            }
        }
        self.tick();
        if self.flush_or_drop() {
            self.housekeeping();
        }
        stop
    }

    /// Opens a batch and stamps it.
    pub(super) fn begin(&mut self) {
        let (now, last) = (self.clock.now(), self.fold.at());
        if now < last {
            self.status.count(Count::Regression);
        }
        self.work.at = now.max(last);
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Observations { drafts, ack } => self.observations(drafts, ack),
            Message::Heartbeat(source) => self.enter_or_drop(Input::Heartbeat(source)),
            Message::Link(source, up) => self.enter_or_drop(Input::Link(source, up)),
            Message::Gap(source, from, to) => {
                self.enter_or_drop(Input::Gap { source, from, to });
            }
            Message::SourceRestarted(source, at) => {
                self.enter_or_drop(Input::SourceRestarted(source, at));
            }
            Message::Command { command, key, ack } => {
                let asked = Asked { input: Input::Command(command), kind: "command" };
                self.answered(asked, key, ack);
            }
            Message::Recall { input, order, key, ack } => {
                let asked = Asked { input: Input::Recall { input, order }, kind: "recall_act" };
                self.answered(asked, key, ack);
            }
            Message::RecallNote(recall, note) => {
                self.enter_or_drop(Input::RecallNote { recall, note });
            }
            Message::Preview(command, ack) => self.preview(*command, ack),
            Message::Week(unit, queue, ack) => {
                let week = self.fold.week(unit, queue);
                self.work.acks.push(Ack::Week(ack, week));
            }
            Message::Policy(policy, ack) => self.policy(*policy, ack),
            Message::ExtraStaff(unit, level, heads) => {
                self.enter_or_drop(Input::ExtraStaff { unit, level, heads });
            }
            Message::Receipt(effect, delivered) => {
                self.enter_or_drop(Input::Receipt { effect, delivered });
            }
            // `turn` ends at a stop before it comes here.
            Message::Wake | Message::Stop(_) => {}
        }
    }

    fn observations(&mut self, drafts: Vec<Draft>, ack: Option<oneshot::Sender<Committed>>) {
        let mut unknown_queue = Vec::new();
        let mut coming = drafts.into_iter();
        for index in 0..coming.len() {
            if index % FORESEEN == 0 {
                let rows = coming.as_slice().iter().take(FORESEEN).filter_map(Draft::queue_of_row);
                self.fold.foresee(rows);
            }
            let Some(draft) = coming.next() else { break };
            match self.intake.take(draft) {
                Taken::Known(input) => self.enter_or_drop(input),
                Taken::Registered(queue, input) => {
                    self.enter_or_drop(queue);
                    self.enter_or_drop(input);
                }
                Taken::Refused => {
                    self.status.count(Count::UnknownQueue);
                    unknown_queue.push(index);
                }
            }
            if !self.sound {
                return;
            }
        }
        if let Some(ack) = ack {
            let committed = Committed { seq: self.fold.seq(), unknown_queue };
            self.work.acks.push(Ack::Observations(ack, committed));
        }
    }

    /// Takes an input that somebody waits for the record of.
    fn answered(&mut self, asked: Asked, key: Option<String>, ack: oneshot::Sender<Record>) {
        if let Some(key) = &key {
            let pending = self.work.answers.iter().find(|(k, _)| k == key);
            let known = match pending {
                Some((_, record)) => Ok(Some(record.clone())),
                None => self.journal.answer(key).map(|found| found.map(Arc::new)),
            };
            match known {
                Ok(None) => {}
                Ok(Some(record)) => {
                    self.work.acks.push(Ack::Command(ack, record));
                    return;
                }
                Err(error) => {
                    self.failed(&error);
                    return;
                }
            }
        }
        let told = self.work.told.len();
        let Asked { input, kind } = asked;
        if self.enter(input.clone()).is_err() || !self.sound {
            return;
        }
        let answer = self.work.told[told..].iter().find(|t| t.record.kind == kind);
        let record = answer.map_or_else(|| self.plain_answer(&input, kind), |t| t.record.clone());
        if let Some(key) = key {
            self.work.answers.push((key, record.clone()));
        }
        self.work.acks.push(Ack::Command(ack, record));
    }

    /// For an engine that says nothing of an input.
    fn plain_answer(&self, input: &Input, kind: &str) -> Arc<Record> {
        let mut record =
            Record { kind: kind.to_owned(), at: self.work.at.to_string(), ..Record::default() };
        if let Input::Command(command) = input {
            record.unit = Some(self.fold.unit(command.unit).to_owned());
            record.act = Some(command.act.word().to_owned());
            record.actor = Some(command.actor.clone());
            record.reason = Some(command.reason.clone());
        }
        Arc::new(record)
    }

    /// A policy gets a batch of its own: names before and after it may differ.
    fn policy(&mut self, policy: Policy, ack: oneshot::Sender<()>) {
        if !self.flush_or_drop() {
            return;
        }
        self.begin();
        let policy = Box::new(numbering::keep(&self.settings.policy, policy));
        if self.enter(Input::Policy(policy.clone())).is_err() {
            return;
        }
        self.work.acks.push(Ack::Policy(ack));
        if self.flush_or_drop() {
            self.intake.adopt(&policy);
            self.settings.policy = *policy;
            self.begin();
        }
    }

    /// Lets time pass if somebody waits for it.
    fn tick(&mut self) {
        for _ in 0..TICKS_MAX {
            let due = self.due();
            if !self.sound || due > self.work.at {
                break;
            }
            if self.enter(Input::Tick).is_err() {
                self.no_tick_before = self.work.at + TICK_PAUSE;
            }
            if self.due() == due {
                break;
            }
        }
    }

    fn enter_or_drop(&mut self, input: Input) {
        // A refused entry is in quarantine and counted; the sender need not send it again.
        let _ = self.enter(input);
    }

    /// Numbers an input and folds it.
    ///
    /// # Errors
    /// What the engine panicked with. The entry is in quarantine then.
    pub(super) fn enter(&mut self, input: Input) -> Result<(), String> {
        if !self.sound {
            return Err("the journal fails".to_owned());
        }
        let entry = Entry { seq: self.fold.seq() + 1, at: self.work.at, input };
        let before = self.work.effects.len();
        let (fold, effects) = (&mut self.fold, &mut self.work.effects);
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| fold.apply(&entry, effects))) {
            self.work.effects.truncate(before);
            return Err(self.poisoned(entry, &*panic));
        }
        let fresh = &self.work.effects[before..];
        self.work.told.extend(fresh.iter().filter_map(|e| Told::of(e, &self.fold)));
        self.work.entries.push(entry);
        Ok(())
    }

    /// The engine cannot take an entry: commit what came before it, put it aside, and go on
    /// from the journal. A snapshot then makes the next such recovery a short one.
    fn poisoned(&mut self, entry: Entry, panic: &(dyn Any + Send)) -> String {
        let reason = panic
            .downcast_ref::<&str>()
            .map(|s| (*s).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "panic".to_owned());
        tracing::warn!(seq = entry.seq, reason, "the engine cannot take entry {}", entry.seq);
        self.status.count(Count::Quarantined);
        if !self.flush_or_drop() {
            return reason;
        }
        let aside = self.journal.quarantine(&entry, &reason).and_then(|()| self.recover());
        match aside {
            Ok(()) => {
                self.status.set_ready(true);
                self.keep_snapshot();
            }
            Err(error) => self.failed(&error),
        }
        reason
    }

    /// Commits; on failure drops the state, which `run` then recovers. Whether the batch is committed.
    pub(super) fn flush_or_drop(&mut self) -> bool {
        if !self.sound {
            self.work.clear();
            return false;
        }
        match self.flush() {
            Ok(()) => true,
            Err(error) => {
                self.failed(&error);
                false
            }
        }
    }

    fn failed(&mut self, error: &JournalError) {
        tracing::warn!(error = %Chain(error), "commit failed; the state will be recovered");
        self.status.failed(Chain(error).to_string());
        self.sound = false;
        self.work.clear();
    }

    /// Commits the batch, then publishes, then acknowledges, then wakes the delivery worker.
    pub(super) fn flush(&mut self) -> Result<(), JournalError> {
        if self.work.is_empty() {
            return Ok(());
        }
        self.settings.steps.at(Step::Applied);
        if !self.work.entries.is_empty() {
            self.commit()?;
        }
        for told in &self.work.told {
            // Without a listener there is nobody to tell.
            let _ = self.ends.records.send(told.record.clone());
        }
        self.settings.steps.at(Step::Published);
        if self.work.told.iter().any(|t| t.notify) {
            self.settings.outbox.send_replace(());
        }
        self.work.acks.drain(..).for_each(Ack::tell);
        self.settings.steps.at(Step::Acknowledged);
        self.work.clear();
        Ok(())
    }

    fn commit(&mut self) -> Result<(), JournalError> {
        let batch = Batch {
            entries: &self.work.entries,
            effects: &self.work.effects,
            told: &self.work.told,
            answers: &self.work.answers,
            names: &self.fold,
        };
        let started = Instant::now();
        self.journal.commit(&batch)?;
        self.status.committed(self.work.entries.len(), started.elapsed());
        self.settings.steps.at(Step::Committed);
        for entry in &self.work.entries {
            if let Input::QueueSeen { queue, name, .. } = &entry.input {
                self.ends.registry.insert(name, *queue);
            }
        }
        self.ends.publish.send_replace(Arc::new(self.fold.view()));
        Ok(())
    }

    /// Snapshots and retention, when they are due.
    fn housekeeping(&mut self) {
        let (seq, at) = self.kept;
        let entries = self.fold.seq() - seq;
        let long_ago = self.fold.at() - at >= self.settings.snapshot_after;
        let worth_it = self.settings.snapshot_entries.max(self.kept_bytes / BYTES_PER_ENTRY);
        if entries >= worth_it || (entries > 0 && long_ago) {
            self.keep_snapshot();
        } else if self.pruning {
            self.prune();
        }
    }

    /// Keeps a snapshot of the committed state. A failure makes the next restart longer, no more.
    pub(super) fn keep_snapshot(&mut self) {
        let kept = recovery::snapshot(&self.fold, &self.settings.build).and_then(|snapshot| {
            self.kept_bytes = snapshot.state.len() as u64;
            self.journal.keep(&snapshot)
        });
        match kept {
            Ok(()) => self.status.count(Count::Snapshot),
            Err(error) => {
                self.status.count(Count::SnapshotFailure);
                tracing::warn!(error = %Chain(&error), "no snapshot could be kept");
            }
        }
        self.kept = (self.fold.seq(), self.fold.at());
        self.prune();
    }

    fn prune(&mut self) {
        self.pruning = match self.journal.prune(self.fold.at()) {
            Ok(more) => more,
            Err(error) => {
                self.status.count(Count::SnapshotFailure);
                tracing::warn!(error = %Chain(&error), "old rows could not be removed");
                false
            }
        };
    }
}
