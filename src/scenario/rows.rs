//! The rows of a series, column by column.

use super::ScenarioError;
use super::file::{SeriesPart, Text};
use super::notation::{self, Cell};
use super::plan::Source;
use crate::engine::observation::{Counters, QueueId, Snapshot, Tally};
use crate::engine::time::{Span, Timestamp};

/// Adds a row to running totals.
pub(super) fn count(counters: &mut Counters, tally: &Tally) {
    counters.offered += u64::from(tally.offered);
    let add = |total: &mut Option<u64>, part: Option<u32>| {
        if let Some(part) = part {
            *total = Some(total.unwrap_or(0) + u64::from(part));
        }
    };
    add(&mut counters.answered, tally.answered);
    add(&mut counters.abandoned, tally.abandoned);
}

/// The columns of a series; columns that are not written are empty.
pub(super) struct Rows {
    pub(super) offered: Vec<Cell<u32>>,
    service: Vec<Cell<bool>>,
    answered: Vec<Cell<u32>>,
    in_target: Vec<Cell<u32>>,
    abandoned: Vec<Cell<u32>>,
    refused: Vec<Cell<u32>>,
    waiting: Vec<Cell<u32>>,
    longest: Vec<Cell<u32>>,
}

impl Rows {
    pub(super) fn of(
        part: &SeriesPart,
        queue: QueueId,
        src: &Source<'_>,
    ) -> Result<Self, ScenarioError> {
        let read = |text: &str| notation::counts(text, queue.0);
        let counts =
            |text: &Option<Text>| text.as_ref().map_or(Ok(vec![]), |text| src.read(text, read));
        let service = part.service.as_ref();
        Ok(Self {
            offered: src.read(&part.offered, read)?,
            service: service.map_or(Ok(vec![]), |text| src.read(text, notation::services))?,
            answered: counts(&part.answered)?,
            in_target: counts(&part.answered_in_target)?,
            abandoned: counts(&part.abandoned)?,
            refused: counts(&part.refused)?,
            waiting: counts(&part.waiting)?,
            longest: counts(&part.longest_wait_seconds)?,
        })
    }

    /// Row `n`; `None` is a gap. A service of `good` answers all calls in target, `bad` half of
    /// them and none in target; what is written out replaces that.
    pub(super) fn tally(&self, n: usize) -> Option<Tally> {
        let offered = self.offered.get(n).copied().flatten()?;
        let cell = |column: &[Cell<u32>]| column.get(n).copied().flatten();
        let mut tally = Tally { offered, refused: cell(&self.refused), ..Tally::default() };
        if let Some(good) = self.service.get(n).copied().flatten() {
            let answered = if good { offered } else { offered / 2 };
            tally.answered = Some(answered);
            tally.abandoned = Some(offered - answered);
            tally.answered_in_target = Some(if good { answered } else { 0 });
        }
        tally.answered = cell(&self.answered).or(tally.answered);
        tally.abandoned = cell(&self.abandoned).or(tally.abandoned);
        tally.answered_in_target = cell(&self.in_target).or(tally.answered_in_target);
        Some(tally)
    }

    pub(super) fn snapshot(&self, n: usize, at: Timestamp) -> Option<Snapshot> {
        let waiting = self.waiting.get(n).copied().flatten();
        let longest = self.longest.get(n).copied().flatten();
        let longest_wait = longest.map(|s| Span::secs(i64::from(s)));
        let told = waiting.is_some() || longest_wait.is_some();
        told.then(|| Snapshot { waiting, longest_wait, ..Snapshot::empty(at) })
    }
}
