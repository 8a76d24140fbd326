//! How much was refused, by source and reason.
//!
//! Both labels come from closed sets: sources from the policy, reasons from an enum. A name that
//! only the input knows never becomes a label, so hostile input cannot grow the set of series.

use crate::engine::observation::SourceId;
use std::sync::RwLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Why an observation is refused; [`Reason::word`] is the label and the word in reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Not readable as what it claims to be.
    Malformed,
    /// A field that this form does not have.
    UnknownField,
    /// A field that this form needs.
    Missing,
    /// Another type than the field has.
    WrongType,
    /// A count or a length below zero.
    Negative,
    /// Not an instant, or one that no call centre can mean.
    Time,
    /// Dated too far into the future.
    Future,
    /// Dated too far into the past for a live source.
    TooOld,
    /// A name with invisible characters, too long, or empty.
    Name,
    /// Contradicts itself.
    Nonsense,
    /// No such source is configured.
    UnknownSource,
    /// No such queue is configured and no more may register.
    UnknownQueue,
    /// A body above its limits; counts once, since nobody knows what it held.
    TooLarge,
    /// A body that could not be committed or taken in; counts once.
    Overload,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 14] = [
        Self::Malformed,
        Self::UnknownField,
        Self::Missing,
        Self::WrongType,
        Self::Negative,
        Self::Time,
        Self::Future,
        Self::TooOld,
        Self::Name,
        Self::Nonsense,
        Self::UnknownSource,
        Self::UnknownQueue,
        Self::TooLarge,
        Self::Overload,
    ];

    /// The word on the wire and in metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::UnknownField => "unknown_field",
            Self::Missing => "missing",
            Self::WrongType => "wrong_type",
            Self::Negative => "negative",
            Self::Time => "time",
            Self::Future => "future",
            Self::TooOld => "too_old",
            Self::Name => "name",
            Self::Nonsense => "nonsense",
            Self::UnknownSource => "unknown_source",
            Self::UnknownQueue => "unknown_queue",
            Self::TooLarge => "too_large",
            Self::Overload => "overload",
        }
    }
}

type Row = [AtomicU64; Reason::ALL.len()];

/// Refusals since the start. Shared between adapters and `/metrics`.
#[derive(Debug, Default)]
pub struct IngestCounters {
    by_source: RwLock<Vec<Row>>,
    sourceless: Row,
}

impl IngestCounters {
    /// Counts one refusal; `None` where the line did not get as far as its source.
    pub fn refuse(&self, source: Option<SourceId>, reason: Reason) {
        let Some(SourceId(at)) = source else {
            self.sourceless[reason as usize].fetch_add(1, Ordering::Relaxed);
            return;
        };
        let at = usize::from(at);
        if let Ok(rows) = self.by_source.read()
            && let Some(row) = rows.get(at)
        {
            row[reason as usize].fetch_add(1, Ordering::Relaxed);
            return;
        }
        if let Ok(mut rows) = self.by_source.write() {
            if rows.len() <= at {
                rows.resize_with(at + 1, Row::default);
            }
            rows[at][reason as usize].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Refusals of a source for a reason; `None` are those that did not get as far as a source.
    pub fn refused(&self, source: Option<SourceId>, reason: Reason) -> u64 {
        let Some(SourceId(at)) = source else {
            return self.sourceless[reason as usize].load(Ordering::Relaxed);
        };
        let rows = self.by_source.read().ok();
        let row = rows.as_ref().and_then(|rows| rows.get(usize::from(at)));
        row.map_or(0, |row| row[reason as usize].load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_counted_by_source_and_reason() {
        let counters = IngestCounters::default();
        counters.refuse(Some(SourceId(3)), Reason::Negative);
        counters.refuse(Some(SourceId(3)), Reason::Negative);
        counters.refuse(None, Reason::Malformed);
        assert_eq!(counters.refused(Some(SourceId(3)), Reason::Negative), 2);
        assert_eq!(counters.refused(Some(SourceId(0)), Reason::Negative), 0);
        assert_eq!(counters.refused(Some(SourceId(9)), Reason::Negative), 0);
        assert_eq!(counters.refused(None, Reason::Malformed), 1);
    }

    #[test]
    fn every_reason_has_its_place_and_word() {
        for (at, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, at);
        }
        let words: std::collections::BTreeSet<_> = Reason::ALL.iter().map(|r| r.word()).collect();
        assert_eq!(words.len(), Reason::ALL.len());
    }
}
