//! What the detector says of a queue or of a unit's sum, with its evidence.

use super::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// What the detector says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Verdict {
    /// Too few complete intervals to say anything.
    Learning {
        /// Complete intervals seen.
        seen: u32,
        /// Complete intervals needed.
        needed: u32,
    },
    /// Volume is within what is normal for this queue at this time.
    Normal(Evidence),
    /// Volume is abnormally high.
    Surge(Evidence),
    /// Volume fell to nothing while the source is up: a trunk may be down. A warning.
    Collapse(Evidence),
    /// No data; silence is not normal.
    Stale {
        /// Last sign of data.
        since: Timestamp,
    },
}

/// Why the verdict is what it is. Counts are per interval of `observed`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// End of the interval that was judged.
    pub at: Timestamp,
    /// Length of that interval.
    pub length: Span,
    /// Calls observed in it.
    pub observed: f64,
    /// Calls expected in it, the level of the day included.
    pub expected: f64,
    /// Upper end of what is normal.
    pub upper: f64,
    /// Estimated start of the surge, or of the present verdict.
    pub since: Timestamp,
    /// Test statistic; comparable across thresholds.
    pub score: f64,
    /// Where the score calls a surge.
    pub threshold: f64,
    /// Which test decided.
    pub method: Method,
    /// How often chance alone takes the score of this series so high, times in 30 days. Absent
    /// below the score at which a rise is looked at, on a provisional baseline and at a collapse.
    pub chance_per_month: Option<f64>,
    /// Whether the baseline is provisional.
    pub learning: bool,
}

/// The tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The newest interval or two against the filtered level.
    Burst,
    /// Step inside the filtered level over a bounded window.
    Step,
    /// Sum of hours against the forecast without the level of the day, or a level that climbs for
    /// hours.
    Slow,
    /// Run of empty intervals (collapse).
    Empty,
    /// Provisional baseline of a cold start.
    Provisional,
}

impl Evidence {
    /// How much it counts beside others: the score in thresholds.
    pub fn weight(&self) -> f64 {
        if self.threshold > 0.0 { self.score / self.threshold } else { 0.0 }
    }
}

impl Verdict {
    /// Whether it calls a surge.
    pub const fn is_surge(&self) -> bool {
        matches!(self, Self::Surge(_))
    }

    /// The word on the wire.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Learning { .. } => "learning",
            Self::Normal(_) => "normal",
            Self::Surge(_) => "surge",
            Self::Collapse(_) => "collapse",
            Self::Stale { .. } => "stale",
        }
    }

    /// The evidence, where there is any.
    pub const fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::Normal(e) | Self::Surge(e) | Self::Collapse(e) => Some(e),
            Self::Learning { .. } | Self::Stale { .. } => None,
        }
    }
}
