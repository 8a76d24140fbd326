//! A journal that dies with the process: for tests, scenarios and the headless demo.
//!
//! It keeps the promises of the writing side (dense entries, all or nothing, snapshots, answers
//! by key) and answers the reading side, but grows without bound and delivers nothing: there is
//! no way to a delivery worker from here. Clones share their content, so that a test can keep
//! one while the driver owns the other, and "restart" by starting another driver on it.

use super::intervals::{IntervalQuery, IntervalRecord};
use super::sqlite::{dense, encode};
use super::{
    Batch, History, IncidentSummary, Journal, JournalError, LogbookPage, LogbookQuery, Recorded,
    Settings, Snapshot, Stamp, Tail, Told,
};
use crate::engine::command::Level;
use crate::engine::effect::{EffectKind, Transition};
use crate::engine::entry::{Entry, Input, Seq};
use crate::engine::time::Timestamp;
use crate::record::Record;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A journal in memory.
#[derive(Clone, Debug)]
pub struct MemoryJournal {
    settings: Settings,
    store: Arc<Mutex<Store>>,
    tail: Tail,
}

#[derive(Debug, Default)]
struct Store {
    batches: Vec<(String, Vec<Entry>)>,
    transitions: BTreeMap<Seq, Vec<(Timestamp, Transition)>>,
    told: Vec<Told>,
    answers: BTreeMap<String, Record>,
    snapshots: Vec<Snapshot>,
    quarantined: Vec<(Entry, String)>,
    policy: Option<Vec<u8>>,
}

impl MemoryJournal {
    /// An empty journal.
    pub fn new(settings: Settings) -> Self {
        Self { settings, store: Arc::default(), tail: Tail::EMPTY }
    }

    /// Every record so far, in order.
    pub fn records(&self) -> Vec<Arc<Record>> {
        self.lock().told.iter().map(|t| t.record.clone()).collect()
    }

    /// Every entry so far, in order.
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().batches.iter().flat_map(|(_, entries)| entries.clone()).collect()
    }

    /// Entries that the engine could not take, with the reason.
    pub fn quarantined(&self) -> Vec<(Entry, String)> {
        self.lock().quarantined.clone()
    }

    /// Number of kept snapshots.
    pub fn snapshots_kept(&self) -> usize {
        self.lock().snapshots.len()
    }

    /// A panic while the lock was held cannot have left half a batch: see `commit`.
    fn lock(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for MemoryJournal {
    fn stamp(&self) -> Stamp {
        self.settings.stamp
    }

    fn tail(&self) -> &Tail {
        &self.tail
    }

    fn reopen(&mut self) -> Result<(), JournalError> {
        let store = self.lock();
        let last = store.batches.last().and_then(|(_, entries)| entries.last());
        let (seq, at) = last.map_or((0, Timestamp::MIN), |e| (e.seq, e.at));
        let tail = Tail { seq, at, policy: store.policy.clone() };
        drop(store);
        self.tail = tail;
        Ok(())
    }

    fn snapshots(&mut self, accept: &mut dyn FnMut(&Snapshot) -> bool) -> Result<(), JournalError> {
        let _ = self.lock().snapshots.iter().rev().any(accept);
        Ok(())
    }

    fn suffix(&mut self, after: Seq, each: &mut dyn FnMut(Recorded)) -> Result<(), JournalError> {
        let store = self.lock();
        let mut last = after;
        for (build, entries) in &store.batches {
            let entries: Vec<Entry> = entries.iter().filter(|e| e.seq > after).cloned().collect();
            let (Some(first), Some(end)) = (entries.first(), entries.last()) else { continue };
            let range = first.seq..=end.seq;
            last = dense(last, &entries)?;
            let transitions = store.transitions.range(range);
            let of = |(seq, all): (&Seq, &Vec<(Timestamp, Transition)>)| {
                let seq = *seq;
                all.iter().map(move |(at, t)| (seq, *at, t.clone())).collect::<Vec<_>>()
            };
            let transitions = transitions.flat_map(of).collect();
            each(Recorded { build: build.clone(), entries, transitions });
        }
        Ok(())
    }

    fn commit(&mut self, batch: &Batch<'_>) -> Result<(), JournalError> {
        let seq = dense(self.tail.seq, batch.entries)?;
        let mut policy = None;
        for entry in batch.entries {
            if let Input::Policy(settings) = &entry.input {
                policy = Some(encode(settings)?);
            }
        }
        let mut store = self.lock();
        store.batches.push((self.settings.build.clone(), batch.entries.to_vec()));
        for effect in batch.effects {
            if let EffectKind::Transition(t) = &effect.kind {
                store.transitions.entry(effect.id.seq).or_default().push((effect.at, t.clone()));
            }
        }
        store.told.extend(batch.told.iter().cloned());
        for (key, record) in batch.answers {
            store.answers.insert(key.clone(), Record::clone(record));
        }
        if policy.is_some() {
            store.policy.clone_from(&policy);
        }
        drop(store);
        self.tail.seq = seq;
        self.tail.at = batch.entries.last().map_or(self.tail.at, |e| e.at);
        if policy.is_some() {
            self.tail.policy = policy;
        }
        Ok(())
    }

    fn keep(&mut self, snapshot: &Snapshot) -> Result<(), JournalError> {
        let mut store = self.lock();
        store.snapshots.push(snapshot.clone());
        if store.snapshots.len() > 2 {
            store.snapshots.remove(0);
        }
        Ok(())
    }

    fn quarantine(&mut self, entry: &Entry, reason: &str) -> Result<(), JournalError> {
        self.lock().quarantined.push((entry.clone(), reason.to_owned()));
        Ok(())
    }

    fn answer(&mut self, key: &str) -> Result<Option<Record>, JournalError> {
        Ok(self.lock().answers.get(key).cloned())
    }

    fn prune(&mut self, _now: Timestamp) -> Result<bool, JournalError> {
        Ok(false)
    }
}

impl History for MemoryJournal {
    fn logbook(&self, query: &LogbookQuery) -> Result<LogbookPage, JournalError> {
        let store = self.lock();
        let mut page = LogbookPage::default();
        for (at, told) in store.told.iter().enumerate().rev() {
            let cursor = i64::try_from(at).unwrap_or(i64::MAX);
            let record = &told.record;
            let wanted = query.cursor.is_none_or(|c| cursor < c)
                && query.unit.as_ref().is_none_or(|u| record.unit.as_ref() == Some(u))
                && query.kind.as_ref().is_none_or(|k| &record.kind == k)
                && query.incident.is_none_or(|i| record.incident == Some(i))
                && query.since.is_none_or(|t| told.at >= t)
                && query.until.is_none_or(|t| told.at < t)
                && query.says(record);
            if !wanted {
                continue;
            }
            if page.records.len() == query.limit {
                page.next = Some(cursor + 1);
                break;
            }
            page.records.push(Record::clone(record));
        }
        Ok(page)
    }

    fn incidents(
        &self,
        unit: Option<&str>,
        limit: usize,
    ) -> Result<Vec<IncidentSummary>, JournalError> {
        let store = self.lock();
        let mut found: BTreeMap<u64, IncidentSummary> = BTreeMap::new();
        for told in &store.told {
            let record = &told.record;
            let (Some(incident), Some(to)) = (record.incident, &record.to) else { continue };
            if record.number.is_none() || unit.is_some_and(|u| record.unit.as_deref() != Some(u)) {
                continue;
            }
            let line = found.entry(incident).or_insert_with(|| IncidentSummary {
                incident,
                unit: record.unit.clone().unwrap_or_default(),
                opened_at: record.at.clone(),
                closed_at: None,
                level: to.clone(),
                highest: to.clone(),
                transitions: 0,
            });
            let none = to == Level::None.word();
            line.closed_at = none.then(|| record.at.clone());
            if !none && *to > line.highest {
                line.highest.clone_from(to);
            }
            line.level.clone_from(to);
            line.transitions += 1;
        }
        Ok(found.into_values().rev().take(limit).collect())
    }

    /// None: what is kept for an afternoon needs no history of intervals.
    fn intervals(&self, _: &IntervalQuery) -> Result<Vec<IntervalRecord>, JournalError> {
        Ok(Vec::new())
    }
}
