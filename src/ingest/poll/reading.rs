//! From the answers of one poll to observations: pure, so that a mapping can be tried on a file.
//!
//! A poll may take several answers (pages, addresses), and each may tell something else of a queue:
//! one how it stands, one the totals of its day. Together they are one snapshot. What is absent stays absent: a value that
//! says "not known" is left out of the snapshot, a queue whose values are all unknown tells
//! nothing, and a queue that is in no answer is not mentioned at all.

use super::mapping::{Field, Mapping, Metrics, Pick, QueueName};
use super::pointer::Pointer;
use super::problem::{Problem, Wrong};
use super::value;
use crate::driver::{Draft, QueueRef};
use crate::engine::observation::{Counters, Form, Snapshot, SourceId};
use crate::engine::time::Timestamp;
use crate::ingest::wire::{AHEAD_MAX, BEHIND_MAX};
use crate::ingest::{Reason, name};
use chrono_tz::Tz;
use serde_json::Value;
use std::collections::BTreeMap;

/// Queues of one poll: more is an answer of something else.
pub const QUEUES_MAX: usize = 10_000;

/// What the answers of a poll came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// One snapshot of each queue that told something, in the order of the answers.
    pub drafts: Vec<Draft>,
    /// What was refused, with its reason.
    pub problems: Vec<Problem>,
    /// Queues that are there and whose values are all unknown.
    pub silent: Vec<String>,
    /// Items that the mapping leaves out (`only`, `allow`, `deny`).
    pub left_out: usize,
}

impl Outcome {
    /// Names of the queues that told something.
    pub fn told(&self) -> impl Iterator<Item = &str> {
        self.drafts.iter().filter_map(|draft| match &draft.queue {
            QueueRef::Named(name) => Some(name.as_ref()),
            QueueRef::Known(_) => None,
        })
    }
}

/// Reads bytes as JSON.
///
/// # Errors
/// A [`Problem`] with the place where it ends to be JSON.
pub fn parse(body: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        let message = if error.is_eof() {
            "the answer is cut off"
        } else {
            "the answer is no JSON; is it the right address?"
        };
        Wrong::new(Reason::Malformed, message).at(place, None)
    })
}

/// One poll while its answers are read.
#[derive(Debug)]
pub struct Reading<'m> {
    mapping: &'m Mapping,
    source: SourceId,
    now: Timestamp,
    /// Queues of this poll, with the place of their draft.
    seen: BTreeMap<String, Option<usize>>,
    outcome: Outcome,
}

/// An item and what is around it.
struct Item<'v> {
    place: String,
    key: Option<&'v str>,
    value: &'v Value,
    top: &'v Value,
}

impl<'m> Reading<'m> {
    /// A poll of a source whose answers came at `now`.
    pub fn new(mapping: &'m Mapping, source: SourceId, now: Timestamp) -> Self {
        Self { mapping, source, now, seen: BTreeMap::new(), outcome: Outcome::default() }
    }

    /// Reads an answer.
    ///
    /// # Errors
    /// A [`Problem`] where the answer as a whole is not what the mapping expects: the poll failed.
    pub fn take(&mut self, top: &Value) -> Result<(), Problem> {
        for (pointer, wanted) in &self.mapping.success {
            let found = pointer.find(top);
            if found.and_then(value::text).as_deref() != Some(wanted) {
                let found = found.map_or_else(|| "nothing".to_owned(), value::said);
                let message = format!("the answer says {found} where a good one says {wanted:?}");
                return Err(Wrong::new(Reason::Nonsense, message).at(pointer, None));
            }
        }
        for item in self.items(top)? {
            self.item(&item);
        }
        Ok(())
    }

    /// What came of it.
    pub fn finish(self) -> Outcome {
        self.outcome
    }

    fn items<'v>(&self, top: &'v Value) -> Result<Vec<Item<'v>>, Problem> {
        let Some(each) = &self.mapping.each else {
            return Ok(vec![Item { place: "the answer".to_owned(), key: None, value: top, top }]);
        };
        let items: Vec<_> = match each.find(top) {
            Some(Value::Array(items)) => {
                let place = |n: usize| format!("{}[{n}]", shown(each));
                let item = |(n, value)| Item { place: place(n), key: None, value, top };
                items.iter().enumerate().map(item).collect()
            }
            Some(Value::Object(members)) => {
                let place = |key: &str| format!("{}.{}", shown(each), name::shown(key));
                let item = |(key, value): (&'v String, _)| Item {
                    place: place(key),
                    key: Some(key),
                    value,
                    top,
                };
                members.iter().map(item).collect()
            }
            Some(other) => {
                let message = format!("{} is no list of queues", value::said(other));
                return Err(Wrong::new(Reason::WrongType, message).at(each, None));
            }
            None => {
                let message = "there is nothing; `each` points at the list of queues";
                return Err(Wrong::new(Reason::Missing, message).at(each, None));
            }
        };
        if items.len() + self.seen.len() > QUEUES_MAX {
            let message = format!("more than {QUEUES_MAX} queues in one poll");
            return Err(Wrong::new(Reason::TooLarge, message).at(each, None));
        }
        Ok(items)
    }

    fn item(&mut self, item: &Item<'_>) {
        let left_out = self.mapping.only.iter().any(|(pointer, wanted)| {
            pointer.find(item.value).and_then(value::text).as_deref() != Some(wanted)
        });
        if left_out {
            self.outcome.left_out += 1;
            return;
        }
        let queue = match self.queue(item) {
            Ok(queue) => queue,
            Err(problem) => return self.refuse(problem),
        };
        if !self.mapping.filter.takes(&queue) {
            self.outcome.left_out += 1;
            return;
        }
        match self.snapshot(item, &queue) {
            Ok(snapshot) => self.told(item, queue, snapshot),
            Err(problem) => self.refuse(problem),
        }
    }

    /// Keeps a snapshot, or joins it with what another answer told of the queue.
    fn told(&mut self, item: &Item<'_>, queue: String, snapshot: Snapshot) {
        let known = self.seen.get(&queue).copied();
        if snapshot == Snapshot::empty(snapshot.at) {
            if known.is_none() {
                self.outcome.silent.push(queue.clone());
                self.seen.insert(queue, None);
            }
            return;
        }
        let Some(place) = known.flatten() else {
            self.outcome.silent.retain(|silent| *silent != queue);
            self.seen.insert(queue.clone(), Some(self.outcome.drafts.len()));
            let queue = QueueRef::Named(queue.into());
            let form = Form::Snapshot(snapshot);
            self.outcome.drafts.push(Draft { source: self.source, queue, form });
            return;
        };
        let draft = &mut self.outcome.drafts[place];
        let joined = match &draft.form {
            Form::Snapshot(before) => joined(before, &snapshot),
            Form::Event(_) | Form::Interval(_) => None,
        };
        if let Some(joined) = joined {
            draft.form = Form::Snapshot(joined);
            return;
        }
        let message = "the queue is in this poll twice; `only` picks one of several channels";
        self.refuse(Wrong::new(Reason::Nonsense, message).at(&item.place, Some(&queue)));
    }

    fn refuse(&mut self, problem: Problem) {
        self.outcome.problems.push(problem);
    }

    fn queue(&self, item: &Item<'_>) -> Result<String, Problem> {
        let raw = match &self.mapping.queue {
            QueueName::Fixed(name) => return Ok(name.clone()),
            QueueName::Key => item.key.map(Into::into).ok_or_else(|| {
                let message = "a list has no keys; say with `queue` where the name is";
                Wrong::new(Reason::Missing, message).at(&item.place, None)
            })?,
            QueueName::At(pointer) => {
                let found = pointer.find(item.value).and_then(value::text);
                found.ok_or_else(|| {
                    let message = format!("no name of a queue at {pointer}");
                    Wrong::new(Reason::Missing, message).at(&item.place, None)
                })?
            }
        };
        let raw = self.mapping.names.get(raw.as_ref()).map_or(raw.as_ref(), String::as_str);
        let name = name::checked(raw).map_err(|error| {
            let message = format!("{:?} is no name of a queue: {error}", name::shown(raw));
            Wrong::new(Reason::Name, message).at(&item.place, None)
        })?;
        Ok(name.into_owned())
    }

    fn snapshot(&self, item: &Item<'_>, queue: &str) -> Result<Snapshot, Problem> {
        let at = self.at(item).map_err(|wrong| wrong.at(&item.place, Some(queue)))?;
        let read = Fields { mapping: self.mapping, item, at };
        read.snapshot().map_err(|(field, wrong)| {
            let place = format!("{} ({})", item.place, field.word());
            wrong.at(place, Some(queue))
        })
    }

    fn at(&self, item: &Item<'_>) -> Result<Timestamp, Wrong> {
        let Some(pointer) = &self.mapping.at else { return Ok(self.now) };
        let found = item.or_top(pointer).ok_or_else(|| {
            Wrong::new(Reason::Missing, format!("no instant at {pointer}; see `at`"))
        })?;
        let at = value::instant(found, self.mapping.timezone)?;
        if at - self.now > AHEAD_MAX {
            let ahead = at - self.now;
            let message =
                format!("{at} is {ahead} ahead; is `timezone` right, and are the clocks?");
            return Err(Wrong::new(Reason::Future, message));
        }
        if self.now - at > BEHIND_MAX {
            let message = format!("{at} is more than a day ago");
            return Err(Wrong::new(Reason::TooOld, message));
        }
        Ok(at)
    }
}

/// Both together; `None` where both tell the same field.
fn joined(a: &Snapshot, b: &Snapshot) -> Option<Snapshot> {
    fn one<T>(a: Option<T>, b: Option<T>) -> Option<Option<T>> {
        if a.is_some() && b.is_some() { None } else { Some(a.or(b)) }
    }
    Some(Snapshot {
        at: a.at.max(b.at),
        waiting: one(a.waiting, b.waiting)?,
        longest_wait: one(a.longest_wait, b.longest_wait)?,
        in_ivr: one(a.in_ivr, b.in_ivr)?,
        talking: one(a.talking, b.talking)?,
        after_call_work: one(a.after_call_work, b.after_call_work)?,
        available: one(a.available, b.available)?,
        logged_in: one(a.logged_in, b.logged_in)?,
        paused: one(a.paused, b.paused)?,
        full: one(a.full, b.full)?,
        counters: one(a.counters, b.counters)?,
    })
}

/// The list as it is named in a place, without quoting the whole.
fn shown(each: &Pointer) -> String {
    if *each == Pointer::default() { String::new() } else { each.to_string() }
}

impl<'v> Item<'v> {
    fn or_top(&self, pointer: &Pointer) -> Option<&'v Value> {
        pointer.find(self.value).or_else(|| pointer.find(self.top))
    }
}

/// The fields of one item.
struct Fields<'a> {
    mapping: &'a Mapping,
    item: &'a Item<'a>,
    at: Timestamp,
}

type InField<T> = Result<T, (Field, Wrong)>;

impl Fields<'_> {
    fn snapshot(&self) -> InField<Snapshot> {
        Ok(Snapshot {
            at: self.at,
            waiting: self.count(Field::Waiting)?,
            longest_wait: self.longest_wait()?,
            in_ivr: self.count(Field::InIvr)?,
            talking: self.count(Field::Talking)?,
            after_call_work: self.count(Field::AfterCallWork)?,
            available: self.count(Field::Available)?,
            logged_in: self.count(Field::LoggedIn)?,
            paused: self.count(Field::Paused)?,
            full: None,
            counters: self.counters()?,
        })
    }

    fn count(&self, field: Field) -> InField<Option<u32>> {
        let total = self.total(field)?;
        total.map(value::count).transpose().map_err(|wrong| (field, wrong))
    }

    /// The sum of the picks; absent where one of them is.
    fn total(&self, field: Field) -> InField<Option<u64>> {
        let Some(picks) = self.mapping.fields.get(&field) else { return Ok(None) };
        let mut sum = 0_u64;
        for pick in picks {
            let Some(found) = self.find(pick) else { return Ok(None) };
            let part = value::total(found).map_err(|wrong| (field, wrong))?;
            sum = sum.saturating_add(part);
        }
        Ok((!picks.is_empty()).then_some(sum))
    }

    /// The longest of the picks that are told.
    fn longest_wait(&self) -> InField<Option<crate::engine::time::Span>> {
        let field = Field::LongestWait;
        let mut longest = None;
        for pick in self.mapping.fields.get(&field).into_iter().flatten() {
            let Some(found) = self.find(pick) else { continue };
            let (unit, zone) = (self.mapping.wait_unit, self.mapping.timezone);
            let wait = value::wait(found, unit, self.at, zone).map_err(|wrong| (field, wrong))?;
            longest = longest.max(Some(wait));
        }
        Ok(longest)
    }

    fn counters(&self) -> InField<Option<Counters>> {
        let Some(offered) = self.total(Field::Offered)? else { return Ok(None) };
        Ok(Some(Counters {
            epoch: self.epoch().map_err(|wrong| (Field::Offered, wrong))?,
            offered,
            answered: self.total(Field::Answered)?,
            abandoned: self.total(Field::Abandoned)?,
        }))
    }

    fn epoch(&self) -> Result<Option<Timestamp>, Wrong> {
        let zone = self.mapping.timezone;
        let Some(pointer) = &self.mapping.counted_from else {
            return Ok(self.mapping.reset.epoch(self.at, zone.unwrap_or(Tz::UTC)));
        };
        let found =
            self.item.or_top(pointer).filter(|v| !value::is_absent(v, &self.mapping.absent));
        found.map(|found| value::instant(found, zone)).transpose()
    }

    /// The value, unless it says "not known".
    fn find(&self, pick: &Pick) -> Option<&Value> {
        let found = match pick {
            Pick::At(pointer) => pointer.find(self.item.value),
            Pick::Metric(wanted) => {
                let metrics = self.mapping.metrics.as_ref()?;
                let list = metrics.list.find(self.item.value)?.as_array()?;
                let element = list.iter().find(|e| metrics.is_called(e, wanted))?;
                metrics.value.find(element)
            }
        };
        found.filter(|value| !value::is_absent(value, &self.mapping.absent))
    }
}

impl Metrics {
    fn is_called(&self, element: &Value, wanted: &str) -> bool {
        let Some(name) = self.name.find(element).and_then(value::text) else { return false };
        let qualifier = self.qualifier.as_ref().and_then(|q| q.find(element)).and_then(value::text);
        match qualifier {
            None => name == wanted,
            Some(qualifier) => {
                let rest = wanted.strip_prefix(name.as_ref());
                rest.and_then(|rest| rest.strip_prefix(':')) == Some(qualifier.as_ref())
            }
        }
    }
}

#[cfg(test)]
mod tests;
