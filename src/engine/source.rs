//! One source: its watermark, its signs of life, its outage.
//!
//! The watermark is the instant up to which everything is taken to be told: a final row moves it
//! to its end, events and snapshots to the newest event time minus the allowed lateness,
//! heartbeats in silence. A source is blind when it has given no sign of life for longer than
//! tau; one without heartbeats only after the time in which 15 events are expected, since a quiet
//! night is no outage.

use super::effect::{EffectKind, OutageLine, OutageStep};
use super::emit::Emit;
use super::observation::{QueueId, SourceId, UnitId};
use super::time::{Span, Timestamp};
use super::view::{Accepted, Ignored};
use serde::{Deserialize, Serialize};

/// Shortest tau.
pub const TAU_MIN: Span = Span::minutes(3);
/// Steps of the outage ladder, counted from the last sign of life.
pub const OUTAGE_STEPS: [(Span, OutageStep); 3] = [
    (Span::minutes(5), OutageStep::Report),
    (Span::minutes(10), OutageStep::Notify),
    (Span::minutes(60), OutageStep::Vendor),
];

/// One source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Source {
    /// When it was configured: a feed that never comes is an outage from then on.
    pub(super) configured_at: Timestamp,
    /// Newest sign of life, in event time.
    pub(super) last_sign: Option<Timestamp>,
    /// When its last sign of life came in that was newer than those before.
    pub(super) advanced_at: Timestamp,
    /// End of its newest silence of more than tau.
    pub(super) silent_to: Timestamp,
    /// When the last sign of life came in.
    pub(super) arrived: Option<Timestamp>,
    pub(super) last_event: Option<Timestamp>,
    pub(super) watermark: Option<Timestamp>,
    /// It gave events or snapshots: its units move with its watermark.
    pub(super) moves: bool,
    /// All that it gives are events: it speaks only when somebody calls.
    pub(super) events_only: bool,
    /// Shortest row it gives, and when that is looked at again.
    pub(super) row: Option<Span>,
    pub(super) rows_review_at: Timestamp,
    /// Queues whose minutes are summed from it.
    pub(super) summed: Vec<QueueId>,
    /// Units that it told something of.
    pub(super) units: Vec<UnitId>,
    /// Its units have to be evaluated when its watermark passes this instant.
    pub(super) next_instant: Timestamp,
    pub(super) blind: bool,
    pub(super) closed: bool,
    /// Its units opened then: silence before counts for nothing.
    pub(super) rested_until: Option<Timestamp>,
    /// End of its newest gap: minutes inside are unknown.
    pub(super) gap_to: Option<Timestamp>,
    /// Steps of the open outage that were written.
    pub(super) steps: u8,
    pub(super) accepted: Accepted,
    pub(super) ignored: Ignored,
    /// Silence after which it is blind.
    pub(super) blind_after: Span,
    /// Downtime of the monitor since its last sign: nobody listened.
    pub(super) unheard: Span,
}

impl Source {
    pub(super) fn new(configured_at: Timestamp) -> Self {
        Self {
            configured_at,
            last_sign: None,
            advanced_at: configured_at,
            silent_to: Timestamp::MIN,
            arrived: None,
            last_event: None,
            watermark: None,
            moves: false,
            events_only: false,
            row: None,
            rows_review_at: Timestamp::MIN,
            summed: Vec::new(),
            units: Vec::new(),
            next_instant: Timestamp::MIN,
            blind: false,
            closed: false,
            rested_until: None,
            gap_to: None,
            steps: 0,
            accepted: Accepted::default(),
            ignored: Ignored::default(),
            blind_after: TAU_MIN,
            unheard: Span::ZERO,
        }
    }

    /// tau: of its rows, where it gives any.
    pub(super) fn tau(&self) -> Span {
        self.row.map_or(TAU_MIN, |row| TAU_MIN.max(row * 2))
    }

    /// Where the silence began that is going on. A row of the past that arrives now is a sign of
    /// life now: whoever catches up is not silent. Closed time before is no silence.
    pub(super) fn silent_since(&self) -> Timestamp {
        let heard = self.last_sign.max(self.arrived).unwrap_or(self.configured_at);
        self.rested_until.map_or(heard, |opened| opened.max(heard))
    }

    /// When it will be blind if it stays silent.
    pub(super) fn blind_at(&self) -> Timestamp {
        self.silent_since() + self.blind_after + self.unheard
    }

    /// Writes the steps of the outage ladder that are due at `at`.
    pub(super) fn outage_due(&mut self, source: SourceId, at: Timestamp, emit: &mut Emit<'_>) {
        let since = self.silent_since();
        while let Some(&(after, step)) = OUTAGE_STEPS.get(usize::from(self.steps)) {
            let due = since + after + self.unheard;
            if at < due {
                return;
            }
            self.steps += 1;
            emit.push(due, EffectKind::Outage(OutageLine { source, step, since }));
        }
    }

    /// When the next step of the outage ladder is due.
    pub(super) fn next_outage_step(&self) -> Option<Timestamp> {
        let (after, _) = OUTAGE_STEPS.get(usize::from(self.steps))?;
        Some(self.silent_since() + *after + self.unheard)
    }

    /// Ends an outage at the first sign of life.
    pub(super) fn outage_ends(&mut self, source: SourceId, at: Timestamp, emit: &mut Emit<'_>) {
        if self.steps > 0 {
            let since = self.silent_since();
            let line = OutageLine { source, step: OutageStep::Ended, since };
            emit.push(at, EffectKind::Outage(line));
            self.steps = 0;
        }
    }

    /// The last step that was written of the open outage.
    pub(super) fn outage(&self) -> Option<(Timestamp, Option<OutageStep>)> {
        if !self.blind {
            return None;
        }
        let step = usize::from(self.steps).checked_sub(1).map(|i| OUTAGE_STEPS[i].1);
        Some((self.silent_since(), step))
    }
}
