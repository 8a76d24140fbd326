//! What a detector says of a series, and when its alarms begin.

use super::series::Series;
use callsurge::engine::detector::Detector;
use callsurge::engine::time::{Span, Timestamp};

/// Days that teach and are not judged.
pub(crate) const WARM_DAYS: i64 = 60;

/// What is said of a row: its end, alarm, score.
pub(crate) type Said = (Timestamp, bool, f64);

pub(crate) fn judge(series: &Series, alarms: f64) -> Vec<Said> {
    let mut detector = Detector::new();
    let say = |row: &_| {
        let verdict = detector.judge(row, alarms);
        let score = verdict.evidence().map_or(0.0, |e| if e.learning { 0.0 } else { e.score });
        (row.end, verdict.is_surge(), score)
    };
    series.rows.iter().map(say).collect()
}

/// First rows of the alarms after the warm-up: holes of half an hour are bridged.
pub(crate) fn onsets(said: &[Said], on: impl Fn(&Said) -> bool) -> Vec<usize> {
    let warm = said[0].0 + Span::hours(24 * WARM_DAYS);
    let mut onsets = Vec::new();
    let mut last = Timestamp::MIN;
    for (i, row) in said.iter().enumerate().filter(|(_, row)| on(row)) {
        let step = if i > 0 { row.0 - said[i - 1].0 } else { Span::ZERO };
        if row.0 > last + Span::minutes(30) + step.min(Span::hours(1)) && row.0 >= warm {
            onsets.push(i);
        }
        last = row.0;
    }
    onsets
}

pub(crate) fn months(said: &[Said]) -> f64 {
    (said[said.len() - 1].0 - said[0].0).as_minutes_f64() / 43_200.0 - WARM_DAYS as f64 / 30.0
}
