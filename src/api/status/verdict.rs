//! Verdicts in the status: with their evidence and the sentence that explains them, and which of
//! a unit's counts most.

use crate::engine::verdict::Verdict;
use crate::engine::view::{UnitView, View};
use crate::explanation::{Explanation, Said};
use crate::record::EvidenceRecord;
use serde::Serialize;
use std::sync::Arc;

/// A verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerdictStatus {
    /// Its word.
    pub verdict: &'static str,
    /// Its evidence.
    pub evidence: Option<EvidenceRecord>,
    /// It in a sentence.
    pub explanation: Explanation,
}

/// The verdict of a unit that counts most.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StrongestStatus {
    /// Its queue; null where it is on the sum.
    pub queue: Option<Arc<str>>,
    /// The verdict.
    #[serde(flatten)]
    pub verdict: VerdictStatus,
}

impl VerdictStatus {
    pub(super) fn of(u: &UnitView, queue: Option<&str>, verdict: &Verdict) -> Self {
        let evidence = verdict.evidence().map(EvidenceRecord::from);
        let since = match *verdict {
            Verdict::Stale { since } => Some(since.to_string()),
            Verdict::Learning { .. }
            | Verdict::Normal(_)
            | Verdict::Surge(_)
            | Verdict::Collapse(_) => None,
        };
        let said = Said::of((&u.display, queue), verdict, evidence.as_ref());
        let said = Said { since: since.as_deref(), ..said };
        let explanation = Explanation::of(&said, u.timezone);
        Self { verdict: verdict.word(), evidence, explanation }
    }
}

impl StrongestStatus {
    /// A surge before a collapse before anything else, then by weight. Queues come first: of a
    /// unit of one queue the verdict on the sum is the queue's.
    pub(super) fn of(u: &UnitView, view: &View) -> Self {
        let rank = |verdict: &Verdict| match verdict {
            Verdict::Surge(e) => (2, e.weight()),
            Verdict::Collapse(_) => (1, 0.0),
            Verdict::Normal(e) => (0, e.weight()),
            Verdict::Learning { .. } | Verdict::Stale { .. } => (0, -1.0),
        };
        let queues = view.queues.iter().filter(|q| q.unit == u.unit);
        let all = queues.map(|q| (Some(&q.name), &q.verdict)).chain([(None, &u.verdict)]);
        let strongest = all.reduce(|a, b| if rank(b.1) > rank(a.1) { b } else { a });
        let (queue, verdict) = strongest.unwrap_or((None, &u.verdict));
        let of = queue.map(|name| &**name);
        Self { queue: queue.cloned(), verdict: VerdictStatus::of(u, of, verdict) }
    }
}
