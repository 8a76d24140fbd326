//! What a source tells: events of calls, snapshots of queues, rows of intervals.
//!
//! Three forms, one meaning. Every adapter maps what it reads to these values; nothing behind
//! this boundary knows a vendor. Absent is not zero: what a source does not carry is `None`.
//! Ids are dense numbers given at registration, so that the engine looks nothing up by name.
//! The constructors refuse nonsense; an [`Observation`] that exists makes sense by itself.
//! Personal data (caller ids, agent names) has no field here.

use super::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A queue, numbered in the order of registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QueueId(pub u32);

/// A command unit, numbered as in the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnitId(pub u16);

/// A source, numbered as in the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceId(pub u16);

/// A call as its source knows it: 64-bit hash of the source's call id and the leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallKey(pub u64);

impl CallKey {
    /// Hashes a call id and its leg (FNV-1a, then a finaliser that spreads the low bits; stable
    /// across builds because journals hold the result).
    pub fn new(call_id: &str, leg: u16) -> Self {
        let mut h: u64 = 0xcbf2_9ce4_8422_2325;
        for byte in call_id.bytes().chain(leg.to_le_bytes()) {
            h = (h ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        h ^= h >> 32;
        h = h.wrapping_mul(0xd6e8_feb8_6659_fd93);
        Self(h ^ (h >> 32))
    }
}

/// One observation of one queue by one source.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// Who says it.
    pub source: SourceId,
    /// Of which queue.
    pub queue: QueueId,
    /// What is said.
    pub form: Form,
}

/// The three forms.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Form {
    /// Something happened to a call.
    Event(CallEvent),
    /// How the queue stands.
    Snapshot(Snapshot),
    /// What an interval added up to.
    Interval(IntervalRow),
}

/// Something that happened to a call at an instant of the source's clock.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallEvent {
    /// Event time.
    pub at: Timestamp,
    /// Which call.
    pub call: CallKey,
    /// What happened.
    pub kind: CallKind,
}

/// The life of a call in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallKind {
    /// Entered the queue (呼入).
    Offered,
    /// Was not admitted because the queue is full.
    Refused,
    /// Connected to an agent (接通).
    Answered,
    /// The caller left before an agent answered (放弃).
    Abandoned,
    /// Left the queue in another way.
    Exited(ExitReason),
    /// The conversation ended.
    Completed {
        /// Talk time where the source tells it.
        talk: Option<Span>,
    },
}

/// Why a call left the queue unanswered without the caller hanging up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitReason {
    /// Waited as long as the queue allows.
    Timeout,
    /// The caller pressed a key.
    Key,
    /// No agent was logged in.
    Empty,
    /// Taken out by an administrator or a program.
    Withdrawn,
    /// Sent to another queue because this one overflows.
    Overflow,
    /// Transferred while waiting.
    Transfer,
    /// Found gone; its end was not heard.
    Unknown,
}

/// How a queue stands at an instant. `None` is "not told", never zero.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Event time.
    pub at: Timestamp,
    /// Calls waiting (排队数).
    pub waiting: Option<u32>,
    /// Age of the oldest waiting call.
    pub longest_wait: Option<Span>,
    /// Calls in the IVR before the queue.
    pub in_ivr: Option<u32>,
    /// Agents in conversation.
    pub talking: Option<u32>,
    /// Agents in after-call work.
    pub after_call_work: Option<u32>,
    /// Agents that could take a call.
    pub available: Option<u32>,
    /// Agents logged in.
    pub logged_in: Option<u32>,
    /// Agents paused.
    pub paused: Option<u32>,
    /// The queue admits no more calls: who calls now is in no event and in no total.
    pub full: Option<bool>,
    /// Running totals, where the source has only those.
    pub counters: Option<Counters>,
}

impl Snapshot {
    /// A snapshot that tells nothing but its instant.
    pub const fn empty(at: Timestamp) -> Self {
        Self {
            at,
            waiting: None,
            longest_wait: None,
            in_ivr: None,
            talking: None,
            after_call_work: None,
            available: None,
            logged_in: None,
            paused: None,
            full: None,
            counters: None,
        }
    }
}

/// Running totals since an epoch. A decrease, or another epoch, is a reset of the counters; the
/// first values after it are counted from zero and never give a negative rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// When counting began, if the source tells; any change is a reset.
    pub epoch: Option<Timestamp>,
    /// Calls offered since then.
    pub offered: u64,
    /// Calls answered since then.
    pub answered: Option<u64>,
    /// Calls abandoned since then.
    pub abandoned: Option<u64>,
}

/// What an interval added up to, booked by the calls' arrival. Half-open: `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct IntervalRow {
    /// Start, inclusive.
    pub start: Timestamp,
    /// End, exclusive.
    pub end: Timestamp,
    /// Whether the row is complete; a provisional row moves no watermark.
    pub last_word: bool,
    /// Higher replaces lower.
    pub revision: u32,
    /// The sums.
    pub tally: Tally,
}

/// Sums over an interval. `None` is "not carried by this source", never zero.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Calls that entered the queue (呼入量).
    pub offered: u32,
    /// Calls connected to an agent (接通量).
    pub answered: Option<u32>,
    /// Callers that left (放弃量).
    pub abandoned: Option<u32>,
    /// Calls not admitted (溢出量).
    pub refused: Option<u32>,
    /// Calls that left in another way.
    pub exited: Option<u32>,
    /// Calls answered within the service-level threshold.
    pub answered_in_target: Option<u32>,
    /// Sum of the waits of answered calls.
    pub wait: Option<Span>,
    /// Sum of talk time.
    pub talk: Option<Span>,
}

/// Why an observation is refused. The words are the `reason` label of the counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nonsense {
    /// An interval ends at or before its start.
    EmptyInterval,
    /// An interval is longer than [`IntervalRow::LENGTH_MAX`] or shorter than one second.
    IntervalLength,
    /// More answered within the threshold than answered, or the like.
    Parts(&'static str),
    /// A count above [`Tally::COUNT_MAX`].
    CountTooLarge,
}

impl fmt::Display for Nonsense {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyInterval => f.write_str("the interval ends at or before its start"),
            Self::IntervalLength => f.write_str("an interval is between 1 s and 24 h long"),
            Self::Parts(which) => write!(f, "a part is larger than its whole: {which}"),
            Self::CountTooLarge => write!(f, "a count is above {}", Tally::COUNT_MAX),
        }
    }
}

impl std::error::Error for Nonsense {}

impl Tally {
    /// No interval of a real queue has more calls than this; a larger count is an error of the
    /// source and would poison the baseline.
    pub const COUNT_MAX: u32 = 10_000_000;

    /// Adds another tally; what only one of them carries is kept.
    pub fn add(&mut self, more: &Self) {
        let plus = |a: Option<u32>, b: Option<u32>| match (a, b) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (a, b) => a.or(b),
        };
        let plus_span = |a: Option<Span>, b: Option<Span>| match (a, b) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
        self.offered = self.offered.saturating_add(more.offered);
        self.answered = plus(self.answered, more.answered);
        self.abandoned = plus(self.abandoned, more.abandoned);
        self.refused = plus(self.refused, more.refused);
        self.exited = plus(self.exited, more.exited);
        self.answered_in_target = plus(self.answered_in_target, more.answered_in_target);
        self.wait = plus_span(self.wait, more.wait);
        self.talk = plus_span(self.talk, more.talk);
    }
}

impl IntervalRow {
    /// The longest interval that is accepted.
    pub const LENGTH_MAX: Span = Span::hours(24);

    /// Checks and builds a row.
    ///
    /// # Errors
    /// [`Nonsense`] where the row contradicts itself. Answered calls may exceed offered ones:
    /// sources that book by the end of a call do that lawfully.
    pub fn new(
        start: Timestamp,
        end: Timestamp,
        last_word: bool,
        revision: u32,
        tally: Tally,
    ) -> Result<Self, Nonsense> {
        if end <= start {
            return Err(Nonsense::EmptyInterval);
        }
        let length = end - start;
        if length > Self::LENGTH_MAX || length < Span::secs(1) {
            return Err(Nonsense::IntervalLength);
        }
        let counts = [
            Some(tally.offered),
            tally.answered,
            tally.abandoned,
            tally.refused,
            tally.exited,
            tally.answered_in_target,
        ];
        if counts.into_iter().flatten().any(|n| n > Tally::COUNT_MAX) {
            return Err(Nonsense::CountTooLarge);
        }
        if let (Some(part), Some(whole)) = (tally.answered_in_target, tally.answered)
            && part > whole
        {
            return Err(Nonsense::Parts("answered in target > answered"));
        }
        Ok(Self { start, end, last_word, revision, tally })
    }

    /// Length of the row.
    pub fn length(&self) -> Span {
        self.end - self.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(start: i64, end: i64, tally: Tally) -> Result<IntervalRow, Nonsense> {
        IntervalRow::new(Timestamp::from_secs(start), Timestamp::from_secs(end), true, 0, tally)
    }

    #[test]
    fn a_row_that_contradicts_itself_is_refused() {
        assert_eq!(row(60, 60, Tally::default()), Err(Nonsense::EmptyInterval));
        assert_eq!(row(0, 200_000, Tally::default()), Err(Nonsense::IntervalLength));
        let parts = Tally { answered: Some(1), answered_in_target: Some(2), ..Tally::default() };
        assert!(matches!(row(0, 60, parts), Err(Nonsense::Parts(_))));
        let huge = Tally { offered: Tally::COUNT_MAX + 1, ..Tally::default() };
        assert_eq!(row(0, 60, huge), Err(Nonsense::CountTooLarge));
        assert!(row(0, 60, Tally { offered: 3, answered: Some(4), ..Tally::default() }).is_ok());
    }

    #[test]
    fn a_call_key_depends_on_id_and_leg() {
        assert_eq!(CallKey::new("a", 0), CallKey::new("a", 0));
        assert_ne!(CallKey::new("a", 0), CallKey::new("a", 1));
        assert_ne!(CallKey::new("a", 0), CallKey::new("b", 0));
    }
}
